//! Being told to stop.

use crate::output::note;
use anyhow::{Context, Result};
use tokio::sync::oneshot;

/// Resolves with the first SIGTERM, SIGINT or SIGHUP from now on. A second of the first two ends the process
/// at once: what was answered is on disk, whatever the moment. (A terminal that is closed may hang up twice.)
pub(super) fn when_told() -> Result<impl Future<Output = ()> + Send + 'static> {
    let mut signals = Signals::new().context("cannot wait for signals")?;
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        signals.first().await;
        let _ = tell.send(());
        signals.next().await;
        note("stopping at once");
        std::process::exit(1);
    });
    Ok(async move {
        let _ = told.await;
    })
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    /// Absent where it is ignored, as `nohup` has it.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            // Of a terminal that is closed. Nothing is read anew.
            hangup: match is_ignored(SignalKind::hangup()) {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    async fn first(&mut self) {
        let mut hangup = self.hangup.take();
        let hung_up = async {
            match &mut hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.next() => {}
            _ = hung_up => {}
        }
        self.hangup = hangup;
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Whether a signal was ignored when this process began, where the system tells.
#[cfg(unix)]
fn is_ignored(kind: tokio::signal::unix::SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1)
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn first(&mut self) {
        self.next().await;
    }

    async fn next(&mut self) {
        // Without a way to be told, the server runs until it is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
