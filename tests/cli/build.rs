//! `kfeat build` on the small tree, with programs that stand for make, compilers and QEMU: what is asked of them, and what
//! becomes of what they do. Real ones are `tests/real_build.rs`'s.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program::{Copy, Ended, kfeat, package};

#[path = "build/faults.rs"]
mod faults;

/// Programs, a tree, and a directory for runs.
pub struct Machine {
    tree: Copy,
    directory: tempfile::TempDir,
}

const GOOD_BOOT: &str = "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: mode\n    1..2\n    ok 1 nests\n    \
    ok 2 pauses # SKIP not here\nok 1 mode\nreboot: Restarting system\n";

impl Machine {
    /// With compilers for arm64 and sparc, and an emulator for arm64.
    pub fn new() -> Self {
        let machine = Self {
            tree: Copy::new(),
            directory: tempfile::tempdir().unwrap(),
        };
        let test = "mm/tests/lazy_mmu_mode_kunit.c";
        let text = machine.tree.read(test);
        machine.tree.write(
            test,
            &format!("{text}\nstatic struct kunit_suite suite = {{\n\t.name = \"mode\",\n}};\n"),
        );
        fs::create_dir_all(machine.fake()).unwrap();
        let make = fs::read_to_string(package("tests/cli/build/make.sh")).unwrap();
        machine.program("make", &make);
        for prefix in ["aarch64-linux-gnu-", "sparc64-linux-gnu-"] {
            machine.program(&format!("{prefix}gcc"), "#!/bin/sh\necho 'gcc 13.1.0'\n");
            machine.program(&format!("{prefix}ld"), "#!/bin/sh\necho 'GNU ld 2.40'\n");
        }
        for name in ["gcc", "flex", "bison", "bc", "python3"] {
            machine.program(name, "#!/bin/sh\nexit 0\n");
        }
        machine.boots("qemu-system-aarch64", GOOD_BOOT);
        // Programs for scripts are there, but no compiler or emulator of the real machine.
        for name in [
            "cat", "cp", "env", "mkdir", "mktemp", "nproc", "rm", "sh", "sleep", "touch", "tr",
        ] {
            let path = std::env::var_os("PATH").unwrap();
            let real = std::env::split_paths(&path)
                .map(|directory| directory.join(name))
                .find(|path| path.is_file())
                .unwrap();
            std::os::unix::fs::symlink(real, machine.path().join("bin").join(name)).unwrap();
        }
        machine
    }

    /// Where all is but the tree.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Input and log of the programs.
    fn fake(&self) -> PathBuf {
        self.path().join("fake")
    }

    /// Puts a program there.
    pub fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path().join("bin").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Lets an emulator show this.
    pub fn boots(&self, emulator: &str, console: &str) {
        let text = format!("#!/bin/sh\necho boot >>\"$FAKE/calls\"\ncat <<'END'\n{console}END\n");
        self.program(emulator, &text);
    }

    /// Lets a target fail with these words.
    pub fn breaks(&self, target: &str, words: &str) {
        fs::write(self.fake().join(target.replace('/', "_")), words).unwrap();
    }

    fn fixes(&self, target: &str) {
        fs::remove_file(self.fake().join(target.replace('/', "_"))).unwrap();
    }

    /// The calls of the programs since the last question, without directories.
    fn calls(&self) -> Vec<String> {
        let path = self.fake().join("calls");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let _ = fs::remove_file(path);
        text.lines()
            .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
            .collect()
    }

    /// The directory of runs.
    pub fn out(&self) -> PathBuf {
        self.path().join("out")
    }

    /// `kfeat build` with the arguments, yet to be run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = kfeat(["-C".as_ref(), self.tree.path().as_os_str()]).command();
        command
            .args(["build", "--wrapper", "none", "--out"])
            .arg(self.out())
            .args(arguments);
        self.surround(&mut command);
        command
    }

    /// Lets a command see these programs, and no others.
    pub fn surround(&self, command: &mut Command) {
        command
            .env("PATH", self.path().join("bin"))
            .env("REAL_PATH", std::env::var("PATH").unwrap())
            .env("FAKE", self.fake())
            .env("TREE", self.tree.path())
            .env_remove("LLVM")
            .env_remove("CROSS_COMPILE")
            .stdin(Stdio::null());
    }

    /// Runs `build` with the arguments, and fails unless it exits with `code`.
    #[track_caller]
    pub fn build(&self, arguments: &[&str], code: i32) -> Ended {
        let output = self.command(arguments).output().unwrap();
        let ended = Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        assert_eq!(ended.code, code, "{}\n{}", ended.out, ended.err);
        ended
    }

    fn results(&self) -> Value {
        let text = fs::read(self.out().join("results.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    /// The stages of an architecture with their status.
    fn stages(&self, arch: &str) -> String {
        let results = self.results();
        let archs = results["archs"].as_array().unwrap();
        let arch = archs.iter().find(|of| of["arch"] == arch).unwrap();
        let stages = arch["stages"].as_array().unwrap().iter();
        stages
            .map(|stage| {
                let again = if stage["resumed"] == true { "*" } else { "" };
                format!(
                    "{}={}{again}",
                    stage["stage"].as_str().unwrap(),
                    stage["status"].as_str().unwrap()
                )
            })
            .collect::<Vec<_>>()
            .join(" ")
    }
}

const BUILT: &str =
    "tools=pass config=pass config-check=pass prepare=pass objects=pass evidence=pass";

#[test]
fn a_kernel_boots_and_its_tests_are_counted() {
    let machine = Machine::new();
    let ended = machine.build(&["--arch", "arm64", "--kunit"], 0);
    assert_eq!(
        machine.stages("arm64"),
        format!("{BUILT} link=pass kunit=pass")
    );
    let kunit = &machine.results()["archs"][0]["kunit"];
    assert_eq!(
        (&kunit["passed"], &kunit["failed"], &kunit["skipped"]),
        (&1.into(), &0.into(), &1.into())
    );
    assert_eq!(kunit["tests"][0]["name"], "mode/nests");
    let table = ended.out.lines().next().unwrap();
    assert!(
        table.contains("link  kunit  passed  failed  skipped"),
        "{table}"
    );
    let calls = machine.calls();
    assert_eq!(calls.last().unwrap(), "boot");
    assert!(calls.contains(&"Image".to_owned()));
    // Without it nothing is linked.
    machine.build(&["--arch", "arm64"], 0);
    assert_eq!(machine.stages("arm64"), BUILT);
    assert!(!machine.calls().contains(&"boot".to_owned()));
}

#[test]
fn a_silent_a_failing_and_an_endless_kernel_fail() {
    let machine = Machine::new();
    let arguments = ["--arch", "arm64", "--kunit", "--boot-limit", "1"];
    machine.boots("qemu-system-aarch64", "reboot: System halted\n");
    let ended = machine.build(&arguments, 1);
    assert!(
        ended
            .out
            .contains("kunit: fail: no KTAP output; the last line is: reboot: System halted"),
        "{}",
        ended.out
    );
    let failing = GOOD_BOOT
        .replace("    ok 1 nests", "    # nests: EXPECTATION FAILED at mm/tests/lazy_mmu_mode_kunit.c:9\n    not ok 1 nests")
        .replace("ok 1 mode", "not ok 1 mode");
    machine.boots("qemu-system-aarch64", &failing);
    let ended = machine.build(&arguments, 1);
    assert!(
        ended.out.contains(
            "mm/tests/lazy_mmu_mode_kunit.c:9: error: test-failure: test `mode/nests` failed"
        ),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("  repeat: qemu-system-aarch64 "),
        "{}",
        ended.out
    );
    machine.program(
        "qemu-system-aarch64",
        "#!/bin/sh\necho 'KTAP version 1'\necho 1..1\nsleep 60\n",
    );
    let started = Instant::now();
    let ended = machine.build(&arguments, 1);
    assert!(started.elapsed() < Duration::from_secs(30));
    assert!(
        ended.out.contains("did not end within 1 s and was killed"),
        "{}",
        ended.out
    );
}

#[test]
fn without_qemu_a_boot_is_unavailable_and_nothing_is_linked() {
    let machine = Machine::new();
    let ended = machine.build(&["--arch", "sparc", "--kunit"], 2);
    assert_eq!(
        machine.stages("sparc"),
        format!("{BUILT} link=unavailable kunit=not-reached")
    );
    assert!(
        ended
            .out
            .contains("no `qemu-system-sparc64`; install `qemu-system-sparc` (Debian, Fedora)"),
        "{}",
        ended.out
    );
    machine.build(&["--arch", "sparc", "--kunit", "--require", "sparc"], 1);
}

#[test]
fn a_directory_in_the_tree_is_refused_wherever_its_name_seems_to_lead() {
    let machine = Machine::new();
    let tree = machine.tree.path();
    let build = |out: &Path| {
        let arguments = ["build", "--arch", "arm64", "--dry-run", "--out"];
        let mut command = super::program::on(tree, arguments).command();
        machine.surround(&mut command);
        command.arg(out).output().unwrap()
    };
    let link = machine.path().join("link");
    std::os::unix::fs::symlink(tree, &link).unwrap();
    for inside in [
        tree.join("new"),
        link.join("new/deep"),
        tree.join("mm/../new"),
    ] {
        let refused = build(&inside);
        assert_eq!(refused.status.code(), Some(2), "{}", inside.display());
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("is in the tree"), "{said}");
    }
    // Beside the tree, as somebody in it writes it.
    let beside = build(&tree.join("../a-run-beside"));
    assert_eq!(beside.status.code(), Some(0));
    let said = String::from_utf8_lossy(&beside.stdout);
    assert!(!said.contains(".."), "{said}");
}

#[test]
fn what_passed_is_not_repeated() {
    let machine = Machine::new();
    machine.breaks("mm/memory.o", "mm/memory.c:3:1: error: it is broken\n");
    let arguments = ["--arch", "arm64,sparc", "--resume"];
    let ended = machine.build(&arguments, 1);
    assert!(
        ended
            .out
            .contains("mm/memory.c:3: error: compiler-error: it is broken [arm64]"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("  repeat: make "), "{}", ended.out);
    machine.calls();
    machine.fixes("mm/memory.o");
    machine.build(&arguments, 0);
    let calls = machine.calls();
    assert!(calls.iter().all(|call| call.ends_with(".o")), "{calls:?}");
    machine.build(&arguments, 0);
    assert_eq!(machine.calls(), [""; 0]);
    assert!(
        machine
            .stages("sparc")
            .ends_with("objects=pass* evidence=pass*")
    );
    // Another tree is another input.
    machine
        .tree
        .write("mm/memory.c", &(machine.tree.read("mm/memory.c") + "\n"));
    machine.build(&arguments, 0);
    assert!(machine.calls().contains(&"prepare".to_owned()));
}

#[test]
fn warnings_of_stages_that_passed_stay() {
    let machine = Machine::new();
    let make = fs::read_to_string(package("tests/cli/build/make.sh")).unwrap();
    let warn = "    prepare | Image | image)\n      echo 'mm/memory.c:2:1: warning: odd' >&2\n";
    machine.program(
        "make",
        &make.replace("    prepare | Image | image)\n", warn),
    );
    machine.build(&["--arch", "arm64"], 0);
    let ended = machine.build(&["--arch", "arm64", "--resume"], 0);
    assert!(
        ended
            .out
            .contains("mm/memory.c:2: warning: compiler-warning: odd"),
        "{}",
        ended.out
    );
}

#[test]
fn a_baseline_tells_new_findings_from_known_ones() {
    let machine = Machine::new();
    machine.breaks("mm/memory.o", "mm/memory.c:3:1: error: it is broken\n");
    machine.build(&["--arch", "arm64"], 1);
    let baseline = machine.path().join("baseline.json");
    fs::copy(machine.out().join("results.json"), &baseline).unwrap();
    // The line has moved, and another error came.
    machine.breaks(
        "mm/memory.o",
        "mm/memory.c:5:1: error: it is broken\nmm/memory.c:7:1: error: and so is this\n",
    );
    let ended = machine.build(
        &[
            "--arch",
            "arm64",
            "--compare-with",
            baseline.to_str().unwrap(),
        ],
        1,
    );
    assert!(
        ended.out.contains("it is broken [arm64] (known)"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("and so is this [arm64] (new)"),
        "{}",
        ended.out
    );
}

#[test]
fn one_failure_can_end_all() {
    let machine = Machine::new();
    machine.breaks("arm64-allnoconfig", "it is broken\n");
    fs::write(machine.fake().join("sleep-prepare"), "").unwrap();
    let make = fs::read_to_string(package("tests/cli/build/make.sh")).unwrap();
    machine.program("make", &make.replace("sleep 60; sleep 60", "sleep 2"));
    machine.build(&["--arch", "arm64,sparc", "--fail-fast", "-j", "2"], 1);
    let sparc = machine.stages("sparc");
    assert!(
        sparc.ends_with("objects=not-reached evidence=not-reached"),
        "{sparc}"
    );
    assert!(
        machine
            .stages("arm64")
            .starts_with("tools=pass config=fail")
    );
}

#[test]
fn a_dropped_option_stops_before_anything_is_compiled() {
    let machine = Machine::new();
    fs::write(machine.fake().join("drop"), "").unwrap();
    let ended = machine.build(&["--arch", "arm64"], 1);
    assert!(
        ended
            .out
            .contains("`ARCH_HAS_LAZY_MMU_MODE` should be `y`, but is `n`"),
        "{}",
        ended.out
    );
    assert_eq!(machine.calls(), ["allnoconfig"]);
}

#[test]
fn a_fragment_and_another_beginning_are_taken() {
    let machine = Machine::new();
    let fragment = machine.path().join("mine.config");
    fs::write(&fragment, "# mine\nCONFIG_NEW_ONE=y\n").unwrap();
    let arguments = [
        "--arch",
        "arm64",
        "--config-target",
        "defconfig",
        "--fragment",
    ];
    machine.build(&[&arguments[..], &[fragment.to_str().unwrap()]].concat(), 0);
    let calls = machine.calls();
    assert_eq!(calls[..3], ["defconfig", "olddefconfig", "prepare"]);
    let results = machine.results();
    let lines = results["archs"][0]["fragment"].as_array().unwrap().clone();
    assert!(lines.contains(&"CONFIG_NEW_ONE=y".into()), "{lines:?}");
    let config = results["archs"][0]["directory"]
        .as_str()
        .unwrap()
        .to_owned()
        + "/obj/.config";
    let config = fs::read_to_string(machine.out().join(config)).unwrap();
    assert!(config.contains("CONFIG_NEW_ONE=y"), "{config}");
}

/// Whether a process has not ended. One that nobody has asked for its end has ended, too.
fn runs(id: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
}

/// Interrupts a run in the middle; nothing of it is left, and it can go on.
#[track_caller]
fn interrupted(signal: rustix::process::Signal) {
    let machine = Machine::new();
    fs::write(machine.fake().join("sleep-prepare"), "").unwrap();
    // Under `nohup`, programs ignore SIGHUP, and kfeat leaves that as it is.
    let kfeat = machine.command(&["--arch", "arm64,sparc", "-j", "1"]);
    let mut command = Command::new("env");
    command
        .args(["--default-signal=INT,TERM,HUP"])
        .arg(kfeat.get_program())
        .args(kfeat.get_args());
    for (name, value) in kfeat.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(directory) = kfeat.get_current_dir() {
        command.current_dir(directory);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = machine.fake().join("pid");
    let started = Instant::now();
    while fs::read_to_string(&pid).unwrap_or_default().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(20));
    }
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, signal).unwrap();
    let interrupted = Instant::now();
    let status = child.wait().unwrap();
    assert!(interrupted.elapsed() < Duration::from_secs(20));
    assert_eq!(status.code(), Some(2));
    let grandchild = fs::read_to_string(&pid).unwrap();
    assert!(!runs(grandchild.trim()), "process {grandchild} is left");
    let results = machine.results();
    assert_eq!(results["complete"], false);
    machine.calls();
    fs::remove_file(machine.fake().join("sleep-prepare")).unwrap();
    machine.build(&["--arch", "arm64,sparc", "--resume"], 0);
    // At least one had its configuration already.
    let again = machine.calls();
    let configured = again.iter().filter(|call| *call == "allnoconfig").count();
    assert!(configured <= 1, "{again:?}");
}

#[test]
fn control_c_ends_everything() {
    interrupted(rustix::process::Signal::INT);
}

#[test]
fn the_end_of_the_session_ends_everything() {
    interrupted(rustix::process::Signal::TERM);
    interrupted(rustix::process::Signal::HUP);
}

#[test]
fn the_script_repeats_the_run_anywhere() {
    let machine = Machine::new();
    machine.build(&["--arch", "arm64", "--kunit"], 0);
    let results = machine.results();
    let directory = results["archs"][0]["directory"].as_str().unwrap();
    let moved = machine.path().join("elsewhere");
    fs::rename(machine.out().join(directory), &moved).unwrap();
    let first = machine.calls();
    let script = |program: &mut Command| {
        machine.surround(program);
        let output = program.current_dir("/").output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        machine.calls()
    };
    assert_eq!(script(&mut Command::new(moved.join("reproduce.sh"))), first);
    let dry = machine
        .build(&["--arch", "arm64", "--kunit", "--dry-run"], 0)
        .out;
    assert_eq!(machine.calls(), [""; 0]);
    let pasted = script(Command::new("sh").args(["-e", "-c", &dry]));
    let last = pasted.last().unwrap();
    assert_eq!((last.as_str(), pasted[0].as_str()), ("boot", "allnoconfig"));
}

/// Lets the real make run a plan for arm64 and sparc; what it wrote, and whether all went well.
fn run_plan(machine: &Machine) -> (String, bool) {
    let plan = super::program::on(
        machine.tree.path(),
        [
            "plan",
            "--format",
            "make",
            "--arch",
            "arm64,sparc",
            "--",
            "--wrapper",
            "none",
        ],
    )
    .exits(0)
    .out;
    let directory = machine.path().join("plan");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("Makefile"), plan).unwrap();
    let bin = machine.path().join("bin/kfeat");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kfeat"), bin).unwrap();
    let mut make = Command::new("make");
    machine.surround(&mut make);
    // The real one, of which the kernel's makefiles must not see a trace.
    let real = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&real)
        .map(|directory| directory.join("make"))
        .find(|path| path.is_file())
        .unwrap();
    let output = Command::new(real)
        .envs(
            make.get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env_remove("LLVM")
        .env_remove("CROSS_COMPILE")
        .args(["-s", "-j2", "-C"])
        .arg(&directory)
        .env("KFEAT_TREE", machine.tree.path())
        .env("XDG_CACHE_HOME", machine.path().join("cache"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    (format!("{said}{errors}"), output.status.success())
}

#[test]
fn make_runs_a_plan_and_joins_what_comes_back() {
    let machine = Machine::new();
    let (said, good) = run_plan(&machine);
    assert!(good && said.contains("\nsparc  pass   pass"), "{said}");
    let machine = Machine::new();
    machine.breaks("sparc-allnoconfig", "it is broken\n");
    let (said, good) = run_plan(&machine);
    assert!(said.contains("\narm64  pass   pass"), "{said}");
    assert!(!good && said.contains("\nsparc  pass   fail"), "{said}");
    let machine = Machine::new();
    fs::remove_file(machine.path().join("bin/sparc64-linux-gnu-gcc")).unwrap();
    let (said, good) = run_plan(&machine);
    assert!(!good && said.contains("\nsparc  unavailable"), "{said}");
}

#[test]
fn a_tree_without_the_symbol_is_refused_with_the_reason() {
    let tree = Copy::new();
    for path in [
        "mm/Kconfig",
        "arch/arm64/Kconfig",
        "arch/sparc/Kconfig",
        "arch/x86/Kconfig",
        "arch/powerpc/Kconfig",
    ] {
        let text = tree.read(path).replace("ARCH_HAS_LAZY_MMU_MODE", "ANOTHER");
        tree.write(path, &text);
    }
    super::program::on(tree.path(), ["build"]).refuses(&[
        "no architecture can have the feature `lazy_mmu`: nothing declares `ARCH_HAS_LAZY_MMU_MODE`",
        "`__HAVE_ARCH_ENTER_LAZY_MMU_MODE`",
    ]);
}

#[test]
fn a_patch_is_built_in_a_working_tree_of_its_own() {
    let machine = Machine::new();
    let file = "mm/memory.c";
    let text = machine.tree.read(file);
    let lines = text.lines().count();
    let patch = |word: &str| {
        let last = text.lines().last().unwrap();
        let path = machine.path().join(format!("{word}.patch"));
        let text = format!(
            "--- a/{file}\n+++ b/{file}\n@@ -{lines} +{lines},2 @@\n {last}\n+/* {word} */\n"
        );
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (one, two) = (patch("one"), patch("two"));
    let before = machine.tree.picture();
    machine.build(&["--arch", "arm64", "--patch", &one], 0);
    assert!(
        before == machine.tree.picture(),
        "nothing of the tree is touched"
    );
    assert_eq!(machine.stages("arm64"), BUILT);
    let made = machine.out().join("tree");
    assert_eq!(
        machine.results()["tree"].as_str().unwrap(),
        made.to_str().unwrap()
    );
    let read = |path: &str| fs::read_to_string(made.join(path)).unwrap();
    assert_eq!(read(file), format!("{text}/* one */\n"));
    assert_eq!(read("Kconfig"), machine.tree.read("Kconfig"));
    // The same again is the same input, another patch is not, and what it does not touch keeps its time.
    machine.calls();
    machine.build(&["--arch", "arm64", "--patch", &one, "--resume"], 0);
    assert_eq!(machine.calls(), [""; 0]);
    let time = |path: &str| fs::metadata(made.join(path)).unwrap().modified().unwrap();
    let known = time("Kconfig");
    machine.build(&["--arch", "arm64", "--patch", &two, "--resume"], 0);
    assert!(machine.calls().contains(&"prepare".to_owned()));
    assert_eq!(
        (read(file), time("Kconfig")),
        (format!("{text}/* two */\n"), known)
    );
    // A patch that does not apply, and a directory of somebody else.
    fs::write(
        &one,
        format!("--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-nothing\n+something\n"),
    )
    .unwrap();
    let ended = machine.build(&["--arch", "arm64", "--patch", &one], 2);
    assert!(ended.err.contains("cannot apply"), "{}", ended.err);
    fs::remove_file(machine.out().join("tree.kfeat")).unwrap();
    let ended = machine.build(&["--arch", "arm64", "--patch", &two], 2);
    assert!(
        ended.err.contains("was not created by kfeat"),
        "{}",
        ended.err
    );
}

#[test]
fn a_revision_and_a_range_are_built_without_a_checkout() {
    let machine = Machine::new();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(machine.tree.path());
        command.args(["-c", "user.name=S", "-c", "user.email=s@example.org"]);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "base"]);
    let text = machine.tree.read("mm/memory.c");
    machine
        .tree
        .write("mm/memory.c", &format!("{text}/* later */\n"));
    git(&["commit", "-q", "-a", "-m", "later"]);
    machine.tree.write("mm/memory.c", "not committed\n");
    let real = std::env::var_os("PATH").unwrap();
    let real = std::env::split_paths(&real).map(|directory| directory.join("git"));
    let real = real.into_iter().find(|path| path.is_file()).unwrap();
    std::os::unix::fs::symlink(real, machine.path().join("bin/git")).unwrap();
    let before = machine.tree.picture();
    for (arguments, expected) in [
        (["--rev", "main~1"], text.clone()),
        (["--range", "main~1..main"], format!("{text}/* later */\n")),
    ] {
        machine.build(&[&["--arch", "arm64"], &arguments[..]].concat(), 0);
        let made = fs::read_to_string(machine.out().join("tree/mm/memory.c")).unwrap();
        assert_eq!(made, expected);
    }
    assert!(
        before == machine.tree.picture(),
        "nothing of the repository is touched"
    );
}
