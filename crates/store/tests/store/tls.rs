//! The way to a PostgreSQL database that lets nobody in unencrypted, and shows the certificate of the
//! tests. The step `postgres` of `cargo xtask test` has one.

use crate::{
    home::{Home, change, seed},
    script::joined,
};
use guestlist_domain::UserId;
use guestlist_store::{Postgres, StoreError, chain, world};
use std::path::Path;

const HERE: &str = "127.0.0.1";

/// Where it is, by a name for this machine and with more parameters; `None` without one.
fn place(host: &str, more: &str) -> Option<Result<Postgres, String>> {
    let Ok(address) = std::env::var("POSTGRES_TLS_FOR_TESTS") else {
        eprintln!("skipped: no PostgreSQL with TLS here");
        return None;
    };
    let address = address.replace("127.0.0.1", host);
    let schema = format!("t_{}_tls", std::process::id());
    Some(format!("{address}?hostaddr=127.0.0.1&schema={schema}&{more}").parse())
}

fn file(name: &str) -> String {
    let certs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client/tests/client/certs");
    certs.join(name).display().to_string()
}

#[tokio::test]
async fn a_database_whose_certificate_is_good_is_a_store() {
    let ca = file("ca.pem");
    let Some(there) = place(HERE, &format!("sslmode=verify-full&sslrootcert={ca}")) else {
        return;
    };
    let home = Home::at(there.unwrap());
    home.load(&seed(world::SAMPLE), "sample").unwrap();
    let store = home.open();
    change(&store, |moment| vec![joined(moment, "C0OPS", "U0BEN")]).await;
    let (channel, user): (_, UserId) = ("C0OPS".parse().unwrap(), "U0BEN".parse().unwrap());
    let found: Result<_, StoreError> = store
        .read(|reader| reader.look(|facts| facts.membership(channel, user)))
        .await;
    assert!(found.unwrap().is_some());
    store.close().await;
}

#[test]
fn one_that_is_not_known_is_told_why() {
    let trusting = |name: &str| format!("sslmode=verify-full&sslrootcert={}", file(name));
    for (host, more, why) in [
        (HERE, "sslmode=disable".to_owned(), "no encryption"),
        (HERE, "sslmode=verify-full".to_owned(), "UnknownIssuer"),
        (HERE, trusting("elsewhere.pem"), "UnknownIssuer"),
        ("elsewhere.test", trusting("ca.pem"), "not valid for name"),
    ] {
        let Some(there) = place(host, &more) else {
            return;
        };
        let there = there.unwrap();
        let shown = there.place();
        let error = Home::at(there)
            .load(&seed(world::SAMPLE), "sample")
            .unwrap_err();
        let told = chain(&error);
        assert!(told.contains(why), "{shown}: {told}");
    }
    let why = place(HERE, &trusting("README.md")).unwrap().unwrap_err();
    assert!(why.contains("README.md: there is no certificate"), "{why}");
}
