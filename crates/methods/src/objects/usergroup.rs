//! User groups as methods and events tell them.
//! <https://docs.slack.dev/reference/methods/usergroups.list>

use guestlist_domain::{ChannelId, TeamId, UserId, Usergroup, UsergroupId};
use serde::Serialize;

/// A user group.
#[derive(Debug, Serialize)]
pub struct UsergroupObject {
    id: UsergroupId,
    team_id: TeamId,
    is_usergroup: bool,
    is_subteam: bool,
    name: String,
    description: String,
    handle: String,
    is_external: bool,
    date_create: i64,
    date_update: i64,
    date_delete: i64,
    /// What a group stands for that Slack makes itself; there is none here.
    auto_type: Option<&'static str>,
    auto_provision: bool,
    enterprise_subteam_id: &'static str,
    created_by: UserId,
    updated_by: UserId,
    deleted_by: Option<UserId>,
    prefs: Prefs,
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<Vec<UserId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_count: Option<usize>,
}

/// A group's default channels: those of old, whose ids begin with `G`, by themselves.
#[derive(Debug, Serialize)]
struct Prefs {
    channels: Vec<ChannelId>,
    groups: Vec<ChannelId>,
}

impl UsergroupObject {
    /// A group, without the people in it.
    pub fn new(group: &Usergroup) -> Self {
        let (channels, groups) = group.channels_by_letter();
        Self {
            id: group.id,
            team_id: group.team,
            is_usergroup: true,
            is_subteam: true,
            name: group.name.clone(),
            description: group.description.clone(),
            handle: group.handle.clone(),
            is_external: false,
            date_create: group.created.seconds(),
            date_update: group.updated.seconds(),
            date_delete: group.disabled.map_or(0, |disabled| disabled.at.seconds()),
            auto_type: None,
            auto_provision: false,
            enterprise_subteam_id: "",
            created_by: group.creator,
            updated_by: group.updater,
            deleted_by: group.disabled.map(|disabled| disabled.by),
            prefs: Prefs { channels, groups },
            users: None,
            user_count: None,
        }
    }

    /// With the first of the people in it, up to so many.
    pub fn users(mut self, group: &Usergroup, most: usize) -> Self {
        self.users = Some(group.users.iter().take(most).copied().collect());
        self
    }

    /// With their number, if it is asked for.
    pub fn count(mut self, group: &Usergroup, asked: bool) -> Self {
        self.user_count = asked.then_some(group.users.len());
        self
    }
}
