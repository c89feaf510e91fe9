//! How often SCIM may be called: counted for the organisation, over all apps.

use super::*;
use crate::rate_limits::pass;
use guestlist_domain::Timestamp;
use guestlist_store::Clock;

async fn at_a_standstill() -> App {
    let clock = Clock::standing(Timestamp::from_seconds(1_800_000_000));
    App::with_clock(WORLD, Settings::default(), clock).await
}

/// Asks until it is too often: how many were answered, and after how many seconds the next one is.
async fn drain(app: &App, token: &str, verb: &str, path: &str) -> (u32, i64) {
    for taken in 0..1100 {
        let answer = ask(app, token, verb, path, Value::Null).await;
        if answer.status == 429 {
            let told = answer.json().to_string();
            assert!(told.contains("\"too_many_requests\""), "{told}");
            return (taken, answer.headers["retry-after"].parse().unwrap());
        }
    }
    panic!("{verb} {path} is never too often")
}

#[tokio::test]
async fn kinds_of_calls_are_counted_apart_and_together() {
    let app = at_a_standstill().await;
    // What comes of a call does not matter.
    assert_eq!(drain(&app, "xoxp-ann", "POST", "v2/Users").await, (20, 1));
    // Nor who of the organisation asks, by which version.
    assert_eq!(drain(&app, "xoxp-pia", "POST", "v1/Users").await, (0, 1));
    assert_eq!(
        drain(&app, "xoxp-ann", "DELETE", "v2/Users/U0NOBODY")
            .await
            .0,
        20
    );
    assert_eq!(
        drain(&app, "xoxp-ann", "PATCH", "v2/Users/U0NOBODY")
            .await
            .0,
        20
    );
    assert_eq!(
        drain(&app, "xoxp-ann", "PATCH", "v2/Groups/S0NONE").await.0,
        80
    );
    // Of all writes 180 at once, of which those that were too often of their kind are none.
    assert_eq!(
        drain(&app, "xoxp-ann", "DELETE", "v2/Groups/S0NONE")
            .await
            .0,
        20
    );
    assert_eq!(drain(&app, "xoxp-ann", "POST", "v2/Groups").await.0, 20);
    assert_eq!(
        drain(&app, "xoxp-ann", "GET", "v2/Users/U0NOBODY").await.0,
        300
    );
    // A third of a second later one is answered.
    pass(&app, 1);
    assert_eq!(drain(&app, "xoxp-ann", "POST", "v2/Users").await, (3, 1));
    pass(&app, 60);
    assert_eq!(drain(&app, "xoxp-ann", "POST", "v2/Users").await.0, 20);
}
