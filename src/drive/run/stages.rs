//! Owns what each stage does, up to the objects, and from the link on.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Done, Run, RunError};
use crate::disk::{self, Sync};
use crate::drive::candidates::Candidate;
use crate::drive::job::Places;
use crate::drive::line::Line;
use crate::drive::membership::{Lists, Membership};
use crate::drive::process::ProcessError;
use crate::drive::results::{FindingResult, ObjectResult, ObjectStatus, Stage, Status};
use crate::drive::toolchain::Toolchain;
use crate::drive::{boot, config_check, scan};
use crate::limits::FILE_SIZE;

/// Most bytes of a log that are read for messages.
const MAX_LOG: u64 = 64 << 20;

impl Run<'_, '_> {
    pub(super) fn stage(&self, stage: Stage) -> Result<Done, RunError> {
        match stage {
            Stage::Tools => Ok(self.tools()),
            Stage::Config => self.config(),
            Stage::ConfigCheck => self.config_check(),
            Stage::Prepare => self.prepare(),
            Stage::Objects => self.objects(),
            Stage::Evidence => self.evidence(),
            Stage::Link => self.link(),
            Stage::Kunit => self.kunit(),
        }
    }

    pub(super) fn toolchain(&self) -> &Toolchain {
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
    pub(super) fn lines(
        &self,
        stage: Stage,
        lines: &[Line],
    ) -> Result<(bool, String, Option<String>), RunError> {
        let limit = match stage {
            Stage::Kunit => self.shared.how.boot_limit,
            _ => self.shared.how.limit,
        };
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
            let status = self.shared.children.run(command, &log, limit);
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

    /// Runs the line of a stage that is nothing but this make, and tells what it comes to.
    fn made(&self, stage: Stage, line: Line) -> Result<Done, RunError> {
        let (ok, output, command) = self.lines(stage, &[line])?;
        let findings = self.scan(&output);
        if !ok {
            return Ok(self.failed(&output, command, findings));
        }
        Ok(Done {
            findings,
            ..Done::pass()
        })
    }

    /// Returns what a failed make comes to.
    fn failed(&self, output: &str, command: Option<String>, findings: Vec<FindingResult>) -> Done {
        let errors = findings
            .iter()
            .filter(|finding| finding.level == "error")
            .count();
        let note = match errors {
            0 => {
                // Anything that made make give up stands before what make says about it.
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

    pub(super) fn places<'d>(&'d self, directory: &'d str) -> Places<'d> {
        Places {
            tree: self.shared.root,
            directory,
        }
    }

    pub(super) fn path(&self) -> String {
        self.directory().display().to_string()
    }

    fn config(&self) -> Result<Done, RunError> {
        let directory = self.directory();
        let written = |source| RunError::Write {
            path: directory.clone(),
            source,
        };
        // Anything that an older configuration left behind makes another build.
        match fs::remove_dir_all(directory.join("obj")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(written(error)),
            _ => {}
        }
        fs::create_dir_all(directory.join("obj")).map_err(written)?;
        let job = &self.ready.job;
        let fragment = directory.join("fragment.config");
        disk::replace(&fragment, job.fragment_text().as_bytes(), Sync::Never).map_err(written)?;
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
        let written = disk::replace(&path, script.as_bytes(), Sync::Never)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)));
        written.map_err(|source| RunError::Write { path, source })
    }

    fn config_check(&self) -> Result<Done, RunError> {
        let path = self.directory().join("obj/.config");
        let config =
            disk::read(&path, &FILE_SIZE).map_err(|source| RunError::Read { path, source })?;
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
            ..Done::fail(format!("not set as requested: {}", names.join(", ")))
        })
    }

    fn prepare(&self) -> Result<Done, RunError> {
        let path = self.path();
        let line =
            self.ready
                .job
                .prepare(self.places(&path), self.toolchain(), self.shared.options);
        self.made(Stage::Prepare, line)
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
                undefined: candidate.undefined,
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

    /// The lines that link and boot; an invariant where this is not to be done.
    fn boot_lines(&self) -> [Line; 2] {
        let path = self.path();
        self.ready
            .job
            .boot(self.places(&path), self.toolchain(), self.shared.options)
            .unwrap_or_else(|| unreachable!("invariant: what cannot be booted has an obstacle"))
    }

    fn link(&self) -> Result<Done, RunError> {
        if let Some(obstacle) = &self.ready.boot_obstacle {
            return Ok(Done {
                status: Status::Unavailable,
                ..Done::fail(obstacle)
            });
        }
        let [make, _] = self.boot_lines();
        self.made(Stage::Link, make)
    }

    fn kunit(&self) -> Result<Done, RunError> {
        let Some(boot) = &self.ready.job.boot else {
            unreachable!("invariant: only what is to be booted has this stage");
        };
        let [_, line] = self.boot_lines();
        let (ok, console, command) = self.lines(Stage::Kunit, &[line])?;
        let wrong = (!ok).then(|| {
            let said = console
                .lines()
                .rev()
                .find_map(|line| line.strip_prefix("kfeat: error: "));
            said.unwrap_or("QEMU failed").to_owned()
        });
        let booted = boot::judge(
            boot,
            self.shared.spec,
            self.shared.root,
            &console,
            wrong.as_deref(),
        );
        self.shared.change(|results| {
            if let Some(arch) = results.archs.get_mut(self.index) {
                arch.kunit = Some(booted.kunit);
            }
        })?;
        Ok(Done {
            status: booted.status,
            note: Some(booted.note),
            command: command
                .or_else(|| (booted.status != Status::Pass).then(|| self.boot_lines()[1].shell())),
            findings: booted.findings,
        })
    }
}
