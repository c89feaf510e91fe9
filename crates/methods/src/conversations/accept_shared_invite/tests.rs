use super::AcceptSharedInvite;
use crate::{
    fixture::{accepted, id, offer, place},
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Change,
    invitation::{Sharing, State, Step},
    user::Guest,
    workspace::{Approval, Status, Who},
};
use serde_json::{Value, json};

fn args() -> Value {
    json!({"channel_name": "acme-secret", "invite_id": "I0ONE"})
}

fn named(name: &str) -> Value {
    json!({"channel_name": name, "invite_id": "I0ONE"})
}

/// Gil holds an invitation to the secret channel.
fn invite(trial: &mut Trial) {
    offer(&mut trial.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
}

#[test]
fn refusals() {
    refuses::<AcceptSharedInvite>(vec![
        (
            "invalid_arguments",
            "U0GIL",
            json!({"invite_id": "I0ONE"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0GIL",
            json!({"channel_name": "x"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0GIL",
            json!({"channel_name": "x", "invite_id": "I0ONE", "channel_id": "C0SECRET"}),
            |_| {},
        ),
        ("invalid_name_required", "U0GIL", named(""), |_| {}),
        (
            "invalid_name_maxlength",
            "U0GIL",
            named(&"x".repeat(81)),
            |_| {},
        ),
        ("invalid_name_specials", "U0GIL", named("Acme"), |_| {}),
        ("invalid_name_punctuation", "U0GIL", named("--"), |_| {}),
        (
            "invalid_emoji_not_allowed",
            "U0GIL",
            named("fun-😀"),
            |_| {},
        ),
        (
            "invalid_emoji_not_allowed",
            "U0GIL",
            named(":smile:"),
            |_| {},
        ),
        (
            "invalid_privacy",
            "U0GIL",
            json!({"channel_name": "x", "invite_id": "I0ONE", "is_private": "maybe"}),
            |_| {},
        ),
        (
            "team_not_found",
            "U0GIL",
            json!({"channel_name": "x", "invite_id": "I0ONE", "team_id": "T0NOWHERE"}),
            invite,
        ),
        (
            "user_not_found",
            "U0GIL",
            json!({"channel_name": "x", "invite_id": "I0ONE", "team_id": "T0INITECH"}),
            invite,
        ),
        ("user_is_restricted", "U0GIL", args(), |t| {
            invite(t);
            crate::fixture::person(&mut t.seed, "U0GIL").guest = Some(Guest::MultiChannel);
        }),
        ("not_allowed_for_grid_workspace", "U0GIL", args(), |t| {
            invite(t);
            t.seed.workspaces[2].connect.enabled = false;
        }),
        (
            "invalid_link",
            "U0GIL",
            json!({"channel_name": "x", "invite_id": "U0GIL"}),
            invite,
        ),
        (
            "invite_not_found",
            "U0GIL",
            json!({"channel_name": "x", "invite_id": "I0TWO"}),
            invite,
        ),
        (
            "invite_not_found",
            "U0GIL",
            json!({"channel_name": "x", "channel_id": "C0RANDOM"}),
            invite,
        ),
        ("invite_not_found", "U0GIL", args(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Revoked);
        }),
        ("invite_not_found", "U0GIL", args(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Requested);
        }),
        ("invite_not_found", "U0GIL", args(), |t| {
            let one = offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
            one.expires = crate::fixture::at(1000);
        }),
        ("invite_not_found", "U0GIL", args(), |t| {
            invite(t);
            place(&mut t.seed, "C0SECRET").archived = true;
        }),
        ("invite_used", "U0GUS", args(), |t| {
            accepted(
                offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent),
                &["T0ACME"],
            );
        }),
        ("invite_from_same_org", "U0WES", args(), invite),
        ("invalid_recipient_team", "U0XEN", args(), invite),
        ("email_does_not_match", "U0GUS", args(), |t| {
            offer(
                &mut t.seed,
                "I0ONE",
                "C0SECRET",
                "gil@globex.test",
                State::Sent,
            );
        }),
        ("invalid_host_team", "U0GIL", args(), |t| {
            invite(t);
            t.seed.workspaces[0].status = Status::Migrating;
        }),
        ("channel_conversion_in_progress", "U0GIL", args(), |t| {
            invite(t);
            place(&mut t.seed, "C0SECRET").migrating = true;
        }),
        ("has_already_connected_to_org", "U0GIL", args(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SHARED", "U0GIL", State::Sent);
        }),
        ("is_pending_connected_to_org", "U0GUS", args(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GUS", State::Sent);
            accepted(
                offer(&mut t.seed, "I0TWO", "C0SECRET", "U0GIL", State::Sent),
                &["T0ACME"],
            );
        }),
        ("legacy_connection_limit_exceeded", "U0XEN", args(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SHARED", "U0XEN", State::Sent);
            place(&mut t.seed, "C0SHARED").legacy_shared = true;
        }),
        ("legacy_connection_invalid_org", "U0GIL", args(), |t| {
            invite(t);
            place(&mut t.seed, "C0SECRET").legacy_shared = true;
        }),
        ("connection_limit_exceeded", "U0XEN", args(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SHARED", "U0XEN", State::Sent);
            place(&mut t.seed, "C0SHARED").connection_limit = 2;
        }),
        (
            "restricted_action",
            "U0GIL",
            json!({"channel_name": "x", "invite_id": "I0ONE", "is_private": true}),
            |t| {
                invite(t);
                t.seed.workspaces[2].who_may_create_private = Who::Admins;
            },
        ),
        (
            "user_required_to_accept_as_private_but_cannot",
            "U0GIL",
            args(),
            |t| {
                let one = offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
                one.external_limited = true;
                t.seed.workspaces[2].who_may_create_private = Who::Admins;
            },
        ),
        ("user_cannot_create_channel", "U0GIL", args(), |t| {
            invite(t);
            t.seed.workspaces[2].who_may_create_public = Who::Admins;
        }),
        ("name_taken", "U0GIL", named("plans"), |t| {
            invite(t);
            let mut own = place(&mut t.seed, "C0RANDOM").clone();
            own.id = id("C0PLANS");
            own.team = id("T0GLOBEX");
            own.name = "plans".to_owned();
            t.seed.channels.push(own);
        }),
    ]);
}

#[test]
fn whoever_accepts_is_in_where_nobody_reviews() {
    let mut trial = Trial::of("U0GIL");
    invite(&mut trial);
    for args in [
        args(),
        json!({"channel_name": "acme-secret", "channel_id": "C0SECRET", "free_trial_accept": 1}),
    ] {
        let done = trial.done::<AcceptSharedInvite>(args);
        assert_eq!(
            done.reply,
            json!({"implicit_approval": true, "channel_id": "C0SECRET", "invite_id": "I0ONE", "can_open_scdm": false})
        );
        let shared = done.changes.iter().find_map(|change| match change {
            Change::Shared {
                channel,
                step: Sharing::Connected,
                ..
            } => Some(channel),
            _ => None,
        });
        let side = &shared.expect("connected").connections[0];
        assert_eq!(side.name.as_deref(), Some("acme-secret"));
        assert!(side.private == Some(false) && !side.external_limited);
        assert!(done.changes.iter().any(
            |change| matches!(change, Change::Joined { user, inviter: Some(by), .. }
            if *user == id("U0GIL") && *by == id("U0GREET"))
        ));
    }
}

#[test]
fn where_a_side_reviews_it_waits() {
    for (reviewing, implicit) in [(0, true), (2, false)] {
        let mut trial = Trial::of("U0GIL");
        invite(&mut trial);
        trial.seed.workspaces[reviewing].connect.approval = Approval::Required;
        let done = trial.done::<AcceptSharedInvite>(args());
        assert_eq!(done.reply["implicit_approval"], implicit);
        let Change::Invitation {
            step: Step::Accepted,
            invitation,
            ..
        } = &done.changes[0]
        else {
            panic!("{:?}", done.changes)
        };
        assert_eq!(invitation.state, State::PendingApproval);
        assert!(
            !done
                .changes
                .iter()
                .any(|change| matches!(change, Change::Joined { .. }))
        );
    }
}

#[test]
fn a_side_that_may_only_post_is_private() {
    let mut trial = Trial::of("U0GIL");
    let one = offer(
        &mut trial.seed,
        "I0ONE",
        "C0SECRET",
        "gil@globex.test",
        State::Sent,
    );
    one.external_limited = true;
    let args = json!({"channel_name": "acme-secret", "invite_id": "I0ONE", "is_private": "0"});
    let done = trial.done::<AcceptSharedInvite>(args);
    let private = done.changes.iter().any(|change| {
        matches!(change, Change::Shared { channel, .. }
        if channel.is_private_in(id("T0GLOBEX")) && channel.connections[0].external_limited)
    });
    assert!(private, "{:?}", done.changes);
}
