//! User groups.

use crate::world::{schema, shape::flow};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A user group: people under one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usergroup {
    /// Made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::usergroup")]
    pub id: Option<String>,
    /// Its name, unique among the groups of the workspace.
    pub name: String,
    /// What it is mentioned by, unique among the groups of the workspace; made from the name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub handle: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Full members of the workspace.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "flow"
    )]
    #[schemars(schema_with = "schema::users")]
    pub users: Vec<String>,
    /// Its default channels: whoever comes into the group comes into these.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "flow"
    )]
    #[schemars(schema_with = "schema::channels")]
    pub channels: Vec<String>,
    /// Who made it; the first of those highest in role when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub creator: Option<String>,
    /// When it was made; when the workspace was when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub created: Option<String>,
    /// Who changed it last; its creator when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub updater: Option<String>,
    /// When; when it was made when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub updated: Option<String>,
    /// Set while it is disabled; who is in it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Disabled>,
}

/// By whom a group was disabled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Disabled {
    /// When; when it was changed last when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::time")]
    pub at: Option<String>,
    /// Who did it; who changed it last when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::user")]
    pub by: Option<String>,
}
