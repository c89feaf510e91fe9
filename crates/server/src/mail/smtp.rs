//! The mail server that letters are handed to.

use super::letter;
use crate::settings::credentials;
use guestlist_domain::{Mail, mail::Attempt};
use guestlist_store::chain;
use http::{Uri, uri::Scheme};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::Mailbox,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};
use std::{fmt, net::IpAddr, str::FromStr, time::Duration};

/// For each thing the mail server is told, and for all of a letter.
const ANSWER: Duration = Duration::from_secs(30);
const LETTER: Duration = Duration::from_secs(120);
/// The most of what a mail server says that is kept.
const MOST_WORDS: usize = 500;

/// How much of the way is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Nothing of it.
    Plain,
    /// All but the first words, and not without (STARTTLS).
    Upgraded,
    /// All of it.
    Tls,
}

/// Where a mail server is, as `smtps://user:password@mail.example.com`.
#[derive(Clone, PartialEq, Eq)]
pub struct MailServer {
    way: Way,
    host: String,
    port: u16,
    credentials: Option<(String, String)>,
}

impl FromStr for MailServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || {
            "a mail server is written smtps://user:password@host, \
             smtp://user:password@host?tls=required, or, unencrypted, smtp://host"
                .to_owned()
        };
        let uri: Uri = text.trim().parse().map_err(|_| form())?;
        let scheme = uri.scheme().map_or("", Scheme::as_str);
        let (way, usual) = match (scheme, uri.query()) {
            ("smtps", None) => (Way::Tls, 465),
            ("smtp", None) => (Way::Plain, 25),
            ("smtp", Some("tls=required")) => (Way::Upgraded, 587),
            _ => return Err(form()),
        };
        let authority = uri.authority().ok_or_else(form)?;
        if !matches!(uri.path(), "" | "/") || authority.host().is_empty() {
            return Err(form());
        }
        let credentials = credentials(authority).ok_or_else(form)?;
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if way == Way::Plain && credentials.is_some() && !near {
            return Err(
                "a password would be sent unencrypted: use smtps://, or add ?tls=required"
                    .to_owned(),
            );
        }
        Ok(Self {
            way,
            host,
            port: authority.port_u16().unwrap_or(usual),
            credentials,
        })
    }
}

/// Without the password.
impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.way == Way::Tls {
            "smtps://"
        } else {
            "smtp://"
        })?;
        if let Some((user, _)) = &self.credentials {
            write!(f, "{user}:(redacted)@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port)?,
            false => write!(f, "{}:{}", self.host, self.port)?,
        }
        f.write_str(if self.way == Way::Upgraded {
            "?tls=required"
        } else {
            ""
        })
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whom letters come from: an address, or a name and one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(pub(super) Mailbox);

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mailbox = text.trim().parse().map(Self).ok();
        let plain = |sender: &Self| {
            !text.contains(char::is_control) && sender.0.email.to_string().is_ascii()
        };
        mailbox.filter(plain).ok_or_else(|| {
            "a sender is written invitations@example.com or Guestlist <invitations@example.com>"
                .to_owned()
        })
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A mail server, ready to take letters.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    server: MailServer,
    sender: Sender,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Smtp").field(&self.server).finish()
    }
}

impl Smtp {
    /// Makes ready. `authority` is a certificate in PEM that is trusted beside those the system
    /// trusts. Whether the server can be reached shows with the first letter.
    pub fn new(
        server: MailServer,
        sender: Sender,
        authority: Option<&[u8]>,
    ) -> Result<Self, String> {
        let tls = || {
            let mut tls = TlsParameters::builder(server.host.clone());
            if let Some(pem) = authority {
                let certificate = Certificate::from_pem(pem)
                    .map_err(|error| format!("this is no certificate in PEM: {}", chain(&error)))?;
                tls = tls.add_root_certificate(certificate);
            }
            tls.build().map_err(|error| chain(&error))
        };
        let tls = match server.way {
            Way::Plain => Tls::None,
            Way::Upgraded => Tls::Required(tls()?),
            Way::Tls => Tls::Wrapper(tls()?),
        };
        let hello = ClientId::Domain(sender.0.email.domain().to_owned());
        let mut transport =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.clone())
                .port(server.port)
                .tls(tls)
                .hello_name(hello)
                .timeout(Some(ANSWER));
        if let Some((user, password)) = &server.credentials {
            transport = transport.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(Self {
            transport: transport.build(),
            server,
            sender,
        })
    }

    /// Hands a letter over; `site` is where its link leads.
    pub(super) async fn hand_over(&self, mail: &Mail, site: &str) -> Attempt {
        let message = match letter::message(mail, &self.sender.0, site) {
            Ok(message) => message,
            Err(why) => return Attempt::Refused(why),
        };
        match tokio::time::timeout(LETTER, self.transport.send(message)).await {
            Ok(Ok(_)) => Attempt::Sent,
            Ok(Err(error)) => {
                let foreign = error.is_client() && !mail.to.is_ascii();
                let why = words(&chain(&error));
                match error.status() {
                    _ if foreign => Attempt::Refused(why),
                    Some(code) if error.is_permanent() && !is_about_us(code.into()) => {
                        Attempt::Refused(why)
                    }
                    _ => Attempt::Failed(why),
                }
            }
            Err(_) => Attempt::Failed(format!(
                "the mail server did not take it within {} s",
                LETTER.as_secs()
            )),
        }
    }
}

/// Whether a refusal is about how we show ourselves, which an operator can mend, and not about the
/// letter: authentication and encryption.
fn is_about_us(code: u16) -> bool {
    matches!(code, 523..=524 | 530 | 534..=535 | 538)
}

/// What a mail server said, in one line that can be shown.
fn words(text: &str) -> String {
    let plain = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = plain.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(MOST_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_servers_are_read_and_shown_without_the_password() {
        for (text, shown) in [
            ("smtp://localhost", "smtp://localhost:25"),
            ("smtp://127.0.0.1:2525/", "smtp://127.0.0.1:2525"),
            ("smtp://[::1]:2525", "smtp://[::1]:2525"),
            (
                "smtp://u:p@127.0.0.1:2525",
                "smtp://u:(redacted)@127.0.0.1:2525",
            ),
            ("smtps://mail.example.com", "smtps://mail.example.com:465"),
            (
                "smtps://a%40b:s%3Ae%40c@mail.example.com:4650",
                "smtps://a@b:(redacted)@mail.example.com:4650",
            ),
            (
                "smtp://u:p@mail.example.com?tls=required",
                "smtp://u:(redacted)@mail.example.com:587?tls=required",
            ),
        ] {
            let server: MailServer = text.parse().unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(server.to_string(), shown);
            assert!(!format!("{server:?}").contains("s:e@c"));
        }
        let server: MailServer = "smtps://a%40b:s%3Ae%40c@h".parse().unwrap();
        assert_eq!(
            server.credentials,
            Some(("a@b".to_owned(), "s:e@c".to_owned()))
        );
    }

    #[test]
    fn what_is_no_mail_server_is_told_without_what_was_given() {
        for text in [
            "",
            "mail.example.com",
            "http://mail.example.com",
            "smtp://mail.example.com?tls=maybe",
            "smtps://mail.example.com?tls=required",
            "smtps://user@mail.example.com",
            "smtps://mail.example.com/inbox",
            "smtp://u:hunter2@mail.example.com",
            "smtps://u:hunter2 @mail.example.com",
        ] {
            let why = text.parse::<MailServer>().unwrap_err();
            assert!(!why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn senders() {
        for text in ["a@b.example", "Guest List <a@b.example>"] {
            assert_eq!(text.parse::<Sender>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "a",
            "a@b.example\r\nBcc: c@d.example",
            "<a@b.example",
            "a@b c",
        ] {
            assert!(text.parse::<Sender>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_a_server_says_is_one_line() {
        assert_eq!(words(" a\r\n\tb\u{7}c  d "), "a b c d");
        assert_eq!(words(&"x".repeat(2000)).len(), MOST_WORDS);
    }
}
