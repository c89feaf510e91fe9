//! Conversations, messages and invitations.

use super::{Rows, texts, unless};
use crate::world::{
    check::time_text,
    document::{self, Member, Subtype},
    shape::{Members, TextOr},
};
use guestlist_domain::{
    Channel, ChannelKind, Invitation, Message, Timestamp, UserId, channel,
    facts::Membership,
    invitation::{Acceptance, Recipient, State, lapse},
    message::{Text, What},
};

pub(super) fn channel(from: &Channel, rows: &Rows<'_>) -> document::Channel {
    document::Channel {
        id: Some(from.id.to_string()),
        name: (!from.name.is_empty()).then(|| from.name.clone()),
        kind: from.kind,
        creator: Some(from.creator.to_string()),
        created: Some(time_text(from.created)),
        updated: unless(from.updated, from.created),
        members: members(from, rows),
        general: from.general,
        archived: from.archived,
        mandatory: from.mandatory,
        read_only: from.read_only,
        guests_allowed: !from.no_guests,
        apps_allowed: !from.no_apps,
        access_list: texts(&from.access_list),
        workspaces: texts(&from.workspaces),
        org_wide: from.org_wide,
        shareable: !from.unshareable,
        legacy_shared: from.legacy_shared,
        migrating: from.migrating,
        member_limit: from.member_limit,
        connection_limit: from.connection_limit,
        connections: from
            .connections
            .iter()
            // In a DM they follow from who is in it.
            .filter(|_| !from.kind.is_dm())
            .map(|one| connection(one, from.created))
            .collect(),
        former: texts(&from.former),
        frozen: from.frozen.map(|frozen| document::Frozen {
            of: frozen.of.to_string(),
            until: time_text(frozen.until),
        }),
        topic: note(&from.topic, from),
        purpose: note(&from.purpose, from),
        previous_names: from.previous_names.clone(),
        messages: rows
            .messages
            .get(&from.id)
            .into_iter()
            .flatten()
            .map(|one| message(one))
            .collect(),
    }
}

fn members(channel: &Channel, rows: &Rows<'_>) -> Members {
    let usual = Membership::new(channel.created);
    let listed = rows.members.get(&channel.id).map_or(&[][..], Vec::as_slice);
    let unlisted = channel
        .parties
        .iter()
        .filter(|party| listed.iter().all(|(user, _)| user != *party));
    let everyone = listed
        .iter()
        .copied()
        .chain(unlisted.map(|party| (*party, usual)));
    Members::List(
        everyone
            .map(|(user, place)| member(user, place, usual))
            .collect(),
    )
}

fn member(user: UserId, place: Membership, usual: Membership) -> TextOr<Member> {
    let user = user.to_string();
    if place == usual {
        return TextOr::Text(user);
    }
    TextOr::More(Member {
        user,
        since: unless(place.since, usual.since),
        closed: place.closed,
        last_read: place.mark.map(|mark| mark.ts.ts()),
        marked: place.mark.map(|mark| time_text(mark.at)),
    })
}

fn connection(from: &channel::Connection, created: Timestamp) -> document::Connection {
    document::Connection {
        workspace: from.workspace.to_string(),
        external_limited: from.external_limited,
        name: from.name.clone(),
        private: from.private,
        connected: unless(from.connected, created),
    }
}

fn note(from: &channel::Note, channel: &Channel) -> Option<TextOr<document::Note>> {
    if *from == channel::Note::default() {
        // A group DM that says nothing of it has another.
        let is_group = channel.kind == ChannelKind::Mpim;
        return is_group.then(|| TextOr::Text(String::new()));
    }
    let by_creator = from.creator == Some(channel.creator) && from.last_set == channel.created;
    if by_creator && !from.value.is_empty() {
        return Some(TextOr::Text(from.value.clone()));
    }
    Some(TextOr::More(document::Note {
        value: from.value.clone(),
        creator: from.creator.map(|id| id.to_string()),
        last_set: unless(from.last_set, Timestamp::default()),
    }))
}

fn message(from: &Message) -> document::Message {
    let plain = document::Message {
        user: from.user.to_string(),
        ts: Some(from.ts.ts()),
        ..Default::default()
    };
    let of = |subtype| document::Message {
        subtype: Some(subtype),
        ..plain.clone()
    };
    match &from.what {
        What::Text(text) => written(text, plain),
        What::Joined { inviter } => document::Message {
            inviter: inviter.map(|id| id.to_string()),
            ..of(Subtype::ChannelJoin)
        },
        What::Left => of(Subtype::ChannelLeave),
        What::Topic(topic) => document::Message {
            topic: Some(topic.clone()),
            ..of(Subtype::ChannelTopic)
        },
        What::Purpose(purpose) => document::Message {
            purpose: Some(purpose.clone()),
            ..of(Subtype::ChannelPurpose)
        },
        What::Renamed { old_name, name } => document::Message {
            old_name: Some(old_name.clone()),
            name: Some(name.clone()),
            ..of(Subtype::ChannelName)
        },
        What::Archived => of(Subtype::ChannelArchive),
        What::Unarchived => of(Subtype::ChannelUnarchive),
        What::Tombstone => of(Subtype::Tombstone),
    }
}

fn written(text: &Text, plain: document::Message) -> document::Message {
    document::Message {
        text: Some(text.text.clone()),
        bot_id: text.bot.map(|id| id.to_string()),
        username: text.username.clone(),
        thread_ts: text.thread_ts.map(Timestamp::ts),
        edited: text.edited.map(Timestamp::ts),
        broadcast: text.broadcast,
        blocks: text.blocks.clone(),
        attachments: text.attachments.clone(),
        metadata: text.metadata.clone(),
        ..plain
    }
}

pub(super) fn invitation(from: &Invitation) -> document::Invitation {
    let to = match &from.to {
        Recipient::Email(email) => document::Recipient {
            email: Some(email.clone()),
            user: None,
        },
        Recipient::User(user) => document::Recipient {
            email: None,
            user: Some(user.to_string()),
        },
    };
    document::Invitation {
        id: Some(from.id.to_string()),
        channel: from.channel.to_string(),
        inviter: from.inviter.to_string(),
        to,
        external_limited: from.external_limited,
        message: from.message.clone(),
        requested: from.requested && !matches!(from.state, State::Requested | State::RequestDenied),
        state: from.state,
        created: Some(time_text(from.created)),
        updated: unless(from.updated, from.created),
        expires: unless(from.expires, lapse(from.created)),
        reviewer: from.reviewer.map(|id| id.to_string()),
        denial: from.denial.clone(),
        expected: from.expected.map(|expected| document::Expected {
            user: expected.user.to_string(),
            answer: expected.answer,
            at: time_text(expected.at),
        }),
        link: from.link.clone(),
        conf_code: from.conf_code.clone(),
        acceptance: from
            .acceptance
            .as_ref()
            .map(|one| acceptance(one, from.updated)),
    }
}

fn acceptance(from: &Acceptance, updated: Timestamp) -> document::Acceptance {
    let review = |review: &guestlist_domain::invitation::Review| document::Review {
        workspace: review.workspace.to_string(),
        user: review.user.map(|id| id.to_string()),
        at: unless(review.at, from.at),
        approved: review.approved,
    };
    document::Acceptance {
        workspace: from.workspace.to_string(),
        user: from.user.to_string(),
        name: from.name.clone(),
        private: from.private,
        at: unless(from.at, updated),
        expires: unless(from.expires, lapse(from.at)),
        awaiting: texts(&from.awaiting),
        reviews: from.reviews.iter().map(review).collect(),
    }
}
