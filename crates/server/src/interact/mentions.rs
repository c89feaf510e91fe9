//! People and channels that are named in what somebody types: as a client does it, by their ids.

use guestlist_domain::{Caller, Facts, Missing, User, mrkdwn, see};
use guestlist_store::{Reader, StoreError};

/// A text whose `@name` and `#name` are told by ids, where they name somebody of the workspace and a channel that
/// whoever types it sees. All else is what was typed: nobody makes a mention of it by writing one down.
pub(super) fn escaped(
    text: &str,
    person: &Caller,
    reader: &mut Reader,
) -> Result<String, StoreError> {
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    let mut last = None;
    while let Some(at) = rest.find(['@', '#']) {
        let (before, from) = rest.split_at(at);
        told.push_str(&mrkdwn::literal(before));
        last = before.chars().next_back().or(last);
        let begins = last.is_none_or(|c: char| c.is_whitespace() || c == '(');
        let name = if begins { name(&from[1..]) } else { "" };
        let found = match (name, &from[..1]) {
            ("", _) => None,
            (name, "@") => who(name, person, reader)?,
            (name, _) => which(name, person, reader)?,
        };
        match found {
            Some(mention) => told.push_str(&mention),
            None => told.push_str(&from[..1 + name.len()]),
        }
        let (typed, after) = from.split_at(1 + name.len());
        last = typed.chars().next_back();
        rest = after;
    }
    told.push_str(&mrkdwn::literal(rest));
    Ok(told)
}

/// The name that a text begins with. What ends a sentence does not belong to it.
fn name(text: &str) -> &str {
    let fits = |c: char| c.is_alphanumeric() || ['.', '_', '-'].contains(&c);
    let end = text.find(|c| !fits(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-'])
}

fn who(name: &str, person: &Caller, reader: &Reader) -> Result<Option<String>, StoreError> {
    let now = reader.now();
    // Whoever is in it may belong to another workspace of the organisation first.
    for home in reader.siblings(&person.workspace)? {
        let named = reader.users_by_name(home.id, name)?;
        let is_meant = |user: &&User| user.is_in(person.team()) && !user.is_gone(now);
        if let Some(user) = named.iter().find(is_meant) {
            return Ok(Some(format!("<@{}|{}>", user.id, user.name)));
        }
    }
    Ok(None)
}

fn which(name: &str, person: &Caller, reader: &mut Reader) -> Result<Option<String>, StoreError> {
    let look = |facts: &Facts| -> Result<_, Missing> {
        let channel = facts.handle(person.team(), name)?;
        see::channel(facts, person, channel)
    };
    let seen = reader.look(look)?;
    Ok(seen.map(|seen| {
        let (channel, team) = (&seen.channel, seen.team);
        format!("<#{}|{}>", channel.id, channel.name_in(team))
    }))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_end_where_they_are_none_any_more() {
        for (text, found) in [
            ("ada please", "ada"),
            ("ada.l, hello", "ada.l"),
            ("ada.", "ada"),
            ("über-uns!", "über-uns"),
            (" ada", ""),
            ("", ""),
        ] {
            assert_eq!(name(text), found, "{text:?}");
        }
    }
}
