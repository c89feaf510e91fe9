//! `conversations.setPurpose`: says what a channel is for.
//! <https://docs.slack.dev/reference/methods/conversations.setPurpose>

use super::{notes::MOST_CHARACTERS, scopes};
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum SetPurpose {}

impl Contract for SetPurpose {
    const SPEC: Spec = Spec {
        name: "conversations.setPurpose",
        about: "Sets the description of a channel that the caller is in: what it is for.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: scopes::TOPIC,
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C1234567890",
                "The channel or group DM.",
            ),
            Arg::required(
                "purpose",
                "string",
                "Everything about the launch",
                "The description, up to 250 characters, kept as it is given; empty for none.",
            ),
        ],
        success: r#"{"ok": true, "channel": {"id": "C12345678", "name": "tips-and-tricks", "is_channel": true, "is_member": true, "purpose": {"value": "For widget discussion", "creator": "U12345678", "last_set": 1649952691}}}"#,
        failure: r#"{"ok": false, "error": "too_long"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        let channel = given.required_id("channel")?;
        let purpose = given.required("purpose")?.into_owned();
        if purpose.chars().count() > MOST_CHARACTERS {
            return Err(BadArguments::Refused(Error::TooLong));
        }
        Ok(Args { channel, purpose })
    }
}

/// What to set where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// The description; empty for none.
    pub purpose: String,
}

/// The channel.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// With its description, as the caller sees it.
    pub channel: Conversation,
}

/// Why it keeps the description it has.
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
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// This kind of conversation has no description.
    #[strum(props(state = "a DM between two"))]
    MethodNotSupportedForChannelType,
    /// The caller is not in the channel.
    #[strum(props(state = "a public channel the caller is not in"))]
    NotInChannel,
    /// The description has more than 250 characters.
    #[strum(props(state = "a `purpose` of 251 characters"))]
    TooLong,
    /// The caller may talk here, not set the description.
    #[strum(props(state = "a guest's token, or a caller on a post-only side"))]
    UserIsRestricted,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is closed to the caller.
    #[strum(props(state = "a channel whose `access_list` does not name the caller"))]
    AccessDenied,
    /// The workspace token was not granted this channel.
    #[strum(props(state = "a `workspace` token whose `channels` do not name the channel"))]
    NoPermission,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, SetPurpose};
    use crate::{
        contract::Contract,
        conversations::notes,
        handle::{Ask, Good, Refused, Write},
        objects::Conversation,
    };
    use guestlist_domain::{
        ChannelKind, Facts, Key, Moment, Plan, Stop, Watch, act, message::What, see::Seen,
    };

    impl Write for SetPurpose {
        type Outcome = Seen;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let Some(channel) = ask.args.channel else {
                return Vec::new();
            };
            vec![Key::Channel(channel), Key::Member(channel, ask.caller.id())]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Seen>, Stop<Error>> {
            let (caller, args) = (&ask.caller, &ask.args);
            let terms = act::Terms {
                scopes: &SetPurpose::SPEC.scopes,
                kinds: &[ChannelKind::Public, ChannelKind::Private, ChannelKind::Mpim],
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                archived: Some(Error::IsArchived),
                migrating: None,
                ekm_suspended: Some(Error::EkmAccessDenied),
                outsider: Some(Error::NotInChannel),
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
            };
            let seen = act::on(facts, caller, args.channel, terms)?;
            notes::set(
                caller,
                seen,
                Error::UserIsRestricted,
                &args.purpose,
                |c| &mut c.purpose,
                What::Purpose,
                moment,
            )
        }

        fn reply(ask: &Ask<Args>, seen: Seen) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {
                channel: Conversation::whole(&seen, ask.caller.id()),
            }
            .into())
        }
    }
}
