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
        "mine:2: warning: `noise` is not a line of a .config\n\
         warning: `B=y` was overridden\n  \
         `B` is `n`\n  \
         Kconfig:6: this definition needs `A`, which is `n`\n  \
         Kconfig:10: `C`, which is `n`, selects it\n  \
         mine:1: the configuration sets `y`, which is ignored without a visible prompt\n  \
         to get it: kfeat config want B=y --arch x\n\
         warning: `NO=y` was overridden: no file mentions `NO`\n"
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
    // A symbol selected against its dependencies is a warning, too.
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
        "warning: overridden values:\n  CONFIG_B: y -> n\n"
    );
}

#[test]
fn a_wish_is_the_fewest_lines_that_change() {
    let tree = tree("# CONFIG_A is not set\nCONFIG_T=\"t\"\n");
    let ended = config(tree.path(), &["want", "B=y"]).exits(0);
    assert_eq!(ended.err, "");
    assert_eq!(
        ended.out,
        "B=y: change 1 line of .config\nCONFIG_C=y\n  this also changes B n -> y\n\
         or: change 2 lines of .config\nCONFIG_A=y\nCONFIG_B=y\n  \
         replaces `# CONFIG_A is not set` of .config:1\n"
    );
    let ended = config(tree.path(), &["want", "A=n", "T=t"]).exits(0);
    assert_eq!(ended.out, "A=n T=t: holds already in .config\n");
    // The configuration is written where it is asked for, and as conf would write it.
    config(tree.path(), &["want", "T=other", "A=y", "-o", "out"]).exits(0);
    let written = fs::read_to_string(tree.path().join("out")).unwrap();
    assert!(
        written.contains("\nCONFIG_A=y\n") && written.contains("\nCONFIG_T=\"other\"\n"),
        "{written}"
    );
    let ended = config(
        tree.path(),
        &["want", "B=y", "--ways", "1", "--format", "json"],
    )
    .exits(0);
    let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(json["outcome"], "possible");
    assert_eq!(json["ways"][0]["changes"][0]["line"], "CONFIG_C=y");
    assert_eq!(json["ways"][0]["smallest"], true);
    assert_eq!(json["ways"].as_array().unwrap().len(), 1);
}

#[test]
fn what_no_configuration_gives_is_told_with_the_lines() {
    let tree = tree("");
    let kconfig = tree.path().join("Kconfig");
    let text = fs::read_to_string(&kconfig).unwrap();
    fs::write(
        &kconfig,
        format!("{text}\nconfig NEVER\n\tbool \"n\"\n\tdepends on A && !A\n\nconfig NUMBER\n\tint \"n\"\n\trange 2 8\n\n\
             choice\n\tprompt \"c\"\n\nconfig ONE\n\tbool \"one\"\n\nconfig TWO\n\tbool \"two\"\n\nendchoice\n"),
    )
    .unwrap();
    let ended = config(tree.path(), &["want", "NEVER=y", "-o", "out"]).exits(1);
    assert!(
        ended
            .out
            .starts_with("NEVER=y: impossible for ARCH=x\n  Kconfig:"),
        "{}",
        ended.out
    );
    assert!(!tree.path().join("out").exists());
    let ended = config(tree.path(), &["why", "NEVER"]).exits(0);
    assert!(
        ended.out.contains("it is off in every configuration"),
        "{}",
        ended.out
    );
    let ended = config(tree.path(), &["olddefconfig", "--set", "NEVER=y"]).exits(0);
    assert!(
        ended.err.contains("cannot be `y` with this architecture"),
        "{}",
        ended.err
    );
    for (wishes, said) in [
        (&["NUMBER=9"][..], "the range of `NUMBER` is 2 to 8"),
        (&["ONE=y", "TWO=y"], "so only one of them can be set"),
    ] {
        let ended = config(tree.path(), &[&["want"], wishes].concat()).exits(1);
        assert!(ended.out.contains(said), "{said}: {}", ended.out);
    }
    config(tree.path(), &["want", "A=y", "CONFIG_A=n"]).refuses(&["contradict each other"]);
    for (wish, said) in [
        ("A=m", "a bool: y or n"),
        ("NEVR=y", "similar names: NEVER"),
        ("NUMBER=x", "an int"),
        ("A", "SYMBOL=VALUE"),
    ] {
        config(tree.path(), &["want", wish]).refuses(&[said]);
    }
}

#[test]
fn without_a_configuration_the_defaults_are_the_start() {
    let tree = tree("");
    fs::remove_file(tree.path().join(".config")).unwrap();
    for (target, written) in [
        ("olddefconfig", "# CONFIG_A is not set\n"),
        ("listnewconfig", "CONFIG_A=n\n"),
        ("savedefconfig", ""),
    ] {
        let ended = config(tree.path(), &[target]).exits(0);
        assert!(
            ended.err.contains("starting from the defaults"),
            "{}",
            ended.err
        );
        assert!(ended.out.contains(written), "{target}: {}", ended.out);
    }
    fs::write(tree.path().join("mine"), "CONFIG_A=y\n").unwrap();
    let ended = config(tree.path(), &["olddefconfig"])
        .with("KCONFIG_DEFCONFIG_LIST", " /no/such/file mine")
        .exits(0);
    assert!(ended.out.contains("CONFIG_A=y\n"), "{}", ended.out);
    config(tree.path(), &["olddefconfig", "--config", "no"]).refuses(&["no configuration `no`"]);
}

#[test]
fn files_are_looked_for_below_the_tree() {
    let tree = tree("CONFIG_A=y\n");
    fs::write(tree.path().join("all.config"), "CONFIG_C=y\n").unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let config = |arguments: &[&str]| {
        let arguments = ["config", "--arch", "x"].iter().chain(arguments);
        on(tree.path(), arguments).inside(elsewhere.path())
    };
    for name in ["1", "all.config"] {
        let ended = config(&["allnoconfig"])
            .with("KCONFIG_ALLCONFIG", name)
            .exits(0);
        assert!(ended.out.contains("CONFIG_C=y\n"), "{}", ended.out);
    }
    let ended = config(&["olddefconfig", "--fragment", "all.config"]).exits(0);
    assert!(
        ended.out.contains("CONFIG_A=y\n") && ended.out.contains("CONFIG_C=y\n"),
        "{}",
        ended.out
    );
    config(&["olddefconfig", "--fragment", "no.config"]).refuses(&["no fragment `no.config`"]);
}

#[test]
fn a_lost_zero_counts_and_an_unknown_symbol_that_is_not_set_does_not() {
    let tree = tree("");
    let kconfig = tree.path().join("Kconfig");
    let text = fs::read_to_string(&kconfig).unwrap();
    fs::write(
        &kconfig,
        format!("{text}\nconfig N\n\tint \"n\"\n\tdepends on A\n"),
    )
    .unwrap();
    fs::write(tree.path().join("mine"), "# CONFIG_NO_SUCH is not set\n").unwrap();
    let strict = ["olddefconfig", "--strict", "--fragment", "mine"];
    config(tree.path(), &strict).exits(0);
    fs::write(tree.path().join("mine"), "CONFIG_N=0\n").unwrap();
    let ended = config(tree.path(), &strict).exits(1);
    assert!(ended.err.contains("`N=0` was overridden"), "{}", ended.err);
    fs::write(tree.path().join("mine"), "CONFIG_A=y\nCONFIG_N=0\n").unwrap();
    config(tree.path(), &strict).exits(0);
}

#[test]
fn why_names_the_line_the_winner_and_the_missing_quotes() {
    let tree = tree("CONFIG_C=y\nCONFIG_T=t\nCONFIG_X=y\nCONFIG_Y=y\n");
    let kconfig = tree.path().join("Kconfig");
    let text = fs::read_to_string(&kconfig).unwrap();
    let choice =
        "choice\n\tprompt \"c\"\nconfig X\n\tbool \"x\"\nconfig Y\n\tbool \"y\"\nendchoice\n";
    fs::write(&kconfig, format!("{text}\n{choice}")).unwrap();
    let why = |symbol: &str| config(tree.path(), &["why", symbol]).exits(0);
    let ended = why("C");
    assert!(
        ended
            .out
            .contains(".config:1: the configuration sets `y`\n"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("kfeat config want C=n --arch x"),
        "{}",
        ended.out
    );
    let ended = why("X");
    let winner =
        ".config:4: `Y` is the member of the choice that is set: the configuration sets it last\n";
    assert!(ended.out.contains(winner), "{}", ended.out);
    let ended = why("T");
    assert!(
        ended
            .out
            .contains(".config:2: the value `t` is ignored because it is not quoted\n"),
        "{}",
        ended.out
    );
    // An unmet dependency names what fails and who selects.
    let ended = config(tree.path(), &["olddefconfig"]).exits(0);
    for line in [
        "warning: `B` is selected although its dependencies do not hold\n  \
         Kconfig:6: this definition needs `A`, which is `n`\n  Kconfig:10: `C` selects it as `y`\n",
        ".config:2: note: `T` is a string, and its value `t` is ignored because it is not quoted\n",
    ] {
        assert!(ended.err.contains(line), "{}", ended.err);
    }
}

#[test]
fn a_random_configuration_follows_from_its_seed() {
    let tree = tree("");
    let random = |seed: &str, probability: &str| {
        config(tree.path(), &["randconfig"])
            .with("KCONFIG_SEED", seed)
            .with("KCONFIG_PROBABILITY", probability)
    };
    let ended = random("0x2A", "").exits(0);
    assert_eq!(ended.err.lines().next(), Some("KCONFIG_SEED=0x2A"));
    assert_eq!(random("42", "").exits(0).out, ended.out);
    assert!(
        random("42", "100")
            .exits(0)
            .out
            .contains("CONFIG_A=y\nCONFIG_B=y\nCONFIG_C=y\n")
    );
    random("42", "101").refuses(&["KCONFIG_PROBABILITY"]);
}

#[test]
fn releases_before_6_1_are_refused() {
    let tree = tree("");
    fs::write(
        tree.path().join("Makefile"),
        "VERSION = 5\nPATCHLEVEL = 10\n",
    )
    .unwrap();
    config(tree.path(), &["olddefconfig"]).refuses(&["Linux 5.10 are not supported", "6.1"]);
}
