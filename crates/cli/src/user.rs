//! `guestlist user`.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{note, print, print_json},
};
use anyhow::Result;
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use guestlist_domain::{ChannelId, TeamId, UserId};
use guestlist_server::control::{self, NewUser, UserView};
use serde::{Deserialize, de::IntoDeserializer};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Somebody comes to a workspace; apps hear of it (team_join, member_joined_channel)
    Add(AddArgs),
    /// Somebody is gone: out of all channels, and their tokens are good for nothing (user_change)
    Remove {
        /// Who, U…
        id: UserId,
        #[command(flatten)]
        data: DataArgs,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: guestlist user add --workspace T0ACME --name nia --email nia@acme.test --channel C0WELCOME"
)]
pub(crate) struct AddArgs {
    /// Where, T…
    #[arg(long, value_name = "ID")]
    workspace: TeamId,
    /// Their handle
    #[arg(long)]
    name: String,
    /// Their full name
    #[arg(long, default_value = "", hide_default_value = true)]
    real_name: String,
    /// Their address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// What they may do
    #[arg(long, default_value = "member", value_parser = PossibleValuesParser::new(["member", "admin", "owner"]))]
    role: String,
    /// They are a guest
    #[arg(long, value_parser = PossibleValuesParser::new(["multi_channel", "single_channel"]))]
    guest: Option<String>,
    /// A channel they are brought into, beside those that everybody is in; may be given several times
    #[arg(long = "channel", value_name = "ID")]
    channels: Vec<ChannelId>,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl UserCommand {
    /// Which store it works on.
    pub(crate) fn data(&self) -> &DataArgs {
        match self {
            Self::Add(args) => &args.data,
            Self::Remove { data, .. } => data,
        }
    }
}

pub(crate) async fn run(config: &Config, command: UserCommand) -> Result<()> {
    let data = Data::open(config).await?;
    let done = match &command {
        UserCommand::Add(args) => add(&data, args).await,
        UserCommand::Remove { id, .. } => remove(&data, *id).await,
    };
    data.close().await;
    let user = done?;
    match command {
        UserCommand::Add(AddArgs { json: true, .. }) | UserCommand::Remove { json: true, .. } => {
            print_json(&user)
        }
        UserCommand::Add(_) => {
            note(&format!("{} is in {} now", user.name, user.workspace));
            print(&format!("{}\n", user.user))
        }
        UserCommand::Remove { .. } => {
            note(&format!("{} is gone from {}", user.name, user.workspace));
            Ok(())
        }
    }
}

async fn add(data: &Data, args: &AddArgs) -> Result<UserView> {
    let ask = NewUser {
        workspace: args.workspace,
        name: args.name.clone(),
        real_name: args.real_name.clone(),
        email: args.email.clone(),
        role: named(&args.role)?,
        guest: args.guest.as_deref().map(named).transpose()?,
        channels: args.channels.clone(),
    };
    Ok(match data {
        Data::Ours(store) => control::add_user(store, ask).await?,
        Data::Theirs(server) => server.post("/users", &ask).await?,
    })
}

async fn remove(data: &Data, id: UserId) -> Result<UserView> {
    Ok(match data {
        Data::Ours(store) => control::remove_user(store, id).await?,
        Data::Theirs(server) => {
            let path = format!("/users/{id}/remove");
            server.post(&path, &json!({})).await?
        }
    })
}

/// A choice by the name that world files have for it.
fn named<T: for<'de> Deserialize<'de>>(name: &str) -> Result<T, serde::de::value::Error> {
    T::deserialize(name.into_deserializer())
}
