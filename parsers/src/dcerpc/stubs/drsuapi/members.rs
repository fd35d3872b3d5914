//! Who belongs to what: the controllers of a domain, and the groups of accounts.

use std::net::Ipv4Addr;

use compact_str::ToCompactString;
use smallvec::SmallVec;

use super::dsname::DsName;
use super::{Malformed, Memory, Ndr, Told, names, version};
use crate::dcerpc::stubs::LISTED;
use crate::fields::Fields;

/// `DRS_MSG_REVMEMB_REQ_V1 { ULONG cDsNames; [size_is(cDsNames)] DSNAME **ppDsNames; DWORD dwFlags;
/// REVERSE_MEMBERSHIP_OPERATION_TYPE OperationType; DSNAME *pLimitingDomain }` ([MS-DRSR] 4.1.8.1.1).
pub(super) fn memberships(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    version(ndr, told, memory, 4)?;
    told.details.set("count", ndr.u32("names")?);
    let present = ndr.pointer("names")?;
    told.details.set("flags", ndr.u32("flags")?);
    let operation = ndr.enumeration("operation")?;
    told.details.set("membership_operation", operation);
    told.details
        .set_some("membership_operation_name", names::membership(operation));
    let limit = ndr.pointer("limiting domain")?;
    if present {
        let names = objects(ndr)?;
        if let [only] = names.as_slice() {
            told.observed.dn = Some(only.dn.clone()).filter(|dn| !dn.is_empty());
            told.observed.sid.clone_from(&only.sid);
        }
        told.list("names", names.into_iter().map(DsName::fields));
    }
    if limit {
        told.long("limiting_domain", DsName::read(ndr)?.dn);
    }
    Ok(())
}

/// `DRS_MSG_REVMEMB_REPLY_V1 { ULONG errCode, cDsNames, cSidHistory; [size_is(cDsNames)] DSNAME **ppDsNames; DWORD *pAttributes;
/// NT4SID **ppSidHistory }` ([MS-DRSR] 4.1.8.1.2).
pub(super) fn are(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    reply(ndr)?;
    ndr.u32("error")?;
    told.details.set("entries", ndr.u32("groups")?);
    told.details.set("sid_history_count", ndr.u32("sid history")?);
    let present = ndr.pointer("groups")?;
    ndr.pointer("attributes")?;
    ndr.pointer("sid history")?;
    if present {
        let groups = objects(ndr)?;
        told.list("memberships", groups.into_iter().map(DsName::fields));
    }
    Ok(())
}

/// An array of pointers to DSNAMEs, the referent of a pointer: the first of them, and one more where there are more than are
/// told.
fn objects(ndr: &mut Ndr<'_>) -> Result<Vec<DsName>, Malformed> {
    let count = ndr.conformance(4, "names")?;
    let mut present = 0_usize;
    for _ in 0..count {
        present += usize::from(ndr.pointer("name")?);
    }
    let mut objects = Vec::new();
    for _ in 0..present {
        let object = DsName::read(ndr)?;
        if objects.len() <= LISTED {
            objects.push(object);
        }
    }
    Ok(objects)
}

/// `[out] DWORD *pdwOutVersion, [out, switch_is(*pdwOutVersion)] union`: its version, at the union's arm.
fn reply(ndr: &mut Ndr<'_>) -> Result<u32, Malformed> {
    ndr.u32("version")?;
    ndr.union(8);
    let version = ndr.u32("version")?;
    ndr.align_pointer();
    Ok(version)
}

/// `DRS_MSG_DCINFOREPLY_V1`, `…_V2`, `…_V3`, `…_VFFFFFFFF`: `DWORD cItems; [size_is(cItems)] ITEM *rItems` ([MS-DRSR] 4.1.5.1.4
/// to 4.1.5.1.7).
pub(super) fn controllers(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let version = reply(ndr)?;
    told.details.set("entries", ndr.u32("items")?);
    if !ndr.pointer("items")? {
        return Ok(());
    }
    let form = match version {
        1 => FIRST,
        2 => SECOND,
        3 => THIRD,
        u32::MAX => return connections(ndr, told),
        _ => return Ok(()),
    };
    let count = ndr.conformance(28, "items")?;
    let mut fixed: SmallVec<[([bool; 7], Fields); 4]> = SmallVec::new();
    for _ in 0..count {
        fixed.push(controller(ndr, form)?);
    }
    let mut controllers = Vec::new();
    for (present, mut fields) in fixed.into_iter().take(LISTED + 1) {
        for (name, _) in form.names.iter().copied().zip(present).filter(|(_, present)| *present) {
            fields.text(name, ndr.wide_string(name)?.text());
        }
        controllers.push(fields);
    }
    told.list("controllers", controllers);
    Ok(())
}

/// DS_DOMAIN_CONTROLLER_INFO: pointers to names, then yes or no, then GUIDs ([MS-DRSR] 4.1.5.1.8 to 4.1.5.1.10).
#[derive(Clone, Copy)]
struct Form {
    names: &'static [&'static str],
    flags: &'static [&'static str],
    guids: usize,
}

const FIRST: Form = Form {
    names: &["netbios_name", "host", "site", "computer_dn", "server_dn"],
    flags: &["pdc", "ds_enabled"],
    guids: 0,
};

const SECOND: Form = Form {
    names: &[
        "netbios_name",
        "host",
        "site",
        "site_dn",
        "computer_dn",
        "server_dn",
        "dsa_dn",
    ],
    flags: &["pdc", "ds_enabled", "gc"],
    guids: 4,
};

const THIRD: Form = Form {
    flags: &["pdc", "ds_enabled", "gc", "rodc"],
    ..SECOND
};

/// The fixed part of a controller: which names follow, and what is so.
fn controller(ndr: &mut Ndr<'_>, form: Form) -> Result<([bool; 7], Fields), Malformed> {
    ndr.align_pointer();
    let mut present = [false; 7];
    for (slot, name) in present.iter_mut().zip(form.names.iter().copied()) {
        *slot = ndr.pointer(name)?;
    }
    let mut fields = Fields::sized(form.names.len() + form.flags.len());
    for name in form.flags.iter().copied() {
        fields.flag(name, ndr.u32(name)? != 0);
    }
    for _ in 0..form.guids {
        ndr.guid("guid")?;
    }
    ndr.trailer(8);
    Ok((present, fields))
}

/// DS_DOMAIN_CONTROLLER_INFO_FFFFFFFFW, who is connected with LDAP: `DWORD IPAddress, NotificationCount, secTimeConnected,
/// Flags, TotalRequests, Reserved1; [string] WCHAR *UserName` ([MS-DRSR] 4.1.5.1.11).
fn connections(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    let count = ndr.conformance(28, "items")?;
    let mut fixed: SmallVec<[(Ipv4Addr, bool); 8]> = SmallVec::new();
    for _ in 0..count {
        ndr.align_pointer();
        let address = Ipv4Addr::from(ndr.u32("address")?.to_le_bytes());
        ndr.skip(20, "connection")?;
        fixed.push((address, ndr.pointer("user")?));
    }
    let mut connections = Vec::new();
    for (address, user) in fixed.into_iter().take(LISTED + 1) {
        let mut fields = Fields::sized(2);
        fields.set("address", address.to_compact_string());
        if user {
            fields.text("user", ndr.wide_string("user")?.text());
        }
        connections.push(fields);
    }
    told.list("connections", connections);
    Ok(())
}
