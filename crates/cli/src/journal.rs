//! `guestlist journal`.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{json_line, note, print},
};
use anyhow::Result;
use clap::Args;
use guestlist_domain::TeamId;
use guestlist_server::control::{EntryView, JournalPage, WhichEntries, read_journal};
use serde_json::Value;

/// Entries asked for at a time.
const PAGE: usize = 1000;

#[derive(Debug, Args)]
#[command(after_help = "Example: guestlist journal --json | jq -c 'select(.user == \"U0ADA\")'")]
pub(crate) struct JournalArgs {
    /// Go on after this place, which an earlier run told
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    after: Option<String>,
    /// Only calls in this workspace; may be given several times
    #[arg(long, value_name = "ID")]
    workspace: Vec<TeamId>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// One JSON object a line, with the place after it
    #[arg(long)]
    json: bool,
}

/// Prints the journal to its end.
pub(crate) async fn run(config: &Config, args: &JournalArgs) -> Result<()> {
    let data = Data::open(config).await?;
    let printed = print_all(&data, args).await;
    data.close().await;
    printed
}

async fn print_all(data: &Data, args: &JournalArgs) -> Result<()> {
    let mut place = args.after.clone();
    loop {
        let JournalPage {
            entries,
            place: next,
            more,
        } = page(data, place.as_deref(), &args.workspace).await?;
        place = Some(next);
        for entry in &entries {
            match args.json {
                true => print(&json_line(entry)?)?,
                false => print(&lines(entry))?,
            }
        }
        if !more {
            break;
        }
    }
    if !args.json
        && let Some(place) = place
    {
        note(&format!("to go on from here: --after '{place}'"));
    }
    Ok(())
}

async fn page(data: &Data, after: Option<&str>, of: &[TeamId]) -> Result<JournalPage> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &PAGE.to_string());
    if let Some(after) = after {
        query.append_pair("after", after);
    }
    for workspace in of {
        query.append_pair("workspace", &workspace.to_string());
    }
    let query = query.finish();
    Ok(match data {
        Data::Ours(store) => read_journal(store, WhichEntries::read(&query)?).await?,
        Data::Theirs(server) => server.get(&format!("/journal?{query}")).await?,
    })
}

/// A line for each change: when, where, who, through which app, what.
fn lines(entry: &EntryView) -> String {
    let user = entry.user.map_or("-".to_owned(), |id| id.to_string());
    let app = entry.app.map_or("-".to_owned(), |id| id.to_string());
    let mut text = String::new();
    for change in &entry.changes {
        let mut words = vec![
            entry.at.clone(),
            entry.workspace.to_string(),
            user.clone(),
            app.clone(),
        ];
        for (key, value) in change {
            let value = word(value);
            words.push(match key.as_str() {
                "change" => value,
                key => format!("{key}={value}"),
            });
        }
        text.push_str(&words.join(" "));
        text.push('\n');
    }
    text
}

/// A value as one word: text as it is, unless that would be several or none, or move the cursor.
fn word(value: &Value) -> String {
    let is_one = |text: &str| {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    };
    match value {
        Value::String(text) if is_one(text) => text.clone(),
        other => other.to_string(),
    }
}
