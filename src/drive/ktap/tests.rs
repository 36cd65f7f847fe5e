//! Tests of [`super`]: what kernels write, what they write when they crash, and what nobody should write.

use proptest::prelude::*;

use super::*;

/// `path outcome` for each test.
fn of(report: &Report) -> Vec<String> {
    let tests = report.tests.iter();
    tests
        .map(|test| format!("{} {:?}", test.path.join("/"), test.outcome))
        .collect()
}

fn check(console: &str, tests: &[&str], problems: usize) -> Report {
    let report = read(console);
    assert_eq!(of(&report), tests, "{report:#?}");
    assert_eq!(report.problems.len(), problems, "{:?}", report.problems);
    report
}

const BOOT: &str =
    "SeaBIOS (version x)\r\nok 7 nothing of ours\r\n[    0.000000] Linux version 7.2\r\n";

#[test]
fn a_suite_that_passes() {
    let report = check(
        &format!(
            "{BOOT}KTAP version 1\r\n1..1\r\n    KTAP version 1\r\n    # Subtest: batch\r\n    # module: batch_kunit\r\n    \
             1..2\r\n    ok 1 enters\r\n    ok 2 leaves\r\n# batch: pass:2 fail:0 skip:0 total:2\r\nok 1 batch\r\nreboot: \
             Restarting system\r\n"
        ),
        &["batch/enters Passed", "batch/leaves Passed"],
        0,
    );
    assert_eq!(report.suites, ["batch"]);
    assert_eq!(report.tests[0].notes, [""; 0]);
}

#[test]
fn what_the_console_puts_in_front_is_not_indentation() {
    check(
        "[    0.5] KTAP version 1\n[    0.5] 1..1\n[    0.5][    T1]     KTAP version 1\n<6>[    0.51]     1..1\n\
         [   10.6]     ok 1 a\n[   10.6] ok 1 s\n",
        &["s/a Passed"],
        0,
    );
}

#[test]
fn tests_nest() {
    check(
        "TAP version 14\n1..2\n  KTAP version 1\n  1..2\n    KTAP version 1\n    1..2\n    not ok 1 a\n    ok 2 b\n  not ok 1 c\n  \
         ok 2 d # SKIP no such machine\nnot ok 1 e\nok 2\n",
        &[
            "e/c/a Failed",
            "e/c/b Passed",
            "e/d Skipped",
            "test 2 Passed",
        ],
        0,
    );
}

#[test]
fn directives_count() {
    let report = check(
        "KTAP version 1\n1..7\nok 1 a # SKIP\nnot ok 2 b # SKIP: no\nnot ok 3 c # TODO known\nok 4 d # TODO\n\
         not ok 5 - e # TIMEOUT 30 seconds\nok 6 f # rc=0\nnot ok 7 g # XFAIL\n",
        &[
            "a Skipped",
            "b Skipped",
            "c Skipped",
            "d Passed",
            "e Failed",
            "f Passed",
            "g Skipped",
        ],
        0,
    );
    assert_eq!(report.tests[4].notes, ["TIMEOUT 30 seconds"]);
    assert_eq!(report.count(Outcome::Skipped), 4);
}

#[test]
fn diagnostics_go_with_the_test_that_follows() {
    let report = check(
        "KTAP version 1\n1..1\n    # Subtest: s\n    1..2\n    # a: EXPECTATION FAILED at mm/x.c:7\n        Expected that\n    \
         not ok 1 a\nrandom: crng init done\n    ok 2 b\nnot ok 1 s\n",
        &["s/a Failed", "s/b Passed"],
        0,
    );
    assert_eq!(
        report.tests[0].notes,
        ["a: EXPECTATION FAILED at mm/x.c:7", "Expected that"]
    );
    assert_eq!(report.tests[1].notes, ["random: crng init done"]);
}

#[test]
fn a_suite_that_contradicts_its_tests_counts() {
    check(
        "KTAP version 1\n1..2\n    1..1\n    ok 1 a\n# the end of the suite failed\nnot ok 1 s\n    1..0\nok 2 empty # SKIP\n",
        &["s/a Passed", "s Failed", "empty Skipped"],
        0,
    );
}

#[test]
fn a_crash_is_a_failure() {
    let report = check(
        "KTAP version 1\n1..2\n    KTAP version 1\n    # Subtest: s\n    1..3\n    ok 1 a\nBUG: unable to handle page fault\n\
         Kernel panic - not syncing: Fatal exception\n",
        &[
            "s/a Passed",
            "s/test 2 Failed",
            "s/test 3 Failed",
            "test 2 Failed",
        ],
        0,
    );
    assert_eq!(
        report.tests[1].notes,
        [
            "BUG: unable to handle page fault",
            "Kernel panic - not syncing: Fatal exception",
            "no result"
        ]
    );
    check("KTAP version 1\n1..1\n    KTAP vers", &["test 1 Failed"], 0);
    check(
        "KTAP version 1\n1..1\n    # Subtest: s\n    1..1\n    ok 1 a\n",
        &["s/a Passed", "s Failed"],
        0,
    );
    check("KTAP version 1\n", &[], 1);
}

#[test]
fn a_suite_in_a_suite_without_an_end_is_named() {
    check(
        "KTAP version 1\n1..1\n    # Subtest: s\n    1..1\n        # Subtest: p\n        1..1\n        ok 1 a\nok 1 s\n",
        &["s/p/a Passed", "s/p Failed"],
        0,
    );
}

#[test]
fn numbers_and_plans_have_to_fit() {
    check(
        "KTAP version 1\n1..3\nok 1 a\nok 3 c\n",
        &["a Passed", "c Passed"],
        1,
    );
    check(
        "KTAP version 1\n1..1\nok 1 a\nok 2 b\n",
        &["a Passed", "b Passed"],
        1,
    );
    check(
        "KTAP version 1\n1..1\nBail out! no memory\n",
        &["test 1 Failed"],
        1,
    );
    let report = read("KTAP version 1\n1..1000000000\n");
    assert_eq!((report.tests.len(), report.problems.len()), (100, 1));
}

#[test]
fn without_a_version_there_is_nothing() {
    let report = read("ok 1 a\n1..1\nnot ok 2 b\n");
    assert_eq!(report, Report::default());
    assert!(!read("").found);
}

#[test]
fn a_report_may_begin_anywhere() {
    check(
        "  KTAP version 1\n  1..2\n  ok 1 a\nok 2 b\n",
        &["a Passed", "b Passed"],
        0,
    );
    let deep: String = (0..100)
        .map(|depth| format!("{}KTAP version 1\n", "  ".repeat(depth)))
        .collect();
    assert!(read(&deep).found);
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        lines in proptest::collection::vec(
            (0usize..12, prop_oneof![
                Just("KTAP version 1"), Just("1..2"), Just("ok 1 a"), Just("not ok 2 b # SKIP x"), Just("# Subtest: s"),
                Just("ok 99999999999999999999"), Just("# note"), Just("[ 1.0] ok 1"), Just("Bail out!"), Just("noise"),
            ]),
            0..40,
        ),
        tail in "\\PC{0,20}",
    ) {
        let text: String = lines.iter().map(|(indent, line)| format!("{}{line}\n", " ".repeat(*indent))).collect();
        let report = read(&format!("{text}{tail}"));
        let counted = [Outcome::Passed, Outcome::Failed, Outcome::Skipped].map(|outcome| report.count(outcome));
        prop_assert_eq!(counted.iter().sum::<usize>(), report.tests.len());
    }
}
