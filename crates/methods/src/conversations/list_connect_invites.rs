//! `conversations.listConnectInvites`: lists invitations that not every side has approved.
//! <https://docs.slack.dev/reference/methods/conversations.listConnectInvites>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::connect::InviteEntry,
    paging::{self, Page},
};
use guestlist_domain::{InvitationId, Scopes, TeamId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum ListConnectInvites {}

/// The kind in this method's cursors.
const CURSOR: &str = "invite";
const DEFAULT: usize = 100;
const MOST: i64 = 500;

impl Contract for ListConnectInvites {
    const SPEC: Spec = Spec {
        name: "conversations.listConnectInvites",
        about: "Lists the invitations that the caller's workspace has sent or received and that not every side has approved, page by page.",
        verb: Verb::Post,
        json: true,
        tier: Tier::One,
        scopes: Scopes::all(&["conversations.connect:manage"]),
        args: &[
            Arg::optional(
                "count",
                "integer",
                "100",
                "The most invitations on the page, 1 to 500. Default 100.",
            ),
            Arg::optional(
                "cursor",
                "cursor",
                "aW52aXRlOkkwMlVLQUo2UkpB",
                "Where to go on: the `next_cursor` of the page before.",
            ),
            Arg::optional(
                "team_id",
                "team",
                "T1234567890",
                "The workspace, for organisation-wide tokens, which must name one. Ignored for others.",
            ),
        ],
        success: r#"{"ok": true, "invites": [{"direction": "outgoing", "status": "sent", "date_last_updated": 1622591318, "invite_type": "channel", "invite": {"id": "I02UKAJ6RJA", "date_created": 1622591287, "date_invalid": 1623800887}, "channel": {"id": "C1234567890", "is_private": false, "is_im": false, "name": "ops"}}], "response_metadata": {"next_cursor": ""}}"#,
        failure: r#"{"ok": false, "error": "restricted_action"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let limit = match given.integer("count")? {
            None => DEFAULT,
            Some(count @ 1..=MOST) => usize::try_from(count).unwrap_or(DEFAULT),
            Some(_) => {
                let why = format!("must be a number from 1 to {MOST}");
                return Err(BadArguments::Invalid("count", why));
            }
        };
        let from = match given.text("cursor").as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => match paging::parse(text, CURSOR) {
                Some(id) => Some(id),
                None => {
                    let why = "must be one that this method gave".to_owned();
                    return Err(BadArguments::Invalid("cursor", why));
                }
            },
        };
        Ok(Args {
            page: Page { from, limit },
            team: given.id("team_id").flatten(),
        })
    }
}

/// Which page, of which workspace.
#[derive(Clone, Debug)]
pub struct Args {
    /// The page.
    pub page: Page<InvitationId>,
    /// The workspace an organisation-wide token is used for.
    pub team: Option<TeamId>,
}

/// A page of invitations.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub invites: Vec<InviteEntry>,
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
    /// The caller may not see invitations.
    #[strum(props(state = "a guest's token; `connect: {manage: …}` that excludes the caller"))]
    RestrictedAction,
    /// An argument that this token needs is missing; `arg` names it.
    #[strum(props(state = "an organisation-wide token and no `team_id`", arg = "team_id"))]
    MissingArgument,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, CURSOR, Error, ListConnectInvites, Reply};
    use crate::{
        handle::{Ask, Good, Read},
        objects::connect::InviteEntry,
        paging::cursor,
    };
    use guestlist_domain::{Invitation, TeamId, TokenKind, connect::Actor};
    use guestlist_store::{Failure, Reader, StoreError};

    impl Read for ListConnectInvites {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask {
                caller,
                args,
                around,
                ..
            } = ask;
            if caller.token.kind == TokenKind::Org && args.team.is_none() {
                return Err(Failure::Refused(Error::MissingArgument));
            }
            if !Actor::from(caller.as_ref()).may_manage() {
                return Err(Failure::Refused(Error::RestrictedAction));
            }
            let team = caller.team();
            let now = reader.now();
            let fetch = |reader: &mut Reader, from, limit| {
                let rows = reader.invitations(team, from, limit)?;
                Ok(rows.into_iter().map(|row| (row.1.id, row)).collect())
            };
            let keep = |reader: &mut Reader, (host, one): (TeamId, Invitation)| {
                reader.look(|facts| match facts.channel(one.channel)? {
                    Some(channel) => {
                        InviteEntry::new(facts, &one, channel, host == team, now, &around.site)
                    }
                    None => Ok(None),
                })
            };
            let (invites, next) = args.page.fill::<_, _, _, StoreError>(reader, fetch, keep)?;
            Ok(Good::from(Reply { invites }).page(next.map(|id| cursor(CURSOR, id))))
        }
    }
}
