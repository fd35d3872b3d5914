//! LDIF (RFC 2849) as `ldapsearch` and `ldbsearch` write it: one record at a time, in memory that does not grow with the file.
//!
//! A damaged line costs its record, an unknown attribute costs nothing. Change records and `:<` references are no exports.

use std::io::{self, BufRead};

use parsers::text;

use super::base64;
use super::record::{Attribute, Record};

/// The longest line, unfolded: longer ones spoil their record. Certificates and photos are far below it.
const MAX_LINE: usize = 16 << 20;
/// The most values read of one record: more members than a group can be asked for at once.
const MAX_VALUES: usize = 1 << 20;

/// What the file says next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// An object.
    Record(Record),
    /// A record that cannot be used: the line, what is wrong with it, what that costs.
    Damage(u64, &'static str, &'static str),
}

/// Reads a file of LDIF.
pub(crate) struct Ldif<R> {
    input: R,
    /// Lines read so far.
    line: u64,
    /// The unfolded line.
    logical: Vec<u8>,
    /// The next physical line, read to see whether it continues the one before.
    ahead: Vec<u8>,
    ahead_full: bool,
    ended: bool,
}

/// One unfolded line.
enum Line {
    End,
    Blank,
    TooLong,
    Text,
}

impl<R: BufRead> Ldif<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            line: 0,
            logical: Vec::new(),
            ahead: Vec::new(),
            ahead_full: false,
            ended: false,
        }
    }

    /// The next record, or what is wrong with it; none at the end.
    pub(crate) fn item(&mut self) -> io::Result<Option<Item>> {
        loop {
            let mut draft = Draft::default();
            let ended = loop {
                let start = self.line + 1 - u64::from(self.ahead_full);
                match self.logical()? {
                    Line::End => break true,
                    Line::Blank => break false,
                    Line::TooLong => draft.spoil(start, "a line is longer than 16 MiB"),
                    Line::Text => draft.line(start, &self.logical),
                }
            };
            if let Some(item) = draft.finish() {
                return Ok(Some(item));
            }
            if ended {
                return Ok(None);
            }
        }
    }

    /// Unfolds the next line into `self.logical`.
    fn logical(&mut self) -> io::Result<Line> {
        self.logical.clear();
        if !self.fill()? {
            return Ok(Line::End);
        }
        if self.ahead.is_empty() {
            self.ahead_full = false;
            return Ok(Line::Blank);
        }
        let mut too_long = false;
        std::mem::swap(&mut self.logical, &mut self.ahead);
        self.ahead_full = false;
        while self.fill()? {
            let Some((b' ', rest)) = self.ahead.split_first() else {
                break;
            };
            if self.logical.len().saturating_add(rest.len()) > MAX_LINE {
                too_long = true;
            } else {
                self.logical.extend_from_slice(rest);
            }
            self.ahead_full = false;
        }
        Ok(if too_long || self.logical.len() > MAX_LINE {
            Line::TooLong
        } else {
            Line::Text
        })
    }

    /// Holds the next physical line in `self.ahead`, without its line ending; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ahead_full {
            return Ok(true);
        }
        self.ahead.clear();
        if self.ended || read_line(&mut self.input, &mut self.ahead)? == 0 {
            self.ended = true;
            return Ok(false);
        }
        self.line += 1;
        while matches!(self.ahead.last(), Some(b'\n' | b'\r')) {
            self.ahead.pop();
        }
        self.ahead_full = true;
        Ok(true)
    }
}

/// Reads up to and with the next line feed, keeping no more than `MAX_LINE` bytes and one; says how many were read.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let mut total = 0;
    loop {
        let available = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let end = available.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let taken = end.unwrap_or(available.len());
        let room = (MAX_LINE + 1).saturating_sub(line.len()).min(taken);
        line.extend_from_slice(available.get(..room).unwrap_or_default());
        input.consume(taken);
        total += taken;
        if end.is_some() || taken == 0 {
            return Ok(total);
        }
    }
}

/// A record while its lines come in.
#[derive(Default)]
struct Draft {
    record: Record,
    started: bool,
    damage: Option<(u64, &'static str)>,
    /// Lines of a search's epilogue (`search: 2`, `result: 0 Success`, `ref: ldap://…`), which is no record.
    epilogue: bool,
}

impl Draft {
    /// attrval-spec = AttributeDescription ":" ( SAFE-STRING / ":" BASE64-STRING / "<" url )
    fn line(&mut self, number: u64, line: &[u8]) {
        if line.first() == Some(&b'#') {
            return;
        }
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line); // a byte order mark in front of the file
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return self.spoil(number, "a line has no colon");
        };
        let (name, rest) = line.split_at(colon);
        let rest = rest.get(1..).unwrap_or_default();
        if !self.started {
            self.begin(number, name);
        }
        let is_dn = name.eq_ignore_ascii_case(b"dn");
        let attribute = Attribute::of(name);
        if !is_dn && attribute.is_none() {
            if name.eq_ignore_ascii_case(b"changetype") {
                self.spoil(number, "it is a change, not an object");
            }
            return;
        }
        let Some(value) = value(rest) else {
            return self.spoil(number, "a value is not base64, or a reference to another file");
        };
        match attribute {
            _ if is_dn => self.record.dn = text::bytes(&value),
            Some(attribute) if self.record.values.len() < MAX_VALUES => self.record.values.push((attribute, value)),
            _ => self.spoil(number, "it has more than a million values"),
        }
    }

    fn begin(&mut self, number: u64, name: &[u8]) {
        self.started = true;
        self.record.line = number;
        let extra: [&[u8]; 7] = [
            b"version",
            b"search",
            b"result",
            b"ref",
            b"matchedDN",
            b"text",
            b"control",
        ];
        if extra.iter().any(|word| name.eq_ignore_ascii_case(word)) || name.starts_with(b"pagedresults") {
            self.epilogue = true;
            self.started = name != b"version"; // `version: 1` may stand right before the first dn
        } else if !name.eq_ignore_ascii_case(b"dn") {
            self.spoil(number, "it does not begin with dn");
        }
    }

    fn spoil(&mut self, number: u64, what: &'static str) {
        self.started = true;
        self.damage.get_or_insert((number, what));
    }

    fn finish(mut self) -> Option<Item> {
        if !self.started || (self.epilogue && self.record.dn.is_empty()) {
            return None;
        }
        if let Some((line, what)) = self.damage {
            return Some(Item::Damage(line, what, "the record is skipped"));
        }
        if self.record.dn.is_empty() {
            self.record.dn = self.record.text(Attribute::DistinguishedName).unwrap_or_default();
        }
        Some(Item::Record(self.record))
    }
}

/// What stands behind the colon; none for bad base64 and for `:<`, which names another file.
fn value(rest: &[u8]) -> Option<Vec<u8>> {
    match rest.split_first() {
        Some((b':', coded)) => base64::decode(coded),
        Some((b'<', _)) => None,
        _ => Some(rest.trim_ascii_start().to_vec()),
    }
}

/// The name that a plain DN has, for tests of this folder.
#[cfg(test)]
pub(crate) fn records(text: &str) -> Vec<Item> {
    let mut ldif = Ldif::new(text.as_bytes());
    std::iter::from_fn(|| ldif.item().unwrap()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn only(text: &str) -> Record {
        match records(text).pop() {
            Some(Item::Record(record)) => record,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn folding_comments_and_base64() {
        let record = only(
            "# a comment\n#  that folds\n  further\ndn: CN=bob,OU=Sta\n ff,DC=lab\nSAMACCOUNTNAME:: asO8cmdlbg==\n\
             replPropertyMetaData:: AQAU\n AAAA\nmember;range=0-1: CN=a\nmember: CN=b\n",
        );
        assert_eq!(record.dn, "CN=bob,OU=Staff,DC=lab");
        assert_eq!(record.line, 4);
        assert_eq!(record.text(Attribute::SamAccountName).as_deref(), Some("jürgen"));
        assert_eq!(record.texts(Attribute::Member).collect::<Vec<_>>(), ["CN=a", "CN=b"]);
        assert_eq!(record.values.len(), 3);
    }

    #[test]
    fn a_bad_record_costs_that_record() {
        let items = records(
            "dn: CN=a\r\ncn: a\r\n\r\ndn: CN=b\nobjectSid:: !!\n\ncn: lost\n\ndn: CN=c\nchangetype: modify\n\n\
             dn: CN=d\nmember:< file:///etc/passwd\n\ndn: CN=e\n",
        );
        let names: Vec<_> = items
            .iter()
            .map(|item| match item {
                Item::Record(record) => record.dn.as_str(),
                Item::Damage(line, _, _) => ["", "5", "7", "10", "13"]
                    .into_iter()
                    .find(|text| *text == line.to_string())
                    .unwrap_or("?"),
            })
            .collect();
        assert_eq!(names, ["CN=a", "5", "7", "10", "13", "CN=e"]);
    }

    #[test]
    fn the_words_around_a_search_are_no_records() {
        assert_eq!(
            records("version: 1\n\ndn: CN=a\n\n# search result\nsearch: 2\nresult: 0 Success\n\n# Referral\nref: ldap://x\n\n").len(),
            1
        );
        assert_eq!(only("version: 1\ndn: CN=a\n").dn, "CN=a");
    }

    proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let mut ldif = Ldif::new(bytes.as_slice());
            while ldif.item().unwrap().is_some() {}
        }

        #[test]
        fn no_damage_panics(at in 0_usize..300, byte: u8) {
            let mut text = b"dn: CN=bob,DC=lab\nobjectClass: user\nobjectSid:: AQUAAAAAAAUVAAAA\nsAMAccountName: bob\n x\n\ndn:: Q049YQ==\n".repeat(2);
            if let Some(slot) = text.get_mut(at) {
                *slot = byte;
            }
            let mut ldif = Ldif::new(text.as_slice());
            while ldif.item().unwrap().is_some() {}
        }
    }
}
