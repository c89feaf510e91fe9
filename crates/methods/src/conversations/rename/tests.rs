use super::Rename;
use crate::{
    fixture::{Scene, id, join, place},
    trial::{Trial, refuses},
};
use guestlist_domain::{Change, TokenKind, message::What};
use serde_json::json;

#[test]
fn refusals() {
    let long = "x".repeat(81);
    refuses::<Rename>(vec![
        (
            "invalid_arguments",
            "U0ADA",
            json!({"channel": "C0RANDOM"}),
            |_| {},
        ),
        ("invalid_arguments", "U0ADA", json!({"name": "ops"}), |_| {}),
        (
            "invalid_name_maxlength",
            "U0ADA",
            json!({"channel": "C0RANDOM", "name": long}),
            |_| {},
        ),
        (
            "invalid_name_punctuation",
            "U0ADA",
            json!({"channel": "C0RANDOM", "name": "_"}),
            |_| {},
        ),
        (
            "invalid_name_required",
            "U0ADA",
            json!({"channel": "C0RANDOM", "name": ""}),
            |_| {},
        ),
        (
            "invalid_name_specials",
            "U0ADA",
            json!({"channel": "C0RANDOM", "name": "#ops"}),
            |_| {},
        ),
        (
            "channel_not_found",
            "U0BOB",
            json!({"channel": "C0SECRET", "name": "ops"}),
            |_| {},
        ),
        (
            "method_not_supported_for_channel_type",
            "U0ADA",
            json!({"channel": "G0TRIO", "name": "ops"}),
            |_| {},
        ),
        (
            "missing_scope",
            "U0ADA",
            json!({"channel": "C0SECRET", "name": "ops"}),
            |t| t.scopes(&["channels:write"]),
        ),
        (
            "is_archived",
            "U0ADA",
            json!({"channel": "C0PAST", "name": "ops"}),
            |_| {},
        ),
        (
            "ekm_access_denied",
            "U0ADA",
            json!({"channel": "C0RANDOM", "name": "ops"}),
            |t| {
                t.seed.enterprises[0].ekm_suspended = true;
            },
        ),
        (
            "not_in_channel",
            "U0ADA",
            json!({"channel": "C0GUESTS", "name": "ops"}),
            |_| {},
        ),
        (
            "access_denied",
            "U0ADA",
            json!({"channel": "C0RANDOM", "name": "ops"}),
            |t| {
                place(&mut t.seed, "C0RANDOM").access_list.push(id("U0BOB"));
            },
        ),
        (
            "no_permission",
            "U0GREET",
            json!({"channel": "C0SECRET", "name": "ops"}),
            |t| t.token.kind = TokenKind::Workspace,
        ),
        (
            "not_authorized",
            "U0BOB",
            json!({"channel": "C0GENERAL", "name": "ops"}),
            |_| {},
        ),
        (
            "not_authorized",
            "U0GREET",
            json!({"channel": "C0GENERAL", "name": "ops"}),
            |_| {},
        ),
        (
            "not_authorized",
            "U0MIA",
            json!({"channel": "C0GUESTS", "name": "ops"}),
            |t| {
                place(&mut t.seed, "C0GUESTS").creator = id("U0MIA");
            },
        ),
        (
            "not_authorized",
            "U0GUS",
            json!({"channel": "C0SHARED", "name": "ops"}),
            |t| {
                place(&mut t.seed, "C0SHARED").creator = id("U0GUS");
            },
        ),
        (
            "name_taken",
            "U0ADA",
            json!({"channel": "C0RANDOM", "name": "past"}),
            |_| {},
        ),
        (
            "name_taken",
            "U0ADA",
            json!({"channel": "C0RANDOM", "name": "hidden"}),
            |_| {},
        ),
    ]);
}

#[test]
fn makers_and_admins_rename() {
    for (user, channel) in [
        ("U0ADA", "C0GUESTS"),
        ("U0BOB", "C0HIDDEN"),
        ("U0GREET", "C0SECRET"),
    ] {
        let mut trial = Trial::of(user);
        if user == "U0ADA" {
            join(&mut trial.seed, channel, &[user]);
        } else {
            place(&mut trial.seed, channel).creator = id(user);
        }
        place(&mut trial.seed, channel).previous_names =
            vec!["older".to_owned(), "ops".to_owned(), "oldest".to_owned()];
        let old = place(&mut trial.seed, channel).name.clone();
        let done = trial.done::<Rename>(json!({"channel": channel, "name": "ops"}));
        let [
            Change::Edited {
                channel: edited,
                message,
            },
        ] = &done.changes[..]
        else {
            panic!("{:?}", done.changes)
        };
        assert_eq!((edited.name.as_str(), edited.updated), ("ops", message.ts));
        assert_eq!(edited.previous_names, [old.as_str(), "older", "oldest"]);
        assert_eq!(
            message.what,
            What::Renamed {
                old_name: old,
                name: "ops".to_owned()
            }
        );
        assert_eq!(done.reply["channel"]["name"], "ops");
        assert_eq!(done.reply["channel"]["name_normalized"], "ops");
        assert_eq!(done.extra_loads, 0);
    }
}

#[test]
fn its_own_name_changes_nothing() {
    let done = Trial::of("U0ADA").done::<Rename>(json!({"channel": "C0RANDOM", "name": "random"}));
    assert_eq!(
        (done.changes, &done.reply["channel"]["previous_names"]),
        (vec![], &json!([]))
    );
}

#[tokio::test]
async fn a_name_goes_from_one_channel_to_another() {
    let scene = Scene::new();
    for (channel, name) in [("C0SECRET", "hush"), ("C0RANDOM", "secret")] {
        let renamed = scene
            .call(
                "ada",
                "conversations.rename",
                json!({"channel": channel, "name": name}),
            )
            .await;
        assert_eq!(renamed["ok"], true);
    }
    let shown = scene
        .call("ada", "conversations.info", json!({"channel": "C0RANDOM"}))
        .await;
    assert_eq!(shown["channel"]["name"], "secret");
}
