//! Hands what kfeat writes to the programs that read it: schemas, parsers, b4.
//!
//! They are Python packages in the virtual environment below `target` that `tests/kernel_tests.rs` uses, too:
//! `python3 -m venv target/pytest && target/pytest/bin/pip install check-jsonschema junitparser pre-commit b4 docutils tuxsuite`.
//! A program that is not there leaves its tests ignored.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "all of this is a test; clippy only knows functions marked as one. Other tests use the rest of `program`"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Trial};

#[path = "cli/build.rs"]
mod build;
#[path = "docs/page.rs"]
mod page;
#[path = "cli/program.rs"]
mod program;

use program::{Copy, on, package};

/// A variant with an error, and one with a finding that has a fix.
const VARIANTS: &[&str] = &[
    "retired-marker-define",
    "select-undeclared-misspelt",
    "proof-select-without-hook-radix",
];

fn main() {
    let arguments = Arguments::from_args();
    let trials = vec![
        needs("check-jsonschema", "sarif_is_what_its_schema_says", sarif),
        needs("check-jsonschema", "action_and_template_are_valid", engines),
        needs("check-jsonschema", "samples_for_engines_are_valid", samples),
        needs(
            "check-jsonschema",
            "a_baseline_is_what_its_schema_says",
            baseline,
        ),
        needs(
            "check-jsonschema",
            "documents_of_builds_are_what_their_schemas_say",
            documents,
        ),
        needs(
            "check-jsonschema",
            "documents_of_checks_are_what_their_schemas_say",
            reports,
        ),
        needs("check-jsonschema", "plans_are_valid", plans),
        needs("check-jsonschema", "specs_are_valid", specs),
        needs("tuxsuite", "tuxsuite_loads_its_plan", tuxsuite),
        needs("sphinx-build", "sphinx_renders_what_kconfig_says", sphinx),
        needs("junitparser", "junit_is_read", junit),
        needs(
            "pre-commit",
            "the_manifest_for_pre_commit_is_valid",
            manifest,
        ),
        needs("python", "replies_are_read_as_mails", replies),
        needs(
            "docutils",
            "the_documentation_is_read_without_a_warning",
            documentation,
        ),
        needs("b4", "b4_checks_each_patch_of_a_series", b4),
        needs("python", "patchwork_gets_a_check_for_each_patch", patchwork),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// A trial that needs a program of the virtual environment.
fn needs(name: &'static str, trial: &str, run: fn()) -> Trial {
    let trial = Trial::test(trial, move || {
        run();
        Ok(())
    });
    if python(name).is_file() {
        trial
    } else {
        trial
            .with_kind("its reader is missing in target/pytest, see CONTRIBUTING.md")
            .with_ignored_flag(true)
    }
}

/// A program of the virtual environment.
fn python(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name("pytest")
        .join("bin")
        .join(name)
}

/// Runs a command, and fails with what it says unless it exits with 0.
#[track_caller]
fn passes(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}\n{complained}");
    said
}

/// What `check` writes of a tree with findings, suppressed ones or others, in a file.
fn written(variant: &str, format: &str) -> tempfile::NamedTempFile {
    let tree = Copy::variant(variant);
    let text = on(tree.path(), ["check", "--format", format]).run().out;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

/// The schema of SARIF 2.1.0, which the crate that is made from it has in its sources.
fn sarif_schema() -> PathBuf {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let metadata = passes(
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            // Dependencies of other platforms need not be here.
            .args(["--filter-platform", &platform])
            .current_dir(package("")),
    );
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let of = packages.iter().find(|of| of["name"] == "serde-sarif");
    let manifest = of.unwrap()["manifest_path"].as_str().unwrap();
    Path::new(manifest)
        .with_file_name("src")
        .join("schema.json")
}

fn sarif() {
    let schema = sarif_schema();
    // Suppressed findings have fields of their own in the schema.
    for variant in VARIANTS.iter().chain(&["near-suppression-used"]) {
        let file = written(variant, "sarif");
        passes(
            Command::new(python("check-jsonschema"))
                // A pattern of the schema is no regular expression of ECMAScript.
                .args(["--regex-variant", "python", "--schemafile"])
                .args([schema.as_path(), file.path()]),
        );
        let text = std::fs::read_to_string(file.path()).unwrap();
        let log: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
        assert!(!log.runs[0].results.as_ref().unwrap().is_empty());
    }
}

fn baseline() {
    for variant in VARIANTS {
        let tree = Copy::variant(variant);
        let file = tree.path().join("known.json");
        let write = ["check", "--feature", "all", "--write-baseline"];
        on(
            tree.path(),
            [&write[..], &[file.to_str().unwrap()]].concat(),
        )
        .exits(0);
        passes(
            Command::new(python("check-jsonschema"))
                .arg("--schemafile")
                .args([package("docs/schema/baseline.schema.json"), file]),
        );
    }
}

fn engines() {
    let valid = |schema: &str, file: &str| {
        passes(
            Command::new(python("check-jsonschema"))
                .args(["--builtin-schema", schema])
                .arg(package(file)),
        );
    };
    valid("vendor.github-actions", "action.yml");
    valid("vendor.gitlab-ci", "ci/kfeat.gitlab-ci.yml");
    valid("vendor.gitlab-ci", "ci/release.gitlab-ci.yml");
    valid("vendor.github-workflows", ".github/workflows/release.yml");
}

/// The directive of `contrib/kfeat-sphinx`, in a real run of Sphinx that stops at the first warning.
fn sphinx() {
    let tree = Copy::new();
    let table = "Documentation/features/vm/huge-vmap/arch-support.txt";
    let text = tree.read(table).replace("x86: |  ok  |", "x86: | TODO |");
    tree.write(table, &text);
    let pages = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(pages.path().join(name), text).unwrap();
    let extension = package("contrib/kfeat-sphinx");
    write(
        "conf.py",
        &format!(
            "import sys\nsys.path.insert(0, {:?})\nextensions = ['kfeat_sphinx']\nkfeat_program = {:?}\n\
             kfeat_links = 'https://example.org/{{path}}#{{line}}'\n",
            extension,
            env!("CARGO_BIN_EXE_kfeat")
        ),
    );
    let directives = ".. kernel-feat:: features\n\n.. kernel-feat:: features x86\n";
    write("index.rst", &format!("Features\n========\n\n{directives}"));
    passes(
        Command::new(python("python3"))
            .args(["-m", "sphinx", "-q", "-W", "-b", "html", ".", "out"])
            .current_dir(pages.path())
            .env("srctree", tree.path()),
    );
    let page = std::fs::read_to_string(pages.path().join("out/index.html")).unwrap();
    for part in [
        "lazy_mmu",
        "HAVE_ARCH_HUGE_VMAP",
        "The table says TODO",
        "depends!",
        "https://example.org/arch/x86/Kconfig#14",
    ] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
}

/// The files that the documentation shows for engines, which also agree with what this repository has for them.
fn samples() {
    let valid = |schema: &str, text: &str| {
        passes(
            Command::new(python("check-jsonschema"))
                .args(["--builtin-schema", schema])
                .arg(file(".yml", text).path()),
        );
    };
    let action = std::fs::read_to_string(package("action.yml")).unwrap();
    let action: serde_yaml::Value = serde_yaml::from_str(&action).unwrap();
    for text in [
        page::file_of("docs/guide/ci.md", "src/linux/.github/workflows/kfeat.yml"),
        page::file_of(
            "docs/cache.md",
            "src/linux/.github/workflows/kfeat-tree.yml",
        ),
    ] {
        valid("vendor.github-workflows", &text);
        let workflow: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let steps = workflow["jobs"]["kfeat"]["steps"].as_sequence().unwrap();
        let own = |step: &&serde_yaml::Value| step["uses"].as_str().unwrap().contains("/kfeat@");
        let step = steps.iter().find(own).unwrap();
        for input in step["with"]
            .as_mapping()
            .into_iter()
            .flat_map(|with| with.keys())
        {
            assert!(action["inputs"].get(input).is_some(), "{input:?}");
        }
    }
    let text = page::file_of("docs/guide/ci.md", "src/linux/.gitlab-ci.yml");
    valid("vendor.gitlab-ci", &text);
    let including: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let template = including["include"][0]["file"].as_str().unwrap();
    let template = std::fs::read_to_string(package(template)).unwrap();
    for variable in including["variables"].as_mapping().unwrap().keys() {
        let variable = variable.as_str().unwrap();
        assert!(template.contains(&format!("${variable}")), "{variable}");
    }
}

/// Text in a file with a name that says what it is.
fn file(suffix: &str, text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(suffix).tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

/// Fails unless a document is what a schema of ours says.
fn valid(schema: &str, text: &str) {
    passes(
        Command::new(python("check-jsonschema"))
            .arg("--schemafile")
            .arg(package(&format!("docs/schema/{schema}.schema.json")))
            .arg(file(".json", text).path()),
    );
}

fn reports() {
    let repository = Repository::new();
    repository.git(&["tag", "old"]);
    let kconfig = "arch/riscv/Kconfig";
    let text = repository.tree.read(kconfig);
    let select = "\tselect ARCH_HAS_LAZY_MMU_MODE\n\tselect HAVE_PCI\n";
    let wrong = text.replace("\tselect HAVE_PCI\n", select);
    assert_ne!(wrong, text);
    repository.tree.write(kconfig, &wrong);
    repository.commit("riscv: select what it does not have");
    repository.tree.write(kconfig, &text);
    repository.commit("riscv: no more");
    let json = |arguments: &[&str], code: i32| {
        let format = ["--format", "json"];
        let ended = on(repository.tree.path(), arguments.iter().chain(&format));
        ended.exits(code).out
    };
    valid("report", &json(&["check"], 0));
    valid("report", &json(&["check", "--range", "old..HEAD"], 1));
    valid(
        "report",
        &json(&["check", "--rev", "HEAD~", "--pedantic"], 1),
    );
    for variant in VARIANTS.iter().chain(&["near-suppression-used"]) {
        valid(
            "report",
            &std::fs::read_to_string(written(variant, "json").path()).unwrap(),
        );
    }
    valid("explain", &json(&["explain", "ARCH_HAS_LAZY_MMU_MODE"], 0));
    valid("feature", &json(&["feature", "list"], 0));
    valid("feature", &json(&["feature", "derive"], 0));
    valid("explain", &json(&["explain", "KASAN", "--arch", "x86"], 0));
    let config = file(".config", "# CONFIG_EXPERT is not set\n");
    let config = config.path().to_str().unwrap();
    for (wish, code) in [("EXPERT=y", 0), ("MMU=y", 0), ("BROKEN=y", 1)] {
        let on_x86 = ["--arch", "x86", "--allow-shell", "--config", config];
        let want = [&["config", "want", wish][..], &on_x86].concat();
        valid("want", &json(&want, code));
    }
    valid("matrix", &json(&["matrix"], 0));
    valid("matrix", &json(&["matrix", "--defconfigs"], 0));
    valid(
        "between",
        &json(&["matrix", "--between", "old", "HEAD~"], 0),
    );
}

fn documents() {
    let machine = build::Machine::new();
    let json = ["--format", "json"];
    let with = |more: &[&'static str]| [&json[..], more].concat();
    let arm64 = machine.build(&with(&["--arch", "arm64", "--kunit"]), 0).out;
    machine.boots("qemu-system-aarch64", "KTAP version 1\n1..1\n");
    let crashed = machine.build(&with(&["--arch", "arm64", "--kunit"]), 1).out;
    machine.breaks("mm/memory.o", "mm/memory.c:3:1: error: it is broken\n");
    let baseline = machine.path().join("baseline.json");
    std::fs::write(&baseline, &crashed).unwrap();
    let baseline = baseline.to_str().unwrap();
    let arguments = [&json[..], &["--arch", "sparc", "--compare-with", baseline]].concat();
    let broken = machine.build(&arguments, 1).out;
    let missing = machine
        .build(&with(&["--arch", "none", "--without", "riscv"]), 2)
        .out;
    let mut files = Vec::new();
    for text in [&arm64, &crashed, &broken, &missing] {
        valid("results", text);
        files.push(file(".json", text));
    }
    let mut merge = vec!["report", "merge", "--format", "json"];
    merge.extend(files.iter().map(|file| file.path().to_str().unwrap()));
    valid("results", &program::kfeat(merge).exits(1).out);
    let on = |arguments: &[&str]| program::on(&program::mini(), arguments).run().out;
    valid(
        "plan",
        &on(&["plan", "--format", "json", "--without", "riscv"]),
    );
    valid("doctor", &on(&["doctor", "--format", "json"]));
}

/// A plan of the small tree.
fn plan(format: &str) -> tempfile::NamedTempFile {
    let arguments = [
        "plan",
        "--format",
        format,
        "--without",
        "s390",
        "--setup",
        "cargo install 'kfeat'",
    ];
    let text = on(&program::mini(), arguments).exits(0).out;
    file(".yml", &text)
}

/// All shipped specs, and the examples of the guide, which have every field.
fn specs() {
    let features = std::fs::read_dir(package("features")).unwrap();
    let mut paths: Vec<_> = features.map(|entry| entry.unwrap().path()).collect();
    let guide = std::fs::read_to_string(package("docs/contracts.md")).unwrap();
    let blocks = guide.split("```yaml\n").skip(1);
    let files: Vec<_> = blocks
        .map(|block| file(".yaml", block.split("```").next().unwrap()))
        .collect();
    assert!(files.len() > 10);
    paths.extend(files.iter().map(|file| file.path().to_owned()));
    passes(
        Command::new(python("check-jsonschema"))
            .arg("--schemafile")
            .arg(package("docs/schema/spec.schema.json"))
            .args(&paths),
    );
}

fn plans() {
    for (format, schema) in [
        ("github", "vendor.github-workflows"),
        ("gitlab", "vendor.gitlab-ci"),
    ] {
        passes(
            Command::new(python("check-jsonschema"))
                .args(["--builtin-schema", schema])
                .arg(plan(format).path()),
        );
    }
}

/// Its own client reads the plan, and refuses a build with what the service does not know.
fn tuxsuite() {
    let read = "import sys, tuxsuite\n\
        from tuxsuite.config import PlanConfig\n\
        plan = PlanConfig(None, None, sys.argv[1])\n\
        assert not plan.schema_warning, plan.schema_warning\n\
        builds = [entry['build'] for entry in plan.plan]\n\
        assert {'arm64', 'sparc', 'x86_64'} <= {build['target_arch'] for build in builds}, builds\n\
        for build in builds:\n    \
            build = tuxsuite.build.Build(git_repo='https://example.org/linux.git', git_ref='main', token='', kbapi_url='',\n        \
                tuxapi_url='', group='g', project='p', **build)\n    \
            assert build.kconfig[0] == 'allnoconfig' and 'mm/memory.o' in build.targets, build\n";
    passes(
        Command::new(python("python"))
            .args(["-c", read])
            .arg(plan("tuxsuite").path()),
    );
}

fn junit() {
    for variant in VARIANTS {
        let file = written(variant, "junit");
        let read = "import sys, junitparser\n\
            suites = list(junitparser.JUnitXml.fromfile(sys.argv[1]))\n\
            assert [suite.name for suite in suites] == ['lazy_mmu'], suites\n\
            assert suites[0].failures >= 1 and suites[0].tests >= 7\n\
            assert len(list(suites[0])) == suites[0].tests\n";
        passes(
            Command::new(python("python"))
                .args(["-c", read])
                .arg(file.path()),
        );
    }
}

fn manifest() {
    passes(
        Command::new(python("pre-commit"))
            .arg("validate-manifest")
            .arg(package(".pre-commit-hooks.yaml")),
    );
    let text = page::file_of("docs/guide/ci.md", "src/linux/.pre-commit-config.yaml");
    passes(
        Command::new(python("pre-commit"))
            .arg("validate-config")
            .arg(file(".yaml", &text).path()),
    );
    let manifest = std::fs::read_to_string(package(".pre-commit-hooks.yaml")).unwrap();
    let hook = text.lines().find(|line| line.contains("- id: ")).unwrap();
    assert!(manifest.contains(hook.trim()), "{hook}");
}

/// What Python's readers of mails and mailboxes make of the replies to a series of three patches, of which two break something.
fn replies() {
    let repository = Repository::new();
    for (key, value) in [
        ("user.name", "A Tester"),
        ("user.email", "tester@example.org"),
    ] {
        repository.git(&["config", key, value]);
    }
    repository.git(&["tag", "base"]);
    let change = |path: &str, from: &str, to: &str| {
        let text = repository.tree.read(path);
        assert!(text.contains(from));
        repository.tree.write(path, &text.replace(from, to));
    };
    let select = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    let slip = "From here on\n\tselect ARCH_HAS_LAZY_MMU_MODES\n";
    change(
        "arch/arm64/Kconfig",
        select,
        &slip.replace("From", "# \u{e9}\n\tselect FROM\n#"),
    );
    repository.commit("arm64: \u{fc}ber a slip of the pen that has so many words that its subject is folded by every mailer");
    repository.tree.write("README2", "words\n");
    repository.commit("words");
    let leave = "void arch_leave_lazy_mmu_mode(void);\n";
    change(
        "arch/sparc/include/asm/tlbflush_64.h",
        leave,
        "From nobody here\n",
    );
    repository.commit("sparc: lose a hook");
    let mails = repository.git(&[
        "format-patch",
        "--stdout",
        "--thread",
        "-v2",
        "--to=list@example.org",
        "--cc=\u{c5}ke \u{d6} <o@example.org>",
        "base",
    ]);
    let directory = tempfile::tempdir().unwrap();
    let series = directory.path().join("series");
    std::fs::write(&series, mails).unwrap();
    let series = series.to_str().unwrap();
    let check = [
        "check", "--rev", "base", "--patch", series, "--format", "mail",
    ];
    let text = on(repository.tree.path(), check).exits(1).out;
    let replies = directory.path().join("replies");
    std::fs::write(&replies, text).unwrap();
    let read = "import sys, mailbox, email, email.policy\n\
        read = lambda f: email.message_from_binary_file(f, policy=email.policy.default)\n\
        patches = {m['message-id']: m for m in mailbox.mbox(sys.argv[1], factory=read)}\n\
        replies = list(mailbox.mbox(sys.argv[2], factory=read))\n\
        assert len(patches) == 3 and len(replies) == 2, (len(patches), len(replies))\n\
        for reply in replies:\n\
        \x20 assert not reply.defects and not reply.is_multipart(), reply.defects\n\
        \x20 patch = patches[reply['in-reply-to']]\n\
        \x20 assert reply['subject'] == 'Re: ' + patch['subject'], reply['subject']\n\
        \x20 assert reply['references'].split()[-1] == patch['message-id']\n\
        \x20 assert [a.addr_spec for a in reply['to'].addresses] == ['tester@example.org']\n\
        \x20 assert [str(a) for a in reply['cc'].addresses] == ['list@example.org', '\u{c5}ke \u{d6} <o@example.org>'], reply['cc']\n\
        \x20 assert reply.get_content_type() == 'text/plain' and reply.get_content_charset() == 'utf-8'\n\
        \x20 body = reply.get_content()\n\
        \x20 quoted = [l[2:] for l in body.splitlines() if l.startswith('> ')]\n\
        \x20 of_patch = patch.get_content().splitlines()\n\
        \x20 assert len(quoted) > 4 and all(l in of_patch or l.startswith('@@') for l in quoted), quoted\n\
        \x20 own = [l for l in body.splitlines() if not l.startswith('> ')]\n\
        \x20 assert all(len(l) <= 76 for l in own if '@' not in l), own\n\
        \x20 assert 'error: ' in body and 'kfeat check --rev base --patch -' in body\n";
    passes(
        Command::new(python("python"))
            .args(["-c", read, series])
            .arg(&replies),
    );
}

/// A repository with the small tree as its first commit. Nothing of the user's git is seen or changed.
struct Repository {
    tree: Copy,
    home: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self {
            tree: Copy::new(),
            home: tempfile::tempdir().unwrap(),
        };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit("tree: begin");
        repository
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.tree.path())
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("XDG_DATA_HOME", self.home.path())
            .env("XDG_CACHE_HOME", self.home.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("EDITOR", "true")
            .env("GIT_EDITOR", "true");
        for (name, value) in [("NAME", "A Tester"), ("EMAIL", "tester@example.org")] {
            command.env(format!("GIT_AUTHOR_{name}"), value);
            command.env(format!("GIT_COMMITTER_{name}"), value);
        }
        command
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        passes(self.command("git").args(arguments))
    }

    /// A commit that makes a row of a table wrong, and nothing else.
    fn wrong_row(&self) {
        let table = "Documentation/features/vm/lazy_mmu/arch-support.txt";
        self.tree.replace(table, "um: | TODO |", "um: |  ok  |");
        self.commit("Documentation: um collects updates");
    }

    fn commit(&self, subject: &str) {
        self.git(&["add", "-A"]);
        self.git(&[
            "commit",
            "-q",
            "-m",
            subject,
            "-m",
            "Signed-off-by: A Tester <tester@example.org>",
        ]);
    }
}

fn b4() {
    let repository = Repository::new();
    for (key, value) in [
        ("user.name", "A Tester"),
        ("user.email", "tester@example.org"),
    ] {
        repository.git(&["config", key, value]);
    }
    // The text of the guide, verbatim except for the place of the program.
    let guide = page::blocks("docs/guide/series.md");
    let of_b4 = guide
        .iter()
        .find(|block| block.text.contains("b4 prep --check"));
    let mut lines = of_b4.unwrap().text.lines();
    let kfeat = format!("\"{} ", env!("CARGO_BIN_EXE_kfeat"));
    let configure = lines.next().unwrap().replace("\"kfeat ", &kfeat);
    passes(repository.command("sh").args(["-c", &configure]));
    let check: Vec<&str> = lines.next().unwrap().split(' ').skip(1).collect();
    let b4 = |arguments: &[&str]| {
        let output = repository
            .command(python("b4"))
            .args(["--no-interactive"])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        said + &String::from_utf8_lossy(&output.stderr)
    };
    b4(&["prep", "-n", "series", "-f", "main"]);
    let kconfig = repository.tree.read("arch/arm64/Kconfig");
    repository
        .tree
        .write("arch/arm64/Kconfig", &format!("{kconfig}\n# The end.\n"));
    repository.commit("arm64: say where the file ends");
    let said = b4(&check);
    assert!(said.contains("Success: 1, Warning: 0, Error: 0"), "{said}");
    let misspelt = kconfig.replace("ARCH_HAS_LAZY_MMU_MODE", "ARCH_HAS_LAZY_MMU_MODES");
    assert_ne!(misspelt, kconfig);
    repository.tree.write("arch/arm64/Kconfig", &misspelt);
    repository.commit("arm64: select what nothing declares");
    let said = b4(&check);
    assert!(said.contains("ERROR:SELECT_UNDECLARED: "), "{said}");
    assert!(said.contains("Success: 1, Warning: 0, Error: 1"), "{said}");
    repository.tree.write("arch/arm64/Kconfig", &kconfig);
    repository.commit("arm64: no more");
    repository.wrong_row();
    let said = b4(&check);
    assert!(said.contains("ERROR:TABLE_CLAIMS_SUPPORT: "), "{said}");
}

/// A server that answers as Patchwork does about series 7, of two patches, and notes the checks that it gets.
struct Patchwork {
    url: String,
    checks: Arc<Mutex<Vec<(String, serde_json::Value)>>>,
}

impl Patchwork {
    fn new(mailbox: String) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let checks: Arc<Mutex<Vec<_>>> = Arc::default();
        let (noted, own) = (checks.clone(), url.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                let (mut length, mut has_token) = (0, false);
                loop {
                    line.clear();
                    reader.read_line(&mut line).unwrap();
                    let header = line.trim_end().to_ascii_lowercase();
                    if header.is_empty() {
                        break;
                    }
                    if let Some(value) = header.strip_prefix("content-length: ") {
                        length = value.parse().unwrap();
                    }
                    has_token |= header == "authorization: token secret";
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let answer = match &*path {
                    "/api/1.2/series/7/" => format!(
                        "{{\"mbox\": \"{own}/series/7/mbox/\", \"patches\": [{{\"id\": 11}}, {{\"id\": 12}}]}}"
                    ),
                    "/series/7/mbox/" => mailbox.clone(),
                    _ => {
                        assert!(has_token, "{path}");
                        let check = serde_json::from_slice(&body).unwrap();
                        noted.lock().unwrap().push((path, check));
                        "{}".to_owned()
                    }
                };
                let length = answer.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                stream.write_all((head + &answer).as_bytes()).unwrap();
            }
        });
        Self { url, checks }
    }
}

/// The script for Patchwork: a patch with a wrong row, and one that is in order.
fn patchwork() {
    let repository = Repository::new();
    repository.git(&["tag", "base"]);
    repository.wrong_row();
    repository.tree.write("README2", "words\n");
    repository.commit("words");
    let server = Patchwork::new(repository.git(&["format-patch", "--stdout", "--thread", "base"]));
    let mut script = repository.command(python("python"));
    script
        .arg(package("contrib/patchwork/kfeat-patchwork"))
        .args([
            "--url",
            &server.url,
            "--series",
            "7",
            "--rev",
            "base",
            "--report",
        ])
        .args(["--kfeat", env!("CARGO_BIN_EXE_kfeat"), "--tree"])
        .arg(repository.tree.path())
        .env("PATCHWORK_TOKEN", "secret");
    assert_eq!(
        passes(&mut script),
        "11: fail: 1 error, 0 warnings\n12: success: 0 errors, 0 warnings\n"
    );
    let checks = server.checks.lock().unwrap();
    let told: Vec<(&str, &str)> = checks
        .iter()
        .map(|(path, check)| (&**path, check["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("/api/1.2/patches/11/checks/", "fail"),
            ("/api/1.2/patches/12/checks/", "success")
        ]
    );
    assert!(checks.iter().all(|(_, check)| check["context"] == "kfeat"));
}

/// Each kind of document, of the small tree or of the first real one.
fn documentation() {
    let trees = std::env::var_os("KFEAT_TEST_TREES").unwrap_or_default();
    let real = std::env::split_paths(&trees).next();
    let tree = real
        .filter(|path| path.join("Kconfig").is_file())
        .unwrap_or_else(|| package("fixtures/linux-mini"));
    for arguments in [
        &[][..],
        &["--arch", "x86"],
        &["--arch", "x86,arm64", "--feature", "huge-vmap"],
        &["--feature", "huge-vmap"],
        &["--feature", "huge-vmap", "--status", "ok"],
        &["--feature", "huge-vmap", "--defconfigs"],
    ] {
        let all = ["matrix", "--format", "rst"].iter().chain(arguments);
        let text = on(&tree, all).exits(0).out;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let said = passes(
            Command::new(python("docutils"))
                .args(["--report=2", "--halt=2", "--writer=pseudoxml"])
                .arg(file.path()),
        );
        assert!(said.contains("<table>"), "{arguments:?}: {said}");
        assert!(!said.contains("system_message"), "{arguments:?}: {said}");
    }
}
