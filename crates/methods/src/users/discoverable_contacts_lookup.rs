//! `users.discoverableContacts.lookup`: tells whether somebody can be invited by an address.
//! <https://docs.slack.dev/reference/methods/users.discoverableContacts.lookup>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::Scopes;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum DiscoverableContactsLookup {}

/// The most characters of an address that is looked up.
const MOST: usize = 100;

impl Contract for DiscoverableContactsLookup {
    const SPEC: Spec = Spec {
        name: "users.discoverableContacts.lookup",
        about: "Tells whether somebody of another organisation, in a workspace with Slack Connect, has an address.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes::all(&["conversations.connect:manage", "team:read"]),
        args: &[Arg::required(
            "email",
            "email",
            "scott.slacksalot@example.com",
            "The address, at most 100 characters.",
        )],
        success: r#"{"ok": true, "is_discoverable": true}"#,
        failure: r#"{"ok": false, "error": "not_an_enterprise"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let email = given.required("email")?.trim().to_lowercase();
        if email.chars().count() > MOST {
            let why = format!("must be at most {MOST} characters");
            return Err(BadArguments::Invalid("email", why));
        }
        Ok(Args { email })
    }
}

/// Which address.
#[derive(Clone, Debug)]
pub struct Args {
    /// In lower case.
    pub email: String,
}

/// Whether there is somebody.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Whether somebody there can be invited.
    pub is_discoverable: bool,
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
    /// Guests are told nothing of other organisations.
    #[strum(props(state = "a guest's token"))]
    NotAllowed,
    /// The caller may not ask.
    #[strum(props(state = "`connect: {manage: …}` that excludes the caller"))]
    RestrictedAction,
    /// The caller's workspace belongs to no organisation.
    #[strum(props(state = "a workspace without `enterprise`"))]
    NotAnEnterprise,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, DiscoverableContactsLookup, Error, Reply};
    use crate::handle::{Ask, Good, Read};
    use guestlist_domain::{connect::Actor, see, workspace::Status};
    use guestlist_store::{Failure, Reader};

    impl Read for DiscoverableContactsLookup {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let caller = &ask.caller;
            if caller.enterprise.is_none() {
                return Err(Failure::Refused(Error::NotAnEnterprise));
            }
            if caller.user.guest.is_some() {
                return Err(Failure::Refused(Error::NotAllowed));
            }
            if !Actor::from(caller.as_ref()).may_manage() {
                return Err(Failure::Refused(Error::RestrictedAction));
            }
            let mut is_discoverable = false;
            for user in reader.people_at(&caller.workspace.realm, &ask.args.email)? {
                is_discoverable |= reader.look(|facts| {
                    let Some(user) = facts.user(user)? else {
                        return Ok(false);
                    };
                    if see::same_org(facts, &caller.workspace, user.team)? {
                        return Ok(false);
                    }
                    Ok(facts
                        .workspace(user.team)?
                        .is_some_and(|home| home.connect.enabled && home.status == Status::Active))
                })?;
            }
            Ok(Reply { is_discoverable }.into())
        }
    }
}
