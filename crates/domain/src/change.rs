//! What a decision does to the world, as data.

use crate::{
    channel::Channel,
    connect::event::{Audience, Event},
    id::{AppId, ChannelId, EnterpriseId, TeamId, UserId, UsergroupId},
    install::Code,
    invitation::{Invitation, Sharing, Step},
    invite_request::InviteRequest,
    mail::{self, Mail},
    message::Message,
    seed::Seed,
    time::Timestamp,
    token::{Token, TokenHash},
    user::User,
    usergroup::Usergroup,
    workspace::App,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One change. The journal keeps changes in this form: variants and fields may be added
/// (with a default), never renamed or given another meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Somebody is in a conversation now. Leaves a `channel_join` message, except in DMs.
    Joined {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// By whose invitation.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inviter: Option<UserId>,
        /// When, and the message's `ts`.
        ts: Timestamp,
    },
    /// Somebody is no longer in a conversation. Leaves a `channel_leave` message.
    Left {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// Who removed them; absent when they left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        /// When, and the message's `ts`.
        ts: Timestamp,
    },
    /// A conversation was made.
    Created {
        /// As it was made.
        channel: Arc<Channel>,
    },
    /// A conversation's settings changed; the message tells what.
    Edited {
        /// As it is now.
        channel: Arc<Channel>,
        /// What is left in its history.
        message: Message,
    },
    /// Somebody wrote.
    Posted {
        /// Where.
        channel: ChannelId,
        /// What.
        message: Message,
    },
    /// Somebody alone was shown a message, which is none of the conversation.
    Shown {
        /// Where.
        channel: ChannelId,
        /// Who.
        to: UserId,
        /// What.
        message: Arc<Message>,
    },
    /// A message says something else now, or is a tombstone.
    Reworded {
        /// Where.
        channel: ChannelId,
        /// As it is now.
        message: Arc<Message>,
        /// As it was.
        before: Arc<Message>,
        /// When.
        ts: Timestamp,
    },
    /// A message is gone.
    Deleted {
        /// Where.
        channel: ChannelId,
        /// As it was.
        message: Arc<Message>,
        /// When.
        ts: Timestamp,
    },
    /// Somebody closed a DM, or has it open again.
    DmClosed {
        /// Which.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// Whether it is closed now.
        closed: bool,
    },
    /// Somebody has said up to where they have read a conversation. Nobody is told.
    Marked {
        /// Which.
        channel: ChannelId,
        /// Who.
        user: UserId,
        /// What was said up to then is read, and nothing after it.
        ts: Timestamp,
        /// When they said so.
        at: Timestamp,
    },
    /// A token was made.
    TokenMade {
        /// As it is kept.
        token: Arc<Token>,
    },
    /// A token is dead.
    TokenRevoked {
        /// The workspace it was made in.
        team: TeamId,
        /// Which.
        hash: TokenHash,
    },
    /// A Slack Connect invitation was made, or took a step in its life.
    Invitation {
        /// The workspace that owns the channel.
        team: TeamId,
        /// Which step.
        step: Step,
        /// As it is now.
        invitation: Arc<Invitation>,
    },
    /// Who shares a channel has changed, or what they may do. Leaves no message.
    Shared {
        /// As it is now.
        channel: Arc<Channel>,
        /// In which way.
        step: Sharing,
        /// Whose part in it changed.
        with: TeamId,
    },
    /// A workspace takes no part in a channel any more.
    Severed {
        /// The channel as it is now, for those who are left.
        channel: Arc<Channel>,
        /// The workspace.
        workspace: TeamId,
        /// Who of it was in the channel.
        people: Vec<UserId>,
        /// The copy it keeps, with the same people in it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        copy: Option<Arc<Channel>>,
        /// When.
        ts: Timestamp,
    },
    /// Something that apps are told.
    Raised {
        /// When; unique, so that it names the event.
        ts: Timestamp,
        /// What they are told, word for word.
        event: Arc<Event>,
        /// Which apps.
        audience: Audience,
    },
    /// A letter was written, or took a step on its way.
    Mail {
        /// The workspace that sends it.
        team: TeamId,
        /// Which step.
        step: mail::Step,
        /// As it is now.
        mail: Arc<Mail>,
    },
    /// A token holds other scopes, or dies at another time.
    TokenEdited {
        /// As it is now.
        token: Arc<Token>,
    },
    /// Somebody's consent was answered with a code.
    CodeMade {
        /// As it is kept.
        code: Arc<Code>,
    },
    /// A code was exchanged for tokens, and is good for nothing any more.
    CodeUsed {
        /// Which.
        hash: TokenHash,
    },
    /// Somebody is new.
    UserMade {
        /// As they are.
        user: Arc<User>,
    },
    /// What is known of somebody has changed, be it that they are removed, or back again.
    UserEdited {
        /// As they are now.
        user: Arc<User>,
        /// As they were; rows of older versions do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Arc<User>>,
    },
    /// A user group was made.
    UsergroupMade {
        /// As it is.
        group: Arc<Usergroup>,
    },
    /// A user group is another now. Who comes into its default channels is told by changes of their own.
    UsergroupEdited {
        /// As it is now.
        group: Arc<Usergroup>,
        /// Who is new in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        added: Vec<UserId>,
        /// Who is in it no more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        removed: Vec<UserId>,
        /// When it was changed the time before.
        before: Timestamp,
    },
    /// A user group is gone for good. What apps are told of it, the change before says: that it is disabled.
    UsergroupErased {
        /// The workspace it was of.
        team: TeamId,
        /// Which.
        group: UsergroupId,
    },
    /// A request to invite somebody is new, somebody else asks for the same, or it is approved or denied: its state says
    /// which.
    InviteRequest {
        /// As it is now.
        request: Arc<InviteRequest>,
    },
    /// Somebody is in another workspace of their organisation, or back in one after they were removed (`team_join`).
    Assigned {
        /// As they are now.
        user: Arc<User>,
        /// Where they are new.
        team: TeamId,
    },
    /// Somebody is in one of their workspaces no more.
    Unassigned {
        /// As they are now.
        user: Arc<User>,
        /// Which they have left.
        team: TeamId,
    },
    /// Somebody is out of a channel because they are gone from the workspace. Leaves no message.
    Dropped {
        /// Where.
        channel: ChannelId,
        /// Who.
        user: UserId,
    },
    /// An app was made.
    AppMade {
        /// As it is.
        app: Arc<App>,
    },
    /// What is known of an app has changed.
    AppEdited {
        /// As it is now.
        app: Arc<App>,
    },
    /// An app may act for somebody no more: all its tokens for them are dead (`tokens_revoked`).
    Deauthorized {
        /// The app.
        app: AppId,
        /// The workspace; of an organisation the one in which its tokens were made.
        team: TeamId,
        /// The person, or the app's own bot user.
        user: UserId,
        /// Whether it is the bot user.
        bot: bool,
        /// In all of their organisation.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        org_wide: bool,
        /// When.
        ts: Timestamp,
    },
    /// An app that is installed for an organisation was added to workspaces of it, or taken out of them
    /// (`team_access_granted`, `team_access_revoked`). What its tokens are good for, and where its bot is, is told by
    /// changes of their own.
    TeamAccess {
        /// The app.
        app: AppId,
        /// The workspace in which its tokens were made.
        team: TeamId,
        /// Whom it acts as: its bot user, where it has one.
        user: UserId,
        /// Whether it was added.
        granted: bool,
        /// To which, or out of which.
        teams: Vec<TeamId>,
        /// When.
        ts: Timestamp,
    },
    /// Workspaces were added, with all that is in them. Nobody is told.
    Added {
        /// Everything in them.
        seed: Arc<Seed>,
    },
    /// Workspaces are gone, with all that was in them. Nobody is told.
    Removed {
        /// Which.
        workspaces: Vec<TeamId>,
        /// Their organisations.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        enterprises: Vec<EnterpriseId>,
        /// Their apps.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        apps: Vec<AppId>,
    },
    /// An app is gone from a workspace, or from an organisation (`app_uninstalled`).
    Uninstalled {
        /// The app.
        app: AppId,
        /// The workspace; of an organisation the one in which its tokens were made.
        team: TeamId,
        /// Whom it acted as in all of an organisation; absent when it is gone from a workspace.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<UserId>,
        /// When.
        ts: Timestamp,
    },
}

/// On whose behalf something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The workspace acted in.
    pub team: TeamId,
    /// The user; absent for the control interface.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
}

impl Actor {
    /// Nobody in particular: the control interface, or what happens by itself.
    pub fn nobody(team: TeamId) -> Self {
        Self {
            team,
            user: None,
            app: None,
        }
    }
}

/// One call's changes in the journal: the audit trail and the source of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was decided.
    pub at: Timestamp,
    /// For whom.
    pub by: Actor,
    /// What was done, in order; never empty.
    pub changes: Vec<Change>,
}

/// What a rule decided: changes that happen together or not at all, and what is answered
/// once they are durable.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<T> {
    /// What is done; empty when nothing is.
    pub changes: Vec<Change>,
    /// What the answer is made of.
    pub outcome: T,
}

impl<T> Plan<T> {
    /// A plan that changes nothing.
    pub fn nothing(outcome: T) -> Self {
        Self {
            changes: Vec::new(),
            outcome,
        }
    }
}
