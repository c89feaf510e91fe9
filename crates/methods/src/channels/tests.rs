//! The family tried in a town: each code, and what the answers look like.

mod changing;
mod inviting;

use super::{create, join, kick, leave};
use crate::{
    fixture::{Scene, at, id, join as put, person, post, town},
    trial::Trial,
};
use guestlist_domain::{Change, Workspace, user::Guest};
use serde_json::{Value, json};

fn acme(trial: &mut Trial) -> &mut Workspace {
    &mut trial.seed.workspaces[0]
}

fn suspend(trial: &mut Trial) {
    trial.seed.enterprises[0].ekm_suspended = true;
}

fn one_channel(trial: &mut Trial, user: &str) {
    person(&mut trial.seed, user).guest = Some(Guest::SingleChannel);
}

#[test]
fn joining_goes_by_name_and_makes_what_is_not_there() {
    for (name, was_in) in [("#Random", None), ("general", Some(true))] {
        let done = Trial::of("U0BOB").done::<join::Join>(json!({"name": name}));
        assert_eq!(done.changes.len(), usize::from(was_in.is_none()), "{name}");
        assert_eq!(
            done.reply.get("already_in_channel"),
            was_in.map(Value::from).as_ref()
        );
        assert_eq!(done.reply["channel"]["is_member"], true);
    }
    let done = Trial::of("U0BOB").done::<join::Join>(json!({"name": "Brand new"}));
    assert!(
        matches!(&done.changes[..], [Change::Created { channel }, Change::Joined { user, .. }]
            if channel.name == "brand-new" && *user == id("U0BOB")),
        "{:?}",
        done.changes
    );
}

#[test]
fn a_channel_is_made_leaving_and_kicking_work() {
    let done = Trial::of("U0BOB").done::<create::Create>(json!({"name": "Launch Plans"}));
    let channel = &done.reply["channel"];
    for (key, value) in [
        ("name", json!("launch-plans")),
        ("is_channel", json!(true)),
        ("members", json!(["U0BOB"])),
        ("last_read", json!("0000000000.000000")),
        ("latest", Value::Null),
        ("unread_count", json!(0)),
    ] {
        assert_eq!(channel.get(key), Some(&value), "{key}");
    }
    let done = Trial::of("U0ADA").done::<leave::Leave>(json!({"channel": "C0RANDOM"}));
    assert_eq!((done.changes.len(), done.reply), (1, json!({})));
    let done = Trial::of("U0BOB").done::<leave::Leave>(json!({"channel": "C0RANDOM"}));
    assert_eq!(done.reply, json!({"not_in_channel": true}));
    let args = json!({"channel": "C0GUESTS", "user": "U0MIA"});
    let done = Trial::of("U0BOB").done::<kick::Kick>(args);
    assert_eq!((done.changes.len(), done.reply), (1, json!({})));
}

/// The keys of the classic page's example, in its order, and none of the newer ones.
#[tokio::test]
async fn the_answer_is_the_object_of_old() {
    let mut seed = town();
    post(&mut seed, "C0RANDOM", "U0ADA", at(10), "mine");
    put(&mut seed, "C0RANDOM", &["U0GREET"]);
    post(&mut seed, "C0RANDOM", "U0GREET", at(11), "somebody else's");
    let scene = Scene::of(&seed);
    let args = json!({"channel": "C0RANDOM", "user": "U0BOB"});
    let answer = scene.call("ada", "channels.invite", args).await;
    let channel = answer["channel"].as_object().unwrap();
    let keys: Vec<_> = channel.keys().map(String::as_str).collect();
    let expected = [
        "id",
        "name",
        "is_channel",
        "created",
        "creator",
        "is_archived",
        "is_general",
        "name_normalized",
        "is_shared",
        "is_org_shared",
        "is_member",
        "is_private",
        "is_mpim",
        "last_read",
        "latest",
        "unread_count",
        "unread_count_display",
        "members",
        "topic",
        "purpose",
        "previous_names",
    ];
    assert_eq!(keys, expected);
    assert_eq!(channel["members"], json!(["U0ADA", "U0BOB", "U0GREET"]));
    assert_eq!(channel["last_read"], at(2).ts());
    assert_eq!(channel["latest"]["subtype"], "channel_join");
    assert_eq!(channel["latest"]["user"], "U0BOB");
    // The greeter's message and Bob's coming; of these, coming is not displayed.
    assert_eq!(
        (&channel["unread_count"], &channel["unread_count_display"]),
        (&json!(2), &json!(1))
    );

    let args = json!({"channel": "C0SECRET", "user": "U0BOB"});
    let answer = scene.call("ada", "groups.invite", args.clone()).await;
    assert_eq!(
        answer["group"]["members"],
        json!(["U0ADA", "U0BOB", "U0GREET"])
    );
    assert_eq!(answer["group"]["is_group"], true);
    assert!(
        answer["group"].get("is_channel").is_none() && answer.get("already_in_group").is_none()
    );
    let answer = scene.call("ada", "groups.invite", args).await;
    assert_eq!(
        (&answer["ok"], &answer["already_in_group"]),
        (&json!(true), &json!(true))
    );
}

#[tokio::test]
async fn reading_is_refused() {
    let scene = Scene::new();
    scene
        .refuses(&[
            ("channels.info", "bob", json!({}), "invalid_arguments"),
            (
                "channels.info",
                "bob",
                json!({"channel": "C0SECRET"}),
                "channel_not_found",
            ),
            (
                "channels.info",
                "bob",
                json!({"channel": "C0HIDDEN"}),
                "method_not_supported_for_channel_type",
            ),
            (
                "channels.info",
                "bob",
                json!({"channel": "D0ADABOB"}),
                "method_not_supported_for_channel_type",
            ),
        ])
        .await;
    let mut seed = town();
    for n in 0..2000 {
        seed.channels.push(crate::fixture::channel(
            "T0ACME",
            &format!("C9{n:05}"),
            guestlist_domain::ChannelKind::Public,
            &format!("c{n}"),
            "U0ADA",
        ));
    }
    let large = Scene::of(&seed);
    large
        .refuses(&[
            (
                "channels.list",
                "bob",
                json!({"cursor": "nonsense"}),
                "invalid_cursor",
            ),
            ("channels.list", "bob", json!({}), "limit_required"),
            ("channels.list", "org", json!({}), "missing_argument"),
        ])
        .await;
}

#[tokio::test]
async fn listing_and_telling() {
    let scene = Scene::new();
    let answer = scene.call("bob", "channels.list", json!({})).await;
    let ids = crate::fixture::sorted(&answer["channels"]);
    assert_eq!(
        ids,
        ["C0GENERAL", "C0GUESTS", "C0PAST", "C0RANDOM", "C0SHARED"]
    );
    let first = &answer["channels"][0];
    assert_eq!(
        first["num_members"].as_u64().unwrap() as usize,
        first["members"].as_array().unwrap().len()
    );
    assert!(first.get("unread_count").is_none() && first.get("latest").is_none());
    assert_eq!(answer["response_metadata"]["next_cursor"], "");

    let args = json!({"exclude_members": true, "exclude_archived": true});
    let answer = scene.call("bot", "channels.list", args).await;
    assert_eq!(answer["channels"].as_array().unwrap().len(), 4);
    assert!(answer["channels"][0].get("members").is_none());
    let rows = scene
        .walk("bob", "channels.list", json!({}), "channels", 2)
        .await;
    assert_eq!(rows.len(), 5);

    // A guest is told of channels they are in, and a member of others has nothing unread there.
    let answer = scene.call("mia", "channels.list", json!({})).await;
    assert_eq!(crate::fixture::ids(&answer["channels"]), ["C0GUESTS"]);
    let args = json!({"channel": "C0RANDOM", "include_locale": true});
    let answer = scene.call("bob", "channels.info", args).await;
    let channel = &answer["channel"];
    assert_eq!(
        (&channel["members"], &channel["locale"]),
        (&json!(["U0ADA"]), &json!("en-US"))
    );
    assert!(channel.get("unread_count").is_none() && channel["is_member"] == false);
}
