use super::RequestSharedInviteDeny as Deny;
use crate::{
    fixture::{at, id, offer, person},
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Change,
    invitation::{State, Step},
    user::Role,
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
    refuses::<Deny>(vec![
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
            "message_too_long",
            "U0ADA",
            json!({"invite_id": "I0ONE", "message": "x".repeat(561)}),
            ask,
        ),
    ]);
}

#[test]
fn whoever_asked_is_told() {
    for (inviter, told) in [("U0BOB", true), ("U0GREET", false)] {
        let mut trial = Trial::of("U0ADA");
        ask(&mut trial);
        trial.seed.invitations[0].1.inviter = id(inviter);
        let done = trial.done::<Deny>(json!({"invite_id": "I0ONE", "message": "Not them"}));
        assert_eq!(done.reply, json!({"invite_id": "I0ONE"}));
        assert!(
            matches!(&done.changes[0], Change::Invitation { step: Step::RequestDenied, invitation, .. }
            if invitation.denial.as_deref() == Some("Not them"))
        );
        // Nobody writes to bots.
        let wrote = done
            .changes
            .iter()
            .any(|change| matches!(change, Change::Posted { .. }));
        assert_eq!(wrote, told, "{inviter}");
    }
}
