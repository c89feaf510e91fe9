//! Deciding and answering.

use super::{Args, Error, PUBLIC_SCOPE, PostMessage, Reply, To};
use crate::{
    chat::content::chosen_name,
    contract::Contract,
    handle::{Ask, Good, Refused, Write},
    objects,
};
use guestlist_domain::{
    Caller, Change, ChannelId, ChannelKind, Facts, Key, Message, Moment, Plan, Stop, TokenKind,
    UserId, Watch, act,
    dm::{self, Opened},
    message::{Text, What},
    mrkdwn, see, written,
};

/// Where the message stands, and the message.
pub struct Outcome(ChannelId, Message);

fn others(ask: &Ask<Args>, user: UserId) -> Vec<UserId> {
    if user == ask.caller.id() {
        Vec::new()
    } else {
        vec![user]
    }
}

impl Write for PostMessage {
    type Outcome = Outcome;

    fn needs(ask: &Ask<Args>) -> Vec<Key> {
        let caller = &ask.caller;
        match &ask.args.to {
            To::Channel(id) => vec![Key::Channel(*id), Key::Member(*id, caller.id())],
            To::Person(user) => dm::needs(caller, &others(ask, *user)),
            To::Name(name) => vec![Key::Handle(caller.team(), name.clone())],
            To::Nowhere => Vec::new(),
        }
    }

    fn decide(
        facts: &Facts,
        ask: &Ask<Args>,
        moment: &mut Moment,
        _watch: &mut dyn Watch,
    ) -> Result<Plan<Outcome>, Stop<Error>> {
        let (caller, args) = (&ask.caller, &ask.args);
        let Opened {
            seen,
            mut changes,
            new,
        } = find(facts, ask, moment)?;
        let terms = act::Terms {
            scopes: &PostMessage::SPEC.scopes,
            kinds: &[
                ChannelKind::Public,
                ChannelKind::Private,
                ChannelKind::Im,
                ChannelKind::Mpim,
            ],
            not_found: Error::ChannelNotFound,
            wrong_kind: Error::ChannelNotFound,
            archived: Some(Error::IsArchived),
            migrating: None,
            ekm_suspended: Some(Error::EkmAccessDenied),
            outsider: (!caller.is_bot() || !caller.token.scopes.holds(PUBLIC_SCOPE))
                .then_some(Error::NotInChannel),
            not_listed: Some(Error::AccessDenied),
            not_granted: Some(Error::NoPermission),
        };
        let seen = act::check(caller, seen, terms)?;
        let refuse = |no| Err(Stop::Refused(no));
        if seen.channel.read_only && !caller.user.is_admin() {
            return refuse(Error::RestrictedActionReadOnlyChannel);
        }
        if args.as_user && caller.token.kind == TokenKind::Workspace {
            return refuse(Error::AsUserNotSupported);
        }
        if args.metadata.is_some() && caller.token.app.is_none() {
            return refuse(Error::MetadataMustBeSentFromApp);
        }

        let channel = seen.channel.id;
        if !new {
            for opens in written::reopens(facts, &seen.channel)? {
                if !changes.contains(&opens) {
                    changes.push(opens);
                }
            }
        }
        let message = Message {
            ts: moment.tick(),
            user: caller.id(),
            what: What::Text(Box::new(text(caller, args))),
        };
        changes.push(Change::Posted {
            channel,
            message: message.clone(),
        });
        Ok(Plan {
            changes,
            outcome: Outcome(channel, message),
        })
    }

    fn reply(
        ask: &Ask<Args>,
        Outcome(channel, message): Outcome,
    ) -> Result<Good<Reply>, Refused<Error>> {
        let caller = &ask.caller;
        let mut shown = objects::message(&message, channel);
        objects::message::sign(&mut shown, &caller.user, caller.app.as_deref());
        let good = Good::from(Reply {
            channel,
            ts: message.ts.ts(),
            message: shown,
        });
        Ok(if ask.args.truncated {
            good.warn("message_truncated")
        } else {
            good
        })
    }
}

/// The conversation to write in, with what it takes to open it.
fn find(facts: &Facts, ask: &Ask<Args>, moment: &mut Moment) -> Result<Opened, Stop<Error>> {
    let caller = &ask.caller;
    let seen = match &ask.args.to {
        To::Channel(id) => see::channel(facts, caller, Some(*id))?,
        To::Name(_) if caller.token.kind == TokenKind::Org => {
            return Err(Stop::Refused(Error::TeamNotFound));
        }
        To::Name(name) => see::channel(facts, caller, facts.handle(caller.team(), name)?)?,
        To::Person(user) => {
            return dm::open(facts, caller, &others(ask, *user), true, moment)
                .map_err(|stop| stop.map(|_| Error::ChannelNotFound))?
                .ok_or(Stop::Refused(Error::ChannelNotFound));
        }
        To::Nowhere => None,
    };
    let seen = seen.ok_or(Stop::Refused(Error::ChannelNotFound))?;
    Ok(Opened {
        seen,
        changes: Vec::new(),
        new: false,
    })
}

fn text(caller: &Caller, args: &Args) -> Text {
    let bot = caller.user.bot.map(|bot| bot.id);
    Text {
        text: mrkdwn::escape(args.content.text.as_deref().unwrap_or_default()),
        bot,
        username: chosen_name(caller, args.username.as_ref()),
        thread_ts: args.thread_ts,
        broadcast: args.broadcast && args.thread_ts.is_some(),
        blocks: args.content.blocks.clone().flatten(),
        attachments: args.content.attachments.clone().flatten(),
        metadata: args.metadata.clone(),
        edited: None,
    }
}
