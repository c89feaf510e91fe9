//! Acting on a conversation: the checks that come before a method's own, in one order for all.

use crate::{
    caller::Caller,
    change::Change,
    channel::{Channel, ChannelKind},
    facts::{Facts, Key, Stop},
    id::ChannelId,
    message::{Message, What},
    scope::Scopes,
    see::{self, Seen},
    time::Moment,
    token::TokenKind,
};
use std::sync::Arc;

/// Channels, public and private.
pub const CHANNELS: &[ChannelKind] = &[ChannelKind::Public, ChannelKind::Private];
/// DMs, between two and between several.
pub const DMS: &[ChannelKind] = &[ChannelKind::Im, ChannelKind::Mpim];

/// What a method asks of the conversation it acts on: each check with the refusal it answers.
/// A check without a refusal is not made.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a, R> {
    /// The method's scopes.
    pub scopes: &'a Scopes,
    /// The kinds it is for, as the caller's side sees them.
    pub kinds: &'a [ChannelKind],
    /// No such conversation, or none the caller may know of.
    pub not_found: R,
    /// A conversation of another kind.
    pub wrong_kind: R,
    /// It is archived.
    pub archived: Option<R>,
    /// It is being moved.
    pub migrating: Option<R>,
    /// The caller's organisation has suspended its keys.
    pub ekm_suspended: Option<R>,
    /// The caller is not in it.
    pub outsider: Option<R>,
    /// Its access list does not name the caller.
    pub not_listed: Option<R>,
    /// The token is a workspace token that was not granted it.
    pub not_granted: Option<R>,
}

/// What is worth loading before [`still_there`]. A bot is locked for it: asked for as a whole it is so at once.
pub fn oneself(caller: &Caller) -> Key {
    match caller.is_bot() {
        true => Key::User(caller.id()),
        false => Key::Standing(caller.id()),
    }
}

/// Nothing is done for callers who were removed, or have left the token's workspace, since they were looked up.
pub fn still_there<R>(facts: &Facts, caller: &Caller) -> Result<(), Stop<R>> {
    let standing = facts.standing(caller.id())?.filter(|one| !one.removed);
    let is_there = standing.is_some_and(|one| {
        // In a workspace of their organisation somebody acts as long as they are in it. A bot need not be
        // in it as a member, but if it was added to it, it is gone with that.
        let is_here = one.all_teams().any(|team| team == caller.team());
        let was_added = caller.user.teams.contains(&caller.team());
        let acts = is_here || caller.is_bot() && !was_added;
        caller.token.is_good_in(one.all_teams()) && (acts || !caller.token.is_org_wide())
    });
    match is_there {
        true => Ok(()),
        false => Err(Stop::Gone),
    }
}

/// The conversation `id`, unless a check fails; the first that does answers.
pub fn on<R>(
    facts: &Facts,
    caller: &Caller,
    id: Option<ChannelId>,
    terms: Terms<'_, R>,
) -> Result<Seen, Stop<R>> {
    match see::channel(facts, caller, id)? {
        Some(seen) => check(caller, seen, terms),
        None => Err(Stop::Refused(terms.not_found)),
    }
}

/// The same for a conversation already found.
pub fn check<R>(caller: &Caller, seen: Seen, terms: Terms<'_, R>) -> Result<Seen, Stop<R>> {
    if !terms.kinds.contains(&seen.kind()) {
        return Err(Stop::Refused(terms.wrong_kind));
    }
    caller
        .scope_for(terms.scopes, seen.kind())
        .map_err(Stop::Scope)?;
    let channel = &seen.channel;
    let listed = channel.access_list.is_empty() || channel.access_list.contains(&caller.id());
    let granted =
        caller.token.kind != TokenKind::Workspace || caller.token.channels.contains(&channel.id);
    let checks = [
        (channel.archived, terms.archived),
        (channel.migrating, terms.migrating),
        (
            caller
                .enterprise
                .as_ref()
                .is_some_and(|org| org.ekm_suspended),
            terms.ekm_suspended,
        ),
        (!seen.is_member(), terms.outsider),
        (!listed, terms.not_listed),
        (!granted, terms.not_granted),
    ];
    match checks
        .into_iter()
        .find_map(|(fails, refusal)| refusal.filter(|_| fails))
    {
        Some(refusal) => Err(Stop::Refused(refusal)),
        None => Ok(seen),
    }
}

/// Changes a conversation's settings: what is seen of it afterwards, and the change to make,
/// which leaves `what` in its history.
pub fn edit(
    caller: &Caller,
    seen: &Seen,
    what: What,
    moment: &mut Moment,
    edit: impl FnOnce(&mut Channel),
) -> (Seen, Change) {
    let ts = moment.tick();
    let mut channel = Channel::clone(&seen.channel);
    edit(&mut channel);
    channel.updated = ts;
    let channel = Arc::new(channel);
    let message = Message {
        ts,
        user: caller.id(),
        what,
    };
    (
        Seen {
            channel: channel.clone(),
            ..seen.clone()
        },
        Change::Edited { channel, message },
    )
}
