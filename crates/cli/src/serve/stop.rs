//! Being told to stop.

use crate::output::note;
use anyhow::{Context, Result};
use tokio::sync::oneshot;

/// Resolves with the first SIGTERM or SIGINT from now on. A second one ends the process at
/// once: what was answered is on disk, whatever the moment.
pub(super) fn when_told() -> Result<impl Future<Output = ()> + Send + 'static> {
    let mut signals = Signals::new().context("cannot wait for signals")?;
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        signals.next().await;
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
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            // Of a terminal that is closed. Nothing is read anew.
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        // Without a way to be told, the server runs until it is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
