//! What `conversations.setTopic` and `conversations.setPurpose` have in common.

/// The most characters of a topic or a purpose.
pub const MOST_CHARACTERS: usize = 250;

#[cfg(feature = "server")]
pub(super) use server::set;

#[cfg(feature = "server")]
mod server {
    use guestlist_domain::{
        Caller, Channel, Moment, Plan, Stop, act, channel::Note, message::What, mrkdwn, see::Seen,
    };

    /// Sets one of a channel's notes to `value`. Guests and post-only sides are refused as
    /// `restricted`; a value it has already leaves no message.
    pub(in super::super) fn set<R>(
        caller: &Caller,
        seen: Seen,
        restricted: R,
        value: &str,
        which: fn(&mut Channel) -> &mut Note,
        what: fn(String) -> What,
        moment: &mut Moment,
    ) -> Result<Plan<Seen>, Stop<R>> {
        if caller.user.guest.is_some() || seen.is_post_only() {
            return Err(Stop::Refused(restricted));
        }
        let value = mrkdwn::escape(value);
        if which(&mut Channel::clone(&seen.channel)).value == value {
            return Ok(Plan::nothing(seen));
        }
        let note = Note {
            value: value.clone(),
            creator: Some(caller.id()),
            last_set: moment.now(),
        };
        let (seen, change) = act::edit(caller, &seen, what(value), moment, |channel| {
            *which(channel) = note
        });
        Ok(Plan {
            changes: vec![change],
            outcome: seen,
        })
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::super::{set_purpose::SetPurpose, set_topic::SetTopic};
    use crate::{
        fixture::{id, place},
        handle::Write,
        trial::{Row, Trial, refuses},
    };
    use guestlist_domain::{Change, Channel, TokenKind, channel::Note, message::What};
    use serde_json::json;

    const TOPIC: Kind = Kind {
        argument: "topic",
        note: |channel| &mut channel.topic,
        what: What::Topic,
    };
    const PURPOSE: Kind = Kind {
        argument: "purpose",
        note: |channel| &mut channel.purpose,
        what: What::Purpose,
    };

    /// One of the two notes that a channel has.
    struct Kind {
        argument: &'static str,
        note: fn(&mut Channel) -> &mut Note,
        what: fn(String) -> What,
    }

    fn refusals(argument: &str) -> Vec<Row> {
        let long = "é".repeat(251);
        vec![
            (
                "invalid_arguments",
                "U0ADA",
                json!({"channel": "C0RANDOM"}),
                |_| {},
            ),
            (
                "too_long",
                "U0ADA",
                json!({"channel": "C0RANDOM", (argument): long}),
                |_| {},
            ),
            (
                "channel_not_found",
                "U0BOB",
                json!({"channel": "C0SECRET", (argument): "x"}),
                |_| {},
            ),
            (
                "method_not_supported_for_channel_type",
                "U0ADA",
                json!({"channel": "D0ADABOB", (argument): "x"}),
                |_| {},
            ),
            (
                "missing_scope",
                "U0ADA",
                json!({"channel": "C0SECRET", (argument): "x"}),
                |t| t.scopes(&["channels:write.topic"]),
            ),
            (
                "is_archived",
                "U0ADA",
                json!({"channel": "C0PAST", (argument): "x"}),
                |_| {},
            ),
            (
                "ekm_access_denied",
                "U0ADA",
                json!({"channel": "C0RANDOM", (argument): "x"}),
                |t| {
                    t.seed.enterprises[0].ekm_suspended = true;
                },
            ),
            (
                "not_in_channel",
                "U0BOB",
                json!({"channel": "C0RANDOM", (argument): "x"}),
                |_| {},
            ),
            (
                "access_denied",
                "U0ADA",
                json!({"channel": "C0RANDOM", (argument): "x"}),
                |t| {
                    place(&mut t.seed, "C0RANDOM").access_list.push(id("U0BOB"));
                },
            ),
            (
                "no_permission",
                "U0GREET",
                json!({"channel": "C0SECRET", (argument): "x"}),
                |t| {
                    t.token.kind = TokenKind::Workspace;
                },
            ),
            (
                "user_is_restricted",
                "U0MIA",
                json!({"channel": "C0GUESTS", (argument): "x"}),
                |_| {},
            ),
            (
                "user_is_restricted",
                "U0GUS",
                json!({"channel": "C0SHARED", (argument): "x"}),
                |t| {
                    place(&mut t.seed, "C0SHARED").connections[0].external_limited = true;
                },
            ),
        ]
    }

    fn members_set_it<P: Write>(kind: &Kind) {
        let full = "é".repeat(250);
        for (user, channel, value) in [
            ("U0BOB", "C0GENERAL", "Plans &amp; &lt;pans&gt;"),
            ("U0GREET", "C0SECRET", &full),
            ("U0BOB", "G0TRIO", "The three of us"),
            ("U0GUS", "C0SHARED", "Ours"),
        ] {
            let given = value.replace("&amp;", "&").replace("&lt;", "<");
            let args = json!({"channel": channel, (kind.argument): given});
            let done = Trial::of(user).done::<P>(args);
            let [
                Change::Edited {
                    channel: edited,
                    message,
                },
            ] = &done.changes[..]
            else {
                panic!("{:?}", done.changes)
            };
            let mut edited = Channel::clone(edited);
            let note = (kind.note)(&mut edited);
            assert_eq!((note.value.as_str(), note.creator), (value, Some(id(user))));
            assert_eq!(
                (message.user, &message.what),
                (id(user), &(kind.what)(value.to_owned()))
            );
            assert_eq!(done.reply["channel"][kind.argument]["value"], value);
            assert_eq!(done.extra_loads, 0);
        }
    }

    fn what_it_is_already_leaves_no_message<P: Write>(kind: &Kind) {
        let mut trial = Trial::of("U0BOB");
        let mut changes = |before: &str, value: &str| {
            (kind.note)(place(&mut trial.seed, "C0GENERAL")).value = before.to_owned();
            let args = json!({"channel": "C0GENERAL", (kind.argument): value});
            trial.done::<P>(args).changes.len()
        };
        assert_eq!(changes("", ""), 0);
        assert_eq!(changes("Talk", "Talk"), 0);
        assert_eq!(changes("Talk", ""), 1);
    }

    #[test]
    fn topics() {
        refuses::<SetTopic>(refusals("topic"));
        members_set_it::<SetTopic>(&TOPIC);
        what_it_is_already_leaves_no_message::<SetTopic>(&TOPIC);
    }

    #[test]
    fn purposes() {
        refuses::<SetPurpose>(refusals("purpose"));
        members_set_it::<SetPurpose>(&PURPOSE);
        what_it_is_already_leaves_no_message::<SetPurpose>(&PURPOSE);
    }
}
