//! `/metrics`.

use crate::{app::App, events};
use guestlist_domain::Timestamp;
use guestlist_server::{Exposure, RateLimits, Settings};
use guestlist_store::{Clock, testing, world::SAMPLE};
use serde_json::json;
use std::collections::{HashMap, HashSet};

const BOT: &str = "xoxb-sample-greeter";

/// The page: each line's name and labels with its value.
pub(crate) async fn page(app: &App) -> HashMap<String, f64> {
    let answer = app.send("GET", "/metrics", &[], b"").await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = String::from_utf8(answer.body).unwrap();
    sound(&text);
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

/// What Prometheus demands, and what its users expect of names.
fn sound(text: &str) {
    let mut kinds = HashMap::new();
    let mut lines = HashSet::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("# TYPE ") {
            let (name, kind) = head.split_once(' ').unwrap();
            assert!(kinds.insert(name, kind).is_none(), "{name} comes twice");
            assert_eq!(name.ends_with("_total"), kind == "counter", "{name}");
            assert!(
                name.starts_with("guestlist_") || name.starts_with("process_"),
                "{name}"
            );
        } else if !line.starts_with('#') {
            let series = line.rsplit_once(' ').unwrap().0;
            assert!(lines.insert(series), "{series} comes twice");
            let name = series.split('{').next().unwrap();
            let of_histogram = ["_bucket", "_sum", "_count"]
                .iter()
                .filter_map(|end| name.strip_suffix(end))
                .any(|name| kinds.get(name) == Some(&"histogram"));
            assert!(
                of_histogram || kinds.contains_key(name),
                "{name} has no type"
            );
        }
    }
}

#[tokio::test]
async fn what_was_done_is_counted() {
    let app = App::alone(SAMPLE, Settings::default(), Clock::default()).await;
    let before = page(&app).await;
    assert_eq!(before["guestlist_store_available"], 1.0);
    for users in ["U0BEN", "U0EMIL", "U0BEN"] {
        let arguments = [("channel", "C0WELCOME"), ("users", users)];
        app.call("conversations.invite", BOT, &arguments).await;
    }
    app.send("GET", "/api/xoxb-never-told", &[], b"").await;
    let secret = [("error", "xoxb-never-told")];
    app.call("api.test", BOT, &secret).await;
    let after = page(&app).await;
    for (line, value) in [
        (
            r#"guestlist_calls_total{method="conversations.invite",outcome="ok"}"#,
            2.0,
        ),
        (
            r#"guestlist_calls_total{method="conversations.invite",outcome="already_in_channel"}"#,
            1.0,
        ),
        (
            r#"guestlist_calls_total{method="unknown",outcome="unknown_method"}"#,
            1.0,
        ),
        (
            r#"guestlist_calls_total{method="api.test",outcome="other"}"#,
            1.0,
        ),
        (
            r#"guestlist_call_duration_seconds_count{method="conversations.invite"}"#,
            3.0,
        ),
        ("guestlist_store_commit_duration_seconds_count", 2.0),
        ("guestlist_store_commit_calls_sum", 2.0),
        ("guestlist_store_commit_failures_total", 0.0),
        ("guestlist_store_journal_rows", 2.0),
        ("guestlist_limiter_refusals_total", 0.0),
        ("guestlist_limiter_forgotten_total", 0.0),
        ("guestlist_recent_calls", 5.0),
        // Those before this, and this one.
        ("guestlist_connections_accepted_total", 7.0),
        ("guestlist_clock_behind_seconds", 0.0),
    ] {
        assert_eq!(after.get(line), Some(&value), "{line}");
    }
    // What is counted in files, or in a database that others share.
    let own: &[(&str, f64)] = if app.store.is_shared() {
        &[
            ("guestlist_store_conflicts_total", 0.0),
            ("guestlist_store_lost_connections_total", 0.0),
            ("guestlist_store_waiting_reads", 0.0),
            ("guestlist_store_reads_limit", 16.0),
        ]
    } else {
        assert!(after["guestlist_store_database_bytes"] > 4096.0);
        &[("guestlist_limiter_buckets", 1.0)]
    };
    for (line, value) in own {
        assert_eq!(after.get(*line), Some(value), "{line}");
    }
    assert!(after["guestlist_connections"] >= 1.0);
    assert!(!after.keys().any(|line| line.contains("never-told")));
    for line in [
        "process_resident_memory_bytes",
        "process_cpu_seconds_total",
        "process_start_time_seconds",
        "process_open_fds",
        "process_max_fds",
    ] {
        assert!(after[line] > 0.0, "{line}");
    }
}

#[tokio::test]
async fn too_many_calls_are_counted_as_refused_by_the_limiter() {
    let settings = Settings {
        rate_limits: RateLimits::Times(0.001),
        ..Settings::default()
    };
    let app = App::with_settings(SAMPLE, settings).await;
    for _ in 0..3 {
        app.call("auth.test", BOT, &[]).await;
    }
    // Each node has a page of its own, and the balancer asks one after the other.
    let mut pages = Vec::new();
    for _node in app.nodes() {
        pages.push(page(&app).await);
    }
    for counted in [
        "guestlist_limiter_refusals_total",
        r#"guestlist_calls_total{method="auth.test",outcome="ratelimited"}"#,
    ] {
        let all: f64 = pages.iter().filter_map(|page| page.get(counted)).sum();
        assert_eq!(all, 2.0, "{counted}");
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_is_seen() {
    let app = App::alone(SAMPLE, Settings::default(), Clock::default()).await;
    let invite = [("channel", "C0WELCOME"), ("users", "U0BEN")];
    app.ok("conversations.invite", BOT, &invite).await;
    app.store.clock().advance(-3_600_000_000);
    let behind = page(&app).await["guestlist_clock_behind_seconds"];
    assert!((3590.0..=3600.0).contains(&behind), "{behind}");
}

#[tokio::test]
async fn metrics_can_be_switched_off_and_have_an_address_of_their_own() {
    let with = async |metrics| {
        let settings = Settings {
            metrics,
            ..Settings::default()
        };
        App::with_settings(SAMPLE, settings).await
    };
    let off = with(Exposure::Off).await;
    assert_eq!(off.send("GET", "/metrics", &[], b"").await.status, 404);

    let apart = with(Exposure::At("127.0.0.1:0".parse().unwrap())).await;
    assert_eq!(apart.send("GET", "/metrics", &[], b"").await.status, 404);
    let calls = apart.address;
    let metrics = apart.metrics.unwrap();
    let apart = apart.at(metrics);
    assert_ne!(apart.address, calls);
    page(&apart).await;
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/api/api.test", 404),
        ("/control/v1/clock", 404),
        ("/oauth/v2/authorize", 404),
    ] {
        let answer = apart.send("GET", path, &[], b"").await;
        assert_eq!(answer.status, status, "{path}");
    }
}

#[tokio::test]
async fn what_apps_are_owed_is_counted_until_it_comes_to_an_end() {
    let clock = Clock::standing(Timestamp(1_700_000_000_000_000));
    // Nobody listens there.
    let world = events::world(
        "member_joined_channel",
        "request_url: \"http://127.0.0.1:1/\"",
    );
    let app = App::alone(&world, events::settings(), clock.clone()).await;
    let ended = |page: &HashMap<String, f64>| -> f64 {
        let lines = page.iter();
        lines
            .filter(|(line, _)| line.starts_with("guestlist_deliveries_total{"))
            .map(|(_, number)| number)
            .sum()
    };
    assert_eq!(page(&app).await["guestlist_deliveries_waiting"], 0.0);
    let invite = [("channel", "C0WELCOME"), ("users", "U0BEN")];
    app.ok("conversations.invite", BOT, &invite).await;
    events::deliveries(&app, "state=waiting", 1).await;
    clock.advance(7_000_000);
    let before = page(&app).await;
    assert_eq!(before["guestlist_deliveries_waiting"], 1.0);
    assert_eq!(before["guestlist_deliveries_oldest_seconds"], 7.0);
    assert_eq!(before["guestlist_events_lag_rows"], 0.0);
    assert_eq!(ended(&before), 0.0);
    let after = loop {
        let page = page(&app).await;
        if page["guestlist_deliveries_waiting"] == 0.0 {
            break page;
        }
        clock.advance(60_000_000);
    };
    assert_eq!(ended(&after), 1.0);
    assert!(after["guestlist_delivery_retries_total"] >= 1.0);
    assert_eq!(after["guestlist_deliveries_oldest_seconds"], 0.0);
    // Long after that happened it is seen who gets nothing.
    let hold = async |what: &str| {
        let body = json!({"app": "A0GREET"});
        let path = format!("/deliveries/{what}");
        assert_eq!(events::control(&app, "POST", &path, body).await.0, 200);
        let page = page(&app).await;
        (
            page["guestlist_apps_disabled"],
            page["guestlist_apps_paused"],
        )
    };
    assert_eq!(hold("resume").await, (0.0, 0.0));
    assert_eq!(hold("pause").await, (0.0, 1.0));
    assert_eq!(hold("resume").await, (0.0, 0.0));
}

/// Where nodes share a database that does not answer, whoever watches hears of it soon.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_is_told_before_a_silent_database_counts_as_lost() {
    let app = App::alone(SAMPLE, events::settings(), Clock::default()).await;
    let Some(store) = app.elsewhere.clone() else {
        return;
    };
    let holds = "begin; lock table workspace in access exclusive mode; select pg_sleep(8); commit";
    let held = std::thread::spawn(move || testing::beside(&store, holds));
    loop {
        let status = app.send("GET", "/readyz", &[], b"").await.status;
        assert!(!held.is_finished());
        if status == 503 {
            break;
        }
        assert_eq!(status, 200);
    }
    held.join().unwrap();
    while app.send("GET", "/readyz", &[], b"").await.status != 200 {}
}
