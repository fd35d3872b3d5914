//! Strings: conformant varying ones, and the counted ones of the security interfaces.

use compact_str::CompactString;
use smallvec::SmallVec;

use super::Ndr;
use crate::reader::Malformed;
use crate::text;

/// Characters of a string as they lie in the stub.
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Text<'a> {
    bytes: &'a [u8],
    wide: bool,
    little: bool,
}

impl Text<'_> {
    /// As text, without final NULs.
    pub(in crate::dcerpc) fn text(&self) -> CompactString {
        if !self.wide {
            let end = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
            return text::bytes(self.bytes.get(..end).unwrap_or_default());
        }
        let pairs = self.bytes.chunks_exact(2);
        let used = pairs.clone().rposition(|pair| pair != [0, 0]).map_or(0, |at| at + 1);
        let bytes = self.bytes.get(..used * 2).unwrap_or_default();
        if self.little {
            return text::utf16(bytes);
        }
        let swapped: SmallVec<[u8; 128]> = bytes
            .chunks_exact(2)
            .flat_map(|pair| pair.iter().rev().copied())
            .collect();
        text::utf16(&swapped)
    }

    /// Whether there is no character.
    pub(in crate::dcerpc) fn is_empty(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }

    /// Its octets as they lie there: what is passed off as a string need not be text.
    pub(in crate::dcerpc) const fn octets(&self) -> &[u8] {
        self.bytes
    }

    /// Octets, final NULs included.
    pub(in crate::dcerpc) const fn size(&self) -> usize {
        self.bytes.len()
    }
}

impl Text<'_> {
    /// Its length excludes what the buffer holds beyond the string.
    fn used(self, head: Counted) -> Self {
        let used = usize::from(head.length).min(self.bytes.len());
        let bytes = self.bytes.get(..used).unwrap_or_default();
        Self { bytes, ..self }
    }
}

/// The fixed part of a counted string: its characters follow later where it has any.
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Counted {
    length: u16,
    present: bool,
}

impl<'a> Ndr<'a> {
    /// A `[string] wchar_t *`'s referent: a conformant varying array of 16-bit characters (C706 14.3.4).
    pub(in crate::dcerpc) fn wide_string(&mut self, what: &'static str) -> Result<Text<'a>, Malformed> {
        let count = self.varying(2, what)?;
        self.characters(count, true, what)
    }

    /// A `[string] char *`'s referent.
    pub(in crate::dcerpc) fn narrow_string(&mut self, what: &'static str) -> Result<Text<'a>, Malformed> {
        let count = self.varying(1, what)?;
        self.characters(count, false, what)
    }

    /// A `[unique, string] wchar_t *` argument: pointer and referent; none where the pointer is null.
    pub(in crate::dcerpc) fn wide_argument(&mut self, what: &'static str) -> Result<Option<Text<'a>>, Malformed> {
        match self.pointer(what)? {
            true => self.wide_string(what).map(Some),
            false => Ok(None),
        }
    }

    /// A `[unique, string] char *` argument: pointer and referent.
    pub(in crate::dcerpc) fn narrow_argument(&mut self, what: &'static str) -> Result<Option<Text<'a>>, Malformed> {
        match self.pointer(what)? {
            true => self.narrow_string(what).map(Some),
            false => Ok(None),
        }
    }

    /// `count` characters, unaligned or, where they are wide, aligned to 2.
    pub(in crate::dcerpc) fn characters(
        &mut self,
        count: usize,
        wide: bool,
        what: &'static str,
    ) -> Result<Text<'a>, Malformed> {
        if wide {
            self.align(2);
        }
        let octets = count.saturating_mul(if wide { 2 } else { 1 });
        Ok(Text {
            bytes: self.octets(octets, what)?,
            wide,
            little: self.order().little,
        })
    }

    /// The fixed part of an RPC_UNICODE_STRING or RPC_STRING: `u16 Length; u16 MaximumLength; pointer Buffer`, lengths in
    /// octets ([MS-DTYP] 2.3.10).
    pub(in crate::dcerpc) fn counted(&mut self, what: &'static str) -> Result<Counted, Malformed> {
        self.align_pointer();
        let length = self.u16(what)?;
        self.u16(what)?;
        let present = self.pointer(what)?;
        Ok(Counted { length, present })
    }

    /// The characters of an RPC_UNICODE_STRING, where it has any.
    pub(in crate::dcerpc) fn counted_wide(
        &mut self,
        head: Counted,
        what: &'static str,
    ) -> Result<Option<Text<'a>>, Malformed> {
        self.counted_text(head, true, what)
    }

    /// The characters of an RPC_STRING, where it has any.
    pub(in crate::dcerpc) fn counted_narrow(
        &mut self,
        head: Counted,
        what: &'static str,
    ) -> Result<Option<Text<'a>>, Malformed> {
        self.counted_text(head, false, what)
    }

    /// The characters of an RPC_STRING whose buffer is `[size_is(MaximumLength)]` and no more, where it has any.
    pub(in crate::dcerpc) fn counted_conformant(
        &mut self,
        head: Counted,
        what: &'static str,
    ) -> Result<Option<Text<'a>>, Malformed> {
        if !head.present {
            return Ok(None);
        }
        let count = self.conformance(1, what)?;
        let text = self.characters(count, false, what)?;
        Ok(Some(text.used(head)))
    }

    /// A whole RPC_UNICODE_STRING that is an argument: fixed part and characters.
    pub(in crate::dcerpc) fn unicode_argument(&mut self, what: &'static str) -> Result<Option<Text<'a>>, Malformed> {
        let head = self.counted(what)?;
        self.counted_wide(head, what)
    }

    /// `count` RPC_UNICODE_STRINGs of an array: their fixed parts, then their characters. What has none is empty.
    pub(in crate::dcerpc) fn unicode_strings(
        &mut self,
        count: usize,
        what: &'static str,
    ) -> Result<Vec<CompactString>, Malformed> {
        let heads: SmallVec<[Counted; 16]> = (0..count).map(|_| self.counted(what)).collect::<Result<_, _>>()?;
        heads
            .into_iter()
            .map(|head| {
                Ok(self
                    .counted_wide(head, what)?
                    .map(|text| text.text())
                    .unwrap_or_default())
            })
            .collect()
    }

    fn counted_text(&mut self, head: Counted, wide: bool, what: &'static str) -> Result<Option<Text<'a>>, Malformed> {
        if !head.present {
            return Ok(None);
        }
        let width = if wide { 2 } else { 1 };
        let count = self.varying(width, what)?;
        let text = self.characters(count, wide, what)?;
        Ok(Some(text.used(head)))
    }
}
