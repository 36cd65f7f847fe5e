//! Owns the fingerprint of a finding, by which a service tells the findings of one run from those of another.

use std::collections::BTreeMap;
use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::diag::Diagnostic;

/// The fingerprints of findings, 16 hexadecimal digits each: of lint, file, symbol, architectures and headline, never of line
/// numbers. The second finding with the same of all these gets another one than the first.
pub(super) fn of_all(findings: &[&Diagnostic]) -> Vec<String> {
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    findings
        .iter()
        .map(|finding| {
            let first = hash(finding, 0);
            let nth = seen.entry(first).or_default();
            let fingerprint = hash(finding, *nth);
            *nth += 1;
            format!("{fingerprint:016x}")
        })
        .collect()
}

/// The hash of what makes a finding the same in another run. The hasher is the same on every machine and in every build.
fn hash(finding: &Diagnostic, nth: u32) -> u64 {
    let mut hasher = FxHasher::default();
    let symbol = finding.symbol.as_deref().unwrap_or_default();
    let mut parts = vec![
        finding.lint,
        &finding.primary.location.path,
        symbol,
        &finding.headline,
    ];
    parts.extend(finding.archs.iter().map(String::as_str));
    for part in parts {
        hasher.write(part.as_bytes());
        // No part can hold this byte, so two parts never look like one.
        hasher.write_u8(0xff);
    }
    hasher.write_u32(nth);
    hasher.finish()
}
