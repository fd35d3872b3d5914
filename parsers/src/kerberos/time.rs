//! KerberosTime (RFC 4120 §5.2.3): a GeneralizedTime without fractions, in UTC: `20370913024805Z`.
//!
//! What is no calendar time (Heimdal asks for tickets until `99999999999999Z`) stays the text it was.

use std::fmt;

use capture::Timestamp;

use crate::fields::Value;
use crate::text;

/// A time as it stood on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KerberosTime<'a>(pub &'a [u8]);

/// The digits of a time, each within its calendar range.
struct Calendar {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl KerberosTime<'_> {
    /// Seconds since the Unix epoch, where it is a calendar time.
    #[must_use]
    pub fn seconds(&self) -> Option<i64> {
        let Calendar {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.calendar()?;
        Some(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    /// The time `micros` after it, where both make sense and [`Timestamp`] can hold them.
    #[must_use]
    pub fn timestamp(&self, micros: Option<i32>) -> Option<Timestamp> {
        let micros = micros.and_then(|micros| u32::try_from(micros).ok()).unwrap_or(0);
        let seconds = self.seconds()?;
        (seconds.abs() < i64::MAX / 1_000_000_000).then(|| Timestamp::new(seconds, micros.min(999_999) * 1_000))
    }

    fn calendar(&self) -> Option<Calendar> {
        let digits = self.0.strip_suffix(b"Z")?;
        if digits.len() != 14 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = |from: usize, to: usize| {
            let digits = digits.get(from..to)?;
            Some(
                digits
                    .iter()
                    .fold(0, |number, digit| number * 10 + i64::from(digit - b'0')),
            )
        };
        let calendar = Calendar {
            year: number(0, 4)?,
            month: number(4, 6)?,
            day: number(6, 8)?,
            hour: number(8, 10)?,
            minute: number(10, 12)?,
            second: number(12, 14)?,
        };
        calendar.exists().then_some(calendar)
    }
}

impl Calendar {
    const fn exists(&self) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let last = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return false,
        };
        self.day >= 1 && self.day <= last && self.hour < 24 && self.minute < 60 && self.second < 60
    }
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar.
pub(crate) const fn days(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year - era * 400;
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

impl fmt::Display for KerberosTime<'_> {
    /// RFC 3339, UTC, microseconds as every time adtap prints; the octets as text where it is no calendar time.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(at) = self.calendar() else {
            return f.write_str(&text::bytes(self.0.get(..64).unwrap_or(self.0)));
        };
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000000Z",
            at.year, at.month, at.day, at.hour, at.minute, at.second
        )
    }
}

impl From<KerberosTime<'_>> for Value {
    fn from(time: KerberosTime<'_>) -> Self {
        match time.timestamp(None) {
            Some(time) => Self::Time(time),
            None => Self::Text(compact_str::format_compact!("{time}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_rfc_3339_where_it_is_a_time() {
        let text = |bytes: &[u8]| KerberosTime(bytes).to_string();
        assert_eq!(text(b"20370913024805Z"), "2037-09-13T02:48:05.000000Z");
        assert_eq!(text(b"19700101000000Z"), "1970-01-01T00:00:00.000000Z");
        assert_eq!(text(b"99991231235959Z"), "9999-12-31T23:59:59.000000Z");
        assert_eq!(text(b"99999999999999Z"), "99999999999999Z");
        assert_eq!(text(b"20230229000000Z"), "20230229000000Z");
        assert_eq!(text(b"\xff"), "\\xff");
    }

    #[test]
    fn counts_seconds_as_unix_does() {
        let seconds = |bytes: &[u8]| KerberosTime(bytes).seconds();
        assert_eq!(seconds(b"19700101000000Z"), Some(0));
        assert_eq!(seconds(b"20000229000000Z"), Some(951_782_400));
        assert_eq!(seconds(b"20251120005320Z"), Some(1_763_600_000));
        assert_eq!(seconds(b"99999999999999Z"), None);
        let late = KerberosTime(b"99991231235959Z");
        assert!(late.seconds().is_some() && late.timestamp(Some(1)).is_none());
    }
}
