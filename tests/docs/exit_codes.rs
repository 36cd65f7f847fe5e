//! The table of docs/exit-codes.md: each command of it ends with 1 where the page says so.

use libtest_mimic::Failed;

use crate::ends;
use crate::page::read;
use crate::scratch::Scratch;

/// Each command of the table, as written, with lines that bring it about on a tree with slips. The last one ends with 1,
/// those before it only make it possible.
const ROWS: &[(&str, &str)] = &[
    ("kfeat check", "kfeat check"),
    ("kfeat check --fix", "kfeat check --fix"),
    ("kfeat audit", "kfeat audit"),
    ("kfeat emit --check", "kfeat emit --check"),
    ("kfeat build", "kfeat build --arch arm64,x86 --require x86"),
    (
        "kfeat report",
        "kfeat build --arch arm64,x86 --require x86 --format json > r.json; kfeat report merge --require x86 r.json",
    ),
    ("kfeat doctor", "kfeat doctor --arch x86"),
    (
        "kfeat config --strict",
        "kfeat config alldefconfig --arch arm64 --allow-shell --set HAVE_PCI=n --strict",
    ),
    (
        "kfeat config want",
        "kfeat config want MMU=n --arch x86 --allow-shell",
    ),
    (
        "kfeat matrix --exit-code",
        "kfeat matrix --between v6.12 v7.2 --exit-code",
    ),
    (
        "kfeat cover",
        "printf '#ifdef CONFIG_NOWHERE\\nint nowhere;\\n#endif\\n' >> mm/memory.c; kfeat cover mm/memory.c",
    ),
];

/// Holds what a check of netdev's CI ends with for each of the trees.
const NIPA: &[(&str, i32)] = &[
    ("git switch -q -f master", 0),
    (
        "printf 'suppress:\\n  - lint: retired-marker\\n    reason: none\\n' > kfeat.yaml",
        250,
    ),
    ("git switch -q -f slips", 1),
];

/// Runs them all; a row that is not known here fails.
pub fn are_true() -> Result<(), Failed> {
    let page = read("docs/exit-codes.md");
    let table = page.split("| command | 1 means |").nth(1);
    let table = table
        .unwrap_or_default()
        .split("\n\n")
        .next()
        .unwrap_or_default();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut shown: Vec<&str> = Vec::new();
    for row in rows {
        let commands = row.split(" | ").next().unwrap_or_default();
        shown.extend(
            commands
                .split('`')
                .filter(|part| part.starts_with("kfeat ")),
        );
    }
    let known: Vec<&str> = ROWS.iter().map(|(row, _)| *row).collect();
    if shown != known {
        return Err(format!("docs/exit-codes.md has {shown:?}, and here is {known:?}").into());
    }
    let machine = Scratch::new(true);
    let real = Scratch::new(false);
    for scratch in [&machine, &real] {
        ends(
            scratch,
            "src/linux",
            "git stash -q && git switch -q slips",
            0,
        )?;
    }
    for (row, lines) in ROWS {
        let scratch = if crate::needs_a_machine(row) {
            &machine
        } else {
            &real
        };
        let ended = scratch.run("src/linux", lines);
        if ended.code != 1 {
            return Err(
                format!("{row}: `{lines}` exits with {}\n{}", ended.code, ended.err).into(),
            );
        }
    }
    for (first, code) in NIPA {
        ends(&real, "src/linux", first, 0)?;
        ends(&real, "src/linux", "kfeat check --format nipa", *code)?;
    }
    Ok(())
}
