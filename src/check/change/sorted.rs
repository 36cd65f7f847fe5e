//! Owns whether the selects that a change adds stand in order among their neighbours.
//!
//! Long lists of selects are sorted in parts: where an architecture keeps those that begin with `ARCH_HAS_` in order, a new one has
//! its place among them, whatever the rest of the list looks like. So a line is only held against lines with the same prefix.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::lints;
use crate::diag::{Diagnostic, Label, Level, Lines, Location};

/// Minimum number of consecutive lines with the same prefix that count as a list.
const MIN_BLOCK: usize = 3;

/// A `select` in a list.
struct Line<'a> {
    target: &'a str,
    location: Location,
    is_added: bool,
}

/// The selects among the added lines, counted from 1, that are out of order. One that `old` has too only got another condition where
/// it stands.
pub(in crate::check) fn unsorted(
    path: &Arc<str>,
    old: &str,
    text: &str,
    added: &BTreeSet<u32>,
) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let known: BTreeSet<&str> = old.lines().filter_map(target).collect();
    for list in lists(path, text, added) {
        let is_new = |line: &Line<'_>| line.is_added && !known.contains(line.target);
        for (index, line) in list.iter().enumerate().filter(|(_, line)| is_new(line)) {
            let Some(prefix) = prefix(line.target, &list) else {
                continue;
            };
            let is_sibling =
                |other: &&Line<'_>| !other.is_added && other.target.starts_with(prefix);
            let before = list[..index].iter().rev().find(|other| !other.is_added);
            let after = list[index + 1..].iter().find(|other| !other.is_added);
            let (before, after) = (before.filter(is_sibling), after.filter(is_sibling));
            let is_above = before.is_some_and(|before| before.target > line.target);
            let is_below = after.is_some_and(|after| after.target < line.target);
            // Neighbours that are out of order themselves, or too few to show one, say nothing about a line among them.
            let around = || {
                let above = list[..index].iter().rev().filter(|other| !other.is_added);
                let below = list[index + 1..].iter().filter(|other| !other.is_added);
                let above: Vec<&Line<'_>> = above.take_while(is_sibling).collect();
                let above = above.into_iter().rev();
                above.chain(below.take_while(is_sibling))
            };
            let is_sorted = match (before, after) {
                (None, None) => has_block(&list, prefix),
                _ => around().count() >= MIN_BLOCK && around().is_sorted_by_key(|line| line.target),
            };
            let is_elsewhere = before.is_none() && after.is_none();
            if !is_sorted || !(is_above || is_below || is_elsewhere) {
                continue;
            }
            if let Some(finding) = finding(line, &list, prefix) {
                findings.push(finding);
            }
        }
    }
    findings
}

/// The lists of a file: selects on lines next to each other.
fn lists<'a>(path: &Arc<str>, text: &'a str, added: &BTreeSet<u32>) -> Vec<Vec<Line<'a>>> {
    let mut lists: Vec<Vec<Line<'a>>> = vec![Vec::new()];
    let places = Lines::new(text.as_bytes());
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let words = line.trim();
        match target(line) {
            Some(target) => {
                let number = index as u32 + 1;
                let from = start + line.len() - line.trim_start().len();
                let end = (from + words.len()) as u32;
                let location = places.location(path.clone(), from as u32, end);
                let line = Line {
                    target,

                    location,
                    is_added: added.contains(&number),
                };
                if let Some(list) = lists.last_mut() {
                    list.push(line);
                }
            }
            None => lists.push(Vec::new()),
        }
        start += line.len();
    }
    lists.retain(|list| list.iter().any(|line| line.is_added));
    lists
}

/// The symbol that a line selects.
fn target(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("select")?;
    let rest = rest.starts_with([' ', '\t']).then_some(rest)?;
    rest.split_whitespace().next()
}

/// The longest beginning of a name, up to a `_` in it, that other lines of the list share.
fn prefix<'a>(target: &'a str, list: &[Line<'_>]) -> Option<&'a str> {
    let ends = target.match_indices('_').map(|(at, _)| at + 1);
    let mut ends: Vec<usize> = ends.take(2).collect();
    ends.reverse();
    ends.into_iter()
        .filter_map(|end| target.get(..end))
        .find(|prefix| {
            list.iter()
                .filter(|line| !line.is_added && line.target.starts_with(prefix))
                .count()
                >= 2
        })
}

/// Whether several lines with the prefix stand in a row, and in order.
fn has_block(list: &[Line<'_>], prefix: &str) -> bool {
    let known: Vec<&Line<'_>> = list.iter().filter(|line| !line.is_added).collect();
    known
        .chunk_by(|a, b| {
            a.target.starts_with(prefix) && b.target.starts_with(prefix) && a.target <= b.target
        })
        .any(|block| block.len() >= MIN_BLOCK && block[0].target.starts_with(prefix))
}

fn finding(line: &Line<'_>, list: &[Line<'_>], prefix: &str) -> Option<Diagnostic> {
    let mut siblings = list
        .iter()
        .filter(|other| !other.is_added && other.target.starts_with(prefix));
    let next = siblings.clone().find(|other| other.target > line.target);
    let (place, side) = match next {
        Some(next) => (next, "before"),
        None => (siblings.next_back()?, "after"),
    };
    let lint = &lints::unsorted_select::LINT;
    let headline = format!("`select {}` is out of order", line.target);
    let primary = Label::new(line.location.clone(), "added here");
    let mut finding = Diagnostic::new(lint.name, Level::Note, headline, primary)
        .with_secondary(Label::new(
            place.location.clone(),
            format!("it belongs {side} this line"),
        ))
        .with_help(format!("move it {side} `select {}`", place.target));
    finding.symbol = Some(line.target.to_owned());
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(targets: &[&str], added: u32) -> Vec<String> {
        let text: String = targets
            .iter()
            .map(|target| format!("\tselect {target}\n"))
            .collect();
        let lines = text.split_inclusive('\n').enumerate();
        let old: String = lines
            .filter(|(index, _)| *index as u32 + 1 != added)
            .map(|(_, line)| line)
            .collect();
        let added = BTreeSet::from([added]);
        let found = unsorted(&Arc::from("Kconfig"), &old, &text, &added);
        found
            .into_iter()
            .filter_map(|finding| finding.help)
            .collect()
    }

    #[test]
    fn a_line_is_held_against_its_neighbours_with_the_same_prefix() {
        let list = [
            "ZONE if X",
            "ARCH_HAS_B",
            "ARCH_HAS_D",
            "ARCH_HAS_F",
            "ARCH_USE_A",
            "AAA",
        ];
        let with = |at: usize, name: &'static str| {
            let mut list = list.to_vec();
            list.insert(at, name);
            found(&list, at as u32 + 1)
        };
        assert_eq!(with(2, "ARCH_HAS_C"), [""; 0]);
        assert_eq!(
            with(3, "ARCH_HAS_C"),
            ["move it before `select ARCH_HAS_D`"]
        );
        assert_eq!(with(2, "ARCH_HAS_Z"), ["move it after `select ARCH_HAS_F`"]);
        assert_eq!(with(4, "ARCH_HAS_Z if MMU"), [""; 0]);
        assert_eq!(
            with(6, "ARCH_HAS_C"),
            ["move it before `select ARCH_HAS_D`"]
        );
        // Nobody else has its prefix.
        assert_eq!(with(2, "HAVE_C"), [""; 0]);
        // Two in order may be so by chance.
        assert_eq!(found(&["ARCH_B", "ARCH_A", "ARCH_C"], 2), [""; 0]);
        // A line that only got another condition stays where it is.
        let text = "\tselect ARCH_A\n\tselect ARCH_C\n\tselect ARCH_B if X\n\tselect ARCH_D\n";
        let old = text.replace(" if X", "");
        let added = BTreeSet::from([3]);
        let of_old = |old: &str| unsorted(&Arc::from("Kconfig"), old, text, &added).len();
        assert_eq!((of_old(&old), of_old("")), (0, 1));
        // Neighbours that are not sorted say nothing.
        assert_eq!(found(&["ARCH_B", "ARCH_Z", "ARCH_C", "ARCH_A"], 3), [""; 0]);
    }
}
