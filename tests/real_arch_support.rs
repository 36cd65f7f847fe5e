//! Tests of the modules `feature` and `emit` on real kernel trees.
//!
//! The trees are the directories in `$KFEAT_TEST_TREES`, separated by colons. Without it every test is reported as
//! ignored, with the reason; so is a test on a tree that lacks what it is about. No tree is written to.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};

use kfeat::emit::arch_support::{Arches, Cell, NewTable, arch_support};
use kfeat::feature::arch_support::{Kind, Status, Table};
use kfeat::feature::builtin;
use kfeat::feature::spec::{FEATURES_DIRECTORY, Spec};
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

/// The variable that names the trees.
const VARIABLE: &str = "KFEAT_TEST_TREES";

/// The kernel's own reader of tables, since 7.0.
const GET_FEAT: &str = "tools/docs/get_feat.py";

type Outcome = Result<(), Failed>;

/// A test on a tree.
struct Test {
    name: &'static str,
    run: fn(&Tree) -> Outcome,
    /// Why a tree cannot be tested so, if it cannot.
    obstacle: fn(&Tree) -> Option<String>,
}

const TESTS: &[Test] = &[
    Test {
        name: "tables_are_written_back",
        run: tables_are_written_back,
        obstacle: |_| None,
    },
    Test {
        name: "tables_are_features",
        run: tables_are_features,
        obstacle: |_| None,
    },
    Test {
        name: "tables_are_made_again",
        run: tables_are_made_again,
        obstacle: |_| None,
    },
    Test {
        name: "lazy_mmu_spec_is_complete",
        run: lazy_mmu_spec_is_complete,
        obstacle: lacks_the_symbol,
    },
    Test {
        name: "the_kernel_reads_our_table",
        run: the_kernel_reads_our_table,
        obstacle: lacks_get_feat,
    },
];

fn lacks_the_symbol(tree: &Tree) -> Option<String> {
    let declared = tree
        .read_text("mm/Kconfig")
        .is_ok_and(|text| text.contains("config ARCH_HAS_LAZY_MMU_MODE\n"));
    (!declared).then(|| "the tree does not declare ARCH_HAS_LAZY_MMU_MODE".to_owned())
}

fn lacks_get_feat(tree: &Tree) -> Option<String> {
    if !tree.is_file(GET_FEAT) {
        return Some(format!("the tree has no {GET_FEAT}"));
    }
    let python = Command::new("python3").arg("--version").output();
    python.is_err().then(|| "there is no python3".to_owned())
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trees = std::env::var_os(VARIABLE).map(|list| {
        std::env::split_paths(&list)
            .filter(|path| !path.as_os_str().is_empty())
            .collect::<Vec<PathBuf>>()
    });
    let trials = match trees {
        Some(trees) if !trees.is_empty() => trees.iter().flat_map(|tree| trials_of(tree)).collect(),
        _ => TESTS
            .iter()
            .map(|test| ignored(test.name, &format!("${VARIABLE} is not set")))
            .collect(),
    };
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// The tests on the tree at `path`.
fn trials_of(path: &Path) -> Vec<Trial> {
    let short = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    TESTS
        .iter()
        .map(|test| {
            let name = format!("{short}::{}", test.name);
            match Tree::open(path) {
                Ok(tree) => match (test.obstacle)(&tree) {
                    Some(reason) => ignored(&name, &reason),
                    None => Trial::test(name, move || (test.run)(&tree)),
                },
                Err(error) => Trial::test(name, move || Err(error.to_string().into())),
            }
        })
        .collect()
}

/// A test that cannot be run. It fails where the command line insists on ignored tests: it must never count as passed.
fn ignored(name: &str, reason: &str) -> Trial {
    let text = reason.to_owned();
    Trial::test(name, move || Err(text.into()))
        .with_kind(reason)
        .with_ignored_flag(true)
}

/// Fails with what `text` makes unless `condition` holds.
fn ensure(condition: bool, text: impl FnOnce() -> String) -> Outcome {
    if condition {
        Ok(())
    } else {
        Err(text().into())
    }
}

/// Paths of all tables, with that of the file that explains them.
fn table_paths(tree: &Tree) -> Result<Vec<String>, Failed> {
    let paths = tree.walk(FEATURES_DIRECTORY, &|path| {
        path.ends_with("/arch-support.txt")
    })?;
    ensure(paths.len() > 40, || format!("only {} tables", paths.len()))?;
    Ok(paths)
}

/// All tables, with their text. Fails where one gives a diagnostic.
fn tables(tree: &Tree) -> Result<Vec<(Table, String)>, Failed> {
    let mut tables = Vec::new();
    for path in table_paths(tree)? {
        if Table::is_table_path(&path) {
            let text = tree.read_text(&path)?;
            let (table, findings) = Table::parse(path, &text);
            ensure(findings.is_empty(), || format!("{findings:#?}"))?;
            tables.push((table, text));
        }
    }
    Ok(tables)
}

fn tables_are_written_back(tree: &Tree) -> Outcome {
    for path in table_paths(tree)? {
        let bytes = tree.read(&path)?;
        let text = tree.read_text(&path)?;
        let (table, _) = Table::parse(path.as_str(), &text);
        ensure(table.to_string().as_bytes() == bytes, || {
            format!("{path} changed")
        })?;
    }
    Ok(())
}

fn tables_are_features(tree: &Tree) -> Outcome {
    for (table, text) in tables(tree)? {
        let path = table.path();
        let spec = table
            .to_spec()
            .ok_or_else(|| format!("{path} is no feature"))?;
        ensure(spec.table_path() == **path, || {
            format!("{path}: {}", spec.table_path())
        })?;
        let lines = text
            .lines()
            .filter(|line| line.contains("Kconfig:"))
            .count();
        ensure(spec.kconfig.len() == lines, || {
            format!("{path}: {:?}", spec.kconfig)
        })?;
        ensure(table.rows().next().is_some(), || {
            format!("{path} has no rows")
        })?;
        ensure(table.repeated_rows().is_empty(), || {
            format!("{path}: repeated rows")
        })?;
        ensure(table.misplaced_rows().is_empty(), || {
            format!("{path}: misplaced rows")
        })?;
        for row in table.rows() {
            ensure(!matches!(row.status, Status::Other(_)), || {
                format!("{row:?}")
            })?;
        }
    }
    Ok(())
}

/// Fails unless a table that was made has these bytes, and may be written.
fn is_table(made: &NewTable, text: &str, what: &str) -> Outcome {
    let made_text = String::from_utf8_lossy(&made.bytes);
    ensure(made_text == text && made.loss.is_none(), || {
        format!("{what}\n{made_text}\n{:?}", made.loss)
    })
}

/// Where the verdicts are those of the table, what is made is the table, to the byte.
fn tables_are_made_again(tree: &Tree) -> Outcome {
    for (table, text) in tables(tree)? {
        let path = table.path();
        let spec = table
            .to_spec()
            .ok_or_else(|| format!("{path} is no feature"))?;
        let architectures: Vec<String> = table.rows().map(|row| row.arch.clone()).collect();
        let verdict = |arch: &str| match table.row(arch).map(|row| &row.status) {
            Some(Status::Supported) => Cell::Supported,
            _ => Cell::NotSupported,
        };
        let kept = arch_support(&spec, &architectures, &verdict, Some(&table), Arches::All);
        is_table(&kept, &text, &format!("{path} became"))?;
        let undecided = arch_support(
            &spec,
            &architectures,
            &|_| Cell::Undecided,
            Some(&table),
            Arches::All,
        );
        is_table(&undecided, &text, &format!("{path} became"))?;

        let hand_written = table
            .rows()
            .any(|row| !matches!(row.status, Status::Supported | Status::Todo))
            || table
                .lines()
                .iter()
                .any(|line| line.kind == Kind::Comment && line.text.trim() != "#");
        if !hand_written {
            let new = arch_support(&spec, &architectures, &verdict, None, Arches::All);
            is_table(&new, &text, &format!("{path} was made as"))?;
        }
    }
    Ok(())
}

/// The files that the spec names are there, and no caller of a wrapper in the directories that have some is missing.
fn lazy_mmu_spec_is_complete(tree: &Tree) -> Outcome {
    let spec = lazy_mmu()?;
    let header = spec.entry_header.as_deref().ok_or("no entry header")?;
    let header = tree.read_text(header)?;
    for wrapper in &spec.wrappers {
        let definition = format!("static inline void {wrapper}(void)");
        ensure(header.matches(&definition).count() == 2, || {
            format!("{wrapper} is not defined with and without the symbol")
        })?;
    }
    for file in spec
        .objects
        .iter()
        .map(|path| &**path)
        .chain(spec.direct_callers.iter().map(|path| &**path))
    {
        ensure(tree.is_file(file), || format!("the tree has no {file}"))?;
    }
    let directories = [
        "mm",
        "fs/proc",
        "arch/arm64",
        "arch/powerpc",
        "arch/sparc",
        "arch/x86/mm",
        "arch/x86/xen",
        "arch/x86/include",
    ];
    for directory in directories {
        for path in tree.walk(directory, &|path| {
            path.ends_with(".c") || path.ends_with(".h")
        })? {
            let text = tree.read_text(&path)?;
            let calls = |name: &str| text.contains(&format!("\t{name}("));
            if path.ends_with(".c") && spec.wrappers.iter().any(|name| calls(name)) {
                ensure(spec.objects.iter().any(|object| **object == *path), || {
                    format!("{path} calls a wrapper and is not among the objects")
                })?;
            }
            let defines = spec
                .hooks
                .iter()
                .any(|name| text.contains(&format!("void {name}(")));
            if !defines && spec.hooks.iter().any(|name| calls(name)) {
                ensure(spec.may_call_hooks(&path), || {
                    format!("{path} calls a hook")
                })?;
            }
        }
    }
    Ok(())
}

/// `get_feat.py` of the tree reads our table together with the tree's own without complaint.
fn the_kernel_reads_our_table(tree: &Tree) -> Outcome {
    let spec = lazy_mmu()?;
    let architectures = tree.architectures()?;
    let supporting = |arch: &str| matches!(arch, "arm64" | "powerpc" | "sparc" | "x86");
    let verdict = |arch: &str| match supporting(arch) {
        true => Cell::Supported,
        false => Cell::NotSupported,
    };
    for arches in [Arches::All, Arches::Supported] {
        let directory = tempfile::tempdir()?;
        for path in table_paths(tree)? {
            put(directory.path(), &path, &tree.read(&path)?)?;
        }
        let text = arch_support(spec, &architectures, &verdict, None, arches);
        put(directory.path(), &spec.table_path(), &text.bytes)?;
        let features = directory.path().join(FEATURES_DIRECTORY);

        get_feat(tree, &features, &["validate"])?;
        get_feat(tree, &features, &["current"])?;
        for arch in ["arm64", "um", "x86"] {
            let list = get_feat(tree, &features, &["list", "--arch", arch])?;
            let line = list
                .lines()
                .find(|line| line.contains("vm/ lazy_mmu mode"))
                .ok_or_else(|| format!("no line of the feature in\n{list}"))?;
            let shown = line.split([':', '|']).nth(1).unwrap_or_default().trim();
            let expected = match (supporting(arch), arches) {
                (true, _) => "ok",
                (false, Arches::All) => "TODO",
                (false, Arches::Supported) => "",
            };
            ensure(shown == expected, || format!("{arch} is shown as `{line}`"))?;
            ensure(line.contains("ARCH_HAS_LAZY_MMU_MODE"), || line.to_owned())?;
        }
        let page = get_feat(tree, &features, &["rest", "--arch", "arm64"])?;
        ensure(page.contains("lazy_mmu mode"), || page.clone())?;
        let page = get_feat(tree, &features, &["rest", "--feature", &spec.title])?;
        ensure(page.contains(":Kconfig: ARCH_HAS_LAZY_MMU_MODE"), || {
            page.clone()
        })?;
        ensure(!page.contains("Comments"), || page.clone())?;
        let page = get_feat(tree, &features, &["rest"])?;
        ensure(page.contains("|lazy_mmu mode"), || page.clone())?;
    }
    Ok(())
}

fn lazy_mmu() -> Result<&'static Spec, Failed> {
    Ok(builtin::find("lazy_mmu").ok_or("there is no feature lazy_mmu")?)
}

/// Writes a file below a directory of ours.
fn put(root: &Path, path: &str, bytes: &[u8]) -> Outcome {
    let path = root.join(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(path, bytes)?;
    Ok(())
}

/// Returns what the kernel's script prints about the tables in `features`. Fails where it complains.
fn get_feat(tree: &Tree, features: &Path, arguments: &[&str]) -> Result<String, Failed> {
    // `-B`: the tree is only read, so Python must not leave its compiled modules there.
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("python3")
        .arg("-B")
        .arg(tree.root().join(GET_FEAT))
        .arg("--directory")
        .arg(features)
        .args(arguments)
        .env("PYTHONIOENCODING", "utf-8")
        .output()?;
    let complaints = String::from_utf8_lossy(&stderr);
    ensure(status.success() && complaints.is_empty(), || {
        format!("{arguments:?}: {status}\n{complaints}")
    })?;
    Ok(String::from_utf8_lossy(&stdout).into_owned())
}
