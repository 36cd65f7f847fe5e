//! Changes that a reviewer would refuse, each for one reason.

use super::right::{
    BUSY, ENABLE, ENTRY, IS_BUSY, RISCV, RISCV_HEADER, THING, jump_label_row, jump_label_select,
    kgdb_select, new_driver, riscv_hooks, riscv_select,
};
use super::{Change, Edit};

const JUMP_LABELS: &str = "Documentation/features/core/jump-labels/arch-support.txt";
const HEXAGON: &str = "arch/hexagon/Kconfig";
const NAME: &str = "undeclared-name";
const VMALLOC: &str = "HAVE_ARCH_HUGE_VMALLOC";

pub const CHANGES: &[Change] = &[
    change(
        "source_of_a_kconfig_file_dropped",
        NAME,
        1,
        "drivers/Kconfig",
        &[|work| work.without("drivers/Kconfig", "source \"drivers/nvmem/Kconfig\"")],
    ),
    change(
        "driver_whose_kconfig_file_nothing_sources",
        NAME,
        2,
        "drivers/Makefile",
        &[new_driver, |work| {
            work.append("drivers/Makefile", "obj-$(CONFIG_NEW_THING) += newthing/\n");
        }],
    ),
    change(
        "select_without_its_row",
        "table-denies-support",
        1,
        HEXAGON,
        &[jump_label_select],
    ),
    change(
        "row_without_its_select",
        "table-claims-support",
        1,
        JUMP_LABELS,
        &[jump_label_row],
    ),
    change(
        "select_removed_and_row_kept",
        "table-claims-support",
        1,
        HEXAGON,
        &[kgdb_select],
    ),
    change(
        "row_forgotten",
        "table-rows",
        1,
        JUMP_LABELS,
        &[|work| work.without(JUMP_LABELS, "hexagon: |")],
    ),
    change(
        "row_with_a_wrong_name",
        "table-rows",
        1,
        JUMP_LABELS,
        &[|work| {
            work.replace(JUMP_LABELS, " hexagon: |", " hexagom: |");
        }],
    ),
    change(
        "row_repeated",
        "table-rows",
        1,
        JUMP_LABELS,
        &[|work| {
            let row = work
                .text(JUMP_LABELS)
                .lines()
                .find(|line| line.contains("hexagon: |"))
                .unwrap()
                .to_owned();
            work.before(JUMP_LABELS, "hexagon: |", &format!("{row}\n"));
        }],
    ),
    change(
        "row_in_the_wrong_place",
        "table-rows",
        1,
        JUMP_LABELS,
        &[|work| {
            let row = work
                .text(JUMP_LABELS)
                .lines()
                .find(|line| line.contains("hexagon: |"))
                .unwrap()
                .to_owned();
            work.without(JUMP_LABELS, "hexagon: |");
            work.before(JUMP_LABELS, "x86: |", &format!("{row}\n"));
        }],
    ),
    change(
        "row_with_an_unknown_status",
        "table-status",
        1,
        JUMP_LABELS,
        &[|work| {
            work.replace(JUMP_LABELS, "hexagon: | TODO |", "hexagon: | todo |");
        }],
    ),
    change(
        "table_with_a_wrong_symbol",
        "table-other-symbol",
        1,
        JUMP_LABELS,
        &[|work| {
            work.replace(JUMP_LABELS, "HAVE_ARCH_JUMP_LABEL", "HAVE_ARCH_JUMP_LABLE");
        }],
    ),
    change(
        "row_is_wrong_in_the_second_of_three",
        "table-claims-support",
        2,
        JUMP_LABELS,
        &[
            |work| work.append("mm/memory.c", "\n"),
            jump_label_row,
            |work| work.append("mm/memory.c", "\n"),
        ],
    ),
    change(
        "new_architecture_without_rows",
        "table-rows",
        1,
        "arch/zebra/Kconfig",
        &[|work| work.architecture("zebra")],
    ),
    change(
        "architecture_removed_and_rows_kept",
        "table-rows",
        1,
        "Documentation/features/",
        &[|work| work.without_architecture("openrisc")],
    ),
    change(
        "source_of_a_missing_file",
        "kconfig-source",
        1,
        "lib/Kconfig.debug",
        &[|work| {
            work.replace(
                "lib/Kconfig.debug",
                "source \"mm/Kconfig.debug\"",
                "source \"mm/Kconfig.checks\"",
            );
        }],
    ),
    change(
        "select_without_the_dependency_of_its_target",
        "unmet-dependency",
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\tselect TRANSPARENT_HUGEPAGE\n"),
            );
        }],
    ),
    change(
        "dependency_added_to_a_selected_symbol",
        "unmet-dependency",
        1,
        "init/Kconfig",
        &[|work| {
            work.replace(
                "init/Kconfig",
                "config RELAY\n",
                "config RELAY\n\tdepends on NET\n",
            )
        }],
    ),
    change(
        "name_misspelt_in_depends",
        NAME,
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\tdepends on HAVE_ARCH_HUGE_VMPA\n"),
            );
        }],
    ),
    change(
        "name_misspelt_in_imply",
        NAME,
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\timply TRANSPARENT_HUGEPAGES\n"),
            );
        }],
    ),
    change(
        "name_misspelt_in_default",
        NAME,
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\tdefault TRANSPARENT_HUGEPAGES\n"),
            );
        }],
    ),
    change(
        "name_misspelt_in_a_condition",
        NAME,
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\tdefault y if TRANSPARENT_HUGEPAGES\n"),
            );
        }],
    ),
    change(
        "default_in_words",
        NAME,
        1,
        "init/Kconfig",
        &[|work| work.append("init/Kconfig", &format!("{THING}\tdefault yes\n"))],
    ),
    change(
        "dependency_in_small_letters",
        NAME,
        1,
        "init/Kconfig",
        &[|work| work.append("init/Kconfig", &format!("{THING}\tdepends on smp && MMU\n"))],
    ),
    change(
        "name_misspelt_in_select",
        NAME,
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\tselect HAVE_ARCH_HUGE_VMPA\n"),
            );
        }],
    ),
    change(
        "name_misspelt_in_an_if_block",
        NAME,
        1,
        "init/Kconfig",
        &[|work| {
            work.append("init/Kconfig", "\nif TRANSPARENT_HUGEPAGES\nendif\n");
        }],
    ),
    change(
        "select_that_never_takes_effect",
        "dead-select",
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\tdepends on SMP\n\tselect STACKTRACE if !SMP\n"),
            );
        }],
    ),
    change(
        "default_that_never_applies",
        "dead-default",
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\tdepends on SMP\n\tdefault y if !SMP\n"),
            );
        }],
    ),
    change(
        "symbol_that_nothing_can_enable",
        "dead-symbol",
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("{THING}\tdepends on 64BIT && !64BIT\n"),
            );
        }],
    ),
    change(
        "block_that_never_holds",
        "dead-block",
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                &format!("\nif MODULES && !MODULES\n{THING}\nendif\n"),
            );
        }],
    ),
    change(
        "range_in_the_wrong_order",
        "reversed-range",
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                "\nconfig NEW_COUNT\n\tint \"New count\"\n\trange 8 2\n\tdefault 4\n",
            );
        }],
    ),
    change(
        "bool_compared_with_m",
        "condition-type",
        1,
        "init/Kconfig",
        &[|work| {
            work.append("init/Kconfig", &format!("{THING}\tdepends on SMP!=m\n"));
        }],
    ),
    change(
        "name_misspelt_in_ifdef",
        NAME,
        1,
        "mm/memory.c",
        &[|work| {
            work.append(
                "mm/memory.c",
                "#ifdef CONFIG_TRANSPARENT_HUGEPAGES\n#endif\n",
            );
        }],
    ),
    change(
        "name_misspelt_in_is_enabled",
        NAME,
        1,
        "mm/memory.c",
        &[|work| {
            work.append(
                "mm/memory.c",
                "int thing = IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGES);\n",
            );
        }],
    ),
    change(
        "name_without_prefix_in_is_reachable",
        NAME,
        1,
        "mm/memory.c",
        &[|work| {
            work.append(
                "mm/memory.c",
                "int thing = IS_REACHABLE(TRANSPARENT_HUGEPAGE);\n",
            );
        }],
    ),
    change(
        "name_with_a_wrong_prefix_in_is_builtin",
        NAME,
        1,
        "mm/memory.c",
        &[|work| {
            work.append(
                "mm/memory.c",
                "int thing = IS_BUILTIN(CCONFIG_TRANSPARENT_HUGEPAGE);\n",
            );
        }],
    ),
    change(
        "name_misspelt_in_is_module",
        NAME,
        1,
        "mm/memory.c",
        &[|work| {
            work.append(
                "mm/memory.c",
                "int thing = IS_MODULE(CONFIG_TRANSPARENT_HUGEPAGES);\n",
            );
        }],
    ),
    change(
        "name_misspelt_in_a_makefile",
        NAME,
        1,
        "mm/Makefile",
        &[|work| {
            work.append(
                "mm/Makefile",
                "obj-$(CONFIG_TRANSPARENT_HUGEPAGES) += thing.o\n",
            );
        }],
    ),
    change(
        "entry_renamed_without_its_users",
        NAME,
        1,
        "arch/Kconfig",
        &[|work| {
            work.replace(
                "arch/Kconfig",
                "config HAVE_ARCH_HUGE_VMALLOC\n",
                "config ARCH_HAS_HUGE_VMALLOC\n",
            );
        }],
    ),
    change(
        "rename_forgets_an_architecture",
        NAME,
        1,
        "arch/Kconfig",
        &[
            |work| {
                work.rename(
                    VMALLOC,
                    "ARCH_HAS_HUGE_VMALLOC",
                    &[
                        "arch/Kconfig",
                        "mm",
                        "include",
                        "kernel",
                        "lib",
                        "fs",
                        "init",
                    ],
                )
            },
            |work| {
                work.rename(
                    VMALLOC,
                    "ARCH_HAS_HUGE_VMALLOC",
                    &["arch/arm64", "arch/powerpc", "arch/x86"],
                )
            },
        ],
    ),
    change(
        "line_that_is_not_kconfig",
        "kconfig-syntax",
        1,
        "init/Kconfig",
        &[|work| {
            work.append("init/Kconfig", &format!("{THING}\tfrobnicate\n"));
        }],
    ),
    of_new(
        "select_without_hooks",
        "select-without-hook",
        1,
        RISCV,
        &[riscv_select],
    ),
    of_new(
        "select_a_commit_before_its_hooks",
        "select-without-hook",
        1,
        RISCV,
        &[riscv_select, riscv_hooks],
    ),
    of_new(
        "hooks_without_select",
        "hook-without-select",
        1,
        RISCV_HEADER,
        &[riscv_hooks],
    ),
    of_new(
        "hook_renamed_by_an_architecture",
        "incomplete-hooks",
        1,
        "arch/arm64/include",
        &[|work| {
            work.replace(
                "arch/arm64/include/asm/pgtable.h",
                "void arch_leave_lazy_mmu_mode(",
                "void arch_exit_lazy_mmu_mode(",
            );
        }],
    ),
    of_new(
        "hook_lost_for_one_commit",
        "incomplete-hooks",
        1,
        "arch/arm64/include",
        &[
            |work| {
                work.rename(
                    "arch_leave_lazy_mmu_mode",
                    "arch_exit_lazy_mmu_mode",
                    &["arch/arm64/include/asm/pgtable.h"],
                )
            },
            |work| {
                work.rename(
                    "arch_exit_lazy_mmu_mode",
                    "arch_leave_lazy_mmu_mode",
                    &["arch/arm64/include/asm/pgtable.h"],
                )
            },
        ],
    ),
    of_new(
        "select_of_the_feature_misspelt",
        "select-undeclared",
        1,
        RISCV,
        &[|work| {
            work.select(RISCV, "RISCV", "ARCH_HAS_LAZY_MMU_MODES");
        }],
    ),
    of_new(
        "feature_renamed_without_its_users",
        NAME,
        1,
        "mm/Kconfig",
        &[|work| {
            work.replace(
                "mm/Kconfig",
                "config ARCH_HAS_LAZY_MMU_MODE\n",
                "config ARCH_MAY_BE_LAZY\n",
            );
        }],
    ),
    of_new(
        "wrapper_without_fallback",
        "missing-fallback",
        2,
        "mm/memory.c",
        &[
            |work| work.before(ENTRY, ENABLE, BUSY),
            |work| work.append("mm/memory.c", IS_BUSY),
        ],
    ),
    of_new(
        "wrapper_calls_an_undefined_hook",
        "incomplete-hooks",
        1,
        ENTRY,
        &[|work| {
            work.before(
                ENTRY,
                "\t\tarch_enter_lazy_mmu_mode();\n",
                "\t\tarch_prepare_lazy_mmu_mode();\n",
            );
        }],
    ),
    of_new(
        "fallback_dropped",
        "missing-fallback",
        1,
        ENTRY,
        &[|work| {
            work.without(ENTRY, "static inline void lazy_mmu_mode_pause(void) {}");
        }],
    ),
    of_new(
        "generic_code_calls_a_hook",
        "direct-hook-call",
        1,
        "mm/memory.c",
        &[|work| {
            work.append(
                "mm/memory.c",
                "void busy(void)\n{\n\tarch_flush_lazy_mmu_mode();\n}\n",
            );
        }],
    ),
    of_new(
        "marker_added_back_in_two_architectures",
        "retired-marker",
        1,
        "arch/",
        &[|work| {
            let marker = "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE\n";
            work.before(
                "arch/arm64/include/asm/pgtable.h",
                "static inline void arch_enter_lazy_mmu_mode(void)",
                marker,
            );
            work.before(
                "arch/sparc/include/asm/tlbflush_64.h",
                "void arch_enter_lazy_mmu_mode(void)",
                marker,
            );
        }],
    ),
    of_new(
        "undef_dropped",
        "undef-config",
        1,
        "arch/x86/boot",
        &[|work| {
            work.without(
                "arch/x86/boot/compressed/misc.h",
                "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            );
        }],
    ),
];

const fn change(
    name: &'static str,
    lint: &'static str,
    commit: u32,
    path: &'static str,
    commits: &'static [Edit],
) -> Change {
    Change {
        name,
        is_of_old: true,
        commits,
        says: Some((lint, commit, path)),
    }
}

pub const fn of_new(
    name: &'static str,
    lint: &'static str,
    commit: u32,
    path: &'static str,
    commits: &'static [Edit],
) -> Change {
    Change {
        name,
        is_of_old: false,
        commits,
        says: Some((lint, commit, path)),
    }
}
