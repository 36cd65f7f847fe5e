//! Owns what a name is at a place of a file: the definition of a macro or function, a prototype, a test, a use.
//!
//! This is not a parser of C. It looks at the words around a name at file scope, which tells definitions of functions from
//! everything else in the kernel's style. A function that a macro of the same file defines is seen at the macro's invocation
//! ([`made`]).

use rustc_hash::FxHashMap;

use self::made::Maker;
use super::condition::{Condition, Conditions};
use super::expression::Unknown;
use super::lex::{Kind as TokenKind, Lexer, Span, Token, whole_words};
use super::scan::{DirectiveKind, File, region_at};
use crate::diag::Location;

pub mod made;

/// Describes what a name is at a place.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Kind {
    /// `#define name body`
    Macro,
    /// `#define name(…) body`
    FunctionMacro,
    /// `#define name name`: nothing but the mark that something of that name exists.
    SelfMacro,
    /// `inline` or `__always_inline` function with its body.
    Inline {
        /// Whether nothing stands between the braces.
        empty: bool,
    },
    /// Another function with its body.
    Function {
        /// Whether nothing stands between the braces.
        empty: bool,
        /// Whether it is `static`.
        is_static: bool,
    },
    /// A function's declaration, `extern` or not.
    Prototype,
    /// A variable at file scope, declared or defined; one that is bound to a register is among them.
    Variable,
    /// `struct name {`, `union name {`, `enum name {` or `typedef … name;`
    Type,
    /// A constant of an `enum`.
    Enumerator,
    /// A member of a `struct` or `union`.
    Member,
    /// `EXPORT_SYMBOL(name)` and its like.
    Export,
    /// `#undef name`
    Undefine,
    /// `#ifdef name`, `#if defined(name)` and others: a conditional looks at it.
    Test,
    /// Everything else: a call, an address taken, a type's name.
    Use,
}

impl Kind {
    /// Whether it makes the name available to code that includes the file: a macro, a function or its prototype, a variable, a
    /// type, a constant. A member of a structure is available only by way of the structure.
    pub fn provides(self) -> bool {
        self.is_macro()
            || matches!(
                self,
                Kind::Inline { .. }
                    | Kind::Function { .. }
                    | Kind::Prototype
                    | Kind::Variable
                    | Kind::Type
                    | Kind::Enumerator
            )
    }

    /// Whether it is a function with its body.
    pub fn has_body(self) -> bool {
        matches!(self, Kind::Inline { .. } | Kind::Function { .. })
    }

    /// Whether it defines a macro.
    pub fn is_macro(self) -> bool {
        matches!(self, Kind::Macro | Kind::FunctionMacro | Kind::SelfMacro)
    }
}

/// A name at a place, without what the file's conditionals make of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Which of the names that were asked for.
    pub name: usize,
    /// Holds what it is there.
    pub kind: Kind,
    /// The name's place.
    pub span: Span,
    /// The place of the body, braces included, or of the macro's replacement, if it has one.
    pub body: Option<Span>,
    /// The place of the name of the macro or function whose body holds it, if one does.
    pub within: Option<Span>,
}

/// A name at a place, with the condition that the file's own conditionals put on it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Occurrence {
    /// The name.
    pub name: Box<str>,
    /// Holds what it is there.
    pub kind: Kind,
    /// The name's place.
    pub location: Location,
    /// The condition, with all macros unknown; an include guard counts as true.
    pub condition: Condition,
    /// The place of the body, braces included, or of the macro's replacement, if it has one.
    pub body: Option<Span>,
    /// The name of the macro or function whose body holds it, if one does.
    pub within: Option<Box<str>>,
}

impl File {
    /// Whether one of the names occurs anywhere in the file as a word, also in a comment.
    pub fn mentions(&self, names: &[&str]) -> bool {
        names.iter().any(|name| mentions(&self.text, name))
    }

    /// Every place in code or directives where one of `names` stands, in the order of the text.
    pub fn sightings(&self, names: &[&str]) -> Vec<Sighting> {
        if !self.makes && !self.mentions(names) {
            return Vec::new();
        }
        self.search(names)
    }

    /// As [`File::sightings`], without a look at whether one of the names is there at all.
    pub(super) fn search(&self, names: &[&str]) -> Vec<Sighting> {
        let makers = match self.makes {
            true => made::makers(self),
            false => Vec::new(),
        };
        let mut numbers = FxHashMap::default();
        for (index, name) in names.iter().enumerate() {
            numbers.entry(*name).or_insert(index);
        }
        let mut reader = Reader {
            file: self,
            numbers,
            makers,
            found: Vec::new(),
            code: Vec::new(),
        };
        reader.read();
        reader.found.sort_by_key(|sighting| sighting.span);
        reader.found
    }

    /// As [`File::sightings`], with the condition of each.
    pub fn occurrences(&self, names: &[&str], conditions: &mut Conditions) -> Vec<Occurrence> {
        self.with_conditions(&self.sightings(names), names, conditions)
    }

    /// Sightings of `names` in the file, with the condition of each.
    pub fn with_conditions(
        &self,
        sightings: &[Sighting],
        names: &[&str],
        conditions: &mut Conditions,
    ) -> Vec<Occurrence> {
        if sightings.is_empty() {
            return Vec::new();
        }
        let regions = self.regions(&mut Unknown, conditions);
        sightings
            .iter()
            .map(|sighting| Occurrence {
                name: names[sighting.name].into(),
                kind: sighting.kind,
                location: self.location(sighting.span),
                condition: region_at(&regions, sighting.span.start),
                body: sighting.body,
                within: sighting.within.map(|span| span.of(&self.text).into()),
            })
            .collect()
    }

    /// The identifiers in a piece of the text, sorted, each once; keywords are among them.
    pub fn identifiers(&self, span: Span) -> Vec<&str> {
        let mut words: Vec<&str> = Lexer::new(&self.text, span.start as usize, span.end as usize)
            .filter(|token| token.kind == TokenKind::Identifier)
            .map(|token| token.span.of(&self.text))
            .collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// Whether `name` stands in `text` as a word of its own.
fn mentions(text: &str, name: &str) -> bool {
    !name.is_empty() && whole_words(text, name).next().is_some()
}

/// A token of code with the depth of braces before it.
struct Code {
    token: Token,
    depth: usize,
}

struct Reader<'a> {
    file: &'a File,
    /// The index of each name; the first where one is there twice.
    numbers: FxHashMap<&'a str, usize>,
    /// The macros of the file that define functions whose names are made of their arguments.
    makers: Vec<Maker<'a>>,
    found: Vec<Sighting>,
    /// The tokens between the directives.
    code: Vec<Code>,
}

impl Reader<'_> {
    fn read(&mut self) {
        let mut braces = Braces::default();
        let mut at = 0;
        for directive in &self.file.directives {
            self.read_code(at, directive.span.start as usize, &mut braces);
            at = directive.span.end as usize;
            match &directive.kind {
                DirectiveKind::If(expression) | DirectiveKind::Elif(expression) => {
                    for span in expression.names(&self.file.text) {
                        self.note(span, Kind::Test, None, None);
                    }
                }
                DirectiveKind::Undef(name) => self.note(*name, Kind::Undefine, None, None),
                DirectiveKind::Define {
                    name,
                    parameters,
                    body,
                } => self.read_define(*name, parameters.is_some(), *body),
                DirectiveKind::Else | DirectiveKind::Endif | DirectiveKind::Include(_) => {}
            }
            match directive.kind {
                DirectiveKind::If(_) => braces.open_conditional(),
                DirectiveKind::Elif(_) | DirectiveKind::Else => braces.next_branch(),
                DirectiveKind::Endif => braces.close_conditional(),
                _ => {}
            }
        }
        self.read_code(at, self.file.text.len(), &mut braces);
        self.classify_code();
    }

    /// Keeps a place if it is one of the names.
    fn note(&mut self, span: Span, kind: Kind, body: Option<Span>, within: Option<Span>) {
        if let Some(name) = self.name_at(span) {
            self.found.push(Sighting {
                name,
                kind,
                span,
                body,
                within,
            });
        }
    }

    fn name_at(&self, span: Span) -> Option<usize> {
        self.numbers.get(span.of(&self.file.text)).copied()
    }

    fn read_define(&mut self, name: Span, takes_arguments: bool, body: Span) {
        let text = &self.file.text;
        let kind = if takes_arguments {
            Kind::FunctionMacro
        } else if body.of(text) == name.of(text) {
            Kind::SelfMacro
        } else {
            Kind::Macro
        };
        self.note(name, kind, Some(body), None);
        if kind == Kind::SelfMacro {
            return;
        }
        let tokens = Lexer::new(text, body.start as usize, body.end as usize);
        for token in tokens.filter(|token| token.kind == TokenKind::Identifier) {
            self.note(token.span, Kind::Use, None, Some(name));
        }
    }

    fn read_code(&mut self, start: usize, end: usize, braces: &mut Braces) {
        for token in Lexer::new(&self.file.text, start, end) {
            if token.is(b'}') {
                braces.depth = braces.depth.saturating_sub(1);
            }
            self.code.push(Code {
                token,
                depth: braces.depth,
            });
            // The braces of `extern "C" {` hold file scope.
            let opens_linkage = || {
                let before = self.code.len().checked_sub(2)?;
                Some(self.code[before].token.kind == TokenKind::Literal)
            };
            if token.is(b'{') && opens_linkage() != Some(true) {
                braces.depth += 1;
            }
        }
    }

    fn word(&self, index: usize) -> &str {
        self.code
            .get(index)
            .filter(|code| code.token.kind == TokenKind::Identifier)
            .map_or("", |code| code.token.span.of(&self.file.text))
    }

    fn is(&self, index: usize, byte: u8) -> bool {
        self.code.get(index).is_some_and(|code| code.token.is(byte))
    }

    /// Whether something stands between a token and the one before it.
    fn is_apart(&self, index: usize) -> bool {
        self.code[index - 1].token.span.end < self.code[index].token.span.start
    }

    fn classify_code(&mut self) {
        let mut statement = 0;
        let mut parentheses = 0usize;
        let mut function = None;
        let mut block = Block::Code;
        for index in 0..self.code.len() {
            let Code { token, depth } = self.code[index];
            match token.kind {
                TokenKind::Punctuation(b';' | b'}' | b'{') if depth == 0 => {
                    if token.is(b'{') {
                        function = self.function_of(statement, index);
                        block = self.block_of(statement, index);
                    } else {
                        function = None;
                        block = Block::Code;
                    }
                    statement = index + 1;
                    parentheses = 0;
                }
                TokenKind::Punctuation(b'(') if depth <= 1 => parentheses += 1,
                TokenKind::Punctuation(b')') if depth <= 1 => {
                    parentheses = parentheses.saturating_sub(1);
                }
                TokenKind::Identifier
                    if depth == 0 && parentheses == 0 && self.is(index + 1, b'(') =>
                {
                    self.note_made(index);
                    if self.name_at(token.span).is_some() {
                        let (kind, body) = self.at_file_scope(statement, index);
                        self.note(token.span, kind, body, None);
                    }
                }
                TokenKind::Identifier if self.name_at(token.span).is_some() => {
                    let (kind, body) = if depth > 0 {
                        (self.inside_braces(block, index, parentheses), None)
                    } else if parentheses > 0 {
                        self.inside_parentheses(statement, index)
                    } else {
                        self.at_file_scope(statement, index)
                    };
                    let within = if depth > 0 { function } else { None };
                    if function.is_none() || depth == 0 || !self.is_label(index) {
                        self.note(token.span, kind, body, within);
                    }
                }
                _ => {}
            }
        }
    }

    /// The function whose body begins at `brace`: the first word of the statement that a parenthesis follows.
    fn function_of(&self, statement: usize, brace: usize) -> Option<Span> {
        (statement..brace)
            .find(|&index| {
                !self.word(index).is_empty()
                    && self.is(index + 1, b'(')
                    && !is_attribute(self.word(index))
            })
            .map(|index| self.code[index].token.span)
    }

    /// Returns what the braces hold that open at `brace`.
    fn block_of(&self, statement: usize, brace: usize) -> Block {
        let words = || (statement..brace).map(|index| self.word(index));
        let is_code = (statement..brace).any(|index| self.is(index, b'=') || self.is(index, b'('));
        if is_code {
            Block::Code
        } else if words().any(|word| word == "enum") {
            Block::Enum
        } else if words().any(|word| matches!(word, "struct" | "union")) {
            Block::Struct
        } else {
            Block::Code
        }
    }

    /// A name inside braces.
    fn inside_braces(&self, block: Block, index: usize, parentheses: usize) -> Kind {
        let is_before = |bytes: &[u8]| {
            let before = index.checked_sub(1);
            before.is_some_and(|before| bytes.iter().any(|&byte| self.is(before, byte)))
        };
        let is_behind = |bytes: &[u8]| bytes.iter().any(|&byte| self.is(index + 1, byte));
        let follows_word = index
            .checked_sub(1)
            .is_some_and(|at| !self.word(at).is_empty());
        match block {
            Block::Enum if self.code[index].depth == 1 && parentheses == 0 && is_before(b"{,") => {
                Kind::Enumerator
            }
            Block::Struct
                if (is_behind(b";,[:") && (follows_word || is_before(b"*,")))
                    || (is_before(b"*") && is_behind(b")")) =>
            {
                Kind::Member
            }
            Block::Code if self.is_declared_inside(index) => Kind::Prototype,
            _ => Kind::Use,
        }
    }

    /// Keeps the place of a macro's invocation if the macro defines or declares a function with one of the names.
    fn note_made(&mut self, index: usize) {
        let token = self.code[index].token;
        let word = token.span.of(&self.file.text);
        let Some(maker) = self.makers.iter().find(|maker| maker.name == word) else {
            return;
        };
        let Some(behind) = self.behind_parentheses(index + 1) else {
            return;
        };
        let arguments = Span {
            start: self.code[index + 1].token.span.end,
            end: self.code[behind - 1].token.span.start,
        };
        let mut found = Vec::new();
        for (made, kind) in maker.expand(arguments.of(&self.file.text)) {
            if let Some(&name) = self.numbers.get(&*made) {
                found.push(Sighting {
                    name,
                    kind,
                    span: token.span,
                    body: None,
                    within: None,
                });
            }
        }
        self.found.append(&mut found);
    }

    /// A name among the arguments of something at file scope.
    fn inside_parentheses(&self, statement: usize, index: usize) -> (Kind, Option<Span>) {
        if self.word(statement).starts_with("EXPORT_") && self.is(statement + 1, b'(') {
            return (Kind::Export, None);
        }
        if self.is_variable_of_macro(statement, index) {
            return (Kind::Variable, None);
        }
        if self.is_pointer_to_function(statement, index) {
            let is_type = (statement..index).any(|at| self.word(at) == "typedef");
            return (if is_type { Kind::Type } else { Kind::Variable }, None);
        }
        let is_alone = index > 0
            && self.is(index - 1, b'(')
            && self.is(index + 1, b')')
            && !(statement..index).any(|index| self.is(index, b'='));
        if !is_alone {
            return (Kind::Use, None);
        }
        let open = index - 1;
        let before = || (statement..index).map(|index| self.word(index));
        let words = before().filter(|word| !word.is_empty()).count();
        // `bool (f)(int x)`: nothing can take the function for a macro. `MACRO(f)(int x)` is no declaration.
        let is_bare = words == 1 && open > statement && self.is_apart(open);
        // `static int SANITIZED(f)(int x)`: a macro may give the function another name, and then there is one more macro that gives it
        // back.
        if self.is(index + 2, b'(') && (words > 1 || is_bare) {
            return self.with_parameters(before(), index + 2);
        }
        match words > 1 && self.is_put_into_section(statement, open) {
            true => (Kind::Variable, None),
            false => (Kind::Use, None),
        }
    }

    /// Whether a macro at file scope declares or defines a variable of the name: `DECLARE_X(name, …)`, and `DEFINE_PER_CPU(type, name)`,
    /// where it comes last.
    fn is_variable_of_macro(&self, statement: usize, index: usize) -> bool {
        let is_storage = |word: &str| matches!(word, "static" | "extern");
        let mut at = statement;
        while is_storage(self.word(at)) {
            at += 1;
        }
        let word = self.word(at);
        let declares = ["DECLARE_", "DEFINE_"]
            .iter()
            .any(|start| word.starts_with(start));
        if !declares || !self.is(at + 1, b'(') {
            return false;
        }
        match word.contains("PER_CPU") {
            true => {
                let behind = self.behind_parentheses(at + 1);
                behind == Some(index + 2) && self.is(index - 1, b',')
            }
            false => index == at + 2 && (self.is(index + 1, b',') || self.is(index + 1, b')')),
        }
    }

    /// Whether the name is that of a pointer to a function at file scope: `int (*name)(int);` or `int (*name[2])(int);`.
    fn is_pointer_to_function(&self, statement: usize, index: usize) -> bool {
        let star = (statement..index)
            .rev()
            .find(|&at| self.word(at).is_empty());
        let Some(open) = star
            .filter(|&star| self.is(star, b'*') && index - star <= 2)
            .and_then(|star| star.checked_sub(1))
            .filter(|&open| open > statement && self.is(open, b'('))
        else {
            return false;
        };
        // The parameters of another function are in parentheses, and values are behind `=`.
        let is_outside = (statement..open).all(|at| !self.is(at, b'(') && !self.is(at, b'='));
        let behind = self.behind_parentheses(open);
        let is_name = self.is(index + 1, b')') || self.is(index + 1, b'[');
        // `MACRO(*name)(int)` is no declaration.
        let follows_type =
            !self.word(open - 1).is_empty() && self.is_apart(open) || self.is(open - 1, b'*');
        is_outside && is_name && follows_type && behind.is_some_and(|at| self.is(at, b'('))
    }

    /// Whether a name in a function is that of a label: `goto name;`, `name:` and `&&name`.
    fn is_label(&self, index: usize) -> bool {
        let Some(before) = index.checked_sub(1) else {
            return false;
        };
        let is_before = |at: usize, bytes: &[u8]| bytes.iter().any(|&byte| self.is(at, byte));
        let is_address = before > 1
            && self.is(before, b'&')
            && self.is(before - 1, b'&')
            && is_before(before - 2, b"=(,{]");
        let is_place = self.is(index + 1, b':') && is_before(before, b";{}:");
        self.word(before) == "goto" || is_address || is_place
    }

    /// Whether a name in a function is declared there, as in `extern int name(void);`.
    fn is_declared_inside(&self, index: usize) -> bool {
        let ends = |&at: &usize| [b';', b'{', b'}'].iter().any(|&byte| self.is(at, byte));
        let start = (0..index).rev().find(ends).map_or(0, |end| end + 1);
        let has_value = (start..index).any(|at| self.is(at, b'=') || self.is(at, b'('));
        self.word(start) == "extern" && !has_value
    }

    /// Whether a macro puts the variable whose name stands alone behind `open` into a section, as in `int __initdata_of(name);`. Only a
    /// macro whose name shows that it is about data counts: others have types in parentheses, or conditions of a function.
    fn is_put_into_section(&self, statement: usize, open: usize) -> bool {
        if open < statement + 2 {
            return false;
        }
        let word = self.word(open - 1);
        let follows_type = self.is(open - 2, b'*') || !self.word(open - 2).is_empty();
        let is_about_data = ["data", "section", "bss"]
            .iter()
            .any(|part| word.contains(part));
        follows_type
            && is_about_data
            && word.starts_with("__")
            && !is_attribute(word)
            && [b';', b'=', b'[']
                .iter()
                .any(|&byte| self.is(open + 3, byte))
            && !(statement..open).any(|at| self.word(at) == "typedef")
    }

    /// A name at file scope, outside parentheses.
    fn at_file_scope(&self, statement: usize, index: usize) -> (Kind, Option<Span>) {
        let before = || (statement..index).map(|index| self.word(index));
        let tag = matches!(
            index.checked_sub(1).map(|before| self.word(before)),
            Some("struct" | "union" | "enum")
        );
        if tag && self.is(index + 1, b'{') {
            return (Kind::Type, None);
        }
        if index > 0
            && self.is(index - 1, b'}')
            && let Some(kind) = self.behind_members(index)
        {
            return (kind, None);
        }
        // Anything that no type precedes is a macro that is used at file scope.
        if tag || before().all(str::is_empty) {
            return (Kind::Use, None);
        }
        if !self.is(index + 1, b'(') {
            return match self.code.get(index + 1).map(|code| code.token.kind) {
                // A name in the value of a variable is a use.
                _ if self.is_in_value(statement, index) => (Kind::Use, None),
                Some(TokenKind::Punctuation(b';' | b'=' | b'[' | b',')) => {
                    match before().any(|word| word == "typedef") {
                        true => (Kind::Type, None),
                        false => (Kind::Variable, None),
                    }
                }
                // A register or an attribute stands behind a variable's name.
                Some(TokenKind::Identifier) if is_behind_variable(self.word(index + 1)) => {
                    (Kind::Variable, None)
                }
                _ => (Kind::Use, None),
            };
        }
        self.with_parameters(before(), index + 1)
    }

    /// Whether a name at file scope stands in the value of a variable: `=` precedes it, with no comma between them that begins another
    /// variable.
    fn is_in_value(&self, statement: usize, index: usize) -> bool {
        let mut depth = 0usize;
        for index in (statement..index).rev() {
            match self.code[index].token.kind {
                TokenKind::Punctuation(b')' | b']' | b'}') => depth += 1,
                TokenKind::Punctuation(b'(' | b'[' | b'{') => depth = depth.saturating_sub(1),
                TokenKind::Punctuation(b',') if depth == 0 => return false,
                TokenKind::Punctuation(b'=') if depth == 0 => return true,
                _ => {}
            }
        }
        false
    }

    /// A name behind the members of a type: `typedef struct { … } name;` and `struct { … } name;`. None of it is one of a function.
    fn behind_members(&self, index: usize) -> Option<Kind> {
        let ends = [b';', b'=', b'[', b','];
        if !ends.iter().any(|&byte| self.is(index + 1, byte)) {
            return None;
        }
        let (mut depth, mut at) = (0usize, index - 1);
        loop {
            if self.is(at, b'}') {
                depth += 1;
            } else if self.is(at, b'{') {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            at = at.checked_sub(1)?;
        }
        let before = (0..at).rev().map(|index| self.word(index));
        let mut before = before.take_while(|word| !word.is_empty()).take(8);
        let mut is_type = false;
        let is_typedef = before.any(|word| {
            is_type |= matches!(word, "struct" | "union" | "enum");
            word == "typedef"
        });
        match (is_typedef, is_type) {
            (true, _) => Some(Kind::Type),
            (false, true) => Some(Kind::Variable),
            _ => None,
        }
    }

    /// A name at file scope that parameters follow, whose parenthesis stands at `open`.
    fn with_parameters<'w>(
        &self,
        before: impl Iterator<Item = &'w str>,
        open: usize,
    ) -> (Kind, Option<Span>) {
        let Some(mut behind) = self.behind_parentheses(open) else {
            return (Kind::Use, None);
        };
        // Attributes, section marks and assembler names stand between the parameters and what decides.
        while let Some(code) = self.code.get(behind) {
            match code.token.kind {
                TokenKind::Punctuation(b'(') => match self.behind_parentheses(behind) {
                    Some(next) => behind = next,
                    None => return (Kind::Use, None),
                },
                TokenKind::Identifier | TokenKind::Literal => behind += 1,
                TokenKind::Punctuation(b';' | b',') => return (Kind::Prototype, None),
                TokenKind::Punctuation(b'{') => return self.function(before, behind),
                _ => break,
            }
        }
        (Kind::Use, None)
    }

    /// The kind of a function whose body begins at `brace`, from the words before its name.
    fn function<'w>(
        &self,
        before: impl Iterator<Item = &'w str>,
        brace: usize,
    ) -> (Kind, Option<Span>) {
        let close = (brace + 1..self.code.len())
            .find(|&index| self.is(index, b'}') && self.code[index].depth == 0);
        let empty = close == Some(brace + 1);
        let end = close.unwrap_or(self.code.len() - 1);
        let body = Span {
            start: self.code[brace].token.span.start,
            end: self.code[end].token.span.end,
        };
        let (mut is_inline, mut is_static) = (false, false);
        for word in before {
            is_inline |= matches!(
                word,
                "inline" | "__inline" | "__inline__" | "__always_inline" | "__forceinline"
            );
            is_static |= word == "static";
        }
        let kind = if is_inline {
            Kind::Inline { empty }
        } else {
            Kind::Function { empty, is_static }
        };
        (kind, Some(body))
    }

    /// Index behind the parenthesis that closes the one at `open`.
    fn behind_parentheses(&self, open: usize) -> Option<usize> {
        let mut depth = 0usize;
        for index in open..self.code.len() {
            if self.is(index, b'(') {
                depth += 1;
            } else if self.is(index, b')') {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(index + 1);
                }
            }
        }
        None
    }
}

/// Describes what braces at file scope hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// The body of a function, an initial value, something else.
    Code,
    Enum,
    /// A `struct` or `union`.
    Struct,
}

/// Whether the word may stand between a variable's name and the end of its declaration.
fn is_behind_variable(word: &str) -> bool {
    matches!(word, "asm" | "__asm__" | "__asm")
        || word.starts_with("__ro_after")
        || word.starts_with("__read_mostly")
        || word.starts_with("__aligned")
        || word.starts_with("__attribute")
        || word.starts_with("__section")
        || word.starts_with("__cacheline_aligned")
        || word.starts_with("__init")
}

/// Whether the word takes arguments in front of a function's name without being one.
fn is_attribute(word: &str) -> bool {
    matches!(
        word,
        "__attribute__"
            | "__attribute"
            | "asm"
            | "__asm__"
            | "__printf"
            | "__scanf"
            | "__section"
            | "__aligned"
            | "__alloc_size"
            | "__declspec"
            | "typeof"
            | "__typeof__"
    )
}

/// The depth of braces, while branches of conditionals open and close them on their own.
#[derive(Default)]
struct Braces {
    depth: usize,
    /// For each open conditional the depth before it, and that behind its first branch.
    conditionals: Vec<(usize, Option<usize>)>,
}

impl Braces {
    fn open_conditional(&mut self) {
        self.conditionals.push((self.depth, None));
    }

    fn next_branch(&mut self) {
        if let Some((before, behind)) = self.conditionals.last_mut() {
            behind.get_or_insert(self.depth);
            self.depth = *before;
        }
    }

    fn close_conditional(&mut self) {
        // The first branch decides: all branches that compile leave the same depth.
        if let Some((_, Some(behind))) = self.conditionals.pop() {
            self.depth = behind;
        }
    }
}

#[cfg(test)]
mod tests;
