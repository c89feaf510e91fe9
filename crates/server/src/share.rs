//! `/share/…`: the page that the link of a Slack Connect invitation leads to. Whoever it is meant
//! for sees who invites them to what, chooses what the channel is to be on their side, and accepts
//! or declines, by the rules of the methods.
//!
//! Like the page for installations it has no login: whoever opens it says who they are, of those
//! for whom the invitation is meant. Its protection is the same, and the link, which nobody guesses.

mod seen;
mod show;
mod words;

use crate::{
    acting,
    control::Problem,
    page::{self, Desk, Refused, people::ANOTHER},
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{Response, StatusCode},
    routing::get,
};
use guestlist_domain::{TeamId, UserId};
use guestlist_methods::Arguments;
use seen::Seen;
use std::sync::Arc;

/// More than the fields of a form can need.
const MOST_FORM: usize = 16 << 10;
/// More than a link's end can have.
const MOST_CODE: usize = 128;

/// The page.
#[derive(Clone)]
pub(crate) struct Share(pub(crate) Desk);

/// Its route.
pub(crate) fn router(share: Share) -> Router {
    Router::new()
        .route("/share/{code}", get(show_form).post(take_form))
        .with_state(share)
}

/// What was chosen on the page so far.
#[derive(Clone, Debug, Default)]
struct Choice {
    team: Option<TeamId>,
    /// The one that the form was shown for.
    shown: String,
    user: Option<UserId>,
    /// A part of a name that is looked for.
    find: String,
    name: Option<String>,
    private: Option<bool>,
    /// What else was said of that, which is neither.
    neither: bool,
    decision: String,
    seal: String,
}

impl Choice {
    /// Reads a query or a form. Of several fields of one name the first counts.
    fn read(form: &[u8]) -> Self {
        let given: Vec<_> = form_urlencoded::parse(form).collect();
        let text = |name: &str| {
            let found = given.iter().find(|(given, _)| given == name);
            found.map(|(_, value)| value.clone().into_owned())
        };
        let privacy = text("privacy");
        Self {
            team: text("team").and_then(|id| id.parse().ok()),
            shown: text("shown").unwrap_or_default(),
            user: text("user").and_then(|id| id.parse().ok()),
            find: text("find").unwrap_or_default(),
            name: text("name").map(|name| name.trim().trim_start_matches('#').to_owned()),
            private: match privacy.as_deref() {
                Some("private") => Some(true),
                Some("public") => Some(false),
                _ => None,
            },
            neither: privacy.is_some_and(|said| !matches!(&*said, "private" | "public")),
            decision: text("decision").unwrap_or_default(),
            seal: text("seal").unwrap_or_default(),
        }
    }
}

async fn show_form(
    State(share): State<Share>,
    Path(code): Path<String>,
    request: Request,
) -> Response<Body> {
    if !share.0.lets_in(request.headers()) {
        return Refused::Foreign.page();
    }
    let query = request.uri().query().unwrap_or_default();
    let choice = Choice::read(query.as_bytes());
    let shown = share.form(&code, choice, None).await;
    shown.unwrap_or_else(Refused::page)
}

async fn take_form(
    State(share): State<Share>,
    Path(code): Path<String>,
    request: Request,
) -> Response<Body> {
    let taken = share.take(&code, request).await;
    taken.unwrap_or_else(Refused::page)
}

impl Share {
    /// What the link leads to, for what was chosen.
    async fn seen(&self, code: &str, choice: &Choice) -> Result<Seen, Refused> {
        if self.0.store.server_state().maintenance {
            return Err(Refused::Unavailable);
        }
        if code.len() > MOST_CODE {
            return Err(Refused::Unknown);
        }
        let (code, choice) = (code.to_owned(), choice.clone());
        let seen = page::look(&self.0.store, move |reader| {
            Seen::find(reader, &code, &choice)
        });
        seen.await.map_err(Refused::failed)?.ok_or(Refused::Unknown)
    }

    async fn form(
        &self,
        code: &str,
        mut choice: Choice,
        refusal: Option<(StatusCode, String)>,
    ) -> Result<Response<Body>, Refused> {
        let seen = self.seen(code, &choice).await?;
        if !seen.is_open() {
            return Ok(show::over(&seen));
        }
        // What the channel is to be is said of one workspace.
        if !choice.shown.is_empty() && choice.shown != seen.shown() {
            (choice.name, choice.private) = (None, None);
        }
        let seal = self.0.seal.of(["share", code, &seen.shown()]);
        Ok(show::form(&seen, code, &choice, &seal, refusal.as_ref()))
    }

    async fn take(&self, code: &str, request: Request) -> Result<Response<Body>, Refused> {
        let body = self.0.form(request, MOST_FORM).await?;
        let mut choice = Choice::read(&body);
        if choice.neither {
            return Err(Refused::Unreadable);
        }
        if !self
            .0
            .seal
            .is_on(&choice.seal, ["share", code, &choice.shown])
        {
            // Shown before the server was started anew: what was filled in is shown again.
            let refusal = (StatusCode::FORBIDDEN, words::STALE.to_owned());
            return self.form(code, choice, Some(refusal)).await;
        }
        choice.team = choice.team.or(choice.shown.parse().ok());
        let seen = self.seen(code, &choice).await?;
        if !seen.is_open() {
            return Ok(show::over(&seen));
        }
        // Nobody answers for a workspace that they were not shown.
        if choice.shown != seen.shown() {
            let refusal = (StatusCode::CONFLICT, ANOTHER.to_owned());
            return self.form(code, choice, Some(refusal)).await;
        }
        let done = match choice.decision.as_str() {
            "accept" => self.accept(&seen, &choice).await,
            "decline" => self.decline(&seen, &choice).await,
            _ => return Err(Refused::Unreadable),
        };
        match done {
            Ok(()) => Ok(page::see_other("share", code)),
            Err(problem) if problem.status == StatusCode::UNPROCESSABLE_ENTITY => {
                let words = words::told(problem.code, &seen, &choice);
                self.form(code, choice, Some((problem.status, words))).await
            }
            Err(problem) => {
                tracing::error!(error = %problem, "an invitation was not answered");
                Err(match problem.status {
                    StatusCode::SERVICE_UNAVAILABLE => Refused::Unavailable,
                    _ => Refused::Failed,
                })
            }
        }
    }

    async fn accept(&self, seen: &Seen, choice: &Choice) -> Result<(), Problem> {
        let caller = self.caller(choice).await?;
        let mut args = Arguments::default();
        args.push(
            "invite_id".to_owned(),
            seen.invitation.id.to_string().into(),
        );
        args.push(
            "channel_name".to_owned(),
            choice.name.clone().unwrap_or_default().into(),
        );
        args.push(
            "is_private".to_owned(),
            choice.private.unwrap_or_default().into(),
        );
        let method = "conversations.acceptSharedInvite";
        acting::call(&self.0.store, method, Arc::new(caller), &args).await?;
        Ok(())
    }

    async fn decline(&self, seen: &Seen, choice: &Choice) -> Result<(), Problem> {
        let caller = Arc::new(self.caller(choice).await?);
        acting::end(&self.0.store, caller, seen.invitation.id, false).await
    }

    async fn caller(&self, choice: &Choice) -> Result<guestlist_domain::Caller, Problem> {
        let user = choice
            .user
            .ok_or_else(|| Problem::invalid("user_not_found", "nobody is chosen"))?;
        acting::caller(&self.0.store, user, choice.team).await
    }
}
