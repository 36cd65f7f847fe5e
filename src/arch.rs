//! Owns the facts about architectures that no file of the tree states in a form that a program can read.
//!
//! Everyone uses this module and it uses nobody. Which architectures a tree has is not a fact of this module: it is read
//! from the tree (`arch/*/Kconfig`). An architecture that is not named here gets the defaults.

pub mod compiler;
pub mod emulator;
pub mod include;
pub mod machine;

/// Describes what `make ARCH=…` may be for one directory below `arch/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// `SRCARCH`: the directory below `arch/`.
    pub srcarch: &'static str,
    /// The values of `ARCH` that the top Makefile maps to this directory, the directory's own name first.
    pub arch: &'static [&'static str],
    /// `HEADER_ARCH`: the directory whose headers and Kconfig this one borrows (`arch/um/Makefile`), else itself.
    pub header_arch: &'static str,
}

/// The architectures of which more is known than their name. Source: the top Makefile of 7.2, section on `SRCARCH`.
const FACTS: &[Facts] = &[
    Facts {
        srcarch: "parisc",
        arch: &["parisc", "parisc64"],
        header_arch: "parisc",
    },
    Facts {
        srcarch: "sh",
        arch: &["sh", "sh64"],
        header_arch: "sh",
    },
    Facts {
        srcarch: "sparc",
        arch: &["sparc", "sparc64"],
        header_arch: "sparc",
    },
    Facts {
        srcarch: "um",
        arch: &["um"],
        header_arch: "x86",
    },
    Facts {
        srcarch: "x86",
        arch: &["x86", "i386", "x86_64"],
        header_arch: "x86",
    },
];

/// Returns what is known about the architecture in `arch/<srcarch>`, or `None` where its name says it all.
pub fn facts(srcarch: &str) -> Option<&'static Facts> {
    FACTS.iter().find(|facts| facts.srcarch == srcarch)
}

/// The directory below `arch/` for a value of `ARCH`, as the top Makefile maps it (`SRCARCH`).
pub fn srcarch_of(arch: &str) -> &str {
    FACTS
        .iter()
        .find(|facts| facts.arch.contains(&arch))
        .map_or(arch, |facts| facts.srcarch)
}

/// Names of architectures that compilers, distributions and `uname -m` use, each with the value of `ARCH` for it. Sources: the
/// architectures of Debian and Fedora, the triples of GCC and LLVM.
const ALIASES: &[(&str, &str)] = &[
    ("68k", "m68k"),
    ("aarch64", "arm64"),
    ("aarch64_be", "arm64"),
    ("amd64", "x86_64"),
    ("arm32", "arm"),
    ("armel", "arm"),
    ("armhf", "arm"),
    ("armv5", "arm"),
    ("armv6", "arm"),
    ("armv7", "arm"),
    ("armv7l", "arm"),
    ("hppa", "parisc"),
    ("hppa64", "parisc64"),
    ("i486", "i386"),
    ("i586", "i386"),
    ("i686", "i386"),
    ("ia32", "i386"),
    ("loong64", "loongarch"),
    ("loongarch64", "loongarch"),
    ("microblazeel", "microblaze"),
    ("mips64", "mips"),
    ("mips64el", "mips"),
    ("mipsel", "mips"),
    ("or1k", "openrisc"),
    ("powerpc64", "powerpc"),
    ("powerpc64le", "powerpc"),
    ("ppc", "powerpc"),
    ("ppc64", "powerpc"),
    ("ppc64el", "powerpc"),
    ("ppc64le", "powerpc"),
    ("riscv32", "riscv"),
    ("riscv64", "riscv"),
    ("s390x", "s390"),
    ("sh4", "sh"),
    ("superh", "sh"),
    ("uml", "um"),
    ("x64", "x86_64"),
    ("x86-64", "x86_64"),
];

/// The value of `ARCH` for a name that compilers or distributions use, such as `x86_64` for `amd64`. A name that is not such an
/// alias is returned unchanged.
pub fn arch_of_alias(name: &str) -> &str {
    let found = ALIASES.iter().find(|(alias, _)| *alias == name);
    found.map_or(name, |(_, arch)| arch)
}

/// The directories below `arch/` that releases since 3.0 had and 7.2 does not. Source: `git log --diff-filter=D -- 'arch/*/Kconfig'`.
const DROPPED: &[&str] = &[
    "avr32",
    "blackfin",
    "c6x",
    "cris",
    "frv",
    "h8300",
    "ia64",
    "m32r",
    "metag",
    "mn10300",
    "nds32",
    "score",
    "tile",
    "unicore32",
];

/// Whether a release since 3.0, up to 7.2, has `arch/<srcarch>`.
pub fn is_known(srcarch: &str) -> bool {
    DROPPED.contains(&srcarch) || machine::machine(srcarch).is_some()
}

/// `HEADER_ARCH` for a directory below `arch/`.
pub fn header_arch(srcarch: &str) -> &str {
    facts(srcarch).map_or(srcarch, |facts| facts.header_arch)
}

/// The directory below `arch/` in which the file at `path`, relative to the tree's root, stands.
pub fn of_file(path: &str) -> Option<&str> {
    let (srcarch, _) = path.strip_prefix("arch/")?.split_once('/')?;
    Some(srcarch)
}

/// Whether the file at `path`, relative to the tree's root, belongs to the architecture: it lies below its directory, or in the
/// part of another that is made for it.
pub fn is_own_file(srcarch: &str, path: &str) -> bool {
    let Some(path) = path.strip_prefix("arch/") else {
        return false;
    };
    let is_in = |directory: &str| {
        path.strip_prefix(directory)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let borrowed = header_arch(srcarch);
    is_in(srcarch) || (borrowed != srcarch && is_in(&format!("{borrowed}/{srcarch}")))
}

/// The values of `ARCH` that lead to `arch/<srcarch>`, the directory's own name first.
pub fn values_of_arch(srcarch: &str) -> Vec<&str> {
    facts(srcarch).map_or_else(|| vec![srcarch], |facts| facts.arch.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arch_maps_to_its_directory() {
        assert_eq!(srcarch_of("i386"), "x86");
        assert_eq!(srcarch_of("sparc64"), "sparc");
        assert_eq!(srcarch_of("riscv"), "riscv");
        assert_eq!(header_arch("um"), "x86");
        assert_eq!(header_arch("arm64"), "arm64");
    }

    #[test]
    fn an_architecture_of_an_older_release_is_known() {
        for known in ["arm64", "ia64", "um"] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["amr64", "aarch64", "x86_64", ""] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }

    #[test]
    fn an_alias_leads_to_a_value_of_arch() {
        assert_eq!(arch_of_alias("amd64"), "x86_64");
        assert_eq!(arch_of_alias("aarch64"), "arm64");
        assert_eq!(arch_of_alias("x86"), "x86");
        assert!(ALIASES.is_sorted());
        for (alias, arch) in ALIASES {
            assert_ne!(srcarch_of(arch), *alias);
            assert_eq!(arch_of_alias(arch), *arch, "{alias}");
        }
    }
}
