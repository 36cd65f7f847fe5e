//! Owns what the findings of lints about tables share.

use super::Lint;
use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::check::table::{Cell, Documented, Row, repair};
use crate::diag::{Diagnostic, Label};
use crate::feature::arch_support::Status;

/// Most places of the evidence that a finding shows.
const MAX_SHOWN: usize = 8;

impl Row {
    /// A finding about the table.
    pub(in crate::check) fn finding(
        &self,
        lint: &Lint,
        headline: String,
        primary: Label,
    ) -> Diagnostic {
        let mut finding = Diagnostic::new(lint.name, lint.level(), headline, primary);
        finding.feature = Some(self.name.clone());
        finding.symbol = self
            .spec
            .as_ref()
            .and_then(|spec| spec.kconfig.first())
            .map(|term| term.symbol.to_string());
        finding
    }

    /// The finding that the table says something else of a cell than is true.
    pub(in crate::check) fn contradiction(
        &self,
        lint: &Lint,
        cell: &Cell,
        documented: &Documented,
        truth: &str,
    ) -> Diagnostic {
        let (arch, word) = (&cell.arch, documented.status.word());
        let headline = format!("`{}` says `{word}` for `{arch}`, but {truth}", self.name);
        let primary = Label::new(documented.location.clone(), "the table says so");
        let mut finding = self
            .finding(lint, headline, primary)
            .with_arch(arch.clone());
        self.show(cell, &mut finding);
        finding
    }

    /// The finding about a cell with the order, and the change, to write another status.
    pub(in crate::check) fn with_status(
        &self,
        mut finding: Diagnostic,
        cell: &Cell,
        status: &Status,
    ) -> Diagnostic {
        let row = self.table.as_ref().and_then(|table| table.row(&cell.arch));
        finding.fix = row.map(|row| repair::status(row, status));
        finding.with_help(format!("write `{}`", status.word()))
    }

    /// Adds what proves a cell to a finding about it.
    fn show(&self, cell: &Cell, finding: &mut Diagnostic) {
        for evidence in cell.evidence.iter().take(MAX_SHOWN) {
            let label = Label::new(evidence.location.clone(), words(evidence));
            finding.secondary.push(label);
        }
        let more = cell.evidence.len().saturating_sub(MAX_SHOWN);
        if more > 0 {
            finding.notes.push(format!("{more} more places name it"));
        }
        if let Some(reason) = cell
            .reason
            .as_ref()
            .filter(|_| cell.supported == Supported::No)
        {
            finding.notes.push(reason.clone());
        }
    }
}

/// Returns what a place has to do with the symbol.
fn words(evidence: &Evidence) -> String {
    if let Some(note) = &evidence.note {
        return note.clone();
    }
    let when = evidence
        .condition
        .as_ref()
        .map_or_else(String::new, |condition| format!(" with `{condition}`"));
    match evidence.role {
        Role::Declaration => "declared here".to_owned(),
        Role::Default => format!("on by default{when}"),
        Role::Imply => format!("implied{when}"),
        _ => format!("selected{when}"),
    }
}
