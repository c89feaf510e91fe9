//! What is answered when the disk fails: a server whose files may not grow, and a damaged row.

use crate::{Server, directory, guestlist};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

const ADA: &str = "xoxp-sample-ada";

/// Calls made one after the other on one connection.
pub(crate) struct Caller {
    stream: BufReader<TcpStream>,
    token: String,
}

/// An answer to one of them.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) req_id: String,
    /// The header `date`.
    pub(crate) date: String,
    pub(crate) json: Value,
}

impl Caller {
    fn of(server: &Server) -> Self {
        Self::with(server, ADA)
    }

    pub(crate) fn with(server: &Server, token: &str) -> Self {
        let address = server.ready.trim().rsplit('/').next().unwrap();
        Self {
            stream: BufReader::new(TcpStream::connect(address).unwrap()),
            token: token.to_owned(),
        }
    }

    /// The status and the answer.
    fn call(&mut self, method: &str, form: &str) -> (u16, Value) {
        let answered = self.ask(method, form);
        (answered.status, answered.json)
    }

    pub(crate) fn ask(&mut self, method: &str, form: &str) -> Answered {
        self.try_to(method, form).unwrap()
    }

    /// Fails when the server goes away before it has answered.
    pub(crate) fn try_to(&mut self, method: &str, form: &str) -> io::Result<Answered> {
        let request = format!(
            "POST /api/{method} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.token,
            form.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut status, mut length) = (String::new(), 0, 0);
        let (mut req_id, mut date) = (String::new(), String::new());
        while self.stream.read_line(&mut line)? > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(rest) = lower.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().unwrap();
            } else if let Some(rest) = lower.strip_prefix("content-length:") {
                length = rest.trim().parse().unwrap();
            } else if let Some(rest) = lower.strip_prefix("x-slack-req-id:") {
                req_id = rest.trim().to_owned();
            } else if let Some(rest) = lower.strip_prefix("date:") {
                date = rest.trim().to_owned();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let json = serde_json::from_slice(&body)?;
        Ok(Answered {
            status,
            req_id,
            date,
            json,
        })
    }

    fn topic(&mut self) -> String {
        let (_, answer) = self.call("conversations.info", "channel=C0OPS");
        answer["channel"]["topic"]["value"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// The program again, in a shell that lets no file grow beyond so many KiB and has a write that
/// would do so fail, as one on a full disk does.
pub(crate) fn on_a_full_disk(command: Command, kib: u32) -> Command {
    let limit = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$@\"", kib * 2);
    let mut shell = Command::new("sh");
    shell.args(["-c", &limit, "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

fn serve(directory: &Path) -> Command {
    let args = ["serve", "--listen", "127.0.0.1:0", "--rate-limits", "off"];
    guestlist(directory, &args)
}

/// Writes until the disk is full. The call that meets its end is `fatal_error`, unless the store
/// meets it between two calls; those that follow are not written, and are told so. Either way nothing that was
/// answered is lost, and nothing is half there.
#[test]
fn a_full_disk() {
    let mut seen = Vec::new();
    for kib in [400, 500, 600, 700, 800] {
        let place = directory();
        let server = Server::spawn(on_a_full_disk(serve(place.path()), kib));
        let mut caller = Caller::of(&server);
        let topic = |n: u32| format!("{n}-{}", "x".repeat(240));
        let mut written = 0;
        let mut write = |n| {
            let form = format!("channel=C0OPS&topic={}", topic(n));
            caller.call("conversations.setTopic", &form)
        };
        let (status, answer) = loop {
            match write(written + 1) {
                (200, answer) if answer["ok"] == true => written += 1,
                refused => break refused,
            }
            assert!(written < 10_000, "the disk is never full");
        };
        let code = answer["error"].as_str().unwrap().to_owned();
        assert_eq!(
            status,
            if code == "fatal_error" { 500 } else { 503 },
            "{answer}"
        );
        let (status, answer) = write(written + 2);
        assert_eq!(
            (status, &answer["error"]),
            (503, &json!("service_unavailable"))
        );
        server.stop();

        let server = Server::spawn(serve(place.path()));
        let topic_now = Caller::of(&server).topic();
        let in_doubt = code == "fatal_error" && topic_now == topic(written + 1);
        assert!(
            topic_now == topic(written) || in_doubt,
            "{written} written: {topic_now}"
        );
        server.stop();
        seen.push(code);
        if seen.iter().any(|code| code == "fatal_error") {
            return;
        }
    }
    panic!("no call met the end of the disk: {seen:?}");
}

#[test]
fn a_disk_that_has_room_again_is_told_of_once() {
    let place = directory();
    let mut command = on_a_full_disk(serve(place.path()), 500);
    let log = place.path().join("log");
    command.env("GUESTLIST_LOG", "info");
    let server = Server::spawn_with(command, File::create(&log).unwrap().into());
    let mut caller = Caller::of(&server);
    let form = format!("channel=C0OPS&topic={}", "x".repeat(240));
    let mut written = 0;
    while caller
        .call(
            "conversations.setTopic",
            &(form.clone() + &written.to_string()),
        )
        .0
        == 200
    {
        written += 1;
        assert!(written < 10_000, "the disk is never full");
    }
    let is_over = || {
        let log = fs::read_to_string(&log).unwrap();
        log.matches(" INFO the store can be written to again")
            .count()
    };
    assert_eq!(is_over(), 0);
    let id = server.child.id().to_string();
    let room = ["--fsize=unlimited", "--pid", &id];
    let made = Command::new("prlimit").args(room).status().unwrap();
    assert!(made.success());
    // Nobody has to call for it.
    let began = Instant::now();
    while is_over() == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{}",
            fs::read_to_string(&log).unwrap()
        );
        thread::yield_now();
    }
    for _ in 0..2 {
        assert_eq!(caller.call("conversations.setTopic", &form).0, 200);
    }
    assert_eq!(server.stop().0, Some(0));
    assert_eq!(is_over(), 1);
}

/// A row that cannot be read fails the calls that look at it, and no others.
#[test]
fn a_damaged_row() {
    let place = directory();
    Server::spawn(serve(place.path())).stop();
    let data = place.path().join("guestlist-data");
    let mut damaged = 0;
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        let sound = b"\"name\":\"launch-2022\"";
        while let Some(at) = bytes.windows(sound.len()).position(|part| part == sound) {
            bytes[at..at + 8].copy_from_slice(b"\"name\"?\"");
            damaged += 1;
        }
        fs::write(&path, bytes).unwrap();
    }
    assert!(damaged > 0, "the channel is not where it was looked for");

    let server = Server::spawn(serve(place.path()));
    let mut caller = Caller::of(&server);
    for (method, form) in [
        ("conversations.info", "channel=C0LAUNCH"),
        ("conversations.invite", "channel=C0LAUNCH&users=U0DANA"),
    ] {
        let (status, answer) = caller.call(method, form);
        assert_eq!(
            (status, &answer["error"]),
            (500, &"internal_error".into()),
            "{method}"
        );
    }
    let (status, answer) = caller.call("conversations.invite", "channel=C0OPS&users=U0DANA");
    assert_eq!((status, &answer["ok"]), (200, &true.into()), "{answer}");
    server.stop();
}
