//! The servers under test as processes: start, ready line, CPU, memory, stop.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use super::wire::{Framer, says_ok};

const READY_WITHIN: Duration = Duration::from_secs(120);
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// A running server, stopped by SIGTERM; killed when a failing run drops it.
pub(crate) struct Server {
    child: Child,
    pub(crate) addr: SocketAddr,
    /// Says nothing after the address; closes when the server's stdout does.
    stdout: Receiver<SocketAddr>,
    log: PathBuf,
}

/// A command that sees neither the caller's settings nor a settings file of the
/// working directory.
pub(crate) fn command(binary: &Path, dir: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GUESTLIST_") {
            command.env_remove(name);
        }
    }
    command.current_dir(dir).stdin(Stdio::null());
    command
}

impl Server {
    /// Starts `command` and waits for the ready line.
    pub(crate) fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot start {:?}", command.get_program()))?;
        let out = child.stdout.take().context("no stdout")?;
        let (found, stdout) = channel();
        // The thread reads to the end, lest a talkative server block on a full pipe.
        thread::spawn(move || {
            let mut told = false;
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if let Some(addr) = (!told).then(|| address(&line)).flatten() {
                    told = found.send(addr).is_ok();
                }
            }
        });
        match stdout.recv_timeout(READY_WITHIN) {
            Ok(addr) => Ok(Self {
                child,
                addr,
                stdout,
                log,
            }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                let why = match error {
                    RecvTimeoutError::Timeout => "was not ready in time",
                    RecvTimeoutError::Disconnected => "ended before it was ready",
                };
                Err(anyhow!("{:?} {why}\n{}", command.get_program(), tail(&log)))
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGTERM, then waits for the end, which must be a clean one.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = self.pid().to_string();
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .context("cannot run kill")?;
        let ended = self.stdout.recv_timeout(STOPPED_WITHIN);
        if ended != Err(RecvTimeoutError::Disconnected) {
            bail!(
                "a server did not stop within {STOPPED_WITHIN:?} of SIGTERM\n{}",
                tail(&self.log)
            );
        }
        let status = self.child.wait()?;
        if !status.success() {
            bail!(
                "a server ended with {status} after SIGTERM\n{}",
                tail(&self.log)
            );
        }
        Ok(())
    }

    /// `VmRSS` and `VmHWM`, in MiB.
    pub(crate) fn memory(&self) -> Result<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let field = |name: &str| -> Result<f64> {
            let line = status.lines().find(|line| line.starts_with(name));
            let kib = line
                .and_then(|line| line.split_whitespace().nth(1))
                .context("no such field")?;
            Ok(kib.parse::<f64>()? / 1024.0)
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Runs a command to its end; its output is shown when it fails.
pub(crate) fn finish(mut command: Command, log: &Path) -> Result<Duration> {
    let begun = Instant::now();
    let file = File::create(log)?;
    let status = command.stdout(file.try_clone()?).stderr(file).status();
    let status = status.with_context(|| format!("cannot start {:?}", command.get_program()))?;
    if !status.success() {
        bail!("{command:?} ended with {status}\n{}", tail(log));
    }
    Ok(begun.elapsed())
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// The address of the first `http://HOST:PORT` in a line.
fn address(line: &str) -> Option<SocketAddr> {
    let rest = &line[line.find("http://")? + "http://".len()..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".:[]-".contains(c));
    let host = &rest[..end.unwrap_or(rest.len())];
    host.trim_end_matches('.')
        .replace("localhost", "127.0.0.1")
        .parse()
        .ok()
}

/// One call on a connection of its own: head length and body.
pub(crate) fn call(addr: SocketAddr, request: &[u8]) -> Result<(usize, Vec<u8>)> {
    let mut stream = TcpStream::connect(addr)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(READY_WITHIN))?;
    stream.write_all(request)?;
    let mut framer = Framer::default();
    let mut buffer = vec![0; 64 * 1024];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            bail!("the server closed the connection without an answer");
        }
        filled += read;
        if let Some(frame) = framer.frame(&buffer[..filled])? {
            return Ok((frame.head, buffer[frame.head..frame.total].to_vec()));
        }
        if filled == buffer.len() {
            buffer.resize(buffer.len() * 2, 0);
        }
    }
}

/// Like `call`, of the product: an answer that is not ok is an error.
pub(crate) fn call_ok(addr: SocketAddr, request: &[u8]) -> Result<(usize, Vec<u8>)> {
    let (head, body) = call(addr, request)?;
    if !says_ok(&body) {
        let shown = String::from_utf8_lossy(request);
        bail!(
            "refused: {}\nthe request was\n{shown}",
            String::from_utf8_lossy(&body)
        );
    }
    Ok((head, body))
}

/// What is measured: where calls go, in turn, and the processes that answer them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    pub(crate) addrs: Vec<SocketAddr>,
    pub(crate) servers: Vec<u32>,
    /// The first process of the database behind them, if it is on this machine and ours.
    pub(crate) database: Option<u32>,
}

/// CPU seconds so far.
#[derive(Clone, Copy)]
pub(crate) struct Cpu {
    pub(crate) generator: f64,
    pub(crate) server: f64,
    pub(crate) database: f64,
    /// Everything that runs on this machine, the others included.
    pub(crate) machine: f64,
}

impl Cpu {
    pub(crate) fn now(target: &Target) -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat").context("the benchmark needs Linux's /proc")?;
        // user, nice, system, (idle, iowait,) irq, softirq, steal
        let fields = stat.split_whitespace().skip(1).take(8).enumerate();
        let busy = fields.filter(|(field, _)| !matches!(field, 3 | 4));
        let ticks = busy
            .filter_map(|(_, ticks)| ticks.parse::<f64>().ok())
            .sum::<f64>();
        let mut server = 0.0;
        for pid in &target.servers {
            server += Stat::read(&format!("/proc/{pid}/stat"))?.own;
        }
        Ok(Self {
            generator: Stat::read("/proc/self/stat")?.own,
            server,
            database: target.database.map_or(Ok(0.0), family)?,
            machine: ticks / TICKS_PER_SECOND,
        })
    }

    /// What was used since `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            generator: self.generator - before.generator,
            server: self.server - before.server,
            database: self.database - before.database,
            machine: self.machine - before.machine,
        }
    }
}

/// Linux shows clock ticks to programs in hundredths of a second, whatever the kernel's own rate.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a `stat` file of `/proc` tells.
struct Stat {
    parent: u32,
    /// User and system time of the process so far, all its threads, in seconds.
    own: f64,
    /// The same of its children that have ended.
    ended: f64,
}

impl Stat {
    fn read(path: &str) -> Result<Self> {
        let stat = fs::read_to_string(path).context("the benchmark needs Linux's /proc")?;
        // The name of the program, in brackets, may hold spaces: count from its end.
        let rest = stat.rsplit_once(')').context("unreadable /proc stat")?.1;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |first: usize| -> Result<f64> {
            let both = fields.get(first..first + 2).context("a short /proc stat")?;
            let both: Vec<f64> = both.iter().map(|t| t.parse()).collect::<Result<_, _>>()?;
            Ok(both.iter().sum::<f64>() / TICKS_PER_SECOND)
        };
        Ok(Self {
            parent: fields.get(1).context("a short /proc stat")?.parse()?,
            own: ticks(11)?,
            ended: ticks(13)?,
        })
    }
}

/// CPU seconds of a process and its children, also those that have ended.
fn family(pid: u32) -> Result<f64> {
    let first = Stat::read(&format!("/proc/{pid}/stat"))?;
    let mut sum = first.own + first.ended;
    for entry in fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let Some(Ok(_)) = name.to_str().map(str::parse::<u32>) else {
            continue;
        };
        // It may have ended meanwhile; then its parent tells.
        let stat = Stat::read(&format!("/proc/{}/stat", name.display()));
        sum += stat.map_or(0.0, |s| if s.parent == pid { s.own } else { 0.0 });
    }
    Ok(sum)
}

/// The file system type that holds `path`, from the longest matching mount point.
pub(crate) fn file_system(path: &Path) -> String {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let fields = mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>());
    let holding = fields.filter(|mount| mount.len() > 2 && path.starts_with(mount[1]));
    // Of mounts over one another the last is the one seen; `max_by_key` keeps the last.
    holding
        .max_by_key(|mount| mount[1].len())
        .map_or_else(|| "unknown".into(), |mount| mount[2].into())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_address_is_found_in_any_ready_line() {
        let expected = "127.0.0.1:4711".parse().ok();
        assert_eq!(address("listening on http://127.0.0.1:4711"), expected);
        assert_eq!(
            address("ready: http://127.0.0.1:4711/api (pid 3)"),
            expected
        );
        assert_eq!(address("{\"url\":\"http://localhost:4711\"}"), expected);
        assert_eq!(address("see https://example.test"), None);
    }
}
