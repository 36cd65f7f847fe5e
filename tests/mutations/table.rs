//! The mutations: mistakes made on purpose in the real tree, each with the one finding that it has to cause.

use crate::edit::Edit::{self, *};

/// A mistake.
pub struct Mutation {
    /// The lint that finds it.
    pub lint: &'static str,
    /// The name of the test.
    pub name: &'static str,
    /// Holds what is wrong, in a sentence.
    pub about: &'static str,
    /// Holds what is changed.
    pub edits: &'static [Edit],
    /// The place that the finding names: the file, and the line after the change.
    pub at: (&'static str, &'static str),
    /// The architectures that the finding names; none where it is about the whole tree.
    pub archs: &'static [&'static str],
    /// Parts of what the finding says, such as lines of the configuration that shows the mistake.
    pub says: &'static [&'static str],
}

const ARM64: &str = "arch/arm64/include/asm/pgtable.h";
const POWERPC: &str = "arch/powerpc/include/asm/book3s/64/tlbflush-hash.h";
const SPARC: &str = "arch/sparc/include/asm/tlbflush_64.h";
const X86: &str = "arch/x86/include/asm/paravirt.h";
const ENTRY: &str = "include/linux/pgtable.h";
const CPUTYPE: &str = "arch/powerpc/platforms/Kconfig.cputype";
const SELECT: &str = "select ARCH_HAS_LAZY_MMU_MODE";
const SELECT_LINE: &str = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
const ENTER: &str = "static inline void arch_enter_lazy_mmu_mode(void)";
const FLUSH: &str = "static inline void arch_flush_lazy_mmu_mode(void)";
const LEAVE: &str = "static inline void arch_leave_lazy_mmu_mode(void)";
const EMPTY_ENTER: &str = "static inline void arch_enter_lazy_mmu_mode(void) {}";
const CALL: &str = "lazy_mmu_mode_enable();";

/// arm64 always has the feature, so that it needs no fallback.
const EVERY_BUT_ARM64: &[&str] = &[
    "alpha",
    "arc",
    "arm",
    "csky",
    "hexagon",
    "loongarch",
    "m68k",
    "microblaze",
    "mips",
    "nios2",
    "openrisc",
    "parisc",
    "powerpc",
    "riscv",
    "s390",
    "sh",
    "sparc",
    "um",
    "x86",
    "xtensa",
];

/// On loongarch each file that includes `<linux/types.h>` happens to get at the entry header.
const EVERY_BUT_LOONGARCH: &[&str] = &[
    "alpha",
    "arc",
    "arm",
    "arm64",
    "csky",
    "hexagon",
    "m68k",
    "microblaze",
    "mips",
    "nios2",
    "openrisc",
    "parisc",
    "powerpc",
    "riscv",
    "s390",
    "sh",
    "sparc",
    "um",
    "x86",
    "xtensa",
];

/// Those that are outside of what is searched by default: they are found with `--feature all`.
pub const ANYWHERE: &[&str] = &[
    "driver_calls_the_hook",
    "header_calls_the_hook",
    "driver_without_the_header",
    "driver_tests_without_prefix",
];

/// Every mutation, by lint.
pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        lint: "undeclared-symbol",
        name: "symbol_renamed_at_its_declaration",
        about: "The declaration in `mm/Kconfig` is renamed; all four architectures select a symbol that is no longer declared.",
        edits: &[Replace(
            "mm/Kconfig",
            "config ARCH_HAS_LAZY_MMU_MODE",
            "config ARCH_WANTS_LAZY_MMU_MODE\n",
        )],
        at: ("arch/arm64/Kconfig", SELECT),
        archs: &["arm64", "powerpc", "sparc", "x86"],
        says: &["arch/x86/Kconfig"],
    },
    Mutation {
        lint: "undeclared-symbol",
        name: "symbol_declared_on_x86_only",
        about: "The declaration moves to x86's Kconfig, so the other architectures do not have it.",
        edits: &[
            Drop("mm/Kconfig", "config ARCH_HAS_LAZY_MMU_MODE"),
            Before(
                "arch/x86/Kconfig",
                "config PARAVIRT_XXL",
                "config ARCH_HAS_LAZY_MMU_MODE\n\tbool\n\n",
            ),
        ],
        at: ("arch/arm64/Kconfig", SELECT),
        archs: &["arm64", "powerpc", "sparc"],
        says: &[CPUTYPE],
    },
    Mutation {
        lint: "conflicting-types",
        name: "declared_again_as_tristate",
        about: "A second entry, after the first one, gives the symbol another type.",
        edits: &[Append(
            "mm/Kconfig",
            "\n# again\nconfig ARCH_HAS_LAZY_MMU_MODE\n\ttristate\n",
        )],
        at: ("mm/Kconfig", "# again > tristate"),
        archs: &[],
        says: &["declared as bool and as tristate"],
    },
    Mutation {
        lint: "conflicting-types",
        name: "declared_by_sparc_as_tristate",
        about: "sparc adds an entry of its own; it is read first, so the finding is at the entry in `mm/Kconfig`.",
        edits: &[Before(
            "arch/sparc/Kconfig",
            "config ARCH_PROC_KCORE_TEXT",
            "config ARCH_HAS_LAZY_MMU_MODE\n\ttristate\n\n",
        )],
        at: ("mm/Kconfig", "config ARCH_HAS_LAZY_MMU_MODE > bool"),
        archs: &["sparc"],
        says: &["arch/sparc/Kconfig"],
    },
    Mutation {
        lint: "select-undeclared",
        name: "x86_selects_two_letters_swapped",
        about: "x86 selects a name with two letters swapped.",
        edits: &[Replace(
            "arch/x86/Kconfig",
            SELECT,
            "\tselect ARCH_HAS_LAZY_MUM_MODE\n",
        )],
        at: ("arch/x86/Kconfig", "select ARCH_HAS_LAZY_MUM_MODE"),
        archs: &["x86"],
        says: &["ARCH_HAS_LAZY_MMU_MODE", "mm/Kconfig"],
    },
    Mutation {
        lint: "select-undeclared",
        name: "powerpc_selects_without_underscore",
        about: "powerpc selects a name that lacks an underscore.",
        edits: &[Replace(CPUTYPE, SELECT, "\tselect ARCH_HAS_LAZYMMU_MODE\n")],
        at: (CPUTYPE, "select ARCH_HAS_LAZYMMU_MODE"),
        archs: &["powerpc"],
        says: &["mm/Kconfig"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "riscv_selects",
        about: "riscv selects the symbol and has no hooks.",
        edits: &[Before(
            "arch/riscv/Kconfig",
            "select ARCH_HAS_BINFMT_FLAT",
            SELECT_LINE,
        )],
        at: ("arch/riscv/Kconfig", SELECT),
        archs: &["riscv"],
        says: &["`arch_flush_lazy_mmu_mode`"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "s390_selects_with_kasan",
        about: "s390 selects the symbol under a condition and has no hooks.",
        edits: &[Before(
            "arch/s390/Kconfig",
            "select ARCH_HAS_DEBUG_WX",
            "\tselect ARCH_HAS_LAZY_MMU_MODE if KASAN\n",
        )],
        at: (
            "arch/s390/Kconfig",
            "select ARCH_HAS_LAZY_MMU_MODE if KASAN",
        ),
        archs: &["s390"],
        says: &[],
    },
    Mutation {
        lint: "select-without-hook",
        name: "sparc_selects_on_32_bit_too",
        about: "The select moves to the entry that 32-bit and 64-bit sparc share; the 32-bit headers have no hooks.",
        edits: &[
            Drop("arch/sparc/Kconfig", SELECT),
            Before(
                "arch/sparc/Kconfig",
                "select ARCH_HAS_CPU_CACHE_ALIASING",
                SELECT_LINE,
            ),
        ],
        at: ("arch/sparc/Kconfig", SELECT),
        archs: &["sparc"],
        says: &["`ARCH=sparc`"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "sparc_selects_on_32_bit_instead",
        about: "The select moves from 64-bit sparc to 32-bit sparc, whose headers have no hooks.",
        edits: &[
            Drop("arch/sparc/Kconfig", SELECT),
            Before(
                "arch/sparc/Kconfig",
                "select ARCH_HAS_CPU_FINALIZE_INIT if !SMP",
                SELECT_LINE,
            ),
        ],
        at: ("arch/sparc/Kconfig", SELECT),
        archs: &["sparc"],
        says: &["`ARCH=sparc`"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "powerpc_selects_with_64_bit",
        about: "The select moves from 64-bit Book3S to all 64-bit processors; Book3E has no hooks.",
        edits: &[
            Drop(CPUTYPE, SELECT),
            Before(CPUTYPE, "select ZLIB_DEFLATE", SELECT_LINE),
        ],
        at: (CPUTYPE, SELECT),
        archs: &["powerpc"],
        says: &["CONFIG_PPC_BOOK3E_64=y"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "powerpc_hooks_with_hash_only",
        about: "powerpc's hooks are guarded by the option for hashed page tables; a radix-only kernel has no hooks.",
        edits: &[Around(
            POWERPC,
            (ENTER, "extern void hash__tlbiel_all(unsigned int action);"),
            "#ifdef CONFIG_PPC_64S_HASH_MMU\n",
            "#endif\n\n",
        )],
        at: (CPUTYPE, SELECT),
        archs: &["powerpc"],
        says: &["# CONFIG_PPC_64S_HASH_MMU is not set"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "arm64_hooks_with_huge_pages",
        about: "arm64's hooks move under the `#ifdef` for huge pages that guards the code below them.",
        edits: &[Around(
            ARM64,
            (EMPTY_ENTER, "#ifdef CONFIG_TRANSPARENT_HUGEPAGE"),
            "#ifdef CONFIG_TRANSPARENT_HUGEPAGE\n",
            "#endif\n\n",
        )],
        at: ("arch/arm64/Kconfig", SELECT),
        archs: &["arm64"],
        says: &["fails with the default configuration"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "powerpc_header_no_longer_included",
        about: "The header with powerpc's hooks is no longer included.",
        edits: &[Drop(
            "arch/powerpc/include/asm/book3s/64/tlbflush.h",
            "#include <asm/book3s/64/tlbflush-hash.h>",
        )],
        at: (CPUTYPE, SELECT),
        archs: &["powerpc"],
        says: &[],
    },
    Mutation {
        lint: "select-without-hook",
        name: "um_selects",
        about: "User Mode Linux selects the symbol; the hooks in x86's headers need a symbol that it does not have.",
        edits: &[Before(
            "arch/um/Kconfig",
            "select ARCH_HAS_CPU_FINALIZE_INIT",
            SELECT_LINE,
        )],
        at: ("arch/um/Kconfig", SELECT),
        archs: &["um"],
        says: &[],
    },
    Mutation {
        lint: "select-without-hook",
        name: "arm64_hooks_removed",
        about: "arm64's three hooks are removed.",
        edits: &[Cut(
            ARM64,
            (EMPTY_ENTER, "#ifdef CONFIG_TRANSPARENT_HUGEPAGE"),
        )],
        at: ("arch/arm64/Kconfig", SELECT),
        archs: &["arm64"],
        says: &[],
    },
    Mutation {
        lint: "incomplete-hooks",
        name: "arm64_lacks_flush",
        about: "arm64's flush hook is removed.",
        edits: &[Cut(ARM64, (FLUSH, LEAVE))],
        at: (ARM64, EMPTY_ENTER),
        archs: &["arm64"],
        says: &["`arch_flush_lazy_mmu_mode`"],
    },
    Mutation {
        lint: "incomplete-hooks",
        name: "sparc_declares_two",
        about: "sparc's header no longer declares the leave hook.",
        edits: &[Drop(SPARC, "void arch_leave_lazy_mmu_mode(void);")],
        at: (SPARC, "void arch_enter_lazy_mmu_mode(void);"),
        archs: &["sparc"],
        says: &["`ARCH=sparc64`"],
    },
    Mutation {
        lint: "incomplete-hooks",
        name: "powerpc_flush_with_hash_only",
        about: "powerpc's flush hook is guarded by the condition of the object that it calls; a radix-only kernel lacks the hook.",
        edits: &[Around(
            POWERPC,
            (FLUSH, LEAVE),
            "#ifdef CONFIG_PPC_64S_HASH_MMU\n",
            "#endif\n\n",
        )],
        at: (POWERPC, ENTER),
        archs: &["powerpc"],
        says: &["fails with", "PPC_64S_HASH_MMU"],
    },
    Mutation {
        lint: "incomplete-hooks",
        name: "arm64_flush_misspelt",
        about: "The name of arm64's flush hook is misspelt.",
        edits: &[Word(
            ARM64,
            "arch_flush_lazy_mmu_mode",
            "arch_flush_lazy_mum_mode",
        )],
        at: (ARM64, EMPTY_ENTER),
        archs: &["arm64"],
        says: &[],
    },
    Mutation {
        lint: "incomplete-hooks",
        name: "x86_enter_with_smp",
        about: "x86's enter hook is guarded by `XEN_PV_SMP`, which the select does not require.",
        edits: &[Around(
            X86,
            (ENTER, FLUSH),
            "#ifdef CONFIG_XEN_PV_SMP\n",
            "#endif\n\n",
        )],
        at: (X86, FLUSH),
        archs: &["x86"],
        says: &["CONFIG_XEN=y"],
    },
    Mutation {
        lint: "incomplete-hooks",
        name: "x86_selects_always",
        about: "The select moves from `PARAVIRT_XXL` to all of x86, where only the flush hook has a stub.",
        edits: &[
            Drop("arch/x86/Kconfig", SELECT),
            Before(
                "arch/x86/Kconfig",
                "select ARCH_HAS_KERNEL_FPU_SUPPORT",
                SELECT_LINE,
            ),
        ],
        at: (X86, FLUSH),
        archs: &["x86"],
        says: &["`arch_enter_lazy_mmu_mode`, `arch_leave_lazy_mmu_mode`"],
    },
    Mutation {
        lint: "hook-guards-differ",
        name: "powerpc_flush_lacks_radix_test",
        about: "powerpc's flush hook loses the test for radix page tables with which its siblings begin.",
        edits: &[Cut(
            POWERPC,
            (
                "struct ppc64_tlb_batch *batch; > if (radix_enabled())",
                "batch = this_cpu_ptr(&ppc64_tlb_batch);",
            ),
        )],
        at: (POWERPC, FLUSH),
        archs: &["powerpc"],
        says: &["`radix_enabled()`"],
    },
    Mutation {
        lint: "hook-guards-differ",
        name: "sparc32_declares_flush",
        about: "The 32-bit header of sparc also declares one of the hooks.",
        edits: &[After(
            "arch/sparc/include/asm/pgtable_32.h",
            "#include <asm-generic/pgtable-nopud.h>",
            "void arch_flush_lazy_mmu_mode(void);\n",
        )],
        at: (
            "arch/sparc/include/asm/pgtable_32.h",
            "void arch_flush_lazy_mmu_mode(void);",
        ),
        archs: &["sparc"],
        says: &["`ARCH=sparc`"],
    },
    Mutation {
        lint: "hook-guards-differ",
        name: "powerpc_book3e_has_enter",
        about: "The header for processors without hashed page tables also defines one of the hooks.",
        edits: &[Before(
            "arch/powerpc/include/asm/nohash/tlbflush.h",
            "struct vm_area_struct;",
            "static inline void arch_enter_lazy_mmu_mode(void) {}\n",
        )],
        at: ("arch/powerpc/include/asm/nohash/tlbflush.h", EMPTY_ENTER),
        archs: &["powerpc"],
        says: &["for example with"],
    },
    Mutation {
        lint: "hook-without-select",
        name: "sparc_select_removed",
        about: "sparc's select is removed, so the hooks are never called.",
        edits: &[Drop("arch/sparc/Kconfig", SELECT)],
        at: (SPARC, "void arch_enter_lazy_mmu_mode(void);"),
        archs: &["sparc"],
        says: &["arch/sparc/Kconfig"],
    },
    Mutation {
        lint: "hook-without-select",
        name: "arm64_selects_another_name",
        about: "arm64 selects a name that shares only its ending with the symbol.",
        edits: &[Replace(
            "arch/arm64/Kconfig",
            SELECT,
            "\tselect HAVE_LAZY_MMU_MODE\n",
        )],
        at: (ARM64, EMPTY_ENTER),
        archs: &["arm64"],
        says: &[],
    },
    Mutation {
        lint: "hook-without-select",
        name: "powerpc_selects_with_hash_only",
        about: "powerpc selects the symbol for hashed page tables only, but always defines the hooks.",
        edits: &[Replace(
            CPUTYPE,
            SELECT,
            "\tselect ARCH_HAS_LAZY_MMU_MODE if PPC_64S_HASH_MMU\n",
        )],
        at: (POWERPC, ENTER),
        archs: &["powerpc"],
        says: &["for example with", "PPC_64S_HASH_MMU"],
    },
    Mutation {
        lint: "hook-without-select",
        name: "arm64_depends_on_a_symbol",
        about: "arm64 selects the symbol only without KASAN, but always defines the hooks.",
        edits: &[Replace(
            "arch/arm64/Kconfig",
            SELECT,
            "\tselect ARCH_HAS_LAZY_MMU_MODE if !KASAN\n",
        )],
        at: (ARM64, EMPTY_ENTER),
        archs: &["arm64"],
        says: &["CONFIG_KASAN=y"],
    },
    Mutation {
        lint: "hook-without-select",
        name: "riscv_has_hooks",
        about: "riscv defines all three hooks without a select.",
        edits: &[After(
            "arch/riscv/include/asm/pgtable.h",
            "#include <asm/cpufeature.h>",
            "static inline void arch_enter_lazy_mmu_mode(void) {}\n\
             static inline void arch_flush_lazy_mmu_mode(void) {}\n\
             static inline void arch_leave_lazy_mmu_mode(void) {}\n",
        )],
        at: ("arch/riscv/include/asm/pgtable.h", EMPTY_ENTER),
        archs: &["riscv"],
        says: &["arch/riscv/Kconfig"],
    },
    Mutation {
        lint: "hook-without-select",
        name: "riscv_has_hooks_without_mmu",
        about: "riscv selects the symbol only with an MMU, but also defines the hooks without one, where they are of no use.",
        edits: &[
            Before(
                "arch/riscv/Kconfig",
                "select ARCH_HAS_BINFMT_FLAT",
                "\tselect ARCH_HAS_LAZY_MMU_MODE if MMU\n",
            ),
            After(
                "arch/riscv/include/asm/pgtable.h",
                "#include <asm/cpufeature.h>",
                "static inline void arch_enter_lazy_mmu_mode(void) {}\n\
                 static inline void arch_flush_lazy_mmu_mode(void) {}\n\
                 static inline void arch_leave_lazy_mmu_mode(void) {}\n",
            ),
        ],
        at: ("arch/riscv/include/asm/pgtable.h", EMPTY_ENTER),
        archs: &["riscv"],
        says: &["# CONFIG_MMU is not set"],
    },
    Mutation {
        lint: "select-never",
        name: "x86_selects_on_32_bit",
        about: "x86's select gets a condition that excludes the selecting symbol.",
        edits: &[Replace(
            "arch/x86/Kconfig",
            SELECT,
            "\tselect ARCH_HAS_LAZY_MMU_MODE if X86_32\n",
        )],
        at: (
            "arch/x86/Kconfig",
            "select ARCH_HAS_LAZY_MMU_MODE if X86_32",
        ),
        archs: &["x86"],
        says: &["because arch/x86/Kconfig:"],
    },
    Mutation {
        lint: "select-never",
        name: "arm64_selects_without_mmu",
        about: "arm64's select requires the opposite of a symbol that is always on for arm64.",
        edits: &[Replace(
            "arch/arm64/Kconfig",
            SELECT,
            "\tselect ARCH_HAS_LAZY_MMU_MODE if !MMU\n",
        )],
        at: (
            "arch/arm64/Kconfig",
            "select ARCH_HAS_LAZY_MMU_MODE if !MMU",
        ),
        archs: &["arm64"],
        says: &["because arch/arm64/Kconfig:"],
    },
    Mutation {
        lint: "select-never",
        name: "powerpc_selects_with_book3e",
        about: "powerpc's select requires another member of the choice that contains the selecting symbol.",
        edits: &[Replace(
            CPUTYPE,
            SELECT,
            "\tselect ARCH_HAS_LAZY_MMU_MODE if PPC_BOOK3E_64\n",
        )],
        at: (CPUTYPE, "select ARCH_HAS_LAZY_MMU_MODE if PPC_BOOK3E_64"),
        archs: &["powerpc"],
        says: &["because"],
    },
    Mutation {
        lint: "unmet-dependency",
        name: "symbol_depends_on_smp_on_sparc",
        about: "The symbol gets a dependency that sparc's select does not meet.",
        edits: &[After(
            "mm/Kconfig",
            "config ARCH_HAS_LAZY_MMU_MODE > bool",
            "\tdepends on SMP || !SPARC\n",
        )],
        at: ("arch/sparc/Kconfig", SELECT),
        archs: &["sparc"],
        says: &[
            "for example with the default configuration",
            "`ARCH=sparc64`",
        ],
    },
    Mutation {
        lint: "unmet-dependency",
        name: "symbol_depends_on_other_page_tables",
        about: "The symbol gets a dependency on hashed page tables, but powerpc also selects it without them.",
        edits: &[After(
            "mm/Kconfig",
            "config ARCH_HAS_LAZY_MMU_MODE > bool",
            "\tdepends on PPC_64S_HASH_MMU || !PPC\n",
        )],
        at: (CPUTYPE, SELECT),
        archs: &["powerpc"],
        says: &["# CONFIG_PPC_64S_HASH_MMU is not set"],
    },
    Mutation {
        lint: "unmet-dependency",
        name: "symbol_depends_on_no_debugging",
        about: "The symbol gets a dependency that excludes a debugging option on x86; the select there ignores it.",
        edits: &[After(
            "mm/Kconfig",
            "config ARCH_HAS_LAZY_MMU_MODE > bool",
            "\tdepends on !(X86 && DEBUG_VM)\n",
        )],
        at: ("arch/x86/Kconfig", SELECT),
        archs: &["x86"],
        says: &["CONFIG_DEBUG_VM=y", "CONFIG_XEN=y"],
    },
    Mutation {
        lint: "retired-marker",
        name: "powerpc_defines_the_marker",
        about: "powerpc defines the retired macro again.",
        edits: &[Before(
            POWERPC,
            ENTER,
            "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE\n",
        )],
        at: (POWERPC, "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE"),
        archs: &["powerpc"],
        says: &["select `ARCH_HAS_LAZY_MMU_MODE` in Kconfig instead"],
    },
    Mutation {
        lint: "retired-marker",
        name: "entry_header_tests_the_marker",
        about: "The entry header tests the retired macro as well as the symbol.",
        edits: &[Replace(
            ENTRY,
            "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            "#if defined(CONFIG_ARCH_HAS_LAZY_MMU_MODE) || defined(__HAVE_ARCH_ENTER_LAZY_MMU_MODE)\n",
        )],
        at: (
            ENTRY,
            "#if defined(CONFIG_ARCH_HAS_LAZY_MMU_MODE) || defined(__HAVE_ARCH_ENTER_LAZY_MMU_MODE)",
        ),
        archs: &[],
        says: &["no architecture"],
    },
    Mutation {
        lint: "retired-marker",
        name: "loongarch_defines_the_marker",
        about: "loongarch opts in the way it was done before there was a symbol.",
        edits: &[Append(
            "arch/loongarch/include/asm/pgtable-bits.h",
            "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE\n",
        )],
        at: (
            "arch/loongarch/include/asm/pgtable-bits.h",
            "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE",
        ),
        archs: &["loongarch"],
        says: &["select `ARCH_HAS_LAZY_MMU_MODE` in Kconfig instead"],
    },
    Mutation {
        lint: "missing-fallback",
        name: "fallback_removed",
        about: "One of the fallbacks, an empty function, is removed.",
        edits: &[Drop(
            ENTRY,
            "static inline void lazy_mmu_mode_pause(void) {}",
        )],
        at: (ENTRY, "static inline void lazy_mmu_mode_pause(void)"),
        archs: EVERY_BUT_ARM64,
        says: &["`lazy_mmu_mode_pause`"],
    },
    Mutation {
        lint: "missing-fallback",
        name: "fallback_is_a_value",
        about: "One of the fallbacks becomes a macro for a number, as in the second version of the series.",
        edits: &[Replace(
            ENTRY,
            "static inline void lazy_mmu_mode_pause(void) {}",
            "#define lazy_mmu_mode_pause() (0)\n",
        )],
        at: (ENTRY, "#define lazy_mmu_mode_pause() (0)"),
        archs: EVERY_BUT_ARM64,
        says: &["bare value"],
    },
    Mutation {
        lint: "missing-fallback",
        name: "wrapper_renamed_where_on",
        about: "A wrapper is renamed where the feature is on, but not its fallback.",
        edits: &[Replace(
            ENTRY,
            "static inline void lazy_mmu_mode_pause(void)",
            "static inline void lazy_mmu_mode_halt(void)\n",
        )],
        at: (ENTRY, "static inline void lazy_mmu_mode_pause(void) {}"),
        archs: &["arm64", "powerpc", "sparc", "x86"],
        says: &["not defined where the feature is on"],
    },
    Mutation {
        lint: "missing-fallback",
        name: "all_fallbacks_removed",
        about: "The whole `#else` of the entry header is removed.",
        edits: &[Cut(
            ENTRY,
            ("static inline void lazy_mmu_mode_enable(void) {}", "#endif"),
        )],
        at: (ENTRY, "static inline void lazy_mmu_mode_enable(void)"),
        archs: EVERY_BUT_ARM64,
        says: &["`lazy_mmu_mode_enable`", "`lazy_mmu_mode_resume`"],
    },
    Mutation {
        lint: "direct-hook-call",
        name: "mremap_calls_the_hook",
        about: "`mm/mremap.c` calls the enter hook.",
        edits: &[Replace(
            "mm/mremap.c",
            CALL,
            "\tarch_enter_lazy_mmu_mode();\n",
        )],
        at: ("mm/mremap.c", "arch_enter_lazy_mmu_mode();"),
        archs: &[],
        says: &["`lazy_mmu_mode_enable`"],
    },
    Mutation {
        lint: "direct-hook-call",
        name: "mprotect_calls_two_hooks",
        about: "`mm/mprotect.c` calls the enter and leave hooks, as it did before there were wrappers.",
        edits: &[
            Replace("mm/mprotect.c", CALL, "\tarch_enter_lazy_mmu_mode();\n"),
            Replace(
                "mm/mprotect.c",
                "lazy_mmu_mode_disable();",
                "\tarch_leave_lazy_mmu_mode();\n",
            ),
        ],
        at: ("mm/mprotect.c", "arch_enter_lazy_mmu_mode();"),
        archs: &[],
        says: &["arch_leave_lazy_mmu_mode"],
    },
    Mutation {
        lint: "missing-include",
        name: "file_without_includes",
        about: "A new file in `mm` calls a wrapper and includes nothing.",
        edits: &[
            Create(
                "mm/batch.c",
                "#include <linux/types.h>\n\nvoid batch_begin(void)\n{\n\tlazy_mmu_mode_enable();\n}\n",
            ),
            After("mm/Makefile", "obj-y += page-alloc.o", "obj-y += batch.o\n"),
        ],
        at: ("mm/batch.c", CALL),
        archs: EVERY_BUT_LOONGARCH,
        says: &["<linux/pgtable.h>"],
    },
    Mutation {
        lint: "stale-marker",
        name: "s390_tests_without_prefix",
        about: "s390 tests the symbol without `CONFIG_`.",
        edits: &[After(
            "arch/s390/include/asm/pgtable.h",
            "#include <asm/uv.h>",
            "#ifdef ARCH_HAS_LAZY_MMU_MODE\n#endif\n",
        )],
        at: (
            "arch/s390/include/asm/pgtable.h",
            "#ifdef ARCH_HAS_LAZY_MMU_MODE",
        ),
        archs: &["s390"],
        says: &["`CONFIG_ARCH_HAS_LAZY_MMU_MODE`"],
    },
    Mutation {
        lint: "stale-marker",
        name: "vmalloc_tests_without_prefix",
        about: "`mm/vmalloc.c` tests the symbol without `CONFIG_`.",
        edits: &[After(
            "mm/vmalloc.c",
            "#include <linux/vmalloc.h>",
            "#ifndef ARCH_HAS_LAZY_MMU_MODE\n#endif\n",
        )],
        at: ("mm/vmalloc.c", "#ifndef ARCH_HAS_LAZY_MMU_MODE"),
        archs: &[],
        says: &["`CONFIG_ARCH_HAS_LAZY_MMU_MODE`"],
    },
    Mutation {
        lint: "stale-marker",
        name: "arm64_defines_a_marker",
        about: "arm64 defines a macro in the style of existing markers, but nothing tests it.",
        edits: &[Before(
            ARM64,
            EMPTY_ENTER,
            "#define __HAVE_ARCH_LAZY_MMU_MODE\n",
        )],
        at: (ARM64, "#define __HAVE_ARCH_LAZY_MMU_MODE"),
        archs: &["arm64"],
        says: &["nothing tests it"],
    },
    Mutation {
        lint: "undef-config",
        name: "decompressor_leaves_the_feature_on",
        about: "x86's decompressor no longer undefines the symbol.",
        edits: &[Drop(
            "arch/x86/boot/compressed/misc.h",
            "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
        )],
        at: (
            "arch/x86/boot/compressed/misc.h",
            "#undef CONFIG_PARAVIRT_XXL",
        ),
        archs: &["x86"],
        says: &["also undefine `CONFIG_ARCH_HAS_LAZY_MMU_MODE`"],
    },
    Mutation {
        lint: "undef-config",
        name: "sme_leaves_the_feature_on",
        about: "The early code for memory encryption no longer undefines the symbol.",
        edits: &[Drop(
            "arch/x86/boot/startup/sme.c",
            "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
        )],
        at: ("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT_XXL"),
        archs: &["x86"],
        says: &["arch/x86/boot/startup/sme.c"],
    },
    Mutation {
        lint: "undef-config",
        name: "sme_undefines_too_late",
        about: "The early code for memory encryption undefines the symbol after its includes.",
        edits: &[
            Drop(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            ),
            After(
                "arch/x86/boot/startup/sme.c",
                "#include <asm/sev.h>",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
            ),
        ],
        at: ("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT_XXL"),
        archs: &["x86"],
        says: &[],
    },
    Mutation {
        lint: "undef-config",
        name: "vdso_reaches_the_entry_header",
        about: "The 32-bit vDSO of x86, which fakes a 32-bit kernel, includes the entry header.",
        edits: &[Before(
            "arch/x86/entry/vdso/vdso32/vclock_gettime.c",
            "#include \"common/vclock_gettime.c\"",
            "#include <linux/pgtable.h>\n",
        )],
        at: (
            "arch/x86/entry/vdso/vdso32/fake_32bit_build.h",
            "#undef CONFIG_PARAVIRT_XXL",
        ),
        archs: &["x86"],
        says: &["arch/x86/entry/vdso/vdso32/vclock_gettime.c"],
    },
    Mutation {
        lint: "hook-object",
        name: "sparc_body_with_smp_only",
        about: "The object with sparc's hooks is built only with SMP, but the hooks do not depend on SMP.",
        edits: &[Replace(
            "arch/sparc/mm/Makefile",
            "obj-$(CONFIG_SPARC64) += ultra.o tlb.o tsb.o",
            "obj-$(CONFIG_SMP) += tlb.o\nobj-$(CONFIG_SPARC64) += ultra.o tsb.o\n",
        )],
        at: ("arch/sparc/mm/Makefile", "obj-$(CONFIG_SMP) += tlb.o"),
        archs: &["sparc"],
        says: &[],
    },
    Mutation {
        lint: "hook-object",
        name: "arm64_body_with_mte_only",
        about: "arm64's flush hook moves to a source file that is built only with memory tagging.",
        edits: &[
            Cut(ARM64, (FLUSH, LEAVE)),
            Before(ARM64, LEAVE, "void arch_flush_lazy_mmu_mode(void);\n\n"),
            Append(
                "arch/arm64/mm/mteswap.c",
                "\nvoid arch_flush_lazy_mmu_mode(void)\n{\n}\n\
                 EXPORT_SYMBOL_IF_KUNIT(arch_flush_lazy_mmu_mode);\n",
            ),
        ],
        at: (
            "arch/arm64/mm/Makefile",
            "obj-$(CONFIG_ARM64_MTE) += mteswap.o",
        ),
        archs: &["arm64"],
        says: &[],
    },
    Mutation {
        lint: "hook-object",
        name: "sparc_body_with_an_undeclared_symbol",
        about: "The object with sparc's hooks depends on a symbol that no Kconfig file declares.",
        edits: &[Replace(
            "arch/sparc/mm/Makefile",
            "obj-$(CONFIG_SPARC64) += ultra.o tlb.o tsb.o",
            "obj-$(CONFIG_SPARC_64) += tlb.o\nobj-$(CONFIG_SPARC64) += ultra.o tsb.o\n",
        )],
        at: ("arch/sparc/mm/Makefile", "obj-$(CONFIG_SPARC_64) += tlb.o"),
        archs: &["sparc"],
        says: &["CONFIG_SPARC_64"],
    },
    Mutation {
        lint: "unexported-hook",
        name: "sparc_exports_two",
        about: "sparc no longer exports its flush hook, which the KUnit module needs.",
        edits: &[Drop(
            "arch/sparc/mm/tlb.c",
            "EXPORT_SYMBOL_IF_KUNIT(arch_flush_lazy_mmu_mode);",
        )],
        at: ("arch/sparc/mm/tlb.c", "void arch_flush_lazy_mmu_mode(void)"),
        archs: &["sparc"],
        says: &["mm/tests/lazy_mmu_mode_kunit.c"],
    },
    Mutation {
        lint: "unexported-hook",
        name: "powerpc_exports_no_function",
        about: "powerpc no longer exports the function that its flush hook calls.",
        edits: &[Drop(
            "arch/powerpc/mm/book3s64/hash_tlb.c",
            "EXPORT_SYMBOL_IF_KUNIT(__flush_tlb_pending);",
        )],
        at: (
            "arch/powerpc/mm/book3s64/hash_tlb.c",
            "void __flush_tlb_pending(struct ppc64_tlb_batch *batch)",
        ),
        archs: &["powerpc"],
        says: &["arch_flush_lazy_mmu_mode"],
    },
    Mutation {
        lint: "unexported-hook",
        name: "powerpc_exports_no_variable",
        about: "powerpc no longer exports the variable that its flush hook uses.",
        edits: &[Drop(
            "arch/powerpc/mm/book3s64/hash_tlb.c",
            "EXPORT_SYMBOL_IF_KUNIT(ppc64_tlb_batch);",
        )],
        at: (
            "arch/powerpc/mm/book3s64/hash_tlb.c",
            "DEFINE_PER_CPU(struct ppc64_tlb_batch, ppc64_tlb_batch);",
        ),
        archs: &["powerpc"],
        says: &["arch_flush_lazy_mmu_mode"],
    },
    Mutation {
        lint: "unexported-hook",
        name: "sparc_exports_none",
        about: "sparc no longer exports any of its hooks.",
        edits: &[
            Drop(
                "arch/sparc/mm/tlb.c",
                "EXPORT_SYMBOL_IF_KUNIT(arch_enter_lazy_mmu_mode);",
            ),
            Drop(
                "arch/sparc/mm/tlb.c",
                "EXPORT_SYMBOL_IF_KUNIT(arch_flush_lazy_mmu_mode);",
            ),
            Drop(
                "arch/sparc/mm/tlb.c",
                "EXPORT_SYMBOL_IF_KUNIT(arch_leave_lazy_mmu_mode);",
            ),
        ],
        at: ("arch/sparc/mm/tlb.c", "void arch_enter_lazy_mmu_mode(void)"),
        archs: &["sparc"],
        says: &["arch_leave_lazy_mmu_mode"],
    },
    Mutation {
        lint: "unexported-hook",
        name: "arm64_flush_in_a_source_file",
        about: "arm64's flush hook moves to a source file and is not exported.",
        edits: &[
            Cut(ARM64, (FLUSH, LEAVE)),
            Before(ARM64, LEAVE, "void arch_flush_lazy_mmu_mode(void);\n\n"),
            Append(
                "arch/arm64/mm/pageattr.c",
                "\nvoid arch_flush_lazy_mmu_mode(void)\n{\n}\n",
            ),
        ],
        at: (
            "arch/arm64/mm/pageattr.c",
            "void arch_flush_lazy_mmu_mode(void)",
        ),
        archs: &["arm64"],
        says: &["mm/tests/lazy_mmu_mode_kunit.c"],
    },
    Mutation {
        lint: "direct-hook-call",
        name: "driver_calls_the_hook",
        about: "A driver calls the flush hook.",
        edits: &[After(
            "drivers/xen/balloon.c",
            "#include <linux/kernel.h>",
            "#include <linux/pgtable.h>\nstatic void flush(void) { arch_flush_lazy_mmu_mode(); }\n",
        )],
        at: (
            "drivers/xen/balloon.c",
            "static void flush(void) { arch_flush_lazy_mmu_mode(); }",
        ),
        archs: &[],
        says: &[],
    },
    Mutation {
        lint: "direct-hook-call",
        name: "header_calls_the_hook",
        about: "An inline function in a generic header calls the flush hook.",
        edits: &[After(
            "include/linux/highmem.h",
            "#include <linux/cacheflush.h>",
            "static inline void highmem_flush(void) { arch_flush_lazy_mmu_mode(); }\n",
        )],
        at: (
            "include/linux/highmem.h",
            "static inline void highmem_flush(void) { arch_flush_lazy_mmu_mode(); }",
        ),
        archs: &[],
        says: &[],
    },
    Mutation {
        lint: "missing-include",
        name: "driver_without_the_header",
        about: "A new driver calls a wrapper and includes only headers that do not lead to it.",
        edits: &[
            Create(
                "drivers/xen/batch.c",
                "#include <linux/types.h>\n\nvoid xen_batch_begin(void)\n{\n\tlazy_mmu_mode_enable();\n}\n",
            ),
            Before(
                "drivers/xen/Makefile",
                "obj-y += mem-reservation.o",
                "obj-y += batch.o\n",
            ),
        ],
        at: ("drivers/xen/batch.c", CALL),
        archs: &["arm", "arm64", "x86"],
        says: &["<linux/pgtable.h>"],
    },
    Mutation {
        lint: "stale-marker",
        name: "driver_tests_without_prefix",
        about: "A driver tests the symbol without `CONFIG_`.",
        edits: &[After(
            "drivers/xen/balloon.c",
            "#include <linux/kernel.h>",
            "#ifdef ARCH_HAS_LAZY_MMU_MODE\n#endif\n",
        )],
        at: ("drivers/xen/balloon.c", "#ifdef ARCH_HAS_LAZY_MMU_MODE"),
        archs: &[],
        says: &["`CONFIG_ARCH_HAS_LAZY_MMU_MODE`"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "arm64_hooks_with_two_of_three_page_sizes",
        about: "arm64's hooks are defined for only two of three members of a choice.",
        edits: &[Around(
            ARM64,
            (EMPTY_ENTER, "#ifdef CONFIG_TRANSPARENT_HUGEPAGE"),
            "#if defined(CONFIG_ARM64_4K_PAGES) || defined(CONFIG_ARM64_16K_PAGES)\n",
            "#endif\n",
        )],
        at: ("arch/arm64/Kconfig", SELECT),
        archs: &["arm64"],
        says: &["CONFIG_ARM64_64K_PAGES=y"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "arm64_hooks_with_many_levels",
        about: "arm64's hooks are defined only if a numeric option is large enough.",
        edits: &[Around(
            ARM64,
            (EMPTY_ENTER, "#ifdef CONFIG_TRANSPARENT_HUGEPAGE"),
            "#if CONFIG_PGTABLE_LEVELS > 3\n",
            "#endif\n",
        )],
        at: ("arch/arm64/Kconfig", SELECT),
        archs: &["arm64"],
        says: &["CONFIG_ARM64_VA_BITS"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "riscv_forgets_modules",
        about: "riscv selects the symbol if KVM is on, but defines the hooks only if KVM is built in.",
        edits: &[
            Before(
                "arch/riscv/Kconfig",
                "select ARCH_HAS_BINFMT_FLAT",
                "\tselect ARCH_HAS_LAZY_MMU_MODE if KVM\n",
            ),
            Append(
                "arch/riscv/include/asm/pgtable.h",
                "\n#if defined(CONFIG_KVM) && !defined(__ASSEMBLER__)\nstatic inline void arch_enter_lazy_mmu_mode(void) {}\n\
                 static inline void arch_flush_lazy_mmu_mode(void) {}\nstatic inline void arch_leave_lazy_mmu_mode(void) {}\n#endif\n",
            ),
        ],
        at: ("arch/riscv/Kconfig", "select ARCH_HAS_LAZY_MMU_MODE if KVM"),
        archs: &["riscv"],
        says: &["CONFIG_KVM=m"],
    },
    Mutation {
        lint: "select-without-hook",
        name: "arm64_header_included_with_swap",
        about: "arm64's hooks move to a separate header, which is included under a condition.",
        edits: &[
            Create(
                "arch/arm64/include/asm/lazy_mmu.h",
                "#ifndef ASM_LAZY_MMU_H\n#define ASM_LAZY_MMU_H\n#endif\n",
            ),
            Move(
                ARM64,
                (EMPTY_ENTER, "#ifdef CONFIG_TRANSPARENT_HUGEPAGE"),
                "arch/arm64/include/asm/lazy_mmu.h",
                "#define ASM_LAZY_MMU_H",
            ),
            Before(
                ARM64,
                "#define __HAVE_ARCH_FLUSH_PMD_TLB_RANGE",
                "#endif\n#ifdef CONFIG_SWAP\n#include <asm/lazy_mmu.h>\n#endif\n#ifdef CONFIG_TRANSPARENT_HUGEPAGE\n",
            ),
        ],
        at: ("arch/arm64/Kconfig", SELECT),
        archs: &["arm64"],
        says: &["CONFIG_SWAP"],
    },
    Mutation {
        lint: "incomplete-hooks",
        name: "arm64_macro_is_taken_back",
        about: "arm64's enter hook becomes a macro, which a later line undefines.",
        edits: &[Replace(
            ARM64,
            EMPTY_ENTER,
            "#define arch_enter_lazy_mmu_mode() do { } while (0)\n#undef arch_enter_lazy_mmu_mode\n",
        )],
        at: (ARM64, FLUSH),
        archs: &["arm64"],
        says: &["arch_enter_lazy_mmu_mode"],
    },
    Mutation {
        lint: "incomplete-hooks",
        name: "powerpc_leave_behind_else",
        about: "powerpc's last hook moves to an `#else` branch that 64-bit kernels never take.",
        edits: &[Around(
            POWERPC,
            (LEAVE, "extern void hash__tlbiel_all(unsigned int action);"),
            "#ifdef CONFIG_PPC64\n#else\n",
            "#endif\n",
        )],
        at: (POWERPC, ENTER),
        archs: &["powerpc"],
        says: &["arch_leave_lazy_mmu_mode"],
    },
    Mutation {
        lint: "hook-without-select",
        name: "sparc_selects_with_smp",
        about: "sparc selects the symbol only with SMP, but always defines the hooks.",
        edits: &[Replace(
            "arch/sparc/Kconfig",
            SELECT,
            "\tselect ARCH_HAS_LAZY_MMU_MODE if SMP\n",
        )],
        at: (SPARC, "void arch_enter_lazy_mmu_mode(void);"),
        archs: &["sparc"],
        says: &["ARCH=sparc64"],
    },
    Mutation {
        lint: "direct-hook-call",
        name: "kernel_calls_the_hook",
        about: "A file below `kernel` calls the flush hook.",
        edits: &[Append(
            "kernel/events/uprobes.c",
            "\nvoid uprobe_sync(void)\n{\n\tarch_flush_lazy_mmu_mode();\n}\n",
        )],
        at: ("kernel/events/uprobes.c", "arch_flush_lazy_mmu_mode();"),
        archs: &[],
        says: &[],
    },
    Mutation {
        lint: "direct-hook-call",
        name: "huge_pages_call_the_hook",
        about: "A file below `fs`, outside `fs/proc`, calls a hook under a condition.",
        edits: &[Append(
            "fs/hugetlbfs/inode.c",
            "\n#if defined(CONFIG_MMU)\nvoid hugetlbfs_sync(void)\n{\n\tif (1)\n\t\tarch_enter_lazy_mmu_mode();\n}\n#endif\n",
        )],
        at: ("fs/hugetlbfs/inode.c", "arch_enter_lazy_mmu_mode();"),
        archs: &[],
        says: &[],
    },
    Mutation {
        lint: "undef-config",
        name: "sme_undefines_in_a_header",
        about: "The `#undef` lines of `sme.c` move to a header beside it, without the one for the feature.",
        edits: &[
            Create(
                "arch/x86/boot/startup/undo.h",
                "#undef CONFIG_PARAVIRT\n#undef CONFIG_PARAVIRT_XXL\n",
            ),
            Drop("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT"),
            Drop(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            ),
            Replace(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_PARAVIRT_XXL",
                "#include \"undo.h\"\n",
            ),
        ],
        at: ("arch/x86/boot/startup/undo.h", "#undef CONFIG_PARAVIRT_XXL"),
        archs: &["x86"],
        says: &[],
    },
    Mutation {
        lint: "undef-config",
        name: "sme_undefines_two_that_do_together",
        about: "x86's hooks are guarded by either of two symbols, and `sme.c` undefines both.",
        edits: &[
            Replace(
                X86,
                "PVOP_VCALL0(pv_ops, irq.halt); > #ifdef CONFIG_PARAVIRT_XXL",
                "#if defined(CONFIG_PARAVIRT_XXL) || defined(CONFIG_XEN_PV)\n",
            ),
            Drop(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            ),
            Replace(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_PARAVIRT",
                "#undef CONFIG_XEN_PV\n",
            ),
        ],
        at: ("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT_XXL"),
        archs: &["x86"],
        says: &[],
    },
    Mutation {
        lint: "undef-config",
        name: "decompressor_undefines_in_a_directory_that_make_passes",
        about: "The `#undef` lines of the decompressor move to a header in a directory that its makefile adds with `-I`, without the one for the feature.",
        edits: &[
            Create(
                "arch/x86/boot/undo/kfeat-undo.h",
                "#undef CONFIG_PARAVIRT_XXL\n",
            ),
            Append(
                "arch/x86/boot/compressed/Makefile",
                "CFLAGS_misc.o += \\\n\t-I $(src)/../undo\n",
            ),
            Drop(
                "arch/x86/boot/compressed/misc.h",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            ),
            Drop("arch/x86/boot/compressed/misc.h", "#undef CONFIG_PARAVIRT"),
            Drop(
                "arch/x86/boot/compressed/misc.h",
                "#undef CONFIG_PARAVIRT_XXL",
            ),
            Before(
                "arch/x86/boot/compressed/misc.c",
                "#include \"misc.h\"",
                "#include <kfeat-undo.h>\n",
            ),
        ],
        at: (
            "arch/x86/boot/undo/kfeat-undo.h",
            "#undef CONFIG_PARAVIRT_XXL",
        ),
        archs: &["x86"],
        says: &["arch/x86/boot/compressed/misc.c"],
    },
    Mutation {
        lint: "unsorted-select",
        name: "powerpc_selects_behind_its_place",
        about: "powerpc's select moves to the sorted list of the architecture and keeps its condition, but is out of order there.",
        edits: &[
            Drop(CPUTYPE, SELECT),
            Before(
                "arch/powerpc/Kconfig",
                "select ARCH_HAS_UBSAN",
                "\tselect ARCH_HAS_LAZY_MMU_MODE if PPC_BOOK3S_64\n",
            ),
        ],
        at: (
            "arch/powerpc/Kconfig",
            "select ARCH_HAS_LAZY_MMU_MODE if PPC_BOOK3S_64",
        ),
        archs: &["powerpc"],
        says: &["ARCH_HAS_MEMBARRIER_CALLBACKS"],
    },
];
