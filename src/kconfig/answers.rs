//! Owns what the unknown texts of a model are for one toolchain: each holds commands and variables, such as
//! `$(shell,$(CC) --version)`, and what those answer is put in their place. Nothing is run.

use std::collections::BTreeMap;

use super::dummy_tools::DummyTools;
use super::syntax::reference_length;

/// Most references that one text may lead to, and how deep they may nest. Real ones have less than ten.
const MAX_REFERENCES: usize = 1_000;
const MAX_DEPTH: usize = 50;

/// One toolchain, as far as Kconfig asks for it.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The variables of the environment. What is not here is empty.
    pub variables: BTreeMap<String, String>,
    /// Holds what commands answer.
    pub commands: Commands,
}

/// Describes what knows the answers of commands.
#[derive(Clone, Debug)]
pub enum Commands {
    /// Stands for what is known of `scripts/dummy-tools`.
    Dummy(DummyTools),
    /// Recorded answers, by the command. The tree is `.` in them.
    Recorded(BTreeMap<String, String>),
}

impl Default for Commands {
    /// No command has an answer.
    fn default() -> Self {
        Self::Recorded(BTreeMap::new())
    }
}

impl Commands {
    fn answer(&self, command: &str) -> Option<String> {
        match self {
            Commands::Dummy(tools) => tools.answer(command),
            Commands::Recorded(answers) => answers.get(command).cloned(),
        }
    }
}

impl Answers {
    /// Returns what an unknown text of a model is, or `None` where a command in it has no answer.
    pub fn text(&self, unknown: &str) -> Option<String> {
        let mut references = 0;
        self.resolve(unknown, &mut references, 0)
    }

    fn resolve(&self, text: &str, references: &mut usize, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("$(") {
            *references += 1;
            if *references > MAX_REFERENCES {
                return None;
            }
            out.push_str(&rest[..at]);
            let length = reference_length(rest.as_bytes(), at)?;
            let inner = rest.get(at + 2..at + length - 1)?;
            match inner.strip_prefix("shell,") {
                Some(command) => {
                    let command = self.resolve(command, references, depth + 1)?;
                    out.push_str(&self.commands.answer(&command)?);
                }
                None => {
                    let value = self.variables.get(inner);
                    out.push_str(value.map_or("", String::as_str));
                }
            }
            rest = rest.get(at + length..)?;
        }
        out.push_str(rest);
        Some(out)
    }
}

/// Whether an unknown text holds the answer of a command, and no mere variable.
pub fn asks_a_command(unknown: &str) -> bool {
    unknown.contains("$(shell,")
}

/// Returns what an unknown text could be if the toolchain were another one: the other one of the two texts of a command of which only
/// the exit status counts (`scripts/Kconfig.include`, `if-success`), else a logical value or a number far away. `text` is what
/// it is now. At least one.
pub fn others(unknown: &str, text: &str) -> Vec<String> {
    let of_status = unknown
        .rsplit_once("; } >/dev/null 2>&1 && echo \"")
        .and_then(|(_, rest)| rest.strip_suffix("\")"))
        .and_then(|rest| rest.split_once("\" || echo \""));
    let others: &[&str] = match (of_status, text) {
        (Some((then, otherwise)), text) if text == then => &[otherwise],
        (Some((then, _)), _) => &[then],
        (None, "y") => &["n"],
        (None, "n") => &["y"],
        (None, "") => &["y", "9999999"],
        (None, "0") => &["9999999"],
        (None, _) => &["0"],
    };
    others.iter().map(|&other| other.to_owned()).collect()
}

/// Returns what an unknown text without an answer is taken to be where it must be something: the command failed.
pub fn of_failure(unknown: &str) -> String {
    let otherwise = unknown
        .rsplit_once("\" || echo \"")
        .and_then(|(_, rest)| rest.strip_suffix("\")"));
    otherwise.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROBE: &str =
        "$(shell,{ $(CC) -c -fx $(shell,echo a); } >/dev/null 2>&1 && echo \"y\" || echo \"n\")";

    #[test]
    fn commands_in_commands_are_answered_first() {
        let outer = "{ gcc -c -fx b; } >/dev/null 2>&1 && echo \"y\" || echo \"n\"";
        let mut answers = Answers {
            variables: BTreeMap::from([("CC".to_owned(), "gcc".to_owned())]),
            commands: Commands::Recorded(BTreeMap::from([
                ("echo a".to_owned(), "b".to_owned()),
                (outer.to_owned(), "y".to_owned()),
            ])),
        };
        assert_eq!(answers.text(PROBE).as_deref(), Some("y"));
        assert_eq!(answers.text("a $(CC)$(NONE)!").as_deref(), Some("a gcc!"));
        assert_eq!(answers.text("$(shell,ls)"), None);
        assert_eq!(answers.text("$(shell,ls"), None);
        let deep = format!("{}{}", "$(shell,".repeat(9_000), ")".repeat(9_000));
        assert_eq!(answers.text(&deep), None);
        answers.variables.clear();
        assert_eq!(answers.text(PROBE), None);
    }

    #[test]
    fn another_toolchain_answers_otherwise() {
        assert_eq!(others(PROBE, "y"), ["n"]);
        assert_eq!(others(PROBE, "n"), ["y"]);
        assert_eq!(of_failure(PROBE), "n");
        assert_eq!(others("$(shell,version)", "200000"), ["0"]);
        assert_eq!(others("$(shell,version)", ""), ["y", "9999999"]);
        assert_eq!(of_failure("$(shell,version)"), "");
    }
}
