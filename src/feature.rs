//! Owns what a feature is: its [`spec`] with what that says of each [`hook`] and when ([`requirement`]), the specs that are compiled in ([`builtin`]), and the table `arch-support.txt`
//! that the kernel's documentation keeps about it ([`arch_support`]); and what a tree or a user says about findings: which are not to
//! be reported ([`suppression`]), and at which level ([`configuration`]). [`lookup`] understands the names of features that users type.
//!
//! It takes text and gives values: it opens no file, and it does not know how a verdict about a feature is reached.

pub mod arch_support;
pub mod builtin;
pub mod configuration;
pub mod hook;
pub mod lookup;
pub mod name;
pub mod requirement;
pub mod spec;
pub mod suppression;
