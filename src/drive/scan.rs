//! Owns what compilers, modpost and linkers say: their output as findings, one for each root cause.
//!
//! A message comes again for every file that includes the header at fault, and one missing declaration makes a message at
//! every use. Messages about the same name, of the same kind, are one finding.

use crate::diag::{Diagnostic, Label, Level, Location};
use crate::tree::Tree;

/// Holds what the compiler or the assembler calls an error.
pub const COMPILER_ERROR: &str = "compiler-error";
/// Holds what the compiler or the assembler calls a warning.
pub const COMPILER_WARNING: &str = "compiler-warning";
/// A reference that the linker does not find.
pub const LINK_ERROR: &str = "link-error";
/// Holds what modpost refuses.
pub const MODPOST_ERROR: &str = "modpost-error";

/// Most places that one finding shows besides the first.
const MAX_PLACES: usize = 8;

/// One message of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    lint: &'static str,
    path: String,
    line: u32,
    column: u32,
    text: String,
}

/// The findings in the output of a build of `srcarch`. Paths may begin with that of the tree, `root`.
pub fn findings(tree: &Tree, root: &str, srcarch: &str, output: &str) -> Vec<Diagnostic> {
    let prefix = format!("{}/", root.trim_end_matches('/'));
    let mut groups: Vec<(String, Vec<Message>)> = Vec::new();
    for line in output.lines() {
        let Some(mut message) = message(line) else {
            continue;
        };
        if let Some(inside) = message.path.strip_prefix(&prefix) {
            message.path = inside.to_owned();
        }
        message.path = message.path.trim_start_matches("./").to_owned();
        let key = root_cause(&message);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, messages)) if messages.contains(&message) => {}
            Some((_, messages)) => messages.push(message),
            None => groups.push((key, vec![message])),
        }
    }
    groups
        .into_iter()
        .filter_map(|(_, messages)| {
            let mut messages = messages.into_iter();
            let first = messages.next()?;
            let level = match first.lint {
                COMPILER_WARNING => Level::Warn,
                _ => Level::Deny,
            };
            let primary = Label::new(place(tree, &first), "");
            let mut finding =
                Diagnostic::new(first.lint, level, &*first.text, primary).with_arch(srcarch);
            finding.symbol = quoted(&first.text).map(str::to_owned);
            let places: Vec<Location> = messages.map(|message| place(tree, &message)).collect();
            let more = places.len().saturating_sub(MAX_PLACES);
            for location in places.into_iter().take(MAX_PLACES) {
                finding = finding.with_secondary(Label::new(location, "the same here"));
            }
            if more > 0 {
                finding = finding.with_note(format!("and at {more} more places"));
            }
            Some(finding)
        })
        .collect()
}

/// A line of output, if it is a message.
fn message(line: &str) -> Option<Message> {
    // The names of tools: `error:` is a message, a file `str_error.o` is not.
    for (word, lint) in [
        (": fatal error: ", COMPILER_ERROR),
        (": error: ", COMPILER_ERROR),
        (": Error: ", COMPILER_ERROR),
        (": warning: ", COMPILER_WARNING),
        (": Warning: ", COMPILER_WARNING),
    ] {
        if let Some((place, text)) = line.split_once(word) {
            let (path, line, column) = numbers(place)?;
            return Some(Message {
                lint,
                path: path.to_owned(),
                line,
                column,
                text: plain(text),
            });
        }
    }
    if let Some((_, text)) = line.split_once("ERROR: modpost: ") {
        return Some(without_place(MODPOST_ERROR, text));
    }
    if let Some((place, text)) = line.split_once(": undefined reference to ") {
        let text = format!("undefined reference to {}", plain(text));
        return Some(match numbers(place) {
            Some((path, line, column)) => Message {
                lint: LINK_ERROR,
                path: path.rsplit(": ").next().unwrap_or(path).to_owned(),
                line,
                column,
                text,
            },
            None => without_place(LINK_ERROR, &text),
        });
    }
    None
}

fn without_place(lint: &'static str, text: &str) -> Message {
    Message {
        lint,
        path: String::new(),
        line: 0,
        column: 0,
        text: plain(text),
    }
}

/// `path:line:column` or `path:line`.
fn numbers(place: &str) -> Option<(&str, u32, u32)> {
    let (rest, last) = place.rsplit_once(':')?;
    let last: u32 = last.trim().parse().ok()?;
    match rest
        .rsplit_once(':')
        .map(|(path, line)| (path, line.parse::<u32>()))
    {
        Some((path, Ok(line))) => Some((path, line, last)),
        _ => Some((rest, last, 1)),
    }
}

/// The text with quotes as findings have them.
fn plain(text: &str) -> String {
    let text = text.replace(['\u{2018}', '\u{2019}', '\''], "`");
    // Anything that the option is called that turned a warning into an error is for who writes makefiles.
    match text.rsplit_once(" [-W") {
        Some((before, _)) => before.to_owned(),
        None => text.trim_end().to_owned(),
    }
}

/// The first name in quotes.
fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1).filter(|name| !name.is_empty())
}

/// Returns what makes two messages one finding: the same name in the same sentence, else the same text at the same place.
fn root_cause(message: &Message) -> String {
    match quoted(&message.text) {
        Some(name) => {
            let before = message.text.split('`').next().unwrap_or_default();
            // clang counts the same mistake per function, gcc says what was meant instead.
            format!("{} {before} {name}", message.lint)
        }
        None => format!(
            "{} {}:{} {}",
            message.lint, message.path, message.line, message.text
        ),
    }
}

/// The place in the tree; the first line of the top Makefile where a tool names none.
fn place(tree: &Tree, message: &Message) -> Location {
    let Some(text) = tree.bytes_if_there(&message.path) else {
        let path = if message.path.is_empty() {
            "Makefile"
        } else {
            &message.path
        };
        let mut location = Location::file(path);
        location.line = message.line.max(1);
        location.column = message.column.max(1);
        return location;
    };
    let start: usize = text
        .split_inclusive(|&byte| byte == b'\n')
        .take(message.line.saturating_sub(1) as usize)
        .map(<[u8]>::len)
        .sum();
    let at = start + message.column.saturating_sub(1) as usize;
    let word = text
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take_while(|&&byte| crate::cpp::lex::is_word(byte))
        .count();
    Location::in_text(
        message.path.as_str().into(),
        &text,
        at as u32,
        (at + word) as u32,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(output: &str) -> Vec<(String, String, usize)> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("mm")).unwrap();
        std::fs::write(directory.path().join("mm/a.c"), "int a;\n\tcall();\n").unwrap();
        let tree = Tree::open_directory(directory.path()).unwrap();
        let root = directory.path().display().to_string();
        findings(&tree, &root, "arm64", &output.replace("ROOT", &root))
            .into_iter()
            .map(|finding| {
                let places = finding.secondary.len();
                (
                    finding.primary.location.to_string(),
                    finding.headline,
                    places,
                )
            })
            .collect()
    }

    #[test]
    fn one_root_cause_is_one_finding() {
        let output = "\
  CC      tools/str_error.o
In file included from ROOT/mm/b.c:3:
ROOT/mm/a.c:2:2: error: implicit declaration of function 'call'; did you mean 'cell'? [-Werror=implicit-function-declaration]
ROOT/mm/a.c:2:2: error: implicit declaration of function 'call'; did you mean 'cell'? [-Werror=implicit-function-declaration]
ROOT/mm/a.c:1:1: error: implicit declaration of function 'call'; did you mean 'cell'? [-Werror=implicit-function-declaration]
cc1: some warnings being treated as errors
make[3]: *** [scripts/Makefile.build:1: mm/a.o] Error 1
";
        let found = of(output);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, "mm/a.c:2");
        assert_eq!(
            found[0].1,
            "implicit declaration of function `call`; did you mean `cell`?"
        );
        assert_eq!(found[0].2, 1);
    }

    #[test]
    fn linkers_and_modpost_are_heard() {
        let output = "\
ERROR: modpost: \"batch\" [mm/test.ko] undefined!
ld: mm/a.c:2: undefined reference to `flush'
ld: mm/a.o: in function `f':
";
        let found = of(output);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!(
            found[1],
            (
                "mm/a.c:2".to_owned(),
                "undefined reference to `flush`".to_owned(),
                0
            )
        );
    }
}
