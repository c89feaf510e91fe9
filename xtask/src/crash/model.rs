//! What has to be there: what was answered, and those calls in flight that turn out to be there in whole.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::AddAssign;

use anyhow::{Context, Result, ensure};

use super::load::{Call, Note};
use crate::deed::Touched;
use crate::http::Client;
use crate::sight::{Sight, channels};
use crate::told::Joins;
use crate::world;

pub(super) struct Model {
    channels: Vec<Sight>,
    /// Id by name of the channels that the load has made.
    made: BTreeMap<String, String>,
    /// How many channels there were before.
    others: usize,
}

/// What became of the calls.
#[derive(Default)]
pub(super) struct Fates {
    pub(super) answered: u64,
    whole: u64,
    absent: u64,
}

impl Model {
    /// The world before the load.
    pub(super) fn read(client: &mut Client, count: usize) -> Result<Model> {
        let others = channels(client)?.len();
        let sights = (0..count).map(|n| Sight::read(client, &world::channel(n), "0"));
        let channels = sights.collect::<Result<_>>()?;
        Ok(Model {
            channels,
            made: BTreeMap::new(),
            others,
        })
    }

    /// How often each person has joined each channel of the world.
    pub(super) fn joins(&self) -> Joins {
        let of = |(n, sight): (usize, &Sight)| {
            let joins = sight.joins();
            let joins = joins.map(|(who, count)| ((world::channel(n), who.clone()), count));
            joins.collect::<Vec<_>>()
        };
        self.channels.iter().enumerate().flat_map(of).collect()
    }

    /// The same, and of the channels that the load has made, without what was before.
    pub(super) fn joins_since(&self, before: &Joins) -> Joins {
        let made = self
            .made
            .values()
            .map(|id| ((id.clone(), world::BOT.to_owned()), 1));
        let mut joins = self.joins();
        for (who, count) in before {
            if let Some(now) = joins.get_mut(who) {
                *now -= count;
            }
        }
        joins.retain(|_, count| *count > 0);
        joins.extend(made);
        joins
    }

    pub(super) fn is_member(&self, channel: usize, person: &str) -> bool {
        self.channels[channel].members.contains(person)
    }

    /// Compares what a round has touched with what is there after its kill.
    pub(super) fn settle(
        &mut self,
        client: &mut Client,
        focus: &[usize],
        lanes: Vec<Vec<Note>>,
    ) -> Result<Fates> {
        let mut fates = Fates::default();
        let mut touched = BTreeMap::new();
        for &channel in focus {
            let before = &self.channels[channel];
            let there = Sight::read(client, &world::channel(channel), &before.newest)?;
            let wanted = Sight {
                members: before.members.clone(),
                ..Sight::default()
            };
            touched.insert(channel, Touched { there, wanted });
        }
        let mut in_flight = Vec::new();
        for Note { call, answer } in lanes.into_iter().flatten() {
            let Some(answer) = answer else {
                in_flight.push(call);
                continue;
            };
            fates.answered += 1;
            match call {
                Call::In { channel, deed } => touched
                    .entry(channel)
                    .or_default()
                    .wanted
                    .apply(&deed, world::BOT),
                Call::Create { name } => {
                    let id = answer["channel"]["id"]
                        .as_str()
                        .context("a channel without an id")?;
                    made(client, &name, id)?;
                    self.made.insert(name, id.to_owned());
                }
            }
        }
        // Lanes share neither people nor texts, so each of these can be judged by itself.
        for call in in_flight {
            let whole = match call {
                Call::In { channel, deed } => touched
                    .entry(channel)
                    .or_default()
                    .settle(&deed, world::BOT)
                    .with_context(|| world::channel(channel))?,
                Call::Create { name } => self.settle_made(client, name)?,
            };
            if whole {
                fates.whole += 1;
            } else {
                fates.absent += 1;
            }
        }
        for (channel, Touched { there, wanted }) in touched {
            there.must_be(&wanted, &world::channel(channel))?;
            self.channels[channel].add(&there);
        }
        Ok(fates)
    }

    /// Compares everything there is with everything that was ever answered.
    pub(super) fn compare_all(&self, client: &mut Client) -> Result<()> {
        for (n, wanted) in self.channels.iter().enumerate() {
            let channel = world::channel(n);
            Sight::read(client, &channel, "0")?.must_be(wanted, &channel)?;
        }
        for (name, id) in &self.made {
            made(client, name, id)?;
        }
        let listed = channels(client)?;
        for (name, id) in &self.made {
            ensure!(
                listed.get(name).is_some_and(|listed| listed == id),
                "#{name} is not listed"
            );
        }
        let expected = self.others + self.made.len();
        ensure!(
            listed.len() == expected,
            "{} channels are listed, not {expected}",
            listed.len()
        );
        Ok(())
    }

    /// Whether the channel of a call without an answer is there.
    fn settle_made(&mut self, client: &mut Client, name: String) -> Result<bool> {
        let Some(id) = channels(client)?.remove(&name) else {
            return Ok(false);
        };
        made(client, &name, &id)?;
        self.made.insert(name, id);
        Ok(true)
    }
}

/// A channel that the load has made holds the bot and nobody else.
fn made(client: &mut Client, name: &str, id: &str) -> Result<()> {
    let there = Sight::read(client, id, "0").with_context(|| format!("#{name}, {id}"))?;
    let alone = there.members.len() == 1 && there.members.contains(world::BOT);
    ensure!(
        alone,
        "#{name} ({id}) was made by the bot alone, but its members are {:?}",
        there.members
    );
    Ok(())
}

impl AddAssign for Fates {
    fn add_assign(&mut self, other: Fates) {
        self.answered += other.answered;
        self.whole += other.whole;
        self.absent += other.absent;
    }
}

impl fmt::Display for Fates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fates {
            answered,
            whole,
            absent,
        } = self;
        write!(
            formatter,
            "{answered} calls answered, {} answers lost ({whole} calls there in whole, {absent} not at all)",
            whole + absent
        )
    }
}
