//! Owns whether a spec of the user's own fits the trees of a run: headers, architectures and symbols that no tree has. Such a spec
//! checks nothing, or less than it says, and reports nothing about that.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::declared::declared_names;
use crate::check::feature::{headers, required};
use crate::cpp::cache::Cache;
use crate::feature::hook::Hook;
use crate::feature::name::FilePath;
use crate::feature::spec::Spec;
use crate::tree::Tree;

/// How like a symbol has to be, from 0 to 1, to be offered for one that nothing declares.
const LIKE: f64 = 0.84;

/// The value of a field that fits no tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The field of the top level that holds the value.
    pub field: &'static str,
    /// The value.
    pub value: String,
    /// The reason, with what to do.
    pub reason: String,
}

/// For each spec the first value that does not fit the trees: a header that one of them lacks, an architecture that neither they nor
/// other releases have, a `when` that cannot hold because none of them declares a symbol.
///
/// # Errors
///
/// A tree cannot be read.
pub fn misfits(specs: &[Spec], trees: &[&Tree]) -> Result<Vec<Option<Misfit>>, CheckError> {
    let mut of_trees: Vec<(Cache<'_>, Vec<String>)> = Vec::new();
    for tree in trees {
        of_trees.push((Cache::new(tree), tree.architectures()?));
    }
    let archs = of_trees.iter().flat_map(|(_, archs)| archs.iter().cloned());
    let archs: FxHashSet<String> = archs.collect();
    let mut found = Vec::new();
    for spec in specs {
        let mut of_trees = of_trees.iter();
        let header = of_trees.find_map(|(cache, archs)| missing_header(cache, archs, spec));
        found.push(header.or_else(|| unknown_arch(spec, &archs)));
    }
    let open = || specs.iter().zip(&found).filter(|(_, one)| one.is_none());
    let mut wanted: Vec<&str> = Vec::new();
    for when in open()
        .flat_map(|(spec, _)| &spec.hooks)
        .filter_map(|hook| hook.when.as_ref())
    {
        when.symbols(&mut wanted);
    }
    if wanted.is_empty() {
        return Ok(found);
    }
    let mut declared: FxHashSet<String> = FxHashSet::default();
    for tree in trees {
        declared.extend(declared_names(tree)?);
    }
    for (spec, known) in specs.iter().zip(&mut found) {
        // A feature that the tree does not have at all is a finding of its own.
        let mut terms = spec.kconfig.iter();
        let is_there =
            spec.kconfig.is_empty() || terms.any(|term| declared.contains(&*term.symbol));
        if known.is_none() && is_there {
            *known = undeclared_when(spec, &declared);
        }
    }
    Ok(found)
}

/// A header of the spec that a tree lacks: one below `include/`, or one below `asm/` that none of its architectures has. Of several entry
/// headers one is enough.
fn missing_header(cache: &Cache<'_>, archs: &[String], spec: &Spec) -> Option<Misfit> {
    let tree = cache.tree();
    let misfit = |header: &str, reason: String| Misfit {
        field: "entry_header",
        value: header.to_owned(),
        reason,
    };
    let advice = "name the header that generic code includes, or the releases that have it (`since`, `until`)";
    if let Some(header) = headers::missing_header(tree, spec) {
        let reason = format!(
            "the tree has no `{header}`, which makes the hooks of the feature `{}` visible; {advice}",
            spec.name
        );
        return Some(misfit(header, reason));
    }
    let is_there = |header: &FilePath| match headers::is_of_arch(header) {
        true => archs
            .par_iter()
            .any(|arch| required::has_header(cache, arch, header)),
        false => tree.is_file(header),
    };
    let lists = spec.entry_header.lists();
    let mut lists = lists.filter(|headers| !headers.iter().any(is_there));
    let mut of_hooks = spec.hooks.iter().filter_map(|hook| hook.header.as_ref());
    let lacking = lists.find_map(<[FilePath]>::first);
    let lacking = lacking.or_else(|| of_hooks.find(|header| !is_there(header)));
    lacking.map(|header| {
        let reason = format!(
            "no architecture of the tree has `{header}`, which makes the hooks of the feature `{}` visible; {advice}",
            spec.name
        );
        misfit(header, reason)
    })
}

/// An architecture of the spec that neither the trees nor other releases have. A release may lack one: it came or went.
fn unknown_arch(spec: &Spec, archs: &FxHashSet<String>) -> Option<Misfit> {
    let of_hooks = spec.hooks.iter().flat_map(|hook| &hook.archs);
    let of_hooks = of_hooks.map(|name| ("hooks", name));
    let of_headers = spec.entry_header.archs().map(|name| ("entry_header", name));
    let is_unknown = |name: &str| !archs.contains(name) && !arch::is_known(name);
    let mut all = of_hooks.chain(of_headers);
    let (field, name) = all.find(|(_, name)| is_unknown(name))?;
    let named = arch::srcarch_of(arch::arch_of_alias(name));
    let nearest = match named == &**name {
        true => nearest(name, archs.iter().map(|name| &**name)),
        false => Some(named),
    };
    let advice = nearest.map_or_else(
        || "an architecture has the name of its directory below `arch/`".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    Some(Misfit {
        field,
        value: name.to_string(),
        reason: format!("no release has an architecture `{name}`; {advice}"),
    })
}

/// A symbol that no tree declares and without which the `when` of a hook cannot hold, so that the hook is never checked.
fn undeclared_when(spec: &Spec, declared: &FxHashSet<String>) -> Option<Misfit> {
    let is_off = |symbol: &str| !declared.contains(symbol);
    let is_never = |hook: &&Hook| {
        let when = hook.when.as_ref();
        when.is_some_and(|when| when.where_off(&is_off) == Some(false))
    };
    let hook = spec.hooks.iter().find(is_never)?;
    let mut symbols = Vec::new();
    hook.when.as_ref()?.symbols(&mut symbols);
    // An expression that contradicts itself names none.
    let symbol = symbols.into_iter().find(|symbol| is_off(symbol))?;
    let nearest = nearest(symbol, declared.iter().map(|name| &**name));
    let advice = nearest.map_or_else(String::new, |nearest| {
        format!("did you mean `{nearest}`? If not, ")
    });
    Some(Misfit {
        field: "when",
        value: symbol.to_owned(),
        reason: format!(
            "no Kconfig file of the tree declares `{symbol}`, so the hook `{hook}` would never be checked; {advice}name the releases that have the symbol (`since`, `until`)"
        ),
    })
}

/// The name that is spelled most like a word; the first in the order of names, where several are.
fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let like = names.map(|name| (strsim::jaro_winkler(word, name), name));
    let like = like.filter(|(likeness, _)| *likeness >= LIKE);
    let best = like.max_by(|(a, one), (b, other)| a.total_cmp(b).then(other.cmp(one)));
    best.map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reason of the misfit of a spec on a tree that has `config SMP`, `arch/arm64` and `arch/x86`.
    fn reason(rest: &str) -> Option<String> {
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("Makefile", "VERSION = 7\nPATCHLEVEL = 2\n"),
            (
                "Kconfig",
                "config SMP\n\tbool\nmenuconfig NET\n\tbool\nconfig HAS_X\n\tbool\n",
            ),
            ("arch/arm64/Kconfig", "config ARM64\n\tbool\n"),
            ("arch/x86/Kconfig", "config X86\n\tbool\n"),
            ("arch/x86/include/asm/x.h", ""),
            ("arch/arm64/include/asm/Kbuild", "generic-y += g.h\n"),
            ("include/asm-generic/g.h", ""),
            ("include/linux/x.h", ""),
        ] {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let tree = Tree::open(directory.path()).unwrap();
        let head = "name: x\ntitle: x\ndirectory: vm/x\ndescription: x\nkconfig: HAS_X\n";
        let spec = Spec::parse("x.yaml", &format!("{head}{rest}")).unwrap();
        let found = misfits(&[spec], &[&tree]).unwrap();
        found.into_iter().next()?.map(|misfit| misfit.reason)
    }

    #[test]
    fn a_condition_that_cannot_hold_is_a_misfit() {
        let header = "entry_header: include/linux/x.h\n";
        let when = |when: &str| {
            let of_hook = format!("{header}hooks:\n  - {{name: hook, when: \"{when}\"}}\n");
            let of_all = format!("{header}when: \"{when}\"\nhooks: [hook]\n");
            let found = reason(&of_hook);
            assert_eq!(found, reason(&of_all), "{when}");
            found
        };
        for wrong in ["SMPP", "NET && SMPP", "SMPP || (NET && NETT)"] {
            let reason = when(wrong).unwrap();
            assert!(reason.contains("declares `SMPP`"), "{wrong}: {reason}");
            assert!(reason.contains("did you mean `SMP`?"), "{wrong}: {reason}");
        }
        // The name of another release beside that of this one, and a symbol that came or went.
        for right in ["SMP", "NET || OLD_NET", "!PREEMPT_RT", "SMP && !SMP"] {
            assert_eq!(when(right), None, "{right}");
        }
    }

    #[test]
    fn an_architecture_that_no_release_has_is_a_misfit() {
        let archs = |name: &str| {
            reason(&format!(
                "entry_header: include/linux/x.h\nhooks:\n  - {{name: hook, archs: [x86, {name}]}}\n"
            ))
        };
        for (wrong, meant) in [
            ("amr64", "arm64"),
            ("aarch64", "arm64"),
            ("x86_64", "x86"),
            ("i686", "x86"),
        ] {
            let reason = archs(wrong).unwrap();
            assert!(reason.contains(&format!("no release has an architecture `{wrong}`")));
            assert!(
                reason.contains(&format!("did you mean `{meant}`?")),
                "{reason}"
            );
        }
        for right in ["arm64", "ia64", "loongarch", "um"] {
            assert_eq!(archs(right), None, "{right}");
        }
        let of_headers = |arch: &str| {
            reason(&format!(
                "entry_header:\n  default: include/linux/x.h\n  {arch}: asm/x.h\nhooks: [hook]\n"
            ))
        };
        assert!(of_headers("spacr").is_some());
        assert_eq!(of_headers("sparc"), None);
    }

    #[test]
    fn a_header_that_no_architecture_has_is_a_misfit() {
        let of = |header: &str| reason(&format!("entry_header: {header}\nhooks: [hook]\n"));
        for right in ["asm/x.h", "asm/g.h", "[asm/no.h, asm/x.h]"] {
            assert_eq!(of(right), None, "{right}");
        }
        let found = of("asm/no.h").unwrap();
        assert!(found.starts_with("no architecture of the tree has `asm/no.h`"));
        let found = of("include/linux/no.h").unwrap();
        assert!(found.starts_with("the tree has no `include/linux/no.h`"));
        let hook = "entry_header: asm/x.h\nhooks:\n  - {name: hook, header: asm/no.h}\n";
        assert!(reason(hook).is_some());
    }
}
