//! What names an object for good: its objectGUID. Names, DNs and even SIDs change or come again; a GUID does neither.

use std::fmt;

use parsers::text;

/// An objectGUID in the layout of [MS-DTYP] 2.3.4.2; printed lower-case with dashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid(pub [u8; 16]);

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::guid(&self.0))
    }
}

impl Guid {
    /// The GUID that an attribute's value of 16 bytes holds.
    #[must_use]
    pub fn of(value: &[u8]) -> Option<Self> {
        value.try_into().ok().map(Self)
    }
}
