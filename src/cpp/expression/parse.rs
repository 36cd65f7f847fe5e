//! Owns the grammar of controlling expressions: C's constant expressions with the precedence of its operators.

use super::{Binary, Expression, MAX_NESTING, Shape, adjoin};
use crate::cpp::lex::{Kind, Lexer, Span, Token};

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

/// Expressions with more operators are not read, for their trees lean to the left and grow as deep as they have operators.
const MAX_OPERATORS: usize = 300;

/// The reason why an expression cannot be read.
type Reason = &'static str;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    operators: usize,
}

/// Reads the whole of `start..end`.
pub(super) fn parse(text: &str, start: usize, end: usize) -> (Expression, Option<Reason>) {
    let tokens: Vec<Token> = Lexer::new(text, start, end).collect();
    let span = match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => Span {
            start: first.span.start,
            end: last.span.end,
        },
        _ => Span::new(start, start),
    };
    let mut parser = Parser {
        text,
        tokens,
        at: 0,
        depth: 0,
        operators: 0,
    };
    let result = parser.ternary().and_then(|expression| {
        if parser.at == parser.tokens.len() {
            Ok(expression)
        } else {
            Err("the expression goes on behind its end")
        }
    });
    match result {
        Ok(expression) => (expression, None),
        Err(reason) => (
            Expression {
                span,
                shape: Shape::Broken,
            },
            Some(reason),
        ),
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    /// Steps over a byte of punctuation if it is the next token.
    fn take(&mut self, byte: u8) -> Option<Token> {
        let token = self.peek().filter(|token| token.is(byte))?;
        self.at += 1;
        Some(token)
    }

    fn ternary(&mut self) -> Result<Expression, Reason> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err("the expression nests too deeply");
        }
        let when = self.binary(1)?;
        let result = if self.take(b'?').is_some() {
            let then = self.ternary()?;
            self.take(b':').ok_or("`?` without `:`")?;
            let otherwise = self.ternary()?;
            Expression {
                span: Span {
                    start: when.span.start,
                    end: otherwise.span.end,
                },
                shape: Shape::Ternary(Box::new([when, then, otherwise])),
            }
        } else {
            when
        };
        self.depth -= 1;
        Ok(result)
    }

    /// The operator that comes next, with its strength and how many tokens it has.
    fn operator(&self) -> Option<(Binary, u8, usize)> {
        let first = self.peek()?;
        let Kind::Punctuation(first_byte) = first.kind else {
            return None;
        };
        let second_byte = match self.tokens.get(self.at + 1) {
            Some(&second) if adjoin(first, second) => match second.kind {
                Kind::Punctuation(byte) => Some(byte),
                _ => None,
            },
            _ => None,
        };
        OPERATORS
            .iter()
            .find(|(spelling, ..)| match spelling.as_bytes() {
                [one] => *one == first_byte,
                [one, two] => *one == first_byte && Some(*two) == second_byte,
                _ => false,
            })
            .map(|&(spelling, operator, strength)| (operator, strength, spelling.len()))
    }

    /// Operands and operators that bind at least as strongly as `weakest`; all associate to the left.
    fn binary(&mut self, weakest: u8) -> Result<Expression, Reason> {
        let mut left = self.unary()?;
        while let Some((operator, strength, tokens)) = self.operator() {
            if strength < weakest {
                break;
            }
            self.operators += 1;
            if self.operators > MAX_OPERATORS {
                return Err("the expression is too long");
            }
            self.at += tokens;
            let right = self.binary(strength + 1)?;
            left = Expression {
                span: Span {
                    start: left.span.start,
                    end: right.span.end,
                },
                shape: Shape::Binary(operator, Box::new([left, right])),
            };
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, Reason> {
        let token = self.peek().ok_or("an operand is missing")?;
        let Kind::Punctuation(byte) = token.kind else {
            return self.primary(token);
        };
        self.at += 1;
        if byte == b'(' {
            let mut inner = self.ternary()?;
            let close = self.take(b')').ok_or("`(` without `)`")?;
            inner.widen(token, close);
            return Ok(inner);
        }
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err("the expression nests too deeply");
        }
        let operand = match byte {
            b'!' | b'-' | b'~' | b'+' => self.unary()?,
            _ => return Err("an operand is missing"),
        };
        self.depth -= 1;
        let span = Span {
            start: token.span.start,
            end: operand.span.end,
        };
        let operand = Box::new(operand);
        let shape = match byte {
            b'!' => Shape::Not(operand),
            b'-' => Shape::Minus(operand),
            b'~' => Shape::Complement(operand),
            _ => return Ok(*operand),
        };
        Ok(Expression { span, shape })
    }

    fn primary(&mut self, token: Token) -> Result<Expression, Reason> {
        self.at += 1;
        let word = token.span.of(self.text);
        let shape = match token.kind {
            Kind::Number => Shape::Number(number(word).ok_or("a number cannot be read")?),
            Kind::Literal => Shape::Number(character(word).ok_or("a literal is no number")?),
            Kind::Identifier if word == "defined" => return self.defined(token),
            _ => match self.peek() {
                Some(open) if open.is(b'(') => return self.call(token, open),
                _ => Shape::Name,
            },
        };
        Ok(Expression {
            span: token.span,
            shape,
        })
    }

    /// What follows the word `defined`: a name, in parentheses or not.
    fn defined(&mut self, word: Token) -> Result<Expression, Reason> {
        let open = self.take(b'(');
        let name = self
            .peek()
            .filter(|token| token.kind == Kind::Identifier)
            .ok_or("`defined` without a name")?;
        self.at += 1;
        let mut end = name.span.end;
        if open.is_some() {
            end = self.take(b')').ok_or("`(` without `)`")?.span.end;
        }
        Ok(Expression {
            span: Span {
                start: word.span.start,
                end,
            },
            shape: Shape::Defined(name.span),
        })
    }

    /// The arguments of a macro, which are kept as text.
    fn call(&mut self, function: Token, open: Token) -> Result<Expression, Reason> {
        let mut depth = 0usize;
        while let Some(token) = self.peek() {
            self.at += 1;
            match token.kind {
                Kind::Punctuation(b'(') => depth += 1,
                Kind::Punctuation(b')') if depth == 1 => {
                    let arguments = Span {
                        start: open.span.end,
                        end: token.span.start,
                    };
                    return Ok(Expression {
                        span: Span {
                            start: function.span.start,
                            end: token.span.end,
                        },
                        shape: Shape::Call(function.span, arguments),
                    });
                }
                Kind::Punctuation(b')') => depth -= 1,
                _ => {}
            }
        }
        Err("`(` without `)`")
    }
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
