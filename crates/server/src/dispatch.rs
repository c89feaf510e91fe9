//! One call, top to bottom: the file to read first.
//!
//! The order of the checks is part of the contract: arrival, content type and body, argument
//! names, method, service, token, the kind of token, the rate limit, the method's life, scopes,
//! arguments, the method's own rules.

mod by_app;
mod endpoint;

pub(crate) use endpoint::Given;

use crate::{
    answer::{self, Headers, RequestIds},
    authenticate::{self, Shown},
    body::{Bodies, Received},
    events::Events,
    logs,
    metrics::Measured,
    otel::Tracer,
    rate::{Buckets, Held, Pace, Payer, Wait},
    record::{Asked, Begun, Called as What, Ended, Records},
    settings::Settings,
    why::Recent,
    wire::{self, Decoded},
};
use bytes::Bytes;
use futures_util::FutureExt;
use guestlist_domain::{Caller, TeamId, Token, scope::ByKind, workspace::ServerState};
use guestlist_methods::{
    Arguments, Entry,
    common::{Common, Warning},
    find,
    handle::{Answer, Run},
};
use guestlist_store::Store;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use http_body_util::Full;
use hyper::body::Incoming;
use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

/// What every call is served with.
#[derive(Clone)]
pub(crate) struct Dispatch(Arc<Inner>);

struct Inner {
    store: Store,
    settings: Settings,
    headers: Headers,
    events: Events,
    bodies: Bodies,
    /// `None` when calls are not limited.
    buckets: Option<Arc<Buckets>>,
    records: Records,
}

/// A call of a method, with a token.
struct Called<'c> {
    parts: &'c Parts,
    entry: &'static Entry,
    shown: Shown<'c>,
    arguments: &'c Arguments,
    state: &'c ServerState,
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
    pub(crate) fn new(
        store: Store,
        settings: Settings,
        events: Events,
        recent: Recent,
        tracer: Option<Tracer>,
    ) -> Self {
        let drawn = store.draw().map(|drawn| drawn.bytes("requests"));
        let drawn = drawn.ok().and_then(|bytes| bytes.first_chunk().copied());
        let headers = Headers::new(
            u64::from_be_bytes(drawn.unwrap_or_default()),
            store.clock().stands(),
        );
        let limiter = settings.limiter.clone();
        let buckets = Buckets::new(settings.rate_limits, limiter, store.clock().now());
        Self(Arc::new(Inner {
            records: Records::new(store.clone(), recent, tracer),
            store,
            settings,
            headers,
            events,
            bodies: Bodies::default(),
            buckets: buckets.map(Arc::new),
        }))
    }

    /// What is counted of calls.
    pub(crate) fn rooms(&self) -> Vec<Box<dyn Measured>> {
        let inner = &self.0;
        let [calls, recent] = inner.records.rooms();
        let mut rooms = vec![calls];
        if let Some(buckets) = &inner.buckets {
            rooms.push(Box::new(buckets.clone()));
        }
        rooms.push(recent);
        rooms
    }

    /// Whether what is asked is kept for whoever asks why.
    pub(crate) fn remembers(&self) -> bool {
        self.0.records.are_kept()
    }

    /// Forgets how often was called in workspaces that are gone.
    pub(crate) fn forget(&self, workspaces: &[TeamId]) {
        if let Some(buckets) = &self.0.buckets {
            buckets.forget(workspaces);
        }
    }

    /// What is served.
    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    /// The body of a request, whole and unpacked. Never holds more than the limit.
    pub(crate) async fn receive(&self, parts: &Parts, body: Incoming) -> Result<Received, Common> {
        self.0.receive(&parts.headers, body).await
    }

    /// Takes one out of what everybody of a workspace has together.
    pub(crate) async fn keep_pace(&self, pace: &'static Pace, team: TeamId) -> Result<(), Held> {
        match &self.0.buckets {
            Some(buckets) => buckets.keep_pace(&self.0.store, pace, team).await,
            None => Ok(()),
        }
    }

    /// Dates an answer by the world's time where that stands; otherwise the connection does, by the machine's.
    pub(crate) fn date(&self, headers: &mut HeaderMap) {
        let clock = self.0.store.clock();
        if !clock.stands() {
            return;
        }
        if let Some(date) = answer::date(clock.now()) {
            headers.insert(header::DATE, date);
        }
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
        if !matches!(parts.method, Method::GET | Method::POST) {
            let mut response = Response::new(Full::from("methods are called with GET or POST\n"));
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            *response.headers_mut() = inner.headers.other_verb();
            return response;
        }
        let ids = inner.headers.next_ids();
        let begun = inner.records.begin(ids, began, &parts.headers);
        logs::within(begun.ids.request, inner.answer(&parts, body, from, begun)).await
    }
}

impl Inner {
    async fn answer(
        &self,
        parts: &Parts,
        body: Incoming,
        from: IpAddr,
        begun: Begun,
    ) -> Response<Full<Bytes>> {
        let mut asked = Asked::default();
        // In a box: it is larger than all that is around it, which is moved several times before
        // it is first polled.
        let call = Box::pin(self.call(parts, body, from, &mut asked));
        // A mistake of ours costs one call its answer's content, never the connection.
        let mut outcome = AssertUnwindSafe(call)
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Outcome::refused(Common::InternalError));
        let took = begun.at.elapsed();
        let response = self.respond(parts, &outcome, &begun.ids, took);
        let called = match (outcome.entry, name(parts)) {
            (Some(entry), _) => What::Method(entry),
            // Of a call that could not be read the method is not known yet.
            (None, name) => find(name).map_or(What::Nothing(name), What::Unread),
        };
        asked.caller = outcome.caller.take();
        let answer = &outcome.answer;
        let ended = Ended {
            called,
            from,
            asked,
            outcome: logs::outcome(called.entry().map(|entry| entry.spec), answer),
            status: response.status(),
            took,
        };
        self.records
            .end(begun, parts, ended, || answer.into())
            .await;
        response
    }

    async fn call(
        &self,
        parts: &Parts,
        body: Incoming,
        from: IpAddr,
        asked: &mut Asked,
    ) -> Outcome {
        let Decoded {
            arguments,
            token,
            warning,
        } = match self.read(parts, body).await {
            Ok(decoded) => decoded,
            Err(outcome) => return *outcome,
        };
        let refused = |code| Outcome {
            warning,
            ..Outcome::refused(code)
        };
        asked.arguments = arguments;
        if self.records.are_kept() {
            asked.arguments.keep_facts();
        }
        let arguments = &asked.arguments;

        let Some(entry) = find(name(parts)) else {
            asked.token = token;
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
        if let Run::Open(run) = entry.run {
            // The header is what the documentation prefers: it wins over arguments.
            if let Some((id, secret)) = authenticate::credentials(&parts.headers) {
                asked.arguments.push("client_id".to_owned(), id.into());
                asked
                    .arguments
                    .push("client_secret".to_owned(), secret.into());
            }
            outcome.answer = run(&self.store, &asked.arguments).await;
            return outcome;
        }
        if let Run::Plain(run) = entry.run
            && !entry.needs_token
        {
            outcome.answer = run(None, arguments, self.store.clock().now());
            return outcome;
        }

        let argument = token.as_deref().filter(|_| !entry.token_in_header);
        let Some(token) = authenticate::token(&parts.headers, argument) else {
            return outcome;
        };
        asked.is_owner_known = true;
        let owner = match authenticate::owner(&self.store, token).await {
            Ok(owner) => owner,
            Err(error) => {
                outcome.answer = Answer::failed(&error);
                return outcome;
            }
        };
        let shown = Shown {
            owner: owner.as_deref(),
            from,
            at: self.store.clock().now(),
        };
        let by_app = match entry.run {
            Run::App(run) => Some(run),
            _ => entry.also_by_app.filter(|_| shown.is_app_level()),
        };
        let call = Called {
            parts,
            entry,
            shown,
            arguments,
            state: &state,
        };
        match by_app {
            Some(run) => self.call_by_app(&call, run, &mut outcome).await,
            None => self.call_by_caller(&call, &mut outcome).await,
        }
        if outcome.caller.is_none() {
            asked.owner = owner;
        }
        outcome
    }

    /// What was sent, read as a call, or why it cannot be.
    async fn read(&self, parts: &Parts, body: Incoming) -> Result<Decoded, Box<Outcome>> {
        let Parts {
            method,
            uri,
            headers,
            ..
        } = parts;
        let received = self.receive(headers, body).await;
        let body = received.map_err(|code| Outcome {
            close: true,
            ..self.unread(code)
        })?;
        let decoded = wire::decode(method, uri, headers, &body.bytes, &self.settings).await;
        let unread = |(code, warning)| Outcome {
            warning,
            ..self.unread(code)
        };
        decoded.map_err(|why| unread(why).into())
    }

    /// A body as the settings let it come.
    async fn receive(&self, head: &HeaderMap, body: Incoming) -> Result<Received, Common> {
        let (limit, patience) = (self.settings.max_body, self.settings.read_timeout);
        self.bodies.unpacked(head, body, limit, patience).await
    }

    /// A call by whom a token stands for.
    async fn call_by_caller(&self, call: &Called<'_>, outcome: &mut Outcome) {
        let &Called {
            entry,
            shown,
            arguments,
            ..
        } = call;
        let caller = match authenticate::caller(&self.store, entry, shown, arguments).await {
            Ok(caller) => caller,
            Err(answer) => {
                outcome.answer = answer;
                return;
            }
        };
        outcome.caller = Some(caller.clone());
        let payer = Payer::from(caller.as_ref());
        if !self.may_pass(call, payer, outcome).await {
            return;
        }
        outcome.answer = if let Some(code) = withdrawn(call.state, entry) {
            Answer::refused(code)
        } else if let Some(successor) = retired(entry, &caller) {
            Answer::retired(entry.spec.name, &successor)
        } else if let Some(needed) = lacking(caller.column(&entry.spec.scopes), &caller.token) {
            Answer::missing_scope(&needed, &caller)
        } else {
            match entry.run {
                Run::Plain(run) => run(Some(&caller), arguments, shown.at),
                Run::Store(run) => run(&self.store, caller, arguments).await,
                Run::Open(run) => run(&self.store, arguments).await,
                // Called by apps alone: such a call has no caller.
                Run::App(_) => Answer::refused(Common::NotAllowedTokenType),
            }
        };
    }

    /// How often: whether this call is not one too many. If it is, the outcome says so.
    async fn may_pass(&self, call: &Called<'_>, payer: Payer, outcome: &mut Outcome) -> bool {
        let Some(buckets) = &self.buckets else {
            return true;
        };
        let (spec, at) = (call.entry.spec, call.shown.at);
        let passed = buckets.pass(&self.store, spec, payer, call.arguments, at);
        match passed.await {
            Ok(()) => return true,
            Err(Held::Back(Wait(seconds))) => {
                outcome.answer = Answer::refused(Common::Ratelimited);
                outcome.retry_after = Some(seconds);
            }
            Err(Held::Uncounted) => outcome.answer = Answer::refused(Common::ServiceUnavailable),
            // The store itself is away, and the call could not be answered without it.
            Err(Held::Failed(error)) => outcome.answer = Answer::failed(&error),
        }
        false
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

    fn respond(
        &self,
        parts: &Parts,
        outcome: &Outcome,
        ids: &RequestIds,
        took: Duration,
    ) -> Response<Full<Bytes>> {
        // Slack's own answer to one call too many does not say what the method accepts.
        let entry = outcome.entry.filter(|_| outcome.retry_after.is_none());
        let caller = outcome.caller.as_deref();
        let mut headers = self.headers.of(ids, entry, caller, took);
        if let Some(seconds) = outcome.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if outcome.close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let answer = &outcome.answer;
        let body = answer::body(answer, outcome.warning);
        answer::response(&parts.headers, answer::status(answer), headers, body)
    }
}

/// The name that is called.
fn name(parts: &Parts) -> &str {
    let path = parts.uri.path();
    path.strip_prefix("/api/")
        .unwrap_or_default()
        .trim_end_matches('/')
}

/// What to call instead, when the method is of a retired family that is closed to the caller.
fn retired(entry: &Entry, caller: &Caller) -> Option<String> {
    let successor = entry.spec.successor()?;
    caller.is_past_legacy_methods().then_some(successor)
}

/// Why nobody may call the method any more, by the server's switches.
fn withdrawn(state: &ServerState, entry: &Entry) -> Option<Common> {
    let named = |list: &[String]| list.iter().any(|method| method == entry.spec.name);
    if named(&state.deprecated_methods) {
        Some(Common::MethodDeprecated)
    } else if named(&state.deprecated_endpoints) {
        Some(Common::DeprecatedEndpoint)
    } else {
        None
    }
}

/// The scopes of which a call needs one, when the token holds none.
fn lacking(column: ByKind, token: &Token) -> Option<Vec<&'static str>> {
    (!column.met_by(&token.scopes)).then(|| column.every())
}
