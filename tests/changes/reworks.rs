//! Changes that a reviewer would pass: reworks of existing code, split as series on the lists are.

use super::work::Work;
use super::{Change, Edit};

const ARM64: &str = "arch/arm64/Kconfig";
const PGTABLE: &str = "arch/arm64/include/asm/pgtable.h";
const UACCESS: &str = "include/linux/uaccess.h";
pub const PROBE: &str = "arch/arm64/include/asm/uaccess.h";
const MEMTEST: &str = "ARCH_USE_MEMTEST";
const STATS: &str = "config PERCPU_STATS\n";
const AFTER_STATS: &str = "config GUP_TEST\n";
const GUARD: &str = "#ifdef CONFIG_ARCH_HAS_SUBPAGE_FAULTS\n";
const END: &str = "#endif /* CONFIG_ARCH_HAS_SUBPAGE_FAULTS */\n";

fn no_select(work: &mut Work) {
    work.without(ARM64, "select ARCH_HAS_SUBPAGE_FAULTS");
}

fn no_hook(work: &mut Work) {
    work.cut(PROBE, GUARD, "#endif /* __ASM_UACCESS_H */");
}

pub fn no_guard(work: &mut Work) {
    work.without(UACCESS, "#ifndef CONFIG_ARCH_HAS_SUBPAGE_FAULTS");
    work.without(UACCESS, "#endif /* CONFIG_ARCH_HAS_SUBPAGE_FAULTS */");
}

fn no_entry(work: &mut Work) {
    work.cut(
        "arch/Kconfig",
        "config ARCH_HAS_SUBPAGE_FAULTS\n",
        "config HOTPLUG_SMT\n",
    );
}

fn stats_renamed(work: &mut Work) {
    work.rename("PERCPU_STATS", "PERCPU_STATISTICS", &["mm"]);
    work.before(
        "mm/Kconfig",
        AFTER_STATS,
        "config PERCPU_STATS\n\tbool\n\ttransitional\n\thelp\n\t  Its old name.\n\n",
    );
}

pub fn probe_in_object(work: &mut Work) {
    let body = work.cut(PROBE, "static inline size_t probe_subpage_writeable", END);
    let body = body.trim_start_matches("static inline ");
    work.before(
        PROBE,
        END,
        "size_t probe_subpage_writeable(const char __user *uaddr, size_t size);\n",
    );
    let text = format!("#include <linux/uaccess.h>\n#include <asm/mte.h>\n\n{body}");
    work.write("arch/arm64/lib/probe.c", &text);
}

pub const CHANGES: &[Change] = &[
    change(
        "hooks_move_to_a_header_of_their_own",
        &[
            |work| {
                work.write(
                    "arch/arm64/include/asm/lazy_mmu.h",
                    "#ifndef __ASM_LAZY_MMU_H\n#define __ASM_LAZY_MMU_H\n\n#endif\n",
                );
                work.before(
                    PGTABLE,
                    "static inline void arch_enter_lazy_mmu_mode(void) {}",
                    "#include <asm/lazy_mmu.h>\n\n",
                );
            },
            |work| {
                let hooks = work.cut(
                    PGTABLE,
                    "static inline void arch_enter_lazy_mmu_mode(void) {}",
                    "#ifdef CONFIG_TRANSPARENT_HUGEPAGE\n#define __HAVE_ARCH_FLUSH",
                );
                work.before("arch/arm64/include/asm/lazy_mmu.h", "#endif", &hooks);
            },
        ],
    ),
    change(
        "option_renamed_with_a_transitional_symbol",
        &[
            stats_renamed,
            |work| {
                for name in ["defconfig", "debug_defconfig"] {
                    work.replace(
                        &format!("arch/s390/configs/{name}"),
                        "CONFIG_PERCPU_STATS=y",
                        "CONFIG_PERCPU_STATISTICS=y",
                    );
                }
            },
            |work| {
                work.cut("mm/Kconfig", STATS, AFTER_STATS);
            },
        ],
    ),
    change(
        "macro_hook_becomes_an_inline_function",
        &[|work| {
            work.replace(
                "arch/x86/include/asm/processor.h",
                "#define cache_line_size()\t(boot_cpu_data.x86_cache_alignment)",
                "static inline int cache_line_size(void)\n{\n\treturn boot_cpu_data.x86_cache_alignment;\n}\n#define cache_line_size cache_line_size",
            )
        }],
    ),
    change(
        "inline_hook_moves_to_an_object",
        &[|work| {
            probe_in_object(work);
            work.append(
                "arch/arm64/lib/Makefile",
                "obj-$(CONFIG_ARCH_HAS_SUBPAGE_FAULTS) += probe.o\n",
            );
        }],
    ),
    change(
        "entry_with_a_prompt_moves_to_another_file",
        &[|work| {
            let entry = work.cut("mm/Kconfig", STATS, AFTER_STATS);
            work.before("mm/Kconfig.debug", "config DEBUG_PAGEALLOC\n", &entry);
        }],
    ),
    change(
        "kconfig_file_is_split",
        &[|work| {
            let entry = work.cut("mm/Kconfig", STATS, AFTER_STATS);
            work.write("mm/Kconfig.percpu", &entry);
            work.before(
                "mm/Kconfig",
                AFTER_STATS,
                "source \"mm/Kconfig.percpu\"\n\n",
            );
        }],
    ),
    change(
        "selects_move_to_a_common_symbol",
        &[
            |work| {
                work.before("arch/Kconfig", "config ARCH_HAS_SUBPAGE_FAULTS\n", "config ARCH_HAS_USUAL_THINGS\n\tbool\n\tselect HAVE_ARCH_JUMP_LABEL\n\tselect ARCH_USE_MEMTEST\n\n")
            },
            |work| {
                work.without("arch/loongarch/Kconfig", "select HAVE_ARCH_JUMP_LABEL\n");
                work.without("arch/loongarch/Kconfig", "select ARCH_USE_MEMTEST");
                work.before(
                    "arch/loongarch/Kconfig",
                    "select ARCH_HAS_ACPI_TABLE_UPGRADE",
                    "\tselect ARCH_HAS_USUAL_THINGS\n",
                );
            },
        ],
    ),
    change(
        "feature_removed_step_by_step",
        &[no_select, no_hook, no_guard, no_entry],
    ),
    change(
        "feature_removed_in_one_commit",
        &[|work| {
            no_select(work);
            no_hook(work);
            no_guard(work);
            no_entry(work);
        }],
    ),
    change(
        "entry_moves_into_a_new_menu",
        &[|work| {
            work.before("mm/Kconfig", STATS, "menuconfig PERCPU_CHECKS\n\tbool \"Checks of percpu memory\"\n\tdefault y\n\nif PERCPU_CHECKS\n\n");
            work.before("mm/Kconfig", AFTER_STATS, "endif # PERCPU_CHECKS\n\n");
        }],
    ),
    change(
        "new_driver",
        &[
            |work| {
                work.append("lib/Kconfig", "\nconfig NEW_DRIVER\n\ttristate \"New driver\"\n\tdepends on HAS_IOMEM\n\tselect CRC32\n\thelp\n\t  Drives what is new.\n")
            },
            |work| {
                work.append("lib/Makefile", "obj-$(CONFIG_NEW_DRIVER) += new_driver.o\n");
                work.write("lib/new_driver.c", "#include <linux/io.h>\n#include <linux/module.h>\n\n#if IS_ENABLED(CONFIG_PM)\nint new_driver_resume;\n#endif\nMODULE_LICENSE(\"GPL\");\n");
            },
        ],
    ),
    change(
        "fallback_moves_to_asm_generic",
        &[|work| {
            let fallback = work.cut(UACCESS, "/**\n * probe_subpage_writeable:", END);
            work.write("include/asm-generic/probe.h", &fallback);
            work.before(UACCESS, END, "#include <asm-generic/probe.h>\n");
        }],
    ),
    change(
        "condition_on_a_select",
        &[|work| {
            work.replace(
                ARM64,
                "\tselect ARCH_HAS_SUBPAGE_FAULTS\n",
                "\tselect ARCH_HAS_SUBPAGE_FAULTS if MMU && !KASAN_HW_TAGS\n",
            )
        }],
    ),
    change(
        "selects_become_a_default",
        &[
            |work| {
                work.replace(
                    "lib/Kconfig.debug",
                    "config ARCH_USE_MEMTEST\n\tbool\n",
                    "config ARCH_USE_MEMTEST\n\tbool\n\tdefault y if ARM64 || RISCV || X86\n",
                )
            },
            |work| {
                for arch in ["arm64", "riscv", "x86"] {
                    work.without(
                        &format!("arch/{arch}/Kconfig"),
                        &format!("select {MEMTEST}"),
                    );
                }
            },
        ],
    ),
    change(
        "hook_renamed_everywhere",
        &[|work| {
            work.rename(
                "probe_subpage_writeable",
                "probe_subpage_writable",
                &["arch/arm64", "mm", "include"],
            )
        }],
    ),
    change(
        "hook_renamed_with_a_temporary_alias",
        &[
            |work| {
                work.rename(
                    "probe_subpage_writeable",
                    "probe_subpage_writable",
                    &["arch/arm64", "include"],
                );
                work.before(
                    UACCESS,
                    "#ifndef ARCH_HAS_NONTEMPORAL_UACCESS",
                    "#define probe_subpage_writeable probe_subpage_writable\n\n",
                );
            },
            |work| work.rename("probe_subpage_writeable", "probe_subpage_writable", &["mm"]),
            |work| work.without(UACCESS, "#define probe_subpage_writeable"),
        ],
    ),
    change(
        "linked_hook_renamed_everywhere",
        &[|work| {
            work.rename(
                "arch_dma_prep_coherent",
                "arch_dma_prepare_coherent",
                &["arch", "include", "kernel", "drivers"],
            )
        }],
    ),
    change(
        "hook_renamed_by_way_of_both_names",
        &[
            |work| {
                work.append(
                    "include/linux/dma-map-ops.h",
                    "#define arch_dma_prepare_coherent arch_dma_prep_coherent\n",
                )
            },
            |work| {
                work.rename(
                    "arch_dma_prep_coherent",
                    "arch_dma_prepare_coherent",
                    &["kernel", "drivers"],
                )
            },
        ],
    ),
];

const fn change(name: &'static str, commits: &'static [Edit]) -> Change {
    Change {
        name,
        is_of_old: false,
        commits,
        says: None,
    }
}
