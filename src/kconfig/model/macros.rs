//! Owns macro expansion: variables, functions and the environment, as `preprocess.c` has them.
//!
//! The caller that builds a model decides what `$(shell,…)` means. If it is not run, its result is unknown, and so is everything
//! that it becomes part of: the text then holds the reference itself, and says so.

use rustc_hash::FxHashMap;

use crate::kconfig::syntax::{Assign, reference_length};
use crate::limits::{
    EXPANSION_REFERENCES, Limit, MACRO_DEPTH, MACRO_LENGTH, MACRO_REFERENCES, MACRO_TEXT,
};

/// Most arguments of a reference, its name included (`preprocess.c: FUNCTION_MAX_ARGS`).
const MAX_ARGUMENTS: usize = 16;

/// A text after expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expanded {
    /// The text. An unknown part stands in it as the reference that it comes from, such as `$(shell,command)`.
    pub text: String,
    /// Whether a part of it is unknown.
    pub unknown: bool,
}

impl Expanded {
    fn known(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            unknown: false,
        }
    }

    fn push(&mut self, other: &Expanded) {
        self.text.push_str(&other.text);
        self.unknown |= other.unknown;
    }
}

/// Access of a macro to the outside.
pub trait Outside {
    /// The output of a shell command, as `preprocess.c: do_shell` would give it, or `None` where it is unknown.
    ///
    /// # Errors
    ///
    /// The command should have been run or answered, and could not be.
    fn shell(&mut self, command: &str) -> Result<Option<String>, String>;

    /// A command that is not run because parts of it are unknown; these are references in it. For callers that list
    /// know all commands.
    fn passed_over(&mut self, _command: &str) {}

    /// A variable of the environment: its value, `Some(None)` where the value is unknown, or `None` where it is not set.
    fn variable(&self, name: &str) -> Option<Option<&str>>;
}

/// Something that `$(info,…)` or `$(warning-if,…)` says, or why an expansion failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// `$(info,text)`
    Info(String),
    /// `$(warning-if,y,text)`
    Warning(String),
}

/// The macros of one architecture while its files are read.
#[derive(Debug, Default)]
pub struct Macros {
    variables: FxHashMap<String, Variable>,
    /// How many bytes all expansions gave so far, those inside others included, and how many references they led to.
    text: u64,
    references: u64,
    /// Whether it has been said that a limit is reached.
    is_limit_told: bool,
    /// Texts of `$(info,…)` and `$(warning-if,…)` since they were last taken.
    pub messages: Vec<Message>,
}

#[derive(Debug)]
struct Variable {
    value: Expanded,
    recursive: bool,
    /// How many expansions of this variable are going on.
    expanding: usize,
}

/// Where an expansion takes place, for `$(filename)` and `$(lineno)`.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// Path of the file.
    pub path: &'a str,
    /// Line of the statement.
    pub line: u32,
}

/// One expansion: the macros, the outside and the place.
struct Expansion<'a, O> {
    macros: &'a mut Macros,
    outside: &'a mut O,
    here: Here<'a>,
    depth: usize,
    references: usize,
}

impl Macros {
    /// Expands all references in `text`.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong: a macro that refers to itself, too many arguments, `$(error-if,y,…)`, …
    pub fn expand(
        &mut self,
        text: &str,
        outside: &mut impl Outside,
        here: Here<'_>,
    ) -> Result<Expanded, String> {
        if let Some(limit) = self.reached() {
            return self.not_expanded(text, limit);
        }
        let expanded = Expansion {
            macros: self,
            outside,
            here,
            depth: 0,
            references: 0,
        }
        .expand(text, &[]);
        match self.reached() {
            Some(limit) => self.not_expanded(text, limit),
            None => expanded,
        }
    }

    /// The limit for all expansions together that is reached, if one is.
    fn reached(&self) -> Option<&'static Limit> {
        if self.text > MACRO_TEXT.get() {
            Some(&MACRO_TEXT)
        } else {
            (self.references > MACRO_REFERENCES.get()).then_some(&MACRO_REFERENCES)
        }
    }

    /// The expansion of a text once a limit is reached: unknown if the text has references. The first time is
    /// an error, so that it is reported once.
    fn not_expanded(&mut self, text: &str, limit: &'static Limit) -> Result<Expanded, String> {
        if !std::mem::replace(&mut self.is_limit_told, true) {
            return Err(limit.reached("the text of macros up to here").to_string());
        }
        Ok(Expanded {
            text: text.to_owned(),
            unknown: memchr::memchr(b'$', text.as_bytes()).is_some(),
        })
    }

    /// The value of a quoted word: references expanded and escapes resolved (`lexer.l`, state `STRING`). What an expansion gives
    /// is not looked at for escapes.
    ///
    /// # Errors
    ///
    /// As [`Macros::expand`].
    pub fn expand_quoted(
        &mut self,
        text: &str,
        outside: &mut impl Outside,
        here: Here<'_>,
    ) -> Result<Expanded, String> {
        let mut result = Expanded::default();
        let mut rest = text;
        while let Some(at) = memchr::memchr2(b'$', b'\\', rest.as_bytes()) {
            result.text.push_str(&rest[..at]);
            if rest.as_bytes()[at] == b'\\' {
                let mut escaped = rest[at + 1..].chars();
                result.text.extend(escaped.next());
                rest = escaped.as_str();
            } else {
                let length = reference_length(rest.as_bytes(), at)
                    .ok_or("a macro reference has no closing parenthesis")?;
                let (reference, after) = rest[at..].split_at(length);
                result.push(&self.expand(reference, outside, here)?);
                rest = after;
            }
        }
        result.text.push_str(rest);
        Ok(result)
    }

    /// Defines or appends to a variable (`preprocess.c: variable_add`).
    ///
    /// # Errors
    ///
    /// As [`Macros::expand`].
    pub fn assign(
        &mut self,
        name: &str,
        value: &str,
        assign: Assign,
        outside: &mut impl Outside,
        here: Here<'_>,
    ) -> Result<(), String> {
        let existing = self.variables.get(name).map(|variable| variable.recursive);
        let recursive = match assign {
            Assign::Recursive => true,
            Assign::Simple => false,
            Assign::Append => existing.unwrap_or(true),
        };
        let value = if recursive {
            Expanded::known(value)
        } else {
            self.expand(value, outside, here)?
        };
        if let (Assign::Append, Some(variable)) = (assign, self.variables.get_mut(name)) {
            variable.value.text.push(' ');
            variable.value.push(&value);
            if variable.value.text.len() > MACRO_LENGTH.length() {
                return Err(MACRO_LENGTH
                    .reached(format!("the macro `{name}`"))
                    .to_string());
            }
        } else {
            let variable = Variable {
                value,
                recursive,
                expanding: 0,
            };
            self.variables.insert(name.to_owned(), variable);
        }
        Ok(())
    }
}

impl<O: Outside> Expansion<'_, O> {
    /// `preprocess.c: expand_string_with_args`
    fn expand(&mut self, text: &str, arguments: &[Expanded]) -> Result<Expanded, String> {
        self.depth += 1;
        if self.depth > MACRO_DEPTH.length() {
            return Err(format!("macros nest too deeply: {}", MACRO_DEPTH.at_most()));
        }
        let bytes = text.as_bytes();
        let mut result = Expanded::default();
        let mut at = 0;
        while let Some(offset) = memchr::memchr(b'$', &bytes[at..]) {
            let start = at + offset;
            result.text.push_str(text.get(at..start).unwrap_or(""));
            let length = reference_length(bytes, start)
                .ok_or("a macro reference has no closing parenthesis")?;
            if length == 1 {
                result.text.push('$');
            } else {
                let clause = text.get(start + 2..start + length - 1).unwrap_or("");
                result.push(&self.clause(clause, arguments)?);
            }
            at = start + length;
            if result.text.len() > MACRO_LENGTH.length() {
                return Err(MACRO_LENGTH.reached("the expansion of a macro").to_string());
            }
        }
        result.text.push_str(text.get(at..).unwrap_or(""));
        self.depth -= 1;
        self.macros.text += result.text.len() as u64;
        Ok(result)
    }

    /// Expands the text between the parentheses of a reference (`preprocess.c: eval_clause`).
    fn clause(&mut self, clause: &str, arguments: &[Expanded]) -> Result<Expanded, String> {
        self.references += 1;
        self.macros.references += 1;
        // Told by the caller of the whole expansion.
        if self.macros.reached().is_some() {
            return Ok(Expanded::default());
        }
        if self.references > EXPANSION_REFERENCES.length() {
            return Err(EXPANSION_REFERENCES
                .reached("the expansion of a macro")
                .to_string());
        }
        if let Some(argument) = positional(clause, arguments) {
            return Ok(argument.clone());
        }
        let parts = split(clause);
        if parts.len() > MAX_ARGUMENTS {
            return Err(format!(
                "a macro reference has {} arguments; the limit is {}",
                parts.len() - 1,
                MAX_ARGUMENTS - 1
            ));
        }
        let mut parts = parts.into_iter().map(|part| self.expand(part, arguments));
        let name = parts.next().unwrap_or_else(|| Ok(Expanded::default()))?;
        let values = parts.collect::<Result<Vec<_>, _>>()?;
        if name.unknown {
            return Ok(unknown(&name.text, &values));
        }
        if let Some(value) = self.user_defined(&name.text, &values)? {
            return Ok(value);
        }
        if let Some(value) = self.built_in(&name.text, &values)? {
            return Ok(value);
        }
        if values.is_empty() {
            match self.outside.variable(&name.text) {
                Some(Some(value)) => return Ok(Expanded::known(value)),
                Some(None) => return Ok(unknown(&name.text, &values)),
                None => {}
            }
        }
        Ok(Expanded::default())
    }

    /// `preprocess.c: variable_expand`
    fn user_defined(
        &mut self,
        name: &str,
        arguments: &[Expanded],
    ) -> Result<Option<Expanded>, String> {
        let Some(variable) = self.macros.variables.get_mut(name) else {
            return Ok(None);
        };
        if !variable.recursive {
            return Ok(Some(variable.value.clone()));
        }
        if arguments.is_empty() && variable.expanding > 0 {
            return Err(format!("the macro `{name}` refers to itself"));
        }
        variable.expanding += 1;
        let value = variable.value.text.clone();
        let result = self.expand(&value, arguments);
        if let Some(variable) = self.macros.variables.get_mut(name) {
            variable.expanding -= 1;
        }
        result.map(Some)
    }

    /// `preprocess.c: function_expand`
    fn built_in(&mut self, name: &str, arguments: &[Expanded]) -> Result<Option<Expanded>, String> {
        let count = match name {
            "error-if" | "warning-if" => 2,
            "info" | "shell" => 1,
            "filename" | "lineno" => 0,
            _ => return Ok(None),
        };
        if arguments.len() != count {
            let number = if arguments.len() < count {
                "few"
            } else {
                "many"
            };
            return Err(format!(
                "too {number} arguments for the function `{name}`, which takes {count}"
            ));
        }
        let empty = Expanded::default();
        let first = arguments.first().unwrap_or(&empty);
        let second = arguments.get(1).unwrap_or(&empty);
        match name {
            // A condition that is unknown is not known to be `y`.
            "error-if" if first.text == "y" => return Err(second.text.clone()),
            "warning-if" if first.text == "y" => {
                self.macros
                    .messages
                    .push(Message::Warning(second.text.clone()));
            }
            "info" => self.macros.messages.push(Message::Info(first.text.clone())),
            "filename" => return Ok(Some(Expanded::known(self.here.path))),
            "lineno" => return Ok(Some(Expanded::known(self.here.line.to_string()))),
            "shell" => {
                let answer = if first.unknown {
                    self.outside.passed_over(&first.text);
                    None
                } else {
                    self.outside.shell(&first.text)?
                };
                return Ok(Some(match answer {
                    Some(output) => Expanded::known(output),
                    None => unknown(name, arguments),
                }));
            }
            _ => {}
        }
        Ok(Some(empty))
    }
}

/// A reference whose value is unknown, as the text that stands for it.
fn unknown(name: &str, arguments: &[Expanded]) -> Expanded {
    let mut text = format!("$({name}");
    for argument in arguments {
        text.push(',');
        text.push_str(&argument.text);
    }
    text.push(')');
    Expanded {
        text,
        unknown: true,
    }
}

/// The argument that `$(1)`, `$(2)`, … stand for, if there is that one.
fn positional<'a>(clause: &str, arguments: &'a [Expanded]) -> Option<&'a Expanded> {
    // C reads the number with strtoul, which allows blanks before it.
    let number: usize = clause.trim_ascii_start().parse().ok()?;
    arguments.get(number.checked_sub(1)?)
}

/// The parts of a clause between the commas that stand in no parentheses.
fn split(clause: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut nesting = 0i64;
    let mut start = 0;
    for (at, byte) in clause.bytes().enumerate() {
        match byte {
            b',' if nesting == 0 => {
                parts.push(&clause[start..at]);
                start = at + 1;
            }
            b'(' => nesting += 1,
            b')' => nesting -= 1,
            _ => {}
        }
    }
    parts.push(&clause[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World;

    impl Outside for World {
        fn shell(&mut self, command: &str) -> Result<Option<String>, String> {
            Ok(command.strip_prefix("echo ").map(str::to_owned))
        }

        fn variable(&self, name: &str) -> Option<Option<&str>> {
            match name {
                "ARCH" => Some(Some("x86")),
                "CC" => Some(None),
                _ => None,
            }
        }
    }

    const HERE: Here<'static> = Here {
        path: "Kconfig",
        line: 7,
    };

    fn define(lines: &[(&str, Assign, &str)]) -> Macros {
        let mut macros = Macros::default();
        for &(name, assign, value) in lines {
            macros
                .assign(name, value, assign, &mut World, HERE)
                .unwrap();
        }
        macros
    }

    fn expand(macros: &mut Macros, text: &str) -> Result<String, String> {
        macros
            .expand(text, &mut World, HERE)
            .map(|expanded| expanded.text)
    }

    #[test]
    fn variables_functions_and_environment() {
        let mut macros = define(&[
            ("comma", Assign::Simple, ","),
            ("greet", Assign::Recursive, "$(2) and $(1)$(3)"),
            ("late", Assign::Recursive, "$(set)"),
            ("early", Assign::Simple, "$(set)"),
            ("set", Assign::Simple, "x"),
            ("set", Assign::Append, "y"),
        ]);
        for (text, expected) in [
            ("$(greet,a,b (c,d))", "b (c,d) and a"),
            ("[$(late)|$(early)]", "[x y|]"),
            ("$(ARCH)$(none)$ $x", "x86$ $x"),
            ("$(filename):$(lineno)", "Kconfig:7"),
            ("$(shell,echo a$(comma)b)", "a,b"),
            ("$(gr$(shell,echo eet),1,2)", "2 and 1"),
        ] {
            assert_eq!(expand(&mut macros, text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_unknown_stays_a_reference() {
        let mut macros = define(&[
            (
                "success",
                Assign::Recursive,
                "$(shell,{ $(1); } && echo y || echo n)",
            ),
            ("saved", Assign::Simple, "$(success,test -e x)"),
        ]);
        let value = macros.expand("a$(saved)", &mut World, HERE).unwrap();
        assert!(value.unknown);
        assert_eq!(value.text, "a$(shell,{ test -e x; } && echo y || echo n)");
        assert_eq!(
            expand(&mut macros, "$(error-if,$(saved),no)").as_deref(),
            Ok("")
        );
        assert_eq!(expand(&mut macros, "$(CC) -v").as_deref(), Ok("$(CC) -v"));
        assert_eq!(
            expand(&mut macros, "$(shell,echo $(CC))").as_deref(),
            Ok("$(shell,echo $(CC))")
        );
    }

    #[test]
    fn quoted_words_have_escapes() {
        let mut macros = define(&[("bs", Assign::Simple, "\\n")]);
        let mut value = |text| macros.expand_quoted(text, &mut World, HERE).unwrap().text;
        assert_eq!(
            value(r#"a\"b\\c$(ARCH)\$(ARCH)$(bs)"#),
            r#"a"b\cx86$(ARCH)\n"#
        );
        assert_eq!(value("\\"), "");
    }

    #[test]
    fn mistakes_are_told() {
        let mut macros = define(&[
            ("self", Assign::Recursive, "$(self)"),
            ("deep", Assign::Recursive, "$(deep,$(1)x)"),
            ("twice", Assign::Recursive, "$(1)$(1)"),
        ]);
        for (text, error) in [
            ("$(self)", "the macro `self` refers to itself"),
            (
                "$(deep,x)",
                "macros nest too deeply: at most 200 levels (the limit `macro-depth`; it cannot be raised)",
            ),
            (
                "$(shell)",
                "too few arguments for the function `shell`, which takes 1",
            ),
            (
                "$(filename,x)",
                "too many arguments for the function `filename`, which takes 0",
            ),
            ("$(error-if,y,stop)", "stop"),
            ("$(x", "a macro reference has no closing parenthesis"),
            (
                "$(f,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16)",
                "a macro reference has 16 arguments; the limit is 15",
            ),
        ] {
            assert_eq!(expand(&mut macros, text), Err(error.to_owned()));
        }
        for level in 0..100 {
            let value = format!("$(level{0})$(level{0})", level + 1);
            macros
                .assign(
                    &format!("level{level}"),
                    &value,
                    Assign::Recursive,
                    &mut World,
                    HERE,
                )
                .unwrap();
        }
        assert!(expand(&mut macros, "$(level0)").is_err());
        let doubled = (0..40).fold("xxxx".to_owned(), |text, _| format!("$(twice,{text})"));
        assert!(expand(&mut macros, &doubled).is_err());
        expand(&mut macros, "$(warning-if,y,look)$(info,hear)").unwrap();
        let messages = [
            Message::Warning("look".into()),
            Message::Info("hear".into()),
        ];
        assert_eq!(macros.messages, messages);
    }
}
