//! The newest calls: what was asked and answered, and why one was answered as it was.

use super::{Control, Problem, answer, limit, time_text, workspace};
use crate::why::{self, Answered, Call, Recent, Secrets};
use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use guestlist_domain::{AppId, EnterpriseId, TeamId, UserId};
use guestlist_store::{Reader, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Calls in one answer.
const USUAL: usize = 100;

/// Which calls to tell of.
#[derive(Debug)]
struct WhichRequests {
    /// Only those answered after the call with this `x-slack-req-id`.
    after: Option<String>,
    limit: usize,
    /// Of tokens of these workspaces; of all where none is named.
    workspaces: Vec<TeamId>,
    /// Of these methods; of all where none is named.
    methods: Vec<String>,
    /// Only those that were done, or those that were refused.
    ok: Option<bool>,
}

impl WhichRequests {
    fn read(query: &str) -> Result<Self, Problem> {
        let mut which = Self {
            after: None,
            limit: USUAL,
            workspaces: Vec::new(),
            methods: Vec::new(),
            ok: None,
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "after" => which.after = Some(value.into_owned()),
                "limit" => which.limit = limit(&value)?,
                "workspace" => which.workspaces.push(workspace(&value)?),
                "method" => which.methods.push(value.into_owned()),
                "ok" => {
                    let ok = value.parse().map_err(|_| {
                        let message = format!("`ok` is true or false, not `{value}`");
                        Problem::invalid("invalid_request", message)
                    })?;
                    which.ok = Some(ok);
                }
                other => {
                    let message =
                        format!("`{other}` is none of after, limit, workspace, method, ok");
                    return Err(Problem::invalid("invalid_request", message));
                }
            }
        }
        Ok(which)
    }
}

/// A call that was answered.
#[derive(Debug, Serialize, Deserialize)]
pub struct RequestView {
    /// The answer's `x-slack-req-id`.
    pub id: String,
    /// When, by the world's clock, in RFC 3339.
    pub at: String,
    /// The name that was called, be it a method or not; of SCIM and the Audit Logs the endpoint, `scim.Users.create`.
    pub method: String,
    /// The address that it came from.
    pub from: String,
    /// The HTTP status of the answer.
    #[serde(default)]
    pub status: u16,
    /// The workspace of the token; absent where no token of ours was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<TeamId>,
    /// The organisation of the workspace, if it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<EnterpriseId>,
    /// Who the token acts as; absent for tokens of an app itself, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The token's app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// What was asked, tokens left out.
    pub arguments: Map<String, Value>,
    /// Why the arguments are not held, if they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// Whether it was done.
    pub ok: bool,
    /// The code of the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the refusal says besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Value>,
    /// Who could not be served, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Value>,
}

/// Some calls, and where they go on.
#[derive(Debug, Serialize, Deserialize)]
pub struct RequestsPage {
    /// The calls, the first answered first; none if there are no more.
    pub requests: Vec<RequestView>,
    /// The last call that was looked at, be it among them or not; absent where none is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How many calls, of all workspaces, are held no more, since newer ones needed the room.
    #[serde(default)]
    pub forgotten: usize,
}

fn view(secrets: &mut Secrets<'_>, call: &Call) -> RequestView {
    let mut shown = |mut value: Value| {
        why::redact(secrets, &mut value);
        value
    };
    // Of no method of ours it is whatever stood in the path.
    let method = match call.entry.is_some() || call.endpoint.is_some() {
        true => call.method.as_ref().into(),
        false => shown(call.method.as_ref().into()),
    };
    let (token, caller) = (call.token(), call.known_caller());
    let enterprise = caller.and_then(|caller| caller.enterprise.as_ref());
    let mut view = RequestView {
        id: call.id.as_str().to_owned(),
        at: time_text(call.at),
        method: method.as_str().unwrap_or_default().to_owned(),
        from: call.from.to_string(),
        status: call.status,
        workspace: token.map(|token| token.team),
        enterprise: enterprise.map(|org| org.id),
        user: caller.map(|caller| caller.id()),
        app: token.and_then(|token| token.app),
        arguments: why::arguments(call)
            .into_iter()
            .map(|(name, value)| (name, shown(value)))
            .collect(),
        left_out: call.left_out.map(str::to_owned),
        ok: true,
        error: None,
        messages: Vec::new(),
        errors: None,
    };
    if let Answered::Refused {
        code,
        messages,
        errors,
        ..
    } = &call.answered
    {
        view.ok = false;
        view.error = Some(code.to_string());
        let lines = messages.iter().map(|line| shown(line.as_str().into()));
        view.messages = lines.collect();
        view.errors = errors.clone().map(&mut shown);
    }
    view
}

fn views(reader: Option<&Reader>, calls: &[Call]) -> Vec<RequestView> {
    let mut secrets = Secrets::sent(reader);
    calls.iter().map(|call| view(&mut secrets, call)).collect()
}

/// `GET requests`.
pub(super) async fn list(
    State(control): State<Control>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let which = WhichRequests::read(query.as_deref().unwrap_or_default())?;
    let after = which.after.clone();
    let recent = &control.recent;
    if !recent.is_on() {
        return Err(not_held(recent, &control.store));
    }
    let found = recent.after(which.after.as_deref(), which.limit, |call| {
        let named = |team: TeamId| which.workspaces.contains(&team);
        let is_there = which.workspaces.is_empty() || call.team().is_some_and(named);
        let method = call.method();
        let is_meant = which.methods.is_empty() || which.methods.iter().any(|m| m == method);
        is_there && is_meant && which.ok.is_none_or(|ok| ok == call.is_good())
    });
    let found = found.ok_or_else(|| not_held(recent, &control.store))?;
    let calls = Arc::new(found.calls);
    let held = calls.clone();
    let read = move |reader: &mut Reader| Ok::<_, StoreError>(views(Some(reader), &held));
    let page = RequestsPage {
        requests: match control.store.glance_long(read).await {
            Ok(requests) => requests,
            Err(_) => views(None, &calls),
        },
        place: found.place.or(after),
        forgotten: found.forgotten,
    };
    Ok(answer(StatusCode::OK, &page))
}

/// `GET requests/{id}`.
pub(super) async fn why(
    State(control): State<Control>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Some(call) = control.recent.find(&id) else {
        return Err(not_held(&control.recent, &control.store));
    };
    let told = why::tell(&control.store, &call).await?;
    Ok(answer(StatusCode::OK, &told))
}

fn not_held(recent: &Recent, store: &Store) -> Problem {
    let message = if recent.is_on() {
        let (calls, _) = recent.held();
        let others = if store.is_shared() {
            "; of servers that share a store each holds what it answered itself: ask the others"
        } else {
            ""
        };
        format!(
            "no call with this x-slack-req-id is held: it was never made here, or it is older than the newest {calls} calls{others}"
        )
    } else {
        "no calls are held: the setting `remember` is 0".to_owned()
    };
    Problem::new(StatusCode::NOT_FOUND, "request_not_found", message)
}
