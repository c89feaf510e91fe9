//! From bytes to arguments: content types, charsets, names.
//! <https://docs.slack.dev/apis/web-api/>

use crate::settings::Settings;
use guestlist_methods::{
    Arguments,
    common::{Common, Warning},
};
use http::{HeaderMap, Method, Uri, header};
use percent_encoding::percent_decode;
use serde_json::Value;
use std::borrow::Cow;

/// The longest name of an argument.
const LONGEST_NAME: usize = 128;

/// A call as it was read.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// The arguments, without the token.
    pub(crate) arguments: Arguments,
    /// The token given as an argument.
    pub(crate) token: Option<String>,
    /// What the body's type deserves to be told.
    pub(crate) warning: Option<Warning>,
}

/// Reads query and body. The body wins over the query.
pub(crate) async fn decode(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
    settings: &Settings,
) -> Result<Decoded, (Common, Option<Warning>)> {
    let mut pairs = Pairs::default();
    if let Some(query) = uri.query() {
        pairs
            .form(query.as_bytes(), Charset::Utf8)
            .map_err(|code| (code, None))?;
    }
    let (mut warning, mut is_json) = (None, false);
    if !body.is_empty() && *method != Method::GET {
        let kind = ContentType::read(headers).map_err(|code| (code, None))?;
        warning = kind.warning();
        is_json = kind.kind == Kind::Json;
        pairs
            .body(&kind, body)
            .await
            .map_err(|code| (code, warning))?;
    }
    if pairs.0.len() > settings.max_arguments {
        return Err((Common::InvalidArguments, warning));
    }
    if pairs.0.iter().any(|(name, ..)| is_array_name(name)) {
        return Err((Common::InvalidArrayArg, warning));
    }
    if !pairs.0.iter().all(|(name, ..)| is_name(name)) {
        return Err((Common::InvalidArgName, warning));
    }
    let mut decoded = Decoded {
        arguments: Arguments::under(settings.limits),
        token: None,
        warning,
    };
    for (name, value, _) in pairs.0 {
        match value {
            // Of a call in JSON the token is in the header: it counts neither inside nor in the query.
            Value::String(token) if name == "token" && !is_json => decoded.token = Some(token),
            _ if name == "token" => {}
            value => decoded.arguments.push(name, value),
        }
    }
    Ok(decoded)
}

/// Whether a name is written like an array's: `foo[7]`, `foo[]`.
fn is_array_name(name: &str) -> bool {
    name.split_once('[')
        .is_some_and(|(before, after)| !before.is_empty() && after.ends_with(']'))
}

fn is_name(name: &str) -> bool {
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain && !name.is_empty() && name.len() <= LONGEST_NAME
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Charset {
    Utf8,
    Latin1,
}

impl Charset {
    /// The text of these bytes; `None` when they are no text in this charset.
    fn text(self, bytes: Cow<'_, [u8]>) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(bytes.into_owned()).ok(),
            Self::Latin1 => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Form,
    Multipart,
    Json,
    Plain,
}

const KINDS: [(&str, Kind); 4] = [
    ("application/x-www-form-urlencoded", Kind::Form),
    ("multipart/form-data", Kind::Multipart),
    ("application/json", Kind::Json),
    ("text/plain", Kind::Plain),
];
const CHARSETS: [(&str, Charset); 2] = [("utf-8", Charset::Utf8), ("iso-8859-1", Charset::Latin1)];

struct ContentType {
    kind: Kind,
    charset: Option<Charset>,
    boundary: Option<String>,
}

impl ContentType {
    fn read(headers: &HeaderMap) -> Result<Self, Common> {
        let header = headers
            .get(header::CONTENT_TYPE)
            .ok_or(Common::MissingPostType)?;
        let text = header.to_str().map_err(|_| Common::InvalidPostType)?;
        let mut parts = text.split(';');
        let name = parts.next().unwrap_or_default().trim();
        if name.is_empty() {
            return Err(Common::MissingPostType);
        }
        let (_, kind) = KINDS
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .ok_or(Common::InvalidPostType)?;
        let mut charset = None;
        for part in parts {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            if name.trim().eq_ignore_ascii_case("charset") {
                let value = value.trim().trim_matches('"');
                let (_, known) = CHARSETS
                    .into_iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(value))
                    .ok_or(Common::InvalidCharset)?;
                charset = Some(known);
            }
        }
        Ok(Self {
            kind,
            charset,
            boundary: (kind == Kind::Multipart)
                .then(|| multer::parse_boundary(text).ok())
                .flatten(),
        })
    }

    fn warning(&self) -> Option<Warning> {
        match (self.kind, self.charset) {
            (Kind::Form | Kind::Multipart, Some(_)) => Some(Warning::SuperfluousCharset),
            (Kind::Json | Kind::Plain, None) => Some(Warning::MissingCharset),
            _ => None,
        }
    }
}

/// Name, value, and whether it stood in a JSON body.
#[derive(Default)]
struct Pairs(Vec<(String, Value, bool)>);

impl Pairs {
    async fn body(&mut self, kind: &ContentType, body: &[u8]) -> Result<(), Common> {
        let charset = kind.charset.unwrap_or(Charset::Utf8);
        match kind.kind {
            Kind::Form | Kind::Plain => self.form(body, charset),
            Kind::Json => self.json(body, charset),
            // Boxed: few calls need it, and all would carry its size.
            Kind::Multipart => {
                Box::pin(self.multipart(body, kind.boundary.as_deref(), charset)).await
            }
        }
    }

    fn form(&mut self, bytes: &[u8], charset: Charset) -> Result<(), Common> {
        for pair in bytes
            .split(|byte| *byte == b'&')
            .filter(|pair| !pair.is_empty())
        {
            let at = pair
                .iter()
                .position(|byte| *byte == b'=')
                .unwrap_or(pair.len());
            let name = unescape(&pair[..at], charset)?;
            let value = unescape(pair.get(at + 1..).unwrap_or_default(), charset)?;
            self.0.push((name, Value::String(value), false));
        }
        Ok(())
    }

    fn json(&mut self, bytes: &[u8], charset: Charset) -> Result<(), Common> {
        let text = charset
            .text(Cow::Borrowed(bytes))
            .ok_or(Common::InvalidCharset)?;
        match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => {
                self.0
                    .extend(object.into_iter().map(|(name, value)| (name, value, true)));
                Ok(())
            }
            Ok(_) => Err(Common::JsonNotObject),
            Err(_) => Err(Common::InvalidJson),
        }
    }

    async fn multipart(
        &mut self,
        bytes: &[u8],
        boundary: Option<&str>,
        charset: Charset,
    ) -> Result<(), Common> {
        let broken = |_| Common::InvalidFormData;
        let boundary = boundary.ok_or(Common::InvalidFormData)?;
        // The parser owns what it reads.
        let reader = std::io::Cursor::new(bytes.to_vec());
        let mut parts = multer::Multipart::with_reader(reader, boundary);
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let Some(name) = part.name().map(str::to_owned) else {
                return Err(Common::InvalidFormData);
            };
            let value = part.bytes().await.map_err(broken)?;
            let value = charset
                .text(Cow::Borrowed(&value))
                .ok_or(Common::InvalidFormData)?;
            self.0.push((name, Value::String(value), false));
        }
        Ok(())
    }
}

/// Undoes `+` and `%XX`.
fn unescape(bytes: &[u8], charset: Charset) -> Result<String, Common> {
    // Most names and values have nothing to undo.
    if !bytes.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return charset.text(bytes.into()).ok_or(Common::InvalidFormData);
    }
    let mut escapes = bytes.split(|byte| *byte == b'%').skip(1);
    if !escapes.all(|after| after.len() >= 2 && after[..2].iter().all(u8::is_ascii_hexdigit)) {
        return Err(Common::InvalidFormData);
    }
    let spaced: Cow<'_, [u8]> = if bytes.contains(&b'+') {
        bytes
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect::<Vec<_>>()
            .into()
    } else {
        bytes.into()
    };
    charset
        .text(percent_decode(&spaced).into())
        .ok_or(Common::InvalidFormData)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(kind: Option<&str>, body: &[u8]) -> Result<Decoded, (Common, Option<Warning>)> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        }
        decode(
            &Method::POST,
            &Uri::from_static("/api/x?q=1&both=query"),
            &headers,
            body,
            &Settings::default(),
        )
        .await
    }

    const FORM: &str = "application/x-www-form-urlencoded";
    const MULTIPART: &[u8] =
        b"--B\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nC1\r\n--B--\r\n";

    #[tokio::test]
    async fn bodies_that_are_read() {
        for (kind, body, warning) in [
            (FORM, &b"channel=C1"[..], None),
            (
                "application/x-www-form-urlencoded; charset=utf-8",
                b"channel=C1",
                Some(Warning::SuperfluousCharset),
            ),
            (
                "APPLICATION/JSON; Charset=UTF-8",
                br#"{"channel":"C1"}"#,
                None,
            ),
            (
                "application/json",
                br#"{"channel":"C1"}"#,
                Some(Warning::MissingCharset),
            ),
            ("text/plain", b"channel=C1", Some(Warning::MissingCharset)),
            ("text/plain;charset=iso-8859-1", b"channel=C1", None),
            ("multipart/form-data; boundary=B", MULTIPART, None),
            (
                "multipart/form-data; boundary=B; charset=utf-8",
                MULTIPART,
                Some(Warning::SuperfluousCharset),
            ),
        ] {
            let decoded = read(Some(kind), body)
                .await
                .unwrap_or_else(|e| panic!("{kind}: {e:?}"));
            assert_eq!(
                decoded.arguments.text("channel").as_deref(),
                Some("C1"),
                "{kind}"
            );
            assert_eq!(decoded.arguments.text("q").as_deref(), Some("1"), "{kind}");
            assert_eq!(decoded.warning, warning, "{kind}");
        }
    }

    #[tokio::test]
    async fn bodies_that_are_refused() {
        let long = format!("{}=1", "x".repeat(129));
        for (kind, body, code) in [
            (None, &b"a=1"[..], Common::MissingPostType),
            (Some("text/xml"), b"a=1", Common::InvalidPostType),
            (
                Some("application/json; charset=latin-9"),
                b"{}",
                Common::InvalidCharset,
            ),
            (
                Some("application/json; charset=utf-8"),
                b"\xff",
                Common::InvalidCharset,
            ),
            (Some("application/json"), b"{", Common::InvalidJson),
            (Some("application/json"), b"[]", Common::JsonNotObject),
            (Some(FORM), b"a=%zz", Common::InvalidFormData),
            (Some(FORM), b"a=%f", Common::InvalidFormData),
            (Some(FORM), b"a=%ff", Common::InvalidFormData),
            (
                Some("multipart/form-data"),
                MULTIPART,
                Common::InvalidFormData,
            ),
            (
                Some("multipart/form-data; boundary=B"),
                b"--B\r\nnonsense",
                Common::InvalidFormData,
            ),
            (Some(FORM), b"a-b=1", Common::InvalidArgName),
            (Some(FORM), b"=1", Common::InvalidArgName),
            (Some(FORM), long.as_bytes(), Common::InvalidArgName),
            (Some(FORM), b"foo[7]=1", Common::InvalidArrayArg),
            (Some(FORM), b"foo%5B%5D=1", Common::InvalidArrayArg),
        ] {
            assert_eq!(
                read(kind, body).await.unwrap_err().0,
                code,
                "{kind:?} {}",
                String::from_utf8_lossy(body)
            );
        }
    }

    #[tokio::test]
    async fn an_empty_body_needs_no_type() {
        assert!(read(None, b"").await.is_ok());
        assert!(
            read(Some("application/json;charset=utf-8"), b"")
                .await
                .unwrap()
                .warning
                .is_none()
        );
    }

    #[tokio::test]
    async fn the_body_wins_and_the_token_in_json_does_not_count() {
        let decoded = read(Some(FORM), b"both=body&token=xoxb-1&t=a+b%21")
            .await
            .unwrap();
        assert_eq!(decoded.arguments.text("both").as_deref(), Some("body"));
        assert_eq!(decoded.arguments.text("t").as_deref(), Some("a b!"));
        assert_eq!(decoded.token.as_deref(), Some("xoxb-1"));
        assert!(decoded.arguments.get("token").is_none());
        let decoded = read(Some("application/json"), br#"{"token":"xoxb-1"}"#)
            .await
            .unwrap();
        assert_eq!(decoded.token, None);
    }

    #[tokio::test]
    async fn latin_1_is_understood() {
        let decoded = read(Some("text/plain; charset=iso-8859-1"), b"name=caf%e9")
            .await
            .unwrap();
        assert_eq!(decoded.arguments.text("name").as_deref(), Some("café"));
    }
}
