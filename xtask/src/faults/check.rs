//! The checker: is what the clients were told what is there?
//!
//! Every call that was answered `ok` is there once, with all it leaves; none that was refused is there; one
//! without an answer is there as a whole or not at all; and nothing else is there.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::journal::{Call, Expected, Note, Outcome};
use super::place::GUEST_BOT;
use super::seen::{Invitation, Seen};
use crate::deed::{Deed, Touched};
use crate::sight::Sight;

/// Calls by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) done: usize,
    refused: usize,
    failed: usize,
    /// Without an answer, and there; or not.
    whole: usize,
    absent: usize,
}

/// Compares what is there in the end with what was there before and what the clients know.
pub(super) fn check(notes: &[Note], before: &Seen, after: &Seen) -> Result<Tally> {
    let mut tally = Tally::default();
    for note in notes {
        answered(note).with_context(|| note.to_string())?;
        match &note.outcome {
            Outcome::Done(_) => tally.done += 1,
            Outcome::Refused(_) if note.outcome.is_failure() => tally.failed += 1,
            Outcome::Refused(_) => tally.refused += 1,
            Outcome::Unknown => {}
        }
    }
    contests(notes)?;
    let mut channels = BTreeMap::new();
    for (id, there) in &after.channels {
        let wanted = before.channels.get(id).cloned().unwrap_or_default();
        let there = there.clone();
        channels.insert(id.clone(), Touched { there, wanted });
    }
    let mut check = Check {
        notes,
        after,
        names: before.names.clone(),
        channels,
        tally,
    };
    check.made()?;
    check.deeds()?;
    check.invitations()?;
    check.compare()?;
    guests(after)?;
    order(notes, after)?;
    Ok(check.tally)
}

/// Whether the answer is one that the call may have.
fn answered(note: &Note) -> Result<()> {
    let Note {
        call,
        expected,
        outcome,
        ..
    } = note;
    if *outcome == Outcome::Unknown || outcome.is_failure() {
        return Ok(());
    }
    match (expected, outcome) {
        (Expected::Done, Outcome::Done(answer)) => {
            if let Call::Look { text, .. } = call {
                ensure!(
                    answer["messages"][0]["text"] == text.as_str(),
                    "what another node had answered is not known: {answer}"
                );
            }
            Ok(())
        }
        (Expected::OneOf(..), Outcome::Done(_)) => Ok(()),
        (Expected::Refused(code) | Expected::OneOf(_, code), Outcome::Refused(given))
            if given == code =>
        {
            Ok(())
        }
        (Expected::Done, _) => bail!("refused, and nothing is wrong with it"),
        (Expected::Refused(code) | Expected::OneOf(_, code), _) => {
            bail!("this should have been refused with {code}")
        }
    }
}

/// Of two channels that invited a guest at once one won.
fn contests(notes: &[Note]) -> Result<()> {
    let mut contests: BTreeMap<(usize, usize), Vec<&Note>> = BTreeMap::new();
    for note in notes {
        if let Expected::OneOf(number, _) = note.expected {
            contests.entry((note.lane, number)).or_default().push(note);
        }
    }
    for notes in contests.values() {
        let won = notes.iter().filter(|note| note.outcome.is_done()).count();
        let unknown = notes.iter().any(|note| note.outcome == Outcome::Unknown);
        let lost = |note: &&&Note| !note.outcome.is_done() && !note.outcome.is_failure();
        let lost = notes.iter().filter(lost).count();
        ensure!(
            won <= 1 && (unknown || won == 1 || lost == 0),
            "of two that invited a guest at once {won} won:\n  {}",
            lines(notes)
        );
    }
    Ok(())
}

struct Check<'a> {
    notes: &'a [Note],
    after: &'a Seen,
    /// The channels that have to be there.
    names: BTreeMap<String, String>,
    channels: BTreeMap<String, Touched>,
    tally: Tally,
}

impl Check<'_> {
    /// A call without an answer turned out to be there or not.
    fn settled(&mut self, whole: bool) {
        match whole {
            true => self.tally.whole += 1,
            false => self.tally.absent += 1,
        }
    }

    /// Channels that were made have their name, their maker, and nobody else.
    fn made(&mut self) -> Result<()> {
        for note in self.notes {
            let Call::Create { name } = &note.call else {
                continue;
            };
            let found = self.after.names.get(name);
            let id = match &note.outcome {
                Outcome::Done(answer) => answer["channel"]["id"].as_str().map(str::to_owned),
                Outcome::Unknown if note.expected == Expected::Done => {
                    self.settled(found.is_some());
                    found.cloned()
                }
                Outcome::Unknown => {
                    self.settled(false);
                    None
                }
                Outcome::Refused(_) => None,
            };
            let Some(id) = id else {
                continue;
            };
            let channel = self.channels.get_mut(&id);
            let channel = channel.with_context(|| format!("{note}\n#{name} is not there"))?;
            channel.wanted.apply(&Deed::Join, &note.by);
            self.names.insert(name.clone(), id);
        }
        let words = |names: &BTreeMap<String, String>| {
            let pairs = names.iter().map(|(name, id)| format!("#{name} {id}"));
            pairs.collect::<BTreeSet<_>>()
        };
        let (wanted, there) = (words(&self.names), words(&self.after.names));
        let odd: Vec<_> = wanted.symmetric_difference(&there).collect();
        ensure!(
            odd.is_empty(),
            "channels that are either there or should be: {odd:?}"
        );
        Ok(())
    }

    /// What was answered is wanted, and then what was not answered if it is there.
    fn deeds(&mut self) -> Result<()> {
        let in_channels = |note: &&Note| match &note.call {
            Call::In { channel, .. } => self.channels.contains_key(channel),
            _ => false,
        };
        let mut notes: Vec<_> = self.notes.iter().filter(in_channels).collect();
        notes.sort_by_key(|note| (note.outcome == Outcome::Unknown, note.end));
        for note in notes {
            let Call::In { channel, deed } = &note.call else {
                continue;
            };
            let Some(touched) = self.channels.get_mut(channel) else {
                continue;
            };
            match &note.outcome {
                Outcome::Done(_) => touched.wanted.apply(deed, &note.by),
                Outcome::Refused(_) => {}
                Outcome::Unknown if matches!(note.expected, Expected::Refused(_)) => {
                    self.settled(false);
                }
                Outcome::Unknown => {
                    let whole = touched.settle(deed, &note.by);
                    let whole = whole.with_context(|| note.to_string())?;
                    self.settled(whole);
                }
            }
        }
        Ok(())
    }

    /// Each invitation is where its calls have brought it, and everybody was told once.
    fn invitations(&mut self) -> Result<()> {
        let mut steps: BTreeMap<&str, Vec<&Note>> = BTreeMap::new();
        for note in self.notes {
            if let Some((channel, _)) = step(&note.call) {
                steps.entry(channel).or_default().push(note);
            }
        }
        let mut others = self.after.invitations.clone();
        for (channel, notes) in steps {
            let there = others.remove(channel);
            let state = there.as_ref().map(|invitation| invitation.state.as_str());
            let (mut before, mut wanted) = (None, None);
            for note in &notes {
                let (_, to) = step(&note.call).expect("only steps are here");
                if note.outcome.is_done() {
                    before = Some(to);
                    wanted = before;
                } else if note.outcome == Outcome::Unknown {
                    wanted = Some(to);
                }
            }
            ensure!(
                state == before || state == wanted,
                "the invitation to {channel} is {state:?}, and should be {before:?} or {wanted:?}:\n  {}",
                lines(&notes)
            );
            if before != wanted {
                self.settled(state == wanted);
            }
            let Some(invitation) = there else {
                continue;
            };
            self.told(&invitation, &notes)?;
            if invitation.state == "approved" {
                let brought = Deed::Invite(vec![GUEST_BOT.to_owned()]);
                let touched = self.channels.get_mut(channel);
                let touched = touched.with_context(|| format!("{channel} is not there"))?;
                touched.wanted.apply(&brought, &notes[0].by);
            }
        }
        ensure!(others.is_empty(), "nobody has made these: {others:?}");
        Ok(())
    }

    /// Apps are told of each step once, and of none that was not taken.
    fn told(&self, invitation: &Invitation, notes: &[&Note]) -> Result<()> {
        let Invitation { id, state } = invitation;
        let wanted: &[&str] = match state.as_str() {
            "sent" => &["received"],
            "pending_approval" => &["received", "accepted"],
            end => &["received", "accepted", end],
        };
        let told = self.after.events.get(id).map_or(&[][..], Vec::as_slice);
        let wanted = wanted
            .iter()
            .map(|step| format!("shared_channel_invite_{step}"));
        let mut wanted: Vec<_> = wanted.collect();
        wanted.sort();
        ensure!(
            told == wanted,
            "of {id} was told {told:?} and not {wanted:?}:\n  {}",
            lines(notes)
        );
        Ok(())
    }

    fn compare(&self) -> Result<()> {
        for (channel, Touched { there, wanted }) in &self.channels {
            let unlike = there.unlike(wanted);
            let Some((about, _)) = unlike.first() else {
                continue;
            };
            let words: Vec<_> = unlike.iter().map(|(_, words)| words.as_str()).collect();
            let concerns = |note: &&Note| match &note.call {
                Call::In { channel: at, deed } => {
                    at == channel && deed.about(&note.by).contains(&about.as_str())
                }
                _ => false,
            };
            let calls: Vec<_> = self.notes.iter().filter(concerns).collect();
            bail!(
                "{channel} is not as it was answered: {}\nthe calls about {about} there:\n  {}",
                words.join("; "),
                lines(&calls)
            );
        }
        Ok(())
    }
}

/// The channel of a step in an invitation's life, and the state that it leads to.
fn step(call: &Call) -> Option<(&str, &'static str)> {
    match call {
        Call::Share { channel } => Some((channel, "sent")),
        Call::Accept { channel, .. } => Some((channel, "pending_approval")),
        Call::Approve { channel, .. } => Some((channel, "approved")),
        Call::Decline { channel, .. } => Some((channel, "declined")),
        Call::Create { .. } | Call::In { .. } | Call::Look { .. } => None,
    }
}

/// A single-channel guest is in one channel at most.
fn guests(after: &Seen) -> Result<()> {
    let mut places: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (channel, sight) in &after.channels {
        let guests = sight.members.iter().filter(|who| who.starts_with("U0G0"));
        for guest in guests {
            places.entry(guest).or_default().push(channel);
        }
    }
    for (guest, channels) in places {
        ensure!(
            channels.len() == 1,
            "{guest} may be in one channel and is in {channels:?}"
        );
    }
    Ok(())
}

/// A call that was sent after another had ended has a later time in the same channel.
fn order(notes: &[Note], after: &Seen) -> Result<()> {
    for (channel, sight) in &after.channels {
        let mut timed = times(notes, channel, sight)?;
        timed.sort_by_key(|(ts, _)| *ts);
        let mut ended: Option<(Duration, &str, &Note)> = None;
        for (ts, note) in timed.into_iter().rev() {
            if let Some((end, later, other)) = ended {
                ensure!(
                    note.start <= end,
                    "{ts} in {channel} is before {later}, and was asked for when that was answered:\n  {}",
                    lines(&[note, other])
                );
            }
            if ended.is_none_or(|(end, ..)| note.end < end) {
                ended = Some((note.end, ts, note));
            }
        }
    }
    Ok(())
}

/// The calls that were answered, each with the time of what it left.
fn times<'a>(
    notes: &'a [Note],
    channel: &str,
    sight: &'a Sight,
) -> Result<Vec<(&'a str, &'a Note)>> {
    let mut left: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for (ts, trace) in sight.times.iter().rev() {
        left.entry(trace).or_default().push(ts);
    }
    let mut timed = Vec::new();
    for note in notes {
        let (Call::In { channel: at, deed }, Outcome::Done(answer)) = (&note.call, &note.outcome)
        else {
            continue;
        };
        if at != channel {
            continue;
        }
        // Calls with the same traces are of one lane, which makes one after the other.
        for trace in deed.traces(&note.by) {
            let ts = left.get_mut(&trace).and_then(Vec::pop);
            let ts = ts.with_context(|| format!("{note}\n“{trace}” has no time"))?;
            if let Some(told) = answer["ts"].as_str() {
                ensure!(told == ts, "{note}\nis there with the time {ts}");
            }
            timed.push((ts, note));
        }
    }
    Ok(timed)
}

fn lines(notes: &[&Note]) -> String {
    let lines: Vec<_> = notes.iter().map(ToString::to_string).collect();
    lines.join("\n  ")
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            done,
            refused,
            failed,
            whole,
            absent,
        } = self;
        write!(
            f,
            "{done} done, {refused} refused, {failed} failed, {} without an answer ({whole} there in whole, {absent} not at all)",
            whole + absent
        )
    }
}
