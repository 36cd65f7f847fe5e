//! Owns the model of an architecture as it is kept: with what is wrong with its Kconfig files.

use std::sync::Arc;

use crate::check::feature::search::Search;
use crate::check::kconfig::definitions;
use crate::check::tree::whole;
use crate::diag::Diagnostic;
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Lookups, Model};
use crate::kconfig::sources::Sources;

/// A model, and what is wrong with the Kconfig files.
#[derive(Debug)]
pub(super) struct Built {
    pub model: Model,
    pub diagnostics: Vec<Diagnostic>,
    /// Input of the whole-tree lints, if they run.
    pub whole: Option<Arc<whole::OfArch>>,
    /// The names that are looked up in the model, where another tree may come.
    pub lookups: Option<Lookups>,
}

/// The model of an architecture in all configurations, and what the whole-tree lints ask of it where `search` wants them.
pub(super) fn build(sources: &Sources<'_>, arch: &str, version: &Version, search: Search) -> Built {
    let mut model = model::of_all_configurations(sources, arch, version);
    let whole = (search == Search::Whole).then(|| whole::OfArch::of(&model).into());
    let mut diagnostics = std::mem::take(&mut model.diagnostics);
    // A tree on the way to the next release may use what that brings.
    diagnostics.retain(|diagnostic| diagnostic.lint != model::DIALECT);
    // What `conf` refuses passes nowhere.
    let evaluator = Evaluator::new(&model, "CONFIG_");
    diagnostics.extend(definitions::problems(&evaluator));
    Built {
        model,
        diagnostics,
        whole,
        lookups: None,
    }
}

impl Built {
    /// From now on notes the names that are looked up in the model.
    pub fn note_lookups(mut self) -> Self {
        self.lookups = Some(self.model.note_lookups());
        self
    }

    /// The same for a tree of which it is known that no more is wrong with its Kconfig files, and that no symbol leads back to itself.
    pub fn again(&self, sources: &Sources<'_>, version: &Version) -> Self {
        let model = model::of_all_configurations(sources, &self.model.srcarch, version);
        let again = Self {
            model: model.free_of_loops(),
            diagnostics: self.diagnostics.clone(),
            whole: None,
            lookups: None,
        };
        again.note_lookups()
    }
}
