//! Windows Management Instrumentation: which namespace, query, class and method ([MS-WMI] 3.1.4).
//!
//! Everything is `wmi_execution`. What a method is given, and what an instance that is written holds, is told of its texts
//! and numbers ([`object`]).

mod object;
#[cfg(test)]
mod tests;

use compact_str::CompactString;

use super::com::{self, bstr};
use super::{Memory, Operation, Returns, Stubs, Told};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::uuid::Uuid;
use crate::reader::Malformed;

/// CLSID_WbemClassObject, behind which [MS-WMIO] begins ([MS-WMI] 2.2.4.1).
const CLASS_OBJECT: Uuid = Uuid::parse("4590f812-1d3a-11d0-891f-00aa004b2e24");

const fn wmi(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::WmiExecution, Returns::Hresult).action("Wmi execution")
}

/// `IWbemLevel1Login` ([MS-WMI] 3.1.4.1).
pub(super) const LOGIN: Stubs = Stubs::new(
    "f309ad18-d86a-11d0-a075-00c04fb68820",
    &[wmi(3), wmi(4), wmi(5), wmi(6).request(login)],
);

/// `IWbemServices` ([MS-WMI] 3.1.4.3).
pub(super) const SERVICES: Stubs = Stubs::new(
    "9556dc99-828c-11cf-a37e-00aa003240c7",
    &[
        wmi(3).request(namespace),
        wmi(6).request(path),
        wmi(7).request(path),
        wmi(8).request(put),
        wmi(9).request(put),
        wmi(10).request(class),
        wmi(11).request(class),
        wmi(12).request(class),
        wmi(13).request(class),
        wmi(14).request(put),
        wmi(15).request(put),
        wmi(16).request(path),
        wmi(17).request(path),
        wmi(18).request(class),
        wmi(19).request(class),
        wmi(20).request(query),
        wmi(21).request(query),
        wmi(22).request(query),
        wmi(23).request(query),
        wmi(24).request(method),
        wmi(25).request(method),
    ],
);

/// `NTLMLogin([in] ORPCTHIS *, [out] ORPCTHAT *, [in, unique, string] LPWSTR wszNetworkResource, [in, unique, string] LPWSTR
/// wszPreferredLocale, …)` ([MS-WMI] 3.1.4.1.4).
fn login(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    told.argument(ndr, "namespace", "namespace")
}

/// `OpenNamespace([in] const BSTR strNamespace, …)`.
fn namespace(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    text(ndr, told, "namespace")
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
    bstr(ndr, "query language")?;
    text(ndr, told, "query")
}

/// `ExecMethod([in] const BSTR strObjectPath, [in] const BSTR strMethodName, long lFlags, [in, unique] IWbemContext *pCtx,
/// [in, unique] IWbemClassObject *pInParams, …)` and its asynchronous form ([MS-WMI] 3.1.4.3.22).
fn method(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    if let Some(path) = bstr(ndr, "object path")? {
        told.long("class", before_key(&path));
        if path.contains(['=', '@']) {
            told.long("object_path", path);
        }
    }
    text(ndr, told, "method")?;
    ndr.u32("flags")?;
    com::custom(ndr, "context")?;
    parameters(ndr, told)
}

/// `PutClass`, `PutInstance([in] IWbemClassObject *pInst, …)` and their asynchronous forms ([MS-WMI] 3.1.4.3.14).
fn put(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    com::this(ndr)?;
    parameters(ndr, told)
}

/// A `[unique] IWbemClassObject *`: its class and what it holds.
fn parameters(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let Some(reference) = com::custom(ndr, "object")? else {
        return Ok(());
    };
    if reference.unmarshaler == CLASS_OBJECT {
        object::write(reference.data, told)?;
    }
    Ok(())
}

fn text(ndr: &mut Ndr<'_>, told: &mut Told, name: &'static str) -> Result<(), Malformed> {
    if let Some(text) = bstr(ndr, name)? {
        told.long(name, text);
    }
    Ok(())
}

/// The class of an object path, `\\\\server\\namespace:Class.Key="…"` ([MS-WMI] 2.2.1).
fn before_key(path: &str) -> CompactString {
    let before_values = path.find(['=', '"']).and_then(|at| path.get(..at)).unwrap_or(path);
    let local = before_values.rsplit_once(':').map_or(before_values, |(_, local)| local);
    let class = local.split_once('.').map_or(local, |(class, _)| class);
    CompactString::new(class)
}
