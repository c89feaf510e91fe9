//! `guestlist requests`: the newest calls, as the server that answered them holds them.

use crate::{
    args::DataArgs,
    config::Config,
    data::Data,
    output::{json_line, note, plain, print},
    why,
};
use anyhow::Result;
use clap::Args;
use guestlist_domain::TeamId;
use guestlist_server::control::{RequestView, RequestsPage};
use serde_json::Value;
use std::borrow::Cow;

/// Calls asked for at a time.
const PAGE: usize = 1000;
/// Characters of an argument's value in a line.
const MOST_SHOWN: usize = 200;

#[derive(Debug, Args)]
#[command(
    after_help = "Example: guestlist requests --workspace T0ACME --refused --json | jq -r .error | sort | uniq -c"
)]
pub(crate) struct RequestsArgs {
    /// Only calls answered after this one, by its x-slack-req-id
    #[arg(long, value_name = "REQ_ID")]
    after: Option<String>,
    /// Only calls with a token of this workspace; may be given several times
    #[arg(long, value_name = "ID")]
    workspace: Vec<TeamId>,
    /// Only calls of this method, or of an endpoint as scim.Users.create; may be given several times
    #[arg(long, value_name = "METHOD")]
    method: Vec<String>,
    /// Only calls that were refused
    #[arg(long)]
    refused: bool,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Prints what is held, the first answered first.
pub(crate) async fn run(config: &Config, args: &RequestsArgs) -> Result<()> {
    let data = Data::open(config).await?;
    let Data::Theirs(server) = &data else {
        return Err(why::no_server(config, data).await);
    };
    let mut place = args.after.clone();
    loop {
        let path = format!("/requests?{}", query(args, place.as_deref()));
        let RequestsPage {
            requests,
            place: next,
            forgotten,
        } = server.get(&path).await?;
        // All that was held has been looked at. What comes meanwhile is left to the next run, or there
        // would be no end.
        let is_end = requests.len() < PAGE;
        place = next;
        for request in &requests {
            match args.json {
                true => print(&json_line(request)?)?,
                false => print(&line(request))?,
            }
        }
        if is_end {
            // Of those after one that is held none is missing.
            if forgotten > 0 && args.after.is_none() {
                note(&format!(
                    "{forgotten} older calls are held no more: `guestlist serve --remember` gives them room"
                ));
            }
            break;
        }
    }
    if !args.json
        && let Some(place) = place
    {
        note(&format!("to go on from here: --after {}", plain(&place)));
    }
    Ok(())
}

fn query(args: &RequestsArgs, after: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &PAGE.to_string());
    if let Some(after) = after {
        query.append_pair("after", after);
    }
    for workspace in &args.workspace {
        query.append_pair("workspace", &workspace.to_string());
    }
    for method in &args.method {
        query.append_pair("method", method);
    }
    if args.refused {
        query.append_pair("ok", "false");
    }
    query.finish()
}

/// When, which call, where, who, through which app, what, what came of it, and what was asked.
fn line(request: &RequestView) -> String {
    let id = |id: Option<String>| id.unwrap_or_else(|| "-".to_owned());
    let mut words = vec![
        request.at.clone(),
        request.id.clone(),
        id(request.workspace.map(|id| id.to_string())),
        id(request.user.map(|id| id.to_string())),
        id(request.app.map(|id| id.to_string())),
        request.method.clone(),
        request.error.clone().unwrap_or_else(|| "ok".to_owned()),
    ];
    for (name, value) in &request.arguments {
        let value = match value {
            Value::String(text) if !text.is_empty() && !text.contains(char::is_whitespace) => {
                text.clone()
            }
            other => other.to_string(),
        };
        words.push(format!("{name}={}", beginning(&value)));
    }
    if let Some(why) = &request.left_out {
        words.push(format!("({why})"));
    }
    format!("{}\n", plain(&words.join(" ")))
}

/// A value as far as a line has room for it: `--json` has the whole.
fn beginning(value: &str) -> Cow<'_, str> {
    match value.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", &value[..end])),
        None => Cow::Borrowed(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_shown_by_its_beginning() {
        let long = "é".repeat(MOST_SHOWN + 1);
        assert_eq!(beginning(&long[2..]), &long[2..]);
        assert_eq!(beginning(&long), format!("{}…", &long[2..]));
    }
}
