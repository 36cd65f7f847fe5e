//! Owns the format `github`: a workflow command a finding, which GitHub Actions shows at the line in the pull request.

use std::fmt::Write as _;

use super::{Report, message, visible};
use crate::diag::Level;

/// The findings, a line each: `::error file=F,line=N,col=N,title=LINT::text`. Notes and help follow the headline; a line's
/// end is written as `%0A`, as the log of a workflow wants it. A report without findings is the empty string.
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for finding in report.shown() {
        let command = match finding.level {
            Level::Deny => "error",
            Level::Warn => "warning",
            Level::Note | Level::Allow => "notice",
        };
        let place = &finding.primary.location;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "::{command} file={},line={},col={},title={}::{}",
            property(&visible::line(&place.path)),
            place.line,
            place.column,
            property(&format!("kfeat: {}", finding.lint)),
            data(&message(finding)),
        );
    }
    out
}

/// Text behind `::`, with the characters that would end the command escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, in which `:` and `,` have a meaning, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn a_command_a_finding_with_everything_escaped() {
        let findings = samples::findings();
        let report = Report {
            findings: &findings,
            verdicts: &[],
            ..Report::default()
        };
        assert_eq!(
            render(&report),
            "::error file=arch/one/Kconfig,line=3,col=9,title=kfeat%3A select-without-hook::`QUIET` is selected, 100%25 \
             without hooks [one, two]%0Anote: CONFIG_ONE=y%0ACONFIG_TWO=y%0Ahelp: remove the `select`\n\
             ::warning file=a%2Cb%3A.h,line=1,col=1,title=kfeat%3A stale-marker::no `Y`\n"
        );
    }
}
