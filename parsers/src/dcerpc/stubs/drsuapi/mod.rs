//! drsuapi: replication of the directory ([MS-DRSR] 4.1), by which controllers keep in step, and others take (DCSync) or give
//! (DCShadow) what is not theirs.
//!
//! A DRS handle stands for the client that bound it: its DSA GUID is told by every call. Sealed in practice: operation and
//! sizes are told even so.

mod changes;
mod directory;
mod dsname;
mod members;
mod names;
mod replica;
#[cfg(test)]
mod tests;

use super::{Memory, Operation, Returns, Stubs, Subject, Told, bits};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::dcerpc::uuid::Uuid;
use crate::reader::{Malformed, Reader};

pub(super) const STUBS: Stubs = Stubs::new(
    "e3514235-4b06-11d1-ab04-00c04fc2dcd2",
    &[
        replication(0).request(bind).response(bound),
        Operation::new(1, Kind::RpcCall, Returns::Win32)
            .request(on_handle)
            .response(unbound),
        replication(2).request(replica::sync),
        replication(3).request(changes::requested).response(changes::replied),
        replication(4).request(replica::update_refs),
        replication(5).request(replica::add),
        replication(6).request(replica::delete),
        replication(7).request(replica::modify),
        replication(8).request(directory::verify_names),
        replication(9).request(members::memberships).response(members::are),
        replication(10).request(on_handle),
        replication(11).request(on_handle),
        replication(12)
            .request(directory::crack_names)
            .response(directory::cracked),
        replication(13).request(directory::write_spn),
        replication(14).request(directory::remove_server),
        replication(15).request(directory::remove_domain),
        replication(16)
            .request(directory::controllers)
            .response(members::controllers),
        replication(17).request(directory::add_entry),
        replication(18).request(on_handle),
        replication(19).request(directory::replication_info),
        replication(20).request(directory::add_sid_history),
        replication(21).request(on_handle),
        replication(22).request(replica::verify_objects),
        replication(23).request(on_handle),
        replication(24).request(on_handle),
        replication(25).request(on_handle),
        replication(26).request(on_handle),
        replication(27).request(on_handle),
        replication(28).request(directory::clone_controller),
        replication(29).request(directory::write_key),
        replication(30).request(directory::read_key),
    ],
);

const fn replication(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::DirectoryReplication, Returns::Win32).action("Directory Services replication")
}

/// `IDL_DRSBind([in, unique] UUID *puuidClientDsa, [in, unique] DRS_EXTENSIONS *pextClient, [out] DRS_EXTENSIONS
/// **ppextServer, [out] DRS_HANDLE *phDrs)` ([MS-DRSR] 4.1.3).
fn bind(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    let mut subject = Subject::new();
    if ndr.pointer("client dsa")? {
        let dsa = ndr.guid("client dsa")?;
        told.details.set("client_dsa", dsa.text());
        told.details.set_some("client_dsa_name", names::client(dsa));
        subject = subject.with("client_dsa", dsa.text());
    }
    told.opens(subject);
    if ndr.pointer("extensions")? {
        let extensions = Extensions::read(ndr)?;
        told.details.set("extensions", extensions.flags);
        told.details
            .list("extension_names", bits::names(extensions.flags, names::EXTENSIONS));
        told.details.set_some("site", extensions.site.map(Uuid::text));
        told.details.set_some("replication_epoch", extensions.epoch);
    }
    Ok(())
}

fn bound(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("extensions")? {
        let extensions = Extensions::read(ndr)?;
        told.details.set("server_extensions", extensions.flags);
        told.details.set_some("server_site", extensions.site.map(Uuid::text));
    }
    told.opened(ndr.handle("drs handle")?, memory);
    Ok(())
}

/// Operations whose handle is all that is told.
fn on_handle(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("drs handle")?, memory);
    Ok(())
}

fn unbound(_: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.closed(memory);
    Ok(())
}

/// `DRS_EXTENSIONS { DWORD cb; [size_is(cb)] BYTE rgb[] }`, whose octets are a DRS_EXTENSIONS_INT: `DWORD dwFlags; GUID
/// SiteObjGuid; DWORD Pid, dwReplEpoch, dwFlagsExt; GUID ConfigObjGUID; DWORD dwExtCaps`, as long as they last ([MS-DRSR]
/// 5.38, 5.39).
struct Extensions {
    flags: u32,
    site: Option<Uuid>,
    epoch: Option<u32>,
}

impl Extensions {
    fn read(ndr: &mut Ndr<'_>) -> Result<Self, Malformed> {
        let size = ndr.conformance(1, "extensions")?;
        ndr.u32("extensions")?;
        let order = ndr.order();
        let mut reader = Reader::new(ndr.octets(size, "extensions")?);
        let flags = order.u32(&mut reader, "extensions")?;
        let site = Uuid::read(order, &mut reader, "extensions").ok();
        let _pid = order.u32(&mut reader, "extensions");
        Ok(Self {
            flags,
            site: site.filter(|site| !site.is_nil()),
            epoch: order.u32(&mut reader, "extensions").ok().filter(|epoch| *epoch != 0),
        })
    }
}

/// `hDrs, DWORD dwVersion, [switch_is(dwVersion)] union *`: says the version, and stands at the union's arm, which is aligned
/// to `to`.
fn version(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory, to: usize) -> Result<u32, Malformed> {
    on_handle(ndr, told, memory)?;
    ndr.u32("version")?;
    ndr.union(8);
    let version = ndr.u32("version")?;
    told.details.set("message_version", version);
    ndr.align_pointer();
    ndr.align(to);
    Ok(version)
}
