//! Each code of `channels.invite` and `groups.invite`.

use super::{acme, one_channel, suspend};
use crate::{
    channels::invite,
    fixture::{id, place},
    groups,
    trial::refuses,
};
use guestlist_domain::workspace::{Barrier, Who};
use serde_json::json;

#[test]
fn inviting_is_refused() {
    refuses::<invite::Invite>(vec![
        (
            "invalid_arguments",
            "U0ADA",
            json!({"channel": "C0RANDOM"}),
            |_| {},
        ),
        (
            "invalid_arguments",
            "U0ADA",
            json!({"user": "U0BOB"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "C0NONE", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "D0ADABOB", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "missing_scope",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0BOB"}),
            |t| {
                t.scopes(&["groups:write"]);
            },
        ),
        (
            "is_archived",
            "U0ADA",
            json!({"channel": "C0PAST", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0BOB"}),
            |t| {
                place(&mut t.seed, "C0RANDOM").migrating = true;
            },
        ),
        (
            "ekm_access_denied",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0BOB"}),
            suspend,
        ),
        (
            "not_in_channel",
            "U0BOB",
            json!({"channel": "C0RANDOM", "user": "U0ADA"}),
            |_| {},
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0BOB"}),
            |t| {
                place(&mut t.seed, "C0RANDOM").access_list.push(id("U0BOB"));
            },
        ),
        (
            "no_permission",
            "U0BOB",
            json!({"channel": "C0GENERAL", "user": "U0MIA"}),
            |t| {
                acme(t).who_may_invite = Who::Admins;
            },
        ),
        (
            "user_not_found",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": ""}),
            |_| {},
        ),
        (
            "user_not_found",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0NONE"}),
            |_| {},
        ),
        (
            "user_not_found",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0XEN"}),
            |_| {},
        ),
        (
            "user_not_found",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0OLD"}),
            |_| {},
        ),
        // One person, not a list of them.
        (
            "user_not_found",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0BOB,U0MIA"}),
            |_| {},
        ),
        (
            "cant_invite_self",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0ADA"}),
            |_| {},
        ),
        (
            "already_in_channel",
            "U0ADA",
            json!({"channel": "C0GENERAL", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "USLACKBOT"}),
            |_| {},
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0BOB"}),
            |t| {
                acme(t).barriers.push(Barrier {
                    from: [id("U0ADA")].into(),
                    to: [id("U0BOB")].into(),
                });
            },
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0GREET"}),
            |t| {
                place(&mut t.seed, "C0RANDOM").no_apps = true;
            },
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0WES"}),
            |_| {},
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0GENERAL", "user": "U0MIA"}),
            |_| {},
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0SHARED", "user": "U0GIL"}),
            |t| {
                acme(t).connect.invite_external_people = Who::Nobody;
            },
        ),
        (
            "ura_max_channels",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0MIA"}),
            |t| {
                one_channel(t, "U0MIA");
            },
        ),
        ("user_is_ultra_restricted", "U0MIA", json!({}), |t| {
            one_channel(t, "U0MIA")
        }),
    ]);
}

#[test]
fn inviting_to_private_channels_is_refused() {
    refuses::<groups::invite::Invite>(vec![
        (
            "invalid_arguments",
            "U0ADA",
            json!({"channel": "C0SECRET"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "C0NONE", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "C0RANDOM", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "C0HIDDEN", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0ADA",
            json!({"channel": "D0ADABOB", "user": "U0BOB"}),
            |_| {},
        ),
        (
            "invalid_for_is_mpim",
            "U0ADA",
            json!({"channel": "G0TRIO", "user": "U0MIA"}),
            |_| {},
        ),
        (
            "missing_scope",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0BOB"}),
            |t| {
                t.scopes(&["channels:write"]);
            },
        ),
        (
            "is_archived",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0BOB"}),
            |t| {
                place(&mut t.seed, "C0SECRET").archived = true;
            },
        ),
        (
            "ekm_access_denied",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0BOB"}),
            suspend,
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0BOB"}),
            |t| {
                place(&mut t.seed, "C0SECRET").migrating = true;
            },
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0BOB"}),
            |t| {
                place(&mut t.seed, "C0SECRET").access_list.push(id("U0BOB"));
            },
        ),
        (
            "no_permission",
            "U0BOB",
            json!({"channel": "C0HIDDEN", "user": "U0ADA"}),
            |t| {
                acme(t).who_may_invite = Who::Admins;
            },
        ),
        (
            "user_not_found",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0NONE"}),
            |_| {},
        ),
        (
            "user_not_found",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0OLD"}),
            |_| {},
        ),
        (
            "cant_invite_self",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0ADA"}),
            |_| {},
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "USLACKBOT"}),
            |_| {},
        ),
        (
            "cant_invite",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0WES"}),
            |_| {},
        ),
        (
            "ura_max_channels",
            "U0ADA",
            json!({"channel": "C0SECRET", "user": "U0MIA"}),
            |t| {
                one_channel(t, "U0MIA");
            },
        ),
        ("user_is_ultra_restricted", "U0MIA", json!({}), |t| {
            one_channel(t, "U0MIA")
        }),
    ]);
}
