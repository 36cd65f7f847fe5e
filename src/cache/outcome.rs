//! Owns findings and verdicts as JSON and back.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::check::Outcome;
use crate::check::lints;
use crate::check::reported::{Reason, Reported};
use crate::check::support::verdict::Verdict;
use crate::diag::Diagnostic;

/// Writes the result as one line. `None` for findings of a series, and if a file could not be read: the next run reads again.
pub(super) fn to_json(outcome: &Outcome) -> Option<String> {
    let Outcome {
        findings,
        pedantic,
        suppressed,
        verdicts,
        unread,
        matrix,
    } = outcome;
    if !unread.is_empty() || matrix.is_some() {
        return None;
    }
    let mut reasons = Vec::new();
    for Reported {
        finding: _,
        episode,
        suppression,
    } in suppressed
    {
        if episode.is_some() {
            return None;
        }
        reasons.push(suppression.clone());
    }
    let suppressed = suppressed.iter().map(|one| one.finding.clone());
    let kept = Kept {
        findings: Cow::Borrowed(findings),
        pedantic: Cow::Borrowed(pedantic),
        suppressed: suppressed.collect(),
        reasons,
        verdicts: Cow::Borrowed(verdicts),
    };
    serde_json::to_string(&kept).ok()
}

/// What [`to_json`] wrote. `None` for anything else.
pub(super) fn from_json(text: &str) -> Option<Outcome> {
    let kept: Kept<'_> = serde_json::from_str(text).ok()?;
    if kept.suppressed.len() != kept.reasons.len() {
        return None;
    }
    let suppressed = kept.suppressed.into_iter().zip(kept.reasons);
    let suppressed = suppressed.map(|(finding, suppression)| Reported {
        finding,
        episode: None,
        suppression,
    });
    Some(Outcome {
        findings: kept.findings.into_owned(),
        pedantic: kept.pedantic.into_owned(),
        suppressed: suppressed.collect(),
        verdicts: kept.verdicts.into_owned(),
        unread: Vec::new(),
        matrix: None,
    })
}

#[derive(Serialize, Deserialize)]
struct Kept<'a> {
    #[serde(deserialize_with = "lints::read_findings")]
    findings: Cow<'a, [Diagnostic]>,
    #[serde(deserialize_with = "lints::read_findings")]
    pedantic: Cow<'a, [Diagnostic]>,
    #[serde(deserialize_with = "lints::read_findings")]
    suppressed: Vec<Diagnostic>,
    /// Why each of these is not reported.
    reasons: Vec<Option<Reason>>,
    verdicts: Cow<'a, [Verdict]>,
}
