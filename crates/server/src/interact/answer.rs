//! What an app answers, made of it what people see.

use crate::events::Said;
use guestlist_domain::{
    Actor, AppId, ChannelId, Facts, Key, Moment, Plan, Stop, TeamId, Timestamp, UserId,
    interactivity::answer::{self, Answer, How, Refusal},
    message::Text,
    mrkdwn,
};
use guestlist_methods::{
    Arguments,
    chat::{Content, answered},
};
use guestlist_store::{Decide, Failure, Store, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// Where an app answers, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) app: AppId,
    pub(crate) team: TeamId,
    /// Whom the app acts as there.
    pub(crate) bot: Option<UserId>,
    pub(crate) user: UserId,
    pub(crate) channel: ChannelId,
    /// The message it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<Timestamp>,
}

/// What people see of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownView {
    /// `ephemeral`: whoever did it, alone; `in_channel`: everybody there.
    pub response_type: String,
    /// Where.
    pub channel: ChannelId,
    /// When it was shown or posted; of a message that was replaced or deleted, which.
    pub ts: String,
    /// It stands in place of the message of this `ts`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
    /// The message of this `ts` is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// Its words, in Slack's markup.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Its blocks.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub blocks: Value,
    /// Its attachments.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub attachments: Value,
}

/// Why nothing is seen of an answer.
#[derive(Debug)]
pub(crate) enum Unseen {
    /// A code that methods have, or that says what is wrong with the answer itself.
    Code(&'static str),
    /// The store.
    Failed(StoreError),
}

impl From<&'static str> for Unseen {
    fn from(code: &'static str) -> Self {
        Self::Code(code)
    }
}

/// An answer as it was read.
#[derive(Debug)]
pub(crate) struct Spoken {
    content: Content,
    in_channel: bool,
    replace: bool,
    delete: bool,
    thread_ts: Option<Timestamp>,
}

impl Spoken {
    /// What an app said; `None` when that is nothing to see.
    pub(crate) fn read(said: Said) -> Result<Option<Self>, &'static str> {
        let object = match said {
            Said::Nothing => return Ok(None),
            Said::Words(words) => [("text".to_owned(), Value::String(words))]
                .into_iter()
                .collect(),
            Said::Object(Value::Object(object)) => object,
            Said::Object(_) => return Err("invalid_payload"),
        };
        let mut given = Arguments::default();
        for (name, value) in object {
            given.push(name, value);
        }
        let flag = |name| given.flag::<()>(name).map_err(|_| "invalid_arguments");
        let in_channel = match given.text("response_type").as_deref() {
            None | Some("ephemeral" | "" | "null") => false,
            Some("in_channel") => true,
            Some(_) => return Err("invalid_response_type"),
        };
        let thread_ts = match given.timestamp("thread_ts") {
            Some(None) => return Err("invalid_arguments"),
            given => given.flatten(),
        };
        let spoken = Self {
            content: answered(&given)?,
            in_channel,
            replace: flag("replace_original")?,
            delete: flag("delete_original")?,
            thread_ts,
        };
        Ok((spoken.delete || !spoken.content.is_empty()).then_some(spoken))
    }

    /// Makes it seen. What is to be done to an original that only one person was shown is done with that.
    pub(crate) async fn show(
        self,
        store: &Store,
        place: &Place,
    ) -> Result<Option<ShownView>, Unseen> {
        let how = match (place.message, self.in_channel) {
            (Some(ts), _) if self.delete => How::Deleted(ts),
            (Some(ts), _) if self.replace => How::Replaced(ts),
            (None, _) if self.delete => return Ok(None),
            (_, true) => How::Posted,
            (_, false) => How::Shown,
        };
        let content = self.content;
        let json = |text: &Option<String>| {
            let read = text.as_ref().map(|text| serde_json::from_str(text));
            read.and_then(Result::ok).unwrap_or_default()
        };
        let text = Text {
            text: mrkdwn::escape(content.text.as_deref().unwrap_or_default()),
            thread_ts: self.thread_ts,
            blocks: content.blocks.flatten(),
            attachments: content.attachments.flatten(),
            ..Text::default()
        };
        let deleted = matches!(how, How::Deleted(_));
        let mut view = ShownView {
            response_type: match how {
                How::Shown => "ephemeral".to_owned(),
                _ => "in_channel".to_owned(),
            },
            channel: place.channel,
            ts: String::new(),
            replaced: matches!(how, How::Replaced(_)),
            deleted,
            text: if deleted {
                String::new()
            } else {
                text.text.clone()
            },
            blocks: json(&text.blocks),
            attachments: json(&text.attachments),
        };
        let answer = Answer {
            app: place.app,
            team: place.team,
            // An app without a bot has nobody to speak as.
            bot: place.bot.ok_or("no_bot_user")?,
            channel: place.channel,
            to: place.user,
            how,
            text,
        };
        let giving = Giving {
            actor: Actor {
                team: place.team,
                user: Some(answer.bot),
                app: Some(place.app),
            },
            answer,
        };
        let ts = store.write(Arc::new(giving)).await;
        view.ts = ts.map_err(unseen)?.ts();
        Ok(Some(view))
    }
}

fn unseen(failure: Failure<Refusal>) -> Unseen {
    match failure {
        Failure::Refused(Refusal::ChannelNotFound) | Failure::Gone => "channel_not_found".into(),
        Failure::Refused(Refusal::NotInstalled) => "app_not_installed".into(),
        Failure::Refused(Refusal::IsArchived) => "is_archived".into(),
        Failure::Refused(Refusal::ReadOnly) => "restricted_action_read_only_channel".into(),
        Failure::Refused(Refusal::EkmSuspended) => "ekm_access_denied".into(),
        Failure::Refused(Refusal::UserNotInChannel) => "user_not_in_channel".into(),
        Failure::Refused(Refusal::MessageNotFound) => "message_not_found".into(),
        Failure::Refused(Refusal::NotYours) => "cant_update_message".into(),
        // It needs none.
        Failure::Scope(_) => "missing_scope".into(),
        Failure::Store(error) => Unseen::Failed(error),
    }
}

/// An answer, as the store decides it.
struct Giving {
    actor: Actor,
    answer: Answer,
}

impl Decide for Giving {
    type Outcome = Timestamp;
    type Refusal = Refusal;

    fn actor(&self) -> Actor {
        self.actor
    }

    fn needs(&self) -> Vec<Key> {
        self.answer.needs()
    }

    fn rereads(&self) -> bool {
        matches!(self.answer.how, How::Replaced(_) | How::Deleted(_))
    }

    fn decide(&self, facts: &Facts, moment: &mut Moment) -> Result<Plan<Timestamp>, Stop<Refusal>> {
        answer::decide(facts, &self.answer, moment)
    }
}
