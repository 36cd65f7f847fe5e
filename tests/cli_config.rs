//! Runs `kfeat config` on real kernel trees as its user would, and compares what it writes with what the kernel's own `conf`
//! writes. `$KFEAT_TEST_TREES` names the trees (directories, separated by colons).

mod conf;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use conf::environment::{Toolchain, arch_values, default_defconfig, derive};
use conf::{Ended, Oracle, Run, Target};
use kfeat::kconfig::model::environment::Version;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let Some(trees) = std::env::var_os("KFEAT_TEST_TREES") else {
        let ignored = Trial::test("kfeat_config", || Ok(()))
            .with_kind("set KFEAT_TEST_TREES to kernel trees to run this")
            .with_ignored_flag(true);
        libtest_mimic::run(&arguments, vec![ignored]).exit();
    };
    let mut trials = Vec::new();
    for tree in std::env::split_paths(&trees).filter(|path| !path.as_os_str().is_empty()) {
        let name = tree.file_name().unwrap_or_default().to_string_lossy();
        let (same, strict, user) = (tree.clone(), tree.clone(), tree.clone());
        let old = Tree::open(&tree)
            .ok()
            .and_then(|tree| Version::of(&tree).ok())
            .is_some_and(|version| version.release < (6, 11));
        let trial = |name: String, run: fn(&Path) -> Result<()>, tree: PathBuf| {
            Trial::test(name, move || {
                run(&tree).map_err(|error| format!("{error:#}").into())
            })
            .with_ignored_flag(old)
        };
        trials.push(trial(format!("same_as_conf::{name}"), same_as_conf, same));
        trials.push(trial(
            format!("as_strict_as_conf::{name}"),
            as_strict_as_conf,
            strict,
        ));
        trials.push(trial(
            format!("replay_and_why::{name}"),
            replay_and_why,
            user,
        ));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Runs `kfeat config` with nothing of the environment but the path of programs and what is given.
fn kfeat(tree: &Path, given: &[(&str, &str)], arguments: &[&str]) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kfeat"));
    command.env_clear();
    for name in conf::environment::INHERITED_NAMES {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.envs(given.iter().copied());
    command.arg("-C").arg(tree).arg("config").args(arguments);
    command.output().context("cannot run kfeat")
}

/// Returns what a run wrote; fails if the run did.
fn written(output: Output) -> Result<Vec<u8>> {
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{}: {said}", output.status);
    Ok(output.stdout)
}

fn same_as_conf(tree: &Path) -> Result<()> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(tree, &cache)?;
    let directory = tempfile::tempdir()?;
    let answers = directory.path().join("answers.json");
    let answers = answers.to_str().context("no UTF-8")?;
    std::fs::write(answers, "{\"answers\": {}}")?;
    for value in arch_values(oracle.tree())? {
        // One of each kind: plain, a variant of `ARCH`, one with a tool that takes an option, and one on another.
        let kinds = ["arm64", "i386", "mips", "parisc64", "powerpc", "um-x86"];
        if !kinds.contains(&value.label().as_str()) {
            continue;
        }
        let environment = derive(oracle.tree(), &value, &Toolchain::native())?;
        // The two ask the shell independently of each other.
        let oracle = oracle.clone().with_answers(&oracle.record(&environment)?)?;
        let subarch = value.subarch.as_deref().unwrap_or_default();
        let default = default_defconfig(oracle.tree(), &value)?;
        let path = format!("arch/{}/configs/{default}", value.srcarch);
        let merged = merged(tree, &value.srcarch)?;
        for target in [Target::Defconfig(path), Target::Allmodconfig] {
            let mut arguments = vec![
                "--arch",
                &value.arch,
                "--allow-shell",
                "--shell-answers",
                answers,
                "--record-shell-answers",
                answers,
                target.name(),
            ];
            let is_merged = merged.is_some() && matches!(target, Target::Defconfig(_));
            if is_merged && value.srcarch == "powerpc" {
                arguments.push("ppc64le_defconfig");
            }
            let ours = kfeat(tree, &[("SUBARCH", subarch)], &arguments)?;
            let ours = written(ours).with_context(|| value.label())?;
            let theirs = match &merged {
                Some(merged) if is_merged => {
                    let olddefconfig = |config: &[u8]| {
                        let run = Run::new(&environment, Target::Olddefconfig);
                        oracle.run(&run.with_config(config))
                    };
                    let first = olddefconfig(merged)?;
                    match &value.srcarch[..] {
                        "mips" => olddefconfig(&with_boards(tree, merged, &first)?)?,
                        _ => first,
                    }
                }
                _ => oracle.run(&Run::new(&environment, target.clone()))?,
            };
            ensure!(
                theirs.config.as_deref() == Some(&ours[..]),
                "{} {}: another configuration",
                value.label(),
                target.name()
            );
        }
    }
    Ok(())
}

/// Returns what the tree's own script merges for the defconfigs that are no files: `ppc64le_defconfig`, `32r2el_defconfig`.
fn merged(tree: &Path, srcarch: &str) -> Result<Option<Vec<u8>>> {
    let configs = tree.join("arch").join(srcarch).join("configs");
    let files = match srcarch {
        "powerpc" => vec!["ppc64_defconfig", "le.config"],
        "mips" => vec![
            "generic_defconfig",
            "generic/32r2.config",
            "generic/el.config",
        ],
        _ => return Ok(None),
    };
    let directory = tempfile::tempdir()?;
    let output = Command::new("sh")
        .arg(tree.join("scripts/kconfig/merge_config.sh"))
        .args(["-m", "-O", "."])
        .args(files.iter().map(|file| configs.join(file)))
        .current_dir(directory.path())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "merge_config.sh: {said}");
    Ok(Some(std::fs::read(directory.path().join(".config"))?))
}

/// The fragments of boards on top, as the makefile of mips has it.
fn with_boards(tree: &Path, merged: &[u8], reference: &conf::Outcome) -> Result<Vec<u8>> {
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path(".config"), merged)?;
    std::fs::write(
        path("reference"),
        reference.config.as_deref().context("no configuration")?,
    )?;
    let mut boards: Vec<String> = std::fs::read_dir(tree.join("arch/mips/configs/generic"))?
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let board = name.strip_prefix("board-")?.strip_suffix(".config")?;
            Some(board.to_owned())
        })
        .collect();
    boards.sort();
    let output = Command::new("bash")
        .arg(tree.join("arch/mips/tools/generic-board-config.sh"))
        .arg(tree)
        .args([".", "reference", ".config", "default"])
        .args(&boards)
        .current_dir(directory.path())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "generic-board-config.sh: {said}");
    Ok(std::fs::read(path(".config"))?)
}

/// The exit code, whether anything is written, and which values changed, under the variables that make `conf` stricter.
fn as_strict_as_conf(tree: &Path) -> Result<()> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(tree, &cache)?;
    let values = arch_values(oracle.tree())?;
    let value = values.iter().find(|value| value.label() == "arm64");
    let environment = derive(
        oracle.tree(),
        value.context("no arm64")?,
        &Toolchain::native(),
    )?;
    let oracle = oracle.clone().with_answers(&oracle.record(&environment)?)?;
    let tells_changes = std::fs::read_to_string(tree.join("scripts/kconfig/confdata.c"))?
        .contains("KCONFIG_WARN_CHANGED_INPUT");
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name).display().to_string();
    let (answers, config) = (path("answers.json"), path(".config"));
    let commands = ["--arch", "arm64", "--record-shell-answers", &answers];
    let record = [&commands[..], &["--allow-shell", "allnoconfig"]].concat();
    written(kfeat(tree, &[], &record)?)?;
    let inputs = [
        "CONFIG_SMP=y\n",
        "CONFIG_SMP=y\nCONFIG_SMP=n\n",
        "CONFIG_MMU=n\nCONFIG_PAGE_SHIFT=5\n",
        "CONFIG_NO_SUCH_SYMBOL=y\n",
        "no line of a configuration\n",
    ];
    let settings: [&[(&str, &str)]; 3] = [
        &[("KCONFIG_WERROR", "")],
        &[
            ("KCONFIG_WERROR", "1"),
            ("KCONFIG_WARN_UNKNOWN_SYMBOLS", "1"),
        ],
        &[("KCONFIG_WARN_CHANGED_INPUT", "1")],
    ];
    // Lines such as `CONFIG_X: y -> n`.
    let changes = |said: &[u8]| -> Vec<String> {
        let said = String::from_utf8_lossy(said);
        let lines = said.lines().filter(|line| line.contains(" -> "));
        lines.map(|line| line.trim().to_owned()).collect()
    };
    for input in inputs {
        std::fs::write(&config, input)?;
        for given in settings {
            let replay = ["--arch", "arm64", "--shell-answers", &answers];
            let arguments = [&replay[..], &["--config", &config, "olddefconfig"]].concat();
            let ours = kfeat(tree, given, &arguments)?;
            let extra: Vec<(String, String)> = given
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let mut run =
                Run::new(&environment, Target::Olddefconfig).with_config(input.as_bytes());
            run.extra = &extra;
            let theirs = oracle.run(&run)?;
            let code = ours.status.code().unwrap_or(-1);
            ensure!(
                theirs.ended == Ended::Exit(code),
                "{input}{given:?}: {code}, of conf {:?}",
                theirs.ended
            );
            let expected = if code == 0 {
                theirs.config.unwrap_or_default()
            } else {
                Vec::new()
            };
            ensure!(
                ours.stdout == expected,
                "{input}{given:?}: another configuration"
            );
            ensure!(
                !tells_changes || changes(&ours.stderr) == changes(&theirs.stderr),
                "{input}{given:?}: {:?}, of conf {:?}",
                changes(&ours.stderr),
                changes(&theirs.stderr)
            );
        }
    }
    Ok(())
}

fn replay_and_why(tree: &Path) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let path = |name: &str| directory.path().join(name).display().to_string();
    let (answers, config, fragment) = (path("answers.json"), path(".config"), path("fragment"));

    let refused = kfeat(tree, &[], &["--arch", "arm64", "defconfig"])?;
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    ensure!(refused.status.code() == Some(2), "{}", refused.status);
    ensure!(
        said.contains("--allow-shell") && said.contains("$(shell,") && said.contains("scripts/"),
        "{said}"
    );

    let no_compiler = kfeat(
        tree,
        &[("CC", "false")],
        &["--arch", "arm64", "--allow-shell", "defconfig"],
    )?;
    let said = String::from_utf8_lossy(&no_compiler.stderr).into_owned();
    ensure!(
        no_compiler.status.code() == Some(2) && said.contains("`false`"),
        "{said}"
    );

    let record = [
        "--arch",
        "arm64",
        "--allow-shell",
        "--record-shell-answers",
        &answers,
    ];
    let first = written(kfeat(tree, &[], &[&record[..], &["defconfig"]].concat())?)?;
    // Without any program in reach, so that nothing but the answers can count.
    let replayed = |arguments: &[&str]| -> Result<Output> {
        let given = ["--arch", "arm64", "--shell-answers", &answers];
        kfeat(tree, &[("PATH", "")], &[&given[..], arguments].concat())
    };
    ensure!(
        written(replayed(&["defconfig"])?)? == first,
        "replay differs"
    );
    written(replayed(&["defconfig", "-o", &config])?)?;
    ensure!(std::fs::read(&config)? == first, "-o writes something else");
    let again = written(replayed(&["olddefconfig", "--config", &config])?)?;
    ensure!(again == first, "a configuration is no fixed point");
    let minimal = written(replayed(&["savedefconfig", "--config", &config])?)?;
    ensure!(
        minimal.len() < first.len() / 2,
        "savedefconfig writes too much"
    );
    let new = written(replayed(&["listnewconfig", "--config", &config])?)?;
    ensure!(new.is_empty(), "{}", String::from_utf8_lossy(&new));

    std::fs::write(&fragment, "CONFIG_KASAN=y\n")?;
    let lost = replayed(&[
        "defconfig",
        "--fragment",
        &fragment,
        "--set",
        "X86_64=y",
        "--set",
        "MMU=n",
    ])?;
    let said = String::from_utf8_lossy(&lost.stderr).into_owned();
    ensure!(
        String::from_utf8_lossy(&lost.stdout).contains("\nCONFIG_KASAN=y\n"),
        "the fragment does not count: {said}"
    );
    ensure!(
        said.contains("`X86_64=y` was overridden") && said.contains("`MMU=n` was overridden"),
        "{said}"
    );
    ensure!(!said.contains("KASAN"), "{said}");

    let why = written(replayed(&["why", "MMU", "--config", &config])?)?;
    let why = String::from_utf8_lossy(&why).into_owned();
    ensure!(
        why.contains("`MMU` is `y`") && why.contains("arch/arm64/Kconfig:"),
        "{why}"
    );
    Ok(())
}
