//! Owns one running `git cat-file --batch`, which gives the bytes of objects.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::GitError;
use super::watch::Watch;
use crate::limits::FILE_SIZE;

/// Number of names that fit into a pipe of any system at once, so that neither side waits for the other.
const AT_ONCE: usize = 500;

/// How many bytes of several objects are in memory at once. One object may have as many as a file; a repository of a few kilobytes can have
/// a thousand paths of one such object.
const BYTES_AT_ONCE: u64 = 64 << 20;

/// Describes what the repository says about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tree) enum Object {
    Bytes(Vec<u8>),
    /// It is larger than kfeat reads.
    TooLarge,
    /// It was asked for with others that have too many bytes already; on its own it can be read.
    Unread,
    Missing,
}

/// The running program. When this goes, the program ends.
#[derive(Debug)]
pub(super) struct Objects {
    child: Child,
    /// Always there until the end.
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    watch: Watch,
}

impl Objects {
    /// Starts `command`, which is `git cat-file --batch`.
    pub(super) fn start(mut command: Command) -> Result<Self, GitError> {
        let mut child = command
            .stdin(Stdio::piped())
            // Nobody reads it while the program runs, and a full pipe would stop it.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| GitError::NoGit { source })?;
        let (questions, answers) = (child.stdin.take(), child.stdout.take());
        let Some(answers) = answers else {
            unreachable!("invariant: standard output is a pipe");
        };
        Ok(Self {
            watch: Watch::over("cat-file", &child),
            child,
            questions,
            answers: BufReader::with_capacity(1 << 17, answers),
        })
    }

    /// Reads objects, in the order of their names, until they have too many bytes; the first is always read.
    pub(super) fn read(&mut self, oids: &[&str]) -> Result<Vec<Object>, GitError> {
        let mut all = Vec::with_capacity(oids.len());
        let mut left = BYTES_AT_ONCE;
        for part in oids.chunks(AT_ONCE) {
            if left == 0 {
                break;
            }
            self.watch.begin();
            let answers = self.ask(part, &mut left);
            self.watch.end();
            self.watch.trust();
            all.extend(answers.map_err(|error| self.watch.blame("cat-file", error))?);
        }
        all.resize(oids.len(), Object::Unread);
        Ok(all)
    }

    /// Reads objects whose names fit into the pipe, as long as there are bytes `left`.
    fn ask(&mut self, part: &[&str], left: &mut u64) -> Result<Vec<Object>, GitError> {
        let broken = |source| GitError::Broken {
            what: "cat-file".into(),
            source,
        };
        let mut objects = Vec::with_capacity(part.len());
        let mut question = part.join("\n");
        question.push('\n');
        if let Some(pipe) = &mut self.questions {
            pipe.write_all(question.as_bytes()).map_err(broken)?;
            pipe.flush().map_err(broken)?;
        }
        for _ in part {
            let object = self.next(left).map_err(broken)?;
            objects.push(object.ok_or(GitError::Garbled {
                what: "cat-file".into(),
            })?);
        }
        Ok(objects)
    }

    /// The next answer; `None` if it is not understood.
    fn next(&mut self, left: &mut u64) -> std::io::Result<Option<Object>> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.ends_with(" missing") {
            return Ok(Some(Object::Missing));
        }
        let Some(size) = line.rsplit(' ').next().and_then(|size| size.parse().ok()) else {
            return Ok(None);
        };
        // Nothing was read yet as long as all are left.
        let fits = size <= *left || *left == BYTES_AT_ONCE;
        let object = if size > FILE_SIZE.get() || !fits {
            let mut rest = (&mut self.answers).take(size);
            std::io::copy(&mut rest, &mut std::io::sink())?;
            if fits {
                Object::TooLarge
            } else {
                Object::Unread
            }
        } else {
            *left = left.saturating_sub(size);
            let mut bytes = vec![0; size as usize];
            self.answers.read_exact(&mut bytes)?;
            Object::Bytes(bytes)
        };
        let mut end = [0];
        self.answers.read_exact(&mut end)?;
        Ok((end == *b"\n").then_some(object))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // At the end of its input it exits on its own, but it may be in the middle of an answer that nobody reads.
        drop(self.questions.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
