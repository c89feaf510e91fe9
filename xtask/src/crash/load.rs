//! The load, and the kill in its midst.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, bail, ensure};
use serde_json::Value;

use super::model::Model;
use super::{CHANNELS_A_ROUND, PEOPLE, client};
use crate::deed::Deed;
use crate::dice::Dice;
use crate::http::Client;
use crate::server::Server;
use crate::world;

const LANES: usize = 8;

/// What a lane asked for.
pub(super) enum Call {
    Create { name: String },
    In { channel: usize, deed: Deed },
}

/// A call and its answer: always `ok:true`, or none because the kill came first.
pub(super) struct Note {
    pub(super) call: Call,
    pub(super) answer: Option<Value>,
}

/// Loads the server for a while, then kills it. One list of notes per lane: its calls in order,
/// of which only the last can be without an answer.
pub(super) fn until_killed(
    server: Server,
    model: &Model,
    focus: &[usize],
    round: u32,
    time: Duration,
) -> Result<Vec<Vec<Note>>> {
    let clients = (0..LANES)
        .map(|_| client(&server))
        .collect::<Result<Vec<_>>>()?;
    let killed = AtomicBool::new(false);
    let (ended, endings) = channel();
    thread::scope(|scope| {
        for (number, client) in clients.into_iter().enumerate() {
            let (ended, killed) = (ended.clone(), &killed);
            let lane = Lane {
                number,
                round,
                model,
                focus,
                changed: HashSet::new(),
                count: 0,
            };
            scope.spawn(move || ended.send(lane.run(client, killed)));
        }
        drop(ended);
        // Before the kill a lane ends only because something is wrong.
        let early = match endings.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => None,
            Ok(ending) => Some(ending),
            Err(RecvTimeoutError::Disconnected) => bail!("every lane panicked"),
        };
        killed.store(true, Ordering::SeqCst);
        server.kill()?;
        early.into_iter().chain(endings.iter()).collect()
    })
}

/// One connection, and the people that only it invites and removes: so its notes alone say what
/// each of them must have come to.
struct Lane<'a> {
    number: usize,
    round: u32,
    model: &'a Model,
    focus: &'a [usize],
    /// Channel and person whose membership this lane has turned round in this round.
    changed: HashSet<(usize, String)>,
    count: usize,
}

impl Lane<'_> {
    fn run(mut self, mut client: Client, killed: &AtomicBool) -> Result<Vec<Note>> {
        let mut dice = Dice::new();
        let mut notes = Vec::new();
        loop {
            let call = self.choose(&mut dice);
            let answer = call.send(&mut client)?;
            let Some(answer) = answer else {
                ensure!(
                    killed.load(Ordering::SeqCst),
                    "the server closed a connection by itself"
                );
                notes.push(Note { call, answer: None });
                return Ok(notes);
            };
            if answer["ok"] != true {
                return Err(anyhow!("{call} was refused: {answer}"));
            }
            if let Call::In { channel, deed } = &call {
                self.remember(*channel, deed);
            }
            notes.push(Note {
                call,
                answer: Some(answer),
            });
        }
    }

    fn choose(&mut self, dice: &mut Dice) -> Call {
        let channel = self.focus[dice.below(CHANNELS_A_ROUND)];
        let deed = match dice.below(100) {
            0 => {
                return Call::Create {
                    name: self.unique("made"),
                };
            }
            1..=8 => Deed::Post(self.unique("said")),
            9..=29 => self.choose_people(dice, channel, 5),
            _ => self.choose_people(dice, channel, 1),
        };
        Call::In { channel, deed }
    }

    fn choose_people(&self, dice: &mut Dice, channel: usize, count: usize) -> Deed {
        let mut people = Vec::new();
        while people.len() < count {
            let person = world::person(dice.below(PEOPLE / LANES) * LANES + self.number);
            if !self.is_member(channel, &person) {
                if !people.contains(&person) {
                    people.push(person);
                }
            } else if people.is_empty() && dice.below(4) == 0 {
                // Seldom enough that channels grow, often enough that they never fill up.
                return Deed::Kick(person);
            }
        }
        Deed::Invite(people)
    }

    fn is_member(&self, channel: usize, person: &str) -> bool {
        let before = self.model.is_member(channel, person);
        before != self.changed.contains(&(channel, person.to_owned()))
    }

    fn remember(&mut self, channel: usize, deed: &Deed) {
        if matches!(deed, Deed::Post(_)) {
            return;
        }
        for person in deed.about(world::BOT) {
            let key = (channel, person.to_owned());
            if !self.changed.remove(&key) {
                self.changed.insert(key);
            }
        }
    }

    fn unique(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{what}-{}-{}-{}", self.round, self.number, self.count)
    }
}

impl Call {
    fn send(&self, client: &mut Client) -> Result<Option<Value>> {
        match self {
            Call::Create { name } => client.call("conversations.create", &[("name", name)]),
            Call::In { channel, deed } => deed.send(client, &world::channel(*channel)),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Create { name } => write!(formatter, "creating #{name}"),
            Call::In { channel, deed } => {
                write!(formatter, "{deed} in {}", world::channel(*channel))
            }
        }
    }
}
