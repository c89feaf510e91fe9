//! `conversations.join`: brings the caller into a public channel.
//! <https://docs.slack.dev/reference/methods/conversations.join>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
    objects::Conversation,
};
use guestlist_domain::{ByKind, ChannelId, Scopes};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Join {}

impl Contract for Join {
    const SPEC: Spec = Spec {
        name: "conversations.join",
        about: "Brings the caller into a public channel. Who is in it already stays in it, with a warning.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: Scopes {
            bot: ByKind {
                public: &["channels:join"],
                ..ByKind::NONE
            },
            user: ByKind {
                public: &["channels:write"],
                ..ByKind::NONE
            },
        },
        args: &[Arg::required(
            "channel",
            "channel",
            "C1234567890",
            "The public channel to join.",
        )],
        success: r#"{"ok": true, "channel": {"id": "C061EG9SL", "name": "general", "is_channel": true, "is_member": true, "is_private": false}, "warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}"#,
        failure: r#"{"ok": false, "error": "is_archived"}"#,
        warnings: &[(
            "already_in_channel",
            "The caller was in the channel before; nothing was done.",
        )],
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

/// What to join.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
}

/// The channel.
#[derive(Debug, Serialize)]
pub struct Reply {
    /// As the caller, now a member, sees it.
    pub channel: Conversation,
}

/// Why the caller is not in it.
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
    /// The channel belongs to a record that the caller has no access to.
    #[strum(props(
        never = "there are no record channels here; a channel closed by an access list answers `access_denied`"
    ))]
    ChannelIsLimitedAccess,
    /// There is no such channel for the caller.
    #[strum(props(
        state = "an unknown id, a private channel the caller is not in, or any channel a guest is not in"
    ))]
    ChannelNotFound,
    /// The channel is archived.
    #[strum(props(state = "a channel with `archived: true`"))]
    IsArchived,
    /// Only public channels can be joined.
    #[strum(props(state = "a private channel or a DM that the caller is in"))]
    MethodNotSupportedForChannelType,
    /// The channel has as many members as it may have.
    #[strum(props(state = "a channel with as many members as its `member_limit`"))]
    TooManyMembers,
    /// The organisation has suspended its encryption keys.
    #[strum(props(state = "an organisation with `ekm_suspended: true`"))]
    EkmAccessDenied,
    /// The channel is closed to the caller.
    #[strum(props(
        state = "an `access_list` without the caller, a bot and `apps_allowed: false`, or a barrier between the caller and somebody in the channel"
    ))]
    AccessDenied,
    /// The workspace token was not granted this channel.
    #[strum(props(state = "a `workspace` token whose `channels` do not name the channel"))]
    NoPermission,
}

impl Code for Error {}

#[cfg(feature = "server")]
pub(crate) use server::Outcome;

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Join, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
        objects::Conversation,
    };
    use guestlist_domain::{
        Change, ChannelKind, Facts, Key, Moment, Plan, Stop, Watch, act, facts::Membership, invite,
        see::Seen,
    };

    /// The channel afterwards, and whether the caller was in it before.
    pub struct Outcome(pub(crate) Seen, pub(crate) bool);

    impl Write for Join {
        type Outcome = Outcome;

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let Some(channel) = ask.args.channel else {
                return Vec::new();
            };
            let me = act::oneself(&ask.caller);
            vec![
                Key::Channel(channel),
                Key::Member(channel, ask.caller.id()),
                me,
            ]
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<Outcome>, Stop<Error>> {
            let caller = &ask.caller;
            let terms = act::Terms {
                scopes: &Join::SPEC.scopes,
                kinds: &[ChannelKind::Public],
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                archived: Some(Error::IsArchived),
                migrating: None,
                ekm_suspended: Some(Error::EkmAccessDenied),
                outsider: None,
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
            };
            act::still_there(facts, caller)?;
            let mut seen = act::on(facts, caller, ask.args.channel, terms)?;
            if seen.is_member() {
                return Ok(Plan::nothing(Outcome(seen, true)));
            }
            let channel = &seen.channel;
            let app_kept_out = caller.is_bot() && channel.no_apps;
            if app_kept_out || invite::barred(facts, channel, caller.id())? {
                return Err(Stop::Refused(Error::AccessDenied));
            }
            if channel.member_limit != 0 && facts.member_count(channel.id)? >= channel.member_limit
            {
                return Err(Stop::Refused(Error::TooManyMembers));
            }
            let ts = moment.tick();
            let change = Change::Joined {
                channel: channel.id,
                user: caller.id(),
                inviter: None,
                ts,
            };
            seen.membership = Some(Membership::new(ts));
            Ok(Plan {
                changes: vec![change],
                outcome: Outcome(seen, false),
            })
        }

        fn reply(
            ask: &Ask<Args>,
            Outcome(seen, was_in): Outcome,
        ) -> Result<Good<Reply>, Refused<Error>> {
            let good = Good::from(Reply {
                channel: Conversation::whole(&seen, ask.caller.id()),
            });
            Ok(if was_in {
                good.warn("already_in_channel")
            } else {
                good
            })
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::Join;
    use crate::{
        fixture::{id, person, place},
        seen::saw,
        trial::{Trial, refuses},
    };
    use guestlist_domain::{Change, TokenKind, workspace::Barrier};
    use serde_json::json;

    #[test]
    fn refusals() {
        refuses::<Join>(vec![
            ("invalid_arguments", "U0BOB", json!({}), |_| {}),
            ("channel_not_found", "U0BOB", json!({"channel": ""}), |_| {}),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0NOWHERE"}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0SECRET"}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0MIA",
                json!({"channel": "C0RANDOM"}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0XEN",
                json!({"channel": "C0SHARED"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0ADA",
                json!({"channel": "C0SECRET"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0ADA",
                json!({"channel": "D0ADABOB"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0GREET",
                json!({"channel": "C0RANDOM"}),
                |t| t.scopes(&["channels:manage"]),
            ),
            (
                "missing_scope",
                "U0BOB",
                json!({"channel": "C0RANDOM"}),
                |t| t.scopes(&["channels:join"]),
            ),
            ("is_archived", "U0BOB", json!({"channel": "C0PAST"}), |_| {}),
            (
                "ekm_access_denied",
                "U0BOB",
                json!({"channel": "C0RANDOM"}),
                |t| t.seed.enterprises[0].ekm_suspended = true,
            ),
            (
                "access_denied",
                "U0BOB",
                json!({"channel": "C0RANDOM"}),
                |t| {
                    place(&mut t.seed, "C0RANDOM").access_list.push(id("U0ADA"));
                },
            ),
            (
                "access_denied",
                "U0GREET",
                json!({"channel": "C0RANDOM"}),
                |t| place(&mut t.seed, "C0RANDOM").no_apps = true,
            ),
            (
                "access_denied",
                "U0BOB",
                json!({"channel": "C0RANDOM"}),
                |t| {
                    t.seed.workspaces[0].barriers.push(Barrier {
                        from: [id("U0ADA")].into(),
                        to: [id("U0BOB")].into(),
                    });
                },
            ),
            (
                "no_permission",
                "U0GREET",
                json!({"channel": "C0RANDOM"}),
                |t| t.token.kind = TokenKind::Workspace,
            ),
            (
                "too_many_members",
                "U0BOB",
                json!({"channel": "C0RANDOM"}),
                |t| place(&mut t.seed, "C0RANDOM").member_limit = 1,
            ),
        ]);
    }

    #[test]
    fn joining() {
        for (user, channel) in [
            ("U0BOB", "C0RANDOM"),
            ("U0GREET", "C0RANDOM"),
            ("U0GIL", "C0SHARED"),
        ] {
            let done = Trial::of(user).done::<Join>(json!({"channel": channel}));
            assert!(
                matches!(&done.changes[..], [Change::Joined { channel: c, user: u, inviter: None, .. }]
                    if *c == id(channel) && *u == id(user)),
                "{:?}",
                done.changes
            );
            assert_eq!(done.reply["channel"]["is_member"], true);
            assert_eq!((done.warnings.len(), done.extra_loads > 2), (0, false));
        }
    }

    #[test]
    fn a_barrier_of_many_is_asked_about_at_once() {
        let mut trial = Trial::of("U0BOB");
        trial.seed.workspaces[0].barriers.push(Barrier {
            from: [id("U0BOB")].into(),
            to: (0..500).map(|n| id(&format!("U0FAR{n}"))).collect(),
        });
        let done = trial.done::<Join>(json!({"channel": "C0RANDOM"}));
        assert!(done.extra_loads <= 3, "{}", done.extra_loads);
    }

    #[test]
    fn nobody_joins_who_has_left_meanwhile() {
        let ask = json!({"channel": "C0RANDOM"});
        Trial::gone_meanwhile::<Join>("U0BOB", &ask);
        Trial::gone_meanwhile::<Join>("U0GREET", &ask);
        // Granted for the organisation, a token is good wherever its bot is.
        let mut trial = Trial::of("U0GREET");
        trial.token.kind = TokenKind::Org;
        trial.meanwhile = Some(|user| user.team = id("T0WEST"));
        trial.done::<Join>(ask.clone());
        // In a workspace that it was added to it is gone when it is taken out again.
        let mut trial = Trial::of("U0GREET");
        (trial.token.kind, trial.token.team) = (TokenKind::Org, id("T0WEST"));
        person(&mut trial.seed, "U0GREET").teams = vec![id("T0WEST")];
        trial.meanwhile = Some(|user| user.teams = Vec::new());
        let done = trial.run::<Join>(ask.clone()).map(|done| done.changes);
        assert_eq!(done, Err("gone"));
        // A person acts where they are themselves.
        let mut trial = Trial::of("U0BOB");
        trial.token.kind = TokenKind::Org;
        trial.meanwhile = Some(|user| user.teams = vec![id("T0WEST")]);
        trial.done::<Join>(ask.clone());
        trial.meanwhile = Some(|user| user.team = id("T0WEST"));
        let done = trial.run::<Join>(ask).map(|done| done.changes);
        assert_eq!(done, Err("gone"));
    }

    #[test]
    fn joining_twice_is_only_a_warning() {
        let mut trial = Trial::of("U0ADA");
        place(&mut trial.seed, "C0RANDOM").member_limit = 1;
        let done = trial.done::<Join>(json!({"channel": "C0RANDOM"}));
        assert_eq!(
            (done.changes, done.warnings),
            (vec![], vec!["already_in_channel"])
        );
        saw("conversations.join", "already_in_channel");
        assert_eq!(done.reply["channel"]["id"], "C0RANDOM");
    }
}
