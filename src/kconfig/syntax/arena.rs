//! Owns the words and the nodes of expressions while a file is read. A grammar made of nom's parsers is many small functions that
//! all add to it, so it is changed through a shared reference.

use std::cell::RefCell;

use super::keyword::Keyword;
use super::{Expr, ExprId, Span, Word, WordId, WordKind};

/// The text of a file, and what has been read of it.
#[derive(Debug)]
pub(super) struct Arena {
    /// The whole text.
    pub text: String,
    words: RefCell<Vec<Word>>,
    exprs: RefCell<Vec<Expr>>,
    /// Quoted words without a closing quote that nobody was told about yet.
    unclosed: RefCell<Vec<Span>>,
}

impl Arena {
    pub(super) fn new(text: String) -> Self {
        let capacity = text.len() / 40;
        Self {
            text,
            words: RefCell::new(Vec::with_capacity(capacity)),
            exprs: RefCell::new(Vec::with_capacity(capacity / 2)),
            unclosed: RefCell::default(),
        }
    }

    /// The text, the words and the nodes. Thousands of files are kept, so what each does not use would add up.
    pub(super) fn into_parts(self) -> (String, Vec<Word>, Vec<Expr>) {
        let (mut words, mut exprs) = (self.words.into_inner(), self.exprs.into_inner());
        words.shrink_to_fit();
        exprs.shrink_to_fit();
        (self.text, words, exprs)
    }

    /// The text of a span.
    pub(super) fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    pub(super) fn add_word(&self, word: Word) -> WordId {
        let mut words = self.words.borrow_mut();
        words.push(word);
        WordId::new(words.len() - 1)
    }

    /// Adds a node after its operands.
    pub(super) fn add(&self, expr: Expr) -> ExprId {
        let mut exprs = self.exprs.borrow_mut();
        exprs.push(expr);
        ExprId::new(exprs.len() - 1)
    }

    /// Notes a quoted word without a closing quote.
    pub(super) fn add_unclosed(&self, span: Span) {
        self.unclosed.borrow_mut().push(span);
    }

    /// The quoted words without a closing quote since the last call.
    pub(super) fn take_unclosed(&mut self) -> Vec<Span> {
        std::mem::take(self.unclosed.get_mut())
    }

    /// Whether an expression is nothing but the name of a symbol.
    pub(super) fn is_name(&self, expr: ExprId) -> bool {
        match self.exprs.borrow()[expr.index()] {
            Expr::Symbol(word) => !self.words.borrow()[word.index()].kind.is_quoted(),
            _ => false,
        }
    }

    /// Whether a word is one that the language keeps for itself.
    pub(super) fn is_keyword(&self, word: Word) -> bool {
        word.kind == WordKind::Plain
            && Keyword::from_text(self.slice(word.span)).is_some_and(Keyword::is_reserved)
    }
}
