//! `guestlist user`.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    interact,
    output::{note, print, print_json, print_list},
};
use anyhow::Result;
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use guestlist_domain::{ChannelId, TeamId, UserId};
use guestlist_server::control::{
    self, AboutUser, Joining, NewUser, UserView, UsersPage, WhichUsers,
};
use serde::{Deserialize, de::IntoDeserializer};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Somebody comes to a workspace; apps hear of it (team_join, member_joined_channel)
    Add(AddArgs),
    /// List people and bots
    List(ListArgs),
    /// Something is another about a person; apps hear of it (user_change)
    Edit(EditArgs),
    /// Somebody joins who is invited; apps hear of it (team_join, member_joined_channel)
    Join(JoinArgs),
    /// Somebody is gone: out of all channels, and their tokens are good for nothing (user_change)
    Remove(OneArgs),
    /// Somebody who was gone is back, in the channels that everybody is in (user_change)
    Restore(OneArgs),
    /// Somebody types a slash command; what its app answers is printed
    Command(interact::CommandArgs),
    /// Somebody presses a button of an app's message or view, or chooses from a menu
    Click(interact::ClickArgs),
    /// Somebody chooses a shortcut of an app, of their client or of a message
    Shortcut(interact::ShortcutArgs),
    /// What apps have opened for somebody
    Views(interact::ViewsArgs),
    /// Somebody submits a view
    Submit(interact::SubmitArgs),
    /// Somebody closes a view
    Dismiss(interact::DismissArgs),
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
    #[command(flatten)]
    about: AboutArgs,
    /// They are a guest
    #[arg(long, value_parser = PossibleValuesParser::new(GUESTS))]
    guest: Option<String>,
    /// When their time as a guest ends, as 2030-05-01 or 2030-05-01T12:00:00Z; they are removed then
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// A channel they are brought into, beside those that everybody is in; may be given several times
    #[arg(long = "channel", value_name = "ID")]
    channels: Vec<ChannelId>,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// What there is to say of them.
#[derive(Debug, Args)]
struct AboutArgs {
    /// Their full name
    #[arg(long)]
    real_name: Option<String>,
    /// The name they are shown by
    #[arg(long)]
    display_name: Option<String>,
    /// Their job
    #[arg(long)]
    title: Option<String>,
    /// Their address
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Their time zone, as Europe/Zurich
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    /// What they may do
    #[arg(long, value_parser = PossibleValuesParser::new(["member", "admin", "owner"]))]
    role: Option<String>,
}

const GUESTS: [&str; 2] = ["multi_channel", "single_channel"];

#[derive(Debug, Args)]
#[command(
    after_help = "Examples: guestlist user edit U0NIA --title 'Head of Sales', guestlist user edit U0NIA --role admin, guestlist user edit U0NIA --guest none, guestlist user edit U0MIA --expires 2030-05-01"
)]
pub(crate) struct EditArgs {
    /// Who, U…
    id: UserId,
    /// Their handle
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    about: AboutArgs,
    /// They are a guest, or a full member
    #[arg(long, value_parser = PossibleValuesParser::new(GUESTS.into_iter().chain(["none"])))]
    guest: Option<String>,
    /// When their time as a guest ends, as 2030-05-01 or 2030-05-01T12:00:00Z, or never
    #[arg(long, value_name = "TIME|never")]
    expires: Option<String>,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only of this workspace, T…
    #[arg(long, value_name = "ID")]
    workspace: Option<TeamId>,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JoinArgs {
    /// Who, U…
    id: UserId,
    /// Their full name [default: that of the invitation]
    #[arg(long)]
    real_name: Option<String>,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OneArgs {
    /// Who, U…
    id: UserId,
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
            Self::List(args) => &args.data,
            Self::Edit(args) => &args.data,
            Self::Join(args) => &args.data,
            Self::Remove(args) | Self::Restore(args) => &args.data,
            Self::Command(args) => &args.data,
            Self::Click(args) => &args.data,
            Self::Shortcut(args) => &args.data,
            Self::Views(args) => &args.data,
            Self::Submit(args) => &args.data,
            Self::Dismiss(args) => &args.data,
        }
    }
}

pub(crate) async fn run(config: &Config, command: UserCommand) -> Result<()> {
    match &command {
        UserCommand::Command(args) => return interact::command(config, args).await,
        UserCommand::Click(args) => return interact::click(config, args).await,
        UserCommand::Shortcut(args) => return interact::shortcut(config, args).await,
        UserCommand::Views(args) => return interact::views(config, args).await,
        UserCommand::Submit(args) => return interact::submit(config, args).await,
        UserCommand::Dismiss(args) => return interact::dismiss(config, args).await,
        _ => {}
    }
    let data = Data::open(config).await?;
    let done = obey(&data, &command).await;
    data.close().await;
    done
}

async fn obey(data: &Data, command: &UserCommand) -> Result<()> {
    let (user, json) = match command {
        UserCommand::List(args) => return list(data, args).await,
        UserCommand::Add(args) => (add(data, args).await?, args.json),
        UserCommand::Edit(args) => (edit(data, args).await?, args.json),
        UserCommand::Join(args) => (join(data, args).await?, args.json),
        UserCommand::Remove(args) => (remove(data, args.id).await?, args.json),
        UserCommand::Restore(args) => (restore(data, args.id).await?, args.json),
        // They work on no store.
        UserCommand::Command(_)
        | UserCommand::Click(_)
        | UserCommand::Shortcut(_)
        | UserCommand::Views(_)
        | UserCommand::Submit(_)
        | UserCommand::Dismiss(_) => return Ok(()),
    };
    if json {
        return print_json(&user);
    }
    let (name, workspace) = (&user.name, user.workspace);
    note(&match command {
        UserCommand::Edit(_) => format!("{name} of {workspace} is so now"),
        UserCommand::Remove(_) => format!("{name} is gone from {workspace}"),
        _ => format!("{name} is in {workspace} now"),
    });
    match command {
        UserCommand::Add(_) => print(&format!("{}\n", user.user)),
        _ => Ok(()),
    }
}

impl AboutArgs {
    fn read(
        &self,
        name: Option<&String>,
        guest: Option<&String>,
        expires: Option<&String>,
    ) -> Result<AboutUser> {
        Ok(AboutUser {
            name: name.cloned(),
            real_name: self.real_name.clone(),
            display_name: self.display_name.clone(),
            title: self.title.clone(),
            email: self.email.clone().map(Some),
            tz: self.tz.clone().map(Some),
            role: self.role.as_deref().map(named).transpose()?,
            guest: match guest.map(String::as_str) {
                None => None,
                Some("none") => Some(None),
                Some(kind) => Some(Some(named(kind)?)),
            },
            expires: expires.map(|time| Some(time.clone()).filter(|time| time != "never")),
        })
    }
}

async fn add(data: &Data, args: &AddArgs) -> Result<UserView> {
    let ask = NewUser {
        workspace: args.workspace,
        about: args
            .about
            .read(Some(&args.name), args.guest.as_ref(), args.expires.as_ref())?,
        channels: args.channels.clone(),
    };
    Ok(match data {
        Data::Ours(store) => control::add_user(store, ask).await?,
        Data::Theirs(server) => server.post("/users", &ask).await?,
    })
}

async fn edit(data: &Data, args: &EditArgs) -> Result<UserView> {
    let about = args.about.read(
        args.name.as_ref(),
        args.guest.as_ref(),
        args.expires.as_ref(),
    )?;
    Ok(match data {
        Data::Ours(store) => control::edit_user(store, args.id, about).await?,
        Data::Theirs(server) => server.post(&format!("/users/{}", args.id), &about).await?,
    })
}

async fn join(data: &Data, args: &JoinArgs) -> Result<UserView> {
    let how = Joining {
        real_name: args.real_name.clone(),
    };
    Ok(match data {
        Data::Ours(store) => control::join_user(store, args.id, how).await?,
        Data::Theirs(server) => {
            let path = format!("/users/{}/join", args.id);
            server.post(&path, &how).await?
        }
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

async fn restore(data: &Data, id: UserId) -> Result<UserView> {
    Ok(match data {
        Data::Ours(store) => control::restore_user(store, id).await?,
        Data::Theirs(server) => {
            let path = format!("/users/{id}/restore");
            server.post(&path, &json!({})).await?
        }
    })
}

async fn list(data: &Data, args: &ListArgs) -> Result<()> {
    let (mut users, mut after) = (Vec::new(), None);
    loop {
        let page = page(data, args.workspace, after).await?;
        users.extend(page.users);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let heads = ["WORKSPACE", "USER", "KIND", "NAME", "EMAIL", "REAL NAME"];
    print_list(args.json, "users", &users, &heads, row)
}

async fn page(data: &Data, workspace: Option<TeamId>, after: Option<UserId>) -> Result<UsersPage> {
    Ok(match data {
        Data::Ours(store) => {
            let which = WhichUsers {
                workspace,
                after,
                limit: None,
            };
            control::list_users(store, which).await?
        }
        Data::Theirs(server) => {
            let workspace = workspace.map(|id| format!("workspace={id}"));
            let after = after.map(|id| format!("after={id}"));
            let query: Vec<_> = workspace.into_iter().chain(after).collect();
            server.get(&format!("/users?{}", query.join("&"))).await?
        }
    })
}

fn row(user: &UserView) -> Vec<String> {
    let kind = match (user.removed, user.app, user.guest) {
        (true, ..) => "removed".to_owned(),
        _ if user.invited => "invited".to_owned(),
        (_, Some(app), _) => format!("bot of {app}"),
        (.., Some(guest)) => match &user.expires {
            Some(time) => format!("{} guest until {time}", text(&guest)),
            None => format!("{} guest", text(&guest)),
        },
        _ => text(&user.role),
    };
    vec![
        user.workspace.to_string(),
        user.user.to_string(),
        kind,
        user.name.clone(),
        user.email.clone().unwrap_or_else(|| "-".to_owned()),
        user.real_name.clone(),
    ]
}

/// The name that world files have for a value.
fn text(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// A choice by the name that world files have for it.
pub(crate) fn named<T: for<'de> Deserialize<'de>>(
    name: &str,
) -> Result<T, serde::de::value::Error> {
    T::deserialize(name.into_deserializer())
}
