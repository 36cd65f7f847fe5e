//! Owns the session: what the editor has opened, which trees that is about, and which message gets which answer.
//!
//! One thread owns all of it and reads events one by one, so nothing here is locked. Long work goes to [`super::analysis`] and
//! [`super::hover`], whose answers come back as events.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId};
use rustc_hash::FxHashSet;
use serde_json::{Value, json};

use super::analysis::{Epoch, Found, Job, Policy};
use super::document::{Content, Document};
use super::editor::{Process, Settings};
use super::index::{Index, Signatures};
use super::mentions::{Group, is_searched};
use super::root::{Root, Roots};
use super::transport::{self, Incoming};
use super::{analysis, finding, requests, search};
use crate::check::Outcome;
use crate::check::change::lines;
use crate::check::kconfig::names::{UNDECLARED, is_kconfig};
use crate::diag::Diagnostic;
use crate::feature::arch_support::TABLE_SYNTAX;
use crate::kconfig::syntax::SYNTAX_ERROR;
use crate::limits::FILE_SIZE;

/// How long nobody may have edited before proofs are looked for.
const PAUSE: Duration = Duration::from_millis(300);

/// How long to wait for further files that are opened together.
const OPENING: Duration = Duration::from_millis(20);

/// The command with which the editor shows the place of a reason that has to be written.
pub(super) const SHOW: &str = "kfeat.show";

/// The command for references in all files of the tree.
pub(super) const REFERENCES: &str = "kfeat.references";

/// Answer from another thread.
pub(super) type Answer = Result<Value, (ErrorCode, String)>;

/// Event that the server handles.
pub(super) enum Event {
    /// The editor says something.
    Incoming(Incoming),
    /// How findings of a tree are reported, or why that cannot be read.
    Policy(Epoch, Result<Policy, String>),
    /// Which files the Kconfig files of a tree source.
    Reached(Epoch, FxHashSet<Arc<str>>),
    /// The symbols of a tree.
    Indexed(Epoch, Arc<Index>, Arc<Signatures>),
    /// A check has ended.
    Found(Box<Found>),
    /// Files of a tree have changed on disk.
    Stale(Epoch),
    /// The answer to a request that another thread worked on.
    Answer(RequestId, Answer),
    /// The analysis of a tree failed because of a bug.
    Broken(Epoch),
}

/// How far the session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Running,
    ShutDown,
}

/// The reply to a request.
pub(super) enum Reply {
    /// The answer.
    Now(Value),
    /// The answer comes later.
    Later,
    /// It has to wait until more is known of the tree.
    Wait,
    /// It cannot be answered.
    Error(ErrorCode, String),
}

/// A request that another thread works on.
struct Running {
    /// Whether nobody wants to know any more.
    is_cancelled: Arc<AtomicBool>,
    /// The number of the root in which it renames a symbol.
    renames: Option<usize>,
}

/// The session.
pub(super) struct Server<'a> {
    state: State,
    output: &'a mut dyn Write,
    is_closed: bool,
    pub(super) roots: Roots,
    pub(super) documents: BTreeMap<String, Document>,
    jobs: Sender<Job>,
    searches: Sender<search::Query>,
    /// The requests that wait.
    waiting: Vec<Request>,
    /// The requests that other threads work on.
    running: BTreeMap<RequestId, Running>,
    pub(super) settings: Settings,
    editor: Option<Process>,
    watches_files: bool,
    /// Whether the editor wants to know when a check of a file has ended.
    reports_checks: bool,
    version: &'a str,
    next_id: i32,
}

impl<'a> Server<'a> {
    /// A session that has not begun.
    pub fn new(
        output: &'a mut dyn Write,
        jobs: Sender<Job>,
        searches: Sender<search::Query>,
        version: &'a str,
    ) -> Self {
        Self {
            state: State::New,
            output,
            is_closed: false,
            roots: Roots::default(),
            documents: BTreeMap::new(),
            jobs,
            searches,
            waiting: Vec::new(),
            running: BTreeMap::new(),
            settings: Settings::default(),
            editor: None,
            watches_files: false,
            reports_checks: false,
            version,
            next_id: 0,
        }
    }

    /// Runs the session to its end. Returns the exit status that the protocol asks for: 0 after `shutdown`, else 1.
    pub fn run(&mut self, events: &Receiver<Event>) -> u8 {
        loop {
            let of_editor = self.editor.as_ref().map(|editor| editor.due);
            let due = self.roots.all.iter().filter_map(|root| root.due);
            let due = due.chain(of_editor).min();
            let event = match due {
                None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(due) => events.recv_timeout(due.saturating_duration_since(Instant::now())),
            };
            match event {
                Ok(Event::Incoming(Incoming::End)) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Event::Incoming(incoming)) => {
                    if self.incoming(incoming) {
                        break;
                    }
                }
                Ok(event) => self.event(event),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.is_closed || self.editor.as_mut().is_some_and(Process::has_ended) {
                break;
            }
            self.submit();
        }
        u8::from(self.state != State::ShutDown)
    }

    // Messages from the editor.

    /// Returns whether the session is over.
    fn incoming(&mut self, incoming: Incoming) -> bool {
        let message = match incoming {
            Incoming::Message(message) => *message,
            Incoming::Malformed(reason) => {
                self.send(json!({
                    "id": Value::Null,
                    "error": { "code": ErrorCode::ParseError as i32, "message": reason },
                }));
                return false;
            }
            Incoming::End => return true,
        };
        match message {
            Message::Response(_) => false,
            Message::Notification(notification) if notification.method == "exit" => true,
            Message::Notification(notification) => {
                if self.state == State::Running {
                    self.notification(notification);
                }
                false
            }
            Message::Request(request) => {
                self.request(request);
                false
            }
        }
    }

    fn request(&mut self, request: Request) {
        let id = request.id.clone();
        let is_first = request.method == "initialize";
        let reply = match (self.state, &*request.method) {
            (State::New, "initialize") => {
                self.state = State::Running;
                Reply::Now(self.initialize(&request.params))
            }
            (State::New, _) => Reply::Error(
                ErrorCode::ServerNotInitialized,
                "`initialize` must come first".to_owned(),
            ),
            (State::ShutDown, _) => Reply::Error(
                ErrorCode::InvalidRequest,
                "the server is shut down".to_owned(),
            ),
            (State::Running, "initialize") => Reply::Error(
                ErrorCode::InvalidRequest,
                "the server is initialized already".to_owned(),
            ),
            (State::Running, "shutdown") => {
                self.state = State::ShutDown;
                Reply::Now(Value::Null)
            }
            (State::Running, _) => {
                // A panic is a bug; it costs this answer and not the editor's session.
                let answer = std::panic::AssertUnwindSafe(|| requests::answer(self, &request));
                std::panic::catch_unwind(answer).unwrap_or_else(|_| {
                    Reply::Error(ErrorCode::InternalError, "internal error".to_owned())
                })
            }
        };
        match reply {
            Reply::Now(result) => self.send(json!({ "id": id, "result": result })),
            Reply::Error(code, message) => self.fail(&id, code, &message),
            Reply::Later => {}
            Reply::Wait => self.waiting.push(request),
        }
        if is_first {
            self.tell_about_roots();
        }
    }

    fn initialize(&mut self, params: &Value) -> Value {
        let watch = &params["capabilities"]["workspace"]["didChangeWatchedFiles"];
        self.watches_files = watch["dynamicRegistration"].as_bool() == Some(true);
        let options = &params["initializationOptions"];
        self.reports_checks = options["reportChecks"].as_bool() == Some(true);
        self.settings = Settings::new(params);
        self.editor = Process::new(params);
        self.roots.add_folders(params);
        json!({
            "capabilities": {
                "positionEncoding": "utf-16",
                "textDocumentSync": {
                    "openClose": true, "change": 2, "save": { "includeText": false },
                },
                "hoverProvider": true,
                "definitionProvider": true,
                "referencesProvider": true,
                "documentSymbolProvider": true,
                "workspaceSymbolProvider": true,
                "foldingRangeProvider": true,
                "completionProvider": { "triggerCharacters": [" ", "(", "!"] },
                "codeActionProvider": { "codeActionKinds": ["quickfix"] },
                "renameProvider": { "prepareProvider": true },
                "documentFormattingProvider": true,
                "documentRangeFormattingProvider": true,
                "inlayHintProvider": true,
                "executeCommandProvider": { "commands": [REFERENCES, SHOW] },
                "workspace": {
                    "workspaceFolders": { "supported": true, "changeNotifications": true },
                },
            },
            "serverInfo": { "name": "kfeat", "version": self.version },
        })
    }

    fn notification(&mut self, notification: Notification) {
        let params = &notification.params;
        let document = &params["textDocument"];
        let uri = document["uri"].as_str().unwrap_or_default();
        match &*notification.method {
            "initialized" => self.watch(),
            "textDocument/didOpen" => {
                let text = document["text"].as_str().unwrap_or_default();
                self.open(uri, document["version"].as_i64(), text.to_owned());
            }
            "textDocument/didChange" => {
                let changes = params["contentChanges"].as_array();
                let changes = changes.map_or(&[][..], Vec::as_slice);
                self.change(uri, document["version"].as_i64(), changes);
            }
            "textDocument/didClose" => self.close(uri),
            "textDocument/didSave" => self.saved(uri),
            "workspace/didChangeWatchedFiles" => {
                let changes = params["changes"].as_array();
                let uris = changes.into_iter().flatten().map(|of| &of["uri"]);
                let uris: Vec<&str> = uris.filter_map(Value::as_str).collect();
                self.changed_on_disk(&uris);
            }
            "workspace/didChangeConfiguration" => {
                self.settings.take(&params["settings"]["kfeat"]);
                self.refresh_hints();
            }
            "workspace/didChangeWorkspaceFolders" => {
                let event = &params["event"];
                for folder in event["added"].as_array().into_iter().flatten() {
                    self.roots
                        .add_uri(folder["uri"].as_str().unwrap_or_default());
                }
                for folder in event["removed"].as_array().into_iter().flatten() {
                    self.remove_folder(folder["uri"].as_str().unwrap_or_default());
                }
                self.tell_about_roots();
            }
            "$/cancelRequest" => {
                if let Ok(id) = serde_json::from_value::<RequestId>(params["id"].clone()) {
                    self.cancel(&id);
                }
            }
            _ => {}
        }
    }

    fn cancel(&mut self, id: &RequestId) {
        let before = self.waiting.len();
        self.waiting.retain(|request| request.id != *id);
        let is_running = self.running.remove(id);
        if let Some(running) = &is_running {
            running.is_cancelled.store(true, Ordering::Relaxed);
        }
        if self.waiting.len() < before || is_running.is_some() {
            self.fail(id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// Forgets a tree, unless a file of it is open. It is read again when one is opened.
    fn remove_folder(&mut self, uri: &str) {
        let Some(index) = self.roots.at_folder(uri) else {
            return;
        };
        if self.documents.values().all(|of| of.root != index) {
            self.roots.all[index].forget(&self.jobs);
        }
    }

    /// Asks the editor to tell of changes on disk, where it can.
    fn watch(&mut self) {
        if !self.watches_files {
            return;
        }
        let globs = [
            "**/Kconfig*",
            "**/arch-support.txt",
            "**/kfeat.yaml",
            "**/Makefile*",
            "**/Kbuild*",
            "**/*.{c,h,S,rs}",
        ];
        let watchers = globs.map(|glob| json!({ "globPattern": glob }));
        let registration = json!({
            "id": "kfeat-watch",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        let params = json!({ "registrations": [registration] });
        self.call("client/registerCapability", params);
    }

    /// Asks the editor for something. What it answers is of no interest.
    pub(super) fn call(&mut self, method: &str, params: Value) {
        self.next_id += 1;
        let id = format!("kfeat-{}", self.next_id);
        self.send(json!({ "id": id, "method": method, "params": params }));
    }

    /// Has the editor ask for hints again, if there are any.
    fn refresh_hints(&mut self) {
        if self.settings.refreshes_hints {
            self.call("workspace/inlayHint/refresh", Value::Null);
        }
    }

    // Files.

    fn open(&mut self, uri: &str, version: Option<i64>, text: String) {
        let Some((index, path)) = self.roots.find(uri) else {
            return;
        };
        self.tell_about_roots();
        let Some(root) = self.roots.all.get_mut(index) else {
            return;
        };
        // A link may lead elsewhere: what is there is not of this tree.
        if root.leads_out(&path) {
            return;
        }
        root.start(&self.jobs);
        let opened = root.open(&path, &text);
        let document = Document::new(uri.to_owned(), (index, &path), version, text, opened);
        self.tell_about_size(&document, false);
        self.documents.insert(uri.to_owned(), document);
        self.show_at_once(uri);
        self.text_changed(index);
        self.plan(index, OPENING);
    }

    fn change(&mut self, uri: &str, version: Option<i64>, changes: &[Value]) {
        let Some(document) = self.documents.get_mut(uri) else {
            return;
        };
        let was_too_large = document.is_too_large();
        document.edit(version, changes);
        let index = document.root;
        if let Some(root) = self.roots.all.get_mut(index) {
            root.edit(&document.path, &document.text, document.opened.as_deref());
        }
        if let Some(document) = self.documents.remove(uri) {
            self.tell_about_size(&document, was_too_large);
            self.documents.insert(uri.to_owned(), document);
        }
        self.show_at_once(uri);
        self.text_changed(index);
        self.plan(index, PAUSE);
    }

    /// Ends what was about other texts of a tree.
    fn text_changed(&mut self, index: usize) {
        let root = &mut self.roots.all[index];
        if std::mem::take(&mut root.is_broken) && root.index.is_none() {
            self.reopen(index);
        }
        let renamings = self.running.iter();
        let renamings = renamings.filter(|(_, running)| running.renames == Some(index));
        let mut outdated: Vec<RequestId> = renamings.map(|(id, _)| id.clone()).collect();
        let documents = &self.documents;
        self.waiting.retain(|request| {
            let uri = request.params["textDocument"]["uri"].as_str();
            let document = uri.and_then(|uri| documents.get(uri));
            let is_kept = request.method != "textDocument/rename"
                || document.is_none_or(|document| document.root != index);
            if !is_kept {
                outdated.push(request.id.clone());
            }
            is_kept
        });
        for id in outdated {
            if let Some(running) = self.running.remove(&id) {
                running.is_cancelled.store(true, Ordering::Relaxed);
            }
            self.fail(&id, ErrorCode::ContentModified, "the text has changed");
        }
    }

    /// Says once that a file is not looked at because of its size.
    fn tell_about_size(&mut self, document: &Document, was_too_large: bool) {
        if document.is_too_large() && !was_too_large {
            let why = FILE_SIZE.reached(format!("`{}`", document.path));
            self.show_message(2, &format!("kfeat: {why}; it is not checked"));
        }
    }

    fn close(&mut self, uri: &str) {
        let Some(document) = self.documents.remove(uri) else {
            return;
        };
        self.publish(uri, None, &[]);
        let index = document.root;
        let Some(root) = self.roots.all.get_mut(index) else {
            return;
        };
        if root.close(&document.path, document.opened.as_deref()) {
            self.reopen(index);
        } else {
            self.text_changed(index);
            self.plan(index, PAUSE);
        }
    }

    /// The editor has saved a file, and perhaps others with it of which it does not tell.
    fn saved(&mut self, uri: &str) {
        let Some(index) = self.documents.get(uri).map(|document| document.root) else {
            return;
        };
        self.look_again(true);
        self.plan_if_code_matters(index);
    }

    /// Has a tree checked again if a finding may end with a change of code: that a name is still used somewhere, or that a feature
    /// breaks its contract.
    fn plan_if_code_matters(&mut self, index: usize) {
        let of_root = self.documents.values().filter(|of| of.root == index);
        let mut shown = of_root.flat_map(|document| &document.shown);
        if shown.any(|finding| finding.lint == UNDECLARED || finding.feature.is_some()) {
            self.plan(index, PAUSE);
        }
    }

    /// Files have changed under the editor. Of an open one the editor's text counts, and what it is compared with is new.
    fn changed_on_disk(&mut self, uris: &[&str]) {
        let mut stale: BTreeSet<usize> = BTreeSet::new();
        let mut code: BTreeMap<usize, Vec<Arc<str>>> = BTreeMap::new();
        for uri in uris {
            let Some((index, path)) = self.roots.find_known(uri) else {
                continue;
            };
            let Some(root) = self.roots.all.get(index) else {
                continue;
            };
            if stale.contains(&index) || !root.is_started() {
                continue;
            }
            let mut documents = self.documents.values();
            let open = documents.find(|of| of.root == index && *of.path == *path);
            match open {
                Some(document) => {
                    let on_disk = root.on_disk(&path);
                    // If it is the text of the editor, that has just saved it.
                    if on_disk.as_deref() != Some(&*document.text) && on_disk != document.opened {
                        stale.insert(index);
                    }
                }
                // A tree is not read again for each source that is saved. Its own makefile says how it is called.
                None if path != "Makefile"
                    && matches!(Group::of(&path), Group::Makefile | Group::Code) =>
                {
                    // A build makes many of them.
                    if is_searched(&path) {
                        code.entry(index).or_default().push(Arc::from(path));
                    }
                }
                None => {
                    stale.insert(index);
                }
            }
        }
        for (index, paths) in code {
            if !stale.contains(&index) {
                let epoch = self.roots.all[index].epoch;
                self.ask_models(Job::Changed(epoch, paths));
                self.plan_if_code_matters(index);
            }
        }
        for index in stale {
            self.reopen(index);
        }
    }

    /// Reads the trees again whose files have changed on disk without a message from the editor. Unless it `is_urgent`, the disk is not
    /// looked at for each request.
    pub(super) fn look_again(&mut self, is_urgent: bool) {
        for index in 0..self.roots.all.len() {
            let open = self.documents.values().filter(|of| of.root == index);
            let open: FxHashSet<Arc<str>> = open.map(|of| of.path.clone()).collect();
            if self.roots.all[index].is_stale(&open, is_urgent) {
                self.reopen(index);
            }
        }
    }

    /// Begins anew with the tree as it stands on disk now.
    pub(super) fn reopen(&mut self, index: usize) {
        let Some(root) = self.roots.all.get_mut(index) else {
            return;
        };
        root.reopen(&self.jobs);
        self.text_changed(index);
        let root = &mut self.roots.all[index];
        for document in self.documents.values_mut().filter(|of| of.root == index) {
            document.opened = root.open(&document.path, &document.text);
            document.forget();
        }
        self.plan(index, OPENING);
    }

    /// Has a tree checked after a while, unless something else comes first.
    fn plan(&mut self, index: usize, after: Duration) {
        if let Some(root) = self.roots.all.get_mut(index) {
            root.generation += 1;
            root.newest.store(root.generation, Ordering::Relaxed);
            root.due = Some(Instant::now() + after);
        }
    }

    /// Sends the checks whose time has come.
    fn submit(&mut self) {
        let now = Instant::now();
        let mut is_left_out = false;
        for (index, root) in self.roots.all.iter_mut().enumerate() {
            if root.index.is_none() || root.due.is_none_or(|due| due > now) {
                // Before its Kconfig files are read there is nothing to do; that they are is an event.
                if root.index.is_none() {
                    root.due = None;
                }
                continue;
            }
            root.due = None;
            if root.is_broken {
                root.checked = Some(root.generation);
                is_left_out = true;
                continue;
            }
            let documents = self.documents.values().filter(|of| of.root == index);
            let documents: Vec<&Document> = documents.collect();
            if documents.is_empty() {
                continue;
            }
            let (mut kconfig, mut tables) = (FxHashSet::default(), Vec::new());
            for document in documents {
                match document.content {
                    Content::Kconfig(_) => {
                        kconfig.insert(document.path.clone());
                    }
                    Content::Table(..) => tables.push(document.path.to_string()),
                    Content::Other | Content::TooLarge => {}
                }
            }
            let request = analysis::Request {
                epoch: root.epoch,
                generation: root.generation,
                newest: root.newest.clone(),
                before: root.before.clone(),
                tree: root.tree.clone(),
                kconfig,
                tables,
            };
            // The other end lives as long as this one.
            let _ = self.jobs.send(Job::Check(Box::new(request)));
        }
        if is_left_out {
            self.go_on();
        }
    }

    // Messages from other threads.

    fn event(&mut self, event: Event) {
        let epoch = match &event {
            Event::Incoming(_) => return,
            Event::Answer(id, answer) => {
                if self.running.remove(id).is_some() {
                    match answer {
                        Ok(value) => self.send(json!({ "id": id, "result": value })),
                        Err((code, error)) => self.fail(id, *code, error),
                    }
                }
                return;
            }
            Event::Broken(epoch)
            | Event::Policy(epoch, _)
            | Event::Reached(epoch, _)
            | Event::Indexed(epoch, ..)
            | Event::Stale(epoch) => *epoch,
            Event::Found(found) => found.epoch,
        };
        let Some(index) = self.roots.all.iter().position(|root| root.epoch == epoch) else {
            return;
        };
        let root = &mut self.roots.all[index];
        match event {
            Event::Policy(_, Ok(policy)) => root.policy = Some(policy),
            Event::Policy(_, Err(error)) => {
                root.policy = None;
                root.checked = Some(root.generation);
                if root.is_news(&error) {
                    self.show_message(1, &format!("kfeat: {error}"));
                }
                self.go_on();
            }
            Event::Reached(_, paths) => {
                root.reached = Some(paths);
                self.show_all_at_once(index);
            }
            Event::Indexed(_, symbols, signatures) => {
                root.set_index(symbols, signatures);
                self.show_all_at_once(index);
                self.go_on();
                self.plan(index, Duration::ZERO);
            }
            Event::Stale(_) => self.reopen(index),
            Event::Found(found) => self.found(index, *found),
            Event::Broken(_) => self.broken(index),
            Event::Incoming(_) | Event::Answer(..) => {}
        }
    }

    /// Reads a tree again after a bug, for what needs no check. With the same texts that would fail once more, so it waits for an edit.
    fn broken(&mut self, index: usize) {
        let root = &mut self.roots.all[index];
        let was_broken = root.is_broken;
        let error = "internal error; checking again after the next edit";
        if root.is_news(error) {
            self.show_message(1, &format!("kfeat: {error}"));
        }
        if !was_broken {
            self.reopen(index);
            self.roots.all[index].is_broken = true;
            return;
        }
        // Not even reading the tree works.
        for request in std::mem::take(&mut self.waiting) {
            self.fail(&request.id, ErrorCode::InternalError, "internal error");
        }
    }

    fn found(&mut self, index: usize, mut found: Found) {
        let root = &mut self.roots.all[index];
        root.checked = Some(found.generation);
        if let Some(error) = &found.error {
            if root.is_news(error) {
                self.show_message(1, &format!("kfeat: {error}"));
            }
            self.go_on();
            return;
        }
        root.read = std::mem::take(&mut found.reached);
        if found.generation == root.generation {
            let open: Vec<String> = self.uris_of(index);
            for uri in open {
                let Some(document) = self.documents.get_mut(&uri) else {
                    continue;
                };
                let version = document.version;
                if matches!(document.content, Content::Other | Content::TooLarge) {
                    self.tell_checked(&uri, version, found.is_whole);
                    continue;
                }
                let mut findings = found.findings.remove(&document.path).unwrap_or_default();
                let root = &self.roots.all[index];
                if !root.read.contains(&document.path) {
                    findings.extend(alone(root, document));
                }
                if !found.is_whole && document.file().is_some() {
                    // Until they are asked about again, contracts and uses in code are as they were.
                    let is_new = |carried: &Diagnostic| {
                        let at = |of: &Diagnostic| (of.lint, of.primary.location.start);
                        !findings.iter().any(|known| at(known) == at(carried))
                    };
                    let carried = document.carried().into_iter();
                    let follows = |of: &Diagnostic| {
                        of.feature.is_some() || found.uses_follow && of.lint == UNDECLARED
                    };
                    let carried = carried.filter(|of| follows(of) && is_new(of));
                    let carried: Vec<Diagnostic> = carried.collect();
                    findings.extend(carried);
                    crate::diag::sort(&mut findings);
                }
                document.set_checked(findings);
                self.publish_shown(&uri);
                self.tell_checked(&uri, version, found.is_whole);
            }
        }
        self.go_on();
    }

    /// Says that a check of a file has ended, if the editor wants to know.
    fn tell_checked(&mut self, uri: &str, version: Option<i64>, is_whole: bool) {
        if !self.reports_checks {
            return;
        }
        let mut params = json!({ "uri": uri, "version": version });
        if !is_whole {
            params["contracts"] = json!("follow");
        }
        self.send(json!({ "method": "kfeat/checked", "params": params }));
    }

    fn uris_of(&self, index: usize) -> Vec<String> {
        let documents = self.documents.iter().filter(|(_, of)| of.root == index);
        documents.map(|(uri, _)| uri.clone()).collect()
    }

    /// Answers what has waited.
    fn go_on(&mut self) {
        for request in std::mem::take(&mut self.waiting) {
            self.request(request);
        }
    }

    // Findings to show.

    fn show_all_at_once(&mut self, index: usize) {
        for uri in self.uris_of(index) {
            self.show_at_once(&uri);
        }
    }

    /// Shows what one file alone says, and what the last check found and still holds.
    fn show_at_once(&mut self, uri: &str) {
        let Some(document) = self.documents.get(uri) else {
            return;
        };
        let Some(root) = self.roots.all.get(document.root) else {
            return;
        };
        let Some(policy) = &root.policy else {
            return;
        };
        let mut findings: Vec<Diagnostic> = Vec::new();
        let changed = document.changed_lines();
        match &document.content {
            Content::Kconfig(file) => {
                let is_reached = root.is_reached(&document.path);
                // As long as nobody knows whether an architecture reads it, it may not be a file that is checked at all.
                if !is_reached && (root.reached.is_none() || !is_kconfig(&document.path)) {
                    return;
                }
                findings.extend(file.diagnostics().iter().cloned());
                if is_reached
                    && let Some(symbols) = root.symbols(&self.documents, document.root)
                    && !changed.is_empty()
                {
                    let is_declared = |name: &str| symbols.is_declared(name);
                    let declared = || symbols.declared().into_keys();
                    findings.extend(lines::undeclared(file, &changed, &is_declared, &declared));
                }
            }
            Content::Table(_, wrong) => findings.extend(wrong.iter().cloned()),
            Content::Other => return,
            Content::TooLarge => {
                self.publish(uri, document.version, &[]);
                return;
            }
        }
        // Findings that have just been searched again.
        let is_read_again = |finding: &Diagnostic| match finding.lint {
            SYNTAX_ERROR | TABLE_SYNTAX => true,
            UNDECLARED => changed.contains(&finding.primary.location.line),
            _ => false,
        };
        let carried = document.carried().into_iter();
        let carried = carried.filter(|finding| !is_read_again(finding));
        let carried: Vec<Diagnostic> = carried.collect();
        let mut outcome = Outcome {
            findings,
            ..Outcome::default()
        };
        // Where suppressions cannot be read, the check says so.
        if analysis::report(&root.tree, &root.architectures, policy, &mut outcome).is_err() {
            return;
        }
        let mut shown = outcome.findings;
        shown.retain(|finding| finding.primary.location.path == document.path);
        shown.extend(carried);
        crate::diag::sort(&mut shown);
        if let Some(document) = self.documents.get_mut(uri) {
            document.shown = shown;
        }
        self.publish_shown(uri);
    }

    fn publish_shown(&mut self, uri: &str) {
        let Some(document) = self.documents.get(uri) else {
            return;
        };
        let Some(root) = self.roots.all.get(document.root) else {
            return;
        };
        let text_of = |path: &str| root.tree.read_text(path).ok();
        let shown = document.shown.iter().map(|finding| {
            let (text, lines) = (&document.text, &document.lines);
            finding::to_json(finding, text, lines, &root.path, &text_of)
        });
        let shown: Vec<Value> = shown.collect();
        let version = document.version;
        self.publish(uri, version, &shown);
    }

    fn publish(&mut self, uri: &str, version: Option<i64>, diagnostics: &[Value]) {
        let mut params = json!({ "uri": uri, "diagnostics": diagnostics });
        if let Some(version) = version {
            params["version"] = json!(version);
        }
        self.send(json!({ "method": "textDocument/publishDiagnostics", "params": params }));
    }

    /// Says once what folder is no kernel tree.
    fn tell_about_roots(&mut self) {
        if let Some(message) = self.roots.take_message() {
            self.show_message(3, &message);
        }
        for root in self.roots.all.iter_mut().filter(|root| !root.is_removed) {
            root.start(&self.jobs);
        }
    }

    fn show_message(&mut self, kind: u32, message: &str) {
        let params = json!({ "type": kind, "message": message });
        self.send(json!({ "method": "window/showMessage", "params": params }));
    }

    fn fail(&mut self, id: &RequestId, code: ErrorCode, message: &str) {
        let error = json!({ "code": code as i32, "message": message });
        self.send(json!({ "id": id, "error": error }));
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = json!("2.0");
        if transport::write(self.output, &message).is_err() {
            self.is_closed = true;
        }
    }

    /// Notes that another thread will answer a request. Returns what says that it was cancelled.
    pub(super) fn begin(&mut self, id: &RequestId) -> Arc<AtomicBool> {
        let is_cancelled = Arc::<AtomicBool>::default();
        let running = Running {
            is_cancelled: is_cancelled.clone(),
            renames: None,
        };
        self.running.insert(id.clone(), running);
        is_cancelled
    }

    /// Notes that a request renames a symbol of a tree, so that the answer fits only the texts as they are.
    pub(super) fn renames(&mut self, id: &RequestId, root: usize) {
        if let Some(running) = self.running.get_mut(id) {
            running.renames = Some(root);
        }
    }

    /// Asks the models of the last check.
    pub(super) fn ask_models(&mut self, job: Job) {
        // The other end lives as long as this one.
        let _ = self.jobs.send(job);
    }

    /// Has all files of a tree read.
    pub(super) fn search(&mut self, query: search::Query) {
        let _ = self.searches.send(query);
    }

    /// The root of a document.
    pub(super) fn root_of(&self, document: &Document) -> Option<&Root> {
        self.roots.all.get(document.root)
    }
}

/// The findings of a Kconfig file that no architecture reads, such as one that nothing sources yet: those of its syntax.
fn alone(root: &Root, document: &Document) -> Vec<Diagnostic> {
    let (Some(file), Some(policy)) = (document.file(), &root.policy) else {
        return Vec::new();
    };
    if !is_kconfig(&document.path) {
        return Vec::new();
    }
    let mut outcome = Outcome {
        findings: file.diagnostics().to_vec(),
        ..Outcome::default()
    };
    // Where suppressions cannot be read, the check says so.
    let reported = analysis::report(&root.tree, &root.architectures, policy, &mut outcome);
    if reported.is_err() {
        return Vec::new();
    }
    let mut findings = outcome.findings;
    findings.retain(|finding| finding.primary.location.path == document.path);
    findings
}
