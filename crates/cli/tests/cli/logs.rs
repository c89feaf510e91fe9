//! The log, as docs/logging.md has it: what is on each line, and what is on none.

use crate::{Server, broken::Caller, directory, guestlist, json, text};
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::Stdio,
    thread,
};

const CONTROL: &str = "7d1fcontroltokenoftestsa93e";
const STATE: &str = "state-of-a-test";

/// Serves with everything logged, and gives what was logged once `work` is done.
fn logged(place: &Path, format: &str, level: &str, work: impl FnOnce(&Server)) -> String {
    let file = place.join("log");
    let args = ["serve", "--listen", "127.0.0.1:0"];
    let mut command = guestlist(place, &args);
    command.args([
        "--log",
        level,
        "--log-format",
        format,
        "--rate-limits",
        "off",
    ]);
    command.env("GUESTLIST_CONTROL_TOKEN", CONTROL);
    let stderr = Stdio::from(File::create(&file).unwrap());
    let server = Server::spawn_with(command, stderr);
    work(&server);
    assert_eq!(server.stop().0, Some(0));
    fs::read_to_string(file).unwrap()
}

fn control(place: &Path, args: &[&str]) -> Value {
    let output = guestlist(place, args)
        .env("GUESTLIST_CONTROL_TOKEN", CONTROL)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn get(server: &Server, path: &str) -> String {
    let address = server.ready.trim().rsplit('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Every method is called with tokens and addresses in whatever it takes; apps are made and let in;
/// tokens are made and revoked. None of it is in the log, though all of it is logged.
#[test]
fn no_token_secret_or_address_is_ever_logged() {
    let place = directory();
    let path = place.path();
    // The greeting, which shows the sample's tokens, is no log.
    Server::start(path, &[]).stop();
    let manifest = "display_information: {name: Greeter}\noauth_config: {redirect_urls: [\"http://127.0.0.1:4000/\"]}\n";
    fs::write(path.join("manifest.yaml"), manifest).unwrap();
    let mut secrets: HashSet<String> = [
        "xoxb-sample-greeter",
        "xoxp-sample-ada",
        "xoxb-of-nobody",
        CONTROL,
        STATE,
        "ada@acme.test",
        "ben@acme.test",
        "gil@globex.test",
        "new@partner.test",
        "a-code-of-a-test",
        "127.0.0.1:4000",
    ]
    .map(str::to_owned)
    .into();
    let methods = json(path, &["docs", "--json"]);
    let methods: Vec<String> = methods["methods"]
        .as_array()
        .or(methods.as_array())
        .unwrap()
        .iter()
        .map(|method| {
            method["name"]
                .as_str()
                .or(method.as_str())
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(methods.len() > 40);

    let mut calls = HashMap::new();
    let log = logged(path, "json", "trace", |server| {
        let create = [
            "app",
            "create",
            "--manifest",
            "manifest.yaml",
            "--workspace",
            "T0ACME",
            "--json",
        ];
        let app = control(path, &create);
        for secret in ["client_secret", "signing_secret"] {
            secrets.insert(app[secret].as_str().unwrap().to_owned());
        }
        let made = control(
            path,
            &[
                "token",
                "create",
                "--user",
                "U0BEN",
                "--scopes",
                "users:read",
                "--json",
            ],
        );
        let token = made["token"].as_str().unwrap().to_owned();
        let mut ask = |token: &str, method: &str, form: &str| {
            let answered = Caller::with(server, token).ask(method, form);
            let outcome = answered.json["error"].as_str().unwrap_or("ok").to_owned();
            assert!(
                calls
                    .insert(answered.req_id, (method.to_owned(), outcome))
                    .is_none()
            );
        };
        for token in [
            "xoxb-sample-greeter",
            "xoxp-sample-ada",
            "xoxb-of-nobody",
            &token,
        ] {
            for method in &methods {
                if matches!(method.as_str(), "auth.revoke" | "apps.uninstall") {
                    continue;
                }
                for form in [
                    "token=xoxp-sample-ada&channel=C0WELCOME&users=U0BEN&user=U0BEN&email=ben@acme.test",
                    "channel=xoxp-sample-ada&users=ada@acme.test&name=xoxp-sample-ada&emails=new@partner.test",
                    "error=xoxp-sample-ada&emails=gil@globex.test&channel=C0WELCOME&text=ben@acme.test",
                    "channel=%",
                ] {
                    ask(token, method, form);
                }
            }
            ask(token, "xoxp-sample-ada", "");
        }
        let id = app["client_id"].as_str().unwrap();
        let secret = app["client_secret"].as_str().unwrap();
        let form = format!("client_id={id}&client_secret={secret}&code=a-code-of-a-test");
        ask("xoxb-of-nobody", "oauth.v2.access", &form);
        // Not below `/api/`, so it has no line of a call.
        let page = get(
            server,
            &format!("/oauth/v2/authorize?client_id={id}&scope=chat:write&state={STATE}"),
        );
        assert!(
            page.starts_with("HTTP/1.1 200") && page.contains(STATE),
            "{page}"
        );
        ask(&token, "auth.revoke", "");
        secrets.insert(token);
    });

    let mut seen = HashMap::new();
    for line in log.lines() {
        let line: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for key in ["time", "level", "target", "message"] {
            assert!(line[key].is_string(), "{line}");
        }
        if line["message"] == "call" {
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            assert!(line["micros"].is_u64() && line["status"].is_u64(), "{line}");
            seen.insert(text("req_id"), (text("method"), text("outcome")));
        }
    }
    assert_eq!(seen.len(), calls.len());
    for (id, (method, outcome)) in &calls {
        let expected = match (methods.contains(method), method.as_str(), outcome.as_str()) {
            (false, ..) => ("unknown".to_owned(), outcome.clone()),
            (_, "api.test", code) if code.starts_with("xox") => {
                (method.clone(), "other".to_owned())
            }
            _ => (method.clone(), outcome.clone()),
        };
        assert_eq!(seen.get(id), Some(&expected), "{id}");
    }
    for secret in &secrets {
        let found = log.lines().find(|line| line.contains(secret.as_str()));
        assert_eq!(found, None, "{secret}");
    }
}

#[test]
fn a_log_for_people_says_who_called_what() {
    let place = directory();
    Server::start(place.path(), &[]).stop();
    let mut id = String::new();
    let log = logged(place.path(), "human", "debug", |server| {
        let mut caller = Caller::with(server, "xoxp-sample-ada");
        id = caller
            .ask("conversations.invite", "channel=C0NONE&users=U0BEN")
            .req_id;
    });
    let line = log.lines().find(|line| line.contains(&id)).unwrap();
    let (head, tail) = line.split_once(" micros=").unwrap();
    assert!(
        head.ends_with(
            "DEBUG call method=conversations.invite outcome=channel_not_found status=200"
        ),
        "{line}"
    );
    assert!(
        tail.ends_with(&format!(
            " workspace=T0ACME user=U0ADA app=A0GREET req_id={id}"
        )),
        "{line}"
    );
    let quiet = logged(place.path(), "human", "info", |server| {
        Caller::with(server, "xoxp-sample-ada").ask("auth.test", "");
    });
    assert_eq!(quiet, "");
    let (code, words) = crate::failure(place.path(), &["serve", "--log-format", "xml"]);
    assert!(
        code == 2 && words.contains("a format is human or json"),
        "{words}"
    );
    let config = text(
        place.path(),
        &[
            "config",
            "--log-format",
            "json",
            "--metrics",
            "127.0.0.1:9100",
        ],
    );
    assert!(
        config.contains("json") && config.contains("127.0.0.1:9100"),
        "{config}"
    );
}

#[test]
fn connections_that_cannot_be_accepted_are_told_of_once() {
    let place = directory();
    let file = place.path().join("log");
    let usual = guestlist(place.path(), &[]);
    let script = "ulimit -n 64; exec \"$0\" serve --listen 127.0.0.1:0 --log-format json";
    let mut command = std::process::Command::new("sh");
    command.current_dir(place.path());
    command.args(["-c", script]).arg(usual.get_program());
    for (name, _) in usual.get_envs() {
        command.env_remove(name);
    }
    let server = Server::spawn_with(command, Stdio::from(File::create(&file).unwrap()));
    let address = server.ready.trim().rsplit('/').next().unwrap().to_owned();
    let failed = || {
        let metrics = get(&server, "/metrics");
        let name = "guestlist_connections_failed_total ";
        let line = metrics.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().parse::<u64>().unwrap()
    };
    while failed() < 3 {
        let many: Vec<_> = (0..100).map(|_| TcpStream::connect(&address)).collect();
        drop(many);
    }
    assert_eq!(server.stop().0, Some(0));
    let log = fs::read_to_string(file).unwrap();
    assert_eq!(
        log.matches("a connection cannot be accepted").count(),
        1,
        "{log}"
    );
}

/// A call whose server waits for the body that it announced.
fn under_way(address: &str) -> TcpStream {
    let mut call = TcpStream::connect(address).unwrap();
    let head = "POST /api/api.test HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n";
    call.write_all(head.as_bytes()).unwrap();
    let mut going = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    call.read_exact(&mut going).unwrap();
    assert!(going.starts_with(b"HTTP/1.1 100"));
    call
}

#[test]
fn a_server_that_stops_refuses_connections_and_finishes_calls() {
    let place = directory();
    let file = place.path().join("log");
    let mut command = guestlist(place.path(), &["serve", "--listen", "127.0.0.1:0"]);
    command.args(["--metrics", "127.0.0.1:0"]);
    let server = Server::spawn_with(command, Stdio::from(File::create(&file).unwrap()));
    let address = server.ready.trim().rsplit('/').next().unwrap().to_owned();
    let mut call = under_way(&address);
    let log = fs::read_to_string(&file).unwrap();
    let (said, metrics) = log.split_once("metrics are at http://").unwrap();
    assert!(
        said.contains("\ncurl "),
        "what people are told comes first: {log}"
    );
    let (metrics, _) = metrics.split_once('/').unwrap();
    for place in [metrics, &address] {
        TcpStream::connect(place).unwrap();
    }
    let stopping = thread::spawn(move || server.stop());
    // As soon as it has heard of it. That the call is answered below tells that it is not at its end.
    for place in [metrics, &address] {
        while let Ok(refused) = TcpStream::connect(place) {
            drop(refused);
        }
    }
    call.write_all(b"foo=1").unwrap();
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(stopping.join().unwrap().0, Some(0));
    let log = fs::read_to_string(file).unwrap();
    assert!(!log.contains("cut off"), "{log}");
}

#[test]
fn calls_that_are_cut_off_by_the_end_are_told() {
    let place = directory();
    let server = Server::start(place.path(), &[]);
    let address = server.ready.trim().rsplit('/').next().unwrap().to_owned();
    let calls = [under_way(&address), under_way(&address)];
    // Nothing is under way on this one.
    let _idle = TcpStream::connect(&address).unwrap();
    let (code, _, log) = server.stop();
    drop(calls);
    assert_eq!(code, Some(0));
    let line = log.lines().find(|line| line.contains("cut off")).unwrap();
    assert!(
        line.contains(" WARN calls were cut off when the server ended connections=2"),
        "{line}"
    );
}

/// A full disk, or a reader that is gone.
#[test]
fn a_line_that_cannot_be_written_is_lost_and_nothing_else() {
    let place = directory();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = guestlist(place.path(), &["serve", "--listen", "127.0.0.1:0"]);
    command.args(["--log", "debug"]);
    let server = Server::spawn_with(command, Stdio::from(full));
    for _ in 0..3 {
        let mut caller = Caller::with(&server, "xoxb-sample-greeter");
        assert_eq!(caller.ask("auth.test", "").json["ok"], true);
    }
    assert_eq!(server.stop().0, Some(0));
}

/// An app that nothing reaches in time is told of once, not for each of its events.
#[test]
fn an_app_whose_events_are_given_up_is_told_of_once() {
    let place = directory();
    let world = "version: 1
workspaces:
  - id: T0ACME
    name: Acme
    domain: acme
    users:
      - {id: U0ADA, name: ada, role: owner}
      - {id: U0BEN, name: ben}
      - {id: U0CARA, name: cara}
    channels:
      - {id: C0OPS, name: ops, creator: U0ADA, members: [U0ADA, U0GREET]}
      - {id: C0DEV, name: dev, creator: U0ADA, members: [U0ADA, U0GREET]}
    apps:
      - id: A0GREET
        name: greeter
        bot_user: {id: U0GREET, name: greeter}
        events: {delivery: socket, subscribe: [member_joined_channel]}
    tokens:
      - {token: xoxb-greeter, app: A0GREET, scopes: [channels:manage, channels:read]}
";
    fs::write(place.path().join("world.yaml"), world).unwrap();
    // Where a server makes its store this names the world.
    fs::write(
        place.path().join("guestlist.toml"),
        "world = \"world.yaml\"\n",
    )
    .unwrap();
    let log = logged(place.path(), "json", "warn", |server| {
        let mut caller = Caller::with(server, "xoxb-greeter");
        for channel in ["C0OPS", "C0DEV"] {
            let form = format!("channel={channel}&users=U0BEN,U0CARA");
            assert_eq!(caller.ask("conversations.invite", &form).json["ok"], true);
        }
        let state = |state: &str| {
            let args = [
                "events", "tail", "--state", state, "--until", "4", "--wait", "30", "--json",
            ];
            let output = guestlist(place.path(), &args)
                .env("GUESTLIST_CONTROL_TOKEN", CONTROL)
                .output()
                .unwrap();
            assert!(output.status.success());
        };
        state("waiting");
        control(place.path(), &["clock", "--by", "3h", "--json"]);
        state("stale");
    });
    let told = log.lines().filter(|line| line.contains("are given up"));
    let told: Vec<Value> = told
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), 1, "{log}");
    assert_eq!(told[0]["app"], "A0GREET");
}
