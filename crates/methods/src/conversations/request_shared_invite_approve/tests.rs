use super::RequestSharedInviteApprove as Approve;
use crate::{
    fixture::{at, id, join, offer, person, place},
    trial::{SITE, Trial, refuses},
};
use guestlist_domain::{
    Change, Seed,
    channel::{ChannelKind, Connection},
    invitation::{Invitation, State, Step},
    user::Role,
    workspace::Who,
};
use serde_json::{Value, json};

/// Greet asked to invite Gil to the secret channel.
fn ask(trial: &mut Trial) {
    offer(
        &mut trial.seed,
        "I0ONE",
        "C0SECRET",
        "U0GIL",
        State::Requested,
    )
    .message = Some("Come".to_owned());
}

fn one() -> Value {
    json!({"invite_id": "I0ONE"})
}

#[test]
fn refusals() {
    refuses::<Approve>(vec![
        ("invalid_arguments", "U0ADA", json!({}), ask),
        ("restricted_action", "U0BOB", one(), ask),
        (
            "invite_not_found",
            "U0ADA",
            json!({"invite_id": "I0TWO"}),
            ask,
        ),
        ("invite_not_found", "U0ADA", one(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
        }),
        ("invite_not_found", "U0GIL", one(), |t| {
            ask(t);
            person(&mut t.seed, "U0GIL").role = Role::Owner;
        }),
        ("invite_already_approved", "U0ADA", one(), |t| {
            ask(t);
            t.seed.invitations[0].1.state = State::Sent;
            t.seed.invitations[0].1.reviewer = Some(id("U0ADA"));
        }),
        ("invite_already_denied", "U0ADA", one(), |t| {
            ask(t);
            t.seed.invitations[0].1.state = State::RequestDenied;
        }),
        ("invite_expired", "U0ADA", one(), |t| {
            ask(t);
            t.seed.invitations[0].1.expires = at(1000);
        }),
        ("user_not_found", "U0ADA", one(), |t| {
            ask(t);
            person(&mut t.seed, "U0GREET").removed = true;
        }),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"invite_id": "I0ONE", "message": {"text": "x"}}),
            ask,
        ),
        ("channel_not_found", "U0ADA", one(), |t| {
            ask(t);
            place(&mut t.seed, "C0SECRET").archived = true;
        }),
        (
            "channel_not_found",
            "U0ADA",
            json!({"invite_id": "I0ONE", "channel_id": "C0RANDOM"}),
            |t| {
                ask(t);
                place(&mut t.seed, "C0RANDOM").kind = ChannelKind::Private;
            },
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"invite_id": "I0ONE", "channel_id": "nowhere"}),
            ask,
        ),
        ("restricted_action", "U0ADA", one(), |t| {
            ask(t);
            t.seed.workspaces[0].connect.send_full = Who::Nobody;
        }),
        (
            "restricted_action",
            "U0ADA",
            json!({"invite_id": "I0ONE", "is_external_limited": true}),
            |t| {
                ask(t);
                t.seed.workspaces[0].connect.send_post_only = Who::Nobody;
            },
        ),
        ("no_external_invite_permission", "U0ADA", one(), |t| {
            ask(t);
            place(&mut t.seed, "C0SECRET").unshareable = true;
        }),
        (
            "no_external_invite_permission",
            "U0ADA",
            json!({"invite_id": "I0ONE", "channel_id": "C0RANDOM"}),
            |t| {
                ask(t);
                offer(&mut t.seed, "I0TWO", "C0RANDOM", "U0GIL", State::Sent);
            },
        ),
        (
            "message_too_long",
            "U0ADA",
            json!({"invite_id": "I0ONE", "message": {"text": "x".repeat(556), "is_override": false}}),
            ask,
        ),
    ]);
}

/// Changes a channel of a seed.
type Close = fn(&mut Seed, &str);

/// What keeps a channel from being offered to anybody.
const CLOSED: [(&str, Close); 11] = [
    ("general", |seed, id| place(seed, id).general = true),
    ("mandatory", |seed, id| place(seed, id).mandatory = true),
    ("org-wide", |seed, id| place(seed, id).org_wide = true),
    ("of two workspaces", |seed, at| {
        place(seed, at).workspaces = vec![id("T0WEST")];
    }),
    ("being moved", |seed, id| place(seed, id).migrating = true),
    ("for others", |seed, at| {
        place(seed, at).access_list = vec![id("U0ADA")]
    }),
    ("sealed", |seed, _| seed.enterprises[0].ekm_suspended = true),
    ("shared in the old way", |seed, at| {
        place(seed, at).legacy_shared = true;
        connect(seed, at);
    }),
    ("full of organisations", |seed, at| {
        place(seed, at).connection_limit = 2;
        connect(seed, at);
    }),
    ("full of invitations", |seed, at| {
        place(seed, at).connection_limit = 2;
        offer(seed, "I0TWO", at, "U0GUS", State::Sent);
    }),
    ("full of people", |seed, id| {
        place(seed, id).member_limit = 1
    }),
];

fn connect(seed: &mut Seed, channel: &str) {
    place(seed, channel).connections.push(Connection {
        workspace: id("T0INITECH"),
        external_limited: false,
        name: None,
        private: None,
        connected: at(3),
    });
}

#[test]
fn what_nobody_may_offer_is_not_offered_by_way_of_a_request() {
    let other = json!({"invite_id": "I0ONE", "channel_id": "C0RANDOM"});
    for (args, channel) in [(one(), "C0SECRET"), (other, "C0RANDOM")] {
        let asked = || {
            let mut trial = Trial::of("U0ADA");
            join(&mut trial.seed, "C0RANDOM", &["U0GREET"]);
            ask(&mut trial);
            trial
        };
        asked().done::<Approve>(args.clone());
        for (why, close) in CLOSED {
            let mut trial = asked();
            close(&mut trial.seed, channel);
            let no = trial.run::<Approve>(args.clone()).map(|done| done.changes);
            // The request itself takes the place that is left.
            if (why, channel) == ("full of invitations", "C0SECRET") {
                assert!(no.is_ok(), "{no:?}");
                continue;
            }
            assert_eq!(no, Err("no_external_invite_permission"), "{channel} {why}");
        }
    }
}

fn sent(changes: &[Change]) -> &Invitation {
    match &changes[0] {
        Change::Invitation {
            step: Step::RequestApproved,
            invitation,
            ..
        } => invitation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_let_be_sent_is_sent_as_it_was_asked_for_or_changed() {
    for (args, message, channel, limited) in [
        (one(), "Come", "C0SECRET", false),
        (
            json!({"invite_id": "I0ONE", "message": "{\"text\": \"Now\", \"is_override\": true}"}),
            "Now",
            "C0SECRET",
            false,
        ),
        (
            json!({"invite_id": "I0ONE", "message": {"text": "Now", "is_override": false}, "is_external_limited": 1}),
            "Come\nNow",
            "C0SECRET",
            true,
        ),
        // As one official client spells it.
        (
            json!({"invite_id": "I0ONE", "team_id": "C0SHARED"}),
            "Come",
            "C0SHARED",
            false,
        ),
    ] {
        let mut trial = Trial::of("U0ADA");
        ask(&mut trial);
        let done = trial.done::<Approve>(args);
        let invitation = sent(&done.changes);
        assert_eq!(invitation.message.as_deref(), Some(message));
        assert_eq!(invitation.channel, id(channel));
        assert_eq!(invitation.external_limited, limited);
        assert_eq!(invitation.reviewer, Some(id("U0ADA")));
        assert_eq!(done.reply["invite_id"], "I0ONE");
        let url = (!limited).then(|| format!("{SITE}/share/zt-i0one"));
        assert_eq!(
            done.reply.get("url").and_then(Value::as_str),
            url.as_deref()
        );
        assert_eq!(done.reply.get("confirmation_code").is_some(), !limited);
    }
}
