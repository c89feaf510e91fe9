//! Who would be added or refused, as far as it shows without inviting.

use super::{
    ask::ask,
    members,
    report::{Outcome, Person},
    resolve::{self, Known},
    wanted::Wanted,
};
use crate::{
    connector::{outcome::would_be_refused, target::Target},
    output::note,
};
use anyhow::Result;
use guestlist_client::{
    Arguments,
    objects::{Channel, User},
};
use serde::Deserialize;
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
    if let Some(code) = of_channel(&channel) {
        return Err(would_be_refused(code));
    }
    let body = ask(target, "auth.test", &Arguments::new()).await?;
    let caller = body["user_id"].as_str().unwrap_or_default();
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
    known.learn(target, &outside).await?;
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
        Some(user) if user.deleted => Some("user_not_found"),
        Some(user) if user.is_restricted && channel.is_general => Some("user_is_restricted"),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
