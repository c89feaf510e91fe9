//! `team.externalTeams.list`: lists the organisations with which channels are shared.
//! <https://docs.slack.dev/reference/methods/team.externalTeams.list>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    paging,
};
use guestlist_domain::{Scopes, TeamId};
use serde::Serialize;
use serde_json::{Map, Value};
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum ExternalTeamsList {}

/// The kind in this method's cursors.
const CURSOR: &str = "team";
const DEFAULT: usize = 20;
const MOST: usize = 25;

/// Preferences by which rows may be filtered. guestlist keeps none of them for one partner apart
/// from others, so no row has any.
const PREFERENCES: [&str; 8] = [
    "approved_orgs_only",
    "allow_sc_file_uploads",
    "profile_visibility",
    "away_team_sc_invite_permissions",
    "accept_sc_invites",
    "sc_mpdm_to_private",
    "require_sc_channel_for_sc_dm",
    "external_awareness_context_bar",
];

impl Contract for ExternalTeamsList {
    const SPEC: Spec = Spec {
        name: "team.externalTeams.list",
        about: "Lists the workspaces of other organisations with which the caller's organisation shares channels, did once, or is about to, page by page.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Two,
        scopes: Scopes::all(&["conversations.connect:manage", "team:read"]),
        args: &[
            Arg::optional(
                "connection_status_filter",
                "string",
                "CONNECTED",
                "Only those of this status: `CONNECTED`, `DISCONNECTED`, `BLOCKED` or `IN_REVIEW`.",
            ),
            Arg::optional(
                "cursor",
                "cursor",
                "dGVhbTpUNzI2RzI3VFQ=",
                "Where to go on: the `next_cursor` of the page before.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "20",
                "The most workspaces on the page, 1 to 25. Default 20.",
            ),
            Arg::optional(
                "slack_connect_pref_filter",
                "string",
                "approved_orgs_only",
                "Only those with a preference of their own. None here has any.",
            ),
            Arg::optional(
                "sort_direction",
                "string",
                "desc",
                "`asc` or `desc`. Default `asc`.",
            ),
            Arg::optional(
                "sort_field",
                "string",
                "team_name",
                "`team_name`, `last_active_timestamp` or `connection_status`. Default `team_name`.",
            ),
            Arg::optional(
                "workspace_filter",
                "teams",
                "T1234567890",
                "Only those connected with these workspaces of the caller's organisation.",
            ),
        ],
        success: r#"{"ok": true, "organizations": [{"team_id": "T726G27TT", "team_name": "Globex", "team_domain": "globex", "public_channel_count": 1, "private_channel_count": 0, "connection_status": "CONNECTED"}], "total_count": 1, "response_metadata": {"next_cursor": ""}}"#,
        failure: r#"{"ok": false, "error": "invalid_workspace_filter"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let sort = match word(
            given,
            "sort_field",
            &["team_name", "last_active_timestamp", "connection_status"],
        )? {
            Some(1) => Sort::LastActive,
            Some(2) => Sort::Status,
            _ => Sort::Name,
        };
        let descending = word(given, "sort_direction", &["asc", "desc"])? == Some(1);
        let status = word(
            given,
            "connection_status_filter",
            &["CONNECTED", "DISCONNECTED", "BLOCKED", "IN_REVIEW"],
        )?;
        let preferences = given.list("slack_connect_pref_filter").unwrap_or_default();
        if preferences
            .iter()
            .any(|one| !PREFERENCES.contains(&one.as_str()))
        {
            let why = format!("must be of {}", PREFERENCES.join(", "));
            return Err(BadArguments::Invalid("slack_connect_pref_filter", why));
        }
        let limit = match given.integer("limit")? {
            None => DEFAULT,
            Some(limit) => match usize::try_from(limit) {
                Ok(limit @ 1..=MOST) => limit,
                _ => {
                    let why = format!("must be a number from 1 to {MOST}");
                    return Err(BadArguments::Invalid("limit", why));
                }
            },
        };
        // The documentation lets a bare team id stand for a cursor.
        let from = match given.text("cursor").as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => match text.parse().ok().or_else(|| paging::parse(text, CURSOR)) {
                Some(team) => Some(team),
                None => {
                    let why = "must be one that this method gave".to_owned();
                    return Err(BadArguments::Invalid("cursor", why));
                }
            },
        };
        let workspaces = given.list("workspace_filter").unwrap_or_default();
        Ok(Args {
            limit,
            from,
            sort,
            descending,
            status: status.map(|at| {
                [
                    Status::Connected,
                    Status::Disconnected,
                    Status::Blocked,
                    Status::InReview,
                ][at]
            }),
            preferences: !preferences.is_empty(),
            workspaces: workspaces.iter().map(|text| text.parse().ok()).collect(),
        })
    }
}

/// Which of some words an argument is; `None` when it is absent.
fn word(
    given: &Arguments,
    name: &'static str,
    words: &[&str],
) -> Result<Option<usize>, BadArguments<Error>> {
    match given.text(name).as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => match words.iter().position(|word| *word == text) {
            Some(at) => Ok(Some(at)),
            None => Err(BadArguments::Invalid(
                name,
                format!("must be of {}", words.join(", ")),
            )),
        },
    }
}

/// By what rows are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The workspace's name.
    Name,
    /// When something was last said in a channel shared with it.
    LastActive,
    /// How it is connected.
    Status,
}

/// How a workspace is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Nobody is, here.
    Blocked,
    /// Channels are shared.
    Connected,
    /// Channels were shared.
    Disconnected,
    /// An acceptance waits for approval.
    InReview,
}

/// Which rows, in which order, and which page of them.
#[derive(Clone, Debug)]
pub struct Args {
    /// The most rows, at least 1.
    pub limit: usize,
    /// The first row, `None` for the first page.
    pub from: Option<TeamId>,
    /// The order.
    pub sort: Sort,
    /// The other way round.
    pub descending: bool,
    /// Only these.
    pub status: Option<Status>,
    /// Only those with a preference.
    pub preferences: bool,
    /// Only those connected with these; `None` for what is no workspace's id.
    pub workspaces: Vec<Option<TeamId>>,
}

/// A page of workspaces.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The rows.
    pub organizations: Vec<Row>,
    /// How many there are on all pages.
    pub total_count: usize,
}

/// One workspace of another organisation.
#[derive(Debug, Serialize)]
pub struct Row {
    team_id: TeamId,
    team_name: String,
    team_domain: String,
    public_channel_count: u32,
    private_channel_count: u32,
    im_channel_count: u32,
    mpim_channel_count: u32,
    connected_workspaces: Vec<Connected>,
    slack_connect_prefs: Map<String, Value>,
    connection_status: Status,
    last_active_timestamp: i64,
    is_sponsored: bool,
    canvas: Shared,
    lists: Shared,
}

/// What is shared beside channels: nothing here.
#[derive(Debug, Default, Serialize)]
struct Shared {
    total_count: u32,
    ownership_details: [(); 0],
}

#[derive(Debug, Serialize)]
struct Connected {
    workspace_id: TeamId,
    workspace_name: String,
}

/// Why none are listed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    IntoStaticStr,
    EnumString,
    VariantArray,
    EnumMessage,
    EnumProperty,
)]
#[strum(serialize_all = "snake_case")]
pub enum Error {
    /// Guests are told nothing of other organisations.
    #[strum(props(state = "a guest's token"))]
    NotAllowed,
    /// The caller may not see them.
    #[strum(props(state = "`connect: {manage: …}` that excludes the caller"))]
    RestrictedAction,
    /// There is no such workspace in the caller's organisation.
    #[strum(props(state = "a `workspace_filter` that names another"))]
    InvalidWorkspaceFilter,
    /// The caller has nothing to say in that workspace.
    #[strum(props(
        state = "a person, and a `workspace_filter` that names a workspace of the organisation they are not in"
    ))]
    UserCannotManageWorkspace,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server;
#[cfg(all(test, feature = "server"))]
mod tests;
