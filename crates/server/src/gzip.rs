//! Bodies compressed by gzip, in both directions.

use flate2::{Compress, Compression, Crc, FlushCompress, Status, read::GzDecoder};
use http::{HeaderMap, header};
use std::{cell::RefCell, io::Read};

/// Whether the caller wants a compressed answer: `gzip` is named, or else all are, and not with `q=0`.
pub(crate) fn wanted(headers: &HeaderMap) -> bool {
    let (mut named, mut any) = (None, None);
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    for coding in values.flat_map(|value| value.split(',')) {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=");
        let taken = weight.and_then(|q| q.parse::<f32>().ok()) != Some(0.0);
        match name.trim() {
            "gzip" => named = Some(taken),
            "*" => any = Some(taken),
            _ => {}
        }
    }
    named.or(any).unwrap_or_default()
}

thread_local! {
    /// One for each thread: to make one takes longer than to compress an answer.
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::fast(), false));
}

/// What gzip begins with (RFC 1952): no name, no time, the fastest level, no matter on which system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255];

/// Compresses an answer.
pub(crate) fn compress(body: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(body.len() / 2 + 64);
    packed.extend_from_slice(&HEAD);
    DEFLATE.with_borrow_mut(|deflate| {
        deflate.reset();
        loop {
            let done = deflate.total_in() as usize;
            // Compressing into memory does not fail.
            match deflate.compress_vec(&body[done..], &mut packed, FlushCompress::Finish) {
                Ok(Status::StreamEnd) | Err(_) => break,
                Ok(_) => packed.reserve(body.len() / 2 + 64),
            }
        }
    });
    let mut sum = Crc::new();
    sum.update(body);
    packed.extend_from_slice(&sum.sum().to_le_bytes());
    packed.extend_from_slice(&sum.amount().to_le_bytes());
    packed
}

/// Why a compressed body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// It is not gzip, or cut short.
    Broken,
    /// It holds more than `limit` bytes.
    TooLarge,
}

/// Decompresses a request's body, never to more than `limit` bytes.
pub(crate) fn decompress(body: &[u8], limit: usize) -> Result<Vec<u8>, Bad> {
    let mut out = Vec::new();
    GzDecoder::new(body)
        .take(limit as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|_| Bad::Broken)?;
    if out.len() > limit {
        Err(Bad::TooLarge)
    } else {
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_and_no_further() {
        let noise = (0..50_000_u32).flat_map(|n| n.wrapping_mul(0x9E37_79B9).to_le_bytes());
        let noise: Vec<u8> = noise.collect();
        for body in [b"".as_slice(), b"{}", &noise] {
            assert_eq!(decompress(&compress(body), 1 << 20).unwrap(), body);
        }
        let body = b"channel=C1&".repeat(1000);
        let small = compress(&body);
        assert!(small.len() < 200);
        assert_eq!(decompress(&small, body.len()).unwrap(), body);
        assert_eq!(decompress(&small, body.len() - 1), Err(Bad::TooLarge));
        assert_eq!(decompress(&small[..20], 1 << 20), Err(Bad::Broken));
        assert_eq!(decompress(b"plain", 1 << 20), Err(Bad::Broken));
    }

    #[test]
    fn who_wants_it() {
        for (value, expected) in [
            ("gzip", true),
            ("br, gzip;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("gzip;q=0, *", false),
            ("*;q=0, gzip", true),
            ("identity", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())]);
            assert_eq!(wanted(&headers), expected, "{value}");
        }
    }
}
