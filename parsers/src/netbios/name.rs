//! NetBIOS names: sixteen octets, of which the last says what service it is ([MS-NBTE] 2.2.1).

use compact_str::CompactString;

use crate::fields::{Fields, Value};
use crate::reader::{Malformed, Reader};
use crate::text;

/// Octets of a name.
pub(super) const LENGTH: usize = 16;

/// Pointers of one name that are followed: RFC 1002 knows those to a whole name alone.
const MAX_POINTERS: usize = 2;

/// Labels of a scope.
const MAX_LABELS: usize = 32;

/// A name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Without its padding.
    pub(crate) text: CompactString,
    pub(crate) suffix: u8,
    /// NetBIOS scope; empty nearly everywhere.
    pub(crate) scope: CompactString,
}

impl Name {
    /// The name at the reader, which moves behind it; pointers lead backwards into the same message.
    ///
    /// ```text
    /// 0x20, 32 letters A to P, each half an octet; labels of the scope; 0       (RFC 1001 §14.1)
    /// 0xc0 | offset: as at the offset                                          (RFC 1002 §4.2.1.1)
    /// ```
    pub(crate) fn read<'a>(reader: &mut Reader<'a>, message: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "name";
        let mut followed = *reader;
        let mut pointers = 0;
        while let Some(&[high @ 0xc0..=0xff, low]) = followed.rest().first_chunk() {
            let offset = usize::from(u16::from_be_bytes([high & 0x3f, low]));
            if pointers == 0 {
                reader.skip(2, WHAT)?;
            }
            pointers += 1;
            if pointers > MAX_POINTERS || offset >= followed.position() {
                return Err(Malformed("name pointer"));
            }
            followed = Reader::new(message);
            followed.seek(offset, WHAT)?;
        }
        let name = Self::read_labels(&mut followed)?;
        if pointers == 0 {
            *reader = followed;
        }
        Ok(name)
    }

    fn read_labels(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        const WHAT: &str = "name";
        if reader.u8(WHAT)? != 32 {
            return Err(Malformed(WHAT));
        }
        let letters: [u8; 32] = reader.array(WHAT)?;
        let mut octets = [0; LENGTH];
        for (octet, pair) in octets.iter_mut().zip(letters.chunks_exact(2)) {
            let [high @ b'A'..=b'P', low @ b'A'..=b'P'] = *pair else {
                return Err(Malformed(WHAT));
            };
            *octet = (high - b'A') << 4 | (low - b'A');
        }
        let mut name = Self::of(octets);
        for _ in 0..MAX_LABELS {
            match reader.u8(WHAT)? {
                0 => return Ok(name),
                length @ 1..=63 => {
                    if !name.scope.is_empty() {
                        name.scope.push('.');
                    }
                    name.scope
                        .push_str(&text::bytes(reader.take(usize::from(length), WHAT)?));
                }
                _ => return Err(Malformed("name label")),
            }
        }
        Err(Malformed("name too long"))
    }

    /// The name in sixteen octets; blanks pad it, and zeros where it is `*`.
    pub(super) fn of(octets: [u8; LENGTH]) -> Self {
        let [padded @ .., suffix] = octets;
        let end = padded
            .iter()
            .rposition(|octet| !matches!(octet, b' ' | 0))
            .map_or(0, |at| at + 1);
        Self {
            text: text::bytes(padded.get(..end).unwrap_or_default()),
            suffix,
            scope: CompactString::default(),
        }
    }

    /// What [`Self::write`] says, as one value.
    pub(crate) fn value(&self, group: bool) -> Value {
        let mut fields = Fields::sized(4);
        self.write(group, &mut fields);
        Value::Map(fields)
    }

    /// Writes `name`, `suffix` and what that means.
    pub(crate) fn write(&self, group: bool, fields: &mut Fields) {
        fields.set("name", self.text.clone());
        fields.set("suffix", self.suffix);
        fields.set_some("suffix_name", suffix_name(self, group));
        fields.text("scope", self.scope.clone());
    }

    /// Whether it is a computer's own name: that of its workstation or server service.
    pub(super) fn is_host(&self) -> bool {
        matches!(self.suffix, 0x00 | 0x20) && self.text != "*"
    }
}

/// The service behind a suffix ([MS-NBTE] 2.2.1, Microsoft's "NetBIOS suffixes").
fn suffix_name(name: &Name, group: bool) -> Option<&'static str> {
    Some(match (name.suffix, group) {
        (0x01, _) if name.text.contains("__MSBROWSE__") => "master browser",
        (0x00, true) => "domain name",
        (0x00, false) => "workstation service",
        (0x01, _) => "messenger service",
        (0x03, _) => "messenger service of a user or computer",
        (0x06, _) => "RAS server service",
        (0x1b, _) => "domain master browser",
        (0x1c, _) => "domain controllers",
        (0x1d, _) => "master browser",
        (0x1e, _) => "browser service elections",
        (0x1f, _) => "NetDDE service",
        (0x20, _) => "file server service",
        (0x21, _) => "RAS client service",
        (0xbe, _) => "network monitor agent",
        (0xbf, _) => "network monitor application",
        _ => return None,
    })
}

/// The node type in a name's flags (RFC 1002 §4.2.1.3).
pub(super) const fn node_type(flags: u16) -> &'static str {
    match flags >> 13 & 3 {
        0 => "B",
        1 => "P",
        2 => "M",
        _ => "H",
    }
}

/// G: a group's name (RFC 1002 §4.2.1.3).
pub(super) const fn is_group(flags: u16) -> bool {
    flags & 0x8000 != 0
}
