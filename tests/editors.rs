//! The language server in real editors, without a screen: Neovim, and Emacs with eglot, as Debian has them.
//!
//! Each one does what its users do, on the small tree and on the kernel trees that `$KFEAT_TEST_TREES` names: the scripts in
//! `tests/editors` say one line for each step. Neither saves a file. An editor that is not installed leaves its tests ignored:
//! `apt install neovim emacs-nox elpa-eglot`.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "all of this is a test; clippy only knows functions marked as one. Other tests use the rest of `trees`"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};

mod trees;

/// Steps that every editor must complete.
const STEPS: [&str; 12] = [
    "starts",
    "diagnostics",
    "hover",
    "references",
    "definition",
    "symbols",
    "completion",
    "folding",
    "formatting",
    "code action",
    "rename",
    "ends",
];

/// The symbol that is looked at, and the table of its feature.
const SYMBOL: &str = "HAVE_ARCH_HUGE_VMAP";
const TABLE: &str = "Documentation/features/vm/huge-vmap/arch-support.txt";
/// A file that selects it.
const USED: &str = "arch/x86/Kconfig";

#[derive(Clone, Copy)]
enum Editor {
    Neovim,
    Emacs,
}

impl Editor {
    fn name(self) -> &'static str {
        match self {
            Self::Neovim => "neovim",
            Self::Emacs => "emacs",
        }
    }

    fn is_installed(self) -> bool {
        match self {
            Self::Neovim => is_there("nvim", &["--version"]),
            // Before Emacs 29 eglot is a package.
            Self::Emacs => is_there(
                "emacs",
                &[
                    "--batch",
                    "--eval",
                    "(progn (package-initialize) (require 'eglot))",
                ],
            ),
        }
    }

    fn command(self, scripts: &Path) -> Command {
        match self {
            Self::Neovim => {
                let mut command = Command::new("nvim");
                command.args(["--headless", "-u", "NONE", "-i", "NONE", "-c"]);
                command.arg(format!("luafile {}", scripts.join("neovim.lua").display()));
                command
            }
            Self::Emacs => {
                let mut command = Command::new("emacs");
                command.args(["--batch", "--no-init-file", "-l"]);
                command.arg(scripts.join("eglot.el"));
                command
            }
        }
    }
}

fn is_there(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn main() {
    let arguments = Arguments::from_args();
    let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/linux-mini");
    let mut all: Vec<(PathBuf, &'static str)> = vec![(mini, "mm/Kconfig")];
    all.extend(trees::real().into_iter().map(|tree| (tree, "arch/Kconfig")));
    let mut trials = Vec::new();
    for editor in [Editor::Neovim, Editor::Emacs] {
        for (tree, declared) in &all {
            let of_tree = tree.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("{}_does_its_list::{of_tree}", editor.name());
            let (tree, declared) = (tree.clone(), *declared);
            let trial = Trial::test(name, move || session(editor, &tree, declared));
            trials.push(match editor.is_installed() {
                true => trial,
                false => trial
                    .with_ignored_flag(true)
                    .with_kind(format!("{} is not installed", editor.name())),
            });
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn session(editor: Editor, tree: &Path, declared: &str) -> Result<(), Failed> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editors");
    let home = tempfile::tempdir()?;
    let results = home.path().join("results");
    let output = editor
        .command(&scripts)
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("XDG_CONFIG_HOME", home.path())
        .env("XDG_CACHE_HOME", home.path())
        .env("PROGRAM", env!("CARGO_BIN_EXE_kfeat"))
        .env("TREE", tree)
        .env("RESULTS", &results)
        .env("SYMBOL", SYMBOL)
        .env("DECLARED", declared)
        .env("USED", USED)
        .env("TABLE", TABLE)
        .stdin(Stdio::null())
        .output()?;
    let lines = fs::read_to_string(&results).unwrap_or_default();
    let said = String::from_utf8_lossy(&output.stderr);
    let failed: Vec<&str> = STEPS
        .into_iter()
        .filter(|step| !lines.lines().any(|line| line == format!("ok {step}")))
        .collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("not done: {failed:?}\n{lines}\n{said}").into())
}
