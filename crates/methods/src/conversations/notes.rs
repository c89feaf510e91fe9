//! What `conversations.setTopic` and `conversations.setPurpose` have in common.

/// The most characters of a topic or a purpose.
pub const MOST_CHARACTERS: usize = 250;

#[cfg(feature = "server")]
pub(super) use server::set;

#[cfg(feature = "server")]
mod server {
    use guestlist_domain::{
        Caller, Channel, Moment, Plan, Stop, act, channel::Note, message::What, see::Seen,
    };

    /// Sets one of a channel's notes to `value`. Guests and post-only sides are refused as
    /// `restricted`; a value it has already leaves no message.
    pub(in super::super) fn set<R>(
        caller: &Caller,
        seen: Seen,
        restricted: R,
        value: &str,
        which: fn(&mut Channel) -> &mut Note,
        what: fn(String) -> What,
        moment: &mut Moment,
    ) -> Result<Plan<Seen>, Stop<R>> {
        if caller.user.guest.is_some() || seen.is_post_only() {
            return Err(Stop::Refused(restricted));
        }
        if which(&mut Channel::clone(&seen.channel)).value == value {
            return Ok(Plan::nothing(seen));
        }
        let note = Note {
            value: value.to_owned(),
            creator: Some(caller.id()),
            last_set: moment.now(),
        };
        let (seen, change) = act::edit(caller, &seen, what(value.to_owned()), moment, |channel| {
            *which(channel) = note
        });
        Ok(Plan {
            changes: vec![change],
            outcome: seen,
        })
    }
}
