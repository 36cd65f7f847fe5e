//! Owns which passes a run makes: those of which it may report a lint. A run asks once, before the work.
//!
//! The cost of a pass is in proportion to the tree, so one that has nothing to report is left out as a whole.

use crate::check::kconfig::Groups;
use crate::check::lint::group::{self, Group};
use crate::check::lint::{Lint, Pass};
use crate::check::lints::LINTS;
use crate::check::run::levels::Levels;

/// The passes of a run besides those over its own suppressions and baseline, which cost nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    /// The features, one after the other, with the verdicts on them. The models of Kconfig that it makes report what they cannot read
    /// and what `conf` objects to.
    pub features: bool,
    /// The tables, which a run over one tree compares on request only.
    pub tables: bool,
    /// The proofs about all Kconfig files.
    pub kconfig: Groups,
}

impl Passes {
    /// The passes for what `levels` report. Features that were named are always checked: their verdicts were asked for, too.
    pub fn new(levels: &Levels, are_features_named: bool) -> Self {
        // Asked for by its name or group, such a lint is proved for all symbols, those of features among them.
        let needs_features = |lint: &&&Lint| match lint.pass {
            Pass::Feature(_) | Pass::FeatureAndTree(..) => levels.may_report(lint),
            Pass::FeatureAndKconfig(_) => levels.may_report(lint) && !levels.is_asked_for(lint),
            _ => false,
        };
        let features = are_features_named || LINTS.iter().any(|lint| needs_features(&lint));
        let asks = |group: &Group| {
            let mut lints = LINTS.iter().filter(|lint| lint.is_about_kconfig());
            lints.any(|lint| lint.group == group && levels.is_asked_for(lint))
        };
        Self {
            features,
            tables: levels.asks_for(Lint::is_about_tables),
            kconfig: Groups {
                unmet: asks(&group::UNMET),
                names: asks(&group::NAMES),
                dead: asks(&group::DEAD),
                style: asks(&group::STYLE),
                uses: asks(&group::USES),
                definitions: !features && levels.may_report_some(Lint::needs_no_feature),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::configuration::{Action, Rule};

    fn passes(rules: &[(Action, &str)]) -> Passes {
        let rules = rules.iter().map(|(action, name)| Rule {
            action: *action,
            name: (*name).to_owned(),
        });
        Passes::new(&Levels::layered([rules.collect()]), false)
    }

    #[test]
    fn a_pass_without_a_lint_to_report_is_left_out() {
        use Action::{Ignore, Select, Warn};
        let none = Passes {
            features: false,
            tables: false,
            kconfig: Groups::NONE,
        };
        let all = passes(&[]);
        assert!(all.features && !all.tables && all.kconfig == Groups::NONE);
        let kconfig = |name, kconfig| {
            assert_eq!(passes(&[(Select, name)]), Passes { kconfig, ..none });
        };
        let unmet = Groups {
            unmet: true,
            ..Groups::NONE
        };
        kconfig("unmet", unmet);
        kconfig("unmet-dependency", unmet);
        kconfig(
            "kconfig-style",
            Groups {
                style: true,
                ..Groups::NONE
            },
        );
        kconfig(
            "kconfig-loop",
            Groups {
                definitions: true,
                ..Groups::NONE
            },
        );
        kconfig(
            "kconfig",
            Groups {
                style: false,
                uses: false,
                ..Groups::ALL
            },
        );
        assert_eq!(
            passes(&[(Select, "table")]),
            Passes {
                tables: true,
                ..none
            }
        );
        // One lint of features is enough, on top of others or alone.
        assert!(passes(&[(Select, "dead"), (Select, "stale-marker")]).features);
        assert!(passes(&[(Select, "dead"), (Warn, "missing-fallback")]).features);
        assert!(passes(&[(Ignore, "dead-symbol")]).features);
        assert!(!passes(&[(Select, "all"), (Ignore, "feature")]).features);
        // Of features alone it is a matter of their own selects.
        assert!(passes(&[(Ignore, "feature"), (Ignore, "names")]).features);
    }

    #[test]
    fn named_features_are_checked_whatever_is_reported() {
        let rule = Rule {
            action: Action::Select,
            name: "names".to_owned(),
        };
        let passes = Passes::new(&Levels::layered([vec![rule]]), true);
        assert!(passes.features && passes.kconfig.names && !passes.kconfig.definitions);
    }
}
