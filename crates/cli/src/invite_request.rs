//! `guestlist invite-request`.

use crate::{
    args::DataArgs,
    config::Config,
    data::{Data, query},
    output::{note, print, print_json, print_list},
};
use anyhow::Result;
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use guestlist_domain::{ChannelId, InviteRequestId, TeamId, UserId};
use guestlist_server::control::{
    self, Deciding, Decision, InviteRequestView, MadeRequest, NewInviteRequest, WhichInviteRequests,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum InviteRequestCommand {
    /// Somebody asks that somebody be invited; apps hear of it (invite_requested)
    ///
    /// Where the workspace does not want it so (invitations_need_approval), and when an admin asks, they are invited
    /// at once.
    Create(CreateArgs),
    /// List requests, the newest first
    List(ListArgs),
    /// Let them be invited, as an admin
    Approve(OneArgs),
    /// Do not, as an admin
    Deny(OneArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: guestlist invite-request create --as U0BEN --email nia@acme.test --channel C0WELCOME --reason 'Starts on Monday'"
)]
pub(crate) struct CreateArgs {
    /// The person who asks, U…
    #[arg(long = "as", value_name = "USER")]
    user: UserId,
    /// In which workspace [default: their own]
    #[arg(long, value_name = "ID")]
    workspace: Option<TeamId>,
    /// Whom they mean
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// A channel to come into, beside those that everybody is in; may be given several times
    #[arg(long = "channel", value_name = "ID")]
    channels: Vec<ChannelId>,
    /// They are to come as a guest
    #[arg(long, value_parser = PossibleValuesParser::new(["multi_channel", "single_channel"]))]
    guest: Option<String>,
    /// What they are called
    #[arg(long)]
    real_name: Option<String>,
    /// When their time as a guest ends, as 2030-05-01 or 2030-05-01T12:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Why they are to come, for whoever decides
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Those in this state: pending, approved, denied
    #[arg(long)]
    state: Option<String>,
    /// Those of this workspace
    #[arg(long, value_name = "ID")]
    workspace: Option<TeamId>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: u16,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OneArgs {
    /// The request, Ir…
    id: InviteRequestId,
    /// The admin who decides, U…
    #[arg(long = "as", value_name = "USER")]
    user: UserId,
    /// Of which workspace [default: their own]
    #[arg(long, value_name = "ID")]
    workspace: Option<TeamId>,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl InviteRequestCommand {
    /// Which store it works on.
    pub(crate) fn data(&self) -> &DataArgs {
        match self {
            Self::Create(args) => &args.data,
            Self::List(args) => &args.data,
            Self::Approve(args) | Self::Deny(args) => &args.data,
        }
    }
}

#[derive(Deserialize)]
struct Listed {
    invite_requests: Vec<InviteRequestView>,
}

#[derive(Deserialize)]
struct Decided {
    request: InviteRequestView,
}

pub(crate) async fn run(config: &Config, command: InviteRequestCommand) -> Result<()> {
    let data = Data::open(config).await?;
    if let Data::Ours(store) = &data {
        store.set_site(&config.site());
        store.set_posts(config.smtp.value.is_some());
    }
    let done = match &command {
        InviteRequestCommand::Create(args) => create(&data, args).await,
        InviteRequestCommand::List(args) => list(&data, args).await,
        InviteRequestCommand::Approve(args) => decide(&data, Decision::Approve, args).await,
        InviteRequestCommand::Deny(args) => decide(&data, Decision::Deny, args).await,
    };
    data.close().await;
    done
}

async fn create(data: &Data, args: &CreateArgs) -> Result<()> {
    let ask = NewInviteRequest {
        user: args.user,
        workspace: args.workspace,
        email: args.email.clone(),
        channels: args.channels.clone(),
        guest: args.guest.as_deref().map(crate::user::named).transpose()?,
        real_name: args.real_name.clone(),
        expires: args.expires.clone(),
        reason: args.reason.clone(),
    };
    let made = match data {
        Data::Ours(store) => control::create_invite_request(store, ask).await?,
        Data::Theirs(server) => server.post("/invite-requests", &ask).await?,
    };
    if args.json {
        return print_json(&made);
    }
    match made {
        MadeRequest::Request(request) => {
            note(&format!(
                "an admin of {} is to decide about {}",
                request.workspace, request.email
            ));
            print(&format!("{}\n", request.request))
        }
        MadeRequest::Invited(user) => {
            let workspace = user.workspace;
            note(&format!(
                "{} is invited into {workspace}: nobody has to decide",
                args.email
            ));
            print(&format!("{}\n", user.user))
        }
    }
}

async fn decide(data: &Data, decision: Decision, args: &OneArgs) -> Result<()> {
    let ask = Deciding {
        user: args.user,
        request: args.id,
        workspace: args.workspace,
    };
    let request = match data {
        Data::Ours(store) => control::decide_invite_request(store, decision, ask).await?,
        Data::Theirs(server) => {
            let path = format!("/invite-requests/{}", decision.name());
            server.post::<Decided>(&path, &ask).await?.request
        }
    };
    if args.json {
        return print_json(&json!({"request": request}));
    }
    let (id, email) = (request.request, &request.email);
    note(&match request.invited {
        Some(user) => format!("{id} is approved: {email} is invited, as {user}"),
        None => format!("{id} is denied"),
    });
    Ok(())
}

async fn list(data: &Data, args: &ListArgs) -> Result<()> {
    let query = query([
        ("limit", Some(args.limit.to_string())),
        ("state", args.state.clone()),
        ("workspace", args.workspace.map(|id| id.to_string())),
    ]);
    let requests = match data {
        Data::Ours(store) => {
            control::list_invite_requests(store, WhichInviteRequests::read(&query)?).await?
        }
        Data::Theirs(server) => {
            let path = format!("/invite-requests?{query}");
            server.get::<Listed>(&path).await?.invite_requests
        }
    };
    let heads = [
        "REQUEST",
        "STATE",
        "WORKSPACE",
        "EMAIL",
        "REQUESTERS",
        "CHANNELS",
        "CREATED",
        "",
    ];
    print_list(args.json, "invite_requests", &requests, &heads, row)
}

fn row(one: &InviteRequestView) -> Vec<String> {
    let all = |ids: Vec<String>| match ids.as_slice() {
        [] => "-".to_owned(),
        ids => ids.join(","),
    };
    let more = match one.decided_by {
        Some(by) => format!("by {by}"),
        None => one.reason.clone(),
    };
    vec![
        one.request.to_string(),
        one.state.name().to_owned(),
        one.workspace.to_string(),
        one.email.clone(),
        all(one.requesters.iter().map(ToString::to_string).collect()),
        all(one.channels.iter().map(ToString::to_string).collect()),
        one.created.clone(),
        more,
    ]
}
