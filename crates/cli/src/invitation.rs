//! `guestlist invitation`.

use crate::{
    args::DataArgs,
    config::Config,
    data::{Data, query},
    output::{print_json, print_list},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use guestlist_domain::{ChannelId, InvitationId, TeamId, UserId};
use guestlist_server::control::{self, Answering, Deed, InvitationView, WhichInvitations};
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Subcommand)]
pub(crate) enum InvitationCommand {
    /// List invitations, the newest first
    List(ListArgs),
    /// Accept one, as somebody whom it is for
    Accept {
        #[command(flatten)]
        who: Who,
        /// What the channel is called on their side [default: as at the host's]
        #[arg(long)]
        name: Option<String>,
        /// Private on their side
        #[arg(long)]
        private: bool,
    },
    /// Approve an acceptance, as somebody who may manage for a side
    Approve {
        #[command(flatten)]
        who: Who,
    },
    /// Decline one as somebody whom it is for, or its acceptance as somebody who may manage for a side
    Decline {
        #[command(flatten)]
        who: Who,
    },
    /// Take back what nobody has accepted, as who sent it or somebody who may manage
    Revoke {
        #[command(flatten)]
        who: Who,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Those in this state: sent, requested, request_denied, revoked, expired, pending_approval, declined, approved, disconnected
    #[arg(long)]
    state: Option<String>,
    /// Those to a channel of this workspace, and those that it accepted
    #[arg(long, value_name = "ID")]
    workspace: Option<TeamId>,
    /// Those to this channel
    #[arg(long, value_name = "ID")]
    channel: Option<ChannelId>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: u16,
    #[command(flatten)]
    data: DataArgs,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Who does something with which invitation.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// The invitation, I…
    id: InvitationId,
    /// The person who does it, U…
    #[arg(long = "as", value_name = "USER")]
    user: UserId,
    /// In which workspace [default: their own]
    #[arg(long, value_name = "ID")]
    workspace: Option<TeamId>,
    #[command(flatten)]
    data: DataArgs,
}

impl InvitationCommand {
    /// Which store it works on.
    pub(crate) fn data(&self) -> &DataArgs {
        match self {
            Self::List(list) => &list.data,
            Self::Accept { who, .. }
            | Self::Approve { who }
            | Self::Decline { who }
            | Self::Revoke { who } => &who.data,
        }
    }
}

#[derive(Deserialize)]
struct Listed {
    invitations: Vec<InvitationView>,
}

pub(crate) async fn run(config: &Config, command: InvitationCommand) -> Result<()> {
    let data = Data::open(config).await?;
    if let Data::Ours(store) = &data {
        store.set_site(&config.site());
        store.set_posts(config.smtp.value.is_some());
    }
    let done = match command {
        InvitationCommand::List(args) => list(&data, &args).await,
        InvitationCommand::Accept { who, name, private } => {
            let ask = Answering {
                name,
                private,
                ..asked(&who)
            };
            answer(&data, Deed::Accept, ask).await
        }
        InvitationCommand::Approve { who } => answer(&data, Deed::Approve, asked(&who)).await,
        InvitationCommand::Decline { who } => answer(&data, Deed::Decline, asked(&who)).await,
        InvitationCommand::Revoke { who } => answer(&data, Deed::Revoke, asked(&who)).await,
    };
    data.close().await;
    done
}

fn asked(who: &Who) -> Answering {
    Answering {
        user: who.user,
        invitation: who.id,
        workspace: who.workspace,
        name: None,
        private: false,
        target_team: None,
    }
}

/// Answers, and prints the method's reply.
async fn answer(data: &Data, deed: Deed, ask: Answering) -> Result<()> {
    let reply: Value = match data {
        Data::Ours(store) => control::answer_invitation(store, deed, ask).await?,
        Data::Theirs(server) => {
            let path = format!("/invitations/{}", deed.name());
            server.post(&path, &ask).await?
        }
    };
    print_json(&reply)
}

async fn list(data: &Data, args: &ListArgs) -> Result<()> {
    let query = query([
        ("limit", Some(args.limit.to_string())),
        ("state", args.state.clone()),
        ("workspace", args.workspace.map(|id| id.to_string())),
        ("channel", args.channel.map(|id| id.to_string())),
    ]);
    let invitations = match data {
        Data::Ours(store) => {
            control::list_invitations(store, WhichInvitations::read(&query)?).await?
        }
        Data::Theirs(server) => {
            let path = format!("/invitations?{query}");
            server.get::<Listed>(&path).await?.invitations
        }
    };
    let heads = [
        "INVITATION",
        "STATE",
        "CHANNEL",
        "OF",
        "FROM",
        "TO",
        "EXPIRES",
        "",
    ];
    print_list(args.json, "invitations", &invitations, &heads, row)
}

fn row(one: &InvitationView) -> Vec<String> {
    let state = serde_json::to_value(one.state).unwrap_or_default();
    let accepted = one.accepted_by.map(|team| format!("accepted by {team}"));
    let waits = one.awaiting.iter().map(|team| format!("waits for {team}"));
    let more: Vec<_> = accepted
        .into_iter()
        .chain(waits)
        .chain(one.url.clone())
        .collect();
    vec![
        one.invitation.to_string(),
        state.as_str().unwrap_or_default().to_owned(),
        one.channel.to_string(),
        one.workspace.to_string(),
        one.inviter.to_string(),
        one.to.clone(),
        one.expires.clone().unwrap_or_else(|| "-".to_owned()),
        more.join("; "),
    ]
}
