//! Owns the Kconfig language: what the files of a tree say about its symbols.
//!
//! | module | owns |
//! |---|---|
//! | [`syntax`] | the syntax tree of one file, for no architecture in particular |
//! | [`sources`] | the files of a tree, each read once for all architectures, and the names in them |
//! | [`difference`] | which plain entries differ between two texts of a file |
//! | [`model`] | all symbols of one architecture: definitions, properties, reverse dependencies |
//! | [`eval`] | the values of one configuration, `.config` in and out |
//! | [`solve`] | all configurations at once: what can be, by which lines, or for which reason not |
//! | [`implied`] | what a symbol that is on implies, without a solver |
//! | [`unmet`] | selects that can leave dependencies unmet |
//! | [`answers`] | what the unknown texts of a model are for one toolchain, recorded or known, without running anything |
//! | [`dummy_tools`] | what the tree's `scripts/dummy-tools` answer |
//! | [`shell`] | what `$(shell,…)` answers: recorded, or run where that is permitted |

pub mod answers;
pub mod difference;
pub mod dummy_tools;
pub mod eval;
pub mod implied;
pub mod model;
pub mod shell;
pub mod solve;
pub mod sources;
pub mod syntax;
pub mod unmet;
