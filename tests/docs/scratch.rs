//! A home in which the commands of the documentation make sense, and what runs them there as a reader would.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::build::Machine;
use crate::program::package;

/// A home with trees in it (`scratch.sh`), and a machine that has compilers of its own (`tests/cli/build.rs`).
pub struct Scratch {
    directory: tempfile::TempDir,
    /// The machine that commands see instead of the real one.
    machine: Option<Machine>,
}

/// Describes what a command printed, and how it ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Programs behind a pipe that only show what they read, for machines that do not have them. They fail where nothing comes.
const READERS: [&str; 2] = ["man", "dot"];

/// Programs that commands of `kfeat build` and its like are typed together with.
const BESIDE_BUILDS: [&str; 8] = ["bash", "git", "grep", "jq", "ls", "sed", "tee", "uname"];

/// The path of this machine with the program in front.
fn with_kfeat() -> std::ffi::OsString {
    let program = Path::new(env!("CARGO_BIN_EXE_kfeat"));
    let first = std::iter::once(program.parent().unwrap().to_owned());
    let path = std::env::var_os("PATH").unwrap();
    std::env::join_paths(first.chain(std::env::split_paths(&path))).unwrap()
}

/// The first home, of which each scratch is a copy.
fn template() -> &'static Path {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs-home");
        let _ = fs::remove_dir_all(&home);
        fs::create_dir_all(&home).unwrap();
        let ended = ended(
            Command::new("bash")
                .arg(package("tests/docs/scratch.sh"))
                .env_clear()
                .env("HOME", &home)
                .env("PATH", with_kfeat())
                .env("LC_ALL", "C.UTF-8")
                .env("FIXTURES", package("fixtures"))
                .env("GIT_CONFIG_NOSYSTEM", "1"),
        );
        assert_eq!(ended.code, 0, "{}", ended.err);
        home
    })
}

/// Where a program of this machine is.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|directory| directory.join(name));
    places.find(|path| path.is_file())
}

/// Where the programs lie that commands see before all others: kfeat, and what is typed together with it.
fn bin() -> &'static Path {
    static BIN: OnceLock<PathBuf> = OnceLock::new();
    BIN.get_or_init(|| {
        let bin = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs-bin");
        let _ = fs::remove_dir_all(&bin);
        fs::create_dir_all(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_kfeat"), bin.join("kfeat")).unwrap();
        for name in READERS {
            let path = bin.join(name);
            fs::write(&path, "#!/bin/sh\nexec grep .\n").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        for name in BESIDE_BUILDS {
            if let Some(real) = on_path(name) {
                symlink(real, bin.join(name)).unwrap();
            }
        }
        bin
    })
}

/// A directory for a home: in memory where that can be, for there are many, and each is copied and removed again.
fn directory() -> tempfile::TempDir {
    let in_memory = tempfile::tempdir_in("/dev/shm");
    in_memory.or_else(|_| tempfile::tempdir()).unwrap()
}

impl Scratch {
    /// A new one. With `builds`, commands see only the machine with compilers of its own.
    pub fn new(builds: bool) -> Self {
        let directory = directory();
        let home = directory.path().join("home");
        let copied = ended(Command::new("cp").arg("-a").args([template(), &home]));
        assert_eq!(copied.code, 0, "{}", copied.err);
        Self {
            directory,
            machine: builds.then(machine),
        }
    }

    /// The home.
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// Runs what somebody types in a directory below the home.
    pub fn run(&self, directory: &str, typed: &str) -> Ended {
        let mut command = Command::new("bash");
        let home = self.home();
        let tree = home.join("src/linux");
        let inherited = std::env::var("PATH").unwrap();
        let bin = bin();
        command.env_clear();
        let path = if let Some(machine) = &self.machine {
            machine.surround(&mut command);
            command.env("TREE", &tree);
            format!("{}:{}", bin.display(), machine.path().join("bin").display())
        } else {
            format!("{}:{inherited}", bin.display())
        };
        command
            .args(["-o", "pipefail", "-c", typed])
            .current_dir(home.join(directory))
            .env("HOME", &home)
            .env("PATH", path)
            .env("COLUMNS", "100")
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null());
        ended(&mut command)
    }
}

/// A machine with the compilers that the documentation names.
fn machine() -> Machine {
    let machine = Machine::new();
    machine.program("clang-19", "#!/bin/sh\necho 'clang version 19.1.0'\n");
    machine.program("ld.lld-19", "#!/bin/sh\necho 'LLD 19.1.0'\n");
    machine
}

fn ended(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
