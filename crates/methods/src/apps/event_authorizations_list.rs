//! `apps.event.authorizations.list`: through what an app could hear an event.
//! <https://docs.slack.dev/reference/methods/apps.event.authorizations.list>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    paging::Page,
};
use guestlist_domain::{EnterpriseId, Scopes, TeamId, UserId, event::Context};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum EventAuthorizationsList {}

/// The kind in this method's cursors, which count what came before.
const CURSOR: &str = "authorization";
const DEFAULT_LIMIT: usize = 100;

impl Contract for EventAuthorizationsList {
    const SPEC: Spec = Spec {
        name: "apps.event.authorizations.list",
        about: "Lists all installations of the app to which an event is visible now, page by page: first the one that the event named.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Special(600),
        scopes: Scopes::all(&["authorizations:read"]),
        args: &[
            Arg::required(
                "event_context",
                "string",
                "EC00000070000A0GREET",
                "The `event_context` that came with the event.",
            ),
            Arg::optional(
                "cursor",
                "cursor",
                "YXV0aG9yaXphdGlvbjoxMDA=",
                "Where to go on: the `cursor_next` of the page before.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "100",
                "The most on the page, 1 to 1000. Default 100.",
            ),
        ],
        success: r#"{"ok": true, "authorizations": [{"enterprise_id": null, "team_id": "T0ACME", "user_id": "U0GREET", "is_bot": true, "is_enterprise_install": false}]}"#,
        failure: r#"{"ok": false, "error": "invalid_event_context"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let context = given.required("event_context")?;
        Ok(Args {
            context: context.trim().parse().ok(),
            page: Page::read(given, CURSOR, DEFAULT_LIMIT, Error::InvalidCursor)?,
        })
    }
}

/// Of which event, and which page.
#[derive(Clone, Debug)]
pub struct Args {
    /// The event, and the app that heard it; `None` when what was given is no context.
    pub context: Option<Context>,
    /// The page.
    pub page: Page<usize>,
}

/// A page of installations.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// First the one that the app is told through.
    pub authorizations: Vec<AuthorizationObject>,
    /// Where the next page starts, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor_next: Option<String>,
}

/// An installation, as events name it, too.
#[derive(Debug, Serialize)]
pub struct AuthorizationObject {
    enterprise_id: Option<EnterpriseId>,
    team_id: Option<TeamId>,
    user_id: UserId,
    is_bot: bool,
    is_enterprise_install: bool,
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
    /// The event came to another app than the token's.
    #[strum(props(state = "the `event_context` of another app's event"))]
    AuthMismatch,
    /// The cursor is none that this method gave.
    #[strum(props(state = "a cursor this method did not give"))]
    InvalidCursor,
    /// There is no such event.
    #[strum(props(state = "a text that no event came with"))]
    InvalidEventContext,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server;
