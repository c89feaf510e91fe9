//! The conversation object.
//! <https://docs.slack.dev/reference/objects/conversation-object>

use super::unread::Unread;
use guestlist_domain::{Channel, ChannelId, ChannelKind, TeamId, UserId, channel::Note, see::Seen};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::Value;
use std::borrow::{Borrow, Cow};

/// A conversation as one caller sees it. Which of the optional keys a method shows is its own
/// affair. It is written as JSON from the conversation itself, of which nothing is copied.
#[derive(Debug)]
pub struct Conversation {
    seen: Seen,
    caller: UserId,
    told: Told,
    shows_is_member: bool,
    /// Where there is more to tell than up to where it is read.
    unread: Option<Unread>,
    user_deleted: bool,
    num_members: Option<u32>,
    locale: Option<&'static str>,
}

/// How much of it a method shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    /// In a list.
    Row,
    /// Where it is answered for itself: its read state, and which workspaces have it.
    Whole,
    /// In `conversations.info`: other organisations as well, and whether it is frozen.
    Info,
}

/// The language every workspace here speaks.
pub const LOCALE: &str = "en-US";

impl Conversation {
    /// A row of a list: no read state, no workspaces.
    pub fn row(seen: &Seen, caller: UserId) -> Self {
        Self {
            seen: seen.clone(),
            caller,
            told: Told::Row,
            shows_is_member: true,
            unread: None,
            user_deleted: false,
            num_members: None,
            locale: None,
        }
    }

    /// One conversation answered for itself: with its read state and the workspaces that have it.
    pub fn whole(seen: &Seen, caller: UserId) -> Self {
        Self {
            told: Told::Whole,
            ..Self::row(seen, caller)
        }
    }

    /// The same with all sides, which `conversations.info` alone tells.
    pub fn info(seen: &Seen, caller: UserId) -> Self {
        Self {
            told: Told::Info,
            ..Self::row(seen, caller)
        }
    }

    /// With `num_members`.
    #[must_use]
    pub fn num_members(self, count: u32) -> Self {
        Self {
            num_members: Some(count),
            ..self
        }
    }

    /// With `locale`.
    #[must_use]
    pub fn locale(self) -> Self {
        Self {
            locale: Some(LOCALE),
            ..self
        }
    }

    /// With the read state of a channel in which there is nothing to read yet.
    #[must_use]
    pub fn untouched(self) -> Self {
        Self {
            unread: Some(Unread::nothing()),
            ..self
        }
    }

    /// Without `is_member`, as in `users.conversations`.
    #[must_use]
    pub fn without_is_member(self) -> Self {
        Self {
            shows_is_member: false,
            ..self
        }
    }
}

impl Serialize for Conversation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.seen.channel.kind {
            ChannelKind::Im => DmObject::of(self).serialize(serializer),
            _ => ChannelObject::of(self).serialize(serializer),
        }
    }
}

/// A channel or a group DM.
#[derive(Serialize)]
struct ChannelObject<'a> {
    id: ChannelId,
    name: &'a str,
    is_channel: bool,
    is_group: bool,
    is_im: bool,
    created: i64,
    creator: UserId,
    is_archived: bool,
    is_general: bool,
    unlinked: u8,
    name_normalized: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_read_only: Option<bool>,
    is_shared: bool,
    is_ext_shared: bool,
    is_org_shared: bool,
    pending_shared: &'a [TeamId],
    is_pending_ext_shared: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_member: Option<bool>,
    is_private: bool,
    is_mpim: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_open: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_read: Option<Cow<'a, str>>,
    // What there is to read; shown by `conversations.create`.
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<&'a Option<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_count_display: Option<usize>,
    updated: i64,
    context_team_id: TeamId,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_frozen: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_conversation: Option<Null>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_host_id: Option<TeamId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_team_ids: Option<Vec<TeamId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    internal_team_ids: Option<Vec<TeamId>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    connected_team_ids: Vec<TeamId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    connected_limited_team_ids: Vec<TeamId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_connected_team_ids: Option<&'a [TeamId]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_connected: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties>,
    #[serde(serialize_with = "note")]
    topic: &'a Note,
    #[serde(serialize_with = "note")]
    purpose: &'a Note,
    previous_names: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    num_members: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
}

/// Written as `null`.
type Null = ();

/// Settings guestlist has none of.
#[derive(Serialize)]
struct Properties {}

/// A 1:1 DM.
#[derive(Serialize)]
struct DmObject<'a> {
    id: ChannelId,
    created: i64,
    is_archived: bool,
    is_im: bool,
    is_org_shared: bool,
    // With somebody of another organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_shared: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_ext_shared: Option<bool>,
    user: UserId,
    is_user_deleted: bool,
    priority: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_open: Option<bool>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    unread: Option<&'a Unread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_members: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
}

/// Writes a topic or purpose.
pub(super) fn note<S: Serializer>(
    note: &impl Borrow<Note>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let note = note.borrow();
    let mut object = serializer.serialize_struct("Note", 3)?;
    object.serialize_field("value", &note.value)?;
    match note.creator {
        Some(creator) => object.serialize_field("creator", &creator)?,
        None => object.serialize_field("creator", "")?,
    }
    object.serialize_field("last_set", &note.last_set.seconds())?;
    object.end()
}

impl<'a> ChannelObject<'a> {
    fn of(this: &'a Conversation) -> Self {
        let Conversation {
            seen, told, unread, ..
        } = this;
        let channel: &Channel = &seen.channel;
        let mpim = channel.kind == ChannelKind::Mpim;
        let old = channel.id.letter() == 'G';
        let own = seen.connection().and_then(|side| side.name.as_deref());
        let name = own.unwrap_or(&channel.name);
        let last_read = match (unread, seen.membership) {
            (Some(unread), _) => Some(Cow::from(&unread.last_read)),
            (None, Some(place)) if *told >= Told::Whole => Some(Cow::from(place.last_read().ts())),
            _ => None,
        };
        let row = Self {
            id: channel.id,
            name,
            is_channel: !mpim && !old,
            is_group: mpim || old,
            is_im: false,
            created: channel.created.seconds(),
            creator: channel.creator,
            is_archived: channel.archived,
            is_general: channel.general,
            unlinked: 0,
            name_normalized: name,
            is_read_only: (*told >= Told::Whole).then_some(channel.read_only),
            is_shared: channel.is_ext_shared() || channel.is_org_shared(),
            is_ext_shared: channel.is_ext_shared(),
            is_org_shared: channel.is_org_shared(),
            pending_shared: &channel.pending,
            is_pending_ext_shared: !channel.pending.is_empty(),
            is_member: this.shows_is_member.then(|| seen.is_member()),
            is_private: seen.is_private(),
            is_mpim: mpim,
            is_open: mpim.then(|| seen.membership.is_some_and(|place| !place.closed)),
            priority: (mpim || unread.is_some()).then_some(0),
            last_read,
            latest: unread.as_ref().map(|unread| &unread.latest),
            unread_count: unread.as_ref().map(|unread| unread.unread_count),
            unread_count_display: unread.as_ref().map(|unread| unread.unread_count_display),
            updated: channel.updated.millis(),
            context_team_id: seen.team,
            is_frozen: None,
            frozen_reason: None,
            parent_conversation: None,
            conversation_host_id: None,
            shared_team_ids: None,
            internal_team_ids: None,
            connected_team_ids: Vec::new(),
            connected_limited_team_ids: Vec::new(),
            pending_connected_team_ids: None,
            date_connected: None,
            properties: None,
            topic: &channel.topic,
            purpose: &channel.purpose,
            previous_names: &channel.previous_names,
            num_members: this.num_members,
            locale: this.locale,
        };
        match told {
            Told::Row => row,
            Told::Whole => row.with_workspaces(channel),
            Told::Info => row.with_workspaces(channel).with_sides(seen),
        }
    }

    /// With the workspaces that have the channel, and which will.
    fn with_workspaces(self, channel: &'a Channel) -> Self {
        let others = channel.workspaces.iter().copied();
        let others = others.filter(|team| *team != channel.team);
        let own = std::iter::once(channel.team).chain(others);
        let connected = channel.connections.iter().map(|side| side.workspace);
        Self {
            shared_team_ids: Some(own.clone().chain(connected).collect()),
            internal_team_ids: Some(match channel.is_org_shared() {
                true => own.collect(),
                false => Vec::new(),
            }),
            pending_connected_team_ids: Some(&channel.pending),
            ..self
        }
    }

    /// With the other organisations in it, as the caller's sees them.
    fn with_sides(self, seen: &'a Seen) -> Self {
        let channel = &seen.channel;
        let ids = |limited: bool| {
            channel
                .connections
                .iter()
                .filter(move |c| c.external_limited || !limited)
                .map(|c| c.workspace)
        };
        let connected = channel.connections.iter();
        Self {
            is_frozen: Some(channel.frozen.is_some()),
            frozen_reason: channel.frozen.map(|_| "connection_severed"),
            parent_conversation: Some(()),
            conversation_host_id: channel.is_ext_shared().then_some(channel.team),
            // All but the caller's own side: the host's workspace has several here.
            connected_team_ids: match seen.connection() {
                Some(_) => channel.sides().filter(|side| *side != seen.team).collect(),
                None => ids(false).collect(),
            },
            connected_limited_team_ids: ids(true).collect(),
            date_connected: connected.map(|side| side.connected.seconds()).min(),
            properties: Some(Properties {}),
            ..self
        }
    }
}

impl<'a> DmObject<'a> {
    fn of(this: &'a Conversation) -> Self {
        let seen = &this.seen;
        let is_open = || seen.membership.is_some_and(|place| !place.closed);
        let outside = seen.channel.is_ext_shared().then_some(true);
        Self {
            id: seen.channel.id,
            created: seen.channel.created.seconds(),
            is_archived: seen.channel.archived,
            is_im: true,
            is_org_shared: false,
            is_shared: outside,
            is_ext_shared: outside,
            user: other_party(seen, this.caller),
            is_user_deleted: this.user_deleted,
            priority: 0,
            is_open: (this.told >= Told::Whole).then(is_open),
            unread: this.unread.as_ref(),
            num_members: this.num_members,
            locale: this.locale,
        }
    }
}

#[cfg(feature = "server")]
impl Conversation {
    /// Completes a DM with what only the store knows: whether its other person is removed, and, where
    /// it is answered for itself, what the caller has not read.
    pub(crate) fn complete(
        &mut self,
        reader: &mut guestlist_store::Reader,
    ) -> Result<(), guestlist_store::StoreError> {
        if self.seen.channel.kind != ChannelKind::Im {
            return Ok(());
        }
        let other = reader.user(other_party(&self.seen, self.caller))?;
        self.user_deleted = other.is_some_and(|user| user.removed);
        if self.told >= Told::Whole {
            let mark = self.seen.membership.and_then(|place| place.mark);
            let of = (self.caller, mark);
            self.unread = Some(Unread::of_dm(&self.seen.channel, of, reader)?);
        }
        Ok(())
    }
}

/// The other person of a DM; oneself in a DM with oneself.
pub fn other_party(seen: &Seen, caller: UserId) -> UserId {
    let parties = &seen.channel.parties;
    parties
        .iter()
        .find(|id| **id != caller)
        .or(parties.first())
        .copied()
        .unwrap_or(caller)
}
