//! User groups: people of a workspace under one name and handle. Whoever comes into a group comes into its
//! default channels as well.

mod bring;
pub mod provision;
mod rules;

pub use rules::{create, needs, needs_of, set_enabled, set_users, update};

use crate::{
    change::Change,
    facts::{Facts, Missing},
    id::{ChannelId, TeamId, UserId, UsergroupId},
    name,
    time::{Moment, Timestamp},
    user::User,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most people that `usergroups.users.update` names: as many as a call invites.
pub const MAX_USERS: usize = 1000;
/// The most people in a group, which an identity provider puts there.
pub const MAX_MEMBERS: usize = 5000;
/// The most default channels of a group: what a call brings about stays some twenty times an invitation.
pub const MAX_CHANNELS: usize = 20;
/// The most characters in a group's name.
pub const MAX_NAME: usize = name::MAX_LEN;
/// The most characters in a group's description.
pub const MAX_DESCRIPTION: usize = 140;

/// Handles that mean something else in a message.
pub const FORBIDDEN: [&str; 5] = ["channel", "everyone", "group", "here", "slackbot"];

/// A user group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usergroup {
    /// Its id.
    pub id: UsergroupId,
    /// The workspace it belongs to.
    pub team: TeamId,
    /// Its name, unique among the groups of the workspace.
    pub name: String,
    /// What it is mentioned by, unique among groups; no channel's or person's when it became this.
    pub handle: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Who made it.
    pub creator: UserId,
    /// When.
    pub created: Timestamp,
    /// Who changed it last.
    pub updater: UserId,
    /// When.
    pub updated: Timestamp,
    /// Set while it is disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
    /// Its default channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelId>,
    /// Who is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<UserId>,
}

/// By whom a group was disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: UserId,
}

/// What there is to say of a group; what is absent stays as it is, or is nothing.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Its name.
    pub name: Option<String>,
    /// Its handle; made from the name of a group that is given none.
    pub handle: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its default channels: each an id, or the text that is none.
    pub channels: Option<Vec<Result<ChannelId, String>>>,
}

/// Why somebody may not manage groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// The workspace pays nothing.
    Unpaid,
    /// The workspace lets others manage groups, or nobody.
    NotPermitted,
}

/// Why a group is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMade {
    /// The caller makes none.
    Barred(Barred),
    /// It cannot be as it is said to be.
    Wrong(BadAbout),
}

/// Why a group stays as it is. `W` is what can be wrong with what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unchanged<W> {
    /// The caller changes none.
    Barred(Barred),
    /// The workspace has no such group.
    NoSuchGroup,
    /// It cannot be so.
    Wrong(W),
}

/// Why a group cannot be as it is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAbout {
    /// The name is empty.
    NameMissing,
    /// The name is longer than [`MAX_NAME`] characters.
    NameTooLong,
    /// Another group has the name.
    NameTaken,
    /// The description is longer than [`MAX_DESCRIPTION`] characters.
    DescriptionTooLong,
    /// The handle is none.
    BadHandle,
    /// The handle means something else.
    ForbiddenHandle,
    /// A group, a channel or a person has the handle.
    HandleTaken,
    /// More default channels than [`MAX_CHANNELS`].
    TooManyChannels,
    /// One of the channels is none that the caller sees and people can be brought into.
    InvalidChannel,
    /// The same, of an id that begins with `G`.
    InvalidGroup,
}

/// Why people cannot be those of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPeople {
    /// Nobody is named.
    NobodyNamed,
    /// More people than [`MAX_USERS`].
    TooMany,
    /// One of them is nobody, removed, a bot or a guest.
    Invalid,
    /// One of them is a guest of one channel.
    SingleChannelGuest,
    /// One of them is of another workspace.
    Elsewhere,
}

impl From<Barred> for NotMade {
    fn from(barred: Barred) -> Self {
        Self::Barred(barred)
    }
}

impl<W> From<Barred> for Unchanged<W> {
    fn from(barred: Barred) -> Self {
        Self::Barred(barred)
    }
}

impl Usergroup {
    /// The default channels whose ids begin with `C`, and those of old that begin with `G`.
    pub fn channels_by_letter(&self) -> (Vec<ChannelId>, Vec<ChannelId>) {
        let channels = self.channels.iter().copied();
        channels.partition(|channel| channel.letter() != 'G')
    }
}

/// Somebody is in no group of these workspaces any more.
pub(crate) fn leave(
    facts: &Facts,
    user: &User,
    teams: impl IntoIterator<Item = TeamId>,
    moment: &Moment,
) -> Result<Vec<Change>, Missing> {
    let mut changes = Vec::new();
    // No guest and no bot is in one.
    if user.guest.is_some() || user.bot.is_some() {
        return Ok(changes);
    }
    for team in teams {
        for group in facts.usergroups(team)?.values() {
            if group.users.contains(&user.id) {
                let mut left = Usergroup::clone(group);
                left.users.retain(|one| *one != user.id);
                left.updated = moment.now();
                changes.push(Change::UsergroupEdited {
                    group: Arc::new(left),
                    added: Vec::new(),
                    removed: vec![user.id],
                    before: group.updated,
                });
            }
        }
    }
    Ok(changes)
}
