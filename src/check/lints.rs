//! Owns the lints: one module each, with its documentation and its function.

pub(in crate::check) mod conflicting_types;
pub(in crate::check) mod direct_hook_call;
pub(in crate::check) mod hook_guards_differ;
pub(in crate::check) mod hook_object;
pub(in crate::check) mod hook_without_select;
pub(in crate::check) mod incomplete_hooks;
pub(in crate::check) mod missing_fallback;
pub(in crate::check) mod missing_include;
pub(in crate::check) mod retired_marker;
pub(in crate::check) mod select_never;
pub(in crate::check) mod select_undeclared;
pub(in crate::check) mod select_without_hook;
pub(in crate::check) mod stale_marker;
pub(in crate::check) mod table_claims_support;
pub(in crate::check) mod table_denies_support;
pub(in crate::check) mod table_other_symbol;
pub(in crate::check) mod table_rows;
pub(in crate::check) mod table_status;
pub(in crate::check) mod table_syntax;
pub(in crate::check) mod undeclared_symbol;
pub(in crate::check) mod undef_config;
pub(in crate::check) mod unexported_hook;
pub(in crate::check) mod unmet_dependency;
pub(in crate::check) mod unsorted_select;
