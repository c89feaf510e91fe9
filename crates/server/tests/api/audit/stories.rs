//! What is told of people, of channels that two organisations share, and of an organisation that comes again.

use super::{NOON, action, app, entries, invite, page, told};
use crate::{
    add::added,
    app::App,
    connect::{acts, clock},
    events::control,
    rate_limits::pass,
};
use serde_json::{Value, json};

#[tokio::test]
async fn people_and_channels_from_beginning_to_end() {
    let app = app().await;
    let made = app
        .ok(
            "conversations.create",
            "xoxp-ada",
            &[("name", "plans"), ("is_private", "true")],
        )
        .await;
    let channel = made["channel"]["id"].as_str().unwrap();
    let args = [("channel", channel)];
    app.ok("conversations.archive", "xoxp-ada", &args).await;
    app.ok("conversations.unarchive", "xoxp-ada", &args).await;
    let new = json!({"workspace": "T0ACME", "name": "new", "email": "new@acme.test"});
    let (status, new) = control(&app, "POST", "/users", new).await;
    assert_eq!(status, 201, "{new}");
    let new = new["user"].as_str().unwrap();
    let assign = [("team_id", "T0WEST"), ("user_id", new)];
    app.ok("admin.users.assign", "xoxp-ada", &assign).await;
    for deed in ["remove", "restore"] {
        let (status, _) = control(&app, "POST", &format!("/users/{new}/{deed}"), json!({})).await;
        assert_eq!(status, 200);
    }
    let found = entries(&app, "xoxp-ada", "").await;
    assert_eq!(
        told(&found),
        [
            format!("user_reactivated {new}"),
            format!("user_deactivated {new}"),
            format!("user_joined_workspace {new}"),
            format!("user_joined_workspace {new}"),
            format!("user_created {new}"),
            format!("private_channel_unarchive {channel}"),
            format!("private_channel_archive {channel}"),
            format!("user_channel_join {channel}"),
            format!("private_channel_created {channel}"),
        ]
    );
    // Nobody in particular, and Ada in the workspace where she asked.
    assert_eq!(
        found[0]["actor"],
        json!({"type": "user", "user": {"id": "USLACKUSER"}})
    );
    assert_eq!(found[2]["actor"]["user"]["id"], "U0ADA");
    app.stop().await;
}

#[tokio::test]
async fn an_app_comes_is_allowed_more_and_goes() {
    let app = app().await;
    let credentials = [("client_id", "1.1"), ("client_secret", "s3cret")];
    let mut token = Value::Null;
    for scope in ["channels:read", "chat:write"] {
        let link = [("client_id", "1.1"), ("scope", scope)];
        let code = app.code(&link, "U0BEN").await;
        let [id, secret] = credentials;
        let granted = app.access(&[id, secret, ("code", code.as_str())]).await;
        assert_eq!(granted["ok"], true, "{granted}");
        token = granted["access_token"].clone();
    }
    app.ok("apps.uninstall", token.as_str().unwrap(), &credentials)
        .await;
    let found = entries(&app, "xoxp-ada", "entity=A0NEW").await;
    let expected = ["app_uninstalled", "app_scopes_expanded", "app_installed"];
    assert_eq!(
        told(&found),
        expected.map(|action| format!("{action} A0NEW"))
    );
    assert_eq!(found[2]["actor"]["user"]["id"], "U0BEN");
    assert_eq!(found[2]["details"]["bot_scopes"], json!(["channels:read"]));
    let both = json!(["channels:read", "chat:write"]);
    assert_eq!(found[1]["details"]["bot_scopes"], both);
    let text = serde_json::to_string(&found).unwrap();
    assert!(!text.contains("s3cret") && !text.contains("xox"), "{text}");
    app.stop().await;
}

#[tokio::test]
async fn an_app_is_let_into_the_whole_organisation() {
    let app = app().await;
    let link = [
        ("client_id", "1.1"),
        ("scope", "channels:read"),
        ("team", "E0ACME"),
    ];
    let code = app.code(&link, "U0ADA").await;
    let granted = app
        .access(&[
            ("client_id", "1.1"),
            ("client_secret", "s3cret"),
            ("code", code.as_str()),
        ])
        .await;
    assert_eq!(granted["ok"], true, "{granted}");
    for deed in ["grant", "ungrant"] {
        let teams = json!({"workspaces": ["T0WEST"]});
        let (status, done) = control(&app, "POST", &format!("/apps/A0NEW/{deed}"), teams).await;
        assert_eq!(status, 200, "{done}");
    }
    let token = granted["access_token"].as_str().unwrap();
    app.ok("auth.revoke", token, &[]).await;
    let found = entries(&app, "xoxp-ada", "entity=A0NEW").await;
    let places: Vec<_> = found
        .iter()
        .map(|one| {
            (
                action(one),
                one["context"]["location"]["id"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("org_app_uninstalled", "T0ACME"),
            ("org_app_workspace_removed", "T0WEST"),
            ("org_app_workspace_added", "T0WEST"),
            ("org_app_installed", "T0ACME"),
        ]
    );
    assert_eq!(found[3]["details"]["bot_scopes"], json!(["channels:read"]));
    assert_eq!(found[3]["actor"]["user"]["id"], "U0ADA");
    // Another organisation hears nothing of it.
    let theirs = entries(&app, "xoxp-gil", "entity=A0NEW").await;
    assert_eq!(theirs, [Value::Null; 0]);
    app.stop().await;
}

#[tokio::test]
async fn both_sides_of_a_shared_channel_have_their_part_of_its_story() {
    const PRE: &str = "external_shared_channel_";
    let app = app().await;
    let args = [
        ("channel", "C0OPS"),
        ("user_ids", "U0GIL"),
        ("external_limited", "false"),
    ];
    let offer = app
        .ok("conversations.inviteShared", "xoxb-acme", &args)
        .await;
    let invitation = offer["invite_id"].as_str().unwrap();
    invite(&app, "xoxp-ada", "C0OPS", "U0BEN").await;
    pass(&app, 60);
    acts(
        &app,
        "accept",
        json!({"invitation": invitation, "user": "U0GIL"}),
    )
    .await;
    pass(&app, 60);
    invite(&app, "xoxp-gil", "C0OPS", "U0GUS").await;
    pass(&app, 60);
    let sever = [("channel_id", "C0OPS"), ("leaving_team_ids", "[\"T0GLO\"]")];
    app.ok("admin.conversations.disconnectShared", "xoxp-ada", &sever)
        .await;
    invite(&app, "xoxp-ada", "C0OPS", "U0EVE").await;

    let short = |entries: &[Value]| -> Vec<String> {
        let of = |entry: &Value| action(entry).trim_start_matches(PRE).to_owned();
        entries.iter().map(of).collect()
    };
    let ours = entries(&app, "xoxp-ada", "").await;
    assert_eq!(
        short(&ours),
        [
            "user_channel_join",
            "disconnected",
            "user_channel_join",
            "user_channel_join",
            "connected",
            "invite_accepted",
            "user_channel_join",
            "invite_sent",
            "invite_created",
        ]
    );
    // Globex hears of what it had a part in, and of Acme's other comings and goings nothing.
    let theirs = entries(&app, "xoxp-gil", "").await;
    assert_eq!(
        short(&theirs),
        [
            "disconnected",
            "user_channel_join",
            "user_channel_join",
            "connected",
            "invite_accepted"
        ]
    );
    let text = serde_json::to_string(&theirs).unwrap();
    for hidden in ["U0BEN", "U0EVE", "acme.test"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    let disconnected = &ours[1];
    assert_eq!(disconnected["details"]["external_organization_id"], "E0GLO");
    assert_eq!(disconnected["details"]["disconnecting_team"], "T0GLO");
    assert_eq!(
        theirs[0]["details"]["external_organization_name"],
        "Acme Corp"
    );
    // One thing that was done has one id, whoever is told of it.
    assert_eq!(theirs[0]["id"], disconnected["id"]);
    app.stop().await;
}

/// Ada invites Gil to share a channel, and he accepts.
async fn share(app: &App, channel: &str) {
    let args = [
        ("channel", channel),
        ("user_ids", "U0GIL"),
        ("external_limited", "false"),
    ];
    let offer = app
        .ok("conversations.inviteShared", "xoxb-acme", &args)
        .await;
    let accept = json!({"invitation": offer["invite_id"], "user": "U0GIL"});
    acts(app, "accept", accept).await;
}

/// Who joined and left, as the owner of a token is told, the newest first.
async fn moved(app: &App, token: &str) -> Vec<String> {
    let found = entries(app, token, "action=user_channel_join,user_channel_leave").await;
    let of = |entry: &Value| {
        let who = entry["actor"]["user"]["id"].as_str().unwrap();
        format!(
            "{} {who}",
            action(entry).trim_start_matches("user_channel_")
        )
    };
    found.iter().map(of).collect()
}

#[tokio::test]
async fn a_partner_is_told_nothing_of_the_time_before_whatever_the_clock_shows() {
    // The clock stands, goes back, and goes on between all that is done.
    for between in [0, -3600, 3600] {
        let app = app().await;
        invite(&app, "xoxp-ada", "C0OPS", "U0BEN").await;
        pass(&app, between);
        share(&app, "C0OPS").await;
        pass(&app, between);
        let kick = [("channel", "C0OPS"), ("user", "U0BEN")];
        app.ok("conversations.kick", "xoxp-ada", &kick).await;
        pass(&app, between);
        let told = moved(&app, "xoxp-gil").await;
        assert_eq!(told, ["leave U0BEN", "join U0GIL"], "{between}");
        // Until the two are connected again, this is the first's alone; and so is what was before.
        let sever = [("channel_id", "C0OPS"), ("leaving_team_ids", "[\"T0GLO\"]")];
        app.ok("admin.conversations.disconnectShared", "xoxp-ada", &sever)
            .await;
        pass(&app, between);
        invite(&app, "xoxp-ada", "C0OPS", "U0EVE").await;
        pass(&app, between);
        share(&app, "C0OPS").await;
        pass(&app, between);
        invite(&app, "xoxp-ada", "C0OPS", "U0FAY").await;
        let told = moved(&app, "xoxp-gil").await;
        let expected = ["join U0FAY", "join U0GIL", "join U0GIL"];
        assert_eq!(told, expected, "{between}");
        assert_eq!(moved(&app, "xoxp-ada").await.len(), 6, "{between}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_standing_answer_is_told_to_the_side_that_gives_it() {
    let app = app().await;
    for to in [("user_ids", "U0NON"), ("emails", "non@globex.test")] {
        let args = [("channel", "C0OPS"), to];
        app.ok("conversations.inviteShared", "xoxb-acme", &args)
            .await;
        clock(&app, 60).await;
    }
    const DECLINED: &str = "action=external_shared_channel_invite_declined";
    for token in ["xoxp-ada", "xoxp-gil"] {
        let found = entries(&app, token, DECLINED).await;
        let who: Vec<_> = found
            .iter()
            .map(|one| &one["actor"]["user"]["id"])
            .collect();
        assert_eq!(who, ["U0NON", "U0NON"], "{token}: {found:?}");
    }
    app.stop().await;
}

/// An organisation that comes later, and again.
const LATE: &str = r#"
version: 1
enterprises: [{id: E0LATE, name: Late Corp, domain: late-corp}]
workspaces:
  - id: T0LATE
    name: Late
    domain: late
    enterprise: E0LATE
    users: [{id: U0LEA, name: lea, role: owner}, {id: U0LEO, name: leo}]
    channels: [{id: C0LATE, name: late, creator: U0LEA, members: [U0LEA]}]
    tokens: [{token: xoxp-lea, user: U0LEA, scopes: ["auditlogs:read", "channels:write"]}]
"#;

#[tokio::test]
async fn an_organisation_of_the_same_id_is_told_nothing_of_the_one_before() {
    let app = app().await;
    added(&app, "", LATE).await;
    invite(&app, "xoxp-lea", "C0LATE", "U0LEO").await;
    let first = entries(&app, "xoxp-lea", "").await;
    let expected = ["user_channel_join C0LATE", "workspace_created T0LATE"];
    assert_eq!(told(&first), expected);
    // Where a page of the first life would go on.
    let (_, cursor) = page(&app, "xoxp-lea", "limit=1").await;
    let cursor: String = form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
    pass(&app, 60);
    let gone = json!({"workspaces": ["T0LATE"]});
    let (status, _) = control(&app, "POST", "/world/remove", gone).await;
    assert_eq!(status, 200);
    app.dead("xoxp-lea").await;
    pass(&app, 60);
    added(&app, "", LATE).await;

    let latest = format!("latest={}", NOON.seconds() + 1);
    for (query, expected) in [
        ("", &["workspace_created T0LATE"][..]),
        (latest.as_str(), &[]),
        (&format!("cursor={cursor}"), &[]),
        ("action=user_channel_join", &[]),
    ] {
        assert_eq!(
            told(&entries(&app, "xoxp-lea", query).await),
            expected,
            "{query}"
        );
    }
    app.stop().await;
}
