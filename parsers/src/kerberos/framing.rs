//! Where a message starts and ends: over TCP behind a length of four octets (RFC 4120 §7.2.2), over UDP by itself.

use capture::Transport;

use super::wire::{AP_REP, AP_REQ, AS_REP, AS_REQ, CRED, ERROR, PRIV, SAFE, TGS_REP, TGS_REQ};
use crate::asn1::{Header, INTEGER, SEQUENCE, context, header};
use crate::protocol::{Framing, Probe, Sender, Verdict};

/// Octets of the length before a message over TCP.
pub(super) const PREFIX: usize = 4;

/// What stands at the start of some octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    No,
    Need(usize),
    Message { tag: u8, total: usize },
}

/// The message's place in a PDU: behind the length over TCP.
pub(super) fn body(pdu: &[u8], transport: Transport) -> &[u8] {
    match transport {
        Transport::Tcp => pdu.get(PREFIX..).unwrap_or_default(),
        Transport::Udp => pdu,
    }
}

/// The record at the start of `head`. Its length must hold the message inside, whose identifier must be one of Kerberos'.
pub(super) fn frame(head: &[u8]) -> Framing {
    let Some((&length, rest)) = head.split_first_chunk::<PREFIX>() else {
        return Framing::Need(PREFIX);
    };
    let length = u32::from_be_bytes(length);
    if length >> 31 == 1 {
        return Framing::Invalid("reserved bit of the length"); // RFC 5021
    }
    let length = length as usize;
    match header(rest.get(..length).unwrap_or(rest)) {
        Ok(Header::Need(more)) if more > length => Framing::Invalid("record too short"),
        Ok(Header::Need(more)) => Framing::Need(PREFIX + more),
        Ok(Header::Known { tag, .. }) if sender(tag).is_none() => Framing::Invalid("no Kerberos message"),
        Ok(Header::Known { header, value, .. }) if header.saturating_add(value) > length => {
            Framing::Invalid("message longer than its record")
        }
        Ok(Header::Known { .. }) => Framing::Whole(PREFIX + length),
        Err(malformed) => Framing::Invalid(malformed.0),
    }
}

/// Whether a record starts at `head`, as far as it is shown: two lengths that agree, and a beginning that says Kerberos 5.
pub(super) fn plausible(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk::<PREFIX>() else {
        return false;
    };
    let Ok(Header::Known { tag, header, value }) = header(rest) else {
        return false;
    };
    header.checked_add(value) == Some(u32::from_be_bytes(*length) as usize)
        && sender(tag).is_some()
        && begins(tag, rest.get(header..).unwrap_or_default(), value).is_ok()
}

/// Judges the first octets of a direction.
pub(super) fn recognise(probe: &Probe<'_>) -> Verdict {
    let (record, message) = match probe.transport {
        Transport::Udp => (Some(probe.bytes.len()), probe.bytes),
        Transport::Tcp => match probe.bytes.split_first_chunk::<PREFIX>() {
            Some((length, rest)) => (Some(u32::from_be_bytes(*length) as usize), rest),
            None => return Verdict::Need(PREFIX + 2),
        },
    };
    let skipped = probe.bytes.len() - message.len();
    match look(message) {
        Look::No => Verdict::No,
        Look::Need(count) => Verdict::Need(skipped + count),
        Look::Message { tag, total } => {
            let sender = sender(tag).unwrap_or(Sender::Either);
            if Some(total) == record {
                Verdict::Sure(sender)
            } else {
                Verdict::Weak(sender)
            }
        }
    }
}

/// Whether a message starts at `head`, from its identifier to its msg-type.
fn look(head: &[u8]) -> Look {
    let Some(&tag) = head.first() else { return Look::Need(2) };
    if sender(tag).is_none() {
        return Look::No;
    }
    match header(head) {
        Ok(Header::Need(count)) => Look::Need(count),
        Ok(Header::Known { header, value, .. }) => match begins(tag, head.get(header..).unwrap_or_default(), value) {
            Ok(None) => Look::Message {
                tag,
                total: header.saturating_add(value),
            },
            Ok(Some(count)) => Look::Need(header + count),
            Err(NotKerberos) => Look::No,
        },
        Err(_) => Look::No,
    }
}

struct NotKerberos;

/// Whether `contents`, which are `length` octets in all, begin as those of the message `tag` do: a SEQUENCE that fills them,
/// pvno 5, and the msg-type that goes with the tag. Says how many octets are needed where they are not there yet.
fn begins(tag: u8, contents: &[u8], length: usize) -> Result<Option<usize>, NotKerberos> {
    let (inner, value) = match header(contents) {
        Ok(Header::Need(count)) => return Ok(Some(count)),
        Ok(Header::Known { tag, header, value }) if tag == SEQUENCE => (header, value),
        _ => return Err(NotKerberos),
    };
    if inner.saturating_add(value) != length {
        return Err(NotKerberos);
    }
    let first = if matches!(tag, AS_REQ | TGS_REQ) { 1 } else { 0 };
    let expected = [
        context(first),
        3,
        INTEGER,
        1,
        5,
        context(first + 1),
        3,
        INTEGER,
        1,
        tag & 0x1f,
    ];
    let shown = contents.get(inner..).unwrap_or_default();
    let agree = shown.iter().zip(&expected).all(|(ours, theirs)| ours == theirs);
    match agree {
        false => Err(NotKerberos),
        true if shown.len() < expected.len() => Ok(Some(inner + expected.len())),
        true => Ok(None),
    }
}

/// Who sends the message `tag`; none where it is no message.
const fn sender(tag: u8) -> Option<Sender> {
    match tag {
        AS_REQ | TGS_REQ | AP_REQ => Some(Sender::Client),
        AS_REP | TGS_REP | AP_REP | ERROR => Some(Sender::Server),
        SAFE | PRIV | CRED => Some(Sender::Either),
        _ => None,
    }
}
