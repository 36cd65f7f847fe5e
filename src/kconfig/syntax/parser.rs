//! Owns the statements of a file: blocks, entries and their properties, and how reading goes on after a mistake.
//!
//! Follows `parser.y`. One mistake gives one diagnostic: a line that cannot be read is left out and the next is read; after a
//! line that looks like the start of an unknown entry, what belongs to that entry is left out with it.

use std::sync::{Arc, OnceLock};

use nom::{Err, Parser as _};

use super::arena::Arena;
use super::expression::{
    Input, Parsed, condition, expression, keyword as word_of_language, name, prompt, quoted, symbol,
};
use super::keyword::Keyword;
use super::lexer::{self, Token, TokenKind};
use super::{
    Assign, File, Property, PropertyKind, SYNTAX_ERROR, Span, Statement, StatementKind, Type, Word,
    WordKind, help,
};
use crate::diag::{Diagnostic, Label, Level, Lines};
use crate::limits::KCONFIG_NESTING;

/// Most characters of one line that get a warning each.
const MAX_IGNORED: usize = 16;

/// Something that is not as the grammar wants it.
struct Problem {
    /// The token at fault, or the end of the line before it.
    span: Span,
    /// The message.
    message: String,
}

/// The tokens of the logical line that is being read.
struct Line {
    tokens: Vec<Token>,
    next: usize,
}

impl Line {
    /// The next token, which stays.
    fn peek(&self) -> Option<Token> {
        self.tokens.get(self.next).copied()
    }

    /// Goes on to the token after the next.
    fn skip(&mut self) {
        self.next += 1;
    }

    /// A problem at the next token: it should have been `expected`.
    fn problem(&self, expected: impl AsRef<str>) -> Problem {
        let expected = expected.as_ref();
        match self.peek() {
            Some(token) => Problem {
                span: token.span,
                message: match token.kind {
                    TokenKind::OpenReference => {
                        "this macro reference has no closing parenthesis on its line".to_owned()
                    }
                    _ => format!("expected {expected}"),
                },
            },
            None => {
                let end = self.tokens.last().map_or(0, |token| token.span.end);
                Problem {
                    span: Span { start: end, end },
                    message: format!("expected {expected}, found the end of the line"),
                }
            }
        }
    }

    /// From the first token to the last that was read.
    fn span(&self) -> Span {
        let start = self.tokens.first().map_or(0, |token| token.span.start);
        let last = self.next.clamp(1, self.tokens.len().max(1)) - 1;
        let end = self.tokens.get(last).map_or(start, |token| token.span.end);
        Span { start, end }
    }
}

/// A block whose end has not been read yet.
struct Block {
    statement: Statement,
    /// The statements before it in the surrounding block.
    outer: Vec<Statement>,
}

/// The state of reading one file.
struct Parser {
    path: Arc<str>,
    /// The text, and the words and expressions of it that were read.
    arena: Arena,
    position: usize,
    /// Line of `position`, and how far lines have been counted.
    line_number: u32,
    diagnostics: Vec<Diagnostic>,
    /// Statements of the innermost open block.
    body: Vec<Statement>,
    blocks: Vec<Block>,
    /// Whether the last statement, or the block that was just opened, still takes properties.
    takes_properties: bool,
    /// Whether properties that follow belong to an entry that could not be read.
    skipping: bool,
    /// Whether the last that was read is a help text.
    ends_in_help: bool,
    /// Whether the last line has no newline that it needs.
    lacks_newline: bool,
    lines: OnceLock<Lines>,
}

/// Reads a file.
pub(super) fn parse(path: Arc<str>, text: String) -> File {
    let mut parser = Parser {
        path,
        arena: Arena::new(text),
        position: 0,
        line_number: 1,
        diagnostics: Vec::new(),
        body: Vec::new(),
        blocks: Vec::new(),
        takes_properties: false,
        skipping: false,
        ends_in_help: false,
        lacks_newline: false,
        lines: OnceLock::new(),
    };
    parser.run();
    // Thousands of files are kept, so what each does not use would add up.
    parser.settle();
    parser.body.shrink_to_fit();
    let (text, words, exprs) = parser.arena.into_parts();
    File {
        path: parser.path,
        text,
        words,
        exprs,
        statements: parser.body,
        diagnostics: parser.diagnostics,
        lacks_newline: parser.lacks_newline,
        lines: parser.lines,
    }
}

impl Parser {
    fn run(&mut self) {
        let mut line = Line {
            tokens: Vec::new(),
            next: 0,
        };
        while self.position < self.arena.text.len() {
            let first_line = self.read_line(&mut line);
            if line.tokens.is_empty() {
                continue;
            }
            self.ends_in_help = false;
            if let Err(problem) = self.line(&mut line, first_line) {
                self.report(Level::Deny, problem.span, problem.message);
            }
        }
        while let Some(block) = self.blocks.pop() {
            self.missing_end(&block.statement);
            self.close(block);
        }
        // A help text may end with the file.
        if !self.arena.text.ends_with('\n') && !line.tokens.is_empty() && !self.ends_in_help {
            self.lacks_newline = true;
            let end = self.arena.text.len() as u32;
            self.report(
                Level::Warn,
                Span { start: end, end },
                "no newline at the end of the file".to_owned(),
            );
        }
    }

    /// Reads the tokens of the next logical line, and returns the number of the line on which the first one stands.
    fn read_line(&mut self, line: &mut Line) -> u32 {
        let start = self.position;
        self.position = lexer::logical_line(&self.arena.text, start, &mut line.tokens);
        line.next = 0;
        let bytes = self.arena.text.as_bytes();
        let newlines =
            |from: usize, to: usize| memchr::memchr_iter(b'\n', &bytes[from..to]).count();
        // Only joined lines have newlines before their first token.
        let first = line
            .tokens
            .first()
            .map_or(start, |token| token.span.start as usize);
        let first_line = self.line_number + newlines(start, first) as u32;
        self.line_number += newlines(start, self.position) as u32;
        self.ignore_unknown_characters(line);
        first_line
    }

    /// Leaves out characters that the language does not have, as `conf` does, with a warning each; where a line has very many, the
    /// last warning stands for the rest.
    fn ignore_unknown_characters(&mut self, line: &mut Line) {
        if line
            .tokens
            .iter()
            .all(|token| token.kind != TokenKind::Unknown)
        {
            return;
        }
        let mut ignored = 0;
        for token in std::mem::take(&mut line.tokens) {
            if token.kind == TokenKind::Unknown {
                ignored += 1;
                let message = match ignored {
                    ..MAX_IGNORED => "this character has no meaning in Kconfig and is ignored",
                    MAX_IGNORED => {
                        "this character, and others after it on its line, have no meaning in Kconfig and are ignored"
                    }
                    _ => continue,
                };
                self.report(Level::Warn, token.span, message.to_owned());
            } else {
                line.tokens.push(token);
            }
        }
    }

    /// Reads one line as a statement of its own or as a property of the entry before it.
    fn line(&mut self, line: &mut Line, number: u32) -> Result<(), Problem> {
        let first = line.tokens[0];
        if first.kind == TokenKind::OpenReference {
            return Err(line.problem(""));
        }
        let assigns = line
            .tokens
            .get(1)
            .is_some_and(|token| lexer::is_assignment(token.kind));
        if let (Some(word), true) = (first.word(), assigns)
            && !word.kind.is_quoted()
            && !self.arena.is_keyword(word)
        {
            return self.assignment(line, number, word);
        }
        let keyword = match first.kind {
            TokenKind::Word(WordKind::Plain) => Keyword::from_text(self.arena.slice(first.span)),
            TokenKind::Word(WordKind::Macro) => return self.expand_only(line, number),
            _ => None,
        };
        let Some(keyword) = keyword.filter(|&keyword| keyword != Keyword::On) else {
            return Err(self.unknown_line(line));
        };
        line.skip();
        if keyword.starts_statement() {
            let result = self.statement(keyword, line, number);
            // Properties below an entry whose first line cannot be read are part of the same mistake.
            self.skipping = result.is_err();
            return result;
        }
        if self.skipping {
            if keyword == Keyword::Help {
                self.skip_help();
            }
            return Ok(());
        }
        self.property(keyword, line, number)
    }

    /// Reads what follows the keyword of a statement.
    fn statement(&mut self, keyword: Keyword, line: &mut Line, number: u32) -> Result<(), Problem> {
        match keyword {
            Keyword::Config | Keyword::Menuconfig => {
                let name = self.read(line, name("the name of a symbol"))?;
                self.end(line)?;
                let menuconfig = keyword == Keyword::Menuconfig;
                let properties = Vec::new();
                self.push(
                    line,
                    number,
                    StatementKind::Config {
                        menuconfig,
                        name,
                        properties,
                    },
                );
            }
            Keyword::Choice => {
                let name = match line.peek() {
                    Some(_) => Some(self.read(line, name("the end of the line"))?),
                    None => None,
                };
                self.end(line)?;
                let (properties, body) = (Vec::new(), Vec::new());
                self.open(
                    line,
                    number,
                    StatementKind::Choice {
                        name,
                        properties,
                        body,
                    },
                )?;
            }
            Keyword::Menu => {
                let title = self.read(line, quoted("the menu's title in quotes"))?;
                self.end(line)?;
                let (properties, body) = (Vec::new(), Vec::new());
                self.open(
                    line,
                    number,
                    StatementKind::Menu {
                        title,
                        properties,
                        body,
                    },
                )?;
            }
            Keyword::If => {
                let condition = self.read(line, expression)?;
                self.end(line)?;
                let body = Vec::new();
                self.open(line, number, StatementKind::If { condition, body })?;
            }
            Keyword::Comment => {
                let text = self.read(line, quoted("the comment in quotes"))?;
                self.end(line)?;
                let properties = Vec::new();
                self.push(line, number, StatementKind::Comment { text, properties });
            }
            Keyword::Source => {
                let path = self.read(line, quoted("the path of a file in quotes"))?;
                self.end(line)?;
                self.push(line, number, StatementKind::Source(path));
            }
            Keyword::Mainmenu => {
                let title = self.read(line, quoted("the title in quotes"))?;
                self.end(line)?;
                if !self.blocks.is_empty() || self.body.iter().any(is_entry) {
                    return Err(Problem {
                        span: line.tokens[0].span,
                        message: "`mainmenu` must come before all other entries".to_owned(),
                    });
                }
                self.push(line, number, StatementKind::MainMenu(title));
            }
            _ => {
                let result = self.end(line);
                self.end_block(keyword, line);
                result?;
            }
        }
        Ok(())
    }

    /// Reads what follows the keyword of a property, and gives the property to the entry before it.
    fn property(&mut self, keyword: Keyword, line: &mut Line, number: u32) -> Result<(), Problem> {
        let kind = match keyword {
            Keyword::Bool | Keyword::Tristate | Keyword::Int | Keyword::Hex | Keyword::String => {
                let prompt = match line.peek() {
                    Some(_) => Some(self.read(line, prompt)?),
                    None => None,
                };
                PropertyKind::Type(type_of(keyword), prompt)
            }
            Keyword::Prompt => PropertyKind::Prompt(self.read(line, prompt)?),
            Keyword::Default | Keyword::DefBool | Keyword::DefTristate => {
                let type_ = match keyword {
                    Keyword::DefBool => Some(Type::Bool),
                    Keyword::DefTristate => Some(Type::Tristate),
                    _ => None,
                };
                let (value, condition) =
                    self.read(line, |input| (expression, condition).parse(input))?;
                PropertyKind::Default {
                    type_,
                    value,
                    condition,
                }
            }
            Keyword::Depends => {
                let (_, dependency, condition) = self.read(line, |input| {
                    let on = word_of_language(Keyword::On, "`on`");
                    (on, expression, condition).parse(input)
                })?;
                PropertyKind::DependsOn {
                    dependency,
                    condition,
                }
            }
            Keyword::Select => {
                let (symbol, condition) = self.read(line, |input| {
                    (name("the symbol to select"), condition).parse(input)
                })?;
                PropertyKind::Select(symbol, condition)
            }
            Keyword::Imply => {
                let (symbol, condition) = self.read(line, |input| {
                    (name("the symbol to imply"), condition).parse(input)
                })?;
                PropertyKind::Imply(symbol, condition)
            }
            Keyword::Range => {
                let (low, high, condition) = self.read(line, |input| {
                    let (low, high) = (symbol("the lower bound"), symbol("the upper bound"));
                    (low, high, condition).parse(input)
                })?;
                PropertyKind::Range(low, high, condition)
            }
            Keyword::Visible => PropertyKind::Visible(self.read(line, condition)?),
            Keyword::Modules => PropertyKind::Modules,
            Keyword::Transitional => PropertyKind::Transitional,
            Keyword::Optional => PropertyKind::Optional,
            Keyword::Option => {
                let start = line
                    .peek()
                    .ok_or_else(|| line.problem("the name of an option"))?
                    .span
                    .start;
                line.next = line.tokens.len();
                let end = line.span().end;
                PropertyKind::Option(Span { start, end })
            }
            _ => return self.help(line, number),
        };
        self.end(line)?;
        self.add_property(Property {
            span: line.span(),
            line: number,
            kind,
        })
    }

    /// Reads a help text.
    fn help(&mut self, line: &mut Line, number: u32) -> Result<(), Problem> {
        let ended = self.end(line);
        let span = line.span();
        let text = self.skip_help();
        ended?;
        self.add_property(Property {
            span,
            line: number,
            kind: PropertyKind::Help(text),
        })
    }

    /// Goes on behind the help text that starts at the next line.
    fn skip_help(&mut self) -> Span {
        let start = self.position;
        let rest = self.arena.text.get(start..).unwrap_or("");
        let length = help::length(rest);
        self.line_number += memchr::memchr_iter(b'\n', &rest.as_bytes()[..length]).count() as u32;
        self.position += length;
        self.ends_in_help = true;
        Span {
            start: start as u32,
            end: self.position as u32,
        }
    }

    /// Gives a property to the entry before it, if that may have it.
    fn add_property(&mut self, property: Property) -> Result<(), Problem> {
        let refuse = |what: &str| Problem {
            span: property.span,
            message: format!("{what} cannot have this line"),
        };
        let Some(entry) = self.entry() else {
            // The rest is as lost as this line, until the next entry.
            self.skipping = true;
            let message = "this line belongs to no entry".to_owned();
            return Err(Problem {
                span: property.span,
                message,
            });
        };
        let allowed = match (&entry.kind, property.kind) {
            (StatementKind::Config { .. }, kind) => {
                (!matches!(kind, PropertyKind::Visible(_) | PropertyKind::Optional))
                    .then_some(())
                    .ok_or("an entry of a symbol")
            }
            (
                StatementKind::Choice { .. },
                PropertyKind::Prompt(_)
                | PropertyKind::Type(Type::Bool | Type::Tristate, _)
                | PropertyKind::Default { type_: None, .. }
                | PropertyKind::DependsOn { .. }
                | PropertyKind::Optional
                | PropertyKind::Help(_),
            )
            | (
                StatementKind::Menu { .. },
                PropertyKind::DependsOn { .. } | PropertyKind::Visible(_),
            )
            | (StatementKind::Comment { .. }, PropertyKind::DependsOn { .. }) => Ok(()),
            (StatementKind::Choice { .. }, _) => Err("a choice"),
            (StatementKind::Menu { .. }, _) => Err("a menu"),
            (StatementKind::Comment { .. }, _) => Err("a comment"),
            _ => Err("this statement"),
        };
        allowed.map_err(refuse)?;
        let of_choice = matches!(entry.kind, StatementKind::Choice { .. });
        if let PropertyKind::Default { value, .. } = property.kind
            && of_choice
            && !self.arena.is_name(value)
        {
            return Err(Problem {
                span: property.span,
                message: "the default of a choice must be the name of a symbol".to_owned(),
            });
        }
        if let Some(properties) = self.properties() {
            properties.push(property);
        }
        Ok(())
    }

    /// The entry that properties belong to: the last statement, or the block that was just opened.
    fn entry(&mut self) -> Option<&mut Statement> {
        if !self.takes_properties {
            return None;
        }
        match self.body.last_mut() {
            Some(statement) => Some(statement),
            None => self.blocks.last_mut().map(|block| &mut block.statement),
        }
    }

    /// Ends the entry before this line: it gets no more properties, so room for them would only be lost.
    fn settle(&mut self) {
        if let Some(properties) = self.properties() {
            properties.shrink_to_fit();
        }
        self.takes_properties = false;
    }

    /// The properties of the entry before this line.
    fn properties(&mut self) -> Option<&mut Vec<Property>> {
        match &mut self.entry()?.kind {
            StatementKind::Config { properties, .. }
            | StatementKind::Comment { properties, .. }
            | StatementKind::Choice { properties, .. }
            | StatementKind::Menu { properties, .. } => Some(properties),
            _ => None,
        }
    }

    /// `name = value`
    fn assignment(&mut self, line: &mut Line, number: u32, name: Word) -> Result<(), Problem> {
        self.skipping = false;
        if self.in_choice() {
            let span = line.span();
            let message = "a choice cannot contain an assignment".to_owned();
            return Err(Problem { span, message });
        }
        let operator = line.tokens[1];
        let assign = match operator.kind {
            TokenKind::ColonEqual => Assign::Simple,
            TokenKind::PlusEqual => Assign::Append,
            _ => Assign::Recursive,
        };
        let bytes = self.arena.text.as_bytes();
        let end = lexer::end_of_line(bytes, operator.span.end as usize);
        let blanks = bytes[operator.span.end as usize..end]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let value = Span {
            start: operator.span.end + blanks as u32,
            end: end as u32,
        };
        let name = self.arena.add_word(name);
        line.next = 2;
        self.push(line, number, StatementKind::Assignment(name, assign, value));
        Ok(())
    }

    /// A line that starts with a macro reference: all of it has to expand to nothing.
    fn expand_only(&mut self, line: &mut Line, number: u32) -> Result<(), Problem> {
        while let Some(token) = line.peek() {
            let word = token
                .word()
                .filter(|word| word.kind == WordKind::Macro)
                .ok_or_else(|| line.problem("`=`, `:=`, `+=` or the end of the line"))?;
            let span = token.span;
            line.skip();
            if self.skipping {
                continue;
            }
            let id = self.arena.add_word(word);
            // Below an entry the line does not end that entry.
            if let Some(properties) = self.properties() {
                let kind = PropertyKind::Expand(id);
                properties.push(Property {
                    span,
                    line: number,
                    kind,
                });
            } else {
                let kind = StatementKind::Expand(id);
                self.body.push(Statement {
                    span,
                    line: number,
                    kind,
                });
            }
        }
        Ok(())
    }

    /// The error for a line that starts with no known word. Where it looks like the start of an entry, what would belong
    /// to that entry is left out.
    fn unknown_line(&mut self, line: &Line) -> Problem {
        let first = line.tokens[0];
        let in_first_column = first.span.start == 0
            || self
                .arena
                .text
                .as_bytes()
                .get(first.span.start as usize - 1)
                == Some(&b'\n');
        if in_first_column || self.entry().is_none() {
            self.skipping = true;
        }
        let message = match first.kind {
            TokenKind::Word(WordKind::Plain) => {
                let word = self.arena.slice(first.span);
                match Keyword::similar_to(word) {
                    Some(known) => {
                        format!(
                            "unknown statement `{word}`; did you mean `{}`?",
                            known.text()
                        )
                    }
                    None => format!("unknown statement `{word}`"),
                }
            }
            _ => "expected a statement".to_owned(),
        };
        Problem {
            span: first.span,
            message,
        }
    }

    fn push(&mut self, line: &Line, number: u32, kind: StatementKind) {
        let span = line.span();
        if self.in_choice()
            && !matches!(
                kind,
                StatementKind::Config { .. }
                    | StatementKind::Comment { .. }
                    | StatementKind::If { .. }
            )
        {
            let message = "a choice can contain only `config`, `comment` and `if`".to_owned();
            self.report(Level::Deny, span, message);
            return;
        }
        self.settle();
        self.takes_properties = matches!(
            kind,
            StatementKind::Config { .. } | StatementKind::Comment { .. }
        );
        self.body.push(Statement {
            span,
            line: number,
            kind,
        });
    }

    /// Whether a choice is around this line.
    fn in_choice(&self) -> bool {
        self.blocks
            .iter()
            .any(|block| matches!(block.statement.kind, StatementKind::Choice { .. }))
    }

    /// Opens a block.
    fn open(&mut self, line: &Line, number: u32, kind: StatementKind) -> Result<(), Problem> {
        let span = line.span();
        if self.blocks.len() >= KCONFIG_NESTING.length() {
            let message = format!("blocks nest too deeply: {}", KCONFIG_NESTING.at_most());
            return Err(Problem { span, message });
        }
        if self.in_choice() && !matches!(kind, StatementKind::If { .. }) {
            let message = "a choice can contain only `config`, `comment` and `if`".to_owned();
            self.report(Level::Deny, span, message);
        }
        self.settle();
        self.takes_properties = !matches!(kind, StatementKind::If { .. });
        self.blocks.push(Block {
            statement: Statement {
                span,
                line: number,
                kind,
            },
            outer: std::mem::take(&mut self.body),
        });
        Ok(())
    }

    /// Closes the block that `keyword` ends; blocks inside it that have no end of their own are closed with it.
    fn end_block(&mut self, keyword: Keyword, line: &Line) {
        let ends = |block: &Block| end_keyword(&block.statement) == keyword;
        if !self.blocks.iter().any(ends) {
            let message = format!("`{}` does not end a block of this file", keyword.text());
            self.report(Level::Deny, line.tokens[0].span, message);
            return;
        }
        while let Some(block) = self.blocks.pop() {
            let is_end = ends(&block);
            if !is_end {
                self.missing_end(&block.statement);
            }
            self.close(block);
            if is_end {
                break;
            }
        }
    }

    /// Puts a block with what was read in it into the block around it.
    fn close(&mut self, block: Block) {
        self.settle();
        let mut content = std::mem::replace(&mut self.body, block.outer);
        content.shrink_to_fit();
        let mut statement = block.statement;
        if let StatementKind::Choice { body, .. }
        | StatementKind::Menu { body, .. }
        | StatementKind::If { body, .. } = &mut statement.kind
        {
            *body = content;
        }
        self.body.push(statement);
    }

    fn missing_end(&mut self, statement: &Statement) {
        let message = format!(
            "this file has no `{}` for this block",
            end_keyword(statement).text()
        );
        self.report(Level::Deny, statement.span, message);
    }

    /// The end of the line.
    fn end(&self, line: &Line) -> Result<(), Problem> {
        match line.peek() {
            None => Ok(()),
            Some(_) => Err(line.problem("the end of the line")),
        }
    }

    /// Reads what follows on the line with a parser of the grammar.
    fn read<O>(
        &mut self,
        line: &mut Line,
        parser: impl for<'t> Fn(Input<'t>) -> Parsed<'t, O>,
    ) -> Result<O, Problem> {
        let tokens = line.tokens.get(line.next..).unwrap_or_default();
        let parsed = match parser(Input::new(tokens, &self.arena)) {
            Ok((rest, output)) => Ok((rest.left(), output)),
            Err(Err::Error(mistake) | Err::Failure(mistake)) => Err(mistake),
            Err(Err::Incomplete(_)) => {
                unreachable!("invariant: all tokens of a line are there")
            }
        };
        for span in self.arena.take_unclosed() {
            let message = "this quote is not closed on its line".to_owned();
            self.report(Level::Warn, span, message);
        }
        match parsed {
            Ok((left, output)) => {
                line.next = line.tokens.len() - left;
                Ok(output)
            }
            Err(mistake) => {
                line.next = line.tokens.len() - mistake.left;
                Err(line.problem(mistake.expected.to_string()))
            }
        }
    }

    fn report(&mut self, level: Level, span: Span, message: String) {
        let text = &self.arena.text;
        let lines = self.lines.get_or_init(|| Lines::new(text.as_bytes()));
        let location = lines.location(self.path.clone(), span.start, span.end);
        self.diagnostics.push(Diagnostic::new(
            SYNTAX_ERROR,
            level,
            message,
            Label::new(location, ""),
        ));
    }
}

/// The keyword that ends a block.
fn end_keyword(statement: &Statement) -> Keyword {
    match statement.kind {
        StatementKind::Choice { .. } => Keyword::Endchoice,
        StatementKind::Menu { .. } => Keyword::Endmenu,
        _ => Keyword::Endif,
    }
}

/// Whether a statement is more than an assignment or a macro reference, which may stand before `mainmenu`.
fn is_entry(statement: &Statement) -> bool {
    !matches!(
        statement.kind,
        StatementKind::Assignment(..) | StatementKind::Expand(_)
    )
}

fn type_of(keyword: Keyword) -> Type {
    match keyword {
        Keyword::Bool => Type::Bool,
        Keyword::Tristate => Type::Tristate,
        Keyword::Int => Type::Int,
        Keyword::Hex => Type::Hex,
        _ => Type::String,
    }
}
