//! Owns the arguments about results that are kept from one run to the next, and which run may use which.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use clap::Args;

use super::global::Selection;
use super::levels::Settings;
use super::specs;
use super::{locate, output};
use crate::cache::pieces::Pieces;
use crate::cache::{Answer, Found, From, Question, Store, Watch};
use crate::check::Outcome;
use crate::check::kept::{Keep, Kept};
use crate::disk::ReadError;
use crate::feature::builtin;
use crate::feature::spec::Spec;
use crate::limits;
use crate::tree::Tree;
use crate::tree::signature::Inputs;

/// Where results are kept.
#[derive(Debug, Default, Args)]
pub(super) struct CacheArgs {
    /// Keep results in this directory, outside the tree, for later runs on the same files [default: below $XDG_CACHE_HOME or
    /// ~/.cache]
    #[arg(long, value_name = "DIR", conflicts_with = "no_cache")]
    cache_dir: Option<PathBuf>,
    /// Do not read or write the cache
    #[arg(long)]
    no_cache: bool,
}

/// A run that may find its result, or leave it for the next one.
#[derive(Debug)]
pub(super) struct Lookup {
    store: Store,
    /// Whether the user named the directory.
    is_named: bool,
    tree: Tree,
    question: Question,
    watch: Watch,
    answer: Option<Answer>,
    from: From,
}

/// The pieces that a check goes on from, or who takes its own.
#[derive(Debug, Default)]
pub(super) struct Pieced {
    pub kept: Option<Box<Kept>>,
    pub keep: Option<Arc<dyn Keep>>,
}

/// Describes what a run is given besides the tree.
pub(super) type Given<'a> = (&'a [Spec], &'a Selection, &'a Settings);

impl CacheArgs {
    /// Prepares the search for the result of a check of `tree`. `None` where results are not kept.
    pub fn lookup(&self, tree: &Tree, given: Given<'_>) -> anyhow::Result<Option<Lookup>> {
        if self.no_cache {
            return Ok(None);
        }
        let directory = match &self.cache_dir {
            Some(directory) => match is_inside(directory, tree.root()) {
                true => bail!(
                    "the cache directory `{}` is in the tree `{}`, where kfeat writes nothing",
                    directory.display(),
                    tree.root().display()
                ),
                false => directory.clone(),
            },
            None => match default_directory() {
                Some(directory) if !is_inside(&directory, tree.root()) => directory,
                _ => return Ok(None),
            },
        };
        let store = Store::in_directory(directory);
        if let Some(fault) = store.fault() {
            let directory = store.directory().display();
            output::note(&format!(
                "warning: the cache directory `{directory}` is not used: {fault}"
            ));
            return Ok(None);
        }
        let lookup = question(&store, tree, given).map(|question| Lookup {
            store,
            is_named: self.cache_dir.is_some(),
            tree: tree.clone(),
            question,
            watch: Watch::start(),
            answer: None,
            from: From::Start(Arc::default()),
        });
        Ok(lookup)
    }
}

impl Lookup {
    /// The result, if it is known and still holds.
    pub fn find(&mut self) -> Result<Outcome, Pieced> {
        match self.store.find(&self.tree, &self.question) {
            Found::Outcome(outcome) => Ok(*outcome),
            Found::Pieces(kept, basis) => {
                self.from = From::Pieces(basis);
                Err(Pieced {
                    kept: Some(kept),
                    keep: None,
                })
            }
            Found::Nothing => {
                let pieces: Arc<Pieces> = Arc::default();
                self.from = From::Start(pieces.clone());
                let keep = self.question.is_about_files().then_some(pieces);
                Err(Pieced {
                    kept: None,
                    keep: keep.map(|pieces| pieces as Arc<dyn Keep>),
                })
            }
        }
    }

    /// The tree to check, where the result is not known: what is read through it is noted.
    pub fn watched(&self) -> Tree {
        self.watch.over(&self.tree)
    }

    /// Takes the result, to be kept.
    pub fn answer(&mut self, outcome: &Outcome) {
        self.answer = Answer::of(outcome);
    }

    /// Keeps the result. That it cannot be written is said where the user named the directory, and changes nothing else.
    pub fn keep(&self) {
        let Some(answer) = &self.answer else { return };
        let kept = self
            .store
            .keep(&self.tree, &self.question, answer, &self.watch, &self.from);
        if let (Err(error), true) = (kept, self.is_named) {
            let directory = self.store.directory().display();
            output::note(&format!(
                "warning: the result is not cached: cannot write to `{directory}`: {error}"
            ));
        }
    }
}

/// Anything that bears on the result but the files: the program itself, the features, what is looked at. `None` where the program cannot be
/// identified. The version alone is not enough: two builds of one version may differ.
fn question(store: &Store, tree: &Tree, given: Given<'_>) -> Option<Question> {
    let (features, selection, settings) = given;
    let program = match store.digest_of_program(&std::env::current_exe().ok()?) {
        Ok(program) => program,
        Err(error @ ReadError::TooLarge(_)) => {
            output::note(&format!("warning: the result is not cached: {error}"));
            return None;
        }
        Err(_) => return None,
    };
    let mut archs = selection.arch.clone();
    archs.sort_unstable();
    archs.dedup();
    let mut inputs = Inputs::default();
    inputs.add(env!("CARGO_PKG_VERSION").as_bytes());
    inputs.add(program.to_string().as_bytes());
    inputs.add_list(&archs);
    inputs.add(&[u8::from(selection.is_of_whole_tree())]);
    // The same spec is the same question, compiled in or in a file.
    for path in &selection.spec {
        let text = specs::read_yaml(path, "spec").ok()?;
        inputs.add(text.as_bytes());
        // Findings about its suppressions name it.
        if text.contains("suppress") {
            inputs.add(path.as_os_str().as_encoded_bytes());
        }
    }
    if selection.spec.is_empty() {
        for spec in features {
            inputs.add(builtin::text(&spec.name)?.as_bytes());
        }
    } else if !selection.feature.is_empty() {
        // Of the features in the files only some are meant.
        inputs.add_list(&selection.feature);
    }
    inputs.add_list(&settings.texts);
    for rule in settings.levels.rules() {
        inputs.add(rule.action.word().as_bytes());
        inputs.add(rule.name.as_bytes());
    }
    inputs.add(limits::changed().to_string().as_bytes());
    let text = inputs.digest();
    Question::about(tree, &text)
}

/// The place for results in the user's cache.
fn default_directory() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    // A relative path there has no meaning.
    let absolute = |path: &PathBuf| path.is_absolute();
    let cache = variable("XDG_CACHE_HOME")
        .filter(absolute)
        .or_else(|| Some(variable("HOME").filter(absolute)?.join(".cache")))?;
    Some(cache.join("kfeat").join("check"))
}

/// Whether a directory, which need not be there yet, is in another one.
fn is_inside(directory: &Path, of: &Path) -> bool {
    locate::real_path(directory).is_ok_and(|real| real.starts_with(of))
}
