//! Listening, connections, and what is served beside the API.

use crate::{
    audit, control,
    dispatch::Dispatch,
    due,
    events::{Events, errand},
    floor::Floor,
    install, interact, join,
    linger::{Lingering, Room},
    link,
    mail::{self, Smtp},
    metrics::{Connections, Measured, Metrics, Open, Process},
    openapi,
    otel::Tracer,
    page::{Desk, Door, Seal},
    scim,
    settings::{Exposure, Settings},
    share,
    stalled::Stalled,
    trouble::Trouble,
    why::Recent,
};
use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    response::IntoResponse,
    routing::get,
};
use futures_util::FutureExt;
use guestlist_store::Store;
use http::Request;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Mutex, watch},
    time::Instant,
};
use tower_service::Service;

/// How long a request's head may take, and how long a connection may lie idle before it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// The most bytes of a request's head, and of what else is read ahead of a connection.
const MOST_HEAD: usize = 64 << 10;
/// How long an answer may lie there of which its caller takes nothing.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long no connection may have failed to be accepted until that is over.
const QUIET: Duration = Duration::from_secs(10);
/// How long the store may take to say that it can be read, as who watches asks.
const SOON: Duration = Duration::from_secs(3);
/// How long connections have to finish after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(4);

/// A server bound to its address.
pub struct Server {
    listener: TcpListener,
    api: Api,
    router: Router,
    /// Where `/metrics` has an address of its own, and what is served there.
    metrics: Option<(TcpListener, Router)>,
    connections: Connections,
    /// For connections that end while somebody still sends.
    room: Room,
    /// Absent for the floor.
    store: Option<Store>,
    /// Absent for the floor.
    events: Option<Events>,
    /// What letters are handed to, and what came of that.
    mail: Option<(Arc<Smtp>, Arc<mail::Counts>)>,
    /// What makes spans; absent when nothing is traced.
    tracer: Option<Tracer>,
}

/// Who answers below `/api/`.
#[derive(Clone)]
enum Api {
    Product(Dispatch),
    Floor(Floor),
    /// Nobody: there is no API at this address.
    Nobody,
}

impl Server {
    /// Binds. Port 0 picks a free one.
    pub async fn bind(listen: SocketAddr, store: Store, settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        if let Ok(address) = listener.local_addr() {
            store.set_site(&match &settings.public_url {
                Some(url) => url.to_string(),
                None => format!("http://{address}"),
            });
        }
        store.set_posts(settings.mail.is_some());
        let recent = Recent::new(settings.remember);
        let tracer = Tracer::of(&settings, store.clock());
        let events = Events::start(&store, &settings, tracer.clone())?;
        let door = Door {
            loopback: listener.local_addr()?.ip().is_loopback(),
            public: settings
                .public_url
                .as_ref()
                .map(|url| url.host().to_owned()),
        };
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        let secret = store.shared_secret(secret).await;
        let secret = secret.map_err(io::Error::other)?;
        let read_timeout = settings.read_timeout;
        let desk = |page| Desk {
            store: store.clone(),
            seal: Seal::new(secret, page),
            door: door.clone(),
            read_timeout,
        };
        let install = install::Install(desk("install"));
        let share = share::Share(desk("share"));
        let join = join::Join(desk("join"));
        let mail = settings.mail.clone();
        let letters = Arc::new(mail::Counts::default());
        let exposure = settings.metrics;
        let token = settings.control_token.clone();
        let dispatch = Dispatch::new(
            store.clone(),
            settings,
            events.clone(),
            recent.clone(),
            tracer.clone(),
        );
        let control = control::Control {
            store: store.clone(),
            events: events.clone(),
            recent,
            dispatch: dispatch.clone(),
            token,
        };
        let connections = Connections::default();
        let mut rooms = dispatch.rooms();
        let others: [Box<dyn Measured>; 5] = [
            Box::new(store.clone()),
            Box::new(letters.clone()),
            Box::new(events.handed.clone()),
            Box::new(connections.clone()),
            Box::new(Process::begins()),
        ];
        rooms.extend(others);
        if let Some(tracer) = &tracer {
            rooms.push(Box::new(tracer.clone()));
        }
        let metrics = Metrics::new(rooms).router();
        let mut router = health(&store)
            .route("/openapi.json", get(document))
            .route(
                "/link/",
                get(link::link).with_state((events.sockets.clone(), store.clone())),
            )
            .nest("/control/v1", control::router(control))
            .merge(install::router(install))
            .merge(share::router(share))
            .merge(join::router(join))
            .merge(interact::hook::router((store.clone(), read_timeout)))
            .fallback(|| async {
                let help =
                    "Methods are called at /api/METHOD: the base URL of a client ends in /api/\n";
                (http::StatusCode::NOT_FOUND, help)
            });
        let metrics = match exposure {
            Exposure::Off => None,
            Exposure::Here => {
                router = router.merge(metrics);
                None
            }
            Exposure::At(address) => {
                let listener = TcpListener::bind(address).await.map_err(|error| {
                    io::Error::new(error.kind(), format!("metrics at {address}: {error}"))
                })?;
                Some((listener, health(&store).merge(metrics)))
            }
        };
        Ok(Self {
            listener,
            api: Api::Product(dispatch),
            router,
            metrics,
            connections,
            room: Room::default(),
            store: Some(store),
            events: Some(events),
            mail: mail.map(|smtp| (smtp, letters)),
            tracer,
        })
    }

    /// Binds a server that answers every call with the same `bytes` bytes, over the same
    /// connections and headers as the product: what the benchmark measures against.
    pub async fn floor(listen: SocketAddr, bytes: usize) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        Ok(Self {
            listener,
            api: Api::Floor(Floor::new(bytes)),
            router: Router::new(),
            metrics: None,
            connections: Connections::default(),
            room: Room::default(),
            store: None,
            events: None,
            mail: None,
            tracer: None,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener
            .local_addr()
            .unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// Where `/metrics` is, if it has an address of its own.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.0.local_addr().ok()
    }

    /// Serves until `stop` resolves; then lets calls under way finish, for four seconds at most.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        // Not where it is bound: what a start says to people comes before anything is logged.
        if let Some(address) = self.metrics_address() {
            tracing::info!("metrics are at http://{address}/metrics");
        }
        let (stopping, stopped) = watch::channel(());
        if let (Some(store), Some((smtp, letters))) = (&self.store, self.mail) {
            tokio::spawn(mail::watch(store.clone(), smtp, letters, stopped.clone()));
        }
        let exporting = self.tracer.as_ref().map(Tracer::export);
        let timer = tokio::spawn(near_timer());
        let sockets = self.events.as_ref().map(|events| events.sockets.clone());
        let watched = self.store.map(|store| {
            let shared = sockets.clone().filter(|_| store.is_shared());
            let errands = shared.map(|sockets| tokio::spawn(errand::watch(sockets, store.clone())));
            let sockets = sockets.map(|sockets| tokio::spawn(sockets.watch(store.clone())));
            [Some(tokio::spawn(due::watch(store))), sockets, errands]
        });
        let mut stop = std::pin::pin!(stop);
        let (mut trouble, mut failed) = (Trouble::default(), None::<Instant>);
        let metrics = self.metrics.as_ref();
        loop {
            let (accepted, api, router) = tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => (accepted, &self.api, &self.router),
                (accepted, router) = accept(metrics) => (accepted, &Api::Nobody, router),
            };
            match accepted {
                Ok((stream, peer)) => {
                    if failed.is_some_and(|at| at.elapsed() > QUIET) {
                        failed = None;
                        trouble.is_over("connections are accepted again");
                    }
                    let connection = Connection {
                        api: api.clone(),
                        router: router.clone(),
                        from: peer.ip(),
                        room: self.room.clone(),
                        _open: self.connections.accepted(),
                    };
                    tokio::spawn(connection.serve(stream, stopped.clone()));
                }
                // Out of file descriptors, most likely: others may close before the next try.
                Err(error) => {
                    self.connections.failed();
                    failed = Some(Instant::now());
                    trouble.coped(&error.to_string(), "a connection cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        // Who comes now is refused at once, rather than left to wait for a server that takes nobody.
        drop(self.listener);
        drop(self.metrics);
        timer.abort();
        for watch in watched.into_iter().flatten().flatten() {
            watch.abort();
        }
        drop(stopped);
        self.room.close();
        let _ = stopping.send(());
        let end = Instant::now() + DRAIN;
        if let Some(events) = &self.events {
            // Their record may be in a database that does not answer.
            let _ = tokio::time::timeout_at(end, events.stop()).await;
        }
        if tokio::time::timeout_at(end, stopping.closed())
            .await
            .is_err()
            && let connections @ 1.. = self.connections.open()
        {
            tracing::warn!(connections, "calls were cut off when the server ended");
        }
        // Nothing more will be traced.
        if let Some(exporting) = exporting {
            exporting.finish(end).await;
        }
        Ok(())
    }
}

/// Always waits for a time that is nearer than the one by which a request's head must have come.
/// Without, a timer set after an answer would be the nearest of all whenever every connection waits
/// for its answer, and each such timer would wake a thread that has nothing to do (tokio tells
/// whoever waits for the next event of a nearer time).
async fn near_timer() {
    let mut ticks = tokio::time::interval(HEAD_TIMEOUT / 3);
    loop {
        ticks.tick().await;
    }
}

/// The next connection to an address that there may not be.
async fn accept(
    listener: Option<&(TcpListener, Router)>,
) -> (io::Result<(TcpStream, SocketAddr)>, &Router) {
    match listener {
        Some((listener, router)) => (listener.accept().await, router),
        None => std::future::pending().await,
    }
}

/// Whether it lives, and whether it can answer.
fn health(store: &Store) -> Router {
    let asking = Arc::new(Mutex::new(store.clone()));
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(move || ready_or_not(asking.clone())))
}

async fn document() -> ([(http::HeaderName, &'static str); 1], Bytes) {
    let kind = [(http::header::CONTENT_TYPE, "application/json")];
    (kind, openapi::text())
}

/// One asks at a time, however many want to know: a database that does not answer is not to take all the places for
/// reading with that.
async fn ready_or_not(asking: Arc<Mutex<Store>>) -> (http::StatusCode, &'static str) {
    // A task of its own, since it may hold its thread until the database counts as lost.
    let asked = async {
        let store = asking.lock_owned().await;
        tokio::spawn(async move { store.is_ready().await }).await
    };
    match tokio::time::timeout(SOON, asked).await {
        Ok(Ok(Ok(_))) => (http::StatusCode::OK, "ready\n"),
        _ => (
            http::StatusCode::SERVICE_UNAVAILABLE,
            "the store is not available\n",
        ),
    }
}

struct Connection {
    api: Api,
    router: Router,
    from: IpAddr,
    room: Room,
    _open: Open,
}

impl Connection {
    async fn serve(self, stream: TcpStream, mut stopped: watch::Receiver<()>) {
        let _ = stream.set_nodelay(true);
        let stream = Stalled::new(stream, WRITE_TIMEOUT);
        let stream = Lingering::new(stream, self.room.clone());
        let service = service_fn(|request| self.answer(request));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MOST_HEAD)
            // A caller may close its half after the request and still wants the answer.
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            served = connection.as_mut() => log(served),
            _ = stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                log(connection.await);
            }
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<http::Response<Body>, Infallible> {
        let whole = Body::new;
        // What is asked for less often is in a box: every call's future is moved, and would be as large as theirs.
        let mut answer = match &self.api {
            Api::Product(dispatch) if is_call(&request) => {
                dispatch.answer(request, self.from).await.map(whole)
            }
            Api::Product(dispatch) if scim::is_call(request.uri().path()) => {
                let answering = scim::answer(dispatch.clone(), request, self.from);
                Box::pin(answering).await.map(whole)
            }
            Api::Product(dispatch) if audit::is_call(request.uri().path()) => {
                let answering = audit::answer(dispatch.clone(), request, self.from);
                Box::pin(answering).await.map(whole)
            }
            Api::Floor(floor) if is_call(&request) => floor.answer(request).await.map(whole),
            _ => Box::pin(routed(self.router.clone(), request)).await,
        };
        if let Api::Product(dispatch) = &self.api {
            dispatch.date(answer.headers_mut());
        }
        Ok(answer)
    }
}

/// What a router answers. A mistake of ours costs one answer its content, never the connection.
async fn routed<B>(mut router: Router, request: Request<B>) -> http::Response<Body>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let answering = async { router.call(request).await };
    match AssertUnwindSafe(answering).catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => {
            let status = http::StatusCode::INTERNAL_SERVER_ERROR;
            (status, "this failed here\n").into_response()
        }
    }
}

fn is_call(request: &Request<Incoming>) -> bool {
    request.uri().path().starts_with("/api/")
}

fn log(served: Result<(), hyper::Error>) {
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_is_answered() {
        let router = Router::new()
            .route("/", get(|| async { "well\n" }))
            .route("/broken", get(|| async { broken() }));
        for (path, status) in [("/broken", 500), ("/", 200)] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = routed(router.clone(), request).await;
            assert_eq!(answer.status(), status, "{path}");
        }
    }

    fn broken() -> &'static str {
        panic!("as a mistake of ours would")
    }
}
