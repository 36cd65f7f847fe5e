//! Owns booting a linked kernel for the tests that it holds: which suites belong to the feature, the command that boots, and what
//! its console comes to.

use crate::arch::emulator::Emulator;
use crate::cpp::is_c;
use crate::feature::spec::Spec;
use crate::tree::Tree;

use super::candidates::Candidate;
use super::ktap::{self, Outcome, Test};
use super::line::Line;
use super::results::{FindingResult, KunitResult, Status, TestResult};

/// A test that failed.
pub const TEST_FAILURE: &str = "test-failure";

/// Most characters of a line of the console that are repeated in a note.
const MAX_SAID: usize = 120;

/// Describes what is to be booted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// The machine; `None` where none is known for the architecture.
    pub emulator: Option<&'static Emulator>,
    /// The suites of the feature, each with the file that holds it.
    pub suites: Vec<(String, String)>,
}

impl Boot {
    /// For the tests among `candidates`.
    pub fn new(tree: &Tree, emulator: Option<&'static Emulator>, candidates: &[Candidate]) -> Self {
        let mut found = Vec::new();
        for candidate in candidates {
            let Some(text) = tree.bytes_if_there(&candidate.source) else {
                continue;
            };
            let text = String::from_utf8_lossy(&text);
            found.extend(suites(&text).map(|name| (name.to_owned(), candidate.source.clone())));
        }
        Self {
            emulator,
            suites: found,
        }
    }

    /// The command that boots the image below `objtree`. It ends when the tests have.
    pub fn line(&self, emulator: &Emulator, objtree: &str) -> Line {
        let mut words = vec![emulator.program.to_owned()];
        words.extend(emulator.machine.iter().map(|&word| word.to_owned()));
        // No window, no network, and QEMU ends where a machine would begin anew.
        words.extend(
            [
                "-m",
                "512",
                "-display",
                "none",
                "-monitor",
                "none",
                "-serial",
                "stdio",
                "-net",
                "none",
                "-no-reboot",
            ]
            .map(str::to_owned),
        );
        words.extend([
            "-kernel".to_owned(),
            format!("{objtree}/{}", emulator.image),
        ]);
        // With `allnoconfig` tests neither are on nor run by themselves.
        let mut arguments = format!(
            "console={} panic=-1 kunit.enable=1 kunit.autorun=1 kunit_shutdown={}",
            emulator.console, emulator.end
        );
        // There is one pattern, so only one suite can be asked for.
        if let [(suite, _)] = &*self.suites {
            arguments.push_str(&format!(" kunit.filter_glob={suite}"));
        }
        words.extend(["-append".to_owned(), arguments]);
        Line {
            environment: Vec::new(),
            words,
        }
    }
}

/// The names of the suites that a source file defines.
fn suites(text: &str) -> impl Iterator<Item = &str> {
    text.split("struct kunit_suite ")
        .skip(1)
        .filter_map(|rest| {
            let (definition, _) = rest.split_once("};")?;
            let (before, _) = definition.split_once('{')?;
            // A pointer to a suite, or an argument, does not count.
            before.trim().strip_suffix('=')?;
            let (_, name) = definition.split_once(".name")?;
            name.split('"').nth(1).filter(|name| !name.is_empty())
        })
}

/// Describes what a boot came to.
#[derive(Clone, Debug)]
pub struct Booted {
    /// How the stage ended.
    pub status: Status,
    /// Holds what there is to say about it.
    pub note: String,
    /// The tests that failed.
    pub findings: Vec<FindingResult>,
    /// All tests.
    pub kunit: KunitResult,
}

/// Judges what a console shows. `wrong` says why the emulator did not end well, if so.
pub fn judge(boot: &Boot, spec: &Spec, root: &str, console: &str, wrong: Option<&str>) -> Booted {
    let report = ktap::read(console);
    let [passed, failed, skipped] =
        [Outcome::Passed, Outcome::Failed, Outcome::Skipped].map(|outcome| report.count(outcome));
    let kunit = KunitResult {
        passed,
        failed,
        skipped,
        tests: report.tests.iter().map(result).collect(),
    };
    let counts = format!("{passed} passed, {failed} failed, {skipped} skipped");
    let missing = boot
        .suites
        .iter()
        .find(|(suite, _)| !report.suites.contains(suite));
    let problem = if !report.found {
        let last = console
            .lines()
            .rev()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with("kfeat: "));
        let last: String = last.unwrap_or("nothing").chars().take(MAX_SAID).collect();
        let wrong = wrong.map_or_else(String::new, |wrong| format!(" ({wrong})"));
        Some(format!("no KTAP output{wrong}; the last line is: {last}"))
    } else if let Some(wrong) = wrong {
        Some(format!("{counts}; {wrong}"))
    } else if failed > 0 {
        Some(counts.clone())
    } else if let Some(problem) = report.problems.first() {
        Some(format!("{counts}; {problem}"))
    } else {
        missing.map(|(suite, _)| format!("{counts}; suite `{suite}` did not run"))
    };
    let findings = report
        .tests
        .iter()
        .filter(|test| test.outcome == Outcome::Failed)
        .map(|test| finding(boot, root, test))
        .collect();
    let (status, note) = match problem {
        Some(problem) => (Status::Fail, problem),
        None if boot.suites.is_empty() => (
            Status::NotExercised,
            format!("no object of `{}` is a KUnit test", spec.name),
        ),
        None if passed == 0 => (Status::NotExercised, counts),
        None => (Status::Pass, counts),
    };
    Booted {
        status,
        note,
        findings,
        kunit,
    }
}

fn result(test: &Test) -> TestResult {
    TestResult {
        name: test.path.join("/"),
        outcome: test.outcome,
        notes: test.notes.clone(),
    }
}

fn finding(boot: &Boot, root: &str, test: &Test) -> FindingResult {
    let prefix = format!("{}/", root.trim_end_matches('/'));
    let (path, line) = test
        .notes
        .iter()
        .find_map(|note| place(note))
        .map(|(path, line)| (path.strip_prefix(&prefix).unwrap_or(path).to_owned(), line))
        .unwrap_or_else(|| {
            let of = boot
                .suites
                .iter()
                .find(|(suite, _)| test.path.first() == Some(suite));
            (of.map_or("Makefile", |(_, source)| source).to_owned(), 1)
        });
    FindingResult {
        lint: TEST_FAILURE.to_owned(),
        level: crate::diag::Level::Deny.word().to_owned(),
        headline: format!("test `{}` failed", test.path.join("/")),
        path,
        line,
        notes: test.notes.clone(),
        stage: None,
        new: None,
    }
}

/// `… at mm/x.c:24`.
fn place(note: &str) -> Option<(&str, u32)> {
    note.split(' ').find_map(|word| {
        let (path, line) = word.split_once(':')?;
        let line = line.trim_end_matches(|c: char| !c.is_ascii_digit());
        let is_source = is_c(path);
        is_source.then(|| Some((path, line.parse().ok().filter(|&line| line > 0)?)))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boot() -> Boot {
        Boot {
            emulator: crate::arch::emulator::emulator("arm64"),
            suites: vec![("batch".to_owned(), "mm/tests/batch.c".to_owned())],
        }
    }

    fn of(console: &str, wrong: Option<&str>) -> Booted {
        let spec = crate::feature::builtin::default().first().cloned().unwrap();
        judge(&boot(), &spec, "/tree", console, wrong)
    }

    const GOOD: &str =
        "KTAP version 1\n1..1\n    KTAP version 1\n    1..1\n    ok 1 a\nok 1 batch\n";

    #[test]
    fn suites_are_those_that_are_defined() {
        let text = "static int f(struct kunit_suite *s);\nstatic struct kunit_suite one = {\n\t.init = f,\n\t.name = \"first\",\n\
            \t.test_cases = c,\n};\nstruct kunit_suite two = { .test_cases = c };\nstruct kunit_suite three = { .name=\"third\" };\n\
            kunit_test_suite(one);\n";
        assert_eq!(suites(text).collect::<Vec<_>>(), ["first", "third"]);
    }

    #[test]
    fn a_boot_passes_only_with_its_suite_and_an_end() {
        let good = of(GOOD, None);
        assert_eq!(
            (good.status, good.note.as_str()),
            (Status::Pass, "1 passed, 0 failed, 0 skipped")
        );
        let hung = of(GOOD, Some("killed"));
        assert_eq!(hung.status, Status::Fail);
        let other = of(&GOOD.replace("batch", "other"), None);
        assert_eq!(
            other.note,
            "1 passed, 0 failed, 0 skipped; suite `batch` did not run"
        );
        let skipped = of(&GOOD.replace("1 a", "1 a # SKIP none"), None);
        assert_eq!(skipped.status, Status::NotExercised);
    }

    #[test]
    fn no_ktap_is_a_failure_that_shows_the_last_words() {
        let silent = of("# qemu\nbooting\n\nreboot: System halted\n", None);
        assert_eq!(silent.status, Status::Fail);
        assert_eq!(
            silent.note,
            "no KTAP output; the last line is: reboot: System halted"
        );
    }

    #[test]
    fn a_failed_test_is_a_finding_at_its_line() {
        let console = GOOD.replace(
            "    ok 1 a\nok",
            "    # a: EXPECTATION FAILED at /tree/mm/tests/batch.c:24\n    Expected x\n    not ok 1 a\nnot ok",
        );
        let failed = of(&console, None);
        let finding = &failed.findings[0];
        assert_eq!(
            (finding.path.as_str(), finding.line),
            ("mm/tests/batch.c", 24)
        );
        assert_eq!(finding.headline, "test `batch/a` failed");
        let crashed = of(
            "KTAP version 1\n1..1\n    # Subtest: batch\n    1..1\n",
            None,
        );
        assert_eq!(
            (crashed.findings[0].path.as_str(), crashed.findings[0].line),
            ("mm/tests/batch.c", 1)
        );
    }

    #[test]
    fn the_command_asks_for_the_suite_alone() {
        let boot = boot();
        let line = boot.line(boot.emulator.unwrap(), "/o/obj").shell();
        assert!(line.contains("kunit.filter_glob=batch"), "{line}");
        assert!(line.contains(" -no-reboot "), "{line}");
        assert!(
            line.contains(" -kernel /o/obj/arch/arm64/boot/Image "),
            "{line}"
        );
    }
}
