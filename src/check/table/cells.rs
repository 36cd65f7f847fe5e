//! Owns the cells of one architecture: what each table says of it beside what Kconfig says.
//!
//! The verdict itself comes from [`Engine::support`].

use crate::check::support::engine::{Engine, Support};
use crate::check::support::mention::Files;
use crate::check::support::question::{self, Example};
use crate::check::support::verdict::Supported;
use crate::check::table::matrix::{Agreement, Cell, Documented, Row};
use crate::feature::arch_support::Status;
use crate::feature::name::Term;
use crate::kconfig::model::{Model, Type};
use crate::kconfig::solve::Prepared;
use crate::kconfig::sources::{Name, Sources};
use crate::tree::TreeError;

/// The cells of all rows on the architecture of the model.
///
/// # Errors
///
/// The architecture's directory cannot be listed.
pub(in crate::check) fn cells(
    sources: &Sources<'_>,
    model: &Model,
    rows: &[Row],
) -> Result<Vec<Cell>, TreeError> {
    let files = Files::of_arch(sources, &model.srcarch, &|path| {
        model
            .files
            .iter()
            .any(|source| **source.file.path() == *path)
    })?;
    let prepared = Prepared::new(model);
    let mut engine = Engine::with_mentions(&prepared, &files);
    let cells = rows.iter().map(|row| {
        let documented = documented(model, row);
        let terms = row.spec.as_ref().map_or(&[][..], |spec| &spec.kconfig);
        let support = match &row.spec {
            Some(_) => engine.support(terms),
            None => Support::undecided("the table names no Kconfig symbol".to_owned()),
        };
        let agreement = agreement(documented.as_ref(), &support, row.is_negated());
        Cell {
            arch: model.srcarch.clone(),
            agreement,
            documented,
            declared: terms.iter().any(|term| engine.declared(term).is_some()),
            example: (agreement == Agreement::Denied && support.condition.is_some())
                .then(|| example(&engine, terms))
                .flatten(),
            instead: if agreement == Agreement::Claimed {
                instead(&mut engine, &sources.all_names(), terms)
            } else {
                Vec::new()
            },
            supported: support.supported,
            condition: support.condition,
            reason: support.reason,
            evidence: support.evidence,
            contract: None,
            defconfigs: None,
        }
    });
    Ok(cells.collect())
}

/// The cell of a row that nobody asked about: what the table says, and no verdict.
pub(in crate::check) fn open(model: &Model, row: &Row) -> Cell {
    Cell {
        arch: model.srcarch.clone(),
        documented: documented(model, row),
        supported: Supported::Undecided,
        condition: None,
        agreement: Agreement::Open,
        // Not asked is not undeclared.
        declared: true,
        example: None,
        instead: Vec::new(),
        reason: None,
        evidence: Vec::new(),
        contract: None,
        defconfigs: None,
    }
}

/// The status of a model's architecture in the table.
fn documented(model: &Model, row: &Row) -> Option<Documented> {
    let of_row = row.table.as_ref()?.row(&model.srcarch)?;
    Some(Documented {
        status: of_row.status.clone(),
        location: of_row.status_location.clone(),
    })
}

/// How the table compares with what Kconfig says. `negated` says that the feature is there where its symbols are off.
fn agreement(documented: Option<&Documented>, support: &Support, negated: bool) -> Agreement {
    match (documented.map(|of| &of.status), support.supported) {
        (None | Some(Status::Other(_)), _) | (_, Supported::Undecided) => Agreement::Open,
        (Some(Status::Supported), Supported::Yes) => Agreement::Agrees,
        (Some(Status::Supported), Supported::No) => Agreement::Claimed,
        (Some(_), Supported::No) => Agreement::Agrees,
        (Some(Status::Todo), Supported::Yes) if negated && support.condition.is_some() => {
            Agreement::Agrees
        }
        (Some(_), Supported::Yes) => Agreement::Denied,
    }
}

/// A configuration that has the feature.
fn example(engine: &Engine<'_, '_>, terms: &[Term]) -> Option<Example> {
    question::ask(&mut engine.fresh_solver(), &engine.has(terms))
        .example()
        .cloned()
}

/// The symbols among `names` that can be on and whose names continue that of a term after `_`.
fn instead(engine: &mut Engine<'_, '_>, names: &[Name], terms: &[Term]) -> Vec<String> {
    let model = engine.model();
    let mut found = Vec::new();
    for name in names {
        let is_longer = |term: &Term| {
            let rest = name.strip_prefix(&*term.symbol);
            rest.is_some_and(|rest| rest.starts_with('_'))
        };
        if !terms.iter().any(is_longer) {
            continue;
        }
        let symbol = model.find(name).filter(|&symbol| {
            let is_logical = matches!(
                model.symbol(symbol).type_,
                Some(Type::Bool | Type::Tristate)
            );
            is_logical && model.is_defined(symbol)
        });
        if symbol.is_some_and(|symbol| engine.can_be_on(symbol)) {
            found.push(name.to_string());
        }
    }
    found.sort_unstable();
    found
}
