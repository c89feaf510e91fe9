//! `conversations.members`: who is in a conversation.
//! <https://docs.slack.dev/reference/methods/conversations.members>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    paging::Page,
};
use guestlist_domain::{ChannelId, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Members {}

impl Contract for Members {
    const SPEC: Spec = Spec {
        name: "conversations.members",
        about: "Lists who is in a conversation, people of connected organisations too, page by page.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Four,
        scopes: scopes::READ,
        args: &[
            Arg::required("channel", "channel", "C1234567890", "The conversation."),
            Arg::optional(
                "cursor",
                "cursor",
                "dXNlcl9pZDpXMTIzNDU2Nw==",
                "Where to go on: the `next_cursor` of the page before. Default is the first page.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "20",
                "The most members on the page, up to 1,000. Default 100.",
            ),
        ],
        success: r#"{"ok": true, "members": ["U023BECGF", "U061F7AUR", "W012A3CDE"], "response_metadata": {"next_cursor": "dXNlcl9pZDpXMTIzNDU2Nw=="}}"#,
        failure: r#"{"ok": false, "error": "channel_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            channel: given.required_id("channel")?,
            page: Page::read_strictly(
                given,
                CURSOR,
                DEFAULT_LIMIT,
                Error::InvalidCursor,
                Error::InvalidLimit,
            )?,
        })
    }
}

/// Another word than `users.list` has, so that neither takes the other's cursors.
const CURSOR: &str = "user_id";
const DEFAULT_LIMIT: usize = 100;

/// Which conversation, and which page.
#[derive(Clone, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// The page.
    pub page: Page<UserId>,
}

/// A page of members.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// Their ids, in order.
    pub members: Vec<UserId>,
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
    /// There is no such conversation for the caller.
    #[strum(props(state = "an unknown id, or a private conversation the caller is not in"))]
    ChannelNotFound,
    /// The members could not be read.
    #[strum(props(never = "a store that cannot be read answers `internal_error`"))]
    FetchMembersFailed,
    /// The cursor is none that this method gave.
    #[strum(props(state = "a `cursor` that does not lead to a member's id"))]
    InvalidCursor,
    /// The limit is not a whole number.
    #[strum(props(
        state = "a `limit` with anything but digits; numbers out of range are brought into it"
    ))]
    InvalidLimit,
    /// This kind of conversation has no members to tell.
    #[strum(props(never = "every kind of conversation has members here"))]
    MethodNotSupportedForChannelType,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, CURSOR, Error, Members, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Read},
        paging::cursor,
    };
    use guestlist_domain::{UserId, see};
    use guestlist_store::{Failure, Reader};

    impl Read for Members {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            let Some(seen) = reader.look(|facts| see::channel(facts, caller, args.channel))? else {
                return Err(Failure::Refused(Error::ChannelNotFound));
            };
            caller
                .scope_for(&Members::SPEC.scopes, seen.kind())
                .map_err(Failure::Scope)?;
            let with_id = |user: UserId| (user, user);
            let (members, next) = args.page.fill(
                reader,
                |reader, from, limit| {
                    Ok::<_, Failure<Error>>(
                        reader
                            .members(&seen.channel, from, limit)?
                            .into_iter()
                            .map(with_id)
                            .collect(),
                    )
                },
                |_, user| Ok(Some(user)),
            )?;
            Ok(Good::from(Reply { members }).page(next.map(|user| cursor(CURSOR, user))))
        }
    }
}
