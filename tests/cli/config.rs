//! The command `config`: what is said and written, and the exit code, for values that do not count.

use std::fs;
use std::path::Path;

use super::program::{Program, on};

/// A tree whose Kconfig files ask for no commands, with a `.config` beside them.
fn tree(config: &str) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("arch/x/Kconfig", "");
    write("Makefile", "VERSION = 7\nPATCHLEVEL = 2\n");
    write(
        "Kconfig",
        "config A\n\tbool \"a\"\n\nconfig B\n\tbool \"b\"\n\tdepends on A\n\n\
         config C\n\tbool \"c\"\n\tselect B\n\nconfig T\n\tstring \"t\"\n",
    );
    write(".config", config);
    directory
}

fn config(tree: &Path, arguments: &[&str]) -> Program {
    on(tree, ["config", "--arch", "x"].iter().chain(arguments)).inside(tree)
}

#[test]
fn a_value_on_top_replaces_one_without_a_word() {
    let tree = tree("CONFIG_A=y\nCONFIG_T=\"old\"\n");
    let ended = config(
        tree.path(),
        &["olddefconfig", "--set", "A=n", "--set", "T=a \"b\" \\c"],
    )
    .exits(0);
    assert_eq!(ended.err, "");
    assert!(
        ended.out.ends_with(
            "# CONFIG_A is not set\n# CONFIG_C is not set\nCONFIG_T=\"a \\\"b\\\" \\\\c\"\n"
        ),
        "{}",
        ended.out
    );
}

#[test]
fn a_value_that_did_not_survive_is_told_and_counts_when_strict() {
    let tree = tree("CONFIG_T=\"t\"\n");
    fs::write(tree.path().join("mine"), "CONFIG_B=y\nnoise\nCONFIG_NO=y\n").unwrap();
    let arguments = ["olddefconfig", "--fragment", "mine", "-o", "out"];
    let ended = config(tree.path(), &arguments).exits(0);
    assert_eq!(
        ended.err,
        "mine:2: warning: `noise` is no line of a .config\n\
         warning: `B=y` did not survive\n  \
         `B` is `n`\n  \
         Kconfig:6: this definition needs `A`, which is `n`\n  \
         Kconfig:10: `C`, which is `n`, selects it\n  \
         the configuration sets `y`, which does not count without a visible prompt\n\
         warning: `NO=y` did not survive: no file mentions `NO`\n"
    );
    let out = tree.path().join("out");
    let written = fs::read(&out).unwrap();
    fs::remove_file(&out).unwrap();
    config(tree.path(), &[&arguments[..], &["--strict"]].concat()).exits(1);
    assert_eq!(fs::read(&out).unwrap(), written);
    config(tree.path(), &["olddefconfig", "--strict", "--set", "A=y"]).exits(0);
}

#[test]
fn kconfig_werror_lets_nothing_be_written() {
    let tree = tree("CONFIG_A=y\nCONFIG_A=y\n");
    let strict = |arguments: &[&str]| config(tree.path(), arguments).with("KCONFIG_WERROR", "1");
    let ended = strict(&["olddefconfig", "-o", "out"]).exits(1);
    assert!(ended.err.contains(".config:2: warning: "), "{}", ended.err);
    assert!(ended.err.contains("$KCONFIG_WERROR"), "{}", ended.err);
    assert!(!tree.path().join("out").exists());
    // What is selected against its dependencies is a warning, too.
    fs::write(tree.path().join(".config"), "CONFIG_C=y\n").unwrap();
    let ended = strict(&["olddefconfig"]).exits(1);
    assert!(ended.err.contains("`B` is selected"), "{}", ended.err);
    assert_eq!(ended.out, "");
    fs::write(tree.path().join(".config"), "CONFIG_NO=y\n").unwrap();
    strict(&["olddefconfig"]).exits(0);
    let ended = strict(&["olddefconfig"])
        .with("KCONFIG_WARN_UNKNOWN_SYMBOLS", "1")
        .exits(1);
    assert!(ended.err.contains("`NO`"), "{}", ended.err);
}

#[test]
fn kconfig_warn_changed_input_names_all_that_changed() {
    let tree = tree("CONFIG_B=y\n");
    fs::rename(tree.path().join(".config"), tree.path().join("mine")).unwrap();
    let ended = config(tree.path(), &["olddefconfig"])
        .with("KCONFIG_CONFIG", "mine")
        .with("KCONFIG_WARN_CHANGED_INPUT", "1")
        .exits(0);
    assert_eq!(
        ended.err,
        "warning: values that did not survive:\n  CONFIG_B: y -> n\n"
    );
}
