//! Editors and trees that mean harm: paths that lead out of the tree, files that must not be read, buffers without end, many files,
//! requests that nobody waits for.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, at, uri};
use crate::trees::copy;
use crate::{find, mini, place, text};

/// A name that stands outside the tree only.
const SECRET: &str = "SECRET_OUTSIDE_OF_THE_TREE";

/// A tree beside a directory that does not belong to it, with links from the one into the other, and with a FIFO.
fn besieged() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = copy(&mini());
    let root = directory.path().join("linux");
    let outside = directory.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let secret = format!("config {SECRET}\n\tbool \"secret\"\n");
    fs::write(outside.join("Kconfig"), secret).unwrap();
    let char = root.join("drivers/char");
    symlink("../../../outside/Kconfig", char.join("Kconfig.link")).unwrap();
    symlink("../../../outside", char.join("out")).unwrap();
    symlink("Kconfig.loop", char.join("Kconfig.loop")).unwrap();
    let made = Command::new("mkfifo")
        .args([char.join("Kconfig.fifo"), char.join("Kconfig.pipe")])
        .status();
    assert!(made.unwrap().success());
    (directory, root)
}

#[test]
fn no_uri_and_no_link_leads_out_of_the_tree() {
    let (_directory, root) = besieged();
    let mut client = Client::on(&root);
    let of_root = uri(&root, "");
    let uris = [
        format!("{of_root}/../outside/Kconfig"),
        format!("{of_root}/%2e%2e/outside/Kconfig"),
        format!("{of_root}/mm/..%2f..%2foutside%2fKconfig"),
        format!("{of_root}/drivers/char/Kconfig.link"),
        format!("{of_root}/drivers/char/Kconfig.loop"),
        format!("{of_root}/drivers/char/Kconfig.fifo"),
        format!("{of_root}/drivers/char/out/Kconfig"),
        format!("{of_root}/drivers/char"),
        format!("{of_root}/Kconfig%00"),
        "file:///etc/passwd".to_owned(),
        "file:///dev/zero".to_owned(),
        "file:///../../etc/Kconfig".to_owned(),
        "file://elsewhere/Kconfig".to_owned(),
        "untitled:Kconfig".to_owned(),
        String::new(),
    ];
    for uri in &uris {
        client.open(uri, &format!("config X\n\tbool\n\tdepends on {SECRET}\n"));
        client.change(uri, 2, json!([{ "text": "config Y\n\tbool\n" }]));
        let here = place(uri, (0, 8));
        for method in [
            "textDocument/hover",
            "textDocument/definition",
            "textDocument/prepareRename",
        ] {
            client.request(method, here.clone());
        }
    }
    // A file that is sourced is not looked for outside either.
    let file = uri(&root, "drivers/char/Kconfig");
    let original = text(&root, "drivers/char/Kconfig");
    let sources = "source \"drivers/char/out/Kconfig\"\nsource \"../outside/Kconfig\"\nsource \"drivers/char/Kconfig.pipe\"\n";
    let new = format!("{sources}{original}");
    client.open(&file, &new);
    let shown = client.checked(&file, 1);
    for line in 0..3 {
        let is_there = |of: &String| of.starts_with(&format!("{line}:")) && of.contains("source");
        assert!(shown.iter().any(is_there), "{shown:?}");
        let definition = client.request("textDocument/definition", place(&file, (line, 20)));
        assert_eq!(definition["result"], Value::Null);
    }
    let found = client.request("workspace/symbol", json!({ "query": SECRET }));
    assert_eq!(found["result"], json!([]));
    // A renaming changes files of the tree, and none by way of a link.
    let header = uri(&root, "mm/Kconfig");
    let of_mm = text(&root, "mm/Kconfig");
    client.open(&header, &of_mm);
    let (line, column) = find(&of_mm, "config MMU");
    let mut params = place(&header, (line, column + 8));
    params["newName"] = json!("MEMORY_UNIT");
    let edit = client.request("textDocument/rename", params);
    let changes = edit["result"]["changes"].as_object();
    let changes = changes.unwrap_or_else(|| panic!("{edit}"));
    assert!(changes.len() > 1);
    for uri in changes.keys() {
        let path = uri.strip_prefix(&format!("{of_root}/")).unwrap();
        assert!(
            !path.contains("char/out") && !path.contains("Kconfig.l"),
            "{uri}"
        );
    }
    let said = format!("{:?}", client.seen);
    assert!(!said.contains("root:"), "{said}");
    client.request("shutdown", json!(null));
    client.notify("exit", json!(null));
    assert_eq!(client.end(), 0);
}

#[test]
fn a_buffer_over_the_limit_is_left_alone_until_it_is_small_again() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let mut client = Client::with_arguments(&["--max", "file-size=65536"]);
    client.initialize(&root, json!({}), &json!({ "reportChecks": true }));
    let huge = format!("{original}{}", "# a comment\n".repeat(6000));
    client.open(&file, &huge);
    let is_message = |message: &Value| message["method"] == "window/showMessage";
    let message = client.wait("a message", is_message);
    let said = message["params"]["message"].as_str().unwrap();
    assert!(
        said.contains("mm/Kconfig") && said.contains("file-size"),
        "{said}"
    );
    let outline = json!({ "textDocument": { "uri": file } });
    let symbols = client.request("textDocument/documentSymbol", outline.clone());
    assert_eq!(symbols["result"], json!([]));
    // It is said once, and over with the size.
    client.change(
        &file,
        2,
        json!([{ "range": { "start": at(0, 0), "end": at(0, 0) }, "text": "#\n" }]),
    );
    client.change(&file, 3, json!([{ "text": original }]));
    assert_eq!(client.checked(&file, 3), Vec::<String>::new());
    assert!(!client.seen.iter().any(is_message), "{:?}", client.seen);
    // A message that is too large costs an error and no session.
    let body = vec![b' '; 200_000];
    client.write(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    client.write(&body);
    let refused = client.wait("an error", |message| {
        message["id"].is_null() && message["error"].is_object()
    });
    assert_eq!(refused["error"]["code"], -32700);
    let symbols = client.request("textDocument/documentSymbol", outline);
    assert_eq!(symbols["result"].as_array().unwrap().len(), 1);
}

#[test]
fn a_hundred_open_files_are_checked_with_the_rest() {
    let root = mini();
    let mut client = Client::on(&root);
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let of = |number: usize| uri(&root, &format!("drivers/char/Kconfig.{number}"));
    for number in 0..100 {
        let text = format!("config OPEN_{number}\n\tbool \"{number}\"\n\tselct X\n");
        client.open(&of(number), &text);
    }
    let sources: String = (0..100)
        .map(|number| format!("source \"drivers/char/Kconfig.{number}\"\n"))
        .collect();
    client.open(
        &file,
        &format!("{original}{sources}config LAST\n\tbool \"last\"\n\tdepends on OPEN_99\n"),
    );
    assert_eq!(client.checked(&file, 1), Vec::<String>::new());
    let shown = client.checked(&of(42), 1);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].contains("kconfig-syntax"), "{shown:?}");
    for number in 0..100 {
        let closed = json!({ "textDocument": { "uri": of(number) } });
        client.notify("textDocument/didClose", closed);
    }
    client.change(&file, 2, json!([{ "text": original }]));
    assert_eq!(client.checked(&file, 2), Vec::<String>::new());
    let found = client.request("workspace/symbol", json!({ "query": "OPEN_42" }));
    assert_eq!(found["result"], json!([]));
}

#[test]
fn every_request_is_answered_once_cancelled_or_not() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let mut client = Client::on(&root);
    client.open(&file, &original);
    let (line, column) = find(&original, "config MMU");
    let here = place(&file, (line, column + 8));
    let mut ids = Vec::new();
    for number in 0..30 {
        let mut params = here.clone();
        params["newName"] = json!(format!("MEMORY_UNIT_{number}"));
        ids.push(client.ask("textDocument/rename", params));
        ids.push(client.ask("textDocument/hover", here.clone()));
    }
    for id in ids.iter().rev().step_by(2).chain(&ids[..10]) {
        client.notify("$/cancelRequest", json!({ "id": id }));
    }
    client.notify("$/cancelRequest", json!({ "id": "nobody" }));
    client.notify("$/cancelRequest", json!({ "id": [] }));
    for id in &ids {
        let answer = client.answer(*id);
        let is_cancelled = answer["error"]["code"] == -32800;
        assert!(answer.get("result").is_some() || is_cancelled, "{answer}");
    }
    client.request(
        "textDocument/documentSymbol",
        json!({ "textDocument": { "uri": file } }),
    );
    let again = |message: &Value| ids.iter().any(|id| message["id"] == *id);
    assert!(!client.seen.iter().any(again), "{:?}", client.seen);
}

/// Methods of requests, those that are not there included.
const REQUESTS: &[&str] = &[
    "initialize",
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/completion",
    "textDocument/codeAction",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/formatting",
    "textDocument/rangeFormatting",
    "textDocument/inlayHint",
    "workspace/symbol",
    "workspace/executeCommand",
    "completionItem/resolve",
    "$/nothing",
    "",
];

/// Methods of notifications.
const NOTIFICATIONS: &[&str] = &[
    "initialized",
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didSave",
    "textDocument/didClose",
    "workspace/didChangeWatchedFiles",
    "workspace/didChangeConfiguration",
    "workspace/didChangeWorkspaceFolders",
    "$/cancelRequest",
    "$/setTrace",
    "$/nothing",
];

#[test]
fn no_message_ends_a_session() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let mut client = Client::on(&root);
    client.open(&file, &original);
    let deep = (0..100).fold(json!({}), |inner, _| json!([inner]));
    let far = |line: u64, character: u64| json!({ "line": line, "character": character });
    let most = u64::from(u32::MAX);
    let places = [
        far(most, most),
        far(0, most),
        far(most, 0),
        far(u64::MAX, 1),
        json!({ "line": -1, "character": 0 }),
        json!({ "line": 1.5, "character": "0" }),
        json!(null),
    ];
    let mut all = vec![
        json!(null),
        json!([]),
        json!({}),
        json!("x"),
        json!(1e300),
        deep.clone(),
        json!({ "textDocument": null }),
        json!({ "textDocument": { "uri": 7 } }),
        json!({ "textDocument": { "uri": file, "version": -1, "text": null, "languageId": [] } }),
        json!({ "textDocument": { "uri": "file:///%ff%00" }, "position": at(0, 0) }),
        json!({ "changes": [{ "uri": "%", "type": 99 }, null], "settings": deep }),
        json!({ "event": { "added": [{ "uri": "file:///proc", "name": "" }], "removed": [{}] } }),
        json!({ "command": "kfeat.nothing", "arguments": [null] }),
        json!({ "query": "x".repeat(100_000) }),
        json!({ "id": { "a": 1 } }),
    ];
    for place in &places {
        for other in [&places[0], &at(0, 0)] {
            // From the later to the earlier, past the end, within a character.
            let range = json!({ "start": place, "end": other });
            all.push(json!({
                "textDocument": { "uri": file, "version": 2 },
                "position": place,
                "range": range,
                "context": { "diagnostics": [{ "range": range, "message": 0 }] },
                "newName": "A\0\n\u{202e}",
                "options": { "tabSize": 1u64 << 40, "insertSpaces": 3 },
                "contentChanges": [{ "range": range, "text": "\u{1f427}" }, { "range": range }],
            }));
        }
    }
    for params in &all {
        for method in NOTIFICATIONS {
            client.notify(method, params.clone());
        }
        for method in REQUESTS {
            let id = client.ask(method, params.clone());
            let answer = client.answer(id);
            let has = |name: &str| answer.get(name).is_some();
            assert!(has("result") != has("error"), "{method} {params}: {answer}");
        }
    }
    // Bytes that are no messages.
    for body in [
        "",
        "[]",
        "{}",
        "\u{feff}{}",
        "{\"id\":1}",
        "{\"id\":null,\"method\":null}",
        "{\"jsonrpc\":\"1.0\",\"id\":{},\"method\":\"textDocument/hover\"}",
        &format!("{}1{}", "[".repeat(5000), "]".repeat(5000)),
    ] {
        client.write(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }
    client.write(format!("{}\r\n\r\n", "x".repeat(100_000)).as_bytes());
    // The server still answers as before.
    let outline = json!({ "textDocument": { "uri": uri(&root, "init/Kconfig") } });
    client.open(&uri(&root, "init/Kconfig"), "config A\n\tbool\n");
    let symbols = client.request("textDocument/documentSymbol", outline);
    assert_eq!(symbols["result"][0]["name"], "A", "{symbols}");
    client.request("shutdown", json!(null));
    client.notify("exit", json!(null));
    assert_eq!(client.end(), 0);
}

#[test]
fn an_editor_that_is_killed_takes_the_server_with_it() {
    let root: &Path = &mini();
    let mut client = Client::on(root);
    let file = uri(root, "mm/Kconfig");
    client.open(&file, &text(root, "mm/Kconfig"));
    // Both streams end in the middle of work, as those of a process that is gone.
    client.ask("textDocument/hover", place(&file, (7, 9)));
    assert_eq!(client.abandon(), 1);
}
