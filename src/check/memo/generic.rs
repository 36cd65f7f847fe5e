//! Owns the pieces that all architectures share: where generic code names the features, and what it does with them.

use std::sync::Arc;

use super::piece::{Piece, View};
use crate::check::error::CheckError;
use crate::check::feature::near::Near;
use crate::check::feature::{callers, code};
use crate::check::tree::whole;
use crate::cpp::cache::Cache;
use crate::cpp::wanted::Wanted;
use crate::feature::spec::Spec;
use crate::tree::Change;

/// The pieces that all architectures share.
#[derive(Debug)]
pub(super) struct GenericCode {
    /// Where the features are named, if only near the core is searched.
    pub near: Option<Near>,
    /// By feature: the files near the core that name it.
    pub paths: Vec<Piece<Vec<String>>>,
    /// The files that hold the name of a hook.
    pub holding: Piece<Vec<String>>,
    /// Uses of the hooks.
    pub code: Piece<code::Code>,
    /// By feature: who uses its names.
    pub callers: Vec<Piece<Vec<callers::Caller>>>,
}

/// The question, and the files to look for answers in.
pub(super) struct Asked<'a> {
    pub view: View<'a>,
    pub cache: &'a Cache<'a>,
    pub specs: &'a [&'a Spec],
    /// The hooks of all features.
    pub names: &'a Wanted,
    /// Files in which users are looked for besides.
    pub besides: &'a Arc<[String]>,
    /// The survey of the whole tree, if there is one; then it knows the users.
    pub survey: Option<&'a Piece<whole::Survey>>,
}

impl GenericCode {
    /// The pieces of a tree. `before` is what the tree before had, and what has changed since.
    ///
    /// # Errors
    ///
    /// The tree cannot be read.
    pub fn find(asked: &Asked<'_>, before: Option<(&Self, &[Change])>) -> Result<Self, CheckError> {
        let Asked {
            view,
            cache,
            specs,
            names,
            besides,
            survey,
        } = *asked;
        let changes = before.map(|(_, changes)| changes);
        let before = before.map(|(before, _)| before);
        let near = match survey {
            Some(_) => None,
            None => {
                let known = before.and_then(|before| before.near.as_ref());
                Some(Near::find(
                    cache,
                    specs,
                    besides,
                    names,
                    known.zip(changes),
                )?)
            }
        };
        let known = before.map(|before| &before.holding);
        let holding = view.piece(None, &[], |_| {
            let before = known.map(|known| known.value.as_slice());
            code::holding(cache, names, before.zip(changes))
        })?;
        let holding = holding.or(known);
        let known = before.map(|before| &before.code);
        let code = view.piece(known, &[holding.content()], |view| {
            code::generic_in(&cache.through(view), names, &holding.value)
        })?;
        let mut found = Self {
            near,
            paths: Vec::new(),
            holding,
            code: code.or(known),
            callers: Vec::new(),
        };
        for (index, spec) in specs.iter().enumerate() {
            let known = before.and_then(|before| before.callers.get(index));
            let callers = match survey {
                Some(survey) => view.piece(known, &[survey.content()], |view| {
                    let paths = &survey.value.named[index];
                    Ok::<_, CheckError>(callers::in_files(&cache.through(view), spec, paths))
                })?,
                None => {
                    let named = view.piece(None, &[], |_| {
                        let near = found.near.as_ref();
                        let named = near.map(|near| near.of_feature(index, spec));
                        Ok::<_, CheckError>(named.unwrap_or_default())
                    })?;
                    let named = named.or(before.and_then(|before| before.paths.get(index)));
                    let callers = view.piece(known, &[named.content()], |view| {
                        let cache = cache.through(view);
                        Ok::<_, CheckError>(callers::in_near_files(&cache, spec, &named.value))
                    })?;
                    found.paths.push(named);
                    callers
                }
            };
            found.callers.push(callers.or(known));
        }
        Ok(found)
    }
}
