//! How invitations, workspaces and people are told where Slack Connect tells of them: in the
//! answers of its methods and in its events alike.
//! <https://docs.slack.dev/reference/methods/conversations.listConnectInvites>

use crate::{
    channel::Channel,
    facts::{Facts, Missing},
    id::{ChannelId, InvitationId, TeamId, UserId},
    invitation::{self, Recipient},
    name::without_accents,
    user::User,
    workspace::Workspace,
};
use serde::{Deserialize, Serialize};

/// A workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    name: String,
    icon: Icon,
    avatar_base_url: String,
    is_verified: bool,
    domain: String,
    date_created: i64,
    requires_sponsorship: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Icon {
    image_34: String,
    image_44: String,
    image_68: String,
    image_88: String,
    image_102: String,
    image_132: String,
    image_230: String,
    image_default: bool,
}

/// Where pictures would be; nothing is served there.
const PICTURES: &str = "https://avatars.invalid/";

impl From<&Workspace> for Team {
    fn from(workspace: &Workspace) -> Self {
        let image = |size: u32| format!("{PICTURES}{}-{size}.png", workspace.id);
        Self {
            id: workspace.id,
            name: workspace.name.clone(),
            icon: Icon {
                image_34: image(34),
                image_44: image(44),
                image_68: image(68),
                image_88: image(88),
                image_102: image(102),
                image_132: image(132),
                image_230: image(230),
                image_default: true,
            },
            avatar_base_url: PICTURES.to_owned(),
            is_verified: false,
            domain: workspace.domain.clone(),
            date_created: workspace.created.seconds(),
            requires_sponsorship: false,
        }
    }
}

/// A person, or the user of a bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    team_id: TeamId,
    name: String,
    updated: i64,
    who_can_share_contact_card: String,
    profile: Profile,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Profile {
    real_name: String,
    display_name: String,
    real_name_normalized: String,
    display_name_normalized: String,
    team: TeamId,
    avatar_hash: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    image_24: String,
    image_32: String,
    image_48: String,
    image_72: String,
    image_192: String,
    image_512: String,
}

impl From<&User> for Person {
    fn from(user: &User) -> Self {
        let hash = format!("g{:011x}", user.id.key() & 0xfff_ffff_ffff);
        let image = |size: u32| format!("{PICTURES}{hash}-{size}.png");
        let real_name = if user.real_name.is_empty() {
            &user.name
        } else {
            &user.real_name
        };
        Self {
            id: user.id,
            team_id: user.team,
            name: user.name.clone(),
            updated: user.updated.seconds(),
            who_can_share_contact_card: "EVERYONE".to_owned(),
            profile: Profile {
                real_name: real_name.clone(),
                display_name: user.display_name.clone(),
                real_name_normalized: without_accents(real_name),
                display_name_normalized: without_accents(&user.display_name),
                team: user.team,
                email: user.email.clone(),
                image_24: image(24),
                image_32: image(32),
                image_48: image(48),
                image_72: image(72),
                image_192: image(192),
                image_512: image(512),
                avatar_hash: hash,
            },
        }
    }
}

/// The channel an invitation offers, as its host has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// Its id.
    pub id: ChannelId,
    is_private: bool,
    is_im: bool,
    name: String,
}

impl From<&Channel> for Offered {
    fn from(channel: &Channel) -> Self {
        Self {
            id: channel.id,
            is_private: channel.is_private_in(channel.team),
            is_im: false,
            name: channel.name.clone(),
        }
    }
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// Its id.
    pub id: InvitationId,
    date_created: i64,
    date_invalid: i64,
    inviting_team: Team,
    inviting_user: Person,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipient_email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recipient_user_id: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// A workspace that has to be there; nobody names one that is not.
pub fn team(facts: &Facts, id: TeamId) -> Result<Team, Missing> {
    Ok(match facts.workspace(id)? {
        Some(workspace) => workspace.as_ref().into(),
        None => (&Workspace::new(id, "", "")).into(),
    })
}

/// Somebody. Slackbot and whoever is no longer known have nothing but their id.
pub fn person(facts: &Facts, id: UserId, team: TeamId) -> Result<Person, Missing> {
    Ok(match facts.user(id)? {
        Some(user) => user.as_ref().into(),
        None => (&User::new(id, team, "")).into(),
    })
}

/// Every workspace that takes part in a channel, its host first.
pub fn teams(facts: &Facts, channel: &Channel) -> Result<Vec<Team>, Missing> {
    channel.sides().map(|side| team(facts, side)).collect()
}

/// An invitation to a channel of `host`; `site` is where its link leads.
pub fn invite(
    facts: &Facts,
    from: &invitation::Invitation,
    host: TeamId,
    site: &str,
) -> Result<Invite, Missing> {
    let (email, user) = match &from.to {
        Recipient::Email(email) => (Some(email.clone()), None),
        Recipient::User(user) => (None, Some(*user)),
    };
    Ok(Invite {
        id: from.id,
        date_created: from.created.seconds(),
        date_invalid: from.expires.seconds(),
        inviting_team: team(facts, host)?,
        inviting_user: person(facts, from.inviter, host)?,
        recipient_email: email,
        recipient_user_id: user,
        link: from.link.as_ref().map(|link| share_url(site, link)),
    })
}

/// The page on which an invitation can be accepted.
pub fn share_url(site: &str, link: &str) -> String {
    format!("{site}/share/{link}")
}
