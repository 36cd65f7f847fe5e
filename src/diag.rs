//! Owns the one type for a finding: [`Diagnostic`], with the places in the tree that prove it; and its [`identity`].
//!
//! Everyone uses this module and it uses nobody. It knows neither lints nor output formats.

pub mod identity;

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::sync::Arc;

/// A place in a file of the tree.
///
/// Lines and columns count from 1, columns in bytes; `start..end` are byte offsets into the file.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Location {
    /// Path relative to the tree's root, with `/` between its parts.
    pub path: Arc<str>,
    /// Line of the first byte.
    pub line: u32,
    /// Column of the first byte.
    pub column: u32,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset past the last byte.
    pub end: u32,
}

impl Location {
    /// The place of `start..end` in `text`, which is the whole text of the file at `path`.
    ///
    /// Offsets past the end of the text are moved to its end.
    pub fn in_text(path: Arc<str>, text: &[u8], start: u32, end: u32) -> Self {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let start = start.min(length);
        let end = end.clamp(start, length);
        let before = &text[..start as usize];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let line = memchr::memchr_iter(b'\n', before).count() as u32 + 1;
        Self {
            path,
            line,
            column: start - line_start as u32 + 1,
            start,
            end,
        }
    }

    /// A whole file, where no smaller place can be named.
    pub fn file(path: impl Into<Arc<str>>) -> Self {
        Self {
            path: path.into(),
            line: 1,
            column: 1,
            start: 0,
            end: 0,
        }
    }
}

impl fmt::Display for Location {
    /// Writes `path:line`, the form that compilers, editors and `grep -n` share.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
}

/// Where the lines of a text start. With it a place costs a binary search, however far down it stands: files of many findings
/// need it, for counting the lines before each of them takes time that grows with the square of the file.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Offsets of the newlines, in ascending order.
    newlines: Vec<u32>,
    /// Length of the text.
    length: u32,
}

impl Lines {
    /// Looks for all lines of a text.
    pub fn new(text: &[u8]) -> Self {
        Self {
            newlines: memchr::memchr_iter(b'\n', text)
                .map(|newline| u32::try_from(newline).unwrap_or(u32::MAX))
                .collect(),
            length: u32::try_from(text.len()).unwrap_or(u32::MAX),
        }
    }

    /// The place of `start..end`, as [`Location::in_text`] gives it.
    pub fn location(&self, path: Arc<str>, start: u32, end: u32) -> Location {
        let start = start.min(self.length);
        let (line, line_start) = self.position(start);
        Location {
            path,
            line,
            column: start - line_start + 1,
            start,
            end: end.clamp(start, self.length),
        }
    }

    /// The line of a byte, from 1, and the offset where that line starts.
    fn position(&self, offset: u32) -> (u32, u32) {
        let before = self.newlines.partition_point(|&newline| newline < offset);
        let start = match before {
            0 => 0,
            _ => self.newlines[before - 1] + 1,
        };
        (before as u32 + 1, start)
    }
}

/// The text of a file, with where its lines start, so that many findings in one file can be shown at once. A copy costs nothing.
#[derive(Clone, Debug)]
pub struct Text(Arc<(String, Lines)>);

impl Text {
    /// Looks for all lines of a text.
    pub fn new(text: String) -> Self {
        let lines = Lines::new(text.as_bytes());
        Self(Arc::new((text, lines)))
    }

    /// The text of a line, which counts from 1, without its end; `None` after the last line.
    pub fn line(&self, number: u32) -> Option<&str> {
        let (text, lines) = &*self.0;
        let start = match number.saturating_sub(1) as usize {
            0 => 0,
            before => *lines.newlines.get(before - 1)? as usize + 1,
        };
        text.get(start..)?.lines().next()
    }

    /// The line that a byte stands in, from 1, and the offset where that line starts. Offsets past the end are moved to it.
    pub fn line_of(&self, offset: usize) -> (u32, usize) {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        let place = self.0.1.position(offset);
        (place.0, place.1 as usize)
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.0
    }
}

/// How much a finding weighs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Level {
    /// Not reported.
    Allow,
    /// Reported for information; never changes the exit code.
    Note,
    /// Reported as a warning; never changes the exit code.
    Warn,
    /// Reported as an error; the exit code becomes 1.
    Deny,
}

impl Level {
    /// The word that stands in the output, which is that of compilers.
    pub fn word(self) -> &'static str {
        match self {
            Level::Allow => "allow",
            Level::Note => "note",
            Level::Warn => "warning",
            Level::Deny => "error",
        }
    }
}

/// A step of making a kernel that a finding makes fail.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Stage {
    /// `conf` refuses the Kconfig files.
    Configure,
    /// A file does not compile in some configuration.
    Compile,
    /// The kernel or a module does not link in some configuration.
    Link,
}

impl Stage {
    /// The verb, as in "does not link".
    pub fn word(self) -> &'static str {
        match self {
            Stage::Configure => "configure",
            Stage::Compile => "compile",
            Stage::Link => "link",
        }
    }
}

/// A place with a few words about what it has to do with the finding.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Label {
    /// The place.
    pub location: Location,
    /// The text of the label, lower case and without a full stop; may be empty.
    pub text: String,
}

impl Label {
    /// A place with its words.
    pub fn new(location: Location, text: impl Into<String>) -> Self {
        Self {
            location,
            text: text.into(),
        }
    }
}

/// A replacement of bytes in a file of the tree.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Edit {
    /// The bytes that go away; none where `start` is `end`.
    pub location: Location,
    /// The new text.
    pub text: String,
}

/// A change that fixes a finding and nothing else. Only changes that keep the meaning of the rest are given as one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fix {
    /// The fix in the imperative: lower case, no full stop.
    pub title: String,
    /// The replacements, in the order of their places; none overlaps another.
    pub edits: Vec<Edit>,
}

/// One finding. `L` is the name of the lint: a text while the finding comes from a file, until the list of lints has shown that there is
/// one of that name ([`Diagnostic::with_lint`]).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Diagnostic<L = &'static str> {
    /// The lint's name, for example `retired-marker`.
    pub lint: L,
    /// How much it weighs.
    pub level: Level,
    /// One line that makes sense alone in a log: lower case, no full stop, names in backticks.
    pub headline: String,
    /// The smallest place at fault.
    pub primary: Label,
    /// The places that tell the other half.
    pub secondary: Vec<Label>,
    /// The feature that the finding is about (the name in its spec), if it is about one.
    pub feature: Option<String>,
    /// The Kconfig symbol or C name that it is about, without `CONFIG_`.
    pub symbol: Option<String>,
    /// The architectures that it holds for (names of directories below `arch/`), sorted; empty for the whole tree.
    pub archs: Vec<String>,
    /// Reasons, or a configuration that shows the problem.
    pub notes: Vec<String>,
    /// One action that would fix it.
    pub help: Option<String>,
    /// The same action as a change of the files, where that is safe.
    pub fix: Option<Fix>,
    /// Which step of making a kernel fails because of it; `None` where the tree can be built.
    pub breaks: Option<Stage>,
}

impl<L> Diagnostic<L> {
    /// The same finding with another form of the lint's name; `None` where `name` gives none.
    pub fn with_lint<M>(self, name: impl FnOnce(L) -> Option<M>) -> Option<Diagnostic<M>> {
        Some(Diagnostic {
            lint: name(self.lint)?,
            level: self.level,
            headline: self.headline,
            primary: self.primary,
            secondary: self.secondary,
            feature: self.feature,
            symbol: self.symbol,
            archs: self.archs,
            notes: self.notes,
            help: self.help,
            fix: self.fix,
            breaks: self.breaks,
        })
    }
}

impl Diagnostic {
    /// A finding with only what every finding has; the rest is added with the `with_…` functions.
    pub fn new(
        lint: &'static str,
        level: Level,
        headline: impl Into<String>,
        primary: Label,
    ) -> Self {
        Self {
            lint,
            level,
            headline: headline.into(),
            primary,
            secondary: Vec::new(),
            feature: None,
            symbol: None,
            archs: Vec::new(),
            notes: Vec::new(),
            help: None,
            fix: None,
            breaks: None,
        }
    }

    /// Adds a place that tells the other half.
    #[must_use]
    pub fn with_secondary(mut self, label: Label) -> Self {
        self.secondary.push(label);
        self
    }

    /// Adds a reason.
    #[must_use]
    pub fn with_note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says which action would fix it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Gives the change that fixes it.
    #[must_use]
    pub fn with_fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Says which step of making a kernel fails because of it, if `fails`.
    #[must_use]
    pub fn breaking_if(mut self, fails: bool, stage: Stage) -> Self {
        self.breaks = fails.then_some(stage).or(self.breaks);
        self
    }

    /// Says which step of making a kernel fails because of it.
    #[must_use]
    pub fn breaking(self, stage: impl Into<Option<Stage>>) -> Self {
        match stage.into() {
            Some(stage) => self.breaking_if(true, stage),
            None => self,
        }
    }

    /// Says which architecture it holds for.
    #[must_use]
    pub fn with_arch(mut self, arch: impl Into<String>) -> Self {
        self.archs.push(arch.into());
        self
    }

    /// Says which feature and which symbol or C name it is about.
    #[must_use]
    pub fn about(mut self, feature: &str, symbol: &str) -> Self {
        self.feature = Some(feature.to_owned());
        self.symbol = Some(symbol.to_owned());
        self
    }
}

/// Puts findings into the order in which they are reported: by place, then by lint and headline.
pub fn sort<T: Borrow<Diagnostic>>(findings: &mut [T]) {
    findings.sort_by(|a, b| {
        let (a, b): (&Diagnostic, &Diagnostic) = (a.borrow(), b.borrow());
        (&a.primary.location, a.lint, &a.headline).cmp(&(&b.primary.location, b.lint, &b.headline))
    });
}

/// The bytes as text, with a `?` for each that is not UTF-8, so that the places in it are those of the file. Borrowed where all are.
pub fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_counts_lines_and_columns_from_one() {
        let location = Location::in_text("a".into(), b"one\n  two\n", 6, 9);
        assert_eq!((location.line, location.column), (2, 3));
        assert_eq!(location.to_string(), "a:2");
    }

    #[test]
    fn lines_give_the_same_places_as_the_text() {
        for text in ["", "\n", "one\n  two\n", "a\n\n\nb", "no end"] {
            let lines = Lines::new(text.as_bytes());
            for start in 0..12 {
                for end in 0..12 {
                    assert_eq!(
                        lines.location("a".into(), start, end),
                        Location::in_text("a".into(), text.as_bytes(), start, end),
                        "{text:?} {start}..{end}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_location_behind_the_end_stays_inside() {
        let location = Location::in_text("a".into(), b"x\n", 90, 99);
        assert_eq!((location.line, location.column, location.end), (2, 1, 2));
    }
}
