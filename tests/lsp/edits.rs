//! Requests that change files (renaming, formatting, suppressions), and searches of files that are not open.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, applied, at, uri};
use crate::{find, mini, place, text};

/// An editor that understands versions and annotations of edits.
fn modern(options: &Value) -> Client {
    let capabilities = json!({
        "workspace": {
            "workspaceEdit": {
                "documentChanges": true,
                "resourceOperations": ["create"],
                "changeAnnotationSupport": {},
            },
        },
        "window": { "showDocument": { "support": true } },
    });
    Client::with(&mini(), capabilities, options)
}

#[test]
fn a_symbol_is_renamed_everywhere() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let header = uri(&root, "include/linux/sched.h");
    let mut client = modern(&json!({}));
    let original = text(&root, "mm/Kconfig");
    client.open(&file, &original);
    // An open file counts as it stands in the editor.
    let edited = format!(
        "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE_MODULE\n{}",
        text(&root, "include/linux/sched.h")
    );
    client.open(&header, &edited);
    let here = find(&original, "ARCH_HAS_LAZY_MMU_MODE\n\tdepends on KUNIT");
    let prepared = client.request("textDocument/prepareRename", place(&file, here));
    assert_eq!(prepared["result"]["placeholder"], "ARCH_HAS_LAZY_MMU_MODE");
    assert_eq!(prepared["result"]["range"]["start"], at(here.0, here.1));
    // The same from C: the name alone is replaced.
    let prepared = client.request("textDocument/prepareRename", place(&header, (0, 9)));
    assert_eq!(
        prepared["result"]["range"],
        json!({ "start": at(0, 14), "end": at(0, 36) })
    );
    let mut params = place(&file, here);
    params["newName"] = json!("CONFIG_LAZY_HOOKS");
    let answer = client.request("textDocument/rename", params);
    let mut new: BTreeMap<String, String> = BTreeMap::new();
    let mut annotations: BTreeMap<String, String> = BTreeMap::new();
    for change in answer["result"]["documentChanges"].as_array().unwrap() {
        let uri = change["textDocument"]["uri"].as_str().unwrap();
        let path = uri.rsplit_once("linux-mini/").unwrap().1;
        let old = if uri == header {
            edited.clone()
        } else {
            text(&root, path)
        };
        let version = if uri == header || uri == file {
            json!(1)
        } else {
            Value::Null
        };
        assert_eq!(change["textDocument"]["version"], version, "{path}");
        new.insert(path.to_owned(), applied(&old, &change["edits"]));
        let annotation = change["edits"][0]["annotationId"].as_str().unwrap();
        annotations.insert(path.to_owned(), annotation.to_owned());
    }
    // The symbol, as a word search finds it: each line of Kconfig, C and tables that names it, but no comment that only
    // mentions it.
    let expected = [
        (
            "Documentation/features/vm/lazy_mmu/arch-support.txt",
            "tables",
            1,
        ),
        ("arch/arm64/Kconfig", "kconfig", 1),
        ("arch/powerpc/platforms/Kconfig.cputype", "kconfig", 1),
        ("arch/sparc/Kconfig", "kconfig", 1),
        ("arch/x86/Kconfig", "kconfig", 1),
        ("arch/x86/boot/compressed/misc.h", "code", 1),
        ("arch/x86/boot/startup/sme.c", "code", 1),
        ("include/linux/pgtable.h", "code", 2),
        ("include/linux/sched.h", "code", 3),
        ("mm/Kconfig", "kconfig", 2),
    ];
    for (path, annotation, count) in expected {
        let of = new
            .get(path)
            .unwrap_or_else(|| panic!("{path} is not changed: {:?}", new.keys()));
        assert_eq!(of.matches("LAZY_HOOKS").count(), count, "{path}: {of}");
        assert_eq!(annotations[path], annotation, "{path}");
        let label = &answer["result"]["changeAnnotations"][annotation];
        assert_eq!(label["needsConfirmation"], true, "{path}");
    }
    assert_eq!(new.len(), expected.len(), "{:?}", new.keys());
    assert!(new["include/linux/sched.h"].starts_with("#ifdef CONFIG_LAZY_HOOKS_MODULE\n"));
    assert!(new["arch/x86/boot/startup/sme.c"].contains("#undef CONFIG_LAZY_HOOKS"));
}

#[test]
fn names_that_clash_or_are_none_are_refused() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let header = uri(&root, "include/linux/extra.h");
    let mut client = Client::on(&root);
    client.open(&file, &original);
    client.open(&header, "#ifdef CONFIG_OLD_MARK\n#endif\n");
    for (needle, reason) in [
        ("menu", "no symbol"),
        ("y\n", "declares `y`"),
        ("Watch for", "no symbol"),
    ] {
        let at = find(&original, needle);
        let answer = client.request("textDocument/prepareRename", place(&file, at));
        let message = answer["error"]["message"]
            .as_str()
            .unwrap_or_else(|| panic!("{needle}: {answer}"));
        assert!(message.contains(reason), "{needle}: {message}");
        assert_eq!(answer["error"]["code"], -32803);
    }
    for (new, reason) in [
        ("KASAN", "already declared in mm/Kconfig:14"),
        ("A B", "is not a valid name"),
        ("m", "keyword of Kconfig"),
        ("12", "number"),
        ("OLD_MARK", "is already used in include/linux/extra.h:1"),
        ("KASAN_MODULE", "two"),
    ] {
        let mut params = place(&file, find(&original, "VMAP_PFN"));
        params["newName"] = json!(new);
        let answer = client.request("textDocument/rename", params);
        let message = answer["error"]["message"]
            .as_str()
            .unwrap_or_else(|| panic!("{new}: {answer}"));
        let reason = reason.replace("two", "another symbol built as a module");
        assert!(message.contains(&reason), "{new}: {message}");
    }
    // An editor that knows no more than plain edits gets those.
    let mut params = place(&file, find(&original, "VMAP_PFN"));
    params["newName"] = json!("VMAP_FRAMES");
    let answer = client.request("textDocument/rename", params);
    let new = applied(&original, &answer["result"]["changes"][&file]);
    assert!(new.contains("config VMAP_FRAMES\n"), "{new}");
}

#[test]
fn references_in_closed_files_are_found_on_request() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let here = find(&original, "ARCH_HAS_LAZY_MMU_MODE");
    let in_code = |answer: &Value| {
        let all = answer["result"].as_array().unwrap().iter();
        all.filter(|of| of["uri"].as_str().unwrap().ends_with("pgtable.h"))
            .map(|of| of["range"].clone())
            .collect::<Vec<Value>>()
    };
    let mut client = Client::on(&root);
    client.open(&file, &original);
    let mut params = place(&file, here);
    params["context"] = json!({ "includeDeclaration": true });
    assert!(in_code(&client.request("textDocument/references", params.clone())).is_empty());
    let command = json!({ "command": "kfeat.references", "arguments": [place(&file, here)] });
    let by_command = in_code(&client.request("workspace/executeCommand", command));
    let header = text(&root, "include/linux/pgtable.h");
    let (line, column) = find(&header, "CONFIG_ARCH_HAS_LAZY_MMU_MODE");
    assert_eq!(
        by_command[0],
        json!({ "start": at(line, column), "end": at(line, column + 29) })
    );
    assert_eq!(by_command.len(), 2);
    let settings = json!({ "settings": { "kfeat": { "referencesInCode": true } } });
    client.notify("workspace/didChangeConfiguration", settings);
    assert_eq!(
        in_code(&client.request("textDocument/references", params.clone())),
        by_command
    );
    // One that nobody waits for any more has an answer all the same.
    let id = client.ask("textDocument/references", params);
    client.notify("$/cancelRequest", json!({ "id": id }));
    let answer = client.answer(id);
    assert!(answer.get("result").is_some() || answer["error"]["code"] == -32800);
}

#[test]
fn white_space_is_formatted_and_nothing_else() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let mut client = Client::on(&root);
    let original = text(&root, "mm/Kconfig");
    client.open(&file, &original);
    let params = json!({ "textDocument": { "uri": file }, "options": { "tabSize": 8, "insertSpaces": false } });
    let answer = client.request("textDocument/formatting", params.clone());
    assert_eq!(answer["result"], json!([]));
    let spoilt = original
        .replace("\n\tbool\n", "\n        bool \n")
        .replace("\n\t  ", "\n    ")
        .replace("config KASAN\n", "config KASAN\t\n");
    assert_ne!(spoilt, original);
    client.change(&file, 2, json!([{ "text": spoilt }]));
    let answer = client.request("textDocument/formatting", params.clone());
    let back = applied(&spoilt, &answer["result"]);
    assert_eq!(back, original);
    let (line, _) = find(&spoilt, "config KASAN\t");
    let mut range = params;
    range["range"] = json!({ "start": at(line, 0), "end": at(line + 1, 0) });
    let answer = client.request("textDocument/rangeFormatting", range);
    let back = applied(&spoilt, &answer["result"]);
    assert_eq!(back, spoilt.replace("config KASAN\t\n", "config KASAN\n"));
}

#[test]
fn a_finding_is_suppressed_with_a_reason() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let configuration = uri(&root, "kfeat.yaml");
    let original = text(&root, "mm/Kconfig");
    let mut client = modern(&json!({ "reportChecks": true }));
    client.open(&file, &original);
    let new = original.replace(
        "config VMAP_PFN\n\tbool",
        "config VMAP_PFN\n\tbool\n\tdepends on HAVE_ARCH_KASNA",
    );
    client.change(&file, 2, json!([{ "text": new }]));
    let shown = client.checked(&file, 2);
    assert!(
        shown.iter().any(|of| of.contains("undeclared-name")),
        "{shown:?}"
    );
    let (line, column) = find(&new, "HAVE_ARCH_KASNA");
    let range = json!({ "start": at(line, column), "end": at(line, column) });
    let params = json!({ "textDocument": { "uri": file }, "range": range, "context": { "diagnostics": [] } });
    let actions = client.request("textDocument/codeAction", params);
    let actions = actions["result"].as_array().unwrap();
    let action = actions
        .iter()
        .find(|of| of["title"].as_str().unwrap().starts_with("suppress"));
    let action = action.unwrap_or_else(|| panic!("{actions:?}"));
    let changes = &action["edit"]["documentChanges"];
    assert_eq!(changes[0]["kind"], "create");
    assert_eq!(changes[1]["textDocument"]["uri"], configuration);
    let yaml = applied("", &changes[1]["edits"]);
    assert!(
        yaml.contains("lint: undeclared-name") && yaml.contains("reason: "),
        "{yaml}"
    );
    // The command leads to where the reason has to be written.
    let command = &action["command"];
    assert_eq!(command["command"], "kfeat.show");
    client.request("workspace/executeCommand", command.clone());
    let show = client.wait("a file to be shown", |message| {
        message["method"] == "window/showDocument"
    });
    let line = show["params"]["selection"]["start"]["line"]
        .as_u64()
        .unwrap();
    assert!(yaml.lines().nth(line as usize).unwrap().contains("FIXME"));
    // With the entry in an open file the finding is gone.
    client.open(&configuration, &yaml);
    client.change(&file, 3, json!([]));
    let shown = client.checked(&file, 3);
    assert!(
        !shown.iter().any(|of| of.contains("undeclared-name")),
        "{shown:?}"
    );
}

#[test]
fn hints_say_what_always_holds_where_the_user_wants_them() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let new = original.replace(
        "config VMAP_PFN\n\tbool",
        "config VMAP_PFN\n\tbool \"frames\" if MMU\n\tdepends on MMU\n\tdefault y if KUNIT",
    );
    let mut client = Client::on(&root);
    client.open(&file, &new);
    client.checked(&file, 1);
    let range = json!({ "start": at(0, 0), "end": at(999, 0) });
    let params = json!({ "textDocument": { "uri": file }, "range": range });
    let nothing = client.request("textDocument/inlayHint", params.clone());
    assert_eq!(nothing["result"], json!([]));
    let settings = json!({ "settings": { "kfeat": { "inlayHints": true } } });
    client.notify("workspace/didChangeConfiguration", settings);
    let hints = client.request("textDocument/inlayHint", params);
    let hints = hints["result"].as_array().unwrap();
    let (line, _) = find(&new, "\tbool \"frames\"");
    let lines: Vec<&Value> = hints.iter().map(|hint| &hint["position"]["line"]).collect();
    assert!(lines.contains(&&json!(line)), "{hints:?}");
    assert!(!lines.contains(&&json!(line + 2)), "{hints:?}");
    let hint = hints
        .iter()
        .find(|hint| hint["position"]["line"] == line)
        .unwrap();
    assert_eq!(hint["label"], "always true");
}

#[test]
fn a_renaming_of_other_texts_is_no_answer() {
    let root = mini();
    let file = uri(&root, "mm/Kconfig");
    let original = text(&root, "mm/Kconfig");
    let mut client = Client::on(&root);
    client.open(&file, &original);
    client.checked(&file, 1);
    let mut params = place(&file, find(&original, "VMAP_PFN"));
    params["newName"] = json!("VMAP_FRAMES");
    let start = json!({ "start": at(0, 0), "end": at(0, 0) });
    // The answer may be faster than the edit, but not each time.
    let mut refused = 0;
    for version in 2..100 {
        let id = client.ask("textDocument/rename", params.clone());
        let change = json!([{ "range": start, "text": "" }]);
        client.change(&file, version, change);
        let answer = client.answer(id);
        match answer["error"]["code"].as_i64() {
            Some(code) => {
                assert_eq!(code, -32801, "{answer}");
                refused += 1;
            }
            None => assert!(answer["result"]["changes"].is_object(), "{answer}"),
        }
        if refused > 0 {
            break;
        }
    }
    assert!(refused > 0);
    let answer = client.request("textDocument/rename", params);
    assert!(answer["result"]["changes"].is_object(), "{answer}");
}
