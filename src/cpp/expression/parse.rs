//! Owns the grammar of controlling expressions, as nom parsers over tokens: C's constant expressions with the precedence of its
//! operators.
//!
//! After a token that decides what comes next the choice is made ([`cut`]), so that the reason is the one at the token at fault.
//! Nesting and the number of operators are limited, so no text exhausts the stack.

use std::cell::Cell;

use nom::branch::alt;
use nom::combinator::{cut, opt};
use nom::error::{ErrorKind, ParseError};
use nom::sequence::preceded;
use nom::{Err, IResult, Parser};

use super::{Binary, Expression, Shape, adjoin};
use crate::cpp::lex::{Kind, Lexer, Span, Token};
use crate::limits::{CONDITION_NESTING, CONDITION_OPERATORS};
use crate::tokens::Tokens;

/// Operators of two bytes before those of one, with how strongly they bind.
const OPERATORS: &[(&str, Binary, u8)] = &[
    ("||", Binary::Or, 1),
    ("&&", Binary::And, 2),
    ("==", Binary::Equal, 6),
    ("!=", Binary::NotEqual, 6),
    ("<=", Binary::LessEqual, 7),
    (">=", Binary::GreaterEqual, 7),
    ("<<", Binary::ShiftLeft, 8),
    (">>", Binary::ShiftRight, 8),
    ("|", Binary::BitOr, 3),
    ("^", Binary::BitXor, 4),
    ("&", Binary::BitAnd, 5),
    ("<", Binary::Less, 7),
    (">", Binary::Greater, 7),
    ("+", Binary::Add, 9),
    ("-", Binary::Subtract, 9),
    ("*", Binary::Multiply, 10),
    ("/", Binary::Divide, 10),
    ("%", Binary::Remainder, 10),
];

/// The reason why an expression cannot be read.
type Reason = &'static str;

/// Input of the grammar besides the tokens.
#[derive(Clone, Copy, Debug)]
struct Context<'t> {
    /// The text that the tokens are pieces of.
    text: &'t str,
    /// How many operators were read.
    operators: &'t Cell<usize>,
}

type Input<'t> = Tokens<'t, Token, Context<'t>>;
type Parsed<'t, O> = IResult<Input<'t>, O, Mistake>;

/// Why a parser gave up.
#[derive(Clone, Copy, Debug)]
struct Mistake(Reason);

impl<'t> ParseError<Input<'t>> for Mistake {
    fn from_error_kind(_: Input<'t>, _: ErrorKind) -> Self {
        Self(NO_OPERAND)
    }

    fn append(_: Input<'t>, _: ErrorKind, other: Self) -> Self {
        other
    }
}

pub(super) const NESTED: Reason =
    "the expression nests too deeply (the limit `condition-nesting` is 100 levels)";
pub(super) const LONG: Reason =
    "the expression is too long (the limit `condition-operators` is 300 operators)";
const NO_OPERAND: Reason = "an operand is missing";
const NO_CLOSE: Reason = "`(` without `)`";

/// The next parser may try.
fn no(reason: Reason) -> Err<Mistake> {
    Err::Error(Mistake(reason))
}

/// The expression cannot be read, whatever is tried.
fn broken(reason: Reason) -> Err<Mistake> {
    Err::Failure(Mistake(reason))
}

/// Reads the whole of `start..end`.
pub(super) fn parse(text: &str, start: usize, end: usize) -> (Expression, Option<Reason>) {
    let tokens: Vec<Token> = Lexer::new(text, start, end).collect();
    let operators = Cell::new(0);
    let context = Context {
        text,
        operators: &operators,
    };
    let input = Input::new(&tokens, context);
    let reason = match (|input| ternary(input, 0)).parse(input) {
        Ok((rest, expression)) if rest.left() == 0 => return (expression, None),
        Ok(_) => "unexpected text after the expression",
        Err(Err::Error(Mistake(reason)) | Err::Failure(Mistake(reason))) => reason,
        Err(Err::Incomplete(_)) => unreachable!("invariant: all tokens are there"),
    };
    let span = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => from_to(first.span, last.span),
        _ => Span::new(start, start),
    };
    (Expression::broken(span), Some(reason))
}

/// The span from the beginning of one place to the end of another.
fn from_to(first: Span, last: Span) -> Span {
    Span {
        start: first.start,
        end: last.end,
    }
}

/// One level deeper, if that is not too deep.
fn nested(depth: usize) -> Result<usize, Err<Mistake>> {
    match depth < CONDITION_NESTING.length() {
        true => Ok(depth + 1),
        false => Err(broken(NESTED)),
    }
}

/// One byte of punctuation.
#[inline]
fn punctuation(byte: u8, reason: Reason) -> impl for<'t> Fn(Input<'t>) -> Parsed<'t, Token> {
    move |input| match input.next() {
        Some((token, rest)) if token.is(byte) => Ok((rest, token)),
        _ => Err(no(reason)),
    }
}

fn identifier(input: Input<'_>) -> Parsed<'_, Token> {
    match input.next() {
        Some((token, rest)) if token.kind == Kind::Identifier => Ok((rest, token)),
        _ => Err(no("`defined` without a name")),
    }
}

fn ternary(input: Input<'_>, depth: usize) -> Parsed<'_, Expression> {
    let depth = nested(depth)?;
    let branch = |input| ternary(input, depth);
    let branches = (
        branch,
        preceded(punctuation(b':', "`?` without `:`"), branch),
    );
    let question = preceded(punctuation(b'?', ""), cut(branches));
    let (input, when) = binary(input, 1, depth)?;
    let (input, branches) = opt(question).parse(input)?;
    let Some((then, otherwise)) = branches else {
        return Ok((input, when));
    };
    let expression = Expression {
        span: from_to(when.span, otherwise.span),
        shape: Shape::Ternary(Box::new([when, then, otherwise])),
    };
    Ok((input, expression))
}

/// Operands and operators that bind at least as strongly as `weakest`; all associate to the left.
fn binary(input: Input<'_>, weakest: u8, depth: usize) -> Parsed<'_, Expression> {
    let operation = |input| {
        let (input, (operator, strength)) = operator(input, weakest)?;
        let (input, right) = cut(|input| binary(input, strength + 1, depth)).parse(input)?;
        Ok((input, (operator, right)))
    };
    let mut operation = opt(operation);
    let (mut input, mut left) = unary(input, depth)?;
    while let (rest, Some((operator, right))) = operation.parse(input)? {
        input = rest;
        left = Expression {
            span: from_to(left.span, right.span),
            shape: Shape::Binary(operator, Box::new([left, right])),
        };
    }
    Ok((input, left))
}

/// An operator that binds at least as strongly as `weakest`, with its strength.
fn operator(input: Input<'_>, weakest: u8) -> Parsed<'_, (Binary, u8)> {
    let none = no("an operator is missing");
    let Some((first, _)) = input.next() else {
        return Err(none);
    };
    let Kind::Punctuation(first_byte) = first.kind else {
        return Err(none);
    };
    let second_byte = match input.get(1) {
        Some(second) if adjoin(first, second) => match second.kind {
            Kind::Punctuation(byte) => Some(byte),
            _ => None,
        },
        _ => None,
    };
    let found = OPERATORS
        .iter()
        .find(|(spelling, ..)| match spelling.as_bytes() {
            [one] => *one == first_byte,
            [one, two] => *one == first_byte && Some(*two) == second_byte,
            _ => false,
        });
    match found {
        Some(&(spelling, operator, strength)) if strength >= weakest => {
            let count = input.context.operators;
            count.set(count.get() + 1);
            if count.get() as u64 > CONDITION_OPERATORS.get() {
                return Err(broken(LONG));
            }
            Ok((input.skip(spelling.len()), (operator, strength)))
        }
        _ => Err(none),
    }
}

fn unary(input: Input<'_>, depth: usize) -> Parsed<'_, Expression> {
    let group = (
        punctuation(b'(', NO_OPERAND),
        cut(|input| ternary(input, depth)),
        cut(punctuation(b')', NO_CLOSE)),
    );
    let group = group.map(|(open, mut inner, close)| {
        inner.widen(open, close);
        inner
    });
    alt((primary, group, |input| prefixed(input, depth))).parse(input)
}

/// An operator before its operand.
fn prefixed(input: Input<'_>, depth: usize) -> Parsed<'_, Expression> {
    let (operator, rest) = input.next().ok_or(no(NO_OPERAND))?;
    let depth = nested(depth)?;
    let shape: fn(Box<Expression>) -> Shape = match operator.kind {
        Kind::Punctuation(b'!') => Shape::Not,
        Kind::Punctuation(b'-') => Shape::Minus,
        Kind::Punctuation(b'~') => Shape::Complement,
        Kind::Punctuation(b'+') => return unary(rest, depth),
        _ => return Err(no(NO_OPERAND)),
    };
    let (rest, operand) = unary(rest, depth)?;
    let expression = Expression {
        span: from_to(operator.span, operand.span),
        shape: shape(Box::new(operand)),
    };
    Ok((rest, expression))
}

fn primary(input: Input<'_>) -> Parsed<'_, Expression> {
    let (token, rest) = input.next().ok_or(no(NO_OPERAND))?;
    let word = token.span.of(input.context.text);
    let shape = match token.kind {
        Kind::Punctuation(_) => return Err(no(NO_OPERAND)),
        Kind::Number => Shape::Number(number(word).ok_or(broken("a number cannot be read"))?),
        Kind::Literal => Shape::Number(character(word).ok_or(broken("a literal is not a number"))?),
        Kind::Identifier if word == "defined" => {
            let (rest, (name, end)) = cut(defined_name).parse(rest)?;
            let expression = Expression {
                span: from_to(token.span, end.span),
                shape: Shape::Defined(name.span),
            };
            return Ok((rest, expression));
        }
        Kind::Identifier => {
            let arguments = (punctuation(b'(', ""), cut(arguments));
            let (rest, arguments) = opt(arguments).parse(rest)?;
            let (span, shape) = match arguments {
                Some((open, close)) => {
                    let inner = Span {
                        start: open.span.end,
                        end: close.span.start,
                    };
                    (
                        from_to(token.span, close.span),
                        Shape::Call(token.span, inner),
                    )
                }
                None => (token.span, Shape::Name),
            };
            return Ok((rest, Expression { span, shape }));
        }
    };
    let span = token.span;
    Ok((rest, Expression { span, shape }))
}

/// Parses the operand of `defined`: a name, with or without parentheses; returns its last token, too.
fn defined_name(input: Input<'_>) -> Parsed<'_, (Token, Token)> {
    let close = cut(punctuation(b')', NO_CLOSE));
    let group = (preceded(punctuation(b'(', ""), cut(identifier)), close);
    alt((group, identifier.map(|name| (name, name)))).parse(input)
}

/// The arguments of a macro after its `(`, which are kept as text: everything up to the `)`, which is returned.
fn arguments(mut input: Input<'_>) -> Parsed<'_, Token> {
    let mut depth = 0usize;
    while let Some((token, rest)) = input.next() {
        input = rest;
        match token.kind {
            Kind::Punctuation(b'(') => depth += 1,
            Kind::Punctuation(b')') if depth == 0 => return Ok((input, token)),
            Kind::Punctuation(b')') => depth -= 1,
            _ => {}
        }
    }
    Err(no(NO_CLOSE))
}

impl Expression {
    /// Takes the parentheses into the place. A name's place must stay its own, for it is how the name is spelled.
    fn widen(&mut self, open: Token, close: Token) {
        if self.shape != Shape::Name {
            self.span = Span {
                start: open.span.start,
                end: close.span.end,
            };
        }
    }
}

/// An integer constant of C, whatever its suffix. One that only an unsigned type holds is not read.
fn number(word: &str) -> Option<i64> {
    let digits = word.trim_end_matches(['u', 'U', 'l', 'L']);
    let (digits, radix) = if let Some(hex) = digits.strip_prefix("0x").or(digits.strip_prefix("0X"))
    {
        (hex, 16)
    } else if let Some(binary) = digits.strip_prefix("0b").or(digits.strip_prefix("0B")) {
        (binary, 2)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (&digits[1..], 8)
    } else {
        (digits, 10)
    };
    i64::from_str_radix(digits, radix).ok()
}

/// A character constant of one character that is not escaped.
fn character(word: &str) -> Option<i64> {
    match word.as_bytes() {
        [b'\'', plain, b'\''] if *plain != b'\\' => Some(i64::from(*plain)),
        _ => None,
    }
}
