//! Owns `--timings`: how long each step of a run took.

use std::io::Write;
use std::time::{Duration, Instant};

/// How long each step took.
#[derive(Debug)]
pub(super) struct Timings {
    since: Instant,
    steps: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// The first step starts now.
    pub fn start() -> Self {
        Self {
            since: Instant::now(),
            steps: Vec::new(),
        }
    }

    /// A step ended, and the next starts now. The same step of several trees counts together.
    pub fn done(&mut self, step: &'static str) {
        let now = Instant::now();
        let time = now - self.since;
        match self.steps.iter_mut().find(|(known, _)| *known == step) {
            Some((_, known)) => *known += time,
            None => self.steps.push((step, time)),
        }
        self.since = now;
    }

    /// Writes the steps to standard error.
    fn print(&self) {
        let mut err = std::io::stderr().lock();
        let total: Duration = self.steps.iter().map(|(_, time)| *time).sum();
        for (step, time) in self.steps.iter().chain([&("total", total)]) {
            // Where standard error is gone, nobody wants to know.
            let _ = writeln!(err, "{step:>10} {:>8.1} ms", time.as_secs_f64() * 1e3);
        }
    }

    /// Writes them if `wanted`.
    pub fn print_if(&self, wanted: bool) {
        if wanted {
            self.print();
        }
    }
}
