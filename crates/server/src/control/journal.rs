//! The journal: who did what and when, call by call.

use super::{Problem, limit, time_text, workspace};
use guestlist_domain::{
    AppId, Change, Entry, TeamId, Timestamp, UserId, invitation::Recipient, invite_request::State,
    message::What,
};
use guestlist_store::{Bookmark, Reader, Store};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Entries in one answer, about.
const USUAL: usize = 100;
/// Rows that are read for one answer at most, each of the calls that shared a commit.
const MOST_ROWS: usize = 10_000;

/// Which entries to tell of.
#[derive(Debug)]
pub struct WhichEntries {
    after: Option<Bookmark>,
    limit: usize,
    /// Of calls in these workspaces; in all where none is named.
    workspaces: Vec<TeamId>,
}

impl WhichEntries {
    /// Reads a query.
    pub fn read(query: &str) -> Result<Self, Problem> {
        let mut which = Self {
            after: None,
            limit: USUAL,
            workspaces: Vec::new(),
        };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "after" => which.after = Some(place(&value)?),
                "limit" => which.limit = limit(&value)?,
                "workspace" => which.workspaces.push(workspace(&value)?),
                other => {
                    let message = format!("`{other}` is none of after, limit, workspace");
                    return Err(Problem::invalid("invalid_request", message));
                }
            }
        }
        Ok(which)
    }
}

impl WhichEntries {
    /// Whether an entry is of a workspace that was named; one that came or went with others, too.
    fn asks(&self, entry: &Entry) -> bool {
        let named = |team: &TeamId| self.workspaces.contains(team);
        let of = |change: &Change| match change {
            Change::Added { seed } => seed.workspaces.iter().any(|one| named(&one.id)),
            Change::Removed { workspaces, .. } => workspaces.iter().any(named),
            _ => false,
        };
        self.workspaces.is_empty() || named(&entry.by.team) || entry.changes.iter().any(of)
    }
}

fn place(text: &str) -> Result<Bookmark, Problem> {
    text.parse().map_err(|_| {
        let message = format!("`after` is the `place` of an entry, not `{text}`");
        Problem::invalid("invalid_place", message)
    })
}

/// What one call has done. Nothing in it opens anything: no hash of a token, no secret, no link.
#[derive(Debug, Serialize, Deserialize)]
pub struct EntryView {
    /// Where the journal goes on after this entry and those that shared its commit.
    pub place: String,
    /// When, by the world's clock, in RFC 3339.
    pub at: String,
    /// The workspace acted in.
    pub workspace: TeamId,
    /// Who; absent for the control interface, and for what happens by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// Through which app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<AppId>,
    /// What, in order: each names its kind under `change`.
    pub changes: Vec<Map<String, Value>>,
}

/// Some entries, and where the journal goes on.
#[derive(Debug, Serialize, Deserialize)]
pub struct JournalPage {
    /// The entries; perhaps none of many that were looked at.
    pub entries: Vec<EntryView>,
    /// The place after all that was read, be it among the entries or not.
    pub place: String,
    /// Whether the journal may go on after `place`; if not, that was its end.
    pub more: bool,
}

/// Entries, none before what it depends on: about as many as asked for, since those that shared a commit
/// come together; fewer if there are no more, or not among as many rows as are read in one go.
pub async fn read_journal(store: &Store, which: WhichEntries) -> Result<JournalPage, Problem> {
    read_some(store, which, MOST_ROWS).await
}

/// The same in at most `left` rows.
async fn read_some(
    store: &Store,
    which: WhichEntries,
    mut left: usize,
) -> Result<JournalPage, Problem> {
    let (logged, is_shared) = (store.logged(), store.is_shared());
    let mut mark = match which.after.clone() {
        Some(Bookmark::Row(seq)) if !is_shared && seq > logged => {
            return Err(Problem::invalid(
                "invalid_place",
                "`after` is beyond the journal's end",
            ));
        }
        Some(after) if after.is_alike(&store.beginning()) => after,
        Some(_) => return Err(place_of_another()),
        None => store.beginning(),
    };
    // Rows that are not on the disk yet have not happened.
    let upto = (!is_shared).then_some(Bookmark::Row(logged));
    let read = move |reader: &mut Reader| {
        let (mut entries, mut more) = (Vec::new(), true);
        while more && left > 0 && entries.len() < which.limit {
            let rows = reader.entries_after(&mark, upto.as_ref())?;
            more = !rows.is_empty();
            for row in rows {
                if left == 0 || entries.len() >= which.limit {
                    break;
                }
                left -= 1;
                mark.pass(&row);
                let place = mark.to_string();
                let asked = row.entries.into_iter().filter(|entry| which.asks(entry));
                entries.extend(asked.map(|entry| view(entry, &place)));
            }
        }
        let place = mark.to_string();
        Ok(JournalPage {
            entries,
            place,
            more,
        })
    };
    store.glance_long(read).await
}

fn place_of_another() -> Problem {
    let message = "`after` is a place in the journal of another kind of store";
    Problem::invalid("invalid_place", message)
}

fn view(entry: Entry, place: &str) -> EntryView {
    let Entry { at, by, changes } = entry;
    EntryView {
        place: place.to_owned(),
        at: time_text(at),
        workspace: by.team,
        user: by.user,
        app: by.app,
        changes: changes.iter().map(told).collect(),
    }
}

/// What of a channel is another, by the message that tells so.
fn edited(message: &What) -> Option<&'static str> {
    match message {
        What::Topic(_) => Some("topic"),
        What::Purpose(_) => Some("purpose"),
        What::Renamed { .. } => Some("name"),
        What::Archived | What::Unarchived => Some("archived"),
        What::Text(_) | What::Joined { .. } | What::Left | What::Tombstone => None,
    }
}

/// The words and the blocks of what somebody alone was shown: they stand nowhere else.
fn words(what: &What) -> (Option<&str>, Option<Value>) {
    match what {
        What::Text(text) => {
            let blocks = text.blocks.as_deref();
            let blocks = blocks.and_then(|blocks| serde_json::from_str(blocks).ok());
            (Some(&text.text), blocks)
        }
        _ => (None, None),
    }
}

/// What is told of a change: whom and what it is about, and what tells it apart from others of its kind.
fn told(change: &Change) -> Map<String, Value> {
    let told = match change {
        Change::Joined {
            channel,
            user,
            inviter,
            ts,
        } => {
            json!({"change": "joined", "channel": channel, "user": user, "inviter": inviter, "ts": ts.ts()})
        }
        Change::Left {
            channel,
            user,
            by,
            ts,
        } => json!({"change": "left", "channel": channel, "user": user, "by": by, "ts": ts.ts()}),
        Change::Dropped { channel, user } => {
            json!({"change": "dropped", "channel": channel, "user": user})
        }
        Change::Created { channel } => {
            json!({"change": "created", "channel": channel.id, "name": channel.name, "kind": channel.kind})
        }
        Change::Edited { channel, message } => json!({
            "change": "edited", "channel": channel.id, "name": channel.name,
            "archived": channel.archived, "ts": message.ts.ts(), "what": edited(&message.what),
        }),
        Change::Posted { channel, message } => json!({
            "change": "posted", "channel": channel, "user": message.user, "ts": message.ts.ts(),
            "thread_ts": message.answers().map(Timestamp::ts),
        }),
        Change::Shown {
            channel,
            to,
            message,
        } => {
            let (text, blocks) = words(&message.what);
            json!({
                "change": "shown", "channel": channel, "user": message.user, "to": to, "ts": message.ts.ts(),
                "thread_ts": message.answers().map(Timestamp::ts), "text": text, "blocks": blocks,
            })
        }
        Change::Reworded {
            channel,
            message,
            ts,
            ..
        } => json!({
            "change": "reworded", "channel": channel, "user": message.user, "message": message.ts.ts(),
            "tombstone": message.what == What::Tombstone, "ts": ts.ts(),
        }),
        Change::Deleted {
            channel,
            message,
            ts,
        } => json!({
            "change": "deleted", "channel": channel, "user": message.user, "message": message.ts.ts(),
            "ts": ts.ts(),
        }),
        Change::DmClosed {
            channel,
            user,
            closed,
        } => json!({"change": "dm_closed", "channel": channel, "user": user, "closed": closed}),
        Change::Marked {
            channel,
            user,
            ts,
            at,
        } => json!({
            "change": "marked", "channel": channel, "user": user, "last_read": ts.ts(), "ts": at.ts(),
        }),
        Change::TokenMade { token } => json!({
            "change": "token_made", "kind": token.kind, "user": token.user, "app": token.app,
            "scopes": token.scopes,
        }),
        Change::TokenEdited { token } => json!({
            "change": "token_edited", "kind": token.kind, "user": token.user, "app": token.app,
            "scopes": token.scopes,
        }),
        Change::TokenRevoked { team, .. } => {
            json!({"change": "token_revoked", "workspace": team})
        }
        Change::Invitation {
            step, invitation, ..
        } => json!({
            "change": "invitation", "step": step, "invitation": invitation.id,
            "channel": invitation.channel, "inviter": invitation.inviter,
            "to": match &invitation.to {
                Recipient::Email(address) => address.clone(),
                Recipient::User(user) => user.to_string(),
            },
            "state": invitation.state,
        }),
        Change::Shared {
            channel,
            step,
            with,
        } => json!({"change": "shared", "step": step, "channel": channel.id, "workspace": with}),
        Change::Severed {
            channel,
            workspace,
            people,
            copy,
            ..
        } => json!({
            "change": "severed", "channel": channel.id, "workspace": workspace, "users": people,
            "copy": copy.as_ref().map(|copy| copy.id),
        }),
        Change::Raised { ts, event, .. } => {
            let payload = serde_json::to_value(event).unwrap_or_default();
            json!({"change": "raised", "event": payload["type"], "ts": ts.ts()})
        }
        Change::Mail { step, mail, .. } => {
            let mut told =
                json!({"change": "mail", "step": step, "mail": mail.id.ts(), "to": mail.to});
            match (mail.letter.invitation, mail.letter.user) {
                (_, Some(user)) => told["user"] = json!(user),
                (invitation, None) => told["invitation"] = json!(invitation),
            }
            told
        }
        Change::CodeMade { code } => json!({
            "change": "code_made", "app": code.app, "workspace": code.team, "user": code.user,
        }),
        Change::CodeUsed { .. } => json!({"change": "code_used"}),
        Change::UserMade { user } => {
            let mut told = json!({"change": "user_made", "user": user.id, "name": user.name});
            if user.is_invited() {
                told["invited"] = true.into();
            }
            told
        }
        Change::UserEdited { user, .. } => {
            let removed = user.removed && !user.is_invited();
            let mut told = json!({
                "change": "user_edited", "user": user.id, "name": user.name, "removed": removed,
            });
            if user.is_invited() {
                told["invited"] = true.into();
            }
            told
        }
        Change::UsergroupMade { group } => json!({
            "change": "usergroup_made", "usergroup": group.id, "name": group.name,
        }),
        Change::UsergroupEdited {
            group,
            added,
            removed,
            ..
        } => json!({
            "change": "usergroup_edited", "usergroup": group.id, "name": group.name,
            "disabled": group.disabled.is_some(), "added": added, "removed": removed,
        }),
        Change::UsergroupErased { group, .. } => json!({
            "change": "usergroup_erased", "usergroup": group,
        }),
        Change::InviteRequest { request } => {
            let mut told = json!({
                "change": "invite_request", "request": request.id, "state": request.state.stage(),
                "email": request.email, "requesters": request.requesters,
            });
            if let State::Approved(approval) = &request.state {
                told["user"] = json!(approval.user);
            }
            told
        }
        Change::Assigned { user, team } => json!({
            "change": "assigned", "user": user.id, "name": user.name, "workspace": team,
        }),
        Change::Unassigned { user, team } => json!({
            "change": "unassigned", "user": user.id, "name": user.name, "workspace": team,
        }),
        Change::AppMade { app } => json!({"change": "app_made", "app": app.id, "name": app.name}),
        Change::AppEdited { app } => {
            json!({"change": "app_edited", "app": app.id, "name": app.name})
        }
        Change::Deauthorized {
            app,
            team,
            user,
            org_wide,
            ..
        } => json!({
            "change": "deauthorized", "app": app, "workspace": team, "user": user,
            "organisation_wide": org_wide.then_some(true),
        }),
        Change::TeamAccess {
            app,
            user,
            granted,
            teams,
            ..
        } => json!({
            "change": if *granted { "team_access_granted" } else { "team_access_revoked" },
            "app": app, "user": user, "workspaces": teams,
        }),
        Change::Added { seed } => {
            let workspaces: Vec<_> = seed.workspaces.iter().map(|one| one.id).collect();
            json!({"change": "added", "workspaces": workspaces})
        }
        Change::Removed { workspaces, .. } => {
            json!({"change": "removed", "workspaces": workspaces})
        }
        Change::Uninstalled {
            app, team, user, ..
        } => json!({
            "change": "uninstalled", "app": app, "workspace": team,
            "organisation_wide": user.map(|_| true),
        }),
    };
    let Value::Object(mut told) = told else {
        return Map::new();
    };
    // What there is none of is left out.
    told.retain(|_, value| !value.is_null());
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use guestlist_domain::{Actor, Facts, Moment, Plan, Stop};
    use guestlist_store::{Clock, Decide, Directory, load_into, testing, world};
    use std::sync::Arc;

    #[test]
    fn questions_are_read_and_mistakes_told() {
        let which = WhichEntries::read("after=%3C3+1%3A7&limit=5").unwrap();
        assert_eq!(which.after.unwrap().to_string(), "<3 1:7");
        assert_eq!(which.limit, 5);
        for (query, code) in [
            ("after=x", "invalid_place"),
            ("after=", "invalid_place"),
            ("limit=0", "invalid_limit"),
            ("limit=1001", "invalid_limit"),
            ("before=1", "invalid_request"),
        ] {
            assert_eq!(WhichEntries::read(query).unwrap_err().code, code, "{query}");
        }
    }

    /// Somebody reads what is said in a channel.
    struct Reads;

    impl Decide for Reads {
        type Outcome = ();
        type Refusal = ();

        fn actor(&self) -> Actor {
            Actor::nobody("T0ACME".parse().unwrap())
        }

        fn decide(&self, _: &Facts, moment: &mut Moment) -> Result<Plan<()>, Stop<()>> {
            let (channel, user) = ("C0WELCOME".parse().unwrap(), "U0ADA".parse().unwrap());
            let (ts, at) = (moment.tick(), moment.tick());
            let changes = vec![Change::Marked {
                channel,
                user,
                ts,
                at,
            }];
            Ok(Plan {
                changes,
                outcome: (),
            })
        }
    }

    #[tokio::test]
    async fn where_nothing_is_found_an_answer_ends_and_the_next_goes_on() {
        let path = tempfile::tempdir().unwrap();
        let directory = Directory::hold(path.path()).unwrap();
        let directory = directory.with_store(testing::elsewhere());
        let seed = world::read("sample", world::SAMPLE, Timestamp(0), &mut || [0; 24])
            .unwrap()
            .seed;
        load_into(&directory, &seed, "sample", &mut |_, _| {}).unwrap();
        let store = Store::open(directory, Clock::default()).unwrap();
        for _ in 0..5 {
            store.write(Arc::new(Reads)).await.unwrap();
        }
        for (workspace, expected) in [
            ("T0GLOBEX", [(0, true), (0, true), (0, false)]),
            ("T0ACME", [(2, true), (2, true), (1, false)]),
        ] {
            let (mut pages, mut place, mut more) = (Vec::new(), None, true);
            while more {
                let which = WhichEntries {
                    after: place,
                    limit: USUAL,
                    workspaces: vec![workspace.parse().unwrap()],
                };
                let page = read_some(&store, which, 2).await.unwrap();
                pages.push((page.entries.len(), page.more));
                (place, more) = (page.place.parse().ok(), page.more);
            }
            assert_eq!(pages, expected, "{workspace}");
        }
    }
}
