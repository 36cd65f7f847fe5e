//! Owns `build --cover`: the builds of a cover, made, and each line proven.

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use serde::Serialize;

use super::args::{BuildArgs, Format};
use super::machine::{processors, ready};
use crate::cli::cover as of_cover;
use crate::cli::cover::document::written;
use crate::cli::cover::show::{folded, ranges};
use crate::cli::global::Global;
use crate::cli::{interrupt, output, unread};
use crate::cover::{self, Build, Cover, Line, Outcome, Target};
use crate::drive::job::{Options, Places};
use crate::drive::line::quote;
use crate::drive::process::Children;
use crate::drive::prove::{self, Proved};
use crate::drive::run::Ready;
use crate::drive::toolchain::{self, Found, Toolchain};
use crate::kconfig::model::environment::Version;
use crate::report::harmless_line;
use crate::tree::Tree;

/// Makes the builds of a cover, and proves its lines.
pub(super) fn run(
    global: &Global,
    args: &BuildArgs,
    root: &Path,
    root_text: &str,
    out: &Path,
) -> anyhow::Result<output::Exit> {
    let (tree, asked) = of_cover::asked_for(global, &args.cover)?;
    let there = Tree::open_directory(root)?;
    for path in asked.keys() {
        if there.read(path).ok() != tree.read(path).ok() {
            bail!(
                "`{path}` in `{root_text}` differs from the result of the change: check out the end of the range, or apply the patch"
            );
        }
    }
    let targets = of_cover::targets(&tree, &args.which.arch, &asked)?;
    let cover = cover::cover(&tree, &asked, &targets)?;
    let around = args.compilers.surroundings()?;
    let wrapper = match args.wrapper.as_deref() {
        Some("none") => None,
        Some(wrapper) => Some(wrapper.to_owned()),
        None => toolchain::locate(&around.path, "ccache").map(|_| "ccache".to_owned()),
    };
    let children = Children::new();
    let jobs = cover.builds.iter().map(prove::job).collect();
    let ready = ready(&children, root, jobs, &around);
    let interrupted = children.clone();
    interrupt::instead(move || interrupted.interrupt());
    let machine = Machine {
        args,
        there: &there,
        root,
        root_text,
        out,
        version: Version::of(&tree)?.text,
        wrapper,
        children,
    };
    let mut documents: Vec<DocumentBuild> = Vec::new();
    for (index, (build, ready)) in cover.builds.iter().zip(&ready).enumerate() {
        documents.extend(machine.make(index + 1, build, ready)?);
    }
    if args.dry_run {
        return Ok(unread::exit_of_builds(
            &tree,
            &cover.unread,
            output::Exit::Clean,
        ));
    }
    let is_good = documents.iter().all(|document| match document.status {
        UNAVAILABLE => !args.require.contains(&document.srcarch),
        status => status == PROVEN,
    });
    let open = cover.count(|outcome| matches!(outcome, Outcome::Dead(_) | Outcome::Undecided(_)));
    output::print(&match args.format {
        Format::Human => {
            let claimed: usize = cover.builds.iter().map(|build| build.lines.len()).sum();
            let proven: usize = documents.iter().map(|document| document.proven.len()).sum();
            let open = match open {
                0 => String::new(),
                open => format!("; {open} more dead or undecided (`kfeat cover` says why)"),
            };
            format!("{proven} of {claimed} covered lines are proven{open}\n")
        }
        Format::Json => document(&cover, documents),
    })?;
    let end = match is_good && open == 0 {
        true => output::Exit::Clean,
        false => output::Exit::Findings,
    };
    Ok(unread::exit_of_builds(&tree, &cover.unread, end))
}

/// The means to make builds.
struct Machine<'a> {
    args: &'a BuildArgs,
    there: &'a Tree,
    root: &'a Path,
    root_text: &'a str,
    out: &'a Path,
    /// The kernel's release.
    version: String,
    wrapper: Option<String>,
    children: Children,
}

impl Machine<'_> {
    /// Makes a build, and says what came of it where people read it; `None` where it is only shown.
    fn make(
        &self,
        number: usize,
        build: &Build,
        ready: &Ready,
    ) -> anyhow::Result<Option<DocumentBuild>> {
        let name = format!("build {number}: {}", build.target.label());
        let is_human = self.args.format == Format::Human;
        let options = prove::options(build, self.wrapper.clone());
        let of_job = ready
            .job
            .directory(self.root, &self.version, &ready.found, &options);
        let directory = self.out.join(format!("cover-{of_job}"));
        let processes = self.args.jobs.map_or_else(processors, usize::from);
        if self.args.dry_run {
            let directory = directory.display().to_string();
            let text = self.commands(&name, build, ready, &directory, (&options, processes));
            output::print(&text)?;
            return Ok(None);
        }
        let toolchain = match (ready.found.usable(), &ready.obstacle) {
            (Some(toolchain), None) => toolchain,
            (_, obstacle) => {
                let why = obstacle.as_deref().unwrap_or("no compiler");
                if is_human {
                    let text = format!("{name}: unavailable: {why}");
                    output::print(&folded(&text, 0, 2, output::width()))?;
                }
                return Ok(Some(DocumentBuild {
                    reason: Some(why.to_owned()),
                    ..DocumentBuild::new(number, &build.target, UNAVAILABLE)
                }));
            }
        };
        let proved = prove::prove(
            self.there,
            self.root_text,
            build,
            toolchain,
            self.wrapper.clone(),
            &directory,
            &self.children,
            (processes, Duration::from_secs(self.args.limit)),
        )?;
        if is_human {
            output::print(&text(&name, &toolchain.label(), &proved, &directory))?;
        }
        let status = if proved.is_good() { PROVEN } else { "failed" };
        let missing = proved.missing.iter().map(|(line, reason)| Missing {
            path: line.path.clone(),
            line: line.number,
            reason: reason.clone(),
        });
        Ok(Some(DocumentBuild {
            compiler: Some(toolchain.label()),
            directory: Some(directory.display().to_string()),
            proven: proved.lines.iter().map(place).collect(),
            missing: missing.collect(),
            overridden: proved.overridden,
            failed: proved.failed,
            ..DocumentBuild::new(number, &build.target, status)
        }))
    }

    /// The commands that make a build, for a shell.
    fn commands(
        &self,
        name: &str,
        build: &Build,
        ready: &Ready,
        directory: &str,
        (options, processes): (&Options, usize),
    ) -> String {
        let usual = Toolchain::usual(&ready.job.srcarch);
        let toolchain = match &ready.found {
            Found::Usable(toolchain) | Found::TooOld(toolchain, _) => toolchain,
            Found::Missing(_) => &usual,
        };
        let compiler = match toolchain.compiler() {
            Some(_) => toolchain.label(),
            None => format!("{}gcc, which is not installed", toolchain.cross_compile),
        };
        let comment = |text: String| format!("# {}\n", harmless_line(&text));
        let mut text = comment(format!("{name}: {compiler}"));
        if let Some(why) = &ready.obstacle {
            text.push_str(&comment(format!("unavailable: {why}")));
        }
        let places = Places {
            tree: self.root_text,
            directory,
        };
        let quoted = |path: &str| quote(&format!("{directory}/{path}"));
        text.push_str(&format!(
            "mkdir -p {}\ncat >{} <<'END'\n{}END\n",
            quoted("obj"),
            quoted("fragment.config"),
            ready.job.fragment_text()
        ));
        for line in prove::commands(build, &ready.job, places, toolchain, options, processes) {
            text.push_str(&format!("{}\n", line.shell()));
        }
        text.push('\n');
        text
    }
}

/// The status of a build for which there is no compiler.
const UNAVAILABLE: &str = "unavailable";

/// The status of a build that compiles every line that it claims.
const PROVEN: &str = "proven";

/// The version of the document.
const SCHEMA: &str = "1.0";

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    kfeat: &'static str,
    builds: Vec<DocumentBuild>,
    dead: usize,
    undecided: usize,
}

#[derive(Default, Serialize)]
struct DocumentBuild {
    number: usize,
    srcarch: String,
    arch: String,
    status: &'static str,
    reason: Option<String>,
    compiler: Option<String>,
    directory: Option<String>,
    proven: Vec<String>,
    missing: Vec<Missing>,
    overridden: Vec<String>,
    failed: Vec<String>,
}

#[derive(Serialize)]
struct Missing {
    path: String,
    line: u32,
    reason: String,
}

impl DocumentBuild {
    fn new(number: usize, target: &Target, status: &'static str) -> Self {
        Self {
            number,
            srcarch: target.srcarch.clone(),
            arch: target.arch.clone(),
            status,
            ..Self::default()
        }
    }
}

fn place(line: &Line) -> String {
    format!("{}:{}", line.path, line.number)
}

/// The result as a document; its schema is docs/schema/cover-results.schema.json.
fn document(cover: &Cover, builds: Vec<DocumentBuild>) -> String {
    written(&Document {
        schema: SCHEMA,
        kfeat: env!("CARGO_PKG_VERSION"),
        builds,
        dead: cover.count(|outcome| matches!(outcome, Outcome::Dead(_))),
        undecided: cover.count(|outcome| matches!(outcome, Outcome::Undecided(_))),
    })
}

/// The result of one build.
fn text(name: &str, label: &str, proved: &Proved, directory: &Path) -> String {
    let all = proved.lines.len() + proved.missing.len();
    let mut text = format!(
        "{name} ({label}): {} of {all} lines proven\n",
        proved.lines.len()
    );
    for line in &proved.overridden {
        let line = harmless_line(line);
        text.push_str(&format!("  overridden in the configuration: {line}\n"));
    }
    for object in &proved.failed {
        text.push_str(&format!("  did not build: {}\n", harmless_line(object)));
    }
    let mut missing: Vec<(&str, Vec<&Line>)> = Vec::new();
    for (line, why) in &proved.missing {
        match missing.last_mut() {
            Some((known, lines)) if *known == why && lines[0].path == line.path => lines.push(line),
            _ => missing.push((why, vec![line])),
        }
    }
    for (why, lines) in missing {
        let missing = format!("not proven: {}: {why}", ranges(&lines));
        text.push_str(&folded(&missing, 2, 4, output::width()));
    }
    if !proved.is_good() {
        text.push_str(&format!("  log: {}\n", directory.join("log").display()));
    }
    text
}
