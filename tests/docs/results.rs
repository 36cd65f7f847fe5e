//! The pages about what is found in whole releases say what the lists of findings have, which tests on real trees keep true.

use std::collections::BTreeSet;

use libtest_mimic::Failed;

use crate::page::read;

/// The releases, as titles of the pages, and the versions that the lists are of.
const RELEASES: [(&str, &str); 3] = [("7.2", "7.2.13"), ("6.12", "6.12.117"), ("6.1", "6.1.192")];

/// The part of a page below a title.
fn section<'a>(page: &'a str, title: &str) -> Result<&'a str, String> {
    let title = format!("\n## {title}\n");
    let rest = page.split(&title).nth(1);
    let rest = rest.ok_or_else(|| format!("there is no section{title}"))?;
    Ok(rest.split("\n## ").next().unwrap_or(rest))
}

/// Returns what stands between backticks in a text.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the tables of a section.
fn rows(section: &str) -> impl Iterator<Item = Vec<&str>> {
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split(" | ").collect())
}

/// `docs/audit.md` has a row for each table and architecture with a finding, and for no other table.
pub fn audit() -> Result<(), Failed> {
    let page = read("docs/audit.md");
    for (release, version) in RELEASES {
        let section = section(&page, release)?;
        let list = read(&format!("tests/real_audit/{version}.txt"));
        let findings = list.lines().filter_map(|line| {
            let (table, said) = line
                .strip_prefix("Documentation/features/")?
                .split_once("/arch-support.txt:")?;
            (!said.contains(" table-rows: ")).then_some((table, said))
        });
        let mut tables = BTreeSet::new();
        for (table, said) in findings {
            tables.insert(table);
            let arch = said
                .split(" for `")
                .nth(1)
                .and_then(|rest| rest.split('`').next());
            let shown = rows(section).any(|row| {
                let of_arch = arch.is_none_or(|arch| code(row[1]).any(|word| word == arch));
                row[0].trim_end_matches('`') == table && of_arch
            });
            if !shown {
                return Err(
                    format!("docs/audit.md, {release}, has no row for {table}: {said}").into(),
                );
            }
        }
        for row in rows(section) {
            let table = row[0].trim_end_matches('`');
            if !tables.contains(table) {
                return Err(
                    format!("docs/audit.md, {release}: nothing is found in {table}").into(),
                );
            }
        }
    }
    Ok(())
}

/// `docs/whole-tree.md` has each name that a finding is about, and says how many there are.
pub fn whole_tree() -> Result<(), Failed> {
    let page = read("docs/whole-tree.md");
    for (release, version) in RELEASES {
        let section = section(&page, release)?;
        let list = read(&format!("tests/real_check/whole-{version}.txt"));
        let names: BTreeSet<&str> = list.lines().filter_map(|line| code(line).next()).collect();
        let (findings, of_names) = (list.lines().count(), names.len());
        let words: String = section.split_whitespace().collect::<Vec<_>>().join(" ");
        let counted = [
            format!("{findings} findings about {of_names} names"),
            format!("{findings} about {of_names} names"),
        ];
        if !counted.iter().any(|counted| words.contains(counted)) {
            return Err(format!(
                "docs/whole-tree.md, {release}, does not say: {}",
                counted[0]
            )
            .into());
        }
        let is = |shown: &str, name: &str| match shown.strip_prefix('…') {
            Some(end) => name.ends_with(end),
            None => shown == name,
        };
        let missing = names
            .iter()
            .find(|name| !code(&page).any(|shown| is(shown, name)));
        if let Some(name) = missing {
            return Err(format!("docs/whole-tree.md has no {name}").into());
        }
        for row in rows(section) {
            let first = format!("`{}", row[0]);
            let other = code(&first).find(|shown| !names.iter().any(|name| is(shown, name)));
            if let Some(other) = other {
                return Err(
                    format!("docs/whole-tree.md, {release}: nothing is about {other}").into(),
                );
            }
        }
    }
    Ok(())
}
