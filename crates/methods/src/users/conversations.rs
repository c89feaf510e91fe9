//! `users.conversations`: the conversations somebody is in.
//! <https://docs.slack.dev/reference/methods/users.conversations>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    conversations::{
        listing::{Invalid, Listing},
        scopes,
    },
    objects::Conversation,
};
use guestlist_domain::UserId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Conversations {}

impl Contract for Conversations {
    const SPEC: Spec = Spec {
        name: "users.conversations",
        about: "Lists the conversations somebody is in, as far as the caller may see them, page by page.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: scopes::READ,
        args: &[
            Arg::optional(
                "cursor",
                "cursor",
                "dGVhbTpDMDYxRkE1UEI=",
                "Where to go on: the `next_cursor` of the page before. Default is the first page.",
            ),
            Arg::optional(
                "exclude_archived",
                "boolean",
                "true",
                "Leave archived channels out. Default `false`.",
            ),
            Arg::optional(
                "exclude_muted",
                "boolean",
                "true",
                "Leave muted channels out; nothing is muted here. Default `false`.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "20",
                "The most conversations on the page, up to 1,000. Default 100.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace, for organisation-wide tokens, which must name one. Ignored for others.",
            ),
            Arg::optional(
                "types",
                "string",
                "im,mpim",
                "Any of `public_channel`, `private_channel`, `mpim`, `im`, with commas between. Default `public_channel`.",
            ),
            Arg::optional(
                "user",
                "user",
                "W0B2345D",
                "Whose conversations. Private ones only where the caller is a member too. Default is the caller.",
            ),
        ],
        success: r#"{"ok": true, "channels": [{"id": "C012AB3CD", "name": "general", "is_channel": true, "is_general": true, "is_private": false}], "response_metadata": {"next_cursor": "dGVhbTpDMDYxRkE1UEI="}}"#,
        failure: r#"{"ok": false, "error": "invalid_types"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        given.flag("exclude_muted")?;
        let invalid = Invalid {
            cursor: Error::InvalidCursor,
            limit: Error::InvalidLimit,
            types: Error::InvalidTypes,
        };
        Ok(Args {
            listing: Listing::read(given, invalid)?,
            user: given.id("user"),
        })
    }
}

/// Whose conversations, and which.
#[derive(Clone, Debug)]
pub struct Args {
    /// Which conversations.
    pub listing: Listing,
    /// Whose, the caller's when absent; `Some(None)` when what was given is no user's id.
    pub user: Option<Option<UserId>>,
}

/// A page of conversations.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids, without `is_member` and `num_members`.
    pub channels: Vec<Conversation>,
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
    /// The cursor is none that this method gave.
    #[strum(props(state = "a `cursor` that does not lead to a conversation's id"))]
    InvalidCursor,
    /// The limit is not a whole number.
    #[strum(props(
        state = "a `limit` with anything but digits; numbers out of range are brought into it"
    ))]
    InvalidLimit,
    /// A type is none that conversations have.
    #[strum(props(state = "another word than the four among `types`"))]
    InvalidTypes,
    /// A conversation of this kind cannot be listed.
    #[strum(props(never = "all four kinds are listed, and other words answer `invalid_types`"))]
    MethodNotSupportedForChannelType,
    /// An argument that this token needs is missing; `arg` names it.
    #[strum(props(state = "an organisation-wide token and no `team_id`", arg = "team_id"))]
    MissingArgument,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Conversations, Error, Reply};
    use crate::{
        contract::Contract,
        conversations::listing,
        handle::{Ask, Good, Read},
        objects::Conversation,
        paging::cursor,
    };
    use guestlist_store::{Failure, Reader};

    impl Read for Conversations {
        /// Somebody else's conversations are read past where the caller may not see them.
        fn is_long(args: &Args) -> bool {
            args.user.is_some()
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask {
                caller,
                args: Args { listing, user },
                ..
            } = ask;
            listing.admit(caller, &Conversations::SPEC.scopes, Error::MissingArgument)?;
            // The method has no code for nobody: they are in no conversation.
            let Some(user) = user.unwrap_or(Some(caller.id())) else {
                return Ok(Good::from(Reply {
                    channels: Vec::new(),
                })
                .page(None));
            };
            let kinds = listing.kinds();
            let (rows, next) = listing.fill(caller, reader, |reader, from, limit| {
                reader.channels_of(user, &kinds, from, limit)
            })?;
            let mut channels = Vec::with_capacity(rows.len());
            for seen in rows {
                let mut channel = Conversation::row(&seen, caller.id()).without_is_member();
                channel.complete(reader)?;
                channels.push(channel);
            }
            Ok(Good::from(Reply { channels }).page(next.map(|id| cursor(listing::CURSOR, id))))
        }
    }
}
