//! Owns which names of a feature are looked for, and where.

use crate::cpp::cache::Cache;
use crate::cpp::wanted::{MIN_PART, Wanted, shared_part};
use crate::feature::spec::Spec;

/// The directories that are searched always.
pub const SEARCHED: &[&str] = &["fs", "kernel", "lib", "mm", "virt"];

/// Where users of a feature are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Search {
    /// In [`SEARCHED`], the entry header and the objects that the spec names.
    #[default]
    Near,
    /// In every source file and header of the kernel.
    Whole,
}

/// The entry header of a feature that has wrappers, or names files that use it.
pub(super) fn entry_header(spec: &Spec) -> Option<&str> {
    let entry = spec.entry_header.as_deref()?;
    (!spec.wrappers.is_empty() || !spec.objects.is_empty()).then_some(entry)
}

/// Returns what a file that has a name of the feature in it holds one of.
pub(in crate::check) fn stems(cache: &Cache<'_>, spec: &Spec) -> Wanted {
    let own = own_markers(spec);
    let own: Vec<&str> = own.iter().map(|name| &**name).collect();
    cache.wanted(&[stem(&spec.functions()), stem(&own)].concat())
}

/// The longest text that all names have in common, so that one search rules out most files; the names themselves where
/// they have little in common.
pub(in crate::check) fn stem<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let Some((first, others)) = names.split_first() else {
        return Vec::new();
    };
    let shared = shared_part(first, others);
    if shared.len() >= MIN_PART {
        return vec![shared];
    }
    names.to_vec()
}

/// The macros that look like a feature's own: the symbol without `CONFIG_`, and `__HAVE_ARCH_…` made of the symbol or of a hook;
/// each once. Those that the spec lists as retired are not among them: they have a lint of their own.
pub fn own_markers(spec: &Spec) -> Vec<String> {
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
        let retired = &spec.retired_markers;
        !retired.iter().any(|retired| **retired == **name)
    });
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stem_is_in_all_names() {
        assert_eq!(
            stem(&["arch_enter_lazy_mode", "lazy_mode_pause"]),
            ["lazy_mode"]
        );
        assert_eq!(stem(&["abcdef", "ghijkl"]), ["abcdef", "ghijkl"]);
        assert!(stem(&[]).is_empty());
    }
}
