//! A whole world as rows: what a world file says, checked, and what an export reads back.

use crate::{
    App, Channel, ChannelId, Enterprise, Invitation, InviteRequest, Message, TeamId, Timestamp,
    Token, User, UserId, Usergroup, Workspace, facts::Membership, invite_request::State,
    time::tick_of, workspace::ServerState,
};
use serde::{Deserialize, Serialize};

/// Every row of a world. Whoever makes one answers for its references: each id named is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seed {
    /// Switches of the server.
    #[serde(skip)]
    pub server: ServerState,
    /// Organisations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enterprises: Vec<Enterprise>,
    /// Workspaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workspaces: Vec<Workspace>,
    /// People and the users of bots, each once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<User>,
    /// Conversations, each once, listed by the workspace that owns them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Who is in what: owner's workspace, conversation, user, place.
    #[serde(with = "form::members", skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<(TeamId, ChannelId, UserId, Membership)>,
    /// Messages: owner's workspace, conversation, message.
    #[serde(with = "form::messages", skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<(TeamId, ChannelId, Message)>,
    /// Slack Connect invitations, by the workspace that owns the channel.
    #[serde(with = "form::invitations", skip_serializing_if = "Vec::is_empty")]
    pub invitations: Vec<(TeamId, Invitation)>,
    /// User groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub usergroups: Vec<Usergroup>,
    /// Requests to invite people, in any state.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invite_requests: Vec<InviteRequest>,
    /// Apps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub apps: Vec<App>,
    /// Tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<Token>,
}

/// Within so many microseconds after the newest time of a world its newest ids were made.
const YOUNG: i64 = 86_400_000_000;

impl Seed {
    /// When somebody last came, said something or marked up to where they have read.
    pub fn newest(&self) -> Option<Timestamp> {
        let said = self.messages.iter().map(|(_, _, message)| message.ts);
        let places = || self.members.iter().map(|(_, _, _, place)| place);
        let came = places().map(|place| place.since);
        let marked = places().filter_map(|place| Some(place.mark?.at));
        said.chain(came).chain(marked).max()
    }

    /// The newest tick that was given in the world, as far as it tells: ticks have to go on after it, so that no
    /// time and no id made of one is given again. An id tells by itself of which tick it was made; one
    /// from long after everything else was made up.
    pub fn newest_tick(&self) -> Timestamp {
        let begun = self.workspaces.iter().map(|workspace| workspace.created);
        let newest = begun.chain(self.newest()).max().unwrap_or_default();
        let users = self.users.iter().flat_map(|user| {
            let bot = user.bot.map(|bot| bot.id.to_string());
            [Some(user.id.to_string()), bot]
        });
        let apps = self.apps.iter().map(|app| Some(app.id.to_string()));
        let channels = self.channels.iter().map(|one| Some(one.id.to_string()));
        let invitations = self
            .invitations
            .iter()
            .map(|(_, one)| Some(one.id.to_string()));
        let groups = self.usergroups.iter().map(|one| Some(one.id.to_string()));
        let requests = self.invite_requests.iter().flat_map(|one| {
            let invite = match &one.state {
                State::Approved(approval) => Some(approval.invite.to_string()),
                State::Pending | State::Denied { .. } => None,
            };
            // Behind the first of its two letters it is as others are.
            [Some(one.id.to_string()[1..].to_owned()), invite]
        });
        let made = users.chain(apps).chain(channels);
        let ids = made.chain(invitations).chain(groups).chain(requests);
        let ticks = ids.flatten().filter_map(|id| tick_of(&id));
        let young = ticks.filter(|tick| tick.0 <= newest.0.saturating_add(YOUNG));
        young
            .max()
            .unwrap_or_default()
            .max(self.newest().unwrap_or_default())
    }
}

/// What has no names above is kept by names in the journal, so that more can be said one day.
mod form {
    use super::{ChannelId, Invitation, Membership, Message, TeamId, Timestamp, UserId};
    use crate::facts::Mark;
    use serde::{Deserialize, Serialize};

    macro_rules! rows {
        ($name:ident: $tuple:ty as $form:ident) => {
            pub(super) mod $name {
                use super::*;
                use serde::{Deserializer, Serializer};

                pub(crate) fn serialize<S: Serializer>(
                    rows: &[$tuple],
                    to: S,
                ) -> Result<S::Ok, S::Error> {
                    to.collect_seq(rows.iter().cloned().map($form::from))
                }

                pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                    from: D,
                ) -> Result<Vec<$tuple>, D::Error> {
                    let rows = Vec::<$form>::deserialize(from)?;
                    Ok(rows.into_iter().map(<$tuple>::from).collect())
                }
            }
        };
    }

    rows!(members: (TeamId, ChannelId, UserId, Membership) as Member);
    rows!(messages: (TeamId, ChannelId, Message) as Said);
    rows!(invitations: (TeamId, Invitation) as Sent);

    #[derive(Serialize, Deserialize)]
    struct Member {
        team: TeamId,
        channel: ChannelId,
        user: UserId,
        since: Timestamp,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        closed: bool,
        /// Up to where they have read, and when they said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mark: Option<Mark>,
    }

    impl From<(TeamId, ChannelId, UserId, Membership)> for Member {
        fn from((team, channel, user, place): (TeamId, ChannelId, UserId, Membership)) -> Self {
            let Membership {
                since,
                closed,
                mark,
            } = place;
            Self {
                team,
                channel,
                user,
                since,
                closed,
                mark,
            }
        }
    }

    impl From<Member> for (TeamId, ChannelId, UserId, Membership) {
        fn from(member: Member) -> Self {
            let Member {
                team,
                channel,
                user,
                since,
                closed,
                mark,
            } = member;
            let place = Membership {
                since,
                closed,
                mark,
            };
            (team, channel, user, place)
        }
    }

    #[derive(Serialize, Deserialize)]
    struct Said {
        team: TeamId,
        channel: ChannelId,
        message: Message,
    }

    impl From<(TeamId, ChannelId, Message)> for Said {
        fn from((team, channel, message): (TeamId, ChannelId, Message)) -> Self {
            Self {
                team,
                channel,
                message,
            }
        }
    }

    impl From<Said> for (TeamId, ChannelId, Message) {
        fn from(said: Said) -> Self {
            (said.team, said.channel, said.message)
        }
    }

    #[derive(Serialize, Deserialize)]
    struct Sent {
        team: TeamId,
        invitation: Invitation,
    }

    impl From<(TeamId, Invitation)> for Sent {
        fn from((team, invitation): (TeamId, Invitation)) -> Self {
            Self { team, invitation }
        }
    }

    impl From<Sent> for (TeamId, Invitation) {
        fn from(sent: Sent) -> Self {
            (sent.team, sent.invitation)
        }
    }
}
