//! Owns the syntax tree of one Kconfig file, with the place of everything in it, and the diagnostics of reading it.
//!
//! Reading never fails: a broken file gives a tree of what could be read, and diagnostics. Nothing is expanded here: a word
//! may hold macro references, and what they stand for depends on the architecture. So a file is read once for all of them.
//!
//! The language is that of `scripts/kconfig/lexer.l` and `parser.y` of Linux 6.1 to 7.2. Both dialects are read: typed
//! choices and `optional` (until 6.12), `transitional` and `depends on … if …` (since 7.0).

mod arena;
mod expression;
mod help;
mod index;
mod keyword;
mod lexer;
mod parser;
mod print;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

pub(crate) use index::index;

use crate::diag::{Diagnostic, Level, Lines, Location};

/// Name of the lint for text that is not Kconfig.
pub const SYNTAX_ERROR: &str = "kconfig-syntax";

/// Whether the language keeps a word for itself: the keywords of `lexer.l`, those of 6.1 included.
pub fn is_keyword(word: &str) -> bool {
    keyword::Keyword::from_text(word).is_some()
}

/// Bytes `start..end` of the file's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset past the last byte.
    pub end: u32,
}

index! {
    /// Index of a [`Word`] in [`File::words`].
    WordId
}

index! {
    /// Index of an [`Expr`] in [`File::exprs`]. The operands of an expression have smaller indices than itself.
    ExprId
}

/// How a word was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordKind {
    /// `NAME`: letters, digits, `_` and `-`.
    Plain,
    /// `NAME$(macro)`: as a plain word, with at least one `$`.
    Macro,
    /// `"text"` or `'text'`.
    Quoted,
    /// A quoted word with a `$` or a backslash in it, so that its value is not its text.
    QuotedMacro,
}

impl WordKind {
    /// Whether the word stood in quotes, which makes it a constant symbol.
    pub fn is_quoted(self) -> bool {
        matches!(self, WordKind::Quoted | WordKind::QuotedMacro)
    }

    /// Whether the word's value is not simply its text.
    pub fn needs_expansion(self) -> bool {
        matches!(self, WordKind::Macro | WordKind::QuotedMacro)
    }
}

/// One word; for a quoted one the span is that of the text between the quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where its text stands.
    pub span: Span,
    /// How it was written.
    pub kind: WordKind,
}

/// An operator between two symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Comparison {
    /// The operator as Kconfig writes it.
    pub fn text(self) -> &'static str {
        match self {
            Comparison::Equal => "=",
            Comparison::Unequal => "!=",
            Comparison::Less => "<",
            Comparison::LessEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterEqual => ">=",
        }
    }

    /// The operator that says the same once the sides have changed places.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessEqual => Comparison::GreaterEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterEqual => Comparison::LessEqual,
            same => same,
        }
    }
}

/// A node of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A symbol.
    Symbol(WordId),
    /// Two symbols compared. Comparisons bind symbols only, so they do not nest.
    Compare(Comparison, WordId, WordId),
    /// `!a`
    Not(ExprId),
    /// `a && b`
    And(ExprId, ExprId),
    /// `a || b`
    Or(ExprId, ExprId),
}

/// The type of a symbol.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Type {
    /// `bool`
    Bool,
    /// `tristate`
    Tristate,
    /// `int`
    Int,
    /// `hex`
    Hex,
    /// `string`
    String,
}

impl Type {
    /// The type as Kconfig writes it.
    pub fn text(self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Tristate => "tristate",
            Type::Int => "int",
            Type::Hex => "hex",
            Type::String => "string",
        }
    }
}

/// How a macro is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assign {
    /// `=`: expanded at each use.
    Recursive,
    /// `:=`: expanded once, here.
    Simple,
    /// `+=`: appended, in the way the macro was defined.
    Append,
}

/// A prompt with its condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The quoted text.
    pub text: WordId,
    /// The condition after `if`.
    pub condition: Option<ExprId>,
}

/// One line of an entry, below its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// From the first word to the end of the last.
    pub span: Span,
    /// Line of the first word.
    pub line: u32,
    /// The content of the line.
    pub kind: PropertyKind,
}

/// The content of a line in an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    /// `bool`, `tristate "prompt" if …`, …
    Type(Type, Option<Prompt>),
    /// `prompt "text" if …`
    Prompt(Prompt),
    /// `default value if …`, `def_bool value if …`, `def_tristate value if …`
    Default {
        /// The type that `def_bool` and `def_tristate` give.
        type_: Option<Type>,
        /// The value.
        value: ExprId,
        /// The condition after `if`.
        condition: Option<ExprId>,
    },
    /// `depends on dependency if condition`
    DependsOn {
        /// The dependency.
        dependency: ExprId,
        /// When it is needed (7.0 and later).
        condition: Option<ExprId>,
    },
    /// `select SYMBOL if …`
    Select(WordId, Option<ExprId>),
    /// `imply SYMBOL if …`
    Imply(WordId, Option<ExprId>),
    /// `range low high if …`
    Range(WordId, WordId, Option<ExprId>),
    /// `visible if …`
    Visible(Option<ExprId>),
    /// `help`, with the span of all the lines that belong to it; [`File::help_text`] gives the text.
    Help(Span),
    /// `modules`
    Modules,
    /// `transitional`
    Transitional,
    /// `optional`, of a choice (until 6.12).
    Optional,
    /// `option name` or `option name=value`, of old trees. The span is all that follows `option`.
    Option(Span),
    /// A line that is a macro reference, which has to expand to nothing: `$(error-if,…)`.
    Expand(WordId),
}

/// An entry, a block or another statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The first line of the statement, from its first word to the end of the last.
    pub span: Span,
    /// Line of the first word.
    pub line: u32,
    /// The content of the statement.
    pub kind: StatementKind,
}

/// The content of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `mainmenu "title"`
    MainMenu(WordId),
    /// `name = value`; the value is the raw rest of the line.
    Assignment(WordId, Assign, Span),
    /// `source "path"`
    Source(WordId),
    /// `config NAME` or `menuconfig NAME`
    Config {
        /// Whether it is a `menuconfig`.
        menuconfig: bool,
        /// The symbol.
        name: WordId,
        /// The lines below it.
        properties: Vec<Property>,
    },
    /// `choice … endchoice`
    Choice {
        /// A named choice (until 6.1).
        name: Option<WordId>,
        /// The lines below it.
        properties: Vec<Property>,
        /// The members.
        body: Vec<Statement>,
    },
    /// `menu "title" … endmenu`
    Menu {
        /// The title.
        title: WordId,
        /// The lines below it: `depends on` and `visible if`.
        properties: Vec<Property>,
        /// The statements inside.
        body: Vec<Statement>,
    },
    /// `if condition … endif`
    If {
        /// The condition.
        condition: ExprId,
        /// The statements inside.
        body: Vec<Statement>,
    },
    /// `comment "text"`
    Comment {
        /// The text.
        text: WordId,
        /// The lines below it: `depends on`.
        properties: Vec<Property>,
    },
    /// A line that is a macro reference, which has to expand to nothing.
    Expand(WordId),
}

impl PropertyKind {
    /// Whether the line says that its symbol is a `bool` or `tristate`.
    pub fn gives_logical_type(&self) -> bool {
        matches!(
            self,
            Self::Type(Type::Bool | Type::Tristate, _)
                | Self::Default {
                    type_: Some(Type::Bool | Type::Tristate),
                    ..
                }
        )
    }
}

impl StatementKind {
    /// The lines below the first; none where a statement has no such lines.
    pub fn properties(&self) -> &[Property] {
        match self {
            Self::Config { properties, .. }
            | Self::Choice { properties, .. }
            | Self::Menu { properties, .. }
            | Self::Comment { properties, .. } => properties,
            _ => &[],
        }
    }
}

/// The syntax tree of one file.
#[derive(Clone, Debug)]
pub struct File {
    path: Arc<str>,
    text: String,
    words: Vec<Word>,
    exprs: Vec<Expr>,
    statements: Vec<Statement>,
    diagnostics: Vec<Diagnostic>,
    lacks_newline: bool,
    /// Made when the first place is asked for: most files have no finding.
    lines: OnceLock<Lines>,
}

/// The length in bytes of the macro reference that starts with the `$` at `start`, up to its own closing parenthesis; 1 where
/// no parenthesis follows and the `$` stands for itself, or `None` where the line ends before the parenthesis is closed
/// (`preprocess.c: expand_dollar_with_args`).
pub fn reference_length(text: &[u8], start: usize) -> Option<usize> {
    lexer::reference(text, start)
}

impl File {
    /// Reads the text of one file. `path` is only used to name places.
    ///
    /// Files larger than 4 GiB cannot be named by 32-bit offsets; the tree refuses far smaller ones.
    pub fn parse(path: Arc<str>, text: String) -> Self {
        parser::parse(path, text)
    }

    /// The path that the file was read under.
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The statements in order, with the bodies of blocks inside them.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The errors, in the order of the text.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether the last line ends with the file instead of a newline. Where that is the file that is read first, `conf` refuses
    /// it; elsewhere it warns.
    pub fn lacks_newline(&self) -> bool {
        self.lacks_newline
    }

    /// Whether `conf` refuses the text, so that it is not known what some line means, or which block an entry is in.
    pub fn has_errors(&self) -> bool {
        let mut found = self.diagnostics.iter();
        found.any(|finding| finding.level == Level::Deny)
    }

    /// All words, in the order in which they stand.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// All nodes of all expressions, operands first.
    pub fn exprs(&self) -> &[Expr] {
        &self.exprs
    }

    /// A word with its place.
    pub fn word(&self, id: WordId) -> Word {
        self.words[id.index()]
    }

    /// A word's text as it stands, without the quotes.
    pub fn word_text(&self, id: WordId) -> &str {
        self.slice(self.word(id).span)
    }

    /// A node of an expression.
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.index()]
    }

    /// Visits the words of an expression, from the left, each with whether it is compared with another one.
    pub fn each_word(&self, root: ExprId, visit: &mut dyn FnMut(WordId, bool)) {
        // Most expressions are one symbol, and need no list.
        let (mut next, mut pending) = (Some(root), Vec::new());
        while let Some(id) = next.take().or_else(|| pending.pop()) {
            match self.expr(id) {
                Expr::Symbol(word) => visit(word, false),
                Expr::Compare(_, left, right) => {
                    visit(left, true);
                    visit(right, true);
                }
                Expr::Not(operand) => next = Some(operand),
                Expr::And(left, right) | Expr::Or(left, right) => {
                    next = Some(left);
                    pending.push(right);
                }
            }
        }
    }

    /// The text of a span of this file.
    pub fn slice(&self, span: Span) -> &str {
        // A span comes from this file's own tree, and its ends are ASCII characters there.
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// The place of a span, with line and column.
    pub fn location(&self, span: Span) -> Location {
        let lines = self.lines.get_or_init(|| Lines::new(self.text.as_bytes()));
        lines.location(self.path.clone(), span.start, span.end)
    }

    /// The text of a help, without its indentation and without empty lines at its end (`lexer.l`, state `HELP`).
    pub fn help_text(&self, span: Span) -> String {
        help::text(self.slice(span))
    }

    /// The tree as Kconfig: reading it again gives the same tree.
    pub fn print(&self) -> String {
        print::print(self)
    }

    /// The lines of a statement as Kconfig, without the statements inside.
    pub fn print_head(&self, statement: &Statement) -> String {
        print::head(self, statement)
    }

    /// An expression as Kconfig, with single spaces.
    pub fn print_expression(&self, expr: ExprId) -> String {
        print::expression(self, expr)
    }

    /// A line of an entry as Kconfig, with single spaces.
    pub fn print_property(&self, property: &Property) -> String {
        print::property(self, property)
    }

    /// Whether two files say the same, wherever in the text it stands: the same statements with the same words, the same
    /// expressions and the same help texts.
    pub fn same_tree(&self, other: &File) -> bool {
        let same_words = self.words.len() == other.words.len()
            && self
                .words
                .iter()
                .zip(&other.words)
                .all(|(a, b)| a.kind == b.kind && self.slice(a.span) == other.slice(b.span));
        // Words and nodes are numbered in the order of the text, so equal numbers mean equal trees.
        same_words
            && self.exprs == other.exprs
            && self.same_statements(&self.statements, other, &other.statements)
    }

    fn same_statements(&self, mine: &[Statement], other: &File, theirs: &[Statement]) -> bool {
        use StatementKind::{Assignment, Choice, Comment, Config, If, Menu};
        let properties = |mine: &[Property], theirs: &[Property]| {
            mine.len() == theirs.len()
                && mine
                    .iter()
                    .zip(theirs)
                    .all(|(a, b)| match (a.kind, b.kind) {
                        (PropertyKind::Help(a), PropertyKind::Help(b)) => {
                            self.help_text(a) == other.help_text(b)
                        }
                        (PropertyKind::Option(a), PropertyKind::Option(b)) => {
                            self.slice(a) == other.slice(b)
                        }
                        (a, b) => a == b,
                    })
        };
        mine.len() == theirs.len()
            && mine
                .iter()
                .zip(theirs)
                .all(|(a, b)| match (&a.kind, &b.kind) {
                    (Assignment(a, op_a, value_a), Assignment(b, op_b, value_b)) => {
                        a == b && op_a == op_b && self.slice(*value_a) == other.slice(*value_b)
                    }
                    (
                        Config {
                            menuconfig: menu_a,
                            name: a,
                            properties: of_a,
                        },
                        Config {
                            menuconfig: menu_b,
                            name: b,
                            properties: of_b,
                        },
                    ) => menu_a == menu_b && a == b && properties(of_a, of_b),
                    (
                        Choice {
                            name: a,
                            properties: of_a,
                            body: in_a,
                        },
                        Choice {
                            name: b,
                            properties: of_b,
                            body: in_b,
                        },
                    ) => {
                        a == b && properties(of_a, of_b) && self.same_statements(in_a, other, in_b)
                    }
                    (
                        Menu {
                            title: a,
                            properties: of_a,
                            body: in_a,
                        },
                        Menu {
                            title: b,
                            properties: of_b,
                            body: in_b,
                        },
                    ) => {
                        a == b && properties(of_a, of_b) && self.same_statements(in_a, other, in_b)
                    }
                    (
                        If {
                            condition: a,
                            body: in_a,
                        },
                        If {
                            condition: b,
                            body: in_b,
                        },
                    ) => a == b && self.same_statements(in_a, other, in_b),
                    (
                        Comment {
                            text: a,
                            properties: of_a,
                        },
                        Comment {
                            text: b,
                            properties: of_b,
                        },
                    ) => a == b && properties(of_a, of_b),
                    (a, b) => a == b,
                })
    }
}
