//! Mail that the server writes: letters with invitations, and what became of each.
//!
//! A letter is part of the plan that sends the invitation: it is there when the invitation is, and
//! not otherwise. How it reads is not decided here, only what it tells.

use crate::{
    change::{Change, Plan},
    facts::{Facts, Missing, Stop},
    id::{InvitationId, TeamId, UserId},
    time::{Moment, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How long to wait after each attempt that failed, in minutes. One that fails after the last of
/// them was the last: a day and a half after the first.
const PAUSES: [i64; 9] = [1, 5, 15, 30, 60, 120, 240, 480, 960];

/// What a letter is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing: no mail was sent from here when it was written, and it is kept to be looked at.
    Kept,
    /// To be handed to the mail server.
    Queued,
    /// The same once more, since that has failed.
    Retrying,
    /// Nothing: the mail server has it.
    Sent,
    /// Somebody who sends it again: it could not be handed over.
    Dead,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Kept,
        Self::Queued,
        Self::Retrying,
        Self::Sent,
        Self::Dead,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Queued => "queued",
            Self::Retrying => "retrying",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    /// Whether it is on its way.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Retrying)
    }
}

/// A step in a letter's life, as the audit trail names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It was written.
    Written,
    /// It was handed over.
    Sent,
    /// It could not be handed over, and is tried again.
    Failed,
    /// It could not be handed over, and is not tried again.
    Died,
    /// Somebody lets it be sent once more.
    Again,
}

/// What an invitation's letter tells, as things stood when it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Which invitation to a channel, if it is that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<InvitationId>,
    /// Who is invited into the workspace, if it is that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Who invites.
    pub inviter: String,
    /// Of which workspace.
    pub workspace: String,
    /// To which channel, or channels with `, #` between.
    pub channel: String,
    /// In which words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// To post only.
    pub external_limited: bool,
    /// Until when.
    pub expires: Timestamp,
    /// The last part of the link.
    pub link: String,
}

/// A letter on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// When it was written; unique, so that it names the letter.
    pub id: Timestamp,
    /// To which address.
    pub to: String,
    /// What it tells.
    pub letter: Letter,
    /// What it is waiting for.
    pub state: State,
    /// How often it was tried, since it was written or sent again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
    /// When it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Why it could not be handed over last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// When something last happened to it.
    pub updated: Timestamp,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for this form"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What came of an attempt to hand a letter over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The mail server has it.
    Sent,
    /// It has not, and may have it later.
    Failed(String),
    /// It will never take it.
    Refused(String),
}

/// Why a letter is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAgain {
    /// There is no such letter.
    NotFound,
    /// It is on its way.
    Queued,
    /// No mail is sent from here.
    NoPost,
}

/// Writes a letter, to be sent if `post` and else to be kept.
pub fn write(team: TeamId, to: &str, letter: Letter, post: bool, moment: &mut Moment) -> Change {
    let now = moment.now();
    let mail = Mail {
        id: moment.name(),
        to: to.to_owned(),
        letter,
        state: if post { State::Queued } else { State::Kept },
        attempts: 0,
        due: post.then_some(now),
        failure: None,
        updated: now,
    };
    step(team, Step::Written, mail).1
}

/// Notes what came of an attempt, and tells what the letter waits for now. Nothing where it waited for none any
/// more.
pub fn attempted(
    facts: &Facts,
    id: Timestamp,
    attempt: &Attempt,
    moment: &Moment,
) -> Result<Plan<Option<State>>, Missing> {
    let Some((team, mail)) = facts.mail(id)? else {
        return Ok(Plan::nothing(None));
    };
    if !mail.state.is_open() {
        return Ok(Plan::nothing(None));
    }
    let now = moment.now();
    let mut next = Mail::clone(mail);
    next.updated = now;
    next.attempts += 1;
    next.due = None;
    let pause = PAUSES.get(next.attempts as usize - 1);
    let done = match (attempt, pause) {
        (Attempt::Sent, _) => {
            next.state = State::Sent;
            next.failure = None;
            Step::Sent
        }
        (Attempt::Failed(why), Some(minutes)) => {
            next.state = State::Retrying;
            next.failure = Some(why.clone());
            next.due = Some(Timestamp(now.0.saturating_add(minutes * 60_000_000)));
            Step::Failed
        }
        (Attempt::Failed(why), None) | (Attempt::Refused(why), _) => {
            next.state = State::Dead;
            next.failure = Some(why.clone());
            Step::Died
        }
    };
    Ok(Plan {
        outcome: Some(next.state),
        changes: vec![step(*team, done, next).1],
    })
}

/// Lets a letter be sent once more, whatever became of it.
pub fn again(
    facts: &Facts,
    id: Timestamp,
    post: bool,
    moment: &Moment,
) -> Result<Plan<Arc<Mail>>, Stop<NotAgain>> {
    let Some((team, mail)) = facts.mail(id)? else {
        return Err(Stop::Refused(NotAgain::NotFound));
    };
    if !post {
        return Err(Stop::Refused(NotAgain::NoPost));
    }
    if mail.state.is_open() {
        return Err(Stop::Refused(NotAgain::Queued));
    }
    let now = moment.now();
    let next = Mail {
        state: State::Queued,
        attempts: 0,
        due: Some(now),
        updated: now,
        ..Mail::clone(mail)
    };
    let (mail, change) = step(*team, Step::Again, next);
    Ok(Plan {
        changes: vec![change],
        outcome: mail,
    })
}

fn step(team: TeamId, step: Step, mail: Mail) -> (Arc<Mail>, Change) {
    let mail = Arc::new(mail);
    let change = Change::Mail {
        team,
        step,
        mail: mail.clone(),
    };
    (mail, change)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    struct Post {
        facts: Facts,
        now: Timestamp,
        id: Timestamp,
    }

    impl Post {
        fn new(post: bool) -> Self {
            let letter = Letter {
                invitation: Some("I0ONE".parse().unwrap()),
                user: None,
                inviter: "Ada".to_owned(),
                workspace: "Acme".to_owned(),
                channel: "ops".to_owned(),
                message: None,
                external_limited: true,
                expires: Timestamp::from_seconds(99),
                link: "zt-1".to_owned(),
            };
            let now = Timestamp::from_seconds(10);
            let mut facts = Facts::complete();
            let mut moment = Moment::new(now, Timestamp::default());
            let team = "T0ACME".parse().unwrap();
            let written = write(team, "gil@globex.test", letter, post, &mut moment);
            facts.apply(&written);
            let Change::Mail { mail, .. } = written else {
                panic!("a letter was written");
            };
            Self {
                facts,
                now,
                id: mail.id,
            }
        }

        fn mail(&self) -> Mail {
            Mail::clone(&self.facts.mail(self.id).unwrap().unwrap().1)
        }

        fn attempt(&mut self, attempt: &Attempt) -> Mail {
            let moment = Moment::new(self.now, self.now);
            let plan = attempted(&self.facts, self.id, attempt, &moment).unwrap();
            plan.changes.iter().for_each(|one| self.facts.apply(one));
            self.mail()
        }

        fn again(&mut self, post: bool) -> Result<Mail, Stop<NotAgain>> {
            let moment = Moment::new(self.now, self.now);
            let plan = again(&self.facts, self.id, post, &moment)?;
            plan.changes.iter().for_each(|one| self.facts.apply(one));
            Ok(self.mail())
        }
    }

    #[test]
    fn a_letter_is_tried_at_growing_distances_and_dies_in_the_end() {
        let mut one = Post::new(true);
        assert_eq!(
            (one.mail().state, one.mail().due),
            (State::Queued, Some(one.now))
        );
        let failed = Attempt::Failed("busy".to_owned());
        for minutes in PAUSES {
            let mail = one.attempt(&failed);
            assert_eq!(mail.state, State::Retrying);
            assert_eq!(mail.due, Some(Timestamp(one.now.0 + minutes * MINUTE)));
            one.now = mail.due.unwrap();
        }
        let dead = one.attempt(&failed);
        assert_eq!(
            (dead.state, dead.due, dead.attempts),
            (State::Dead, None, 10)
        );
        assert_eq!(dead.failure.as_deref(), Some("busy"));
        // It waits for none any more.
        assert_eq!(one.attempt(&Attempt::Sent), dead);
        // Sent again it begins anew, and remembers why it failed until it does not.
        let mail = one.again(true).unwrap();
        assert_eq!((mail.state, mail.attempts), (State::Queued, 0));
        assert_eq!(mail.failure.as_deref(), Some("busy"));
        assert_eq!(one.again(true), Err(Stop::Refused(NotAgain::Queued)));
        let sent = one.attempt(&Attempt::Sent);
        assert_eq!((sent.state, sent.failure), (State::Sent, None));
        assert_eq!(one.again(true).unwrap().state, State::Queued);
    }

    #[test]
    fn what_is_refused_dies_at_once() {
        let mut one = Post::new(true);
        let dead = one.attempt(&Attempt::Refused("no such mailbox".to_owned()));
        assert_eq!((dead.state, dead.attempts), (State::Dead, 1));
    }

    #[test]
    fn where_no_mail_is_sent_letters_are_kept() {
        let mut one = Post::new(false);
        assert_eq!((one.mail().state, one.mail().due), (State::Kept, None));
        assert_eq!(one.again(false), Err(Stop::Refused(NotAgain::NoPost)));
        assert_eq!(one.again(true).unwrap().state, State::Queued);
        one.id = Timestamp(1);
        assert_eq!(one.again(true), Err(Stop::Refused(NotAgain::NotFound)));
    }
}
