//! Owns the plan of a run as a matrix of jobs for the engines of others: each job is one `kfeat build` for one architecture, and
//! a last one joins what comes back.

use serde::Serialize;

use crate::arch::machine::{self, HOST_TOOLS};

use super::job::Job;
use super::line::quote;

/// The version of the JSON document. The first number changes when a field goes away or changes its meaning, the second when
/// one is added.
const SCHEMA_VERSION: &str = "1.0";

/// The language of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// A workflow of GitHub Actions.
    Github,
    /// A pipeline of GitLab.
    Gitlab,
    /// A makefile.
    Make,
    /// A document.
    Json,
    /// A plan of TuxSuite, which builds by itself: it gets the configuration and the objects.
    Tuxsuite,
}

/// One job of a plan.
#[derive(Clone, Debug, Serialize)]
struct Entry {
    name: String,
    arch: String,
    with_feature: bool,
    command: String,
    packages: Vec<String>,
    #[serde(skip)]
    make_arch: String,
    #[serde(skip)]
    lines: Vec<String>,
    #[serde(skip)]
    targets: Vec<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    kfeat: &'static str,
    feature: &'a str,
    jobs: Vec<Entry>,
    merge: String,
}

/// The plan of `jobs`. `more` are arguments for each `kfeat build`; `setup` are commands of the shell that put kfeat on `PATH`.
pub fn render(
    language: Language,
    feature: &str,
    jobs: &[Job],
    more: &[String],
    setup: &[String],
) -> String {
    let entries: Vec<Entry> = jobs.iter().map(|job| entry(feature, job, more)).collect();
    match language {
        Language::Github => github(feature, &entries, setup),
        Language::Gitlab => gitlab(&entries, setup),
        Language::Make => make(&entries),
        Language::Json => json(feature, entries),
        Language::Tuxsuite => tuxsuite(feature, &entries),
    }
}

fn entry(feature: &str, job: &Job, more: &[String]) -> Entry {
    // A directory of the tree may have any name. It becomes part of a file's name, of a makefile's target and of a command.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let file = job.srcarch.replace(|c| !plain(c), "_");
    let arch = quote(&job.srcarch);
    let (name, which) = if job.on {
        (file, format!("--arch {arch}"))
    } else {
        (
            format!("{file}-without"),
            format!("--arch none --without {arch}"),
        )
    };
    let boots = job.on && more.iter().any(|word| word == "--kunit");
    let more: String = more
        .iter()
        .map(|word| format!(" {}", quote(word)))
        .collect();
    let machine = machine::machine(&job.srcarch);
    let compiler = machine.map_or("", |machine| machine.debian);
    let mut packages: Vec<String> = HOST_TOOLS
        .iter()
        .filter(|tool| tool.archs.is_empty() || tool.archs.contains(&job.srcarch.as_str()))
        .filter(|tool| !tool.boots || boots)
        .map(|tool| tool.debian.to_owned())
        .collect();
    packages.extend((!compiler.is_empty()).then(|| compiler.to_owned()));
    Entry {
        // The engine's directory is the tree, where kfeat writes nothing: the shell does.
        command: format!(
            "kfeat build {feature} {which} --require {arch} --format json{more} >{name}.results.json"
        ),
        arch: job.srcarch.clone(),
        with_feature: job.on,
        packages,
        make_arch: job.arch.clone(),
        lines: job.fragment.lines.clone(),
        targets: job
            .candidates
            .iter()
            .filter(|candidate| !candidate.apart)
            .map(super::candidates::Candidate::object)
            .collect(),
        name,
    }
}

/// The command that merges the results of all jobs.
const MERGE: &str = "kfeat report merge *.results.json";

/// A text as a scalar of YAML, which every string of JSON is.
fn scalar(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn json(feature: &str, jobs: Vec<Entry>) -> String {
    let document = Document {
        schema: SCHEMA_VERSION,
        kfeat: env!("CARGO_PKG_VERSION"),
        feature,
        jobs,
        merge: MERGE.to_owned(),
    };
    super::written(&document)
}

fn github(feature: &str, entries: &[Entry], setup: &[String]) -> String {
    let mut out = format!(
        "# Made by `kfeat plan --format github`. Each job needs kfeat on PATH: see --setup.\n\
         name: {}\non: [push, pull_request, workflow_dispatch]\njobs:\n  build:\n    runs-on: ubuntu-latest\n    \
         strategy:\n      fail-fast: false\n      matrix:\n        include:\n",
        scalar(&format!("kfeat build {feature}"))
    );
    for entry in entries {
        out.push_str(&format!(
            "          - name: {}\n            packages: {}\n            command: {}\n",
            scalar(&entry.name),
            scalar(&entry.packages.join(" ")),
            scalar(&entry.command)
        ));
    }
    out.push_str(
        "    name: ${{ matrix.name }}\n    steps:\n      - uses: actions/checkout@v4\n      \
         - run: sudo apt-get update && sudo apt-get install --no-install-recommends -y ${{ matrix.packages }}\n",
    );
    for command in setup {
        out.push_str(&format!("      - run: {}\n", scalar(command)));
    }
    out.push_str(
        "      - run: ${{ matrix.command }}\n      - uses: actions/upload-artifact@v4\n        if: always()\n        \
         with:\n          name: results-${{ matrix.name }}\n          path: ${{ matrix.name }}.results.json\n  \
         report:\n    needs: build\n    if: always()\n    runs-on: ubuntu-latest\n    steps:\n",
    );
    for command in setup {
        out.push_str(&format!("      - run: {}\n", scalar(command)));
    }
    out.push_str(&format!(
        "      - uses: actions/download-artifact@v4\n        with:\n          merge-multiple: true\n      \
         - run: {}\n",
        scalar(MERGE)
    ));
    out
}

fn gitlab(entries: &[Entry], setup: &[String]) -> String {
    let mut out = String::from(
        "# Made by `kfeat plan --format gitlab`. Each job needs kfeat on PATH: see --setup.\n\
         stages: [build, report]\n",
    );
    let script = |commands: &[String]| -> String {
        commands
            .iter()
            .map(|command| format!("    - {}\n", scalar(command)))
            .collect()
    };
    for entry in entries {
        let mut commands = vec![format!(
            "apt-get update && apt-get install --no-install-recommends -y {}",
            entry.packages.join(" ")
        )];
        commands.extend(setup.iter().cloned());
        commands.push(entry.command.clone());
        out.push_str(&format!(
            "{}:\n  stage: build\n  script:\n{}  artifacts:\n    when: always\n    paths:\n      - {}\n",
            scalar(&format!("kfeat {}", entry.name)),
            script(&commands),
            scalar(&format!("{}.results.json", entry.name)),
        ));
    }
    let mut commands = setup.to_vec();
    commands.push(MERGE.to_owned());
    out.push_str(&format!(
        "\"kfeat report\":\n  stage: report\n  when: always\n  script:\n{}",
        script(&commands)
    ));
    out
}

fn make(entries: &[Entry]) -> String {
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let files: Vec<String> = names
        .iter()
        .map(|name| format!("{name}.results.json"))
        .collect();
    let mut archs: Vec<&str> = entries.iter().map(|entry| entry.arch.as_str()).collect();
    archs.sort_unstable();
    archs.dedup();
    // The exit codes of the jobs do not count, so the results have to tell of a compiler that is missing.
    let mut out = format!(
        "# Made by `kfeat plan --format make`: `make -f FILE`, in a kernel tree or with KFEAT_TREE set.\n\
         .PHONY: all {names}\nall: {names}\n\tkfeat report merge --require {} {}\n",
        quote(&archs.join(","))
            .replace('$', "$$")
            .replace('\n', " "),
        files.join(" "),
        names = names.join(" "),
    );
    for entry in entries {
        // The jobserver of make is not for the kernel's makefiles: kfeat has its own. What failed is in the results.
        out.push_str(&format!(
            "{}:\n\t-env -u MAKEFLAGS -u MAKELEVEL {}\n",
            entry.name,
            entry.command.replace('$', "$$").replace('\n', " ")
        ));
    }
    out
}

fn tuxsuite(feature: &str, entries: &[Entry]) -> String {
    let mut out = format!(
        "# Made by `kfeat plan --format tuxsuite`. TuxSuite builds all objects named here, whether kbuild would or not,\n\
         # and does not say when an option is dropped: `kfeat build` does.\n\
         version: 1\nname: {}\ndescription: {}\njobs:\n  - name: build\n    builds:\n",
        scalar(&format!("kfeat-{feature}")),
        scalar(&format!("objects that use {feature}"))
    );
    for entry in entries {
        // TuxSuite names machines as `ARCH` does, except for this one, which is one of 32 bits where nothing more is said.
        let (target, more) = match entry.make_arch.as_str() {
            "sparc64" => ("sparc", Some("CONFIG_64BIT=y")),
            arch => (arch, None),
        };
        let lines = more
            .into_iter()
            .chain(entry.lines.iter().map(String::as_str))
            .map(|line| format!("          - {}\n", scalar(line)));
        let targets = entry
            .targets
            .iter()
            .map(|target| format!("          - {}\n", scalar(target)));
        out.push_str(&format!(
            "      - target_arch: {}\n        toolchain: gcc\n        kconfig:\n          - allnoconfig\n{}        targets:\n{}",
            scalar(target),
            lines.collect::<String>(),
            targets.collect::<String>()
        ));
    }
    out
}
