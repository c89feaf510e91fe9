//! Work that goes on for as long as the server runs.

use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, time::Duration};

/// How long after a mistake of ours work begins again.
const PAUSE: Duration = Duration::from_secs(5);

/// Does the work until it ends. Should a mistake of ours end it, it begins again after a while.
pub(crate) async fn tireless<W: Future<Output = ()>>(task: &str, work: impl Fn() -> W) {
    begin(task, work, PAUSE).await;
}

async fn begin<W: Future<Output = ()>>(task: &str, work: impl Fn() -> W, pause: Duration) {
    loop {
        let working = async { work().await };
        if AssertUnwindSafe(working).catch_unwind().await.is_ok() {
            return;
        }
        tracing::error!(task, "a mistake of ours ended a task; it begins again");
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[tokio::test]
    async fn what_panics_begins_again_and_what_ends_does_not() {
        let begun = Cell::new(0);
        let work = || {
            begun.set(begun.get() + 1);
            let first = begun.get();
            assert!(first > 1, "as a mistake of ours would");
            async move { assert!(first > 2, "and so would this") }
        };
        begin("a test", work, Duration::ZERO).await;
        assert_eq!(begun.get(), 3);
    }
}
