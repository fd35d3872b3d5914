//! References to objects as they are marshalled: MInterfacePointer and the OBJREF inside ([MS-DCOM] 2.2.14, 2.2.18).

use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::uuid::Uuid;
use crate::dcerpc::wire::Order;
use crate::reader::{Malformed, Reader};

/// The signature that OBJREFs begin with: `MEOW`.
const SIGNATURE: u32 = 0x574f_454d;

/// OBJREF_CUSTOM: the object says itself how it is marshalled.
const CUSTOM: u32 = 4;

const LITTLE: Order = Order { little: true };

/// An OBJREF_CUSTOM.
///
/// ```text
/// u32 signature; u32 flags = 4; GUID iid; GUID clsid; u32 cbExtension; u32 size; byte pObjectData[]
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc::stubs) struct Reference<'a> {
    /// What can read it.
    pub(in crate::dcerpc::stubs) unmarshaler: Uuid,
    /// The object.
    pub(in crate::dcerpc::stubs) data: &'a [u8],
}

/// A `[unique] MInterfacePointer *`, `{ unsigned long ulCntData; [size_is(ulCntData)] byte abData[]; }`: its OBJREF's octets.
pub(super) fn pointer<'a>(ndr: &mut Ndr<'a>, what: &'static str) -> Result<Option<&'a [u8]>, Malformed> {
    if !ndr.pointer(what)? {
        return Ok(None);
    }
    octets(ndr, what).map(Some)
}

/// The referent of a pointer to an MInterfacePointer.
pub(super) fn octets<'a>(ndr: &mut Ndr<'a>, what: &'static str) -> Result<&'a [u8], Malformed> {
    let count = ndr.conformance(1, what)?;
    ndr.u32(what)?;
    ndr.octets(count, what)
}

/// A `[unique] MInterfacePointer *` that holds an OBJREF_CUSTOM.
pub(in crate::dcerpc::stubs) fn custom<'a>(
    ndr: &mut Ndr<'a>,
    what: &'static str,
) -> Result<Option<Reference<'a>>, Malformed> {
    match pointer(ndr, what)? {
        Some(octets) => parse(octets),
        None => Ok(None),
    }
}

/// An OBJREF_CUSTOM; none where it is another kind of OBJREF.
pub(super) fn parse(octets: &[u8]) -> Result<Option<Reference<'_>>, Malformed> {
    let mut reader = Reader::new(octets);
    if reader.u32_le("objref")? != SIGNATURE {
        return Err(Malformed("objref"));
    }
    if reader.u32_le("objref")? != CUSTOM {
        return Ok(None);
    }
    Uuid::read(LITTLE, &mut reader, "objref")?;
    let unmarshaler = Uuid::read(LITTLE, &mut reader, "objref")?;
    reader.skip(8, "objref")?;
    Ok(Some(Reference {
        unmarshaler,
        data: reader.rest(),
    }))
}
