//! What `conversations.list` and `users.conversations` have in common: arguments, scopes, and
//! pages of what the caller may see.

use crate::{arguments::Arguments, contract::BadArguments, paging::Page};
use guestlist_domain::{ChannelId, ChannelKind, TeamId};

/// The kind in these methods' cursors, for which Slack says `team` where a conversation's id is.
pub const CURSOR: &str = "team";
const DEFAULT_LIMIT: usize = 100;

/// A method's codes for arguments that cannot be understood.
#[derive(Clone, Copy, Debug)]
pub struct Invalid<E> {
    /// For `cursor`.
    pub cursor: E,
    /// For `limit`.
    pub limit: E,
    /// For `types`.
    pub types: E,
}

/// Which conversations, and which page of them.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The kinds, as they are on the caller's side.
    pub types: Vec<ChannelKind>,
    /// Leave archived ones out.
    pub exclude_archived: bool,
    /// The workspace an organisation-wide token is used for.
    pub team: Option<TeamId>,
    /// The page.
    pub page: Page<ChannelId>,
}

impl Listing {
    /// Reads the arguments.
    pub fn read<E: Copy>(given: &Arguments, invalid: Invalid<E>) -> Result<Self, BadArguments<E>> {
        let types = given.list("types").filter(|types| !types.is_empty());
        let types = types.unwrap_or_else(|| vec!["public_channel".to_owned()]);
        let types = types.iter().map(|name| kind(name)).collect::<Option<_>>();
        Ok(Self {
            types: types.ok_or(BadArguments::Refused(invalid.types))?,
            exclude_archived: given.flag("exclude_archived")?,
            team: given.id("team_id").flatten(),
            page: Page::read_strictly(given, CURSOR, DEFAULT_LIMIT, invalid.cursor, invalid.limit)?,
        })
    }
}

fn kind(name: &str) -> Option<ChannelKind> {
    Some(match name {
        "public_channel" => ChannelKind::Public,
        "private_channel" => ChannelKind::Private,
        "mpim" => ChannelKind::Mpim,
        "im" => ChannelKind::Im,
        _ => return None,
    })
}

#[cfg(feature = "server")]
mod server {
    use super::Listing;
    use guestlist_domain::{
        Caller, Channel, ChannelId, ChannelKind, Scopes, TokenKind,
        see::{self, Seen},
    };
    use guestlist_store::{Failure, Reader, StoreError};
    use std::sync::Arc;

    impl Listing {
        /// Lets callers pass that hold a scope for every type asked for and, with a token for a
        /// whole organisation, say which workspace they mean.
        pub(crate) fn admit<E>(
            &self,
            caller: &Caller,
            scopes: &Scopes,
            no_team: E,
        ) -> Result<(), Failure<E>> {
            if caller.token.kind == TokenKind::Org && self.team.is_none() {
                return Err(Failure::Refused(no_team));
            }
            self.types
                .iter()
                .try_for_each(|kind| caller.scope_for(scopes, *kind))
                .map_err(Failure::Scope)
        }

        /// The kinds among which the types asked for are found: a public channel of another
        /// organisation may be private on this side, and a private one public.
        pub(crate) fn kinds(&self) -> Vec<ChannelKind> {
            let either = [ChannelKind::Public, ChannelKind::Private];
            let mut kinds = self.types.clone();
            if either.iter().any(|kind| kinds.contains(kind)) {
                kinds.retain(|kind| kind.is_dm());
                kinds.extend(either);
            }
            kinds
        }

        /// Where those that the caller may see are found: the workspace's public channels, and the
        /// conversations they are in. Other people's private ones are never read, however many.
        pub(crate) fn candidates(
            &self,
            caller: &Caller,
            reader: &mut Reader,
            from: Option<ChannelId>,
            limit: usize,
        ) -> Result<Vec<Arc<Channel>>, StoreError> {
            let open = self.types.contains(&ChannelKind::Public) && caller.user.guest.is_none();
            let hidden = self.types.contains(&ChannelKind::Private);
            let mut own = self.kinds();
            own.retain(|kind| match kind {
                ChannelKind::Public => !open,
                ChannelKind::Private => !open || hidden,
                _ => true,
            });
            let mut found = Vec::new();
            if !own.is_empty() {
                found = reader.channels_of(caller.id(), &own, from, limit)?;
            }
            if open {
                found.extend(reader.channels(
                    caller.team(),
                    &[ChannelKind::Public],
                    from,
                    limit,
                )?);
                found.sort_by_key(|channel| channel.id);
                found.dedup_by_key(|channel| channel.id);
                found.truncate(limit);
            }
            Ok(found)
        }

        /// The page of what the caller may see, and where the next one starts.
        pub(crate) fn fill(
            &self,
            caller: &Caller,
            reader: &mut Reader,
            mut fetch: impl FnMut(
                &mut Reader,
                Option<ChannelId>,
                usize,
            ) -> Result<Vec<Arc<Channel>>, StoreError>,
        ) -> Result<(Vec<Seen>, Option<ChannelId>), StoreError> {
            let keep = |reader: &mut Reader, channel: Arc<Channel>| {
                if self.exclude_archived && channel.archived {
                    return Ok(None);
                }
                let seen = reader.look(|facts| see::channel(facts, caller, Some(channel.id)))?;
                Ok(seen.filter(|seen| self.types.contains(&seen.kind())))
            };
            let with_id = |channel: Arc<Channel>| (channel.id, channel);
            self.page.fill(
                reader,
                |reader, from, limit| {
                    Ok(fetch(reader, from, limit)?
                        .into_iter()
                        .map(with_id)
                        .collect())
                },
                keep,
            )
        }
    }
}
