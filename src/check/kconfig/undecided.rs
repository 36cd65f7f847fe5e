//! Owns the questions about Kconfig lines that could not be answered, and the findings that say so: how many there are, where, and why.

use std::fmt;

use crate::diag::{Diagnostic, Label, Level, Location};

/// Most places that one finding shows.
const MAX_SHOWN: usize = 10;

/// A question about a line on one architecture, or several questions that have no answer for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unanswered {
    /// The lint that would report the line.
    pub lint: &'static str,
    /// The line, or the first of several; `None` where no line is to blame.
    pub place: Option<Location>,
    /// The architectures; empty where the question is about all of them together.
    pub archs: Vec<String>,
    /// Why there is no answer.
    pub reason: String,
    /// How many questions these are.
    pub count: usize,
}

impl Unanswered {
    /// One question of `lint` about a line on an architecture.
    pub fn new(lint: &'static str, place: Location, arch: &str, reason: String) -> Self {
        Self {
            lint,
            place: Some(place),
            archs: vec![arch.to_owned()],
            reason,
            count: 1,
        }
    }

    /// The architectures and the reason.
    fn why(&self) -> String {
        match &*self.archs {
            [] => self.reason.clone(),
            archs => format!("on {}: {}", archs.join(", "), self.reason),
        }
    }
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place} {}", self.why()),
            None => f.write_str(&self.why()),
        }
    }
}

/// One finding for each lint some of whose questions have no answer, at the first of their lines.
pub fn findings(undecided: &[Unanswered]) -> Vec<Diagnostic> {
    let mut merged: Vec<Unanswered> = Vec::new();
    for one in undecided {
        let same = merged.iter_mut().find(|known| {
            known.lint == one.lint && known.place == one.place && known.reason == one.reason
        });
        match same {
            Some(known) => {
                known.archs.extend(one.archs.iter().cloned());
                known.count += one.count;
            }
            None => merged.push(one.clone()),
        }
    }
    merged.sort();
    merged
        .chunk_by(|a, b| a.lint == b.lint)
        .map(of_lint)
        .collect()
}

fn of_lint(undecided: &[Unanswered]) -> Diagnostic {
    let count: usize = undecided.iter().map(|one| one.count).sum();
    let headline = match count {
        1 => "1 question about Kconfig lines is undecided".to_owned(),
        _ => format!("{count} questions about Kconfig lines are undecided"),
    };
    let lint = undecided.first().map_or("", |one| one.lint);
    let label = |one: &Unanswered| Some(Label::new(one.place.clone()?, one.why()));
    let mut places = undecided.iter().filter_map(label);
    let nowhere = || Label::new(Location::file("Kconfig"), "");
    let primary = places.next().unwrap_or_else(nowhere);
    let mut finding = Diagnostic::new(lint, Level::Note, headline, primary);
    for place in places.by_ref().take(MAX_SHOWN - 1) {
        finding = finding.with_secondary(place);
    }
    let left = places.count();
    let whole = undecided.iter().filter(|one| one.place.is_none());
    for one in whole.take(MAX_SHOWN) {
        finding = finding.with_note(one.why());
    }
    match left {
        0 => finding,
        1 => finding.with_note("1 more line is undecided"),
        _ => finding.with_note(format!("{left} more lines are undecided")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_shown_with_its_reason() {
        let place = |line: u32| {
            let mut place = Location::file("mm/Kconfig");
            place.line = line;
            place
        };
        let of = |line, arch, reason: &str| Unanswered::new("l", place(line), arch, reason.into());
        let nowhere = Unanswered {
            place: None,
            ..of(1, "x", "refused")
        };
        let mut asked = vec![
            of(5, "x", "too hard"),
            of(3, "x", "too hard"),
            of(3, "y", "too hard"),
            nowhere,
        ];
        let findings = findings(&asked);
        let [finding] = &*findings else {
            panic!("{findings:?}");
        };
        assert_eq!(
            finding.headline,
            "4 questions about Kconfig lines are undecided"
        );
        let labels = std::iter::once(&finding.primary).chain(&finding.secondary);
        let labels = labels.map(|label| format!("{} {}", label.location.line, label.text));
        assert_eq!(
            labels.collect::<Vec<_>>(),
            ["3 on x, y: too hard", "5 on x: too hard"]
        );
        assert_eq!(finding.notes, ["on x: refused"]);
        // Each lint has a finding of its own.
        asked[0].lint = "k";
        let lints = super::findings(&asked);
        let lints = lints
            .iter()
            .map(|finding| (finding.lint, &*finding.headline));
        assert_eq!(
            lints.collect::<Vec<_>>(),
            [
                ("k", "1 question about Kconfig lines is undecided"),
                ("l", "3 questions about Kconfig lines are undecided"),
            ]
        );
        assert!(super::findings(&[]).is_empty());
    }
}
