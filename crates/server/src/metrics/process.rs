//! The process, as all programs show it to Prometheus. Only Linux tells.

use super::{Measured, Page};
use guestlist_domain::Timestamp;
use guestlist_store::Clock;
use std::fs;

/// The unit of times in `/proc`: it is the same on every Linux.
const TICKS: f64 = 100.0;

pub(crate) struct Process {
    begun: Timestamp,
}

impl Process {
    /// This process, which begins now.
    pub(crate) fn begins() -> Self {
        // The machine's time, whatever the world's clock says.
        Self {
            begun: Clock::default().now(),
        }
    }
}

impl Measured for Process {
    fn measure(&self, page: &mut Page) {
        page.info(
            "guestlist_build_info",
            "The guestlist that runs.",
            &[("version", env!("CARGO_PKG_VERSION"))],
        );
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        page.gauge(
            "process_start_time_seconds",
            "When the process began, in seconds since 1970.",
            self.begun.0 as f64 / 1e6,
        );
        if let Some(seconds) = cpu(&read("/proc/self/stat")) {
            page.counter(
                "process_cpu_seconds_total",
                "Processor time, of the user and of the system.",
                seconds,
            );
        }
        let status = read("/proc/self/status");
        for (name, help, key) in [
            (
                "process_resident_memory_bytes",
                "Memory that is in use and not swapped out.",
                "VmRSS:",
            ),
            (
                "process_virtual_memory_bytes",
                "Memory that is asked for, used or not.",
                "VmSize:",
            ),
        ] {
            if let Some(kibibytes) = number(&status, key) {
                page.gauge(name, help, kibibytes * 1024.0);
            }
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            // One of them is the directory that is read.
            let open = open.count().saturating_sub(1);
            page.gauge("process_open_fds", "Open file descriptors.", open);
        }
        if let Some(most) = number(&read("/proc/self/limits"), "Max open files") {
            page.gauge("process_max_fds", "How many there may be.", most);
        }
    }
}

/// Seconds of processor time.
fn cpu(stat: &str) -> Option<f64> {
    // The name of the program stands in parentheses and may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((field(11)? + field(12)?) / TICKS)
}

/// The first number behind a key at the start of a line.
fn number(text: &str, key: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_tells_is_read() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 1 0 0 0 250 50 0 0 20 0 4 0 12345 1 2 3";
        assert_eq!(cpu(stat), Some(3.0));
        assert_eq!(cpu(""), None);
        let limits = "Limit  Soft\nMax open files            1024   4096   files\n";
        assert_eq!(number(limits, "Max open files"), Some(1024.0));
        assert_eq!(number("Name: x\nVmRSS:\t 12 kB\n", "VmRSS:"), Some(12.0));
        assert_eq!(number("VmRSS: many", "VmRSS:"), None);
    }
}
