//! Which event it is, and what an app is given to ask about it: texts that are the same whenever they are made.

use crate::id::AppId;
use std::fmt;

/// Where a change stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The row.
    pub seq: i64,
    /// The change's number in the row, over all its entries.
    pub change: u32,
}

/// The identity of an event: the same after a restart, on every attempt and for every app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// The change it comes from.
    pub at: Position,
    /// Which of the change's events it is; see [`Happened::part`](super::Happened::part).
    pub part: u8,
}

/// `Ev` and two numbers in base 36: seven digits for the row, five for the event in it.
impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = u64::try_from(self.at.seq).unwrap_or_default();
        let within = u64::from(self.at.change) * 8 + u64::from(self.part);
        f.write_str("Ev")?;
        base36(f, row, 7)?;
        base36(f, within, 5)
    }
}

/// What an app is given to ask by who could hear an event: opaque to the app. It names the event, and
/// the app that heard it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The event.
    pub event: EventId,
    /// The app.
    pub app: AppId,
}

/// `EC`, the twelve digits of the event's id, and the app's id.
impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.event.to_string();
        write!(f, "EC{}{}", &event[2..], self.app)
    }
}

impl std::str::FromStr for Context {
    type Err = NotAContext;

    fn from_str(text: &str) -> Result<Self, NotAContext> {
        let rest = text.strip_prefix("EC").ok_or(NotAContext)?;
        let (row, rest) = rest.split_at_checked(7).ok_or(NotAContext)?;
        let (within, app) = rest.split_at_checked(5).ok_or(NotAContext)?;
        let within = of_base36(within)?;
        let event = EventId {
            at: Position {
                seq: i64::try_from(of_base36(row)?).map_err(|_| NotAContext)?,
                change: u32::try_from(within / 8).map_err(|_| NotAContext)?,
            },
            part: (within % 8) as u8,
        };
        let app = app.parse().map_err(|_| NotAContext)?;
        Ok(Self { event, app })
    }
}

/// A text is no [`Context`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAContext;

fn of_base36(text: &str) -> Result<u64, NotAContext> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if !text.bytes().all(is_digit) {
        return Err(NotAContext);
    }
    u64::from_str_radix(text, 36).map_err(|_| NotAContext)
}

fn base36(f: &mut fmt::Formatter<'_>, mut number: u64, width: usize) -> fmt::Result {
    let mut digits = Vec::new();
    while number > 0 || digits.len() < width {
        digits.push(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(number % 36) as usize]);
        number /= 36;
    }
    digits
        .iter()
        .rev()
        .try_for_each(|digit| write!(f, "{}", char::from(*digit)))
}
