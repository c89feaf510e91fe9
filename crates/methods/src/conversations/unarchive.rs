//! `conversations.unarchive`: opens an archived channel again.
//! <https://docs.slack.dev/reference/methods/conversations.unarchive>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Unarchive {}

impl Contract for Unarchive {
    const SPEC: Spec = Spec {
        name: "conversations.unarchive",
        about: "Opens an archived channel again, with the members it had. The caller need not be one of them.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: scopes::WRITE,
        args: &[Arg::required(
            "channel",
            "channel",
            "C1234567890",
            "The archived channel.",
        )],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "channel_not_found"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            channel: given.required_id("channel")?,
        })
    }
}

/// What to open.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
}

/// Nothing.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why it is as it was.
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
    /// This kind of conversation is never archived.
    #[strum(props(state = "a DM or a group DM"))]
    MethodNotSupportedForChannelType,
    /// The channel is in use.
    #[strum(props(state = "a channel that is not archived"))]
    NotArchived,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is not the caller's to open.
    #[strum(props(
        state = "an `access_list` without the caller, a guest's token, a caller whose workspace takes part through Slack Connect without being the host, or the frozen copy of a channel"
    ))]
    AccessDenied,
    /// The workspace token was not granted this channel.
    #[strum(props(state = "a `workspace` token whose `channels` do not name the channel"))]
    NoPermission,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Reply, Unarchive};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{Facts, Key, Moment, Plan, Stop, Watch, act, message::What};

    impl Write for Unarchive {
        type Outcome = ();

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
        ) -> Result<Plan<()>, Stop<Error>> {
            let caller = &ask.caller;
            let terms = act::Terms {
                scopes: &Unarchive::SPEC.scopes,
                kinds: act::CHANNELS,
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                archived: None,
                migrating: None,
                ekm_suspended: Some(Error::EkmAccessDenied),
                // The method documents no `not_in_channel`: who sees the channel may open it.
                outsider: None,
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
            };
            let seen = act::on(facts, caller, ask.args.channel, terms)?;
            if !seen.channel.archived {
                return Err(Stop::Refused(Error::NotArchived));
            }
            let frozen = seen.channel.frozen.is_some();
            if caller.user.guest.is_some() || seen.connection().is_some() || frozen {
                return Err(Stop::Refused(Error::AccessDenied));
            }
            let (_, change) = act::edit(caller, &seen, What::Unarchived, moment, |channel| {
                channel.archived = false
            });
            Ok(Plan {
                changes: vec![change],
                outcome: (),
            })
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {}.into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::Unarchive;
    use crate::{
        fixture::{id, join, place},
        trial::{Trial, refuses},
    };
    use guestlist_domain::{Change, TokenKind, message::What};
    use serde_json::json;

    #[test]
    fn refusals() {
        refuses::<Unarchive>(vec![
            ("invalid_arguments", "U0BOB", json!({}), |_| {}),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0SECRET"}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0MIA",
                json!({"channel": "C0PAST"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0BOB",
                json!({"channel": "D0ADABOB"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0BOB",
                json!({"channel": "C0PAST"}),
                |t| t.scopes(&["groups:write"]),
            ),
            (
                "not_archived",
                "U0ADA",
                json!({"channel": "C0RANDOM"}),
                |_| {},
            ),
            (
                "ekm_access_denied",
                "U0ADA",
                json!({"channel": "C0PAST"}),
                |t| t.seed.enterprises[0].ekm_suspended = true,
            ),
            (
                "access_denied",
                "U0ADA",
                json!({"channel": "C0PAST"}),
                |t| {
                    place(&mut t.seed, "C0PAST").access_list.push(id("U0BOB"));
                },
            ),
            (
                "access_denied",
                "U0MIA",
                json!({"channel": "C0PAST"}),
                |t| join(&mut t.seed, "C0PAST", &["U0MIA"]),
            ),
            (
                "access_denied",
                "U0GUS",
                json!({"channel": "C0SHARED"}),
                |t| place(&mut t.seed, "C0SHARED").archived = true,
            ),
            (
                "no_permission",
                "U0GREET",
                json!({"channel": "C0PAST"}),
                |t| t.token.kind = TokenKind::Workspace,
            ),
        ]);
    }

    #[test]
    fn members_and_others_open_it_and_nobody_joins() {
        for user in ["U0ADA", "U0BOB", "U0GREET"] {
            let done = Trial::of(user).done::<Unarchive>(json!({"channel": "C0PAST"}));
            let [Change::Edited { channel, message }] = &done.changes[..] else {
                panic!("{:?}", done.changes)
            };
            assert!(
                !channel.archived && channel.id == id("C0PAST") && channel.updated == message.ts
            );
            assert_eq!((message.user, &message.what), (id(user), &What::Unarchived));
            assert_eq!(done.reply, json!({}));
        }
    }
}
