//! How far long work has come, on stderr.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

/// Quick work says nothing.
const FIRST: Duration = Duration::from_millis(500);

/// Says now and then how much is done: on one line of a terminal, in few lines of a log.
pub(crate) struct Progress {
    what: &'static str,
    next: Instant,
    every: Duration,
    terminal: bool,
    said: bool,
}

impl Progress {
    pub(crate) fn new(what: &'static str) -> Self {
        let terminal = io::stderr().is_terminal();
        let every = if terminal {
            Duration::from_millis(100)
        } else {
            Duration::from_secs(5)
        };
        Self {
            what,
            next: Instant::now() + FIRST,
            every,
            terminal,
            said: false,
        }
    }

    pub(crate) fn at(&mut self, done: u64, total: u64) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        self.next = now + self.every;
        self.said = true;
        let percent = done.saturating_mul(100) / total.max(1);
        let (start, end) = if self.terminal {
            ("\r\x1b[K", "")
        } else {
            ("", "\n")
        };
        let _ = write!(io::stderr(), "{start}{}: {percent} %{end}", self.what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.said && self.terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
