//! What a controller answers: an entry of a search (RFC 4511 §4.5.2), and the DNs in it with their extensions.

use compact_str::CompactString;
use parsers::text;
use smallvec::SmallVec;

use crate::directory::record::{guid_bytes, sid_bytes};
use crate::directory::{Guid, name};

/// An entry: names and values as the bytes they came as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// objectName, extended or not ([MS-ADTS] 3.1.1.3.4.1.5).
    pub dn: Vec<u8>,
    /// Attribute descriptions, options included, and their values; none where an attribute was cleared.
    pub attributes: Vec<(Vec<u8>, Vec<Vec<u8>>)>,
}

/// A DN with what its extensions say: `<GUID=…>;<SID=…>;CN=…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExtendedDn {
    pub(crate) guid: Option<Guid>,
    pub(crate) sid: Option<Vec<u8>>,
    pub(crate) dn: CompactString,
}

impl ExtendedDn {
    pub(crate) fn of(value: &[u8]) -> Self {
        let written = text::bytes(value);
        let extension = |name: &str| {
            let head = format!("<{name}=");
            let (_, rest) = written.split_once(&head)?;
            rest.split_once('>').map(|(value, _)| value)
        };
        let extended = written.starts_with('<');
        Self {
            guid: extension("GUID").filter(|_| extended).and_then(guid),
            sid: extension("SID").filter(|_| extended).and_then(sid),
            dn: name::without_extensions(&written).into(),
        }
    }
}

/// A value that refers to another object: the object, behind what a DN-Binary has before it (`B:8:0011AABB:`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    prefix: Vec<u8>,
    pub(crate) to: ExtendedDn,
}

impl Reference {
    pub(crate) fn of(value: &[u8]) -> Self {
        let colons = value.iter().enumerate().filter(|(_, byte)| **byte == b':');
        let end = colons.map(|(at, _)| at + 1).nth(2).filter(|_| value.starts_with(b"B:"));
        let (prefix, dn) = value.split_at_checked(end.unwrap_or_default()).unwrap_or_default();
        Self {
            prefix: prefix.to_vec(),
            to: ExtendedDn::of(dn),
        }
    }

    /// How it is kept: by identity, so that it stays right whatever becomes of the other's name.
    pub(crate) fn kept(&self) -> Vec<u8> {
        let name = self
            .to
            .guid
            .map_or_else(|| self.to.dn.to_string(), |guid| format!("{MARK}{guid}>"));
        [&self.prefix, name.as_bytes()].concat()
    }
}

const MARK: &str = "<GUID=";

/// The object that a kept value refers to, and what stands before it; none for a value that is as it came.
pub(crate) fn referred(value: &[u8]) -> Option<(&[u8], Guid)> {
    let at = value.len().checked_sub(MARK.len() + 37)?;
    let (prefix, name) = value.split_at_checked(at)?;
    let guid = name.strip_prefix(MARK.as_bytes())?.strip_suffix(b">")?;
    Some((prefix, Guid(guid_bytes(guid)?)))
}

/// A GUID as option 1 of the control writes it, or as option 0: hexadecimal.
fn guid(text: &str) -> Option<Guid> {
    let bytes = match text.len() {
        32 => hex(text)?.try_into().ok()?,
        _ => guid_bytes(text.as_bytes())?,
    };
    Some(Guid(bytes))
}

fn sid(text: &str) -> Option<Vec<u8>> {
    if text.starts_with("S-") {
        return sid_bytes(text.as_bytes()).map(SmallVec::into_vec);
    }
    sid_bytes(&hex(text)?).map(SmallVec::into_vec)
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// Whether `dn`, extended or not, lies in the naming context `base` and in none below it: global catalogs show these too
/// ([MS-ADTS] 3.1.1.3.1.3), other domains by their `DC`.
pub(super) fn is_within(dn: &[u8], base: &str) -> bool {
    let (dn, base) = (String::from_utf8_lossy(dn).to_lowercase(), base.to_lowercase());
    let Some(head) = dn.strip_suffix(&base) else {
        return false;
    };
    let Some(head) = head.strip_suffix(',') else {
        return head.is_empty() || head.ends_with(';');
    };
    let last = name::split(head).last().unwrap_or_default();
    let last = last.rsplit(';').next().unwrap_or_default().trim(); // without its extensions
    !last.starts_with("dc=") && last != "cn=configuration"
}

/// The part of `dn` before `container`, where it lies below it.
pub(super) fn below<'a>(dn: &'a str, container: &str) -> Option<&'a str> {
    let at = dn.len().checked_sub(container.len())?;
    let (head, tail) = dn.split_at_checked(at)?;
    (head.ends_with(',') && !head.ends_with("\\,") && tail.eq_ignore_ascii_case(container)).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_read_in_both_forms() {
        let dashed =
            b"<GUID=03020100-0504-0706-0809-0a0b0c0d0e0f>;<SID=S-1-5-32-544>;CN=Administrators,CN=Builtin,DC=x";
        let hex = b"<GUID=000102030405060708090a0b0c0d0e0f>;<SID=01020000000000052000000020020000>;CN=Administrators,CN=Builtin,DC=x";
        let read = ExtendedDn::of(dashed);
        assert_eq!(read.dn, "CN=Administrators,CN=Builtin,DC=x");
        assert_eq!(read.guid.map(|guid| guid.0[15]), Some(15));
        assert_eq!(read.sid.as_deref().map(<[u8]>::len), Some(16));
        assert_eq!(read, ExtendedDn::of(hex));
    }

    #[test]
    fn a_reference_is_kept_by_identity() {
        let binary = b"B:8:0011AABB:<GUID=03020100-0504-0706-0809-0a0b0c0d0e0f>;CN=alice,DC=x";
        let kept = Reference::of(binary).kept();
        assert_eq!(kept, b"B:8:0011AABB:<GUID=03020100-0504-0706-0809-0a0b0c0d0e0f>");
        let (prefix, guid) = referred(&kept).unwrap();
        assert_eq!((prefix, guid.0[15]), (&b"B:8:0011AABB:"[..], 15));
        assert_eq!(Reference::of(b"CN=a:b:c:d,DC=x").kept(), b"CN=a:b:c:d,DC=x");
        assert_eq!(referred(b"CN=a:b:c:d,DC=x"), None);
    }

    #[test]
    fn a_plain_dn_has_no_extensions() {
        let read = ExtendedDn::of(b"CN=<GUID=1>,DC=x");
        assert_eq!((read.guid, read.dn.as_str()), (None, "CN=<GUID=1>,DC=x"));
        assert_eq!(ExtendedDn::of(b"<GUID=zz>;CN=a").guid, None);
    }
}
