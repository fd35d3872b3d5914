//! The privilege attribute certificate ([MS-PAC]): what the domain says of whom a ticket names, as named fields.
//!
//! It stands signed inside the ticket, and opens with it. Buffers that hold keys (credentials) are not read.

use super::super::names;
use crate::fields::Fields;
use crate::reader::{Malformed, Reader};
use crate::text;

/// The most buffers, groups and SIDs that are read.
const MAX_BUFFERS: u32 = 64;
const MAX_GROUPS: u32 = 1024;

/// What the certificate says. A buffer that breaks its grammar is left out and named in `malformed`.
///
/// ```text
/// PACTYPE ::= cBuffers 4, Version 4 (0), { ulType 4, cbBufferSize 4, Offset 8 }…      little-endian
/// ```
pub(super) fn fields(pac: &[u8]) -> Result<Fields, Malformed> {
    let mut reader = Reader::new(pac);
    let count = reader.u32_le("PAC buffers")?.min(MAX_BUFFERS);
    reader.skip(4, "PAC version")?;
    let mut fields = Fields::new();
    let (mut kinds, mut malformed) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let kind = reader.u32_le("PAC buffer type")?;
        let size = reader.u32_le("PAC buffer size")?;
        let offset = reader.u64_le("PAC buffer offset")?;
        let place = usize::try_from(offset).ok().zip(usize::try_from(size).ok());
        let bytes = place.and_then(|(offset, size)| pac.get(offset..)?.get(..size));
        kinds.push(kind);
        let read = match bytes {
            Some(bytes) => buffer(kind, bytes, &mut fields),
            None => Err(Malformed("PAC buffer")),
        };
        if let Err(reason) = read {
            malformed.push(reason.0);
        }
    }
    fields.list("buffers", kinds.iter().copied());
    fields.list("buffer_names", kinds.iter().filter_map(|kind| names::pac_buffer(*kind)));
    fields.list("malformed", malformed);
    Ok(fields)
}

fn buffer(kind: u32, bytes: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    let mut read = Fields::new();
    match kind {
        1 if fields.get("account").is_none() => logon_info(bytes, &mut read)?,
        11 if fields.get("delegation_target").is_none() => delegation(bytes, &mut read)?,
        12 if fields.get("upn").is_none() => upn(bytes, &mut read)?,
        17 if fields.get("attributes").is_none() => attributes(bytes, &mut read)?,
        18 if fields.get("requestor_sid").is_none() => read.set_some("requestor_sid", text::sid(bytes)),
        _ => {}
    }
    for (name, value) in read.iter() {
        fields.replace(name, value.clone());
    }
    Ok(())
}

/// `KERB_VALIDATION_INFO` ([MS-PAC] 2.5) in NDR type serialization version 1 ([MS-RPCE] 2.2.6). Times come as FILETIME, names
/// as RPC_UNICODE_STRING; what pointers point to follows in their order.
///
/// ```text
/// LogonTime 8, LogoffTime 8, KickOffTime 8, PasswordLastSet 8, PasswordCanChange 8, PasswordMustChange 8, EffectiveName 8,
/// FullName 8, LogonScript 8, ProfilePath 8, HomeDirectory 8, HomeDirectoryDrive 8, LogonCount 2, BadPasswordCount 2, UserId 4,
/// PrimaryGroupId 4, GroupCount 4, GroupIds ptr, UserFlags 4, UserSessionKey 16, LogonServer 8, LogonDomainName 8,
/// LogonDomainId ptr, Reserved1 8, UserAccountControl 4, SubAuthStatus 4, LastSuccessfulILogon 8, LastFailedILogon 8,
/// FailedILogonCount 4, Reserved3 4, SidCount 4, ExtraSids ptr, ResourceGroupDomainSid ptr, ResourceGroupCount 4,
/// ResourceGroupIds ptr
/// ```
fn logon_info(bytes: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    const WHAT: &str = "KERB_VALIDATION_INFO";
    let mut ndr = body(bytes)?;
    let logon_time = filetime(&mut ndr)?;
    ndr.skip(16, WHAT)?;
    let password_last_set = filetime(&mut ndr)?;
    ndr.skip(16, WHAT)?;
    let mut strings = [0; 6];
    for pointer in &mut strings {
        *pointer = string(&mut ndr)?;
    }
    let logon_count = ndr.u16_le(WHAT)?;
    let bad_passwords = ndr.u16_le(WHAT)?;
    let [rid, primary_group, _count, groups, user_flags] = words(&mut ndr)?;
    ndr.skip(16, WHAT)?; // UserSessionKey
    let (server, domain) = (string(&mut ndr)?, string(&mut ndr)?);
    let [domain_sid, _, _, account_control, _] = words(&mut ndr)?;
    ndr.skip(16, WHAT)?;
    let [_, _, _, extra, resource_domain, _, resource_groups] = words(&mut ndr)?;
    let names = [
        "account",
        "full_name",
        "logon_script",
        "profile_path",
        "home_directory",
        "home_drive",
    ];
    for (name, pointer) in names.into_iter().zip(strings) {
        text_at(&mut ndr, pointer, name, fields)?;
    }
    fields.set("rid", rid);
    fields.set("primary_group", primary_group);
    if groups != 0 {
        list(&mut ndr, "groups", fields)?;
    }
    text_at(&mut ndr, server, "logon_server", fields)?;
    text_at(&mut ndr, domain, "domain", fields)?;
    if domain_sid != 0 {
        fields.text("domain_sid", sid(&mut ndr)?);
    }
    fields.set_some("logon_time", logon_time);
    fields.set_some("password_last_set", password_last_set);
    fields.set("logon_count", logon_count);
    fields.set("bad_password_count", bad_passwords);
    fields.set("user_flags", user_flags);
    fields.set("user_account_control", account_control); // the flags of SAM ([MS-SAMR] 2.2.1.12), not of the directory
    if extra != 0 {
        extra_sids(&mut ndr, fields)?;
    }
    if resource_domain != 0 {
        fields.text("resource_domain_sid", sid(&mut ndr)?);
    }
    if resource_groups != 0 {
        list(&mut ndr, "resource_groups", fields)?;
    }
    Ok(())
}

/// `S4U_DELEGATION_INFO` ([MS-PAC] 2.9): for which service the ticket was got by constrained delegation, and through which.
///
/// ```text
/// S4U2proxyTarget 8, TransitedListSize 4, S4UTransitedServices ptr
/// ```
fn delegation(bytes: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    let mut ndr = body(bytes)?;
    let target = string(&mut ndr)?;
    let [_, services] = words(&mut ndr)?;
    text_at(&mut ndr, target, "delegation_target", fields)?;
    if services == 0 {
        return Ok(());
    }
    let count = ndr.u32_le("TransitedServices")?.min(MAX_GROUPS);
    let mut pointers = Vec::new();
    for _ in 0..count {
        pointers.push(string(&mut ndr)?);
    }
    let mut names = Vec::new();
    for pointer in pointers {
        names.extend(characters(&mut ndr, pointer)?.map(text::utf16));
    }
    fields.list("delegation_path", names);
    Ok(())
}

/// `UPN_DNS_INFO` ([MS-PAC] 2.10); with flag S the account name and SID as well.
///
/// ```text
/// UpnLength 2, UpnOffset 2, DnsDomainNameLength 2, DnsDomainNameOffset 2, Flags 4,
/// [SamNameLength 2, SamNameOffset 2, SidLength 2, SidOffset 2]
/// ```
fn upn(bytes: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    let mut reader = Reader::new(bytes);
    let mut place = |what| -> Result<&[u8], Malformed> {
        let (length, offset) = (reader.u16_le(what)?, reader.u16_le(what)?);
        let there = bytes.get(usize::from(offset)..).unwrap_or_default();
        there.get(..usize::from(length)).ok_or(Malformed("UPN_DNS_INFO"))
    };
    let (upn, domain) = (place("Upn")?, place("DnsDomainName")?);
    let flags = bytes.get(8..12).and_then(|flags| flags.first_chunk().copied());
    let flags = flags.map(u32::from_le_bytes).ok_or(Malformed("UPN_DNS_INFO"))?;
    fields.text("upn", text::utf16(upn));
    fields.text("dns_domain", text::utf16(domain));
    fields.flag("upn_constructed", flags & 1 != 0);
    if flags & 2 != 0 {
        place("Flags")?; // the four octets of flags themselves
        place("SamName")?;
    }
    Ok(())
}

/// `PAC_ATTRIBUTES_INFO` ([MS-PAC] 2.14): whether the client asked for a PAC, or got it without a word.
fn attributes(bytes: &[u8], fields: &mut Fields) -> Result<(), Malformed> {
    const NAMES: [(u32, &str); 2] = [(1, "pac_was_requested"), (2, "pac_was_given_implicitly")];
    let mut reader = Reader::new(bytes);
    reader.skip(4, "PAC attributes")?;
    let flags = reader.u32_le("PAC attributes")?;
    let set = NAMES.into_iter().filter(|(flag, _)| flags & flag != 0);
    fields.list("attributes", set.map(|(_, name)| name));
    Ok(())
}

/// Where a serialized structure begins: behind the common header, the private one and the pointer to it ([MS-RPCE] 2.2.6.1).
fn body(bytes: &[u8]) -> Result<Reader<'_>, Malformed> {
    let mut reader = Reader::new(bytes);
    if reader.array::<2>("NDR header")? != [1, 0x10] {
        return Err(Malformed("NDR header"));
    }
    reader.skip(14 + 4, "NDR header")?;
    Ok(reader)
}

fn words<const N: usize>(ndr: &mut Reader<'_>) -> Result<[u32; N], Malformed> {
    let mut words = [0; N];
    for word in &mut words {
        *word = ndr.u32_le("NDR")?;
    }
    Ok(words)
}

/// A FILETIME; none for never.
fn filetime(ndr: &mut Reader<'_>) -> Result<Option<capture::Timestamp>, Malformed> {
    let ticks = ndr.u64_le("FILETIME")?;
    Ok(Some(ticks)
        .filter(|ticks| *ticks != 0)
        .and_then(crate::ntlm::av::filetime))
}

/// `RPC_UNICODE_STRING ::= Length 2, MaximumLength 2, Buffer ptr`: its pointer.
fn string(ndr: &mut Reader<'_>) -> Result<u32, Malformed> {
    ndr.skip(4, "RPC_UNICODE_STRING")?;
    ndr.u32_le("RPC_UNICODE_STRING")
}

/// What such a pointer points to: `MaxCount 4, Offset 4, ActualCount 4`, UTF-16.
fn characters<'a>(ndr: &mut Reader<'a>, pointer: u32) -> Result<Option<&'a [u8]>, Malformed> {
    if pointer == 0 {
        return Ok(None);
    }
    ndr.align(4);
    let [_, _, count] = words(ndr)?;
    let octets = usize::try_from(count).ok().and_then(|count| count.checked_mul(2));
    ndr.take(octets.unwrap_or(usize::MAX), "NDR string").map(Some)
}

fn text_at(ndr: &mut Reader<'_>, pointer: u32, name: &'static str, fields: &mut Fields) -> Result<(), Malformed> {
    if let Some(octets) = characters(ndr, pointer)? {
        fields.text(name, text::utf16(octets));
    }
    Ok(())
}

/// `GROUP_MEMBERSHIP ::= RelativeId 4, Attributes 4`, an array of them: how many, and their RIDs.
fn list(ndr: &mut Reader<'_>, name: &'static str, fields: &mut Fields) -> Result<(), Malformed> {
    ndr.align(4);
    let count = ndr.u32_le("groups")?;
    let mut rids = Vec::new();
    for _ in 0..count.min(MAX_GROUPS) {
        let [rid, _] = words(ndr)?;
        rids.push(rid);
    }
    if name == "groups" {
        fields.set("group_count", count);
    }
    fields.list(name, rids);
    Ok(())
}

/// `KERB_SID_AND_ATTRIBUTES ::= Sid ptr, Attributes 4`, an array of them, then the SIDs.
fn extra_sids(ndr: &mut Reader<'_>, fields: &mut Fields) -> Result<(), Malformed> {
    ndr.align(4);
    let count = ndr.u32_le("ExtraSids")?.min(MAX_GROUPS);
    let mut pointers = 0;
    for _ in 0..count {
        let [pointer, _] = words(ndr)?;
        pointers += u32::from(pointer != 0);
    }
    let mut sids = Vec::new();
    for _ in 0..pointers {
        sids.push(sid(ndr)?);
    }
    fields.list("extra_sids", sids);
    Ok(())
}

/// `RPC_SID`: the count of its sub-authorities, then the SID.
fn sid(ndr: &mut Reader<'_>) -> Result<compact_str::CompactString, Malformed> {
    ndr.align(4);
    let count = ndr.u32_le("SID")?;
    let octets = usize::try_from(count)
        .ok()
        .and_then(|count| count.checked_mul(4)?.checked_add(8));
    let octets = ndr.take(octets.unwrap_or(usize::MAX), "SID")?;
    text::sid(octets).ok_or(Malformed("SID"))
}
