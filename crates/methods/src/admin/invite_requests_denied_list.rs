//! `admin.inviteRequests.denied.list`: which requests to invite people into a workspace were denied.
//! <https://docs.slack.dev/reference/methods/admin.inviteRequests.denied.list>

use super::invite_requests::{LISTING, Listing};
use crate::{
    arguments::Arguments,
    contract::{BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::invite_request::{DecidedBy, InviteRequestObject},
};
use guestlist_domain::{ByKind, Scopes};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum InviteRequestsDeniedList {}

impl Contract for InviteRequestsDeniedList {
    const SPEC: Spec = Spec {
        name: "admin.inviteRequests.denied.list",
        about: "Lists the requests to invite people into a workspace of the caller's organisation that were denied, page by page.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: Scopes {
            bot: ByKind::NONE,
            user: ByKind::all(&["admin.invites:read"]),
        },
        args: LISTING,
        success: r#"{"ok": true, "denied_requests": [{"invite_request": {"id": "Ir558ULC1J", "email": "foobar@example.com", "date_created": 1619700970, "requester_ids": ["U558ULC10"], "channel_ids": ["C558ULC19", "C558ULC0W"], "invite_type": "full_member", "real_name": null, "date_expire": null, "request_reason": null}, "denied_by": {"actor_id": "U0AC3DMKT", "actor_type": "user"}}], "response_metadata": {"next_cursor": ""}}"#,
        failure: r#"{"ok": false, "error": "not_an_admin"}"#,
        warnings: &[],
    };
    const READS: bool = true;
    type Args = Listing;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Listing, BadArguments<Error>> {
        Listing::read(given)
    }
}

/// A page of requests.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// In the order of their ids.
    pub denied_requests: Vec<Row>,
}

/// A request that was denied.
#[derive(Debug, Serialize)]
pub struct Row {
    invite_request: InviteRequestObject,
    denied_by: DecidedBy,
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
    /// The method is for organisations.
    #[strum(props(state = "a workspace without `enterprise`"))]
    FeatureNotEnabled,
    /// The caller is no admin or owner.
    #[strum(props(state = "a token of somebody who is neither admin nor owner"))]
    NotAnAdmin,
    /// There is no such workspace in the caller's organisation.
    #[strum(props(
        state = "a `team_id` of another organisation, of nothing, or of a workspace that is not in use"
    ))]
    TeamNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Error, InviteRequestsDeniedList, Listing, Reply, Row};
    use crate::{
        admin::invite_requests::{Unlisted, list},
        handle::{Ask, Good, Read},
        objects::invite_request::{DecidedBy, InviteRequestObject},
    };
    use guestlist_domain::invite_request::{Stage, State};
    use guestlist_store::{Failure, Reader};

    impl Read for InviteRequestsDeniedList {
        fn is_long(args: &Listing) -> bool {
            args.page.limit > 900
        }

        fn answer(ask: &Ask<Listing>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let (found, _, next) = list(ask, Stage::Denied, reader)?;
            let rows = found.iter().filter_map(|one| match &one.state {
                State::Denied { by, .. } => Some(Row {
                    invite_request: InviteRequestObject::new(one),
                    denied_by: DecidedBy::user(*by),
                }),
                State::Pending | State::Approved(_) => None,
            });
            let denied_requests = rows.collect();
            Ok(Good::from(Reply { denied_requests }).page(next))
        }
    }

    impl From<Unlisted> for Error {
        fn from(refusal: Unlisted) -> Self {
            match refusal {
                Unlisted::NotAnEnterprise => Self::FeatureNotEnabled,
                Unlisted::NotAnAdmin => Self::NotAnAdmin,
                Unlisted::TeamNotFound => Self::TeamNotFound,
            }
        }
    }
}
