//! Owns which objects kbuild would build in a configuration. `make dir/file.o` builds any file, whether it belongs to the kernel
//! or not (since 6.x), so the lists have to be asked: make reads them, with the configuration, and writes what they come to.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustc_hash::FxHashMap;

use super::candidates::{Candidate, with_suffix};
use super::process::{Children, ProcessError};
use crate::disk;
use crate::limits::FILE_SIZE;

/// How long reading one list may take.
const LIMIT: Duration = Duration::from_secs(60);

/// How far composite objects are followed.
const MAX_COMPOSITES: usize = 4;

/// Reads one directory's list. `expand` replaces composite objects by their parts.
const MAKEFILE: &str = "\
srctree := $(KFEAT_TREE)
objtree := .
srcroot := $(KFEAT_TREE)
src := $(srctree)/$(obj)
include include/config/auto.conf
BITS := $(if $(CONFIG_64BIT),64,32)
obj-y :=
obj-m :=
lib-y :=
include $(firstword $(wildcard $(src)/Kbuild) $(src)/Makefile)
parts = $(patsubst $(obj)/%,%,$($(1:.o=-objs)) $($(1:.o=-y)) $($(1:.o=-m)))
listed := $(obj-y) $(obj-m) $(lib-y) $(lib-m) $(patsubst $(obj)/%,%,$(vmlinux-objs-y))
once = $(foreach word,$(1),$(word) $(call parts,$(word)))
$(foreach round,1 2 3 4,$(eval listed := $(sort $(call once,$(listed)))))
kfeat-list: ; @echo 'kfeat-list: $(listed)'
";

/// Whether an object belongs to the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Membership {
    /// kbuild builds it.
    Built,
    /// It does not, in this configuration.
    NotBuilt,
    /// It does, but only after the kernel has been linked.
    AfterLink,
}

/// The lists of one configured build tree.
#[derive(Debug)]
pub struct Lists<'a> {
    children: &'a Children,
    root: &'a Path,
    objtree: &'a Path,
    environment: &'a [(String, String)],
    known: FxHashMap<String, Option<Vec<String>>>,
}

impl<'a> Lists<'a> {
    /// Of the build tree `objtree`, which has `include/config/auto.conf`, for the tree at `root`. `environment` has `ARCH` and
    /// `SRCARCH`.
    ///
    /// # Errors
    ///
    /// The build tree cannot be written.
    pub fn new(
        children: &'a Children,
        root: &'a Path,
        objtree: &'a Path,
        environment: &'a [(String, String)],
    ) -> std::io::Result<Self> {
        std::fs::write(objtree.join("kfeat-list.mk"), MAKEFILE)?;
        Ok(Self {
            children,
            root,
            objtree,
            environment,
            known: FxHashMap::default(),
        })
    }

    /// Whether kbuild builds the object of a file.
    ///
    /// # Errors
    ///
    /// make cannot be run, or the user interrupts.
    pub fn membership(&mut self, candidate: &Candidate) -> Result<Membership, ProcessError> {
        let object = with_suffix(&candidate.source, "o");
        let Some((mut holder, mut word)) = object
            .rsplit_once('/')
            .map(|(directory, word)| (directory.to_owned(), word.to_owned()))
        else {
            return Ok(Membership::NotBuilt);
        };
        // A directory without a list of its own is one whose objects the list above names.
        let words = loop {
            if let Some(words) = self.words(&holder)? {
                break words;
            }
            let Some((above, last)) = holder.rsplit_once('/') else {
                return Ok(Membership::NotBuilt);
            };
            word = format!("{last}/{word}");
            holder = above.to_owned();
        };
        // x86's startup code gives all symbols a prefix in a step of its own.
        let renamed = word.replace(".o", ".pi.o");
        if !words.contains(&word) && !words.contains(&renamed) {
            return Ok(Membership::NotBuilt);
        }
        if candidate.apart {
            return Ok(if self.needs_link(&holder, &word) {
                Membership::AfterLink
            } else {
                Membership::Built
            });
        }
        let mut inner = holder;
        while !is_root(&inner) {
            let mut above = inner.clone();
            let listed = loop {
                let Some((shorter, _)) = above.rsplit_once('/') else {
                    break false;
                };
                above = shorter.to_owned();
                let word = format!("{}/", &inner[above.len() + 1..]);
                let listed = self
                    .words(&above)?
                    .is_some_and(|words| words.contains(&word));
                if listed || is_root(&above) {
                    break listed;
                }
            };
            if !listed {
                return Ok(Membership::NotBuilt);
            }
            inner = above;
        }
        Ok(Membership::Built)
    }

    /// Returns what a directory's list names; `None` where it has none.
    fn words(&mut self, directory: &str) -> Result<Option<Vec<String>>, ProcessError> {
        if let Some(known) = self.known.get(directory) {
            return Ok(known.clone());
        }
        let source = self.root.join(directory);
        let has_list = ["Kbuild", "Makefile"]
            .iter()
            .any(|name| source.join(name).is_file());
        let words = if has_list {
            let mut command = Command::new("make");
            command
                .args(["-s", "--no-print-directory", "-f", "kfeat-list.mk"])
                .arg(format!("obj={directory}"))
                .arg(format!("KFEAT_TREE={}", self.root.display()))
                .arg("kfeat-list")
                .current_dir(self.objtree)
                .env_remove("MAKEFLAGS")
                .envs(self.environment.iter().map(|(name, value)| (name, value)));
            let (_, text) = self.children.ask(command, LIMIT)?;
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("kfeat-list: "));
            Some(
                line.unwrap_or_default()
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
            )
        } else {
            None
        };
        self.known.insert(directory.to_owned(), words.clone());
        Ok(words)
    }

    /// Whether the list of a directory gives an object something that only exists once the kernel is linked: a rule of its own
    /// that leads, by way of files outside the directory, to `vmlinux`.
    fn needs_link(&self, directory: &str, object: &str) -> bool {
        let path = self.root.join(directory).join("Makefile");
        let Ok(Ok(text)) = disk::read(&path, &FILE_SIZE).map(String::from_utf8) else {
            return false;
        };
        let needs = |target: &str| {
            text.lines().find_map(|line| {
                let (left, right) = line.split_once(':')?;
                (left.trim() == target && !right.starts_with('=')).then(|| {
                    right
                        .split_whitespace()
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                })
            })
        };
        let mut pending = vec![format!("$(obj)/{object}")];
        for _ in 0..MAX_COMPOSITES {
            let Some(target) = pending.pop() else {
                return false;
            };
            for needed in needs(&target).unwrap_or_default() {
                if needed == "vmlinux" {
                    return true;
                }
                pending.push(needed);
            }
        }
        false
    }
}

/// Whether a directory is one that the top Makefile descends into by itself.
fn is_root(directory: &str) -> bool {
    match directory.strip_prefix("arch/") {
        Some(rest) => !rest.contains('/'),
        None => !directory.contains('/'),
    }
}
