//! `--help` of every command, and what is made from it: the pages `docs/cli.md` and `docs/lints.md`, manual pages and completions.
//!
//! `SNAPSHOTS=overwrite cargo test` writes the two pages anew.

use super::program::{kfeat, package};

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
        "# Commands\n\nThis page is made from `--help` of each command; a test keeps it so.\n"
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

#[test]
fn the_page_of_lints_is_up_to_date() {
    let mut page = "# Lints\n\n\
        What can be wrong with a tree. The name of a lint stands in brackets at each finding; `kfeat lint explain NAME` shows the\n\
        same text. This page is made from the program; a test keeps it so.\n\n\
        Findings of level `error` make `kfeat check` exit with 1. The first five come up while Kconfig is read, whatever the\n\
        feature.\n"
        .to_owned();
    for line in kfeat(["lint", "list"]).exits(0).out.lines() {
        let name = line.split(' ').next().unwrap();
        let text = kfeat(["lint", "explain", name]).exits(0).out;
        let (head, explanation) = text.split_once("\n\n").unwrap();
        let (level, summary) = head
            .strip_prefix(&format!("{name} ("))
            .and_then(|rest| rest.split_once("): "))
            .unwrap();
        page.push_str(&format!(
            "\n## `{name}`\n\nLevel `{level}`: {summary}.\n\n{}",
            explanation
        ));
    }
    snapshot("docs/lints.md", &page);
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

#[test]
fn the_version_is_that_of_the_package() {
    let version = kfeat(["--version"]).exits(0).out;
    assert_eq!(version, format!("kfeat {}\n", env!("CARGO_PKG_VERSION")));
    kfeat::<&str>([]).exits(2);
    kfeat(["check", "--nonsense"]).refuses(&["--nonsense"]);
}
