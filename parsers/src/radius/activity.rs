//! `vpn_connection`: an Accounting-Request that tells of a session, or that all of a device's ended, and whether it was taken.

use capture::Timestamp;
use compact_str::CompactString;

use super::codes;
use super::dictionary::Type;
use super::value;
use super::wire::{Attribute, Packet};
use crate::activity::{Activity, Kind, Outcome};
use crate::context::Context;
use crate::fields::{Fields, Value};
use crate::protocol::ProtocolId;
use crate::text;

/// Accounting-On and Accounting-Off tell of the device, and of no session (RFC 2866 §5.1).
pub(super) const OF_THE_DEVICE: [u32; 2] = [7, 8];

/// Vendors' attributes that are told at most: clients send one for each thing they know of themselves.
const MAX_VENDORS: usize = 64;

/// The attributes that the activity tells, by their names there; those of vendors have the names that messages give them.
const TOLD: [(u8, &str, Type); 20] = [
    (8, "framed_ip", Type::Ip),
    (168, "framed_ipv6", Type::Ip),
    (97, "framed_ipv6_prefix", Type::Prefix),
    (96, "framed_interface_id", Type::Octets),
    (123, "delegated_ipv6_prefix", Type::Prefix),
    (31, "calling_station", Type::Text),
    (30, "called_station", Type::Text),
    (44, "session_id", Type::Text),
    (50, "multi_session_id", Type::Text),
    (46, "session_time", Type::Number),
    (41, "delay_time", Type::Number),
    (
        64,
        "tunnel_type",
        Type::TaggedCode("tunnel_type_name", codes::tunnel_type),
    ),
    (66, "tunnel_client_endpoint", Type::TaggedText),
    (67, "tunnel_server_endpoint", Type::TaggedText),
    (32, "nas", Type::Text),
    (4, "nas_ip", Type::Ip),
    (95, "nas_ipv6", Type::Ip),
    (
        61,
        "nas_port_type",
        Type::Code("nas_port_type_name", codes::nas_port_type),
    ),
    (
        49,
        "terminate_cause",
        Type::Code("terminate_cause_name", codes::acct_terminate_cause),
    ),
    (55, "event_time", Type::Time),
];

/// What an Accounting-Request tells of a session, or of the device that has them; none where it says of neither.
pub(super) fn begin(packet: &Packet<'_>, context: &Context<'_>) -> Option<Box<Activity>> {
    let status = status(packet)?;
    let mut activity = context.activity(Kind::VpnConnection, ProtocolId::Radius);
    let (client, server) = context.flow.ends(context.direction);
    (activity.client, activity.server) = (*client, *server);
    activity.action_type = (!OF_THE_DEVICE.contains(&status)).then_some("VPN connection");
    activity.details = Fields::sized(20);
    user(packet, &mut activity);
    let details = &mut activity.details;
    details.set("status_type", status);
    details.set_some("status_type_name", codes::acct_status_type(status));
    for (wanted, name, kind) in TOLD {
        told(packet, wanted, name, kind, details);
    }
    details.set_some("bytes_in", octets(packet, 42, 52));
    details.set_some("bytes_out", octets(packet, 43, 53));
    let vendors = packet.attributes().filter(|attribute| attribute.vendor.is_some());
    vendors
        .take(MAX_VENDORS)
        .for_each(|attribute| value::named(&attribute, details));
    Some(activity)
}

/// Acct-Status-Type: what an Accounting-Request tells (RFC 2866 §5.1).
pub(super) fn status(packet: &Packet<'_>) -> Option<u32> {
    number(packet, 40)
}

/// The server took it.
pub(super) fn answered(mut activity: Box<Activity>, time: Timestamp, context: &mut Context<'_>) {
    activity.answered(time);
    activity.conclude(Outcome::Success);
    context.emit(activity);
}

/// The user as `DOMAIN\user`, as a UPN, or alone. A UPN stays whole: what stands before its `@` need be nobody's sAMAccountName
/// ([MS-ADTS] 5.1.1.1.1).
fn user(packet: &Packet<'_>, activity: &mut Activity) {
    let Some(name) = find(packet, 1).map(|attribute| text::bytes(attribute.value)) else {
        return;
    };
    let (domain, account) = match (name.split_once('\\'), name.rsplit_once('@')) {
        (Some((domain, account)), _) => (Some(domain), account),
        (None, Some((_, suffix))) => (Some(suffix).filter(|suffix| !suffix.is_empty()), name.as_str()),
        (None, None) => (None, name.as_str()),
    };
    activity.observed.domain = domain.map(CompactString::new);
    activity.observed.account = Some(account.into());
    activity.details.set("user", name);
}

fn told(packet: &Packet<'_>, wanted: u8, name: &'static str, kind: Type, details: &mut Fields) {
    let Some(value) = find(packet, wanted).and_then(|attribute| value::value(attribute.value, kind)) else {
        return;
    };
    if let (Type::Code(field, of) | Type::TaggedCode(field, of), Value::Number(number)) = (kind, &value) {
        details.set_some(field, u32::try_from(*number).ok().and_then(of));
    }
    details.set(name, value);
}

/// Octets, with how often their counter went round (RFC 2869 §5.1).
fn octets(packet: &Packet<'_>, low: u8, high: u8) -> Option<u64> {
    let low = number(packet, low)?;
    Some(u64::from(number(packet, high).unwrap_or(0)) << 32 | u64::from(low))
}

pub(super) fn number(packet: &Packet<'_>, wanted: u8) -> Option<u32> {
    find(packet, wanted).and_then(|attribute| attribute.value.try_into().ok().map(u32::from_be_bytes))
}

/// The first attribute of the RFCs with this number.
pub(super) fn find<'a>(packet: &Packet<'a>, wanted: u8) -> Option<Attribute<'a>> {
    packet
        .attributes()
        .find(|attribute| (attribute.vendor, attribute.number) == (None, wanted))
}
