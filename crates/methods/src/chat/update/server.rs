//! Deciding and answering.

use super::{Args, Error, Reply, Update};
use crate::{
    chat::{everywhere, message_keys},
    contract::Contract,
    handle::{Ask, Good, Refused, Write},
    objects,
};
use guestlist_domain::{
    ChannelId, Facts, Key, Message, Moment, Plan, Stop, TokenKind, Watch, act,
    message::{Text, What},
    mrkdwn,
    written::{self, Refusal},
};
use serde_json::Value;
use std::sync::Arc;

impl Write for Update {
    /// Where the message stands, and the message.
    type Outcome = (ChannelId, Arc<Message>);
    const REREADS: bool = true;

    fn needs(ask: &Ask<Args>) -> Vec<Key> {
        message_keys(ask.args.channel, ask.args.ts, ask.caller.id())
    }

    fn decide(
        facts: &Facts,
        ask: &Ask<Args>,
        moment: &mut Moment,
        _watch: &mut dyn Watch,
    ) -> Result<Plan<Self::Outcome>, Stop<Error>> {
        let (caller, args) = (&ask.caller, &ask.args);
        let terms = act::Terms {
            archived: Some(Error::IsInactive),
            migrating: Some(Error::ExternalChannelMigrating),
            ekm_suspended: Some(Error::EkmAccessDenied),
            not_listed: Some(Error::AccessDenied),
            not_granted: Some(Error::NoPermission),
            ..everywhere(&Update::SPEC.scopes, Error::ChannelNotFound)
        };
        let channel = act::on(facts, caller, args.channel, terms)?.channel.id;
        let refuse = |no| Err(Stop::Refused(no));
        if args.as_user && caller.token.kind == TokenKind::Workspace {
            return refuse(Error::AsUserNotSupported);
        }
        if args.metadata.is_some() && caller.token.app.is_none() {
            return refuse(Error::MetadataMustBeSentFromApp);
        }
        let before = written::own(facts, caller, channel, args.ts).map_err(|stop| {
            stop.map(|refusal| match refusal {
                Refusal::NotFound => Error::MessageNotFound,
                Refusal::NotYours => Error::CantUpdateMessage,
            })
        })?;
        let text = text(&before, args).map_err(Stop::Refused)?;
        let (message, change) = written::reword(channel, before, text, moment);
        Ok(Plan {
            changes: vec![change],
            outcome: (channel, message),
        })
    }

    fn reply(
        ask: &Ask<Args>,
        (channel, message): Self::Outcome,
    ) -> Result<Good<Reply>, Refused<Error>> {
        let caller = &ask.caller;
        let mut shown = objects::message(&message, channel);
        objects::message::sign(&mut shown, &caller.user, caller.app.as_deref());
        let text = shown["text"].as_str().unwrap_or_default().to_owned();
        Ok(Reply {
            channel,
            ts: message.ts.ts(),
            text,
            message: shown,
        }
        .into())
    }
}

/// What a message says from now on. What is not given stays.
fn text(before: &Message, args: &Args) -> Result<Text, Error> {
    let What::Text(old) = &before.what else {
        return Err(Error::CantUpdateMessage);
    };
    let mut text = Text::clone(old);
    let content = &args.content;
    if args.broadcast {
        let is_told = before.answers().is_none() || old.broadcast;
        match (content == &Default::default(), is_told) {
            (_, true) => return Err(Error::CantBroadcastMessage),
            (false, false) => return Err(Error::NoDualBroadcastContentUpdate),
            (true, false) => text.broadcast = true,
        }
    }
    if let Some(words) = &content.text {
        text.text = mrkdwn::escape(words);
    }
    if let Some(blocks) = &content.blocks {
        if is_rich(old.blocks.as_deref()) && blocks.is_some() && !is_rich(blocks.as_deref()) {
            return Err(Error::BlockMismatch);
        }
        text.blocks.clone_from(blocks);
    }
    if let Some(attachments) = &content.attachments {
        text.attachments.clone_from(attachments);
    }
    if let Some(metadata) = &args.metadata {
        text.metadata.clone_from(metadata);
    }
    let is_empty = text.text.is_empty() && text.blocks.is_none() && text.attachments.is_none();
    match is_empty {
        true => Err(Error::NoText),
        false => Ok(text),
    }
}

/// Whether there is rich text among blocks.
fn is_rich(blocks: Option<&str>) -> bool {
    let blocks: Vec<Value> = blocks
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    blocks.iter().any(|block| block["type"] == "rich_text")
}
