//! Owns what this machine has to build with, for each architecture, and what is missing.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Serialize;

use crate::arch::machine::{self, HOST_TOOLS, HostTool};

use super::process::Children;
use super::toolchain::{self, Found, Surroundings, TooOld, Tool, written};

/// How long a program may take to say that it is there.
const LIMIT: Duration = Duration::from_secs(30);

/// The version of the JSON document. The first number changes when a field goes away or changes its meaning, the second when
/// one is added.
const SCHEMA_VERSION: &str = "1.0";

/// Describes what the machine has.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The architectures, by name.
    pub archs: Vec<OfArch>,
    /// The tools of the machine itself, in the order of their table.
    pub host: Vec<OfHost>,
}

/// A compiler for an architecture.
#[derive(Clone, Debug)]
pub struct OfArch {
    /// The directory below `arch/`.
    pub srcarch: String,
    /// The value of `ARCH` that is built.
    pub arch: String,
    /// Holds what was found.
    pub found: Found,
}

/// A tool of the machine itself.
#[derive(Clone, Debug)]
pub struct OfHost {
    /// The tool.
    pub tool: &'static HostTool,
    /// Whether it is there.
    pub present: bool,
}

/// Looks for everything that building for `architectures` of the tree at `root` takes.
pub fn diagnose(
    children: &Children,
    root: &Path,
    architectures: &[String],
    around: &Surroundings,
) -> Diagnosis {
    let archs = architectures
        .iter()
        .map(|srcarch| {
            let arch = machine::machine(srcarch).map_or(srcarch.as_str(), |machine| machine.arch);
            OfArch {
                srcarch: srcarch.clone(),
                arch: arch.to_owned(),
                found: toolchain::find(children, root, srcarch, arch, around),
            }
        })
        .collect();
    let host = HOST_TOOLS
        .iter()
        .filter(|tool| {
            tool.archs.is_empty()
                || tool
                    .archs
                    .iter()
                    .any(|arch| architectures.iter().any(|asked| asked == arch))
        })
        .map(|tool| OfHost {
            tool,
            present: is_present(children, around, tool),
        })
        .collect();
    Diagnosis { archs, host }
}

/// The tools that building for `arch/<srcarch>` needs and that are not there.
pub fn lacking<'d>(
    diagnosis: &'d Diagnosis,
    srcarch: &'d str,
) -> impl Iterator<Item = &'static HostTool> + 'd {
    diagnosis
        .host
        .iter()
        .filter(|host| !host.present && !host.tool.optional)
        .map(|host| host.tool)
        .filter(move |tool| tool.archs.is_empty() || tool.archs.contains(&srcarch))
}

fn is_present(children: &Children, around: &Surroundings, tool: &HostTool) -> bool {
    if !tool.is_header() {
        return toolchain::locate(&around.path, tool.name).is_some();
    }
    // Where headers are is the compiler's matter.
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg("echo \"#include <$0>\" | ${HOSTCC:-gcc} -E -x c - >/dev/null")
        .arg(tool.name);
    matches!(children.ask(command, LIMIT), Ok((true, _)))
}

impl OfArch {
    /// Returns what to install so that there is a compiler of the kind that was looked for: the packages of Debian and Fedora, empty where
    /// no package has one.
    pub fn packages(&self) -> (String, String) {
        let clang = match &self.found {
            Found::Missing(tried) => tried.first().and_then(|program| of_clang(program)),
            Found::TooOld(toolchain, _) => toolchain.llvm.as_ref().map(|_| Default::default()),
            Found::Usable(_) => None,
        };
        clang.unwrap_or_else(|| {
            let machine = machine::machine(&self.srcarch);
            machine.map_or_else(Default::default, |machine| {
                (machine.debian.to_owned(), machine.fedora.to_owned())
            })
        })
    }

    fn state(&self) -> &'static str {
        match &self.found {
            Found::Usable(_) => "ok",
            Found::TooOld(..) => "too old",
            Found::Missing(_) => "missing",
        }
    }

    /// Returns what was found, or what to do, in a few words.
    pub fn advice(&self) -> String {
        match &self.found {
            Found::Usable(toolchain) => {
                let tools = toolchain.tools.iter().skip(1);
                let others: Vec<String> = tools
                    .map(|tool| format!("{} {}", tool.program, written(tool.version)))
                    .collect();
                format!("{}, {}", toolchain.label(), others.join(", "))
            }
            Found::TooOld(_, reason) => old(reason),
            Found::Missing(tried) => {
                let (debian, fedora) = self.packages();
                match (debian.is_empty() && fedora.is_empty(), tried.first()) {
                    (true, None) => "kfeat knows no compiler for it".to_owned(),
                    (true, Some(tried)) if of_clang(tried).is_some() => format!("no `{tried}`"),
                    (true, Some(tried)) => {
                        format!(
                            "no `{tried}`; no distribution packages it: see the cross compilers on kernel.org"
                        )
                    }
                    (false, tried) => {
                        let tried = tried.map_or("a compiler", String::as_str);
                        format!("no `{tried}`; install {}", install(&debian, &fedora))
                    }
                }
            }
        }
    }
}

/// The packages of Debian and Fedora with clang and what the kernel needs besides, where that is the program; empty for one in a
/// directory of the user's. Fedora has no packages for each version that go by this scheme.
fn of_clang(program: &str) -> Option<(String, String)> {
    let (directory, name) = program.rsplit_once('/').unwrap_or(("", program));
    let version = name.strip_prefix("clang")?;
    if !directory.is_empty() {
        return Some(Default::default());
    }
    let of = |version: &str| {
        ["clang", "lld", "llvm"]
            .map(|name| format!("{name}{version}"))
            .join(" ")
    };
    let fedora = if version.is_empty() {
        of("")
    } else {
        String::new()
    };
    Some((of(version), fedora))
}

fn old(reason: &TooOld) -> String {
    format!(
        "`{}` is {}, but the tree requires {}",
        reason.tool.program,
        written(reason.tool.version),
        written(reason.minimum)
    )
}

/// The packages of both distributions, as one text.
pub fn install(debian: &str, fedora: &str) -> String {
    match (debian, fedora) {
        (debian, fedora) if debian == fedora => format!("`{debian}` (Debian, Fedora)"),
        ("", fedora) => format!("`{fedora}` (Fedora)"),
        (debian, "") => format!("`{debian}` (Debian)"),
        (debian, fedora) => format!("`{debian}` (Debian), `{fedora}` (Fedora)"),
    }
}

/// The diagnosis as two tables.
pub fn text(diagnosis: &Diagnosis) -> String {
    let mut rows = vec![["arch", "ARCH", "state", "compiler"].map(str::to_owned)];
    for of in &diagnosis.archs {
        rows.push([
            of.srcarch.clone(),
            of.arch.clone(),
            of.state().to_owned(),
            of.advice(),
        ]);
    }
    let mut out = table(&rows);
    out.push('\n');
    let mut rows = vec![["tool", "for", "state", "install"].map(str::to_owned)];
    for host in &diagnosis.host {
        let tool = host.tool;
        let (state, advice) = match (host.present, tool.optional) {
            (true, _) => ("ok", String::new()),
            (false, true) => ("optional", install(tool.debian, tool.fedora)),
            (false, false) => ("missing", install(tool.debian, tool.fedora)),
        };
        let purpose = match tool.archs {
            [] => tool.purpose.to_owned(),
            archs => format!("{} ({})", tool.purpose, archs.join(", ")),
        };
        rows.push([tool.name.to_owned(), purpose, state.to_owned(), advice]);
    }
    out.push_str(&table(&rows));
    let missing = diagnosis.host.iter().filter(|host| !host.present);
    let unusable = diagnosis.archs.iter();
    let unusable = unusable.filter(|of| of.found.usable().is_none());
    let mut lacking: Vec<String> = Vec::new();
    for package in missing
        .map(|host| host.tool.debian.to_owned())
        .chain(unusable.map(|of| of.packages().0))
    {
        // All architectures have the same clang.
        if !package.is_empty() && !lacking.contains(&package) {
            lacking.push(package);
        }
    }
    if !lacking.is_empty() {
        out.push_str(&format!(
            "\nOn Debian, for everything that is missing:\n  apt install --no-install-recommends {}\n",
            lacking.join(" ")
        ));
    }
    out
}

/// Rows with columns of the same width.
pub(super) fn table<R: AsRef<[String]>>(rows: &[R]) -> String {
    let mut widths = vec![0; rows.first().map_or(0, |row| row.as_ref().len())];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, &width) in row.as_ref().iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    archs: Vec<ArchView<'d>>,
    tools: Vec<ToolView>,
}

#[derive(Serialize)]
struct ArchView<'d> {
    arch: &'d str,
    make_arch: &'d str,
    state: &'static str,
    cross_compile: Option<&'d str>,
    llvm: Option<&'d str>,
    tools: Vec<VersionView<'d>>,
    minimum: Option<String>,
    tried: &'d [String],
    debian: Option<String>,
    fedora: Option<String>,
}

#[derive(Serialize)]
struct VersionView<'d> {
    name: &'d str,
    program: &'d str,
    version: String,
    says: &'d str,
}

#[derive(Serialize)]
struct ToolView {
    name: &'static str,
    purpose: &'static str,
    archs: &'static [&'static str],
    optional: bool,
    present: bool,
    debian: &'static str,
    fedora: &'static str,
}

/// The diagnosis as a JSON document; `docs/schema/doctor.schema.json` describes it.
pub fn json(diagnosis: &Diagnosis) -> String {
    let some = |text: String| (!text.is_empty()).then_some(text);
    let document = Document {
        schema: SCHEMA_VERSION,
        archs: diagnosis
            .archs
            .iter()
            .map(|of| {
                let (toolchain, minimum, tried) = match &of.found {
                    Found::Usable(toolchain) => (Some(toolchain), None, &[][..]),
                    Found::TooOld(toolchain, reason) => {
                        (Some(toolchain), Some(written(reason.minimum)), &[][..])
                    }
                    Found::Missing(tried) => (None, None, &tried[..]),
                };
                let (debian, fedora) = of.packages();
                ArchView {
                    arch: &of.srcarch,
                    make_arch: &of.arch,
                    state: of.state(),
                    cross_compile: toolchain.map(|toolchain| &*toolchain.cross_compile),
                    llvm: toolchain.and_then(|toolchain| toolchain.llvm.as_deref()),
                    tools: toolchain.map_or_else(Vec::new, |toolchain| {
                        toolchain.tools.iter().map(version_view).collect()
                    }),
                    minimum,
                    tried,
                    debian: some(debian),
                    fedora: some(fedora),
                }
            })
            .collect(),
        tools: diagnosis
            .host
            .iter()
            .map(|host| ToolView {
                name: host.tool.name,
                purpose: host.tool.purpose,
                archs: host.tool.archs,
                optional: host.tool.optional,
                present: host.present,
                debian: host.tool.debian,
                fedora: host.tool.fedora,
            })
            .collect(),
    };
    super::written(&document)
}

fn version_view(tool: &Tool) -> VersionView<'_> {
    VersionView {
        name: tool.name,
        program: &tool.program,
        version: written(tool.version),
        says: &tool.says,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_advice() {
        let children = Children::new();
        let tree = tempfile::tempdir().unwrap();
        let around = Surroundings {
            machine: "none".to_owned(),
            ..Surroundings::default()
        };
        let archs = ["arm64", "csky", "hexagon", "new"].map(str::to_owned);
        let diagnosis = diagnose(&children, tree.path(), &archs, &around);
        let text = text(&diagnosis);
        assert!(
            text.contains(
                "no `aarch64-linux-gnu-gcc`; install `gcc-aarch64-linux-gnu` (Debian, Fedora)"
            ),
            "{text}"
        );
        assert!(
            text.contains("see the cross compilers on kernel.org"),
            "{text}"
        );
        for (llvm, advice) in [
            (
                "1",
                "no `clang`; install `clang lld llvm` (Debian, Fedora)\n",
            ),
            (
                "-19",
                "no `clang-19`; install `clang-19 lld-19 llvm-19` (Debian)\n",
            ),
            ("/opt/llvm/bin/", "no `/opt/llvm/bin/clang`\n"),
        ] {
            let around = Surroundings {
                llvm: Some(llvm.to_owned()),
                ..around.clone()
            };
            let archs = ["arm64", "riscv"].map(str::to_owned);
            let text = super::text(&diagnose(&children, tree.path(), &archs, &around));
            assert!(text.contains(advice), "{text}");
            assert_eq!(
                text.matches(" clang-19 lld-19 llvm-19\n").count(),
                usize::from(llvm == "-19"),
                "{text}"
            );
        }
        assert!(text.contains("knows no compiler"), "{text}");
        assert!(lacking(&diagnosis, "arm64").any(|tool| tool.name == "flex"));
        assert!(json(&diagnosis).contains("\"state\": \"missing\""));
    }
}
