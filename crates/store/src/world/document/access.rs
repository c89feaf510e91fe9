//! Apps and tokens.

use super::User;
use crate::world::{
    manifest::Manifest,
    schema,
    shape::{self, is_default, yes},
};
use guestlist_domain::{token::TokenKind, workspace::Delivery};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An app, installed in the workspace that lists it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::app")]
    pub id: Option<String>,
    /// Its name; that in the manifest when left out.
    #[serde(default)]
    pub name: String,
    /// When it was made; the time of loading when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub created: Option<String>,
    /// The user it acts as; has the app's name unless given another.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "shape::one_line"
    )]
    #[schemars(with = "User")]
    pub bot_user: Option<User>,
    /// Signs what is sent to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub signing_secret: Option<String>,
    /// OAuth client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub client_id: Option<String>,
    /// OAuth client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub client_secret: Option<String>,
    /// Networks its tokens may be used from, as CIDR; empty is any: `invalid_auth`.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "shape::flow"
    )]
    #[schemars(schema_with = "schema::networks")]
    pub allowed_addresses: Vec<String>,
    /// Its event subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Events")]
    pub events: Option<Events>,
    /// It can be installed in other workspaces: `invalid_team_for_non_distributed_app`.
    #[serde(default = "shape::truth", skip_serializing_if = "yes")]
    pub distributed: bool,
    /// Its manifest, as Slack's app configuration has it. What stands beside it counts more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::manifest")]
    pub manifest: Option<Manifest>,
}

/// An app's event subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Events {
    /// By HTTP requests or over Socket Mode.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(schema_with = "schema::delivery")]
    pub delivery: Delivery,
    /// Where they go; counts as verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub request_url: Option<String>,
    /// Names of events.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "shape::flow")]
    pub subscribe: Vec<String>,
}

/// A token. Its text is made and printed once when neither it nor its hash is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Token {
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub token: Option<String>,
    /// The SHA-256 of its text, as exports have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::sha256")]
    pub token_sha256: Option<String>,
    /// What it stands for; when left out the text's prefix tells, else the user and the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::token_kind")]
    pub kind: Option<TokenKind>,
    /// Its app.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::app")]
    pub app: Option<String>,
    /// Whom it acts as; the app's bot user when left out, except with `app_level`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub user: Option<String>,
    /// What it may do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// After this it answers `token_expired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub expires_at: Option<String>,
    /// Dead for good.
    #[serde(skip_serializing_if = "is_default")]
    pub revoked: bool,
    /// Workspaces an `org` token was granted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::teams")]
    pub workspaces: Vec<String>,
    /// Channels a `workspace` token was granted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "schema::channels")]
    pub channels: Vec<String>,
}
