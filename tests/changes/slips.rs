//! Changes that a reviewer would refuse: slips in reworks, each for one reason.

use super::Change;
use super::reworks::{PROBE, no_guard, probe_in_object};
use super::wrong::of_new;

const UACCESS: &str = "include/linux/uaccess.h";

pub const CHANGES: &[Change] = &[
    of_new(
        "circular_dependency",
        "kconfig-loop",
        1,
        "init/Kconfig",
        &[|work| {
            work.append("init/Kconfig", "\nconfig NEW_THING\n\tbool \"New thing\"\n\tdepends on OTHER_THING\n\nconfig OTHER_THING\n\tbool \"Other thing\"\n\tdepends on NEW_THING\n")
        }],
    ),
    of_new(
        "transitional_symbol_with_a_default",
        "kconfig-definition",
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                "\nconfig OLD_THING\n\tbool\n\ttransitional\n\tdefault y\n",
            )
        }],
    ),
    of_new(
        "symbol_with_two_types",
        "kconfig-definition",
        1,
        "init/Kconfig",
        &[|work| {
            work.append(
                "init/Kconfig",
                "\nconfig NEW_THING\n\tbool \"New thing\"\n\nconfig NEW_THING\n\tint\n",
            )
        }],
    ),
    of_new(
        "export_of_a_hook_dropped",
        "unexported-hook",
        1,
        "arch/arm64/mm/flush.c",
        &[|work| {
            work.without(
                "arch/arm64/mm/flush.c",
                "EXPORT_SYMBOL_GPL(arch_wb_cache_pmem)",
            )
        }],
    ),
    of_new(
        "body_built_with_a_wrong_option",
        "hook-object",
        1,
        "arch/arm64/",
        &[|work| {
            probe_in_object(work);
            work.append("arch/arm64/lib/Makefile", "obj-$(CONFIG_KVM) += probe.o\n");
        }],
    ),
    of_new(
        "body_without_a_makefile_line",
        "incomplete-hooks",
        1,
        "arch/arm64/",
        &[probe_in_object],
    ),
    of_new(
        "guard_with_a_wrong_option",
        "incomplete-hooks",
        1,
        PROBE,
        &[|work| {
            work.replace(
                PROBE,
                "#ifdef CONFIG_ARCH_HAS_SUBPAGE_FAULTS",
                "#ifdef CONFIG_ARM64_EPAN",
            )
        }],
    ),
    of_new(
        "guard_of_a_fallback_dropped",
        "hook-defined-twice",
        1,
        "",
        &[no_guard],
    ),
    of_new(
        "guard_of_a_fallback_misspelt",
        "undeclared-name",
        1,
        UACCESS,
        &[|work| {
            work.replace(
                UACCESS,
                "#ifndef CONFIG_ARCH_HAS_SUBPAGE_FAULTS",
                "#ifndef CONFIG_ARCH_HAS_SUBPAGE_FAULT",
            )
        }],
    ),
    of_new(
        "entry_removed_and_object_kept",
        "undeclared-name",
        1,
        "mm/",
        &[|work| {
            work.cut("mm/Kconfig", "config PERCPU_STATS\n", "config GUP_TEST\n");
        }],
    ),
    of_new(
        "hook_rename_forgets_an_architecture",
        "incomplete-hooks",
        1,
        "kernel/dma/direct.c",
        &[|work| {
            work.rename(
                "arch_dma_prep_coherent",
                "arch_dma_prepare_coherent",
                &["include", "kernel", "drivers", "arch"],
            );
            let path = "arch/riscv/mm/dma-noncoherent.c";
            work.rename(
                "arch_dma_prepare_coherent",
                "arch_dma_prep_coherent",
                &[path],
            );
        }],
    ),
];
