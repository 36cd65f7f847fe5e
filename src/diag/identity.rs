//! Owns the identity of a finding: which findings of several architectures, runs or trees are the same one.
//!
//! There is one rule, in three strengths:
//!
//! | question | the same are |
//! |---|---|
//! | [`Diagnostic::is_same_on_other_arch`]: is it one finding about two architectures of one tree? | lint, place and headline |
//! | [`Identity`]: may it be the same finding in another tree or run? | lint, and the symbol or, without one, the file |
//! | [`fingerprints`]: is it the same finding for a service that stores them? | the identity, file and headline |
//!
//! Line numbers never count in another tree. Architectures are no part of it: a finding that one more architecture has is
//! still the same there.

use std::collections::HashMap;

use super::{Diagnostic, Location};

/// Length of a fingerprint, in bytes of the digest.
const FINGERPRINT_SIZE: usize = 16;

/// The key by which findings of two trees or runs are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The lint.
    pub lint: String,
    /// The symbol or C name; the path of the file if the finding has neither.
    pub about: String,
}

impl Identity {
    /// The identity of a finding of `lint` about a symbol, or about a file.
    pub fn new(lint: &str, symbol: Option<&str>, path: &str) -> Self {
        Self {
            lint: lint.to_owned(),
            about: symbol.unwrap_or(path).to_owned(),
        }
    }
}

impl Diagnostic {
    /// Its identity.
    pub fn identity(&self) -> Identity {
        Identity::new(
            self.lint,
            self.symbol.as_deref(),
            &self.primary.location.path,
        )
    }

    /// Whether another finding of the same tree says the same, on whatever architectures.
    pub fn is_same_on_other_arch(&self, other: &Self) -> bool {
        self.lint == other.lint
            && self.primary.location == other.primary.location
            && self.headline == other.headline
    }

    /// Takes over the architectures of a finding that says the same.
    fn join(&mut self, archs: Vec<String>) {
        for arch in archs {
            if !self.archs.contains(&arch) {
                self.archs.push(arch);
            }
        }
    }
}

/// Adds a finding to those of the same lint. If one of them says the same, it gets the architectures instead.
pub fn add(findings: &mut Vec<Diagnostic>, finding: Diagnostic) {
    let mut known = findings.iter_mut();
    match known.find(|known| known.is_same_on_other_arch(&finding)) {
        Some(known) => known.join(finding.archs),
        None => findings.push(finding),
    }
}

/// The findings of several architectures as one list: what several say is there once, with all their names. Takes time in
/// proportion to their number.
pub fn merge(of_archs: impl IntoIterator<Item = Diagnostic>) -> Vec<Diagnostic> {
    let mut merged: Vec<Diagnostic> = Vec::new();
    let mut known: HashMap<(&'static str, Location, String), usize> = HashMap::new();
    for finding in of_archs {
        let key = (
            finding.lint,
            finding.primary.location.clone(),
            finding.headline.clone(),
        );
        match known.get(&key) {
            Some(&index) => merged[index].join(finding.archs),
            None => {
                known.insert(key, merged.len());
                merged.push(finding);
            }
        }
    }
    merged
}

/// The fingerprints of findings: a BLAKE3 digest in hexadecimal digits, the same on every machine and in every build. The second
/// finding with the same identity, file and headline gets another one than the first.
pub fn fingerprints<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) -> Vec<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    findings
        .into_iter()
        .map(|finding| {
            let nth = seen.entry(fingerprint(finding, 0)).or_default();
            let fingerprint = fingerprint(finding, *nth);
            *nth += 1;
            fingerprint
        })
        .collect()
}

fn fingerprint(finding: &Diagnostic, nth: u32) -> String {
    let identity = finding.identity();
    let parts = [
        &*identity.lint,
        &*identity.about,
        &*finding.primary.location.path,
        &*finding.headline,
    ];
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        // With its length in front, no part can be taken for the start of the next one.
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.update(&nth.to_le_bytes());
    let digest = hasher.finalize();
    let bytes = digest.as_bytes().iter().take(FINGERPRINT_SIZE);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Label, Level};
    use super::*;

    fn finding(path: &str, line: u32, headline: &str) -> Diagnostic {
        let mut place = Location::file(path);
        place.line = line;
        Diagnostic::new("a-lint", Level::Deny, headline, Label::new(place, "")).about("f", "S")
    }

    #[test]
    fn a_fingerprint_is_the_same_everywhere_and_knows_no_lines() {
        let (here, moved) = (
            finding("a", 1, "bad"),
            finding("a", 9, "bad").with_arch("x"),
        );
        let of = |finding: &Diagnostic| fingerprints([finding]).remove(0);
        assert_eq!(of(&here), of(&moved));
        assert_eq!(of(&here), "d4a6d583d47d9cc228cf194d053fd11a");
        assert_ne!(of(&here), of(&finding("b", 1, "bad")));
        assert_ne!(of(&here), of(&finding("a", 1, "worse")));
        let twice = fingerprints([&here, &moved]);
        assert!(twice[0] == of(&here) && twice[0] != twice[1]);
    }

    #[test]
    fn what_several_architectures_say_is_one_finding() {
        let on = |arch: &str| finding("a", 1, "bad").with_arch(arch);
        let merged = merge([
            on("x"),
            on("y"),
            finding("a", 2, "bad").with_arch("y"),
            on("x"),
        ]);
        let told: Vec<_> = merged.iter().map(|one| one.archs.join(",")).collect();
        assert_eq!(told, ["x,y", "y"]);
        let mut added = Vec::new();
        for one in [
            on("x"),
            on("y"),
            finding("a", 2, "bad").with_arch("y"),
            on("x"),
        ] {
            add(&mut added, one);
        }
        assert_eq!(added, merged);
    }
}
