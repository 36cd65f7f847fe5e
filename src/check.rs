//! Owns verdicts and lints: whether each architecture supports a feature, and what is wrong between Kconfig and headers.
//!
//! [`check`] asks the models what they say of the feature's symbol, asks the headers where its hooks stand, and concludes
//! verdicts and findings from both.
//!
//! | module | owns |
//! |---|---|
//! | [`symbols`] | what Kconfig says of a feature's symbol on one architecture |
//! | [`headers`] | where the feature's hooks and markers stand in the headers |
//! | [`verdict`] | the verdict and its evidence |
//! | [`lint`] | what a lint is, and the table of all lints |

mod conclude;
pub mod headers;
pub mod lint;
mod lints;
pub mod symbols;
pub mod verdict;

use crate::feature::spec::Spec;
use crate::kconfig::model::environment::Version;
use crate::kconfig::sources::Sources;
use crate::tree::Tree;
pub use conclude::Outcome;

/// Why a feature cannot be checked on a tree.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The spec names a file that the tree does not have.
    #[error("the tree has no `{path}`, which the feature `{feature}` names as its {what}")]
    MissingFile {
        /// The feature's name.
        feature: String,
        /// The field of the spec, in words.
        what: &'static str,
        /// The path.
        path: String,
    },
    /// The tree cannot be read.
    #[error(transparent)]
    Tree(#[from] crate::tree::TreeError),
}

/// Checks features on architectures of a tree. After each step `done` is called with its name, so that the caller can tell
/// what each costs.
///
/// # Errors
///
/// The tree lacks a file that a feature names, or cannot be read.
pub fn check(
    tree: &Tree,
    specs: &[Spec],
    architectures: &[String],
    done: &mut dyn FnMut(&'static str),
) -> Result<Outcome, CheckError> {
    let specs: Vec<&Spec> = specs.iter().collect();
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let mut roots = vec!["Kconfig".to_owned()];
    roots.extend(
        architectures
            .iter()
            .map(|arch| format!("arch/{arch}/Kconfig")),
    );
    sources.preload(&roots);
    done("syntax");
    let symbols = symbols::gather(&sources, &version, architectures, &specs);
    done("model");
    let headers = headers::gather(tree, architectures, &specs)?;
    done("headers");
    let outcome = conclude::conclude(&specs, symbols, headers);
    done("lints");
    Ok(outcome)
}

/// A feature with everything that the lints look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The feature's spec.
    pub spec: &'a Spec,
    /// What each architecture has to say, in the order of their names.
    pub archs: Vec<OnArch>,
    /// What headers that belong to no architecture say: the entry header.
    pub generic: Vec<headers::Sighting>,
}

/// A feature on one architecture.
#[derive(Debug)]
pub struct OnArch {
    /// The directory below `arch/`.
    pub arch: String,
    /// What Kconfig says.
    pub symbols: symbols::Facts,
    /// Where the feature's names stand in this architecture's headers, in the order of paths and places.
    pub headers: Vec<headers::Sighting>,
}

impl OnArch {
    /// The places that make a hook available: definitions, prototypes and macros.
    pub fn hook<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a headers::Sighting> {
        self.headers
            .iter()
            .filter(move |sighting| sighting.name == name && sighting.kind.provides())
    }
}
