//! The command `guestlist`.

mod app;
mod args;
mod clock;
mod config;
mod connector;
mod control_client;
mod control_token;
mod data;
mod docs;
mod events;
mod exit;
mod interact;
mod invitation;
mod invite_request;
mod journal;
mod ledger;
mod logs;
mod mail;
mod near;
mod output;
mod progress;
mod requests;
mod serve;
mod span;
mod store;
mod token;
mod transfer;
mod user;
mod why;
mod world;

use anyhow::Result;
use app::AppCommand;
use args::{Cli, Command, MailCommand, StoreCommand, TokenCommand};
use clap::{CommandFactory, Parser};
use config::{Config, Surroundings};
use events::EventsCommand;
use guestlist_server::control::{Missing, RemoveWorkspaces};
use std::{future::Future, process::ExitCode};
use tokio::runtime::{self, Runtime};
use world::WorldCommand;

/// Calls allocate and free small things by the dozen, which costs less with this allocator than
/// with the system's. Without huge pages, which would nearly double what an idle server holds.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    exit::code(run(Cli::parse()))
}

fn run(cli: Cli) -> Result<()> {
    let serves = matches!(cli.command, Command::Serve(_) | Command::Config { .. });
    let around = Surroundings::of_this_process(cli.config, serves);
    let settings = |flags| Config::read(flags, &around);
    match cli.command {
        Command::Serve(flags) => serve::run(&settings(flags.given())?),
        Command::Config { flags, json } => config::show(&settings(flags.given())?, json),
        Command::World(command) => match command {
            WorldCommand::Check { file, json } => world::check(&file, json),
            WorldCommand::Import(args) => world::import(&args, &settings(args.data.given())?),
            WorldCommand::Add {
                file,
                new_ids,
                data,
                json,
            } => wait(world::add(&settings(data.given())?, &file, new_ids, json)),
            WorldCommand::List { data, json } => wait(world::list(&settings(data.given())?, json)),
            WorldCommand::Remove {
                workspaces,
                tied,
                missing_ok,
                data,
                json,
            } => {
                let missing = if missing_ok {
                    Missing::Ok
                } else {
                    Missing::Refuse
                };
                let ask = RemoveWorkspaces {
                    workspaces,
                    tied,
                    missing,
                };
                wait(world::remove(&settings(data.given())?, ask, json))
            }
            WorldCommand::Export {
                data,
                output,
                workspace,
                json,
            } => wait(world::export(
                &settings(data.given())?,
                output.as_deref(),
                workspace,
                json,
            )),
            WorldCommand::Schema => world::schema(),
        },
        Command::Store(command) => match command {
            StoreCommand::Move { from, to, json } => wait(transfer::run(&from, &to, json)),
            StoreCommand::Backup { file, data, json } => {
                store::back_up(&settings(data.given())?, &file, json)
            }
            StoreCommand::Check { file, data, json } => {
                store::check(&settings(data.given())?, file.as_deref(), json)
            }
            StoreCommand::Restore { file, data, json } => {
                store::restore(&settings(data.given())?, &file, json)
            }
        },
        Command::Token(command) => match command {
            TokenCommand::Create(create) => {
                wait(token::create(&settings(create.data.given())?, &create))
            }
            TokenCommand::List { data, json } => wait(token::list(&settings(data.given())?, json)),
            TokenCommand::Revoke { token, data, json } => {
                wait(token::revoke(&settings(data.given())?, &token, json))
            }
        },
        Command::App(command) => match command {
            AppCommand::Create(create) => {
                wait(app::create(&settings(create.data.given())?, &create))
            }
            AppCommand::Update(update) => {
                wait(app::update(&settings(update.data.given())?, &update))
            }
            AppCommand::List { data, json } => wait(app::list(&settings(data.given())?, json)),
            AppCommand::Install(install) => {
                wait(app::install(&settings(install.data.given())?, install))
            }
            AppCommand::Grant(grant) => {
                wait(app::grant(&settings(grant.data.given())?, grant, true))
            }
            AppCommand::Ungrant(grant) => {
                wait(app::grant(&settings(grant.data.given())?, grant, false))
            }
        },
        Command::Events(command) => match command {
            EventsCommand::Tail(tail) => wait(events::tail(&settings(tail.data.given())?, &tail)),
            EventsCommand::Redeliver(again) => {
                wait(events::redeliver(&settings(again.data.given())?, &again))
            }
            EventsCommand::Pause(hold) => {
                wait(events::hold(&settings(hold.data.given())?, &hold, true))
            }
            EventsCommand::Resume(hold) => {
                wait(events::hold(&settings(hold.data.given())?, &hold, false))
            }
            EventsCommand::Subscribe(ask) => {
                wait(events::subscribe(&settings(ask.data.given())?, &ask))
            }
        },
        Command::Mail(command) => match command {
            MailCommand::List {
                workspace,
                to,
                state,
                limit,
                data,
                json,
            } => {
                let config = settings(data.given())?;
                let workspace = workspace.map(|id| id.to_string());
                let filter = [("workspace", workspace), ("to", to), ("state", state)];
                let list = mail::list(&config, filter, limit, json);
                wait(list)
            }
            MailCommand::Show {
                id,
                html,
                data,
                json,
            } => wait(mail::show(&settings(data.given())?, &id, json, html)),
            MailCommand::Send { id, data, json } => {
                wait(mail::send(&settings(data.given())?, &id, json))
            }
        },
        Command::Invitation(command) => {
            let config = settings(command.data().given())?;
            wait(invitation::run(&config, command))
        }
        Command::InviteRequest(command) => {
            let config = settings(command.data().given())?;
            wait(invite_request::run(&config, command))
        }
        Command::User(command) => {
            let config = settings(command.data().given())?;
            wait(user::run(&config, command))
        }
        Command::Clock(args) => wait(clock::run(&settings(args.data.given())?, &args)),
        Command::Docs { method, json } => docs::run(method.as_deref(), json),
        Command::Openapi => output::print_json(&guestlist_server::openapi()),
        Command::Journal(args) => wait(journal::run(&settings(args.data.given())?, &args)),
        Command::Requests(args) => wait(requests::run(&settings(args.data.given())?, &args)),
        Command::Why { id, data, json } => wait(why::run(&settings(data.given())?, &id, json)),
        Command::Ledger {
            method,
            json,
            markdown,
        } => {
            let form = match (json, markdown) {
                (true, _) => ledger::Form::Json,
                (false, true) => ledger::Form::Markdown,
                (false, false) => ledger::Form::Text,
            };
            ledger::run(method.as_deref(), form)
        }
        Command::Call(call) => leave(connector::call(&call)),
        Command::Invite(invite) => leave(connector::invite(&invite)),
        Command::Connector(command) => connector::run(&command),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "guestlist", &mut script);
            output::print(&String::from_utf8_lossy(&script))
        }
    }
}

/// Runs a short command to its end.
fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    runtime()?.block_on(work)
}

/// Runs a command to its end and waits for nothing that it left: looking up a name has no limit of its own.
fn leave<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = runtime()?;
    let came = runtime.block_on(work);
    runtime.shutdown_background();
    came
}

fn runtime() -> Result<Runtime> {
    let mut builder = runtime::Builder::new_current_thread();
    Ok(builder.enable_all().build()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::mpsc::{RecvTimeoutError, channel},
        time::Duration,
    };

    #[test]
    fn nothing_that_a_call_left_is_waited_for() {
        // It ends with this test, or late when it is waited for.
        let (goes_on, ends) = channel::<()>();
        let (tell, told) = channel();
        leave(async move {
            tokio::task::spawn_blocking(move || {
                let late = ends.recv_timeout(Duration::from_secs(30));
                let _ = tell.send(late);
            });
            Ok(())
        })
        .unwrap();
        assert!(told.try_recv().is_err(), "it was waited for");
        drop(goes_on);
        assert_eq!(told.recv().unwrap(), Err(RecvTimeoutError::Disconnected));
    }
}
