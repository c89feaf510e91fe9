//! Servers that count calls together in a Redis, over the wire.

use crate::{
    app::{Answer, App},
    metrics::page,
    rate_limits::{WORLD, drain, pass, retry_after},
    redis::Redis,
};
use guestlist_domain::Timestamp;
use guestlist_server::{Away, Limiter, RateLimits, Settings};
use guestlist_store::Clock;
use std::path::Path;

const NOON: Timestamp = Timestamp(1_700_000_000_000_000);
const INFO: &str = "conversations.info";

async fn limiter(url: &str, away: Away) -> Limiter {
    let limiter = Limiter::connect(url.parse().unwrap(), away).await;
    limiter.unwrap_or_else(|why| panic!("{why}"))
}

/// A server that counts there, by this clock.
async fn server(url: &str, away: Away, rate_limits: RateLimits, clock: &Clock) -> App {
    let settings = Settings {
        rate_limits,
        limiter: Some(limiter(url, away).await),
        ..Settings::default()
    };
    App::with_clock(WORLD, settings, clock.clone()).await
}

async fn documented(url: &str, away: Away, clock: &Clock) -> App {
    server(url, away, RateLimits::Documented, clock).await
}

async fn ask(app: &App) -> Answer {
    app.post(INFO, "xoxb-one", &[("channel", "C0A")]).await
}

#[tokio::test]
async fn two_servers_let_through_what_one_would() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let clock = Clock::standing(NOON);
    let [one, two] = [
        documented(&redis.url(), Away::Open, &clock).await,
        documented(&redis.url(), Away::Open, &clock).await,
    ];
    let at_once = (0..100).flat_map(|_| [ask(&one), ask(&two)]);
    let answers = futures_util::future::join_all(at_once).await;
    let passed = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(passed, 75);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(retry_after(answer), 2);
    }
    // Not a second earlier, and then as many as were refilled.
    pass(&one, 1);
    assert_eq!(ask(&two).await.status, 429);
    pass(&one, 1);
    assert_eq!([ask(&two).await.status, ask(&one).await.status], [200, 429]);
    // What others do is theirs.
    let other = two.post(INFO, "xoxb-two", &[("channel", "C0A")]).await;
    assert_eq!(other.status, 200);
    let counted = page(&one).await["guestlist_limiter_counted_total"]
        + page(&two).await["guestlist_limiter_counted_total"];
    assert_eq!(counted, 204.0);
    assert_eq!(page(&one).await["guestlist_limiter_uncounted_total"], 0.0);
}

/// Whatever the limits and the clock, the answers are those of a server that counts by itself.
#[tokio::test]
async fn it_is_counted_as_everywhere() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    for (number, limits) in ["documented", "7", "0.3", "0.001", "1000000"]
        .into_iter()
        .enumerate()
    {
        let limits: RateLimits = limits.parse().unwrap();
        let clock = Clock::standing(NOON);
        let url = format!("{}/{number}", redis.url());
        let there = server(&url, Away::Closed, limits, &clock).await;
        let settings = Settings {
            rate_limits: limits,
            ..Settings::default()
        };
        let here = App::with_clock(WORLD, settings, Clock::standing(NOON)).await;
        let mut refused = 0;
        for micros in [
            0,
            1,
            399_999,
            1_000_000,
            7_654_321,
            -20_000_000,
            3_000_000,
            90_000_000,
        ] {
            for app in [&there, &here] {
                app.store.clock().advance(micros);
            }
            for call in 0..30 {
                let [there, here] = [ask(&there).await, ask(&here).await];
                let told =
                    |answer: &Answer| (answer.status, answer.headers.get("retry-after").cloned());
                assert_eq!(told(&there), told(&here), "{limits} {micros} {call}");
                refused += u32::from(there.status == 429);
            }
        }
        assert_eq!(refused > 0, limits.factor().unwrap() < 7.0, "{limits}");
    }
}

#[tokio::test]
async fn prefixes_keep_worlds_apart_and_keys_do_not_stay() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let clock = Clock::standing(NOON);
    let acme = format!("{}?prefix=acme", redis.url());
    let [acme, usual] = [
        documented(&acme, Away::Open, &clock).await,
        documented(&redis.url(), Away::Open, &clock).await,
    ];
    for app in [&acme, &usual] {
        assert_eq!(
            drain(app, INFO, "xoxb-one", &[("channel", "C0A")]).await.0,
            75
        );
    }
    let mut keys = redis.ask("KEYS *");
    // What a new connection was tried with is there a second.
    keys.retain(|key| !key.ends_with(":tried"));
    keys.sort();
    assert_eq!(
        keys,
        [
            "acme:T0A:conversations.info A0ONE",
            "guestlist:T0A:conversations.info A0ONE"
        ]
    );
    let left = redis.ask("PTTL \"acme:T0A:conversations.info A0ONE\"");
    let left: u32 = left[0].strip_prefix(':').unwrap().parse().unwrap();
    assert!((1..=180_000).contains(&left), "{left}");
    // A Redis that forgets the script is told it again.
    assert_eq!(redis.ask("SCRIPT FLUSH"), ["+OK"]);
    assert_eq!(ask(&acme).await.status, 429);
}

/// Waits until `/metrics` says whether the limiter is away.
async fn until(app: &App, away: f64) {
    while page(app).await["guestlist_limiter_away"] != away {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn while_it_is_away_calls_pass_or_do_not_and_later_count_again() {
    let Some(mut redis) = Redis::start(&[]) else {
        return;
    };
    let clock = Clock::standing(NOON);
    let [open, closed] = [
        documented(&redis.url(), Away::Open, &clock).await,
        documented(&redis.url(), Away::Closed, &clock).await,
    ];
    assert_eq!(ask(&open).await.status, 200);
    redis.kill();
    for _ in 0..100 {
        assert_eq!(ask(&open).await.status, 200);
        let refused = ask(&closed).await;
        let told = (refused.status, refused.error());
        assert_eq!(told, (503, "service_unavailable".to_owned()));
        assert!(!refused.headers.contains_key("retry-after"));
    }
    let told = page(&open).await;
    assert_eq!(told["guestlist_limiter_away"], 1.0);
    assert_eq!(told["guestlist_limiter_counted_total"], 1.0);
    assert_eq!(told["guestlist_limiter_uncounted_total"], 100.0);

    redis.revive();
    for app in [&open, &closed] {
        until(app, 0.0).await;
    }
    // It begins anew: full buckets.
    for call in 0..75 {
        let app = [&open, &closed][call % 2];
        assert_eq!(ask(app).await.status, 200, "{call}");
    }
    assert_eq!(
        [ask(&open).await.status, ask(&closed).await.status],
        [429, 429]
    );
}

#[tokio::test]
async fn one_that_says_nothing_is_away() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let clock = Clock::standing(NOON);
    let app = documented(&redis.url(), Away::Closed, &clock).await;
    redis.freeze(true);
    assert_eq!(ask(&app).await.status, 503);
    until(&app, 1.0).await;
    redis.freeze(false);
    until(&app, 0.0).await;
    assert_eq!(ask(&app).await.status, 200);
}

/// One that answers, and does not count, is as good as away.
#[tokio::test]
async fn one_that_may_not_be_written_to_is_away() {
    let Some(redis) = Redis::start(&[]) else {
        return;
    };
    let clock = Clock::standing(NOON);
    let app = documented(&redis.url(), Away::Closed, &clock).await;
    assert_eq!(redis.ask("REPLICAOF 127.0.0.1 1"), ["+OK"]);
    assert_eq!(ask(&app).await.status, 503);
    until(&app, 1.0).await;
    let why = Limiter::connect(redis.url().parse().unwrap(), Away::Open)
        .await
        .unwrap_err();
    assert!(why.contains("read only replica"), "{why}");
    assert_eq!(redis.ask("REPLICAOF NO ONE"), ["+OK"]);
    until(&app, 0.0).await;
    assert_eq!(ask(&app).await.status, 200);
}

#[tokio::test]
async fn what_is_wrong_is_told_at_the_start() {
    let Some(redis) = Redis::start(&["--requirepass", "hunter2"]) else {
        return;
    };
    let why = async |url: String| {
        let connected = Limiter::connect(url.parse().unwrap(), Away::Open).await;
        let why = connected.unwrap_err();
        assert!(why.starts_with("calls cannot be counted at redis"), "{why}");
        assert!(!why.contains("hunter2") && !why.contains("secret"), "{why}");
        why
    };
    let port = redis.port;
    let wrong = why(format!("redis://:secret@127.0.0.1:{port}")).await;
    assert!(wrong.to_lowercase().contains("password"), "{wrong}");
    let none = why(redis.url()).await;
    assert!(
        none.to_lowercase().contains("authentication required"),
        "{none}"
    );
    let nobody = why("redis://:hunter2@127.0.0.1:1".to_owned()).await;
    assert!(nobody.contains("refused"), "{nobody}");
    let database = why(format!("redis://:hunter2@127.0.0.1:{port}/99")).await;
    assert!(database.contains("DB index is out of range"), "{database}");
    let plain = why(format!("rediss://:hunter2@127.0.0.1:{port}")).await;
    assert!(plain.contains("rediss://"), "{plain}");

    let url = format!("redis://:hunter2@127.0.0.1:{port}");
    let app = documented(&url, Away::Closed, &Clock::standing(NOON)).await;
    assert_eq!(ask(&app).await.status, 200);
}

#[tokio::test]
async fn with_tls_it_has_to_show_who_it_is() {
    let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/tests/client/certs");
    let cert = |name: &str| certs.join(name).display().to_string();
    let options = [
        "--port",
        "0",
        "--tls-port",
        "PORT",
        "--tls-cert-file",
        &cert("server.pem"),
        "--tls-key-file",
        &cert("server.key"),
        "--tls-ca-cert-file",
        &cert("ca.pem"),
        "--tls-auth-clients",
        "no",
    ];
    let Some(redis) = Redis::start(&options) else {
        return;
    };
    let url = |trusted: &str| format!("rediss://127.0.0.1:{}{trusted}", redis.port);
    for (trusted, why) in [
        (String::new(), "certificate"),
        (
            format!("?sslrootcert={}", cert("elsewhere.pem")),
            "certificate",
        ),
        (format!("?sslrootcert={}", cert("README.md")), "README.md"),
    ] {
        let connected = Limiter::connect(url(&trusted).parse().unwrap(), Away::Open).await;
        let told = connected.unwrap_err();
        assert!(told.contains(why), "{told}");
    }
    let trusted = url(&format!("?sslrootcert={}", cert("ca.pem")));
    let app = documented(&trusted, Away::Closed, &Clock::standing(NOON)).await;
    assert_eq!(ask(&app).await.status, 200);
}
