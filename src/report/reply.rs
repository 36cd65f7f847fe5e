//! Owns the format `mail`: for each patch of a series that brings findings a plain-text reply, with the hunks that they are about
//! quoted and each finding below the line at fault.

use std::fmt::Write as _;

use super::human::cells;
use super::letter::{add_addresses, add_header, addresses, bare, header, plain, wrap};
use super::{Report, Source, visible};
use crate::check::reported::{Reported, Status};
use crate::check::run::cells::ChangedCell;
use crate::diag::{Level, Location};

/// Upper bound on changed cells of the matrix that are listed.
const MAX_CELLS: usize = 12;

/// Number of lines of a hunk that are quoted before the one of a finding.
const CONTEXT: usize = 8;

/// A patch that is replied to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Original {
    /// The subject with `[PATCH …]`; empty where it has none.
    pub subject: String,
    /// Who wrote it, as a header has it.
    pub from: Option<String>,
    /// The same as it is shown.
    pub author: Option<String>,
    /// Who wants the replies, if it is not who wrote it.
    pub reply_to: Option<String>,
    /// The recipients, as in `To:`.
    pub to: Option<String>,
    /// Who else got it.
    pub cc: Option<String>,
    /// When, as a header has it.
    pub date: Option<String>,
    /// Its name, with `<` and `>`.
    pub message_id: Option<String>,
    /// The names of the mails before it.
    pub references: Option<String>,
    /// The commit that it is, as `NAME ("SUBJECT")`, where it is one.
    pub commit: Option<String>,
    /// The files that it changes.
    pub files: Vec<File>,
    /// How to get the finding again, as commands of a shell.
    pub again: String,
}

/// A file that a patch changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The path in the tree.
    pub path: String,
    /// The two lines before the first hunk, with `---` and `+++`.
    pub head: [String; 2],
    /// The hunks in their order.
    pub hunks: Vec<Hunk>,
}

/// A hunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunk {
    /// The line with the numbers.
    pub head: String,
    /// The number of the first line in the new file, from 1.
    pub start: usize,
    /// The lines with their signs, without their ends.
    pub lines: Vec<String>,
}

/// The place of a line: the file, the hunk, the line in it.
type At = (usize, usize, usize);

/// The replies: none where no patch brings a finding, one mail, or a mailbox (in the form that git calls mboxrd) of several.
/// `originals` are the patches of the series in their order, `sender` is who replies, `NAME <ADDRESS>`, if that is known. When the
/// mail is sent, and its name, are left to the program that sends it.
pub fn render(
    report: &Report<'_>,
    source: Source<'_>,
    originals: &[Original],
    sender: Option<(&str, &str)>,
) -> String {
    let mut mails = Vec::new();
    for (index, original) in originals.iter().enumerate() {
        let is_of_this = |finding: &&Reported| {
            finding.episode.as_ref().is_some_and(|episode| {
                let since = episode.since.as_ref().map(|since| since.number as usize);
                episode.status == Status::New && since == Some(index + 1)
            })
        };
        let findings: Vec<&Reported> = report.shown().filter(is_of_this).collect();
        if !findings.is_empty() {
            let cells = report
                .series
                .as_ref()
                .map_or(&[][..], |series| series.cells);
            mails.push(mail(&findings, cells, source, original, sender));
        }
    }
    match &*mails {
        [one] => one.clone(),
        several => several.iter().map(|mail| in_mailbox(mail)).collect(),
    }
}

/// A mail as a mailbox holds it: a line before it, and no line in it that looks like one.
fn in_mailbox(mail: &str) -> String {
    let mut out = String::from("From mboxrd@z Thu Jan  1 00:00:00 1970\n");
    for line in mail.lines() {
        if line.trim_start_matches('>').starts_with("From ") {
            out.push('>');
        }
        out.push_str(line);
        out.push('\n');
    }
    out.push('\n');
    out
}

/// One reply.
fn mail(
    findings: &[&Reported],
    cells: &[ChangedCell],
    source: Source<'_>,
    original: &Original,
    sender: Option<(&str, &str)>,
) -> String {
    let mut out = headers(original, sender);
    wrap(&mut out, &summary(findings, original), "", "");
    if let Some(author) = &original.author {
        let when = original.date.as_deref().unwrap_or_default();
        let when = match when.trim() {
            "" => String::new(),
            when => format!("On {when}, "),
        };
        let words = format!("{when}{author} wrote:");
        out.push('\n');
        wrap(&mut out, &visible::line(&words), "", "");
    }
    let mut placed: Vec<(Option<At>, &Reported)> = findings
        .iter()
        .map(|finding| (place(finding, source, original), *finding))
        .collect();
    placed.sort_by_key(|(at, _)| at.unwrap_or((usize::MAX, 0, 0)));
    let mut quoted: Option<At> = None;
    for (at, finding) in placed {
        match at {
            Some(at) => quote(&mut out, original, at, &mut quoted),
            None => {
                out.push('\n');
                let words = "The patch does not change the line of this finding, but causes it:";
                wrap(&mut out, words, "", "");
            }
        }
        say(
            &mut out,
            finding,
            source,
            at.and_then(|at| line_of(original, at)),
        );
    }
    list_cells(&mut out, findings, cells);
    // Writing to a string cannot fail.
    let _ = write!(out, "\n{}", original.again);
    let _ = writeln!(out, "\n-- \nkfeat {}", env!("CARGO_PKG_VERSION"));
    out
}

/// The headers, and the empty line after them.
fn headers(original: &Original, sender: Option<(&str, &str)>) -> String {
    let mut out = String::new();
    if let Some((name, address)) = sender {
        let _ = writeln!(out, "From: {} <{}>", header(name), plain(address));
    }
    let list = |header: &Option<String>| addresses(header.as_deref().unwrap_or_default());
    let to = list(
        original
            .reply_to
            .as_ref()
            .map_or(&original.from, |_| &original.reply_to),
    );
    let mut known: Vec<String> = to.iter().map(|address| bare(address)).collect();
    known.extend(sender.map(|(_, address)| bare(address)));
    let mut cc = [list(&original.to), list(&original.cc)].concat();
    cc.retain(|address| {
        let bare = bare(address);
        let is_new = !known.contains(&bare);
        known.push(bare);
        is_new
    });
    add_addresses(&mut out, "To", &to);
    add_addresses(&mut out, "Cc", &cc);
    let subject = original.subject.trim();
    let subject = match subject {
        "" => "[PATCH]",
        subject => subject,
    };
    let is_reply = subject
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    let re = if is_reply { "" } else { "Re: " };
    add_header(&mut out, "Subject", &format!("{re}{subject}"));
    if let Some(id) = &original.message_id {
        add_header(&mut out, "In-Reply-To", id);
        let before = original.references.as_deref().unwrap_or_default();
        add_header(&mut out, "References", &format!("{before} {id}"));
    }
    out.push_str(
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n",
    );
    out
}

/// Where in the patch a finding belongs: a line that comes and that it names; or else a line that comes or goes with a name
/// in it that the finding is about. `None` where there is neither.
fn place(finding: &Reported, source: Source<'_>, original: &Original) -> Option<At> {
    let labels = std::iter::once(&finding.primary).chain(&finding.secondary);
    for label in labels.filter(|label| label.location.end > 0) {
        let Some(text) = line_at(finding, source, &label.location) else {
            continue;
        };
        let at_path =
            |(at, _, _): &(At, usize, &str)| original.files[at.0].path == *label.location.path;
        // The tree of the finding may be that of a later patch, so that its lines have other numbers than those of this one.
        let same = lines(original).filter(at_path).filter(|(_, _, line)| {
            line.strip_prefix('+')
                .is_some_and(|line| line.trim() == text.trim())
        });
        let nearest =
            same.min_by_key(|(_, number, _)| number.abs_diff(label.location.line as usize));
        if let Some((at, ..)) = nearest {
            return Some(at);
        }
    }
    let mut names: Vec<&str> = finding.headline.split('`').skip(1).step_by(2).collect();
    names.extend(finding.symbol.as_deref());
    let is_name = |text: &str, at: usize, name: &str| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        // In C the names of symbols have a prefix.
        let before = text[..at].strip_suffix("CONFIG_").unwrap_or(&text[..at]);
        !before.ends_with(is_word) && !text[at + name.len()..].starts_with(is_word)
    };
    let has = |line: &str, name: &str| {
        line.match_indices(name)
            .any(|(at, _)| is_name(line, at, name))
    };
    names
        .into_iter()
        .filter(|name| !name.is_empty())
        .find_map(|name| {
            let mut changed = lines(original).filter(|(_, _, line)| line.starts_with(['+', '-']));
            changed
                .find(|(_, _, line)| has(line, name))
                .map(|(at, ..)| at)
        })
}

/// All lines of a patch: where each is, its number in the new file, and itself with its sign.
fn lines(original: &Original) -> impl Iterator<Item = (At, usize, &str)> {
    let files = original.files.iter().enumerate();
    files.flat_map(|(file, of_file)| {
        let hunks = of_file.hunks.iter().enumerate();
        hunks.flat_map(move |(hunk, of_hunk)| {
            let mut number = of_hunk.start;
            of_hunk.lines.iter().enumerate().map(move |(line, text)| {
                let this = number;
                number += usize::from(!text.starts_with('-'));
                ((file, hunk, line), this, text.as_str())
            })
        })
    })
}

fn line_of(original: &Original, (file, hunk, line): At) -> Option<&str> {
    let line = original.files.get(file)?.hunks.get(hunk)?.lines.get(line)?;
    line.get(1..)
}

/// Quotes a patch up to a line, from where it was quoted last.
fn quote(out: &mut String, original: &Original, at: At, quoted: &mut Option<At>) {
    let (file, hunk, line) = at;
    if quoted.is_some_and(|(f, h, l)| (f, h) == (file, hunk) && l >= line) {
        return;
    }
    let of_file = &original.files[file];
    out.push('\n');
    if quoted.is_none_or(|(before, ..)| before != file) {
        for head in &of_file.head {
            quote_line(out, head);
        }
    }
    let of_hunk = &of_file.hunks[hunk];
    let from = match *quoted {
        Some((f, h, l)) if (f, h) == (file, hunk) => l + 1,
        _ => {
            quote_line(out, &of_hunk.head);
            0
        }
    };
    // A line that replaces a removed one belongs to it.
    let mut last = line;
    while of_hunk.lines[last].starts_with('-')
        || (last > line && of_hunk.lines[last].starts_with('+'))
    {
        let next = of_hunk.lines.get(last + 1);
        let belongs = next.is_some_and(|next| {
            next.starts_with('+') || (next.starts_with('-') && of_hunk.lines[last].starts_with('-'))
        });
        if !belongs || last - line >= CONTEXT {
            break;
        }
        last += 1;
    }
    let first = line.saturating_sub(CONTEXT).max(from);
    if first > from {
        out.push_str("[...]\n");
    }
    for text in &of_hunk.lines[first..=last] {
        quote_line(out, text);
    }
    *quoted = Some((file, hunk, last));
}

/// A line of the patch as it is, but for what could steer a terminal.
fn quote_line(out: &mut String, line: &str) {
    let parts: Vec<_> = line.split('\t').map(visible::line).collect();
    let _ = writeln!(out, "> {}", parts.join("\t"));
}

/// The line that a location begins in.
fn line_at(finding: &Reported, source: Source<'_>, location: &Location) -> Option<String> {
    let text = source(finding, &location.path)?;
    text.line(location.line).map(str::to_owned)
}

/// Writes what a finding says. The line `quoted` stands above it already.
fn say(out: &mut String, finding: &Reported, source: Source<'_>, quoted: Option<&str>) {
    out.push('\n');
    let mut headline = format!(
        "{}: {}: {}",
        finding.level.word(),
        finding.lint,
        visible::line(&finding.headline)
    );
    if !finding.archs.is_empty() {
        let _ = write!(headline, " [{}]", visible::line(&finding.archs.join(", ")));
    }
    wrap(out, &headline, "", "");
    out.push('\n');
    for label in std::iter::once(&finding.primary).chain(&finding.secondary) {
        let line = line_at(finding, source, &label.location);
        let place = visible::line(&label.location.path).into_owned();
        let place = match label.location.end {
            0 => place,
            _ => format!("{place}:{}", label.location.line),
        };
        let words = match &*label.text {
            "" => place,
            words => format!("{place}: {}", visible::line(words)),
        };
        wrap(out, &words, "  ", "    ");
        let shown = line
            .filter(|line| label.location.end > 0 && Some(line.trim()) != quoted.map(str::trim));
        if let Some(line) = shown {
            let _ = writeln!(out, "      {}", visible::line(line.trim()));
        }
    }
    let until = finding
        .episode
        .as_ref()
        .and_then(|episode| episode.until.as_ref());
    let suppressed = finding
        .episode
        .as_ref()
        .and_then(|episode| episode.suppressed.as_ref());
    let suppressed =
        suppressed.map(|commit| format!("Patch {commit} suppresses this instead of fixing it."));
    let until = until.map(|until| {
        let fails = finding
            .breaks
            .map_or(String::new(), |stage| format!(" does not {}", stage.word()));
        format!("The tree{fails} before patch {until}: the series is not bisectable.")
    });
    for words in suppressed.into_iter().chain(until) {
        out.push('\n');
        wrap(out, &visible::line(&words), "", "");
    }
    let mut command = None;
    for note in &finding.notes {
        out.push('\n');
        paragraph(out, &visible::lines(note));
        if command.is_none() {
            command = configure(finding, note);
            if let Some(command) = &command {
                let _ = write!(out, "\n{command}");
            }
        }
    }
    if let Some(help) = &finding.help {
        out.push('\n');
        paragraph(
            out,
            &format!("To fix it: {}.", visible::lines(help).trim_end_matches('.')),
        );
    }
}

/// Words in lines of the width of a mail; lines of a configuration stay as they are.
fn paragraph(out: &mut String, text: &str) {
    for line in text.lines() {
        match is_configuration(line) {
            true => {
                let _ = writeln!(out, "  {}", line.trim());
            }
            false => wrap(out, line, "", ""),
        }
    }
}

/// Whether a line of a note is one of a `.config`.
fn is_configuration(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("CONFIG_") || line.starts_with("# CONFIG_")
}

/// The command that makes the configuration of a note, where the note has one: what its lines do not say is the default.
fn configure(finding: &Reported, note: &str) -> Option<String> {
    let is_default = note.contains("default configuration");
    let has_lines = note.lines().any(is_configuration);
    // A note names the `ARCH` where the directory below `arch/` has several.
    let named = note.split('`').find_map(|word| word.strip_prefix("ARCH="));
    let arch = named.or(finding.archs.first().map(String::as_str))?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !arch.chars().all(is_word) {
        return None;
    }
    match (has_lines, is_default) {
        (true, _) => Some(format!(
            "With these lines in `fragment.config`, this makes the configuration:\n\n  \
             make ARCH={arch} KCONFIG_ALLCONFIG=fragment.config alldefconfig\n"
        )),
        (false, true) => Some(format!(
            "This makes the configuration:\n\n  make ARCH={arch} alldefconfig\n"
        )),
        (false, false) => None,
    }
}

/// Lists the cells of the matrix that the series changes and that belong to the features of the findings.
fn list_cells(out: &mut String, findings: &[&Reported], all: &[ChangedCell]) {
    let is_meant = |cell: &&ChangedCell| {
        let mut features = findings
            .iter()
            .filter_map(|finding| finding.feature.as_deref());
        features.any(|feature| feature == cell.feature)
    };
    let meant: Vec<&ChangedCell> = all.iter().filter(is_meant).collect();
    if meant.is_empty() {
        return;
    }
    out.push_str("\nThe series changes these cells of the matrix:\n\n");
    for cell in meant.iter().take(MAX_CELLS) {
        let line = format!("{} on {}: {}", cell.feature, cell.arch, cells::change(cell));
        wrap(out, &visible::line(&line), "  ", "    ");
    }
    if meant.len() > MAX_CELLS {
        let _ = writeln!(out, "  and {} more", meant.len() - MAX_CELLS);
    }
}

/// The summary: the number of findings, the tool, and the first commit of each finding.
fn summary(findings: &[&Reported], original: &Original) -> String {
    let kinds = [
        (Level::Deny, "error"),
        (Level::Warn, "warning"),
        (Level::Note, "note"),
    ];
    let counts: Vec<String> = kinds
        .into_iter()
        .filter_map(|(level, word)| {
            let count = findings
                .iter()
                .filter(|finding| finding.level == level)
                .count();
            let plural = if count == 1 { "" } else { "s" };
            (count > 0).then(|| format!("{count} {word}{plural}"))
        })
        .collect();
    let commit = match &original.commit {
        Some(commit) => format!(", commit {}", visible::line(commit)),
        None => String::new(),
    };
    format!(
        "kfeat compares Kconfig, headers and the tables of Documentation/features. This patch{commit} adds {}:",
        counts.join(" and ")
    )
}

#[cfg(test)]
mod tests;
