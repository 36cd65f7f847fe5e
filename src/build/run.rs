//! Owns running jobs: the stages of each architecture one after another, all architectures at the same time, with as many
//! processes in all as the user allows.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::feature::spec::Spec;
use crate::tree::Tree;

use super::candidates::{Candidate, with_suffix};
use super::evidence::{self, Layer};
use super::job::{Job, Options, Places};
use super::line::Line;
use super::membership::{Lists, Membership};
use super::process::{Children, ProcessError};
use super::results::{
    ArchResult, FindingResult, ObjectResult, ObjectStatus, Results, SCHEMA_VERSION, Stage,
    StageResult, Status,
};
use super::toolchain::{Found, Toolchain};
use super::{config_check, scan};

/// How often it is looked whether the user interrupted.
const POLL: Duration = Duration::from_millis(50);

/// Most bytes of a log that are read for messages.
const MAX_LOG: u64 = 64 << 20;

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file or directory of the run.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Nothing that limits the number of processes can be made.
    #[error("cannot make a jobserver")]
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
}

/// What happens.
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
            stages: Stage::ALL
                .map(|stage| blank(stage, Status::NotReached))
                .to_vec(),
            objects: Vec::new(),
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
        // What an earlier run found on other files says nothing.
        last: last.filter(|last| last.stamp == stamp && last.tree == root),
        results: Mutex::new(results),
        stop: AtomicBool::new(false),
        tell,
    };
    shared.write()?;
    let done = AtomicBool::new(false);
    let outcomes: Vec<Result<(), RunError>> = std::thread::scope(|scope| {
        scope.spawn(|| shared.watch(&done));
        let threads: Vec<_> = ready
            .iter()
            .enumerate()
            .map(|(index, ready)| {
                let shared = &shared;
                scope.spawn(move || {
                    Run {
                        shared,
                        index,
                        ready,
                    }
                    .all()
                })
            })
            .collect();
        let ended: Vec<_> = threads
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
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

/// What a stage came to, before it is a result.
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
        let mut reached = true;
        for stage in Stage::ALL {
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
                self.record(&result, |arch| {
                    arch.objects.clone_from(&last.objects);
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
            self.compare(&mut findings);
            self.record(&result, |arch| arch.findings.extend(findings))?;
            // Objects that did compile are looked at even where others did not.
            reached = result.status == Status::Pass || stage == Stage::Objects;
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

    /// What the last run on the same inputs came to, if its objects are still there.
    fn last(&self) -> Option<ArchResult> {
        let name = self.name();
        let last = self.shared.last.as_ref()?;
        let arch = last.archs.iter().find(|arch| arch.directory == name)?;
        self.directory().join("obj").is_dir().then(|| arch.clone())
    }

    fn stage(&self, stage: Stage) -> Result<Done, RunError> {
        match stage {
            Stage::Tools => Ok(self.tools()),
            Stage::Config => self.config(),
            Stage::ConfigCheck => self.config_check(),
            Stage::Prepare => self.prepare(),
            Stage::Objects => self.objects(),
            Stage::Evidence => self.evidence(),
        }
    }

    fn toolchain(&self) -> &Toolchain {
        self.ready
            .found
            .usable()
            .unwrap_or_else(|| unreachable!("invariant: without a compiler no stage is reached"))
    }

    fn tools(&self) -> Done {
        match &self.ready.obstacle {
            None => Done::pass(),
            Some(obstacle) => Done {
                status: Status::Unavailable,
                ..Done::fail(obstacle)
            },
        }
    }

    /// Runs lines with one log; stops at the first that fails. Returns whether all succeeded, the output, and the line that
    /// failed.
    fn lines(
        &self,
        stage: Stage,
        lines: &[Line],
    ) -> Result<(bool, String, Option<String>), RunError> {
        let path = self.directory().join(stage.log());
        let failed = |source| RunError::Write {
            path: path.clone(),
            source,
        };
        let mut log = File::options()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(failed)?;
        log.set_len(0).map_err(failed)?;
        for tool in &self.toolchain().tools {
            writeln!(log, "# {}: {}", tool.program, tool.says).map_err(failed)?;
        }
        let mut wrong = None;
        for line in lines {
            writeln!(log, "# {}", line.shell()).map_err(failed)?;
            let place = self.shared.place()?;
            let mut command = line.command();
            self.shared.jobserver.configure_make(&mut command);
            let status = self
                .shared
                .children
                .run(command, &log, self.shared.how.limit);
            drop(place);
            match status {
                Ok(status) if status.success() => {}
                Ok(_) => {
                    wrong.get_or_insert_with(|| line.shell());
                }
                Err(ProcessError::TimeLimit { program, limit }) => {
                    let text = ProcessError::TimeLimit { program, limit }.to_string();
                    writeln!(log, "kfeat: error: {text}").map_err(failed)?;
                    wrong.get_or_insert_with(|| line.shell());
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
        log.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut bytes = Vec::new();
        log.take(MAX_LOG).read_to_end(&mut bytes).map_err(failed)?;
        let output = String::from_utf8_lossy(&bytes).into_owned();
        Ok((wrong.is_none(), output, wrong))
    }

    /// The findings in an output. What is said about a name of the feature counts as an error, for nothing but a mistake in its
    /// wiring makes a compiler say so.
    fn scan(&self, output: &str) -> Vec<FindingResult> {
        let spec = self.shared.spec;
        let srcarch = &self.ready.job.srcarch;
        let mut findings = scan::findings(self.shared.tree, self.shared.root, srcarch, output);
        for finding in &mut findings {
            let own = finding
                .symbol
                .as_ref()
                .is_some_and(|symbol| spec.functions().contains(&&**symbol));
            if own {
                finding.level = crate::diag::Level::Deny;
            }
        }
        findings.iter().map(FindingResult::of).collect()
    }

    /// What a failed make comes to.
    fn failed(&self, output: &str, command: Option<String>, findings: Vec<FindingResult>) -> Done {
        let errors = findings
            .iter()
            .filter(|finding| finding.level == "error")
            .count();
        let note = match errors {
            0 => {
                // What made make give up stands before what make says about it.
                let before = output.lines().take_while(|line| !line.contains("***"));
                let last = before.last().filter(|line| !line.starts_with('#'));
                last.unwrap_or("make failed, see the log").trim().to_owned()
            }
            1 => "1 error".to_owned(),
            errors => format!("{errors} errors"),
        };
        Done {
            command,
            findings,
            ..Done::fail(note)
        }
    }

    fn places<'d>(&'d self, directory: &'d str) -> Places<'d> {
        Places {
            tree: self.shared.root,
            directory,
        }
    }

    fn path(&self) -> String {
        self.directory().display().to_string()
    }

    fn config(&self) -> Result<Done, RunError> {
        let directory = self.directory();
        let written = |source| RunError::Write {
            path: directory.clone(),
            source,
        };
        // What an older configuration left behind makes another build.
        match fs::remove_dir_all(directory.join("obj")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(written(error)),
            _ => {}
        }
        fs::create_dir_all(directory.join("obj")).map_err(written)?;
        let job = &self.ready.job;
        fs::write(directory.join("fragment.config"), job.fragment_text()).map_err(written)?;
        self.script(&[])?;
        let path = self.path();
        let lines = job.configure(self.places(&path), self.toolchain(), self.shared.options);
        let (ok, output, command) = self.lines(Stage::Config, &lines)?;
        if ok {
            return Ok(Done::pass());
        }
        let findings = self.scan(&output);
        Ok(self.failed(&output, command, findings))
    }

    /// Writes the script that repeats the job.
    fn script(&self, targets: &[(String, bool)]) -> Result<(), RunError> {
        let path = self.directory().join("reproduce.sh");
        let script = self.ready.job.script(
            self.shared.root,
            self.toolchain(),
            self.shared.options,
            targets,
        );
        let written = fs::write(&path, script)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)));
        written.map_err(|source| RunError::Write { path, source })
    }

    fn config_check(&self) -> Result<Done, RunError> {
        let path = self.directory().join("obj/.config");
        let config = fs::read(&path).map_err(|source| RunError::Write { path, source })?;
        let job = &self.ready.job;
        let lost = config_check::lost(&job.fragment, &config);
        if lost.is_empty() {
            return Ok(Done::pass());
        }
        let findings = config_check::explain(
            self.shared.tree,
            self.shared.root,
            job,
            self.toolchain(),
            &self.directory(),
            &config,
            &lost,
        )?;
        let names: Vec<String> = lost.iter().map(|lost| format!("`{}`", lost.name)).collect();
        Ok(Done {
            findings: findings.iter().map(FindingResult::of).collect(),
            ..Done::fail(format!("{} not as asked for", names.join(", ")))
        })
    }

    fn prepare(&self) -> Result<Done, RunError> {
        let path = self.path();
        let line =
            self.ready
                .job
                .prepare(self.places(&path), self.toolchain(), self.shared.options);
        let (ok, output, command) = self.lines(Stage::Prepare, &[line])?;
        let findings = self.scan(&output);
        if !ok {
            return Ok(self.failed(&output, command, findings));
        }
        Ok(Done {
            findings,
            ..Done::pass()
        })
    }

    /// The candidates with whether kbuild builds them.
    fn members(&self) -> Result<Vec<(&Candidate, Membership)>, RunError> {
        let objtree = self.directory().join("obj");
        let job = &self.ready.job;
        let environment = [
            ("ARCH".to_owned(), job.arch.clone()),
            ("SRCARCH".to_owned(), job.srcarch.clone()),
        ];
        let root = Path::new(self.shared.root);
        let mut lists =
            Lists::new(self.shared.children, root, &objtree, &environment).map_err(|source| {
                RunError::Write {
                    path: objtree.clone(),
                    source,
                }
            })?;
        let mut members = Vec::new();
        for candidate in &job.candidates {
            members.push((candidate, lists.membership(candidate)?));
        }
        Ok(members)
    }

    fn objects(&self) -> Result<Done, RunError> {
        let members = self.members()?;
        let targets: Vec<(String, bool)> = members
            .iter()
            .filter(|(_, membership)| *membership == Membership::Built)
            .map(|(candidate, _)| (candidate.object(), candidate.apart))
            .collect();
        self.script(&targets)?;
        let path = self.path();
        let how = self.shared.how;
        let job = &self.ready.job;
        let lines = job.build(
            self.places(&path),
            self.toolchain(),
            self.shared.options,
            how.keep_going,
            &targets,
        );
        let (ok, output, command) = self.lines(Stage::Objects, &lines)?;
        let objtree = self.directory().join("obj");
        let objects: Vec<ObjectResult> = members
            .iter()
            .map(|(candidate, membership)| ObjectResult {
                source: candidate.source.clone(),
                status: match membership {
                    Membership::NotBuilt => ObjectStatus::NotInConfiguration,
                    Membership::AfterLink => ObjectStatus::NeedsLink,
                    Membership::Built if objtree.join(candidate.object()).is_file() => {
                        ObjectStatus::Built
                    }
                    Membership::Built => ObjectStatus::Failed,
                },
                sites_present: candidate.sites,
                sites_compiled: None,
                layer: None,
                undone: candidate.undone,
            })
            .collect();
        let count = |status| {
            objects
                .iter()
                .filter(|object| object.status == status)
                .count()
        };
        let (built, failed) = (count(ObjectStatus::Built), count(ObjectStatus::Failed));
        let findings = self.scan(&output);
        let wrong = findings.iter().any(|finding| finding.level == "error");
        self.shared.change(|results| {
            if let Some(arch) = results.archs.get_mut(self.index) {
                arch.objects = objects;
            }
        })?;
        if ok && failed == 0 && !wrong {
            return Ok(Done {
                findings,
                status: if built == 0 {
                    Status::NotExercised
                } else {
                    Status::Pass
                },
                note: Some(format!("{built} objects")),
                ..Done::pass()
            });
        }
        let mut done = self.failed(&output, command, findings);
        let note = done.note.take().unwrap_or_default();
        done.note = Some(format!(
            "{note}; {built} of {} objects built",
            built + failed
        ));
        Ok(done)
    }

    fn evidence(&self) -> Result<Done, RunError> {
        let spec = self.shared.spec;
        if spec.hooks.is_empty() || spec.wrappers.is_empty() {
            return Ok(Done {
                status: Status::NotExercised,
                note: Some("the spec names no hooks and wrappers to look for".to_owned()),
                ..Done::pass()
            });
        }
        let built: Vec<&Candidate> = {
            let results = self
                .shared
                .results
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let objects = results
                .archs
                .get(self.index)
                .map_or(&[][..], |arch| &arch.objects);
            let candidates = self.ready.job.candidates.iter();
            candidates
                .filter(|candidate| {
                    objects.iter().any(|object| {
                        object.source == candidate.source && object.status == ObjectStatus::Built
                    })
                })
                .collect()
        };
        let targets: Vec<(String, bool)> = built
            .iter()
            .map(|candidate| (with_suffix(&candidate.source, "i"), candidate.apart))
            .collect();
        let path = self.path();
        let lines = self.ready.job.build(
            self.places(&path),
            self.toolchain(),
            self.shared.options,
            true,
            &targets,
        );
        let (ok, _, command) = self.lines(Stage::Evidence, &lines)?;
        let objtree = self.directory().join("obj");
        let mut hooks: Vec<String> = Vec::new();
        let mut seen_by = Vec::new();
        for (candidate, (target, _)) in built.iter().zip(&targets) {
            let Ok(bytes) = fs::read(objtree.join(target)) else {
                continue;
            };
            let text = String::from_utf8_lossy(&bytes);
            let seen = evidence::seen(spec, Path::new(self.shared.root), &candidate.source, &text);
            for hook in &seen.hooks {
                if !hooks.contains(hook) {
                    hooks.push(hook.clone());
                }
            }
            seen_by.push((candidate.source.clone(), candidate.undone, seen));
        }
        self.shared.change(|results| {
            let Some(arch) = results.archs.get_mut(self.index) else {
                return;
            };
            for object in &mut arch.objects {
                if let Some((.., seen)) = seen_by.iter().find(|(of, ..)| *of == object.source) {
                    object.sites_compiled = Some(seen.sites.min(object.sites_present));
                    object.layer = Some(seen.layer);
                }
            }
        })?;
        if !ok {
            return Ok(Done {
                command,
                ..Done::fail("the preprocessor failed, see the log")
            });
        }
        Ok(self.judge(&hooks, &seen_by))
    }

    /// Whether what was seen is what was to be seen.
    fn judge(&self, hooks: &[String], seen_by: &[(String, bool, evidence::Seen)]) -> Done {
        let spec = self.shared.spec;
        let not_exercised = |note: String| Done {
            status: Status::NotExercised,
            note: Some(note),
            ..Done::pass()
        };
        let of = |layer| seen_by.iter().filter(move |(.., seen)| seen.layer == layer);
        let sites: usize = seen_by
            .iter()
            .filter(|(_, undone, _)| !undone)
            .map(|(.., seen)| seen.sites)
            .sum();
        if !self.ready.job.on {
            if let Some((source, ..)) = of(Layer::Hooks).next() {
                return Done::fail(format!("`{source}` has hooks, and the feature is off"));
            }
            let fallbacks = of(Layer::Fallback).count();
            return match fallbacks {
                0 => not_exercised("no object has the wrappers".to_owned()),
                _ => Done {
                    note: Some(format!("{fallbacks} objects have the fallbacks")),
                    ..Done::pass()
                },
            };
        }
        let missing: Vec<String> = spec
            .hooks
            .iter()
            .filter(|hook| !hooks.iter().any(|seen| **seen == ***hook))
            .map(|hook| format!("`{hook}`"))
            .collect();
        if !missing.is_empty() {
            return not_exercised(format!("no wrapper calls {}", missing.join(", ")));
        }
        if sites == 0 {
            return not_exercised("no object has a call of a wrapper".to_owned());
        }
        let undone = seen_by
            .iter()
            .find(|(_, undone, seen)| *undone && seen.layer == Layer::Hooks);
        if let Some((source, ..)) = undone {
            return Done::fail(format!(
                "`{source}` has hooks although an `#undef` takes the feature away"
            ));
        }
        let stub = seen_by
            .iter()
            .find(|(_, undone, seen)| !undone && seen.layer == Layer::Fallback);
        if let Some((source, ..)) = stub {
            return Done::fail(format!(
                "`{source}` has the fallbacks, and the feature is on"
            ));
        }
        Done {
            note: Some(format!(
                "{} objects have the hooks",
                of(Layer::Hooks).count()
            )),
            ..Done::pass()
        }
    }
}
