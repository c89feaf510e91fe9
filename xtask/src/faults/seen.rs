//! All that a node says is there.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::place::{HOST, bot_token};
use crate::http::Client;
use crate::sight::{Sight, channels};
use crate::told::Joins;

/// What the API and the control interface tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// Every channel that is listed, by name.
    pub(super) names: BTreeMap<String, String>,
    pub(super) channels: BTreeMap<String, Sight>,
    /// The invitation to each shared channel of the load's making.
    pub(super) invitations: BTreeMap<String, Invitation>,
    /// The events of each invitation, by name: their times are those of nodes whose clocks differ.
    pub(super) events: BTreeMap<String, Vec<String>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Invitation {
    pub(super) id: String,
    pub(super) state: String,
}

impl Seen {
    /// Asks a node, as one of the bots and as its operator.
    pub(super) fn read(address: &str, control_token: &str) -> Result<Seen> {
        let mut operator = Client::connect(address, control_token)?;
        let mut bot = Client::connect(address, &bot_token(0))?;
        let mut seen = Seen {
            names: channels(&mut bot)?,
            ..Seen::default()
        };
        for (name, id) in &seen.names {
            if name == "old" || name == "archive" {
                continue;
            }
            // Of a channel that a lane has made its own bot alone is a member.
            let maker = name
                .strip_prefix("shared-")
                .and_then(|rest| rest.split('-').next());
            let lane = maker.map_or(Ok(0), str::parse)?;
            let mut bot = Client::connect(address, &bot_token(lane))?;
            let sight = Sight::read(&mut bot, id, "0").with_context(|| format!("#{name}"))?;
            seen.channels.insert(id.clone(), sight);
        }
        let world = operator.control("GET", "/world", &Value::Null)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let workspaces = world["workspaces"].as_array().context("no workspaces")?;
        let host = workspaces.iter().find(|one| one["id"] == HOST);
        let host = host.context("the host's workspace is not in the world")?;
        for entry in host["invitations"].as_array().into_iter().flatten() {
            // The usual state is left out.
            let state = entry["state"].as_str().unwrap_or("sent").to_owned();
            let id = text(&entry["id"]);
            let before = seen
                .invitations
                .insert(text(&entry["channel"]), Invitation { id, state });
            ensure!(before.is_none(), "a second invitation: {entry}");
        }
        seen.read_events(&mut operator)?;
        Ok(seen)
    }

    /// How often each person has since come into each of the channels that were there before: in
    /// the others is nobody who could be told.
    pub(super) fn joins_since(&self, before: &Seen) -> Joins {
        let mut joins = Joins::new();
        for (channel, earlier) in &before.channels {
            let now = self.channels.get(channel);
            for (who, count) in now.into_iter().flat_map(Sight::joins) {
                *joins.entry((channel.clone(), who.clone())).or_default() += count;
            }
            for (who, count) in earlier.joins() {
                *joins.entry((channel.clone(), who.clone())).or_default() -= count;
            }
        }
        joins.retain(|_, count| *count > 0);
        joins
    }

    /// A few words on how another is not the same.
    pub(super) fn unlike(&self, other: &Seen) -> String {
        for (channel, sight) in &self.channels {
            let theirs = other.channels.get(channel).cloned().unwrap_or_default();
            let unlike = sight.unlike(&theirs);
            if !unlike.is_empty() {
                return format!("{channel}: {unlike:?}");
            }
        }
        format!(
            "{:?} {:?} and {:?} {:?}",
            self.names, self.invitations, other.names, other.invitations
        )
    }

    fn read_events(&mut self, operator: &mut Client) -> Result<()> {
        let mut after = "0.000000".to_owned();
        loop {
            let page = operator.control("GET", &format!("/events?after={after}"), &Value::Null)?;
            let events = page["events"].as_array().context("no events")?;
            let Some(last) = events.last() else {
                self.events.values_mut().for_each(|names| names.sort());
                return Ok(());
            };
            last["ts"]
                .as_str()
                .unwrap_or_default()
                .clone_into(&mut after);
            for event in events {
                let name = event["name"].as_str().unwrap_or_default().to_owned();
                let id = event["event"]["invite"]["id"].as_str();
                if let Some(id) = id {
                    self.events.entry(id.to_owned()).or_default().push(name);
                }
            }
        }
    }
}
