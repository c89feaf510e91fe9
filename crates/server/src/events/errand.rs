//! What somebody does with an app whose Socket Mode connection is at another node: it is left where all nodes look,
//! whoever has a connection takes it, once, and leaves there what the app said.

use super::{
    hand::{Lost, Said},
    post::PATIENCE,
    socket::Sockets,
};
use guestlist_domain::{App, AppId, Timestamp};
use guestlist_store::{Fleeting, Store, StoreError, chain};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// How often nodes look.
const ROUND: Duration = Duration::from_millis(100);
/// How many rounds nobody may have taken it before no node has a connection.
const ROUNDS: u32 = 10;
/// How long it is there at most, in microseconds of the world's time.
const LIFE: i64 = 60_000_000;
/// Whose all of them are.
const OWNER: &str = "errand";

/// How far it is.
#[derive(Debug, Serialize, Deserialize)]
enum Errand {
    /// It waits for whoever has a connection.
    Left {
        app: AppId,
        /// The envelope's id, and the envelope.
        id: String,
        envelope: String,
    },
    /// It is on its way down a connection.
    Taken,
    /// It was acknowledged, and the app said this with that.
    Said(Option<Value>),
    /// The connection ended.
    Ended,
}

impl Errand {
    fn read(kept: &Fleeting) -> Option<Self> {
        serde_json::from_str(&kept.doc).ok()
    }

    fn doc(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Leaves an envelope for whichever node has a connection, and waits for what the app says.
pub(super) async fn sent(
    store: &Store,
    app: &App,
    (id, envelope): (String, String),
    patience: impl Future<Output = ()> + Send,
) -> Result<Said, Lost> {
    let name = format!("{OWNER}:{id}");
    let errand = Errand::Left {
        app: app.id,
        id,
        envelope,
    };
    let until = Timestamp(store.clock().now().0.saturating_add(LIFE));
    let left = Fleeting::new(
        name.clone(),
        (OWNER.to_owned(), app.team),
        until,
        errand.doc(),
    );
    let failed = |error: StoreError| Lost::Unreached(chain(&error));
    store.keep_fleeting(left).await.map_err(failed)?;
    let mut patience = std::pin::pin!(patience);
    let mut rounds = 0;
    let outcome = loop {
        let is_over = tokio::select! {
            () = patience.as_mut() => true,
            () = tokio::time::sleep(ROUND) => false,
        };
        let kept = match store.fleeting(&name).await {
            Ok(kept) => kept,
            Err(error) => break Err(failed(error)),
        };
        match kept.as_ref().and_then(Errand::read) {
            Some(Errand::Said(said)) => break Ok(Said::told(said)),
            Some(Errand::Taken) if is_over => break Err(Lost::Timeout),
            Some(Errand::Taken) => {}
            Some(Errand::Left { .. }) if rounds < ROUNDS && !is_over => rounds += 1,
            // Whoever takes it in this very moment has it.
            Some(Errand::Left { .. }) => match withdraw(store, kept.as_ref()).await {
                Ok(false) if !is_over => {}
                Ok(false) => break Err(Lost::Timeout),
                Ok(true) => return Err(Lost::NotConnected),
                Err(error) => break Err(failed(error)),
            },
            Some(Errand::Ended) | None => {
                break Err(Lost::Unreached("its connection ended".to_owned()));
            }
        }
    };
    // What is over is left to nobody.
    if let Ok(kept) = store.fleeting(&name).await {
        let _ = withdraw(store, kept.as_ref()).await;
    }
    outcome
}

async fn withdraw(store: &Store, kept: Option<&Fleeting>) -> Result<bool, StoreError> {
    match kept {
        Some(kept) => store.replace_fleeting(kept, None).await,
        None => Ok(true),
    }
}

/// Takes what other nodes have left for apps that are connected here, as long as the server runs.
pub(crate) async fn watch(sockets: Sockets, store: Store) {
    loop {
        tokio::time::sleep(ROUND).await;
        if sockets.are_none() {
            continue;
        }
        // Whoever left something is told by what is not there.
        let Ok(all) = store.fleeting_of(OWNER, "").await else {
            continue;
        };
        for kept in all {
            if let Some(Errand::Left { app, id, envelope }) = Errand::read(&kept)
                && sockets.is_connected(app)
            {
                tokio::spawn(run(
                    sockets.clone(),
                    store.clone(),
                    kept,
                    app,
                    (id, envelope),
                ));
            }
        }
    }
}

/// Takes one, if nobody else has, and hands it down.
async fn run(
    sockets: Sockets,
    store: Store,
    kept: Fleeting,
    app: AppId,
    (id, envelope): (String, String),
) {
    let next = Some((Errand::Taken.doc(), kept.until));
    if !store.replace_fleeting(&kept, next).await.unwrap_or(false) {
        return;
    }
    // Before it is sent: whoever has it may move the clock.
    let patience = store.clock().pass(PATIENCE);
    let ended = match sockets.send(app, id, envelope) {
        None => Errand::Ended,
        Some(acknowledged) => tokio::select! {
            told = acknowledged => told.map_or(Errand::Ended, Errand::Said),
            // Whoever left it knows.
            () = patience => return,
        },
    };
    if let Ok(Some(taken)) = store.fleeting(&kept.name).await {
        let _ = store
            .replace_fleeting(&taken, Some((ended.doc(), taken.until)))
            .await;
    }
}
