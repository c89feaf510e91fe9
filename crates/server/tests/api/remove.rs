//! Workspaces that are taken out while the server goes on.

use crate::{
    add::{LATE, added},
    app::App,
    connect::WORLD,
    events::{control, deliveries, settings},
};
use guestlist_server::{RateLimits, Settings};
use guestlist_store::world;
use serde_json::{Value, json};

async fn remove(app: &App, workspaces: &[&str]) -> (u16, Value) {
    let ask = json!({"workspaces": workspaces});
    control(app, "POST", "/world/remove", ask).await
}

fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The first change of each entry of the journal.
fn kinds(journal: &Value) -> Vec<&str> {
    let entries = journal["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["changes"][0]["change"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn how_often_was_called_goes_with_it() {
    let once = Settings {
        rate_limits: RateLimits::Times(0.001),
        ..Settings::default()
    };
    let app = App::with_settings(world::SAMPLE, once).await;
    added(&app, "", LATE).await;
    let ask = [("channel", "C0LATE")];
    app.ok("conversations.info", "xoxb-late", &ask).await;
    let again = app.call("conversations.info", "xoxb-late", &ask).await;
    assert_eq!(again["error"], "ratelimited");
    let (other, others) = ("xoxb-sample-greeter", [("channel", "C0WELCOME")]);
    app.ok("conversations.info", other, &others).await;

    remove(&app, &["T0LATE"]).await;
    added(&app, "", LATE).await;
    app.ok("conversations.info", "xoxb-late", &ask).await;
    let again = app.call("conversations.info", other, &others).await;
    assert_eq!(again["error"], "ratelimited");
    app.stop().await;
}

const INVITE: [(&str, &str); 2] = [("channel", "C0LATE"), ("users", "U0LEO")];

#[tokio::test]
async fn what_is_taken_out_is_gone_and_can_come_again() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let before = app.store.dump().await.unwrap();
    added(&app, "", LATE).await;
    app.ok("conversations.invite", "xoxb-late", &INVITE).await;
    let first = deliveries(&app, "app=A0LATE&state=waiting", 1).await[0]["id"].as_u64();
    let (_, held) = control(&app, "POST", "/deliveries/pause", json!({"app": "A0LATE"})).await;
    assert_eq!(held["paused"], true);

    let (status, told) = remove(&app, &["T0LATE"]).await;
    assert_eq!((status, told), (200, json!({"workspaces": ["T0LATE"]})));
    assert!(app.store.dump().await.unwrap() == before);
    assert_eq!(app.dead("xoxb-late").await, "invalid_auth");
    let (_, apps) = control(&app, "GET", "/apps", Value::Null).await;
    assert!(!apps.to_string().contains("A0LATE"), "{apps}");
    for _ in 0..100 {
        let (_, left) = control(&app, "GET", "/deliveries?workspace=T0LATE", Value::Null).await;
        if left["deliveries"] == json!([]) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    deliveries(&app, "workspace=T0LATE", 0).await;
    // Others go on, and the journal knows what was.
    let greeter = "xoxb-sample-greeter";
    let welcome = [("channel", "C0WELCOME"), ("users", "U0BEN")];
    app.ok("conversations.invite", greeter, &welcome).await;
    let (_, journal) = control(&app, "GET", "/journal?workspace=T0LATE", Value::Null).await;
    assert_eq!(kinds(&journal), ["added", "joined", "removed"]);

    // Under the same ids, as it was at first: nobody has been invited, and nothing is paused.
    let again = added(&app, "", LATE).await;
    let place = again["place"].as_str().unwrap();
    app.ok("conversations.invite", "xoxb-late", &INVITE).await;
    let told = deliveries(&app, "app=A0LATE", 1).await;
    assert_eq!(told[0]["type"], "member_joined_channel");
    // What has another life has another number: an attempt of the one is none of the other's.
    assert!(told[0]["id"].as_u64() > first, "{told:?}");
    // Of its journal what came after the place is of this life.
    let path = format!("/journal?workspace=T0LATE&after={}", escaped(place));
    let (_, journal) = control(&app, "GET", &path, Value::Null).await;
    assert_eq!(kinds(&journal), ["added", "joined"]);
    let (_, apps) = control(&app, "GET", "/apps", Value::Null).await;
    let apps = apps["apps"].as_array().unwrap();
    let late = apps.iter().find(|one| one["app_id"] == "A0LATE").unwrap();
    assert_eq!(late.get("paused"), None);
    app.stop().await;
}

#[tokio::test]
async fn what_hangs_together_goes_together() {
    let app = App::with_settings(WORLD, settings()).await;
    let before = app.store.dump().await.unwrap();
    for (workspaces, status, code, told) in [
        (
            vec!["T0ACME"],
            409,
            "workspaces_tied",
            "T0ACME shares C0OLD with T0GLO, T0ACME shares C0OLD with T0INI; they can only go together",
        ),
        (
            vec!["T0ACME", "T0INI"],
            409,
            "workspaces_tied",
            "T0ACME shares C0OLD with T0GLO;",
        ),
        (
            vec!["T0ACME", "T0NONE"],
            422,
            "workspace_not_found",
            "T0NONE",
        ),
        (vec![], 422, "invalid_request", "names none"),
        (vec!["C0OLD"], 400, "invalid_request", "C0OLD"),
    ] {
        let (found, refused) = remove(&app, &workspaces).await;
        assert_eq!(
            (found, &refused["error"]),
            (status, &json!(code)),
            "{refused}"
        );
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(told), "{message}");
    }
    let (_, refused) = remove(&app, &["T0INI", "T0ACME"]).await;
    assert_eq!(refused["with"], json!(["T0GLO"]));
    assert!(app.store.dump().await.unwrap() == before);
    let (status, _) = remove(&app, &["T0INI", "T0GLO", "T0ACME", "T0INI"]).await;
    assert_eq!(status, 200);
    let after = app.store.dump().await.unwrap();
    assert!(
        after
            == guestlist_domain::Seed {
                server: after.server.clone(),
                ..Default::default()
            }
    );
    app.stop().await;
}

/// Whoever made the first one need not know what came of it meanwhile, nor whether an answer was lost.
#[tokio::test]
async fn all_that_hangs_together_goes_with_one_call() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let before = app.store.dump().await.unwrap();
    let copy = added(&app, "?ids=new", WORLD).await;
    let acme = copy["ids"]["T0ACME"].as_str().unwrap();
    for ask in [
        json!({"workspaces": [acme], "tied": 1}),
        json!({"workspaces": [acme], "missing": "fine"}),
        json!({"workspaces": [acme], "missing": true}),
    ] {
        let (status, refused) = control(&app, "POST", "/world/remove", ask).await;
        assert_eq!(
            (status, &refused["error"]),
            (400, &json!("invalid_request"))
        );
    }
    let ask = json!({"workspaces": [acme, "T0NONE"], "tied": true});
    let (status, refused) = control(&app, "POST", "/world/remove", ask).await;
    let code = json!("workspace_not_found");
    assert_eq!((status, &refused["error"]), (422, &code));

    let ask = json!({"workspaces": [acme], "tied": true, "missing": "ok"});
    let (status, gone) = control(&app, "POST", "/world/remove", ask.clone()).await;
    assert_eq!((status, gone.get("missing")), (200, None), "{gone}");
    let ids = |told: &Value| {
        let ids = told.as_array().unwrap().iter();
        ids.map(|id| id.as_str().unwrap().to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(ids(&gone["workspaces"]), ids(&copy["workspaces"]));
    assert_eq!(gone["workspaces"][0], acme);
    assert!(app.store.dump().await.unwrap() == before);
    for token in copy["tokens"].as_array().unwrap() {
        let token = token["token"].as_str().unwrap();
        assert_eq!(app.dead(token).await, "invalid_auth");
    }
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    assert_eq!(kinds(&journal), ["added", "removed"]);

    let (status, again) = control(&app, "POST", "/world/remove", ask).await;
    assert_eq!(status, 200, "{again}");
    assert_eq!(again, json!({"workspaces": [], "missing": [acme]}));
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    assert_eq!(kinds(&journal), ["added", "removed"]);
    app.stop().await;
}

/// An invitation on its way, an organisation, an app that is installed elsewhere.
#[tokio::test]
async fn each_thing_that_two_can_share_ties_them() {
    let two = |more: &str, first: &str| {
        format!(
            "version: 1
enterprises: [{{id: E0ORG, name: Org, domain: org}}]
workspaces:
  - id: T0ONE
    name: One
    domain: one
    users: [{{id: U0ONE, name: one, role: owner}}]
    channels: [{{id: C0ONE, name: one, creator: U0ONE, members: [U0ONE]}}]
{first}
  - id: T0TWO
    name: Two
    domain: two
    users: [{{id: U0TWO, name: two, email: two@two.test}}]
{more}
"
        )
    };
    let app_of_one = "    apps: [{id: A0ONE, name: a}]";
    for (world, by) in [
        (
            two(
                "",
                "    invitations: [{id: I0ONE, channel: C0ONE, inviter: U0ONE, to: {email: two@two.test}}]",
            ),
            "I0ONE",
        ),
        (
            two("    enterprise: E0ORG", "    enterprise: E0ORG"),
            "E0ORG",
        ),
        (
            two(
                "    tokens: [{token: xoxp-two, app: A0ONE, user: U0TWO}]",
                app_of_one,
            ),
            "A0ONE",
        ),
        (two("", app_of_one), ""),
    ] {
        let app = App::with_settings(&world, settings()).await;
        for (one, other) in [("T0ONE", "T0TWO"), ("T0TWO", "T0ONE")] {
            let (status, refused) = remove(&app, &[one]).await;
            // Whose app it is stays when those go who installed it.
            if by.is_empty() || (by == "A0ONE" && one == "T0TWO") {
                assert_eq!(status, 200, "{refused}");
                break;
            }
            let told = format!("{one} shares {by} with {other};");
            let message = refused["message"].as_str().unwrap();
            assert!(message.starts_with(&told), "{by}: {message}");
        }
        app.stop().await;
    }
}

/// What is left of a connection: a copy that shows the host's messages, and people who wrote there.
#[tokio::test]
async fn who_was_connected_once_is_tied_still() {
    let app = App::with_settings(WORLD, settings()).await;
    let old = [("channel_id", "C0OLD"), ("leaving_team_ids", "T0GLO")];
    app.ok("admin.conversations.disconnectShared", "xoxp-ada", &old)
        .await;
    for (goes, stays) in [("T0ACME", "T0GLO"), ("T0GLO", "T0ACME")] {
        let (status, refused) = remove(&app, &[goes, "T0INI"]).await;
        assert_eq!(status, 409, "{refused}");
        let told = format!("{goes} shares C0OLD with {stays}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(&told), "{message}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_store_from_which_all_was_taken_stays_empty() {
    let app = App::with_settings(LATE, settings()).await;
    let clock = app.store.clock().clone();
    assert_eq!(remove(&app, &["T0LATE"]).await.0, 200);
    let app = app.restarted(settings(), clock).await;
    assert!(app.store.dump().await.unwrap().workspaces.is_empty());
    added(&app, "", LATE).await;
    app.ok("conversations.invite", "xoxb-late", &INVITE).await;
    app.stop().await;
}

#[tokio::test]
async fn of_many_copies_one_goes_and_the_others_stay() {
    let app = App::with_settings(LATE, settings()).await;
    let mut copies = Vec::new();
    for _ in 0..3 {
        copies.push(added(&app, "?ids=new", WORLD).await);
    }
    let gone = copies.remove(1);
    let before = app.store.dump().await.unwrap();
    let ids = |copy: &Value| -> Vec<String> {
        let ids = copy["workspaces"].as_array().unwrap().iter();
        ids.map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    let going = ids(&gone);
    let going: Vec<&str> = going.iter().map(String::as_str).collect();
    assert_eq!(remove(&app, &going).await.0, 200);
    let after = app.store.dump().await.unwrap();
    assert_eq!(after.workspaces.len() + 3, before.workspaces.len());
    assert_eq!(after.enterprises.len() + 1, before.enterprises.len());
    let going: Vec<guestlist_domain::TeamId> = going.iter().map(|id| id.parse().unwrap()).collect();
    let stays = |team: &guestlist_domain::TeamId| !going.contains(team);
    let mut expected = before;
    expected
        .enterprises
        .retain(|one| after.enterprises.contains(one));
    expected.workspaces.retain(|one| stays(&one.id));
    expected.users.retain(|one| stays(&one.team));
    expected.channels.retain(|one| stays(&one.team));
    expected.members.retain(|(team, ..)| stays(team));
    expected.messages.retain(|(team, ..)| stays(team));
    expected.apps.retain(|one| stays(&one.team));
    expected.tokens.retain(|one| stays(&one.team));
    assert!(after == expected);
    for copy in &copies {
        let token = copy["tokens"][0]["token"].as_str().unwrap();
        let at = copy["ids"]["C0OPS"].as_str().unwrap();
        let ben = copy["ids"]["U0BEN"].as_str().unwrap();
        let invite = [("channel", at), ("users", ben)];
        app.ok("conversations.invite", token, &invite).await;
    }
    app.stop().await;
}

/// Whatever is decided in it meanwhile, on whichever node, is not there afterwards.
#[tokio::test]
async fn nothing_is_left_of_what_came_in_meanwhile() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let before = app.store.dump().await.unwrap();
    for round in 0..5 {
        added(&app, "", LATE).await;
        // Those who call have shown a good token.
        app.ok("auth.test", "xoxb-late", &[]).await;
        let calls = (0..40).map(|n| {
            let name = format!("new-{round}-{n}");
            let app = app.nodes().nth(n / 4 % app.nodes().count());
            async move {
                let (method, arguments) = match n % 4 {
                    0 => ("conversations.invite", INVITE),
                    1 => ("conversations.kick", [INVITE[0], ("user", "U0LEO")]),
                    2 => ("conversations.setTopic", [INVITE[0], ("topic", &*name)]),
                    _ => (
                        "conversations.create",
                        [("name", &*name), ("is_private", "0")],
                    ),
                };
                let answer = app.unwrap().call(method, "xoxb-late", &arguments).await;
                answer["error"].as_str().unwrap_or("ok").to_owned()
            }
        });
        let calls = futures_util::future::join_all(calls);
        let removal = async {
            tokio::time::sleep(std::time::Duration::from_millis(round)).await;
            remove(&app, &["T0LATE"]).await
        };
        let (_, (status, removed)) = tokio::join!(calls, removal);
        assert_eq!(status, 200, "{removed}");
        let after = app.store.dump().await.unwrap();
        assert_eq!(after.channels.len(), before.channels.len(), "{round}");
        assert!(after == before);
    }
    app.stop().await;
}
