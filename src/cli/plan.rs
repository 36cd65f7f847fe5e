//! Owns the command `plan`.

use clap::{Args, ValueEnum};

use super::build::Which;
use super::global::Global;
use super::{locate, output, unread};
use crate::cover;
use crate::drive::job::{Jobs, Options};
use crate::drive::matrix::{self, Language};

/// The arguments of `plan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat plan --format github --setup 'cargo install kfeat' > kfeat.yml\n  \
    kfeat plan --format make | make -f -\n  kfeat plan --format json | jq -r '.jobs[].command'\n  \
    kfeat plan --arch arm64 --without riscv --format gitlab -- --fail-fast\n  \
    kfeat plan --cover v7.2..HEAD --format make | make -f -\n\n\
    Each job is one `kfeat build` for one architecture; `kfeat report merge` joins their results. With --cover, each job \
    builds its lines and proves them: see `kfeat cover`.\n\
    Exit codes: 0 done, 2 error: bad arguments or unreadable input."
)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    which: Which,
    /// Plan builds of these lines instead of a feature: `A..B`, a file with patches (`*.patch`, `*.mbox`, `*.diff`), or
    /// `FILE:LINE`; may be repeated
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["named", "feature", "spec", "without"])]
    cover: Vec<String>,
    /// The system that runs the plan
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Format,
    /// A command to run at the start of each job, such as one that installs kfeat
    #[arg(long, value_name = "COMMAND")]
    setup: Vec<String>,
    /// Arguments for each `kfeat build`
    #[arg(last = true, value_name = "ARGUMENT")]
    more: Vec<String>,
}

/// The engine that a plan is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A workflow of GitHub Actions
    Github,
    /// A pipeline of GitLab
    Gitlab,
    /// A makefile
    Make,
    /// A document; its schema is docs/schema/plan.schema.json
    Json,
    /// A plan for TuxSuite with configurations and objects, which does not run kfeat
    Tuxsuite,
}

/// Runs `plan`.
pub(super) fn run(global: &Global, args: &PlanArgs) -> anyhow::Result<output::Exit> {
    let language = match args.format {
        Format::Github => Language::Github,
        Format::Gitlab => Language::Gitlab,
        Format::Make => Language::Make,
        Format::Json => Language::Json,
        Format::Tuxsuite => Language::Tuxsuite,
    };
    if !args.cover.is_empty() {
        let (tree, asked) = super::cover::asked_for(global, &args.cover)?;
        let targets = super::cover::targets(&tree, &args.which.arch, &asked)?;
        let cover = cover::cover(&tree, &asked, &targets)?;
        output::print(&matrix::render_cover(
            language,
            &cover,
            &args.more,
            &args.setup,
        ))?;
        return Ok(unread::exit_of_builds(
            &tree,
            &cover.unread,
            output::Exit::Clean,
        ));
    }
    let tree = locate::open(global)?;
    let spec = args.which.spec()?;
    let Jobs {
        jobs,
        unread: of_archs,
    } = args.which.jobs(&tree, &spec, &Options::default())?;
    output::print(&matrix::render(
        language,
        &spec.name,
        &jobs,
        &args.more,
        &args.setup,
    ))?;
    Ok(unread::exit_of_builds(
        &tree,
        &of_archs,
        output::Exit::Clean,
    ))
}
