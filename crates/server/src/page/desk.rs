//! What every page with a form works on, and how a form is taken.

use super::{Door, Seal, is_own_form};
use axum::{
    body::{Bytes, to_bytes},
    extract::Request,
    http::HeaderMap,
};
use guestlist_store::Store;
use std::time::Duration;

/// What a page works on.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    /// On the forms of this page alone.
    pub(crate) seal: Seal,
    /// By which names it is reached.
    pub(crate) door: Door,
    /// How long a form may take to arrive.
    pub(crate) read_timeout: Duration,
}

/// Why there is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoForm {
    /// It comes from elsewhere.
    Foreign,
    /// It is too large, or did not arrive whole and in time.
    Unreadable,
}

impl Desk {
    /// Whether the page is shown to whoever asks with these headers.
    pub(crate) fn lets_in(&self, headers: &HeaderMap) -> bool {
        self.door.lets_in(headers)
    }

    /// The fields of a form, of at most so many bytes.
    pub(crate) async fn form(&self, request: Request, most: usize) -> Result<Bytes, NoForm> {
        let (parts, body) = request.into_parts();
        if !self.lets_in(&parts.headers) || !is_own_form(&parts.headers) {
            return Err(NoForm::Foreign);
        }
        match tokio::time::timeout(self.read_timeout, to_bytes(body, most)).await {
            Ok(Ok(body)) => Ok(body),
            Ok(Err(_)) | Err(_) => Err(NoForm::Unreadable),
        }
    }
}
