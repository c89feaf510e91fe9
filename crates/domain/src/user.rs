//! People and the users of bots.

use crate::{
    id::{AppId, BotId, TeamId, UserId},
    time::Timestamp,
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
    /// Once a member of the workspace, no more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub removed: bool,
    /// Has not set up a second factor.
    #[serde(default, skip_serializing_if = "is_default")]
    pub no_two_factor: bool,
    /// Set when this is a bot's user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<Bot>,
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
            removed: false,
            no_two_factor: false,
            bot: None,
            updated: Timestamp::default(),
        }
    }

    /// Whether they are in the workspace, removed or not.
    pub fn is_in(&self, team: TeamId) -> bool {
        self.team == team || self.teams.contains(&team)
    }

    /// Whether they may do what is reserved to admins.
    pub fn is_admin(&self) -> bool {
        self.role >= Role::Admin
    }

    /// Whether they may be in one channel only.
    pub fn is_single_channel_guest(&self) -> bool {
        self.guest == Some(Guest::SingleChannel)
    }
}
