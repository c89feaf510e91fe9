//! `conversations.requestSharedInvite.list`: lists requests to invite people from outside.
//! <https://docs.slack.dev/reference/methods/conversations.requestSharedInvite.list>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::connect::RequestEntry,
    paging::Page,
};
use guestlist_domain::{InvitationId, Scopes, UserId};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum RequestSharedInviteList {}

/// The kind in this method's cursors.
const CURSOR: &str = "invite_request";
const DEFAULT: usize = 200;
/// The most `invite_ids` of a call.
const MOST_IDS: usize = 1000;

impl Contract for RequestSharedInviteList {
    const SPEC: Spec = Spec {
        name: "conversations.requestSharedInvite.list",
        about: "Lists what people of the caller's workspace asked to be let send, page by page; only what nobody has answered, unless more is asked for.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes::all(&["conversations.connect:manage"]),
        args: &[
            Arg::optional(
                "cursor",
                "cursor",
                "aW52aXRlX3JlcXVlc3Q6STAx",
                "Where to go on: the `next_cursor` of the page before.",
            ),
            Arg::optional(
                "include_approved",
                "boolean",
                "true",
                "With those that were approved. Default `false`.",
            ),
            Arg::optional(
                "include_denied",
                "boolean",
                "true",
                "With those that were denied. Default `false`.",
            ),
            Arg::optional(
                "include_expired",
                "boolean",
                "true",
                "With those that lapsed. Default `false`.",
            ),
            Arg::optional(
                "invite_ids",
                "invitations",
                "I012345ABCD",
                "Only these, 1 to 1,000.",
            ),
            Arg::optional(
                "limit",
                "integer",
                "200",
                "The most requests on the page, 1 to 1,000. Default 200.",
            ),
            Arg::optional(
                "user_id",
                "user",
                "U1234567890",
                "Only what this user asked for.",
            ),
        ],
        success: r#"{"ok": true, "invite_requests": [{"id": "I012345ABCD", "date_created": 1722372331, "expires_at": 1723581931, "is_external_limited": true}]}"#,
        failure: r#"{"ok": false, "error": "invalid_cursor"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            user: given.id("user_id"),
            expired: given.flag("include_expired")?,
            approved: given.flag("include_approved")?,
            denied: given.flag("include_denied")?,
            ids: ids(given)?,
            page: Page::read(given, CURSOR, DEFAULT, Error::InvalidCursor)?,
        })
    }
}

/// The ids of `invite_ids`, if there are any.
fn ids(given: &Arguments) -> Result<Option<Vec<String>>, BadArguments<Error>> {
    let ids = given.list("invite_ids").filter(|ids| !ids.is_empty());
    if ids.as_ref().is_some_and(|ids| ids.len() > MOST_IDS) {
        let why = format!("must be at most {MOST_IDS} ids");
        return Err(BadArguments::Invalid("invite_ids", why));
    }
    Ok(ids)
}

/// Which requests, and which page of them.
#[derive(Clone, Debug)]
pub struct Args {
    /// Only this inviter's; the inner `None` when what was given is no user's id.
    pub user: Option<Option<UserId>>,
    /// With those that lapsed.
    pub expired: bool,
    /// With those that were approved.
    pub approved: bool,
    /// With those that were denied.
    pub denied: bool,
    /// Only these.
    pub ids: Option<Vec<String>>,
    /// The page.
    pub page: Page<InvitationId>,
}

/// A page of requests.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub invite_requests: Vec<RequestEntry>,
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
    /// The caller may not see requests.
    #[strum(props(state = "a guest's token; `connect: {manage: …}` that excludes the caller"))]
    RestrictedAction,
    /// The cursor is none that this method gave.
    #[strum(props(state = "a `cursor` that does not lead to an invitation's id"))]
    InvalidCursor,
    /// It is not there.
    #[strum(props(never = "it is"))]
    NotImplemented,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, CURSOR, Error, Reply, RequestSharedInviteList};
    use crate::{
        handle::{Ask, Good, Read},
        objects::connect::RequestEntry,
        paging::cursor,
    };
    use guestlist_domain::{Invitation, TeamId, Timestamp, connect::Actor, invitation::State};
    use guestlist_store::{Failure, Reader, StoreError};

    impl Args {
        fn asks_for(&self, one: &Invitation, now: Timestamp) -> bool {
            let unanswered = one.reviewer.is_none();
            let kind = match one.state_at(now) {
                State::Requested => true,
                State::RequestDenied => self.denied,
                State::Expired if unanswered => self.expired,
                _ => self.approved,
            };
            let id = one.id.to_string();
            let named = self.ids.as_ref().is_none_or(|ids| ids.contains(&id));
            let theirs = self.user.is_none_or(|user| user == Some(one.inviter));
            one.requested && kind && named && theirs
        }
    }

    impl Read for RequestSharedInviteList {
        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let Ask { caller, args, .. } = ask;
            if !Actor::from(caller.as_ref()).may_manage() {
                return Err(Failure::Refused(Error::RestrictedAction));
            }
            let (team, now) = (caller.team(), reader.now());
            let fetch = |reader: &mut Reader, from, limit| {
                let rows = reader.invitations(team, from, limit)?;
                Ok(rows.into_iter().map(|row| (row.1.id, row)).collect())
            };
            let keep = |reader: &mut Reader, (host, one): (TeamId, Invitation)| {
                if host != team || !args.asks_for(&one, now) {
                    return Ok(None);
                }
                reader.look(|facts| match facts.channel(one.channel)? {
                    Some(channel) => RequestEntry::new(facts, &one, channel).map(Some),
                    None => Ok(None),
                })
            };
            let (invite_requests, next) =
                args.page.fill::<_, _, _, StoreError>(reader, fetch, keep)?;
            let mut good = Good::from(Reply { invite_requests });
            // Told only where there is a further page.
            if let Some(id) = next {
                good = good.page(Some(cursor(CURSOR, id)));
            }
            Ok(good)
        }
    }
}
