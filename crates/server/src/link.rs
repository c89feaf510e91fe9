//! The other end of `apps.connections.open`: where an app's Socket Mode connection begins.

use crate::events::socket::Sockets;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use guestlist_store::{Store, chain};
use std::collections::HashMap;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Turns a request with a good ticket into a connection.
pub(crate) async fn link(
    State((sockets, store)): State<(Sockets, Store)>,
    mut request: Request,
) -> Response {
    let refuse = |status: StatusCode, why: &'static str| (status, why).into_response();
    let Some(accept) = key(request.headers()).map(derive_accept_key) else {
        return refuse(StatusCode::BAD_REQUEST, "this is for WebSockets\n");
    };
    let query = request.uri().query().unwrap_or_default();
    let given: HashMap<_, _> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let ticket = given.get("ticket").copied().unwrap_or_default();
    let pass = match sockets.admit(&store, ticket).await {
        Ok(Some(pass)) => pass,
        Ok(None) => {
            let why = "the ticket is unknown, spent or too old, or its token is good no more: call \
                       apps.connections.open\n";
            return refuse(StatusCode::FORBIDDEN, why);
        }
        Err(error) => {
            tracing::error!(error = %chain(&error), "a ticket cannot be looked at");
            let why = "the store is not available\n";
            return refuse(StatusCode::SERVICE_UNAVAILABLE, why);
        }
    };
    let debug = given.get("debug_reconnects") == Some(&"true");
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => sockets.serve(pass, upgraded, debug).await,
            Err(error) => tracing::debug!(%error, "a Socket Mode connection did not come about"),
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

/// The key of a request for a WebSocket.
fn key(headers: &HeaderMap) -> Option<&[u8]> {
    let says = |name, value: &str| {
        let said = headers.get(name).and_then(|said| said.to_str().ok());
        said.is_some_and(|said| {
            said.split(',')
                .any(|part| part.trim().eq_ignore_ascii_case(value))
        })
    };
    let is_websocket = says(header::CONNECTION, "upgrade")
        && says(header::UPGRADE, "websocket")
        && says(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    is_websocket.then(|| key.as_bytes())
}
