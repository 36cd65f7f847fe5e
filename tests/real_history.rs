//! `check --range` on a history made of real trees: the story of the lazy MMU layer, told rightly and wrongly.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without one of 6.12 and one of 7.2 these tests are
//! ignored, and say so. The trees become commits of a git repository, and the story comes on top of them: first what 7.2 would
//! look like before there was a symbol, then twelve commits that lead to 7.2 again. Each variant of the story has one mistake,
//! and kfeat has to name its commit and what it breaks.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "history/repository.rs"]
mod repository;
#[path = "history/story.rs"]
mod story;
#[path = "trees/mod.rs"]
mod trees;

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use kfeat::kconfig::model::environment::Version;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

use repository::Repository;
use story::{
    ARM64_KCONFIG, FIRST, MISC, POWERPC_KCONFIG, SME, SPARC, SPARC_KCONFIG, SUBJECTS, Stage,
};

/// A way to tell the story.
struct Telling {
    /// The branch.
    name: &'static str,
    /// Holds what the files say after so many commits, instead of what they should: given all stages as they should be.
    edit: fn(&mut Stage, usize, &[Stage]),
    /// Holds what `check --format concise` has to say: each line with all words of a row. The place is a line that the commit changes,
    /// also where what is wrong is a file that it forgets.
    says: &'static [&'static [&'static str]],
}

/// Describes what is looked at: the tree of 7.2 and the repository.
type Test = dyn Fn(&Tree, &Repository) -> Result<(), Failed> + Send;

const SYMBOL: &str = "ARCH_HAS_LAZY_MMU_MODE";

const TELLINGS: &[Telling] = &[
    Telling {
        name: "right",
        edit: |_, _, _| {},
        says: &[],
    },
    Telling {
        name: "select_before_hooks",
        edit: |stage, number, all| {
            if (6..8).contains(&number) {
                stage.set(ARM64_KCONFIG, all[8].text(ARM64_KCONFIG).to_owned());
            }
        },
        says: &[&[
            "arch/arm64/Kconfig:37:",
            "error: select-without-hook: ",
            "[arm64] (broken from 6/12 to 7/12: not bisectable)",
        ]],
    },
    Telling {
        name: "undef_forgotten",
        edit: |stage, number, _| {
            if number >= 4 {
                stage.without(SME, SYMBOL);
            }
        },
        says: &[&[
            "mm/Kconfig:",
            "error: undef-config: ",
            "[x86] (since 4/12: ",
            "in place of the marker\")",
        ]],
    },
    Telling {
        name: "undef_brought_later",
        edit: |stage, number, _| {
            if (4..6).contains(&number) {
                stage.without(MISC, SYMBOL);
            }
        },
        says: &[&[
            "mm/Kconfig:",
            "error: undef-config: ",
            "[x86] (broken from 4/12 to 5/12: ",
        ]],
    },
    Telling {
        name: "architecture_left_on_the_marker",
        edit: |stage, number, all| {
            if number >= 4 {
                stage.without(SPARC_KCONFIG, SYMBOL);
            }
            if number >= 6 {
                stage.set(SPARC, all[5].text(SPARC).to_owned());
            }
        },
        says: &[&[
            "mm/Kconfig:",
            "error: hook-without-select: ",
            "[sparc] (since 4/12: ",
            "in place of the marker\")",
        ]],
    },
    Telling {
        name: "rename_leaves_a_select",
        edit: |stage, number, _| {
            if number >= 4 {
                stage.replace(POWERPC_KCONFIG, SYMBOL, FIRST);
            }
        },
        says: &[&[
            "mm/Kconfig:",
            "error: select-undeclared: `ARCH_HAVE_LAZY_MMU_MODE`",
            "[powerpc] (since 4/12: ",
        ]],
    },
    Telling {
        name: "exports_forgotten",
        edit: |stage, number, _| {
            if number >= 12 {
                stage.without_exports();
            }
        },
        says: &[&[
            "mm/Kconfig:",
            "error: unexported-hook: ",
            "mm/tests/lazy_mmu_mode_kunit.c",
            "[sparc] (since 12/12: ",
        ]],
    },
];

/// The commit that has 7.2 with the layer as it was before the story.
const BASE: &str = "before";

fn main() {
    let arguments = Arguments::from_args();
    let mut found = [None, None];
    let mut trials = Vec::new();
    for path in trees::real() {
        let opened = Tree::open(&path).and_then(|tree| Ok((Version::of(&tree)?.release, tree)));
        match opened {
            Ok(((6, 12), tree)) => found[0] = Some(tree),
            Ok(((7, 2), tree)) => found[1] = Some(tree),
            Ok(_) => {}
            Err(error) => trials.push(Trial::test(path.display().to_string(), move || {
                Err(error.to_string().into())
            })),
        }
    }
    let history = match found {
        [Some(old), Some(new)] => Some(Arc::new((old, new, OnceLock::new()))),
        _ => None,
    };
    let mut add = |name: &str, test: Box<Test>| {
        trials.push(match &history {
            Some(history) => {
                let history = history.clone();
                Trial::test(name, move || {
                    let (old, new, repository) = &*history;
                    let made = repository.get_or_init(|| {
                        make(old, new).map_err(|error| error.message().unwrap_or("").to_owned())
                    });
                    test(new, made.as_ref()?)
                })
            }
            None => trees::missing(name)
                .with_kind("set KFEAT_TEST_TREES to trees of 6.12 and 7.2 to run this"),
        });
    };
    add(
        "a_commit_says_what_its_directory_does",
        Box::new(same_as_directory),
    );
    add("one_commit_from_6_12_to_7_2", Box::new(from_old_to_new));
    add("cover_proposes_all_architectures", Box::new(proposed));
    add("cover_proves_a_sample", Box::new(proven));
    for telling in TELLINGS {
        let name = format!("story::{}", telling.name);
        add(
            &name,
            Box::new(move |_, repository| tell(telling, repository)),
        );
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    // The trials have dropped what they shared, and with it the repository's directory.
    drop(history);
    conclusion.exit();
}

/// The repository with both trees and all stories.
fn make(old: &Tree, new: &Tree) -> Result<Repository, Failed> {
    let repository = Repository::new()?;
    let stages = Stage::all(new);
    assert_eq!(stages.len(), SUBJECTS.len() + 1);
    let mut import = repository.import()?;
    import.tree("6.12", None, old)?;
    import.tree("7.2", Some("6.12"), new)?;
    import.stage(BASE, Some("7.2"), "before there was a symbol", &stages[0])?;
    for telling in TELLINGS {
        for (index, subject) in SUBJECTS.iter().enumerate() {
            let number = index + 1;
            let mut stage = stages[number].clone();
            (telling.edit)(&mut stage, number, &stages);
            let from = (index == 0).then_some(BASE);
            import.stage(telling.name, from, subject, &stage)?;
        }
    }
    import.end()?;
    Ok(repository)
}

/// Runs `check` on a tree, and gives back its exit code and standard output.
fn check(tree: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kfeat"))
        .env("XDG_CACHE_HOME", "/dev/null")
        .arg("-C")
        .arg(tree)
        // A select out of order is a note, and no matter of these stories.
        .args([
            "check",
            "--feature",
            "lazy_mmu",
            "--ignore",
            "unsorted-select",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let code = output.status.code().unwrap_or(-1);
    (code, String::from_utf8(output.stdout).unwrap())
}

fn tell(telling: &Telling, repository: &Repository) -> Result<(), Failed> {
    let range = format!("{BASE}..{}", telling.name);
    let mut arguments = vec!["--range", &range, "--format", "concise"];
    if !telling.says.is_empty() {
        // Those with the layer and one without; the right story is checked on all of them.
        arguments.extend(["--arch", "arm64,powerpc,riscv,sparc,x86"]);
    }
    let (code, text) = check(repository.path(), &arguments);
    let lines: Vec<&str> = text.lines().collect();
    let fits = |(line, words): (&&str, &&[&str])| words.iter().all(|word| line.contains(word));
    let as_told = lines.len() == telling.says.len() && lines.iter().zip(telling.says).all(fits);
    if !as_told || code != i32::from(!telling.says.is_empty()) {
        return Err(format!("exit code {code}, and it says\n{text}").into());
    }
    Ok(())
}

/// The repository has all that `check` needs, or the rest would prove little: a commit and the directory that it was made from
/// give the same bytes. So does the end of the story, which leads back to where it set out from.
fn same_as_directory(new: &Tree, repository: &Repository) -> Result<(), Failed> {
    let directory = check(new.root(), &["--format", "json", "--pedantic"]);
    for revision in ["7.2", "right"] {
        let commit = check(
            repository.path(),
            &["--rev", revision, "--format", "json", "--pedantic"],
        );
        if commit != directory {
            return Err(format!("{revision}: {commit:?}").into());
        }
    }
    let ended = repository
        .git(&["diff", "--exit-code", "--stat", "7.2", "right"])
        .output()?;
    assert!(ended.status.success(), "{ended:?}");
    Ok(())
}

/// The document of `cover` for all commits of the right story.
fn cover(repository: &Repository) -> Result<serde_json::Value, Failed> {
    let output = Command::new(env!("CARGO_BIN_EXE_kfeat"))
        .arg("-C")
        .arg(repository.path())
        .args(["cover", "--format", "json", "--range"])
        .arg(format!("{BASE}..right"))
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let document = serde_json::from_str(&text)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(document)
}

/// A line of a document of `cover`, if a build compiles it: its path, its number, and under which condition.
fn covered(line: &serde_json::Value) -> Option<(&str, u64, &str)> {
    Some((
        line["path"].as_str()?,
        line["line"].as_u64()?,
        line["condition"].as_str()?,
    ))
}

/// To send the layer, one has to build for the four architectures that have it.
fn proposed(_: &Tree, repository: &Repository) -> Result<(), Failed> {
    let document = cover(repository)?;
    let builds = document["builds"].as_array().unwrap();
    for srcarch in ["arm64", "powerpc", "sparc", "x86"] {
        if builds.iter().all(|build| build["srcarch"] != srcarch) {
            return Err(format!("no build for {srcarch}").into());
        }
    }
    let lines = document["lines"].as_array().unwrap();
    let open = lines.iter().find(|line| {
        let outcome = line["outcome"].as_str();
        outcome == Some("dead") || outcome == Some("undecided")
    });
    if let Some(open) = open {
        return Err(format!("not covered: {open}").into());
    }
    Ok(())
}

/// The lines of the generic header and of arm64 are built for arm64 and, as far as they are fallbacks, for riscv, which has no hooks.
fn proven(new: &Tree, repository: &Repository) -> Result<(), Failed> {
    let document = cover(repository)?;
    let lines = document["lines"].as_array().unwrap();
    let out = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_kfeat"));
    command
        .arg("-C")
        .arg(new.root())
        .args([
            "build",
            "--format",
            "json",
            "--arch",
            "arm64,riscv",
            "--out",
        ])
        .arg(out.path());
    let is_sample =
        |path: &str| path == "include/linux/pgtable.h" || path.starts_with("arch/arm64/");
    let mut wanted = 0;
    for (path, line, _) in lines.iter().filter_map(covered) {
        if is_sample(path) {
            command.arg("--cover").arg(format!("{path}:{line}"));
            wanted += 1;
        }
    }
    let output = command.output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let document: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    let builds = document["builds"].as_array().unwrap();
    let proven = |srcarch: &str| {
        let own = builds
            .iter()
            .filter(|build| build["srcarch"] == srcarch && build["status"] == "proven");
        own.map(|build| build["proven"].as_array().unwrap().len())
            .sum::<usize>()
    };
    let (with, without) = (proven("arm64"), proven("riscv"));
    match output.status.success() && with > 0 && without > 0 && with + without >= wanted {
        true => Ok(()),
        false => Err(format!(
            "{wanted} lines, {with} proven on arm64 and {without} on riscv: {text}"
        )
        .into()),
    }
}

fn from_old_to_new(_: &Tree, repository: &Repository) -> Result<(), Failed> {
    let (code, text) = check(repository.path(), &["--range", "6.12..7.2"]);
    // Before there was a symbol three architectures had the marker.
    let end = "\nno new findings, 4 fixed; 4 cells of the matrix changed\n";
    let changed = ["arm64", "powerpc", "sparc", "x86"];
    let shows = |arch: &&str| text.contains(&format!("\n  lazy_mmu  {arch:<7}  no -> yes"));
    if code != 0 || !text.ends_with(end) || !changed.iter().all(shows) {
        return Err(format!("exit code {code}, and it says\n{text}").into());
    }
    Ok(())
}
