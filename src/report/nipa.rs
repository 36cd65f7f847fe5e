//! Owns the format `nipa`: what the check scripts of netdev's CI say, that is a log, one line for the patch's page, and a
//! status.

use super::{Report, concise};
use crate::diag::Level;

/// How a check ended for that CI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing to say; exit code 0.
    Success,
    /// Only warnings; exit code 250.
    Warning,
    /// At least one error; exit code 1.
    Failure,
}

/// The status of a report.
pub fn status(report: &Report<'_>) -> Status {
    match (report.count(Level::Deny), report.count(Level::Warn)) {
        (0, 0) => Status::Success,
        (0, _) => Status::Warning,
        _ => Status::Failure,
    }
}

/// The line for the patch's page, without the line's end.
pub fn description(report: &Report<'_>) -> String {
    let (errors, warnings) = (report.count(Level::Deny), report.count(Level::Warn));
    match (errors, warnings) {
        (0, 0) => "no findings".to_owned(),
        _ => format!("{errors} errors, {warnings} warnings"),
    }
}

/// The log: a line a finding, as `concise` has it.
pub fn render(report: &Report<'_>) -> String {
    concise::render(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn errors_fail_and_warnings_warn() {
        let findings = samples::findings();
        let report = |findings| Report {
            findings,
            verdicts: &[],
            ..Report::default()
        };
        assert_eq!(status(&report(&findings)), Status::Failure);
        assert_eq!(status(&report(&findings[1..])), Status::Warning);
        assert_eq!(status(&report(&[])), Status::Success);
        assert_eq!(description(&report(&findings)), "1 errors, 1 warnings");
        assert_eq!(description(&report(&[])), "no findings");
        assert_eq!(render(&report(&findings)).lines().count(), 2);
    }
}
