//! Owns finding compilers: which cross compiler of this machine builds for an architecture, and whether the tree accepts its
//! version.
//!
//! In this order: what the user gives, `LLVM`, compilers on `PATH` under the names that distributions use, the compiler of the
//! machine itself, and archives of kernel.org below a few directories. The oldest version that will do is what the tree's own
//! `scripts/min-tool-version.sh` says, which is run for it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::arch::machine::{self, Machine};

use super::process::Children;

/// How long a compiler may take to say its version.
const LIMIT: Duration = Duration::from_secs(30);

/// Describes what the user and the machine say about where compilers are.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The directories of `PATH`.
    pub path: Vec<PathBuf>,
    /// Directories with unpacked archives of kernel.org's crosstool.
    pub archives: Vec<PathBuf>,
    /// `CROSS_COMPILE` of the environment, which is for the architecture that its compiler is for.
    pub cross_compile: Option<String>,
    /// `CROSS_COMPILE` for one architecture each, by the name of its directory below `arch/`.
    pub cross_compile_for: Vec<(String, String)>,
    /// `LLVM`: `1`, `-19`, or a directory with a `/` at its end.
    pub llvm: Option<String>,
    /// Holds what `uname -m` says.
    pub machine: String,
}

/// A version, such as `(12, 2, 0)`.
pub type Version = (u32, u32, u32);

/// A tool with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Holds what the tree calls it: `gcc`, `llvm`, `binutils`.
    pub name: &'static str,
    /// How it is started.
    pub program: String,
    /// Its version.
    pub version: Version,
    /// The first line that it says of itself.
    pub says: String,
}

/// A compiler with what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// `CROSS_COMPILE` for make; empty for the compiler of the machine itself.
    pub cross_compile: String,
    /// `LLVM` for make, if it is clang.
    pub llvm: Option<String>,
    /// Whether make gets `LLVM_IAS=0`.
    pub gnu_assembler: bool,
    /// The compiler, then the linker.
    pub tools: Vec<Tool>,
}

impl Toolchain {
    /// GCC under the name that it has where it comes from a distribution, whether it is installed or not.
    pub fn usual(srcarch: &str) -> Self {
        let prefix = machine::machine(srcarch).and_then(|machine| machine.prefixes.first());
        Self {
            cross_compile: prefix
                .map_or_else(|| format!("{srcarch}-linux-"), |&first| first.to_owned()),
            llvm: None,
            gnu_assembler: false,
            tools: Vec::new(),
        }
    }

    /// The compiler.
    pub fn compiler(&self) -> Option<&Tool> {
        self.tools.first()
    }

    /// The compiler with its version, for a table: `aarch64-linux-gnu-gcc 12.2.0`.
    pub fn label(&self) -> String {
        self.compiler().map_or_else(String::new, |tool| {
            format!("{} {}", tool.program, written(tool.version))
        })
    }
}

/// A tool that the tree does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooOld {
    /// The tool.
    pub tool: Tool,
    /// The oldest version that the tree accepts.
    pub minimum: Version,
}

/// Describes what was found for one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A compiler that the tree accepts.
    Usable(Toolchain),
    /// Only compilers that the tree does not accept: the first one, with what is wrong with it.
    TooOld(Toolchain, TooOld),
    /// None; the names that were looked for.
    Missing(Vec<String>),
}

impl Found {
    /// The compiler, if it is usable.
    pub fn usable(&self) -> Option<&Toolchain> {
        match self {
            Found::Usable(toolchain) => Some(toolchain),
            _ => None,
        }
    }
}

/// A version as text.
pub fn written(version: Version) -> String {
    format!("{}.{}.{}", version.0, version.1, version.2)
}

/// Looks for a compiler for `arch/<srcarch>` and asks the tree at `root` whether it accepts its version. `arch` is the value of
/// `ARCH`.
pub fn find(
    children: &Children,
    root: &Path,
    srcarch: &str,
    arch: &str,
    around: &Surroundings,
) -> Found {
    let machine = machine::machine(srcarch);
    let mut tried = Vec::new();
    let mut refused = None;
    for candidate in candidates(children, srcarch, machine, around) {
        let Some(toolchain) = candidate.probe(children, around) else {
            tried.push(candidate.name());
            continue;
        };
        match too_old(children, root, srcarch, arch, &toolchain) {
            None => return Found::Usable(toolchain),
            Some(reason) => {
                refused.get_or_insert((toolchain, reason));
            }
        }
    }
    match refused {
        Some((toolchain, reason)) => Found::TooOld(toolchain, reason),
        None => Found::Missing(tried),
    }
}

/// A toolchain that may be there.
#[derive(Clone, Debug)]
struct Candidate {
    cross_compile: String,
    llvm: Option<String>,
    gnu_assembler: bool,
}

impl Candidate {
    fn gcc(prefix: impl Into<String>) -> Self {
        Self {
            cross_compile: prefix.into(),
            llvm: None,
            gnu_assembler: false,
        }
    }

    /// The compiler's name.
    fn name(&self) -> String {
        match &self.llvm {
            Some(llvm) => of_llvm(llvm, "clang"),
            None => format!("{}gcc", self.cross_compile),
        }
    }

    /// Starts its tools; `None` where one of them does not start.
    fn probe(&self, children: &Children, around: &Surroundings) -> Option<Toolchain> {
        let (compiler, linker) = match &self.llvm {
            Some(llvm) => (
                tool(children, around, "llvm", of_llvm(llvm, "clang"))?,
                tool(children, around, "llvm", of_llvm(llvm, "ld.lld"))?,
            ),
            None => (
                tool(children, around, "gcc", self.name())?,
                tool(
                    children,
                    around,
                    "binutils",
                    format!("{}ld", self.cross_compile),
                )?,
            ),
        };
        let mut tools = vec![compiler, linker];
        if self.llvm.is_some() && self.gnu_assembler {
            let assembler = format!("{}as", self.cross_compile);
            tools.push(tool(children, around, "binutils", assembler)?);
        }
        Some(Toolchain {
            cross_compile: self.cross_compile.clone(),
            llvm: self.llvm.clone(),
            gnu_assembler: self.gnu_assembler,
            tools,
        })
    }
}

/// The name of a tool of LLVM, as the top Makefile makes it of `LLVM`.
fn of_llvm(llvm: &str, name: &str) -> String {
    if llvm.ends_with('/') {
        format!("{llvm}{name}")
    } else if llvm.starts_with('-') {
        format!("{name}{llvm}")
    } else {
        name.to_owned()
    }
}

/// Returns what may be there, the best first.
fn candidates(
    children: &Children,
    srcarch: &str,
    machine: Option<&Machine>,
    around: &Surroundings,
) -> Vec<Candidate> {
    let given = around.cross_compile_for.iter().rev();
    if let Some((_, prefix)) = given.clone().find(|(arch, _)| arch == srcarch) {
        return vec![Candidate::gcc(prefix)];
    }
    let prefixes = machine.map_or(&[][..], |machine| machine.prefixes);
    let mut found = Vec::new();
    if let Some(llvm) = &around.llvm {
        // Elsewhere clang starts, too, and knows no such target.
        if !machine.is_some_and(|machine| machine.clang) {
            return Vec::new();
        }
        let mut candidate = Candidate {
            llvm: Some(llvm.clone()),
            ..Candidate::gcc("")
        };
        if machine.is_some_and(|machine| !machine.integrated_assembler) {
            let is_there = |prefix: &&&str| locate(&around.path, &format!("{prefix}as")).is_some();
            candidate.gnu_assembler = true;
            let prefix = prefixes.iter().find(is_there);
            candidate.cross_compile = prefix.map_or("", |prefix| *prefix).to_owned();
        }
        return vec![candidate];
    }
    if let Some(prefix) = around
        .cross_compile
        .as_deref()
        .filter(|given| !given.is_empty())
        && is_for(children, &format!("{prefix}gcc"), prefixes)
    {
        return vec![Candidate::gcc(prefix)];
    }
    if machine.is_some_and(|machine| machine.native == around.machine) {
        found.push(Candidate::gcc(""));
    }
    found.extend(prefixes.iter().map(|prefix| Candidate::gcc(*prefix)));
    for archive in &around.archives {
        for prefix in prefixes {
            found.extend(in_archive(archive, prefix).map(Candidate::gcc));
        }
    }
    found
}

/// Whether the compiler says that it is for one of the targets that `prefixes` name.
fn is_for(children: &Children, compiler: &str, prefixes: &[&str]) -> bool {
    let mut command = Command::new(compiler);
    command.arg("-dumpmachine");
    let Ok((true, target)) = children.ask(command, LIMIT) else {
        return false;
    };
    let processor = |name: &str| name.split('-').next().unwrap_or_default().to_owned();
    let target = processor(target.trim());
    prefixes.iter().any(|prefix| processor(prefix) == target)
}

/// The newest compiler below a directory of archives, as a prefix with its path: `gcc-13.2.0-nolibc/aarch64-linux/bin`, or the
/// same without its first directory.
fn in_archive(archive: &Path, prefix: &str) -> Option<String> {
    let target = prefix.strip_suffix('-')?;
    let mut roots = vec![archive.to_owned()];
    let mut inner: Vec<PathBuf> = std::fs::read_dir(archive)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    inner.sort_by_key(|path| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        std::cmp::Reverse(version_in(&name))
    });
    roots.extend(inner);
    roots.into_iter().find_map(|root| {
        let prefix = root.join(target).join("bin").join(prefix);
        let prefix = prefix.to_str()?.to_owned();
        Path::new(&format!("{prefix}gcc"))
            .is_file()
            .then_some(prefix)
    })
}

/// Where a program is on `PATH`; a name with a `/` is a path itself.
pub fn locate(path: &[PathBuf], program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Path::new(program).is_file().then(|| PathBuf::from(program));
    }
    path.iter()
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

/// A tool that starts and says its version.
fn tool(
    children: &Children,
    around: &Surroundings,
    name: &'static str,
    program: String,
) -> Option<Tool> {
    locate(&around.path, &program)?;
    let mut command = Command::new(&program);
    command.arg("--version").env("LC_ALL", "C");
    let (true, says) = children.ask(command, LIMIT).ok()? else {
        return None;
    };
    let says = says.lines().next()?.to_owned();
    let version = version_in(&says)?;
    Some(Tool {
        name,
        program,
        version,
        says,
    })
}

/// The version in a line such as `gcc (Debian 12.2.0-14) 12.2.0` or `GNU ld (GNU Binutils) 2.40.90.20230101`: the first number
/// with dots outside parentheses, else the first anywhere.
pub fn version_in(line: &str) -> Option<Version> {
    let mut depth = 0usize;
    let outside: String = line
        .chars()
        .map(|character| {
            match character {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ if depth == 0 => return character,
                _ => {}
            }
            ' '
        })
        .collect();
    number_in(&outside).or_else(|| number_in(line))
}

fn number_in(text: &str) -> Option<Version> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .find_map(|word| {
            let mut parts = word.split('.').map(str::parse::<u32>);
            let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
            let patch = parts.next().and_then(Result::ok).unwrap_or(0);
            Some((major, minor, patch))
        })
}

/// The first tool that the tree does not accept. A tree without the script accepts all.
fn too_old(
    children: &Children,
    root: &Path,
    srcarch: &str,
    arch: &str,
    toolchain: &Toolchain,
) -> Option<TooOld> {
    toolchain.tools.iter().find_map(|tool| {
        let mut command = Command::new("sh");
        command
            .arg(root.join("scripts/min-tool-version.sh"))
            .arg(tool.name)
            .env("ARCH", arch)
            .env("SRCARCH", srcarch);
        let Ok((true, answer)) = children.ask(command, LIMIT) else {
            return None;
        };
        let minimum = number_in(&answer)?;
        (tool.version < minimum).then(|| TooOld {
            tool: tool.clone(),
            minimum,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_of_what_tools_say() {
        let of = |line| version_in(line).map(written).unwrap_or_default();
        assert_eq!(of("gcc (Debian 12.2.0-14+deb12u1) 12.2.0"), "12.2.0");
        assert_eq!(of("GNU ld (GNU Binutils for Debian) 2.40"), "2.40.0");
        assert_eq!(of("Debian clang version 19.1.7 (3+b1)"), "19.1.7");
        assert_eq!(
            of("Debian LLD 19.1.7 (compatible with GNU linkers)"),
            "19.1.7"
        );
        assert_eq!(of("GNU ld version 2.41-37.fc40"), "2.41.0");
        assert_eq!(of("no version (at all)"), "");
    }

    /// A directory with programs that answer as compilers do.
    fn programs(answers: &[(&str, &str)]) -> tempfile::TempDir {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        for (name, answer) in answers {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        directory
    }

    /// The same, found by its path as kernel.org's archives are, so that `PATH` of the test does not count.
    fn found(answers: &[(&str, &str)], script: Option<&str>) -> Found {
        let directory = programs(answers);
        let tree = tempfile::tempdir().unwrap();
        if let Some(script) = script {
            std::fs::create_dir_all(tree.path().join("scripts")).unwrap();
            std::fs::write(tree.path().join("scripts/min-tool-version.sh"), script).unwrap();
        }
        let around = Surroundings {
            archives: vec![directory.path().to_owned()],
            machine: "none".to_owned(),
            ..Surroundings::default()
        };
        find(&Children::new(), tree.path(), "arm64", "arm64", &around)
    }

    const CROSSTOOL: [(&str, &str); 4] = [
        (
            "gcc-9.5.0-nolibc/aarch64-linux/bin/aarch64-linux-gcc",
            "gcc 9.5.0",
        ),
        (
            "gcc-9.5.0-nolibc/aarch64-linux/bin/aarch64-linux-ld",
            "GNU ld 2.38",
        ),
        (
            "gcc-13.2.0-nolibc/aarch64-linux/bin/aarch64-linux-gcc",
            "gcc 13.2.0",
        ),
        (
            "gcc-13.2.0-nolibc/aarch64-linux/bin/aarch64-linux-ld",
            "GNU ld 2.41",
        ),
    ];

    #[test]
    fn the_newest_archive_counts() {
        let found = found(&CROSSTOOL, None);
        let toolchain = found.usable().unwrap();
        assert!(toolchain.label().ends_with("aarch64-linux-gcc 13.2.0"));
        assert!(toolchain.cross_compile.ends_with("/aarch64-linux-"));
    }

    #[test]
    fn the_tree_says_what_is_too_old() {
        let script =
            "[ $SRCARCH = arm64 ] && case $1 in gcc) echo 8.1.0;; binutils) echo 2.50.0;; esac\n";
        let Found::TooOld(_, reason) = found(&CROSSTOOL, Some(script)) else {
            panic!("accepted");
        };
        assert_eq!((reason.tool.name, reason.minimum), ("binutils", (2, 50, 0)));
    }

    #[test]
    fn what_is_missing_is_named() {
        let Found::Missing(tried) = found(&[], None) else {
            panic!("found");
        };
        assert_eq!(tried[0], "aarch64-linux-gnu-gcc");
    }
}
