//! Everything that the documentation shows is true: each command of README.md, CONTRIBUTING.md and `docs` is run as a reader would
//! type it, each output is compared with what is printed, each file is read by the program that it is for.
//!
//! Every fenced block is a test; one that nothing holds to be true fails. `docs/page.rs` says how a page tells what a block is.
//! `SNAPSHOTS=overwrite cargo test --test docs` takes over outputs that are shown as a whole.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "all of this is a test; clippy only knows functions marked as one. Other tests use the rest of `program` and `build`"
)]

use std::fs;

use libtest_mimic::{Arguments, Failed, Trial};

#[path = "cli/build.rs"]
mod build;
#[path = "docs/elsewhere.rs"]
mod elsewhere;
#[path = "docs/engines.rs"]
mod engines;
#[path = "docs/examples.rs"]
mod examples;
#[path = "docs/exit_codes.rs"]
mod exit_codes;
#[path = "docs/page.rs"]
mod page;
#[path = "cli/program.rs"]
mod program;
#[path = "docs/prose.rs"]
mod prose;
#[path = "docs/results.rs"]
mod results;
#[path = "docs/scratch.rs"]
mod scratch;

use page::{Block, blocks, compare, pages, typed};
use scratch::{Ended, Scratch};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for page in pages() {
        let blocks = blocks(&page);
        for block in &blocks {
            let (block, all) = (block.clone(), blocks.clone());
            let name = format!("{} {}", block.place(), block.language);
            trials.push(Trial::test(name, move || account(&block, &all)));
        }
    }
    trials.extend(examples::trials());
    trials.extend([
        Trial::test("what_runs_elsewhere_does", elsewhere::does),
        Trial::test("docs_exit_codes_is_true", exit_codes::are_true),
        Trial::test("the_action_for_github_checks", engines::github),
        Trial::test("the_template_for_gitlab_checks", engines::gitlab),
        Trial::test("the_hook_for_pre_commit_checks", engines::pre_commit),
        Trial::test("the_installer_checks_the_sum", engines::install),
        Trial::test("a_shallow_clone_is_deepened", engines::deepen),
        Trial::test("the_test_for_nipa_checks_a_patch", engines::nipa),
        Trial::test("docs_audit_has_what_is_found", results::audit),
        Trial::test("docs_whole_tree_has_what_is_found", results::whole_tree),
    ]);
    trials.push(Trial::test(
        "what_is_named_in_passing_exists",
        prose::exists,
    ));
    libtest_mimic::run(&arguments, trials).exit();
}

/// Does what has to be done for a block of a page with these blocks.
fn account(block: &Block, all: &[Block]) -> Result<(), Failed> {
    let said = match (&*block.language, &*block.marks) {
        _ if elsewhere::is_generated(&block.page) && block.marks.is_empty() => Ok(()),
        ("sh", _) => commands(block, all),
        ("console", _) => session(block, all),
        _ if block.mark("verify").is_some() => output(block, all),
        _ if block.mark("files").is_some() => files(block, all),
        _ if block.mark("save").is_some() => saved(block, all),
        _ => Err("nothing says what this block is: see tests/docs/page.rs".to_owned()),
    };
    said.map_err(|said| format!("{}: {said}", block.place()).into())
}

/// A scratch in which the commands of a block can run: with the files of its page, and what the block's comments say done.
fn scratch(block: &Block, all: &[Block], commands: &[String]) -> Result<Scratch, String> {
    let builds = commands.iter().any(|command| needs_a_machine(command));
    let scratch = Scratch::new(builds);
    // The feature of this guide is that of all samples.
    let feature = page::blocks("docs/guide/feature.md");
    for saved in all.iter().chain(&feature) {
        if let Some(file) = saved.mark("save") {
            let file = scratch.home().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, &saved.text).unwrap();
        }
    }
    for first in block.marks("first") {
        let ended = scratch.run(directory(block), first);
        if ended.code != 0 {
            return Err(format!("`{first}` before it: {}{}", ended.out, ended.err));
        }
    }
    Ok(scratch)
}

/// Where commands run.
fn directory(block: &Block) -> &str {
    block.mark("in").unwrap_or("src/linux")
}

/// Whether a command builds, or looks for what does.
fn needs_a_machine(command: &str) -> bool {
    let mut words = command.split_whitespace();
    words.any(|word| ["build", "plan", "doctor", "report"].contains(&word))
}

/// The exit code of a block's command with this number. The last one that is given holds for all that follow.
fn expected(block: &Block, index: usize) -> i32 {
    let codes = block.mark("exits").unwrap_or("0").split(' ');
    let code = codes.take(index + 1).last().unwrap_or("0");
    code.parse().unwrap()
}

/// Runs a command in a directory, and fails unless it ends as expected, without a complaint.
fn ends(scratch: &Scratch, directory: &str, command: &str, expected: i32) -> Result<Ended, String> {
    let ended = scratch.run(directory, command);
    if ended.code != expected {
        let Ended { code, out, err } = ended;
        return Err(format!(
            "`{command}` exits with {code}, not {expected}\n{out}{err}"
        ));
    }
    complains(&ended, command).map_or(Ok(ended), Err)
}

/// Runs a block's command with this number.
fn run(scratch: &Scratch, block: &Block, command: &str, index: usize) -> Result<Ended, String> {
    ends(scratch, directory(block), command, expected(block, index))
}

/// Returns what a command says that did the job, and should not.
fn complains(ended: &Ended, command: &str) -> Option<String> {
    let words = [
        "error:",
        "warning:",
        "fatal:",
        "panicked",
        "command not found",
    ];
    let line = ended
        .err
        .lines()
        .find(|line| words.iter().any(|word| line.contains(word)));
    line.map(|line| format!("`{command}` complains: {line}"))
}

fn commands(block: &Block, all: &[Block]) -> Result<(), String> {
    let commands = typed(&block.text);
    let scratch = scratch(block, all, &commands)?;
    for (index, command) in commands.iter().enumerate() {
        if command.starts_with("benches/") {
            elsewhere::is_a_benchmark(command)?;
        } else if !elsewhere::runs(command) {
            run(&scratch, block, command, index)?;
        }
    }
    Ok(())
}

/// Commands behind `$ `, with what they print below.
fn session(block: &Block, all: &[Block]) -> Result<(), String> {
    if block.mark("verify").is_some() {
        return output(block, all);
    }
    let parts = block.text.split("$ ");
    let parts: Vec<(&str, &str)> = parts
        .skip(1)
        .filter_map(|part| part.split_once('\n'))
        .collect();
    let commands: Vec<String> = parts
        .iter()
        .map(|(command, _)| command.to_string())
        .collect();
    let scratch = scratch(block, all, &commands)?;
    let mut printed = String::new();
    for (index, command) in commands.iter().enumerate() {
        // A terminal shows both streams.
        let ended = run(&scratch, block, &format!("exec 2>&1; {command}"), index)?;
        printed += &format!("$ {command}\n{}", ended.out);
    }
    compare(block, &printed)
}

/// Returns what one command prints.
fn output(block: &Block, all: &[Block]) -> Result<(), String> {
    let command = block.mark("verify").unwrap();
    if command.starts_with("kfeat -C linux-7.2 ") {
        // `tests/real_check.rs` runs all of these.
        return Ok(());
    }
    let scratch = scratch(block, all, &[command.to_owned()])?;
    let ended = run(&scratch, block, command, 0)?;
    compare(block, &ended.out)
}

/// A list of files that a command leaves: a name, or several with `, ` between, and behind two spaces what it is; what is
/// indented lies in the directory above. A name with a digest in it stands for any.
fn files(block: &Block, all: &[Block]) -> Result<(), String> {
    let command = block.mark("files").unwrap();
    let scratch = scratch(block, all, &[command.to_owned()])?;
    run(&scratch, block, command, 0)?;
    let mut above = directory(block).to_owned();
    for line in block.text.lines() {
        let names = line.trim_start().split("  ").next().unwrap_or_default();
        let indented = line.starts_with(' ');
        for name in names.split(", ").filter(|name| *name != "…") {
            let pattern = match name.trim_end_matches('/').rsplit_once('-') {
                Some((stem, _)) if !indented => format!("{stem}-*"),
                _ => name.to_owned(),
            };
            let path = if indented {
                format!("{above}/{pattern}")
            } else {
                pattern.clone()
            };
            let found = scratch.run(".", &format!("ls -d {path}"));
            if found.code != 0 {
                return Err(format!("`{command}` leaves no {name}: {}", found.err));
            }
            if name.ends_with('/') && !indented {
                above = found.out.trim().to_owned();
            }
        }
    }
    Ok(())
}

/// A file that commands of its page take, or that another test hands to the program that it is for. `kfeat.yaml` is taken by
/// whatever checks the tree.
fn saved(block: &Block, all: &[Block]) -> Result<(), String> {
    let path = block.mark("save").unwrap();
    let (directory, file) = path.rsplit_once('/').unwrap_or((".", path));
    if file == "kfeat.yaml" {
        let scratch = scratch(block, all, &[])?;
        let ended = scratch.run(directory, "kfeat check");
        let taken = ended.code == 0 && ended.err.is_empty();
        return if taken {
            Ok(())
        } else {
            Err(ended.out + &ended.err)
        };
    }
    let is_command = |other: &&Block| ["sh", "console"].contains(&&*other.language);
    let used = all
        .iter()
        .filter(is_command)
        .any(|other| other.text.contains(file));
    if used || elsewhere::reads(&block.page, path) {
        return Ok(());
    }
    Err(format!(
        "nothing on this page takes {file}, and no other test reads it"
    ))
}
