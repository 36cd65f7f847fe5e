//! The program as its users see it: arguments, streams, exit codes, files.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "cli/at.rs"]
mod at;
#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/baseline.rs"]
mod baseline;

#[path = "cli/build.rs"]
mod build;
#[path = "cli/cache.rs"]
mod cache;
#[path = "cli/check.rs"]
mod check;
#[path = "cli/config.rs"]
mod config;
#[path = "cli/cover.rs"]
mod cover;
#[path = "cli/emit.rs"]
mod emit;
#[path = "cli/explain.rs"]
mod explain;
#[path = "cli/feature.rs"]
mod feature;
#[path = "cli/fix.rs"]
mod fix;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/git.rs"]
mod git;
#[path = "cli/guides.rs"]
mod guides;
#[path = "cli/hook.rs"]
mod hook;
#[path = "cli/kconfig.rs"]
mod kconfig;
#[path = "cli/levels.rs"]
mod levels;
#[path = "cli/locate.rs"]
mod locate;
#[path = "cli/mail.rs"]
mod mail;
#[path = "cli/matrix.rs"]
mod matrix;
#[path = "cli/names.rs"]
mod names;
#[path = "cli/overview.rs"]
mod overview;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/reference.rs"]
mod reference;
#[path = "cli/rev.rs"]
mod rev;
#[path = "cli/series.rs"]
mod series;
#[path = "cli/suppress.rs"]
mod suppress;
#[path = "cli/unread.rs"]
mod unread;
