//! What the clients sent, and what came back.

use std::fmt;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::place::{GUEST, GUEST_BOT, GUEST_TOKEN};
use crate::deed::Deed;
use crate::http::Client;

/// Whoever calls.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) user: String,
    pub(super) token: String,
}

impl Caller {
    /// The one who answers invitations at the other workspace.
    pub(super) fn guest() -> Caller {
        Caller {
            user: GUEST_BOT.to_owned(),
            token: GUEST_TOKEN.to_owned(),
        }
    }
}

pub(super) enum Call {
    Create {
        name: String,
    },
    In {
        channel: String,
        deed: Deed,
    },
    /// Invites the one at the other workspace.
    Share {
        channel: String,
    },
    /// What becomes of the invitation to a channel.
    Accept {
        channel: String,
        invitation: String,
        name: String,
    },
    Approve {
        channel: String,
        invitation: String,
    },
    Decline {
        channel: String,
        invitation: String,
    },
    /// Looks for what was said a moment ago.
    Look {
        channel: String,
        ts: String,
        text: String,
    },
}

/// What a call has to come to, unless something is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Done,
    Refused(&'static str),
    /// Of two calls with this number one is done and the other refused with this code.
    OneOf(usize, &'static str),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Done(Value),
    Refused(String),
    /// The connection broke before there was an answer, or the answer says that nobody knows.
    Unknown,
}

pub(super) struct Note {
    pub(super) lane: usize,
    /// Its place among the lane's calls.
    pub(super) number: usize,
    pub(super) node: usize,
    pub(super) by: String,
    pub(super) call: Call,
    pub(super) expected: Expected,
    /// When it was sent and when its end was known, since the load began.
    pub(super) start: Duration,
    pub(super) end: Duration,
    pub(super) outcome: Outcome,
}

impl Call {
    /// `None` when the connection broke before the answer was there.
    pub(super) fn send(&self, client: &mut Client) -> Result<Option<Value>> {
        match self {
            Call::Create { name } => client.call("conversations.create", &[("name", name)]),
            Call::In { channel, deed } => deed.send(client, channel),
            Call::Share { channel } => client.call(
                "conversations.inviteShared",
                &[
                    ("channel", channel),
                    ("user_ids", GUEST_BOT),
                    ("external_limited", "false"),
                ],
            ),
            Call::Accept {
                invitation, name, ..
            } => client.call(
                "conversations.acceptSharedInvite",
                &[("invite_id", invitation), ("channel_name", name)],
            ),
            Call::Approve { invitation, .. } => client.call(
                "conversations.approveSharedInvite",
                &[("invite_id", invitation), ("target_team", GUEST)],
            ),
            Call::Decline { invitation, .. } => client.call(
                "conversations.declineSharedInvite",
                &[("invite_id", invitation), ("target_team", GUEST)],
            ),
            Call::Look { channel, ts, .. } => client.call(
                "conversations.history",
                &[
                    ("channel", channel),
                    ("latest", ts),
                    ("inclusive", "true"),
                    ("limit", "1"),
                ],
            ),
        }
    }
}

impl Outcome {
    /// What an answer, or that there was none, says.
    pub(super) fn of(answer: Option<Value>) -> Outcome {
        match answer {
            None => Outcome::Unknown,
            Some(answer) if answer["ok"] == true => Outcome::Done(answer),
            Some(answer) => match answer["error"].as_str().unwrap_or_default() {
                "fatal_error" => Outcome::Unknown,
                code => Outcome::Refused(code.to_owned()),
            },
        }
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self, Outcome::Done(_))
    }

    /// Whether it says that something is broken, and nothing was done.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self, Outcome::Refused(code) if FAILURES.contains(&code.as_str()))
    }
}

/// Codes of a server, or a database behind it, that is not well.
const FAILURES: [&str; 2] = ["internal_error", "service_unavailable"];

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Create { name } => write!(f, "creating #{name}"),
            Call::In { channel, deed } => write!(f, "{deed} in {channel}"),
            Call::Share { channel } => write!(f, "sharing {channel}"),
            Call::Accept {
                channel,
                invitation,
                ..
            } => write!(f, "accepting {invitation} to {channel}"),
            Call::Approve {
                channel,
                invitation,
            } => write!(f, "approving {invitation} to {channel}"),
            Call::Decline {
                channel,
                invitation,
            } => write!(f, "declining {invitation} to {channel}"),
            Call::Look { channel, text, .. } => write!(f, "looking for {text} in {channel}"),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Note {
            lane,
            number,
            node,
            by,
            call,
            start,
            end,
            outcome,
            ..
        } = self;
        let (start, end) = (start.as_secs_f64(), end.as_secs_f64());
        write!(
            f,
            "{start:.3}–{end:.3} s lane {lane} call {number} node {node}: {call} by {by}: "
        )?;
        match outcome {
            Outcome::Done(answer) => match answer["ts"].as_str() {
                Some(ts) => write!(f, "ok, {ts}"),
                None => f.write_str("ok"),
            },
            Outcome::Refused(code) => write!(f, "refused, {code}"),
            Outcome::Unknown => f.write_str("no answer"),
        }
    }
}
