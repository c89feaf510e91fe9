//! `channels.list`: a workspace's public channels.
//! <https://docs.slack.dev/reference/methods/channels.list>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    conversations::listing::{CURSOR, Listing},
    objects::LegacyChannel,
    paging::Page,
};
use guestlist_domain::ChannelKind;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum List {}

impl Contract for List {
    const SPEC: Spec = Spec {
        name: "channels.list",
        about: "Lists the workspace's public channels, with up to 1,000 members of each, page by page or all at once. Retired: `conversations.list` took over.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: super::READ,
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
                "exclude_members",
                "boolean",
                "true",
                "Do not name members; they are counted all the same. Default `false`.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "20",
                "The most channels on the page, up to 1,000. Default 0: all of them, which workspaces of over 2,000 refuse.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace, for organisation-wide tokens, which must name one. Ignored for others.",
            ),
        ],
        success: r#"{"ok": true, "channels": [{"id": "C1H9RESGL", "name": "busting", "is_channel": true, "created": 1466025154, "creator": "U0G9QF9C6", "is_archived": false, "is_general": false, "name_normalized": "busting", "is_shared": false, "is_org_shared": false, "is_member": true, "is_private": false, "is_mpim": false, "members": ["U0G9QF9C6", "U1QNSQB9U"], "num_members": 2}], "response_metadata": {"next_cursor": "dGVhbTpDMUg5UkVTR0w="}}"#,
        failure: r#"{"ok": false, "error": "invalid_cursor"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let page = Page::read(given, CURSOR, UNLIMITED, Error::InvalidCursor)?;
        Ok(Args {
            all: page.limit == UNLIMITED,
            exclude_members: given.flag("exclude_members")?,
            listing: Listing {
                types: vec![ChannelKind::Public],
                exclude_archived: given.flag("exclude_archived")?,
                team: given.id("team_id").flatten(),
                page,
            },
        })
    }
}

/// The most channels that are answered at once.
pub const UNLIMITED: usize = 2_000;

/// Which channels, and what to tell.
#[derive(Clone, Debug)]
pub struct Args {
    /// No limit was given: all of them.
    pub all: bool,
    /// Without `members`.
    pub exclude_members: bool,
    /// The page.
    pub listing: Listing,
}

/// A page of channels.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller sees them, in the order of their ids.
    pub channels: Vec<LegacyChannel>,
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
    #[strum(props(state = "a `cursor` that does not lead to a channel's id"))]
    InvalidCursor,
    /// The workspace is too large to be listed at once.
    #[strum(props(state = "more than 2,000 channels and no `limit`"))]
    LimitRequired,
    /// An argument that this token needs is missing; `arg` names it.
    #[strum(props(state = "an organisation-wide token and no `team_id`", arg = "team_id"))]
    MissingArgument,
    /// There is no such workspace.
    #[strum(props(
        never = "an organisation-wide token that names a workspace it was not granted is answered `team_access_not_granted` before"
    ))]
    TeamNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, CURSOR, Error, List, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Read},
        objects::LegacyChannel,
        paging::cursor,
    };
    use guestlist_store::{Failure, Reader};

    /// So many of a channel's members are named here; all of them by `channels.info`.
    const MOST_MEMBERS: usize = 1000;

    impl Read for List {
        fn is_long(_args: &Args) -> bool {
            true
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            let listing = &args.listing;
            listing.admit(caller, &List::SPEC.scopes, Error::MissingArgument)?;
            let (rows, next) = listing.fill(caller, reader, |reader, from, limit| {
                listing.candidates(caller, reader, from, limit)
            })?;
            if args.all && next.is_some() {
                return Err(Failure::Refused(Error::LimitRequired));
            }
            let mut channels = Vec::with_capacity(rows.len());
            for seen in rows {
                let mut channel = LegacyChannel::channel(seen);
                if !args.exclude_members {
                    channel.name_members(reader, MOST_MEMBERS)?;
                }
                channel.count_members(reader)?;
                channels.push(channel);
            }
            Ok(Good::from(Reply { channels }).page(next.map(|id| cursor(CURSOR, id))))
        }
    }
}
