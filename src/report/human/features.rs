//! Owns how a run over several features ends: a line for each feature with findings, those that are undecided, and the parts of the
//! summary that count features.

use std::fmt::Write as _;

use anstyle::Style;

use super::{BOLD, DIM, Options, RED, YELLOW, table};
use crate::check::support::verdict::{Supported, Verdict};
use crate::diag::Level;
use crate::report::{self, Report, visible};

/// The results of a run for each of its features.
pub(super) struct Features<'a> {
    features: Vec<Feature<'a>>,
    /// Whether a finding is about none of them.
    has_others: bool,
    report: &'a Report<'a>,
}

/// One feature, in the order of the verdicts.
struct Feature<'a> {
    verdicts: &'a [Verdict],
    /// The findings of each level, errors first.
    counts: [usize; 3],
    is_suppressed: bool,
}

/// The levels that are counted, with their words.
const LEVELS: [(Level, &str, Style); 3] = [
    (Level::Deny, "error", RED),
    (Level::Warn, "warning", YELLOW),
    (Level::Note, "note", BOLD),
];

impl<'a> Features<'a> {
    /// Counts the findings of each feature.
    pub fn new(report: &'a Report<'a>) -> Self {
        let chunks = report.verdicts.chunk_by(|a, b| a.feature == b.feature);
        let features = chunks.map(|verdicts| Feature {
            verdicts,
            counts: [0; 3],
            is_suppressed: false,
        });
        let mut features: Vec<Feature<'_>> = features.collect();
        let mut has_others = false;
        for finding in report.shown() {
            let Some(feature) = find(&mut features, finding.feature.as_deref()) else {
                has_others = true;
                continue;
            };
            let index = LEVELS
                .iter()
                .position(|(level, ..)| *level == finding.level);
            if let Some(index) = index {
                feature.counts[index] += 1;
            }
        }
        for finding in report::shown(report.suppressed) {
            if let Some(feature) = find(&mut features, finding.feature.as_deref()) {
                feature.is_suppressed = true;
            }
        }
        Self {
            features,
            has_others,
            report,
        }
    }

    /// Whether the verdicts of each would bury the findings.
    pub fn are_several(&self) -> bool {
        self.features.len() > 1
    }

    /// Writes a line for each feature with findings, the worst first, and the names of those of which something is undecided, with the reasons.
    pub fn render(&self, options: &Options, out: &mut String) {
        let mut listed: Vec<&Feature<'_>> = self.with_findings().collect();
        listed.sort_by_key(|feature| feature.counts.map(|count| usize::MAX - count));
        let width = listed.iter().map(|feature| feature.name().chars().count());
        let width = width.max().unwrap_or(0);
        let supports = listed.iter().map(|feature| feature.support().len());
        let support = supports.max().unwrap_or(0);
        if !listed.is_empty() {
            let hint = "(`--feature NAME` shows the verdicts of one, `-v` those of all)";
            let title = options.paint(BOLD, "features with findings");
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{title} {}", options.paint(DIM, hint));
        }
        for feature in &listed {
            let _ = writeln!(
                out,
                "  {:width$}  {:support$}  {}",
                feature.name(),
                feature.support(),
                counts(feature.counts, options)
            );
        }
        let mut is_any_undecided = false;
        for open in [Open::Support, Open::Contract] {
            let of_features = self.features.iter();
            let undecided: Vec<String> =
                of_features.filter_map(|one| one.undecided(open)).collect();
            if undecided.is_empty() {
                continue;
            }
            is_any_undecided = true;
            let text = format!("{}: {}", open.words(), undecided.join(", "));
            table::wrap(&text, 0, 2, Style::new(), options, out);
            let verdicts = self.features.iter().flat_map(|feature| feature.verdicts);
            let verdicts: Vec<&Verdict> =
                verdicts.filter(|one| Open::of(one) == Some(open)).collect();
            let reasons = table::reasons(&verdicts);
            for (reason, archs) in reasons.iter().take(MAX_REASONS) {
                let mut archs = archs.clone();
                archs.sort_unstable();
                archs.dedup();
                table::write_reason(reason, &archs, options, out);
            }
            if let Some(more) = reasons
                .len()
                .checked_sub(MAX_REASONS)
                .filter(|&more| more > 0)
            {
                let plural = if more == 1 { "" } else { "s" };
                let text = format!("note: {more} more reason{plural} (`-v` shows all)");
                table::wrap(&text, 2, 8, Style::new(), options, out);
            }
        }
        if !listed.is_empty() || is_any_undecided {
            out.push('\n');
        }
    }

    /// How many features have findings, in words that follow the counts of findings.
    pub fn with(&self) -> String {
        let all = self.features.len();
        match self.with_findings().count() {
            0 => String::new(),
            // Some of the findings are about no feature.
            some if self.has_others => format!(", {some} of {all} features affected"),
            some => format!(" in {some} of {all} features"),
        }
    }

    /// How many features keep their contract, are undecided and were not checked, in words that end the summary.
    pub fn tally(&self) -> String {
        let mut text = String::new();
        let is_clean = |feature: &&Feature<'_>| {
            feature.counts == [0; 3] && !feature.is_suppressed && !feature.is_undecided()
        };
        match self.features.iter().filter(is_clean).count() {
            0 => {}
            clean if !self.report.features.is_contract_checked => {
                let _ = write!(text, "; {clean} {}", noun(clean, "without findings"));
            }
            1 => text.push_str("; 1 feature keeps its contract"),
            clean => {
                let _ = write!(text, "; {clean} features keep their contract");
            }
        }
        for open in [Open::Support, Open::Contract] {
            let undecided = self.features.iter();
            let undecided = undecided.filter(|one| one.is_open(open)).count();
            if undecided > 0 {
                let _ = write!(text, "; {undecided} {}", open.counted());
            }
        }
        let skipped = self.report.features.skipped;
        if skipped > 0 {
            let _ = write!(text, "; {skipped} not in this tree");
        }
        text
    }

    fn with_findings(&self) -> impl Iterator<Item = &Feature<'a>> {
        let has_some = |feature: &&Feature<'_>| feature.counts != [0; 3];
        self.features.iter().filter(has_some)
    }
}

impl Feature<'_> {
    fn name(&self) -> String {
        let name = self.verdicts.first().map_or("", |first| &*first.feature);
        visible::line(name).into_owned()
    }

    fn support(&self) -> String {
        let yes = super::count(self.verdicts, Supported::Yes);
        let all = self.verdicts.len();
        let noun = if all == 1 {
            "architecture"
        } else {
            "architectures"
        };
        format!("on {yes} of {all} {noun}")
    }

    fn is_undecided(&self) -> bool {
        self.is_open(Open::Support) || self.is_open(Open::Contract)
    }

    fn is_open(&self, open: Open) -> bool {
        let mut verdicts = self.verdicts.iter();
        verdicts.any(|verdict| Open::of(verdict) == Some(open))
    }

    /// The name with the architectures on which a question is open; `None` where it is decided on all.
    fn undecided(&self, open: Open) -> Option<String> {
        let archs = self.verdicts.iter();
        let archs = archs.filter(|verdict| Open::of(verdict) == Some(open));
        let archs: Vec<&str> = archs.map(|verdict| &*verdict.arch).collect();
        let archs = match archs.len() == self.verdicts.len() && archs.len() > 1 {
            _ if archs.is_empty() => return None,
            true => "all architectures".to_owned(),
            false => archs.join(", "),
        };
        Some(format!("{} ({})", self.name(), visible::line(&archs)))
    }
}

/// How many reasons are shown below the names of undecided features.
const MAX_REASONS: usize = 3;

/// A question about a feature and an architecture that is not decided.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Whether the architecture has the feature.
    Support,
    /// Whether it keeps the contract. That it has the feature is known.
    Contract,
}

impl Open {
    fn of(verdict: &Verdict) -> Option<Self> {
        match verdict.supported {
            Supported::Undecided => Some(Open::Support),
            Supported::Yes => verdict.reason.is_some().then_some(Open::Contract),
            Supported::No => None,
        }
    }

    /// The words before the names of features.
    fn words(self) -> &'static str {
        match self {
            Open::Support => "undecided",
            Open::Contract => "contract undecided",
        }
    }

    /// The words behind a number of features.
    fn counted(self) -> &'static str {
        match self {
            Open::Support => "undecided",
            Open::Contract => "with an undecided contract",
        }
    }
}

fn find<'f, 'a>(
    features: &'f mut [Feature<'a>],
    name: Option<&str>,
) -> Option<&'f mut Feature<'a>> {
    let name = name?;
    let is_it = |feature: &&mut Feature<'_>| {
        let first = feature.verdicts.first();
        first.is_some_and(|verdict| verdict.feature == name)
    };
    features.iter_mut().find(is_it)
}

/// How many findings of each level there are, in words; levels without findings are left out.
pub(super) fn counts(counts: [usize; 3], options: &Options) -> String {
    let parts = LEVELS.iter().zip(counts).filter(|(_, count)| *count > 0);
    let parts = parts.map(|((_, word, style), count)| {
        let plural = if count == 1 { "" } else { "s" };
        options.paint(*style, &format!("{count} {word}{plural}"))
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// `feature` or `features` with what is said of them.
fn noun(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("feature{plural} {what}")
}
