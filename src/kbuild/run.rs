//! Owns running makefiles for all configurations at once: conditionals split the condition, assignments happen under it.
//!
//! Variables keep every definition with the condition under which it counts. Nothing is run: what a command or the compiler
//! would say is an unknown piece of the value, and stays one. Source of the rules: the manual of GNU make 4.4, chapter "How to
//! Use Variables"; of the variables that are there before a makefile is read, scripts/Makefile.build.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::syntax::{self, Kind, Operator, Test, colon};
use super::value::{Piece, Value, Words};
use crate::cpp::condition;
use crate::cpp::scan::Branches;
use crate::cpp::{Atom, Condition, Conditions};
use crate::limits::{CONDITION_STEPS, Limit, MAKEFILE_EXPANSIONS, MAKEFILE_TEXT};
use crate::tree::Tree;
use crate::tree::normalized;

/// How deeply includes, calls and variables may nest.
const MAX_DEPTH: usize = 40;

/// How deeply references may nest, those of variables on the way included.
const MAX_REFERENCES: usize = 100;

/// How deeply conditionals may nest; real ones stay below 10.
const MAX_CONDITIONALS: usize = 100;

/// How many bytes a piece of a value counts for besides those of its text.
const PIECE: usize = 16;

/// The value of a definition.
#[derive(Clone, Debug, PartialEq)]
enum Body {
    /// Text that is expanded where it is used.
    Recursive(Rc<str>),
    /// A value.
    Simple(Value),
}

/// A definition, or a part that `+=` adds.
#[derive(Clone, Debug)]
struct Definition {
    condition: Condition,
    body: Body,
    /// Whether `+=` added it, so that a blank stands before.
    is_added: bool,
}

impl Definition {
    fn size(&self) -> usize {
        match &self.body {
            Body::Recursive(_) => PIECE,
            Body::Simple(value) => size(value),
        }
    }
}

/// How many bytes a value counts for.
fn size(value: &Value) -> usize {
    let pieces = value.0.iter().map(|(_, piece)| match piece {
        Piece::Text(text) => PIECE + text.len(),
        Piece::Unknown(_) => PIECE,
    });
    pieces.sum()
}

/// Answers about symbols.
pub trait Symbols {
    /// Whether a symbol, named without `CONFIG_`, is `y`, `m` or not set; `false` for numbers and texts.
    fn is_logical(&self, name: &str) -> bool;
}

/// Every symbol is taken for a bool or tristate one.
#[derive(Clone, Copy, Debug)]
pub struct AllLogical;

impl Symbols for AllLogical {
    fn is_logical(&self, _: &str) -> bool {
        true
    }
}

/// The variables of one run of make.
#[derive(Clone, Debug, Default)]
pub struct Variables(FxHashMap<Rc<str>, Vec<Definition>>);

impl Variables {
    /// Gives a variable one text everywhere.
    pub fn set(&mut self, name: &str, text: &str) {
        self.set_value(name, Value::text(text));
    }

    /// Gives a variable one value.
    pub fn set_value(&mut self, name: &str, value: Value) {
        let definition = Definition {
            condition: Condition::TRUE,
            body: Body::Simple(value),
            is_added: false,
        };
        self.0.insert(name.into(), vec![definition]);
    }

    /// Forgets all variables but some.
    pub fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| is_kept(name));
    }

    /// Whether anything defines the name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names that are defined, sorted.
    pub fn names(&self) -> Vec<Rc<str>> {
        let mut names: Vec<Rc<str>> = self.0.keys().cloned().collect();
        names.sort();
        names
    }
}

/// Something that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The file.
    pub path: Rc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The unknown text.
    pub text: Rc<str>,
}

/// Runs makefiles.
pub struct Runner<'a> {
    tree: &'a Tree,
    symbols: &'a dyn Symbols,
    /// The conditions of everything.
    pub conditions: &'a mut Conditions,
    /// The variables.
    pub variables: Variables,
    /// The parts that could not be evaluated, as far as objects may be missing for it.
    pub unknown: Vec<Unknown>,
    /// The directories that recipes enter with `$(build)=`.
    pub entered: Vec<String>,
    /// The names of the variables that other makefiles see.
    pub exported: FxHashSet<String>,
    /// The objects that rules make their targets of.
    pub prerequisites: Words,
    /// Why the rest of the makefiles was not run, if it was not: nothing in the variables counts then, since the rest may change it.
    pub stopped: Option<Unknown>,
    path: Rc<str>,
    line: u32,
    under: Condition,
    depth: usize,
    references: usize,
    expansions: usize,
    produced: usize,
}

impl<'a> Runner<'a> {
    /// A run of make with some variables.
    pub fn new(
        tree: &'a Tree,
        symbols: &'a dyn Symbols,
        conditions: &'a mut Conditions,
        variables: Variables,
    ) -> Self {
        Self {
            tree,
            symbols,
            conditions,
            variables,
            unknown: Vec::new(),
            entered: Vec::new(),
            exported: FxHashSet::default(),
            prerequisites: Words::new(),
            stopped: None,
            path: "".into(),
            line: 0,
            under: Condition::TRUE,
            depth: 0,
            references: 0,
            expansions: 0,
            produced: 0,
        }
    }

    /// The tree.
    pub(super) fn tree(&self) -> &'a Tree {
        self.tree
    }

    /// Reads the makefile at `path`; whether it is there.
    pub fn file(&mut self, path: &str) -> bool {
        let Some(text) = self.tree.text_if_there(path) else {
            return false;
        };
        let outer = (self.path.clone(), self.line);
        self.path = path.into();
        self.run(&text, self.under);
        (self.path, self.line) = outer;
        true
    }

    /// Runs the assignments to some variables alone, whatever the conditionals around them are: for the top makefile, most of
    /// which is about what the user asks for. `wants` says of a variable's name whether it is one.
    pub fn assignments(&mut self, path: &str, wants: &dyn Fn(&str) -> bool) {
        let Some(text) = self.tree.text_if_there(path) else {
            return;
        };
        self.path = path.into();
        for statement in syntax::parse(&text) {
            self.line = statement.line;
            match statement.kind {
                Kind::Assign(name, operator, value)
                    if wants(&name) && !value.contains("$(patsubst") =>
                {
                    self.assign(&name, operator, &value, Condition::TRUE);
                }
                Kind::Enter(directory) => self.entered.push(directory),
                Kind::Export(names) => self.export(&names),
                _ => {}
            }
        }
    }

    fn export(&mut self, names: &str) {
        let names = names.split_whitespace().map(str::to_owned);
        self.exported.extend(names);
    }

    /// Keeps the objects among the prerequisites of a rule.
    fn prerequisites(&mut self, text: &str, under: Condition) {
        for (condition, word) in self.expand(text).words(self.conditions) {
            let is_object =
                matches!(&word, Piece::Text(word) if word.ends_with(".o") && !word.contains('%'));
            let condition = self.conditions.and(under, condition);
            if is_object && condition != Condition::FALSE {
                self.prerequisites.push((condition, word));
            }
        }
    }

    fn run(&mut self, text: &str, under: Condition) {
        if self.depth > MAX_DEPTH {
            return self.unknown("makefiles that nest too deeply");
        }
        self.depth += 1;
        let outer = self.under;
        let is_of_file = self.depth == 1 || !self.path.is_empty();
        let mut branches = Branches::new(under);
        let mut nesting = 0usize;
        for statement in syntax::parse(text) {
            if is_of_file {
                self.line = statement.line;
            }
            if let Some(limit) = self.limit() {
                let text = limit.reached(self.subject()).to_string();
                self.stopped.get_or_insert(Unknown {
                    path: self.path.clone(),
                    line: self.line,
                    text: text.into(),
                });
                break;
            }
            self.under = branches.current();
            match statement.kind {
                Kind::If(test) => {
                    nesting += 1;
                    let truth = match nesting > MAX_CONDITIONALS {
                        true => {
                            self.unknown("conditionals that nest too deeply");
                            Condition::FALSE
                        }
                        false => self.test(&test, branches.current()),
                    };
                    branches.open(truth, self.conditions);
                }
                Kind::Else(Some(test)) => {
                    let truth = self.test(&test, branches.rest());
                    branches.next(truth, self.conditions);
                }
                Kind::Else(None) => branches.otherwise(),
                Kind::Endif => {
                    nesting = nesting.saturating_sub(1);
                    branches.close();
                }
                _ if branches.current() == Condition::FALSE => {}
                Kind::Assign(name, operator, value) => {
                    self.assign(&name, operator, &value, branches.current());
                }
                Kind::Include(words) => self.include(&words, branches.current()),
                Kind::Expand(text) => {
                    self.expand(&text);
                }
                Kind::Enter(directory) => self.entered.push(directory),
                Kind::Export(names) => self.export(&names),
                Kind::Prerequisites(text) => self.prerequisites(&text, branches.current()),
            }
        }
        self.under = outer;
        self.depth -= 1;
    }

    /// Runs a text that `$(eval …)` makes.
    pub(super) fn eval(&mut self, text: &str, condition: Condition) {
        let under = self.conditions.and(self.under, condition);
        let line = self.line;
        if under != Condition::FALSE {
            self.run(text, under);
        }
        self.line = line;
    }

    /// Where what is read counts.
    pub(super) fn under(&self) -> Condition {
        self.under
    }

    /// Expands something that counts under a condition alone, together with what `$(eval …)` in it does.
    pub(super) fn within<T>(
        &mut self,
        condition: Condition,
        expand: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let outer = self.under;
        self.under = self.conditions.and(outer, condition);
        let value = expand(self);
        self.under = outer;
        value
    }

    fn include(&mut self, words: &str, under: Condition) {
        let words = self.expand(words).words(self.conditions);
        for (condition, word) in words {
            let under = self.conditions.and(under, condition);
            if under == Condition::FALSE {
                continue;
            }
            let path = match &word {
                Piece::Text(path) => normalized(path),
                // A makefile that only a build generates has no lists.
                Piece::Unknown(_) => None,
            };
            let Some(path) = path else {
                self.unknown("an include with an unknown path");
                continue;
            };
            if path.starts_with("include/config/") || path.starts_with("scripts/") {
                continue;
            }
            let outer = self.under;
            self.under = under;
            self.file(&path);
            self.under = outer;
        }
    }

    fn test(&mut self, test: &Test, under: Condition) -> Condition {
        if under == Condition::FALSE {
            return Condition::FALSE;
        }
        match test {
            Test::Equal(left, right, equal) => {
                let truth = self.equal(left, right);
                if *equal {
                    truth
                } else {
                    self.conditions.not(truth)
                }
            }
            Test::Defined(name, defined) => {
                let truth = match self.expand(name).texts(self.conditions) {
                    Ok(names) => {
                        let mut any = Condition::FALSE;
                        for (condition, name) in names {
                            let defined = self.is_set(name.trim());
                            let both = self.conditions.and(condition, defined);
                            any = self.conditions.or(any, both);
                        }
                        any
                    }
                    Err(what) => self.undecided(&what),
                };
                if *defined {
                    truth
                } else {
                    self.conditions.not(truth)
                }
            }
            Test::Unreadable => self.undecided("a conditional that cannot be read"),
        }
    }

    /// When a variable is not empty.
    fn is_set(&mut self, name: &str) -> Condition {
        let value = self.variable(name, &[]);
        // A value of blanks alone counts as set; lists have none.
        match value.is_not_empty(self.conditions) {
            Ok(condition) => condition,
            Err(_) if name.starts_with("CONFIG_") => self.conditions.defined(name),
            Err(what) => self.undecided(&what),
        }
    }

    /// When two texts are the same.
    fn equal(&mut self, left: &str, right: &str) -> Condition {
        // A number or a text that a symbol has is decided by Kconfig.
        for (symbol, constant) in [(left, right), (right, left)] {
            if let Some(name) = sole_symbol(symbol)
                && !self.variables.has(&format!("CONFIG_{name}"))
                && !constant.contains('$')
                && !matches!(constant.trim(), "" | "y" | "m" | "n")
            {
                let plain = constant.trim().trim_matches('"');
                return match plain.parse::<i64>() {
                    Ok(value) => self.conditions.atom(Atom::Comparison {
                        name: format!("CONFIG_{name}").into(),
                        operator: condition::Operator::Equal,
                        value,
                    }),
                    Err(_) => self.undecided(&format!("whether `CONFIG_{name}` is `{plain}`")),
                };
            }
        }
        let (left, right) = (self.expand(left), self.expand(right));
        for (value, other) in [(&left, &right), (&right, &left)] {
            if other.0.is_empty() {
                return match value.is_not_empty(self.conditions) {
                    Ok(any) => self.conditions.not(any),
                    Err(what) => self.undecided(&what),
                };
            }
        }
        let texts = left
            .texts(self.conditions)
            .and_then(|left| Ok((left, right.texts(self.conditions)?)));
        let (left, right) = match texts {
            Ok(texts) => texts,
            Err(what) => return self.undecided(&what),
        };
        let mut any = Condition::FALSE;
        for (a, first) in &left {
            for (b, second) in &right {
                if first == second {
                    let both = self.conditions.and(*a, *b);
                    any = self.conditions.or(any, both);
                }
            }
        }
        any
    }

    /// A condition that is not decided, and why. Nothing is lost by it: both branches are read, each under its condition.
    pub(super) fn undecided(&mut self, what: &str) -> Condition {
        let text = format!("{what} ({}:{})", self.path, self.line);
        self.conditions.atom(Atom::Opaque(text.into()))
    }

    /// Notes that objects may be missing from the lists, and why.
    pub(super) fn unknown(&mut self, what: &str) {
        let unknown = Unknown {
            path: self.path.clone(),
            line: self.line,
            text: what.into(),
        };
        if !self.unknown.contains(&unknown) {
            self.unknown.push(unknown);
        }
    }

    fn assign(&mut self, name: &str, operator: Operator, text: &str, under: Condition) {
        let names = match self.expand(name).texts(self.conditions) {
            Ok(names) => names,
            Err(what) => return self.unknown(&what),
        };
        let mut expanded: Option<Value> = None;
        for (condition, name) in names {
            let name = name.trim();
            let under = self.conditions.and(under, condition);
            // An object in `obj-` is never built; what `x-` has, on the other hand, makes `x.o` a composite object.
            if under == Condition::FALSE || name.is_empty() || is_list_of_nothing(name) {
                continue;
            }
            let is_simple = match operator {
                Operator::Simple => true,
                Operator::Append => {
                    let known = self.variables.0.get(name);
                    known.is_some_and(|known| appends_simply(known))
                }
                _ => false,
            };
            let body = match operator {
                Operator::Shell => Body::Simple(Value::unknown("the output of a command")),
                _ if is_simple => {
                    let value = match &expanded {
                        Some(value) => value.clone(),
                        None => {
                            let value = self.expand(text);
                            expanded.insert(value).clone()
                        }
                    };
                    Body::Simple(value)
                }
                _ => Body::Recursive(text.into()),
            };
            let condition = match operator {
                Operator::Default => {
                    let mut before = Condition::FALSE;
                    for part in self.variables.0.get(name).into_iter().flatten() {
                        before = self.conditions.or(before, part.condition);
                    }
                    self.conditions.and_not(under, before)
                }
                _ => under,
            };
            if condition == Condition::FALSE {
                continue;
            }
            let parts = self.variables.0.entry(name.into()).or_default();
            if matches!(
                operator,
                Operator::Recursive | Operator::Simple | Operator::Shell
            ) {
                for part in parts.iter_mut() {
                    part.condition = self.conditions.and_not(part.condition, condition);
                }
                parts.retain(|part| part.condition != Condition::FALSE);
                // The same once more, in other configurations, is one definition.
                let mut known = parts.iter_mut();
                if let Some(same) = known.find(|part| !part.is_added && part.body == body) {
                    same.condition = self.conditions.or(same.condition, condition);
                    continue;
                }
            }
            parts.push(Definition {
                condition,
                body,
                is_added: operator == Operator::Append,
            });
        }
    }

    /// The value of a variable; `arguments` are those of the call around it.
    pub fn variable(&mut self, name: &str, arguments: &[Value]) -> Value {
        if let Ok(number) = name.parse::<usize>() {
            return arguments.get(number).cloned().unwrap_or_default();
        }
        let Some(parts) = self.variables.0.get(name) else {
            return self.outside(name);
        };
        if self.limit().is_some() {
            return self.too_much();
        }
        let parts = parts.clone();
        self.spend(parts.iter().map(Definition::size).sum());
        if self.depth > MAX_DEPTH {
            return Value::unknown("a variable that refers to itself");
        }
        self.depth += 1;
        let mut value = Value::default();
        for part in parts {
            let own = match part.body {
                Body::Simple(own) => own,
                Body::Recursive(text) => {
                    self.within(part.condition, |runner| runner.expand_in(&text, arguments))
                }
            };
            if part.is_added {
                value.push_text(" ");
            }
            value.push(own.under(part.condition, self.conditions));
        }
        self.depth -= 1;
        value
    }

    /// The value of a variable that no makefile here defines.
    fn outside(&mut self, name: &str) -> Value {
        if let Some(symbol) = name.strip_prefix("CONFIG_") {
            if !self.symbols.is_logical(symbol) {
                return Value::unknown(&format!("the value of `{name}`"));
            }
            let yes = self.conditions.atom(Atom::Builtin(symbol.into()));
            let module = self.conditions.atom(Atom::Module(symbol.into()));
            let module = self.conditions.and_not(module, yes);
            return Value(vec![
                (yes, Piece::Text("y".into())),
                (module, Piece::Text("m".into())),
            ]);
        }
        match name {
            "CC" | "LD" | "AR" | "NM" | "AS" | "CPP" | "OBJCOPY" | "HOSTCC" | "RUSTC"
            | "PAHOLE" | "PAHOLE_VERSION" | "LLVM" | "CROSS_COMPILE" | "MAKECMDGOALS" => {
                Value::unknown(&format!("the value of `$({name})`"))
            }
            _ => Value::default(),
        }
    }

    /// Expands a text.
    pub fn expand(&mut self, text: &str) -> Value {
        self.expand_in(text, &[])
    }

    /// Expands a text of a call with arguments; the first of them is the name of what is called.
    pub(super) fn expand_in(&mut self, text: &str, arguments: &[Value]) -> Value {
        self.expansions += 1;
        if !self.spend(0) {
            return self.too_much();
        }
        let mut value = Value::default();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            value.push_text(&rest[..at]);
            rest = &rest[at + 1..];
            let Some(letter) = rest.chars().next() else {
                break;
            };
            match letter {
                '$' => {
                    value.push_text("$");
                    rest = &rest[1..];
                }
                '(' | '{' => match closing(rest) {
                    Some(end) => {
                        value.push(self.reference(&rest[1..end], arguments));
                        rest = &rest[end + 1..];
                    }
                    None => return Value::unknown("a reference that is not closed"),
                },
                letter => {
                    let name = &rest[..letter.len_utf8()];
                    value.push(self.variable(name, arguments));
                    rest = &rest[letter.len_utf8()..];
                }
            }
        }
        value.push_text(rest);
        self.spend(size(&value));
        value
    }

    /// Counts bytes that were made or looked at; whether the makefile may go on.
    pub(super) fn spend(&mut self, bytes: usize) -> bool {
        self.produced += bytes;
        self.limit().is_none()
    }

    /// The limit that the makefile has reached.
    fn limit(&self) -> Option<&'static Limit> {
        if self.expansions > MAKEFILE_EXPANSIONS.length() {
            Some(&MAKEFILE_EXPANSIONS)
        } else if self.produced > MAKEFILE_TEXT.length() {
            Some(&MAKEFILE_TEXT)
        } else {
            let is_exhausted = self.conditions.is_exhausted();
            is_exhausted.then_some(&CONDITION_STEPS)
        }
    }

    /// The value of whatever is not evaluated because a limit is reached.
    pub(super) fn too_much(&self) -> Value {
        let limit = self.limit().unwrap_or(&MAKEFILE_TEXT);
        Value::unknown(&limit.reached(self.subject()).to_string())
    }

    fn subject(&self) -> String {
        match &*self.path {
            "" => "a makefile".to_owned(),
            path => format!("`{path}`"),
        }
    }

    /// The value of what stands between the parentheses of a reference.
    fn reference(&mut self, inner: &str, arguments: &[Value]) -> Value {
        if self.depth > MAX_DEPTH || self.references >= MAX_REFERENCES {
            return Value::unknown("references that nest too deeply");
        }
        self.references += 1;
        let value = match self.function(inner, arguments) {
            Some(value) => value,
            None => self.named(inner, arguments),
        };
        self.references -= 1;
        value
    }

    /// The value of a variable that a reference names.
    fn named(&mut self, inner: &str, arguments: &[Value]) -> Value {
        // `$(name:.o=.c)`, where the name may be a reference, too.
        let (name, replaced) = match substitution(inner) {
            Some((name, from, to)) => (name, Some((from, to))),
            None => (inner, None),
        };
        let names = match self.expand_in(name, arguments).texts(self.conditions) {
            Ok(names) => names,
            Err(what) => return Value::unknown(&what),
        };
        let mut value = Value::default();
        for (condition, name) in names {
            let own = self.variable(name.trim(), arguments);
            value.push(own.under(condition, self.conditions));
        }
        match replaced {
            Some((from, to)) => {
                let whole = |text: &str| match text.contains('%') {
                    true => text.to_owned(),
                    false => format!("%{text}"),
                };
                self.patsubst(&whole(from), &whole(to), value, arguments)
            }
            None => value,
        }
    }

    /// Runs a function with the variable `name` set to a text.
    pub(super) fn with_variable<T>(
        &mut self,
        name: &str,
        value: Value,
        run: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.variables.0.remove(name);
        self.variables.set_value(name, value);
        let result = run(self);
        match before {
            Some(before) => self.variables.0.insert(name.into(), before),
            None => self.variables.0.remove(name),
        };
        result
    }
}

/// Whether `+=` expands what it adds at once, as it does where some definition is simple. What was added last has the answer of then, which
/// only a new definition changes.
fn appends_simply(known: &[Definition]) -> bool {
    let is_simple = |part: &Definition| matches!(part.body, Body::Simple(_));
    match known.last() {
        Some(last) if last.is_added => is_simple(last),
        _ => known.iter().any(is_simple),
    }
}

/// Whether a variable has what is left out because a symbol is not set, and nothing ever reads it.
fn is_list_of_nothing(name: &str) -> bool {
    let stem = name.strip_suffix('-');
    stem.is_some_and(|stem| {
        matches!(
            stem,
            "obj"
                | "lib"
                | "subdir"
                | "always"
                | "extra"
                | "ccflags"
                | "asflags"
                | "ldflags"
                | "KBUILD_CFLAGS"
                | "cflags"
                | "core"
                | "drivers"
                | "libs"
                | "hostprogs"
        )
    })
}

/// The symbol of `$(CONFIG_X)`, quotes around it or not.
fn sole_symbol(text: &str) -> Option<&str> {
    let inner = text.trim().trim_matches('"');
    let name = inner.strip_prefix("$(CONFIG_")?.strip_suffix(')')?;
    (!name.is_empty() && name.bytes().all(crate::cpp::lex::is_word)).then_some(name)
}

/// Where the reference ends that begins with the parenthesis in front.
fn closing(text: &str) -> Option<usize> {
    let (open, close) = match text.as_bytes().first()? {
        b'(' => (b'(', b')'),
        _ => (b'{', b'}'),
    };
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The parts of `name:from=to`.
fn substitution(inner: &str) -> Option<(&str, &str, &str)> {
    let at = colon(inner)?;
    let (from, to) = inner[at + 1..].split_once('=')?;
    Some((&inner[..at], from, to))
}
