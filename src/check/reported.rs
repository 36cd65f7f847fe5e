//! Owns what a run or a series knows about a finding, wrapped around the finding: where in the series it comes and goes, and why it
//! is not reported.
//!
//! A lint makes a [`Diagnostic`] and knows nothing of this.

use std::borrow::{Borrow, BorrowMut};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::diag::{Diagnostic, Location};

/// A step of a series: a commit, or a patch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Commit {
    /// Which one it is, counted from 1.
    pub number: u32,
    /// How many the series has.
    pub of: u32,
    /// Its name in git in full; `None` for a patch.
    pub id: Option<String>,
    /// The first line of its message; empty where it has none.
    pub subject: String,
}

impl fmt::Display for Commit {
    /// Writes `3/12: 0123456789ab ("subject")`, with what there is of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)?;
        let id = self.id.as_deref().map(|id| id.get(..12).unwrap_or(id));
        match (id, &*self.subject) {
            (Some(id), "") => write!(f, ": {id}"),
            (Some(id), subject) => write!(f, ": {id} (\"{subject}\")"),
            (None, "") => Ok(()),
            (None, subject) => write!(f, ": \"{subject}\""),
        }
    }
}

/// How a finding relates to a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A commit of the series brings it.
    New,
    /// It was there before the series and is not afterwards.
    Fixed,
    /// It was there before the series and is still.
    Known,
}

impl Status {
    /// The word that stands in the output.
    pub fn word(self) -> &'static str {
        match self {
            Status::New => "new",
            Status::Fixed => "fixed",
            Status::Known => "known",
        }
    }
}

/// Where in a series a finding comes and goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// Whether it is held against the series.
    pub status: Status,
    /// The commit that brings it; `None` where it was there before.
    pub since: Option<Arc<Commit>>,
    /// The commit that repairs it; `None` where it is there at the end.
    pub until: Option<Arc<Commit>>,
    /// The commit from which on it is still there but suppressed, such as by an entry in `kfeat.yaml`; `None` where it is not.
    pub suppressed: Option<Arc<Commit>>,
    /// After how many commits of the series the tree is the one that the finding's places are in; 0 is the tree before.
    pub tree: usize,
}

/// Why a finding is not reported.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reason {
    /// The words of whoever said so.
    pub text: String,
    /// Where they stand.
    pub place: Location,
}

/// A finding with what a run or a series knows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The finding.
    pub finding: Diagnostic,
    /// Where in a series it comes and goes; `None` where one tree alone was checked.
    pub episode: Option<Episode>,
    /// Why it is not reported; `None` where it is.
    pub suppression: Option<Reason>,
}

impl Reported {
    /// Findings of which nothing else is known yet.
    pub fn all(findings: Vec<Diagnostic>) -> Vec<Self> {
        findings.into_iter().map(Self::from).collect()
    }
}

impl From<Diagnostic> for Reported {
    fn from(finding: Diagnostic) -> Self {
        Self {
            finding,
            episode: None,
            suppression: None,
        }
    }
}

impl Deref for Reported {
    type Target = Diagnostic;

    fn deref(&self) -> &Diagnostic {
        &self.finding
    }
}

impl DerefMut for Reported {
    fn deref_mut(&mut self) -> &mut Diagnostic {
        &mut self.finding
    }
}

impl Borrow<Diagnostic> for Reported {
    fn borrow(&self) -> &Diagnostic {
        &self.finding
    }
}

impl BorrowMut<Diagnostic> for Reported {
    fn borrow_mut(&mut self) -> &mut Diagnostic {
        &mut self.finding
    }
}
