//! `guestlist call`.

use super::{
    args::{CallArgs, CallOutput},
    outcome::{self, UNKNOWN_METHOD, after, and, ended, failed, not_known, refusal},
    parameters,
    target::{Target, Usual},
};
use crate::{
    docs,
    exit::{Ended, Usage},
    output,
};
use anyhow::Result;
use guestlist_client::{Account, Arguments, Exchange};
use serde_json::Value;
use std::path::Path;

/// Calls one method.
pub(crate) async fn call(args: &CallArgs) -> Result<()> {
    let both = args.target.token_file.as_deref() == Some(Path::new("-"))
        && args.parameters.as_deref() == Some("-");
    if both {
        return Err(Usage("stdin holds the token or the parameters, not both".to_owned()).into());
    }
    let (arguments, target) = match ready(args) {
        Ok(ready) => ready,
        // A program reads a list here as it does of a call that reached nobody.
        Err(error) if error.is::<Ended>() && matches!(args.output, CallOutput::Envelope) => {
            return after(output::print("[]\n"), Err(error));
        }
        Err(error) => return Err(error),
    };
    let account = target.client.perform(&args.method, &arguments).await;
    let printed = output::print(&shown(&args.method, &account, args.output, &target)?);
    after(printed, end(&args.method, &account))
}

/// What is needed to make the call.
fn ready(args: &CallArgs) -> Result<(Arguments, Target)> {
    let entry = parameters::method(&args.method)?;
    let arguments = parameters::read(args.parameters.as_deref(), &args.arguments)?;
    if let Some(entry) = entry.filter(|_| !args.as_is) {
        parameters::check(entry, &arguments)?;
    }
    let target = Target::read(&args.target, &Usual::call())?;
    if !args.as_is && entry.is_none_or(|entry| entry.needs_token) {
        target.need_token()?;
    }
    Ok((arguments, target))
}

/// What is printed. A body is that of the call that was asked for: a question asked on the way
/// succeeds also where the call did not.
fn shown(method: &str, account: &Account, output: CallOutput, target: &Target) -> Result<String> {
    let text = |body: &[u8]| target.redacted(String::from_utf8_lossy(body).into_owned());
    Ok(match (output, account.answer()) {
        (CallOutput::Envelope, _) => {
            let all = account.exchanges().map(|exchange| told(method, exchange));
            let all: Vec<_> = all.map(|exchange| target.redacted_json(exchange)).collect();
            output::json(&all)?
        }
        (_, None) => String::new(),
        (
            CallOutput::Body,
            Some(Exchange {
                json: Some(json), ..
            }),
        ) => {
            let json = target.redacted_json(json.clone());
            output::json(&json)?
        }
        (CallOutput::Body, Some(last)) => text(&last.body),
        (CallOutput::Table, Some(last)) => {
            let json = last.json.clone().map(|json| target.redacted_json(json));
            table(last, json.as_ref(), text(&last.body))
        }
    })
}

/// One exchange; of a question asked on the way it says which.
fn told(method: &str, exchange: &Exchange) -> Value {
    let mut told = exchange.to_json();
    if exchange.method != method {
        told["method"] = exchange.method.clone().into();
    }
    told
}

fn end(method: &str, account: &Account) -> Result<()> {
    let came_in = account.came_in();
    came(method, account).map_err(|error| match came_in {
        [] => error,
        people => and(
            error,
            &format!("; in the channel by now: {}", people.join(", ")),
        ),
    })
}

fn came(method: &str, account: &Account) -> Result<()> {
    if let Err(failure) = &account.end {
        return Err(failed(failure));
    }
    let answer = account.answer();
    let Some(code) = answer.and_then(Exchange::error) else {
        return Ok(());
    };
    if account.is_uncertain() {
        return Err(not_known(method, code));
    }
    match outcome::refused(code) {
        UNKNOWN_METHOD => Err(ended(
            UNKNOWN_METHOD,
            format!("the server does not have `{method}`{}", docs::meant(method)),
        )),
        _ => {
            let body = answer.and_then(|answer| answer.json.as_ref());
            Err(refusal(method, body.unwrap_or(&Value::Null)))
        }
    }
}

/// The answer for people: what is plain as lines, what is a list as a table.
fn table(exchange: &Exchange, json: Option<&Value>, text: String) -> String {
    let status = format!("{} {}", exchange.status.as_u16(), exchange.reason);
    let mut lines = vec![vec!["status".to_owned(), status.trim().to_owned()]];
    let mut lists = String::new();
    let body = json.and_then(Value::as_object);
    for (name, value) in body.into_iter().flatten() {
        match value {
            Value::Array(rows) if !rows.is_empty() => {
                lists.push_str(&format!("\n{}", list(name, rows)));
            }
            Value::Object(fields) => {
                for (field, value) in fields.iter().filter(|(_, value)| is_plain(value)) {
                    lines.push(vec![format!("{name}.{field}"), plain(value)]);
                }
            }
            value => lines.push(vec![name.clone(), plain(value)]),
        }
    }
    if body.is_none() {
        lines.push(vec!["body".to_owned(), text]);
    }
    format!("{}{lists}", output::table(&["FIELD", "VALUE"], &lines))
}

fn list(name: &str, rows: &[Value]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for row in rows.iter().filter_map(Value::as_object) {
        for (column, value) in row {
            if is_plain(value) && !columns.contains(&column.as_str()) {
                columns.push(column);
            }
        }
    }
    if columns.is_empty() {
        let rows: Vec<_> = rows.iter().map(|row| vec![plain(row)]).collect();
        return output::table(&[&name.to_uppercase()], &rows);
    }
    let head: Vec<_> = columns.iter().map(|column| column.to_uppercase()).collect();
    let head: Vec<_> = head.iter().map(String::as_str).collect();
    let cells = |row: &Value| columns.iter().map(|column| plain(&row[column])).collect();
    output::table(&head, &rows.iter().map(cells).collect::<Vec<_>>())
}

fn is_plain(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
