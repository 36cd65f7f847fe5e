//! kfeat reads a Linux kernel tree and tells, for every architecture, whether Kconfig, the C headers and
//! `Documentation/features` agree about a feature.
//!
//! This file is the map. Data flows from top to bottom; a module may use the modules above it, never one below. `ARCHITECTURE.md`
//! has the layers inside of them.
//!
//! | module | owns |
//! |---|---|
//! | [`diag`] | the one type for a finding, used by everyone |
//! | [`arch`] | facts about architectures that no file of the tree states in a readable form |
//! | [`limits`] | the limits on untrusted input, one table |
//! | [`disk`] | files on disk: opened without waiting, read up to a limit, replaced as a whole |
//! | [`tokens`] | tokens of a language as an input of nom's parsers |
//! | [`tree`] | where bytes come from; nothing else opens a tree's file |
//! | [`kconfig`] | the Kconfig language: syntax, model of one architecture, values of one configuration, all configurations |
//! | [`cpp`] | under which conditions a header defines a name |
//! | [`kbuild`] | which objects the Makefiles build, under which condition |
//! | [`patch`] | patches, read from mails and applied to a tree in memory |
//! | [`feature`] | a feature's spec, and `arch-support.txt` read and written |
//! | [`check`] | verdicts and lints |
//! | [`cover`] | few builds that compile given lines |
//! | [`cache`] | results of `check`, kept from one run to the next |
//! | [`report`] | findings and verdicts as text or JSON |
//! | [`emit`] | `arch-support.txt` made from verdicts |
//! | [`drive`] | compilers of this machine, and building what a feature names; runs the tree's makefiles |
//! | [`lsp`] | a language server: findings and answers for editors |
//! | [`cli`] | the command line: the only place that prints, reads the environment or exits |

pub mod arch;
pub mod cache;
pub mod check;
pub mod cli;
pub mod cover;
pub mod cpp;
pub mod diag;
pub mod disk;
pub mod drive;
pub mod emit;
pub mod feature;
pub mod kbuild;
pub mod kconfig;
pub mod limits;
pub mod lsp;
pub mod patch;
pub mod report;
pub mod tokens;
pub mod tree;
