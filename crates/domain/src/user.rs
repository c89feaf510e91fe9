//! People and the users of bots.

use crate::{
    id::{AppId, BotId, ChannelId, TeamId, UserId},
    invitation::OnInvite,
    scim,
    time::{Timestamp, tick_of},
};
use serde::{Deserialize, Serialize};

/// What a full member may do in the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A member.
    #[default]
    Member,
    /// An admin.
    Admin,
    /// An owner.
    Owner,
    /// The one primary owner.
    PrimaryOwner,
}

/// A guest's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guest {
    /// May be in several channels (`is_restricted`).
    MultiChannel,
    /// May be in one channel (`is_restricted` and `is_ultra_restricted`).
    SingleChannel,
}

/// The bot behind a user that is not a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bot {
    /// The bot's own id.
    pub id: BotId,
    /// The app it belongs to; imported bots may have none that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
}

/// What became of an invitation into a workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// They have not joined yet.
    #[default]
    Pending,
    /// It was taken back before they did.
    Withdrawn,
    /// They have joined by it.
    Joined,
}

/// By what somebody came to a workspace who was invited into it, or may come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Who invited them.
    pub by: UserId,
    /// When, the last time.
    pub at: Timestamp,
    /// Into which channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
    /// The end of the link by which they join.
    pub link: String,
    /// What became of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: Stage,
}

/// A person, or the user of a bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Their id, unique in the server.
    pub id: UserId,
    /// The workspace they belong to first.
    pub team: TeamId,
    /// Further workspaces of the same organisation they are in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamId>,
    /// The old handle: lower case, no spaces.
    pub name: String,
    /// The full name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub real_name: String,
    /// The name they chose to be shown by.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Their job.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Their address, lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// An IANA time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// Member, admin, owner.
    #[serde(default, skip_serializing_if = "is_default")]
    pub role: Role,
    /// Set for guests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<Guest>,
    /// When a guest's time ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Not in the workspace: once a member, no more; or invited and not there yet.
    #[serde(default, skip_serializing_if = "is_default")]
    pub removed: bool,
    /// Set for those who were invited into the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited: Option<Invited>,
    /// Has not set up a second factor.
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_two_factor: bool,
    /// Set when this is a bot's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<Bot>,
    /// How they answer invitations to connected channels by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_invite: Option<OnInvite>,
    /// What an identity provider says of them, beside all this.
    #[serde(default, skip_serializing_if = "scim::Attributes::is_empty")]
    pub scim: scim::Attributes,
    /// When it last changed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub updated: Timestamp,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl User {
    /// A member with everything else at its default.
    pub fn new(id: UserId, team: TeamId, name: &str) -> Self {
        Self {
            id,
            team,
            teams: Vec::new(),
            name: name.to_owned(),
            real_name: String::new(),
            display_name: String::new(),
            title: String::new(),
            email: None,
            tz: None,
            role: Role::Member,
            guest: None,
            expires: None,
            removed: false,
            invited: None,
            no_two_factor: false,
            bot: None,
            on_invite: None,
            scim: scim::Attributes::new(),
            updated: Timestamp::default(),
        }
    }

    /// When they were made, if their id tells.
    pub fn created(&self) -> Option<Timestamp> {
        tick_of(&self.id.to_string())
    }

    /// What they are called in full; their handle where nothing else is known.
    pub fn full_name(&self) -> &str {
        match self.real_name.as_str() {
            "" => &self.name,
            name => name,
        }
    }

    /// Whether they are in the workspace, removed or not.
    pub fn is_in(&self, team: TeamId) -> bool {
        self.team == team || self.teams.contains(&team)
    }

    /// Every workspace they are in, removed or not.
    pub fn all_teams(&self) -> impl Iterator<Item = TeamId> {
        std::iter::once(self.team).chain(self.teams.iter().copied())
    }

    /// Whether they may do what is reserved to admins.
    pub fn is_admin(&self) -> bool {
        self.role >= Role::Admin
    }

    /// Whether they may be in one channel only.
    pub fn is_single_channel_guest(&self) -> bool {
        self.guest == Some(Guest::SingleChannel)
    }

    /// Whether they are invited, and have not joined yet.
    pub fn is_invited(&self) -> bool {
        let invited = self.invited.as_ref();
        invited.is_some_and(|invited| invited.state == Stage::Pending)
    }

    /// Whether they are in the workspace or were once: not only invited.
    pub fn has_come(&self) -> bool {
        let invited = self.invited.as_ref();
        invited.is_none_or(|invited| invited.state == Stage::Joined)
    }

    /// Whether an identity provider made their account, and they have not been there yet.
    pub fn is_awaited(&self) -> bool {
        self.removed && self.scim.contains_key(scim::ACTIVE)
    }

    /// When they will be removed because their time as a guest ends.
    pub fn leaves(&self) -> Option<Timestamp> {
        self.expires
            .filter(|_| self.guest.is_some() && !self.removed)
    }

    /// Whether they act no more at a time: they are removed, or their time has ended, written down or not.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.removed || self.leaves().is_some_and(|at| at <= now)
    }
}

/// What inviting needs to know of somebody: small, so that many can be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The workspace they belong to first.
    pub team: TeamId,
    /// Further workspaces they are in; nearly everybody has none.
    pub teams: Option<Box<[TeamId]>>,
    /// Set for guests.
    pub guest: Option<Guest>,
    /// Once a member, no more.
    pub removed: bool,
    /// A bot's user.
    pub bot: bool,
}

impl From<&User> for Standing {
    fn from(user: &User) -> Self {
        Self {
            team: user.team,
            teams: (!user.teams.is_empty()).then(|| user.teams.clone().into_boxed_slice()),
            guest: user.guest,
            removed: user.removed,
            bot: user.bot.is_some(),
        }
    }
}

impl Standing {
    /// Every workspace they are in, removed or not.
    pub fn all_teams(&self) -> impl Iterator<Item = TeamId> {
        std::iter::once(self.team).chain(self.teams.iter().flatten().copied())
    }

    /// The standing as a few bits, unless they are in several workspaces: the tables have it as a
    /// column beside the id. The workspace is a column of its own.
    pub fn flags(user: &User) -> i64 {
        let guest = match user.guest {
            None => 0,
            Some(Guest::MultiChannel) => 2,
            Some(Guest::SingleChannel) => 4,
        };
        i64::from(user.removed)
            | guest
            | i64::from(user.bot.is_some()) << 3
            | i64::from(!user.teams.is_empty()) << 4
    }

    /// The standing that [`flags`](Self::flags) told; `None` for those in several workspaces.
    pub fn from_flags(team: TeamId, flags: i64) -> Option<Self> {
        let guest = match flags & 6 {
            2 => Some(Guest::MultiChannel),
            4 => Some(Guest::SingleChannel),
            _ => None,
        };
        (flags & 16 == 0).then_some(Self {
            team,
            teams: None,
            guest,
            removed: flags & 1 != 0,
            bot: flags & 8 != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_go_when_their_time_ends() {
        let mut user = User::new("U0A".parse().unwrap(), "T0A".parse().unwrap(), "a");
        user.expires = Some(Timestamp(5));
        let gone = |user: &User| [4, 5].map(|now| user.is_gone(Timestamp(now)));
        assert_eq!((user.leaves(), gone(&user)), (None, [false, false]));
        user.guest = Some(Guest::MultiChannel);
        assert_eq!(
            (user.leaves(), gone(&user)),
            (Some(Timestamp(5)), [false, true])
        );
        user.removed = true;
        assert_eq!((user.leaves(), gone(&user)), (None, [true, true]));
    }

    #[test]
    fn standings_survive_as_flags() {
        let team = "T0A".parse().unwrap();
        for (removed, guest, bot) in [
            (false, None, false),
            (true, None, false),
            (false, Some(Guest::MultiChannel), false),
            (true, Some(Guest::SingleChannel), false),
            (false, None, true),
        ] {
            let mut user = User::new("U0A".parse().unwrap(), team, "a");
            user.removed = removed;
            user.guest = guest;
            user.bot = bot.then(|| Bot {
                id: "B0A".parse().unwrap(),
                app: None,
            });
            assert_eq!(
                Standing::from_flags(team, Standing::flags(&user)),
                Some(Standing::from(&user))
            );
            user.teams.push("T0B".parse().unwrap());
            assert_eq!(Standing::from_flags(team, Standing::flags(&user)), None);
        }
    }
}
