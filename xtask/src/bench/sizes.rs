//! Rows that must not grow: many people in one call, large channels, large workspaces.

use std::sync::Arc;

use anyhow::Result;

use super::Bench;
use super::load::{Calls, Expect, Until, run as load};
use super::pool::{Pool, Span, channel_id, text, user_id};
use super::report::{Bound, Figure, Of, Row, thousands};
use super::wire::post;
use super::world::{Channels, World};

/// Calls per round with 1, 100 and 1,000 people: 39,150 people, who fit in one channel
/// once, so that a round needs one channel and every person of it is a real insertion.
const MANY: [(u32, u32); 3] = [(1, 150), (100, 90), (1_000, 30)];

/// Calls with one person that come first and do not count: what they are compared with
/// would gain from slow first calls.
const MANY_WARM: u32 = 100;

/// One call with many people, sequential on one connection.
pub(crate) fn many(bench: &mut Bench) -> Result<()> {
    let users = 40_000;
    let rounds = u32::try_from(bench.rounds)?;
    let channels = Span {
        first: 0,
        count: rounds,
    };
    let world = World {
        users,
        channels: vec![Channels {
            span: channels,
            members: 0,
        }],
    };
    let data = bench.import("many", &world)?;
    let server = bench.serve(&data, &[])?;
    let target = bench.target(&[&server])?;
    let mut rows = MANY.map(|(people, _)| {
        let name = match people {
            1 => "one call, 1 person".into(),
            people => format!("one call, {} people", thousands(f64::from(people))),
        };
        Row::new(Of::Product, name, Some(1))
    });
    if bench.database.is_some() {
        rows[2].goal(Figure::Ratio, Bound::AtMost(20.0));
    } else {
        rows[2].goal(Figure::Ratio, Bound::AtMost(40.0));
        rows[2].goal(Figure::P50, Bound::AtMost(30.0));
    }

    for round in 0..rounds {
        let channel = text(channel_id(round));
        // A pool of one channel is a random order of all people.
        let order = Pool::new(
            Span {
                first: round,
                count: 1,
            },
            Span {
                first: 0,
                count: users,
            },
        );
        let expected = (Expect::Ok, Until::Exhausted);
        let requests = |people: u32, calls: u32| {
            let request = |_| {
                let ids = (0..people).map_while(|_| order.draw());
                let ids: Vec<String> = ids.map(|(_, user)| text(user_id(user))).collect();
                let body = format!("channel={channel}&users={}", ids.join(","));
                post(server.addr, "conversations.invite", &body)
            };
            Calls::list((0..calls).map(request).collect())
        };
        load(
            &bench.runtime,
            &target,
            1,
            &requests(1, MANY_WARM),
            expected,
        )?;
        let mut one_person = 0.0;
        for ((people, calls), row) in MANY.into_iter().zip(&mut rows) {
            let calls = requests(people, calls);
            let cell = load(&bench.runtime, &target, 1, &calls, expected)?;
            let median = cell.latency.value_at_quantile(0.5) as f64;
            bench.say(format_args!(
                "round {}: {}: {:.3} ms",
                round + 1,
                row.name,
                median / 1e6
            ));
            row.add(&cell);
            if people == 1 {
                one_person = median;
            } else {
                row.ratio("1 person", median / one_person);
            }
        }
    }
    bench.rows.extend(rows);
    server.stop()?;
    bench.discard(&data)
}

/// How many channels of a size share the load: few enough for 100,000 members each,
/// enough that an empty one stays small while it is filled.
const ALIKE: u32 = 16;

/// Single invitations into channels with 0, 1,000 and 100,000 members, one workspace.
/// The small ones are fresh in each round; the large ones hardly grow.
pub(crate) fn channel(bench: &mut Bench) -> Result<()> {
    let large = bench.size(100_000, 10_000);
    let sizes = [0, 1_000, large];
    let rounds = u32::try_from(bench.rounds)?;
    let alike = bench.size(ALIKE, 4);
    // Those who are invited come after those who are members, the same for all sizes.
    let people = Span {
        first: large,
        count: (bench.pairs(1) / u64::from(alike) + 1).try_into()?,
    };
    let mut groups = Vec::new();
    let mut first = 0;
    for members in sizes {
        let count = if members == large {
            alike
        } else {
            alike * rounds
        };
        groups.push(Channels {
            span: Span { first, count },
            members,
        });
        first += count;
    }
    let world = World {
        users: large + people.count,
        channels: groups.clone(),
    };
    let data = bench.import("channel", &world)?;
    let server = bench.serve(&data, &[])?;
    let lasting = Arc::new(Pool::new(groups[2].span, people));
    let mut rows = sizes.map(|members| {
        let name = format!("invite, {} members", thousands(f64::from(members)));
        Row::new(Of::Product, name, Some(64))
    });
    rows[2].goal(Figure::Ratio, Bound::AtMost(1.1));

    for round in 0..rounds {
        let mut rates = [0.0; 3];
        // Another one begins in each round, so that none always follows the same.
        for size in (0..3).map(|place| (place + round as usize) % 3) {
            let pool = if sizes[size] == large {
                Arc::clone(&lasting)
            } else {
                let first = groups[size].span.first + round * alike;
                Arc::new(Pool::new(
                    Span {
                        first,
                        count: alike,
                    },
                    people,
                ))
            };
            let calls = Calls::invite(server.addr, &pool);
            rates[size] = bench
                .cell(&server, round as usize, &calls, &mut rows[size])?
                .rate();
        }
        for size in 1..3 {
            rows[size].ratio("cost at 0", rates[0] / rates[size]);
        }
    }
    bench.rows.extend(rows);
    server.stop()?;
    bench.discard(&data)
}

/// Single invitations in a workspace of 1,000 and of 1,000,000 users, a server each.
pub(crate) fn workspace(bench: &mut Bench) -> Result<()> {
    let small = 1_000;
    let large = bench.size(1_000_000, 100_000);
    let count = bench.pairs(1).div_ceil(u64::from(small)).try_into()?;
    let channels = Span { first: 0, count };
    let mut sides = Vec::new();
    for users in [small, large] {
        let world = World {
            users,
            channels: vec![Channels {
                span: channels,
                members: 0,
            }],
        };
        let data = bench.import(&format!("workspace-{users}"), &world)?;
        let server = bench.serve(&data, &[])?;
        let pool = Arc::new(Pool::new(
            channels,
            Span {
                first: 0,
                count: users,
            },
        ));
        let name = format!("invite, workspace of {}", thousands(f64::from(users)));
        let calls = Calls::invite(server.addr, &pool);
        sides.push((server, data, calls, Row::new(Of::Product, name, Some(64))));
    }
    sides[1].3.goal(Figure::Ratio, Bound::AtMost(1.1));

    for round in 0..bench.rounds {
        let mut rates = [0.0; 2];
        for side in (0..2).map(|place| (place + round) % 2) {
            let (server, _, calls, row) = &mut sides[side];
            rates[side] = bench.cell(server, round, calls, row)?.rate();
        }
        sides[1].3.ratio("cost at 1,000", rates[0] / rates[1]);
    }
    for (server, data, _, mut row) in sides {
        row.memory(server.memory()?);
        bench.rows.push(row);
        server.stop()?;
        bench.discard(&data)?;
    }
    Ok(())
}
