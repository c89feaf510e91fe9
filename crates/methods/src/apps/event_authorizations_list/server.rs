//! Reading.

use super::{Args, AuthorizationObject, CURSOR, Error, EventAuthorizationsList, Reply};
use crate::{
    handle::{Good, ReadForApp},
    paging::cursor,
};
use guestlist_domain::{
    App, AppId, TokenKind,
    event::{
        Event, EventId,
        audience::{Audience, Authorization, Installation},
        of_change,
    },
};
use guestlist_store::{Failure, Reader, StoreError};
use std::sync::Arc;

impl ReadForApp for EventAuthorizationsList {
    fn answer(app: AppId, args: &Args, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
        let refuse = |no| Err(Failure::Refused(no));
        let Some(context) = args.context else {
            return refuse(Error::InvalidEventContext);
        };
        if context.app != app {
            return refuse(Error::AuthMismatch);
        }
        let (Some(event), Some(app)) = (event(reader, context.event)?, reader.app(app)?) else {
            return refuse(Error::InvalidEventContext);
        };
        let audience = audience(reader, &app, &event)?;
        let all = audience.authorizations(app.id, &event, reader.now());
        let from = args.page.from.unwrap_or_default();
        let next = from.saturating_add(args.page.limit);
        let page = all.iter().skip(from).take(args.page.limit);
        Ok(Reply {
            authorizations: page.map(AuthorizationObject::from).collect(),
            cursor_next: (next < all.len()).then(|| cursor(CURSOR, next)),
        }
        .into())
    }
}

/// The event of this id: what an event says is in its change, and the journal keeps that.
fn event(reader: &mut Reader, id: EventId) -> Result<Option<Event>, StoreError> {
    let Some(row) = reader.row(id.at.seq)? else {
        return Ok(None);
    };
    let mut changes = row.entries.iter().flat_map(|entry| {
        let changes = entry.changes.iter();
        changes.map(|change| (entry.at, change))
    });
    let at = usize::try_from(id.at.change).unwrap_or(usize::MAX);
    let Some((when, change)) = changes.nth(at) else {
        return Ok(None);
    };
    let events = reader.look(|facts| of_change(facts, id.at, when, change))?;
    Ok(events.into_iter().find(|event| event.id == id))
}

/// One app's installations as they are now, and which of their users are where the event was.
fn audience(reader: &mut Reader, app: &Arc<App>, event: &Event) -> Result<Audience, StoreError> {
    let mut audience = Audience::default();
    audience.subscribe(app.clone());
    let channel = event.channel.as_ref().map(|channel| channel.id);
    for token in reader.tokens_of(app.id)? {
        if token.revoked || token.kind == TokenKind::AppLevel {
            continue;
        }
        let Some(installation) = reader.look(|facts| Installation::of(facts, &token))? else {
            continue;
        };
        let user = installation.user;
        let place = match channel {
            Some(channel) => reader.look(|facts| facts.membership(channel, user))?,
            None => None,
        };
        audience.install(installation, channel.filter(|_| place.is_some()));
    }
    Ok(audience)
}

impl From<&Authorization> for AuthorizationObject {
    fn from(one: &Authorization) -> Self {
        Self {
            enterprise_id: one.enterprise,
            team_id: one.team,
            user_id: one.user,
            is_bot: one.is_bot,
            is_enterprise_install: one.team.is_none(),
        }
    }
}
