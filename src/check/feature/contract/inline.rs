//! Owns uses of a hook that come into a source file from another one: what an inline function or a macro of a header calls is needed
//! where something that is built calls the function, and a source file may be a part of another.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::named::includers;
use super::{Hook, MAX_USES, Missing, Search, is_of_kind};
use crate::check::error::CheckError;
use crate::check::feature::code::{self, Use};
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition};
use crate::cpp::lex::{Kind as TokenKind, Lexer};
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Question, presence};
use crate::cpp::scan::DirectiveKind;
use crate::feature::hook;

/// The macros that are defined where the assembler reads a file.
const ASSEMBLER: [&str; 2] = ["__ASSEMBLY__", "__ASSEMBLER__"];

/// How many names are searched for on the way from one hook to what is built.
const MAX_SEARCHES: usize = 6;

/// How many callers of one name are asked about.
const MAX_CALLERS: usize = 64;

/// A way from a hook to the code that uses it.
struct Way {
    /// The inline functions and macros that call one another, the one that uses the hook first, each with its header.
    names: Vec<(Box<str>, Arc<str>)>,
    /// When all of them are compiled.
    used: Condition,
    /// When they are, and the hook is not there.
    bare: Condition,
}

/// The result of a search for the callers at the end of a way.
enum Callers {
    /// A caller that is built and does not get the hook.
    Missing(Box<Missing>),
    /// The ways on through inline functions.
    Ways(Vec<Way>),
}

impl Search<'_, '_, '_, '_, '_> {
    /// The condition of a use where the compiler reads it, which does not define what says that the assembler does (`Makefile`:
    /// `KBUILD_AFLAGS`).
    pub(super) fn for_compiler(&mut self, condition: Condition, place: &Use) -> Condition {
        if place.location.path.ends_with(".S") {
            return condition;
        }
        let known = |atom: &Atom| match atom {
            Atom::Macro(name) => ASSEMBLER.contains(&&**name).then_some(false),
            _ => None,
        };
        self.conditions.assume(condition, &known)
    }

    /// A use of a hook in an inline function or a macro of a header that generic code calls, also through other inline functions, in a
    /// configuration with the feature in which the hook is not there; `None` where none is known.
    pub(super) fn lacking_in_headers(
        &mut self,
        hooks: &[Hook<'_>],
        hook: &Hook<'_>,
        (there, declared): (Condition, Condition),
    ) -> Result<Option<Missing>, CheckError> {
        let cache = self.subject.cache;
        let mut searches = MAX_SEARCHES;
        for &(condition, place) in &hook.uses {
            // The compiler may drop a branch of what a macro becomes, but has to know the names in it.
            let (name, there) = match (&place.within_inline, &place.within_macro) {
                (Some(function), _) => (function, there),
                // Another name for the hook stands for it wherever it is used.
                (None, Some(name)) if stands_for(cache, place) => (name, there),
                (None, Some(name)) if place.location.path.ends_with(".h") => (name, declared),
                _ => continue,
            };
            let used = self.with(condition, true);
            let mut used = self.for_compiler(used, place);
            if place.within_inline.is_none() {
                // Callers are asked whether they have this macro and no other one of its name.
                let own = |atom: &Atom| match atom {
                    Atom::Macro(of) => (**of == **name).then_some(false),
                    _ => None,
                };
                used = self.conditions.assume(used, &own);
            }
            let used = self.bound(used, false);
            let bare = self.conditions.and_not(used, there);
            if !self.is_possible(bare, true) {
                continue;
            }
            let mut ways = vec![Way {
                names: vec![(name.clone(), place.location.path.clone())],
                used,
                bare,
            }];
            let mut next = 0;
            while let Some(way) = ways.get(next)
                && searches > 0
            {
                searches -= 1;
                match self.lacking_in_callers(hooks, hook, place, way)? {
                    Callers::Missing(missing) => return Ok(Some(*missing)),
                    Callers::Ways(more) => ways.extend(more),
                }
                next += 1;
            }
        }
        Ok(None)
    }

    /// The same for the callers of the last inline function or macro of a way: source files, or other inline functions.
    fn lacking_in_callers(
        &mut self,
        hooks: &[Hook<'_>],
        hook: &Hook<'_>,
        place: &Use,
        way: &Way,
    ) -> Result<Callers, CheckError> {
        let (cache, model) = (self.subject.cache, self.subject.model);
        let Some((name, _)) = way.names.last() else {
            return Ok(Callers::Ways(Vec::new()));
        };
        let is_value = way.names.len() == 1 && stands_for(cache, place);
        let code = code::generic(cache, &cache.wanted(&[name]))?;
        let callers = code.places(name).map_or(&[][..], |places| &places.uses);
        let callers = callers
            .iter()
            .filter(|caller| caller.may_be_of(&model.srcarch))
            .filter(|caller| is_call(cache, caller) || is_value);
        let mut imported = FxHashMap::default();
        let (mut ways, mut looked_at) = (Vec::new(), 0);
        for caller in callers.take(MAX_CALLERS) {
            // A file has a function from a header or defines it for itself, not both.
            let is_certain = caller.is_certain || caller.is_certain_but_own;
            if !is_certain && caller.within_inline.is_none() {
                continue;
            }
            let called = self.used(hook, &code, caller, &mut imported);
            let used = self.conditions.and(way.used, called);
            let bare = self.conditions.and(way.bare, called);
            if looked_at >= MAX_USES || !self.is_possible(bare, true) {
                continue;
            }
            looked_at += 1;
            if let Some(function) = &caller.within_inline {
                let is_known = way.names.iter().any(|(known, _)| known == function);
                let mut names = way.names.clone();
                names.push((function.clone(), caller.location.path.clone()));
                ways.extend((!is_known).then_some(Way { names, used, bare }));
            } else if self.is_meant(way, caller)
                && let Some(missing) = self.confirm(hooks, hook, place, Some(caller), used, true)?
            {
                return Ok(Callers::Missing(Box::new(missing)));
            }
        }
        Ok(Callers::Ways(ways))
    }

    /// Whether the functions and macros of a way are those that a caller has, and not others of these names.
    fn is_meant(&self, way: &Way, caller: &Use) -> bool {
        let names: Vec<&str> = way.names.iter().map(|(name, _)| &**name).collect();
        let unit = presence(
            self.subject.cache,
            &Question {
                srcarch: &self.subject.model.srcarch,
                entry: &caller.location.path,
                names: &names,
            },
        );
        let mut names = way.names.iter();
        unit.reached.is_none()
            && names.all(|(name, path)| {
                let mut definitions = unit.of(name).filter(|one| one.kind != Kind::Prototype);
                // A function of the caller's own is another configuration's, a macro the one that counts.
                definitions.all(|one| {
                    let is_own = one.location.path == caller.location.path && !one.kind.is_macro();
                    is_own || one.location.path == *path
                })
            })
    }

    /// When the makefiles build a source file, by itself or as a part of another one, and which file the compiler reads then; `None` where
    /// that is not known.
    pub(super) fn built_with(&mut self, source: &str) -> Option<(Condition, String)> {
        let built = (self.built)(source, &mut self.conditions);
        if let Some(built) = built.filter(|&built| built != Condition::FALSE) {
            return Some((built, source.to_owned()));
        }
        includers(self.subject.cache, source)
            .into_iter()
            .find_map(|includer| {
                let built = (self.built)(&includer, &mut self.conditions)?;
                (built != Condition::FALSE).then_some((built, includer))
            })
    }
}

/// The words of types that the address of a function is converted to.
const TYPES: &[&str] = &[
    "char",
    "int",
    "long",
    "short",
    "signed",
    "u32",
    "u64",
    "uintptr_t",
    "unsigned",
    "void",
];

/// Whether a use is all that a macro without parameters in a header stands for, but for parentheses and conversions, as in
/// `#define ADDR ((unsigned long)name)`.
fn stands_for(cache: &Cache<'_>, place: &Use) -> bool {
    let Some(file) = cache.file(&place.location.path) else {
        return false;
    };
    let file = &file.file;
    let directive = file.directive_at(place.location.start);
    let Some(DirectiveKind::Define {
        parameters: None,
        body,
        ..
    }) = directive.map(|directive| &directive.kind)
    else {
        return false;
    };
    let tokens = Lexer::new(&file.text, body.start as usize, body.end as usize);
    let mut rest = tokens.filter(|token| token.span.start != place.location.start);
    file.path.ends_with(".h")
        && rest.all(|token| match token.kind {
            TokenKind::Punctuation(byte) => matches!(byte, b'(' | b')' | b'*' | b'&'),
            TokenKind::Identifier => TYPES.contains(&token.span.of(&file.text)),
            _ => false,
        })
}

/// Whether a use is the call of a function: a word may also be a member or the name of a type.
fn is_call(cache: &Cache<'_>, place: &Use) -> bool {
    let Some(file) = cache.file(&place.location.path) else {
        return false;
    };
    let behind = file.file.text.get(place.location.end as usize..);
    behind.is_some_and(|behind| behind.trim_start().starts_with('('))
        && is_of_kind(cache, hook::Kind::Function, place)
}
