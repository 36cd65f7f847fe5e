//! Runs the program on copies of the small tree.

#[path = "../fixture/mod.rs"]
pub mod fixture;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A run of the program that is yet to be made. It sees nothing of the environment of the tests.
pub struct Program(Command);

/// How a run ended.
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// The program with these arguments, in a directory that is in no kernel tree.
pub fn kfeat<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kfeat"));
    command
        .args(arguments)
        .current_dir("/")
        .env("COLUMNS", "100")
        // Each run finds out anew.
        .env("XDG_CACHE_HOME", "/dev/null")
        .env("XDG_CONFIG_HOME", "/dev/null");
    for name in [
        "KFEAT_TREE",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "TERM",
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "ARCH",
        "CONFIG_",
        "KCONFIG_ALLCONFIG",
        "KCONFIG_CONFIG",
        "KCONFIG_WARN_CHANGED_INPUT",
        "KCONFIG_WARN_UNKNOWN_SYMBOLS",
        "KCONFIG_WERROR",
    ] {
        command.env_remove(name);
    }
    Program(command)
}

/// The program on a tree.
pub fn on<A: AsRef<OsStr>>(tree: &Path, arguments: impl IntoIterator<Item = A>) -> Program {
    let mut program = kfeat(["-C".as_ref(), tree.as_os_str()]);
    program.0.args(arguments);
    program
}

impl Program {
    /// The same in another directory.
    pub fn inside(mut self, directory: &Path) -> Self {
        self.0.current_dir(directory);
        self
    }

    /// The same with a variable of the environment.
    pub fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// The command itself.
    pub fn command(self) -> Command {
        self.0
    }

    /// Runs it. Whatever happens it never panics.
    pub fn run(mut self) -> Ended {
        let Output {
            status,
            stdout,
            stderr,
        } = self.0.output().unwrap();
        let ended = Ended {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        };
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
        ended
    }

    /// Runs it, and fails unless it exits with `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ended {
        let ended = self.run();
        assert_eq!(ended.code, code, "{}\n{}", ended.out, ended.err);
        ended
    }

    /// Runs it, and fails unless it could not do the job and says each of `parts` about it, and nothing else on standard output.
    #[track_caller]
    pub fn refuses(self, parts: &[&str]) {
        let ended = self.exits(2);
        assert_eq!(ended.out, "");
        assert!(ended.err.starts_with("error: "), "{}", ended.err);
        for part in parts {
            assert!(
                ended.err.contains(part),
                "`{part}` is not in\n{}",
                ended.err
            );
        }
    }
}

/// A directory below the package.
pub fn package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The small tree. It is not written to.
pub fn mini() -> PathBuf {
    package("fixtures/linux-mini")
}

/// A tree that may be changed.
pub struct Copy {
    directory: tempfile::TempDir,
}

impl Copy {
    /// The small tree.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        copy(&mini(), directory.path());
        Self { directory }
    }

    /// The small tree with the edits of a case on top.
    pub fn variant(name: &str) -> Self {
        let tree = Self::new();
        fixture::case(name).write_to(tree.path());
        tree
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a text of a file, which it has.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        let changed = text.replace(from, to);
        assert_ne!(text, changed, "{path}: {from}");
        self.write(path, &changed);
    }

    pub fn remove(&self, path: &str) {
        let path = self.path().join(path);
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    /// Puts a symbolic link in the place of a file.
    #[cfg(unix)]
    pub fn link(&self, path: &str, target: &str) {
        let path = self.path().join(path);
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink(target, path).unwrap();
    }

    /// Everything in it: paths, kinds, times of the last change, sizes and bytes.
    pub fn picture(&self) -> Vec<(PathBuf, std::time::SystemTime, Vec<u8>)> {
        let mut picture = Vec::new();
        let mut pending = vec![self.path().to_owned()];
        while let Some(path) = pending.pop() {
            let metadata = fs::symlink_metadata(&path).unwrap();
            let mut bytes = Vec::new();
            if metadata.is_dir() {
                pending.extend(
                    fs::read_dir(&path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
            } else {
                // A link that leads nowhere has no bytes, and a file that is too large for kfeat has too many.
                let is_readable =
                    fs::metadata(&path).is_ok_and(|metadata| metadata.len() < 1 << 26);
                bytes = if is_readable {
                    fs::read(&path).unwrap()
                } else {
                    Vec::new()
                };
            }
            picture.push((path, metadata.modified().unwrap(), bytes));
        }
        picture.sort();
        picture
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
