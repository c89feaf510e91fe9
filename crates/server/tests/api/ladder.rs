//! The order of all checks, from the first byte of a call to the last rule of an invitation.
//!
//! A world and a call in which everything is wrong at once are put right one cause after another,
//! from the top of the ladder to its end, and each time the next refusal has to answer. So every
//! refusal is seen to come before all that follow it. (A few cannot be there together, as two
//! states of one workspace; there the upper one takes the place of the lower.)

mod scene;

use guestlist_server::RateLimits;
use scene::Scene;
use serde_json::json;

/// What `conversations.invite` and `channels.invite` answer, and what brings it about. Empty: this
/// is no refusal of that method.
type Rung = (&'static str, &'static str, fn(&mut Scene));

const FORM: &str = "application/x-www-form-urlencoded";

/// Steps 1 to 14: the call, the token, the workspace, the arguments.
const CALL: &[Rung] = &[
    ("request_timeout", "request_timeout", |s| s.short = true),
    ("missing_post_type", "missing_post_type", |s| {
        s.content_type = None
    }),
    ("invalid_post_type", "invalid_post_type", |s| {
        s.content_type = Some("text/xml".to_owned());
    }),
    ("invalid_charset", "invalid_charset", |s| {
        s.content_type = Some(format!("{FORM}; charset=utf-16"));
    }),
    ("invalid_json", "invalid_json", |s| s.json("{")),
    ("json_not_object", "json_not_object", |s| s.json("[]")),
    ("invalid_form_data", "invalid_form_data", |s| {
        s.content_type = Some(FORM.to_owned());
        s.body = None;
        s.arguments.push(("broken".to_owned(), "%".to_owned()));
    }),
    ("invalid_arguments", "invalid_arguments", |s| {
        s.settings.max_arguments = 1;
    }),
    ("invalid_array_arg", "invalid_array_arg", |s| {
        s.give("foo[7]", "1")
    }),
    ("invalid_arg_name", "invalid_arg_name", |s| {
        s.give("a-b", "1")
    }),
    ("unknown_method", "unknown_method", |s| s.method.push('d')),
    ("service_unavailable", "service_unavailable", |s| {
        s.world["server"]["maintenance"] = true.into();
    }),
    ("not_authed", "not_authed", |s| s.shown = None),
    ("invalid_auth", "invalid_auth", |s| {
        s.shown = Some("xoxb-nobody".to_owned())
    }),
    ("invalid_auth", "invalid_auth", |s| {
        s.app()["allowed_addresses"] = json!(["10.0.0.0/8"]);
    }),
    ("token_revoked", "token_revoked", |s| {
        s.token()["revoked"] = true.into()
    }),
    ("token_expired", "token_expired", |s| {
        s.token()["expires_at"] = "2020-01-01".into();
    }),
    ("token_revoked", "token_revoked", |s| {
        s.hold("user");
        s.user("U0ME")["status"] = "removed".into();
    }),
    ("account_inactive", "account_inactive", |s| {
        s.hold("bot");
        s.home()["status"] = "deleted".into();
    }),
    ("accesslimited", "accesslimited", |s| {
        s.home()["allowed_networks"] = json!(["10.0.0.0/8"]);
    }),
    ("org_login_required", "org_login_required", |s| {
        s.home()["status"] = "migrating".into();
    }),
    ("team_added_to_org", "team_added_to_org", |s| {
        s.home()["status"] = "joining_org".into();
    }),
    (
        "enterprise_is_restricted",
        "enterprise_is_restricted",
        |s| {
            s.org()["blocked_methods"] = json!(["conversations.invite", "channels.invite"]);
        },
    ),
    ("team_access_not_granted", "team_access_not_granted", |s| {
        s.hold("org");
        s.token()["workspaces"] = json!([]);
    }),
    (
        "two_factor_setup_required",
        "two_factor_setup_required",
        |s| {
            s.hold("user");
            s.home()["two_factor_required"] = true.into();
            s.user("U0ME")["two_factor"] = false.into();
        },
    ),
    ("not_allowed_token_type", "not_allowed_token_type", |s| {
        s.hold("app_level")
    }),
    ("is_bot", "is_bot", |s| s.hold("legacy_bot")),
    ("", "is_bot", |s| s.hold("bot")),
    (
        "user_is_ultra_restricted",
        "user_is_ultra_restricted",
        |s| {
            s.hold("user");
            s.user("U0ME")["guest"] = "single_channel".into();
        },
    ),
    ("ratelimited", "ratelimited", |s| {
        s.settings.rate_limits = RateLimits::Times(0.001);
        s.calls = 2;
    }),
    ("method_deprecated", "method_deprecated", |s| {
        s.world["server"]["deprecated_methods"] =
            json!(["conversations.invite", "channels.invite"]);
    }),
    ("deprecated_endpoint", "deprecated_endpoint", |s| {
        s.world["server"]["deprecated_endpoints"] =
            json!(["conversations.invite", "channels.invite"]);
    }),
    ("", "method_deprecated", |s| {
        s.home()["created"] = "2020-06-10".into()
    }),
    ("", "method_deprecated", |s| {
        s.app()["created"] = "2020-06-10".into()
    }),
    ("missing_scope", "missing_scope", |s| {
        s.token()["scopes"] = json!([])
    }),
    ("invalid_arguments", "invalid_arguments", |s| {
        s.take("channel")
    }),
    ("invalid_arguments", "", |s| s.give("force", "perhaps")),
    ("", "invalid_arguments", |s| s.take("user")),
    ("no_user", "", |s| s.take("users")),
    ("too_many_users", "", |s| {
        s.settings.limits.users_per_invite = 1;
        s.invite("U0YOU,U0NONE");
    }),
];

/// Step 15: the channel, then whoever is invited.
const RULES: &[Rung] = &[
    ("channel_not_found", "channel_not_found", |s| {
        s.take("channel");
        s.give("channel", "C0OPS");
        s.channel()["kind"] = "private".into();
        s.channel()["members"] = json!(["U0IN"]);
    }),
    (
        "method_not_supported_for_channel_type",
        "channel_not_found",
        |s| {
            s.take("channel");
            s.give("channel", "D0MEIN");
        },
    ),
    ("missing_scope", "", |s| {
        s.token()["scopes"] = json!(["groups:write"])
    }),
    ("is_archived", "is_archived", |s| {
        s.channel()["archived"] = true.into()
    }),
    ("external_channel_migrating", "cant_invite", |s| {
        s.channel()["migrating"] = true.into();
    }),
    ("ekm_access_denied", "ekm_access_denied", |s| {
        s.org()["ekm_suspended"] = true.into()
    }),
    ("not_in_channel", "not_in_channel", |s| {
        s.channel()["members"] = json!(["U0IN"])
    }),
    ("access_denied", "cant_invite", |s| {
        s.channel()["access_list"] = json!(["U0IN"])
    }),
    ("no_permission", "no_permission", |s| {
        s.home()["who_may_invite"] = "admins".into()
    }),
    ("user_not_found", "user_not_found", |s| s.invite("U0NONE")),
    ("user_not_found", "user_not_found", |s| s.invite("U0FAR")),
    ("cant_invite_self", "cant_invite_self", |s| s.invite("U0ME")),
    ("user_not_found", "user_not_found", |s| {
        s.user("U0YOU")["status"] = "removed".into()
    }),
    ("already_in_channel", "already_in_channel", |s| {
        s.live("T0HOME");
        s.channel()["members"] = json!(["U0ME", "U0IN", "U0YOU"]);
    }),
    ("cant_invite", "cant_invite", |s| {
        s.home()["barriers"] = json!([{"from": ["U0IN"], "to": ["U0YOU"]}]);
    }),
    ("app_cannot_join_channel", "cant_invite", |s| {
        s.channel()["apps_allowed"] = false.into();
        let you = s.user("U0YOU").as_object_mut().unwrap();
        you.remove("guest");
        you.insert("bot_id".to_owned(), "B0YOU".into());
    }),
    ("org_user_not_in_team", "cant_invite", |s| {
        s.live("T0SIS");
        s.channel()["workspaces"] = json!([]);
    }),
    ("invitee_cant_see_channel", "cant_invite", |s| {
        s.live("T0SIS");
        s.channel()["workspaces"] = json!(["T0HOME", "T0THIRD"]);
    }),
    ("user_is_restricted", "cant_invite", |s| {
        s.channel()["guests_allowed"] = false.into();
        s.user("U0YOU")["guest"] = "single_channel".into();
    }),
    ("ura_max_channels", "ura_max_channels", |s| {
        s.user("U0YOU")["guest"] = "single_channel".into();
        s.busy = true;
    }),
    ("no_external_invite_permission", "cant_invite", |s| {
        s.live("T0EXT");
        s.channel()["connections"] = json!([{"workspace": "T0EXT"}]);
        s.home()["connect"] = json!({"invite_external_people": "nobody"});
    }),
];

async fn walk(method: &str, code_of: fn(&Rung) -> &'static str) {
    let ladder: Vec<&Rung> = CALL
        .iter()
        .chain(RULES)
        .filter(|rung| !code_of(rung).is_empty())
        .collect();
    for start in 0..=ladder.len() {
        let mut scene = Scene::of(method);
        for (.., bring_about) in ladder[start..].iter().rev() {
            bring_about(&mut scene);
        }
        let answer = scene.answer().await;
        let expected = ladder.get(start).map(|rung| code_of(rung));
        assert_eq!(
            answer["error"].as_str(),
            expected,
            "{method}, rung {start} of {}: {answer}",
            ladder.len()
        );
        assert_eq!(answer["ok"], expected.is_none());
    }
}

#[tokio::test]
async fn conversations_invite_from_top_to_bottom() {
    walk("conversations.invite", |rung| rung.0).await;
}

#[tokio::test]
async fn channels_invite_from_top_to_bottom() {
    walk("channels.invite", |rung| rung.1).await;
}

/// Each cause alone is answered with its code: none of them stands on another.
#[tokio::test]
async fn each_cause_alone() {
    for rung @ (conversations, channels, bring_about) in CALL.iter().chain(RULES) {
        for (method, code) in [
            ("conversations.invite", conversations),
            ("channels.invite", channels),
        ] {
            if code.is_empty() {
                continue;
            }
            let mut scene = Scene::of(method);
            bring_about(&mut scene);
            let answer = scene.answer().await;
            assert_eq!(answer["error"], *code, "{method} {:?}: {answer}", rung.0);
        }
    }
}

/// Every code of the two methods, their own and those of all methods, has a rung, except those
/// that name a reason why nothing brings them about, and the two that need a failing disk.
#[test]
fn no_code_is_left_out() {
    use guestlist_methods::{common::Common, contract::documented, find};
    for (method, code_of) in [
        (
            "conversations.invite",
            (|rung| rung.0) as fn(&Rung) -> &'static str,
        ),
        ("channels.invite", |rung| rung.1),
    ] {
        let own = (find(method).unwrap().errors)();
        for error in documented::<Common>().iter().chain(&own) {
            let walked = CALL
                .iter()
                .chain(RULES)
                .any(|rung| code_of(rung) == error.code);
            let elsewhere = ["internal_error", "fatal_error"].contains(&error.code);
            assert_eq!(
                walked,
                error.state.is_some() && !elsewhere,
                "{method}: {}",
                error.code
            );
        }
    }
}
