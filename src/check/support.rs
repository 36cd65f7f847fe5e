//! Owns the verdict of Kconfig: in which configurations an architecture has a feature, with the proof.
//!
//! It asks the models and the solver. It must not know headers, tables, lints or formats of output.

pub mod engine;
pub mod formula;
pub mod mention;
pub mod probes;
pub mod proof;
pub mod question;
pub mod simplify;
pub mod types;
pub mod values;
pub mod verdict;
