//! Owns the names of macros that look like a feature's own: the symbol without `CONFIG_`, and `__HAVE_ARCH_…` made of the
//! symbol or of a hook.

use crate::feature::spec::Spec;

/// The names, each once. Those that the spec lists as retired are not among them: they have a lint of their own.
pub fn names(spec: &Spec) -> Vec<String> {
    let mut names = Vec::new();
    for term in &spec.kconfig {
        let symbol = &*term.symbol;
        names.push(symbol.to_owned());
        let bare = ["ARCH_HAS_", "ARCH_HAVE_", "HAVE_ARCH_", "HAVE_"]
            .iter()
            .find_map(|prefix| symbol.strip_prefix(prefix));
        names.push(format!("__HAVE_ARCH_{}", bare.unwrap_or(symbol)));
    }
    for hook in &spec.hooks {
        let bare = hook.strip_prefix("arch_").unwrap_or(hook);
        names.push(format!("__HAVE_ARCH_{}", bare.to_ascii_uppercase()));
    }
    names.retain(|name| {
        !spec
            .retired_markers
            .iter()
            .any(|retired| **retired == **name)
    });
    names.sort_unstable();
    names.dedup();
    names
}
