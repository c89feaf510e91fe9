//! `channels.info`: one public channel.
//! <https://docs.slack.dev/reference/methods/channels.info>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::LegacyChannel,
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Info {}

impl Contract for Info {
    const SPEC: Spec = Spec {
        name: "channels.info",
        about: "Tells about one public channel, with its members. Retired: `conversations.info` took over.",
        verb: Verb::Get,
        json: false,
        tier: Tier::Three,
        scopes: super::READ,
        args: &[
            Arg::required("channel", "channel", "C1234567890", "The public channel."),
            Arg::optional(
                "include_locale",
                "boolean",
                "true",
                "Tell its locale. Default `false`.",
            ),
        ],
        success: r#"{"ok": true, "channel": {"id": "C1H9RESGL", "name": "busting", "is_channel": true, "created": 1466025154, "creator": "U0G9QF9C6", "is_archived": false, "is_general": false, "name_normalized": "busting", "is_shared": false, "is_org_shared": false, "is_member": true, "is_private": false, "is_mpim": false, "last_read": "1503435939.000101", "latest": {"type": "message", "subtype": "channel_join", "ts": "1503435956.000247", "user": "U1QNSQB9U", "text": "<@U1QNSQB9U> has joined the channel"}, "unread_count": 1, "unread_count_display": 0, "members": ["U0G9QF9C6", "U1QNSQB9U"], "topic": {"value": "Spiritual containment", "creator": "U0G9QF9C6", "last_set": 1503435128}, "purpose": {"value": "Discuss busting ghosts", "creator": "U0G9QF9C6", "last_set": 1503435128}, "previous_names": ["dusting"]}}"#,
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
        })
    }
}

/// Which channel, and what to tell.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// With `locale`.
    pub include_locale: bool,
}

/// The channel.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller sees it, with its members.
    pub channel: LegacyChannel,
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
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// The conversation is no public channel.
    #[strum(props(state = "a private channel or a DM that the caller is in"))]
    MethodNotSupportedForChannelType,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Info, Reply};
    use crate::{
        handle::{Ask, Good, Read},
        objects::LegacyChannel,
    };
    use guestlist_domain::{ChannelKind, see};
    use guestlist_store::{Failure, Reader};

    impl Read for Info {
        /// Its members are as many as they are.
        fn is_long(_args: &Args) -> bool {
            true
        }

        fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
            let caller = &ask.caller;
            let refused = |no| Err(Failure::Refused(no));
            let Some(seen) = reader.look(|facts| see::channel(facts, caller, ask.args.channel))?
            else {
                return refused(Error::ChannelNotFound);
            };
            if seen.kind() != ChannelKind::Public {
                return refused(Error::MethodNotSupportedForChannelType);
            }
            let mut channel = LegacyChannel::channel(seen);
            channel.complete(caller.id(), reader)?;
            if ask.args.include_locale {
                channel = channel.locale();
            }
            Ok(Reply { channel }.into())
        }
    }
}
