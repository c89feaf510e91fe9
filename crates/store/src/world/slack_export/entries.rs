//! What is read of an export's entries. Everything may be missing or null: which fields an
//! entry has differs by age, plan and state.

use guestlist_domain::ChannelKind;
use serde::Deserialize;

/// The index files of conversations, what is in them, and whether every export has them.
pub(super) const CONVERSATIONS: [(&str, ChannelKind, bool); 4] = [
    ("channels.json", ChannelKind::Public, true),
    ("groups.json", ChannelKind::Private, false),
    ("mpims.json", ChannelKind::Mpim, false),
    ("dms.json", ChannelKind::Im, false),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct User {
    pub(super) id: Option<String>,
    pub(super) team_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) real_name: Option<String>,
    pub(super) tz: Option<String>,
    pub(super) deleted: Option<bool>,
    pub(super) is_admin: Option<bool>,
    pub(super) is_owner: Option<bool>,
    pub(super) is_primary_owner: Option<bool>,
    pub(super) is_restricted: Option<bool>,
    pub(super) is_ultra_restricted: Option<bool>,
    pub(super) is_bot: Option<bool>,
    pub(super) has_2fa: Option<bool>,
    /// Seconds.
    pub(super) updated: Option<i64>,
    pub(super) profile: Option<Profile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct Profile {
    pub(super) real_name: Option<String>,
    pub(super) display_name: Option<String>,
    pub(super) title: Option<String>,
    pub(super) email: Option<String>,
    pub(super) bot_id: Option<String>,
    pub(super) api_app_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct Conversation {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// Seconds.
    pub(super) created: Option<i64>,
    /// Milliseconds.
    pub(super) updated: Option<i64>,
    pub(super) creator: Option<String>,
    pub(super) is_archived: Option<bool>,
    pub(super) is_general: Option<bool>,
    pub(super) members: Option<Vec<String>>,
    pub(super) topic: Option<Note>,
    pub(super) purpose: Option<Note>,
    pub(super) previous_names: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct Note {
    pub(super) value: Option<String>,
    pub(super) creator: Option<String>,
    /// Seconds.
    pub(super) last_set: Option<i64>,
}

/// What a converter has against an entry.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) field: &'static str,
    pub(super) what: String,
}
