//! How RFC 4120 builds everything: a SEQUENCE of explicitly tagged fields, and SEQUENCE OF.
//!
//! Read by tag and not by position, so that what a peer leaves out or adds does not cost the message. Lists are walked once
//! when they are read: whoever iterates later meets no broken element and no more than [`MAX_ITEMS`].

use std::iter::FusedIterator;

use crate::asn1::{Element, INTEGER, SEQUENCE, Walker};
use crate::reader::Malformed;

/// The most elements that any list of a message may have: etypes, padata, addresses, tickets, name components.
pub(super) const MAX_ITEMS: usize = 256;

/// The longest name, realm or salt, octets.
const MAX_TEXT: usize = 4096;

/// Walks the fields of a SEQUENCE.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tagged<'a>(Walker<'a>);

impl<'a> Tagged<'a> {
    /// The fields of `element`, which must be a SEQUENCE; `what` names it.
    pub(super) fn new(element: &Element<'a>, what: &'static str) -> Result<Self, Malformed> {
        if element.tag == SEQUENCE {
            Ok(Self(element.inside()))
        } else {
            Err(Malformed(what))
        }
    }

    /// The next field: the number of its context tag, and the element inside.
    pub(super) fn next(&mut self) -> Result<Option<(u8, Element<'a>)>, Malformed> {
        let Some(outer) = self.0.next()? else { return Ok(None) };
        if outer.tag & 0xe0 != 0xa0 {
            return Err(Malformed("field without a context tag"));
        }
        let inner = outer.inside().next()?.ok_or(Malformed("empty field"))?;
        Ok(Some((outer.tag & 0x1f, inner)))
    }
}

/// The elements of a SEQUENCE OF, known to be whole.
#[derive(Clone, Copy, Debug)]
pub struct List<'a>(Walker<'a>);

impl<'a> List<'a> {
    /// A list without elements.
    pub(super) const EMPTY: Self = Self(Walker::new(&[]));

    /// The list that `element` is; `what` names it.
    pub(super) fn new(element: &Element<'a>, what: &'static str) -> Result<Self, Malformed> {
        if element.tag != SEQUENCE {
            return Err(Malformed(what));
        }
        let mut walker = element.inside();
        let mut count = 0;
        while walker.next()?.is_some() {
            count += 1;
            if count > MAX_ITEMS {
                return Err(Malformed("list too long"));
            }
        }
        Ok(Self(element.inside()))
    }

    /// Whether it has no elements.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Iterator for List<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        self.0.next().ok().flatten()
    }
}

impl FusedIterator for List<'_> {}

/// An Int32 (RFC 4120 §5.2.4); `what` names it.
pub(super) fn int32(element: &Element<'_>, what: &'static str) -> Result<i32, Malformed> {
    if element.tag != INTEGER {
        return Err(Malformed(what));
    }
    i32::try_from(element.integer()?).map_err(|_| Malformed(what))
}

/// A KerberosString or Realm (RFC 4120 §5.2.1) as the octets it is; whatever string type a peer chose.
pub(super) fn string<'a>(element: &Element<'a>) -> Result<&'a [u8], Malformed> {
    if element.value.len() > MAX_TEXT {
        return Err(Malformed("name too long"));
    }
    Ok(element.value)
}
