//! `users.lookupByEmail`: who has this address?
//! <https://docs.slack.dev/reference/methods/users.lookupByEmail>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::{UserObject, user::EMAIL_SCOPE},
};
use guestlist_domain::Scopes;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum LookupByEmail {}

impl Contract for LookupByEmail {
    const SPEC: Spec = Spec {
        name: "users.lookupByEmail",
        about: "Finds the person of the workspace who has an address.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: Scopes::all(&[EMAIL_SCOPE]),
        args: &[Arg::required(
            "email",
            "string",
            "spengler@ghostbusters.example.com",
            "The address; capitals make no difference.",
        )],
        success: r#"{"ok": true, "user": {"id": "W012A3CDE", "team_id": "T012AB3C4", "name": "spengler", "deleted": false, "real_name": "Egon Spengler", "profile": {"real_name": "Egon Spengler", "email": "spengler@ghostbusters.example.com", "team": "T012AB3C4"}, "is_bot": false, "updated": 1502138686}}"#,
        failure: r#"{"ok": false, "error": "users_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            email: given.required("email")?.trim().to_lowercase(),
        })
    }
}

/// Whose address.
#[derive(Clone, Debug)]
pub struct Args {
    /// The address, lower case.
    pub email: String,
}

/// The person.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller sees them.
    pub user: UserObject,
}

/// Why nobody is told.
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
    /// Nobody in the workspace has the address.
    #[strum(props(
        state = "an address nobody in the workspace has, or only a person with `status: removed`"
    ))]
    UsersNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, LookupByEmail, Reply};
    use crate::{
        handle::{Ask, Good, Read},
        objects::UserObject,
    };
    use guestlist_store::{Failure, Reader};

    impl Read for LookupByEmail {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            let users = reader.users_by_email(caller.team(), &args.email)?;
            // An address is free again once its person is removed; whoever has it now is meant.
            match users.iter().find(|user| !user.removed) {
                Some(user) => Ok(Reply {
                    user: UserObject::new(user, caller, reader.now()),
                }
                .into()),
                None => Err(Failure::Refused(Error::UsersNotFound)),
            }
        }
    }
}
