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
    dispatch::{Dispatch, Given},
    endpoint::{Endpoint, Interface},
    logs,
    rate::{Held, Pace, Wait},
    record::Asked,
};
use bytes::Bytes;
use futures_util::FutureExt;
use guestlist_domain::{
    Caller,
    admin::{self, NotOwner},
    audit::Log,
};
use guestlist_methods::{common::Common, contract::documented, handle::Answer};
use guestlist_store::StoreError;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use question::Question;
use std::{borrow::Cow, net::IpAddr, panic::AssertUnwindSafe, sync::Arc};

/// The version of it.
const VERSION: &str = "v1";
/// The scope that a token holds for the logs.
const SCOPE: &str = "auditlogs:read";

/// How often all owners of an organisation together may read them.
static PACE: Pace = Pace::new("audit.logs", 50, 75);

/// Everything that is called, and what counts for all else.
pub(crate) static ENDPOINTS: &[&Endpoint] = &[&READ_LOGS, &ACTIONS, &SCHEMAS, &UNKNOWN];

static READ_LOGS: Endpoint = Endpoint {
    name: "audit.logs",
    path: Some("/logs"),
    scope: Some(SCOPE),
    paces: &[&PACE],
    of: Interface::Audit,
};
static ACTIONS: Endpoint = open("audit.actions", Some("/actions"));
static SCHEMAS: Endpoint = open("audit.schemas", Some("/schemas"));
/// A path at which nothing is, or a verb that is not answered.
static UNKNOWN: Endpoint = open("audit.unknown", None);

/// What is told to everybody.
const fn open(name: &'static str, path: Option<&'static str>) -> Endpoint {
    Endpoint {
        name,
        path,
        scope: None,
        paces: &[],
        of: Interface::Audit,
    }
}

/// Codes that methods do not have, each with what it means.
const OWN: [(&str, &str); 4] = [
    ("not_found", "Nothing is at this path."),
    ("method_not_allowed", "Not with this verb."),
    (
        "not_an_enterprise",
        "The token's workspace belongs to no organisation.",
    ),
    (
        "access_denied",
        "The token's owner is no owner of a workspace.",
    ),
];

/// All codes, each with the sentence of what it means.
pub(crate) fn codes() -> Vec<(&'static str, &'static str)> {
    let common = documented::<Common>().into_iter();
    let common = common.map(|doc| (doc.code, doc.sentence));
    OWN.into_iter().chain(common).collect()
}

/// Whether a path is of the Audit Logs.
pub(crate) fn is_call(path: &str) -> bool {
    let rest = path.strip_prefix("/audit/v1");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request below `/audit/v1`.
pub(crate) async fn answer(
    dispatch: Dispatch,
    request: Request<Incoming>,
    from: IpAddr,
) -> Response<Full<Bytes>> {
    let (parts, _) = request.into_parts();
    let begun = dispatch.begin(&parts.headers);
    let is_get = matches!(parts.method, Method::GET | Method::HEAD);
    let place = match parts.uri.path() {
        "/audit/v1/logs" => Some(&READ_LOGS),
        "/audit/v1/actions" => Some(&ACTIONS),
        "/audit/v1/schemas" => Some(&SCHEMAS),
        _ => None,
    };
    let called = place.filter(|_| is_get);
    let mut asked = Asked::default();
    if dispatch.remembers() {
        asked.take_query(&parts);
        if called.is_none() {
            asked.take_path(&parts);
        }
    }
    let answering = Box::pin(async {
        match place {
            None => no(refused(
                "not_found",
                "there are logs, actions and schemas here",
            )),
            Some(_) if !is_get => no(refused(
                "method_not_allowed",
                "this is asked with GET alone",
            )),
            Some(place) if std::ptr::eq(place, &ACTIONS) => (told::actions(), None),
            Some(place) if std::ptr::eq(place, &SCHEMAS) => (told::schemas(), None),
            Some(_) => read_logs(&dispatch, &parts, from, &mut asked).await,
        }
    });
    // A mistake of ours costs one call its answer's content, never the connection.
    let answering = AssertUnwindSafe(answering).catch_unwind();
    let answered = logs::within(begun.ids.request, answering).await;
    let (answer, retry_after) =
        answered.unwrap_or_else(|_| no(Answer::refused(Common::InternalError)));
    let status = status(&answer);
    let mut headers = HeaderMap::new();
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let given = Given {
        status,
        headers,
        body: answer::body(&answer, None),
        answered: (&answer).into(),
    };
    let called = (called.unwrap_or(&UNKNOWN), VERSION);
    let giving = dispatch.give(begun, &parts, from, called, asked, given);
    giving.await
}

/// An answer, and the seconds after which the next call is let through, when this one was not.
type Reply = (Answer, Option<u64>);

fn no(answer: Answer) -> Reply {
    (answer, None)
}

/// A refusal with a line that says why.
fn refused(code: &'static str, message: &str) -> Answer {
    Answer::Refused {
        code: Cow::Borrowed(code),
        extra: serde_json::Map::new(),
        messages: vec![format!("[ERROR] {message}")],
    }
}

/// `GET /logs`. Who may not read them uses up nothing of how often they may be read.
async fn read_logs(dispatch: &Dispatch, parts: &Parts, from: IpAddr, asked: &mut Asked) -> Reply {
    let store = dispatch.store();
    if store.server_state().maintenance {
        return no(Answer::refused(Common::ServiceUnavailable));
    }
    let Some(token) = authenticate::token(&parts.headers, None) else {
        return no(Answer::refused(Common::NotAuthed));
    };
    let caller = match authenticate::person(store, token, from).await {
        Ok(Ok(caller)) => caller,
        Ok(Err(code)) => return no(Answer::refused(code)),
        Err(error) => return no(Answer::failed(&error)),
    };
    asked.caller = Some(caller.clone());
    let query = parts.uri.query().unwrap_or_default();
    match tell(dispatch, &caller, query).await {
        Ok(answer) => (answer, None),
        Err(no) => no,
    }
}

async fn tell(dispatch: &Dispatch, caller: &Arc<Caller>, query: &str) -> Result<Answer, Reply> {
    let failed = |error: StoreError| no(Answer::failed(&error));
    if caller.is_bot() {
        return Err(no(Answer::refused(Common::NotAllowedTokenType)));
    }
    if !caller.token.scopes.holds(SCOPE) {
        return Err(no(Answer::missing_scope(&[SCOPE], caller)));
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
    let store = dispatch.store();
    let siblings = store
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
    let passed = dispatch.keep_pace(&PACE, first).await;
    passed.map_err(|held| match held {
        Held::Back(Wait(seconds)) => (Answer::refused(Common::Ratelimited), Some(seconds)),
        Held::Uncounted => no(Answer::refused(Common::ServiceUnavailable)),
        Held::Failed(error) => failed(error),
    })?;
    let question = Question::read(query).map_err(|messages| {
        let lines = messages.iter().map(|line| format!("[ERROR] {line}"));
        no(Answer::invalid_arguments(lines.collect()))
    })?;
    let reading =
        store.read_long(move |reader| read::page(reader, &log, &question, read::MOST_CHANGES));
    Ok(told::page(&reading.await.map_err(failed)?))
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
