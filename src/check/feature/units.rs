//! Owns what the translation units of one architecture say about a feature.

use std::sync::Arc;

use crate::check::error::CheckError;
use crate::check::feature::callers::Caller;
use crate::check::feature::{headers, markers, objects, undefs};
use crate::cpp::cache::Cache;
use crate::cpp::include::SearchPath;
use crate::cpp::reach::may_reach;
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kbuild;
use crate::kconfig::model::Model;

/// Describes what the translation units of one architecture say about a feature.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// Uses of wrappers without the header that defines them, by path.
    pub missing_includes: Vec<MissingInclude>,
    /// Markers in the architecture's headers that nothing defines, or nothing looks at.
    pub stale: Vec<markers::Stale>,
    /// Places that undefine what the hooks need and leave the feature on.
    pub undefs: Arc<Vec<undefs::Undef>>,
    /// Holds what hooks need and may not get when the kernel is linked.
    pub lacking: Arc<Vec<objects::Needed>>,
}

/// Returns what the translation units of the model's architecture say about a feature, with what was found out about `undefs` and what is
/// `lacking`.
///
/// # Errors
///
/// The tree cannot be read.
pub fn facts<'m>(
    cache: &Cache<'_>,
    (arch, model): (&str, &dyn Fn() -> &'m Model),
    spec: &Spec,
    callers: &[Caller],
    headers: &headers::Facts,
    undefs: Arc<Vec<undefs::Undef>>,
    lacking: Arc<Vec<objects::Needed>>,
) -> Result<Facts, CheckError> {
    Ok(Facts {
        lacking,
        undefs,
        stale: markers::in_headers(cache.tree(), arch, spec, &headers.own_names, callers)?,
        missing_includes: missing_includes(
            cache,
            (arch, model),
            spec,
            callers,
            &headers.wrapper_headers,
        ),
    })
}

/// A use of a wrapper in a unit that does not include the header that defines it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct MissingInclude {
    /// The wrapper.
    pub wrapper: String,
    /// Its first use.
    pub location: Location,
}

/// The callers of wrappers whose units do not reach any of the headers that define them on the model's architecture. Silent
/// where an include cannot be followed, and where the object may not be built on the architecture.
fn missing_includes<'m>(
    cache: &Cache<'_>,
    (arch, model): (&str, &dyn Fn() -> &'m Model),
    spec: &Spec,
    callers: &[Caller],
    headers: &[Arc<str>],
) -> Vec<MissingInclude> {
    let mut missing = Vec::new();
    let mut path = None;
    if headers.is_empty() {
        return missing;
    }
    for caller in callers {
        let foreign = caller.arch().is_some_and(|of| of != arch);
        // A header is read where others include it, and they may have included the rest before.
        if caller.reaches
            || foreign
            || !caller.path.ends_with(".c")
            || caller.provides(&spec.wrappers)
        {
            continue;
        }
        if caller.uses(&spec.wrappers).next().is_none() {
            continue;
        }
        // The model comes last: most callers reach a header, and then it need not be there.
        let path = path.get_or_insert_with(|| SearchPath::new(cache, arch));
        path.enter_unit(cache, &caller.path);
        if may_reach(cache, path, &caller.path, headers) {
            continue;
        }
        let first = caller
            .uses(&spec.wrappers)
            .find(|place| !caller.is_left_out(place, model()));
        let Some(first) = first.filter(|_| is_built(cache, model(), &caller.path)) else {
            continue;
        };
        missing.push(MissingInclude {
            wrapper: first.name.to_string(),
            location: first.location.clone(),
        });
    }
    missing
}

/// Whether kbuild's lists say for sure that the architecture can build the object.
fn is_built(cache: &Cache<'_>, model: &Model, source: &str) -> bool {
    let declared = |name: &str| {
        model
            .find(name)
            .is_some_and(|symbol| model.is_defined(symbol))
    };
    let arch = format!("arch/{}", model.srcarch);
    let from = if source.starts_with(&format!("{arch}/")) {
        &arch
    } else {
        ""
    };
    kbuild::of_object(cache.tree(), source, from).is_some_and(|ways| {
        ways.iter()
            .any(|gates| gates.iter().all(|gate| declared(&gate.symbol)))
    })
}
