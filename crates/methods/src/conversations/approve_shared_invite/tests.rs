use super::ApproveSharedInvite;
use crate::{
    fixture::{accepted, offer, person, place},
    trial::{Trial, refuses},
};
use guestlist_domain::{Change, invitation::State, user::Role, workspace::Plan};
use serde_json::{Value, json};

fn host() -> Value {
    json!({"invite_id": "I0ONE", "target_team": "T0GLOBEX"})
}

fn partner() -> Value {
    json!({"invite_id": "I0ONE"})
}

/// Gil, an owner, has accepted an invitation; both sides have yet to approve.
pub(in crate::conversations) fn wait(trial: &mut Trial) {
    person(&mut trial.seed, "U0GIL").role = Role::Owner;
    let one = offer(&mut trial.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
    accepted(one, &["T0ACME", "T0GLOBEX"]);
}

#[test]
fn refusals() {
    refuses::<ApproveSharedInvite>(vec![
        ("invalid_arguments", "U0ADA", json!({}), wait),
        ("restricted_action", "U0BOB", host(), wait),
        ("restricted_action", "U0MIA", host(), wait),
        (
            "invalid_link",
            "U0ADA",
            json!({"invite_id": "C0SECRET"}),
            wait,
        ),
        (
            "invite_not_found",
            "U0ADA",
            json!({"invite_id": "I0TWO"}),
            wait,
        ),
        ("invite_not_found", "U0XEN", partner(), |t| {
            wait(t);
            person(&mut t.seed, "U0XEN").role = Role::Owner;
        }),
        ("not_paid", "U0ADA", host(), |t| {
            wait(t);
            t.seed.workspaces[0].plan = Plan::Free;
        }),
        ("missing_target_team", "U0ADA", partner(), wait),
        ("approval_not_found", "U0ADA", host(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
        }),
        (
            "approval_not_found",
            "U0ADA",
            json!({"invite_id": "I0ONE", "target_team": "T0INITECH"}),
            wait,
        ),
        ("approval_inactive", "U0ADA", host(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Revoked);
        }),
        ("approval_inactive", "U0ADA", host(), |t| {
            wait(t);
            t.seed.invitations[0].1.state = State::Declined;
        }),
        ("invalid_action", "U0ADA", host(), |t| {
            wait(t);
            t.seed.invitations[0].1.state = State::Approved;
        }),
        ("channel_not_found", "U0ADA", host(), |t| {
            wait(t);
            place(&mut t.seed, "C0SECRET").archived = true;
        }),
        ("channel_conversion_in_progress", "U0ADA", host(), |t| {
            wait(t);
            place(&mut t.seed, "C0SECRET").migrating = true;
        }),
        ("already_approved", "U0ADA", host(), |t| {
            let one = offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
            accepted(one, &["T0GLOBEX"]);
        }),
    ]);
}

#[test]
fn each_side_approves_for_itself() {
    for (user, args) in [("U0ADA", host()), ("U0GREET", host()), ("U0GIL", partner())] {
        let mut trial = Trial::of(user);
        wait(&mut trial);
        let done = trial.done::<ApproveSharedInvite>(args);
        assert_eq!(done.reply, json!({}));
        let Change::Invitation { invitation, .. } = &done.changes[0] else {
            panic!("{:?}", done.changes)
        };
        let acceptance = invitation.acceptance.as_ref().unwrap();
        assert_eq!(
            (acceptance.awaiting.len(), acceptance.reviews.len()),
            (1, 1)
        );
        assert_eq!(invitation.state, State::PendingApproval);
    }
}
