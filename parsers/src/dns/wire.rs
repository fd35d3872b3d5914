//! DNS messages as borrowed views (RFC 1035 §4.1, RFC 2136 §2 for updates): the `domain` crate walks them, names become text here.
//!
//! Nothing is followed twice: compression pointers lead backwards only, and every iteration ends at the first damage.

use compact_str::CompactString;
use domain::base::iana::{Class, Opcode, Rtype};
use domain::base::message::{Message, RecordSection, Section};
use domain::base::name::{ParsedName, ToLabelIter, ToName};
use domain::base::record::ParsedRecord;
use smallvec::SmallVec;

use crate::reader::Malformed;

/// Octets of the header.
pub(super) const HEADER: usize = 12;

/// One message.
///
/// ```text
/// u16 ID; QR Opcode(4) AA TC RD RA Z AD CD RCODE(4); u16 QDCOUNT ANCOUNT NSCOUNT ARCOUNT;
/// questions; answers; authorities; additionals
/// ```
/// An update calls its four sections zone, prerequisites, updates and additional data.
#[derive(Clone, Copy)]
pub(super) struct Packet<'a> {
    message: &'a Message<[u8]>,
}

/// What a message asks; for an update, the zone.
pub(super) struct Question<'a> {
    pub(super) name: ParsedName<&'a [u8]>,
    pub(super) qtype: Rtype,
}

impl<'a> Packet<'a> {
    /// The message in `bytes`.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let message = Message::from_slice(bytes).map_err(|_| Malformed("header cut short"))?;
        Ok(Self { message })
    }

    pub(super) fn id(&self) -> u16 {
        self.message.header().id()
    }

    /// QR: an answer.
    pub(super) fn is_response(&self) -> bool {
        self.message.header().qr()
    }

    pub(super) fn opcode(&self) -> Opcode {
        self.message.header().opcode()
    }

    /// RCODE of the header; the upper bits of EDNS are not in it.
    pub(super) fn rcode(&self) -> u8 {
        self.message.header().rcode().to_int()
    }

    /// TC: the rest is to be had over TCP.
    pub(super) fn is_truncated(&self) -> bool {
        self.message.header().tc()
    }

    /// The header's flags that are set, by their names in RFC 1035 and RFC 4035.
    pub(super) fn flags(&self) -> impl Iterator<Item = &'static str> {
        let header = self.message.header();
        [
            ("aa", header.aa()),
            ("tc", header.tc()),
            ("rd", header.rd()),
            ("ra", header.ra()),
            ("ad", header.ad()),
            ("cd", header.cd()),
        ]
        .into_iter()
        .filter_map(|(name, set)| set.then_some(name))
    }

    /// How many questions, answers, authorities and additional records are announced.
    pub(super) fn counts(&self) -> [u16; 4] {
        let counts = self.message.header_counts();
        [counts.qdcount(), counts.ancount(), counts.nscount(), counts.arcount()]
    }

    /// The questions that can be read.
    pub(super) fn questions(&self) -> impl Iterator<Item = Question<'a>> {
        self.message.question().map_while(Result::ok).map(|question| Question {
            name: *question.qname(),
            qtype: question.qtype(),
        })
    }

    /// The first question: none where there is none, an error where it is broken.
    pub(super) fn question(&self) -> Result<Option<Question<'a>>, Malformed> {
        match self.questions().next() {
            None if self.counts()[0] > 0 => Err(Malformed("question")),
            question => Ok(question),
        }
    }

    /// The answers; an update's prerequisites.
    pub(super) fn answers(&self) -> Result<RecordSection<'a, [u8]>, Malformed> {
        self.message.answer().map_err(|_| Malformed("question"))
    }

    /// Every record with its section, as far as they can be read.
    pub(super) fn records(&self) -> impl Iterator<Item = (Section, ParsedRecord<'a, [u8]>)> {
        self.message
            .iter()
            .map_while(Result::ok)
            .map(|(record, section)| (section, record))
    }

    /// Whether the header could be one: a known opcode, the reserved bit clear, room for what is announced.
    ///
    /// `length` is what the transport says the message has. A question takes at least 5 octets, a record 11.
    pub(super) fn is_sane(&self, length: usize) -> bool {
        let header = self.message.header();
        let [questions, records @ ..] = self.counts().map(usize::from);
        let least = HEADER + questions * 5 + records.iter().sum::<usize>() * 11;
        matches!(
            header.opcode(),
            Opcode::QUERY | Opcode::IQUERY | Opcode::STATUS | Opcode::NOTIFY | Opcode::UPDATE
        ) && !header.z()
            && (questions > 0 || header.qr())
            && least <= length
    }

    /// Whether nothing else looks like this: one question for a host name in a class and type that exist, nothing in a query
    /// that only answers have, and not an octet too many or too few. Enough to believe on any port.
    pub(super) fn is_certain(&self) -> bool {
        let header = self.message.header();
        let [questions, answers, authorities, additionals] = self.counts();
        let query = !header.aa() && !header.ra() && self.rcode() == 0 && (answers, authorities) == (0, 0);
        questions == 1
            && self.opcode() == Opcode::QUERY
            && (self.is_response() || (query && additionals <= 1))
            && self.message.first_question().is_some_and(|question| {
                question.qclass() == Class::IN
                    && question.qtype().to_mnemonic_str().is_some()
                    && is_host(question.qname())
            })
            && self.end() == Some(self.message.as_slice().len())
    }

    /// Where the last record ends.
    fn end(&self) -> Option<usize> {
        let mut section = self.message.answer().ok()?;
        loop {
            if section.by_ref().any(|record| record.is_err()) {
                return None;
            }
            let end = section.pos();
            match section.next_section().ok()? {
                Some(next) => section = next,
                None => return Some(end),
            }
        }
    }
}

/// At least two labels of letters, digits, hyphens and underscores. A first one of 32 letters A to P is a NetBIOS name (RFC
/// 1001 §14.1), whose protocol looks the same.
fn is_host(name: &ParsedName<&[u8]>) -> bool {
    let plain = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    let first = name.first().as_slice();
    let netbios = first.len() == 32 && first.iter().all(|octet| (b'A'..=b'P').contains(octet));
    name.label_count() > 2 && !netbios && name.iter_labels().all(|label| label.as_slice().iter().all(plain))
}

/// A name as text without the trailing dot; the root is empty.
///
/// Labels are bytes: UTF-8 stands as it is, a dot or backslash within a label is escaped by a backslash, what is no text
/// is `\DDD` (RFC 1035 §5.1).
pub(super) fn name(name: &ParsedName<&[u8]>) -> CompactString {
    if let Some(text) = name.as_flat_slice().and_then(flat) {
        return text;
    }
    let mut text = SmallVec::new();
    for label in name.iter_labels().filter(|label| !label.is_root()) {
        if !text.is_empty() {
            text.push(b'.');
        }
        push_label(&mut text, label.as_slice());
    }
    CompactString::from_utf8(text).unwrap_or_default() // only whole characters were pushed
}

/// The text of a name that stands in one piece and of whose octets each stands for itself, as nearly all do.
fn flat(labels: &[u8]) -> Option<CompactString> {
    let mut text = SmallVec::<[u8; 256]>::new();
    let mut rest = labels;
    while let Some((length @ 1.., tail)) = rest.split_first() {
        let (label, tail) = tail.split_at_checked(usize::from(*length))?;
        if !label.iter().fold(true, |plain, octet| plain & is_plain(octet)) {
            return None;
        }
        text.extend_from_slice(label);
        text.push(b'.');
        rest = tail;
    }
    text.pop();
    CompactString::from_utf8(text).ok()
}

/// Whether `name` reads as `text` does, in any case (RFC 4343).
pub(super) fn reads(name: &ParsedName<&[u8]>, text: &str) -> bool {
    let mut rest = text.as_bytes();
    for (at, label) in name.iter_labels().filter(|label| !label.is_root()).enumerate() {
        let label = label.as_slice();
        if !label.iter().all(is_plain) {
            return self::name(name).eq_ignore_ascii_case(text);
        }
        let dots = usize::from(at > 0);
        let Some((dot, Some((same, behind)))) = rest
            .split_at_checked(dots)
            .map(|(dot, rest)| (dot, rest.split_at_checked(label.len())))
        else {
            return false;
        };
        if dot.iter().any(|octet| *octet != b'.') || !same.eq_ignore_ascii_case(label) {
            return false;
        }
        rest = behind;
    }
    rest.is_empty()
}

/// Whether an octet of a label stands for itself.
const fn is_plain(octet: &u8) -> bool {
    matches!(octet, b' '..=b'~') && !matches!(octet, b'.' | b'\\')
}

/// The name with U+FFFD in place of what is no text, where there is such a thing: what a person can read of it.
pub(super) fn readable(name: &ParsedName<&[u8]>) -> Option<CompactString> {
    let labels = || name.iter_labels().filter(|label| !label.is_root());
    if labels().all(|label| std::str::from_utf8(label.as_slice()).is_ok()) {
        return None;
    }
    let labels: Vec<_> = labels()
        .map(|label| String::from_utf8_lossy(label.as_slice()))
        .collect();
    Some(labels.join(".").into())
}

fn push_label(text: &mut SmallVec<[u8; 256]>, label: &[u8]) {
    if label.iter().all(is_plain) {
        return text.extend_from_slice(label);
    }
    for part in label.utf8_chunks() {
        for character in part.valid().chars() {
            match character {
                '.' | '\\' => text.extend_from_slice(&[b'\\', character as u8]),
                control if control.is_ascii_control() => push_octet(text, control as u8),
                plain => text.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        for octet in part.invalid() {
            push_octet(text, *octet);
        }
    }
}

fn push_octet(text: &mut SmallVec<[u8; 256]>, octet: u8) {
    text.extend_from_slice(compact_str::format_compact!("\\{octet:03}").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    #[test]
    fn names_are_bytes() {
        let header = "0001 0100 0001 0000 0000 0000";
        let packet = unhex(&format!("{header} 03 612e62 07 6ac3bc7267656e 02 01ff 00 0001 0001"));
        let packet = Packet::new(&packet).unwrap();
        let question = packet.question().unwrap().unwrap();
        assert_eq!(name(&question.name), "a\\.b.jürgen.\\001\\255");
        assert!(reads(&question.name, "A\\.b.jürgen.\\001\\255"));
        assert!(!reads(&question.name, "a.b"));
    }

    #[test]
    fn a_name_reads_the_same_in_any_case() {
        let packet = unhex("0001 0100 0001 0000 0000 0000 03 777757 03 536561 00 0001 0001");
        let question = Packet::new(&packet).unwrap().question().unwrap().unwrap();
        assert!(reads(&question.name, "www.sea"));
        for other in [
            "www",
            "www.se",
            "www.seas",
            "www.sea.",
            "wwwsea",
            "",
            "www.sea.x",
            "www-sea",
        ] {
            assert!(!reads(&question.name, other), "{other}");
        }
    }

    #[test]
    fn a_compression_loop_is_an_error_and_no_hang() {
        let packet = unhex("0001 0100 0001 0000 0000 0000 0161 c00c 0001 0001");
        assert_eq!(
            Packet::new(&packet).unwrap().question().err(),
            Some(Malformed("question"))
        );
        let forward = unhex("0001 0100 0001 0000 0000 0000 c010 0001 0001 00 00");
        assert!(Packet::new(&forward).unwrap().question().is_err());
    }

    #[test]
    fn a_name_that_is_no_text_is_readable_and_whole() {
        let packet = unhex("0001 0100 0001 0000 0000 0000 03 61ff62 03 736561 00 0001 0001");
        let question = Packet::new(&packet).unwrap().question().unwrap().unwrap();
        assert_eq!(readable(&question.name).as_deref(), Some("a\u{fffd}b.sea"));
        assert_eq!(name(&question.name), "a\\255b.sea");
    }

    #[test]
    fn only_dns_to_the_last_octet_is_certain() {
        let query = unhex("0001 0100 0001 0000 0000 0000 03 777777 03 736561 00 0001 0001");
        assert!(Packet::new(&query).unwrap().is_certain());
        let behind = [query.as_slice(), &[0]].concat();
        assert!(!Packet::new(&behind).unwrap().is_certain());
        let netbios = unhex("0001 0110 0001 0000 0000 0000 04 434b4141 00 0020 0001");
        assert!(!Packet::new(&netbios).unwrap().is_certain());
    }
}
