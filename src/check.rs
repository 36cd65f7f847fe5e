//! Owns verdicts and lints: what a tree says about a feature, and what is wrong with it.
//!
//! It knows no output format and prints nothing.

pub mod verdict;
