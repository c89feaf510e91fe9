//! What it costs to remember the newest calls for `guestlist why`: the same server with and without.

use std::sync::Arc;

use anyhow::Result;

use super::Bench;
use super::load::Calls;
use super::pool::{Pool, Span};
use super::report::{Bound, Figure, Of, Row};
use super::wire::post;
use super::world::{Channels, World};

const CONNECTIONS: usize = 64;

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    let users = bench.size(50_000, 5_000);
    let pairs = bench.pairs(2);
    let channels = Span {
        first: 0,
        count: pairs.div_ceil(u64::from(users)).max(64) as u32,
    };
    let people = Span {
        first: 0,
        count: users,
    };
    let world = World {
        users,
        channels: vec![Channels {
            span: channels,
            members: 0,
        }],
    };
    let (on, off) = (
        bench.import("remembers", &world)?,
        bench.import("forgets", &world)?,
    );
    let servers = [
        bench.serve(&on, &[])?,
        bench.serve(&off, &["--remember", "0"])?,
    ];
    // Each server has its own store, and so its own people to invite.
    let pools = [(); 2].map(|()| Arc::new(Pool::new(channels, people)));
    let calls = |method: &str, side: usize| match method {
        "auth.test" => Calls::Same(post(servers[side].addr, method, "")),
        _ => Calls::invite(servers[side].addr, &pools[side]),
    };
    let mut rows = Vec::new();
    for method in ["auth.test", "conversations.invite"] {
        let row =
            |what: &str| Row::new(Of::Product, format!("{method}, {what}"), Some(CONNECTIONS));
        let (mut remembered, mut forgotten) = (row("remembered"), row("forgotten"));
        remembered.goal(Figure::Ratio, Bound::AtMost(1.03));
        for round in 0..bench.rounds {
            // Who goes first changes, lest a disk that slows down be one side's alone.
            let mut rates = [0.0; 2];
            for side in if round % 2 == 0 { [0, 1] } else { [1, 0] } {
                let row = if side == 0 {
                    &mut remembered
                } else {
                    &mut forgotten
                };
                let cell = bench.cell(&servers[side], round, &calls(method, side), row)?;
                rates[side] = cell.rate();
            }
            remembered.ratio("cost without", rates[1] / rates[0]);
        }
        rows.extend([forgotten, remembered]);
    }
    bench.rows.extend(rows);
    for server in servers {
        server.stop()?;
    }
    bench.discard(&on)?;
    bench.discard(&off)
}
