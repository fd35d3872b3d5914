//! References to objects as they are marshalled: MInterfacePointer and the OBJREF inside ([MS-DCOM] 2.2.14, 2.2.18).

use super::super::{Memory, Told};
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::objects::Object;
use crate::dcerpc::uuid::Uuid;
use crate::dcerpc::wire::Order;
use crate::fields::Fields;
use crate::reader::{Malformed, Reader};

/// The signature that OBJREFs begin with: `MEOW`.
const SIGNATURE: u32 = 0x574f_454d;

/// OBJREF_STANDARD, OBJREF_HANDLER and OBJREF_EXTENDED, which begin alike; OBJREF_CUSTOM: the object says itself how it is
/// marshalled.
const STANDARD: [u32; 3] = [1, 2, 8];
const CUSTOM: u32 = 4;

const LITTLE: Order = Order { little: true };

/// IRemUnknown2 ([MS-DCOM] 1.9): what an exporter's own object is called by since version 5.6.
const REM_UNKNOWN2: Uuid = Uuid::parse("00000143-0000-0000-c000-000000000046");

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

/// `STDOBJREF { unsigned long flags; unsigned long cPublicRefs; OXID oxid; OID oid; IPID ipid; }` ([MS-DCOM] 2.2.18.2): how
/// many references come with a pointer, where its object is, and what it is called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standard {
    references: u32,
    pub(super) oxid: u64,
    ipid: Uuid,
}

impl Standard {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.skip(4, "stdobjref")?;
        let references = reader.u32_le("stdobjref")?;
        let oxid = reader.u64_le("stdobjref")?;
        reader.skip(8, "stdobjref")?;
        let ipid = Uuid::read(LITTLE, reader, "stdobjref")?;
        Ok(Self { references, oxid, ipid })
    }

    /// As it stands in a stub, aligned to 8.
    pub(super) fn of(ndr: &mut Ndr<'_>) -> Result<Self, Malformed> {
        ndr.align(8);
        ndr.u32("stdobjref")?;
        let references = ndr.u32("stdobjref")?;
        let oxid = ndr.u64("oxid")?;
        ndr.u64("oid")?;
        let ipid = ndr.guid("ipid")?;
        Ok(Self { references, oxid, ipid })
    }

    /// The server handed it out as a pointer to `interface` of an object that says `details`: where it says nothing, what its
    /// exporter was made for.
    pub(super) fn learn(self, interface: Uuid, mut details: Fields, memory: &mut Memory) {
        if let (true, Some(known)) = (details.is_empty(), memory.exporter(self.oxid)) {
            details = known.clone();
        }
        if !self.ipid.is_nil() {
            memory.learn_object(self.ipid, Object::new(interface, self.references, details));
        }
    }
}

/// The exporter's own object, which is asked for interfaces of the others.
pub(super) fn remote_unknown(ipid: Uuid, memory: &mut Memory) {
    memory.learn_object(ipid, Object::new(REM_UNKNOWN2, 1, Fields::new()));
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

/// The referent of a pointer to an MInterfacePointer that holds an OBJREF_CUSTOM.
pub(in crate::dcerpc::stubs) fn referent<'a>(
    ndr: &mut Ndr<'a>,
    what: &'static str,
) -> Result<Option<Reference<'a>>, Malformed> {
    parse(octets(ndr, what)?)
}

/// A `[unique] MInterfacePointer *` of an answer, to an object that says `details`: what it is called by is learnt.
pub(in crate::dcerpc::stubs) fn handed_out(
    ndr: &mut Ndr<'_>,
    what: &'static str,
    details: impl FnOnce() -> Fields,
    memory: &mut Memory,
) -> Result<(), Malformed> {
    match pointer(ndr, what)? {
        Some(octets) => learn(octets, details, memory),
        None => Ok(()),
    }
}

/// The object of an OBJREF, where it is called from afar.
pub(super) fn learn(octets: &[u8], details: impl FnOnce() -> Fields, memory: &mut Memory) -> Result<(), Malformed> {
    if let Some((interface, standard)) = standard(octets)? {
        standard.learn(interface, details(), memory);
    }
    Ok(())
}

/// The interface and the STDOBJREF of an OBJREF that has one.
pub(super) fn standard(octets: &[u8]) -> Result<Option<(Uuid, Standard)>, Malformed> {
    let mut reader = Reader::new(octets);
    let (flags, interface) = head(&mut reader)?;
    match STANDARD.contains(&flags) {
        true => Ok(Some((interface, Standard::read(&mut reader)?))),
        false => Ok(None),
    }
}

/// What the object says that the call is made on: those that it hands out say so, too.
pub(in crate::dcerpc::stubs) fn inherited(told: &Told, memory: &Memory) -> Fields {
    let object = told.object.and_then(|object| memory.object(object));
    object.map(|object| object.details.clone()).unwrap_or_default()
}

/// An OBJREF_CUSTOM; none where it is another kind of OBJREF.
pub(super) fn parse(octets: &[u8]) -> Result<Option<Reference<'_>>, Malformed> {
    let mut reader = Reader::new(octets);
    let (flags, _) = head(&mut reader)?;
    if flags != CUSTOM {
        return Ok(None);
    }
    let unmarshaler = Uuid::read(LITTLE, &mut reader, "objref")?;
    reader.skip(8, "objref")?;
    Ok(Some(Reference {
        unmarshaler,
        data: reader.rest(),
    }))
}

/// What every OBJREF begins with: `u32 signature; u32 flags; GUID iid`.
fn head(reader: &mut Reader<'_>) -> Result<(u32, Uuid), Malformed> {
    if reader.u32_le("objref")? != SIGNATURE {
        return Err(Malformed("objref"));
    }
    Ok((reader.u32_le("objref")?, Uuid::read(LITTLE, reader, "objref")?))
}
