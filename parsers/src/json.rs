//! JSON as it is printed, written straight into bytes.
//!
//! A replay prints more than it reads time for: what is known of the shape (names of fields are plain, times and addresses have
//! nothing to escape) is not found out again for every line. The bytes are those that `serde_json` writes.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use capture::{Endpoint, Hop, Mac, Timestamp, Transport, Tunnel};
use compact_str::CompactString;

/// What can be printed as JSON.
pub trait WriteJson {
    /// Appends the value.
    fn write_json(&self, out: &mut Vec<u8>);
}

/// An object that is being written: [`Self::begin`], entries, [`Self::end`].
#[derive(Debug)]
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    /// What stands before the next name: the brace, later a comma.
    before: u8,
}

impl<'a> Object<'a> {
    /// An object at the end of `out`.
    pub const fn begin(out: &'a mut Vec<u8>) -> Self {
        Self { out, before: b'{' }
    }

    /// Adds `name`, which needs no escapes.
    #[inline]
    pub fn entry(&mut self, name: &'static str, value: &(impl WriteJson + ?Sized)) {
        debug_assert!(!name.bytes().any(is_special), "{name:?} is no name");
        self.out.extend_from_slice(&[self.before, b'"']);
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.before = b',';
        value.write_json(self.out);
    }

    /// Adds `name` where there is a value: absent rather than null.
    #[inline]
    pub fn some(&mut self, name: &'static str, value: Option<&(impl WriteJson + ?Sized)>) {
        if let Some(value) = value {
            self.entry(name, value);
        }
    }

    /// Closes the object.
    pub fn end(self) {
        if self.before == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }
}

/// Appends text that needs no escapes.
pub fn plain(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// Whether JSON cannot hold the byte as it is (RFC 8259 §7).
const fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether no byte needs an escape. Eight at a time, the last ones twice where they are no eight.
fn is_plain(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        return !bytes.iter().any(|byte| is_special(*byte));
    };
    let (words, _) = bytes.as_chunks::<8>();
    let found = words
        .iter()
        .fold(specials(*last), |found, word| found | specials(*word));
    found == 0
}

/// Not zero where one of eight bytes [`is_special`].
const fn specials(bytes: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(bytes);
    const ONES: u64 = u64::MAX / 255;
    const HIGHS: u64 = ONES << 7;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let low = word.wrapping_sub(ONES * 0x20) & !word;
    let quote = quote.wrapping_sub(ONES) & !quote;
    let backslash = backslash.wrapping_sub(ONES) & !backslash;
    (low | quote | backslash) & HIGHS
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        0x08 => out.extend_from_slice(b"\\b"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'\n' => out.extend_from_slice(b"\\n"),
        0x0c => out.extend_from_slice(b"\\f"),
        b'\r' => out.extend_from_slice(b"\\r"),
        _ => {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&hex(byte));
        }
    }
}

/// Two lower-case digits.
pub(crate) const fn hex(byte: u8) -> [u8; 2] {
    const fn digit(nibble: u8) -> u8 {
        // Above nine come the letters, 39 places behind the digits; without a branch.
        nibble + b'0' + 39 * (nibble > 9) as u8
    }
    [digit(byte >> 4), digit(byte & 15)]
}

impl WriteJson for str {
    fn write_json(&self, out: &mut Vec<u8>) {
        let bytes = self.as_bytes();
        out.reserve(bytes.len() + 2);
        out.push(b'"');
        if is_plain(bytes) {
            out.extend_from_slice(bytes);
        } else {
            escaped(bytes, out);
        }
        out.push(b'"');
    }
}

fn escaped(mut rest: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = rest.iter().position(|byte| is_special(*byte)) {
        let Some((plain, [byte, tail @ ..])) = rest.split_at_checked(at) else {
            break;
        };
        out.extend_from_slice(plain);
        escape(*byte, out);
        rest = tail;
    }
    out.extend_from_slice(rest);
}

impl<T: WriteJson> WriteJson for [T] {
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut before = b'[';
        for item in self {
            out.push(before);
            before = b',';
            item.write_json(out);
        }
        if before == b'[' {
            out.push(before);
        }
        out.push(b']');
    }
}

impl WriteJson for CompactString {
    fn write_json(&self, out: &mut Vec<u8>) {
        self.as_str().write_json(out);
    }
}

impl WriteJson for bool {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

macro_rules! number {
    ($($type:ty),*) => {
        $(impl WriteJson for $type {
            fn write_json(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
            }
        })*
    };
}

number!(u16, u32, u64, i64);

impl WriteJson for Timestamp {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.reserve(29);
        out.push(b'"');
        out.extend_from_slice(&self.rfc3339());
        out.push(b'"');
    }
}

impl WriteJson for IpAddr {
    fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Self::V4(ip) => ip.write_json(out),
            // Writing to memory cannot fail.
            Self::V6(ip) => drop(write!(out, "\"{ip}\"")),
        }
    }
}

impl WriteJson for Ipv4Addr {
    fn write_json(&self, out: &mut Vec<u8>) {
        out.reserve(17);
        let mut before = b'"';
        for octet in self.octets() {
            out.push(before);
            before = b'.';
            if octet > 99 {
                out.push(b'0' + octet / 100);
            }
            if octet > 9 {
                out.push(b'0' + octet / 10 % 10);
            }
            out.push(b'0' + octet % 10);
        }
        out.push(b'"');
    }
}

impl WriteJson for SocketAddr {
    fn write_json(&self, out: &mut Vec<u8>) {
        drop(write!(out, "\"{self}\"")); // writing to memory cannot fail
    }
}

impl WriteJson for Mac {
    fn write_json(&self, out: &mut Vec<u8>) {
        let [a, b, c, d, e, f] = self.0.map(hex);
        out.extend_from_slice(&[
            b'"', a[0], a[1], b':', b[0], b[1], b':', c[0], c[1], b':', d[0], d[1], b':', e[0], e[1], b':', f[0], f[1],
            b'"',
        ]);
    }
}

impl WriteJson for Endpoint {
    fn write_json(&self, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.entry("ip", &self.ip);
        object.entry("port", &self.port);
        object.some("mac", self.mac.as_ref());
        object.end();
    }
}

impl WriteJson for Transport {
    fn write_json(&self, out: &mut Vec<u8>) {
        plain(self.name(), out);
    }
}

impl WriteJson for Hop {
    fn write_json(&self, out: &mut Vec<u8>) {
        drop(write!(out, "\"{self}\"")); // writing to memory cannot fail
    }
}

impl WriteJson for Tunnel {
    fn write_json(&self, out: &mut Vec<u8>) {
        self.0.write_json(out);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use proptest::prelude::*;

    use super::*;
    use crate::fields::{Fields, Value};

    fn written(value: &(impl WriteJson + ?Sized)) -> String {
        let mut out = Vec::new();
        value.write_json(&mut out);
        String::from_utf8(out).unwrap()
    }

    /// Values nested three deep.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            any::<i64>().prop_map(|time| Value::from(Timestamp(time))),
            Just(Value::Name("a \"name\"\n")),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec(inner, 0..4).prop_map(|values| {
                    let mut fields = Fields::new();
                    for (name, value) in ["first", "second", "third"].into_iter().zip(values) {
                        fields.set(name, value);
                    }
                    Value::from(fields)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_are_those_of_serde_json(value in value()) {
            prop_assert_eq!(written(&value), serde_json::to_string(&value).unwrap());
        }

        #[test]
        fn text_is_that_of_serde_json(text in "([ -~]{0,9}[\\x00-\\x7f]){0,3}.{0,9}") {
            prop_assert_eq!(written(text.as_str()), serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn addresses_are_those_of_serde_json(v4: [u8; 4], v6: [u16; 8], mac: [u8; 6], port: u16) {
            for ip in [IpAddr::from(v4), IpAddr::from(v6)] {
                let end = Endpoint { ip, port, mac: (port % 2 == 0).then_some(Mac(mac)) };
                prop_assert_eq!(written(&end), serde_json::to_string(&end).unwrap());
                prop_assert_eq!(written(&end.socket()), serde_json::to_string(&end.socket()).unwrap());
            }
        }
    }

    #[test]
    fn every_byte_of_ascii_is_that_of_serde_json() {
        for byte in 0..128_u8 {
            for before in 0..9 {
                let text = format!("{}{}plain", "x".repeat(before), char::from(byte));
                assert_eq!(written(text.as_str()), serde_json::to_string(&text).unwrap());
            }
        }
    }

    #[test]
    fn what_is_empty_has_its_brackets() {
        assert_eq!(written(&Fields::new()), "{}");
        assert_eq!(written(&Value::from(Vec::<Value>::new())), "[]");
        assert_eq!(written(&IpAddr::V6(Ipv6Addr::LOCALHOST)), "\"::1\"");
    }
}
