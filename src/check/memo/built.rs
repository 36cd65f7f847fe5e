//! Owns the model of an architecture as it is kept: with what is wrong with its Kconfig files.

use std::sync::{Arc, OnceLock};

use crate::check::feature::search::Search;
use crate::check::kconfig::definitions;
use crate::check::tree::whole;
use crate::diag::Diagnostic;
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Lookups, Model, Unread};
use crate::kconfig::sources::{self, Sources};
use crate::tree::Tree;

/// A model, and what is wrong with the Kconfig files.
#[derive(Debug)]
pub(super) struct Built {
    /// The directory below `arch/`.
    pub srcarch: String,
    model: OnceLock<Model>,
    /// The parts that the model is made of when somebody asks for it.
    recipe: Option<Recipe>,
    pub diagnostics: Vec<Diagnostic>,
    /// The first file that could not be read.
    pub unread: Option<Unread>,
    /// Input of the whole-tree lints, if they run.
    pub whole: Option<Arc<whole::OfArch>>,
    /// The names that are looked up in the model, where another tree may come.
    pub lookups: Option<Lookups>,
}

/// The parts that a model is made of.
#[derive(Debug)]
pub(super) struct Recipe {
    pub tree: Tree,
    pub sources: Arc<sources::Store>,
    pub version: Version,
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
        srcarch: arch.to_owned(),
        unread: model.unread.clone(),
        model: OnceLock::from(model),
        recipe: None,
        diagnostics,
        whole,
        lookups: None,
    }
}

impl Built {
    /// Returns what is known of a model that was made in another run, and is made again only when somebody asks for it.
    pub fn known(
        srcarch: &str,
        recipe: Recipe,
        diagnostics: Vec<Diagnostic>,
        unread: Option<Unread>,
    ) -> Self {
        Self {
            srcarch: srcarch.to_owned(),
            model: OnceLock::new(),
            recipe: Some(recipe),
            diagnostics,
            unread,
            whole: None,
            lookups: None,
        }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        self.model.get_or_init(|| {
            let Some(recipe) = &self.recipe else {
                unreachable!("invariant: a model is there, or what it is made of");
            };
            let sources = Sources::sharing(&recipe.tree, &recipe.sources);
            model::of_all_configurations(&sources, &self.srcarch, &recipe.version)
        })
    }

    /// Whether the model is not there yet.
    pub fn is_put_off(&self) -> bool {
        self.model.get().is_none()
    }

    /// From now on notes the names that are looked up in the model.
    pub fn note_lookups(mut self) -> Self {
        self.lookups = self.model.get_mut().map(Model::note_lookups);
        self
    }

    /// The same for a tree of which it is known that no more is wrong with its Kconfig files, and that no symbol leads back to itself.
    pub fn again(&self, sources: &Sources<'_>, version: &Version) -> Self {
        let model = model::of_all_configurations(sources, &self.srcarch, version);
        let again = Self {
            srcarch: self.srcarch.clone(),
            unread: model.unread.clone(),
            model: OnceLock::from(model.free_of_loops()),
            recipe: None,
            diagnostics: self.diagnostics.clone(),
            whole: None,
            lookups: None,
        };
        again.note_lookups()
    }
}
