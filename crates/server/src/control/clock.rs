//! The world's clock.

use super::{Control, Problem, answer, read, time_text};
use crate::due;
use axum::{body::Bytes, extract::State, http::StatusCode, response::Response};
use guestlist_store::Store;
use serde::{Deserialize, Serialize};

/// The clock is moved by a hundred years at most at a time.
const MOST_SECONDS: i64 = 100 * 366 * 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: i64,
    /// This server's clock alone, until it ends: as clocks of machines differ.
    #[serde(default)]
    alone: bool,
}

/// What the clock says.
#[derive(Debug, Serialize, Deserialize)]
pub struct ClockView {
    /// The world's time as people read it, in RFC 3339.
    pub now: String,
    /// The same as messages carry it.
    pub ts: String,
}

/// The world's time.
pub fn tell_clock(store: &Store) -> ClockView {
    let now = store.clock().now();
    ClockView {
        now: time_text(now),
        ts: now.ts(),
    }
}

/// Moves the world's clock by so many seconds, back if negative, and does what is due then.
pub async fn move_clock(store: &Store, seconds: i64) -> Result<ClockView, Problem> {
    let moved = store.move_clock(micros(seconds)?).await?;
    moved_to(store, moved).await
}

async fn moved_to(store: &Store, moved: bool) -> Result<ClockView, Problem> {
    if !moved {
        let message = "the world's time would not be within the years 1970 to 5999";
        return Err(Problem::invalid("invalid_time", message));
    }
    // Whoever moved the clock finds done what is due by it.
    due::settle(store).await?;
    Ok(tell_clock(store))
}

fn micros(seconds: i64) -> Result<i64, Problem> {
    if seconds.unsigned_abs() > MOST_SECONDS.unsigned_abs() {
        let message = format!("the clock is moved by at most {MOST_SECONDS} seconds at a time");
        return Err(Problem::invalid("invalid_time", message));
    }
    Ok(seconds * 1_000_000)
}

pub(super) async fn tell(State(control): State<Control>) -> Response {
    answer(StatusCode::OK, &tell_clock(&control.store))
}

pub(super) async fn advance(
    State(control): State<Control>,
    body: Bytes,
) -> Result<Response, Problem> {
    let ask: Advance = read(&body)?;
    let told = match ask.alone {
        false => move_clock(&control.store, ask.advance_seconds).await?,
        true => {
            let clock = control.store.clock();
            let by = micros(ask.advance_seconds)?;
            let can = clock.can_move(by);
            if can {
                clock.advance(by);
            }
            moved_to(&control.store, can).await?
        }
    };
    Ok(answer(StatusCode::OK, &told))
}
