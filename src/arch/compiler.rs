//! Owns what the compiler defines on its own, tied to Kconfig symbols: macros that the target, its ABI or a Makefile's `-D`
//! decides. Everything here is about ordinary C code of the kernel, not assembler, not the vDSO, not a boot loader.
//!
//! A condition is a conjunction of Kconfig symbols, each with `!` or not; the empty one is always true.

/// Describes what is known of a macro that no file of the tree defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Defined where all of these symbols are on (or, with `!`, off), and nowhere else; the value is not known.
    When(&'static [&'static str]),
    /// Defined everywhere with a value: the first one whose condition holds.
    Value(&'static [(&'static [&'static str], i64)]),
    /// Never defined.
    Never,
    /// The compiler or a Makefile may define it, and nothing that is known here says when.
    Open,
}

/// Defined everywhere.
const ALWAYS: Fact = Fact::When(&[]);
/// Defined on a 64-bit kernel, where the compiler gets `-m64` or an ABI that amounts to it.
const ON_64BIT: Fact = Fact::When(&["64BIT"]);

/// Returns what is known of the macro `name` for `arch/<srcarch>`; `None` where the name is nothing that a compiler defines, so that
/// only files of the tree can define it.
pub fn macro_fact(srcarch: &str, name: &str) -> Option<Fact> {
    of_architecture(srcarch, name)
        .or_else(|| of_every_architecture(name))
        .or_else(|| is_a_compilers(name).then_some(Fact::Open))
}

/// Macros that have the same meaning everywhere.
fn of_every_architecture(name: &str) -> Option<Fact> {
    Some(match name {
        // Makefile, `KBUILD_CPPFLAGS := -D__KERNEL__`.
        "__KERNEL__" => ALWAYS,
        // Makefile, `KBUILD_AFLAGS`; the second one is the assembler driver's of gcc and clang. Linker scripts get both.
        "__ASSEMBLY__" | "__ASSEMBLER__" | "LINKER_SCRIPT" => Fact::Never,
        // scripts/Makefile.lib and the vDSOs' and boot loaders' own Makefiles; sparse (C=1) and genksyms are not the compiler.
        "__VDSO__" | "BUILD_VDSO" | "BUILD_VDSO32" | "BUILD_VDSO32_64" | "BUILD_VDSO64"
        | "__DISABLE_EXPORTS" | "__CHECKER__" | "__GENKSYMS__" | "__DTS__" | "__BINDGEN__"
        | "__UM_HOST__" | "__cplusplus" | "__DECOMPRESSOR" | "__BOOT_COMPRESSED" => Fact::Never,
        // gcc's and clang's manuals; clang sets __GNUC__, too.
        "__GNUC__" | "__STDC__" | "__STDC_VERSION__" | "__GNUC_MINOR__" | "__GNUC_PATCHLEVEL__" => {
            Fact::Open
        }
        // init/Kconfig: `CC_IS_CLANG` is set when the compiler says that it is clang.
        "__clang__" => Fact::When(&["CC_IS_CLANG"]),
        // Makefile, `KBUILD_CFLAGS_MODULE`.
        "MODULE" => Fact::Open,
        // Every 64-bit ABI of Linux is LP64; gcc and clang say so (`_LP64` likewise).
        "__LP64__" | "_LP64" => ON_64BIT,
        // gcc's `cpp` manual, common predefined macros.
        "__SIZEOF_POINTER__" | "__SIZEOF_LONG__" => Fact::Value(&[(&["64BIT"], 8), (&[], 4)]),
        "__SIZEOF_INT__" => Fact::Value(&[(&[], 4)]),
        "__CHAR_BIT__" => Fact::Value(&[(&[], 8)]),
        "__ORDER_LITTLE_ENDIAN__" => Fact::Value(&[(&[], 1234)]),
        "__ORDER_BIG_ENDIAN__" => Fact::Value(&[(&[], 4321)]),
        _ => return None,
    })
}

/// Macros of one architecture's compiler. A macro of another architecture is never defined.
fn of_architecture(srcarch: &str, name: &str) -> Option<Fact> {
    if let Some((owners, fact)) = TARGETS
        .iter()
        .find(|(names, ..)| names.contains(&name))
        .map(|&(_, owners, fact)| (owners, fact))
    {
        let owned = owners.contains(&srcarch);
        return Some(if owned { fact } else { Fact::Never });
    }
    let always_little = [
        "alpha",
        "hexagon",
        "loongarch",
        "nios2",
        "riscv",
        "um",
        "x86",
        "csky",
    ];
    let always_big = ["m68k", "openrisc", "parisc", "s390", "sparc"];
    match name {
        // The endianness that an option selects (`-EB`, `-mlittle-endian`, …) or that the ABI fixes.
        "__BYTE_ORDER__" => Some(if always_little.contains(&srcarch) {
            Fact::Value(&[(&[], 1234)])
        } else if always_big.contains(&srcarch) {
            Fact::Value(&[(&[], 4321)])
        } else {
            Fact::Value(&[(&["CPU_BIG_ENDIAN"], 4321), (&[], 1234)])
        }),
        // arch/um/Makefile, `-D__arch_um__`.
        "__arch_um__" => Some(if srcarch == "um" { ALWAYS } else { Fact::Never }),
        // RISC-V ELF psABI and C API: the width of the integer registers.
        "__riscv_xlen" if srcarch == "riscv" => Some(Fact::Value(&[(&["64BIT"], 64), (&[], 32)])),
        // LoongArch toolchain conventions: the width of the general registers.
        "__loongarch_grlen" if srcarch == "loongarch" => {
            Some(Fact::Value(&[(&["64BIT"], 64), (&[], 32)]))
        }
        // MIPS ABI supplements: `_MIPS_SIM` names the ABI, which arch/mips/Makefile picks by 64BIT.
        "_MIPS_SZLONG" | "_MIPS_SZPTR" if srcarch == "mips" => {
            Some(Fact::Value(&[(&["64BIT"], 64), (&[], 32)]))
        }
        "_ABIO32" if srcarch == "mips" => Some(Fact::Value(&[(&[], 1)])),
        "_ABIN32" if srcarch == "mips" => Some(Fact::Value(&[(&[], 2)])),
        "_ABI64" if srcarch == "mips" => Some(Fact::Value(&[(&[], 3)])),
        "_MIPS_SIM" if srcarch == "mips" => Some(Fact::Value(&[(&["64BIT"], 3), (&[], 1)])),
        _ => None,
    }
}

/// Macros that name a target: the names, the directories below `arch/` whose compiler has them, and when.
const TARGETS: &[(&[&str], &[&str], Fact)] = &[
    (&["__alpha__"], &["alpha"], ALWAYS),
    (&["__arc__"], &["arc"], ALWAYS),
    (&["__arm__"], &["arm"], ALWAYS),
    // arch/arm/Makefile: `-mbig-endian` with CPU_BIG_ENDIAN, else `-mlittle-endian`.
    (&["__ARMEB__"], &["arm"], Fact::When(&["CPU_BIG_ENDIAN"])),
    (&["__ARMEL__"], &["arm"], Fact::When(&["!CPU_BIG_ENDIAN"])),
    (&["__aarch64__"], &["arm64"], ALWAYS),
    (
        &["__AARCH64EB__"],
        &["arm64"],
        Fact::When(&["CPU_BIG_ENDIAN"]),
    ),
    (
        &["__AARCH64EL__"],
        &["arm64"],
        Fact::When(&["!CPU_BIG_ENDIAN"]),
    ),
    (&["__csky__"], &["csky"], ALWAYS),
    (&["__hexagon__"], &["hexagon"], ALWAYS),
    (&["__loongarch__"], &["loongarch"], ALWAYS),
    // arch/loongarch/Makefile: the LP64 ABI with 64BIT.
    (
        &["__loongarch64", "__loongarch_lp64"],
        &["loongarch"],
        ON_64BIT,
    ),
    (&["__mc68000__", "__m68k__"], &["m68k"], ALWAYS),
    (
        &["__microblaze__", "__MICROBLAZE__"],
        &["microblaze"],
        ALWAYS,
    ),
    (&["__mips__", "__mips"], &["mips"], ALWAYS),
    // arch/mips/Makefile: `-mabi=64` with 64BIT, `-mabi=32` without; `-EB` or `-EL`.
    (&["__mips64", "__mips64__"], &["mips"], ON_64BIT),
    (
        &["__MIPSEB__", "_MIPSEB"],
        &["mips"],
        Fact::When(&["CPU_BIG_ENDIAN"]),
    ),
    (
        &["__MIPSEL__", "_MIPSEL"],
        &["mips"],
        Fact::When(&["CPU_LITTLE_ENDIAN"]),
    ),
    (&["__nios2__"], &["nios2"], ALWAYS),
    (&["__or1k__", "__OR1K__"], &["openrisc"], ALWAYS),
    (&["__hppa__"], &["parisc"], ALWAYS),
    // arch/parisc/Makefile takes the hppa64 compiler with 64BIT.
    (&["__hppa64__"], &["parisc"], ON_64BIT),
    (&["__powerpc__", "__PPC__"], &["powerpc"], ALWAYS),
    // arch/powerpc/Makefile: `-m64` with PPC64, else `-m32`.
    (
        &["__powerpc64__", "__PPC64__"],
        &["powerpc"],
        Fact::When(&["PPC64"]),
    ),
    (&["__riscv"], &["riscv"], ALWAYS),
    (&["__s390__"], &["s390"], ALWAYS),
    // arch/s390/Makefile: `-m64` always since 31-bit kernels are gone.
    (&["__s390x__"], &["s390"], ALWAYS),
    (&["__sh__"], &["sh"], ALWAYS),
    (
        &["__LITTLE_ENDIAN__"],
        &["sh", "powerpc"],
        Fact::When(&["CPU_LITTLE_ENDIAN"]),
    ),
    (&["__sparc__"], &["sparc"], ALWAYS),
    // arch/sparc/Makefile: `-m64` with SPARC64, else `-m32`; gcc's sparc target defines both names with `-m64`.
    (
        &["__arch64__", "__sparc_v9__"],
        &["sparc"],
        Fact::When(&["SPARC64"]),
    ),
    // arch/x86/Makefile and arch/x86/Makefile.um: `-m64` with X86_64, else `-m32`.
    (&["__x86_64__"], &["x86", "um"], Fact::When(&["X86_64"])),
    (&["__i386__"], &["x86", "um"], Fact::When(&["!X86_64"])),
    // The x32 ABI is for user space.
    (&["__ILP32__"], &["x86", "um"], Fact::Never),
    (&["__xtensa__", "__XTENSA__"], &["xtensa"], ALWAYS),
    (
        &["__XTENSA_EB__"],
        &["xtensa"],
        Fact::When(&["CPU_BIG_ENDIAN"]),
    ),
    (
        &["__XTENSA_EL__"],
        &["xtensa"],
        Fact::When(&["!CPU_BIG_ENDIAN"]),
    ),
];

/// Beginnings of names that compilers define and that are not told apart here.
const BEGINNINGS: &[&str] = &[
    "__GNUC_",
    "__clang_",
    "__has_",
    "__SIZEOF_",
    "__INT",
    "__UINT",
    "__CHAR",
    "__WCHAR",
    "__SANITIZE_",
    "__OPTIMIZE",
    "__NO_",
    "__GCC_",
    "__STDC",
    "__HAVE_BUILTIN",
    "__ARM_",
    "__arm_",
    "__thumb",
    "__THUMB",
    "__SSE",
    "__AVX",
    "__riscv_",
    "__mips_",
    "_MIPS_",
    "__mcoldfire",
    "__mc680",
    "__mcf",
    "__SH",
    "__sh",
    "__sparc",
    "__s390",
    "__alpha_",
    "__XTENSA_",
    "__xtensa_",
    "__loongarch_",
    "__LOONGARCH",
    "__ARC",
    "__HEXAGON",
    "_CALL_ELF",
    "__CSKY",
    "__csky",
    "__OR1K",
    "__or1k",
    "__microblaze",
    "__nios2",
    "__hppa",
    "__powerpc",
    "__PPC",
    "__aarch64",
    "__i486",
    "__i586",
    "__i686",
    "__k8",
    "__pic",
    "__PIC",
    "__pie",
    "__PIE",
    "__CET",
    "__ELF__",
    "__VERSION__",
    "__COUNTER__",
    "__LINE__",
    "__FILE__",
    "__REGISTER_PREFIX__",
    "__USER_LABEL_PREFIX__",
    "__linux",
    "__unix",
    "__LONG_",
    "__SCHAR",
    "__SHRT",
    "__PTRDIFF",
    "__UCLIBC",
    "__uClinux__",
    "__GLIBC",
    "__FreeBSD",
    "__EMSCRIPTEN",
    "__exit_cleanup",
    // `-D` in the top Makefile and in scripts/Makefile.*.
    "CC_USING_",
    "KBUILD_",
    "CC_HAVE_",
    "TOOLCHAIN_",
    "__KCSAN_",
    "__LINUX_ARM_ARCH__",
    "KASAN_SHADOW_SCALE_SHIFT",
    "VMLINUX_LOAD_ADDRESS",
    "_LINUX_FPU_COMPILATION_UNIT",
    "ARM64_ASM_ARCH",
];

/// Whether the name is one that compilers or Makefiles define. `unix`, `linux` and `i386` are from before names were
/// reserved.
fn is_a_compilers(name: &str) -> bool {
    matches!(name, "linux" | "unix" | "i386" | "mips" | "sparc" | "sun")
        || BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_never_another_one() {
        assert_eq!(macro_fact("arm", "__i386__"), Some(Fact::Never));
        assert_eq!(
            macro_fact("um", "__x86_64__"),
            Some(Fact::When(&["X86_64"]))
        );
        assert_eq!(
            macro_fact("sparc", "__arch64__"),
            Some(Fact::When(&["SPARC64"]))
        );
    }

    #[test]
    fn names_of_the_tree_are_no_compilers() {
        assert_eq!(macro_fact("arm", "arch_flush_lazy_mmu_mode"), None);
        assert_eq!(macro_fact("arm", "__HAVE_ARCH_ENTER_LAZY_MMU_MODE"), None);
        assert_eq!(macro_fact("arm", "__has_attribute"), Some(Fact::Open));
    }
}
