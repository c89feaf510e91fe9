//! Events of the real program: subscribed to, watched, killed and started again.

use crate::{Server, directory, failure, json, run, text};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, channel},
    },
    time::Duration,
};

/// An app: passes on what it is sent. It acknowledges nothing while it is `deaf`.
struct App {
    url: String,
    got: Receiver<Value>,
    deaf: Arc<AtomicBool>,
}

impl App {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/slack/events", listener.local_addr().unwrap());
        let (to, got) = channel();
        let deaf = Arc::new(AtomicBool::new(false));
        let is_deaf = deaf.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (to, is_deaf) = (to.clone(), is_deaf.clone());
                std::thread::spawn(move || {
                    let mut stream = BufReader::new(stream);
                    while let Some(body) = request(&mut stream) {
                        let challenge = body["challenge"].as_str().unwrap_or("").to_owned();
                        if challenge.is_empty() && to.send(body).is_err() {
                            return;
                        }
                        if is_deaf.load(Ordering::SeqCst) {
                            return;
                        }
                        let length = challenge.len();
                        let answer = format!(
                            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{challenge}"
                        );
                        stream.get_mut().write_all(answer.as_bytes()).unwrap();
                    }
                });
            }
        });
        Self { url, got, deaf }
    }

    fn take(&self) -> Value {
        self.got.recv_timeout(Duration::from_secs(60)).unwrap()
    }
}

/// The body of the next request.
fn request(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn invite(server: &Server, user: &str) {
    invite_with(server, "xoxb-sample-greeter", "C0WELCOME", user);
}

fn invite_with(server: &Server, token: &str, channel: &str, user: &str) {
    let address = server.ready.trim().rsplit('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let body = format!("channel={channel}&users={user}");
    let request = format!(
        "POST /api/conversations.invite HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"ok\":true"), "{answer}");
}

fn users(bodies: &[Value]) -> Vec<&str> {
    let mut users: Vec<_> = bodies
        .iter()
        .map(|body| body["event"]["user"].as_str().unwrap())
        .collect();
    users.sort_unstable();
    users
}

#[test]
fn what_was_answered_is_delivered_after_a_kill_and_twice_under_one_id() {
    let place = directory();
    let path = place.path();
    let app = App::new();
    let mut server = Server::start(path, &[]);
    let subscribe = ["events", "subscribe", "A0GREET", "--url", &app.url];
    let subscribe = [&subscribe[..], &["--events", "member_joined_channel"]].concat();
    let said = text(path, &subscribe);
    assert!(said.contains("member_joined_channel"), "{said}");
    invite(&server, "U0BEN");
    let first = app.take();
    let tail = ["events", "tail", "--until", "1", "--wait", "60"];
    let delivered = [&tail[..], &["--state", "delivered", "--json"]].concat();
    let shown = json(path, &delivered);
    assert_eq!(shown["event_id"], first["event_id"]);
    assert_eq!(shown["body"], first);

    // One that the app has and did not acknowledge, and one that it never saw.
    app.deaf.store(true, Ordering::SeqCst);
    invite(&server, "U0DANA");
    let unacknowledged = app.take();
    invite(&server, "U0EMIL");
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    app.deaf.store(false, Ordering::SeqCst);
    // What came between the first attempt and the kill.
    while let Ok(again) = app.got.try_recv() {
        assert_eq!(again["event_id"], unacknowledged["event_id"]);
    }
    let server = Server::start(path, &[]);
    let resume = ["events", "resume", "A0GREET"];
    assert!(run(path, &resume).status.success());
    // Whatever waits for its next minute does not have to.
    let waiting = [
        "events",
        "redeliver",
        unacknowledged["event_id"].as_str().unwrap(),
    ];
    let _ = run(path, &waiting);
    let mut after = Vec::new();
    while users(&after) != ["U0DANA", "U0EMIL"] {
        let body = app.take();
        if !after.contains(&body) {
            after.push(body);
        }
    }
    assert!(after.contains(&unacknowledged), "{after:#?}");
    assert_ne!(after[0]["event_id"], after[1]["event_id"]);

    // Held back, let go on, and once more.
    assert!(run(path, &["events", "pause", "A0GREET"]).status.success());
    invite(&server, "U0MIA");
    let waits = text(
        path,
        &[
            "events", "tail", "--state", "waiting", "--until", "1", "--wait", "60",
        ],
    );
    assert!(
        waits.contains("member_joined_channel  C0WELCOME"),
        "{waits}"
    );
    assert!(run(path, &resume).status.success());
    let mia = loop {
        let body = app.take();
        if !after.contains(&body) {
            break body;
        }
    };
    assert_eq!(mia["event"]["user"], "U0MIA");
    let id = mia["event_id"].as_str().unwrap();
    let done = [
        "events",
        "tail",
        "--event",
        id,
        "--state",
        "delivered",
        "--until",
        "1",
        "--wait",
        "60",
    ];
    text(path, &done);
    assert!(run(path, &["events", "redeliver", id]).status.success());
    assert_eq!(app.take(), mia);
    let (code, words) = failure(path, &["events", "redeliver", "EvNONE"]);
    assert_eq!(code, 1);
    assert!(words.contains("EvNONE"), "{words}");
    let all = ["redeliver", "--app", "A0GREET", "--state", "delivered"];
    let all: Vec<&str> = ["events"].into_iter().chain(all).collect();
    let output = run(path, &all);
    assert!(output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("are delivered to A0GREET once more"),
        "{told}"
    );
    for args in [
        &["tail", "--app", "A0NONE"][..],
        &["redeliver", "--app", "A0NONE", "--state", "failed"],
    ] {
        let args: Vec<&str> = ["events"].into_iter().chain(args.iter().copied()).collect();
        let (code, words) = failure(path, &args);
        assert!(
            code == 1 && words.contains("there is no app A0NONE"),
            "{words}"
        );
    }
    server.stop();
    let (code, words) = failure(path, &["events", "tail"]);
    assert_eq!(code, 1);
    assert!(words.contains("no server holds"), "{words}");
}

#[test]
fn an_app_that_comes_again_inherits_nothing_from_one_removed_while_no_server_ran() {
    let place = directory();
    let path = place.path();
    let app = App::new();
    let world = format!(
        r#"
version: 1
workspaces:
  - id: T0MORE
    name: More
    domain: more
    users: [{{id: U0MO, name: mo, role: owner}}, {{id: U0MAX, name: max}}, {{id: U0MIA2, name: mia}}]
    channels: [{{id: C0MORE, name: more, created: 2024-01-01, members: [U0MO]}}]
    apps:
      - id: A0MORE
        name: more
        events: {{request_url: "{}", subscribe: [member_joined_channel]}}
    tokens:
      - {{token: xoxp-more, user: U0MO, app: A0MORE, scopes: ["channels:read", "channels:write"]}}
"#,
        app.url
    );
    std::fs::write(path.join("more.yaml"), world).unwrap();
    let server = Server::start(path, &[]);
    let add = ["world", "add", "more.yaml"];
    text(path, &add);
    assert!(run(path, &["events", "pause", "A0MORE"]).status.success());
    invite_with(&server, "xoxp-more", "C0MORE", "U0MAX");
    let waits = ["events", "tail", "--state", "waiting", "--until", "1"];
    text(path, &[&waits[..], &["--wait", "60"]].concat());
    assert_eq!(server.stop().0, Some(0));

    assert!(run(path, &["world", "remove", "T0MORE"]).status.success());
    let server = Server::start(path, &[]);
    text(path, &add);
    invite_with(&server, "xoxp-more", "C0MORE", "U0MIA2");
    assert_eq!(app.take()["event"]["user"], "U0MIA2");
    assert_eq!(server.stop().0, Some(0));
}
