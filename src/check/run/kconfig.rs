//! Owns how the findings of the proofs about the Kconfig files join those of a run.

use crate::check::kconfig::{Groups, check, definitions, undecided};
use crate::check::lint::Pass;
use crate::check::lints::{self, select_undeclared};
use crate::check::outcome::Outcome;
use crate::diag::{self, Diagnostic};
use crate::feature::spec::Spec;
use crate::kconfig::sources::Sources;
use crate::tree::{Tree, TreeError};

/// Adds what is asked for to what was found in a tree. What has been said of the same line with more words is left out.
///
/// # Errors
///
/// The tree cannot be read.
pub fn add(
    tree: &Tree,
    architectures: &[String],
    groups: Groups,
    specs: &[Spec],
    outcome: &mut Outcome,
) -> Result<(), TreeError> {
    if groups == Groups::NONE {
        return Ok(());
    }
    let found = check(tree, &Sources::new(tree), architectures, groups)?;
    let undecided = undecided::findings(&found.undecided);
    let mut findings = found.findings;
    findings.retain(|finding| {
        let place = &finding.primary.location;
        !outcome.findings.iter().any(|known| {
            let at = &known.primary.location;
            let is_same = known.lint == finding.lint || known.lint == select_undeclared::LINT.name;
            is_same && (&at.path, at.line) == (&place.path, place.line)
        })
    });
    for finding in &mut findings {
        finding.feature = feature(finding, specs);
    }
    outcome.findings.extend(findings);
    definitions::leave_undeclared(&mut outcome.findings);
    outcome.findings.extend(undecided);
    for of_arch in found.unread {
        if !outcome.unread.contains(&of_arch) {
            outcome.unread.push(of_arch);
        }
    }
    diag::sort(&mut outcome.findings);
    Ok(())
}

/// The feature whose symbol a finding is about, if its lint is also one of features: it is the same finding then, and the
/// suppressions of the feature hold for it.
fn feature(finding: &Diagnostic, specs: &[Spec]) -> Option<String> {
    let lint = lints::find(finding.lint)?;
    let symbol = finding.symbol.as_deref()?;
    if !matches!(lint.pass, Pass::FeatureAndKconfig(_)) {
        return None;
    }
    let mut specs = specs.iter();
    let spec = specs.find(|spec| spec.kconfig.iter().any(|term| &*term.symbol == symbol))?;
    Some(spec.name.to_string())
}
