//! Owns definitions of hooks that clash with what a header says in the file of the definition: a `static` one of a hook that the header
//! declares for other files, and one whose name a macro of the header takes for an invocation of itself.

use rustc_hash::FxHashMap;

use super::{Hook, Search, Subject, Twice};
use crate::check::feature::code::Body;
use crate::check::feature::place;
use crate::check::support::formula::off_on;
use crate::cpp::condition::Condition;
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Definition, Question, presence};
use crate::cpp::scan::{DirectiveKind, File};
use crate::diag::Location;

impl Search<'_, '_, '_, '_, '_> {
    /// A `static` definition of the hook in a source file that is built, with the declaration in a header that makes it one for other files
    /// in the same configuration.
    pub(super) fn hidden(&mut self, hook: &Hook<'_>) -> Option<Twice> {
        let Subject { own, model, .. } = *self.subject;
        let hidden = own
            .places(hook.name)
            .map_or(&[][..], |places| &places.hidden);
        let mut imported = FxHashMap::default();
        for body in hidden {
            let path = &*body.location.path;
            let (built, entry) = match body.is_certain {
                true => {
                    let conditions = &mut self.conditions;
                    let built = conditions.import(&own.conditions, body.condition, &mut imported);
                    let built = conditions.assume(built, &|atom| off_on(model, atom));
                    (built, path.to_owned())
                }
                false => match self.built_with(path) {
                    Some(found) => found,
                    None => continue,
                },
            };
            let is_meant = |file: &File, one: &Definition| {
                let is_static = place::words_before(file, one.location.start)
                    .any(|word| matches!(word, "static" | "inline"));
                matches!(one.kind, Kind::Prototype | Kind::Variable) && !is_static
            };
            if let Some(clash) = self.clash(hook, (built, &entry), body, &is_meant) {
                return Some(clash);
            }
        }
        None
    }

    /// A function of a source file that is built, with a macro of a header that takes another number of arguments than the function has
    /// parameters: the preprocessor does not get past the definition.
    pub(super) fn taken_by_macro(&mut self, hook: &Hook<'_>) -> Option<Twice> {
        let has_macro = hook
            .definitions
            .iter()
            .any(|(_, one)| one.kind == Kind::FunctionMacro);
        if !has_macro {
            return None;
        }
        let cache = self.subject.cache;
        let certain = hook.bodies.iter().filter(|(_, body)| body.is_certain);
        for &(built, body) in certain {
            let Some(source) = cache.file(&body.location.path) else {
                continue;
            };
            let Some(given) = arguments(&source.file.text, body.location.end) else {
                continue;
            };
            let is_meant = |file: &File, one: &Definition| {
                one.kind == Kind::FunctionMacro
                    && parameters(file, one.location.start).is_some_and(|taken| taken != given)
            };
            if let Some(clash) = self.clash(hook, (built, &body.location.path), body, &is_meant) {
                return Some(clash);
            }
        }
        None
    }

    /// A definition of the hook in a header that the file of a body, or one that includes that, includes before the body, and which
    /// `is_meant` says clashes with it.
    fn clash(
        &mut self,
        hook: &Hook<'_>,
        (built, entry): (Condition, &str),
        body: &Body,
        is_meant: &dyn Fn(&File, &Definition) -> bool,
    ) -> Option<Twice> {
        let Subject { cache, model, .. } = *self.subject;
        let path = &body.location.path;
        let source = cache.file(path)?;
        let is_renamed = source.file.directives.iter().any(|directive| {
            let (DirectiveKind::Define { name, .. } | DirectiveKind::Undef(name)) = directive.kind
            else {
                return false;
            };
            name.of(&source.file.text) == hook.name
        });
        let mut unit = presence(
            cache,
            &Question {
                srcarch: &model.srcarch,
                entry,
                names: &[hook.name],
            },
        );
        if is_renamed || unit.reached.is_some() {
            return None;
        }
        let found: Vec<Definition> = unit.of(hook.name).cloned().collect();
        let own = found.iter().find(|one| one.location == body.location)?;
        let meant = found.iter().find(|one| {
            let file = cache.file(&one.location.path);
            one.location.path != *path
                && comes_before(one, own)
                && file.is_some_and(|file| is_meant(&file.file, one))
        })?;
        // Another macro of the name may be the one that counts.
        let others = found.iter().filter(|one| {
            one.kind.is_macro() && one.kind != Kind::SelfMacro && one.location != meant.location
        });
        let others: Vec<Condition> = others.map(|one| one.condition).collect();
        let others = unit.conditions.any(others);
        let here = unit.conditions.and(own.condition, meant.condition);
        let here = unit.conditions.and_not(here, others);
        let here = unit.conditions.assume(here, &|atom| off_on(model, atom));
        let here = self
            .conditions
            .import(&unit.conditions, here, &mut FxHashMap::default());
        let both = self.conditions.and(here, built);
        let both = self.bound(both, false);
        if !self.conditions.is_satisfiable(both) {
            return None;
        }
        let example = self.example(both, None)?;
        Some(Twice {
            hook: hook.name.to_owned(),
            places: [body.location.clone(), meant.location.clone()],
            example,
        })
    }
}

/// Whether the compiler reads one definition of a unit before another one.
fn comes_before(one: &Definition, other: &Definition) -> bool {
    let places = |of: &Definition| -> Vec<Location> {
        let last = std::iter::once(&of.location);
        of.chain.iter().chain(last).cloned().collect()
    };
    let (one, other) = (places(one), places(other));
    let mut pairs = one.iter().zip(&other);
    pairs
        .find(|(one, other)| one != other)
        .is_some_and(|(one, other)| one.path == other.path && one.start < other.start)
}

/// How many parameters the macro takes whose name stands at a place; `None` where it takes any number.
fn parameters(file: &File, at: u32) -> Option<usize> {
    let directive = file.directive_at(at)?;
    let DirectiveKind::Define {
        parameters: Some(list),
        ..
    } = directive.kind
    else {
        return None;
    };
    let list = list.of(&file.text);
    match list.trim() {
        "" => Some(0),
        list if list.contains("...") => None,
        list => Some(list.split(',').count()),
    }
}

/// How many arguments a macro gets where its name ends at a place: none between empty parentheses. `None` where what follows is no
/// invocation, or one that may be read in two ways.
fn arguments(text: &str, at: u32) -> Option<usize> {
    let behind = text.get(at as usize..)?.trim_start().strip_prefix('(')?;
    let (mut depth, mut commas) = (0_usize, 0);
    for (index, c) in behind.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => {
                let list = behind[..index].trim();
                let is_empty = list.is_empty() && commas == 0;
                return Some(if is_empty { 0 } else { commas + 1 });
            }
            ')' => depth -= 1,
            ',' if depth == 0 => commas += 1,
            '#' | '/' | '"' | '{' | ';' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_counted_as_the_preprocessor_does() {
        for (text, count) in [
            ("hook()", Some(0)),
            ("hook (void)\n{", Some(1)),
            ("hook(int a, void (*f)(int, int))", Some(2)),
            ("hook(int a /* , */)", None),
            ("hook;", None),
            ("hook(int a", None),
        ] {
            assert_eq!(arguments(text, 4), count, "{text}");
        }
        for (text, count) in [
            ("#define hook() 1\n", Some(0)),
            ("#define hook(a, b) 1\n", Some(2)),
            ("#define hook(a, ...) 1\n", None),
            ("#define hook(args...) 1\n", None),
            ("#define hook 1\n", None),
        ] {
            let file = File::parse("x.h".into(), text);
            assert_eq!(parameters(&file, 8), count, "{text}");
        }
    }
}
