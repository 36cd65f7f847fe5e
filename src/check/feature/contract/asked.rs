//! Owns what an architecture lacks although no code names it, because the spec asks for it, required headers and fallbacks, or because an
//! entry header includes it.

use rustc_hash::FxHashMap;

use super::{Hook, Missing, Search, Subject};
use crate::check::error::CheckError;
use crate::check::feature::code::Use;
use crate::check::feature::{headers, required};
use crate::check::support::formula::off_on;
use crate::check::support::question::Example;
use crate::cpp::condition::{Condition, Conditions};
use crate::cpp::include::{Resolution, SearchPath};
use crate::cpp::scan::{DirectiveKind, Target};
use crate::diag::Location;
use crate::kconfig::solve::{self, Formula, Node, Value};

impl Search<'_, '_, '_, '_, '_> {
    /// That the name is not there without the feature, although the spec says that generic code defines it then. Where it would not be
    /// there with the feature either, as under `#ifdef CONFIG_PCI`, nobody can use it; nor where the symbol is off because what it
    /// depends on is.
    pub(super) fn no_fallback(&mut self, hook: &Hook<'_>) -> Option<Missing> {
        let mut definitions = hook.definitions.iter();
        let (_, with) = definitions.find(|(_, definition)| hook.is_provided_by(definition))?;
        let wanted = self.with(hook.declared, true);
        let wanted = self.bound(wanted, false);
        let declared = self.with(hook.declared, false);
        let declared = self.bound(declared, true);
        let bare = self.conditions.and_not(wanted, declared);
        if !self.conditions.is_satisfiable(bare) {
            return None;
        }
        let question = self.where_it_may_be(bare);
        let example = self.example_of(&question)?;
        Some(Missing {
            hook: hook.name.to_owned(),
            used: with.location.clone(),
            is_used: false,
            example,
            declared: None,
            gate: None,
            unlisted: None,
            elsewhere: None,
        })
    }

    /// A condition without the feature, where the dependencies of one of its symbols hold.
    fn where_it_may_be(&mut self, condition: Condition) -> solve::Question {
        let question = self.question(condition, Some(false));
        let model = self.subject.model;
        let terms = self.subject.spec.kconfig.iter();
        let symbols = terms.filter_map(|term| model.find(&term.symbol));
        let entries = symbols.flat_map(|symbol| model.definitions(symbol));
        let mut formula = Formula::new();
        let ways = entries.map(|entry| model.entry(entry).dependency);
        let ways: Vec<_> = ways
            .map(|dependency| formula.add(Node::Expr(dependency, Value::On)))
            .collect();
        if ways.is_empty() {
            return question;
        }
        formula.add(Node::Or(ways));
        question.and_formula(formula)
    }

    /// The headers that the spec requires and the architecture lacks.
    pub(super) fn no_header(
        &mut self,
    ) -> Result<Vec<(String, Option<Location>, Example)>, CheckError> {
        let &Subject {
            cache, model, spec, ..
        } = self.subject;
        let mut lacking = Vec::new();
        for header in &spec.required_headers {
            if required::has_header(cache, &model.srcarch, header) {
                continue;
            }
            let (conditions, places) = required::includes(cache, header)?;
            let mut imported = FxHashMap::default();
            let mut found = None;
            for (place, condition) in places {
                let condition = self
                    .conditions
                    .import(&conditions, condition, &mut imported);
                let own = &mut self.conditions;
                let condition = own.assume(condition, &|atom| off_on(model, atom));
                let condition = self.with(condition, true);
                let condition = self.bound(condition, false);
                if self.conditions.is_satisfiable(condition)
                    && let Some(example) = self.example(condition, Some(true))
                {
                    found = Some((Some(place), example));
                    break;
                }
            }
            let found = found.or_else(|| {
                let example = self.example(Condition::TRUE, Some(true))?;
                Some((None, example))
            });
            if let Some((place, example)) = found {
                lacking.push((header.to_string(), place, example));
            }
        }
        Ok(lacking)
    }

    /// The headers of the architecture that an entry header includes with the feature, in code that is built, and that are not there.
    pub(super) fn no_included_header(
        &mut self,
        hooks: &[Hook<'_>],
    ) -> Result<Vec<(String, Option<Location>, Example)>, CheckError> {
        let &Subject {
            cache, model, spec, ..
        } = self.subject;
        let mut lacking = Vec::new();
        let mut path = None;
        for entry in spec.headers_on(&model.srcarch) {
            let Some(entry) = cache.file(&headers::entry_path(cache, &model.srcarch, entry)) else {
                continue;
            };
            let file = &entry.file;
            for directive in &file.directives {
                let DirectiveKind::Include(Target::Angle(name)) = directive.kind else {
                    continue;
                };
                let header = name.of(&file.text);
                if !header.starts_with("asm/")
                    || required::has_header(cache, &model.srcarch, header)
                {
                    continue;
                }
                // A platform may have it, or a build make it.
                let path = path.get_or_insert_with(|| SearchPath::new(cache, &model.srcarch));
                if path.angle(cache, header) != Resolution::Missing {
                    continue;
                }
                let mut conditions = Conditions::new();
                let condition = file.condition_at(directive.span.start, &mut conditions);
                let own = &mut self.conditions;
                let condition = own.import(&conditions, condition, &mut FxHashMap::default());
                let condition = own.assume(condition, &|atom| off_on(model, atom));
                let condition = self.with(condition, true);
                let place = Use::at(file.location(directive.span), condition);
                let condition = self.for_compiler(condition, &place);
                let condition = self.bound(condition, false);
                if self.is_possible(condition, true)
                    && let Some(example) = self.compiled(hooks, &place, condition, true)?
                {
                    lacking.push((header.to_owned(), Some(place.location), example));
                }
            }
        }
        Ok(lacking)
    }
}
