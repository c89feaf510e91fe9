//! Which trace a span belongs to, and whether it is kept: W3C Trace Context and the samplers of
//! OpenTelemetry.

use http::HeaderMap;
use std::{fmt, str::FromStr};

const TRACEPARENT: &str = "traceparent";
/// Bits of a trace's id that are random whoever made it.
const RANDOM_BITS: u32 = 56;

/// A span's place: its trace, itself, and who caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Context {
    pub(super) trace: u128,
    pub(super) span: u64,
    pub(super) parent: Option<u64>,
}

impl Context {
    /// The next one below `parent`, if it is to be kept; with 24 random bytes.
    pub(super) fn next(random: [u8; 24], parent: Option<Parent>, sampler: Sampler) -> Option<Self> {
        let (trace, span) = random.split_at(16);
        let fresh = u128::from_be_bytes(trace.try_into().unwrap_or_default());
        let span = u64::from_be_bytes(span.try_into().unwrap_or_default());
        let trace = parent.map_or(fresh, |parent| parent.trace);
        // Zero is no id.
        let good = trace != 0 && span != 0 && sampler.keeps(trace, parent);
        good.then_some(Self {
            trace,
            span,
            parent: parent.map(|parent| parent.span),
        })
    }
}

/// The span of a caller, as its header `traceparent` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    trace: u128,
    span: u64,
    sampled: bool,
}

impl Parent {
    /// Whoever sends several has none.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(TRACEPARENT).iter();
        let one = all.next().filter(|_| all.next().is_none())?;
        Self::read(one.to_str().ok()?)
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut hex = |digits: usize| {
            let part = parts.next().filter(|part| part.len() == digits)?;
            let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
            let good = part.bytes().all(is_digit);
            u128::from_str_radix(part, 16).ok().filter(|_| good)
        };
        let (version, trace, span, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        // Versions to come may say more after these four; the first one does not, and the last is none.
        let more = parts.next().is_some();
        if version == 0xff || (version == 0 && more) || trace == 0 || span == 0 {
            return None;
        }
        Some(Self {
            trace,
            span: u64::try_from(span).ok()?,
            sampled: flags & 1 == 1,
        })
    }
}

/// Which traces are kept: a name that OpenTelemetry has for it, and for the two with a ratio that,
/// as `parentbased_traceidratio=0.1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampler {
    /// Of the traces that begin here, from 0 to 1.
    ratio: f64,
    /// What has a parent is kept if that is.
    by_parent: bool,
}

impl Default for Sampler {
    fn default() -> Self {
        Self {
            ratio: 1.0,
            by_parent: true,
        }
    }
}

impl Sampler {
    fn keeps(self, trace: u128, parent: Option<Parent>) -> bool {
        if let Some(parent) = parent.filter(|_| self.by_parent) {
            return parent.sampled;
        }
        // Whoever has the same ratio decides alike: by the end of the id, and not anew.
        let range = 1_u64 << RANDOM_BITS;
        let threshold = ((1.0 - self.ratio) * range as f64) as u64;
        (trace as u64) & (range - 1) >= threshold
    }
}

impl FromStr for Sampler {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, ratio) = match text.trim().split_once('=') {
            Some((name, ratio)) => (name, Some(ratio)),
            None => (text.trim(), None),
        };
        let (by_parent, rest) = match name.strip_prefix("parentbased_") {
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let ratio = match (rest, ratio) {
            ("always_on", None) => Some(1.0),
            ("always_off", None) => Some(0.0),
            ("traceidratio", None) => Some(1.0),
            ("traceidratio", Some(ratio)) => ratio.trim().parse().ok(),
            _ => None,
        };
        match ratio.filter(|ratio| (0.0..=1.0).contains(ratio)) {
            Some(ratio) => Ok(Self { ratio, by_parent }),
            None => Err(
                "a sampler is always_on, always_off, traceidratio=0.1 (from 0 to 1), or one of these with parentbased_ before it"
                    .to_owned(),
            ),
        }
    }
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.by_parent {
            f.write_str("parentbased_")?;
        }
        match self.ratio {
            1.0 => f.write_str("always_on"),
            0.0 => f.write_str("always_off"),
            ratio => write!(f, "traceidratio={ratio}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_parent_is_read_as_the_standard_has_it() {
        let read = Parent::read(GOOD).unwrap();
        assert_eq!(read.trace, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(read.span, 0x00f0_67aa_0ba9_02b7);
        assert!(read.sampled);
        let unsampled = GOOD.replace("-01", "-fe");
        assert!(!Parent::read(&unsampled).unwrap().sampled);
        // A later version may have more to say.
        let later = GOOD.replace("00-4b", "cc-4b") + "-more";
        assert_eq!(Parent::read(&later), Some(read));
        for bad in [
            String::new(),
            GOOD.to_uppercase(),
            GOOD.replace("00-4b", "ff-4b"),
            format!("{GOOD}-more"),
            format!("{GOOD}-"),
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            GOOD.replace("00f067aa0ba902b7", "0f067aa0ba902b7"),
            GOOD.replace("00f067aa0ba902b7", "+0f067aa0ba902b7"),
            GOOD.replace("-01", ""),
        ] {
            assert_eq!(Parent::read(&bad), None, "{bad}");
        }
        let mut headers = HeaderMap::new();
        headers.append(TRACEPARENT, GOOD.parse().unwrap());
        assert_eq!(Parent::of(&headers), Some(read));
        headers.append(TRACEPARENT, GOOD.parse().unwrap());
        assert_eq!(Parent::of(&headers), None);
    }

    #[test]
    fn samplers_are_read_and_shown() {
        for (text, shown) in [
            ("always_on", "always_on"),
            ("traceidratio", "always_on"),
            ("parentbased_always_off", "parentbased_always_off"),
            (
                "parentbased_traceidratio=0.25",
                "parentbased_traceidratio=0.25",
            ),
        ] {
            assert_eq!(text.parse::<Sampler>().unwrap().to_string(), shown);
        }
        assert_eq!(Sampler::default().to_string(), "parentbased_always_on");
        for text in [
            "",
            "on",
            "always_on=1",
            "traceidratio=2",
            "traceidratio=x",
            "traceidratio=NaN",
        ] {
            assert!(text.parse::<Sampler>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_kept_follows_from_the_parent_or_from_the_id() {
        let sampler = |text: &str| text.parse::<Sampler>().unwrap();
        let low = [0x10; 24];
        let high = [0xf0; 24];
        let kept = |random, parent, text| Context::next(random, parent, sampler(text)).is_some();
        assert!(kept(low, None, "always_on") && !kept(high, None, "always_off"));
        assert!(!kept(low, None, "traceidratio=0.5") && kept(high, None, "traceidratio=0.5"));
        let parent = Parent::read(GOOD);
        let unsampled = Parent::read(&GOOD.replace("-01", "-00"));
        assert!(kept(low, parent, "parentbased_always_off"));
        assert!(!kept(low, unsampled, "parentbased_always_on"));
        assert!(kept(low, unsampled, "always_on"));
        let child = Context::next(low, parent, Sampler::default()).unwrap();
        assert_eq!(child.trace, parent.unwrap().trace);
        assert_eq!(child.parent, Some(0x00f0_67aa_0ba9_02b7));
        assert_eq!(child.span, 0x1010_1010_1010_1010);
        // No randomness, no ids.
        assert!(!kept([0; 24], None, "always_on"));
    }
}
