//! Owns the lints: the list of all of them, and one module each with its documentation and its function.
//!
//! To add a lint, write its file and add it here. Nothing else lists lints by name.

pub(in crate::check) mod condition_type;
pub(in crate::check) mod conflicting_types;
pub(in crate::check) mod constant_condition;
pub(in crate::check) mod dead_block;
pub(in crate::check) mod dead_default;
pub(in crate::check) mod dead_prompt;
pub(in crate::check) mod dead_range;
pub(in crate::check) mod dead_select;
pub(in crate::check) mod dead_symbol;
pub(in crate::check) mod direct_hook_call;
pub(in crate::check) mod duplicate_dependency;
pub(in crate::check) mod hook_defined_twice;
pub(in crate::check) mod hook_guards_differ;
pub(in crate::check) mod hook_object;
pub(in crate::check) mod hook_without_select;
pub(in crate::check) mod implied_condition;
pub(in crate::check) mod incomplete_hooks;
pub(in crate::check) mod kconfig_definition;
pub(in crate::check) mod kconfig_loop;
pub(in crate::check) mod kconfig_macro;
pub(in crate::check) mod kconfig_source;
pub(in crate::check) mod kconfig_syntax;
pub(in crate::check) mod missing_fallback;
pub(in crate::check) mod missing_include;
pub(in crate::check) mod redundant_condition;
pub(in crate::check) mod retired_marker;
pub(in crate::check) mod reversed_range;
pub(in crate::check) mod select_never;
pub(in crate::check) mod select_undeclared;
pub(in crate::check) mod select_visible;
pub(in crate::check) mod select_without_hook;
pub(in crate::check) mod spec_mismatch;
pub(in crate::check) mod stale_marker;
pub(in crate::check) mod table_claims_support;
pub(in crate::check) mod table_denies_support;
pub(in crate::check) mod table_other_symbol;
pub(in crate::check) mod table_rows;
pub(in crate::check) mod table_status;
pub(in crate::check) mod table_syntax;
pub(in crate::check) mod undeclared_config;
pub(in crate::check) mod undeclared_name;
pub(in crate::check) mod undeclared_symbol;
pub(in crate::check) mod undef_config;
pub(in crate::check) mod unexported_hook;
pub(in crate::check) mod unmet_dependency;
pub(in crate::check) mod unsorted_select;
pub(in crate::check) mod unused_baseline_entry;
pub(in crate::check) mod unused_hook;
pub(in crate::check) mod unused_suppression;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::check::feature::subject::Subject;
use crate::check::lint::{Lint, Pass};
use crate::check::table::Matrix;
use crate::check::tree::whole;
use crate::diag::{self, Diagnostic};
use crate::feature::arch_support::Table;

/// Every lint, in the order in which they run and are listed.
pub const LINTS: &[&Lint] = &[
    &kconfig_syntax::LINT,
    &kconfig_source::LINT,
    &kconfig_definition::LINT,
    &kconfig_loop::LINT,
    &kconfig_macro::LINT,
    &undeclared_name::LINT,
    &undeclared_config::LINT,
    &dead_symbol::LINT,
    &dead_select::LINT,
    &dead_default::LINT,
    &dead_range::LINT,
    &dead_prompt::LINT,
    &dead_block::LINT,
    &constant_condition::LINT,
    &redundant_condition::LINT,
    &duplicate_dependency::LINT,
    &reversed_range::LINT,
    &condition_type::LINT,
    &implied_condition::LINT,
    &select_visible::LINT,
    &undeclared_symbol::LINT,
    &conflicting_types::LINT,
    &select_undeclared::LINT,
    &select_without_hook::LINT,
    &incomplete_hooks::LINT,
    &hook_defined_twice::LINT,
    &unused_hook::LINT,
    &spec_mismatch::LINT,
    &hook_guards_differ::LINT,
    &hook_without_select::LINT,
    &select_never::LINT,
    &unmet_dependency::LINT,
    &unsorted_select::LINT,
    &retired_marker::LINT,
    &missing_fallback::LINT,
    &direct_hook_call::LINT,
    &missing_include::LINT,
    &stale_marker::LINT,
    &undef_config::LINT,
    &hook_object::LINT,
    &unexported_hook::LINT,
    &table_syntax::LINT,
    &table_rows::LINT,
    &table_status::LINT,
    &table_other_symbol::LINT,
    &table_claims_support::LINT,
    &table_denies_support::LINT,
    &unused_suppression::LINT,
    &unused_baseline_entry::LINT,
];

/// The lint of this name.
pub fn find(name: &str) -> Option<&'static Lint> {
    LINTS.iter().copied().find(|lint| lint.name == name)
}

/// Whether the lint of this name is about tables.
pub fn is_about_tables(name: &str) -> bool {
    find(name).is_some_and(Lint::is_about_tables)
}

/// Reads findings from a file in which they were kept.
///
/// # Errors
///
/// Those of the file's format; and a finding of a lint that is not in the list.
pub(crate) fn read_findings<'de, D, T>(file: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: From<Vec<Diagnostic>>,
{
    let findings = Vec::<Diagnostic<String>>::deserialize(file)?.into_iter();
    let findings = findings.map(|finding| {
        let name = |lint: String| find(&lint).map(|lint| lint.name);
        finding.with_lint(name)
    });
    let findings: Option<Vec<Diagnostic>> = findings.collect();
    let unknown = || D::Error::custom("a finding of a lint that is not known");
    findings.map(T::from).ok_or_else(unknown)
}

/// How like two names have to be, from 0 to 1, for one to be offered for the other.
const LIKE: f64 = 0.8;

/// The one of the names that is spelled most like a word, whatever its case and whether it has `_` or `-`; `None` where none is like
/// it.
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('_', "-");
    let likeness = |name: &str| strsim::jaro_winkler(&word, name);
    let like = names.map(|name| (likeness(name), name));
    let like = like.filter(|(likeness, _)| *likeness > LIKE);
    let nearest = like.max_by(|(a, _), (b, _)| a.total_cmp(b));
    nearest.map(|(_, name)| name)
}

/// Adds what the lints find about a feature.
pub(in crate::check) fn run_feature(subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let known = findings.len();
    for lint in LINTS {
        if let Pass::Feature(run) | Pass::FeatureAndTree(run, _) | Pass::FeatureAndKconfig(run) =
            lint.pass
        {
            run(lint, subject, findings);
        }
    }
    for finding in &mut findings[known..] {
        // A finding on every architecture is one about the whole tree.
        let is_everywhere = finding.archs.len() == subject.archs.len() && !subject.unread;
        if finding.archs.len() > 1 && is_everywhere {
            finding.archs.clear();
        }
    }
}

/// Adds what the lints find in the survey of the whole tree, as far as it is about these architectures or about generic code.
pub(in crate::check) fn run_tree(
    facts: &whole::Facts,
    architectures: &[String],
    known: &mut Vec<Diagnostic>,
) {
    let mut findings = Vec::new();
    for lint in LINTS {
        if let Pass::FeatureAndTree(_, run) = lint.pass {
            run(lint, facts, &mut findings);
        }
    }
    findings.retain_mut(|finding| {
        let is_generic = finding.archs.is_empty();
        finding.archs.retain(|arch| architectures.contains(arch));
        is_generic || !finding.archs.is_empty()
    });
    // A finding about a feature has already been reported, in more detail.
    findings.retain(|finding| {
        let place = &finding.primary.location;
        !known.iter().any(|known| {
            let at = &known.primary.location;
            known.lint == finding.lint && (&at.path, at.line) == (&place.path, place.line)
        })
    });
    known.extend(findings);
}

/// Findings about the tables, in display order. The matrix is that of all architectures of the tree: an
/// architecture that it does not have counts as one that the tree does not have.
pub fn run_tables(matrix: &Matrix) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for row in &matrix.features {
        let before = findings.len();
        for lint in LINTS {
            if let Pass::Table(run) = lint.pass {
                run(lint, matrix, row, &mut findings);
            }
        }
        // In a file that is not one table, nobody knows which of two rows is the one to remove.
        if row.table.as_ref().and_then(Table::why_damaged).is_some() {
            for finding in findings.iter_mut().skip(before) {
                finding.fix = None;
            }
        }
    }
    diag::sort(&mut findings);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::lint::group::{ALL, GROUPS};

    #[test]
    fn every_lint_is_documented_and_named_once() {
        for (index, lint) in LINTS.iter().enumerate() {
            let name = lint.name;
            assert!(
                LINTS[..index].iter().all(|other| other.name != name),
                "{name}"
            );
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            );
            let docs = &lint.docs;
            assert!(
                !docs.summary.is_empty() && !docs.summary.ends_with('.'),
                "{name}"
            );
            for part in [docs.what, docs.why, docs.fix] {
                assert!(part.len() > 10 && part.ends_with('.'), "{name}: {part}");
            }
            assert!(!docs.example.trim().is_empty(), "{name}");
        }
    }

    #[test]
    fn groups_have_names_of_their_own() {
        for (index, group) in GROUPS.iter().enumerate() {
            assert!(!GROUPS[..index].contains(group), "{}", group.name);
            assert!(find(group.name).is_none() && group.name != ALL);
            let parent = group.parent;
            assert!(parent.is_none_or(|parent| GROUPS[..index].contains(&parent)));
        }
        assert!(LINTS.iter().all(|lint| GROUPS.contains(&lint.group)));
    }
}
