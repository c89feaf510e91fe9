//! `guestlist invite`: many people, whatever happens on the way.

mod ask;
mod journal;
mod preview;
mod progress;
mod report;
mod resolve;
mod signal;
mod wanted;

use self::{
    ask::{Pages, ask},
    journal::{Job, Journal},
    progress::Progress,
    report::{Outcome, Person, Stopped},
    resolve::Known,
    wanted::Wanted,
};
use super::{
    args::InviteArgs,
    outcome::{REFUSED, after, ended, failed, not_known, refusal},
    target::{Target, Usual},
};
use crate::{
    exit::Usage,
    output::{NobodyReads, note},
};
use anyhow::{Error, Result};
use guestlist_client::{Account, Arguments, Attempt, Exchange, Source, Witness};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    io,
    path::Path,
    sync::Arc,
};

const INVITE: &str = "conversations.invite";

/// Invites everybody who is wanted.
pub(crate) async fn invite(args: &InviteArgs) -> Result<()> {
    let stdin = Some(Path::new("-"));
    if args.target.token_file.as_deref() == stdin && args.from.as_deref() == stdin {
        return Err(Usage("stdin holds the token or the people, not both".to_owned()).into());
    }
    let wanted = wanted::read(args)?;
    if wanted.is_empty() {
        note("nobody is on the list: there is nothing to do");
        return told(args, &[], Ok(())).end();
    }
    let usual = Usual {
        paced: !args.unpaced,
        ..Usual::job()
    };
    let target = Target::read(&args.target, &usual)?;
    target.need_token()?;
    let mut people = resolve::untried(&wanted);
    if args.dry_run {
        let end = preview::preview(&target, &args.channel, &wanted, &mut people).await;
        resolve::once_each(&mut people);
        return told(args, &people, end).end();
    }

    let job = Job::new(
        &target.base_url,
        &args.channel,
        wanted.iter().map(Wanted::text),
    );
    let path = args.journal.clone().unwrap_or_else(|| job.file());
    let mut journal = Journal::open(&path, &job)?;
    let goes_on = !journal.is_idle();
    if goes_on {
        note(&format!(
            "{}: going on from where this was stopped",
            path.display()
        ));
    }
    // Of whom it is not known what became of the call that named them.
    let mut unknown: HashSet<String> = journal.sent.clone();
    let all = async {
        resolve::resolve(&target, &wanted, &mut Known::default(), &mut people).await?;
        work(&target, args, &people, &mut journal, &mut unknown).await
    };
    let end = tokio::select! {
        biased;
        end = all => end,
        error = signal::told_to_stop() => Err(error),
    };
    resolve::once_each(&mut people);
    for person in &mut people {
        match &person.id {
            Some(id) => {
                if let Some(outcome) = journal.known.get(id) {
                    person.outcome = outcome.clone();
                } else if unknown.contains(id) {
                    person.outcome = Outcome::Unknown;
                }
            }
            // It was not asked who this is: it may be somebody who was sent for before.
            None if goes_on && person.outcome == Outcome::NotTried => {
                person.outcome = Outcome::Unknown;
            }
            None => {}
        }
    }
    let stopped = end.is_err();
    if stopped && !journal.is_idle() {
        let kept = journal.path().display();
        note(&format!(
            "{kept}: what was done is kept there; the same command goes on from it"
        ));
        return told(args, &people, end).end();
    }
    let told = told(args, &people, end);
    // What was done is known to nobody before the report was read.
    if stopped || told.is_written() {
        journal.close()?;
    } else if !journal.is_idle() {
        let kept = journal.path().display();
        note(&format!(
            "{kept}: what was done is kept there; the same command tells it again"
        ));
    }
    told.end()
}

/// A report that was printed, if it could be, and how the command ends.
struct Told {
    printed: Result<()>,
    end: Result<()>,
}

impl Told {
    /// Whether whoever reads has it, or wants no more of it.
    fn is_written(&self) -> bool {
        match &self.printed {
            Ok(()) => true,
            Err(error) => error.is::<NobodyReads>(),
        }
    }

    fn end(self) -> Result<()> {
        after(self.printed, self.end)
    }
}

/// Prints the report; it ends well when everybody is in as wished.
fn told(args: &InviteArgs, people: &[Person], end: Result<()>) -> Told {
    let stopped = end.as_ref().err().map(Stopped::by);
    let printed = report::print(args.format, &args.channel, people, stopped.as_ref());
    let well = people
        .iter()
        .all(|person| person.outcome.is_well(args.ensure));
    let end = match end {
        // The summary was told.
        Ok(()) if !well => Err(ended(REFUSED, "")),
        end => end,
    };
    Told { printed, end }
}

/// Invites who is not in yet, batch after batch, and notes what comes of it.
async fn work(
    target: &Target,
    args: &InviteArgs,
    people: &[Person],
    journal: &mut Journal,
    unknown: &mut HashSet<String>,
) -> Result<()> {
    let left = people.iter().filter_map(|person| person.id.as_ref());
    let left: Vec<&String> = left
        .filter(|id| match journal.known.get(*id) {
            None => true,
            // Who was in may be out again since.
            Some(Outcome::Added | Outcome::AlreadyIn) => args.ensure,
            Some(_) => false,
        })
        .collect();
    if left.is_empty() {
        return Ok(());
    }
    let members = members(target, &args.channel).await?;
    // Who was sent for, is in, and of whom no answer is known, came in by the call that was lost.
    let came = left.iter().filter(|id| members.contains(**id));
    let came = came.filter(|id| !journal.known.contains_key(**id));
    let came = came.map(|id| {
        let ours = journal.sent.contains(*id);
        (
            (*id).clone(),
            if ours {
                Outcome::Added
            } else {
                Outcome::AlreadyIn
            },
        )
    });
    let came: Vec<_> = came.collect();
    let rest: Vec<String> = left
        .into_iter()
        .filter(|id| !members.contains(*id))
        .cloned()
        .collect();
    journal.came(came)?;
    let gone = rest.iter().filter(|id| journal.known.contains_key(*id));
    let gone: Vec<String> = gone.cloned().collect();
    journal.forget(&gone)?;
    // Who is not in did not come in by a call of before.
    unknown.clear();
    let mut progress = Progress::new(rest.len());
    let mut queue: VecDeque<Vec<String>> = rest
        .chunks(args.batch as usize)
        .map(<[String]>::to_vec)
        .collect();
    while let Some(batch) = queue.pop_front() {
        let before: HashSet<String> = batch
            .iter()
            .filter(|id| journal.sent.contains(*id))
            .cloned()
            .collect();
        let arguments = Arguments::from_iter([
            ("channel", args.channel.clone()),
            ("users", batch.join(",")),
            ("force", "true".to_owned()),
        ]);
        let mut noted = Noted {
            journal: &mut *journal,
            unknown: &mut *unknown,
            batch: &batch,
            before: &before,
            failed: None,
        };
        let client = &target.client;
        let account = client.perform_before(&mut noted, INVITE, &arguments).await;
        if let Some(error) = noted.failed.take() {
            return Err(error);
        }
        let answered = outcomes(&account, &batch, &before);
        // Where the channel was asked, an attempt was lost that may still be on its way.
        let asked = account.attempts.iter().any(|one| one.method != INVITE);
        if answered.is_err() {
            match account.is_uncertain() {
                false if asked => noted.unknown.clear(),
                false => noted.take_back(&batch)?,
                true => {}
            }
            let came_in = account.came_in().iter();
            let came_in = came_in.map(|id| (id.clone(), Outcome::Added));
            noted.journal.came(came_in.collect())?;
        }
        let (came, again) = answered?;
        if !came.is_empty() {
            progress.done(came.len());
        }
        noted.journal.came(came)?;
        if !asked {
            noted.take_back(&again.concat())?;
        }
        unknown.clear();
        for again in again.into_iter().rev() {
            queue.push_front(again);
        }
    }
    Ok(())
}

/// Notes in the journal, and for the report, who may have been invited by a call under way.
struct Noted<'w> {
    journal: &'w mut Journal,
    unknown: &'w mut HashSet<String>,
    batch: &'w [String],
    /// Who was sent for earlier, in whatever came of it.
    before: &'w HashSet<String>,
    /// Why the journal does not have it.
    failed: Option<Error>,
}

impl Noted<'_> {
    /// These were not sent for by this call.
    fn take_back(&mut self, people: &[String]) -> Result<()> {
        self.unknown.clear();
        let only_now = people.iter().filter(|id| !self.before.contains(*id));
        let only_now = only_now.filter(|id| self.journal.sent.contains(*id));
        let only_now: Vec<String> = only_now.cloned().collect();
        self.journal.forget(&only_now)
    }
}

impl Witness for Noted<'_> {
    fn sends(&mut self) -> Result<(), Source> {
        let noted = match self.failed.take() {
            None => self.journal.sent(self.batch),
            Some(error) => Err(error),
        };
        match noted {
            Ok(()) => {
                self.unknown.extend(self.batch.iter().cloned());
                Ok(())
            }
            Err(error) => {
                let told = io::Error::other(format!("{error:#}"));
                self.failed = Some(error);
                Err(Arc::new(told))
            }
        }
    }

    fn came_to_nothing(&mut self) {
        if let Err(error) = self.take_back(self.batch) {
            self.failed = Some(error);
        }
    }
}

type Outcomes = Vec<(String, Outcome)>;

/// What became of a batch, and what is to be tried again. Fails with what stops all of it: the
/// channel or the token is refused, or there is no answer.
fn outcomes(
    account: &Account,
    batch: &[String],
    before: &HashSet<String>,
) -> Result<(Outcomes, Vec<Vec<String>>)> {
    account.end.as_ref().map_err(failed)?;
    let last = account.answer();
    if let Some(code) = last.and_then(Exchange::error)
        && account.is_uncertain()
    {
        return Err(not_known(INVITE, code));
    }
    let errors: HashMap<&str, &str> = last
        .and_then(|last| last.json.as_ref()?["errors"].as_array())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((entry["user"].as_str()?, entry["error"].as_str()?)))
        .collect();
    // An earlier attempt whose answer was lost may have brought somebody in.
    let repeated = account.attempts.iter().any(Attempt::is_uncertain);
    let of = |id: &String, code: &str| match code {
        "already_in_channel" if repeated || before.contains(id) => Outcome::Added,
        "already_in_channel" => Outcome::AlreadyIn,
        code => Outcome::Refused(code.to_owned()),
    };
    let named = |id: &String| {
        errors
            .get(id.as_str())
            .map(|code| (id.clone(), of(id, code)))
    };
    match last.and_then(Exchange::error) {
        None => {
            let came = batch
                .iter()
                .map(|id| named(id).unwrap_or((id.clone(), Outcome::Added)));
            Ok((came.collect(), Vec::new()))
        }
        Some(_) if batch.iter().any(|id| errors.contains_key(id.as_str())) => {
            let came: Outcomes = batch.iter().filter_map(named).collect();
            // Servers without `force` invite nobody when somebody fails.
            let rest: Vec<_> = batch
                .iter()
                .filter(|id| !errors.contains_key(id.as_str()))
                .cloned()
                .collect();
            Ok((came, if rest.is_empty() { vec![] } else { vec![rest] }))
        }
        // Some servers take fewer in one call.
        Some("too_many_users") if batch.len() > 1 => Ok((vec![], halves(batch))),
        Some(code) if is_about_a_person(code) => match batch {
            [one] => Ok((vec![(one.clone(), of(one, code))], vec![])),
            // It does not say who: halves tell.
            many => Ok((vec![], halves(many))),
        },
        Some(_) => {
            let body = last.and_then(|last| last.json.as_ref());
            Err(refusal(INVITE, body.unwrap_or(&Value::Null)))
        }
    }
}

fn halves(people: &[String]) -> Vec<Vec<String>> {
    let (left, right) = people.split_at(people.len() / 2);
    vec![left.to_vec(), right.to_vec()]
}

/// Whether a refusal speaks of somebody invited rather than of the channel or the caller.
fn is_about_a_person(code: &str) -> bool {
    matches!(
        code,
        "already_in_channel"
            | "app_cannot_join_channel"
            | "cant_invite"
            | "cant_invite_self"
            | "invitee_cant_see_channel"
            | "no_external_invite_permission"
            | "org_user_not_in_team"
            | "ura_max_channels"
            | "user_disabled"
            | "user_is_restricted"
            | "user_is_ultra_restricted"
            | "user_not_found"
    )
}

/// Who is in the channel.
async fn members(target: &Target, channel: &str) -> Result<HashSet<String>> {
    let mut arguments = Arguments::from_iter([("channel", channel), ("limit", "1000")]);
    let mut members = HashSet::new();
    let mut pages = Pages::default();
    loop {
        let body = ask(target, "conversations.members", &arguments).await?;
        let page = body["members"].as_array().into_iter().flatten();
        members.extend(page.filter_map(Value::as_str).map(str::to_owned));
        match pages.next(&body)? {
            None => return Ok(members),
            Some(next) => arguments.set("cursor", next),
        };
    }
}
