//! What is told of each attempt at a call.

use crate::{
    exchange::Exchange,
    failure::{Failure, Source},
};
use std::{fmt, time::Duration};

/// Whoever remembers whether a call may have been carried out, also when this process ends in the
/// middle of it.
pub trait Witness: Send {
    /// The call is sent next: from here on it may be carried out. An error keeps it back.
    fn sends(&mut self) -> Result<(), Source>;

    /// What was sent since the call began was not carried out, and will not be. It may be told again.
    fn came_to_nothing(&mut self);
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The method that was called.
    pub method: String,
    /// What came back, as far as it came.
    pub exchange: Option<Exchange>,
    /// Why that is no answer, if it is none.
    pub failure: Option<Failure>,
    /// What was done next.
    pub then: Then,
}

impl Attempt {
    /// Whether it may have been carried out without an answer that says so.
    pub fn is_uncertain(&self) -> bool {
        let answered = self.exchange.as_ref().and_then(Exchange::error);
        match &self.failure {
            Some(failure) => failure.is_uncertain(),
            None => answered.is_some_and(leaves_open),
        }
    }
}

/// Whether a code leaves open whether the call was carried out.
pub(crate) fn leaves_open(code: &str) -> bool {
    matches!(code, "internal_error" | "fatal_error")
}

/// What was done after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Then {
    /// Nothing: this is the answer.
    Done,
    /// The call was repeated after so long.
    Again(Duration, Why),
    /// The answer of an invitation was lost: the channel was asked who is in.
    AskedWhoIsIn,
    /// The rest of an invitation was refused, after others came in by a call whose answer was lost:
    /// the channel was asked for, to answer for both.
    AskedForTheChannel,
    /// Nothing more: this is the end.
    GaveUp(Why),
}

/// Why a call was repeated, or was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Why {
    /// It came too soon after others.
    RateLimited,
    /// It never arrived.
    NothingSent,
    /// The service said that it is not there for now.
    Unavailable,
    /// It only reads.
    OnlyReads,
    /// The channel shows that it was not carried out, or not for everybody.
    NotCarriedOut,
    /// It may have been carried out, and nothing tells.
    NotKnown,
    /// Another attempt would end as this one did.
    Hopeless,
    /// It was tried often enough.
    Tries,
    /// There is no time left.
    Time,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RateLimited => "it came too soon after others",
            Self::NothingSent => "nothing had been sent",
            Self::Unavailable => "the service is not available for now",
            Self::OnlyReads => "it only reads",
            Self::NotCarriedOut => "somebody named is not in the channel",
            Self::NotKnown => "it may have been carried out, and nothing tells",
            Self::Hopeless => "another attempt would end alike",
            Self::Tries => "it was tried often enough",
            Self::Time => "there is no time left",
        })
    }
}

impl fmt::Display for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("this is the answer"),
            Self::Again(wait, why) => write!(f, "again in {:.2} s: {why}", wait.as_secs_f64()),
            Self::AskedWhoIsIn => f.write_str("asks who is in the channel"),
            Self::AskedForTheChannel => {
                f.write_str("asks for the channel, since others came in before")
            }
            Self::GaveUp(why) => write!(f, "gives up: {why}"),
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.method)?;
        if let Some(exchange) = &self.exchange {
            write!(f, "{} {}", exchange.status.as_u16(), exchange.reason)?;
            if let Some(code) = exchange.error() {
                write!(f, ", {code}")?;
            }
            f.write_str("; ")?;
        }
        if let Some(failure) = &self.failure {
            write!(f, "{}; ", failure.chain())?;
        }
        write!(f, "{}", self.then)
    }
}
