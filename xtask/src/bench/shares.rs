//! Rows measured as a share of the floor: `auth.test`, single invitations, reads.

use std::sync::Arc;

use anyhow::Result;

use super::load::Calls;
use super::pool::{Pool, Span};
use super::process::{Server, call, call_ok};
use super::report::{Bound, Figure, Of, Row, thousands};
use super::transaction::Transactions;
use super::wire::post;
use super::world::{Channels, World};
use super::{Bench, Section};

const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];

/// One share: the same calls to the product and to a floor that answers as many bytes.
struct Case {
    product: (Calls, Row),
    floor: (Calls, Row),
    floor_server: usize,
    bytes: usize,
    /// The same calls to two nodes.
    nodes: Option<Row>,
    /// What the product is compared with on a database.
    transaction: Option<Row>,
}

/// The number of connections that goals are set for.
const MANY: usize = 64;
/// As rows name it.
const ONE_NODE: &str = "one node";
const TRANSACTION: &str = "a transaction of 8 round trips";

/// The product, its floors (one per answer size), and how calls are made for either.
struct Setup {
    server: Server,
    /// On a database: another node, and the comparison, which has people of its own to invite.
    second: Option<Server>,
    transactions: Option<(Transactions, Arc<Pool>)>,
    floors: Vec<Server>,
    cases: Vec<Case>,
}

impl Setup {
    /// Adds a row per number of connections. `sample` is one such call to the product;
    /// the size of its answer becomes the floor's.
    fn add(
        &mut self,
        bench: &mut Bench,
        name: &str,
        sample: &[u8],
        calls: impl Fn(&Server) -> Calls,
        connections: &[usize],
    ) -> Result<()> {
        let (head, body) = call_ok(self.server.addr, sample)?;
        let floor = bench.floor(body.len())?;
        let (floor_head, floor_body) = call(floor.addr, sample)?;
        anyhow::ensure!(
            floor_body.len() == body.len(),
            "the floor was asked for {} bytes and answers {}",
            body.len(),
            floor_body.len()
        );
        bench.note(format!(
            "{name}: the product answers {head} bytes of head and {} of body, its floor {floor_head} and {}.",
            body.len(), floor_body.len()
        ));
        for &connections in connections {
            let floor_name = format!("floor, {} bytes", thousands(body.len() as f64));
            self.cases.push(Case {
                product: (
                    calls(&self.server),
                    Row::new(Of::Product, name, Some(connections)),
                ),
                floor: (
                    calls(&floor),
                    Row::new(Of::Floor, floor_name, Some(connections)),
                ),
                floor_server: self.floors.len(),
                bytes: body.len(),
                nodes: None,
                transaction: None,
            });
        }
        self.floors.push(floor);
        Ok(())
    }

    /// Adds the rows that only a database has, to the cases added from `first` on.
    fn add_nodes(&mut self, first: usize) {
        for case in &mut self.cases[first..] {
            let row = &mut case.product.1;
            let connections = row.connections;
            let mut nodes = Row::new(Of::Product, format!("{}, two nodes", row.name), connections);
            if connections == Some(MANY) {
                nodes.goal(Figure::RatioTo(ONE_NODE), Bound::AtLeast(0.9));
                row.goal(Figure::Ratio, Bound::AtLeast(0.25));
                row.goal(Figure::RatioTo(TRANSACTION), Bound::AtLeast(5.0));
                row.goal(Figure::Spread, Bound::AtMost(6.0));
                case.transaction = Some(Row::new(Of::Compared, TRANSACTION, connections));
            }
            case.nodes = Some(nodes);
        }
    }

    /// Measures all of a case, one after the other.
    fn measure(&mut self, bench: &Bench, round: usize, at: usize) -> Result<()> {
        let case = &mut self.cases[at];
        let floor = &self.floors[case.floor_server];
        let floor = bench.cell_floor(floor, round, &case.floor.0, case.bytes, &mut case.floor.1)?;
        let (calls, row) = &mut case.product;
        let mut rates = [0.0; 2];
        // Who goes first changes, lest a disk that slows down be one side's alone.
        for side in if round.is_multiple_of(2) {
            [0, 1]
        } else {
            [1, 0]
        } {
            let cell = match (side, &mut case.nodes, &self.second) {
                (0, _, _) => {
                    let cell = bench.cell(&self.server, round, calls, row)?;
                    row.share(&floor, &cell);
                    cell
                }
                (_, Some(row), Some(second)) => {
                    let cell = bench.cell_of(&[&self.server, second], round, calls, row)?;
                    row.share(&floor, &cell);
                    cell
                }
                _ => continue,
            };
            rates[side] = cell.rate();
        }
        if let Some(nodes) = &mut case.nodes {
            nodes.ratio(ONE_NODE, rates[1] / rates[0]);
        }
        if let Some(compared) = &mut case.transaction
            && let Some((transactions, pool)) = self.transactions.take()
        {
            let (transactions, cell) = transactions.measure(bench, &pool)?;
            bench.took(round, &cell, compared);
            compared.share(&floor, &cell);
            row.ratio(TRANSACTION, rates[0] / cell.rate());
            self.transactions = Some((transactions, pool));
        }
        Ok(())
    }
}

pub(crate) fn run(bench: &mut Bench) -> Result<()> {
    let users = bench.size(50_000, 5_000);
    // On a database one node and two are measured.
    let sides = if bench.database.is_some() { 2 } else { 1 };
    let pairs = bench.pairs(CONNECTIONS.len() * sides);
    let pool = Span {
        first: 0,
        count: pairs.div_ceil(u64::from(users)).max(64) as u32,
    };
    let read = Span {
        first: pool.count,
        count: 16,
    };
    let world = World {
        users,
        channels: vec![
            Channels {
                span: pool,
                members: 0,
            },
            Channels {
                span: read,
                members: 1_000,
            },
        ],
    };
    let data = bench.import("shares", &world)?;
    let server = bench.serve(&data, &[])?;
    let host = server.addr;
    let mut setup = Setup {
        server,
        second: None,
        transactions: None,
        floors: Vec::new(),
        cases: Vec::new(),
    };

    if bench.wants(Section::Auth) {
        let make = |server: &Server| Calls::Same(post(server.addr, "auth.test", ""));
        setup.add(
            bench,
            "auth.test",
            &post(host, "auth.test", ""),
            make,
            &[64],
        )?;
        if bench.database.is_none() {
            goal(&mut setup, 64, Figure::Ratio, Bound::AtLeast(0.85));
        }
    }
    if bench.wants(Section::Invite) {
        let people = Span {
            first: 0,
            count: users,
        };
        let product = Arc::new(Pool::new(pool, people));
        // The floor's requests are drawn and patched like the product's, from a pool of their own.
        let floor = Arc::new(Pool::new(pool, people));
        let mut sample = Calls::invite(host, &product);
        let sample = sample.next().expect("a fresh pool has a pair").to_vec();
        let make = |server: &Server| {
            let pool = if server.addr == host {
                &product
            } else {
                &floor
            };
            Calls::invite(server.addr, pool)
        };
        let first = setup.cases.len();
        let asked =
            |number: &usize| bench.connections.is_empty() || bench.connections.contains(number);
        let connections: Vec<usize> = CONNECTIONS.into_iter().filter(asked).collect();
        setup.add(bench, "conversations.invite", &sample, make, &connections)?;
        if let Some(database) = &bench.database {
            setup.second = Some(bench.serve(&data.another(), &[])?);
            let made = Transactions::new(database, pool.count, users, MANY);
            let pool = Arc::new(Pool::new(pool, people));
            setup.transactions = Some((bench.runtime.block_on(made)?, pool));
            setup.add_nodes(first);
        } else {
            goal(&mut setup, 64, Figure::Ratio, Bound::AtLeast(0.5));
            goal(&mut setup, 64, Figure::P99, Bound::AtMost(15.0));
            goal(&mut setup, 256, Figure::Ratio, Bound::AtLeast(0.6));
        }
    }
    if bench.wants(Section::Reads) {
        for (method, more) in [
            ("conversations.info", ""),
            ("conversations.members", "&limit=200"),
        ] {
            let make = |server: &Server| Calls::channels(server.addr, method, more, read);
            let mut sample = make(&setup.server);
            let sample = sample.next().expect("reads do not end").to_vec();
            setup.add(bench, method, &sample, make, &[64])?;
        }
    }

    for round in 0..bench.rounds {
        for at in 0..setup.cases.len() {
            setup.measure(bench, round, at)?;
        }
    }
    for case in setup.cases {
        bench.rows.extend([case.floor.1, case.product.1]);
        bench
            .rows
            .extend(case.nodes.into_iter().chain(case.transaction));
    }
    for server in setup.floors.into_iter().chain(setup.second) {
        server.stop()?;
    }
    setup.server.stop()?;
    if let Some((transactions, _)) = setup.transactions {
        transactions.discard(bench)?;
    }
    bench.discard(&data)
}

/// Sets a goal on the newest row with so many connections.
fn goal(setup: &mut Setup, connections: usize, figure: Figure, bound: Bound) {
    let case = setup
        .cases
        .iter_mut()
        .rev()
        .find(|c| c.product.1.connections == Some(connections));
    if let Some(case) = case {
        case.product.1.goal(figure, bound);
    }
}
