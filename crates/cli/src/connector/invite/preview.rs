//! Who would be added or refused, as far as it shows without inviting.

use super::{
    INVITE,
    ask::{answer, ask, scopes},
    members,
    report::{Outcome, Person},
    resolve::{self, Known},
    wanted::Wanted,
};
use crate::{
    connector::{
        outcome::{and, is_refusal, would_be_refused},
        target::Target,
    },
    output::note,
};
use anyhow::Result;
use guestlist_client::{
    Arguments,
    objects::{Channel, User},
};
use guestlist_domain::{ChannelKind, ScopeSet};
use guestlist_methods::find;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Tells of `people`, who are all that are wanted, what would become of them.
pub(super) async fn preview(
    target: &Target,
    id: &str,
    wanted: &[Wanted],
    people: &mut Vec<Person>,
) -> Result<()> {
    let info = Arguments::from_iter([("channel", id)]);
    let body = ask(target, "conversations.info", &info).await?;
    let channel = Channel::deserialize(&body["channel"])?;
    let token = answer(target, "auth.test", &Arguments::new()).await?;
    let is_bot = token.body["bot_id"].is_string();
    let scope = scopes(&token).and_then(|held| lacking(&channel, is_bot, held));
    // A server asks for the scope first.
    if let Some(code) = of_channel(&channel).filter(|_| scope.is_none()) {
        return Err(would_be_refused(&json!({"error": code})));
    }
    let caller = token.body["user_id"].as_str().unwrap_or_default();
    let mut known = Known::default();
    resolve::resolve(target, wanted, &mut known, people).await?;
    let members = members(target, id).await?;
    let outside: Vec<_> = people
        .iter()
        .filter_map(|person| person.id.clone())
        .collect();
    let outside: Vec<_> = outside
        .into_iter()
        .filter(|id| !members.contains(id))
        .collect();
    // Where everybody is in, nobody is invited, for which no scope is needed.
    if let Some(refusal) = scope.filter(|_| !outside.is_empty()) {
        for person in people {
            if person.id.as_ref().is_some_and(|id| members.contains(id)) {
                person.outcome = Outcome::AlreadyIn;
            }
        }
        return Err(would_be_refused(&refusal));
    }
    let learnt = known.learn(target, &outside).await;
    learnt.map_err(|error| match is_refusal(&error, "missing_scope") {
        true => and(
            error,
            "; a dry run looks up who each of them is, also where ids are given",
        ),
        false => error,
    })?;
    let taken = guests_with_a_channel(target, &known, &outside).await?;
    for person in people {
        let Some(id) = &person.id else { continue };
        person.outcome = if members.contains(id) {
            Outcome::AlreadyIn
        } else if id == caller {
            Outcome::Refused("cant_invite_self".to_owned())
        } else {
            // In the order of the server's checks.
            let code = of_person(&channel, known.user(id));
            match code.or(taken.contains(id).then_some("ura_max_channels")) {
                Some(code) => Outcome::Refused(code.to_owned()),
                None => Outcome::WouldBeAdded,
            }
        };
    }
    note("nobody was added; rules that do not show from outside may refuse more");
    Ok(())
}

/// Single-channel guests of whom the caller sees that they are in a channel.
async fn guests_with_a_channel(
    target: &Target,
    known: &Known,
    ids: &[String],
) -> Result<HashSet<String>> {
    let mut taken = HashSet::new();
    for id in ids {
        if !known
            .user(id)
            .is_some_and(|user| user.is_ultra_restricted && !user.deleted)
        {
            continue;
        }
        let of = [
            ("user", id.as_str()),
            ("types", "public_channel,private_channel"),
        ];
        let body = ask(target, "users.conversations", &Arguments::from_iter(of)).await?;
        if body["channels"]
            .as_array()
            .is_some_and(|channels| !channels.is_empty())
        {
            taken.insert(id.clone());
        }
    }
    Ok(taken)
}

/// The refusal of a token that lacks the scope to invite into this channel.
fn lacking(channel: &Channel, is_bot: bool, provided: &str) -> Option<Value> {
    let scopes = find(INVITE)?.spec.scopes;
    let scopes = if is_bot { scopes.bot } else { scopes.user };
    let held = provided.split(',').map(|scope| scope.trim().to_owned());
    let held = ScopeSet::from(held.collect::<Vec<_>>());
    let kind = match channel.is_private {
        true => ChannelKind::Private,
        false => ChannelKind::Public,
    };
    let needed = if !scopes.met_by(&held) {
        scopes.every()
    } else if !channel.is_im && !channel.is_mpim && !held.holds_any(scopes.of(kind)) {
        scopes.of(kind).to_vec()
    } else {
        return None;
    };
    Some(json!({"error": "missing_scope", "needed": needed.join(","), "provided": provided}))
}

fn of_channel(channel: &Channel) -> Option<&'static str> {
    if channel.is_im || channel.is_mpim {
        Some("method_not_supported_for_channel_type")
    } else if channel.is_archived {
        Some("is_archived")
    } else if channel.is_member == Some(false) {
        Some("not_in_channel")
    } else {
        None
    }
}

fn of_person(channel: &Channel, user: Option<&User>) -> Option<&'static str> {
    match user {
        Some(user) if user.id == "USLACKBOT" => Some("cant_invite"),
        None => Some("user_not_found"),
        Some(user) if user.deleted || user.is_invited_user => Some("user_not_found"),
        Some(user) if user.is_restricted && channel.is_general => Some("user_is_restricted"),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_invite_depends_on_the_channel_and_the_token() {
        let channel = |of: fn(&mut Channel)| {
            let mut channel = Channel::default();
            of(&mut channel);
            channel
        };
        let public = channel(|_| {});
        let private = channel(|c| c.is_private = true);
        let direct = channel(|c| c.is_im = true);
        for (channel, is_bot, held, needed) in [
            (&public, true, "channels:manage", ""),
            (&public, true, "users:read, channels:write.invites", ""),
            (&public, false, "channels:write", ""),
            (&private, true, "groups:write", ""),
            (&private, false, "groups:write.invites", ""),
            (&direct, true, "channels:manage", ""),
            (
                &public,
                true,
                "groups:write",
                "channels:write.invites,channels:manage",
            ),
            (
                &private,
                false,
                "channels:write",
                "groups:write.invites,groups:write",
            ),
            (
                &public,
                false,
                "channels:manage,chat:write",
                "channels:write.invites,channels:write,groups:write.invites,groups:write,im:write,mpim:write",
            ),
        ] {
            let refusal = lacking(channel, is_bot, held);
            let said = refusal.as_ref().map(|refusal| {
                assert_eq!(refusal["provided"], held);
                refusal["needed"].as_str().unwrap()
            });
            assert_eq!(said.unwrap_or_default(), needed, "{held}");
        }
    }

    #[test]
    fn what_shows_from_outside() {
        let channel = |of: fn(&mut Channel)| {
            let mut channel = Channel {
                is_member: Some(true),
                ..Channel::default()
            };
            of(&mut channel);
            of_channel(&channel)
        };
        assert_eq!(channel(|_| {}), None);
        assert_eq!(channel(|c| c.is_archived = true), Some("is_archived"));
        assert_eq!(
            channel(|c| c.is_member = Some(false)),
            Some("not_in_channel")
        );
        assert_eq!(
            channel(|c| c.is_im = true),
            Some("method_not_supported_for_channel_type")
        );

        let general = Channel {
            is_general: true,
            ..Channel::default()
        };
        let guest = User {
            is_restricted: true,
            ..User::default()
        };
        let removed = User {
            deleted: true,
            ..User::default()
        };
        assert_eq!(
            of_person(&general, Some(&guest)),
            Some("user_is_restricted")
        );
        assert_eq!(of_person(&Channel::default(), Some(&guest)), None);
        assert_eq!(of_person(&general, Some(&removed)), Some("user_not_found"));
        assert_eq!(of_person(&general, None), Some("user_not_found"));
    }
}
