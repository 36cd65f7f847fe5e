//! Owns how one finding looks: headline, snippets of the files with the places marked, notes and help.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Origin, Renderer, Snippet};

use super::{Options, Source};
use crate::check::reported::Reported;
use crate::diag::{Label, Level, Text};
use crate::report::{self, visible};

/// Most bytes between two places of a file that are shown in one snippet. The renderer looks at all of them.
const MAX_WINDOW: usize = 16 << 10;

/// Bytes that the snippets of a report may have beyond [`MAX_WINDOW`] each. Where lines are very long, the findings after the first
/// ones have no snippet but the place by its numbers.
pub(super) const LONG_WINDOWS: usize = 8 << 20;

/// The places of one finding in one file.
struct FileLabels<'a> {
    path: &'a str,
    /// Each with whether it is the primary one.
    labels: Vec<(&'a Label, bool)>,
}

/// A part of a file's text that holds all its marked lines, made safe for a terminal.
struct Window {
    text: String,
    /// The number of its first line, from 1.
    first_line: usize,
    /// The places in `text`, in the order of the labels.
    spans: Vec<Range<usize>>,
}

impl<'a> FileLabels<'a> {
    /// The same as lists of places that are near each other, each in the order that they had, that of the primary place first.
    fn near(self) -> Vec<Self> {
        let start = |place: &(&Label, bool)| place.0.location.start as usize;
        let mut sorted: Vec<usize> = self.labels.iter().map(start).collect();
        sorted.sort_unstable();
        let mut ends = Vec::new();
        let mut first = None;
        for at in sorted {
            if at - *first.get_or_insert(at) > MAX_WINDOW {
                ends.push(at);
                first = Some(at);
            }
        }
        if ends.is_empty() {
            return vec![self];
        }
        let mut lists: Vec<Self> = Vec::new();
        let mut indices: Vec<(usize, usize)> = Vec::new();
        for place in self.labels {
            let window = ends.partition_point(|&end| end <= start(&place));
            match indices.iter().find(|(known, _)| *known == window) {
                Some(&(_, index)) => lists[index].labels.push(place),
                None => {
                    indices.push((window, lists.len()));
                    lists.push(Self {
                        path: self.path,
                        labels: vec![place],
                    });
                }
            }
        }
        lists
    }
}

/// The finding as text, without a line's end after its last line.
///
/// `left` is what is left of [`LONG_WINDOWS`].
pub(super) fn render(
    finding: &Reported,
    source: Source<'_>,
    options: &Options,
    left: &mut usize,
) -> String {
    let level = match finding.level {
        Level::Deny => Title::ERROR,
        Level::Warn => Title::WARNING,
        Level::Note | Level::Allow => Title::NOTE,
    };
    let mut group = Group::with_title(
        level
            .primary_title(visible::line(&finding.headline))
            .id(finding.lint),
    );
    for file in by_file(finding).into_iter().flat_map(FileLabels::near) {
        let path = visible::line(file.path);
        if let Some(window) =
            source(finding, file.path).and_then(|text| window(&text, &file.labels, left))
        {
            let annotations = window
                .spans
                .into_iter()
                .zip(&file.labels)
                .map(|(span, place)| {
                    let (label, primary) = *place;
                    let kind = if primary {
                        AnnotationKind::Primary
                    } else {
                        AnnotationKind::Context
                    };
                    let text = visible::line(&label.text);
                    kind.span(span).label((!text.is_empty()).then_some(text))
                });
            group = group.element(
                Snippet::source(window.text)
                    .path(path)
                    .line_start(window.first_line)
                    .annotations(annotations),
            );
        } else {
            for (label, _) in file.labels {
                group = group.element(origin(label));
                if !label.text.is_empty() {
                    group = group.element(Title::NOTE.message(visible::line(&label.text)));
                }
            }
        }
    }
    if !finding.archs.is_empty() {
        let archs = finding.archs.join(", ");
        group = group.element(
            Title::NOTE
                .with_name(Some("arch"))
                .message(visible::line(&archs).into_owned()),
        );
    }
    if let Some(episode) = report::episode(finding) {
        group = group.element(Title::NOTE.message(visible::line(&episode).into_owned()));
        let episode = finding.episode.as_ref();
        if let Some((since, until)) =
            episode.and_then(|episode| Some((episode.since.as_ref()?, episode.until.as_ref()?)))
        {
            let suppressed = episode
                .and_then(|episode| episode.suppressed.as_ref())
                .map_or(String::new(), |commit| format!(", suppressed by {commit}"));
            let fails = finding.breaks.map_or(String::new(), |stage| {
                format!("; does not {} until {until}", stage.word())
            });
            let commits = match &*fails {
                "" => format!("introduced by {since}{suppressed}, fixed by {until}"),
                fails => format!("introduced by {since}{suppressed}{fails}"),
            };
            group = group.element(Title::NOTE.message(visible::line(&commits).into_owned()));
        }
    }
    for note in &finding.notes {
        group = group.element(Title::NOTE.message(visible::lines(note)));
    }
    if let Some(help) = &finding.help {
        group = group.element(Title::HELP.message(visible::lines(help)));
    }
    let renderer = if options.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let text = renderer.term_width(options.columns()).render(&[group]);
    if options.color {
        return text;
    }
    // The renderer fills some lines up with spaces, which nobody sees and every diff of two logs shows.
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// The place of a label by its numbers alone.
fn origin(label: &Label) -> Origin<'_> {
    let place = &label.location;
    let origin = Origin::path(visible::line(&place.path));
    if whole_file(label) {
        origin
    } else {
        origin
            .line(place.line as usize)
            .char_column(place.column as usize)
    }
}

/// Whether a label names a file and no place in it, see [`crate::diag::Location::file`].
fn whole_file(label: &Label) -> bool {
    label.location.start == 0 && label.location.end == 0
}

/// The places of a finding by file: that of the primary place first, the others in their order.
fn by_file(finding: &Reported) -> Vec<FileLabels<'_>> {
    let mut files: Vec<FileLabels<'_>> = Vec::new();
    let secondary = finding.secondary.iter().map(|label| (label, false));
    for (label, primary) in std::iter::once((&finding.primary, true)).chain(secondary) {
        let path = &*label.location.path;
        match files.iter_mut().find(|file| file.path == path) {
            Some(file) => file.labels.push((label, primary)),
            None => files.push(FileLabels {
                path,
                labels: vec![(label, primary)],
            }),
        }
    }
    files
}

/// The lines of `text` from the first to the last that `labels` mark, or `None` where they mark no place but the file, or more than
/// can be shown.
///
/// Only a window goes to the renderer, because that looks at every line that it is given.
fn window(text: &Text, labels: &[(&Label, bool)], left: &mut usize) -> Option<Window> {
    if labels.iter().all(|(label, _)| whole_file(label)) {
        return None;
    }
    let places: Vec<Range<usize>> = labels
        .iter()
        .map(|(label, _)| clamp(text, label.location.start, label.location.end))
        .collect();
    let first = places.iter().map(|place| place.start).min()?;
    let last = places.iter().map(|place| place.end).max()?;
    let (first_line, start) = text.line_of(first);
    let end = text[last..]
        .find('\n')
        .map_or(text.len(), |newline| last + newline);
    if end - start > MAX_WINDOW {
        *left = left.checked_sub(end - start)?;
    }
    Some(Window {
        text: visible::source(&text[start..end]).into_owned(),
        first_line: first_line as usize,
        spans: places
            .into_iter()
            .map(|place| place.start - start..place.end - start)
            .collect(),
    })
}

/// `start..end` moved into `text` and onto the borders of characters. The end of line after the last character is left out,
/// so that the place does not reach into the next line.
fn clamp(text: &str, start: u32, end: u32) -> Range<usize> {
    let mut start = (start as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (end as usize).clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let kept = text[start..end].trim_end_matches(['\n', '\r']).len();
    start..start + kept
}
