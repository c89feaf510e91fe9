//! TLS as a client: whom it trusts, and with which algorithms.
//!
//! For the store on its way to a database, the server on its way to apps, and the client.

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{env, fs::File, path::Path, sync::Arc};

/// The authorities in a file of certificates (PEM): one or more. An error tells what is wrong with
/// the text, and not where it came from.
pub fn given(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for (number, certificate) in (1..).zip(CertificateDer::pem_slice_iter(pem)) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| match error {
            rustls::Error::InvalidCertificate(why) => {
                format!("certificate {number} in it is none that can be used ({why:?})")
            }
            error => error.to_string(),
        })?;
    }
    if roots.is_empty() {
        return Err("there is no certificate in it (PEM is expected)".to_owned());
    }
    Ok(roots)
}

/// What names others in place of those that this machine trusts.
const FILE: &str = "SSL_CERT_FILE";
const DIRECTORIES: &str = "SSL_CERT_DIR";

/// The authorities that this machine trusts, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name. It reads
/// files. What cannot be read of them is left out; but a file that is named has to be there, and what is
/// named has to come to somebody to trust: nobody would be, and no one told why.
pub fn of_the_system() -> Result<RootCertStore, String> {
    let file = env::var_os(FILE);
    if let Some(path) = &file {
        let path = Path::new(path);
        File::open(path).map_err(|error| format!("{FILE}: {}: {error}", path.display()))?;
    }
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    let named = file.map(|_| FILE);
    let named = named.or_else(|| env::var_os(DIRECTORIES).map(|_| DIRECTORIES));
    match named {
        Some(name) if roots.is_empty() => Err(match found.errors.first() {
            Some(error) => format!("{name}: {error}"),
            None => format!("{name}: there is no certificate in it that can be used"),
        }),
        _ => Ok(roots),
    }
}

/// The authorities in a file, or else those of this machine. The error names the file.
pub fn trusted(file: Option<&Path>) -> Result<RootCertStore, String> {
    let Some(file) = file else {
        return of_the_system();
    };
    let read = std::fs::read(file).map_err(|error| error.to_string());
    read.and_then(|pem| given(&pem))
        .map_err(|why| format!("{}: {why}", file.display()))
}

/// How connections are made by who trusts these.
pub fn config(trusted: RootCertStore) -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CA: &str = include_str!("../../client/tests/client/certs/ca.pem");

    #[test]
    fn a_file_has_one_certificate_or_more_and_each_is_good() {
        assert_eq!(given(CA.as_bytes()).unwrap().len(), 1);
        let two = format!("Ours, for tests.\n{CA}{CA}");
        assert_eq!(given(two.as_bytes()).unwrap().len(), 2);
        let cut = format!("{CA}{}", &CA[..CA.len() / 2]);
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bad in ["", "not PEM", &cut, garbage, &format!("{CA}{garbage}")] {
            assert!(given(bad.as_bytes()).is_err(), "{bad}");
        }
        let told = given(format!("{CA}{garbage}").as_bytes()).unwrap_err();
        assert!(told.starts_with("certificate 2 in it is none"), "{told}");
    }
}
