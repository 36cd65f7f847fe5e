//! Owns how findings with one cause become one: the first of them in the order of the text, with the places of the others as a note.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diag::Diagnostic;

/// Most places that the note has.
const MAX_PLACES: usize = 60;

/// Findings, some of which have a cause in common.
#[derive(Debug, Default)]
pub struct Together {
    found: Vec<(Diagnostic, Option<String>)>,
}

impl Together {
    /// Adds a finding. Those of the same lint and the same cause become one.
    pub fn add(&mut self, finding: Diagnostic, cause: Option<String>) {
        self.found.push((finding, cause));
    }

    /// One finding for each cause.
    pub fn findings(mut self) -> Vec<Diagnostic> {
        self.found.sort_by(|(a, _), (b, _)| {
            let (a, b) = (&a.primary.location, &b.primary.location);
            (&a.path, a.start).cmp(&(&b.path, b.start))
        });
        let mut findings: Vec<Diagnostic> = Vec::new();
        let mut others: Vec<Vec<Diagnostic>> = Vec::new();
        let mut of_causes: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for (finding, cause) in self.found {
            let next = findings.len();
            let at = match cause {
                Some(cause) => *of_causes.entry((finding.lint, cause)).or_insert(next),
                None => next,
            };
            match others.get_mut(at) {
                Some(others) => others.push(finding),
                None => {
                    findings.push(finding);
                    others.push(Vec::new());
                }
            }
        }
        for (finding, others) in findings.iter_mut().zip(others) {
            for other in &others {
                let is_of_some = !finding.archs.is_empty() && !other.archs.is_empty();
                finding.archs.extend(other.archs.iter().cloned());
                if !is_of_some {
                    finding.archs.clear();
                }
            }
            finding.archs.sort();
            finding.archs.dedup();
            finding.notes.extend(note(&others));
        }
        findings
    }
}

/// Where the others are.
fn note(others: &[Diagnostic]) -> Option<String> {
    let mut note = match others.len() {
        0 => return None,
        1 => "the same at one more place:".to_owned(),
        count => format!("the same at {count} more places:"),
    };
    let mut path = None;
    for other in others.iter().take(MAX_PLACES) {
        let at = &other.primary.location;
        if path == Some(&at.path) {
            let _ = write!(note, ", {}", at.line);
        } else {
            let separator = if path.is_some() { ";" } else { "" };
            let _ = write!(note, "{separator} {}:{}", at.path, at.line);
            path = Some(&at.path);
        }
    }
    if let Some(hidden) = others
        .len()
        .checked_sub(MAX_PLACES)
        .filter(|&count| count > 0)
    {
        let _ = write!(note, ", and {hidden} more");
    }
    Some(note)
}
