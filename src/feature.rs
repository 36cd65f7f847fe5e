//! Owns what a feature is: its [`spec`], the specs that are compiled in ([`builtin`]), and the table `arch-support.txt`
//! that the kernel's documentation keeps about it ([`arch_support`]); and the list of findings about a tree or a feature that are not
//! to be reported ([`suppression`]).
//!
//! It takes text and gives values: it opens no file, and it does not know how a verdict about a feature is reached.

pub mod arch_support;
pub mod builtin;
pub mod name;
pub mod spec;
pub mod suppression;
