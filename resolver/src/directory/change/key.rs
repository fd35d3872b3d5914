//! msDS-KeyCredentialLink: which key was registered, and how ([MS-ADTS] 2.2.20). The key itself is not told.

use hashbrown::HashSet;
use parsers::fields::{Fields, Value};
use parsers::reader::Reader;
use parsers::text;

use super::filetime;

/// The only version with entries that are read (2.2.20.2).
const VERSION: u32 = 0x200;

/// Entries of one blob that are looked at: there are nine kinds.
const MAX_ENTRIES: usize = 16;

/// KeyUsage (2.2.20.5.1).
const fn usage(code: u8) -> Option<&'static str> {
    Some(match code {
        0x01 => "NGC",
        0x07 => "FIDO",
        0x08 => "FEK",
        _ => return None,
    })
}

/// KeySource (2.2.20.5.2).
const fn source(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "AD",
        1 => "AzureAD",
        _ => return None,
    })
}

/// A value as LDAP writes it, `B:828:<hex digits>:<DN>`: `{key_id, usage, source, device_id, created}`.
pub(super) fn told(value: &[u8]) -> Value {
    let mut fields = Fields::new();
    if let Some(blob) = blob(value) {
        read(&blob, &mut fields);
    }
    if fields.is_empty() {
        fields.set("size", value.len());
    }
    fields.into()
}

/// Drops the keys that both have: a value names its owner too, who may have been renamed or moved.
pub(super) fn drop_renamed(gone: &mut Vec<&[u8]>, new: &mut Vec<&[u8]>) {
    let keys = |values: &[&[u8]]| {
        values
            .iter()
            .map(|value| without_owner(value).to_vec())
            .collect::<HashSet<_>>()
    };
    let (before, after) = (keys(gone), keys(new));
    gone.retain(|value| !after.contains(without_owner(value)));
    new.retain(|value| !before.contains(without_owner(value)));
}

/// The value up to the DN; what is no Object(DN-Binary) as it is.
fn without_owner(value: &[u8]) -> &[u8] {
    let mut colons = value.iter().enumerate().filter(|(_, byte)| **byte == b':');
    let end = colons.nth(2).map_or(value.len(), |(at, _)| at);
    value.get(..end).unwrap_or(value)
}

/// The binary part of an Object(DN-Binary) ([MS-ADTS] 3.1.1.2.2.2.3).
fn blob(value: &[u8]) -> Option<Vec<u8>> {
    let mut parts = value.splitn(4, |byte| *byte == b':');
    let (kind, _, digits) = (parts.next()?, parts.next()?, parts.next()?);
    (kind == b"B").then(|| octets(digits)).flatten()
}

/// Two hexadecimal digits an octet.
fn octets(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let (pairs, rest) = digits.as_chunks::<2>();
    let octets = pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok());
    rest.is_empty().then(|| octets.collect()).flatten()
}

/// `Version(4)`, then `Length(2) Identifier(1) Value(Length)` again and again.
fn read(blob: &[u8], fields: &mut Fields) {
    let mut reader = Reader::new(blob);
    if reader.u32_le("version") != Ok(VERSION) {
        return;
    }
    for _ in 0..MAX_ENTRIES {
        let (Ok(length), Ok([identifier])) = (reader.u16_le("length"), reader.array("identifier")) else {
            return;
        };
        let Ok(value) = reader.take(usize::from(length), "value") else {
            return;
        };
        entry(identifier, value, fields);
    }
}

fn entry(identifier: u8, value: &[u8], fields: &mut Fields) {
    match (identifier, value) {
        // SHA-256 of the key in version 2.
        (1, _) if value.len() <= 32 => set(fields, "key_id", text::hex(value)),
        (4, [code]) => set(fields, "usage", code_or_name(*code, usage(*code))),
        (5, [code]) => set(fields, "source", code_or_name(*code, source(*code))),
        (6, _) => {
            if let Ok(guid) = value.try_into() {
                set(fields, "device_id", text::guid(guid));
            }
        }
        (9, _) => {
            let ticks = value.try_into().map(i64::from_le_bytes).ok();
            if let Some(time) = ticks.and_then(filetime) {
                set(fields, "created", time);
            }
        }
        _ => {}
    }
}

/// An entry that comes twice counts once.
fn set(fields: &mut Fields, name: &'static str, value: impl Into<Value>) {
    fields.replace(name, value);
}

fn code_or_name(code: u8, name: Option<&'static str>) -> Value {
    name.map_or_else(|| code.into(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(entries: &[(u8, &[u8])]) -> Vec<u8> {
        let mut blob = VERSION.to_le_bytes().to_vec();
        for (identifier, value) in entries {
            blob.extend_from_slice(&(value.len() as u16).to_le_bytes());
            blob.push(*identifier);
            blob.extend_from_slice(value);
        }
        let digits = text::hex(&blob);
        format!("B:{}:{digits}:CN=alice,DC=lab", digits.len()).into_bytes()
    }

    fn printed(value: &[u8]) -> String {
        serde_json::to_string(&told(value)).unwrap()
    }

    #[test]
    fn a_key_is_told_by_its_identifier_and_never_itself() {
        let created = 133_000_000_000_000_000_i64.to_le_bytes();
        let value = link(&[
            (1, &[0xab; 32]),
            (3, b"the key itself"),
            (4, &[1]),
            (5, &[0]),
            (6, &[7; 16]),
            (9, &created),
        ]);
        let told = printed(&value);
        let id = "ab".repeat(32);
        assert_eq!(
            told,
            format!(
                r#"{{"key_id":"{id}","usage":"NGC","source":"AD","device_id":"07070707-0707-0707-0707-070707070707","created":"2022-06-18T04:26:40.000000Z"}}"#
            )
        );
        assert!(!told.contains("key itself") && !told.contains(text::hex(b"the key itself").as_str()));
    }

    #[test]
    fn what_is_no_link_is_told_by_its_size() {
        assert_eq!(printed(b"B:2:zz:CN=a"), r#"{"size":11}"#);
        assert_eq!(printed(b""), r#"{"size":0}"#);
        assert_eq!(printed(b"B:8:00010000:CN=a"), r#"{"size":17}"#);
    }
}
