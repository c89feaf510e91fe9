//! Messages as their table has them.

use crate::{
    error::StoreError,
    postgres::apply,
    sql::{CachedStatement, Connection, params},
    tables,
};
use guestlist_domain::{Message, UserId, message::What};

/// A message's row.
pub(super) enum Said {
    Joined {
        user: i64,
        inviter: Option<i64>,
    },
    Document {
        doc: Box<str>,
        /// The message that it answers, and who does.
        answers: Option<(i64, UserId)>,
    },
}

impl Said {
    pub(super) fn answers(&self) -> Option<(i64, UserId)> {
        match self {
            Self::Joined { .. } => None,
            Self::Document { answers, .. } => *answers,
        }
    }
}

impl From<&Message> for Said {
    fn from(message: &Message) -> Self {
        match &message.what {
            What::Joined { inviter } => Self::Joined {
                user: message.user.key(),
                inviter: inviter.map(|id| id.key()),
            },
            _ => Self::Document {
                doc: tables::to_json(message).into(),
                answers: message.answers().map(|thread| (thread.0, message.user)),
            },
        }
    }
}

impl From<((i64, i64, i64), Said)> for apply::Said {
    fn from((key, said): ((i64, i64, i64), Said)) -> Self {
        match said {
            Said::Joined { user, inviter } => Self {
                key,
                joined: Some(user),
                inviter,
                doc: String::new(),
            },
            Said::Document { doc, .. } => Self {
                key,
                joined: None,
                inviter: None,
                doc: doc.into(),
            },
        }
    }
}

pub(super) fn put_messages(db: &Connection) -> Result<CachedStatement<'_>, StoreError> {
    Ok(db.prepare_cached(
        "insert or replace into message (team, channel, ts, joined, inviter, doc)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?)
}

pub(super) fn put_said(
    put: &mut CachedStatement<'_>,
    team: i64,
    channel: i64,
    ts: i64,
    said: &Said,
) -> Result<(), StoreError> {
    let (joined, inviter, doc) = match said {
        Said::Joined { user, inviter } => (Some(*user), *inviter, ""),
        Said::Document { doc, .. } => (None, None, &**doc),
    };
    put.execute(params![team, channel, ts, joined, inviter, doc])?;
    Ok(())
}

/// Writes below which message one is said, if it is an answer.
pub(super) fn put_reply(
    db: &Connection,
    (team, channel, ts): (i64, i64, i64),
    said: &Said,
) -> Result<(), StoreError> {
    if let Some((thread, author)) = said.answers() {
        db.prepare_cached(
            "insert or replace into reply (team, channel, thread, ts, author) values (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![team, channel, thread, ts, author.to_string()])?;
    }
    Ok(())
}

/// Writes a message of `channel`, which `team` owns.
pub(crate) fn put_posted(
    db: &Connection,
    team: i64,
    channel: i64,
    message: &Message,
) -> Result<(), StoreError> {
    let said = message.into();
    put_said(&mut put_messages(db)?, team, channel, message.ts.0, &said)?;
    put_reply(db, (team, channel, message.ts.0), &said)
}
