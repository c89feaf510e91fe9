//! A mail server on the loopback interface, as far as RFC 5321 asks one of who sends a letter: EHLO,
//! STARTTLS, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA. A test can have it answer otherwise.

use crate::certificates::{SERVER, shows};
use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::{ServerConnection, StreamOwned};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// How much of the way is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Plain,
    StartTls,
    Tls,
}

/// A letter as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Letter {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    /// Whoever showed a good password.
    pub(crate) user: Option<String>,
    pub(crate) encrypted: bool,
    /// Head and body.
    pub(crate) data: String,
}

impl Letter {
    /// The body's parts, decoded: text, and HTML.
    pub(crate) fn parts(&self) -> (String, String) {
        let boundary = self.data.split("boundary=\"").nth(1).unwrap();
        let boundary = format!("--{}", boundary.split('"').next().unwrap());
        let mut parts = self.data.split(&boundary).skip(1).map(decoded);
        (parts.next().unwrap(), parts.next().unwrap())
    }
}

fn decoded(part: &str) -> String {
    let (head, body) = part.split_once("\r\n\r\n").unwrap();
    if head.contains("base64") {
        let text: String = body.split_whitespace().collect();
        return String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap();
    }
    if !head.contains("quoted-printable") {
        return body.to_owned();
    }
    let body = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'='
            && let Some(code) = after.get(..2)
        {
            let code = std::str::from_utf8(code).unwrap();
            bytes.push(u8::from_str_radix(code, 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap()
}

trait Line: Read + Write + Send {}
impl<T: Read + Write + Send> Line for T {}

/// What a test has it answer to a command, instead of what is usual. The number counts all
/// commands of the same verb.
type Script = dyn Fn(usize, &str) -> Option<String> + Send + Sync;

/// A running mail server.
#[derive(Clone)]
pub(crate) struct PostOffice {
    pub(crate) address: SocketAddr,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl PostOffice {
    /// One that takes everything.
    pub(crate) fn open() -> Self {
        Self::start(Way::Plain, None, |_, _| None)
    }

    /// One that asks for a password if `password` is `Some((user, password))`.
    pub(crate) fn start(
        way: Way,
        password: Option<(&'static str, &'static str)>,
        script: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let office = Self {
            address: listener.local_addr().unwrap(),
            letters: Arc::default(),
        };
        let letters = office.letters.clone();
        let (counts, script): (Arc<Mutex<Vec<String>>>, Arc<Script>) =
            (Arc::default(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let talk = Talk {
                    way,
                    password,
                    script: script.clone(),
                    verbs: counts.clone(),
                    letters: letters.clone(),
                    letter: Letter::default(),
                };
                thread::spawn(move || talk.serve(stream));
            }
        });
        office
    }

    /// What has come so far.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }
}

/// One connection.
struct Talk {
    way: Way,
    password: Option<(&'static str, &'static str)>,
    script: Arc<Script>,
    /// Every verb that was said so far, on all connections.
    verbs: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<Letter>>>,
    letter: Letter,
}

type Stream = BufReader<Box<dyn Line>>;

impl Talk {
    fn serve(mut self, stream: TcpStream) {
        let mut line: Stream = match self.way {
            Way::Tls => BufReader::new(encrypted(Box::new(stream))),
            Way::Plain | Way::StartTls => BufReader::new(Box::new(stream)),
        };
        self.letter.encrypted = self.way == Way::Tls;
        if say(&mut line, "220 post office of tests").is_err() {
            return;
        }
        while let Some(command) = hear(&mut line) {
            let verb = command
                .split([' ', ':'])
                .next()
                .unwrap()
                .to_ascii_uppercase();
            let number = {
                let mut verbs = self.verbs.lock().unwrap();
                verbs.push(verb.clone());
                verbs.iter().filter(|said| **said == verb).count() - 1
            };
            if let Some(answer) = (self.script)(number, &command) {
                let bye = answer.starts_with("421");
                if say(&mut line, &answer).is_err() || bye {
                    return;
                }
                continue;
            }
            let answer = match verb.as_str() {
                "STARTTLS" if self.way == Way::StartTls => {
                    say(&mut line, "220 go on").unwrap();
                    line = BufReader::new(encrypted(line.into_inner()));
                    self.letter.encrypted = true;
                    continue;
                }
                "QUIT" => {
                    let _ = say(&mut line, "221 bye");
                    return;
                }
                _ => self.answer(&verb, &command, &mut line),
            };
            if say(&mut line, &answer).is_err() {
                return;
            }
        }
    }

    fn answer(&mut self, verb: &str, command: &str, line: &mut Stream) -> String {
        let secure = self.way != Way::StartTls || self.letter.encrypted;
        match verb {
            "EHLO" => {
                let mut lines = vec!["250-post.test"];
                if !secure {
                    lines.push("250-STARTTLS");
                } else if self.password.is_some() {
                    lines.push("250-AUTH PLAIN LOGIN");
                }
                lines.push("250-8BITMIME");
                lines.push("250 SMTPUTF8");
                lines.join("\r\n")
            }
            "AUTH" if secure => self.authenticate(command),
            "MAIL" if !secure => "530 5.7.0 encrypt first".to_owned(),
            "MAIL" if self.password.is_some() && self.letter.user.is_none() => {
                "530 5.7.0 who are you".to_owned()
            }
            "MAIL" => {
                self.letter.from = angle(command);
                "250 ok".to_owned()
            }
            "RCPT" => {
                self.letter.to.push(angle(command));
                "250 ok".to_owned()
            }
            "DATA" => {
                if say(line, "354 go on").is_err() {
                    return "451 gone".to_owned();
                }
                let mut data = String::new();
                while let Some(text) = hear(line) {
                    if text == "." {
                        break;
                    }
                    data.push_str(text.strip_prefix('.').unwrap_or(&text));
                    data.push_str("\r\n");
                }
                self.letter.data = data;
                self.letters.lock().unwrap().push(self.letter.clone());
                self.letter.to.clear();
                "250 taken".to_owned()
            }
            "RSET" | "NOOP" => "250 ok".to_owned(),
            _ => "502 not here".to_owned(),
        }
    }

    fn authenticate(&mut self, command: &str) -> String {
        let shown = command.strip_prefix("AUTH PLAIN ").unwrap_or_default();
        let shown = BASE64_STANDARD.decode(shown).unwrap_or_default();
        let good = self
            .password
            .map(|(user, word)| format!("\0{user}\0{word}"));
        if good.is_some_and(|good| good.as_bytes() == shown) {
            self.letter.user = self.password.map(|(user, _)| user.to_owned());
            return "235 welcome".to_owned();
        }
        "535 5.7.8 wrong password".to_owned()
    }
}

/// What stands between `<` and `>`.
fn angle(command: &str) -> String {
    let inner = command.split_once('<').map_or("", |(_, rest)| rest);
    inner.split('>').next().unwrap_or_default().to_owned()
}

fn say(line: &mut Stream, text: &str) -> std::io::Result<()> {
    line.get_mut().write_all(format!("{text}\r\n").as_bytes())?;
    line.get_mut().flush()
}

fn hear(line: &mut Stream) -> Option<String> {
    let mut text = Vec::new();
    match line.read_until(b'\n', &mut text) {
        Ok(0) | Err(_) => None,
        Ok(_) => {
            let text = String::from_utf8_lossy(&text);
            Some(text.trim_end_matches(['\r', '\n']).to_owned())
        }
    }
}

fn encrypted(stream: Box<dyn Line>) -> Box<dyn Line> {
    let connection = ServerConnection::new(Arc::new(shows(SERVER))).unwrap();
    Box::new(StreamOwned::new(connection, stream))
}
