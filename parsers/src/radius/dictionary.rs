//! Attributes by number: what they are called and how their values read.
//!
//! Names are those of the RFCs and vendors in lower case with underscores: `User-Name` is `user_name`. What proves a secret or
//! hides one is [`Type::Secret`]: that it is there is told, its value never.

mod asa;
mod cisco;
mod gateways;
mod microsoft;
mod standard;

use super::wire::Attribute;

/// How an attribute's value reads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type {
    /// UTF-8.
    Text,
    /// A name, and the field that has all of its octets where they are more than a person can read.
    Name(&'static str),
    /// Octets that mean nothing to others.
    Octets,
    /// A 32-bit number, or a 64-bit one.
    Number,
    /// A number that has names, and the field these go into.
    Code(&'static str, fn(u32) -> Option<&'static str>),
    /// An IPv4 or IPv6 address.
    Ip,
    /// An IPv6 prefix: reserved octet, length, address (RFC 3162 §2.3).
    Prefix,
    /// Seconds since 1970.
    Time,
    /// Text behind a tag, which is an octet below 0x20 (RFC 2868 §3.3).
    TaggedText,
    /// Three octets of a number behind a tag (RFC 2868 §3.1).
    TaggedNumber,
    /// The same, of a number that has names.
    TaggedCode(&'static str, fn(u32) -> Option<&'static str>),
    /// Text behind an octet that belongs to the protocol (RFC 2548 §2.1.7).
    TaggedOctet,
    /// `name=value`.
    Pair,
    /// `E=code R=retry C=challenge V=version M=text` (RFC 2548 §2.1.5), of which the code and the text are told.
    ChapError,
    /// Never told.
    Secret,
}

/// An attribute's name and type; none where it is not known.
pub(super) fn look(attribute: &Attribute<'_>) -> Option<(&'static str, Type)> {
    let table = match attribute.vendor {
        None => standard::STANDARD,
        Some(9) => cisco::CISCO,
        Some(311) => microsoft::MICROSOFT,
        Some(2_620) => gateways::CHECK_POINT,
        Some(3_076) => asa::ASA,
        Some(3_375) => gateways::F5,
        Some(_) => return None,
    };
    let at = table
        .binary_search_by_key(&attribute.number, |(number, ..)| *number)
        .ok()?;
    table.get(at).map(|(_, name, kind)| (*name, *kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted_and_names_are_unique() {
        let tables = [
            standard::STANDARD,
            cisco::CISCO,
            microsoft::MICROSOFT,
            gateways::CHECK_POINT,
            asa::ASA,
            gateways::F5,
        ];
        let mut names = Vec::new();
        for table in tables {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
            names.extend(table.iter().map(|(_, name, _)| *name));
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_proves_a_password_is_secret() {
        for (vendor, number) in [
            (None, 2),
            (None, 3),
            (None, 60),
            (None, 69),
            (Some(311), 1),
            (Some(311), 25),
            (Some(311), 16),
        ] {
            let found = look(&Attribute {
                vendor,
                number,
                value: &[],
            });
            assert!(matches!(found, Some((_, Type::Secret))), "{vendor:?} {number}");
        }
    }
}
