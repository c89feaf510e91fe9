//! `conversations.kick`: takes somebody else out of a channel.
//! <https://docs.slack.dev/reference/methods/conversations.kick>

use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ByKind, ChannelId, Scopes, UserId};
use serde::Serialize;
use serde_json::{Map, Value};
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Kick {}

impl Contract for Kick {
    const SPEC: Spec = Spec {
        name: "conversations.kick",
        about: "Takes somebody out of a public or private channel that the caller is in.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: Scopes {
            bot: ByKind {
                public: &["channels:manage"],
                private: &["groups:write"],
                ..ByKind::NONE
            },
            user: ByKind {
                public: &["channels:write"],
                private: &["groups:write"],
                ..ByKind::NONE
            },
        },
        args: &[
            Arg::required("channel", "channel", "C1234567890", "The channel."),
            Arg::optional(
                "user",
                "user",
                "U1234567890",
                "Who is to go. Left out, nobody is found.",
            ),
        ],
        success: r#"{"ok": true, "errors": {}}"#,
        failure: r#"{"ok": false, "error": "cant_kick_self"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        Ok(Args {
            channel: given.required_id("channel")?,
            user: given.id("user").flatten(),
        })
    }
}

/// Who is to go from where.
#[derive(Clone, Debug)]
pub struct Args {
    /// The channel; `None` when what was given is no channel's id.
    pub channel: Option<ChannelId>,
    /// Who; `None` when nothing or no user's id was given.
    pub user: Option<UserId>,
}

/// Nothing but an empty object, which callers of the real method find there.
#[derive(Debug, Default, Serialize)]
pub struct Reply {
    /// Always empty.
    pub errors: Map<String, Value>,
}

/// Why they are still in it.
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
    /// Nobody is taken out of the general channel.
    #[strum(props(state = "a channel with `general: true`"))]
    CantKickFromGeneral,
    /// Who wants to go has a method of their own.
    #[strum(props(state = "the caller's own id as `user`"))]
    CantKickSelf,
    /// There is no such channel for the caller.
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// This kind of conversation does not let people go.
    #[strum(props(state = "a DM or a group DM"))]
    MethodNotSupportedForChannelType,
    /// They are not in the channel, or the caller is not.
    #[strum(props(
        state = "a `user` of the caller's organisation or a connected one who is not a member, or a public channel the caller is not in"
    ))]
    NotInChannel,
    /// They have to be in this channel, or are not the caller's to take out.
    #[strum(props(
        state = "a channel with `mandatory: true`; a caller of a connected workspace and somebody of another organisation"
    ))]
    NotSupported,
    /// The caller may not take people out of channels.
    #[strum(props(state = "a guest's token, or a caller on a post-only side"))]
    RestrictedAction,
    /// There is no such user.
    #[strum(props(
        state = "an unknown id, another kind of id, no `user` at all, or somebody of an organisation that has nothing to do with the caller's"
    ))]
    UserNotFound,
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
    use super::{Args, Error, Kick, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{Change, Facts, Key, Moment, Plan, Stop, Watch, act, see};

    impl Write for Kick {
        type Outcome = ();

        fn needs(ask: &Ask<Args>) -> Vec<Key> {
            let Some(channel) = ask.args.channel else {
                return Vec::new();
            };
            let mut keys = vec![Key::Channel(channel), Key::Member(channel, ask.caller.id())];
            keys.extend(
                ask.args
                    .user
                    .into_iter()
                    .flat_map(|user| [Key::User(user), Key::Member(channel, user)]),
            );
            keys
        }

        fn decide(
            facts: &Facts,
            ask: &Ask<Args>,
            moment: &mut Moment,
            _watch: &mut dyn Watch,
        ) -> Result<Plan<()>, Stop<Error>> {
            let caller = &ask.caller;
            let terms = act::Terms {
                scopes: &Kick::SPEC.scopes,
                kinds: act::CHANNELS,
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::MethodNotSupportedForChannelType,
                // Archived channels keep their members, who can be taken out of them.
                archived: None,
                migrating: None,
                ekm_suspended: Some(Error::EkmAccessDenied),
                outsider: Some(Error::NotInChannel),
                not_listed: Some(Error::AccessDenied),
                not_granted: Some(Error::NoPermission),
            };
            let seen = act::on(facts, caller, ask.args.channel, terms)?;
            let refuse = |no| Err(Stop::Refused(no));
            if caller.user.guest.is_some() || seen.is_post_only() {
                return refuse(Error::RestrictedAction);
            }
            let channel = &seen.channel;
            let known = match ask.args.user {
                Some(id) => facts.user(id)?,
                None => None,
            };
            let Some(user) = known else {
                return refuse(Error::UserNotFound);
            };
            if user.id == caller.id() {
                return refuse(Error::CantKickSelf);
            }
            let ours =
                user.is_in(caller.team()) || see::same_org(facts, &caller.workspace, user.team)?;
            if facts.membership(channel.id, user.id)?.is_none() {
                // That an id is somebody's is no stranger's to know.
                let known = ours || !facts.links(caller.team(), user.team)?.is_empty();
                return refuse(if known {
                    Error::NotInChannel
                } else {
                    Error::UserNotFound
                });
            }
            if channel.general {
                return refuse(Error::CantKickFromGeneral);
            }
            if channel.mandatory || (seen.connection().is_some() && !ours) {
                return refuse(Error::NotSupported);
            }
            let (channel, user, by) = (channel.id, user.id, Some(caller.id()));
            Ok(Plan {
                changes: vec![Change::Left {
                    channel,
                    user,
                    by,
                    ts: moment.tick(),
                }],
                outcome: (),
            })
        }

        fn reply(_ask: &Ask<Args>, (): ()) -> Result<Good<Reply>, Refused<Error>> {
            Ok(Reply::default().into())
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::Kick;
    use crate::{
        fixture::{id, join, place},
        trial::{Trial, refuses},
    };
    use guestlist_domain::{Change, TokenKind};
    use serde_json::json;

    #[test]
    fn refusals() {
        refuses::<Kick>(vec![
            (
                "invalid_arguments",
                "U0BOB",
                json!({"user": "U0ADA"}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0SECRET", "user": "U0ADA"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0BOB",
                json!({"channel": "G0TRIO", "user": "U0ADA"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0GREET",
                json!({"channel": "C0SECRET", "user": "U0ADA"}),
                |t| t.scopes(&["channels:manage"]),
            ),
            (
                "ekm_access_denied",
                "U0ADA",
                json!({"channel": "C0SECRET", "user": "U0GREET"}),
                |t| {
                    t.seed.enterprises[0].ekm_suspended = true;
                },
            ),
            (
                "not_in_channel",
                "U0BOB",
                json!({"channel": "C0RANDOM", "user": "U0ADA"}),
                |_| {},
            ),
            (
                "not_in_channel",
                "U0ADA",
                json!({"channel": "C0RANDOM", "user": "U0BOB"}),
                |_| {},
            ),
            (
                "access_denied",
                "U0ADA",
                json!({"channel": "C0SECRET", "user": "U0GREET"}),
                |t| {
                    place(&mut t.seed, "C0SECRET")
                        .access_list
                        .push(id("U0GREET"));
                },
            ),
            (
                "no_permission",
                "U0GREET",
                json!({"channel": "C0SECRET", "user": "U0ADA"}),
                |t| t.token.kind = TokenKind::Workspace,
            ),
            (
                "restricted_action",
                "U0MIA",
                json!({"channel": "C0GUESTS", "user": "U0BOB"}),
                |_| {},
            ),
            (
                "restricted_action",
                "U0GUS",
                json!({"channel": "C0SHARED", "user": "U0ADA"}),
                |t| {
                    place(&mut t.seed, "C0SHARED").connections[0].external_limited = true;
                },
            ),
            (
                "user_not_found",
                "U0ADA",
                json!({"channel": "C0SECRET"}),
                |_| {},
            ),
            (
                "user_not_found",
                "U0ADA",
                json!({"channel": "C0SECRET", "user": "B0GREET"}),
                |_| {},
            ),
            (
                "user_not_found",
                "U0ADA",
                json!({"channel": "C0SECRET", "user": "U0NOBODY"}),
                |_| {},
            ),
            (
                "user_not_found",
                "U0ADA",
                json!({"channel": "C0SECRET", "user": "U0XEN"}),
                |_| {},
            ),
            (
                "not_in_channel",
                "U0ADA",
                json!({"channel": "C0SECRET", "user": "U0GUS"}),
                |_| {},
            ),
            (
                "cant_kick_self",
                "U0ADA",
                json!({"channel": "C0GENERAL", "user": "U0ADA"}),
                |_| {},
            ),
            (
                "cant_kick_from_general",
                "U0ADA",
                json!({"channel": "C0GENERAL", "user": "U0BOB"}),
                |_| {},
            ),
            (
                "not_supported",
                "U0ADA",
                json!({"channel": "C0SECRET", "user": "U0GREET"}),
                |t| {
                    place(&mut t.seed, "C0SECRET").mandatory = true;
                },
            ),
            (
                "not_supported",
                "U0GUS",
                json!({"channel": "C0SHARED", "user": "U0ADA"}),
                |_| {},
            ),
        ]);
    }

    #[test]
    fn taking_somebody_out() {
        for (user, channel, other) in [
            ("U0ADA", "C0SECRET", "U0GREET"),
            ("U0GREET", "C0SECRET", "U0ADA"),
            ("U0BOB", "C0GUESTS", "U0MIA"),
            ("U0ADA", "C0SHARED", "U0GUS"),
            ("U0GUS", "C0SHARED", "U0GIL"),
        ] {
            let mut trial = Trial::of(user);
            join(&mut trial.seed, "C0SHARED", &["U0GIL"]);
            let done = trial.done::<Kick>(json!({"channel": channel, "user": other}));
            assert!(
                matches!(&done.changes[..], [Change::Left { channel: c, user: u, by: Some(by), .. }]
                    if *c == id(channel) && *u == id(other) && *by == id(user)),
                "{:?}",
                done.changes
            );
            assert_eq!(done.reply, json!({"errors": {}}));
        }
    }
}
