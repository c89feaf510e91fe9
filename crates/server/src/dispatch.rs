//! One call, top to bottom: the file to read first.
//!
//! The order of the checks is part of the contract: arrival, content type and body, argument
//! names, method, service, token, the kind of token, the rate limit, the method's life, scopes,
//! arguments, the method's own rules.

use crate::{
    answer::{self, Headers},
    authenticate::{self, AppToken},
    events::Events,
    gzip,
    rate::{Buckets, Wait},
    settings::Settings,
    wire::{self, Decoded},
};
use bytes::Bytes;
use futures_util::FutureExt;
use guestlist_domain::{App, AppId, Caller};
use guestlist_methods::{
    Entry,
    common::{Common, Warning},
    find,
    handle::{Answer, AppCall, Run},
};
use guestlist_store::Store;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use std::{net::IpAddr, panic::AssertUnwindSafe, sync::Arc, time::Instant};

/// What every call is served with.
#[derive(Clone)]
pub(crate) struct Dispatch(Arc<Inner>);

struct Inner {
    store: Store,
    settings: Settings,
    headers: Headers,
    events: Events,
    /// `None` when calls are not limited.
    buckets: Option<Buckets>,
}

/// What came of a call, and what its headers need to know.
struct Outcome {
    answer: Answer,
    warning: Option<Warning>,
    entry: Option<&'static Entry>,
    caller: Option<Arc<Caller>>,
    /// Seconds after which the next call is let through, when this one was not.
    retry_after: Option<u64>,
    /// The rest of the request was not read: the connection cannot be used again.
    close: bool,
}

impl Outcome {
    fn refused(code: Common) -> Self {
        Self {
            answer: Answer::refused(code),
            warning: None,
            entry: None,
            caller: None,
            retry_after: None,
            close: false,
        }
    }
}

impl Dispatch {
    pub(crate) fn new(store: Store, settings: Settings, events: Events) -> Self {
        let headers = Headers::new(&settings.node);
        let buckets = Buckets::new(settings.rate_limits, store.clock().now());
        Self(Arc::new(Inner {
            store,
            settings,
            headers,
            events,
            buckets,
        }))
    }

    /// Answers a request for `/api/<name>`.
    pub(crate) async fn answer(
        &self,
        request: http::Request<Incoming>,
        from: IpAddr,
    ) -> Response<Full<Bytes>> {
        let began = Instant::now();
        let (parts, body) = request.into_parts();
        let inner = &self.0;
        if parts.method == Method::OPTIONS {
            let mut response = Response::new(Full::default());
            *response.headers_mut() = inner.headers.preflight();
            return response;
        }
        // A mistake of ours costs one call its answer's content, never the connection.
        let outcome = AssertUnwindSafe(inner.call(&parts, body, from))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| {
                tracing::error!(path = parts.uri.path(), "a call panicked");
                Outcome::refused(Common::InternalError)
            });
        inner.respond(&parts, &outcome, began)
    }
}

impl Inner {
    async fn call(&self, parts: &Parts, body: Incoming, from: IpAddr) -> Outcome {
        let body = match self.receive(parts, body).await {
            Ok(body) => body,
            Err(code) => {
                return Outcome {
                    close: true,
                    ..self.unread(code)
                };
            }
        };
        let decoded = wire::decode(
            &parts.method,
            &parts.uri,
            &parts.headers,
            &body,
            &self.settings,
        )
        .await;
        let Decoded {
            arguments,
            token,
            warning,
        } = match decoded {
            Ok(decoded) => decoded,
            Err((code, warning)) => {
                return Outcome {
                    warning,
                    ..self.unread(code)
                };
            }
        };
        let refused = |code| Outcome {
            warning,
            ..Outcome::refused(code)
        };

        let name = parts.uri.path().strip_prefix("/api/").unwrap_or_default();
        let Some(entry) = find(name.trim_end_matches('/')) else {
            return refused(Common::UnknownMethod);
        };
        let state = self.store.server_state();
        if state.maintenance {
            return refused(Common::ServiceUnavailable);
        }
        let mut outcome = Outcome {
            entry: Some(entry),
            ..refused(Common::NotAuthed)
        };
        if let Run::Plain(run) = entry.run
            && !entry.needs_token
        {
            outcome.answer = run(None, &arguments);
            return outcome;
        }

        let Some(token) = authenticate::token(&parts.headers, token.as_deref()) else {
            return outcome;
        };
        if let Run::App(run) = entry.run {
            let app = match authenticate::app(&self.store, token, from) {
                Ok(app) => app,
                Err(answer) => {
                    outcome.answer = answer;
                    return outcome;
                }
            };
            self.for_app(&mut outcome, entry, &app, |app| {
                let socket = || self.socket(parts, app.id);
                let socket = &socket;
                run(&AppCall { app, socket }, &arguments)
            });
            return outcome;
        }
        let caller = match authenticate::caller(&self.store, entry, token, &arguments, from).await {
            Ok(caller) => caller,
            Err(answer) => {
                outcome.answer = answer;
                return outcome;
            }
        };
        outcome.caller = Some(caller.clone());
        if let Some(buckets) = &self.buckets {
            let key = buckets.key(entry, &caller, &arguments);
            let now = self.store.clock().now();
            if let Err(Wait(seconds)) = buckets.take(key, entry.spec.tier.per_minute(), now) {
                outcome.answer = Answer::refused(Common::Ratelimited);
                outcome.retry_after = Some(seconds);
                return outcome;
            }
        }
        outcome.answer = if state
            .deprecated_methods
            .iter()
            .any(|method| method == entry.spec.name)
        {
            Answer::refused(Common::MethodDeprecated)
        } else if state
            .deprecated_endpoints
            .iter()
            .any(|method| method == entry.spec.name)
        {
            Answer::refused(Common::DeprecatedEndpoint)
        } else if let Some(needed) = lacking(entry, &caller) {
            Answer::missing_scope(&needed, &caller)
        } else {
            match entry.run {
                Run::Plain(run) => run(Some(&caller), &arguments),
                // Answered above: such a call has no caller.
                Run::App(_) => Answer::refused(Common::NotAllowedTokenType),
                Run::Store(run) => run(&self.store, caller, &arguments).await,
            }
        };
        outcome
    }

    /// The checks from the rate limit on, for a call with an app-level token.
    fn for_app(
        &self,
        outcome: &mut Outcome,
        entry: &Entry,
        shown: &AppToken,
        run: impl FnOnce(&App) -> Answer,
    ) {
        if let Some(buckets) = &self.buckets {
            let key = buckets.key_of_app(entry, shown.token.team, shown.app.id);
            let now = self.store.clock().now();
            if let Err(Wait(seconds)) = buckets.take(key, entry.spec.tier.per_minute(), now) {
                outcome.answer = Answer::refused(Common::Ratelimited);
                outcome.retry_after = Some(seconds);
                return;
            }
        }
        let state = self.store.server_state();
        let named = |list: &[String]| list.iter().any(|method| method == entry.spec.name);
        let column = entry.spec.scopes.bot;
        outcome.answer = if named(&state.deprecated_methods) {
            Answer::refused(Common::MethodDeprecated)
        } else if named(&state.deprecated_endpoints) {
            Answer::refused(Common::DeprecatedEndpoint)
        } else if !column.met_by(&shown.token.scopes) {
            Answer::lacking(&column.every(), &shown.token.scopes)
        } else {
            run(&shown.app)
        };
    }

    /// The address of a Socket Mode connection for an app, at the host that it called.
    fn socket(&self, parts: &Parts, app: AppId) -> String {
        let said = |name: HeaderName| parts.headers.get(name).and_then(|v| v.to_str().ok());
        let host = said(header::HOST).unwrap_or("localhost");
        // Behind something that speaks TLS for us.
        let secure = said(HeaderName::from_static("x-forwarded-proto")) == Some("https");
        let scheme = if secure { "wss" } else { "ws" };
        let ticket = self.events.sockets.ticket(app);
        format!("{scheme}://{host}/link/?ticket={ticket}&app_id={app}")
    }

    /// What was not read as a call: of its limits, the one that was passed.
    fn unread(&self, code: Common) -> Outcome {
        let mut outcome = Outcome::refused(code);
        if code == Common::InvalidArguments {
            let Settings {
                max_body,
                max_arguments,
                ..
            } = &self.settings;
            outcome.answer = Answer::invalid_arguments(vec![format!(
                "[ERROR] a call has at most {max_body} bytes of body, unpacked too, and {max_arguments} arguments"
            )]);
        }
        outcome
    }

    /// The body, whole and unpacked. Never holds more than the limit.
    async fn receive(&self, parts: &Parts, body: Incoming) -> Result<Bytes, Common> {
        let limit = self.settings.max_body;
        let announced = parts
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > limit as u64) {
            return Err(Common::InvalidArguments);
        }
        let collected = tokio::time::timeout(
            self.settings.read_timeout,
            Limited::new(body, limit).collect(),
        )
        .await;
        let body = match collected {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                return Err(Common::InvalidArguments);
            }
            Ok(Err(_)) | Err(_) => return Err(Common::RequestTimeout),
        };
        match parts
            .headers
            .get(header::CONTENT_ENCODING)
            .map(HeaderValue::as_bytes)
        {
            None | Some(b"identity") => Ok(body),
            Some(b"gzip") if !body.is_empty() => match gzip::decompress(&body, limit) {
                Ok(unpacked) => Ok(unpacked.into()),
                Err(gzip::Bad::Broken) => Err(Common::InvalidFormData),
                Err(gzip::Bad::TooLarge) => Err(Common::InvalidArguments),
            },
            Some(_) if body.is_empty() => Ok(body),
            Some(_) => Err(Common::InvalidFormData),
        }
    }

    fn respond(&self, parts: &Parts, outcome: &Outcome, began: Instant) -> Response<Full<Bytes>> {
        let mut body = answer::body(&outcome.answer, outcome.warning);
        let mut headers = self.headers.of(
            outcome.entry,
            outcome.caller.as_deref(),
            began.elapsed().as_micros(),
        );
        if gzip::wanted(&parts.headers) {
            body = gzip::compress(&body);
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(seconds) = outcome.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if outcome.close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let mut response = Response::new(Full::new(body.into()));
        *response.status_mut() = status(&outcome.answer);
        *response.headers_mut() = headers;
        response
    }
}

/// The scopes of which a call of this method needs one, when the caller holds none.
fn lacking(entry: &Entry, caller: &Caller) -> Option<Vec<&'static str>> {
    let column = caller.column(&entry.spec.scopes);
    (!column.met_by(&caller.token.scopes)).then(|| column.every())
}

fn status(answer: &Answer) -> StatusCode {
    let Answer::Refused { code, .. } = answer else {
        return StatusCode::OK;
    };
    let is = |common: Common| code == <&'static str>::from(common);
    if is(Common::Ratelimited) {
        StatusCode::TOO_MANY_REQUESTS
    } else if is(Common::ServiceUnavailable) {
        StatusCode::SERVICE_UNAVAILABLE
    } else if is(Common::InternalError) || is(Common::FatalError) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::OK
    }
}
