//! Traces, as docs/tracing.md has them, at what takes OTLP.

use crate::{
    app::App,
    certificates::{CA, SERVER, shows},
    events::{Receiver, Reply, waits, world},
    metrics::page,
    scim::WORLD as SCIM,
};
use guestlist_domain::Timestamp;
use guestlist_server::{Authorities, Otlp, RateLimits, Settings};
use guestlist_store::{Clock, world::SAMPLE};
use serde_json::{Map, Value, json};
use std::time::Duration;

const BOT: &str = "xoxb-sample-greeter";
const NOON: Timestamp = Timestamp(1_700_000_000_000_000);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn otlp(collector: &Receiver) -> Otlp {
    at(&collector.base())
}

/// Spans are sent at once.
fn at(address: &str) -> Otlp {
    let mut otlp = Otlp::below(address).unwrap();
    otlp.delay = Duration::from_millis(1);
    otlp
}

fn tracing(otlp: Otlp) -> Settings {
    Settings {
        traces: Some(otlp),
        rate_limits: RateLimits::Off,
        ..Settings::default()
    }
}

async fn app(otlp: Otlp) -> App {
    App::alone(SAMPLE, tracing(otlp), Clock::standing(NOON)).await
}

/// The spans of a request, and what the server says of itself.
fn spans(body: &str) -> (Vec<Value>, Value) {
    let body: Value = serde_json::from_str(body).unwrap();
    let of = &body["resourceSpans"][0];
    let spans = of["scopeSpans"][0]["spans"].as_array().unwrap();
    for span in spans {
        for (id, digits) in [("traceId", 32), ("spanId", 16)] {
            let id = span[id].as_str().unwrap();
            assert!(id.len() == digits && id.bytes().all(|b| b.is_ascii_hexdigit()));
        }
    }
    (spans.clone(), of["resource"].clone())
}

/// The next `count` spans.
async fn take(collector: &Receiver, count: usize) -> Vec<Value> {
    let mut taken = Vec::new();
    while taken.len() < count {
        taken.extend(spans(&collector.take(1).await[0].body).0);
    }
    assert_eq!(taken.len(), count, "{taken:#?}");
    taken
}

/// Keys and values of attributes; numbers are text.
fn attributes(of: &Value) -> Value {
    let pairs = of["attributes"].as_array().unwrap().iter().map(|one| {
        let value = one["value"].as_object().unwrap();
        let (kind, value) = value.iter().next().unwrap();
        assert!(kind == "stringValue" || kind == "intValue", "{kind}");
        (one["key"].as_str().unwrap().to_owned(), value.clone())
    });
    Value::Object(pairs.collect::<Map<_, _>>())
}

async fn call(app: &App, method: &str, flags: &str) -> String {
    let parent = format!("00-{TRACE}-{PARENT}-{flags}");
    let bearer = format!("Bearer {BOT}");
    let headers = [("Authorization", bearer.as_str()), ("traceparent", &parent)];
    let answer = app
        .send("GET", &format!("/api/{method}"), &headers, b"")
        .await;
    answer.headers["x-slack-req-id"].clone()
}

#[tokio::test]
async fn a_call_is_a_span_below_its_callers() {
    let collector = Receiver::new().await;
    let named = "service.name=invitations,deployment.environment.name=ci";
    let app = app(otlp(&collector).with_resource(named.parse().unwrap())).await;
    let id = call(
        &app,
        "conversations.invite?channel=C0WELCOME&users=U0BEN",
        "01",
    )
    .await;
    let got = collector.take(1).await.remove(0);
    assert_eq!(got.path, "/v1/traces");
    assert_eq!(got.headers["content-type"], "application/json");
    let (spans, resource) = spans(&got.body);
    assert_eq!(
        attributes(&resource),
        json!({
            "service.name": "invitations",
            "service.version": env!("CARGO_PKG_VERSION"),
            "deployment.environment.name": "ci",
        })
    );
    let [span] = spans.as_slice() else {
        panic!("{spans:#?}");
    };
    assert_eq!(span["traceId"], TRACE);
    assert_eq!(span["parentSpanId"], PARENT);
    assert_ne!(span["spanId"], PARENT);
    assert_eq!(span["name"], "GET /api/conversations.invite");
    assert_eq!(span["kind"], 2);
    assert_eq!(span["status"], json!({"code": 0}));
    let nanos = |key: &str| span[key].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(nanos("startTimeUnixNano"), NOON.0 * 1000);
    assert!(nanos("endTimeUnixNano") > NOON.0 * 1000);
    assert_eq!(
        attributes(span),
        json!({
            "http.request.method": "GET",
            "url.scheme": "http",
            "http.route": "/api/conversations.invite",
            "url.path": "/api/conversations.invite",
            "http.response.status_code": "200",
            "guestlist.outcome": "ok",
            "guestlist.req_id": id,
            "guestlist.workspace": "T0ACME",
            "guestlist.user": "U0GREET",
            "guestlist.app": "A0GREET",
        })
    );
    // A refusal is an answer; that the store is gone is a failure.
    call(&app, "conversations.info?channel=C0NOBODY", "01").await;
    let refused = take(&collector, 1).await.remove(0);
    assert_eq!(
        attributes(&refused)["guestlist.outcome"],
        "channel_not_found"
    );
    assert_eq!(refused["status"]["code"], 0);
    app.close().await;
    call(&app, "conversations.rename?channel=C0WELCOME&name=x", "01").await;
    let failed = take(&collector, 1).await.remove(0);
    let told = attributes(&failed);
    assert_eq!(failed["status"]["code"], 2, "{told}");
    assert_eq!(told["error.type"], told["guestlist.outcome"]);
    assert!(
        ["500", "503"]
            .map(Value::from)
            .contains(&told["http.response.status_code"])
    );
}

#[tokio::test]
async fn a_call_of_scim_or_the_audit_logs_is_a_span() {
    let collector = Receiver::new().await;
    let app = App::alone(SCIM, tracing(otlp(&collector)), Clock::standing(NOON)).await;
    let bearer = ("Authorization", "Bearer xoxp-ann");
    for (verb, path, route, outcome, status) in [
        (
            "GET",
            "/scim/v2/Users/U0BEN?excludedAttributes=emails",
            "/scim/v2/Users/{id}",
            "ok",
            200,
        ),
        (
            "DELETE",
            "/scim/v1/Groups/S0NONE",
            "/scim/v1/Groups/{id}",
            "no_such_group",
            404,
        ),
        (
            "GET",
            "/audit/v1/logs?actor=U0BEN",
            "/audit/v1/logs",
            "missing_scope",
            403,
        ),
    ] {
        let parent = format!("00-{TRACE}-{PARENT}-01");
        let headers = [bearer, ("traceparent", parent.as_str())];
        let answer = app.send(verb, path, &headers, b"").await;
        assert_eq!(answer.status, status, "{path}");
        let span = take(&collector, 1).await.remove(0);
        assert_eq!(span["traceId"], TRACE);
        assert_eq!(span["parentSpanId"], PARENT);
        assert_eq!(span["name"], format!("{verb} {route}"));
        assert_eq!(span["status"]["code"], 0);
        assert_eq!(
            attributes(&span),
            json!({
                "http.request.method": verb,
                "url.scheme": "http",
                "http.route": route,
                "http.response.status_code": status.to_string(),
                "guestlist.outcome": outcome,
                "guestlist.req_id": answer.headers["x-slack-req-id"],
                "guestlist.workspace": "T0ACME",
                "guestlist.user": "U0ANN",
                "guestlist.app": "A0IDP",
            })
        );
    }
    // Where nothing is, no path is told.
    for path in ["/scim/v2/xoxp-1234-secret", "/audit/v1/xoxp-1234-secret"] {
        app.send("GET", path, &[bearer], b"").await;
        let body = collector.take(1).await.remove(0).body;
        assert!(!body.contains("1234-secret"), "{body}");
        let (spans, _) = spans(&body);
        assert_eq!(spans[0]["name"], "GET");
    }
}

#[tokio::test]
async fn which_traces_are_kept_is_said_by_the_caller_or_here() {
    let collector = Receiver::new().await;
    let here = app(otlp(&collector)).await;
    call(&here, "team.info", "00").await;
    here.ok("auth.test", BOT, &[]).await;
    let fresh = take(&collector, 1).await.remove(0);
    assert_eq!(attributes(&fresh)["http.route"], "/api/auth.test");
    assert!(fresh.get("parentSpanId").is_none() && fresh["traceId"] != TRACE);
    let mut rare = otlp(&collector);
    rare.sampler = "parentbased_traceidratio=0".parse().unwrap();
    let by_callers = app(rare).await;
    by_callers.ok("auth.test", BOT, &[]).await;
    call(&by_callers, "team.info", "01").await;
    let kept = take(&collector, 1).await.remove(0);
    assert_eq!(attributes(&kept)["http.route"], "/api/team.info");
}

#[tokio::test]
async fn an_attempt_to_deliver_is_a_span() {
    let (collector, receiver) = (Receiver::new().await, Receiver::new().await);
    receiver.reply("U0BEN", Reply::status(500));
    let delivery = format!("request_url: \"{}?key=xyz\"", receiver.url());
    let yaml = world("member_joined_channel", &delivery);
    let clock = Clock::standing(NOON);
    // Calls begin elsewhere, where they are not kept; deliveries begin here.
    let app = App::alone(&yaml, tracing(otlp(&collector)), clock.clone()).await;
    call(
        &app,
        "conversations.invite?channel=C0WELCOME&users=U0BEN",
        "00",
    )
    .await;
    // It is tried twice at once, and then a minute later.
    let tried = take(&collector, 2).await;
    let waiting = waits(&app, 2).await;
    receiver.reply("U0BEN", Reply::status(200));
    clock.advance(60_000_000);
    let good = take(&collector, 1).await.remove(0);
    for (span, resend, status) in [
        (&tried[0], None, "500"),
        (&tried[1], Some("1"), "500"),
        (&good, Some("2"), "200"),
    ] {
        assert_eq!(span["name"], "deliver member_joined_channel");
        assert_eq!(span["kind"], 3);
        let mut told = json!({
            "http.request.method": "POST",
            "server.address": "127.0.0.1",
            "server.port": receiver.base().rsplit(':').next().unwrap(),
            "http.response.status_code": status,
            "guestlist.delivery": "http",
            "guestlist.event": "member_joined_channel",
            "guestlist.event_id": waiting["event_id"],
            "guestlist.workspace": "T0ACME",
            "guestlist.app": "A0GREET",
        });
        if let Some(resend) = resend {
            told["http.request.resend_count"] = resend.into();
        }
        if status == "500" {
            told["error.type"] = "http_error".into();
        }
        assert_eq!(attributes(span), told);
        assert_eq!(span["status"]["code"], if status == "500" { 2 } else { 0 });
    }
    // Apps are told nothing of it.
    for got in receiver.take(3).await {
        assert!(!got.headers.contains_key("traceparent"));
    }
}

#[tokio::test]
async fn what_strangers_write_is_in_no_span() {
    let collector = Receiver::new().await;
    let app = app(otlp(&collector)).await;
    let secret = "xoxb-1234-secret";
    let path = |text: &str| text.replace('%', secret);
    for (verb, path, sent) in [
        ("GET", path("/api/%"), String::new()),
        ("GET", path("/api/auth.test?token=%"), String::new()),
        ("POST", path("/api/api.test"), path("error=%&token=%")),
        (secret, path("/scim/v2/Users?filter=%"), String::new()),
    ] {
        let form = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Authorization", &format!("Bearer {secret}")),
            ("User-Agent", secret),
            ("X-Forwarded-For", secret),
            ("tracestate", &format!("acme={secret}")),
        ];
        app.send(verb, &path, &form, sent.as_bytes()).await;
        let body = collector.take(1).await.remove(0).body;
        assert!(!body.contains("1234-secret"), "{body}");
        assert_eq!(spans(&body).0.len(), 1);
        if verb == secret {
            assert!(body.contains("_OTHER"), "{body}");
        }
    }
}

#[tokio::test]
async fn a_collector_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let collector = Receiver::new().await;
    let app = app(otlp(&collector)).await;
    let busy = Reply::status(503).header("Retry-After: 0");
    collector.reply("team.info", busy);
    collector.reply("api.test", Reply::status(400));
    app.ok("team.info", BOT, &[]).await;
    let asked = collector.take(5).await;
    assert!(asked.iter().all(|got| got.body == asked[0].body));
    for method in ["api.test", "auth.test"] {
        app.ok(method, BOT, &[]).await;
        collector.take(1).await;
    }
    let counted = |page: &std::collections::HashMap<String, f64>| {
        ["sent", "dropped", "failed"]
            .map(|outcome| page[&format!("guestlist_trace_spans_total{{outcome=\"{outcome}\"}}")])
    };
    // The answer to the last is on its way.
    let counted = loop {
        let counted = counted(&page(&app).await);
        if counted[0] > 0.0 {
            break counted;
        }
    };
    assert_eq!(counted, [1.0, 0.0, 2.0]);
}

#[tokio::test]
async fn without_a_collector_calls_are_answered_and_the_server_ends() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let app = app(at(&address)).await;
    for _ in 0..20 {
        app.ok("auth.test", BOT, &[]).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn what_waits_is_sent_before_the_server_ends() {
    let collector = Receiver::secure(shows(SERVER)).await;
    let headers = "x-api-key=of%20ours".parse().unwrap();
    let mut to = otlp(&collector).with_headers(&headers).unwrap();
    to.authorities = Authorities::read(CA).unwrap();
    to.delay = Duration::from_secs(3600);
    let app = app(to).await;
    for _ in 0..3 {
        app.ok("auth.test", BOT, &[]).await;
    }
    collector.expect_none().await;
    app.stop().await;
    let got = collector.take(1).await.remove(0);
    assert_eq!(got.headers["x-api-key"], "of ours");
    assert_eq!(spans(&got.body).0.len(), 3);
}
