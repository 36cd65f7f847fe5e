//! Owns the survey of the whole tree: what can be wrong without any feature's spec.
//!
//! It must not know specs, tables or formats of output.

pub mod whole;
