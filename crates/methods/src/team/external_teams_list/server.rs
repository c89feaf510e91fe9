//! The rows: one pass over the channels that are shared.

use super::{Args, CURSOR, Connected, Error, ExternalTeamsList, Reply, Row, Shared, Sort, Status};
use crate::{
    handle::{Ask, Good, Read},
    paging::cursor,
};
use guestlist_domain::{
    Caller, Channel, ChannelKind, TeamId, Timestamp, Workspace, connect::Actor,
};
use guestlist_store::{Failure, Reader, StoreError};
use serde_json::Map;
use std::collections::BTreeMap;

impl Read for ExternalTeamsList {
    fn is_long(_args: &Args) -> bool {
        true
    }

    fn answer(ask: &Ask<Args>, reader: &mut Reader) -> Result<Good<Reply>, Failure<Error>> {
        let Ask { caller, args, .. } = ask;
        if caller.user.guest.is_some() {
            return Err(Failure::Refused(Error::NotAllowed));
        }
        if !Actor::from(caller.as_ref()).may_manage() {
            return Err(Failure::Refused(Error::RestrictedAction));
        }
        let ours = filtered(args, caller, reader)?;
        let mut rows = rows(&ours, reader)?;
        rows.retain(|row| {
            !args.preferences && args.status.is_none_or(|only| only == row.connection_status)
        });
        match args.sort {
            Sort::Name => rows.sort_by_cached_key(|row| (row.team_name.clone(), row.team_id)),
            Sort::LastActive => rows.sort_by_key(|row| (row.last_active_timestamp, row.team_id)),
            Sort::Status => rows.sort_by_key(|row| (row.connection_status, row.team_id)),
        }
        if args.descending {
            rows.reverse();
        }
        let total_count = rows.len();
        if let Some(from) = args.from {
            let start = rows.iter().position(|row| row.team_id == from);
            rows.drain(..start.unwrap_or(total_count));
        }
        let next = rows.get(args.limit).map(|row| cursor(CURSOR, row.team_id));
        rows.truncate(args.limit);
        let organizations = rows;
        Ok(Good::from(Reply {
            organizations,
            total_count,
        })
        .page(next))
    }
}

/// The workspaces of the caller's organisation that are asked about.
fn filtered(
    args: &Args,
    caller: &Caller,
    reader: &Reader,
) -> Result<Vec<Workspace>, Failure<Error>> {
    let mut ours = reader.siblings(&caller.workspace)?;
    if args.workspaces.is_empty() {
        return Ok(ours);
    }
    for asked in &args.workspaces {
        let Some(known) = ours.iter().find(|one| Some(one.id) == *asked) else {
            return Err(Failure::Refused(Error::InvalidWorkspaceFilter));
        };
        if caller.user.bot.is_none() && !caller.user.is_in(known.id) {
            return Err(Failure::Refused(Error::UserCannotManageWorkspace));
        }
    }
    ours.retain(|one| args.workspaces.contains(&Some(one.id)));
    Ok(ours)
}

/// What is known of one partner.
#[derive(Default)]
struct Seen {
    public: u32,
    private: u32,
    im: u32,
    mpim: u32,
    with: Vec<TeamId>,
    pending: bool,
    last: Timestamp,
}

fn rows(ours: &[Workspace], reader: &mut Reader) -> Result<Vec<Row>, StoreError> {
    let mut partners: BTreeMap<TeamId, Seen> = BTreeMap::new();
    let us: Vec<TeamId> = match ours.first() {
        Some(one) => reader.siblings(one)?.iter().map(|one| one.id).collect(),
        None => Vec::new(),
    };
    for workspace in ours {
        for channel in reader.shared_channels(workspace.id)? {
            let last = reader.history(&channel, Timestamp(0), Timestamp(i64::MAX), true, 1)?;
            let last = last.first().map_or(channel.created, |message| message.ts);
            note(&mut partners, workspace.id, &us, &channel, last);
        }
    }
    let mut rows = Vec::with_capacity(partners.len());
    for (team, seen) in partners {
        let Some(partner) = reader.workspace(team)? else {
            continue;
        };
        let connection_status = if !seen.with.is_empty() {
            Status::Connected
        } else if seen.pending {
            Status::InReview
        } else {
            Status::Disconnected
        };
        let with = ours.iter().filter(|one| seen.with.contains(&one.id));
        rows.push(Row {
            team_id: team,
            team_name: partner.name.clone(),
            team_domain: partner.domain.clone(),
            public_channel_count: seen.public,
            private_channel_count: seen.private,
            im_channel_count: seen.im,
            mpim_channel_count: seen.mpim,
            connected_workspaces: with
                .map(|one| Connected {
                    workspace_id: one.id,
                    workspace_name: one.name.clone(),
                })
                .collect(),
            slack_connect_prefs: Map::new(),
            connection_status,
            last_active_timestamp: seen.last.seconds(),
            is_sponsored: false,
            canvas: Shared::default(),
            lists: Shared::default(),
        });
    }
    Ok(rows)
}

/// Counts a channel for each workspace of another organisation that has to do with it.
fn note(
    partners: &mut BTreeMap<TeamId, Seen>,
    here: TeamId,
    us: &[TeamId],
    channel: &Channel,
    last: Timestamp,
) {
    let frozen = channel.frozen.map(|frozen| frozen.host);
    let former = channel.former.iter().copied().chain(frozen);
    for team in former.filter(|team| !us.contains(team)) {
        let seen = partners.entry(team).or_default();
        seen.last = seen.last.max(last);
    }
    for team in channel.pending.iter().filter(|team| !us.contains(team)) {
        partners.entry(*team).or_default().pending = true;
    }
    for team in channel.sides().filter(|team| !us.contains(team)) {
        let seen = partners.entry(team).or_default();
        seen.last = seen.last.max(last);
        if channel.has_ended() {
            continue;
        }
        if !seen.with.contains(&here) {
            seen.with.push(here);
        }
        match channel.kind_in(here) {
            ChannelKind::Im => seen.im += 1,
            ChannelKind::Mpim => seen.mpim += 1,
            ChannelKind::Public => seen.public += 1,
            ChannelKind::Private => seen.private += 1,
        }
    }
}
