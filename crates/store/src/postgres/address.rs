//! The address of a store: read, and shown without its password.

use super::{CONNECT, Capabilities, GONE, Postgres, Tls};
use crate::error::chain;
use std::{net::IpAddr, path::PathBuf};
use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

impl std::str::FromStr for Postgres {
    type Err = String;

    /// Reads `postgres://user:password@host:port/database?schema=name`. What libpq reads in such an
    /// address may stand in it; `sslmode` is `disable` or `verify-full`, and `without` names what the
    /// database lacks.
    fn from_str(text: &str) -> Result<Self, String> {
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err("a store is named postgres://user:password@host:port/database".to_owned());
        }
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut schema, mut mode, mut trusted) = (None, None, None);
        let mut has = Capabilities::default();
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("schema", name)) => schema = Some(name.to_owned()),
                Some(("sslmode", name)) => mode = Some(name),
                Some(("sslrootcert", file)) => trusted = Some(PathBuf::from(file)),
                Some(("without", names)) => has = has.without(names)?,
                _ => rest.push(pair),
            }
        }
        let plain = |name: &String| {
            let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            (1..=63).contains(&name.len()) && name.bytes().all(letters)
        };
        if schema.as_ref().is_some_and(|name| !plain(name)) {
            return Err("schema: at most 63 lower case letters, digits and _".to_owned());
        }
        let mut config: Config = address.parse().map_err(|error| wrong(&error, ""))?;
        if !rest.is_empty() {
            let address = format!("{address}?{}", rest.join("&"));
            config = address.parse().map_err(|error| wrong(&error, query))?;
        }
        if config.get_hosts().is_empty() {
            return Err("the address names no host".to_owned());
        }
        // The rest of a password that is not written as it has to be. It must not be shown as a host.
        let odd = |host: &Host| matches!(host, Host::Tcp(name) if name.contains('@'));
        let cut = config.get_dbname().is_some_and(|name| name.contains('@'));
        if cut || config.get_hosts().iter().any(odd) {
            return Err(
                "there is an `@` where none can be: in a password it is written %40, and / is %2F"
                    .to_owned(),
            );
        }
        let encrypted = match mode {
            Some("disable") => false,
            Some("verify-full") => true,
            Some(_) => return Err("sslmode is disable or verify-full".to_owned()),
            None => trusted.is_some() || !config.get_hosts().iter().all(is_here),
        };
        let tls = encrypted
            .then(|| Tls::new(trusted.as_deref()))
            .transpose()?;
        config.ssl_mode(if encrypted {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        config.connect_timeout(CONNECT);
        config.keepalives_idle(GONE);
        config.tcp_user_timeout(GONE);
        if config.get_application_name().is_none() {
            let name = schema.as_ref().map(|name| format!("guestlist {name}"));
            config.application_name(name.as_deref().unwrap_or("guestlist"));
        }
        if let Some(schema) = &schema {
            let own = config.get_options().unwrap_or_default();
            config.options(format!("{own} -c search_path={schema}"));
        }
        Ok(Self {
            config,
            schema,
            tls,
            has,
        })
    }
}

/// What is wrong with an address: the part of it, or the parameter's name. The driver's own complaints
/// may quote what was given, passwords too.
fn wrong(error: &tokio_postgres::Error, query: &str) -> String {
    let said = chain(error);
    if said.ends_with("option `port`") {
        return "the port is no number from 1 to 65535 (what is special in a password is written %40 for @, and so on)"
            .to_owned();
    }
    let names = query
        .split('&')
        .filter_map(|pair| Some(pair.split_once('=')?.0));
    for name in names {
        if said.ends_with(&format!("unknown option `{name}`")) && is_word(name) {
            return format!(
                "there is no parameter `{name}`; guestlist has schema, sslmode, sslrootcert and without, beside libpq's"
            );
        }
        if said.ends_with(&format!("invalid value for option `{name}`")) {
            return format!("the parameter `{name}` cannot have this value");
        }
    }
    "this is no address of a PostgreSQL database: postgres://user:password@host:port/database"
        .to_owned()
}

fn is_word(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// Whether what is said to a host stays on this machine.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
    }
}

impl Postgres {
    /// Where it is, without a password.
    pub fn place(&self) -> String {
        let hosts: Vec<String> = self
            .config
            .get_hosts()
            .iter()
            .zip(0..)
            .map(|(host, at)| {
                let port = self
                    .config
                    .get_ports()
                    .get(at)
                    .or(self.config.get_ports().first());
                match host {
                    Host::Tcp(host) => format!("{host}:{}", port.unwrap_or(&5432)),
                    // As an address has it, so that what messages print can be used. The port is part of the
                    // socket's name: clusters that share a directory differ by it.
                    Host::Unix(path) => {
                        let path = path.display().to_string().replace('/', "%2F");
                        match port {
                            Some(port) if *port != 5432 => format!("{path}:{port}"),
                            _ => path,
                        }
                    }
                }
            })
            .collect();
        let schema = self.schema.as_deref().map(|name| format!("?schema={name}"));
        format!(
            "postgres://{}/{}{}",
            hosts.join(","),
            self.config.get_dbname().unwrap_or_default(),
            schema.unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Postgres, String> {
        text.parse()
    }

    #[test]
    fn what_is_wrong_with_an_address_is_told_and_no_password() {
        for (more, told) in [
            (":54x/acme", "the port"),
            (":99999/acme", "the port"),
            ("/acme?shema=x", "no parameter `shema`"),
            (
                "/acme?schema=x&connect_timeout=soon",
                "parameter `connect_timeout`",
            ),
            ("/acme?sslmode=prefer", "sslmode"),
            ("/acme?schema=X", "schema"),
            ("/acme?without=locks", "advisory_locks, planner_settings"),
            ("/acme?hunter2", "no address"),
        ] {
            let why = read(&format!("postgres://me:hunter2@localhost{more}")).unwrap_err();
            assert!(
                why.contains(told) && !why.contains("hunter2"),
                "{more}: {why}"
            );
        }
        // A password that is not written as it has to be.
        for address in [
            "me:hunter2?x=1@h/acme",
            "me:ter@hunter2@h/acme",
            "me:ter@hunter2/x@h/acme",
        ] {
            let why = read(&format!("postgres://{address}")).unwrap_err();
            assert!(why.contains("%40") && !why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn a_place_tells_clusters_apart_and_can_be_used() {
        for (address, place) in [
            ("me:hunter2@h/acme", "h:5432/acme"),
            ("me@h:5433/acme?schema=x", "h:5433/acme?schema=x"),
            ("me@%2Frun%2Fpg/acme", "%2Frun%2Fpg/acme"),
            ("me@%2Frun%2Fpg:5432/acme", "%2Frun%2Fpg/acme"),
            ("me@%2Frun%2Fpg:5433/acme", "%2Frun%2Fpg:5433/acme"),
            (
                "me@%2Frun%2Fpg:5433,h:5434/acme",
                "%2Frun%2Fpg:5433,h:5434/acme",
            ),
        ] {
            let told = read(&format!("postgres://{address}")).unwrap().place();
            assert_eq!(told, format!("postgres://{place}"));
            assert_eq!(read(&told).unwrap().place(), told);
        }
    }

    #[test]
    fn whoever_names_an_authority_wants_it_asked() {
        let here = "postgres://me@localhost/acme";
        assert!(read(here).unwrap().tls.is_none());
        let told = read(&format!("{here}?sslrootcert=absent.pem")).unwrap_err();
        assert!(told.starts_with("sslrootcert: absent.pem: "), "{told}");
        assert!(
            read(&format!("{here}?sslmode=verify-full"))
                .unwrap()
                .tls
                .is_some()
        );
    }
}
