//! Owns what a run looks at, so that what it does not find is only called gone where it would have been found.

use crate::check::lint::Lint;
use crate::check::lints;
use crate::check::run::levels::Levels;
use crate::feature::spec::Spec;

/// Describes what a run looks at.
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
    /// Which lints are reported.
    pub levels: &'a Levels,
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
                    self.is_about_tables
                        || self.is_of_whole_tree
                        || is(lint, Lint::needs_no_feature)
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
            && (is(lint, Lint::needs_no_feature)
                || symbol.is_some_and(is_of_a_feature)
                || match is(lint, Lint::is_about_tree) {
                    true => self.is_of_whole_tree,
                    false => self.is_of_all_features,
                })
    }

    /// Whether the lint is about tables if the run is, and else not.
    pub fn is_of_kind(&self, lint: &str) -> bool {
        is(lint, Lint::is_about_tables) == self.is_about_tables
    }

    fn is_of(&self, lint: &str, archs: &[String]) -> bool {
        let is_of_arch = |arch| self.is_of_all_architectures || self.architectures.contains(arch);
        let is_on = lints::find(lint).is_none_or(|lint| self.levels.is_on(lint) || !lint.is_on);
        is_on
            && self.is_of_kind(lint)
            && match archs {
                [] => self.is_of_all_architectures,
                archs => archs.iter().any(is_of_arch),
            }
    }
}

/// Whether the lint of this name is of a kind; one that does not exist is of none.
fn is(name: &str, kind: fn(&Lint) -> bool) -> bool {
    lints::find(name).is_some_and(kind)
}
