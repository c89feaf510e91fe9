//! Calls of a running server's control interface.

use crate::config::Secret;
use anyhow::{Context, Result, bail};
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{fmt, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// For the connection, and then for the answer to begin: an export of a large world takes a while.
const CONNECT: Duration = Duration::from_secs(5);
const ANSWER: Duration = Duration::from_secs(300);

/// Where a server listens, and what opens its control interface.
pub(crate) struct ControlClient {
    address: String,
    token: Secret,
}

/// What the control interface says when it refuses.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    /// For programs.
    #[serde(rename = "error")]
    pub(crate) code: String,
    message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl ControlClient {
    pub(crate) fn new(address: String, token: Secret) -> Self {
        Self { address, token }
    }

    /// Asks for something, which comes as JSON.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.json(
            &self
                .send(Method::GET, path, "application/json", Bytes::new())
                .await?,
        )
    }

    /// Asks for something as text of the type given.
    pub(crate) async fn text(&self, path: &str, accept: &str) -> Result<String> {
        let body = self.send(Method::GET, path, accept, Bytes::new()).await?;
        String::from_utf8(body.into())
            .with_context(|| format!("{} did not answer with text", self.address))
    }

    /// Asks for something to be done.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let body = serde_json::to_vec(body)?.into();
        self.json(
            &self
                .send(Method::POST, path, "application/json", body)
                .await?,
        )
    }

    /// Asks for something to be done with a text.
    pub(crate) async fn post_text<T: DeserializeOwned>(
        &self,
        path: &str,
        text: String,
    ) -> Result<T> {
        let answer = self.send(Method::POST, path, "application/json", text.into());
        self.json(&answer.await?)
    }

    fn json<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T> {
        serde_json::from_slice(body)
            .with_context(|| format!("{} did not answer as expected", self.address))
    }

    async fn send(&self, method: Method, path: &str, accept: &str, body: Bytes) -> Result<Bytes> {
        let unreachable = || {
            format!(
                "the server at {} holds the store and does not answer",
                self.address
            )
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("/control/v1{path}"))
            .header(header::HOST, &self.address)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.0))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, accept)
            .header(header::CONNECTION, "close")
            .body(Full::new(body))?;
        let stream = timeout(CONNECT, TcpStream::connect(&self.address)).await;
        let stream = stream
            .with_context(unreachable)?
            .with_context(unreachable)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .with_context(unreachable)?;
        // Its errors come out of the request, too.
        tokio::spawn(async move { drop(connection.await) });
        let answer = timeout(ANSWER, sender.send_request(request)).await;
        let answer = answer
            .with_context(unreachable)?
            .with_context(unreachable)?;
        let status = answer.status();
        let body = answer
            .into_body()
            .collect()
            .await
            .with_context(unreachable)?
            .to_bytes();
        self.judge(status, &body)?;
        Ok(body)
    }

    fn judge(&self, status: StatusCode, body: &[u8]) -> Result<()> {
        if status.is_success() {
            return Ok(());
        }
        if status == StatusCode::UNAUTHORIZED {
            bail!(
                "the server at {} does not accept this control token: if it was started with \
                 GUESTLIST_CONTROL_TOKEN, set that for this command, too",
                self.address
            );
        }
        match serde_json::from_slice::<Refusal>(body) {
            Ok(refusal) => Err(refusal.into()),
            Err(_) => bail!(
                "the server at {} answered with status {status}",
                self.address
            ),
        }
    }
}
