//! Owns the grammar of what follows a keyword on its line: words, expressions (`parser.y`, rule `expr`), conditions and prompts,
//! as nom parsers over tokens.
//!
//! Comparisons bind symbols only; then `!`, `&&` and `||`, the latter two from left to right. After an operator the choice is made
//! ([`cut`]), so that the error is the one at the token at fault: a [`Mistake`] names it and what was expected, and the
//! statement's parser makes a diagnostic of it and goes on with the next line.

use std::fmt;

use nom::branch::alt;
use nom::combinator::{cut, opt};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::{delimited, preceded};
use nom::{Err, IResult, Parser};

use super::arena::Arena;
use super::keyword::Keyword;
use super::lexer::{Token, TokenKind};
use super::{Comparison, Expr, ExprId, Prompt, Word, WordId, WordKind};
use crate::limits::{KCONFIG_NESTING, KCONFIG_OPERANDS};
use crate::tokens::Tokens;

/// The tokens of a line that are left.
pub(super) type Input<'t> = Tokens<'t, Token, &'t Arena>;

/// The result of a parser.
pub(super) type Parsed<'t, O> = IResult<Input<'t>, O, Mistake>;

/// The expected token at a place. It is made wherever a parser tries something else next, so it is small; words come later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mistake {
    /// How many tokens of the line are left, the one at fault included.
    pub left: usize,
    /// The expected token.
    pub expected: Expected,
}

/// The expected token, as the message names it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// This text.
    Text(&'static str),
    /// Fewer levels of nesting.
    LessNesting,
    /// Fewer operands.
    FewerOperands,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::LessNesting => write!(f, "an expression nested {}", KCONFIG_NESTING.at_most()),
            Self::FewerOperands => f.write_str(&KCONFIG_OPERANDS.at_most()),
        }
    }
}

impl Mistake {
    #[inline]
    fn new(input: Input<'_>, expected: Expected) -> Self {
        Self {
            left: input.left(),
            expected,
        }
    }
}

impl<'t> ParseError<Input<'t>> for Mistake {
    fn from_error_kind(input: Input<'t>, _: ErrorKind) -> Self {
        Self::new(input, Expected::Text("something else"))
    }

    fn append(_: Input<'t>, _: ErrorKind, other: Self) -> Self {
        other
    }

    /// Of several alternatives, the first says what to expect.
    fn or(self, _: Self) -> Self {
        self
    }
}

/// One token of a kind.
#[inline]
fn token(
    kind: TokenKind,
    expected: &'static str,
) -> impl for<'t> Fn(Input<'t>) -> Parsed<'t, Token> + Copy {
    move |input| match input.next() {
        Some((token, rest)) if token.kind == kind => Ok((rest, token)),
        _ => Err(Err::Error(Mistake::new(input, Expected::Text(expected)))),
    }
}

/// A keyword that stands inside a line.
#[inline]
pub(super) fn keyword(
    keyword: Keyword,
    expected: &'static str,
) -> impl for<'t> Fn(Input<'t>) -> Parsed<'t, Token> + Copy {
    move |input| match input.next() {
        Some((token, rest))
            if token.kind == TokenKind::Word(WordKind::Plain)
                && input.context.slice(token.span) == keyword.text() =>
        {
            Ok((rest, token))
        }
        _ => Err(Err::Error(Mistake::new(input, Expected::Text(expected)))),
    }
}

/// A symbol, which may be quoted.
#[inline]
pub(super) fn symbol(expected: &'static str) -> impl for<'t> Fn(Input<'t>) -> Parsed<'t, WordId> {
    move |input| word(input, expected, |_| true)
}

/// A symbol that may not be quoted.
#[inline]
pub(super) fn name(expected: &'static str) -> impl for<'t> Fn(Input<'t>) -> Parsed<'t, WordId> {
    move |input| word(input, expected, |word| !word.kind.is_quoted())
}

/// A text in quotes.
#[inline]
pub(super) fn quoted(expected: &'static str) -> impl for<'t> Fn(Input<'t>) -> Parsed<'t, WordId> {
    move |input| word(input, expected, |word| word.kind.is_quoted())
}

#[inline]
fn word<'t>(
    input: Input<'t>,
    expected: &'static str,
    fits: impl Fn(Word) -> bool,
) -> Parsed<'t, WordId> {
    let arena = input.context;
    if let Some((token, rest)) = input.next()
        && let Some(word) = token.word()
        && fits(word)
        && !arena.is_keyword(word)
    {
        if token.kind == TokenKind::Unterminated {
            arena.add_unclosed(token.span);
        }
        return Ok((rest, arena.add_word(word)));
    }
    Err(Err::Error(Mistake::new(input, Expected::Text(expected))))
}

/// An expression, as far as it goes.
pub(super) fn expression(input: Input<'_>) -> Parsed<'_, ExprId> {
    or(input, 0)
}

/// `if …`, or nothing.
pub(super) fn condition(input: Input<'_>) -> Parsed<'_, Option<ExprId>> {
    opt(preceded(keyword(Keyword::If, "`if`"), cut(expression))).parse(input)
}

/// A prompt and its condition.
pub(super) fn prompt(input: Input<'_>) -> Parsed<'_, Prompt> {
    (quoted("the prompt in quotes"), condition)
        .map(|(text, condition)| Prompt { text, condition })
        .parse(input)
}

fn or(input: Input<'_>, depth: usize) -> Parsed<'_, ExprId> {
    chain(input, TokenKind::Or, Expr::Or, |input| and(input, depth))
}

fn and(input: Input<'_>, depth: usize) -> Parsed<'_, ExprId> {
    chain(input, TokenKind::And, Expr::And, |input| {
        unary(input, depth)
    })
}

/// Operands with an operator between them, from left to right.
#[inline]
fn chain<'t>(
    input: Input<'t>,
    operator: TokenKind,
    node: fn(ExprId, ExprId) -> Expr,
    operand: impl Fn(Input<'t>) -> Parsed<'t, ExprId>,
) -> Parsed<'t, ExprId> {
    let arena = input.context;
    let (mut input, mut left) = operand(input)?;
    let mut operands = 1;
    let mut next = opt(preceded(token(operator, ""), cut(&operand)));
    while let (rest, Some(right)) = next.parse(input)? {
        left = arena.add(node(left, right));
        input = rest;
        operands += 1;
        if operands > KCONFIG_OPERANDS.length() {
            return Err(Err::Failure(Mistake::new(input, Expected::FewerOperands)));
        }
    }
    Ok((input, left))
}

fn unary(input: Input<'_>, depth: usize) -> Parsed<'_, ExprId> {
    if depth > KCONFIG_NESTING.length() {
        return Err(Err::Failure(Mistake::new(input, Expected::LessNesting)));
    }
    let not = preceded(
        token(TokenKind::Not, ""),
        cut(|input| unary(input, depth + 1)),
    );
    let group = delimited(
        token(TokenKind::Open, ""),
        cut(|input| or(input, depth + 1)),
        cut(token(TokenKind::Close, "`)`, `&&` or `||`")),
    );
    let arena = input.context;
    alt((
        comparison,
        not.map(|operand| arena.add(Expr::Not(operand))),
        group,
    ))
    .parse(input)
}

/// A symbol, or two with a comparison between them.
fn comparison(input: Input<'_>) -> Parsed<'_, ExprId> {
    let arena = input.context;
    let right = (operator, cut(symbol("a symbol to compare with")));
    (symbol("a symbol, `!` or `(`"), opt(right))
        .map(|(left, right)| {
            arena.add(match right {
                Some((operator, right)) => Expr::Compare(operator, left, right),
                None => Expr::Symbol(left),
            })
        })
        .parse(input)
}

fn operator(input: Input<'_>) -> Parsed<'_, Comparison> {
    let found = input.next().and_then(|(token, rest)| {
        let comparison = match token.kind {
            TokenKind::Equal => Comparison::Equal,
            TokenKind::Unequal => Comparison::Unequal,
            TokenKind::Less => Comparison::Less,
            TokenKind::LessEqual => Comparison::LessEqual,
            TokenKind::Greater => Comparison::Greater,
            TokenKind::GreaterEqual => Comparison::GreaterEqual,
            _ => return None,
        };
        Some((rest, comparison))
    });
    found.ok_or(Err::Error(Mistake::new(
        input,
        Expected::Text("a comparison"),
    )))
}
