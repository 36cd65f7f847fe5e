//! The pages of `docs/`: all of them are in the summary, and their links lead somewhere. What they show is `tests/docs.rs`'s.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::package;

/// Every page, with its path below the package.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![package("README.md"), package("CONTRIBUTING.md")];
    let mut pending = vec![package("docs")];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

/// The targets of the links in a page that lead to files.
fn links(page: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(page).unwrap();
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let files = targets.map(|target| target.split('#').next().unwrap_or_default());
    files
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.contains(' '))
        .map(|target| page.parent().unwrap().join(target))
        .collect()
}

/// Upper bound on the lines of a page that is about a task.
const TWO_SCREENS: usize = 104;

/// The anchors of the headings in a page, as mdBook and GitHub make them.
fn anchors(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let mut fenced = false;
    let mut anchors = Vec::new();
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        let title = line.trim_start_matches('#');
        if !fenced && title.len() < line.len() && title.starts_with(' ') {
            let kept = title.trim().to_lowercase();
            let kept = kept.chars().filter_map(|letter| match letter {
                ' ' => Some('-'),
                _ => (letter.is_alphanumeric() || "-_".contains(letter)).then_some(letter),
            });
            anchors.push(kept.collect());
        }
    }
    anchors
}

#[test]
fn every_anchor_exists() {
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let targets = text.split("](").skip(1);
        for target in targets.filter_map(|rest| rest.split(')').next()) {
            let Some((file, anchor)) = target.split_once('#') else {
                continue;
            };
            if target.contains("://") || target.contains(' ') || file.ends_with(".html") {
                continue;
            }
            let of = match file {
                "" => page.clone(),
                _ => page.parent().unwrap().join(file),
            };
            let known = anchors(&of);
            let shown = page.display();
            assert!(
                known.iter().any(|known| known == anchor),
                "{shown}: {target}"
            );
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}

/// The page about editors lists their settings, and is as long as they are many.
#[test]
fn a_task_takes_two_screens() {
    for page in pages() {
        let is_task = page.parent().unwrap().ends_with("docs/guide");
        if is_task && !page.ends_with("editors.md") {
            let lines = fs::read_to_string(&page).unwrap().lines().count();
            assert!(lines <= TWO_SCREENS, "{}: {lines}", page.display());
        }
    }
}

#[test]
fn every_link_leads_somewhere_and_the_summary_has_every_page() {
    let docs = package("docs").canonicalize().unwrap();
    for page in pages() {
        for target in links(&page) {
            assert!(target.exists(), "{}: {}", page.display(), target.display());
            // The book has nothing but what is in its directory.
            let stays = target.canonicalize().unwrap().starts_with(&docs);
            assert!(
                stays || !page.starts_with(package("docs")),
                "{}: {} is not in the book",
                page.display(),
                target.display()
            );
        }
    }
    let summary = package("docs/SUMMARY.md");
    let listed: Vec<PathBuf> = links(&summary);
    for page in pages() {
        let is_in_the_book = page.starts_with(package("docs")) && page != summary;
        assert!(
            !is_in_the_book || listed.contains(&page),
            "{}",
            page.display()
        );
    }
}
