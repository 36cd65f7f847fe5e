//! Owns the facts of one contract: what a feature's spec asks of the headers, objects and callers of an architecture.
//!
//! It must not know lints, tables or formats of output.

pub mod argument;
pub mod callers;
pub mod code;
pub mod contract;
pub mod declared;
pub mod derive;
pub mod entries;
pub mod exports;
pub mod fallback;
pub mod headers;
pub mod marked;
pub mod markers;
pub mod misfit;
pub mod near;
pub mod objects;
pub mod order;
pub mod place;
pub mod required;
pub mod search;
pub mod sighting;
pub mod subject;
pub mod symbols;
pub mod undefs;
pub mod units;
