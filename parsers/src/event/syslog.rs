//! The header that a syslog sender puts before an event (RFC 5424 §6, RFC 3164 §4.1), as far as there is one.
//!
//! Senders take liberties: no priority, ISO times in the old format, a year behind the day, a tag or none, an IPv4 address for a
//! host. Nothing is refused here: where the header ends is where the payload begins, and what is no header is payload.

use capture::Timestamp;

use super::time::{self, Arrival};

/// Longest host name taken from a header.
const MAX_HOST: usize = 255;

/// What a header says of its message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header<'a> {
    /// Facility times eight plus severity.
    pub priority: Option<u8>,
    /// When it was sent, where that can be told.
    pub time: Option<Timestamp>,
    /// Who sent it, or sent it first.
    pub host: Option<&'a str>,
}

/// The header of `message`, and the payload behind it.
#[must_use]
pub fn header<'a>(message: &'a [u8], arrival: &Arrival) -> (Header<'a>, &'a [u8]) {
    let (priority, rest) = priority(message);
    if priority.is_some()
        && let Some(read) = rest.strip_prefix(b"1 ").and_then(|rest| rfc5424(rest, arrival))
    {
        let (header, payload) = read;
        return (Header { priority, ..header }, payload);
    }
    let (header, payload) = rfc3164(rest, arrival);
    (Header { priority, ..header }, payload)
}

/// `<13>`: at most 191.
fn priority(message: &[u8]) -> (Option<u8>, &[u8]) {
    let read = || {
        let rest = message.strip_prefix(b"<")?;
        let end = rest.iter().take(4).position(|byte| *byte == b'>')?;
        let (digits, rest) = rest.split_at_checked(end)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number: u8 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        (number <= 191).then_some((number, rest.strip_prefix(b">")?))
    };
    match read() {
        Some((number, rest)) => (Some(number), rest),
        None => (None, message),
    }
}

/// `TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]` behind the version.
fn rfc5424<'a>(rest: &'a [u8], arrival: &Arrival) -> Option<(Header<'a>, &'a [u8])> {
    let (time, rest) = word(rest)?;
    let (host, mut rest) = word(rest)?;
    for _ in 0..3 {
        (_, rest) = word(rest)?;
    }
    let payload = structured(rest)?;
    let header = Header {
        priority: None,
        time: std::str::from_utf8(time)
            .ok()
            .and_then(|time| time::date_time(time, arrival.utc_offset)),
        host: name(host),
    };
    Some((header, payload.strip_prefix(b" ").unwrap_or(payload)))
}

/// What stands behind the structured data: `-`, or elements in brackets in which `\` escapes.
fn structured(rest: &[u8]) -> Option<&[u8]> {
    if let Some(rest) = rest.strip_prefix(b"-") {
        return Some(rest);
    }
    let mut rest = rest;
    while let Some(element) = rest.strip_prefix(b"[") {
        let (mut quoted, mut escaped) = (false, false);
        let end = element.iter().position(|byte| {
            let ends = !quoted && *byte == b']';
            quoted ^= *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        rest = element.get(end + 1..)?;
    }
    Some(rest)
}

/// `TIMESTAMP HOSTNAME`, both, one or none of them.
fn rfc3164<'a>(rest: &'a [u8], arrival: &Arrival) -> (Header<'a>, &'a [u8]) {
    let Some((time, rest)) = stamp(rest, arrival) else {
        return (Header::default(), rest);
    };
    let mut header = Header {
        time,
        ..Header::default()
    };
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    match word(rest) {
        // A tag ends in a colon, and a payload may follow at once: neither is a host.
        Some((first, behind)) if is_host(first) => {
            header.host = name(first);
            (header, behind)
        }
        _ => (header, rest),
    }
}

fn stamp<'a>(rest: &'a [u8], arrival: &Arrival) -> Option<(Option<Timestamp>, &'a [u8])> {
    if let Some((time, length)) = time::rfc3164(rest, arrival) {
        return Some((time, rest.get(length..)?));
    }
    let (first, behind) = word(rest)?;
    let text = std::str::from_utf8(first).ok().filter(|text| text.contains('T'))?;
    Some((Some(time::date_time(text, arrival.utc_offset)?), behind))
}

/// The octets up to the next space, and those behind it.
fn word(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = rest.iter().position(|byte| *byte == b' ')?;
    Some((rest.get(..end)?, rest.get(end + 1..)?))
}

fn is_host(word: &[u8]) -> bool {
    let host = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b".-_:%[]".contains(byte);
    !word.is_empty() && !word.ends_with(b":") && !word.starts_with(b"CEF:") && word.iter().all(host)
}

fn name(host: &[u8]) -> Option<&str> {
    let host = std::str::from_utf8(host).ok()?;
    (host.len() <= MAX_HOST && !matches!(host, "" | "-")).then_some(host)
}

/// Control characters as rsyslog writes them when it escapes them: `#011` for a tab, `#012` for a line feed.
///
/// None where nothing is escaped so.
pub(super) fn unescaped(text: &str) -> Option<String> {
    if !text.contains('#') || !text.contains("#011") && !text.contains("#012") {
        return None;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escaped)) = rest.split_once("#0") {
        plain.push_str(before);
        let control = match escaped.as_bytes() {
            [b'1', b'1', ..] => Some('\t'),
            [b'1', b'2', ..] => Some('\n'),
            [b'1', b'5', ..] => Some('\r'),
            _ => None,
        };
        match control {
            Some(control) => {
                plain.push(control);
                rest = escaped.get(2..).unwrap_or_default();
            }
            None => {
                plain.push_str("#0");
                rest = escaped;
            }
        }
    }
    plain.push_str(rest);
    Some(plain)
}

/// The most tags that may stand between a header and the event.
const MAX_TAGS: usize = 4;

/// Where in `payload` an event may begin: at once, or behind what a sender puts before it (`nxlog[12]: `, `host\t`).
pub(super) fn beginnings(payload: &str) -> impl Iterator<Item = &str> {
    fn next<'a>(rest: &&'a str) -> Option<&'a str> {
        let end = rest
            .bytes()
            .position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))?;
        Some(rest.get(end..)?.trim_start())
    }
    std::iter::successors(Some(payload.trim_start()), next).take(MAX_TAGS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str) -> (Option<u8>, String, &str, &str) {
        let arrival = Arrival {
            time: time::any("2026-11-30T10:00:00Z", 0),
            utc_offset: 0,
        };
        let (header, payload) = header(message.as_bytes(), &arrival);
        (
            header.priority,
            header.time.map(|time| time.to_string()).unwrap_or_default(),
            header.host.unwrap_or_default(),
            std::str::from_utf8(payload).unwrap(),
        )
    }

    #[test]
    fn headers_of_both_standards_are_read() {
        let time = "2026-11-30T09:59:58.123456Z".to_owned();
        assert_eq!(
            read(r#"<134>1 2026-11-30T09:59:58.123456Z dc1.lab.example app 12 ID [a b="]\""][c] {}"#),
            (Some(134), time.clone(), "dc1.lab.example", "{}")
        );
        assert_eq!(read("<13>1 - - - - - - x"), (Some(13), String::new(), "", "x"));
        let second = "2026-11-30T09:59:58.000000Z".to_owned();
        assert_eq!(
            read("<13>Nov 30 09:59:58 10.77.0.10 MSWinEventLog\t1"),
            (Some(13), second, "10.77.0.10", "MSWinEventLog\t1")
        );
        assert_eq!(
            read("<13>2026-11-30T10:59:58.123456+01:00 dc1 nxlog: x"),
            (Some(13), time, "dc1", "nxlog: x")
        );
    }

    #[test]
    fn what_is_no_header_is_payload() {
        for payload in [
            "CEF:0|a|b|c|d|e|f| g=h",
            "<Event><System/></Event>",
            "<999>x",
            "<",
            "",
            "RsaSA\n2015",
        ] {
            assert_eq!(read(payload), (None, String::new(), "", payload));
        }
        let (_, _, host, payload) = read("<13>Nov 30 09:59:58 CEF:0|a| b");
        assert_eq!((host, payload), ("", "CEF:0|a| b"));
        let (_, _, host, payload) = read("<13>Nov 30 09:59:58 nxlog: x");
        assert_eq!((host, payload), ("", "nxlog: x"));
    }

    #[test]
    fn escaped_controls_come_back() {
        assert_eq!(unescaped("a#011b#012#015c#0d#0").as_deref(), Some("a\tb\n\rc#0d#0"));
        assert_eq!(unescaped("a\tb"), None);
    }

    #[test]
    fn an_event_may_stand_behind_tags() {
        let found: Vec<_> = beginnings(" a b\tc").collect();
        assert_eq!(found, ["a b\tc", "b\tc", "c"]);
        assert_eq!(beginnings("a b c d e f g").count(), MAX_TAGS + 1);
    }
}
