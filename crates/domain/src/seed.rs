//! A whole world as rows: what a world file says, checked, and what an export reads back.

use crate::{
    App, Channel, ChannelId, Enterprise, Invitation, Message, TeamId, Token, User, UserId,
    Workspace, facts::Membership, workspace::ServerState,
};
use serde::{Deserialize, Serialize};

/// Every row of a world. Whoever makes one answers for its references: each id named is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seed {
    /// Switches of the server.
    pub server: ServerState,
    /// Organisations.
    pub enterprises: Vec<Enterprise>,
    /// Workspaces.
    pub workspaces: Vec<Workspace>,
    /// People and the users of bots, each once.
    pub users: Vec<User>,
    /// Conversations, each once, listed by the workspace that owns them.
    pub channels: Vec<Channel>,
    /// Who is in what: owner's workspace, conversation, user, place.
    pub members: Vec<(TeamId, ChannelId, UserId, Membership)>,
    /// Messages: owner's workspace, conversation, message.
    pub messages: Vec<(TeamId, ChannelId, Message)>,
    /// Slack Connect invitations, by the workspace that owns the channel.
    pub invitations: Vec<(TeamId, Invitation)>,
    /// Apps.
    pub apps: Vec<App>,
    /// Tokens.
    pub tokens: Vec<Token>,
}
