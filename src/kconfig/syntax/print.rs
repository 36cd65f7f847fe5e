//! Owns writing a syntax tree as Kconfig, so that reading it again gives the same tree.

use std::fmt::Write;

use super::{
    Assign, Expr, ExprId, File, Prompt, Property, PropertyKind, Statement, StatementKind, WordId,
};

/// The file's tree as Kconfig.
pub(super) fn print(file: &File) -> String {
    let mut printer = Printer {
        file,
        out: String::with_capacity(file.text.len()),
    };
    printer.statements(&file.statements);
    printer.out
}

/// The lines of a statement, without what is inside a block.
pub(super) fn head(file: &File, statement: &Statement) -> String {
    let mut printer = Printer {
        file,
        out: String::new(),
    };
    printer.head(statement);
    printer.out
}

/// An expression.
pub(super) fn expression(file: &File, expr: ExprId) -> String {
    let mut printer = Printer {
        file,
        out: String::new(),
    };
    printer.expression(expr);
    printer.out
}

/// A line of an entry.
pub(super) fn property(file: &File, property: &Property) -> String {
    let mut printer = Printer {
        file,
        out: String::new(),
    };
    printer.property(&property.kind);
    printer.out
}

struct Printer<'a> {
    file: &'a File,
    out: String,
}

impl Printer<'_> {
    fn statements(&mut self, statements: &[Statement]) {
        // The nesting of blocks is limited by the parser, so this may recurse.
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        self.head(statement);
        let (body, end) = match &statement.kind {
            StatementKind::Choice { body, .. } => (body, "endchoice\n"),
            StatementKind::Menu { body, .. } => (body, "endmenu\n"),
            StatementKind::If { body, .. } => (body, "endif\n"),
            _ => return,
        };
        self.statements(body);
        self.out.push_str(end);
    }

    fn head(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::MainMenu(title) => self.line("mainmenu ", *title),
            StatementKind::Assignment(name, assign, value) => {
                self.word(*name);
                self.out.push_str(match assign {
                    Assign::Recursive => " = ",
                    Assign::Simple => " := ",
                    Assign::Append => " += ",
                });
                self.out.push_str(self.file.slice(*value));
                self.out.push('\n');
            }
            StatementKind::Source(path) => self.line("source ", *path),
            StatementKind::Config {
                menuconfig,
                name,
                properties,
            } => {
                self.line(
                    if *menuconfig {
                        "menuconfig "
                    } else {
                        "config "
                    },
                    *name,
                );
                self.properties(properties);
            }
            StatementKind::Choice {
                name, properties, ..
            } => {
                match name {
                    Some(name) => self.line("choice ", *name),
                    None => self.out.push_str("choice\n"),
                }
                self.properties(properties);
            }
            StatementKind::Menu {
                title, properties, ..
            } => {
                self.line("menu ", *title);
                self.properties(properties);
            }
            StatementKind::If { condition, .. } => {
                self.out.push_str("if ");
                self.expression(*condition);
                self.out.push('\n');
            }
            StatementKind::Comment { text, properties } => {
                self.line("comment ", *text);
                self.properties(properties);
            }
            StatementKind::Expand(word) => self.line("", *word),
        }
    }

    fn properties(&mut self, properties: &[Property]) {
        for property in properties {
            self.out.push('\t');
            self.property(&property.kind);
            self.out.push('\n');
        }
    }

    fn property(&mut self, kind: &PropertyKind) {
        match *kind {
            PropertyKind::Type(type_, prompt) => {
                self.out.push_str(type_.text());
                if let Some(prompt) = prompt {
                    self.out.push(' ');
                    self.prompt(prompt);
                }
            }
            PropertyKind::Prompt(prompt) => {
                self.out.push_str("prompt ");
                self.prompt(prompt);
            }
            PropertyKind::Default {
                type_,
                value,
                condition,
            } => {
                match type_ {
                    None => self.out.push_str("default "),
                    // Only `def_bool` and `def_tristate` exist.
                    Some(type_) => {
                        let _ = write!(self.out, "def_{} ", type_.text());
                    }
                }
                self.expression(value);
                self.condition(condition);
            }
            PropertyKind::DependsOn {
                dependency,
                condition,
            } => {
                self.out.push_str("depends on ");
                self.expression(dependency);
                self.condition(condition);
            }
            PropertyKind::Select(symbol, condition) => {
                self.out.push_str("select ");
                self.word(symbol);
                self.condition(condition);
            }
            PropertyKind::Imply(symbol, condition) => {
                self.out.push_str("imply ");
                self.word(symbol);
                self.condition(condition);
            }
            PropertyKind::Range(low, high, condition) => {
                self.out.push_str("range ");
                self.word(low);
                self.out.push(' ');
                self.word(high);
                self.condition(condition);
            }
            PropertyKind::Visible(condition) => {
                self.out.push_str("visible");
                self.condition(condition);
            }
            PropertyKind::Help(span) => {
                self.out.push_str("help");
                for line in self.file.help_text(span).split('\n') {
                    self.out.push('\n');
                    if !line.is_empty() {
                        self.out.push_str("\t  ");
                        self.out.push_str(line);
                    }
                }
            }
            PropertyKind::Modules => self.out.push_str("modules"),
            PropertyKind::Transitional => self.out.push_str("transitional"),
            PropertyKind::Optional => self.out.push_str("optional"),
            PropertyKind::Option(span) => {
                self.out.push_str("option ");
                self.out.push_str(self.file.slice(span));
            }
            PropertyKind::Expand(word) => self.word(word),
        }
    }

    fn prompt(&mut self, prompt: Prompt) {
        self.word(prompt.text);
        self.condition(prompt.condition);
    }

    fn condition(&mut self, condition: Option<ExprId>) {
        if let Some(condition) = condition {
            self.out.push_str(" if ");
            self.expression(condition);
        }
    }

    fn line(&mut self, keyword: &str, word: WordId) {
        self.out.push_str(keyword);
        self.word(word);
        self.out.push('\n');
    }

    fn word(&mut self, id: WordId) {
        let word = self.file.word(id);
        let quote = if word.kind.is_quoted() {
            // The text is raw, so it needs the quote that it was written with; that stands right before it.
            self.file
                .text
                .as_bytes()
                .get(word.span.start as usize - 1)
                .map(|&byte| char::from(byte))
        } else {
            None
        };
        self.out.extend(quote);
        self.out.push_str(self.file.slice(word.span));
        self.out.extend(quote);
    }

    fn expression(&mut self, id: ExprId) {
        match self.file.expr(id) {
            Expr::Symbol(symbol) => self.word(symbol),
            Expr::Compare(operator, left, right) => {
                self.word(left);
                self.out.push_str(operator.text());
                self.word(right);
            }
            Expr::Not(operand) => {
                self.out.push('!');
                self.operand(operand, |expr| matches!(expr, Expr::And(..) | Expr::Or(..)));
            }
            Expr::And(..) => self.chain(id, " && "),
            Expr::Or(..) => self.chain(id, " || "),
        }
    }

    /// A chain of one operator, which leans to the left: its operands from left to right, without recursion over its length.
    fn chain(&mut self, id: ExprId, operator: &str) {
        let is_and = matches!(self.file.expr(id), Expr::And(..));
        let mut operands = Vec::new();
        let mut left = id;
        loop {
            match self.file.expr(left) {
                Expr::And(next, right) if is_and => {
                    operands.push(right);
                    left = next;
                }
                Expr::Or(next, right) if !is_and => {
                    operands.push(right);
                    left = next;
                }
                _ => break,
            }
        }
        self.operand(left, |expr| is_and && matches!(expr, Expr::Or(..)));
        for &right in operands.iter().rev() {
            self.out.push_str(operator);
            self.operand(right, |expr| match expr {
                Expr::Or(..) => true,
                Expr::And(..) => is_and,
                _ => false,
            });
        }
    }

    fn operand(&mut self, id: ExprId, needs_parentheses: impl Fn(Expr) -> bool) {
        let parentheses = needs_parentheses(self.file.expr(id));
        if parentheses {
            self.out.push('(');
        }
        self.expression(id);
        if parentheses {
            self.out.push(')');
        }
    }
}
