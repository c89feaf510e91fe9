//! Workspaces of one organisation: each answers for what is its own.

use super::{WORLD, acts, hurried, invite};
use serde_json::json;

/// A second workspace of Acme's organisation, with an app that may manage there, and one of Acme's own that was
/// granted a single channel.
fn world() -> String {
    let two = "
  - id: T0TWO
    name: Two
    domain: two
    enterprise: E0ACME
    users: [{id: U0TWO, name: two, role: owner}]
    channels: [{id: C0TWO, name: two, creator: U0TWO, members: [U0TWO], connections: [{workspace: T0GLO, name: two}]}]
    apps: [{id: A0TWO, name: two, bot_user: {id: U0TBOT}}]
    tokens: [{token: xoxb-two, app: A0TWO, scopes: [conversations.connect:manage, channels:read, groups:read]}]
  - id: T0GLO";
    let bound = "
      - {token: xoxa-acme, kind: workspace, app: A0GREET, channels: [C0OLD], scopes: [conversations.connect:manage]}
      - {token: xoxp-ada,";
    let world = WORLD.replacen("\n  - id: T0GLO", two, 1);
    world.replacen("\n      - {token: xoxp-ada,", bound, 1)
}

#[tokio::test]
async fn one_workspace_of_an_organisation_does_not_answer_for_another() {
    let app = hurried(&world()).await;
    let id = invite(&app, ("user_ids", "U0GIL"), "false").await;
    let gil = json!({"user": "U0GIL", "invitation": id, "name": "ops"});
    acts(&app, "accept", gil).await;
    let party = [("invite_id", &*id), ("target_team", "T0GLO")];
    for (token, codes) in [
        ("xoxb-two", ["invite_not_found"; 2]),
        ("xoxa-acme", ["restricted_action"; 2]),
    ] {
        let methods = [
            "conversations.approveSharedInvite",
            "conversations.declineSharedInvite",
        ];
        for (method, code) in methods.into_iter().zip(codes) {
            assert_eq!(app.refused(method, token, &party).await, code, "{token}");
        }
    }
    let theirs = json!({"user": "U0TWO", "invitation": id, "target_team": "T0GLO"});
    let (_, refused) = super::control(&app, "POST", "invitations/approve", theirs).await;
    assert_eq!(refused["error"], "invite_not_found");
    app.ok("conversations.approveSharedInvite", "xoxb-acme", &party)
        .await;
    let glo = [("invite_id", &*id)];
    app.ok("conversations.approveSharedInvite", "xoxb-glo", &glo)
        .await;

    // What a partner may do in Acme's channel is Acme's to say.
    let rights = [
        ("channel", "C0OPS"),
        ("target_team", "T0GLO"),
        ("action", "downgrade"),
    ];
    let set = "conversations.externalInvitePermissions.set";
    assert_eq!(
        app.refused(set, "xoxb-two", &rights).await,
        "channel_not_found"
    );
    // Each ends what it shares itself, and the other's goes on.
    let globex = [("target_team", "T0GLO")];
    let disconnect = "team.externalTeams.disconnect";
    assert_eq!(
        app.refused(disconnect, "xoxa-acme", &globex).await,
        "restricted_action"
    );
    app.ok(disconnect, "xoxb-two", &globex).await;
    assert_eq!(
        app.refused(disconnect, "xoxb-two", &globex).await,
        "invalid_target_team"
    );
    let channels = app
        .ok("conversations.list", "xoxb-acme", &[("limit", "100")])
        .await;
    let channels = channels["channels"].as_array().unwrap();
    let shared = channels.iter().filter(|one| one["is_ext_shared"] == true);
    assert_eq!(shared.count(), 2, "{channels:?}");
    app.ok(disconnect, "xoxb-acme", &globex).await;
    app.stop().await;
}

#[tokio::test]
async fn a_request_is_answered_in_its_workspace() {
    let review = "enterprise: E0ACME\n    connect: {review_before_sending: true}";
    let acme = world().replacen(
        "enterprise: E0ACME\n    connect: {approval: required}",
        review,
        1,
    );
    let app = hurried(&acme).await;
    let id = invite(&app, ("user_ids", "U0GIL"), "false").await;
    let which = [("invite_id", &*id)];
    for method in [
        "conversations.requestSharedInvite.deny",
        "conversations.requestSharedInvite.approve",
    ] {
        assert_eq!(
            app.refused(method, "xoxb-two", &which).await,
            "invite_not_found"
        );
        assert_eq!(
            app.refused(method, "xoxa-acme", &which).await,
            "restricted_action"
        );
    }
    app.ok(
        "conversations.requestSharedInvite.approve",
        "xoxb-acme",
        &which,
    )
    .await;
    app.stop().await;
}
