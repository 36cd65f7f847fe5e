//! Owns what the headers say of the cells of a matrix: whether an architecture that has a feature keeps its contract.

use crate::check::error::CheckError;
use crate::check::feature::declared;
use crate::check::feature::search::Search;
use crate::check::lints::{hook_defined_twice, hook_object, incomplete_hooks, select_without_hook};
use crate::check::memo::Checker;
use crate::check::support::verdict::{Role, Supported};
use crate::check::table::matrix::{Contract, Matrix};
use crate::diag::Diagnostic;
use crate::feature::spec::Spec;
use crate::tree::Tree;

/// The lints that say that an architecture has a symbol and not its hooks.
fn breaks_contract(lint: &str) -> bool {
    let lints = [
        &select_without_hook::LINT,
        &incomplete_hooks::LINT,
        &hook_object::LINT,
        &hook_defined_twice::LINT,
    ];
    lints.iter().any(|known| known.name == lint)
}

/// Checks the features of a matrix that have hooks, and says in each cell whether the contract is kept, with the places of the
/// hooks as evidence. Returns the findings about contracts
/// that the architectures break.
///
/// # Errors
///
/// The tree cannot be read.
pub fn add(
    tree: &Tree,
    matrix: &mut Matrix,
    architectures: &[String],
) -> Result<Vec<Diagnostic>, CheckError> {
    let specs = matrix.features.iter().filter_map(|row| row.spec.as_ref());
    let specs: Vec<Spec> = specs
        .filter(|spec| !spec.hooks.is_empty())
        .cloned()
        .collect();
    let specs = declared::in_release(&specs, tree)?;
    let specs = declared::only(&specs, std::iter::once(tree))?;
    let mut outcome =
        Checker::once(&specs, Search::default()).check(tree, &matrix.architectures, &mut |_| {})?;
    outcome
        .findings
        .retain(|finding| breaks_contract(finding.lint));
    for row in &mut matrix.features {
        let Some(spec) = &row.spec else {
            continue;
        };
        for cell in &mut row.cells {
            let mut verdicts = outcome.verdicts.iter();
            let verdict =
                verdicts.find(|verdict| verdict.feature == *spec.name && verdict.arch == cell.arch);
            let Some(verdict) = verdict.filter(|_| cell.supported == Supported::Yes) else {
                continue;
            };
            let hooks = verdict.evidence.iter();
            let hooks = hooks.filter(|evidence| evidence.role == Role::Hook);
            cell.evidence.extend(hooks.cloned());
            let mut findings = outcome.findings.iter();
            let is_broken = findings.any(|finding| {
                finding.feature.as_deref() == Some(&*spec.name)
                    && (finding.archs.is_empty() || finding.archs.contains(&cell.arch))
            });
            cell.contract = Some(match is_broken {
                true => Contract::Broken,
                false => Contract::Kept,
            });
        }
    }
    outcome.findings.retain(|finding| {
        let mut archs = finding.archs.iter();
        finding.archs.is_empty() || archs.any(|arch| architectures.contains(arch))
    });
    Ok(outcome.findings)
}
