//! Tests of replies: recipients, quotes and wrapping.

use std::sync::Arc;

use super::*;
use crate::check::reported::{Commit, Episode};
use crate::check::run::cells::State;
use crate::check::support::verdict::Supported;
use crate::diag::Label;
use crate::feature::arch_support::Status as Documented;
use crate::report::{Series, samples};

fn original() -> Original {
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    Original {
        subject: "[PATCH v2 1/2] one: select QUIET".to_owned(),
        from: Some("Some Body <s@example.org>".to_owned()),
        author: Some("Some Body <s@example.org>".to_owned()),
        to: Some("list@example.org, me@example.org".to_owned()),
        cc: Some("S@example.org, \"O, Ther\" <o@example.org>".to_owned()),
        date: Some("Mon, 16 Nov 2026 10:00:00 +0100".to_owned()),
        message_id: Some("<2@x>".to_owned()),
        references: Some("<1@x>".to_owned()),
        files: vec![File {
            path: "arch/one/Kconfig".to_owned(),
            head: [
                "--- a/arch/one/Kconfig".to_owned(),
                "+++ b/arch/one/Kconfig".to_owned(),
            ],
            hunks: vec![Hunk {
                head: "@@ -1,2 +1,3 @@".to_owned(),
                start: 1,
                lines: lines(" config ONE\n \tbool\n+\tselect QUIET\n+From here on\n"),
            }],
        }],
        again: "To reproduce:\n\n  kfeat check\n".to_owned(),
        commit: Some("123456789abc (\"one: select QUIET\")".to_owned()),
        ..Original::default()
    }
}

fn findings(numbers: &[u32]) -> Vec<Reported> {
    let all = samples::findings();
    let told = numbers.iter().zip(all);
    told.map(|(number, mut finding)| {
        let commit = Commit {
            number: *number,
            of: 2,
            id: None,
            subject: "s".to_owned(),
        };
        finding.episode = Some(Episode {
            status: Status::New,
            since: Some(Arc::new(commit)),
            until: None,
            suppressed: None,
            tree: 2,
        });
        finding
    })
    .collect()
}

fn rendered(findings: &[Reported]) -> String {
    let cell = |feature: &str| ChangedCell {
        feature: feature.to_owned(),
        arch: "one".to_owned(),
        before: None,
        after: Some(State {
            supported: Supported::Yes,
            condition: Some("MMU".to_owned()),
            documented: Some(Documented::Supported),
        }),
        place: None,
    };
    let cells = [cell("loud"), cell("quiet")];
    let report = Report {
        findings,
        series: Some(Series {
            commits: &[],
            fixed: &[],
            known: 0,
            cells: &cells,
        }),
        ..Report::default()
    };
    let second = Original {
        subject: "two".to_owned(),
        ..Original::default()
    };
    render(
        &report,
        &samples::source,
        &[original(), second],
        Some(("Me", "me@example.org")),
    )
}

#[test]
fn the_finding_stands_below_the_quoted_line() {
    let mut findings = findings(&[1]);
    findings[0]
        .secondary
        .push(Label::new(Location::file("mm/Kconfig"), "not touched"));
    assert_eq!(
        rendered(&findings),
        "From: Me <me@example.org>\n\
         To: Some Body <s@example.org>\n\
         Cc: list@example.org,\n\t\"O, Ther\" <o@example.org>\n\
         Subject: Re: [PATCH v2 1/2] one: select QUIET\n\
         In-Reply-To: <2@x>\n\
         References: <1@x> <2@x>\n\
         MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n\
         kfeat compares Kconfig, headers and the tables of\n\
         Documentation/features. This patch, commit 123456789abc (\"one: select\nQUIET\") adds 1 error:\n\n\
         On Mon, 16 Nov 2026 10:00:00 +0100, Some Body <s@example.org> wrote:\n\n\
         > --- a/arch/one/Kconfig\n> +++ b/arch/one/Kconfig\n> @@ -1,2 +1,3 @@\n>  config ONE\n>  \tbool\n> +\tselect QUIET\n\n\
         error: select-without-hook: `QUIET` is selected, 100% without hooks\n[one, two]\n\n\
         \x20 arch/one/Kconfig:3: selected here\n\
         \x20 mm/Kconfig: not touched\n\n\
         \x20 CONFIG_ONE=y\n  CONFIG_TWO=y\n\n\
         With these lines in `fragment.config`, this makes the configuration:\n\n\
         \x20 make ARCH=one KCONFIG_ALLCONFIG=fragment.config alldefconfig\n\n\
         To fix it: remove the `select`.\n\n\
         The series changes these cells of the matrix:\n\n\
         \x20 quiet on one: absent -> yes if MMU; table: none -> ok\n\n\
         To reproduce:\n\n  kfeat check\n\n-- \n".to_owned()
            + &format!("kfeat {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn several_mails_are_a_mailbox_and_none_is_nothing() {
    assert_eq!(rendered(&[]), "");
    let both = rendered(&findings(&[1, 2]));
    assert_eq!(both.matches("\nFrom mboxrd@z ").count() + 1, 2);
    assert!(both.starts_with("From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Me <"));
    assert!(
        both.contains("Subject: Re: two\n") && both.contains("The patch does not change the line"),
        "{both}"
    );
}

#[test]
fn lines_that_look_like_a_new_mail_are_marked() {
    assert_eq!(
        in_mailbox("a\nFrom b\n>From c\n"),
        "From mboxrd@z Thu Jan  1 00:00:00 1970\na\n>From b\n>>From c\n\n"
    );
}

#[test]
fn a_finding_goes_to_the_line_that_goes_with_its_name() {
    let mut original = original();
    original.files[0].hunks[0].lines = vec![
        " x".to_owned(),
        "-#define QUIETER".to_owned(),
        "-\t#ifdef CONFIG_QUIET".to_owned(),
    ];
    let mut finding = samples::findings().remove(0);
    assert_eq!(
        place(&finding, &samples::source, &original),
        Some((0, 0, 2))
    );
    // Of a change both sides are quoted, and nothing twice.
    original.files[0].hunks[0]
        .lines
        .push("+\t#ifdef QUIET".to_owned());
    original.files[0].hunks[0]
        .lines
        .push("+\t#ifdef LOUD".to_owned());
    original.files[0].hunks[0].lines.push(" y".to_owned());
    let (mut out, mut quoted) = (String::new(), None);
    for line in [2, 3] {
        quote(&mut out, &original, (0, 0, line), &mut quoted);
    }
    assert!(
        out.ends_with("> -\t#ifdef CONFIG_QUIET\n> +\t#ifdef QUIET\n> +\t#ifdef LOUD\n"),
        "{out}"
    );
    finding.headline = "nothing".to_owned();
    finding.symbol = Some("NOISY".to_owned());
    assert_eq!(place(&finding, &samples::source, &original), None);
}
