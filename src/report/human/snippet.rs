//! Owns how one finding looks: headline, snippets of the files with the places marked, notes and help.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level as Title, Origin, Renderer, Snippet};

use super::{Options, Source};
use crate::diag::{Diagnostic, Label, Level};
use crate::report::{self, visible};

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

/// The finding as text, without a line's end after its last line.
pub(super) fn render(finding: &Diagnostic, source: Source<'_>, options: &Options) -> String {
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
    for file in by_file(finding) {
        let path = visible::line(file.path);
        if let Some(window) =
            source(finding, file.path).and_then(|text| window(&text, &file.labels))
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
fn by_file(finding: &Diagnostic) -> Vec<FileLabels<'_>> {
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

/// The lines of `text` from the first to the last that `labels` mark, or `None` where they mark no place but the file.
///
/// Only a window goes to the renderer, because that looks at every line that it is given.
fn window(text: &str, labels: &[(&Label, bool)]) -> Option<Window> {
    if labels.iter().all(|(label, _)| whole_file(label)) {
        return None;
    }
    let places: Vec<Range<usize>> = labels
        .iter()
        .map(|(label, _)| clamp(text, label.location.start, label.location.end))
        .collect();
    let first = places.iter().map(|place| place.start).min()?;
    let last = places.iter().map(|place| place.end).max()?;
    let start = text[..first].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[last..]
        .find('\n')
        .map_or(text.len(), |newline| last + newline);
    Some(Window {
        text: visible::source(&text[start..end]).into_owned(),
        first_line: text[..start].matches('\n').count() + 1,
        spans: places
            .into_iter()
            .map(|place| place.start - start..place.end - start)
            .collect(),
    })
}

/// `start..end` moved into `text` and onto the borders of characters. A line's end behind the last character is left out,
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
