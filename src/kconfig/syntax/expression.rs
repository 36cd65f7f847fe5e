//! Owns the grammar of expressions: `parser.y`, rule `expr`.
//!
//! Comparisons bind symbols only; then `!`, `&&` and `||`, the latter two from left to right. Written by hand: an error has to
//! name the exact token and what could stand there, and the rest of the line is still read.

use super::lexer::TokenKind;
use super::parser::{Line, Parser, Problem};
use super::{Comparison, Expr, ExprId, MAX_NESTING, MAX_OPERANDS};

impl Parser {
    /// Reads an expression from the line, as far as it goes.
    pub(super) fn expression(&mut self, line: &mut Line) -> Result<ExprId, Problem> {
        self.or(line, 0)
    }

    fn or(&mut self, line: &mut Line, depth: usize) -> Result<ExprId, Problem> {
        let mut left = self.and(line, depth)?;
        let mut operands = 1;
        while line.take(TokenKind::Or) {
            let right = self.and(line, depth)?;
            left = self.add(Expr::Or(left, right));
            operands += 1;
            limit(line, operands)?;
        }
        Ok(left)
    }

    fn and(&mut self, line: &mut Line, depth: usize) -> Result<ExprId, Problem> {
        let mut left = self.unary(line, depth)?;
        let mut operands = 1;
        while line.take(TokenKind::And) {
            let right = self.unary(line, depth)?;
            left = self.add(Expr::And(left, right));
            operands += 1;
            limit(line, operands)?;
        }
        Ok(left)
    }

    fn unary(&mut self, line: &mut Line, depth: usize) -> Result<ExprId, Problem> {
        if depth > MAX_NESTING {
            return Err(line.problem(format!("an expression nested {MAX_NESTING} levels at most")));
        }
        if line.take(TokenKind::Not) {
            let operand = self.unary(line, depth + 1)?;
            return Ok(self.add(Expr::Not(operand)));
        }
        if line.take(TokenKind::Open) {
            let inner = self.or(line, depth + 1)?;
            if !line.take(TokenKind::Close) {
                return Err(line.problem("`)`, `&&` or `||`"));
            }
            return Ok(inner);
        }
        let left = self.symbol(line, "a symbol, `!` or `(`")?;
        let Some(operator) = line.peek().and_then(|token| comparison(token.kind)) else {
            return Ok(self.add(Expr::Symbol(left)));
        };
        line.skip();
        let right = self.symbol(line, "a symbol to compare with")?;
        Ok(self.add(Expr::Compare(operator, left, right)))
    }
}

/// Fails where a chain has more operands than are read.
fn limit(line: &Line, operands: usize) -> Result<(), Problem> {
    if operands > MAX_OPERANDS {
        return Err(line.problem(format!("{MAX_OPERANDS} operands at most")));
    }
    Ok(())
}

fn comparison(kind: TokenKind) -> Option<Comparison> {
    Some(match kind {
        TokenKind::Equal => Comparison::Equal,
        TokenKind::Unequal => Comparison::Unequal,
        TokenKind::Less => Comparison::Less,
        TokenKind::LessEqual => Comparison::LessEqual,
        TokenKind::Greater => Comparison::Greater,
        TokenKind::GreaterEqual => Comparison::GreaterEqual,
        _ => return None,
    })
}
