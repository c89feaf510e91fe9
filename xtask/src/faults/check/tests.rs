//! The checker bites: a history that is true passes, and one that is wrong in any way does not.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::faults::journal::Outcome;
use crate::sight::Trace;

const HERE: &str = "C0K0000000";
const THERE: &str = "C0K0000001";
const BOT: &str = "U0BOT000";
const GUEST: &str = "U0G0000001";

/// What the clients know, and what is there.
struct History {
    notes: Vec<Note>,
    before: Seen,
    after: Seen,
}

fn seen() -> Seen {
    let mut seen = Seen::default();
    for (name, id) in [("load-0", HERE), ("load-1", THERE)] {
        seen.names.insert(name.to_owned(), id.to_owned());
        let mut sight = Sight::default();
        sight.members.insert(BOT.to_owned());
        seen.channels.insert(id.to_owned(), sight);
    }
    seen
}

fn ok() -> Outcome {
    Outcome::Done(json!({"ok": true}))
}

fn refused(code: &str) -> Outcome {
    Outcome::Refused(code.to_owned())
}

fn invite(people: &[&str]) -> Deed {
    Deed::Invite(people.iter().map(|who| (*who).to_owned()).collect())
}

fn joined(user: &str) -> Trace {
    Trace::Joined {
        user: user.to_owned(),
        inviter: Some(BOT.to_owned()),
    }
}

fn said(text: &str) -> Trace {
    Trace::Said {
        user: BOT.to_owned(),
        text: text.to_owned(),
    }
}

impl History {
    /// The nth call is sent at second n and takes half of one.
    fn note(mut self, call: Call, expected: Expected, outcome: Outcome) -> Self {
        let number = self.notes.len();
        let start = Duration::from_secs(number as u64);
        self.notes.push(Note {
            lane: 0,
            number,
            node: 0,
            by: BOT.to_owned(),
            call,
            expected,
            start,
            end: start + Duration::from_millis(500),
            outcome,
        });
        self
    }

    fn call(self, channel: &str, deed: Deed, outcome: Outcome) -> Self {
        let channel = channel.to_owned();
        self.note(Call::In { channel, deed }, Expected::Done, outcome)
    }

    fn sight(&mut self, channel: &str) -> &mut Sight {
        self.after.channels.get_mut(channel).unwrap()
    }

    /// It is there once more, at a time.
    fn trace(mut self, channel: &str, ts: &str, trace: Trace) -> Self {
        let sight = self.sight(channel);
        *sight.traces.entry(trace.clone()).or_default() += 1;
        sight.times.insert(ts.to_owned(), trace);
        self
    }

    fn member(mut self, channel: &str, who: &str) -> Self {
        self.sight(channel).members.insert(who.to_owned());
        self
    }

    fn joined(self, channel: &str, ts: &str, who: &str) -> Self {
        self.trace(channel, ts, joined(who)).member(channel, who)
    }

    fn channel(mut self, name: &str, id: &str) -> Self {
        self.after.names.insert(name.to_owned(), id.to_owned());
        self.after.channels.insert(id.to_owned(), Sight::default());
        self
    }

    fn invitation(mut self, state: &str, events: &[&str]) -> Self {
        let (id, state) = ("I0ONE".to_owned(), state.to_owned());
        let events = events
            .iter()
            .map(|step| format!("shared_channel_invite_{step}"));
        let mut events: Vec<_> = events.collect();
        events.sort();
        self.after.events.insert(id.clone(), events);
        self.after
            .invitations
            .insert(HERE.to_owned(), Invitation { id, state });
        self
    }

    fn passes(self) -> Tally {
        check(&self.notes, &self.before, &self.after).unwrap()
    }

    /// The checker stops here, with these words.
    fn fails(self, words: &str) {
        let error = check(&self.notes, &self.before, &self.after).unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains(words), "{text}");
    }
}

fn history() -> History {
    History {
        notes: Vec::new(),
        before: seen(),
        after: seen(),
    }
}

#[test]
fn a_true_history_passes() {
    let kick = Deed::Kick("U0ONE".to_owned());
    let left = Trace::Left {
        user: "U0ONE".to_owned(),
    };
    let post = |text: &str| Deed::Post(text.to_owned());
    let tally = history()
        .call(HERE, invite(&["U0ONE", "U0TWO"]), ok())
        .joined(HERE, "01", "U0ONE")
        .joined(HERE, "02", "U0TWO")
        .call(HERE, kick, ok())
        .trace(HERE, "03", left)
        .call(HERE, invite(&["U0ONE"]), ok())
        .joined(HERE, "04", "U0ONE")
        .call(HERE, invite(&["U0LATE"]), Outcome::Unknown)
        .call(THERE, invite(&["U0LATE"]), Outcome::Unknown)
        .joined(THERE, "05", "U0LATE")
        .call(HERE, post("lost"), refused("service_unavailable"))
        .call(HERE, post("hello"), Outcome::Done(json!({"ts": "06"})))
        .trace(HERE, "06", said("hello"))
        .passes();
    let wanted = Tally {
        done: 4,
        failed: 1,
        whole: 1,
        absent: 1,
        ..Tally::default()
    };
    assert_eq!(tally, wanted);
}

#[test]
fn what_was_answered_may_not_be_lost() {
    let told = || history().call(HERE, invite(&["U0ONE"]), ok());
    told().fails("U0ONE should be a member and is not");
    told().member(HERE, "U0ONE").fails("is there 0×, not 1×");
    let only_message = told().trace(HERE, "01", joined("U0ONE"));
    only_message.fails("U0ONE should be a member and is not");
    let post = Deed::Post("hello".to_owned());
    history()
        .call(HERE, post, ok())
        .fails("is there 0×, not 1×");
}

#[test]
fn what_was_answered_may_not_be_there_twice() {
    let told = history().call(HERE, invite(&["U0ONE"]), ok());
    let told = told.joined(HERE, "01", "U0ONE");
    told.joined(HERE, "02", "U0ONE")
        .fails("is there 2×, not 1×");
    let post = Deed::Post("hello".to_owned());
    let told = history().call(HERE, post, Outcome::Unknown);
    let told = told.trace(HERE, "01", said("hello"));
    told.trace(HERE, "02", said("hello"))
        .fails("is there 2×, not 1×");
}

#[test]
fn what_had_no_answer_may_not_be_half_there() {
    let lost = || history().call(HERE, invite(&["U0ONE", "U0TWO"]), Outcome::Unknown);
    lost().joined(HERE, "01", "U0ONE").fails("half there");
    lost().member(HERE, "U0ONE").fails("half there");
    let both = lost().member(HERE, "U0ONE").member(HERE, "U0TWO");
    both.fails("half there");
    let gone = Deed::Kick("U0ONE".to_owned());
    let told = history().call(HERE, invite(&["U0ONE"]), ok());
    let told = told.trace(HERE, "01", joined("U0ONE"));
    told.call(HERE, gone, Outcome::Unknown).fails("half there");
}

#[test]
fn what_was_refused_may_not_be_there() {
    for code in ["internal_error", "service_unavailable"] {
        let failed = history().call(HERE, invite(&["U0ONE"]), refused(code));
        failed
            .joined(HERE, "01", "U0ONE")
            .fails("U0ONE is a member and should not be");
    }
    let channel = HERE.to_owned();
    let deed = invite(&["U0ONE", "U0NEVER"]);
    let call = Call::In { channel, deed };
    let code = Expected::Refused("user_not_found");
    for outcome in [refused("user_not_found"), Outcome::Unknown] {
        let channel = HERE.to_owned();
        let deed = invite(&["U0ONE", "U0NEVER"]);
        let told = history().note(Call::In { channel, deed }, code, outcome);
        told.joined(HERE, "01", "U0ONE")
            .fails("U0ONE is a member and should not be");
    }
    history()
        .note(call, code, ok())
        .fails("should have been refused");
}

#[test]
fn what_nobody_asked_for_may_not_be_there() {
    history()
        .joined(HERE, "01", "U0ONE")
        .fails("U0ONE is a member and should not be");
    history().channel("made", "C0MADE").fails("#made C0MADE");
}

#[test]
fn a_call_with_nothing_wrong_is_not_refused() {
    let told = history().call(HERE, invite(&["U0ONE"]), refused("already_in_channel"));
    told.fails("nothing is wrong with it");
}

#[test]
fn of_two_that_invite_a_guest_one_wins() {
    const CODE: &str = "ura_max_channels";
    let two = |one, other| {
        [(HERE, one), (THERE, other)]
            .into_iter()
            .fold(history(), |history, (channel, outcome)| {
                let (channel, deed) = (channel.to_owned(), invite(&[GUEST]));
                let expected = Expected::OneOf(0, CODE);
                history.note(Call::In { channel, deed }, expected, outcome)
            })
    };
    let won = two(ok(), refused(CODE));
    won.joined(HERE, "01", GUEST).passes();
    two(ok(), ok())
        .joined(HERE, "01", GUEST)
        .joined(THERE, "01", GUEST)
        .fails("2 won");
    two(refused(CODE), refused(CODE)).fails("0 won");
    two(Outcome::Unknown, Outcome::Unknown)
        .joined(HERE, "01", GUEST)
        .joined(THERE, "01", GUEST)
        .fails("may be in one channel");
}

#[test]
fn times_go_forward_with_the_calls() {
    let post = |text: &str| Deed::Post(text.to_owned());
    let two = |one: &str, other: &str| {
        history()
            .call(HERE, post("one"), Outcome::Done(json!({"ts": one})))
            .call(HERE, post("two"), Outcome::Done(json!({"ts": other})))
            .trace(HERE, one, said("one"))
            .trace(HERE, other, said("two"))
    };
    two("01", "02").passes();
    two("02", "01").fails("is before");
    // At the same time either may be first.
    let mut both = two("02", "01");
    both.notes[0].end = Duration::from_secs(2);
    both.passes();
    // Two who joined by one call are in no order.
    history()
        .call(HERE, invite(&["U0ONE", "U0TWO"]), ok())
        .joined(HERE, "02", "U0ONE")
        .joined(HERE, "01", "U0TWO")
        .passes();
    let answer = Outcome::Done(json!({"ts": "01"}));
    let told = history().call(HERE, post("one"), answer);
    told.trace(HERE, "02", said("one"))
        .fails("with the time 02");
}

#[test]
fn channels_are_there_once_they_were_made() {
    let make = |outcome| {
        let name = "made".to_owned();
        history().note(Call::Create { name }, Expected::Done, outcome)
    };
    let made = || Outcome::Done(json!({"channel": {"id": "C0MADE"}}));
    let alone = Trace::Joined {
        user: BOT.to_owned(),
        inviter: None,
    };
    let whole = |history: History| {
        let there = history.channel("made", "C0MADE").member("C0MADE", BOT);
        there.trace("C0MADE", "01", alone.clone())
    };
    whole(make(made())).passes();
    whole(make(Outcome::Unknown)).passes();
    make(Outcome::Unknown).passes();
    make(made()).fails("#made is not there");
    whole(make(refused("internal_error"))).fails("#made C0MADE");
    make(made())
        .channel("made", "C0MADE")
        .fails("should be a member and is not");
}

#[test]
fn invitations_are_where_their_calls_have_brought_them() {
    let share = |outcome| {
        let channel = HERE.to_owned();
        history().note(Call::Share { channel }, Expected::Done, outcome)
    };
    let accept = |history: History, outcome| {
        let accept = Call::Accept {
            channel: HERE.to_owned(),
            invitation: "I0ONE".to_owned(),
            name: "here".to_owned(),
        };
        history.note(accept, Expected::Done, outcome)
    };
    let approve = |history: History, outcome| {
        let approve = Call::Approve {
            channel: HERE.to_owned(),
            invitation: "I0ONE".to_owned(),
        };
        history.note(approve, Expected::Done, outcome)
    };
    let both = ["received", "accepted"];
    let all = ["received", "accepted", "approved"];
    share(ok()).invitation("sent", &["received"]).passes();
    share(ok()).fails("is None");
    share(Outcome::Unknown).passes();
    share(refused("internal_error"))
        .invitation("sent", &["received"])
        .fails("should be None");
    share(ok()).invitation("sent", &[]).fails("was told []");
    share(ok())
        .invitation("sent", &["received", "received"])
        .fails("was told");
    let accepted = || accept(share(ok()), ok());
    accepted().invitation("pending_approval", &both).passes();
    accepted()
        .invitation("sent", &["received"])
        .fails("is Some(\"sent\")");
    let unknown = || approve(accepted(), Outcome::Unknown);
    unknown().invitation("pending_approval", &both).passes();
    unknown()
        .invitation("approved", &all)
        .joined(HERE, "01", GUEST_BOT)
        .passes();
    // Half there.
    unknown()
        .invitation("approved", &all)
        .fails("should be a member and is not");
    unknown()
        .invitation("pending_approval", &both)
        .joined(HERE, "01", GUEST_BOT)
        .fails("is a member and should not be");
}

#[test]
fn what_one_node_answered_the_others_know() {
    let look = |messages: Value| {
        let look = Call::Look {
            channel: HERE.to_owned(),
            ts: "01".to_owned(),
            text: "hello".to_owned(),
        };
        let answer = Outcome::Done(json!({"messages": messages}));
        history().note(look, Expected::Done, answer)
    };
    look(json!([{"text": "hello"}])).passes();
    look(json!([])).fails("is not known");
}
