//! What the values of controls say ([MS-ADTS] 3.1.1.3.4.1, RFC 2696, RFC 2891, RFC 4370).
//!
//! Cookies and offsets are left out: they differ from page to page, and pages of one search are to look alike.

use compact_str::CompactString;

use crate::asn1::{BOOLEAN, INTEGER, OCTET_STRING, SEQUENCE, Walker, context_primitive};
use crate::fields::Fields;
use crate::text;

use super::names;

/// Most keys of a sort that are read.
const MOST: usize = 32;

/// SECURITY_INFORMATION, as LDAP_SERVER_SD_FLAGS_OID asks for it ([MS-ADTS] 3.1.1.3.4.1.11).
const SD_FLAGS: &[(i64, &str)] = &[(1, "owner"), (2, "group"), (4, "dacl"), (8, "sacl")];

/// Flags of LDAP_SERVER_DIRSYNC_OID ([MS-ADTS] 3.1.1.3.4.1.3).
const DIRSYNC_FLAGS: &[(i64, &str)] = &[
    (0x1, "object_security"),
    (0x800, "ancestors_first_order"),
    (0x2000, "public_data_only"),
    (0x8000_0000, "incremental_values"),
];

/// Flags of LDAP_SERVER_SEARCH_OPTIONS_OID ([MS-ADTS] 3.1.1.3.4.1.12).
const SEARCH_OPTIONS: &[(i64, &str)] = &[(1, "domain_scope"), (2, "phantom_root")];

/// Adds what the value of the control `oid` says; none where it breaks its own grammar.
pub(super) fn describe(oid: &[u8], value: &[u8], fields: &mut Fields) -> Option<()> {
    match oid {
        b"1.2.840.113556.1.4.521" => fields.text("target", names::text(value)), // a server's name, as it is
        b"2.16.840.1.113730.3.4.18" => fields.text("authz_id", names::text(value)),
        b"1.2.840.113556.1.4.473" => fields.list("keys", sort_keys(value)),
        _ => sequence(oid, value, fields)?,
    }
    Some(())
}

/// The controls whose value is a SEQUENCE that begins with numbers.
fn sequence(oid: &[u8], value: &[u8], fields: &mut Fields) -> Option<()> {
    let mut parts = Walker::new(value).optional(SEQUENCE).ok()??.inside();
    let mut number = || parts.optional(INTEGER).ok()??.integer().ok();
    match oid {
        b"1.2.840.113556.1.4.319" => fields.set("size", number()?),
        b"1.2.840.113556.1.4.801" => flags(number()?, SD_FLAGS, fields),
        b"1.2.840.113556.1.4.1340" => flags(number()?, SEARCH_OPTIONS, fields),
        b"1.2.840.113556.1.4.2066" | b"1.2.840.113556.1.4.2239" => fields.set("flags", number()?),
        b"1.2.840.113556.1.4.529" => fields.set("option", number()?),
        b"1.2.840.113556.1.4.841" | b"1.2.840.113556.1.4.2090" => {
            flags(number()?, DIRSYNC_FLAGS, fields);
            fields.set("max_bytes", number()?);
        }
        b"1.2.840.113556.1.4.2211" => {
            fields.set("minimum", number()?);
            fields.set("maximum", number()?);
        }
        b"2.16.840.1.113730.3.4.9" => {
            fields.set("before", number()?);
            fields.set("after", number()?);
            let from = parts.optional(context_primitive(1)).ok()?;
            fields.set_some("greater_or_equal", from.map(|from| names::text(from.value)));
        }
        b"1.2.840.113556.1.4.1338" => {
            fields.set("flags", number()?);
            fields.text("server", text::utf16(parts.optional(OCTET_STRING).ok()??.value));
        }
        b"1.2.840.113556.1.4.1504" => fields.set("attribute", names::text(parts.optional(OCTET_STRING).ok()??.value)),
        b"1.2.840.113556.1.4.1852" => fields.set_some("sid", text::sid(parts.optional(OCTET_STRING).ok()??.value)),
        _ => {}
    }
    Some(())
}

/// Flags as a number, which some write signed, and by name.
fn flags(number: i64, names: &'static [(i64, &'static str)], fields: &mut Fields) {
    let number = number & 0xffff_ffff;
    fields.set("flags", number);
    let set = names.iter().filter(|(flag, _)| number & flag != 0);
    fields.list("flag_names", set.map(|(_, name)| *name));
}

/// The attributes that are sorted by, a `-` before those from the end.
///
/// ```text
/// SortKeyList ::= SEQUENCE OF SEQUENCE { attributeType AttributeDescription, orderingRule [0] MatchingRuleId OPTIONAL,
///                                        reverseOrder [1] BOOLEAN DEFAULT FALSE }   -- RFC 2891 §1.1
/// ```
fn sort_keys(value: &[u8]) -> impl Iterator<Item = CompactString> {
    let list = Walker::new(value).optional(SEQUENCE).ok().flatten();
    let mut keys = list.map_or(Walker::new(&[]), |list| list.inside());
    std::iter::from_fn(move || {
        let mut key = keys.optional(SEQUENCE).ok()??.inside();
        let name = names::text(key.optional(OCTET_STRING).ok()??.value);
        let mut reverse = false;
        while let Ok(Some(field)) = key.next() {
            reverse |= matches!(field.tag, 0x81 | BOOLEAN) && field.value.iter().any(|octet| *octet != 0);
        }
        Some(if reverse {
            compact_str::format_compact!("-{name}")
        } else {
            name
        })
    })
    .take(MOST)
}
