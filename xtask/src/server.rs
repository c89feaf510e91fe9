//! A guestlist server as a child process.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How long a start may take: generous, since a failure is what it is for.
const START: Duration = Duration::from_secs(60);
/// How long a server that was asked to stop may take.
const STOP: Duration = Duration::from_secs(5);

/// A running program whose output is read line by line.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub(crate) fn spawn(command: &mut Command) -> Result<Running> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let stdout = child.stdout.take().context("the child has no stdout")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody may be listening any more; the pipe is emptied all the same.
                let _ = sender.send(line);
            }
        });
        Ok(Running { child, lines })
    }

    /// The next line of output, `None` at its end.
    pub(crate) fn line(&self, wait: Duration) -> Result<Option<String>, RecvTimeoutError> {
        match self.lines.recv_timeout(wait) {
            Ok(line) => Ok(Some(line)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Passes the output on until the program ends; fails when it fails or takes longer than `limit`.
    pub(crate) fn finish(self, limit: Duration) -> Result<()> {
        self.finish_heard(limit, |line| println!("{line}"))
    }

    /// The same, with somebody to hear the output.
    pub(crate) fn finish_heard(
        mut self,
        limit: Duration,
        mut hear: impl FnMut(String),
    ) -> Result<()> {
        let start = Instant::now();
        loop {
            match self.line(limit.saturating_sub(start.elapsed())) {
                Ok(Some(line)) => hear(line),
                Ok(None) => break,
                Err(_) => bail!("did not end within {} s", limit.as_secs()),
            }
        }
        let status = self.child.wait()?;
        ensure!(status.success(), "ended with {status}");
        Ok(())
    }

    /// Sends it a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        // The shell's own `kill`, since the program of that name is missing on some small machines.
        let pid = self.child.id().to_string();
        let words = ["-c", "kill -\"$1\" \"$2\"", "sh", name, &pid];
        crate::shell::output(Command::new("sh").args(words))?;
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail on a child that has ended already, which is the usual case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How to start a server.
pub(crate) struct Launch<'a> {
    pub(crate) binary: &'a Path,
    pub(crate) data: PathBuf,
    /// Gathers what the server writes to stderr, over all its lives.
    pub(crate) log: PathBuf,
    /// What `--rate-limits` is told: tests call more often than anybody is documented to.
    pub(crate) rate_limits: &'a str,
}

pub(crate) struct Server {
    process: Running,
    /// `HOST:PORT`
    pub(crate) address: String,
}

impl Launch<'_> {
    /// Starts the server without waiting for it.
    pub(crate) fn spawn(&self, world: Option<&Path>) -> Result<Running> {
        self.spawn_at("127.0.0.1:0", world, &[])
    }

    fn spawn_at(
        &self,
        listen: &str,
        world: Option<&Path>,
        settings: &[(&str, &str)],
    ) -> Result<Running> {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut command = Command::new(self.binary);
        command
            .args(["serve", "--listen", listen, "--rate-limits"])
            .args([OsStr::new(self.rate_limits), OsStr::new("--data")])
            .arg(&self.data)
            .envs(settings.iter().copied());
        if let Some(world) = world {
            command.args([OsStr::new("--world"), world.as_os_str()]);
        }
        Running::spawn(command.stderr(log))
    }

    /// Starts the server and waits for its ready line.
    pub(crate) fn start(&self, world: Option<&Path>) -> Result<Server> {
        self.ready(self.spawn(world)?)
    }

    /// The same with further settings, as variables.
    pub(crate) fn start_with(&self, world: &Path, settings: &[(&str, &str)]) -> Result<Server> {
        self.ready(self.spawn_at("127.0.0.1:0", Some(world), settings)?)
    }

    /// Starts the server again where it was, for clients that hold on to it.
    pub(crate) fn restart(&self, address: &str) -> Result<Server> {
        self.restart_with(address, &[])
    }

    /// The same with further settings, as variables.
    pub(crate) fn restart_with(&self, address: &str, settings: &[(&str, &str)]) -> Result<Server> {
        self.ready(self.spawn_at(address, None, settings)?)
    }

    fn ready(&self, process: Running) -> Result<Server> {
        let start = Instant::now();
        loop {
            match process.line(START.saturating_sub(start.elapsed())) {
                Ok(Some(line)) => {
                    if let Some(address) = address(&line) {
                        return Ok(Server { process, address });
                    }
                }
                Ok(None) => bail!(
                    "the server ended before it was ready:\n{}",
                    self.last_words()
                ),
                Err(_) => bail!(
                    "no ready line within {} s:\n{}",
                    START.as_secs(),
                    self.last_words()
                ),
            }
        }
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Server {
    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.child.id()
    }

    /// `kill -9`
    pub(crate) fn kill(mut self) -> Result<()> {
        self.process.child.kill()?;
        self.process.child.wait()?;
        Ok(())
    }

    /// SIGTERM: the server has five seconds to end with code 0.
    pub(crate) fn stop(self) -> Result<()> {
        self.process.signal("TERM")?;
        self.process
            .finish(STOP)
            .context("after SIGTERM the server")
    }
}

/// The `HOST:PORT` of a line that holds `http://HOST:PORT`.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest
        .find(|c: char| c.is_whitespace() || c == '/')
        .unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}
