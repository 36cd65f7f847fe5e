//! Owns how very many notes are shown: counted by lint, so that errors and warnings are not buried.

use std::fmt::Write as _;

use super::{BOLD, DIM, Options};
use crate::check::reported::Reported;
use crate::diag::Level;
use crate::report::Report;

/// Most notes that are shown in full, unless they are all of one lint or everything was asked for.
const MAX_NOTES: usize = 200;

/// The notes of a report, counted by lint.
pub(super) struct Counted(Vec<(&'static str, usize)>);

impl Counted {
    /// Counts the notes where they are too many to be shown; those of a single lint are always shown.
    pub fn new(report: &Report<'_>, options: &Options) -> Self {
        let mut counts: Vec<(&'static str, usize)> = Vec::new();
        for finding in report
            .shown()
            .filter(|finding| finding.level == Level::Note)
        {
            match counts.iter_mut().find(|(lint, _)| *lint == finding.lint) {
                Some((_, count)) => *count += 1,
                None => counts.push((finding.lint, 1)),
            }
        }
        let all: usize = counts.iter().map(|(_, count)| count).sum();
        if all <= MAX_NOTES || counts.len() < 2 || options.verbose {
            counts.clear();
        }
        counts.sort_by_key(|&(lint, count)| (usize::MAX - count, lint));
        Self(counts)
    }

    /// Whether the finding is counted only.
    pub fn has(&self, finding: &Reported) -> bool {
        finding.level == Level::Note && !self.0.is_empty()
    }

    /// Writes a line for each lint, with the option that shows its notes; nothing where all notes are shown.
    pub fn render(&self, options: &Options, out: &mut String) {
        if self.0.is_empty() {
            return;
        }
        let name = self.0.iter().map(|(lint, _)| lint.len()).max().unwrap_or(0);
        let all: usize = self.0.iter().map(|(_, count)| count).sum();
        let digits = all.to_string().len();
        let title = options.paint(BOLD, &format!("{all} notes, not shown"));
        let hint = options.paint(DIM, "(`-v` shows all)");
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{title} {hint}");
        for (lint, count) in &self.0 {
            let command = options.paint(DIM, &format!("kfeat check --select {lint}"));
            let _ = writeln!(out, "  {count:>digits$}  {lint:name$}  {command}");
        }
        out.push('\n');
    }
}
