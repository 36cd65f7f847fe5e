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

/// Groups of entry headers of an architecture, each with the hooks, wrappers and markers that must be visible in them. One header is a group where a feature
/// with wrappers has it. The others are one group: to include them one after the other takes as long as one of them alone.
pub(in crate::check) fn by_entry<'s>(
    specs: &'s [Spec],
    arch: &str,
) -> Vec<(Vec<&'s str>, Vec<&'s str>)> {
    let mut groups: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    let mut others = (Vec::new(), Vec::new());
    let with_hooks = |spec: &&Spec| !spec.hooks.is_empty() && spec.entry_header.is_some();
    for spec in specs.iter().filter(with_hooks) {
        let headers = spec.headers_on(arch);
        let (entries, names) = if spec.wrappers.is_empty() {
            &mut others
        } else {
            let index = groups.iter().position(|(known, _)| *known == headers);
            let index = index.unwrap_or_else(|| {
                groups.push((headers.clone(), Vec::new()));
                groups.len() - 1
            });
            &mut groups[index]
        };
        for entry in headers {
            if !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        for name in spec.names() {
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
