//! Conversations of all kinds.

use crate::{
    id::{ChannelId, TeamId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a conversation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A channel that every full member of its workspaces can see.
    #[default]
    Public,
    /// A channel that only its members can see.
    Private,
    /// A direct message between two.
    Im,
    /// A direct message between several.
    Mpim,
}

impl ChannelKind {
    /// Whether it is a DM of either kind.
    pub const fn is_dm(self) -> bool {
        matches!(self, Self::Im | Self::Mpim)
    }
}

/// A topic or a purpose: its text, who set it and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// At most 250 characters.
    pub value: String,
    /// Who set it; nobody when it was never set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<UserId>,
    /// When it was set.
    #[serde(default, skip_serializing_if = "is_default")]
    pub last_set: Timestamp,
}

/// A workspace of another organisation that takes part through Slack Connect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The partner's workspace.
    pub workspace: TeamId,
    /// The partner may post only: not invite, not change the channel.
    #[serde(default, skip_serializing_if = "is_default")]
    pub external_limited: bool,
    /// The partner's own name for the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the channel is private on the partner's side; as the host has it where it does not say. A
    /// post-only side is private whatever it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<bool>,
    /// When the two sides were connected: a tick, later than that of any change of the channel before. Those that
    /// older versions connected have the clock's time.
    #[serde(default, skip_serializing_if = "is_default")]
    pub connected: Timestamp,
}

/// What a side keeps of a channel it was disconnected from: an archived copy, whose history is
/// the channel's own up to then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// The channel it was.
    pub of: ChannelId,
    /// The workspace that owns the channel.
    pub host: TeamId,
    /// When the sides were disconnected: what was said later is not in it.
    pub until: Timestamp,
}

/// A conversation and every state of it that a refusal depends on.
/// Members are not part of it: inviting must not cost more in a larger channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id, the same for every side that shares it.
    pub id: ChannelId,
    /// The workspace that owns it (the host's).
    pub team: TeamId,
    /// Its name; empty for 1:1 DMs, `mpdm-a--b--c-1` for group DMs.
    #[serde(default, skip_serializing_if = "is_default")]
    pub name: String,
    /// Public, private, DM or group DM.
    pub kind: ChannelKind,
    /// Who made it.
    pub creator: UserId,
    /// When it was made.
    pub created: Timestamp,
    /// When its settings last changed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub updated: Timestamp,
    /// The workspace's general channel.
    #[serde(default, skip_serializing_if = "is_default")]
    pub general: bool,
    /// Closed for good or until unarchived.
    #[serde(default, skip_serializing_if = "is_default")]
    pub archived: bool,
    /// Everybody must be in it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mandatory: bool,
    /// Only some may post.
    #[serde(default, skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// Guests are kept out (`user_is_restricted`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_guests: bool,
    /// Apps are kept out (`app_cannot_join_channel`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_apps: bool,
    /// When not empty, the only people who may act on it (`access_denied`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_list: Vec<UserId>,
    /// Further workspaces of the same organisation that share it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<TeamId>,
    /// Shared with every workspace of the organisation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub org_wide: bool,
    /// May not be shared with other organisations (`not_supported`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub unshareable: bool,
    /// Shared in the old way, between two parties only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub legacy_shared: bool,
    /// Being moved (`external_channel_migrating`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub migrating: bool,
    /// Most members; 0 is the server's setting.
    #[serde(default, skip_serializing_if = "is_default")]
    pub member_limit: u32,
    /// Most organisations with the host; 0 is the server's setting.
    #[serde(default, skip_serializing_if = "is_default")]
    pub connection_limit: u32,
    /// Other organisations' workspaces that take part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<Connection>,
    /// Workspaces whose acceptance of an invitation waits for approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<TeamId>,
    /// Workspaces that took part through Slack Connect once and do no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<TeamId>,
    /// Set for the copy that a disconnected side keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<Frozen>,
    /// Up to when what was said is in copies that disconnected sides keep, and stays as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Timestamp>,
    /// What is talked about now.
    #[serde(default, skip_serializing_if = "is_default")]
    pub topic: Note,
    /// What it is for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub purpose: Note,
    /// Names it had, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous_names: Vec<String>,
    /// The people of a DM, smallest id first; empty for channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<UserId>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Channel {
    /// Whether guests cannot be in it.
    pub fn keeps_guests_out(&self) -> bool {
        self.no_guests || self.general || self.mandatory || self.org_wide
    }

    /// A new conversation with everything else at its default.
    pub fn new(
        id: ChannelId,
        team: TeamId,
        kind: ChannelKind,
        name: &str,
        creator: UserId,
        created: Timestamp,
    ) -> Self {
        Self {
            id,
            team,
            name: name.to_owned(),
            kind,
            creator,
            created,
            updated: created,
            general: false,
            archived: false,
            mandatory: false,
            read_only: false,
            no_guests: false,
            no_apps: false,
            access_list: Vec::new(),
            workspaces: Vec::new(),
            org_wide: false,
            unshareable: false,
            legacy_shared: false,
            migrating: false,
            member_limit: 0,
            connection_limit: 0,
            connections: Vec::new(),
            pending: Vec::new(),
            former: Vec::new(),
            frozen: None,
            kept: None,
            topic: Note::default(),
            purpose: Note::default(),
            previous_names: Vec::new(),
            parties: Vec::new(),
        }
    }

    /// What finds it in its workspace, one conversation each: a channel's name, or the ids
    /// of a DM's people. A frozen copy, and a DM that has ended, leave it to others.
    pub fn handle(&self) -> String {
        self.handle_in(self.team)
    }

    /// What finds it in a workspace that takes part.
    pub fn handle_in(&self, team: TeamId) -> String {
        if self.frozen.is_some() || self.has_ended() {
            format!("!{}", self.id)
        } else if self.kind.is_dm() {
            dm_handle(&self.parties)
        } else {
            self.name_in(team).to_owned()
        }
    }

    /// Whether it is a DM in which nobody writes any more, since its organisations have parted.
    pub fn has_ended(&self) -> bool {
        self.kind.is_dm() && self.archived
    }

    /// Whether `team` is one of the workspaces inside the owner's organisation that have it.
    /// `same_org` tells whether `team` belongs to the owner's organisation at all.
    pub fn is_in(&self, team: TeamId, same_org: bool) -> bool {
        self.team == team || self.workspaces.contains(&team) || (self.org_wide && same_org)
    }

    /// The connection through which another organisation's `team` takes part.
    pub fn connection(&self, team: TeamId) -> Option<&Connection> {
        self.connections.iter().find(|c| c.workspace == team)
    }

    /// Lets other organisations' workspaces take part from the beginning, in a DM with their people.
    pub fn connect(&mut self, homes: impl IntoIterator<Item = TeamId>) {
        for workspace in homes {
            if self.connection(workspace).is_none() {
                self.connections.push(Connection {
                    workspace,
                    external_limited: false,
                    name: None,
                    private: None,
                    connected: self.created,
                });
            }
        }
    }

    /// The name it has for a workspace that takes part.
    pub fn name_in(&self, team: TeamId) -> &str {
        self.connection(team)
            .and_then(|side| side.name.as_deref())
            .unwrap_or(&self.name)
    }

    /// What it is for a workspace that takes part: each side of a channel has it public or private for itself.
    pub fn kind_in(&self, team: TeamId) -> ChannelKind {
        let side = self.connection(team).filter(|_| !self.kind.is_dm());
        match side {
            Some(side) if side.external_limited => ChannelKind::Private,
            Some(Connection {
                private: Some(private),
                ..
            }) => match private {
                true => ChannelKind::Private,
                false => ChannelKind::Public,
            },
            _ => self.kind,
        }
    }

    /// Whether it is private for a workspace that takes part.
    pub fn is_private_in(&self, team: TeamId) -> bool {
        self.kind_in(team) != ChannelKind::Public
    }

    /// The owner's workspace and those connected with it.
    pub fn sides(&self) -> impl Iterator<Item = TeamId> {
        std::iter::once(self.team).chain(self.connections.iter().map(|side| side.workspace))
    }

    /// Whether several workspaces of one organisation share it.
    pub fn is_org_shared(&self) -> bool {
        self.org_wide || self.workspaces.iter().any(|t| *t != self.team)
    }

    /// Whether other organisations take part, did once or are about to, or it is what is left of a
    /// channel in which they did.
    pub fn has_been_shared(&self) -> bool {
        let lists = [self.former.is_empty(), self.pending.is_empty()];
        self.is_ext_shared() || lists.contains(&false) || self.frozen.is_some()
    }

    /// Whether other organisations take part.
    pub fn is_ext_shared(&self) -> bool {
        !self.connections.is_empty()
    }
}

/// The [`Channel::handle`] of the DM between `people`. A name never starts with `@`.
pub fn dm_handle(people: &[UserId]) -> String {
    let mut ids: Vec<UserId> = people.to_vec();
    ids.sort();
    ids.dedup();
    let texts: Vec<String> = ids.iter().map(UserId::to_string).collect();
    format!("@{}", texts.join(","))
}
