//! What a hello is known by: JA3 and JA3S (Salesforce, BSD-3-Clause), and JA4 for clients (FoxIO, BSD-3-Clause).
//!
//! JA3 is the MD5 of a hello's numbers in order, JA4 a legible head and two SHA-256 of what is sorted first, so that a
//! client that shuffles its extensions keeps its name. GREASE values count in neither.

use std::fmt::Write;

use compact_str::CompactString;
use md5::Md5;
use sha2::{Digest, Sha256};
use smallvec::SmallVec;

use super::wire::{ClientHello, Extensions, ServerHello, extension, is_grease, numbers};
use crate::text;

/// Numbers of a hello, without GREASE.
fn meant(numbers: impl Iterator<Item = u16>) -> SmallVec<[u16; 64]> {
    numbers.filter(|number| !is_grease(*number)).collect()
}

fn kinds(extensions: Extensions<'_>) -> SmallVec<[u16; 64]> {
    meant(extensions.iter().map(|(kind, _)| kind))
}

/// `SSLVersion,Ciphers,Extensions,EllipticCurves,EllipticCurvePointFormats`, each a list with `-` between its numbers.
pub(super) fn ja3_text(hello: &ClientHello<'_>) -> String {
    let mut text = String::with_capacity(256);
    push(&mut text, [hello.legacy_version]);
    for list in [
        meant(numbers(hello.suites)),
        kinds(hello.extensions),
        meant(numbers(hello.extensions.list(extension::SUPPORTED_GROUPS))),
    ] {
        text.push(',');
        push(&mut text, list);
    }
    text.push(',');
    push(
        &mut text,
        hello.extensions.point_formats().iter().map(|it| u16::from(*it)),
    );
    text
}

/// `SSLVersion,Cipher,Extensions`.
pub(super) fn ja3s_text(hello: &ServerHello<'_>) -> String {
    let mut text = String::with_capacity(64);
    push(&mut text, [hello.legacy_version]);
    text.push(',');
    push(&mut text, [hello.suite]);
    text.push(',');
    push(&mut text, hello.extensions.iter().map(|(kind, _)| kind));
    text
}

fn push(text: &mut String, numbers: impl IntoIterator<Item = u16>) {
    let mut buffer = itoa::Buffer::new();
    for (at, number) in numbers.into_iter().enumerate() {
        if at > 0 {
            text.push('-');
        }
        text.push_str(buffer.format(number));
    }
}

/// The fingerprint that a JA3 or JA3S text is known by.
pub(super) fn md5(text: &str) -> CompactString {
    text::hex(&Md5::digest(text.as_bytes()))
}

/// JA4 of a client that speaks TLS over TCP: `t13d1516h2_8daaf6152771_e5627efa2ab1`.
pub(super) fn ja4(hello: &ClientHello<'_>) -> CompactString {
    let mut suites = meant(numbers(hello.suites));
    let mut kinds = kinds(hello.extensions);
    let mut text = CompactString::with_capacity(36);
    text.push('t');
    text.push_str(version(hello.version()));
    text.push(if kinds.contains(&extension::SERVER_NAME) {
        'd'
    } else {
        'i'
    });
    // Writing to a string cannot fail.
    let _ = write!(text, "{:02}{:02}", suites.len().min(99), kinds.len().min(99));
    protocol(hello, &mut text);
    suites.sort_unstable();
    kinds.sort_unstable();
    kinds.retain(|kind| !matches!(*kind, extension::SERVER_NAME | extension::ALPN));
    let algorithms = meant(numbers(hello.extensions.list(extension::SIGNATURE_ALGORITHMS)));
    text.push('_');
    text.push_str(&short(&suites, &[]));
    text.push('_');
    text.push_str(&short(&kinds, &algorithms));
    text
}

const fn version(version: u16) -> &'static str {
    match version {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// First and last character of the first application protocol; of its hexadecimal digits where either is no letter or digit.
fn protocol(hello: &ClientHello<'_>, text: &mut CompactString) {
    let first = hello.extensions.protocols().next().unwrap_or_default();
    match *first {
        [] => text.push_str("00"),
        [only] if only.is_ascii_alphanumeric() => text.extend([char::from(only); 2]),
        [head, .., tail] if head.is_ascii_alphanumeric() && tail.is_ascii_alphanumeric() => {
            text.extend([char::from(head), char::from(tail)]);
        }
        _ => {
            let digits = text::hex(first);
            text.extend(digits.chars().next());
            text.extend(digits.chars().last());
        }
    }
}

/// The first twelve digits of a SHA-256 over four-digit numbers with commas between them, and what follows `_`.
fn short(numbers: &[u16], more: &[u16]) -> CompactString {
    if numbers.is_empty() {
        return CompactString::const_new("000000000000");
    }
    let mut list = String::with_capacity(5 * (numbers.len() + more.len()));
    join(&mut list, numbers);
    if !more.is_empty() {
        list.push('_');
        join(&mut list, more);
    }
    let digest = Sha256::digest(list.as_bytes());
    text::hex(digest.get(..6).unwrap_or_default())
}

fn join(list: &mut String, numbers: &[u16]) {
    for (at, number) in numbers.iter().enumerate() {
        if at > 0 {
            list.push(',');
        }
        // Writing to a string cannot fail.
        let _ = write!(list, "{number:04x}");
    }
}
