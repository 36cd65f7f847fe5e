//! Owns which tree `check` is about, and which commits or patches come on top of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use super::global::Global;
use super::{locate, output};
use crate::check::reported::Commit;
use crate::check::run::series::Step;
use crate::disk;
use crate::limits::PATCH_SIZE;
use crate::patch::{self, Mails, Patch};
use crate::tree::Tree;
use crate::tree::git::Repository;

/// Upper bound on commits searched for the one that a patch has become.
const MAX_COMMITS: usize = 128;

/// The input of a git hook.
#[derive(Debug)]
pub(super) struct OfHook {
    /// As git has set it up for the hook.
    pub repository: Arc<Repository>,
    /// `A..B`; without it what is staged.
    pub range: Option<String>,
}

/// The arguments that select the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'a> {
    pub hook: Option<&'a OfHook>,
    pub revision: Option<&'a str>,
    pub range: Option<&'a str>,
    /// Files of patches; `-` is standard input.
    pub patches: &'a [PathBuf],
}

/// The input to check.
#[derive(Debug)]
pub(super) struct Input {
    /// The tree, or that before a series.
    pub before: Tree,
    /// The series, if there is one.
    pub steps: Option<Vec<Step>>,
    /// The patches of the steps; none where these are commits.
    pub patches: Vec<Patch>,
}

/// Opens the tree and reads the commits or patches.
pub(super) fn input(global: &Global, sources: Sources<'_>) -> anyhow::Result<Input> {
    if let Some(OfHook { repository, range }) = sources.hook {
        return match range {
            Some(range) => of_range(repository, range),
            None => of_index(repository),
        };
    }
    if let Some(range) = sources.range {
        return of_range(&locate::repository(global)?, range);
    }
    let tree = locate::open_at(global, sources.revision)?;
    if sources.patches.is_empty() {
        return Ok(Input {
            before: tree,
            steps: None,
            patches: Vec::new(),
        });
    }
    let (names, patches): (Vec<String>, Vec<Patch>) =
        read_all(sources.patches)?.into_iter().unzip();
    // The files of a directory are read again for every patch that changes something.
    let before = tree.remembering();
    let mut steps: Vec<Step> = Vec::new();
    for (index, patch) in patches.iter().enumerate() {
        let commit = commit(index, patches.len(), None, patch.subject.as_deref());
        let tree = steps.last().map_or(&before, |step| &step.tree);
        let applied = match (patch::apply(tree, patch), sources.revision, &*patches) {
            (Err(error), Some(revision), [patch]) => {
                let repository = locate::repository(global)?;
                if let Some(range) = commit_with(&repository, revision, patch)? {
                    return of_range(&repository, &range);
                }
                Err(error)
            }
            (applied, ..) => applied,
        };
        let tree = applied.with_context(|| {
            not_applied(patch, &commit, names.get(index).map_or("", String::as_str))
        })?;
        steps.push(Step { commit, tree });
    }
    Ok(Input {
        before,
        steps: Some(steps),
        patches,
    })
}

/// The commit up to `revision` that does what the patch does, as a range of this one commit. b4 hands each patch of a series
/// to its check command while the branch already has it; by the names of the blobs that the patch makes it is found.
fn commit_with(
    repository: &Repository,
    revision: &str,
    patch: &Patch,
) -> anyhow::Result<Option<String>> {
    let made: Option<Vec<(&str, &str)>> = patch
        .files
        .iter()
        .map(|file| {
            let path = file.path()?;
            Some((path, &*file.blobs.as_ref()?.1))
        })
        .collect();
    let Some(made) = made.filter(|made| !made.is_empty()) else {
        return Ok(None);
    };
    let paths: Vec<&str> = made.iter().map(|(path, _)| *path).collect();
    let commits = repository.commits_of(revision, &paths, MAX_COMMITS)?;
    let pairs: Vec<(String, String)> = commits
        .iter()
        .filter_map(|commit| Some((commit.parents.first()?.clone(), commit.id.clone())))
        .collect();
    let differences = repository.differences(&pairs)?;
    let same = pairs.iter().zip(&differences).find(|(_, differences)| {
        differences.len() == made.len()
            && made.iter().all(|(path, blob)| {
                let mut of_path = differences.iter().filter(|one| one.path == *path);
                of_path.any(|one| one.oid.starts_with(blob))
            })
    });
    Ok(same.map(|((parent, commit), _)| format!("{parent}..{commit}")))
}

fn not_applied(patch: &Patch, commit: &Commit, name: &str) -> String {
    match &patch.subject {
        Some(_) => format!("cannot apply patch {commit}"),
        None => format!("cannot apply {name}"),
    }
}

/// The commits of a range.
fn of_range(repository: &Arc<Repository>, range: &str) -> anyhow::Result<Input> {
    let commits = repository.commits(range)?;
    let mut pairs: Vec<(String, String)> = Vec::with_capacity(commits.len());
    let mut before = commits
        .first()
        .and_then(|commit| commit.parents.first())
        .cloned()
        .unwrap_or_default();
    let first = before.clone();
    for commit in &commits {
        pairs.push((before, commit.id.clone()));
        before = commit.id.clone();
    }
    let differences = repository.differences(&pairs)?;
    let base = Tree::at_revision(repository, &first)?.remembering();
    locate::remember(&base);
    let mut steps: Vec<Step> = Vec::with_capacity(commits.len());
    let count = commits.len();
    for (index, (of_git, differences)) in commits.into_iter().zip(differences).enumerate() {
        let tree = steps.last().map_or(&base, |step| &step.tree);
        steps.push(Step {
            tree: tree.follow(&differences)?,
            commit: commit(index, count, Some(of_git.id), Some(&of_git.subject)),
        });
    }
    Ok(Input {
        before: base,
        steps: Some(steps),
        patches: Vec::new(),
    })
}

/// The index, on top of the last commit.
fn of_index(repository: &Arc<Repository>) -> anyhow::Result<Input> {
    let before = Tree::at_revision(repository, "HEAD")?.remembering();
    locate::remember(&before);
    let step = Step {
        tree: before.follow(&repository.staged()?)?,
        commit: commit(0, 1, None, None),
    };
    Ok(Input {
        before,
        steps: Some(vec![step]),
        patches: Vec::new(),
    })
}

fn commit(index: usize, of: usize, id: Option<String>, subject: Option<&str>) -> Arc<Commit> {
    Arc::new(Commit {
        number: index as u32 + 1,
        of: of as u32,
        id,
        subject: subject.unwrap_or_default().to_owned(),
    })
}

/// The patches of all files as one thread, each with the name of the file that it is in. The user learns what is left out.
fn read_all(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Patch)>> {
    let mut names = Vec::with_capacity(paths.len());
    let mut mails = Mails::default();
    for path in paths {
        let (name, bytes) = read(path)?;
        patch::unpack(&bytes)
            .and_then(|text| mails.add(&text))
            .with_context(|| format!("cannot use {name} as a patch"))?;
        names.push(name);
    }
    let name_of = |source: usize| names.get(source).cloned().unwrap_or_default();
    let selected = mails.select().map_err(|(source, error)| {
        let name = name_of(source);
        anyhow::Error::new(error).context(format!("cannot use {name} as a patch"))
    })?;
    for note in &selected.notes {
        output::note(&note.to_string());
    }
    let patches = selected.patches.into_iter();
    Ok(patches
        .map(|(source, patch)| (name_of(source), patch))
        .collect())
}

/// The bytes of a patch, and what to call it.
fn read(path: &Path) -> anyhow::Result<(String, Vec<u8>)> {
    let (name, bytes) = if path == Path::new("-") {
        let name = "standard input".to_owned();
        let bytes = disk::read_open(std::io::stdin(), 0, Path::new(&name), &PATCH_SIZE);
        (name, bytes)
    } else {
        let name = format!("`{}`", path.display());
        (name, disk::read_named(path, &PATCH_SIZE))
    };
    let bytes = bytes.with_context(|| format!("cannot read the patch {name}"))?;
    Ok((name, bytes))
}
