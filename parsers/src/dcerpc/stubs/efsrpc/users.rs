//! Who may decrypt a file: users by the hashes of their certificates, by their certificates, and protectors.

use super::{LISTED, Malformed, Memory, Ndr, Told};
use crate::fields::Fields;
use crate::text;

/// Octets of a hash that is told, which is SHA-1's.
const SHA1: usize = 20;

/// `[out] ENCRYPTION_CERTIFICATE_HASH_LIST **` ([MS-EFSR] 3.1.4.2.7, 3.1.4.2.8).
pub(super) fn hashes(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    match ndr.pointer("users")? {
        true => hash_list(ndr, told),
        false => Ok(()),
    }
}

/// `ENCRYPTION_CERTIFICATE_HASH_LIST { DWORD nCert_Hash; [size_is(nCert_Hash, )] ENCRYPTION_CERTIFICATE_HASH **Users }`
/// ([MS-EFSR] 2.2.10, 2.2.11).
pub(super) fn hash_list(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    list(ndr, told, "users", hash)
}

/// `ENCRYPTION_CERTIFICATE_LIST { DWORD nUsers; [size_is(nUsers, )] ENCRYPTION_CERTIFICATE **Users }` ([MS-EFSR] 2.2.8,
/// 2.2.9).
pub(super) fn certificates(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<(), Malformed> {
    list(ndr, told, "users", certificate)
}

/// `[out] PENCRYPTION_PROTECTOR_LIST **`: a pointer to a pointer to `DWORD nProtectors; [size_is(nProtectors)]
/// PENCRYPTION_PROTECTOR *pProtectors` ([MS-EFSR] 3.1.4.2.20).
pub(super) fn protectors(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("protectors")? && ndr.pointer("protectors")? {
        list(ndr, told, "protectors", protector)?;
    }
    Ok(())
}

/// A count and a pointer to pointers to entries, each of which is followed by what it points to.
fn list(
    ndr: &mut Ndr<'_>,
    told: &mut Told,
    name: &'static str,
    entry: impl Fn(&mut Ndr<'_>, &mut Told) -> Result<Fields, Malformed>,
) -> Result<(), Malformed> {
    ndr.align_pointer();
    told.details.set("entries", ndr.u32("entries")?);
    if !ndr.pointer("entries")? {
        return Ok(());
    }
    let count = ndr.conformance(4, "entries")?;
    let mut present = 0_usize;
    for _ in 0..count {
        present += usize::from(ndr.pointer("entry")?);
    }
    let mut entries = Vec::new();
    for _ in 0..present.min(LISTED + 1) {
        entries.push(entry(ndr, told)?);
    }
    told.list(name, entries);
    Ok(())
}

/// `ENCRYPTION_CERTIFICATE_HASH { DWORD cbTotalLength; RPC_SID *UserSid; EFS_HASH_BLOB *Hash; [string] wchar_t
/// *lpDisplayInformation }`.
fn hash(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<Fields, Malformed> {
    ndr.align_pointer();
    ndr.u32("user")?;
    let (sid, hash, name) = (ndr.pointer("sid")?, ndr.pointer("hash")?, ndr.pointer("name")?);
    let mut user = Fields::sized(3);
    if sid {
        user.set("sid", ndr.sid("sid")?);
    }
    if hash {
        let hash = ndr.blob()?;
        if hash.len() == SHA1 {
            user.set("sha1", text::hex(hash));
        }
    }
    if name {
        user.text("display_name", told.cut(ndr.wide_string("name")?.text()));
    }
    Ok(user)
}

/// `ENCRYPTION_CERTIFICATE { DWORD cbTotalLength; RPC_SID *UserSid; EFS_CERTIFICATE_BLOB *CertBlob }`, the blob having `DWORD
/// dwCertEncodingType` before its size ([MS-EFSR] 2.2.6).
fn certificate(ndr: &mut Ndr<'_>, _: &mut Told) -> Result<Fields, Malformed> {
    ndr.align_pointer();
    ndr.u32("user")?;
    let (sid, certificate) = (ndr.pointer("sid")?, ndr.pointer("certificate")?);
    let mut user = Fields::sized(2);
    if sid {
        user.set("sid", ndr.sid("sid")?);
    }
    if certificate {
        ndr.align_pointer();
        ndr.u32("encoding")?;
        ndr.u32("certificate")?;
        if ndr.pointer("certificate")? {
            let size = ndr.conformance(1, "certificate")?;
            ndr.skip(size, "certificate")?;
            user.set("certificate_size", size);
        }
    }
    Ok(user)
}

/// `ENCRYPTION_PROTECTOR { DWORD cbTotalLength; RPC_SID *UserSid; [string] wchar_t *lpProtectorDescriptor }` ([MS-EFSR]
/// 2.2.19).
fn protector(ndr: &mut Ndr<'_>, told: &mut Told) -> Result<Fields, Malformed> {
    ndr.align_pointer();
    ndr.u32("protector")?;
    let (sid, descriptor) = (ndr.pointer("sid")?, ndr.pointer("descriptor")?);
    let mut fields = Fields::sized(2);
    if sid {
        fields.set("sid", ndr.sid("sid")?);
    }
    if descriptor {
        fields.text("protector", told.cut(ndr.wide_string("descriptor")?.text()));
    }
    Ok(fields)
}
