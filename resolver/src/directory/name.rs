//! Names in the form they are compared in: the directory tells neither upper from lower case nor one way of writing a DN
//! from another.

use compact_str::CompactString;
use smallvec::{Array, SmallVec};

/// `name` in lower case.
pub(crate) fn fold(name: &str) -> CompactString {
    if name.is_ascii() {
        let mut folded = CompactString::new(name);
        folded.make_ascii_lowercase();
        return folded;
    }
    CompactString::new(name).to_lowercase()
}

/// Adds `name` in lower case to `octets`.
pub(crate) fn fold_onto<A: Array<Item = u8>>(octets: &mut SmallVec<A>, name: &str) {
    let from = octets.len();
    match name.is_ascii() {
        true => octets.extend_from_slice(name.as_bytes()),
        false => octets.extend_from_slice(fold(name).as_bytes()),
    }
    octets.get_mut(from..).unwrap_or_default().make_ascii_lowercase();
}

/// A DN (RFC 4514) in lower case, without blanks around its separators, with only those escapes that matter; the
/// `<GUID=…>;<SID=…>;` in front of an extended DN ([MS-ADTS] 3.1.1.3.4.1.5) is dropped.
pub(crate) fn dn(written: &str) -> CompactString {
    let written = without_extensions(written);
    match is_plain(written.as_bytes()) {
        true => fold(written),
        false => normal_form(written),
    }
}

/// Adds a DN in the form of [`dn`] to `octets`.
pub(crate) fn dn_onto<A: Array<Item = u8>>(octets: &mut SmallVec<A>, written: &str) {
    let written = without_extensions(written);
    match is_plain(written.as_bytes()) {
        true => fold_onto(octets, written),
        false => octets.extend_from_slice(normal_form(written).as_bytes()),
    }
}

/// A DN that has more to it than upper and lower case.
fn normal_form(written: &str) -> CompactString {
    let mut plain: Vec<u8> = Vec::with_capacity(written.len());
    let mut bytes = written.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some(high) if high.is_ascii_hexdigit() && bytes.peek().is_some_and(u8::is_ascii_hexdigit) => {
                    let low = bytes.next().unwrap_or_default();
                    literal(&mut plain, hex(high) << 4 | hex(low));
                }
                Some(other) => literal(&mut plain, other),
                None => plain.push(b'\\'),
            },
            b',' | b';' | b'=' | b'+' => {
                trim(&mut plain);
                plain.push(if byte == b';' { b',' } else { byte });
                while bytes.next_if_eq(&b' ').is_some() {}
            }
            _ => plain.push(byte),
        }
    }
    trim(&mut plain);
    fold(&String::from_utf8_lossy(&plain))
}

/// The DNS name that the `DC=` components at the end of a normalised DN spell.
pub(crate) fn domain_of(dn: &str) -> Option<CompactString> {
    let mut labels: Vec<&str> = split(dn).rev().map_while(|part| part.strip_prefix("dc=")).collect();
    labels.reverse();
    (!labels.is_empty()).then(|| labels.join(".").into())
}

/// The value of the first component: `alice` of `cn=alice,ou=staff,…`.
pub(crate) fn first_value(dn: &str) -> Option<&str> {
    Some(split(dn).next()?.split_once('=')?.1)
}

/// The components of a DN; an escaped comma parts nothing.
pub(crate) fn split(dn: &str) -> impl DoubleEndedIterator<Item = &str> {
    let bytes = dn.as_bytes();
    let mut parts = Vec::new();
    let mut start = 0;
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b',' && !escaped {
            parts.push(dn.get(start..at).unwrap_or_default());
            start = at + 1;
        }
        escaped = *byte == b'\\' && !escaped;
    }
    parts.push(dn.get(start..).unwrap_or_default());
    parts.into_iter()
}

/// Whether a DN only has to be folded: no escape, no `;`, no blank beside a separator, as controllers write nearly all.
fn is_plain(written: &[u8]) -> bool {
    let mut before = b',';
    for byte in written {
        let separates = |byte: u8| matches!(byte, b',' | b'=' | b'+');
        if matches!(*byte, b'\\' | b';') || (*byte == b' ' && separates(before)) || (before == b' ' && separates(*byte))
        {
            return false;
        }
        before = *byte;
    }
    before != b' '
}

/// Whether the folded `name` is what `stored` is once it is folded.
pub(crate) fn is(name: &[u8], stored: &[u8]) -> bool {
    if stored.is_ascii() {
        return stored.eq_ignore_ascii_case(name);
    }
    fold(&parsers::text::bytes(stored)).as_bytes() == name
}

pub(crate) fn without_extensions(mut dn: &str) -> &str {
    while let Some((_, rest)) = dn.strip_prefix('<').and_then(|rest| rest.split_once(">;")) {
        dn = rest;
    }
    dn.trim()
}

/// A character that was escaped: those that would part the DN stay so.
fn literal(plain: &mut Vec<u8>, byte: u8) {
    if matches!(byte, b',' | b';' | b'=' | b'+' | b'\\') {
        plain.push(b'\\');
    }
    plain.push(byte);
}

/// Drops blanks at the end, but not an escaped one's backslash.
fn trim(plain: &mut Vec<u8>) {
    while plain.last() == Some(&b' ') {
        plain.pop();
    }
}

fn hex(digit: u8) -> u8 {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_dn_has_one_form() {
        let form = "cn=bob,ou=staff,dc=lab,dc=example";
        for written in [
            "CN=bob,OU=Staff,DC=lab,DC=example",
            "cn = Bob , ou=STAFF; dc=lab, dc=example ",
            "<GUID=0302>;<SID=S-1-5-21>;CN=bob,OU=Staff,DC=lab,DC=example",
            "CN=\\62ob,OU=Staff,DC=lab,DC=example",
        ] {
            assert_eq!(dn(written), form);
        }
        assert_eq!(dn("CN=J\\C3\\BCrgen,DC=x"), dn("CN=JÜRGEN,DC=x"));
        assert_eq!(dn("CN=Archer\\, Alice,DC=x"), dn("CN=Archer\\2C Alice,DC=x"));
    }

    #[test]
    fn the_domain_is_the_tail() {
        assert_eq!(domain_of("cn=a,dc=lab,dc=example").as_deref(), Some("lab.example"));
        assert_eq!(domain_of("cn=configuration"), None);
        assert_eq!(first_value("cn=archer\\, alice,dc=x"), Some("archer\\, alice"));
    }

    #[test]
    fn a_plain_dn_is_only_folded() {
        for (written, plain) in [
            ("CN=Bob,DC=x", true),
            ("CN=Bob, DC=x", false),
            ("CN=a\\,b", false),
            ("CN=b ", false),
        ] {
            assert_eq!(is_plain(written.as_bytes()), plain, "{written}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_form_that_stays(written in ".*") {
            let once = dn(&written);
            prop_assert!(once.len() <= written.len() * 8 + 8);
            let _ = domain_of(&once);
            let _ = first_value(&once);
        }
    }
}
