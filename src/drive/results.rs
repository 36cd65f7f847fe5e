//! Owns what a run leaves on disk: `results.json`, which `docs/schema/results.schema.json` describes, written as a whole or not
//! at all.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::evidence::Layer;
use super::ktap::Outcome;
use crate::diag::{Diagnostic, Level};
use crate::disk::{self, Sync};
use crate::limits::FILE_SIZE;

/// The version of the schema. The first number changes when a field goes away or changes its meaning, the second when one is
/// added.
pub const SCHEMA_VERSION: &str = "1.1";

/// The name of the file in the directory of a run.
pub const FILE: &str = "results.json";

/// A step of a build, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// A compiler is there and the tree accepts it.
    Tools,
    /// The tree's own make makes the configuration.
    Config,
    /// Stands for what was asked for is in it.
    ConfigCheck,
    /// Generated headers and the tools of the tree.
    Prepare,
    /// The objects.
    Objects,
    /// The feature is in them.
    Evidence,
    /// A kernel that can be booted, only with `--kunit`.
    Link,
    /// The kernel boots, and its tests pass.
    Kunit,
}

impl Stage {
    /// All, in their order; those from `Link` on only where kernels are booted.
    pub fn all(boots: bool) -> &'static [Stage] {
        const ALL: [Stage; 8] = [
            Stage::Tools,
            Stage::Config,
            Stage::ConfigCheck,
            Stage::Prepare,
            Stage::Objects,
            Stage::Evidence,
            Stage::Link,
            Stage::Kunit,
        ];
        const BUILT: &[Stage] = ALL.split_at(6).0;
        if boots { &ALL } else { BUILT }
    }

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Tools => "tools",
            Stage::Config => "config",
            Stage::ConfigCheck => "config check",
            Stage::Prepare => "prepare",
            Stage::Objects => "objects",
            Stage::Evidence => "evidence",
            Stage::Link => "link",
            Stage::Kunit => "kunit",
        }
    }

    /// The name of its log.
    pub fn log(self) -> String {
        format!("{}.log", self.word().replace(' ', "-"))
    }
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It did what it is for.
    Pass,
    /// It did not.
    Fail,
    /// One before it did not.
    NotReached,
    /// There is no compiler or tool for it.
    Unavailable,
    /// It passed, and what it is to show was not part of it.
    NotExercised,
}

impl Status {
    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::NotReached => "not reached",
            Status::Unavailable => "unavailable",
            Status::NotExercised => "not exercised",
        }
    }
}

/// One stage of one architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageResult {
    /// The stage.
    pub stage: Stage,
    /// How it ended.
    pub status: Status,
    /// How long it took, in seconds of wall time.
    pub seconds: f64,
    /// The log, relative to the directory of the run.
    pub log: Option<String>,
    /// The shell command that repeats it.
    pub command: Option<String>,
    /// Holds what there is to say about it.
    pub note: Option<String>,
    /// Whether it is from an earlier run.
    pub resumed: bool,
}

/// Describes what became of one source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectStatus {
    /// Compiled.
    Built,
    /// Not compiled: an error, or make came to its end before.
    Failed,
    /// kbuild does not build it in this configuration.
    NotInConfiguration,
    /// It needs the linked kernel, which is not made.
    NeedsLink,
}

/// One source file of one architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectResult {
    /// The source file.
    pub source: String,
    /// Holds what became of it.
    pub status: ObjectStatus,
    /// How often it calls a wrapper or a hook in its text.
    pub sites_present: usize,
    /// How many of these calls were compiled; `None` where the file was not looked at.
    pub sites_compiled: Option<usize>,
    /// Holds what the wrappers are in it; `None` where it was not looked at.
    pub layer: Option<Layer>,
    /// Whether an `#undef` in it, or in a header beside it, switches the feature off by hand.
    pub undefined: bool,
}

/// A test of a kernel that was booted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// The names from the suite to the test, with `/` between them.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Holds what was said about it.
    pub notes: Vec<String>,
}

/// The tests of a kernel that was booted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KunitResult {
    /// How many held.
    pub passed: usize,
    /// How many did not.
    pub failed: usize,
    /// How many were not run, or are expected to fail.
    pub skipped: usize,
    /// All, in the order of their results.
    pub tests: Vec<TestResult>,
}

/// A finding, as far as the next run needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingResult {
    /// Its name.
    pub lint: String,
    /// `error`, `warning` or `note`.
    pub level: String,
    /// Its headline.
    pub headline: String,
    /// The file, relative to the tree's root.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// Reasons.
    pub notes: Vec<String>,
    /// The stage that it was found in; `None` in documents of version 1.0.
    #[serde(default)]
    pub stage: Option<Stage>,
    /// Whether the run that is the baseline does not have it; `None` without a baseline.
    pub new: Option<bool>,
}

impl FindingResult {
    /// Of a finding.
    pub fn of(finding: &Diagnostic) -> Self {
        Self {
            lint: finding.lint.to_owned(),
            level: finding.level.word().to_owned(),
            headline: finding.headline.clone(),
            path: finding.primary.location.path.to_string(),
            line: finding.primary.location.line,
            notes: finding
                .secondary
                .iter()
                .map(|label| format!("{}: {}", label.location, label.text))
                .chain(finding.notes.iter().cloned())
                .collect(),
            stage: None,
            new: None,
        }
    }

    /// Whether it makes a run fail: an error that the baseline does not have.
    pub fn counts(&self) -> bool {
        self.level == Level::Deny.word() && self.new != Some(false)
    }
}

/// One architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArchResult {
    /// The directory below `arch/`.
    pub arch: String,
    /// The value of `ARCH`.
    pub make_arch: String,
    /// Whether the feature is to be on; else its fallbacks are what is built.
    pub with_feature: bool,
    /// The compiler with its version; empty if none was found.
    pub compiler: String,
    /// The directory of its logs and objects, relative to that of the run.
    pub directory: String,
    /// The fragment that was asked for.
    pub fragment: Vec<String>,
    /// The stages, in their order.
    pub stages: Vec<StageResult>,
    /// The source files, by path.
    pub objects: Vec<ObjectResult>,
    /// The tests of the booted kernel; `None` where none was booted.
    #[serde(default)]
    pub kunit: Option<KunitResult>,
    /// Holds what went wrong.
    pub findings: Vec<FindingResult>,
}

impl ArchResult {
    /// A stage.
    pub fn stage(&self, stage: Stage) -> Option<&StageResult> {
        self.stages.iter().find(|result| result.stage == stage)
    }

    /// How the architecture ended: as the first stage that did not pass.
    pub fn status(&self) -> Status {
        let failed = self
            .stages
            .iter()
            .find(|result| result.status != Status::Pass);
        failed.map_or(Status::Pass, |result| result.status)
    }

    /// How many calls were compiled, of how many in the files that kbuild builds.
    pub fn sites(&self) -> (usize, usize) {
        let built = self
            .objects
            .iter()
            .filter(|object| object.status == ObjectStatus::Built && !object.undefined);
        built.fold((0, 0), |(compiled, present), object| {
            (
                compiled + object.sites_compiled.unwrap_or(0),
                present + object.sites_present,
            )
        })
    }
}

/// A run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`SCHEMA_VERSION`].
    pub schema: String,
    /// The version of the program.
    pub kfeat: String,
    /// The feature.
    pub feature: String,
    /// The tree's root.
    pub tree: String,
    /// Its version.
    pub version: String,
    /// Holds what tells whether a file of the tree changed.
    pub stamp: String,
    /// Whether the run came to its end.
    pub complete: bool,
    /// The architectures, by name.
    pub archs: Vec<ArchResult>,
}

impl Results {
    /// Reads the results of an earlier run; `None` if there are no results that this version can read.
    pub fn read(directory: &Path) -> Option<Self> {
        let text = disk::read(&directory.join(FILE), &FILE_SIZE).ok()?;
        Self::parse(&text)
    }

    /// Reads a document; `None` if it does not follow this schema.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let results: Self = serde_json::from_slice(text).ok()?;
        results.schema.starts_with("1.").then_some(results)
    }

    /// The document, indented, with a line's end.
    pub fn json(&self) -> String {
        super::written(self)
    }

    /// Writes them into the directory of the run: under another name first, so that nobody ever reads a half.
    ///
    /// # Errors
    ///
    /// The directory cannot be written.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        disk::replace(&directory.join(FILE), self.json().as_bytes(), Sync::Never)
    }

    /// Joins runs of parts of the same plan. The last one that has an architecture counts.
    pub fn merge(runs: Vec<Results>) -> Option<Results> {
        let mut runs = runs.into_iter();
        let mut merged = runs.next()?;
        for run in runs {
            merged.complete &= run.complete;
            for arch in run.archs {
                merged.archs.retain(|known| {
                    (&known.arch, known.with_feature) != (&arch.arch, arch.with_feature)
                });
                merged.archs.push(arch);
            }
        }
        merged.archs.sort_by(|a, b| a.arch.cmp(&b.arch));
        Some(merged)
    }
}
