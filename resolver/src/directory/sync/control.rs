//! Controls of Active Directory ([MS-ADTS] 3.1.1.3.4.1), written and read: paging, DirSync, extended DNs, tombstones.

use parsers::asn1::{INTEGER, OCTET_STRING, SEQUENCE, Walker};

use super::search::Done;

/// A control as it is sent (RFC 4511 §4.1.11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// controlType.
    pub oid: &'static str,
    /// criticality.
    pub critical: bool,
    /// controlValue.
    pub value: Option<Vec<u8>>,
}

/// pagedResults (RFC 2696).
pub(super) const PAGED: &str = "1.2.840.113556.1.4.319";
/// LDAP_SERVER_DIRSYNC_OID.
pub(super) const DIRSYNC: &str = "1.2.840.113556.1.4.841";
/// LDAP_SERVER_EXTENDED_DN_OID.
const EXTENDED_DN: &str = "1.2.840.113556.1.4.529";
/// LDAP_SERVER_SHOW_DELETED_OID.
const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// LDAP_SERVER_SD_FLAGS_OID.
const SD_FLAGS: &str = "1.2.840.113556.1.4.801";
/// LDAP_SERVER_NOTIFICATION_OID.
const NOTIFICATION: &str = "1.2.840.113556.1.4.528";

/// LDAP_DIRSYNC_INCREMENTAL_VALUES and LDAP_DIRSYNC_ANCESTORS_FIRST_ORDER: bit 31 makes the number negative.
const INCREMENTAL: i64 = -0x8000_0000 + 0x800;
/// LDAP_DIRSYNC_OBJECT_SECURITY: only what the account may read, for which it needs no right to replicate.
const OBJECT_SECURITY: i64 = 1;
/// OWNER_SECURITY_INFORMATION, GROUP_SECURITY_INFORMATION and DACL_SECURITY_INFORMATION ([MS-ADTS] 3.1.1.3.4.1.11): the fourth, the
/// system list, would take the right to manage auditing, and without it nothing would come.
const DESCRIPTOR_PARTS: i64 = 7;
/// Octets of one answer to DirSync, at most.
const DIRSYNC_BYTES: i64 = 4 << 20;

/// DNs come with their GUID and SID as text.
pub(super) fn extended_dn() -> Control {
    Control {
        oid: EXTENDED_DN,
        critical: false,
        value: Some(sequence(&[integer(1)])),
    }
}

/// Tombstones are shown too, where they may be read.
pub(super) const fn show_deleted() -> Control {
    Control {
        oid: SHOW_DELETED,
        critical: false,
        value: None,
    }
}

/// Which parts of a descriptor are wanted.
pub(super) fn sd_flags() -> Control {
    Control {
        oid: SD_FLAGS,
        critical: false,
        value: Some(sequence(&[integer(DESCRIPTOR_PARTS)])),
    }
}

/// The search does not end, and tells what changes from now on. Without it, it would tell everything.
pub(super) const fn notification() -> Control {
    Control {
        oid: NOTIFICATION,
        critical: true,
        value: None,
    }
}

/// A page of so many entries, from where `cookie` ended.
pub(super) fn paged(size: u32, cookie: &[u8]) -> Control {
    Control {
        oid: PAGED,
        critical: true,
        value: Some(sequence(&[integer(size.into()), octets(cookie)])),
    }
}

/// Whatever has changed since `cookie`.
pub(super) fn dirsync(as_readable: bool, cookie: &[u8]) -> Control {
    let flags = if as_readable {
        INCREMENTAL + OBJECT_SECURITY
    } else {
        INCREMENTAL
    };
    Control {
        oid: DIRSYNC,
        critical: true,
        value: Some(sequence(&[integer(flags), integer(DIRSYNC_BYTES), octets(cookie)])),
    }
}

/// The cookie of an answer's paging control.
pub(super) fn read_paged(value: &[u8]) -> Option<Vec<u8>> {
    let mut inside = Walker::new(value).next().ok()??.inside();
    let _size = inside.next().ok()??;
    Some(inside.next().ok()??.value.to_vec())
}

/// Whether there is more, and the cookie, of an answer's DirSync control.
pub(super) fn read_dirsync(value: &[u8]) -> Option<(bool, Vec<u8>)> {
    let mut inside = Walker::new(value).next().ok()??.inside();
    let more = inside.next().ok()??.integer().ok()?;
    let _unused = inside.next().ok()??;
    Some((more != 0, inside.next().ok()??.value.to_vec()))
}

impl Done {
    /// Whether it holds a control that is to say where to go on, and cannot be read.
    #[must_use]
    pub fn is_garbled(&self) -> bool {
        self.controls.iter().any(|(oid, value)| match oid.as_str() {
            PAGED => read_paged(value).is_none(),
            DIRSYNC => read_dirsync(value).is_none(),
            _ => false,
        })
    }
}

fn sequence(elements: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &elements.concat())
}

fn octets(value: &[u8]) -> Vec<u8> {
    element(OCTET_STRING, value)
}

/// Two's complement in as few octets as hold it.
fn integer(number: i64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let spare = |window: &[u8]| {
        matches!(window, [0, next] if next & 0x80 == 0) || matches!(window, [0xff, next] if next & 0x80 != 0)
    };
    let skip = bytes.windows(2).take_while(|window| spare(window)).count();
    element(INTEGER, bytes.get(skip..).unwrap_or_default())
}

fn element(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = value.len();
    if length < 0x80 {
        out.push(length as u8);
    } else {
        let bytes = length.to_be_bytes();
        let octets = bytes.iter().skip_while(|byte| **byte == 0);
        out.push(0x80 | octets.clone().count() as u8);
        out.extend(octets);
    }
    out.extend_from_slice(value);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn flags_are_one_signed_number_of_32_bits() {
        let value = dirsync(false, b"").value.unwrap();
        assert_eq!(value, [0x30, 13, 2, 4, 0x80, 0, 8, 0, 2, 3, 0x40, 0, 0, 4, 0]);
    }

    #[test]
    fn a_page_is_that_of_the_rfc() {
        assert_eq!(
            paged(1000, b"ab").value.unwrap(),
            [0x30, 8, 2, 2, 3, 0xe8, 4, 2, b'a', b'b']
        );
        assert_eq!(extended_dn().value.unwrap(), [0x30, 3, 2, 1, 1]);
        assert_eq!(sd_flags().value.unwrap(), [0x30, 3, 2, 1, 7]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(cookie in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(read_paged(&paged(7, &cookie).value.unwrap()), Some(cookie.clone()));
            let (more, read) = read_dirsync(&dirsync(true, &cookie).value.unwrap()).unwrap();
            prop_assert!(more);
            prop_assert_eq!(read, cookie);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = (read_paged(&bytes), read_dirsync(&bytes));
        }
    }
}
