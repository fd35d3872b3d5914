//! Packet time: nanoseconds since the Unix epoch, always read from the capture and never from a clock.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// Nanoseconds since 1970-01-01T00:00:00Z. Reaches from 1677 to 2262.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time `seconds` and `nanos` after the epoch; saturates outside the type's range.
    #[must_use]
    pub const fn new(seconds: i64, nanos: u32) -> Self {
        Self(seconds.saturating_mul(1_000_000_000).saturating_add(nanos as i64))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// Whole seconds since the epoch.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000_000)
    }

    /// Time from `earlier` to `self`; zero when `earlier` is later (packets of several files may step back).
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        let nanos = self.0.saturating_sub(earlier.0);
        Duration::from_nanos(if nanos > 0 { nanos as u64 } else { 0 })
    }

    /// `self` plus `duration`, saturating.
    #[must_use]
    pub const fn after(self, duration: Duration) -> Self {
        let nanos = duration.as_nanos();
        Self(self.0.saturating_add(if nanos > i64::MAX as u128 {
            i64::MAX
        } else {
            nanos as i64
        }))
    }
}

impl Timestamp {
    /// RFC 3339, UTC, microseconds: `2026-11-20T08:15:30.123456Z`.
    #[must_use]
    pub fn rfc3339(self) -> [u8; 27] {
        let seconds = self.seconds();
        let micros = self.0.rem_euclid(1_000_000_000) as u32 / 1_000;
        let days = seconds.div_euclid(86_400);
        let second = (seconds - days * 86_400) as u32;
        let (year, month, day) = civil(days);
        let [c, y] = pairs(year);
        let ([_, m], [_, d]) = (pairs(month), pairs(day));
        let ([_, h], [_, n], [_, s]) = (pairs(second / 3_600), pairs(second / 60 % 60), pairs(second % 60));
        let ([_, i], [j, k]) = (pairs(micros / 10_000), pairs(micros % 10_000));
        [
            c[0], c[1], y[0], y[1], b'-', m[0], m[1], b'-', d[0], d[1], b'T', h[0], h[1], b':', n[0], n[1], b':', s[0],
            s[1], b'.', i[0], i[1], j[0], j[1], k[0], k[1], b'Z',
        ]
    }
}

impl fmt::Display for Timestamp {
    /// As [`Self::rfc3339`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.rfc3339()).unwrap_or_default())
    }
}

/// The four decimal digits of `value`, two by two.
const fn pairs(value: u32) -> [[u8; 2]; 2] {
    const fn pair(value: u32) -> [u8; 2] {
        [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
    }
    [pair(value / 100), pair(value)]
}

/// Year, month and day of a day count since 1970-01-01 (proleptic Gregorian calendar).
const fn civil(days: i64) -> (u32, u32, u32) {
    let shifted = (days + 719_468) as u32; // days since 0000-03-01
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + (month <= 2) as u32, month, day) // 1677 to 2262
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_rfc_3339_utc() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(
            Timestamp::new(1_763_600_000, 123_456_789).to_string(),
            "2025-11-20T00:53:20.123456Z"
        );
        assert_eq!(
            Timestamp::new(951_782_400, 0).to_string(),
            "2000-02-29T00:00:00.000000Z"
        );
        assert_eq!(Timestamp::new(-1, 0).to_string(), "1969-12-31T23:59:59.000000Z");
    }

    #[test]
    fn time_never_runs_backwards() {
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
        assert_eq!(Timestamp(i64::MAX).after(Duration::from_secs(1)), Timestamp(i64::MAX));
    }
}
