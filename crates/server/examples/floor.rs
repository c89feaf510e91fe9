//! `floor --listen 127.0.0.1:0 --bytes N`: see `guestlist_server::Server::floor`.

use guestlist_server::Server;
use std::net::SocketAddr;

/// The product's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut listen, mut bytes) = (SocketAddr::from(([127, 0, 0, 1], 0)), 1000);
    let mut args = std::env::args().skip(1);
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--listen" => listen = value.parse()?,
            "--bytes" => bytes = value.parse()?,
            _ => return Err(format!("{flag} is no flag of the floor").into()),
        }
    }
    // As the product does it.
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async move {
            let server = Server::floor(listen, bytes).await?;
            println!("the floor is listening on http://{}", server.address());
            let mut ended =
                tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            server
                .run(async move {
                    ended.recv().await;
                })
                .await?;
            Ok(())
        })
}
