//! Owns the fix of a finding as a mail that `git am` takes: one patch, with the finding as its message.

use super::{Author, end, start};
use crate::diag::Diagnostic;
use crate::report::letter::wrap;

/// Columns of the subject without its prefix, as far as the words allow.
const MAX_SUBJECT: usize = 75;

/// The mail with the changes of one fix; `number` of `total` that are sent together. `diffs` are those of the files, each with its
/// path, and need not be UTF-8.
pub fn mail(
    finding: &Diagnostic,
    diffs: &[(String, Vec<u8>)],
    author: &Author,
    (number, total): (usize, usize),
) -> Vec<u8> {
    let mut out = start(&subject(finding), author, (number, total));
    let place = &finding.primary.location;
    let headline = format!("{place}: {}.", finding.headline.replace('`', ""));
    wrap(&mut out, &headline, "", "");
    for note in &finding.notes {
        out.push('\n');
        // A configuration is a list of lines, which stay as they are.
        for (at, line) in note.lines().enumerate() {
            if at == 0 {
                wrap(&mut out, line, "", "");
            } else {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    if let Some(fix) = &finding.fix {
        let title = fix.title.replace('`', "");
        let mut letters = title.chars();
        let title: String = letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect())
            .unwrap_or_default();
        out.push('\n');
        wrap(&mut out, &format!("{title}."), "", "");
    }
    let mut out = out.into_bytes();
    out.extend_from_slice(b"---\n");
    for (path, diff) in diffs {
        out.extend_from_slice(format!("\ndiff --git a/{path} b/{path}\n").as_bytes());
        out.extend_from_slice(diff);
    }
    out.extend_from_slice(end().as_bytes());
    out
}

/// The directory of the file, and what the fix does.
fn subject(finding: &Diagnostic) -> String {
    let path = &finding.primary.location.path;
    let directory = path
        .rsplit_once('/')
        .map_or("Kconfig", |(directory, _)| directory);
    let fix = finding.fix.as_ref().map_or("", |fix| &*fix.title);
    let what = fix.replace('`', "");
    // Of a long path the end says more than `drivers`.
    let mut area = directory;
    while area.len() + 2 + what.len() > MAX_SUBJECT {
        match area.split_once('/') {
            Some((_, rest)) => area = rest,
            None => break,
        }
    }
    format!("{area}: {what}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Fix, Label, Level, Location};

    #[test]
    fn a_mail_has_the_finding_and_the_patch() {
        let label = Label::new(Location::file("drivers/a/b/Kconfig"), "");
        let headline = "`A` selects `B` without its dependency `D`";
        let mut finding = Diagnostic::new("unmet-dependency", Level::Deny, headline, label);
        finding.notes = vec!["for example:\n    CONFIG_A=y".to_owned()];
        finding.fix = Some(Fix {
            title: "add `depends on D` to `A`".to_owned(),
            edits: Vec::new(),
        });
        let author = Author {
            name: "A Name".to_owned(),
            email: "a@b".to_owned(),
            seconds: 0,
            offset: 0,
        };
        let diffs = [("drivers/a/b/Kconfig".to_owned(), b"--- a\n+++ b\n".to_vec())];
        let mail = String::from_utf8(mail(&finding, &diffs, &author, (1, 2))).unwrap();
        for part in [
            "From: A Name <a@b>\n",
            "Subject: [PATCH 1/2] drivers/a/b: add depends on D to A\n",
            "\ndrivers/a/b/Kconfig:1: A selects B without its dependency D.\n\nfor example:\n    CONFIG_A=y\n\n\
             Add depends on D to A.\n---\n\ndiff --git a/drivers/a/b/Kconfig b/drivers/a/b/Kconfig\n--- a\n+++ b\n-- \nkfeat ",
        ] {
            assert!(mail.contains(part), "{part} is not in\n{mail}");
        }
    }
}
