//! Attributes as fields: each under its name, several of one name as a list, secrets by name alone.

use std::net::{Ipv4Addr, Ipv6Addr};

use capture::Timestamp;
use compact_str::{CompactString, format_compact};

use super::dictionary::{self, Type};
use super::eap;
use super::wire::{Attribute, Attributes};
use crate::fields::{Fields, Value};
use crate::text;

/// The type of the attribute that carries EAP, in pieces where it is long (RFC 3579 §3.1).
const EAP_MESSAGE: u8 = 79;

/// Most attributes of a packet that are told: 4,096 octets hold more of them than anybody means.
const MAX_TOLD: usize = 256;

/// In the names of `name=value` pairs: what stands behind is a secret.
const SECRET: [&str; 7] = ["key", "psk", "passw", "pwd", "secret", "pin", "otp"];

/// Writes attributes.
pub(super) fn write(attributes: Attributes<'_>, fields: &mut Fields) {
    let (mut secrets, mut unknown) = (Vec::new(), Vec::new());
    for attribute in attributes.clone().take(MAX_TOLD) {
        match dictionary::look(&attribute) {
            _ if (attribute.vendor, attribute.number) == (None, EAP_MESSAGE) => {}
            Some((name, Type::Secret)) => secrets.push(Value::Name(name)),
            Some((name, kind)) => known(&attribute, name, kind, fields),
            None => unknown.push(Value::Map(opaque(&attribute))),
        }
    }
    eap::write(attributes, fields);
    fields.list("hidden", secrets);
    fields.list("unknown", unknown);
}

/// Writes an attribute that has a name and is no secret.
pub(super) fn named(attribute: &Attribute<'_>, fields: &mut Fields) {
    match dictionary::look(attribute) {
        None | Some((_, Type::Secret)) => {}
        Some((name, kind)) => known(attribute, name, kind, fields),
    }
}

fn known(attribute: &Attribute<'_>, name: &'static str, kind: Type, fields: &mut Fields) {
    let Some(value) = value(attribute.value, kind) else {
        return;
    };
    if let (Type::Code(field, of) | Type::TaggedCode(field, of), Value::Number(number)) = (kind, &value)
        && fields.get(field).is_none()
    {
        fields.set_some(field, u32::try_from(*number).ok().and_then(of));
    }
    if let Type::Name(escaped) = kind
        && fields.get(name).is_none()
        && text::bytes(attribute.value) != readable(attribute.value)
    {
        fields.set(escaped, text::bytes(attribute.value));
    }
    add(name, value, fields);
}

/// A name's second value makes a list of it.
fn add(name: &'static str, value: Value, fields: &mut Fields) {
    let list = match fields.get(name) {
        None => return fields.set(name, value),
        Some(Value::List(list)) => [list.as_slice(), &[value]].concat(),
        Some(one) => vec![one.clone(), value],
    };
    fields.replace(name, list);
}

/// An attribute that nobody knows, whose value may be anything, a secret too.
fn opaque(attribute: &Attribute<'_>) -> Fields {
    let mut fields = Fields::sized(3);
    fields.set_some("vendor", attribute.vendor);
    fields.set("type", attribute.number);
    fields.set("size", attribute.value.len());
    fields
}

/// An attribute's value; none where it is not of its type.
pub(super) fn value(bytes: &[u8], kind: Type) -> Option<Value> {
    Some(match kind {
        Type::Text => text::bytes(trim(bytes)).into(),
        Type::Name(_) => readable(bytes).into(),
        Type::Octets => text::hex(bytes).into(),
        Type::Number | Type::Code(..) => number(bytes)?.into(),
        Type::Ip => address(bytes)?.into(),
        Type::Prefix => prefix(bytes)?.into(),
        Type::Time => Timestamp::new(u32::from_be_bytes(bytes.try_into().ok()?).into(), 0).into(),
        Type::TaggedText => text::bytes(trim(untagged(bytes))).into(),
        Type::TaggedNumber | Type::TaggedCode(..) => {
            let [_, high, middle, low] = bytes.try_into().ok()?;
            u32::from_be_bytes([0, high, middle, low]).into()
        }
        Type::TaggedOctet => text::bytes(bytes.get(1..)?).into(),
        Type::Pair => pair(bytes).into(),
        Type::ChapError => chap_error(bytes)?.into(),
        Type::Secret => return None,
    })
}

/// What a person can read of a name: up to a zero, with U+FFFD in place of what is no text.
fn readable(bytes: &[u8]) -> CompactString {
    CompactString::from_utf8_lossy(until_zero(bytes))
}

/// An identity may have more behind a zero (RFC 3748 §5.1).
pub(super) fn until_zero(bytes: &[u8]) -> &[u8] {
    bytes.split(|octet| *octet == 0).next().unwrap_or(bytes)
}

/// Some write a final zero.
fn trim(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(&[0]).unwrap_or(bytes)
}

fn untagged(bytes: &[u8]) -> &[u8] {
    match bytes {
        [0..=0x1f, rest @ ..] => rest,
        _ => bytes,
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    match bytes.len() {
        4 => Some(u32::from_be_bytes(bytes.try_into().ok()?).into()),
        8 => Some(u64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

fn address(bytes: &[u8]) -> Option<CompactString> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Some(format_compact!("{}", Ipv4Addr::from(octets)));
    }
    let octets = <[u8; 16]>::try_from(bytes).ok()?;
    Some(format_compact!("{}", Ipv6Addr::from(octets)))
}

fn prefix(bytes: &[u8]) -> Option<CompactString> {
    let (&[_, length], rest) = bytes.split_first_chunk()?;
    let mut octets = [0; 16];
    octets.get_mut(..rest.len())?.copy_from_slice(rest);
    (length <= 128).then(|| format_compact!("{}/{length}", Ipv6Addr::from(octets)))
}

fn pair(bytes: &[u8]) -> CompactString {
    let text = text::bytes(bytes);
    let Some((name, _)) = text.split_once(['=', '*']) else {
        return text;
    };
    let lower = name.to_ascii_lowercase();
    match SECRET.iter().any(|secret| lower.contains(secret)) {
        true => format_compact!("{name}=(hidden)"),
        false => text,
    }
}

/// The code and the text of an MS-CHAP error, without the challenge between them.
fn chap_error(bytes: &[u8]) -> Option<CompactString> {
    let text = text::bytes(bytes.get(1..)?);
    let code = text.split(' ').find(|part| part.starts_with("E="))?;
    let words = text.split_once(" M=").map(|(_, words)| words);
    Some(words.map_or_else(|| code.into(), |words| format_compact!("{code} M={words}")))
}
