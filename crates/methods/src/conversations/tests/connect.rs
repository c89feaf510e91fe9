//! Slack Connect as the pages tell it, over a store.

use crate::fixture::{Scene, accepted, id, ids, offer, person, place, token, town};
use guestlist_domain::{Seed, TokenKind, invitation::State, user::Role, workspace::Approval};
use serde_json::{Value, json};

/// The town, with an owner on either side and in Initech, and an app of Globex's.
fn sides() -> Seed {
    let mut seed = town();
    person(&mut seed, "U0GIL").role = Role::Owner;
    person(&mut seed, "U0XEN").role = Role::Owner;
    seed.tokens
        .push(token("gil", "T0GLOBEX", "U0GIL", TokenKind::User));
    seed
}

async fn ok(scene: &Scene, token: &str, method: &str, args: Value) -> Value {
    let answer = scene.call(token, method, args.clone()).await;
    assert_eq!(answer["ok"], true, "{method} {args} by {token}: {answer}");
    answer
}

/// What is not told of people of other organisations.
const ROLES: [&str; 5] = [
    "is_admin",
    "is_owner",
    "is_primary_owner",
    "is_restricted",
    "is_ultra_restricted",
];

#[tokio::test]
async fn lists_are_refused_and_walked() {
    let mut seed = sides();
    for n in 0..5 {
        offer(
            &mut seed,
            &format!("I0S{n}"),
            "C0SECRET",
            &format!("p{n}@x.test"),
            State::Sent,
        );
        offer(
            &mut seed,
            &format!("I0R{n}"),
            "C0SECRET",
            &format!("r{n}@x.test"),
            State::Requested,
        );
    }
    // Nothing here has lapsed, whatever the day.
    for (_, one) in &mut seed.invitations {
        one.expires = guestlist_domain::Timestamp(i64::MAX / 2);
    }
    let scene = Scene::of(&seed);
    scene
        .refuses(&[
            (
                "conversations.listConnectInvites",
                "bob",
                json!({}),
                "restricted_action",
            ),
            (
                "conversations.listConnectInvites",
                "org",
                json!({}),
                "missing_argument",
            ),
            (
                "conversations.listConnectInvites",
                "bot",
                json!({"count": 0}),
                "invalid_arguments",
            ),
            (
                "conversations.listConnectInvites",
                "bot",
                json!({"count": 501}),
                "invalid_arguments",
            ),
            (
                "conversations.listConnectInvites",
                "bot",
                json!({"cursor": "x"}),
                "invalid_arguments",
            ),
            (
                "conversations.requestSharedInvite.list",
                "bob",
                json!({}),
                "restricted_action",
            ),
            (
                "conversations.requestSharedInvite.list",
                "bot",
                json!({"cursor": "x"}),
                "invalid_cursor",
            ),
        ])
        .await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let args = json!({"count": 2, "cursor": cursor});
        let page = ok(&scene, "bot", "conversations.listConnectInvites", args).await;
        seen.extend(
            page["invites"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["invite"]["id"].clone()),
        );
        cursor = page["response_metadata"]["next_cursor"]
            .as_str()
            .unwrap()
            .to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(
        seen,
        [
            json!("I0S0"),
            json!("I0S1"),
            json!("I0S2"),
            json!("I0S3"),
            json!("I0S4")
        ]
    );
    let list = "conversations.requestSharedInvite.list";
    let many = |count: usize| -> Vec<String> { (0..count).map(|n| format!("I0X{n}")).collect() };
    let first = ok(&scene, "bot", list, json!({"limit": 3})).await;
    assert_eq!(ids(&first["invite_requests"]), ["I0R0", "I0R1", "I0R2"]);
    let cursor = &first["response_metadata"]["next_cursor"];
    let last = ok(&scene, "bot", list, json!({"limit": 3, "cursor": cursor})).await;
    assert_eq!(ids(&last["invite_requests"]), ["I0R3", "I0R4"]);
    assert_eq!(last.get("response_metadata"), None);
    let answer = scene
        .call("bot", list, json!({"invite_ids": many(1001)}))
        .await;
    assert_eq!(answer["error"], "invalid_arguments", "{answer}");
    for (args, expected) in [
        (json!({"invite_ids": "I0R1,I0S1"}), vec!["I0R1"]),
        (json!({"user_id": "U0ADA"}), vec![]),
        (json!({"invite_ids": many(1000)}), vec![]),
    ] {
        assert_eq!(
            ids(&ok(&scene, "bot", list, args).await["invite_requests"]),
            expected
        );
    }
    ok(
        &scene,
        "bot",
        "conversations.requestSharedInvite.deny",
        json!({"invite_id": "I0R1"}),
    )
    .await;
    ok(
        &scene,
        "bot",
        "conversations.requestSharedInvite.approve",
        json!({"invite_id": "I0R2"}),
    )
    .await;
    for (args, expected) in [
        (json!({}), vec!["I0R0", "I0R3", "I0R4"]),
        (
            json!({"include_denied": true, "invite_ids": "I0R1,I0R2"}),
            vec!["I0R1"],
        ),
        (
            json!({"include_approved": true, "invite_ids": "I0R1,I0R2"}),
            vec!["I0R2"],
        ),
    ] {
        assert_eq!(
            ids(&ok(&scene, "bot", list, args).await["invite_requests"]),
            expected
        );
    }
}

#[tokio::test]
async fn an_invitation_is_listed_on_both_sides_until_it_is_done() {
    let mut seed = sides();
    seed.workspaces[0].connect.approval = Approval::Required;
    let scene = Scene::of(&seed);
    let sent = ok(
        &scene,
        "bot",
        "conversations.inviteShared",
        json!({"channel": "C0SECRET", "emails": "gil@globex.test", "external_limited": false}),
    )
    .await;
    let listed = |answer: &Value| -> Vec<(Value, Value, bool)> {
        let rows = answer["invites"].as_array().unwrap();
        rows.iter()
            .map(|one| {
                (
                    one["direction"].clone(),
                    one["status"].clone(),
                    one.get("acceptances").is_some(),
                )
            })
            .collect()
    };
    let list = "conversations.listConnectInvites";
    for (token, direction) in [("bot", "outgoing"), ("gil", "incoming")] {
        let answer = ok(&scene, token, list, json!({})).await;
        assert_eq!(listed(&answer), [(json!(direction), json!("sent"), false)]);
        assert_eq!(answer["invites"][0]["invite"]["id"], sent["invite_id"]);
        assert_eq!(
            answer["invites"][0]["invite"]["recipient_email"],
            "gil@globex.test"
        );
    }
    assert_eq!(
        scene.refusal("gus", list, json!({})).await,
        "restricted_action"
    );
    assert_eq!(listed(&ok(&scene, "xen", list, json!({})).await), []);

    let accept = json!({"invite_id": sent["invite_id"], "channel_name": "acme-secret"});
    ok(&scene, "gil", "conversations.acceptSharedInvite", accept).await;
    let answer = ok(&scene, "bot", list, json!({})).await;
    assert_eq!(
        answer["invites"][0]["acceptances"][0]["approval_status"],
        "pending_approval"
    );
    let info = ok(
        &scene,
        "ada",
        "conversations.info",
        json!({"channel": "C0SECRET"}),
    )
    .await;
    assert_eq!(info["channel"]["is_pending_ext_shared"], true);
    assert_eq!(info["channel"]["is_ext_shared"], false);
    assert_eq!(
        info["channel"]["pending_connected_team_ids"],
        json!(["T0GLOBEX"])
    );
    assert_eq!(info["channel"]["pending_shared"], json!(["T0GLOBEX"]));

    let approve = json!({"invite_id": sent["invite_id"], "target_team": "T0GLOBEX"});
    ok(&scene, "bot", "conversations.approveSharedInvite", approve).await;
    for token in ["bot", "gil"] {
        assert_eq!(listed(&ok(&scene, token, list, json!({})).await), []);
    }
}

#[tokio::test]
async fn each_side_has_its_own_name_and_privacy_and_sees_the_others() {
    let mut seed = sides();
    let one = offer(&mut seed, "I0ONE", "C0GENERAL", "U0GIL", State::Sent);
    one.channel = id("C0RANDOM");
    one.expires = guestlist_domain::Timestamp(i64::MAX / 2);
    let scene = Scene::of(&seed);
    let accept = json!({"invite_id": "I0ONE", "channel_name": "acme-random", "is_private": true});
    ok(&scene, "gil", "conversations.acceptSharedInvite", accept).await;
    let info = |token: &'static str| {
        let scene = &scene;
        async move {
            ok(
                scene,
                token,
                "conversations.info",
                json!({"channel": "C0RANDOM"}),
            )
            .await["channel"]
                .clone()
        }
    };
    let (host, partner) = (info("ada").await, info("gil").await);
    for (channel, name, private, context, connected) in [
        (&host, "random", false, "T0ACME", json!(["T0GLOBEX"])),
        (&partner, "acme-random", true, "T0GLOBEX", json!(["T0ACME"])),
    ] {
        assert_eq!(channel["name"], name);
        assert_eq!(channel["is_private"], private);
        assert_eq!(channel["context_team_id"], context);
        assert_eq!(channel["connected_team_ids"], connected);
        assert_eq!(channel["conversation_host_id"], "T0ACME");
        assert_eq!(channel["shared_team_ids"], json!(["T0ACME", "T0GLOBEX"]));
        assert_eq!(channel["is_ext_shared"], true);
        assert_eq!(channel["is_pending_ext_shared"], false);
        assert!(channel["date_connected"].is_i64());
    }
    // Private over there: a colleague who is not in it does not see it, a stranger never does.
    for token in ["gus", "xen"] {
        let code = scene
            .refusal(token, "conversations.info", json!({"channel": "C0RANDOM"}))
            .await;
        assert_eq!(code, "channel_not_found", "{token}");
    }
    let rows = ok(
        &scene,
        "gil",
        "conversations.list",
        json!({"types": "private_channel"}),
    )
    .await;
    assert_eq!(ids(&rows["channels"]), ["C0RANDOM"]);
    // The name is taken on that side now.
    let made = json!({"name": "acme-random"});
    assert_eq!(
        scene.refusal("gil", "conversations.create", made).await,
        "name_taken"
    );
    let people = ok(
        &scene,
        "ada",
        "conversations.members",
        json!({"channel": "C0RANDOM"}),
    )
    .await;
    assert_eq!(people["members"], json!(["U0ADA", "U0GIL"]));
    let listed = ok(&scene, "ada", "users.list", json!({})).await;
    assert!(!ids(&listed["members"]).contains(&"U0GIL"));
    let gil = ok(
        &scene,
        "ada",
        "users.info",
        json!({"user": "U0GIL", "include_locale": true}),
    )
    .await;
    assert_eq!(gil["user"]["team_id"], "T0GLOBEX");
    assert_eq!(gil["user"]["is_stranger"], false);
    assert_eq!(gil["user"].get("locale"), None);
    assert_eq!(ROLES.map(|role| gil["user"].get(role)), [None; 5]);
    let own = ok(&scene, "gil", "users.info", json!({"user": "U0GIL"})).await;
    assert_eq!(own["user"]["is_owner"], true, "to his own");
    // A colleague of the partner can be invited by either side.
    ok(
        &scene,
        "gil",
        "conversations.invite",
        json!({"channel": "C0RANDOM", "users": "U0GUS"}),
    )
    .await;
    let gus = scene
        .refusal(
            "gus",
            "conversations.invite",
            json!({"channel": "C0RANDOM", "users": "U0XEN"}),
        )
        .await;
    assert_eq!(gus, "user_not_found");
}

#[tokio::test]
async fn what_was_said_stays_readable_after_the_end() {
    let mut seed = sides();
    place(&mut seed, "C0SHARED").name = "shared".to_owned();
    let scene = Scene::of(&seed);
    ok(
        &scene,
        "gus",
        "chat.postMessage",
        json!({"channel": "C0SHARED", "text": "before"}),
    )
    .await;
    let cut = json!({"channel_id": "C0SHARED"});
    ok(&scene, "ada", "admin.conversations.disconnectShared", cut).await;
    ok(
        &scene,
        "ada",
        "chat.postMessage",
        json!({"channel": "C0SHARED", "text": "after"}),
    )
    .await;
    assert_eq!(
        scene
            .refusal(
                "gus",
                "conversations.history",
                json!({"channel": "C0SHARED"})
            )
            .await,
        "channel_not_found"
    );
    let rows = ok(
        &scene,
        "gus",
        "conversations.list",
        json!({"types": "public_channel,private_channel"}),
    )
    .await;
    let copy = rows["channels"][0].clone();
    assert_eq!(
        (&copy["name"], &copy["is_archived"]),
        (&json!("acme-shared"), &json!(true))
    );
    let id = copy["id"].as_str().unwrap();
    assert_ne!(id, "C0SHARED");
    let channel = json!({"channel": id});
    let info = ok(&scene, "gus", "conversations.info", channel.clone()).await;
    assert_eq!(info["channel"]["is_frozen"], true);
    assert_eq!(info["channel"]["frozen_reason"], "connection_severed");
    let history = ok(&scene, "gus", "conversations.history", channel.clone()).await;
    let said: Vec<_> = history["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["text"].clone())
        .collect();
    assert_eq!(said, ["before"]);
    let host = ok(
        &scene,
        "ada",
        "conversations.history",
        json!({"channel": "C0SHARED"}),
    )
    .await;
    assert_eq!(host["messages"][0]["text"], "after");
    for (method, args) in [
        ("chat.postMessage", json!({"channel": id, "text": "x"})),
        (
            "conversations.invite",
            json!({"channel": id, "users": "U0GIL"}),
        ),
    ] {
        assert_eq!(scene.refusal("gus", method, args).await, "is_archived");
    }
    assert_eq!(
        scene
            .refusal("gus", "conversations.unarchive", channel)
            .await,
        "access_denied"
    );
    // Who once took part is a stranger now, to both.
    for (token, user) in [("ada", "U0GUS"), ("gus", "U0ADA")] {
        let told = ok(&scene, token, "users.info", json!({"user": user})).await;
        assert_eq!(told["user"]["is_stranger"], true, "{user}");
        assert_eq!(ROLES.map(|role| told["user"].get(role)), [None; 5]);
    }
    assert_eq!(
        scene
            .refusal("xen", "users.info", json!({"user": "U0ADA"}))
            .await,
        "user_not_found"
    );
}

#[tokio::test]
async fn a_side_that_may_only_post_only_posts() {
    let mut seed = sides();
    place(&mut seed, "C0SHARED").connections[0].external_limited = true;
    let scene = Scene::of(&seed);
    ok(
        &scene,
        "gus",
        "chat.postMessage",
        json!({"channel": "C0SHARED", "text": "hi"}),
    )
    .await;
    for (method, args, code) in [
        (
            "conversations.invite",
            json!({"users": "U0GIL"}),
            "no_external_invite_permission",
        ),
        (
            "conversations.setTopic",
            json!({"topic": "x"}),
            "user_is_restricted",
        ),
        (
            "conversations.setPurpose",
            json!({"purpose": "x"}),
            "user_is_restricted",
        ),
        (
            "conversations.rename",
            json!({"name": "x"}),
            "not_authorized",
        ),
        (
            "conversations.kick",
            json!({"user": "U0ADA"}),
            "restricted_action",
        ),
    ] {
        let mut args = args;
        args["channel"] = "C0SHARED".into();
        assert_eq!(scene.refusal("gus", method, args).await, code, "{method}");
    }
    let set = json!({"channel": "C0SHARED", "target_team": "T0GLOBEX", "action": "upgrade"});
    ok(
        &scene,
        "ada",
        "conversations.externalInvitePermissions.set",
        set,
    )
    .await;
    ok(
        &scene,
        "gus",
        "conversations.invite",
        json!({"channel": "C0SHARED", "users": "U0GIL"}),
    )
    .await;
}

#[tokio::test]
async fn two_acceptances_at_once_give_one_winner() {
    let mut seed = sides();
    let one = offer(&mut seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent);
    one.expires = guestlist_domain::Timestamp(i64::MAX / 2);
    let scene = Scene::of(&seed);
    let accept = |token: &'static str, name: &'static str| {
        let args = json!({"invite_id": "I0ONE", "channel_name": name});
        scene.call(token, "conversations.acceptSharedInvite", args)
    };
    let (first, second) = tokio::join!(accept("gil", "one"), accept("gus", "two"));
    assert_eq!(first["ok"], true, "{first}");
    assert_eq!(second["error"], "invite_used");
}

#[tokio::test]
async fn addresses_are_discovered() {
    let mut seed = sides();
    accepted(
        offer(&mut seed, "I0ONE", "C0SECRET", "U0GIL", State::Sent),
        &["T0ACME"],
    );
    let scene = Scene::of(&seed);
    let lookup = "users.discoverableContacts.lookup";
    let long = format!("{}@x.test", "a".repeat(100));
    scene
        .refuses(&[
            (
                lookup,
                "gil",
                json!({"email": "ada@acme.test"}),
                "not_an_enterprise",
            ),
            (
                lookup,
                "mia",
                json!({"email": "gil@globex.test"}),
                "not_allowed",
            ),
            (
                lookup,
                "bob",
                json!({"email": "gil@globex.test"}),
                "restricted_action",
            ),
            (lookup, "ada", json!({"email": long}), "invalid_arguments"),
        ])
        .await;
    for (email, found) in [
        ("Gil@Globex.test", true),
        ("xen@initech.test", true),
        ("bob@acme.test", false),
        ("wes@west.test", false),
        ("nobody@globex.test", false),
    ] {
        let answer = ok(&scene, "ada", lookup, json!({"email": email})).await;
        assert_eq!(answer["is_discoverable"], found, "{email}");
    }
}
