//! What is recorded of a call once it was answered, be it of a method or of an [`Endpoint`]: it is counted, has a line in
//! the log and a span, and is kept for whoever asks why.

use crate::{
    answer::RequestIds,
    authenticate,
    endpoint::Endpoint,
    logs,
    metrics::{Calls, Measured},
    otel::{Traced, Tracer},
    why::{Answered, Call, Recent},
};
use guestlist_domain::Caller;
use guestlist_methods::{Arguments, Entry};
use guestlist_store::{Store, TokenOwner};
use http::{HeaderMap, StatusCode, request::Parts};
use std::{
    borrow::Cow,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

/// Where calls are recorded.
pub(crate) struct Records {
    store: Store,
    recent: Recent,
    calls: Arc<Calls>,
    /// `None` when nothing is traced.
    tracer: Option<Tracer>,
}

/// A call under way.
pub(crate) struct Begun {
    pub(crate) ids: RequestIds,
    /// When its head was there.
    pub(crate) at: Instant,
    traced: Option<Traced>,
}

/// What was asked and by whom, as far as that could be read; kept for whoever asks why.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) arguments: Arguments,
    /// Why the arguments are not to be kept, where they are not.
    pub(crate) left_out: Option<&'static str>,
    /// A token among the arguments of a call of no method.
    pub(crate) token: Option<String>,
    /// Whose token it is, if it is one.
    pub(crate) owner: Option<Arc<TokenOwner>>,
    /// It was looked whose token it is.
    pub(crate) is_owner_known: bool,
    /// Who called, once the token was found alive.
    pub(crate) caller: Option<Arc<Caller>>,
}

impl Asked {
    /// Takes up what stands in a query. A token there is no argument.
    pub(crate) fn take_query(&mut self, parts: &Parts) {
        let query = parts.uri.query().unwrap_or_default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name != "token" {
                self.arguments.push(name.into_owned(), value.into());
            }
        }
    }

    /// Takes up by which verb and at which path nothing was found.
    pub(crate) fn take_path(&mut self, parts: &Parts) {
        let told = [("verb", parts.method.as_str()), ("path", parts.uri.path())];
        for (name, value) in told {
            self.arguments.push(name.to_owned(), value.into());
        }
    }
}

/// What was called.
#[derive(Clone, Copy)]
pub(crate) enum Called<'c> {
    /// A method.
    Method(&'static Entry),
    /// A method, by what could not be read as a call.
    Unread(&'static Entry),
    /// An endpoint, of this version.
    Endpoint(&'static Endpoint, &'static str),
    /// No method: the name, which can be any text.
    Nothing(&'c str),
}

impl Called<'_> {
    /// The method, if it is one.
    pub(crate) fn entry(&self) -> Option<&'static Entry> {
        match *self {
            Self::Method(entry) | Self::Unread(entry) => Some(entry),
            Self::Endpoint(..) | Self::Nothing(_) => None,
        }
    }

    /// Its name, which is one of few.
    pub(crate) fn name(&self) -> &'static str {
        match *self {
            Self::Method(entry) | Self::Unread(entry) => entry.spec.name,
            Self::Endpoint(endpoint, _) => endpoint.name,
            Self::Nothing(_) => "unknown",
        }
    }

    /// Where it is.
    fn route(&self) -> Option<Route> {
        Some(match *self {
            Self::Method(entry) | Self::Unread(entry) => {
                (format!("/api/{}", entry.spec.name), true)
            }
            Self::Endpoint(endpoint, version) => (endpoint.route(version)?, false),
            Self::Nothing(_) => return None,
        })
    }
}

/// A path as one of few, and whether it is what was called: of an endpoint it stands for others, with somebody's id in
/// them.
pub(crate) type Route = (String, bool);

/// What came of a call.
pub(crate) struct Ended<'c> {
    pub(crate) called: Called<'c>,
    pub(crate) from: IpAddr,
    pub(crate) asked: Asked,
    /// `ok`, or a code.
    pub(crate) outcome: &'c str,
    pub(crate) status: StatusCode,
    /// From its head until it was answered.
    pub(crate) took: Duration,
}

impl Records {
    pub(crate) fn new(store: Store, recent: Recent, tracer: Option<Tracer>) -> Self {
        Self {
            store,
            recent,
            calls: Arc::new(Calls::new()),
            tracer,
        }
    }

    /// What is counted of calls, and of those that are kept.
    pub(crate) fn rooms(&self) -> [Box<dyn Measured>; 2] {
        [Box::new(self.calls.clone()), Box::new(self.recent.clone())]
    }

    /// Whether what is asked is kept.
    pub(crate) fn are_kept(&self) -> bool {
        self.recent.is_on()
    }

    /// A call begins, whose head came `at` a time.
    pub(crate) fn begin(&self, ids: RequestIds, at: Instant, headers: &HeaderMap) -> Begun {
        let begin = |tracer: &Tracer| tracer.begin(Some(headers));
        let traced = self.tracer.as_ref().and_then(begin);
        Begun { ids, at, traced }
    }

    /// It has ended. What is kept of its answer is made only where it is kept.
    pub(crate) async fn end(
        &self,
        begun: Begun,
        parts: &Parts,
        ended: Ended<'_>,
        answered: impl FnOnce() -> Answered,
    ) {
        let Ended {
            called,
            from,
            mut asked,
            outcome,
            status,
            took,
        } = ended;
        let id = begun.ids.request;
        if asked.caller.is_none() && !asked.is_owner_known && self.recent.is_on() {
            // Refused, or answered, before anybody looked at it.
            let token = authenticate::token(&parts.headers, asked.token.as_deref());
            if let Some(token) = token {
                let owner = authenticate::owner(&self.store, token).await;
                asked.owner = owner.unwrap_or_default();
            }
        }
        self.calls.count(&called, outcome, took);
        let caller = asked.caller.as_deref();
        let owner = asked.owner.as_ref();
        let owner = owner.and_then(|owner| owner.caller.as_deref());
        logs::answered(called.name(), caller.or(owner), outcome, status, took);
        if let Some(traced) = begun.traced {
            traced.answered(&parts.method, called.route(), caller, outcome, status, id);
        }
        if !self.recent.is_on() {
            return;
        }
        let (entry, endpoint) = match called {
            Called::Method(entry) => (Some(entry), None),
            Called::Endpoint(endpoint, _) => (None, Some(endpoint)),
            Called::Unread(_) | Called::Nothing(_) => (None, None),
        };
        // The token is not among it.
        self.recent.keep(Call {
            id,
            at: self.store.clock().now(),
            from,
            method: match called {
                Called::Nothing(name) => Cow::Owned(name.to_owned()),
                called => Cow::Borrowed(called.name()),
            },
            entry,
            endpoint,
            owner: asked.owner,
            caller: asked.caller,
            arguments: asked.arguments,
            left_out: asked.left_out,
            status: status.as_u16(),
            answered: answered(),
        });
    }
}
