//! Workspaces that are added while the server goes on.

use crate::{
    app::{App, CONTROL_TOKEN},
    connect::WORLD,
    events::{control, deliveries, settings},
};
use guestlist_store::world;
use serde_json::{Value, json};

/// A workspace nobody knows yet; its app is told by Socket Mode.
pub(crate) const LATE: &str = r#"
version: 1
workspaces:
  - id: T0LATE
    name: Late
    domain: late
    users:
      - {id: U0LEA, name: lea, email: ben@acme.test, role: owner}
      - {id: U0LEO, name: leo}
    channels:
      - id: C0LATE
        name: late
        creator: U0LEA
        created: 2024-01-01
        members: [U0LEA, U0LBOT]
        messages: [{user: U0LEA, text: "<@U0LEO> is to come to C0LATE"}]
    apps:
      - id: A0LATE
        name: later
        client_id: "5.5"
        bot_user: {id: U0LBOT}
        events: {delivery: socket, subscribe: [member_joined_channel]}
    tokens:
      - {token: xoxb-late, app: A0LATE, scopes: [channels:manage, channels:read, channels:history, users:read, users:read.email]}
"#;

async fn add(app: &App, query: &str, text: &str) -> (u16, Value) {
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let headers = [("Authorization", bearer.as_str())];
    let path = format!("/control/v1/world{query}");
    let answer = app.send("POST", &path, &headers, text.as_bytes()).await;
    (answer.status, answer.json())
}

pub(crate) async fn added(app: &App, query: &str, text: &str) -> Value {
    let (status, added) = add(app, query, text).await;
    assert_eq!(status, 201, "{added}");
    added
}

#[tokio::test]
async fn what_may_not_be_meant_is_told() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let misspelt = LATE.replace("channels:read", "chanels:read");
    assert_ne!(misspelt, LATE);
    let told = added(&app, "?ids=new", &misspelt).await;
    let note = "no method here asks for the scope chanels:read";
    assert_eq!(told["notes"], json!([note]));
    app.stop().await;
}

#[tokio::test]
async fn what_is_added_is_there_and_works_like_the_rest() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    // Whoever looked before, found nothing; that holds no longer.
    let early = [("channel", "C0LATE"), ("users", "U0LEO")];
    let greeter = "xoxb-sample-greeter";
    let unknown = app.call("conversations.invite", greeter, &early).await;
    assert_eq!(unknown["error"], "channel_not_found");
    let unknown = app.call("auth.test", "xoxb-late", &[]).await;
    assert_eq!(unknown["error"], "invalid_auth");

    let told = added(&app, "", LATE).await;
    assert_eq!(told["workspaces"], json!(["T0LATE"]));
    let mut token = json!({"token": "xoxb-late", "kind": "bot", "workspace": "T0LATE", "user": "U0LBOT", "app": "A0LATE"});
    token["scopes"] = told["tokens"][0]["scopes"].clone();
    assert!(
        token["scopes"]
            .as_array()
            .unwrap()
            .contains(&json!("channels:manage"))
    );
    assert_eq!(told["tokens"], json!([token]));
    assert_eq!(told.get("notes"), None);
    let late = json!({"app_id": "A0LATE", "name": "later", "client_id": "5.5"});
    assert_eq!(told["apps"], json!([late]));
    assert_eq!(told.get("ids"), None);

    app.ok("conversations.invite", "xoxb-late", &early).await;
    let again = app.call("conversations.invite", "xoxb-late", &early).await;
    assert_eq!(again["error"], "already_in_channel");
    let history = app
        .ok("conversations.history", "xoxb-late", &early[..1])
        .await;
    let texts: Vec<_> = history["messages"].as_array().unwrap().iter().collect();
    assert_eq!(
        texts.last().unwrap()["text"],
        "<@U0LEO> is to come to C0LATE"
    );
    // Its app is told, from then on and of nothing before.
    let told = deliveries(&app, "app=A0LATE", 1).await;
    assert_eq!(told[0]["type"], "member_joined_channel");
    // Others see nothing of it.
    let unknown = app.call("conversations.invite", greeter, &early).await;
    assert_eq!(unknown["error"], "channel_not_found");
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    let first = &journal["entries"][0];
    let change = json!([{"change": "added", "workspaces": ["T0LATE"]}]);
    assert_eq!(
        (&first["changes"], &first["workspace"]),
        (&change, &json!("T0LATE"))
    );
    app.stop().await;
}

#[tokio::test]
async fn it_survives_a_restart() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let clock = app.store.clock().clone();
    added(&app, "", LATE).await;
    let before = app.store.dump().await.unwrap();
    let app = app.restarted(settings(), clock).await;
    assert!(app.store.dump().await.unwrap() == before);
    let invite = [("channel", "C0LATE"), ("users", "U0LEO")];
    app.ok("conversations.invite", "xoxb-late", &invite).await;
    app.stop().await;
}

#[tokio::test]
async fn what_is_there_already_is_named_and_nothing_is_done() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    added(&app, "", LATE).await;
    let before = app.store.dump().await.unwrap();
    for (text, named) in [
        (LATE, "T0LATE, U0LEA, U0LEO, U0LBOT, B"),
        // Ids that it leaves out are those that it got before.
        (
            LATE,
            ", C0LATE, A0LATE, the client id 5.5, a token of U0LBOT",
        ),
        // One thing of another file is enough.
        (
            &*LATE.replace("0L", "0M").replace("5.5", "6.6"),
            "a token of U0MBOT",
        ),
        (
            &*LATE.replace("0L", "0M").replace("xoxb-late", "xoxb-m"),
            "the client id 5.5",
        ),
        (
            &LATE
                .replace("0L", "0M")
                .replace("xoxb-late", "xoxb-m")
                .replace("5.5", "6.6")
                .replace("{id: U0MBOT}", "{id: U0MBOT, bot_id: B0GREET}"),
            "already there: B0GREET;",
        ),
        (world::SAMPLE, "and 15 more"),
    ] {
        let (status, refused) = add(&app, "", text).await;
        assert_eq!(status, 409, "{refused}");
        assert_eq!(refused["error"], "already_there");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(named), "{message}");
        assert!(!message.contains("xoxb"), "{message}");
    }
    assert!(app.store.dump().await.unwrap() == before);
    app.stop().await;
}

#[tokio::test]
async fn bad_files_are_refused_with_the_place_and_nothing_is_done() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let before = app.store.dump().await.unwrap();
    let to_come = LATE.replace(
        "to come to C0LATE\"",
        "to come\", ts: \"9999999999.000001\"",
    );
    let marked = LATE.replace(
        "members: [U0LEA,",
        "members: [{user: U0LEA, last_read: 2024-01-02, marked: 9999999999.000002},",
    );
    let marks = "in the channel late somebody marks what they have read at 9999999999.000002";
    for (query, text, code, told) in [
        ("", "", "invalid_world", "the body"),
        (
            "",
            "version: 1",
            "invalid_world",
            "there is no workspace in it",
        ),
        (
            "",
            "version: 1\nworkspaces: [{id: X1, name: a, domain: b}]",
            "invalid_world",
            "the body:2: workspaces[0].id: `X1`",
        ),
        // Of the file alone: what it speaks of must be in it.
        (
            "?ids=new",
            "version: 1\nworkspaces:\n- {name: a, domain: b, enterprise: E0ACME}",
            "invalid_world",
            "there is no enterprise E0ACME",
        ),
        (
            "",
            "version: 1\nserver: {maintenance: true}\nworkspaces: [{name: a, domain: b}]",
            "invalid_world",
            "the body:2: server:",
        ),
        (
            "?ids=new",
            &to_come,
            "invalid_time",
            "in the channel late somebody says something at 9999999999.000001",
        ),
        (
            "",
            &LATE.replace("2024-01-01", "2099-01-01"),
            "invalid_time",
            "in the channel late somebody comes at 4070908800.000000",
        ),
        ("", &marked, "invalid_time", marks),
        ("?ids=old", LATE, "invalid_request", "`old`"),
        ("?id=new", LATE, "invalid_request", "`id`"),
    ] {
        let (status, refused) = add(&app, query, text).await;
        assert_eq!(
            (status, &refused["error"]),
            (422, &json!(code)),
            "{text}: {refused}"
        );
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(told), "{message}");
    }
    assert!(app.store.dump().await.unwrap() == before);
    app.stop().await;
}

#[tokio::test]
async fn of_two_that_add_the_same_at_once_one_does() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let one = || add(&app, "", LATE);
    let (a, b, c, d) = tokio::join!(one(), one(), one(), one());
    let mut codes = [a.0, b.0, c.0, d.0];
    codes.sort_unstable();
    assert_eq!(codes, [201, 409, 409, 409]);
    app.stop().await;
}

#[tokio::test]
async fn copies_of_one_file_have_nothing_in_common() {
    let app = App::with_settings(WORLD, settings()).await;
    let (one, two) = (
        added(&app, "?ids=new", WORLD).await,
        added(&app, "?ids=new", WORLD).await,
    );
    let id = |copy: &Value, id: &str| copy["ids"][id].as_str().unwrap().to_owned();
    for name in ["E0ACME", "T0ACME", "U0ADA", "C0OPS", "A0GREET", "U0GREET"] {
        let ids = [id(&one, name), id(&two, name), name.to_owned()];
        assert!(ids[0] != ids[1] && !ids[..2].contains(&ids[2]), "{ids:?}");
        assert!(ids.iter().all(|id| id[..1] == name[..1]), "{ids:?}");
    }
    // In the order of the file, each with a text of its own.
    let token = |copy: &Value, at: usize| copy["tokens"][at]["token"].as_str().unwrap().to_owned();
    let kinds = |copy: &Value| -> Vec<Value> {
        let tokens = copy["tokens"].as_array().unwrap().iter();
        tokens.map(|token| token["kind"].clone()).collect()
    };
    assert_eq!(kinds(&one), ["bot", "user", "bot", "user", "user"]);
    assert_ne!(token(&one, 0), token(&two, 0));
    let me = app.ok("auth.test", &token(&one, 0), &[]).await;
    assert_eq!(me["team_id"], id(&one, "T0ACME"));
    assert_eq!(me["user_id"], id(&one, "U0GREET"));

    // The address is that of somebody in each copy, who accepts by themselves.
    let to = [
        ("channel", &*id(&one, "C0OPS")),
        ("emails", "yes@initech.test"),
    ];
    app.ok("conversations.inviteShared", &token(&one, 0), &to)
        .await;
    let mut sides = Value::Null;
    for _ in 0..100 {
        let info = app
            .ok("conversations.info", &token(&one, 0), &to[..1])
            .await;
        sides = info["channel"]["pending_connected_team_ids"].clone();
        if sides.as_array().is_some_and(|sides| !sides.is_empty()) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(sides, json!([id(&one, "T0INI")]));
    let of_two = app
        .ok(
            "conversations.info",
            &token(&two, 0),
            &[("channel", &*id(&two, "C0OPS"))],
        )
        .await;
    assert_eq!(of_two["channel"]["pending_connected_team_ids"], json!([]));
    // Nor does anybody of the other with the same address hear of it, or may accept.
    let gus = [
        ("channel", &*id(&one, "C0OPS")),
        ("emails", "gus@globex.test"),
    ];
    let sent = app
        .ok("conversations.inviteShared", &token(&one, 0), &gus)
        .await;
    for (copy, heard) in [(&one, 1), (&two, 0)] {
        let told = app
            .ok("conversations.listConnectInvites", &token(copy, 2), &[])
            .await;
        assert_eq!(told["invites"].as_array().unwrap().len(), heard, "{told}");
    }
    let accept = |copy: &Value| {
        let ask = json!({"user": id(copy, "U0GUS"), "invitation": sent["invite_id"], "name": "x"});
        control(&app, "POST", "/invitations/accept", ask)
    };
    let (status, refused) = accept(&two).await;
    assert_eq!(
        (status, &refused["error"]),
        (422, &json!("email_does_not_match"))
    );
    let decline = json!({"user": id(&two, "U0GUS"), "invitation": sent["invite_id"]});
    let (_, refused) = control(&app, "POST", "/invitations/decline", decline).await;
    assert_eq!(refused["error"], "invite_not_found");
    assert_eq!(accept(&one).await.0, 200);
    // What happened in one is told without the others.
    let of_one = format!("/journal?workspace={}", id(&one, "T0ACME"));
    let (_, told) = control(&app, "GET", &of_one, Value::Null).await;
    let entries = told["entries"].as_array().unwrap();
    assert!(entries.len() >= 3, "{told}");
    let acme = json!(id(&one, "T0ACME"));
    assert!(
        entries[1..].iter().all(|entry| entry["workspace"] == acme),
        "{told}"
    );
    // Of the others that came with it, too.
    let of_globex = format!("/journal?workspace={}", id(&one, "T0GLO"));
    let (_, theirs) = control(&app, "GET", &of_globex, Value::Null).await;
    assert_eq!(theirs["entries"][0]["changes"][0]["change"], "added");
    let (_, all) = control(&app, "GET", "/journal", Value::Null).await;
    assert_eq!(told["place"], all["place"]);
    let teams = ["T0ACME", "T0GLO", "T0INI"].map(|team| format!("workspace={}", id(&one, team)));
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let path = format!("/control/v1/world?{}", teams.join("&"));
    let export = app
        .send("GET", &path, &[("Authorization", &bearer)], b"")
        .await;
    let export = String::from_utf8(export.body).unwrap();
    for (copy, is_in) in [(&one, true), (&two, false)] {
        for name in ["E0ACME", "T0ACME", "U0ADA", "C0OPS", "A0GREET"] {
            assert_eq!(export.contains(&id(copy, name)), is_in, "{name}");
        }
    }
    let loaded = world::read("export", &export, app.store.clock().now(), &mut || [0; 24]);
    assert_eq!(loaded.unwrap().seed.workspaces.len(), 3);
    for (path, code) in [
        ("/world?workspace=T0NONE", "workspace_not_found"),
        ("/world?workspace=C0OPS", "invalid_workspace"),
        ("/world?team=T0ACME", "invalid_request"),
        ("/journal?workspace=C0OPS", "invalid_workspace"),
    ] {
        let (status, refused) = control(&app, "GET", path, Value::Null).await;
        assert_eq!((status, &refused["error"]), (422, &json!(code)), "{path}");
    }
    // Nor does one find the other by its ids.
    let theirs = [("channel", &*id(&two, "C0OPS"))];
    let refused = app
        .call("conversations.info", &token(&one, 0), &theirs)
        .await;
    assert_eq!(refused["error"], "channel_not_found");
    app.stop().await;
}

#[tokio::test]
async fn each_copy_of_an_invitation_has_a_link_of_its_own() {
    let app = App::with_settings(LATE, settings()).await;
    let open = r#"{"version": 1, "workspaces": [
        {"id": "T0ONE", "name": "One", "domain": "one", "users": [{"id": "U0ONE", "name": "one"}],
         "channels": [{"id": "C0ONE", "name": "one"}],
         "invitations": [{"id": "I0ONE", "channel": "C0ONE", "inviter": "U0ONE", "to": {"email": "two@two.test"},
                          "external_limited": false, "link": "zt-one", "conf_code": "111-222"}]},
        {"id": "T0TWO", "name": "Two", "domain": "two", "users": [{"id": "U0TWO", "name": "two", "email": "two@two.test"}]}]}"#;
    added(&app, "", open).await;
    let other = open.replace("0ONE", "0UNO").replace("0TWO", "0DUO");
    let (status, refused) = add(&app, "", &other).await;
    assert_eq!(status, 409, "{refused}");
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("the link zt-one"),
        "{refused}"
    );
    added(&app, "?ids=new", open).await;
    added(&app, "?ids=new", open).await;
    let (_, told) = control(&app, "GET", "/invitations", Value::Null).await;
    let told = told["invitations"].as_array().unwrap();
    assert_eq!(told.len(), 3);
    let mut links = std::collections::BTreeSet::new();
    for one in told {
        let url = one["url"].as_str().unwrap();
        let path = &url[url.find("/share/").unwrap()..];
        assert!(links.insert(path.to_owned()), "{path}");
        let page = app.send("GET", path, &[], b"").await;
        let html = String::from_utf8(page.body).unwrap();
        assert!(page.status == 200 && html.contains("two (two)"), "{html}");
    }
    app.stop().await;
}

#[tokio::test]
async fn ids_are_replaced_as_words_however_they_are_written() {
    let app = App::with_settings(world::SAMPLE, settings()).await;
    let blocks = r#"[{"type":"section","text":{"type":"mrkdwn","text":"x\nU0LEO"}}]"#;
    let text = "U0LEO\nU0LEO é U0LEO, xU0LEO U0LEOx u0leo U0LEO_1 \u{1f469}U0LEO";
    let file = json!({"version": 1, "workspaces": [{
        "id": "T0LATE", "name": "U0LEO", "domain": "late",
        "users": [{"id": "U0LEA", "name": "lea", "role": "owner"}, {"id": "U0LEO", "name": "leo"}],
        "channels": [{"id": "C0LATE", "name": "late", "creator": "U0LEA", "created": "2024-01-01", "members": ["U0LEA"],
            "messages": [{"user": "U0LEA", "text": text, "blocks": blocks}]}],
        "tokens": [{"token": "xoxp-late", "user": "U0LEA", "scopes": ["channels:history"]}],
    }]});
    // Escaped, as some write JSON.
    let file = file.to_string().replace("U0LEA", "\\u00550LEA");
    let copy = added(&app, "?ids=new", &file).await;
    let leo = copy["ids"]["U0LEO"].as_str().unwrap();
    let channel = copy["ids"]["C0LATE"].as_str().unwrap();
    let token = copy["tokens"][0]["token"].as_str().unwrap();
    assert_eq!(copy["tokens"][0]["user"], copy["ids"]["U0LEA"]);
    let told = app
        .ok("conversations.history", token, &[("channel", channel)])
        .await;
    let message = told["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["blocks"].is_array());
    let message = message.expect("the message that was said");
    let expected = format!("{leo}\n{leo} é {leo}, xU0LEO U0LEOx u0leo U0LEO_1 \u{1f469}{leo}");
    assert_eq!(message["text"], expected);
    assert_eq!(message["blocks"][0]["text"]["text"], format!("x\n{leo}"));
    app.stop().await;
}

#[tokio::test]
async fn an_export_can_be_copied_too() {
    let app = App::with_settings(LATE, settings()).await;
    let bearer = format!("Bearer {CONTROL_TOKEN}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("Accept", "application/json"),
    ];
    let export = app.send("GET", "/control/v1/world", &headers, b"").await;
    let export = String::from_utf8(export.body).unwrap();
    assert!(export.contains("token_sha256"), "{export}");
    let copy = added(&app, "?ids=new", &export).await;
    let token = copy["tokens"][0]["token"].as_str().unwrap();
    assert!(token.starts_with("xoxb-"), "{copy}");
    let channel = copy["ids"]["C0LATE"].as_str().unwrap();
    let leo = copy["ids"]["U0LEO"].as_str().unwrap();
    app.ok(
        "conversations.invite",
        token,
        &[("channel", channel), ("users", leo)],
    )
    .await;
    let history = app
        .ok("conversations.history", token, &[("channel", channel)])
        .await;
    let said = history["messages"].as_array().unwrap().last().unwrap()["text"].clone();
    assert_eq!(said, format!("<@{leo}> is to come to {channel}"));
    assert_ne!(copy["apps"][0]["client_id"], "5.5");
    app.stop().await;
}
