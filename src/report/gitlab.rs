//! Owns the format `gitlab`: the findings as a GitLab code quality report.

use serde::Serialize;

use super::json::written;
use super::{Report, message};
use crate::check::reported::Reported;
use crate::diag::Level;
use crate::diag::identity::fingerprints;

/// The findings as the JSON array that GitLab takes as `artifacts:reports:codequality`. The fingerprint of a finding does not
/// depend on line numbers, so a merge request is not charged for what only moved.
pub fn render(report: &Report<'_>) -> String {
    let findings: Vec<&Reported> = report.shown().collect();
    let issues: Vec<Issue<'_>> = fingerprints(findings.iter().map(|finding| &finding.finding))
        .into_iter()
        .zip(&findings)
        .map(|(fingerprint, finding)| Issue {
            description: message(finding),
            check_name: finding.lint,
            fingerprint,
            severity: match finding.level {
                Level::Deny => "major",
                Level::Warn => "minor",
                Level::Note | Level::Allow => "info",
            },
            location: Location {
                path: &finding.primary.location.path,
                lines: Lines {
                    begin: finding.primary.location.line,
                },
            },
        })
        .collect();
    written(&issues)
}

/// An entry of the report, with the fields that GitLab requires.
#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn each_finding_has_the_required_fields_and_a_fingerprint_of_its_own() {
        let mut findings = samples::findings();
        findings.push(findings[0].clone());
        let report = Report {
            findings: &findings,
            verdicts: &[],
            ..Report::default()
        };
        let issues: serde_json::Value = serde_json::from_str(&render(&report)).unwrap();
        let issues = issues.as_array().unwrap();
        assert_eq!(issues.len(), 3);
        assert_eq!(issues[0]["severity"], "major");
        assert_eq!(issues[1]["severity"], "minor");
        assert_eq!(issues[0]["check_name"], "select-without-hook");
        assert_eq!(issues[0]["location"]["path"], "arch/one/Kconfig");
        assert_eq!(issues[0]["location"]["lines"]["begin"], 3);
        let prints: std::collections::BTreeSet<&str> = issues
            .iter()
            .map(|issue| issue["fingerprint"].as_str().unwrap())
            .collect();
        assert_eq!(prints.len(), 3);
    }

    #[test]
    fn a_clean_report_is_an_empty_array() {
        assert_eq!(render(&Report::default()), "[]\n");
    }
}
