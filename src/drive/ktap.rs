//! Owns reading KTAP, the test results that a kernel writes to its console, from among everything else that is written there.
//! Source: `Documentation/dev-tools/ktap.rst`, 7.2.
//!
//! A line of a form that KTAP does not have says nothing about a test. What is missing does: a test that a plan announces and
//! nobody reports, or one that begins and does not end, has failed, for that is what a crash looks like.

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
    /// What was said about it: the lines before its result, and the text of its directive.
    pub notes: Vec<String>,
}

/// What the console of a kernel tells about tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Whether there is KTAP at all.
    pub found: bool,
    /// The tests, in the order of their results.
    pub tests: Vec<Test>,
    /// The names of the outermost tests that have a result.
    pub suites: Vec<String>,
    /// What is wrong with the report itself, such as a missing end.
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
                // What came before is about the suite, not about its first test.
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
            // A result that says no more than the tests inside is none of its own.
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
                "`{path}` has the number {number}, and {expected} is expected"
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
                "`{of}` has a plan of {plan} and {} results",
                group.results
            ));
        }
        for number in (group.results + 1..=plan).take(MAX_MISSING) {
            // What was said last is about the first that did not come to its end.
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
                // What was running was one of the tests of the plan.
                if let Some(outer) = self.groups.last_mut() {
                    outer.results += 1;
                }
            }
        }
        if let Some(outermost) = self.groups.pop() {
            self.missing(&outermost, "the kernel");
            if outermost.plan.is_none() && outermost.results == 0 {
                self.report.problems.push("there is no plan".to_owned());
            }
        }
        self.report
    }
}

/// The line without what the console puts in front: `<6>`, `[    0.123456]`, `[    T1]`, and the blank after it.
fn without_prefix(line: &str) -> &str {
    let mut rest = line;
    if let Some((level, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>'))
        && !level.is_empty()
        && level.bytes().all(|byte| byte.is_ascii_digit())
    {
        rest = after;
    }
    let mut found = false;
    while let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_prefix = |byte: u8| byte.is_ascii_digit() || b" .TC:".contains(&byte);
        if inside.is_empty() || !inside.bytes().all(is_prefix) {
            break;
        }
        found = true;
        rest = after;
    }
    if found {
        rest.strip_prefix(' ').unwrap_or(rest)
    } else {
        rest
    }
}

fn meaning(text: &str) -> Option<Line<'_>> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<usize>().ok()).flatten()
    };
    for version in ["KTAP version ", "TAP version "] {
        if let Some(rest) = text.strip_prefix(version) {
            return number(rest).map(|_| Line::Version);
        }
    }
    if let Some(rest) = text.strip_prefix("# Subtest:") {
        let name = rest.trim();
        return (!name.is_empty()).then_some(Line::Subtest(name));
    }
    if let Some(why) = text.strip_prefix("Bail out!") {
        return Some(Line::Bail(why.trim()));
    }
    if let Some(rest) = text.strip_prefix("1..") {
        let plan = rest.split(' ').next().unwrap_or_default();
        return number(plan).map(Line::Plan);
    }
    let (ok, rest) = match text.strip_prefix("not ok ") {
        Some(rest) => (false, rest),
        None => (true, text.strip_prefix("ok ")?),
    };
    let (first, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let number = number(first)?;
    let (name, after) = rest.split_once('#').unwrap_or((rest, ""));
    let name = name.trim();
    let after = after.trim();
    let directive = (!after.is_empty()).then(|| {
        let (word, text) = after.split_once([' ', ':']).unwrap_or((after, ""));
        (word, text.trim())
    });
    Some(Line::Result {
        ok,
        number,
        name: name.strip_prefix("- ").unwrap_or(name).trim(),
        directive,
    })
}

#[cfg(test)]
#[path = "ktap/tests.rs"]
mod tests;
