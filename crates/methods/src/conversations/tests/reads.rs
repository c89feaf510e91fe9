//! Pages that tell about conversations, asked in the fixture's world.

use crate::fixture::*;
use guestlist_domain::{
    ChannelKind, Message, Seed, TokenKind,
    message::{Text, What},
};
use serde_json::{Value, json};

const INFO: &str = "conversations.info";
const LIST: &str = "conversations.list";
const MEMBERS: &str = "conversations.members";
const HISTORY: &str = "conversations.history";

/// A row of a list.
fn row<'a>(answer: &'a Value, id: &str) -> &'a Value {
    let mut rows = answer["channels"].as_array().into_iter().flatten();
    rows.find(|row| row["id"] == id)
        .unwrap_or_else(|| panic!("no {id} in {answer}"))
}

#[tokio::test]
async fn info_tells_what_the_caller_may_know() {
    let scene = Scene::new();
    let ask = |channel: &str| json!({"channel": channel, "include_num_members": true, "include_locale": true});

    let general = &scene.call("ada", INFO, ask("C0GENERAL")).await["channel"];
    assert_eq!(general["num_members"], 3);
    assert_eq!(general["locale"], "en-US");
    assert_eq!(general["is_member"], true);
    assert_eq!(general["is_frozen"], false);
    assert_eq!(general["parent_conversation"], Value::Null);
    assert_eq!(general["shared_team_ids"], json!(["T0ACME"]));
    assert_eq!(
        scene.call("bob", INFO, ask("C0RANDOM")).await["channel"]["is_member"],
        false
    );

    let plain = &scene
        .call("ada", INFO, json!({"channel": "C0GENERAL"}))
        .await["channel"];
    assert_eq!(
        (&plain["num_members"], &plain["locale"]),
        (&Value::Null, &Value::Null)
    );

    let away = &scene.call("gus", INFO, ask("C0SHARED")).await["channel"];
    assert_eq!(
        (&away["name"], &away["is_ext_shared"]),
        (&json!("acme-shared"), &json!(true))
    );
    assert_eq!(away["conversation_host_id"], "T0ACME");

    let dm = &scene.call("ada", INFO, ask("D0ADAOLD")).await["channel"];
    assert_eq!(
        (&dm["user"], &dm["is_user_deleted"], &dm["num_members"]),
        (&json!("U0OLD"), &json!(true), &json!(2))
    );
    assert_eq!(
        scene.call("bob", INFO, ask("D0ADABOB")).await["channel"]["user"],
        "U0ADA"
    );

    let trio = &scene.call("bot", INFO, ask("G0TRIO")).await["channel"];
    assert_eq!(trio["name"], "mpdm-ada--bob--greeter-1");
    assert_eq!(
        (&trio["is_mpim"], &trio["is_group"], &trio["priority"]),
        (&json!(true), &json!(true), &json!(0))
    );
}

#[tokio::test]
async fn refusals() {
    let general = |name: &str, value: Value| json!({"channel": "C0GENERAL", name: value});
    let mut rows = vec![
        (
            LIST,
            "ada",
            json!({"cursor": "dXNlcjpVMEFEQQ=="}),
            "invalid_cursor",
        ),
        (LIST, "ada", json!({"limit": "many"}), "invalid_limit"),
        (
            LIST,
            "ada",
            json!({"types": "public_channel,private"}),
            "invalid_types",
        ),
        (LIST, "org", json!({}), "missing_argument"),
        (
            MEMBERS,
            "ada",
            general("cursor", json!("dXNlcjpVMEFEQQ==")),
            "invalid_cursor",
        ),
        (
            MEMBERS,
            "ada",
            general("limit", json!(2.5)),
            "invalid_limit",
        ),
        (
            HISTORY,
            "ada",
            general("cursor", json!("bmV4dF90czp4")),
            "invalid_cursor",
        ),
        (
            HISTORY,
            "ada",
            general("limit", json!("many")),
            "invalid_arguments",
        ),
        (
            HISTORY,
            "ada",
            general("latest", json!("now")),
            "invalid_ts_latest",
        ),
        (
            HISTORY,
            "ada",
            general("oldest", json!("-1")),
            "invalid_ts_oldest",
        ),
        (
            HISTORY,
            "ada",
            general("metadata_keys_to_include", json!("a,b")),
            "invalid_metadata_filter_keys",
        ),
        (
            HISTORY,
            "ada",
            general("metadata_keys_to_include", json!([1])),
            "invalid_metadata_filter_keys",
        ),
        (
            HISTORY,
            "bot",
            json!({"channel": "C0RANDOM"}),
            "not_in_channel",
        ),
    ];
    for method in [INFO, MEMBERS, HISTORY] {
        rows.push((method, "ada", json!({}), "invalid_arguments"));
        for (token, channel) in [
            ("ada", "C0NOWHERE"),
            ("ada", "U0ADA"),
            ("ada", ""),
            ("ada", "C0HIDDEN"),
            ("bob", "C0SECRET"),
            ("bob", "D0ADAOLD"),
            ("mia", "C0GENERAL"),
            ("wes", "C0GENERAL"),
            ("gus", "C0GENERAL"),
            ("xen", "C0SHARED"),
        ] {
            rows.push((
                method,
                token,
                json!({"channel": channel}),
                "channel_not_found",
            ));
        }
    }
    Scene::new().refuses(&rows).await;
}

#[tokio::test]
async fn each_kind_asks_for_its_scope() {
    let mut seed = town();
    seed.tokens.push(token_with(
        "public",
        "T0ACME",
        "U0ADA",
        TokenKind::User,
        &["channels:read", "channels:history"],
    ));
    seed.tokens.push(token_with(
        "none",
        "T0ACME",
        "U0ADA",
        TokenKind::User,
        &["users:read"],
    ));
    let scene = Scene::of(&seed);
    for (method, args, needed) in [
        (INFO, json!({"channel": "C0SECRET"}), "groups:read"),
        (MEMBERS, json!({"channel": "D0ADABOB"}), "im:read"),
        (HISTORY, json!({"channel": "G0TRIO"}), "mpim:history"),
        (LIST, json!({"types": "public_channel,mpim"}), "mpim:read"),
    ] {
        let answer = scene.call("public", method, args).await;
        assert_eq!(
            (&answer["error"], &answer["needed"]),
            (&json!("missing_scope"), &json!(needed)),
            "{method}"
        );
    }
    let answer = scene.call("none", LIST, json!({})).await;
    assert_eq!(
        answer["needed"],
        "channels:read,groups:read,im:read,mpim:read"
    );
    assert_eq!(
        ids(&scene.call("public", LIST, json!({})).await["channels"]).len(),
        5
    );
}

#[tokio::test]
async fn list_tells_everyone_theirs() {
    let scene = Scene::new();
    let all = "public_channel,private_channel,mpim,im";
    let open = ["C0GENERAL", "C0GUESTS", "C0PAST", "C0RANDOM", "C0SHARED"];
    for (token, types, expected) in [
        ("ada", "", &open[..]),
        ("bob", "public_channel", &open),
        ("ada", "private_channel", &["C0SECRET"]),
        ("bob", "private_channel", &["C0HIDDEN"]),
        (
            "bot",
            "private_channel,public_channel",
            &[
                "C0GENERAL",
                "C0GUESTS",
                "C0PAST",
                "C0RANDOM",
                "C0SECRET",
                "C0SHARED",
            ],
        ),
        ("ada", "im", &["D0ADABOB", "D0ADAOLD"]),
        ("ada", "im, mpim", &["D0ADABOB", "D0ADAOLD", "G0TRIO"]),
        ("mia", all, &["C0GUESTS"]),
        ("wes", all, &[]),
        ("gus", all, &["C0SHARED"]),
        ("xen", all, &[]),
    ] {
        let answer = scene.call(token, LIST, json!({"types": types})).await;
        assert_eq!(sorted(&answer["channels"]), expected, "{token} {types}");
        assert_eq!(
            answer["response_metadata"]["next_cursor"], "",
            "{token} {types}"
        );
    }
    let answer = scene
        .call("ada", LIST, json!({"exclude_archived": true}))
        .await;
    assert_eq!(
        sorted(&answer["channels"]),
        ["C0GENERAL", "C0GUESTS", "C0RANDOM", "C0SHARED"]
    );
    let general = row(&answer, "C0GENERAL");
    assert_eq!(
        (&general["num_members"], &general["is_member"]),
        (&json!(3), &json!(true))
    );
    assert_eq!(general["connected_team_ids"], Value::Null);
    let guests = row(&answer, "C0GUESTS");
    assert_eq!(
        (&guests["num_members"], &guests["is_member"]),
        (&json!(2), &json!(false))
    );
    let dms = scene.call("ada", LIST, json!({"types": "im,mpim"})).await;
    assert_eq!(row(&dms, "D0ADAOLD")["is_user_deleted"], true);
    let trio = row(&dms, "G0TRIO");
    assert_eq!(
        (&trio["name"], &trio["num_members"]),
        (&json!("mpdm-ada--bob--greeter-1"), &Value::Null)
    );
}

#[tokio::test]
async fn a_channel_is_of_the_kind_it_has_on_the_callers_side() {
    let mut seed = town();
    place(&mut seed, "C0SHARED").connections[0].private = Some(true);
    seed.tokens
        .push(token("gil", "T0GLOBEX", "U0GIL", TokenKind::User));
    let scene = Scene::of(&seed);
    for (token, types, expected) in [
        ("gus", "public_channel", &[][..]),
        ("gus", "private_channel", &["C0SHARED"]),
        ("gus", "public_channel,private_channel", &["C0SHARED"]),
        ("gil", "public_channel,private_channel", &[]),
        ("ada", "private_channel", &["C0SECRET"]),
    ] {
        let answer = scene.call(token, LIST, json!({"types": types})).await;
        assert_eq!(sorted(&answer["channels"]), expected, "{token} {types}");
    }
}

#[tokio::test]
async fn a_private_channel_of_a_partner_can_be_public_here() {
    let mut seed = town();
    let shared = place(&mut seed, "C0SHARED");
    shared.kind = ChannelKind::Private;
    shared.connections[0].private = Some(false);
    seed.tokens
        .push(token("gil", "T0GLOBEX", "U0GIL", TokenKind::User));
    let scene = Scene::of(&seed);
    for (token, types, expected) in [
        ("gus", "public_channel", &["C0SHARED"][..]),
        ("gus", "private_channel", &[]),
        ("gus", "public_channel,private_channel", &["C0SHARED"]),
        ("gil", "public_channel", &["C0SHARED"]),
        (
            "bob",
            "public_channel,private_channel",
            &["C0GENERAL", "C0GUESTS", "C0HIDDEN", "C0PAST", "C0RANDOM"],
        ),
    ] {
        let answer = scene.call(token, LIST, json!({"types": types})).await;
        assert_eq!(sorted(&answer["channels"]), expected, "{token} {types}");
    }
    let theirs = scene
        .call(
            "gus",
            "users.conversations",
            json!({"types": "public_channel"}),
        )
        .await;
    assert_eq!(sorted(&theirs["channels"]), ["C0SHARED"]);
    let joined = scene
        .call("gil", "conversations.join", json!({"channel": "C0SHARED"}))
        .await;
    assert_eq!(joined["channel"]["is_private"], false, "{joined}");
}

#[tokio::test]
async fn channels_of_the_organisation_are_listed_in_its_workspaces() {
    let mut seed = town();
    place(&mut seed, "C0GENERAL").org_wide = true;
    place(&mut seed, "C0RANDOM").workspaces = vec![id("T0ACME"), id("T0WEST")];
    let scene = Scene::of(&seed);
    assert_eq!(
        sorted(&scene.call("wes", LIST, json!({})).await["channels"]),
        ["C0GENERAL", "C0RANDOM"]
    );
    for (team, expected) in [("T0WEST", 2), ("T0ACME", 5)] {
        let answer = scene.call("org", LIST, json!({"team_id": team})).await;
        assert_eq!(ids(&answer["channels"]).len(), expected, "{team}");
    }
}

/// Every third channel is private, and Ada is in every other one of those.
fn many_channels() -> Seed {
    let mut seed = town();
    for n in 0..150 {
        let kind = if n % 3 == 0 {
            ChannelKind::Private
        } else {
            ChannelKind::Public
        };
        let text = format!("C1{n:04}");
        seed.channels
            .push(channel("T0ACME", &text, kind, &format!("c{n}"), "U0BOB"));
        join(
            &mut seed,
            &text,
            if n % 6 == 0 {
                &["U0BOB", "U0ADA"]
            } else {
                &["U0BOB"]
            },
        );
    }
    seed
}

#[tokio::test]
async fn list_is_walked_page_by_page() {
    let scene = Scene::of(&many_channels());
    let expected: Vec<String> = (0..150)
        .filter(|n| n % 3 != 0 || n % 6 == 0)
        .map(|n| format!("C1{n:04}"))
        .collect();
    for limit in [1, 7, 50, 1000] {
        let args = json!({"types": "public_channel,private_channel"});
        let rows = scene.walk("ada", LIST, args, "channels", limit).await;
        let new: Vec<_> = rows
            .iter()
            .filter_map(|row| row["id"].as_str())
            .filter(|id| id.starts_with("C1"))
            .collect();
        assert_eq!(new, expected, "{limit}");
        assert_eq!(rows.len(), expected.len() + 6);
    }
    // The next candidate is hidden from Ada: the cursor names the one after it.
    let first = scene.call("ada", LIST, json!({"limit": 3})).await;
    assert_eq!(ids(&first["channels"]), ["C0PAST", "C10001", "C10002"]);
    assert_eq!(
        first["response_metadata"]["next_cursor"],
        crate::paging::cursor("team", "C10004")
    );
}

#[tokio::test]
async fn members_are_everybody_who_is_in() {
    let scene = Scene::new();
    for (token, channel, expected) in [
        ("ada", "C0SHARED", &["U0ADA", "U0GREET", "U0GUS"][..]),
        ("gus", "C0SHARED", &["U0ADA", "U0GREET", "U0GUS"]),
        ("bob", "C0RANDOM", &["U0ADA"]),
        ("bot", "C0SECRET", &["U0ADA", "U0GREET"]),
        ("ada", "D0ADAOLD", &["U0ADA", "U0OLD"]),
        ("bob", "G0TRIO", &["U0ADA", "U0BOB", "U0GREET"]),
    ] {
        let answer = scene
            .call(token, MEMBERS, json!({"channel": channel}))
            .await;
        assert_eq!(sorted(&answer["members"]), expected, "{token} {channel}");
        assert_eq!(answer["response_metadata"]["next_cursor"], "");
    }
}

#[tokio::test]
async fn members_are_walked_page_by_page() {
    let mut seed = town();
    let people: Vec<String> = (0..1050).map(|n| format!("U1{n:05}")).collect();
    for (n, text) in people.iter().enumerate() {
        seed.users.push(user("T0ACME", text, &format!("p{n}")));
        join(&mut seed, "C0PAST", &[text]);
    }
    let scene = Scene::of(&seed);
    let args = json!({"channel": "C0PAST"});
    let default = scene.call("bob", MEMBERS, args.clone()).await;
    assert_eq!(ids(&default["members"]).len(), 100);
    for limit in [7, 200, 1000] {
        let rows = scene
            .walk("bob", MEMBERS, args.clone(), "members", limit)
            .await;
        assert_eq!(rows.len(), 1051, "{limit}");
        assert_eq!(ids(&rows[1..].into()), people, "{limit}");
    }
}

#[tokio::test]
async fn history_is_told_newest_first_between_its_ends() {
    let mut seed = town();
    for n in 1..=5 {
        post(
            &mut seed,
            "C0GENERAL",
            "U0BOB",
            at(n * 10),
            &format!("m{n}"),
        );
    }
    let scene = Scene::of(&seed);
    let ts = |n: i64| at(n * 10).ts();
    for (args, expected) in [
        (json!({}), "m5 m4 m3 m2 m1"),
        (json!({"limit": 2}), "m5 m4"),
        (json!({"latest": ts(4)}), "m3 m2 m1"),
        (json!({"latest": ts(4), "inclusive": true}), "m4 m3 m2 m1"),
        (json!({"oldest": ts(2)}), "m5 m4 m3"),
        (json!({"oldest": ts(2), "inclusive": "1"}), "m5 m4 m3 m2"),
        (json!({"oldest": ts(2), "latest": ts(4)}), "m3"),
        (json!({"oldest": ts(4), "latest": ts(2)}), ""),
        (json!({"oldest": "0", "latest": "0000000001.000000"}), ""),
    ] {
        let mut asked = args.clone();
        asked["channel"] = "C0GENERAL".into();
        let answer = scene.call("bot", HISTORY, asked).await;
        let texts: Vec<_> = answer["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["text"].as_str().unwrap())
            .collect();
        assert_eq!(texts.join(" "), expected, "{args}");
        assert_eq!(answer["has_more"], args["limit"] == 2, "{args}");
        assert_eq!(
            (&answer["pin_count"], &answer["latest"]),
            (&json!(0), &args["latest"]),
            "{args}"
        );
    }
    let all = scene
        .call("ada", HISTORY, json!({"channel": "C0GENERAL"}))
        .await;
    assert_eq!(
        all["messages"][0],
        json!({"type": "message", "ts": ts(5), "user": "U0BOB", "text": "m5", "team": "T0ACME"})
    );
}

#[tokio::test]
async fn history_leaves_replies_out_and_metadata_unless_asked() {
    let mut seed = town();
    for n in 1..=300 {
        // One in a hundred is said to all: the parent of the replies after it.
        let thread_ts = at(n - (n - 1) % 100);
        let metadata = Some(format!(
            r#"{{"event_type": "n{}", "event_payload": {{}}}}"#,
            n % 2
        ));
        let text = Text {
            text: format!("m{n}"),
            thread_ts: Some(thread_ts),
            metadata,
            ..Text::default()
        };
        let message = Message {
            ts: at(n),
            user: id("U0BOB"),
            what: What::Text(Box::new(text)),
        };
        seed.messages.push((id("T0ACME"), id("C0GENERAL"), message));
    }
    let scene = Scene::of(&seed);
    let args = json!({"channel": "C0GENERAL"});
    for limit in [1, 2, 999] {
        let rows = scene
            .walk("ada", HISTORY, args.clone(), "messages", limit)
            .await;
        let texts: Vec<_> = rows.iter().map(|m| m["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["m201", "m101", "m1"], "{limit}");
        assert!(rows.iter().all(|m| m["metadata"].is_null()));
    }
    for (name, value, told) in [
        ("include_all_metadata", json!(true), true),
        ("metadata_keys_to_include", json!(["n1"]), true),
        ("metadata_keys_to_include", json!("[\"n1\", \"x\"]"), true),
        ("metadata_keys_to_include", json!(["n0"]), false),
    ] {
        let mut args = args.clone();
        args[name] = value;
        let answer = scene.call("ada", HISTORY, args.clone()).await;
        assert_eq!(
            answer["messages"][0]["metadata"]["event_type"] == "n1",
            told,
            "{args}"
        );
    }
    let first = scene
        .call("ada", HISTORY, json!({"channel": "C0GENERAL", "limit": 1}))
        .await;
    assert_eq!(
        first["response_metadata"]["next_cursor"],
        crate::paging::cursor("next_ts", at(101).0)
    );
}

#[tokio::test]
async fn people_read_what_is_public_and_bots_where_they_are() {
    let scene = Scene::new();
    for (token, channel) in [
        ("bob", "C0RANDOM"),
        ("bot", "C0SECRET"),
        ("gus", "C0SHARED"),
    ] {
        assert_eq!(
            scene
                .call(token, HISTORY, json!({"channel": channel}))
                .await["ok"],
            true,
            "{token} {channel}"
        );
    }
}
