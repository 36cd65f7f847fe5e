//! Owns the lint `unused-baseline-entry`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::run::baseline::Entry;
use crate::diag::{Diagnostic, Label, Level, Location};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unused-baseline-entry",
    group: &group::RUN,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "an entry of a baseline matches nothing",
        what: "Reports an entry of a baseline that no finding matches. Only entries whose findings the run looks for are \
            reported: with `--arch` not those of other architectures, without `--feature all` not those of the whole tree, \
            and not those of lints that are ignored.",
        why: "The finding was fixed. If the entry stays, the same finding can come back unseen.",
        example: "{ \"file\": \"arch/riscv/Kconfig\", \"lint\": \"select-never\", \"symbol\": \"ARCH_HAS_Y\" }",
        fix: "Write the baseline again with `--write-baseline`, or remove the entry. No automatic fix.",
    },
    pass: Pass::Baseline,
};

/// The finding that `count` of the findings of an entry, which stands at `place`, are gone from these architectures.
pub(in crate::check) fn finding(
    entry: &Entry,
    count: u32,
    archs: Vec<String>,
    place: Location,
) -> Diagnostic {
    let about = entry.symbol.as_ref().unwrap_or(&entry.file);
    let headline = match entry.count {
        1 => format!("no `{}` about `{about}` is found any more", entry.lint),
        of => format!(
            "of {of} `{}` about `{about}`, {count} are not found any more",
            entry.lint
        ),
    };
    let label = Label::new(place, "this entry of the baseline");
    let mut finding = Diagnostic::new(LINT.name, LINT.level(), headline, label)
        .with_note(format!("it was in {}: `{}`", entry.file, entry.text))
        .with_help("write the baseline anew with `--write-baseline`, or take the entry out");
    finding.archs = archs;
    finding.feature.clone_from(&entry.feature);
    finding.symbol.clone_from(&entry.symbol);
    finding
}
