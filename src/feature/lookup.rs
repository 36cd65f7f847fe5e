//! Owns how the name of a feature that a user typed is understood: `KASAN`, `kasan`, `debug/KASAN`, the title in the header of
//! its table, or one of its Kconfig symbols; `debug` names all features of that directory.
//!
//! It must not know where the features come from; it is given a [`Candidate`] for each.

use crate::feature::spec::Spec;

/// How similar a name must be to be suggested; 1 is equal. Jaro-Winkler similarity, as for other names in Kconfig.
const SIMILAR: f64 = 0.84;

/// A feature as far as its names go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The directory of its table, such as `KASAN`.
    pub name: &'a str,
    /// The directory around that one, such as `debug`.
    pub subsystem: &'a str,
    /// The name in the header of its table; empty without a table.
    pub title: &'a str,
    /// Its Kconfig symbols, without `CONFIG_`.
    pub symbols: Vec<&'a str>,
}

impl<'a> From<&'a Spec> for Candidate<'a> {
    fn from(spec: &'a Spec) -> Self {
        let (subsystem, _) = spec.directory.rsplit_once('/').unwrap_or(("", ""));
        Self {
            name: &spec.name,
            subsystem,
            title: &spec.title,
            symbols: spec.kconfig.iter().map(|term| &*term.symbol).collect(),
        }
    }
}

impl Candidate<'_> {
    /// How well `typed` names the feature, from 0, the best; `None` where it does not.
    fn rank(&self, typed: &str) -> Option<u8> {
        let path = format!("{}/{}", self.subsystem, self.name);
        let names = [self.name, &path, self.title];
        if names.contains(&typed) {
            return Some(0);
        }
        let folded = fold(typed);
        if names.iter().any(|name| fold(name) == folded) {
            return Some(1);
        }
        let symbol = typed.strip_prefix("CONFIG_").unwrap_or(typed);
        if self.symbols.contains(&symbol) {
            return Some(2);
        }
        let symbol = symbol.to_ascii_uppercase();
        if self.symbols.contains(&&*symbol) {
            return Some(3);
        }
        (!self.subsystem.is_empty() && fold(self.subsystem) == folded).then_some(4)
    }
}

/// The name without its case, and with `-` for `_` and blanks.
fn fold(name: &str) -> String {
    name.to_lowercase().replace(['_', ' '], "-")
}

/// The features that `typed` names, as indices of `candidates`: those that it names best. Several features may share a symbol.
/// Empty where it names none.
pub fn find(typed: &str, candidates: &[Candidate<'_>]) -> Vec<usize> {
    let ranks: Vec<Option<u8>> = candidates.iter().map(|one| one.rank(typed)).collect();
    let Some(best) = ranks.iter().flatten().min() else {
        return Vec::new();
    };
    let is_best = |index: &usize| ranks[*index].as_ref() == Some(best);
    (0..candidates.len()).filter(is_best).collect()
}

/// The features that all of `typed` name, as sorted indices of `candidates`.
///
/// # Errors
///
/// One of the names names no feature.
pub fn find_all(
    typed: &[impl AsRef<str>],
    candidates: &[Candidate<'_>],
) -> Result<Vec<usize>, UnknownFeature> {
    let mut found = Vec::new();
    for name in typed {
        let name = name.as_ref();
        match find(name, candidates) {
            none if none.is_empty() => return Err(UnknownFeature::new(name, candidates)),
            some => found.extend(some),
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// A name that no feature has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no feature is called `{name}`; {}", advice(.similar.as_deref(), .known))]
pub struct UnknownFeature {
    /// Holds what the user typed.
    pub name: String,
    /// The most similar name of a feature or a symbol, if one is similar.
    pub similar: Option<String>,
    /// The names of all features.
    pub known: Vec<String>,
}

impl UnknownFeature {
    /// The error for a name that none of the candidates has.
    pub fn new(typed: &str, candidates: &[Candidate<'_>]) -> Self {
        let folded = fold(typed);
        let folded = folded.strip_prefix("config-").unwrap_or(&folded);
        let likeness = |name: &str| strsim::jaro_winkler(folded, &fold(name));
        let names = candidates
            .iter()
            .flat_map(|one| [one.name].into_iter().chain(one.symbols.iter().copied()));
        let similar = names
            .map(|name| (likeness(name), name))
            .filter(|(likeness, _)| *likeness >= SIMILAR)
            // The first of several that are equally similar, so that a feature comes before its symbols.
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        let mut known: Vec<String> = Vec::new();
        for one in candidates {
            if known.iter().all(|name| name != one.name) {
                known.push(one.name.to_owned());
            }
        }
        Self {
            name: typed.to_owned(),
            similar: similar.map(|(_, name)| name.to_owned()),
            known,
        }
    }
}

/// Returns what to try instead of a name that no feature has.
fn advice(similar: Option<&str>, known: &[String]) -> String {
    match similar {
        Some(similar) => format!("did you mean `{similar}`?"),
        None if known.is_empty() => "there are no features".to_owned(),
        None => format!("there are: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Vec<Candidate<'static>> {
        let one = |name, subsystem, title, symbols: &[&'static str]| Candidate {
            name,
            subsystem,
            title,
            symbols: symbols.to_vec(),
        };
        vec![
            one("KASAN", "debug", "KASAN", &["HAVE_ARCH_KASAN"]),
            one("lazy_mmu", "vm", "lazy_mmu mode", &["ARCH_HAS_LAZY"]),
            one("kretprobes", "debug", "kretprobes", &["HAVE_KRETPROBES"]),
            one("rethook", "core", "rethook", &["HAVE_KRETPROBES", "X"]),
        ]
    }

    fn names(typed: &str) -> Vec<&'static str> {
        let all = candidates();
        let found = find(typed, &all);
        found.into_iter().map(|index| all[index].name).collect()
    }

    #[test]
    fn a_feature_answers_to_its_names_and_its_symbols() {
        for typed in [
            "KASAN",
            "kasan",
            "debug/KASAN",
            "Debug/kasan",
            "HAVE_ARCH_KASAN",
            "CONFIG_HAVE_ARCH_KASAN",
            "have_arch_kasan",
        ] {
            assert_eq!(names(typed), ["KASAN"], "{typed}");
        }
        for typed in ["lazy-mmu", "LAZY_MMU", "lazy_mmu mode", "vm/lazy-mmu"] {
            assert_eq!(names(typed), ["lazy_mmu"], "{typed}");
        }
        assert_eq!(names("HAVE_KRETPROBES"), ["kretprobes", "rethook"]);
        assert_eq!(names("debug"), ["KASAN", "kretprobes"]);
        for typed in ["", "mm/KASAN", "KASA", "ARCH_KASAN", "/"] {
            assert!(names(typed).is_empty(), "{typed}");
        }
    }

    #[test]
    fn an_exact_name_comes_before_a_similar_one() {
        let mut all = candidates();
        all.push(Candidate {
            name: "kasan",
            ..Candidate::default()
        });
        assert_eq!(find("kasan", &all), [4]);
        assert_eq!(find("KASAN", &all), [0]);
        assert_eq!(find("Kasan", &all), [0, 4]);
    }

    #[test]
    fn an_unknown_name_gets_the_most_similar_one_or_the_list() {
        let unknown = |typed: &str| {
            let error = find_all(&[typed], &candidates()).unwrap_err();
            error.to_string()
        };
        assert_eq!(
            unknown("KASN"),
            "no feature is called `KASN`; did you mean `KASAN`?"
        );
        assert_eq!(
            unknown("CONFIG_HAVE_ARCH_KASAM"),
            "no feature is called `CONFIG_HAVE_ARCH_KASAM`; did you mean `HAVE_ARCH_KASAN`?"
        );
        assert_eq!(
            unknown("zzz"),
            "no feature is called `zzz`; there are: KASAN, lazy_mmu, kretprobes, rethook"
        );
        assert_eq!(
            find_all(&["rethook", "kasan"], &candidates()),
            Ok(vec![0, 3])
        );
    }
}
