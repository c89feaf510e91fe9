//! What events are called, and what it takes to be told of them.

use super::Happened;
use crate::{channel::ChannelKind, scope::ByKind};

/// What a receiver's installation must hold, by the kind of conversation on its side.
const MEMBERS: ByKind = ByKind {
    public: &["channels:read"],
    private: &["groups:read"],
    im: &[],
    mpim: &["mpim:read"],
};
const CHANNELS: ByKind = ByKind {
    mpim: &[],
    ..MEMBERS
};
const HISTORY: ByKind = ByKind {
    public: &["channels:history"],
    private: &["groups:history"],
    im: &["im:history"],
    mpim: &["mpim:history"],
};
const DIRECT: ByKind = ByKind {
    public: &[],
    private: &[],
    im: &["im:read"],
    mpim: &["groups:read", "mpim:read"],
};

/// Every name under which apps subscribe to what is raised here, alphabetical.
pub const SUBSCRIPTIONS: &[&str] = &[
    "app_mention",
    "app_uninstalled",
    "channel_archive",
    "channel_created",
    "channel_left",
    "channel_rename",
    "channel_shared",
    "channel_unarchive",
    "channel_unshared",
    "group_archive",
    "group_close",
    "group_left",
    "group_open",
    "group_rename",
    "group_unarchive",
    "im_close",
    "im_open",
    "invite_requested",
    "member_joined_channel",
    "member_left_channel",
    "message",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "shared_channel_invite_accepted",
    "shared_channel_invite_approved",
    "shared_channel_invite_declined",
    "shared_channel_invite_received",
    "shared_channel_invite_requested",
    "subteam_created",
    "subteam_members_changed",
    "subteam_updated",
    "team_access_granted",
    "team_access_revoked",
    "team_join",
    "tokens_revoked",
    "user_change",
];

impl Happened {
    /// Its number among the events of one change. Ids are made of it: a number is never given to
    /// another kind of event. 7 is that of `user_change` beside `team_join`.
    pub const fn part(&self) -> u8 {
        match self {
            Self::MemberJoined { .. }
            | Self::MemberLeft { .. }
            | Self::Created { .. }
            | Self::Renamed { .. }
            | Self::Archived { .. }
            | Self::Unarchived { .. }
            | Self::Opened { .. }
            | Self::Closed { .. }
            | Self::TeamJoined { .. }
            | Self::UserChanged { .. }
            | Self::UsergroupMade { .. }
            | Self::UsergroupEdited { .. }
            | Self::InviteRequested { .. }
            | Self::TokensRevoked { .. }
            | Self::Uninstalled
            | Self::AccessGranted { .. }
            | Self::AccessRevoked { .. }
            | Self::Connect(_) => 0,
            Self::Said { .. } => 1,
            Self::Left { .. } => 2,
            Self::Mentioned { .. } => 3,
            Self::Reworded { .. } => 4,
            Self::Deleted { .. } => 5,
            Self::UsersOfGroupChanged { .. } => 6,
        }
    }

    /// The event's `type`, for a receiver on whose side the conversation is of this kind.
    pub fn name(&self, kind: ChannelKind) -> &'static str {
        let group = !matches!(kind, ChannelKind::Public);
        match self {
            Self::MemberJoined { .. } => "member_joined_channel",
            Self::MemberLeft { .. } => "member_left_channel",
            Self::Left { .. } if group => "group_left",
            Self::Left { .. } => "channel_left",
            Self::Said { .. } | Self::Reworded { .. } | Self::Deleted { .. } => "message",
            Self::Mentioned { .. } => "app_mention",
            Self::Created { .. } => "channel_created",
            Self::Renamed { .. } if group => "group_rename",
            Self::Renamed { .. } => "channel_rename",
            Self::Archived { .. } if group => "group_archive",
            Self::Archived { .. } => "channel_archive",
            Self::Unarchived { .. } if group => "group_unarchive",
            Self::Unarchived { .. } => "channel_unarchive",
            Self::Opened { .. } if matches!(kind, ChannelKind::Im) => "im_open",
            Self::Opened { .. } => "group_open",
            Self::Closed { .. } if matches!(kind, ChannelKind::Im) => "im_close",
            Self::Closed { .. } => "group_close",
            Self::TeamJoined { .. } => "team_join",
            Self::UserChanged { .. } => "user_change",
            Self::UsergroupMade { .. } => "subteam_created",
            Self::UsergroupEdited { .. } => "subteam_updated",
            Self::UsersOfGroupChanged { .. } => "subteam_members_changed",
            Self::InviteRequested { .. } => "invite_requested",
            Self::TokensRevoked { .. } => "tokens_revoked",
            Self::Uninstalled => "app_uninstalled",
            Self::AccessGranted { .. } => "team_access_granted",
            Self::AccessRevoked { .. } => "team_access_revoked",
            Self::Connect(event) => event.name(),
        }
    }

    /// The names under which an app may have subscribed to it.
    pub fn subscriptions(&self, kind: ChannelKind) -> [&'static str; 2] {
        let name = self.name(kind);
        let narrower = match kind {
            _ if name != "message" => name,
            ChannelKind::Public => "message.channels",
            ChannelKind::Private => "message.groups",
            ChannelKind::Im => "message.im",
            ChannelKind::Mpim => "message.mpim",
        };
        [name, narrower]
    }

    /// The scopes of which an installation needs one, where the conversation is of this kind on
    /// its side. `None`: nobody is told of it there.
    pub fn scopes(&self, kind: ChannelKind) -> Option<&'static [&'static str]> {
        let by_kind = match self {
            // By another rule: see `Hearers`.
            Self::TokensRevoked { .. }
            | Self::Uninstalled
            | Self::AccessGranted { .. }
            | Self::AccessRevoked { .. }
            | Self::Connect(_) => return None,
            Self::TeamJoined { .. } | Self::UserChanged { .. } => ByKind::all(&["users:read"]),
            Self::UsergroupMade { .. }
            | Self::UsergroupEdited { .. }
            | Self::UsersOfGroupChanged { .. } => ByKind::all(&["usergroups:read"]),
            Self::InviteRequested { .. } => ByKind::all(&["admin.invites:read"]),
            Self::Mentioned { .. } => ByKind::all(&["app_mentions:read"]),
            Self::MemberJoined { .. } => MEMBERS,
            Self::Said { .. } | Self::Reworded { .. } | Self::Deleted { .. } => HISTORY,
            Self::Created { .. } if kind != ChannelKind::Public => return None,
            Self::MemberLeft { .. }
            | Self::Left { .. }
            | Self::Created { .. }
            | Self::Renamed { .. }
            | Self::Archived { .. }
            | Self::Unarchived { .. } => CHANNELS,
            Self::Opened { .. } | Self::Closed { .. } => DIRECT,
        };
        let scopes = by_kind.of(kind);
        (!scopes.is_empty()).then_some(scopes)
    }
}
