//! IRemUnknown and IRemUnknown2: which interfaces of an object a client wants, and which it gets ([MS-DCOM] 3.1.1.5.6,
//! 3.1.1.5.7); and IClassFactory, which makes an object of a class ([MS-DCOM] 3.1.1.5.8).

use super::super::{Memory, Operation, Returns, Stubs, Told};
use super::reference::{self, Standard, handed_out, inherited};
use super::{interface, interfaces, that, this};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::uuid::Uuid;
use crate::fields::Fields;
use crate::reader::Malformed;

/// References of one call that are looked at.
const MAX_REFERENCES: usize = 256;

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Hresult)
}

/// `IRemUnknown`.
pub(in crate::dcerpc::stubs) const UNKNOWN: Stubs = Stubs::new(
    "00000131-0000-0000-c000-000000000046",
    &[
        call(3).request(query_interface).response(queried),
        call(4).request(add),
        call(5).request(release),
    ],
);

/// `IRemUnknown2`.
pub(in crate::dcerpc::stubs) const UNKNOWN2: Stubs = Stubs::new(
    "00000143-0000-0000-c000-000000000046",
    &[
        call(3).request(query_interface).response(queried),
        call(4).request(add),
        call(5).request(release),
        call(6).request(query_interface2).response(queried2),
    ],
);

/// `IClassFactory`.
pub(in crate::dcerpc::stubs) const FACTORY: Stubs = Stubs::new(
    "00000001-0000-0000-c000-000000000046",
    &[call(3).request(create).response(created).changes(), call(4)],
);

/// `RemQueryInterface([in] ORPCTHIS *, [out] ORPCTHAT *, [in] REFIPID ripid, unsigned long cRefs, unsigned short cIids, [in,
/// size_is(cIids)] IID *iids, …)`.
fn query_interface(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    of(ndr.guid("ipid")?, told, memory);
    ndr.u32("references")?;
    wanted(ndr, told)
}

/// `RemQueryInterface2([in] ORPCTHIS *, [out] ORPCTHAT *, [in] REFIPID ripid, unsigned short cIids, [in, size_is(cIids)]
/// IID *iids, …)`.
fn query_interface2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    of(ndr.guid("ipid")?, told, memory);
    wanted(ndr, told)
}

/// The call is about this object, and not about the exporter's own that it is made on.
fn of(ipid: Uuid, told: &mut Told, memory: &Memory) {
    told.object = Some(ipid);
    told.inherited.append(inherited(told, memory));
}

fn wanted(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let count = ndr.u16("interfaces")?;
    told.interfaces = interfaces(ndr)?;
    if told.interfaces.len() != super::MAX_GUIDS.min(count.into()) {
        return Err(Malformed("interfaces"));
    }
    let names: Vec<_> = told.interfaces.iter().copied().map(interface).collect();
    told.list("interfaces", names);
    Ok(())
}

/// `[out, size_is(cIids)] REMQIRESULT **ppQIResults`, `REMQIRESULT { HRESULT hResult; STDOBJREF std; }` ([MS-DCOM] 2.2.24).
fn queried(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    that(ndr)?;
    if !ndr.pointer("results")? {
        return Ok(());
    }
    let count = ndr.conformance(48, "results")?;
    let mut refused = Vec::new();
    for iid in told.interfaces.clone().into_iter().take(count) {
        ndr.align(8);
        let failed = ndr.u32("result")? >> 31 != 0;
        let standard = Standard::of(ndr)?;
        match failed {
            true => refused.push(iid),
            false => standard.learn(iid, inherited(told, memory), memory),
        }
    }
    tell_refused(refused, told);
    Ok(())
}

/// `[out, size_is(cIids)] HRESULT *phr, [out, size_is(cIids)] MInterfacePointer **ppMIF`.
fn queried2(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    that(ndr)?;
    let details = inherited(told, memory);
    let asked = std::mem::take(&mut told.interfaces);
    results(ndr, &asked, told)?;
    pointers(ndr, &details, memory, |_, _| {})
}

/// `[size_is(count)] HRESULT *`: what came of each interface that was asked for.
pub(super) fn results(ndr: &mut Ndr<'_>, asked: &[Uuid], told: &mut Told) -> Result<(), Malformed> {
    let count = ndr.conformance(4, "results")?;
    let mut refused = Vec::new();
    for at in 0..count {
        let failed = ndr.u32("result")? >> 31 != 0;
        refused.extend(asked.get(at).copied().filter(|_| failed));
    }
    tell_refused(refused, told);
    Ok(())
}

/// `[size_is(count)] MInterfacePointer **`: `each` gets those that are called from afar before they are learnt.
pub(super) fn pointers(
    ndr: &mut Ndr<'_>,
    details: &Fields,
    memory: &mut Memory,
    each: impl Fn(Standard, &mut Memory),
) -> Result<(), Malformed> {
    let count = ndr.conformance(4, "interface pointers")?;
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("interface pointer")?);
    }
    for _ in 0..present.min(super::MAX_GUIDS) {
        let octets = reference::octets(ndr, "interface pointer")?;
        if let Some((interface, standard)) = reference::standard(octets)? {
            each(standard, memory);
            standard.learn(interface, details.clone(), memory);
        }
    }
    Ok(())
}

/// Interfaces that were not given: told where others were, else the call's own status says it.
fn tell_refused(refused: Vec<Uuid>, told: &mut Told) {
    if refused.len() < told.texts("interfaces").len() {
        told.list("refused_interfaces", refused.into_iter().map(interface));
    }
}

/// `RemAddRef([in] ORPCTHIS *, [out] ORPCTHAT *, unsigned short cInterfaceRefs, [in, size_is(cInterfaceRefs)] REMINTERFACEREF
/// InterfaceRefs[], …)`.
fn add(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    references(ndr, told, memory, Memory::add_references)
}

/// `RemRelease([in] ORPCTHIS *, [out] ORPCTHAT *, unsigned short cInterfaceRefs, [in, size_is(cInterfaceRefs)]
/// REMINTERFACEREF InterfaceRefs[])`.
fn release(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    references(ndr, told, memory, Memory::release)
}

/// `REMINTERFACEREF { IPID ipid; unsigned long cPublicRefs; unsigned long cPrivateRefs; }` ([MS-DCOM] 2.2.23).
fn references(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    memory: &mut Memory,
    each: fn(&mut Memory, Uuid, u32),
) -> Result<(), Malformed> {
    this(ndr)?;
    ndr.u16("references")?;
    let count = ndr.conformance(24, "references")?;
    told.details.set("references", count);
    if count > MAX_REFERENCES {
        told.limit = Some("dcerpc.references");
    }
    for _ in 0..count.min(MAX_REFERENCES) {
        let ipid = ndr.guid("ipid")?;
        let (public, private) = (ndr.u32("references")?, ndr.u32("references")?);
        // What the first known one says is copied, once: the others are given back beside it.
        if told.inherited.is_empty() {
            of(ipid, told, memory);
        }
        each(memory, ipid, public.saturating_add(private));
    }
    Ok(())
}

/// `CreateInstance([in] ORPCTHIS *, [out] ORPCTHAT *, [in] REFIID riid, [out, iid_is(riid)] IUnknown **ppvObject)`.
fn create(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    let wanted = interface(ndr.guid("riid")?);
    told.list("interfaces", [wanted]);
    Ok(())
}

fn created(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    that(ndr)?;
    let details = inherited(told, memory);
    handed_out(ndr, "object", || details, memory)
}
