//! A tree that a change is made in, and the ways to change it. Nothing of the kernel's text is kept here but names.

use kfeat::check::support::verdict::Supported;
use kfeat::check::table::{self, rows};
use kfeat::feature::builtin;
use kfeat::tree::Tree;

/// A tree with changes on top, in memory.
pub struct Work {
    pub tree: Tree,
}

impl Work {
    pub fn text(&self, path: &str) -> String {
        self.tree.read_text(path).unwrap()
    }

    /// Writes a file.
    pub fn write(&mut self, path: &str, text: &str) {
        self.tree
            .overlay(path, Some(text.as_bytes().to_vec()))
            .unwrap();
    }

    /// Replaces the first `from`; it has to be there.
    pub fn replace(&mut self, path: &str, from: &str, to: &str) {
        let text = self.text(path);
        assert!(text.contains(from), "{path} has no `{from}`");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// Adds lines at the end.
    pub fn append(&mut self, path: &str, lines: &str) {
        let text = self.text(path);
        self.write(path, &(text + lines));
    }

    /// Puts lines before the first line with a text in it.
    pub fn before(&mut self, path: &str, part: &str, lines: &str) {
        let text = self.text(path);
        let at = text
            .find(part)
            .unwrap_or_else(|| panic!("{path} has no `{part}`"));
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        self.write(path, &[&text[..start], lines, &text[start..]].concat());
    }

    /// Takes away what stands from one text to the next other one, which stays.
    pub fn cut(&mut self, path: &str, from: &str, to: &str) -> String {
        let text = self.text(path);
        let start = text
            .find(from)
            .unwrap_or_else(|| panic!("{path} has no `{from}`"));
        let end = text[start..]
            .find(to)
            .unwrap_or_else(|| panic!("{path} has no `{to}`"));
        let end = start + end;
        self.write(path, &[&text[..start], &text[end..]].concat());
        text[start..end].to_owned()
    }

    /// Takes the lines with a text in them away.
    pub fn without(&mut self, path: &str, part: &str) {
        let text = self.text(path);
        let lines = text
            .split_inclusive('\n')
            .filter(|line| !line.contains(part));
        let left: String = lines.collect();
        assert!(left != text, "{path} has no `{part}`");
        self.write(path, &left);
    }

    /// Lets a symbol select another one, in the first line of its list.
    pub fn select(&mut self, path: &str, entry: &str, symbol: &str) {
        let head = format!("config {entry}\n\tdef_bool y\n");
        self.replace(path, &head, &format!("{head}\tselect {symbol}\n"));
    }

    /// Gives the row of an architecture another status.
    pub fn row(&mut self, table: &str, arch: &str, status: &str) {
        let path = format!("Documentation/features/{table}/arch-support.txt");
        let text = self.text(&path);
        let line = text
            .lines()
            .find(|line| line.contains(&format!(" {arch}: |")))
            .unwrap();
        let (head, _) = line.rsplit_once(": |").unwrap();
        let new = format!("{head}: | {status:^4} |");
        self.write(&path, &text.replacen(line, &new, 1));
    }

    /// Renames a word in all files of these directories, or in these files.
    pub fn rename(&mut self, from: &str, to: &str, places: &[&str]) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for place in places {
            let is_text = |path: &str| {
                let name = path.rsplit('/').next().unwrap_or(path);
                path.ends_with(".c")
                    || path.ends_with(".h")
                    || name.starts_with("Kconfig")
                    || name.starts_with("Makefile")
            };
            let paths = match self.tree.is_file(place) {
                true => vec![(*place).to_owned()],
                false => self.tree.walk(place, &is_text).unwrap(),
            };
            for path in paths {
                let text = self.text(&path);
                let mut new = String::new();
                let mut last = 0;
                for (at, _) in text.match_indices(from) {
                    let before = text[..at].strip_suffix("CONFIG_").unwrap_or(&text[..at]);
                    let after = &text[at + from.len()..];
                    if !before.ends_with(is_word) && !after.starts_with(is_word) {
                        new += &text[last..at];
                        new += to;
                        last = at + from.len();
                    }
                }
                if last > 0 {
                    new += &text[last..];
                    self.write(&path, &new);
                }
            }
        }
    }

    /// Adds an architecture that has next to nothing but what the generic Kconfig files ask of each.
    pub fn architecture(&mut self, name: &str) {
        let entry = name.to_uppercase();
        self.write(
            &format!("arch/{name}/Kconfig"),
            &format!("config {entry}\n\tdef_bool y\n\nconfig NR_CPUS\n\tint\n\tdefault 1\n"),
        );
        self.write(&format!("arch/{name}/Kconfig.debug"), "# Nothing yet.\n");
        self.write(
            &format!("arch/{name}/include/asm/pgtable.h"),
            "#define PAGES 1\n",
        );
    }

    /// Removes a file.
    pub fn remove(&mut self, path: &str) {
        assert!(self.tree.is_file(path), "{path} is not there");
        self.tree.overlay(path, None).unwrap();
    }

    /// Gives a file another name.
    pub fn rename_file(&mut self, from: &str, to: &str) {
        let text = self.text(from);
        self.write(to, &text);
        self.remove(from);
    }

    /// Removes an architecture.
    pub fn without_architecture(&mut self, name: &str) {
        let paths = self.tree.walk(&format!("arch/{name}"), &|_: &str| true);
        for path in paths.unwrap() {
            self.remove(&path);
        }
    }

    /// Removes the rows of an architecture from all tables.
    pub fn without_rows(&mut self, arch: &str) {
        let is_table = |path: &str| path.ends_with("arch-support.txt");
        let row = format!(" {arch}: |");
        for path in self.tree.walk("Documentation/features", &is_table).unwrap() {
            if self.text(&path).contains(&row) {
                self.without(&path, &row);
            }
        }
    }

    /// Gives an architecture a row in each table, with what Kconfig says of it.
    pub fn rows(&mut self, arch: &str) {
        let all = rows::of_tree(&self.tree, builtin::default()).unwrap();
        let all = all.into_iter().filter(|row| row.table.is_some()).collect();
        let matrix = table::matrix(&self.tree, all, &[arch.to_owned()], &mut |_| {}).unwrap();
        for row in &matrix.features {
            let status = match row.cells[0].supported {
                Supported::Yes => " ok ",
                _ => "TODO",
            };
            let text = self.text(&row.path);
            let mut lines: Vec<&str> = text.lines().collect();
            let name = |line: &str| {
                line.split([':', '|'])
                    .nth(1)
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            };
            let is_row = |line: &&str| line.contains(": |");
            let after = lines
                .iter()
                .position(|line| is_row(line) && *name(line) > *arch);
            let last = lines.iter().rposition(is_row).unwrap() + 1;
            let new = format!("    |{arch:>12}: | {status} |");
            lines.insert(after.unwrap_or(last), &new);
            self.write(&row.path.clone(), &(lines.join("\n") + "\n"));
        }
    }
}
