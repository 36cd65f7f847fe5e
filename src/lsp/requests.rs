//! Owns the answers to requests about a place or a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use lsp_server::{ErrorCode, Request};
use lsp_types::Position;
use serde_json::{Map, Value, json};

use super::document::{Content, Document};
use super::finding::to_range;
use super::hover::{About, Query};
use super::index::{Role, Site, Symbols};
use super::root::Root;
use super::server::{Reply, Server};
use super::text::Lines;
use super::{complete, finding, outline, uri};
use crate::kconfig::sources::each_statement;
use crate::kconfig::syntax::{PropertyKind, Span, StatementKind};

/// Most symbols of one answer to `workspace/symbol`.
const MAX_SYMBOLS: usize = 500;

/// Most symbols that a hover names as those that select another one.
const MAX_SELECTORS: usize = 20;

/// Answers a request.
pub(super) fn answer(server: &mut Server<'_>, request: &Request) -> Reply {
    let params = &request.params;
    match &*request.method {
        "workspace/symbol" => return workspace_symbols(server, params),
        "textDocument/hover"
        | "textDocument/definition"
        | "textDocument/references"
        | "textDocument/documentSymbol"
        | "textDocument/foldingRange"
        | "textDocument/completion"
        | "textDocument/codeAction" => {}
        method => {
            return Reply::Error(
                ErrorCode::MethodNotFound,
                format!("there is no method `{method}`"),
            );
        }
    }
    let Some(uri) = params["textDocument"]["uri"].as_str() else {
        return Reply::Error(
            ErrorCode::InvalidParams,
            "`textDocument.uri` is missing".to_owned(),
        );
    };
    // Of a file that is not open, or of no tree, nothing is known.
    let Some(document) = server.documents.get(uri) else {
        return Reply::Now(Value::Null);
    };
    let Some(root) = server.root_of(document) else {
        return Reply::Now(Value::Null);
    };
    match &*request.method {
        "textDocument/documentSymbol" => return Reply::Now(json!(outline::symbols(document))),
        "textDocument/foldingRange" => return Reply::Now(json!(outline::folds(document))),
        "textDocument/codeAction" => return Reply::Now(actions(server, document, root, params)),
        _ => {}
    }
    let Ok(position) = serde_json::from_value::<Position>(params["position"].clone()) else {
        return Reply::Error(
            ErrorCode::InvalidParams,
            "`position` is missing or wrong".to_owned(),
        );
    };
    let Some(symbols) = root.symbols(&server.documents, document.root) else {
        return Reply::Wait;
    };
    let offset = document.lines.offset(&document.text, position);
    let at = At {
        documents: &server.documents,
        document,
        root,
        symbols,
        offset,
    };
    match &*request.method {
        "textDocument/definition" => Reply::Now(at.definition()),
        "textDocument/references" => {
            let with_declaration = params["context"]["includeDeclaration"].as_bool();
            Reply::Now(at.references(with_declaration.unwrap_or(true)))
        }
        "textDocument/completion" => {
            let declared = || {
                let all = at.symbols.declared().into_iter();
                all.map(|(name, type_)| (name.to_owned(), type_))
                    .collect::<BTreeMap<_, _>>()
            };
            Reply::Now(complete::items(document, position, &declared))
        }
        _ => {
            let Some((range, before, after, about)) = at.hover() else {
                return Reply::Now(Value::Null);
            };
            let Some(models) = root.models.clone() else {
                return Reply::Wait;
            };
            let query = Query {
                id: request.id.clone(),
                range,
                before,
                after,
                about,
                models,
                is_cancelled: Arc::default(),
            };
            server.ask(query);
            Reply::Later
        }
    }
}

/// A place in an open file.
struct At<'s> {
    documents: &'s BTreeMap<String, Document>,
    document: &'s Document,
    root: &'s Root,
    symbols: Symbols<'s>,
    offset: usize,
}

/// Reads texts of a tree, each once.
struct Texts<'s> {
    root: &'s Root,
    known: BTreeMap<String, Option<(String, Lines)>>,
}

impl<'s> Texts<'s> {
    fn new(root: &'s Root) -> Self {
        Self {
            root,
            known: BTreeMap::new(),
        }
    }

    fn get(&mut self, path: &str) -> Option<&(String, Lines)> {
        let root = self.root;
        let read = self.known.entry(path.to_owned()).or_insert_with(|| {
            let text = root.tree.read_text(path).ok()?;
            let lines = Lines::new(&text);
            Some((text, lines))
        });
        read.as_ref()
    }

    /// The place of some bytes, as the protocol writes it.
    fn location(&mut self, path: &str, span: Span) -> Option<Value> {
        let uri = uri::from_path(&self.root.path.join(path));
        let (text, lines) = self.get(path)?;
        let range = lines.range(text, span.start as usize, span.end as usize);
        Some(json!({ "uri": uri, "range": range }))
    }

    fn line(&mut self, path: &str, span: Span) -> u32 {
        self.get(path).map_or(0, |(text, lines)| {
            lines.position(text, span.start as usize).line
        }) + 1
    }
}

impl At<'_> {
    fn definition(&self) -> Value {
        if let Some(path) = self.sourced() {
            let uri = uri::from_path(&self.root.path.join(&path));
            let start = Position::new(0, 0);
            let range = lsp_types::Range::new(start, start);
            return match self.root.tree.is_file(&path) {
                true => json!([{ "uri": uri, "range": range }]),
                false => Value::Null,
            };
        }
        let Some((_, name)) = self.document.symbol_at(self.offset) else {
            return Value::Null;
        };
        let sites = self.symbols.sites(name).into_iter();
        let declares = sites.filter(|(_, site)| site.role == Role::Declares);
        self.locations(declares.collect())
    }

    fn references(&self, with_declaration: bool) -> Value {
        let Some((_, name)) = self.document.symbol_at(self.offset) else {
            return Value::Null;
        };
        let mut sites = self.symbols.sites(name);
        sites.retain(|(_, site)| with_declaration || site.role != Role::Declares);
        let mut found = match self.locations(sites) {
            Value::Array(found) => found,
            _ => Vec::new(),
        };
        // `CONFIG_X` in the other open files of the tree.
        let others = self
            .documents
            .values()
            .filter(|of| of.root == self.document.root && matches!(of.content, Content::Other));
        let macro_ = format!("CONFIG_{name}");
        for other in others {
            for (start, _) in other.text.match_indices(&*macro_) {
                let end = start + macro_.len();
                let whole = super::text::word_at(&other.text, start);
                let is_it = whole.is_some_and(|(_, word)| {
                    word == macro_ || word.strip_suffix("_MODULE") == Some(&*macro_)
                });
                if is_it {
                    let range = other.lines.range(&other.text, start, end);
                    found.push(json!({ "uri": other.uri, "range": range }));
                }
            }
        }
        json!(found)
    }

    fn locations(&self, sites: Vec<(&str, &Site)>) -> Value {
        let mut texts = Texts::new(self.root);
        let found = sites
            .into_iter()
            .filter_map(|(path, site)| texts.location(path, site.span));
        json!(found.collect::<Vec<Value>>())
    }

    /// The path of the `source` statement at the place, if it has no macro.
    fn sourced(&self) -> Option<String> {
        let file = self.document.file()?;
        let offset = self.offset as u32;
        let mut found = None;
        each_statement(file.statements(), &mut |statement| {
            if let StatementKind::Source(word) = statement.kind {
                let of = file.word(word);
                if of.span.start <= offset && offset <= of.span.end && !of.kind.needs_expansion() {
                    found = Some(file.word_text(word).to_owned());
                }
            }
        });
        found
    }

    /// The range under the cursor, the text that needs no models, and the question for them.
    fn hover(&self) -> Option<(lsp_types::Range, String, String, About)> {
        let document = self.document;
        let range = |start: usize, end: usize| document.lines.range(&document.text, start, end);
        if let Content::Table(table, _) = &document.content {
            let mut rows = table.rows();
            let row = rows.find(|row| {
                let place = &row.location;
                (place.start as usize..place.end as usize).contains(&self.offset)
            });
            if let Some(row) = row {
                let place = &row.location;
                let range = range(place.start as usize, place.end as usize);
                let before = format!("**{}**: the table says `{}`", row.arch, row.status.word());
                let about = match &*table.kconfig() {
                    [] => About::Nothing,
                    terms => About::Row(row.arch.clone(), terms.to_vec()),
                };
                return Some((range, before, String::new(), about));
            }
        }
        let (start, name) = document.symbol_at(self.offset)?;
        let word = super::text::word_at(&document.text, start).map_or(name, |(_, word)| word);
        let range = range(start, start + word.len());
        let sites = self.symbols.sites(name);
        let mut texts = Texts::new(self.root);
        let declared: Vec<(&str, Span)> = sites
            .iter()
            .filter(|(_, site)| site.role == Role::Declares)
            .map(|(path, site)| (*path, site.span))
            .collect();
        if declared.is_empty() {
            let before = format!("**{name}**: no Kconfig file declares it");
            return Some((range, before, String::new(), About::Nothing));
        }
        let mut before = format!("**{name}**");
        let mut help = String::new();
        for (path, span) in &declared {
            let entry = self.entry(&mut texts, path, *span);
            let line = texts.line(path, *span);
            before += &format!("\n\n{}`{path}:{line}`", entry.summary);
            if !entry.help.is_empty() {
                help += &format!("\n\n---\n\n{}", fenced(&entry.help));
            }
        }
        let mut after = String::new();
        for (role, verb) in [(Role::Selects, "Selected"), (Role::Implies, "Implied")] {
            let mut names: Vec<String> = Vec::new();
            for (path, site) in sites.iter().filter(|(_, site)| site.role == role) {
                let by = site.by.and_then(|span| {
                    let (text, _) = texts.get(path)?;
                    text.get(span.start as usize..span.end as usize)
                });
                if let Some(by) = by.map(|by| format!("`{by}`"))
                    && !names.contains(&by)
                {
                    names.push(by);
                }
            }
            if !names.is_empty() {
                let more = names.len().saturating_sub(MAX_SELECTORS);
                names.truncate(MAX_SELECTORS);
                after += &format!("{verb} by {}", names.join(", "));
                if more > 0 {
                    after += &format!(" and {more} more");
                }
                after += "\n\n";
            }
        }
        after += help.trim_start();
        Some((
            range,
            before,
            after.trim_end().to_owned(),
            About::Symbol(name.to_owned()),
        ))
    }

    /// The content of the entry whose name is at `span`.
    fn entry(&self, texts: &mut Texts<'_>, path: &str, span: Span) -> Entry {
        let mut entry = Entry::default();
        let mut documents = self.documents.values();
        let open = documents.find(|of| of.root == self.document.root && *of.path == *path);
        let parsed;
        let file = match open.and_then(Document::file) {
            Some(file) => file,
            None => {
                let text = texts.get(path).map_or("", |(text, _)| text);
                parsed = crate::kconfig::syntax::File::parse(Arc::from(path), text.to_owned());
                &parsed
            }
        };
        each_statement(file.statements(), &mut |statement| {
            let StatementKind::Config {
                name, properties, ..
            } = &statement.kind
            else {
                return;
            };
            if file.word(*name).span != span {
                return;
            }
            if let Some(type_) = outline::type_of(properties) {
                entry.summary += &format!("{} ", type_.text());
            }
            if let Some(prompt) = outline::prompt_of(file, properties) {
                entry.summary += &format!("\u{201c}{prompt}\u{201d} ");
            }
            for property in properties {
                match property.kind {
                    PropertyKind::Help(span) => entry.help = file.help_text(span),
                    PropertyKind::DependsOn { .. } => {
                        let line = file.slice(property.span);
                        let words: Vec<&str> = line.split_whitespace().collect();
                        entry.summary += &format!("`{}` ", words.join(" "));
                    }
                    _ => {}
                }
            }
        });
        entry
    }
}

/// The content of an entry.
#[derive(Default)]
struct Entry {
    summary: String,
    help: String,
}

/// A text as Markdown shows it unchanged.
fn fenced(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&*fence) {
        fence.push('`');
    }
    format!("{fence}text\n{text}\n{fence}")
}

/// The symbols whose names hold what is asked for, whatever the case.
fn workspace_symbols(server: &Server<'_>, params: &Value) -> Reply {
    let query = params["query"]
        .as_str()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let query = query.strip_prefix("CONFIG_").unwrap_or(&query);
    let mut found = Vec::new();
    for (index, root) in server.roots.all.iter().enumerate() {
        let Some(symbols) = root.symbols(&server.documents, index) else {
            return Reply::Wait;
        };
        let mut texts = Texts::new(root);
        let all = symbols.declared();
        let mut names: Vec<&&str> = all.keys().filter(|name| name.contains(query)).collect();
        // The shorter the name, the more of it was asked for.
        names.sort_by_key(|name| (!name.starts_with(query), name.len(), **name));
        for name in names.into_iter().take(MAX_SYMBOLS) {
            let sites = symbols.sites(name).into_iter();
            for (path, site) in sites.filter(|(_, site)| site.role == Role::Declares) {
                if let Some(location) = texts.location(path, site.span) {
                    found.push(json!({
                        "name": name,
                        "kind": 13,
                        "location": location,
                        "containerName": path,
                    }));
                }
            }
        }
    }
    Reply::Now(json!(found))
}

/// The safe fixes of the findings that touch a range.
fn actions(server: &Server<'_>, document: &Document, root: &Root, params: &Value) -> Value {
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
    let mut texts = Texts::new(root);
    let mut found = Vec::new();
    for finding in &document.shown {
        let place = to_range(&finding.primary.location, &document.text, &document.lines);
        let touches = place.start <= range.end && range.start <= place.end;
        let Some(fix) = finding.fix.as_ref().filter(|_| touches) else {
            continue;
        };
        let mut changes: Map<String, Value> = Map::new();
        let mut is_whole = true;
        for edit in &fix.edits {
            let path = &*edit.location.path;
            let mut open = server.documents.values();
            let open = open.find(|of| of.root == document.root && *of.path == *path);
            let shown = uri::from_path(&root.path.join(path));
            let uri = open.map_or(shown, |of| of.uri.clone());
            let Some((text, lines)) = texts.get(path) else {
                is_whole = false;
                break;
            };
            let (start, end) = (edit.location.start as usize, edit.location.end as usize);
            let edit = json!({ "range": lines.range(text, start, end), "newText": edit.text });
            match changes.get_mut(&uri) {
                Some(Value::Array(edits)) => edits.push(edit),
                _ => {
                    changes.insert(uri, json!([edit]));
                }
            }
        }
        if is_whole {
            let (text, lines) = (&document.text, &document.lines);
            found.push(json!({
                "title": fix.title,
                "kind": "quickfix",
                "diagnostics": [finding::to_json(finding, text, lines, &root.path, &text_of)],
                "edit": { "changes": changes },
            }));
        }
    }
    json!(found)
}
