//! The trees under the editor: several trees, buffers that are not saved, files that change on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, applied, uri};
use crate::{find, mini, place, text};

/// A copy of a tree, called `linux`, in a directory of its own.
pub fn copy(root: &Path) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("linux");
    let copied = Command::new("cp").arg("-a").args([root, &to]).status();
    assert!(copied.unwrap().success());
    directory
}

const USER: &str = "drivers/char/Kconfig";
const DECLARES: &str = "mm/Kconfig";

/// The text of a file with one more entry at its end.
fn with(root: &Path, path: &str, entry: &str) -> String {
    format!("{}\n{entry}", text(root, path))
}

/// Whether an undeclared name is among findings.
fn is_undeclared(shown: &[String]) -> bool {
    shown
        .iter()
        .any(|of| of.contains("undeclared-name: `MOVING_NAME`"))
}

const DECLARATION: &str = "config MOVING_NAME\n\tbool \"moving\"\n";
const USE: &str = "config USER_OF_IT\n\tbool \"user\"\n\tdepends on MOVING_NAME\n";

#[test]
fn what_is_not_saved_counts_in_all_files() {
    let root = mini();
    let (user, declares) = (uri(&root, USER), uri(&root, DECLARES));
    let mut client = Client::on(&root);
    client.open(&declares, &with(&root, DECLARES, DECLARATION));
    client.open(&user, &with(&root, USER, USE));
    assert!(!is_undeclared(&client.checked(&user, 1)));
    client.change(&declares, 2, json!([{ "text": text(&root, DECLARES) }]));
    client.change(&user, 2, json!([]));
    assert!(is_undeclared(&client.checked(&user, 2)));
    // A buffer that is thrown away is as if it had never been.
    client.change(
        &declares,
        3,
        json!([{ "text": with(&root, DECLARES, DECLARATION) }]),
    );
    let closed = json!({ "textDocument": { "uri": declares } });
    client.notify("textDocument/didClose", closed);
    client.change(&user, 3, json!([]));
    assert!(is_undeclared(&client.checked(&user, 3)));
}

#[test]
fn trees_of_one_session_do_not_mix() {
    let (first, second) = (copy(&mini()), copy(&mini()));
    let roots: Vec<PathBuf> = [&first, &second]
        .iter()
        .map(|directory| directory.path().join("linux"))
        .collect();
    let folder = |root: &Path| json!({ "uri": uri(root, ""), "name": "linux" });
    let mut client = Client::start();
    client.request(
        "initialize",
        json!({
            "capabilities": {},
            "workspaceFolders": [folder(&roots[0]), folder(&roots[1])],
            "initializationOptions": { "reportChecks": true },
        }),
    );
    client.notify("initialized", json!({}));
    let declares = uri(&roots[0], DECLARES);
    client.open(&declares, &with(&roots[0], DECLARES, DECLARATION));
    for (root, expected) in roots.iter().zip([false, true]) {
        let user = uri(root, USER);
        client.open(&user, &with(root, USER, USE));
        assert_eq!(is_undeclared(&client.checked(&user, 1)), expected);
    }
    let mut declared = || {
        let found = client.request("workspace/symbol", json!({ "query": "VMAP_PFN" }));
        let found = found["result"].as_array().unwrap().len();
        let moving = client.request("workspace/symbol", json!({ "query": "MOVING_NAME" }));
        (found, moving["result"].as_array().unwrap().len())
    };
    assert_eq!(declared(), (2, 1));
    // A folder that goes takes its findings along once no file of it is open, and comes back with the next one.
    let user = uri(&roots[1], USER);
    client.notify(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": user } }),
    );
    let change =
        |added: Value, removed: Value| json!({ "event": { "added": added, "removed": removed } });
    client.notify(
        "workspace/didChangeWorkspaceFolders",
        change(json!([]), json!([folder(&roots[1])])),
    );
    client.open(&user, &with(&roots[1], USER, USE));
    assert!(is_undeclared(&client.checked(&user, 1)));
    let shown = client.request("workspace/symbol", json!({ "query": "VMAP_PFN" }));
    assert_eq!(shown["result"].as_array().unwrap().len(), 2);
}

fn git(root: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.arg("-C")
        .arg(root)
        .args(["-c", "user.name=x", "-c", "user.email=x@example.org"]);
    let status = git
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .status();
    assert!(status.unwrap().success(), "git {arguments:?}");
}

#[test]
fn a_checkout_under_the_editor_is_noticed() {
    let directory = copy(&mini());
    let root = directory.path().join("linux");
    git(&root, &["init", "-q", "-b", "plain"]);
    git(&root, &["add", "-A"]);
    git(&root, &["commit", "-qm", "tree"]);
    git(&root, &["checkout", "-qb", "more"]);
    fs::write(root.join(DECLARES), with(&root, DECLARES, DECLARATION)).unwrap();
    git(&root, &["commit", "-qam", "more"]);
    git(&root, &["checkout", "-q", "plain"]);
    let user = uri(&root, USER);
    let mut client = Client::on(&root);
    client.open(&user, &with(&root, USER, USE));
    assert!(is_undeclared(&client.checked(&user, 1)));
    // Nobody tells: the next check sees it.
    git(&root, &["checkout", "-q", "more"]);
    client.change(&user, 2, json!([]));
    assert!(!is_undeclared(&client.checked(&user, 2)));
    // The editor tells, and nothing is typed. A version is checked again then.
    git(&root, &["checkout", "-q", "plain"]);
    client.seen.clear();
    let change = json!({ "changes": [{ "uri": uri(&root, DECLARES), "type": 2 }] });
    client.notify("workspace/didChangeWatchedFiles", change);
    assert!(is_undeclared(&client.checked(&user, 2)));
}

/// Tells that a file was saved.
fn save(client: &mut Client, file: &str) {
    let saved = json!({ "textDocument": { "uri": file } });
    client.notify("textDocument/didSave", saved);
}

#[test]
fn what_code_still_uses_is_read_again() {
    let directory = copy(&mini());
    let root = directory.path().join("linux");
    let (file, makefile) = (uri(&root, DECLARES), uri(&root, "mm/Makefile"));
    let original = text(&root, DECLARES);
    let mut client = Client::on(&root);
    client.open(&file, &original);
    assert_eq!(client.checked(&file, 1), Vec::<String>::new());
    let new = original.replace("config KASAN\n", "config KSAN\n");
    assert_ne!(new, original);
    client.change(&file, 2, json!([{ "text": new }]));
    let is_used = |shown: &[String]| {
        let mut shown = shown.iter();
        shown.any(|of| of.contains("`KASAN` is no longer declared") && of.contains("mm/Makefile"))
    };
    assert!(is_used(&client.checked(&file, 2)));
    // All files of a renaming are saved, and the editor tells of the open one.
    let old = text(&root, "mm/Makefile");
    let renamed = old.replace("CONFIG_KASAN", "CONFIG_KSAN");
    fs::write(root.join("mm/Makefile"), renamed).unwrap();
    fs::write(root.join(DECLARES), &new).unwrap();
    client.seen.clear();
    save(&mut client, &file);
    assert!(!is_used(&client.checked(&file, 2)));
    // The makefile alone goes back, and the editor tells. The next edit shows it, and the editor tells of its end, too.
    fs::write(root.join("mm/Makefile"), old).unwrap();
    client.seen.clear();
    let change = json!({ "changes": [{ "uri": makefile, "type": 2 }] });
    client.notify("workspace/didChangeWatchedFiles", change.clone());
    client.change(&file, 3, json!([]));
    assert!(is_used(&client.checked(&file, 3)));
    fs::write(root.join("mm/Makefile"), "").unwrap();
    client.seen.clear();
    client.notify("workspace/didChangeWatchedFiles", change);
    assert!(!is_used(&client.checked(&file, 3)));
}

#[test]
fn requests_are_about_the_files_that_are_there_now() {
    let directory = copy(&mini());
    let root = directory.path().join("linux");
    let file = uri(&root, "arch/arm64/Kconfig");
    let declares = uri(&root, DECLARES);
    let original = text(&root, DECLARES);
    let mut client = Client::on(&root);
    let of_arm64 = text(&root, "arch/arm64/Kconfig");
    client.open(&file, &of_arm64);
    client.checked(&file, 1);
    let here = place(&file, find(&of_arm64, "HAVE_ARCH_KASAN"));
    let line_of = |answer: &Value| answer["result"][0]["range"]["start"]["line"].clone();
    let definition = client.request("textDocument/definition", here.clone());
    let (line, _) = find(&original, "config HAVE_ARCH_KASAN\n");
    assert_eq!(line_of(&definition), line);
    // Nobody tells that a closed file has changed.
    let path = root.join(DECLARES);
    let moved = format!("# a line\n{original}");
    fs::write(&path, &moved).unwrap();
    let mut params = here.clone();
    params["newName"] = json!("HAVE_ARCH_KSAN");
    let rename = |client: &mut Client| client.request("textDocument/rename", params.clone());
    let edit = rename(&mut client);
    let new = applied(&moved, &edit["result"]["changes"][&declares]);
    assert!(new.contains("config HAVE_ARCH_KSAN\n"), "{edit}");
    assert!(!new.contains("HAVE_ARCH_KASAN"), "{new}");
    // Not even its size and time tell that the symbol has become another one. A refusal has the tree read again.
    let other = moved.replace(
        "config HAVE_ARCH_KASAN\n\tbool\n\n",
        "config HAVE_ARCH_KASAN2\n\tbool\n",
    );
    assert_eq!(other.len(), moved.len());
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, &other).unwrap();
    let written = fs::File::options().write(true).open(&path).unwrap();
    written.set_modified(time).unwrap();
    // The check that the renaming brought may have read the new text already: then there is nothing to try again.
    let mut refusals = Vec::new();
    while !refusals
        .last()
        .is_some_and(|of: &String| of.contains("no Kconfig file declares"))
    {
        let refused = rename(&mut client);
        let message = refused["error"]["message"].as_str();
        refusals.push(message.unwrap_or_default().to_owned());
        assert!(refusals.len() <= 2, "{refusals:?}");
    }
    if let [first, _] = &*refusals {
        assert!(first.contains("try again"), "{refusals:?}");
    }
    // A request that changes nothing notices, too, if not within the same second.
    fs::write(&path, format!("# one\n# two\n{original}")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let definition = client.request("textDocument/definition", here);
    assert_eq!(line_of(&definition), line + 2);
}

#[test]
fn a_file_that_nothing_sources_has_its_syntax_checked() {
    let root = mini();
    let file = uri(&root, "drivers/net/Kconfig.brandnew");
    let of_conf = uri(&root, "scripts/kconfig/tests/x/Kconfig");
    let sourcing = uri(&root, USER);
    let mut client = Client::on(&root);
    let wrong = "config X\n\tbool\n\tselct Y\n\tdepends on NOWHERE_AT_ALL\n";
    client.open(&file, wrong);
    client.open(&of_conf, wrong);
    let is_syntax = |shown: &[String]| {
        shown.len() == 1 && shown[0].starts_with("2:") && shown[0].contains("kconfig-syntax")
    };
    let shown = client.first(&file, 1);
    assert!(is_syntax(&shown), "{shown:?}");
    let shown = client.checked(&file, 1);
    assert!(is_syntax(&shown), "{shown:?}");
    assert_eq!(client.checked(&of_conf, 1), Vec::<String>::new());
    client.seen.clear();
    let right = wrong.replace("selct Y", "select MMU");
    client.change(&file, 2, json!([{ "text": right }]));
    assert_eq!(client.first(&file, 2), Vec::<String>::new());
    assert_eq!(client.checked(&file, 2), Vec::<String>::new());
    // Once something sources it, all of it is checked.
    let source = with(&root, USER, "source \"drivers/net/Kconfig.brandnew\"\n");
    client.open(&sourcing, &source);
    client.change(&file, 3, json!([]));
    let shown = client.checked(&file, 3);
    assert!(
        shown.iter().any(|of| of.contains("NOWHERE_AT_ALL")),
        "{shown:?}"
    );
}

#[test]
fn a_defect_of_the_program_does_not_repeat_itself() {
    let root = mini();
    let file = uri(&root, DECLARES);
    let original = text(&root, DECLARES);
    // This once made the proofs panic.
    let entry = "config ARCH_HAS_LAZY_MMU_MODE\n\tbool\n";
    let around = format!("choice\n\tprompt \"x\"\n\n{entry}\nendchoice\n");
    let new = original.replace(entry, &around);
    assert_ne!(new, original);
    let mut client = Client::on(&root);
    client.open(&file, &new);
    std::thread::sleep(std::time::Duration::from_secs(2));
    let here = place(&file, find(&new, "KASAN"));
    let hover = client.request("textDocument/hover", here);
    assert!(hover["result"].is_object(), "{hover}");
    let messages = client.seen.iter();
    let messages = messages.filter(|of| of["method"] == "window/showMessage");
    assert!(messages.count() <= 1, "{:?}", client.seen);
    client.change(&file, 2, json!([{ "text": original }]));
    assert_eq!(client.checked(&file, 2), Vec::<String>::new());
}

#[test]
fn a_source_of_the_architecture_leads_to_all_of_them() {
    let root = mini();
    let file = uri(&root, "init/Kconfig");
    let original = text(&root, "init/Kconfig");
    let sources = "source \"arch/$(SRCARCH)/Kconfig\"\nsource \"arch/$(SRCARCH)/Kconfig.nosuch\"\nsource \"$(OTHER)/Kconfig\"\n";
    let mut client = Client::on(&root);
    client.open(&file, &format!("{sources}{original}"));
    let mut definition = |line| {
        let answer = client.request("textDocument/definition", place(&file, (line, 12)));
        answer["result"].clone()
    };
    let all = definition(0);
    let all = all.as_array().unwrap();
    assert!(all.len() > 3);
    for arch in ["arm64", "x86"] {
        let expected = uri(&root, &format!("arch/{arch}/Kconfig"));
        assert!(all.iter().any(|of| of["uri"] == *expected), "{all:?}");
    }
    assert_eq!(definition(1), Value::Null);
    assert_eq!(definition(2), Value::Null);
    // A file that is missing everywhere is one finding.
    let shown = client.checked(&file, 1);
    let missing: Vec<&String> = shown
        .iter()
        .filter(|of| of.contains("Kconfig.nosuch"))
        .collect();
    assert_eq!(missing.len(), 1, "{shown:?}");
    assert!(missing[0].contains("arch/$(SRCARCH)/Kconfig.nosuch"));
}

#[test]
fn the_end_of_a_check_is_told_for_each_open_file() {
    let root = mini();
    let path = "Documentation/features/arch-support.txt";
    let (file, source) = (uri(&root, path), uri(&root, "mm/vmalloc.c"));
    let mut client = Client::on(&root);
    client.open(&file, "\nFor generic kernel features\n");
    client.open(&source, &text(&root, "mm/vmalloc.c"));
    for uri in [file, source] {
        client.wait("the end of a check", |message| {
            message["method"] == "kfeat/checked"
                && message["params"] == json!({ "uri": uri, "version": 1 })
        });
    }
}

#[test]
fn hidden_configurations_are_renamed_with_the_rest() {
    let directory = copy(&mini());
    let root = directory.path().join("linux");
    fs::write(root.join("mm/.kunitconfig"), "CONFIG_KASAN=y\n").unwrap();
    fs::write(root.join(".config"), "CONFIG_KASAN=y\n").unwrap();
    let file = uri(&root, DECLARES);
    let original = text(&root, DECLARES);
    let mut client = Client::on(&root);
    client.open(&file, &original);
    let here = place(&file, find(&original, "KASAN"));
    let mut params = here.clone();
    params["newName"] = json!("KSAN");
    let answer = client.request("textDocument/rename", params);
    let changes = answer["result"]["changes"].as_object().unwrap();
    let hidden = uri(&root, "mm/.kunitconfig");
    let new = applied("CONFIG_KASAN=y\n", &changes[&hidden]);
    assert_eq!(new, "CONFIG_KSAN=y\n");
    assert!(!changes.contains_key(&uri(&root, ".config")));
    let command = json!({ "command": "kfeat.references", "arguments": [here] });
    let answer = client.request("workspace/executeCommand", command);
    let found = answer["result"].as_array().unwrap();
    let of = |uri: &str| found.iter().filter(|of| of["uri"] == *uri).count();
    assert_eq!(of(&hidden), 1, "{found:?}");
    assert_eq!(of(&uri(&root, "mm/Makefile")), 1, "{found:?}");
}

#[test]
fn new_sources_are_renamed_with_the_rest() {
    let directory = copy(&mini());
    let root = directory.path().join("linux");
    let file = uri(&root, DECLARES);
    let original = text(&root, DECLARES);
    let mut client = Client::on(&root);
    client.open(&file, &original);
    client.checked(&file, 1);
    let mut params = place(&file, find(&original, "KASAN"));
    params["newName"] = json!("KSAN");
    let mut changed = |path: &str| {
        let answer = client.request("textDocument/rename", params.clone());
        answer["result"]["changes"].get(uri(&root, path)).is_some()
    };
    assert!(changed("mm/Makefile"));
    for path in ["mm/new.c", "mm/new/deep.c"] {
        assert!(!changed(path));
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), "#ifdef CONFIG_KASAN\nint new;\n#endif\n").unwrap();
        assert!(changed(path), "{path}");
    }
}

#[test]
fn the_session_ends_with_the_process_of_the_editor() {
    let mut editor = Command::new("sleep").arg("600").spawn().unwrap();
    let mut client = Client::start();
    let number = editor.id();
    let params = json!({ "processId": number, "rootUri": uri(&mini(), ""), "capabilities": {} });
    client.request("initialize", params);
    client.notify("initialized", json!({}));
    editor.kill().unwrap();
    editor.wait().unwrap();
    // Both streams stay open.
    assert_eq!(client.exit_code(), 1);
    // Of a process that was never there nothing can be told.
    let mut client = Client::start();
    let params = json!({ "processId": number, "rootUri": null, "capabilities": {} });
    client.request("initialize", params);
    std::thread::sleep(std::time::Duration::from_secs(4));
    client.request("shutdown", json!(null));
    client.notify("exit", json!(null));
    assert_eq!(client.end(), 0);
}
