//! Windows Management Instrumentation: which namespace, query, class and method, and what came of it ([MS-WMI] 3.1.4).
//!
//! What asks for something is `wmi_execution`; what fetches what was found ([`enumerator`]) stays an `rpc_call`. What a method is
//! given and gives, and what an object holds that is written, is told of its texts and numbers ([`object`]). Objects that are
//! handed out remember their namespace and what they are the result of, so that sealed calls of them tell it.

mod cim;
mod enumerator;
mod methods;
mod object;
#[cfg(test)]
mod tests;

pub(super) use enumerator::{CALL_RESULT, ENUMERATOR, FETCH_SMART_ENUMERATOR, OBJECT_SINK, SMART_ENUMERATOR};

use super::com::{self, bstr, handed_out, inherited};
use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::uuid::Uuid;
use crate::fields::Fields;
use crate::reader::Malformed;
use object::Object;

/// CLSID_WbemClassObject, behind which [MS-WMIO] begins ([MS-WMI] 2.2.4.1).
const CLASS_OBJECT: Uuid = Uuid::parse("4590f812-1d3a-11d0-891f-00aa004b2e24");

const fn wmi(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::WmiExecution, Returns::Hresult).action("Wmi execution")
}

/// `IWbemLevel1Login` ([MS-WMI] 3.1.4.1).
pub(super) const LOGIN: Stubs = Stubs::new(
    "f309ad18-d86a-11d0-a075-00c04fb68820",
    &[wmi(3), wmi(4), wmi(5), wmi(6).request(login).response(logged_in)],
);

/// `IWbemLoginClientID` ([MS-WMI] 3.1.4.8).
pub(super) const CLIENT_ID: Stubs = Stubs::new(
    "d4781cd6-e5d3-44df-ad94-930efe48a887",
    &[Operation::new(3, Kind::RpcCall, Returns::Hresult)
        .request(client)
        .changes()],
);

/// `IWbemServices` ([MS-WMI] 3.1.4.3).
pub(super) const SERVICES: Stubs = Stubs::new(
    "9556dc99-828c-11cf-a37e-00aa003240c7",
    &[
        wmi(3).request(namespace).response(opened),
        wmi(4),
        wmi(5),
        wmi(6).request(path),
        wmi(7).request(path),
        wmi(8).request(put).response(put_away),
        wmi(9).request(put),
        wmi(10).request(class).response(put_away),
        wmi(11).request(class),
        wmi(12).request(class).response(enumerated),
        wmi(13).request(class),
        wmi(14).request(put).response(put_away),
        wmi(15).request(put),
        wmi(16).request(path).response(put_away),
        wmi(17).request(path),
        wmi(18).request(class).response(enumerated),
        wmi(19).request(class),
        wmi(20).request(query).response(enumerated),
        wmi(21).request(query),
        wmi(22).request(query).response(enumerated),
        wmi(23).request(query),
        wmi(24).request(methods::called).response(methods::answered),
        wmi(25).request(methods::called),
    ],
);

/// `NTLMLogin([in] ORPCTHIS *, [out] ORPCTHAT *, [in, unique, string] LPWSTR wszNetworkResource, [in, unique, string] LPWSTR
/// wszPreferredLocale, long lFlags, [in] IWbemContext *pCtx, [out] IWbemServices **ppNamespace)` ([MS-WMI] 3.1.4.1.4).
fn login(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    told.argument(ndr, "namespace", "namespace")
}

fn logged_in(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    handed_out(ndr, "namespace", || made(Fields::new(), told, &["namespace"]), memory)
}

/// `SetClientInfo([in] ORPCTHIS *, [out] ORPCTHAT *, [in, unique, string] LPWSTR wszClientMachine, long lClientProcId, long
/// lReserved)` ([MS-WMI] 3.1.4.8.1).
fn client(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    told.argument(ndr, "client machine", "client_machine")?;
    told.details.set("client_process_id", ndr.u32("client process")?);
    Ok(())
}

/// `OpenNamespace([in] const BSTR strNamespace, long lFlags, [in, unique] IWbemContext *pCtx, [out, in, unique] IWbemServices
/// **ppWorkingNamespace, …)` ([MS-WMI] 3.1.4.3.1): below the namespace that is open.
fn namespace(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    text(ndr, told, "namespace")?;
    let above = inherited(told, memory);
    if let (Some(above), Some(below)) = (above.get_text("namespace"), told.text("namespace")) {
        let whole = compact_str::format_compact!("{above}\\{below}");
        told.long("namespace", whole);
    }
    Ok(())
}

fn opened(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    if ndr.pointer("namespace")? {
        handed_out(ndr, "namespace", || made(Fields::new(), told, &["namespace"]), memory)?;
    }
    Ok(())
}

/// `GetObject`, `DeleteInstance([in] const BSTR strObjectPath, …)` and their asynchronous forms.
fn path(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    text(ndr, told, "object_path")
}

/// `DeleteClass`, `CreateClassEnum`, `CreateInstanceEnum([in] const BSTR strClass, …)` and their asynchronous forms.
fn class(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    text(ndr, told, "class")
}

/// `ExecQuery`, `ExecNotificationQuery([in] const BSTR strQueryLanguage, [in] const BSTR strQuery, …)` and their
/// asynchronous forms ([MS-WMI] 3.1.4.3.18).
fn query(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    text(ndr, told, "query_language")?;
    text(ndr, told, "query")
}

/// `[out] IEnumWbemClassObject **ppEnum`.
fn enumerated(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    let details = made(inherited(told, memory), told, &["query", "class"]);
    handed_out(ndr, "enumerator", || details, memory)
}

/// `PutClass`, `PutInstance([in] IWbemClassObject *pInst, …)` and their asynchronous forms ([MS-WMI] 3.1.4.3.14): event filters,
/// their consumers and what binds them are written so.
fn put(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    if let Some(object) = class_object(ndr, told)? {
        write(object, "parameters", told);
    }
    Ok(())
}

/// `[out, in, unique] IWbemCallResult **ppCallResult`: what a call that does not wait is asked by for its result.
fn put_away(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    call_result(ndr, told, memory)
}

fn call_result(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("call result")? {
        let details = made(inherited(told, memory), told, &["class", "method", "object_path"]);
        handed_out(ndr, "call result", || details, memory)?;
    }
    Ok(())
}

/// What an object says that is the result of a call: what the call's object says, and these of the call's details.
fn made(mut details: Fields, told: &Told, names: &[&'static str]) -> Fields {
    for name in names {
        if let Some(value) = told.details.get(name) {
            details.replace(name, value.clone());
        }
    }
    details
}

/// A `[unique] IWbemClassObject *`.
fn class_object(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<Option<Object>, Malformed> {
    match com::custom(ndr, "object")? {
        Some(reference) => read(reference, told),
        None => Ok(None),
    }
}

/// The object that an OBJREF_CUSTOM holds, where it is one of WMI's.
fn read(reference: com::Reference<'_>, told: &mut Told) -> Result<Option<Object>, Malformed> {
    if reference.unmarshaler != CLASS_OBJECT {
        return Ok(None);
    }
    let mut reading = cim::Reading::default();
    let object = object::unit(reference.data, &mut reading);
    told.limit = told.limit.or(reading.limit);
    object.map(Some)
}

/// Says an object: its class, unless that is told already, and what it sets under `name`.
fn write(object: Object, name: &'static str, told: &mut Told) {
    if told.details.get("class").is_none() && !object.class.is_empty() {
        told.details.set("class", object.class);
    }
    if let Some(superclass) = object.superclass {
        told.long("superclass", superclass);
    }
    told.list(name, object.values);
}

fn text(ndr: &mut Ndr<'_>, told: &mut Told, name: &'static str) -> Result<(), Malformed> {
    if let Some(text) = bstr(ndr, name)? {
        told.long(name, text);
    }
    Ok(())
}
