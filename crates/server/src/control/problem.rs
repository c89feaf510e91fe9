//! Why the control interface does not do what it was asked.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use guestlist_domain::TeamId;
use guestlist_store::{Failure, StoreError, chain};
use serde_json::json;

/// A refusal or a failure: a code for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable, `snake_case`.
    pub code: &'static str,
    /// What is wrong, naming it.
    pub message: String,
    /// Workspaces without which it cannot be done.
    pub with: Vec<TeamId>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            with: Vec::new(),
        }
    }

    /// What was asked can be read and cannot be done.
    pub(crate) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let message = chain(&error);
        match error {
            away if away.is_away() => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "service_unavailable",
                message,
            ),
            StoreError::InDoubt(_) => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "fatal_error", message)
            }
            _ => Self::failed(message),
        }
    }
}

impl From<Failure<Self>> for Problem {
    fn from(failure: Failure<Self>) -> Self {
        match failure {
            Failure::Refused(problem) => problem,
            Failure::Store(error) => error.into(),
            Failure::Gone => Self::invalid(
                "workspace_not_found",
                "the workspace was taken out meanwhile",
            ),
            Failure::Scope(_) => Self::failed("the control interface was asked for a scope"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({"error": self.code, "message": self.message});
        if !self.with.is_empty() {
            body["with"] = json!(self.with);
        }
        let body = body.to_string();
        let mut response = (
            self.status,
            [(header::CONTENT_TYPE, "application/json")],
            body,
        )
            .into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
