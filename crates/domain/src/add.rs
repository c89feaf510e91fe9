//! Adding workspaces, with all that is in them, to a world that goes on meanwhile.

use crate::{
    change::{Change, Plan},
    facts::{Facts, Key, Missing, Stop},
    seed::Seed,
    time::{Moment, Timestamp},
};
use std::sync::Arc;

pub mod by_admin;

/// How far times of messages and members may be ahead of the world's, in microseconds: they may have been
/// made while the file was read, and what happens next comes after them.
pub const AHEAD: i64 = 60 * 1_000_000;

/// Why they cannot be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum No {
    /// There is no workspace among them.
    Empty,
    /// These are there already: ids, client ids, and tokens in words that do not tell them.
    Taken(Vec<String>),
    /// Somebody came, said something or marked what they had read at a time that is still to come.
    ToCome(Timestamp),
}

/// What has to be known: that nothing of it is there.
pub fn needs(seed: &Seed) -> Vec<Key> {
    let mut needs = Vec::new();
    needs.extend(seed.enterprises.iter().map(|one| Key::Enterprise(one.id)));
    needs.extend(seed.workspaces.iter().map(|one| Key::Workspace(one.id)));
    needs.extend(seed.users.iter().map(|one| Key::Standing(one.id)));
    needs.extend(seed.channels.iter().map(|one| Key::Channel(one.id)));
    needs.extend(seed.apps.iter().map(|one| Key::App(one.id)));
    let clients = seed.apps.iter().filter_map(|app| app.client_id.clone());
    needs.extend(clients.map(Key::Client));
    let bots = seed.users.iter().filter_map(|user| user.bot);
    needs.extend(bots.map(|bot| Key::Bot(bot.id)));
    let links = seed
        .invitations
        .iter()
        .filter_map(|(_, one)| one.link.clone());
    needs.extend(links.map(Key::Link));
    let tokens = seed.tokens.iter();
    needs.extend(tokens.map(|one| Key::Token(one.team, one.hash)));
    let invitations = seed.invitations.iter();
    needs.extend(invitations.map(|(_, one)| Key::Invitation(one.id)));
    needs
}

/// Adds them: all, and only if nothing of it is there. What is not there cannot be locked, so whoever
/// decides this sees to it that nobody else adds meanwhile.
pub fn decide(facts: &Facts, seed: &Arc<Seed>, moment: &mut Moment) -> Result<Plan<()>, Stop<No>> {
    if seed.workspaces.is_empty() {
        return Err(Stop::Refused(No::Empty));
    }
    let taken = taken(facts, seed)?;
    if !taken.is_empty() {
        return Err(Stop::Refused(No::Taken(taken)));
    }
    let latest = moment.now().0.saturating_add(AHEAD);
    if let Some(newest) = seed.newest().filter(|newest| newest.0 > latest) {
        return Err(Stop::Refused(No::ToCome(newest)));
    }
    moment.skip_to(seed.newest_tick().min(Timestamp(latest)));
    let mut seed = seed.clone();
    if !seed.enterprises.is_empty() {
        let added = moment.tick();
        let enterprises = &mut Arc::make_mut(&mut seed).enterprises;
        enterprises.iter_mut().for_each(|one| one.added = added);
    }
    Ok(Plan {
        changes: vec![Change::Added { seed }],
        outcome: (),
    })
}

fn taken(facts: &Facts, seed: &Seed) -> Result<Vec<String>, Missing> {
    let mut taken = Vec::new();
    for one in &seed.enterprises {
        taken.extend(facts.enterprise(one.id)?.map(|_| one.id.to_string()));
    }
    for one in &seed.workspaces {
        taken.extend(facts.workspace(one.id)?.map(|_| one.id.to_string()));
    }
    for one in &seed.users {
        taken.extend(facts.standing(one.id)?.map(|_| one.id.to_string()));
        if let Some(bot) = one.bot
            && facts.bot(bot.id)?.is_some()
        {
            taken.push(bot.id.to_string());
        }
    }
    for one in &seed.channels {
        taken.extend(facts.channel(one.id)?.map(|_| one.id.to_string()));
    }
    for one in &seed.apps {
        taken.extend(facts.app(one.id)?.map(|_| one.id.to_string()));
        if let Some(client_id) = &one.client_id
            && facts.client(client_id)?.is_some()
        {
            taken.push(format!("the client id {client_id}"));
        }
    }
    for (_, one) in &seed.invitations {
        taken.extend(facts.invitation(one.id)?.map(|_| one.id.to_string()));
        if let Some(link) = &one.link
            && facts.link(link)?.is_some()
        {
            taken.push(format!("the link {link}"));
        }
    }
    for one in &seed.tokens {
        if facts.token(one.team, one.hash)?.is_some() {
            let whose = one.user.map(|user| user.to_string());
            let whose = whose.or(one.app.map(|app| app.to_string()));
            taken.push(format!("a token of {}", whose.unwrap_or_default()));
        }
    }
    Ok(taken)
}
