//! The keys of a world file.
//!
//! Ids, times and addresses are plain text here: they are checked where references are
//! resolved, so that everything wrong with a file is told at once. Doc comments are the
//! descriptions of the published JSON Schema.

mod access;
mod conversation;
mod invite_request;
mod usergroup;

pub use access::{App, Events, Token};
pub use conversation::{
    Acceptance, Channel, Connection, Expected, Frozen, Invitation, Member, Message, Note,
    Recipient, Review, Subtype,
};
pub use invite_request::{Approved, Denied, InviteRequest};
pub use usergroup::{Disabled, Usergroup};

use super::{
    schema,
    shape::{Duration, admins, is_admins, is_default, is_email_quota, one_per_line, yes},
};
use guestlist_domain::{
    invitation::StandingAnswer,
    user::{Guest, Role, Stage},
    workspace::{Approval, Discoverability, LegacyMethods, Plan, Status, Who},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the format.
pub const VERSION: u32 = 1;

/// A world: organisations, workspaces, people, channels, apps, tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The version of the format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// Switches of the server.
    #[serde(default, skip_serializing_if = "is_default")]
    pub server: Server,
    /// Enterprise organisations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enterprises: Vec<Enterprise>,
    /// Workspaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<Workspace>,
}

/// Switches of the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Every call answers `service_unavailable`.
    #[serde(skip_serializing_if = "is_default")]
    pub maintenance: bool,
    /// Methods that answer `method_deprecated`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deprecated_methods: Vec<String>,
    /// Methods that answer `deprecated_endpoint`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deprecated_endpoints: Vec<String>,
}

/// An Enterprise organisation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Enterprise {
    /// Made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::enterprise")]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its sub-domain.
    pub domain: String,
    /// Its encryption keys are suspended: `ekm_access_denied`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ekm_suspended: bool,
    /// Methods that answer `enterprise_is_restricted`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_methods: Vec<String>,
}

/// A workspace and all that is in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// Made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::team")]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its sub-domain.
    pub domain: String,
    /// The domain of its members' addresses.
    #[serde(default, skip_serializing_if = "is_default")]
    pub email_domain: String,
    /// Workspaces of another realm are of another world: an address leads to nobody there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub realm: String,
    /// Its organisation; a stand-alone workspace has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::enterprise")]
    pub enterprise: Option<String>,
    /// What it pays for.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::plan")]
    pub plan: Plan,
    /// Where it is in its life.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::status")]
    pub status: Status,
    /// When it was made; the time of loading when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub created: Option<String>,
    /// Members need a second factor: `two_factor_setup_required`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub two_factor_required: bool,
    /// Networks calls may come from, as CIDR; empty is any: `accesslimited`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::networks")]
    pub allowed_networks: Vec<String>,
    /// Who may add people to channels: `no_permission`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::who_may_invite")]
    pub who_may_invite: Who,
    /// Who may make public channels: `restricted_action`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::who")]
    pub who_may_create_public: Who,
    /// Who may make private channels: `restricted_action`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::who")]
    pub who_may_create_private: Who,
    /// Who may make and change user groups: `permission_denied`.
    #[serde(default = "admins", skip_serializing_if = "is_admins")]
    #[schemars(schema_with = "schema::who")]
    pub who_may_manage_usergroups: Who,
    /// Members who are no admins ask for invitations into the workspace, and an admin decides.
    #[serde(default, skip_serializing_if = "is_default")]
    pub invitations_need_approval: bool,
    /// What it is for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    /// Who of the organisation may find it and join.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::discoverability")]
    pub discoverability: Discoverability,
    /// Whether `channels.*` and its like may be called: `method_deprecated`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::legacy_methods")]
    pub legacy_methods: LegacyMethods,
    /// Slack Connect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub connect: Connect,
    /// People, and users of bots whose app is listed elsewhere or nowhere.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_per_line"
    )]
    pub users: Vec<User>,
    /// Conversations this workspace owns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Slack Connect invitations to its channels, in any state.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invitations: Vec<Invitation>,
    /// User groups: people under one name.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_per_line"
    )]
    pub usergroups: Vec<Usergroup>,
    /// Requests to invite people, in any state.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_per_line"
    )]
    pub invite_requests: Vec<InviteRequest>,
    /// Who may not share a channel with whom: `cant_invite`.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_per_line"
    )]
    pub barriers: Vec<Barrier>,
    /// Apps installed here first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<App>,
    /// Tokens made here.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_per_line"
    )]
    pub tokens: Vec<Token>,
}

/// A workspace's Slack Connect settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Connect {
    /// Slack Connect is on.
    #[serde(skip_serializing_if = "yes")]
    pub enabled: bool,
    /// Who may send invitations to post only: `restricted_action`.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::who")]
    pub send_post_only: Who,
    /// Who may send invitations with full rights: `restricted_action`.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::who")]
    pub send_full: Who,
    /// Who may bring people of connected organisations: `no_external_invite_permission`.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::who")]
    pub invite_external_people: Who,
    /// This side's review of acceptances.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::approval")]
    pub approval: Approval,
    /// `conversations.inviteShared` makes a request.
    #[serde(skip_serializing_if = "is_default")]
    pub review_before_sending: bool,
    /// Most invitations by e-mail per sender and hour: `ratelimit`.
    #[serde(skip_serializing_if = "is_email_quota")]
    pub email_quota_per_hour: u32,
    /// Which people may approve, decline, list and disconnect: `restricted_action`. Apps may
    /// unless nobody may.
    #[serde(skip_serializing_if = "is_admins")]
    #[schemars(schema_with = "schema::who")]
    pub manage: Who,
    /// How people here answer invitations by themselves, who do not say so themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::standing_answer")]
    pub on_invite: Option<StandingAnswer>,
    /// How long they take; no time when left out.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::duration")]
    pub on_invite_after: Duration,
}

impl Default for Connect {
    fn default() -> Self {
        guestlist_domain::workspace::Connect::default().into()
    }
}

/// A person, or the user of a bot. In a further workspace of their organisation: the id alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct User {
    /// Made when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub id: Option<String>,
    /// The handle: lower case, no spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// The full name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub real_name: String,
    /// The name they chose to be shown by.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// Their job.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Their address, unique in the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::email")]
    pub email: Option<String>,
    /// An IANA time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub tz: Option<String>,
    /// What a full member may do.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::role")]
    pub role: Role,
    /// Set for guests.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::guest")]
    pub guest: Option<Guest>,
    /// When a guest's time ends, and they are removed; they stay when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub expires: Option<String>,
    /// Removed people were members once.
    #[serde(skip_serializing_if = "is_default")]
    pub status: UserStatus,
    /// Set for those who were invited into the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invited: Option<Invited>,
    /// Has set up a second factor.
    #[serde(skip_serializing_if = "yes")]
    pub two_factor: bool,
    /// Makes this the user of a bot. An app's `bot_user` has one of its own accord.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::bot")]
    pub bot_id: Option<String>,
    /// The bot's app, when that is listed in another workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::app")]
    pub app: Option<String>,
    /// How they answer invitations to connected channels by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::standing_answer")]
    pub on_invite: Option<StandingAnswer>,
    /// How long they take; no time when left out.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::duration")]
    pub on_invite_after: Duration,
    /// What an identity provider says of them, by the paths of its attributes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub scim: BTreeMap<String, String>,
    /// When they last changed; when the workspace was made when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub updated: Option<String>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            id: None,
            name: None,
            real_name: String::new(),
            display_name: String::new(),
            title: String::new(),
            email: None,
            tz: None,
            role: Role::Member,
            guest: None,
            expires: None,
            status: UserStatus::Active,
            invited: None,
            two_factor: true,
            bot_id: None,
            app: None,
            on_invite: None,
            on_invite_after: Duration::default(),
            scim: BTreeMap::new(),
            updated: None,
        }
    }
}

/// An invitation into a workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invited {
    /// Who invited them.
    #[schemars(schema_with = "schema::user")]
    pub by: String,
    /// When, the last time; the time of loading when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub at: Option<String>,
    /// The channels of the workspace into which they come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::channels")]
    pub channels: Vec<String>,
    /// The end of the link by which they join; made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub link: Option<String>,
    /// Whether they have joined: `pending`, `withdrawn` or `joined`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::stage")]
    pub state: Stage,
}

/// Whether somebody is still there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// A member of the workspace.
    #[default]
    Active,
    /// No more.
    Removed,
}

/// An information barrier.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Barrier {
    /// One side.
    #[schemars(schema_with = "schema::users")]
    pub from: Vec<String>,
    /// The other side.
    #[schemars(schema_with = "schema::users")]
    pub to: Vec<String>,
}
