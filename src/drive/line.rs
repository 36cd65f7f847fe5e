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

/// An option and its value, for a shell. A value that begins as an option does is tied to its own.
pub fn option(name: &str, value: &str) -> String {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    format!("{name}{between}{}", quote(value))
}

/// A word for a shell, in quotes only where it needs them, and on one line.
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
    if word.contains(char::is_control) {
        return escaped(word);
    }
    match shlex::try_quote(word) {
        Ok(quoted) => quoted.into_owned(),
        // No argument has a zero byte; what follows one is lost in C.
        Err(_) => single(word.split('\0').next().unwrap_or_default()),
    }
}

/// A word with control characters, as POSIX has it since 2024. A shell that does not know this form takes it for `$` and a word in
/// quotes, which is not the same word, but one word.
fn escaped(word: &str) -> String {
    let mut out = String::from("$'");
    for byte in word.bytes().take_while(|&byte| byte != 0) {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b' '..=b'~' if byte != b'\'' => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_one_word_on_one_line() {
        for (word, quoted) in [
            ("a\nb'c\\", "$'a\\012b\\047c\\\\'"),
            ("\u{85}", "$'\\302\\205'"),
            ("O=a\nb", "O=$'a\\012b'"),
            ("${{ a }}", "'${{ a }}'"),
        ] {
            assert_eq!(quote(word), quoted);
        }
        // Every shell takes it for one word; bash for the same one.
        let hostile = "a\n'; touch /nowhere/x; echo '$(b)\\\t\"";
        let output = Command::new("bash")
            .args(["-c", &format!("printf %s {}", quote(hostile))])
            .output();
        if let Ok(output) = output {
            assert_eq!(String::from_utf8_lossy(&output.stdout), hostile);
        }
        let count = format!("set -- {}; echo $#", quote(hostile));
        let output = Command::new("sh").args(["-c", &count]).output().unwrap();
        assert_eq!(output.stdout, b"1\n");
    }

    #[test]
    fn a_value_is_no_option() {
        assert_eq!(option("--arch", "x86"), "--arch x86");
        assert_eq!(option("--arch", "-rf"), "--arch=-rf");
        assert_eq!(option("--arch", "--a b"), "--arch='--a b'");
    }

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
