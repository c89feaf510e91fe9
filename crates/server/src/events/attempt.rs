//! One attempt: a letter, or an envelope down a connection.

use super::{
    post::{Failed, Letter, PATIENCE, Poster},
    socket::{self, Sockets},
};
use guestlist_domain::{App, Timestamp, workspace};
use guestlist_store::{Clock, deliveries::Delivery};
use tokio::sync::mpsc;

/// What became of an attempt.
pub(super) struct Outcome {
    pub(super) delivery: Delivery,
    pub(super) result: Result<Option<u16>, Failed>,
}

/// Whether an app hears over Socket Mode.
pub(super) fn is_socket(app: &App) -> bool {
    let delivery = app.events.as_ref().map(|events| events.delivery);
    delivery == Some(workspace::Delivery::Socket)
}

/// Begins an attempt, whose outcome is told.
pub(super) fn begin(
    app: &App,
    delivery: Delivery,
    poster: &Poster,
    sockets: &Sockets,
    clock: &Clock,
    to: mpsc::UnboundedSender<Outcome>,
) {
    let retry = (delivery.attempts > 0).then(|| {
        (
            delivery.attempts,
            delivery.reason.clone().unwrap_or_default(),
        )
    });
    if is_socket(app) {
        let id = socket::envelope_id();
        let (number, reason) = retry.unwrap_or_default();
        // The body is an object that was written here.
        let text = format!(
            r#"{{"envelope_id":"{id}","payload":{},"type":"events_api","accepts_response_payload":false,"retry_attempt":{number},"retry_reason":"{reason}"}}"#,
            delivery.owed.body
        );
        // Before it is sent: whoever has it may move the clock.
        let patience = Timestamp(clock.now().0.saturating_add(PATIENCE));
        let acknowledged = sockets.send(app.id, id, text);
        let clock = clock.clone();
        tokio::spawn(async move {
            let result = match acknowledged {
                None => Err(Failed::new("connection_failed")),
                Some(acknowledged) => tokio::select! {
                    told = acknowledged => told
                        .map(|()| None)
                        .map_err(|_| Failed::new("connection_failed")),
                    () = clock.sleep_until(patience) => Err(Failed::new("http_timeout")),
                },
            };
            let _ = to.send(Outcome { delivery, result });
        });
        return;
    }
    let url = app
        .events
        .as_ref()
        .and_then(|events| events.request_url.clone());
    let letter = Letter {
        url: url.unwrap_or_default(),
        secret: app.signing_secret.clone(),
        body: delivery.owed.body.clone(),
        retry,
    };
    let poster = poster.clone();
    tokio::spawn(async move {
        let result = poster.send(&letter).await.map(|(status, _)| Some(status));
        let _ = to.send(Outcome { delivery, result });
    });
}
