//! Owns what suppressions do: the findings that they mean are put aside with the reason, and one that means none is a finding.
//!
//! They never touch a verdict: what is `undecided` stays so.

use crate::check::error::CheckError;
use crate::check::lints::{self, LINTS, unused_suppression};
use crate::check::outcome::Outcome;
use crate::check::reported::{Reason, Reported};
use crate::check::run::baseline;
use crate::check::run::scope::Scope;
use crate::diag::{self, Diagnostic};
use crate::feature::configuration::{FILE, parse};
use crate::feature::spec::{Spec, SpecError};
use crate::feature::suppression::Suppression;
use crate::tree::{Tree, TreeError};

/// The name of the lint about a suppression that suppresses nothing.
pub const UNUSED: &str = unused_suppression::LINT.name;

/// Where the suppressions of a run stand, besides those in the specs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The entries of a file that was named; without one, each tree has its own in [`FILE`].
    pub given: Option<Vec<Suppression>>,
    /// The entries of the user's own configuration. They are about all trees, so one without a finding is not reported.
    pub of_user: Vec<Suppression>,
}

/// Reads a file of suppressions, and looks whether their lints exist. The path serves errors and places.
///
/// # Errors
///
/// It is not written as one, or names a lint that does not exist or cannot be suppressed.
pub fn read(path: &str, text: &str) -> Result<Vec<Suppression>, SpecError> {
    let list = parse(path, text)?.suppress;
    look_at_lints(&list)?;
    Ok(list)
}

/// Looks whether the lints of suppressions exist.
///
/// # Errors
///
/// One does not, or cannot be suppressed.
pub fn look_at_lints(list: &[Suppression]) -> Result<(), SpecError> {
    for suppression in list {
        let lint = &*suppression.lint;
        let reason = if [UNUSED, baseline::UNUSED].contains(&lint) {
            format!("`{lint}` cannot be suppressed: remove the entry that it reports")
        } else if lints::find(lint).is_none() {
            let nearest = lints::nearest(lint, LINTS.iter().map(|lint| lint.name));
            let nearest = nearest.unwrap_or_default();
            format!("no lint is called `{lint}`; the nearest name is `{nearest}`")
        } else {
            continue;
        };
        return Err(SpecError {
            path: suppression.place.path.to_string(),
            line: suppression.place.line as usize,
            column: suppression.place.column as usize,
            reason,
        });
    }
    Ok(())
}

/// Puts what is suppressed aside in an outcome, and adds a finding for each suppression that suppresses nothing.
///
/// # Errors
///
/// The tree's file cannot be read, or is wrong.
pub fn apply(
    tree: &Tree,
    source: &Source,
    scope: &Scope<'_>,
    outcome: &mut Outcome,
) -> Result<(), CheckError> {
    let of_tree;
    let list = match &source.given {
        Some(list) => list,
        None => {
            of_tree = read_of_tree(tree)?;
            &of_tree
        }
    };
    let mut rules: Vec<Rule<'_>> = list.iter().map(|one| Rule::new(one, None)).collect();
    rules.extend(source.of_user.iter().map(|one| Rule {
        // Never said to be unused.
        is_used: true,
        ..Rule::new(one, None)
    }));
    for spec in scope.specs {
        rules.extend(spec.suppress.iter().map(|one| Rule::new(one, Some(spec))));
    }
    if rules.is_empty() {
        return Ok(());
    }
    for findings in [&mut outcome.findings, &mut outcome.pedantic] {
        for finding in std::mem::take(findings) {
            let (left, suppressed) = part(finding, &mut rules, scope.architectures);
            findings.extend(left);
            outcome.suppressed.extend(suppressed);
        }
    }
    let unused = rules.iter().filter(|rule| !rule.is_used);
    outcome
        .findings
        .extend(unused.filter_map(|rule| rule.unused(scope)));
    diag::sort(&mut outcome.findings);
    diag::sort(&mut outcome.suppressed);
    Ok(())
}

/// The suppressions of a tree's own file; none where it has no such file.
fn read_of_tree(tree: &Tree) -> Result<Vec<Suppression>, CheckError> {
    match tree.read_text(FILE) {
        Ok(text) => Ok(read(FILE, &text)?),
        Err(TreeError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// A suppression while findings are held against it.
struct Rule<'a> {
    suppression: &'a Suppression,
    /// The spec that it is in.
    spec: Option<&'a Spec>,
    is_used: bool,
}

impl<'a> Rule<'a> {
    fn new(suppression: &'a Suppression, spec: Option<&'a Spec>) -> Self {
        Self {
            suppression,
            spec,
            is_used: false,
        }
    }

    /// Whether it means a finding, on some architecture.
    fn fits(&self, finding: &Diagnostic) -> bool {
        let wanted = self.suppression;
        let is_about = |spec: &Spec| finding.feature.as_deref() == Some(&*spec.name);
        *wanted.lint == *finding.lint
            && self.spec.is_none_or(is_about)
            && wanted
                .symbol_name()
                .is_none_or(|symbol| finding.symbol.as_deref() == Some(symbol))
            && wanted
                .file
                .as_ref()
                .is_none_or(|file| file.fits(&finding.primary.location.path))
    }

    /// The finding that it suppresses nothing; `None` where the run would not have found what it means.
    fn unused(&self, scope: &Scope<'_>) -> Option<Diagnostic> {
        let suppression = self.suppression;
        let archs: Vec<String> = suppression.arch.iter().map(ToString::to_string).collect();
        let feature = self.spec.map(|spec| &*spec.name);
        let unknown: Vec<&String> = archs
            .iter()
            .filter(|arch| scope.is_of_all_architectures && !scope.architectures.contains(arch))
            .collect();
        // A finding about architectures that do not exist is never found, whatever the run looks for.
        let is_of_nothing = !archs.is_empty()
            && unknown.len() == archs.len()
            && scope.is_of_kind(&suppression.lint);
        let is_looked_for = is_of_nothing
            || match feature {
                Some(_) => scope.covers(&suppression.lint, feature, &archs),
                None => scope.covers_any(&suppression.lint, suppression.symbol_name(), &archs),
            };
        is_looked_for.then(|| {
            let known = || scope.architectures.iter().map(|known| &**known);
            let unknown: Vec<(&str, &str)> = unknown
                .iter()
                .map(|arch| {
                    (
                        arch.as_str(),
                        lints::nearest(arch, known()).unwrap_or_default(),
                    )
                })
                .collect();
            unused_suppression::finding(suppression, feature, &unknown)
        })
    }
}

/// Parts a finding into what is left of it, and what rules suppress, each with the reason of the first that does.
fn part(
    finding: Diagnostic,
    rules: &mut [Rule<'_>],
    architectures: &[String],
) -> (Option<Diagnostic>, Vec<Reported>) {
    let all = match &*finding.archs {
        [] => architectures,
        archs => archs,
    };
    let mut left = all.to_vec();
    let mut suppressed = Vec::new();
    let of = |archs: Vec<String>| Diagnostic {
        archs: if archs.len() == all.len() {
            finding.archs.clone()
        } else {
            archs
        },
        ..finding.clone()
    };
    for rule in rules.iter_mut().filter(|rule| rule.fits(&finding)) {
        let is_meant = |arch: &String| {
            let wanted = &rule.suppression.arch;
            wanted.is_empty() || wanted.iter().any(|wanted| **wanted == **arch)
        };
        // Another rule for the same is not called unused.
        rule.is_used |= all.iter().any(is_meant);
        let (taken, rest) = left.into_iter().partition(is_meant);
        left = rest;
        if !Vec::is_empty(&taken) {
            suppressed.push(Reported {
                suppression: Some(Reason {
                    text: rule.suppression.reason.clone(),
                    place: rule.suppression.place.clone(),
                }),
                ..Reported::from(of(taken))
            });
        }
    }
    let left = (!left.is_empty()).then(|| of(left));
    (left, suppressed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Label, Level, Location};

    fn finding(archs: &[&str]) -> Diagnostic {
        let place = Location::file("arch/x/Kconfig");
        let mut finding =
            Diagnostic::new("stale-marker", Level::Warn, "bad", Label::new(place, ""))
                .about("f", "S");
        finding.archs = archs.iter().map(ToString::to_string).collect();
        finding
    }

    /// `left | suppressed, with its reason`, as architectures.
    fn told(entry: &str, archs: &[&str]) -> String {
        let entry = format!("suppress:\n  - {{lint: stale-marker, reason: why{entry}}}\n");
        let list = read("kfeat.yaml", &entry).unwrap();
        let mut rules: Vec<Rule<'_>> = list.iter().map(|one| Rule::new(one, None)).collect();
        let all = ["x", "y"].map(str::to_owned);
        let (left, suppressed) = part(finding(archs), &mut rules, &all);
        let left = left.map_or("-".to_owned(), |left| left.archs.join(","));
        let suppressed: Vec<String> = suppressed
            .iter()
            .map(|one| {
                format!(
                    "{} {}",
                    one.archs.join(","),
                    one.suppression.as_ref().unwrap().text
                )
            })
            .collect();
        format!("{left} | {}", suppressed.join("; "))
    }

    #[test]
    fn all_that_is_given_has_to_fit() {
        assert_eq!(told("", &["x"]), "- | x why");
        assert_eq!(
            told(", symbol: S, file: 'arch/*/Kconfig'", &["x"]),
            "- | x why"
        );
        assert_eq!(told(", symbol: CONFIG_S", &["x"]), "- | x why");
        assert_eq!(told(", symbol: T", &["x"]), "x | ");
        assert_eq!(told(", file: 'arch/y/**'", &["x"]), "x | ");
    }

    #[test]
    fn architectures_are_parted() {
        assert_eq!(told(", arch: y", &["x", "y"]), "x | y why");
        assert_eq!(told(", arch: y", &["x"]), "x | ");
        assert_eq!(told(", arch: y", &[]), "x | y why");
        assert_eq!(told(", arch: [x, y]", &[]), "- |  why");
    }

    #[test]
    fn lints_have_to_exist() {
        let error = |lint| {
            let text = format!("suppress:\n  - reason: why\n    lint: {lint}\n");
            read("kfeat.yaml", &text).unwrap_err().to_string()
        };
        assert_eq!(
            error("stale-markers"),
            "kfeat.yaml:2:3: no lint is called `stale-markers`; the nearest name is `stale-marker`"
        );
        assert!(error(UNUSED).contains("cannot be suppressed"));
    }
}
