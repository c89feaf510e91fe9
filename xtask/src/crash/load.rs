//! The load, and the kill in its midst.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, bail, ensure};
use serde_json::Value;

use super::model::Model;
use super::{CHANNELS_A_ROUND, PEOPLE, client};
use crate::http::Client;
use crate::server::Server;
use crate::world;

const LANES: usize = 8;

/// What a lane asked for.
pub(super) enum Call {
    Create { name: String },
    In { channel: usize, deed: Deed },
}

/// What is done in one of the world's channels.
pub(super) enum Deed {
    Invite(Vec<String>),
    Kick(String),
    Post(String),
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
        let people = match deed {
            Deed::Invite(people) => people.as_slice(),
            Deed::Kick(person) => std::slice::from_ref(person),
            Deed::Post(_) => &[],
        };
        for person in people {
            let key = (channel, person.clone());
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
        let (channel, deed) = match self {
            Call::Create { name } => return client.call("conversations.create", &[("name", name)]),
            Call::In { channel, deed } => (world::channel(*channel), deed),
        };
        let channel = ("channel", channel.as_str());
        match deed {
            Deed::Invite(people) => client.call(
                "conversations.invite",
                &[channel, ("users", &people.join(","))],
            ),
            Deed::Kick(person) => client.call("conversations.kick", &[channel, ("user", person)]),
            Deed::Post(text) => client.call("chat.postMessage", &[channel, ("text", text)]),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Create { name } => write!(formatter, "creating #{name}"),
            Call::In { channel, deed } => {
                let channel = world::channel(*channel);
                match deed {
                    Deed::Invite(people) => {
                        write!(formatter, "inviting {} to {channel}", people.join(","))
                    }
                    Deed::Kick(person) => write!(formatter, "removing {person} from {channel}"),
                    Deed::Post(text) => write!(formatter, "saying {text} in {channel}"),
                }
            }
        }
    }
}

/// Numbers that differ every time (splitmix64). A seed would not bring a run back: the moment of
/// a kill decides, and that cannot be repeated.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new() -> Dice {
        Dice(RandomState::new().hash_one(0))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.next() % (range.end() - range.start() + 1)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// `count` different numbers below `end`.
    pub(super) fn some(&mut self, end: usize, count: usize) -> Vec<usize> {
        let mut chosen = Vec::new();
        while chosen.len() < count {
            let number = self.below(end);
            if !chosen.contains(&number) {
                chosen.push(number);
            }
        }
        chosen
    }
}
