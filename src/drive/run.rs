//! Owns running jobs: the stages of each architecture one after another, all architectures at the same time, with as many
//! processes in all as the user allows.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::feature::spec::Spec;
use crate::tree::Tree;

use super::job::{Job, Options};
use super::process::{Children, ProcessError};
use super::results::{
    ArchResult, FindingResult, Results, SCHEMA_VERSION, Stage, StageResult, Status,
};
use super::toolchain::{Found, Toolchain};

mod proof;
mod stages;

/// How often it is looked whether the user interrupted.
const POLL: Duration = Duration::from_millis(50);

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file or directory of the run.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// Holds what the system says.
        source: io::Error,
    },
    /// A file that the build wrote.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// Why.
        source: crate::disk::ReadError,
    },
    /// Nothing that limits the number of processes can be made.
    #[error("cannot create a jobserver")]
    Jobserver(#[source] io::Error),
    /// A child.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A file of the tree.
    #[error(transparent)]
    Tree(#[from] crate::tree::TreeError),
}

/// A job with the compiler for it.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The job.
    pub job: Job,
    /// The compiler.
    pub found: Found,
    /// Why it cannot be done on this machine, if so.
    pub obstacle: Option<String>,
    /// Why its kernel cannot be booted on this machine, if it is to be booted and cannot.
    pub boot_obstacle: Option<String>,
}

/// Describes what happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// A stage begins.
    Started {
        /// The architecture.
        arch: String,
        /// The stage.
        stage: Stage,
    },
    /// A stage ended, or was not reached.
    Ended {
        /// The architecture.
        arch: String,
        /// How.
        result: StageResult,
    },
}

/// How jobs are run.
#[derive(Clone, Debug)]
pub struct How {
    /// The directory of the run.
    pub out: PathBuf,
    /// How many processes at a time.
    pub jobs: usize,
    /// Whether the other architectures stop when one fails.
    pub fail_fast: bool,
    /// Whether a make goes on after the first error.
    pub keep_going: bool,
    /// Whether what passed in the last run, on the same inputs, is not repeated.
    pub resume: bool,
    /// How long one stage may take.
    pub limit: Duration,
    /// How long a kernel may take to boot and end its tests.
    pub boot_limit: Duration,
    /// The run whose findings are known.
    pub baseline: Option<Results>,
}

/// Everything that the stages share.
struct Shared<'a> {
    tree: &'a Tree,
    root: &'a str,
    spec: &'a Spec,
    how: &'a How,
    options: &'a Options,
    children: &'a Children,
    jobserver: jobserver::Client,
    results: Mutex<Results>,
    last: Option<Results>,
    stop: AtomicBool,
    tell: &'a (dyn Fn(Event) + Sync),
}

/// Runs all jobs and returns what came of them. `stamp` tells one state of the tree from another.
///
/// # Errors
///
/// The directory of the run cannot be written, or the user interrupted. What failed in the tree is no error.
#[allow(clippy::too_many_arguments, reason = "each of them is another thing")]
pub fn run(
    tree: &Tree,
    root: &str,
    spec: &Spec,
    ready: &[Ready],
    options: &Options,
    how: &How,
    children: &Children,
    (version, stamp): (&str, &str),
    tell: &(dyn Fn(Event) + Sync),
) -> Result<Results, RunError> {
    let written = |path: &Path, source| RunError::Write {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(&how.out).map_err(|error| written(&how.out, error))?;
    let last = Results::read(&how.out);
    let archs = ready.iter().map(|ready| {
        let job = &ready.job;
        ArchResult {
            arch: job.srcarch.clone(),
            make_arch: job.arch.clone(),
            with_feature: job.on,
            compiler: ready
                .found
                .usable()
                .map_or_else(String::new, Toolchain::label),
            directory: job.directory(Path::new(root), version, &ready.found, options),
            fragment: job.fragment.lines.clone(),
            stages: Stage::all(job.boot.is_some())
                .iter()
                .map(|&stage| blank(stage, Status::NotReached))
                .collect(),
            objects: Vec::new(),
            kunit: None,
            findings: Vec::new(),
        }
    });
    let results = Results {
        schema: SCHEMA_VERSION.to_owned(),
        kfeat: env!("CARGO_PKG_VERSION").to_owned(),
        feature: spec.name.to_string(),
        tree: root.to_owned(),
        version: version.to_owned(),
        stamp: stamp.to_owned(),
        complete: false,
        archs: archs.collect(),
    };
    let shared = Shared {
        tree,
        root,
        spec,
        how,
        options,
        children,
        jobserver: jobserver::Client::new(how.jobs.max(1)).map_err(RunError::Jobserver)?,
        // Anything that an earlier run found on other files says nothing.
        last: last.filter(|last| last.stamp == stamp && last.tree == root),
        results: Mutex::new(results),
        stop: AtomicBool::new(false),
        tell,
    };
    shared.write()?;
    let done = AtomicBool::new(false);
    let outcomes: Vec<Result<(), RunError>> = std::thread::scope(|scope| {
        // Without it, an interrupt takes effect only once a job that runs gives its place back.
        let _ = std::thread::Builder::new().spawn_scoped(scope, || shared.watch(&done));
        let (mut threads, mut here) = (Vec::new(), Vec::new());
        for (index, ready) in ready.iter().enumerate() {
            let run = Run {
                shared: &shared,
                index,
                ready,
            };
            match std::thread::Builder::new().spawn_scoped(scope, move || run.all()) {
                Ok(thread) => threads.push(thread),
                // The system starts no more threads: the rest is done one after the other.
                Err(_) => here.push((index, ready)),
            }
        }
        let ended_here = here.into_iter().map(|(index, ready)| {
            Ok(Run {
                shared: &shared,
                index,
                ready,
            }
            .all())
        });
        let ended_here: Vec<_> = ended_here.collect();
        let ended: Vec<_> = threads
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .chain(ended_here)
            .collect();
        done.store(true, Ordering::SeqCst);
        ended
            .into_iter()
            .map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    for outcome in outcomes {
        outcome?;
    }
    shared.change(|results| results.complete = true)?;
    Ok(shared
        .results
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

fn blank(stage: Stage, status: Status) -> StageResult {
    StageResult {
        stage,
        status,
        seconds: 0.0,
        log: None,
        command: None,
        note: None,
        resumed: false,
    }
}

impl Shared<'_> {
    fn write(&self) -> Result<(), RunError> {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results
            .write(&self.how.out)
            .map_err(|source| RunError::Write {
                path: self.how.out.clone(),
                source,
            })
    }

    /// Changes the results and writes them.
    fn change(&self, change: impl FnOnce(&mut Results)) -> Result<(), RunError> {
        change(&mut self.results.lock().unwrap_or_else(PoisonError::into_inner));
        self.write()
    }

    /// Waits for a place among the processes.
    fn place(&self) -> Result<jobserver::Acquired, RunError> {
        let place = self.jobserver.acquire().map_err(RunError::Jobserver)?;
        if self.children.is_interrupted() {
            return Err(ProcessError::Interrupted.into());
        }
        Ok(place)
    }

    /// Lets those go who wait for a place when the user interrupts. Returns when `done` is set.
    fn watch(&self, done: &AtomicBool) {
        let mut released = false;
        while !done.load(Ordering::SeqCst) {
            if self.children.is_interrupted() && !released {
                released = true;
                let waiting = self
                    .results
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .archs
                    .len();
                for _ in 0..waiting {
                    // Nothing is started any more, so more places than allowed do no harm.
                    let _ = self.jobserver.release_raw();
                }
            }
            std::thread::sleep(POLL);
        }
    }
}

/// Describes what a stage came to, before it is a result.
struct Done {
    status: Status,
    note: Option<String>,
    command: Option<String>,
    findings: Vec<FindingResult>,
}

impl Done {
    fn pass() -> Self {
        Self {
            status: Status::Pass,
            note: None,
            command: None,
            findings: Vec::new(),
        }
    }

    fn fail(note: impl Into<String>) -> Self {
        Self {
            status: Status::Fail,
            note: Some(note.into()),
            ..Self::pass()
        }
    }
}

/// One architecture on its way through the stages.
struct Run<'a, 's> {
    shared: &'s Shared<'a>,
    index: usize,
    ready: &'s Ready,
}

impl Run<'_, '_> {
    fn all(&self) -> Result<(), RunError> {
        let last = self.last();
        let mut resumable = self.shared.how.resume && last.is_some();
        let (mut reached, mut sound) = (true, true);
        for &stage in Stage::all(self.ready.job.boot.is_some()) {
            let before = last.as_ref().and_then(|last| last.stage(stage));
            let repeat = !before.is_some_and(|before| before.status == Status::Pass);
            if resumable && stage != Stage::Tools && repeat {
                resumable = false;
            }
            if resumable
                && stage != Stage::Tools
                && let (Some(before), Some(last)) = (before, &last)
            {
                let result = StageResult {
                    resumed: true,
                    ..before.clone()
                };
                let mut findings = last.findings.clone();
                findings.retain(|finding| finding.stage == Some(stage));
                self.compare(&mut findings);
                self.record(&result, |arch| {
                    arch.objects.clone_from(&last.objects);
                    arch.kunit.clone_from(&last.kunit);
                    arch.findings.extend(findings);
                })?;
                continue;
            }
            if !reached || self.shared.stop.load(Ordering::SeqCst) {
                let result = blank(stage, Status::NotReached);
                self.record(&result, |_| ())?;
                continue;
            }
            (self.shared.tell)(Event::Started {
                arch: self.ready.job.srcarch.clone(),
                stage,
            });
            let started = Instant::now();
            let done = self.stage(stage)?;
            let log = self.directory().join(stage.log());
            let result = StageResult {
                status: done.status,
                seconds: started.elapsed().as_secs_f64(),
                log: log
                    .is_file()
                    .then(|| format!("{}/{}", self.name(), stage.log())),
                command: done.command,
                note: done.note,
                ..blank(stage, done.status)
            };
            let mut findings = done.findings;
            for finding in &mut findings {
                finding.stage = Some(stage);
            }
            self.compare(&mut findings);
            self.record(&result, |arch| arch.findings.extend(findings))?;
            // Objects that did compile are looked at even where others did not.
            sound &= result.status == Status::Pass;
            reached = sound || stage == Stage::Objects;
            if result.status == Status::Fail && self.shared.how.fail_fast {
                self.shared.stop.store(true, Ordering::SeqCst);
            }
        }
        Ok(())
    }

    fn record(
        &self,
        result: &StageResult,
        more: impl FnOnce(&mut ArchResult),
    ) -> Result<(), RunError> {
        self.shared.change(|results| {
            let Some(arch) = results.archs.get_mut(self.index) else {
                unreachable!("invariant: there is a result for each job");
            };
            if let Some(known) = arch
                .stages
                .iter_mut()
                .find(|known| known.stage == result.stage)
            {
                *known = result.clone();
            }
            more(arch);
        })?;
        (self.shared.tell)(Event::Ended {
            arch: self.ready.job.srcarch.clone(),
            result: result.clone(),
        });
        Ok(())
    }

    /// Says of each finding whether the baseline has it.
    fn compare(&self, findings: &mut [FindingResult]) {
        let Some(baseline) = &self.shared.how.baseline else {
            return;
        };
        let known = baseline
            .archs
            .iter()
            .filter(|arch| arch.arch == self.ready.job.srcarch);
        let known: Vec<&FindingResult> = known.flat_map(|arch| &arch.findings).collect();
        for finding in findings {
            // Lines move; what is said about which file does not.
            finding.new = Some(
                !known
                    .iter()
                    .any(|known| known.path == finding.path && known.headline == finding.headline),
            );
        }
    }

    fn name(&self) -> String {
        let results = self
            .shared
            .results
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        results
            .archs
            .get(self.index)
            .map_or_else(String::new, |arch| arch.directory.clone())
    }

    fn directory(&self) -> PathBuf {
        self.shared.how.out.join(self.name())
    }

    /// Returns what the last run on the same inputs came to, if its objects are still there.
    fn last(&self) -> Option<ArchResult> {
        let name = self.name();
        let last = self.shared.last.as_ref()?;
        let arch = last.archs.iter().find(|arch| arch.directory == name)?;
        self.directory().join("obj").is_dir().then(|| arch.clone())
    }
}
