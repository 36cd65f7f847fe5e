//! Owns the answers to requests about a place or a file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use lsp_server::{ErrorCode, Request};
use lsp_types::Position;
use serde_json::{Value, json};

use super::document::{Content, Document};
use super::hover::About;
use super::index::{Role, Site, Symbols};
use super::mentions::{self, Group, PREFIX};
use super::root::Root;
use super::server::{REFERENCES, Reply, SHOW, Server};
use super::text::{Lines, is_word};
use super::{actions, complete, format, hints, hover, outline, rename, search, uri};
use crate::kconfig::sources::each_statement;
use crate::kconfig::syntax::{PropertyKind, Span, StatementKind};

/// The macro in a path that stands for the architecture.
const SRCARCH: &str = "$(SRCARCH)";

/// Most symbols of one answer to `workspace/symbol`.
const MAX_SYMBOLS: usize = 500;

/// Most symbols that a hover names as those that select another one.
const MAX_SELECTORS: usize = 20;

/// Answers a request.
pub(super) fn answer(server: &mut Server<'_>, request: &Request) -> Reply {
    let params = &request.params;
    match &*request.method {
        // A renaming changes files, so it needs them as they are now.
        "textDocument/rename" => server.look_again(true),
        "workspace/symbol"
        | "workspace/executeCommand"
        | "textDocument/hover"
        | "textDocument/definition"
        | "textDocument/references"
        | "textDocument/prepareRename" => server.look_again(false),
        _ => {}
    }
    match &*request.method {
        "workspace/symbol" => return workspace_symbols(server, params),
        "workspace/executeCommand" => return execute(server, request),
        "textDocument/hover"
        | "textDocument/definition"
        | "textDocument/references"
        | "textDocument/documentSymbol"
        | "textDocument/foldingRange"
        | "textDocument/completion"
        | "textDocument/codeAction"
        | "textDocument/prepareRename"
        | "textDocument/rename"
        | "textDocument/formatting"
        | "textDocument/rangeFormatting"
        | "textDocument/inlayHint" => {}
        method => {
            return Reply::Error(
                ErrorCode::MethodNotFound,
                format!("there is no method `{method}`"),
            );
        }
    }
    let Some(uri) = params["textDocument"]["uri"].as_str() else {
        return wrong("`textDocument.uri` is missing");
    };
    // Of a file that is not open, or of no tree, nothing is known.
    let Some(document) = server.documents.get(uri) else {
        return Reply::Now(Value::Null);
    };
    let Some(root) = server.root_of(document) else {
        return Reply::Now(Value::Null);
    };
    let range = || {
        let range = serde_json::from_value::<lsp_types::Range>(params["range"].clone());
        range.map_err(|_| wrong("`range` is missing or wrong"))
    };
    match &*request.method {
        "textDocument/documentSymbol" => Reply::Now(json!(outline::symbols(document))),
        "textDocument/foldingRange" => Reply::Now(json!(outline::folds(document))),
        "textDocument/codeAction" => Reply::Now(actions::actions(server, document, root, params)),
        "textDocument/formatting" => Reply::Now(formatting(document, 0..usize::MAX)),
        "textDocument/rangeFormatting" => match range() {
            Ok(range) => Reply::Now(formatting(document, whole_lines(range))),
            Err(reply) => reply,
        },
        "textDocument/inlayHint" => match range() {
            Ok(range) => inlay_hints(server, request, uri, range),
            Err(reply) => reply,
        },
        _ => at_position(server, request, uri),
    }
}

fn wrong(what: &str) -> Reply {
    Reply::Error(ErrorCode::InvalidParams, what.to_owned())
}

fn refuse(why: String) -> Reply {
    Reply::Error(ErrorCode::RequestFailed, why)
}

/// The answers about a place.
fn at_position(server: &mut Server<'_>, request: &Request, uri: &str) -> Reply {
    let params = &request.params;
    let Ok(position) = serde_json::from_value::<Position>(params["position"].clone()) else {
        return wrong("`position` is missing or wrong");
    };
    let Some(document) = server.documents.get(uri) else {
        return Reply::Now(Value::Null);
    };
    let Some(root) = server.root_of(document) else {
        return Reply::Now(Value::Null);
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
            let with_declaration = with_declaration.unwrap_or(true);
            if !server.settings.references_in_code {
                return Reply::Now(at.references(with_declaration, false));
            }
            let search = at.search_references(with_declaration);
            start_search(server, request, search)
        }
        // As `references`, whatever the setting.
        "workspace/executeCommand" => {
            let search = at.search_references(true);
            start_search(server, request, search)
        }
        "textDocument/completion" => {
            let declared = || {
                let all = at.symbols.declared().into_iter();
                all.map(|(name, type_)| (name.to_owned(), type_))
                    .collect::<BTreeMap<_, _>>()
            };
            Reply::Now(complete::items(document, position, &declared))
        }
        "textDocument/prepareRename" => match at.renamed() {
            Ok((start, name)) => {
                let end = start + name.len();
                let range = document.lines.range(&document.text, start, end);
                Reply::Now(json!({ "range": range, "placeholder": name }))
            }
            Err(why) => refuse(why),
        },
        "textDocument/rename" => {
            let Some(new) = params["newName"].as_str() else {
                return wrong("`newName` is missing");
            };
            match at.search_rename(new, server.settings.form) {
                Ok(search) => start_search(server, request, Some(search)),
                Err(Refusal::Name(why)) => refuse(why),
                Err(Refusal::Stale(path)) => {
                    let index = document.root;
                    server.reopen(index);
                    refuse(format!("{path} changed in the meantime; try again"))
                }
            }
        }
        _ => {
            let Some((range, before, after, about)) = at.hover() else {
                return Reply::Now(Value::Null);
            };
            if root.checked.is_none() {
                return Reply::Wait;
            }
            let epoch = root.epoch;
            let query = hover::Query {
                id: request.id.clone(),
                epoch,
                range,
                before,
                after,
                about,
                is_cancelled: server.begin(&request.id),
            };
            server.ask_models(super::analysis::Job::Hover(Box::new(query)));
            Reply::Later
        }
    }
}

/// Has all files of the tree read for a request; `None` where there is nothing to look for.
fn start_search(server: &mut Server<'_>, request: &Request, search: Option<Search>) -> Reply {
    let Some(search) = search else {
        return Reply::Now(Value::Null);
    };
    let query = search::Query {
        id: request.id.clone(),
        tree: search.tree,
        root: search.root,
        open: search.open,
        name: search.name,
        module_is_other: search.module_is_other,
        purpose: search.purpose,
        is_cancelled: server.begin(&request.id),
    };
    if let search::Purpose::Rename { .. } = query.purpose {
        server.renames(&request.id, search.index);
    }
    server.search(query);
    Reply::Later
}

/// The reason why a symbol is not renamed.
enum Refusal {
    /// Because of its name, or the new one.
    Name(String),
    /// This file is no longer what was read.
    Stale(String),
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self::Name(why)
    }
}

/// A question about all files of the tree.
struct Search {
    /// The number of the root.
    index: usize,
    tree: crate::tree::Tree,
    root: std::path::PathBuf,
    open: rename::Open,
    name: String,
    module_is_other: bool,
    purpose: search::Purpose,
}

/// Executes one of the server's commands.
fn execute(server: &mut Server<'_>, request: &Request) -> Reply {
    let params = &request.params;
    let arguments = &params["arguments"];
    match params["command"].as_str() {
        Some(SHOW) => {
            let show = json!({ "uri": arguments[0], "selection": arguments[1], "takeFocus": true });
            server.call("window/showDocument", show);
            Reply::Now(Value::Null)
        }
        Some(REFERENCES) => {
            let place = &arguments[0];
            let Some(uri) = place["textDocument"]["uri"].as_str() else {
                return wrong("the first argument has no `textDocument.uri`");
            };
            let request = Request {
                params: place.clone(),
                ..request.clone()
            };
            match at_position(server, &request, uri) {
                // It waits as it came.
                Reply::Wait => Reply::Wait,
                reply => reply,
            }
        }
        command => wrong(&format!(
            "there is no command `{}`",
            command.unwrap_or_default()
        )),
    }
}

/// The lines of a range; one that ends where a line starts does not have that line.
fn whole_lines(range: lsp_types::Range) -> Range<usize> {
    let (start, mut end) = (range.start.line as usize, range.end.line as usize);
    if range.end.character > 0 || end == start {
        end = end.saturating_add(1);
    }
    start..end
}

fn formatting(document: &Document, lines: Range<usize>) -> Value {
    let Some(file) = document.file() else {
        return Value::Null;
    };
    let edits = format::edits(file, lines).into_iter().map(|edit| {
        let range = document
            .lines
            .range(&document.text, edit.bytes.start, edit.bytes.end);
        json!({ "range": range, "newText": edit.text })
    });
    json!(edits.collect::<Vec<Value>>())
}

/// Marks conditions that always hold in the visible part of a file. Waits until the current text of the file is checked.
fn inlay_hints(
    server: &mut Server<'_>,
    request: &Request,
    uri: &str,
    range: lsp_types::Range,
) -> Reply {
    let nothing = Reply::Now(json!([]));
    let Some(document) = server.documents.get(uri) else {
        return nothing;
    };
    let Some(root) = server.root_of(document) else {
        return nothing;
    };
    if !server.settings.inlay_hints || document.file().is_none() {
        return nothing;
    }
    if root.checked != Some(root.generation) {
        return Reply::Wait;
    }
    let query = hints::Query {
        id: request.id.clone(),
        epoch: root.epoch,
        path: Arc::clone(&document.path),
        text: document.text.clone(),
        range,
    };
    server.begin(&request.id);
    server.ask_models(super::analysis::Job::Hints(Box::new(query)));
    Reply::Later
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
pub(super) struct Texts<'s> {
    root: &'s Root,
    known: BTreeMap<String, Option<(String, Lines)>>,
}

impl<'s> Texts<'s> {
    pub fn new(root: &'s Root) -> Self {
        Self {
            root,
            known: BTreeMap::new(),
        }
    }

    /// The text of a file, with its lines.
    pub fn get(&mut self, path: &str) -> Option<&(String, Lines)> {
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
        if let Some(mut paths) = self.sourced() {
            paths.retain(|path| self.root.tree.is_file(path));
            let start = Position::new(0, 0);
            let range = lsp_types::Range::new(start, start);
            let files = paths.iter().map(|path| {
                let uri = uri::from_path(&self.root.path.join(path));
                json!({ "uri": uri, "range": range })
            });
            return match paths.is_empty() {
                true => Value::Null,
                false => json!(files.collect::<Vec<Value>>()),
            };
        }
        let Some((_, name)) = self.symbol() else {
            return Value::Null;
        };
        let sites = self.symbols.sites(name).into_iter();
        let declares = sites.filter(|(_, site)| site.role == Role::Declares);
        self.locations(declares.collect())
    }

    /// The symbol at the place, with the start of the word. A driver that asks whether it is a module names the symbol with `_MODULE`
    /// appended.
    fn symbol(&self) -> Option<(usize, &str)> {
        let (start, name) = self.document.symbol_at(self.offset)?;
        if !self.symbols.is_declared(name)
            && let Some(base) = name.strip_suffix("_MODULE")
            && self.symbols.is_declared(base)
        {
            return Some((start, base));
        }
        Some((start, name))
    }

    /// The places of the symbol in Kconfig files, and in open files unless those are `searched` with all others.
    fn references(&self, with_declaration: bool, searched: bool) -> Value {
        let Some((_, name)) = self.symbol() else {
            return Value::Null;
        };
        let mut sites = self.symbols.sites(name);
        sites.retain(|(_, site)| with_declaration || site.role != Role::Declares);
        let mut found = match self.locations(sites) {
            Value::Array(found) => found,
            _ => Vec::new(),
        };
        let others = self.documents.values().filter(|of| {
            of.root == self.document.root
                && matches!(of.content, Content::Other)
                && !(searched && Group::has_references(&of.path))
        });
        let wanted = mentions::Wanted {
            name,
            module_is_other: self.has_module_twin(name),
        };
        for other in others {
            for start in mentions::in_text(&other.text, &wanted) {
                let end = start + name.len();
                let range = other.lines.range(&other.text, start - PREFIX.len(), end);
                found.push(json!({ "uri": other.uri, "range": range }));
            }
        }
        json!(found)
    }

    fn has_module_twin(&self, name: &str) -> bool {
        self.symbols.is_declared(&format!("{name}_MODULE"))
    }

    /// Has C files and makefiles searched for the symbol, too.
    fn search_references(&self, with_declaration: bool) -> Option<Search> {
        let (_, name) = self.symbol()?;
        let known = match self.references(with_declaration, true) {
            Value::Array(known) => known,
            _ => Vec::new(),
        };
        Some(self.search(name, search::Purpose::References(known)))
    }

    fn search(&self, name: &str, purpose: search::Purpose) -> Search {
        let open = self.documents.values();
        let open = open.filter(|of| of.root == self.document.root);
        Search {
            index: self.document.root,
            tree: self.root.tree.clone(),
            root: self.root.path.clone(),
            open: open
                .map(|of| (of.path.to_string(), (of.uri.clone(), of.version)))
                .collect(),
            name: name.to_owned(),
            module_is_other: self.has_module_twin(name),
            purpose,
        }
    }

    /// The symbol that can be renamed here, with the start of its bare name.
    fn renamed(&self) -> Result<(usize, &str), String> {
        let Some((start, name)) = self.symbol() else {
            return Err("no symbol at this position".to_owned());
        };
        if !self.symbols.is_declared(name) {
            return Err(format!("no Kconfig file declares `{name}`"));
        }
        let has_prefix =
            self.document.text[start..].starts_with(PREFIX) && !name.starts_with(PREFIX);
        Ok((start + if has_prefix { PREFIX.len() } else { 0 }, name))
    }

    /// Builds the search that renaming the symbol needs.
    fn search_rename(&self, new: &str, form: rename::EditForm) -> Result<Search, Refusal> {
        let (_, name) = self.renamed()?;
        let new = rename::new_name(new)?;
        let mut texts = Texts::new(self.root);
        if new != name
            && let Some((path, site)) = self.symbols.sites(new).first()
        {
            let what = match site.role {
                Role::Declares => "declared",
                _ => "named",
            };
            let line = texts.line(path, site.span);
            return Err(format!("`{new}` is already {what} in {path}:{line}").into());
        }
        // `CONFIG_X_MODULE` says that X is a module, unless a symbol is called so.
        let of_module = new.strip_suffix("_MODULE").filter(|base| *base != name);
        let is_module = of_module.is_some_and(|base| self.symbols.is_declared(base));
        if is_module || self.has_module_twin(new) {
            let symbol = if is_module {
                new.to_owned()
            } else {
                format!("{new}_MODULE")
            };
            return Err(format!(
                "`{PREFIX}{symbol}` would be ambiguous: a symbol, or another symbol built as a module"
            )
            .into());
        }
        let mut places = Vec::new();
        for (path, site) in self.symbols.sites(name) {
            let (start, end) = (site.span.start as usize, site.span.end as usize);
            let (text, lines) = texts
                .get(path)
                .filter(|(text, _)| is_whole_word(text, start, name))
                .ok_or_else(|| Refusal::Stale(path.to_owned()))?;
            places.push((path.to_owned(), lines.range(text, start, end)));
        }
        let purpose = search::Purpose::Rename {
            new: new.to_owned(),
            module_is_other: false,
            kconfig: search::by_file(places),
            form,
        };
        Ok(self.search(name, purpose))
    }

    fn locations(&self, sites: Vec<(&str, &Site)>) -> Value {
        let mut texts = Texts::new(self.root);
        let found = sites
            .into_iter()
            .filter_map(|(path, site)| texts.location(path, site.span));
        json!(found.collect::<Vec<Value>>())
    }

    /// The paths of the `source` statement at the place, for all architectures, if it has no other macro.
    fn sourced(&self) -> Option<Vec<String>> {
        let file = self.document.file()?;
        let offset = self.offset as u32;
        let mut found = None;
        each_statement(file.statements(), &mut |statement| {
            if let StatementKind::Source(word) = statement.kind {
                let of = file.word(word);
                if of.span.start <= offset && offset <= of.span.end {
                    found = Some((file.word_text(word), of.kind.needs_expansion()));
                }
            }
        });
        let (text, has_macro) = found?;
        if !has_macro {
            return Some(vec![text.to_owned()]);
        }
        if text.replace(SRCARCH, "").contains("$(") {
            return None;
        }
        let archs = self.root.architectures.iter();
        Some(archs.map(|arch| text.replace(SRCARCH, arch)).collect())
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
        let (start, name) = self.symbol()?;
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

/// Whether a text has this word at a byte, and not a longer one.
fn is_whole_word(text: &str, start: usize, word: &str) -> bool {
    let end = start + word.len();
    text.get(start..end) == Some(word)
        && !text[..start].ends_with(is_word)
        && !text[end..].starts_with(is_word)
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
