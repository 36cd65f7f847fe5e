//! Owns the specs that are compiled in: the files of `features/`.

use std::sync::LazyLock;

use super::spec::Spec;

/// Path and text of each file, in the order in which features are reported.
const FILES: &[(&str, &str)] = &[(
    "features/lazy_mmu.yaml",
    include_str!("../../features/lazy_mmu.yaml"),
)];

static SPECS: LazyLock<Vec<Spec>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(path, text)| match Spec::parse(path, text) {
            Ok(spec) => spec,
            Err(error) => panic!("invariant: a spec that is compiled in is valid: {error}"),
        })
        .collect()
});

/// The features that are compiled in, in the order in which they are reported.
pub fn all() -> &'static [Spec] {
    &SPECS
}

/// The feature with this name that is compiled in, if there is one.
pub fn find(name: &str) -> Option<&'static Spec> {
    all().iter().find(|spec| &*spec.name == name)
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
        assert_eq!(all().len(), FILES.len());
        for (spec, (path, _)) in all().iter().zip(FILES) {
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
