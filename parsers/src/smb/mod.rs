//! SMB 2 and 3 ([MS-SMB2]) and SMB1 ([MS-CIFS]): who logged on, which files were used and how, which pipes carried RPC, and how
//! much passed encrypted.
//!
//! One [`Smb`] reads one connection, in whichever versions it speaks. Payload of files is never collected: reads, writes and
//! directory listings are judged by their headers. Payload of pipes is handed on to DCE/RPC.

mod activity;
mod body;
mod connection;
mod file;
mod logon;
mod names;
mod pipe;
mod smb1;
mod smb2;
mod table;
#[cfg(test)]
mod tests;
mod transport;
mod wire;

use capture::{Direction, Timestamp};

use crate::context::Context;
use crate::protocol::{Framing, Pdu, Probe, Protocol, ProtocolId, Registration, Verdict};
use crate::reader::Malformed;
use connection::Connection;
use transport::{PREFIX, SessionRequest, packet};
use wire::Command;

/// SMB over TCP and over NetBIOS sessions; by content on any other port.
pub const REGISTRATION: Registration = Registration {
    id: ProtocolId::Smb2,
    tcp: &[445, 139],
    udp: &[],
    recognise,
    open: |_| Box::new(Smb::default()),
};

fn recognise(probe: &Probe<'_>) -> Verdict {
    transport::recognise(probe)
}

/// What a NetBIOS datagram carries, where it is SMB's.
pub(crate) fn datagram(data: &[u8], context: &mut Context<'_>) {
    if data.starts_with(&wire::SMB1_ID) {
        smb1::datagram(data, context);
    }
}

/// FSCTL_PIPE_TRANSCEIVE ([MS-FSCC] 2.3.50).
const PIPE_TRANSCEIVE: u32 = 0x0011_c017;

/// A message up to this long is taken whole without a look: it arrives in one segment as a rule.
const SHORT: usize = 1460;
/// A read or write of a file nobody knows is taken whole up to this long, for it may be a pipe's; pipes do not do more.
const MAYBE_PIPE: usize = 64 * 1024;
/// As much of a READ, WRITE, IOCTL or QUERY_DIRECTORY as is needed to decide: prefix, header, fixed body.
const DECIDE: usize = PREFIX + wire::HEADER + 48;
/// The same of SMB1: prefix, header, word count, up to 14 words, byte count.
const DECIDE_SMB1: usize = PREFIX + smb1::wire::HEADER + 1 + 28 + 2;
/// As much of a compressed message as is read: its headers, where they were left uncompressed.
const COMPRESSED: usize = PREFIX + wire::COMPRESSION + wire::HEADER + 128;

/// One SMB connection.
#[derive(Debug, Default)]
struct Smb {
    connection: Connection,
    /// Hardly anybody speaks it any more.
    smb1: Option<Box<smb1::Dialogue>>,
    smb2: smb2::Dialogue,
    /// No earlier than this something gives up waiting; sooner than need be is harmless. Asked for with every packet, so it
    /// is not reckoned anew before it has come.
    due: Option<Timestamp>,
}

impl Protocol for Smb {
    fn id(&self) -> ProtocolId {
        ProtocolId::Smb2
    }

    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        let Some((kind, length)) = transport::prefix(head) else {
            return Framing::Need(PREFIX);
        };
        if let Some(framing) = transport::frame(kind, length) {
            return framing;
        }
        let total = PREFIX + length;
        let Some(id) = head.get(PREFIX..).and_then(|message| message.first_chunk::<4>()) else {
            return Framing::Need(2 * PREFIX);
        };
        match *id {
            wire::SMB2_ID if length >= wire::HEADER => self.frame_smb2(head, total),
            wire::SMB1_ID if length >= smb1::wire::HEADER => self.frame_smb1(head, total),
            wire::TRANSFORM_ID if length >= wire::TRANSFORM => head_of(PREFIX + wire::TRANSFORM, total),
            wire::COMPRESSION_ID if length >= wire::COMPRESSION => head_of(COMPRESSED, total),
            _ => Framing::Invalid("protocol identifier"),
        }
    }

    fn plausible(&self, _direction: Direction, head: &[u8]) -> bool {
        transport::plausible(head)
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let Some((kind, _)) = transport::prefix(pdu.bytes) else {
            return;
        };
        let message = pdu.bytes.get(PREFIX..).unwrap_or_default();
        match (kind, message.first_chunk::<4>()) {
            (packet::MESSAGE, Some(id)) => self.message(*id, message, pdu.total, context),
            (packet::MESSAGE, None) => {}
            (packet::REQUEST, _) => self.session_request(message, context),
            _ => transport::answered(kind, message, context),
        }
        if self.due.is_none() {
            self.due = self.earliest();
        }
    }

    fn gap(&mut self, missing: u64, context: &mut Context<'_>) {
        self.connection.gap(missing, context);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.due
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        if let Some(smb1) = &mut self.smb1 {
            smb1.expire(&mut self.connection, context);
        }
        self.smb2.expire(&mut self.connection, context);
        self.connection.expire(context);
        self.due = self.earliest();
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        if let Some(smb1) = &mut self.smb1 {
            smb1.finish(&mut self.connection, context);
        }
        self.smb2.finish(&mut self.connection, context);
        let protocol = match self.connection.negotiated.is_smb1() {
            true => ProtocolId::Smb1,
            false => ProtocolId::Smb2,
        };
        self.connection.finish(protocol, context);
    }
}

impl Smb {
    /// When the first of those that wait gives up.
    fn earliest(&self) -> Option<Timestamp> {
        let smb1 = self.smb1.as_ref().and_then(|smb1| smb1.deadline());
        let waits = [self.smb2.deadline(), smb1, self.connection.deadline()];
        waits.into_iter().flatten().min()
    }

    fn message(&mut self, id: [u8; 4], message: &[u8], total: u64, context: &mut Context<'_>) {
        match id {
            wire::SMB2_ID => self.smb2.chain(message, &mut self.connection, context),
            wire::SMB1_ID => {
                let smb1 = self.smb1.get_or_insert_default();
                smb1.message(message, &mut self.connection, context);
            }
            wire::TRANSFORM_ID => self.smb2.transform(message, total, context),
            wire::COMPRESSION_ID => self.smb2.compressed(message, total, &mut self.connection, context),
            _ => context.malformed(ProtocolId::Smb2, "protocol identifier"),
        }
    }

    /// A NetBIOS session opens: the names say who calls whom.
    fn session_request(&mut self, body: &[u8], context: &mut Context<'_>) {
        match SessionRequest::parse(body) {
            Ok(request) => {
                context.message(ProtocolId::Netbios, "SESSION REQUEST", |fields| request.fields(fields));
                self.connection.negotiated.called = Some(request.called.text);
                self.connection.negotiated.calling = Some(request.calling.text);
            }
            Err(Malformed(what)) => context.malformed(ProtocolId::Netbios, what),
        }
    }

    /// A long message is collected only where its payload is read: not that of files, listings and who knows what.
    fn frame_smb2(&self, head: &[u8], total: usize) -> Framing {
        if total <= SHORT {
            return Framing::Whole(total);
        }
        let Some(message) = head.get(PREFIX..DECIDE) else {
            return Framing::Need(DECIDE);
        };
        // Damage is found out, and counted, where the message is read.
        let Ok(header) = wire::Header::parse(message) else {
            return Framing::Whole(total);
        };
        if header.next != 0 {
            return Framing::Whole(total);
        }
        let pipe = match (header.command, header.is_response()) {
            (Command::QueryDirectory, true) => Some(false),
            (Command::Read, true) => self.smb2.reads_pipe(header.message_id, &self.connection),
            (Command::Write, false) => match wire::file::WriteRequest::parse(message) {
                Ok(write) => self.connection.is_pipe(write.file_id),
                Err(_) => None,
            },
            _ => return Framing::Whole(total),
        };
        if pipe.unwrap_or(total <= MAYBE_PIPE) {
            Framing::Whole(total)
        } else {
            head_of(DECIDE, total)
        }
    }

    fn frame_smb1(&self, head: &[u8], total: usize) -> Framing {
        if total <= SHORT {
            return Framing::Whole(total);
        }
        let Some(message) = head.get(PREFIX..DECIDE_SMB1) else {
            return Framing::Need(DECIDE_SMB1);
        };
        let pipe = match smb1::payload_is_pipe(message, self.smb1.as_deref(), &self.connection) {
            Some(pipe) => pipe,
            None => return Framing::Whole(total),
        };
        if pipe.unwrap_or(total <= MAYBE_PIPE) {
            Framing::Whole(total)
        } else {
            head_of(DECIDE_SMB1, total)
        }
    }
}

fn head_of(keep: usize, total: usize) -> Framing {
    Framing::Head {
        keep: keep.min(total),
        total: total as u64,
    }
}
