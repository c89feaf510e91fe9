//! `guestlist clock`.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{print, print_json},
    span,
};
use anyhow::{Result, bail};
use clap::Args;
use guestlist_server::control::{self, ClockView};
use jiff::tz::TimeZone;
use serde_json::json;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples: guestlist clock --by 14d, guestlist clock --by=-1h, guestlist clock --to 2030-01-01T00:00:00Z"
)]
pub(crate) struct ClockArgs {
    /// Move it by so much: 90s, 30m, 12h or 14d; back with a minus, as --by=-1h
    #[arg(long, value_name = "TIME", value_parser = seconds, allow_hyphen_values = true)]
    by: Option<i64>,
    /// Move it to a time, as 2030-01-01T00:00:00Z; of a date alone to its beginning, in UTC
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "by")]
    to: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON, with the time as messages carry it
    #[arg(long)]
    json: bool,
}

fn seconds(text: &str) -> Result<i64, String> {
    span::seconds(text)
        .ok_or_else(|| "written as 90s, 30m, 12h or 14d, with a minus to go back".to_owned())
}

fn time(text: &str) -> Result<jiff::Timestamp, String> {
    let date = || {
        text.parse::<jiff::civil::Date>()
            .ok()?
            .to_zoned_datetime(TimeZone::UTC)
            .ok()
    };
    text.parse()
        .ok()
        .or_else(|| date().map(|day| day.timestamp()))
        .ok_or_else(|| "written as 2030-01-01T00:00:00Z or 2030-01-01".to_owned())
}

/// Tells the world's time, after it was moved if that is asked.
pub(crate) async fn run(config: &Config, args: &ClockArgs) -> Result<()> {
    let data = Data::open(config).await?;
    if let Data::Ours(store) = &data {
        // What becomes due may write letters and events with links.
        store.set_site(&config.site());
        store.set_posts(config.smtp.value.is_some());
    }
    let told = tell(&data, args).await;
    data.close().await;
    let told = told?;
    match args.json {
        true => print_json(&told),
        false => print(&format!("{}\n", told.now)),
    }
}

async fn tell(data: &Data, args: &ClockArgs) -> Result<ClockView> {
    let now = match data {
        Data::Ours(store) => control::tell_clock(store),
        Data::Theirs(server) => server.get("/clock").await?,
    };
    let by = match (args.by, args.to) {
        (None, None) => return Ok(now),
        (Some(by), _) => by,
        (None, Some(to)) => {
            let Ok(now) = now.now.parse::<jiff::Timestamp>() else {
                bail!("the world's time is out of the calendar: {}", now.now);
            };
            // Whole seconds: not before the time that was asked for.
            let micros = to.as_microsecond() - now.as_microsecond();
            micros.div_euclid(1_000_000) + i64::from(micros.rem_euclid(1_000_000) > 0)
        }
    };
    Ok(match data {
        Data::Ours(store) => control::move_clock(store, by).await?,
        Data::Theirs(server) => {
            let ask = json!({"advance_seconds": by});
            server.post("/clock", &ask).await?
        }
    })
}
