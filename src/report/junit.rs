//! Owns the format `junit`: a test suite a feature, a test case an architecture.

use std::collections::BTreeSet;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::{Report, message, visible};
use crate::check::reported::Reported;
use crate::diag::Level;

/// The case of what belongs to no architecture.
const WHOLE_TREE: &str = "whole tree";

/// The suite of what belongs to no feature.
const NO_FEATURE: &str = "kconfig";

/// The report as JUnit XML. A case fails where a finding of level `error` holds for its architecture; other findings are
/// written into its output. A finding for the whole tree has a case of its own, so it counts once and not for each
/// architecture.
pub fn render(report: &Report<'_>) -> String {
    let mut xml = quick_junit::Report::new("kfeat");
    let features = report.verdicts.iter().map(|v| v.feature.as_str());
    let mut names: Vec<&str> = Vec::new();
    let found = report.shown().map(suite_of);
    for name in features.chain(found) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        xml.add_test_suite(suite(name, report));
    }
    let text = xml
        .to_string()
        .unwrap_or_else(|error| unreachable!("invariant: XML into a string: {error}"));
    visible::xml(&text).into_owned()
}

/// The suite that a finding belongs to.
fn suite_of(finding: &Reported) -> &str {
    finding.feature.as_deref().unwrap_or(NO_FEATURE)
}

/// One feature with all its cases.
fn suite(name: &str, report: &Report<'_>) -> TestSuite {
    let findings: Vec<&Reported> = report.shown().filter(|f| suite_of(f) == name).collect();
    let verdicts = report.verdicts.iter().filter(|v| v.feature == name);
    let mut archs: BTreeSet<&str> = verdicts.map(|verdict| verdict.arch.as_str()).collect();
    archs.extend(findings.iter().flat_map(|f| &f.archs).map(String::as_str));
    let mut suite = TestSuite::new(&*visible::line(name));
    for arch in archs {
        let of_arch = findings
            .iter()
            .filter(|f| f.archs.iter().any(|a| a == arch));
        suite.add_test_case(case(name, arch, of_arch.copied()));
    }
    let mut of_tree = findings.iter().filter(|f| f.archs.is_empty()).peekable();
    if of_tree.peek().is_some() {
        suite.add_test_case(case(name, WHOLE_TREE, of_tree.copied()));
    }
    suite
}

/// The case of one architecture.
fn case<'a>(suite: &str, name: &str, findings: impl Iterator<Item = &'a Reported>) -> TestCase {
    let (errors, others): (Vec<_>, Vec<_>) = findings.partition(|f| f.level == Level::Deny);
    let status = match errors.first() {
        None => TestCaseStatus::success(),
        Some(first) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_type(first.lint)
                .set_message(&*visible::line(&first.headline))
                .set_description(text(&errors));
            status
        }
    };
    let mut case = TestCase::new(&*visible::line(name), status);
    case.set_classname(format!("kfeat.{}", visible::line(suite)));
    if !others.is_empty() {
        case.set_system_out(text(&others));
    }
    case
}

/// Findings with their places, a paragraph each.
fn text(findings: &[&Reported]) -> String {
    let paragraphs = findings.iter().map(|finding| {
        format!(
            "{}:{}: {}: {}",
            visible::line(&finding.primary.location.to_string()),
            finding.primary.location.column,
            finding.lint,
            message(finding)
        )
    });
    paragraphs.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::samples;

    #[test]
    fn an_architecture_with_an_error_fails_and_the_others_pass() {
        let findings = samples::findings();
        let verdicts = samples::verdicts();
        let xml = render(&Report {
            findings: &findings,
            verdicts: &verdicts,
            ..Report::default()
        });
        assert!(
            xml.contains(
                r#"<testsuite name="quiet" tests="4" skipped="0" errors="0" failures="2">"#
            ),
            "{xml}"
        );
        assert!(
            xml.contains(r#"<testcase name="three" classname="kfeat.quiet"/>"#),
            "{xml}"
        );
        assert!(xml.contains(r#"type="select-without-hook""#), "{xml}");
        assert!(
            xml.contains("<system-out>a,b:.h:1:1: stale-marker: no `Y`</system-out>"),
            "{xml}"
        );
    }

    /// The production `Char` of XML 1.0. Nothing else may stand in a document, not even as `&#x…;`.
    fn is_char(code: u32) -> bool {
        matches!(code, 0x9 | 0xa | 0xd | 0x20..=0xd7ff | 0xe000..=0xfffd | 0x10000..=0x10_ffff)
    }

    fn assert_is_xml(xml: &str) {
        for character in xml.chars() {
            assert!(is_char(u32::from(character)), "{character:?} in {xml:?}");
        }
        for reference in xml.split("&#").skip(1) {
            let number = reference.split(';').next().unwrap();
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            assert!(is_char(code.unwrap()), "{number} in {xml:?}");
        }
    }

    fn document_with(text: &str) -> String {
        let mut findings = samples::findings();
        let mut verdicts = samples::verdicts();
        for finding in &mut findings {
            finding.finding.headline.push_str(text);
            finding.finding.notes.push(text.to_owned());
            finding.finding.help = Some(text.to_owned());
            finding.finding.archs.push(text.to_owned());
            finding.finding.primary.location.path = text.into();
        }
        for verdict in &mut verdicts {
            verdict.arch.push_str(text);
            verdict.feature.push_str(text);
        }
        render(&Report {
            findings: &findings,
            verdicts: &verdicts,
            ..Report::default()
        })
    }

    #[test]
    fn every_character_leaves_the_document_well_formed() {
        let all = (0..=0x3_ffff).chain(0x10_fff0..=0x10_ffff);
        let all: Vec<char> = all.filter_map(char::from_u32).collect();
        for chars in all.chunks(0x1000) {
            let text: String = chars.iter().collect();
            assert_is_xml(&document_with(&text));
        }
        // Each that XML does not have, alone.
        for character in all.iter().filter(|c| !is_char(u32::from(**c))) {
            assert_is_xml(&document_with(&character.to_string()));
        }
        assert!(document_with("a\u{ffff}b").contains("a\u{fffd}b"));
    }

    proptest! {
        #[test]
        fn any_text_leaves_the_document_well_formed(
            text in "[a\u{0}-\u{20}&;#x\u{7f}-\u{9f}\u{fff0}-\u{10000}\\]>]{0,40}",
        ) {
            assert_is_xml(&document_with(&text));
        }
    }
}
