//! Owns the source files through which the compiler may get to a file: the file itself, or those that include it, the likeliest
//! first.

use std::cell::{OnceCell, RefCell};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::tree::{Tree, normalized};

/// Files that include much of what the whole kernel shares.
const HUBS: &[&str] = &[
    "kernel/fork.c",
    "mm/memory.c",
    "kernel/sched/core.c",
    "init/main.c",
    "fs/namei.c",
    "net/core/dev.c",
    "block/blk-core.c",
    "drivers/base/core.c",
    "drivers/pci/probe.c",
    "kernel/bpf/core.c",
    "kernel/trace/trace.c",
];

/// Where the headers of a directory below `include/` are used.
const USERS: &[(&str, &str)] = &[
    ("include/net/", "net"),
    ("include/drm/", "drivers/gpu/drm"),
    ("include/sound/", "sound"),
    ("include/crypto/", "crypto"),
    ("include/scsi/", "drivers/scsi"),
    ("include/rdma/", "drivers/infiniband"),
    ("include/media/", "drivers/media"),
    ("include/target/", "drivers/target"),
    ("include/acpi/", "drivers/acpi"),
    ("include/xen/", "drivers/xen"),
    ("include/kunit/", "lib/kunit"),
    ("include/kvm/", "virt/kvm"),
    (
        "include/linux/mlx5/",
        "drivers/net/ethernet/mellanox/mlx5/core",
    ),
    ("include/linux/sunrpc/", "net/sunrpc"),
    ("include/linux/ceph/", "net/ceph"),
    ("include/linux/mmc/", "drivers/mmc"),
    ("include/linux/netfilter/", "net/netfilter"),
];

/// Most files that are named for one header.
const MAX_ENTRIES: usize = 48;

/// Source files that may lead to the header at `path`: those near it that include it, then files that include much, each with whether
/// it is one of those. Files of other architectures than `srcarch` are left out.
pub fn near(tree: &Tree, path: &str, srcarch: &str) -> Vec<(bool, String)> {
    let mut found: Vec<String> = Vec::new();
    let includes = |file: &str| includes(tree, file, name_of(path));
    let (directory, _) = path.rsplit_once('/').unwrap_or(("", path));
    let mut places = vec![directory.to_owned()];
    if let Some((above, _)) = directory.rsplit_once('/') {
        places.push(above.to_owned());
    }
    for (headers, users) in USERS {
        if path.starts_with(headers) {
            places.push((*users).to_owned());
        }
    }
    // `include/linux/mfd/x.h` belongs to `drivers/mfd`.
    if let Some(rest) = path.strip_prefix("include/linux/")
        && let Some((sub, _)) = rest.split_once('/')
    {
        for top in ["drivers", "net", "fs", "kernel"] {
            places.push(format!("{top}/{sub}"));
        }
    }
    for place in places {
        let entries = tree.list(&place).unwrap_or_default();
        let files: Vec<String> = entries
            .into_iter()
            .filter(|entry| entry.is_file && entry.name.ends_with(".c"))
            .map(|entry| format!("{place}/{}", entry.name))
            .filter(|file| includes(file))
            .take(MAX_ENTRIES / 4)
            .collect();
        found.extend(files);
    }
    let own = found.len();
    if path.starts_with("include/") || path.starts_with(&format!("arch/{srcarch}/include/")) {
        for own in [
            "kernel/setup.c",
            "kernel/process.c",
            "kernel/traps.c",
            "mm/init.c",
            "mm/fault.c",
        ] {
            found.push(format!("arch/{srcarch}/{own}"));
        }
        found.extend(HUBS.iter().map(|hub| (*hub).to_owned()));
    }
    let mut files = found.into_iter().enumerate();
    let mut seen = FxHashSet::default();
    let mut distinct = Vec::new();
    while distinct.len() < MAX_ENTRIES
        && let Some((index, file)) = files.next()
    {
        if may_compile(srcarch, &file) && seen.insert(file.clone()) && tree.is_file(&file) {
            distinct.push((index >= own, file));
        }
    }
    distinct
}

/// The architecture whose makefiles alone build the file at `path`, a directory below `arch/`; `None` where all may.
pub fn owner(path: &str) -> Option<&str> {
    let (srcarch, rest) = path.strip_prefix("arch/")?.split_once('/')?;
    // What User Mode Linux has of the machine that it runs on.
    match rest.starts_with("um/") || rest == "Makefile.um" {
        true => Some("um"),
        false => Some(srcarch),
    }
}

/// Whether a kernel for `arch/<srcarch>` may have the file at `path` in it. User Mode Linux takes files of x86.
pub fn may_compile(srcarch: &str, path: &str) -> bool {
    match owner(path) {
        None => true,
        Some("x86") if srcarch == "um" => true,
        Some(owner) => owner == srcarch,
    }
}

/// Most source files that are remembered for one header.
const MAX_KNOWN: usize = 4;

/// Who includes what, by the text of each `#include`; the tree is read once, when the first question is asked.
pub struct Users<'t> {
    tree: &'t Tree,
    index: OnceCell<Index>,
    /// For headers the source files that were found to lead there, on any architecture.
    known: RefCell<FxHashMap<String, Vec<String>>>,
}

#[derive(Default)]
struct Index {
    /// Sources and headers, sorted.
    files: Vec<String>,
    /// For each text of an `#include` the files that have it, as indices.
    by_text: FxHashMap<Box<str>, Vec<u32>>,
    /// For each last part of a path the texts that end in it.
    by_name: FxHashMap<Box<str>, Vec<Box<str>>>,
}

/// How many steps there may be between a header and a source file.
const MAX_STEPS: usize = 4;

/// Most headers that are followed from one header up.
const MAX_HEADERS: usize = 200;

impl<'t> Users<'t> {
    /// Of a tree.
    pub fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            index: OnceCell::new(),
            known: RefCell::default(),
        }
    }

    /// Notes that a source file leads to the header at `path`.
    pub fn note(&self, path: &str, entry: &str) {
        let mut known = self.known.borrow_mut();
        let entries = known.entry(path.to_owned()).or_default();
        if entries.len() < MAX_KNOWN && entries.iter().all(|known| known != entry) {
            entries.push(entry.to_owned());
        }
    }

    /// Source files that were found to lead to a header, without those of other architectures.
    pub fn known(&self, path: &str, srcarch: &str) -> Vec<String> {
        let known = self.known.borrow();
        let entries = known.get(path).into_iter().flatten();
        let own = entries.filter(|entry| may_compile(srcarch, entry));
        own.cloned().collect()
    }

    /// Source files that lead to the header at `path`, each with how many headers are between: those with the fewest first, then the
    /// nearest. Conditionals are not looked at. Files of other architectures than `srcarch` are left out. Also whether these are all.
    pub fn far(&self, path: &str, srcarch: &str) -> (Vec<(usize, String)>, bool) {
        let index = self.index.get_or_init(|| Index::read(self.tree));
        let mut seen: FxHashSet<String> = FxHashSet::default();
        let mut pending = vec![path.to_owned()];
        let mut found: Vec<(usize, String)> = Vec::new();
        let mut is_all = true;
        for step in 0..MAX_STEPS {
            let mut next = Vec::new();
            for header in pending {
                for user in index.users(&header) {
                    if !may_compile(srcarch, user) || !seen.insert(user.clone()) {
                        continue;
                    }
                    if !user.ends_with(".h") {
                        found.push((step, user.clone()));
                    }
                    // A source file may be included as well.
                    if seen.len() < MAX_HEADERS {
                        next.push(user.clone());
                    } else {
                        is_all = false;
                    }
                }
            }
            pending = next;
            if found.len() >= MAX_ENTRIES {
                break;
            }
        }
        is_all &= pending.is_empty() && found.len() <= MAX_ENTRIES;
        // The nearest directory first: the more of the path is the same.
        let same = |file: &str| {
            let (mut a, b) = (file.split('/'), path.split('/'));
            b.take_while(|part| a.next() == Some(part)).count()
        };
        found.sort_by_cached_key(|(step, file)| {
            (
                *step,
                std::cmp::Reverse(same(file)),
                file.len(),
                file.clone(),
            )
        });
        found.truncate(MAX_ENTRIES);
        (found, is_all)
    }
}

impl Index {
    fn read(tree: &Tree) -> Self {
        let is_code = |file: &str| {
            crate::cpp::is_code(file)
                && !["tools/", "scripts/", "Documentation/"]
                    .iter()
                    .any(|out| file.starts_with(out))
        };
        let Ok(files) = tree.walk("", &is_code) else {
            return Self::default();
        };
        let texts: Vec<Vec<Box<str>>> = files
            .par_iter()
            .map_init(Vec::new, |bytes, file| match tree.read_into(file, bytes) {
                Ok(_) => included(bytes),
                Err(_) => Vec::new(),
            })
            .collect();
        let mut index = Self {
            files,
            ..Self::default()
        };
        for (number, texts) in texts.into_iter().enumerate() {
            for text in texts {
                let files = index.by_text.entry(text).or_default();
                if files.last() != Some(&(number as u32)) {
                    files.push(number as u32);
                }
            }
        }
        for text in index.by_text.keys() {
            let name = text.rsplit_once('/').map_or(&**text, |(_, name)| name);
            let texts = index.by_name.entry(name.into()).or_default();
            texts.push(text.clone());
        }
        // Tables have no order of their own.
        index.by_name.values_mut().for_each(|texts| texts.sort());
        index
    }

    /// The files with an `#include` that may lead to the header at `path`.
    fn users(&self, path: &str) -> impl Iterator<Item = &String> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        // A build writes wrappers `asm/x.h` for `asm-generic/x.h`.
        let wrapper = directory
            .ends_with("asm-generic")
            .then(|| format!("asm/{name}"));
        let texts = self.by_name.get(name).into_iter().flatten();
        texts.flat_map(move |text| {
            let is_tail = path
                .strip_suffix(&**text)
                .is_some_and(|before| before.ends_with('/'))
                || wrapper.as_deref() == Some(&**text);
            let files = self.by_text.get(text).into_iter().flatten();
            files
                .filter_map(|&file| self.files.get(file as usize))
                .filter(move |file| {
                    let own = file.rsplit_once('/').map_or("", |(own, _)| own);
                    match text.contains('/') {
                        // A name alone is one of the same directory, or of one near it that a makefile names.
                        false => is_tail && (own == directory || is_near(own, directory)),
                        true => {
                            is_tail || normalized(&format!("{own}/{text}")).as_deref() == Some(path)
                        }
                    }
                })
        })
    }
}

/// Whether two directories have the same parent, or one is above the other: an `-I` of a makefile may lead from one to the other.
fn is_near(a: &str, b: &str) -> bool {
    let first_two = |path: &str| {
        let mut ends = path.match_indices('/');
        ends.nth(1).map_or(path.len(), |(at, _)| at)
    };
    a[..first_two(a)] == b[..first_two(b)]
}

/// The texts of the includes in a file.
fn included(bytes: &[u8]) -> Vec<Box<str>> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(bytes, b"include") {
        let start = memchr::memrchr(b'\n', &bytes[..at]).map_or(0, |newline| newline + 1);
        let before = bytes[start..at].trim_ascii();
        let rest = bytes[at + b"include".len()..].trim_ascii_start();
        let end = match (before, rest.first()) {
            (b"#", Some(b'<')) => b'>',
            (b"#", Some(b'"')) => b'"',
            _ => continue,
        };
        // A line with no end of the name is nothing that leads anywhere.
        let most = rest.len().min(300);
        if let Some(length) = memchr::memchr2(end, b'\n', &rest[1..most])
            && let Ok(text) = std::str::from_utf8(&rest[1..=length])
        {
            found.push(text.into());
        }
    }
    found
}

/// Files that include the source file at `path`, in its directory or the one above.
pub fn includers(tree: &Tree, path: &str) -> Vec<String> {
    let Some((directory, name)) = path.rsplit_once('/') else {
        return Vec::new();
    };
    let mut places = vec![directory];
    places.extend(directory.rsplit_once('/').map(|(above, _)| above));
    let mut found = Vec::new();
    for place in places {
        for entry in tree.list(place).unwrap_or_default() {
            let file = format!("{place}/{}", entry.name);
            let is_code = entry.name.ends_with(".c") || entry.name.ends_with(".S");
            if entry.is_file && is_code && file != path && includes(tree, &file, name) {
                found.push(file);
            }
        }
    }
    found.truncate(MAX_ENTRIES / 4);
    found
}

fn name_of(path: &str) -> &str {
    // Two parts of a path tell headers of the same name apart.
    let mut parts = path.rmatch_indices('/');
    parts.next().map_or(path, |(at, _)| &path[at + 1..])
}

/// Whether a file has an `#include` of a header with this name.
fn includes(tree: &Tree, file: &str, name: &str) -> bool {
    let mut text = Vec::new();
    if tree.read_into(file, &mut text).is_err() {
        return false;
    }
    memchr::memmem::find_iter(&text, name.as_bytes()).any(|at| {
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
        let before = text[start..at].trim_ascii_start();
        let is_whole = before.ends_with(b"/") || before.ends_with(b"<") || before.ends_with(b"\"");
        before.starts_with(b"#")
            && is_whole
            && matches!(text.get(at + name.len()), Some(b'>' | b'"'))
    })
}
