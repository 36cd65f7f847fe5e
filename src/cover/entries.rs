//! Owns the source files through which the compiler may get to a file: the file itself, or those that include it, the likeliest
//! first.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::tree::Tree;

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

/// Source files that may lead to the header at `path`, those in `changed` first. Whether they do is asked elsewhere. Files of
/// other architectures than `srcarch` are left out.
pub fn near(tree: &Tree, path: &str, changed: &[&str], srcarch: &str) -> Vec<String> {
    let mut found: Vec<String> = changed.iter().map(|path| (*path).to_owned()).collect();
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
    distinct(tree, found, srcarch)
}

/// Source files anywhere in the tree that include the header at `path`, or that include a header which does.
pub fn far(tree: &Tree, path: &str, srcarch: &str) -> Vec<String> {
    let is_code = |file: &str| {
        crate::cpp::is_code(file)
            && !["tools/", "scripts/", "Documentation/", "samples/"]
                .iter()
                .any(|out| file.starts_with(out))
            && (!file.starts_with("arch/") || file.starts_with(&format!("arch/{srcarch}/")))
    };
    let Ok(files) = tree.walk("", &is_code) else {
        return Vec::new();
    };
    let users = |name: &str| -> Vec<&String> {
        files
            .par_iter()
            .filter(|file| includes(tree, file, name))
            .collect()
    };
    let direct = users(name_of(path));
    let (mut sources, headers): (Vec<&String>, Vec<&String>) =
        direct.into_iter().partition(|file| !file.ends_with(".h"));
    for header in headers.into_iter().take(3) {
        sources.extend(
            users(name_of(header))
                .into_iter()
                .filter(|file| !file.ends_with(".h"))
                .take(MAX_ENTRIES / 3),
        );
    }
    // The nearest directory first: the more of the path is the same.
    let same = |file: &str| {
        let (mut a, b) = (file.split('/'), path.split('/'));
        b.take_while(|part| a.next() == Some(part)).count()
    };
    sources.sort_by_key(|file| (std::cmp::Reverse(same(file)), file.len()));
    distinct(tree, sources.into_iter().cloned().collect(), srcarch)
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

/// Those that are there, each once, without those of other architectures.
fn distinct(tree: &Tree, files: Vec<String>, srcarch: &str) -> Vec<String> {
    let own = format!("arch/{srcarch}/");
    let mut seen = FxHashSet::default();
    let mut found: Vec<String> = files
        .into_iter()
        .filter(|file| {
            (!file.starts_with("arch/") || file.starts_with(&own))
                && seen.insert(file.clone())
                && tree.is_file(file)
        })
        .collect();
    found.truncate(MAX_ENTRIES);
    found
}
