//! `apps.connections.open`: the address of a Socket Mode connection.
//! <https://docs.slack.dev/reference/methods/apps.connections.open>

use crate::{
    arguments::Arguments,
    contract::{BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::Scopes;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum ConnectionsOpen {}

impl Contract for ConnectionsOpen {
    const SPEC: Spec = Spec {
        name: "apps.connections.open",
        about: "Gives an app the address of a WebSocket over which it gets its events. The address is good for one connection, and for a short while.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: Scopes::all(&["connections:write"]),
        args: &[],
        success: r#"{"ok": true, "url": "ws://127.0.0.1:3999/link/?ticket=0f1e2d3c&app_id=A0GREET"}"#,
        failure: r#"{"ok": false, "error": "not_allowed_token_type"}"#,
        warnings: &[],
    };
    type Args = ();
    type Reply = Reply;
    type Error = Error;

    fn args(_given: &Arguments) -> Result<(), BadArguments<Error>> {
        Ok(())
    }
}

/// Where to connect to.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// The address, with a ticket in it.
    pub url: String,
}

/// Why there is none.
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
    /// The workspace may not use this method.
    #[strum(props(never = "no workspace here is kept from Socket Mode"))]
    ForbiddenTeam,
    /// The method was called with another verb than POST.
    #[strum(props(never = "both verbs are answered, as they are for every method"))]
    InsecureRequest,
    /// No app-level token was shown.
    #[strum(props(
        never = "a call without a token is answered `not_authed`, one with a token of another kind `not_allowed_token_type`"
    ))]
    MissingArgs,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{ConnectionsOpen, Error, Reply};
    use crate::handle::{AppCall, ForApp, Good, Refused};

    impl ForApp for ConnectionsOpen {
        fn answer(call: &AppCall<'_>, _args: ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {
                url: (call.socket)(),
            }
            .into())
        }
    }
}
