//! IRemUnknown and IRemUnknown2: which interfaces of an object a client wants ([MS-DCOM] 3.1.1.5.6, 3.1.1.5.7).

use super::super::{Memory, Operation, Returns, Stubs, Told};
use super::{interfaces, this};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Hresult)
}

/// `IRemUnknown`.
pub(in crate::dcerpc::stubs) const UNKNOWN: Stubs = Stubs::new(
    "00000131-0000-0000-c000-000000000046",
    &[call(3).request(query_interface), call(4), call(5)],
);

/// `IRemUnknown2`.
pub(in crate::dcerpc::stubs) const UNKNOWN2: Stubs = Stubs::new(
    "00000143-0000-0000-c000-000000000046",
    &[
        call(3).request(query_interface),
        call(4),
        call(5),
        call(6).request(query_interface2),
    ],
);

/// `RemQueryInterface([in] ORPCTHIS *, [out] ORPCTHAT *, [in] REFIPID ripid, unsigned long cRefs, unsigned short cIids, [in,
/// size_is(cIids)] IID *iids, …)`.
fn query_interface(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    ndr.guid("ipid")?;
    ndr.u32("references")?;
    ndr.u16("interfaces")?;
    let names = interfaces(ndr)?;
    told.list("interfaces", names);
    Ok(())
}

/// `RemQueryInterface2([in] ORPCTHIS *, [out] ORPCTHAT *, [in] REFIPID ripid, unsigned short cIids, [in, size_is(cIids)]
/// IID *iids, …)`.
fn query_interface2(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    this(ndr)?;
    ndr.guid("ipid")?;
    ndr.u16("interfaces")?;
    let names = interfaces(ndr)?;
    told.list("interfaces", names);
    Ok(())
}
