//! Owns the Kconfig language: what the files of a tree say about its symbols.
//!
//! | module | owns |
//! |---|---|
//! | [`syntax`] | the syntax tree of one file, for no architecture in particular |

pub mod syntax;
