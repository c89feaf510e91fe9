//! SCIM: identity providers make accounts and groups, change them, and deactivate people.
//! <https://docs.slack.dev/reference/scim-api/>
//!
//! The order of the checks: the path, the verb, service, token, plan, the rate limit, content type and body, and then
//! what the body says.

mod attributes;
mod describe;
mod endpoints;
mod filter;
mod find;
mod fuzzed;
mod group;
mod groups;
mod kept;
mod list;
mod patch;
mod problem;
mod user;
mod users;
mod version;

use crate::{
    authenticate,
    dispatch::{Dispatch, Given},
    logs,
    rate::{Held, Wait},
    record::Asked,
    why::Answered,
};
use bytes::Bytes;
use futures_util::FutureExt;
use guestlist_domain::{Actor, Caller, people::provision::Realm, workspace::Plan};
use guestlist_methods::common::Common;
use guestlist_store::Store;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use problem::{Code, Problem};
use serde_json::Value;
use std::{net::IpAddr, panic::AssertUnwindSafe, sync::Arc};
use version::Version;

pub(crate) use endpoints::ENDPOINTS;
pub(crate) use fuzzed::{read_filter, told};
pub(crate) use problem::codes;

/// The scope that a token holds for it.
const SCOPE: &str = "admin";

/// The code of one call too many.
pub(crate) fn too_many() -> &'static str {
    Code::TooManyRequests.word()
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Config,
    ResourceTypes,
    Schemas(Option<String>),
    Users(Option<String>),
    Groups(Option<String>),
}

/// What is done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// A call whose caller is known.
struct Call {
    dispatch: Dispatch,
    version: Version,
    /// The channels of it are looked up where they are needed.
    realm: Arc<Realm>,
}

impl Call {
    fn store(&self) -> &Store {
        self.dispatch.store()
    }

    /// Where the server is reached.
    fn site(&self) -> String {
        self.store().site().to_string()
    }
}

/// What is answered.
struct Answer {
    status: StatusCode,
    document: Option<Value>,
    /// Where what was made is.
    location: Option<String>,
}

impl Answer {
    fn ok(document: Value) -> Self {
        Self {
            status: StatusCode::OK,
            document: Some(document),
            location: None,
        }
    }

    fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            document: None,
            location: None,
        }
    }
}

/// For whom something is done.
fn actor(caller: &Caller) -> Actor {
    Actor {
        team: caller.team(),
        user: Some(caller.id()),
        app: caller.token.app,
    }
}

/// Whether a path is SCIM's.
pub(crate) fn is_call(path: &str) -> bool {
    path.starts_with("/scim/")
}

/// Answers a request below `/scim/`.
pub(crate) async fn answer(
    dispatch: Dispatch,
    request: Request<Incoming>,
    from: IpAddr,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let begun = dispatch.begin(&parts.headers);
    let (version, place) = route(parts.uri.path());
    let verb = place
        .as_ref()
        .and_then(|place| place.verb(&parts.method).ok());
    let called = match (&place, verb) {
        (Some(place), Some(verb)) => endpoints::at(place, verb),
        _ => &endpoints::UNKNOWN,
    };
    let mut asked = Asked::default();
    if dispatch.remembers() {
        asked.take_query(&parts);
        match (&place, verb) {
            (Some(place), Some(_)) => {
                let id = place.id().map(|id| ("id", id));
                for (name, value) in version
                    .map(|it| ("version", it.name()))
                    .into_iter()
                    .chain(id)
                {
                    asked.arguments.push(name.to_owned(), value.into());
                }
            }
            _ => asked.take_path(&parts),
        }
    }
    let answering = Box::pin(call(
        &dispatch, version, place, &parts, body, from, &mut asked,
    ));
    // A mistake of ours costs one call its answer's content, never the connection.
    let answering = AssertUnwindSafe(answering).catch_unwind();
    let (answered, version) = logs::within(begun.ids.request, async {
        let answered = answering.await;
        let answered =
            answered.unwrap_or_else(|_| Err(Problem::new(Code::InternalError, "this failed here")));
        let version = version.unwrap_or(Version::Two);
        (given(version, answered), version)
    })
    .await;
    let called = (called, version.name());
    let giving = dispatch.give(begun, &parts, from, called, asked, answered);
    giving.await
}

/// The version and the place of a path, as far as there are any.
fn route(path: &str) -> (Option<Version>, Option<Place>) {
    let mut parts = path
        .strip_prefix("/scim/")
        .unwrap_or_default()
        .trim_end_matches('/')
        .split('/');
    let version = match parts.next() {
        Some("v1") => Version::One,
        Some("v2") => Version::Two,
        _ => return (None, None),
    };
    let parts: Option<Vec<_>> = parts
        .map(|part| percent_decode_str(part).decode_utf8().ok())
        .collect();
    let parts: Vec<String> = parts.into_iter().flatten().map(Into::into).collect();
    let place = match (parts.first().map(String::as_str), parts.get(1), parts.len()) {
        (Some("ServiceProviderConfigs" | "ServiceProviderConfig"), None, 1) => Place::Config,
        (Some("ResourceTypes"), None, 1) if version == Version::Two => Place::ResourceTypes,
        (Some("Schemas"), name, 1 | 2) => Place::Schemas(name.cloned()),
        (Some("Users"), id, 1 | 2) => Place::Users(id.cloned()),
        (Some("Groups"), id, 1 | 2) => Place::Groups(id.cloned()),
        _ => return (Some(version), None),
    };
    (Some(version), Some(place))
}

impl Place {
    /// Of what it is the one place.
    fn id(&self) -> Option<&str> {
        match self {
            Self::Users(id) | Self::Groups(id) | Self::Schemas(id) => id.as_deref(),
            Self::Config | Self::ResourceTypes => None,
        }
    }

    /// The verbs that it answers.
    fn allowed(&self) -> &'static str {
        match self {
            Self::Users(None) | Self::Groups(None) => "GET, POST",
            Self::Users(Some(_)) | Self::Groups(Some(_)) => "GET, PUT, PATCH, DELETE",
            Self::Config | Self::ResourceTypes | Self::Schemas(_) => "GET",
        }
    }

    fn verb(&self, method: &Method) -> Result<Verb, Problem> {
        let verb = match *method {
            Method::GET => Some(Verb::Get),
            Method::POST => Some(Verb::Post),
            Method::PUT => Some(Verb::Put),
            Method::PATCH => Some(Verb::Patch),
            Method::DELETE => Some(Verb::Delete),
            _ => None,
        };
        let allowed = self.allowed();
        let is_allowed = allowed.split(", ").any(|one| one == method.as_str());
        verb.filter(|_| is_allowed).ok_or_else(|| Problem {
            allow: Some(allowed),
            ..Problem::new(
                Code::MethodNotAllowed,
                format!("this is called with {allowed}"),
            )
        })
    }
}

async fn call(
    dispatch: &Dispatch,
    version: Option<Version>,
    place: Option<Place>,
    parts: &Parts,
    body: Incoming,
    from: IpAddr,
    asked: &mut Asked,
) -> Result<Answer, Problem> {
    let Some(version) = version else {
        let message = "the versions are /scim/v1/ and /scim/v2/";
        return Err(Problem::new(Code::UnsupportedVersion, message));
    };
    let Some(place) = place else {
        let message =
            "there are ServiceProviderConfig, ResourceTypes (v2), Schemas, Users and Groups";
        return Err(Problem::new(Code::BadEndpoint, message));
    };
    let verb = place.verb(&parts.method)?;
    if dispatch.store().server_state().maintenance {
        let message = "the server is under maintenance";
        return Err(Problem::new(Code::ServiceUnavailable, message));
    }
    let caller = caller(dispatch, parts, from, asked).await?;
    if matches!(place, Place::Groups(_)) && !authenticate::may_act(&caller) {
        let message = "groups are the workspace's, which the app of this organisation-wide token was not added to";
        return Err(Problem::denied(Some(Common::TeamAccessNotGranted), message));
    }
    let siblings = dispatch
        .store()
        .read(|reader| reader.siblings(&caller.workspace));
    let mut workspaces: Vec<_> = siblings.await?.iter().map(|one| one.id).collect();
    // The order of lists, and the first of them counts for all.
    workspaces.sort();
    for pace in endpoints::at(&place, verb).paces {
        let first = workspaces.first().copied().unwrap_or(caller.team());
        dispatch.keep_pace(pace, first).await.map_err(held)?;
    }
    let call = Call {
        version,
        realm: Arc::new(Realm {
            caller,
            workspaces,
            usual: Vec::new(),
        }),
        dispatch: dispatch.clone(),
    };
    let query = parts.uri.query();
    if matches!(verb, Verb::Get | Verb::Delete) {
        return match (place, verb) {
            (Place::Config, _) => Ok(Answer::ok(describe::config(version))),
            (Place::ResourceTypes, _) => Ok(Answer::ok(describe::types(&call.site()))),
            (Place::Schemas(name), _) => {
                describe::schemas(version, name.as_deref(), &call.site()).map(Answer::ok)
            }
            (Place::Users(None), _) => users::list(&call, query).await,
            (Place::Groups(None), _) => groups::list(&call, query).await,
            (Place::Users(Some(id)), Verb::Delete) => users::deactivate(&call, &id).await,
            (Place::Groups(Some(id)), Verb::Delete) => groups::erase(&call, &id).await,
            (Place::Users(Some(id)), _) => users::one(&call, &id).await,
            (Place::Groups(Some(id)), _) => groups::one(&call, &id, query).await,
        };
    }
    is_json(parts)?;
    let received = call.dispatch.receive(parts, body).await?;
    let body = &received.bytes;
    if dispatch.remembers() {
        kept::body(asked, body);
    }
    match (place, verb) {
        (Place::Users(Some(id)), Verb::Put) => users::replace(&call, &id, body).await,
        (Place::Users(Some(id)), _) => users::patch(&call, &id, body).await,
        (Place::Users(None), _) => users::create(&call, body).await,
        (Place::Groups(Some(id)), Verb::Put) => groups::replace(&call, &id, body).await,
        (Place::Groups(Some(id)), _) => groups::patch(&call, &id, body).await,
        (Place::Groups(None), _) => groups::create(&call, body).await,
        _ => Err(Problem::new(Code::BadEndpoint, "nothing is written here")),
    }
}

/// Whoever calls: an admin or owner, by a token of theirs.
async fn caller(
    dispatch: &Dispatch,
    parts: &Parts,
    from: IpAddr,
    asked: &mut Asked,
) -> Result<Arc<Caller>, Problem> {
    let denied = |check, message: &str| Err(Problem::denied(check, message));
    let Some(token) = authenticate::token(&parts.headers, None) else {
        let message = "the token is sent as `Authorization: Bearer TOKEN`";
        return Err(Problem::new(Code::MissingAuthentication, message));
    };
    let caller = authenticate::person(dispatch.store(), token, from).await??;
    asked.caller = Some(caller.clone());
    if caller.is_bot() {
        return denied(
            Some(Common::NotAllowedTokenType),
            "the token is a user's, not a bot's",
        );
    }
    if !caller.token.scopes.holds_any(&[SCOPE]) {
        return denied(
            Some(Common::MissingScope),
            "the token holds the scope `admin`",
        );
    }
    if !caller.user.is_admin() {
        return denied(None, "the token's owner is an admin or owner");
    }
    let pays = matches!(caller.workspace.plan, Plan::BusinessPlus | Plan::Enterprise);
    if !pays && caller.enterprise.is_none() {
        let message =
            "the workspace's plan is Business+ or Enterprise, or it is of an organisation";
        return Err(Problem::new(Code::PlusTeamsOnly, message));
    }
    Ok(caller)
}

fn held(held: Held) -> Problem {
    match held {
        Held::Back(Wait(seconds)) => Problem {
            retry_after: Some(seconds),
            ..Problem::new(
                Code::TooManyRequests,
                format!("too many calls: the next one is answered in {seconds} s"),
            )
        },
        Held::Uncounted => {
            let message = "calls cannot be counted at the moment";
            Problem::new(Code::ServiceUnavailable, message)
        }
        Held::Failed(error) => error.into(),
    }
}

/// Whether a body is said to be JSON.
fn is_json(parts: &Parts) -> Result<(), Problem> {
    let said = parts.headers.get(header::CONTENT_TYPE);
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    let kind = said.split(';').next().unwrap_or_default().trim();
    let kinds = ["application/json", "application/scim+json"];
    match kinds.iter().any(|json| kind.eq_ignore_ascii_case(json)) {
        true => Ok(()),
        false => Err(Problem::new(
            Code::UnsupportedMediaType,
            format!("the body's content-type is {}", kinds.join(" or ")),
        )),
    }
}

fn given(version: Version, answered: Result<Answer, Problem>) -> Given {
    let (answer, problem) = match answered {
        Ok(answer) => (answer, None),
        Err(problem) => {
            let document = problem.document(version);
            let status = problem.code.status();
            let answer = Answer {
                status,
                ..Answer::ok(document)
            };
            (answer, Some(problem))
        }
    };
    // While the store is away every call says so.
    let away = answer.status == StatusCode::SERVICE_UNAVAILABLE;
    match problem.as_ref().and_then(|problem| problem.cause.as_ref()) {
        Some(cause) if away => tracing::debug!(error = %cause, "a SCIM call failed"),
        Some(cause) => tracing::error!(error = %cause, "a SCIM call failed"),
        None => {}
    }
    let mut headers = HeaderMap::new();
    if answer.document.is_some() {
        let kind = match version {
            Version::One => "application/json; charset=utf-8",
            Version::Two => "application/scim+json; charset=utf-8",
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    let location = answer.location.as_ref();
    if let Some(location) = location.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(header::LOCATION, location);
    }
    if let Some(problem) = &problem {
        if let Some(seconds) = problem.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allow) = problem.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if answer.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
    }
    let document = answer.document.as_ref();
    Given {
        status: answer.status,
        headers,
        body: document.map_or_else(Vec::new, |document| document.to_string().into_bytes()),
        answered: problem.as_ref().map_or(Answered::Good, Answered::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_somewhere_or_nowhere() {
        let id = || Some("U1".to_owned());
        for (path, version, place) in [
            (
                "/scim/v2/Users",
                Some(Version::Two),
                Some(Place::Users(None)),
            ),
            (
                "/scim/v1/Users/",
                Some(Version::One),
                Some(Place::Users(None)),
            ),
            (
                "/scim/v2/Users/U1",
                Some(Version::Two),
                Some(Place::Users(id())),
            ),
            (
                "/scim/v2/Users/U%31",
                Some(Version::Two),
                Some(Place::Users(id())),
            ),
            ("/scim/v2/Users/%ff", Some(Version::Two), None),
            ("/scim/v2/Users/U1/emails", Some(Version::Two), None),
            ("/scim/v2/users", Some(Version::Two), None),
            ("/scim/v2/", Some(Version::Two), None),
            (
                "/scim/v2/Schemas",
                Some(Version::Two),
                Some(Place::Schemas(None)),
            ),
            ("/scim/v1/ResourceTypes", Some(Version::One), None),
            ("/scim/v3/Users", None, None),
            ("/scim//scim/v2/Users", None, None),
            ("/scim/", None, None),
        ] {
            assert_eq!(route(path), (version, place), "{path}");
        }
    }

    #[test]
    fn codes_are_words_with_statuses() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        let page = include_str!("../../../docs/scim.md");
        for code in Code::ALL {
            let row = format!("| `{}` | {} |", code.word(), code.status().as_u16());
            assert!(page.contains(&row), "docs/scim.md lacks {row}");
        }
    }
}
