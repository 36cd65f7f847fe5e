//! Owns verdicts and lints: whether each architecture supports a feature, and what is wrong between Kconfig and headers.
//!
//! [`check`] asks the models what they say of the feature's symbol, asks the headers where its hooks stand, and concludes
//! verdicts and findings from both.
//!
//! | module | owns |
//! |---|---|
//! | [`reported`] | what a run or a series knows about a finding |
//! | `error` | why a feature cannot be checked |
//! | [`support`] | the verdict of Kconfig: the support of a feature on one architecture, with the proof |
//! | [`feature`] | the facts of one contract: hooks in headers, objects, callers |
//! | [`kconfig`] | what can be wrong with the Kconfig files, whatever the feature |
//! | [`table`] | all tables of the tree, and what Kconfig says of each of their cells |
//! | [`tree`] | the lints over the whole tree, which need no feature |
//! | [`change`] | what is wrong with the lines of a change |
//! | `conclude` | the step from facts to verdicts and findings |
//! | `memo` | the order of the work, and what of it holds for the next tree |
//! | [`run`] | scope, baseline, suppressions, and what each commit of a series brings and repairs |
//! | [`lint`] | what a lint is: its level, group, documentation and pass |
//! | [`lints`] | the list of all lints, and one file each |

pub mod change;
mod conclude;
mod error;
pub mod feature;
pub mod kconfig;
pub mod lint;
pub mod lints;
mod memo;
mod outcome;
pub mod reported;
pub mod run;
pub mod support;
pub mod table;
pub mod tree;

use crate::feature::spec::Spec;
use crate::tree::Tree;
pub use conclude::bears_on;
pub use error::CheckError;
pub use feature::search::Search;
pub use memo::{Checker, Memory, kept};
pub use outcome::Outcome;

/// Checks features on architectures of a tree. After each step `done` is called with its name, so that the caller can tell
/// what each costs.
///
/// Each Kconfig file and each header is read once for all architectures. Only as many models exist at a time as there are
/// threads.
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
    check_within(tree, specs, architectures, Search::default(), done)
}

/// As [`check`], with users of the features looked for where `search` says.
///
/// # Errors
///
/// As those of [`check`].
pub fn check_within(
    tree: &Tree,
    specs: &[Spec],
    architectures: &[String],
    search: Search,
    done: &mut dyn FnMut(&'static str),
) -> Result<Outcome, CheckError> {
    Checker::once(specs, search).check(tree, architectures, done)
}
