//! What is read of an export's entries. Everything may be missing or null: which fields an
//! entry has differs by age, plan and state. What a conversion hangs on is refused where it is
//! of the wrong kind; the rest is then taken for missing.

use super::lax::{lax_object, number, object, something, text, texts, truth};
use guestlist_domain::ChannelKind;
use serde::Deserialize;

/// The index files of people. An organisation's export has the second one, instead of the first or beside it.
pub(super) const PEOPLE: [&str; 2] = ["users.json", "org_users.json"];

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
    #[serde(deserialize_with = "text")]
    pub(super) team_id: Option<String>,
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) real_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) tz: Option<String>,
    pub(super) deleted: Option<bool>,
    pub(super) is_admin: Option<bool>,
    pub(super) is_owner: Option<bool>,
    pub(super) is_primary_owner: Option<bool>,
    pub(super) is_restricted: Option<bool>,
    pub(super) is_ultra_restricted: Option<bool>,
    pub(super) is_bot: Option<bool>,
    /// Of another organisation.
    #[serde(deserialize_with = "truth")]
    pub(super) is_stranger: bool,
    /// Invited, and has not joined yet.
    #[serde(deserialize_with = "truth")]
    pub(super) is_invited_user: bool,
    pub(super) has_2fa: Option<bool>,
    /// Seconds.
    #[serde(deserialize_with = "number")]
    pub(super) updated: Option<i64>,
    #[serde(deserialize_with = "object")]
    pub(super) profile: Option<Profile>,
    #[serde(deserialize_with = "text")]
    pub(super) enterprise_id: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub(super) teams: Vec<String>,
    #[serde(deserialize_with = "lax_object")]
    pub(super) enterprise_user: Option<EnterpriseUser>,
}

/// What an organisation says of its people.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct EnterpriseUser {
    #[serde(deserialize_with = "text")]
    pub(super) enterprise_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) enterprise_name: Option<String>,
    /// The workspaces they are in.
    #[serde(deserialize_with = "texts")]
    pub(super) teams: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct Profile {
    #[serde(deserialize_with = "text")]
    pub(super) real_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) display_name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) title: Option<String>,
    pub(super) email: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) bot_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) api_app_id: Option<String>,
    /// When a guest's time ends, in seconds; 0 for never.
    #[serde(deserialize_with = "number")]
    pub(super) guest_expiration_ts: Option<i64>,
    /// Who invited a guest.
    #[serde(deserialize_with = "text")]
    pub(super) guest_invited_by: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct Conversation {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    /// Seconds.
    #[serde(deserialize_with = "number")]
    pub(super) created: Option<i64>,
    /// Milliseconds.
    #[serde(deserialize_with = "number")]
    pub(super) updated: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub(super) creator: Option<String>,
    pub(super) is_archived: Option<bool>,
    pub(super) is_general: Option<bool>,
    #[serde(deserialize_with = "truth")]
    pub(super) is_private: bool,
    #[serde(deserialize_with = "truth")]
    pub(super) is_mpim: bool,
    #[serde(deserialize_with = "truth")]
    pub(super) is_read_only: bool,
    #[serde(deserialize_with = "truth")]
    pub(super) is_org_mandatory: bool,
    #[serde(deserialize_with = "truth")]
    pub(super) is_org_default: bool,
    /// With all workspaces of the organisation.
    #[serde(deserialize_with = "truth")]
    pub(super) is_global_shared: bool,
    #[serde(deserialize_with = "truth")]
    pub(super) is_thread_only: bool,
    #[serde(deserialize_with = "truth")]
    pub(super) is_frozen: bool,
    pub(super) members: Option<Vec<Option<String>>>,
    #[serde(deserialize_with = "object")]
    pub(super) topic: Option<Note>,
    #[serde(deserialize_with = "object")]
    pub(super) purpose: Option<Note>,
    #[serde(deserialize_with = "texts")]
    pub(super) previous_names: Vec<String>,
    #[serde(deserialize_with = "text")]
    pub(super) conversation_host_id: Option<String>,
    #[serde(deserialize_with = "texts")]
    pub(super) connected_team_ids: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(super) shared_team_ids: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(super) internal_team_ids: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(super) pending_shared: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(super) pending_connected_team_ids: Vec<String>,
    #[serde(deserialize_with = "lax_object")]
    pub(super) properties: Option<Properties>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct Properties {
    #[serde(deserialize_with = "something")]
    pub(super) posting_restricted_to: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub(super) struct Note {
    pub(super) value: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) creator: Option<String>,
    /// Seconds.
    #[serde(deserialize_with = "number")]
    pub(super) last_set: Option<i64>,
}

/// What a converter has against an entry.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) field: &'static str,
    pub(super) what: String,
}
