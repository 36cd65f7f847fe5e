//! Owns what is made out of verdicts and findings for the tree itself: a feature's table ([`arch_support`]), and how a text differs from
//! the one that is there ([`diff`]), and what the safe fixes of findings make of files ([`fix`]).
//!
//! It takes values and returns text. The caller writes files.

pub mod arch_support;
pub mod diff;
pub mod fix;
pub mod mail;
pub mod refresh;
