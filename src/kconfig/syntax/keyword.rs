//! Owns the words that the language keeps for itself: the keywords of `lexer.l`, those of 6.1 included.

/// A keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Bool,
    Choice,
    Comment,
    Config,
    DefBool,
    DefTristate,
    Default,
    Depends,
    Endchoice,
    Endif,
    Endmenu,
    Help,
    Hex,
    If,
    Imply,
    Int,
    Mainmenu,
    Menu,
    Menuconfig,
    Modules,
    On,
    Option,
    Optional,
    Prompt,
    Range,
    Select,
    Source,
    String,
    Transitional,
    Tristate,
    Visible,
}

use Keyword as K;

/// Every keyword with its spelling.
const ALL: &[(&str, Keyword)] = &[
    ("bool", K::Bool),
    ("choice", K::Choice),
    ("comment", K::Comment),
    ("config", K::Config),
    ("def_bool", K::DefBool),
    ("def_tristate", K::DefTristate),
    ("default", K::Default),
    ("depends", K::Depends),
    ("endchoice", K::Endchoice),
    ("endif", K::Endif),
    ("endmenu", K::Endmenu),
    ("help", K::Help),
    ("hex", K::Hex),
    ("if", K::If),
    ("imply", K::Imply),
    ("int", K::Int),
    ("mainmenu", K::Mainmenu),
    ("menu", K::Menu),
    ("menuconfig", K::Menuconfig),
    ("modules", K::Modules),
    ("on", K::On),
    ("option", K::Option),
    ("optional", K::Optional),
    ("prompt", K::Prompt),
    ("range", K::Range),
    ("select", K::Select),
    ("source", K::Source),
    ("string", K::String),
    ("transitional", K::Transitional),
    ("tristate", K::Tristate),
    ("visible", K::Visible),
];

impl Keyword {
    /// The keyword that is spelled like this.
    pub(super) fn from_text(text: &str) -> Option<Self> {
        // Most words that are looked up name symbols.
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return None;
        }
        ALL.binary_search_by(|(spelling, _)| (*spelling).cmp(text))
            .ok()
            .map(|index| ALL[index].1)
    }

    /// The keyword's spelling.
    pub(super) fn text(self) -> &'static str {
        ALL[self as usize].0
    }

    /// Whether a symbol cannot have this name. `option` and `optional` are no keywords of 7.2, and nothing is lost by reading
    /// them as names.
    pub(super) fn is_reserved(self) -> bool {
        !matches!(self, K::Option | K::Optional)
    }

    /// Whether the keyword starts a statement, as against a property of the entry before it.
    pub(super) fn starts_statement(self) -> bool {
        matches!(
            self,
            K::Choice
                | K::Comment
                | K::Config
                | K::Endchoice
                | K::Endif
                | K::Endmenu
                | K::If
                | K::Mainmenu
                | K::Menu
                | K::Menuconfig
                | K::Source
        )
    }

    /// The keyword that a misspelt word is likely meant to be: it differs in one letter, or in two that changed places.
    pub(super) fn similar_to(word: &str) -> Option<Self> {
        ALL.iter()
            .filter(|(spelling, _)| spelling.len() > 3 && differs_by_one(spelling, word))
            .map(|&(_, keyword)| keyword)
            .next()
    }
}

/// Whether one insertion, removal, replacement or exchange of neighbours turns `a` into `b`.
fn differs_by_one(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    matches!((a, b), ([_], []) | ([], [_]) | ([_], [_]))
        || matches!((a, b), ([w, x], [y, z]) if w == z && x == y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_in_the_order_of_the_enumeration() {
        assert!(ALL.is_sorted_by_key(|entry| entry.0));
        assert!(
            ALL.iter()
                .enumerate()
                .all(|(index, &(_, keyword))| keyword as usize == index)
        );
        assert_eq!(Keyword::from_text("def_bool"), Some(K::DefBool));
        assert_eq!(Keyword::from_text("defbool"), None);
    }

    #[test]
    fn misspelt_words_are_recognised() {
        assert_eq!(Keyword::similar_to("slect"), Some(K::Select));
        assert_eq!(Keyword::similar_to("confgi"), Some(K::Config));
        assert_eq!(Keyword::similar_to("dependss"), Some(K::Depends));
        assert_eq!(Keyword::similar_to("foo"), None);
    }
}
