//! Owns what makefiles say about the objects of one architecture where the gates of their lists ([`crate::kbuild::gates`]) do not tell:
//! `obj-y += machine_kexec_$(BITS).o`, lists in conditionals of make, and lists that are included; and which gate is closed.

use rustc_hash::FxHashMap;

use crate::check::feature::code::Body;
use crate::check::support::formula::off_on;
use crate::check::support::question::Example;
use crate::check::support::types::Types;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Condition, Conditions};
use crate::diag::Location;
use crate::kbuild::Gate;
use crate::kbuild::objects::Objects;
use crate::kconfig::model::Model;

/// The makefiles of one architecture, read when the first object is asked about.
pub(super) struct Makefiles<'a> {
    cache: &'a Cache<'a>,
    model: &'a Model,
    types: &'a Types<'a>,
    objects: Option<Objects<'a>>,
    imported: FxHashMap<Condition, Condition>,
    known: FxHashMap<Box<str>, Option<Condition>>,
}

impl<'a> Makefiles<'a> {
    /// None is read yet.
    pub(super) fn new(cache: &'a Cache<'a>, model: &'a Model, types: &'a Types<'a>) -> Self {
        Self {
            cache,
            model,
            types,
            objects: None,
            imported: FxHashMap::default(),
            known: FxHashMap::default(),
        }
    }

    /// When the object of a source file becomes a part of the kernel or of a module; `None` where that is not known.
    pub(super) fn built(&mut self, source: &str, conditions: &mut Conditions) -> Option<Condition> {
        if let Some(known) = self.known.get(source) {
            return *known;
        }
        let (cache, model) = (self.cache, self.model);
        let objects = self.objects.get_or_insert_with(|| {
            Objects::new(cache.tree(), self.types, &model.srcarch, &model.srcarch)
        });
        let built = objects.built(source);
        // An object that only a rule makes is part of something else.
        let is_known = built.unknown.is_empty() && built.rule == Condition::FALSE;
        let known = is_known.then(|| {
            let any = objects.conditions.or(built.kernel, built.module);
            let any = conditions.import(&objects.conditions, any, &mut self.imported);
            conditions.assume(any, &|atom| off_on(model, atom))
        });
        self.known.insert(source.into(), known);
        known
    }
}

/// The gate that keeps one of some bodies out of an example, with the place of the body; that of the architecture's own one before
/// others.
pub(super) fn closed_gate<'b>(
    bodies: impl Iterator<Item = &'b Body>,
    example: &Example,
) -> Option<(Gate, Location)> {
    let is_closed = |gate: &Gate| {
        let start = format!("CONFIG_{}=", gate.symbol);
        let mut lines = example.lines.iter();
        !lines.any(|line| line.starts_with(&start))
    };
    let gates = bodies.filter_map(|body| {
        let gate = body.gate.as_ref().filter(|gate| is_closed(gate))?;
        Some((gate.clone(), body.location.clone()))
    });
    gates.min_by_key(|(_, body)| !body.path.starts_with("arch/"))
}
