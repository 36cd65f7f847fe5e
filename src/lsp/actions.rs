//! Owns code actions: the safe fixes of findings, and entries of `kfeat.yaml` that suppress them with a reason.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::document::Document;
use super::finding::{self, to_range};
use super::requests::Texts;
use super::root::Root;
use super::server::{SHOW, Server};
use super::text::Lines;
use super::uri;
use crate::check::run::suppression;
use crate::diag::Diagnostic;
use crate::feature::configuration::FILE;

/// Stands for the reason until the user writes one.
const REASON: &str = "FIXME: say why this is correct as it is";

/// Code actions for the findings on the lines of a range.
pub(super) fn actions(
    server: &Server<'_>,
    document: &Document,
    root: &Root,
    params: &Value,
) -> Value {
    let Ok(range) = serde_json::from_value::<lsp_types::Range>(params["range"].clone()) else {
        return json!([]);
    };
    let only = params["context"]["only"].as_array();
    let is_wanted = |kind: &Value| {
        kind.as_str()
            .is_some_and(|kind| "quickfix".starts_with(kind))
    };
    if only.is_some_and(|only| !only.iter().any(is_wanted)) {
        return json!([]);
    }
    let text_of = |path: &str| root.tree.read_text(path).ok();
    let (mut fixes, mut suppressions) = (Vec::new(), Vec::new());
    for finding in &document.shown {
        let place = to_range(&finding.primary.location, &document.text, &document.lines);
        // On the line of a finding, for that is where editors show it.
        if place.start.line > range.end.line || range.start.line > place.end.line {
            continue;
        }
        let (text, lines) = (&document.text, &document.lines);
        let diagnostics = json!([finding::to_json(finding, text, lines, &root.path, &text_of)]);
        if let Some(fix) = &finding.fix
            && let Some(changes) = fix_changes(server, document, root, finding)
        {
            fixes.push(json!({
                "title": fix.title,
                "kind": "quickfix",
                "diagnostics": diagnostics,
                "edit": { "changes": changes },
            }));
        }
        if let Some((edit, command)) = suppress(server, document, root, finding) {
            let mut action = json!({
                "title": format!("suppress `{}` here with a reason, in {FILE}", finding.lint),
                "kind": "quickfix",
                "diagnostics": diagnostics,
                "edit": edit,
            });
            if let Some(command) = command {
                action["command"] = command;
            }
            suppressions.push(action);
        }
    }
    fixes.append(&mut suppressions);
    json!(fixes)
}

/// The edits of a finding's fix, by URI; `None` where a file cannot be read.
fn fix_changes(
    server: &Server<'_>,
    document: &Document,
    root: &Root,
    finding: &Diagnostic,
) -> Option<Map<String, Value>> {
    let mut texts = Texts::new(root);
    let mut changes: Map<String, Value> = Map::new();
    for edit in &finding.fix.as_ref()?.edits {
        let path = &*edit.location.path;
        let (uri, _) = known_as(server, document, root, path);
        let (text, lines) = texts.get(path)?;
        let (start, end) = (edit.location.start as usize, edit.location.end as usize);
        let edit = json!({ "range": lines.range(text, start, end), "newText": edit.text });
        match changes.get_mut(&uri) {
            Some(Value::Array(edits)) => edits.push(edit),
            _ => {
                changes.insert(uri, json!([edit]));
            }
        }
    }
    Some(changes)
}

/// The URI of a file of the tree as the editor has it, and the version if it is open.
fn known_as(
    server: &Server<'_>,
    document: &Document,
    root: &Root,
    path: &str,
) -> (String, Option<i64>) {
    let mut open = server.documents.values();
    match open.find(|of| of.root == document.root && *of.path == *path) {
        Some(open) => (open.uri.clone(), open.version),
        None => (uri::from_path(&root.path.join(path)), None),
    }
}

/// The edit that suppresses a finding, and the command that shows where the reason has to be written; `None` where the tree's own file
/// is not the one that counts, or is written in a way in which nothing can be added.
fn suppress(
    server: &Server<'_>,
    document: &Document,
    root: &Root,
    finding: &Diagnostic,
) -> Option<(Value, Option<Value>)> {
    if root.policy.as_ref()?.suppressions.given.is_some() {
        return None;
    }
    let old = root.tree.read_text(FILE).ok();
    let (bytes, added) = entry(old.as_deref().unwrap_or_default(), finding)?;
    let at = bytes.start;
    let (uri, version) = known_as(server, document, root, FILE);
    let mut new = old.clone().unwrap_or_default();
    let replaced = Lines::new(&new).range(&new, at, bytes.end);
    new.replace_range(bytes, &added);
    let edits = json!([{ "range": replaced, "newText": added }]);
    let form = server.settings.form;
    let edit = if form.versions {
        let mut changes = Vec::new();
        if old.is_none() && form.creation {
            changes.push(
                json!({ "kind": "create", "uri": uri, "options": { "ignoreIfExists": true } }),
            );
        }
        changes.push(json!({ "textDocument": { "uri": uri, "version": version }, "edits": edits }));
        json!({ "documentChanges": changes })
    } else {
        let mut changes = Map::new();
        changes.insert(uri.clone(), edits);
        json!({ "changes": changes })
    };
    let start = at + added.find(REASON)?;
    let range = Lines::new(&new).range(&new, start, start + REASON.len());
    let command = server.settings.shows_documents.then(
        || json!({ "title": "write the reason", "command": SHOW, "arguments": [uri, range] }),
    );
    Some((edit, command))
}

/// The bytes of `kfeat.yaml` that are replaced to suppress a finding, and by what. Only an empty list in brackets is replaced.
fn entry(old: &str, finding: &Diagnostic) -> Option<(Range<usize>, String)> {
    let count = |text: &str| suppression::read(FILE, text).map(|list| list.len());
    let before = if old.trim().is_empty() {
        0
    } else {
        count(old).ok()?
    };
    let mut start = 0;
    let mut field = None;
    for line in old.split_inclusive('\n') {
        if let Some(value) = line.strip_prefix("suppress:") {
            let value = value.trim();
            if value.is_empty() || value.starts_with('#') {
                field = Some(start + line.len()..start + line.len());
            } else if value == "[]" {
                field = Some(start..start + line.len());
            }
        }
        start += line.len();
    }
    let is_list = field.as_ref().is_some_and(Range::is_empty);
    let head = if is_list { "" } else { "suppress:\n" };
    let bytes = field.unwrap_or(old.len()..old.len());
    let at = bytes.start;
    let newline = match old[..at].ends_with('\n') || at == 0 {
        true => "",
        false => "\n",
    };
    // As the entries that are there.
    let first = old[at..]
        .lines()
        .find(|line| line.trim_start().starts_with('-'));
    let indent = match first.filter(|_| is_list) {
        Some(line) => &line[..line.len() - line.trim_start().len()],
        None => "  ",
    };
    let mut fields = vec![format!("lint: {}", finding.lint)];
    if !finding.archs.is_empty() {
        fields.push(format!("arch: [{}]", finding.archs.join(", ")));
    }
    if let Some(symbol) = &finding.symbol {
        fields.push(format!("symbol: {}", scalar(symbol)));
    }
    fields.push(format!("file: {}", scalar(&finding.primary.location.path)));
    fields.push(format!("reason: \"{REASON}\""));
    let added = format!(
        "{newline}{head}{indent}- {}\n",
        fields.join(&format!("\n{indent}  "))
    );
    let mut new = old.to_owned();
    new.replace_range(bytes.clone(), &added);
    (count(&new).ok()? == before + 1).then_some((bytes, added))
}

/// A text as YAML reads it back.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.' | '-');
    let starts_plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    // Words that stand for something else.
    let is_word = matches!(
        &*text.to_ascii_lowercase(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    match starts_plain && text.chars().all(is_plain) && !is_word {
        true => text.to_owned(),
        false => json!(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Label, Level, Location};

    fn finding() -> Diagnostic {
        let place = Location::in_text("mm/Kconfig".into(), b"config A\n", 0, 6);
        let mut finding =
            Diagnostic::new("undeclared-name", Level::Warn, "x", Label::new(place, ""));
        finding.symbol = Some("A".to_owned());
        finding.archs = vec!["arm64".to_owned()];
        finding
    }

    #[test]
    fn an_entry_is_added_to_any_list() {
        for old in [
            "",
            "suppress:\n",
            "suppress: []\n",
            "suppress: []",
            "suppress: []\nwarn: [names]\n",
            "suppress: # a comment\n",
            "suppress: # a comment\n  - lint: unmet-dependency\n    reason: x\n",
            "warn: [names]\n",
            "warn: [names]",
            "suppress:\n- lint: unmet-dependency\n  reason: x\n",
            "suppress:\n    - lint: unmet-dependency\n      reason: x\nwarn: [names]\n",
        ] {
            let (bytes, added) = entry(old, &finding()).unwrap_or_else(|| panic!("{old:?}"));
            let mut new = old.to_owned();
            new.replace_range(bytes, &added);
            let list = suppression::read(FILE, &new).unwrap();
            let one = list
                .iter()
                .find(|one| &*one.lint == "undeclared-name")
                .unwrap();
            assert_eq!(one.reason, REASON);
            assert_eq!(one.symbol_name(), Some("A"));
            assert_eq!(one.file.as_deref(), Some("mm/Kconfig"));
        }
        let flow = "suppress: [{ lint: unmet-dependency, reason: x }]\n";
        assert_eq!(entry(flow, &finding()), None);
        assert_eq!(entry("nonsense", &finding()), None);
    }

    #[test]
    fn scalars_are_read_back() {
        assert_eq!(scalar("mm/Kconfig.debug"), "mm/Kconfig.debug");
        assert_eq!(scalar("64BIT"), "\"64BIT\"");
        assert_eq!(scalar("NO"), "\"NO\"");
    }
}
