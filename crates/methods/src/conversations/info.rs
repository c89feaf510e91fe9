//! `conversations.info`: one conversation.
//! <https://docs.slack.dev/reference/methods/conversations.info>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Info {}

impl Contract for Info {
    const SPEC: Spec = Spec {
        name: "conversations.info",
        about: "Tells about one conversation.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: scopes::READ,
        args: &[
            Arg::required("channel", "channel", "C1234567890", "The conversation."),
            Arg::optional(
                "include_locale",
                "boolean",
                "true",
                "Tell its locale. Default `false`.",
            ),
            Arg::optional(
                "include_num_members",
                "boolean",
                "true",
                "Tell how many are in it. Default `false`.",
            ),
        ],
        success: r#"{"ok": true, "channel": {"id": "C012AB3CD", "name": "general", "is_channel": true, "is_general": true}}"#,
        failure: r#"{"ok": false, "error": "channel_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            channel: given.required_id("channel")?,
            include_locale: given.flag("include_locale")?,
            include_num_members: given.flag("include_num_members")?,
        })
    }
}

/// Which conversation, and what to tell.
#[derive(Clone, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// With `locale`.
    pub include_locale: bool,
    /// With `num_members`.
    pub include_num_members: bool,
}

/// The conversation.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller sees it.
    pub channel: Conversation,
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
    /// The channel is open to few, and the caller is not among them.
    #[strum(props(
        never = "access lists here keep people from acting on a channel, not from seeing it"
    ))]
    ChannelIsLimitedAccess,
    /// There is no such conversation for the caller.
    #[strum(props(state = "an unknown id, or a private conversation the caller is not in"))]
    ChannelNotFound,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Info, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Read},
        objects::Conversation,
    };
    use guestlist_domain::see;
    use guestlist_store::{Failure, Reader};

    impl Read for Info {
        /// Members of a large channel are many to count, and messages of a DM to read.
        fn is_long(args: &Args) -> bool {
            args.include_num_members || args.channel.is_some_and(|id| id.letter() == 'D')
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let caller = &ask.caller;
            let Some(seen) = reader.look(|facts| see::channel(facts, caller, ask.args.channel))?
            else {
                return Err(Failure::Refused(Error::ChannelNotFound));
            };
            caller
                .scope_for(&Info::SPEC.scopes, seen.kind())
                .map_err(Failure::Scope)?;
            let mut channel = Conversation::info(&seen, caller.id());
            if ask.args.include_num_members {
                channel = channel.num_members(reader.member_count(&seen.channel)?);
            }
            if ask.args.include_locale {
                channel = channel.locale();
            }
            channel.complete(reader)?;
            Ok(Reply { channel }.into())
        }
    }
}
