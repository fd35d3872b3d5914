//! The object resolver, IObjectExporter: where a machine's objects are reached ([MS-DCOM] 3.1.2.5.1).
//!
//! Its answers need no authentication and name every address of the machine: the way to map a network.

use compact_str::CompactString;

use super::super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::tower;
use crate::fields::Fields;
use crate::reader::Malformed;

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `IObjectExporter`, which is IOXIDResolver to some.
pub(in crate::dcerpc::stubs) const EXPORTER: Stubs = Stubs::new(
    "99fcfec4-5260-101b-bbcb-00aa0021347a",
    &[
        call(0).response(resolved),
        call(1),
        call(3),
        call(4).response(resolved),
        call(5).response(alive),
    ],
);

/// `ServerAlive2([out, ref] COMVERSION *, [out, ref] DUALSTRINGARRAY **, [out, ref] DWORD *)` ([MS-DCOM] 3.1.2.5.1.6).
fn alive(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let (major, minor) = (ndr.u16("com version")?, ndr.u16("com version")?);
    told.details
        .set("com_version", crate::text::dotted([major.into(), minor.into()]));
    if ndr.pointer("bindings")? {
        bindings(ndr, told)?;
    }
    Ok(())
}

/// `ResolveOxid`, `ResolveOxid2(…, [out, ref] DUALSTRINGARRAY **ppdsaOxidBindings, [out, ref] IPID *, …)` ([MS-DCOM]
/// 3.1.2.5.1.1, 3.1.2.5.1.5).
fn resolved(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("bindings")? {
        bindings(ndr, told)?;
    }
    Ok(())
}

/// `DUALSTRINGARRAY { unsigned short wNumEntries; unsigned short wSecurityOffset; [size_is(wNumEntries)] unsigned short
/// aStringArray[]; }`: string bindings, a zero, security bindings, a zero ([MS-DCOM] 2.2.19.1).
fn bindings(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let count = ndr.conformance(2, "bindings")?;
    ndr.u16("bindings")?;
    let security = usize::from(ndr.u16("bindings")?);
    let mut units = Vec::new();
    for _ in 0..count.min(security) {
        units.push(ndr.u16("bindings")?);
    }
    let found = units.split(|unit| *unit == 0).filter_map(binding);
    told.list("bindings", found);
    Ok(())
}

/// `STRINGBINDING { unsigned short wTowerId; unsigned short aNetworkAddr[]; }` ([MS-DCOM] 2.2.19.3).
fn binding(units: &[u16]) -> Option<Fields> {
    let (tower, address) = units.split_first()?;
    let mut fields = Fields::sized(2);
    match tower::sequence(*tower) {
        Some(sequence) => fields.set("protocol_sequence", sequence),
        None => fields.set("tower", *tower),
    }
    let address: CompactString = char::decode_utf16(address.iter().copied())
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    fields.set("address", address);
    Some(fields)
}
