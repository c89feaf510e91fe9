//! `users.profile.get`: a user's profile.
//! <https://docs.slack.dev/reference/methods/users.profile.get>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::user::Profile,
};
use guestlist_domain::{Scopes, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum ProfileGet {}

impl Contract for ProfileGet {
    const SPEC: Spec = Spec {
        name: "users.profile.get",
        about: "Tells a user's profile, the caller's own by default.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Four,
        scopes: Scopes::all(&["users.profile:read"]),
        args: &[
            Arg::optional(
                "include_labels",
                "boolean",
                "true",
                "Tell the labels of custom fields; there are none here. Default `false`.",
            ),
            Arg::optional(
                "user",
                "user",
                "W1234567890",
                "The user. Default is the caller.",
            ),
        ],
        success: r#"{"ok": true, "profile": {"title": "Head of Coffee Production", "phone": "", "skype": "", "real_name": "John Smith", "real_name_normalized": "John Smith", "display_name": "john", "display_name_normalized": "john", "fields": null, "status_text": "", "status_emoji": "", "status_expiration": 0, "avatar_hash": "123xyz", "email": "johnsmith@example.com", "first_name": "John", "last_name": "Smith"}}"#,
        failure: r#"{"ok": false, "error": "user_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        given.flag("include_labels")?;
        Ok(Args {
            user: given.id("user"),
        })
    }
}

/// Whose profile.
#[derive(Clone, Debug)]
pub struct Args {
    /// The user, the caller when absent; `Some(None)` when what was given is no user's id.
    pub user: Option<Option<UserId>>,
}

/// The profile.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller sees it; the address only with `users:read.email`.
    pub profile: Profile,
}

/// Why it is not told.
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
    /// There is no such user for the caller.
    #[strum(props(
        state = "an unknown id, or somebody of another organisation who is in no conversation with the caller"
    ))]
    UserNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, ProfileGet, Reply};
    use crate::{
        handle::{Ask, Good, Read},
        objects::user::Profile,
        users::look::{self, Found},
    };
    use guestlist_store::{Failure, Reader};

    impl Read for ProfileGet {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            match look::user(reader, caller, args.user.unwrap_or(Some(caller.id())))? {
                Found::Inside(user) | Found::Outside(user) | Found::Stranger(user) => Ok(Reply {
                    profile: Profile::new(&user, caller),
                }
                .into()),
                Found::OutOfSight | Found::Nobody => Err(Failure::Refused(Error::UserNotFound)),
            }
        }
    }
}
