//! The mail box: letters that were written, and what became of each.

use super::{Problem, time_text};
use crate::mail::letter::{self, Read};
use axum::http::StatusCode;
use guestlist_domain::{
    Actor, Facts, InvitationId, Mail, Moment, Plan, Stop, TeamId, Timestamp, UserId,
    invitation::address,
    mail::{self, NotAgain, State},
};
use guestlist_store::{Decide, MailFilter, Store, StoreError};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// Letters in one answer.
const MOST: usize = 1000;
const USUAL: usize = 100;
/// How long a question may wait for its answer, in seconds.
const MOST_WAIT: u64 = 60;

/// Which letters to tell of, and how many to wait for.
#[derive(Debug, Default)]
pub struct WhichMail {
    filter: MailFilter,
    limit: usize,
    wait: Duration,
    at_least: usize,
}

impl WhichMail {
    /// Reads a query.
    pub fn read(query: &str) -> Result<Self, Problem> {
        let mut which = Self {
            limit: USUAL,
            at_least: 1,
            ..Self::default()
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "to" => {
                    let to = address(&value).ok_or_else(|| {
                        let message = format!("`to` is an address, not `{value}`");
                        Problem::invalid("invalid_address", message)
                    })?;
                    which.filter.to = Some(to);
                }
                "workspace" => which.filter.team = Some(super::workspace(&value)?),
                "state" => which.filter.state = Some(state(&value)?),
                "before" => which.filter.before = Some(id(&value)?),
                "limit" => which.limit = number("limit", &value, MOST as u64)? as usize,
                "at_least" => which.at_least = number("at_least", &value, MOST as u64)? as usize,
                "wait_seconds" => {
                    which.wait = Duration::from_secs(number("wait_seconds", &value, MOST_WAIT)?);
                }
                other => {
                    let message = format!(
                        "`{other}` is none of to, workspace, state, before, limit, wait_seconds and at_least"
                    );
                    return Err(Problem::invalid("invalid_request", message));
                }
            }
        }
        if which.at_least > which.limit {
            let message = "`at_least` is more than `limit` lets through";
            return Err(Problem::invalid("invalid_limit", message));
        }
        Ok(which)
    }
}

fn number(name: &str, text: &str, most: u64) -> Result<u64, Problem> {
    let number = text.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| {
        let message = format!("`{name}` is a number up to {most}, not `{text}`");
        Problem::invalid("invalid_limit", message)
    })
}

fn state(text: &str) -> Result<State, Problem> {
    let mut states = State::ALL.into_iter();
    states.find(|state| state.name() == text).ok_or_else(|| {
        let names = State::ALL.map(State::name).join(", ");
        Problem::invalid(
            "invalid_state",
            format!("`state` is one of {names}, not `{text}`"),
        )
    })
}

/// Reads a letter's id.
fn id(text: &str) -> Result<Timestamp, Problem> {
    Timestamp::parse_ts(text).ok_or_else(|| {
        let message = format!("a letter's id is like 1580774400.000100, not `{text}`");
        Problem::invalid("invalid_id", message)
    })
}

/// A letter, and what became of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct MailView {
    /// Which.
    pub id: String,
    /// To which address.
    pub to: String,
    /// `kept`, `queued`, `retrying`, `sent` or `dead`.
    pub state: String,
    /// When it was written, in RFC 3339.
    pub written: String,
    /// When something last happened to it.
    pub updated: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt: Option<String>,
    /// Why it could not be handed over last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The invitation to a channel that it brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// Who is invited into the workspace by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Where its link leads.
    pub url: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl MailView {
    fn new(mail: &Mail, site: &str) -> Self {
        let Read {
            subject,
            text,
            html,
            url,
        } = letter::read(mail, site);
        Self {
            id: mail.id.ts(),
            to: mail.to.clone(),
            state: mail.state.name().to_owned(),
            written: time_text(mail.id),
            updated: time_text(mail.updated),
            attempts: mail.attempts,
            next_attempt: mail.due.map(time_text),
            failure: mail.failure.clone(),
            invitation: mail.letter.invitation,
            user: mail.letter.user,
            url,
            subject,
            text,
            html,
        }
    }
}

/// Letters, the newest first; at once, or when there are as many as are waited for.
pub async fn list_mail(store: &Store, which: WhichMail) -> Result<Vec<MailView>, Problem> {
    let WhichMail {
        filter,
        limit,
        wait,
        at_least,
    } = which;
    let end = Instant::now() + wait;
    let mut news = store.mail_news();
    loop {
        news.borrow_and_update();
        let filter = filter.clone();
        let found = store.read_long(move |reader| reader.mails(&filter, limit));
        let found: Result<_, StoreError> = found.await;
        let found = found?;
        if found.len() >= at_least || Instant::now() >= end {
            let site = store.site();
            return Ok(found
                .iter()
                .map(|mail| MailView::new(mail, &site))
                .collect());
        }
        let _ = timeout_at(end, news.changed()).await;
    }
}

/// One letter.
pub async fn find_mail(store: &Store, text: &str) -> Result<MailView, Problem> {
    let (_, mail) = find(store, text).await?;
    Ok(MailView::new(&mail, &store.site()))
}

async fn find(store: &Store, text: &str) -> Result<(TeamId, Arc<Mail>), Problem> {
    let id = id(text)?;
    let found: Result<_, StoreError> = store.read(|reader| reader.mail(id)).await;
    found?.ok_or_else(|| not_found(text))
}

fn not_found(id: &str) -> Problem {
    let message = format!("there is no letter {id}");
    Problem::new(StatusCode::NOT_FOUND, "mail_not_found", message)
}

/// Sends a letter once more.
pub async fn send_mail(store: &Store, text: &str) -> Result<MailView, Problem> {
    let (team, mail) = find(store, text).await?;
    let again = Again {
        team,
        id: mail.id,
        post: store.posts(),
    };
    let mail = store.write(Arc::new(again)).await?;
    Ok(MailView::new(&mail, &store.site()))
}

/// A letter to be sent once more, as the store decides it.
struct Again {
    team: TeamId,
    id: Timestamp,
    post: bool,
}

impl Decide for Again {
    type Outcome = Arc<Mail>;
    type Refusal = Problem;

    fn actor(&self) -> Actor {
        Actor::nobody(self.team)
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Arc<Mail>>, Stop<Problem>> {
        mail::again(facts, self.id, self.post, moment).map_err(|stop| {
            stop.map(|why| match why {
                NotAgain::NotFound => not_found(&self.id.ts()),
                NotAgain::Queued => Problem::invalid("mail_queued", "it is on its way already"),
                NotAgain::NoPost => Problem::invalid(
                    "no_mail_server",
                    "no mail is sent from here: the setting `smtp` names no mail server",
                ),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_read_and_mistakes_told() {
        let which =
            WhichMail::read("to=Gil%40Globex.test&state=dead&limit=5&wait_seconds=7&at_least=2")
                .unwrap();
        assert_eq!(which.filter.to.as_deref(), Some("gil@globex.test"));
        assert_eq!(which.filter.state, Some(State::Dead));
        assert_eq!((which.limit, which.at_least), (5, 2));
        for (query, code) in [
            ("to=gil", "invalid_address"),
            ("state=lost", "invalid_state"),
            ("before=x", "invalid_id"),
            ("limit=1001", "invalid_limit"),
            ("limit=-1", "invalid_limit"),
            ("wait_seconds=61", "invalid_limit"),
            ("limit=1&at_least=2", "invalid_limit"),
            ("from=x", "invalid_request"),
        ] {
            assert_eq!(WhichMail::read(query).unwrap_err().code, code, "{query}");
        }
    }
}
