//! What people do with apps, by commands; the app is a thread.

use crate::{Server, broken::Caller, directory, failure, json, run, text};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
    thread,
};

/// An app that answers with these words, one after the other, and then with none; and what comes to it.
fn app(words: &'static [&'static str]) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/app", listener.local_addr().unwrap());
    let (to, came) = mpsc::channel();
    thread::spawn(move || {
        let mut words = words.iter();
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap_or(0) == 0 {
                    break;
                }
                if line.trim().is_empty() {
                    let mut body = vec![0; length];
                    stream.read_exact(&mut body).unwrap();
                    to.send(String::from_utf8(body).unwrap()).unwrap();
                    let said = words.next().copied().unwrap_or_default();
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{said}",
                        said.len()
                    );
                    stream.get_mut().write_all(answer.as_bytes()).unwrap();
                    break;
                }
                let header = line.to_ascii_lowercase();
                if let Some(bytes) = header.strip_prefix("content-length:") {
                    length = bytes.trim().parse().unwrap();
                }
            }
        }
    });
    (url, came)
}

fn field(form: &str, name: &str) -> String {
    let found = form_urlencoded::parse(form.as_bytes()).find(|(key, _)| key == name);
    found.unwrap().1.into_owned()
}

#[test]
fn somebody_types_fills_in_presses_and_closes() {
    let place = directory();
    let path = place.path();
    let (url, came) = app(&[
        "Whom?",
        r#"{"response_action": "errors", "errors": {"who": "they are in already"}}"#,
        r#"{"response_action": "errors", "errors": {"who": "they are in already"}}"#,
    ]);
    let manifest = format!(
        "display_information: {{name: Doorman}}\nfeatures: {{slash_commands: [{{command: /let-in, url: \"{url}\"}}], shortcuts: [{{name: Let in, type: global, callback_id: let_in}}]}}\nsettings: {{interactivity: {{is_enabled: true, request_url: \"{url}\"}}}}\n"
    );
    std::fs::write(path.join("doorman.yaml"), manifest).unwrap();
    let command = [
        "user",
        "command",
        "U0ADA",
        "/let-in @sol",
        "--channel",
        "C0WELCOME",
    ];
    let server = Server::start(path, &[]);
    let told = json(
        path,
        &[
            "app",
            "update",
            "A0GREET",
            "--manifest",
            "doorman.yaml",
            "--json",
        ],
    );
    assert_eq!(
        told["interactivity"]["slash_commands"][0]["command"],
        "/let-in"
    );
    let (code, error) = failure(path, &command);
    assert!(
        code == 1 && error.contains("[missing_scope]"),
        "{code}: {error}"
    );
    let scopes = [
        "token",
        "create",
        "--app",
        "A0GREET",
        "--scopes",
        "commands,chat:write",
    ];
    let token = text(path, &scopes);
    assert_eq!(text(path, &command).trim(), "Whom?");
    let typed = came.recv().unwrap();
    assert_eq!(field(&typed, "text"), "@sol");
    let view = r#"{"type": "modal", "callback_id": "let_in", "title": {"type": "plain_text", "text": "Guests"}, "submit": {"type": "plain_text", "text": "Go"}, "blocks": [
        {"type": "input", "block_id": "who", "label": {"type": "plain_text", "text": "Who"}, "element": {"type": "users_select", "action_id": "guest"}},
        {"type": "actions", "elements": [{"type": "button", "action_id": "more", "text": {"type": "plain_text", "text": "More"}}]}]}"#;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("trigger_id", &field(&typed, "trigger_id"))
        .append_pair("view", view)
        .finish();
    let opened = Caller::with(&server, token.trim())
        .ask("views.open", &form)
        .json;
    let id = opened["view"]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{opened}"));
    let views = text(path, &["user", "views", "U0ADA"]);
    let row: Vec<_> = views.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row, [id, "A0GREET", "let_in", "Guests", "top"]);
    // The app finds something wrong, and the view stays.
    let submit = ["user", "submit", "U0ADA", id, "--value", "guest=U0SOL"];
    let done = run(path, &submit);
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&done.stdout),
        "who: they are in already\n"
    );
    came.recv().unwrap();
    let done = run(path, &[&submit[..], &["--json"]].concat());
    assert_eq!(done.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told["errors"]["who"], "they are in already");
    came.recv().unwrap();
    let unfilled = ["user", "submit", "U0ADA", id, "--value", "guest="];
    let (code, error) = failure(path, &unfilled);
    assert!(
        code == 1 && error.contains("[missing_value]"),
        "{code}: {error}"
    );
    // What is filled in stays so, and the app hears nothing of it.
    let fill = [
        "user", "click", "U0ADA", "--view", id, "--action", "guest", "--value", "U0SOL",
    ];
    let done = run(path, &fill);
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(
        done.status.success() && said.contains("when the view is submitted"),
        "{said}"
    );
    assert!(came.try_recv().is_err());
    let press = [
        "user", "click", "U0ADA", "--view", id, "--action", "more", "--json",
    ];
    assert_eq!(json(path, &press)["action"]["action_id"], "more");
    came.recv().unwrap();
    assert!(run(path, &submit).status.success());
    let submitted = field(&came.recv().unwrap(), "payload");
    assert!(submitted.contains("view_submission"), "{submitted}");
    let (code, error) = failure(path, &["user", "dismiss", "U0ADA", id]);
    assert!(
        code == 1 && error.contains("[view_not_found]"),
        "{code}: {error}"
    );
    assert!(
        run(path, &["user", "shortcut", "U0ADA", "let_in"])
            .status
            .success()
    );
    assert!(field(&came.recv().unwrap(), "payload").contains("\"shortcut\""));
    let (_, error) = failure(path, &["user", "click", "U0ADA", "--action", "a"]);
    assert!(
        error.contains("--channel") && error.contains("--view"),
        "{error}"
    );
    for wrong in [
        &["user", "click", "U0ADA", "--action", "a"][..],
        &[
            "user",
            "click",
            "U0ADA",
            "--action",
            "a",
            "--channel",
            "C0WELCOME",
        ],
        &["user", "click", "U0ADA", "--action", "a", "--view", "../x"],
        &["user", "submit", "U0ADA", id, "--value", "guest"],
    ] {
        assert_eq!(failure(path, wrong).0, 2, "{wrong:?}");
    }
    server.stop();
    let (code, error) = failure(path, &command);
    assert!(
        code == 1 && error.contains("apps are told while one runs"),
        "{code}: {error}"
    );
}
