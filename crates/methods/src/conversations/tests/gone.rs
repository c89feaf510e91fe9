//! Calls under way when their workspace is taken out.

use crate::fixture::*;
use guestlist_domain::{Actor, Change, Facts, Moment, Plan, Stop};
use guestlist_store::Decide;
use serde_json::json;
use std::{convert::Infallible, sync::Arc};

/// Acme is taken out.
struct Removal;

impl Decide for Removal {
    type Outcome = ();
    type Refusal = Infallible;

    fn actor(&self) -> Actor {
        Actor::nobody(id("T0ACME"))
    }

    fn decide(&self, _: &Facts, _: &mut Moment) -> Result<Plan<()>, Stop<Infallible>> {
        Ok(Plan {
            changes: vec![Change::Removed {
                workspaces: vec![id("T0ACME")],
                enterprises: Vec::new(),
                apps: Vec::new(),
            }],
            outcome: (),
        })
    }
}

#[tokio::test]
async fn who_was_looked_up_before_leaves_nothing_there() {
    let scene = Scene::new();
    let caller = scene.caller("ada").await;
    scene.store.write(Arc::new(Removal)).await.unwrap();
    let after = scene.store.dump().await.unwrap();
    for (method, args) in [
        ("conversations.create", json!({"name": "late"})),
        ("conversations.open", json!({"users": "U0BOB"})),
        ("conversations.join", json!({"channel": "C0RANDOM"})),
        (
            "chat.postMessage",
            json!({"channel": "C0GENERAL", "text": "late"}),
        ),
        ("auth.revoke", json!({})),
    ] {
        let answer = scene.call_by(caller.clone(), method, args).await;
        assert_eq!(answer["error"], "invalid_auth", "{method}: {answer}");
    }
    assert_eq!(scene.store.dump().await.unwrap(), after);
}
