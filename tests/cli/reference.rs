//! `--help` of every command, and what is made from it: the pages `docs/cli.md`, `docs/lints.md` and those of each lint, manual pages and completions.
//!
//! `SNAPSHOTS=overwrite cargo test` writes the pages anew.

use super::program::fixture::{Case, cases};
use super::program::{Copy, kfeat, on, package};
use kfeat::check::lints;

/// The commands that a text of help lists below `Commands:`.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .map(str::to_owned)
        .collect()
}

/// Every command with its help, commands below others included.
fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut pending = vec![Vec::new()];
    while let Some(path) = pending.pop() {
        let mut arguments = path.clone();
        arguments.push("--help".to_owned());
        let help = kfeat(&arguments).exits(0).out;
        for name in commands(&help).into_iter().rev() {
            let mut deeper = path.clone();
            deeper.push(name);
            pending.push(deeper);
        }
        pages.push((
            ["kfeat".to_owned()]
                .into_iter()
                .chain(path)
                .collect::<Vec<_>>()
                .join(" "),
            help,
        ));
    }
    pages
}

/// Fails unless the page says just this; writes it where that is asked for.
fn snapshot(path: &str, text: &str) {
    let file = package(path);
    if std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite") {
        std::fs::write(&file, text).unwrap();
    }
    let page = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        page == text,
        "{path} is out of date: SNAPSHOTS=overwrite cargo test --test cli writes it anew"
    );
}

#[test]
fn every_help_has_an_example() {
    let pages = pages();
    assert!(pages.len() >= 9, "{}", pages.len());
    for (name, help) in pages {
        assert!(help.contains("Examples:\n  kfeat "), "{name}:\n{help}");
        let example = format!("  {name}");
        assert!(help.contains(&example), "{name} is in none of its examples");
    }
}

#[test]
fn the_page_of_commands_is_up_to_date() {
    let mut page =
        "# Commands\n\nThis page is generated from the `--help` of each command, and a test keeps it up to date.\n"
            .to_owned();
    for (name, help) in pages() {
        let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
        page.push_str(&format!(
            "\n## `{name}`\n\n```text\n{}\n```\n",
            lines.join("\n")
        ));
    }
    snapshot("docs/cli.md", &page);
}

/// The name, group, level and summary of every lint.
fn listed() -> Vec<[String; 4]> {
    let list = kfeat(["lint", "list"]).exits(0).out;
    let lines = list.lines().map(|line| {
        let (name, rest) = line.split_once(' ').unwrap();
        let (group, rest) = rest.trim_start().split_once(' ').unwrap();
        let (level, summary) = rest.trim_start().split_once(' ').unwrap();
        [name, group, level, summary.trim_start()].map(str::to_owned)
    });
    lines.collect()
}

#[test]
fn the_list_of_lints_is_up_to_date() {
    let mut page = "# Lints\n\n\
        Each finding shows the name of its lint in brackets. `kfeat lint explain NAME` prints the page of a lint. The pages are\n\
        generated from the program, and a test keeps them up to date.\n\n\
        Findings of level `error` make `kfeat check` exit with 1. A lint of level `allow` is off by default. `kfeat audit` reports\n\
        the lints of the group `table`. The lints of the groups `feature` and `table` are about features; those of the other\n\
        groups need none.\n\n\
        | lint | group | level | what it finds |\n|---|---|---|---|\n"
        .to_owned();
    for [name, group, level, summary] in listed() {
        page.push_str(&format!(
            "| [`{name}`](lints/{name}.md) | {group} | {level} | {summary} |\n"
        ));
    }
    snapshot("docs/lints.md", &page);
    let summary = std::fs::read_to_string(package("docs/SUMMARY.md")).unwrap();
    for [name, ..] in listed() {
        let line = format!("\n  - [{name}](lints/{name}.md)\n");
        assert!(summary.contains(&line), "SUMMARY.md lacks {line}");
    }
}

/// Each page has what the program says of the lint, and the first finding that it reports in its first case.
#[test]
fn the_pages_of_lints_are_up_to_date() {
    let cases = cases();
    for [name, ..] in listed() {
        let mut page = kfeat(["lint", "explain", &name, "--format", "md"])
            .exits(0)
            .out;
        let mut of_lint = cases.iter().filter(|case| case.lint == name);
        // Without a baseline, `check` reports no unused entries.
        let case = of_lint.find(|case| !case.is_near_miss());
        if let Some(shown) = case.and_then(example) {
            page.push_str(&format!(
                "\n## Report\n\nOn the small tree of the tests, in the first case of `fixtures/lints/{name}.md`:\n\n```text\n{shown}\n```\n"
            ));
        }
        snapshot(&format!("docs/lints/{name}.md"), &page);
    }
    let pages = std::fs::read_dir(package("docs/lints")).unwrap();
    assert_eq!(
        pages.count(),
        listed().len(),
        "docs/lints has pages of lints that are gone"
    );
}

/// The first finding of a lint in a case, as people see it.
fn example(case: &Case) -> Option<String> {
    let tree = Copy::variant(&case.name);
    let lint = &case.lint;
    let is_about_tables = lints::find(lint)?.is_about_tables();
    let command: &[&str] = if is_about_tables {
        &["audit"]
    } else {
        &["check", "--pedantic"]
    };
    let out = on(tree.path(), command).run().out;
    let words = format!("[{lint}]");
    let mut blocks = out.split("\n\n");
    let shown = blocks.find(|block| {
        block
            .lines()
            .next()
            .is_some_and(|line| line.contains(&words))
    })?;
    let lines: Vec<&str> = shown
        .trim_matches('\n')
        .lines()
        .map(str::trim_end)
        .collect();
    Some(lines.join("\n"))
}

/// Handles what people read fits into their terminal, and has no marks of Markdown but those that say what is a name.
#[test]
fn every_lint_is_explained_in_lines() {
    for [name, group, level, summary] in listed() {
        let text = kfeat(["lint", "explain", &name]).exits(0).out;
        assert!(
            text.starts_with(&format!(
                "{name} ({level}, group {group}): {summary}\n\nWhat it does:\n"
            )),
            "{text}"
        );
        // The example is a piece of a file.
        let (before, rest) = text.split_once("\nExample:\n").unwrap();
        let (example, after) = rest.split_once("\nFix:\n").unwrap();
        assert!(example.lines().all(|line| line.starts_with("    ")));
        for line in before.lines().skip(1).chain(after.lines()) {
            assert!(line.chars().count() <= 100, "{name}: {line}");
            assert!(!line.starts_with([' ', '#', '-', '|']), "{name}: {line}");
        }
        assert_eq!(
            (before.matches('`').count() + after.matches('`').count()) % 2,
            0,
            "{name}: {text}"
        );
        assert!(text.trim_end().ends_with('.'), "{name}: {text}");
    }
    kfeat(["lint", "explain", "no-such-lint"]).refuses(&["no-such-lint", "kfeat lint list"]);
}

#[test]
fn completions_and_manual_pages_are_written() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = kfeat(["completions", shell]).exits(0).out;
        assert!(script.contains("explain"), "{shell}");
    }
    kfeat(["completions", "nosh"]).refuses(&["nosh"]);
    let page = kfeat(["man"]).exits(0).out;
    assert!(page.contains(".TH kfeat 1"), "{page}");
    let directory = tempfile::tempdir().unwrap();
    kfeat(["man".as_ref(), directory.path().as_os_str()]).exits(0);
    for name in [
        "kfeat.1",
        "kfeat-check.1",
        "kfeat-emit.1",
        "kfeat-explain.1",
    ] {
        assert!(directory.path().join(name).is_file(), "{name}");
    }
}

/// `kfeat help COMMAND` is what `kfeat COMMAND --help` is.
#[test]
fn help_is_a_command() {
    for command in ["check", "matrix", "lint"] {
        let (help, option) = (kfeat(["help", command]), kfeat([command, "--help"]));
        assert_eq!(help.exits(0).out, option.exits(0).out, "{command}");
    }
    assert_eq!(kfeat(["help"]).exits(0).out, kfeat(["--help"]).exits(0).out);
    kfeat(["help", "chekc"]).refuses(&["chekc"]);
    kfeat(["chekc"]).refuses(&["chekc", "check"]);
    kfeat(["check", "--fromat", "json"]).refuses(&["--fromat", "--format"]);
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = kfeat(["--version"]).exits(0).out;
    // A build that knows its commit names it in brackets.
    let package = format!("kfeat {}", env!("CARGO_PKG_VERSION"));
    let rest = version.strip_prefix(&package).unwrap();
    assert!(
        rest == "\n" || rest.starts_with(" (") && rest.ends_with(")\n"),
        "{version}"
    );
    kfeat(["check", "--nonsense"]).refuses(&["--nonsense"]);
}
