//! The family's pages, asked in the fixture's world.

use crate::fixture::*;
use guestlist_domain::{ChannelId, ChannelKind, TokenKind, UserId};
use serde_json::{Value, json};

const INFO: &str = "users.info";
const LIST: &str = "users.list";
const LOOKUP: &str = "users.lookupByEmail";
const CONVERSATIONS: &str = "users.conversations";
const PROFILE: &str = "users.profile.get";

#[tokio::test]
async fn info_tells_of_whom_the_caller_knows() {
    let scene = Scene::new();
    for (token, user, known) in [
        ("bob", "U0ADA", "ok"),
        ("bob", "U0OLD", "ok"),
        ("bob", "U0GREET", "ok"),
        ("bob", "USLACKBOT", "ok"),
        ("bob", "U0WES", "ok"),
        ("ada", "U0GUS", "ok"),
        ("gus", "U0GREET", "ok"),
        ("bob", "U0GUS", "user_not_visible"),
        ("ada", "U0GIL", "user_not_visible"),
        ("gus", "U0BOB", "user_not_visible"),
        // What one workspace of an organisation shares connects all of it.
        ("wes", "U0GUS", "user_not_visible"),
        ("gus", "U0WES", "user_not_visible"),
        ("ada", "U0XEN", "user_not_found"),
        ("xen", "U0ADA", "user_not_found"),
        ("ada", "U0NOBODY", "user_not_found"),
        ("ada", "C0GENERAL", "user_not_found"),
        ("ada", "", "user_not_found"),
    ] {
        let answer = scene.call(token, INFO, json!({"user": user})).await;
        assert_eq!(
            answer["error"].as_str().unwrap_or("ok"),
            known,
            "{token} {user}"
        );
        if known == "ok" {
            assert_eq!(answer["user"]["id"], user);
        }
        // The profile has one code for all of them; an empty `user` is the caller.
        let profile = scene.call(token, PROFILE, json!({"user": user})).await;
        let expected = if known == "ok" || user.is_empty() {
            "ok"
        } else {
            "user_not_found"
        };
        assert_eq!(
            profile["error"].as_str().unwrap_or("ok"),
            expected,
            "{token} {user}"
        );
    }
}

#[tokio::test]
async fn info_tells_of_each_kind_of_user_what_there_is() {
    let mut seed = town();
    seed.tokens.push(token_with(
        "few",
        "T0ACME",
        "U0ADA",
        TokenKind::User,
        &["users:read"],
    ));
    let scene = Scene::of(&seed);
    let user = |token: &'static str, user: &'static str| {
        let scene = &scene;
        async move {
            scene
                .call(token, INFO, json!({"user": user, "include_locale": true}))
                .await["user"]
                .clone()
        }
    };
    let ada = user("ada", "U0ADA").await;
    assert_eq!(
        (&ada["real_name"], &ada["is_owner"], &ada["locale"]),
        (&json!("Ada Park"), &json!(true), &json!("en-US"))
    );
    assert_eq!(
        (&ada["profile"]["email"], &ada["is_app_user"]),
        (&json!("ada@acme.test"), &json!(true))
    );
    assert_eq!(ada["enterprise_user"]["enterprise_name"], "Acme Corp");
    assert_eq!(user("few", "U0ADA").await["profile"]["email"], Value::Null);

    let old = user("ada", "U0OLD").await;
    assert_eq!(
        (&old["deleted"], &old["is_admin"]),
        (&json!(true), &Value::Null)
    );
    let bot = user("ada", "U0GREET").await;
    assert_eq!(
        (&bot["is_bot"], &bot["profile"]["bot_id"]),
        (&json!(true), &json!("B0GREET"))
    );
    let mia = user("ada", "U0MIA").await;
    assert_eq!(
        (&mia["is_restricted"], &mia["is_ultra_restricted"]),
        (&json!(true), &json!(false))
    );
    let slackbot = user("ada", "USLACKBOT").await;
    assert_eq!(
        (&slackbot["is_bot"], &slackbot["name"]),
        (&json!(false), &json!("slackbot"))
    );
    assert_eq!(slackbot["team_id"], "T0ACME");
    let gus = user("ada", "U0GUS").await;
    assert_eq!(
        (&gus["team_id"], &gus["locale"]),
        (&json!("T0GLOBEX"), &Value::Null)
    );
    assert_eq!(gus["enterprise_user"], Value::Null);
}

#[tokio::test]
async fn profiles_are_the_callers_own_by_default() {
    let scene = Scene::new();
    for args in [
        json!({}),
        json!({"user": ""}),
        json!({"user": "U0ADA", "include_labels": true}),
    ] {
        let profile = &scene.call("ada", PROFILE, args).await["profile"];
        assert_eq!(
            (&profile["real_name"], &profile["fields"]),
            (&json!("Ada Park"), &Value::Null)
        );
        assert_eq!(
            (&profile["first_name"], &profile["last_name"]),
            (&json!("Ada"), &json!("Park"))
        );
    }
}

#[tokio::test]
async fn addresses_lead_to_people_who_are_there() {
    let mut seed = town();
    person(&mut seed, "U0MIA").email = Some("otto@acme.test".to_owned());
    let scene = Scene::of(&seed);
    for (token, email, found) in [
        ("bot", "ada@acme.test", Some("U0ADA")),
        ("ada", " Ada@ACME.test ", Some("U0ADA")),
        // Otto is removed, and his address somebody else's since.
        ("bot", "otto@acme.test", Some("U0MIA")),
        ("bot", "mia@acme.test", None),
        ("bot", "wes@west.test", None),
        ("ada", "gus@globex.test", None),
        ("bot", "", None),
    ] {
        let answer = scene.call(token, LOOKUP, json!({"email": email})).await;
        assert_eq!(answer["user"]["id"].as_str(), found, "{email}");
        assert_eq!(
            answer["error"].as_str(),
            found.is_none().then_some("users_not_found"),
            "{email}"
        );
    }
}

/// Slackbot is in every workspace.
const BOT: &str = UserId::SLACKBOT;

#[tokio::test]
async fn list_tells_everybody_of_the_workspace() {
    let scene = Scene::new();
    let acme = ["U0ADA", "U0BOB", "U0GREET", "U0MIA", "U0OLD", BOT];
    for (token, args, expected) in [
        ("bot", json!({}), &acme[..]),
        ("ada", json!({"limit": 0}), &acme),
        ("ada", json!({"limit": -1, "cursor": ""}), &acme),
        ("ada", json!({"team_id": "T0GLOBEX"}), &acme),
        ("gus", json!({}), &["U0GIL", "U0GUS", BOT]),
        ("org", json!({"team_id": "T0WEST"}), &["U0WES", BOT]),
    ] {
        let answer = scene.call(token, LIST, args.clone()).await;
        assert_eq!(sorted(&answer["members"]), expected, "{token} {args}");
        assert_eq!(answer["response_metadata"]["next_cursor"], "");
        assert!(answer["cache_ts"].as_i64().unwrap() > at(0).seconds());
    }
    let answer = scene
        .call("bot", LIST, json!({"limit": 2, "include_locale": true}))
        .await;
    assert_eq!(
        answer["response_metadata"]["next_cursor"],
        crate::paging::cursor("user", "U0MIA")
    );
    assert_eq!(answer["members"][0]["locale"], "en-US");
}

#[tokio::test]
async fn list_is_walked_page_by_page() {
    let mut seed = town();
    seed.users.retain(|user| user.team != id("T0GLOBEX"));
    let people: Vec<String> = (0..1050).map(|n| format!("U1{n:05}")).collect();
    for (n, text) in people.iter().enumerate() {
        seed.users.push(user("T0GLOBEX", text, &format!("p{n}")));
    }
    seed.tokens
        .push(token("one", "T0GLOBEX", &people[0], TokenKind::User));
    // Somebody whose id is longer comes behind Slackbot.
    seed.users.push(user("T0GLOBEX", "U100000000", "last"));
    let everybody = [people, vec![BOT.to_owned(), "U100000000".to_owned()]].concat();
    let scene = Scene::of(&seed);
    for limit in [7, 200, 526, 1000] {
        let rows = scene.walk("one", LIST, json!({}), "members", limit).await;
        assert_eq!(ids(&rows.into()), everybody, "{limit}");
    }
    let all = scene.call("one", LIST, json!({})).await["members"].clone();
    assert_eq!(ids(&all), everybody);
    let slackbot = &all[all.as_array().unwrap().len() - 2];
    assert_eq!(
        (&slackbot["is_bot"], &slackbot["name"]),
        (&json!(false), &json!("slackbot"))
    );
}

#[tokio::test]
async fn conversations_are_those_somebody_is_in_and_the_caller_sees() {
    let scene = Scene::new();
    let all = "public_channel,private_channel,mpim,im";
    for (token, user, types, expected) in [
        (
            "ada",
            None,
            "",
            &["C0GENERAL", "C0PAST", "C0RANDOM", "C0SHARED"][..],
        ),
        (
            "ada",
            None,
            all,
            &[
                "C0GENERAL",
                "C0PAST",
                "C0RANDOM",
                "C0SECRET",
                "C0SHARED",
                "D0ADABOB",
                "D0ADAOLD",
                "G0TRIO",
            ],
        ),
        (
            "bob",
            Some("U0ADA"),
            all,
            &[
                "C0GENERAL",
                "C0PAST",
                "C0RANDOM",
                "C0SHARED",
                "D0ADABOB",
                "G0TRIO",
            ],
        ),
        ("ada", Some("U0BOB"), "private_channel", &[]),
        ("bot", Some("U0ADA"), "private_channel", &["C0SECRET"]),
        ("mia", Some("U0BOB"), all, &["C0GUESTS"]),
        ("gus", Some("U0ADA"), all, &["C0SHARED"]),
        ("gus", None, all, &["C0SHARED"]),
        ("xen", Some("U0ADA"), all, &[]),
        ("ada", Some("U0NOBODY"), all, &[]),
        ("ada", Some("nobody"), all, &[]),
    ] {
        let answer = scene
            .call(token, CONVERSATIONS, json!({"user": user, "types": types}))
            .await;
        assert_eq!(
            sorted(&answer["channels"]),
            expected,
            "{token} {user:?} {types}"
        );
        assert_eq!(answer["response_metadata"]["next_cursor"], "");
    }
    let args =
        json!({"exclude_archived": true, "exclude_muted": true, "types": "public_channel,im,mpim"});
    let answer = scene.call("ada", CONVERSATIONS, args).await;
    assert_eq!(
        sorted(&answer["channels"]),
        [
            "C0GENERAL",
            "C0RANDOM",
            "C0SHARED",
            "D0ADABOB",
            "D0ADAOLD",
            "G0TRIO"
        ]
    );
    let rows = answer["channels"].as_array().expect("rows");
    assert!(
        rows.iter()
            .all(|row| row["is_member"].is_null() && row["num_members"].is_null())
    );
    let row = |id: &str| {
        rows.iter()
            .find(|row| row["id"] == id)
            .expect("the row is there")
    };
    assert_eq!(row("D0ADAOLD")["is_user_deleted"], true);
    assert_eq!(row("G0TRIO")["name"], "mpdm-ada--bob--greeter-1");
}

#[tokio::test]
async fn conversations_are_walked_page_by_page() {
    let mut seed = town();
    for n in 0..120 {
        let text = format!("C1{n:04}");
        let kind = if n % 4 == 0 {
            ChannelKind::Public
        } else {
            ChannelKind::Private
        };
        seed.channels
            .push(channel("T0ACME", &text, kind, &format!("c{n}"), "U0BOB"));
        join(&mut seed, &text, &["U0BOB"]);
    }
    let scene = Scene::of(&seed);
    let args = json!({"user": "U0BOB", "types": "public_channel,private_channel"});
    for limit in [1, 7, 100] {
        for (token, expected) in [("ada", 32), ("bob", 123)] {
            let rows = scene
                .walk(token, CONVERSATIONS, args.clone(), "channels", limit)
                .await;
            assert_eq!(rows.len(), expected, "{token} {limit}");
            let rows: Vec<ChannelId> = ids(&rows.into()).into_iter().map(id).collect();
            assert!(rows.is_sorted_by(|a, b| a < b));
        }
    }
}

#[tokio::test]
async fn refusals() {
    let mut seed = town();
    seed.tokens.push(token_with(
        "public",
        "T0ACME",
        "U0ADA",
        TokenKind::User,
        &["channels:read"],
    ));
    // Acme has as many as are listed at once, Initech one more.
    for n in 0..10_000 {
        seed.users
            .push(user("T0INITECH", &format!("U1{n:05}"), &format!("p{n}")));
    }
    for n in 5..10_000 {
        seed.users
            .push(user("T0ACME", &format!("U2{n:05}"), &format!("q{n}")));
    }
    let scene = Scene::of(&seed);
    let rows = [
        (INFO, "ada", json!({}), "invalid_arguments"),
        (INFO, "ada", json!({"user": "U0NOBODY"}), "user_not_found"),
        (INFO, "ada", json!({"user": "U0GIL"}), "user_not_visible"),
        (PROFILE, "ada", json!({"user": "U0GIL"}), "user_not_found"),
        (LOOKUP, "bot", json!({}), "invalid_arguments"),
        (
            LOOKUP,
            "bot",
            json!({"email": "otto@acme.test"}),
            "users_not_found",
        ),
        (
            LIST,
            "ada",
            json!({"cursor": "dGVhbTpDMDYxRkE1UEI="}),
            "invalid_cursor",
        ),
        (LIST, "ada", json!({"limit": "many"}), "invalid_arguments"),
        (LIST, "org", json!({}), "missing_argument"),
        (LIST, "xen", json!({}), "limit_required"),
        (
            CONVERSATIONS,
            "ada",
            json!({"cursor": "x"}),
            "invalid_cursor",
        ),
        (CONVERSATIONS, "ada", json!({"limit": "x"}), "invalid_limit"),
        (
            CONVERSATIONS,
            "ada",
            json!({"types": "dm"}),
            "invalid_types",
        ),
        (
            CONVERSATIONS,
            "ada",
            json!({"exclude_archived": "perhaps"}),
            "invalid_arguments",
        ),
        (
            CONVERSATIONS,
            "public",
            json!({"types": "im"}),
            "missing_scope",
        ),
        (CONVERSATIONS, "org", json!({}), "missing_argument"),
    ];
    scene.refuses(&rows).await;
    assert_eq!(
        ids(&scene.call("ada", LIST, json!({})).await["members"]).len(),
        10_001
    );
    assert_eq!(
        ids(&scene.call("xen", LIST, json!({"limit": 5000})).await["members"]).len(),
        1000
    );
    assert_eq!(
        scene
            .call("org", CONVERSATIONS, json!({"team_id": "T0ACME"}))
            .await["ok"],
        true
    );
}
