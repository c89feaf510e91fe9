use super::InviteShared;
use crate::{
    fixture::{accepted, id, join, offer, place},
    trial::{Row, SITE, Trial, refuses},
};
use guestlist_domain::{
    Change, TokenKind,
    connect::event::Event,
    invitation::{Invitation, Recipient, State, Step},
    message::What,
    workspace::{Plan, Status, Who},
};
use serde_json::{Value, json};

fn to_gil() -> Value {
    json!({"channel": "C0SECRET", "user_ids": "U0GIL"})
}

fn by_mail(email: &str) -> Value {
    json!({"channel": "C0SECRET", "emails": email})
}

#[test]
fn refusals() {
    let mut rows = channel_rows();
    rows.extend(recipient_rows());
    refuses::<InviteShared>(rows);
}

fn channel_rows() -> Vec<Row> {
    vec![
        (
            "invalid_arguments",
            "U0GREET",
            json!({"user_ids": "U0GIL"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0GREET",
            json!({"channel": "C0SECRET", "user_ids": ["U0GIL", "U0GUS"]}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0GREET",
            json!({"channel": "C0SECRET", "user_ids": "U0GIL", "emails": "gil@globex.test"}),
            |_| {},
        ),
        (
            "user_is_restricted",
            "U0MIA",
            json!({"channel": "C0GUESTS", "user_ids": "U0GIL"}),
            |_| {},
        ),
        ("not_paid", "U0GREET", to_gil(), |t| {
            t.seed.workspaces[0].plan = Plan::Free
        }),
        ("not_allowed_for_grid_workspace", "U0GREET", to_gil(), |t| {
            t.seed.workspaces[0].connect.enabled = false;
        }),
        (
            "channel_not_found",
            "U0GREET",
            json!({"channel": "C0HIDDEN", "user_ids": "U0GIL"}),
            |_| {},
        ),
        (
            "invalid_channel_type",
            "U0GREET",
            json!({"channel": "G0TRIO", "user_ids": "U0GIL"}),
            |_| {},
        ),
        (
            "channel_archived",
            "U0ADA",
            json!({"channel": "C0PAST", "user_ids": "U0GIL"}),
            |_| {},
        ),
        (
            "not_in_channel",
            "U0GREET",
            json!({"channel": "C0RANDOM", "user_ids": "U0GIL"}),
            |_| {},
        ),
        ("no_permission", "U0GREET", to_gil(), |t| {
            t.token.kind = TokenKind::Workspace
        }),
        ("access_denied", "U0GREET", to_gil(), |t| {
            place(&mut t.seed, "C0SECRET").access_list.push(id("U0ADA"));
        }),
        ("ekm_access_denied", "U0GREET", to_gil(), |t| {
            t.seed.enterprises[0].ekm_suspended = true;
        }),
        (
            "cannot_share_mandatory_channel",
            "U0GREET",
            json!({"channel": "C0GENERAL", "user_ids": "U0GIL"}),
            |_| {},
        ),
        ("cannot_share_mandatory_channel", "U0GREET", to_gil(), |t| {
            place(&mut t.seed, "C0SECRET").mandatory = true;
        }),
        (
            "cannot_share_cross_workspace_channel",
            "U0GREET",
            to_gil(),
            |t| {
                place(&mut t.seed, "C0SECRET").workspaces.push(id("T0WEST"));
            },
        ),
        (
            "cannot_share_cross_workspace_channel",
            "U0GREET",
            to_gil(),
            |t| {
                place(&mut t.seed, "C0SECRET").org_wide = true;
            },
        ),
        ("not_supported", "U0GREET", to_gil(), |t| {
            place(&mut t.seed, "C0SECRET").unshareable = true;
        }),
        ("not_supported", "U0GREET", to_gil(), |t| {
            place(&mut t.seed, "C0SECRET").migrating = true;
        }),
        (
            "not_owner",
            "U0GUS",
            json!({"channel": "C0SHARED", "user_ids": "U0XEN"}),
            |_| {},
        ),
        (
            "legacy_connection_limit_exceeded",
            "U0ADA",
            json!({"channel": "C0SHARED", "user_ids": "U0XEN"}),
            |t| place(&mut t.seed, "C0SHARED").legacy_shared = true,
        ),
        (
            "connection_limit_exceeded",
            "U0ADA",
            json!({"channel": "C0SHARED", "user_ids": "U0XEN"}),
            |t| place(&mut t.seed, "C0SHARED").connection_limit = 2,
        ),
        (
            "connection_limit_exceeded_pending",
            "U0GREET",
            to_gil(),
            |t| {
                place(&mut t.seed, "C0SECRET").connection_limit = 2;
                offer(
                    &mut t.seed,
                    "I0ONE",
                    "C0SECRET",
                    "xen@initech.test",
                    State::Sent,
                );
            },
        ),
        ("member_limit_exceeded", "U0GREET", to_gil(), |t| {
            place(&mut t.seed, "C0SECRET").member_limit = 2;
        }),
        // Checks of the channel come before those of the recipient.
        (
            "channel_not_found",
            "U0GREET",
            json!({"channel": "", "emails": "a@b,c@d", "message": "www.x"}),
            |_| {},
        ),
    ]
}

fn recipient_rows() -> Vec<Row> {
    vec![
        (
            "recipients_not_specified",
            "U0GREET",
            json!({"channel": "C0SECRET"}),
            |_| {},
        ),
        (
            "recipients_not_specified",
            "U0GREET",
            json!({"channel": "C0SECRET", "emails": "", "user_ids": []}),
            |_| {},
        ),
        (
            "restricted_action",
            "U0ADA",
            json!({"channel": "C0SECRET"}),
            |_| {},
        ),
        (
            "too_many_emails",
            "U0GREET",
            by_mail("a@x.test,b@x.test"),
            |_| {},
        ),
        ("invalid_email", "U0GREET", by_mail("gil at globex"), |_| {}),
        (
            "message_too_long",
            "U0GREET",
            json!({"channel": "C0SECRET", "user_ids": "U0GIL", "message": "é".repeat(561)}),
            |_| {},
        ),
        (
            "url_in_message",
            "U0GREET",
            json!({"channel": "C0SECRET", "user_ids": "U0GIL", "custom_message": "see HTTPS://x.test"}),
            |_| {},
        ),
        ("no_external_invite_permission", "U0GREET", to_gil(), |t| {
            t.seed.workspaces[0].connect.invite_external_people = Who::Admins;
        }),
        ("restricted_action", "U0GREET", to_gil(), |t| {
            t.seed.workspaces[0].connect.send_post_only = Who::Admins;
        }),
        (
            "restricted_action",
            "U0ADA",
            json!({"channel": "C0SECRET", "user_ids": "U0GIL", "external_limited": false}),
            |t| t.seed.workspaces[0].connect.send_full = Who::Nobody,
        ),
        (
            "user_not_found",
            "U0GREET",
            json!({"channel": "C0SECRET", "user_ids": "C0SECRET"}),
            |_| {},
        ),
        // Only colleagues read mail at these, and they cannot accept.
        (
            "user_not_found",
            "U0GREET",
            json!({"channel": "C0SECRET", "emails": "bob@acme.test"}),
            |_| {},
        ),
        (
            "user_not_found",
            "U0GREET",
            json!({"channel": "C0SECRET", "emails": "wes@west.test"}),
            |_| {},
        ),
        // Nothing is shared with Initech, and Bob is of the same organisation.
        (
            "user_not_found",
            "U0GREET",
            json!({"channel": "C0SECRET", "user_ids": "U0XEN"}),
            |_| {},
        ),
        (
            "user_not_found",
            "U0GREET",
            json!({"channel": "C0SECRET", "user_ids": "U0BOB"}),
            |_| {},
        ),
        (
            "already_in_channel",
            "U0GREET",
            json!({"channel": "C0SHARED", "user_ids": "U0GUS"}),
            |_| {},
        ),
        (
            "already_in_channel",
            "U0GREET",
            json!({"channel": "C0SHARED", "emails": "GUS@globex.test"}),
            |_| {},
        ),
        ("ratelimit", "U0GREET", by_mail("gil@globex.test"), |t| {
            t.seed.workspaces[0].connect.email_quota_per_hour = 1;
            let sent = offer(
                &mut t.seed,
                "I0ONE",
                "C0RANDOM",
                "xen@initech.test",
                State::Revoked,
            );
            sent.created = crate::fixture::at(999);
        }),
        ("invite_lookup_error", "U0GREET", to_gil(), |t| {
            let offered = offer(&mut t.seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
            accepted(offered, &["T0GLOBEX"]);
        }),
        ("invite_not_found", "U0GREET", to_gil(), |t| {
            t.seed.workspaces[2].status = Status::Deleted;
        }),
        ("invite_not_found", "U0GREET", to_gil(), |t| {
            t.seed.workspaces[2].connect.enabled = false;
        }),
    ]
}

fn invitation(changes: &[Change], wanted: Step) -> &Invitation {
    let found = changes.iter().find_map(|change| match change {
        Change::Invitation {
            step, invitation, ..
        } if *step == wanted => Some(invitation.as_ref()),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no step {wanted:?} among {changes:?}"))
}

#[test]
fn people_are_told_by_slackbot_and_their_answer_has_no_link() {
    let done = Trial::of("U0GREET").done::<InviteShared>(json!({
        "channel": "C0SECRET", "user_ids": ["U0GIL"], "message": "Come & see",
    }));
    let sent = invitation(&done.changes, Step::Sent);
    assert_eq!(
        done.reply,
        json!({"invite_id": sent.id, "is_legacy_shared_channel": false})
    );
    assert!(sent.external_limited && sent.to == Recipient::User(id("U0GIL")));
    let told = done.changes.iter().find_map(|change| match change {
        Change::Posted { message, .. } => Some(message),
        _ => None,
    });
    let What::Text(text) = &told.expect("a message").what else {
        panic!("not a text")
    };
    let link = format!("{SITE}/share/{}", sent.link.as_ref().unwrap());
    assert!(
        text.text.contains(&link) && text.text.ends_with("Come & see"),
        "{}",
        text.text
    );
    assert!(
        !done
            .changes
            .iter()
            .any(|change| matches!(change, Change::Raised { .. }))
    );
}

#[test]
fn bots_get_an_event_and_full_rights_a_link() {
    let mut trial = Trial::of("U0GREET");
    let gus = crate::fixture::person(&mut trial.seed, "U0GIL");
    gus.bot = Some(guestlist_domain::user::Bot {
        id: id("B0GIL"),
        app: Some(id("A0GIL")),
    });
    let done = trial.done::<InviteShared>(json!({
        "channel": "C0SECRET", "user_ids": "[\"U0GIL\"]", "external_limited": "0",
    }));
    let sent = invitation(&done.changes, Step::Sent);
    assert_eq!(done.reply["conf_code"], json!(sent.conf_code));
    let url = format!("{SITE}/share/{}", sent.link.as_ref().unwrap());
    assert_eq!(done.reply["url"], json!(url));
    let [
        Change::Raised {
            event, audience, ..
        },
    ] = &done.changes[1..]
    else {
        panic!("{:?}", done.changes)
    };
    assert!(matches!(
        event.as_ref(),
        Event::SharedChannelInviteReceived { .. }
    ));
    assert_eq!(audience.app, Some(id("A0GIL")));
    assert_eq!(audience.teams, [id("T0GLOBEX")]);
}

#[test]
fn by_mail_anybody_may_be_invited_and_gets_a_letter() {
    for emails in [
        json!("New@Nowhere.test"),
        json!(["new@nowhere.test"]),
        json!("[\"new@nowhere.test\"]"),
    ] {
        let args = json!({"channel": "C0SECRET", "emails": emails});
        let done = Trial::of("U0ADA").done::<InviteShared>(args);
        let sent = invitation(&done.changes, Step::Sent);
        assert_eq!(sent.to, Recipient::Email("new@nowhere.test".to_owned()));
        let [_, Change::Mail { mail, .. }] = &done.changes[..] else {
            panic!("nobody else is told: {:?}", done.changes);
        };
        assert_eq!(
            (mail.to.as_str(), mail.letter.invitation),
            ("new@nowhere.test", Some(sent.id))
        );
    }
}

#[test]
fn where_invitations_are_reviewed_a_request_is_made() {
    let mut trial = Trial::of("U0GREET");
    trial.seed.workspaces[0].connect.review_before_sending = true;
    let args = json!({"channel": "C0SECRET", "user_ids": "U0GIL", "external_limited": false});
    let done = trial.done::<InviteShared>(args);
    let asked = invitation(&done.changes, Step::Requested);
    assert_eq!(
        done.reply,
        json!({"invite_id": asked.id, "is_legacy_shared_channel": false})
    );
    let [_, Change::Raised { event, .. }] = &done.changes[..] else {
        panic!("{:?}", done.changes)
    };
    assert!(matches!(
        event.as_ref(),
        Event::SharedChannelInviteRequested { .. }
    ));
}

#[test]
fn an_open_invitation_is_answered_again_even_at_the_limits() {
    let mut trial = Trial::of("U0GREET");
    trial.seed.workspaces[0].connect.email_quota_per_hour = 0;
    place(&mut trial.seed, "C0SECRET").connection_limit = 2;
    offer(
        &mut trial.seed,
        "I0ONE",
        "C0SECRET",
        "gil@globex.test",
        State::Sent,
    );
    let done = trial.done::<InviteShared>(by_mail("gil@globex.test"));
    assert_eq!(done.reply["invite_id"], "I0ONE");
    assert!(done.changes.is_empty());
}

#[test]
fn external_people_count_in_the_limit_of_members() {
    let mut trial = Trial::of("U0ADA");
    place(&mut trial.seed, "C0SHARED").member_limit = 4;
    let args = json!({"channel": "C0SHARED", "emails": "xen@initech.test"});
    trial.done::<InviteShared>(args.clone());
    join(&mut trial.seed, "C0SHARED", &["U0GIL"]);
    assert_eq!(
        trial.run::<InviteShared>(args).err(),
        Some("member_limit_exceeded")
    );
}
