//! The control interface, for operators and tests: apps, tokens, the world as a file, the clock,
//! acting as people, the mail box, what apps are told, the journal, and why a call was answered as it was.
//!
//! Whoever holds the control token may do everything here, so every request must show it, and
//! requests that a page of another site made a browser send are refused before that.

mod access;
mod add;
mod apps;
mod clock;
mod deeds;
mod deliveries;
mod events;
mod invitations;
mod invite_requests;
mod journal;
mod mail;
mod make;
mod people;
mod problem;
mod requests;
#[cfg(test)]
mod tests;
mod tokens;
mod workspaces;

pub use access::{AccessView, Granting, change_access};
pub use add::{Added, AddedApp, AddedToken, Ids, add_world};
pub use apps::{
    AppView, Consented, Consenting, MadeApp, NewApp, NextManifest, create_app, install_app,
    list_apps, update_app,
};
pub use clock::{ClockView, move_clock, tell_clock};
pub use deeds::{
    Choosing, ChosenView, ClickedView, Clicking, DismissedView, Dismissing, OpenView, Pressing,
    ShownView, SubmittedView, Submitting, TypedView, Typing,
};
pub use deliveries::{Again, AgainCount, DeliveryView, Found, Pause, Subscribe};
pub use events::{EventView, Listener};
pub use invitations::{
    Answering, Deed, InvitationView, WhichInvitations, answer_invitation, list_invitations,
};
pub use invite_requests::{
    Deciding, Decision, InviteRequestView, MadeRequest, NewInviteRequest, WhichInviteRequests,
    create_invite_request, decide_invite_request, list_invite_requests,
};
pub use journal::{EntryView, JournalPage, WhichEntries, read_journal};
pub use mail::{MailView, WhichMail, find_mail, list_mail, send_mail};
pub use make::create;
pub(crate) use people::join_by;
pub use people::{
    AboutUser, Joining, NewUser, UserView, UsersPage, WhichUsers, add_user, edit_user, join_user,
    list_users, remove_user, restore_user,
};
pub use problem::Problem;
pub use requests::{RequestView, RequestsPage};
pub use tokens::{Made, NewToken, Revoke, Revoked, TokenView, list, revoke};
pub use workspaces::{
    Missing, RemoveWorkspaces, RemovedWorkspaces, WorkspaceView, list_workspaces, remove_workspaces,
};

use crate::{dispatch::Dispatch, events::Events, why::Recent};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use guestlist_domain::{TeamId, Timestamp};
use guestlist_store::{Store, world};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use subtle::ConstantTimeEq;

/// The type of a world file.
const YAML: &str = "application/yaml";
const JSON: &str = "application/json";
/// The most bytes of a refusal in words.
const MOST_WORDS: usize = 1 << 16;
/// The most of what is told a page at a time.
const MOST: usize = 1000;

/// What the control interface works on.
#[derive(Clone)]
pub(crate) struct Control {
    /// The world.
    pub(crate) store: Store,
    /// Its events on their way.
    pub(crate) events: Events,
    /// The newest calls.
    pub(crate) recent: Recent,
    /// What calls are served with.
    pub(crate) dispatch: Dispatch,
    /// Who may use it; an empty one opens to nobody.
    pub(crate) token: String,
}

/// Its routes, to be mounted under `/control/v1`.
pub(crate) fn router(control: Control) -> Router {
    let world_adding = post(add::world_add).layer(DefaultBodyLimit::max(add::MOST_BYTES));
    Router::new()
        .route("/apps", get(apps_list).post(apps_create))
        .route("/apps/install", post(apps_install))
        .route("/apps/{app}/events", post(deliveries::subscribe))
        .route("/apps/{app}/grant", post(apps_grant))
        .route("/apps/{app}/ungrant", post(apps_ungrant))
        .route("/apps/{app}/manifest", post(apps_manifest))
        .route("/deliveries", get(deliveries::find))
        .route("/deliveries/redeliver", post(deliveries::again))
        .route("/deliveries/pause", post(deliveries::pause))
        .route("/deliveries/resume", post(deliveries::resume))
        .route("/tokens", get(tokens_list).post(tokens_create))
        .route("/tokens/revoke", post(tokens_revoke))
        .route("/users", get(users_list).post(users_add))
        .route("/users/{user}", post(users_edit))
        .route("/users/{user}/join", post(users_join))
        .route("/users/{user}/remove", post(users_remove))
        .route("/users/{user}/restore", post(users_restore))
        .merge(deeds::router())
        .route("/world", get(world_export).merge(world_adding))
        .route("/workspaces", get(workspaces_list))
        .route("/world/remove", post(world_remove))
        .route("/invitations", get(invitations_list))
        .route("/invitations/{deed}", post(invitations_answer))
        .route(
            "/invite-requests",
            get(invite_requests_list).post(invite_requests_create),
        )
        .route("/invite-requests/{decision}", post(invite_requests_decide))
        .route("/mail", get(mail_list))
        .route("/mail/{id}", get(mail_show))
        .route("/mail/{id}/send", post(mail_send))
        .route("/events", get(events_list))
        .route("/journal", get(journal_read))
        .route("/requests", get(requests::list))
        .route("/requests/{id}", get(requests::why))
        .route("/clock", get(clock::tell).post(clock::advance))
        .fallback(async || nothing_here())
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this cannot be asked with that verb",
            )
        })
        .layer(from_fn_with_state(control.clone(), guard))
        .with_state(control)
}

fn nothing_here() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
}

async fn guard(State(control): State<Control>, request: Request, next: Next) -> Response {
    if !crate::page::of_this_site(request.headers()) {
        let message = "requests from pages of other sites are not answered";
        return Problem::new(StatusCode::FORBIDDEN, "forbidden_origin", message).into_response();
    }
    if !shows_token(request.headers(), &control.token) {
        let message = "show the control token: `Authorization: Bearer …`";
        return Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", message).into_response();
    }
    let response = next.run(request).await;
    // What the library refuses by itself, such as a body that is too large, it refuses in plain text.
    if response.status().is_client_error() && !is_json(&response) {
        let (status, body) = (response.status(), response.into_body());
        let code = match status {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let message =
                    "the body is too large: a world has at most 8 MiB, anything else 2 MiB";
                return Problem::new(status, "payload_too_large", message).into_response();
            }
            _ => "invalid_request",
        };
        let words = axum::body::to_bytes(body, MOST_WORDS).await;
        let words = words.unwrap_or_default();
        return Problem::new(status, code, String::from_utf8_lossy(&words)).into_response();
    }
    response
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes() == JSON.as_bytes())
}

fn shows_token(headers: &HeaderMap, token: &str) -> bool {
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    !token.is_empty() && shown.is_some_and(|shown| shown.ct_eq(token.as_bytes()).into())
}

async fn apps_create(State(control): State<Control>, body: Bytes) -> Result<Response, Problem> {
    let made = create_app(&control.store, read(&body)?).await?;
    Ok(answer(StatusCode::CREATED, &made))
}

async fn apps_install(State(control): State<Control>, body: Bytes) -> Result<Response, Problem> {
    let consented = install_app(&control.store, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &consented))
}

async fn apps_grant(
    State(control): State<Control>,
    Path(app): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    apps_access(&control, &app, &body, true).await
}

async fn apps_ungrant(
    State(control): State<Control>,
    Path(app): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    apps_access(&control, &app, &body, false).await
}

async fn apps_manifest(
    State(control): State<Control>,
    Path(app): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = apps::app_id(&app)?;
    let app = update_app(&control.store, id, read(&body)?).await?;
    // Whoever had failed starts over. What somebody holds back stays so.
    control.events.restart(id).await?;
    Ok(answer(StatusCode::OK, &app))
}

async fn apps_access(
    control: &Control,
    app: &str,
    body: &Bytes,
    granted: bool,
) -> Result<Response, Problem> {
    let access = change_access(&control.store, apps::app_id(app)?, read(body)?, granted).await?;
    Ok(answer(StatusCode::OK, &access))
}

async fn apps_list(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let workspaces = which_workspaces(query.as_deref().unwrap_or_default())?;
    let mut apps = list_apps(&control.store, workspaces.into_iter().collect()).await?;
    let ids = apps.iter().map(|app| app.app_id).collect();
    for (app, hold) in apps.iter_mut().zip(control.events.holds(ids).await?) {
        app.paused = hold.paused;
        app.disabled = hold.disabled.map(time_text);
    }
    Ok(answer(StatusCode::OK, &json!({"apps": apps})))
}

async fn tokens_create(State(control): State<Control>, body: Bytes) -> Result<Response, Problem> {
    let made = create(&control.store, read(&body)?).await?;
    Ok(answer(StatusCode::CREATED, &made))
}

async fn tokens_list(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let workspaces = which_workspaces(query.as_deref().unwrap_or_default())?;
    let tokens = list(&control.store, workspaces.into_iter().collect()).await?;
    Ok(answer(StatusCode::OK, &json!({"tokens": tokens})))
}

async fn tokens_revoke(State(control): State<Control>, body: Bytes) -> Result<Response, Problem> {
    let revoked = revoke(&control.store, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &revoked))
}

async fn users_add(State(control): State<Control>, body: Bytes) -> Result<Response, Problem> {
    let added = add_user(&control.store, read(&body)?).await?;
    Ok(answer(StatusCode::CREATED, &added))
}

async fn users_list(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let which = WhichUsers::read(query.as_deref().unwrap_or_default())?;
    let page = list_users(&control.store, which).await?;
    Ok(answer(StatusCode::OK, &page))
}

async fn users_edit(
    State(control): State<Control>,
    Path(user): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let edited = edit_user(&control.store, user, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &edited))
}

async fn users_join(
    State(control): State<Control>,
    Path(user): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let joined = join_user(&control.store, user, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &joined))
}

async fn users_restore(
    State(control): State<Control>,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let restored = restore_user(&control.store, user).await?;
    Ok(answer(StatusCode::OK, &restored))
}

async fn users_remove(
    State(control): State<Control>,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let removed = remove_user(&control.store, user).await?;
    Ok(answer(StatusCode::OK, &removed))
}

async fn workspaces_list(State(control): State<Control>) -> Result<Response, Problem> {
    let workspaces = list_workspaces(&control.store).await?;
    Ok(answer(StatusCode::OK, &json!({"workspaces": workspaces})))
}

async fn world_remove(State(control): State<Control>, body: Bytes) -> Result<Response, Problem> {
    let removed = remove_workspaces(&control.store, read(&body)?).await?;
    control.dispatch.forget(&removed.workspaces);
    Ok(answer(StatusCode::OK, &removed))
}

async fn invitations_list(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let which = WhichInvitations::read(query.as_deref().unwrap_or_default())?;
    let invitations = list_invitations(&control.store, which).await?;
    Ok(answer(StatusCode::OK, &json!({"invitations": invitations})))
}

async fn invitations_answer(
    State(control): State<Control>,
    Path(deed): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let deed = Deed::named(&deed).ok_or_else(nothing_here)?;
    let reply = answer_invitation(&control.store, deed, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &reply))
}

async fn invite_requests_list(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let which = WhichInviteRequests::read(query.as_deref().unwrap_or_default())?;
    let requests = list_invite_requests(&control.store, which).await?;
    Ok(answer(
        StatusCode::OK,
        &json!({"invite_requests": requests}),
    ))
}

async fn invite_requests_create(
    State(control): State<Control>,
    body: Bytes,
) -> Result<Response, Problem> {
    let made = create_invite_request(&control.store, read(&body)?).await?;
    Ok(answer(StatusCode::CREATED, &made))
}

async fn invite_requests_decide(
    State(control): State<Control>,
    Path(decision): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let decision = Decision::named(&decision).ok_or_else(nothing_here)?;
    let decided = decide_invite_request(&control.store, decision, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &json!({"request": decided})))
}

async fn mail_list(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let which = WhichMail::read(query.as_deref().unwrap_or_default())?;
    let mail = list_mail(&control.store, which).await?;
    Ok(answer(StatusCode::OK, &json!({"mail": mail})))
}

async fn mail_show(
    State(control): State<Control>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mail = find_mail(&control.store, &id).await?;
    Ok(answer(StatusCode::OK, &mail))
}

async fn mail_send(
    State(control): State<Control>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mail = send_mail(&control.store, &id).await?;
    Ok(answer(StatusCode::OK, &mail))
}

async fn events_list(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let which = events::Which::read(query.as_deref().unwrap_or_default())?;
    let events = events::list(&control.store, which).await?;
    Ok(answer(StatusCode::OK, &json!({"events": events})))
}

async fn journal_read(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let which = WhichEntries::read(query.as_deref().unwrap_or_default())?;
    let page = read_journal(&control.store, which).await?;
    Ok(answer(StatusCode::OK, &page))
}

/// The world as a file: YAML, or JSON for those who accept `application/json`.
async fn world_export(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let workspaces = which_workspaces(query.as_deref().unwrap_or_default())?;
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let json = accept.contains(JSON);
    let text = export(&control.store, workspaces, json).await?;
    Ok((
        [(header::CONTENT_TYPE, if json { JSON } else { YAML })],
        text,
    )
        .into_response())
}

/// The workspaces that a query names, if it names any.
fn which_workspaces(query: &str) -> Result<Vec<TeamId>, Problem> {
    let mut workspaces = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "workspace" => workspaces.push(workspace(&value)?),
            other => {
                let message = format!("`{other}` is not workspace");
                return Err(Problem::invalid("invalid_request", message));
            }
        }
    }
    Ok(workspaces)
}

/// How many things are told in one answer.
fn limit(text: &str) -> Result<usize, Problem> {
    let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    limit.ok_or_else(|| {
        let message = format!("`limit` is a number from 1 to {MOST}, not `{text}`");
        Problem::invalid("invalid_limit", message)
    })
}

fn workspace(text: &str) -> Result<TeamId, Problem> {
    text.parse().map_err(|_| {
        let message = format!("`workspace` is the id of one, not `{text}`");
        Problem::invalid("invalid_workspace", message)
    })
}

/// The world as the text of a world file, in YAML or in JSON: of these workspaces what belongs to them, or all
/// where none is named.
pub async fn export(store: &Store, workspaces: Vec<TeamId>, json: bool) -> Result<String, Problem> {
    let seed = store.dump_of(workspaces.clone()).await?;
    if let Some(unknown) = workspaces
        .iter()
        .find(|id| !seed.workspaces.iter().any(|one| one.id == **id))
    {
        let message = format!("there is no workspace {unknown}");
        return Err(Problem::invalid("workspace_not_found", message));
    }
    // A large world takes seconds to lay out: not on a thread that answers calls.
    let text = tokio::task::spawn_blocking(move || {
        let document = world::write(&seed);
        if json {
            serde_json::to_string_pretty(&document).map_err(|error| error.to_string())
        } else {
            world::to_yaml(&document).map_err(|error| error.to_string())
        }
    });
    let written = text.await.unwrap_or_else(|error| Err(error.to_string()));
    written.map_err(|why| Problem::failed(format!("the world could not be written as text: {why}")))
}

/// A time in RFC 3339.
fn time_text(time: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(time.0).map_or_else(|_| time.ts(), |time| time.to_string())
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let wrong = |what: String| Problem::new(StatusCode::BAD_REQUEST, "invalid_request", what);
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            // The body as a whole, or no JSON at all.
            "." | "?" => wrong(format!("the body: {}", error.inner())),
            _ => wrong(format!("the body, `{path}`: {}", error.inner())),
        }
    })?;
    json.end()
        .map_err(|error| wrong(format!("the body: {error}")))?;
    Ok(value)
}

fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let text = serde_json::to_string(body).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, JSON)], text).into_response()
}
