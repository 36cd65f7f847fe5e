//! Owns how the ways from a wish to a configuration look: as text and as the JSON that `docs/schema/want.schema.json` describes.

use std::fmt::Write;

use serde::Serialize;

use super::explain::{Because, BecauseView};
use super::json::written;
use super::visible;

/// The version of the schema. The first number changes when a field goes away or changes its meaning, the second when one
/// is added.
pub const SCHEMA_VERSION: &str = "1.0";

/// Most values that are named of those that follow from a change.
const MAX_NAMED: usize = 8;

/// A wish, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Want {
    /// Holds what is wished, each as `SYMBOL=VALUE`.
    pub wishes: Vec<String>,
    /// The value of `ARCH`.
    pub arch: String,
    /// The `.config` that changes, as it was named.
    pub config: String,
    /// Holds what becomes of it.
    pub outcome: Outcome,
}

/// Describes what becomes of a wish.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It holds already.
    Already,
    /// There are ways, the one with the fewest lines first.
    Possible(Vec<Way>),
    /// These lines of Kconfig exclude it, whatever a `.config` says.
    Impossible(Vec<Because>),
    /// That is not known, for a reason.
    Undecided(String),
}

/// Lines of a `.config` that change together.
#[derive(Clone, Debug)]
pub struct Way {
    /// The lines.
    pub changes: Vec<Change>,
    /// Whether there is certainly no way with fewer lines, besides those before it.
    pub is_smallest: bool,
    /// The values that are others afterwards, besides those of the lines.
    pub effects: Vec<Effect>,
}

/// A line of a `.config` that changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// The new line.
    pub line: String,
    /// Holds what the `.config` says of the symbol so far, with the number of the line.
    pub before: Option<(u32, String)>,
}

/// A value that follows from a change.
#[derive(Clone, Debug, Serialize)]
pub struct Effect {
    /// The symbol, without `CONFIG_`.
    pub symbol: String,
    /// Its value before.
    pub from: String,
    /// Its value afterwards.
    pub to: String,
}

/// A wish as text.
pub fn text(want: &Want) -> String {
    let mut out = String::new();
    let wish = want.wishes.join(" ");
    match &want.outcome {
        Outcome::Already => {
            let _ = writeln!(
                out,
                "{}: holds already in {}",
                visible::line(&wish),
                visible::line(&want.config)
            );
        }
        Outcome::Possible(ways) => {
            for (index, way) in ways.iter().enumerate() {
                let start = if index == 0 { wish.as_str() } else { "or" };
                let count = way.changes.len();
                let lines = if count == 1 { "line" } else { "lines" };
                let _ = writeln!(
                    out,
                    "{}: change {count} {lines} of {}",
                    visible::line(start),
                    visible::line(&want.config)
                );
                write_way(way, &want.config, &mut out);
            }
        }
        Outcome::Impossible(lines) => {
            let _ = writeln!(
                out,
                "{}: impossible for ARCH={}",
                visible::line(&wish),
                want.arch
            );
            for line in lines {
                let _ = writeln!(out, "  {}", line.line());
            }
        }
        Outcome::Undecided(why) => {
            let _ = writeln!(
                out,
                "{}: undecided: {}",
                visible::line(&wish),
                visible::line(why)
            );
        }
    }
    out
}

/// Lines of a `.config` start where they do there, so that they can be pasted.
fn write_way(way: &Way, config: &str, out: &mut String) {
    for change in &way.changes {
        let _ = writeln!(out, "{}", visible::line(&change.line));
    }
    for change in &way.changes {
        if let Some((number, before)) = &change.before {
            let text = format!("replaces `{before}` of {config}:{number}");
            let _ = writeln!(out, "  {}", visible::line(&text));
        }
    }
    if way.effects.is_empty() {
        return;
    }
    let named = way.effects.iter().take(MAX_NAMED);
    let named: Vec<String> = named
        .map(|effect| {
            format!(
                "{} {} -> {}",
                effect.symbol,
                shown(&effect.from),
                shown(&effect.to)
            )
        })
        .collect();
    let more = way.effects.len() - named.len();
    let mut text = format!("this also changes {}", named.join(", "));
    if more > 0 {
        let values = if more == 1 { "value" } else { "values" };
        let _ = write!(text, ", and {more} more {values}");
    }
    let _ = writeln!(out, "  {}", visible::line(&text));
}

fn shown(value: &str) -> String {
    if value.is_empty() {
        "\"\"".to_owned()
    } else {
        value.to_owned()
    }
}

/// A wish as one JSON object, indented, with a line's end.
pub fn json(want: &Want) -> String {
    let (outcome, ways, reasons, why): (_, &[Way], &[Because], Option<&str>) = match &want.outcome {
        Outcome::Already => ("already", &[], &[], None),
        Outcome::Possible(ways) => ("possible", ways, &[], None),
        Outcome::Impossible(lines) => ("impossible", &[], lines, None),
        Outcome::Undecided(why) => ("undecided", &[], &[], Some(why)),
    };
    written(&Document {
        schema: SCHEMA_VERSION,
        kfeat: env!("CARGO_PKG_VERSION"),
        arch: &want.arch,
        config: &want.config,
        wishes: &want.wishes,
        outcome,
        ways: ways.iter().map(WayView::new).collect(),
        excluded_by: reasons.iter().map(BecauseView::of).collect(),
        undecided: why,
    })
}

/// The whole document.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    kfeat: &'static str,
    arch: &'a str,
    config: &'a str,
    wishes: &'a [String],
    outcome: &'static str,
    ways: Vec<WayView<'a>>,
    excluded_by: Vec<BecauseView<'a>>,
    undecided: Option<&'a str>,
}

/// A way.
#[derive(Serialize)]
struct WayView<'a> {
    smallest: bool,
    changes: Vec<ChangeView<'a>>,
    effects: &'a [Effect],
}

impl<'a> WayView<'a> {
    fn new(way: &'a Way) -> Self {
        let change = |change: &'a Change| ChangeView {
            line: &change.line,
            before: change.before.as_ref().map(|(number, text)| BeforeView {
                line: *number,
                text,
            }),
        };
        Self {
            smallest: way.is_smallest,
            changes: way.changes.iter().map(change).collect(),
            effects: &way.effects,
        }
    }
}

/// A line that changes.
#[derive(Serialize)]
struct ChangeView<'a> {
    line: &'a str,
    before: Option<BeforeView<'a>>,
}

/// A line as it was.
#[derive(Serialize)]
struct BeforeView<'a> {
    line: u32,
    text: &'a str,
}
