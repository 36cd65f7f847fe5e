//! Owns the plan of a run as a matrix of jobs for the engines of others: each job is one `kfeat build` for one architecture, and
//! a last one joins what comes back. The jobs of a cover prove lines instead, and each answers for itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::arch::machine::{self, HOST_TOOLS};
use crate::cover::{self, Cover};
use crate::tree::signature::Inputs;

use super::job::Job;
use super::line::{option, quote};

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
#[derive(Clone, Debug, Default, Serialize)]
struct Entry {
    name: String,
    arch: String,
    with_feature: bool,
    command: String,
    packages: Vec<String>,
    /// The file that the command writes.
    #[serde(skip)]
    file: String,
    #[serde(skip)]
    base: &'static str,
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

/// Subject of a plan.
#[derive(Clone, Copy)]
enum Subject<'a> {
    /// The feature of this name: a last job merges the results.
    Feature(&'a str),
    /// Lines: each job answers for itself.
    Cover,
}

impl Subject<'_> {
    /// Whether a last job merges the results of the others.
    fn is_merged(self) -> bool {
        matches!(self, Self::Feature(_))
    }

    /// End of the names of the files that the jobs write, before `.json`.
    fn ending(self) -> &'static str {
        match self {
            Self::Feature(_) => "results",
            Self::Cover => "cover",
        }
    }
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
    written(language, Subject::Feature(feature), entries, setup)
}

/// The plan of a cover: one job for each architecture, which makes its builds and proves their lines in a tree that has the change
/// in it. TuxSuite gets one build for each build of the cover.
pub fn render_cover(
    language: Language,
    cover: &Cover,
    more: &[String],
    setup: &[String],
) -> String {
    let mut entries: Vec<Entry> = Vec::new();
    if language == Language::Tuxsuite {
        entries.extend(cover.builds.iter().map(|build| {
            Entry {
                base: build.base,
                make_arch: build.target.arch.clone(),
                lines: build.fragment.clone(),
                targets: build
                    .objects
                    .iter()
                    .map(|object| object.target.clone())
                    .collect(),
                ..Entry::default()
            }
        }));
    } else {
        let mut by_arch: BTreeMap<&str, BTreeMap<&str, BTreeSet<u32>>> = BTreeMap::new();
        for build in &cover.builds {
            let files = by_arch.entry(&build.target.srcarch).or_default();
            for line in &build.lines {
                files.entry(&line.path).or_default().insert(line.number);
            }
        }
        entries.extend(by_arch.iter().map(|(srcarch, files)| {
            let mut words = String::new();
            for (path, numbers) in files {
                let ranges = cover::ranges(numbers.iter().copied()).join(",");
                let lines = format!("{path}:{ranges}");
                words += &format!(" {}", option("--cover", &lines));
            }
            cover_entry(srcarch, &words, more)
        }));
    }
    written(language, Subject::Cover, entries, setup)
}

fn written(
    language: Language,
    subject: Subject<'_>,
    entries: Vec<Entry>,
    setup: &[String],
) -> String {
    match language {
        Language::Github => github(subject, &entries, setup),
        Language::Gitlab => gitlab(subject, &entries, setup),
        Language::Make => make(subject, &entries),
        Language::Json => json(subject, entries),
        Language::Tuxsuite => tuxsuite(subject, &entries),
    }
}

/// The name as it may stand in a file's name, in a makefile's target and in a command: a directory of the tree may have any. One that has
/// to change gets a digest, so that no two jobs have the same name. `all` is a target of the makefile itself.
fn plain_name(srcarch: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if srcarch.chars().all(is_plain) && !srcarch.starts_with(['-', '.']) && srcarch != "all" {
        return srcarch.to_owned();
    }
    let mut inputs = Inputs::default();
    inputs.add(srcarch.as_bytes());
    let digest = inputs.digest();
    let plain = srcarch.replace(|c| !is_plain(c), "_");
    let plain = plain.trim_start_matches(['-', '.']);
    format!("{plain}_{}", digest.get(..8).unwrap_or(&digest))
}

/// The packages of Debian that a job needs.
fn packages(srcarch: &str, boots: bool) -> Vec<String> {
    let compiler = machine::machine(srcarch).map_or("", |machine| machine.debian);
    let mut packages: Vec<String> = HOST_TOOLS
        .iter()
        .filter(|tool| tool.archs.is_empty() || tool.archs.contains(&srcarch))
        .filter(|tool| !tool.boots || boots)
        .map(|tool| tool.debian.to_owned())
        .collect();
    packages.extend((!compiler.is_empty()).then(|| compiler.to_owned()));
    packages
}

fn joined(more: &[String]) -> String {
    let words = more.iter();
    words.map(|word| format!(" {}", quote(word))).collect()
}

fn cover_entry(srcarch: &str, cover: &str, more: &[String]) -> Entry {
    let name = plain_name(srcarch);
    let (arch, require) = (option("--arch", srcarch), option("--require", srcarch));
    let file = format!("{name}.cover.json");
    Entry {
        command: format!(
            "kfeat build {arch} {require}{cover} --format json{} >{file}",
            joined(more)
        ),
        arch: srcarch.to_owned(),
        with_feature: true,
        packages: packages(srcarch, false),
        file,
        name,
        ..Entry::default()
    }
}

fn entry(feature: &str, job: &Job, more: &[String]) -> Entry {
    let file = plain_name(&job.srcarch);
    let require = option("--require", &job.srcarch);
    let (name, which) = if job.on {
        (file, option("--arch", &job.srcarch))
    } else {
        let without = option("--without", &job.srcarch);
        (format!("{file}-without"), format!("--arch none {without}"))
    };
    let boots = job.on && more.iter().any(|word| word == "--kunit");
    let more = joined(more);
    let file = format!("{name}.results.json");
    Entry {
        // The engine's directory is the tree, where kfeat writes nothing: the shell does.
        command: format!("kfeat build {feature} {which} {require} --format json{more} >{file}"),
        file,
        base: "allnoconfig",
        arch: job.srcarch.clone(),
        with_feature: job.on,
        packages: packages(&job.srcarch, boots),
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

/// The command that merges the results of jobs, without their files.
const MERGE: &str = "kfeat report merge";

/// The command that merges the results of all jobs in a directory.
fn merge_all() -> String {
    format!("{MERGE} *.results.json")
}

/// A text as a scalar of YAML, which every string of JSON is.
fn scalar(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The same for GitHub, which looks for expressions in strings, too.
fn github_scalar(text: &str) -> String {
    scalar(&text.replace("${{", "${{ '${{' }}"))
}

fn json(subject: Subject<'_>, jobs: Vec<Entry>) -> String {
    let document = Document {
        schema: SCHEMA_VERSION,
        kfeat: env!("CARGO_PKG_VERSION"),
        feature: match subject {
            Subject::Feature(feature) => feature,
            Subject::Cover => "",
        },
        jobs,
        merge: subject.is_merged().then(merge_all).unwrap_or_default(),
    };
    super::written(&document)
}

fn github(subject: Subject<'_>, entries: &[Entry], setup: &[String]) -> String {
    let mut out = format!(
        "# Generated by `kfeat plan --format github`. Each job needs kfeat on PATH: see --setup.\n\
         name: {}\non: [push, pull_request, workflow_dispatch]\njobs:\n  build:\n    runs-on: ubuntu-latest\n    \
         strategy:\n      fail-fast: false\n      matrix:\n        include:\n",
        scalar(&match subject {
            Subject::Feature(feature) => format!("kfeat build {feature}"),
            Subject::Cover => "kfeat build --cover".to_owned(),
        })
    );
    for entry in entries {
        out.push_str(&format!(
            "          - name: {}\n            packages: {}\n            command: {}\n",
            scalar(&entry.name),
            scalar(&entry.packages.join(" ")),
            github_scalar(&entry.command)
        ));
    }
    out.push_str(
        "    name: ${{ matrix.name }}\n    steps:\n      - uses: actions/checkout@v4\n      \
         - run: sudo apt-get update && sudo apt-get install --no-install-recommends -y ${{ matrix.packages }}\n",
    );
    for command in setup {
        out.push_str(&format!("      - run: {}\n", scalar(command)));
    }
    out.push_str(&format!(
        "      - run: ${{{{ matrix.command }}}}\n      - uses: actions/upload-artifact@v4\n        if: always()\n        \
         with:\n          name: results-${{{{ matrix.name }}}}\n          path: ${{{{ matrix.name }}}}.{}.json\n",
        subject.ending()
    ));
    if !subject.is_merged() {
        return out;
    }
    out.push_str(
        "  report:\n    needs: build\n    if: always()\n    runs-on: ubuntu-latest\n    steps:\n",
    );
    for command in setup {
        out.push_str(&format!("      - run: {}\n", scalar(command)));
    }
    out.push_str(&format!(
        "      - uses: actions/download-artifact@v4\n        with:\n          merge-multiple: true\n      \
         - run: {}\n",
        scalar(&merge_all())
    ));
    out
}

fn gitlab(subject: Subject<'_>, entries: &[Entry], setup: &[String]) -> String {
    let report = if subject.is_merged() { ", report" } else { "" };
    let mut out = format!(
        "# Generated by `kfeat plan --format gitlab`. Each job needs kfeat on PATH: see --setup.\n\
         stages: [build{report}]\n",
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
            scalar(&entry.file),
        ));
    }
    if !subject.is_merged() {
        return out;
    }
    let mut commands = setup.to_vec();
    commands.push(merge_all());
    out.push_str(&format!(
        "\"kfeat report\":\n  stage: report\n  when: always\n  script:\n{}",
        script(&commands)
    ));
    out
}

fn make(subject: Subject<'_>, entries: &[Entry]) -> String {
    let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let mut out = format!(
        "# Generated by `kfeat plan --format make`: run `make -f FILE` in a kernel tree or with KFEAT_TREE set.\n\
         .PHONY: all {names}\nall: {names}\n",
        names = names.join(" "),
    );
    if subject.is_merged() {
        let files: Vec<&str> = entries.iter().map(|entry| entry.file.as_str()).collect();
        let mut archs: Vec<&str> = entries.iter().map(|entry| entry.arch.as_str()).collect();
        archs.sort_unstable();
        archs.dedup();
        // The exit codes of the jobs do not count, so the results have to tell of a compiler that is missing.
        out.push_str(&format!(
            "\t{MERGE} {} {}\n",
            option("--require", &archs.join(",")).replace('$', "$$"),
            files.join(" ")
        ));
    }
    for entry in entries {
        // The jobserver of make is not for the kernel's makefiles: kfeat has its own. What failed is in the results, which are
        // joined; where they are not, the job fails.
        let ignored = if subject.is_merged() { "-" } else { "" };
        out.push_str(&format!(
            "{}:\n\t{ignored}env -u MAKEFLAGS -u MAKELEVEL {}\n",
            entry.name,
            entry.command.replace('$', "$$")
        ));
    }
    out
}

fn tuxsuite(subject: Subject<'_>, entries: &[Entry]) -> String {
    let (name, description) = match subject {
        Subject::Feature(feature) => (
            format!("kfeat-{feature}"),
            format!("objects that use {feature}"),
        ),
        Subject::Cover => (
            "kfeat-cover".to_owned(),
            "objects that compile changed lines".to_owned(),
        ),
    };
    let mut out = format!(
        "# Generated by `kfeat plan --format tuxsuite`. TuxSuite builds all objects named here, even those that\n\
         # kbuild would not build, and does not report dropped options: `kfeat build` does.\n\
         version: 1\nname: {}\ndescription: {}\njobs:\n  - name: build\n    builds:\n",
        scalar(&name),
        scalar(&description)
    );
    for entry in entries {
        // TuxSuite names machines as `ARCH` does, except for this one, which is one of 32 bits where nothing more is said.
        let (target, more) = match entry.make_arch.as_str() {
            "sparc64" => ("sparc", Some("CONFIG_64BIT=y")),
            "sparc32" => ("sparc", None),
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
            "      - target_arch: {}\n        toolchain: gcc\n        kconfig:\n          - {}\n{}        targets:\n{}",
            scalar(target),
            entry.base,
            lines.collect::<String>(),
            targets.collect::<String>()
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_jobs_are_plain_and_apart() {
        let names = [
            "x86", "a b", "a_b", "-rf", "--out=x", ".hidden", "all", "a\nb", "${{ a }}", "a/b",
        ];
        let plain: BTreeSet<String> = names.iter().map(|name| plain_name(name)).collect();
        assert_eq!(plain.len(), names.len());
        for name in &plain {
            assert!(
                name.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)),
                "{name}"
            );
            assert!(!name.starts_with(['-', '.']) && name != "all", "{name}");
        }
        assert_eq!(
            (plain_name("x86"), plain_name("a_b")),
            ("x86".into(), "a_b".into())
        );
    }

    #[test]
    fn an_expression_of_github_is_text() {
        assert_eq!(
            github_scalar("a '${{ github.token }}'"),
            r#""a '${{ '${{' }} github.token }}'""#
        );
    }
}
