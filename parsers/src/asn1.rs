//! A zero-copy walker over BER and DER: frames PDUs, and reads the types that Kerberos, LDAP and SPNEGO are made of.
//!
//! Definite lengths alone (RFC 4511 §5.1 and DER forbid others), of up to four octets; tag numbers below 31. It allocates
//! nothing and does not recurse: whoever descends brings the budget.

use crate::reader::Malformed;

/// UNIVERSAL 1.
pub const BOOLEAN: u8 = 0x01;
/// UNIVERSAL 2.
pub const INTEGER: u8 = 0x02;
/// UNIVERSAL 3.
pub const BIT_STRING: u8 = 0x03;
/// UNIVERSAL 4.
pub const OCTET_STRING: u8 = 0x04;
/// UNIVERSAL 6.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// UNIVERSAL 10.
pub const ENUMERATED: u8 = 0x0a;
/// UNIVERSAL 16, constructed.
pub const SEQUENCE: u8 = 0x30;
/// UNIVERSAL 17, constructed.
pub const SET: u8 = 0x31;
/// UNIVERSAL 24.
pub const GENERALIZED_TIME: u8 = 0x18;
/// UNIVERSAL 27: Kerberos' KerberosString. Windows puts raw UTF-8 into it, so it stays bytes.
pub const GENERAL_STRING: u8 = 0x1b;

/// The identifier octet of a constructed APPLICATION tag.
#[must_use]
pub const fn application(number: u8) -> u8 {
    0x60 | number
}

/// The identifier octet of a constructed context tag.
#[must_use]
pub const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The identifier octet of a primitive context tag.
#[must_use]
pub const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// One element: its identifier octet and its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// Class, constructed bit and number.
    pub tag: u8,
    /// The contents octets.
    pub value: &'a [u8],
    /// Identifier, length and contents together.
    pub whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// Walks the elements inside.
    #[must_use]
    pub const fn inside(&self) -> Walker<'a> {
        Walker::new(self.value)
    }

    /// The contents as a two's complement integer of up to eight octets.
    pub fn integer(&self) -> Result<i64, Malformed> {
        let (first, _) = self.value.split_first().ok_or(Malformed("empty integer"))?;
        if self.value.len() > 8 {
            return Err(Malformed("integer over eight octets"));
        }
        let sign = if first & 0x80 == 0 { 0 } else { -1 };
        Ok(self
            .value
            .iter()
            .fold(sign, |number, byte| number << 8 | i64::from(*byte)))
    }

    /// The first 32 bits of a BIT STRING, most significant first, as KerberosFlags are read (RFC 4120 §5.2.8).
    pub fn bits(&self) -> Result<u32, Malformed> {
        let (_unused, bits) = self.value.split_first().ok_or(Malformed("empty bit string"))?;
        Ok((0..4).fold(0, |number, at| {
            number << 8 | u32::from(bits.get(at).copied().unwrap_or(0))
        }))
    }
}

/// How a header reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// More octets are needed: this many in total.
    Need(usize),
    /// The element is `header` octets of identifier and length, then `value` octets.
    Known {
        /// Identifier octet.
        tag: u8,
        /// Octets of identifier and length.
        header: usize,
        /// Octets of contents.
        value: usize,
    },
}

/// Reads identifier and length octets from the start of `head`.
#[inline]
pub fn header(head: &[u8]) -> Result<Header, Malformed> {
    let &[tag, first, ref rest @ ..] = head else {
        return Ok(Header::Need(2));
    };
    if tag & 0x1f == 0x1f {
        return Err(Malformed("high tag number"));
    }
    let (octets, value) = match (first, rest) {
        (..0x80, _) => (0, usize::from(first)),
        (0x80, _) => return Err(Malformed("indefinite length")),
        (0x81, &[a, ..]) => (1, usize::from(a)),
        (0x82, &[a, b, ..]) => (2, usize::from(u16::from_be_bytes([a, b]))),
        (0x83, &[a, b, c, ..]) => (3, u32::from_be_bytes([0, a, b, c]) as usize),
        (0x84, &[a, b, c, d, ..]) => (4, u32::from_be_bytes([a, b, c, d]) as usize),
        (0x81..=0x84, _) => return Ok(Header::Need(2 + usize::from(first & 0x7f))),
        _ => return Err(Malformed("length over four octets")),
    };
    Ok(Header::Known {
        tag,
        header: 2 + octets,
        value,
    })
}

/// Walks sibling elements.
#[derive(Clone, Copy, Debug)]
pub struct Walker<'a> {
    rest: &'a [u8],
}

impl<'a> Walker<'a> {
    /// Starts before the first element of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left, unread.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The identifier octet of the next element.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element; none at the end.
    #[expect(
        clippy::should_implement_trait,
        reason = "a damaged element ends the walk with an error, which no iterator does"
    )]
    pub fn next(&mut self) -> Result<Option<Element<'a>>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let Header::Known { tag, header, value } = header(self.rest)? else {
            return Err(Malformed("element cut short"));
        };
        let end = header.checked_add(value).ok_or(Malformed("element cut short"))?;
        let (whole, rest) = self.rest.split_at_checked(end).ok_or(Malformed("element cut short"))?;
        self.rest = rest;
        Ok(Some(Element {
            tag,
            value: whole.get(header..).unwrap_or_default(),
            whole,
        }))
    }

    /// The next element, which must have `tag`; `what` names it.
    pub fn expect(&mut self, tag: u8, what: &'static str) -> Result<Element<'a>, Malformed> {
        self.optional(tag)?.ok_or(Malformed(what))
    }

    /// The next element if it has `tag`.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Malformed> {
        if self.peek() == Some(tag) {
            self.next()
        } else {
            Ok(None)
        }
    }

    /// The contents of the next element, an explicit tag `tag` around exactly one element.
    pub fn explicit(&mut self, tag: u8, what: &'static str) -> Result<Element<'a>, Malformed> {
        self.expect(tag, what)?.inside().next()?.ok_or(Malformed(what))
    }

    /// As [`Self::explicit`], where the element may be absent.
    pub fn optional_explicit(&mut self, tag: u8, what: &'static str) -> Result<Option<Element<'a>>, Malformed> {
        match self.optional(tag)? {
            Some(outer) => outer.inside().next()?.ok_or(Malformed(what)).map(Some),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_siblings() {
        let mut walker = Walker::new(&[INTEGER, 1, 5, OCTET_STRING, 0x84, 0, 0, 0, 2, b'h', b'i']);
        assert_eq!(
            walker.expect(INTEGER, "number").and_then(|number| number.integer()),
            Ok(5)
        );
        assert_eq!(walker.optional(BOOLEAN), Ok(None));
        assert_eq!(
            walker.next().map(|text| text.map(|text| text.value)),
            Ok(Some(b"hi".as_slice()))
        );
        assert_eq!(walker.next(), Ok(None));
    }

    #[test]
    fn refuses_what_no_peer_sends() {
        assert_eq!(header(&[SEQUENCE, 0x80]), Err(Malformed("indefinite length")));
        assert_eq!(header(&[0x1f, 1]), Err(Malformed("high tag number")));
        assert_eq!(header(&[SEQUENCE, 0x82, 1]), Ok(Header::Need(4)));
        assert_eq!(
            header(&[SEQUENCE, 0x85, 0, 0, 0, 0, 1]),
            Err(Malformed("length over four octets"))
        );
        assert_eq!(
            Walker::new(&[SEQUENCE, 5, 0]).next(),
            Err(Malformed("element cut short"))
        );
    }

    #[test]
    fn lengths_have_up_to_four_octets() {
        let long = [SEQUENCE, 0x84, 1, 2, 3, 4];
        for (octets, value) in [(1, 0x04), (2, 0x0304), (3, 0x02_0304), (4, 0x0102_0304)] {
            let mut head = vec![SEQUENCE, 0x80 | octets];
            head.extend(&long[6 - usize::from(octets)..]);
            let known = Header::Known {
                tag: SEQUENCE,
                header: head.len(),
                value,
            };
            assert_eq!(header(&head), Ok(known));
            head.pop();
            assert_eq!(header(&head), Ok(Header::Need(2 + usize::from(octets))));
        }
    }

    #[test]
    fn integers_keep_their_sign() {
        let number = |value| {
            Element {
                tag: INTEGER,
                value,
                whole: value,
            }
            .integer()
        };
        assert_eq!(number(&[0xff]), Ok(-1));
        assert_eq!(number(&[0, 0xf0, 0, 0, 0]), Ok(0xf000_0000));
        assert_eq!(number(&[]), Err(Malformed("empty integer")));
    }
}
