//! What the lints about source files, objects and fallbacks have to find on a real kernel tree with the lazy MMU wrappers: each
//! mutation, made in memory, causes exactly the finding that it names, and the tree as it is causes none.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without it these tests are ignored, and say so; a
//! tree from before the wrappers is left out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kfeat::check;
use kfeat::feature::builtin;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

/// An edit of one file: the first place of a text behind `behind` is replaced.
struct Edit {
    path: &'static str,
    behind: &'static str,
    old: &'static str,
    new: &'static str,
}

/// Edits with the findings that they cause, each as `path lint`.
struct Mutation {
    name: &'static str,
    edits: &'static [Edit],
    expected: &'static [&'static str],
}

const fn edit(
    path: &'static str,
    behind: &'static str,
    old: &'static str,
    new: &'static str,
) -> Edit {
    Edit {
        path,
        behind,
        old,
        new,
    }
}

const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "as_it_is",
        edits: &[],
        expected: &[],
    },
    Mutation {
        name: "fallback_removed",
        edits: &[edit(
            "include/linux/pgtable.h",
            "#else",
            "static inline void lazy_mmu_mode_pause(void) {}\n",
            "",
        )],
        expected: &["include/linux/pgtable.h missing-fallback"],
    },
    Mutation {
        name: "fallback_is_a_value",
        edits: &[edit(
            "include/linux/pgtable.h",
            "#else",
            "static inline void lazy_mmu_mode_pause(void) {}\n",
            "#define lazy_mmu_mode_pause() (0)\n",
        )],
        expected: &["include/linux/pgtable.h missing-fallback"],
    },
    Mutation {
        name: "hook_called_by_generic_code",
        edits: &[edit(
            "mm/vmscan.c",
            "",
            "lazy_mmu_mode_enable();",
            "arch_enter_lazy_mmu_mode();",
        )],
        expected: &["mm/vmscan.c direct-hook-call"],
    },
    Mutation {
        name: "symbol_tested_without_its_prefix",
        edits: &[edit(
            "arch/s390/include/asm/pgtable.h",
            "",
            "#include <asm/page.h>\n",
            "#include <asm/page.h>\n#ifdef ARCH_HAS_LAZY_MMU_MODE\n#endif\n",
        )],
        expected: &["arch/s390/include/asm/pgtable.h stale-marker"],
    },
    Mutation {
        name: "decompressor_leaves_the_feature_on",
        edits: &[edit(
            "arch/x86/boot/compressed/misc.h",
            "",
            "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
            "",
        )],
        expected: &["arch/x86/boot/compressed/misc.h undef-config"],
    },
    Mutation {
        name: "sme_leaves_the_feature_on",
        edits: &[edit(
            "arch/x86/boot/startup/sme.c",
            "",
            "#undef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n",
            "",
        )],
        expected: &["arch/x86/boot/startup/sme.c undef-config"],
    },
    Mutation {
        name: "vdso_reaches_the_entry_header",
        edits: &[edit(
            "arch/x86/entry/vdso/vdso32/vclock_gettime.c",
            "",
            "#include",
            "#include <linux/pgtable.h>\n#include",
        )],
        expected: &["arch/x86/entry/vdso/vdso32/fake_32bit_build.h undef-config"],
    },
    Mutation {
        name: "body_built_with_smp_only",
        edits: &[
            edit("arch/sparc/mm/Makefile", "", " tlb.o", ""),
            edit(
                "arch/sparc/mm/Makefile",
                "",
                "obj-$(CONFIG_SPARC64)",
                "obj-$(CONFIG_SMP) += tlb.o\nobj-$(CONFIG_SPARC64)",
            ),
        ],
        expected: &["arch/sparc/mm/Makefile hook-object"],
    },
    Mutation {
        name: "sparc_exports_one_less",
        edits: &[edit(
            "arch/sparc/mm/tlb.c",
            "",
            "EXPORT_SYMBOL_IF_KUNIT(arch_flush_lazy_mmu_mode);",
            "",
        )],
        expected: &["arch/sparc/mm/tlb.c unexported-hook"],
    },
    Mutation {
        name: "powerpc_exports_no_function",
        edits: &[edit(
            "arch/powerpc/mm/book3s64/hash_tlb.c",
            "",
            "EXPORT_SYMBOL_IF_KUNIT(__flush_tlb_pending);",
            "",
        )],
        expected: &["arch/powerpc/mm/book3s64/hash_tlb.c unexported-hook"],
    },
    Mutation {
        name: "powerpc_exports_no_variable",
        edits: &[edit(
            "arch/powerpc/mm/book3s64/hash_tlb.c",
            "",
            "EXPORT_SYMBOL_IF_KUNIT(ppc64_tlb_batch);",
            "",
        )],
        expected: &["arch/powerpc/mm/book3s64/hash_tlb.c unexported-hook"],
    },
];

fn main() {
    let arguments = Arguments::from_args();
    let trees: Vec<PathBuf> = std::env::var_os("KFEAT_TEST_TREES")
        .map(|trees| {
            std::env::split_paths(&trees)
                .filter(|path| !path.as_os_str().is_empty())
                .collect()
        })
        .unwrap_or_default();
    let mut trials = Vec::new();
    for mutation in MUTATIONS {
        let name = mutation.name;
        if trees.is_empty() {
            trials.push(
                Trial::test(name, || Ok(()))
                    .with_kind("set KFEAT_TEST_TREES to kernel trees to run this")
                    .with_ignored_flag(true),
            );
        }
        for path in &trees {
            let path = path.clone();
            let label = path.file_name().unwrap_or(path.as_os_str());
            let test = format!("{name}::{}", label.to_string_lossy());
            let entry = std::fs::read_to_string(path.join("include/linux/pgtable.h"));
            if entry.is_ok_and(|text| text.contains("lazy_mmu_mode_enable(void)")) {
                trials.push(Trial::test(test, move || run(&path, mutation)));
            } else {
                trials.push(
                    Trial::test(test, || Ok(()))
                        .with_kind("the tree has no wrappers yet")
                        .with_ignored_flag(true),
                );
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Makes the edits in memory and compares what is found with what is expected.
fn run(root: &Path, mutation: &Mutation) -> Result<(), Failed> {
    let mut tree = Tree::open(root)?;
    for edit in mutation.edits {
        let text = tree.read_text(edit.path)?;
        let from = match edit.behind {
            "" => 0,
            // The last one, for what is looked for is found once behind it.
            behind => text[..text.find(edit.old).unwrap_or(0)]
                .rfind(behind)
                .ok_or_else(|| format!("{} has no `{behind}`", edit.path))?,
        };
        let at = text[from..]
            .find(edit.old)
            .ok_or_else(|| format!("{} has no `{}`", edit.path, edit.old))?;
        let (before, behind) = text.split_at(from + at);
        let text = format!("{before}{}{}", edit.new, &behind[edit.old.len()..]);
        tree.overlay(edit.path, Some(text.into_bytes()))?;
    }
    let outcome = check::check(&tree, builtin::all(), &tree.architectures()?, &mut |_| {})?;
    let found: BTreeSet<String> = outcome
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.primary.location.path, finding.lint))
        .collect();
    let expected: BTreeSet<String> = mutation.expected.iter().map(|&line| line.into()).collect();
    if found == expected && outcome.findings.len() == expected.len() {
        return Ok(());
    }
    let lines: Vec<String> = outcome
        .findings
        .iter()
        .map(|finding| {
            let place = &finding.primary.location;
            format!("{place} {}: {}", finding.lint, finding.headline)
        })
        .collect();
    Err(format!("expected {expected:?}, found\n{}", lines.join("\n")).into())
}
