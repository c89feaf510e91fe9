//! Invitations as lists tell them.

use super::{WORLD, hurried, invite};

/// The newer clients read the flat keys, the older ones those of `invite`.
#[tokio::test]
async fn an_entry_has_what_its_invitation_has() {
    let app = hurried(WORLD).await;
    for to in [("emails", "gil@globex.test"), ("user_ids", "U0GUS")] {
        invite(&app, to, "false").await;
    }
    let list = app
        .ok("conversations.listConnectInvites", "xoxb-acme", &[])
        .await;
    let entries = list["invites"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let invite = entry["invite"].as_object().unwrap();
        assert!(invite.len() >= 6, "{entry}");
        for (key, value) in invite {
            assert_eq!(&entry[key], value, "{key}");
        }
    }
    app.stop().await;
}
