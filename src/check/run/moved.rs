//! Owns which findings of two neighbouring trees are one although another file has the line, or another symbol: a commit that moves or
//! renames what was wrong before brings nothing new.
//!
//! It goes by the lines that the findings are at, and must not know what the lints look for.

use crate::check::reported::Reported;
use crate::cpp::lex::whole_words;
use crate::feature::spec::TABLE_FILE;
use crate::tree::Tree;

/// Whether a finding that ends with the first tree is the one that begins with the second: of the same lint, at the same line.
pub(super) fn is_same(old: (&Tree, &Reported), new: (&Tree, &Reported)) -> bool {
    let (of_old, of_new) = (&old.1.primary.location, &new.1.primary.location);
    let Some((before, after)) = line(old).zip(line(new)) else {
        return false;
    };
    if old.1.lint != new.1.lint {
        return false;
    }
    if of_old.path == of_new.path {
        let symbols = old.1.symbol.as_deref().zip(new.1.symbol.as_deref());
        return symbols.is_some_and(|(from, to)| {
            from != to
                && renamed(&before, from, to) == after
                && renamed(&old.1.headline, from, to) == new.1.headline
                && is_renamed((old.0, new.0), &of_old.path, from, to)
        });
    }
    if of_old.path.ends_with(TABLE_FILE) && of_new.path.ends_with(TABLE_FILE) {
        // The name of the feature in the headline comes from the directory.
        return before == after && !new.0.is_file(&of_old.path) && !old.0.is_file(&of_new.path);
    }
    let count = |tree: &Tree, path: &str| {
        let text = tree.read_text(path).unwrap_or_default();
        text.lines().filter(|line| line.trim() == before).count()
    };
    before == after
        && old.1.headline == new.1.headline
        && old.1.symbol == new.1.symbol
        && count(old.0, &of_old.path) > count(new.0, &of_old.path)
        && count(old.0, &of_new.path) < count(new.0, &of_new.path)
}

/// The line of a finding, without the white space around it; `None` where it is about a file as a whole.
fn line((tree, finding): (&Tree, &Reported)) -> Option<String> {
    let at = &finding.primary.location;
    let text = tree.read_text(&at.path).ok().filter(|_| at.end > 0)?;
    let line = text.lines().nth((at.line as usize).checked_sub(1)?)?;
    Some(line.trim().to_owned())
}

/// A text with one word in the place of another.
fn renamed(text: &str, from: &str, to: &str) -> String {
    let (mut changed, mut start) = (String::new(), 0);
    for at in whole_words(text, from) {
        changed.push_str(&text[start..at]);
        changed.push_str(to);
        start = at + from.len();
    }
    changed + &text[start..]
}

/// Whether a file declares one symbol in the first tree and another in its place in the second.
fn is_renamed((old, new): (&Tree, &Tree), path: &str, from: &str, to: &str) -> bool {
    let declares = |tree: &Tree, name: &str| {
        let text = tree.read_text(path).unwrap_or_default();
        text.lines().any(|line| {
            let mut words = line.split_whitespace();
            matches!(words.next(), Some("config" | "menuconfig")) && words.next() == Some(name)
        })
    };
    declares(old, from) && !declares(old, to) && declares(new, to) && !declares(new, from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Diagnostic, Label, Level, Location};

    /// Whether the findings at the line with `bad` of two trees of files are one.
    fn is_one(old: (&str, &str, &str), new: (&str, &str, &str), files: &[(&str, &str)]) -> bool {
        let tree = |(path, text, _): (&str, &str, &str)| {
            let directory = tempfile::tempdir().unwrap();
            let always = [("Kconfig", ""), ("Makefile", ""), ("arch/one/Kconfig", "")];
            let files = files.iter().copied().chain([(path, text)]);
            for (path, text) in always.into_iter().chain(files) {
                let path = directory.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            let tree = Tree::open(directory.path()).unwrap();
            (directory, tree)
        };
        let finding = |(path, text, symbol): (&str, &str, &str)| {
            let start = text.find("bad").unwrap() as u32;
            let place = Location::in_text(path.into(), text.as_bytes(), start, start + 3);
            let headline = format!("`{symbol}` is bad");
            let mut finding = Diagnostic::new("lint", Level::Warn, headline, Label::new(place, ""));
            finding.symbol = (symbol != "it").then(|| symbol.to_owned());
            Reported::all(vec![finding]).remove(0)
        };
        let ((_a, before), (_b, after)) = (tree(old), tree(new));
        is_same((&before, &finding(old)), (&after, &finding(new)))
    }

    #[test]
    fn a_renamed_symbol_keeps_its_finding() {
        let of = |name: &str| format!("config {name}\n\tint \"a\"\n\tdefault bad\n");
        let (a, b) = (of("A"), of("B"));
        assert!(is_one(("k", &a, "A"), ("k", &b, "B"), &[]));
        // The other one was there already, is still there, or reads otherwise.
        let both = format!("{b}config A\n\tbool\n");
        assert!(!is_one(("k", &a, "A"), ("k", &both, "B"), &[]));
        assert!(!is_one(("k", &both, "A"), ("k", &b, "B"), &[]));
        let other = b.replace("default bad", "default bad if C");
        assert!(!is_one(("k", &a, "A"), ("k", &other, "B"), &[]));
        // A name that nothing declares is another mistake.
        let select = |name: &str| format!("config C\n\tselect {name} # bad\n");
        let (a, b) = (select("A"), select("B"));
        assert!(!is_one(("k", &a, "A"), ("k", &b, "B"), &[]));
    }

    #[test]
    fn a_line_that_moves_keeps_its_finding() {
        let text = "config A\n\tdepends on: bad\n";
        assert!(is_one(
            ("k", text, "it"),
            ("l", text, "it"),
            &[("k", "#\n"), ("l", "#\n")]
        ));
        // It is one more.
        assert!(!is_one(
            ("k", text, "it"),
            ("l", text, "it"),
            &[("k", text), ("l", "#\n")]
        ));
        let other = "config A\n\tdepends on: bad || C\n";
        assert!(!is_one(
            ("k", text, "it"),
            ("l", other, "it"),
            &[("k", "#\n"), ("l", "#\n")]
        ));
    }

    #[test]
    fn a_table_that_moves_keeps_its_findings() {
        let row = "| one: | TODO | bad\n";
        let (x, y) = ("vm/x/arch-support.txt", "vm/y/arch-support.txt");
        assert!(is_one((x, row, "it"), (y, row, "it"), &[]));
        assert!(!is_one((x, row, "it"), (y, row, "it"), &[(x, row)]));
        assert!(!is_one((x, row, "it"), (y, row, "it"), &[(y, row)]));
        let other = "| one: | ok | bad\n";
        assert!(!is_one((x, row, "it"), (y, other, "it"), &[]));
    }
}
