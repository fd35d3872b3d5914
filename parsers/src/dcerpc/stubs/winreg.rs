//! The registry of another machine: [MS-RRP], and the shutdown calls of [MS-RSP] on the same interface.
//!
//! A handle's key is remembered with its whole path, so that every call says which key it is about. The data of a value,
//! set or read, is told only where it is text or a number and neither its name nor its key sounds like a secret.

mod answers;
#[cfg(test)]
mod tests;

use compact_str::{CompactString, format_compact};
use smallvec::SmallVec;

use super::{LISTED, Memory, Operation, Returns, Stubs, Subject, Told, handles};
use crate::activity::Kind;
use crate::dcerpc::ndr::Ndr;
use crate::reader::Malformed;
use crate::text;

/// Octets of a key's path.
const MAX_PATH: usize = 1024;

/// Octets of a value's data that are looked at.
const MAX_DATA: usize = 1024;

const fn call(opnum: u16) -> Operation {
    Operation::new(opnum, Kind::RemoteRegistry, Returns::Win32)
}

macro_rules! root {
    ($opnum:literal, $name:literal) => {
        call($opnum)
            .request(|ndr, told, _| open_root(ndr, told, $name))
            .response(opened)
    };
}

/// `winreg`.
pub(super) const STUBS: Stubs = Stubs::new(
    "338cd001-2244-31f1-aaaa-900038001003",
    &[
        root!(0, "HKCR"),
        root!(1, "HKCU"),
        root!(2, "HKLM"),
        root!(3, "HKPD"),
        root!(4, "HKU"),
        Operation::new(5, Kind::RpcCall, Returns::Win32)
            .request(on_key)
            .response(handles::gone),
        call(6).changes().request(create_key).response(created),
        call(7).changes().request(sub_key),
        call(8).changes().request(value),
        call(9).request(on_key).response(answers::key),
        call(10).request(on_key).response(answers::named_value),
        call(11).request(on_key),
        call(12).request(on_key),
        call(13).changes().request(load_key),
        call(14).request(on_key),
        call(15).request(open_key).response(opened),
        call(16).request(on_key).response(answers::information),
        call(17).request(value).response(answers::value),
        call(18).changes().request(replace_key),
        call(19).changes().request(file),
        call(20).changes().request(file),
        call(21).changes().request(on_key),
        call(22).changes().request(set_value),
        call(23).changes().request(sub_key),
        call(24).changes().request(shutdown),
        call(25).changes(),
        call(26).request(on_key),
        root!(27, "HKCC"),
        call(29).request(values),
        call(30).changes().request(shutdown),
        call(31).changes().request(file),
        root!(32, "HKPT"),
        root!(33, "HKPN"),
        call(34).request(values),
        call(35).changes().request(sub_key),
    ],
);

/// `OpenLocalMachine` and its like `([in, unique] PREGISTRY_SERVER_NAME ServerName, REGSAM samDesired, [out] PRPC_HKEY
/// phKey)` ([MS-RRP] 3.1.5.3): the server name is a single character.
fn open_root(ndr: &mut Ndr<'_>, told: &mut Told, name: &'static str) -> Result<(), Malformed> {
    told.details.set("key", name);
    told.opens(Subject::new().with("key", name));
    if ndr.pointer("server name")? {
        ndr.u16("server name")?;
    }
    told.details.set("desired_access", ndr.u32("access")?);
    Ok(())
}

/// `[out] PRPC_HKEY`, first or alone.
fn opened(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.opened(ndr.handle("key")?, memory);
    Ok(())
}

/// Operations whose handle says all that is the same in every call of its kind.
fn on_key(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("key")?, memory);
    Ok(())
}

/// `BaseRegOpenKey(hKey, PRRP_UNICODE_STRING lpSubKey, DWORD dwOptions, REGSAM samDesired, [out] phkResult)` ([MS-RRP]
/// 3.1.5.15).
fn open_key(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let path = below(ndr, told, memory)?;
    told.opens(Subject::new().with("key", path));
    ndr.u32("options")?;
    told.details.set("desired_access", ndr.u32("access")?);
    Ok(())
}

/// `BaseRegCreateKey(hKey, PRRP_UNICODE_STRING lpSubKey, PRRP_UNICODE_STRING lpClass, DWORD dwOptions, REGSAM samDesired,
/// [unique] pSecurityAttributes, [out] phkResult, [in, out, unique] LPDWORD lpdwDisposition)` ([MS-RRP] 3.1.5.7).
fn create_key(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    let path = below(ndr, told, memory)?;
    told.opens(Subject::new().with("key", path));
    ndr.unicode_argument("class")?;
    ndr.u32("options")?;
    told.details.set("desired_access", ndr.u32("access")?);
    Ok(())
}

/// `[out] phkResult, [in, out, unique] lpdwDisposition`: whether the key is new.
fn created(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.opened(ndr.handle("key")?, memory);
    if ndr.pointer("disposition")? {
        told.details.flag("created", ndr.u32("disposition")? == 1);
    }
    Ok(())
}

/// `BaseRegDeleteKey`, `BaseRegUnLoadKey(hKey, PRRP_UNICODE_STRING lpSubKey)`.
fn sub_key(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    below(ndr, told, memory).map(|_| ())
}

/// `BaseRegQueryValue`, `BaseRegDeleteValue(hKey, PRRP_UNICODE_STRING lpValueName, …)`.
fn value(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("key")?, memory);
    let name = ndr.unicode_argument("value")?.map(|name| name.text());
    told.details.set("value", name.unwrap_or_default());
    Ok(())
}

/// `BaseRegQueryMultipleValues`, `…2(hKey, [in, size_is(num_vals), length_is(num_vals)] PRVALENT val_listIn, …)`, an RVALENT
/// being `PRPC_UNICODE_STRING ve_valuename; DWORD ve_valuelen; LPDWORD ve_valueptr; DWORD ve_type` ([MS-RRP] 2.2.7,
/// 3.1.5.26): which values are asked for.
fn values(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("key")?, memory);
    let count = ndr.varying(16, "values")?;
    let mut present: SmallVec<[(bool, bool); 16]> = SmallVec::new();
    for _ in 0..count {
        ndr.align_pointer();
        let name = ndr.pointer("value")?;
        ndr.u32("length")?;
        present.push((name, ndr.pointer("data")?));
        ndr.u32("type")?;
        ndr.trailer(8);
    }
    let mut names = Vec::new();
    for (name, data) in present.into_iter().take(LISTED + 1) {
        if name {
            names.push(
                ndr.unicode_argument("value")?
                    .map(|name| name.text())
                    .unwrap_or_default(),
            );
        }
        if data {
            ndr.u32("data")?;
        }
    }
    told.list("values", names);
    Ok(())
}

/// `BaseRegSetValue(hKey, PRRP_UNICODE_STRING lpValueName, DWORD dwType, [size_is(cbData)] LPBYTE lpData, DWORD cbData)`
/// ([MS-RRP] 3.1.5.22).
fn set_value(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    value(ndr, told, memory)?;
    let kind = ndr.u32("type")?;
    told.details.set("type", kind);
    told.details.set_some("type_name", type_name(kind));
    let size = ndr.conformance(1, "data")?;
    told.details.set("size", size);
    let data = ndr.octets(size, "data")?;
    if !is_secret(told) {
        show(kind, data, told);
    }
    Ok(())
}

/// The data of a value that is text or a number ([MS-RRP] 2.2.9).
fn show(kind: u32, data: &[u8], told: &mut Told) {
    let data = data.get(..MAX_DATA).unwrap_or(data);
    match (kind, data) {
        (1 | 2 | 6, data) => told.long("data", terminated(data)),
        (7, data) => {
            let texts = text::utf16(data);
            told.list(
                "data",
                texts
                    .split('\0')
                    .filter(|text| !text.is_empty())
                    .map(CompactString::new),
            );
        }
        (4, &[a, b, c, d]) => told.details.set("data", u32::from_le_bytes([a, b, c, d])),
        _ => {}
    }
}

fn terminated(data: &[u8]) -> CompactString {
    let end = data.chunks_exact(2).position(|pair| pair == [0, 0]).map(|at| at * 2);
    text::utf16(end.and_then(|end| data.get(..end)).unwrap_or(data))
}

/// Whether the value's name, or the key it lies in, sounds like a secret. So does every key whose path begins nobody knows
/// where.
fn is_secret(told: &Told) -> bool {
    const NAMES: &[&str] = &[
        "pass",
        "pwd",
        "secret",
        "credential",
        "token",
        "private",
        "community",
        "psk",
        "key",
    ];
    const KEYS: &[&str] = &[
        "hklm\\sam",
        "hklm\\security",
        "\\lsa",
        "\\winlogon\\autologon",
        "validcommunities",
    ];
    const ROOTS: &[&str] = &["hkcr", "hkcu", "hklm", "hku", "hkcc", "hkpd", "hkpt", "hkpn"];
    let lower = |name| told.text(name).unwrap_or_default().to_ascii_lowercase();
    let (name, key) = (lower("value"), lower("key"));
    NAMES.iter().any(|part| name.contains(part))
        || KEYS.iter().any(|part| key.contains(part))
        || !key.split('\\').next().is_some_and(|root| ROOTS.contains(&root))
}

/// `BaseRegSaveKey`, `BaseRegSaveKeyEx`, `BaseRegRestoreKey(hKey, PRRP_UNICODE_STRING lpFile, …)`.
fn file(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    told.on(ndr.handle("key")?, memory);
    path(ndr, told, "file")
}

/// `BaseRegLoadKey(hKey, PRRP_UNICODE_STRING lpSubKey, PRRP_UNICODE_STRING lpFile)`.
fn load_key(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    below(ndr, told, memory)?;
    path(ndr, told, "file")
}

/// `BaseRegReplaceKey(hKey, PRRP_UNICODE_STRING lpSubKey, lpNewFile, lpOldFile)`.
fn replace_key(ndr: &mut Ndr<'_>, told: &mut Told, memory: &mut Memory) -> Result<(), Malformed> {
    below(ndr, told, memory)?;
    path(ndr, told, "file")?;
    path(ndr, told, "old_file")
}

/// `BaseInitiateSystemShutdown([unique] PREGISTRY_SERVER_NAME ServerName, [unique] PRRP_UNICODE_STRING lpMessage, …)`
/// ([MS-RSP] 3.2.4.1).
fn shutdown(ndr: &mut Ndr<'_>, told: &mut Told, _: &mut Memory) -> Result<(), Malformed> {
    if ndr.pointer("server name")? {
        ndr.u16("server name")?;
    }
    if ndr.pointer("message")?
        && let Some(message) = ndr.unicode_argument("message")?
    {
        told.long("message", message.text());
    }
    Ok(())
}

fn path(ndr: &mut Ndr<'_>, told: &mut Told, name: &'static str) -> Result<(), Malformed> {
    if let Some(text) = ndr.unicode_argument(name)? {
        told.long(name, text.text());
    }
    Ok(())
}

/// `hKey, PRRP_UNICODE_STRING lpSubKey`: the whole path of a key below another.
fn below(ndr: &mut Ndr<'_>, told: &mut Told, memory: &Memory) -> Result<CompactString, Malformed> {
    let parent = told.on(ndr.handle("key")?, memory);
    let parent = parent.and_then(|parent| parent.text("key")).map(CompactString::new);
    let name = ndr.unicode_argument("key")?.map(|name| name.text()).unwrap_or_default();
    let mut whole = match parent {
        Some(parent) if name.is_empty() => parent,
        Some(parent) => format_compact!("{parent}\\{}", name.trim_start_matches('\\')),
        None => name,
    };
    if whole.len() > MAX_PATH {
        let end = (0..=MAX_PATH).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
        whole.truncate(end);
    }
    told.details.replace("key", whole.clone());
    Ok(whole)
}

/// Types of values ([MS-RRP] 2.2.9).
const fn type_name(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "REG_NONE",
        1 => "REG_SZ",
        2 => "REG_EXPAND_SZ",
        3 => "REG_BINARY",
        4 => "REG_DWORD",
        5 => "REG_DWORD_BIG_ENDIAN",
        6 => "REG_LINK",
        7 => "REG_MULTI_SZ",
        11 => "REG_QWORD",
        _ => return None,
    })
}
