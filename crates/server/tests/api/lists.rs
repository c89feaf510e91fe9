//! What the control interface lists, of one workspace alone.

use crate::connect::{WORLD, control, hurried, invite};
use serde_json::{Value, json};

/// Tests that share a server look at their own workspaces.
#[tokio::test]
async fn what_is_listed_can_be_that_of_one_workspace() {
    let told = "events: {delivery: socket, subscribe";
    let app = hurried(&WORLD.replace("events: {subscribe", told)).await;
    let by_mail = invite(&app, ("emails", "new@globex.test"), "true").await;
    let by_id = invite(&app, ("user_ids", "U0GBOT"), "false").await;
    let accept = [("channel_name", "acme-ops"), ("invite_id", by_id.as_str())];
    app.ok("conversations.acceptSharedInvite", "xoxb-glo", &accept)
        .await;
    let listed = async |path: &str, key: &str, id: &str| {
        let (status, found) = control(&app, "GET", path, Value::Null).await;
        assert_eq!(status, 200, "{found}");
        let found = found[key].as_array().unwrap().iter();
        found
            .map(|one| one[id].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let invitations = |team: &str| format!("invitations?workspace={team}");
    let of = async |team: &str| listed(&invitations(team), "invitations", "invitation").await;
    assert_eq!(of("T0ACME").await, [by_id.clone(), by_mail.clone()]);
    assert_eq!(of("T0GLO").await, [by_id]);
    assert!(of("T0INI").await.is_empty());
    let mail =
        async |team: &str| listed(&format!("mail?workspace={team}"), "mail", "invitation").await;
    assert_eq!(mail("T0ACME").await, [by_mail]);
    assert!(mail("T0GLO").await.is_empty());
    for (team, heard) in [
        ("T0ACME", "shared_channel_invite_accepted"),
        ("T0GLO", "shared_channel_invite_received"),
    ] {
        let path = format!("deliveries?workspace={team}&wait_seconds=30");
        assert_eq!(listed(&path, "deliveries", "type").await, [heard], "{team}");
    }
    let of_ini = listed("tokens?workspace=T0INI", "tokens", "user").await;
    assert_eq!(of_ini, ["U0XEN"]);
    // Each once, in the order of the whole list, whatever the order in which they are named.
    let of_two = |one, other| format!("tokens?workspace={one}&workspace={other}&workspace={one}");
    let mut all = listed("tokens", "tokens", "token_sha256").await;
    let apart = listed("tokens?workspace=T0GLO", "tokens", "token_sha256").await;
    all.retain(|hash| !apart.contains(hash));
    for path in [of_two("T0ACME", "T0INI"), of_two("T0INI", "T0ACME")] {
        assert_eq!(listed(&path, "tokens", "token_sha256").await, all, "{path}");
    }
    let of_both = "apps?workspace=T0INI&workspace=T0GLO";
    assert_eq!(listed(of_both, "apps", "app_id").await, ["A0GLO"]);
    let raised =
        async |team: &str| listed(&format!("events?workspace={team}"), "events", "name").await;
    assert_eq!(
        raised("T0GLO").await,
        listed("events", "events", "name").await
    );
    assert!(!raised("T0ACME").await.is_empty());
    assert!(raised("T0INI").await.is_empty());
    let all = listed("workspaces", "workspaces", "workspace").await;
    assert_eq!(
        all,
        ["T0GLO", "T0INI", "T0ACME"],
        "in the order of their keys"
    );
    for path in [
        "invitations?workspace=x",
        "mail?workspace=x",
        "tokens?workspace=x",
        "apps?workspace=x",
        "events?workspace=x",
    ] {
        let (status, refused) = control(&app, "GET", path, Value::Null).await;
        assert_eq!(
            (status, &refused["error"]),
            (422, &json!("invalid_workspace"))
        );
    }
}
