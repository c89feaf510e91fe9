//! Conversations, their messages, and invitations to share them.

use crate::world::{
    schema,
    shape::{self, Members, TextOr, is_default, one_per_line, yes},
};
use guestlist_domain::{
    channel::ChannelKind,
    invitation::{StandingAnswer, State},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Channel {
    /// Made when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::channel")]
    pub id: Option<String>,
    /// Its name. DMs have none; that of a group DM is made when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Public, private, DM (`im`) or group DM (`mpim`).
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::kind")]
    pub kind: ChannelKind,
    /// Who made it; when left out the first of those highest in role, in DMs the first member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub creator: Option<String>,
    /// When it was made; the time of loading when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub created: Option<String>,
    /// When its settings last changed; `created` when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub updated: Option<String>,
    /// Who is in it.
    #[serde(skip_serializing_if = "is_default")]
    pub members: Members,
    /// The workspace's general channel.
    #[serde(skip_serializing_if = "is_default")]
    pub general: bool,
    /// Archived.
    #[serde(skip_serializing_if = "is_default")]
    pub archived: bool,
    /// Everybody must be in it.
    #[serde(skip_serializing_if = "is_default")]
    pub mandatory: bool,
    /// Only some may post.
    #[serde(skip_serializing_if = "is_default")]
    pub read_only: bool,
    /// Guests may be in it: `user_is_restricted`.
    #[serde(skip_serializing_if = "yes")]
    pub guests_allowed: bool,
    /// Apps may be in it: `app_cannot_join_channel`.
    #[serde(skip_serializing_if = "yes")]
    pub apps_allowed: bool,
    /// The only people who may act on it; empty is everybody: `access_denied`.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "shape::flow")]
    #[schemars(schema_with = "schema::users")]
    pub access_list: Vec<String>,
    /// The workspaces of one organisation that have it.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "shape::flow")]
    #[schemars(schema_with = "schema::teams")]
    pub workspaces: Vec<String>,
    /// Every workspace of the organisation has it.
    #[serde(skip_serializing_if = "is_default")]
    pub org_wide: bool,
    /// May be shared with other organisations: `not_supported`.
    #[serde(skip_serializing_if = "yes")]
    pub shareable: bool,
    /// Shared in the old way, between two: `legacy_connection_limit_exceeded`.
    #[serde(skip_serializing_if = "is_default")]
    pub legacy_shared: bool,
    /// Being moved: `external_channel_migrating`.
    #[serde(skip_serializing_if = "is_default")]
    pub migrating: bool,
    /// Most members; 0 is the server's setting: `member_limit_exceeded`.
    #[serde(skip_serializing_if = "is_default")]
    pub member_limit: u32,
    /// Most organisations; 0 is 250: `connection_limit_exceeded`.
    #[serde(skip_serializing_if = "is_default")]
    pub connection_limit: u32,
    /// Workspaces of other organisations that take part.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "one_per_line")]
    pub connections: Vec<Connection>,
    /// Workspaces that took part once.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "shape::flow")]
    #[schemars(schema_with = "schema::teams")]
    pub former: Vec<String>,
    /// Makes it the copy that a disconnected workspace keeps.
    #[serde(
        skip_serializing_if = "Option::is_none",
        serialize_with = "shape::one_line"
    )]
    #[schemars(with = "Frozen")]
    pub frozen: Option<Frozen>,
    /// What is talked about. As text, the creator set it when making the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TextOr<Note>")]
    pub topic: Option<TextOr<Note>>,
    /// What it is for. As text, the creator set it when making the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "TextOr<Note>")]
    pub purpose: Option<TextOr<Note>>,
    /// Names it had, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "shape::flow")]
    pub previous_names: Vec<String>,
    /// Its history, as far as it is told.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "one_per_line")]
    pub messages: Vec<Message>,
}

impl Default for Channel {
    fn default() -> Self {
        Self {
            id: None,
            name: None,
            kind: ChannelKind::Public,
            creator: None,
            created: None,
            updated: None,
            members: Members::default(),
            general: false,
            archived: false,
            mandatory: false,
            read_only: false,
            guests_allowed: true,
            apps_allowed: true,
            access_list: Vec::new(),
            workspaces: Vec::new(),
            org_wide: false,
            shareable: true,
            legacy_shared: false,
            migrating: false,
            member_limit: 0,
            connection_limit: 0,
            connections: Vec::new(),
            former: Vec::new(),
            frozen: None,
            topic: None,
            purpose: None,
            previous_names: Vec::new(),
            messages: Vec::new(),
        }
    }
}

/// What the copy of a channel is of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// The channel it was.
    #[schemars(schema_with = "schema::channel")]
    pub of: String,
    /// When it was disconnected: later messages are not in it.
    #[schemars(schema_with = "schema::time")]
    pub until: String,
}

/// A member with more to say than the id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who.
    #[schemars(schema_with = "schema::user")]
    pub user: String,
    /// When they came in; when the channel was made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub since: Option<String>,
    /// They have closed this DM.
    #[serde(default, skip_serializing_if = "is_default")]
    pub closed: bool,
    /// Up to where they have read, as they said by `conversations.mark`: a message's `ts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub last_read: Option<String>,
    /// When they said so; the time of loading when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub marked: Option<String>,
}

/// A workspace of another organisation that takes part in a channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// The partner's workspace.
    #[schemars(schema_with = "schema::team")]
    pub workspace: String,
    /// The partner may post only.
    #[serde(default, skip_serializing_if = "is_default")]
    pub external_limited: bool,
    /// The partner's own name for the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Whether it is private on the partner's side; as the host has it when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub private: Option<bool>,
    /// When the sides were connected; when the channel was made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub connected: Option<String>,
}

/// A topic or a purpose with who set it and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Note {
    /// The text.
    pub value: String,
    /// Who set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub creator: Option<String>,
    /// When; never when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub last_set: Option<String>,
}

/// What a message tells, other than that somebody wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Subtype {
    /// `user` came in.
    ChannelJoin,
    /// `user` left.
    ChannelLeave,
    /// `user` set the topic.
    ChannelTopic,
    /// `user` set the purpose.
    ChannelPurpose,
    /// `user` gave the channel another name.
    ChannelName,
    /// `user` archived it.
    ChannelArchive,
    /// `user` unarchived it.
    ChannelUnarchive,
    /// Here stood what `user` wrote, was answered and is deleted.
    Tombstone,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who wrote, came, left, …
    #[schemars(schema_with = "schema::user")]
    pub user: String,
    /// When, as `seconds.micros`; unique in the channel, made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub ts: Option<String>,
    /// What it tells; left out when somebody wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Subtype")]
    pub subtype: Option<Subtype>,
    /// What was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub text: Option<String>,
    /// With `channel_join`: who invited them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub inviter: Option<String>,
    /// With `channel_topic`: the topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub topic: Option<String>,
    /// With `channel_purpose`: the purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub purpose: Option<String>,
    /// With `channel_name`: the name before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub old_name: Option<String>,
    /// With `channel_name`: the name since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// The bot that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::bot")]
    pub bot_id: Option<String>,
    /// The name a bot wrote under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub username: Option<String>,
    /// The message this one replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub thread_ts: Option<String>,
    /// When its author changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub edited: Option<String>,
    /// The reply is told to the whole channel as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broadcast: bool,
    /// The text of a JSON array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub blocks: Option<String>,
    /// The text of a JSON array.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub attachments: Option<String>,
    /// The text of a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub metadata: Option<String>,
}

/// A Slack Connect invitation, or the request to send one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// Made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::invitation")]
    pub id: Option<String>,
    /// The channel that is offered, one of this workspace.
    #[schemars(schema_with = "schema::channel")]
    pub channel: String,
    /// Who invites.
    #[schemars(schema_with = "schema::user")]
    pub inviter: String,
    /// Whom.
    pub to: Recipient,
    /// The other side may post only; true when left out.
    #[serde(default = "shape::truth", skip_serializing_if = "yes")]
    pub external_limited: bool,
    /// Words that go with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub message: Option<String>,
    /// It began as a request.
    #[serde(default, skip_serializing_if = "is_default")]
    pub requested: bool,
    /// Where it is in its life; `sent` when left out.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::state")]
    pub state: State,
    /// When it was made; the time of loading when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub created: Option<String>,
    /// When its state last changed; `created` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub updated: Option<String>,
    /// When it lapses; 14 days after `created` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub expires: Option<String>,
    /// Who answered the request to send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub reviewer: Option<String>,
    /// What a denied request was answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub denial: Option<String>,
    /// The answer it will get by itself.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "shape::one_line"
    )]
    #[schemars(with = "Expected")]
    pub expected: Option<Expected>,
    /// The last part of the link that accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub link: Option<String>,
    /// The code that goes with the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub conf_code: Option<String>,
    /// Who accepted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Acceptance")]
    pub acceptance: Option<Acceptance>,
}

/// The answer that an invitation will get by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Who gives it.
    #[schemars(schema_with = "schema::user")]
    pub user: String,
    /// What they answer.
    #[schemars(schema_with = "schema::standing_answer")]
    pub answer: StandingAnswer,
    /// When.
    #[schemars(schema_with = "schema::time")]
    pub at: String,
}

/// Whom an invitation is for: one of the two.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Recipient {
    /// Whoever reads mail at this address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::email")]
    pub email: Option<String>,
    /// A person or the user of a bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub user: Option<String>,
}

/// Who accepted an invitation, and what was said to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The workspace the channel comes to.
    #[schemars(schema_with = "schema::team")]
    pub workspace: String,
    /// Who accepted.
    #[schemars(schema_with = "schema::user")]
    pub user: String,
    /// The channel's name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Private there.
    #[serde(default, skip_serializing_if = "is_default")]
    pub private: bool,
    /// When; when the invitation was updated when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub at: Option<String>,
    /// When it lapses; 14 days after `at` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub expires: Option<String>,
    /// Workspaces that have yet to approve.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "shape::flow"
    )]
    #[schemars(schema_with = "schema::teams")]
    pub awaiting: Vec<String>,
    /// What the others said.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "one_per_line"
    )]
    pub reviews: Vec<Review>,
}

/// What one side said to an acceptance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The side.
    #[schemars(schema_with = "schema::team")]
    pub workspace: String,
    /// Who; nobody where the side's settings said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub user: Option<String>,
    /// When; when the acceptance was made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub at: Option<String>,
    /// Yes, when left out.
    #[serde(default = "shape::truth", skip_serializing_if = "yes")]
    pub approved: bool,
}
