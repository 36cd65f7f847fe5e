//! Owns what kbuild's makefiles say: in which configurations an object is built.
//!
//! Makefiles are evaluated for all configurations at once: make's conditionals, functions and variables become presence
//! conditions ([`objects`]). Nothing is run; what a command or the compiler would say stays unknown, with its place.
//!
//! [`gates`] answers another question from the same statements: which lines and symbols are on the way to an object? Both read
//! makefiles with [`syntax`].
//!
//! | module | owns |
//! |---|---|
//! | [`syntax`] | the statements of one makefile |
//! | [`gates`] | the symbols on the way to an object, with their lines, from the statements alone |
//! | [`value`] | what a variable is worth in all configurations |
//! | [`run`] | variables, conditionals, includes |
//! | `functions` | the functions of make |
//! | [`objects`] | directories and lists: the condition of each object |

mod functions;
pub mod gates;
pub mod objects;
pub mod run;
pub mod syntax;
pub mod value;

pub use gates::{Gate, Gates, Lists, of_object};
