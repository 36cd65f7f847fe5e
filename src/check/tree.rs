//! Owns the survey of the whole tree, and of what a change writes in it: what can be wrong without any feature's spec.
//!
//! It must not know specs, tables or formats of output.

pub mod names;
mod sorted;
pub mod whole;
