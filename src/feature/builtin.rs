//! Owns the specs that are compiled in: the files of `features/`.

use std::sync::LazyLock;

use super::spec::Spec;

/// Path and text of the files with these names, in their order.
macro_rules! files {
    ($($name:literal)*) => {
        &[$((
            concat!("features/", $name, ".yaml"),
            include_str!(concat!("../../features/", $name, ".yaml")),
        )),*]
    };
}

/// Path and text of each file, in the order in which features are reported. A new feature is one file and one line here.
const FILES: &[(&str, &str)] = files! {
    "lazy_mmu"
    "ELF-ASLR"
    "KASAN"
    "THP"
    "TLB"
    "add-pages"
    "arch-dma-ops"
    "arch-tick-broadcast"
    "batched-dma-sync"
    "bitreverse"
    "cBPF-JIT"
    "cache-line-size"
    "cc-platform"
    "clocksource-init"
    "copy-mc"
    "cpu-cache-aliasing"
    "cpu-cache-invalidate-memregion"
    "cpu-finalize-init"
    "current-stack-pointer"
    "dma-alloc"
    "dma-clear-uncached"
    "dma-map-direct"
    "dma-mark-clean"
    "dma-prep-coherent"
    "dma-set-mask"
    "dma-set-uncached"
    "dynamic-ftrace"
    "eBPF-JIT"
    "elf-extra-phdrs"
    "elf-prot"
    "exit-thread"
    "filter-pgprot"
    "force-dma-unencrypted"
    "ftrace-args"
    "gigantic-page"
    "gnu-property"
    "huge-vmap"
    "hw-breakpoint"
    "hw-pte-young"
    "ima-kexec"
    "ioremap_prot"
    "jump-labels"
    "kernel-fpu"
    "kfence"
    "kgdb"
    "kmsan"
    "kprobes-event"
    "kprobes-on-ftrace"
    "kprobes"
    "kretprobes"
    "mem-encrypt"
    "membarrier-callbacks"
    "memmap-on-memory"
    "memory-hotplug"
    "memory-hotremove"
    "memremap-compat-align"
    "nonleaf-pmd-young"
    "optprobes"
    "page-table-check"
    "perf-regs"
    "phys-to-dma"
    "pkeys"
    "pmd-pfnmap"
    "pmem-api"
    "prepare-sync-core-cmd"
    "pte-devmap"
    "pte_protnone"
    "pte_special"
    "pud-pfnmap"
    "queued-rwlocks"
    "queued-spinlocks"
    "reliable-stacktrace"
    "rethook"
    "set-direct-map"
    "set-memory"
    "setup-dma-ops"
    "setup-per-cpu-area"
    "soft-dirty"
    "softirq-own-stack"
    "stackprotector"
    "stackwalk"
    "static-call"
    "subpage-faults"
    "sync-core-before-usermode"
    "sync-dma-for-cpu-all"
    "sync-dma-for-cpu"
    "sync-dma-for-device"
    "syscall-tracepoints"
    "teardown-dma-ops"
    "tlb-remove-table"
    "tracehook"
    "uaccess-flushcache"
    "uprobes"
    "userfaultfd-wp"
    "vm-get-page-prot"
    "within-stack-frames"
};

/// The feature that commands work on which build or write, unless another is named.
const DEFAULT: &str = "lazy_mmu";

static SPECS: LazyLock<Vec<Spec>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(path, text)| match Spec::parse(path, text) {
            Ok(spec) => spec,
            Err(error) => panic!("invariant: a spec that is compiled in is valid: {error}"),
        })
        .collect()
});

/// The features that are compiled in, in the order in which they are reported. A tree knows only some of them.
pub fn shipped() -> &'static [Spec] {
    &SPECS
}

/// The features that are looked at whether a tree knows them or not: what commands work on which build or write, and what `matrix`
/// and `audit` show without a table.
pub fn default() -> &'static [Spec] {
    let first = shipped().iter().position(|spec| &*spec.name == DEFAULT);
    first.map_or(&[], |first| &shipped()[first..=first])
}

/// The same, and those others that are asked for.
pub fn default_and(is_asked: impl Fn(&&Spec) -> bool) -> Vec<Spec> {
    let is_known = |spec: &&Spec| default().iter().any(|other| other.name == spec.name);
    let specs = shipped().iter();
    specs
        .filter(|spec| is_known(spec) || is_asked(spec))
        .cloned()
        .collect()
}

/// The feature with this name that is compiled in, if there is one.
pub fn find(name: &str) -> Option<&'static Spec> {
    shipped().iter().find(|spec| &*spec.name == name)
}

/// The text of the spec with this name that is compiled in.
pub fn text(name: &str) -> Option<&'static str> {
    let path = format!("features/{name}.yaml");
    let mut files = FILES.iter();
    files.find(|(of, _)| *of == path).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_spec_is_valid_and_named_as_its_file() {
        assert_eq!(shipped().len(), FILES.len());
        for (spec, (path, _)) in shipped().iter().zip(FILES) {
            assert_eq!(*path, format!("features/{}.yaml", spec.name));
            assert!(std::ptr::eq(find(&spec.name).unwrap(), spec));
        }
        assert!(find("no such feature").is_none());
    }

    #[test]
    fn every_file_of_the_directory_is_compiled_in() {
        let mut found: Vec<String> =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/features"))
                .unwrap()
                .map(|entry| format!("features/{}", entry.unwrap().file_name().to_string_lossy()))
                .collect();
        found.sort();
        let mut compiled: Vec<&str> = FILES.iter().map(|(path, _)| *path).collect();
        compiled.sort_unstable();
        assert_eq!(found, compiled);
    }

    #[test]
    fn lazy_mmu_says_what_the_layer_consists_of() {
        let spec = find("lazy_mmu").unwrap();
        assert_eq!(spec.kconfig[0].to_string(), "ARCH_HAS_LAZY_MMU_MODE");
        assert_eq!(
            spec.table_path(),
            "Documentation/features/vm/lazy_mmu/arch-support.txt"
        );
        assert_eq!(spec.hooks.len(), 3);
        assert_eq!(spec.wrappers.len(), 4);
        assert!(spec.may_call_hooks("arch/x86/mm/pat/set_memory.c"));
        assert!(!spec.may_call_hooks("mm/memory.c"));
    }
}
