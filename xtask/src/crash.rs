//! The step `crash`: `kill -9` at any moment loses no answered call and leaves no half of one.
//!
//! Each round a few lanes send calls over connections of their own and note every answer before
//! they send the next call. The server is killed in their midst, started again on the same data,
//! and compared with the notes: what was answered is there, what was in flight is there in whole
//! or not at all, and there is nothing else. An app is told of every join meanwhile, and at the end
//! of every one that there was.

mod load;
mod model;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use self::model::{Fates, Model};
use crate::dice::Dice;
use crate::http::Client;
use crate::place::Scratch;
use crate::server::{Launch, Server};
use crate::{shell, told, world};

const PEOPLE: usize = 3000;
const CHANNELS: usize = 40;
/// Each round works on few channels, so that comparing them is quick.
const CHANNELS_A_ROUND: usize = 4;
/// Under load for so long before the kill.
const LOAD_MS: std::ops::RangeInclusive<u64> = 20..=150;
/// Every so many rounds the server is killed once more while it starts.
const KILL_STARTING: u32 = 10;

pub(crate) fn run(binary: &Path, kills: u32) -> Result<()> {
    let scratch = Scratch::new("crash")?;
    let outcome = rounds(binary, kills, &scratch);
    scratch.close(outcome)
}

fn rounds(binary: &Path, kills: u32, scratch: &Scratch) -> Result<()> {
    let world = scratch.join("world.yaml");
    fs::write(&world, world::yaml(PEOPLE, CHANNELS))?;
    let launch = Launch {
        binary,
        data: scratch.join("data"),
        log: scratch.join("server.log"),
        rate_limits: "off",
    };
    let begin = Instant::now();
    let mut dice = Dice::new();
    let mut server = launch.start(Some(&world))?;
    let mut app = told::App::start()?;
    let token = fs::read_to_string(launch.data.join("control-token"))?;
    app.subscribe(&server.address, token.trim())?;
    let mut model = Model::read(&mut client(&server)?, CHANNELS)?;
    let before = model.joins();
    let mut fates = Fates::default();
    let mut starting = 0;
    for round in 1..=kills {
        let focus = dice.some(CHANNELS, CHANNELS_A_ROUND);
        let time = Duration::from_millis(dice.within(LOAD_MS));
        let lanes = load::until_killed(server, &model, &focus, round, time)?;
        if round % KILL_STARTING == 0 {
            let half_started = launch.spawn(None)?;
            // Returns early, which is as good, when the server is quicker than that.
            let _ = half_started.line(Duration::from_millis(dice.within(0..=15)));
            drop(half_started);
            starting += 1;
        }
        server = launch
            .start(None)
            .with_context(|| format!("after kill {round}"))?;
        fates += model
            .settle(&mut client(&server)?, &focus, lanes)
            .with_context(|| {
                format!("after kill {round}, {} ms into its load", time.as_millis())
            })?;
        if round % 20 == 0 || round == kills {
            println!(
                "  {round} of {kills} kills, {fates}, {:.0} s",
                begin.elapsed().as_secs_f64()
            );
            std::io::stdout().flush()?;
        }
    }
    ensure!(
        fates.answered > u64::from(kills),
        "there was hardly any load: {fates}"
    );
    model
        .compare_all(&mut client(&server)?)
        .context("at the end")?;
    let told = app.must_be_told(&model.joins_since(&before))?;
    println!("  {told}");
    server.stop()?;
    let mut check = Command::new(binary);
    check.args(["store", "check", "--data"]).arg(&launch.data);
    shell::run(&mut check).context("the store is not sound at the end")?;
    println!(
        "{kills} kills under load and {starting} while starting: {fates}, nothing lost, nothing half there"
    );
    Ok(())
}

fn client(server: &Server) -> Result<Client> {
    Client::connect(&server.address, world::BOT_TOKEN)
}
