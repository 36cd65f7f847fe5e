//! The trees under the editor: several trees, buffers that are not saved, files that change on disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::client::{Client, uri};
use crate::{mini, text};

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
