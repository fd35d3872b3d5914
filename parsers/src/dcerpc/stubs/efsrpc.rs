//! efsrpc: encrypted files of another machine ([MS-EFSR] 3.1.4), by which PetitPotam makes a controller log on elsewhere.
//!
//! One interface under two UUIDs, those of the pipes lsarpc and efsrpc. Nearly every operation carries a path. Who may decrypt
//! a file is told by SID and certificate; the metadata that holds its encrypted keys by its size alone.

#[cfg(test)]
mod tests;
mod users;

use super::{LISTED, Memory, Operation, Returns, Stubs, Subject, Told, handles};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;

pub(super) const LSARPC: Stubs = Stubs::new("c681d488-d850-11d0-8c52-00c04fd90f7e", OPERATIONS);

pub(super) const EFSRPC: Stubs = Stubs::new("df1941c5-fe89-4e79-bf10-463657acf44d", OPERATIONS);

const OPERATIONS: &[Operation] = &[
    file(0).request(open).response(handles::opened),
    raw(1),
    raw(2).changes(),
    raw(3).response(handles::gone),
    file(4).request(path),
    file(5).request(path),
    file(6).request(path).response(users::hashes),
    file(7).request(path).response(users::hashes),
    file(8).request(remove_users),
    file(9).request(add_users),
    file(12).request(key_info).response(key),
    file(13).request(duplicate),
    file(15).request(add_users_ex),
    file(16).request(key_info_ex).response(key),
    file(18).request(path).response(metadata),
    file(19).request(path),
    file(21).request(encrypt),
    file(22).request(path).response(users::protectors),
];

/// An operation that carries a path.
const fn file(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::AuthenticationCoercion, Returns::Win32)
}

/// An operation on an open file.
const fn raw(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RpcCall, Returns::Nothing).request(handles::on)
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
    told.details.set("flags", ndr.u32("flags")?);
    Ok(())
}

/// Every operation that begins with `[in, string] wchar_t *FileName`.
fn path(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    told.path(ndr.wide_string("file name")?.text());
    Ok(())
}

/// `EfsRpcRemoveUsersFromFile([in, string] FileName, ENCRYPTION_CERTIFICATE_HASH_LIST *Users)` ([MS-EFSR] 3.1.4.2.9).
fn remove_users(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    users::hash_list(ndr, told)
}

/// `EfsRpcAddUsersToFile([in, string] FileName, ENCRYPTION_CERTIFICATE_LIST *EncryptionCertificates)` ([MS-EFSR] 3.1.4.2.10).
fn add_users(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    users::certificates(ndr, told)
}

/// `EfsRpcFileKeyInfo([in, string] FileName, DWORD InfoClass, …)` ([MS-EFSR] 3.1.4.2.12).
fn key_info(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    let class = ndr.u32("information class")?;
    told.details.set("information_level", class);
    told.details.set_some("information_level_name", class_name(class));
    Ok(())
}

/// Classes of information about a file's key ([MS-EFSR] 3.1.4.2.12).
const fn class_name(class: u32) -> Option<&'static str> {
    Some(match class {
        BASIC_KEY_INFO => "BASIC_KEY_INFO",
        0x002 => "CHECK_COMPATIBILITY_INFO",
        0x100 => "UPDATE_KEY_USED",
        0x200 => "CHECK_DECRYPTION_STATUS",
        0x400 => "CHECK_ENCRYPTION_STATUS",
        _ => return None,
    })
}

const BASIC_KEY_INFO: u32 = 1;

/// `[out] EFS_RPC_BLOB **KeyInfo`: of the basic information, EFS_KEY_INFO `{ DWORD dwVersion; unsigned long Entropy; ALG_ID
/// Algorithm; unsigned long KeyLength }`, how the file is encrypted ([MS-EFSR] 2.2.14). Its numbers are little-endian whatever
/// the order of the PDU.
fn key(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if told.number("information_level") != Some(BASIC_KEY_INFO) || !ndr.pointer("key")? {
        return Ok(());
    }
    let Some((_, numbers)) = ndr.blob()?.split_at_checked(8) else {
        return Ok(());
    };
    if let ([algorithm, length], _) = numbers.as_chunks::<4>() {
        let algorithm = u32::from_le_bytes(*algorithm);
        told.details.set("key_algorithm", algorithm);
        told.details.set_some("key_algorithm_name", algorithm_name(algorithm));
        told.details.set("key_length", u32::from_le_bytes(*length));
    }
    Ok(())
}

/// Algorithms that encrypt files ([MS-EFSR] 2.2.13).
const fn algorithm_name(code: u32) -> Option<&'static str> {
    Some(match code {
        0x6603 => "CALG_3DES",
        0x6604 => "CALG_DESX",
        0x6610 => "CALG_AES_256",
        _ => return None,
    })
}

/// `EfsRpcDuplicateEncryptionInfoFile([in, string] SrcFileName, [in, string] DestFileName, DWORD dwCreationDisposition, …)`
/// ([MS-EFSR] 3.1.4.2.13): where the first path is local, the second may still lead away.
fn duplicate(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    told.long("target_path", ndr.wide_string("file name")?.text());
    if told.observed.host.is_none() {
        told.leads_away("target_path");
    }
    told.details.set("disposition", ndr.u32("disposition")?);
    Ok(())
}

/// `EfsRpcAddUsersToFileEx(DWORD dwFlags, [in, unique] EFS_RPC_BLOB *Reserved, [in, string] FileName,
/// ENCRYPTION_CERTIFICATE_LIST *EncryptionCertificates)` ([MS-EFSR] 3.1.4.2.14).
fn add_users_ex(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    flags_and_blob(ndr, told)?;
    add_users(ndr, told, memory)
}

/// `EfsRpcFileKeyInfoEx(DWORD dwFileKeyInfoFlags, [in, unique] EFS_RPC_BLOB *Reserved, [in, string] FileName, DWORD
/// InfoClass, …)` ([MS-EFSR] 3.1.4.2.15).
fn key_info_ex(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    flags_and_blob(ndr, told)?;
    key_info(ndr, told, memory)
}

fn flags_and_blob(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    told.details.set("flags", ndr.u32("flags")?);
    if ndr.pointer("blob")? {
        ndr.blob()?;
    }
    Ok(())
}

/// `EfsRpcGetEncryptedFileMetadata`'s `[out] EFS_RPC_BLOB **EfsStreamBlob`, which holds the file's keys, encrypted ([MS-EFSR]
/// 3.1.4.2.16).
fn metadata(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("metadata")? {
        told.details.set("metadata_size", ndr.blob()?.len());
    }
    Ok(())
}

/// `EfsRpcEncryptFileExSrv([in, string] FileName, [in, string, unique] ProtectorDescriptor, unsigned long Flags)` ([MS-EFSR]
/// 3.1.4.2.19).
fn encrypt(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    path(ndr, told, memory)?;
    told.argument(ndr, "protector", "protector")?;
    told.details.set("flags", ndr.u32("flags")?);
    Ok(())
}
