//! Owns the baseline on the command line: the options, the file, and where its entries stand.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::output::note;
use crate::check::reported::{Episode, Reported, Status};
use crate::check::run::baseline::{self, Entry, Source, UNUSED};
use crate::check::run::scope::Scope;
use crate::diag::{self, Lines, Text};
use crate::disk;
use crate::limits::FILE_SIZE;
use crate::report::OfBaseline;
use crate::report::baseline::{read, render};
use crate::tree::Tree;

/// Which baseline to read or write.
#[derive(Debug, Args)]
pub(super) struct BaselineArgs {
    /// Omit the findings in this file, which `--write-baseline` wrote; entries that no longer match anything are reported
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write all findings to this file, as the baseline of later runs, and report none
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    pub write_baseline: Option<PathBuf>,
}

/// A baseline as it was read.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    text: String,
    entries: Vec<Entry>,
    places: Vec<std::ops::Range<usize>>,
}

/// The findings of a run, as far as a baseline is concerned.
#[derive(Debug, Default)]
pub(super) struct Findings<'a> {
    /// Those that were there before a series: they are known, and use up entries first.
    pub before: Vec<&'a [Reported]>,
    /// Those that are held against the tree or the series.
    pub new: Vec<Reported>,
}

/// The texts of the files that findings name. Findings of one file mostly stand together, so the last text is kept.
pub(super) struct Texts<'a> {
    baseline: Option<&'a File>,
    last: RefCell<Option<LastText<'a>>>,
}

/// The text that was asked for last: of which tree, and where; `None` where it cannot be read.
struct LastText<'a> {
    tree: &'a Tree,
    path: String,
    text: Option<Text>,
}

impl<'a> Texts<'a> {
    pub fn new(baseline: Option<&'a File>) -> Self {
        let last = RefCell::default();
        Self { baseline, last }
    }

    /// The text of a file that a finding names: of a finding about the baseline itself the baseline's, else one of the tree.
    pub fn of(&self, tree: &'a Tree, finding: &Reported, path: &str) -> Option<Text> {
        let baseline = self.baseline.filter(|_| finding.lint == UNUSED);
        let of_baseline = baseline.and_then(|baseline| baseline.text(tree.root(), path));
        if let Some(text) = of_baseline {
            return Some(Text::new(text));
        }
        let mut last = self.last.borrow_mut();
        let known = |last: &&LastText<'_>| std::ptr::eq(last.tree, tree) && last.path == path;
        if let Some(last) = last.as_ref().filter(known) {
            return last.text.clone();
        }
        let text = tree.read_text(path).ok().map(Text::new);
        *last = Some(LastText {
            tree,
            path: path.to_owned(),
            text: text.clone(),
        });
        text
    }
}

impl BaselineArgs {
    /// Reads the file before the work begins.
    pub fn read(&self) -> anyhow::Result<Option<File>> {
        let Some(path) = &self.baseline else {
            return Ok(None);
        };
        let shown = path.display().to_string();
        let failed = || format!("cannot read the baseline `{shown}`");
        let text = disk::read_named_text(path, &FILE_SIZE).with_context(failed)?;
        let (entries, places) = read(&shown, &text)?.into_iter().unzip();
        Ok(Some(File {
            path: path.clone(),
            text,
            entries,
            places,
        }))
    }

    /// Refuses to overwrite what is there and is not a baseline, such as a file of the tree. To be called also before the work
    /// begins.
    ///
    /// # Errors
    ///
    /// The file to be written holds something else.
    pub fn refuse_another_file(&self) -> anyhow::Result<()> {
        let Some(path) = &self.write_baseline else {
            return Ok(());
        };
        let shown = path.display().to_string();
        let is_baseline = |bytes: &[u8]| {
            let text = std::str::from_utf8(bytes).ok();
            text.is_some_and(|text| text.trim().is_empty() || read(&shown, text).is_ok())
        };
        match disk::read(path, &FILE_SIZE) {
            Ok(bytes) if is_baseline(&bytes) => Ok(()),
            Ok(_) | Err(disk::ReadError::TooLarge(_)) => {
                bail!("`{shown}` exists and is not a baseline: refusing to overwrite it")
            }
            // There is nothing, or a stream.
            Err(_) => Ok(()),
        }
    }

    /// Writes the findings into the file, where that is asked for, and says so; whether it was.
    pub fn write(&self, findings: &[Reported], source: Source<'_>) -> anyhow::Result<bool> {
        let Some(path) = &self.write_baseline else {
            return Ok(false);
        };
        self.refuse_another_file()?;
        let entries = baseline::entries(findings, source);
        disk::write_named(path, render(&entries).as_bytes())
            .with_context(|| format!("cannot write the baseline `{}`", path.display()))?;
        let count: u32 = entries.iter().map(|entry| entry.count).sum();
        let plural = if count == 1 { "" } else { "s" };
        note(&format!(
            "wrote {count} finding{plural} to {}",
            path.display()
        ));
        Ok(true)
    }
}

impl File {
    /// Takes away what the baseline has, unless `keeps_known` leaves it there as known, and adds a finding for each entry that
    /// matches nothing.
    pub fn apply(
        &self,
        root: &Path,
        scope: &Scope<'_>,
        findings: &mut Findings<'_>,
        source: Source<'_>,
        keeps_known: bool,
    ) -> OfBaseline {
        let mut baseline = baseline::Baseline::new(&self.entries, scope.architectures);
        for before in &findings.before {
            baseline.part(before.to_vec(), source);
        }
        let (mut new, known) = baseline.part(std::mem::take(&mut findings.new), source);
        let path = self.shown_in(root);
        let lines = Lines::new(self.text.as_bytes());
        let place = |entry: usize| {
            let bytes = &self.places[entry];
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let (start, end) = (offset(bytes.start), offset(bytes.end));
            lines.location(path.as_str().into(), start, end)
        };
        let unused = baseline.unused(scope, &place);
        let count = OfBaseline {
            known: known.len(),
            unused: unused.len(),
        };
        if keeps_known {
            new.extend(known.into_iter().map(|mut finding| {
                finding.episode = Some(match finding.episode.take() {
                    Some(episode) => Episode {
                        status: Status::Known,
                        ..episode
                    },
                    None => Episode {
                        status: Status::Known,
                        since: None,
                        until: None,
                        suppressed: None,
                        tree: 0,
                    },
                });
                finding
            }));
        }
        new.extend(Reported::all(unused));
        diag::sort(&mut new);
        findings.new = new;
        count
    }

    /// The path in findings: below the tree's root where it lies there, else as it was given.
    fn shown_in(&self, root: &Path) -> String {
        let below = self.path.canonicalize().ok().and_then(|path| {
            let below = path.strip_prefix(root).ok()?;
            Some(below.to_string_lossy().into_owned())
        });
        below.unwrap_or_else(|| self.path.to_string_lossy().into_owned())
    }

    /// The text of the file, if a finding names it by this path.
    pub fn text(&self, root: &Path, path: &str) -> Option<String> {
        (self.shown_in(root) == path).then(|| self.text.clone())
    }
}
