//! A Redis or Valkey server for tests: a process of its own on the loopback interface, which keeps
//! nothing.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
};

/// A server that ends with this.
pub(crate) struct Redis {
    program: String,
    pub(crate) port: u16,
    options: Vec<String>,
    child: Child,
}

impl Redis {
    /// Starts the program that the variable `REDIS_FOR_TESTS` names; without it there is none.
    pub(crate) fn start(options: &[&str]) -> Option<Self> {
        let Ok(program) = std::env::var("REDIS_FOR_TESTS") else {
            eprintln!("skipped: no Redis here");
            return None;
        };
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        // Somebody else may be given the port before it is bound.
        for _ in 0..10 {
            let free = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = free.local_addr().unwrap().port();
            drop(free);
            if let Some(child) = begin(&program, port, &options) {
                return Some(Self {
                    program,
                    port,
                    options,
                    child,
                });
            }
        }
        panic!("{program} does not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts a killed one again, at the same place.
    pub(crate) fn revive(&mut self) {
        self.child = begin(&self.program, self.port, &self.options).unwrap();
    }

    /// Stops it from doing anything, without an end of its connections; or lets it go on.
    pub(crate) fn freeze(&self, freeze: bool) {
        let signal = if freeze { "-STOP" } else { "-CONT" };
        let id = self.child.id().to_string();
        let done = Command::new("kill").args([signal, &id]).status();
        assert!(done.unwrap().success());
    }

    /// What it answers to a command: a text, a number, or the elements of a list, each a line.
    pub(crate) fn ask(&self, command: &str) -> Vec<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .write_all(format!("{command}\r\n").as_bytes())
            .unwrap();
        let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
        let first = lines.next().unwrap();
        let Some(count) = first.strip_prefix('*') else {
            return vec![first];
        };
        // Before each element stands a line with its length.
        let elements = lines.skip(1).step_by(2);
        elements.take(count.parse().unwrap()).collect()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `None` if it ends at once.
fn begin(program: &str, port: u16, options: &[String]) -> Option<Child> {
    let mut command = Command::new(program);
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    let port = port.to_string();
    if !options.iter().any(|option| option == "--tls-port") {
        command.args(["--port", &port]);
    }
    let options = options.iter().map(|option| option.replace("PORT", &port));
    command.args(options).current_dir(std::env::temp_dir());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    // It says so when it can be asked; its output is read to the end, so that it can write on.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = lines.by_ref().map_while(Result::ok);
    let ready = { ready }.any(|line| {
        line.to_ascii_lowercase()
            .contains("ready to accept connections")
    });
    if !ready {
        child.wait().unwrap();
        return None;
    }
    std::thread::spawn(move || lines.for_each(drop));
    Some(child)
}
