use super::*;
use crate::Settings;
use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use guestlist_domain::TokenHash;
use guestlist_store::{Clock, Directory, load_into, testing, world::token_hash};
use serde_json::Value;
use tower_service::Service;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

struct Fixture {
    router: Router,
    store: Store,
    _directory: tempfile::TempDir,
}

fn control(store: &Store, token: &str) -> Control {
    let events = Events::start(store, &Settings::default(), None).unwrap();
    let (settings, recent) = (Settings::default(), Recent::default());
    Control {
        store: store.clone(),
        events: events.clone(),
        recent: recent.clone(),
        dispatch: Dispatch::new(store.clone(), settings, events, recent, None),
        token: token.to_owned(),
    }
}

impl Fixture {
    fn new() -> Self {
        let path = tempfile::tempdir().unwrap();
        let directory = Directory::hold(path.path()).unwrap();
        let directory = directory.with_store(testing::elsewhere());
        let seed = world::read("sample", world::SAMPLE, Timestamp(0), &mut || [0; 24])
            .unwrap()
            .seed;
        load_into(&directory, &seed, "sample", &mut |_, _| {}).unwrap();
        let store = Store::open(directory, Clock::default()).unwrap();
        let router = router(control(&store, TOKEN));
        Self {
            router,
            store,
            _directory: path,
        }
    }

    async fn send(&mut self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.router.call(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.into()).unwrap())
    }

    async fn ask(&mut self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {TOKEN}"));
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        let (status, text) = self.send(request.body(body).unwrap()).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    /// The code of a refusal, its message, and that it is refused.
    async fn refused(&mut self, path: &str, body: Value) -> (u16, String, String) {
        let (status, answer) = self.ask("POST", path, body).await;
        assert!(!status.is_success(), "{answer}");
        let text = |key: &str| answer[key].as_str().unwrap().to_owned();
        (status.as_u16(), text("error"), text("message"))
    }
}

#[tokio::test]
async fn only_who_shows_the_token_is_answered() {
    let mut fixture = Fixture::new();
    for (shown, status) in [
        (None, 401),
        (Some("Bearer "), 401),
        (Some("Bearer 0123456789abcdef0123456789abcdeF"), 401),
        (Some("Basic 0123456789abcdef0123456789abcdef"), 401),
        (Some("Bearer 0123456789abcdef0123456789abcdef"), 200),
    ] {
        let mut request = Request::builder().uri("/clock");
        if let Some(shown) = shown {
            request = request.header("authorization", shown);
        }
        let answer = fixture.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.0.as_u16(), status, "{shown:?}");
    }
    let unknown = Request::builder()
        .uri("/nothing")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        fixture.send(unknown).await.0,
        StatusCode::UNAUTHORIZED,
        "strangers are not told what there is"
    );
    assert_eq!(
        fixture.ask("GET", "/nothing", Value::Null).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        fixture.ask("PUT", "/clock", Value::Null).await.0,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn an_empty_token_opens_to_nobody() {
    let fixture = Fixture::new();
    let mut router = router(control(&fixture.store, ""));
    let request = Request::builder()
        .uri("/clock")
        .header("authorization", "Bearer ")
        .body(Body::empty())
        .unwrap();
    assert_eq!(
        router.call(request).await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let mut fixture = Fixture::new();
    for (origins, status) in [
        (&["http://evil.test"][..], 403),
        (&["null"], 403),
        (&["http://127.0.0.1:3999.evil.test"], 403),
        (&["http://127.0.0.1:3999", "http://evil.test"], 403),
        (&["http://127.0.0.1:3999"], 200),
        (&[], 200),
    ] {
        let mut request = Request::builder()
            .uri("/clock")
            .header("host", "127.0.0.1:3999");
        request = request.header("authorization", format!("Bearer {TOKEN}"));
        for origin in origins {
            request = request.header("origin", *origin);
        }
        let answer = fixture.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.0.as_u16(), status, "{origins:?}");
    }
}

#[tokio::test]
async fn a_token_is_made_listed_and_revoked() {
    let mut fixture = Fixture::new();
    let ask = json!({"user": "U0BEN", "scopes": ["users:read"], "expires_in_seconds": 60});
    let (status, made) = fixture.ask("POST", "/tokens", ask).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let text = made["token"].as_str().unwrap().to_owned();
    assert!(text.starts_with("xoxp-") && text.len() == 53, "{text}");
    assert_eq!(made["kind"], "user");
    assert_eq!(made["workspace"], "T0ACME");
    assert_eq!(made["state"], "live");
    let hash = token_hash(&text);
    let owner = fixture
        .store
        .owner(hash)
        .await
        .unwrap()
        .expect("the token counts at once");
    assert_eq!(owner.token.scopes.to_string(), "users:read");

    let find = |tokens: &Value| {
        let mut tokens = tokens["tokens"].as_array().unwrap().iter();
        tokens
            .find(|token| token["token_sha256"] == hash.to_string())
            .unwrap()["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (_, listed) = fixture.ask("GET", "/tokens", Value::Null).await;
    assert!(!listed.to_string().contains(&text));
    assert_eq!(find(&listed), "live");
    fixture
        .ask("POST", "/clock", json!({"advance_seconds": 60}))
        .await;
    assert_eq!(
        find(&fixture.ask("GET", "/tokens", Value::Null).await.1),
        "expired"
    );

    let (status, revoked) = fixture
        .ask("POST", "/tokens/revoke", json!({"token": text}))
        .await;
    assert_eq!(
        (status, &revoked["already"]),
        (StatusCode::OK, &json!(false))
    );
    assert!(
        fixture
            .store
            .owner(hash)
            .await
            .unwrap()
            .unwrap()
            .token
            .revoked
    );
    let (_, again) = fixture
        .ask("POST", "/tokens/revoke", json!({"token_sha256": hash}))
        .await;
    assert_eq!(again["already"], true);
    assert_eq!(
        find(&fixture.ask("GET", "/tokens", Value::Null).await.1),
        "revoked"
    );
}

#[tokio::test]
async fn kinds_follow_whom_the_token_is_for() {
    let mut fixture = Fixture::new();
    for (ask, kind, user) in [
        (json!({"user": "U0GREET"}), "bot", json!("U0GREET")),
        (json!({"app": "A0GREET"}), "bot", json!("U0GREET")),
        (
            json!({"app": "A0GREET", "kind": "app_level"}),
            "app_level",
            Value::Null,
        ),
        // Bots hold none of these.
        (
            json!({"app": "A0GREET", "scopes": ["connections:write", "authorizations:read"]}),
            "app_level",
            Value::Null,
        ),
        (
            json!({"app": "A0GREET", "scopes": ["connections:write", "channels:read"]}),
            "bot",
            json!("U0GREET"),
        ),
        (
            json!({"user": "U0GREET", "scopes": ["connections:write"]}),
            "bot",
            json!("U0GREET"),
        ),
        (
            json!({"user": "U0GREET", "kind": "legacy_bot"}),
            "legacy_bot",
            json!("U0GREET"),
        ),
        (
            json!({"user": "U0ADA", "kind": "workspace", "channels": ["C0OPS"]}),
            "workspace",
            json!("U0ADA"),
        ),
    ] {
        let (status, made) = fixture.ask("POST", "/tokens", ask.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{ask} {made}");
        assert_eq!(
            (&made["kind"], &made["user"]),
            (&json!(kind), &user),
            "{ask}"
        );
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_token_is_named() {
    let mut fixture = Fixture::new();
    let manifest = "display_information: {name: Other}";
    let ask = json!({"manifest": manifest, "workspace": "T0ACME"});
    let (_, made) = fixture.ask("POST", "/apps", ask).await;
    let uninstalled = made["app_id"].as_str().unwrap();
    for (ask, code, named) in [
        (json!({}), "user_required", "whom"),
        (json!({"app": uninstalled}), "user_required", "app_level"),
        (json!({"user": "U0NOBODY"}), "user_not_found", "U0NOBODY"),
        (
            json!({"user": "U0ADA", "workspace": "T0NOWHERE"}),
            "workspace_not_found",
            "T0NOWHERE",
        ),
        (
            json!({"user": "U0ADA", "workspace": "T0GLOBEX"}),
            "user_not_in_workspace",
            "T0GLOBEX",
        ),
        (
            json!({"user": "U0ADA", "app": "A0NONE"}),
            "app_not_found",
            "A0NONE",
        ),
        (
            json!({"user": "U0ADA", "kind": "bot"}),
            "invalid_kind",
            "U0ADA",
        ),
        (
            json!({"user": "U0GREET", "kind": "user"}),
            "invalid_kind",
            "U0GREET",
        ),
        (
            json!({"user": "U0GREET", "kind": "app_level"}),
            "invalid_kind",
            "app_level",
        ),
        (
            json!({"user": "U0GREET", "kind": "org"}),
            "invalid_grant",
            "T0ACME",
        ),
        (
            json!({"user": "U0ADA", "kind": "org"}),
            "invalid_grant",
            "T0ACME",
        ),
        (
            json!({"user": "U0GREET", "channels": ["C0OPS"]}),
            "invalid_grant",
            "workspace token",
        ),
        (
            json!({"user": "U0ADA", "kind": "workspace", "channels": ["C0NONE"]}),
            "invalid_grant",
            "C0NONE",
        ),
        (
            json!({"user": "U0ADA", "scopes": ["Admin!"]}),
            "invalid_scope",
            "Admin!",
        ),
        (
            json!({"user": "U0ADA", "expires_at": "soon"}),
            "invalid_time",
            "soon",
        ),
        (
            json!({"user": "U0ADA", "expires_at": "2030-01-01T00:00:00Z", "expires_in_seconds": 1}),
            "invalid_time",
            "exclude",
        ),
    ] {
        let (status, error, message) = fixture.refused("/tokens", ask.clone()).await;
        assert_eq!((status, error.as_str()), (422, code), "{ask} {message}");
        assert!(message.contains(named), "{message}");
    }
    for (ask, where_) in [
        (json!({"user": "ada"}), "the body, `user`: "),
        (
            json!({"user": "U0ADA", "scopes": ["a", 3]}),
            "the body, `scopes[1]`: ",
        ),
        (json!({"whom": "U0ADA"}), "the body, `whom`: unknown field"),
        (json!("U0ADA"), "the body: invalid type"),
    ] {
        let (status, _, message) = fixture.refused("/tokens", ask).await;
        assert_eq!(status, 400, "{message}");
        assert!(message.starts_with(where_), "{message}");
    }
    assert_eq!(fixture.refused("/tokens/revoke", json!({})).await.0, 400);
    let unknown = json!({"token_sha256": TokenHash([7; 32])});
    assert_eq!(
        fixture.refused("/tokens/revoke", unknown).await.1,
        "token_not_found"
    );
}

#[tokio::test]
async fn the_world_is_exported_as_a_world_file() {
    let mut fixture = Fixture::new();
    let before = fixture.store.dump().await.unwrap();
    for accept in ["*/*", "application/json"] {
        let request = Request::builder().uri("/world").header("accept", accept);
        let request = request.header("authorization", format!("Bearer {TOKEN}"));
        let (status, text) = fixture.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(text.starts_with('{'), accept == "application/json");
        assert!(!text.contains("xoxb-sample-greeter"));
        let after = world::read("export", &text, Timestamp(0), &mut || [0; 24])
            .unwrap()
            .seed;
        assert_eq!(after.users, before.users);
        assert_eq!(after.tokens.len(), before.tokens.len());
    }
}

#[tokio::test]
async fn invitations_are_listed_with_their_states() {
    let mut fixture = Fixture::new();
    let more = json!({"version": 1, "workspaces": [{
        "id": "T0MORE", "name": "More", "domain": "more", "users": [{"id": "U0MO", "name": "mo"}],
        "channels": [{"id": "C0MORE", "name": "more"}],
        "invitations": [
            {"id": "I0OLD", "channel": "C0MORE", "inviter": "U0MO", "to": {"email": "a@b.test"}, "created": "2020-01-01"},
            {"id": "I0GONE", "channel": "C0MORE", "inviter": "U0MO", "to": {"user": "U0MO"}, "created": "2021-01-01", "state": "revoked"},
        ],
    }]});
    let (status, told) = fixture.ask("POST", "/world", more).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    for (query, expected) in [
        ("", &["I0GONE", "I0OLD"][..]),
        ("?limit=1", &["I0GONE"]),
        // By the clock, whatever was written down.
        ("?state=expired", &["I0OLD"]),
        ("?state=sent", &[]),
        ("?channel=C0MORE&state=revoked", &["I0GONE"]),
        ("?channel=C0OPS", &[]),
    ] {
        let path = format!("/invitations{query}");
        let (status, told) = fixture.ask("GET", &path, Value::Null).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let told = told["invitations"].as_array().unwrap().iter();
        let ids: Vec<_> = told.map(|one| one["invitation"].clone()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    for (query, code) in [
        ("?state=lost", "invalid_state"),
        ("?channel=U0MO", "invalid_channel"),
        ("?limit=0", "invalid_limit"),
        ("?to=x", "invalid_request"),
    ] {
        let path = format!("/invitations{query}");
        let (status, told) = fixture.ask("GET", &path, Value::Null).await;
        assert_eq!((status.as_u16(), &told["error"]), (422, &json!(code)));
    }
}

#[tokio::test]
async fn the_clock_is_moved() {
    let mut fixture = Fixture::new();
    let before = fixture.store.clock().now();
    let (status, told) = fixture
        .ask("POST", "/clock", json!({"advance_seconds": 86_400}))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert!(told["now"].as_str().unwrap().ends_with('Z'), "{told}");
    assert!(fixture.store.clock().now().0 - before.0 >= 86_400_000_000);
    assert_eq!(
        fixture
            .refused("/clock", json!({"advance_seconds": i64::MIN}))
            .await
            .0,
        422
    );
    // However often it is moved, the world stays within its calendar.
    for century in [-3_162_240_000_i64, 3_162_240_000] {
        let refused = loop {
            let body = json!({"advance_seconds": century});
            let (status, told) = fixture.ask("POST", "/clock", body).await;
            if status != StatusCode::OK {
                break told;
            }
        };
        assert_eq!(refused["error"], "invalid_time", "{refused}");
        let now = fixture.store.clock().now();
        assert!((0..=Timestamp::LATEST.0).contains(&now.0), "{}", now.ts());
    }
    let large = json!({"advance_seconds": "9".repeat(3 << 20)});
    let large = fixture.refused("/clock", large).await;
    assert_eq!((large.0, large.1.as_str()), (413, "payload_too_large"));
    let unknown = fixture.refused("/invitations/frob", json!({})).await;
    assert_eq!((unknown.0, unknown.1.as_str()), (404, "not_found"));
}
