//! HTTP/1.1 as far as the load generator needs it: requests are bytes made
//! beforehand, answers are a status, a head and `content-length` bytes.
//!
//! It is not a general client on purpose. Generator and server share the cores, so
//! every microsecond saved here is one that the measured server can use.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};

/// The token that every world of the benchmark holds.
pub(crate) const TOKEN: &str = "xoxb-bench";

/// A call as an SDK sends it: POST, form body, token in the header, keep-alive.
pub(crate) fn post(host: SocketAddr, method: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /api/{method} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {TOKEN}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Where one whole answer lies in a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) status: u16,
    pub(crate) head: usize,
    pub(crate) total: usize,
}

/// Finds answers in a buffer. Answers of one server have nearly the same head, so
/// the places found last are tried first; the slow way is only taken when they fail.
#[derive(Default)]
pub(crate) struct Framer {
    head: usize,
    length_at: usize,
}

const LENGTH: &[u8] = b"content-length:";

impl Framer {
    /// The answer at the start of `buf`, or `None` while more bytes are needed.
    pub(crate) fn frame(&mut self, buf: &[u8]) -> Result<Option<Frame>> {
        if !self.guess_holds(buf) && !self.search(buf)? {
            return Ok(None);
        }
        let length =
            number(&buf[self.length_at..self.head]).context("unreadable content-length")?;
        let status = buf
            .get(9..12)
            .and_then(number)
            .context("unreadable status line")?;
        let total = self.head + length;
        let frame = Frame {
            status: u16::try_from(status)?,
            head: self.head,
            total,
        };
        Ok((buf.len() >= total).then_some(frame))
    }

    fn guess_holds(&self, buf: &[u8]) -> bool {
        // A JSON body holds no bare CRLF, so an empty line at the same place is the head's end.
        self.head > 0
            && buf.len() >= self.head
            && buf[self.head - 4..self.head] == *b"\r\n\r\n"
            && buf[self.length_at - LENGTH.len()..self.length_at].eq_ignore_ascii_case(LENGTH)
    }

    fn search(&mut self, buf: &[u8]) -> Result<bool> {
        let mut line_at = 0;
        let mut length_at = None;
        while let Some(end) = buf[line_at..].iter().position(|&byte| byte == b'\n') {
            let line = &buf[line_at..line_at + end];
            if line == b"\r" {
                self.head = line_at + end + 1;
                self.length_at = length_at.context(
                    "the answer has no content-length (a chunked answer is not measured here)",
                )?;
                return Ok(true);
            }
            if line.len() > LENGTH.len() && line[..LENGTH.len()].eq_ignore_ascii_case(LENGTH) {
                length_at = Some(line_at + LENGTH.len());
            }
            line_at += end + 1;
        }
        if line_at > 64 * 1024 {
            bail!("the answer's head is longer than 64 KiB");
        }
        Ok(false)
    }
}

/// Digits after optional spaces, up to the first other byte.
fn number(bytes: &[u8]) -> Option<usize> {
    let digits = bytes.trim_ascii_start();
    let mut value = None;
    for byte in digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .take(15)
    {
        value = Some(value.unwrap_or(0) * 10 + usize::from(byte - b'0'));
    }
    value
}

/// Whether an answer says `"ok":true`. The key comes first in practice; the search is
/// for servers that put it elsewhere.
pub(crate) fn says_ok(body: &[u8]) -> bool {
    const OK: &[u8] = b"\"ok\":true";
    body.get(1..).is_some_and(|rest| rest.starts_with(OK))
        || body.windows(OK.len()).any(|window| window == OK)
}

#[cfg(test)]
mod tests {
    use super::{Frame, Framer, says_ok};

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\nserver: x\r\nContent-Length: 11\r\nvia: y\r\n\r\n{\"ok\":true}";

    #[test]
    fn an_answer_is_found_wherever_it_was_cut() {
        let whole = Frame {
            status: 200,
            head: ANSWER.len() - 11,
            total: ANSWER.len(),
        };
        let mut framer = Framer::default();
        for _ in 0..2 {
            for cut in 0..ANSWER.len() {
                assert_eq!(framer.frame(&ANSWER[..cut]).unwrap(), None, "cut at {cut}");
            }
            assert_eq!(framer.frame(ANSWER).unwrap().as_ref(), Some(&whole));
        }
    }

    #[test]
    fn a_different_head_after_a_guess_is_found_too() {
        let mut framer = Framer::default();
        framer.frame(ANSWER).unwrap().unwrap();
        let other = b"HTTP/1.1 429 Too Many\r\ncontent-length: 2\r\n\r\n{}";
        let frame = framer.frame(other).unwrap().unwrap();
        assert_eq!((frame.status, frame.total), (429, other.len()));
    }

    #[test]
    fn a_chunked_answer_is_refused() {
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert!(Framer::default().frame(chunked).is_err());
    }

    #[test]
    fn ok_is_told_from_refusals() {
        assert!(says_ok(b"{\"ok\":true,\"channel\":{}}"));
        assert!(says_ok(b"{\"channel\":{},\"ok\":true}"));
        assert!(!says_ok(b"{\"ok\":false,\"error\":\"not_in_channel\"}"));
        assert!(!says_ok(b""));
    }
}
