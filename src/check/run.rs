//! Owns what one run reports: its scope, baseline and suppressions, and what a series brings and repairs.
//!
//! It must not know how a finding is made.

pub mod baseline;
pub mod blame;
pub mod cells;
pub mod hooks;
pub mod kconfig;
pub mod levels;
mod moved;
pub mod passes;
pub mod past;
mod renamed;
pub mod request;
pub mod scope;
pub mod series;
pub mod step;
pub mod suppression;
pub mod tables;
pub mod unmet;

#[cfg(test)]
mod tests;
