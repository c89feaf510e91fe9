//! `conversations.close`: puts a DM out of the caller's sight.
//! <https://docs.slack.dev/reference/methods/conversations.close>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Close {}

impl Contract for Close {
    const SPEC: Spec = Spec {
        name: "conversations.close",
        about: "Closes a DM or a group DM for the caller, until somebody writes in it or it is opened again.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Two,
        scopes: scopes::WRITE,
        args: &[Arg::required(
            "channel",
            "channel",
            "D1234567890",
            "The DM or group DM.",
        )],
        success: r#"{"ok": true, "no_op": true, "already_closed": true}"#,
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

/// What to close.
#[derive(Clone, Debug)]
pub struct Args {
    /// The DM; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
}

/// Nothing, or that there was nothing to close.
#[derive(Debug, Default, Serialize)]
pub struct Reply {
    /// `true` when nothing was done; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_op: Option<bool>,
    /// `true` when it was closed before; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub already_closed: Option<bool>,
}

/// Why it is still open.
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
    /// There is no such conversation for the caller.
    #[strum(props(state = "an unknown id, or a DM between others"))]
    ChannelNotFound,
    /// Channels are not closed but left.
    #[strum(props(state = "a public or private channel"))]
    MethodNotSupportedForChannelType,
    /// The DM is somebody else's.
    #[strum(props(
        never = "a DM between others is no DM the caller knows of: `channel_not_found`"
    ))]
    UserDoesNotOwnChannel,
    /// The caller may not close it.
    #[strum(props(never = "whoever is in a DM may close it for themselves"))]
    NotPermitted,
    /// The conversation is being moved.
    #[strum(props(state = "a DM with `migrating: true`"))]
    ExternalChannelMigrating,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Close, Error, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{Change, Facts, Key, Moment, Plan, Stop, Watch, act};

    impl Write for Close {
        /// Whether it was closed before.
        type Outcome = bool;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let Some(channel) = ask.args.channel else {
                return Vec::new();
            };
            vec![Key::Channel(channel), Key::Member(channel, ask.caller.id())]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            _moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<bool>, Stop<Error>> {
            let caller = &ask.caller;
            let terms = act::Terms {
                scopes: &Close::SPEC.scopes,
                kinds: act::DMS,
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                archived: None,
                migrating: Some(Error::ExternalChannelMigrating),
                ekm_suspended: None,
                outsider: None,
                not_listed: None,
                not_granted: None,
            };
            let seen = act::on(facts, caller, ask.args.channel, terms)?;
            if seen.membership.is_none_or(|place| place.closed) {
                return Ok(Plan::nothing(true));
            }
            let change = Change::DmClosed {
                channel: seen.channel.id,
                user: caller.id(),
                closed: true,
            };
            Ok(Plan {
                changes: vec![change],
                outcome: false,
            })
        }

        fn reply(_ask: &Ask<Args>, already: bool) -> Result<Good<Reply>, Refused<Error>> {
            let told = already.then_some(true);
            Ok(Reply {
                no_op: told,
                already_closed: told,
            }
            .into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::Close;
    use crate::{
        fixture::{id, place},
        trial::{Trial, refuses},
    };
    use guestlist_domain::{Change, ChannelId};
    use serde_json::json;

    #[test]
    fn refusals() {
        refuses::<Close>(vec![
            ("invalid_arguments", "U0BOB", json!({}), |_| {}),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "D0NOWHERE"}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0MIA",
                json!({"channel": "D0ADABOB"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0BOB",
                json!({"channel": "C0GENERAL"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0BOB",
                json!({"channel": "D0ADABOB"}),
                |t| t.scopes(&["mpim:write"]),
            ),
            (
                "external_channel_migrating",
                "U0BOB",
                json!({"channel": "D0ADABOB"}),
                |t| {
                    place(&mut t.seed, "D0ADABOB").migrating = true;
                },
            ),
        ]);
    }

    #[test]
    fn closing_once_and_again() {
        for (user, channel) in [("U0BOB", "D0ADABOB"), ("U0GREET", "G0TRIO")] {
            let mut trial = Trial::of(user);
            let done = trial.done::<Close>(json!({"channel": channel}));
            assert_eq!(
                done.changes,
                [Change::DmClosed {
                    channel: id(channel),
                    user: id(user),
                    closed: true
                }]
            );
            assert_eq!((done.reply, done.extra_loads), (json!({}), 0));

            for (_, _, _, place) in trial
                .seed
                .members
                .iter_mut()
                .filter(|m| m.1 == id::<ChannelId>(channel))
            {
                place.closed = true;
            }
            let done = trial.done::<Close>(json!({"channel": channel}));
            assert_eq!(
                (done.changes, done.reply),
                (vec![], json!({"no_op": true, "already_closed": true}))
            );
        }
    }
}
