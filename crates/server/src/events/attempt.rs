//! One attempt: a letter, or an envelope down a connection.

use super::{
    post::{Failed, Letter, PATIENCE, Poster},
    socket::{self, Sockets},
};
use crate::otel::Tracer;
use guestlist_domain::{App, workspace};
use guestlist_store::{Clock, deliveries::Delivery};
use tokio::sync::mpsc;

/// What attempts go by.
#[derive(Clone)]
pub(super) struct Carrier {
    pub(super) poster: Poster,
    pub(super) sockets: Sockets,
    pub(super) clock: Clock,
    pub(super) tracer: Option<Tracer>,
}

/// What became of an attempt.
pub(super) struct Outcome {
    pub(super) delivery: Delivery,
    /// Absent when it was none: there was no connection any more to send it down.
    pub(super) result: Option<Result<Option<u16>, Failed>>,
}

/// The status of an answer, and why it failed.
fn ended(result: &Result<Option<u16>, Failed>) -> (Option<u16>, Option<&'static str>) {
    match result {
        Ok(status) => (*status, None),
        Err(failed) => (failed.status, Some(failed.reason)),
    }
}

/// Whether an app hears over Socket Mode.
pub(crate) fn is_socket(app: &App) -> bool {
    let delivery = app.events.as_ref().map(|events| events.delivery);
    delivery == Some(workspace::Delivery::Socket)
}

impl Carrier {
    /// Begins an attempt, whose outcome is told.
    pub(super) fn begin(&self, app: &App, delivery: Delivery, to: mpsc::UnboundedSender<Outcome>) {
        let traced = self.tracer.as_ref().and_then(|tracer| tracer.begin(None));
        let retry = (delivery.attempts > 0).then(|| {
            (
                delivery.attempts,
                delivery.reason.clone().unwrap_or_default(),
            )
        });
        let clock = self.clock.clone();
        if is_socket(app) {
            let id = socket::envelope_id();
            let (number, reason) = retry.unwrap_or_default();
            // The body is an object that was written here.
            let text = format!(
                r#"{{"envelope_id":"{id}","payload":{},"type":"events_api","accepts_response_payload":false,"retry_attempt":{number},"retry_reason":"{reason}"}}"#,
                delivery.owed.body
            );
            // Before it is sent: whoever has it may move the clock.
            let patience = clock.pass(PATIENCE);
            let Some(acknowledged) = self.sockets.send(app.id, id, text) else {
                let result = None;
                let _ = to.send(Outcome { delivery, result });
                return;
            };
            tokio::spawn(async move {
                let result = tokio::select! {
                    told = acknowledged => told
                        .map(|_| None)
                        .map_err(|_| Failed::new("connection_failed")),
                    () = patience => Err(Failed::new("http_timeout")),
                };
                if let Some(traced) = traced {
                    let (status, why) = ended(&result);
                    traced.delivered(&delivery, None, status, why);
                }
                let result = Some(result);
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
            form: false,
            retry,
        };
        let poster = self.poster.clone();
        tokio::spawn(async move {
            let result = poster.send(&letter).await.map(|(status, _)| Some(status));
            if let Some(traced) = traced {
                let (status, why) = ended(&result);
                traced.delivered(&delivery, Some(&letter.url), status, why);
            }
            let result = Some(result);
            let _ = to.send(Outcome { delivery, result });
        });
    }
}
