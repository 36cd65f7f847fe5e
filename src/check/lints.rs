//! Owns the lints: one module each, with its documentation and its function.

pub(super) mod conflicting_types;
pub(super) mod direct_hook_call;
pub(super) mod hook_guards_differ;
pub(super) mod hook_object;
pub(super) mod hook_without_select;
pub(super) mod incomplete_hooks;
pub(super) mod missing_fallback;
pub(super) mod missing_include;
pub(super) mod retired_marker;
pub(super) mod select_never;
pub(super) mod select_undeclared;
pub(super) mod select_without_hook;
pub(super) mod stale_marker;
pub(super) mod table_claims_support;
pub(super) mod table_denies_support;
pub(super) mod table_other_symbol;
pub(super) mod table_rows;
pub(super) mod table_status;
pub(super) mod table_syntax;
pub(super) mod undeclared_symbol;
pub(super) mod undef_config;
pub(super) mod unexported_hook;
pub(super) mod unmet_dependency;
pub(super) mod unsorted_select;
