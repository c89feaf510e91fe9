//! Rows from an export's conversations.

use super::{
    entries::{Conversation, Note, Refused, User as Entry},
    people::{People, needed, seconds},
};
use crate::world::{
    check,
    index::{Ids, Map, Set},
};
use guestlist_domain::{
    Channel, ChannelId, ChannelKind, TeamId, Timestamp, UserId,
    channel::{self, Connection, dm_handle},
    facts::Membership,
    name::MAX_LEN,
};

/// An export on its way to rows.
pub(super) struct Import {
    pub(super) now: Timestamp,
    pub(super) ids: Ids,
    pub(super) people: People,
    pub(super) channels: Vec<Channel>,
    pub(super) members: Vec<(TeamId, ChannelId, UserId, Membership)>,
    /// Names and DMs, each once.
    handles: Set<String>,
    /// The number that the next channel of a name that is taken is given.
    numbers: Map<String, u64>,
    /// Where a conversation's id was first.
    seen: Map<ChannelId, (&'static str, u64)>,
    general: bool,
    /// Members of channels who are not in `users.json`.
    pub(super) unknown: Vec<String>,
    /// Channels whose name could not be kept.
    pub(super) renamed: Vec<String>,
    pub(super) dms_dropped: usize,
}

impl Import {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            ids: Ids::default(),
            people: People::default(),
            channels: Vec::new(),
            members: Vec::new(),
            handles: Set::default(),
            numbers: Map::default(),
            seen: Map::default(),
            general: false,
            unknown: Vec::new(),
            renamed: Vec::new(),
            dms_dropped: 0,
        }
    }

    /// Takes an entry of `users.json`.
    pub(super) fn user(&mut self, entry: u64, from: Entry) -> Result<(), Refused> {
        self.people.add(entry, from, &mut self.ids)
    }

    /// Comes between people and conversations.
    pub(super) fn settle(&mut self) {
        self.people.settle(&mut self.ids);
    }

    /// Takes an entry of an index of conversations.
    pub(super) fn conversation(
        &mut self,
        file: &'static str,
        kind: ChannelKind,
        entry: u64,
        from: Conversation,
    ) -> Result<(), Refused> {
        let id: ChannelId = needed(from.id.as_deref())?;
        if (id.letter() == 'D') != (kind == ChannelKind::Im) {
            return Err(Refused {
                field: "id",
                what: format!("{id}: the id of a DM begins with D, and only a DM's"),
            });
        }
        if let Some((first, number)) = self.seen.insert(id, (file, entry)) {
            return Err(Refused {
                field: "id",
                what: format!("{id} is entry {number} of {first} too"),
            });
        }
        let members = self.who(kind, from.members.unwrap_or_default());
        if kind.is_dm() && !self.is_new_dm(kind, &members) {
            self.dms_dropped += 1;
            return Ok(());
        }
        let created = match seconds(from.created) {
            Timestamp(0) => self.now,
            created => created,
        };
        let creator = self.creator(kind, from.creator, &members);
        let name = self.name(kind, id, from.name.unwrap_or_default(), &members);
        let mut channel = Channel::new(id, self.people.home(), kind, &name, creator, created);
        channel.updated = match seconds(from.updated.map(|millis| millis / 1_000)) {
            Timestamp(0) => created,
            updated => updated,
        };
        channel.archived = from.is_archived == Some(true);
        channel.general =
            from.is_general == Some(true) && !std::mem::replace(&mut self.general, true);
        channel.topic = self.note(from.topic);
        channel.purpose = self.note(from.purpose);
        channel.previous_names = from.previous_names.unwrap_or_default();
        if kind.is_dm() {
            channel.parties.clone_from(&members);
            channel.parties.sort();
        } else {
            self.connect(&mut channel, &members);
        }
        let place = Membership {
            since: created,
            closed: false,
        };
        self.members.extend(
            members
                .into_iter()
                .map(|user| (channel.team, id, user, place)),
        );
        self.channels.push(channel);
        Ok(())
    }

    /// Who is in it, each once. Of somebody `users.json` does not have, a DM makes a removed
    /// person, since without them it would be another DM; a channel does without.
    fn who(&mut self, kind: ChannelKind, texts: Vec<String>) -> Vec<UserId> {
        let mut known = Set::default();
        let mut members = Vec::with_capacity(texts.len());
        for text in texts {
            let member = match kind {
                ChannelKind::Im | ChannelKind::Mpim => self.people.mentioned(&text, &mut self.ids),
                _ => text
                    .parse()
                    .ok()
                    .filter(|id| self.people.get(*id).is_some()),
            };
            match member {
                Some(id) if id.is_slackbot() && kind != ChannelKind::Im => {}
                Some(id) if known.insert(id) => members.push(id),
                Some(_) => {}
                None if text == UserId::SLACKBOT => {}
                None => self.unknown.push(text),
            }
        }
        members
    }

    /// Whether there are people for a DM, one of them of the workspace, who have none yet.
    fn is_new_dm(&mut self, kind: ChannelKind, members: &[UserId]) -> bool {
        let enough = match kind {
            ChannelKind::Im => (1..=2).contains(&members.len()),
            _ => members.len() >= 2,
        };
        let home = self.people.home();
        let ours = members
            .iter()
            .any(|id| self.people.get(*id).is_some_and(|user| user.team == home));
        enough && ours && self.handles.insert(dm_handle(members))
    }

    fn creator(&mut self, kind: ChannelKind, text: Option<String>, members: &[UserId]) -> UserId {
        let told = text.and_then(|text| self.people.mentioned(&text, &mut self.ids));
        let first = || members.first().copied().filter(|_| kind.is_dm());
        let leader = || self.people.leader;
        let slackbot = || UserId::SLACKBOT.parse().ok();
        told.or_else(first)
            .or_else(leader)
            .or_else(slackbot)
            .unwrap_or(UserId::from_key(0))
    }

    fn name(
        &mut self,
        kind: ChannelKind,
        id: ChannelId,
        name: String,
        members: &[UserId],
    ) -> String {
        match kind {
            ChannelKind::Im => String::new(),
            ChannelKind::Mpim if name.is_empty() => {
                let names = members
                    .iter()
                    .filter_map(|id| self.people.get(*id))
                    .map(|user| user.name.as_str());
                format!("mpdm-{}-1", names.collect::<Vec<_>>().join("--"))
            }
            ChannelKind::Mpim => name,
            ChannelKind::Public | ChannelKind::Private => {
                let clean = if check::channel_name(&name).is_ok() {
                    name.clone()
                } else {
                    cleaned(&name, id)
                };
                let free = self.free(clean);
                if free != name {
                    self.renamed.push(format!("{name} → {free}"));
                }
                free
            }
        }
    }

    /// The name, or the next one with a number that nobody has. Each number is tried once, so that
    /// many channels of one name do not take the square of their number.
    fn free(&mut self, name: String) -> String {
        let mut free = name.clone();
        while !self.handles.insert(free.clone()) {
            let number = self.numbers.entry(name.clone()).or_insert(1);
            *number += 1;
            let suffix = format!("-{number}");
            free = name
                .chars()
                .take(MAX_LEN - suffix.len())
                .collect::<String>()
                + &suffix;
        }
        free
    }

    fn note(&mut self, from: Option<Note>) -> channel::Note {
        let Some(note) = from else {
            return channel::Note::default();
        };
        channel::Note {
            value: note.value.unwrap_or_default(),
            creator: note
                .creator
                .and_then(|text| self.people.mentioned(&text, &mut self.ids)),
            last_set: seconds(note.last_set),
        }
    }

    /// Members of other workspaces are there through Slack Connect.
    fn connect(&self, channel: &mut Channel, members: &[UserId]) {
        let mut known = Set::from_iter([channel.team]);
        for user in members.iter().filter_map(|id| self.people.get(*id)) {
            if known.insert(user.team) {
                channel.connections.push(Connection {
                    workspace: user.team,
                    external_limited: false,
                    name: None,
                    private: false,
                    connected: channel.created,
                });
            }
        }
    }
}

/// The nearest that can be a channel's name.
fn cleaned(name: &str, id: ChannelId) -> String {
    let one = |c: char| {
        if check::channel_name(&c.to_string()).is_ok() {
            c
        } else {
            '-'
        }
    };
    let clean: String = name.to_lowercase().chars().map(one).take(MAX_LEN).collect();
    if clean.is_empty() {
        id.to_string().to_lowercase()
    } else {
        clean
    }
}
