//! What people do with apps in their clients: `guestlist user command`, `click`, `shortcut`, `views`,
//! `submit`, `dismiss`.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{note, print, print_json, table},
};
use anyhow::{Result, bail};
use clap::{ArgGroup, Args};
use guestlist_domain::{AppId, ChannelId, TeamId, UserId};
use guestlist_server::control::{
    Choosing, ChosenView, ClickedView, Clicking, DismissedView, Dismissing, OpenView, Pressing,
    ShownView, SubmittedView, Submitting, TypedView, Typing,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

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
    group = ArgGroup::new("place").required(true),
    after_help = "Examples: guestlist user click U0ADA --channel C0WELCOME --ts 1700000000.000100 --action approve, guestlist user click U0ADA --channel C0WELCOME --ts 1700000000.000100 --action who --value U0SOL, guestlist user click U0ADA --view V0A1B2C3D4E --action more"
)]
pub(crate) struct ClickArgs {
    /// Who, U…
    id: UserId,
    /// The conversation
    #[arg(long, value_name = "ID", group = "place", requires = "ts")]
    channel: Option<ChannelId>,
    /// The message in it
    #[arg(long, requires = "channel")]
    ts: Option<String>,
    /// The view that they have open, instead of a message
    #[arg(long, value_name = "V…", group = "place", conflicts_with = "workspace", value_parser = word)]
    view: Option<String>,
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
    let server = Data::server(config, "apps are told").await?;
    let (action, block) = (args.action.clone(), args.block.clone());
    let clicked: ClickedView = match (&args.view, args.channel, &args.ts) {
        (Some(view), ..) => {
            let ask = Pressing {
                action,
                block,
                value,
            };
            let path = format!("/users/{}/views/{view}/click", args.id);
            server.post(&path, &ask).await?
        }
        (None, Some(channel), Some(ts)) => {
            let ask = Clicking {
                channel,
                ts: ts.clone(),
                action,
                block,
                value,
                workspace: args.workspace,
            };
            let path = format!("/users/{}/click", args.id);
            server.post(&path, &ask).await?
        }
        (None, ..) => bail!("name a message by --channel and --ts, or a view by --view"),
    };
    let app = clicked.app_id;
    match (args.json, clicked.told) {
        (true, _) => print_json(&clicked)?,
        (false, true) => note(&format!("{app} took it")),
        (false, false) => note(&format!(
            "it stays so, and {app} hears of it when the view is submitted"
        )),
    }
    Ok(())
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

#[derive(Debug, Args)]
#[command(
    after_help = "Examples: guestlist user shortcut U0ADA invite, guestlist user shortcut U0ADA greet --channel C0WELCOME --ts 1700000000.000100"
)]
pub(crate) struct ShortcutArgs {
    /// Who, U…
    id: UserId,
    /// The shortcut, by its callback_id
    callback_id: String,
    /// Whose, where several apps have one of that id
    #[arg(long, value_name = "A…")]
    app: Option<AppId>,
    /// The conversation, for a shortcut of a message
    #[arg(long, value_name = "ID", requires = "ts")]
    channel: Option<ChannelId>,
    /// The message in it
    #[arg(long, requires = "channel")]
    ts: Option<String>,
    /// In which of their workspaces [default: their own]
    #[arg(long, value_name = "T…")]
    workspace: Option<TeamId>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn shortcut(config: &Config, args: &ShortcutArgs) -> Result<()> {
    let ask = Choosing {
        callback_id: args.callback_id.clone(),
        app: args.app,
        channel: args.channel,
        ts: args.ts.clone(),
        workspace: args.workspace,
    };
    let server = Data::server(config, "apps are told").await?;
    let path = format!("/users/{}/shortcut", args.id);
    let chosen: ChosenView = server.post(&path, &ask).await?;
    match args.json {
        true => print_json(&chosen),
        false => {
            note(&format!("{} took it", chosen.app_id));
            Ok(())
        }
    }
}

/// An id of a view: nothing that a path would have to escape.
fn word(text: &str) -> Result<String, String> {
    match !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        true => Ok(text.to_owned()),
        false => Err("letters and digits alone".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct ViewsArgs {
    /// Who, U…
    id: UserId,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON, each view whole
    #[arg(long)]
    json: bool,
}

#[derive(Deserialize)]
struct Views {
    views: Vec<OpenView>,
}

pub(crate) async fn views(config: &Config, args: &ViewsArgs) -> Result<()> {
    let server = Data::server(config, "views are open").await?;
    let path = format!("/users/{}/views", args.id);
    let Views { views } = server.get(&path).await?;
    if args.json {
        return print_json(&json!({"views": views}));
    }
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let rows: Vec<_> = views
        .iter()
        .map(|OpenView { top, view }| {
            vec![
                text(&view["id"]),
                text(&view["app_id"]),
                text(&view["callback_id"]),
                text(&view["title"]["text"]),
                if *top { "top" } else { "below" }.to_owned(),
            ]
        })
        .collect();
    print(&table(&["VIEW", "APP", "CALLBACK", "TITLE", "LIES"], &rows))
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: guestlist user submit U0ADA V0A1B2C3D4E --value guest=U0SOL --value room=C0WELCOME"
)]
pub(crate) struct SubmitArgs {
    /// Who, U…
    id: UserId,
    /// The view, V…
    #[arg(value_parser = word)]
    view: String,
    /// What is chosen or typed, as ACTION_ID=VALUE or BLOCK_ID/ACTION_ID=VALUE; of several once for each
    #[arg(long = "value", value_name = "ID=VALUE", value_parser = pair)]
    values: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is written ACTION_ID=VALUE".to_owned()),
    }
}

/// What is given of each: a text, or where it is given several times a list.
fn gathered(values: &[(String, String)]) -> Map<String, Value> {
    let mut gathered: Map<String, Value> = Map::new();
    for (name, value) in values {
        let value = Value::from(value.clone());
        match gathered.get_mut(name) {
            Some(Value::Array(many)) => many.push(value),
            Some(one) => *one = json!([one.take(), value]),
            None => {
                gathered.insert(name.clone(), value);
            }
        }
    }
    gathered
}

pub(crate) async fn submit(config: &Config, args: &SubmitArgs) -> Result<()> {
    let server = Data::server(config, "apps are told").await?;
    let path = format!("/users/{}/views/{}/submit", args.id, args.view);
    let ask = Submitting {
        values: gathered(&args.values),
    };
    let done: SubmittedView = server.post(&path, &ask).await?;
    match args.json {
        true => print_json(&done)?,
        false => tell(&done)?,
    }
    match done.errors.is_empty() {
        true => Ok(()),
        false => bail!("{} stays open", args.view),
    }
}

/// What came of a submission, in words.
fn tell(done: &SubmittedView) -> Result<()> {
    let app = done.app_id;
    let next = done.view["id"].as_str().unwrap_or_default();
    note(&match done.response_action.as_str() {
        "errors" => format!("{app} took it, and {next} stays open: something is wrong"),
        "update" => format!("{app} took it, and changed {next}"),
        "push" => format!("{app} took it, and put {next} on top of it"),
        "clear" => format!("{app} took it, and closed all"),
        _ => format!("{app} took it, and it is closed"),
    });
    for (block, what) in &done.errors {
        let what = what.as_str().unwrap_or_default();
        print(&format!("{block}: {what}\n"))?;
    }
    Ok(())
}

#[derive(Debug, Args)]
pub(crate) struct DismissArgs {
    /// Who, U…
    id: UserId,
    /// The view, V…
    #[arg(value_parser = word)]
    view: String,
    /// With all that lie below it
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn dismiss(config: &Config, args: &DismissArgs) -> Result<()> {
    let server = Data::server(config, "apps are told").await?;
    let path = format!("/users/{}/views/{}/dismiss", args.id, args.view);
    let ask = Dismissing { all: args.all };
    let done: DismissedView = server.post(&path, &ask).await?;
    if args.json {
        return print_json(&done);
    }
    for view in &done.closed {
        let told = match done.told.contains(view) {
            true => ", and the app heard of it",
            false => "",
        };
        note(&format!("{view} is closed{told}"));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_several_times_is_a_list() {
        let pairs = ["a=1", "b=x=y", "a=2", "c=", "a=3"].map(|text| pair(text).unwrap());
        let expected = json!({"a": ["1", "2", "3"], "b": "x=y", "c": ""});
        assert_eq!(Value::Object(gathered(&pairs)), expected);
        assert!(pair("=x").is_err() && pair("x").is_err());
    }
}
