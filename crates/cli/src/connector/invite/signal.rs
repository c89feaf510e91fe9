//! Being told to stop on the way.

use crate::connector::outcome::ended;
use anyhow::Error;

/// As shells tell it.
const INTERRUPTED: u8 = 130;
#[cfg(unix)]
const TERMINATED: u8 = 143;

fn stopped(code: u8, by: &str) -> Error {
    ended(code, format!("stopped by {by}"))
}

/// Resolves with the first SIGINT or SIGTERM. From then on the process ends in order alone, as it does
/// in a moment.
#[cfg(unix)]
pub(super) async fn told_to_stop() -> Error {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupt = signal(SignalKind::interrupt());
    let terminate = signal(SignalKind::terminate());
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else {
        // Whoever cannot be told is ended at once, which the journal outlives, too.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => stopped(INTERRUPTED, "SIGINT"),
        _ = terminate.recv() => stopped(TERMINATED, "SIGTERM"),
    }
}

#[cfg(not(unix))]
pub(super) async fn told_to_stop() -> Error {
    if tokio::signal::ctrl_c().await.is_err() {
        return std::future::pending().await;
    }
    stopped(INTERRUPTED, "Ctrl-C")
}
