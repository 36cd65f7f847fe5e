//! A git repository made of real trees and of the commits of a story, in a directory that is gone afterwards.
//!
//! It has what `check` reads of a tree: Kconfig and make files of all of it, and the sources and headers where features are looked
//! for. git compresses nothing, for it is read a few times and thrown away.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use kfeat::tree::{Tree, TreeError};
use tempfile::TempDir;

use crate::story::Stage;

/// The directories of which everything is taken, but for device trees.
const WHOLE: [&str; 6] = [
    "arch/",
    "Documentation/features/",
    "fs/proc/",
    "include/",
    "mm/",
    "fs/internal.h",
];

/// A bare repository.
pub struct Repository(TempDir);

impl Repository {
    /// One without commits.
    pub fn new() -> std::io::Result<Self> {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let repository = Self(directory);
        let made = repository
            .git(&["init", "-q", "--bare", "-b", "main"])
            .status()?;
        assert!(made.success());
        Ok(repository)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A call of git that sees nothing of the machine's configuration.
    pub fn git(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(self.path())
            .args(["-c", "core.compression=0", "-c", "gc.auto=0"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for name in [
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Takes commits in.
    pub fn import(&self) -> std::io::Result<Import> {
        let mut git = self
            .git(&["fast-import", "--quiet", "--force", "--depth=0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let Some(stream) = git.stdin.take() else {
            unreachable!("git was given a pipe");
        };
        Ok(Import {
            git,
            stream: BufWriter::new(stream),
            time: 0,
        })
    }
}

/// Commits on their way into a repository.
pub struct Import {
    git: Child,
    stream: BufWriter<ChildStdin>,
    time: u32,
}

impl Import {
    /// A commit with the files of a whole tree and no others, on top of `from`.
    pub fn tree(&mut self, branch: &str, from: Option<&str>, tree: &Tree) -> Result<(), TreeError> {
        let written = |source| TreeError::Unreadable {
            path: branch.to_owned(),
            source,
        };
        self.commit(branch, from, branch).map_err(written)?;
        writeln!(self.stream, "deleteall").map_err(written)?;
        for path in tree.walk("", &|path| is_read(path))? {
            if !tree.is_behind_link(&path) {
                let text = tree.read(&path)?;
                self.file(&path, Some(&text)).map_err(written)?;
            }
        }
        Ok(())
    }

    /// A commit with the files of a stage, on top of `from` or of what the branch has.
    pub fn stage(
        &mut self,
        branch: &str,
        from: Option<&str>,
        subject: &str,
        stage: &Stage,
    ) -> std::io::Result<()> {
        self.commit(branch, from, subject)?;
        for (path, text) in &stage.0 {
            self.file(path, text.as_deref().map(str::as_bytes))?;
        }
        Ok(())
    }

    /// All is said; fails where git did not take it.
    pub fn end(mut self) -> std::io::Result<()> {
        self.stream.flush()?;
        drop(self.stream);
        let status = self.git.wait()?;
        assert!(status.success(), "git fast-import: {status}");
        Ok(())
    }

    fn commit(&mut self, branch: &str, from: Option<&str>, subject: &str) -> std::io::Result<()> {
        self.time += 1;
        let time = self.time;
        writeln!(self.stream, "commit refs/heads/{branch}")?;
        writeln!(
            self.stream,
            "committer Somebody <s@example.org> {time} +0000"
        )?;
        writeln!(self.stream, "data {}\n{subject}", subject.len())?;
        if let Some(from) = from {
            writeln!(self.stream, "from refs/heads/{from}")?;
        }
        Ok(())
    }

    fn file(&mut self, path: &str, text: Option<&[u8]>) -> std::io::Result<()> {
        match text {
            Some(text) => {
                writeln!(self.stream, "M 100644 inline {path}\ndata {}", text.len())?;
                self.stream.write_all(text)?;
                writeln!(self.stream)
            }
            None => writeln!(self.stream, "D {path}"),
        }
    }
}

/// Whether a file of a tree is taken.
fn is_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_whole = WHOLE.iter().any(|whole| path.starts_with(whole));
    (is_whole && !path.contains("/dts/"))
        || ["Kconfig", "Makefile", "Kbuild"]
            .iter()
            .any(|start| name.starts_with(start))
}
