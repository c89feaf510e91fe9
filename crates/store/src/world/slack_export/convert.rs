//! Rows from an export's conversations.

use super::{
    entries::{Conversation, Note, Refused, User as Entry},
    notes::Rolls,
    people::{People, needed},
};
use crate::world::index::{Ids, Map, Set};
use guestlist_domain::{
    Channel, ChannelId, ChannelKind, TeamId, Timestamp, UserId,
    channel::{self, dm_handle},
};

/// An export on its way to rows.
pub(super) struct Import {
    pub(super) now: Timestamp,
    pub(super) ids: Ids,
    pub(super) people: People,
    pub(super) channels: Vec<Channel>,
    /// Who is in each of `channels`.
    pub(super) members: Vec<Vec<UserId>>,
    /// DMs, each once.
    dms: Set<(TeamId, String)>,
    /// Where a conversation's id was first, and what it was there.
    seen: Map<ChannelId, (&'static str, u64, ChannelKind)>,
    /// Into which channels those will come who are invited into the workspace.
    pub(super) awaited: Map<UserId, Vec<ChannelId>>,
    pub(super) rolls: Rolls,
}

impl Import {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            now,
            ids: Ids::default(),
            people: People::new(now),
            channels: Vec::new(),
            members: Vec::new(),
            dms: Set::default(),
            seen: Map::default(),
            awaited: Map::default(),
            rolls: Rolls::default(),
        }
    }

    /// Takes an entry of an index of people.
    pub(super) fn user(
        &mut self,
        file: &'static str,
        entry: u64,
        from: Entry,
    ) -> Result<(), Refused> {
        self.people.add(file, entry, from, &mut self.ids)
    }

    /// Comes between people and conversations. `name` is what the workspace will be called.
    pub(super) fn settle(&mut self, name: &str) {
        self.people.settle(name, &mut self.ids);
        let waiting = self.people.waiting.iter();
        self.awaited = waiting.map(|id| (*id, Vec::new())).collect();
    }

    /// Takes an entry of an index of conversations.
    pub(super) fn conversation(
        &mut self,
        file: &'static str,
        kind: ChannelKind,
        entry: u64,
        mut from: Conversation,
    ) -> Result<(), Refused> {
        let kind = match kind {
            ChannelKind::Public | ChannelKind::Private if is_group_dm(&from) => ChannelKind::Mpim,
            ChannelKind::Public if from.is_private => ChannelKind::Private,
            kind => kind,
        };
        let Some(id) = self.new_id(file, kind, entry, from.id.as_deref())? else {
            return Ok(());
        };
        let members = self.who(id, kind, from.members.take().unwrap_or_default());
        // A DM is of people, whoever is said to host it.
        let host = from.conversation_host_id.as_deref();
        let told = match kind.is_dm() {
            true => Vec::new(),
            false => self.told(&from),
        };
        let owner = self.owner(host.filter(|_| !kind.is_dm()), &told, &members);
        let team = owner.unwrap_or(self.people.home());
        if kind.is_dm() && (owner.is_none() || !self.is_new_dm(kind, team, &members)) {
            self.rolls.dms_dropped.add(id);
            return Ok(());
        }
        let created = match self.people.past(id, from.created) {
            Timestamp(0) => self.now,
            created => created,
        };
        let creator = self.creator(kind, from.creator.take(), &members);
        let name = self.name(kind, from.name.take().unwrap_or_default(), &members);
        let mut channel = Channel::new(id, team, kind, &name, creator, created);
        self.describe(&mut channel, &mut from);
        if kind.is_dm() {
            channel.parties.clone_from(&members);
            channel.parties.sort();
            let people = members.iter().filter_map(|id| self.people.get(*id));
            let places = &self.people.organisations;
            let homes = people.map(|user| user.team);
            channel.connect(homes.filter(|home| !places.same(team, *home)));
        } else {
            self.share(&mut channel, &told, &members, &from);
            self.note_rest(&channel, &from);
        }
        self.members.push(members);
        self.channels.push(channel);
        Ok(())
    }

    /// The id, unless the same conversation was there before, in another file: group DMs are among private
    /// channels, too, in some exports.
    fn new_id(
        &mut self,
        file: &'static str,
        kind: ChannelKind,
        entry: u64,
        text: Option<&str>,
    ) -> Result<Option<ChannelId>, Refused> {
        let id: ChannelId = needed(text)?;
        let refuse = |what| Err(Refused { field: "id", what });
        if (id.letter() == 'D') != (kind == ChannelKind::Im) {
            return refuse(format!(
                "{id}: the id of a DM begins with D, and only a DM's"
            ));
        }
        match self.seen.get(&id) {
            Some((first, _, known)) if *first != file && *known == kind => {
                self.rolls.twice.add(id);
                return Ok(None);
            }
            Some((first, number, _)) => {
                return refuse(format!("{id} is entry {number} of {first} too"));
            }
            None => {}
        }
        self.seen.insert(id, (file, entry, kind));
        Ok(Some(id))
    }

    /// What an entry tells of a conversation beside who is in it.
    fn describe(&mut self, channel: &mut Channel, from: &mut Conversation) {
        let updated = from.updated.map(|millis| millis / 1_000);
        channel.updated = match self.people.past(channel.id, updated) {
            Timestamp(0) => channel.created,
            updated => updated,
        };
        channel.archived = from.is_archived == Some(true);
        channel.topic = self.note(channel.id, from.topic.take());
        channel.purpose = self.note(channel.id, from.purpose.take());
        channel.previous_names = std::mem::take(&mut from.previous_names);
        if !channel.kind.is_dm() {
            channel.general = from.is_general == Some(true);
            channel.read_only = from.is_read_only;
            channel.mandatory = from.is_org_mandatory;
        }
    }

    /// Who is in it, each once. Of somebody who is in no index file, a DM makes a removed person, since
    /// without them it would be another DM; a channel does without, and without those who are removed.
    fn who(
        &mut self,
        channel: ChannelId,
        kind: ChannelKind,
        texts: Vec<Option<String>>,
    ) -> Vec<UserId> {
        let mut known = Set::default();
        let mut members = Vec::with_capacity(texts.len());
        for text in texts.into_iter().flatten() {
            let member = match kind.is_dm() {
                true => self.people.mentioned(&text, &mut self.ids),
                false => self.member(channel, &text),
            };
            match member {
                Some(id) if id.is_slackbot() && kind != ChannelKind::Im => {}
                Some(id) if known.insert(id) => members.push(id),
                None if kind.is_dm() => self.rolls.unknown.add(text),
                _ => {}
            }
        }
        members
    }

    /// Somebody who can be in a channel now.
    fn member(&mut self, channel: ChannelId, text: &str) -> Option<UserId> {
        if text == UserId::SLACKBOT {
            return None;
        }
        let user = text.parse().ok().and_then(|id| self.people.get(id));
        match user {
            Some(user) if !user.removed => return Some(user.id),
            Some(user) if let Some(channels) = self.awaited.get_mut(&user.id) => {
                // One conversation comes after the other.
                if channels.last() != Some(&channel) {
                    channels.push(channel);
                }
            }
            // Who is only mentioned elsewhere is removed, too.
            Some(_) if !self.people.placeholders.has(text) => self.rolls.removed.add(text),
            _ => self.rolls.unknown.add(text),
        }
        None
    }

    /// Whether there are people for a DM who have none yet.
    fn is_new_dm(&mut self, kind: ChannelKind, team: TeamId, members: &[UserId]) -> bool {
        let enough = match kind {
            ChannelKind::Im => (1..=2).contains(&members.len()),
            _ => members.len() >= 2,
        };
        enough && self.dms.insert((team, dm_handle(members)))
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

    /// The name that is told, whether or not it can be one. A DM's is settled here.
    fn name(&self, kind: ChannelKind, name: String, members: &[UserId]) -> String {
        match kind {
            ChannelKind::Im => String::new(),
            ChannelKind::Mpim if name.is_empty() => {
                let names = members
                    .iter()
                    .filter_map(|id| self.people.get(*id))
                    .map(|user| user.name.as_str());
                format!("mpdm-{}-1", names.collect::<Vec<_>>().join("--"))
            }
            _ => name,
        }
    }

    fn note(&mut self, of: ChannelId, from: Option<Note>) -> channel::Note {
        let Some(note) = from else {
            return channel::Note::default();
        };
        channel::Note {
            value: note.value.unwrap_or_default(),
            creator: note
                .creator
                .and_then(|text| self.people.mentioned(&text, &mut self.ids)),
            last_set: self.people.past(of, note.last_set),
        }
    }
}

/// A group DM among channels, by its flag or by its name.
fn is_group_dm(from: &Conversation) -> bool {
    let name = from.name.as_deref().unwrap_or_default();
    from.is_mpim || name.starts_with("mpdm-")
}
