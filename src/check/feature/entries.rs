//! Owns which names are looked for in which entry headers, for all features together.

use crate::feature::spec::Spec;

/// The hooks of all features, each once.
pub(in crate::check) fn hooks(specs: &[Spec]) -> Vec<&str> {
    let of_specs = specs.iter().filter(|spec| spec.entry_header.is_some());
    let mut names: Vec<&str> = of_specs
        .flat_map(|spec| spec.hooks.iter().map(|hook| &**hook))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Groups of entry headers, each with the hooks and wrappers that must be visible in them. One header is a group where a feature
/// with wrappers has it. The others are one group: to include them one after the other takes as long as one of them alone.
pub(in crate::check) fn by_entry(specs: &[Spec]) -> Vec<(Vec<&str>, Vec<&str>)> {
    let mut groups: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    let mut others = (Vec::new(), Vec::new());
    for spec in specs.iter().filter(|spec| !spec.hooks.is_empty()) {
        let Some(entry) = spec.entry_header.as_deref() else {
            continue;
        };
        let (entries, names) = if spec.wrappers.is_empty() {
            &mut others
        } else {
            let index = groups.iter().position(|(known, _)| *known == [entry]);
            let index = index.unwrap_or_else(|| {
                groups.push((vec![entry], Vec::new()));
                groups.len() - 1
            });
            &mut groups[index]
        };
        if !entries.contains(&entry) {
            entries.push(entry);
        }
        for name in spec.functions() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if !others.0.is_empty() {
        others.0.sort_unstable();
        groups.push(others);
    }
    groups
}
