//! How what was found is fetched: enumerators, results of calls that did not wait, and sinks ([MS-WMI] 3.1.4.4 to 3.1.4.7,
//! 3.2.4.1). Of the objects themselves their number is told, and the class of the first.

use super::super::com::{self, bstr, handed_out, inherited};
use super::super::{Memory, Operation, Returns, Stubs, Told};
use super::methods::returned;
use super::{class_object, read, text};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;
use crate::win32;

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Hresult)
}

/// `IEnumWbemClassObject` ([MS-WMI] 3.1.4.4).
pub(in crate::dcerpc::stubs) const ENUMERATOR: Stubs = Stubs::new(
    "027947e1-d731-11ce-a357-000000000001",
    &[
        call(3),
        call(4).request(next).response(came),
        call(5).request(next_async),
        call(6).response(cloned),
        call(7).request(next),
    ],
);

/// `IWbemFetchSmartEnum` ([MS-WMI] 3.1.4.6).
pub(in crate::dcerpc::stubs) const FETCH_SMART_ENUMERATOR: Stubs =
    Stubs::new("1c1c45ee-4395-11d2-b60b-00104b703efd", &[call(3).response(cloned)]);

/// `IWbemWCOSmartEnum` ([MS-WMI] 3.1.4.7).
pub(in crate::dcerpc::stubs) const SMART_ENUMERATOR: Stubs = Stubs::new(
    "423ec01e-2e35-11d2-b604-00104b703efd",
    &[call(3).request(smart_next).response_begins(packed)],
);

/// `IWbemCallResult` ([MS-WMI] 3.1.4.5).
pub(in crate::dcerpc::stubs) const CALL_RESULT: Stubs = Stubs::new(
    "44aca675-e8fc-11d0-a07c-00c04fb68820",
    &[
        Operation::new(3, Kind::WmiExecution, Returns::Hresult)
            .action("Wmi execution")
            .response(result_object),
        call(4).response(result_string),
        call(5).response(cloned),
        call(6).response(status),
    ],
);

/// `IWbemObjectSink`, which the client has and the server calls ([MS-WMI] 3.2.4.1).
pub(in crate::dcerpc::stubs) const OBJECT_SINK: Stubs = Stubs::new(
    "7c857801-7381-11cf-884d-00aa004b2e24",
    &[call(3).request(indicate), call(4).request(set_status)],
);

/// `Next`, `Skip([in] ORPCTHIS *, [out] ORPCTHAT *, long lTimeout, ULONG nCount, …)`.
fn next(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    ndr.u32("timeout")?;
    told.details.set("requested", ndr.u32("count")?);
    Ok(())
}

/// `NextAsync([in] ORPCTHIS *, [out] ORPCTHAT *, unsigned long uCount, [in] IWbemObjectSink *pSink)`.
fn next_async(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    told.details.set("requested", ndr.u32("count")?);
    Ok(())
}

/// `[out, size_is(uCount), length_is(*puReturned)] IWbemClassObject **apObjects, [out] ULONG *puReturned`.
fn came(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    let count = ndr.varying(4, "objects")?;
    told.details.set("returned", count);
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("object")?);
    }
    first_class(ndr, present, told)
}

/// The class of the first of the objects that follow.
fn first_class(ndr: &mut Ndr<'_>, present: usize, told: &mut Told) -> Result<(), Malformed> {
    if present == 0 {
        return Ok(());
    }
    if let Some(reference) = com::referent(ndr, "object")?
        && let Some(object) = read(reference, told)?
    {
        told.details.replace("class", object.class);
    }
    Ok(())
}

/// `Clone`, `GetSmartEnum`, `GetResultServices(…, [out] … **)`: an object of the same.
fn cloned(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    let details = inherited(told, memory);
    handed_out(ndr, "object", || details, memory)
}

/// `Next([in] ORPCTHIS *, [out] ORPCTHAT *, [in] REFGUID proxyGUID, long lTimeout, ULONG uCount, …)` ([MS-WMI] 3.1.4.7.1).
fn smart_next(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    ndr.guid("proxy")?;
    ndr.u32("timeout")?;
    told.details.set("requested", ndr.u32("count")?);
    Ok(())
}

/// `[out] ULONG *puReturned, [out] ULONG *pdwBuffSize, [out, size_is(,*pdwBuffSize)] byte **pBuffer`, which passes.
fn packed(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    told.details.set("returned", ndr.u32("count")?);
    told.details.set("returned_size", ndr.u32("size")?);
    Ok(())
}

/// `GetResultObject(long lTimeout, [out] IWbemClassObject **ppResultObject)`: what a method gave that was not waited for, or
/// an object that was asked for.
fn result_object(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    let Some(object) = class_object(ndr, told)? else {
        return Ok(());
    };
    let of = inherited(told, memory);
    if of.get("method").is_some() {
        told.inherited.append(of);
        returned(object, told);
    }
    Ok(())
}

/// `GetResultString(long lTimeout, [out] BSTR *pstrResultString)`: the path of the instance that was written.
fn result_string(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    text(ndr, told, "object_path")
}

/// `GetCallStatus(long lTimeout, [out] long *plStatus)`: what came of the call.
fn status(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    told_status(ndr, told)
}

/// `Indicate([in] ORPCTHIS *, [out] ORPCTHAT *, long lObjectCount, [in, size_is(lObjectCount)] IWbemClassObject
/// **apObjArray)`.
fn indicate(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    told.details.set("returned", ndr.u32("count")?);
    let count = ndr.conformance(4, "objects")?;
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("object")?);
    }
    first_class(ndr, present, told)
}

/// `SetStatus([in] ORPCTHIS *, [out] ORPCTHAT *, long lFlags, HRESULT hResult, [in] BSTR strParam, …)`: how the call ended.
fn set_status(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    ndr.u32("flags")?;
    told_status(ndr, told)?;
    bstr(ndr, "parameter")?;
    Ok(())
}

fn told_status(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let code = ndr.u32("status")?;
    told.details.set("call_status", code);
    told.details.set_some("call_status_name", win32::hresult(code));
    Ok(())
}
