//! The step `faults`: clients call while nodes, their database, the ways between them and the disk break;
//! then what is there is compared with what the clients were told.
//!
//! Once on PostgreSQL with three nodes, once on the embedded store with one. Which faults come, in
//! which order, and what each client asks for follows from a seed that is printed; the moment when a
//! fault meets a call does not, and so a seed brings back the faults and not the run.

mod check;
mod journal;
mod load;
mod nodes;
mod place;
mod proxy;
mod seen;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use self::journal::Note;
use self::load::{Lane, Load};
use self::nodes::{Fault, Nodes};
use self::place::Size;
use self::seen::Seen;
use crate::dice::Dice;
use crate::place::Scratch;
use crate::told;

const NODES: usize = 3;
const LANES: usize = 16;
/// The calls of a whole run may stand still for so long.
const STANDSTILL: Duration = Duration::from_secs(60);
/// Between two looks at how far the load is.
const LOOK: Duration = Duration::from_millis(2);

/// How much is tried on each store.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(crate) calls: usize,
    pub(crate) faults: usize,
}

pub(crate) fn run(binary: &Path, form: Form, seed: Option<u64>) -> Result<()> {
    let seed = seed.unwrap_or_else(|| Dice::new().next());
    println!("seed {seed}");
    for shared in [true, false] {
        let scratch = Scratch::new(if shared { "faults" } else { "faults-embedded" })?;
        let outcome = one_store(binary, form, seed, shared, &scratch);
        let outcome = outcome.with_context(|| format!("seed {seed}"));
        scratch.close(outcome)?;
    }
    Ok(())
}

fn one_store(binary: &Path, form: Form, seed: u64, shared: bool, scratch: &Scratch) -> Result<()> {
    let size = Size {
        lanes: LANES,
        channels: 40,
        people: 3200,
        guests: 320,
    };
    let world = scratch.join("world.yaml");
    fs::write(&world, place::yaml(size))?;
    let binary = nodes::ignoring_xfsz(binary, scratch)?;
    let mut nodes = match shared {
        true => Nodes::shared(&binary, scratch, &world, NODES)?,
        false => Nodes::embedded(&binary, scratch, &world)?,
    };
    let token = nodes.control_token();
    let addresses = nodes.addresses();
    let before = Seen::read(&addresses[0], token)?;
    let mut app = told::App::start()?;
    app.subscribe(&addresses[0], token)?;

    let mut dice = Dice::of(seed);
    let faults = Fault::draw(&mut dice, addresses.len(), shared, form.faults);
    let load = Load {
        size,
        seed,
        fronts: nodes.fronts(),
        up: addresses.iter().map(|_| AtomicBool::new(true)).collect(),
        calls: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        begin: Instant::now(),
    };
    let notes = under_faults(&load, &mut nodes, &faults, form.calls)?;
    let took = load.begin.elapsed().as_secs_f64();
    let lines: Vec<_> = notes.iter().map(|note| format!("{note}\n")).collect();
    fs::write(scratch.join("journal"), lines.concat())?;

    nodes.begin_anew()?;
    let after = Seen::read(&addresses[0], token)?;
    let tally = check::check(&notes, &before, &after)?;
    for (number, address) in addresses.iter().enumerate().skip(1) {
        let other = Seen::read(address, token)?;
        ensure!(
            other == after,
            "nodes 0 and {number} do not show the same: {}",
            after.unlike(&other)
        );
    }
    println!("  {}", app.must_be_told(&after.joins_since(&before))?);
    nodes.look_over(&binary, scratch)?;
    let store = match shared {
        true => format!("PostgreSQL, {NODES} nodes"),
        false => "embedded, one node".to_owned(),
    };
    println!(
        "{store}: {} calls and {} faults in {took:.0} s: {tally}; nothing lost, doubled or half there",
        notes.len(),
        faults.len()
    );
    // A run in which hardly anything was answered has shown nothing.
    ensure!(
        tally.done * 3 > notes.len(),
        "most calls came to nothing: {tally}"
    );
    Ok(())
}

/// Lets the lanes make so many calls, with the faults spread over them.
fn under_faults(
    load: &Load,
    nodes: &mut Nodes<'_>,
    faults: &[Fault],
    calls: usize,
) -> Result<Vec<Note>> {
    let (ended, endings) = channel();
    thread::scope(|scope| {
        for number in 0..load.size.lanes {
            let ended = ended.clone();
            let lane = Lane::new(load, number);
            scope.spawn(move || ended.send(lane.run()));
        }
        drop(ended);
        let mut broken = || {
            let each = calls / (faults.len() + 1);
            for (number, fault) in faults.iter().enumerate() {
                reach(load, &endings, each * (number + 1))?;
                println!("  {:5} calls: {fault}", load.calls.load(Ordering::SeqCst));
                nodes.suffer(*fault, |node, up| {
                    load.up[node].store(up, Ordering::SeqCst);
                })?;
                reach(load, &endings, each * (number + 1) + each / 2)?;
                nodes.relieve(*fault)?;
            }
            reach(load, &endings, calls)
        };
        let outcome = broken();
        load.over.store(true, Ordering::SeqCst);
        outcome?;
        let mut notes = Vec::new();
        for ending in endings {
            notes.extend(ending?);
        }
        Ok(notes)
    })
}

/// Time that goes by: a way that is slow, a node that is down, a client that is told to come back.
#[expect(
    clippy::disallowed_methods,
    reason = "these are the faults themselves; no outcome depends on how long they last"
)]
fn pause(time: Duration) {
    thread::sleep(time);
}

type Ending = Result<Vec<Note>>;

/// Waits until so many calls have come to an end. No lane ends before, unless something is wrong.
fn reach(load: &Load, endings: &Receiver<Ending>, calls: usize) -> Result<()> {
    let mut before = 0;
    let mut moved = Instant::now();
    loop {
        let now = load.calls.load(Ordering::SeqCst);
        if now >= calls {
            return Ok(());
        }
        if now > before {
            (before, moved) = (now, Instant::now());
        }
        ensure!(
            moved.elapsed() < STANDSTILL,
            "no call has come to an end for {} s",
            STANDSTILL.as_secs()
        );
        match endings.recv_timeout(LOOK) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("every lane panicked"),
            Ok(ending) => return Err(ending.err().context("a lane ended by itself")?),
        }
    }
}
