//! `usergroups.users.list`: who is in a user group.
//! <https://docs.slack.dev/reference/methods/usergroups.users.list>

use super::{READ, Which};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::UserId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum UsersList {}

impl Contract for UsersList {
    const SPEC: Spec = Spec {
        name: "usergroups.users.list",
        about: "Tells who is in a user group.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Two,
        scopes: READ,
        args: &[
            Arg::required("usergroup", "usergroup", "S0604QSJC", "The group."),
            Arg::optional(
                "include_disabled",
                "boolean",
                "true",
                "Also of a disabled group. Default `false`.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace, for an organisation-wide token. Default is the one it was made in; ignored with any other token.",
            ),
        ],
        success: r#"{"ok": true, "users": ["U060R4BJ4", "W123A4BC5"]}"#,
        failure: r#"{"ok": false, "error": "no_such_subteam"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            usergroup: given.required_id("usergroup")?,
            include_disabled: given.flag("include_disabled")?,
        })
    }
}

/// Of which group.
#[derive(Clone, Debug)]
pub struct Args {
    /// The group.
    pub usergroup: Which,
    /// Also of a disabled one.
    pub include_disabled: bool,
}

/// The people.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As they were named.
    pub users: Vec<UserId>,
}

/// Why they are not told.

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
    /// The cursor is none that this method gave.
    #[strum(props(never = "all comes at once, and no cursor is asked for"))]
    InvalidCursor,
    /// The workspace has no such group in use.
    #[strum(props(
        state = "a `usergroup` that is none of the workspace's, or a disabled one without `include_disabled`"
    ))]
    NoSuchSubteam,
    /// The workspace pays for no user groups.
    #[strum(props(state = "a workspace with `plan: free`"))]
    PlanUpgradeRequired,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, UsersList};
    use crate::{
        handle::{Ask, Good, Read},
        usergroups::is_paid,
    };
    use guestlist_store::{Failure, Reader};

    impl Read for UsersList {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            if !is_paid(caller) {
                return Err(Failure::Refused(Error::PlanUpgradeRequired));
            }
            let found = match args.usergroup {
                Some(id) => reader.usergroup(caller.team(), id)?,
                None => None,
            };
            let asked = found.filter(|one| args.include_disabled || one.disabled.is_none());
            let group = asked.ok_or(Failure::Refused(Error::NoSuchSubteam))?;
            Ok(Reply {
                users: group.users.clone(),
            }
            .into())
        }
    }
}
