use super::DeclineSharedInvite;
use crate::{
    conversations::approve_shared_invite::tests::wait,
    fixture::offer,
    trial::{Trial, refuses},
};
use guestlist_domain::{
    Change,
    invitation::{State, Step},
    workspace::Plan,
};
use serde_json::{Value, json};

fn host() -> Value {
    json!({"invite_id": "I0ONE", "target_team": "T0GLOBEX"})
}

#[test]
fn refusals() {
    refuses::<DeclineSharedInvite>(vec![
        ("invalid_arguments", "U0ADA", json!({}), wait),
        ("restricted_action", "U0BOB", host(), wait),
        (
            "invite_not_found",
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
        ("not_paid", "U0ADA", host(), |t| {
            wait(t);
            t.seed.workspaces[0].plan = Plan::Free;
        }),
        ("inactive_invite", "U0ADA", host(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Revoked);
        }),
        ("inactive_invite", "U0ADA", host(), |t| {
            let one = offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
            one.expires = crate::fixture::at(1000);
        }),
        (
            "missing_target_team",
            "U0ADA",
            json!({"invite_id": "I0ONE"}),
            wait,
        ),
        ("approval_not_found", "U0ADA", host(), |t| {
            offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
        }),
        ("approval_inactive", "U0ADA", host(), |t| {
            wait(t);
            t.seed.invitations[0].1.state = State::Approved;
        }),
    ]);
}

#[test]
fn a_no_ends_it() {
    for (user, args) in [("U0ADA", host()), ("U0GIL", json!({"invite_id": "I0ONE"}))] {
        let mut trial = Trial::of(user);
        wait(&mut trial);
        let done = trial.done::<DeclineSharedInvite>(args);
        assert!(
            matches!(&done.changes[..], [
                Change::Invitation { step: Step::Declined, invitation, .. },
                Change::Shared { .. },
                Change::Raised { .. },
            ] if invitation.state == State::Declined),
            "{:?}",
            done.changes
        );
    }
}
