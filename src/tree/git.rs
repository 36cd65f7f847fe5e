//! Owns a git repository, asked through the `git` program: what a revision is, the commits of a series, the bytes of objects.
//!
//! Work tree, index and refs are never touched, no lock is taken, and nothing is fetched: an object that a shallow or partial
//! clone does not have is an error.
//!
//! | module | owns |
//! |---|---|
//! | `command` | how the program is started: nothing that a repository's settings or attributes name is run |
//! | [`history`] | the past of a line and of a name |
//! | `hooks` | what git hooks ask |
//! | `objects` | the bytes of objects |
//! | `watch` | how long a call may take |

mod command;
pub mod history;
mod hooks;
mod objects;
mod watch;

use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use crate::limits::Reached;
pub(super) use objects::Object;
use objects::Objects;
pub use watch::end_all;

/// Upper bound on revisions in one command line; it fits any system, however long their names are.
const MOST_ARGUMENTS: usize = 256;

/// Describes what git could not tell, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// There is no `git` program, or it cannot be started.
    #[error("cannot run the program `git`")]
    NoGit {
        /// Holds what the system said.
        source: std::io::Error,
    },
    /// The directory belongs to no repository.
    #[error("`{}` is not in a git repository ({said})", directory.display())]
    NoRepository {
        /// The directory.
        directory: PathBuf,
        /// Holds what git said.
        said: String,
    },
    /// The repository does not know a revision.
    #[error("the repository has no revision `{revision}` ({said})")]
    NoRevision {
        /// The revision, as it was given.
        revision: String,
        /// Holds what git said.
        said: String,
    },
    /// A range is not written as one.
    #[error("`{range}` is not a range: write `A..B`, for the commits of B that A does not have")]
    NoRange {
        /// The range, as it was given.
        range: String,
    },
    /// A range begins with the repository's first commit, which has no tree before it to compare with.
    #[error("the range `{range}` begins with `{commit}`, which has no parent to compare with")]
    NoParent {
        /// The range, as it was given.
        range: String,
        /// The first commit.
        commit: String,
    },
    /// A range without commits.
    #[error("the range `{range}` has no commits")]
    NoCommits {
        /// The range, as it was given.
        range: String,
    },
    /// The repository lacks an object.
    #[error(
        "the repository does not have it, as in a shallow or partial clone, and kfeat does not fetch"
    )]
    MissingObject,
    /// git does not answer: the repository may have it read a FIFO.
    #[error("git does not respond: {0}")]
    Stuck(#[source] Reached),
    /// git failed.
    #[error("`git {what}` failed: {said}")]
    Failed {
        /// The subcommand.
        what: String,
        /// Holds what git said.
        said: String,
    },
    /// git wrote what is not understood.
    #[error("cannot parse the output of `git {what}`")]
    Garbled {
        /// The subcommand.
        what: String,
    },
    /// git does not answer any more.
    #[error("`git {what}` ended unexpectedly")]
    Broken {
        /// The subcommand.
        what: String,
        /// Holds what the system said.
        source: std::io::Error,
    },
}

/// A commit of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name in full.
    pub id: String,
    /// The names of its parents.
    pub parents: Vec<String>,
    /// The first line of its message.
    pub subject: String,
}

/// A path that is not the same in two trees of the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The path, relative to the repository's top directory.
    pub path: String,
    /// The mode that git gives it afterwards, such as `100644`; zeros where it is gone.
    pub mode: String,
    /// The object's name afterwards; zeros where it is gone.
    pub oid: String,
}

impl Difference {
    /// Parses a line of `git diff-tree --raw` and similar commands; `None` if it is not one.
    fn of(raw: &str, path: &str) -> Option<Self> {
        let [_, mode, _, oid, _] = raw.split(' ').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Self {
            path: path.to_owned(),
            mode: mode.to_owned(),
            oid: oid.to_owned(),
        })
    }
}

/// The commits in what `rev-list` writes with the format `%H%x00%P%x00%s`; its other lines are left out.
fn commits_in(listed: &str) -> Vec<Commit> {
    let commit = |line: &str| match line.split('\0').collect::<Vec<_>>()[..] {
        [id, parents, subject] => Some(Commit {
            id: id.to_owned(),
            parents: parents.split_whitespace().map(str::to_owned).collect(),
            subject: subject.to_owned(),
        }),
        _ => None,
    };
    listed.lines().filter_map(commit).collect()
}

/// A repository.
#[derive(Debug)]
pub struct Repository {
    directory: PathBuf,
    is_named: bool,
    prefix: String,
    objects: Mutex<Option<Objects>>,
}

impl Repository {
    /// The repository that `directory` is in: its work tree, one of several, a directory below one, or a bare repository.
    /// Where the user names the directory (`is_named`), `$GIT_DIR` and its like do not count.
    ///
    /// # Errors
    ///
    /// There is no `git`, or no repository.
    pub fn open(directory: &Path, is_named: bool) -> Result<Arc<Self>, GitError> {
        let mut repository = Self {
            directory: directory.to_owned(),
            is_named,
            prefix: String::new(),
            objects: Mutex::default(),
        };
        let answer = repository.run("rev-parse", &["--show-prefix"]);
        let answer = answer.map_err(|error| match error {
            GitError::Failed { said, .. } => GitError::NoRepository {
                directory: directory.to_owned(),
                said,
            },
            error => error,
        })?;
        repository.prefix = text(&answer).trim().trim_end_matches('/').to_owned();
        Ok(Arc::new(repository))
    }

    /// The directory where it was looked for.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Where the directory is below the top of the work tree; empty at the top and in a bare repository.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The identity of the repository on this machine: its real path, and what the system says of the directory there, so that another
    /// one in the same place has another.
    /// `None` where git does not tell, or the directory cannot be looked at.
    pub fn identity(&self) -> Option<String> {
        use std::os::unix::fs::MetadataExt;
        let directory = self.real_path("--git-common-dir").ok()??;
        let of = std::fs::metadata(&directory).ok()?;
        let directory = directory.display();
        Some(format!("{directory}:{}:{}", of.dev(), of.ino()))
    }

    /// The path that `git rev-parse` prints for an option, without links; `None` where nothing is there.
    fn real_path(&self, option: &str) -> Result<Option<PathBuf>, GitError> {
        let path = text(&self.run("rev-parse", &[option])?);
        let path = self.directory.join(path.trim_end_matches('\n'));
        Ok(path.canonicalize().ok())
    }

    /// The commits of `A..B`, oldest first; of a merge the first parent is followed.
    ///
    /// # Errors
    ///
    /// It is no range, has no commits or no tree before them, or an end of it is unknown.
    pub fn commits(&self, range: &str) -> Result<Vec<Commit>, GitError> {
        let none = || GitError::NoRange {
            range: range.to_owned(),
        };
        let (from, to) = range.split_once("..").ok_or_else(none)?;
        if to.starts_with('.') {
            return Err(none());
        }
        let [from, to] = [from, to].map(|end| if end.is_empty() { "HEAD" } else { end });
        let ends = self.names(&[from, to], "commit")?;
        let listed = self.run(
            "rev-list",
            &[
                "--first-parent",
                "--topo-order",
                "--reverse",
                "--format=%H%x00%P%x00%s",
                &ends.join(".."),
                "--",
            ],
        )?;
        let commits = commits_in(&text(&listed));
        match commits.first() {
            None => Err(GitError::NoCommits {
                range: range.to_owned(),
            }),
            Some(first) if first.parents.is_empty() => Err(GitError::NoParent {
                range: range.to_owned(),
                commit: first.id.clone(),
            }),
            Some(_) => Ok(commits),
        }
    }

    /// The last `most` commits up to `revision` that change one of `paths` (relative to the repository's top directory), the
    /// newest first; of a merge the first parent is followed. A commit without a parent is not among them.
    ///
    /// # Errors
    ///
    /// The revision is unknown, or git fails.
    pub fn commits_of(
        &self,
        revision: &str,
        paths: &[&str],
        most: usize,
    ) -> Result<Vec<Commit>, GitError> {
        let to = self.name(revision, "commit")?;
        let most = format!("--max-count={most}");
        let mut arguments = vec![
            "--first-parent",
            "--min-parents=1",
            &most,
            "--format=%H%x00%P%x00%s",
            &to,
            "--",
        ];
        // Paths of a pathspec count from where git runs, which may be below the top.
        let top = "../".repeat(
            self.prefix
                .split('/')
                .filter(|part| !part.is_empty())
                .count(),
        );
        let paths: Vec<String> = paths.iter().map(|path| format!("{top}{path}")).collect();
        arguments.extend(paths.iter().map(String::as_str));
        Ok(commits_in(&text(&self.run("rev-list", &arguments)?)))
    }

    /// Where the trees of each pair of commits differ.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn differences(
        &self,
        pairs: &[(String, String)],
    ) -> Result<Vec<Vec<Difference>>, GitError> {
        const WHAT: &str = "diff-tree";
        let garbled = || GitError::Garbled { what: WHAT.into() };
        let commits: Vec<&str> = pairs
            .iter()
            .flat_map(|(from, to)| [&**from, &**to])
            .collect();
        // A line of two commits means something else to git than one of two trees.
        let trees = self.names(&commits, "tree")?;
        let lines = trees.chunks(2).map(|pair| pair.join(" ") + "\n");
        let input: String = lines.collect();
        let output = self.run_with(
            WHAT,
            &[
                "--stdin",
                "-r",
                "-z",
                "--raw",
                "--no-renames",
                "--no-abbrev",
                "--ignore-submodules=none",
            ],
            &input,
        )?;
        let output = text(&output);
        let mut differences: Vec<Vec<Difference>> = Vec::new();
        let mut fields = output.split('\0').peekable();
        while let Some(field) = fields.next() {
            // Before the differences of a pair stands a line with both names. A pair without differences has that line alone, and
            // the line of the next pair follows at once.
            let raw = match field.rsplit_once('\n') {
                Some((names, raw)) => {
                    differences.extend(names.split('\n').map(|_| Vec::new()));
                    raw
                }
                None => field,
            };
            if raw.is_empty() {
                continue;
            }
            let path = fields.next().ok_or_else(garbled)?;
            let difference = Difference::of(raw, path).ok_or_else(garbled)?;
            differences.last_mut().ok_or_else(garbled)?.push(difference);
        }
        if differences.len() != pairs.len() {
            return Err(garbled());
        }
        Ok(differences)
    }

    /// The names of the commits or trees that revisions stand for, in their order, with as few questions as possible.
    fn names(&self, revisions: &[&str], what: &str) -> Result<Vec<String>, GitError> {
        let mut names = Vec::with_capacity(revisions.len());
        for part in revisions.chunks(MOST_ARGUMENTS) {
            let peeled: Vec<String> = part
                .iter()
                .filter(|revision| !revision.starts_with('-'))
                .map(|revision| format!("{revision}^{{{what}}}"))
                .collect();
            let arguments: Vec<&str> = peeled.iter().map(String::as_str).collect();
            let answer = text(&self.run("rev-parse", &arguments).unwrap_or_default());
            let is_name = |line: &str| line.bytes().all(|byte| byte.is_ascii_hexdigit());
            if answer.lines().count() == part.len() && answer.lines().all(is_name) {
                names.extend(answer.lines().map(str::to_owned));
                continue;
            }
            // One of them is at fault; only on its own does git say what is wrong with it.
            for revision in part {
                names.push(self.name(revision, what)?);
            }
        }
        Ok(names)
    }

    /// The name of the commit or tree that a revision stands for.
    pub(super) fn name(&self, revision: &str, what: &str) -> Result<String, GitError> {
        let none = |said: String| GitError::NoRevision {
            revision: revision.to_owned(),
            said,
        };
        if revision.starts_with('-') {
            return Err(none("a revision does not begin with a dash".into()));
        }
        // Anything that follows the text of `:/TEXT` would be a part of it.
        let found = match revision.starts_with(":/") {
            true => self.run("rev-parse", &["--verify", revision]).ok(),
            false => None,
        };
        let found = found.map(|name| text(&name).trim().to_owned());
        let peeled = format!("{}^{{{what}}}", found.as_deref().unwrap_or(revision));
        match self.run("rev-parse", &["--verify", &peeled]) {
            Ok(name) => Ok(text(&name).trim().to_owned()),
            // Anything that git says where it finds nothing speaks of its own options.
            Err(GitError::Failed { said, .. }) if said == "Needed a single revision" => {
                Err(none(format!("git knows no {what} of that name")))
            }
            Err(GitError::Failed { said, .. }) => Err(none(said)),
            Err(error) => Err(error),
        }
    }

    /// The files of a tree, as `ls-tree -r -z` lists them.
    pub(super) fn list(&self, tree: &str) -> Result<String, GitError> {
        let arguments = ["-r", "-z", "--full-tree", tree];
        Ok(text(&self.run("ls-tree", &arguments)?))
    }

    /// Reads objects in one go. The answers have the order of the names; what the repository lacks is an error of its own.
    pub(super) fn objects(&self, oids: &[&str]) -> Result<Vec<Object>, GitError> {
        let mut objects = self
            .objects
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let running = match &mut *objects {
            Some(running) => running,
            none => none.insert(Objects::start(self.command("cat-file", &["--batch"]))?),
        };
        let answers = running.read(oids);
        if answers.is_err() {
            // Anything that it would answer next belongs to another question.
            *objects = None;
        }
        answers
    }

    /// The command with the subcommand `what`. It cannot be started in another way: [`command::git`] switches everything off
    /// that would run a program which the repository names.
    fn command(&self, what: &str, arguments: &[&str]) -> Command {
        command::git(&self.directory, self.is_named, what, arguments)
    }

    fn run(&self, what: &str, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        finish(
            what,
            watch::output(what, &mut self.command(what, arguments))?,
        )
    }

    /// Runs it with `input` on its standard input.
    fn run_with(&self, what: &str, arguments: &[&str], input: &str) -> Result<Vec<u8>, GitError> {
        let broken = |source| GitError::Broken {
            what: what.to_owned(),
            source,
        };
        // It answers before it has read everything. A file, other than a pipe, need not be written at the same time.
        let mut file = tempfile::tempfile().map_err(broken)?;
        file.write_all(input.as_bytes()).map_err(broken)?;
        file.rewind().map_err(broken)?;
        let mut command = self.command(what, arguments);
        finish(what, watch::output(what, command.stdin(file))?)
    }
}

/// Returns what it wrote, or what it said when it failed.
fn finish(what: &str, output: std::process::Output) -> Result<Vec<u8>, GitError> {
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = text(&output.stderr);
    let said = said.trim().lines().next().unwrap_or("no error message");
    Err(GitError::Failed {
        what: what.to_owned(),
        said: said.strip_prefix("fatal: ").unwrap_or(said).to_owned(),
    })
}

/// Returns what is not UTF-8 is replaced: no path that matters has such bytes.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
