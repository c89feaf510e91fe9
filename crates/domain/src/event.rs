//! What apps are told: events, each derived from one change of the journal and from nothing
//! that may have changed since.
//!
//! A change carries what its events say; where that depends on how things stood, as in Slack
//! Connect, the change is the event ([`Change::Raised`]). What it does not carry never changes: the
//! owner of a conversation, the organisation of a workspace. So an event is the same whenever it is
//! derived, and so is its id; only a bot's name beside its message ([`Author`]), and the workspace to which
//! somebody belongs first, which they may have left meanwhile, are told as they are by then. Who is told is
//! [`audience`]'s business.

mod apps;
pub mod audience;
mod channels;
mod groups;
mod here;
mod id;
mod kind;
mod people;
mod retry;
mod said;

pub use here::Author;
pub use id::{Context, EventId, NotAContext, Position};
pub use kind::SUBSCRIPTIONS;
pub use retry::{STALE_SECONDS, retry_after};

use crate::{
    change::Change,
    channel::Channel,
    connect,
    facts::{Facts, Missing},
    id::{AppId, EnterpriseId, TeamId, UserId},
    invite_request::InviteRequest,
    message::Message,
    time::Timestamp,
    user::User,
    usergroup::Usergroup,
    workspace::{Enterprise, Workspace},
};
use here::{Here, aside, organisation};
use std::sync::Arc;

/// Something that happened, as apps are told of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// `member_joined_channel`.
    MemberJoined {
        /// Who.
        user: UserId,
        /// The workspace they belong to first.
        team: TeamId,
        /// That workspace's organisation.
        enterprise: Option<EnterpriseId>,
        /// Who invited them, if anybody did.
        inviter: Option<UserId>,
    },
    /// `member_left_channel`.
    MemberLeft {
        /// Who.
        user: UserId,
        /// The workspace they belong to first.
        team: TeamId,
    },
    /// `channel_left` or `group_left`: for whoever left, or was removed.
    Left {
        /// Who did it: themselves, or who removed them.
        actor: UserId,
    },
    /// `message`, of any subtype.
    Said {
        /// The message.
        message: Arc<Message>,
        /// Who wrote it, where somebody did.
        author: Option<Author>,
    },
    /// `message` with the subtype `message_changed`.
    Reworded {
        /// The message as it is now.
        message: Arc<Message>,
        /// As it was.
        before: Arc<Message>,
        /// Who wrote it.
        author: Option<Author>,
    },
    /// `message` with the subtype `message_deleted`.
    Deleted {
        /// The message as it was.
        before: Arc<Message>,
        /// Who wrote it.
        author: Option<Author>,
    },
    /// `app_mention`: a message that names the app's bot.
    Mentioned {
        /// The message.
        message: Arc<Message>,
        /// Who wrote it.
        author: Option<Author>,
    },
    /// `channel_created`.
    Created {
        /// As it was made.
        channel: Arc<Channel>,
    },
    /// `channel_rename` or `group_rename`.
    Renamed {
        /// As it is now.
        channel: Arc<Channel>,
    },
    /// `channel_archive` or `group_archive`.
    Archived {
        /// Who did it.
        user: UserId,
    },
    /// `channel_unarchive` or `group_unarchive`.
    Unarchived {
        /// Who did it.
        user: UserId,
    },
    /// `im_open`, or `group_open` for a group DM: for whoever has opened it, or has it open again.
    Opened {
        /// Who.
        user: UserId,
    },
    /// `im_close`, or `group_close` for a group DM: for whoever closed it.
    Closed {
        /// Who.
        user: UserId,
    },
    /// `team_join`: somebody is new in a workspace.
    TeamJoined {
        /// As they are.
        user: Arc<User>,
        /// Their organisation.
        org: Option<Arc<Enterprise>>,
    },
    /// `user_change`.
    UserChanged {
        /// As they are now.
        user: Arc<User>,
        /// Their organisation.
        org: Option<Arc<Enterprise>>,
    },
    /// `subteam_created`.
    UsergroupMade {
        /// As it was made.
        group: Arc<Usergroup>,
    },
    /// `subteam_updated`.
    UsergroupEdited {
        /// As it is now.
        group: Arc<Usergroup>,
    },
    /// `subteam_members_changed`.
    UsersOfGroupChanged {
        /// As it is now.
        group: Arc<Usergroup>,
        /// Who is new in it.
        added: Vec<UserId>,
        /// Who is in it no more.
        removed: Vec<UserId>,
        /// When it was changed the time before.
        before: Timestamp,
    },
    /// `invite_requested`: somebody asks in a workspace that somebody be invited.
    InviteRequested {
        /// The request as it is now.
        request: Arc<InviteRequest>,
        /// The workspace.
        workspace: Arc<Workspace>,
    },
    /// `tokens_revoked`: the app may act for somebody no more.
    TokensRevoked {
        /// For whom.
        user: UserId,
        /// Whether that is the app's own bot.
        bot: bool,
    },
    /// `app_uninstalled`: the app is gone from a workspace, or from an organisation.
    Uninstalled,
    /// `team_access_granted`: an app that is installed for an organisation was added to workspaces of it.
    AccessGranted {
        /// Which.
        teams: Vec<TeamId>,
    },
    /// `team_access_revoked`: it was taken out of them.
    AccessRevoked {
        /// Which.
        teams: Vec<TeamId>,
    },
    /// Of Slack Connect: what is told, word for word.
    Connect(Arc<connect::event::Event>),
}

/// Who of those with subscription and scope may know of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Hearers {
    /// Who is in the conversation.
    Members,
    /// Who is in a workspace where the conversation is a public channel, but for guests; and its members.
    Workspace,
    /// One user.
    One(UserId),
    /// One member, named in a message.
    Named(UserId),
    /// Who is in one of these workspaces.
    Teams(Vec<TeamId>),
    /// Who is in one of the workspaces, holds one of the scopes there and may see the channel.
    Sides(connect::event::Audience),
    /// An app in a workspace, whatever it may see there, or no more.
    App {
        /// Which.
        app: AppId,
        /// Where; of an organisation the workspace in which its tokens were made.
        team: TeamId,
        /// For whom it acts, or acted.
        through: Option<Through>,
    },
}

/// For whom an app acts, or acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Through {
    /// The person, or the app's own bot user.
    pub user: UserId,
    /// Whether it is the bot user.
    pub bot: bool,
    /// In all of an organisation.
    pub org_wide: bool,
}

/// An event before anybody is told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// `event_ts`.
    pub ts: Timestamp,
    /// The conversation it belongs to: events of one conversation reach an app in their order.
    pub channel: Option<Arc<Channel>>,
    /// The organisation of the workspace that owns the conversation.
    pub enterprise: Option<EnterpriseId>,
    /// What happened.
    pub what: Happened,
    /// Who may know.
    pub hearers: Hearers,
}

impl Event {
    /// Whether organisations share the conversation, for the side that is told.
    pub fn is_ext_shared(&self) -> bool {
        if let Happened::Connect(told) = &self.what
            && let connect::event::Event::ChannelUnshared { is_ext_shared, .. } = **told
        {
            return is_ext_shared;
        }
        let channel = self.channel.as_ref();
        channel.is_some_and(|channel| channel.is_ext_shared())
    }
}

/// The events of a change, decided `when` and standing `at` a place in the journal.
pub fn of_change(
    facts: &Facts,
    at: Position,
    when: Timestamp,
    change: &Change,
) -> Result<Vec<Event>, Missing> {
    Ok(match change {
        Change::Created { .. }
        | Change::Edited { .. }
        | Change::Joined { .. }
        | Change::Left { .. }
        | Change::Dropped { .. }
        | Change::Posted { .. }
        | Change::Reworded { .. }
        | Change::Deleted { .. }
        | Change::DmClosed { .. } => channels::of_change(facts, at, when, change)?,
        Change::UserMade { .. }
        | Change::UserEdited { .. }
        | Change::Assigned { .. }
        | Change::Unassigned { .. } => people::of_change(facts, at, when, change)?,
        Change::UsergroupMade { group } | Change::UsergroupEdited { group, .. } => {
            let told = |what| aside(at, when, what, Hearers::Teams(vec![group.team]));
            groups::of_change(change).into_iter().map(told).collect()
        }
        Change::Deauthorized { .. } | Change::Uninstalled { .. } | Change::TeamAccess { .. } => {
            apps::of_change(facts, at, change)?.into_iter().collect()
        }
        Change::Raised {
            ts,
            event,
            audience,
        } => {
            let what = Happened::Connect(event.clone());
            let channel = facts.channel(event.channel())?.cloned();
            let enterprise = match &channel {
                Some(channel) => organisation(facts, channel.team)?,
                None => None,
            };
            vec![Event {
                channel,
                enterprise,
                ..aside(at, *ts, what, Hearers::Sides(audience.clone()))
            }]
        }
        // Whether it is approved no event tells.
        Change::InviteRequest { request } if !request.state.is_pending() => Vec::new(),
        Change::InviteRequest { request } => {
            let told = |workspace: &Arc<Workspace>| {
                let what = Happened::InviteRequested {
                    request: request.clone(),
                    workspace: workspace.clone(),
                };
                aside(at, when, what, Hearers::Teams(vec![request.team]))
            };
            facts
                .workspace(request.team)?
                .map(told)
                .into_iter()
                .collect()
        }
        // What is to be told of these is raised beside them.
        Change::Invitation { .. } | Change::Shared { .. } | Change::Severed { .. } => Vec::new(),
        // What is there from the beginning is no event, and who would be told of what is removed is gone with it.
        Change::Added { .. } | Change::Removed { .. } => Vec::new(),
        // What was told before it says so.
        Change::UsergroupErased { .. } => Vec::new(),
        // What one person is shown, and how far they have read, is for their own clients alone, which are told by other
        // means than events; letters are for people outside.
        Change::Shown { .. } | Change::Marked { .. } | Change::Mail { .. } => Vec::new(),
        Change::TokenMade { .. }
        | Change::TokenEdited { .. }
        | Change::TokenRevoked { .. }
        | Change::CodeMade { .. }
        | Change::CodeUsed { .. }
        | Change::AppMade { .. }
        | Change::AppEdited { .. } => Vec::new(),
    })
}

#[cfg(test)]
mod tests;
