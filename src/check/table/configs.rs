//! Owns which default configurations an architecture has: the files `arch/ARCH/configs/*defconfig`, and the targets of its
//! makefile that put one together out of such a file and fragments. A fragment alone does not count.
//!
//! Source: `scripts/kconfig/Makefile` (`%_defconfig`, `defconfig`, `%.config`), `scripts/Makefile.defconf`
//! (`merge_into_defconfig`) and `arch/*/Makefile` of 7.2.

use std::collections::BTreeMap;

use crate::tree::{Tree, TreeError};

/// How many targets may be the same as another one, one after the other. Real ones are once.
const MAX_ALIASES: usize = 8;

/// A default configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defconfig {
    /// Holds what `make` calls it, for example `multi_v7_defconfig` or `85xx/tqm8560_defconfig`.
    pub name: String,
    /// The files that it is made of, relative to the tree's root: the first one, and fragments on top of it.
    pub paths: Vec<String>,
    /// Whether `make defconfig` takes it (`KBUILD_DEFCONFIG`).
    pub is_default: bool,
}

/// All of `arch/<srcarch>`, sorted by their names.
///
/// # Errors
///
/// The directory or the makefile cannot be read.
pub fn of_arch(tree: &Tree, srcarch: &str) -> Result<Vec<Defconfig>, TreeError> {
    let directory = format!("arch/{srcarch}/configs");
    let is_whole = |path: &str| path.ends_with("defconfig");
    let files = match tree.walk(&directory, &is_whole) {
        Err(TreeError::NotFound { .. }) => Vec::new(),
        files => files?,
    };
    let makefile = match tree.read_text(&format!("arch/{srcarch}/Makefile")) {
        Err(TreeError::NotFound { .. }) => String::new(),
        text => text?,
    };
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files {
        let name = path.get(directory.len() + 1..).unwrap_or(&path);
        all.insert(name.to_owned(), vec![path]);
    }
    for (name, parts) in merged(&makefile) {
        // Anything that a target of make and a file both are, the target makes.
        let paths: Option<Vec<String>> = parts
            .iter()
            .map(|part| {
                let of_arch = format!("{directory}/{part}");
                let of_all = format!("kernel/configs/{part}");
                [of_arch, of_all]
                    .into_iter()
                    .find(|path| tree.is_file(path))
            })
            .collect();
        if let Some(paths) = paths {
            all.insert(name, paths);
        }
    }
    let default = default_of(&makefile, srcarch);
    Ok(all
        .into_iter()
        .map(|(name, paths)| Defconfig {
            is_default: name == default,
            name,
            paths,
        })
        .collect())
}

/// The targets of an architecture's makefile that merge fragments, with the names of the files, the base first.
fn merged(makefile: &str) -> BTreeMap<String, Vec<String>> {
    let joined = makefile.replace("\\\n", " ");
    let mut targets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut same: Vec<(String, String)> = Vec::new();
    let mut target: Option<String> = None;
    for line in joined.lines() {
        if let Some(recipe) = line.strip_prefix('\t') {
            if let Some(name) = &target
                && let Some(parts) = recipe_parts(recipe.trim())
            {
                targets.entry(name.clone()).or_insert(parts);
            }
            continue;
        }
        target = None;
        targets.extend(generic(line).into_iter().flatten());
        if let Some((name, needed)) = line.split_once(':')
            && is_name(name)
        {
            if is_name(needed.trim()) {
                same.push((name.to_owned(), needed.trim().to_owned()));
            }
            target = Some(name.to_owned());
        }
    }
    for _ in 0..MAX_ALIASES {
        for (name, other) in &same {
            if let (None, Some(parts)) = (targets.get(name), targets.get(other)) {
                targets.insert(name.clone(), parts.clone());
            }
        }
    }
    targets
}

/// The targets of mips that merge a fragment for the instruction set and one for the byte order, without those of boards:
/// `$(eval $(call gen_generic_defconfigs,BITS…,REVISION…,ENDIAN…))`.
fn generic(line: &str) -> Option<Vec<(String, Vec<String>)>> {
    let call = line.strip_prefix("$(eval $(call gen_generic_defconfigs,")?;
    let lists: Vec<Vec<&str>> = call
        .strip_suffix("))")?
        .split(',')
        .map(|list| list.split_whitespace().collect())
        .collect();
    let [bits, revisions, endians] = &lists[..] else {
        return None;
    };
    let mut targets = Vec::new();
    for bits in bits {
        for revision in revisions {
            for endian in endians {
                let suffix = if *endian == "el" { "el" } else { "" };
                let parts = vec![
                    "generic_defconfig".to_owned(),
                    format!("generic/{bits}{revision}.config"),
                    format!("generic/{endian}.config"),
                ];
                targets.push((format!("{bits}{revision}{suffix}_defconfig"), parts));
            }
        }
    }
    Some(targets)
}

/// Whether this is one name of a default configuration.
fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    text.ends_with("_defconfig") && text.chars().all(plain)
}

/// The files that a line of a recipe merges.
fn recipe_parts(recipe: &str) -> Option<Vec<String>> {
    if let Some(call) = recipe
        .strip_prefix("$(call merge_into_defconfig,")
        .or_else(|| recipe.strip_prefix("$(call merge_into_defconfig_override,"))
    {
        let (base, fragments) = call.strip_suffix(')')?.split_once(',')?;
        let fragments = fragments
            .split_whitespace()
            .map(|name| format!("{name}.config"));
        return Some(
            std::iter::once(base.trim().to_owned())
                .chain(fragments)
                .collect(),
        );
    }
    let names = recipe.strip_prefix("$(Q)$(MAKE) -f $(srctree)/Makefile ")?;
    let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
    let (base, fragments) = names.split_first()?;
    let fits = base.ends_with("defconfig")
        && !fragments.is_empty()
        && fragments.iter().all(|name| name.ends_with(".config"));
    fits.then_some(names)
}

/// `KBUILD_DEFCONFIG`: what `make defconfig` takes. Where the makefile has several, they are told apart by the machine and by
/// `ARCH`, which here is the directory's name, on a machine of 64 bits of the usual byte order.
fn default_of(makefile: &str, srcarch: &str) -> String {
    match srcarch {
        "x86" | "um" => "x86_64_defconfig".to_owned(),
        "sparc" => "sparc32_defconfig".to_owned(),
        "parisc" => "generic-32bit_defconfig".to_owned(),
        "powerpc" => "ppc64le_defconfig".to_owned(),
        _ => makefile
            .lines()
            .filter_map(|line| line.trim().strip_prefix("KBUILD_DEFCONFIG"))
            .filter_map(|rest| rest.split_once('='))
            .map(|(_, name)| name.trim())
            .next_back()
            .unwrap_or("defconfig")
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_that_merge_are_read_from_the_makefile() {
        let makefile = "PHONY += a_defconfig\na_defconfig:\n\t$(call merge_into_defconfig,base_defconfig,\\\n\t\tone two)\n\
            b_defconfig: a_defconfig\nc_defconfig:\n\t$(Q)$(MAKE) -f $(srctree)/Makefile defconfig 32-bit.config\n\
            d_allmodconfig:\n\t$(Q)$(MAKE) KCONFIG_ALLCONFIG=x -f $(srctree)/Makefile allmodconfig\n\
            e_defconfig: e_defconfig\n$(x)_defconfig:\n\t$(call merge_into_defconfig,b,c)\n";
        let merged = merged(makefile);
        let names: Vec<&str> = merged.keys().map(String::as_str).collect();
        assert_eq!(names, ["a_defconfig", "b_defconfig", "c_defconfig"]);
        assert_eq!(
            merged["a_defconfig"],
            ["base_defconfig", "one.config", "two.config"]
        );
        assert_eq!(merged["b_defconfig"], merged["a_defconfig"]);
        assert_eq!(merged["c_defconfig"], ["defconfig", "32-bit.config"]);
    }

    #[test]
    fn generic_targets_are_those_of_mips() {
        let merged = merged("$(eval $(call gen_generic_defconfigs,32 64,r1,eb el))\n");
        assert_eq!(merged.len(), 4);
        assert_eq!(
            merged["32r1el_defconfig"],
            [
                "generic_defconfig",
                "generic/32r1.config",
                "generic/el.config"
            ]
        );
    }

    #[test]
    fn the_default_is_that_of_the_makefile() {
        assert_eq!(
            default_of("KBUILD_DEFCONFIG\t:= shx3_defconfig\n", "sh"),
            "shx3_defconfig"
        );
        assert_eq!(default_of("", "arm64"), "defconfig");
        assert_eq!(default_of("", "x86"), "x86_64_defconfig");
    }
}
