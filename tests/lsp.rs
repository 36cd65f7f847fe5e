//! The language server, asked by a scripted editor through the real program on the small tree.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "lsp/client.rs"]
mod client;
#[path = "lsp/edits.rs"]
mod edits;
#[path = "lsp/hostile.rs"]
mod hostile;
#[path = "lsp/trees.rs"]
mod trees;

use std::fs;
use std::path::{Path, PathBuf};

use client::{Client, at, uri};
use serde_json::{Value, json};

/// The small tree. It is not written to.
fn mini() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/linux-mini")
}

fn text(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

/// The line and column of the first place of `needle` in an ASCII text.
fn find(text: &str, needle: &str) -> (usize, usize) {
    let offset = text.find(needle).unwrap();
    let before = &text[..offset];
    let line = before.matches('\n').count();
    (line, offset - before.rfind('\n').map_or(0, |at| at + 1))
}

fn place(uri: &str, (line, column): (usize, usize)) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": at(line, column) })
}

#[test]
fn a_session_follows_the_protocol() {
    let mut client = Client::start();
    let early = client.request("textDocument/hover", json!({}));
    assert_eq!(early["error"]["code"], -32002);
    client.write(b"Content-Length: 7\r\n\r\nnothing");
    let malformed = client.wait("an error", |message| message["id"].is_null());
    assert_eq!(malformed["error"]["code"], -32700);
    client.write(b"no header at all\r\n\r\n");
    let malformed = client.wait("an error", |message| message["id"].is_null());
    assert_eq!(malformed["error"]["code"], -32700);
    let params = json!({ "capabilities": {}, "rootUri": null });
    let answer = client.request("initialize", params.clone());
    assert_eq!(
        answer["result"]["capabilities"]["positionEncoding"],
        "utf-16"
    );
    let again = client.request("initialize", params);
    assert_eq!(again["error"]["code"], -32600);
    client.notify("initialized", json!({}));
    let unknown = client.request("textDocument/unheardOf", json!({}));
    assert_eq!(unknown["error"]["code"], -32601);
    client.notify("unheard/of", json!([1, 2]));
    for params in [json!(null), json!([]), json!({ "textDocument": 7 })] {
        let wrong = client.request("textDocument/hover", params);
        assert_eq!(wrong["error"]["code"], -32602);
    }
    client.notify("textDocument/didChange", json!({ "contentChanges": 3 }));
    client.notify("textDocument/didOpen", json!("x"));
    let closed = client.request("textDocument/definition", place("file:///nowhere", (0, 0)));
    assert_eq!(closed["result"], Value::Null);
    let down = client.request("shutdown", json!(null));
    assert!(down.get("result").is_some());
    let late = client.request("textDocument/hover", json!({}));
    assert_eq!(late["error"]["code"], -32600);
    client.notify("exit", json!(null));
    assert_eq!(client.end(), 0);
    // Without `shutdown`, and where the editor is gone.
    assert_eq!(Client::on(&mini()).end(), 1);
    // The same in the middle of work.
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let mut client = Client::on(&root);
    client.open(&file, &text(&root, "mm/Kconfig"));
    client.ask("textDocument/hover", place(&file, (7, 9)));
    assert_eq!(client.end(), 1);
}

#[test]
fn whatever_is_written_the_next_request_is_answered() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let mut client = Client::on(&root);
    client.open(&file, &text(&root, "mm/Kconfig"));
    let bodies: [&[u8]; 8] = [
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{\"id\":{},\"method\":\"x\"}",
        b"{\"method\":7}",
        b"{\"jsonrpc\":\"2.0\"}",
        b"",
    ];
    for body in bodies {
        client.write(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        client.write(body);
        let outline = client.request(
            "textDocument/documentSymbol",
            json!({ "textDocument": { "uri": file } }),
        );
        assert!(outline["result"].is_array(), "{body:?}: {outline}");
    }
    // Invalid edits change nothing, and neither do edits of files that are not open.
    let range = |start: Value, end: Value| json!([{ "range": { "start": start, "end": end }, "text": "x" }]);
    for changes in [
        json!([{ "range": 7, "text": "x" }]),
        json!([{ "text": 7 }]),
        range(at(0, 0), json!({ "line": -1, "character": 0 })),
        range(json!("x"), at(0, 0)),
    ] {
        client.change(&file, 2, changes);
    }
    client.change(&uri(&root, "init/Kconfig"), 2, json!([{ "text": "x" }]));
    client.change(&file, 3, json!([]));
    assert_eq!(client.checked(&file, 3), Vec::<String>::new());
}

#[test]
fn a_folder_that_is_no_kernel_tree_gets_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::on(folder.path());
    let file = uri(folder.path(), "Kconfig");
    client.open(&file, "this is not Kconfig\n");
    client.change(&file, 2, json!([{ "text": "neither\n" }]));
    let hover = client.request("textDocument/hover", place(&file, (0, 1)));
    assert_eq!(hover["result"], Value::Null);
    let messages: Vec<&Value> = client.seen.iter().collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert_eq!(messages[0]["method"], "window/showMessage");
}

#[test]
fn findings_follow_the_edits() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let mut client = Client::on(&root);
    client.open(&file, &original);
    assert_eq!(client.checked(&file, 1), Vec::<String>::new());
    client.seen.clear();
    // A character outside the basic plane takes two columns; the name after it has to be found all the same.
    let (line, _) = find(&original, "config VMAP_PFN");
    let new = "config NEW\n\tbool \"\u{1f427}\" if HAVE_ARCH_HUGE_VMPA\n\tselct MMU\n\n";
    let here = json!({ "start": at(line, 0), "end": at(line, 0) });
    client.change(&file, 2, json!([{ "range": here, "text": new }]));
    let at_once = client.first(&file, 2);
    let before = "\tbool \"..\" if ";
    let start = format!("{}:{}-{}:", line + 1, before.len(), line + 1);
    let is_there = |shown: &[String]| {
        shown.iter().any(|of| {
            of.starts_with(&start) && of.contains("undeclared-name: `HAVE_ARCH_HUGE_VMPA`")
        }) && shown
            .iter()
            .any(|of| of.contains("kconfig-syntax") && of.starts_with(&format!("{}:", line + 2)))
    };
    assert!(is_there(&at_once), "{at_once:?}");
    let checked = client.checked(&file, 2);
    assert!(is_there(&checked), "{checked:?}");
    let end = before.len() + "HAVE_ARCH_HUGE_VMPA".len();
    let end = format!("-{}:{end}", line + 1);
    assert!(checked.iter().any(|of| of.contains(&end)), "{checked:?}");
    let gone = json!({ "start": at(line, 0), "end": at(line + 4, 0) });
    client.change(&file, 3, json!([{ "range": gone, "text": "" }]));
    assert_eq!(client.first(&file, 3), Vec::<String>::new());
    assert_eq!(client.checked(&file, 3), Vec::<String>::new());
}

/// How many random edits are made: `$KFEAT_LSP_EDITS`, or a few.
fn edits() -> usize {
    let number = std::env::var("KFEAT_LSP_EDITS").ok();
    number.map_or(200, |number| number.parse().unwrap())
}

/// After so many of them the session is compared with one that has just begun.
const BETWEEN: usize = 200;

#[test]
fn after_any_edits_the_result_is_that_of_a_fresh_start() {
    let root = mini();
    let paths = ["mm/Kconfig", "arch/x86/Kconfig", "drivers/char/Kconfig"];
    let mut client = Client::on(&root);
    let mut texts: Vec<(String, String)> = Vec::new();
    for path in paths {
        texts.push((uri(&root, path), text(&root, path)));
        let (file, text) = texts.last().unwrap();
        client.open(file, text);
    }
    let pieces = [
        "\n",
        "config X\n\tbool\n",
        "\tselect NOWHERE\n",
        "\u{e9}",
        "if MMU\n",
        "endif\n",
        "\"",
        "(",
        "",
    ];
    let mut random = 7_u64;
    let mut next = |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let (mut version, mut count) = (1, 0);
    let all = edits();
    for number in 1..=all {
        version += 1;
        let chosen = next(3);
        let (file, text) = &mut texts[chosen];
        // Now and then somebody starts over, so that the files do not become one error.
        if next(40) == 0 {
            *text = self::text(&root, paths[chosen]);
            client.change(file, version, json!([{ "text": text }]));
        } else {
            // The same change to the text, by lines and characters, and as the editor says it.
            let lines: Vec<&str> = text.split('\n').collect();
            let (from, size) = (next(lines.len()), next(3));
            let to = (from + size).min(lines.len() - 1);
            let column = next(lines[from].chars().count() + 1);
            let column = if from == to { 0 } else { column };
            let utf16: usize = lines[from].chars().take(column).map(char::len_utf16).sum();
            let piece = pieces[next(pieces.len())];
            let kept: String = lines[from].chars().take(column).collect();
            let mut new = lines[..from].to_vec();
            let middle = format!("{kept}{piece}{}", lines[to]);
            new.push(&middle);
            new.extend(&lines[to + 1..]);
            let new = new.join("\n");
            let range = json!({ "start": at(from, utf16), "end": at(to, 0) });
            client.change(file, version, json!([{ "range": range, "text": piece }]));
            *text = new;
        }
        if number % BETWEEN != 0 && number != all {
            continue;
        }
        version += 1;
        let mut fresh = Client::on(&root);
        for (file, text) in &texts {
            client.change(file, version, json!([]));
            fresh.open(file, text);
        }
        for (file, _) in &texts {
            let edited = client.checked(file, version);
            assert_eq!(edited, fresh.checked(file, 1), "{file}");
            count += edited.len();
        }
        client.seen.clear();
    }
    assert!(count > 0);
}

#[test]
fn the_symbol_under_the_cursor_is_explained_and_found() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let mut client = Client::on(&root);
    client.open(&file, &original);
    let (line, column) = find(&original, "depends on ARCH_HAS_LAZY_MMU_MODE");
    let here = place(&file, (line, column + 15));
    let hover = client.request("textDocument/hover", here.clone());
    let shown = hover["result"]["contents"]["value"].as_str().unwrap();
    for part in [
        "**ARCH_HAS_LAZY_MMU_MODE**",
        "bool",
        "mm/Kconfig:",
        "is never on",
        "Selected by",
        "Set by architectures",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let definition = client.request("textDocument/definition", here.clone());
    let (entry, _) = find(&original, "config ARCH_HAS_LAZY_MMU_MODE");
    let range = json!({ "start": at(entry, 7), "end": at(entry, 29) });
    assert_eq!(
        definition["result"],
        json!([{ "uri": file, "range": range }])
    );
    let references = client.request("textDocument/references", here);
    let references = references["result"].as_array().unwrap();
    let uris: Vec<&str> = references
        .iter()
        .map(|of| of["uri"].as_str().unwrap())
        .collect();
    assert!(
        uris.iter().any(|uri| uri.ends_with("arch/x86/Kconfig")),
        "{uris:?}"
    );
    let symbols = client.request("workspace/symbol", json!({ "query": "lazy_mmu" }));
    let symbols = symbols["result"].as_array().unwrap();
    let names: Vec<&str> = symbols
        .iter()
        .map(|of| of["name"].as_str().unwrap())
        .collect();
    assert!(names.contains(&"LAZY_MMU_MODE_KUNIT_TEST"), "{names:?}");
    let of_file = json!({ "textDocument": { "uri": file } });
    let outline = client.request("textDocument/documentSymbol", of_file.clone());
    let outline = outline["result"].as_array().unwrap();
    assert_eq!(outline.len(), 1);
    assert_eq!(outline[0]["name"], "Memory management");
    let inner = outline[0]["children"].as_array().unwrap();
    assert!(
        inner
            .iter()
            .any(|of| of["name"] == "MMU" && of["detail"] == "bool")
    );
    let last = original.lines().count() - 1;
    assert_eq!(outline[0]["range"]["end"]["line"], last);
    let folds = client.request("textDocument/foldingRange", of_file);
    let folds = folds["result"].as_array().unwrap();
    assert!(
        folds
            .iter()
            .any(|of| of["endLine"] == last && of["kind"] == "region")
    );
    assert!(folds.iter().any(|of| of["kind"] == "comment"));
    // Completions.
    let (line, _) = find(&original, "config VMAP_PFN");
    let here = json!({ "start": at(line, 0), "end": at(line, 0) });
    let new = "\tselect HAVE_ARCH_H\n\tdep\n";
    client.change(&file, 2, json!([{ "range": here, "text": new }]));
    let mut labels = |column| {
        let answer = client.request("textDocument/completion", place(&file, column));
        let items = answer["result"]["items"].as_array().unwrap();
        items
            .iter()
            .map(|of| (of["label"].clone(), of["detail"].clone()))
            .collect::<Vec<_>>()
    };
    let symbols = labels((line, 19));
    assert_eq!(symbols[0], (json!("HAVE_ARCH_HUGE_VMAP"), json!("bool")));
    assert_eq!(labels((line + 1, 4))[0].0, "depends on");
    let there = json!({ "start": at(line + 2, 0), "end": at(line + 2, 0) });
    let more = "\tdepends o\n\tdepends on MMU && \\\n\t\tHAVE_ARCH_H\n";
    client.change(&file, 3, json!([{ "range": there, "text": more }]));
    let mut first = |column| {
        let answer = client.request("textDocument/completion", place(&file, column));
        answer["result"]["items"][0]["label"].clone()
    };
    assert_eq!(first((line + 2, 10)), "on");
    assert_eq!(first((line + 4, 13)), "HAVE_ARCH_HUGE_VMAP");
    // Nothing of it disturbs what comes after.
    let id = client.ask("textDocument/hover", place(&file, (line + 7, 9)));
    client.notify("$/cancelRequest", json!({ "id": id }));
    let cancelled = client.answer(id);
    assert!(cancelled.get("result").is_some() || cancelled["error"]["code"] == -32800);
}

#[test]
fn rows_of_tables_are_judged_and_fixed() {
    let root = mini();
    let path = "Documentation/features/vm/huge-vmap/arch-support.txt";
    let file = uri(&root, path);
    let original = text(&root, path);
    let row = original
        .lines()
        .find(|line| line.contains("arm64:"))
        .unwrap();
    let wrong = row.replace(" ok ", "TODO").replace(" .. ", " ok ");
    let wrong = if wrong == row {
        row.replace("TODO", " ok ")
    } else {
        wrong
    };
    assert_ne!(wrong, row);
    let mut client = Client::on(&root);
    client.open(&file, &original.replace(row, &wrong));
    let shown = client.checked(&file, 1);
    let (line, _) = find(&original, row);
    let about: Vec<&String> = shown
        .iter()
        .filter(|of| of.starts_with(&format!("{line}:")))
        .collect();
    assert_eq!(about.len(), 1, "{shown:?}");
    let range = json!({ "start": at(line, 0), "end": at(line, 30) });
    let params = json!({ "textDocument": { "uri": file }, "range": range, "context": { "diagnostics": [] } });
    let actions = client.request("textDocument/codeAction", params);
    let actions = actions["result"].as_array().unwrap();
    let fix = actions
        .iter()
        .find(|of| of["edit"]["changes"][&file].is_array());
    assert!(fix.is_some(), "{actions:?}");
    let hover = client.request("textDocument/hover", place(&file, (line, 12)));
    let hover = hover["result"]["contents"]["value"].as_str().unwrap();
    assert!(
        hover.contains("the table says") && hover.contains("Kconfig: "),
        "{hover}"
    );
}
