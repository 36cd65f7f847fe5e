//! Compares `kfeat matrix` with programs of real kernel trees: `--format rst` with the script that makes the documentation, and
//! `--defconfigs` with the tree's own `conf` and `scripts/dummy-tools`.
//!
//! `$KFEAT_TEST_TREES` names the trees (directories, separated by colons). Of the default configurations a sample is compared, or
//! with `KFEAT_DIFFERENTIAL=all` every one that is a file. No tree is written to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use conf::environment::{ArchValue, Environment, Toolchain, arch_values, derive};
use conf::{Answers, Ended, Oracle, Run, Target};
use libtest_mimic::{Arguments, Trial};
use serde_json::Value;

mod conf;
mod trees;

/// Architectures that are compared where not all are; of each the first and the last default configuration.
const SAMPLE: &[&str] = &["arc", "arm64", "powerpc", "s390", "um", "x86", "xtensa"];

fn main() {
    let arguments = Arguments::from_args();
    type Test = fn(&Path) -> Result<()>;
    let tests: [(&str, Test); 2] = [
        ("documentation_is_that_of_the_tree", documentation),
        ("defconfigs_are_those_of_conf", defconfigs),
    ];
    let mut trials = Vec::new();
    for (name, test) in tests {
        let real = trees::real();
        if real.is_empty() {
            trials.push(trees::missing(name));
        }
        for tree in real {
            let of = tree.file_name().unwrap_or_default().to_string_lossy();
            let label = format!("{name}::{of}");
            trials.push(Trial::test(label, move || {
                test(&tree).map_err(|error| format!("{error:#}").into())
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Returns what `kfeat matrix` prints.
fn matrix(tree: &Path, arguments: &[&str], given: &[(&str, &str)]) -> Result<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kfeat"));
    for name in ["ARCH", "CROSS_COMPILE", "CC", "LD", "LLVM", "SUBARCH"] {
        command.env_remove(name);
    }
    let output = command
        .arg("-C")
        .arg(tree)
        .arg("matrix")
        .args(arguments)
        .envs(given.iter().copied())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(
        output.status.success() && said.is_empty(),
        "{arguments:?}: {said}"
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The title of each table, by `SUBSYSTEM/FEATURE`.
fn titles(tree: &Path) -> Result<BTreeMap<String, String>> {
    let mut titles = BTreeMap::new();
    for subsystem in std::fs::read_dir(tree.join("Documentation/features"))? {
        let subsystem = subsystem?;
        if !subsystem.file_type()?.is_dir() {
            continue;
        }
        for feature in std::fs::read_dir(subsystem.path())? {
            let feature = feature?;
            let path = feature.path().join("arch-support.txt");
            if !path.is_file() {
                continue;
            }
            let text = std::fs::read_to_string(path)?;
            let title = text
                .lines()
                .find_map(|line| line.split_once("Feature name:"))
                .context("a table without a name")?
                .1;
            let directory = format!(
                "{}/{}",
                subsystem.file_name().to_string_lossy(),
                feature.file_name().to_string_lossy()
            );
            titles.insert(directory, title.trim().to_owned());
        }
    }
    Ok(titles)
}

fn architectures(tree: &Path) -> Result<BTreeSet<String>> {
    let values = arch_values(tree)?.into_iter();
    Ok(values.map(|value| value.srcarch).collect())
}

/// `rst` against the script of the tree: to the byte where that is Python, and but for white space where it is Perl.
fn documentation(tree: &Path) -> Result<()> {
    let architectures = architectures(tree)?;
    let titles = titles(tree)?;
    let perl = tree.join("scripts/get_feat.pl");
    let by_perl = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("perl")
            .arg(&perl)
            .arg("rest")
            .args(arguments)
            .arg("--dir")
            .arg(tree.join("Documentation/features"))
            .output()?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    };
    let by_python = |_: ()| -> Result<Value> {
        let output = Command::new("python3")
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/matrix/documentation.py"
            ))
            .arg(tree)
            .args(&architectures)
            .output()?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(serde_json::from_slice(&output.stdout)?)
    };
    let all = match perl.is_file() {
        true => None,
        false => Some(by_python(())?),
    };
    let mut compared = 0;
    let mut compare = |ours: &str, theirs: &str, what: &str| -> Result<()> {
        compared += 1;
        let same = match &all {
            Some(_) => ours == theirs,
            None => without_space(ours) == without_space(theirs),
        };
        ensure!(same, "{what} differs:\n{ours}\n--- of the tree:\n{theirs}");
        Ok(())
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let theirs = match &all {
        Some(all) => text(&all["whole"]),
        None => by_perl(&[])?,
    };
    compare(
        &matrix(tree, &["--format", "rst"], &[])?,
        &theirs,
        "the whole",
    )?;
    for arch in &architectures {
        let theirs = match &all {
            Some(all) => text(&all["arch"][arch]),
            None => by_perl(&["--arch", arch])?,
        };
        let ours = matrix(tree, &["--format", "rst", "--arch", arch], &[])?;
        compare(&ours, &theirs, arch)?;
    }
    for (directory, title) in &titles {
        let theirs = match &all {
            Some(all) => text(&all["feature"][title]),
            None => by_perl(&["--feat", title])?,
        };
        let ours = matrix(tree, &["--format", "rst", "--feature", directory], &[])?;
        compare(&ours, &theirs, directory)?;
    }
    println!("{}: {compared} documents compared", tree.display());
    Ok(())
}

/// Without what means nothing in such a document: blanks at the end of a line and between columns, and how long lines of signs
/// are.
fn without_space(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<String> = line
            .split_whitespace()
            .map(|word| match word.bytes().all(|byte| byte == b'=') {
                true => "=".to_owned(),
                false => word.to_owned(),
            })
            .collect();
        words.join(" ") + "\n"
    };
    text.trim_end().lines().map(line).collect()
}

/// The default configurations against what `conf` makes of them with the tree's `scripts/dummy-tools`, which run here.
fn defconfigs(tree: &Path) -> Result<()> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(tree, &cache)?;
    let tools = oracle.tree().join("scripts/dummy-tools");
    let all = std::env::var("KFEAT_DIFFERENTIAL").is_ok_and(|value| value == "all");
    let mut environments: Vec<(ArchValue, Environment)> = Vec::new();
    for value in arch_values(oracle.tree())? {
        let is_plain = value.arch == value.srcarch && (all || SAMPLE.contains(&&*value.arch));
        if is_plain
            && value
                .subarch
                .as_deref()
                .is_none_or(|subarch| subarch == "x86")
        {
            let environment = environment(&oracle, &value, &tools)?;
            environments.push((value, environment));
        }
    }
    let answers = oracle.record_all(environments.iter().map(|(_, environment)| environment))?;
    let archs: Vec<&str> = environments.iter().map(|(value, _)| &*value.arch).collect();
    let arguments = [
        "--defconfigs",
        "--format",
        "json",
        "--arch",
        &archs.join(","),
    ];
    let known = matrix(tree, &arguments, &[])?;
    same_with_recorded(&oracle, &answers, &arguments, &known)?;
    let oracle = oracle.with_answers(&answers)?.large_hash();
    let document: Value = serde_json::from_str(&known)?;
    let (mut compared, mut cells) = (0, 0);
    for (value, environment) in &environments {
        let of_arch = document["defconfigs"].as_array().context("no list")?;
        let of_arch = of_arch
            .iter()
            .find(|of| of["arch"] == value.srcarch.as_str());
        let names = of_arch.context("no architecture")?["names"].as_array();
        let names: Vec<&str> = names
            .context("no names")?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let file = |name: &&str| format!("arch/{}/configs/{name}", value.srcarch);
        let mut files: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| oracle.tree().join(file(name)).is_file())
            .collect();
        ensure!(
            files.len() + 30 > names.len(),
            "{}: {names:?}",
            value.srcarch
        );
        if !all {
            let last = files.last().copied().filter(|_| files.len() > 1);
            files.truncate(1);
            files.extend(last);
        }
        for name in files {
            let config = configuration(&oracle, environment, &file(&name))?;
            cells += compare(&document, &value.srcarch, name, &config)?;
            compared += 1;
        }
        if value.srcarch == "powerpc" {
            let merged = ["ppc64_defconfig", "le.config"]
                .map(|name| std::fs::read(oracle.tree().join(file(&name))))
                .into_iter()
                .collect::<Result<Vec<_>, _>>()?
                .concat();
            let run = Run::new(environment, Target::Olddefconfig).with_config(&merged);
            let config = ended(oracle.run(&run)?)?;
            cells += compare(&document, "powerpc", "ppc64le_defconfig", &config)?;
            compared += 1;
        }
    }
    println!(
        "{}: {cells} cells in {compared} default configurations compared",
        tree.display()
    );
    Ok(())
}

/// Returns what kbuild gives `conf` for `make CROSS_COMPILE=scripts/dummy-tools/`, with the tools named that have no such prefix.
fn environment(oracle: &Oracle, value: &ArchValue, tools: &Path) -> Result<Environment> {
    let toolchain = Toolchain {
        cross_compile: format!("{}/", tools.display()),
        cc: None,
    };
    let mut environment = derive(oracle.tree(), value, &toolchain)?;
    for (name, setting) in &mut environment {
        let tool = tools.join(name.to_lowercase());
        match name.as_str() {
            "PAHOLE" | "PYTHON3" if tool.is_file() => *setting = tool.display().to_string(),
            "PAHOLE_VERSION" => *setting = "9999".to_owned(),
            _ => {}
        }
    }
    Ok(environment)
}

/// That what is known of the tools is what they answer: with their recorded answers the matrix is the same.
fn same_with_recorded(
    oracle: &Oracle,
    answers: &Answers,
    arguments: &[&str],
    known: &str,
) -> Result<()> {
    let root = oracle.tree().display().to_string();
    let mut relative = Answers::default();
    for (command, answer) in &answers.answers {
        relative
            .answers
            .insert(command.replace(&root, "$(srctree)"), answer.clone());
    }
    // The makefile asks for these, not the Kconfig files.
    for (command, answer) in [
        (
            "LC_ALL=C ./scripts/dummy-tools/gcc --version 2>/dev/null | head -n 1",
            "gcc (scripts/dummy-tools/gcc)",
        ),
        (
            "./scripts/pahole-version.sh ./scripts/dummy-tools/pahole 2>/dev/null",
            "9999",
        ),
    ] {
        relative
            .answers
            .insert(command.to_owned(), answer.to_owned());
    }
    let directory = tempfile::tempdir()?;
    let path: PathBuf = directory.path().join("answers.json");
    relative.write(&path)?;
    let path = path.display().to_string();
    let arguments = [arguments, &["--shell-answers", &path]].concat();
    let python = match oracle.tree().join("scripts/dummy-tools/python3").is_file() {
        true => "./scripts/dummy-tools/python3",
        false => "python3",
    };
    let recorded = matrix(
        oracle.tree(),
        &arguments,
        &[
            ("CROSS_COMPILE", "./scripts/dummy-tools/"),
            ("PAHOLE", "./scripts/dummy-tools/pahole"),
            ("PYTHON3", python),
            ("SUBARCH", "x86"),
        ],
    )?;
    if recorded != known {
        let differs = known.lines().zip(recorded.lines()).find(|(a, b)| a != b);
        bail!("recorded answers lead to something else: {differs:?}");
    }
    Ok(())
}

/// Returns what `conf` makes of a default configuration: the symbols that are on.
fn configuration(
    oracle: &Oracle,
    environment: &Environment,
    path: &str,
) -> Result<BTreeSet<String>> {
    let run = Run::new(environment, Target::Defconfig(path.to_owned()));
    ended(oracle.run(&run)?).with_context(|| path.to_owned())
}

fn ended(outcome: conf::Outcome) -> Result<BTreeSet<String>> {
    let (Ended::Exit(0), Some(config)) = (outcome.ended, outcome.config) else {
        bail!("conf fails: {}", String::from_utf8_lossy(&outcome.stderr));
    };
    Ok(String::from_utf8_lossy(&config)
        .lines()
        .filter_map(|line| line.strip_suffix("=y").or_else(|| line.strip_suffix("=m")))
        .filter_map(|line| line.strip_prefix("CONFIG_"))
        .map(str::to_owned)
        .collect())
}

/// Each cell of an architecture against one configuration. Returns how many there are.
fn compare(document: &Value, arch: &str, name: &str, on: &BTreeSet<String>) -> Result<usize> {
    let mut count = 0;
    for feature in document["features"].as_array().context("no features")? {
        let cells = feature["cells"].as_array().context("no cells")?;
        let cell = cells
            .iter()
            .find(|cell| cell["arch"] == arch)
            .context("no cell")?;
        let terms = feature["kconfig"].as_array().context("no terms")?;
        let theirs =
            terms
                .iter()
                .filter_map(Value::as_str)
                .any(|term| match term.strip_prefix('!') {
                    Some(symbol) => !on.contains(symbol),
                    None => on.contains(term),
                });
        let named = |list: &str| {
            let names = cell["defconfigs"][list].as_array();
            names.is_some_and(|names| names.iter().any(|of| of == name))
        };
        ensure!(
            !named("open"),
            "{} is open in {arch} {name}",
            feature["name"]
        );
        ensure!(
            named("on") == theirs,
            "{} in {arch} {name}: conf says {theirs}",
            feature["name"]
        );
        count += 1;
    }
    Ok(count)
}
