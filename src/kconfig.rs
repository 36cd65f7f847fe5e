//! Owns the Kconfig language: what the files of a tree say about its symbols.
//!
//! | module | owns |
//! |---|---|
//! | [`syntax`] | the syntax tree of one file, for no architecture in particular |
//! | [`sources`] | the files of a tree, each read once for all architectures, and the names in them |
//! | [`model`] | all symbols of one architecture: definitions, properties, reverse dependencies |
//! | [`eval`] | the values of one configuration, `.config` in and out |
//! | [`solve`] | all configurations at once: what can be, by which lines, or for which reason not |
//! | [`shell`] | what `$(shell,…)` answers: recorded, or run where that is permitted |

pub mod eval;
pub mod model;
pub mod shell;
pub mod solve;
pub mod sources;
pub mod syntax;
