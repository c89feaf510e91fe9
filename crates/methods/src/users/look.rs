//! Finding a user, as far as the caller may know of them.

use guestlist_domain::{Caller, TeamId, User, UserId, see};
use guestlist_store::{Reader, StoreError};
use std::sync::Arc;

/// A user as they stand to the caller.
pub(crate) enum Found {
    /// Of the caller's workspace or organisation.
    Inside(Arc<User>),
    /// Of another organisation, in a conversation with the caller.
    Outside(Arc<User>),
    /// Of an organisation that took part in a channel the caller is in, and does no more.
    Stranger(Arc<User>),
    /// Of a connected organisation, in no conversation with the caller.
    OutOfSight,
    /// Nobody, or a stranger.
    Nobody,
}

/// Looks a user up. Strangers are nobody: that an id is somebody's is told to those alone who
/// have to do with them.
pub(crate) fn user(
    reader: &mut Reader,
    caller: &Caller,
    id: Option<UserId>,
) -> Result<Found, StoreError> {
    let Some(id) = id else {
        return Ok(Found::Nobody);
    };
    if id.is_slackbot() {
        return Ok(Found::Inside(Arc::new(slackbot(caller))));
    }
    let Some(user) = reader.user(id)? else {
        return Ok(Found::Nobody);
    };
    if user.is_in(caller.team())
        || reader.look(|facts| see::same_org(facts, &caller.workspace, user.team))?
    {
        return Ok(Found::Inside(user));
    }
    if reader.share_a_channel(caller.id(), id)? {
        return Ok(Found::Outside(user));
    }
    if took_part(reader, caller, user.team)? {
        return Ok(Found::Stranger(user));
    }
    let links = reader.look(|facts| facts.links(caller.team(), user.team))?;
    Ok(match links.is_empty() {
        false => Found::OutOfSight,
        true => Found::Nobody,
    })
}

/// Whether `team` took part in a channel that the caller is in, or the caller has the copy of one:
/// then its people are spoken of in what can be read there.
fn took_part(reader: &mut Reader, caller: &Caller, team: TeamId) -> Result<bool, StoreError> {
    for channel in reader.shared_channels(caller.team())? {
        let host = channel.frozen.map(|frozen| frozen.host);
        if (channel.former.contains(&team) || host == Some(team))
            && reader.look(|facts| Ok(facts.membership(channel.id, caller.id())?.is_some()))?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Slackbot is in every workspace and in no table.
pub(super) fn slackbot(caller: &Caller) -> User {
    let mut user = User::new(UserId::slackbot(), caller.team(), "slackbot");
    user.real_name = "Slackbot".to_owned();
    user.display_name = "Slackbot".to_owned();
    user
}
