//! Owns inlay hints: conditions that hold wherever they stand, said at the end of their lines. What holds is what the lint
//! `constant-condition` says, on all architectures that read the file.

use std::sync::Arc;

use lsp_server::RequestId;
use lsp_types::Range;
use serde_json::{Value, json};

use super::analysis::Epoch;
use super::finding::to_range;
use super::text::Lines;
use crate::check::kconfig::constant::{self, CONSTANT, Claim};
use crate::check::kconfig::line::Shared;
use crate::check::kconfig::touched::Lines as LinesOfModel;
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::{EntryId, Model, Place, PropertyId};

/// A question.
pub(super) struct Query {
    /// The request that is answered.
    pub id: RequestId,
    /// The tree.
    pub epoch: Epoch,
    /// The file.
    pub path: Arc<str>,
    /// Its text.
    pub text: String,
    /// The part of it that the editor shows.
    pub range: Range,
}

/// The hints, in the order of the text.
pub(super) fn answer(query: &Query, models: &[&Model]) -> Value {
    let readers = models.iter().filter(|model| {
        let mut files = model.files.iter();
        files.any(|source| *source.file.path() == query.path)
    });
    let shared = Shared::new();
    let mut of_archs: Vec<(&str, Vec<Claim>)> = Vec::new();
    for model in readers {
        if Evaluator::new(model, "CONFIG_").refusal().is_some() {
            return json!([]);
        }
        let limit = lines_of(model, &query.path);
        let claims = constant::claims_in(model, &shared, &limit);
        of_archs.push((&model.srcarch, claims));
    }
    let count = of_archs.len();
    let mut found = constant::findings(of_archs, &shared, count);
    found.retain(|finding| {
        finding.lint == CONSTANT && *finding.primary.location.path == *query.path
    });
    found.sort_by_key(|finding| finding.primary.location.start);
    let lines = Lines::new(&query.text);
    let hints = found.into_iter().filter_map(|finding| {
        let range = to_range(&finding.primary.location, &query.text, &lines);
        if range.end < query.range.start || range.end > query.range.end {
            return None;
        }
        let mut tooltip = finding.headline;
        for note in finding.notes {
            tooltip += &format!("\n{note}");
        }
        Some(json!({
            "position": range.end,
            "label": "always true",
            "tooltip": tooltip,
            "paddingLeft": true,
        }))
    });
    json!(hints.collect::<Vec<Value>>())
}

/// The entries and properties of one file.
fn lines_of(model: &Model, path: &str) -> LinesOfModel {
    let mut files = model.files.iter();
    let file = files.position(|source| **source.file.path() == *path);
    let is_in = |place: Place| file == Some(place.file as usize);
    let entries = (1..model.entries.len()).map(EntryId::new);
    let properties = (0..model.properties.len()).map(PropertyId::new);
    LinesOfModel {
        entries: entries.filter(|id| is_in(model.entry(*id).place)).collect(),
        properties: properties
            .filter(|id| is_in(model.property(*id).place))
            .collect(),
    }
}
