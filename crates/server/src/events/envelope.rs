//! The outer part of what an app is sent.

use super::sign;
use guestlist_domain::{
    App, Timestamp,
    event::{Context, Event, Happened, STALE_SECONDS, audience::Hearing},
};
use guestlist_methods::objects;
use guestlist_store::deliveries::{About, Owed};
use serde_json::{Map, Value, json};

/// What is owed to an app for an event that happened at `at`.
pub(super) fn owed(event: &Event, hearing: &Hearing, at: Timestamp) -> Owed {
    let inner = objects::event(event, hearing);
    let event_id = event.id.to_string();
    let body = envelope(event, hearing, at, inner, &event_id);
    Owed {
        app: hearing.app.id,
        team: hearing.team,
        about: about(event),
        kind: event.what.name(hearing.kind).to_owned(),
        event_id,
        at,
        until: Timestamp(at.0.saturating_add(STALE_SECONDS * 1_000_000)),
        body: Value::Object(body).to_string(),
    }
}

/// In one conversation, or of one person, an app hears things in their order; nothing else waits for it.
fn about(event: &Event) -> About {
    match (&event.channel, &event.what) {
        (Some(channel), _) => About::Channel(channel.id),
        (None, Happened::TeamJoined { user, .. } | Happened::UserChanged { user, .. }) => {
            About::Person(user.id)
        }
        (None, _) => About::App,
    }
}

fn envelope(
    event: &Event,
    hearing: &Hearing,
    at: Timestamp,
    inner: Value,
    event_id: &str,
) -> Map<String, Value> {
    let (app, team, enterprise) = (&hearing.app, hearing.team, hearing.enterprise);
    let mut body = Map::new();
    let mut set = |key: &str, value: Value| {
        body.insert(key.to_owned(), value);
    };
    set("token", token(app).into());
    set("team_id", json!(team));
    if enterprise.is_some() {
        set("enterprise_id", json!(enterprise));
    }
    set("context_team_id", json!(team));
    set("context_enterprise_id", json!(enterprise));
    set("api_app_id", json!(app.id));
    set("event", inner);
    set("type", "event_callback".into());
    set("event_id", event_id.into());
    set("event_time", at.seconds().into());
    let authorizations = hearing.through.iter().map(|through| {
        json!({
            "enterprise_id": through.enterprise,
            "team_id": through.team,
            "user_id": through.user,
            "is_bot": through.is_bot,
            "is_enterprise_install": through.team.is_none(),
        })
    });
    set("authorizations", authorizations.collect());
    set("is_ext_shared_channel", event.is_ext_shared().into());
    let (event, app) = (event.id, app.id);
    set("event_context", Context { event, app }.to_string().into());
    body
}

/// That more happened in the minute than an app may be told of.
pub(super) fn rate_limited(app: &App, team: guestlist_domain::TeamId, now: Timestamp) -> Owed {
    let minute = now.seconds().div_euclid(60) * 60;
    let body = json!({
        "token": token(app),
        "type": "app_rate_limited",
        "team_id": team,
        "minute_rate_limited": minute,
        "api_app_id": app.id,
    });
    Owed {
        app: app.id,
        team,
        about: About::App,
        event_id: format!("app_rate_limited:{team}:{minute}"),
        kind: "app_rate_limited".to_owned(),
        at: now,
        until: Timestamp(now.0.saturating_add(STALE_SECONDS * 1_000_000)),
        body: body.to_string(),
    }
}

/// The question whether an app's URL is its own.
pub(super) fn url_verification(app: &App, challenge: &str) -> String {
    json!({"token": token(app), "challenge": challenge, "type": "url_verification"}).to_string()
}

/// What bodies show of an app's secret.
pub(crate) fn token(app: &App) -> String {
    sign::verification_token(app.signing_secret.as_deref().unwrap_or_default())
}
