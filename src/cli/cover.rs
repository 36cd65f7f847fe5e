//! Owns the command `cover`.

mod changed;
pub(super) mod document;
pub(super) mod show;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::at::TreeArgs;
use super::global::{Global, select_architectures};
use super::series::{self, Sources};
use super::{locate, output, unread};
use crate::arch::machine;
use crate::cover::{self, Asked, Cover, Outcome, Target};
use crate::disk;
use crate::drive::toolchain;
use crate::limits::COVER_LINES;
use crate::tree::Tree;

/// The arguments of `cover`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat cover --range v7.2..HEAD            the builds that compile every line of a branch\n  \
    kfeat cover --rev v7.2 --patch series.mbox  the same for patches that are not applied\n  \
    kfeat cover mm/memory.c:3,10-16           the same for lines of a file\n  \
    kfeat cover --range v7.2..HEAD --out builds  write each .config, its fragment and its objects\n  \
    kfeat cover --range v7.2..HEAD --format json | jq '.builds[].objects[].path'\n\n\
    If a change only removes lines, the adjacent line of code stands for them.\n\n\
    A line counts as covered if its conditionals and the makefiles of its object include it in the configuration that is \
    shown, as kfeat computes it. Nothing from the tree is run. Architectures whose compilers are on PATH are preferred.\n\n\
    Exit codes: 0 every line that can be compiled is covered, 1 a line is dead or undecided, 2 error: bad arguments or unreadable input."
)]
pub(super) struct CoverArgs {
    /// Lines: `FILE:LINE`, `FILE:FIRST-LAST`, a list of these separated by commas, or `FILE` for all lines of a file
    #[arg(value_name = "FILE[:LINE]")]
    lines: Vec<String>,
    #[command(flatten)]
    at: TreeArgs,
    /// Only these architectures, by directory below arch/ or an alias such as `amd64` [default: all of the tree]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    arch: Vec<String>,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    format: Format,
    /// Write the .config, the fragment, the objects and the lines of each build to this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also name lines without code, such as comments
    #[arg(short, long)]
    verbose: bool,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text
    Human,
    /// A document; its schema is docs/schema/cover.schema.json
    Json,
}

/// Runs `cover`.
pub(super) fn run(global: &Global, args: &CoverArgs) -> anyhow::Result<output::Exit> {
    let Wanted {
        tree,
        asked,
        removed,
        lacks_files,
    } = asked(global, args)?;
    let targets = targets(&tree, &args.arch, &asked)?;
    let cover = cover::cover(&tree, &asked, &targets)?;
    if let Some(directory) = &args.out {
        write(directory, &cover)?;
    }
    output::print(&match args.format {
        Format::Human => show::human(
            &cover,
            &removed,
            show::Options {
                verbose: args.verbose,
                is_partial: !args.arch.is_empty(),
                lacks_files,
                width: output::width(),
            },
        ),
        Format::Json => document::json(&cover),
    })?;
    let is_open = |outcome: &Outcome| matches!(outcome, Outcome::Dead(_) | Outcome::Undecided(_));
    let end = match cover.count(is_open) {
        0 => output::Exit::Clean,
        _ => output::Exit::Findings,
    };
    Ok(unread::exit_of_builds(&tree, &cover.unread, end))
}

/// The lines that are asked about.
struct Wanted {
    /// The tree with the change in it.
    tree: Tree,
    asked: Asked,
    /// The files that the change removes.
    removed: Vec<String>,
    /// Whether a changed file could not be read.
    lacks_files: bool,
}

/// The tree and the lines that words name: each a range `A..B`, a file with patches, or `FILE:LINE`.
pub(super) fn asked_for(global: &Global, words: &[String]) -> anyhow::Result<(Tree, Asked)> {
    let mut args = CoverArgs {
        lines: Vec::new(),
        at: TreeArgs::default(),
        arch: Vec::new(),
        format: Format::Human,
        out: None,
        verbose: false,
    };
    for word in words {
        if word.ends_with(".patch") || word.ends_with(".mbox") || word.ends_with(".diff") {
            args.at.patch.push(PathBuf::from(word));
        } else if word.contains("..") && !word.contains("/../") && !word.starts_with("../") {
            args.at.range = Some(word.clone());
        } else {
            args.lines.push(word.clone());
        }
    }
    if args.at.range.is_some() && !args.at.patch.is_empty() {
        bail!("a range and patches cannot be combined");
    }
    let wanted = asked(global, &args)?;
    Ok((wanted.tree, wanted.asked))
}

/// Fails where more lines are asked about than [`COVER_LINES`]; the last of them are those of `path`.
fn within_limit(count: usize, path: &str) -> anyhow::Result<()> {
    match count > COVER_LINES.length() {
        true => Err(COVER_LINES
            .reached(format!("with `{path}` their number"))
            .into()),
        false => Ok(()),
    }
}

/// The tree and the lines that the arguments name.
fn asked(global: &Global, args: &CoverArgs) -> anyhow::Result<Wanted> {
    let mut asked = Asked::new();
    let mut removed = Vec::new();
    let mut lacks_files = false;
    let mut count = 0;
    let tree = if args.at.is_series() {
        let input = series::input(
            global,
            Sources {
                hook: None,
                revision: args.at.rev.as_deref(),
                range: args.at.range.as_deref(),
                patches: &args.at.patch,
            },
        )?;
        let last = input.steps.and_then(|mut steps| steps.pop());
        let after = last.map_or_else(|| input.before.clone(), |step| step.tree);
        for change in input.before.changes(&after) {
            match changed::lines(&input.before, &after, &change.path) {
                Ok(Some(numbers)) if numbers.is_empty() => {}
                Ok(Some(numbers)) => {
                    count += numbers.len();
                    within_limit(count, &change.path)?;
                    asked.insert(change.path, numbers);
                }
                Ok(None) => removed.push(change.path),
                Err(error) => {
                    after.note_unreadable(&change.path, &error);
                    lacks_files = true;
                }
            }
        }
        after
    } else {
        if args.lines.is_empty() {
            bail!("name lines as `FILE:LINE`, or a change with `--range A..B` or `--patch FILE`");
        }
        locate::open_at(global, args.at.rev.as_deref())?
    };
    for text in &args.lines {
        let (path, numbers) = line(&tree, text)?;
        count += numbers.len();
        within_limit(count, &path)?;
        let known = asked.entry(path).or_default();
        known.extend(numbers);
        known.sort_unstable();
        known.dedup();
    }
    Ok(Wanted {
        tree,
        asked,
        removed,
        lacks_files,
    })
}

/// The path and the lines that an argument names.
fn line(tree: &Tree, text: &str) -> anyhow::Result<(String, Vec<u32>)> {
    let (path, numbers) = match text.rsplit_once(':') {
        Some((path, numbers)) if !tree.is_file(text) => (path, Some(numbers)),
        _ => (text, None),
    };
    let path = path.trim_start_matches("./").to_owned();
    let content = tree
        .read(&path)
        .with_context(|| format!("cannot read the lines of `{path}`"))?;
    let count = String::from_utf8_lossy(&content).lines().count() as u32;
    let wrong = || {
        format!(
            "`{text}`: expected `FILE:LINE`, `FILE:FIRST-LAST`, or several with commas; the last line of `{path}` is {count}"
        )
    };
    let Some(ranges) = numbers else {
        return Ok((path, (1..=count).collect()));
    };
    let mut numbers = Vec::new();
    for range in ranges.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let first: u32 = first.parse().with_context(wrong)?;
        let last: u32 = last.parse().with_context(wrong)?;
        if first == 0 || first > last || last > count {
            bail!(wrong());
        }
        numbers.extend(first..=last);
        // As many ranges as an argument holds could name the whole file each.
        if numbers.len() > count as usize {
            numbers.sort_unstable();
            numbers.dedup();
        }
    }
    Ok((path, numbers))
}

/// The architectures in the order in which they are preferred: that of this machine, those whose compilers are there, the others. User
/// Mode Linux borrows what it builds from others: it is there where `archs` names it, or `lines` are below its directory.
pub(super) fn targets(tree: &Tree, archs: &[String], lines: &Asked) -> anyhow::Result<Vec<Target>> {
    const ORDER: &[&str] = &[
        "x86", "arm64", "arm", "powerpc", "riscv", "mips", "s390", "sparc",
    ];
    let path: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    let has = |program: &str| toolchain::locate(&path, program).is_some();
    let host = std::env::consts::ARCH;
    let is_um = lines
        .keys()
        .any(|path| cover::entries::owner(path) == Some("um"));
    let mut targets: Vec<Target> = Vec::new();
    for srcarch in select_architectures(tree, archs)? {
        if srcarch == "um" && archs.is_empty() && !is_um {
            continue;
        }
        let machine = machine::machine(&srcarch);
        let is_native = machine.is_some_and(|machine| machine.native == host);
        let has_compiler = is_native && (has("gcc") || has("cc"))
            || machine.is_some_and(|machine| {
                let mut prefixes = machine.prefixes.iter();
                prefixes.any(|prefix| has(&format!("{prefix}gcc")))
            });
        let target = |arch: &str, has_compiler| Target {
            srcarch: srcarch.clone(),
            arch: arch.to_owned(),
            has_compiler,
        };
        targets.push(target(
            machine.map_or(&srcarch, |machine| machine.arch),
            has_compiler,
        ));
        for variant in machine.map_or(&[][..], |machine| machine.variants) {
            // The compilers of the others can both; that of this one has a name of its own.
            let has_compiler = match *variant {
                "parisc64" => has("hppa64-linux-gnu-gcc"),
                _ => has_compiler,
            };
            targets.push(target(variant, has_compiler));
        }
    }
    let rank = |target: &Target| {
        let machine = machine::machine(&target.srcarch);
        let is_native = machine.is_some_and(|machine| machine.native == host);
        let order = ORDER.iter().position(|srcarch| *srcarch == target.srcarch);
        (
            !target.has_compiler,
            !is_native,
            order.unwrap_or(ORDER.len()),
        )
    };
    // The sort is stable, so a variant stays after its architecture.
    targets.sort_by_key(rank);
    Ok(targets)
}

/// Writes the files of each build into a directory, which is made where it is not there.
fn write(directory: &std::path::Path, cover: &Cover) -> anyhow::Result<()> {
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot create the directory `{}`", directory.display()))?;
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (index, build) in cover.builds.iter().enumerate() {
        let name = format!("{}-{}", index + 1, build.target.srcarch);
        let joined = |lines: Vec<String>| -> Vec<u8> {
            let lines = lines.into_iter().map(|line| line + "\n");
            lines.collect::<String>().into_bytes()
        };
        files.insert(format!("{name}.config"), build.config.clone());
        files.insert(format!("{name}.fragment"), joined(build.fragment.clone()));
        let objects = build.objects.iter().map(|object| object.target.clone());
        files.insert(format!("{name}.objects"), joined(objects.collect()));
        let lines = build.lines.iter();
        let lines = lines.map(|line| format!("{}:{}", line.path, line.number));
        files.insert(format!("{name}.lines"), joined(lines.collect()));
    }
    files.insert("cover.json".to_owned(), document::json(cover).into_bytes());
    for (name, bytes) in files {
        let path = directory.join(name);
        disk::write_named(&path, &bytes)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(())
}
