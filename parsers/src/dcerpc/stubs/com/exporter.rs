//! The object resolver, IObjectExporter: where a machine's objects are reached ([MS-DCOM] 3.1.2.5.1).
//!
//! Its answers need no authentication and name every address of the machine: the way to map a network.

use super::super::{Memory, Operation, Returns, Stubs, Told};
use super::bindings;
use super::reference::remote_unknown;
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::tower;
use crate::fields::Value;
use crate::reader::Malformed;

/// Protocol sequences that a client may name.
const MAX_SEQUENCES: usize = 16;

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Win32)
}

/// `IObjectExporter`, which is IOXIDResolver to some.
pub(in crate::dcerpc::stubs) const EXPORTER: Stubs = Stubs::new(
    "99fcfec4-5260-101b-bbcb-00aa0021347a",
    &[
        call(0).request(resolve).response(resolved),
        call(1),
        call(2).request(ping),
        call(3),
        call(4).request(resolve).response(resolved2),
        call(5).response(alive),
    ],
);

/// `ResolveOxid`, `ResolveOxid2([in] OXID *pOxid, unsigned short cRequestedProtseqs, [in, ref,
/// size_is(cRequestedProtseqs)] unsigned short arRequestedProtseqs[], …)` ([MS-DCOM] 3.1.2.5.1.1, 3.1.2.5.1.5).
fn resolve(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u64("oxid")?;
    ndr.u16("protocol sequences")?;
    let count = ndr.conformance(2, "protocol sequences")?;
    let mut asked = Vec::new();
    for _ in 0..count.min(MAX_SEQUENCES) {
        let tower = ndr.u16("protocol sequence")?;
        asked.push(tower::sequence(tower).map_or(Value::from(tower), Value::Name));
    }
    told.list("protocol_sequences", asked);
    Ok(())
}

/// `ComplexPing([in, out] SETID *, [in] unsigned short SequenceNum, unsigned short cAddToSet, unsigned short cDelFromSet, …)`
/// ([MS-DCOM] 3.1.2.5.1.3).
fn ping(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    ndr.u64("set")?;
    ndr.u16("sequence")?;
    for name in ["objects_added", "objects_removed"] {
        let count = ndr.u16("objects")?;
        if count > 0 {
            told.details.set(name, count);
        }
    }
    Ok(())
}

/// `ResolveOxid(…, [out, ref] DUALSTRINGARRAY **ppdsaOxidBindings, [out, ref] IPID *pipidRemUnknown, [out, ref] DWORD
/// *pAuthnHint)`.
fn resolved(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if !ndr.pointer("bindings")? {
        return Ok(());
    }
    bindings::bindings(ndr, told)?;
    remote_unknown(ndr.guid("ipid")?, memory);
    bindings::hint(ndr, told)
}

/// `ResolveOxid2(…, [out, ref] COMVERSION *pComVersion)`.
fn resolved2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    resolved(ndr, told, memory)?;
    match told.details.get("bindings") {
        Some(_) => bindings::version(ndr, told),
        None => Ok(()),
    }
}

/// `ServerAlive2([out, ref] COMVERSION *, [out, ref] DUALSTRINGARRAY **, [out, ref] DWORD *)` ([MS-DCOM] 3.1.2.5.1.6).
fn alive(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    bindings::version(ndr, told)?;
    bindings::pointer(ndr, told)
}
