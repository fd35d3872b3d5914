//! Calls written by hand for the tests of single interfaces: stubs in, activities out.

use serde_json::Value;

use crate::dcerpc::tests::LITTLE;
use crate::testing::{Conversation, Said, unhex};

/// One PDU of a conversation: its operation and its stub as hexadecimal text.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    Asks(u16, &'a str),
    Answers(&'a str),
}

/// How the stubs are marshalled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Marshalled {
    Ndr20,
    Ndr64,
}

/// The activities of calls of `interface`, each request followed by its response.
pub(super) fn activities(interface: &str, marshalled: Marshalled, steps: &[Step<'_>]) -> Vec<Value> {
    said(interface, marshalled, steps).activities
}

/// As [`activities`], with all that was said.
pub(super) fn said(interface: &str, marshalled: Marshalled, steps: &[Step<'_>]) -> Said {
    let syntax = |bytes: Vec<u8>| match marshalled {
        Marshalled::Ndr20 => bytes,
        Marshalled::Ndr64 => as_ndr64(&bytes),
    };
    let mut conversation = Conversation::tcp(49_160)
        .up(&syntax(LITTLE.bind(11, 1, 0, interface, None)))
        .down(&syntax(LITTLE.ack(12, 1, None)));
    let mut call = 1;
    for step in steps {
        conversation = match step {
            Step::Asks(opnum, stub) => {
                call += 1;
                conversation.up(&LITTLE.request(3, call, 0, *opnum, &unhex(stub)))
            }
            Step::Answers(stub) => conversation.down(&LITTLE.response(3, call, 0, &unhex(stub))),
        };
    }
    conversation.finish()
}

/// The same bind or answer, with NDR64 in the place of NDR 2.0.
fn as_ndr64(bytes: &[u8]) -> Vec<u8> {
    let old = unhex("045d888aeb1cc9119fe808002b10486002000000");
    let new = unhex("33057171babe37498319b5dbef9ccc3601000000");
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    [&bytes[..at], &new, &bytes[at + old.len()..]].concat()
}

/// A wide string's octets in hexadecimal, with its final NUL.
pub(super) fn wide(text: &str) -> String {
    let units = text.encode_utf16().chain([0]);
    units.map(|unit| format!("{:04x}", unit.swap_bytes())).collect()
}

/// A conformant varying string of NDR 2.0 in hexadecimal, with the padding behind it.
pub(super) fn string(text: &str) -> String {
    let count = u32::try_from(text.encode_utf16().count() + 1).unwrap().swap_bytes();
    let padding = if text.encode_utf16().count().is_multiple_of(2) {
        "0000"
    } else {
        ""
    };
    format!("{count:08x}00000000{count:08x}{}{padding}", wide(text))
}

/// A pointer and its string.
pub(super) fn pointer(text: &str) -> String {
    format!("04000200{}", string(text))
}

/// An RPC_UNICODE_STRING with its characters.
pub(super) fn counted(text: &str) -> String {
    let length = u16::try_from(text.encode_utf16().count() * 2).unwrap();
    let (least, most) = (length.swap_bytes(), (length + 2).swap_bytes());
    let (all, used) = (u32::from(length) / 2 + 1, u32::from(length) / 2);
    let padding = if used % 2 == 1 { "0000" } else { "" };
    let characters: String = wide(text).chars().take(usize::from(length) * 2).collect();
    format!(
        "{least:04x}{most:04x}04000200{:08x}00000000{:08x}{characters}{padding}",
        all.swap_bytes(),
        used.swap_bytes()
    )
}
