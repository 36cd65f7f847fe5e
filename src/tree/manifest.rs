//! Owns the record of what was read from a tree in a directory, kept across runs, and the check that it is still current.
//!
//! A manifest names everything that an answer rested on: the files with their digests, links, directories whose names were
//! looked at, and where nothing was. A later look is cheap as long as the system says the same of each; where it does not, such
//! as after a checkout of the same commit elsewhere, what is there is read and compared.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs::Metadata;
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::directory::is_missing;
use super::reads::Reads;
use super::signature::{Digest, Signature, digest_of_listing};
use super::{Tree, normalize};
use crate::disk;
use crate::limits::FILE_SIZE;

/// Describes what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    facts: Vec<Fact>,
}

/// Describes what stood at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fact {
    /// Relative to the tree's root.
    path: String,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// A file that holds this.
    Text(Signature, Digest),
    /// A file; what it holds did not matter.
    File,
    /// A link that leads there.
    Link(String),
    /// A directory, no link to one.
    Directory,
    /// A directory, by way of links or not, with these names in it.
    Listing(Signature, Digest),
    /// A directory, by way of links or not, in which these paths lead to nothing.
    Lacks(Signature, Vec<String>),
}

/// Whether a manifest still holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything is as it was.
    Same,
    /// Everything holds what it held, but the system says something else of it: as the new manifest has it.
    Again(Manifest),
    /// Texts of files are different, and nothing else is.
    Texts(Box<Texts>),
    /// Something else is different, or cannot be told.
    Changed,
}

/// The texts that are different, and what stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// The manifest with what stands now.
    pub now: Manifest,
    /// Each file whose text is different: its path, and the digests of its text then and now.
    pub different: Vec<(String, Digest, Digest)>,
    /// Whether all of them were left alone for long enough to be known again.
    pub is_certain: bool,
}

/// Upper bound on texts that are different: with more of them little would hold.
const MAX_DIFFERENT: usize = 200;

/// The present state of a fact.
enum Again {
    Same,
    /// The system says something else of the same.
    Renewed(What),
    /// The text of the file is another one; whether it was left alone for long enough.
    Different(What, bool),
}

impl Manifest {
    /// The manifest of what `reads` noted of `tree`, a directory, since the moment `since` (in nanoseconds after 1970). `None` where
    /// it cannot be told what was read: something changed at that time or right before it, or could not be read.
    pub fn of(tree: &Tree, reads: &Reads, since: i128) -> Option<Self> {
        let contents = reads.contents()?;
        if contents.is_uncertain || !tree.is_directory_alone() {
            return None;
        }
        let root = tree.root();
        let [texts, listings] = reads.paths();
        let listings = paths(&listings)?;
        let mut all: BTreeSet<String> = paths(&texts)?;
        all.extend(listings.iter().cloned());
        let above: Vec<&str> = all.iter().flat_map(|path| directories(path)).collect();
        let above: Vec<String> = above.into_iter().map(str::to_owned).collect();
        all.extend(above);
        let all: Vec<String> = all.into_iter().collect();
        let stands: Vec<Stands> = all
            .par_iter()
            .map(|path| Stands::at(&root.join(path)))
            .collect::<std::io::Result<_>>()
            .ok()?;
        let stands: FxHashMap<&str, &Stands> =
            all.iter().map(|path| &**path).zip(&stands).collect();
        let mut facts = Vec::new();
        let mut lacks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for path in &all {
            let what = match stands.get(&**path)? {
                Stands::File(signature) => match contents.of.get(&**path) {
                    Some((read, digest)) if read == signature && signature.is_older_than(since) => {
                        What::Text(*signature, *digest)
                    }
                    Some(_) => return None,
                    None => What::File,
                },
                Stands::Link(target) => What::Link(target.clone()),
                Stands::Directory => What::Directory,
                Stands::Nothing => {
                    let directory = directories(path).find(|above| match stands.get(above) {
                        Some(Stands::Directory) => true,
                        Some(Stands::Link(_)) => root.join(above).is_dir(),
                        _ => false,
                    })?;
                    let name = path[directory.len()..].trim_start_matches('/');
                    lacks.entry(directory).or_default().push(name.to_owned());
                    continue;
                }
            };
            facts.push(Fact {
                path: path.clone(),
                what,
            });
        }
        for path in listings {
            // That nothing is there has been said.
            if stands
                .get(&*path)
                .is_some_and(|stands| **stands != Stands::Nothing)
            {
                let full = root.join(&path);
                let signature =
                    directory(&full).filter(|signature| signature.is_older_than(since))?;
                let what = What::Listing(signature, digest_of_listing(&full).ok()?);
                facts.push(Fact { path, what });
            }
        }
        for (path, names) in lacks {
            let signature = directory(&root.join(path));
            let signature = signature.filter(|signature| signature.is_older_than(since))?;
            facts.push(Fact {
                path: path.to_owned(),
                what: What::Lacks(signature, names),
            });
        }
        Some(Self { facts })
    }

    /// Whether everything still stands in `tree`. What has to be read again counts as the same only if it was left alone since before
    /// `now`, in nanoseconds after 1970.
    pub fn stands_in(&self, tree: &Tree, now: i128) -> Standing {
        if !tree.is_directory_alone() {
            return Standing::Changed;
        }
        let root = tree.root();
        let again: Option<Vec<Again>> = self
            .facts
            .par_iter()
            .map(|fact| fact.stands_in(root, now))
            .collect();
        let Some(again) = again else {
            return Standing::Changed;
        };
        if again.iter().all(|again| matches!(again, Again::Same)) {
            return Standing::Same;
        }
        let (mut different, mut is_certain) = (Vec::new(), true);
        let mut facts = Vec::with_capacity(self.facts.len());
        for (fact, again) in self.facts.iter().zip(again) {
            let what = match again {
                Again::Same => fact.what.clone(),
                Again::Renewed(what) => what,
                Again::Different(what, is_known_again) => {
                    if let (What::Text(_, then), What::Text(_, now)) = (&fact.what, &what) {
                        different.push((fact.path.clone(), *then, *now));
                    }
                    is_certain &= is_known_again;
                    what
                }
            };
            facts.push(Fact {
                path: fact.path.clone(),
                what,
            });
        }
        let now = Self { facts };
        if different.is_empty() {
            return Standing::Again(now);
        }
        if different.len() > MAX_DIFFERENT || different.iter().any(|(path, ..)| self.leads_to(path))
        {
            return Standing::Changed;
        }
        Standing::Texts(Box::new(Texts {
            now,
            different,
            is_certain,
        }))
    }

    /// Whether a link may lead to a file: then others may have read it by another path.
    fn leads_to(&self, path: &str) -> bool {
        self.facts.iter().any(|fact| {
            let What::Link(target) = &fact.what else {
                return false;
            };
            let directory = fact.path.rsplit_once('/').map_or(".", |(above, _)| above);
            let Ok(target) = normalize(&format!("{directory}/{target}")) else {
                return true;
            };
            let rest = path.strip_prefix(&*target);
            target.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// This manifest with what a later one says on top; `None` where they contradict each other.
    #[must_use]
    pub fn with(&self, later: Self) -> Option<Self> {
        let mut all: BTreeMap<(String, u8), What> = BTreeMap::new();
        for Fact { path, what } in self.facts.iter().cloned().chain(later.facts) {
            match all.entry((path, what.kind())) {
                Entry::Vacant(entry) => {
                    entry.insert(what);
                }
                Entry::Occupied(mut entry) => {
                    let both = entry.get().and(what)?;
                    entry.insert(both);
                }
            }
        }
        let facts = all.into_iter();
        let facts = facts.map(|((path, _), what)| Fact { path, what });
        Some(Self {
            facts: facts.collect(),
        })
    }
}

impl What {
    /// Facts of different kinds go together for one path.
    fn kind(&self) -> u8 {
        match self {
            What::Text(..) | What::File | What::Link(_) | What::Directory => 0,
            What::Listing(..) => 1,
            What::Lacks(..) => 2,
        }
    }

    /// Returns what two facts of a kind say together of one path.
    fn and(&self, other: What) -> Option<What> {
        match (self, other) {
            (What::Text(..), What::File) => Some(self.clone()),
            (What::File, other @ What::Text(..)) => Some(other),
            (What::Lacks(known, names), What::Lacks(signature, more)) if *known == signature => {
                let names: BTreeSet<String> = names.iter().cloned().chain(more).collect();
                Some(What::Lacks(signature, names.into_iter().collect()))
            }
            (known, other) => (*known == other).then_some(other),
        }
    }
}

impl Fact {
    /// Its present state; `None` if it does not stand any more.
    fn stands_in(&self, root: &Path, now: i128) -> Option<Again> {
        let full = root.join(&self.path);
        Some(match (&self.what, Stands::at(&full).ok()?) {
            (What::Text(known, _), Stands::File(signature)) if *known == signature => Again::Same,
            (What::Text(_, digest), Stands::File(signature)) => {
                let is_known_again = signature.is_older_than(now);
                let text = Digest::of(&disk::read(&full, &FILE_SIZE).ok()?);
                let is_still = Stands::at(&full).ok()? == Stands::File(signature);
                let what = What::Text(signature, text);
                match (text == *digest, is_known_again) {
                    _ if !is_still => return None,
                    (true, true) => Again::Renewed(what),
                    (true, false) => return None,
                    (false, is_known_again) => Again::Different(what, is_known_again),
                }
            }
            (What::File, Stands::File(_)) | (What::Directory, Stands::Directory) => Again::Same,
            (What::Link(known), Stands::Link(target)) => {
                (*known == target).then_some(Again::Same)?
            }
            (What::Listing(known, digest), Stands::Directory | Stands::Link(_)) => {
                let signature = directory(&full)?;
                if *known == signature {
                    return Some(Again::Same);
                }
                let same = signature.is_older_than(now)
                    && digest_of_listing(&full).ok()? == *digest
                    && directory(&full)? == signature;
                same.then_some(Again::Renewed(What::Listing(signature, *digest)))?
            }
            (What::Lacks(known, names), Stands::Directory | Stands::Link(_)) => {
                let signature = directory(&full)?;
                if *known == signature {
                    return Some(Again::Same);
                }
                let is_gone = |name: &String| {
                    Stands::at(&full.join(name)).is_ok_and(|stands| stands == Stands::Nothing)
                };
                let same = signature.is_older_than(now)
                    && names.iter().all(is_gone)
                    && directory(&full)? == signature;
                same.then(|| Again::Renewed(What::Lacks(signature, names.clone())))?
            }
            _ => return None,
        })
    }
}

/// Describes what stands at a path on disk, the last part not followed if it is a link.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stands {
    File(Signature),
    Link(String),
    Directory,
    Nothing,
}

impl Stands {
    /// # Errors
    ///
    /// It cannot be told, or is something that a tree does not have.
    fn at(full: &Path) -> std::io::Result<Self> {
        let metadata: Metadata = match std::fs::symlink_metadata(full) {
            Ok(metadata) => metadata,
            Err(error) if is_missing(&error) => return Ok(Self::Nothing),
            Err(error) => return Err(error),
        };
        if metadata.is_file() {
            return Ok(Self::File(Signature::of(&metadata)));
        }
        if metadata.is_dir() {
            return Ok(Self::Directory);
        }
        let target = std::fs::read_link(full)?.into_os_string().into_string();
        match target {
            Ok(target) if fits(&target) => Ok(Self::Link(target)),
            _ => Err(std::io::ErrorKind::InvalidData.into()),
        }
    }
}

/// The signature of a directory, by way of links or not.
fn directory(full: &Path) -> Option<Signature> {
    let metadata = std::fs::metadata(full).ok()?;
    metadata.is_dir().then(|| Signature::of(&metadata))
}

/// The directories above a path, the innermost first and the root, which is empty, last. None for the root itself.
fn directories(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors((!path.is_empty()).then_some(path), |path| {
        (!path.is_empty()).then(|| path.rsplit_once('/').map_or("", |(above, _)| above))
    })
    .skip(1)
}

/// Paths as they stand in a manifest; those that lead nowhere in any tree are left out.
fn paths(noted: &[Box<str>]) -> Option<BTreeSet<String>> {
    let normal = noted.iter().filter_map(|path| normalize(path).ok());
    let normal: BTreeSet<String> = normal.collect();
    normal.iter().all(|path| fits(path)).then_some(normal)
}

/// Whether a name fits into a line of a manifest; no kernel has one that does not.
fn fits(name: &str) -> bool {
    !name.contains(['\n', '\r', '\t'])
}

impl Display for Manifest {
    /// Writes a line for each fact, which [`Manifest::parse`] reads.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Fact { path, what } in &self.facts {
            match what {
                What::Text(signature, digest) => {
                    writeln!(f, "text\t{path}\t{}\t{digest}", signature)?
                }
                What::File => writeln!(f, "file\t{path}")?,
                What::Link(target) => writeln!(f, "link\t{path}\t{target}")?,
                What::Directory => writeln!(f, "directory\t{path}")?,
                What::Listing(signature, digest) => {
                    writeln!(f, "listing\t{path}\t{}\t{digest}", signature)?;
                }
                What::Lacks(signature, names) => {
                    writeln!(f, "lacks\t{path}\t{}\t{}", signature, names.join("\t"))?;
                }
            }
        }
        Ok(())
    }
}

impl Manifest {
    /// Reads what [`Display`] wrote. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let facts = text
            .split_terminator('\n')
            .map(fact)
            .collect::<Option<_>>()?;
        Some(Self { facts })
    }
}

fn fact(line: &str) -> Option<Fact> {
    let mut fields = line.split('\t');
    let (kind, path) = (fields.next()?, fields.next()?);
    let signature = Signature::parse;
    let what = match kind {
        "text" => What::Text(signature(fields.next()?)?, Digest::parse(fields.next()?)?),
        "file" => What::File,
        "link" => What::Link(fields.next()?.to_owned()),
        "directory" => What::Directory,
        "listing" => What::Listing(signature(fields.next()?)?, Digest::parse(fields.next()?)?),
        "lacks" => {
            let signature = signature(fields.next()?)?;
            What::Lacks(signature, fields.by_ref().map(str::to_owned).collect())
        }
        _ => return None,
    };
    // A path that leads out of the tree was not written by this program.
    let is_normal = normalize(path).is_ok_and(|normal| normal == path);
    (fields.next().is_none() && is_normal).then(|| Fact {
        path: path.to_owned(),
        what,
    })
}

#[cfg(test)]
mod tests;
