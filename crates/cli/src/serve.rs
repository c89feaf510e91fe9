//! `guestlist serve`.

mod greeting;
mod stop;

use crate::{
    config::{self, Config, Set},
    control_token,
    data::hold,
    exit::Usage,
    logs,
    output::{note, notes, print},
    world::{Source, fill, fill_with_sample, token_table},
};
use anyhow::{Context, Result, anyhow};
use guestlist_methods::Limits;
#[cfg(feature = "otel")]
use guestlist_server::Otlp;
use guestlist_server::{Authorities, Limiter, Server, Settings, Smtp};
use guestlist_store::{Directory, Store, is_empty, world::time_text};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::runtime::{Builder, Runtime};

/// What the server itself gives calls under way plus this is less than five seconds.
const CLOSE: Duration = Duration::from_millis(800);

/// Serves until told to stop.
pub(crate) fn run(config: &Config) -> Result<()> {
    config.note_strangers();
    logs::begin(config.log.value, config.log_format.value);
    let runtime = Builder::new_multi_thread()
        .worker_threads(config.threads.value)
        .enable_all()
        .build()?;
    let outcome = serve(config, &runtime);
    // Reads that nobody waits for any more must not hold up the end.
    runtime.shutdown_background();
    outcome
}

fn serve(config: &Config, runtime: &Runtime) -> Result<()> {
    // A setting that is wrong leaves no store behind.
    let mail = post(config)?;
    let app_authorities = authorities(&config.app_ca)?;
    #[cfg(feature = "otel")]
    let traces = traces(config)?;
    let limiter = runtime.block_on(limiter(config))?;
    let elsewhere = config.store.value.clone();
    let hold = |path: &Path| {
        let directory = runtime.block_on(hold(path, elsewhere))?;
        // Before a world is loaded: its tokens are told once, by a server that listens.
        TcpListener::bind(config.listen.value).with_context(|| cannot_listen(config))?;
        Ok(directory)
    };
    let (directory, introduction) = prepare(config, hold)?;
    let control_token = control_token::ensure(config)?.0;
    let settings = Settings {
        max_body: config.max_body.value,
        read_timeout: config.read_timeout.value,
        remember: config.remember.value,
        rate_limits: config.rate_limits.value,
        limiter,
        limits: Limits {
            users_per_invite: config.users_per_invite.value,
        },
        control_token,
        public_url: config.public_url.value.clone(),
        mail,
        app_authorities,
        metrics: config.metrics.value,
        #[cfg(feature = "otel")]
        traces,
        ..Settings::default()
    };
    runtime.block_on(listen(config, directory, settings, introduction))
}

/// The mail server, if there is one.
fn post(config: &Config) -> Result<Option<Arc<Smtp>>> {
    let (Some(server), Some(sender)) = (&config.smtp.value, &config.mail_from.value) else {
        return Ok(None);
    };
    let authority = config
        .smtp_ca
        .value
        .as_deref()
        .map(|path| read_whole(path, &config.smtp_ca.source))
        .transpose()?;
    let smtp = Smtp::new(server.clone(), sender.clone(), authority.as_deref());
    let smtp = smtp.map_err(|why| match &config.smtp_ca.value {
        Some(path) => Usage(format!(
            "{}: {}: {why}",
            config.smtp_ca.source,
            path.display()
        )),
        None => Usage(format!("{}: {why}", config.smtp.source)),
    })?;
    Ok(Some(Arc::new(smtp)))
}

/// Who vouches for certificates, by a file that may be set.
fn authorities(file: &Set<Option<PathBuf>>) -> Result<Authorities> {
    let Some(path) = &file.value else {
        return Ok(Authorities::default());
    };
    let source = &file.source;
    let read = Authorities::read(&read_whole(path, source)?);
    Ok(read.map_err(|why| Usage(format!("{source}: {}: {why}", path.display())))?)
}

/// Where spans go, if they go anywhere.
#[cfg(feature = "otel")]
fn traces(config: &Config) -> Result<Option<Otlp>> {
    let mut to = config.traces.to.value.clone();
    if let Some(to) = &mut to {
        to.authorities = authorities(&config.traces.ca)?;
    }
    Ok(to)
}

/// What counts calls for several servers, if there is such a thing, and has shown that it does.
async fn limiter(config: &Config) -> Result<Option<Limiter>> {
    let Some(place) = config.limits.value.clone() else {
        return Ok(None);
    };
    let limiter = Limiter::connect(place, config.limits_away.value).await;
    let source = &config.limits.source;
    Ok(Some(limiter.map_err(|why| anyhow!("{source}: {why}"))?))
}

fn read_whole(path: &Path, source: &config::Source) -> Result<Vec<u8>> {
    let read = std::fs::read(path);
    read.with_context(|| Usage(format!("{source}: {}: cannot be read", path.display())))
}

/// What is told once the server listens.
enum Introduction {
    /// The sample world was loaded.
    Sample(String),
    /// Tokens were made for a world file.
    Tokens(String),
    Nothing,
}

/// The data directory, with a world in it.
fn prepare(
    config: &Config,
    hold: impl FnOnce(&Path) -> Result<Directory>,
) -> Result<(Directory, Introduction)> {
    let path = &config.data.value;
    let Some(file) = &config.world.value else {
        let directory = hold(path)?;
        if !is_empty(&directory)? {
            return Ok((directory, Introduction::Nothing));
        }
        let introduction = match fill_with_sample(&directory, config)? {
            Some(world) => Introduction::Sample(token_table(&world.given)),
            None => Introduction::Nothing,
        };
        return Ok((directory, introduction));
    };
    let (directory, world) = fill(config, &Source::file(file)?, hold)?;
    let Some(world) = world else {
        return Ok((directory, Introduction::Nothing));
    };
    notes(&world.notes);
    let made = world.made;
    let introduction = if made.is_empty() {
        Introduction::Nothing
    } else {
        Introduction::Tokens(token_table(&made))
    };
    Ok((directory, introduction))
}

async fn listen(
    config: &Config,
    directory: Directory,
    settings: Settings,
    introduction: Introduction,
) -> Result<()> {
    let store = Store::open(directory, config.clock())?;
    // The store keeps by how much its world is moved: that counts on top of the clock it is given.
    if !store.clock().can_move(0) {
        let source = &config.clock.source;
        return Err(Usage(format!(
            "{source}: the store's world is moved, and this time moved as much lies outside 1970 to 5999"
        ))
        .into());
    }
    if let Some(seed) = &config.seed.value {
        store.set_seed(&seed.0).await?;
    }
    let stop = stop::when_told()?;
    let listen = config.listen.value;
    let server = Server::bind(listen, store.clone(), settings).await;
    // Only the system says that an address cannot be had; all else says itself what it is about.
    let server = server.map_err(|error| match error.raw_os_error() {
        Some(_) => anyhow::Error::new(error).context(cannot_listen(config)),
        None => error.into(),
    })?;
    let address = server.address();
    store.announce(&reachable(address).to_string())?;
    if config.public_url.value.is_none() {
        store.set_site(&format!("http://{}", reachable(address)));
    }
    // Nobody may be reading; that is no reason not to serve.
    let _ = print(&format!("guestlist is listening on http://{address}\n"));
    if !address.ip().is_loopback() {
        note(&format!(
            "warning: {address} can be reached from other machines; nothing here is encrypted, and \
             whoever reaches it can install apps in anybody's name (/oauth/v2/authorize), and answer \
             invitations whose link they have"
        ));
        if greeting::is_sample(&store).await? {
            note(
                "warning: the tokens of the sample world are good here, and everybody knows them; serve a world \
                 of your own, or end them with `guestlist token revoke`",
            );
        }
    }
    if config.clock.value.is_some() {
        let now = time_text(store.clock().now());
        note(&format!(
            "the world's time stands at {now} until `guestlist clock` moves it: what waits for time waits for that"
        ));
    }
    if config.seed.value.is_some() {
        note(
            "codes, links and tokens follow from the seed, and whoever knows it knows them: for tests alone",
        );
    }
    match introduction {
        Introduction::Sample(tokens) => note(&greeting::sample(reachable(address), &tokens)),
        Introduction::Tokens(tokens) => {
            note(&format!(
                "These tokens were made; this is the only time they are shown:\n{tokens}"
            ));
        }
        Introduction::Nothing => {}
    }
    server.run(stop).await?;
    if tokio::time::timeout(CLOSE, store.close()).await.is_err() {
        // Everything answered is in the journal; the next start goes on from there.
        tracing::warn!("the store was still busy when the server ended");
    }
    Ok(())
}

fn cannot_listen(config: &Config) -> String {
    let listen = config.listen.value;
    format!("cannot listen on {listen}; --listen chooses another place, its port 0 any free one")
}

/// The address by which this machine reaches a server that listens on all of its addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_reached_by_loopback() {
        for (listens, reached) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:2", "[::1]:2"),
            ("10.0.0.7:3", "10.0.0.7:3"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()).to_string(), reached);
        }
    }
}
