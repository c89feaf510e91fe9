//! What is counted over the last sixty minutes: how much an app was sent, and how much of it failed.

/// Deliveries that an app may get in a workspace within an hour.
pub(super) const QUOTA: f64 = 30_000.0;
/// An app with fewer attempts than this within an hour is never cut off.
const FEW: u64 = 1000;

/// Whether more than 95 of a hundred failed, of many.
pub(super) fn is_hopeless(tried: u64, failed: u64) -> bool {
    tried >= FEW && failed * 100 > tried * 95
}

#[cfg(test)]
mod tests {
    use super::is_hopeless;

    #[test]
    fn many_failures_are_hopeless_and_few_are_not() {
        for (tried, failed, hopeless) in [
            (999, 999, false),
            (1000, 1000, true),
            (1000, 951, true),
            (1000, 950, false),
            (2000, 0, false),
        ] {
            assert_eq!(is_hopeless(tried, failed), hopeless, "{failed} of {tried}");
        }
    }
}
