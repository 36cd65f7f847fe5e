//! Changes that a reviewer would pass.

use super::work::Work;
use super::{Change, Edit};

const JUMP_LABEL: &str = "HAVE_ARCH_JUMP_LABEL";
const HEXAGON: &str = "arch/hexagon/Kconfig";
const KGDB: &str = "debug/kgdb";
const LAZY: &str = "ARCH_HAS_LAZY_MMU_MODE";
const VMALLOC: &str = "HAVE_ARCH_HUGE_VMALLOC";
pub const RISCV: &str = "arch/riscv/Kconfig";
pub const RISCV_HEADER: &str = "arch/riscv/include/asm/pgtable.h";
pub const ENTRY: &str = "include/linux/pgtable.h";
pub const HOOKS: &str = "static inline void arch_enter_lazy_mmu_mode(void) { }\n\
    static inline void arch_flush_lazy_mmu_mode(void) { }\n\
    static inline void arch_leave_lazy_mmu_mode(void) { }\n";
pub const ENABLE: &str = "static inline void lazy_mmu_mode_enable(void)";
pub const BUSY: &str = "static inline int lazy_mmu_mode_busy(void)\n{\n\treturn 1;\n}\n\n";
pub const IS_BUSY: &str = "int busy(void)\n{\n\treturn lazy_mmu_mode_busy();\n}\n";
/// A new entry without a prompt's text that is worth a thought.
pub const THING: &str = "\nconfig NEW_THING\n\tbool \"New thing\"\n";

pub fn jump_label_select(work: &mut Work) {
    work.select(HEXAGON, "HEXAGON", JUMP_LABEL);
}

pub fn jump_label_row(work: &mut Work) {
    work.row("core/jump-labels", "hexagon", "ok");
}

fn jump_label(work: &mut Work) {
    jump_label_select(work);
    jump_label_row(work);
}

fn kgdb_row(work: &mut Work) {
    work.row(KGDB, "hexagon", "TODO");
}

pub fn kgdb_select(work: &mut Work) {
    work.without(HEXAGON, "select HAVE_ARCH_KGDB");
}

pub fn riscv_hooks(work: &mut Work) {
    work.before(RISCV_HEADER, "extern u64 satp_mode;", HOOKS);
}

pub fn riscv_select(work: &mut Work) {
    work.select(RISCV, "RISCV", LAZY);
}

/// A directory with a driver that nothing enters yet.
pub fn new_driver(work: &mut Work) {
    work.write(
        "drivers/newthing/Kconfig",
        "config NEW_THING\n\ttristate \"New thing\"\n\tdepends on PCI\n",
    );
    work.write(
        "drivers/newthing/Makefile",
        "obj-$(CONFIG_NEW_THING) += thing.o\n",
    );
    work.write(
        "drivers/newthing/thing.c",
        "#if IS_ENABLED(CONFIG_NEW_THING)\nint thing;\n#endif\n",
    );
}

fn thing(work: &mut Work) {
    work.append("init/Kconfig", THING);
}

fn use_of_thing(work: &mut Work) {
    work.append(
        "mm/memory.c",
        "#ifdef CONFIG_NEW_THING\nint new_thing;\n#endif\n",
    );
}

const ALL: &[&str] = &["arch", "mm", "include", "kernel", "lib", "fs", "init"];

pub const CHANGES: &[Change] = &[
    change("select_and_row_in_one_commit", &[jump_label]),
    change(
        "select_before_its_row",
        &[jump_label_select, jump_label_row],
    ),
    change(
        "row_before_its_select",
        &[jump_label_row, jump_label_select],
    ),
    change(
        "two_features_of_an_architecture",
        &[
            |work| work.select("arch/csky/Kconfig", "CSKY", "HAVE_ARCH_HUGE_VMAP"),
            jump_label,
            |work| work.row("vm/huge-vmap", "csky", "ok"),
        ],
    ),
    change(
        "feature_dropped_in_one_commit",
        &[|work| {
            kgdb_select(work);
            kgdb_row(work);
        }],
    ),
    change("feature_dropped_row_first", &[kgdb_row, kgdb_select]),
    change("feature_dropped_select_first", &[kgdb_select, kgdb_row]),
    change(
        "feature_added_and_reverted",
        &[jump_label, |work| {
            work.without(HEXAGON, JUMP_LABEL);
            work.row("core/jump-labels", "hexagon", "TODO");
        }],
    ),
    change(
        "if_block_around_a_shared_file",
        &[|work| {
            work.replace(
                "arch/mips/Kconfig",
                "if CPU_SUPPORTS_CPUFREQ && MIPS_EXTERNAL_TIMER\n",
                "if MIPS_EXTERNAL_TIMER && CPU_SUPPORTS_CPUFREQ\n",
            );
        }],
    ),
    change(
        "register_field_with_the_config_prefix",
        &[|work| work.append("mm/memory.c", "FIELD(STATUS, CONFIG_ERROR, mask)\n")],
    ),
    change("option_before_its_use", &[thing, use_of_thing]),
    change("use_before_its_option", &[use_of_thing, thing]),
    change(
        "object_before_its_option",
        &[
            |work| {
                work.append("mm/Makefile", "obj-$(CONFIG_NEW_THING) += new_thing.o\n");
                work.write("mm/new_thing.c", "int new_thing;\n");
            },
            thing,
        ],
    ),
    change(
        "option_added_and_dropped",
        &[
            thing,
            use_of_thing,
            |work| work.without("mm/memory.c", "NEW_THING"),
            |work| work.replace("init/Kconfig", THING, ""),
        ],
    ),
    change(
        "entry_moves_to_another_file",
        &[|work| {
            work.replace(
                "arch/Kconfig",
                "config HAVE_ARCH_HUGE_VMALLOC\n",
                "config HAVE_ARCH_HUGE_VMALLOC_OLD\n",
            );
            work.append(
                "init/Kconfig",
                "\nconfig HAVE_ARCH_HUGE_VMALLOC\n\tdepends on HAVE_ARCH_HUGE_VMAP\n\tbool\n",
            );
        }],
    ),
    change(
        "symbol_renamed_everywhere",
        &[|work| work.rename(VMALLOC, "ARCH_HAS_HUGE_VMALLOC", ALL)],
    ),
    change(
        "symbol_renamed_over_two_commits",
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
            |work| work.rename(VMALLOC, "ARCH_HAS_HUGE_VMALLOC", &["arch"]),
        ],
    ),
    change(
        "symbol_renamed_users_first",
        &[
            |work| {
                work.rename(
                    VMALLOC,
                    "ARCH_HAS_HUGE_VMALLOC",
                    &["mm", "include", "kernel", "lib", "fs", "init"],
                )
            },
            |work| work.rename(VMALLOC, "ARCH_HAS_HUGE_VMALLOC", &["arch"]),
        ],
    ),
    change(
        "new_architecture_with_its_rows",
        &[|work| {
            work.architecture("zebra");
            work.rows("zebra");
        }],
    ),
    change(
        "new_architecture_before_its_rows",
        &[|work| work.architecture("zebra"), |work| work.rows("zebra")],
    ),
    change(
        "architecture_added_and_removed",
        &[
            |work| {
                work.architecture("zebra");
                work.rows("zebra");
            },
            |work| {
                work.without_architecture("zebra");
                work.without_rows("zebra");
            },
        ],
    ),
    change(
        "row_for_missing_hardware_support",
        &[|work| work.row("core/jump-labels", "hexagon", "..")],
    ),
    change(
        "local_macro_with_the_config_prefix",
        &[|work| {
            work.append(
                "mm/memory.c",
                "#define CONFIG_OF_MY_OWN 1\n#ifdef CONFIG_OF_MY_OWN\nint mine;\n#endif\n",
            );
        }],
    ),
    change(
        "comments_and_help",
        &[|work| {
            work.append(
                "mm/memory.c",
                "/* CONFIG_NOWHERE is no more, and IS_ENABLED(NOWHERE) is 0. */\n",
            );
            work.append("mm/Kconfig", "\n# select NOWHERE is for later\n");
        }],
    ),
    change(
        "architecture_removed_with_its_rows",
        &[|work| {
            work.without_architecture("openrisc");
            work.without_rows("openrisc");
        }],
    ),
    change(
        "architecture_removed_rows_first",
        &[
            |work| work.without_rows("openrisc"),
            |work| work.without_architecture("openrisc"),
        ],
    ),
    change(
        "architecture_removed_rows_later",
        &[
            |work| work.without_architecture("openrisc"),
            |work| work.without_rows("openrisc"),
        ],
    ),
    change(
        "kconfig_file_renamed",
        &[|work| {
            work.rename_file("mm/Kconfig.debug", "mm/Kconfig.checks");
            work.replace(
                "lib/Kconfig.debug",
                "source \"mm/Kconfig.debug\"",
                "source \"mm/Kconfig.checks\"",
            );
        }],
    ),
    change(
        "source_file_renamed",
        &[|work| {
            work.rename_file("mm/madvise.c", "mm/advice.c");
            work.replace("mm/Makefile", "madvise.o", "advice.o");
        }],
    ),
    change(
        "header_renamed",
        &[|work| {
            let name = "arch/sparc/include/asm/tlbflush";
            work.rename_file(&format!("{name}_64.h"), &format!("{name}_sparc64.h"));
            work.replace(
                &format!("{name}.h"),
                "<asm/tlbflush_64.h>",
                "<asm/tlbflush_sparc64.h>",
            );
        }],
    ),
    change(
        "prompt_of_a_widely_used_symbol",
        &[|work| {
            work.replace(
                "net/Kconfig",
                "bool \"Networking support\"",
                "bool \"Support for networks\"",
            )
        }],
    ),
    of_new(
        "select_beside_an_old_unmet_dependency",
        &[|work| {
            work.replace(
                "drivers/gpu/drm/imx/ipuv3/Kconfig",
                "\tselect DRM_BRIDGE\n\tselect DRM_BRIDGE_CONNECTOR\n",
                "\tselect CRC32\n\tselect DRM_BRIDGE\n\tselect DRM_BRIDGE_CONNECTOR\n",
            )
        }],
    ),
    of_new("hooks_before_their_select", &[riscv_hooks, riscv_select]),
    of_new(
        "hooks_and_select_in_one_commit",
        &[|work| {
            riscv_hooks(work);
            riscv_select(work);
        }],
    ),
    of_new(
        "hooks_one_by_one",
        &[
            |work| {
                work.before(
                    RISCV_HEADER,
                    "extern u64 satp_mode;",
                    HOOKS.lines().next().unwrap(),
                )
            },
            |work| {
                work.replace(RISCV_HEADER, HOOKS.lines().next().unwrap(), "");
                riscv_hooks(work);
            },
            riscv_select,
        ],
    ),
    of_new(
        "wrapper_with_its_fallback",
        &[
            |work| {
                work.before(ENTRY, ENABLE, BUSY);
                work.replace(ENTRY, "#else\nstatic inline void lazy_mmu_mode_enable(void) {}\n",
                "#else\nstatic inline int lazy_mmu_mode_busy(void) { return 0; }\nstatic inline void lazy_mmu_mode_enable(void) {}\n");
            },
            |work| work.append("mm/memory.c", IS_BUSY),
        ],
    ),
    of_new(
        "wrapper_for_architectures_only",
        &[
            |work| work.before(ENTRY, ENABLE, BUSY),
            |work| work.append("arch/arm64/mm/mmu.c", IS_BUSY),
        ],
    ),
    of_new(
        "wrapper_calls_a_hook_with_a_default",
        &[|work| {
            work.before(ENTRY, "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            "#ifndef arch_prepare_lazy_mmu_mode\nstatic inline void arch_prepare_lazy_mmu_mode(void) { }\n#endif\n\n");
            work.before(
                ENTRY,
                "\t\tarch_enter_lazy_mmu_mode();\n",
                "\t\tarch_prepare_lazy_mmu_mode();\n",
            );
        }],
    ),
    change("driver_that_a_later_series_enters", &[new_driver]),
    change(
        "driver_that_a_later_commit_enters",
        &[new_driver, |work| {
            work.append("drivers/Makefile", "obj-$(CONFIG_NEW_THING) += newthing/\n");
            work.before(
                "drivers/Kconfig",
                "endmenu",
                "source \"drivers/newthing/Kconfig\"\n",
            );
        }],
    ),
    change(
        "kconfig_file_moves_with_its_source",
        &[|work| {
            let text = work.text("drivers/nvmem/Kconfig");
            work.write("drivers/nvmem/Kconfig.all", &text);
            work.write(
                "drivers/nvmem/Kconfig",
                "source \"drivers/nvmem/Kconfig.all\"\n",
            );
        }],
    ),
    of_new(
        "feature_moves_to_another_file",
        &[|work| {
            let text = work.text("mm/Kconfig");
            let at = text.find("config ARCH_HAS_LAZY_MMU_MODE\n").unwrap();
            let end = at + text[at..].find("config LAZY_MMU_MODE_KUNIT_TEST").unwrap();
            let entry = text[at..end].to_owned();
            work.write("mm/Kconfig", &text.replace(&entry, ""));
            work.append("init/Kconfig", &format!("\n{entry}"));
        }],
    ),
    of_new(
        "wrapped_hook_renamed_everywhere",
        &[|work| work.rename("arch_enter_lazy_mmu_mode", "arch_begin_lazy_mmu_mode", ALL)],
    ),
    of_new(
        "feature_renamed_everywhere",
        &[|work| work.rename(LAZY, "ARCH_MAY_BE_LAZY", ALL)],
    ),
    of_new(
        "feature_renamed_over_two_commits",
        &[
            |work| work.rename(LAZY, "ARCH_MAY_BE_LAZY", &["mm", "include"]),
            |work| work.rename(LAZY, "ARCH_MAY_BE_LAZY", &["arch"]),
        ],
    ),
];

const fn change(name: &'static str, commits: &'static [Edit]) -> Change {
    Change {
        name,
        is_of_old: true,
        commits,
        says: None,
    }
}

const fn of_new(name: &'static str, commits: &'static [Edit]) -> Change {
    Change {
        name,
        is_of_old: false,
        commits,
        says: None,
    }
}
