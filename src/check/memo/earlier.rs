//! Owns the models of a tree that was checked before, made when somebody asks: a second set of all would take as much memory as the first.

use std::sync::Arc;

use rayon::prelude::*;

use super::built::{Built, build};
use super::piece::{Piece, Step, View};
use super::standing::Standing;
use crate::check::error::CheckError;
use crate::check::feature::search::Search;
use crate::check::kconfig::before::Models;
use crate::kconfig::model::Model;
use crate::kconfig::model::environment::Version;
use crate::kconfig::sources::{self, Sources};
use crate::tree::{Change, Tree};

/// Upper bound on models that exist at a time, for any number of threads: each takes some megabytes, and with more of them the threads
/// wait for memory.
pub(super) const MODELS_AT_ONCE: usize = 6;

/// The tree whose models are kept, and those by architecture.
pub(super) struct Kept<'c> {
    pub tree: &'c Tree,
    pub version: &'c Version,
    pub archs: Vec<(&'c str, &'c Piece<Built>, &'c Standing)>,
}

/// The models of a tree.
pub struct Earlier<'c> {
    tree: &'c Tree,
    version: Version,
    architectures: Vec<String>,
    sources: &'c Arc<sources::Store>,
    /// The tree whose models are kept, and how this one differs from it.
    kept: Option<(Kept<'c>, Vec<Change>)>,
}

impl<'c> Earlier<'c> {
    pub(super) fn new(
        tree: &'c Tree,
        sources: &'c Arc<sources::Store>,
        kept: Option<Kept<'c>>,
    ) -> Result<Self, CheckError> {
        let version = Version::of(tree)?;
        let kept = kept.filter(|kept| kept.tree.has_base_of(tree) && *kept.version == version);
        Ok(Self {
            tree,
            version,
            architectures: tree.architectures()?,
            sources,
            kept: kept.map(|kept| {
                let changes = kept.tree.changes(tree);
                (kept, changes)
            }),
        })
    }

    fn built(&self, arch: &str) -> Arc<Built> {
        let sources = Sources::sharing(self.tree, self.sources);
        let kept = self.kept.as_ref().and_then(|(kept, changes)| {
            let view = View {
                tree: self.tree,
                step: Some(Step {
                    before: kept.tree,
                    changes,
                }),
            };
            let mut archs = kept.archs.iter();
            let (_, model, standing) = archs.find(|(name, ..)| *name == arch)?;
            standing.own_model_of(model, view, &sources)
        });
        match kept {
            Some(kept) => kept,
            None => Arc::new(build(&sources, arch, &self.version, Search::Near)),
        }
    }
}

impl Models for Earlier<'_> {
    fn ask(&self, srcarch: &str, question: &mut dyn FnMut(&Model)) {
        question(self.built(srcarch).model());
    }

    fn each(&self, question: &mut dyn FnMut(&[&Model])) {
        let at_once = rayon::current_num_threads().clamp(1, MODELS_AT_ONCE);
        for archs in self.architectures.chunks(at_once) {
            let archs = archs.par_iter();
            let built: Vec<Arc<Built>> = archs.map(|arch| self.built(arch)).collect();
            let models: Vec<&Model> = built.iter().map(|built| built.model()).collect();
            question(&models);
        }
    }
}
