//! ExecMethod: methods of classes and instances, what they are given and what they give back ([MS-WMI] 3.1.4.3.22).

use compact_str::CompactString;

use super::super::com::{self, bstr};
use super::super::{Memory, Told, secret};
use super::object::Object;
use super::{call_result, class_object, text, write};
use crate::activity::Outcome;
use crate::dcerpc::ndr::Ndr;
use crate::fields::{Fields, Value};
use crate::reader::Malformed;

/// The class of registry access: its methods read and write values of any key.
const REGISTRY: &str = "StdRegProv";

/// `ExecMethod([in] const BSTR strObjectPath, [in] const BSTR strMethodName, long lFlags, [in, unique] IWbemContext *pCtx,
/// [in, unique] IWbemClassObject *pInParams, …)` and its asynchronous form.
pub(super) fn called(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
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
    if let Some(mut object) = class_object(ndr, told)? {
        if is_registry(told) {
            hide_data(&mut object);
        }
        write(object, "parameters", told);
    }
    Ok(())
}

/// `[out, in, unique] IWbemClassObject **ppOutParams, [out, in, unique] IWbemCallResult **ppCallResult`.
pub(super) fn answered(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    com::that(ndr)?;
    if ndr.pointer("out parameters")?
        && let Some(object) = class_object(ndr, told)?
    {
        returned(object, told);
    }
    call_result(ndr, told, memory)
}

/// What a method gave: of the registry its return value alone, as what it read may be a secret.
pub(super) fn returned(object: Object, told: &mut Told) {
    if let Some(value) = object.number("ReturnValue") {
        told.details.set("return_value", value);
        if is_create(told) {
            told.details.set_some("return_value_name", created(value));
            told.outcome = (value != 0).then_some(Outcome::Failure);
        }
    }
    let further = object
        .values
        .into_iter()
        .filter(|fields| name_of(fields) != "ReturnValue");
    if !is_registry(told) {
        told.list("out_parameters", further);
    }
}

fn is_registry(told: &Told) -> bool {
    told.text("class")
        .is_some_and(|class| class.eq_ignore_ascii_case(REGISTRY))
}

fn is_create(told: &Told) -> bool {
    let is = |name, known: &str| told.text(name).is_some_and(|text| text.eq_ignore_ascii_case(known));
    is("class", "Win32_Process") && is("method", "Create")
}

/// What `Win32_Process.Create` returns.
const fn created(value: i64) -> Option<&'static str> {
    Some(match value {
        0 => "Successful completion",
        2 => "Access denied",
        3 => "Insufficient privilege",
        8 => "Unknown failure",
        9 => "Path not found",
        21 => "Invalid parameter",
        _ => return None,
    })
}

/// What is written to a value of the registry is told where neither the value nor its key sounds like a secret.
fn hide_data(object: &mut Object) {
    let secret = object.values.iter().any(|fields| {
        let value = fields.get_text("value").unwrap_or_default();
        matches!(name_of(fields), "sSubKeyName" | "sValueName") && secret::sounds(value)
    });
    if secret {
        object
            .values
            .retain(|fields| !matches!(name_of(fields), "sValue" | "uValue"));
    }
}

fn name_of(fields: &Fields) -> &str {
    match fields.get("name") {
        Some(Value::Text(name)) => name,
        _ => "",
    }
}

/// The class of an object path, `\\\\server\\namespace:Class.Key="…"` ([MS-WMI] 2.2.1).
pub(super) fn before_key(path: &str) -> CompactString {
    let before_values = path.find(['=', '"']).and_then(|at| path.get(..at)).unwrap_or(path);
    let local = before_values.rsplit_once(':').map_or(before_values, |(_, local)| local);
    let class = local.split_once('.').map_or(local, |(class, _)| class);
    CompactString::new(class)
}
