//! Owns what `--format mail` needs besides the findings: the patches that are replied to, who replies, and how to reproduce it.

use std::path::Path;

use anyhow::Context;

use super::author::author_of_ident;
use super::global::{Global, Selection};
use super::locate;
use crate::check::run::series::Step;
use crate::patch::{self, Patch, Sign};
use crate::report::reply::{File, Hunk, Original, render};
use crate::report::{Report, Source};
use crate::tree::git::Repository;

/// The arguments of the run, as far as a reply repeats them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The features and architectures.
    pub selection: &'a Selection,
    /// The revision that the patches are for.
    pub revision: Option<&'a str>,
    /// Whether notes were asked for.
    pub pedantic: bool,
}

/// The patches that may be replied to, in their order: those that were read, or those that git makes of the commits.
pub(super) fn originals(
    global: &Global,
    asked: Asked<'_>,
    steps: &[Step],
    patches: &[Patch],
) -> anyhow::Result<Vec<Original>> {
    if !patches.is_empty() {
        return Ok(patches.iter().map(|patch| original(patch, asked)).collect());
    }
    let repository = locate::repository(global)?;
    let mut originals = Vec::with_capacity(steps.len());
    for step in steps {
        let commit = &step.commit;
        let id = commit.id.as_deref().unwrap_or_default();
        let mail = repository.mail_of(id)?;
        // A commit that changes no file of the tree brings nothing.
        let of_commit = match patch::read(&mail) {
            Ok(mut patches) => patches.pop(),
            Err(patch::PatchError::NoPatch) => None,
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read the diff of {commit}"));
            }
        };
        let mut original =
            of_commit.map_or_else(Original::default, |patch| original(&patch, asked));
        original.subject = match commit.of {
            1 => format!("[PATCH] {}", commit.subject),
            of => format!("[PATCH {}/{of}] {}", commit.number, commit.subject),
        };
        let id = id.get(..12).unwrap_or(id);
        original.commit = Some(format!("{id} (\"{}\")", commit.subject));
        original.again = format!(
            "To reproduce, in a repository with this commit:\n\n  kfeat check{} --range {id}~1..{id}\n",
            selection(asked)
        );
        originals.push(original);
    }
    Ok(originals)
}

/// The replies as text.
pub(super) fn text(
    report: &Report<'_>,
    source: Source<'_>,
    originals: &[Original],
    directory: &Path,
) -> String {
    // Without git, or without a name in it, the program that sends the mail says who does.
    let ident = Repository::author_of(directory).ok();
    let author = ident.as_deref().and_then(author_of_ident);
    let sender = author
        .as_ref()
        .map(|author| (&*author.name, &*author.email));
    render(report, source, originals, sender)
}

fn original(patch: &Patch, asked: Asked<'_>) -> Original {
    let head = patch.head.clone().unwrap_or_default();
    let files = patch.files.iter().map(|file| {
        let path = file.path().unwrap_or_default().to_owned();
        let name = |path: &Option<String>| path.clone().unwrap_or_else(|| "/dev/null".to_owned());
        File {
            path,
            head: [
                format!("--- {}", name(&file.old)),
                format!("+++ {}", name(&file.new)),
            ],
            hunks: file.hunks.iter().map(hunk).collect(),
        }
    });
    Original {
        files: files.collect(),
        commit: None,
        again: again(asked, head.message_id.as_deref()),
        subject: head.subject,
        from: head.from,
        author: head.author,
        reply_to: head.reply_to,
        to: head.to,
        cc: head.cc,
        date: head.date,
        message_id: head.message_id,
        references: head.references,
    }
}

fn hunk(hunk: &patch::Hunk) -> Hunk {
    let lines = hunk.lines.iter().map(|line| {
        let sign = match line.sign {
            Sign::Context => ' ',
            Sign::Added => '+',
            Sign::Removed => '-',
        };
        let text = String::from_utf8_lossy(&line.text);
        format!("{sign}{}", text.trim_end_matches(['\r', '\n']))
    });
    Hunk {
        head: hunk.header.clone(),
        start: hunk.new_start,
        lines: lines.collect(),
    }
}

/// The commands that show the findings of a patch again.
fn again(asked: Asked<'_>, message_id: Option<&str>) -> String {
    let revision = asked
        .revision
        .map_or(String::new(), |rev| format!(" --rev {rev}"));
    let options = selection(asked);
    let is_safe = |id: &&str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "@.-_+=".contains(c);
        !id.is_empty() && !id.starts_with('-') && id.chars().all(allowed)
    };
    let id = message_id.map(|id| id.trim().trim_matches(['<', '>']));
    match id.filter(is_safe) {
        Some(id) => format!(
            "To reproduce:\n\n  b4 am -o - \\\n    {id} |\n    kfeat check{options}{revision} --patch -\n"
        ),
        None => format!(
            "To reproduce, with the patch on standard input:\n\n  kfeat check{options}{revision} --patch -\n"
        ),
    }
}

/// The options that chose what was looked at.
fn selection(asked: Asked<'_>) -> String {
    let selection = asked.selection;
    let mut out = String::new();
    for (option, names) in [
        ("--feature", &selection.feature),
        ("--arch", &selection.arch),
    ] {
        if !names.is_empty() {
            out.push_str(&format!(" {option} {}", names.join(",")));
        }
    }
    for spec in &selection.spec {
        out.push_str(&format!(" --spec {}", spec.display()));
    }
    if asked.pedantic {
        out.push_str(" --pedantic");
    }
    out
}
