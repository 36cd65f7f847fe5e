//! Owns renaming a symbol: which names are refused, and the edit that an editor shows and applies.
//!
//! Every file of the tree that names the symbol is changed; how each kind of file is annotated, so that the user confirms it, is said
//! by [`Group`]. It must not read files.

use std::collections::BTreeMap;

use lsp_types::Range;
use serde_json::{Map, Value, json};

use super::mentions::{Group, OfFile, PREFIX};
use super::text::is_word;
use crate::kconfig::syntax::is_keyword;

/// Forms of edits over several files that the editor supports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EditForm {
    /// Edits that belong to a version of a file.
    pub versions: bool,
    /// Annotations, which ask the user.
    pub annotations: bool,
    /// Files that an edit creates.
    pub creation: bool,
}

impl EditForm {
    /// Reads what the editor says of itself.
    pub fn new(capabilities: &Value) -> Self {
        let edit = &capabilities["workspace"]["workspaceEdit"];
        let versions = edit["documentChanges"].as_bool() == Some(true);
        let operations = edit["resourceOperations"].as_array();
        Self {
            versions,
            annotations: versions && edit["changeAnnotationSupport"].is_object(),
            creation: versions && operations.is_some_and(|all| all.contains(&json!("create"))),
        }
    }
}

/// The name that a user wants, without the prefix that it may have been written with.
///
/// # Errors
///
/// No symbol can be called so.
pub(super) fn new_name(text: &str) -> Result<&str, String> {
    let name = text.trim();
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    if name.is_empty() || !name.chars().all(is_word) {
        return Err(format!(
            "`{name}` is not a valid name: use letters, digits and `_`"
        ));
    }
    if matches!(name, "y" | "n" | "m") || is_keyword(name) {
        return Err(format!("`{name}` is a keyword of Kconfig"));
    }
    if is_number(name) {
        return Err(format!("`{name}` is a number"));
    }
    Ok(name)
}

/// Whether Kconfig reads a word as a number.
fn is_number(name: &str) -> bool {
    let hex = name.strip_prefix("0x").or_else(|| name.strip_prefix("0X"));
    match hex {
        Some(digits) => !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => name.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// The URI and the version of an open file.
pub(super) type Open = BTreeMap<String, (String, Option<i64>)>;

/// The edit that gives the name at each place another text.
pub(super) fn edit(
    files: Vec<OfFile>,
    new: &str,
    form: EditForm,
    open: &Open,
    uri_of: &dyn Fn(&str) -> String,
) -> Value {
    let mut by_path: BTreeMap<String, Vec<(Range, Group)>> = BTreeMap::new();
    for file in files {
        let places = file.places.into_iter().map(|range| (range, file.group));
        by_path.entry(file.path).or_default().extend(places);
    }
    let mut used = Vec::new();
    let mut files = Vec::new();
    let mut changes = Map::new();
    for (path, mut places) in by_path {
        places.sort_by_key(|(range, _)| (range.start.line, range.start.character));
        places.dedup_by_key(|(range, _)| range.start);
        let edits = places.into_iter().map(|(range, group)| {
            let mut edit = json!({ "range": range, "newText": new });
            if form.annotations {
                edit["annotationId"] = json!(group.words().0);
            }
            if !used.contains(&group) {
                used.push(group);
            }
            edit
        });
        let edits: Vec<Value> = edits.collect();
        let (uri, version) = match open.get(&path) {
            Some((uri, version)) => (uri.clone(), *version),
            None => (uri_of(&path), None),
        };
        if form.versions {
            files.push(
                json!({ "textDocument": { "uri": uri, "version": version }, "edits": edits }),
            );
        } else {
            changes.insert(uri, json!(edits));
        }
    }
    if !form.versions {
        return json!({ "changes": changes });
    }
    let mut edit = json!({ "documentChanges": files });
    if form.annotations {
        let all = Group::ALL.into_iter().filter(|group| used.contains(group));
        let annotations = all.map(|group| {
            let (id, label) = group.words();
            (
                id.to_owned(),
                json!({ "label": label, "needsConfirmation": true }),
            )
        });
        edit["changeAnnotations"] = json!(annotations.collect::<Map<String, Value>>());
    }
    edit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_name_has_to_be_one() {
        assert_eq!(new_name("CONFIG_NEW_1"), Ok("NEW_1"));
        assert_eq!(new_name(" NEW "), Ok("NEW"));
        for bad in [
            "", "CONFIG_", "A-B", "A B", "y", "if", "12", "0x1f", "\u{e9}",
        ] {
            assert!(new_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_edit_says_as_much_as_the_editor_understands() {
        let range = |line| {
            Range::new(
                lsp_types::Position::new(line, 1),
                lsp_types::Position::new(line, 2),
            )
        };
        let file = |path: &str, group| OfFile {
            path: path.to_owned(),
            group,
            places: vec![range(2), range(1)],
        };
        let files = || vec![file("a", Group::Kconfig), file("b", Group::Code)];
        let open = Open::from([("b".to_owned(), ("open:b".to_owned(), Some(7)))]);
        let uri_of = |path: &str| format!("file:{path}");
        let plain = edit(files(), "N", EditForm::default(), &open, &uri_of);
        assert_eq!(plain["changes"]["open:b"][0]["range"]["start"]["line"], 1);
        let form = EditForm {
            versions: true,
            annotations: true,
            creation: false,
        };
        let full = edit(files(), "N", form, &open, &uri_of);
        assert_eq!(
            full["documentChanges"][1]["textDocument"],
            json!({ "uri": "open:b", "version": 7 })
        );
        assert_eq!(
            full["documentChanges"][0]["edits"][0]["annotationId"],
            "kconfig"
        );
        assert_eq!(full["changeAnnotations"]["code"]["needsConfirmation"], true);
        assert!(full["changeAnnotations"].get("tables").is_none());
    }
}
