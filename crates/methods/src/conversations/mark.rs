//! `conversations.mark`: says up to where the caller has read a conversation.
//! <https://docs.slack.dev/reference/methods/conversations.mark>

use super::scopes;
use crate::{
    arguments::Arguments,
    contract::{Arg, BadArguments, Code, Contract, Spec, Tier, Verb},
};
use guestlist_domain::{ChannelId, Timestamp};
use serde::Serialize;
use strum::{EnumMessage, EnumProperty, EnumString, IntoStaticStr, VariantArray};

/// The method.
pub enum Mark {}

impl Contract for Mark {
    const SPEC: Spec = Spec {
        name: "conversations.mark",
        about: "Sets the caller's read cursor in a conversation that they are in, forward or back.",
        verb: Verb::Post,
        json: true,
        tier: Tier::Three,
        scopes: scopes::WRITE,
        args: &[
            Arg::required(
                "channel",
                "channel",
                "C012345678",
                "The channel, DM or group DM.",
            ),
            Arg::required(
                "ts",
                "timestamp",
                "1593473566.000200",
                "The `ts` of the newest message that is read; everything later is unread. A time at which nothing was said will do, and one to come is as good as now.",
            ),
        ],
        success: r#"{"ok": true}"#,
        failure: r#"{"ok": false, "error": "not_in_channel"}"#,
        warnings: &[],
    };
    type Args = Args;
    type Reply = Reply;
    type Error = Error;

    fn args(given: &Arguments) -> Result<Args, BadArguments<Error>> {
        given.required("ts")?;
        Ok(Args {
            channel: given.required_id("channel")?,
            ts: given.timestamp("ts").flatten(),
        })
    }
}

/// What is read up to when.
#[derive(Clone, Copy, Debug)]
pub struct Args {
    /// The conversation; `None` when what was given is no conversation's id.
    pub channel: Option<ChannelId>,
    /// The newest that is read; `None` when what was given is no timestamp.
    pub ts: Option<Timestamp>,
}

/// Nothing.
#[derive(Debug, Serialize)]
pub struct Reply {}

/// Why the cursor stays where it is.
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
    #[strum(props(state = "an unknown id, or a private channel the caller is not in"))]
    ChannelNotFound,
    /// What was given is no timestamp.
    #[strum(props(state = "a `ts` that is not written `seconds.micros`"))]
    InvalidTimestamp,
    /// The caller is not in the conversation.
    #[strum(props(state = "a public channel the caller is not in"))]
    NotInChannel,
    /// The workspace token was not granted this channel.
    #[strum(props(state = "a `workspace` token whose `channels` do not name the channel"))]
    NoPermission,
}

impl Code for Error {}

#[cfg(feature = "server")]
mod server {
    use super::{Args, Error, Mark, Reply};
    use crate::{
        contract::Contract,
        handle::{Ask, Good, Refused, Write},
    };
    use guestlist_domain::{Change, ChannelKind, Facts, Key, Moment, Plan, Stop, Watch, act};

    impl Write for Mark {
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
            let (caller, args) = (&ask.caller, &ask.args);
            // How far somebody has read is their own matter, as it is that they leave: nothing that keeps people
            // from acting on a conversation keeps them from it.
            let terms = act::Terms {
                scopes: &Mark::SPEC.scopes,
                kinds: &[
                    ChannelKind::Public,
                    ChannelKind::Private,
                    ChannelKind::Im,
                    ChannelKind::Mpim,
                ],
                not_found: Error::ChannelNotFound,
                wrong_kind: Error::ChannelNotFound,
                archived: None,
                migrating: None,
                ekm_suspended: None,
                outsider: Some(Error::NotInChannel),
                not_listed: None,
                not_granted: Some(Error::NoPermission),
            };
            let seen = act::on(facts, caller, args.channel, terms)?;
            let Some(ts) = args.ts else {
                return Err(Stop::Refused(Error::InvalidTimestamp));
            };
            let at = moment.tick();
            // What is said from now on nobody has read.
            let change = Change::Marked {
                channel: seen.channel.id,
                user: caller.id(),
                ts: ts.min(at),
                at,
            };
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
    use super::Mark;
    use crate::{
        fixture::{Scene, at, id, place},
        trial::{Trial, refuses},
    };
    use guestlist_domain::{Change, TokenKind};
    use serde_json::{Value, json};

    const TS: &str = "1700000002.000000";

    #[test]
    fn refusals() {
        refuses::<Mark>(vec![
            (
                "invalid_arguments",
                "U0BOB",
                json!({"channel": "C0GENERAL"}),
                |_| {},
            ),
            ("invalid_arguments", "U0BOB", json!({"ts": TS}), |_| {}),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0NOWHERE", "ts": TS}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "", "ts": TS}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0SECRET", "ts": TS}),
                |_| {},
            ),
            // Of a conversation that the caller may not know of nothing else is told.
            (
                "channel_not_found",
                "U0MIA",
                json!({"channel": "D0ADABOB", "ts": "soon"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0BOB",
                json!({"channel": "C0GENERAL", "ts": TS}),
                |t| t.scopes(&["groups:write", "im:write", "mpim:write"]),
            ),
            (
                "missing_scope",
                "U0BOB",
                json!({"channel": "D0ADABOB", "ts": TS}),
                |t| t.scopes(&["channels:write", "groups:write", "mpim:write"]),
            ),
            // Bots may have another scope for public channels, people may not.
            (
                "missing_scope",
                "U0BOB",
                json!({"channel": "C0GENERAL", "ts": TS}),
                |t| t.scopes(&["channels:manage"]),
            ),
            (
                "not_in_channel",
                "U0BOB",
                json!({"channel": "C0RANDOM", "ts": TS}),
                |_| {},
            ),
            (
                "no_permission",
                "U0BOB",
                json!({"channel": "C0GENERAL", "ts": TS}),
                |t| t.token.kind = TokenKind::Workspace,
            ),
            (
                "invalid_timestamp",
                "U0BOB",
                json!({"channel": "C0GENERAL", "ts": ""}),
                |_| {},
            ),
            (
                "invalid_timestamp",
                "U0BOB",
                json!({"channel": "C0GENERAL", "ts": "yesterday"}),
                |_| {},
            ),
            (
                "invalid_timestamp",
                "U0BOB",
                json!({"channel": "C0GENERAL", "ts": "-1.000000"}),
                |_| {},
            ),
            (
                "invalid_timestamp",
                "U0BOB",
                json!({"channel": "C0GENERAL", "ts": "1".repeat(10_000)}),
                |_| {},
            ),
        ]);
    }

    #[test]
    fn every_kind_is_marked_at_any_time_that_has_been() {
        for (user, channel) in [
            ("U0BOB", "C0GENERAL"),
            ("U0GREET", "C0GENERAL"),
            ("U0GREET", "C0SECRET"),
            ("U0ADA", "C0PAST"),
            ("U0MIA", "C0GUESTS"),
            ("U0GUS", "C0SHARED"),
            ("U0BOB", "D0ADABOB"),
            ("U0GREET", "G0TRIO"),
        ] {
            for (given, ts) in [
                (json!(TS), at(2)),
                (json!("0"), guestlist_domain::Timestamp(0)),
                (json!(1_700_000_002), at(2)),
                // What is to come is as good as now.
                (json!("1700001000.000000"), at(1000)),
                (json!("9999999999.000000"), at(1000)),
            ] {
                let mut trial = Trial::of(user);
                place(&mut trial.seed, channel).access_list = vec![id("U0OLD")];
                let done = trial.done::<Mark>(json!({"channel": channel, "ts": given}));
                let change = Change::Marked {
                    channel: id(channel),
                    user: id(user),
                    ts,
                    at: at(1000),
                };
                assert_eq!(done.changes, [change], "{user} {channel} {given}");
                assert_eq!((done.reply, done.extra_loads), (json!({}), 0));
            }
        }
    }

    /// What each method that shows it says of how far somebody has read.
    async fn shown(scene: &Scene, token: &str, channel: &str) -> Vec<Value> {
        let mut shown = Vec::new();
        for method in ["conversations.info", "channels.info"] {
            let told = scene.call(token, method, json!({"channel": channel})).await;
            shown.push(told["channel"]["last_read"].clone());
        }
        shown
    }

    #[tokio::test]
    async fn the_cursor_goes_forward_and_back_and_is_forgotten_by_who_leaves() {
        let scene = Scene::new();
        let channel = "C0GENERAL";
        let came = shown(&scene, "bob", channel).await;
        assert_eq!(came, [json!(at(2).ts()), json!(at(2).ts())]);
        for ts in [at(5).ts(), at(1).ts(), at(9).ts()] {
            let args = json!({"channel": channel, "ts": ts});
            let done = scene.call("bob", "conversations.mark", args).await;
            assert_eq!(done, json!({"ok": true}));
            assert_eq!(shown(&scene, "bob", channel).await, [json!(ts), json!(ts)]);
            // Nobody else's is another now.
            assert_eq!(shown(&scene, "ada", channel).await, came);
        }
        // Whatever they do to the channel afterwards, the answer shows it.
        let topic = json!({"channel": channel, "topic": "Tea"});
        let set = scene.call("bob", "conversations.setTopic", topic).await;
        assert_eq!(set["channel"]["last_read"], at(9).ts());

        let guests = json!({"channel": "C0GUESTS", "ts": at(9).ts()});
        scene.call("bob", "conversations.mark", guests).await;
        let guests = json!({"channel": "C0GUESTS"});
        scene
            .call("bob", "conversations.leave", guests.clone())
            .await;
        let back = scene.call("bob", "conversations.join", guests).await;
        let since = back["channel"]["last_read"].as_str().expect("a time");
        assert!(since > at(9).ts().as_str(), "{back}");
        assert_eq!(
            shown(&scene, "bob", "C0GUESTS").await,
            [json!(since), json!(since)]
        );
    }

    #[tokio::test]
    async fn what_is_said_after_the_cursor_is_unread() {
        let scene = Scene::new();
        let mut said = Vec::new();
        for text in ["one", "two", "three"] {
            let args = json!({"channel": "C0GENERAL", "text": text});
            let posted = scene.call("ada", "chat.postMessage", args).await;
            said.push(posted["ts"].as_str().expect("a time").to_owned());
        }
        for (ts, unread) in [
            (said[0].as_str(), 2),
            (&said[2], 0),
            ("0", 3),
            ("9999999999", 0),
        ] {
            let args = json!({"channel": "C0GENERAL", "ts": ts});
            scene.call("bob", "conversations.mark", args).await;
            let args = json!({"channel": "C0GENERAL"});
            let told = scene.call("bob", "channels.info", args).await;
            assert_eq!(told["channel"]["unread_count"], unread, "{ts}: {told}");
        }
        // Everything up to then, and not what comes.
        let args = json!({"channel": "C0GENERAL", "text": "four"});
        scene.call("ada", "chat.postMessage", args).await;
        let args = json!({"channel": "C0GENERAL"});
        let told = scene.call("bob", "channels.info", args).await;
        assert_eq!(told["channel"]["unread_count"], 1, "{told}");
    }

    #[tokio::test]
    async fn in_a_dm_what_somebody_did_last_tells_how_far_they_have_read() {
        let scene = Scene::new();
        let dm = "D0ADABOB";
        let say = async |token: &str| {
            let args = json!({"channel": dm, "text": "x"});
            let posted = scene.call(token, "chat.postMessage", args).await;
            posted["ts"].as_str().expect("a time").to_owned()
        };
        let state = async || {
            let args = json!({"channel": dm});
            let told = scene.call("bob", "conversations.info", args).await;
            let channel = &told["channel"];
            let read = channel["last_read"].as_str().expect("a time").to_owned();
            (read, channel["unread_count"].clone())
        };
        let first = say("ada").await;
        let own = say("bob").await;
        let second = say("ada").await;
        assert_eq!(state().await, (own.clone(), json!(1)));
        // Back behind what they said themselves, which is never unread.
        for (ts, unread) in [(&second, 0), (&first, 1), (&own, 1)] {
            let args = json!({"channel": dm, "ts": ts});
            scene.call("bob", "conversations.mark", args).await;
            assert_eq!(state().await, (ts.clone(), json!(unread)));
        }
        // Closed and open again it is where it was.
        for method in ["conversations.close", "conversations.open"] {
            let args = json!({"channel": dm});
            scene.call("bob", method, args).await;
            assert_eq!(state().await, (own.clone(), json!(1)));
        }
        // Who answers has read what they answer.
        let answer = say("bob").await;
        assert_eq!(state().await, (answer.clone(), json!(0)));
        let third = say("ada").await;
        assert_eq!(state().await, (answer, json!(1)));
        let args = json!({"channel": dm, "ts": third});
        scene.call("bob", "conversations.mark", args).await;
        assert_eq!(state().await, (third, json!(0)));
    }
}
