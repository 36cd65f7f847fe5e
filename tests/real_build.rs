//! Five defects of wiring in a real kernel tree: what `kfeat check` says in advance, and what `kfeat build` confirms.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without one of 7.2, or without the compiler of a
//! defect's architecture, tests are ignored, and say so.
//!
//! Eight features of different kinds are built on two architectures each besides; `KFEAT_BUILD=all` builds every shipped feature on x86
//! and arm64 instead, as far as they can have it, which takes an hour of processor time: `KFEAT_BUILD=all cargo test --release --test real_build features`.
//! The tree is only read: the defects are put into a copy of the parts
//! that a build reads. `cargo test --test real_build -- --nocapture` shows both tables;
//! `SNAPSHOTS=overwrite` writes `docs/defects.md` anew.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use kfeat::feature::builtin;
use libtest_mimic::{Arguments, Failed, Trial};

/// A change of one file.
enum Change {
    /// Takes the lines from the one that holds the first text to the one that is the second.
    Remove(&'static str, &'static str),
    /// Takes the first line that holds the text.
    RemoveLine(&'static str),
    /// Puts the second text after the first, which is a line.
    Insert(&'static str, &'static str),
}

/// A defect.
struct Defect {
    name: &'static str,
    /// The directory below `arch/`.
    arch: &'static str,
    compiler: &'static str,
    changes: &'static [(&'static str, Change)],
    /// The lint that names it in advance.
    lint: &'static str,
    /// The stage at which the build stops.
    stage: &'static str,
    /// A part of what a finding of the build says.
    says: &'static str,
}

const SELECT: &str = "select ARCH_HAS_LAZY_MMU_MODE";

const DEFECTS: &[Defect] = &[
    Defect {
        name: "hook removed on arm64",
        arch: "arm64",
        compiler: "aarch64-linux-gnu-gcc",
        changes: &[(
            "arch/arm64/include/asm/pgtable.h",
            Change::Remove("void arch_flush_lazy_mmu_mode(", "}"),
        )],
        lint: "incomplete-hooks",
        stage: "prepare",
        says: "arch_flush_lazy_mmu_mode",
    },
    Defect {
        name: "select dropped on sparc",
        arch: "sparc",
        compiler: "sparc64-linux-gnu-gcc",
        changes: &[("arch/sparc/Kconfig", Change::RemoveLine(SELECT))],
        lint: "hook-without-select",
        stage: "config-check",
        says: "ARCH_HAS_LAZY_MMU_MODE",
    },
    Defect {
        name: "select added on riscv",
        arch: "riscv",
        compiler: "riscv64-linux-gnu-gcc",
        changes: &[(
            "arch/riscv/Kconfig",
            Change::Insert("config RISCV", "\tselect ARCH_HAS_LAZY_MMU_MODE"),
        )],
        lint: "select-without-hook",
        stage: "prepare",
        says: "arch_enter_lazy_mmu_mode",
    },
    Defect {
        name: "#undef dropped in x86's decompressor",
        arch: "x86",
        compiler: "gcc",
        changes: &[(
            "arch/x86/boot/compressed/misc.h",
            Change::RemoveLine("#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE"),
        )],
        lint: "undef-config",
        stage: "objects",
        says: "arch_enter_lazy_mmu_mode",
    },
    Defect {
        name: "select moved from PARAVIRT_XXL to X86",
        arch: "x86",
        compiler: "gcc",
        changes: &[
            ("arch/x86/Kconfig", Change::RemoveLine(SELECT)),
            (
                "arch/x86/Kconfig",
                Change::Insert("config X86", "\tselect ARCH_HAS_LAZY_MMU_MODE"),
            ),
        ],
        lint: "incomplete-hooks",
        stage: "prepare",
        says: "arch_enter_lazy_mmu_mode",
    },
];

/// Features whose contracts are of different kinds, with two architectures each: functions in objects, inline assembler and one of
/// several hooks, several functions, one function of a large object, a function that generic code has a weak default for.
const FEATURES: &[(&str, [&str; 2])] = &[
    ("pmem-api", ["arm64", "riscv"]),
    ("jump-labels", ["powerpc", "riscv"]),
    ("set-memory", ["arm64", "riscv"]),
    ("eBPF-JIT", ["mips", "sparc"]),
    ("reliable-stacktrace", ["powerpc", "x86"]),
    // The hook is used in a header alone.
    ("gigantic-page", ["arm64", "x86"]),
    // Its users need a compiler that can do it.
    ("KASAN", ["arm64", "x86"]),
    // Its users stand under a condition that allnoconfig does not fulfil.
    ("kprobes-on-ftrace", ["powerpc", "x86"]),
];

/// The compiler of an architecture.
fn compiler(arch: &str) -> &'static str {
    match arch {
        "arm64" => "aarch64-linux-gnu-gcc",
        "mips" => "mips64-linux-gnuabi64-gcc",
        "powerpc" => "powerpc64le-linux-gnu-gcc",
        "riscv" => "riscv64-linux-gnu-gcc",
        "sparc" => "sparc64-linux-gnu-gcc",
        _ => "gcc",
    }
}

/// The trials that build features.
fn features(tree: &Option<PathBuf>) -> Vec<Trial> {
    let all = std::env::var("KFEAT_BUILD").is_ok_and(|value| value == "all");
    let names = match all {
        true => builtin::shipped()
            .iter()
            .map(|spec| (spec.name.to_string(), vec!["arm64", "x86"]))
            .collect(),
        false => FEATURES
            .iter()
            .map(|(name, archs)| ((*name).to_owned(), archs.to_vec()))
            .collect::<Vec<_>>(),
    };
    let trial = |(name, archs): (String, Vec<&'static str>)| {
        let missing = archs.iter().map(|arch| compiler(arch));
        let missing = missing.into_iter().find(|program| !starts(program));
        let title = format!("features::{name}");
        match (tree.clone(), missing) {
            (Some(tree), None) => Trial::test(title, move || feature(&tree, &name, &archs, all)),
            (None, _) => Trial::test(title, || Ok(()))
                .with_kind("KFEAT_TEST_TREES names no tree of 7.2")
                .with_ignored_flag(true),
            (_, missing) => Trial::test(title, || Ok(()))
                .with_kind(format!("{} is not installed", missing.unwrap_or_default()))
                .with_ignored_flag(true),
        }
    };
    names.into_iter().map(trial).collect()
}

/// Builds a feature on some architectures. Each has to compile what uses it and to find its calls in what the preprocessor left; with
/// `is_lenient` it may also be one that cannot have the feature, or have nothing to call.
fn feature(tree: &Path, name: &str, archs: &[&str], is_lenient: bool) -> Result<(), Failed> {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("features")
        .join(name);
    let build = |archs: &[&str], more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kfeat"));
        command
            .arg("-C")
            .arg(tree)
            .args(["build", name, "--arch", &archs.join(",")])
            .args(["--wrapper", "none", "--format", "json", "--out"])
            .arg(&out)
            .args(more)
            .env_remove("LLVM")
            .env_remove("CROSS_COMPILE")
            .stdin(Stdio::null());
        command.output()
    };
    let mut can_have = archs.to_vec();
    if is_lenient {
        let mut plans = Vec::new();
        for arch in archs {
            let plan = build(&[arch], &["--dry-run"])?;
            plans.push(String::from_utf8_lossy(&plan.stdout).contains("cannot have the feature"));
        }
        let mut lacks = plans.into_iter();
        can_have.retain(|_| lacks.next() == Some(false));
    }
    if can_have.is_empty() {
        return Ok(());
    }
    let archs = &can_have[..];
    let output = build(archs, &[])?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let results: serde_json::Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{name}: {error}\n{said}"))?;
    let built = results["archs"].as_array().cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    for of_arch in &built {
        let stages = of_arch["stages"].as_array().cloned().unwrap_or_default();
        for stage in stages {
            let allowed = match is_lenient {
                true => &["pass", "not-exercised", "skipped"][..],
                false => &["pass"],
            };
            let status = stage["status"].as_str().unwrap_or_default();
            if !allowed.contains(&status) {
                wrong.push(format!("{}: {stage}", of_arch["arch"]));
            }
        }
    }
    let _ = std::fs::remove_dir_all(&out);
    if built.len() != archs.len() && !is_lenient {
        wrong.push(format!("{} architectures were built: {said}", built.len()));
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(wrong.join("\n").into()),
    }
}

/// The rows of the table, by number of the defect.
type Rows = Arc<Mutex<BTreeMap<usize, String>>>;

fn main() {
    let arguments = Arguments::from_args();
    let rows = Rows::default();
    // All defects share one copy.
    let copy: Arc<Mutex<Option<PathBuf>>> = Arc::default();
    let tree = tree_of_7_2();
    let trials = DEFECTS
        .iter()
        .enumerate()
        .map(|(index, defect)| {
            let reason = match &tree {
                None => Some("KFEAT_TEST_TREES names no tree of 7.2".to_owned()),
                Some(_) if !starts(defect.compiler) => {
                    Some(format!("{} is not installed", defect.compiler))
                }
                Some(_) => None,
            };
            match (reason, &tree) {
                (None, Some(tree)) => {
                    let (tree, rows, copy) = (tree.clone(), rows.clone(), copy.clone());
                    Trial::test(defect.name, move || {
                        let mut copy = copy.lock().unwrap_or_else(PoisonError::into_inner);
                        let root = copy.get_or_insert_with(|| copied(&tree)).clone();
                        let row = confirm(&root, &tree, defect)?;
                        rows.lock().unwrap().insert(index, row);
                        Ok(())
                    })
                }
                (reason, _) => Trial::test(defect.name, || Ok(()))
                    .with_kind(reason.unwrap_or_default())
                    .with_ignored_flag(true),
            }
        })
        .chain([wrapper(&tree)])
        .chain(features(&tree))
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let rows = rows.lock().unwrap();
    if !rows.is_empty() {
        let mut page = page();
        page.extend(rows.values().map(String::as_str));
        println!("{page}");
        let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
        if overwrite && rows.len() == DEFECTS.len() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/defects.md");
            std::fs::write(path, &page).unwrap();
        }
    }
    conclusion.exit();
}

/// The page with the table, up to its first row.
fn page() -> String {
    String::from(
        "# Five defects, foretold and confirmed\n\nPut into Linux 7.2, one at a time, by `cargo test --test real_build`: what \
         `kfeat check` says without a compiler, and\nwhat `kfeat build` says with one.\n\n\
         | defect | `kfeat check` | `kfeat build` stops at | and says |\n|---|---|---|---|\n",
    )
}

/// The tree of 7.2 among those to test with.
fn tree_of_7_2() -> Option<PathBuf> {
    let trees = std::env::var_os("KFEAT_TEST_TREES")?;
    std::env::split_paths(&trees).find(|tree| {
        let makefile = std::fs::read_to_string(tree.join("Makefile")).unwrap_or_default();
        makefile.contains("\nVERSION = 7\nPATCHLEVEL = 2\n")
            || makefile.starts_with("VERSION = 7\nPATCHLEVEL = 2\n")
    })
}

/// The trial that other machines compile.
fn wrapper(tree: &Option<PathBuf>) -> Trial {
    let name = "distcc compiles elsewhere";
    let missing = ["distcc", "distccd", "sparc64-linux-gnu-gcc"]
        .into_iter()
        .find(|program| !starts(program));
    match (tree.clone(), missing) {
        (Some(tree), None) => Trial::test(name, move || distcc(&tree)),
        (None, _) => Trial::test(name, || Ok(()))
            .with_kind("KFEAT_TEST_TREES names no tree of 7.2")
            .with_ignored_flag(true),
        (_, missing) => Trial::test(name, || Ok(()))
            .with_kind(format!("{} is not installed", missing.unwrap_or_default()))
            .with_ignored_flag(true),
    }
}

/// A server of distcc on this machine, which ends with it.
struct Server(std::process::Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It ends its children itself when it is asked to end, and cannot when it is killed.
        let id = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

/// Builds with `--wrapper distcc`, a server, and no leave to compile anything here when the server does not.
fn distcc(tree: &Path) -> Result<(), Failed> {
    use std::os::unix::process::CommandExt;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("distcc");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(directory.join("state"))?;
    // Listening on port 0 gets a free port.
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port();
    let log = directory.join("log");
    let server = Command::new("distccd")
        .args(["--daemon", "--no-detach", "--listen", "127.0.0.1"])
        .args(["--allow", "127.0.0.1", "--enable-tcp-insecure"])
        .args(["--jobs", "2", "--log-level", "info", "--log-stderr"])
        .args(["--port", &port.to_string()])
        .stderr(std::fs::File::create(&log)?)
        .process_group(0)
        .spawn()?;
    let server = Server(server);
    let started = std::time::Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if started.elapsed().as_secs() > 20 {
            return Err(format!("distccd: {}", std::fs::read_to_string(&log)?).into());
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_kfeat"))
        .arg("-C")
        .arg(tree)
        .args(["build", "--arch", "sparc", "--wrapper", "distcc", "--out"])
        .arg(directory.join("run"))
        .env("DISTCC_HOSTS", format!("127.0.0.1:{port}/2"))
        .env("DISTCC_FALLBACK", "0")
        .env("DISTCC_DIR", directory.join("state"))
        .env_remove("LLVM")
        .env_remove("CROSS_COMPILE")
        .stdin(Stdio::null())
        .output()?;
    drop(server);
    let log = std::fs::read_to_string(&log)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        return Err(format!("{said}\n{log}").into());
    }
    for source in ["mm/memory.c", "arch/sparc/mm/tlb.c"] {
        let compiled = log
            .lines()
            .any(|line| line.contains("COMPILE_OK") && line.ends_with(source));
        if !compiled {
            return Err(format!("the server did not compile {source}:\n{log}").into());
        }
    }
    Ok(())
}

fn starts(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Directories of which a build of these objects reads all.
const WHOLE: &[&str] = &[
    "arch/arm64",
    "arch/riscv",
    "arch/sparc",
    "arch/x86",
    "fs",
    "include",
    "init",
    "kernel",
    "lib",
    "mm",
    "scripts",
    "security",
    "tools/arch",
    "tools/build",
    "tools/include",
    "tools/lib",
    "tools/objtool",
    "tools/scripts",
    "tools/bpf/resolve_btfids",
];

/// Copies what a build reads, and links nothing: neither build nor test can reach the tree itself.
fn copied(tree: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("defects/tree");
    let _ = std::fs::remove_dir_all(&root);
    copy(tree, &root, "");
    root
}

fn copy(tree: &Path, root: &Path, path: &str) {
    std::fs::create_dir_all(root.join(path)).unwrap();
    let whole = WHOLE.iter().any(|whole| path.starts_with(whole));
    for entry in std::fs::read_dir(tree.join(path)).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let inner = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}/{name}")
        };
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            if !name.starts_with('.') {
                copy(tree, root, &inner);
            }
            continue;
        }
        let is_list = ["Kconfig", "Makefile", "Kbuild"]
            .iter()
            .any(|start| name.starts_with(start));
        if !(whole || path.is_empty() || is_list || name.ends_with(".h")) {
            continue;
        }
        if kind.is_symlink() {
            let target = std::fs::read_link(entry.path()).unwrap();
            std::os::unix::fs::symlink(target, root.join(inner)).unwrap();
        } else {
            std::fs::copy(entry.path(), root.join(inner)).unwrap();
        }
    }
}

/// The text with a change.
fn changed(text: &str, change: &Change) -> Result<String, Failed> {
    let lines: Vec<&str> = text.lines().collect();
    let find = |wanted: &dyn Fn(&str) -> bool, from: usize| {
        let found = lines.iter().skip(from).position(|line| wanted(line));
        found
            .map(|at| at + from)
            .ok_or("the tree does not have the line to change")
    };
    let mut out: Vec<&str> = lines.clone();
    match change {
        Change::Remove(first, last) => {
            let start = find(&|line| line.contains(first), 0)?;
            let end = find(&|line| line == *last, start)?;
            out.drain(start..=end);
        }
        Change::RemoveLine(line) => {
            out.remove(find(&|known| known.contains(line), 0)?);
        }
        Change::Insert(after, new) => out.insert(find(&|line| line == *after, 0)? + 1, new),
    }
    Ok(out.join("\n") + "\n")
}

/// Puts a defect into the copy, lets both commands look at it, and takes it out again. Gives a row of the table.
fn confirm(root: &Path, tree: &Path, defect: &Defect) -> Result<String, Failed> {
    for (path, change) in defect.changes {
        let text = std::fs::read_to_string(root.join(path))?;
        std::fs::write(root.join(path), changed(&text, change)?)?;
    }
    let outcome = both(root, defect);
    for (path, _) in defect.changes {
        std::fs::copy(tree.join(path), root.join(path))?;
    }
    outcome
}

fn both(root: &Path, defect: &Defect) -> Result<String, Failed> {
    let kfeat = |arguments: &[&str]| -> Result<(Option<i32>, serde_json::Value), Failed> {
        let output = Command::new(env!("CARGO_BIN_EXE_kfeat"))
            .arg("-C")
            .arg(root)
            .args(arguments)
            .args(["--arch", defect.arch, "--format", "json"])
            .env_remove("LLVM")
            .env_remove("CROSS_COMPILE")
            .stdin(Stdio::null())
            .output()?;
        let document = serde_json::from_slice(&output.stdout)
            .map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
        Ok((output.status.code(), document))
    };
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let (_, report) = kfeat(&["check", "--feature", "lazy_mmu"])?;
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let foretold = findings
        .iter()
        .find(|finding| finding["lint"] == defect.lint)
        .ok_or_else(|| {
            let all: Vec<String> = findings
                .iter()
                .map(|finding| text(&finding["lint"]))
                .collect();
            format!(
                "check does not name it with {}, but with {all:?}",
                defect.lint
            )
        })?;
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("defects/out");
    let (code, results) = kfeat(&["build", "--out", &out.display().to_string()])?;
    let arch = &results["archs"][0];
    let stages = arch["stages"].as_array().cloned().unwrap_or_default();
    let stopped = stages
        .iter()
        .find(|stage| stage["status"] != "pass")
        .cloned()
        .unwrap_or_default();
    let stage = text(&stopped["stage"]);
    if code != Some(1) || stage != defect.stage || stopped["status"] != "fail" {
        return Err(format!("build ended with {code:?} at `{stage}`: {stopped}").into());
    }
    let findings = arch["findings"].as_array().cloned().unwrap_or_default();
    let says: Vec<String> = findings
        .iter()
        .filter(|finding| finding["level"] == "error")
        .map(|finding| {
            format!(
                "{}:{}: {}",
                text(&finding["path"]),
                finding["line"],
                text(&finding["headline"])
            )
        })
        .collect();
    if !says.iter().any(|said| said.contains(defect.says)) {
        return Err(format!("build says nothing about {}: {says:?}", defect.says).into());
    }
    Ok(format!(
        "| {} ({}) | `{}`: {} | {} | {} |\n",
        defect.name,
        defect.arch,
        defect.lint,
        text(&foretold["headline"]),
        stage.replace('-', " "),
        says.join("<br>"),
    ))
}
