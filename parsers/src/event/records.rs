//! The events of a text file: `<Event>` elements with whatever stands around them, JSON objects in lines, in an array or
//! indented, and syslog messages.

use std::borrow::Cow;

use super::framing::{Framed, Framer};
use super::{MAX_EVENT, encoding};

/// `bytes` of a file as text, whatever encoding they are in.
#[must_use]
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    encoding::text(bytes)
}

/// How the records of a file stand apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Apart {
    Elements,
    Objects,
    /// Objects, one a line.
    Lines,
    Messages,
}

/// The records of a text, one after another; each is for [`super::read`].
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a str,
    apart: Apart,
}

/// The records of `text`.
#[must_use]
pub fn records(text: &str) -> Records<'_> {
    let rest = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    let apart = match rest.as_bytes() {
        [b'<', b'0'..=b'9', ..] => Apart::Messages,
        [b'<', ..] => Apart::Elements,
        [b'{', ..] if object(rest).is_some_and(|end| is_line(rest, end)) => Apart::Lines,
        [b'{' | b'[', ..] => Apart::Objects,
        _ => Apart::Messages,
    };
    Records { rest, apart }
}

/// Whether the object that ends at `end` is all of its line.
fn is_line(text: &str, end: usize) -> bool {
    let (object, behind) = text.split_at_checked(end).unwrap_or((text, ""));
    !object.contains('\n') && (behind.is_empty() || behind.starts_with(['\n', '\r']))
}

impl<'a> Iterator for Records<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (start, end) = match self.apart {
            Apart::Elements => element(self.rest)?,
            Apart::Objects => {
                let start = self.rest.find('{')?;
                let rest = self.rest.get(start..)?;
                (start, start + object(rest).unwrap_or(rest.len()))
            }
            Apart::Lines => line(self.rest)?,
            Apart::Messages => message(self.rest)?,
        };
        let record = self.rest.get(start..end)?;
        self.rest = self.rest.get(end..)?;
        Some(record)
    }
}

/// Where the next `<Event>` begins and ends.
fn element(text: &str) -> Option<(usize, usize)> {
    const END: &str = "</Event>";
    let mut from = 0;
    let start = loop {
        let at = from + text.get(from..)?.find("<Event")?;
        match text.as_bytes().get(at + 6) {
            Some(b'>' | b' ' | b'\t' | b'\r' | b'\n') => break at,
            _ => from = at + 6,
        }
    };
    let end = text.get(start..)?.find(END);
    Some((start, end.map_or(text.len(), |end| start + end + END.len())))
}

/// Where the object ends that `text` begins with; none where it does not end.
fn object(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The next line that is not empty.
fn line(text: &str) -> Option<(usize, usize)> {
    // A NUL ends a line too, so that none begins with one: every record goes on.
    let start = text.find(|letter: char| !letter.is_whitespace() && letter != '\0')?;
    let end = text.get(start..)?.find('\n').map_or(text.len(), |end| start + end);
    Some((start, end))
}

/// The next message of a log that a syslog server wrote.
fn message(text: &str) -> Option<(usize, usize)> {
    let (start, _) = line(text)?;
    let rest = text.get(start..)?;
    let end = match Framer::new(MAX_EVENT).next(rest.as_bytes(), true) {
        Framed::Message { end, .. } => end,
        Framed::Oversized { next } => usize::try_from(next).unwrap_or(rest.len()).min(rest.len()),
        Framed::More | Framed::Rest { .. } => rest.len(),
    };
    // A message ends at a line feed, or where the octets of its count end.
    let end = text.ceil_char_boundary(start + end);
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<&str> {
        records(text).map(str::trim).collect()
    }

    #[test]
    fn records_stand_apart_in_many_ways() {
        let (one, two) = ("<Event xmlns='e'><EventData/></Event>", "<Event>\n2</Event>");
        let xml = format!("\u{feff}<?xml version=\"1.0\"?>\n<Events>\n{one}\n{two}</Events>\n");
        assert_eq!(split(&xml), [one, two]);
        assert_eq!(
            split("{\"a\":\"}\\\"\"}\n\n{\"b\":{}}\n"),
            ["{\"a\":\"}\\\"\"}", "{\"b\":{}}"]
        );
        assert_eq!(split("[ {\"a\":1},\n {\"b\":{}} ]"), ["{\"a\":1}", "{\"b\":{}}"]);
        assert_eq!(split("{\n \"a\": 1\n}\n{\n}\n"), ["{\n \"a\": 1\n}", "{\n}"]);
        assert_eq!(split("<13>one\n<14>two\n"), ["<13>one", "<14>two"]);
        assert_eq!(split("CEF:0|a\nCEF:0|b"), ["CEF:0|a", "CEF:0|b"]);
        let splunk = "EventCode=4776\r\nMessage=x\r\n\r\nError Code: 0x0";
        assert_eq!(split(&format!("{splunk}\r\n{splunk}\r\n")), [splunk, splunk]);
        assert_eq!(split("\0\0a\0b\0"), ["a", "b"]);
    }

    #[test]
    fn a_broken_line_costs_itself() {
        assert_eq!(
            split("{\"a\":1}\n{\"b\":\n{\"c\":3}"),
            ["{\"a\":1}", "{\"b\":", "{\"c\":3}"]
        );
        assert_eq!(split(""), Vec::<&str>::new());
    }

    proptest! {
        #[test]
        fn every_text_ends(text in "[\\x00<>Event/{}\\[\\]\"\\\\\n 0-9ü]{0,60}") {
            prop_assert!(records(&text).take(1_000).count() <= text.len());
        }
    }
}
