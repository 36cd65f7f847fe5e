//! Owns reading KTAP, the test results that a kernel writes to its console, from among everything else that is written there.
//! Source: `Documentation/dev-tools/ktap.rst`, 7.2.
//!
//! A line of a form that KTAP does not have says nothing about a test. What is missing does: a test that a plan announces and
//! nobody reports, or one that begins and does not end, has failed, for that is what a crash looks like.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{char, digit1, usize};
use nom::combinator::{all_consuming, eof, opt, rest, value, verify};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};
use serde::{Deserialize, Serialize};

/// Deepest nesting that is read; what is deeper is taken for a line of no meaning.
const MAX_DEPTH: usize = 16;

/// Most lines that are kept about one test.
const MAX_NOTES: usize = 20;

/// Most tests of a plan that are named one by one as missing.
const MAX_MISSING: usize = 100;

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It held.
    Passed,
    /// It did not, or did not end, or was announced and never reported.
    Failed,
    /// It was not run, or is expected to fail.
    Skipped,
}

/// A test that has no tests inside, or one that says something else than they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The names from the outermost suite to the test.
    pub path: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Holds what was said about it: the lines before its result, and the text of its directive.
    pub notes: Vec<String>,
}

/// Describes what the console of a kernel tells about tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether there is KTAP at all.
    pub found: bool,
    /// The tests, in the order of their results.
    pub tests: Vec<Test>,
    /// The names of the outermost tests that have a result.
    pub suites: Vec<String>,
    /// Holds what is wrong with the report itself, such as a missing end.
    pub problems: Vec<String>,
}

impl Report {
    /// How many tests ended that way.
    pub fn count(&self, outcome: Outcome) -> usize {
        let tests = self.tests.iter();
        tests.filter(|test| test.outcome == outcome).count()
    }
}

/// A line that has a meaning.
#[derive(Debug, PartialEq, Eq)]
enum Line<'l> {
    /// `KTAP version 1`.
    Version,
    /// `1..3`.
    Plan(usize),
    /// `# Subtest: name`.
    Subtest(&'l str),
    /// `ok 1 name # SKIP why`.
    Result {
        ok: bool,
        number: usize,
        name: &'l str,
        directive: Option<(&'l str, &'l str)>,
    },
    /// `Bail out! why`.
    Bail(&'l str),
}

/// Tests at the same depth, of which the end has not come.
#[derive(Debug, Default)]
struct Group {
    indent: usize,
    name: Option<String>,
    plan: Option<usize>,
    results: usize,
    /// Where its tests begin in the list of all.
    first: usize,
    notes: Vec<String>,
}

/// Reads the console of a kernel.
pub fn read(console: &str) -> Report {
    let mut reader = Reader::default();
    for line in console.lines() {
        let line = without_prefix(line.trim_end());
        let text = line.trim_start_matches(' ');
        reader.line(line.len() - text.len(), text);
    }
    reader.end()
}

#[derive(Debug, Default)]
struct Reader {
    report: Report,
    groups: Vec<Group>,
}

impl Reader {
    fn line(&mut self, indent: usize, text: &str) {
        let Some(line) = meaning(text) else {
            self.note(text);
            return;
        };
        if !self.report.found {
            // Before the first version line nothing is KTAP, whatever it looks like.
            if line != Line::Version {
                return;
            }
            self.report.found = true;
        }
        // A version or a name comes before its group's first result, at the indentation of the group.
        let deeper = self.groups.last().is_none_or(|group| indent > group.indent);
        if deeper {
            if self.groups.len() == MAX_DEPTH {
                self.note(text);
                return;
            }
            self.groups.push(Group {
                indent,
                first: self.report.tests.len(),
                ..Group::default()
            });
        }
        match line {
            Line::Version => {}
            Line::Plan(plan) => self.at(indent, |group| {
                group.plan = Some(plan);
                // Anything that came before is about the suite, not about its first test.
                group.notes.clear();
            }),
            Line::Subtest(name) => self.at(indent, |group| group.name = Some(name.to_owned())),
            Line::Result {
                ok,
                number,
                name,
                directive,
            } => self.result(indent, ok, number, name, directive),
            Line::Bail(why) => {
                let why = if why.is_empty() { "no reason" } else { why };
                self.report.problems.push(format!("bailed out: {why}"));
            }
        }
    }

    /// Changes the innermost group if it is the one of this indentation.
    fn at(&mut self, indent: usize, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self
            .groups
            .last_mut()
            .filter(|group| group.indent == indent)
        {
            change(group);
        }
    }

    /// Ends the innermost group if it is deeper than `indent`. The outermost one stays.
    fn pop_deeper(&mut self, indent: usize) -> Option<Group> {
        let deeper = self
            .groups
            .last()
            .is_some_and(|group| group.indent > indent);
        (deeper && self.groups.len() > 1)
            .then(|| self.groups.pop())
            .flatten()
    }

    fn note(&mut self, text: &str) {
        let text = text.trim_start_matches('#').trim();
        if let Some(group) = self.groups.last_mut().filter(|_| !text.is_empty())
            && group.notes.len() < MAX_NOTES
        {
            group.notes.push(text.to_owned());
        }
    }

    fn result(
        &mut self,
        indent: usize,
        ok: bool,
        number: usize,
        name: &str,
        directive: Option<(&str, &str)>,
    ) {
        // The result of a test ends all that is inside it.
        let mut inside: Option<Group> = None;
        while let Some(mut group) = self.pop_deeper(indent) {
            if let Some(deeper) = inside.take() {
                // Its own group has gone on without saying how it ended.
                self.unfinished(deeper);
                group.results += 1;
            }
            inside = Some(group);
        }
        let name = match name {
            "" => format!("test {number}"),
            name => name.to_owned(),
        };
        let mut notes = Vec::new();
        let mut contradicts = true;
        if let Some(inside) = inside {
            self.missing(&inside, &name);
            notes = inside.notes.clone();
            let tests = self.report.tests.get_mut(inside.first..);
            let tests = tests.unwrap_or_default();
            for test in &mut *tests {
                test.path.insert(0, name.clone());
            }
            // A result that only sums up the tests inside does not count.
            let failed = tests.iter().any(|test| test.outcome == Outcome::Failed);
            contradicts = tests.is_empty() || (!ok && !failed);
        }
        let Some(group) = self.groups.last_mut() else {
            unreachable!("invariant: a line of KTAP has a group");
        };
        notes.append(&mut group.notes);
        group.results += 1;
        if number != group.results {
            let (expected, path) = (group.results, &name);
            self.report.problems.push(format!(
                "`{path}` has the number {number}, but {expected} was expected"
            ));
            group.results = number;
        }
        let outcome = match directive {
            Some(("SKIP", _)) => Outcome::Skipped,
            Some(("TODO" | "XFAIL", _)) if !ok => Outcome::Skipped,
            _ if ok => Outcome::Passed,
            _ => Outcome::Failed,
        };
        if let Some((word, text)) = directive {
            notes.push(format!("{word} {text}").trim().to_owned());
        }
        if self.groups.len() == 1 {
            self.report.suites.push(name.clone());
        }
        if contradicts {
            self.report.tests.push(Test {
                path: vec![name],
                outcome,
                notes,
            });
        }
    }

    /// A group that ends with all tests that its plan has, or else with those that are missing.
    fn missing(&mut self, group: &Group, of: &str) {
        let plan = group.plan.unwrap_or(group.results);
        let missing = plan.saturating_sub(group.results);
        if plan < group.results {
            self.report.problems.push(format!(
                "`{of}` has a plan of {plan} tests, but {} results",
                group.results
            ));
        }
        for number in (group.results + 1..=plan).take(MAX_MISSING) {
            // Anything that was said last is about the first that did not come to its end.
            let mut notes = match number == group.results + 1 {
                true => group.notes.clone(),
                false => Vec::new(),
            };
            notes.push("no result".to_owned());
            self.report.tests.push(Test {
                path: vec![format!("test {number}")],
                outcome: Outcome::Failed,
                notes,
            });
        }
        if missing > MAX_MISSING {
            let more = missing - MAX_MISSING;
            let problem = format!("`{of}` has no result for {more} more tests");
            self.report.problems.push(problem);
        }
    }

    /// A group after which no result of its own comes.
    fn unfinished(&mut self, mut group: Group) {
        let name = group.name.take().unwrap_or_else(|| "a test".to_owned());
        self.missing(&group, &name);
        let tests = self.report.tests.get_mut(group.first..);
        let mut failed = false;
        for test in tests.unwrap_or_default() {
            test.path.insert(0, name.clone());
            failed |= test.outcome == Outcome::Failed;
        }
        if !failed {
            group.notes.push("no result".to_owned());
            self.report.tests.push(Test {
                path: vec![name],
                outcome: Outcome::Failed,
                notes: group.notes,
            });
        }
    }

    fn end(mut self) -> Report {
        while self.groups.len() > 1 {
            if let Some(group) = self.groups.pop() {
                self.unfinished(group);
                // Anything that was running was one of the tests of the plan.
                if let Some(outer) = self.groups.last_mut() {
                    outer.results += 1;
                }
            }
        }
        if let Some(outermost) = self.groups.pop() {
            self.missing(&outermost, "the kernel");
            if outermost.plan.is_none() && outermost.results == 0 {
                self.report
                    .problems
                    .push("there is no test plan".to_owned());
            }
        }
        self.report
    }
}

/// The line without what the console puts in front: `<6>`, `[    0.123456]`, `[    T1]`, and the blank after it.
fn without_prefix(line: &str) -> &str {
    let level = opt(delimited(char('<'), digit1, char('>')));
    let inside = take_while1(|c: char| c.is_ascii_digit() || " .TC:".contains(c));
    let brackets = many0_count(delimited(char('['), inside, char(']')));
    let prefix: IResult<&str, usize> = preceded(level, brackets).parse(line);
    match prefix {
        Ok((rest, 0)) => rest,
        Ok((rest, _)) => rest.strip_prefix(' ').unwrap_or(rest),
        Err(_) => line,
    }
}

/// Returns what a line says, if it has a form of KTAP.
fn meaning(text: &str) -> Option<Line<'_>> {
    let (_, line) = alt((version, subtest, bail, plan, result))
        .parse(text)
        .ok()?;
    Some(line)
}

/// `KTAP version 1`, or that of TAP.
fn version(text: &str) -> IResult<&str, Line<'_>> {
    let words = (alt((tag("KTAP"), tag("TAP"))), tag(" version "));
    all_consuming(preceded(words, usize))
        .map(|_| Line::Version)
        .parse(text)
}

/// `# Subtest: name`
fn subtest(text: &str) -> IResult<&str, Line<'_>> {
    let name = preceded(tag("# Subtest:"), rest.map(str::trim));
    verify(name, |name: &str| !name.is_empty())
        .map(Line::Subtest)
        .parse(text)
}

/// `Bail out! why`
fn bail(text: &str) -> IResult<&str, Line<'_>> {
    preceded(tag("Bail out!"), rest.map(str::trim))
        .map(Line::Bail)
        .parse(text)
}

/// `1..3`, and whatever follows after a blank.
fn plan(text: &str) -> IResult<&str, Line<'_>> {
    delimited(tag("1.."), usize, word_end)
        .map(Line::Plan)
        .parse(text)
}

/// `not ok 1 - name # DIRECTIVE why`
fn result(text: &str) -> IResult<&str, Line<'_>> {
    let status = alt((value(false, tag("not ok ")), value(true, tag("ok "))));
    let name = take_while(|c| c != '#').map(str::trim);
    let name = name.map(|name: &str| name.strip_prefix("- ").unwrap_or(name).trim());
    let directive = opt(preceded(char('#'), rest.map(directive)));
    (status, terminated(usize, word_end), name, directive)
        .map(|(ok, number, name, directive)| Line::Result {
            ok,
            number,
            name,
            directive: directive.flatten(),
        })
        .parse(text)
}

/// The word of a directive, and what follows it.
fn directive(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (word, why) = text.split_once([' ', ':']).unwrap_or((text, ""));
    (!text.is_empty()).then_some((word, why.trim()))
}

/// A blank, or the end.
fn word_end(text: &str) -> IResult<&str, &str> {
    alt((tag(" "), eof)).parse(text)
}

#[cfg(test)]
#[path = "ktap/tests.rs"]
mod tests;
