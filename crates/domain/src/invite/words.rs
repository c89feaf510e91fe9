//! The checks of inviting in words.

use super::Ask;
use crate::{channel::ChannelKind, facts::Facts, see, trail::Told, workspace::Who};

/// Why the caller sees no such channel.
pub(super) fn unseen(facts: &Facts, ask: &Ask<'_>) -> Told {
    let caller = ask.caller;
    let (saw, remedy) = match ask.channel.map(|id| (id, facts.channel(id))) {
        None => (
            "what was given is no channel's id".to_owned(),
            "name a channel by its id".to_owned(),
        ),
        Some((id, Ok(Some(channel))))
            if matches!(see::channel(facts, caller, Some(id)), Ok(None)) =>
        {
            let inside = facts.membership(id, caller.id()).is_ok_and(|m| m.is_some());
            if channel.is_in(caller.team(), false) || channel.connection(caller.team()).is_some() {
                let hidden = match caller.user.guest {
                    Some(_) => "a guest sees only what they are in".to_owned(),
                    None => format!("{id} is private for {}", caller.team()),
                };
                let me = caller.id();
                (
                    format!(
                        "{hidden}; {me} {} in it",
                        if inside { "is" } else { "is not" }
                    ),
                    format!("let somebody in {id} invite {me}"),
                )
            } else {
                (
                    format!(
                        "{id} is a channel of {}, not of {}",
                        channel.team,
                        caller.team()
                    ),
                    format!("share {id} with {}", caller.team()),
                )
            }
        }
        Some((id, Ok(Some(_)))) => (format!("{id}, seen from {}", caller.team()), String::new()),
        Some((id, _)) => (
            format!("there is no conversation {id}"),
            "name a channel that exists".to_owned(),
        ),
    };
    Told::new(
        "the channel exists and the caller may know of it",
        saw,
        remedy,
    )
}

pub(super) fn kind(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Public => "public",
        ChannelKind::Private => "private",
        ChannelKind::Im => "im",
        ChannelKind::Mpim => "mpim",
    }
}

pub(super) fn nobody(saw: impl Into<String>) -> Told {
    Told::new(
        "there is such a person, and something connects them with the channel",
        saw,
        "name somebody of a workspace that has the channel",
    )
}

pub(super) fn who(who: Who) -> &'static str {
    match who {
        Who::Everyone => "everyone",
        Who::Admins => "admins",
        Who::Nobody => "nobody",
    }
}
