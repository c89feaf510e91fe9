//! What invitations on PostgreSQL are compared with: the design that comes to mind first. Each is a
//! transaction of its own with a statement for each thing that is read or written, eight round trips
//! on a connection of a pool; the driver is the store's.
//!
//! It has everything in its favour: no HTTP, no limits, no scopes, nothing but plain rows with
//! integer keys, and a connection for every client.

use std::time::Instant;

use anyhow::{Result, ensure};
use tokio::task::JoinSet;
use tokio_postgres::{Client, Statement};

use super::Bench;
use super::data::Database;
use super::load::{Cell, WARM, settle};
use super::pool::Pool;
use super::process::Cpu;

const SCHEMA: &str = "guestlist_bench_transaction";
const TABLES: &str = "
create schema guestlist_bench_transaction;
set search_path to guestlist_bench_transaction;
create table channel (id bigint primary key, name text not null, archived boolean not null);
create table person (id bigint primary key, name text not null, removed boolean not null);
create table member (channel bigint not null, person bigint not null, since timestamptz not null,
  primary key (channel, person));
create table message (id bigserial primary key, channel bigint not null, person bigint not null,
  inviter bigint not null, text text not null);
create index message_by_channel on message (channel, id);
create table event (id bigserial primary key, channel bigint not null, person bigint not null, kind text not null);
";
const BEGIN: &str = "begin";
const COMMIT: &str = "commit";
const READS: [&str; 3] = [
    "select archived from channel where id = $1 and $2::bigint is not null",
    "select since from member where channel = $1 and person = -1 and $2::bigint is not null",
    "select removed from person where id = $2 and $1::bigint is not null",
];
const WRITES: [&str; 3] = [
    "insert into member (channel, person, since) values ($1, $2, now())",
    "insert into message (channel, person, inviter, text) values ($1, $2, -1, 'has joined the channel')",
    "insert into event (channel, person, kind) values ($1, $2, 'member_joined_channel')",
];

/// The comparison's tables, and its connections.
pub(crate) struct Transactions {
    clients: Vec<Client>,
}

impl Transactions {
    /// Tables with these numbers of channels and people, the inviter in each channel, and so many
    /// connections.
    pub(crate) async fn new(
        database: &Database,
        channels: u32,
        users: u32,
        connections: usize,
    ) -> Result<Self> {
        let (schema, _) = database.vacant("transaction").await?;
        ensure!(schema == SCHEMA, "the schema has another name");
        let fill = format!(
            "insert into channel select n, 'bench-' || n, false from generate_series(0, {channels} - 1) n;
             insert into person select n, 'u' || n, false from generate_series(0, {users} - 1) n;
             insert into member select id, -1, now() from channel;
             analyze channel, person, member;"
        );
        let first = database.connect().await?;
        first.batch_execute(TABLES).await?;
        first.batch_execute(&fill).await?;
        let mut clients = Vec::new();
        for _ in 0..connections {
            let client = database.connect().await?;
            client
                .batch_execute(&format!("set search_path to {SCHEMA}"))
                .await?;
            clients.push(client);
        }
        Ok(Self { clients })
    }

    /// One cell: each connection invites whom the pool hands out, one after the other.
    pub(crate) fn measure(
        self,
        bench: &Bench,
        pool: &std::sync::Arc<Pool>,
    ) -> Result<(Self, Cell)> {
        let target = bench.target(&[])?;
        bench.runtime.block_on(async {
            let start = Instant::now();
            let opens = start + WARM;
            let closes = opens + bench.seconds;
            let mut tasks = JoinSet::new();
            for client in self.clients {
                let pool = pool.clone();
                tasks.spawn(async move {
                    let statements = Statements::prepare(&client).await?;
                    let mut latencies = Vec::new();
                    let mut sent = Instant::now();
                    while sent < closes
                        && let Some((channel, user)) = pool.draw()
                    {
                        statements
                            .invite(&client, channel.into(), user.into())
                            .await?;
                        let now = Instant::now();
                        if now >= opens && now < closes {
                            latencies.push((now - sent).as_nanos() as u64);
                        }
                        sent = now;
                    }
                    Ok::<_, anyhow::Error>((client, latencies))
                });
            }
            tokio::time::sleep_until(opens.into()).await;
            let before = Cpu::now(&target)?;
            tokio::time::sleep_until(closes.into()).await;
            let after = Cpu::now(&target)?;
            let (mut clients, mut all) = (Vec::new(), Vec::new());
            while let Some(done) = tasks.join_next().await {
                let (client, latencies) = done??;
                clients.push(client);
                all.extend(latencies);
            }
            let later = settle(&target, after).await?;
            let seconds = bench.seconds.as_secs_f64();
            let cell = Cell::new(&all, seconds, after.since(before), later)?;
            Ok((Self { clients }, cell))
        })
    }

    pub(crate) fn discard(self, bench: &Bench) -> Result<()> {
        drop(self.clients);
        let database = bench.database.as_ref();
        database.map_or(Ok(()), |database| {
            bench.runtime.block_on(database.drop_schema(SCHEMA))
        })
    }
}

struct Statements {
    begin: Statement,
    reads: Vec<Statement>,
    writes: Vec<Statement>,
    commit: Statement,
}

impl Statements {
    async fn prepare(client: &Client) -> Result<Self> {
        let (mut reads, mut writes) = (Vec::new(), Vec::new());
        for sql in READS {
            reads.push(client.prepare(sql).await?);
        }
        for sql in WRITES {
            writes.push(client.prepare(sql).await?);
        }
        Ok(Self {
            begin: client.prepare(BEGIN).await?,
            reads,
            writes,
            commit: client.prepare(COMMIT).await?,
        })
    }

    /// Begin, three reads, three writes, commit.
    async fn invite(&self, client: &Client, channel: i64, person: i64) -> Result<()> {
        client.execute(&self.begin, &[]).await?;
        for read in &self.reads {
            let found = client.query_opt(read, &[&channel, &person]).await?;
            ensure!(found.is_some(), "the comparison's tables lack a row");
        }
        for write in &self.writes {
            client.execute(write, &[&channel, &person]).await?;
        }
        client.execute(&self.commit, &[]).await?;
        Ok(())
    }
}
