//! Owns `build --cover`: the builds of a cover, made, and each line proven.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};

use super::args::{BuildArgs, Format};
use super::machine::{processors, ready};
use crate::cli::cover as of_cover;
use crate::cli::cover::show::ranges;
use crate::cli::global::Global;
use crate::cli::output;
use crate::cover::{self, Line, Outcome};
use crate::drive::process::Children;
use crate::drive::prove::{self, Proved};
use crate::drive::toolchain;
use crate::kconfig::model::environment::Version;
use crate::tree::Tree;

/// Makes the builds of a cover, and proves its lines.
pub(super) fn run(
    global: &Global,
    args: &BuildArgs,
    root: &Path,
    root_text: &str,
    out: &Path,
) -> anyhow::Result<output::Exit> {
    if args.format != Format::Human {
        bail!("`--cover` has no `--format json` yet; `kfeat cover --format json` writes the plan");
    }
    let (tree, asked) = of_cover::asked_for(global, &args.cover)?;
    let there = Tree::open_directory(root)?;
    for path in asked.keys() {
        if there.read(path).ok() != tree.read(path).ok() {
            bail!(
                "`{path}` in `{root_text}` is not what the change makes of it: check out the end of the range, or apply the patch"
            );
        }
    }
    let targets = of_cover::targets(&tree, &args.which.arch)?;
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
    let version = Version::of(&tree)?.text;
    let interrupted = children.clone();
    ctrlc::set_handler(move || interrupted.interrupt()).context("cannot catch interrupts")?;
    let processes = args.jobs.map_or_else(processors, usize::from);
    let limit = Duration::from_secs(args.limit);
    let mut is_good = true;
    let (mut proven, mut claimed) = (0, 0);
    for (index, (build, ready)) in cover.builds.iter().zip(&ready).enumerate() {
        let name = format!("build {}: {}", index + 1, build.target.srcarch);
        claimed += build.lines.len();
        let toolchain = match (ready.found.usable(), &ready.obstacle) {
            (Some(toolchain), None) => toolchain,
            (_, obstacle) => {
                let why = obstacle.as_deref().unwrap_or("no compiler");
                output::print(&format!("{name}: unavailable: {why}\n"))?;
                is_good &= !args.require.contains(&build.target.srcarch);
                continue;
            }
        };
        let options = prove::options(build, wrapper.clone());
        let directory = out.join(format!(
            "cover-{}",
            ready.job.directory(root, &version, &ready.found, &options)
        ));
        if args.dry_run {
            output::print(&format!("# {name} in {}\n", directory.display()))?;
            continue;
        }
        let proved = prove::prove(
            &there,
            root_text,
            build,
            toolchain,
            wrapper.clone(),
            &directory,
            &children,
            (processes, limit),
        )?;
        proven += proved.lines.len();
        is_good &= proved.is_good();
        output::print(&text(&name, &toolchain.label(), &proved, &directory))?;
    }
    if args.dry_run {
        return Ok(output::Exit::Clean);
    }
    let open = cover.count(|outcome| matches!(outcome, Outcome::Dead(_) | Outcome::Undecided(_)));
    output::print(&format!(
        "{proven} of {claimed} lines that builds claim are proven; {open} dead or undecided (`kfeat cover` says why)\n"
    ))?;
    Ok(match is_good && open == 0 {
        true => output::Exit::Clean,
        false => output::Exit::Findings,
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
        text.push_str(&format!("  overridden in the configuration: {line}\n"));
    }
    for object in &proved.failed {
        text.push_str(&format!("  did not build: {object}\n"));
    }
    let mut missing: Vec<(&str, Vec<&Line>)> = Vec::new();
    for (line, why) in &proved.missing {
        match missing.last_mut() {
            Some((known, lines)) if *known == why && lines[0].path == line.path => lines.push(line),
            _ => missing.push((why, vec![line])),
        }
    }
    for (why, lines) in missing {
        text.push_str(&format!("  not proven: {}: {why}\n", ranges(&lines)));
    }
    if !proved.is_good() {
        text.push_str(&format!("  log: {}\n", directory.join("log").display()));
    }
    text
}
