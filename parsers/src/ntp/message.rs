//! The fields of an NTP message.

use capture::Timestamp;

use super::wire::{self, KeyId, Packet};
use crate::fields::Fields;

/// The message's name: its association mode.
pub(super) const fn name(mode: u8) -> &'static str {
    match mode {
        1 => "symmetric_active",
        2 => "symmetric_passive",
        4 => "server",
        5 => "broadcast",
        _ => "client",
    }
}

/// The name of what is not about the time.
pub(super) const fn other(mode: u8) -> &'static str {
    if mode == 6 { "control" } else { "private" }
}

/// Writes what the message says; its times are of the era that is nearest to `now`.
pub(super) fn write(packet: &Packet<'_>, now: Timestamp, fields: &mut Fields) {
    fields.set("version", packet.version);
    fields.set("mode", packet.mode);
    fields.set("leap", packet.leap);
    fields.set_some("leap_name", wire::leap_name(packet.leap));
    fields.set("stratum", packet.stratum);
    fields.set("poll", i32::from(packet.poll));
    fields.set("precision", i32::from(packet.precision));
    fields.set("root_delay", wire::short(packet.root_delay));
    fields.set("root_dispersion", wire::short(packet.root_dispersion));
    fields.text("reference_id", packet.reference_name());
    let times = [
        ("reference_time", packet.reference),
        ("origin_time", packet.origin),
        ("receive_time", packet.receive),
        ("transmit_time", packet.transmit),
    ];
    for (name, time) in times {
        fields.set_some(name, time.near(now));
    }
    authenticator(packet, fields);
}

fn authenticator(packet: &Packet<'_>, fields: &mut Fields) {
    let Some(authenticator) = packet.authenticator() else {
        return;
    };
    match authenticator.key {
        KeyId::Number(number) => fields.set("key_id", number),
        KeyId::Account { rid, old } => {
            fields.set("key_rid", rid);
            fields.flag("old_key", old);
        }
    }
    fields.set("digest_size", authenticator.digest);
}
