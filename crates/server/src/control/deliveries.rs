//! Events as an operator or a test looks at them: what was delivered, and what was not.

use super::{
    AppView, Control, Problem, answer,
    apps::{app_id, no_app},
    read, time_text,
};
use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use guestlist_domain::{
    Actor, App, AppId, Change, ChannelId, Facts, Moment, Plan, Stop, TeamId,
    workspace::Delivery as Way,
};
use guestlist_store::{
    Decide,
    deliveries::{Delivery, Filter, Page, State as Became},
};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};
use std::{sync::Arc, time::Duration};

/// Deliveries in one answer.
const MOST: usize = 1000;
const USUAL: usize = 100;
/// How long a question may wait for its answer, in seconds.
const MOST_WAIT: u64 = 60;

/// Which deliveries to tell of.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Which {
    app: Option<AppId>,
    workspace: Option<TeamId>,
    channel: Option<ChannelId>,
    #[serde(rename = "type")]
    kind: Option<String>,
    event_id: Option<String>,
    state: Option<String>,
    since: Option<i64>,
    limit: Option<usize>,
    wait_seconds: Option<u64>,
    at_least: Option<usize>,
}

/// A delivery as it is told.
#[derive(Debug, Serialize, Deserialize)]
pub struct DeliveryView {
    /// Its number.
    pub id: i64,
    /// The event's id: the same for every app and on every attempt.
    pub event_id: String,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whom it is for.
    pub app: AppId,
    /// The workspace the app hears it in.
    pub workspace: TeamId,
    /// The conversation it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// When it happened, in RFC 3339.
    pub at: String,
    /// `waiting`, `delivered`, `failed`, `stale`, `rate_limited` or `disabled`.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, if it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Why the last attempt failed, as `x-slack-retry-reason` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The HTTP status of the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What is sent.
    pub body: Box<RawValue>,
}

/// Deliveries that were found.
#[derive(Debug, Serialize, Deserialize)]
pub struct Found {
    /// In the order of the journal; with `since`, in that of their last changes.
    pub deliveries: Vec<DeliveryView>,
    /// Given back as `since`, only what changed after this answer is found.
    pub since: i64,
}

impl DeliveryView {
    fn new(delivery: Delivery) -> Result<Self, Problem> {
        let owed = delivery.owed;
        let body = RawValue::from_string(owed.body)
            .map_err(|error| Problem::failed(format!("delivery {}: {error}", delivery.id)))?;
        Ok(Self {
            id: delivery.id,
            event_id: owed.event_id,
            kind: owed.kind,
            app: owed.app,
            workspace: owed.team,
            channel: owed.about.channel(),
            at: time_text(owed.at),
            due: (delivery.state == Became::Waiting).then(|| time_text(delivery.due)),
            state: delivery.state.name().to_owned(),
            attempts: delivery.attempts,
            reason: delivery.reason,
            status: delivery.status,
            body,
        })
    }
}

fn state(text: &str) -> Result<Became, Problem> {
    let states = Became::ALL;
    states
        .into_iter()
        .find(|state| state.name() == text)
        .ok_or_else(|| {
            let names = states.map(Became::name).join(", ");
            Problem::invalid("invalid_state", format!("`state` is one of {names}"))
        })
}

/// Tells of deliveries, at once or when there are `at_least` so many.
pub(super) async fn find(
    State(control): State<Control>,
    which: Result<Query<Which>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let Query(which) = which.map_err(|error| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            error.body_text(),
        )
    })?;
    let limit = which.limit.unwrap_or(USUAL);
    let wait = which.wait_seconds.unwrap_or(0);
    if limit > MOST || wait > MOST_WAIT {
        let message = format!("`limit` is at most {MOST}, `wait_seconds` at most {MOST_WAIT}");
        return Err(Problem::invalid("invalid_limit", message));
    }
    let at_least = which.at_least.unwrap_or(1);
    if at_least > limit {
        let message = "`at_least` is more than `limit` lets through";
        return Err(Problem::invalid("invalid_limit", message));
    }
    if let Some(app) = which.app {
        known(&control, app).await?;
    }
    let filter = Filter {
        app: which.app,
        team: which.workspace,
        channel: which.channel,
        kind: which.kind,
        event_id: which.event_id,
        state: which.state.as_deref().map(state).transpose()?,
        since: which.since,
    };
    let end = tokio::time::Instant::now() + Duration::from_secs(wait);
    let mut changes = control.events.changes();
    loop {
        let found = control.events.find(filter.clone(), limit).await?;
        let waited = tokio::time::Instant::now() >= end;
        if found.deliveries.len() >= at_least || waited {
            return tell(found);
        }
        let _ = tokio::time::timeout_at(end, changes.changed()).await;
    }
}

fn tell(Page { deliveries, since }: Page) -> Result<Response, Problem> {
    let deliveries = deliveries.into_iter().map(DeliveryView::new);
    let deliveries = deliveries.collect::<Result<_, _>>()?;
    Ok(answer(StatusCode::OK, &Found { deliveries, since }))
}

/// What to deliver once more: an event, to all apps that were owed it or to one; or what an app was owed
/// that is in a state.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Again {
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Only to this app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// Only what is in this state, as `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

/// What is delivered once more.
#[derive(Debug, Serialize, Deserialize)]
pub struct AgainCount {
    /// How many deliveries.
    pub redelivered: usize,
    /// There were too many for one question: what had come to its state first was taken.
    #[serde(default)]
    pub more: bool,
}

pub(super) async fn again(
    State(control): State<Control>,
    body: Bytes,
) -> Result<Response, Problem> {
    let ask: Again = read(&body)?;
    if ask.event_id.is_none() && (ask.app.is_none() || ask.state.is_none()) {
        let message = "`event_id` says which event, or `app` and `state` which deliveries";
        return Err(Problem::invalid("invalid_request", message));
    }
    if let Some(app) = ask.app {
        known(&control, app).await?;
    }
    let what = match &ask.event_id {
        Some(event) => format!("of the event `{event}`"),
        None => "in that state".to_owned(),
    };
    let filter = Filter {
        app: ask.app,
        event_id: ask.event_id,
        state: ask.state.as_deref().map(state).transpose()?,
        // Those that have waited longest for it come first.
        since: Some(0),
        ..Filter::default()
    };
    let (redelivered, found) = control.events.again(filter, MOST).await?;
    let more = found == MOST;
    if redelivered == 0 && !more {
        let message = format!("no delivery {what} that is not under way is kept");
        return Err(Problem::new(
            StatusCode::NOT_FOUND,
            "delivery_not_found",
            message,
        ));
    }
    Ok(answer(StatusCode::OK, &AgainCount { redelivered, more }))
}

/// Whose deliveries to hold back, or to let go on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// The app.
    pub app: AppId,
}

pub(super) async fn pause(state: State<Control>, body: Bytes) -> Result<Response, Problem> {
    hold(state, &body, true).await
}

pub(super) async fn resume(state: State<Control>, body: Bytes) -> Result<Response, Problem> {
    hold(state, &body, false).await
}

async fn hold(
    State(control): State<Control>,
    body: &[u8],
    pause: bool,
) -> Result<Response, Problem> {
    let Pause { app } = read(body)?;
    let app = known(&control, app).await?;
    control.events.pause(app.id, pause).await?;
    Ok(answer(
        StatusCode::OK,
        &json!({"app": app.id, "paused": pause}),
    ))
}

async fn known(control: &Control, id: AppId) -> Result<Arc<App>, Problem> {
    let found = control.store.read(|reader| reader.app(id)).await?;
    found.ok_or_else(|| no_app(id))
}

/// An app's subscription, or the parts of it that change.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Subscribe {
    /// How events are to reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Way>,
    /// Where they are to go. It is asked to answer a challenge first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_url: Option<String>,
    /// Which it is to get: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<Vec<String>>,
}

impl Subscribe {
    /// The URL that is asked for, if the app has another or none.
    fn new_url(&self, app: &App) -> Option<&String> {
        let known = app.events.as_ref().and_then(|is| is.request_url.as_ref());
        self.request_url.as_ref().filter(|url| known != Some(url))
    }
}

/// Sets an app's subscription. A new URL has to answer the challenge.
pub(super) async fn subscribe(
    State(control): State<Control>,
    Path(app): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = app_id(&app)?;
    let ask: Subscribe = read(&body)?;
    let app = known(&control, id).await?;
    if let Some(unknown) = ask.subscribe.iter().flatten().find(|name| !is_event(name)) {
        let message = format!("there is no event named `{unknown}`");
        return Err(Problem::invalid("invalid_event", message));
    }
    if let Some(url) = ask.new_url(&app) {
        if !["http://", "https://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            let message = format!("`{url}` does not begin with http:// or https://");
            return Err(Problem::invalid("invalid_url", message));
        }
        let verified = control.events.verify(&app, url).await;
        verified.map_err(|why| Problem::invalid("url_not_verified", why))?;
    }
    let set = Set { was: app, ask };
    let told = control.store.write(Arc::new(set)).await?;
    // Whoever had failed starts over.
    control.events.pause(id, false).await?;
    Ok(answer(StatusCode::OK, &AppView::new(&told)))
}

/// Whether it is written like the name of an event. Those that guestlist does not deliver may be
/// subscribed to, too.
fn is_event(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b == b'_' || b == b'.';
    !name.is_empty() && name.bytes().all(fits)
}

/// The setting of a subscription, as the store decides it.
struct Set {
    /// The app when its URL was verified, if it has another now.
    was: Arc<App>,
    ask: Subscribe,
}

impl Decide for Set {
    type Outcome = Arc<App>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor {
            team: self.was.team,
            user: None,
            app: Some(self.was.id),
        }
    }

    fn decide(&self, facts: &Facts, _: &mut Moment) -> Result<Plan<Arc<App>>, Stop<Problem>> {
        let Some(app) = facts.app(self.was.id)? else {
            return Err(Stop::Refused(no_app(self.was.id)));
        };
        // What answered may be of another app that came under this id, or of nobody if the app had the URL then.
        let same = |app: &App| (app.team, app.signing_secret.clone());
        let url = self.ask.new_url(app);
        if same(app) != same(&self.was) || url.is_some() && self.ask.new_url(&self.was).is_none() {
            let message = format!("{} was changed meanwhile; ask again", app.id);
            let problem = Problem::new(StatusCode::CONFLICT, "app_changed", message);
            return Err(Stop::Refused(problem));
        }
        let mut events = app.events.clone().unwrap_or_default();
        let Subscribe {
            delivery,
            request_url,
            subscribe,
        } = self.ask.clone();
        events.delivery = delivery.unwrap_or(events.delivery);
        events.request_url = request_url.or(events.request_url);
        events.subscribe = subscribe.unwrap_or(events.subscribe);
        let app = Arc::new(App {
            events: Some(events),
            ..App::clone(app)
        });
        Ok(Plan {
            changes: vec![Change::AppEdited { app: app.clone() }],
            outcome: app,
        })
    }
}
