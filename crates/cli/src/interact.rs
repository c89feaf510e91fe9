//! What people do with apps in their clients: `guestlist user command`, `click`.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{note, print, print_json},
};
use anyhow::Result;
use clap::Args;
use guestlist_domain::{ChannelId, TeamId, UserId};
use guestlist_server::control::{ClickedView, Clicking, ShownView, TypedView, Typing};
use serde_json::Value;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: guestlist user command U0ADA '/invite-guest @sol' --channel C0WELCOME"
)]
pub(crate) struct CommandArgs {
    /// Who, U…
    id: UserId,
    /// The command, with its slash, and what follows it
    text: String,
    /// The conversation they are in
    #[arg(long, value_name = "ID")]
    channel: ChannelId,
    /// In which of their workspaces [default: their own]
    #[arg(long, value_name = "T…")]
    workspace: Option<TeamId>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples: guestlist user click U0ADA --channel C0WELCOME --ts 1700000000.000100 --action approve, guestlist user click U0ADA --channel C0WELCOME --ts 1700000000.000100 --action who --value U0SOL"
)]
pub(crate) struct ClickArgs {
    /// Who, U…
    id: UserId,
    /// The conversation
    #[arg(long, value_name = "ID")]
    channel: ChannelId,
    /// The message in it
    #[arg(long)]
    ts: String,
    /// The button or menu, by its action_id
    #[arg(long, value_name = "ID")]
    action: String,
    /// The block it is in, where several have the same
    #[arg(long, value_name = "ID")]
    block: Option<String>,
    /// What is chosen: an option's value, an id, a date, words; may be given several times
    #[arg(long = "value", value_name = "VALUE")]
    values: Vec<String>,
    /// In which of their workspaces [default: their own]
    #[arg(long, value_name = "T…")]
    workspace: Option<TeamId>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn click(config: &Config, args: &ClickArgs) -> Result<()> {
    let value = match args.values.as_slice() {
        [] => Value::Null,
        [one] => one.clone().into(),
        many => many.iter().cloned().collect(),
    };
    let ask = Clicking {
        channel: args.channel,
        ts: args.ts.clone(),
        action: args.action.clone(),
        block: args.block.clone(),
        value,
        workspace: args.workspace,
    };
    let server = Data::server(config, "apps are told").await?;
    let path = format!("/users/{}/click", args.id);
    let clicked: ClickedView = server.post(&path, &ask).await?;
    match args.json {
        true => print_json(&clicked),
        false => {
            note(&format!("{} took it", clicked.app_id));
            Ok(())
        }
    }
}

pub(crate) async fn command(config: &Config, args: &CommandArgs) -> Result<()> {
    let ask = Typing {
        text: args.text.clone(),
        channel: args.channel,
        workspace: args.workspace,
    };
    let server = Data::server(config, "apps are told").await?;
    let path = format!("/users/{}/command", args.id);
    let typed: TypedView = server.post(&path, &ask).await?;
    if args.json {
        return print_json(&typed);
    }
    note(&format!("{} took {}", typed.app_id, typed.command));
    shown(typed.answer.as_ref())
}

/// What somebody sees of an app's answer.
fn shown(answer: Option<&ShownView>) -> Result<()> {
    let Some(answer) = answer else {
        return Ok(());
    };
    let who = match answer.response_type.as_str() {
        "in_channel" => "everybody there sees",
        _ => "they alone see",
    };
    note(&format!("{who}, in {} at {}:", answer.channel, answer.ts));
    print(&format!("{}\n", answer.text))?;
    for more in [&answer.blocks, &answer.attachments] {
        if !more.is_null() {
            print_json(more)?;
        }
    }
    Ok(())
}
