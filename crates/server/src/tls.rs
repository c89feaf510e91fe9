//! TLS on the way to apps, and to what collects traces.

use guestlist_store::chain;
use rustls::{ClientConfig, RootCertStore};
use std::{fmt, sync::Arc};
use tokio::sync::OnceCell;

/// Who may vouch for certificates, beside those whom the system trusts. By default nobody.
#[derive(Clone)]
pub struct Authorities(Arc<RootCertStore>);

impl Authorities {
    /// Those in a file of certificates (PEM): one or more.
    pub fn read(pem: &[u8]) -> Result<Self, String> {
        guestlist_tls::given(pem).map(|roots| Self(Arc::new(roots)))
    }
}

impl Default for Authorities {
    fn default() -> Self {
        Self(Arc::new(RootCertStore::empty()))
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorities").field(&self.0.len()).finish()
    }
}

/// How others are spoken to with TLS. It is made for the first one that has to be: reading whom the
/// system trusts takes milliseconds, and holding it memory.
#[derive(Clone)]
pub(crate) struct Tls(Arc<Inner>);

struct Inner {
    given: Authorities,
    made: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn new(given: Authorities) -> Self {
        Self(Arc::new(Inner {
            given,
            made: OnceCell::new(),
        }))
    }

    pub(crate) async fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let given = self.0.given.clone();
        let make = async || {
            // It reads files.
            let made = tokio::task::spawn_blocking(move || {
                let mut roots = guestlist_tls::of_the_system()?;
                roots.extend(given.0.roots.iter().cloned());
                guestlist_tls::config(roots)
            });
            let mut config = made.await.map_err(|error| chain(&error))??;
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Ok(Arc::new(config))
        };
        self.0.made.get_or_try_init(make).await.cloned()
    }
}
