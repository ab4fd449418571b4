use std::fmt;
use std::time::Duration;

/// A duration as messages tell it: in seconds, to three digits at most, and never below a
/// millisecond.
#[derive(Clone, Copy, Debug)]
pub struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.0.as_secs_f64() * 1000.0).round() / 1000.0;
        let rounded = format!("{seconds:.2e}").parse().unwrap_or(seconds);
        write!(f, "{rounded} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits_at_most() {
        for (millis, shown) in [
            (0.0, "0 s"),
            (0.3, "0 s"),
            (1.0, "0.001 s"),
            (28_123.4, "28.1 s"),
            (9_996.0, "10 s"),
            (30_000.0, "30 s"),
            (1_234.0, "1.23 s"),
            (119_987.6, "120 s"),
        ] {
            let duration = Duration::from_secs_f64(millis / 1000.0);
            assert_eq!(Seconds(duration).to_string(), shown);
        }
    }
}
