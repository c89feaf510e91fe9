//! Starting, and what it occupies: start to first answer, resident memory.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::Bench;
use super::data::Data;
use super::load::{Calls, Expect, Until, run as load};
use super::pool::{Pool, Span};
use super::process::{Server, call, call_ok};
use super::report::{Bound, Figure, Of, Row, thousands};
use super::wire::post;
use super::world::{Channels, World};

const STARTS: u32 = 20;
const USERS: u32 = 10_000;

fn stored_world() -> World {
    let span = Span {
        first: 0,
        count: 64,
    };
    World {
        users: USERS,
        channels: vec![Channels { span, members: 0 }],
    }
}

/// From spawning the process to the first successful `api.test`.
pub(crate) fn first_answer(bench: &mut Bench) -> Result<()> {
    let stored = bench.import("start", &stored_world())?;
    let starts = bench.size(STARTS, 10);
    let mut floor = Row::new(Of::Floor, "start: the floor", None);
    let mut empty = Row::new(Of::Product, "start: empty data directory", None);
    empty.goal(Figure::P50, Bound::AtMost(15.0));
    let name = format!("start: store with {} users", thousands(f64::from(USERS)));
    let mut existing = Row::new(Of::Product, name, None);
    existing.goal(Figure::P50, Bound::AtMost(30.0));
    for number in 0..starts {
        // The floor shows what starting any process and its HTTP stack costs here.
        let begun = Instant::now();
        let server = bench.floor(64)?;
        call(server.addr, &post(server.addr, "api.test", ""))?;
        floor.record(begun.elapsed().as_nanos() as u64);
        server.stop()?;

        let fresh = Data::embedded(bench.dir.join(format!("empty-{number}")));
        empty.record(start(bench, &fresh)?);
        bench.discard(&fresh)?;
        existing.record(start(bench, &stored)?);
    }
    bench.say(format_args!("{starts} starts of each kind"));
    bench.rows.extend([floor, empty, existing]);
    bench.discard(&stored)
}

fn start(bench: &Bench, data: &Data) -> Result<u64> {
    let begun = Instant::now();
    let server = bench.serve(data, &[])?;
    api_test(&server)?;
    let took = begun.elapsed().as_nanos() as u64;
    server.stop()?;
    Ok(took)
}

fn api_test(server: &Server) -> Result<()> {
    call_ok(server.addr, &post(server.addr, "api.test", "")).map(drop)
}

/// Resident memory idle and after many invitations.
pub(crate) fn memory(bench: &mut Bench) -> Result<()> {
    let fresh = Data::embedded(bench.dir.join("memory-empty"));
    let server = bench.serve(&fresh, &[])?;
    let mut row = Row::new(Of::Product, "memory: idle, sample world", None);
    row.goal(Figure::Resident, Bound::AtMost(15.0));
    row.memory(idle(bench, &server)?);
    bench.rows.push(row);
    server.stop()?;
    bench.discard(&fresh)?;

    let world = stored_world();
    let data = bench.import("memory", &world)?;
    let server = bench.serve(&data, &[])?;
    let name = format!("memory: idle, {} users", thousands(f64::from(USERS)));
    let mut row = Row::new(Of::Product, name, None);
    row.memory(idle(bench, &server)?);
    bench.rows.push(row);

    let invitations = bench.size(200_000, 20_000);
    let pool = Pool::new(
        world.channels[0].span,
        Span {
            first: 0,
            count: USERS,
        },
    );
    pool.stop_after(u64::from(invitations));
    let calls = Calls::invite(server.addr, &Arc::new(pool));
    let expected = (Expect::Ok, Until::Exhausted);
    let cell = load(
        &bench.runtime,
        &bench.target(&[&server])?,
        64,
        &calls,
        expected,
    )?;
    let name = format!("memory: after {} invitations", thousands(cell.calls as f64));
    let mut row = Row::new(Of::Product, name, Some(64));
    row.goal(Figure::Resident, Bound::AtMost(48.0));
    row.add(&cell);
    row.memory(server.memory()?);
    bench.rows.push(row);
    server.stop()?;
    bench.discard(&data)
}

/// Half a second after the first answer: what a start leaves behind has been given back by then.
fn idle(bench: &Bench, server: &Server) -> Result<(f64, f64)> {
    api_test(server)?;
    let pause = async { tokio::time::sleep(Duration::from_millis(500)).await };
    bench.runtime.block_on(pause);
    server.memory()
}
