//! Owns the tokens of a line as an input of [nom]'s parsers.
//!
//! Both languages with expressions, Kconfig and C's preprocessor, are cut into tokens first, each with its place. A grammar over
//! tokens instead of characters needs no rules for blanks and comments, and an error names the token at fault.
//!
//! This module knows neither language: what a token is, what a grammar needs besides, and what an error says belong to the caller.

use std::iter::{Copied, Enumerate};
use std::slice;

use nom::{Input, Needed};

/// Tokens that have not been read yet, and what the grammar needs besides: the text, a place for what it builds.
#[derive(Debug)]
pub struct Tokens<'t, T, C> {
    rest: &'t [T],
    /// Holds what the grammar needs besides.
    pub context: C,
}

impl<T, C: Copy> Clone for Tokens<'_, T, C> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, C: Copy> Copy for Tokens<'_, T, C> {}

impl<'t, T: Copy, C: Copy> Tokens<'t, T, C> {
    /// All of `tokens`.
    #[inline]
    pub fn new(tokens: &'t [T], context: C) -> Self {
        Self {
            rest: tokens,
            context,
        }
    }

    /// The next token and what follows it; `None` at the end.
    #[inline]
    pub fn next(self) -> Option<(T, Self)> {
        let (&first, rest) = self.rest.split_first()?;
        Some((first, Self { rest, ..self }))
    }

    /// The token `index` places ahead.
    #[inline]
    pub fn get(self, index: usize) -> Option<T> {
        self.rest.get(index).copied()
    }

    /// Returns what follows the next `count` tokens.
    #[inline]
    pub fn skip(self, count: usize) -> Self {
        Self {
            rest: self.rest.get(count..).unwrap_or_default(),
            ..self
        }
    }

    /// How many tokens are left, which tells a place in the line.
    #[inline]
    pub fn left(self) -> usize {
        self.rest.len()
    }
}

impl<'t, T: Copy, C: Copy> Input for Tokens<'t, T, C> {
    type Item = T;
    type Iter = Copied<slice::Iter<'t, T>>;
    type IterIndices = Enumerate<Self::Iter>;

    #[inline]
    fn input_len(&self) -> usize {
        self.rest.len()
    }

    fn take(&self, index: usize) -> Self {
        Self {
            rest: &self.rest[..index],
            ..*self
        }
    }

    fn take_from(&self, index: usize) -> Self {
        Self {
            rest: &self.rest[index..],
            ..*self
        }
    }

    fn take_split(&self, index: usize) -> (Self, Self) {
        // As for nom's own inputs, the rest comes first.
        (self.take_from(index), self.take(index))
    }

    fn position<P: Fn(T) -> bool>(&self, predicate: P) -> Option<usize> {
        self.rest.iter().position(|&token| predicate(token))
    }

    fn iter_elements(&self) -> Self::Iter {
        self.rest.iter().copied()
    }

    fn iter_indices(&self) -> Self::IterIndices {
        self.iter_elements().enumerate()
    }

    fn slice_index(&self, count: usize) -> Result<usize, Needed> {
        match self.rest.len().checked_sub(count) {
            Some(_) => Ok(count),
            None => Err(Needed::new(count - self.rest.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use nom::bytes::complete::take;
    use nom::{IResult, Parser};

    use super::*;

    #[test]
    fn tokens_are_an_input_of_nom() {
        let tokens = Tokens::new(&[1, 2, 3], ());
        let taken: IResult<_, _> = take(2usize).parse(tokens);
        let (rest, taken) = taken.unwrap();
        assert_eq!((rest.left(), taken.left()), (1, 2));
        assert_eq!(rest.next().unwrap().0, 3);
        assert!(rest.skip(5).next().is_none());
        let short: IResult<_, _> = take(4usize).parse(tokens);
        assert!(short.is_err());
    }
}
