//! Owns what `cover` prints for people.

use std::collections::BTreeMap;

use crate::cover::{self, Build, Cover, Line, Obstacle, Outcome};
use crate::report::{harmless_line, wrap};

/// How the result is shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    /// Name lines without code and lines that are out of scope, too. They are named anyway where there is nothing else to say.
    pub(super) verbose: bool,
    /// Only some architectures were asked about.
    pub(super) is_partial: bool,
    /// A changed file could not be read.
    pub(super) lacks_files: bool,
    /// The width of the terminal in columns.
    pub(super) width: usize,
}

/// The result for people; `removed` are the files that the change removes.
pub(super) fn human(cover: &Cover, removed: &[String], options: Options) -> String {
    let mut text = String::new();
    let is_silent =
        |outcome: &Outcome| matches!(outcome, Outcome::NoCode(_) | Outcome::OutOfScope(_));
    let verbose = options.verbose || cover.count(is_silent) == cover.lines.len();
    for (index, build) in cover.builds.iter().enumerate() {
        text.push_str(&of_build(index + 1, build, cover, options.width));
    }
    let mut rest = Rest::default();
    for (line, outcome) in &cover.lines {
        match outcome {
            Outcome::Covered { .. } => {}
            outcome if is_silent(outcome) && !verbose => {}
            Outcome::NoCode(why) => rest.add(3, format!("no code: {why}"), &[], line),
            Outcome::OutOfScope(why) => rest.add(2, format!("out of scope: {why}"), &[], line),
            Outcome::Undecided(why) => rest.add(1, format!("undecided: {why}"), &[], line),
            Outcome::Dead(why) => {
                let of = if options.is_partial {
                    " of these architectures"
                } else {
                    ""
                };
                rest.add(0, format!("dead: no configuration{of} compiles"), why, line);
            }
        }
    }
    text.push_str(&rest.text(options.width));
    if !removed.is_empty() {
        text.push_str("removed: nothing is left to compile of\n");
        for path in removed {
            text.push_str(&format!("  {}\n", harmless_line(path)));
        }
    }
    text.push_str(&summary(cover, options, verbose));
    text
}

/// The lines that no build compiles, those with the same reasons together.
#[derive(Default)]
struct Rest<'c>(Vec<Alike<'c>>);

/// Lines with the same reasons.
struct Alike<'c> {
    rank: u8,
    title: String,
    obstacles: &'c [Obstacle],
    /// Whether the lines have different conditions, for which the same steps are to blame.
    is_mixed: bool,
    lines: Vec<&'c Line>,
}

impl<'c> Rest<'c> {
    fn add(&mut self, rank: u8, title: String, obstacles: &'c [Obstacle], line: &'c Line) {
        let is_alike = |known: &&mut Alike<'_>| {
            known.title == title
                && known.obstacles.len() == obstacles.len()
                && std::iter::zip(known.obstacles, obstacles).all(|(a, b)| {
                    a.arch == b.arch
                        && a.steps == b.steps
                        && (a.condition == b.condition || !a.steps.is_empty())
                })
        };
        match self.0.iter_mut().find(is_alike) {
            Some(known) => {
                known.is_mixed |= known.obstacles != obstacles;
                known.lines.push(line);
            }
            None => self.0.push(Alike {
                rank,
                title,
                obstacles,
                is_mixed: false,
                lines: vec![line],
            }),
        }
    }

    fn text(mut self, width: usize) -> String {
        self.0.sort_by_key(|alike| alike.rank);
        let mut text = String::new();
        for alike in &self.0 {
            text.push_str(&folded(&alike.title, 0, 2, width));
            for lines in by_path(&alike.lines) {
                text.push_str(&place_list("  ", &lines, width));
            }
            text.push_str(&reasons(alike.obstacles, alike.is_mixed, width));
        }
        text
    }
}

/// Most groups of architectures whose reasons are shown, and most names in one.
const MOST_REASONS: usize = 3;

/// Why no configuration compiles lines, by architecture, those with the same reasons together; the lines that exclude them stand
/// below. `is_mixed`: they have several conditions, so none is shown.
fn reasons(all: &[Obstacle], is_mixed: bool, width: usize) -> String {
    let mut groups: Vec<(Vec<&str>, &Obstacle)> = Vec::new();
    for obstacle in all {
        let arch = obstacle.arch.as_deref().unwrap_or_default();
        let is_same = |known: &&mut (Vec<&str>, &Obstacle)| {
            known.1.condition == obstacle.condition && known.1.steps == obstacle.steps
        };
        match groups.iter_mut().find(is_same) {
            Some((archs, _)) => archs.push(arch),
            None => groups.push((vec![arch], obstacle)),
        }
    }
    let mut text = String::new();
    let mut left = all.len();
    let is_one = groups.len() == 1;
    for (archs, obstacle) in groups.into_iter().take(MOST_REASONS) {
        left -= archs.len();
        let condition = obstacle.condition.as_ref().filter(|_| !is_mixed);
        let condition = condition.map(|condition| format!("`{condition}` cannot hold"));
        let who = match &*archs {
            [""] => None,
            [arch] => Some((*arch).to_owned()),
            _ if is_one => Some("each architecture".to_owned()),
            archs if archs.len() <= MOST_REASONS + 1 => Some(archs.join(", ")),
            archs => Some(format!(
                "{} and {} more",
                archs[..MOST_REASONS].join(", "),
                archs.len() - MOST_REASONS
            )),
        };
        let head = [who, condition];
        let head: Vec<String> = head.into_iter().flatten().collect();
        let mut steps: Vec<&String> = obstacle.steps.iter().collect();
        let mut head = head.join(": ");
        if obstacle.condition.is_none() && steps.len() == 1 && !head.is_empty() {
            head = format!("{head}: {}", steps[0]);
            steps.clear();
        }
        let indent = if head.is_empty() { 4 } else { 6 };
        if !head.is_empty() {
            let colon = if steps.is_empty() { "" } else { ":" };
            text.push_str(&folded(&format!("{head}{colon}"), 4, 6, width));
        }
        for step in steps {
            text.push_str(&folded(step, indent, indent + 2, width));
        }
    }
    match left {
        0 => {}
        1 => text.push_str("    and one more architecture\n"),
        more => text.push_str(&format!("    and {more} more architectures\n")),
    }
    text
}

/// A sentence in lines of a width.
pub(in crate::cli) fn folded(text: &str, first: usize, rest: usize, width: usize) -> String {
    let lines = wrap::prose(&harmless_line(text), first, rest, width).into_iter();
    lines.map(|line| line + "\n").collect()
}

/// Words after a label; where they are longer than a terminal is wide they go on below, at the column `rest`.
fn list(label: &str, words: &[String], between: &str, rest: usize, width: usize) -> String {
    let mut text = label.to_owned();
    let mut column = text.len();
    for (index, word) in words.iter().enumerate() {
        let is_last = index + 1 == words.len();
        let own = word.len() + if is_last { 0 } else { between.trim_end().len() };
        if index > 0 && column + between.len() + own > width {
            text.push_str(between.trim_end());
            text.push_str(&format!("\n{:rest$}", ""));
            column = rest;
        } else if index > 0 {
            text.push_str(between);
            column += between.len();
        }
        text.push_str(&harmless_line(word));
        column += word.len();
    }
    text.push('\n');
    text
}

/// Lines of one file after a label.
fn place_list(label: &str, lines: &[&Line], width: usize) -> String {
    let mut words = cover::ranges(lines.iter().map(|line| line.number));
    if let (Some(first), Some(line)) = (words.first_mut(), lines.first()) {
        *first = format!("{}:{first}", line.path);
    }
    list(label, &words, ",", label.len() + 2, width)
}

/// Lines by their files.
fn by_path<'c>(lines: &[&'c Line]) -> Vec<Vec<&'c Line>> {
    let mut by_path: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        by_path.entry(&line.path).or_default().push(line);
    }
    by_path.into_values().collect()
}

/// One line: how many builds compile how many lines, and what the others are.
fn summary(cover: &Cover, options: Options, verbose: bool) -> String {
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let covered = cover.count(|outcome| matches!(outcome, Outcome::Covered { .. }));
    let lines = plural(cover.lines.len(), "line");
    let mut text = match cover.builds.len() {
        0 if cover.lines.is_empty() && options.lacks_files => {
            "nothing to compile in the changed files that could be read".to_owned()
        }
        0 if cover.lines.is_empty() => "nothing to compile: no file has a changed line".to_owned(),
        0 => format!("no build for {lines}"),
        builds => format!("{} for {covered} of {lines}", plural(builds, "build")),
    };
    let silent = [
        cover.count(|outcome| matches!(outcome, Outcome::NoCode(_))),
        cover.count(|outcome| matches!(outcome, Outcome::OutOfScope(_))),
    ];
    let others = [
        (
            cover.count(|outcome| matches!(outcome, Outcome::Dead(_))),
            "dead",
        ),
        (
            cover.count(|outcome| matches!(outcome, Outcome::Undecided(_))),
            "undecided",
        ),
        (silent[0], "without code"),
        (silent[1], "out of scope"),
    ];
    let mut mark = ':';
    for (count, word) in others.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("{mark} {count} {word}"));
        mark = ',';
    }
    if !verbose && silent != [0, 0] {
        text.push_str(" (--verbose names them)");
    }
    text.push('\n');
    text
}

fn of_build(number: usize, build: &Build, cover: &Cover, width: usize) -> String {
    let target = &build.target;
    let mut text = format!("build {number}: {}", harmless_line(&target.srcarch));
    if target.arch != target.srcarch {
        text.push_str(&format!(" (ARCH={})", target.arch));
    }
    text.push_str(&format!(", {}", build.base));
    if !build.fragment.is_empty() {
        text.push_str(" and");
    }
    if !target.has_compiler {
        text.push_str(" (no compiler on this machine)");
    }
    text.push('\n');
    for line in &build.fragment {
        text.push_str(&format!("    {}\n", harmless_line(line)));
    }
    let mut label = "  if:      ";
    for assumption in &build.relies_on {
        let folded = folded(assumption, 11, 13, width);
        text.push_str(label);
        text.push_str(folded.trim_start());
        label = "           ";
    }
    if !build.objects.is_empty() {
        let objects = build.objects.iter().map(|object| object.path.clone());
        let objects: Vec<String> = objects.collect();
        text.push_str(&list("  objects: ", &objects, " ", 11, width));
    }
    let mut label = "  lines:   ";
    for lines in by_path(&build.lines.iter().collect::<Vec<_>>()) {
        text.push_str(&place_list(label, &lines, width));
        label = "           ";
    }
    let mut notes: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for (line, outcome) in &cover.lines {
        if let Outcome::Covered {
            builds,
            note: Some(note),
            ..
        } = outcome
            && builds.contains(&(number - 1))
        {
            notes.entry(note).or_default().push(line);
        }
    }
    for (note, lines) in notes {
        let mut label = "  note:    ";
        for lines in by_path(&lines) {
            text.push_str(&place_list(label, &lines, width));
            label = "           ";
        }
        text.push_str(&folded(note, 13, 13, width));
    }
    text
}

/// Lines of one file, those that follow each other as ranges: `mm/a.c:1-3,7`.
pub(in crate::cli) fn ranges(lines: &[&Line]) -> String {
    let ranges = cover::ranges(lines.iter().map(|line| line.number));
    let path = lines.first().map_or("", |line| line.path.as_str());
    format!("{path}:{}", ranges.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_go_on_below_where_they_are_long() {
        let words: Vec<String> = (100..130).map(|number| number.to_string()).collect();
        for width in [40, 80, 100, 160] {
            let text = list("  lines:   ", &words, ",", 13, width);
            assert!(text.lines().all(|line| line.len() <= width), "{text}");
            assert_eq!(text.matches(',').count(), 29);
            let mut rest = text.lines().skip(1);
            assert!(rest.all(|line| line.find('1') == Some(13)), "{text}");
        }
        assert_eq!(list("a: ", &words[..2], " ", 3, 80), "a: 100 101\n");
    }

    fn obstacle(arch: &str, condition: Option<&str>, steps: &[&str]) -> Obstacle {
        Obstacle {
            arch: Some(arch.to_owned()),
            condition: condition.map(str::to_owned),
            steps: steps.iter().map(|&step| step.to_owned()).collect(),
        }
    }

    #[test]
    fn reasons_that_are_the_same_are_given_once() {
        let same = [
            obstacle("x86", None, &["no makefile"]),
            obstacle("arm", None, &["no makefile"]),
        ];
        let text = reasons(&same, false, 80);
        assert_eq!(text, "    each architecture: no makefile\n");
        let other = [
            obstacle("x86", Some("A"), &["k:1: a", "k:2: b"]),
            obstacle("i386", Some("A"), &["k:1: a", "k:2: b"]),
            obstacle("arm", None, &["none"]),
        ];
        assert_eq!(
            reasons(&other, false, 80),
            "    x86, i386: `A` cannot hold:\n      k:1: a\n      k:2: b\n    arm: none\n"
        );
        assert_eq!(
            reasons(&other[..2], true, 80),
            "    each architecture:\n      k:1: a\n      k:2: b\n"
        );
        assert_eq!(
            obstacle("x86", Some("A"), &["k:1: a", "k:2: b"]).to_string(),
            "x86: `A` cannot hold: k:1: a; k:2: b"
        );
    }
}
