//! What an HTTP/1.x connection begins with, and what a message after damage begins with.

use capture::Transport;

use super::wire::{self, Start};
use crate::protocol::{Probe, Sender, Verdict};
use crate::session::PROBE;

/// A response says so; a request's first line is looked at whole, as other protocols greet with a word too.
pub(super) fn recognise(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Tcp {
        return Verdict::No;
    }
    let bytes = probe.bytes;
    if bytes.starts_with(b"HTTP/1.") {
        return Verdict::Sure(Sender::Server);
    }
    if b"HTTP/1.".starts_with(bytes) {
        return Verdict::Need(7);
    }
    let method = bytes.split(|byte| *byte == b' ').next().unwrap_or_default();
    if method.len() == bytes.len() {
        let begun = bytes.len() < 20
            && bytes
                .iter()
                .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'));
        return if begun {
            Verdict::Need(bytes.len() + 1)
        } else {
            Verdict::No
        };
    }
    match bytes.iter().position(|byte| *byte == b'\n') {
        _ if !wire::is_method(method) => Verdict::No,
        Some(end) => match Start::read(bytes.get(..end).unwrap_or_default().trim_ascii_end()) {
            Some(_) => Verdict::Sure(Sender::Client),
            None => Verdict::No,
        },
        None if bytes.iter().any(|byte| !(b' '..0x7f).contains(byte) && *byte != b'\r') => Verdict::No,
        None if bytes.len() < PROBE => Verdict::Need(bytes.len() + 1),
        None => plausible_request(bytes).map_or(Verdict::No, |()| Verdict::Sure(Sender::Client)),
    }
}

/// A common method and the first character of a target.
pub(super) fn plausible_request(head: &[u8]) -> Option<()> {
    const METHODS: &[&[u8]] = &[
        b"GET ",
        b"POST ",
        b"HEAD ",
        b"PUT ",
        b"OPTIONS ",
        b"PROPFIND ",
        b"DELETE ",
        b"CONNECT ",
        b"PATCH ",
        b"RPC_IN_DATA ",
        b"RPC_OUT_DATA ",
        b"RPC_CONNECT ",
    ];
    let rest = METHODS.iter().find_map(|method| head.strip_prefix(*method))?;
    let first = rest.first()?;
    (*first == b'/' || *first == b'*' || first.is_ascii_alphanumeric()).then_some(())
}
