//! The story of the lazy MMU layer in a dozen commits of our own writing: from the marker in a header to the tree of Linux 7.2.
//!
//! A stage of the story is what the touched files say after so many commits. Each is made from the files of 7.2 by taking back,
//! line by line, what the later commits do; nothing of the kernel's text is kept here but names.

use std::collections::BTreeMap;

use kfeat::tree::Tree;

/// Holds what the commits say of themselves. The last one leads to 7.2.
pub const SUBJECTS: [&str; 12] = [
    "sparc/mm: a flush hook that is a function",
    "mm: wrappers around the lazy MMU hooks",
    "powerpc: a symbol for the lazy MMU mode",
    "mm: one symbol for all architectures, in place of the marker",
    "powerpc: drop the lazy MMU marker",
    "sparc: drop the lazy MMU marker",
    "x86: drop the lazy MMU marker",
    "arm64: use the lazy MMU mode",
    "mm: let sections of the lazy MMU mode nest",
    "arch: ask whether the lazy MMU mode is active",
    "x86/xen: pause the lazy MMU mode of a task",
    "mm: test the lazy MMU mode",
];

const MARKER: &str = "__HAVE_ARCH_ENTER_LAZY_MMU_MODE";
const SYMBOL: &str = "ARCH_HAS_LAZY_MMU_MODE";
/// Holds what powerpc calls it before it is everybody's.
pub const FIRST: &str = "ARCH_HAVE_LAZY_MMU_MODE";

const ENTRY: &str = "include/linux/pgtable.h";
const SCHED: &str = "include/linux/sched.h";
const TYPES: &str = "include/linux/mm_types_task.h";
const MM_KCONFIG: &str = "mm/Kconfig";
const MM_MAKEFILE: &str = "mm/Makefile";
const KUNIT: &str = "mm/tests/lazy_mmu_mode_kunit.c";
const SHADOW: &str = "mm/kasan/shadow.c";
pub const ARM64_KCONFIG: &str = "arch/arm64/Kconfig";
const ARM64: &str = "arch/arm64/include/asm/pgtable.h";
pub const POWERPC_KCONFIG: &str = "arch/powerpc/platforms/Kconfig.cputype";
const POWERPC: &str = "arch/powerpc/include/asm/book3s/64/tlbflush-hash.h";
const POWERPC_C: &str = "arch/powerpc/mm/book3s64/hash_tlb.c";
pub const SPARC_KCONFIG: &str = "arch/sparc/Kconfig";
pub const SPARC: &str = "arch/sparc/include/asm/tlbflush_64.h";
const SPARC_C: &str = "arch/sparc/mm/tlb.c";
const X86_KCONFIG: &str = "arch/x86/Kconfig";
const X86: &str = "arch/x86/include/asm/paravirt.h";
const X86_STUB: &str = "arch/x86/include/asm/pgtable.h";
const XEN: &str = "arch/x86/xen/enlighten_pv.c";
const XEN_MMU: &str = "arch/x86/xen/mmu_pv.c";
/// Where x86 turns symbols off by hand.
pub const MISC: &str = "arch/x86/boot/compressed/misc.h";
pub const SME: &str = "arch/x86/boot/startup/sme.c";

/// Who calls the wrappers.
const CALLERS: [&str; 14] = [
    "arch/arm64/mm/mmu.c",
    "arch/arm64/mm/pageattr.c",
    "arch/powerpc/mm/book3s64/hash_tlb.c",
    "arch/powerpc/mm/book3s64/subpage_prot.c",
    "fs/proc/task_mmu.c",
    "mm/madvise.c",
    "mm/memory.c",
    "mm/migrate_device.c",
    "mm/mprotect.c",
    "mm/mremap.c",
    "mm/userfaultfd.c",
    "mm/vmalloc.c",
    "mm/vmscan.c",
    KUNIT,
];

/// Who asks whether the mode is active.
const ASKERS: [&str; 4] = [ARM64, POWERPC_C, SPARC_C, XEN_MMU];

/// The touched files of one stage; `None` for one that is not there.
#[derive(Clone, Debug)]
pub struct Stage(pub BTreeMap<&'static str, Option<String>>);

impl Stage {
    /// The story's stages, from that before its first commit to that after its last, which is `tree` itself.
    pub fn all(tree: &Tree) -> Vec<Self> {
        let touched = [
            ENTRY,
            SCHED,
            TYPES,
            MM_KCONFIG,
            MM_MAKEFILE,
            SHADOW,
            ARM64_KCONFIG,
            ARM64,
            POWERPC_KCONFIG,
            POWERPC,
            SPARC_KCONFIG,
            SPARC,
            SPARC_C,
            X86_KCONFIG,
            X86,
            X86_STUB,
            XEN,
            XEN_MMU,
            MISC,
            SME,
        ];
        let paths = touched.into_iter().chain(CALLERS);
        let mut stage = Self(
            paths
                .map(|path| (path, Some(tree.read_text(path).unwrap())))
                .collect(),
        );
        let mut stages = vec![stage.clone()];
        for number in (1..=SUBJECTS.len()).rev() {
            stage.take_back(number);
            stages.push(stage.clone());
        }
        stages.reverse();
        stages
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> &str {
        let text = self.0.get(path).and_then(Option::as_deref);
        text.unwrap_or_else(|| panic!("{path} is not there"))
    }

    /// Puts another text in the place of a file's; it has to differ.
    pub fn set(&mut self, path: &'static str, text: String) {
        assert!(self.text(path) != text, "{path}: nothing to change");
        self.0.insert(path, Some(text));
    }

    /// Changes what some lines of a file say: each that has `part` in it becomes what `edit` makes of it, with `None` it goes.
    pub fn lines(&mut self, path: &'static str, part: &str, edit: impl Fn(&str) -> Option<String>) {
        let lines = self.text(path).split_inclusive('\n');
        let edited = lines.filter_map(|line| match line.contains(part) {
            true => edit(line),
            false => Some(line.to_owned()),
        });
        let edited = edited.collect();
        self.set(path, edited);
    }

    /// Takes away the lines with `part` in them.
    pub fn without(&mut self, path: &'static str, part: &str) {
        self.lines(path, part, |_| None);
    }

    /// Replaces `part`, wherever it stands.
    pub fn replace(&mut self, path: &'static str, part: &str, by: &str) {
        let text = self.text(path).replace(part, by);
        self.set(path, text);
    }

    /// Puts lines before the first one that has `part` in it.
    pub fn before(&mut self, path: &'static str, part: &str, lines: &str) {
        let text = self.text(path);
        let at = text
            .find(part)
            .unwrap_or_else(|| panic!("{path} has no `{part}`"));
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let text = [&text[..start], lines, &text[start..]].concat();
        self.set(path, text);
    }

    /// Replaces the lines from the first one with `from` in it up to, and without, the next one that starts with `to`.
    pub fn region(&mut self, path: &'static str, from: &str, to: &str, by: &str) {
        let text = self.text(path);
        let at = text
            .find(from)
            .unwrap_or_else(|| panic!("{path} has no `{from}`"));
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let to = format!("\n{to}");
        let end = text[at..]
            .find(&to)
            .unwrap_or_else(|| panic!("{path}: no `{to}` follows"));
        let text = [&text[..start], by, &text[at + end + 1..]].concat();
        self.set(path, text);
    }

    /// Takes back commit `number`.
    fn take_back(&mut self, number: usize) {
        match number {
            12 => {
                self.0.insert(KUNIT, None);
                self.region(MM_KCONFIG, "config LAZY_MMU_MODE_KUNIT_TEST", "source", "");
                self.without(MM_MAKEFILE, "lazy_mmu_mode_kunit");
                self.without_exports();
                self.without(POWERPC_C, "EXPORT_SYMBOL_IF_KUNIT(");
            }
            11 => {
                self.replace(XEN, "__task_lazy_mmu_mode_pause(prev)", &call(LEAVE));
                self.replace(XEN, "__task_lazy_mmu_mode_resume(next)", &call(ENTER));
            }
            10 => {
                for path in ASKERS {
                    self.replace(path, "is_lazy_mmu_mode_active()", "!in_interrupt()");
                }
            }
            9 => {
                let on = format!("#ifdef CONFIG_{SYMBOL}\n");
                self.region(SCHED, &format!("{on}\tstruct"), "#ifdef CONFIG_TASK_", "");
                self.region(SCHED, &format!("{on}/**"), "extern struct pid", "");
                self.region(TYPES, "struct lazy_mmu_state {", "#endif", "");
                self.wrappers(&format!("CONFIG_{SYMBOL}"));
            }
            8 => {
                self.without(ARM64_KCONFIG, SYMBOL);
                self.region(ARM64, ENTER, "#ifdef", "");
            }
            7 => self.mark(X86),
            6 => self.mark(SPARC),
            5 => self.mark(POWERPC),
            4 => {
                self.replace(MM_KCONFIG, SYMBOL, FIRST);
                self.replace(POWERPC_KCONFIG, SYMBOL, FIRST);
                for path in [SPARC_KCONFIG, X86_KCONFIG, MISC, SME] {
                    self.without(path, SYMBOL);
                }
                self.wrappers(MARKER);
            }
            3 => {
                self.region(MM_KCONFIG, &format!("config {FIRST}"), "source", "");
                self.without(POWERPC_KCONFIG, FIRST);
            }
            2 => {
                for path in CALLERS.into_iter().filter(|path| *path != KUNIT) {
                    self.replace(path, "lazy_mmu_mode_enable()", &call(ENTER));
                    self.replace(path, "lazy_mmu_mode_disable()", &call(LEAVE));
                }
                self.replace(SHADOW, "lazy_mmu_mode_pause()", &call(LEAVE));
                self.replace(SHADOW, "lazy_mmu_mode_resume()", &call(ENTER));
                self.without(X86_STUB, FLUSH);
                let empty = HOOKS.map(|hook| function(hook, None)).concat();
                let region = format!("#ifndef {MARKER}\n{empty}#endif\n\n");
                let wrappers = format!("#ifdef {MARKER}");
                self.region(ENTRY, &wrappers, "#ifndef pte_batch_hint", &region);
            }
            1 => {
                self.lines(SPARC, FLUSH, |_| {
                    Some(format!("#define {FLUSH}() do {{ }} while (0)\n"))
                });
                self.replace(SPARC_C, FLUSH, "flush_own_batch");
                self.replace(
                    SPARC_C,
                    "void flush_own_batch(void)",
                    "static void flush_own_batch(void)",
                );
            }
            _ => unreachable!("the story has twelve commits"),
        }
    }

    /// Takes the exports of sparc's hooks away.
    pub fn without_exports(&mut self) {
        self.without(SPARC_C, "EXPORT_SYMBOL_IF_KUNIT(");
    }

    /// Puts the marker before the hooks.
    fn mark(&mut self, path: &'static str) {
        self.before(path, ENTER, &format!("#define {MARKER}\n"));
    }

    /// Wrappers that do nothing but call the hooks where the macro `gate` is defined.
    fn wrappers(&mut self, gate: &str) {
        let full = WRAPPERS.map(|(wrapper, hook)| function(wrapper, Some(hook)));
        let empty = WRAPPERS.map(|(wrapper, _)| function(wrapper, None));
        let (full, empty) = (full.concat(), empty.concat());
        let region = format!("#ifdef {gate}\n{full}#else\n{empty}#endif\n\n");
        let now = format!("#ifdef CONFIG_{SYMBOL}");
        self.region(ENTRY, &now, "#ifndef pte_batch_hint", &region);
    }
}

const ENTER: &str = "arch_enter_lazy_mmu_mode";
const FLUSH: &str = "arch_flush_lazy_mmu_mode";
const LEAVE: &str = "arch_leave_lazy_mmu_mode";
const HOOKS: [&str; 3] = [ENTER, FLUSH, LEAVE];
const WRAPPERS: [(&str, &str); 4] = [
    ("lazy_mmu_mode_enable", ENTER),
    ("lazy_mmu_mode_disable", LEAVE),
    ("lazy_mmu_mode_pause", LEAVE),
    ("lazy_mmu_mode_resume", ENTER),
];

fn call(name: &str) -> String {
    format!("{name}()")
}

/// A function that calls another one, or none.
fn function(name: &str, calls: Option<&str>) -> String {
    let body = calls.map_or(String::new(), |name| format!("\t{name}();\n"));
    format!("static inline void {name}(void)\n{{\n{body}}}\n")
}
