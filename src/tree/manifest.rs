//! Owns the record of what was read from a tree in a directory, kept across runs, and the check that it is still current.
//!
//! A manifest names everything that an answer rested on: the files with their digests, links, directories whose names were
//! looked at, and where nothing was. A later look is cheap as long as the system says the same of each; where it does not, such
//! as after a checkout of the same commit elsewhere, what is there is read and compared.

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
    /// Something is different, or cannot be told.
    Changed,
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
        let again: Option<Vec<Option<What>>> = self
            .facts
            .par_iter()
            .map(|fact| fact.stands_in(root, now))
            .collect();
        let Some(again) = again else {
            return Standing::Changed;
        };
        if again.iter().all(Option::is_none) {
            return Standing::Same;
        }
        let facts = self.facts.iter().zip(again).map(|(fact, again)| Fact {
            path: fact.path.clone(),
            what: again.unwrap_or_else(|| fact.what.clone()),
        });
        Standing::Again(Self {
            facts: facts.collect(),
        })
    }
}

impl Fact {
    /// Whether it still stands: `None` if not; `Some(Some(…))` if the system says something else of the same.
    fn stands_in(&self, root: &Path, now: i128) -> Option<Option<What>> {
        let full = root.join(&self.path);
        let renewed = match (&self.what, Stands::at(&full).ok()?) {
            (What::Text(known, _), Stands::File(signature)) if *known == signature => None,
            (What::Text(_, digest), Stands::File(signature)) => {
                let same = signature.is_older_than(now)
                    && Digest::of(&disk::read(&full, &FILE_SIZE).ok()?) == *digest
                    && Stands::at(&full).ok()? == Stands::File(signature);
                Some(same.then_some(What::Text(signature, *digest))?)
            }
            (What::File, Stands::File(_)) | (What::Directory, Stands::Directory) => None,
            (What::Link(known), Stands::Link(target)) => (*known == target).then_some(None)?,
            (What::Listing(known, digest), Stands::Directory | Stands::Link(_)) => {
                let signature = directory(&full)?;
                if *known == signature {
                    return Some(None);
                }
                let same = signature.is_older_than(now)
                    && digest_of_listing(&full).ok()? == *digest
                    && directory(&full)? == signature;
                Some(same.then_some(What::Listing(signature, *digest))?)
            }
            (What::Lacks(known, names), Stands::Directory | Stands::Link(_)) => {
                let signature = directory(&full)?;
                if *known == signature {
                    return Some(None);
                }
                let is_gone = |name: &String| {
                    Stands::at(&full.join(name)).is_ok_and(|stands| stands == Stands::Nothing)
                };
                let same = signature.is_older_than(now)
                    && names.iter().all(is_gone)
                    && directory(&full)? == signature;
                Some(same.then(|| What::Lacks(signature, names.clone()))?)
            }
            _ => return None,
        };
        Some(renewed)
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
                    writeln!(f, "text\t{path}\t{}\t{digest}", Numbers(signature))?
                }
                What::File => writeln!(f, "file\t{path}")?,
                What::Link(target) => writeln!(f, "link\t{path}\t{target}")?,
                What::Directory => writeln!(f, "directory\t{path}")?,
                What::Listing(signature, digest) => {
                    writeln!(f, "listing\t{path}\t{}\t{digest}", Numbers(signature))?;
                }
                What::Lacks(signature, names) => {
                    writeln!(
                        f,
                        "lacks\t{path}\t{}\t{}",
                        Numbers(signature),
                        names.join("\t")
                    )?;
                }
            }
        }
        Ok(())
    }
}

/// A signature as numbers in a line.
struct Numbers<'a>(&'a Signature);

impl Display for Numbers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Signature {
            device,
            inode,
            size,
            modified,
            changed,
        } = self.0;
        write!(f, "{device} {inode} {size} {modified} {changed}")
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
    let signature = |field: &str| {
        let mut numbers = field.split(' ');
        let signature = Signature {
            device: numbers.next()?.parse().ok()?,
            inode: numbers.next()?.parse().ok()?,
            size: numbers.next()?.parse().ok()?,
            modified: numbers.next()?.parse().ok()?,
            changed: numbers.next()?.parse().ok()?,
        };
        numbers.next().is_none().then_some(signature)
    };
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
