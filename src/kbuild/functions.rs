//! Owns the functions of make, for all configurations at once. What would run a command or ask the compiler gives an unknown
//! value. Source: the manual of GNU make 4.4, chapter "Functions for Transforming Text".

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::run::Runner;
use super::value::{Piece, Value, Words};
use crate::cpp::{Condition, Conditions};
use crate::tree::normalized;

/// Most words that `$(foreach)` walks over.
const MAX_ROUNDS: usize = 2_000;

/// Most combinations of texts that the arguments of a function are tried with.
const MAX_ALTERNATIVES: usize = 16;

impl Runner<'_> {
    /// The value of a call of a function, or `None` if it is not one.
    pub(super) fn function(&mut self, inner: &str, outer: &[Value]) -> Option<Value> {
        let end = inner.find([' ', '\t'])?;
        let name = &inner[..end];
        let rest = inner[end..].trim_start();
        let is_words = |name: &str| {
            matches!(
                name,
                "addprefix"
                    | "addsuffix"
                    | "filter"
                    | "filter-out"
                    | "notdir"
                    | "dir"
                    | "basename"
                    | "suffix"
                    | "sort"
                    | "strip"
                    | "firstword"
                    | "lastword"
                    | "wildcard"
                    | "abspath"
                    | "realpath"
                    | "patsubst"
            )
        };
        Some(match name {
            "if" => {
                let parts = arguments(rest, 3);
                let test = self.expand_in(parts[0].trim(), outer);
                let truth = match test.is_not_empty(self.conditions) {
                    Ok(truth) => truth,
                    Err(what) => self.undecided(&what),
                };
                let otherwise = self.conditions.not(truth);
                let mut part = |index: usize, condition| match parts.get(index) {
                    Some(part) => self.within(condition, |runner| {
                        runner.expand_in(part.trim_start(), outer)
                    }),
                    None => Value::default(),
                };
                let (yes, no) = (part(1, truth), part(2, otherwise));
                let mut value = yes.under(truth, self.conditions);
                value.push(no.under(otherwise, self.conditions));
                value
            }
            "or" => {
                let mut value = Value::default();
                let mut left = Condition::TRUE;
                for part in arguments(rest, usize::MAX) {
                    let own = self.expand_in(part.trim(), outer);
                    let any = match own.is_not_empty(self.conditions) {
                        Ok(any) => any,
                        Err(what) => return Some(Value::unknown(&what)),
                    };
                    value.push(own.under(left, self.conditions));
                    left = self.conditions.and_not(left, any);
                }
                value
            }
            "and" => {
                let mut all = Condition::TRUE;
                let mut last = Value::default();
                for part in arguments(rest, usize::MAX) {
                    last = self.expand_in(part.trim(), outer);
                    match last.is_not_empty(self.conditions) {
                        Ok(any) => all = self.conditions.and(all, any),
                        Err(what) => return Some(Value::unknown(&what)),
                    }
                }
                last.under(all, self.conditions)
            }
            "subst" => {
                let parts = self.expanded(rest, 3, outer);
                let [from, to, text] = &parts[..] else {
                    return Some(Value::unknown("`$(subst)` with too few arguments"));
                };
                self.for_each("subst", [from, to], |_, [from, to]| {
                    let mut value = text.clone();
                    for (_, piece) in &mut value.0 {
                        if let (Piece::Text(text), false) = (&*piece, from.is_empty()) {
                            *piece = Piece::Text(text.replace(from, to).into());
                        }
                    }
                    value
                })
            }
            "findstring" => {
                let parts = self.expanded(rest, 2, outer);
                let [sought, text] = &parts[..] else {
                    return Some(Value::default());
                };
                let texts = text.texts(self.conditions);
                match (self.one(sought), texts) {
                    (Some(sought), Ok(texts)) => {
                        let mut any = Condition::FALSE;
                        for (condition, text) in texts {
                            if text.contains(&sought) {
                                any = self.conditions.or(any, condition);
                            }
                        }
                        Value::text(&sought).under(any, self.conditions)
                    }
                    (_, Err(what)) => Value::unknown(&what),
                    (None, _) => Value::unknown("`$(findstring)` of an unknown text"),
                }
            }
            "foreach" => self.foreach(rest, outer),
            "call" => self.call(rest, outer),
            "eval" => {
                let value = self.expand_in(rest, outer);
                match value.texts(self.conditions) {
                    Ok(texts) => {
                        for (condition, text) in texts {
                            self.eval(&text, condition);
                        }
                    }
                    Err(what) if !sets_flags(&value) => self.unknown(&what),
                    Err(_) => {}
                }
                Value::default()
            }
            "value" => self.variable(rest.trim(), outer),
            "info" | "warning" | "error" => Value::default(),
            "word" | "words" | "wordlist" | "join" | "origin" | "flavor" | "file" | "intcmp"
            | "let" => Value::unknown(&format!("`$({name} …)`")),
            "shell" => Value::unknown("the output of a command"),
            _ if is_words(name) => self.of_words(name, rest, outer),
            _ => return None,
        })
    }

    fn of_words(&mut self, name: &str, rest: &str, outer: &[Value]) -> Value {
        match name {
            "addprefix" | "addsuffix" => {
                let parts = self.expanded(rest, 2, outer);
                let [added, words] = &parts[..] else {
                    return Value::default();
                };
                self.for_each(name, [added], |runner, [added]| {
                    runner.mapped(words, |word| match name {
                        "addprefix" => format!("{added}{word}"),
                        _ => format!("{word}{added}"),
                    })
                })
            }
            "filter" | "filter-out" => {
                let parts = self.expanded(rest, 2, outer);
                let [patterns, words] = &parts[..] else {
                    return Value::default();
                };
                self.filtered(patterns, words, name == "filter")
            }
            "patsubst" => {
                let parts = self.expanded(rest, 3, outer);
                let [from, to, words] = &parts[..] else {
                    return Value::default();
                };
                self.for_each(name, [from, to], |runner, [from, to]| {
                    runner.mapped(words, |word| substituted(from, to, word))
                })
            }
            _ => {
                let words = self.expand_in(rest, outer);
                match name {
                    "notdir" => self.mapped(&words, |word| {
                        word.rsplit_once('/')
                            .map_or(word, |(_, name)| name)
                            .to_owned()
                    }),
                    "dir" => self.mapped(&words, |word| {
                        word.rsplit_once('/')
                            .map_or("./".to_owned(), |(directory, _)| format!("{directory}/"))
                    }),
                    "basename" => self.mapped(&words, |word| split_suffix(word).0.to_owned()),
                    "suffix" => self.mapped(&words, |word| split_suffix(word).1.to_owned()),
                    "abspath" | "realpath" => self.mapped(&words, |word| {
                        normalized(word).unwrap_or_else(|| word.to_owned())
                    }),
                    "wildcard" => self.wildcard(&words),
                    "firstword" | "lastword" => {
                        let mut words = words.words(self.conditions);
                        if name == "lastword" {
                            words.reverse();
                        }
                        let mut left = Condition::TRUE;
                        let mut value = Value::default();
                        for (condition, word) in words {
                            let first = self.conditions.and(left, condition);
                            left = self.conditions.and_not(left, condition);
                            if first != Condition::FALSE {
                                value.0.push((first, word));
                            }
                            if left == Condition::FALSE {
                                break;
                            }
                        }
                        value
                    }
                    // The order does not matter for lists, nor does a word that is there twice.
                    _ => {
                        let words = words.words(self.conditions);
                        Value::from_words(words, self.conditions)
                    }
                }
            }
        }
    }

    /// `$(value:from=to)`
    pub(super) fn patsubst(
        &mut self,
        from: &str,
        to: &str,
        value: Value,
        outer: &[Value],
    ) -> Value {
        let (from, to) = (self.expand_in(from, outer), self.expand_in(to, outer));
        self.for_each("patsubst", [&from, &to], |runner, [from, to]| {
            runner.mapped(&value, |word| substituted(from, to, word))
        })
    }

    fn foreach(&mut self, rest: &str, outer: &[Value]) -> Value {
        let parts = arguments(rest, 3);
        let [name, list, body] = &parts[..] else {
            return Value::default();
        };
        let name = self.expand_in(name.trim(), outer);
        let Some(name) = self.one(&name) else {
            return Value::unknown("`$(foreach)` over an unknown name");
        };
        let words = self.expand_in(list, outer).words(self.conditions);
        if words.len() > MAX_ROUNDS {
            return Value::unknown("`$(foreach)` over too many words");
        }
        let mut value = Value::default();
        for (condition, word) in words {
            let bound = Value(vec![(Condition::TRUE, word)]);
            let own = self.with_variable(&name, bound, |runner| {
                runner.within(condition, |runner| runner.expand_in(body, outer))
            });
            if !value.0.is_empty() {
                value.push_text(" ");
            }
            value.push(own.under(condition, self.conditions));
        }
        value
    }

    fn call(&mut self, rest: &str, outer: &[Value]) -> Value {
        let parts = arguments(rest, usize::MAX);
        let name = self.expand_in(parts[0].trim(), outer);
        let Some(name) = self.one(&name) else {
            return Value::unknown("a call of an unknown function");
        };
        let name = name.trim();
        if !self.variables.has(name) {
            return Value::unknown(&format!("`$(call {name})`"));
        }
        let mut values = vec![Value::text(name)];
        for part in &parts[1..] {
            values.push(self.expand_in(part, outer));
        }
        self.variable(name, &values)
    }

    /// The arguments of a function, at most `most` of them, expanded.
    fn expanded(&mut self, rest: &str, most: usize, outer: &[Value]) -> Vec<Value> {
        let parts = arguments(rest, most);
        parts
            .into_iter()
            .map(|part| self.expand_in(part, outer))
            .collect()
    }

    /// The text of a value that is the same wherever it counts.
    fn one(&mut self, value: &Value) -> Option<String> {
        match &mut self.alternatives(value)?[..] {
            [(_, text)] => Some(std::mem::take(text)),
            _ => None,
        }
    }

    /// The texts of a value where it counts, each with its condition; `None` where it is not known.
    fn alternatives(&mut self, value: &Value) -> Option<Vec<(Condition, String)>> {
        if let [(Condition::TRUE, Piece::Text(text))] = &value.0[..] {
            return Some(vec![(Condition::TRUE, text.to_string())]);
        }
        let mut texts = value.texts(self.conditions).ok()?;
        let under = self.under();
        if texts.len() > 1 {
            texts.retain(|(condition, _)| {
                let both = self.conditions.and(under, *condition);
                self.conditions.is_satisfiable(both)
            });
        }
        match &mut texts[..] {
            // Elsewhere nobody asks.
            [(condition, _)] => *condition = Condition::TRUE,
            [] => return Some(vec![(Condition::TRUE, String::new())]),
            _ => {}
        }
        Some(texts)
    }

    /// The value of a function for all texts that its arguments may be.
    fn for_each<const N: usize>(
        &mut self,
        name: &str,
        arguments: [&Value; N],
        apply: impl Fn(&mut Self, [&str; N]) -> Value,
    ) -> Value {
        let mut all = vec![(Condition::TRUE, [const { String::new() }; N])];
        for (index, argument) in arguments.into_iter().enumerate() {
            let Some(texts) = self.alternatives(argument) else {
                return Value::unknown(&format!("`$({name})` of an unknown text"));
            };
            if all.len() * texts.len() > MAX_ALTERNATIVES {
                return Value::unknown(&format!("`$({name})` of too many texts"));
            }
            let mut next = Vec::new();
            for (condition, chosen) in &all {
                for (own, text) in &texts {
                    let both = self.conditions.and(*condition, *own);
                    if both != Condition::FALSE {
                        let mut chosen = chosen.clone();
                        chosen[index].clone_from(text);
                        next.push((both, chosen));
                    }
                }
            }
            all = next;
        }
        let mut value = Value::default();
        for (condition, chosen) in &all {
            let own = apply(self, chosen.each_ref().map(String::as_str));
            value.push(own.under(*condition, self.conditions));
        }
        value
    }

    /// Each word changed.
    fn mapped(&mut self, words: &Value, change: impl Fn(&str) -> String) -> Value {
        let words: Words = words
            .words(self.conditions)
            .into_iter()
            .map(|(condition, word)| match word {
                Piece::Text(text) => (condition, Piece::Text(change(&text).into())),
                unknown => (condition, unknown),
            })
            .collect();
        Value::from_words(words, self.conditions)
    }

    /// The words that match a pattern, or those that match none.
    fn filtered(&mut self, patterns: &Value, words: &Value, keep: bool) -> Value {
        let patterns = Patterns::new(patterns.words(self.conditions));
        let words = words.words(self.conditions);
        let mut kept = Words::new();
        for (condition, word) in words {
            if !self.spend(patterns.with_percent.len()) {
                return self.too_much();
            }
            let matched = match &word {
                Piece::Text(text) => match patterns.matched(text, self.conditions) {
                    Ok(matched) => matched,
                    Err(what) => self.undecided(&what),
                },
                Piece::Unknown(_) => {
                    kept.push((condition, word));
                    continue;
                }
            };
            let condition = match keep {
                true => self.conditions.and(condition, matched),
                false => self.conditions.and_not(condition, matched),
            };
            if condition != Condition::FALSE {
                kept.push((condition, word));
            }
        }
        Value::from_words(kept, self.conditions)
    }

    /// The files that patterns name, as the tree has them.
    fn wildcard(&mut self, patterns: &Value) -> Value {
        let patterns = patterns.words(self.conditions);
        let mut found = Words::new();
        for (condition, pattern) in patterns {
            let Piece::Text(text) = &pattern else {
                found.push((condition, pattern));
                continue;
            };
            for path in files(self.tree(), text) {
                found.push((condition, Piece::Text(path.into())));
            }
        }
        Value::from_words(found, self.conditions)
    }
}

/// Whether a text, as far as it is known, assigns options of the compiler: no list misses an object for it.
fn sets_flags(value: &Value) -> bool {
    let first = value.0.first();
    matches!(first, Some((_, Piece::Text(text))) if text.starts_with("CFLAGS_") || text.starts_with("AFLAGS_"))
}

/// The patterns of `$(filter …)`.
struct Patterns {
    /// Those without `%`, by their text.
    exact: FxHashMap<Rc<str>, Vec<Condition>>,
    with_percent: Vec<(Condition, Rc<str>)>,
    /// Why the first unknown pattern is unknown.
    unknown: Option<Rc<str>>,
}

impl Patterns {
    fn new(words: Words) -> Self {
        let mut patterns = Self {
            exact: FxHashMap::default(),
            with_percent: Vec::new(),
            unknown: None,
        };
        for (condition, word) in words {
            match word {
                Piece::Text(text) if text.contains('%') => {
                    patterns.with_percent.push((condition, text));
                }
                Piece::Text(text) => patterns.exact.entry(text).or_default().push(condition),
                Piece::Unknown(what) => drop(patterns.unknown.get_or_insert(what)),
            }
        }
        patterns
    }

    /// When one of them matches a word.
    fn matched(&self, word: &str, conditions: &mut Conditions) -> Result<Condition, Rc<str>> {
        if let Some(what) = &self.unknown {
            return Err(what.clone());
        }
        let exact = self.exact.get(word).into_iter().flatten().copied();
        let others = self.with_percent.iter();
        let others = others.filter(|(_, pattern)| stem(pattern, word).is_some());
        Ok(conditions.any(exact.chain(others.map(|(condition, _)| *condition))))
    }
}

/// What `%` stands for.
fn stem<'w>(pattern: &str, word: &'w str) -> Option<&'w str> {
    match pattern.split_once('%') {
        Some((before, after)) => {
            let rest = word.strip_prefix(before)?;
            rest.strip_suffix(after)
        }
        None => (pattern == word).then_some(""),
    }
}

fn substituted(from: &str, to: &str, word: &str) -> String {
    match stem(from, word) {
        Some(stem) if from.contains('%') => to.replacen('%', stem, 1),
        Some(_) => to.to_owned(),
        None => word.to_owned(),
    }
}

fn split_suffix(word: &str) -> (&str, &str) {
    match word.rfind('.') {
        Some(at) if !word[at..].contains('/') => word.split_at(at),
        _ => (word, ""),
    }
}

/// The paths that match a pattern with `*` in any of its parts, sorted.
fn files(tree: &crate::tree::Tree, pattern: &str) -> Vec<String> {
    let Some(path) = normalized(pattern) else {
        return Vec::new();
    };
    // A word keeps the form in which it is written, so that patterns match it later on.
    if !path.contains('*') {
        let there = tree.is_file(&path) || tree.list(&path).is_ok_and(|found| !found.is_empty());
        return if there {
            vec![pattern.to_owned()]
        } else {
            Vec::new()
        };
    }
    let mut found = vec![String::new()];
    for part in path.split('/') {
        let mut next = Vec::new();
        for directory in found {
            let join = |name: &str| match directory.as_str() {
                "" => name.to_owned(),
                directory => format!("{directory}/{name}"),
            };
            match part.split_once('*') {
                None => next.push(join(part)),
                Some((before, after)) => {
                    let names = tree.list(&directory).unwrap_or_default();
                    let names = names.into_iter().filter(|entry| {
                        entry.name.len() >= before.len() + after.len()
                            && entry.name.starts_with(before)
                            && entry.name.ends_with(after)
                    });
                    next.extend(names.map(|entry| join(&entry.name)));
                }
            }
        }
        found = next;
    }
    found.retain(|path| tree.is_file(path) || tree.list(path).is_ok_and(|list| !list.is_empty()));
    found.sort();
    if pattern.starts_with("./") {
        found = found.into_iter().map(|path| format!("./{path}")).collect();
    }
    found
}

/// The arguments of a function: commas split them outside of parentheses, at most into `most`.
fn arguments(text: &str, most: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0usize;
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 && parts.len() + 1 < most => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}
