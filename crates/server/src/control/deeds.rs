//! What people do with apps: commands, buttons and menus, shortcuts, modals.

use super::{Control, Problem, answer, nothing_here, read};
use crate::interact::Stage;
pub use crate::interact::{
    answer::ShownView,
    click::{ClickedView, Clicking},
    command::{TypedView, Typing},
    modal::{DismissedView, Dismissing, OpenView, Pressing, SubmittedView, Submitting},
    shortcut::{Choosing, ChosenView},
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use serde_json::json;

/// Its routes.
pub(super) fn router() -> Router<Control> {
    Router::new()
        .route("/users/{user}/command", post(users_command))
        .route("/users/{user}/click", post(users_click))
        .route("/users/{user}/shortcut", post(users_shortcut))
        .route("/users/{user}/views", get(views_list))
        .route("/users/{user}/views/{view}/{deed}", post(views_do))
}

impl Control {
    /// Where people and apps meet.
    fn stage(&self) -> Stage<'_> {
        Stage {
            store: &self.store,
            events: &self.events,
        }
    }
}

async fn users_command(
    State(control): State<Control>,
    Path(user): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let typed = control.stage().command(user, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &typed))
}

async fn users_click(
    State(control): State<Control>,
    Path(user): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let clicked = control.stage().click(user, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &clicked))
}

async fn users_shortcut(
    State(control): State<Control>,
    Path(user): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let chosen = control.stage().shortcut(user, read(&body)?).await?;
    Ok(answer(StatusCode::OK, &chosen))
}

async fn views_list(
    State(control): State<Control>,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let views = control.stage().views(user).await?;
    Ok(answer(StatusCode::OK, &json!({"views": views})))
}

async fn views_do(
    State(control): State<Control>,
    Path((user, view, deed)): Path<(String, String, String)>,
    body: Bytes,
) -> Result<Response, Problem> {
    let user = user.parse().map_err(|_| nothing_here())?;
    let stage = control.stage();
    // What there is to say may be nothing.
    let body = if body.is_empty() {
        Bytes::from_static(b"{}")
    } else {
        body
    };
    Ok(match deed.as_str() {
        "click" => {
            let pressed = stage.press(user, &view, read(&body)?).await?;
            answer(StatusCode::OK, &pressed)
        }
        "submit" => {
            let submitted = stage.submit(user, &view, read(&body)?).await?;
            answer(StatusCode::OK, &submitted)
        }
        "dismiss" => {
            let dismissed = stage.dismiss(user, &view, read(&body)?).await?;
            answer(StatusCode::OK, &dismissed)
        }
        _ => return Err(nothing_here()),
    })
}
