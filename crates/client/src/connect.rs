//! Connections: TCP, through a proxy if there is one, with TLS if the address says so.

use crate::{
    client::{SetupError, without_password},
    failure::{Failure, Source, seconds},
};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, Uri, header, uri::Authority};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::{
    client::{
        legacy::connect::{Connected, Connection, HttpConnector},
        proxy::matcher::{Intercept, Matcher},
    },
    rt::TokioIo,
};
use rustls::pki_types::ServerName;
use std::{
    env,
    error::Error,
    future::Future,
    io,
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// Makes connections.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Inner>);

struct Inner {
    proxies: Proxies,
    tls: Option<TlsConnector>,
    timeout: Duration,
}

/// Which proxy is used for which address.
pub(crate) enum Proxies {
    /// The one that was named, for all.
    Named(Matcher),
    /// Those that the usual variables name, for all but this machine itself.
    Variables(Matcher),
}

impl Proxies {
    pub(crate) fn of(&self, target: &Uri) -> Option<Intercept> {
        match self {
            Self::Named(matcher) => matcher.intercept(target),
            Self::Variables(_) if is_this_machine(host(target)) => None,
            Self::Variables(matcher) => matcher.intercept(target),
        }
    }
}

/// Variables that name a proxy, as curl reads them: those of the scheme before those of all.
const OF_HTTP: [[&str; 2]; 2] = [["HTTP_PROXY", "http_proxy"], ["ALL_PROXY", "all_proxy"]];
const OF_HTTPS: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

impl Proxies {
    /// The proxy that the variables name for `base`, if they name one. One that cannot be used is
    /// an error: calls that go round it would go where somebody did not want them to.
    pub(crate) fn of_variables(base: &Uri) -> Result<Self, SetupError> {
        let proxies = Self::Variables(Matcher::from_env());
        // A server that runs CGI sets `HTTP_PROXY` to what a caller sent.
        let reads = !is_this_machine(host(base)) && env::var_os("REQUEST_METHOD").is_none();
        let names = if base.scheme_str() == Some("https") {
            OF_HTTPS
        } else {
            OF_HTTP
        };
        let named = names.iter().filter(|_| reads).find_map(|either| {
            let (name, url) = either
                .iter()
                .find_map(|name| Some((name, env::var(name).ok()?)))?;
            (!url.is_empty()).then_some((name, url))
        });
        let Some((name, url)) = named else {
            return Ok(proxies);
        };
        let no_proxy = env::var("NO_PROXY").or_else(|_| env::var("no_proxy"));
        let any = Matcher::builder().all("http://proxy");
        let any = any.no(no_proxy.unwrap_or_default()).build();
        if any.intercept(base).is_none() {
            return Ok(proxies);
        }
        let read = Matcher::builder().all(url.as_str()).build().intercept(base);
        match read {
            Some(proxy) if proxy.uri().scheme_str() == Some("http") && is_proxy(&url) => {
                Ok(proxies)
            }
            _ => Err(SetupError::Proxy(format!(
                "{name}={}",
                without_password(&url)
            ))),
        }
    }
}

/// Whether it is a host, with a port that can be used if it has one. What is read from an address with
/// another port is an address without one, and calls would go to the usual port.
pub(crate) fn is_host(authority: &Authority) -> bool {
    let host = authority.host();
    let named = authority.as_str();
    let named = named.rsplit_once('@').map_or(named, |(_, named)| named);
    match named.strip_prefix(host) {
        _ if host.is_empty() => false,
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(is_port),
        None => false,
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse().is_ok_and(|port: u16| port > 0)
}

/// Whether it is a proxy's address: a host, and nothing behind it. A `/`, `?`, `#` or `@` in a password
/// would end the host or the password there.
pub(crate) fn is_proxy(url: &str) -> bool {
    let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
    let behind = behind.strip_suffix('/').unwrap_or(behind);
    !behind.contains(['/', '?', '#'])
        && behind.matches('@').count() < 2
        && behind.parse().is_ok_and(|authority| is_host(&authority))
}

/// Whether what is sent there stays on this machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// The host without the brackets of an IPv6 address.
pub(crate) fn host(uri: &Uri) -> &str {
    let host = uri.host().unwrap_or_default();
    host.trim_start_matches('[').trim_end_matches(']')
}

fn address(uri: &Uri) -> String {
    let usual = if uri.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    let port = uri.port_u16().unwrap_or(usual);
    format!("{}:{port}", uri.host().unwrap_or_default())
}

/// TLS that trusts this machine's certificates, and those given as PEM.
pub(crate) fn tls(extra: &[Vec<u8>]) -> Result<TlsConnector, String> {
    let mut roots = guestlist_tls::of_the_system()?;
    for pem in extra {
        roots.extend(guestlist_tls::given(pem)?.roots);
    }
    Ok(TlsConnector::from(Arc::new(guestlist_tls::config(roots)?)))
}

impl Connector {
    pub(crate) fn new(proxies: Proxies, tls: Option<TlsConnector>, timeout: Duration) -> Self {
        Self(Arc::new(Inner {
            proxies,
            tls,
            timeout,
        }))
    }

    async fn connect(self, target: Uri) -> Result<TokioIo<Wire>, Failure> {
        let inner = &self.0;
        tokio::time::timeout(inner.timeout, inner.wire(&target))
            .await
            .unwrap_or_else(|_| Err(late(&target, inner.timeout)))
            .map(TokioIo::new)
    }
}

/// There was no connection in time.
pub(crate) fn late(target: &Uri, limit: Duration) -> Failure {
    let late = format!("no connection within {} s", seconds(limit));
    let late = io::Error::new(io::ErrorKind::TimedOut, late);
    unreachable(target, Arc::new(late))
}

impl Inner {
    async fn wire(&self, target: &Uri) -> Result<Wire, Failure> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let secure = target.scheme_str() == Some("https");
        let Some(proxy) = self.proxies.of(target) else {
            let stream = tcp.call(target.clone()).await;
            let stream = stream.map_err(|error| unreachable(target, Arc::new(error)))?;
            let stream = stream.into_inner();
            return if secure {
                self.secure(target, stream).await
            } else {
                Ok(Wire {
                    io: Box::new(stream),
                    proxied: false,
                })
            };
        };
        let refused = |status, source: Source| Failure::Proxy {
            address: address(proxy.uri()),
            target: address(target),
            status,
            source,
        };
        if proxy.uri().scheme_str() != Some("http") {
            let why = "only proxies at http://… are spoken to".to_owned();
            return Err(refused(None, Arc::new(io::Error::other(why))));
        }
        let stream = tcp.call(proxy.uri().clone()).await;
        let stream = stream
            .map_err(|error| refused(None, Arc::new(error)))?
            .into_inner();
        if !secure {
            return Ok(Wire {
                io: Box::new(stream),
                proxied: true,
            });
        }
        let open = tunnel(stream, &address(target), proxy.basic_auth()).await;
        let stream = open.map_err(|error| {
            let status = error.downcast_ref().map(|Answered(status)| *status);
            refused(status, Arc::from(error))
        })?;
        self.secure(target, stream).await
    }

    async fn secure(&self, target: &Uri, stream: TcpStream) -> Result<Wire, Failure> {
        let host = host(target).to_owned();
        let broken = |source: Source| Failure::Tls {
            host: host.clone(),
            source,
        };
        let name = ServerName::try_from(host.clone()).map_err(|error| broken(Arc::new(error)))?;
        let Some(tls) = &self.tls else {
            return Err(broken(Arc::new(io::Error::other("made without TLS"))));
        };
        match tls.connect(name, stream).await {
            Ok(stream) => Ok(Wire {
                io: Box::new(stream),
                proxied: false,
            }),
            Err(error) if is_certificate(&error) => Err(Failure::Certificate {
                host,
                source: Arc::new(error),
            }),
            Err(error) => Err(broken(Arc::new(error))),
        }
    }
}

/// What a proxy answers that does not connect.
#[derive(Debug, thiserror::Error)]
#[error("it answers {0}")]
struct Answered(StatusCode);

/// Asks a proxy for a way to `target`, and gives the connection back. `hyper-util` has this too, and does
/// not tell with which status a proxy refuses.
async fn tunnel(
    stream: TcpStream,
    target: &str,
    auth: Option<&HeaderValue>,
) -> Result<TcpStream, Box<dyn Error + Send + Sync>> {
    let mut ask = Request::connect(target)
        .header(header::HOST, target)
        .body(Empty::<Bytes>::new())?;
    if let Some(auth) = auth {
        let name = header::PROXY_AUTHORIZATION;
        ask.headers_mut().insert(name, auth.clone());
    }
    // As some old proxies want them.
    let (mut proxy, line) = http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await?;
    tokio::spawn(line.with_upgrades());
    let answer = proxy.send_request(ask).await?;
    if !answer.status().is_success() {
        return Err(Answered(answer.status()).into());
    }
    let open = hyper::upgrade::on(answer).await?;
    let parts = open.downcast::<TokioIo<TcpStream>>();
    let parts = parts.map_err(|_| "the connection did not come back")?;
    Ok(parts.io.into_inner())
}

fn unreachable(target: &Uri, source: Source) -> Failure {
    Failure::Unreachable {
        address: address(target),
        source,
    }
}

fn is_certificate(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(rustls::Error::InvalidCertificate(_)))
}

/// What a request for `target` has to show a proxy that it is sent through unencrypted.
pub(crate) fn proxy_authorization(proxies: &Proxies, target: &Uri) -> Option<HeaderValue> {
    if target.scheme_str() != Some("http") {
        return None;
    }
    let mut auth = proxies.of(target)?.basic_auth()?.clone();
    auth.set_sensitive(true);
    Some(auth)
}

impl Connector {
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.proxies
    }

    /// The refusal of a proxy that calls to `target` are sent through unencrypted, if there is one.
    pub(crate) fn refused(&self, target: &Uri, status: StatusCode) -> Option<Failure> {
        if target.scheme_str() != Some("http") {
            return None;
        }
        Some(Failure::Proxy {
            address: address(self.0.proxies.of(target)?.uri()),
            target: address(target),
            status: Some(status),
            source: Arc::new(Answered(status)),
        })
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Wire>, Failure>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        Box::pin(self.clone().connect(target))
    }
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// An open connection.
pub(crate) struct Wire {
    io: Box<dyn Io>,
    /// It ends at a proxy, which has to be told the whole address.
    proxied: bool,
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.proxied)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
