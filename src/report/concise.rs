//! Owns the format `concise`: one line a finding, `file:line:col: level: lint: text [archs]`, as compilers write it.

use std::fmt::Write as _;

use super::{Report, visible};

/// The findings, a line each. Verdicts have no line; a report without findings is the empty string.
///
/// The text of a line is documented in `docs/output.md`.
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.shown() {
        let place = &finding.primary.location;
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "{}:{}:{}: {}: {}: {}",
            visible::line(&place.path),
            place.line,
            place.column,
            finding.level.word(),
            finding.lint,
            visible::line(&finding.headline),
        );
        if !finding.archs.is_empty() {
            let _ = write!(out, " [{}]", visible::line(&finding.archs.join(", ")));
        }
        if let Some(episode) = super::episode(finding) {
            let _ = write!(out, " ({})", visible::line(&episode));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::reported::Reported;
    use crate::diag::{Diagnostic, Label, Level, Location};

    #[test]
    fn one_line_a_finding() {
        let place = Location::in_text(
            "arch/one/Kconfig".into(),
            b"config ONE\n\tselect X\n",
            12,
            20,
        );
        let findings = [
            Diagnostic::new(
                "a-lint",
                Level::Deny,
                "`X` is\nbad",
                Label::new(place, "here"),
            )
            .with_arch("one")
            .with_arch("two"),
            Diagnostic::new(
                "silent",
                Level::Allow,
                "not shown",
                Label::new(Location::file("Kconfig"), ""),
            ),
            Diagnostic::new(
                "b-lint",
                Level::Warn,
                "no `Y`",
                Label::new(Location::file("Kconfig"), ""),
            ),
        ]
        .map(Reported::from);
        let report = Report {
            findings: &findings,
            ..Report::default()
        };
        assert_eq!(
            render(&report),
            "arch/one/Kconfig:2:2: error: a-lint: `X` is\u{240a}bad [one, two]\n\
             Kconfig:1:1: warning: b-lint: no `Y`\n"
        );
    }
}
