//! `conversations.invite`: every code of its page that has a state.

use super::WORLD;
use crate::{app::App, seen::saw};
use guestlist_methods::find;
use serde_json::Value;

/// Whoever asks why is told the check that refused, by the facts that decided.
fn told_why(why: &Value, code: &str) {
    assert_eq!(why["answer"]["error"], code, "{why}");
    assert!(why.get("note").is_none(), "{why}");
    let refused = &why["refused_by"];
    assert_eq!(refused["passed"], false, "{why}");
    if ["no_user", "too_many_users", "user_is_ultra_restricted"].contains(&code) {
        // The arguments, and who calls: the rules were not asked.
        return;
    }
    assert_eq!(why["facts"], "as they were then", "{why}");
    assert!(refused["remedy"].is_string(), "{why}");
    let checks = why["checks"].as_array().unwrap();
    assert_eq!(checks.last(), Some(refused), "{why}");
}

const METHOD: &str = "conversations.invite";

#[tokio::test]
async fn each_refusal_of_conversations_invite() {
    let app = App::with(WORLD).await;
    let many: Vec<_> = (0..1001).map(|n| format!("U{n:04}")).collect();
    let many = many.join(",");
    let rows = [
        ("xoxp-ada", "C0OPS", "U0BEN", "already_in_channel"),
        ("xoxp-ada", "C0PEOPLE", "U0BOT", "app_cannot_join_channel"),
        ("xoxp-ada", "C0OPS", "USLACKBOT", "cant_invite"),
        ("xoxp-ada", "C0OPS", "U0CLEO", "cant_invite"),
        ("xoxp-ada", "C0OPS", "U0ADA", "cant_invite_self"),
        ("xoxp-ada", "C0NONE", "U0CLEO", "channel_not_found"),
        ("xoxp-ada", "C0HIDDEN", "U0CLEO", "channel_not_found"),
        ("xoxp-ada", "C0TWO", "U0WES", "invitee_cant_see_channel"),
        ("xoxp-ada", "C0PAST", "U0CLEO", "is_archived"),
        ("xoxp-ada", "C0OPS", "U0WES", "org_user_not_in_team"),
        (
            "xoxp-ada",
            "D0ADABEN",
            "U0CLEO",
            "method_not_supported_for_channel_type",
        ),
        ("xoxp-strict", "C0STRICT", "U0STU", "no_permission"),
        ("xoxa-old", "C0OPS", "U0CLEO", "no_permission"),
        (
            "xoxp-ada",
            "C0GLOBEX",
            "U0GIL",
            "no_external_invite_permission",
        ),
        ("xoxp-ada", "C0OPS", "", "no_user"),
        ("xoxp-ada", "C0BEN", "U0CLEO", "not_in_channel"),
        ("xoxp-ada", "C0OPS", "U0SOL", "ura_max_channels"),
        ("xoxp-ada", "C0GENERAL", "U0MIA", "user_is_restricted"),
        ("xoxp-ada", "C0OPS", "U0NOBODY", "user_not_found"),
        ("xoxp-ada", "C0OPS", "U0GIL", "user_not_found"),
        ("xoxp-ada", "C0OPS", "U0OTTO", "user_not_found"),
        (
            "xoxp-ada",
            "C0MOVING",
            "U0CLEO",
            "external_channel_migrating",
        ),
        ("xoxp-ada", "C0OPS", many.as_str(), "too_many_users"),
        ("xoxp-sealed", "C0SEALED", "U0SEB", "ekm_access_denied"),
        ("xoxp-ada", "C0LISTED", "U0CLEO", "access_denied"),
        ("xoxp-sol", "C0HELP", "U0CLEO", "user_is_ultra_restricted"),
    ];
    for (token, channel, users, code) in rows {
        let arguments = [("channel", channel), ("users", users)];
        let answer = app.post(METHOD, token, &arguments).await;
        assert_eq!(answer.error(), code, "{channel} {users}");
        saw(METHOD, code);
        told_why(&app.why(&answer).await, code);
    }
    for error in (find(METHOD).unwrap().errors)() {
        let reached = rows.iter().any(|(.., code)| *code == error.code);
        assert_eq!(reached, error.state.is_some(), "{}", error.code);
    }
}
