//! What is done in a channel: how it is asked for, what it leaves there, and whether all of that
//! is there or none.

use std::fmt;

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::http::Client;
use crate::sight::{Sight, Trace};

pub(crate) enum Deed {
    Invite(Vec<String>),
    /// With `force`: the first are invited, the others left out.
    Force(Vec<String>, Vec<String>),
    Kick(String),
    /// The caller comes.
    Join,
    /// The caller goes.
    Leave,
    Post(String),
}

/// A part of what a deed leaves.
struct Effect {
    trace: Trace,
    /// Whom it makes a member or not.
    member: Option<(String, bool)>,
}

impl Deed {
    /// The method's answer, `None` when the connection broke before all of it was here.
    pub(crate) fn send(&self, client: &mut Client, channel: &str) -> Result<Option<Value>> {
        let channel = ("channel", channel);
        let invite = "conversations.invite";
        match self {
            Deed::Invite(people) => client.call(invite, &[channel, ("users", &people.join(","))]),
            Deed::Force(people, others) => {
                let all = [people.as_slice(), others].concat().join(",");
                client.call(invite, &[channel, ("users", &all), ("force", "true")])
            }
            Deed::Kick(person) => client.call("conversations.kick", &[channel, ("user", person)]),
            Deed::Join => client.call("conversations.join", &[channel]),
            Deed::Leave => client.call("conversations.leave", &[channel]),
            Deed::Post(text) => client.call("chat.postMessage", &[channel, ("text", text)]),
        }
    }

    /// Whom or what it is about, when `by` does it.
    pub(crate) fn about<'a>(&'a self, by: &'a str) -> Vec<&'a str> {
        match self {
            Deed::Invite(people) | Deed::Force(people, _) => {
                people.iter().map(String::as_str).collect()
            }
            Deed::Kick(person) => vec![person],
            Deed::Join | Deed::Leave => vec![by],
            Deed::Post(text) => vec![text],
        }
    }

    /// What it leaves once.
    pub(crate) fn traces(&self, by: &str) -> Vec<Trace> {
        self.effects(by).map(|effect| effect.trace).collect()
    }

    fn effects<'a>(&'a self, by: &'a str) -> impl Iterator<Item = Effect> + 'a {
        self.about(by).into_iter().map(move |about| {
            let user = about.to_owned();
            let (trace, is_member) = match self {
                Deed::Invite(_) | Deed::Force(..) => {
                    let inviter = Some(by.to_owned());
                    (Trace::Joined { user, inviter }, Some(true))
                }
                Deed::Join => {
                    let inviter = None;
                    (Trace::Joined { user, inviter }, Some(true))
                }
                Deed::Kick(_) | Deed::Leave => (Trace::Left { user }, Some(false)),
                Deed::Post(text) => {
                    let (user, text) = (by.to_owned(), text.clone());
                    (Trace::Said { user, text }, None)
                }
            };
            Effect {
                trace,
                member: is_member.map(|is| (about.to_owned(), is)),
            }
        })
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Deed::Invite(people) => write!(f, "inviting {}", people.join(",")),
            Deed::Force(people, others) => {
                let (people, others) = (people.join(","), others.join(","));
                write!(f, "inviting {people} and by force {others}")
            }
            Deed::Kick(person) => write!(f, "removing {person}"),
            Deed::Join => f.write_str("joining"),
            Deed::Leave => f.write_str("leaving"),
            Deed::Post(text) => write!(f, "saying {text}"),
        }
    }
}

impl Sight {
    /// The deed was answered: this is to be there.
    pub(crate) fn apply(&mut self, deed: &Deed, by: &str) {
        for Effect { trace, member } in deed.effects(by) {
            *self.traces.entry(trace).or_default() += 1;
            match member {
                Some((user, true)) => self.members.insert(user),
                Some((user, false)) => self.members.remove(&user),
                None => false,
            };
        }
    }
}

/// A channel: what is there, and what has to be.
#[derive(Default)]
pub(crate) struct Touched {
    pub(crate) there: Sight,
    pub(crate) wanted: Sight,
}

impl Touched {
    /// Decides about a deed without an answer: is it there? If so it is wanted. It may not be half there.
    /// Nothing that came after it was about the same people.
    pub(crate) fn settle(&mut self, deed: &Deed, by: &str) -> Result<bool> {
        let Touched { there, wanted } = self;
        let count = |sight: &Sight, trace: &Trace| sight.traces.get(trace).copied().unwrap_or(0);
        let mut signs = Vec::new();
        for Effect { trace, member } in deed.effects(by) {
            signs.push(count(there, &trace) > count(wanted, &trace));
            signs.extend(member.map(|(user, is)| there.members.contains(&user) == is));
        }
        let whole = signs.iter().all(|sign| *sign);
        ensure!(
            whole || signs.iter().all(|sign| !sign),
            "half there: {deed} by {by} was not answered; of its (message, membership) are there {signs:?}"
        );
        if whole {
            wanted.apply(deed, by);
        }
        Ok(whole)
    }
}
