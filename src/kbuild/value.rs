//! Owns what a variable of make is worth in all configurations at once: pieces of text, each there under a condition.
//!
//! The value in one configuration is the pieces that are there, one after another. So `a$(CONFIG_X).o` has a piece `a`, a piece
//! `y` under the condition that `X` is `y`, one `m`, and a piece `.o`.

use std::rc::Rc;

use crate::cpp::{Condition, Conditions};

/// Most texts that one value is taken apart into.
const MAX_TEXTS: usize = 64;

/// A part of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Text, blanks included.
    Text(Rc<str>),
    /// Text that is not known, such as the output of a command: what would have to be known.
    Unknown(Rc<str>),
}

/// A value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Value(pub Vec<(Condition, Piece)>);

/// Words, each with the condition under which it is there.
pub type Words = Vec<(Condition, Piece)>;

impl Value {
    /// The same text everywhere.
    pub fn text(text: &str) -> Self {
        match text {
            "" => Self::default(),
            text => Self(vec![(Condition::TRUE, Piece::Text(text.into()))]),
        }
    }

    /// A text that is not known.
    pub fn unknown(what: &str) -> Self {
        Self(vec![(Condition::TRUE, Piece::Unknown(what.into()))])
    }

    /// Adds another value.
    pub fn push(&mut self, other: Value) {
        self.0.extend(other.0);
    }

    /// Adds a text.
    pub fn push_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.0.push((Condition::TRUE, Piece::Text(text.into())));
        }
    }

    /// The value where `condition` holds, nothing elsewhere.
    #[must_use]
    pub fn under(self, condition: Condition, conditions: &mut Conditions) -> Self {
        if condition == Condition::TRUE {
            return self;
        }
        let pieces = self.0.into_iter().filter_map(|(own, piece)| {
            let both = conditions.and(own, condition);
            (both != Condition::FALSE).then_some((both, piece))
        });
        Self(pieces.collect())
    }

    /// Every text that the value can be, with the condition. The conditions exclude each other, and one always holds.
    ///
    /// # Errors
    ///
    /// The value has unknown parts, or too many alternatives.
    pub fn texts(&self, conditions: &mut Conditions) -> Result<Vec<(Condition, String)>, Rc<str>> {
        let mut texts = vec![(Condition::TRUE, String::new())];
        for (condition, piece) in &self.0 {
            let piece = match piece {
                Piece::Text(text) => text,
                Piece::Unknown(what) => return Err(what.clone()),
            };
            if *condition == Condition::TRUE {
                for (_, text) in &mut texts {
                    text.push_str(piece);
                }
                continue;
            }
            let mut split: Vec<(Condition, String)> = Vec::new();
            for (known, text) in texts {
                let with = conditions.and(known, *condition);
                let without = conditions.and_not(known, *condition);
                for (condition, text) in [(with, format!("{text}{piece}")), (without, text)] {
                    if condition == Condition::FALSE {
                        continue;
                    }
                    match split.iter_mut().find(|(_, other)| *other == text) {
                        Some((other, _)) => *other = conditions.or(*other, condition),
                        None => split.push((condition, text)),
                    }
                }
            }
            if split.len() > MAX_TEXTS {
                return Err("a value of too many texts".into());
            }
            texts = split;
        }
        Ok(texts)
    }

    /// The words, in their order.
    pub fn words(&self, conditions: &mut Conditions) -> Words {
        let mut words = Words::new();
        // The beginnings of a word that is not complete, each with its condition; `None` for what is not known.
        let mut open: Vec<(Condition, Piece)> = Vec::new();
        fn close(open: &mut Vec<(Condition, Piece)>, words: &mut Words) {
            let is_word = |piece: &Piece| !matches!(piece, Piece::Text(text) if text.is_empty());
            words.extend(open.drain(..).filter(|(_, piece)| is_word(piece)));
        }
        for (condition, piece) in &self.0 {
            let text: &str = match piece {
                Piece::Text(text) => text,
                Piece::Unknown(_) => "",
            };
            let parts: Vec<Piece> = match piece {
                Piece::Unknown(_) => vec![piece.clone()],
                Piece::Text(_) => text
                    .split([' ', '\t', '\n'])
                    .map(|part| Piece::Text(part.into()))
                    .collect(),
            };
            let last = parts.len() - 1;
            if *condition == Condition::TRUE {
                for (index, part) in parts.into_iter().enumerate() {
                    glue(&mut open, Condition::TRUE, &part, conditions);
                    if index != last {
                        close(&mut open, &mut words);
                    }
                }
                continue;
            }
            if last == 0 {
                glue(&mut open, *condition, &parts[0], conditions);
                continue;
            }
            // The piece has blanks of its own: where it is there it ends the open word and leaves another one open.
            let mut with: Vec<(Condition, Piece)> = Vec::new();
            let mut without: Vec<(Condition, Piece)> = Vec::new();
            let mut alone = *condition;
            for (known, text) in open.drain(..) {
                let both = conditions.and(known, *condition);
                let rest = conditions.and_not(known, *condition);
                alone = conditions.and_not(alone, known);
                if both != Condition::FALSE {
                    with.push((both, text.clone()));
                }
                if rest != Condition::FALSE {
                    without.push((rest, text));
                }
            }
            let nothing = || Piece::Text("".into());
            if alone != Condition::FALSE {
                with.push((alone, nothing()));
            }
            for (index, part) in parts.into_iter().enumerate() {
                if index > 0 {
                    with.push((*condition, nothing()));
                }
                for (_, text) in &mut with {
                    *text = joined(text, &part);
                }
                if index != last {
                    close(&mut with, &mut words);
                }
            }
            open = without;
            open.extend(with);
            bound(&mut open);
        }
        close(&mut open, &mut words);
        words
    }

    /// The value that has these words, one blank between two.
    pub fn from_words(words: Words, conditions: &mut Conditions) -> Self {
        // In lists of more words nobody appends text to a word, and an extra blank is harmless.
        const EXACT: usize = 6;
        let mut value = Self::default();
        let is_short = words.len() <= EXACT;
        let mut before = Condition::FALSE;
        for (condition, word) in words {
            if !value.0.is_empty() {
                let blank = if is_short {
                    conditions.and(condition, before)
                } else {
                    Condition::TRUE
                };
                if blank != Condition::FALSE {
                    value.0.push((blank, Piece::Text(" ".into())));
                }
            }
            if is_short {
                before = conditions.or(before, condition);
            }
            value.0.push((condition, word));
        }
        value
    }

    /// When the value has any word.
    pub fn is_not_empty(&self, conditions: &mut Conditions) -> Result<Condition, Rc<str>> {
        let mut any = Condition::FALSE;
        for (condition, piece) in &self.0 {
            match piece {
                Piece::Text(text) if text.trim().is_empty() => {}
                Piece::Text(_) => any = conditions.or(any, *condition),
                Piece::Unknown(what) if any != Condition::TRUE => return Err(what.clone()),
                Piece::Unknown(_) => {}
            }
        }
        Ok(any)
    }
}

/// Continues each open word with a piece under a condition.
fn glue(
    open: &mut Vec<(Condition, Piece)>,
    condition: Condition,
    piece: &Piece,
    conditions: &mut Conditions,
) {
    if matches!(piece, Piece::Text(text) if text.is_empty()) {
        return;
    }
    let mut glued = Vec::new();
    let mut covered = Condition::FALSE;
    for (known, text) in open.drain(..) {
        let both = conditions.and(known, condition);
        let rest = conditions.and_not(known, condition);
        covered = conditions.or(covered, known);
        if both != Condition::FALSE {
            glued.push((both, joined(&text, piece)));
        }
        if rest != Condition::FALSE {
            glued.push((rest, text));
        }
    }
    let alone = conditions.and_not(condition, covered);
    if alone != Condition::FALSE {
        glued.push((alone, piece.clone()));
    }
    *open = glued;
    bound(open);
}

/// Gives up on a word that has too many forms: pieces without blanks between them, each under a condition of its own, double them.
fn bound(open: &mut Vec<(Condition, Piece)>) {
    if open.len() > MAX_TEXTS {
        let what = "a word of too many forms";
        *open = vec![(Condition::TRUE, Piece::Unknown(what.into()))];
    }
}

fn joined(first: &Piece, second: &Piece) -> Piece {
    match (first, second) {
        (Piece::Text(a), Piece::Text(b)) => Piece::Text(format!("{a}{b}").into()),
        (Piece::Unknown(what), _) | (_, Piece::Unknown(what)) => Piece::Unknown(what.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::Atom;

    #[test]
    fn a_word_of_many_forms_is_given_up() {
        let mut conditions = Conditions::new();
        let mut value = Value::default();
        for number in 0..200 {
            let atom = conditions.atom(Atom::Builtin(format!("X{number}").into()));
            value.push(Value::text("a").under(atom, &mut conditions));
        }
        value.push_text(" b");
        let words = value.words(&mut conditions);
        assert!(words.len() <= MAX_TEXTS + 1);
        assert!(matches!(words[0].1, Piece::Unknown(_)));
        assert_eq!(words[words.len() - 1].1, Piece::Text("b".into()));
    }

    #[test]
    fn words_are_glued_in_every_configuration() {
        let mut conditions = Conditions::new();
        let x = conditions.atom(Atom::Builtin("X".into()));
        let mut value = Value::text("a");
        value.push(Value::text("b c").under(x, &mut conditions));
        value.push_text(".o d");
        let not_x = conditions.not(x);
        let word = |condition, text: &str| (condition, Piece::Text(text.into()));
        let mut words = value.words(&mut conditions);
        words.sort_by_key(|(_, piece)| format!("{piece:?}"));
        assert_eq!(
            words,
            [
                word(not_x, "a.o"),
                word(x, "ab"),
                word(x, "c.o"),
                word(Condition::TRUE, "d"),
            ]
        );
        let texts = value.texts(&mut conditions).unwrap();
        assert_eq!(
            texts,
            [(x, "ab c.o d".to_owned()), (not_x, "a.o d".to_owned())]
        );
    }
}
