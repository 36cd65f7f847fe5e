//! A scripted editor: the real program behind its streams.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// An editor with a session.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Messages that were received and not yet asked for.
    pub seen: VecDeque<Value>,
    next: i64,
}

impl Client {
    /// Starts the program. Nothing is said yet.
    pub fn start() -> Self {
        Self::with_arguments(&[])
    }

    /// The same, with further arguments.
    pub fn with_arguments(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_kfeat"))
            .arg("lsp")
            .args(arguments)
            .current_dir("/")
            .env("XDG_CONFIG_HOME", "/dev/null")
            .env_remove("KFEAT_TREE")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            loop {
                let mut size = 0;
                loop {
                    let mut line = String::new();
                    if output.read_line(&mut line).unwrap_or(0) == 0 {
                        return;
                    }
                    match line.trim().strip_prefix("Content-Length: ") {
                        Some(number) => size = number.parse().unwrap(),
                        None if line.trim().is_empty() => break,
                        None => panic!("an unknown header: {line:?}"),
                    }
                }
                let mut text = vec![0; size];
                output.read_exact(&mut text).unwrap();
                let message: Value = serde_json::from_slice(&text).unwrap();
                assert_eq!(message["jsonrpc"], "2.0");
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            input: child.stdin.take(),
            child,
            messages,
            seen: VecDeque::new(),
            next: 0,
        }
    }

    /// A session on a tree.
    pub fn on(root: &Path) -> Self {
        Self::with(root, json!({}), &json!({ "reportChecks": true }))
    }

    /// A session on a tree, with what the editor says of itself.
    pub fn with(root: &Path, capabilities: Value, options: &Value) -> Self {
        let mut client = Self::start();
        client.initialize(root, capabilities, options);
        client
    }

    /// Begins the session.
    pub fn initialize(&mut self, root: &Path, capabilities: Value, options: &Value) {
        let answer = self.request(
            "initialize",
            json!({
                "processId": null,
                "rootUri": uri(root, ""),
                "capabilities": capabilities,
                "initializationOptions": options,
            }),
        );
        assert_eq!(answer["result"]["serverInfo"]["name"], "kfeat");
        self.notify("initialized", json!({}));
    }

    /// Writes bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    fn send(&mut self, mut message: Value) {
        message["jsonrpc"] = json!("2.0");
        let text = message.to_string();
        self.write(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    }

    /// Says something that has no answer.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(json!({ "method": method, "params": params }));
    }

    /// Asks, without waiting for the answer. Returns the number of the request.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        self.send(json!({ "id": self.next, "method": method, "params": params }));
        self.next
    }

    /// Waits for a message that fits.
    pub fn wait(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.seen.iter().position(&fits) {
            return self.seen.remove(at).unwrap();
        }
        let start = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(start.elapsed());
            let message = self.messages.recv_timeout(left);
            let message =
                message.unwrap_or_else(|error| panic!("{what}: {error}; {:?}", self.seen));
            if fits(&message) {
                return message;
            }
            self.seen.push_back(message);
        }
    }

    /// Waits for the answer to a request.
    pub fn answer(&mut self, id: i64) -> Value {
        self.wait("an answer", |message| {
            message["id"] == id && message["method"].is_null()
        })
    }

    /// Asks and waits for the answer.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    /// Opens a file with a text.
    pub fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "kconfig", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Changes an open file.
    pub fn change(&mut self, uri: &str, version: i64, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        let params = json!({ "textDocument": document, "contentChanges": changes });
        self.notify("textDocument/didChange", params);
    }

    /// The diagnostics of a version of a file once it is checked, one line each: range, lint, first line of the message.
    pub fn checked(&mut self, uri: &str, version: i64) -> Vec<String> {
        self.wait("the end of a check", |message| {
            message["method"] == "kfeat/checked"
                && message["params"] == json!({ "uri": uri, "version": version })
        });
        let of = |message: &&Value| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
        };
        let last = self.seen.iter().rev().find(of).unwrap();
        assert_eq!(last["params"]["version"], version);
        lines(last)
    }

    /// The first diagnostics of a version of a file.
    pub fn first(&mut self, uri: &str, version: i64) -> Vec<String> {
        let message = self.wait("diagnostics", |message| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && params["version"] == version
        });
        lines(&message)
    }

    /// Closes both streams at once, as a process does that is killed, and waits for the end. Returns the exit code.
    pub fn abandon(mut self) -> i32 {
        let (_, nobody) = channel();
        // The thread that reads ends with the next message, and closes the stream.
        self.messages = nobody;
        drop(self.input.take());
        self.child.wait().unwrap().code().unwrap()
    }

    /// Waits for the end, with both streams open. Returns the exit code.
    pub fn exit_code(mut self) -> i32 {
        // `wait` would close the stream.
        let input = self.input.take();
        let code = self.child.wait().unwrap().code().unwrap();
        drop(input);
        code
    }

    /// Closes the stream and waits for the end. Returns the exit code.
    pub fn end(mut self) -> i32 {
        drop(self.input.take());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(message: &Value) -> Vec<String> {
    let diagnostics = message["params"]["diagnostics"].as_array().unwrap();
    let line = |of: &Value| {
        let place = |end: &str| {
            let at = &of["range"][end];
            format!("{}:{}", at["line"], at["character"])
        };
        let message = of["message"].as_str().unwrap();
        let headline = message.lines().next().unwrap();
        let lint = of["code"].as_str().unwrap();
        format!("{}-{} {lint}: {headline}", place("start"), place("end"))
    };
    diagnostics.iter().map(line).collect()
}

/// The URI of a file of a tree; its root where the path is empty.
pub fn uri(root: &Path, path: &str) -> String {
    let file = if path.is_empty() {
        root.to_owned()
    } else {
        root.join(path)
    };
    format!("file://{}", file.display())
}

/// The text with the edits of the protocol, of which none touches another.
pub fn applied(text: &str, edits: &Value) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut starts = vec![0];
    starts.extend(lines.iter().scan(0, |at, line| {
        *at += line.len();
        Some(*at)
    }));
    let offset = |position: &Value| {
        let line = position["line"].as_u64().unwrap() as usize;
        let mut left = position["character"].as_u64().unwrap() as usize;
        let mut offset = starts[line];
        for character in lines.get(line).copied().unwrap_or_default().chars() {
            if left == 0 {
                break;
            }
            left -= character.len_utf16();
            offset += character.len_utf8();
        }
        offset
    };
    let edits = edits.as_array().unwrap().iter();
    let mut edits: Vec<(usize, usize, &str)> = edits
        .map(|edit| {
            let range = &edit["range"];
            (
                offset(&range["start"]),
                offset(&range["end"]),
                edit["newText"].as_str().unwrap(),
            )
        })
        .collect();
    edits.sort_unstable();
    let mut new = text.to_owned();
    for (start, end, piece) in edits.into_iter().rev() {
        new.replace_range(start..end, piece);
    }
    new
}

/// A position.
pub fn at(line: usize, character: usize) -> Value {
    json!({ "line": line, "character": character })
}
