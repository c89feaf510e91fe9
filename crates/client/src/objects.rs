//! Objects that several methods answer with, read leniently: what is left out has its usual
//! value, what is not known is left to the [`Envelope`](crate::Envelope).

use serde::Deserialize;

/// A conversation of any kind.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// Its name; empty for DMs.
    pub name: String,
    /// A channel.
    pub is_channel: bool,
    /// A DM.
    pub is_im: bool,
    /// A group DM.
    pub is_mpim: bool,
    /// A private one.
    pub is_private: bool,
    /// Archived.
    pub is_archived: bool,
    /// The channel everybody is in.
    pub is_general: bool,
    /// Whether the caller is in it, where that is told.
    pub is_member: Option<bool>,
    /// Shared with another organisation.
    pub is_ext_shared: bool,
    /// When it was made, in seconds.
    pub created: i64,
    /// Who made it.
    pub creator: Option<String>,
    /// The other person of a DM.
    pub user: Option<String>,
    /// How many are in it, where that is told.
    pub num_members: Option<u32>,
    /// What it is about now.
    pub topic: Note,
    /// What it is for.
    pub purpose: Note,
}

/// A channel as the retired families show it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct LegacyChannel {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made, in seconds.
    pub created: i64,
    /// Who made it.
    pub creator: Option<String>,
    /// Archived.
    pub is_archived: bool,
    /// The channel everybody is in.
    pub is_general: bool,
    /// A private one.
    pub is_private: bool,
    /// Whether the caller is in it, where that is told.
    pub is_member: Option<bool>,
    /// Who is in it.
    pub members: Vec<String>,
    /// Its newest message.
    pub latest: Option<serde_json::Value>,
    /// How far the caller has read.
    pub last_read: Option<String>,
    /// How many messages the caller has not read.
    pub unread_count: Option<u32>,
    /// The same without those that tell who came and went.
    pub unread_count_display: Option<u32>,
    /// What it is about now.
    pub topic: Note,
    /// What it is for.
    pub purpose: Note,
}

/// A topic or purpose.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Note {
    /// The text.
    pub value: String,
    /// Who set it.
    pub creator: String,
    /// When, in seconds.
    pub last_set: i64,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct User {
    /// Their id.
    pub id: String,
    /// The workspace.
    pub team_id: Option<String>,
    /// The handle.
    pub name: String,
    /// Removed.
    pub deleted: bool,
    /// The name in full.
    pub real_name: Option<String>,
    /// A bot.
    pub is_bot: bool,
    /// A guest.
    pub is_restricted: bool,
    /// A guest of a single channel.
    pub is_ultra_restricted: bool,
    /// Invited, and not in the workspace yet.
    pub is_invited_user: bool,
    /// An admin.
    pub is_admin: bool,
    /// An owner.
    pub is_owner: bool,
    /// Their profile.
    pub profile: Profile,
}

/// Somebody as admins of their organisation are told of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct OrgUser {
    /// Their id.
    pub id: String,
    /// The address; empty where there is none.
    pub email: String,
    /// The handle.
    pub username: String,
    /// The name in full.
    pub full_name: String,
    /// Not removed.
    pub is_active: bool,
    /// A bot.
    pub is_bot: bool,
    /// A guest.
    pub is_restricted: bool,
    /// A guest of a single channel.
    pub is_ultra_restricted: bool,
    /// An admin.
    pub is_admin: bool,
    /// An owner.
    pub is_owner: bool,
    /// The primary owner.
    pub is_primary_owner: bool,
    /// The workspaces they are in.
    pub workspaces: Vec<String>,
    /// They have a second factor.
    pub has_2fa: bool,
}

/// A workspace as admins of its organisation are told of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct OrgTeam {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who may find it and join: `open`, `invite_only`, `closed` or `hidden`.
    pub discoverability: String,
    /// Whose it is; absent where it is nobody's.
    pub primary_owner: Option<TeamOwner>,
    /// Where it is reached.
    pub team_url: String,
}

/// A request to invite somebody into a workspace.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct InviteRequest {
    /// Its id.
    pub id: String,
    /// Whom.
    pub email: String,
    /// When it was asked, in seconds.
    pub date_created: i64,
    /// Who asked.
    pub requester_ids: Vec<String>,
    /// Into which channels.
    pub channel_ids: Vec<String>,
    /// `full_member`, `restricted` or `ultra_restricted`.
    pub invite_type: String,
    /// What they are called.
    pub real_name: Option<String>,
    /// When their time as a guest ends, in seconds.
    pub date_expire: Option<i64>,
    /// Why they are to come.
    pub request_reason: Option<String>,
}

/// A request that was approved.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ApprovedRequest {
    /// The request.
    pub invite_request: InviteRequest,
    /// By whom.
    pub approved_by: DecidedBy,
    /// The invitation that went out.
    pub invite: serde_json::Value,
}

/// A request that was denied.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct DeniedRequest {
    /// The request.
    pub invite_request: InviteRequest,
    /// By whom.
    pub denied_by: DecidedBy,
}

/// Who decided about a request.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct DecidedBy {
    /// The user, or the app.
    pub actor_id: String,
    /// Which of them it is.
    pub actor_type: String,
}

/// Whose a workspace is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct TeamOwner {
    /// The user.
    pub user_id: String,
    /// The address; empty where there is none.
    pub email: String,
}

/// A person as `users.identity` tells of them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct IdentityUser {
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their address, with `identity.email`.
    pub email: Option<String>,
    /// A picture of them, with `identity.avatar`.
    pub image_192: Option<String>,
}

/// A workspace as `users.identity` tells of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct IdentityTeam {
    /// Its id.
    pub id: String,
    /// Its name, with `identity.team`.
    pub name: Option<String>,
    /// Its sub-domain, with `identity.team`.
    pub domain: Option<String>,
}

/// A user group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Usergroup {
    /// Its id.
    pub id: String,
    /// Its workspace.
    pub team_id: String,
    /// Its name.
    pub name: String,
    /// What it is mentioned by.
    pub handle: String,
    /// What it is for.
    pub description: String,
    /// When it was disabled, in seconds; 0 while it is in use.
    pub date_delete: i64,
    /// Who is in it, where that is told.
    pub users: Option<Vec<String>>,
}

/// A user's profile.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// What they do.
    pub title: Option<String>,
    /// The name in full.
    pub real_name: Option<String>,
    /// The name they chose to be shown by.
    pub display_name: Option<String>,
    /// The address, with the scope for it.
    pub email: Option<String>,
    /// The bot, for bots.
    pub bot_id: Option<String>,
}

/// A bot.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Bot {
    /// Its id.
    pub id: String,
    /// Removed.
    pub deleted: bool,
    /// Its name.
    pub name: String,
    /// Its app.
    pub app_id: Option<String>,
    /// Its user.
    pub user_id: Option<String>,
}

/// A workspace.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Team {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its sub-domain.
    pub domain: String,
    /// Whose addresses may join.
    pub email_domain: Option<String>,
    /// The organisation.
    pub enterprise_id: Option<String>,
}

/// Why one person was left out.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PersonError {
    /// Whom.
    pub user: String,
    /// The code; [`Envelope::people`](crate::Envelope::people) has it as the method's own.
    pub error: String,
}
