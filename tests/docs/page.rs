//! The pages of the documentation, their fenced blocks, and how a block is compared with what is printed.
//!
//! Comments right above a block say how it is held to be true; readers do not see them:
//!
//! - `<!-- verify: COMMAND -->`: the block is what this command prints;
//! - `<!-- in: DIRECTORY -->`: where commands run, below the home of the scratch;
//! - `<!-- first: COMMAND -->`: what is done before, in silence;
//! - `<!-- exits: N -->`: the exit code of each command, which is 0 otherwise; several for several commands;
//! - `<!-- save: FILE -->`: the block is this file below the home, which the commands of the page use, or another test;
//! - `<!-- files: COMMAND -->`: the block lists files that this command leaves;
//! - `<!-- numbers: vary -->`: numbers, and the width of columns, are not compared.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

/// A fenced block.
#[derive(Clone)]
pub struct Block {
    /// The page, from the package on.
    pub page: String,
    /// The line of the fence, from 1.
    pub line: usize,
    /// Holds what stands behind the fence.
    pub language: String,
    /// The lines between the fences, each with its end.
    pub text: String,
    /// The comments above it, in their order: what stands before the colon, and behind.
    pub marks: Vec<(String, String)>,
}

impl Block {
    /// Returns what the comment of this name says.
    pub fn mark(&self, name: &str) -> Option<&str> {
        let first = self.marks.iter().find(|(key, _)| key == name);
        first.map(|(_, value)| value.as_str())
    }

    /// Returns what all comments of this name say.
    pub fn marks<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
        let of_name = self.marks.iter().filter(move |(key, _)| key == name);
        of_name.map(|(_, value)| value.as_str())
    }

    /// Page and line.
    pub fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

/// The package.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a page, by its path from the package on.
pub fn read(page: &str) -> String {
    fs::read_to_string(root().join(page)).unwrap()
}

/// The paths of all pages, from the package on, sorted: what stands in the top directory, and all of `docs`.
pub fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    let mut pending = vec![(root().to_owned(), false), (root().join("docs"), true)];
    while let Some((directory, deep)) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.extend(deep.then_some((path, true)));
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(name(&path));
            }
        }
    }
    pages.sort();
    assert!(pages.len() > 40, "{pages:?}");
    pages
}

fn name(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The fenced blocks of a page. Fails if a fence is not closed, or is not three backticks at the start of a line: such
/// a block would be overlooked.
pub fn blocks(page: &str) -> Vec<Block> {
    let text = read(page);
    let mut blocks = Vec::new();
    let mut marks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let place = format!("{page}:{}", index + 1);
        if let Some(comment) = line.strip_prefix("<!-- ") {
            let comment = comment
                .strip_suffix(" -->")
                .and_then(|it| it.split_once(": "));
            let (key, value) = comment.unwrap_or_else(|| panic!("{place}: what is `{line}`?"));
            marks.push((key.to_owned(), value.to_owned()));
            continue;
        }
        let Some(language) = line.strip_prefix("```") else {
            let trimmed = line.trim_start();
            assert!(
                !trimmed.starts_with("```") && !trimmed.starts_with("~~~"),
                "{place}: a fence that is not seen"
            );
            assert!(
                marks.is_empty(),
                "{place}: comments stand right above a block"
            );
            continue;
        };
        let mut block = Block {
            page: page.to_owned(),
            line: index + 1,
            language: language.to_owned(),
            text: String::new(),
            marks: std::mem::take(&mut marks),
        };
        loop {
            let (_, line) = lines.next().unwrap_or_else(|| panic!("{place}: no end"));
            if line == "```" {
                break;
            }
            block.text += line;
            block.text.push('\n');
        }
        blocks.push(block);
    }
    blocks
}

/// The commands of a block: lines, of which one that ends with `\` goes on.
pub fn typed(text: &str) -> Vec<String> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Returns what stands below `Examples:`, without what it is said to do.
pub fn examples(help: &str) -> Vec<&str> {
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    let indented = lines.map_while(|line| line.strip_prefix("  "));
    indented
        .filter(|line| line.contains("kfeat "))
        .map(|line| line.split("  ").next().unwrap_or(line))
        .collect()
}

/// The block of a page that is this file.
pub fn file_of(page: &str, file: &str) -> String {
    let blocks = blocks(page);
    let of = blocks
        .into_iter()
        .find(|block| block.mark("save") == Some(file));
    of.unwrap_or_else(|| panic!("{page} no longer has {file}"))
        .text
}

/// Fails unless a block shows what is printed. With `SNAPSHOTS=overwrite` it shows it from now on, unless it leaves something out.
pub fn compare(block: &Block, printed: &str) -> Result<(), String> {
    let varies = block.mark("numbers") == Some("vary");
    let difference = if varies {
        differs(&without_numbers(&block.text), &without_numbers(printed))
    } else {
        differs(&block.text, printed)
    };
    let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    let whole = !block.text.contains("[...]") && !varies;
    match difference {
        Some(_) if overwrite && whole => {
            take_over(block, printed);
            Ok(())
        }
        Some(difference) => Err(difference),
        None => Ok(()),
    }
}

/// Writes what is printed into the page.
fn take_over(block: &Block, printed: &str) {
    static WRITING: Mutex<()> = Mutex::new(());
    let _one = WRITING.lock().unwrap();
    let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let fenced = |text: &str| format!("```{}\n{text}```\n", block.language);
    let (old, new) = (fenced(&block.text), fenced(&(lines.join("\n") + "\n")));
    let page = read(&block.page).replacen(&old, &new, 1);
    fs::write(root().join(&block.page), page).unwrap();
}

/// Returns the difference between `printed` and the block. A line `[...]` matches any lines; trailing spaces are ignored.
fn differs(shown: &str, printed: &str) -> Option<String> {
    let lines = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    };
    let (shown, printed) = (lines(shown), lines(printed));
    let pieces: Vec<&[String]> = shown.split(|line| line == "[...]").collect();
    let mut left = &printed[..];
    for (index, piece) in pieces.iter().enumerate() {
        let last = index + 1 == pieces.len();
        let at = match (index, last) {
            (0, false) => left.starts_with(piece).then_some(0),
            (0, true) => (left == *piece).then_some(0),
            (_, true) => left.ends_with(piece).then(|| left.len() - piece.len()),
            _ => (0..=left.len()).find(|&at| left[at..].starts_with(piece)),
        };
        let Some(at) = at else {
            let (piece, printed) = (piece.join("\n"), printed.join("\n"));
            return Some(format!(
                "the page shows\n{piece}\n--- what is printed is\n{printed}"
            ));
        };
        left = &left[at + piece.len()..];
    }
    None
}

/// A text in which all numbers are alike, and all white space in a line.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for line in text.lines() {
        let words: Vec<String> = line.split_whitespace().map(without_digits).collect();
        plain += &words.join(" ");
        plain.push('\n');
    }
    plain
}

fn without_digits(word: &str) -> String {
    let mut plain = String::new();
    for char in word.chars() {
        let is_number = char.is_ascii_digit() || (char == '.' && plain.ends_with('#'));
        if !is_number {
            plain.push(char);
        } else if !plain.ends_with('#') {
            plain.push('#');
        }
    }
    plain
}
