//! Owns which proofs about the Kconfig files a run asks for, and how their findings join those of the run.

use crate::check::kconfig::{Groups, check, undecided};
use crate::check::lint::group::{self, Group};
use crate::check::lints::{LINTS, select_undeclared};
use crate::check::outcome::Outcome;
use crate::check::run::levels::Levels;
use crate::diag;
use crate::kconfig::sources::Sources;
use crate::tree::{Tree, TreeError};

/// Returns what options ask for. What `conf` refuses is found in every run.
fn asked_for(levels: &Levels) -> Groups {
    let asks = |group: &Group| {
        let mut lints = LINTS.iter().filter(|lint| lint.is_about_kconfig());
        lints.any(|lint| lint.group == group && levels.is_asked_for(lint))
    };
    Groups {
        unmet: asks(&group::UNMET),
        names: asks(&group::NAMES),
        dead: asks(&group::DEAD),
        style: asks(&group::STYLE),
        uses: asks(&group::USES),
        definitions: false,
    }
}

/// Adds what options ask for to what was found in a tree. What has been said of the same line with more words is left out.
///
/// # Errors
///
/// The tree cannot be read.
pub fn add_asked_for(
    tree: &Tree,
    architectures: &[String],
    levels: &Levels,
    outcome: &mut Outcome,
) -> Result<(), TreeError> {
    let groups = asked_for(levels);
    if groups == Groups::NONE {
        return Ok(());
    }
    let found = check(tree, &Sources::new(tree), architectures, groups)?;
    let undecided = undecided(&found);
    let mut findings = found.findings;
    findings.retain(|finding| {
        let place = &finding.primary.location;
        !outcome.findings.iter().any(|known| {
            let at = &known.primary.location;
            let is_same = known.lint == finding.lint || known.lint == select_undeclared::LINT.name;
            is_same && (&at.path, at.line) == (&place.path, place.line)
        })
    });
    outcome.findings.extend(findings);
    outcome.findings.extend(undecided);
    diag::sort(&mut outcome.findings);
    Ok(())
}
