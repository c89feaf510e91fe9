//! The conversation object.
//! <https://docs.slack.dev/reference/objects/conversation-object>

use guestlist_domain::{
    ChannelId, ChannelKind, TeamId, UserId, channel::Note, see::Seen, time::Timestamp,
};
use serde::Serialize;
use serde_json::Value;

/// A topic or purpose.
#[derive(Debug, Serialize)]
pub struct NoteObject {
    value: String,
    creator: String,
    last_set: i64,
}

impl From<&Note> for NoteObject {
    fn from(note: &Note) -> Self {
        Self {
            value: note.value.clone(),
            creator: note.creator.map(|id| id.to_string()).unwrap_or_default(),
            last_set: note.last_set.seconds(),
        }
    }
}

/// A conversation as one caller sees it. Which of the optional keys a method shows is its own
/// affair; those here are what most show.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Conversation {
    /// A channel or a group DM.
    Channel(Box<ChannelObject>),
    /// A 1:1 DM.
    Dm(Box<DmObject>),
}

/// A channel or a group DM.
#[derive(Debug, Serialize)]
pub struct ChannelObject {
    id: ChannelId,
    name: String,
    is_channel: bool,
    is_group: bool,
    is_im: bool,
    created: i64,
    creator: UserId,
    is_archived: bool,
    is_general: bool,
    unlinked: u8,
    name_normalized: String,
    is_read_only: bool,
    is_shared: bool,
    is_ext_shared: bool,
    is_org_shared: bool,
    pending_shared: Vec<TeamId>,
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
    last_read: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    unread: Option<Unread>,
    updated: i64,
    context_team_id: TeamId,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    sides: Option<Sides>,
    topic: NoteObject,
    purpose: NoteObject,
    previous_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_members: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
}

/// What there is to read; shown by `conversations.create`.
#[derive(Debug, Default, Serialize)]
struct Unread {
    latest: Option<Value>,
    unread_count: u32,
    unread_count_display: u32,
}

/// Who shares a channel: shown by `conversations.info` and where one channel is answered.
#[derive(Debug, Serialize)]
struct Sides {
    is_frozen: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_reason: Option<&'static str>,
    parent_conversation: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_host_id: Option<TeamId>,
    shared_team_ids: Vec<TeamId>,
    internal_team_ids: Vec<TeamId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    connected_team_ids: Vec<TeamId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    connected_limited_team_ids: Vec<TeamId>,
    pending_connected_team_ids: Vec<TeamId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_connected: Option<i64>,
    properties: Properties,
}

/// Settings guestlist has none of.
#[derive(Debug, Serialize)]
struct Properties {}

/// A 1:1 DM.
#[derive(Debug, Serialize)]
pub struct DmObject {
    id: ChannelId,
    created: i64,
    is_archived: bool,
    is_im: bool,
    is_org_shared: bool,
    user: UserId,
    is_user_deleted: bool,
    priority: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_open: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_read: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread_count_display: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    num_members: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'static str>,
}

/// The language every workspace here speaks.
pub const LOCALE: &str = "en-US";

/// The `last_read` of a conversation nobody has read.
const NEVER: Timestamp = Timestamp(0);

impl Conversation {
    /// A row of a list: no read state, no sides.
    pub fn row(seen: &Seen, caller: UserId) -> Self {
        let channel = &seen.channel;
        if channel.kind == ChannelKind::Im {
            return Self::Dm(Box::new(DmObject {
                id: channel.id,
                created: channel.created.seconds(),
                is_archived: channel.archived,
                is_im: true,
                is_org_shared: false,
                user: other_party(seen, caller),
                is_user_deleted: false,
                priority: 0,
                is_open: None,
                last_read: None,
                latest: None,
                unread_count: None,
                unread_count_display: None,
                num_members: None,
                locale: None,
            }));
        }
        let mpim = channel.kind == ChannelKind::Mpim;
        let old = channel.id.letter() == 'G';
        let own = seen.connection().and_then(|side| side.name.clone());
        let name = own.unwrap_or_else(|| channel.name.clone());
        Self::Channel(Box::new(ChannelObject {
            id: channel.id,
            is_channel: !mpim && !old,
            is_group: mpim || old,
            is_im: false,
            created: channel.created.seconds(),
            creator: channel.creator,
            is_archived: channel.archived,
            is_general: channel.general,
            unlinked: 0,
            name_normalized: name.clone(),
            name,
            is_read_only: channel.read_only,
            is_shared: channel.is_ext_shared() || channel.is_org_shared(),
            is_ext_shared: channel.is_ext_shared(),
            is_org_shared: channel.is_org_shared(),
            pending_shared: channel.pending.clone(),
            is_pending_ext_shared: !channel.pending.is_empty(),
            is_member: Some(seen.is_member()),
            is_private: seen.is_private(),
            is_mpim: mpim,
            is_open: mpim.then(|| seen.membership.is_some_and(|place| !place.closed)),
            priority: mpim.then_some(0),
            last_read: None,
            unread: None,
            updated: channel.updated.millis(),
            context_team_id: seen.team,
            sides: None,
            topic: (&channel.topic).into(),
            purpose: (&channel.purpose).into(),
            previous_names: channel.previous_names.clone(),
            num_members: None,
            locale: None,
        }))
    }

    /// One conversation answered for itself: with its read state and its sides.
    pub fn whole(seen: &Seen, caller: UserId) -> Self {
        let mut this = Self::row(seen, caller);
        let channel = &seen.channel;
        let last_read = Some(seen.membership.map_or(NEVER, |place| place.since).ts());
        match &mut this {
            Self::Channel(object) => {
                if seen.is_member() {
                    object.last_read = last_read;
                }
                let ids = |limited: bool| {
                    channel
                        .connections
                        .iter()
                        .filter(move |c| c.external_limited || !limited)
                        .map(|c| c.workspace)
                };
                let internal: Vec<_> = if channel.is_org_shared() {
                    std::iter::once(channel.team)
                        .chain(
                            channel
                                .workspaces
                                .iter()
                                .copied()
                                .filter(|t| *t != channel.team),
                        )
                        .collect()
                } else {
                    Vec::new()
                };
                object.sides = Some(Sides {
                    is_frozen: channel.frozen.is_some(),
                    frozen_reason: channel.frozen.map(|_| "connection_severed"),
                    parent_conversation: None,
                    conversation_host_id: channel.is_ext_shared().then_some(channel.team),
                    shared_team_ids: std::iter::once(channel.team).chain(ids(false)).collect(),
                    internal_team_ids: internal,
                    // All but the caller's own side: the host's workspace has several here.
                    connected_team_ids: match seen.connection() {
                        Some(_) => channel.sides().filter(|side| *side != seen.team).collect(),
                        None => ids(false).collect(),
                    },
                    connected_limited_team_ids: ids(true).collect(),
                    pending_connected_team_ids: channel.pending.clone(),
                    date_connected: channel
                        .connections
                        .iter()
                        .map(|side| side.connected.seconds())
                        .min(),
                    properties: Properties {},
                });
            }
            Self::Dm(object) => {
                object.is_open = Some(seen.membership.is_some_and(|place| !place.closed));
                object.last_read = Some(NEVER.ts());
                object.latest = Some(Value::Null);
                object.unread_count = Some(0);
                object.unread_count_display = Some(0);
            }
        }
        this
    }

    /// With `num_members`.
    #[must_use]
    pub fn num_members(mut self, count: u32) -> Self {
        match &mut self {
            Self::Channel(object) => object.num_members = Some(count),
            Self::Dm(object) => object.num_members = Some(count),
        }
        self
    }

    /// With `locale`.
    #[must_use]
    pub fn locale(mut self) -> Self {
        match &mut self {
            Self::Channel(object) => object.locale = Some(LOCALE),
            Self::Dm(object) => object.locale = Some(LOCALE),
        }
        self
    }

    /// With the read state of a channel in which there is nothing to read yet.
    #[must_use]
    pub fn untouched(mut self) -> Self {
        if let Self::Channel(object) = &mut self {
            object.last_read = Some(NEVER.ts());
            object.unread = Some(Unread::default());
            object.priority = Some(0);
        }
        self
    }

    /// Without `is_member`, as in `users.conversations`.
    #[must_use]
    pub fn without_is_member(mut self) -> Self {
        if let Self::Channel(object) = &mut self {
            object.is_member = None;
        }
        self
    }

    /// With a DM's partner known to be removed or not.
    #[must_use]
    pub fn user_deleted(mut self, deleted: bool) -> Self {
        if let Self::Dm(object) = &mut self {
            object.is_user_deleted = deleted;
        }
        self
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
