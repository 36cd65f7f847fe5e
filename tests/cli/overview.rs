//! `kfeat` without a command, and the options that every command has.

use super::program::{Copy, kfeat, mini, on};

const NONE: [&str; 0] = [];

#[test]
fn a_clean_tree_gets_two_lines_and_what_to_type_next() {
    let ended = kfeat(NONE).inside(&mini()).exits(0);
    assert_eq!(ended.err, "");
    let expected = format!(
        "Linux 7.2.0-mini in {}: 7 architectures\n\n\
         no cell contradicts Kconfig: 21 cells in 3 tables of Documentation/features\n\n\
         no findings: 1 feature checked against the C headers\n\n\
         Next:\n",
        mini().display()
    );
    let (head, next) = ended.out.split_at(expected.len().min(ended.out.len()));
    assert_eq!(head, expected);
    for line in next.lines() {
        assert!(line.starts_with("  kfeat ") && line.len() <= 80, "{line}");
    }
    // `-C` does as well as the current directory.
    assert_eq!(on(&mini(), NONE).exits(0).out, ended.out);
}

#[test]
fn cells_and_features_at_fault_are_named() {
    let tree = Copy::variant("proof-select-without-hook-32bit");
    let table = "Documentation/features/vm/huge-vmap/arch-support.txt";
    let text = tree.read(table).replace("x86: |  ok  |", "x86: | TODO |");
    tree.write(table, &text);
    let before = tree.picture();
    let out = on(tree.path(), NONE).exits(0).out;
    for line in [
        "1 cell contradicts Kconfig, of 21 cells in 3 tables of Documentation/features\n",
        "  vm/huge-vmap  x86\n",
        "  kfeat audit  ",
        "  kfeat check --feature lazy_mmu  ",
    ] {
        assert!(out.contains(line), "`{line}` is not in\n{out}");
    }
    let errors = out.lines().find(|line| line.starts_with("  lazy_mmu  "));
    assert!(errors.is_some_and(|line| line.contains("error")), "{out}");
    assert_eq!(tree.picture(), before);
}

#[test]
fn outside_a_tree_it_says_how_to_name_one() {
    let ended = kfeat(NONE).exits(2);
    assert!(
        ended.out.contains("This is not a kernel tree"),
        "{}",
        ended.out
    );
    assert!(ended.out.lines().all(|line| line.len() <= 80));
    assert_eq!(ended.err, "");
    kfeat(["-C", "/nowhere"]).refuses(&["/nowhere"]);
}

#[test]
fn quiet_leaves_findings_alone() {
    for command in ["check", "audit"] {
        assert_eq!(on(&mini(), [command, "-q"]).exits(0).out, "");
    }
    let tree = Copy::variant("proof-select-without-hook-32bit");
    let loud = on(tree.path(), ["check"]).exits(1).out;
    let quiet = on(tree.path(), ["check", "--quiet"]).exits(1).out;
    assert!(quiet.contains("error[") && loud.starts_with(&quiet) && quiet.len() < loud.len());
    let ended = on(tree.path(), ["emit", "--write", "-q"]).exits(0);
    assert_eq!((&*ended.out, &*ended.err), ("", ""));
}

#[test]
fn the_result_goes_to_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.json");
    let printed = on(&mini(), ["check", "--format", "json"]).exits(0).out;
    let arguments = ["check", "--format", "json", "-o"].map(std::ffi::OsStr::new);
    let ended = on(&mini(), arguments.into_iter().chain([path.as_os_str()])).exits(0);
    assert_eq!(ended.out, "");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), printed);

    // A run that fails leaves the file alone.
    let arguments = ["check", "--arch", "x87", "-o"].map(std::ffi::OsStr::new);
    on(&mini(), arguments.into_iter().chain([path.as_os_str()])).exits(2);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), printed);

    let tree = Copy::new();
    let source = tree.path().join("mm/Kconfig");
    let arguments = ["matrix", "-o"].map(std::ffi::OsStr::new);
    on(
        tree.path(),
        arguments.into_iter().chain([source.as_os_str()]),
    )
    .refuses(&["source file of a kernel tree"]);
}
