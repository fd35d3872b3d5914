//! The many ways in which events and their carriers write times.
//!
//! A time without a zone is the sender's local one: [`Arrival::utc_offset`] says what that is.

use capture::Timestamp;

use crate::kerberos::time::days;

/// What is known of a payload but not from it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrival {
    /// When it came in; none in a replay.
    pub time: Option<Timestamp>,
    /// How many seconds the sender's local time is ahead of UTC; it matters only where a time does not say its zone.
    pub utc_offset: i32,
}

/// Seconds by which a time may be ahead of its arrival before it is no time of the event's any more.
const AHEAD: i64 = 86_400;
/// No Windows event is older: 1993-01-01.
const EARLIEST: i64 = 725_846_400;
/// None is younger, whatever nothing but the event itself says: 2200-01-01.
const LATEST: i64 = 7_258_118_400;

impl Arrival {
    /// Whether an event that came in now can be of `time`.
    pub(super) fn allows(&self, time: Timestamp) -> bool {
        let latest = self.time.map_or(LATEST, |now| now.seconds().saturating_add(AHEAD));
        (EARLIEST..=latest).contains(&time.seconds())
    }
}

/// The parts of a time of day and date.
#[derive(Clone, Copy, Debug, Default)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: u32,
}

impl Civil {
    /// The time that these are `offset` seconds ahead of UTC.
    fn at(self, offset: i64) -> Option<Timestamp> {
        let sound = (1_601..=2_261).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=31).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second <= 60;
        if !sound || self.year < 1_678 {
            return None;
        }
        let day = days(self.year, self.month, self.day);
        let seconds = day * 86_400 + self.hour * 3_600 + self.minute * 60 + self.second - offset;
        Some(Timestamp::new(seconds, self.nanos))
    }
}

/// The octets of a time that were not read yet.
#[derive(Clone, Copy, Debug)]
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    /// A number of `least` to `most` digits.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let count = self
            .0
            .iter()
            .take(most)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let fold = |number, digit: &u8| number * 10 + i64::from(digit - b'0');
        (count >= least).then(|| digits.iter().fold(0, fold))
    }

    /// Goes past one of `bytes`.
    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        bytes.contains(first).then_some(*first)
    }

    fn spaces(&mut self) {
        while let [b' ', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// A month by the first three letters of its English name.
    fn month(&mut self) -> Option<i64> {
        const MONTHS: [&[u8; 3]; 12] = [
            b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
        ];
        let (name, rest) = self.0.split_first_chunk::<3>()?;
        self.0 = rest;
        let at = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?;
        i64::try_from(at + 1).ok()
    }

    /// `hh:mm:ss` and a fraction.
    fn clock(&mut self, civil: &mut Civil) -> Option<()> {
        civil.hour = self.number(1, 2)?;
        self.one_of(b":")?;
        civil.minute = self.number(2, 2)?;
        self.one_of(b":")?;
        civil.second = self.number(2, 2)?;
        civil.nanos = self.fraction()?;
        Some(())
    }

    /// Nanoseconds after a point or comma; zero without one.
    fn fraction(&mut self) -> Option<u32> {
        let [b'.' | b',', rest @ ..] = self.0 else {
            return Some(0);
        };
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = rest.split_at_checked(count)?;
        self.0 = rest;
        let nine = digits.iter().chain(std::iter::repeat(&b'0')).take(9);
        Some(nine.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0')))
    }

    /// Seconds ahead of UTC, as `Z`, `+hh:mm` or `+hhmm`; `local` where nothing stands.
    fn zone(&mut self, local: i32) -> Option<i64> {
        self.spaces();
        let Some((sign, rest)) = self.0.split_first() else {
            return Some(local.into());
        };
        self.0 = rest;
        let sign = match sign {
            b'Z' | b'z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.number(2, 2)?;
        if let [b':', rest @ ..] = self.0 {
            self.0 = rest;
        }
        let minutes = self.number(2, 2).unwrap_or(0);
        Some(sign * (hours * 3_600 + minutes * 60))
    }
}

/// `2026-11-20T08:15:30.1234567Z`, with a space for the `T`, with another zone or none; `2015-May-19 09:07:09`.
pub(super) fn date_time(text: &str, local: i32) -> Option<Timestamp> {
    let mut rest = Rest(text.trim().as_bytes());
    let mut civil = Civil {
        year: rest.number(4, 4)?,
        ..Civil::default()
    };
    rest.one_of(b"-/")?;
    let named = rest.0.first()?.is_ascii_alphabetic();
    civil.month = if named { rest.month()? } else { rest.number(1, 2)? };
    rest.one_of(b"-/")?;
    civil.day = rest.number(1, 2)?;
    rest.one_of(b"Tt ")?;
    rest.clock(&mut civil)?;
    let offset = rest.zone(local)?;
    civil.at(offset)
}

/// `20150310132717.784882-000`: the offset of a CIM_DATETIME is in minutes (DSP0004).
pub(super) fn cim(text: &str, local: i32) -> Option<Timestamp> {
    let mut rest = Rest(text.trim().as_bytes());
    let mut civil = Civil {
        year: rest.number(4, 4)?,
        month: rest.number(2, 2)?,
        day: rest.number(2, 2)?,
        hour: rest.number(2, 2)?,
        minute: rest.number(2, 2)?,
        second: rest.number(2, 2)?,
        nanos: 0,
    };
    civil.nanos = rest.fraction()?;
    let offset = match rest.one_of(b"+-") {
        Some(b'+') => rest.number(3, 3)? * 60,
        Some(_) => rest.number(3, 3)? * -60,
        None => local.into(),
    };
    civil.at(offset)
}

/// Seconds, or of thirteen digits milliseconds, since 1970.
pub(super) fn epoch(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (whole, nanos) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Rest(format!(".{fraction}").as_bytes()).fraction()?),
        None => (text, 0),
    };
    let digits = whole.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = whole.parse().ok().filter(|_| digits)?;
    match whole.len() {
        9 | 10 => Some(Timestamp::new(number, nanos)),
        12 | 13 => Some(Timestamp(number.checked_mul(1_000_000)?)),
        _ => None,
    }
}

/// Any of the above.
pub(super) fn any(text: &str, local: i32) -> Option<Timestamp> {
    date_time(text, local)
        .or_else(|| epoch(text))
        .or_else(|| cim(text, local))
        .or_else(|| english(text, local))
}

/// `Thu Mar 26 13:31:21 2020`, `Mar 26 2020 13:31:21.123`, with or without the weekday.
pub(super) fn english(text: &str, local: i32) -> Option<Timestamp> {
    let text = text.trim();
    let mut rest = Rest(text.as_bytes());
    let mut civil = Civil::default();
    let month = rest.month();
    civil.month = match month {
        Some(month) => month,
        None => {
            rest.spaces();
            rest.month()?
        }
    };
    rest.spaces();
    civil.day = rest.number(1, 2)?;
    rest.spaces();
    let year = |rest: &mut Rest<'_>| {
        let mut ahead = *rest;
        let year = ahead.number(4, 4)?;
        *rest = ahead;
        rest.spaces();
        Some(year)
    };
    let before = year(&mut rest);
    rest.clock(&mut civil)?;
    rest.spaces();
    civil.year = before.or_else(|| year(&mut rest))?;
    let offset = rest.zone(local).unwrap_or_else(|| local.into());
    civil.at(offset)
}

/// `Mmm dd hh:mm:ss` of RFC 3164 §4.1.2, in the year that brings it closest to its arrival, and how many octets it takes; the
/// year may stand behind the day. Without an arrival or a year, the time is not to be told.
pub(super) fn rfc3164(bytes: &[u8], arrival: &Arrival) -> Option<(Option<Timestamp>, usize)> {
    let mut rest = Rest(bytes);
    let mut civil = Civil {
        month: rest.month()?,
        ..Civil::default()
    };
    rest.one_of(b" ")?;
    rest.spaces();
    civil.day = rest.number(1, 2)?;
    rest.one_of(b" ")?;
    let mut ahead = rest;
    if let Some(year) = ahead.number(4, 4) {
        ahead.one_of(b" ")?;
        (civil.year, rest) = (year, ahead);
    }
    rest.clock(&mut civil)?;
    let length = bytes.len() - rest.0.len();
    let offset = i64::from(arrival.utc_offset);
    let time = if civil.year == 0 {
        arrival.time.and_then(|now| nearest(civil, now, offset))
    } else {
        civil.at(offset)
    };
    Some((time, length))
}

fn nearest(civil: Civil, now: Timestamp, offset: i64) -> Option<Timestamp> {
    let year = 1_970 + now.seconds() / 31_556_952;
    let times = [year - 1, year, year + 1].map(|year| Civil { year, ..civil }.at(offset));
    let distance = |time: &Timestamp| time.0.abs_diff(now.0);
    times.into_iter().flatten().min_by_key(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(time: Option<Timestamp>) -> String {
        time.map_or_else(|| "none".to_owned(), |time| time.to_string())
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        let same = "2015-03-10T13:27:17.784882Z";
        for text in [
            "2015-03-10T13:27:17.7848820Z",
            "2015-03-10 13:27:17.784882",
            "2015-03-10T14:27:17.784882+01:00",
            "2015-Mar-10 13:27:17.784882",
            "2015-03-10T08:57:17.784882-0430",
            "20150310132717.784882-000",
            "20150310142717.784882+060",
            "Tue Mar 10 13:27:17.784882 2015",
            "Mar 10 2015 13:27:17.784882",
        ] {
            assert_eq!(printed(any(text, 0)), same, "{text}");
        }
        assert_eq!(printed(any("1456144380009", 0)), "2016-02-22T12:33:00.009000Z");
        assert_eq!(printed(any("1456144380.5", 0)), "2016-02-22T12:33:00.500000Z");
        assert_eq!(
            printed(any("2015-03-10 13:27:17", 3_600)),
            "2015-03-10T12:27:17.000000Z"
        );
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "-",
            "2015",
            "2015-13-01T00:00:00Z",
            "2015-01-01T25:00:00Z",
            "9999-01-01T00:00:00Z",
            "x",
            "Mar",
            "日",
        ] {
            assert_eq!(any(text, 0), None, "{text}");
        }
    }

    #[test]
    fn a_header_takes_the_nearest_year() {
        let arrival = Arrival {
            time: any("2026-01-01T00:00:10Z", 0),
            utc_offset: 0,
        };
        let (time, length) = rfc3164(b"Dec 31 23:59:59 host", &arrival).unwrap();
        assert_eq!((printed(time).as_str(), length), ("2025-12-31T23:59:59.000000Z", 15));
        let (time, length) = rfc3164(b"Jan  1 2024 00:00:00 host", &arrival).unwrap();
        assert_eq!((printed(time).as_str(), length), ("2024-01-01T00:00:00.000000Z", 20));
        assert_eq!(rfc3164(b"Dec 31 23:59:59 host", &Arrival::default()), Some((None, 15)));
        assert_eq!(rfc3164(b"host", &arrival), None);
    }

    #[test]
    fn absurd_times_are_told_from_late_ones() {
        let arrival = Arrival {
            time: any("2026-01-01T00:00:00Z", 0),
            utc_offset: 0,
        };
        let allows = |text| arrival.allows(any(text, 0).unwrap());
        assert!(allows("2025-01-01T00:00:00Z") && allows("2026-01-01T12:00:00Z"));
        assert!(!allows("2026-01-03T00:00:00Z") && !allows("1970-01-02T00:00:00Z"));
    }
}
