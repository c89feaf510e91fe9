//! `guestlist clock`.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{print, print_json},
};
use anyhow::{Result, bail};
use clap::Args;
use guestlist_server::control::{self, ClockView};
use serde_json::json;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples: guestlist clock --by 14d, guestlist clock --by=-1h, guestlist clock --to 2030-01-01T00:00:00Z"
)]
pub(crate) struct ClockArgs {
    /// Move it by so much: 90s, 30m, 12h or 14d; back with a minus, as --by=-1h
    #[arg(long, value_name = "TIME", value_parser = seconds, allow_hyphen_values = true)]
    by: Option<i64>,
    /// Move it to a time, as 2030-01-01T00:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "by")]
    to: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// As JSON, with the time as messages carry it
    #[arg(long)]
    json: bool,
}

/// Reads `12h` and the like.
fn seconds(text: &str) -> Result<i64, String> {
    const WHY: &str = "written as 90s, 30m, 12h or 14d, with a minus to go back";
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 60 * 60,
        Some('d') => 24 * 60 * 60,
        _ => return Err(WHY.to_owned()),
    };
    let number: i64 = text[..text.len() - 1].parse().map_err(|_| WHY.to_owned())?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "at most a hundred years".to_owned())
}

/// Tells the world's time, after it was moved if that is asked.
pub(crate) async fn run(config: &Config, args: &ClockArgs) -> Result<()> {
    let data = Data::open(config).await?;
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

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn how_far_it_is_moved_has_a_unit() {
        for (text, expected) in [
            ("90s", 90),
            ("30m", 1800),
            ("12h", 43_200),
            ("14d", 1_209_600),
            ("-1h", -3600),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "d", "14", "1w", "1.5h", "é", "99999999999999999d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
