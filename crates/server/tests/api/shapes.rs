//! What answers show of people, messages and channels, where documentation says more than a key's
//! type: who sees it, and when it is there.

use crate::{
    app::App,
    connect,
    events::{control, deliveries, settings},
};
use guestlist_domain::Timestamp;
use guestlist_store::Clock;
use serde_json::{Value, json};

/// Noon of 15 January 2027.
const NOON: Timestamp = Timestamp(1_800_014_400_000_000);

const WORLD: &str = r#"
version: 1
enterprises: [{id: E0ACME, name: Acme Corp, domain: acme-corp}]
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    enterprise: E0ACME
    users:
      - {id: U0ADA, name: ada, role: owner}
      - {id: U0BEN, name: ben, real_name: Ben Émile, display_name: Zoë, two_factor: false, email: ben@acme.test}
    channels:
      - {id: C0TWO, name: two, creator: U0ADA, members: [U0ADA, U0GREET], workspaces: [T0ACME, T0EAST]}
      - {id: C0GEN, name: gen, creator: U0ADA, members: [U0ADA, U0GREET]}
      - {id: D0ADA, kind: im, members: [U0ADA, U0GREET]}
    apps:
      - {id: A0GREET, name: Greeter, bot_user: {id: U0GREET}, events: {delivery: socket, subscribe: [message.channels, team_join]}}
    tokens:
      - {token: xoxb-greet, app: A0GREET, scopes: &all [channels:read, channels:history, channels:manage, groups:read, groups:history, chat:write, chat:write.customize, im:read, im:write, im:history, mpim:read, mpim:history, users:read, users:read.email]}
      - {token: xoxb-narrow, app: A0GREET, scopes: [users:read]}
      - {token: xoxe.xoxb-1-soon, app: A0GREET, scopes: [users:read], expires_at: 2027-01-15T13:00:00Z}
      - {token: xoxp-ada, user: U0ADA, scopes: *all}
      - {token: xoxp-ben, user: U0BEN, scopes: *all}
      - {token: xoxb-org, kind: org, app: A0GREET, scopes: [users:read], workspaces: [T0ACME, T0EAST]}
  - {id: T0EAST, name: East, domain: east, enterprise: E0ACME}
"#;

async fn noon() -> App {
    App::with_clock(WORLD, settings(), Clock::standing(NOON)).await
}

#[tokio::test]
async fn a_token_that_dies_says_when() {
    let app = noon().await;
    let told = app.ok("auth.test", "xoxe.xoxb-1-soon", &[]).await;
    assert_eq!(told["expires_in"], 3600, "{told}");
    let told = app.ok("auth.test", "xoxb-greet", &[]).await;
    assert!(told.get("expires_in").is_none(), "{told}");
}

#[tokio::test]
async fn people_are_shown_without_accents_and_with_two_factors_to_admins() {
    let app = noon().await;
    let ben = [("user", "U0BEN")];
    let shown = app.ok("users.info", "xoxp-ada", &ben).await["user"].clone();
    assert_eq!(shown["profile"]["real_name"], "Ben Émile");
    assert_eq!(shown["profile"]["real_name_normalized"], "Ben Emile");
    assert_eq!(shown["profile"]["display_name_normalized"], "Zoe");
    assert_eq!(shown["profile"]["status_text_canonical"], "");
    assert_eq!(shown["has_2fa"], false);
    let ada = app.ok("users.info", "xoxp-ada", &[("user", "U0ADA")]).await;
    assert_eq!(ada["user"]["has_2fa"], true);
    for token in ["xoxp-ben", "xoxb-greet"] {
        let shown = app.ok("users.info", token, &ben).await;
        assert!(shown["user"].get("has_2fa").is_none(), "{token}: {shown}");
    }
}

#[tokio::test]
async fn a_dm_tells_what_its_reader_has_not_read() {
    let app = noon().await;
    let dm = ("channel", "D0ADA");
    let state = async |token: &str| {
        let told = app.ok("conversations.info", token, &[dm]).await["channel"].clone();
        let open = [dm, ("return_im", "1")];
        let opened = app.ok("conversations.open", token, &open).await["channel"].clone();
        let keys = [
            "last_read",
            "latest",
            "unread_count",
            "unread_count_display",
        ];
        let of = |told: &Value| keys.map(|key| told[key].clone());
        assert_eq!(of(&told), of(&opened));
        of(&told)
    };
    let nothing = [json!("0000000000.000000"), Value::Null, json!(0), json!(0)];
    assert_eq!(state("xoxp-ada").await, nothing);

    let mut said = Vec::new();
    for text in ["one", "two"] {
        let args = [dm, ("text", text)];
        said.push(app.ok("chat.postMessage", "xoxb-greet", &args).await);
    }
    let [read, latest, unread, _] = state("xoxp-ada").await;
    assert_eq!((read, unread), (json!("0000000000.000000"), json!(2)));
    assert_eq!(
        (&latest["text"], &latest["ts"]),
        (&json!("two"), &said[1]["ts"])
    );
    // Who has written has read.
    let [read, _, unread, _] = state("xoxb-greet").await;
    assert_eq!((&read, unread), (&said[1]["ts"], json!(0)));

    let answer = app
        .ok("chat.postMessage", "xoxp-ada", &[dm, ("text", "thanks")])
        .await;
    let [read, latest, unread, display] = state("xoxb-greet").await;
    assert_eq!((&read, &latest["ts"]), (&said[1]["ts"], &answer["ts"]));
    assert_eq!((unread, display), (json!(1), json!(1)));
    // In a list there is none of it.
    let list = app
        .ok("conversations.list", "xoxp-ada", &[("types", "im")])
        .await;
    assert!(list["channels"][0].get("latest").is_none(), "{list}");
}

#[tokio::test]
async fn how_far_somebody_has_read_is_kept_and_told_to_operators_alone() {
    let app = noon().await;
    let gen_channel = ("channel", "C0GEN");
    let mark = async |app: &App, token: &str, channel: &str, ts: &str| {
        let args = [("channel", channel), ("ts", ts)];
        app.ok("conversations.mark", token, &args).await;
    };
    let read = async |app: &App, token: &str, channel: &str| {
        let args = [("channel", channel)];
        let told = app.ok("conversations.info", token, &args).await;
        told["channel"]["last_read"].clone()
    };
    let came = json!(NOON.ts());
    assert_eq!(read(&app, "xoxb-greet", "C0GEN").await, came);
    for ts in ["1700000000.000200", "1700000000.000100"] {
        mark(&app, "xoxb-greet", "C0GEN", ts).await;
        // Whichever node is asked.
        for _ in 0..2 {
            assert_eq!(read(&app, "xoxb-greet", "C0GEN").await, ts);
            assert_eq!(read(&app, "xoxb-greet", "C0TWO").await, came);
            assert_eq!(read(&app, "xoxp-ada", "C0GEN").await, came);
        }
    }
    mark(&app, "xoxp-ada", "D0ADA", "1700000000.000300").await;

    let app = app.restarted(settings(), Clock::standing(NOON)).await;
    assert_eq!(read(&app, "xoxb-greet", "C0GEN").await, "1700000000.000100");
    assert_eq!(read(&app, "xoxp-ada", "D0ADA").await, "1700000000.000300");
    let (_, journal) = control(&app, "GET", "/journal", Value::Null).await;
    let entries = journal["entries"].as_array().unwrap().iter();
    let changes: Vec<&Value> = entries.map(|entry| &entry["changes"][0]).collect();
    let last_read: Vec<&Value> = changes
        .iter()
        .filter(|change| change["change"] == "marked")
        .map(|change| &change["last_read"])
        .collect();
    assert_eq!(
        last_read,
        [
            "1700000000.000200",
            "1700000000.000100",
            "1700000000.000300"
        ],
        "{journal}"
    );
    // The app hears of what is said, and of nothing else.
    let args = [gen_channel, ("text", "hello")];
    app.ok("chat.postMessage", "xoxb-greet", &args).await;
    let told = deliveries(&app, "app=A0GREET", 1).await;
    assert_eq!(told[0]["type"], "message", "{told:?}");
}

/// A message is the same in the answer, in history and where apps are told of it.
#[tokio::test]
async fn a_bots_message_says_whose_it_is_wherever_it_is_shown() {
    let app = noon().await;
    let channel = ("channel", "C0GEN");
    let attachments = r#"[{"text": "only"}, {"fallback": "f", "title": "t"}, {"image_url": "http://127.0.0.1/i.png"}]"#;
    let args = [channel, ("text", "hello"), ("attachments", attachments)];
    let posted = app.ok("chat.postMessage", "xoxb-greet", &args).await["message"].clone();
    let profile = &posted["bot_profile"];
    assert_eq!(
        (&profile["name"], &posted["app_id"], &posted["team"]),
        (&json!("Greeter"), &json!("A0GREET"), &json!("T0ACME"))
    );
    let bot = profile["id"].as_str().unwrap();
    let info = app.ok("bots.info", "xoxb-greet", &[("bot", bot)]).await;
    assert_eq!(profile["icons"], info["bot"]["icons"]);
    assert!(profile["icons"]["image_36"].is_string(), "{profile}");
    assert_eq!(
        posted["attachments"],
        json!([
            {"text": "only", "id": 1, "fallback": "only"},
            {"fallback": "f", "title": "t", "id": 2},
            {"image_url": "http://127.0.0.1/i.png", "id": 3, "fallback": "[no preview available]"},
        ])
    );
    let history = app
        .ok("conversations.history", "xoxp-ada", &[channel])
        .await;
    assert_eq!(history["messages"][0], posted);
    let told = deliveries(&app, "type=message", 1).await[0]["body"]["event"].clone();
    for (key, value) in posted.as_object().unwrap() {
        assert_eq!(&told[key], value, "{key}");
    }
}

#[tokio::test]
async fn a_bot_under_a_name_of_its_choice_shows_no_user() {
    let app = noon().await;
    let channel = ("channel", "C0GEN");
    let args = [channel, ("text", "hello"), ("username", "Porter")];
    let posted = app.ok("chat.postMessage", "xoxb-greet", &args).await["message"].clone();
    let history = app
        .ok("conversations.history", "xoxp-ada", &[channel])
        .await;
    assert_eq!(history["messages"][0], posted);
    let told = deliveries(&app, "type=message", 1).await[0]["body"]["event"].clone();
    for shown in [posted, told] {
        assert_eq!(
            (&shown["subtype"], &shown["username"], shown.get("user")),
            (&json!("bot_message"), &json!("Porter"), None),
            "{shown}"
        );
        assert!(shown["bot_id"].is_string(), "{shown}");
    }
}

#[tokio::test]
async fn only_info_tells_of_other_organisations() {
    let app = connect::hurried(connect::WORLD).await;
    let old = ("channel", "C0OLD");
    let keys = [
        "connected_team_ids",
        "conversation_host_id",
        "date_connected",
    ];
    let info = app.ok("conversations.info", "xoxb-acme", &[old]).await["channel"].clone();
    for key in keys {
        assert!(info.get(key).is_some(), "{key}: {info}");
    }
    for (method, more) in [
        ("conversations.invite", ("users", "U0BEN")),
        ("conversations.setTopic", ("topic", "t")),
    ] {
        let told = app.ok(method, "xoxb-acme", &[old, more]).await["channel"].clone();
        for key in keys {
            assert!(told.get(key).is_none(), "{method} {key}: {told}");
        }
        assert_eq!(told["shared_team_ids"], info["shared_team_ids"]);
    }
}

#[tokio::test]
async fn a_channel_of_several_workspaces_names_them_all() {
    let app = noon().await;
    let told = app
        .ok("conversations.info", "xoxb-greet", &[("channel", "C0TWO")])
        .await;
    let both = json!(["T0ACME", "T0EAST"]);
    assert_eq!(told["channel"]["shared_team_ids"], both);
    assert_eq!(told["channel"]["internal_team_ids"], both);
    let icons = app
        .ok("auth.teams.list", "xoxb-org", &[("include_icon", "1")])
        .await;
    assert_eq!(icons["teams"][0]["icon"]["image_default"], true, "{icons}");
    let plain = app.ok("auth.teams.list", "xoxb-org", &[]).await;
    assert!(plain["teams"][0].get("icon").is_none(), "{plain}");
}

/// An app's tokens in one place are one installation: a narrow one takes nothing away from events.
#[tokio::test]
async fn an_app_is_told_by_all_that_its_tokens_may() {
    let app = noon().await;
    for name in ["nia", "noa", "nils"] {
        let address = format!("{name}@acme.test");
        let ask = json!({"workspace": "T0ACME", "name": name, "email": address});
        let (status, made) = control(&app, "POST", "/users", ask).await;
        assert_eq!(status, 201, "{made}");
    }
    for delivery in deliveries(&app, "type=team_join", 3).await {
        let event = &delivery["body"]["event"];
        assert!(event["user"]["profile"]["email"].is_string(), "{event}");
        assert_eq!(event["user"]["locale"], "en-US");
        assert!(event["cache_ts"].is_i64());
    }
}
