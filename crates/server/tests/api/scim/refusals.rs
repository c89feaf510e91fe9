//! Who may not, and what cannot be asked.

use super::*;
use crate::app::CONTROL_TOKEN;

fn told(answer: &Answer) -> (u16, String) {
    let code = answer.json()["detail"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.status, code)
}

#[tokio::test]
async fn whoever_may_not_is_told_why() {
    let app = scene().await;
    for (token, status, code) in [
        ("", 401, "missing_authentication"),
        ("xoxp-nobody", 401, "invalid_authentication"),
        ("xoxp-dead", 401, "invalid_authentication"),
        (CONTROL_TOKEN, 401, "invalid_authentication"),
        ("xoxp-narrow", 403, "permission_denied"),
        ("xoxp-ben", 403, "permission_denied"),
        ("xoxb-acme", 403, "permission_denied"),
        ("xoxp-gil", 403, "plus_teams_only"),
    ] {
        for path in [
            "v2/Users",
            "v2/Users/U0BEN",
            "v2/Groups",
            "v2/ServiceProviderConfig",
        ] {
            let answer = ask(&app, token, "GET", path, Value::Null).await;
            assert_eq!(told(&answer), (status, code.to_owned()), "{token} {path}");
            assert_eq!(
                answer.headers.contains_key("www-authenticate"),
                status == 401
            );
        }
        let answer = ask(&app, token, "POST", "v2/Users", newcomer("nia")).await;
        assert_eq!(told(&answer), (status, code.to_owned()), "{token}");
    }
    // Whoever is deactivated does nothing any more.
    assert_eq!(
        ask(&app, "xoxp-pia", "DELETE", "v2/Users/U0ANN", Value::Null)
            .await
            .status,
        204
    );
    let asked = async {
        while ask(&app, "xoxp-ann", "GET", "v2/Users", Value::Null)
            .await
            .status
            != 401
        {
            assert_eq!(app.nodes().count(), 2);
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), asked)
        .await
        .unwrap();
}

#[tokio::test]
async fn whom_nobody_may_change() {
    let app = scene().await;
    let title = || operations(json!([{"op": "replace", "path": "title", "value": "x"}]));
    let off = || operations(json!([{"op": "replace", "path": "active", "value": false}]));
    for (token, verb, id, body, status, code) in [
        (
            "xoxp-ann",
            "DELETE",
            "U0PIA",
            Value::Null,
            403,
            "cannot_disable_primary_owner",
        ),
        (
            "xoxp-pia",
            "PATCH",
            "U0PIA",
            off(),
            403,
            "cannot_disable_primary_owner",
        ),
        (
            "xoxp-ann",
            "DELETE",
            "U0OWEN",
            Value::Null,
            403,
            "cannot_modify_owner",
        ),
        (
            "xoxp-ann",
            "PATCH",
            "U0PIA",
            title(),
            403,
            "cannot_modify_owner",
        ),
        (
            "xoxp-ann",
            "DELETE",
            "U0ABOT",
            Value::Null,
            403,
            "cannot_disable_bot_user_with_scim",
        ),
        (
            "xoxp-ann",
            "GET",
            "U0ABOT",
            Value::Null,
            404,
            "no_such_user",
        ),
        ("xoxp-ann", "GET", "U0GIL", Value::Null, 404, "no_such_user"),
        (
            "xoxp-ann",
            "DELETE",
            "U0GIL",
            Value::Null,
            404,
            "no_such_user",
        ),
        ("xoxp-ann", "PATCH", "U0IVY", title(), 404, "no_such_user"),
        ("xoxp-ann", "GET", "U0IVY", Value::Null, 404, "no_such_user"),
        (
            "xoxp-ann",
            "DELETE",
            "nobody",
            Value::Null,
            404,
            "no_such_user",
        ),
        ("xoxp-ann", "PATCH", "T0ACME", title(), 404, "no_such_user"),
    ] {
        let answer = ask(&app, token, verb, &format!("v2/Users/{id}"), body).await;
        assert_eq!(told(&answer), (status, code.to_owned()), "{verb} {id}");
    }
    let pia = ask(&app, "xoxp-pia", "PATCH", "v2/Users/U0OWEN", title()).await;
    assert_eq!(pia.json()["title"], "x");
    // Of whom nothing may be known nothing is told.
    let list = done(&app, "GET", "v2/Users?count=1000", Value::Null)
        .await
        .to_string();
    assert!(!list.contains("gil@globex.test") && !list.contains("ivy@acme.test"));
}

#[tokio::test]
async fn what_cannot_be_said_of_people_is_told() {
    let app = scene().await;
    let with = |key: &str, value: Value| {
        let mut body = newcomer("nia");
        body[key] = value;
        body
    };
    let mail = |mail: &str| with("emails", json!([{"value": mail}]));
    for (body, status, code) in [
        (with("userName", json!("ben")), 409, "username_taken"),
        (with("userName", json!("Otto")), 409, "username_taken"),
        (with("userName", json!("win")), 409, "username_taken"),
        (with("userName", json!("ops")), 409, "username_taken"),
        (
            with("userName", json!("x".repeat(22))),
            400,
            "username_too_long",
        ),
        (with("userName", Value::Null), 400, "missing_schema_element"),
        (with("schemas", json!(["x"])), 400, "missing_schema_element"),
        (with("emails", json!([])), 400, "missing_primary_email"),
        (mail("BEN@acme.test"), 409, "email_taken"),
        (mail("otto@acme.test"), 409, "email_taken"),
        (mail("win@acme.test"), 409, "email_taken"),
        (mail("nowhere"), 400, "invalid_value"),
        (with("active", json!(7)), 400, "invalid_value"),
        (with(GUEST, json!({"type": "single"})), 400, "invalid_value"),
    ] {
        let (found, told) = ann(&app, "POST", "v2/Users", body).await;
        assert_eq!(
            (found, told["detail"].as_str()),
            (status, Some(code)),
            "{told}"
        );
        assert!(
            told["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
    }
    // Who is elsewhere, and who is only invited, holds no address here.
    for (name, address) in [("gil", "gil@globex.test"), ("ivy.lee", "ivy@acme.test")] {
        let mut body = newcomer(name);
        body["emails"][0]["value"] = address.into();
        done(&app, "POST", "v2/Users", body).await;
    }
    let no_mail = operations(json!([{"op": "remove", "path": "emails"}]));
    let (status, told) = ann(&app, "PATCH", "v2/Users/U0BEN", no_mail).await;
    assert_eq!(
        (status, told["detail"].as_str()),
        (400, Some("missing_primary_email"))
    );
    let taken =
        operations(json!([{"op": "add", "path": "emails", "value": {"value": "ann@acme.test"}}]));
    let (status, told) = ann(&app, "PATCH", "v2/Users/U0BEN", taken).await;
    assert_eq!(
        (status, told["detail"].as_str()),
        (409, Some("email_taken"))
    );
}

#[tokio::test]
async fn requests_that_are_none() {
    let app = scene().await;
    for (verb, path, status, code) in [
        ("GET", "v3/Users", 404, "unsupported_version"),
        ("GET", "", 404, "unsupported_version"),
        ("GET", "v2/users", 404, "bad_endpoint"),
        ("GET", "v2/Bulk", 404, "bad_endpoint"),
        ("GET", "v2/Users/U0BEN/emails", 404, "bad_endpoint"),
        ("GET", "v2/Schemas/Shoes", 404, "bad_endpoint"),
        ("POST", "v2/Users/U0BEN", 405, "method_not_allowed"),
        ("DELETE", "v2/Users", 405, "method_not_allowed"),
        ("POST", "v2/Schemas", 405, "method_not_allowed"),
        ("OPTIONS", "v2/Groups", 405, "method_not_allowed"),
        ("GET", "v2/Users?count=ten", 400, "invalid_query"),
        ("GET", "v2/Users?filter=shoe%20eq%201", 400, "invalid_query"),
        (
            "GET",
            "v2/Users?filter=username%20eq",
            400,
            "incomplete_filter",
        ),
        ("GET", "v2/Users?filter=", 400, "no_filters"),
        (
            "GET",
            "v2/Groups?filter=username%20pr",
            400,
            "invalid_query",
        ),
        ("POST", "v2/Users", 400, "invalid_syntax"),
        ("PATCH", "v2/Users/U0BEN", 400, "invalid_syntax"),
    ] {
        let answer = ask(&app, "xoxp-ann", verb, path, Value::Null).await;
        assert_eq!(told(&answer), (status, code.to_owned()), "{verb} {path}");
        assert_eq!(
            answer.headers.contains_key("allow"),
            status == 405,
            "{verb} {path}"
        );
    }
    let bearer = ("Authorization", "Bearer xoxp-ann");
    let send = async |kind: &'static str, body: &[u8]| {
        let headers = [bearer, ("Content-Type", kind)];
        told(&app.send("POST", "/scim/v2/Users", &headers, body).await)
    };
    let large = vec![b' '; (1 << 20) + 1];
    let deep = format!("{{\"emails\": {}", "[".repeat(10_000));
    for (kind, body, status, code) in [
        ("text/plain", &b"{}"[..], 415, "unsupported_media_type"),
        (
            "application/x-www-form-urlencoded",
            b"userName=x",
            415,
            "unsupported_media_type",
        ),
        ("application/scim+json", b"{", 400, "invalid_syntax"),
        (
            "Application/JSON; charset=utf-8",
            b"[]",
            400,
            "invalid_syntax",
        ),
        ("application/json", b"\xff", 400, "invalid_syntax"),
        ("application/json", deep.as_bytes(), 400, "invalid_syntax"),
        ("application/json", &large, 413, "request_too_large"),
    ] {
        assert_eq!(send(kind, body).await, (status, code.to_owned()), "{kind}");
    }
}

#[tokio::test]
async fn the_service_describes_itself() {
    let app = scene().await;
    for (version, resources) in [("v1", 2), ("v2", 2)] {
        for name in ["ServiceProviderConfigs", "ServiceProviderConfig"] {
            let config = done(&app, "GET", &format!("{version}/{name}"), Value::Null).await;
            assert_eq!(
                config["filter"],
                json!({"supported": true, "maxResults": 1000})
            );
            assert_eq!(
                (&config["patch"]["supported"], &config["bulk"]["supported"]),
                (&json!(true), &json!(false))
            );
        }
        let schemas = done(&app, "GET", &format!("{version}/Schemas"), Value::Null).await;
        assert_eq!(ids(&schemas).len(), resources);
        for name in ["Users", "Groups"] {
            let one = done(
                &app,
                "GET",
                &format!("{version}/Schemas/{name}"),
                Value::Null,
            )
            .await;
            assert!(schemas["Resources"].as_array().unwrap().contains(&one));
        }
    }
    let one = done(&app, "GET", &format!("v2/Schemas/{USER}"), Value::Null).await;
    assert_eq!(one["id"], USER);
    // Whatever is shown of somebody the schema names.
    let names: Vec<_> = one["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    let gus = done(&app, "GET", "v2/Users/U0GUS", Value::Null).await;
    for key in gus.as_object().unwrap().keys() {
        assert!(
            names.contains(&key.as_str()) || ["schemas", "meta"].contains(&key.as_str()),
            "{key}"
        );
    }
    let types = done(&app, "GET", "v2/ResourceTypes", Value::Null).await;
    assert_eq!(ids(&types), ["User", "Group"]);
}
