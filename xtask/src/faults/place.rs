//! The world of the fault run: who calls, whom, and where.

use std::fmt::Write;

use crate::world::{BOT, BOT_TOKEN, channel, person};

/// The host's workspace and the one that is invited.
pub(super) const HOST: &str = "T0ACMECORP";
pub(super) const GUEST: &str = "T0GLOBEX";
/// Whoever answers invitations there, and their token.
pub(super) const GUEST_BOT: &str = "U0GLOBOT";
pub(super) const GUEST_TOKEN: &str = "xoxb-globex";
/// May look at people and do nothing else.
pub(super) const NARROW_TOKEN: &str = "xoxb-acme-narrow";
pub(super) const NOBODY: &str = "U0NEVER";
pub(super) const NOWHERE: &str = "C0NEVER";
pub(super) const ARCHIVED: &str = "C0ARCHIVE";
pub(super) const TAKEN: &str = "load-0";

/// How much there is of what.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) lanes: usize,
    pub(super) channels: usize,
    pub(super) people: usize,
    pub(super) guests: usize,
}

/// The bot of a lane, which calls for it.
pub(super) fn bot(lane: usize) -> String {
    format!("U0BOT{lane:03}")
}

pub(super) fn bot_token(lane: usize) -> String {
    format!("xoxb-lane-{lane}")
}

/// A person of a lane, who calls as well.
pub(super) fn walker(lane: usize) -> String {
    format!("U0WALK{lane:03}")
}

pub(super) fn walker_token(lane: usize) -> String {
    format!("xoxp-lane-{lane}")
}

/// The nth single-channel guest, in no channel at the start.
pub(super) fn guest(n: usize) -> String {
    format!("U0G{n:07}")
}

pub(super) fn yaml(size: Size) -> String {
    let mut text = format!(
        "version: 1
workspaces:
  - id: {HOST}
    name: Acme
    domain: acme
    connect: {{approval: required}}
    apps:
      - {{id: A0GREETER, name: greeter, bot_user: {{id: {BOT}, name: greeter}}}}
"
    );
    for lane in 0..size.lanes {
        let bot = bot(lane);
        let _ = writeln!(
            text,
            "      - {{id: A0LANE{lane:03}, name: lane{lane}, bot_user: {{id: {bot}, name: lane{lane}}}}}"
        );
    }
    let _ = write!(
        text,
        "    tokens:
      - {{token: {BOT_TOKEN}, app: A0GREETER, scopes: [channels:read, channels:history]}}
      - {{token: {NARROW_TOKEN}, app: A0LANE000, scopes: [users:read]}}
"
    );
    let scopes = "channels:manage, channels:read, channels:history, chat:write, \
                  conversations.connect:write, conversations.connect:manage";
    for lane in 0..size.lanes {
        let (bot, walker) = (bot_token(lane), walker_token(lane));
        let (app, user) = (format!("A0LANE{lane:03}"), self::walker(lane));
        let _ = writeln!(
            text,
            "      - {{token: {bot}, app: {app}, scopes: [{scopes}]}}
      - {{token: {walker}, app: {app}, user: {user}, scopes: [channels:write]}}"
        );
    }
    let bots: Vec<_> = (0..size.lanes).map(bot).collect();
    let members = format!("members: [{BOT}, {}]", bots.join(", "));
    text.push_str("    channels:\n");
    for n in 0..size.channels {
        let id = channel(n);
        let _ = writeln!(
            text,
            "      - {{id: {id}, name: load-{n}, creator: {BOT}, {members}}}"
        );
    }
    let _ = write!(
        text,
        "      - {{id: {ARCHIVED}, name: archive, creator: {BOT}, archived: true, {members}}}
      - {{id: C0OLD, name: old, creator: {BOT}, members: [{BOT}], connections: [{{workspace: {GUEST}, name: old}}]}}
    users:
"
    );
    for n in 0..size.people {
        let id = person(n);
        let _ = writeln!(text, "      - {{id: {id}, name: person{n}}}");
    }
    for lane in 0..size.lanes {
        let id = walker(lane);
        let _ = writeln!(text, "      - {{id: {id}, name: walker{lane}}}");
    }
    for n in 0..size.guests {
        let id = guest(n);
        let _ = writeln!(
            text,
            "      - {{id: {id}, name: guest{n}, guest: single_channel}}"
        );
    }
    let _ = write!(
        text,
        "  - id: {GUEST}
    name: Globex
    domain: globex
    apps:
      - {{id: A0GLOBOT, name: globot, bot_user: {{id: {GUEST_BOT}, name: globot}}}}
    tokens:
      - {{token: {GUEST_TOKEN}, app: A0GLOBOT, scopes: [channels:manage, channels:read, groups:read, \
         groups:write, conversations.connect:write, conversations.connect:manage]}}
"
    );
    text
}
