//! Why an invitation has no page, and the page that says so.

use super::{NoForm, escape, guarded, page};
use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use guestlist_store::{StoreError, chain};

/// Why there is no page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    /// No invitation that was sent has this link.
    Unknown,
    /// It comes from elsewhere.
    Foreign,
    Unreadable,
    Unavailable,
    Failed,
}

impl From<NoForm> for Refused {
    fn from(why: NoForm) -> Self {
        match why {
            NoForm::Foreign => Self::Foreign,
            NoForm::Unreadable => Self::Unreadable,
        }
    }
}

impl Refused {
    /// The store failed, which the log tells.
    pub(crate) fn failed(error: StoreError) -> Self {
        tracing::error!(error = %chain(&error), "the page of an invitation failed");
        if error.is_away() {
            Self::Unavailable
        } else {
            Self::Failed
        }
    }

    /// The page that says why there is no other.
    pub(crate) fn page(self) -> Response<Body> {
        let (status, title, why) = match self {
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "There is no such invitation",
                "No invitation has this link. Was it copied whole, and is it from this server?",
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "This is not answered from here",
                "This comes from a page of another site, or by a name that is not this machine's.",
            ),
            Self::Unreadable => (
                StatusCode::BAD_REQUEST,
                "The answer cannot be read",
                "Go back, reload the page, and answer again.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The server is not available for now",
                "Try again in a moment.",
            ),
            Self::Failed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something failed here",
                "The server's log says what.",
            ),
        };
        let html = format!("<h1>{title}</h1>\n<p>{}</p>\n", escape(why));
        page(status, title, &html)
    }
}

/// Shows an invitation's page anew, so that reloading it sends no form again.
pub(crate) fn see_other(kind: &str, code: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    guarded(response.headers_mut());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // A link that led here has nothing but letters, digits and `-`.
    if let Ok(location) = HeaderValue::from_str(&format!("/{kind}/{code}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
