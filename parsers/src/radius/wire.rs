//! RADIUS packets as borrowed views (RFC 2865 §3, §5).

use crate::reader::{Malformed, Reader};

/// Octets of the header.
pub(super) const HEADER: usize = 20;

/// The longest packet (RFC 2865 §3; RFC 7499 would allow more, over TCP).
pub(super) const MAX: usize = 4_096;

/// The type of an attribute that has a vendor's inside.
const VENDOR_SPECIFIC: u8 = 26;

/// One packet.
///
/// ```text
/// u8 code; u8 identifier; u16 length; 16 octets authenticator; attributes
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    pub(super) code: u8,
    pub(super) identifier: u8,
    /// Of a request: random, or a digest. Tells a repetition from a new request; never shown.
    pub(super) authenticator: [u8; 16],
    attributes: &'a [u8],
}

/// One attribute, or one of those inside a vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    /// SMI enterprise number; none for the RFCs' own.
    pub(super) vendor: Option<u32>,
    pub(super) number: u8,
    pub(super) value: &'a [u8],
}

impl<'a> Packet<'a> {
    /// The packet in `bytes`; what is behind its length is padding. Where `cut`, its end may be missing.
    pub(super) fn parse(bytes: &'a [u8], cut: bool) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let (code, identifier) = (reader.u8("header")?, reader.u8("header")?);
        let length = usize::from(reader.u16_be("header")?);
        let authenticator = reader.array("header")?;
        if !(HEADER..=MAX).contains(&length) {
            return Err(Malformed("length"));
        }
        let attributes = match bytes.get(HEADER..length) {
            Some(attributes) => attributes,
            None if cut => reader.rest(),
            None => return Err(Malformed("length")),
        };
        Ok(Self {
            code,
            identifier,
            authenticator,
            attributes,
        })
    }

    /// Its first octets: code, identifier, length.
    pub(super) fn head(&self) -> [u8; 4] {
        let length = u16::try_from(HEADER + self.attributes.len()).unwrap_or(u16::MAX);
        let [high, low] = length.to_be_bytes();
        [self.code, self.identifier, high, low]
    }

    /// Its attributes as they stand, a vendor's as one.
    pub(super) fn raw(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        raw(self.attributes)
    }

    /// Everything behind its header.
    pub(super) const fn body(&self) -> &'a [u8] {
        self.attributes
    }

    /// Its attributes in order, those inside a vendor's in place of it; the first damage ends them.
    pub(super) const fn attributes(&self) -> Attributes<'a> {
        Attributes {
            rest: self.attributes,
            inner: None,
        }
    }

    /// Whether every attribute can be read: `type length value`, to the end.
    pub(super) fn is_whole(&self) -> bool {
        let mut rest = self.attributes;
        while let Some((_, _, after)) = split(rest) {
            rest = after;
        }
        rest.is_empty()
    }
}

/// Walks attributes.
#[derive(Clone, Debug)]
pub(super) struct Attributes<'a> {
    rest: &'a [u8],
    /// What is left inside a vendor's attribute.
    inner: Option<(u32, &'a [u8])>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        loop {
            if let Some(attribute) = self.inside() {
                return Some(attribute);
            }
            let (number, value, rest) = split(self.rest)?;
            self.rest = rest;
            match value.split_first_chunk() {
                Some((vendor, inside)) if number == VENDOR_SPECIFIC => {
                    self.inner = Some((u32::from_be_bytes(*vendor), inside));
                }
                _ => {
                    return Some(Attribute {
                        vendor: None,
                        number,
                        value,
                    });
                }
            }
        }
    }
}

impl<'a> Attributes<'a> {
    /// The next attribute inside a vendor's, where it has the form that RFC 2865 §5.26 recommends.
    fn inside(&mut self) -> Option<Attribute<'a>> {
        let (vendor, inside) = self.inner.take()?;
        let (number, value, rest) = split(inside)?;
        self.inner = Some((vendor, rest));
        Some(Attribute {
            vendor: Some(vendor),
            number,
            value,
        })
    }
}

/// Attributes as they stand, up to the first damage.
pub(super) fn raw<'a>(attributes: &'a [u8]) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
    let mut rest = attributes;
    std::iter::from_fn(move || {
        let (number, value, after) = split(rest)?;
        rest = after;
        Some((number, value))
    })
}

/// `type length value`, where the length counts all three.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [number, length, ..] = *bytes else { return None };
    let (attribute, rest) = bytes.split_at_checked(usize::from(length))?;
    Some((number, attribute.get(2..)?, rest))
}
