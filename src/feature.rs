//! Owns what a feature is: its [`spec`], and the specs that are compiled in ([`builtin`]).
//!
//! It takes text and gives values: it opens no file, and it does not know how a verdict about a feature is reached.

pub mod builtin;
pub mod name;
pub mod spec;
