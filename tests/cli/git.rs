//! Copies of the small tree in a git repository.

use std::path::Path;
use std::process::Command;

use super::program::Copy;

/// A copy of the small tree under git.
pub struct Repository {
    /// The work tree.
    pub tree: Copy,
}

impl Repository {
    /// The small tree as the first commit, with the tag `base`.
    pub fn new() -> Self {
        let repository = Self { tree: Copy::new() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit("base");
        repository.git(&["tag", "base"]);
        repository
    }

    pub fn path(&self) -> &Path {
        self.tree.path()
    }

    /// Runs git, and gives back what it wrote.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.path())
            .args(["-c", "user.name=Somebody", "-c", "user.email=s@example.org"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Makes a commit of all that was changed.
    pub fn commit(&self, subject: &str) {
        self.git(&["add", "-A"]);
        self.git(&[
            "commit",
            "-q",
            "--no-verify",
            "--allow-empty",
            "-m",
            subject,
        ]);
    }
}
