//! Owns requests that read all files of a tree: renaming, and references in C files and makefiles that are not open. They are answered
//! in a thread of their own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use lsp_server::{ErrorCode, RequestId};
use serde_json::{Value, json};

use super::mentions::{self, Group, OfFile, PREFIX, Wanted};
use super::rename::{self, EditForm, Open};
use super::server::{Answer, Event};
use super::uri;
use crate::tree::Tree;

/// Purpose of a search: how the places that it finds are used.
pub(super) enum Purpose {
    /// They are told, after those that are known already.
    References(Vec<Value>),
    /// They get another name, and so do the words of Kconfig files.
    Rename {
        /// The new name.
        new: String,
        /// Whether the symbol with `_MODULE` behind the new name is another one.
        module_is_other: bool,
        /// The words of Kconfig files.
        kconfig: Vec<OfFile>,
        /// The forms of edits that the editor supports.
        form: EditForm,
    },
}

/// A question.
pub(super) struct Query {
    /// The request that is answered.
    pub id: RequestId,
    /// The tree, with the open files on top.
    pub tree: Tree,
    /// Its directory, as the editor names it.
    pub root: PathBuf,
    /// The open files.
    pub open: Open,
    /// The symbol.
    pub name: String,
    /// Whether the symbol with `_MODULE` behind its name is another one.
    pub module_is_other: bool,
    /// The purpose of the search.
    pub purpose: Purpose,
    /// Whether nobody wants to know any more.
    pub is_cancelled: Arc<AtomicBool>,
}

/// Answers until nobody asks any more.
pub(super) fn run(queries: &Receiver<Query>, events: &Sender<Event>) {
    for query in queries {
        let id = query.id.clone();
        if query.is_cancelled.load(Ordering::Relaxed) {
            continue;
        }
        // A panic is a bug; it costs this answer and not the editor's session.
        let answer = std::panic::AssertUnwindSafe(|| answer(query));
        let answer = std::panic::catch_unwind(answer)
            .unwrap_or_else(|_| Err((ErrorCode::InternalError, "internal error".to_owned())));
        if events.send(Event::Answer(id, answer)).is_err() {
            return;
        }
    }
}

fn answer(query: Query) -> Answer {
    let uri_of = |path: &str| match query.open.get(path) {
        Some((uri, _)) => uri.clone(),
        None => uri::from_path(&query.root.join(path)),
    };
    let mut wanted = vec![Wanted {
        name: &query.name,
        module_is_other: query.module_is_other,
    }];
    if let Purpose::Rename {
        new,
        module_is_other,
        ..
    } = &query.purpose
    {
        wanted.push(Wanted {
            name: new,
            module_is_other: *module_is_other,
        });
    }
    let is_rename = wanted.len() > 1;
    let is_meant = |path: &str| is_rename || Group::has_references(path);
    // Nothing tells the server of a new file of C code.
    let tree = query.tree.anew();
    let found =
        tree.and_then(|tree| mentions::find(&tree, &wanted, &is_meant, &query.is_cancelled));
    let found = found.map_err(|error| (ErrorCode::RequestFailed, error.to_string()))?;
    let Some(found) = found else {
        return Err((ErrorCode::RequestCanceled, "cancelled".to_owned()));
    };
    let mut found = found.into_iter();
    let mut places = found.next().unwrap_or_default();
    match query.purpose {
        Purpose::References(mut all) => {
            for file in places {
                let uri = uri_of(&file.path);
                all.extend(file.places.into_iter().map(|mut range| {
                    range.start.character -= PREFIX.len() as u32;
                    json!({ "uri": uri, "range": range })
                }));
            }
            Ok(json!(all))
        }
        Purpose::Rename {
            new, kconfig, form, ..
        } => {
            let clash = found.next().unwrap_or_default();
            if let Some(file) = clash.iter().find(|file| file.group.is_read_by_builds()) {
                let line = file.places.first().map_or(0, |range| range.start.line) + 1;
                let why = format!("`{PREFIX}{new}` is already used in {}:{line}", file.path);
                return Err((ErrorCode::RequestFailed, why));
            }
            places.extend(kconfig);
            Ok(rename::edit(places, &new, form, &query.open, &uri_of))
        }
    }
}

/// Paths with places, from places that are sorted by path.
pub(super) fn by_file(places: Vec<(String, lsp_types::Range)>) -> Vec<OfFile> {
    let mut files: BTreeMap<String, Vec<lsp_types::Range>> = BTreeMap::new();
    for (path, range) in places {
        files.entry(path).or_default().push(range);
    }
    let files = files.into_iter();
    files
        .map(|(path, places)| OfFile {
            path,
            group: Group::Kconfig,
            places,
        })
        .collect()
}
