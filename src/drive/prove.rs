//! Owns the proof of a cover: its builds are made, and each line that they claim is looked for in what the preprocessor left.
//!
//! The preprocessor keeps definitions (`-dD`), so that a line with `#define` is seen, too. What it consumes, such as `#if`,
//! is proven by its file: it was read. The arguments of a macro stand on the line of the macro's name; a line inside
//! parentheses is proven where the line is that opens them. The preprocessor takes the lines between two directives or none of them, so
//! one of which nothing is left, such as a macro that expands to nothing or a line that continues another, is proven by the others.
//! Linker scripts have no markers: they are proven by their files.

use std::collections::BTreeSet;
use std::fs::File as Log;
use std::path::Path;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::job::{Job, Options, Places};
use super::line::Line as CommandLine;
use super::process::{Children, ProcessError};
use super::toolchain::Toolchain;
use crate::arch::machine;
use crate::cover::lines::{self, Language, What};
use crate::cover::place::symbol_at;
use crate::cover::{Build, Line, Object};
use crate::cpp::lex::Lexer;
use crate::cpp::scan::File;
use crate::diag::Text;
use crate::disk;
use crate::drive::fragment::Fragment;
use crate::limits::FILE_SIZE;
use crate::tree::{Tree, normalized};

/// The outcome of one build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proved {
    /// The lines that were seen.
    pub lines: Vec<Line>,
    /// The lines that were not, each with the reason.
    pub missing: Vec<(Line, String)>,
    /// The lines of the fragment that the configuration did not keep.
    pub overridden: Vec<String>,
    /// The objects that did not build.
    pub failed: Vec<String>,
}

impl Proved {
    /// Whether every claim holds and every object builds.
    pub fn is_good(&self) -> bool {
        self.missing.is_empty() && self.failed.is_empty()
    }
}

/// Why a build could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// A file of the run cannot be written.
    #[error("cannot write `{0}`")]
    Write(String, #[source] std::io::Error),
    /// make cannot be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
}

/// The job that a build is.
pub fn job(build: &Build) -> Job {
    Job {
        srcarch: build.target.srcarch.clone(),
        arch: build.target.arch.clone(),
        on: true,
        fragment: Fragment {
            lines: build.fragment.clone(),
            ..Fragment::default()
        },
        candidates: Vec::new(),
        through: Vec::new(),
        boot: None,
    }
}

/// The options of such a build.
pub fn options(build: &Build, wrapper: Option<String>) -> Options {
    Options {
        config: (build.base != "allnoconfig").then(|| build.base.to_owned()),
        wrapper,
        ..Options::default()
    }
}

/// Makes a build in `directory`, and proves its lines. `tree` is the directory at `root`.
///
/// # Errors
///
/// A file cannot be written, or make cannot be run.
#[allow(
    clippy::too_many_arguments,
    reason = "each is needed, and none belongs to another"
)]
pub fn prove(
    tree: &Tree,
    root: &str,
    build: &Build,
    toolchain: &Toolchain,
    wrapper: Option<String>,
    directory: &Path,
    children: &Children,
    (jobs, limit): (usize, Duration),
) -> Result<Proved, ProveError> {
    let (job, options) = (job(build), options(build, wrapper));
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error| ProveError::Write(path, error)
    };
    std::fs::create_dir_all(directory.join("obj")).map_err(failed(directory))?;
    let fragment = directory.join("fragment.config");
    disk::write_named(&fragment, job.fragment_text().as_bytes()).map_err(failed(&fragment))?;
    let log_path = directory.join("log");
    let log = Log::create(&log_path).map_err(failed(&log_path))?;
    let text = directory.display().to_string();
    let places = Places {
        tree: root,
        directory: &text,
    };
    let steps = steps(build, &job, places, toolchain, &options, jobs);
    let run = |line: &CommandLine| -> Result<bool, ProveError> {
        Ok(children.run(line.command(), &log, limit)?.success())
    };
    let mut proved = Proved::default();
    let all_missing = |proved: &mut Proved, why: &str| {
        let lines = build.lines.iter();
        proved.missing = lines.map(|line| (line.clone(), why.to_owned())).collect();
    };
    for line in &steps.configure {
        if !run(line)? {
            all_missing(&mut proved, "generating the configuration failed");
            return Ok(proved);
        }
    }
    let config = read(&directory.join("obj/.config"));
    let set: BTreeSet<&str> = config.lines().collect();
    proved.overridden = build
        .fragment
        .iter()
        .filter(|line| !set.contains(line.as_str()) && !is_absent(line, &set))
        .cloned()
        .collect();
    if !run(&steps.prepare)? {
        all_missing(&mut proved, "`make prepare` failed");
        return Ok(proved);
    }
    for line in &steps.build {
        // A failure shows in missing files.
        run(line)?;
    }
    let objtree = directory.join("obj");
    // The preprocessor leaves no markers in linker scripts (`-P`): that it went through the file has to do.
    let mut scripts: BTreeSet<&str> = BTreeSet::new();
    let mut seen: FxHashMap<String, BTreeSet<u32>> = FxHashMap::default();
    for object in &build.objects {
        let path = objtree.join(preprocessed(&object.source));
        let text = read(&path);
        if object.source.ends_with(".lds.S") && !text.is_empty() {
            scripts.insert(&object.source);
        } else {
            note(&text, root, &mut seen);
        }
        if let Some(saved) = saved(object) {
            note(&read(&objtree.join(saved)), root, &mut seen);
        }
        if !object.by_rule && !objtree.join(&object.path).is_file() {
            proved.failed.push(object.path.clone());
        }
    }
    let mut by_path: Vec<(&str, Vec<u32>)> = Vec::new();
    for line in &build.lines {
        match by_path.last_mut() {
            Some((path, numbers)) if *path == line.path => numbers.push(line.number),
            _ => by_path.push((&line.path, vec![line.number])),
        }
    }
    for (path, numbers) in by_path {
        let text = tree.text_if_there(path).unwrap_or_default();
        if scripts.contains(path) {
            let lines = numbers.iter().map(|&number| Line {
                path: path.to_owned(),
                number,
            });
            proved.lines.extend(lines);
            continue;
        }
        for (number, why) in unseen(path, &text, &numbers, &seen, &config) {
            let line = Line {
                path: path.to_owned(),
                number,
            };
            match why {
                None => proved.lines.push(line),
                Some(why) => proved.missing.push((line, why)),
            }
        }
    }
    Ok(proved)
}

/// The commands of a build.
struct Steps {
    configure: Vec<CommandLine>,
    prepare: CommandLine,
    build: Vec<CommandLine>,
}

/// The commands that make a build, in their order, `jobs` processes at a time.
fn steps(
    build: &Build,
    job: &Job,
    places: Places<'_>,
    toolchain: &Toolchain,
    options: &Options,
    jobs: usize,
) -> Steps {
    let mut targets: Vec<(String, bool)> = Vec::new();
    let mut by_rule: Vec<(String, bool)> = Vec::new();
    let machine = machine::machine(&build.target.srcarch);
    for object in &build.objects {
        let is_apart = machine.is_some_and(|machine| machine.is_apart(&object.path));
        let text = preprocessed(&object.source);
        let text = match (object.target.rsplit_once('/'), text.rsplit_once('/')) {
            (Some((directory, _)), Some((_, name))) if object.target != object.path => {
                format!("{directory}/{name}")
            }
            _ => text,
        };
        targets.push((text, is_apart));
        if saved(object).is_some() {
            by_rule.push((object.target.clone(), is_apart));
        }
        if !object.by_rule || is_apart {
            targets.push((object.target.clone(), is_apart));
        }
    }
    let with = |mut line: CommandLine, flags: &str| {
        if line.words.first().is_some_and(|word| word == "make") {
            line.words.push(format!("KCFLAGS={flags}"));
            line.words.push(format!("KAFLAGS={flags}"));
            line.words.push(format!("-j{jobs}"));
        }
        line
    };
    let finished = |line| with(line, "-dD");
    let by_rule = match by_rule.is_empty() {
        true => Vec::new(),
        false => job.build(places, toolchain, options, true, &by_rule),
    };
    let by_rule = by_rule.into_iter();
    let by_rule = by_rule.map(|line| with(line, "-dD -save-temps=obj"));
    let configure = job.configure(places, toolchain, options).into_iter();
    let objects = job.build(places, toolchain, options, true, &targets);
    Steps {
        configure: configure.map(finished).collect(),
        prepare: finished(job.prepare(places, toolchain, options)),
        build: objects.into_iter().map(finished).chain(by_rule).collect(),
    }
}

/// The commands that [`prove`] runs, to be shown.
pub fn commands(
    build: &Build,
    job: &Job,
    places: Places<'_>,
    toolchain: &Toolchain,
    options: &Options,
    jobs: usize,
) -> Vec<CommandLine> {
    let steps = steps(build, job, places, toolchain, options, jobs);
    let mut lines = steps.configure;
    lines.push(steps.prepare);
    lines.extend(steps.build);
    lines
}

/// A line of a fragment that unsets a symbol counts as kept if nothing sets the symbol.
fn is_absent(line: &str, set: &BTreeSet<&str>) -> bool {
    let Some(name) = line
        .strip_prefix("# ")
        .and_then(|line| line.strip_suffix(" is not set"))
    else {
        return false;
    };
    !set.iter().any(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('='))
    })
}

/// The target that preprocesses a source file.
fn preprocessed(source: &str) -> String {
    match source.strip_suffix(".S") {
        Some(script) if script.ends_with(".lds") => script.to_owned(),
        Some(stem) => format!("{stem}.s"),
        None => format!("{}.i", source.strip_suffix(".c").unwrap_or(source)),
    }
}

/// The preprocessed file that the compiler saves beside an object that a rule makes, such as `x.nvhe.o`: the flags of such an object may go
/// by its name or its rule, and the target that preprocesses the source does not have them.
fn saved(object: &Object) -> Option<String> {
    let stem = object.path.strip_suffix(".o").filter(|_| object.by_rule)?;
    let suffix = if object.source.ends_with(".c") {
        "i"
    } else {
        "s"
    };
    Some(format!("{stem}.{suffix}"))
}

fn read(path: &Path) -> String {
    // A preprocessed file may be larger than any source.
    disk::read(path, &FILE_SIZE)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// Notes which lines of which files are in a preprocessed text.
fn note(text: &str, root: &str, seen: &mut FxHashMap<String, BTreeSet<u32>>) {
    let prefix = format!("{}/", root.trim_end_matches('/'));
    let mut path = String::new();
    let mut number = 0u32;
    for line in text.lines() {
        if let Some((at, name)) = marker(line) {
            let name = name.strip_prefix(&*prefix).unwrap_or(name);
            // A header is found by way of the directory that a makefile passes: `a/b/../c/h.h`.
            path = normalized(name).unwrap_or_else(|| name.to_owned());
            number = at;
            seen.entry(path.clone()).or_default();
            continue;
        }
        if !line.trim().is_empty()
            && let Some(lines) = seen.get_mut(&path)
        {
            lines.insert(number);
        }
        number = number.saturating_add(1);
    }
}

/// The line and the file that a marker of the preprocessor names: `# 12 "path" 1 3`.
fn marker(line: &str) -> Option<(u32, &str)> {
    let rest = line.strip_prefix("# ")?;
    let (number, rest) = rest.split_once(" \"")?;
    Some((number.parse().ok()?, rest.rsplit_once('"')?.0))
}

/// For each line why it is not proven, or nothing where it is.
fn unseen(
    path: &str,
    text: &str,
    numbers: &[u32],
    seen: &FxHashMap<String, BTreeSet<u32>>,
    config: &str,
) -> Vec<(u32, Option<String>)> {
    let language = lines::language(path);
    if language == Language::Kconfig {
        let texts: Vec<&str> = text.lines().collect();
        return numbers
            .iter()
            .map(|&number| {
                let name = symbol_at(&texts, number as usize);
                let why = name.filter(|name| {
                    let start = format!("CONFIG_{name}=");
                    !config.lines().any(|line| line.starts_with(&start))
                });
                (
                    number,
                    why.map(|name| format!("`{name}` is off in the configuration")),
                )
            })
            .collect();
    }
    if language == Language::Makefile {
        // Whether its objects build is reported separately.
        return numbers.iter().map(|&number| (number, None)).collect();
    }
    let Some(seen) = seen.get(path) else {
        let why = "no preprocessed file contains any of it".to_owned();
        return numbers
            .iter()
            .map(|&number| (number, Some(why.clone())))
            .collect();
    };
    let file = File::parse(path.into(), text);
    let what = lines::classify(&file, numbers, language == Language::Assembler);
    let text = Text::new(text.to_owned());
    let opened = opened(&text);
    let of_directives = file.directives.iter().flat_map(|directive| {
        let span = directive.span;
        let last = span.end.saturating_sub(1).max(span.start);
        [span.start, last].map(|offset| text.line_of(offset as usize).0)
    });
    let of_directives: Vec<u32> = of_directives.collect();
    // Whether something is left of the lines between the same two directives.
    let is_group_seen = |number: u32| {
        let next = of_directives.partition_point(|&line| line < number);
        let before = next.checked_sub(1).map_or(0, |at| of_directives[at]);
        let after = of_directives.get(next).copied().unwrap_or(u32::MAX);
        before < number && number < after && seen.range(before + 1..after).next().is_some()
    };
    let is_define: BTreeSet<u32> = file
        .directives
        .iter()
        .filter(|directive| {
            matches!(
                directive.kind,
                crate::cpp::scan::DirectiveKind::Define { .. }
            )
        })
        .map(|directive| directive.span.start)
        .collect();
    numbers
        .iter()
        .zip(what)
        .map(|(&number, what)| {
            let is_seen = match what {
                What::Directive(offset) if is_define.contains(&offset) => {
                    seen.contains(&text.line_of(offset as usize).0)
                }
                What::Directive(_) => true,
                _ => {
                    let mut at = number;
                    loop {
                        if seen.contains(&at) {
                            break true;
                        }
                        match opened.get(&at) {
                            Some(&outer) if outer < at => at = outer,
                            _ => break is_group_seen(number),
                        }
                    }
                }
            };
            let why = (!is_seen).then(|| "the preprocessor removed it".to_owned());
            (number, why)
        })
        .collect()
}

/// For each line that begins inside of parentheses the line that opens the innermost of them.
fn opened(text: &Text) -> FxHashMap<u32, u32> {
    let mut open: Vec<u32> = Vec::new();
    let mut found: FxHashMap<u32, u32> = FxHashMap::default();
    let mut last = 0;
    // The name before a parenthesis is the macro's, if it is one.
    let mut name = 0;
    for token in Lexer::new(text, 0, text.len()) {
        let line = text.line_of(token.span.start as usize).0;
        if line != last {
            if let Some(&outer) = open.last() {
                found.insert(line, outer);
            }
            last = line;
        }
        match token.span.of(text) {
            "(" => open.push(name.max(1).min(line)),
            ")" => {
                open.pop();
            }
            "{" | "}" if open.is_empty() => {}
            _ => {}
        }
        name = line;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_by_markers() {
        let source = "int a;\n#define B 1\n#ifdef X\nint x;\n#endif\nvoid f(void)\n{\n\tpr_info(\"%d\",\n\t\ta);\n}\n";
        let left = "# 0 \"/tree/k/a.c\"\n# 1 \"/tree/k/../k/a.c\"\nint a;\n#define B 1\n\n\n\nvoid f(void)\n{\n printk(\"%d\", a);\n\n}\n# 1 \"/tree/include/h.h\" 1\nint h;\n";
        let mut seen = FxHashMap::default();
        note(left, "/tree", &mut seen);
        let numbers: Vec<u32> = (1..=10).collect();
        let found = unseen("k/a.c", source, &numbers, &seen, "");
        let missing: Vec<u32> = found
            .iter()
            .filter(|(_, why)| why.is_some())
            .map(|(number, _)| *number)
            .collect();
        assert_eq!(missing, [4]);
        assert!(unseen("k/b.c", "int b;\n", &[1], &seen, "")[0].1.is_some());
        assert!(
            unseen("include/h.h", "int h;\n", &[1], &seen, "")[0]
                .1
                .is_none()
        );
    }

    #[test]
    fn what_a_rule_makes_has_a_file_of_its_own() {
        let object = |path: &str, source: &str, by_rule| Object {
            path: path.to_owned(),
            target: path.to_owned(),
            source: source.to_owned(),
            by_rule,
        };
        let of = |path, source| saved(&object(path, source, true));
        assert_eq!(of("k/x.nvhe.o", "k/x.c").as_deref(), Some("k/x.nvhe.i"));
        assert_eq!(of("k/x.nvhe.o", "k/x.S").as_deref(), Some("k/x.nvhe.s"));
        assert_eq!(of("k/vdso/x.o", "lib/x.c").as_deref(), Some("k/vdso/x.i"));
        assert_eq!(of("k/bounds.s", "k/bounds.c"), None);
        assert_eq!(saved(&object("k/x.nvhe.o", "k/x.c", false)), None);
    }

    #[test]
    fn lines_without_output_are_proven_by_those_between_the_same_directives() {
        let source = "LEAF(f)\n\tPTR_ADDU \\\n\t\tv0, \\ \n\t\tt1\n#ifdef X\n\tli \\\n\t\tt0, 1\n\
                      #endif\nRELEASES(x)\nint a;\n";
        let left =
            "# 1 \"/tree/k/a.S\"\n.globl f; f:\n daddu v0, t1\n\n\n# 10 \"/tree/k/a.S\"\nint a;\n";
        let mut seen = FxHashMap::default();
        note(left, "/tree", &mut seen);
        let found = unseen("k/a.S", source, &[2, 3, 4, 6, 7, 9], &seen, "");
        let missing = found.iter().filter(|(_, why)| why.is_some());
        let missing: Vec<u32> = missing.map(|(number, _)| *number).collect();
        assert_eq!(missing, [6, 7]);
    }

    #[test]
    fn symbols_of_kconfig_are_looked_up() {
        let text = "config A\n\tbool \"a\"\n\nconfig B\n\tbool\n";
        let found = unseen(
            "mm/Kconfig",
            text,
            &[2, 5],
            &FxHashMap::default(),
            "CONFIG_A=y\n",
        );
        assert_eq!(found[0].1, None);
        assert!(found[1].1.is_some());
    }
}
