//! DSNAME: an object of the directory by its GUID, SID and distinguished name, of which any may be absent ([MS-DRSR] 5.50).

use compact_str::CompactString;

use super::{Malformed, Ndr, Told, Uuid};
use crate::fields::Fields;
use crate::text;

/// Octets of NT4SID, as long as a SID of five sub-authorities.
const SID: usize = 28;

/// An object of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DsName {
    pub(super) guid: Option<Uuid>,
    pub(super) sid: Option<CompactString>,
    pub(super) dn: CompactString,
}

impl DsName {
    /// `unsigned long structLen, SidLen; GUID Guid; NT4SID Sid; unsigned long NameLen; [size_is(NameLen + 1)] WCHAR
    /// StringName[]`, the referent of a pointer.
    pub(super) fn read(ndr: &mut Ndr<'_>) -> Result<Self, Malformed> {
        let count = ndr.conformance(2, "dsname")?;
        ndr.u32("dsname")?;
        let sid = usize::try_from(ndr.u32("dsname")?).unwrap_or(SID);
        let guid = ndr.guid("dsname")?;
        let octets = ndr.octets(SID, "dsname")?;
        ndr.u32("dsname")?;
        Ok(Self {
            guid: Some(guid).filter(|guid| !guid.is_nil()),
            sid: octets
                .get(..sid.min(SID))
                .filter(|sid| !sid.is_empty())
                .and_then(text::sid),
            dn: ndr.characters(count, true, "dsname")?.text(),
        })
    }

    /// It is what the call is about: `naming_context`, `naming_context_guid`, `naming_context_sid`.
    pub(super) fn naming_context(self, told: &mut Told) {
        told.details.set_some("naming_context_guid", self.guid.map(Uuid::text));
        if let Some(sid) = self.sid {
            told.observed.sid = Some(sid.clone());
            told.details.set("naming_context_sid", sid);
        }
        if !self.dn.is_empty() {
            told.observed.dn = Some(self.dn.clone());
            told.long("naming_context", self.dn);
        }
    }

    /// As named values.
    pub(super) fn fields(self) -> Fields {
        let mut fields = Fields::sized(3);
        fields.text("dn", self.dn);
        fields.set_some("guid", self.guid.map(Uuid::text));
        fields.set_some("sid", self.sid);
        fields
    }
}
