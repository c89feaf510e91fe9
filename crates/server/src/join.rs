//! `/join/…`: the page that the link of an invitation into a workspace leads to, on which somebody says what they
//! are called, and joins.
//!
//! Like the page of Slack Connect it has no login; its protection is the link, which nobody guesses.

use crate::{
    control::{self, Problem},
    mail::letter::line,
    page::{self, Desk, Refused, date, escape, hidden},
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{Response, StatusCode},
    routing::get,
};
use guestlist_domain::{
    User, UserId, Workspace,
    name::{self, MAX_LEN},
    user::{Invited, Stage},
    workspace::Status,
};
use guestlist_store::{Reader, StoreError};
use std::{fmt::Write, sync::Arc};
use subtle::ConstantTimeEq;

/// More than the fields of the form can need.
const MOST_FORM: usize = 4 << 10;
/// More than a link's end can have.
const MOST_CODE: usize = 128;

/// The page.
#[derive(Clone)]
pub(crate) struct Join(pub(crate) Desk);

/// Its route.
pub(crate) fn router(join: Join) -> Router {
    Router::new()
        .route("/join/{code}", get(show_form).post(take_form))
        .with_state(join)
}

/// An invitation, and all that its page tells.
struct Seen {
    user: Arc<User>,
    invited: Invited,
    workspace: Arc<Workspace>,
    inviter: Option<Arc<User>>,
    channels: Vec<String>,
    /// Their time as a guest is over already.
    ended: bool,
}

/// What was sent.
#[derive(Debug, Default)]
struct Form {
    name: String,
    seal: String,
}

impl Form {
    /// Of several fields of one name the first counts.
    fn read(form: &[u8]) -> Self {
        let given: Vec<_> = form_urlencoded::parse(form).collect();
        let text = |name: &str| {
            let found = given.iter().find(|(given, _)| given == name);
            found.map_or_else(String::new, |(_, value)| value.trim().to_owned())
        };
        Self {
            name: text("real_name"),
            seal: text("seal"),
        }
    }
}

async fn show_form(
    State(join): State<Join>,
    Path(code): Path<String>,
    request: Request,
) -> Response<Body> {
    if !join.0.lets_in(request.headers()) {
        return Refused::Foreign.page();
    }
    join.form(&code, None, None)
        .await
        .unwrap_or_else(Refused::page)
}

async fn take_form(
    State(join): State<Join>,
    Path(code): Path<String>,
    request: Request,
) -> Response<Body> {
    join.take(&code, request)
        .await
        .unwrap_or_else(Refused::page)
}

/// Whose link it is, and its end.
fn read_code(code: &str) -> Option<(UserId, String)> {
    if code.len() > MOST_CODE {
        return None;
    }
    let (user, link) = code.split_once('-')?;
    Some((user.parse().ok()?, link.to_owned()))
}

fn find(reader: &mut Reader, user: UserId, link: &str) -> Result<Option<Seen>, StoreError> {
    let Some(user) = reader.user(user)? else {
        return Ok(None);
    };
    let is_its = |invited: &Invited| invited.link.as_bytes().ct_eq(link.as_bytes()).into();
    let Some(invited) = user.invited.clone().filter(is_its) else {
        return Ok(None);
    };
    let Some(workspace) = reader.workspace(user.team)? else {
        return Ok(None);
    };
    let mut channels = Vec::new();
    for id in &invited.channels {
        let channel = reader.look(|facts| Ok(facts.channel(*id)?.cloned()))?;
        // Those that are closed to them meanwhile are left out when they join, too.
        let open = channel.filter(|one| !one.archived);
        let open = open.filter(|one| user.guest.is_none() || !one.keeps_guests_out());
        channels.extend(open.map(|channel| channel.name.clone()));
    }
    Ok(Some(Seen {
        inviter: reader.user(invited.by)?,
        ended: user.expires.is_some_and(|at| at <= reader.now()),
        user,
        invited,
        workspace,
        channels,
    }))
}

impl Join {
    async fn seen(&self, code: &str) -> Result<(UserId, String, Seen), Refused> {
        if self.0.store.server_state().maintenance {
            return Err(Refused::Unavailable);
        }
        let (user, link) = read_code(code).ok_or(Refused::Unknown)?;
        let end = link.clone();
        let seen = page::look(&self.0.store, move |reader| find(reader, user, &end));
        let seen = seen.await.map_err(Refused::failed)?;
        Ok((user, link, seen.ok_or(Refused::Unknown)?))
    }

    /// The page as it is now; with what was said already, and why that will not do.
    async fn form(
        &self,
        code: &str,
        name: Option<&str>,
        refusal: Option<(StatusCode, &str)>,
    ) -> Result<Response<Body>, Refused> {
        let (_, _, seen) = self.seen(code).await?;
        if let Some(over) = over(&seen) {
            return Ok(over);
        }
        let seal = self.0.seal.of(["join", code]);
        Ok(form(&seen, code, name, &seal, refusal))
    }

    async fn take(&self, code: &str, request: Request) -> Result<Response<Body>, Refused> {
        let body = self.0.form(request, MOST_FORM).await?;
        let Form { name, seal } = Form::read(&body);
        let again = |status, why: &'static str| self.form(code, Some(&name), Some((status, why)));
        if !self.0.seal.is_on(&seal, ["join", code]) {
            let why = "The page was open while the server was started anew. Look it through, and send it again.";
            return again(StatusCode::FORBIDDEN, why).await;
        }
        let (user, link, seen) = self.seen(code).await?;
        if let Some(over) = over(&seen) {
            return Ok(over);
        }
        let unfit = StatusCode::UNPROCESSABLE_ENTITY;
        if name.is_empty() {
            return again(unfit, "Say what you are called.").await;
        }
        if !name::is_shown(&name) {
            return again(unfit, "A name has up to 80 characters that can be seen.").await;
        }
        match control::join_by(&self.0.store, user, Some(link), Some(name.clone())).await {
            Ok(_) => Ok(page::see_other("join", code)),
            Err(Problem {
                code: "already_there",
                ..
            }) => {
                let why = "Somebody who is here already has this address.";
                again(StatusCode::CONFLICT, why).await
            }
            // The page says what has become of it meanwhile.
            Err(Problem {
                code: "not_invited" | "invalid_user",
                ..
            }) => self.form(code, Some(&name), None).await,
            Err(problem) if problem.status.is_client_error() => {
                again(problem.status, "Nobody can join this workspace for now.").await
            }
            Err(problem) => {
                tracing::error!(error = %problem, "nobody joined by an invitation");
                Err(match problem.status {
                    StatusCode::SERVICE_UNAVAILABLE => Refused::Unavailable,
                    _ => Refused::Failed,
                })
            }
        }
    }
}

fn inviter(seen: &Seen) -> &str {
    seen.inviter
        .as_ref()
        .map_or("Somebody", |inviter| inviter.full_name())
}

/// The page that asks.
fn form(
    seen: &Seen,
    code: &str,
    name: Option<&str>,
    seal: &str,
    refusal: Option<(StatusCode, &str)>,
) -> Response<Body> {
    let [by, workspace] = [inviter(seen), &seen.workspace.name].map(line);
    let title = format!("{by} invites you to join {workspace}");
    let mut html = format!("<h1>{}</h1>\n", escape(&title));
    if let Some((_, why)) = refusal {
        let _ = writeln!(
            html,
            "<p class=\"alert\" role=\"alert\">{}</p>",
            escape(why)
        );
    }
    let address = seen.user.email.as_deref().unwrap_or_default();
    let channels: Vec<String> = seen
        .channels
        .iter()
        .map(|name| format!("#{}", line(name)))
        .collect();
    let _ = writeln!(
        html,
        "<dl>\n<dt>For</dt><dd>{}</dd>\n<dt>You come into</dt><dd>{}</dd>",
        escape(address),
        match channels.as_slice() {
            [] if seen.user.guest.is_none() => "the channels that everybody is in".to_owned(),
            channels => escape(&channels.join(", ")),
        }
    );
    if let Some(until) = seen.user.expires {
        let _ = writeln!(html, "<dt>As a guest until</dt><dd>{}</dd>", date(until));
    } else if seen.user.guest.is_some() {
        html.push_str("<dt>As</dt><dd>a guest</dd>\n");
    }
    let _ = writeln!(
        html,
        "</dl>\n<form method=\"post\" action=\"/join/{}\">\n{}\
         <label for=\"real_name\">Your name</label>\n\
         <input type=\"text\" id=\"real_name\" name=\"real_name\" value=\"{}\" required maxlength=\"{MAX_LEN}\" \
         autocomplete=\"name\">\n\
         <div class=\"row\">\n<button class=\"main\">Join</button>\n</div>\n</form>\n\
         <p class=\"soft\">There are no passwords here: whoever opens this page joins as whom it is for. If you do \
         not know {} or {}, close it: without your yes nothing happens.</p>",
        escape(code),
        hidden("seal", seal),
        escape(name.unwrap_or(&seen.user.real_name)),
        escape(&by),
        escape(&workspace),
    );
    let status = refusal.map_or(StatusCode::OK, |(status, _)| status);
    page::page(status, &title, &html)
}

/// The page of an invitation by which nobody can join, or not any more.
fn over(seen: &Seen) -> Option<Response<Body>> {
    let [by, workspace] = [inviter(seen), &seen.workspace.name].map(line);
    let (status, title, why) = match seen.invited.state {
        Stage::Joined => (
            StatusCode::OK,
            "You have joined",
            match seen.user.removed || seen.ended {
                true => "The link has done its work.".to_owned(),
                false => format!("You are in {workspace}. The link has done its work."),
            },
        ),
        Stage::Withdrawn => (
            StatusCode::GONE,
            "The invitation was taken back",
            format!("Ask {by} for another, if you expected to join {workspace}."),
        ),
        Stage::Pending if seen.ended => (
            StatusCode::GONE,
            "The invitation is over",
            format!(
                "You would have been a guest of {workspace} until {}.",
                seen.user.expires.map(date).unwrap_or_default()
            ),
        ),
        Stage::Pending if seen.workspace.status != Status::Active => (
            StatusCode::CONFLICT,
            "Nobody can join now",
            format!("{workspace} is not in use for now."),
        ),
        Stage::Pending => return None,
    };
    let html = format!("<h1>{title}</h1>\n<p>{}</p>\n", escape(&why));
    Some(page::page(status, title, &html))
}
