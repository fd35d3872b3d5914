//! efsrpc: encrypted files of another machine ([MS-EFSR] 3.1.4), by which PetitPotam makes a controller log on elsewhere.
//!
//! One interface under two UUIDs, those of the pipes lsarpc and efsrpc. Nearly every operation carries a path.

use super::{Memory, Operation, Returns, Stubs, Subject, Told, handles};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

pub(super) const LSARPC: Stubs = Stubs::new("c681d488-d850-11d0-8c52-00c04fd90f7e", OPERATIONS);

pub(super) const EFSRPC: Stubs = Stubs::new("df1941c5-fe89-4e79-bf10-463657acf44d", OPERATIONS);

const OPERATIONS: &[Operation] = &[
    file(0).request(open).response(opened),
    raw(1),
    raw(2).changes(),
    raw(3).response(handles::gone),
    file(4).request(path),
    file(5).request(path),
    file(6).request(path),
    file(7).request(path),
    file(8).request(path),
    file(9).request(path),
    file(12).request(path),
    file(13).request(duplicate),
    file(15).request(path_after_blob),
    file(16).request(path_after_blob),
    file(18).request(path),
    file(19).request(path),
    file(21).request(path),
    file(22).request(path),
];

/// An operation that carries a path.
const fn file(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Win32)
}

/// An operation on an open file.
const fn raw(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Nothing).request(on_file)
}

/// `EfsRpcOpenFileRaw([out] PEXIMPORT_CONTEXT_HANDLE *, [in, string] wchar_t *FileName, long Flags)` ([MS-EFSR] 3.1.4.2.1).
fn open(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    let mut subject = Subject::new();
    for name in ["unc_path", "path"] {
        if let Some(path) = told.details.get_text(name) {
            subject = subject.with(name, compact_str::CompactString::new(path));
        }
    }
    told.opens(subject);
    Ok(())
}

fn opened(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.opened(ndr.handle("file handle")?, memory);
    Ok(())
}

/// `EfsRpcReadFileRaw`, `EfsRpcWriteFileRaw`, `EfsRpcCloseRaw`.
fn on_file(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("file handle")?, memory);
    Ok(())
}

/// Every operation that begins with `[in, string] wchar_t *FileName`.
fn path(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.path(ndr.wide_string("file name")?.text());
    Ok(())
}

/// `EfsRpcDuplicateEncryptionInfoFile([in, string] SrcFileName, [in, string] DestFileName, …)` ([MS-EFSR] 3.1.4.2.14).
fn duplicate(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    told.long("target_path", ndr.wide_string("file name")?.text());
    Ok(())
}

/// `EfsRpcAddUsersToFileEx(DWORD dwFlags, [in, unique] EFS_RPC_BLOB *Reserved, [in, string] FileName, …)`,
/// `EfsRpcFileKeyInfoEx` alike ([MS-EFSR] 3.1.4.2.15, 3.1.4.2.16).
fn path_after_blob(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    ndr.u32("flags")?;
    if ndr.pointer("blob")? {
        ndr.align_pointer();
        ndr.u32("blob")?;
        if ndr.pointer("blob")? {
            let size = ndr.conformance(1, "blob")?;
            ndr.skip(size, "blob")?;
        }
    }
    path(ndr, told, memory)
}

#[cfg(test)]
mod tests {
    use crate::dcerpc::stubs::testing::{Stub, Talk};
    use crate::testing::unhex;

    const LSARPC: &str = "c681d488-d850-11d0-8c52-00c04fd90f7e";

    /// PetitPotam's EfsRpcOpenFileRaw and what an unpatched controller answered, as they were on the wire.
    #[test]
    fn petit_potam_names_where_it_leads() {
        let request = "21000000 00000000 21000000 5c005c003100390032002e003100360038002e0030002e00310035005c0074006500
            730074005c00530065007400740069006e00670073002e0069006e0069000000 bfbf 00000000";
        let activity = Talk::new(LSARPC, false)
            .call(
                0,
                &unhex(request),
                &unhex("0000000000000000000000000000000000000000 35000000"),
            )
            .only();
        assert_eq!(activity["kind"], "authentication_coercion");
        assert_eq!(activity["details"]["interface"], "efsrpc");
        assert_eq!(activity["details"]["operation"], "EfsRpcOpenFileRaw");
        assert_eq!(activity["details"]["unc_path"], r"\\192.168.0.15\test\Settings.ini");
        assert_eq!(activity["observed"]["host"], "192.168.0.15");
        assert_eq!(activity["status"]["name"], "ERROR_BAD_NETPATH");
        assert_eq!(activity["outcome"], "failure");
    }

    #[test]
    fn every_operation_with_a_path_names_it() {
        let path = r"\\attacker\share\x";
        for wide in [false, true] {
            let plain = Stub::new(wide).wide_string(path).done();
            let after = Stub::new(wide)
                .u32(1)
                .pointer()
                .structure()
                .u32(3)
                .pointer()
                .size(3)
                .raw(&[1, 2, 3])
                .wide_string(path)
                .done();
            let empty = Stub::new(wide).u32(1).null().wide_string(path).done();
            for (opnum, stub) in [
                (4, &plain),
                (5, &plain),
                (6, &plain),
                (22, &plain),
                (15, &after),
                (16, &empty),
            ] {
                let activity = Talk::new("df1941c5-fe89-4e79-bf10-463657acf44d", wide)
                    .call(opnum, stub, &[0; 4])
                    .only();
                assert_eq!(activity["details"]["unc_path"], path, "{opnum}");
            }
        }
    }

    #[test]
    fn what_is_read_from_an_open_file_is_about_that_file() {
        let handle = "00000000 0102030405060708090a0b0c0d0e0f10";
        let open = Stub::new(false).wide_string(r"C:\secret.txt").u32(0).done();
        let said = Talk::new(LSARPC, false)
            .call(0, &open, &unhex(&format!("{handle} 00000000")))
            .call(1, &unhex(handle), &[0; 8])
            .finish();
        assert_eq!(said.activities[0]["details"]["path"], r"C:\secret.txt");
        assert_eq!(said.activities[1]["kind"], "rpc_call");
        assert_eq!(said.activities[1]["details"]["path"], r"C:\secret.txt");
    }
}
