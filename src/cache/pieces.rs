//! Owns the pieces of a check as text and back. Of a text that is whole, what most runs do not need is not even parsed: the larger part of
//! each architecture, and the files that did not change.
//!
//! The text has the shared pieces in one line, what is known of the models in the next, three lines for each architecture (its name, the facts, the rest), an empty line, and a
//! line for each file that was read: its path, the numbers of the sets that it is in, and for Kconfig files where their text begins in the
//! texts, and its length.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::check::kept::{ArchFacts, ArchRest, End, Keep, Kept, KeptArch};
use crate::tree::signature::Digest;

/// Takes the pieces of a check as text.
#[derive(Debug, Default)]
pub struct Pieces {
    /// By architecture: the facts and the rest.
    archs: Mutex<BTreeMap<String, [String; 2]>>,
    rest: Mutex<Option<Rest>>,
    /// Whether something cannot be written.
    is_lost: AtomicBool,
}

impl Keep for Pieces {
    fn arch(&self, arch: &str, facts: &ArchFacts, rest: &ArchRest) {
        let (facts, rest) = (serde_json::to_string(facts), serde_json::to_string(rest));
        let (Ok(facts), Ok(rest)) = (facts, rest) else {
            self.is_lost.store(true, Ordering::Relaxed);
            return;
        };
        let mut archs = self.archs.lock().unwrap_or_else(PoisonError::into_inner);
        archs.insert(arch.to_owned(), [facts, rest]);
    }

    fn end(&self, end: &End<'_>) {
        let shared = serde_json::to_string(end.shared);
        let models = serde_json::to_string(end.models);
        let (Ok(shared), Ok(models)) = (shared, models) else {
            return;
        };
        let mut texts = String::new();
        let mut places: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
        for source in end.texts {
            let text = source.file.text();
            places.insert(source.file.path(), (texts.len(), text.len()));
            texts.push_str(text);
        }
        let mut files = String::new();
        for (path, sets) in end.reads.by_file() {
            if path.contains(['\n', '\t']) {
                return;
            }
            files.push_str(&path);
            for (index, set) in sets.iter().enumerate() {
                // Writing to a string never fails.
                let _ = write!(files, "{}{set}", if index == 0 { '\t' } else { ' ' });
            }
            if let Some((start, length)) = places.get(&*path) {
                let _ = write!(files, "\t{start} {length}");
            }
            files.push('\n');
        }
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        *rest = Some(Rest {
            shared,
            models,
            files,
            texts,
        });
    }
}

/// Holds what is kept besides the pieces of each architecture.
#[derive(Debug)]
struct Rest {
    shared: String,
    models: String,
    files: String,
    texts: String,
}

impl Pieces {
    /// The text, and the texts of Kconfig files that it refers to; `None` where the check did not come to its end, or something cannot be
    /// written.
    pub(super) fn texts(&self) -> Option<[String; 2]> {
        if self.is_lost.load(Ordering::Relaxed) {
            return None;
        }
        let archs = self.archs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        let Rest {
            shared,
            models,
            files,
            texts,
        } = rest.take()?;
        let mut text = String::with_capacity(shared.len() + models.len() + files.len());
        for line in [shared, models] {
            text.push_str(&line);
            text.push('\n');
        }
        for (arch, [facts, rest]) in &*archs {
            for line in [arch, facts, rest] {
                text.push_str(line);
                text.push('\n');
            }
        }
        text.push('\n');
        text.push_str(&files);
        Some([text, texts])
    }
}

/// The pieces in what [`Pieces::texts`] gave, for a run in which the texts of these files are other ones; `old_text` reads a part of the
/// texts that has this digest. `None` for anything else.
pub fn parse(
    text: &Arc<str>,
    changed: &BTreeMap<String, Digest>,
    old_text: impl Fn(u64, usize, Digest) -> Option<String> + Send + Sync + 'static,
) -> Option<Kept> {
    let mut at = 0;
    let mut next = || {
        let rest = text.get(at..)?;
        let line = &rest[..rest.find('\n')?];
        let start = at;
        at += line.len() + 1;
        Some((line, start..start + line.len()))
    };
    let ((shared, _), (_, models)) = (next()?, next()?);
    let mut archs = Vec::new();
    loop {
        let (arch, _) = next()?;
        if arch.is_empty() {
            break;
        }
        archs.push((arch, next()?.0, next()?.1));
    }
    let files = text.get(at..)?;
    let archs = archs.into_par_iter().map(|(arch, facts, rest)| {
        let whole = text.clone();
        let rest = move || serde_json::from_str::<ArchRest>(whole.get(rest.clone())?).ok();
        Some(KeptArch {
            arch: arch.to_owned(),
            facts: serde_json::from_str::<ArchFacts>(facts).ok()?,
            rest: Box::new(rest),
        })
    });
    let archs = archs.collect::<Option<Vec<KeptArch>>>()?;
    let mut sets_of_changed = Vec::new();
    let mut places: FxHashMap<String, (u64, usize, Digest)> = FxHashMap::default();
    for line in files.split_terminator('\n') {
        let (path, rest) = line.split_once('\t')?;
        let Some(&digest) = changed.get(path) else {
            continue;
        };
        let (sets, place) = rest.split_once('\t').unwrap_or((rest, ""));
        let sets = sets.split(' ').map(|set| set.parse().ok());
        sets_of_changed.push((path.to_owned(), sets.collect::<Option<_>>()?));
        if let Some((start, length)) = place.split_once(' ') {
            let place = (start.parse().ok()?, length.parse().ok()?, digest);
            places.insert(path.to_owned(), place);
        }
    }
    let whole = text.clone();
    Some(Kept {
        shared: serde_json::from_str(shared).ok()?,
        archs,
        changed: changed.keys().cloned().collect(),
        sets: sets_of_changed,
        models: Box::new(move || serde_json::from_str(whole.get(models.clone())?).ok()),
        old_text: Box::new(move |path| {
            let &(start, length, digest) = places.get(path)?;
            old_text(start, length, digest)
        }),
    })
}
