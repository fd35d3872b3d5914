//! IDispatch: methods of objects by name or number, with their arguments ([MS-OAUT] 3.1.4).
//!
//! Lateral movement through MMC20.Application or ShellWindows ends in an `Invoke` whose arguments are the command. Of the
//! arguments, texts and numbers are told; what else there may be ends the reading.

use compact_str::CompactString;

use super::super::{Memory, Operation, Returns, Stubs, Told};
use super::this;
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::fields::Value;
use crate::reader::Malformed;

/// Names or arguments of one call.
const MAX_ITEMS: usize = 32;

/// Types of variants ([MS-OAUT] 2.2.7).
mod vt {
    pub(super) const EMPTY: u16 = 0;
    pub(super) const NULL: u16 = 1;
    pub(super) const I2: u16 = 2;
    pub(super) const I4: u16 = 3;
    pub(super) const BSTR: u16 = 8;
    pub(super) const ERROR: u16 = 10;
    pub(super) const BOOL: u16 = 11;
}

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Hresult)
}

/// `IDispatch`.
pub(in crate::dcerpc::stubs) const DISPATCH: Stubs = Stubs::new(
    "00020400-0000-0000-c000-000000000046",
    &[
        call(3),
        call(4),
        call(5).request(names),
        Operation::new(6, Kind::WmiExecution, Returns::Hresult).request(invoke),
    ],
);

/// `GetIDsOfNames([in] ORPCTHIS *, [out] ORPCTHAT *, [in] REFIID riid, [in, size_is(cNames)] LPOLESTR *rgszNames, UINT
/// cNames, LCID lcid, …)` ([MS-OAUT] 3.1.4.3).
fn names(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    ndr.guid("riid")?;
    let count = ndr.conformance(4, "names")?;
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("name")?);
    }
    let mut found = Vec::new();
    for _ in 0..present.min(MAX_ITEMS) {
        found.push(ndr.wide_string("name")?.text());
    }
    told.list("names", found);
    Ok(())
}

/// `Invoke([in] ORPCTHIS *, [out] ORPCTHAT *, DISPID dispIdMember, REFIID riid, LCID lcid, DWORD dwFlags, [in] DISPPARAMS
/// *pDispParams, …)` ([MS-OAUT] 3.1.4.4), `DISPPARAMS { [size_is(cArgs)] VARIANT *rgvarg; [size_is(cNamedArgs)] DISPID
/// *rgdispidNamedArgs; UINT cArgs; UINT cNamedArgs; }`.
fn invoke(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    told.details.set("member", ndr.u32("member")?);
    ndr.guid("riid")?;
    ndr.u32("locale")?;
    let flags = ndr.u32("flags")?;
    told.details.set_some("invoked_as", invoked_as(flags));
    ndr.align_pointer();
    let arguments = ndr.pointer("arguments")?;
    ndr.pointer("named arguments")?;
    ndr.u32("arguments")?;
    ndr.u32("named arguments")?;
    if arguments {
        variants(ndr, told)?;
    }
    Ok(())
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

/// An array of pointers to `wireVARIANT { DWORD clSize; DWORD rpcReserved; USHORT vt; USHORT wReserved[3]; union; }`
/// ([MS-OAUT] 2.2.29.2): the last argument stands first.
fn variants(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let count = ndr.conformance(4, "variants")?;
    let mut present = 0;
    for _ in 0..count {
        present += usize::from(ndr.pointer("variant")?);
    }
    let mut found: Vec<Value> = Vec::new();
    for _ in 0..present.min(MAX_ITEMS) {
        match variant(ndr, told)? {
            Some(value) => found.push(value),
            None => break,
        }
    }
    found.reverse();
    told.list("arguments", found);
    Ok(())
}

/// One variant; none where it is of a type that is not read, after which nothing can be.
fn variant(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<Option<Value>, Malformed> {
    ndr.align(8);
    ndr.u32("variant")?;
    ndr.u32("variant")?;
    let kind = ndr.u16("variant")?;
    ndr.skip(6, "variant")?;
    ndr.u32("variant")?;
    ndr.union(8);
    Ok(Some(match kind {
        vt::EMPTY | vt::NULL => Value::Name(""),
        vt::I2 => Value::from(i64::from(ndr.u16("variant")?.cast_signed())),
        vt::BOOL => Value::from(ndr.u16("variant")? != 0),
        vt::I4 | vt::ERROR => Value::from(ndr.u32("variant")?.cast_signed()),
        vt::BSTR => {
            let text = bstr(ndr, "variant")?.unwrap_or_default();
            Value::from(told.cut(text))
        }
        _ => return Ok(None),
    }))
}

/// A BSTR: `[unique] FLAGGED_WORD_BLOB *`, `{ unsigned long cBytes; unsigned long clSize; [size_is(clSize)] unsigned short
/// asData[]; }` ([MS-OAUT] 2.2.23).
pub(in crate::dcerpc::stubs) fn bstr(
    ndr: &mut Ndr<'_>,
    what: &'static str,
) -> Result<Option<CompactString>, Malformed> {
    if !ndr.pointer(what)? {
        return Ok(None);
    }
    let count = ndr.conformance(2, what)?;
    ndr.u32(what)?;
    ndr.u32(what)?;
    Ok(Some(ndr.characters(count, true, what)?.text()))
}
