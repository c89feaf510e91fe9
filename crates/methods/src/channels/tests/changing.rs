//! Each code of the other methods that change something.

use super::{acme, suspend};
use crate::{
    channels::{create, join, kick, leave},
    fixture::{id, place},
    trial::refuses,
};
use guestlist_domain::{TokenKind, workspace::Barrier};
use serde_json::json;

#[test]
fn making_is_refused() {
    let long = "x".repeat(81);
    refuses::<create::Create>(vec![
        ("invalid_arguments", "U0BOB", json!({}), |_| {}),
        (
            "invalid_arguments",
            "U0BOB",
            json!({"name": "ops", "validate": "maybe"}),
            |_| {},
        ),
        (
            "invalid_name_required",
            "U0BOB",
            json!({"name": "#"}),
            |_| {},
        ),
        (
            "invalid_name_maxlength",
            "U0BOB",
            json!({"name": long, "validate": true}),
            |_| {},
        ),
        (
            "invalid_name_punctuation",
            "U0BOB",
            json!({"name": "!!"}),
            |_| {},
        ),
        (
            "invalid_name_specials",
            "U0BOB",
            json!({"name": "Ops", "validate": true}),
            |_| {},
        ),
        ("missing_scope", "U0BOB", json!({"name": "ops"}), |t| {
            t.scopes(&["groups:write"])
        }),
        (
            "ekm_access_denied",
            "U0BOB",
            json!({"name": "ops"}),
            suspend,
        ),
        (
            "user_is_restricted",
            "U0MIA",
            json!({"name": "ops"}),
            |_| {},
        ),
        ("name_taken", "U0BOB", json!({"name": "Random"}), |_| {}),
        ("name_taken", "U0BOB", json!({"name": "secret"}), |_| {}),
        ("missing_argument", "U0BOB", json!({"name": "ops"}), |t| {
            t.token.kind = TokenKind::Org
        }),
    ]);
}

#[test]
fn joining_is_refused() {
    let long = "x".repeat(81);
    refuses::<join::Join>(vec![
        ("invalid_arguments", "U0BOB", json!({}), |_| {}),
        (
            "invalid_name_required",
            "U0BOB",
            json!({"name": ""}),
            |_| {},
        ),
        (
            "invalid_name_maxlength",
            "U0BOB",
            json!({"name": long, "validate": true}),
            |_| {},
        ),
        (
            "invalid_name_punctuation",
            "U0BOB",
            json!({"name": "--"}),
            |_| {},
        ),
        (
            "invalid_name_specials",
            "U0BOB",
            json!({"name": "Random", "validate": true}),
            |_| {},
        ),
        (
            "user_is_restricted",
            "U0MIA",
            json!({"name": "guests"}),
            |_| {},
        ),
        ("missing_scope", "U0BOB", json!({"name": "random"}), |t| {
            t.scopes(&["groups:write"])
        }),
        ("name_taken", "U0BOB", json!({"name": "secret"}), |_| {}),
        ("name_taken", "U0BOB", json!({"name": "hidden"}), |_| {}),
        (
            "missing_argument",
            "U0BOB",
            json!({"name": "random"}),
            |t| t.token.kind = TokenKind::Org,
        ),
        ("is_archived", "U0BOB", json!({"name": "past"}), |_| {}),
        (
            "ekm_access_denied",
            "U0BOB",
            json!({"name": "random"}),
            suspend,
        ),
        (
            "ekm_access_denied",
            "U0BOB",
            json!({"name": "new"}),
            suspend,
        ),
        ("access_denied", "U0BOB", json!({"name": "random"}), |t| {
            place(&mut t.seed, "C0RANDOM").access_list.push(id("U0ADA"));
        }),
        ("access_denied", "U0BOB", json!({"name": "random"}), |t| {
            acme(t).barriers.push(Barrier {
                from: [id("U0ADA")].into(),
                to: [id("U0BOB")].into(),
            });
        }),
        (
            "restricted_action",
            "U0BOB",
            json!({"name": "random"}),
            |t| {
                place(&mut t.seed, "C0RANDOM").member_limit = 1;
            },
        ),
    ]);
}

#[test]
fn leaving_is_refused() {
    refuses::<leave::Leave>(vec![
        ("invalid_arguments", "U0BOB", json!({}), |_| {}),
        (
            "channel_not_found",
            "U0BOB",
            json!({"channel": "C0NONE"}),
            |_| {},
        ),
        // One they are in, but no public one.
        (
            "channel_not_found",
            "U0BOB",
            json!({"channel": "C0HIDDEN"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0BOB",
            json!({"channel": "G0TRIO"}),
            |_| {},
        ),
        (
            "missing_scope",
            "U0ADA",
            json!({"channel": "C0RANDOM"}),
            |t| t.scopes(&["groups:write"]),
        ),
        ("is_archived", "U0ADA", json!({"channel": "C0PAST"}), |_| {}),
        (
            "cant_leave_general",
            "U0BOB",
            json!({"channel": "C0GENERAL"}),
            |_| {},
        ),
        (
            "user_is_restricted",
            "U0MIA",
            json!({"channel": "C0GUESTS"}),
            |_| {},
        ),
    ]);
}

#[test]
fn kicking_is_refused() {
    refuses::<kick::Kick>(vec![
        (
            "invalid_arguments",
            "U0BOB",
            json!({"channel": "C0GUESTS"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0GREET"}),
            |_| {},
        ),
        (
            "missing_scope",
            "U0BOB",
            json!({"channel": "C0GUESTS", "user": "U0MIA"}),
            |t| {
                t.scopes(&["groups:write"]);
            },
        ),
        (
            "ekm_access_denied",
            "U0BOB",
            json!({"channel": "C0GUESTS", "user": "U0MIA"}),
            suspend,
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
            "U0BOB",
            json!({"channel": "C0GUESTS", "user": "U0MIA"}),
            |t| {
                place(&mut t.seed, "C0GUESTS").access_list.push(id("U0ADA"));
            },
        ),
        (
            "user_is_restricted",
            "U0MIA",
            json!({"channel": "C0GUESTS", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "user_not_found",
            "U0BOB",
            json!({"channel": "C0GUESTS", "user": "U0NONE"}),
            |_| {},
        ),
        (
            "cant_kick_self",
            "U0BOB",
            json!({"channel": "C0GUESTS", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "cant_kick_from_general",
            "U0ADA",
            json!({"channel": "C0GENERAL", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "restricted_action",
            "U0BOB",
            json!({"channel": "C0GUESTS", "user": "U0MIA"}),
            |t| {
                place(&mut t.seed, "C0GUESTS").mandatory = true;
            },
        ),
        (
            "restricted_action",
            "U0GUS",
            json!({"channel": "C0SHARED", "user": "U0ADA"}),
            |_| {},
        ),
    ]);
}
