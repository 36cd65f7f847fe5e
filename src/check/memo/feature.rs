//! Owns the pieces of one feature on one architecture: how each is made, and which other pieces it is made from.

use std::cell::RefCell;
use std::sync::Arc;

use super::built::Built;
use super::piece::{Piece, View};
use crate::check::error::CheckError;
use crate::check::feature::subject::OnArch;
use crate::check::feature::{
    callers, code, contract, declared, exports, headers, marked, objects, symbols, undefs, units,
};
use crate::check::support::engine::{Engine, Support};
use crate::check::support::proof;
use crate::cpp::cache::Cache;
use crate::cpp::condition::Conditions;
use crate::cpp::presence::Presence;
use crate::cpp::wanted::Wanted;
use crate::feature::spec::Spec;
use crate::kconfig::model::{Model, SymbolId};

/// The pieces of one feature on one architecture.
#[derive(Clone, Debug)]
pub(super) struct FeaturePieces {
    /// Whether its hooks are needed only where something uses them.
    pub is_open: bool,
    /// Where the headers name it.
    pub named: Piece<headers::Named>,
    /// Its definitions in headers.
    pub defined: Piece<Option<Presence>>,
    /// The facts from headers, and their parts.
    pub found: Piece<Found>,
    pub headers: Piece<headers::Facts>,
    pub guards: Piece<headers::Guards>,
    pub when: Piece<Option<headers::When>>,
    pub symbols: Piece<symbols::Facts>,
    pub support: Piece<Support>,
    pub proof: Piece<proof::Proof>,
    pub contract: Piece<contract::Facts>,
    pub users: Piece<Vec<exports::User>>,
    pub sites: Piece<undefs::Sites>,
    pub arrivals: Piece<Vec<undefs::UnitArrival>>,
    pub undefs: Piece<Vec<undefs::Undef>>,
    pub lacking: Piece<Vec<objects::Needed>>,
    pub units: Piece<units::Facts>,
}

impl FeaturePieces {
    /// The facts that the lints look at.
    pub fn on(&self, arch: &str) -> OnArch {
        OnArch {
            arch: arch.to_owned(),
            symbols: self.symbols.value.clone(),
            support: self.support.value.clone(),
            headers: self.headers.value.clone(),
            proof: self.proof.value.clone(),
            units: self.units.value.clone(),
            contract: self.contract.value.clone(),
        }
    }
}

/// The facts about a feature in headers, and when its hooks are present.
#[derive(Debug)]
pub(super) struct Found {
    pub headers: Arc<headers::Facts>,
    pub guards: Arc<headers::Guards>,
    pub when: Arc<Option<headers::When>>,
}

impl Found {
    fn new(headers: headers::Facts, when: Option<headers::When>) -> Self {
        Self {
            guards: headers.guards().into(),
            headers: headers.into(),
            when: when.into(),
        }
    }
}

/// How many features of an architecture are looked at alone, and reach a limit again, before no other one is.
const MAX_ALONE: usize = 4;

/// Selects the definitions of one feature from those of all features with the same entry header. Where a limit was reached on the way
/// to all of them, the headers are followed once more for this feature alone; `alone` counts those that reach a limit then, too.
pub(super) fn defined(
    (view, cache): (View<'_>, &Cache<'_>),
    spec: &Spec,
    arch: &str,
    entries: &[(String, Piece<Presence>)],
    known: Option<&FeaturePieces>,
    alone: &mut usize,
) -> Result<Piece<Option<Presence>>, CheckError> {
    let entry = spec
        .entry_header
        .as_deref()
        .filter(|_| !spec.hooks.is_empty());
    let of_entry = entry.and_then(|_| match spec.wrappers.is_empty() {
        true => entries.last(),
        false => {
            let headers = spec.headers_on(arch).join(" ");
            entries.iter().find(|(key, _)| *key == headers)
        }
    });
    let of_entry = of_entry.map(|(_, of_entry)| of_entry);
    let inputs: Vec<_> = of_entry.into_iter().map(Piece::content).collect();
    let is_limited = |presence: &Presence| presence.reached.is_some();
    let is_tried = *alone < MAX_ALONE && of_entry.is_some_and(|of| is_limited(&of.value));
    let piece = view.piece(known.map(|of| &of.defined), &inputs, |view| {
        if is_tried {
            let (headers, names) = (spec.headers_on(arch), spec.names());
            let cache = cache.through(view);
            let found = headers::defined(&cache, arch, &headers, &names);
            return Ok::<_, CheckError>(Some(found));
        }
        Ok(of_entry.map(|of_entry| of_entry.value.only(&spec.names())))
    })?;
    let piece = piece.or(known.map(|of| &of.defined));
    let found = (*piece.value).as_ref();
    *alone += usize::from(is_tried && found.is_some_and(is_limited));
    Ok(piece)
}

/// A feature on the architecture of a model.
pub(super) struct FeatureOnArch<'a, 'e, 'm> {
    pub view: View<'a>,
    pub cache: &'a Cache<'a>,
    pub spec: &'a Spec,
    pub model: &'a Piece<Built>,
    /// One for all features of the architecture, made when it is first asked.
    pub engine: &'a dyn Fn() -> &'a RefCell<Engine<'e, 'm>>,
    pub callers: &'a Piece<Vec<callers::Caller>>,
    /// The symbols of the model that are selected and not declared.
    pub undeclared: &'a dyn Fn() -> &'a [SymbolId],
    pub names: &'a Wanted,
    /// Uses of the hooks in generic code.
    pub generic: &'a Piece<code::Code>,
    /// Uses of the hooks in the architecture's own code, if some feature needs them.
    pub code: Option<&'a Piece<code::Code>>,
}

/// The pieces that both kinds of features have.
struct SharedPieces {
    named: Piece<headers::Named>,
    symbols: Piece<symbols::Facts>,
    support: Piece<Support>,
}

impl FeatureOnArch<'_, '_, '_> {
    fn model(&self) -> &Model {
        self.model.value.model()
    }

    /// The pieces that every feature has; `wants_own` says whether names that look like its own markers are looked for.
    fn shared_pieces(
        &self,
        known: Option<&FeaturePieces>,
        wants_own: bool,
    ) -> Result<SharedPieces, CheckError> {
        let &Self {
            view, cache, spec, ..
        } = self;
        let named = view.piece(known.map(|of| &of.named), &[], |view| {
            headers::named(
                &cache.through(view),
                &self.model.value.srcarch,
                spec,
                wants_own,
            )
        })?;
        let of_model = [self.model.content()];
        let symbols = view.piece(known.map(|of| &of.symbols), &of_model, |view| {
            let cache = cache.through(view);
            // Nothing is concluded from what cannot be read.
            let is_declared = |name: &str| declared::declares(&cache, name).unwrap_or(true);
            let undeclared = (self.undeclared)();
            Ok::<_, CheckError>(symbols::facts(self.model(), spec, undeclared, &is_declared))
        })?;
        let support = view.piece(known.map(|of| &of.support), &of_model, |_| {
            Ok::<_, CheckError>((self.engine)().borrow_mut().support(&spec.kconfig))
        })?;
        Ok(SharedPieces {
            named,
            symbols,
            support,
        })
    }

    /// The pieces of a feature whose hooks are needed only where something uses them.
    pub fn contract_pieces(
        &self,
        defined: Piece<Option<Presence>>,
        known: Option<&FeaturePieces>,
    ) -> Result<FeaturePieces, CheckError> {
        let &Self { view, spec, .. } = self;
        let SharedPieces {
            named,
            mut symbols,
            mut support,
        } = self.shared_pieces(known, false)?;
        if spec.kconfig.is_empty() {
            let inputs = [self.model.content(), defined.content()];
            symbols = view.piece(known.map(|of| &of.symbols), &inputs, |_| {
                let mut engine = (self.engine)().borrow_mut();
                let (_, symbols) = marked::support(spec, &defined.value, engine.asker());
                Ok::<_, CheckError>(symbols)
            })?;
            support = view.piece(known.map(|of| &of.support), &inputs, |_| {
                let mut engine = (self.engine)().borrow_mut();
                let (support, _) = marked::support(spec, &defined.value, engine.asker());
                Ok::<_, CheckError>(support)
            })?;
        }
        let inputs = [self.model.content(), named.content(), defined.content()];
        let found = view.piece(known.map(|of| &of.found), &inputs, |_| {
            let headers = headers::of_contract(self.model(), &named.value, &defined.value);
            Ok::<_, CheckError>(Found::new(headers, None))
        })?;
        let inputs = [self.model.content()];
        let proof = view.piece(known.map(|of| &of.proof), &inputs, |_| {
            let mut engine = (self.engine)().borrow_mut();
            Ok::<_, CheckError>(proof::prove_selects(spec, engine.asker()))
        })?;
        let contract = self.contract(&defined, known)?;
        Ok(FeaturePieces {
            is_open: true,
            named,
            defined,
            headers: found.part(known.map(|of| &of.headers), |found| found.headers.clone()),
            guards: Piece::default(),
            when: Piece::default(),
            found,
            symbols,
            support,
            proof,
            contract,
            users: Piece::default(),
            sites: Piece::default(),
            arrivals: Piece::default(),
            undefs: Piece::default(),
            lacking: Piece::default(),
            units: Piece::default(),
        })
    }

    /// How the architecture breaks the contract; nothing where its own code was not needed.
    fn contract(
        &self,
        defined: &Piece<Option<Presence>>,
        known: Option<&FeaturePieces>,
    ) -> Result<Piece<contract::Facts>, CheckError> {
        let mut inputs = vec![
            self.model.content(),
            defined.content(),
            self.generic.content(),
        ];
        inputs.extend(self.code.map(Piece::content));
        self.view
            .piece(known.map(|of| &of.contract), &inputs, |view| {
                let cache = self.cache.through(view);
                match self.code {
                    Some(own) => {
                        let subject = contract::Subject {
                            cache: &cache,
                            model: self.model(),
                            spec: self.spec,
                            names: self.names,
                            generic: &self.generic.value,
                            own: &own.value,
                        };
                        let mut engine = (self.engine)().borrow_mut();
                        contract::facts(&subject, (*defined.value).as_ref(), engine.asker())
                    }
                    None => Ok(contract::Facts::default()),
                }
            })
    }

    /// The pieces of a feature whose hooks are needed wherever it is on.
    pub fn pieces(
        &self,
        defined: Piece<Option<Presence>>,
        known: Option<&FeaturePieces>,
    ) -> Result<FeaturePieces, CheckError> {
        let &Self {
            view, cache, spec, ..
        } = self;
        let of_model = self.model.content();
        let SharedPieces {
            named,
            symbols,
            support,
        } = self.shared_pieces(known, true)?;
        let inputs = [of_model, named.content(), defined.content()];
        let found = view.piece(known.map(|of| &of.found), &inputs, |view| {
            let (cache, defined) = (cache.through(view), defined.value.as_ref().as_ref());
            let (headers, when) = headers::facts(&cache, self.model(), spec, &named.value, defined);
            Ok::<_, CheckError>(Found::new(headers, when))
        })?;
        let headers = found.part(known.map(|of| &of.headers), |found| found.headers.clone());
        let guards = found.part(known.map(|of| &of.guards), |found| found.guards.clone());
        let when = found.part(known.map(|of| &of.when), |found| found.when.clone());
        // It rests on the conditions and not on the places, and it is what takes longest.
        let inputs = [of_model, when.content()];
        let proof = view.piece(known.map(|of| &of.proof), &inputs, |_| {
            let mut engine = (self.engine)().borrow_mut();
            let none = Conditions::new();
            let (conditions, hooks) = match &*when.value {
                Some(when) => (&when.conditions, &*when.hooks),
                None => (&none, &[][..]),
            };
            Ok::<_, CheckError>(proof::prove(&mut engine, spec, conditions, hooks))
        })?;
        let of = known.map(|of| &of.sites);
        let sites = view.piece(of, &[guards.content()], |view| {
            undefs::sites(
                &cache.through(view),
                &self.model.value.srcarch,
                spec,
                &headers.value,
            )
        })?;
        let sites = sites.or(of);
        let of = known.map(|of| &of.users);
        let inputs = [of_model, self.callers.content(), symbols.content()];
        let users = view.piece(of, &inputs, |view| {
            let cache = cache.through(view);
            let (callers, symbols) = (&self.callers.value, &symbols.value);
            let users = objects::modular_users(&cache, self.model(), spec, callers, symbols);
            Ok::<_, CheckError>(users)
        })?;
        let users = users.or(of);
        // From here on the places count, too.
        let of = known.map(|of| &of.arrivals);
        let inputs = [headers.content(), sites.content()];
        let arrivals = view.piece(of, &inputs, |view| {
            let (cache, arch) = (cache.through(view), &self.model.value.srcarch);
            let arrivals = undefs::arrivals(&cache, arch, spec, &headers.value, &sites.value);
            Ok::<_, CheckError>(arrivals)
        })?;
        let arrivals = arrivals.or(of);
        let of = known.map(|of| &of.undefs);
        let inputs = [
            of_model,
            headers.content(),
            symbols.content(),
            sites.content(),
            arrivals.content(),
        ];
        let undefs = view.piece(of, &inputs, |view| {
            let cache = cache.through(view);
            let (headers, symbols) = (&headers.value, &symbols.value);
            let units = (&*sites.value, &**arrivals.value);
            let model = || self.model();
            let undefs = undefs::undefs(&cache, &model, spec, headers, symbols, units);
            Ok::<_, CheckError>(undefs)
        })?;
        let undefs = undefs.or(of);
        let of = known.map(|of| &of.lacking);
        let inputs = [
            of_model,
            headers.content(),
            symbols.content(),
            users.content(),
        ];
        let lacking = view.piece(of, &inputs, |view| {
            let (users, headers, symbols) = (&users.value, &headers.value, &symbols.value);
            objects::lacking(
                &cache.through(view),
                (&self.model.value.srcarch, &|| self.model()),
                spec,
                users,
                headers,
                symbols,
            )
        })?;
        let lacking = lacking.or(of);
        let inputs = [
            of_model,
            headers.content(),
            self.callers.content(),
            undefs.content(),
            lacking.content(),
        ];
        let units = view.piece(known.map(|of| &of.units), &inputs, |view| {
            let (undefs, lacking) = (undefs.value.clone(), lacking.value.clone());
            let cache = cache.through(view);
            let (callers, headers) = (&self.callers.value, &headers.value);
            units::facts(
                &cache,
                (&self.model.value.srcarch, &|| self.model()),
                spec,
                callers,
                headers,
                undefs,
                lacking,
            )
        })?;
        // Most such hooks are inline functions, and the architecture's sources say nothing about them.
        let contract = match contract::promises_bodies(spec, (*defined.value).as_ref()) {
            true => self.contract(&defined, known)?,
            false => Piece::default(),
        };
        Ok(FeaturePieces {
            is_open: false,
            named,
            defined,
            found,
            headers,
            guards,
            when,
            symbols,
            support,
            proof,
            contract,
            users,
            sites,
            arrivals,
            undefs,
            lacking,
            units,
        })
    }
}
