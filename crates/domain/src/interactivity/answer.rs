//! What an app answers to something that somebody did: to them alone, in the conversation, or in place of the
//! message that it was done to. It needs no scope and no place in the conversation: that somebody did something there
//! is what lets it answer, as long as it is installed where the conversation is.
//! <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>

use crate::{
    change::{Change, Plan},
    facts::{Facts, Key, Stop},
    id::{AppId, ChannelId, TeamId, UserId},
    interactivity::installed,
    message::{Message, Text, What},
    see,
    time::{Moment, Timestamp},
    written,
};
use std::sync::Arc;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// To whoever did it, alone.
    Shown,
    /// In the conversation.
    Posted,
    /// In place of a message of its own.
    Replaced(Timestamp),
    /// By taking a message of its own back.
    Deleted(Timestamp),
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The app.
    pub app: AppId,
    /// The workspace that it acts in.
    pub team: TeamId,
    /// Whom the app acts as.
    pub bot: UserId,
    /// Where it was done.
    pub channel: ChannelId,
    /// By whom.
    pub to: UserId,
    /// How it answers.
    pub how: How,
    /// What it says; of a message that is deleted, nothing.
    pub text: Text,
}

/// Why it cannot answer so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The conversation is gone, or the bot, or the app's workspace has the conversation no more.
    ChannelNotFound,
    /// The app is not installed in its workspace any more.
    NotInstalled,
    /// The conversation is archived.
    IsArchived,
    /// Only admins write in the conversation.
    ReadOnly,
    /// The organisation has suspended its encryption keys.
    EkmSuspended,
    /// Whoever it is for is gone, or does not see the conversation any more.
    UserNotInChannel,
    /// The message is gone.
    MessageNotFound,
    /// The message is somebody else's, or cannot be changed.
    NotYours,
}

impl Answer {
    /// What is looked at.
    pub fn needs(&self) -> Vec<Key> {
        let mut keys = vec![
            Key::Channel(self.channel),
            Key::User(self.bot),
            Key::Workspace(self.team),
            Key::TokensOf(self.app, self.team),
        ];
        if self.how == How::Shown {
            keys.extend([Key::User(self.to), Key::Member(self.channel, self.to)]);
        }
        if let How::Replaced(ts) | How::Deleted(ts) = self.how {
            keys.push(Key::Message(self.channel, ts));
        }
        keys
    }
}

/// Answers, if things stand so that it can: much may have happened since somebody did something. The outcome is the `ts` of what was said or changed.
pub fn decide(
    facts: &Facts,
    answer: &Answer,
    moment: &mut Moment,
) -> Result<Plan<Timestamp>, Stop<Refusal>> {
    let channel = answer.channel;
    let refuse = |no| Err(Stop::Refused(no));
    let Some(place) = facts.channel(channel)? else {
        return refuse(Refusal::ChannelNotFound);
    };
    let Some(workspace) = facts.workspace(answer.team)? else {
        return refuse(Refusal::NotInstalled);
    };
    if installed(facts, answer.app, workspace, moment.now())?.is_none() {
        return refuse(Refusal::NotInstalled);
    }
    if !see::is_here(facts, workspace, place)? {
        return refuse(Refusal::ChannelNotFound);
    }
    if place.archived || place.has_ended() {
        return refuse(Refusal::IsArchived);
    }
    let organisation = match workspace.enterprise {
        Some(id) => facts.enterprise(id)?,
        None => None,
    };
    if organisation.is_some_and(|org| org.ekm_suspended) {
        return refuse(Refusal::EkmSuspended);
    }
    if place.read_only && matches!(answer.how, How::Shown | How::Posted) {
        return refuse(Refusal::ReadOnly);
    }
    if answer.how == How::Shown {
        let to = facts.user(answer.to)?;
        let to = to.filter(|user| !user.is_gone(moment.now()));
        if !to.map_or(Ok(false), |to| see::by_person(facts, to, place))? {
            return refuse(Refusal::UserNotInChannel);
        }
    }
    let bot = facts.user(answer.bot)?;
    let Some(bot) = bot.filter(|user| !user.is_gone(moment.now())) else {
        return refuse(Refusal::ChannelNotFound);
    };
    let text = Text {
        bot: bot.bot.map(|bot| bot.id),
        ..answer.text.clone()
    };
    let own = |ts| {
        written::by(facts, answer.bot, channel, Some(ts)).map_err(|stop| stop.map(Refusal::from))
    };
    let mut changes = Vec::new();
    let (change, ts) = match answer.how {
        How::Shown | How::Posted => {
            let ts = moment.tick();
            let message = Message {
                ts,
                user: answer.bot,
                what: What::Text(Box::new(text)),
            };
            let change = match answer.how {
                How::Posted => {
                    changes = written::reopens(facts, place)?;
                    Change::Posted { channel, message }
                }
                _ => Change::Shown {
                    channel,
                    to: answer.to,
                    message: Arc::new(message),
                },
            };
            (change, ts)
        }
        How::Replaced(ts) => {
            let before = own(ts)?;
            let What::Text(said) = &before.what else {
                return refuse(Refusal::NotYours);
            };
            let text = Text {
                thread_ts: said.thread_ts,
                broadcast: said.broadcast,
                username: said.username.clone(),
                metadata: said.metadata.clone(),
                ..text
            };
            (written::reword(channel, before, text, moment).1, ts)
        }
        How::Deleted(ts) => {
            let message = own(ts)?;
            let taken = written::take_back(facts, channel, message, moment);
            (taken.map_err(|stop| stop.map(Refusal::from))?, ts)
        }
    };
    changes.push(change);
    Ok(Plan {
        changes,
        outcome: ts,
    })
}

impl From<written::Refusal> for Refusal {
    fn from(refusal: written::Refusal) -> Self {
        match refusal {
            written::Refusal::NotFound => Self::MessageNotFound,
            written::Refusal::NotYours => Self::NotYours,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        channel::{Channel, ChannelKind},
        facts::Membership,
        token::{Token, TokenHash, TokenKind},
        user::{Bot, User},
        workspace::Workspace,
    };

    const TEAM: &str = "T0A";

    fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    fn said(user: &str, ts: i64) -> Message {
        Message {
            ts: Timestamp(ts),
            user: id(user),
            what: What::Text(Box::new(Text {
                text: "before".to_owned(),
                thread_ts: Some(Timestamp(7)),
                ..Text::default()
            })),
        }
    }

    fn facts(change: impl FnOnce(&mut Channel)) -> Facts {
        let mut facts = Facts::complete();
        let mut channel = Channel::new(
            id("C0A"),
            id(TEAM),
            ChannelKind::Public,
            "a",
            id("U0ADA"),
            Timestamp(0),
        );
        change(&mut channel);
        facts.put_channel(channel.id, Some(Arc::new(channel)));
        let mut bot = User::new(id("U0BOT"), id(TEAM), "bot");
        bot.bot = Some(Bot {
            id: id("B0BOT"),
            app: Some(id("A0APP")),
        });
        let ada = User::new(id("U0ADA"), id(TEAM), "ada");
        for user in [bot, ada] {
            facts.put_user(user.id, Some(Arc::new(user)));
        }
        facts.put_workspace(id(TEAM), Some(Arc::new(Workspace::new(id(TEAM), "A", "a"))));
        put_token(&mut facts, |_| ());
        for message in [said("U0BOT", 10), said("U0ADA", 11)] {
            let ts = message.ts;
            facts.put_message(id("C0A"), ts, Some(Arc::new(message)));
        }
        facts.put_replies(id("C0A"), Timestamp(10), 0);
        facts
    }

    fn put_token(facts: &mut Facts, change: impl FnOnce(&mut Token)) {
        let mut token = Token {
            hash: TokenHash([0; 32]),
            team: id(TEAM),
            kind: TokenKind::Bot,
            app: Some(id("A0APP")),
            user: Some(id("U0BOT")),
            scopes: Vec::new().into(),
            expires_at: None,
            revoked: false,
            workspaces: Vec::new(),
            channels: Vec::new(),
        };
        change(&mut token);
        facts.put_token(token.hash, Some(Arc::new(token)));
    }

    fn answer(how: How) -> Answer {
        Answer {
            app: id("A0APP"),
            team: id(TEAM),
            bot: id("U0BOT"),
            channel: id("C0A"),
            to: id("U0ADA"),
            how,
            text: Text {
                text: "after".to_owned(),
                ..Text::default()
            },
        }
    }

    fn decided(facts: &Facts, answer: &Answer) -> Result<Change, Stop<Refusal>> {
        let now = Timestamp(1_000);
        let plan = decide(facts, answer, &mut Moment::new(now, now))?;
        Ok(plan.changes.into_iter().next().unwrap())
    }

    #[test]
    fn an_app_answers_in_four_ways() {
        let facts = facts(|_| ());
        let Ok(Change::Shown { to, message, .. }) = decided(&facts, &answer(How::Shown)) else {
            panic!("shown");
        };
        assert_eq!((to, message.user), (id("U0ADA"), id("U0BOT")));
        let Ok(Change::Posted { message, .. }) = decided(&facts, &answer(How::Posted)) else {
            panic!("posted");
        };
        let What::Text(text) = &message.what else {
            panic!("words");
        };
        assert_eq!(text.bot, Some(id("B0BOT")));
        let Ok(Change::Reworded { message, .. }) =
            decided(&facts, &answer(How::Replaced(Timestamp(10))))
        else {
            panic!("replaced");
        };
        let What::Text(text) = &message.what else {
            panic!("words");
        };
        assert_eq!(
            (text.text.as_str(), text.thread_ts),
            ("after", Some(Timestamp(7)))
        );
        let Ok(Change::Deleted { message, .. }) =
            decided(&facts, &answer(How::Deleted(Timestamp(10))))
        else {
            panic!("deleted");
        };
        assert_eq!(message.ts, Timestamp(10));
    }

    #[test]
    fn it_changes_what_is_its_own_and_answers_where_something_can_be_said() {
        let open = || facts(|_| ());
        let archived = facts(|channel| channel.archived = true);
        for (facts, answer, no) in [
            (archived, answer(How::Posted), Refusal::IsArchived),
            (
                open(),
                answer(How::Replaced(Timestamp(11))),
                Refusal::NotYours,
            ),
            (
                open(),
                answer(How::Deleted(Timestamp(12))),
                Refusal::MessageNotFound,
            ),
            (
                open(),
                Answer {
                    channel: id("C0B"),
                    ..answer(How::Shown)
                },
                Refusal::ChannelNotFound,
            ),
            (
                open(),
                Answer {
                    bot: id("U0GONE"),
                    ..answer(How::Shown)
                },
                Refusal::ChannelNotFound,
            ),
        ] {
            let decided = decided(&facts, &answer);
            assert!(
                matches!(decided, Err(Stop::Refused(refusal)) if refusal == no),
                "{no:?}: {decided:?}"
            );
        }
    }

    #[test]
    fn what_counts_is_how_things_stand_when_it_answers() {
        let parted = facts(|channel| channel.team = id("T0OTHER"));
        let read_only = facts(|channel| channel.read_only = true);
        let hidden = facts(|channel| channel.kind = ChannelKind::Private);
        let mut uninstalled = facts(|_| ());
        put_token(&mut uninstalled, |token| token.revoked = true);
        let mut withdrawn = facts(|_| ());
        put_token(&mut withdrawn, |token| token.kind = TokenKind::Org);
        let mut removed = facts(|_| ());
        let mut ada = User::new(id("U0ADA"), id(TEAM), "ada");
        ada.removed = true;
        removed.put_user(ada.id, Some(Arc::new(ada)));
        let own = Timestamp(10);
        for (facts, hows, no) in [
            (
                parted,
                &[
                    How::Posted,
                    How::Shown,
                    How::Replaced(own),
                    How::Deleted(own),
                ][..],
                Refusal::ChannelNotFound,
            ),
            (
                uninstalled,
                &[How::Posted, How::Shown, How::Deleted(own)],
                Refusal::NotInstalled,
            ),
            (withdrawn, &[How::Posted], Refusal::NotInstalled),
            (read_only, &[How::Posted, How::Shown], Refusal::ReadOnly),
            (hidden, &[How::Shown], Refusal::UserNotInChannel),
            (removed, &[How::Shown], Refusal::UserNotInChannel),
        ] {
            for how in hows {
                let decided = decided(&facts, &answer(*how));
                assert!(
                    matches!(decided, Err(Stop::Refused(refusal)) if refusal == no),
                    "{how:?} {no:?}: {decided:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_posted_in_a_dm_opens_it_for_whoever_closed_it() {
        let mut facts = facts(|channel| {
            channel.kind = ChannelKind::Im;
            channel.parties = vec![id("U0ADA"), id("U0BOT")];
        });
        let mut place = Membership::new(Timestamp(1));
        place.closed = true;
        facts.put_membership(id("C0A"), id("U0ADA"), Some(place));
        let Ok(Change::DmClosed { user, closed, .. }) = decided(&facts, &answer(How::Posted))
        else {
            panic!("opened");
        };
        assert_eq!((user, closed), (id("U0ADA"), false));
    }
}
