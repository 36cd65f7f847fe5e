//! Owns how the explanation of a symbol looks: what Kconfig's lines say of it, which values it can have, and why it has its
//! value in one configuration; as text and as JSON.

mod json;

pub(super) use json::BecauseView;
use std::collections::hash_map::Entry;
use std::fmt::Write;

use rustc_hash::FxHashMap;

use super::human::{BOLD, DIM, GREEN, Options, RED, YELLOW};
use super::{visible, wrap};
use crate::check::support::question::Finding;
use crate::check::support::values::{Asked, Values, Verdict};
use crate::diag::Location;
pub use json::render as json;

/// Facts about one symbol.
#[derive(Clone, Debug, Default)]
pub struct Explanation {
    /// Its name, without `CONFIG_`.
    pub symbol: String,
    /// The feature that it stands for, where that was asked for.
    pub feature: Option<String>,
    /// The architectures that were asked for and mention it.
    pub archs: Vec<String>,
    /// The lines about it in the Kconfig files.
    pub lines: Vec<Line>,
    /// Which values it can have; architectures with the same answers are one.
    pub values: Vec<OnArchs>,
    /// Its value in the configuration that was given.
    pub configured: Option<Configured>,
}

/// A line of the explanation with the lines below it, and the architectures that it holds for.
#[derive(Clone, Debug)]
pub struct Line {
    /// The text.
    pub text: String,
    /// Where that stands.
    pub place: Option<Location>,
    /// The architectures that have it.
    pub archs: Vec<String>,
    /// The details below it.
    pub children: Vec<Line>,
}

/// The values of a symbol on architectures where the answers are the same.
#[derive(Clone, Debug)]
pub struct OnArchs {
    /// The architectures.
    pub archs: Vec<String>,
    /// The answers.
    pub values: Values,
}

/// The value of a symbol in one configuration.
#[derive(Clone, Debug)]
pub struct Configured {
    /// The file, as it was named.
    pub file: String,
    /// The value of `ARCH`.
    pub arch: String,
    /// The value of the symbol, as `.config` writes it.
    pub value: String,
    /// Why it is so.
    pub reasons: Vec<Because>,
}

/// A reason for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Because {
    /// A sentence without a full stop.
    pub text: String,
    /// The line that says it, if one does.
    pub place: Option<Location>,
}

impl Because {
    /// The reason as one line, its place first.
    pub fn line(&self) -> String {
        let text = match &self.place {
            Some(place) => format!("{place}: {}", self.text),
            None => self.text.clone(),
        };
        visible::line(&text).into_owned()
    }
}

impl Line {
    /// A line that no architecture has yet.
    pub fn new(text: String, place: Option<Location>) -> Self {
        Self {
            text,
            place,
            archs: Vec::new(),
            children: Vec::new(),
        }
    }
}

impl Explanation {
    /// Adds the lines of one architecture to those of the others.
    pub fn add_lines(&mut self, lines: Vec<Line>, arch: &str) {
        merge(&mut self.lines, lines, arch);
    }

    /// Adds the values of one architecture.
    pub fn add_values(&mut self, values: Values, arch: &str) {
        match self.values.iter_mut().find(|known| known.values == values) {
            Some(known) => known.archs.push(arch.to_owned()),
            None => self.values.push(OnArchs {
                archs: vec![arch.to_owned()],
                values,
            }),
        }
    }
}

fn merge(into: &mut Vec<Line>, lines: Vec<Line>, arch: &str) {
    let key = |line: &Line| (line.text.clone(), line.place.clone());
    // The first one counts where lines are the same.
    let mut at: FxHashMap<_, usize> = FxHashMap::default();
    for (index, line) in into.iter().enumerate() {
        at.entry(key(line)).or_insert(index);
    }
    for line in lines {
        match at.entry(key(&line)) {
            Entry::Occupied(known) => {
                let known = &mut into[*known.get()];
                known.archs.push(arch.to_owned());
                merge(&mut known.children, line.children, arch);
            }
            Entry::Vacant(free) => {
                free.insert(into.len());
                let mut new = Line::new(line.text, line.place);
                new.archs.push(arch.to_owned());
                merge(&mut new.children, line.children, arch);
                into.push(new);
            }
        }
    }
}

/// The explanations as text. Conditions are wrapped at the width; lines of a configuration are not, so that they can be pasted.
pub fn text(explanations: &[Explanation], options: &Options) -> String {
    let mut out = String::new();
    for explanation in explanations {
        if !out.is_empty() {
            out.push('\n');
        }
        let name = visible::line(&explanation.symbol);
        let _ = writeln!(out, "{}", options.paint(BOLD, &name));
        if let Some(configured) = &explanation.configured {
            for reason in &configured.reasons {
                let _ = writeln!(out, "  {}", reason.line());
            }
        } else {
            write_lines(
                &explanation.lines,
                &explanation.archs,
                "",
                options,
                &mut out,
            );
        }
        for on in &explanation.values {
            out.push('\n');
            write_values(on, options, &mut out);
        }
    }
    out
}

/// Writes lines as a tree. The architectures are named where they are not those of the line above.
fn write_lines(
    lines: &[Line],
    around: &[String],
    indent: &str,
    options: &Options,
    out: &mut String,
) {
    for (index, line) in lines.iter().enumerate() {
        let last = index + 1 == lines.len();
        let branch = if last { "└─ " } else { "├─ " };
        let tree = options.paint(DIM, &format!("{indent}{branch}"));
        let _ = write!(out, "{tree}{}", visible::line(&line.text));
        if let Some(place) = &line.place {
            let place = visible::line(&place.to_string()).into_owned();
            let _ = write!(out, "  {}", options.paint(DIM, &place));
        }
        if line.archs != around {
            let archs = format!("[{}]", line.archs.join(", "));
            let _ = write!(out, "  {}", options.paint(DIM, &archs));
        }
        out.push('\n');
        let deeper = format!("{indent}{}", if last { "   " } else { "│  " });
        write_lines(&line.children, &line.archs, &deeper, options, out);
    }
}

/// Writes what is known of the values. The lines of a configuration start where lines of a `.config` do, so that they can be
/// pasted.
fn write_values(on: &OnArchs, options: &Options, out: &mut String) {
    let can_be = |asked: &Asked| {
        let mut answers = on.values.answers.iter();
        answers.any(|(of, finding)| of == asked && matches!(finding, Finding::Possible(_)))
    };
    let verdict = match on.values.verdict {
        Verdict::Varies if can_be(&Asked::Any) => "can have a value".to_owned(),
        Verdict::Varies | Verdict::Always => {
            let always = if on.values.verdict == Verdict::Always {
                "always "
            } else {
                ""
            };
            let values = [Asked::Yes, Asked::Mod, Asked::No];
            let words: Vec<&str> = values
                .iter()
                .filter(|asked| can_be(asked))
                .map(|asked| asked.word())
                .collect();
            format!("{always}{}", words.join(" or "))
        }
        Verdict::Never => "never on".to_owned(),
        Verdict::Undecided => "undecided".to_owned(),
        Verdict::Undeclared => "not declared".to_owned(),
    };
    let archs = on.archs.join(", ");
    let style = match on.values.verdict {
        Verdict::Varies | Verdict::Always => GREEN,
        Verdict::Never => RED,
        Verdict::Undecided | Verdict::Undeclared => YELLOW,
    };
    let verdict = options.paint(style, &verdict);
    let _ = writeln!(out, "{verdict}: {}", visible::line(&archs));
    if let Some(condition) = &on.values.condition {
        let text = format!("on if {}", visible::line(condition));
        for line in wrap::lines(&text, 2, 4, options.width) {
            let _ = writeln!(out, "{line}");
        }
    }
    for (asked, finding) in &on.values.answers {
        let value = match asked {
            Asked::Any => "a value",
            asked => asked.word(),
        };
        match finding {
            // That what is never on is off in any configuration needs no example.
            Finding::Possible(_) if *asked == Asked::No && on.values.verdict == Verdict::Never => {}
            Finding::Possible(example) => {
                if example.lines.is_empty() {
                    let _ = writeln!(out, "  {value} by default");
                } else {
                    let _ = writeln!(out, "  {value} with");
                }
                for line in &example.lines {
                    let _ = writeln!(out, "{}", visible::line(line));
                }
                for relied in &example.relies_on {
                    let _ = writeln!(out, "  where {}", visible::line(relied));
                }
            }
            Finding::Impossible(lines) => {
                let text = options.paint(RED, &format!("cannot be {value}"));
                let _ = writeln!(out, "  {text}");
                for line in lines {
                    let text = format!("{}: {}", line.location, line.text);
                    let _ = writeln!(out, "    {}", visible::line(&text));
                }
            }
            Finding::Undecided(why) => {
                let _ = writeln!(out, "  {value} is undecided: {}", visible::line(why));
            }
        }
    }
}
