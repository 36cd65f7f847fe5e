//! Owns what is wrong with the lines of a change, whatever the tree around them was before.
//!
//! | module | owns |
//! |---|---|
//! | [`api`] | names that the entry header of a feature declares on one side of its conditional only |
//! | `code` | the macros and variables that C files and makefiles define |
//! | [`exports`] | hooks that modules use and whose export a change drops |
//! | [`lines`] | the same names in one file, at once and without models |
//! | `lost` | the Kconfig files that a change leaves without anybody who reads them |
//! | `mentions` | the names that some lines of any file mention |
//! | [`models`] | the models of a tree, made when somebody asks for them |
//! | [`names`] | names of Kconfig symbols that a change adds or takes away |
//! | `sorted` | selects that a change adds out of order |
//! | `spelling` | what is a name, and which one was meant |
//!
//! It must not know commits, baselines or formats of output.

pub mod api;
mod code;
pub mod exports;
pub mod lines;
mod lost;
mod mentions;
pub mod models;
pub mod names;
mod sorted;
mod spelling;
