//! Owns what a signal does that ends the program: a running `git` ends with it, and no file is left between two of its names.
//!
//! A thread waits for the signals. A hangup that the program was told to ignore, as by `nohup`, stays ignored. Shells have what they start in
//! the background ignore `SIGINT`, too; whoever sends that to the program itself wants it to end.

use std::sync::{Mutex, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::status;
use crate::disk;
use crate::tree::git;

/// A way to go on, or to end otherwise.
type Handler = Box<dyn FnMut() + Send>;

/// The handler of the current command, which replaces the default one.
static INSTEAD: Mutex<Option<Handler>> = Mutex::new(None);

/// Waits for signals from now on. Where that is not possible they end the program as the system has it.
pub(super) fn watch() {
    let wait = || {
        let hangup = (!is_hangup_ignored()).then_some(SIGHUP);
        let heeded = [SIGINT, SIGTERM].into_iter().chain(hangup);
        let Ok(mut signals) = Signals::new(heeded) else {
            return;
        };
        for signal in signals.forever() {
            let mut instead = INSTEAD.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *instead {
                Some(handler) => handler(),
                None => end(signal),
            }
        }
    };
    let _ = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(wait);
}

/// From now on a signal calls `handler`, and the program goes on.
pub(super) fn instead(handler: impl FnMut() + Send + 'static) {
    let mut instead = INSTEAD.lock().unwrap_or_else(PoisonError::into_inner);
    *instead = Some(Box::new(handler));
}

/// Ends the program by a signal, as whoever started it expects.
fn end(signal: i32) {
    git::end_all();
    let _naming = disk::finish_naming();
    // It does not return for a signal that ends a program.
    let _ = emulate_default_handler(signal);
}

/// Whether `SIGHUP` was ignored before this program began.
fn is_hangup_ignored() -> bool {
    let mask = status::of_self("SigIgn");
    let mask = mask.and_then(|mask| u64::from_str_radix(&mask, 16).ok());
    mask.is_some_and(|mask| mask >> (SIGHUP - 1) & 1 == 1)
}
