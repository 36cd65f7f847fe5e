//! Owns what a repository tells about the past of a line and of a name.

use std::path::Path;
use std::sync::Mutex;

use super::{GitError, Repository, text};

/// A commit, as the kernel's messages name one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The first twelve digits of its name.
    pub short: String,
    /// The first line of its message.
    pub subject: String,
}

impl Repository {
    /// Who git takes for the author of what is committed in `directory`, which need not be in a repository: `NAME <ADDRESS> SECONDS
    /// +HHMM`.
    ///
    /// # Errors
    ///
    /// git does not know, or there is no git.
    pub fn author_of(directory: &Path) -> Result<String, GitError> {
        let here = Self {
            directory: directory.to_owned(),
            is_named: true,
            prefix: String::new(),
            objects: Mutex::default(),
        };
        let ident = here.run("var", &["GIT_AUTHOR_IDENT"])?;
        Ok(text(&ident).trim().to_owned())
    }

    /// The full name of the commit that a revision means, and the day on which it was committed, such as `2026-01-31`.
    ///
    /// # Errors
    ///
    /// There is no such commit, or git fails.
    pub fn day_of(&self, revision: &str) -> Result<(String, String), GitError> {
        let id = self.name(revision, "commit")?;
        let day = self.run("log", &["-1", "--format=%cs", &id, "--"])?;
        Ok((id, text(&day).trim().to_owned()))
    }

    /// The tags of the last `most` releases of the main line up to `newest`, such as `v7.2` for `(7, 2)`, the newest first.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn releases(&self, newest: (u32, u32), most: usize) -> Result<Vec<String>, GitError> {
        let listed = self.run("for-each-ref", &["--format=%(refname)", "refs/tags/v*"])?;
        let listed = text(&listed);
        let mut found: Vec<(u32, u32)> = listed.lines().filter_map(release).collect();
        found.retain(|release| *release <= newest);
        found.sort_unstable();
        found.dedup();
        let newest = found.into_iter().rev().take(most);
        Ok(newest
            .map(|(major, minor)| format!("v{major}.{minor}"))
            .collect())
    }

    /// A commit as a mail with its difference, of a merge that to its first parent; paths are relative to the repository's directory.
    ///
    /// # Errors
    ///
    /// There is no such commit, or git fails.
    pub fn mail_of(&self, commit: &str) -> Result<Vec<u8>, GitError> {
        let mut arguments = vec![
            "--format=email",
            "--patch",
            "--no-renames",
            "--diff-merges=first-parent",
            "--src-prefix=a/",
            "--dst-prefix=b/",
        ];
        if !self.prefix.is_empty() {
            arguments.push("--relative");
        }
        arguments.extend([commit, "--"]);
        self.run("show", &arguments)
    }

    /// The commit that brought a line of a file of `HEAD` into its present form. `path` is relative to the repository's directory,
    /// `line` counts from 1. `None` for a line that is not committed.
    ///
    /// # Errors
    ///
    /// The file is not in `HEAD`, has no such line, or git fails.
    pub fn commit_of_line(&self, path: &str, line: u32) -> Result<Option<Named>, GitError> {
        let range = format!("-L{line},{line}");
        let blamed = self.run("blame", &["--porcelain", &range, "HEAD", "--", path])?;
        let blamed = text(&blamed);
        let id = blamed.split(' ').next().unwrap_or_default();
        let subject = blamed
            .lines()
            .find_map(|line| line.strip_prefix("summary "));
        Ok(named(id, subject.unwrap_or_default()))
    }

    /// The last commit that changed how often `word` stands below a directory. `None` where none did.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn last_commit_about(
        &self,
        word: &str,
        directory: &str,
    ) -> Result<Option<Named>, GitError> {
        let pattern = format!("-S{word}");
        let arguments = ["-1", "--format=%H %s", &pattern, "HEAD", "--", directory];
        let found = self.run("log", &arguments)?;
        let found = text(&found);
        let Some((id, subject)) = found.trim().split_once(' ') else {
            return Ok(None);
        };
        Ok(named(id, subject))
    }

    /// For each line the newest commit of `old..new` (two revisions) that adds it to its file or takes it away; `None` where no
    /// commit does, or only the merge of several. Paths are relative to the directory where the repository was looked for.
    ///
    /// # Errors
    ///
    /// A revision is unknown, or git fails.
    pub fn commits_of_lines(
        &self,
        old: &str,
        new: &str,
        lines: &[ChangedLine],
    ) -> Result<Vec<Option<Named>>, GitError> {
        let mut paths: Vec<&str> = lines.iter().map(|line| &*line.path).collect();
        paths.sort_unstable();
        paths.dedup();
        if paths.is_empty() {
            return Ok(vec![None; lines.len()]);
        }
        let range = format!(
            "{}..{}",
            self.name(old, "commit")?,
            self.name(new, "commit")?
        );
        let mut arguments = vec![
            "--no-renames",
            "--relative",
            "--src-prefix=a/",
            "--dst-prefix=b/",
            "--unified=0",
            "--patch",
            "--format=%x00%H %s",
            &range,
            "--",
        ];
        arguments.extend(paths);
        let log = self.run("log", &arguments)?;
        Ok(in_log(&text(&log), lines))
    }
}

/// The release that a tag such as `refs/tags/v7.2` names; none of a candidate or of a stable release.
fn release(reference: &str) -> Option<(u32, u32)> {
    let (major, minor) = reference.strip_prefix("refs/tags/v")?.split_once('.')?;
    let number = |text: &str| {
        let is_plain = text == "0" || !text.starts_with('0');
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain && is_number)
    };
    Some((number(major)?, number(minor)?))
}

/// A line that is in one of two revisions and not in the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedLine {
    /// The file.
    pub path: String,
    /// The line without its end.
    pub text: String,
    /// Whether it came; else it went.
    pub is_added: bool,
}

/// The first commit of a log with patches that adds each line, or takes it away.
fn in_log(log: &str, lines: &[ChangedLine]) -> Vec<Option<Named>> {
    let mut found: Vec<Option<Named>> = vec![None; lines.len()];
    let mut missing = lines.len();
    for commit in log.split('\0') {
        let mut of_commit = commit.lines();
        let Some((id, subject)) = of_commit.next().and_then(|first| first.split_once(' ')) else {
            continue;
        };
        let (mut removed_from, mut added_to) = ("", "");
        let mut is_header = false;
        for line in of_commit {
            if line.starts_with("diff --git ") {
                is_header = true;
                (removed_from, added_to) = ("", "");
            } else if line.starts_with("@@ ") {
                is_header = false;
            } else if is_header {
                // git puts a tab behind a name with spaces.
                if let Some(path) = line.strip_prefix("--- a/") {
                    removed_from = path.trim_end_matches('\t');
                } else if let Some(path) = line.strip_prefix("+++ b/") {
                    added_to = path.trim_end_matches('\t');
                }
            } else {
                let (is_added, path, text) = match line.split_at_checked(1) {
                    Some(("+", text)) => (true, added_to, text),
                    Some(("-", text)) => (false, removed_from, text),
                    _ => continue,
                };
                for (wanted, found) in lines.iter().zip(&mut found) {
                    if found.is_none()
                        && wanted.is_added == is_added
                        && wanted.path == path
                        && wanted.text == text
                    {
                        *found = named(id, subject);
                        missing = missing.saturating_sub(1);
                    }
                }
            }
        }
        if missing == 0 {
            break;
        }
    }
    found
}

/// A commit out of its name and subject; `None` for the name that git gives to what is not committed.
fn named(id: &str, subject: &str) -> Option<Named> {
    let is_name = id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_name && id.bytes().any(|byte| byte != b'0')).then(|| Named {
        short: id.chars().take(12).collect(),
        subject: subject.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_a_tag_of_two_numbers() {
        assert_eq!(release("refs/tags/v6.12"), Some((6, 12)));
        assert_eq!(release("refs/tags/v7.0"), Some((7, 0)));
        for other in [
            "v6.12.3",
            "v6.12-rc1",
            "v6",
            "6.12",
            "v6.+1",
            "v6.",
            "v06.1",
        ] {
            assert_eq!(release(&format!("refs/tags/{other}")), None, "{other}");
        }
    }

    #[test]
    fn the_newest_commit_with_the_line_is_named() {
        let id = |digit: &str| digit.repeat(40);
        let log = format!(
            "\0{} newer: change\n\ndiff --git a/k b/k\n--- a/k\n+++ b/k\n@@ -1 +1 @@\n-\tselect A\n+\tselect A if B\n\
             \0{} older: add\n\ndiff --git a/k b/k\n--- a/k\n+++ b/k\n@@ -0,0 +1,2 @@\n+\tselect A\n+-- b/x\n",
            id("1"),
            id("2")
        );
        let line = |path: &str, text: &str, is_added| ChangedLine {
            path: path.to_owned(),
            text: text.to_owned(),
            is_added,
        };
        let lines = [
            line("k", "\tselect A", false),
            line("k", "\tselect A", true),
            line("k", "\tselect A if B", true),
            line("other", "\tselect A", true),
            line("k", "-- b/x", true),
        ];
        let found = in_log(&log, &lines);
        let subjects: Vec<Option<&str>> = found
            .iter()
            .map(|commit| commit.as_ref().map(|commit| &*commit.subject))
            .collect();
        assert_eq!(
            subjects,
            [
                Some("newer: change"),
                Some("older: add"),
                Some("newer: change"),
                None,
                Some("older: add")
            ]
        );
    }
}
