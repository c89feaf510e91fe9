//! Bytes as text.

/// Bytes in hexadecimal digits, two each, in lower case.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let mut text = String::with_capacity(2 * bytes.len());
    text.extend(halves.map(digit));
    text
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn each_byte_is_two_digits() {
        for (bytes, text) in [
            (&[][..], ""),
            (&[0], "00"),
            (&[0x0a, 0xf0, 0x7f, 0xff], "0af07fff"),
        ] {
            assert_eq!(hex(bytes), text);
        }
        let all: Vec<u8> = (0..=255).collect();
        let slow: String = all.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex(&all), slow);
    }
}
