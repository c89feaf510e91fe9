//! One keep-alive connection to the server, as plain as it can be: the load must see a killed
//! server as it is, without a library that retries.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// No answer for this long counts as a failure, not as an answer that a kill has taken.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    head: String,
}

impl Client {
    pub(crate) fn connect(address: &str, token: &str) -> Result<Client> {
        let stream =
            TcpStream::connect(address).with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let head = format!(
            "Host: {address}\r\nAuthorization: Bearer {token}\r\nAccept: application/json\r\n"
        );
        Ok(Client {
            stream: BufReader::new(stream),
            head,
        })
    }

    /// Whether the other side has closed it, as far as is known here.
    pub(crate) fn is_closed(&self) -> bool {
        let stream = self.stream.get_ref();
        let looked = stream
            .set_nonblocking(true)
            .and_then(|()| stream.peek(&mut [0]));
        let waits = matches!(&looked, Err(error) if error.kind() == ErrorKind::WouldBlock);
        !waits || stream.set_nonblocking(false).is_err()
    }

    /// The answer of a method, whatever it says; `None` when the connection broke before all of it was here.
    pub(crate) fn call(
        &mut self,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> Result<Option<Value>> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let body = form.extend_pairs(arguments).finish();
        let kind = "application/x-www-form-urlencoded";
        match self.exchange("POST", &format!("/api/{method}"), kind, &body) {
            Ok((_, body)) => {
                let text = String::from_utf8_lossy(&body);
                let answer = serde_json::from_str(&text)
                    .with_context(|| format!("{method} answered no JSON: {text}"))?;
                Ok(Some(answer))
            }
            Err(error) => match error
                .downcast_ref::<std::io::Error>()
                .map(std::io::Error::kind)
            {
                Some(ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    bail!("{method}: no answer within {} s", PATIENCE.as_secs())
                }
                Some(_) => Ok(None),
                None => Err(error.context(format!("{method}: a broken answer"))),
            },
        }
    }

    /// The answer of a method that has to succeed.
    pub(crate) fn ask(&mut self, method: &str, arguments: &[(&str, &str)]) -> Result<Value> {
        let answer = self.call(method, arguments)?;
        let answer =
            answer.with_context(|| format!("{method}: the server closed the connection"))?;
        ensure!(
            answer["ok"] == true,
            "{method} {arguments:?} was refused: {answer}"
        );
        Ok(answer)
    }

    /// The answer of the control interface, which has to succeed.
    pub(crate) fn control(&mut self, verb: &str, path: &str, ask: &Value) -> Result<Value> {
        let ask = match ask {
            Value::Null => String::new(),
            _ => ask.to_string(),
        };
        let (status, body) = self
            .exchange(
                verb,
                &format!("/control/v1{path}"),
                "application/json",
                &ask,
            )
            .with_context(|| format!("{verb} {path}"))?;
        let text = String::from_utf8_lossy(&body);
        ensure!(
            (200..300).contains(&status),
            "{verb} {path} {ask} was answered {status}: {text}"
        );
        serde_json::from_str(&text).with_context(|| format!("{verb} {path} answered {text}"))
    }

    fn exchange(
        &mut self,
        verb: &str,
        path: &str,
        kind: &str,
        body: &str,
    ) -> Result<(u16, Vec<u8>)> {
        let request = format!(
            "{verb} {path} HTTP/1.1\r\n{}Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut length = None;
        let first = self.line()?;
        let status = first
            .strip_prefix("HTTP/1.1 ")
            .and_then(|rest| rest.get(..3));
        let status = status.and_then(|digits| digits.parse().ok());
        let status = status.with_context(|| format!("the answer begins with {first:?}"))?;
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line
                .split_once(':')
                .with_context(|| format!("a header {line:?}"))?;
            if name.eq_ignore_ascii_case("content-length") {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        let mut body = vec![0; length.context("no Content-Length")?];
        self.stream.read_exact(&mut body)?;
        Ok((status, body))
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None => Err(std::io::Error::from(ErrorKind::UnexpectedEof).into()),
        }
    }
}
