//! Owns why a feature cannot be checked on a tree.

/// Why a feature cannot be checked on a tree.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The spec names a file that the tree does not have.
    #[error("the tree has no `{path}`, which the feature `{feature}` declares as its {what}")]
    MissingFile {
        /// The feature's name.
        feature: String,
        /// The field of the spec, in words.
        what: &'static str,
        /// The path.
        path: String,
    },
    /// Nobody wants to know any more.
    #[error("the check was stopped")]
    Stopped,
    /// The tree cannot be read.
    #[error(transparent)]
    Tree(#[from] crate::tree::TreeError),
    /// The tree's suppressions are wrong.
    #[error(transparent)]
    Suppressions(#[from] crate::feature::spec::SpecError),
}
