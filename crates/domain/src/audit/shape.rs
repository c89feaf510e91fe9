//! Whom and what entries name, in the words of the API. What is not known, or not the organisation's to know, is
//! left out.

use crate::{
    id::{AppId, ChannelId, InvitationId, TeamId, UserId},
    user::User,
    workspace::{App, Workspace},
};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// What was acted upon.
#[derive(Clone, Debug, PartialEq)]
pub enum Entity {
    /// Somebody.
    User(Person),
    /// A channel.
    Channel(ChannelSeen),
    /// An app.
    App(AppSeen),
    /// A workspace.
    Workspace(Names<TeamId>),
}

impl Entity {
    /// Its id, by which callers ask for what was done to it.
    pub fn id(&self) -> String {
        match self {
            Self::User(person) => person.id.clone(),
            Self::Channel(channel) => channel.id.to_string(),
            Self::App(app) => app.id.to_string(),
            Self::Workspace(workspace) => workspace.id.to_string(),
        }
    }
}

/// `type`, and what it is under the name of that.
impl Serialize for Entity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn typed<S: Serializer>(
            serializer: S,
            name: &str,
            value: &impl Serialize,
        ) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(Some(2))?;
            map.serialize_entry("type", name)?;
            map.serialize_entry(name, value)?;
            map.end()
        }
        match self {
            Self::User(person) => typed(serializer, "user", person),
            Self::Channel(channel) => typed(serializer, "channel", channel),
            Self::App(app) => typed(serializer, "app", app),
            Self::Workspace(workspace) => typed(serializer, "workspace", workspace),
        }
    }
}

/// Somebody: a person, a bot's user, or a placeholder for nobody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Person {
    /// The user's id, or a word that is none.
    pub id: String,
    /// Their handle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their address, of people of the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The workspace they belong to first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
}

impl Person {
    /// Somebody, with their address if they are `ours`.
    pub(super) fn new(user: &User, ours: bool) -> Self {
        Self {
            id: user.id.to_string(),
            name: Some(user.name.clone()),
            email: user.email.clone().filter(|_| ours),
            team: Some(user.team),
        }
    }

    /// Nobody who is known.
    pub(super) fn placeholder(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: None,
            email: None,
            team: None,
        }
    }
}

/// A workspace, with what it is called.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Names<I> {
    /// Its id.
    pub id: I,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its sub-domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl Names<TeamId> {
    pub(super) fn of(workspace: &Workspace) -> Self {
        Self {
            id: workspace.id,
            name: Some(workspace.name.clone()),
            domain: Some(workspace.domain.clone()),
        }
    }

    pub(super) fn bare(id: TeamId) -> Self {
        Self {
            id,
            name: None,
            domain: None,
        }
    }
}

/// A channel, as it is on the organisation's side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelSeen {
    /// Its id.
    pub id: ChannelId,
    /// The rest, while the organisation has the channel.
    #[serde(flatten)]
    pub known: Option<ChannelKnown>,
    /// Of the copy that a disconnected side keeps, the channel it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_connected_channel_id: Option<ChannelId>,
}

/// What only those know of a channel who have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChannelKnown {
    /// Its name.
    pub name: String,
    /// `public` or `private`.
    pub privacy: &'static str,
    /// Other organisations take part in it.
    pub is_shared: bool,
    /// Several workspaces of its organisation have it.
    pub is_org_shared: bool,
    /// The other organisations' workspaces that take part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams_shared_with: Vec<TeamId>,
}

/// An app.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppSeen {
    /// Its id.
    pub id: AppId,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether other workspaces than its own may install it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_distributed: Option<bool>,
    /// There is no directory in which it could be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_directory_approved: Option<bool>,
    /// What its manifest asks of people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What its manifest asks for its bot.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes_bot: Vec<String>,
    /// The workspace that lists it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
}

impl AppSeen {
    pub(super) fn new(app: &App) -> Self {
        Self {
            name: Some(app.name.clone()),
            is_distributed: Some(!app.oauth.undistributed),
            is_directory_approved: Some(false),
            scopes: app.oauth.user_scopes.iter().map(str::to_owned).collect(),
            scopes_bot: app.oauth.bot_scopes.iter().map(str::to_owned).collect(),
            team: Some(app.team),
            ..Self::bare(app.id)
        }
    }

    pub(super) fn bare(id: AppId) -> Self {
        Self {
            id,
            name: None,
            is_distributed: None,
            is_directory_approved: None,
            scopes: Vec::new(),
            scopes_bot: Vec::new(),
            team: None,
        }
    }
}

/// Who invited somebody, or removed them. Documentation shows it in two forms, of which this is both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Whom {
    /// `user`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Who.
    pub user: Person,
    #[serde(flatten)]
    again: Person,
}

impl From<Person> for Whom {
    fn from(person: Person) -> Self {
        Self {
            kind: "user",
            user: person.clone(),
            again: person,
        }
    }
}

/// What somebody is called.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// In full.
    pub real_name: String,
    /// As they chose to be shown.
    pub display_name: String,
    /// Their job.
    pub title: String,
}

impl From<&User> for Profile {
    fn from(user: &User) -> Self {
        Self {
            real_name: user.real_name.clone(),
            display_name: user.display_name.clone(),
            title: user.title.clone(),
        }
    }
}

/// What else is to be said of an entry: of each action some of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Details {
    /// By whose invitation somebody is in a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inviter: Option<Whom>,
    /// Who removed somebody from a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kicker: Option<Whom>,
    /// The invitation to share a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite_id: Option<InvitationId>,
    /// The channel that it offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_id: Option<ChannelId>,
    /// The other organisation, `E…`, or its workspace, `T…`, if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_organization_id: Option<String>,
    /// What that is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_organization_name: Option<String>,
    /// Who of the other organisation is invited, or invites.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_user_id: Option<UserId>,
    /// The address to which the invitation goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_user_email: Option<String>,
    /// The other side may only post.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_external_limited: Option<bool>,
    /// The workspace that owns a shared channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin_team: Option<TeamId>,
    /// The workspace with which it is shared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_team: Option<TeamId>,
    /// The workspace that takes part no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnecting_team: Option<TeamId>,
    /// When a guest's time ends, in seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<i64>,
    /// Somebody's address or handle, as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_value: Option<String>,
    /// The same, as it is since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<String>,
    /// What somebody was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_profile: Option<Profile>,
    /// What they are called now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_profile: Option<Profile>,
    /// Who let an app in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installer_user_id: Option<UserId>,
    /// What an app may do for that person.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The same, all of it, where it was allowed less before; what that was is in no change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub new_scopes: Vec<String>,
    /// What its bot may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bot_scopes: Vec<String>,
}
