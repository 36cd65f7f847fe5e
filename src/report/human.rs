//! Owns the format `human`: findings as snippets; then the verdicts of a feature, or of several features those with findings, or of
//! a series the cells that it changes; then one line that sums up.

pub(super) mod cells;
mod features;
mod notes;
mod snippet;
mod table;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Report, Source};
use crate::check::support::verdict::{Supported, Verdict};
use crate::diag::Level;
use features::Features;

/// The narrowest terminal that the layout cares for, in columns.
const MIN_WIDTH: usize = 40;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const RED: Style = AnsiColor::Red.on_default().bold();
pub(super) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// How the report is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether escape sequences for colours may be written.
    pub color: bool,
    /// Whether the verdicts of all features are shown, also where there are several; architectures without support with their
    /// evidence, too; and all notes, however many.
    pub verbose: bool,
    /// Whether only findings are shown: no verdicts, and no line that sums up.
    pub quiet: bool,
    /// The width of the terminal in columns. Lines are cut or wrapped to it where that loses nothing.
    pub width: usize,
}

impl Default for Options {
    /// Plain text, brief, 100 columns.
    fn default() -> Self {
        Self {
            color: false,
            verbose: false,
            quiet: false,
            width: 100,
        }
    }
}

impl Options {
    /// `text` in `style`, where colours are wanted.
    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The width to lay out for.
    pub(super) fn columns(&self) -> usize {
        self.width.max(MIN_WIDTH)
    }
}

/// The report as text for a person, with snippets from `source`. A file that `source` cannot give costs the snippet, never
/// the finding.
pub fn render(report: &Report<'_>, source: Source<'_>, options: &Options) -> String {
    let mut out = String::new();
    let mut left = snippet::LONG_WINDOWS;
    let counted = notes::Counted::new(report, options);
    for finding in report.shown().filter(|finding| !counted.has(finding)) {
        out.push_str(&snippet::render(finding, source, options, &mut left));
        out.push_str("\n\n");
    }
    counted.render(options, &mut out);
    if options.quiet {
        return out;
    }
    let features = Features::new(report);
    match &report.series {
        Some(series) => cells::render(series.cells, options, &mut out),
        None if features.are_several() && !options.verbose => features.render(options, &mut out),
        None => {
            for verdicts in report.verdicts.chunk_by(|a, b| a.feature == b.feature) {
                table::render(verdicts, options, &mut out);
                out.push('\n');
            }
        }
    }
    summary(report, &features, options, &mut out);
    out
}

/// Writes one line that says how many findings there are, and how many architectures support the feature, or which of several
/// features have findings.
fn summary(report: &Report<'_>, features: &Features<'_>, options: &Options, out: &mut String) {
    let counts = [Level::Deny, Level::Warn, Level::Note].map(|level| report.count(level));
    let counts = features::counts(counts, options);
    let mut parts = Vec::new();
    if !counts.is_empty() {
        let of = match report.series.is_none() && features.are_several() {
            true => features.with(),
            false => String::new(),
        };
        parts.push(format!("{counts}{of}"));
    } else {
        let what = if report.series.is_some() || report.baseline.is_some() {
            "no new findings"
        } else {
            "no findings"
        };
        parts.push(options.paint(GREEN, what));
    }
    if let Some(series) = &report.series {
        if !series.fixed.is_empty() {
            parts.push(options.paint(GREEN, &format!("{} fixed", series.fixed.len())));
        }
        if series.known > 0 {
            parts.push(format!("{} known before", series.known));
        }
    }
    let suppressed = super::shown(report.suppressed).count();
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    if let Some(baseline) = report.baseline.filter(|baseline| baseline.known > 0) {
        parts.push(format!("{} in the baseline", baseline.known));
    }
    // Writing to a string cannot fail.
    let _ = write!(out, "{}", parts.join(", "));
    if let Some(series) = &report.series {
        let _ = match series.cells.len() {
            0 => writeln!(out),
            1 => writeln!(out, "; 1 cell of the matrix changed"),
            count => writeln!(out, "; {count} cells of the matrix changed"),
        };
        return;
    }
    if features.are_several() {
        let _ = writeln!(out, "{}", features.tally());
        return;
    }
    if !report.verdicts.is_empty() {
        let _ = write!(out, "; {}", table::tally(report.verdicts));
    }
    out.push('\n');
}

/// How many of `verdicts` say `supported`.
fn count(verdicts: &[Verdict], supported: Supported) -> usize {
    verdicts.iter().filter(|v| v.supported == supported).count()
}

#[cfg(test)]
mod tests;
