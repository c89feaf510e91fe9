//! `guestlist events`: what a running server delivers to apps.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{json_line, note, notes, print, table},
};
use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use guestlist_domain::{AppId, ChannelId, TeamId};
use guestlist_methods::doubts;
use guestlist_server::control::{
    Again, AgainCount, AppView, DeliveryView, Found, Pause, Subscribe,
};
use std::time::Duration;
use tokio::time::Instant;

/// How long one question waits for something new, in seconds.
const LOOK: u64 = 30;

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Show the newest deliveries, and then each as it changes
    ///
    /// A delivery has a line when it is owed and one whenever something becomes of it. Ends with
    /// Ctrl-C, or as --until and --wait say.
    Tail(TailArgs),
    /// Deliver once more: an event, or whatever of an app's is in a state
    Redeliver(RedeliverArgs),
    /// Hold an app's deliveries back; what happens meanwhile waits
    Pause(HoldArgs),
    /// Let an app's deliveries go on, also after it was cut off
    Resume(HoldArgs),
    /// Set what an app is subscribed to, and where its events go
    ///
    /// What is left out stays as it is. A new URL has to answer the challenge.
    Subscribe(SubscribeArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example: guestlist events tail --state delivered --until 3 --wait 10")]
pub(crate) struct TailArgs {
    /// Of this app
    #[arg(long, value_name = "A…")]
    app: Option<AppId>,
    /// Heard in this workspace
    #[arg(long, value_name = "T…")]
    workspace: Option<TeamId>,
    /// Of this conversation
    #[arg(long, value_name = "C…")]
    channel: Option<ChannelId>,
    /// Of this type, as member_joined_channel
    #[arg(long = "type", value_name = "TYPE", value_parser = word)]
    kind: Option<String>,
    /// In this state: waiting, delivered, failed, stale, rate_limited or disabled
    #[arg(long, value_parser = word)]
    state: Option<String>,
    /// Of this event
    #[arg(long, value_name = "Ev…", value_parser = word)]
    event: Option<String>,
    /// How many of the newest to begin with
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(..=1000))]
    last: u16,
    /// End once so many were shown
    #[arg(long, value_name = "N")]
    until: Option<usize>,
    /// End after so many seconds; with --until that is a failure
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// One JSON object a line, with what is sent
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example: guestlist events redeliver --app A0GREET --state failed")]
pub(crate) struct RedeliverArgs {
    /// The event's id
    #[arg(value_name = "Ev…", required_unless_present = "state")]
    event: Option<String>,
    /// To this app alone
    #[arg(long, value_name = "A…", required_unless_present = "event")]
    app: Option<AppId>,
    /// What is in this state: waiting, delivered, failed, stale, rate_limited or disabled
    #[arg(long, value_parser = word)]
    state: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
pub(crate) struct HoldArgs {
    /// The app
    #[arg(value_name = "A…")]
    app: AppId,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example: guestlist events subscribe A0GREET --url http://127.0.0.1:4000/slack/events --events member_joined_channel,message.channels"
)]
pub(crate) struct SubscribeArgs {
    /// The app
    #[arg(value_name = "A…")]
    app: AppId,
    /// Over HTTP, to this URL
    #[arg(long, value_name = "URL", conflicts_with = "socket")]
    url: Option<String>,
    /// Over Socket Mode
    #[arg(long)]
    socket: bool,
    /// Names of events, with commas between them: all that it is to get
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    events: Option<Vec<String>>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

/// Names and ids: nothing that a query would have to escape.
fn word(text: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"_.:".contains(&b);
    match !text.is_empty() && text.bytes().all(fits) {
        true => Ok(text.to_owned()),
        false => Err("letters, digits, `_`, `.` and `:` alone".to_owned()),
    }
}

impl TailArgs {
    fn query(&self) -> String {
        let mut query = String::new();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                query.push_str(&format!("&{name}={value}"));
            }
        };
        add("app", self.app.map(|id| id.to_string()));
        add("workspace", self.workspace.map(|id| id.to_string()));
        add("channel", self.channel.map(|id| id.to_string()));
        add("type", self.kind.clone());
        add("state", self.state.clone());
        add("event_id", self.event.clone());
        query
    }
}

pub(crate) async fn tail(config: &Config, args: &TailArgs) -> Result<()> {
    let server = Data::server(config, "events are delivered").await?;
    let end = args
        .wait
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let query = args.query();
    let mut shown = 0;
    let mut path = format!("/deliveries?limit={}&at_least=0{query}", args.last);
    loop {
        let Found { deliveries, since } = server.get(&path).await?;
        for delivery in &deliveries {
            if args.until.is_some_and(|until| shown >= until) {
                break;
            }
            print(&line(delivery, args.json)?)?;
            shown += 1;
        }
        if args.until.is_some_and(|until| shown >= until) {
            return Ok(());
        }
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        match (left, args.until) {
            (Some(Duration::ZERO), Some(until)) => {
                bail!("{shown} of {until} deliveries came in time")
            }
            (Some(Duration::ZERO), None) => return Ok(()),
            _ => {}
        }
        let look = left.map_or(LOOK, |left| left.as_secs().clamp(1, LOOK));
        path = format!("/deliveries?limit=1000&since={since}&wait_seconds={look}{query}");
    }
}

fn line(delivery: &DeliveryView, json: bool) -> Result<String> {
    if json {
        return Ok(json_line(delivery)?);
    }
    let mut line = format!(
        "{}  {:12}  {}  {}  {}",
        delivery.at, delivery.state, delivery.app, delivery.event_id, delivery.kind
    );
    if let Some(channel) = delivery.channel {
        line.push_str(&format!("  {channel}"));
    }
    if delivery.attempts > 1 || delivery.reason.is_some() {
        line.push_str(&format!("  attempt {}", delivery.attempts));
    }
    if let Some(reason) = &delivery.reason {
        let status = delivery.status.map(|status| format!(" {status}"));
        line.push_str(&format!(": {reason}{}", status.unwrap_or_default()));
    }
    if let Some(due) = delivery.due.as_ref().filter(|_| delivery.attempts > 0) {
        line.push_str(&format!(", next {due}"));
    }
    line.push('\n');
    Ok(line)
}

pub(crate) async fn redeliver(config: &Config, args: &RedeliverArgs) -> Result<()> {
    let ask = Again {
        event_id: args.event.clone(),
        app: args.app,
        state: args.state.clone(),
    };
    let server = Data::server(config, "events are delivered").await?;
    let done: AgainCount = server.post("/deliveries/redeliver", &ask).await?;
    let count = done.redelivered;
    match (&args.event, args.app) {
        (Some(event), _) => note(&format!(
            "{event} is delivered once more; apps that are told: {count}"
        )),
        (None, Some(app)) => note(&format!("{count} events are delivered to {app} once more")),
        (None, None) => {}
    }
    if done.more {
        note("there were more: say it again once these were delivered");
    }
    Ok(())
}

pub(crate) async fn hold(config: &Config, args: &HoldArgs, pause: bool) -> Result<()> {
    let path = match pause {
        true => "/deliveries/pause",
        false => "/deliveries/resume",
    };
    let ask = Pause { app: args.app };
    let _: serde_json::Value = Data::server(config, "events are delivered")
        .await?
        .post(path, &ask)
        .await?;
    let word = if pause { "held back" } else { "going on" };
    note(&format!("deliveries to {} are {word}", args.app));
    Ok(())
}

pub(crate) async fn subscribe(config: &Config, args: &SubscribeArgs) -> Result<()> {
    use guestlist_domain::workspace::Delivery;
    let delivery = match (args.socket, &args.url) {
        (true, _) => Some(Delivery::Socket),
        (false, Some(_)) => Some(Delivery::Http),
        (false, None) => None,
    };
    let ask = Subscribe {
        delivery,
        request_url: args.url.clone(),
        subscribe: args.events.clone(),
    };
    let path = format!("/apps/{}/events", args.app);
    let app: AppView = Data::server(config, "events are delivered")
        .await?
        .post(&path, &ask)
        .await?;
    let events = app.events.unwrap_or_default();
    notes(&doubts::events(events.subscribe.iter().map(String::as_str)));
    let way = match events.delivery {
        Delivery::Socket => "Socket Mode".to_owned(),
        Delivery::Http => events.request_url.unwrap_or_default(),
    };
    print(&table(
        &["APP", "DELIVERY", "EVENTS"],
        &[vec![
            app.app_id.to_string(),
            way,
            events.subscribe.join(","),
        ]],
    ))
}
