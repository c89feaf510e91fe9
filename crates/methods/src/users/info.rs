//! `users.info`: one user.
//! <https://docs.slack.dev/reference/methods/users.info>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::UserObject,
};
use guestlist_domain::{Scopes, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Info {}

impl Contract for Info {
    const SPEC: Spec = Spec {
        name: "users.info",
        about: "Tells about one user: of the workspace, of its organisation, or somebody external who shares a conversation with the caller.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Four,
        scopes: Scopes::all(&["users:read"]),
        args: &[
            Arg::required("user", "user", "W1234567890", "The user."),
            Arg::optional(
                "include_locale",
                "boolean",
                "true",
                "Tell their locale. Default `false`.",
            ),
        ],
        success: r#"{"ok": true, "user": {"id": "W012A3CDE", "team_id": "T012AB3C4", "name": "spengler", "deleted": false, "real_name": "Egon Spengler", "profile": {"real_name": "Egon Spengler", "display_name": "spengler", "email": "spengler@ghostbusters.example.com", "team": "T012AB3C4"}, "is_admin": true, "is_bot": false, "updated": 1502138686, "is_app_user": false}}"#,
        failure: r#"{"ok": false, "error": "user_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            user: given.required_id("user")?,
            include_locale: given.flag("include_locale")?,
        })
    }
}

/// Which user, and what to tell.
#[derive(Clone, Debug)]
pub struct Args {
    /// The user; `None` when what was given is no user's id.
    pub user: Option<UserId>,
    /// With `locale`.
    pub include_locale: bool,
}

/// The user.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller sees them; the address only with `users:read.email`.
    pub user: UserObject,
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
    /// More users than one call may ask for.
    #[strum(props(never = "a call asks for one `user`; there is no argument for several"))]
    TooManyUsers,
    /// There is no such user for the caller.
    #[strum(props(state = "an unknown id, or somebody of an organisation that is not connected"))]
    UserNotFound,
    /// The user exists, and the caller has no conversation with them.
    #[strum(props(
        state = "somebody of a connected organisation who is in no conversation with the caller"
    ))]
    UserNotVisible,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Info, Reply};
    use crate::{
        handle::{Ask, Good, Read},
        objects::UserObject,
        users::look::{self, Found},
    };
    use guestlist_store::{Failure, Reader};

    impl Read for Info {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            let now = reader.now();
            let user = match look::user(reader, caller, args.user)? {
                Found::Inside(user) if args.include_locale => {
                    UserObject::new(&user, caller, now).locale()
                }
                Found::Inside(user) => UserObject::new(&user, caller, now),
                Found::Outside(user) => UserObject::new(&user, caller, now).external(false),
                Found::Stranger(user) => UserObject::new(&user, caller, now).external(true),
                Found::OutOfSight => return Err(Failure::Refused(Error::UserNotVisible)),
                Found::Nobody => return Err(Failure::Refused(Error::UserNotFound)),
            };
            Ok(Reply { user }.into())
        }
    }
}
