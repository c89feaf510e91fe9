//! Calls from the command line: `guestlist call`, `guestlist invite`, `guestlist connector`.

mod args;
mod call;
mod describe;
mod invite;
mod outcome;
mod parameters;
mod target;

pub(crate) use args::{CallArgs, ConnectorCommand, InviteArgs};
pub(crate) use call::call;
pub(crate) use invite::invite;
pub(crate) use outcome::EXIT_CODES;

use anyhow::Result;

/// `guestlist connector`.
pub(crate) fn run(command: &ConnectorCommand) -> Result<()> {
    match command {
        ConnectorCommand::Describe { method, format } => describe::describe(method, *format),
    }
}
