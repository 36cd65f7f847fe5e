//! Owns which lints a run reports and at which level: what options and configuration files say about lints and groups.

use std::borrow::BorrowMut;

use crate::check::lint::Lint;
use crate::check::lint::group::{ALL, GROUPS, Group, RUN};
use crate::check::lints::{self, LINTS};
use crate::check::outcome::Outcome;
use crate::diag::{self, Diagnostic, Level};
use crate::feature::configuration::{Action, Rule};

/// The name that stands for all findings of level warning, whatever their lint.
pub const WARNINGS: &str = "warnings";

/// A name that neither a lint nor a group has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no lint or group is called `{name}`; {}", advice(*nearest))]
pub struct UnknownLint {
    /// The name.
    pub name: String,
    /// The nearest name that exists, if one is like it.
    pub nearest: Option<&'static str>,
}

fn advice(nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => "`kfeat lint list` lists them all".to_owned(),
    }
}

/// The levels of lints, from options and configuration files. Later rules override earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    rules: Vec<Rule>,
}

/// The rules about one lint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Setting {
    /// Whether it is reported; `None` where nothing says so.
    is_on: Option<bool>,
    /// The level of all its findings; `None` for their own.
    level: Option<Level>,
    /// Whether its warnings are errors.
    denies_warnings: bool,
}

/// Looks whether a lint or a group has the name of a rule.
///
/// # Errors
///
/// None has.
pub fn find_names(rule: &Rule) -> Result<(), UnknownLint> {
    let name = &*rule.name;
    let may_be_warnings = matches!(rule.action, Action::Warn | Action::Deny);
    let is_known = lints::find(name).is_some()
        || GROUPS.iter().any(|group| group.name == name)
        || name == ALL
        || may_be_warnings && name == WARNINGS;
    if is_known {
        return Ok(());
    }
    let groups = GROUPS.iter().map(|group| group.name);
    let words = groups
        .chain([ALL])
        .chain(may_be_warnings.then_some(WARNINGS));
    let names = LINTS.iter().map(|lint| lint.name).chain(words);
    Err(UnknownLint {
        name: name.to_owned(),
        nearest: lints::nearest(name, names),
    })
}

impl Levels {
    /// The rules of several layers, such as a file and the command line, from the weakest to the strongest. A layer that
    /// selects lints replaces what weaker ones select. Rules with unknown names do nothing: [`find_names`] finds them.
    pub fn layered(layers: impl IntoIterator<Item = Vec<Rule>>) -> Self {
        let mut rules: Vec<Rule> = Vec::new();
        for layer in layers {
            if layer.iter().any(|rule| rule.action == Action::Select) {
                rules.retain(|rule| rule.action != Action::Select);
            }
            rules.extend(layer);
        }
        Self { rules }
    }

    /// The rules in the order in which they act.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether the lint is reported.
    pub fn is_on(&self, lint: &Lint) -> bool {
        self.setting(lint).is_on.unwrap_or(lint.is_on)
    }

    /// Whether a finding of the lint can be in the report, also among those that break nothing.
    pub fn may_report(&self, lint: &Lint) -> bool {
        self.setting(lint).is_on != Some(false)
    }

    /// Whether a rule turns the lint on, by its name or a group, so that work that is only done on request is due.
    pub fn is_asked_for(&self, lint: &Lint) -> bool {
        self.setting(lint).is_on == Some(true)
    }

    /// Whether a finding of a lint that `kind` accepts can be in the report.
    pub fn may_report_some(&self, kind: fn(&Lint) -> bool) -> bool {
        let mut lints = LINTS.iter().filter(|lint| kind(lint));
        lints.any(|lint| self.may_report(lint))
    }

    /// Whether a rule turns a lint on that `kind` accepts.
    pub fn asks_for(&self, kind: fn(&Lint) -> bool) -> bool {
        let mut lints = LINTS.iter().filter(|lint| kind(lint));
        lints.any(|lint| self.is_asked_for(lint))
    }

    /// Whether every lint of a group that is on by default is reported.
    pub fn keeps(&self, group: &Group) -> bool {
        let mut lints = LINTS
            .iter()
            .filter(|lint| lint.is_on && *lint.group == *group);
        lints.all(|lint| self.is_on(lint))
    }

    fn setting(&self, lint: &Lint) -> Setting {
        let mut setting = Setting::default();
        // Findings about a run's own suppressions do not depend on the selected lints.
        if *lint.group != RUN && self.rules.iter().any(|rule| rule.action == Action::Select) {
            setting.is_on = Some(false);
        }
        for rule in &self.rules {
            if rule.name == WARNINGS {
                setting.denies_warnings = rule.action == Action::Deny;
                continue;
            }
            if !lint.is_called(&rule.name) {
                continue;
            }
            setting.is_on = Some(rule.action != Action::Ignore);
            let level = match rule.action {
                Action::Warn => Level::Warn,
                Action::Deny => Level::Deny,
                Action::Select | Action::Ignore => continue,
            };
            setting.level = Some(level);
            setting.denies_warnings = false;
        }
        setting
    }

    /// The level that a finding gets; `None` where it is not reported at all. What breaks nothing stays at
    /// [`Level::Allow`], unless its lint is off by default and turned on.
    fn level(&self, finding: &Diagnostic) -> Option<Level> {
        let Some(lint) = lints::find(finding.lint) else {
            return Some(finding.level);
        };
        let setting = self.setting(lint);
        let level = match setting.is_on {
            Some(false) => return None,
            _ if finding.level > Level::Allow => setting.level.unwrap_or(finding.level),
            Some(true) if !lint.is_on => setting.level.unwrap_or(lint.default_level),
            _ => return Some(finding.level),
        };
        Some(if level == Level::Warn && setting.denies_warnings {
            Level::Deny
        } else {
            level
        })
    }

    /// Gives findings their levels, and drops those of lints that are off.
    pub fn adjust<T: BorrowMut<Diagnostic>>(&self, findings: &mut Vec<T>) {
        if self.rules.is_empty() {
            return;
        }
        findings.retain_mut(|finding| {
            let finding = finding.borrow_mut();
            match self.level(finding) {
                Some(level) => {
                    finding.level = level;
                    true
                }
                None => false,
            }
        });
    }

    /// The same for all that was found.
    pub fn apply(&self, outcome: &mut Outcome) {
        if self.rules.is_empty() {
            return;
        }
        self.adjust(&mut outcome.findings);
        self.adjust(&mut outcome.pedantic);
        self.adjust(&mut outcome.suppressed);
        let is_shown = |finding: &mut Diagnostic| finding.level > Level::Allow;
        let shown: Vec<Diagnostic> = outcome.pedantic.extract_if(.., is_shown).collect();
        if !shown.is_empty() {
            outcome.findings.extend(shown);
            diag::sort(&mut outcome.findings);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::lints::{stale_marker, unsorted_select};
    use crate::diag::{Label, Location};

    fn levels(rules: &[(Action, &str)]) -> Levels {
        let rules = rules.iter().map(|(action, name)| Rule {
            action: *action,
            name: (*name).to_owned(),
        });
        Levels::layered([rules.collect()])
    }

    /// The level of a finding of the lint after the rules.
    fn told(lint: &Lint, level: Level, rules: &[(Action, &str)]) -> Option<Level> {
        let label = Label::new(Location::file("a"), "");
        let mut findings = vec![Diagnostic::new(lint.name, level, "bad", label)];
        levels(rules).adjust(&mut findings);
        findings.first().map(|finding| finding.level)
    }

    #[test]
    fn later_rules_override_earlier_ones() {
        use Action::{Deny, Ignore, Select, Warn};
        let stale = |rules: &[_]| told(&stale_marker::LINT, Level::Warn, rules);
        assert_eq!(stale(&[]), Some(Level::Warn));
        assert_eq!(stale(&[(Ignore, "stale-marker")]), None);
        assert_eq!(
            stale(&[(Ignore, "feature"), (Select, "stale-marker")]),
            Some(Level::Warn)
        );
        assert_eq!(stale(&[(Select, "all"), (Ignore, "feature")]), None);
        assert_eq!(stale(&[(Select, "kconfig")]), None);
        assert_eq!(stale(&[(Deny, "feature")]), Some(Level::Deny));
        assert_eq!(stale(&[(Deny, WARNINGS)]), Some(Level::Deny));
        assert_eq!(
            stale(&[(Deny, WARNINGS), (Warn, "stale-marker")]),
            Some(Level::Warn)
        );
        assert_eq!(
            stale(&[(Warn, "stale-marker"), (Deny, WARNINGS)]),
            Some(Level::Deny)
        );
        assert_eq!(
            stale(&[(Deny, WARNINGS), (Warn, WARNINGS)]),
            Some(Level::Warn)
        );
    }

    #[test]
    fn a_lint_that_is_off_by_default_can_be_turned_on() {
        use Action::{Deny, Select, Warn};
        let sorted = |rules: &[_]| told(&unsorted_select::LINT, Level::Allow, rules);
        assert_eq!(sorted(&[]), Some(Level::Allow));
        assert_eq!(sorted(&[(Select, "unsorted-select")]), Some(Level::Note));
        assert_eq!(sorted(&[(Warn, "feature")]), Some(Level::Warn));
        assert_eq!(sorted(&[(Deny, "all")]), Some(Level::Deny));
        assert_eq!(sorted(&[(Select, "stale-marker")]), None);
        // A harmless finding does not become an error with its lint.
        let harmless = |rules: &[_]| told(&stale_marker::LINT, Level::Allow, rules);
        assert_eq!(harmless(&[(Deny, "stale-marker")]), Some(Level::Allow));
    }

    #[test]
    fn a_stronger_layer_replaces_what_a_weaker_one_selects() {
        let layer = |action, name: &str| {
            vec![Rule {
                action,
                name: name.to_owned(),
            }]
        };
        let levels = Levels::layered([
            layer(Action::Select, "kconfig"),
            layer(Action::Deny, WARNINGS),
            layer(Action::Select, "stale-marker"),
        ]);
        let words: Vec<&str> = levels.rules().iter().map(|rule| &*rule.name).collect();
        assert_eq!(words, [WARNINGS, "stale-marker"]);
        assert!(levels.asks_for(Lint::is_about_tree) && !levels.asks_for(Lint::is_about_tables));
    }

    #[test]
    fn a_name_that_nothing_has_gets_the_nearest() {
        let nearest = |action, name: &str| {
            let name = name.to_owned();
            find_names(&Rule { action, name }).map_err(|error| error.nearest)
        };
        assert_eq!(
            nearest(Action::Select, "STALE_MARKER"),
            Err(Some("stale-marker"))
        );
        assert_eq!(nearest(Action::Ignore, "kconfg"), Err(Some("kconfig")));
        assert_eq!(nearest(Action::Deny, "warning"), Err(Some(WARNINGS)));
        assert_eq!(nearest(Action::Deny, WARNINGS), Ok(()));
        assert!(nearest(Action::Select, WARNINGS).is_err());
        assert_eq!(nearest(Action::Select, "nosuchlint"), Err(None));
        assert_eq!(nearest(Action::Select, ""), Err(None));
        assert_eq!(nearest(Action::Select, "unmet"), Ok(()));
    }
}
