//! The family's pages, asked in the fixture's world.

use super::{kept::View, trigger::Trigger};
use crate::fixture::*;
use guestlist_domain::{AppId, Token, TokenKind, UserId};
use serde_json::{Value, json};

const OPEN: &str = "views.open";
const PUSH: &str = "views.push";
const UPDATE: &str = "views.update";

/// A modal, and what it has otherwise.
fn modal(more: Value) -> Value {
    let mut view = json!({
        "type": "modal",
        "title": {"type": "plain_text", "text": "Guests"},
        "submit": {"type": "plain_text", "text": "Invite"},
        "blocks": [{"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"},
            "element": {"type": "users_select", "action_id": "guest", "initial_user": "U0ADA"}}],
    });
    for (key, value) in more.as_object().unwrap() {
        view[key] = value.clone();
    }
    view
}

/// A trigger of this app, for something that was done in this view.
async fn trigger(scene: &Scene, app: &str, view: Option<&str>) -> String {
    let trigger = Trigger {
        app: id::<AppId>(app),
        user: id::<UserId>("U0ADA"),
        team: id("T0ACME"),
        made: scene.store.clock().now(),
        view: view.map(str::to_owned),
        channel: Some(id("C0WELCOME")),
        spent: false,
    };
    let drawn = scene.store.draw().unwrap();
    trigger
        .keep(&scene.store, &drawn.hex("a")[..32])
        .await
        .unwrap()
}

async fn opened(scene: &Scene, view: Value) -> Value {
    let trigger = trigger(scene, "A0GREET", None).await;
    let args = json!({"trigger_id": trigger, "view": view.to_string()});
    let answer = scene.call("bot", OPEN, args).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer["view"].clone()
}

async fn pushed(scene: &Scene, below: &Value) -> Value {
    let trigger = trigger(scene, "A0GREET", below["id"].as_str()).await;
    let args = json!({"interactivity_pointer": trigger, "view": modal(json!({}))});
    let answer = scene.call("bot", PUSH, args).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer["view"].clone()
}

#[tokio::test]
async fn a_view_is_open_for_whoever_did_something() {
    let scene = Scene::new();
    let view = opened(
        &scene,
        modal(json!({"external_id": "first", "notify_on_close": true})),
    )
    .await;
    let view_id = view["id"].as_str().unwrap();
    assert!(view_id.starts_with('V') && view_id.len() == 11, "{view_id}");
    assert_eq!(
        view,
        json!({
            "id": view["id"],
            "team_id": "T0ACME",
            "type": "modal",
            "blocks": modal(json!({}))["blocks"],
            "private_metadata": "",
            "callback_id": "",
            "state": {"values": {"who": {"guest": {"type": "users_select", "selected_user": "U0ADA"}}}},
            "hash": view["hash"],
            "title": {"type": "plain_text", "text": "Guests"},
            "clear_on_close": false,
            "notify_on_close": true,
            "close": null,
            "submit": {"type": "plain_text", "text": "Invite"},
            "previous_view_id": null,
            "root_view_id": view["id"],
            "app_id": "A0GREET",
            "external_id": "first",
            "app_installed_team_id": "T0ACME",
            "bot_id": "B0GREET",
        })
    );
    let over = pushed(&scene, &view).await;
    assert_eq!(
        (&over["root_view_id"], &over["previous_view_id"]),
        (&view["id"], &view["id"])
    );
    let open = View::open_of(&scene.store, id("U0ADA")).await.unwrap();
    let open: Vec<_> = open.iter().map(|(view, _)| json!(view.id)).collect();
    assert_eq!(open, [view["id"].clone(), over["id"].clone()]);
}

#[tokio::test]
async fn another_view_takes_its_place_and_keeps_what_was_chosen() {
    let scene = Scene::new();
    let view = opened(&scene, modal(json!({"external_id": "first"}))).await;
    let view_id = view["id"].as_str().unwrap();
    let (mut open, kept) = View::find(&scene.store, view_id).await.unwrap().unwrap();
    let was = open.clone();
    let chosen = ("who", "guest");
    open.choose(
        chosen,
        &json!("users_select"),
        "selected_user",
        json!("U0BOB"),
    );
    assert_eq!(
        was.replace(&scene.store, &kept, &open).await.unwrap(),
        Ok(true)
    );
    let args = json!({
        "external_id": "first", "hash": view["hash"],
        "view": modal(json!({"external_id": "second", "callback_id": "again"})),
    });
    let answer = scene.call("bot", UPDATE, args).await;
    let next = &answer["view"];
    assert_eq!(
        (&next["id"], &next["callback_id"]),
        (&view["id"], &json!("again")),
        "{answer}"
    );
    assert_ne!(next["hash"], view["hash"]);
    assert_eq!(
        next["state"]["values"]["who"]["guest"]["selected_user"],
        "U0BOB"
    );
    // The name that it had is free, and the one it has is not.
    opened(&scene, modal(json!({"external_id": "first"}))).await;
    let args = json!({"view_id": view_id, "view": modal(json!({"external_id": "first"}))});
    assert_eq!(
        scene.refusal("bot", UPDATE, args).await,
        "duplicate_external_id"
    );
    // Another element has nothing chosen.
    let blocks = json!([{"type": "section", "block_id": "who", "text": {"type": "plain_text", "text": "a"},
        "accessory": {"type": "conversations_select", "action_id": "guest"}}]);
    let args = json!({"view_id": view_id, "view": modal(json!({"blocks": blocks}))});
    let answer = scene.call("bot", UPDATE, args).await;
    let guest = &answer["view"]["state"]["values"]["who"]["guest"];
    assert_eq!(
        *guest,
        json!({"type": "conversations_select", "selected_conversation": null})
    );
    // A day later nothing is open.
    scene.store.clock().advance(24 * 3_600_000_000);
    assert_eq!(View::open_of(&scene.store, id("U0ADA")).await.unwrap(), []);
}

#[tokio::test]
async fn a_menu_begins_with_the_conversation_that_the_command_was_typed_in() {
    let scene = Scene::new();
    let blocks = json!([{"type": "actions", "block_id": "where", "elements": [
        {"type": "conversations_select", "action_id": "room", "default_to_current_conversation": true}]}]);
    let menu = modal(json!({"blocks": blocks}));
    let room =
        |view: &Value| view["state"]["values"]["where"]["room"]["selected_conversation"].clone();
    assert_eq!(room(&opened(&scene, menu.clone()).await), "C0WELCOME");
    // Also in one that it becomes, and in one on top of it, whatever that was done in.
    let plain = opened(&scene, modal(json!({}))).await;
    let args = json!({"view_id": plain["id"], "view": menu});
    let next = scene.call("bot", UPDATE, args).await["view"].clone();
    assert_eq!(room(&next), "C0WELCOME");
    let trigger = trigger(&scene, "A0GREET", plain["id"].as_str()).await;
    let args = json!({"trigger_id": trigger, "view": menu});
    let over = scene.call("bot", PUSH, args).await["view"].clone();
    assert_eq!(room(&over), "C0WELCOME");
}

#[tokio::test]
async fn what_is_not_shown_says_why() {
    let scene = Scene::new();
    let view = modal(json!({"external_id": "first"}));
    let open = opened(&scene, view.clone()).await;
    let deep = opened(&scene, modal(json!({}))).await;
    let deeper = pushed(&scene, &deep).await;
    let deepest = pushed(&scene, &deeper).await;
    let spent = trigger(&scene, "A0GREET", None).await;
    let args = json!({"trigger_id": spent, "view": modal(json!({}))});
    scene.call("bot", OPEN, args).await;
    let old = trigger(&scene, "A0GREET", open["id"].as_str()).await;
    scene.store.clock().advance(3_000_000);
    let fresh = || trigger(&scene, "A0GREET", None);
    let inside = |view: Value| {
        let scene = &scene;
        async move { trigger(scene, "A0GREET", view["id"].as_str()).await }
    };
    let stranger = trigger(&scene, "A0OTHER", None).await;
    let large = modal(json!({"callback_id": "x", "hint": "x".repeat(250_000)}));
    let plain = modal(json!({}));
    let args = |trigger: String, view: &Value| json!({"trigger_id": trigger, "view": view});
    let rows = [
        (OPEN, "bot", json!({"view": plain}), "invalid_arguments"),
        (
            OPEN,
            "bot",
            json!({"trigger_id": fresh().await}),
            "invalid_arguments",
        ),
        (
            OPEN,
            "bot",
            args(fresh().await, &json!("{")),
            "invalid_arguments",
        ),
        (
            OPEN,
            "bot",
            args(fresh().await, &modal(json!({"title": null}))),
            "invalid_arguments",
        ),
        (
            OPEN,
            "bot",
            args(fresh().await, &view),
            "duplicate_external_id",
        ),
        (
            OPEN,
            "bot",
            args(spent.clone(), &plain),
            "exchanged_trigger_id",
        ),
        (OPEN, "bot", args(old.clone(), &plain), "expired_trigger_id"),
        (
            OPEN,
            "bot",
            args("1.2.3".to_owned(), &plain),
            "invalid_trigger_id",
        ),
        (
            OPEN,
            "bot",
            args(stranger.clone(), &plain),
            "invalid_trigger_id",
        ),
        // A token of no app, and one of another workspace.
        (
            OPEN,
            "ada",
            args(fresh().await, &plain),
            "invalid_trigger_id",
        ),
        (OPEN, "bot", args(fresh().await, &large), "view_too_large"),
        (
            PUSH,
            "bot",
            args(inside(open.clone()).await, &view),
            "duplicate_external_id",
        ),
        (PUSH, "bot", args(spent, &plain), "exchanged_trigger_id"),
        (PUSH, "bot", args(old, &plain), "expired_trigger_id"),
        (PUSH, "bot", args(stranger, &plain), "invalid_trigger_id"),
        (PUSH, "bot", args(fresh().await, &plain), "not_found"),
        (
            PUSH,
            "bot",
            args(inside(json!({"id": "V0"})).await, &plain),
            "not_found",
        ),
        (
            PUSH,
            "bot",
            args(inside(deepest).await, &plain),
            "push_limit_reached",
        ),
        (PUSH, "bot", args(fresh().await, &large), "view_too_large"),
        (UPDATE, "bot", json!({"view": plain}), "invalid_arguments"),
        (
            UPDATE,
            "bot",
            json!({"view_id": deep["id"], "view": view}),
            "duplicate_external_id",
        ),
        (
            UPDATE,
            "bot",
            json!({"view_id": deep["id"], "hash": "1.2", "view": plain}),
            "hash_conflict",
        ),
        (
            UPDATE,
            "bot",
            json!({"view_id": "V\u{0}", "view": plain}),
            "not_found",
        ),
        (
            UPDATE,
            "bot",
            json!({"external_id": "no\u{0}ne", "view": plain}),
            "not_found",
        ),
        (
            UPDATE,
            "ada",
            json!({"view_id": deep["id"], "view": plain}),
            "not_found",
        ),
        (
            UPDATE,
            "bot",
            json!({"view_id": deep["id"], "view": large}),
            "view_too_large",
        ),
    ];
    scene.refuses(&rows).await;
}

#[tokio::test]
async fn an_organisation_wide_token_shows_where_it_was_added() {
    let mut seed = town();
    seed.tokens.push(Token {
        workspaces: vec![id("T0WEST")],
        ..token("away", "T0ACME", "U0GREET", TokenKind::Org)
    });
    let scene = Scene::of(&seed);
    let trigger_in = async |team: &str| {
        let trigger = Trigger {
            app: id("A0GREET"),
            user: id("U0ADA"),
            team: id(team),
            made: scene.store.clock().now(),
            view: None,
            channel: None,
            spent: false,
        };
        let drawn = scene.store.draw().unwrap();
        let chance = &drawn.hex("a")[..32];
        trigger.keep(&scene.store, chance).await.unwrap()
    };
    for (token, team) in [("org", "T0GLOBEX"), ("away", "T0ACME")] {
        let args = json!({"trigger_id": trigger_in(team).await, "view": modal(json!({}))});
        let refused = scene.refusal(token, OPEN, args).await;
        assert_eq!(refused, "invalid_trigger_id", "{team}");
    }
    let named = modal(json!({"external_id": "first"}));
    let args = json!({"trigger_id": trigger_in("T0WEST").await, "view": named});
    let opened = scene.call("org", OPEN, args).await;
    assert_eq!(opened["view"]["team_id"], "T0WEST", "{opened}");
    // The name is looked for in all of its workspaces, and in those alone.
    let args = json!({"external_id": "first", "view": named});
    for token in ["org", "away"] {
        let updated = scene.call(token, UPDATE, args.clone()).await;
        assert_eq!(updated["view"]["id"], opened["view"]["id"], "{updated}");
    }
    assert_eq!(scene.refusal("bot", UPDATE, args).await, "not_found");
}

#[tokio::test]
async fn of_many_views_one_lies_on_another() {
    let scene = Scene::new();
    let below = opened(&scene, modal(json!({}))).await;
    let triggers = [
        trigger(&scene, "A0GREET", below["id"].as_str()).await,
        trigger(&scene, "A0GREET", below["id"].as_str()).await,
    ];
    let push = |trigger: &str| {
        let args = json!({"trigger_id": trigger, "view": modal(json!({}))});
        let scene = &scene;
        async move { scene.call("bot", PUSH, args).await }
    };
    let (a, b) = tokio::join!(push(&triggers[0]), push(&triggers[1]));
    let mut done = [&a, &b].map(|answer| answer["error"].clone());
    done.sort_by_key(Value::is_null);
    assert_eq!(done, [json!("push_limit_reached"), Value::Null]);
    // What could not be has cost nothing: a trigger that is left opens something.
    let late = trigger(&scene, "A0GREET", below["id"].as_str()).await;
    assert_eq!(push(&late).await["error"], "push_limit_reached");
    let args = json!({"trigger_id": late, "view": modal(json!({}))});
    assert_eq!(scene.call("bot", OPEN, args).await["ok"], true);
    // With the view on top its place is free again.
    for (view, _) in View::open_of(&scene.store, id("U0ADA")).await.unwrap() {
        if view.previous.is_some() {
            view.close(&scene.store).await.unwrap();
        }
    }
    pushed(&scene, &below).await;
}

#[tokio::test]
async fn of_many_who_use_a_trigger_one_does() {
    let scene = Scene::new();
    let trigger = trigger(&scene, "A0GREET", None).await;
    let ask = || {
        scene.call(
            "bot",
            OPEN,
            json!({"trigger_id": trigger, "view": modal(json!({}))}),
        )
    };
    let (a, b, c) = tokio::join!(ask(), ask(), ask());
    let good = [a, b, c]
        .iter()
        .filter(|answer| answer["ok"] == true)
        .count();
    assert_eq!(good, 1);
    assert_eq!(
        View::open_of(&scene.store, id("U0ADA"))
            .await
            .unwrap()
            .len(),
        1
    );
}
