//! `conversations.list`: a workspace's conversations, as far as the caller may see them.
//! <https://docs.slack.dev/reference/methods/conversations.list>

use super::{
    listing::{Invalid, Listing},
    scopes,
};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum List {}

impl Contract for List {
    const SPEC: Spec = Spec {
        name: "conversations.list",
        about: "Lists the workspace's conversations that the caller may see, page by page.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Two,
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
                "public_channel,private_channel",
                "Any of `public_channel`, `private_channel`, `mpim`, `im`, with commas between. Default `public_channel`.",
            ),
        ],
        success: r#"{"ok": true, "channels": [{"id": "C012AB3CD", "name": "general", "is_channel": true, "is_general": true, "is_member": true, "is_private": false, "num_members": 4}], "response_metadata": {"next_cursor": "dGVhbTpDMDYxRkE1UEI="}}"#,
        failure: r#"{"ok": false, "error": "invalid_types"}"#,
        warnings: &[],
    };
    type Args = Listing;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Listing, BadArguments<Error>> {
        let invalid = Invalid {
            cursor: Error::InvalidCursor,
            limit: Error::InvalidLimit,
            types: Error::InvalidTypes,
        };
        Listing::read(given, invalid)
    }
}

/// A page of conversations.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller sees them, in the order of their ids.
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
    use super::{Error, List, Listing, Reply};
    use crate::{
        contract::Contract,
        conversations::listing,
        handle::{Ask, Good, Read},
        objects::Conversation,
        paging::cursor,
    };
    use guestlist_store::{Failure, Reader};

    impl Read for List {
        /// Counting members reads a row for each of them.
        fn is_long(_args: &Listing) -> bool {
            true
        }

        fn answer(ask: &Ask<Listing>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            args.admit(caller, &List::SPEC.scopes, Error::MissingArgument)?;
            let (rows, next) = args.fill(caller, reader, |reader, from, limit| {
                args.candidates(caller, reader, from, limit)
            })?;
            let mut channels = Vec::with_capacity(rows.len());
            for seen in rows {
                let mut channel = Conversation::row(&seen, caller.id());
                if !seen.channel.kind.is_dm() {
                    channel = channel.num_members(reader.member_count(&seen.channel)?);
                }
                channel.complete(reader)?;
                channels.push(channel);
            }
            Ok(Good::from(Reply { channels }).page(next.map(|id| cursor(listing::CURSOR, id))))
        }
    }
}
