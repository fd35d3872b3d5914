//! Where one syslog message of a stream ends and the next begins (RFC 6587 §3.4).
//!
//! Octet counting says it. Without counts a message ends at its line feed; but Splunk's and RSA's messages, and indented XML and
//! JSON, have line feeds of their own. Of those, one ends where the next begins, where its format says so, or when nothing
//! comes any more: only the caller, who has a clock, can tell that. The next one begins with its header's priority, or with a
//! key of Splunk's that the message already had.

use super::splunk;

/// What the octets that wait amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed {
    /// No whole message yet: read more, and show all octets again with them.
    More,
    /// A message stands at `start..end`; the next begins at `next`.
    Message {
        /// Its first octet.
        start: usize,
        /// Behind its last octet.
        end: usize,
        /// Where to go on.
        next: usize,
    },
    /// A message longer than the limit: `next` octets, which may not all be there yet, are to be passed over.
    Oversized {
        /// How many.
        next: u64,
    },
    /// More of a message that was oversized, to be passed over too.
    Rest {
        /// How many.
        next: usize,
    },
}

/// What a message is that holds line feeds of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// It ends with the line.
    No,
    /// It ends with `</Event>` or `</Events>`.
    Xml,
    /// It ends with a brace at the beginning of a line.
    Json,
    /// It ends with its ninth field.
    Rsa,
    /// It has no end of its own.
    Unmarked,
}

/// Cuts a stream of syslog messages; no I/O and no clock.
///
/// Each call shows the octets from where the last message ended. How far they were searched is remembered, so that a slow
/// sender costs no more than a fast one.
#[derive(Clone, Debug)]
pub struct Framer {
    limit: usize,
    searched: usize,
    lines: usize,
    open: Open,
    /// Which of Splunk's keys the message had so far.
    keys: splunk::Keys,
    /// The rest of an oversized line is passed over.
    skips: bool,
}

/// Digits of the longest count: a larger one is over every limit.
const MAX_DIGITS: usize = 9;

impl Framer {
    /// Messages of at most `limit` octets.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            searched: 0,
            lines: 0,
            open: Open::No,
            keys: splunk::Keys::NONE,
            skips: false,
        }
    }

    /// The first message of `waiting`. `idle` says that nothing came for a moment or that the stream ended: what is there
    /// without an end of its own is whole, and of an unfinished count nothing comes any more.
    pub fn next(&mut self, waiting: &[u8], idle: bool) -> Framed {
        if self.skips {
            return self.skip(waiting);
        }
        if self.searched == 0
            && let Some(framed) = counted(waiting, self.limit)
        {
            return framed;
        }
        let framed = self.lines(waiting, idle);
        if framed != Framed::More {
            let skips = self.skips;
            *self = Self {
                skips,
                ..Self::new(self.limit)
            };
        }
        framed
    }

    fn lines(&mut self, waiting: &[u8], idle: bool) -> Framed {
        let within = waiting.get(..=self.limit).unwrap_or(waiting);
        while let Some(at) = feed(within, self.searched) {
            let line = self.line(waiting, at);
            let next = at + 1;
            let whole = Framed::Message {
                start: 0,
                end: at,
                next,
            };
            if self.ends(line) {
                return whole;
            }
            // Whether the next line is of this message shows in its first octets.
            match self.another(waiting.get(next..).unwrap_or_default()) {
                Some(true) => return whole,
                None if !idle => return Framed::More,
                _ => (self.searched, self.lines) = (next, self.lines + 1),
            }
        }
        if waiting.len() > self.limit {
            self.skips = true;
            return Framed::Oversized {
                next: within.len() as u64,
            };
        }
        match idle && !waiting.is_empty() {
            true => Framed::Message {
                start: 0,
                end: waiting.len(),
                next: waiting.len(),
            },
            false => Framed::More,
        }
    }

    /// Passes over what is left of an oversized line.
    fn skip(&mut self, waiting: &[u8]) -> Framed {
        let end = feed(waiting, 0);
        self.skips = end.is_none();
        match end.map_or(waiting.len(), |at| at + 1) {
            0 => Framed::More,
            next => Framed::Rest { next },
        }
    }

    /// The line that ends at `at`; the first one tells what the message is.
    fn line<'a>(&mut self, waiting: &'a [u8], at: usize) -> &'a [u8] {
        let line = waiting.get(self.searched..at).unwrap_or_default();
        if self.lines == 0 || self.open == Open::Unmarked && self.keys == splunk::Keys::NONE {
            self.open = opens(line, self.open);
        }
        if self.open == Open::Unmarked {
            self.keys.add(line);
        }
        line
    }

    /// Whether another message begins here. Splunk's need no header: then a key tells that no message has twice, or that stands
    /// behind the message text. None where too little is there to tell.
    fn another(&self, bytes: &[u8]) -> Option<bool> {
        match begins(bytes) {
            Some(false) if self.open == Open::Unmarked => self.keys.another(bytes),
            told => told,
        }
    }

    /// Whether the message ends with `line`, whatever follows.
    fn ends(&self, line: &[u8]) -> bool {
        let trimmed = line.trim_ascii_end();
        match self.open {
            Open::No => true,
            Open::Xml => trimmed.ends_with(b"</Event>") || trimmed.ends_with(b"</Events>"),
            Open::Json => trimmed == b"}",
            Open::Rsa => self.lines >= 8,
            Open::Unmarked => false,
        }
    }
}

/// A message that says how long it is: `MSGLEN SP SYSLOG-MSG`.
fn counted(waiting: &[u8], limit: usize) -> Option<Framed> {
    let digits = waiting
        .iter()
        .take(MAX_DIGITS + 1)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    match waiting.first() {
        Some(b'1'..=b'9') if digits <= MAX_DIGITS => {}
        _ => return None,
    }
    let (count, rest) = waiting.split_at_checked(digits)?;
    match rest.first() {
        None => return Some(Framed::More),
        Some(b' ') => {}
        Some(_) => return None,
    }
    let count = count
        .iter()
        .fold(0, |count, digit| count * 10 + usize::from(digit - b'0'));
    let (start, next) = (digits + 1, digits + 1 + count);
    if count > limit {
        return Some(Framed::Oversized { next: next as u64 });
    }
    Some(match waiting.len() < next {
        true => Framed::More,
        false => Framed::Message { start, end: next, next },
    })
}

/// Where the next line feed or NUL stands, with which some senders end their lines.
fn feed(waiting: &[u8], from: usize) -> Option<usize> {
    let found = waiting.get(from..)?.iter().position(|byte| matches!(byte, b'\n' | 0))?;
    Some(from + found)
}

/// Whether a message begins here: a priority, or a count before one. None where too little is there to tell.
fn begins(bytes: &[u8]) -> Option<bool> {
    let digits = bytes
        .iter()
        .take(MAX_DIGITS)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let rest = match (bytes.get(digits..)?, digits) {
        ([], _) => return None,
        ([b' ', rest @ ..], 1..) => rest,
        (rest, 0) => rest,
        _ => return Some(false),
    };
    match rest {
        [] | [b'<'] => None,
        [b'<', second, ..] => Some(second.is_ascii_digit()),
        _ => Some(false),
    }
}

/// What a message is whose first line is `line`, or which is `open` so far.
fn opens(line: &[u8], open: Open) -> Open {
    let has = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
    if has(b"RsaSA") {
        return Open::Rsa;
    }
    if has(b"<Event") {
        return Open::Xml;
    }
    if line.trim_ascii_end().ends_with(b"{") {
        return Open::Json;
    }
    if has(b"EventCode=") || splunk::Keys::of(line) != splunk::Keys::NONE {
        return Open::Unmarked;
    }
    let lined = [b"\t".as_slice(), b"{", b"CEF:", b"AgentDevice=", b"AgentLogFile="];
    if line.ends_with(b"\r") && !lined.iter().any(|word| has(word)) {
        return Open::Unmarked;
    }
    open
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The messages of a stream that comes in pieces of `step` octets.
    fn messages(stream: &[u8], step: usize) -> Vec<String> {
        let (mut framer, mut waiting, mut found) = (Framer::new(1_000), Vec::new(), Vec::new());
        let mut pieces = stream.chunks(step);
        loop {
            let piece = pieces.next();
            waiting.extend(piece.unwrap_or_default());
            let mut at = 0;
            while let Framed::Message { start, end, next } = framer.next(&waiting[at..], piece.is_none()) {
                found.push(
                    String::from_utf8_lossy(&waiting[at + start..at + end])
                        .trim_end()
                        .to_owned(),
                );
                at += next;
            }
            waiting.drain(..at);
            if piece.is_none() {
                return found;
            }
        }
    }

    const SPLUNK: &str = "<13>Nov 30 10:00:00 siem\r\nEventCode=4776\r\nMessage=The computer\r\n\r\nError Code: 0x0";
    const XML: &str = "<14>Nov 30 10:00:00 dc1 <Event>\n <System>\n </System>\n</Event>";
    const JSON: &str = "<14>1 - - - - - - {\n \"a\": {\n }\n}";

    #[test]
    fn counts_and_lines_are_told_apart() {
        assert_eq!(messages(b"5 <13>a4 <1>\n3 abc", 100), ["<13>a", "<1>", "abc"]);
        assert_eq!(
            messages(b"<13>a\n<13>b\r\n<13>c\0<13>d", 100),
            ["<13>a", "<13>b", "<13>c", "<13>d"]
        );
    }

    #[test]
    fn a_message_may_hold_line_feeds() {
        let rsa = "RsaSA\n1\n2\n3\n4\n5\n6\n7\n8";
        let stream = [SPLUNK, XML, JSON, rsa, "<13>last"].join("\n");
        let expected = [SPLUNK, XML, JSON, rsa, "<13>last"];
        for step in [1, 2, 3, 7, 1_000] {
            assert_eq!(messages(stream.as_bytes(), step), expected, "in pieces of {step}");
        }
    }

    #[test]
    fn splunk_needs_no_header() {
        let pairs = |id| format!("EventCode={id}\r\nLogfile=Security\r\nTimeGenerated=20150310132717.784882-000\r\n");
        let told = "Message=The computer\r\n\r\nLogon Account: LogName\r\n\r\nError Code: 0x0";
        let (first, second) = (format!("{}{told}", pairs(4_776)), format!("{}{told}", pairs(4_728)));
        // Keys in another order, and events without a message.
        let third = format!(
            "LogName=Security\r\n{}{told}",
            pairs(4_729).replace("Logfile=Security\r\n", "")
        );
        let bare = pairs(4_726).trim_end().to_owned();
        let literal = format!(
            "\\r\\n{}Message=\nThe computer\n\nError Code: 0x0",
            pairs(4_740).replace("\r\n", "\\r\\n")
        );
        let expected = [
            &first, &second, &third, &bare, &bare, &first, &literal, &literal, &first,
        ];
        for feed in ["\r\n", "\n"] {
            let expected = expected.map(|message| message.replace("\r\n", feed));
            let stream = expected.join(feed);
            for step in [1, 2, 3, 7, 10_000] {
                assert_eq!(messages(stream.as_bytes(), step), expected, "in pieces of {step}");
            }
        }
        // A blank line may stand where the header would.
        let headless: String = (0..3).map(|_| format!("\r\n{first}\r\n")).collect();
        let found = messages(headless.as_bytes(), 5);
        assert_eq!(
            found.iter().map(|message| message.trim()).collect::<Vec<_>>(),
            [&first; 3]
        );
    }

    #[test]
    fn qradar_ends_with_its_line_whatever_ends_it() {
        let line = "AgentDevice=WindowsLog AgentLogFile=Security EventID=4776 Message=x Error Code: 0x0";
        let stream = format!("{line}\r\n{line}\r\n");
        assert_eq!(messages(stream.as_bytes(), 100), [line, line]);
    }

    #[test]
    fn what_is_too_long_is_passed_over() {
        let mut framer = Framer::new(10);
        assert_eq!(framer.next(b"11 <13>", false), Framed::Oversized { next: 14 });
        assert_eq!(framer.next(b"<13>56789ab", false), Framed::Oversized { next: 11 });
        assert_eq!(framer.next(b"cd", false), Framed::Rest { next: 2 });
        assert_eq!(framer.next(b"e\n<1>a\n", false), Framed::Rest { next: 2 });
        let (start, end, next) = (0, 4, 5);
        assert_eq!(framer.next(b"<1>a\n", false), Framed::Message { start, end, next });
        assert_eq!(framer.next(b"12", false), Framed::More);
        assert_eq!(framer.next(b"1234567890 <13>", false), Framed::Oversized { next: 11 });
    }

    proptest! {
        #[test]
        fn no_octet_is_lost_or_taken_twice(stream in prop::collection::vec(prop_oneof![
            Just(b'\n'), Just(b'<'), Just(b'1'), Just(b' '), Just(b'\r'), any::<u8>()], 0..200)) {
            let (mut framer, mut rest) = (Framer::new(50), &stream[..]);
            loop {
                let next = match framer.next(rest, true) {
                    Framed::More => break,
                    Framed::Message { start, end, next } => {
                        prop_assert!(start <= end && end <= next && next <= rest.len() && end - start <= 50);
                        next
                    }
                    Framed::Oversized { next } => usize::try_from(next).unwrap().min(rest.len()),
                    Framed::Rest { next } => next,
                };
                prop_assert!(next > 0);
                rest = &rest[next..];
            }
            // Only a count that was not fulfilled leaves something behind.
            prop_assert!(rest.is_empty() || rest[0].is_ascii_digit());
        }
    }
}
