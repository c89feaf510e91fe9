//! What the server says is there.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::http::Client;
use crate::world;

/// One channel: its members, and what was said in it after a moment.
#[derive(Default)]
pub(super) struct Sight {
    pub(super) members: BTreeSet<String>,
    /// How often each person has joined.
    pub(super) joins: BTreeMap<String, usize>,
    /// How often each text was said.
    pub(super) texts: BTreeMap<String, usize>,
    /// The time stamp of the newest message, or the moment when there is none.
    pub(super) newest: String,
}

impl Sight {
    pub(super) fn read(client: &mut Client, channel: &str, after: &str) -> Result<Sight> {
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
        for message in pages(client, "conversations.history", "messages", &arguments)? {
            sight
                .take(&message)
                .with_context(|| format!("in {channel}: {message}"))?;
        }
        Ok(sight)
    }

    fn take(&mut self, message: &Value) -> Result<()> {
        let user = text(&message["user"]);
        match text(&message["subtype"]) {
            "" => {
                *self
                    .texts
                    .entry(text(&message["text"]).to_owned())
                    .or_default() += 1
            }
            "channel_join" => {
                ensure!(
                    user == world::BOT || message["inviter"] == world::BOT,
                    "a join message that does not name its inviter"
                );
                *self.joins.entry(user.to_owned()).or_default() += 1;
            }
            "channel_leave" => {}
            other => bail!("a message of an unexpected kind {other}"),
        }
        // Of equal length, so that they sort as text.
        let ts = text(&message["ts"]);
        if ts > self.newest.as_str() {
            self.newest = ts.to_owned();
        }
        Ok(())
    }

    /// Takes over what was said, keeping what was said before.
    pub(super) fn add(&mut self, later: &Sight) {
        self.members.clone_from(&later.members);
        self.newest.clone_from(&later.newest);
        for (mine, theirs) in [
            (&mut self.joins, &later.joins),
            (&mut self.texts, &later.texts),
        ] {
            for (key, count) in theirs {
                *mine.entry(key.clone()).or_default() += count;
            }
        }
    }

    /// Fails unless `self`, what is there, is exactly `wanted`; says what is missing and what is too much.
    pub(super) fn must_be(&self, wanted: &Sight, channel: &str) -> Result<()> {
        let members = |sight: &Sight| {
            sight
                .members
                .iter()
                .map(|member| (member.clone(), 1))
                .collect()
        };
        let faults: Vec<_> = [
            faults("members", &members(self), &members(wanted)),
            faults("join messages", &self.joins, &wanted.joins),
            faults("messages", &self.texts, &wanted.texts),
        ]
        .into_iter()
        .flatten()
        .collect();
        ensure!(
            faults.is_empty(),
            "{channel} is not as it was answered: {}",
            faults.join("; ")
        );
        Ok(())
    }
}

/// The id of every channel, by name.
pub(super) fn channels(client: &mut Client) -> Result<BTreeMap<String, String>> {
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

fn faults(
    what: &str,
    there: &BTreeMap<String, usize>,
    wanted: &BTreeMap<String, usize>,
) -> Option<String> {
    let keys: BTreeSet<_> = there.keys().chain(wanted.keys()).collect();
    let count = |map: &BTreeMap<String, usize>, key: &String| map.get(key).copied().unwrap_or(0);
    let wrong: Vec<_> = keys
        .into_iter()
        .map(|key| (key, count(there, key), count(wanted, key)))
        .filter(|(_, there, wanted)| there != wanted)
        .map(|(key, there, wanted)| format!("{key} is there {there}×, not {wanted}×"))
        .collect();
    let more = if wrong.len() > 5 {
        format!(" and {} more", wrong.len() - 5)
    } else {
        String::new()
    };
    (!wrong.is_empty()).then(|| format!("{what}: {}{more}", wrong[..wrong.len().min(5)].join(", ")))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
