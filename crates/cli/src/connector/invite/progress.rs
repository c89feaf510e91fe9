//! How far it is.

use super::report::grouped;
use crate::output::note;
use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

/// What came of less time than this says nothing of what comes in a minute.
const TELLING: Duration = Duration::from_secs(2);

/// Tells on stderr how far it is: on a terminal in one line that changes, otherwise in lines.
pub(super) struct Progress {
    begun: Instant,
    all: usize,
    done: usize,
    lively: bool,
}

impl Progress {
    pub(super) fn new(all: usize) -> Self {
        Self {
            begun: Instant::now(),
            all,
            done: 0,
            lively: stderr().is_terminal(),
        }
    }

    pub(super) fn done(&mut self, more: usize) {
        self.done += more;
        let text = line(self.done, self.all, self.begun.elapsed());
        if self.lively {
            // Nobody may be there to read it.
            let _ = write!(stderr(), "\r{text}\u{1b}[K");
            if self.done >= self.all {
                let _ = writeln!(stderr());
            }
        } else {
            note(&text);
        }
    }
}

fn line(done: usize, all: usize, elapsed: Duration) -> String {
    let left = all.saturating_sub(done);
    let mut text = format!("{} of {} done", grouped(done), grouped(all));
    let a_minute = done as f64 / elapsed.as_secs_f64() * 60.0;
    let telling = done > 0 && elapsed >= TELLING;
    if telling {
        text.push_str(&format!(", {} a minute", grouped(a_minute as usize)));
    }
    if left > 0 {
        text.push_str(&format!(", {} left", grouped(left)));
    }
    if left > 0 && telling {
        let seconds = (left as f64 / a_minute * 60.0).ceil() as u64;
        text.push_str(&format!(", about {}", time(seconds)));
    }
    text
}

fn time(seconds: u64) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_rest_and_end() {
        for (done, millis, expected) in [
            (0, 0, "0 of 10,000 done, 10,000 left"),
            (0, 9_000, "0 of 10,000 done, 10,000 left"),
            (1000, 15, "1,000 of 10,000 done, 9,000 left"),
            (1000, 1_999, "1,000 of 10,000 done, 9,000 left"),
            (10_000, 400, "10,000 of 10,000 done"),
            (
                1000,
                10_000,
                "1,000 of 10,000 done, 6,000 a minute, 9,000 left, about 90 s",
            ),
            (
                2000,
                60_000,
                "2,000 of 10,000 done, 2,000 a minute, 8,000 left, about 4 min",
            ),
            (
                10,
                60_000,
                "10 of 10,000 done, 10 a minute, 9,990 left, about 17 h",
            ),
            (10_000, 60_000, "10,000 of 10,000 done, 10,000 a minute"),
        ] {
            assert_eq!(line(done, 10_000, Duration::from_millis(millis)), expected);
        }
    }
}
