//! Owns findings and verdicts as JSON and back. The structures are its own: each has a place for every field of what it stands for,
//! so a new one cannot be forgotten.

use serde::{Deserialize, Serialize};

use crate::check::Outcome;
use crate::check::lints;
use crate::check::reported::{Reason, Reported};
use crate::check::support::verdict::{Evidence, Role, Supported, Verdict};
use crate::diag::{Diagnostic, Edit, Fix, Label, Level, Location, Stage};

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
    if suppressed.iter().any(|one| one.episode.is_some()) {
        return None;
    }
    let found = |finding: &Diagnostic| Found::new(finding, None);
    let kept = Kept {
        findings: findings.iter().map(found).collect(),
        pedantic: pedantic.iter().map(found).collect(),
        suppressed: suppressed
            .iter()
            .map(|one| Found::new(one, one.suppression.as_ref()))
            .collect(),
        verdicts: verdicts.iter().map(Said::of).collect(),
    };
    serde_json::to_string(&kept).ok()
}

/// What [`to_json`] wrote. `None` for anything else.
pub(super) fn from_json(text: &str) -> Option<Outcome> {
    let kept: Kept = serde_json::from_str(text).ok()?;
    let reported = |found: Vec<Found>| {
        let found = found.into_iter().map(Found::back);
        found.collect::<Option<Vec<Reported>>>()
    };
    let findings = |found: Vec<Found>| {
        let found = reported(found)?.into_iter();
        Some(found.map(|one| one.finding).collect())
    };
    Some(Outcome {
        findings: findings(kept.findings)?,
        pedantic: findings(kept.pedantic)?,
        suppressed: reported(kept.suppressed)?,
        verdicts: kept
            .verdicts
            .into_iter()
            .map(Said::back)
            .collect::<Option<_>>()?,
        unread: Vec::new(),
        matrix: None,
    })
}

#[derive(Serialize, Deserialize)]
struct Kept {
    findings: Vec<Found>,
    pedantic: Vec<Found>,
    suppressed: Vec<Found>,
    verdicts: Vec<Said>,
}

/// A path with line, column, start and end.
#[derive(Serialize, Deserialize)]
struct Place(String, [u32; 4]);

impl Place {
    fn of(location: &Location) -> Self {
        let Location {
            path,
            line,
            column,
            start,
            end,
        } = location;
        Self(path.to_string(), [*line, *column, *start, *end])
    }

    fn back(self) -> Location {
        let Self(path, [line, column, start, end]) = self;
        Location {
            path: path.into(),
            line,
            column,
            start,
            end,
        }
    }
}

/// A place with words.
#[derive(Serialize, Deserialize)]
struct Marked(Place, String);

impl Marked {
    fn of(label: &Label) -> Self {
        let Label { location, text } = label;
        Self(Place::of(location), text.clone())
    }

    fn back(self) -> Label {
        Label::new(self.0.back(), self.1)
    }
}

#[derive(Serialize, Deserialize)]
struct Mended {
    title: String,
    edits: Vec<Marked>,
}

#[derive(Serialize, Deserialize)]
struct Found {
    lint: String,
    level: String,
    headline: String,
    primary: Marked,
    secondary: Vec<Marked>,
    feature: Option<String>,
    symbol: Option<String>,
    archs: Vec<String>,
    notes: Vec<String>,
    help: Option<String>,
    fix: Option<Mended>,
    breaks: Option<String>,
    suppression: Option<Marked>,
}

impl Found {
    fn new(finding: &Diagnostic, suppression: Option<&Reason>) -> Self {
        let Diagnostic {
            lint,
            level,
            headline,
            primary,
            secondary,
            feature,
            symbol,
            archs,
            notes,
            help,
            fix,
            breaks,
        } = finding;
        Self {
            lint: (*lint).to_owned(),
            level: level.word().to_owned(),
            headline: headline.clone(),
            primary: Marked::of(primary),
            secondary: secondary.iter().map(Marked::of).collect(),
            feature: feature.clone(),
            symbol: symbol.clone(),
            archs: archs.clone(),
            notes: notes.clone(),
            help: help.clone(),
            fix: fix.as_ref().map(|Fix { title, edits }| Mended {
                title: title.clone(),
                edits: edits
                    .iter()
                    .map(|Edit { location, text }| Marked(Place::of(location), text.clone()))
                    .collect(),
            }),
            breaks: breaks.map(|stage| stage.word().to_owned()),
            suppression: suppression
                .map(|Reason { text, place }| Marked(Place::of(place), text.clone())),
        }
    }

    fn back(self) -> Option<Reported> {
        let levels = [Level::Allow, Level::Note, Level::Warn, Level::Deny];
        let edit = |Marked(place, text): Marked| Edit {
            location: place.back(),
            text,
        };
        let suppression = self.suppression.map(|Marked(place, text)| Reason {
            text,
            place: place.back(),
        });
        let finding = Diagnostic {
            lint: lints::find(&self.lint)?.name,
            level: levels
                .into_iter()
                .find(|level| level.word() == self.level)?,
            headline: self.headline,
            primary: self.primary.back(),
            secondary: self.secondary.into_iter().map(Marked::back).collect(),
            feature: self.feature,
            symbol: self.symbol,
            archs: self.archs,
            notes: self.notes,
            help: self.help,
            fix: self.fix.map(|Mended { title, edits }| Fix {
                title,
                edits: edits.into_iter().map(edit).collect(),
            }),
            breaks: self.breaks.and_then(|word| {
                let mut stages = [Stage::Configure, Stage::Compile, Stage::Link].into_iter();
                stages.find(|stage| stage.word() == word)
            }),
        };
        Some(Reported {
            finding,
            episode: None,
            suppression,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Proved {
    role: String,
    symbol: String,
    condition: Option<String>,
    location: Place,
    note: Option<String>,
}

impl Proved {
    fn of(evidence: &Evidence) -> Self {
        let Evidence {
            role,
            symbol,
            condition,
            location,
            note,
        } = evidence;
        Self {
            role: role.word().to_owned(),
            symbol: symbol.clone(),
            condition: condition.clone(),
            location: Place::of(location),
            note: note.clone(),
        }
    }

    fn back(self) -> Option<Evidence> {
        let mut roles = Role::ALL.iter();
        Some(Evidence {
            role: *roles.find(|role| role.word() == self.role)?,
            symbol: self.symbol,
            condition: self.condition,
            location: self.location.back(),
            note: self.note,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Said {
    feature: String,
    arch: String,
    supported: String,
    condition: Option<String>,
    reason: Option<String>,
    evidence: Vec<Proved>,
}

impl Said {
    fn of(verdict: &Verdict) -> Self {
        let Verdict {
            feature,
            arch,
            supported,
            condition,
            reason,
            evidence,
        } = verdict;
        Self {
            feature: feature.clone(),
            arch: arch.clone(),
            supported: supported.word().to_owned(),
            condition: condition.clone(),
            reason: reason.clone(),
            evidence: evidence.iter().map(Proved::of).collect(),
        }
    }

    fn back(self) -> Option<Verdict> {
        let all = [Supported::Yes, Supported::No, Supported::Undecided];
        let mut all = all.into_iter();
        Some(Verdict {
            feature: self.feature,
            arch: self.arch,
            supported: all.find(|supported| supported.word() == self.supported)?,
            condition: self.condition,
            reason: self.reason,
            evidence: self
                .evidence
                .into_iter()
                .map(Proved::back)
                .collect::<Option<_>>()?,
        })
    }
}
