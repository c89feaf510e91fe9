//! HTTP to others: apps, and what collects traces.

use crate::tls::Tls;
use bytes::Bytes;
use http::{Request, Response, uri::Scheme};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{
        self,
        connect::{Connect, HttpConnector},
    },
    rt::{TokioExecutor, TokioTimer},
};
use std::{error::Error, io, iter, sync::Arc, time::Duration};
use tokio::sync::OnceCell;

type Client<C> = legacy::Client<C, Full<Bytes>>;

/// Connections to others, kept open between requests. They live in the runtime they were made in.
#[derive(Clone)]
pub(crate) struct Outgoing {
    plain: Client<HttpConnector>,
    /// Made for the first request that needs it.
    secure: Arc<OnceCell<Client<HttpsConnector<HttpConnector>>>>,
    tls: Tls,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Lost {
    pub(crate) at: Stage,
    /// For people.
    pub(crate) why: String,
}

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There was no connection.
    Connecting,
    /// TLS did not come about, or ended.
    Securing,
    /// The connection ended before there was an answer.
    Asking,
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector
}

/// How long a connection is kept that nobody uses. Short: a server that stops waits for those of its
/// clients, and one that was never used it may wait for longest.
const IDLE: Duration = Duration::from_secs(1);

fn client<C: Connect + Clone>(connector: C) -> Client<C> {
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(16)
        .build(connector)
}

impl Outgoing {
    pub(crate) fn new(tls: Tls) -> Self {
        Self {
            plain: client(connector()),
            secure: Arc::default(),
            tls,
        }
    }

    /// Sends a request whose URI has scheme and host.
    pub(crate) async fn ask(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Lost> {
        let answer = if request.uri().scheme() == Some(&Scheme::HTTPS) {
            self.secure().await?.request(request).await
        } else {
            self.plain.request(request).await
        };
        answer.map_err(|error| {
            let at = if is_about_tls(&error) {
                Stage::Securing
            } else if error.is_connect() {
                Stage::Connecting
            } else {
                Stage::Asking
            };
            let why = innermost(&error);
            Lost { at, why }
        })
    }

    async fn secure(&self) -> Result<&Client<HttpsConnector<HttpConnector>>, Lost> {
        let make = async || {
            let config = self.tls.config().await.map_err(|error| {
                tracing::error!(%error, "nobody can be spoken to with TLS");
                Lost {
                    at: Stage::Securing,
                    why: error,
                }
            })?;
            let mut tcp = connector();
            tcp.enforce_http(false);
            Ok(client(HttpsConnector::from((tcp, config))))
        };
        self.secure.get_or_try_init(make).await
    }
}

/// Whether it was TLS that failed. Before a request is sent that is whatever ends a handshake, which
/// the connector tells as an `io::Error`, and only that; later it is what TLS itself says, as when they
/// ask for a certificate of ours.
fn is_about_tls(error: &legacy::Error) -> bool {
    if error.is_connect() {
        return error.source().is_some_and(|cause| cause.is::<io::Error>());
    }
    iter::successors(error.source(), |&cause| cause.source()).any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        let inner = cause.and_then(io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<rustls::Error>())
    })
}

/// What an error is in the end.
fn innermost(error: &dyn Error) -> String {
    let last = iter::successors(error.source(), |&cause| cause.source()).last();
    last.map_or_else(|| error.to_string(), ToString::to_string)
}
