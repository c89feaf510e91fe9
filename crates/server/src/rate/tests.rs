//! The promise of `Retry-After`, and what a crowd of apps costs.

use super::*;

const START: i64 = 1_700_000_000_000_000;

fn at(micros: i64) -> Timestamp {
    Timestamp(START + micros)
}

fn buckets(limits: &str) -> Buckets {
    Buckets::new(limits.parse().unwrap(), None, at(0)).unwrap()
}

fn key(app: i64) -> Key {
    Key {
        method: 1,
        team: TeamId::from_key(1),
        who: Who::App(AppId::from_key(app)),
        channel: 0,
    }
}

/// Calls until refused: how many were let through, and how long to wait.
fn drain(buckets: &Buckets, per_minute: u32, now: Timestamp) -> (u32, u64) {
    for taken in 0.. {
        if let Err(Wait(seconds)) = buckets.take(key(1), per_minute, now) {
            return (taken, seconds);
        }
    }
    unreachable!()
}

#[test]
fn one_and_a_half_minutes_worth_at_once_then_the_figure_per_minute() {
    for (limits, per_minute, at_once) in [
        ("documented", 1, 1),
        ("documented", 20, 30),
        ("documented", 50, 75),
        ("documented", 100, 150),
        ("documented", 600, 900),
        ("10", 50, 750),
        ("0.5", 20, 15),
        // A figure under one and a half minutes' worth of a call still lets one through.
        ("0.001", 1, 1),
    ] {
        let buckets = buckets(limits);
        let first = drain(&buckets, per_minute, at(0)).0;
        assert_eq!(first, at_once, "{limits} × {per_minute}");
        if limits == "documented" {
            assert_eq!(at_once, Tier::Special(per_minute).at_once());
        }
        // In an hour, step by step: what is refilled, and nothing else.
        let mut taken = 0;
        for second in 1..=3600 {
            while buckets
                .take(key(1), per_minute, at(second * 1_000_000))
                .is_ok()
            {
                taken += 1;
            }
        }
        let refilled = f64::from(per_minute) * 60.0 * buckets.factor;
        assert!(
            (f64::from(taken) - refilled).abs() <= 1.0,
            "{limits} × {per_minute}: {taken} of {refilled}"
        );
    }
}

/// Whatever was called when, waiting so long is enough and a second less is not.
#[test]
fn the_wait_is_true() {
    for per_minute in [1, 7, 20, 50, 60, 100, 600] {
        for factor in ["documented", "0.01", "0.37", "3"] {
            for pause in [0, 1, 333_333, 1_000_000, 61_700_001] {
                let told = |later: i64| {
                    let buckets = buckets(factor);
                    drain(&buckets, per_minute, at(0));
                    let (_, seconds) = drain(&buckets, per_minute, at(pause));
                    let then = at(pause + (seconds as i64 + later) * 1_000_000);
                    (seconds, buckets.take(key(1), per_minute, then))
                };
                let case = format!("{per_minute} × {factor} after {pause}");
                let (seconds, enough) = told(0);
                assert!(seconds >= 1, "{case}");
                assert_eq!(enough, Ok(()), "{case}: after {seconds} s");
                assert!(told(-1).1.is_err(), "{case}: a second before {seconds} s");
            }
        }
    }
}

#[test]
fn refused_calls_take_nothing() {
    let buckets = buckets("documented");
    let (_, seconds) = drain(&buckets, 20, at(0));
    for _ in 0..1000 {
        assert_eq!(buckets.take(key(1), 20, at(0)), Err(Wait(seconds)));
    }
    assert_eq!(
        buckets.take(key(1), 20, at(seconds as i64 * 1_000_000)),
        Ok(())
    );
}

#[test]
fn each_app_has_its_own() {
    let buckets = buckets("documented");
    drain(&buckets, 50, at(0));
    for app in 2..100 {
        assert_eq!(buckets.take(key(app), 50, at(0)), Ok(()), "{app}");
    }
}

/// A clock that is set back must not lock anybody out for the time it was set back by.
#[test]
fn a_clock_set_back_leaves_an_empty_bucket() {
    let buckets = buckets("documented");
    let hour = 3_600_000_000;
    drain(&buckets, 20, at(hour));
    let (taken, seconds) = drain(&buckets, 20, at(0));
    assert_eq!((taken, seconds), (0, 3));
    assert_eq!(buckets.take(key(1), 20, at(3_000_000)), Ok(()));
    // A hundred years there and back, as the control interface allows.
    let ages = 36_600 * 24 * hour;
    assert_eq!(buckets.take(key(1), 20, at(ages)), Ok(()));
    assert!(drain(&buckets, 20, at(-ages)).1 <= 90);
}

#[test]
fn memory_is_bounded_and_nobody_is_refused_for_others() {
    let buckets = buckets("documented");
    for app in 0..200_000 {
        assert_eq!(buckets.take(key(app), 1, at(0)), Ok(()), "{app}");
    }
    let held: usize = buckets
        .sets
        .iter()
        .map(|set| set.lock().unwrap().len())
        .sum();
    assert!(held <= SETS * WAYS, "{held}");
    assert!(
        held > SETS * WAYS * 9 / 10,
        "{held}: the sets are used evenly"
    );
    assert!(size_of::<Bucket>() <= 56, "{}", size_of::<Bucket>());
}

/// Among buckets that share a set, the one that can be spared is the one nearest to full.
#[test]
fn the_fullest_bucket_gives_way() {
    let bucket = |app, full_at| Bucket {
        key: key(app),
        full_at,
    };
    let mut set: Vec<_> = (0..WAYS as i64).map(|n| bucket(n, 100 + n)).collect();
    set[17].full_at = 1;
    assert_eq!(room(&set), Some(17));
    set.pop();
    assert_eq!(room(&set), None);
}

#[test]
fn many_at_once_share_one_bucket() {
    let buckets = buckets("documented");
    let taken: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    (0..1000)
                        .filter(|_| buckets.take(key(1), 100, at(0)).is_ok())
                        .count()
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .sum()
    });
    assert_eq!(taken, 150);
}
