//! Owns the command `build`.

mod args;
mod cover;
mod machine;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use args::Format;
pub(super) use args::{BuildArgs, Which};
use machine::{processors, ready};

use super::global::{Global, named_architectures, select_architectures};
use super::{busy, interrupt, locate, output, unread};
use crate::disk;
use crate::drive::job::{self, Jobs, Options, Places};
use crate::drive::line::quote;
use crate::drive::process::Children;
use crate::drive::results::{Results, Stage, StageResult, Status};
use crate::drive::run::{self, Event, How, Ready};
use crate::drive::toolchain::{self, Found, Surroundings, Toolchain};
use crate::drive::{stamp, summary, worktree};
use crate::feature::builtin;
use crate::feature::spec::Spec;
use crate::kconfig::model::environment::Version;
use crate::limits::FILE_SIZE;
use crate::report::harmless_line;
use crate::tree::Tree;

/// Runs `build`.
pub(super) fn run(global: &Global, args: &BuildArgs) -> anyhow::Result<output::Exit> {
    let tree = args.at.open(global)?;
    let (root, out) = places(&tree, args)?;
    let (tree, root) = match args.at.is_directory() {
        true => (tree, root),
        false => {
            let root = worktree::make(&tree, &out)?;
            (Tree::open(&root)?, root)
        }
    };
    let root_text = root
        .to_str()
        .context("the path of the tree is not valid UTF-8")?
        .to_owned();
    if !args.cover.is_empty() {
        return cover::run(global, args, &root, &root_text, &out);
    }
    let out_text = out.display();
    let spec = args.which.spec()?;
    let around = args.compilers.surroundings()?;
    let options = options(args, &around)?;
    let Jobs {
        jobs,
        unread: unread_archs,
    } = args.which.jobs(&tree, &spec, &options)?;
    let require = named_architectures(&tree.architectures()?, &args.require)?;
    if let Some(arch) = require
        .iter()
        .find(|arch| !jobs.iter().any(|job| job.srcarch == **arch))
    {
        bail!("`--require {arch}`: this run does not build `{arch}`");
    }
    let children = Children::new();
    let ready = ready(&children, &root, jobs, &around);
    let version = Version::of(&tree)?.text;
    if args.dry_run {
        output::print(&commands(&root_text, &version, &out, &ready, &options))?;
        return Ok(unread::exit_of_builds(
            &tree,
            &unread_archs,
            output::Exit::Clean,
        ));
    }
    let baseline = args
        .compare_with
        .as_ref()
        .map(|path| read_results(path))
        .transpose()?;
    let how = How {
        out: out.clone(),
        jobs: args.jobs.map_or_else(processors, usize::from),
        fail_fast: args.fail_fast,
        keep_going: !args.fail_fast,
        resume: args.resume,
        limit: Duration::from_secs(args.limit),
        boot_limit: Duration::from_secs(args.boot_limit),
        baseline,
    };
    let interrupted = children.clone();
    interrupt::instead(move || interrupted.interrupt());
    let progress = Progress::start(&ready, Results::read(&out));
    let stamp = stamp::stamp(&root);
    let results = run::run(
        &tree,
        &root_text,
        &spec,
        &ready,
        &options,
        &how,
        &children,
        (&version, &stamp),
        &|event| progress.tell(&event),
    );
    progress.end();
    let results = match results {
        Err(run::RunError::Process(crate::drive::process::ProcessError::Interrupted)) => bail!(
            "interrupted; to continue from `{out_text}`, run `kfeat build --resume` with the same arguments"
        ),
        results => results?,
    };
    output::print(&match args.format {
        Format::Human => format!(
            "{}\nlogs, objects and results.json are in {out_text}\n",
            summary::text(&results)
        ),
        Format::Json => results.json(),
    })?;
    Ok(unread::exit_of_builds(
        &tree,
        &unread_archs,
        exit(&results, &require),
    ))
}

/// The directory of the tree, or of the repository that a revision is in, and that of the run.
fn places(tree: &Tree, args: &BuildArgs) -> anyhow::Result<(PathBuf, PathBuf)> {
    let root = std::path::absolute(tree.root()).context("cannot determine the path of the tree")?;
    let root = root
        .canonicalize()
        .with_context(|| format!("cannot open the tree `{}`", root.display()))?;
    let root_text = root
        .to_str()
        .context("the path of the tree is not valid UTF-8")?;
    if args.at.is_directory() && root_text.contains([' ', ':']) {
        bail!("kbuild does not support a tree whose path has a space or a colon: `{root_text}`");
    }
    let out = match &args.out {
        Some(out) => locate::real_path(out)?,
        None => default_out(root_text)?,
    };
    let out_text = out
        .to_str()
        .context("the path of the output directory is not valid UTF-8")?;
    if out.starts_with(&root) {
        bail!("`{out_text}` is in the tree, where kfeat writes nothing: choose another `--out`");
    }
    if out_text.contains([' ', ':']) {
        bail!(
            "kbuild does not support a directory whose path has a space or a colon: `{out_text}`"
        );
    }
    Ok((root, out))
}

/// Whether all is well.
pub(super) fn exit(results: &Results, require: &[String]) -> output::Exit {
    let wrong = results.archs.iter().any(|arch| match arch.status() {
        Status::Pass => false,
        Status::Unavailable => require.contains(&arch.arch),
        _ => true,
    });
    let nothing = results
        .archs
        .iter()
        .all(|arch| arch.status() == Status::Unavailable);
    match (wrong, nothing) {
        (false, false) => output::Exit::Clean,
        (true, _) => output::Exit::Findings,
        // A run without a single compiler has not looked at anything.
        (false, true) => output::Exit::Failed,
    }
}

/// Reads the results of a run.
pub(super) fn read_results(path: &std::path::Path) -> anyhow::Result<Results> {
    let text = disk::read_named(path, &FILE_SIZE)
        .with_context(|| format!("cannot read the results `{}`", path.display()))?;
    Results::parse(&text).with_context(|| {
        format!(
            "`{}` is not a results.json of `kfeat build`",
            path.display()
        )
    })
}

fn options(args: &BuildArgs, around: &Surroundings) -> anyhow::Result<Options> {
    let mut lines = Vec::new();
    for path in &args.fragment {
        let text = disk::read_named_text(path, &FILE_SIZE)
            .with_context(|| format!("cannot read the fragment `{}`", path.display()))?;
        lines.extend(
            text.lines()
                .filter(|line| line.contains("CONFIG_"))
                .map(str::to_owned),
        );
    }
    let wrapper = match args.wrapper.as_deref() {
        Some("none") => None,
        Some(wrapper) => {
            if toolchain::locate(&around.path, wrapper).is_none() {
                bail!("cannot find the compiler wrapper `{wrapper}`");
            }
            Some(wrapper.to_owned())
        }
        None => toolchain::locate(&around.path, "ccache").map(|_| "ccache".to_owned()),
    };
    Ok(Options {
        config: args.config_target.clone(),
        lines,
        wrapper,
        kunit: args.kunit,
    })
}

impl Which {
    /// The feature.
    pub fn spec(&self) -> anyhow::Result<Spec> {
        if let Some(path) = &self.spec {
            return Ok(super::specs::read(path)?.0);
        }
        match self.feature.as_ref().or(self.named.as_ref()) {
            Some(name) => super::global::builtin_spec(name),
            None => builtin::default()
                .first()
                .cloned()
                .context("kfeat knows no features"),
        }
    }

    /// The jobs, by architecture.
    pub fn jobs(&self, tree: &Tree, spec: &Spec, options: &Options) -> anyhow::Result<Jobs> {
        let known = |archs: &[String]| match archs {
            [] => Ok(Vec::new()),
            archs => select_architectures(tree, archs),
        };
        let without = known(&self.without)?;
        let none = self.arch == ["none"];
        let named = if none { Vec::new() } else { known(&self.arch)? };
        if let Some(both) = named.iter().find(|arch| without.contains(arch)) {
            bail!("`{both}` cannot be built with and without the feature in one run");
        }
        let mut all = Jobs::default();
        let mut add = |more: Jobs| {
            all.jobs.extend(more.jobs);
            all.unread.extend(more.unread);
        };
        if named.is_empty() && !none {
            let all = select_architectures(tree, &[])?;
            let asked: Vec<(String, bool)> = all
                .into_iter()
                .filter(|arch| !without.contains(arch))
                .map(|arch| (arch, true))
                .collect();
            add(job::jobs(tree, spec, &asked, false, options)?);
        }
        let asked: Vec<(String, bool)> = named
            .into_iter()
            .map(|arch| (arch, true))
            .chain(without.into_iter().map(|arch| (arch, false)))
            .collect();
        add(job::jobs(tree, spec, &asked, true, options)?);
        if all.jobs.is_empty() {
            unread::exit_of_builds(tree, &all.unread, output::Exit::Failed);
            bail!(
                "there is nothing to build: no architecture can have the feature `{}`{}",
                spec.name,
                self.why_nothing(tree, spec, options)?
            );
        }
        all.jobs.sort_by(|a, b| a.srcarch.cmp(&b.srcarch));
        Ok(all)
    }

    /// Explains why no architecture can have the feature, if the reason is the same for all.
    fn why_nothing(&self, tree: &Tree, spec: &Spec, options: &Options) -> anyhow::Result<String> {
        let all = select_architectures(tree, &[])?;
        let asked: Vec<(String, bool)> = all.into_iter().map(|arch| (arch, true)).collect();
        let jobs = job::jobs(tree, spec, &asked, true, options)?.jobs;
        let mut reasons = jobs.iter().map(|job| job.fragment.impossible.as_deref());
        let Some(Some(reason)) = reasons.next() else {
            return Ok(String::new());
        };
        if reasons.any(|other| other != Some(reason)) {
            return Ok(String::new());
        }
        let markers: Vec<String> = spec
            .retired_markers
            .iter()
            .map(|marker| format!("`{marker}`"))
            .collect();
        let before = if markers.is_empty() {
            String::new()
        } else {
            let markers = markers.join(", ");
            format!(
                "; if this tree still uses {markers} for it, run `kfeat check` instead: a build cannot tell"
            )
        };
        Ok(format!(": {reason}{before}"))
    }
}

/// One directory for each tree, in the user's cache.
fn default_out(root: &str) -> anyhow::Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .context("neither $XDG_CACHE_HOME nor $HOME is set: pass `--out DIR`")?;
    let name: String = root
        .trim_start_matches('/')
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    Ok(cache.join("kfeat").join("build").join(name))
}

/// The commands that would run.
fn commands(
    root: &str,
    version: &str,
    out: &std::path::Path,
    ready: &[Ready],
    options: &Options,
) -> String {
    let mut text = String::new();
    for Ready {
        job,
        found,
        obstacle,
        boot_obstacle,
    } in ready
    {
        let usual = Toolchain::usual(&job.srcarch);
        let toolchain = match found {
            Found::Usable(toolchain) | Found::TooOld(toolchain, _) => toolchain,
            Found::Missing(_) => &usual,
        };
        let directory =
            out.join(job.directory(std::path::Path::new(root), version, found, options));
        let directory = directory.display().to_string();
        let places = Places {
            tree: root,
            directory: &directory,
        };
        let with = if job.on { "" } else { " without the feature" };
        let compiler = match toolchain.compiler() {
            Some(_) => toolchain.label(),
            None => format!("{}gcc, which is not installed", toolchain.cross_compile),
        };
        // People give the output to a shell, which would run a second line.
        let comment = |text: String| format!("# {}\n", harmless_line(&text));
        text.push_str(&comment(format!("{}{with}: {compiler}", job.srcarch)));
        if let Some(why) = obstacle {
            text.push_str(&comment(format!("unavailable: {why}")));
        }
        if let Some(why) = &job.fragment.impossible {
            text.push_str(&comment(format!("cannot have the feature: {why}")));
        }
        text.push_str(&format!(
            "mkdir -p {}\ncat >{} <<'END'\n{}END\n",
            quote(&format!("{directory}/obj")),
            quote(&format!("{directory}/fragment.config")),
            job.fragment_text()
        ));
        for line in job.configure(places, toolchain, options) {
            text.push_str(&format!("{}\n", line.shell()));
        }
        text.push_str(&format!(
            "{}\n",
            job.prepare(places, toolchain, options).shell()
        ));
        let targets: Vec<(String, bool)> = job
            .candidates
            .iter()
            .map(|candidate| (candidate.object(), candidate.apart))
            .collect();
        text.push_str("# of these objects, those that kbuild builds in the configuration\n");
        for line in job.build(places, toolchain, options, true, &targets) {
            text.push_str(&format!("{}\n", line.shell()));
        }
        if let Some(why) = boot_obstacle {
            text.push_str(&comment(format!("kunit: unavailable: {why}")));
        }
        for line in job.boot(places, toolchain, options).iter().flatten() {
            text.push_str(&format!("{}\n", line.shell()));
        }
        text.push('\n');
    }
    text
}

/// Tells how far a run is: bars on a terminal, else one line for each stage.
struct Progress {
    started: Instant,
    bars: Option<indicatif::MultiProgress>,
    of: Mutex<BTreeMap<String, indicatif::ProgressBar>>,
    last: Option<Results>,
}

impl Progress {
    fn start(ready: &[Ready], last: Option<Results>) -> Self {
        busy::end();
        let bars = std::io::IsTerminal::is_terminal(&std::io::stderr())
            .then(indicatif::MultiProgress::new);
        let mut of = BTreeMap::new();
        if let Some(bars) = &bars {
            for ready in ready {
                let bar = bars.add(indicatif::ProgressBar::new(
                    Stage::all(ready.job.boot.is_some()).len() as u64,
                ));
                let style = indicatif::ProgressStyle::with_template(
                    "{prefix:12} [{bar:20}] {msg} {elapsed}",
                );
                if let Ok(style) = style {
                    bar.set_style(style.progress_chars("=> "));
                }
                bar.set_prefix(harmless_line(&ready.job.srcarch).into_owned());
                bar.enable_steady_tick(Duration::from_millis(500));
                of.insert(ready.job.srcarch.clone(), bar);
            }
        }
        Self {
            started: Instant::now(),
            bars,
            of: Mutex::new(of),
            last,
        }
    }

    /// How long the rest took the last time, from `stage` on.
    fn remaining(&self, arch: &str, stage: Stage) -> Option<f64> {
        let archs = &self.last.as_ref()?.archs;
        let known = archs.iter().find(|known| known.arch == arch)?;
        let rest = known
            .stages
            .iter()
            .filter(|known| known.stage >= stage && !known.resumed);
        let rest: f64 = rest.map(|known| known.seconds).sum();
        (rest > 0.0).then_some(rest)
    }

    fn tell(&self, event: &Event) {
        match event {
            Event::Started { arch, stage } => {
                let rest = self
                    .remaining(arch, *stage)
                    .map_or_else(String::new, |rest| format!(", about {rest:.0} s to go"));
                self.show(arch, *stage as u64, format!("{}{rest}", stage.word()));
            }
            Event::Ended { arch, result } => {
                self.show(arch, result.stage as u64 + 1, ended(result));
                if self.bars.is_none() && result.status != Status::NotReached {
                    let at = self.started.elapsed().as_secs_f64();
                    output::say(&format!("{at:7.1} s  {arch:10} {}", ended(result)));
                }
            }
        }
    }

    fn show(&self, arch: &str, position: u64, message: String) {
        let bars = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bars.get(arch) {
            bar.set_position(position);
            bar.set_message(harmless_line(&message).into_owned());
        }
    }

    fn end(&self) {
        if let Some(bars) = &self.bars {
            // Where the terminal is gone nothing has to be cleared.
            let _ = bars.clear();
        }
    }
}

/// A stage that ended, in one line.
fn ended(result: &StageResult) -> String {
    let note = match (&result.note, result.resumed) {
        (_, true) => ": as in the last run".to_owned(),
        (Some(note), _) => format!(": {note}"),
        (None, _) => String::new(),
    };
    let (stage, status) = (result.stage.word(), result.status.word());
    format!("{stage} {status}, {:.1} s{note}", result.seconds)
}
