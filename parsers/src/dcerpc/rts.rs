//! What RTS PDUs are called and what they say. A PDU's name is told by its flags and the types of its commands; where several are made
//! alike, each of their names is given.

use super::wire::{Command, Rts};
use crate::fields::Fields;
use crate::text;

/// RTS flags ([MS-RPCH] 2.2.3.6.1), from the lowest bit.
const FLAGS: [&str; 7] = [
    "RTS_FLAG_PING",
    "RTS_FLAG_OTHER_CMD",
    "RTS_FLAG_RECYCLE_CHANNEL",
    "RTS_FLAG_IN_CHANNEL",
    "RTS_FLAG_OUT_CHANNEL",
    "RTS_FLAG_EOF",
    "RTS_FLAG_ECHO",
];

const PING: u16 = 1;
const OTHER_CMD: u16 = 2;
const RECYCLE: u16 = 4;
const IN: u16 = 8;
const OUT: u16 = 16;
const EOF: u16 = 32;
const ECHO: u16 = 64;

/// Flags, types of the commands, and the PDUs that have them ([MS-RPCH] 2.2.4).
const NAMES: &[(u16, &[u8], &[&str])] = &[
    (0, &[6, 3, 3, 0], &["CONN/A1"]),
    (OUT, &[6, 3, 3, 4, 0], &["CONN/A2"]),
    (0, &[2], &["CONN/A3"]),
    (0, &[6, 3, 3, 4, 5, 12], &["CONN/B1"]),
    (IN, &[6, 3, 3, 0, 2, 12, 11], &["CONN/B2"]),
    (0, &[0, 6], &["CONN/B3"]),
    (0, &[6, 0, 2], &["CONN/C1", "CONN/C2"]),
    (RECYCLE, &[6, 3, 3, 3], &["IN_R1/A1", "IN_R2/A1"]),
    (IN | RECYCLE, &[6, 3, 3, 3, 0, 2], &["IN_R1/A2"]),
    (0, &[13, 6, 0, 2], &["IN_R1/A3", "IN_R1/A4"]),
    (0, &[3], &["IN_R1/A5", "IN_R1/A6", "IN_R2/A2", "IN_R2/A5", "OUT_R2/A4"]),
    (0, &[7], &["IN_R1/B1"]),
    (0, &[0], &["IN_R1/B2"]),
    (0, &[13], &["IN_R2/A3", "IN_R2/A4"]),
    (RECYCLE, &[13], &["OUT_R1/A1", "OUT_R1/A2", "OUT_R2/A1", "OUT_R2/A2"]),
    (RECYCLE, &[6, 3, 3, 3, 0], &["OUT_R1/A3", "OUT_R2/A3"]),
    (OUT | RECYCLE, &[6, 3, 3, 3, 4, 0, 2], &["OUT_R1/A4"]),
    (OUT, &[13, 6, 2], &["OUT_R1/A5", "OUT_R1/A6"]),
    (OUT, &[13, 3], &["OUT_R1/A7", "OUT_R1/A8", "OUT_R2/A8"]),
    (
        0,
        &[10],
        &["OUT_R1/A9", "OUT_R1/A10", "OUT_R1/A11", "OUT_R2/B1", "OUT_R2/B2"],
    ),
    (0, &[13, 10], &["OUT_R2/A5", "OUT_R2/A6"]),
    (OUT, &[13, 3, 6], &["OUT_R2/A7"]),
    (EOF, &[10], &["OUT_R2/B3"]),
    (PING, &[7], &["OUT_R2/C1"]),
    (PING, &[8], &["OUT_R2/C1"]),
    (PING, &[], &["Ping"]),
    (OTHER_CMD, &[5], &["Keep-Alive"]),
    (OTHER_CMD, &[14], &["Ping Traffic Sent Notify"]),
    (OTHER_CMD, &[1], &["FlowControlAck"]),
    (OTHER_CMD, &[13, 1], &["FlowControlAckWithDestination"]),
    (ECHO, &[], &["Echo"]),
];

/// The PDUs that `rts` may be; none where no document knows it.
pub(super) fn names(rts: &Rts<'_>) -> &'static [&'static str] {
    let found = NAMES.iter().find(|(flags, codes, _)| {
        *flags == rts.flags && codes.iter().copied().eq(rts.commands().map(|command| command.code()))
    });
    found.map_or(&[], |(.., names)| names)
}

/// Writes what it says.
pub(super) fn write(rts: &Rts<'_>, fields: &mut Fields) {
    fields.list("rts", names(rts).iter().copied());
    fields.set("flags", rts.flags);
    let set = FLAGS.iter().enumerate().filter(|(bit, _)| rts.flags & 1 << bit != 0);
    fields.list("flag_names", set.map(|(_, name)| *name));
    let connection = rts.virtual_connection();
    fields.set_some("virtual_connection", connection.map(|cookie| cookie.text()));
    fields.list("commands", rts.commands().map(command));
}

fn command(command: Command<'_>) -> Fields {
    let mut fields = Fields::sized(4);
    fields.set("command", name(&command));
    match command {
        Command::ReceiveWindowSize(size) | Command::ChannelLifetime(size) | Command::Padding(size) => {
            fields.set("size", size);
        }
        Command::FlowControlAck {
            received,
            window,
            channel,
        } => {
            fields.set("bytes_received", received);
            fields.set("available_window", window);
            fields.set("channel_cookie", channel.text());
        }
        Command::ConnectionTimeout(interval) | Command::ClientKeepalive(interval) => {
            fields.set("milliseconds", interval);
        }
        Command::Cookie(cookie) => fields.set("cookie", cookie.text()),
        Command::AssociationGroupId(group) => fields.set("group_id", group.text()),
        Command::Version(version) => fields.set("version", version),
        Command::ClientAddress(address) => fields.set("address_octets", text::hex(address)),
        Command::Destination(to) => destination(to, &mut fields),
        Command::PingTrafficSentNotify(sent) => fields.set("ping_traffic_sent", sent),
        Command::Empty | Command::NegativeAnce | Command::Ance => {}
    }
    fields
}

/// Whom a PDU is forwarded to ([MS-RPCH] 2.2.3.3).
fn destination(to: u32, fields: &mut Fields) {
    const NAMES: [&str; 4] = ["FDClient", "FDInProxy", "FDServer", "FDOutProxy"];
    fields.set("destination", to);
    fields.set_some("destination_name", NAMES.get(to as usize).copied());
}

const fn name(command: &Command<'_>) -> &'static str {
    match command {
        Command::ReceiveWindowSize(_) => "ReceiveWindowSize",
        Command::FlowControlAck { .. } => "FlowControlAck",
        Command::ConnectionTimeout(_) => "ConnectionTimeout",
        Command::Cookie(_) => "Cookie",
        Command::ChannelLifetime(_) => "ChannelLifetime",
        Command::ClientKeepalive(_) => "ClientKeepalive",
        Command::Version(_) => "Version",
        Command::Empty => "Empty",
        Command::Padding(_) => "Padding",
        Command::NegativeAnce => "NegativeANCE",
        Command::Ance => "ANCE",
        Command::ClientAddress(_) => "ClientAddress",
        Command::AssociationGroupId(_) => "AssociationGroupId",
        Command::Destination(_) => "Destination",
        Command::PingTrafficSentNotify(_) => "PingTrafficSentNotify",
    }
}
