//! Organisations, workspaces and apps, and the settings refusals depend on.

use crate::{
    id::{AppId, BotId, EnterpriseId, TeamId, UserId},
    interactivity::Interactivity,
    invitation::OnInvite,
    scope::ScopeSet,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Switches of the whole server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerState {
    /// Every call answers `service_unavailable`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub maintenance: bool,
    /// Methods that answer `method_deprecated`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deprecated_methods: Vec<String>,
    /// Methods that answer `deprecated_endpoint`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deprecated_endpoints: Vec<String>,
}

/// An Enterprise organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enterprise {
    /// Its id.
    pub id: EnterpriseId,
    /// Its name.
    pub name: String,
    /// Its sub-domain.
    pub domain: String,
    /// The organisation has suspended its encryption keys (`ekm_access_denied`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub ekm_suspended: bool,
    /// Methods that may not be called from it (`enterprise_is_restricted`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked_methods: Vec<String>,
    /// When it was added to a world that went on: what was done before is not its own, be it of an organisation of the
    /// same id that is gone. Nothing where it was loaded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub added: Timestamp,
}

/// What the workspace pays for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Nothing.
    Free,
    /// Pro.
    Pro,
    /// Business+.
    #[default]
    BusinessPlus,
    /// Enterprise.
    Enterprise,
}

/// Where a workspace is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In use.
    #[default]
    Active,
    /// Gone; its tokens are dead.
    Deleted,
    /// Moving into an organisation (`org_login_required`).
    Migrating,
    /// Joining an organisation (`team_added_to_org`).
    JoiningOrg,
}

/// Who may do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Every full member.
    #[default]
    Everyone,
    /// Admins and owners.
    Admins,
    /// Nobody.
    Nobody,
}

impl Who {
    /// Whether somebody who is (or is not) an admin may.
    pub fn allows(self, is_admin: bool) -> bool {
        match self {
            Self::Everyone => true,
            Self::Admins => is_admin,
            Self::Nobody => false,
        }
    }
}

fn admins() -> Who {
    Who::Admins
}

fn is_admins(who: &Who) -> bool {
    *who == admins()
}

/// Whether the retired method families may still be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegacyMethods {
    /// Yes.
    Always,
    /// By apps and in workspaces made before 2020-06-10.
    #[default]
    ByDate,
    /// No.
    Never,
}

impl LegacyMethods {
    /// 2020-06-10: what was made from then on could not call them.
    pub const CLOSED: Timestamp = Timestamp::from_seconds(1_591_747_200);
}

/// Who may find a workspace of an organisation and join it. Kept and told; people come to workspaces here by invitation
/// and assignment alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discoverability {
    /// Everybody of the organisation finds it and may join.
    Open,
    /// They find it and may ask to be invited.
    InviteOnly,
    /// They find it and cannot join.
    Closed,
    /// They do not find it.
    #[default]
    Unlisted,
}

/// Whether this side reviews what Slack Connect brings it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Acceptances pass.
    #[default]
    Automatic,
    /// Somebody has to approve.
    Required,
}

/// A workspace's Slack Connect settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connect {
    /// Slack Connect is on.
    pub enabled: bool,
    /// Who may send invitations to post only.
    pub send_post_only: Who,
    /// Who may send invitations with full rights.
    pub send_full: Who,
    /// Who may bring people of connected organisations into channels.
    pub invite_external_people: Who,
    /// This side's review of acceptances.
    pub approval: Approval,
    /// Invitations are requests until somebody approves them.
    pub review_before_sending: bool,
    /// Most invitations by e-mail per sender and hour.
    pub email_quota_per_hour: u32,
    /// Which people may approve, decline and list invitations, change what a partner may do, and
    /// disconnect. Apps with the scope may unless nobody may.
    pub manage: Who,
    /// How people here answer invitations by themselves, who have no such answer of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_invite: Option<OnInvite>,
}

impl Default for Connect {
    fn default() -> Self {
        Self {
            enabled: true,
            send_post_only: Who::Everyone,
            send_full: Who::Everyone,
            invite_external_people: Who::Everyone,
            approval: Approval::Automatic,
            review_before_sending: false,
            email_quota_per_hour: 100,
            manage: Who::Admins,
            on_invite: None,
        }
    }
}

/// An information barrier: people of `from` and people of `to` may not share a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Barrier {
    /// One side.
    pub from: BTreeSet<UserId>,
    /// The other side.
    pub to: BTreeSet<UserId>,
}

impl Barrier {
    /// Both sides, `from` first.
    pub fn sides(&self) -> [&BTreeSet<UserId>; 2] {
        [&self.from, &self.to]
    }

    /// Whether it stands between the two, in either direction.
    pub fn separates(&self, a: UserId, b: UserId) -> bool {
        (self.from.contains(&a) && self.to.contains(&b))
            || (self.from.contains(&b) && self.to.contains(&a))
    }
}

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: String,
    /// Its sub-domain.
    pub domain: String,
    /// The domain of its members' addresses; may be empty.
    #[serde(default, skip_serializing_if = "is_default")]
    pub email_domain: String,
    /// Which workspaces it has people in common with: an address leads to nobody of another realm.
    #[serde(default, skip_serializing_if = "is_default")]
    pub realm: String,
    /// The organisation it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enterprise: Option<EnterpriseId>,
    /// Its plan.
    #[serde(default, skip_serializing_if = "is_default")]
    pub plan: Plan,
    /// What it is for; may be empty.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    /// Who of the organisation may find it and join.
    #[serde(default, skip_serializing_if = "is_default")]
    pub discoverability: Discoverability,
    /// Active, deleted, migrating, joining an organisation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: Status,
    /// When it was made.
    #[serde(default)]
    pub created: Timestamp,
    /// Members must have a second factor (`two_factor_setup_required`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub two_factor_required: bool,
    /// Networks calls may come from, as CIDR; empty is any (`accesslimited`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_networks: Vec<String>,
    /// Who may add people to channels: everyone or admins (`no_permission`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub who_may_invite: Who,
    /// Who may make public channels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub who_may_create_public: Who,
    /// Who may make private channels.
    #[serde(default, skip_serializing_if = "is_default")]
    pub who_may_create_private: Who,
    /// Who may make and change user groups (`permission_denied`).
    #[serde(default = "admins", skip_serializing_if = "is_admins")]
    pub who_may_manage_usergroups: Who,
    /// Members who are no admins do not invite people: they ask for it, and an admin decides.
    #[serde(default, skip_serializing_if = "is_default")]
    pub invitations_need_approval: bool,
    /// Whether `channels.*` and its like may be called here.
    #[serde(default, skip_serializing_if = "is_default")]
    pub legacy_methods: LegacyMethods,
    /// Slack Connect.
    #[serde(default, skip_serializing_if = "is_default")]
    pub connect: Connect,
    /// Who may not share a channel with whom (`cant_invite`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub barriers: Vec<Barrier>,
}

impl Workspace {
    /// Whether the two are the same or belong to one organisation.
    pub fn is_with(&self, other: &Self) -> bool {
        self.id == other.id || self.enterprise.is_some() && self.enterprise == other.enterprise
    }

    /// A stand-alone workspace with everything else at its default.
    pub fn new(id: TeamId, name: &str, domain: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            domain: domain.to_owned(),
            email_domain: String::new(),
            realm: String::new(),
            enterprise: None,
            plan: Plan::default(),
            description: String::new(),
            discoverability: Discoverability::default(),
            status: Status::default(),
            created: Timestamp::default(),
            two_factor_required: false,
            allowed_networks: Vec::new(),
            who_may_invite: Who::default(),
            who_may_create_public: Who::default(),
            who_may_create_private: Who::default(),
            who_may_manage_usergroups: admins(),
            invitations_need_approval: false,
            legacy_methods: LegacyMethods::default(),
            connect: Connect::default(),
            barriers: Vec::new(),
        }
    }
}

/// How an app gets its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// By HTTP requests to its URL.
    #[default]
    Http,
    /// Over Socket Mode.
    Socket,
}

/// An app's event subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    /// HTTP or Socket Mode.
    #[serde(default)]
    pub delivery: Delivery,
    /// Where events go; given here, it counts as verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_url: Option<String>,
    /// Names of events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscribe: Vec<String>,
}

/// What an app says about how it is installed: the part of its manifest that matters to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuth {
    /// What it is for, in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The name its bot user is given; the app's own when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bot_name: String,
    /// Where people may be sent with a code: these URLs, and what lies below them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirect_urls: Vec<String>,
    /// What it may ask for its bot user.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub bot_scopes: ScopeSet,
    /// What it may ask of people.
    #[serde(default, skip_serializing_if = "ScopeSet::is_empty")]
    pub user_scopes: ScopeSet,
    /// Its tokens live for twelve hours and are renewed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub token_rotation: bool,
    /// It may prove itself by a verifier instead of its secret.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pkce: bool,
    /// It is ready to be installed for a whole organisation (`org_deploy_enabled`).
    #[serde(default, skip_serializing_if = "is_default")]
    pub org_deploy: bool,
    /// It is installed in the workspace that lists it, or for that one's organisation, and nowhere else.
    #[serde(default, skip_serializing_if = "is_default")]
    pub undistributed: bool,
}

/// An app, installed in the workspace that lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// The workspace that lists it.
    pub team: TeamId,
    /// Its name.
    pub name: String,
    /// When it was made.
    #[serde(default)]
    pub created: Timestamp,
    /// The user it acts as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot_user: Option<UserId>,
    /// The bot's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<BotId>,
    /// Signs what is sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_secret: Option<String>,
    /// OAuth client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// OAuth client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// Networks its tokens may be used from, as CIDR; empty is any (`invalid_auth`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_addresses: Vec<String>,
    /// Event subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<Events>,
    /// How it is installed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub oauth: OAuth,
    /// What people do with it in their clients.
    #[serde(default, skip_serializing_if = "Interactivity::is_empty")]
    pub interactivity: Interactivity,
}
