//! Durations as practitioners write them.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo, Timestamp};

use crate::tf_provider::FromText;

/// No key lives that long, and every clock can still count it.
const LONGEST: Duration = Duration::from_secs(100 * 366 * 24 * 60 * 60);

/// The time so long after another; none without a duration, or where the calendar ends.
pub(super) fn after(time: Timestamp, duration: Option<&Duration>) -> Option<Timestamp> {
    time.checked_add(*duration?).ok()
}

/// `90d`, `36h`, `1h30m`. Months and years have no fixed length and are refused.
impl FromText for Duration {
    const SENTENCE: &'static str = "must be a duration above zero with units, such as `30s`, `1h30m` or `90d` (days have 24 hours)";

    fn from_text(text: &str) -> Option<Self> {
        let span: Span = text.trim().parse().ok()?;
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        let duration = Self::try_from(duration).ok()?;
        (!duration.is_zero() && duration <= LONGEST).then_some(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<Duration> {
        Duration::from_text(text)
    }

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [
            ("30s", 30),
            ("1m30s", 90),
            ("1h30m", 5_400),
            ("1.5h", 5_400),
            ("36h", 129_600),
            ("90d", 7_776_000),
            ("2w", 1_209_600),
            ("1d12h", 129_600),
        ] {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("250ms"), Some(Duration::from_millis(250)));
        for text in [
            "", "30", "s", "-1h", "0s", "1y", "2mo", "1h ago", "soon", "9999999d", "1h30",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
