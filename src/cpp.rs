//! Owns symbolic preprocessing of C headers: under which configurations is a name defined once a header has been included?
//!
//! It knows directives, macros and include paths, and of C only what tells a definition from a use. It knows neither
//! features nor Kconfig's model: what a `CONFIG_` symbol can be is asked elsewhere.
//!
//! | module | owns |
//! |---|---|
//! | [`condition`] | presence conditions, each kept once |
//! | [`lex`] | tokens of C, as far as directives and declarations need them |
//! | [`expression`] | the controlling expressions of `#if` |
//! | [`scan`] | the directives of one file |
//! | [`occurrence`] | what a name is at a place: macro, inline function, prototype, use |
//! | [`body`] | the tests on which a function returns at once |
//! | [`local`] | whether a function declares a name for itself |
//! | [`cache`] | files that were read, each once for all architectures |
//! | [`wanted`] | names that are looked for in many files |
//! | [`include`] | where `#include` finds a header |
//! | [`reach`] | which headers the includes of a file lead to, whatever the conditions |
//! | [`presence`] | under which condition a name is defined once a header has been included |

pub mod body;
pub mod cache;
pub mod condition;
pub mod expression;
pub mod include;
pub mod lex;
pub mod local;
pub mod occurrence;
pub mod presence;
pub mod reach;
pub mod scan;
pub mod wanted;

pub use condition::{Atom, Condition, Conditions};

/// Whether a file is a C source or header, by its name.
pub fn is_c(path: &str) -> bool {
    path.ends_with(".c") || path.ends_with(".h")
}

/// Whether a file goes through the preprocessor, by its name: C, or assembler.
pub fn is_code(path: &str) -> bool {
    is_c(path) || path.ends_with(".S")
}
