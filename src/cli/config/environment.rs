//! Owns the environment that kbuild gives `conf`, and the file with the answers of commands.
//!
//! Source: the top `Makefile`, `scripts/subarch.include`, `arch/*/Makefile` and `scripts/Makefile.clang` of 7.2.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};

use super::args::Commands;
use crate::arch;
use crate::disk;
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::macros::Outside;
use crate::kconfig::shell::Shell;
use crate::limits::FILE_SIZE;
use crate::tree::Tree;

/// Stands in the file of answers for the path of the tree, so that it holds for a copy of the tree, too.
const TREE: &str = "$(srctree)";

/// The file of recorded answers.
#[derive(serde::Serialize, serde::Deserialize, Default)]
struct Answers {
    answers: BTreeMap<String, String>,
}

/// The environment that kbuild gives `conf`, and what commands answer.
///
/// # Errors
///
/// The file with the answers cannot be read, or there is no compiler.
pub(super) fn shell(
    commands: &Commands,
    tree: &Tree,
    arch: &str,
    version: &Version,
    scratch: &Path,
) -> Result<Shell> {
    let mut shell = Shell::default();
    let root = root(tree)?;
    if let Some(path) = &commands.shell_answers {
        shell.answers = recorded(path, &root)?;
    }
    if commands.allow_shell {
        shell.permitted_in = Some(scratch.to_owned());
    }
    shell.variables = variables(arch, version, root, &|name| {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    });
    let makefile = tree.read_text("Makefile")?;
    // Where there are neither answers nor permission, Kconfig says which line needs them.
    let must_know = commands.shell_answers.is_some();
    add_versions(&mut shell, &makefile, must_know)?;
    Ok(shell)
}

/// The answers in a file, with `root` for the path of the tree.
///
/// # Errors
///
/// The file cannot be read, or does not hold answers.
pub(super) fn recorded(path: &Path, root: &str) -> Result<BTreeMap<String, String>> {
    let text = disk::read_named(path, &FILE_SIZE)
        .with_context(|| format!("cannot read the answers `{}`", path.display()))?;
    let file: Answers = serde_json::from_slice(&text)
        .with_context(|| format!("`{}` is not a file of shell answers", path.display()))?;
    let put = |(command, answer): (String, String)| (command.replace(TREE, root), answer);
    Ok(file.answers.into_iter().map(put).collect())
}

/// Writes the answers of all commands.
///
/// # Errors
///
/// The file cannot be written.
pub(super) fn record(shell: &Shell, tree: &Tree, path: &Path) -> Result<()> {
    let root = root(tree)?;
    let relative =
        |(command, answer): (&String, &String)| (command.replace(&root, TREE), answer.clone());
    let file = Answers {
        answers: shell.answers.iter().map(relative).collect(),
    };
    let mut text = serde_json::to_vec_pretty(&file)?;
    text.push(b'\n');
    disk::write_named(path, &text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The absolute path of the tree, for commands run elsewhere.
fn root(tree: &Tree) -> Result<String> {
    let root = std::path::absolute(tree.root()).context("cannot determine the path of the tree")?;
    let text = root.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        anyhow!("the path of the tree is not valid UTF-8, so Kconfig cannot name it")
    })
}

/// Returns what does not need a command. `given` is the environment of the user.
pub(super) fn variables(
    arch: &str,
    version: &Version,
    root: String,
    given: &dyn Fn(&str) -> Option<String>,
) -> BTreeMap<String, String> {
    let srcarch = arch::srcarch_of(arch);
    let mut variables = BTreeMap::new();
    let mut set = |name: &str, value: String| {
        variables.insert(name.to_owned(), value);
    };
    let cross = given("CROSS_COMPILE").unwrap_or_default();
    // LLVM=1, LLVM=/directory/ or LLVM=-version.
    let (prefix, suffix) = match given("LLVM") {
        Some(llvm) if llvm.ends_with('/') => (llvm, String::new()),
        Some(llvm) if llvm.starts_with('-') => (String::new(), llvm),
        _ => (String::new(), String::new()),
    };
    let llvm = given("LLVM").is_some();
    for (name, gnu, of_llvm) in [
        ("CC", "gcc", "clang"),
        ("LD", "ld", "ld.lld"),
        ("AR", "ar", "llvm-ar"),
        ("NM", "nm", "llvm-nm"),
        ("OBJCOPY", "objcopy", "llvm-objcopy"),
    ] {
        let tool = if llvm {
            format!("{prefix}{of_llvm}{suffix}")
        } else {
            format!("{cross}{gnu}")
        };
        let option = match (name, srcarch) {
            ("NM", "alpha" | "ia64") => " -B",
            ("NM", "powerpc") => " --synthetic",
            _ => "",
        };
        set(name, given(name).unwrap_or(tool) + option);
    }
    for (name, tool) in [
        ("RUSTC", "rustc"),
        ("BINDGEN", "bindgen"),
        ("PAHOLE", "pahole"),
        ("PYTHON3", "python3"),
        ("RUSTC_BOOTSTRAP", "1"),
    ] {
        set(name, given(name).unwrap_or_else(|| tool.to_owned()));
    }
    set("ARCH", arch.to_owned());
    set("SRCARCH", srcarch.to_owned());
    set("KERNELVERSION", version.text.clone());
    set("srctree", root);
    set("LC_COLLATE", "C".to_owned());
    set("LC_NUMERIC", "C".to_owned());
    if srcarch == "um" {
        let subarch = given("SUBARCH").unwrap_or_else(|| host_subarch().to_owned());
        let header_arch = match subarch.as_str() {
            "i386" | "x86_64" => "x86".to_owned(),
            _ => subarch.clone(),
        };
        set("HEADER_ARCH", header_arch);
        set("SUBARCH", subarch);
    }
    for name in [
        "CLANG_FLAGS",
        "CROSS_COMPILE_COMPAT",
        "USERCFLAGS",
        "USERLDFLAGS",
        "RUST_LIB_SRC",
        "KRUSTFLAGS",
    ] {
        if let Some(value) = given(name) {
            set(name, value);
        }
    }
    variables
}

/// Adds the versions of compilers and tools, which the makefile asks commands for.
pub(super) fn add_versions(shell: &mut Shell, makefile: &str, must_know: bool) -> Result<()> {
    let variable =
        |shell: &Shell, name: &str| shell.variables.get(name).cloned().unwrap_or_default();
    let (cc, root) = (variable(shell, "CC"), variable(shell, "srctree"));
    let ask = |shell: &mut Shell, command: &str| match shell.shell(command) {
        Ok(answer) => Ok(answer.unwrap_or_default()),
        Err(text) if must_know => Err(anyhow!(text)),
        Err(_) => Ok(String::new()),
    };
    if makefile.contains("CC_VERSION_TEXT") {
        let command = format!("LC_ALL=C {cc} --version 2>/dev/null | head -n 1");
        let text = ask(shell, &command)?.replace('#', "");
        if text.is_empty() && shell.permitted_in.is_some() {
            bail!(
                "the compiler `{cc}` does not support `--version`: set $CC or $CROSS_COMPILE to one that works"
            );
        }
        if text.contains("clang") && !shell.variables.contains_key("CLANG_FLAGS") {
            bail!(
                "the flags of clang are unknown: set $CLANG_FLAGS to those of `scripts/Makefile.clang`"
            );
        }
        shell.variables.insert("CC_VERSION_TEXT".to_owned(), text);
    }
    let (rustc, pahole) = (variable(shell, "RUSTC"), variable(shell, "PAHOLE"));
    for (name, command) in [
        (
            "RUSTC_VERSION_TEXT",
            format!("{rustc} --version 2>/dev/null"),
        ),
        (
            "PAHOLE_VERSION",
            format!("{root}/scripts/pahole-version.sh {pahole} 2>/dev/null"),
        ),
    ] {
        // Older trees do not have them.
        if makefile.contains(name) {
            let text = ask(shell, &command)?.replace('#', "");
            shell.variables.insert(name.to_owned(), text);
        }
    }
    Ok(())
}

/// `SUBARCH` of this machine.
fn host_subarch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x86",
        "aarch64" => "arm64",
        "powerpc64" => "powerpc",
        "riscv64" => "riscv",
        "loongarch64" => "loongarch",
        "s390x" => "s390",
        arch => arch,
    }
}

/// The name of the file that `make defconfig` takes: `KBUILD_DEFCONFIG` of the architecture's makefile. Where that has
/// several they are told apart by `ARCH`, `SUBARCH` or the machine, as written out here.
pub(super) fn default_defconfig(makefile: &str, arch: &str) -> String {
    let on_64_bits = std::env::consts::ARCH != "x86";
    let subarch = std::env::var("SUBARCH").unwrap_or_else(|_| host_subarch().to_owned());
    let by_name = match (arch, subarch.as_str()) {
        ("x86", _) | ("um", "x86") if on_64_bits => "x86_64",
        ("x86", _) | ("um", "x86") => "i386",
        ("um", subarch) => subarch,
        ("i386" | "x86_64" | "sparc64", _) => arch,
        ("sparc", _) => "sparc32",
        ("parisc", _) => "generic-32bit",
        ("parisc64", _) => "generic-64bit",
        ("powerpc", _) => match std::env::consts::ARCH {
            "powerpc" => "ppc",
            "powerpc64" if cfg!(target_endian = "big") => "ppc64",
            // The makefile says which one it takes elsewhere.
            _ if makefile.contains("$(uname),ppc64)") => "ppc64",
            _ => "ppc64le",
        },
        _ => "",
    };
    if !by_name.is_empty() {
        return format!("{by_name}_defconfig");
    }
    let named: Vec<&str> = makefile
        .lines()
        .filter_map(|line| line.trim().strip_prefix("KBUILD_DEFCONFIG"))
        .filter_map(|rest| rest.split_once('='))
        .map(|(_, name)| name.trim())
        .collect();
    // The last one of several is the one without a condition, or that of 64 bits.
    named.last().unwrap_or(&"defconfig").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arch: &str, given: &[(&str, &str)]) -> BTreeMap<String, String> {
        let version = Version {
            release: (7, 2),
            text: "7.2.0".into(),
        };
        variables(arch, &version, "/tree".into(), &|name| {
            let value = given.iter().find(|(given, _)| *given == name);
            value.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn tools_follow_the_environment() {
        let powerpc = of("powerpc", &[("CROSS_COMPILE", "ppc-"), ("LD", "gold")]);
        assert_eq!(powerpc["CC"], "ppc-gcc");
        assert_eq!(powerpc["LD"], "gold");
        assert_eq!(powerpc["NM"], "ppc-nm --synthetic");
        assert_eq!(of("alpha", &[("LLVM", "-21")])["CC"], "clang-21");
        assert_eq!(of("sparc64", &[("LLVM", "/l/")])["LD"], "/l/ld.lld");
        assert_eq!(of("sparc64", &[])["SRCARCH"], "sparc");
    }

    #[test]
    fn user_mode_linux_runs_on_another_architecture() {
        let um = of("um", &[("SUBARCH", "i386")]);
        assert_eq!(um["SUBARCH"], "i386");
        assert_eq!(um["HEADER_ARCH"], "x86");
        assert!(!of("arm", &[]).contains_key("SUBARCH"));
    }

    #[test]
    fn the_defconfig_is_that_of_make() {
        assert_eq!(
            default_defconfig("KBUILD_DEFCONFIG := a_defconfig\n", "arc"),
            "a_defconfig"
        );
        assert_eq!(default_defconfig("", "arm64"), "defconfig");
        assert_eq!(default_defconfig("", "sparc"), "sparc32_defconfig");
    }
}
