//! Owns the directives of one file: conditionals, definitions and includes with their places. No file is followed from here.
//!
//! Reading a file never fails. What is wrong with it stands beside the directives as [`Problem`]s, and the list of directives
//! is always balanced: a directive that has no place in the nesting is left out, a missing `#endif` is taken for granted at
//! the end of the file.

use std::sync::{Arc, OnceLock};

use super::condition::{Condition, Conditions};
use super::expression::{self, Expression, Macros, Unknown};
use super::lex::{self, Kind, Lexer, Span};
use crate::diag::{Lines, Location};
use crate::limits::{CONDITIONAL_NESTING, Limit};

/// A directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// From the `#` to the end of the line, lines that it continues on included.
    pub span: Span,
    /// Its kind.
    pub kind: DirectiveKind,
}

/// The kind of a directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectiveKind {
    /// `#if`, `#ifdef`, `#ifndef`
    If(Expression),
    /// `#elif`, `#elifdef`, `#elifndef`
    Elif(Expression),
    /// `#else`
    Else,
    /// `#endif`
    Endif,
    /// `#define`
    Define {
        /// The name's place.
        name: Span,
        /// The place of what stands between the parentheses, if the macro takes arguments.
        parameters: Option<Span>,
        /// The place of the replacement; may be empty.
        body: Span,
    },
    /// `#undef`: the name's place.
    Undef(Span),
    /// `#include`
    Include(Target),
}

/// What `#include` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// `<path>`: the path's place.
    Angle(Span),
    /// `"path"`: the path's place.
    Quote(Span),
    /// A macro that stands for one of the other forms.
    Macro(Span),
}

/// Something that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What, lower case and without a full stop.
    pub text: &'static str,
}

/// Message for a file whose conditionals nest too deeply.
const NESTED: &str = "conditionals nest too deeply (the limit `conditional-nesting` is 200 levels)";

impl Problem {
    /// The limit that is reached, if that is what is wrong.
    pub fn limit(&self) -> Option<&'static Limit> {
        match self.text {
            NESTED => Some(&CONDITIONAL_NESTING),
            text => expression::limit(text),
        }
    }
}

/// One file.
#[derive(Debug)]
pub struct File {
    /// Its path, relative to the tree's root.
    pub path: Arc<str>,
    /// Its text.
    pub text: Box<str>,
    /// Its directives, balanced, in the order of the text.
    pub directives: Vec<Directive>,
    /// Problems in it, in the order of the text.
    pub problems: Vec<Problem>,
    /// The macro that guards all its directives against being read twice: the place of its name in the `#ifndef`.
    pub guard: Option<Span>,
    /// Whether it has macros that define functions ([`super::occurrence::made`]).
    pub makes: bool,
    /// Where its lines start, made when the first place is asked for.
    lines: OnceLock<Lines>,
}

impl File {
    /// Reads the directives of `text`, which is the whole text of the file at `path`.
    pub fn parse(path: Arc<str>, text: impl Into<Box<str>>) -> File {
        let text = text.into();
        let mut reader = Reader {
            text: &text,
            directives: Vec::new(),
            problems: Vec::new(),
            open: Vec::new(),
            left_out: 0,
        };
        reader.read();
        let Reader {
            mut directives,
            problems,
            ..
        } = reader;
        // Thousands of files stay for a whole run.
        directives.shrink_to_fit();
        let guard = guard(&text, &directives);
        let mut file = File {
            path,
            text,
            directives,
            problems,
            guard,
            makes: false,
            lines: OnceLock::new(),
        };
        file.makes = !super::occurrence::made::makers(&file).is_empty();
        file
    }

    /// The place as a location in the tree.
    pub fn location(&self, span: Span) -> Location {
        let lines = self.lines.get_or_init(|| Lines::new(self.text.as_bytes()));
        lines.location(self.path.clone(), span.start, span.end)
    }

    /// The directive around a byte, if it stands in one.
    pub fn directive_at(&self, offset: u32) -> Option<&Directive> {
        // They stand in the order of the text.
        let after = self
            .directives
            .partition_point(|directive| directive.span.start <= offset);
        let last = self.directives.get(after.checked_sub(1)?)?;
        (offset < last.span.end).then_some(last)
    }

    /// Where the conditions of the file's `#if`s change, and to what: offset of the first byte and the condition from there
    /// on, in ascending order. An include guard counts as true. `macros` answers what is not known from the file.
    pub fn regions(
        &self,
        macros: &mut dyn Macros,
        conditions: &mut Conditions,
    ) -> Vec<(u32, Condition)> {
        let mut regions = vec![(0, Condition::TRUE)];
        let mut branches = Branches::new(Condition::TRUE);
        for (index, directive) in self.directives.iter().enumerate() {
            match &directive.kind {
                DirectiveKind::If(expression) => {
                    // The guard stands in the first directive, if there is one.
                    let truth = if index == 0 && self.guard.is_some() {
                        Condition::TRUE
                    } else {
                        expression.truth(&self.text, macros, conditions)
                    };
                    branches.open(truth, conditions);
                }
                DirectiveKind::Elif(expression) => {
                    let truth = expression.truth(&self.text, macros, conditions);
                    branches.next(truth, conditions);
                }
                DirectiveKind::Else => branches.otherwise(),
                DirectiveKind::Endif => branches.close(),
                _ => continue,
            }
            regions.push((directive.span.end, branches.current()));
        }
        regions
    }

    /// The condition of the file's own `#if`s at `offset`, all macros unknown.
    pub fn condition_at(&self, offset: u32, conditions: &mut Conditions) -> Condition {
        let regions = self.regions(&mut Unknown, conditions);
        region_at(&regions, offset)
    }
}

/// The condition at `offset` in a list that [`File::regions`] made.
pub fn region_at(regions: &[(u32, Condition)], offset: u32) -> Condition {
    let behind = regions.partition_point(|&(start, _)| start <= offset);
    regions[..behind]
        .last()
        .map_or(Condition::TRUE, |&(_, condition)| condition)
}

/// The nesting of conditionals while a file is read from top to bottom.
#[derive(Clone, Debug)]
pub struct Branches {
    current: Condition,
    /// For each open conditional the condition around it, and what its branches have left of that so far.
    open: Vec<(Condition, Condition)>,
}

impl Branches {
    /// Outside all conditionals of a file that is itself read under a condition.
    pub fn new(current: Condition) -> Self {
        Self {
            current,
            open: Vec::new(),
        }
    }

    /// The condition here.
    pub fn current(&self) -> Condition {
        self.current
    }

    /// `#if`
    pub fn open(&mut self, truth: Condition, conditions: &mut Conditions) {
        let rest = conditions.and_not(self.current, truth);
        self.open.push((self.current, rest));
        self.current = conditions.and(self.current, truth);
    }

    /// `#elif`
    pub fn next(&mut self, truth: Condition, conditions: &mut Conditions) {
        if let Some((_, rest)) = self.open.last_mut() {
            self.current = conditions.and(*rest, truth);
            *rest = conditions.and_not(*rest, truth);
        }
    }

    /// The condition that an `#elif` is evaluated under: no branch before it was taken.
    pub fn rest(&self) -> Condition {
        self.open.last().map_or(Condition::FALSE, |&(_, rest)| rest)
    }

    /// `#else`
    pub fn otherwise(&mut self) {
        if let Some((_, rest)) = self.open.last_mut() {
            self.current = std::mem::replace(rest, Condition::FALSE);
        }
    }

    /// `#endif`
    pub fn close(&mut self) {
        if let Some((outer, _)) = self.open.pop() {
            self.current = outer;
        }
    }
}

/// The name of the include guard, if the file has one: its first directive is `#ifndef` (or `#if !defined`), the next
/// defines that name, and the matching `#endif` is the last directive, without an `#else` in between.
fn guard(text: &str, directives: &[Directive]) -> Option<Span> {
    let [first, second, .., last] = directives else {
        return None;
    };
    let (DirectiveKind::If(tested), DirectiveKind::Define { name, .. }, DirectiveKind::Endif) =
        (&first.kind, &second.kind, &last.kind)
    else {
        return None;
    };
    let guard = tested.undefined_name()?;
    if guard.of(text) != name.of(text) {
        return None;
    }
    let mut depth = 1usize;
    for directive in &directives[1..directives.len() - 1] {
        match directive.kind {
            DirectiveKind::If(_) => depth += 1,
            DirectiveKind::Endif => depth -= 1,
            DirectiveKind::Elif(_) | DirectiveKind::Else if depth == 1 => return None,
            _ => {}
        }
        if depth == 0 {
            return None;
        }
    }
    Some(guard)
}

/// State of an open conditional while a file is scanned.
struct Open {
    span: Span,
    has_else: bool,
}

struct Reader<'a> {
    text: &'a str,
    directives: Vec<Directive>,
    problems: Vec<Problem>,
    open: Vec<Open>,
    /// How many conditionals are open that nest too deeply.
    left_out: usize,
}

/// The meaning of a byte for the loop that looks for directives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Newline,
    Blank,
    Slash,
    Quote,
    Hash,
}

/// The class of every byte.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    classes[b'\n' as usize] = Class::Newline;
    classes[b' ' as usize] = Class::Blank;
    classes[b'\t' as usize] = Class::Blank;
    classes[b'\r' as usize] = Class::Blank;
    classes[0x0b] = Class::Blank;
    classes[0x0c] = Class::Blank;
    classes[b'/' as usize] = Class::Slash;
    classes[b'"' as usize] = Class::Quote;
    classes[b'\'' as usize] = Class::Quote;
    classes[b'#' as usize] = Class::Hash;
    classes
};

impl Reader<'_> {
    fn read(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        let mut at_line_start = true;
        while let Some(&byte) = bytes.get(at) {
            match CLASSES[usize::from(byte)] {
                Class::Newline => {
                    at_line_start = true;
                    at += 1;
                }
                Class::Blank => at += 1,
                Class::Slash => match lex::skip_comment(bytes, at) {
                    Some(behind) => at = behind,
                    None => {
                        at_line_start = false;
                        at += 1;
                    }
                },
                Class::Quote => {
                    at_line_start = false;
                    at = lex::skip_literal(bytes, at);
                }
                Class::Hash if at_line_start => {
                    let end = directive_end(bytes, at + 1);
                    self.directive(at, end);
                    at = end;
                }
                Class::Hash | Class::Other => {
                    at_line_start = false;
                    at += 1;
                    // Nothing but these bytes can end a stretch of plain code.
                    at += bytes[at..]
                        .iter()
                        .position(|&byte| {
                            matches!(
                                CLASSES[usize::from(byte)],
                                Class::Newline | Class::Slash | Class::Quote
                            )
                        })
                        .unwrap_or(bytes.len() - at);
                }
            }
        }
        while let Some(open) = self.open.pop() {
            self.problem(open.span, "a conditional without `#endif`");
            self.directives.push(Directive {
                span: Span::new(bytes.len(), bytes.len()),
                kind: DirectiveKind::Endif,
            });
        }
        self.problems.sort_by_key(|problem| problem.span);
    }

    fn problem(&mut self, span: Span, text: &'static str) {
        self.problems.push(Problem { span, text });
    }

    /// Reads the directive in `start..end`, whose first byte is the `#`.
    fn directive(&mut self, start: usize, end: usize) {
        let span = Span::new(start, end);
        let mut tokens = Lexer::new(self.text, start + 1, end);
        let Some(word) = tokens.next().filter(|token| token.kind == Kind::Identifier) else {
            return;
        };
        let rest = word.span.end as usize;
        let name = tokens.next().filter(|token| token.kind == Kind::Identifier);
        let name = name.map(|token| token.span);
        let kind = match word.span.of(self.text) {
            "if" => Some(DirectiveKind::If(self.expression(rest, end))),
            "ifdef" => self.tested(span, name, false).map(DirectiveKind::If),
            "ifndef" => self.tested(span, name, true).map(DirectiveKind::If),
            "elif" => Some(DirectiveKind::Elif(self.expression(rest, end))),
            "elifdef" => self.tested(span, name, false).map(DirectiveKind::Elif),
            "elifndef" => self.tested(span, name, true).map(DirectiveKind::Elif),
            "else" => Some(DirectiveKind::Else),
            "endif" => Some(DirectiveKind::Endif),
            "define" => self.define(span, name),
            "undef" => {
                if name.is_none() {
                    self.problem(span, "`#undef` without a name");
                }
                name.map(DirectiveKind::Undef)
            }
            "include" | "include_next" | "import" => self.include(span, rest, end),
            // `#error`, `#pragma`, `#warning`, `#line` say nothing about what is defined.
            _ => None,
        };
        if let Some(kind) = kind
            && self.fits(span, &kind)
        {
            self.directives.push(Directive { span, kind });
        }
    }

    /// Whether the directive has its place in the nesting; keeps track of it.
    fn fits(&mut self, span: Span, kind: &DirectiveKind) -> bool {
        match kind {
            DirectiveKind::If(_) => {
                if self.open.len() >= CONDITIONAL_NESTING.length() || self.left_out > 0 {
                    if self.left_out == 0 {
                        self.problem(span, NESTED);
                    }
                    self.left_out += 1;
                    return false;
                }
                self.open.push(Open {
                    span,
                    has_else: false,
                });
                true
            }
            DirectiveKind::Endif if self.left_out > 0 => {
                self.left_out -= 1;
                false
            }
            DirectiveKind::Elif(_) | DirectiveKind::Else if self.left_out > 0 => false,
            DirectiveKind::Endif => {
                let fits = self.open.pop().is_some();
                if !fits {
                    self.problem(span, "`#endif` without a conditional");
                }
                fits
            }
            DirectiveKind::Elif(_) | DirectiveKind::Else => {
                let is_else = *kind == DirectiveKind::Else;
                let problem = match self.open.last_mut() {
                    None => "`#else` or `#elif` without a conditional",
                    Some(open) if open.has_else => "`#else` or `#elif` after `#else`",
                    Some(open) => {
                        open.has_else = is_else;
                        return true;
                    }
                };
                self.problem(span, problem);
                false
            }
            _ => true,
        }
    }

    fn expression(&mut self, start: usize, end: usize) -> Expression {
        let (expression, problem) = Expression::parse(self.text, start, end);
        if let Some(problem) = problem {
            self.problem(expression.span, problem);
        }
        expression
    }

    /// The expression of `#ifdef` and its like. Without a name it is one that cannot be read, so that the nesting stays.
    fn tested(&mut self, span: Span, name: Option<Span>, negated: bool) -> Option<Expression> {
        if name.is_none() {
            self.problem(span, "a macro's name is missing");
        }
        Some(name.map_or_else(
            || Expression::broken(span),
            |name| Expression::defined(name, negated),
        ))
    }

    fn define(&mut self, span: Span, name: Option<Span>) -> Option<DirectiveKind> {
        let Some(name) = name else {
            self.problem(span, "`#define` without a name");
            return None;
        };
        let mut behind = name.end as usize;
        let end = span.end as usize;
        let mut parameters = None;
        // Only a parenthesis directly after the name begins parameters.
        if self.text.as_bytes().get(behind) == Some(&b'(') && behind < end {
            let close = Lexer::new(self.text, behind, end).find(|token| token.is(b')'));
            let Some(close) = close else {
                self.problem(span, "`(` without `)`");
                return None;
            };
            parameters = Some(Span::new(behind + 1, close.span.start as usize));
            behind = close.span.end as usize;
        }
        let mut tokens = Lexer::new(self.text, behind, end);
        let first = tokens.next();
        let last = tokens.last().or(first);
        let body = match (first, last) {
            (Some(first), Some(last)) => Span {
                start: first.span.start,
                end: last.span.end,
            },
            _ => Span::new(behind, behind),
        };
        Some(DirectiveKind::Define {
            name,
            parameters,
            body,
        })
    }

    fn include(&mut self, span: Span, start: usize, end: usize) -> Option<DirectiveKind> {
        let first = Lexer::new(self.text, start, end).next();
        let target = match first.map(|token| (token.kind, token.span)) {
            Some((Kind::Literal, literal)) => {
                let path = Span {
                    start: literal.start + 1,
                    end: literal.end.saturating_sub(1).max(literal.start + 1),
                };
                literal
                    .of(self.text)
                    .starts_with('"')
                    .then_some(Target::Quote(path))
            }
            Some((Kind::Punctuation(b'<'), open)) => {
                let path_start = open.end as usize;
                memchr::memchr(b'>', &self.text.as_bytes()[path_start..end])
                    .map(|length| Target::Angle(Span::new(path_start, path_start + length)))
            }
            Some((Kind::Identifier, name)) => Some(Target::Macro(name)),
            _ => None,
        };
        if target.is_none() {
            self.problem(span, "`#include` without a path");
        }
        target.map(DirectiveKind::Include)
    }
}

/// Offset of the newline that ends the directive: not one that a backslash precedes, nor one inside a comment.
fn directive_end(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\n' => return at,
            b'\\' => {
                at += if text[at + 1..].starts_with(b"\r\n") {
                    3
                } else {
                    2
                }
            }
            b'/' => at = lex::skip_comment(text, at).unwrap_or(at + 1),
            b'"' | b'\'' => at = lex::skip_literal(text, at),
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests;
