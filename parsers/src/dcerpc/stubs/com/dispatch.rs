//! IDispatch: methods of objects by name or number, with their arguments and what came of them ([MS-OAUT] 3.1.4).
//!
//! Lateral movement through MMC20.Application or ShellWindows ends in an `Invoke` whose arguments are the command. The objects
//! on the way to it are handed out by `Invoke`s themselves: each remembers by which members it was reached.

use compact_str::{CompactString, format_compact};

use super::super::{Memory, Operation, Returns, Stubs, Told, secret};
use super::reference::{self, handed_out, inherited};
use super::variant::{Argument, Read, blob, read, variants};
use super::{commands, members, that, this};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::objects::Object;
use crate::dcerpc::uuid::Uuid;
use crate::fields::{Fields, Value};
use crate::reader::Malformed;
use crate::win32;

/// Names of one call.
const MAX_NAMES: usize = 32;

/// Octets of how an object was reached.
const MAX_REACHED: usize = 256;

/// `IDispatch`.
const IDISPATCH: Uuid = Uuid::parse("00020400-0000-0000-c000-000000000046");

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Hresult)
}

/// `IDispatch`.
pub(in crate::dcerpc::stubs) const DISPATCH: Stubs = Stubs::new(
    "00020400-0000-0000-c000-000000000046",
    &[
        call(3),
        call(4).response(described),
        call(5).request(names).response(numbered),
        Operation::new(6, Kind::WmiExecution, Returns::Hresult)
            .request(invoke)
            .response(invoked),
    ],
);

/// `ITypeInfo`, of which only the outcome is read ([MS-OAUT] 3.7.4).
pub(in crate::dcerpc::stubs) const TYPE_INFO: Stubs = Stubs::new(
    "00020401-0000-0000-c000-000000000046",
    &[call(3), call(4), call(5), call(6), call(7), call(8), call(12), call(18)],
);

/// `IProvideClassInfo`, whose `GetClassInfo([out] ITypeInfo **ppTI)` describes the object.
pub(in crate::dcerpc::stubs) const PROVIDE_CLASS_INFO: Stubs =
    Stubs::new("b196b283-bab4-101a-b69c-00aa00341d07", &[call(3).response(described)]);

/// `GetTypeInfo([in] ORPCTHIS *, [out] ORPCTHAT *, UINT iTInfo, LCID lcid, [out] ITypeInfo **ppTInfo)` ([MS-OAUT] 3.1.4.2).
fn described(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    that(ndr)?;
    let details = inherited(told, memory);
    handed_out(ndr, "type information", || details, memory)
}

/// `GetIDsOfNames([in] ORPCTHIS *, [out] ORPCTHAT *, [in] REFIID riid, [in, size_is(cNames)] LPOLESTR *rgszNames, UINT
/// cNames, LCID lcid, [out, size_is(cNames)] DISPID *rgDispId)` ([MS-OAUT] 3.1.4.3).
fn names(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    ndr.guid("riid")?;
    let count = ndr.conformance(4, "names")?;
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("name")?);
    }
    let mut found = Vec::new();
    for _ in 0..present.min(MAX_NAMES) {
        let name = ndr.wide_string("name")?.text();
        found.push(told.cut(name));
    }
    told.list("names", found);
    Ok(())
}

/// The numbers of the names: the first is a member's, the others those of its parameters.
fn numbered(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    that(ndr)?;
    let count = ndr.conformance(4, "members")?;
    let mut found = Vec::new();
    for _ in 0..count.min(MAX_NAMES) {
        found.push(ndr.u32("member")?);
    }
    if let (Some(ipid), Some(number), Some(name)) = (told.object, found.first(), told.texts("names").into_iter().next())
    {
        if memory.object(ipid).is_none() {
            memory.learn_object(ipid, Object::new(IDISPATCH, 1, Fields::new()));
        }
        memory.name_member(ipid, *number, name);
    }
    told.list("members", found);
    Ok(())
}

/// `Invoke([in] ORPCTHIS *, [out] ORPCTHAT *, DISPID dispIdMember, REFIID riid, LCID lcid, DWORD dwFlags, [in] DISPPARAMS
/// *pDispParams, …)` ([MS-OAUT] 3.1.4.4), `DISPPARAMS { [size_is(cArgs)] VARIANT *rgvarg; [size_is(cNamedArgs)] DISPID
/// *rgdispidNamedArgs; UINT cArgs; UINT cNamedArgs; }`.
fn invoke(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    let number = ndr.u32("member")?;
    told.details.set("member", number);
    if let Some(name) = member(told, memory, number) {
        told.details.set("method", name);
    }
    ndr.guid("riid")?;
    ndr.u32("locale")?;
    let flags = ndr.u32("flags")?;
    told.details.set_some("invoked_as", invoked_as(flags));
    ndr.align_pointer();
    let arguments = ndr.pointer("arguments")?;
    ndr.pointer("named arguments")?;
    ndr.u32("arguments")?;
    ndr.u32("named arguments")?;
    let hidden = told.text("method").is_some_and(takes_secrets);
    if arguments && !hidden {
        let (count, given) = variants(ndr, told)?;
        if is_command(number, &given, told, memory) || told.text("method").is_some() {
            let given: Vec<_> = given.into_iter().map(|argument| shown(argument, told)).collect();
            told.list("arguments", given);
        } else {
            told.details.set("argument_count", count);
            told.list("withheld_arguments", given.iter().map(Argument::outline));
        }
    }
    Ok(())
}

/// What a member is given whose name nobody knows may be anything. It is told where it can be nothing but a command, on an object
/// of which nothing is known, or that belongs to a class which runs commands.
fn is_command(number: u32, given: &[Argument], told: &Told, memory: &Memory) -> bool {
    let class = told
        .object
        .and_then(|ipid| memory.object(ipid)?.details.get_text("class"));
    class.is_none_or(members::is_known) && commands::runs(number, given)
}

fn shown(argument: Argument, told: &mut Told) -> Value {
    match argument.value {
        Value::Text(text) => told.cut(text).into(),
        value => value,
    }
}

/// The name of a member of the object: as it was asked for, or as its class has it.
fn member(told: &Told, memory: &Memory, number: u32) -> Option<Value> {
    let object = memory.object(told.object?)?;
    match object.member(number) {
        Some(name) => Some(name.clone().into()),
        None => members::known(&object.details, number).map(Value::Name),
    }
}

/// Methods one of whose arguments is a password, besides those whose name says so.
fn takes_secrets(method: &str) -> bool {
    const METHODS: &[&str] = &[
        "authenticate",
        "connect",
        "connectserver",
        "login",
        "logon",
        "logonuser",
        "mapnetworkdrive",
        "newcurrentdatabase",
        "open",
        "opencurrentdatabase",
        "opendatabase",
        "opendsobject",
        "protect",
        "put",
        "putex",
        "regwrite",
        "registertask",
        "registertaskdefinition",
        "runas",
        "saveas",
        "sendkeys",
        "setrequestheader",
        "unprotect",
    ];
    secret::sounds(method) || METHODS.iter().any(|known| method.eq_ignore_ascii_case(known))
}

/// How a member is invoked: the bits of `dwFlags` ([MS-OAUT] 3.1.4.4).
const fn invoked_as(flags: u32) -> Option<&'static str> {
    Some(match flags & 0xf {
        1 | 3 => "method",
        2 => "property_get",
        4 => "property_put",
        8 => "property_put_by_reference",
        _ => return None,
    })
}

/// `[out] VARIANT *pVarResult, [out] EXCEPINFO *pExcepInfo, [out] UINT *pArgErr, …`. Of a result numbers are told: a text may
/// be whatever a program has written.
fn invoked(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    that(ndr)?;
    if ndr.pointer("result")? {
        match read(ndr)?.1 {
            Read::Value(value @ (Value::Number(_) | Value::Bool(_))) => told.details.set("result", value),
            Read::Value(_) | Read::Object(None) => {}
            Read::Object(Some(octets)) => {
                let details = reached(told, memory);
                reference::learn(octets, || details, memory)?;
            }
            Read::Unread => return Ok(()),
        }
    }
    exception(ndr, told)
}

/// What the object says that a member gave: of which class, and by which members one comes to it.
fn reached(told: &Told, memory: &Memory) -> Fields {
    let mut details = inherited(told, memory);
    let before = details.take("reached_by");
    let number = told.number("member").unwrap_or_default();
    let name = told
        .text("method")
        .map_or_else(|| format_compact!("{number}"), CompactString::new);
    let path = match before {
        Some(Value::Text(before)) if before.len() < MAX_REACHED => format_compact!("{before}.{name}"),
        Some(before) => return with(details, before),
        None => name,
    };
    with(details, path.into())
}

fn with(mut details: Fields, reached: Value) -> Fields {
    details.set("reached_by", reached);
    details
}

/// `EXCEPINFO { WORD wCode; WORD wReserved; BSTR bstrSource; BSTR bstrDescription; BSTR bstrHelpFile; DWORD dwHelpContext;
/// ULONG_PTR pvReserved; ULONG_PTR pfnDeferredFillIn; SCODE scode; }` ([MS-OAUT] 2.2.34): why it failed.
fn exception(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    ndr.align_pointer();
    ndr.u32("exception")?;
    let texts = [
        ndr.pointer("exception source")?,
        ndr.pointer("exception description")?,
        ndr.pointer("exception help")?,
    ];
    ndr.u32("exception")?;
    ndr.pointer("exception")?;
    ndr.pointer("exception")?;
    let code = ndr.u32("exception")?;
    ndr.trailer(8);
    if code != 0 {
        told.details.set("exception", code);
        told.details.set_some("exception_name", win32::hresult(code));
    }
    let names = ["exception_source", "exception_description"];
    for (present, name) in texts.into_iter().zip(names) {
        if present {
            told.long(name, blob(ndr, name)?);
        }
    }
    Ok(())
}
