//! Owns the sign of life on a terminal while a command works without printing: what it does and for how long, on standard error.
//!
//! It shows nothing where standard error is no terminal, and nothing of work that is done within half a second.

use std::io::IsTerminal;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How long work lasts before anything is shown.
const DELAY: Duration = Duration::from_millis(500);

/// How often the line moves.
const TICK: Duration = Duration::from_millis(100);

/// Holds what is being done, and whether anything is.
static STATE: Mutex<State> = Mutex::new(State {
    running: None,
    started: 0,
    bar: None,
});

/// Wakes the thread that waits for [`DELAY`].
static ENDED: Condvar = Condvar::new();

struct State {
    /// The number of the work that goes on.
    running: Option<u64>,
    /// How many pieces of work there were. The thread of an earlier one may still be waiting when the next begins.
    started: u64,
    bar: Option<ProgressBar>,
}

/// Shows `what` is being done, until [`end`].
pub(super) fn start(what: &'static str) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    state.started += 1;
    let own = state.started;
    state.running = Some(own);
    drop(state);
    // Where no thread can be started, nothing is shown.
    let _ = std::thread::Builder::new().spawn(move || {
        let state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
        let is_running = |state: &mut State| state.running == Some(own);
        let waited = ENDED.wait_timeout_while(state, DELAY, is_running);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.running != Some(own) {
            return;
        }
        let bar = ProgressBar::new_spinner().with_message(what);
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
        let bar = match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        bar.enable_steady_tick(TICK);
        state.bar = Some(bar);
    });
}

/// Removes the line. Does nothing if no line is shown.
pub(super) fn end() {
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    state.running = None;
    if let Some(bar) = state.bar.take() {
        bar.finish_and_clear();
    }
    ENDED.notify_all();
}
