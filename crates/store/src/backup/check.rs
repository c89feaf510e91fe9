//! Looking a store over: the file's structure, the journal, every document, and whether tables that
//! speak of the same agree.

use super::open;
use crate::{
    error::{StoreError, chain},
    journal,
    sql::Connection,
    sqlite,
    tables::{self, document},
};
use guestlist_domain::{
    App, Channel, Enterprise, Invitation, InviteRequest, Token, User, UserId, Usergroup, Workspace,
};
use rusqlite::types::ValueRef;
use serde::de::DeserializeOwned;
use std::path::Path;

/// The most problems that are told of one kind.
const MOST: usize = 10;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Rows by table.
    pub rows: Vec<(&'static str, u64)>,
    /// The newest row of the journal.
    pub journal: i64,
    /// The newest row that the tables show. They catch up while nobody writes, and at a start.
    pub folded: i64,
    /// What was not looked at, and why.
    pub left_out: Vec<String>,
    /// What is wrong; nothing, of a sound store.
    pub problems: Vec<String>,
}

/// What tables have to agree on: the words for rows that break it, and a query for their keys. Slackbot
/// is in no table of people; its number takes the place of the name.
const RELATIONS: &[(&str, &str)] = &[
    (
        "a member's conversation is not there",
        "select m.channel, m.user from member m
         where not exists (select 1 from channel c where c.team = m.team and c.id = m.channel)",
    ),
    (
        "a member is no user",
        "select m.channel, m.user from member m
         where m.user <> SLACKBOT and not exists (select 1 from user u where u.id = m.user)",
    ),
    (
        "somebody is in a conversation, and not listed as being there",
        "select m.channel, m.user from member m
         where not exists (select 1 from place p where p.user = m.user and p.channel = m.channel)",
    ),
    (
        "somebody is listed as being in a conversation, and is not in it",
        "select p.channel, p.user from place p where not exists
         (select 1 from member m where m.team = p.team and m.channel = p.channel and m.user = p.user)",
    ),
    (
        "a message's conversation is not there",
        "select distinct m.channel, m.team from message m
         where not exists (select 1 from channel c where c.team = m.team and c.id = m.channel)",
    ),
    (
        "a reply is no message",
        "select r.channel, r.ts from reply r
         where not exists (select 1 from message m where m.team = r.team and m.channel = r.channel and m.ts = r.ts)",
    ),
    (
        "a message answers another, and is not listed as a reply",
        "select m.channel, m.ts from message m
         where m.doc like '%\"thread_ts\"%' and json_extract(m.doc, '$.what.text.thread_ts') <> m.ts
           and not exists (select 1 from reply r where r.team = m.team and r.channel = m.channel
             and r.thread = json_extract(m.doc, '$.what.text.thread_ts') and r.ts = m.ts)",
    ),
    (
        "a conversation's workspace is not there",
        "select c.id, c.team from channel c
         where not exists (select 1 from workspace w where w.team = c.team)",
    ),
    (
        "a shared channel is not there",
        "select s.channel, s.team from channel_share s
         where not exists (select 1 from channel c where c.team = s.owner and c.id = s.channel)",
    ),
    (
        "a token's workspace is not there",
        "select t.team, hex(t.hash) from token t
         where not exists (select 1 from workspace w where w.team = t.team)",
    ),
    (
        "a user group's workspace is not there",
        "select g.id, g.team from usergroup g
         where not exists (select 1 from workspace w where w.team = g.team)",
    ),
    (
        "an invite request's workspace is not there",
        "select r.id, r.team from invite_request r
         where not exists (select 1 from workspace w where w.team = r.team)",
    ),
    (
        "a user's workspace is not there",
        "select u.id, u.home from user u
         where not exists (select 1 from workspace w where w.team = u.home)",
    ),
];

/// Looks a store's file over, the one of a data directory or a copy. Others may read and write
/// meanwhile. `progress` is told the steps done and all of them.
pub fn check(path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Checked, StoreError> {
    let db = open(path)?;
    let mut checked = Checked::default();
    let steps = 4 + RELATIONS.len() as u64;
    progress(0, steps);

    structure(&db, &mut checked)?;
    progress(1, steps);
    if !checked.problems.is_empty() {
        checked.leave_out("the rows, since the file itself is damaged");
        return Ok(checked);
    }
    let version = sqlite::schema(&db)?;
    if version < sqlite::KNOWN {
        checked.leave_out(&format!(
            "the rows, which are of schema {version}: the next `guestlist serve` brings them up to {}",
            sqlite::KNOWN
        ));
        return Ok(checked);
    }
    read_journal(&db, &mut checked)?;
    progress(2, steps);
    read_documents(&db, &mut checked)?;
    progress(3, steps);
    for table in ["member", "message", "channel_share", "outbox", "mail"] {
        let sql = format!("select count(*) from {table}");
        let rows: i64 = db.query_row(&sql, [], |row| row.get(0))?;
        checked.rows.push((table, rows.unsigned_abs()));
    }
    progress(4, steps);
    if tables::is_torn(&db)? {
        checked.leave_out(
            "whether the tables agree, since they were just being brought up to the journal: try again",
        );
        return Ok(checked);
    }
    for (done, (words, sql)) in (5..).zip(RELATIONS) {
        relation(&db, words, sql, &mut checked)?;
        progress(done, steps);
    }
    Ok(checked)
}

impl Checked {
    fn leave_out(&mut self, what: &str) {
        self.left_out.push(what.to_owned());
    }
}

/// What SQLite says of its own trees and indexes.
fn structure(db: &Connection, checked: &mut Checked) -> Result<(), StoreError> {
    let mut pragma = db.prepare(&format!("pragma integrity_check({MOST})"))?;
    let mut rows = pragma.query([])?;
    loop {
        match rows.next() {
            Ok(None) => return Ok(()),
            Ok(Some(row)) => {
                let line: String = row.get(0)?;
                if line != "ok" {
                    checked.problems.push(format!("the file: {line}"));
                }
            }
            // A file that is damaged badly ends the check itself.
            Err(error) => {
                checked.problems.push(format!("the file: {error}"));
                return Ok(());
            }
        }
    }
}

/// Each row of the journal can be read, and none is missing.
fn read_journal(db: &Connection, checked: &mut Checked) -> Result<(), StoreError> {
    let mut problems = Vec::new();
    let mut newest = 0;
    let mut number = 0;
    let mut select = db.prepare("select seq, entries from journal order by seq")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        if seq != newest + 1 {
            let missing = newest + 1;
            problems.push(format!(
                "the journal: row {seq} comes where row {missing} should be"
            ));
        }
        if let Err(error) = journal::unpack(seq, row.get_ref(1)?) {
            problems.push(format!("the journal: {}", chain(&error)));
        }
        problems.truncate(MOST);
        newest = seq;
        number += 1;
    }
    let folded = tables::folded(db)?;
    if folded > newest {
        problems.push(format!(
            "the tables show row {folded} of the journal, whose newest is {newest}"
        ));
    }
    checked.rows.push(("journal", number));
    checked.journal = newest;
    checked.folded = folded;
    checked.problems.append(&mut problems);
    Ok(())
}

/// Each document can be read as what it is.
fn read_documents(db: &Connection, checked: &mut Checked) -> Result<(), StoreError> {
    documents::<Enterprise>(db, "enterprise", "id", checked)?;
    documents::<Workspace>(db, "workspace", "team", checked)?;
    documents::<User>(db, "user", "id", checked)?;
    documents::<Channel>(db, "channel", "id", checked)?;
    documents::<Usergroup>(db, "usergroup", "id", checked)?;
    documents::<InviteRequest>(db, "invite_request", "id", checked)?;
    documents::<App>(db, "app", "id", checked)?;
    documents::<Token>(db, "token", "hex(hash)", checked)?;
    documents::<Invitation>(db, "invitation", "id", checked)?;
    let mut problems = Vec::new();
    let mut select = db.prepare("select ts, joined, inviter, doc from message")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        if let Err(error) = tables::message(row, 0) {
            problems.push(chain(&error));
            problems.truncate(MOST);
        }
    }
    checked.problems.append(&mut problems);
    Ok(())
}

fn documents<T: DeserializeOwned>(
    db: &Connection,
    table: &'static str,
    key: &str,
    checked: &mut Checked,
) -> Result<(), StoreError> {
    let mut problems = Vec::new();
    let mut select = db.prepare(&format!("select {key}, doc from {table}"))?;
    let mut rows = select.query([])?;
    let mut number = 0;
    while let Some(row) = rows.next()? {
        number += 1;
        let text = row.get_ref(1)?.as_str().unwrap_or_default();
        if let Err(error) = document::<T>(table, shown(row.get_ref(0)?), text) {
            problems.push(chain(&error));
            problems.truncate(MOST);
        }
    }
    checked.rows.push((table, number));
    checked.problems.append(&mut problems);
    Ok(())
}

fn relation(
    db: &Connection,
    words: &str,
    sql: &str,
    checked: &mut Checked,
) -> Result<(), StoreError> {
    let slackbot = UserId::SLACKBOT.parse().map_or(0, UserId::key);
    let mut select = db.prepare(&sql.replace("SLACKBOT", &slackbot.to_string()))?;
    let mut rows = select.query([])?;
    let (mut number, mut first) = (0_u64, None);
    while let Some(row) = rows.next()? {
        number += 1;
        if first.is_none() {
            first = Some((shown(row.get_ref(0)?), shown(row.get_ref(1)?)));
        }
    }
    if let Some((one, other)) = first {
        checked.problems.push(format!(
            "{words}: {number} rows, the first with the keys {one} and {other}"
        ));
    }
    Ok(())
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        _ => "?".to_owned(),
    }
}
