//! What is asked of the logs: the parameters of a call, and cursors.

use guestlist_domain::{
    Change, Timestamp, UserId,
    audit::{self, Action, Entry, EntryId},
    event::Position,
};
use guestlist_methods::paging;

/// The most actions that a call names.
const MOST_ACTIONS: usize = 30;
/// The most entries on a page, and how many where none are named.
const MOST: usize = 9999;
const USUAL: usize = 1000;
/// The parameters that there are.
const NAMES: [&str; 7] = [
    "oldest", "latest", "limit", "action", "actor", "entity", "cursor",
];
/// The longest name of an action and the longest id that are looked at, in bytes.
const MOST_NAME: usize = 100;
/// What cursors are of.
const CURSOR: &str = "audit";

/// Which entries are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    /// None before this second.
    pub(super) oldest: Timestamp,
    /// None after this time, the end of a second.
    pub(super) latest: Timestamp,
    /// At most so many, 1 to 9,999.
    pub(super) limit: usize,
    /// Only those that come before this one in the journal.
    pub(super) before: Option<EntryId>,
    /// Of one of these actions; of any where none is named.
    actions: Vec<String>,
    /// By this user.
    actor: Option<UserId>,
    /// About what has this id.
    entity: Option<String>,
}

impl Question {
    /// Reads a query. Of several parameters of one name the last counts; an empty one is none, and one that nobody
    /// knows is ignored. Answers with a line for each that cannot be understood, which names it.
    pub(super) fn read(query: &str) -> Result<Self, Vec<String>> {
        let mut question = Self {
            oldest: Timestamp(0),
            latest: Timestamp(i64::MAX),
            limit: USUAL,
            before: None,
            actions: Vec::new(),
            actor: None,
            entity: None,
        };
        // No more of them than there are names, however long the query is.
        let mut given: Vec<(String, String)> = Vec::with_capacity(NAMES.len());
        let all = form_urlencoded::parse(query.as_bytes());
        for (name, value) in all.filter(|(name, _)| NAMES.contains(&&**name)) {
            given.retain(|(known, _)| *known != *name);
            given.push((name.into_owned(), value.trim().to_owned()));
        }
        let mut complaints = Vec::new();
        for (name, value) in given.iter().filter(|(_, value)| !value.is_empty()) {
            if let Err(why) = question.hear(name, value) {
                complaints.push(format!("`{name}` {why}"));
            }
        }
        if complaints.is_empty() {
            Ok(question)
        } else {
            Err(complaints)
        }
    }

    fn hear(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "oldest" => self.oldest = Timestamp::from_seconds(seconds(value)?),
            "latest" => {
                let next = Timestamp::from_seconds(seconds(value)? + 1);
                self.latest = Timestamp(next.0 - 1);
            }
            "limit" => {
                let limit = value.parse::<usize>().ok();
                let limit = limit.filter(|limit| (1..=MOST).contains(limit));
                self.limit = limit.ok_or(format!("is a number from 1 to {MOST}"))?;
            }
            "action" => {
                self.actions = value
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty())
                    .collect();
                if self.actions.len() > MOST_ACTIONS {
                    return Err(format!("names at most {MOST_ACTIONS} actions"));
                }
                if !self.actions.iter().all(|name| is_action(name)) {
                    return Err("is a list of names of actions with commas between them".to_owned());
                }
            }
            "actor" => {
                let actor = value.parse().ok();
                self.actor = Some(actor.ok_or("is the id of a user")?);
            }
            "entity" => {
                if !is_id(value) {
                    return Err("is the id of what was acted upon".to_owned());
                }
                self.entity = Some(value.to_owned());
            }
            "cursor" => {
                let place = paging::parse(value, CURSOR);
                let place = place.ok_or("is none that an answer of /logs had")?;
                let Place(place) = place;
                self.before = Some(place);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether an entry is asked for, whenever it was.
    pub(super) fn asks(&self, entry: &Entry) -> bool {
        self.names(entry.action) && self.is_of(&entry.actor.id) && self.is_about(&entry.entity.id())
    }

    /// Whether an entry of a change may be asked for, as far as the change itself tells. Nearly all that is done are
    /// comings and goings, of which nothing needs to be loaded to tell.
    pub(super) fn could_ask(&self, change: &Change) -> bool {
        audit::foretold(change).is_none_or(|told| {
            told.actions.iter().any(|action| self.names(*action))
                && self.is_of(&told.actor.to_string())
                && self.is_about(&told.channel.to_string())
        })
    }

    fn names(&self, action: Action) -> bool {
        self.actions.is_empty() || self.actions.iter().any(|name| name == action.name())
    }

    fn is_of(&self, actor: &str) -> bool {
        self.actor.is_none_or(|asked| asked.to_string() == actor)
    }

    fn is_about(&self, entity: &str) -> bool {
        self.entity.as_ref().is_none_or(|asked| asked == entity)
    }
}

/// Where the page after the one that ends with an entry goes on.
pub(super) fn cursor(after: EntryId) -> String {
    paging::cursor(CURSOR, Place(after))
}

fn seconds(text: &str) -> Result<i64, &'static str> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits);
    let fits = |seconds: &i64| *seconds <= Timestamp::LATEST.seconds();
    seconds
        .filter(fits)
        .ok_or("is a time in whole seconds since 1970")
}

fn is_action(name: &str) -> bool {
    let fits =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.".contains(&byte);
    name.len() <= MOST_NAME && name.bytes().all(fits)
}

fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    text.len() <= MOST_NAME && text.bytes().all(fits)
}

/// An entry's place, as cursors have it: three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place(EntryId);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let EntryId { at, part } = self.0;
        write!(f, "{}-{}-{part}", at.seq, at.change)
    }
}

impl std::str::FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.splitn(3, '-');
        let mut next = || numbers.next().unwrap_or_default();
        let (row, change, part) = (next(), next(), next());
        // A row's number has no sign, as the others have none.
        let seq = row.parse::<u64>()?;
        Ok(Self(EntryId {
            at: Position {
                seq: i64::try_from(seq).unwrap_or(i64::MAX),
                change: change.parse()?,
            },
            part: part.parse()?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(seq: i64, change: u32, part: u32) -> EntryId {
        let at = Position { seq, change };
        EntryId { at, part }
    }

    #[test]
    fn questions_are_read() {
        let all = Question::read("").unwrap();
        assert_eq!(
            (all.oldest, all.limit, all.before),
            (Timestamp(0), 1000, None)
        );
        let query = format!(
            "oldest=5&latest=7&limit=1&limit=9999&actor=U0ADA&entity=C0OPS&action=a_b,+pref.c,&x=y&cursor={}",
            cursor(place(7, 2, 1))
        );
        let question = Question::read(&query).unwrap();
        assert_eq!(
            question,
            Question {
                oldest: Timestamp(5_000_000),
                latest: Timestamp(7_999_999),
                limit: 9999,
                before: Some(place(7, 2, 1)),
                actions: vec!["a_b".to_owned(), "pref.c".to_owned()],
                actor: Some("U0ADA".parse().unwrap()),
                entity: Some("C0OPS".to_owned()),
            }
        );
        // What is empty is not there.
        assert_eq!(
            Question::read("oldest=&latest=&limit=&actor=&entity=&action=,&cursor=").unwrap(),
            all
        );
    }

    #[test]
    fn comings_and_goings_are_told_apart_before_anything_is_loaded() {
        let (user, by) = (Some("U0BEN".parse().unwrap()), None);
        let joined = |user: Option<UserId>| Change::Joined {
            channel: "C0OPS".parse().unwrap(),
            user: user.unwrap(),
            inviter: Some("U0ADA".parse().unwrap()),
            ts: Timestamp(1),
        };
        let left = Change::Left {
            channel: "C0OPS".parse().unwrap(),
            user: user.unwrap(),
            by,
            ts: Timestamp(1),
        };
        let other = Change::DmClosed {
            channel: "D0IM".parse().unwrap(),
            user: user.unwrap(),
            closed: true,
        };
        for (query, of_joined, of_left) in [
            ("", true, true),
            ("action=user_channel_join", true, false),
            ("action=guest_channel_join,user_login", true, false),
            ("action=guest_channel_leave", false, true),
            ("action=app_installed", false, false),
            ("actor=U0BEN", true, true),
            ("actor=U0ADA", false, false),
            ("entity=C0OPS", true, true),
            ("entity=U0BEN", false, false),
            (
                "entity=C0OPS&actor=U0BEN&action=user_channel_join",
                true,
                false,
            ),
        ] {
            let question = Question::read(query).unwrap();
            assert_eq!(question.could_ask(&joined(user)), of_joined, "{query}");
            assert_eq!(question.could_ask(&left), of_left, "{query}");
            // Of others the facts have to tell.
            assert!(question.could_ask(&other), "{query}");
        }
    }

    #[test]
    fn a_long_query_is_read_in_one_go() {
        let names = (0..200_000).map(|n| format!("p{n}="));
        let query = names.collect::<Vec<_>>().join("&") + "&limit=7&limit=8";
        assert_eq!(Question::read(&query).unwrap().limit, 8);
    }

    #[test]
    fn what_cannot_be_understood_is_named() {
        let many = format!("action={}", vec!["a"; 31].join(","));
        let long = format!("entity={}", "C".repeat(101));
        for (query, named) in [
            ("oldest=-1", &["oldest"][..]),
            ("oldest=1.5", &["oldest"]),
            ("latest=%2B1", &["latest"]),
            ("latest=99999999999999999999", &["latest"]),
            ("latest=9223372036854775807", &["latest"]),
            ("limit=0", &["limit"]),
            ("limit=10000", &["limit"]),
            ("limit=many", &["limit"]),
            (many.as_str(), &["action"]),
            ("action=user%20created", &["action"]),
            ("actor=C0OPS", &["actor"]),
            ("actor=ada", &["actor"]),
            ("entity=c0ops", &["entity"]),
            (long.as_str(), &["entity"]),
            ("cursor=x", &["cursor"]),
            ("cursor=YXVkaXQ6MS0y", &["cursor"]),
            ("cursor=dXNlcjpVMEc5V0ZYTlo=", &["cursor"]),
            ("limit=0&oldest=x&actor=U0ADA", &["limit", "oldest"]),
        ] {
            let complaints = Question::read(query).unwrap_err();
            let names: Vec<_> = complaints
                .iter()
                .map(|line| line.split('`').nth(1).unwrap())
                .collect();
            assert_eq!(names, named, "{query}: {complaints:?}");
        }
    }
}
