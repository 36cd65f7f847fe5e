//! Configured build trees, and what the real preprocessor leaves of a header in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

/// A configuration to compare with.
pub struct Configuration {
    /// The test's name.
    pub name: &'static str,
    /// `ARCH` for make.
    arch: &'static str,
    /// The directory below `arch/`.
    pub srcarch: &'static str,
    /// `CROSS_COMPILE` for make; the compiler of the machine itself if empty.
    prefix: &'static str,
    /// Holds what is set on top of `allnoconfig`.
    fragment: &'static [&'static str],
    /// Symbols that the configuration must have turned on, so that the test is about what its name says.
    pub on: &'static [&'static str],
}

/// Configurations with and without the hooks, for the architectures that have them and one that has not.
pub const CONFIGURATIONS: &[Configuration] = &[
    Configuration {
        name: "preprocessor_arm64",
        arch: "arm64",
        srcarch: "arm64",
        prefix: "aarch64-linux-gnu-",
        fragment: &[],
        on: &["ARM64"],
    },
    Configuration {
        name: "preprocessor_arm64_large",
        arch: "arm64",
        srcarch: "arm64",
        prefix: "aarch64-linux-gnu-",
        fragment: &[
            "CONFIG_TRANSPARENT_HUGEPAGE=y",
            "CONFIG_HUGETLBFS=y",
            "CONFIG_ARM64_64K_PAGES=y",
            "CONFIG_ARM64_MTE=y",
            "CONFIG_MODULES=y",
            "CONFIG_MEM_SOFT_DIRTY=y",
            "CONFIG_EFI=y",
        ],
        on: &["TRANSPARENT_HUGEPAGE", "ARM64_64K_PAGES"],
    },
    Configuration {
        name: "preprocessor_x86_64",
        arch: "x86_64",
        srcarch: "x86",
        prefix: "",
        fragment: &["CONFIG_64BIT=y"],
        on: &["X86_64"],
    },
    Configuration {
        name: "preprocessor_x86_64_xen",
        arch: "x86_64",
        srcarch: "x86",
        prefix: "",
        fragment: &[
            "CONFIG_64BIT=y",
            "CONFIG_SMP=y",
            "CONFIG_HYPERVISOR_GUEST=y",
            "CONFIG_PARAVIRT=y",
            "CONFIG_XEN=y",
            "CONFIG_XEN_PV=y",
            "CONFIG_TRANSPARENT_HUGEPAGE=y",
        ],
        on: &["PARAVIRT_XXL", "TRANSPARENT_HUGEPAGE"],
    },
    Configuration {
        name: "preprocessor_i386",
        arch: "i386",
        srcarch: "x86",
        prefix: "",
        fragment: &["CONFIG_HIGHMEM64G=y", "CONFIG_X86_PAE=y", "CONFIG_SMP=y"],
        on: &["X86_32"],
    },
    Configuration {
        name: "preprocessor_sparc64",
        arch: "sparc64",
        srcarch: "sparc",
        prefix: "sparc64-linux-gnu-",
        fragment: &["CONFIG_64BIT=y", "CONFIG_SMP=y"],
        on: &["SPARC64"],
    },
    Configuration {
        name: "preprocessor_sparc32",
        arch: "sparc",
        srcarch: "sparc",
        prefix: "sparc64-linux-gnu-",
        fragment: &["# CONFIG_64BIT is not set"],
        on: &["SPARC32"],
    },
    Configuration {
        name: "preprocessor_powerpc_book3s_64",
        arch: "powerpc",
        srcarch: "powerpc",
        prefix: "powerpc64-linux-gnu-",
        fragment: &["CONFIG_PPC64=y", "CONFIG_PPC_BOOK3S_64=y", "CONFIG_SMP=y"],
        on: &["PPC_BOOK3S_64"],
    },
    Configuration {
        name: "preprocessor_powerpc_book3e_64",
        arch: "powerpc",
        srcarch: "powerpc",
        prefix: "powerpc64-linux-gnu-",
        fragment: &["CONFIG_PPC64=y", "CONFIG_PPC_BOOK3E_64=y"],
        on: &["PPC_BOOK3E_64"],
    },
    Configuration {
        name: "preprocessor_powerpc_32",
        arch: "powerpc",
        srcarch: "powerpc",
        prefix: "powerpc64-linux-gnu-",
        fragment: &["# CONFIG_PPC64 is not set"],
        on: &["PPC32"],
    },
    Configuration {
        name: "preprocessor_riscv",
        arch: "riscv",
        srcarch: "riscv",
        prefix: "riscv64-linux-gnu-",
        fragment: &["CONFIG_MMU=y"],
        on: &["MMU"],
    },
    Configuration {
        name: "preprocessor_mips",
        arch: "mips",
        srcarch: "mips",
        prefix: "mips64-linux-gnuabi64-",
        fragment: &[],
        on: &["MMU"],
    },
];

impl Configuration {
    /// The compiler's name.
    pub fn compiler(&self) -> String {
        format!("{}gcc", self.prefix)
    }

    /// Whether the compiler can be started.
    pub fn has_compiler(&self) -> bool {
        Command::new(self.compiler())
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// Makes the build tree, if it is not there yet, as far as headers need it.
    pub fn objtree(&self, root: &Path) -> Result<PathBuf, Failed> {
        let tree = root.file_name().unwrap_or_default();
        let objtree = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("headers")
            .join(tree)
            .join(self.name);
        if objtree.join("kernel/.bounds.s.cmd").is_file() {
            return Ok(objtree);
        }
        std::fs::create_dir_all(&objtree)?;
        let fragment = objtree.join("fragment.config");
        std::fs::write(&fragment, self.fragment.join("\n") + "\n")?;
        for target in ["allnoconfig", "prepare0"] {
            let output = Command::new("make")
                .arg("-C")
                .arg(root)
                .arg(format!("O={}", objtree.display()))
                .arg(format!("ARCH={}", self.arch))
                .arg(format!("CROSS_COMPILE={}", self.prefix))
                .arg(target)
                .env("KCONFIG_ALLCONFIG", &fragment)
                .stdin(Stdio::null())
                .output()?;
            if !output.status.success() {
                let errors = String::from_utf8_lossy(&output.stderr).into_owned();
                return Err(format!("make {target} failed:\n{errors}").into());
            }
        }
        Ok(objtree)
    }

    /// Returns what the preprocessor makes of a file that includes `header`, with directives that define macros (`-dD`).
    ///
    /// The flags are those that kbuild has compiled kernel/bounds.c with, the one C file that every tree compiles first.
    pub fn preprocess(&self, root: &Path, objtree: &Path, header: &str) -> Result<String, Failed> {
        let recorded = std::fs::read_to_string(objtree.join("kernel/.bounds.s.cmd"))?;
        let command = recorded
            .lines()
            .next()
            .and_then(|line| line.split_once(":= "))
            .ok_or("no command recorded for kernel/bounds.s")?
            .1;
        let (flags, _) = command
            .split_once(" -S -o ")
            .ok_or("the recorded command has no `-S -o`")?;
        std::fs::write(objtree.join("probe.c"), format!("#include <{header}>\n"))?;
        // kbuild runs the recorded line in a shell, too; nothing else knows how it quotes.
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("{flags} -E -dD -o probe.i probe.c"))
            .current_dir(objtree)
            .stdin(Stdio::null())
            .output()?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("the preprocessor failed:\n{errors}").into());
        }
        let bytes = std::fs::read(objtree.join("probe.i"))?;
        Ok(String::from_utf8_lossy(&bytes).replace(&format!("{}/", root.display()), ""))
    }
}
