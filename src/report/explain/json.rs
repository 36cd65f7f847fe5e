//! Owns explanations as JSON: the structures that `docs/schema/explain.schema.json` describes.

use serde::Serialize;

use super::{Because, Configured, Explanation, Line, OnArchs};
use crate::check::support::question::Finding;
use crate::check::support::values::Asked;
use crate::report::json::{PlaceView, written};

/// The version of the schema. The first number changes when a field goes away or changes its meaning, the second when one
/// is added.
pub const SCHEMA_VERSION: &str = "1.1";

/// The explanations as one JSON object, indented, with a line's end.
pub fn render(explanations: &[Explanation]) -> String {
    let document = Document {
        schema: SCHEMA_VERSION,
        kfeat: env!("CARGO_PKG_VERSION"),
        symbols: explanations.iter().map(SymbolView::of).collect(),
    };
    written(&document)
}

/// The whole document.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    kfeat: &'static str,
    symbols: Vec<SymbolView<'a>>,
}

/// A symbol.
#[derive(Serialize)]
struct SymbolView<'a> {
    symbol: &'a str,
    feature: Option<&'a str>,
    lines: Vec<LineView<'a>>,
    values: Vec<ValuesView<'a>>,
    configured: Option<ConfiguredView<'a>>,
}

impl<'a> SymbolView<'a> {
    fn of(explanation: &'a Explanation) -> Self {
        Self {
            symbol: &explanation.symbol,
            feature: explanation.feature.as_deref(),
            lines: explanation.lines.iter().map(LineView::of).collect(),
            values: explanation.values.iter().map(ValuesView::of).collect(),
            configured: explanation.configured.as_ref().map(ConfiguredView::of),
        }
    }
}

/// Describes what a file says.
#[derive(Serialize)]
struct LineView<'a> {
    text: &'a str,
    place: Option<PlaceView<'a>>,
    archs: &'a [String],
    lines: Vec<LineView<'a>>,
}

impl<'a> LineView<'a> {
    fn of(line: &'a Line) -> Self {
        Self {
            text: &line.text,
            place: line.place.as_ref().map(PlaceView::of),
            archs: &line.archs,
            lines: line.children.iter().map(LineView::of).collect(),
        }
    }
}

/// The values on some architectures.
#[derive(Serialize)]
struct ValuesView<'a> {
    archs: &'a [String],
    verdict: &'static str,
    condition: Option<&'a str>,
    answers: Vec<AnswerView<'a>>,
}

impl<'a> ValuesView<'a> {
    fn of(on: &'a OnArchs) -> Self {
        let answers = on.values.answers.iter();
        Self {
            archs: &on.archs,
            verdict: on.values.verdict.word(),
            condition: on.values.condition.as_deref(),
            answers: answers
                .map(|(asked, finding)| AnswerView::of(*asked, finding))
                .collect(),
        }
    }
}

/// Whether one value is possible.
#[derive(Serialize)]
struct AnswerView<'a> {
    value: &'static str,
    possible: Option<bool>,
    config: &'a [String],
    relies_on: &'a [String],
    because: Vec<BecauseView<'a>>,
    undecided: Option<&'a str>,
}

impl<'a> AnswerView<'a> {
    fn of(asked: Asked, finding: &'a Finding) -> Self {
        let mut view = Self {
            value: asked.word(),
            possible: None,
            config: &[],
            relies_on: &[],
            because: Vec::new(),
            undecided: None,
        };
        match finding {
            Finding::Possible(example) => {
                view.possible = Some(true);
                view.config = &example.lines;
                view.relies_on = &example.relies_on;
            }
            Finding::Impossible(lines) => {
                view.possible = Some(false);
                let because = lines.iter().map(|line| BecauseView {
                    text: &line.text,
                    place: Some(PlaceView::of(&line.location)),
                });
                view.because = because.collect();
            }
            Finding::Undecided(why) => view.undecided = Some(why),
        }
        view
    }
}

/// A reason.
#[derive(Serialize)]
pub(in crate::report) struct BecauseView<'a> {
    text: &'a str,
    place: Option<PlaceView<'a>>,
}

impl<'a> BecauseView<'a> {
    pub(in crate::report) fn of(because: &'a Because) -> Self {
        Self {
            text: &because.text,
            place: because.place.as_ref().map(PlaceView::of),
        }
    }
}

/// The value in one configuration.
#[derive(Serialize)]
struct ConfiguredView<'a> {
    file: &'a str,
    arch: &'a str,
    value: &'a str,
    because: Vec<BecauseView<'a>>,
}

impl<'a> ConfiguredView<'a> {
    fn of(configured: &'a Configured) -> Self {
        Self {
            file: &configured.file,
            arch: &configured.arch,
            value: &configured.value,
            because: configured.reasons.iter().map(BecauseView::of).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
