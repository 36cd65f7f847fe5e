//! The command `matrix`.

use super::program::{Copy, kfeat, mini, on};

#[test]
fn every_format_shows_the_small_tree() {
    for format in ["table", "csv", "json", "yaml", "md", "html"] {
        let ended = on(&mini(), ["matrix", "--format", format]).exits(0);
        assert_eq!(ended.err, "", "{format}");
        assert!(ended.out.contains("huge-vmap"), "{format}: {}", ended.out);
        assert!(ended.out.ends_with('\n'), "{format}");
    }
    let out = on(&mini(), ["matrix", "--format", "csv", "--arch", "x86"])
        .exits(0)
        .out;
    assert!(out.starts_with("feature,arch,documented,actual,condition,evidence\r\n"));
    assert_eq!(out.lines().count(), 4, "{out}");
}

#[test]
fn a_selection_that_is_not_there_is_refused() {
    on(&mini(), ["matrix", "--feature", "nothing"]).refuses(&["`nothing`", "huge-vmap"]);
    on(&mini(), ["matrix", "--arch", "pdp11"]).refuses(&["`pdp11`"]);
    let ended = kfeat(["matrix", "--status", "fine"]).exits(2);
    assert!(ended.err.contains("undecided"), "{}", ended.err);
}

#[test]
fn templates_come_from_a_directory_and_their_mistakes_have_a_place() {
    let tree = Copy::new();
    tree.write("mine/matrix.md", "{{ features | length }}\n");
    let directory = tree.path().join("mine").display().to_string();
    let arguments = ["matrix", "--format", "md", "--template-dir", &directory];
    assert_eq!(on(tree.path(), arguments).exits(0).out, "3\n");
    tree.write("mine/matrix.md", "\n{{ nothing.there }}\n");
    on(tree.path(), arguments).refuses(&["mine/matrix.md:2:"]);
    tree.write("mine/matrix.md", "{% if %}\n");
    on(tree.path(), arguments).refuses(&["mine/matrix.md:1:"]);
    let nowhere = ["matrix", "--template-dir", "/nowhere/at/all"];
    on(tree.path(), nowhere).refuses(&["/nowhere/at/all"]);
}
