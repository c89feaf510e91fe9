//! The data directory: held by this command, or reached through the server that holds it.

use crate::{config::Config, control_client::ControlClient, control_token, exit::Usage};
use anyhow::{Result, bail};
use guestlist_store::{Directory, Postgres, Store, StoreError};
use std::{path::Path, time::Duration};

/// How long, and in how many steps, to wait for a holder that does not serve: a command that
/// is done in a moment, or a server about to listen.
const STEP: Duration = Duration::from_millis(25);
const STEPS: usize = 80;

/// A query: of these, what is given.
pub(crate) fn query<'a>(given: impl IntoIterator<Item = (&'a str, Option<String>)>) -> String {
    let given = given.into_iter();
    let given = given.filter_map(|(name, value)| Some((name, value?)));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(given).finish()
}

/// A store to work on.
pub(crate) enum Data {
    /// Held by this command.
    Ours(Store),
    /// Held by a server.
    Theirs(ControlClient),
}

impl Data {
    /// Opens the store of the data directory, or finds the server that has it open.
    pub(crate) async fn open(config: &Config) -> Result<Self> {
        let path = &config.data.value;
        let elsewhere = &config.store.value;
        if elsewhere.is_none() && !path.join("guestlist.db").exists() {
            // A node whose store is a database: it knows which.
            return match node(path).await? {
                Some(address) => Ok(Self::theirs(config, address)?),
                None => bail!(absent(path)),
            };
        }
        match hold(path, elsewhere.clone()).await {
            Ok(directory) => {
                // Whoever only looks makes no store.
                if !directory.has_store()? {
                    bail!(
                        "{}: there is no store here: `guestlist serve` and `guestlist world import` make one",
                        directory.place()
                    );
                }
                let store = Store::open(directory, config.clock())?;
                if let Some(seed) = &config.seed.value {
                    store.set_seed(&seed.0).await?;
                }
                Ok(Self::Ours(store))
            }
            Err(StoreError::Held {
                address: Some(address),
                store,
                ..
            }) => {
                let asked = elsewhere.as_ref().map(Postgres::place);
                if asked.is_some() && asked != store {
                    bail!(Usage(format!(
                        "{}: the store is to be {}, and the server that holds {} has {}",
                        config.store.source,
                        asked.unwrap_or_default(),
                        path.display(),
                        store.as_deref().unwrap_or("its store there"),
                    )));
                }
                Self::theirs(config, address)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn theirs(config: &Config, address: String) -> Result<Self> {
        let token = control_token::known(config)?;
        Ok(Self::Theirs(ControlClient::new(address, token)))
    }

    /// Ends the work on it.
    pub(crate) async fn close(self) {
        if let Self::Ours(store) = self {
            store.close().await;
        }
    }
}

/// Where the server listens that holds a directory, if there is one.
async fn node(path: &Path) -> Result<Option<String>, StoreError> {
    // Whoever only asks makes no directory.
    if !path.join("lock").exists() {
        return Ok(None);
    }
    match held(path).await {
        Err(StoreError::Held { address, .. }) => Ok(address),
        Err(error) => Err(error),
        Ok(_) => Ok(None),
    }
}

/// What to say of a directory without a store. A node whose store is a database holds one of those.
pub(crate) fn absent(path: &Path) -> String {
    let path_shown = path.display();
    if let Err(error) = std::fs::read_dir(path)
        && error.kind() == std::io::ErrorKind::PermissionDenied
    {
        return format!("{path_shown}: it cannot be looked into: {error}");
    }
    let held =
        path.join("lock").exists() && matches!(Directory::hold(path), Err(StoreError::Held { .. }));
    if held {
        return format!(
            "{path_shown}: there is no store here; a server whose store is elsewhere holds the directory: name \
             its store too (--store, or GUESTLIST_STORE)"
        );
    }
    format!(
        "{path_shown}: there is no store here (--data names the directory, --store a PostgreSQL database)"
    )
}

impl Data {
    /// The server that holds the data directory: without one nothing of this happens.
    pub(crate) async fn server(config: &Config, what: &str) -> Result<ControlClient> {
        match Self::open(config).await? {
            Self::Theirs(server) => Ok(server),
            ours => {
                ours.close().await;
                bail!(
                    "no server holds {}: {what} while one runs",
                    config.data.value.display()
                )
            }
        }
    }
}

/// Takes hold of the directory. A holder that tells no address is given a little time.
pub(crate) async fn hold(
    path: &Path,
    elsewhere: Option<Postgres>,
) -> Result<Directory, StoreError> {
    Ok(held(path).await?.with_store(elsewhere))
}

async fn held(path: &Path) -> Result<Directory, StoreError> {
    let mut known = None;
    for _ in 0..STEPS {
        match Directory::hold(path) {
            // Who has only just taken hold has not said so yet: the file may still name the address of
            // one that was killed, where anybody may listen now. So it is looked at twice.
            Err(StoreError::Held {
                process, address, ..
            }) if address.is_none()
                || known.as_ref() != Some(&(process.clone(), address.clone())) =>
            {
                known = Some((process, address));
                tokio::time::sleep(STEP).await;
            }
            outcome => return outcome,
        }
    }
    Directory::hold(path)
}
