//! Owns what a lint is, and the table of all lints.

use crate::check::{Subject, lints};
use crate::diag::{Diagnostic, Level};

/// A lint: its name, what it is about, and the function that looks for it.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// The name in output and on the command line.
    pub name: &'static str,
    /// How much a finding weighs unless somebody says otherwise.
    pub level: Level,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Why that is wrong, what is not found, and what to do about it. Paragraphs of plain text.
    pub explanation: &'static str,
    /// Looks for it, and adds what it finds. That of a lint about tables finds nothing: [`crate::check::table::findings()`] has its own.
    pub run: fn(&Lint, &Subject<'_>, &mut Vec<Diagnostic>),
}

/// Every lint, in the order in which they run.
pub const LINTS: &[&Lint] = &[
    &lints::undeclared_symbol::LINT,
    &lints::conflicting_types::LINT,
    &lints::select_undeclared::LINT,
    &lints::select_without_hook::LINT,
    &lints::incomplete_hooks::LINT,
    &lints::hook_guards_differ::LINT,
    &lints::hook_without_select::LINT,
    &lints::select_never::LINT,
    &lints::unmet_dependency::LINT,
    &lints::unsorted_select::LINT,
    &lints::retired_marker::LINT,
    &lints::missing_fallback::LINT,
    &lints::direct_hook_call::LINT,
    &lints::missing_include::LINT,
    &lints::stale_marker::LINT,
    &lints::undef_config::LINT,
    &lints::hook_object::LINT,
    &lints::unexported_hook::LINT,
    &lints::table_syntax::LINT,
    &lints::table_rows::LINT,
    &lints::table_status::LINT,
    &lints::table_other_symbol::LINT,
    &lints::table_claims_support::LINT,
    &lints::table_denies_support::LINT,
];

impl Lint {
    /// A finding of this lint about a feature.
    pub(in crate::check) fn finding(
        &self,
        subject: &Subject<'_>,
        headline: String,
        primary: crate::diag::Label,
    ) -> Diagnostic {
        let symbol = subject.symbol();
        Diagnostic::new(self.name, self.level, headline, primary).about(&subject.spec.name, symbol)
    }
}

/// Adds a finding about one architecture to those of the same lint; one about the same place is extended by the architecture.
pub(in crate::check) fn add(findings: &mut Vec<Diagnostic>, finding: Diagnostic) {
    let same = findings.iter_mut().find(|known| {
        known.lint == finding.lint
            && known.primary.location == finding.primary.location
            && known.headline == finding.headline
    });
    match same {
        Some(known) => {
            for arch in finding.archs {
                if !known.archs.contains(&arch) {
                    known.archs.push(arch);
                }
            }
        }
        None => findings.push(finding),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lint_is_documented_and_named_once() {
        for (index, lint) in LINTS.iter().enumerate() {
            assert!(
                LINTS[..index].iter().all(|other| other.name != lint.name),
                "{}",
                lint.name
            );
            assert!(
                lint.name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            );
            assert!(
                !lint.summary.is_empty() && !lint.summary.ends_with('.'),
                "{}",
                lint.name
            );
            assert!(lint.explanation.len() > 80, "{}", lint.name);
        }
    }
}
