//! How SMB messages lie in a TCP stream: behind four bytes of type and length, the same over port 445 ([MS-SMB2] 2.1) and
//! over NetBIOS sessions on port 139 (RFC 1002 §4.3), which add a handful of packets of their own.

use capture::Transport;

use crate::context::Context;
use crate::fields::Fields;
use crate::inbox::LOOK;
use crate::netbios::name::Name;
use crate::protocol::{Framing, Probe, ProtocolId, Sender, Verdict};
use crate::reader::{Malformed, Reader};
use crate::smb::{smb1, wire};
use crate::text;

/// Bytes in front of every message: `TYPE(1) LENGTH(3)`, big-endian.
pub(super) const PREFIX: usize = 4;

/// The largest message that is believed while searching for one: SMB2 negotiates reads and writes of up to 8 MiB.
const SEARCHED: usize = 8 * 1024 * 1024 + 4096;

/// The types of a session packet (RFC 1002 §4.3.1).
pub(super) mod packet {
    pub(in crate::smb) const MESSAGE: u8 = 0x00;
    pub(in crate::smb) const REQUEST: u8 = 0x81;
    pub(in crate::smb) const POSITIVE_RESPONSE: u8 = 0x82;
    pub(in crate::smb) const NEGATIVE_RESPONSE: u8 = 0x83;
    pub(in crate::smb) const RETARGET: u8 = 0x84;
    pub(in crate::smb) const KEEP_ALIVE: u8 = 0x85;
}

/// The type and the length of what follows the prefix; the length has 24 bits over TCP, of which NetBIOS uses 17.
pub(super) fn prefix(head: &[u8]) -> Option<(u8, usize)> {
    let [kind, high, middle, low, ..] = *head else {
        return None;
    };
    Some((kind, u32::from_be_bytes([0, high, middle, low]) as usize))
}

/// Where a packet ends that is no SMB message; none for those that are.
pub(super) fn frame(kind: u8, length: usize) -> Option<Framing> {
    Some(match (kind, length) {
        (packet::MESSAGE, 0) | (packet::POSITIVE_RESPONSE | packet::KEEP_ALIVE, 0) => Framing::Whole(PREFIX),
        (packet::MESSAGE, _) => return None,
        // Two names in second-level encoding, each with or without a scope.
        (packet::REQUEST, 4..=512) | (packet::NEGATIVE_RESPONSE, 1) | (packet::RETARGET, 6) => {
            Framing::Whole(PREFIX + length)
        }
        _ => Framing::Invalid("session packet type"),
    })
}

/// Whether sixteen bytes can be the start of a message.
pub(super) fn plausible(head: &[u8]) -> bool {
    let Some((packet::MESSAGE, length)) = prefix(head) else {
        return false;
    };
    let Some(&[a, b, c, d, e, f, ..]) = head.get(PREFIX..LOOK).and_then(|rest| rest.first_chunk::<12>()) else {
        return false;
    };
    let room = |least: usize| (least..SEARCHED).contains(&length);
    match [a, b, c, d] {
        wire::SMB2_ID => room(wire::HEADER) && [e, f] == [64, 0],
        wire::SMB1_ID => room(smb1::wire::HEADER) && smb1::names::command(e).is_some(),
        wire::TRANSFORM_ID => room(wire::TRANSFORM + wire::HEADER),
        wire::COMPRESSION_ID => room(wire::COMPRESSION),
        _ => false,
    }
}

/// Whether a connection begins, or goes on, as one of SMB's: the protocol identifier is its signature on any port.
pub(super) fn recognise(probe: &Probe<'_>) -> Verdict {
    if probe.transport != Transport::Tcp {
        return Verdict::No;
    }
    match *probe.bytes {
        [] => Verdict::Need(PREFIX),
        [packet::MESSAGE, ..] if probe.bytes.len() < 2 * PREFIX => Verdict::Need(2 * PREFIX),
        [packet::MESSAGE, _, _, _, ref message @ ..] => of_message(message),
        [packet::REQUEST, 0, ref rest @ ..] => match rest {
            [_, length, 0x20, ..] if *length >= 36 => Verdict::Sure(Sender::Client),
            [_, _, ..] | [_] | [] if rest.len() < 3 => Verdict::Need(PREFIX + 1),
            _ => Verdict::No,
        },
        [packet::POSITIVE_RESPONSE | packet::NEGATIVE_RESPONSE, 0, 0, 0 | 1, ..] => Verdict::Weak(Sender::Server),
        [packet::KEEP_ALIVE, 0, 0, 0, ..] => Verdict::Weak(Sender::Either),
        _ => Verdict::No,
    }
}

/// The flags say who sent a message: SMB2_FLAGS_SERVER_TO_REDIR, SMB_FLAGS_REPLY.
fn of_message(message: &[u8]) -> Verdict {
    let sender = |is_response: bool| if is_response { Sender::Server } else { Sender::Client };
    match message.first_chunk::<4>() {
        Some(&wire::SMB2_ID) => match message.get(16) {
            Some(flags) => Verdict::Sure(sender(flags & 1 != 0)),
            None => Verdict::Need(PREFIX + 17),
        },
        Some(&wire::SMB1_ID) => match message.get(9) {
            Some(flags) => Verdict::Sure(sender(flags & 0x80 != 0)),
            None => Verdict::Need(PREFIX + 10),
        },
        Some(&(wire::TRANSFORM_ID | wire::COMPRESSION_ID)) => Verdict::Sure(Sender::Either),
        _ => Verdict::No,
    }
}

/// The names in a session request: whom it calls, and who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionRequest {
    pub(super) called: Name,
    pub(super) calling: Name,
}

impl SessionRequest {
    /// `CALLED NAME CALLING NAME` (RFC 1002 §4.3.2).
    pub(super) fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        Ok(Self {
            called: Name::read(&mut reader, body)?,
            calling: Name::read(&mut reader, body)?,
        })
    }

    pub(super) fn fields(&self, fields: &mut Fields) {
        fields.set("called", self.called.value(false));
        fields.set("calling", self.calling.value(false));
    }
}

/// Says what a session packet says that is neither a message nor a request (RFC 1002 §4.3.3 to §4.3.5, §4.3.7).
pub(super) fn answered(kind: u8, body: &[u8], context: &mut Context<'_>) {
    let name = match kind {
        packet::POSITIVE_RESPONSE => "POSITIVE SESSION RESPONSE",
        packet::NEGATIVE_RESPONSE => "NEGATIVE SESSION RESPONSE",
        packet::RETARGET => "SESSION RETARGET RESPONSE",
        packet::KEEP_ALIVE => "SESSION KEEP ALIVE",
        _ => return,
    };
    context.message(ProtocolId::Netbios, name, |fields| match (kind, body) {
        (packet::NEGATIVE_RESPONSE, [code, ..]) => {
            fields.set("error_code", *code);
            fields.set_some("error_code_name", error_name(*code));
        }
        (packet::RETARGET, [address @ .., high, low]) => {
            let address = address
                .first_chunk::<4>()
                .map(|address| text::dotted(address.map(u32::from)));
            fields.set_some("retarget_ip", address);
            fields.set("retarget_port", u16::from_be_bytes([*high, *low]));
        }
        _ => {}
    });
}

/// ERROR_CODE of a negative response (RFC 1002 §4.3.4).
fn error_name(code: u8) -> Option<&'static str> {
    Some(match code {
        0x80 => "Not listening on called name",
        0x81 => "Not listening for calling name",
        0x82 => "Called name not present",
        0x83 => "Called name present, but insufficient resources",
        0x8f => "Unspecified error",
        _ => return None,
    })
}
