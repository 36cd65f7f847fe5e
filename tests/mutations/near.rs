//! Changes of the real tree that are in order: each would look like a mistake to somebody who reads only text, and none may cause a
//! finding.

use crate::edit::Edit::{self, *};

const ARM64: &str = "arch/arm64/include/asm/pgtable.h";
const POWERPC: &str = "arch/powerpc/include/asm/book3s/64/tlbflush-hash.h";
const SPARC: &str = "arch/sparc/include/asm/tlbflush_64.h";
const X86: &str = "arch/x86/include/asm/paravirt.h";
const RISCV: &str = "arch/riscv/include/asm/pgtable.h";
const ENTRY: &str = "include/linux/pgtable.h";
const CPUTYPE: &str = "arch/powerpc/platforms/Kconfig.cputype";
const SELECT: &str = "select ARCH_HAS_LAZY_MMU_MODE";
const SELECT_LINE: &str = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
const ENTER: &str = "static inline void arch_enter_lazy_mmu_mode(void)";
const EMPTY_ENTER: &str = "static inline void arch_enter_lazy_mmu_mode(void) {}";
const FLUSH: &str = "static inline void arch_flush_lazy_mmu_mode(void)";
const LEAVE: &str = "static inline void arch_leave_lazy_mmu_mode(void)";
const ARM64_HOOKS: (&str, &str) = (EMPTY_ENTER, "#ifdef CONFIG_TRANSPARENT_HUGEPAGE");
const POWERPC_HOOKS: (&str, &str) = (ENTER, "extern void hash__tlbiel_all(unsigned int action);");
const X86_HOOKS: (&str, &str) = (
    ENTER,
    "static inline void __set_fixmap(unsigned /* enum fixed_addresses */ idx,",
);
const SPARC_HOOKS: (&str, &str) = (
    "void arch_enter_lazy_mmu_mode(void);",
    "/* Local cpu only. */",
);
const EMPTY_HOOKS: &str = "static inline void arch_enter_lazy_mmu_mode(void) {}\n\
    static inline void arch_flush_lazy_mmu_mode(void) {}\n\
    static inline void arch_leave_lazy_mmu_mode(void) {}\n";
const DECLARED_HOOKS: &str = "void arch_enter_lazy_mmu_mode(void);\n\
    void arch_flush_lazy_mmu_mode(void);\n\
    void arch_leave_lazy_mmu_mode(void);\n";
const BODIES: &str = "\n#include <kunit/visibility.h>\n\
    void arch_enter_lazy_mmu_mode(void)\n{\n}\nEXPORT_SYMBOL_IF_KUNIT(arch_enter_lazy_mmu_mode);\n\
    void arch_flush_lazy_mmu_mode(void)\n{\n}\nEXPORT_SYMBOL_IF_KUNIT(arch_flush_lazy_mmu_mode);\n\
    void arch_leave_lazy_mmu_mode(void)\n{\n}\nEXPORT_SYMBOL_IF_KUNIT(arch_leave_lazy_mmu_mode);\n";
const WITH_MMU: &str = "#ifdef CONFIG_MMU";
const RISCV_SELECTS: Edit = Before(
    "arch/riscv/Kconfig",
    "select ARCH_HAS_BINFMT_FLAT",
    "\tselect ARCH_HAS_LAZY_MMU_MODE if MMU\n",
);

/// Those that are outside of what is searched by default: the whole tree is, with `--feature all`.
pub const ANYWHERE: &[&str] = &[
    "whole_tree_as_it_is",
    "driver_with_the_header",
    "driver_with_a_header_that_leads_there",
];

/// Every change, with the name of its test.
pub const CHANGES: &[(&str, &[Edit])] = &[
    ("as_it_is", &[]),
    ("whole_tree_as_it_is", &[]),
    (
        "header_renamed",
        &[
            Rename(POWERPC, "arch/powerpc/include/asm/book3s/64/tlbflush-hpt.h"),
            Replace(
                "arch/powerpc/include/asm/book3s/64/tlbflush.h",
                "#include <asm/book3s/64/tlbflush-hash.h>",
                "#include <asm/book3s/64/tlbflush-hpt.h>\n",
            ),
        ],
    ),
    (
        "hooks_moved_to_a_new_header",
        &[
            Create(
                "arch/arm64/include/asm/lazy_mmu.h",
                "#ifndef ASM_LAZY_MMU_H\n#define ASM_LAZY_MMU_H\n#endif\n",
            ),
            Move(
                ARM64,
                ARM64_HOOKS,
                "arch/arm64/include/asm/lazy_mmu.h",
                "#define ASM_LAZY_MMU_H",
            ),
            Before(
                ARM64,
                "#define __HAVE_ARCH_FLUSH_PMD_TLB_RANGE",
                "#endif\n#include <asm/lazy_mmu.h>\n#ifdef CONFIG_TRANSPARENT_HUGEPAGE\n",
            ),
        ],
    ),
    (
        "hooks_moved_to_another_header",
        &[Move(
            SPARC,
            SPARC_HOOKS,
            "arch/sparc/include/asm/pgtable_64.h",
            "#include <asm/tlbflush.h>",
        )],
    ),
    (
        "hooks_moved_beside_their_includer",
        &[Move(
            POWERPC,
            POWERPC_HOOKS,
            "arch/powerpc/include/asm/book3s/64/tlbflush.h",
            "#include <asm/book3s/64/tlbflush-radix.h>",
        )],
    ),
    (
        "is_enabled_for_ifdef",
        &[
            Replace(
                "arch/x86/include/asm/pgtable.h",
                "#ifdef CONFIG_PARAVIRT_XXL",
                "#if IS_ENABLED(CONFIG_PARAVIRT_XXL)\n",
            ),
            Replace(
                ENTRY,
                "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
                "#if IS_ENABLED(CONFIG_ARCH_HAS_LAZY_MMU_MODE)\n",
            ),
        ],
    ),
    (
        "if_defined_for_ifdef",
        &[
            Replace(
                "arch/powerpc/include/asm/book3s/tlbflush.h",
                "#ifdef CONFIG_PPC64",
                "#if defined(CONFIG_PPC64) && !defined(CONFIG_PPC32)\n",
            ),
            Replace(
                ENTRY,
                "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
                "#if defined CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
            ),
        ],
    ),
    (
        "is_builtin_for_ifdef",
        &[Around(
            X86,
            X86_HOOKS,
            "#if IS_BUILTIN(CONFIG_XEN_PV)\n",
            "#endif\n",
        )],
    ),
    (
        "guarded_by_the_symbol_itself",
        &[
            Around(
                ARM64,
                ARM64_HOOKS,
                "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
                "#endif\n",
            ),
            Around(
                POWERPC,
                POWERPC_HOOKS,
                "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
                "#endif\n",
            ),
            Around(
                SPARC,
                SPARC_HOOKS,
                "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
                "#endif\n",
            ),
        ],
    ),
    (
        "guarded_by_what_is_always_on",
        &[Around(
            ARM64,
            ARM64_HOOKS,
            "#if defined(CONFIG_MMU) && defined(CONFIG_64BIT) && CONFIG_PGTABLE_LEVELS >= 2\n",
            "#endif\n",
        )],
    ),
    (
        "guarded_by_the_selecting_symbol",
        &[
            Around(
                POWERPC,
                POWERPC_HOOKS,
                "#ifdef CONFIG_PPC_BOOK3S_64\n",
                "#endif\n",
            ),
            Around(SPARC, SPARC_HOOKS, "#ifdef CONFIG_SPARC64\n", "#endif\n"),
        ],
    ),
    (
        "guarded_by_what_the_symbol_implies",
        &[
            Around(
                POWERPC,
                POWERPC_HOOKS,
                "#if defined(CONFIG_PPC_RADIX_MMU) || defined(CONFIG_PPC_64S_HASH_MMU)\n",
                "#endif\n",
            ),
            Around(X86, X86_HOOKS, "#if defined(CONFIG_XEN_PV)\n", "#endif\n"),
        ],
    ),
    (
        "guarded_by_the_compiler",
        &[Around(
            SPARC,
            SPARC_HOOKS,
            "#if defined(__sparc__) && defined(__arch64__)\n",
            "#endif\n",
        )],
    ),
    (
        "hooks_in_two_branches",
        &[
            Around(
                ARM64,
                ARM64_HOOKS,
                "#ifndef CONFIG_KASAN\n",
                "#else\n#include <asm/lazy_mmu.h>\n#endif\n",
            ),
            Create("arch/arm64/include/asm/lazy_mmu.h", EMPTY_HOOKS),
        ],
    ),
    (
        "select_moved_to_the_architecture",
        &[
            Drop(CPUTYPE, SELECT),
            Before(
                "arch/powerpc/Kconfig",
                "select ARCH_HAS_KCOV",
                "\tselect ARCH_HAS_LAZY_MMU_MODE if PPC_BOOK3S_64\n",
            ),
        ],
    ),
    (
        "select_with_an_equal_condition",
        &[
            Drop(CPUTYPE, SELECT),
            Before(
                "arch/powerpc/Kconfig",
                "select ARCH_HAS_KCOV",
                "\tselect ARCH_HAS_LAZY_MMU_MODE if PPC64 && !PPC_BOOK3E_64\n",
            ),
        ],
    ),
    (
        "select_moved_to_who_selects_the_selector",
        &[
            Drop("arch/x86/Kconfig", SELECT),
            Before("arch/x86/xen/Kconfig", "select XEN_HAVE_PVMMU", SELECT_LINE),
        ],
    ),
    (
        "default_instead_of_select",
        &[
            Drop("arch/arm64/Kconfig", SELECT),
            After(
                "mm/Kconfig",
                "config ARCH_HAS_LAZY_MMU_MODE > bool",
                "\tdefault y if ARM64\n",
            ),
        ],
    ),
    (
        "selected_twice",
        &[Before(
            "arch/arm64/Kconfig",
            "select ARCH_HAS_KCOV",
            "\tselect ARCH_HAS_LAZY_MMU_MODE if MMU\n",
        )],
    ),
    (
        "declared_elsewhere",
        &[Move(
            "mm/Kconfig",
            (
                "config ARCH_HAS_LAZY_MMU_MODE",
                "config LAZY_MMU_MODE_KUNIT_TEST",
            ),
            "arch/Kconfig",
            "config ARCH_CONFIGURES_CPU_MITIGATIONS > bool",
        )],
    ),
    (
        "declared_again_without_a_type",
        &[Append(
            "arch/sparc/Kconfig",
            "\nconfig ARCH_HAS_LAZY_MMU_MODE\n\tdepends on SPARC64\n",
        )],
    ),
    (
        "dependency_that_always_holds",
        &[After(
            "mm/Kconfig",
            "config ARCH_HAS_LAZY_MMU_MODE > bool",
            "\tdepends on MMU && 64BIT\n",
        )],
    ),
    (
        "riscv_with_inline_hooks",
        &[RISCV_SELECTS, After(RISCV, WITH_MMU, EMPTY_HOOKS)],
    ),
    (
        "riscv_with_macros",
        &[
            RISCV_SELECTS,
            After(
                RISCV,
                WITH_MMU,
                "#define arch_enter_lazy_mmu_mode() do { } while (0)\n\
                 #define arch_flush_lazy_mmu_mode() do { } while (0)\n\
                 #define arch_leave_lazy_mmu_mode() do { } while (0)\n",
            ),
        ],
    ),
    (
        "riscv_with_names_defined_to_themselves",
        &[
            RISCV_SELECTS,
            After(RISCV, WITH_MMU, EMPTY_HOOKS),
            After(
                RISCV,
                WITH_MMU,
                "#define arch_flush_lazy_mmu_mode arch_flush_lazy_mmu_mode\n",
            ),
        ],
    ),
    (
        "riscv_with_bodies_in_an_object",
        &[
            RISCV_SELECTS,
            After(RISCV, WITH_MMU, DECLARED_HOOKS),
            Append("arch/riscv/mm/tlbflush.c", BODIES),
        ],
    ),
    (
        "riscv_by_a_generic_header",
        &[
            RISCV_SELECTS,
            Create("include/asm-generic/lazy_mmu.h", EMPTY_HOOKS),
            Append("arch/riscv/include/asm/Kbuild", "generic-y += lazy_mmu.h\n"),
            After(RISCV, WITH_MMU, "#include <asm/lazy_mmu.h>\n"),
        ],
    ),
    (
        "um_with_hooks",
        &[
            Before(
                "arch/um/Kconfig",
                "select ARCH_HAS_CPU_FINALIZE_INIT",
                SELECT_LINE,
            ),
            Before(
                "arch/um/include/asm/pgtable.h",
                "#include <asm/page.h>",
                EMPTY_HOOKS,
            ),
        ],
    ),
    (
        "sparc32_with_hooks",
        &[
            Drop("arch/sparc/Kconfig", SELECT),
            Before(
                "arch/sparc/Kconfig",
                "select ARCH_HAS_CPU_CACHE_ALIASING",
                "\tselect ARCH_HAS_LAZY_MMU_MODE\n",
            ),
            After(
                "arch/sparc/include/asm/pgtable_32.h",
                "#include <asm-generic/pgtable-nopud.h>",
                EMPTY_HOOKS,
            ),
        ],
    ),
    (
        "x86_body_in_an_object_of_xen",
        &[
            Cut(X86, X86_HOOKS),
            Before(
                X86,
                "static inline void __set_fixmap(unsigned /* enum fixed_addresses */ idx,",
                DECLARED_HOOKS,
            ),
            Append("arch/x86/xen/mmu_pv.c", BODIES),
        ],
    ),
    (
        "object_by_way_of_a_composite_one",
        &[Replace(
            "arch/sparc/mm/Makefile",
            "obj-$(CONFIG_SPARC64) += ultra.o tlb.o tsb.o",
            "obj-$(CONFIG_SPARC64) += ultra.o batch.o tsb.o\nbatch-y := tlb.o\n",
        )],
    ),
    (
        "object_with_the_symbol",
        &[Replace(
            "arch/sparc/mm/Makefile",
            "obj-$(CONFIG_SPARC64) += ultra.o tlb.o tsb.o",
            "obj-$(CONFIG_SPARC64) += ultra.o tsb.o\nobj-$(CONFIG_ARCH_HAS_LAZY_MMU_MODE) += tlb.o\n",
        )],
    ),
    (
        "source_file_renamed",
        &[
            Rename(
                "arch/powerpc/mm/book3s64/hash_tlb.c",
                "arch/powerpc/mm/book3s64/hpt_tlb.c",
            ),
            Replace(
                "arch/powerpc/mm/book3s64/Makefile",
                "obj-y += hash_pgtable.o hash_utils.o hash_tlb.o slb.o slice.o",
                "obj-y += hash_pgtable.o hash_utils.o hpt_tlb.o slb.o slice.o\n",
            ),
        ],
    ),
    (
        "sparc_source_file_renamed",
        &[
            Rename("arch/sparc/mm/tlb.c", "arch/sparc/mm/tlb_64.c"),
            Replace(
                "arch/sparc/mm/Makefile",
                "obj-$(CONFIG_SPARC64) += ultra.o tlb.o tsb.o",
                "obj-$(CONFIG_SPARC64) += ultra.o tlb_64.o tsb.o\n",
            ),
        ],
    ),
    (
        "exports_for_everyone",
        &[Word(
            "arch/sparc/mm/tlb.c",
            "EXPORT_SYMBOL_IF_KUNIT",
            "EXPORT_SYMBOL_GPL",
        )],
    ),
    (
        "exports_in_another_file",
        &[
            Drop(
                "arch/powerpc/mm/book3s64/hash_tlb.c",
                "EXPORT_SYMBOL_IF_KUNIT(__flush_tlb_pending);",
            ),
            Append(
                "arch/powerpc/mm/book3s64/hash_utils.c",
                "EXPORT_SYMBOL_IF_KUNIT(__flush_tlb_pending);\n",
            ),
        ],
    ),
    (
        "test_that_is_no_module",
        &[
            Replace(
                "mm/Kconfig",
                "tristate \"KUnit tests for the lazy MMU mode\" if !KUNIT_ALL_TESTS",
                "\tbool \"KUnit tests for the lazy MMU mode\" if !KUNIT_ALL_TESTS\n",
            ),
            Replace(
                "mm/Kconfig",
                "depends on ARCH_HAS_LAZY_MMU_MODE > depends on KUNIT",
                "\tdepends on KUNIT=y\n",
            ),
            Drop(
                "arch/sparc/mm/tlb.c",
                "EXPORT_SYMBOL_IF_KUNIT(arch_flush_lazy_mmu_mode);",
            ),
        ],
    ),
    (
        "undef_in_the_other_order",
        &[
            Drop(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            ),
            Before(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_PARAVIRT",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
            ),
        ],
    ),
    (
        "undef_of_neither",
        &[
            Drop(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            ),
            Drop("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT_XXL"),
            Drop("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT"),
        ],
    ),
    (
        "undef_behind_the_includes",
        &[
            Drop("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT"),
            Drop("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT_XXL"),
            Drop(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            ),
            After(
                "arch/x86/boot/startup/sme.c",
                "#include <asm/sev.h>",
                "#undef CONFIG_PARAVIRT_XXL\n",
            ),
        ],
    ),
    (
        "undef_in_a_header_of_its_own",
        &[
            Create(
                "arch/x86/boot/startup/plain.h",
                "#undef CONFIG_PARAVIRT_XXL\n#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
            ),
            Drop("arch/x86/boot/startup/sme.c", "#undef CONFIG_PARAVIRT_XXL"),
            Replace(
                "arch/x86/boot/startup/sme.c",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
                "#include \"plain.h\"\n",
            ),
        ],
    ),
    (
        "decompressor_header_renamed",
        &[
            Rename(
                "arch/x86/boot/compressed/misc.h",
                "arch/x86/boot/compressed/stub.h",
            ),
            Create("arch/x86/boot/compressed/misc.h", "#include \"stub.h\"\n"),
        ],
    ),
    (
        "vdso_undefines_the_symbol_too",
        &[
            After(
                "arch/x86/entry/vdso/vdso32/fake_32bit_build.h",
                "#undef CONFIG_PARAVIRT_XXL",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
            ),
            Before(
                "arch/x86/entry/vdso/vdso32/vclock_gettime.c",
                "#include \"common/vclock_gettime.c\"",
                "#include <linux/pgtable.h>\n",
            ),
        ],
    ),
    (
        "fallback_that_is_a_statement",
        &[Replace(
            ENTRY,
            "static inline void lazy_mmu_mode_pause(void) {}",
            "#define lazy_mmu_mode_pause() do { } while (0)\n",
        )],
    ),
    (
        "fallbacks_in_another_header",
        &[
            Create(
                "include/asm-generic/no_lazy_mmu.h",
                "/* made by the test */\n",
            ),
            Move(
                ENTRY,
                ("static inline void lazy_mmu_mode_enable(void) {}", "#endif"),
                "include/asm-generic/no_lazy_mmu.h",
                "/* made by the test */",
            ),
            Replace(
                ENTRY,
                "__task_lazy_mmu_mode_resume(current); > #else",
                "#else\n#include <asm-generic/no_lazy_mmu.h>\n",
            ),
        ],
    ),
    (
        "branches_in_the_other_order",
        &[
            Replace(
                ENTRY,
                "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
                "#ifndef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n#elif defined(CONFIG_ARCH_HAS_LAZY_MMU_MODE)\n",
            ),
            Replace(
                ENTRY,
                "__task_lazy_mmu_mode_resume(current); > #else",
                "#endif\n#if !IS_ENABLED(CONFIG_ARCH_HAS_LAZY_MMU_MODE)\n",
            ),
        ],
    ),
    (
        "driver_with_the_header",
        &[
            Create(
                "drivers/xen/batch.c",
                "#include <linux/pgtable.h>\n\nvoid xen_batch_begin(void)\n{\n\tlazy_mmu_mode_enable();\n}\n",
            ),
            Before(
                "drivers/xen/Makefile",
                "obj-y += mem-reservation.o",
                "obj-y += batch.o\n",
            ),
        ],
    ),
    (
        "driver_with_a_header_that_leads_there",
        &[
            Create(
                "drivers/xen/batch.c",
                "#include <linux/mm.h>\n\nvoid xen_batch_begin(void)\n{\n\tlazy_mmu_mode_enable();\n}\n",
            ),
            Before(
                "drivers/xen/Makefile",
                "obj-y += mem-reservation.o",
                "obj-y += batch.o\n",
            ),
        ],
    ),
    (
        "file_that_nothing_builds",
        &[Create(
            "mm/batch.c",
            "void batch_begin(void)\n{\n\tlazy_mmu_mode_enable();\n}\n",
        )],
    ),
    (
        "names_in_comments_and_strings",
        &[
            After(
                "mm/mremap.c",
                "lazy_mmu_mode_enable();",
                "\t/* arch_enter_lazy_mmu_mode() and __HAVE_ARCH_ENTER_LAZY_MMU_MODE are from before */\n\
                 \tpr_debug(\"arch_enter_lazy_mmu_mode() is done, ARCH_HAS_LAZY_MMU_MODE\");\n",
            ),
            Append(
                "Documentation/mm/index.rst",
                "\narch_enter_lazy_mmu_mode() and __HAVE_ARCH_ENTER_LAZY_MMU_MODE are history.\n",
            ),
        ],
    ),
    (
        "longer_names",
        &[
            After(
                "mm/mremap.c",
                "lazy_mmu_mode_enable();",
                "\tarch_enter_lazy_mmu_mode_of(vma);\n",
            ),
            Before(
                ARM64,
                EMPTY_ENTER,
                "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE_EARLY\n",
            ),
        ],
    ),
    (
        "powerpc_test_written_in_another_way",
        &[
            Replace(
                POWERPC,
                "struct ppc64_tlb_batch *batch; > if (radix_enabled())",
                "\tif (radix_enabled()) {\n",
            ),
            Replace(
                POWERPC,
                "struct ppc64_tlb_batch *batch; > return;",
                "\t\treturn;\n\t}\n",
            ),
        ],
    ),
    (
        "arm64_calls_its_own_hook",
        &[Before(
            "arch/arm64/mm/pageattr.c",
            "lazy_mmu_mode_enable();",
            "\tarch_flush_lazy_mmu_mode();\n",
        )],
    ),
    (
        "hook_removed_with_its_select",
        &[Cut(ARM64, ARM64_HOOKS), Drop("arch/arm64/Kconfig", SELECT)],
    ),
    (
        "one_hook_kept_for_another_use",
        &[
            Cut(ARM64, (LEAVE, "#ifdef CONFIG_TRANSPARENT_HUGEPAGE")),
            Cut(ARM64, (EMPTY_ENTER, FLUSH)),
            Drop("arch/arm64/Kconfig", SELECT),
        ],
    ),
    // The forms that conditions, definitions and lines may have.
    (
        "guards_that_nest",
        &[Around(
            ARM64,
            ARM64_HOOKS,
            "#if defined CONFIG_MMU && \\\n\t!defined(CONFIG_PPC)\n# ifdef CONFIG_64BIT /* always */\n\
             #  if /* a comment */ CONFIG_PGTABLE_LEVELS > 1\n",
            "#  endif\n# endif\n#endif\n",
        )],
    ),
    (
        "hooks_behind_else",
        &[Around(
            ARM64,
            ARM64_HOOKS,
            "#if 0\nvoid arch_enter_lazy_mmu_mode(int);\n#else\n#ifndef CONFIG_64BIT\n#else\n",
            "#endif\n#endif\n",
        )],
    ),
    (
        "hooks_behind_elif",
        &[Around(
            ARM64,
            ARM64_HOOKS,
            "#ifdef CONFIG_NOT_OF_THIS_TREE\n#error\n#elif IS_ENABLED(CONFIG_ARM64)\n",
            "#endif\n",
        )],
    ),
    (
        "all_members_of_a_choice",
        &[Around(
            ARM64,
            ARM64_HOOKS,
            "#if defined(CONFIG_ARM64_4K_PAGES) || defined(CONFIG_ARM64_16K_PAGES) || \\\n\
             \tdefined(CONFIG_ARM64_64K_PAGES)\n",
            "#endif\n",
        )],
    ),
    (
        "lines_that_end_as_elsewhere",
        &[
            Replace(
                ARM64,
                EMPTY_ENTER,
                "#ifdef CONFIG_MMU\r\nstatic inline void arch_enter_lazy_mmu_mode(void) {}\r\n#endif\r\n",
            ),
            Replace(
                "arch/arm64/Kconfig",
                SELECT,
                "\tselect ARCH_HAS_LAZY_MMU_MODE\t# all of them\r\n",
            ),
        ],
    ),
    (
        "attributes_and_a_name_on_a_line_of_its_own",
        &[
            Replace(
                ARM64,
                EMPTY_ENTER,
                "static __always_inline void\narch_enter_lazy_mmu_mode (void)\n{\n}\n",
            ),
            Replace(
                ARM64,
                FLUSH,
                "static inline __attribute__((always_inline)) notrace void arch_flush_lazy_mmu_mode(void)\n",
            ),
            Replace(
                ARM64,
                LEAVE,
                "static inline __no_sanitize_address void arch_leave_lazy_mmu_mode(\n\tvoid)\n",
            ),
        ],
    ),
    (
        "arm64_with_a_macro_that_calls",
        &[Replace(
            ARM64,
            EMPTY_ENTER,
            "#define arch_enter_lazy_mmu_mode() do { } while (0)\n",
        )],
    ),
    (
        "arm64_by_another_name",
        &[Replace(
            ARM64,
            EMPTY_ENTER,
            "static inline void arm64_enter_lazy(void) {}\n#define arch_enter_lazy_mmu_mode arm64_enter_lazy\n",
        )],
    ),
    (
        "generic_hook_unless_there_is_one",
        &[
            Create(
                "include/asm-generic/lazy_mmu.h",
                "#ifndef ASM_GENERIC_LAZY_MMU_H\n#define ASM_GENERIC_LAZY_MMU_H\n\
                 #ifndef arch_enter_lazy_mmu_mode\nstatic inline void arch_enter_lazy_mmu_mode(void) {}\n#endif\n\
                 #ifndef arch_flush_lazy_mmu_mode\nstatic inline void arch_flush_lazy_mmu_mode(void) {}\n#endif\n#endif\n",
            ),
            Replace(
                ARM64,
                EMPTY_ENTER,
                "#define arch_flush_lazy_mmu_mode arch_flush_lazy_mmu_mode\n",
            ),
            Before(
                ARM64,
                "#define __HAVE_ARCH_FLUSH_PMD_TLB_RANGE",
                "#endif\n#include <asm-generic/lazy_mmu.h>\n#ifdef CONFIG_TRANSPARENT_HUGEPAGE\n",
            ),
        ],
    ),
    // The forms that a select may have.
    (
        "select_with_two_conditions",
        &[
            Before(
                "arch/riscv/Kconfig",
                "select ARCH_HAS_BINFMT_FLAT",
                "\tselect ARCH_HAS_LAZY_MMU_MODE if MMU && (64BIT || SMP)\n",
            ),
            Append(
                RISCV,
                "\n#ifdef CONFIG_MMU\n#if defined(CONFIG_64BIT) || defined(CONFIG_SMP)\n\
                 #ifndef __ASSEMBLER__\nstatic inline void arch_enter_lazy_mmu_mode(void) {}\n\
                 static inline void arch_flush_lazy_mmu_mode(void) {}\nstatic inline void arch_leave_lazy_mmu_mode(void) {}\n\
                 #endif\n#endif\n#endif\n",
            ),
        ],
    ),
    (
        "select_in_a_block",
        &[
            Drop("arch/arm64/Kconfig", SELECT),
            Append(
                "arch/arm64/Kconfig",
                "\nif MMU\nmenu \"more\"\nif 64BIT\nconfig ARM64_LAZY\n\tdef_bool !PREEMPT_RT\n\tselect ARCH_HAS_LAZY_MMU_MODE\nendif\nendmenu\nendif\n",
            ),
            Around(
                ARM64,
                ARM64_HOOKS,
                "#ifndef CONFIG_PREEMPT_RT\n",
                "#endif\n",
            ),
        ],
    ),
    (
        "select_with_what_may_be_a_module",
        &[
            Before(
                "arch/riscv/Kconfig",
                "select ARCH_HAS_BINFMT_FLAT",
                "\tselect ARCH_HAS_LAZY_MMU_MODE if KVM\n",
            ),
            Append(
                RISCV,
                "\n#if IS_ENABLED(CONFIG_KVM) && !defined(__ASSEMBLER__)\nstatic inline void arch_enter_lazy_mmu_mode(void) {}\n\
                 static inline void arch_flush_lazy_mmu_mode(void) {}\nstatic inline void arch_leave_lazy_mmu_mode(void) {}\n#endif\n",
            ),
        ],
    ),
    (
        "select_by_a_number",
        &[
            Replace(
                "arch/arm64/Kconfig",
                SELECT,
                "\tselect ARCH_HAS_LAZY_MMU_MODE if PGTABLE_LEVELS > 3\n",
            ),
            Around(
                ARM64,
                ARM64_HOOKS,
                "#if CONFIG_PGTABLE_LEVELS >= 4\n",
                "#endif\n",
            ),
        ],
    ),
    (
        "hook_with_a_return_value_that_is_not_used",
        &[Replace(
            ARM64,
            EMPTY_ENTER,
            "static inline bool arch_enter_lazy_mmu_mode(void) { return true; }\n",
        )],
    ),
    (
        "enter_header_by_way_of_an_include_with_an_equal_condition",
        &[
            Create(
                "arch/arm64/include/asm/lazy_mmu.h",
                "#ifndef ASM_LAZY_MMU_H\n#define ASM_LAZY_MMU_H\n#endif\n",
            ),
            Move(
                ARM64,
                ARM64_HOOKS,
                "arch/arm64/include/asm/lazy_mmu.h",
                "#define ASM_LAZY_MMU_H",
            ),
            Before(
                ARM64,
                "#define __HAVE_ARCH_FLUSH_PMD_TLB_RANGE",
                "#endif\n#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n#include \"lazy_mmu.h\"\n#endif\n#ifdef CONFIG_TRANSPARENT_HUGEPAGE\n",
            ),
        ],
    ),
    (
        "powerpc_selects_at_its_place",
        &[
            Drop(CPUTYPE, SELECT),
            Before(
                "arch/powerpc/Kconfig",
                "select ARCH_HAS_MEMBARRIER_CALLBACKS",
                "\tselect ARCH_HAS_LAZY_MMU_MODE if PPC_BOOK3S_64\n",
            ),
        ],
    ),
];
