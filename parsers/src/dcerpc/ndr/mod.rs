//! Network data representation: the arguments of a call as they lie in its stub (C706 chapter 14, [MS-RPCE] 2.2.5).
//!
//! One [`Ndr`] reads one stub in the transfer syntax of its presentation context, NDR20 or NDR64, and in the byte order of
//! its PDU. It borrows from the stub and is driven by the function that knows the operation: primitives align themselves to
//! the stub's start, pointers tell whether their referent follows later, and that function reads referents in the order in
//! which the pointers stood (C706 14.3.12.3). What a count announces must be there, so that no loop outlasts the stub.
//!
//! NDR64 differs in what is wider there: pointers and sizes ([`Ndr::pointer`], [`Ndr::size`]), enumerations
//! ([`Ndr::enumeration`]), and in what is padded: structures at their end ([`Ndr::trailer`]), unions before and after their
//! discriminant ([`Ndr::union`]).

mod strings;
#[cfg(test)]
mod tests;

pub(in crate::dcerpc) use strings::{Counted, Text};

use compact_str::CompactString;

use super::uuid::Uuid;
use super::wire::{Order, Syntax};
use crate::reader::{Malformed, Reader};

/// How stubs of a presentation context are marshalled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::dcerpc) enum Transfer {
    /// NDR 2.0 (C706 chapter 14).
    #[default]
    Ndr20,
    /// NDR64 ([MS-RPCE] 2.2.5).
    Ndr64,
}

impl Transfer {
    /// The transfer syntax that goes by this UUID.
    pub(in crate::dcerpc) fn of(syntax: Syntax) -> Option<Self> {
        const NDR: Uuid = Uuid::parse("8a885d04-1ceb-11c9-9fe8-08002b104860");
        const NDR64: Uuid = Uuid::parse("71710533-beba-4937-8319-b5dbef9ccc36");
        match syntax.uuid {
            NDR => Some(Self::Ndr20),
            NDR64 => Some(Self::Ndr64),
            _ => None,
        }
    }
}

/// A context handle: `u32 attributes; uuid_t uuid` (C706 14.2.16.6, appendix N). It means something to its server alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dcerpc) struct Handle([u8; 20]);

impl Handle {
    /// Whether it names nothing: a handle that was closed, or never opened.
    pub(in crate::dcerpc) fn is_null(self) -> bool {
        self.0 == [0; 20]
    }
}

/// Reads one stub from its first octet on.
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Ndr<'a> {
    reader: Reader<'a>,
    order: Order,
    transfer: Transfer,
}

impl<'a> Ndr<'a> {
    /// Starts at the first octet of `stub`.
    pub(in crate::dcerpc) const fn new(stub: &'a [u8], order: Order, transfer: Transfer) -> Self {
        Self {
            reader: Reader::new(stub),
            order,
            transfer,
        }
    }

    /// Octets that are left.
    pub(in crate::dcerpc) const fn remaining(&self) -> usize {
        self.reader.remaining()
    }

    /// Whether sizes and pointers have eight octets.
    pub(in crate::dcerpc) const fn is_wide(&self) -> bool {
        matches!(self.transfer, Transfer::Ndr64)
    }

    /// The byte order of the PDU.
    pub(in crate::dcerpc) const fn order(&self) -> Order {
        self.order
    }

    /// Skips to the next multiple of `to` (a power of two) from the start of the stub.
    pub(in crate::dcerpc) fn align(&mut self, to: usize) {
        self.reader.align(to);
    }

    /// Aligns to a pointer or size: 4, or 8 in NDR64. What a structure begins with that holds one.
    pub(in crate::dcerpc) fn align_pointer(&mut self) {
        self.align(if self.is_wide() { 8 } else { 4 });
    }

    /// The end of a structure whose alignment is `to`, which NDR64 pads ([MS-RPCE] 2.2.5.3.4.1).
    pub(in crate::dcerpc) fn trailer(&mut self, to: usize) {
        if self.is_wide() {
            self.align(to);
        }
    }

    /// Before and after the discriminant of a union whose widest arm is aligned to `to`, which NDR64 pads
    /// ([MS-RPCE] 2.2.5.3.4.4). NDR20 aligns each arm alone.
    pub(in crate::dcerpc) fn union(&mut self, to: usize) {
        self.trailer(to);
    }

    /// Skips `count` octets.
    pub(in crate::dcerpc) fn skip(&mut self, count: usize, what: &'static str) -> Result<(), Malformed> {
        self.reader.skip(count, what)
    }

    /// The next `count` octets, unaligned.
    pub(in crate::dcerpc) fn octets(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], Malformed> {
        self.reader.take(count, what)
    }

    /// `{ DWORD size; [size_is(size), unique] BYTE *octets }`: CERTTRANSBLOB ([MS-WCCE] 2.2.2.2), EFS_RPC_BLOB and its like ([MS-EFSR]
    /// 2.2.7, 2.2.12).
    pub(in crate::dcerpc) fn blob(&mut self) -> Result<&'a [u8], Malformed> {
        self.align_pointer();
        self.u32("blob")?;
        if !self.pointer("blob")? {
            return Ok(&[]);
        }
        let size = self.conformance(1, "blob")?;
        self.octets(size, "blob")
    }

    /// An octet.
    pub(in crate::dcerpc) fn u8(&mut self, what: &'static str) -> Result<u8, Malformed> {
        self.reader.u8(what)
    }

    /// A 16-bit number.
    pub(in crate::dcerpc) fn u16(&mut self, what: &'static str) -> Result<u16, Malformed> {
        self.align(2);
        self.order.u16(&mut self.reader, what)
    }

    /// A 32-bit number.
    pub(in crate::dcerpc) fn u32(&mut self, what: &'static str) -> Result<u32, Malformed> {
        self.align(4);
        self.order.u32(&mut self.reader, what)
    }

    /// A hyper integer, aligned to 8.
    pub(in crate::dcerpc) fn u64(&mut self, what: &'static str) -> Result<u64, Malformed> {
        self.align(8);
        match self.order.little {
            true => self.reader.u64_le(what),
            false => self.reader.u64_be(what),
        }
    }

    /// A FILETIME or OLD_LARGE_INTEGER: `u32 low; u32 high`, aligned to 4 ([MS-DTYP] 2.3.3, [MS-SAMR] 2.2.2.2).
    pub(in crate::dcerpc) fn large(&mut self, what: &'static str) -> Result<u64, Malformed> {
        let (low, high) = (self.u32(what)?, self.u32(what)?);
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    /// An `enum`: 16 bits, or 32 in NDR64. What IDL calls `v1_enum` is [`Self::u32`].
    pub(in crate::dcerpc) fn enumeration(&mut self, what: &'static str) -> Result<u32, Malformed> {
        match self.transfer {
            Transfer::Ndr20 => self.u16(what).map(u32::from),
            Transfer::Ndr64 => self.u32(what),
        }
    }

    /// A size, offset or count of an array: 32 bits, or 64 in NDR64.
    pub(in crate::dcerpc) fn size(&mut self, what: &'static str) -> Result<u64, Malformed> {
        match self.transfer {
            Transfer::Ndr20 => self.u32(what).map(u64::from),
            Transfer::Ndr64 => self.u64(what),
        }
    }

    /// A unique or full pointer, or one embedded in an array or structure: whether it has a referent, which follows later.
    /// A reference pointer that is an argument itself is not on the wire.
    pub(in crate::dcerpc) fn pointer(&mut self, what: &'static str) -> Result<bool, Malformed> {
        self.size(what).map(|referent| referent != 0)
    }

    /// The maximum count of a conformant array whose elements have at least `least` octets each, all of which must be there.
    pub(in crate::dcerpc) fn conformance(&mut self, least: usize, what: &'static str) -> Result<usize, Malformed> {
        let count = self.size(what)?;
        self.fits(count, least, what)
    }

    /// Maximum count, offset and actual count of a conformant varying array of elements of at least `least` octets: how many
    /// follow.
    pub(in crate::dcerpc) fn varying(&mut self, least: usize, what: &'static str) -> Result<usize, Malformed> {
        let maximum = self.size(what)?;
        let (offset, actual) = (self.size(what)?, self.size(what)?);
        match offset.checked_add(actual) {
            Some(end) if end <= maximum => self.fits(actual, least, what),
            _ => Err(Malformed(what)),
        }
    }

    fn fits(&self, count: u64, least: usize, what: &'static str) -> Result<usize, Malformed> {
        let count = usize::try_from(count).map_err(|_| Malformed(what))?;
        match count.checked_mul(least.max(1)) {
            Some(octets) if octets <= self.remaining() => Ok(count),
            _ => Err(Malformed(what)),
        }
    }

    /// A context handle.
    pub(in crate::dcerpc) fn handle(&mut self, what: &'static str) -> Result<Handle, Malformed> {
        self.align(4);
        self.reader.array(what).map(Handle)
    }

    /// A GUID, aligned to 4.
    pub(in crate::dcerpc) fn guid(&mut self, what: &'static str) -> Result<Uuid, Malformed> {
        self.align(4);
        Uuid::read(self.order, &mut self.reader, what)
    }

    /// An RPC_SID, the referent of a pointer: a conformant structure, so the count of its sub-authorities stands first
    /// ([MS-DTYP] 2.4.2.3).
    pub(in crate::dcerpc) fn sid(&mut self, what: &'static str) -> Result<CompactString, Malformed> {
        let count = self.conformance(4, what)?;
        self.align(4);
        let &[revision, subs, a, b, c, d, e, f] = self.octets(8, what)?.first_chunk().ok_or(Malformed(what))?;
        if usize::from(subs) != count || count > 15 {
            return Err(Malformed(what));
        }
        let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        let mut text = compact_str::format_compact!("S-{revision}-{authority}");
        for _ in 0..count {
            text.push('-');
            text.push_str(itoa::Buffer::new().format(self.u32(what)?));
        }
        Ok(text)
    }

    /// A counted array of pointers to SIDs (SAMPR_PSID_ARRAY, LSAPR_SID_ENUM_BUFFER):
    /// `u32 Count; [size_is(Count)] { PRPC_SID } *Sids`.
    pub(in crate::dcerpc) fn sid_array(&mut self, what: &'static str) -> Result<Vec<CompactString>, Malformed> {
        self.align_pointer();
        self.u32(what)?;
        if !self.pointer(what)? {
            return Ok(Vec::new());
        }
        let count = self.conformance(4, what)?;
        let mut present = 0;
        for _ in 0..count {
            present += usize::from(self.pointer(what)?);
        }
        (0..present).map(|_| self.sid(what)).collect()
    }
}
