//! Owns command lines: the same one is run, shown with `--dry-run`, noted with each failure, and written into `reproduce.sh`.

use std::process::Command;

/// Holds what the user's environment must not bring into a build.
const UNWANTED: &[&str] = &[
    "ARCH",
    "C",
    "CROSS_COMPILE",
    "GNUMAKEFLAGS",
    "KBUILD_OUTPUT",
    "KCFLAGS",
    "KCPPFLAGS",
    "KCONFIG_ALLCONFIG",
    "KCONFIG_CONFIG",
    "LLVM",
    "MAKEFLAGS",
    "MAKEOVERRIDES",
    "MFLAGS",
    "V",
    "W",
];

/// A command with the variables that are set for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The variables.
    pub environment: Vec<(String, String)>,
    /// The program and its arguments.
    pub words: Vec<String>,
}

impl Line {
    /// The line with its words for a shell.
    pub fn shell(&self) -> String {
        let variables = self
            .environment
            .iter()
            .map(|(name, value)| format!("{name}={}", quote(value)));
        let words = self.words.iter().map(|word| quote(word));
        variables.chain(words).collect::<Vec<_>>().join(" ")
    }

    /// The command, to be run.
    pub fn command(&self) -> Command {
        let mut words = self.words.iter();
        let mut command = Command::new(words.next().map_or("true", String::as_str));
        command.args(words);
        for name in UNWANTED {
            command.env_remove(name);
        }
        // Messages are read.
        command.env("LC_ALL", "C");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A word for a shell, in quotes only where it needs them.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    // `NAME='a b'` reads better than `'NAME=a b'`, and is the same.
    match word.split_once('=') {
        Some((name, value)) if !name.is_empty() && name.chars().all(plain) => {
            format!("{name}={}", single(value))
        }
        _ => single(word),
    }
}

fn single(word: &str) -> String {
    match shlex::try_quote(word) {
        Ok(quoted) => quoted.into_owned(),
        // No argument has a zero byte; what follows one is lost in C.
        Err(_) => single(word.split('\0').next().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_a_shell_needs_it() {
        let line = Line {
            environment: vec![("A".into(), "/x y".into())],
            words: ["make", "CC=ccache gcc", "it's", "", "mm/a.o"]
                .map(str::to_owned)
                .to_vec(),
        };
        assert_eq!(
            line.shell(),
            "A='/x y' make CC='ccache gcc' \"it's\" '' mm/a.o"
        );
    }
}
