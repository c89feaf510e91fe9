//! The Audit Logs API, below `/audit/v1`: what was done in an organisation, for its owners, read from the journal
//! when it is asked for. Its answers are those of the Web API, with the status codes of HTTP
//! ([docs/audit.md](../../../docs/audit.md)).

mod question;
mod read;
#[cfg(test)]
mod tests;
mod told;

use crate::{
    answer, authenticate,
    dispatch::Dispatch,
    gzip, logs,
    rate::{Held, Pace, Wait},
};
use axum::{
    Extension, Router,
    body::Body,
    extract::{RawQuery, State},
    routing::any,
};
use guestlist_domain::{
    ByKind, Caller, Scopes,
    admin::{self, NotOwner},
    audit::Log,
};
use guestlist_methods::{Arguments, Spec, Tier, Verb, common::Common, handle::Answer};
use guestlist_store::{Store, StoreError};
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use question::Question;
use std::{borrow::Cow, net::IpAddr, sync::Arc, time::Instant};

/// What answers.
#[derive(Clone)]
pub(crate) struct Audit {
    /// The world.
    pub(crate) store: Store,
    /// What calls are served with.
    pub(crate) dispatch: Dispatch,
}

/// The address that a request came from.
#[derive(Clone, Copy)]
pub(crate) struct From(pub(crate) IpAddr);

/// What reading the logs asks of a token.
static LOGS: Spec = Spec {
    name: "audit.logs",
    about: "Tells what was done in an organisation, newest first, page by page.",
    verb: Verb::Get,
    json: false,
    tier: Tier::Special(50),
    scopes: Scopes {
        bot: ByKind::NONE,
        user: ByKind::all(&["auditlogs:read"]),
    },
    args: &[],
    success: "",
    failure: "",
    warnings: &[],
};

/// How often all owners of an organisation together may read them.
static PACE: Pace = Pace::new("audit.logs", 50, 75);

/// Its routes, to be mounted under `/audit/v1`.
pub(crate) fn router(audit: Audit) -> Router {
    Router::new()
        .route("/logs", any(logs))
        .route("/actions", any(actions))
        .route("/schemas", any(schemas))
        .fallback(nothing_here)
        .with_state(audit)
}

/// What an answer needs to become a response.
struct Given {
    answer: Answer,
    caller: Option<Arc<Caller>>,
    /// Seconds after which the next call is let through, when this one was not.
    retry_after: Option<u64>,
}

impl std::convert::From<Answer> for Given {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            caller: None,
            retry_after: None,
        }
    }
}

async fn logs(
    State(audit): State<Audit>,
    Extension(From(from)): Extension<From>,
    method: Method,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response<Body> {
    let query = query.unwrap_or_default();
    audit
        .respond(Some(&LOGS), &method, &headers, async {
            audit.logs(&headers, &query, from).await
        })
        .await
}

async fn actions(State(audit): State<Audit>, method: Method, headers: HeaderMap) -> Response<Body> {
    let answer = async { told::actions().into() };
    audit.respond(None, &method, &headers, answer).await
}

async fn schemas(State(audit): State<Audit>, method: Method, headers: HeaderMap) -> Response<Body> {
    let answer = async { told::schemas().into() };
    audit.respond(None, &method, &headers, answer).await
}

async fn nothing_here(State(audit): State<Audit>, headers: HeaderMap) -> Response<Body> {
    let answer = async { refused("not_found", "there are logs, actions and schemas here").into() };
    audit.respond(None, &Method::GET, &headers, answer).await
}

/// A refusal with a line that says why.
fn refused(code: &'static str, message: &str) -> Answer {
    Answer::Refused {
        code: Cow::Borrowed(code),
        extra: serde_json::Map::new(),
        messages: vec![format!("[ERROR] {message}")],
    }
}

impl Audit {
    async fn respond(
        &self,
        spec: Option<&Spec>,
        method: &Method,
        headers: &HeaderMap,
        answering: impl Future<Output = Given>,
    ) -> Response<Body> {
        let began = Instant::now();
        let all = self.dispatch.headers();
        let ids = all.next_ids();
        let is_get = matches!(*method, Method::GET | Method::HEAD);
        let given = match is_get {
            true => logs::within(ids.request, answering).await,
            false => refused("method_not_allowed", "this is asked with GET alone").into(),
        };
        let status = status(&given.answer);
        let caller = given.caller.as_deref();
        if spec.is_some() {
            logs::answered(spec, caller, &given.answer, status, began.elapsed());
        }
        let mut body = answer::body(&given.answer, None);
        let mut fields = all.of(&ids, None, caller, began.elapsed().as_micros());
        if gzip::wanted(headers) {
            body = gzip::compress(&body);
            fields.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(seconds) = given.retry_after {
            fields.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if !is_get {
            fields.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        if status == StatusCode::UNAUTHORIZED {
            fields.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        *response.headers_mut() = fields;
        response
    }

    /// `GET /logs`. Who may not read them uses up nothing of how often they may be read.
    async fn logs(&self, headers: &HeaderMap, query: &str, from: IpAddr) -> Given {
        if self.store.server_state().maintenance {
            return Answer::refused(Common::ServiceUnavailable).into();
        }
        let Some(token) = authenticate::token(headers, None) else {
            return Answer::refused(Common::NotAuthed).into();
        };
        let none = Arguments::default();
        let found = authenticate::holder(&self.store, &LOGS, token, &none, from).await;
        let caller = match found {
            Ok(caller) => caller,
            Err(answer) => return answer.into(),
        };
        let (answer, retry_after) = match self.tell(&caller, query).await {
            Ok(answer) => (answer, None),
            Err(no) => no,
        };
        Given {
            answer,
            caller: Some(caller),
            retry_after,
        }
    }

    async fn tell(
        &self,
        caller: &Arc<Caller>,
        query: &str,
    ) -> Result<Answer, (Answer, Option<u64>)> {
        let no = |answer| (answer, None);
        let failed = |error: StoreError| no(Answer::failed(&error));
        let needed = caller.column(&LOGS.scopes);
        if !needed.met_by(&caller.token.scopes) {
            return Err(no(Answer::missing_scope(&needed.every(), caller)));
        }
        let org = admin::owned_by(caller).map_err(|why| {
            no(match why {
                NotOwner::NotAnEnterprise => refused(
                    "not_an_enterprise",
                    "the token's workspace belongs to no organisation, and audit logs are those of one",
                ),
                NotOwner::NotAnOwner => refused(
                    "access_denied",
                    "audit logs are read by owners of the organisation alone",
                ),
            })
        })?;
        let siblings = self
            .store
            .read(|reader| reader.siblings(&caller.workspace))
            .await
            .map_err(failed)?;
        let log = Log {
            org,
            workspaces: siblings.iter().map(|workspace| workspace.id).collect(),
            since: caller
                .enterprise
                .as_ref()
                .map_or_else(Default::default, |org| org.added),
        };
        let first = log.workspaces.first().copied().unwrap_or(caller.team());
        let passed = self.dispatch.keep_pace(&PACE, first).await;
        passed.map_err(|held| match held {
            Held::Back(Wait(seconds)) => (Answer::refused(Common::Ratelimited), Some(seconds)),
            Held::Uncounted => no(Answer::refused(Common::ServiceUnavailable)),
            Held::Failed(error) => failed(error),
        })?;
        let question = Question::read(query).map_err(|messages| {
            let lines = messages.iter().map(|line| format!("[ERROR] {line}"));
            no(Answer::invalid_arguments(lines.collect()))
        })?;
        let reading = self
            .store
            .read_long(move |reader| read::page(reader, &log, &question, read::MOST_CHANGES));
        Ok(told::page(&reading.await.map_err(failed)?))
    }
}

/// What HTTP calls it.
fn status(answer: &Answer) -> StatusCode {
    let Answer::Refused { code, .. } = answer else {
        return StatusCode::OK;
    };
    match &**code {
        "not_authed" | "invalid_auth" | "token_revoked" | "token_expired" | "account_inactive" => {
            StatusCode::UNAUTHORIZED
        }
        "invalid_arguments" => StatusCode::BAD_REQUEST,
        "not_found" => StatusCode::NOT_FOUND,
        "method_not_allowed" => StatusCode::METHOD_NOT_ALLOWED,
        "ratelimited" => StatusCode::TOO_MANY_REQUESTS,
        "service_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
        "internal_error" | "fatal_error" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::FORBIDDEN,
    }
}
