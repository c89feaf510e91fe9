//! A fixed answer over the same connections, with the same headers, and no store: what the
//! benchmark measures the product against.

use crate::answer::Headers;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use std::{sync::Arc, time::Duration};

#[derive(Clone)]
pub(crate) struct Floor(Arc<(HeaderMap, Bytes)>);

impl Floor {
    /// Answers with `bytes` bytes of JSON.
    pub(crate) fn new(bytes: usize) -> Self {
        let every = Headers::new(0, false);
        let mut headers = every.of(&every.next_ids(), None, None, Duration::ZERO);
        for (name, value) in [
            (
                "x-oauth-scopes",
                "channels:manage,channels:read,chat:write,groups:write,users:read",
            ),
            (
                "x-accepted-oauth-scopes",
                "channels:write.invites,channels:manage,groups:write.invites,groups:write",
            ),
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        let frame = r#"{"ok":true,"pad":""}"#.len();
        let body = format!(
            r#"{{"ok":true,"pad":"{}"}}"#,
            "x".repeat(bytes.saturating_sub(frame))
        );
        Self(Arc::new((headers, body.into())))
    }

    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        // The request is read whole, as the product reads it.
        let _ = request.into_body().collect().await;
        let (headers, body) = &*self.0;
        let mut response = Response::new(Full::new(body.clone()));
        *response.headers_mut() = headers.clone();
        response
    }
}
