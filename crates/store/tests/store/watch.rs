//! A node whose connection that asks what others changed is open, and brings nothing any more.

use crate::{
    home::{Home, change, seed},
    script::{made, revoked},
};
use guestlist_domain::TokenHash;
use guestlist_store::{Store, world, world::token_hash};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
};
use tokio_postgres::{Config, config::Host};

/// Of the questions that are asked at connections of a node, that of the watch alone has this.
const WATCHED: &[u8] = b"current_setting('transaction_read_only')";

/// Between a node and its database.
struct Between {
    port: u16,
    /// From then on the watch's question goes no further.
    deaf: watch::Sender<bool>,
    /// One has come.
    swallowed: watch::Receiver<bool>,
}

impl Between {
    async fn new(database: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (deaf, is_deaf) = watch::channel(false);
        let (to, swallowed) = watch::channel(false);
        let (to, database) = (Arc::new(to), Arc::new(database));
        tokio::spawn(async move {
            while let Ok((node, _)) = listener.accept().await {
                let (is_deaf, to, database) = (is_deaf.clone(), to.clone(), database.clone());
                tokio::spawn(async move {
                    let port = database.get_ports().first().copied().unwrap_or(5432);
                    match &database.get_hosts()[0] {
                        Host::Tcp(host) => {
                            let there = TcpStream::connect((host.as_str(), port)).await.unwrap();
                            carry(node, there, is_deaf, to).await;
                        }
                        Host::Unix(path) => {
                            let path = path.join(format!(".s.PGSQL.{port}"));
                            let there = UnixStream::connect(path).await.unwrap();
                            carry(node, there, is_deaf, to).await;
                        }
                    }
                });
            }
        });
        Self {
            port,
            deaf,
            swallowed,
        }
    }
}

async fn carry(
    node: TcpStream,
    there: impl AsyncRead + AsyncWrite,
    is_deaf: watch::Receiver<bool>,
    swallowed: Arc<watch::Sender<bool>>,
) {
    let (mut from, mut back) = node.into_split();
    let (mut answers, mut there) = tokio::io::split(there);
    let forth = async {
        let mut bytes = Vec::new();
        while from.read_buf(&mut bytes).await.unwrap_or(0) > 0 {
            let watches = bytes.windows(WATCHED.len()).any(|part| part == WATCHED);
            if watches && *is_deaf.borrow() {
                swallowed.send_replace(true);
                return std::future::pending().await;
            }
            if there.write_all(&bytes).await.is_err() {
                break;
            }
            bytes.clear();
        }
    };
    tokio::select! {
        () = forth => {}
        _ = tokio::io::copy(&mut answers, &mut back) => {}
    }
}

/// Until somebody is let in by a token, or nobody is any more.
async fn until(store: &Store, hash: TokenHash, lives: bool) {
    let is_alive = async || {
        let owner = store.owner(hash).await.unwrap();
        owner.is_some_and(|owner| !owner.token.revoked)
    };
    while is_alive().await != lives {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_token_dies_in_time_where_nobody_can_say_what_others_changed() {
    let Ok(address) = std::env::var("POSTGRES_FOR_TESTS") else {
        eprintln!("skipped: no PostgreSQL here");
        return;
    };
    let (server, query) = address.split_once('?').unwrap_or((&address, ""));
    let query = format!("{query}&schema=t_{}_watch", std::process::id());
    let config: Config = server.parse().unwrap();
    let mut between = Between::new(config.clone()).await;
    let (user, database) = (config.get_user().unwrap(), config.get_dbname().unwrap());
    let secret = config.get_password().unwrap_or_default();
    let secret = String::from_utf8_lossy(secret);
    let way = format!(
        "postgres://{user}:{secret}@127.0.0.1:{}/{database}?sslmode=disable&{query}",
        between.port
    );
    let home = Home::at(format!("{server}?{query}").parse().unwrap());
    home.load(&seed(world::SAMPLE), "sample").unwrap();
    let (one, other) = (home.open(), Home::at(way.parse().unwrap()).open());
    let hash = token_hash("short-lived");
    change(&one, |_| vec![made("short-lived")]).await;
    until(&other, hash, true).await;

    between.deaf.send_replace(true);
    between
        .swallowed
        .wait_for(|swallowed| *swallowed)
        .await
        .unwrap();
    until(&other, hash, true).await;
    change(&one, |_| vec![revoked("short-lived")]).await;
    // A second, and as much again as a busy machine may take; a connection is given up after ten.
    let dead = tokio::time::timeout(Duration::from_secs(4), until(&other, hash, false));
    dead.await.unwrap();
}
