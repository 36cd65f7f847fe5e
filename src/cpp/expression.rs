//! Owns the controlling expressions of `#if` and `#elif`: text to a syntax tree, and a syntax tree to a condition.
//!
//! A [`Macros`] gives the value of a macro: [`Unknown`] does so for a file on its own, and code that
//! follows `#include` answers from what was defined before. Arithmetic is that of `i64`; where it overflows, or where a
//! value is not known, the whole comparison becomes one opaque atom.

use super::condition::{Atom, Condition, Conditions, Operator};
use super::lex::{Kind, Lexer, Span, Token};
use crate::limits::{CONDITION_NESTING, CONDITION_OPERATORS, Limit};

mod parse;

/// A value that could be more different numbers than this, one for each condition, is given up.
const MAX_CASES: usize = 32;

/// An expression and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// Where it stands; a name's own place in `#ifdef`.
    pub span: Span,
    /// The form of the expression.
    pub shape: Shape,
}

/// The form of an expression. Names are pieces of the file's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An integer or a character constant of one plain character.
    Number(i64),
    /// A name, which is a macro or worth 0.
    Name,
    /// `defined(name)`, `#ifdef name`: the name's place.
    Defined(Span),
    /// `name(arguments)`: the places of both.
    Call(Span, Span),
    /// `!`
    Not(Box<Expression>),
    /// `-`
    Minus(Box<Expression>),
    /// `~`
    Complement(Box<Expression>),
    /// An operator with two operands.
    Binary(Binary, Box<[Expression; 2]>),
    /// `condition ? then : otherwise`
    Ternary(Box<[Expression; 3]>),
    /// An expression that cannot be parsed.
    Broken,
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Binary {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// The values of macros at some place.
pub trait Macros {
    /// When the macro is defined.
    fn defined(&mut self, name: &str, conditions: &mut Conditions) -> Condition;

    /// The value of the name in an expression. A name that is not a macro has the value 0.
    fn value(&mut self, name: &str, conditions: &mut Conditions) -> Value;

    /// What `name(arguments)` is worth, for a macro that takes arguments. `IS_ENABLED` and its like are not asked here.
    fn call(&mut self, name: &str, arguments: &str, conditions: &mut Conditions) -> Value;

    /// Where the expression stands, if one of these names, which it holds, means something else at another place. An
    /// expression that cannot be decided is distinguished by it from one that only looks the same.
    fn place(&self, names: &[&str]) -> Option<String> {
        let _ = names;
        None
    }
}

/// One of the things that a value may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A number.
    Number(i64),
    /// The value of a macro whose definition no file of the tree holds.
    Name(Box<str>),
    /// Not known.
    Unknown,
}

/// A value by condition. The conditions exclude each other and cover everything.
pub type Value = Vec<(Condition, Term)>;

/// The value that is the same everywhere.
pub fn always(term: Term) -> Value {
    vec![(Condition::TRUE, term)]
}

/// The answers for a file that is looked at alone: nothing is known of any macro.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unknown;

impl Macros for Unknown {
    fn defined(&mut self, name: &str, conditions: &mut Conditions) -> Condition {
        conditions.defined(name)
    }

    fn value(&mut self, name: &str, _: &mut Conditions) -> Value {
        always(Term::Name(name.into()))
    }

    fn call(&mut self, _: &str, _: &str, _: &mut Conditions) -> Value {
        always(Term::Unknown)
    }
}

/// The limit that this is about, if what is wrong with an expression is that it is too large.
pub fn limit(wrong: &str) -> Option<&'static Limit> {
    match wrong {
        parse::NESTED => Some(&CONDITION_NESTING),
        parse::LONG => Some(&CONDITION_OPERATORS),
        _ => None,
    }
}

impl Expression {
    /// Reads the expression in `start..end` of `text`. Returns also what is wrong with it, if anything; the tree then has
    /// [`Shape::Broken`] in it.
    pub fn parse(text: &str, start: usize, end: usize) -> (Expression, Option<&'static str>) {
        parse::parse(text, start, end)
    }

    /// `defined(name)` or its negation, for `#ifdef` and `#ifndef`.
    pub fn defined(name: Span, negated: bool) -> Expression {
        let defined = Expression {
            span: name,
            shape: Shape::Defined(name),
        };
        if !negated {
            return defined;
        }
        Expression {
            span: name,
            shape: Shape::Not(Box::new(defined)),
        }
    }

    /// The stand-in for a missing expression.
    pub fn broken(span: Span) -> Expression {
        Expression {
            span,
            shape: Shape::Broken,
        }
    }

    /// The place of the name if the expression only asks whether it is not defined, as an include guard does.
    pub fn undefined_name(&self) -> Option<Span> {
        match &self.shape {
            Shape::Not(operand) => match operand.shape {
                Shape::Defined(name) => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// When the expression is not 0. `text` is the text that it was read from.
    pub fn truth(
        &self,
        text: &str,
        macros: &mut dyn Macros,
        conditions: &mut Conditions,
    ) -> Condition {
        match &self.shape {
            Shape::Number(value) => constant(*value != 0),
            Shape::Defined(name) => macros.defined(name.of(text), conditions),
            Shape::Not(operand) => {
                let operand = operand.truth(text, macros, conditions);
                conditions.not(operand)
            }
            Shape::Minus(operand) => operand.truth(text, macros, conditions),
            Shape::Binary(Binary::And, operands) => {
                let left = operands[0].truth(text, macros, conditions);
                // The right side of a decided `&&` is not worth an atom.
                if left == Condition::FALSE {
                    return left;
                }
                let right = operands[1].truth(text, macros, conditions);
                conditions.and(left, right)
            }
            Shape::Binary(Binary::Or, operands) => {
                let left = operands[0].truth(text, macros, conditions);
                if left == Condition::TRUE {
                    return left;
                }
                let right = operands[1].truth(text, macros, conditions);
                conditions.or(left, right)
            }
            Shape::Binary(operator, operands) if operator.compares() => {
                let left = operands[0].value(text, macros, conditions);
                let right = operands[1].value(text, macros, conditions);
                self.compare(*operator, [&left, &right], text, macros, conditions)
            }
            Shape::Ternary(parts) => {
                let [when, then, otherwise] = &**parts;
                let when = when.truth(text, macros, conditions);
                let then = then.truth(text, macros, conditions);
                let otherwise = otherwise.truth(text, macros, conditions);
                let then = conditions.and(when, then);
                let otherwise = conditions.and_not(otherwise, when);
                conditions.or(then, otherwise)
            }
            Shape::Call(function, arguments) => {
                match enabled(function.of(text), arguments.of(text), macros, conditions) {
                    Some(condition) => condition,
                    None => {
                        let value = macros.call(function.of(text), arguments.of(text), conditions);
                        self.not_zero(&value, text, macros, conditions)
                    }
                }
            }
            Shape::Name | Shape::Complement(_) | Shape::Binary(..) => {
                let value = self.value(text, macros, conditions);
                self.not_zero(&value, text, macros, conditions)
            }
            Shape::Broken => self.opaque(text, macros, conditions),
        }
    }

    /// The value of the expression. `text` is the text that it was parsed from.
    pub fn value(&self, text: &str, macros: &mut dyn Macros, conditions: &mut Conditions) -> Value {
        match &self.shape {
            Shape::Number(value) => always(Term::Number(*value)),
            Shape::Name => macros.value(self.span.of(text), conditions),
            Shape::Minus(operand) => {
                let value = operand.value(text, macros, conditions);
                map(&value, |number| number.checked_neg())
            }
            Shape::Complement(operand) => {
                let value = operand.value(text, macros, conditions);
                map(&value, |number| Some(!number))
            }
            Shape::Binary(operator, operands) if !operator.is_boolean() => {
                let left = operands[0].value(text, macros, conditions);
                let right = operands[1].value(text, macros, conditions);
                combine(&left, &right, conditions, |a, b| match (a, b) {
                    (Term::Number(a), Term::Number(b)) => {
                        operator.apply(*a, *b).map_or(Term::Unknown, Term::Number)
                    }
                    _ => Term::Unknown,
                })
                .unwrap_or_else(|| always(Term::Unknown))
            }
            Shape::Ternary(parts) => {
                let [when, then, otherwise] = &**parts;
                let when = when.truth(text, macros, conditions);
                let then = then.value(text, macros, conditions);
                let otherwise = otherwise.value(text, macros, conditions);
                choose(when, then, otherwise, conditions)
            }
            Shape::Call(function, arguments) if !is_enabled_macro(function.of(text)) => {
                macros.call(function.of(text), arguments.of(text), conditions)
            }
            Shape::Broken => always(Term::Unknown),
            Shape::Not(_) | Shape::Defined(_) | Shape::Binary(..) | Shape::Call(..) => {
                let truth = self.truth(text, macros, conditions);
                choose(
                    truth,
                    always(Term::Number(1)),
                    always(Term::Number(0)),
                    conditions,
                )
            }
        }
    }

    /// The names that the expression tests or evaluates, in the order of the text, each with its place.
    pub fn names(&self, text: &str) -> Vec<Span> {
        Lexer::new(text, self.span.start as usize, self.span.end as usize)
            .filter(|token| token.kind == Kind::Identifier && token.span.of(text) != "defined")
            .map(|token| token.span)
            .collect()
    }

    /// The names that the expression only asks to be defined, in the order of the text.
    pub fn defined_names<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let mut found = Vec::new();
        let mut pending = vec![self];
        while let Some(expression) = pending.pop() {
            match &expression.shape {
                Shape::Defined(name) => found.push(name.of(text)),
                Shape::Not(operand) | Shape::Minus(operand) | Shape::Complement(operand) => {
                    pending.push(operand);
                }
                Shape::Binary(_, operands) => pending.extend(operands.iter().rev()),
                Shape::Ternary(operands) => pending.extend(operands.iter().rev()),
                Shape::Number(_) | Shape::Name | Shape::Call(..) | Shape::Broken => {}
            }
        }
        found
    }

    /// When a comparison holds.
    fn compare(
        &self,
        operator: Binary,
        [left, right]: [&Value; 2],
        text: &str,
        macros: &mut dyn Macros,
        conditions: &mut Conditions,
    ) -> Condition {
        if left.len() * right.len() > MAX_CASES {
            return self.opaque(text, macros, conditions);
        }
        let mut holds = Vec::new();
        for (left_when, left) in left {
            for (right_when, right) in right {
                let when = conditions.and(*left_when, *right_when);
                if when == Condition::FALSE {
                    continue;
                }
                let compared = match (left, right) {
                    (Term::Number(a), Term::Number(b)) => {
                        constant(operator.apply(*a, *b).unwrap_or(0) != 0)
                    }
                    (Term::Name(name), Term::Number(number)) => {
                        match comparison(name, operator, *number, conditions) {
                            Some(atom) => atom,
                            None => self.opaque(text, macros, conditions),
                        }
                    }
                    (Term::Number(number), Term::Name(name)) => {
                        match comparison(name, operator.mirrored(), *number, conditions) {
                            Some(atom) => atom,
                            None => self.opaque(text, macros, conditions),
                        }
                    }
                    _ => self.opaque(text, macros, conditions),
                };
                holds.push(conditions.and(when, compared));
            }
        }
        conditions.any(holds)
    }

    /// When `value`, which is the expression's, is not 0.
    fn not_zero(
        &self,
        value: &Value,
        text: &str,
        macros: &mut dyn Macros,
        conditions: &mut Conditions,
    ) -> Condition {
        let zero = always(Term::Number(0));
        self.compare(Binary::NotEqual, [value, &zero], text, macros, conditions)
    }

    /// The expression as one atom.
    fn opaque(
        &self,
        text: &str,
        macros: &mut dyn Macros,
        conditions: &mut Conditions,
    ) -> Condition {
        let mut words: Vec<&str> = self
            .span
            .of(text)
            .split(|c: char| c.is_ascii_whitespace() || c == '\\')
            .filter(|word| !word.is_empty())
            .collect();
        let names: Vec<&str> = self.names(text).iter().map(|name| name.of(text)).collect();
        let place = macros.place(&names);
        if let Some(place) = &place {
            words.extend(["at", place]);
        }
        conditions.atom(Atom::Opaque(words.join(" ").into()))
    }
}

/// The condition that is always or never true.
fn constant(value: bool) -> Condition {
    if value {
        Condition::TRUE
    } else {
        Condition::FALSE
    }
}

/// The comparison of a macro with a number as an atom or its negation. `None` where the number is the last of its type.
fn comparison(
    name: &str,
    operator: Binary,
    value: i64,
    conditions: &mut Conditions,
) -> Option<Condition> {
    let (operator, value, negated) = match operator {
        Binary::Equal => (Operator::Equal, value, false),
        Binary::NotEqual => (Operator::Equal, value, true),
        Binary::Greater => (Operator::Greater, value, false),
        Binary::LessEqual => (Operator::Greater, value, true),
        Binary::GreaterEqual => (Operator::Greater, value.checked_sub(1)?, false),
        Binary::Less => (Operator::Greater, value.checked_sub(1)?, true),
        _ => return None,
    };
    let atom = conditions.atom(Atom::Comparison {
        name: name.into(),
        operator,
        value,
    });
    Some(if negated { conditions.not(atom) } else { atom })
}

/// Whether the macro is one of those of `include/linux/kconfig.h` that test a `CONFIG_` macro.
pub fn is_enabled_macro(name: &str) -> bool {
    matches!(
        name,
        "IS_ENABLED" | "IS_BUILTIN" | "IS_MODULE" | "IS_REACHABLE" | "__is_defined"
    )
}

/// The meaning of a macro of `include/linux/kconfig.h`. They test whether a macro is defined as 1, which is what autoconf.h
/// does for every bool and tristate.
fn enabled(
    function: &str,
    argument: &str,
    macros: &mut dyn Macros,
    conditions: &mut Conditions,
) -> Option<Condition> {
    if !is_enabled_macro(function) {
        return None;
    }
    let name = argument.trim();
    let builtin = macros.defined(name, conditions);
    if matches!(function, "IS_BUILTIN" | "__is_defined") {
        return Some(builtin);
    }
    let module = macros.defined(&format!("{name}_MODULE"), conditions);
    Some(match function {
        "IS_MODULE" => module,
        "IS_ENABLED" => conditions.or(builtin, module),
        _ => {
            let inside_module = macros.defined("MODULE", conditions);
            let module = conditions.and(module, inside_module);
            conditions.or(builtin, module)
        }
    })
}

/// A value with a function applied to its numbers.
fn map(value: &Value, function: impl Fn(i64) -> Option<i64>) -> Value {
    value
        .iter()
        .map(|(when, term)| {
            let term = match term {
                Term::Number(number) => function(*number).map_or(Term::Unknown, Term::Number),
                Term::Name(_) | Term::Unknown => Term::Unknown,
            };
            (*when, term)
        })
        .collect()
}

/// Two values with a function applied to each pair; `None` if those are too many.
fn combine(
    left: &Value,
    right: &Value,
    conditions: &mut Conditions,
    function: impl Fn(&Term, &Term) -> Term,
) -> Option<Value> {
    if left.len() * right.len() > MAX_CASES {
        return None;
    }
    let mut result = Value::new();
    for (left_when, left) in left {
        for (right_when, right) in right {
            let when = conditions.and(*left_when, *right_when);
            add_case(&mut result, when, function(left, right), conditions);
        }
    }
    Some(result)
}

/// The one value under `when`, the other elsewhere.
pub fn choose(
    when: Condition,
    then: Value,
    otherwise: Value,
    conditions: &mut Conditions,
) -> Value {
    if when == Condition::TRUE {
        return then;
    }
    if when == Condition::FALSE {
        return otherwise;
    }
    let mut result = Value::new();
    for (case, term) in then {
        let case = conditions.and(case, when);
        add_case(&mut result, case, term, conditions);
    }
    for (case, term) in otherwise {
        let case = conditions.and_not(case, when);
        add_case(&mut result, case, term, conditions);
    }
    if result.len() > MAX_CASES {
        return always(Term::Unknown);
    }
    result
}

/// Adds a case, together with one of the same term if there is one.
fn add_case(value: &mut Value, when: Condition, term: Term, conditions: &mut Conditions) {
    if when == Condition::FALSE {
        return;
    }
    match value.iter_mut().find(|(_, known)| *known == term) {
        Some((known, _)) => *known = conditions.or(*known, when),
        None => value.push((when, term)),
    }
}

impl Binary {
    /// Whether the result is 0 or 1.
    fn is_boolean(self) -> bool {
        matches!(self, Binary::And | Binary::Or) || self.compares()
    }

    /// Whether it compares.
    fn compares(self) -> bool {
        matches!(
            self,
            Binary::Equal
                | Binary::NotEqual
                | Binary::Less
                | Binary::LessEqual
                | Binary::Greater
                | Binary::GreaterEqual
        )
    }

    /// The comparison with its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Binary::Less => Binary::Greater,
            Binary::LessEqual => Binary::GreaterEqual,
            Binary::Greater => Binary::Less,
            Binary::GreaterEqual => Binary::LessEqual,
            other => other,
        }
    }

    /// The result for two numbers; `None` where it overflows or is not defined.
    fn apply(self, a: i64, b: i64) -> Option<i64> {
        let shift = || u32::try_from(b).ok().filter(|&by| by < 64);
        Some(match self {
            Binary::Or => i64::from(a != 0 || b != 0),
            Binary::And => i64::from(a != 0 && b != 0),
            Binary::BitOr => a | b,
            Binary::BitXor => a ^ b,
            Binary::BitAnd => a & b,
            Binary::Equal => i64::from(a == b),
            Binary::NotEqual => i64::from(a != b),
            Binary::Less => i64::from(a < b),
            Binary::LessEqual => i64::from(a <= b),
            Binary::Greater => i64::from(a > b),
            Binary::GreaterEqual => i64::from(a >= b),
            Binary::ShiftLeft => a.checked_mul(1i64.checked_shl(shift()?)?)?,
            Binary::ShiftRight => a.checked_shr(shift()?)?,
            Binary::Add => a.checked_add(b)?,
            Binary::Subtract => a.checked_sub(b)?,
            Binary::Multiply => a.checked_mul(b)?,
            Binary::Divide => a.checked_div(b)?,
            Binary::Remainder => a.checked_rem(b)?,
        })
    }
}

/// Whether `token` is punctuation; used by the parser, which looks at two bytes at once.
fn adjoin(a: Token, b: Token) -> bool {
    a.span.end == b.span.start
}

#[cfg(test)]
mod tests;
