//! The nodes, what they store in, and how they are broken.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::pause;
use super::proxy::{Proxy, Target, Way};
use crate::dice::Dice;
use crate::http::Client;
use crate::place::Scratch;
use crate::postgres::Cluster;
use crate::server::{Launch, Server};
use crate::shell::{self, need};

const CONTROL_TOKEN: &str = "control-token-of-faults";
/// Clocks are at most so many seconds from the machine's.
const APART: u64 = 600;

/// What happens to a node, or to the database of all.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// SIGKILL; after so many milliseconds it is started again.
    Kill(usize, u64),
    /// The clock is set so many seconds ahead of the machine's.
    Clock(usize, i64),
    /// The connections of its clients are cut.
    CutClients(usize),
    /// One of them, after so many bytes.
    TruncateClient(usize, Way, u64),
    /// Its connections to the database are cut.
    CutDatabase(usize),
    TruncateDatabase(usize, Way, u64),
    /// Until the next fault every message to and from the database takes so many milliseconds.
    DelayDatabase(usize, u64),
    RestartDatabase(&'static str),
    /// Until the next fault files can grow by so many bytes and no more.
    FullDisk(u64),
}

impl Fault {
    /// One after the other of the kinds there are, in an order of their own each time round.
    pub(super) fn draw(dice: &mut Dice, nodes: usize, shared: bool, count: usize) -> Vec<Fault> {
        let mut faults = Vec::new();
        let kinds = if shared { 10 } else { 6 };
        while faults.len() < count {
            for kind in dice.some(kinds, kinds) {
                let node = dice.below(nodes);
                let way = [Way::Up, Way::Down][dice.below(2)];
                faults.push(match kind {
                    0 | 1 => Fault::Kill(node, dice.within(0..=150)),
                    2 => {
                        let seconds = dice.within(0..=2 * APART) as i64 - APART as i64;
                        Fault::Clock(node, seconds)
                    }
                    3 => Fault::CutClients(node),
                    4 => Fault::TruncateClient(node, way, dice.within(0..=3000)),
                    5 if !shared => Fault::FullDisk(dice.within(0..=60_000)),
                    5 => Fault::CutDatabase(node),
                    6 | 7 => Fault::TruncateDatabase(node, way, dice.within(0..=20_000)),
                    8 => Fault::DelayDatabase(node, dice.within(5..=60)),
                    _ => Fault::RestartDatabase(["immediate", "fast"][dice.below(2)]),
                });
            }
        }
        faults.truncate(count);
        faults
    }
}

pub(super) struct Nodes<'a> {
    nodes: Vec<Node<'a>>,
    cluster: Option<Cluster>,
}

struct Node<'a> {
    launch: Launch<'a>,
    /// Absent while it is down.
    server: Option<Server>,
    /// Where it listens.
    address: String,
    settings: Vec<(&'static str, String)>,
    /// Between it and its clients.
    front: Proxy,
    /// Between it and the database.
    back: Option<Proxy>,
    /// How much its clock is ahead, in seconds.
    ahead: i64,
}

impl<'a> Nodes<'a> {
    /// One node with its own store.
    pub(super) fn embedded(binary: &'a Path, scratch: &Scratch, world: &Path) -> Result<Self> {
        need("prlimit", "there is nothing to make a disk full with")?;
        let node = Node::start(binary, scratch, world, 0, None)?;
        Ok(Self {
            nodes: vec![node],
            cluster: None,
        })
    }

    /// So many nodes with one database.
    pub(super) fn shared(
        binary: &'a Path,
        scratch: &Scratch,
        world: &Path,
        count: usize,
    ) -> Result<Self> {
        let cluster = Cluster::lasting()?;
        let mut nodes = Vec::new();
        for number in 0..count {
            let back = Proxy::start(Target::Unix(cluster.socket()))?;
            nodes.push(Node::start(binary, scratch, world, number, Some(back))?);
        }
        Ok(Self {
            nodes,
            cluster: Some(cluster),
        })
    }

    pub(super) fn control_token(&self) -> &'static str {
        CONTROL_TOKEN
    }

    /// Where clients reach them.
    pub(super) fn fronts(&self) -> Vec<String> {
        let fronts = self.nodes.iter().map(|node| node.front.address.clone());
        fronts.collect()
    }

    /// Where they listen.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.address.clone()).collect()
    }

    /// Breaks something. `up` is told before a node goes and after it is back.
    pub(super) fn suffer(&mut self, fault: Fault, up: impl Fn(usize, bool)) -> Result<()> {
        match fault {
            Fault::Kill(node, millis) => {
                up(node, false);
                self.nodes[node].kill()?;
                pause(Duration::from_millis(millis));
                self.nodes[node].revive()?;
                up(node, true);
            }
            Fault::Clock(node, ahead) => {
                let node = &mut self.nodes[node];
                node.move_clock(ahead - node.ahead)?;
            }
            Fault::CutClients(node) => self.nodes[node].front.cut(),
            Fault::TruncateClient(node, way, bytes) => self.nodes[node].front.truncate(way, bytes),
            Fault::CutDatabase(node) => self.back(node)?.cut(),
            Fault::TruncateDatabase(node, way, bytes) => self.back(node)?.truncate(way, bytes),
            Fault::DelayDatabase(node, millis) => {
                self.back(node)?.delay(Duration::from_millis(millis));
            }
            Fault::RestartDatabase(mode) => {
                let cluster = self.cluster.as_ref().context("there is no database")?;
                cluster.restart(mode)?;
            }
            Fault::FullDisk(spare) => self.nodes[0].room(Some(spare))?,
        }
        Ok(())
    }

    /// Ends what a fault has left behind.
    pub(super) fn relieve(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::DelayDatabase(node, _) => self.back(node)?.delay(Duration::ZERO),
            Fault::FullDisk(_) => self.nodes[0].room(None)?,
            _ => {}
        }
        Ok(())
    }

    /// Kills every node once more, and has it start with nothing in its way: what is there then
    /// is what was kept. It is so much later that nothing waits for its time.
    pub(super) fn begin_anew(&mut self) -> Result<()> {
        for node in &mut self.nodes {
            node.kill()?;
            node.revive()?;
            node.move_clock(2 * APART as i64 - node.ahead)?;
        }
        Ok(())
    }

    /// Stops the nodes, and has the store looked over; what is in a database is moved into a
    /// file for that.
    pub(super) fn look_over(mut self, binary: &Path, scratch: &Scratch) -> Result<()> {
        for node in &mut self.nodes {
            node.server.take().context("a node is down")?.stop()?;
        }
        let mut data = self.nodes[0].launch.data.clone();
        if let Some(cluster) = &self.cluster {
            data = scratch.join("moved");
            let mut moves = Command::new(binary);
            moves.args(["store", "move", &cluster.address()]).arg(&data);
            shell::output(&mut moves).context("the store cannot be moved")?;
        }
        let mut check = Command::new(binary);
        check.args(["store", "check", "--data"]).arg(data);
        shell::output(&mut check).context("the store is not sound")?;
        Ok(())
    }

    fn back(&self, node: usize) -> Result<&Proxy> {
        self.nodes[node]
            .back
            .as_ref()
            .context("there is no database")
    }
}

impl<'a> Node<'a> {
    fn start(
        binary: &'a Path,
        scratch: &Scratch,
        world: &Path,
        number: usize,
        back: Option<Proxy>,
    ) -> Result<Self> {
        let mut settings = vec![("GUESTLIST_CONTROL_TOKEN", CONTROL_TOKEN.to_owned())];
        if let Some(back) = &back {
            let store = format!("postgres://guestlist@{}/guestlist", back.address);
            settings.push(("GUESTLIST_STORE", store));
        }
        let launch = Launch {
            binary,
            data: scratch.join(&format!("data-{number}")),
            log: scratch.join(&format!("node-{number}.log")),
            rate_limits: "off",
        };
        let server = launch.start_with(world, &borrowed(&settings))?;
        let address = server.address.clone();
        Ok(Self {
            launch,
            server: Some(server),
            front: Proxy::start(Target::Tcp(address.clone()))?,
            address,
            settings,
            back,
            ahead: 0,
        })
    }

    fn kill(&mut self) -> Result<()> {
        self.server.take().context("the node is down")?.kill()
    }

    fn revive(&mut self) -> Result<()> {
        let settings = borrowed(&self.settings);
        self.server = Some(self.launch.restart_with(&self.address, &settings)?);
        // A new process has the machine's clock.
        let ahead = std::mem::take(&mut self.ahead);
        self.move_clock(ahead)
    }

    /// The clock is the process's own, and so is moved whatever comes of the rest: what is due by
    /// it may not be found out while the database is away.
    fn move_clock(&mut self, seconds: i64) -> Result<()> {
        let mut operator = Client::connect(&self.address, CONTROL_TOKEN)?;
        let _ = operator.control(
            "POST",
            "/clock",
            &json!({ "advance_seconds": seconds, "alone": true }),
        );
        self.ahead += seconds;
        Ok(())
    }

    /// Lets its files grow by so many bytes; `None`: as much as they like. A limit of the
    /// process stands in for the disk: past it, writes fail.
    fn room(&self, spare: Option<u64>) -> Result<()> {
        let limit = match spare {
            None => "unlimited".to_owned(),
            Some(spare) => {
                let mut longest = self.launch.log.metadata()?.len();
                for file in fs::read_dir(&self.launch.data)? {
                    longest = longest.max(file?.metadata()?.len());
                }
                (longest + spare).to_string()
            }
        };
        let server = self.server.as_ref().context("the node is down")?;
        let mut prlimit = Command::new("prlimit");
        prlimit.args(["--pid", &server.id().to_string()]);
        shell::output(prlimit.arg(format!("--fsize={limit}:")))?;
        Ok(())
    }
}

/// The program with the signal ignored that a write past the limit of [`Node::room`] sends.
pub(super) fn ignoring_xfsz(binary: &Path, scratch: &Scratch) -> Result<PathBuf> {
    let script = scratch.join("guestlist");
    let text = format!(
        "#!/bin/sh\ntrap '' XFSZ\nexec '{}' \"$@\"\n",
        binary.display()
    );
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    Ok(script)
}

fn borrowed<'s>(settings: &'s [(&'static str, String)]) -> Vec<(&'static str, &'s str)> {
    let pairs = settings.iter().map(|(name, value)| (*name, value.as_str()));
    pairs.collect()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Kill(node, millis) => {
                write!(f, "node {node} is killed and {millis} ms later started")
            }
            Fault::Clock(node, ahead) => {
                write!(f, "the clock of node {node} is {ahead} s ahead")
            }
            Fault::CutClients(node) => write!(f, "the clients of node {node} are cut off"),
            Fault::TruncateClient(node, way, bytes) => {
                write!(
                    f,
                    "a client of node {node} is cut off, {bytes} bytes later, {way:?}"
                )
            }
            Fault::CutDatabase(node) => write!(f, "node {node} is cut off from the database"),
            Fault::TruncateDatabase(node, way, bytes) => write!(
                f,
                "a connection of node {node} to the database is cut, {bytes} bytes later, {way:?}"
            ),
            Fault::DelayDatabase(node, millis) => {
                write!(
                    f,
                    "the database answers node {node} {millis} ms later each way"
                )
            }
            Fault::RestartDatabase(mode) => write!(f, "the database is restarted, {mode}"),
            Fault::FullDisk(spare) => write!(f, "the disk is full {spare} bytes from now"),
        }
    }
}
