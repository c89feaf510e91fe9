//! One call, tried as often as does no harm.
//!
//! Whether a call may be repeated depends on what is known of the attempt before it. Nothing was
//! sent: yes. It only reads: yes. It was turned away for its rate: yes, when told. An invitation
//! whose answer was lost is a question that the channel answers: who is in? Any other write whose
//! answer was lost is left alone.

use crate::{
    arguments::Arguments,
    attempt::{Attempt, Then, Why, Witness, leaves_open},
    client::Client,
    envelope::Envelope,
    exchange::Exchange,
    failure::Failure,
    pace::{LONG, per_minute},
};
use guestlist_methods::{arguments::read_flag, find};
use http::StatusCode;
use serde_json::json;
use std::{collections::HashSet, fmt, time::Duration};
use tokio::time::Instant;

/// How often and how long a call is tried.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Attempts at most, the first one included.
    pub tries: u32,
    /// Time in all, waiting included.
    pub total: Duration,
}

impl Default for Policy {
    /// Five attempts in 30 seconds.
    fn default() -> Self {
        Self {
            tries: 5,
            total: Duration::from_secs(30),
        }
    }
}

impl Policy {
    /// One attempt and no more.
    pub fn once() -> Self {
        Self {
            tries: 1,
            ..Self::default()
        }
    }
}

/// The first wait before a call is repeated; it doubles from then on, up to the last.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LAST_WAIT: Duration = Duration::from_secs(5);
/// As good as no limit, and still a time that can be told.
const FOR_EVER: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
/// A call that has not ended by then is told of, and again when as long as `LONG` has gone by.
const PATIENCE: Duration = Duration::from_secs(3);

/// Everything that happened in a call.
#[derive(Clone, Debug)]
pub struct Account {
    /// Each attempt, in order; the questions asked about a lost invitation are among them.
    pub attempts: Vec<Attempt>,
    /// `Ok` when there is an answer, a refusal too. Otherwise why there is none.
    pub end: Result<(), Failure>,
    answer: Option<Answer>,
    open: bool,
    came_in: Vec<String>,
}

/// Where the answer to the call is.
#[derive(Clone, Debug)]
enum Answer {
    /// It came in this attempt.
    Attempt(usize),
    /// It is put together of two: of the channel, and of the refusals of those who did not come in.
    Joined(Box<Exchange>),
}

impl Account {
    /// What came back, in order.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.attempts
            .iter()
            .filter_map(|attempt| attempt.exchange.as_ref())
    }

    /// What answers the call: the last exchange of the method that was called, also where that is
    /// no good answer. Of an invitation that the channel showed to be carried out it is the channel
    /// as `conversations.info` shows it. When a forced invitation had its answer lost, brought
    /// somebody in all the same, and the rest was refused, it is that channel with these refusals
    /// as its `errors`, and none of [`exchanges`](Self::exchanges) is like it.
    pub fn answer(&self) -> Option<&Exchange> {
        match self.answer.as_ref()? {
            Answer::Attempt(index) => self.attempts.get(*index)?.exchange.as_ref(),
            Answer::Joined(exchange) => Some(exchange),
        }
    }

    /// Whether the call may have been carried out, and nothing tells. There can be an answer: after
    /// `fatal_error`, too, nobody knows.
    pub fn is_uncertain(&self) -> bool {
        self.open || matches!(&self.end, Err(failure) if failure.is_uncertain())
    }

    /// Who of those invited was in the channel when it was asked after a lost answer.
    pub fn came_in(&self) -> &[String] {
        &self.came_in
    }

    /// The answer, or why there is none.
    pub fn into_envelope(mut self) -> Result<Envelope, Failure> {
        self.end?;
        let answer = match self.answer {
            Some(Answer::Attempt(index)) => self.attempts.swap_remove(index).exchange,
            Some(Answer::Joined(exchange)) => Some(*exchange),
            None => None,
        };
        // An end that is well has an answer, and an answer is a JSON object.
        answer.and_then(Envelope::of).ok_or(Failure::TooLarge)
    }
}

/// What repeating a call can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    Reads,
    Invites,
    Writes,
}

fn nature(method: &str) -> Nature {
    match find(method) {
        _ if matches!(
            method,
            "conversations.invite" | "channels.invite" | "groups.invite"
        ) =>
        {
            Nature::Invites
        }
        Some(entry) if entry.reads => Nature::Reads,
        _ => Nature::Writes,
    }
}

/// What an attempt came to, seen alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Done,
    Again(Option<Duration>, Why),
    Uncertain,
    Stop(Why),
}

fn wish(
    nature: Nature,
    method: &str,
    exchange: Option<&Exchange>,
    end: &Result<(), Failure>,
) -> Wish {
    if let Some(exchange) = exchange
        && is_rate_limited(exchange, end)
    {
        let by_tier = || Duration::from_secs(60) / per_minute(method);
        let wait = exchange.retry_after().unwrap_or_else(by_tier);
        return Wish::Again(Some(wait), Why::RateLimited);
    }
    match end {
        Err(failure) if failure.nothing_sent() && failure.may_pass() => {
            Wish::Again(None, Why::NothingSent)
        }
        Err(failure) if nature == Nature::Reads && failure.may_pass() => {
            Wish::Again(None, Why::OnlyReads)
        }
        Err(failure) if failure.is_uncertain() => match nature {
            Nature::Reads => Wish::Stop(Why::Hopeless),
            Nature::Invites => Wish::Uncertain,
            Nature::Writes => Wish::Stop(Why::NotKnown),
        },
        Err(_) => Wish::Stop(Why::Hopeless),
        Ok(()) => match exchange.and_then(Exchange::error) {
            Some("service_unavailable" | "request_timeout") => Wish::Again(None, Why::Unavailable),
            Some(code) if leaves_open(code) => match nature {
                Nature::Reads => Wish::Again(None, Why::OnlyReads),
                Nature::Invites => Wish::Uncertain,
                Nature::Writes => Wish::Done,
            },
            _ => Wish::Done,
        },
    }
}

/// A call that was one too many says so in its status, whatever became of the body.
fn is_rate_limited(exchange: &Exchange, end: &Result<(), Failure>) -> bool {
    exchange.status == StatusCode::TOO_MANY_REQUESTS
        || end.is_ok() && matches!(exchange.error(), Some("ratelimited" | "rate_limited"))
}

/// A call under way.
struct Run<'c> {
    client: &'c Client,
    /// None also once an attempt was lost: from then on none tells that nothing was carried out.
    witness: Option<&'c mut dyn Witness>,
    until: Instant,
    /// From when on a wait is told louder.
    loud: Instant,
    attempts: Vec<Attempt>,
    answer: Option<Answer>,
    /// Given up without knowing whether it was carried out.
    open: bool,
    came_in: Vec<String>,
}

/// How the attempts at one call ended.
enum Ended {
    /// With an answer, which may be a refusal.
    Answered,
    /// Without one.
    Failed(Failure),
    /// It may have been carried out; with what is known.
    Uncertain(Result<(), Failure>),
}

pub(crate) async fn perform<'c>(
    client: &'c Client,
    method: &str,
    arguments: &Arguments,
    witness: Option<&'c mut dyn Witness>,
) -> Account {
    let now = client.waits().now();
    let mut run = Run {
        client,
        witness,
        until: now
            .checked_add(client.policy().total)
            .unwrap_or(now + FOR_EVER),
        loud: now + PATIENCE,
        attempts: Vec::new(),
        answer: None,
        open: false,
        came_in: Vec::new(),
    };
    let end = match nature(method) {
        Nature::Invites => run.invite(method, arguments).await,
        nature => run.settled(method, arguments, nature).await,
    };
    let own = run
        .attempts
        .iter()
        .rposition(|attempt| attempt.method == method && attempt.exchange.is_some());
    Account {
        answer: run.answer.or(own.map(Answer::Attempt)),
        attempts: run.attempts,
        end,
        open: run.open,
        came_in: run.came_in,
    }
}

impl Run<'_> {
    async fn settled(
        &mut self,
        method: &str,
        arguments: &Arguments,
        nature: Nature,
    ) -> Result<(), Failure> {
        match self.attempt(method, arguments, nature, &mut 0).await {
            Ended::Answered => Ok(()),
            Ended::Failed(failure) => Err(failure),
            Ended::Uncertain(end) => end,
        }
    }

    /// Tries until there is an answer, no hope, or no knowing. `made` is how often this was tried.
    async fn attempt(
        &mut self,
        method: &str,
        arguments: &Arguments,
        nature: Nature,
        made: &mut u32,
    ) -> Ended {
        loop {
            *made += 1;
            let tries = *made;
            let left = self.left();
            let witness: Option<&mut dyn Witness> = match &mut self.witness {
                // A question on the way carries nothing out.
                Some(witness) if nature != Nature::Reads => Some(&mut **witness),
                _ => None,
            };
            let exchange = self.client.exchange(method, arguments, left, witness);
            let (exchange, end) = exchange.await;
            let wish = wish(nature, method, exchange.as_ref(), &end);
            self.witnessed(wish, &end);
            let then = self.then(wish, tries);
            let rate_limited = match wish {
                Wish::Again(Some(wait), Why::RateLimited) => Some(wait),
                _ => None,
            };
            self.note(Attempt {
                method: method.to_owned(),
                exchange,
                failure: end.as_ref().err().cloned(),
                then: then.clone(),
            });
            match then {
                Then::Done => return Ended::Answered,
                Then::Again(wait, _) => self.client.waits().wait(wait).await,
                Then::AskedWhoIsIn => return Ended::Uncertain(end),
                Then::AskedForTheChannel => return Ended::Answered,
                Then::GaveUp(why) => {
                    let tries = (why == Why::Tries).then_some(tries);
                    return match (end, rate_limited) {
                        (_, Some(wait)) => Ended::Failed(Failure::RateLimited { wait, tries }),
                        (Err(failure), None) => Ended::Failed(failure),
                        (Ok(()), None) => Ended::Answered,
                    };
                }
            }
        }
    }

    /// Tells the witness what an attempt came to, where that was nothing.
    fn witnessed(&mut self, wish: Wish, end: &Result<(), Failure>) {
        let nothing = match wish {
            Wish::Again(_, Why::RateLimited | Why::NothingSent | Why::Unavailable) => true,
            _ => end.as_ref().is_err_and(Failure::nothing_sent),
        };
        if nothing && let Some(witness) = &mut self.witness {
            witness.came_to_nothing();
        } else if matches!(wish, Wish::Uncertain | Wish::Stop(Why::NotKnown)) {
            self.witness = None;
        }
    }

    fn left(&self) -> Duration {
        self.until
            .saturating_duration_since(self.client.waits().now())
    }

    /// What an attempt is followed by, within the limits.
    fn then(&self, wish: Wish, tries: u32) -> Then {
        let (wait, why) = match wish {
            Wish::Done => return Then::Done,
            Wish::Uncertain => return Then::AskedWhoIsIn,
            Wish::Stop(why) => return Then::GaveUp(why),
            Wish::Again(Some(told), why) => (told + jitter(FIRST_WAIT), why),
            Wish::Again(None, why) => {
                let doubled = FIRST_WAIT * 2_u32.saturating_pow((tries - 1).min(8));
                let wait = doubled.min(LAST_WAIT);
                (wait + jitter(wait / 2), why)
            }
        };
        if tries >= self.client.policy().tries {
            Then::GaveUp(Why::Tries)
        } else if wait >= self.left() {
            Then::GaveUp(Why::Time)
        } else {
            Then::Again(wait, why)
        }
    }

    fn note(&mut self, attempt: Attempt) {
        self.tell(&attempt, &attempt.then);
        self.attempts.push(attempt);
    }

    /// Tells what was decided; louder when it makes a call so long that whoever looks on may
    /// believe it dead.
    fn tell(&mut self, what: &dyn fmt::Display, then: &Then) {
        if let Then::Again(wait, _) = then {
            let now = self.client.waits().now();
            if now + *wait >= self.loud {
                self.loud = now + LONG;
                tracing::warn!("{what}");
                return;
            }
        }
        tracing::info!("{what}");
    }

    /// Changes what is said to have followed the attempt at `index`.
    fn revise(&mut self, index: usize, then: Then) {
        let Some(attempt) = self.attempts.get_mut(index) else {
            return;
        };
        attempt.then = then.clone();
        let what = format!("{}: {then}", attempt.method);
        self.tell(&what, &then);
    }

    /// An invitation. When its answer is lost, the channel tells who is in: if everybody named
    /// is, the channel as `conversations.info` shows it is the answer, as an invitation's is. If
    /// not, it is made again; with `force` only for those who are not in.
    async fn invite(&mut self, method: &str, arguments: &Arguments) -> Result<(), Failure> {
        let mut arguments = arguments.clone();
        let name = ["users", "user"]
            .into_iter()
            .find(|name| arguments.get(name).is_some());
        let name = name.unwrap_or("users");
        let forced = arguments.text("force").as_deref().and_then(read_flag) == Some(true);
        let mut made = 0;
        let mut lost_before = None;
        loop {
            let attempt = self.attempt(method, &arguments, Nature::Invites, &mut made);
            let end = match attempt.await {
                Ended::Answered if forced && !self.came_in.is_empty() => {
                    self.join(&arguments, name).await;
                    return Ok(());
                }
                Ended::Answered => return Ok(()),
                Ended::Failed(failure) => return self.failed_after(lost_before, failure),
                Ended::Uncertain(end) => end,
            };
            let lost = self.attempts.len() - 1;
            lost_before = Some((lost, end.clone()));
            let people = arguments.list(name);
            let Some(outside) = self.outside(&arguments, &people).await else {
                return self.leave(lost, end, Why::NotKnown);
            };
            for person in people {
                if !outside.contains(&person) && !self.came_in.contains(&person) {
                    self.came_in.push(person);
                }
            }
            if outside.is_empty() {
                let Some(info) = self.channel(&arguments).await else {
                    return self.leave(lost, end, Why::NotKnown);
                };
                self.answer = Some(Answer::Attempt(info));
                return Ok(());
            }
            // The call that was lost may still be on its way: it is not repeated at once.
            match self.then(Wish::Again(None, Why::NotCarriedOut), made) {
                Then::Again(wait, why) => {
                    self.revise(lost, Then::Again(wait, why));
                    self.client.waits().wait(wait).await;
                }
                Then::GaveUp(why) => return self.leave(lost, end, why),
                _ => return self.leave(lost, end, Why::NotKnown),
            }
            if forced {
                arguments.set(name, outside.join(","));
            }
        }
    }

    /// The channel of an invitation: the index of the attempt that shows it, if one does.
    async fn channel(&mut self, arguments: &Arguments) -> Option<usize> {
        let mut about = Arguments::new();
        let channel = arguments.get("channel").cloned().unwrap_or_default();
        about.set("channel", channel);
        self.settled("conversations.info", &about, Nature::Reads)
            .await
            .ok()?;
        let index = self.attempts.len() - 1;
        let exchange = self.attempts[index].exchange.as_ref()?;
        exchange.is_ok().then_some(index)
    }

    /// The rest of a forced invitation was answered, after others came in by a call whose answer
    /// was lost. If the rest was refused, each by name, the answer to the whole is the one the lost
    /// call had: somebody came in, and these are its `errors`. Another refusal stays the answer.
    async fn join(&mut self, arguments: &Arguments, name: &str) {
        let rest = self.attempts.len() - 1;
        let refusal = self.attempts[rest].exchange.as_ref();
        let errors = refusal.filter(|refusal| refusal.error().is_some());
        let Some(errors) = errors.and_then(|refusal| refusal.json.as_ref()?.get("errors").cloned())
        else {
            return;
        };
        let refused: HashSet<&str> = errors
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|entry| entry["user"].as_str())
            .collect();
        let people = arguments.list(name);
        if !people.iter().all(|one| refused.contains(one.as_str())) {
            return;
        }
        self.revise(rest, Then::AskedForTheChannel);
        let Some(info) = self.channel(arguments).await else {
            return;
        };
        let Some(mut joined) = self.attempts[info].exchange.clone() else {
            return;
        };
        let channel = joined.json.as_ref().map(|json| json["channel"].clone());
        let body = json!({"ok": true, "channel": channel, "errors": errors});
        joined.body = body.to_string().into();
        joined.json = Some(body);
        self.answer = Some(Answer::Joined(Box::new(joined)));
    }

    /// Gives up an invitation of which nothing is known. An answer that told so much, as
    /// `fatal_error` does, is the answer.
    fn leave(&mut self, lost: usize, end: Result<(), Failure>, why: Why) -> Result<(), Failure> {
        self.revise(lost, Then::GaveUp(why));
        self.open = true;
        end
    }

    /// The end of an invitation whose last attempt came to nothing. Where an earlier one was lost, which
    /// may still be on its way, it ends as that one did.
    fn failed_after(
        &mut self,
        lost: Option<(usize, Result<(), Failure>)>,
        failure: Failure,
    ) -> Result<(), Failure> {
        let Some((lost, end)) = lost else {
            return Err(failure);
        };
        self.open = true;
        if end.is_ok() {
            self.answer = Some(Answer::Attempt(lost));
        }
        end
    }

    /// Who of these is not in the channel; `None` when it does not tell.
    async fn outside(&mut self, arguments: &Arguments, people: &[String]) -> Option<Vec<String>> {
        let channel = arguments.get("channel")?.clone();
        let mut missing: HashSet<&str> = people.iter().map(String::as_str).collect();
        if missing.is_empty() {
            return None;
        }
        let mut page = Arguments::new();
        page.set("channel", channel).set("limit", 1000);
        let mut seen = HashSet::new();
        loop {
            self.settled("conversations.members", &page, Nature::Reads)
                .await
                .ok()?;
            let exchange = self.attempts.last()?.exchange.as_ref()?;
            let json = exchange.json.as_ref().filter(|_| exchange.is_ok())?;
            for member in json["members"].as_array()? {
                missing.remove(member.as_str().unwrap_or_default());
            }
            let next = json["response_metadata"]["next_cursor"]
                .as_str()
                .unwrap_or_default();
            if missing.is_empty() || next.is_empty() {
                break;
            }
            if !seen.insert(next.to_owned()) {
                tracing::info!("conversations.members: {}", Failure::Endless);
                return None;
            }
            page.set("cursor", next.to_owned());
        }
        let outside = people
            .iter()
            .filter(|person| missing.contains(person.as_str()));
        Some(outside.cloned().collect())
    }
}

/// Chance, so that many callers who failed together do not come back together.
fn jitter(most: Duration) -> Duration {
    let chance = getrandom::u32().unwrap_or_default();
    most.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests;
