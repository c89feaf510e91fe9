//! Bodies compressed by gzip, in both directions.

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use http::{HeaderMap, header};
use std::io::{Read, Write};

/// Whether the caller wants a compressed answer: `gzip` is named and not with `q=0`.
pub(crate) fn wanted(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| {
            value.split(',').any(|coding| {
                let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
                let weight = weight
                    .trim()
                    .strip_prefix("q=")
                    .and_then(|q| q.parse::<f32>().ok());
                matches!(name.trim(), "gzip" | "*") && weight != Some(0.0)
            })
        })
}

/// Compresses an answer.
pub(crate) fn compress(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2 + 32), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
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
            ("identity", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())]);
            assert_eq!(wanted(&headers), expected, "{value}");
        }
    }
}
