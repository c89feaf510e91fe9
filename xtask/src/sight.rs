//! What the server says is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::http::Client;

/// A message, without its time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trace {
    Joined {
        user: String,
        inviter: Option<String>,
    },
    Left {
        user: String,
    },
    Said {
        user: String,
        text: String,
    },
}

/// One channel: its members, and what happened in it after a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sight {
    pub(crate) members: BTreeSet<String>,
    /// How often each thing has happened.
    pub(crate) traces: BTreeMap<Trace, usize>,
    /// The same by their time stamps.
    pub(crate) times: BTreeMap<String, Trace>,
    /// The newest time stamp, or the moment when there is none.
    pub(crate) newest: String,
}

impl Sight {
    pub(crate) fn read(client: &mut Client, channel: &str, after: &str) -> Result<Sight> {
        let mut sight = Sight {
            newest: after.to_owned(),
            ..Sight::default()
        };
        for member in pages(
            client,
            "conversations.members",
            "members",
            &[("channel", channel)],
        )? {
            let member = text(&member).to_owned();
            if let Some(twice) = sight.members.replace(member) {
                bail!("{twice} is listed twice among the members of {channel}");
            }
        }
        let arguments = [("channel", channel), ("oldest", after)];
        let mut messages = pages(client, "conversations.history", "messages", &arguments)?;
        messages.reverse();
        for message in messages {
            sight
                .take(&message)
                .with_context(|| format!("in {channel}: {message}"))?;
        }
        Ok(sight)
    }

    /// The next message; its time has to be later than those before.
    fn take(&mut self, message: &Value) -> Result<()> {
        let user = text(&message["user"]).to_owned();
        let trace = match text(&message["subtype"]) {
            "" => Trace::Said {
                user,
                text: text(&message["text"]).to_owned(),
            },
            "channel_join" => Trace::Joined {
                user,
                inviter: message["inviter"].as_str().map(str::to_owned),
            },
            "channel_leave" => Trace::Left { user },
            other => bail!("a message of an unexpected kind {other}"),
        };
        // Of equal length, so that they sort as text.
        let ts = text(&message["ts"]).to_owned();
        ensure!(
            ts > self.newest,
            "its time is not after {}, that of the message before",
            self.newest
        );
        self.newest.clone_from(&ts);
        *self.traces.entry(trace.clone()).or_default() += 1;
        self.times.insert(ts, trace);
        Ok(())
    }

    /// Takes over what happened, keeping what happened before.
    pub(crate) fn add(&mut self, later: &Sight) {
        self.members.clone_from(&later.members);
        self.newest.clone_from(&later.newest);
        self.times.extend(later.times.clone());
        for (trace, count) in &later.traces {
            *self.traces.entry(trace.clone()).or_default() += count;
        }
    }

    /// How often somebody came.
    pub(crate) fn joins(&self) -> impl Iterator<Item = (&String, usize)> {
        self.traces.iter().filter_map(|(trace, count)| match trace {
            Trace::Joined { user, .. } => Some((user, *count)),
            _ => None,
        })
    }

    /// What `self`, what is there, has otherwise than `wanted`: for each difference its person
    /// or text, and words.
    pub(crate) fn unlike(&self, wanted: &Sight) -> Vec<(String, String)> {
        let members = self.members.symmetric_difference(&wanted.members);
        let members = members.map(|member| {
            let is = if self.members.contains(member) {
                "is a member and should not be"
            } else {
                "should be a member and is not"
            };
            (member.clone(), format!("{member} {is}"))
        });
        let traces: BTreeSet<_> = self.traces.keys().chain(wanted.traces.keys()).collect();
        let count = |sight: &Sight, trace: &Trace| sight.traces.get(trace).copied().unwrap_or(0);
        let traces = traces.into_iter().filter_map(|trace| {
            let (there, wanted) = (count(self, trace), count(wanted, trace));
            let words = || format!("“{trace}” is there {there}×, not {wanted}×");
            (there != wanted).then(|| (trace.about().to_owned(), words()))
        });
        members.chain(traces).collect()
    }

    /// Fails unless `self`, what is there, is exactly `wanted`; says what is missing and what is too much.
    pub(crate) fn must_be(&self, wanted: &Sight, channel: &str) -> Result<()> {
        let mut unlike = self.unlike(wanted);
        let more = unlike.len().saturating_sub(5);
        unlike.truncate(5);
        let words: Vec<_> = unlike.into_iter().map(|(_, words)| words).collect();
        ensure!(
            words.is_empty(),
            "{channel} is not as it was answered: {}, and {more} more",
            words.join("; ")
        );
        Ok(())
    }
}

impl Trace {
    /// Whom it is about; of what was said, the text.
    pub(crate) fn about(&self) -> &str {
        match self {
            Trace::Joined { user, .. } | Trace::Left { user } => user,
            Trace::Said { text, .. } => text,
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trace::Joined {
                user,
                inviter: Some(inviter),
            } => write!(f, "{user} joined, invited by {inviter}"),
            Trace::Joined {
                user,
                inviter: None,
            } => write!(f, "{user} joined"),
            Trace::Left { user } => write!(f, "{user} left"),
            Trace::Said { user, text } => write!(f, "{user} said {text}"),
        }
    }
}

/// The id of every channel, by name.
pub(crate) fn channels(client: &mut Client) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for channel in pages(client, "conversations.list", "channels", &[])? {
        let name = text(&channel["name"]).to_owned();
        ensure!(
            found
                .insert(name, text(&channel["id"]).to_owned())
                .is_none(),
            "a channel is listed twice: {channel}"
        );
    }
    Ok(found)
}

/// The items of every page of a list.
fn pages(
    client: &mut Client,
    method: &str,
    key: &str,
    arguments: &[(&str, &str)],
) -> Result<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let mut arguments = arguments.to_vec();
        arguments.extend([("limit", "999"), ("cursor", cursor.as_str())]);
        let mut answer = client.ask(method, &arguments)?;
        match answer[key].take() {
            Value::Array(page) => items.extend(page),
            other => bail!("{method} answered {other} for {key}"),
        }
        text(&answer["response_metadata"]["next_cursor"]).clone_into(&mut cursor);
        if cursor.is_empty() {
            return Ok(items);
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
