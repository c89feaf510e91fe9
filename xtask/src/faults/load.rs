//! The clients: each lane makes its calls one after the other, over all nodes in turn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use super::journal::{Call, Caller, Expected, Note, Outcome};
use super::pause;
use super::place::{self, ARCHIVED, NARROW_TOKEN, NOBODY, NOWHERE, Size, TAKEN};
use crate::deed::Deed;
use crate::dice::Dice;
use crate::http::Client;
use crate::world::{channel, person};

/// Between two looks for a node that is up.
const LOOK: Duration = Duration::from_millis(5);
/// After an answer that something is broken.
const COME_BACK: Duration = Duration::from_millis(25);

/// What lanes and whoever breaks things share.
pub(super) struct Load {
    pub(super) size: Size,
    pub(super) seed: u64,
    /// Where each node is reached.
    pub(super) fronts: Vec<String>,
    /// Of each node whether a balancer would send anybody there.
    pub(super) up: Vec<AtomicBool>,
    /// Calls that have come to an end, without those that were told that something is broken:
    /// these are many in little time.
    pub(super) calls: AtomicUsize,
    pub(super) over: AtomicBool,
    pub(super) begin: Instant,
}

/// A client. It alone invites and removes its people, so that its journal says what each of them
/// must have come to.
pub(super) struct Lane<'a> {
    load: &'a Load,
    number: usize,
    dice: Dice,
    bot: Caller,
    walker: Caller,
    clients: BTreeMap<(usize, String), Client>,
    next: usize,
    /// Where its people are.
    inside: BTreeSet<(String, String)>,
    /// Of whom that is not known, since a call about them had no answer.
    lost: BTreeSet<(String, String)>,
    /// Guests that are in no channel.
    guests: Vec<String>,
    notes: Vec<Note>,
    made: usize,
}

impl Lane<'_> {
    pub(super) fn new(load: &Load, number: usize) -> Lane<'_> {
        let guests = (0..load.size.guests).filter(|n| n % load.size.lanes == number);
        let caller = |user, token| Caller { user, token };
        Lane {
            load,
            number,
            dice: Dice::of(load.seed.wrapping_add(1 + number as u64)),
            bot: caller(place::bot(number), place::bot_token(number)),
            walker: caller(place::walker(number), place::walker_token(number)),
            clients: BTreeMap::new(),
            next: number,
            inside: BTreeSet::new(),
            lost: BTreeSet::new(),
            guests: guests.map(place::guest).collect(),
            notes: Vec::new(),
            made: 0,
        }
    }

    /// Calls until the load is over.
    pub(super) fn run(mut self) -> Result<Vec<Note>> {
        while !self.load.over.load(Ordering::SeqCst) {
            match self.dice.below(100) {
                0..=2 => self.connect()?,
                3..=7 => self.contest()?,
                8..=19 => self.refused()?,
                20..=29 => self.walk()?,
                30..=44 => self.post()?,
                45..=55 => self.crowd()?,
                _ => self.one()?,
            }
        }
        Ok(self.notes)
    }

    /// Invites somebody, or removes them again.
    fn one(&mut self) -> Result<()> {
        let (channel, person) = self.pair();
        let is_inside = self.inside.contains(&(channel.clone(), person.clone()));
        let deed = match is_inside {
            true => Deed::Kick(person),
            false => Deed::Invite(vec![person]),
        };
        self.deed(&self.bot.clone(), channel, deed).map(drop)
    }

    /// Invites several at once, every other time with somebody who does not exist.
    fn crowd(&mut self) -> Result<()> {
        let (channel, first) = self.outsider();
        let mut people = vec![first];
        for _ in 0..self.dice.below(8) {
            let person = self.own_person();
            let key = (channel.clone(), person.clone());
            let known = self.inside.contains(&key) || self.lost.contains(&key);
            if !known && !people.contains(&person) {
                people.push(person);
            }
        }
        let deed = match self.dice.below(2) {
            0 => Deed::Invite(people),
            _ => Deed::Force(people, vec![NOBODY.to_owned()]),
        };
        self.deed(&self.bot.clone(), channel, deed).map(drop)
    }

    fn walk(&mut self) -> Result<()> {
        let walker = self.walker.clone();
        let channel = self.channel();
        let key = (channel.clone(), walker.user.clone());
        if self.lost.contains(&key) {
            return self.one();
        }
        let deed = match self.inside.contains(&key) {
            true => Deed::Leave,
            false => Deed::Join,
        };
        self.deed(&walker, channel, deed).map(drop)
    }

    /// Says something, and sometimes looks for it on the next node.
    fn post(&mut self) -> Result<()> {
        let (channel, text) = (self.channel(), self.unique("said"));
        let deed = Deed::Post(text.clone());
        let bot = self.bot.clone();
        if let Outcome::Done(answer) = self.deed(&bot, channel.clone(), deed)?
            && self.dice.below(3) == 0
        {
            let ts = answer["ts"].as_str().unwrap_or_default().to_owned();
            let look = Call::Look { channel, ts, text };
            self.call(&bot, look, Expected::Done)?;
        }
        Ok(())
    }

    /// Asks for what is refused.
    fn refused(&mut self) -> Result<()> {
        let (channel, stranger) = self.outsider();
        let mut by = self.bot.clone();
        let mine = |deed| Call::In {
            channel: channel.clone(),
            deed,
        };
        let with_nobody = vec![stranger.clone(), NOBODY.to_owned()];
        let (call, code) = match self.dice.below(8) {
            0 => (mine(Deed::Invite(with_nobody)), "user_not_found"),
            1 => {
                let known = self.inside.iter().find(|(at, who)| {
                    *at == channel && *who != self.walker.user && !who.starts_with("U0G")
                });
                let Some((_, member)) = known else {
                    return self.one();
                };
                let both = vec![stranger, member.clone()];
                (mine(Deed::Invite(both)), "already_in_channel")
            }
            2 => (mine(Deed::Kick(stranger)), "not_in_channel"),
            3 => {
                let (channel, deed) = (ARCHIVED.to_owned(), Deed::Invite(vec![stranger]));
                (Call::In { channel, deed }, "is_archived")
            }
            4 => {
                let name = TAKEN.to_owned();
                (Call::Create { name }, "name_taken")
            }
            5 => {
                by.token = NARROW_TOKEN.to_owned();
                (mine(Deed::Invite(vec![stranger])), "missing_scope")
            }
            6 => {
                let (channel, deed) = (NOWHERE.to_owned(), Deed::Post(self.unique("never")));
                (Call::In { channel, deed }, "channel_not_found")
            }
            _ => (
                mine(Deed::Invite(vec![by.user.clone()])),
                "cant_invite_self",
            ),
        };
        self.call(&by, call, Expected::Refused(code)).map(drop)
    }

    /// Two channels invite one single-channel guest at once.
    fn contest(&mut self) -> Result<()> {
        let Some(guest) = self.guests.pop() else {
            return self.one();
        };
        let [one, other] = match self.dice.some(self.load.size.channels, 2)[..] {
            [one, other] => [channel(one), channel(other)],
            _ => unreachable!("two were asked for"),
        };
        let number = self.notes.len();
        let bot = self.bot.clone();
        let calls = [one, other].map(|channel| {
            let deed = Deed::Invite(vec![guest.clone()]);
            Call::In { channel, deed }
        });
        let mut clients = Vec::new();
        for _ in 0..2 {
            clients.push(self.client(&bot)?);
        }
        let begin = self.load.begin;
        let ends: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = calls
                .iter()
                .zip(clients)
                .map(|(call, (node, mut client))| {
                    scope.spawn(move || {
                        let start = begin.elapsed();
                        let answer = call.send(&mut client);
                        (node, client, start, begin.elapsed(), answer)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join()).collect()
        });
        let expected = Expected::OneOf(number, "ura_max_channels");
        let mut won = None;
        let mut unknown = false;
        for (call, end) in calls.into_iter().zip(ends) {
            let (node, client, start, end, answer) =
                end.map_err(|_| anyhow::anyhow!("a client panicked"))?;
            let outcome = Outcome::of(answer.with_context(|| call.to_string())?);
            if outcome != Outcome::Unknown {
                self.clients.insert((node, bot.token.clone()), client);
            }
            unknown |= outcome == Outcome::Unknown;
            if let (Call::In { channel, .. }, true) = (&call, outcome.is_done()) {
                won = Some(channel.clone());
            }
            self.note(node, &bot, call, expected, (start, end), outcome);
        }
        if unknown {
            return Ok(());
        }
        if let Some(channel) = won {
            // Whoever is not known to be out is not asked again.
            let deed = Deed::Kick(guest.clone());
            if !self.deed(&bot, channel, deed)?.is_done() {
                return Ok(());
            }
        }
        self.guests.insert(0, guest);
        Ok(())
    }

    /// A channel of its own, and somebody of another organisation who is invited to it.
    fn connect(&mut self) -> Result<()> {
        let name = self.unique("shared");
        let bot = self.bot.clone();
        let create = Call::Create { name: name.clone() };
        let Outcome::Done(answer) = self.call(&bot, create, Expected::Done)? else {
            return Ok(());
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let channel = text(&answer["channel"]["id"]);
        let share = Call::Share {
            channel: channel.clone(),
        };
        let Outcome::Done(answer) = self.call(&bot, share, Expected::Done)? else {
            return Ok(());
        };
        let invitation = text(&answer["invite_id"]);
        if self.dice.below(5) == 0 {
            return Ok(());
        }
        let accept = Call::Accept {
            channel: channel.clone(),
            invitation: invitation.clone(),
            name,
        };
        let accepted = self.call(&Caller::guest(), accept, Expected::Done)?;
        if !accepted.is_done() || self.dice.below(5) == 0 {
            return Ok(());
        }
        let last = match self.dice.below(2) {
            0 => Call::Approve {
                channel,
                invitation,
            },
            _ => Call::Decline {
                channel,
                invitation,
            },
        };
        self.call(&bot, last, Expected::Done).map(drop)
    }

    /// Does something in a channel, and remembers what has come of it.
    fn deed(&mut self, by: &Caller, channel: String, deed: Deed) -> Result<Outcome> {
        let is_inside = match &deed {
            Deed::Invite(_) | Deed::Force(..) | Deed::Join => Some(true),
            Deed::Kick(_) | Deed::Leave => Some(false),
            Deed::Post(_) => None,
        };
        let about = deed.about(&by.user).into_iter();
        let keys: Vec<_> = about.map(|who| (channel.clone(), who.to_owned())).collect();
        let outcome = self.call(by, Call::In { channel, deed }, Expected::Done)?;
        for key in keys {
            match (&outcome, is_inside) {
                (_, None) => {}
                (Outcome::Done(_), Some(true)) => drop(self.inside.insert(key)),
                (Outcome::Done(_), Some(false)) => drop(self.inside.remove(&key)),
                (Outcome::Refused(_), _) => {}
                (Outcome::Unknown, _) => {
                    self.inside.remove(&key);
                    self.lost.insert(key);
                }
            }
        }
        Ok(outcome)
    }

    fn call(&mut self, by: &Caller, call: Call, expected: Expected) -> Result<Outcome> {
        let (node, mut client) = self.client(by)?;
        let start = self.load.begin.elapsed();
        let answer = call
            .send(&mut client)
            .with_context(|| format!("node {node}: {call} by {}", by.user))?;
        let outcome = Outcome::of(answer);
        let times = (start, self.load.begin.elapsed());
        // After an answer that did not come the connection is of no use.
        if outcome != Outcome::Unknown {
            self.clients.insert((node, by.token.clone()), client);
        }
        self.note(node, by, call, expected, times, outcome.clone());
        Ok(outcome)
    }

    fn note(
        &mut self,
        node: usize,
        by: &Caller,
        call: Call,
        expected: Expected,
        (start, end): (Duration, Duration),
        outcome: Outcome,
    ) {
        let is_failure = outcome.is_failure();
        self.notes.push(Note {
            lane: self.number,
            number: self.notes.len(),
            node,
            by: by.user.clone(),
            call,
            expected,
            start,
            end,
            outcome,
        });
        if is_failure {
            pause(COME_BACK);
        } else {
            self.load.calls.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// A connection to the next node that is up.
    fn client(&mut self, by: &Caller) -> Result<(usize, Client)> {
        loop {
            for _ in 0..self.load.fronts.len() {
                self.next = (self.next + 1) % self.load.fronts.len();
                let node = self.next;
                let kept = self.clients.remove(&(node, by.token.clone()));
                if let Some(client) = kept.filter(|client| !client.is_closed()) {
                    return Ok((node, client));
                }
                if self.load.up[node].load(Ordering::SeqCst)
                    && let Ok(client) = Client::connect(&self.load.fronts[node], &by.token)
                {
                    return Ok((node, client));
                }
            }
            anyhow::ensure!(
                !self.load.over.load(Ordering::SeqCst),
                "the load ended while no node was up"
            );
            pause(LOOK);
        }
    }

    fn channel(&mut self) -> String {
        channel(self.dice.below(self.load.size.channels))
    }

    fn own_person(&mut self) -> String {
        let lanes = self.load.size.lanes;
        person(self.dice.below(self.load.size.people / lanes) * lanes + self.number)
    }

    /// A channel and one of its people of whom it is known whether they are in it.
    fn pair(&mut self) -> (String, String) {
        loop {
            let pair = (self.channel(), self.own_person());
            if !self.lost.contains(&pair) {
                return pair;
            }
        }
    }

    /// The same with somebody who is not in it.
    fn outsider(&mut self) -> (String, String) {
        loop {
            let pair = self.pair();
            if !self.inside.contains(&pair) {
                return pair;
            }
        }
    }

    fn unique(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}-{}", self.number, self.made)
    }
}
