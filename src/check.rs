//! Owns verdicts and lints: whether each architecture supports a feature, and what is wrong between Kconfig and headers.
//!
//! A run has three steps, each a function, so that whoever runs them can tell what each costs: [`symbols::gather`] asks the
//! models, [`headers::gather`] asks the headers, and [`conclude`] makes verdicts and findings of both.
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
pub use conclude::{Outcome, conclude};

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
