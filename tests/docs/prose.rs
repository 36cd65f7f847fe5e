//! Commands, options and files of this repository that the text of a page names in passing: all of them exist.

use libtest_mimic::Failed;

use crate::elsewhere::is_a_benchmark;
use crate::page::{pages, read};
use crate::program::package;

/// Options of other programs that stand without their program, each with it.
const OF_OTHERS: &[(&str, &str)] = &[
    ("--offline", "cargo"),
    ("--show-types", "checkpatch.pl"),
    ("--feat", "get_feat.py"),
    ("--from-ref", "pre-commit"),
    ("--to-ref", "pre-commit"),
    ("-D", "cpp"),
    ("-I", "cpp"),
    ("-Werror", "gcc"),
];

/// How paths of files in this repository begin.
const OWN: &[&str] = &[
    ".ci/",
    "benches/",
    "ci/",
    "contrib/",
    "docs/",
    "examples/",
    "features/",
    "fixtures/",
    "packaging/",
    "src/",
    "templates/",
    "tests/",
];

/// Every name between backticks of every page.
pub fn exists() -> Result<(), Failed> {
    let reference = read("docs/cli.md");
    let mut commands = 0;
    for page in pages() {
        for (line, span) in spans(&read(&page)) {
            let said = if let Some(command) = span.strip_prefix("kfeat ") {
                commands += 1;
                command_exists(command, &reference)
            } else if OWN.iter().any(|start| span.starts_with(start)) {
                file_exists(&span)
            } else if span.starts_with('-') {
                options_exist(&span, &reference)
            } else {
                Ok(())
            };
            said.map_err(|said| format!("{page}:{line}: `{span}`: {said}"))?;
        }
    }
    assert!(commands > 100, "{commands}");
    Ok(())
}

/// Returns what stands between backticks outside of fenced blocks, each with its line.
fn spans(page: &str) -> Vec<(usize, String)> {
    let mut spans = Vec::new();
    let mut fenced = false;
    for (index, line) in page.lines().enumerate() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let code = line.split('`').skip(1).step_by(2);
            spans.extend(code.map(|code| (index + 1, code.to_owned())));
        }
    }
    spans
}

/// Whether a file of this repository is there. A benchmark may have arguments.
fn file_exists(span: &str) -> Result<(), String> {
    if span.starts_with("benches/") {
        return is_a_benchmark(span);
    }
    let exists = package(span).exists();
    if exists {
        Ok(())
    } else {
        Err("there is no such file".to_owned())
    }
}

/// Whether the page of commands has this one, with the options that it is shown with.
fn command_exists(command: &str, reference: &str) -> Result<(), String> {
    let command = command.split(['|', '>']).next().unwrap_or(command);
    let mut words = command.split_whitespace().peekable();
    // The tree may be named before the command.
    if words
        .next_if(|word| ["-C", "--tree"].contains(word))
        .is_some()
    {
        words.next();
    }
    let name = words.next().unwrap_or_default();
    if name.starts_with('-') {
        return options_exist(command, reference);
    }
    // It has no section of its own: it prints those of the others.
    if name == "help" {
        return Ok(());
    }
    // The commands below it count, too: `kfeat report merge --format json`.
    let (title, below) = (format!("kfeat {name}`"), format!("kfeat {name} "));
    let sections = reference.split("\n## `");
    let of_command = sections.filter(|text| text.starts_with(&title) || text.starts_with(&below));
    let help: String = of_command.collect();
    if help.is_empty() {
        return Err("there is no such command".to_owned());
    }
    options_exist(command, &help)
}

/// Whether a text of help has all options that a command line has, up to those of another program.
fn options_exist(words: &str, help: &str) -> Result<(), String> {
    let words = words.split([' ', '=', '[', ']', ',', '|', '…']);
    for option in words.take_while(|word| *word != "--") {
        let is_option = option.starts_with('-') && option.len() > 1;
        let of_other = OF_OTHERS.iter().any(|(of, _)| *of == option);
        let is_known = |help: &str| {
            help.split([' ', '\n', '`', ',', '='])
                .any(|word| word == option)
        };
        if is_option && !of_other && !is_known(help) {
            return Err(format!("there is no {option}"));
        }
    }
    Ok(())
}
