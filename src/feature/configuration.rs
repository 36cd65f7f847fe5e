//! Owns `kfeat.yaml`: the configuration of a tree or a user, with suppressions and with the levels of lints.
//!
//! It reads the names of lints as text and must not know which lints exist.

use serde::Deserialize;

use super::spec::{SpecError, located, refuse_excess};
use super::suppression::{self, Suppression};

/// The name of the file in the top directory of a tree, and in the user's directory for configuration.
pub const FILE: &str = "kfeat.yaml";

/// Describes what an option or a line of a configuration does to a lint or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Report it, and of the lints that nothing names none.
    Select,
    /// Do not report it.
    Ignore,
    /// Report it as a warning.
    Warn,
    /// Report it as an error.
    Deny,
}

impl Action {
    /// All actions, in the order in which those of a configuration file act.
    pub const ALL: [Action; 4] = [Action::Select, Action::Ignore, Action::Warn, Action::Deny];

    /// The name of the option and of the field.
    pub fn word(self) -> &'static str {
        match self {
            Action::Select => "select",
            Action::Ignore => "ignore",
            Action::Warn => "warn",
            Action::Deny => "deny",
        }
    }
}

/// An action on a lint or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Holds what to do.
    pub action: Action,
    /// The lint or the group.
    pub name: String,
}

/// Describes what a `kfeat.yaml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The findings that are not to be reported.
    pub suppress: Vec<Suppression>,
    /// The levels of lints, in the order in which they act: `select`, `ignore`, `warn`, `deny`.
    pub rules: Vec<Rule>,
}

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a mapping with `suppress`, `select`, `ignore`, `warn` or `deny`"
)]
struct File {
    suppress: Vec<Suppression>,
    select: Vec<String>,
    ignore: Vec<String>,
    warn: Vec<String>,
    deny: Vec<String>,
}

/// Reads a `kfeat.yaml`. The path serves the errors, and the places of suppressions.
///
/// # Errors
///
/// The text is too large or not YAML, has an unknown field, or a suppression lacks a lint or a reason.
pub fn parse(path: &str, text: &str) -> Result<Configuration, SpecError> {
    refuse_excess("a configuration", path, text)?;
    // A file with nothing but comments is an empty configuration.
    let file: Option<File> =
        serde_yaml::from_str(text).map_err(|error| located(path, text, &error))?;
    let file = file.unwrap_or_default();
    let mut suppress = file.suppress;
    suppression::place(&mut suppress, path, text);
    let lists = [file.select, file.ignore, file.warn, file.deny];
    let rules = Action::ALL
        .into_iter()
        .zip(lists)
        .flat_map(|(action, names)| {
            let names = names.into_iter();
            names.map(move |name| Rule { action, name })
        });
    Ok(Configuration {
        suppress,
        rules: rules.collect(),
    })
}

/// An error about a rule of a configuration, at the place of its name in the text.
pub fn wrong_rule(path: &str, text: &str, rule: &Rule, reason: String) -> SpecError {
    let field = format!("{}:", rule.action.word());
    let mut is_in_field = false;
    for (index, line) in text.lines().enumerate() {
        if !line.starts_with([' ', '\t', '-', '#']) && !line.is_empty() {
            is_in_field = line.starts_with(&field);
        }
        let after = if line.starts_with(&field) {
            field.len()
        } else {
            0
        };
        let found = line.get(after..).and_then(|rest| rest.find(&rule.name));
        if let (true, Some(at)) = (is_in_field, found) {
            return SpecError {
                path: path.to_owned(),
                line: index + 1,
                column: line[..after + at].chars().count() + 1,
                reason,
            };
        }
    }
    SpecError {
        path: path.to_owned(),
        line: 1,
        column: 1,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_in_the_order_in_which_they_act() {
        let text = "deny: [warnings]\nselect:\n  - kconfig\n  - feature\nignore: [a-lint]\n";
        let rules = parse("f", text).unwrap().rules;
        let told: Vec<String> = rules
            .iter()
            .map(|rule| format!("{} {}", rule.action.word(), rule.name))
            .collect();
        assert_eq!(
            told,
            [
                "select kconfig",
                "select feature",
                "ignore a-lint",
                "deny warnings"
            ]
        );
        let error = wrong_rule("f", text, &rules[1], "no".to_owned());
        assert_eq!((error.line, error.column), (4, 5));
        let error = wrong_rule("f", text, &rules[3], "no".to_owned());
        assert_eq!((error.line, error.column), (1, 8));
        assert_eq!(parse("f", "# nothing\n").unwrap(), Configuration::default());
        let error = parse("f", "denny: [x]\n").unwrap_err().to_string();
        assert!(error.contains("unknown field `denny`"), "{error}");
        let error = parse("f", "deny: x\n").unwrap_err().to_string();
        assert!(error.starts_with("f:1:7: deny: "), "{error}");
    }
}
