//! `guestlist why`: the trail of one call, as the server that answered it tells it.

use crate::{
    config::Config,
    data::Data,
    exit::Usage,
    output::{plain, print, print_json, wrap},
};
use anyhow::{Result, anyhow};
use serde_json::Value;

/// Lines are this long at most.
const WIDTH: usize = 100;

pub(crate) async fn run(config: &Config, id: &str, as_json: bool) -> Result<()> {
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Usage(format!(
            "`{id}` is no request id: the answer's header x-slack-req-id has it"
        ))
        .into());
    }
    let data = Data::open(config).await?;
    let Data::Theirs(server) = &data else {
        return Err(no_server(config, data).await);
    };
    let told: Value = server.get(&format!("/requests/{id}")).await?;
    if as_json {
        print_json(&told)
    } else {
        print(&text(&told))
    }
}

/// Why nothing can be told of calls.
pub(crate) async fn no_server(config: &Config, data: Data) -> anyhow::Error {
    data.close().await;
    let place = config.data.value.display();
    anyhow!("no server holds {place}: the calls a server holds are gone when it ends")
}

fn text(told: &Value) -> String {
    let word = |value: &Value| match value {
        Value::String(text) => plain(text),
        Value::Null => String::new(),
        other => plain(&other.to_string()),
    };
    let request = &told["request"];
    let mut text = format!(
        "{} from {}",
        word(&request["method"]),
        word(&request["from"])
    );
    let caller = &request["caller"];
    if caller.is_object() {
        text.push_str(&format!(
            ", by {} in {} with a {} token",
            word(&caller["user"]),
            word(&caller["workspace"]),
            word(&caller["token_kind"])
        ));
    }
    text.push('\n');
    for (name, value) in request["arguments"].as_object().into_iter().flatten() {
        text.push_str(&format!("    {}={}\n", plain(name), word(value)));
    }
    let answer = &told["answer"];
    let answered = match answer["error"].as_str() {
        None => "ok".to_owned(),
        Some(code) => {
            // Methods refuse with status 200, as a rule.
            let status = answer["status"].as_u64().filter(|status| *status != 200);
            let status = status.map_or_else(String::new, |status| format!(" (HTTP {status})"));
            format!("{}{status}: {}", plain(code), word(&answer["sentence"]))
        }
    };
    text.push_str(&format!("answered {answered}\n"));
    for message in answer["messages"].as_array().into_iter().flatten() {
        text.push_str(&format!("    {}\n", word(message)));
    }
    text.push('\n');
    for check in told["checks"].as_array().into_iter().flatten() {
        text.push_str(&line(check));
    }
    let refused = &told["refused_by"];
    let last = told["checks"].as_array().and_then(|checks| checks.last());
    // Of several people there may be many after the one that counts.
    if refused.is_object() && last != Some(refused) {
        text.push_str(&format!("\nrefused by\n{}", line(refused)));
    }
    if let Some(remedy) = refused["remedy"].as_str() {
        let remedy = plain(&format!("would have passed it: {remedy}"));
        let remedy = wrap(&remedy, WIDTH, 4);
        text.push_str(&format!("\n{remedy}\n"));
    }
    if let Some(facts) = told["facts"].as_str() {
        text.push_str(&format!(
            "the method's rules looked at the facts {}\n",
            plain(facts)
        ));
    }
    if let Some(note) = told["note"].as_str() {
        text.push_str(&format!("{}\n", plain(note)));
    }
    text
}

/// One check: whether it passed, what it demands, what it looked at.
fn line(check: &Value) -> String {
    let mark = if check["passed"] == true {
        "passed "
    } else {
        "REFUSED"
    };
    let about = check["about"].as_str().map(|about| format!("{about}: "));
    let head = format!(
        "{}{}",
        about.unwrap_or_default(),
        check["check"].as_str().unwrap_or_default()
    );
    let saw = check["looked_at"].as_str().unwrap_or_default();
    let lines = |text: &str| wrap(&plain(text), WIDTH - 9, 9);
    format!("{mark}  {}\n         {}\n", lines(&head), lines(saw))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_caller_sent_does_not_steer_the_terminal() {
        let bad = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\nanswered ok";
        let check =
            json!({"about": bad, "check": bad, "looked_at": bad, "passed": false, "remedy": bad});
        let told = json!({
            "request": {"method": bad, "from": "127.0.0.1", "arguments": {bad: bad, "list": [bad]}, "caller": {"user": bad}},
            "answer": {"ok": false, "error": bad, "sentence": bad, "messages": [bad]},
            "checks": [check],
            "refused_by": check,
            "facts": bad,
            "note": bad,
        });
        let text = text(&told);
        let steering =
            |letter: char| letter != '\n' && (letter.is_control() || letter == '\u{202e}');
        assert!(!text.contains(steering), "{text:?}");
        assert!(!text.contains("\nanswered ok"), "{text}");
    }

    #[test]
    fn a_status_of_its_own_is_told_with_the_code() {
        for (status, expected) in [
            (
                json!(409),
                "answered email_taken (HTTP 409): An account has the address.\n",
            ),
            (
                json!(200),
                "answered email_taken: An account has the address.\n",
            ),
            (
                Value::Null,
                "answered email_taken: An account has the address.\n",
            ),
        ] {
            let sentence = "An account has the address.";
            let told = json!({"answer": {
                "ok": false, "status": status, "error": "email_taken", "sentence": sentence}});
            assert!(text(&told).contains(expected), "{}", text(&told));
        }
    }

    /// The one that counts is not looked for among those of other people.
    #[test]
    fn what_refused_comes_last() {
        let refused = json!({"check": "is there", "looked_at": "U0BEN", "passed": false, "remedy": "let U0BEN come"});
        let told = json!({
            "checks": [refused, {"check": "is there", "looked_at": "U0MIA", "passed": true}],
            "refused_by": refused,
        });
        let text = text(&told);
        let end = "\n\nrefused by\nREFUSED  is there\n         U0BEN\n\nwould have passed it: let U0BEN come\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn every_check_has_its_line_and_the_refusal_its_remedy() {
        let refused = json!({"check": "the caller is in the channel", "looked_at": "U0ADA is not in C0BEN",
            "passed": false, "remedy": "let U0ADA join C0BEN"});
        let told = json!({
            "request": {"method": "conversations.invite", "from": "127.0.0.1", "arguments": {"channel": "C0BEN"},
                "caller": {"user": "U0ADA", "workspace": "T0ACME", "token_kind": "user"}},
            "answer": {"ok": false, "error": "not_in_channel", "sentence": "The caller is not in the channel.", "messages": []},
            "checks": [{"check": "a token is shown", "looked_at": "the header", "passed": true}, refused],
            "refused_by": refused,
            "facts": "as they were then",
        });
        assert_eq!(
            text(&told),
            "conversations.invite from 127.0.0.1, by U0ADA in T0ACME with a user token\n    channel=C0BEN\n\
             answered not_in_channel: The caller is not in the channel.\n\n\
             passed   a token is shown\n         the header\n\
             REFUSED  the caller is in the channel\n         U0ADA is not in C0BEN\n\n\
             would have passed it: let U0ADA join C0BEN\n\
             the method's rules looked at the facts as they were then\n"
        );
    }
}
