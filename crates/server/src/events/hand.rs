//! What somebody does with an app, on its way there: once, with three seconds to answer, and what it says is what they
//! see.
//! <https://docs.slack.dev/interactivity/handling-user-interaction>

use super::{
    Events,
    attempt::is_socket,
    errand,
    post::{Letter, PATIENCE},
    socket,
};
use crate::metrics::{Measured, Page};
use guestlist_domain::App;
use guestlist_store::Store;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The types of envelope, and what comes of handing one over.
const KINDS: [&str; 2] = ["slash_commands", "interactive"];
const OUTCOMES: [&str; 6] = [
    "taken",
    "app_missing_action_url",
    "dispatch_failed",
    "http_client_error",
    "http_service_error",
    "operation_timeout",
];

/// How often something was handed over since the start, by its type and what came of it.
#[derive(Clone, Default)]
pub(crate) struct Handed(Arc<[[AtomicU64; OUTCOMES.len()]; KINDS.len()]>);

impl Handed {
    fn count(&self, kind: &str, outcome: &str) {
        let kind = KINDS.iter().position(|one| *one == kind);
        let outcome = OUTCOMES.iter().position(|one| *one == outcome);
        if let (Some(kind), Some(outcome)) = (kind, outcome) {
            self.0[kind][outcome].fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Measured for Handed {
    fn measure(&self, page: &mut Page) {
        let lines = KINDS.iter().zip(self.0.iter()).flat_map(|(kind, counts)| {
            OUTCOMES.iter().zip(counts).map(|(outcome, count)| {
                let labels = [("type", *kind), ("outcome", *outcome)];
                (labels, count.load(Ordering::Relaxed))
            })
        });
        page.counters(
            "guestlist_interactions_total",
            "What people did with apps, handed over to them, by what came of it.",
            lines,
        );
    }
}

/// What is handed over.
pub(crate) struct Parcel {
    /// The type of its envelope in Socket Mode: `slash_commands` or `interactive`.
    pub(crate) kind: &'static str,
    /// A JSON object.
    pub(crate) payload: Value,
    /// Where an app takes it that does not use Socket Mode.
    pub(crate) url: Option<String>,
}

impl Parcel {
    /// Its body over HTTP: the fields of a slash command by themselves, anything else in one.
    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        match &self.payload {
            Value::Object(fields) if self.kind == "slash_commands" => {
                for (name, value) in fields {
                    form.append_pair(name, value.as_str().unwrap_or_default());
                }
            }
            payload => {
                form.append_pair("payload", &payload.to_string());
            }
        }
        form.finish()
    }
}

/// What an app said.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// Nothing but that it has it.
    Nothing,
    /// Words.
    Words(String),
    /// A JSON object.
    Object(Value),
}

impl Said {
    /// What came with an acknowledgement.
    pub(super) fn told(said: Option<Value>) -> Self {
        match said {
            Some(object @ Value::Object(_)) => Self::Object(object),
            Some(Value::String(words)) => Self::read(&words),
            _ => Self::Nothing,
        }
    }

    fn read(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => Self::Object(object),
            _ if text.trim().is_empty() => Self::Nothing,
            _ => Self::Words(text.to_owned()),
        }
    }
}

/// Why an app does not have it, or is not known to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// It has no URL for this.
    NoUrl,
    /// It uses Socket Mode and is connected to no node.
    NotConnected,
    /// It did not answer within three seconds.
    Timeout,
    /// It answered with this status, which is no 2xx.
    Status(u16),
    /// There was no answer.
    Unreached(String),
}

impl Lost {
    /// As a person's client has it.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::NoUrl => "app_missing_action_url",
            Self::Timeout => "operation_timeout",
            Self::Status(400..500) => "http_client_error",
            Self::Status(500..) => "http_service_error",
            Self::NotConnected | Self::Status(_) | Self::Unreached(_) => "dispatch_failed",
        }
    }
}

impl Events {
    /// Hands it over, once.
    pub(crate) async fn hand(
        &self,
        store: &Store,
        app: &App,
        parcel: Parcel,
    ) -> Result<Said, Lost> {
        let kind = parcel.kind;
        let said = match is_socket(app) {
            true => self.hand_down(store, app, parcel).await,
            false => self.hand_out(app, parcel).await,
        };
        let outcome = said.as_ref().map_or_else(Lost::code, |_| "taken");
        self.handed.count(kind, outcome);
        if let Err(lost) = &said {
            let (reason, error) = (lost.code(), format!("{lost:?}"));
            tracing::debug!(app = %app.id, reason, error, "an app did not take what somebody did");
        }
        said
    }

    async fn hand_down(&self, store: &Store, app: &App, parcel: Parcel) -> Result<Said, Lost> {
        let id = socket::envelope_id();
        let envelope = json!({
            "envelope_id": id,
            "payload": parcel.payload,
            "type": parcel.kind,
            "accepts_response_payload": true,
        });
        // Before it is sent: whoever has it may move the clock.
        let patience = self.poster.pass(PATIENCE);
        let envelope = envelope.to_string();
        if store.is_shared() && !self.sockets.is_connected(app.id) {
            return errand::sent(store, app, (id, envelope), patience).await;
        }
        let acknowledged = self.sockets.send(app.id, id, envelope);
        let acknowledged = acknowledged.ok_or(Lost::NotConnected)?;
        tokio::select! {
            told = acknowledged => match told {
                Ok(said) => Ok(Said::told(said)),
                Err(_) => Err(Lost::Unreached("its connection ended".to_owned())),
            },
            () = patience => Err(Lost::Timeout),
        }
    }

    async fn hand_out(&self, app: &App, parcel: Parcel) -> Result<Said, Lost> {
        let body = parcel.form();
        let letter = Letter {
            url: parcel.url.ok_or(Lost::NoUrl)?,
            secret: app.signing_secret.clone(),
            body,
            form: true,
            retry: None,
        };
        match self.poster.send(&letter).await {
            Ok((_, said)) => Ok(Said::read(&String::from_utf8_lossy(&said))),
            Err(failed) => Err(match (failed.reason, failed.status) {
                ("http_timeout", _) => Lost::Timeout,
                ("http_error", Some(status)) => Lost::Status(status),
                (reason, _) => Lost::Unreached(match failed.why {
                    Some(why) => format!("{reason}: {why}"),
                    None => reason.to_owned(),
                }),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_nothing_words_or_an_object() {
        for (text, said) in [
            ("", Said::Nothing),
            (" \n", Said::Nothing),
            ("done", Said::Words("done".to_owned())),
            ("[1]", Said::Words("[1]".to_owned())),
            (r#"{"text":"a"}"#, Said::Object(json!({"text": "a"}))),
        ] {
            assert_eq!(Said::read(text), said, "{text:?}");
        }
    }

    #[test]
    fn statuses_have_the_names_that_people_see() {
        for (lost, code) in [
            (Lost::Status(404), "http_client_error"),
            (Lost::Status(503), "http_service_error"),
            (Lost::Status(302), "dispatch_failed"),
            (Lost::Timeout, "operation_timeout"),
            (Lost::NoUrl, "app_missing_action_url"),
        ] {
            assert_eq!(lost.code(), code);
            assert!(OUTCOMES.contains(&code), "{code} is not counted");
        }
    }
}
