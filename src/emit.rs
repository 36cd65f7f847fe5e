//! Owns what is made out of verdicts for the tree itself: a feature's table ([`arch_support`]), and how a text differs from
//! the one that is there ([`diff`]).
//!
//! It takes values and gives text; who wants the text on disk writes it.

pub mod arch_support;
pub mod diff;
