//! Activation: which class a client has a server create, and where its object is reached ([MS-DCOM] 3.1.2.5.2).
//!
//! What is asked for and what is answered travels as a blob of properties inside an OBJREF_CUSTOM ([MS-DCOM] 2.2.22), each of
//! them marshalled for itself behind a header of type serialization ([MS-RPCE] 2.2.6.1).

use super::classes::{self, Purpose};
use super::reference::{self, remote_unknown};
use super::unknown::{pointers, results};
use super::{bindings, interface, interfaces, that, this};
use crate::activity::Kind;
use crate::dcerpc::ndr::{Ndr, Transfer};
use crate::dcerpc::stubs::{Memory, Operation, Returns, Stubs, Told};
use crate::dcerpc::uuid::Uuid;
use crate::dcerpc::wire::Order;
use crate::fields::Fields;
use crate::reader::Malformed;

/// Properties of one blob.
const MAX_PROPERTIES: usize = 16;

/// Common and private header of a serialized type.
const SERIALIZATION: usize = 16;

/// CLSID_InstantiationInfo, CLSID_SecurityInfo, CLSID_PropsOutInfo and CLSID_ScmReplyInfo ([MS-DCOM] 1.9).
const INSTANTIATION: Uuid = Uuid::parse("000001ab-0000-0000-c000-000000000046");
const SECURITY: Uuid = Uuid::parse("000001a6-0000-0000-c000-000000000046");
const PROPS_OUT: Uuid = Uuid::parse("00000339-0000-0000-c000-000000000046");
const SCM_REPLY: Uuid = Uuid::parse("000001b6-0000-0000-c000-000000000046");

const fn activate(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::WmiExecution, Returns::Hresult)
}

/// `IRemoteSCMActivator`, which is ISystemActivator to some.
pub(in crate::dcerpc::stubs) const ACTIVATOR: Stubs = Stubs::new(
    "000001a0-0000-0000-c000-000000000046",
    &[
        activate(3).request(class_object).response(answered),
        activate(4).request(create_instance).response(answered),
    ],
);

/// `IActivation`.
pub(in crate::dcerpc::stubs) const ACTIVATION: Stubs = Stubs::new(
    "4d9f4ab8-7d1c-11cf-861e-0020af6e7c57",
    &[activate(0).request(remote_activation).response(remotely_activated)],
);

/// `RemoteGetClassObject([in] ORPCTHIS *, [out] ORPCTHAT *, [in, unique] MInterfacePointer *pActProperties, …)`.
fn class_object(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    properties(ndr, told, memory)
}

/// `RemoteCreateInstance([in] ORPCTHIS *, [out] ORPCTHAT *, [in, unique] MInterfacePointer *pUnkOuter, [in, unique]
/// MInterfacePointer *pActProperties, …)`.
fn create_instance(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    reference::pointer(ndr, "outer object")?;
    properties(ndr, told, memory)
}

/// `[out] MInterfacePointer **ppActProperties` of both.
fn answered(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    that(ndr)?;
    properties(ndr, told, memory)
}

/// `RemoteActivation([in] ORPCTHIS *, [out] ORPCTHAT *, [in] GUID *Clsid, [in, unique, string] WCHAR *pwszObjectName, [in,
/// unique] MInterfacePointer *pObjectStorage, DWORD ClientImpLevel, DWORD Mode, DWORD Interfaces, [in, unique, size_is]
/// IID *pIIDs, …)` ([MS-DCOM] 3.1.2.5.2.3.1).
fn remote_activation(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    class(ndr.guid("class")?, told);
    told.argument(ndr, "object name", "object_name")?;
    reference::pointer(ndr, "object storage")?;
    for what in ["impersonation level", "mode", "interfaces"] {
        ndr.u32(what)?;
    }
    if ndr.pointer("interfaces")? {
        wanted(ndr, told)?;
    }
    Ok(())
}

/// `[out] OXID *pOxid, [out] DUALSTRINGARRAY **ppdsaOxidBindings, [out] IPID *pipidRemUnknown, [out] DWORD *pAuthnHint, [out]
/// COMVERSION *pServerVersion, [out] HRESULT *phr, [out, size_is(Interfaces)] MInterfacePointer **ppInterfaceData, [out,
/// size_is(Interfaces)] HRESULT *pResults`.
fn remotely_activated(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    that(ndr)?;
    ndr.u64("oxid")?;
    bindings::pointer(ndr, told)?;
    remote_unknown(ndr.guid("ipid")?, memory);
    bindings::hint(ndr, told)?;
    bindings::version(ndr, told)?;
    ndr.u32("result")?;
    objects(ndr, told, memory)?;
    let asked = std::mem::take(&mut told.interfaces);
    results(ndr, &asked, told)
}

/// The pointers that came: whatever else their exporter hands out belongs to the class, but for WMI's, which has objects of
/// its own kind.
fn objects(ndr: &mut Ndr<'_>, told: &Told, memory: &mut Memory) -> Result<(), Malformed> {
    let made = made(told);
    pointers(ndr, &made, memory, |standard, memory| {
        if !made.is_empty() && told.action.is_none() {
            memory.learn_exporter(standard.oxid, made.clone());
        }
    })
}

/// The interfaces that the object is wanted for.
fn wanted(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.interfaces = interfaces(ndr)?;
    let names: Vec<_> = told.interfaces.iter().copied().map(interface).collect();
    told.list("interfaces", names);
    Ok(())
}

/// What every call of the object says: its class.
fn made(told: &Told) -> Fields {
    let mut fields = Fields::sized(2);
    for name in ["clsid", "class"] {
        fields.set_some(name, told.details.get(name).cloned());
    }
    fields
}

fn class(class: Uuid, told: &mut Told) {
    told.details.replace("clsid", class.text());
    if let Some((name, purpose)) = classes::named(class) {
        told.details.replace("class", name);
        if purpose == Purpose::Wmi {
            told.action = Some("Wmi execution");
        }
    }
}

/// `u32 dwSize; u32 dwReserved; CustomHeader; property[]`, where the header says which properties there are and how long
/// each is ([MS-DCOM] 2.2.22.1).
fn properties(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let Some(blob) = reference::custom(ndr, "activation properties")? else {
        return Ok(());
    };
    let blob = blob.data.get(8..).ok_or(Malformed("activation properties"))?;
    let mut header = serialized(blob)?;
    header.u32("total size")?;
    let size = header.u32("header size")?;
    header.u32("reserved")?;
    header.u32("destination context")?;
    header.u32("properties")?;
    header.guid("class info")?;
    for what in ["properties", "sizes", "reserved"] {
        header.pointer(what)?;
    }
    let count = header.conformance(16, "properties")?.min(MAX_PROPERTIES);
    let mut kinds = [None; MAX_PROPERTIES];
    for kind in kinds.iter_mut().take(count) {
        *kind = Some(header.guid("property")?);
    }
    header.conformance(4, "sizes")?;
    let mut rest = blob.get(size as usize..).ok_or(Malformed("header size"))?;
    for kind in kinds.into_iter().flatten() {
        let size = header.u32("size")? as usize;
        let (one, after) = rest.split_at_checked(size).ok_or(Malformed("property size"))?;
        property(kind, one, told, memory)?;
        rest = after;
    }
    Ok(())
}

fn property(kind: Uuid, octets: &[u8], told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    match kind {
        INSTANTIATION => instantiation(&mut serialized(octets)?, told),
        SECURITY => security(&mut serialized(octets)?, told),
        PROPS_OUT => given(&mut serialized(octets)?, told, memory),
        SCM_REPLY => reply(&mut serialized(octets)?, told, memory),
        _ => Ok(()),
    }
}

/// A type that is serialized for itself: its version, byte order and length stand before it.
fn serialized(octets: &[u8]) -> Result<Ndr<'_>, Malformed> {
    let order = octets.get(1).ok_or(Malformed("serialized type"))?;
    let order = Order { little: *order != 0 };
    let body = octets.get(SERIALIZATION..).ok_or(Malformed("serialized type"))?;
    Ok(Ndr::new(body, order, Transfer::Ndr20))
}

/// `InstantiationInfoData { CLSID classId; DWORD classCtx; DWORD actvflags; long fIsSurrogate; DWORD cIID; DWORD instFlag;
/// [size_is(cIID)] IID *pIID; DWORD thisSize; COMVERSION clientCOMVersion; }` ([MS-DCOM] 2.2.22.2.1).
fn instantiation(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    class(ndr.guid("class")?, told);
    for _ in 0..5 {
        ndr.u32("instantiation")?;
    }
    let present = ndr.pointer("interfaces")?;
    ndr.u32("instantiation")?;
    ndr.u32("com version")?;
    if present {
        wanted(ndr, told)?;
    }
    Ok(())
}

/// `PropsOutInfo { DWORD cIfs; [size_is(cIfs)] IID *piid; [size_is(cIfs)] HRESULT *phresults; [size_is(cIfs)]
/// MInterfacePointer **ppIntfData; }` ([MS-DCOM] 2.2.22.2.9).
fn given(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("interfaces")?;
    let (named, judged, data) = (
        ndr.pointer("interfaces")?,
        ndr.pointer("results")?,
        ndr.pointer("interface pointers")?,
    );
    if !(named && judged && data) {
        return Ok(());
    }
    let asked = interfaces(ndr)?;
    results(ndr, &asked, told)?;
    objects(ndr, told, memory)
}

/// `ScmReplyInfoData { DWORD *pdwReserved; customREMOTE_REPLY_SCM_INFO *remoteReply; }`, `customREMOTE_REPLY_SCM_INFO { OXID
/// Oxid; DUALSTRINGARRAY *pdsaOxidBindings; IPID ipidRemUnknown; DWORD authnHint; COMVERSION serverVersion; }` ([MS-DCOM]
/// 2.2.22.2.8).
fn reply(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let reserved = ndr.pointer("reserved")?;
    let present = ndr.pointer("reply")?;
    if reserved {
        ndr.u32("reserved")?;
    }
    if !present {
        return Ok(());
    }
    ndr.u64("oxid")?;
    let bound = ndr.pointer("bindings")?;
    remote_unknown(ndr.guid("ipid")?, memory);
    bindings::hint(ndr, told)?;
    bindings::version(ndr, told)?;
    match bound {
        true => bindings::bindings(ndr, told),
        false => Ok(()),
    }
}

/// `SecurityInfoData { DWORD dwAuthnFlags; COSERVERINFO *pServerInfo; DWORD *pdwReserved; }`, `COSERVERINFO { DWORD
/// dwReserved1; [string] WCHAR *pwszName; DWORD *pdwReserved; DWORD dwReserved2; }` ([MS-DCOM] 2.2.22.2.7).
fn security(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.u32("security")?;
    let present = ndr.pointer("server")?;
    ndr.pointer("reserved")?;
    if !present {
        return Ok(());
    }
    ndr.u32("server")?;
    let named = ndr.pointer("server name")?;
    ndr.pointer("reserved")?;
    ndr.u32("server")?;
    if named {
        told.long("server_name", ndr.wide_string("server name")?.text());
    }
    Ok(())
}
