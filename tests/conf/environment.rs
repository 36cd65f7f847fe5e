//! The variables that kbuild gives `conf`, for each value of `ARCH` that a tree knows.
//!
//! Three kinds of readers look at the environment of `conf`:
//!
//! 1. The Kconfig files, by `$(NAME)` where no macro has that name (`preprocess.c: env_expand`).
//! 2. The commands of `$(shell,...)` and the scripts that they call.
//! 3. `conf` itself (`srctree` and the `KCONFIG_*` variables, which belong to a single run).
//!
//! | name | read by | computed by the top `Makefile` as |
//! |---|---|---|
//! | `ARCH` | files, `min-tool-version.sh` | given |
//! | `SRCARCH` | files, `min-tool-version.sh` | `ARCH`, but x86 for i386 and x86_64, and the name without its 64 for sparc64, parisc64, sh64 |
//! | `SUBARCH` | files of um | the machine of `uname`, with x86 for x86_64 and i?86; exported by um alone |
//! | `HEADER_ARCH` | files of um | `SUBARCH`, but x86 for i386 and x86_64 (`arch/um/Makefile`) |
//! | `srctree` | files, `conf` | the absolute path of the tree, when built outside of it |
//! | `KERNELVERSION` | files | `VERSION.PATCHLEVEL.SUBLEVEL` and `EXTRAVERSION` |
//! | `CC` `LD` `AR` `NM` `OBJCOPY` | files, and `CC` by commands | `CROSS_COMPILE` before gcc, ld, ar, nm, objcopy |
//! | `NM` | | with ` -B` added by alpha (and ia64 in 6.1), with ` --synthetic` by powerpc |
//! | `CLANG_FLAGS` | files | `scripts/Makefile.clang`, if the first line of `$(CC) --version` says clang; else not set |
//! | `CC_VERSION_TEXT` | files | first line of `LC_ALL=C $(CC) --version`, without `#` |
//! | `RUSTC` `BINDGEN` | files, `rust_is_available.sh` | rustc, bindgen |
//! | `RUSTC_VERSION_TEXT` | files, from 6.12 | `$(RUSTC) --version`, without `#`, newlines to blanks |
//! | `RUSTC_BOOTSTRAP` | rustc in commands | 1 |
//! | `PAHOLE` | files up to 6.12 | pahole |
//! | `PAHOLE_VERSION` | files of 7.2 | `scripts/pahole-version.sh $(PAHOLE)` |
//! | `PYTHON3` | files, from 6.12 | python3 |
//! | `LC_COLLATE` `LC_NUMERIC` | commands | C; `LC_ALL` is unset |
//! | `CROSS_COMPILE_COMPAT` `USERCFLAGS` `USERLDFLAGS` | files | only if the user sets them |
//! | `RUST_LIB_SRC` `KRUSTFLAGS` | `rust_is_available.sh` | only if the user sets them |
//! | `PATH` `HOME` `TMPDIR` ... | commands | the user's |
//!
//! With an empty `CROSS_COMPILE`, arc, loongarch, m68k, mips, parisc, powerpc (7.2) and sh look
//! for a cross compiler in `PATH` (`cc-cross-prefix`). [`derive`] does not: whoever
//! wants one says so. [`capture`] asks kbuild itself, so it shows the difference.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Names and values, sorted by name.
pub type Environment = Vec<(String, String)>;

/// The names of the table above that kbuild may set, sorted.
pub const KBUILD_NAMES: [&str; 24] = [
    "AR",
    "ARCH",
    "BINDGEN",
    "CC",
    "CC_VERSION_TEXT",
    "CLANG_FLAGS",
    "HEADER_ARCH",
    "KERNELVERSION",
    "LC_COLLATE",
    "LC_NUMERIC",
    "LD",
    "NM",
    "OBJCOPY",
    "PAHOLE",
    "PAHOLE_VERSION",
    "PYTHON3",
    "RUSTC",
    "RUSTC_BOOTSTRAP",
    "RUSTC_VERSION_TEXT",
    "SRCARCH",
    "SUBARCH",
    "USERCFLAGS",
    "USERLDFLAGS",
    "srctree",
];

/// The names that come from the user's environment, for the commands that probe.
pub const INHERITED_NAMES: [&str; 6] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "CARGO_HOME",
];

/// One way to say `ARCH=` to a tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchValue {
    /// The value of `ARCH`.
    pub arch: String,
    /// The directory below `arch/`.
    pub srcarch: String,
    /// The value of `SUBARCH`, for um.
    pub subarch: Option<String>,
}

impl ArchValue {
    /// A name for files and messages: `ARCH`, and for um what it runs on, as in `um-i386`.
    pub fn label(&self) -> String {
        match &self.subarch {
            Some(subarch) => format!("{}-{subarch}", self.arch),
            None => self.arch.clone(),
        }
    }
}

/// All values of `ARCH` that the tree knows, sorted: the directories below `arch/` that have a
/// `Kconfig` and the names that its `Makefile` maps to one of them; um once for each `SUBARCH`
/// that `arch/x86/um` knows. Fails if the tree cannot be read.
pub fn arch_values(tree: &Path) -> Result<Vec<ArchValue>> {
    let mut values = Vec::new();
    let mut add = |arch: &str, srcarch: &str, subarch: Option<&str>| {
        values.push(ArchValue {
            arch: arch.to_owned(),
            srcarch: srcarch.to_owned(),
            subarch: subarch.map(str::to_owned),
        });
    };
    let directory = tree.join("arch");
    let entries = std::fs::read_dir(&directory)
        .with_context(|| format!("cannot list {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name == "um" {
            for subarch in ["i386", "x86", "x86_64"] {
                add("um", "um", Some(subarch));
            }
        } else if entry.path().join("Kconfig").is_file() {
            add(&name, &name, None);
        }
    }
    let makefile = std::fs::read_to_string(tree.join("Makefile"))?;
    let mut lines = makefile.lines();
    while let Some(line) = lines.next() {
        let Some(arch) = line
            .strip_prefix("ifeq ($(ARCH),")
            .and_then(|rest| rest.strip_suffix(')'))
        else {
            continue;
        };
        if let Some(srcarch) = lines
            .next()
            .and_then(|line| line.trim().strip_prefix("SRCARCH := "))
        {
            add(arch, srcarch, None);
        }
    }
    values.sort();
    Ok(values)
}

/// The programs of a toolchain.
#[derive(Debug, Clone)]
pub struct Toolchain {
    /// The value of `CROSS_COMPILE`.
    pub cross_compile: String,
    /// The compiler, if not `CROSS_COMPILE` and gcc.
    pub cc: Option<String>,
}

impl Toolchain {
    /// The host's gcc and binutils, for all architectures.
    pub fn native() -> Self {
        Self {
            cross_compile: String::new(),
            cc: None,
        }
    }
}

/// Computes the environment as the table of this module says. Runs the compiler, rustc and the
/// tree's `scripts/pahole-version.sh` for their versions. `tree` must be absolute. Fails if
/// the tree's `Makefile` cannot be read, and for clang, whose flags are not derived here.
pub fn derive(tree: &Path, value: &ArchValue, toolchain: &Toolchain) -> Result<Environment> {
    let makefile = std::fs::read_to_string(tree.join("Makefile"))?;
    let tool = |name: &str| format!("{}{name}", toolchain.cross_compile);
    let cc = toolchain.cc.clone().unwrap_or_else(|| tool("gcc"));
    let cc_version = first_line(&output(
        &format!("LC_ALL=C {cc} --version 2>/dev/null"),
        tree,
    ));
    if cc_version.contains("clang") {
        bail!("the flags of clang are not derived");
    }
    let nm = match value.srcarch.as_str() {
        "alpha" | "ia64" => format!("{} -B", tool("nm")),
        "powerpc" => format!("{} --synthetic", tool("nm")),
        _ => tool("nm"),
    };
    let mut environment: Environment = [
        ("AR", tool("ar")),
        ("ARCH", value.arch.clone()),
        ("BINDGEN", "bindgen".to_owned()),
        ("CC", cc),
        ("CC_VERSION_TEXT", cc_version.replace('#', "")),
        ("KERNELVERSION", kernel_version(&makefile)),
        ("LC_COLLATE", "C".to_owned()),
        ("LC_NUMERIC", "C".to_owned()),
        ("LD", tool("ld")),
        ("NM", nm),
        ("OBJCOPY", tool("objcopy")),
        ("PAHOLE", "pahole".to_owned()),
        ("PYTHON3", "python3".to_owned()),
        ("RUSTC", "rustc".to_owned()),
        ("RUSTC_BOOTSTRAP", "1".to_owned()),
        ("SRCARCH", value.srcarch.clone()),
        ("srctree", tree.display().to_string()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if let Some(subarch) = &value.subarch {
        let header_arch = if matches!(subarch.as_str(), "i386" | "x86_64") {
            "x86"
        } else {
            subarch
        };
        environment.push(("HEADER_ARCH".to_owned(), header_arch.to_owned()));
        environment.push(("SUBARCH".to_owned(), subarch.clone()));
    }
    if makefile.contains("RUSTC_VERSION_TEXT") {
        let version = output("rustc --version 2>/dev/null", tree).replace('#', "");
        environment.push(("RUSTC_VERSION_TEXT".to_owned(), version));
    }
    if makefile.contains("PAHOLE_VERSION") {
        let version = output("./scripts/pahole-version.sh pahole 2>/dev/null", tree);
        environment.push(("PAHOLE_VERSION".to_owned(), version));
    }
    environment.sort();
    Ok(environment)
}

/// Asks kbuild: lets the tree's `Makefile` run `env` where it would run `conf`, in a temporary
/// directory, and keeps the names of [`KBUILD_NAMES`]. Fails if make fails.
pub fn capture(tree: &Path, value: &ArchValue) -> Result<Environment> {
    let names = capture_all(tree, value)?;
    Ok(names
        .into_iter()
        .filter(|(name, _)| KBUILD_NAMES.contains(&name.as_str()))
        .collect())
}

/// The name of the file below `arch/*/configs` that `make defconfig` takes: `KBUILD_DEFCONFIG`, or
/// `defconfig` if the architecture does not set it. Fails if make fails.
pub fn default_defconfig(tree: &Path, value: &ArchValue) -> Result<String> {
    let all = capture_all(tree, value)?;
    let name = all
        .iter()
        .find(|(name, _)| name == "KBUILD_DEFCONFIG")
        .map(|(_, v)| v.as_str());
    Ok(match name {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => "defconfig".to_owned(),
    })
}

/// All variables that a recipe sees in the part of the `Makefile` that serves `*config` targets.
fn capture_all(tree: &Path, value: &ArchValue) -> Result<Environment> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("environment");
    let mut make = Command::new("make");
    make.env_clear();
    for name in INHERITED_NAMES {
        if let Some(value) = std::env::var_os(name) {
            make.env(name, value);
        }
    }
    make.arg("-s").arg("-C").arg(tree);
    make.arg(format!("O={}", directory.path().join("objtree").display()));
    make.arg(format!("ARCH={}", value.arch));
    if let Some(subarch) = &value.subarch {
        make.arg(format!("SUBARCH={subarch}"));
    }
    // The name ends in `config`, so kbuild takes it for one of its configuration targets.
    make.arg(format!(
        "--eval=environment-config: ; @env -0 >{}",
        file.display()
    ));
    make.arg("environment-config");
    let output = make.output().context("cannot run make")?;
    if !output.status.success() {
        bail!(
            "make ARCH={}: {}",
            value.arch,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let text = String::from_utf8_lossy(&std::fs::read(&file)?).into_owned();
    let mut environment: Environment = text
        .split('\0')
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    environment.sort();
    Ok(environment)
}

/// `VERSION.PATCHLEVEL.SUBLEVEL` and `EXTRAVERSION` from the text of the top `Makefile`.
fn kernel_version(makefile: &str) -> String {
    let value = |name: &str| {
        makefile
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))
            .unwrap_or_default()
            .trim()
    };
    let mut version = value("VERSION").to_owned();
    for part in ["PATCHLEVEL", "SUBLEVEL"] {
        if value(part).is_empty() {
            break;
        }
        version.push('.');
        version.push_str(value(part));
    }
    version + value("EXTRAVERSION")
}

/// Returns what a shell command prints, as make's `$(shell)` gives it: newlines are blanks.
fn output(command: &str, directory: &Path) -> String {
    let result = Command::new("sh")
        .arg("-c")
        .arg(command)
        .current_dir(directory)
        .output();
    match result {
        Ok(result) => String::from_utf8_lossy(&result.stdout)
            .trim_end_matches('\n')
            .to_owned(),
        Err(_) => String::new(),
    }
}

/// The text up to the first newline.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
