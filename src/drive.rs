//! Owns building what a feature names: compilers, jobs, stages, and the proof that the compiler saw the feature.
//!
//! Unlike all modules before it, this one runs the tree's own code: its scripts and makefiles. Only the commands that say so use
//! it. It never writes into the tree.
//!
//! | module | owns |
//! |---|---|
//! | [`process`] | child processes: groups, limits, interrupts |
//! | [`toolchain`] | finding a compiler for an architecture |
//! | [`doctor`] | what is there and what is missing |
//! | [`fragment`] | the lines of a `.config` that a job asks for |
//! | [`candidates`] | the source files that show that the feature builds |
//! | [`job`] | what is to be done for one architecture, as command lines |
//! | [`line`](mod@line) | command lines, quoted or run |
//! | [`run`] | the stages, all architectures at the same time |
//! | [`config_check`] | whether the configuration has what was asked for |
//! | [`membership`] | which objects kbuild would build |
//! | [`prove`] | building what a cover proposes, and finding its lines |
//! | [`evidence`] | what the preprocessor left of the feature |
//! | [`scan`] | messages of compilers and linkers as findings |
//! | [`ktap`] | test results among what a kernel writes to its console |
//! | [`boot`] | booting a kernel for its tests |
//! | [`stamp`] | telling one state of a tree from another |
//! | [`worktree`] | the working tree of a revision or of a tree with patches on top |
//! | [`results`] | `results.json` |
//! | [`matrix`] | the plan for the engines of others |
//! | [`summary`] | the table at the end |

pub mod boot;
pub mod candidates;
pub mod config_check;
pub mod doctor;
pub mod evidence;
pub mod fragment;
pub mod job;
pub mod ktap;
pub mod line;
pub mod matrix;
pub mod membership;
pub mod process;
pub mod prove;
pub mod results;
pub mod run;
pub mod scan;
pub mod stamp;
pub mod summary;
pub mod toolchain;
pub mod worktree;

/// A document as JSON, indented, with a line's end.
fn written(document: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_else(|error| {
        unreachable!("invariant: documents have only strings, numbers and lists: {error}")
    });
    text.push('\n');
    text
}
