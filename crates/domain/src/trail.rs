//! The trail of a rule's checks, for whoever asks why.
//!
//! A rule demands one thing after the other, and each demand is told to whoever watches. In calls
//! nobody does: [`Blind`] looks at nothing. When somebody asks later, the same rule runs again over
//! the facts of that time with a [`Trail`]; so what is told is what decided.

use crate::{
    facts::{Facts, Key, Missing, Stop},
    time::{Moment, Timestamp},
    token::Token,
};

/// Who watches a rule's checks.
pub trait Watch {
    /// A check was made. What it looked at is put into words only where somebody reads them.
    fn saw(&mut self, passed: bool, told: &dyn Fn() -> Told);
    /// The checks that follow are about somebody else.
    fn about(&mut self, whom: &dyn Fn() -> String);
}

/// Nobody watches.
#[derive(Debug)]
pub struct Blind;

impl Watch for Blind {
    fn saw(&mut self, _passed: bool, _told: &dyn Fn() -> Told) {}
    fn about(&mut self, _whom: &dyn Fn() -> String) {}
}

/// A check in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What has to be so.
    pub demand: &'static str,
    /// What the check looked at.
    pub saw: String,
    /// The smallest change that would have passed it.
    pub remedy: String,
}

impl Told {
    /// A check in words.
    pub fn new(demand: &'static str, saw: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            demand,
            saw: saw.into(),
            remedy: remedy.into(),
        }
    }
}

/// One check of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Whom it is about, where a call names several.
    pub about: Option<String>,
    /// Whether it passed.
    pub passed: bool,
    /// The check in words.
    pub told: Told,
}

/// Checks in the order in which they were made.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// The checks.
    pub checks: Vec<Check>,
    about: Option<String>,
}

impl Watch for Trail {
    fn saw(&mut self, passed: bool, told: &dyn Fn() -> Told) {
        self.checks.push(Check {
            about: self.about.clone(),
            passed,
            told: told(),
        });
    }

    fn about(&mut self, whom: &dyn Fn() -> String) {
        self.about = Some(whom());
    }
}

/// Demands that something holds. The value that decides is the value that is told.
pub fn demand<R>(
    watch: &mut dyn Watch,
    holds: bool,
    otherwise: R,
    told: &dyn Fn() -> Told,
) -> Result<(), R> {
    watch.saw(holds, told);
    if holds { Ok(()) } else { Err(otherwise) }
}

/// Decides again as of then, only for the checks; what it comes to does not matter.
pub fn again<T, R>(
    then: Timestamp,
    decide: impl FnOnce(&mut Moment) -> Result<T, Stop<R>>,
) -> Result<(), Missing> {
    match decide(&mut Moment::new(then, then)) {
        Err(stop) => stop.missing().map_or(Ok(()), Err),
        Ok(_) => Ok(()),
    }
}

/// A copy of some of the facts: of each key what is known of it.
pub fn copy(facts: &Facts, keys: &[Key]) -> Facts {
    let mut copy = Facts::default();
    for key in keys {
        copy_one(facts, key, &mut copy);
    }
    copy
}

/// Copies what is known of one key.
pub fn copy_one(facts: &Facts, key: &Key, to: &mut Facts) {
    match key {
        Key::Enterprise(id) => {
            if let Ok(found) = facts.enterprise(*id) {
                to.put_enterprise(*id, found.cloned());
            }
        }
        Key::Workspace(id) => {
            if let Ok(found) = facts.workspace(*id) {
                to.put_workspace(*id, found.cloned());
            }
        }
        Key::User(id) => {
            if let Ok(found) = facts.user(*id) {
                to.put_user(*id, found.cloned());
            }
        }
        Key::Standing(id) => {
            if let Ok(found) = facts.standing(*id) {
                to.put_standing(*id, found);
            }
        }
        Key::Channel(id) => {
            if let Ok(found) = facts.channel(*id) {
                to.put_channel(*id, found.cloned());
            }
        }
        Key::Member(channel, user) => {
            if let Ok(found) = facts.membership(*channel, *user) {
                to.put_membership(*channel, *user, found);
            }
        }
        Key::Handle(team, handle) => {
            if let Ok(found) = facts.handle(*team, handle) {
                to.put_handle(*team, handle, found);
            }
        }
        Key::ChannelCount(user) => {
            if let Ok(found) = facts.channel_count(*user) {
                to.put_channel_count(*user, found);
            }
        }
        Key::MemberCount(channel) => {
            if let Ok(found) = facts.member_count(*channel) {
                to.put_member_count(*channel, found);
            }
        }
        Key::Token(team, hash) => {
            if let Ok(found) = facts.token(*team, *hash) {
                to.put_token(*hash, found.cloned());
            }
        }
        Key::App(id) => {
            if let Ok(found) = facts.app(*id) {
                to.put_app(*id, found.cloned());
            }
        }
        Key::Client(client_id) => {
            if let Ok(found) = facts.client(client_id) {
                to.put_client(client_id, found);
            }
        }
        Key::Code(hash) => {
            if let Ok(found) = facts.code(*hash) {
                to.put_code(*hash, found.cloned());
            }
        }
        Key::BotOf(app, team) => {
            if let Ok(found) = facts.bot_of(*app, *team) {
                to.put_bot_of(*app, *team, found);
            }
        }
        Key::TokensOf(app, team) => {
            if let Ok(found) = facts.tokens_of(*app, *team) {
                let tokens = found.into_iter().map(|token| Token::clone(token)).collect();
                to.put_tokens_of(*app, *team, tokens);
            }
        }
        Key::OrgTokensOf(app) => {
            if let Ok(found) = facts.org_tokens_of(*app) {
                let tokens = found.into_iter().map(|token| Token::clone(token)).collect();
                to.put_org_tokens_of(*app, tokens);
            }
        }
        Key::Roster(id) => {
            if facts.roster(*id).is_ok() {
                to.put_everybody(*id, facts.known_members(*id));
            }
        }
        Key::Usergroups(team) => {
            if let Ok(found) = facts.usergroups(*team) {
                to.put_usergroups(*team, found.clone());
            }
        }
        Key::InviteRequest(team, id) => {
            if let Ok(found) = facts.invite_request(*team, *id) {
                to.put_invite_request(*id, found.cloned());
            }
        }
        Key::Requested(team, email) => {
            if let Ok(found) = facts.requested(*team, email) {
                to.put_requested(*team, email, found);
            }
        }
        Key::Address(realm, address) => {
            if let Ok(found) = facts.people_at(realm, address) {
                to.put_address(realm, address, found);
            }
        }
        Key::Holders(place, address) => {
            if let Ok(found) = facts.holders(*place, address) {
                to.put_holders(*place, address, found);
            }
        }
        Key::Named(place, name) => {
            if let Ok(found) = facts.named(*place, name) {
                to.put_named(*place, name, found);
            }
        }
        Key::Siblings(id) => {
            if let Ok(found) = facts.siblings(*id) {
                to.put_siblings(*id, found.to_vec());
            }
        }
        // Only operators who add workspaces, or take them out, ask for these.
        Key::Bot(_) | Key::Link(_) | Key::Reach(_) => {}
        Key::Comings(_) => {}
        Key::Invitation(_)
        | Key::Offers(_)
        | Key::Mailed(..)
        | Key::Links(..)
        | Key::Side(..)
        | Key::Mail(_) => facts.copy_connect(key, to),
        Key::Message(channel, ts) => {
            if let Ok(found) = facts.message(*channel, *ts) {
                to.put_message(*channel, *ts, found.cloned());
            }
        }
        Key::Replies(channel, ts) => {
            if let Ok(count) = facts.replies(*channel, *ts) {
                to.put_replies(*channel, *ts, count);
            }
        }
        Key::ChannelsOf(user) => {
            if let Ok(found) = facts.channels_of(*user) {
                to.put_channels_of(*user, found);
            }
        }
    }
}
