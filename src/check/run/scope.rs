//! Owns what a run looks at, so that what it does not find is only called gone where it would have been found.

use crate::check::lints::{select_undeclared, stale_marker};
use crate::feature::spec::Spec;

/// The lints that are looked for in the whole tree, too, where that is asked for.
const OF_WHOLE_TREE: [&str; 2] = [select_undeclared::LINT.name, stale_marker::LINT.name];

/// What begins the names of what reading Kconfig can find.
const WHILE_READING: &str = "kconfig-";

/// What begins the names of the lints about tables.
const ABOUT_TABLES: &str = "table-";

/// What a run looks at.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// The architectures.
    pub architectures: &'a [String],
    /// Whether these are all of the tree.
    pub is_of_all_architectures: bool,
    /// The features by name.
    pub features: Vec<String>,
    /// Their specs, as far as they have one.
    pub specs: &'a [Spec],
    /// Whether these are all that are known without a choice.
    pub is_of_all_features: bool,
    /// Whether the whole tree is looked through.
    pub is_of_whole_tree: bool,
    /// Whether it is about the tables, and about nothing else.
    pub is_about_tables: bool,
}

impl Scope<'_> {
    /// Whether the run would have found what `lint` had to say about a feature, or about none, on one of the architectures;
    /// no architecture stands for all.
    pub fn covers(&self, lint: &str, feature: Option<&str>, archs: &[String]) -> bool {
        self.is_of(lint, archs)
            && match feature {
                Some(feature) => {
                    self.features.iter().any(|known| known == feature)
                        || self.is_about_tables && self.is_of_all_features
                }
                None => {
                    self.is_about_tables || self.is_of_whole_tree || lint.starts_with(WHILE_READING)
                }
            }
    }

    /// The same where it is not known which feature it is about; `symbol` is a name that it is about, if there is one.
    pub fn covers_any(&self, lint: &str, symbol: Option<&str>, archs: &[String]) -> bool {
        let is_of_a_feature = |symbol: &str| {
            self.specs.iter().any(|spec| {
                spec.kconfig.iter().any(|term| &*term.symbol == symbol)
                    || spec.functions().contains(&symbol)
                    || spec
                        .retired_markers
                        .iter()
                        .any(|marker| &**marker == symbol)
            })
        };
        self.is_of(lint, archs)
            && (lint.starts_with(WHILE_READING)
                || symbol.is_some_and(is_of_a_feature)
                || match OF_WHOLE_TREE.contains(&lint) {
                    true => self.is_of_whole_tree,
                    false => self.is_of_all_features,
                })
    }

    /// Whether the lint is about tables if the run is, and else not.
    pub fn is_of_kind(&self, lint: &str) -> bool {
        lint.starts_with(ABOUT_TABLES) == self.is_about_tables
    }

    fn is_of(&self, lint: &str, archs: &[String]) -> bool {
        let is_of_arch = |arch| self.is_of_all_architectures || self.architectures.contains(arch);
        self.is_of_kind(lint)
            && match archs {
                [] => self.is_of_all_architectures,
                archs => archs.iter().any(is_of_arch),
            }
    }
}
