//! Owns what hooks need when the kernel is linked: functions and variables in source files, whether their objects are built,
//! and whether modules may use them.
//!
//! Looked at are the hooks themselves where a header only declares them, and what an inline hook names and its own header
//! declares. What a body refers to by way of other headers' inline functions and macros is not followed.

use std::sync::Arc;

use memchr::memmem;

use crate::check::error::CheckError;
use crate::check::feature::callers::Caller;
use crate::check::feature::exports::{self, User};
use crate::check::feature::sighting::Sighting;
use crate::check::feature::symbols::may_be_off;
use crate::check::feature::{headers, place, symbols};
use crate::cpp::cache::{Cache, Indexed};
use crate::cpp::condition::Conditions;
use crate::cpp::lex::{Kind as TokenKind, Lexer, Span};
use crate::cpp::occurrence::{Kind, Occurrence};
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kbuild::{self, Gate};
use crate::kconfig::model::{Model, Type};

/// The directories of an architecture that are searched for definitions, besides the spec's objects.
const SEARCHED: &[&str] = &["mm", "kernel", "lib"];

/// A function or variable that a hook is, or refers to.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Needed {
    /// Its name.
    pub name: String,
    /// The hook.
    pub hook: String,
    /// Where the hook is declared or defined in a header.
    pub declared: Location,
    /// Where the function or variable is defined.
    pub defined: Location,
    /// The line of a list that does not build its object in some configuration with the feature.
    pub gate: Option<Gate>,
    /// The file that may be a module and uses the hook, if nothing exports the name.
    pub module: Option<Arc<str>>,
}

/// The callers that are generic, use the feature, and may be built as modules; not looked for where nothing selects the feature's
/// symbol.
pub(in crate::check) fn modular_users(
    cache: &Cache<'_>,
    model: &Model,
    spec: &Spec,
    callers: &[Caller],
    kconfig: &symbols::Facts,
) -> Vec<User> {
    let callers = callers.iter().filter(|_| !kconfig.selects.is_empty());
    let users = callers.filter(|caller| is_modular_user(cache, model, spec, caller));
    users
        .map(|caller| User::new(cache.tree(), &caller.path))
        .collect()
}

/// Returns what the hooks of the model's architecture need and may not get, by hook and name. `users` are the [`modular_users`].
///
/// # Errors
///
/// The tree cannot be read.
pub(in crate::check) fn lacking<'m>(
    cache: &Cache<'_>,
    (arch, model): (&str, &dyn Fn() -> &'m Model),
    spec: &Spec,
    users: &[User],
    facts: &headers::Facts,
    kconfig: &symbols::Facts,
) -> Result<Vec<Needed>, CheckError> {
    let mut lacking: Vec<Needed> = Vec::new();
    if kconfig.selects.is_empty() || facts.undecided.is_some() {
        return Ok(lacking);
    }
    for hook in &facts.hooks {
        let Some(header) = cache.file(&hook.location.path) else {
            continue;
        };
        for (name, certain) in references(&header, hook) {
            if lacking.iter().any(|known| known.name == name) {
                continue;
            }
            let Some((file, defined)) = definition(cache, arch, spec, &name)? else {
                continue;
            };
            let mut needed = Needed {
                gate: None,
                module: None,
                hook: hook.name.clone(),
                declared: hook.location.clone(),
                defined,
                name,
            };
            if certain {
                needed.gate = closed_gate(cache, model(), spec, kconfig, &file.file.path);
            }
            let user = exports::not_served(cache, model(), users, &file, &needed.name)?;
            needed.module = user.map(|user| user.path.clone());
            if needed.gate.is_some() || needed.module.is_some() {
                lacking.push(needed);
            }
        }
    }
    Ok(lacking)
}

/// Whether the file is generic, uses the feature, and may be built as a module.
fn is_modular_user(cache: &Cache<'_>, model: &Model, spec: &Spec, caller: &Caller) -> bool {
    let uses = caller.uses(&spec.wrappers).next().is_some();
    let is_tristate = |gate: &Gate| {
        model.find(&gate.symbol).is_some_and(|symbol| {
            model.is_defined(symbol) && model.symbol(symbol).type_ == Some(Type::Tristate)
        })
    };
    uses && caller.arch().is_none()
        && kbuild::of_object(cache.tree(), &caller.path, "")
            .is_some_and(|ways| ways.iter().flatten().any(is_tristate))
}

/// The names that the linker has to find for a hook, each with whether that is so in every configuration: not behind the
/// condition of an `if`, which the compiler may decide.
fn references(header: &Indexed, hook: &Sighting) -> Vec<(String, bool)> {
    if hook.kind == Kind::Prototype {
        return vec![(hook.name.clone(), true)];
    }
    let file = &header.file;
    let is_here = |span: Span| span.start == hook.location.start;
    let body = file
        .sightings(&[&hook.name])
        .into_iter()
        .find(|sighting| is_here(sighting.span))
        .and_then(|sighting| sighting.body);
    let (Some(body), Kind::Inline { .. }) = (body, hook.kind) else {
        return Vec::new();
    };
    let words = file.identifiers(body);
    let mut external = Vec::new();
    for sighting in file.sightings(&words) {
        let is_external = match sighting.kind {
            Kind::Prototype => true,
            Kind::Variable => {
                let statement = statement(&file.text, sighting.span.start);
                statement.contains("extern") || statement.contains("DECLARE_")
            }
            _ => false,
        };
        if is_external {
            external.push(words[sighting.name]);
        }
    }
    let mut found: Vec<(String, bool)> = Vec::new();
    let (mut certain, mut depth, mut is_condition) = (true, 0usize, false);
    let mut before = None;
    for token in Lexer::new(&file.text, body.start as usize, body.end as usize) {
        let word = token.span.of(&file.text);
        match token.kind {
            TokenKind::Identifier => {
                // The condition of the first `if` is still evaluated always.
                is_condition |= word == "if";
                certain &= !matches!(word, "switch" | "for" | "while" | "return" | "goto");
                if external.contains(&word) && !found.iter().any(|(known, _)| known == word) {
                    found.push((word.to_owned(), certain));
                }
            }
            TokenKind::Punctuation(b'(') => depth += 1,
            TokenKind::Punctuation(b')') => {
                depth = depth.saturating_sub(1);
                certain &= !(is_condition && depth == 0);
            }
            TokenKind::Punctuation(b'?') => certain = false,
            // The right operand of `&&` and `||` may never be looked at.
            TokenKind::Punctuation(b'&' | b'|') => certain &= before != Some(token.kind),
            _ => {}
        }
        before = Some(token.kind);
    }
    found
}

/// The text between the statement before and the byte at `offset`, comments included.
fn statement(text: &str, offset: u32) -> &str {
    let before = text.get(..offset as usize).unwrap_or_default();
    let start = before.rfind([';', '}']).map_or(0, |at| at + 1);
    &before[start..]
}

/// Where a source file of the architecture defines the function or variable.
fn definition(
    cache: &Cache<'_>,
    arch: &str,
    spec: &Spec,
    name: &str,
) -> Result<Option<(Arc<Indexed>, Location)>, CheckError> {
    let tree = cache.tree();
    let own = format!("arch/{arch}/");
    let objects = spec.objects.iter().map(ToString::to_string);
    let known: Vec<String> = objects.filter(|path| path.starts_with(&own)).collect();
    if let Some(found) = definition_in(cache, &known, name) {
        return Ok(Some(found));
    }
    for directory in SEARCHED {
        let directory = format!("{own}{directory}");
        if tree.list(&directory).is_err() {
            continue;
        }
        let paths = tree.walk(&directory, &|path| path.ends_with(".c"))?;
        if let Some(found) = definition_in(cache, &paths, name) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn definition_in(
    cache: &Cache<'_>,
    paths: &[String],
    name: &str,
) -> Option<(Arc<Indexed>, Location)> {
    let finder = memmem::Finder::new(name);
    for path in paths {
        let text = cache.tree().bytes_if_there(path).unwrap_or_default();
        if finder.find(&text).is_none() {
            continue;
        }
        let Some(indexed) = cache.file(path) else {
            continue;
        };
        let defines = |found: &Occurrence| match found.kind {
            Kind::Function { is_static, .. } => !is_static,
            Kind::Variable => place::defines_variable(&indexed.file, found.location.start),
            _ => false,
        };
        let places = indexed.file.occurrences(&[name], &mut Conditions::new());
        if let Some(place) = places.into_iter().find(defines) {
            return Some((indexed, place.location));
        }
    }
    None
}

/// The gate that can be closed while the feature is on; `None` if no gate can, or if that is undecided.
fn closed_gate(
    cache: &Cache<'_>,
    model: &Model,
    spec: &Spec,
    kconfig: &symbols::Facts,
    source: &str,
) -> Option<Gate> {
    let arch = format!("arch/{}", model.srcarch);
    let mut ways = kbuild::of_object(cache.tree(), source, &arch)?;
    // With a second way the object may be there when the first one is closed.
    let (Some(way), true) = (ways.pop(), ways.is_empty()) else {
        return None;
    };
    way.into_iter().find(|gate| {
        let is_own = spec.kconfig.iter().any(|term| *term.symbol == *gate.symbol);
        !is_own && may_be_off(model, &gate.symbol, &kconfig.selects)
    })
}
