//! Slack Connect invitations: a channel offered to somebody of another organisation.

use crate::{
    id::{ChannelId, InvitationId, TeamId, UserId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// How long an invitation stands, and an acceptance after it: 14 days, in seconds.
pub const LIFE_SECONDS: i64 = 14 * 24 * 60 * 60;

/// Where an invitation is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for the inviting side's leave to be sent.
    Requested,
    /// The inviting side did not let it be sent.
    RequestDenied,
    /// On its way; nobody has accepted yet.
    #[default]
    Sent,
    /// Taken back.
    Revoked,
    /// Not accepted in time, or accepted and not approved in time.
    Expired,
    /// Accepted; a side has yet to approve.
    PendingApproval,
    /// Accepted, and a side did not approve.
    Declined,
    /// Accepted and approved: the sides are connected.
    Approved,
    /// Was connected, is no more.
    Disconnected,
}

/// A step in an invitation's life, as the audit trail names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Somebody asks to be let send it.
    Requested,
    /// That was allowed; it is on its way.
    RequestApproved,
    /// That was not allowed.
    RequestDenied,
    /// It is on its way.
    Sent,
    /// It was taken back.
    Revoked,
    /// It was not answered, or its acceptance not approved, in time.
    Expired,
    /// Somebody accepted.
    Accepted,
    /// A side approved the acceptance.
    Approved,
    /// The recipient did not accept, or a side did not approve.
    Declined,
    /// The connection it led to has ended.
    Disconnected,
    /// The answer it expected could not be given; it waits for another.
    AnswerFailed,
}

/// How sharing a channel changed, as the audit trail names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// An acceptance waits for approval.
    Pending,
    /// It does no more, and nothing came of it.
    Dropped,
    /// The sides are connected.
    Connected,
    /// They are again.
    Reconnected,
    /// A partner may do more than post now.
    Upgraded,
    /// A partner may only post now.
    Downgraded,
    /// The organisations have parted, and nobody writes in their DM any more.
    Ended,
}

/// Whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Whoever reads mail at this address, lower case.
    Email(String),
    /// A person or a bot of another organisation.
    User(UserId),
}

/// How somebody answers invitations by themselves, without being asked each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StandingAnswer {
    /// They accept.
    AutoAccept,
    /// They decline.
    AutoDecline,
}

/// A standing answer, and how long somebody takes to give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnInvite {
    /// What they answer.
    pub answer: StandingAnswer,
    /// After so many seconds.
    #[serde(default)]
    pub after: u32,
}

/// The answer that an invitation will get by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Who gives it.
    pub user: UserId,
    /// What they answer.
    pub answer: StandingAnswer,
    /// When.
    pub at: Timestamp,
}

/// What one side said to an acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The side.
    pub workspace: TeamId,
    /// Who said it; nobody where the side's settings did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// Yes or no.
    pub approved: bool,
}

/// Who accepted, and what is left to be said to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The workspace the channel comes to.
    pub workspace: TeamId,
    /// Who accepted; becomes a member once connected, if they could still accept by then.
    pub user: UserId,
    /// The name the channel has there; its own where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The channel is private there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// When it was accepted.
    pub at: Timestamp,
    /// When the acceptance lapses unless every side has approved.
    pub expires: Timestamp,
    /// The sides that have yet to approve.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub awaiting: Vec<TeamId>,
    /// What the other sides said, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
}

/// An invitation, or the request to send one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The channel that is offered.
    pub channel: ChannelId,
    /// Who invites.
    pub inviter: UserId,
    /// Whom.
    pub to: Recipient,
    /// The other side may post only.
    pub external_limited: bool,
    /// Words that go with it, at most 560 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// It began as a request to be let send it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub requested: bool,
    /// Where it is in its life, as it was last written down; see [`Invitation::state_at`].
    pub state: State,
    /// When it was made.
    pub created: Timestamp,
    /// When its state last changed.
    pub updated: Timestamp,
    /// When it lapses unless accepted.
    pub expires: Timestamp,
    /// Who answered the request to send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<UserId>,
    /// What the request was answered with, where it was denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denial: Option<String>,
    /// The answer it will get by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// The last part of the link that accepts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The code that goes with the link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conf_code: Option<String>,
    /// Set once accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Acceptance>,
}

/// The time a life after `from`.
pub const fn lapse(from: Timestamp) -> Timestamp {
    Timestamp(
        from.0
            .saturating_add(Timestamp::from_seconds(LIFE_SECONDS).0),
    )
}

/// An address in lower case, if the text is one that mail can be sent to: `name@domain`, at most 254 bytes,
/// the name at most 64; both in parts of letters, digits and a few signs with dots between them.
pub fn address(text: &str) -> Option<String> {
    // Measured as it is kept: some letters are longer in lower case.
    let lower = text.to_lowercase();
    let (name, domain) = lower.rsplit_once('@')?;
    let is_letter = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric(),
        // Nothing that is unseen, or turns the text around.
        false => {
            !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
                && !c.is_whitespace()
                && !c.is_control()
        }
    };
    let is_name = |c: char| is_letter(c) || "!#$%&'*+/=?^_`{|}~-".contains(c);
    let is_label = |label: &str| {
        let fits = label.chars().all(|c| is_letter(c) || c == '-');
        fits && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    };
    let named = |part: &str| part.chars().all(is_name);
    let parts = |text: &str, fits: &dyn Fn(&str) -> bool| {
        text.split('.').all(|part| !part.is_empty() && fits(part))
    };
    let fits = parts(name, &named) && parts(domain, &is_label);
    (fits && name.len() <= 64 && lower.len() <= 254).then_some(lower)
}

impl Invitation {
    /// When it lapses, if it is of the states that do.
    fn lapses(&self) -> Option<Timestamp> {
        match self.state {
            State::Requested | State::Sent => Some(self.expires),
            State::PendingApproval => self.acceptance.as_ref().map(|one| one.expires),
            _ => None,
        }
    }

    /// Where it is in its life at a time: what has lapsed is expired, written down or not.
    pub fn state_at(&self, now: Timestamp) -> State {
        match self.lapses() {
            Some(at) if at <= now => State::Expired,
            _ => self.state,
        }
    }

    /// When something happens to it by itself: it lapses, or gets the answer it expects.
    pub fn due(&self) -> Option<Timestamp> {
        let answer = self.expected.filter(|_| self.state == State::Sent);
        match (self.lapses(), answer) {
            (Some(lapses), Some(answer)) => Some(lapses.min(answer.at)),
            (lapses, _) => lapses,
        }
    }

    /// Whether it may still lead to a connection at a time.
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(
            self.state_at(now),
            State::Requested | State::Sent | State::PendingApproval
        )
    }

    /// Whether rules over the channel's invitations ask for it: it is open, or stands for a
    /// connection.
    pub fn is_current(&self) -> bool {
        matches!(
            self.state,
            State::Requested | State::Sent | State::PendingApproval | State::Approved
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("Ada@Acme.test", Some("ada@acme.test")),
            ("a.b+c@x", Some("a.b+c@x")),
            ("ada", None),
            ("@x", None),
            ("a@", None),
            ("a b@x", None),
            ("a@x..y", None),
            ("a@.x", None),
            ("a@b@c", None),
            ("a\nb@x", None),
            ("<a>@x", None),
            ("a@x>", None),
            ("\"a b\"@x", None),
            ("a,b@x", None),
            ("a..b@x", None),
            (".a@x", None),
            ("a@-x.test", None),
            ("a@x_y.test", None),
            ("a\u{202e}b@x", None),
            ("Jürgen@Müller.test", Some("jürgen@müller.test")),
            ("o'neil=x@a-b.test", Some("o'neil=x@a-b.test")),
        ] {
            assert_eq!(address(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_has_lapsed_is_expired_though_nobody_wrote_it_down() {
        let at = Timestamp::from_seconds;
        let id = "I0ONE".parse().unwrap();
        let mut one = Invitation {
            id,
            channel: "C0OPS".parse().unwrap(),
            inviter: "U0ADA".parse().unwrap(),
            to: Recipient::Email("gil@globex.test".to_owned()),
            external_limited: true,
            message: None,
            requested: false,
            state: State::Sent,
            created: at(0),
            updated: at(0),
            expires: lapse(at(0)),
            reviewer: None,
            denial: None,
            expected: None,
            link: None,
            conf_code: None,
            acceptance: None,
        };
        assert_eq!(one.state_at(at(LIFE_SECONDS - 1)), State::Sent);
        assert_eq!(one.state_at(at(LIFE_SECONDS)), State::Expired);
        assert_eq!(one.due(), Some(at(LIFE_SECONDS)));
        one.expected = Some(Expected {
            user: "U0GIL".parse().unwrap(),
            answer: StandingAnswer::AutoAccept,
            at: at(5),
        });
        assert_eq!(one.due(), Some(at(5)));
        one.state = State::PendingApproval;
        one.acceptance = Some(Acceptance {
            workspace: "T0GLOBEX".parse().unwrap(),
            user: "U0GIL".parse().unwrap(),
            name: None,
            private: true,
            at: at(10),
            expires: lapse(at(10)),
            awaiting: Vec::new(),
            reviews: Vec::new(),
        });
        assert_eq!(one.due(), Some(at(LIFE_SECONDS + 10)));
        assert_eq!(one.state_at(at(LIFE_SECONDS)), State::PendingApproval);
        one.state = State::Revoked;
        assert_eq!((one.due(), one.is_open(at(0))), (None, false));
    }
}
