//! Requests that are approved for another channel than they were made for.

use super::{WORLD, acts};
use crate::app::App;
use guestlist_server::{RateLimits, Settings};
use guestlist_store::Clock;
use serde_json::json;

const APPROVE: &str = "conversations.requestSharedInvite.approve";

/// Acme reviews what its people send, and nobody what comes; the greeter is in two channels.
fn world() -> String {
    let new = "\n      - {id: C0NEW, name: new, creator: U0ADA, members: [U0ADA, U0GREET]}\n      - id: C0OLD";
    WORLD
        .replacen("approval: required", "review_before_sending: true", 1)
        .replacen("\n    connect: {approval: required}", "", 1)
        .replacen("\n      - id: C0OLD", new, 1)
}

fn settings() -> Settings {
    Settings {
        rate_limits: RateLimits::Off,
        ..Settings::default()
    }
}

async fn invite(app: &App, channel: &str) -> String {
    let method = "conversations.inviteShared";
    let args = [("channel", channel), ("user_ids", "U0GIL")];
    let sent = app.ok(method, "xoxb-acme", &args).await;
    sent["invite_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_channel_has_its_own_invitation_also_after_a_restart() {
    for restarts in [false, true] {
        let mut app = App::with_settings(&world(), settings()).await;
        let moved = invite(&app, "C0OPS").await;
        let to = [("invite_id", &*moved), ("channel_id", "C0NEW")];
        app.ok(APPROVE, "xoxb-acme", &to).await;
        if restarts {
            app = app.restarted(settings(), Clock::default()).await;
        }
        assert_eq!(invite(&app, "C0NEW").await, moved, "restarts: {restarts}");
        let stayed = invite(&app, "C0OPS").await;
        assert_ne!(stayed, moved, "restarts: {restarts}");
        app.ok(APPROVE, "xoxb-acme", &[("invite_id", &stayed)])
            .await;
        for (invitation, name) in [(&moved, "acme-new"), (&stayed, "acme-ops")] {
            let gil = json!({"user": "U0GIL", "invitation": invitation, "name": name});
            acts(&app, "accept", gil).await;
        }

        // What ends in one channel goes on in the other.
        let leaving = [("channel_id", "C0OPS"), ("leaving_team_ids", "T0GLO")];
        let disconnect = "admin.conversations.disconnectShared";
        app.ok(disconnect, "xoxp-ada", &leaving).await;
        let (_, all) = super::control(&app, "GET", "invitations", json!(null)).await;
        let states = all["invitations"].as_array().unwrap().iter();
        let states: Vec<_> = states
            .map(|one| (one["invitation"].clone(), one["state"].clone()))
            .collect();
        for expected in [(&moved, "approved"), (&stayed, "disconnected")] {
            let (invitation, state) = (json!(expected.0), json!(expected.1));
            assert!(states.contains(&(invitation, state)), "{states:?}");
        }
        app.stop().await;
    }
}
