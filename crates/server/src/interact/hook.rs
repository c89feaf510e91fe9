//! Where an app answers later: an address that is its own, good five times within half an hour.
//! <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>

use super::answer::{Place, Spoken, Unseen};
use crate::{control::Problem, events::Said};
use axum::{
    Router,
    body::to_bytes,
    extract::{Path, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use guestlist_domain::Timestamp;
use guestlist_store::{Drawn, Fleeting, Store, StoreError, chain, world::token_hash};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

/// How often an app answers at one address.
const USES: u8 = 5;
/// For how long, in microseconds of the world's time.
const LIFE: i64 = 30 * 60 * 1_000_000;
/// More than an answer can need.
const MOST: usize = 1 << 20;

/// What is answered: the first part of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A slash command.
    Commands,
    /// Something pressed or chosen.
    Actions,
    /// A view that was submitted, or a shortcut of a message.
    App,
}

impl Kind {
    fn path(self) -> &'static str {
        match self {
            Self::Commands => "commands",
            Self::Actions => "actions",
            Self::App => "app",
        }
    }
}

/// An address, as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Hook {
    place: Place,
    made: Timestamp,
    /// How often an app has answered there.
    uses: u8,
}

/// Addresses are kept by what nobody can make them of again.
fn name(secret: &str) -> String {
    format!("hook:{}", token_hash(secret))
}

/// Makes an address.
pub(crate) async fn make(
    store: &Store,
    kind: Kind,
    place: &Place,
    drawn: &Drawn,
) -> Result<String, Problem> {
    let made = store.clock().now();
    let secret = &drawn.hex("response_url")[..32];
    let hook = Hook {
        place: place.clone(),
        made,
        uses: 0,
    };
    let doc = serde_json::to_string(&hook).unwrap_or_default();
    let until = Timestamp(made.0.saturating_add(LIFE));
    let whose = (place.user.to_string(), place.team);
    let kept = Fleeting::new(name(secret), whose, until, doc);
    store.keep_fleeting(kept).await?;
    let (site, team) = (store.site(), place.team);
    Ok(format!("{site}/{}/{team}/{}/{secret}", kind.path(), made.0))
}

/// What the routes work on: the store, and how long an answer may take to arrive.
pub(crate) type Desk = (Store, Duration);

/// The routes of addresses.
pub(crate) fn router(desk: Desk) -> Router {
    Router::new()
        .route("/commands/{team}/{number}/{secret}", post(answer))
        .route("/actions/{team}/{number}/{secret}", post(answer))
        .route("/app/{team}/{number}/{secret}", post(answer))
        .with_state(desk)
}

/// Why an answer is not taken.
enum No {
    Code(StatusCode, &'static str),
    Failed(StoreError),
}

impl No {
    const fn bad(code: &'static str) -> Self {
        Self::Code(StatusCode::BAD_REQUEST, code)
    }

    const fn gone(code: &'static str) -> Self {
        Self::Code(StatusCode::NOT_FOUND, code)
    }
}

impl From<StoreError> for No {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::Code(status, code) => {
                tracing::debug!(code, "an app's answer is not taken");
                (status, code)
            }
            Self::Failed(error) => {
                tracing::error!(error = %chain(&error), "an app's answer cannot be taken");
                let status = StatusCode::SERVICE_UNAVAILABLE;
                (status, "service_unavailable")
            }
        };
        let body = json!({"ok": false, "error": code}).to_string();
        let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
        (status, kind, body).into_response()
    }
}

async fn answer(
    State((store, patience)): State<Desk>,
    Path((team, number, secret)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    match take(&store, patience, (&team, &number, &secret), request).await {
        Ok(()) => "ok".into_response(),
        Err(no) => no.into_response(),
    }
}

async fn take(
    store: &Store,
    patience: Duration,
    (team, number, secret): (&str, &str, &str),
    request: Request,
) -> Result<(), No> {
    if store.server_state().maintenance {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(No::Code(status, "service_unavailable"));
    }
    let now = store.clock().now();
    let (mut kept, mut hook) = find(store, secret).await?;
    let is_whole = hook.place.team.to_string() == team && hook.made.0.to_string() == number;
    if !is_whole || hook.made.0.saturating_add(LIFE) <= now.0 {
        return Err(No::gone("expired_url"));
    }
    let spoken = read(request, patience).await?;
    loop {
        if hook.uses >= USES {
            return Err(No::gone("used_url"));
        }
        hook.uses += 1;
        let doc = serde_json::to_string(&hook).unwrap_or_default();
        let until = kept.until;
        if store.replace_fleeting(&kept, Some((doc, until))).await? {
            break;
        }
        (kept, hook) = find(store, secret).await?;
    }
    match spoken.show(store, &hook.place).await {
        Ok(_) => Ok(()),
        Err(Unseen::Code(code)) => Err(No::bad(code)),
        Err(Unseen::Failed(error)) => Err(error.into()),
    }
}

async fn find(store: &Store, secret: &str) -> Result<(Fleeting, Hook), No> {
    let kept = store.fleeting(&name(secret)).await?;
    let kept = kept.ok_or(No::gone("expired_url"))?;
    match serde_json::from_str(&kept.doc) {
        Ok(hook) => Ok((kept, hook)),
        Err(_) => Err(No::gone("expired_url")),
    }
}

/// What an app says: JSON, or JSON in the field `payload` of a form.
async fn read(request: Request, patience: Duration) -> Result<Spoken, No> {
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout(patience, to_bytes(body, MOST)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) | Err(_) => return Err(No::bad("invalid_payload")),
    };
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let json = match kind.starts_with("application/x-www-form-urlencoded") {
        true => form_urlencoded::parse(&body)
            .find(|(name, _)| name == "payload")
            .map(|(_, payload)| payload.into_owned().into_bytes())
            .unwrap_or_default(),
        false => body.to_vec(),
    };
    let object = match serde_json::from_slice(&json) {
        Ok(object @ Value::Object(_)) => object,
        Ok(_) | Err(_) => return Err(No::bad("invalid_payload")),
    };
    let spoken = Spoken::read(Said::Object(object)).map_err(No::bad)?;
    spoken.ok_or(No::bad("no_text"))
}
