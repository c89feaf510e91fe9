//! `conversations.leave`: takes the caller out of a channel.
//! <https://docs.slack.dev/reference/methods/conversations.leave>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::ChannelId;
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Leave {}

impl Contract for Leave {
    const SPEC: Spec = Spec {
        name: "conversations.leave",
        about: "Takes the caller out of a public or private channel.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: scopes::WRITE,
        args: &[Arg::required(
            "channel",
            "channel",
            "C1234567890",
            "The channel to leave.",
        )],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "cant_leave_general"}"#,
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

/// What to leave.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
}

/// Nothing, or that there was nothing to leave.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// `true` when the caller was not in the channel; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_in_channel: Option<bool>,
}

/// Why the caller is still in it.
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
    /// Nobody leaves a channel in which everybody is.
    #[strum(props(state = "the general channel, or one with `mandatory: true`"))]
    CantLeaveGeneral,
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// Nobody would be left in the channel, and nobody could come back to it.
    #[strum(props(state = "a private channel of which the caller is the only member"))]
    LastMember,
    /// DMs cannot be left, only closed.
    #[strum(props(state = "a DM or a group DM"))]
    MethodNotSupportedForChannelType,
    /// Guests stay where they were put.
    #[strum(props(state = "a guest's token and a channel they are in"))]
    UserIsRestricted,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Leave, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{Change, Facts, Key, Moment, Plan, Stop, Watch, act};

    impl Write for Leave {
        /// Whether there was nothing to leave.
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
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<bool>, Stop<Error>> {
            let caller = &ask.caller;
            // Neither an access list nor suspended keys hold anybody back who wants to go.
            let terms = act::Terms {
                scopes: &Leave::SPEC.scopes,
                kinds: act::CHANNELS,
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                archived: Some(Error::IsArchived),
                migrating: None,
                ekm_suspended: None,
                outsider: None,
                not_listed: None,
                not_granted: None,
            };
            let seen = act::on(facts, caller, ask.args.channel, terms)?;
            if !seen.is_member() {
                return Ok(Plan::nothing(true));
            }
            let refuse = |no| Err(Stop::Refused(no));
            if caller.user.guest.is_some() {
                return refuse(Error::UserIsRestricted);
            }
            let channel = &seen.channel;
            if channel.general || channel.mandatory {
                return refuse(Error::CantLeaveGeneral);
            }
            if seen.is_private() && facts.member_count(channel.id)? <= 1 {
                return refuse(Error::LastMember);
            }
            let change = Change::Left {
                channel: channel.id,
                user: caller.id(),
                by: None,
                ts: moment.tick(),
            };
            Ok(Plan {
                changes: vec![change],
                outcome: false,
            })
        }

        fn reply(_ask: &Ask<Args>, not_in: bool) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply {
                not_in_channel: not_in.then_some(true),
            }
            .into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::Leave;
    use crate::{
        fixture::{id, join, place},
        trial::{Trial, refuses},
    };
    use guestlist_domain::Change;
    use serde_json::json;

    #[test]
    fn refusals() {
        refuses::<Leave>(vec![
            ("invalid_arguments", "U0BOB", json!({}), |_| {}),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0SECRET"}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "U0BOB"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0BOB",
                json!({"channel": "D0ADABOB"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0BOB",
                json!({"channel": "G0TRIO"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0ADA",
                json!({"channel": "C0SECRET"}),
                |t| t.scopes(&["channels:write"]),
            ),
            ("is_archived", "U0ADA", json!({"channel": "C0PAST"}), |_| {}),
            (
                "user_is_restricted",
                "U0MIA",
                json!({"channel": "C0GUESTS"}),
                |_| {},
            ),
            (
                "cant_leave_general",
                "U0BOB",
                json!({"channel": "C0GENERAL"}),
                |_| {},
            ),
            (
                "cant_leave_general",
                "U0ADA",
                json!({"channel": "C0RANDOM"}),
                |t| place(&mut t.seed, "C0RANDOM").mandatory = true,
            ),
            (
                "last_member",
                "U0BOB",
                json!({"channel": "C0HIDDEN"}),
                |_| {},
            ),
        ]);
    }

    #[test]
    fn leaving() {
        for (user, channel) in [
            // The last one may leave a public channel: anybody can come back.
            ("U0ADA", "C0RANDOM"),
            ("U0GREET", "C0SECRET"),
            ("U0GUS", "C0SHARED"),
        ] {
            let done = Trial::of(user).done::<Leave>(json!({"channel": channel}));
            assert!(
                matches!(&done.changes[..], [Change::Left { channel: c, user: u, by: None, .. }]
                    if *c == id(channel) && *u == id(user)),
                "{:?}",
                done.changes
            );
            assert_eq!(done.reply, json!({}));
        }
        let mut trial = Trial::of("U0BOB");
        join(&mut trial.seed, "C0HIDDEN", &["U0ADA"]);
        place(&mut trial.seed, "C0HIDDEN")
            .access_list
            .push(id("U0ADA"));
        assert_eq!(
            trial
                .done::<Leave>(json!({"channel": "C0HIDDEN"}))
                .changes
                .len(),
            1
        );
    }

    #[test]
    fn who_is_not_in_it_is_told_so() {
        for channel in ["C0RANDOM", "C0SHARED"] {
            let done = Trial::of("U0BOB").done::<Leave>(json!({"channel": channel}));
            assert_eq!(
                (done.changes, done.reply),
                (vec![], json!({"not_in_channel": true}))
            );
        }
    }
}
