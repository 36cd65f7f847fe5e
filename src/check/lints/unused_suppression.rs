//! Owns the lint `unused-suppression`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Diagnostic, Label, Level};
use crate::feature::suppression::Suppression;

pub(in crate::check) const LINT: Lint = Lint {
    name: "unused-suppression",
    group: &group::RUN,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "a suppression suppresses nothing",
        what: "Reports an entry that matches no finding in `kfeat.yaml`, in the file that `--suppressions` names, or in the \
            list `suppress` of a feature's spec. Only entries that the run could have matched are reported. Entries for \
            architectures that `--arch` excludes, for ignored lints and, without `--feature all`, for the whole tree are not. \
            `kfeat check` leaves entries about tables to `kfeat audit`, which leaves all others to `kfeat check`.",
        why: "The finding was fixed, or the entry never matched. If it stays, it hides a future finding.",
        example: "suppress:\n\
            \x20 - lint: stale-marker\n\
            \x20   symbol: ARCH_HAS_Y      # nothing reports this symbol any more\n\
            \x20   reason: needed by an out-of-tree driver",
        fix: "Remove the entry, or correct it. No automatic fix.",
    },
    pass: Pass::Suppression,
};

/// The finding that an entry suppresses nothing. `unknown` are its architectures that the tree does not have, each with the
/// nearest name.
pub(in crate::check) fn finding(
    suppression: &Suppression,
    feature: Option<&str>,
    unknown: &[(&str, &str)],
) -> Diagnostic {
    let lint = &*suppression.lint;
    let headline = format!("this suppression has no effect: it matches no `{lint}`");
    let label = Label::new(suppression.place.clone(), "this entry");
    let mut finding = Diagnostic::new(LINT.name, LINT.level(), headline, label)
        .with_note(format!("its reason: {}", suppression.reason))
        .with_help("remove the entry, or correct it");
    for (arch, nearest) in unknown {
        finding = finding.with_note(format!(
            "the tree has no architecture `{arch}`; the nearest name is `{nearest}`"
        ));
    }
    finding.feature = feature.map(str::to_owned);
    finding.symbol = suppression.symbol_name().map(str::to_owned);
    finding.archs = suppression.arch.iter().map(ToString::to_string).collect();
    finding
}
