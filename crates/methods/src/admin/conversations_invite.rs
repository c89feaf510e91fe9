//! `admin.conversations.invite`: an admin invites people to a channel of the organisation.
//! <https://docs.slack.dev/reference/methods/admin.conversations.invite>
//!
//! `failed_for_some_users` is documented among the errors, so the answer is `ok:false` as soon as one
//! person fails; samples of answers have `failed_user_ids` beside it, an object of codes by person. The
//! others are in all the same. Which codes those are is documented nowhere: here they are the
//! ones of `conversations.invite`, somebody in the channel already among them.

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, ChannelId, Scopes, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The most people of one call. No two sources differ about it, so no setting changes it.
const MOST: usize = 1000;

/// The method.
pub enum ConversationsInvite {}

impl Contract for ConversationsInvite {
    const SPEC: Spec = Spec {
        name: "admin.conversations.invite",
        about: "Invites people, up to 1,000 in one call, to a public or private channel of the caller's organisation, whether the caller is in it or not. Whoever can comes in, also when others cannot.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.conversations:write"]),
        },
        args: &[
            Arg::required(
                "user_ids",
                "users",
                "U1234567890,U2345678901",
                "The people: ids with commas between, 1 to 1,000. The caller may be among them.",
            ),
            Arg::required(
                "channel_id",
                "channel",
                "C1234567890",
                "The channel, one that the caller's organisation has or takes part in.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "failed_for_some_users", "failed_user_ids": {"U111111": "user_not_found", "U222222": "already_in_channel"}}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let Some(users) = given.list("user_ids") else {
            return Err(BadArguments::Missing(vec!["user_ids"]));
        };
        let channel = given.required_id("channel_id")?;
        if !(1..=MOST).contains(&users.len()) {
            let why = format!("must name 1 to {MOST} people");
            return Err(BadArguments::Invalid("user_ids", why));
        }
        let users = users
            .into_iter()
            .map(|text| text.parse().map_err(|_| text))
            .collect();
        Ok(Args { channel, users })
    }
}

/// Whom to invite where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// The people, each once; what is no user's id as the text it came as.
    pub users: Vec<Result<UserId, String>>,
}

/// Nothing but `ok`: everybody is in.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why nobody, or not everybody, was invited.
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
    /// There is no such channel in the caller's organisation.
    #[strum(props(state = "an unknown id, or a channel the organisation takes no part in"))]
    ChannelNotFound,
    /// Nobody is invited to this kind of conversation.
    #[strum(props(state = "a DM, a group DM, or a channel with `general: true`"))]
    ChannelTypeNotSupported,
    /// Everybody of the organisation is in this channel anyway.
    #[strum(props(
        state = "a channel with `org_wide: true`, and `mandatory: true` or `general: true`"
    ))]
    DefaultOrgWideChannel,
    /// Those in `failed_user_ids` were not invited, each for the reason beside them; the others were.
    #[strum(props(
        state = "somebody among `user_ids` whom `conversations.invite` would leave out, with its code; a channel that is archived or being moved, of which everybody has the code"
    ))]
    FailedForSomeUsers,
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// The caller may not invite to this channel.
    #[strum(props(state = "a caller whose side of a connected channel may only post"))]
    RestrictedAction,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    UserMustBeAdmin,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is closed to the caller.
    #[strum(props(state = "a channel whose `access_list` does not name the caller"))]
    AccessDenied,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, ConversationsInvite, Error, Reply};
    use crate::{
        conversations::invite,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{
        Facts, Key, Moment, Plan, Stop, Watch,
        invite::by_admin::{self, Failed, Refusal, Why},
    };
    use serde_json::{Map, Value};

    impl Write for ConversationsInvite {
        type Outcome = Failed;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            by_admin::needs(&question(ask))
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            watch: &mut dyn Watch,
        ) -> Result<Plan<Failed>, Stop<Error>> {
            by_admin::decide(facts, &question(ask), moment, watch)
                .map_err(|stop| stop.map(Error::from))
        }

        fn has_refusals(failed: &Failed) -> bool {
            !failed.is_empty()
        }

        fn reply(_ask: &Ask<Args>, failed: Failed) -> Result<Good<Reply>, Refused<Error>> {
            if failed.is_empty() {
                return Ok(Reply {}.into());
            }
            let codes: Map<String, Value> = failed
                .into_iter()
                .map(|(person, why)| (person, code(why).into()))
                .collect();
            Err(Refused::from(Error::FailedForSomeUsers).with("failed_user_ids", codes))
        }
    }

    fn question(ask: &Ask<Args>) -> by_admin::Ask<'_> {
        by_admin::Ask {
            caller: &ask.caller,
            channel: ask.args.channel,
            people: &ask.args.users,
        }
    }

    /// What `conversations.invite` calls it.
    fn code(why: Why) -> &'static str {
        match why {
            Why::Channel(refusal) => invite::Error::from(refusal),
            Why::Person(refusal) => invite::Error::from(refusal),
        }
        .into()
    }

    impl From<Refusal> for Error {
        fn from(refusal: Refusal) -> Self {
            match refusal {
                Refusal::NotAnEnterprise => Self::FeatureNotEnabled,
                Refusal::NotAnAdmin => Self::UserMustBeAdmin,
                Refusal::ChannelNotFound => Self::ChannelNotFound,
                Refusal::Dm | Refusal::General => Self::ChannelTypeNotSupported,
                Refusal::OrgWideDefault => Self::DefaultOrgWideChannel,
                Refusal::EkmSuspended => Self::EkmAccessDenied,
                Refusal::AccessDenied => Self::AccessDenied,
                Refusal::PostOnly => Self::RestrictedAction,
            }
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests;
