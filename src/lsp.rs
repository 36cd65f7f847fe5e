//! Owns a session with an editor, over the language server protocol: findings while somebody types, and answers about the symbol
//! under the cursor, for Kconfig files and tables of kernel trees.
//!
//! Every finding is one of `check`, or for a table of `audit`, by the same functions; this layer has no lint of its own. It must not
//! know arguments, the environment or which streams it talks through.
//!
//! | module | owns |
//! |---|---|
//! | `transport` | the framing of messages |
//! | `server` | the session: open files, trees, which message gets which answer |
//! | `editor` | what is known of the editor: settings, capabilities, whether it still runs |
//! | `requests` | the answers about a place or a file |
//! | `root` | a kernel tree, with the open files on top |
//! | `document` | an open file |
//! | `index` | where symbols are declared and used |
//! | `analysis` | reading and checking a tree, in a thread of its own |
//! | `hover`, `hints` | what the models of the last check say of a symbol, and of conditions |
//! | `mentions` | where files other than Kconfig name a symbol |
//! | `search` | requests that read all files of a tree, in a thread of their own |
//! | `rename` | names that are refused, and the edit of a renaming |
//! | `format` | the white space of a Kconfig file |
//! | `finding`, `actions` | findings as the protocol shows them; what can be done about them |
//! | `complete`, `outline` | completion; the outline and folds of a file |
//! | `text`, `uri` | positions in UTF-16; URIs and paths |

mod actions;
mod analysis;
mod complete;
mod document;
mod editor;
mod finding;
mod format;
mod hints;
mod hover;
mod index;
mod mentions;
mod outline;
mod rename;
mod requests;
mod root;
mod search;
mod server;
mod text;
mod transport;
mod uri;

use std::io::{self, BufRead, Write};
use std::sync::mpsc;
use std::thread::Builder;

pub use analysis::{Policy, PolicyOf};
use server::{Event, Server};
use transport::Incoming;

/// The input and environment of a session.
pub struct Session<'a> {
    /// Messages from the editor.
    pub input: Box<dyn BufRead + Send>,
    /// Messages to the editor.
    pub output: Box<dyn Write + Send>,
    /// How findings of a tree are reported.
    pub policy: PolicyOf<'a>,
    /// The version of the program.
    pub version: &'a str,
    /// The stack of a thread that reads Kconfig, in bytes.
    pub stack_size: usize,
    /// Ends the process with a status. It is called when the session is over, while other threads may still work.
    pub exit: &'a (dyn Fn(u8) + Sync),
}

/// Serves an editor until it says `exit`, or its end of the streams is closed. The calling thread does the long work, so that it may be
/// one of a pool.
///
/// # Errors
///
/// The system starts no thread.
pub fn serve(session: Session<'_>) -> io::Result<()> {
    let Session {
        mut input,
        mut output,
        policy,
        version,
        stack_size,
        exit,
    } = session;
    let (events, incoming) = mpsc::channel();
    let (jobs, to_do) = mpsc::channel();
    let (queries, asked) = mpsc::channel();
    std::thread::scope(|scope| {
        let builder = |name: &str| Builder::new().name(name.to_owned()).stack_size(stack_size);
        let said = events.clone();
        builder("reader").spawn_scoped(scope, move || {
            loop {
                let message = transport::read(&mut *input);
                let is_end = matches!(message, Incoming::End);
                if said.send(Event::Incoming(message)).is_err() || is_end {
                    return;
                }
            }
        })?;
        let answers = events.clone();
        builder("search").spawn_scoped(scope, move || search::run(&asked, &answers))?;
        builder("session").spawn_scoped(scope, move || {
            let mut server = Server::new(&mut *output, jobs, queries, version);
            let status = server.run(&incoming);
            exit(status);
        })?;
        analysis::run(&to_do, &events, policy);
        Ok(())
    })
}
