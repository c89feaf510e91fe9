//! What pages for people have in common: layout, escaping, headers, and the seal of a form.
//!
//! Pages are HTML without scripts. Whatever comes from outside goes through [`escape`]; the policy
//! below lets a browser run and load nothing, and show the page in no frame.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, uri::Authority},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use guestlist_domain::{Timestamp, hex};
use guestlist_store::{Reader, Store, StoreError};
use sha2::{Digest, Sha256};
use std::{fmt, net::IpAddr, sync::LazyLock};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

mod desk;
pub(crate) mod people;
mod refused;

pub(crate) use desk::{Desk, NoForm};
pub(crate) use refused::{Refused, see_other};

const STYLE: &str = include_str!("page.css");

/// What a browser may do with a page. Where forms may lead is left open on purpose: browsers apply
/// that to redirects, too, and the answer to a form leads to whatever address an app registered.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'"
    )
});

/// Whose turn it is to look something up for a page.
static TURN: Semaphore = Semaphore::const_new(1);

/// Looks something up for a page, which anybody may open, and as often as they like: one at a time, so that
/// calls do not wait behind many of them.
pub(crate) async fn look<T: Send + 'static>(
    store: &Store,
    read: impl FnOnce(&mut Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let turn = TURN.acquire().await;
    // Until it is done: who closes the page does not end that.
    let read = move |reader: &mut Reader| {
        let _turn = turn;
        read(reader)
    };
    store.read_long(read).await
}

/// Text as it can stand in a page, also as the value of an attribute in double quotes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() && !c.is_whitespace() => safe.push(char::REPLACEMENT_CHARACTER),
            c => safe.push(c),
        }
    }
    safe
}

/// A time as people read it.
pub(crate) fn date(time: Timestamp) -> String {
    let utc = jiff::Timestamp::from_microsecond(time.0)
        .map(|time| time.to_zoned_datetime(jiff::tz::TimeZone::UTC));
    utc.map_or_else(
        |_| time.ts(),
        |utc| utc.strftime("%-d %B %Y, %H:%M UTC").to_string(),
    )
}

/// A field that is sent along unseen.
pub(crate) fn hidden(name: &str, value: &str) -> String {
    format!(
        "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
        escape(name),
        escape(value)
    )
}

/// A page. `title` is text; `content` is HTML in which everything from outside was escaped.
pub(crate) fn page(status: StatusCode, title: &str, content: &str) -> Response<Body> {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{content}</main>\n</body>\n</html>\n"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    guarded(response.headers_mut());
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}

/// Headers of pages, and of what answers their forms.
pub(crate) fn guarded(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // With `no-referrer` a browser would not say which site a form comes from.
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Whether each `Origin`, if there is one, names the host that the request was sent to.
pub(crate) fn of_this_site(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map(|host| host.as_bytes());
    headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.as_bytes();
        let site = origin
            .strip_prefix(b"http://")
            .or_else(|| origin.strip_prefix(b"https://"));
        site.is_some() && site == host
    })
}

/// Whether the request was sent to this machine by a name that is always its own. A page of another
/// site can have its own name lead here, and then count as of the same site.
pub(crate) fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let authority = host.and_then(|host| host.parse::<Authority>().ok());
    authority.is_some_and(|authority| {
        let host = authority.host().trim_matches(['[', ']']);
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// By which names pages are reached.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    /// The server listens on the loopback interface: then it is reached by a name of this machine.
    pub(crate) loopback: bool,
    /// Or by the name that links to it have.
    pub(crate) public: Option<String>,
}

impl Door {
    /// Whether a request came by one of them.
    pub(crate) fn lets_in(&self, headers: &HeaderMap) -> bool {
        let named = |public: &String| {
            let host = headers.get(header::HOST).map(|host| host.as_bytes());
            host.is_some_and(|host| host.eq_ignore_ascii_case(public.as_bytes()))
        };
        !self.loopback || names_this_machine(headers) || self.public.as_ref().is_some_and(named)
    }
}

/// Whether a form was sent from a page of this server, as far as the browser says.
fn is_own_form(headers: &HeaderMap) -> bool {
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let from_here = |site: &HeaderValue| matches!(site.as_bytes(), b"same-origin" | b"none");
    of_this_site(headers) && headers.get_all(SITE).iter().all(from_here)
}

/// Seals forms, so that only a form that this server showed is taken, or another node of it, and
/// for what it showed. A page of another site can send a form, yet cannot read the seal.
#[derive(Clone)]
pub(crate) struct Seal([u8; 32]);

/// The key is nobody's business in a log.
impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal(..)")
    }
}

impl Seal {
    /// The one for a kind of form, of a secret that nobody but the nodes has.
    pub(crate) fn new(secret: [u8; 32], kind: &str) -> Self {
        let mut key = Sha256::new();
        key.update(secret);
        key.update(kind);
        Self(key.finalize().into())
    }

    /// The seal on a form with these fields.
    pub(crate) fn of<'f>(&self, fields: impl IntoIterator<Item = &'f str>) -> String {
        let mut content = Sha256::new();
        for field in fields {
            content.update((field.len() as u64).to_be_bytes());
            content.update(field);
        }
        let mut sealed = Sha256::new();
        sealed.update(self.0);
        // Of fixed length, so that nothing can be added behind it.
        sealed.update(content.finalize());
        hex(&sealed.finalize())
    }

    /// Whether the seal is on a form with these fields.
    pub(crate) fn is_on<'f>(&self, seal: &str, fields: impl IntoIterator<Item = &'f str>) -> bool {
        self.of(fields).as_bytes().ct_eq(seal.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        assert_eq!(
            escape("<b a=\"1\" c='2'>&\u{1b}\n"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\u{fffd}\n"
        );
        assert_eq!(
            hidden("a\"", "<"),
            "<input type=\"hidden\" name=\"a&quot;\" value=\"&lt;\">\n"
        );
        let title = page(StatusCode::OK, "</title><script>", "");
        assert_eq!(title.headers()[header::X_FRAME_OPTIONS], "DENY");
    }

    #[test]
    fn a_seal_is_for_one_form() {
        let seal = Seal::new([1; 32], "install");
        let on = seal.of(["a", "bc"]);
        assert!(Seal::new([1; 32], "install").is_on(&on, ["a", "bc"]));
        assert!(seal.is_on(&on, ["a", "bc"]));
        for fields in [["ab", "c"], ["a", "bd"], ["", "abc"]] {
            assert!(!seal.is_on(&on, fields), "{fields:?}");
        }
        for other in [Seal::new([2; 32], "install"), Seal::new([1; 32], "share")] {
            assert!(!other.is_on(&on, ["a", "bc"]));
        }
        assert!(!seal.is_on("", ["a", "bc"]));
    }

    #[test]
    fn names_of_this_machine() {
        for (host, own) in [
            ("localhost", true),
            ("localhost:3999", true),
            ("slack.localhost:3999", true),
            ("127.0.0.1:3999", true),
            ("127.1.2.3", true),
            ("[::1]:3999", true),
            ("evil.test", false),
            ("localhost.evil.test", false),
            ("127.0.0.1.evil.test:3999", false),
            ("10.0.0.1", false),
            ("", false),
        ] {
            let mut map = HeaderMap::new();
            map.insert(header::HOST, HeaderValue::from_static(host));
            assert_eq!(names_this_machine(&map), own, "{host}");
            let door = |loopback, public: Option<&str>| Door {
                loopback,
                public: public.map(str::to_owned),
            };
            assert_eq!(door(true, None).lets_in(&map), own, "{host}");
            assert!(door(false, None).lets_in(&map), "{host}");
            let public = door(true, Some("evil.test"));
            assert_eq!(public.lets_in(&map), own || host == "evil.test", "{host}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }

    #[test]
    fn forms_of_other_sites_are_told() {
        for (headers, own) in [
            (&[][..], true),
            (&[("origin", "http://h:1")], true),
            (
                &[("origin", "http://h:1"), ("sec-fetch-site", "same-origin")],
                true,
            ),
            (&[("sec-fetch-site", "none")], true),
            (&[("origin", "http://evil.test")], false),
            (&[("origin", "null")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
        ] {
            let mut map = HeaderMap::new();
            map.insert(header::HOST, HeaderValue::from_static("h:1"));
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            assert_eq!(is_own_form(&map), own, "{headers:?}");
        }
    }
}
