//! Untrusted input: trees, patches, repositories and environments made to make the program hang, fill the memory, run code or
//! damage files.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "untrusted/faults.rs"]
mod faults;
#[path = "untrusted/files.rs"]
mod files;
#[path = "cli/git.rs"]
mod git;
#[path = "untrusted/growth.rs"]
mod growth;
#[path = "untrusted/limited.rs"]
mod limited;
#[path = "untrusted/limits.rs"]
mod limits;
#[path = "untrusted/links.rs"]
mod links;
#[path = "untrusted/network.rs"]
mod network;
#[path = "untrusted/output.rs"]
mod output;
#[allow(dead_code, reason = "the other tests of the program use the rest")]
#[path = "cli/program.rs"]
mod program;
#[path = "untrusted/repositories.rs"]
mod repositories;
#[path = "untrusted/tripwires.rs"]
mod tripwires;
#[path = "untrusted/unread.rs"]
mod unread;
#[path = "untrusted/work.rs"]
mod work;
