//! Owns the lint `unused-baseline-entry`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Diagnostic, Label, Level, Location};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unused-baseline-entry",
    group: &group::RUN,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "an entry of a baseline matches nothing",
        what: "Reports an entry of a baseline that no finding matches, if the run could have produced such a finding. Entries \
            for architectures that `--arch` excludes, for ignored lints and, without `--feature all`, for the whole tree are \
            not reported.",
        why: "The finding was fixed. If the entry stays, the same finding can come back unseen.",
        example: "{ \"file\": \"arch/riscv/Kconfig\", \"lint\": \"select-never\", \"symbol\": \"ARCH_HAS_Y\" }",
        fix: "Recreate the baseline with `--write-baseline`, or remove the entry. No automatic fix.",
    },
    pass: Pass::Baseline,
};

/// An entry of a baseline that no finding matches.
#[derive(Clone, Copy, Debug)]
pub(in crate::check) struct Gone<'a> {
    /// The lint of its findings.
    pub lint: &'a str,
    /// The file that they were in.
    pub file: &'a str,
    /// The feature that they were about.
    pub feature: Option<&'a str>,
    /// The symbol that they were about.
    pub symbol: Option<&'a str>,
    /// The text of the line.
    pub text: &'a str,
    /// How many of its findings are gone.
    pub count: u32,
    /// How many it stands for.
    pub of: u32,
}

/// The finding that what an entry at `place` stands for is gone from these architectures.
pub(in crate::check) fn finding(gone: Gone<'_>, archs: Vec<String>, place: Location) -> Diagnostic {
    let lint = gone.lint;
    let about = gone.symbol.unwrap_or(gone.file);
    let headline = match gone.of {
        1 => format!("`{lint}` is no longer reported for `{about}`"),
        of => format!(
            "of {of} `{lint}` about `{about}`, {} are not found any more",
            gone.count
        ),
    };
    let label = Label::new(place, "this entry of the baseline");
    let mut finding = Diagnostic::new(LINT.name, LINT.level(), headline, label)
        .with_note(format!("it was in {}: `{}`", gone.file, gone.text))
        .with_help("recreate the baseline with `--write-baseline`, or remove the entry");
    finding.archs = archs;
    finding.feature = gone.feature.map(str::to_owned);
    finding.symbol = gone.symbol.map(str::to_owned);
    finding
}
