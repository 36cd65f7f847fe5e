//! Owns the options that say which lints are reported, at which level and where not; and the configuration files that say the same.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::specs;
use crate::check::run::levels::{Levels, find_names};
use crate::check::run::suppression::{self, Source};
use crate::feature::configuration::{self, Action, Configuration, FILE, Rule};
use crate::tree::{Tree, TreeError};

/// The heading of the options in `--help`.
const HEADING: &str = "Lints";

/// Which lints to report.
#[derive(Debug, Default, Args)]
pub(super) struct LintOptions {
    #[command(flatten)]
    rules: Rules,
    /// Read this configuration instead of `kfeat.yaml` in the tree and in $XDG_CONFIG_HOME/kfeat
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    config_file: Option<PathBuf>,
    /// Read the suppressions from this file instead of `kfeat.yaml` in the top directory of the tree
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    suppressions: Option<PathBuf>,
}

/// Describes what options and files say about lints.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// The levels of lints.
    pub levels: Levels,
    /// Which findings are not reported.
    pub suppressions: Source,
    /// The paths and texts of the files outside the tree that say so.
    pub texts: Vec<String>,
}

impl LintOptions {
    /// The files outside the tree that are read.
    pub fn files(&self) -> Vec<PathBuf> {
        let configuration = self.config_file.clone().or_else(of_user);
        configuration
            .into_iter()
            .chain(self.suppressions.clone())
            .collect()
    }

    /// Reads the configuration files, and puts the options on top. Of a series, `tree` is the one before it: a commit does
    /// not change how it is judged.
    pub fn settings(&self, tree: &Tree) -> anyhow::Result<Settings> {
        for rule in &self.rules.0 {
            let option = || format!("cannot use `--{} {}`", rule.action.word(), rule.name);
            find_names(rule).with_context(option)?;
        }
        let mut suppressions = Source::default();
        let mut texts = vec![
            if self.config_file.is_some() {
                "given"
            } else {
                "found"
            }
            .to_owned(),
        ];
        let mut layers = Vec::new();
        if let Some(path) = &self.config_file {
            let shown = path.display().to_string();
            let text = specs::read_yaml(path, "configuration")?;
            let configuration = read(&shown, &text)?;
            texts.extend([shown, text]);
            layers.push(configuration.rules);
            suppressions.given = Some(configuration.suppress);
        } else {
            if let Some(path) = of_user() {
                let shown = path.display().to_string();
                let text = specs::read_yaml(&path, "configuration")?;
                let configuration = read(&shown, &text)?;
                texts.extend([shown, text]);
                layers.push(configuration.rules);
                suppressions.of_user = configuration.suppress;
            }
            match tree.read_text(FILE) {
                Ok(text) => layers.push(read(FILE, &text)?.rules),
                Err(TreeError::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(path) = &self.suppressions {
            let shown = path.display().to_string();
            let text = specs::read_yaml(path, "file of suppressions")?;
            suppressions.given = Some(suppression::read(&shown, &text)?);
            texts.extend([shown, text]);
        }
        layers.push(self.rules.0.clone());
        Ok(Settings {
            levels: Levels::layered(layers),
            suppressions,
            texts,
        })
    }
}

/// Reads a configuration, and looks whether its lints exist.
fn read(path: &str, text: &str) -> anyhow::Result<Configuration> {
    let configuration = configuration::parse(path, text)?;
    suppression::look_at_lints(&configuration.suppress)?;
    for rule in &configuration.rules {
        if let Err(error) = find_names(rule) {
            bail!(configuration::wrong_rule(
                path,
                text,
                rule,
                error.to_string()
            ));
        }
    }
    Ok(configuration)
}

/// The user's own configuration, if there is one.
fn of_user() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    // A relative path there has no meaning.
    let absolute = |path: &PathBuf| path.is_absolute();
    let directory = variable("XDG_CONFIG_HOME")
        .filter(absolute)
        .or_else(|| Some(variable("HOME").filter(absolute)?.join(".config")))?;
    let path = directory.join("kfeat").join(FILE);
    Path::is_file(&path).then_some(path)
}

/// `--select`, `--ignore`, `--warn` and `--deny` in the order in which they were given, which derived arguments do not keep.
#[derive(Clone, Debug, Default)]
struct Rules(Vec<Rule>);

/// The help of an option.
fn help(action: Action) -> &'static str {
    match action {
        Action::Select => "Report only these lints or groups, even if they are off by default",
        Action::Ignore => "Do not report these lints or groups",
        Action::Warn => "Report these lints or groups as warnings, even if they are off by default",
        Action::Deny => {
            "Report these lints or groups as errors; `warnings` stands for all warnings"
        }
    }
}

impl Args for Rules {
    fn augment_args(command: Command) -> Command {
        Action::ALL.into_iter().fold(command, |command, action| {
            command.arg(
                clap::Arg::new(action.word())
                    .long(action.word())
                    .value_name("LINT|GROUP")
                    .value_delimiter(',')
                    .action(ArgAction::Append)
                    .help_heading(HEADING)
                    .help(help(action)),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Rules {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given: Vec<(usize, Rule)> = Vec::new();
        for action in Action::ALL {
            let names = matches.get_many::<String>(action.word());
            let indices = matches.indices_of(action.word());
            let (Some(names), Some(indices)) = (names, indices) else {
                continue;
            };
            given.extend(indices.zip(names).map(|(index, name)| {
                let name = name.clone();
                (index, Rule { action, name })
            }));
        }
        given.sort_by_key(|(index, _)| *index);
        Ok(Self(given.into_iter().map(|(_, rule)| rule).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
