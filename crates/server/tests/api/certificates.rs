//! Certificates of servers that tests run.

use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{NoClientAuth, WebPkiClientVerifier, danger::ClientCertVerifier},
};
use std::sync::Arc;

macro_rules! pem {
    ($file:literal) => {
        include_bytes!(concat!("../../../client/tests/client/certs/", $file))
    };
}

/// The CA that signed `SERVER`.
pub(crate) const CA: &[u8] = pem!("ca.pem");
/// For `localhost`.
pub(crate) const SERVER: &[u8] = pem!("server.pem");
/// For `localhost`, vouching for itself, and no longer good.
pub(crate) const EXPIRED: &[u8] = pem!("expired.pem");
/// For `elsewhere.test`, vouching for itself.
pub(crate) const ELSEWHERE: &[u8] = pem!("elsewhere.pem");

/// A server that shows one of these.
pub(crate) fn shows(certificate: &[u8]) -> ServerConfig {
    made(certificate, Arc::new(NoClientAuth))
}

/// One that wants to be shown another, which `authority` vouches for.
pub(crate) fn demands(certificate: &[u8], authority: &[u8]) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority).unwrap())
        .unwrap();
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    made(certificate, verifier.build().unwrap())
}

fn made(certificate: &[u8], clients: Arc<dyn ClientCertVerifier>) -> ServerConfig {
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(pem!("server.key")).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(vec![certificate], key)
        .unwrap()
}
