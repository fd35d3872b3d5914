//! Messages of the name service as they lie on the wire (RFC 1002 §4.2).

use crate::netbios::name::{LENGTH, Name};
use crate::reader::{Malformed, Reader};

/// Most records of a message that are read.
const MAX_RECORDS: usize = 64;

/// NB: names with addresses.
pub(super) const NB: u16 = 0x20;
/// NBSTAT: a node's table of names.
pub(super) const NBSTAT: u16 = 0x21;

/// One message.
///
/// ```text
/// u16 NAME_TRN_ID; R OPCODE(4) NM_FLAGS(7) RCODE(4); u16 QDCOUNT ANCOUNT NSCOUNT ARCOUNT; questions; records
/// ```
#[derive(Clone, Debug)]
pub(super) struct Message<'a> {
    pub(super) id: u16,
    pub(super) flags: u16,
    pub(super) question: Option<Question>,
    pub(super) records: Vec<Record<'a>>,
    /// What could not be read, and ended the reading.
    pub(super) broken: Option<&'static str>,
}

/// What is asked, or about which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) name: Name,
    pub(super) qtype: u16,
}

/// `name; u16 type; u16 class; u32 ttl; u16 length; data`
#[derive(Clone, Debug)]
pub(super) struct Record<'a> {
    pub(super) name: Name,
    pub(super) rtype: u16,
    pub(super) ttl: u32,
    pub(super) data: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads a message as far as it is whole.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let (id, flags) = (reader.u16_be("header")?, reader.u16_be("header")?);
        let questions = reader.u16_be("header")?;
        let mut records = 0;
        for _ in 0..3 {
            records += usize::from(reader.u16_be("header")?);
        }
        if questions > 1 {
            return Err(Malformed("questions"));
        }
        let mut message = Self {
            id,
            flags,
            question: None,
            records: Vec::new(),
            broken: None,
        };
        if let Err(Malformed(what)) = message.body(questions, records, &mut reader, bytes) {
            message.broken = Some(what);
        }
        Ok(message)
    }

    fn body(
        &mut self,
        questions: u16,
        records: usize,
        reader: &mut Reader<'a>,
        bytes: &'a [u8],
    ) -> Result<(), Malformed> {
        if questions > 0 {
            self.question = Some(Question::read(reader, bytes)?);
        }
        for _ in 0..records.min(MAX_RECORDS) {
            self.records.push(Record::read(reader, bytes)?);
        }
        Ok(())
    }

    pub(super) const fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    pub(super) const fn opcode(&self) -> u8 {
        (self.flags >> 11) as u8 & 15
    }

    pub(super) const fn rcode(&self) -> u8 {
        self.flags as u8 & 15
    }

    /// The name it is about, and the type that is asked for or answered.
    pub(super) fn subject(&self) -> Option<(&Name, u16)> {
        let question = self.question.as_ref().map(|question| (&question.name, question.qtype));
        question.or_else(|| self.records.first().map(|record| (&record.name, record.rtype)))
    }

    /// NM_FLAGS that are set, by their names in lower case.
    pub(super) fn flag_names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let flags = self.flags;
        [("aa", 10), ("tc", 9), ("rd", 8), ("ra", 7), ("broadcast", 4)]
            .into_iter()
            .filter_map(move |(name, bit)| (flags >> bit & 1 != 0).then_some(name))
    }
}

impl Question {
    fn read<'b>(reader: &mut Reader<'b>, message: &'b [u8]) -> Result<Self, Malformed> {
        let name = Name::read(reader, message)?;
        let qtype = reader.u16_be("question")?;
        reader.skip(2, "question")?;
        Ok(Self { name, qtype })
    }
}

impl<'a> Record<'a> {
    fn read(reader: &mut Reader<'a>, message: &'a [u8]) -> Result<Self, Malformed> {
        let name = Name::read(reader, message)?;
        let rtype = reader.u16_be("record")?;
        reader.skip(2, "record")?;
        let ttl = reader.u32_be("record")?;
        let length = usize::from(reader.u16_be("record")?);
        let data = reader.take(length, "record")?;
        Ok(Self { name, rtype, ttl, data })
    }

    /// Flags and IPv4 addresses (RFC 1002 §4.2.13).
    pub(super) fn addresses(&self) -> impl Iterator<Item = (u16, [u8; 4])> + use<'a> {
        let data = if self.rtype == NB { self.data } else { &[] };
        data.chunks_exact(6).filter_map(|entry| match *entry {
            [high, low, ref address @ ..] => Some((u16::from_be_bytes([high, low]), address.try_into().ok()?)),
            _ => None,
        })
    }

    /// A node's names with their flags, and its MAC address (RFC 1002 §4.2.18).
    pub(super) fn table(&self) -> Option<Table<'a>> {
        let (&count, rest) = self.data.split_first().filter(|_| self.rtype == NBSTAT)?;
        let (names, statistics) = rest.split_at_checked(usize::from(count) * ENTRY)?;
        Some(Table {
            names,
            unit: statistics.first_chunk().copied(),
        })
    }
}

/// Octets of a name in a table: the name and its flags.
const ENTRY: usize = LENGTH + 2;

/// A node's table of names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    names: &'a [u8],
    /// UNIT_ID: the MAC address.
    pub(super) unit: Option<[u8; 6]>,
}

impl Table<'_> {
    pub(super) fn names(&self) -> impl Iterator<Item = (Name, u16)> {
        self.names.chunks_exact(ENTRY).filter_map(|entry| {
            let (name, flags) = entry.split_first_chunk::<LENGTH>()?;
            Some((Name::of(*name), u16::from_be_bytes(flags.try_into().ok()?)))
        })
    }
}
