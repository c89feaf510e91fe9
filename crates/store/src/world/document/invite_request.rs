//! Requests to invite people.

use crate::world::{schema, shape::flow};
use guestlist_domain::user::Guest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A request to invite somebody into the workspace: pending, unless it says who approved or denied it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// Made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::invite_request")]
    pub id: Option<String>,
    /// Whom.
    #[schemars(schema_with = "schema::email")]
    pub email: String,
    /// Who asked for it, the first before the others; one at least.
    #[serde(serialize_with = "flow")]
    #[schemars(schema_with = "schema::users")]
    pub requesters: Vec<String>,
    /// Into which channels; a guest into one at least.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "flow"
    )]
    #[schemars(schema_with = "schema::channels")]
    pub channels: Vec<String>,
    /// Set where they are to come as a guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::guest")]
    pub guest: Option<Guest>,
    /// What they are called.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub real_name: String,
    /// When their time as a guest ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub expires: Option<String>,
    /// Why they are to come.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was asked; when the workspace was made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub created: Option<String>,
    /// Set where it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Approved>,
    /// Set where it was denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied: Option<Denied>,
}

/// How a request was approved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// Who approved it.
    #[schemars(schema_with = "schema::user")]
    pub by: String,
    /// When; when it was asked when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub at: Option<String>,
    /// The id of the invitation that went out; made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::invitation")]
    pub invite: Option<String>,
    /// Who invites; the first who asked when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub inviter: Option<String>,
    /// Who is invited by it.
    #[schemars(schema_with = "schema::user")]
    pub user: String,
}

/// Who denied a request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Denied {
    /// Who.
    #[schemars(schema_with = "schema::user")]
    pub by: String,
    /// When; when it was asked when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub at: Option<String>,
}
