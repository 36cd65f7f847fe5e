//! Describes what the commands of `$(shell,...)` print, recorded once and replayed.
//!
//! The file is JSON, an object with the one member `answers`, itself an object from the exact
//! command string to the output as `conf` sees it: at most 4095 bytes, newlines at the end cut,
//! newlines inside turned into blanks (`preprocess.c: do_shell`, 7.2). Members are sorted and
//! stand on a line each, so that two files can be compared by `diff`:
//!
//! ```json
//! {
//!   "answers": {
//!     "echo hello": "hello"
//!   }
//! }
//! ```
//!
//! The key is the command alone. The same command may answer differently under another
//! environment (`PATH`, `CC`, and `ARCH` and `SRCARCH` for the scripts that ask
//! `scripts/min-tool-version.sh`), so a file belongs to one toolchain and one tree: the path of
//! the tree is part of most commands. [`Answers::merge`] tells when two recordings disagree.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Command strings and their outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The output, as `conf` sees it, for each command.
    pub answers: BTreeMap<String, String>,
}

impl Answers {
    /// Reads a JSON file. Fails if it cannot be read or is no answers file.
    pub fn read(path: &Path) -> Result<Self> {
        let text =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a file of shell answers", path.display()))
    }

    /// Writes a JSON file. Fails if it cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Takes over all of `other`. Returns the commands for which both had answers that differ;
    /// the older answer stays.
    pub fn merge(&mut self, other: &Self) -> Vec<String> {
        let mut conflicts = Vec::new();
        for (command, output) in &other.answers {
            match self.answers.get(command) {
                Some(known) if known != output => conflicts.push(command.clone()),
                Some(_) => {}
                None => {
                    self.answers.insert(command.clone(), output.clone());
                }
            }
        }
        conflicts
    }

    /// The table that the preloaded library reads: `command NUL output NUL` over and over.
    pub fn to_table(&self) -> Vec<u8> {
        let mut table = Vec::new();
        for (command, output) in &self.answers {
            table.extend_from_slice(command.as_bytes());
            table.push(0);
            table.extend_from_slice(output.as_bytes());
            table.push(0);
        }
        table
    }

    /// Reads the table that the preloaded library recorded, with the raw output of each command.
    pub fn from_table(table: &[u8]) -> Self {
        let mut answers = BTreeMap::new();
        let mut parts = table.split(|&byte| byte == 0);
        while let (Some(command), Some(output)) = (parts.next(), parts.next()) {
            answers.insert(
                String::from_utf8_lossy(command).into_owned(),
                String::from_utf8_lossy(output)
                    .trim_end_matches('\n')
                    .replace('\n', " "),
            );
        }
        Self { answers }
    }
}
