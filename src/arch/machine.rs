//! Owns what building for an architecture takes: the value of `ARCH`, the names of its cross compilers, the packages that
//! distributions have them in, and what `allnoconfig` lacks to be a kernel of a usual machine.
//!
//! Sources: the packages of Debian 12 and 13 and Fedora 42, the archives of kernel.org's crosstool, and `arch/*/Makefile` of
//! 7.2 (`CROSS_COMPILE`, `cc-cross-prefix`).

/// Describes what building for one directory below `arch/` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The directory below `arch/`.
    pub srcarch: &'static str,
    /// `ARCH` for make: the variant that is built where the user does not say more.
    pub arch: &'static str,
    /// Other values of `ARCH` whose kernels the one above cannot give, such as 32-bit ones. Source: `SRCARCH` in the top Makefile
    /// and `64BIT` in `arch/*/Kconfig` of 7.2.
    pub variants: &'static [&'static str],
    /// Holds what `uname -m` says on a machine that needs no cross compiler; empty where none is likely.
    pub native: &'static str,
    /// Holds what `CROSS_COMPILE` may be, the names of Debian and Fedora first, then those of other distributions, of Arm and of
    /// kernel.org.
    pub prefixes: &'static [&'static str],
    /// The package of Debian; empty where it has none.
    pub debian: &'static str,
    /// The package of Fedora; empty where it has none.
    pub fedora: &'static str,
    /// Whether `scripts/Makefile.clang` knows the target.
    pub clang: bool,
    /// Whether the assembler may be the one that is part of clang; else it has to be GNU's (`LLVM_IAS=0`).
    pub integrated_assembler: bool,
    /// Lines for a fragment on top of `allnoconfig`: a 64-bit machine with an MMU where there is a choice.
    pub lines: &'static [&'static str],
    /// Directories whose objects a makefile of their own builds, with flags of their own: naming such an object to the top
    /// Makefile compiles it with the kernel's flags, which proves nothing.
    pub apart: &'static [&'static str],
}

impl Machine {
    /// Whether a makefile of its own builds a file, by the file's path ([`Machine::apart`]).
    pub fn is_apart(&self, path: &str) -> bool {
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        self.apart.contains(&directory)
    }
}

/// Holds what holds where nothing else is said.
const PLAIN: Machine = Machine {
    srcarch: "",
    arch: "",
    variants: &[],
    native: "",
    prefixes: &[],
    debian: "",
    fedora: "",
    clang: false,
    integrated_assembler: true,
    lines: &[],
    apart: &[],
};

const MACHINES: &[Machine] = &[
    Machine {
        srcarch: "alpha",
        arch: "alpha",
        prefixes: &[
            "alpha-linux-gnu-",
            "alpha-unknown-linux-gnu-",
            "alpha-linux-",
        ],
        debian: "gcc-alpha-linux-gnu",
        fedora: "gcc-alpha-linux-gnu",
        ..PLAIN
    },
    Machine {
        srcarch: "arc",
        arch: "arc",
        prefixes: &["arc-linux-gnu-", "arc-linux-"],
        debian: "gcc-arc-linux-gnu",
        fedora: "gcc-arc-linux-gnu",
        ..PLAIN
    },
    Machine {
        srcarch: "arm",
        arch: "arm",
        native: "armv7l",
        prefixes: &[
            "arm-linux-gnueabihf-",
            "arm-linux-gnueabi-",
            "arm-linux-gnu-",
            "arm-none-linux-gnueabihf-",
            "arm-none-eabi-",
        ],
        debian: "gcc-arm-linux-gnueabihf",
        fedora: "gcc-arm-linux-gnu",
        clang: true,
        lines: &["CONFIG_MMU=y"],
        ..PLAIN
    },
    Machine {
        srcarch: "arm64",
        arch: "arm64",
        native: "aarch64",
        prefixes: &[
            "aarch64-linux-gnu-",
            "aarch64-unknown-linux-gnu-",
            "aarch64-none-linux-gnu-",
            "aarch64-suse-linux-",
            "aarch64-linux-",
        ],
        debian: "gcc-aarch64-linux-gnu",
        fedora: "gcc-aarch64-linux-gnu",
        clang: true,
        ..PLAIN
    },
    Machine {
        srcarch: "csky",
        arch: "csky",
        prefixes: &["csky-linux-gnuabiv2-", "csky-linux-"],
        ..PLAIN
    },
    Machine {
        srcarch: "hexagon",
        arch: "hexagon",
        clang: true,
        ..PLAIN
    },
    Machine {
        srcarch: "loongarch",
        arch: "loongarch",
        native: "loongarch64",
        prefixes: &[
            "loongarch64-linux-gnu-",
            "loongarch64-unknown-linux-gnu-",
            "loongarch64-linux-",
        ],
        // Since Debian 13.
        debian: "gcc-loongarch64-linux-gnu",
        fedora: "gcc-loongarch64-linux-gnu",
        clang: true,
        ..PLAIN
    },
    Machine {
        srcarch: "m68k",
        arch: "m68k",
        prefixes: &["m68k-linux-gnu-", "m68k-unknown-linux-gnu-", "m68k-linux-"],
        debian: "gcc-m68k-linux-gnu",
        fedora: "gcc-m68k-linux-gnu",
        lines: &["CONFIG_MMU=y"],
        ..PLAIN
    },
    Machine {
        srcarch: "microblaze",
        arch: "microblaze",
        prefixes: &["microblaze-linux-gnu-", "microblaze-linux-"],
        fedora: "gcc-microblaze-linux-gnu",
        ..PLAIN
    },
    Machine {
        srcarch: "mips",
        arch: "mips",
        prefixes: &[
            "mips64-linux-gnuabi64-",
            "mips64-linux-gnu-",
            "mips64el-linux-gnuabi64-",
            "mips64-unknown-linux-gnu-",
            "mips64-linux-",
        ],
        debian: "gcc-mips64-linux-gnuabi64",
        fedora: "gcc-mips64-linux-gnu",
        clang: true,
        ..PLAIN
    },
    Machine {
        srcarch: "nios2",
        arch: "nios2",
        prefixes: &["nios2-linux-gnu-", "nios2-linux-"],
        fedora: "gcc-nios2-linux-gnu",
        ..PLAIN
    },
    Machine {
        srcarch: "openrisc",
        arch: "openrisc",
        prefixes: &["openrisc-linux-gnu-", "or1k-linux-gnu-", "or1k-linux-"],
        fedora: "gcc-openrisc-linux-gnu",
        ..PLAIN
    },
    Machine {
        srcarch: "parisc",
        arch: "parisc",
        variants: &["parisc64"],
        prefixes: &["hppa-linux-gnu-", "hppa1.1-linux-gnu-", "hppa-linux-"],
        debian: "gcc-hppa-linux-gnu",
        fedora: "gcc-hppa-linux-gnu",
        ..PLAIN
    },
    Machine {
        srcarch: "powerpc",
        arch: "powerpc",
        native: "ppc64le",
        prefixes: &[
            "powerpc64le-linux-gnu-",
            "ppc64le-linux-gnu-",
            "powerpc64le-unknown-linux-gnu-",
            "powerpc64le-suse-linux-",
            "powerpc64-linux-gnu-",
            "powerpc64-linux-",
        ],
        debian: "gcc-powerpc64le-linux-gnu",
        fedora: "gcc-powerpc64le-linux-gnu",
        clang: true,
        // Without the choice allnoconfig is a 32-bit kernel. Little endian is what distributions have; the compilers of all
        // the names above can both.
        lines: &[
            "CONFIG_PPC64=y",
            "CONFIG_PPC_BOOK3S_64=y",
            "CONFIG_CPU_LITTLE_ENDIAN=y",
        ],
        ..PLAIN
    },
    Machine {
        srcarch: "riscv",
        arch: "riscv",
        native: "riscv64",
        prefixes: &[
            "riscv64-linux-gnu-",
            "riscv64-unknown-linux-gnu-",
            "riscv64-suse-linux-",
            "riscv64-linux-",
        ],
        debian: "gcc-riscv64-linux-gnu",
        fedora: "gcc-riscv64-linux-gnu",
        clang: true,
        lines: &["CONFIG_MMU=y"],
        ..PLAIN
    },
    Machine {
        srcarch: "s390",
        arch: "s390",
        native: "s390x",
        prefixes: &[
            "s390x-linux-gnu-",
            "s390x-ibm-linux-gnu-",
            "s390x-suse-linux-",
            "s390-linux-",
        ],
        debian: "gcc-s390x-linux-gnu",
        fedora: "gcc-s390x-linux-gnu",
        clang: true,
        ..PLAIN
    },
    Machine {
        srcarch: "sh",
        arch: "sh",
        prefixes: &["sh4-linux-gnu-", "sh-linux-gnu-", "sh4-linux-"],
        debian: "gcc-sh4-linux-gnu",
        fedora: "gcc-sh-linux-gnu",
        lines: &["CONFIG_MMU=y", "CONFIG_CPU_SUBTYPE_SH7751R=y"],
        ..PLAIN
    },
    Machine {
        srcarch: "sparc",
        arch: "sparc64",
        variants: &["sparc32"],
        native: "sparc64",
        prefixes: &[
            "sparc64-linux-gnu-",
            "sparc64-unknown-linux-gnu-",
            "sparc64-linux-",
        ],
        debian: "gcc-sparc64-linux-gnu",
        fedora: "gcc-sparc64-linux-gnu",
        clang: true,
        integrated_assembler: false,
        ..PLAIN
    },
    Machine {
        srcarch: "um",
        arch: "um",
        native: "x86_64",
        clang: true,
        ..PLAIN
    },
    Machine {
        srcarch: "x86",
        arch: "x86_64",
        variants: &["i386"],
        native: "x86_64",
        prefixes: &[
            "x86_64-linux-gnu-",
            "x86_64-unknown-linux-gnu-",
            "x86_64-suse-linux-",
            "x86_64-linux-",
        ],
        debian: "gcc-x86-64-linux-gnu",
        fedora: "gcc-x86_64-linux-gnu",
        clang: true,
        apart: &["arch/x86/boot/compressed"],
        ..PLAIN
    },
    Machine {
        srcarch: "xtensa",
        arch: "xtensa",
        prefixes: &["xtensa-linux-gnu-", "xtensa-linux-"],
        fedora: "gcc-xtensa-linux-gnu",
        lines: &["CONFIG_MMU=y"],
        ..PLAIN
    },
];

/// Returns what building for `arch/<srcarch>` takes, or `None` where nothing is known.
pub fn machine(srcarch: &str) -> Option<&'static Machine> {
    MACHINES.iter().find(|machine| machine.srcarch == srcarch)
}

/// A program, a header or a library of the machine that builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostTool {
    /// The program, or the header of a library.
    pub name: &'static str,
    /// Holds what it is for.
    pub purpose: &'static str,
    /// The directories below `arch/` that need it; empty for all.
    pub archs: &'static [&'static str],
    /// Whether a build can do without it.
    pub optional: bool,
    /// Whether only booting a kernel, for its tests, needs it.
    pub boots: bool,
    /// The package of Debian.
    pub debian: &'static str,
    /// The package of Fedora.
    pub fedora: &'static str,
}

/// An emulator, which only booting kernels of one directory below `arch/` needs.
const fn emulator(
    name: &'static str,
    archs: &'static [&'static str],
    debian: &'static str,
    fedora: &'static str,
) -> HostTool {
    HostTool {
        name,
        purpose: "boots kernels for --kunit",
        archs,
        optional: true,
        boots: true,
        debian,
        fedora,
    }
}

/// The program of that name, if building or booting may need it.
pub fn host_tool(name: &str) -> Option<&'static HostTool> {
    HOST_TOOLS.iter().find(|tool| tool.name == name)
}

impl HostTool {
    /// Whether it is a header.
    pub fn is_header(&self) -> bool {
        self.name.ends_with(".h")
    }
}

/// Holds what the kernel's makefiles run or compile against. Source: `Documentation/process/changes.rst` of 7.2, of which only what
/// the stages before linking need is listed.
pub const HOST_TOOLS: &[HostTool] = &[
    HostTool {
        name: "make",
        purpose: "runs kbuild",
        archs: &[],
        optional: false,
        boots: false,
        debian: "make",
        fedora: "make",
    },
    HostTool {
        name: "gcc",
        purpose: "compiles the tools of the tree (HOSTCC)",
        archs: &[],
        optional: false,
        boots: false,
        debian: "gcc",
        fedora: "gcc",
    },
    HostTool {
        name: "stdio.h",
        purpose: "headers of the C library for HOSTCC",
        archs: &[],
        optional: false,
        boots: false,
        debian: "libc6-dev",
        fedora: "glibc-devel",
    },
    HostTool {
        name: "flex",
        purpose: "Kconfig's and dtc's lexers",
        archs: &[],
        optional: false,
        boots: false,
        debian: "flex",
        fedora: "flex",
    },
    HostTool {
        name: "bison",
        purpose: "Kconfig's and dtc's parsers",
        archs: &[],
        optional: false,
        boots: false,
        debian: "bison",
        fedora: "bison",
    },
    HostTool {
        name: "bc",
        purpose: "include/generated/timeconst.h",
        archs: &[],
        optional: false,
        boots: false,
        debian: "bc",
        fedora: "bc",
    },
    HostTool {
        name: "python3",
        purpose: "generated headers",
        archs: &[],
        optional: false,
        boots: false,
        debian: "python3",
        fedora: "python3",
    },
    HostTool {
        name: "gelf.h",
        purpose: "objtool",
        archs: &["loongarch", "x86"],
        optional: false,
        boots: false,
        debian: "libelf-dev",
        fedora: "elfutils-libelf-devel",
    },
    HostTool {
        name: "ccache",
        purpose: "makes a second run two to three times as fast",
        archs: &[],
        optional: true,
        boots: false,
        debian: "ccache",
        fedora: "ccache",
    },
    emulator(
        "qemu-system-aarch64",
        &["arm64"],
        "qemu-system-arm",
        "qemu-system-aarch64",
    ),
    emulator(
        "qemu-system-ppc64",
        &["powerpc"],
        "qemu-system-ppc",
        "qemu-system-ppc",
    ),
    emulator(
        "qemu-system-sparc64",
        &["sparc"],
        "qemu-system-sparc",
        "qemu-system-sparc",
    ),
    emulator(
        "qemu-system-x86_64",
        &["x86"],
        "qemu-system-x86",
        "qemu-system-x86",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_sorted_and_their_arch_leads_to_them() {
        for pair in MACHINES.windows(2) {
            assert!(pair[0].srcarch < pair[1].srcarch, "{}", pair[1].srcarch);
        }
        for machine in MACHINES {
            assert_eq!(crate::arch::srcarch_of(machine.arch), machine.srcarch);
            assert!(machine.prefixes.iter().all(|prefix| prefix.ends_with('-')));
        }
    }
}
