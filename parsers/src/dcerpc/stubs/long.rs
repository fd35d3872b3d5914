//! Long texts of the wire - command lines, XML, queries - kept to their first octets.

use compact_str::CompactString;

use super::{LISTED, Told};
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

/// Octets of one long text that are told.
pub(in crate::dcerpc) const LONG: usize = 4096;

impl Told {
    /// Sets `name` where the text is not empty, of which the first [`LONG`] octets are kept; counts where more was there.
    pub(in crate::dcerpc) fn long(&mut self, name: &'static str, text: CompactString) {
        if text.is_empty() {
            return;
        }
        let kept = self.cut(text);
        self.details.replace(name, kept);
    }

    /// A `[unique, string] wchar_t *` argument, told as `name`; `what` says which it is where it is malformed.
    pub(in crate::dcerpc) fn argument(
        &mut self,
        ndr: &mut Ndr<'_>,
        what: &'static str,
        name: &'static str,
    ) -> Result<(), Malformed> {
        if let Some(text) = ndr.wide_argument(what)? {
            self.long(name, text.text());
        }
        Ok(())
    }

    /// `[size_is(, count), string] wchar_t ***`: a pointer to pointers to strings, as many of them as are told, and one more where
    /// there are more.
    pub(in crate::dcerpc) fn strings(
        &mut self,
        ndr: &mut Ndr<'_>,
        what: &'static str,
    ) -> Result<Vec<CompactString>, Malformed> {
        if !ndr.pointer(what)? {
            return Ok(Vec::new());
        }
        let count = ndr.conformance(4, what)?;
        let mut present = 0_usize;
        for _ in 0..count {
            present += usize::from(ndr.pointer(what)?);
        }
        let name = |_| Ok(self.cut(ndr.wide_string(what)?.text()));
        (0..present.min(LISTED + 1)).map(name).collect()
    }

    /// The first [`LONG`] octets of a text, whole characters of it.
    pub(in crate::dcerpc) fn cut(&mut self, mut text: CompactString) -> CompactString {
        if shorten(&mut text) {
            self.limit = Some("dcerpc.text");
        }
        text
    }
}

/// Keeps the first [`LONG`] octets of a text, whole characters of it; whether there were more.
pub(super) fn shorten(text: &mut CompactString) -> bool {
    let long = text.len() > LONG;
    if long {
        let end = (0..=LONG).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    long
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Kind;
    use crate::dcerpc::stubs::{Operation, Returns};

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let mut told = Told::new(&Operation::new(0, Kind::RpcCall, Returns::Nothing));
        told.long("binary_path", "ü".repeat(LONG).into());
        assert_eq!(told.details.get_text("binary_path").map(str::len), Some(LONG));
        assert_eq!(told.limit, Some("dcerpc.text"));
        told.long("display_name", CompactString::default());
        assert_eq!(told.details.get("display_name"), None);
    }
}
