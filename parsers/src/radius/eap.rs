//! EAP inside RADIUS (RFC 3748 §4, RFC 3579): which method, and who the peer says it is. What a method exchanges stays unread.

use smallvec::SmallVec;

use super::value;
use super::wire::Attributes;
use crate::fields::Fields;
use crate::text;

/// The type of the attribute that carries EAP.
const EAP_MESSAGE: u8 = 79;

/// Identity (RFC 3748 §5.1).
const IDENTITY: u8 = 1;

/// Legacy Nak, whose data are the methods that the peer would take (RFC 3748 §5.3.1).
const NAK: u8 = 3;

/// As much of a packet as is read: its header, and an identity.
const MAX: usize = 256;

/// Writes what the EAP packet in `attributes` says:
///
/// ```text
/// u8 code; u8 identifier; u16 length; requests and responses: u8 type; data
/// ```
pub(super) fn write(attributes: Attributes<'_>, fields: &mut Fields) {
    let mut packet = SmallVec::<[u8; MAX]>::new();
    let mut pieces = attributes.filter(|attribute| (attribute.vendor, attribute.number) == (None, EAP_MESSAGE));
    while let Some(piece) = pieces.next().filter(|_| packet.len() < MAX) {
        packet.extend_from_slice(piece.value);
    }
    let &[code, identifier, high, low, ref rest @ ..] = packet.as_slice() else {
        return;
    };
    fields.set("eap_code", code);
    fields.set_some("eap_code_name", code_name(code));
    fields.set("eap_identifier", identifier);
    let length = usize::from(u16::from_be_bytes([high, low]));
    if let ([kind, data @ ..], 1 | 2) = (rest, code) {
        fields.set("eap_type", *kind);
        fields.set_some("eap_type_name", type_name(*kind));
        let data = data.get(..length.saturating_sub(5)).unwrap_or(data);
        typed(code, *kind, data, fields);
    }
}

fn typed(code: u8, kind: u8, data: &[u8], fields: &mut Fields) {
    match (code, kind) {
        (2, IDENTITY) => fields.text("eap_identity", text::bytes(value::until_zero(data))),
        (2, NAK) => fields.list("eap_wanted_types", data.iter().copied()),
        _ => {}
    }
}

const fn code_name(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "Request",
        2 => "Response",
        3 => "Success",
        4 => "Failure",
        5 => "Initiate",
        6 => "Finish",
        _ => return None,
    })
}

/// Methods (IANA, "Extensible Authentication Protocol (EAP) Registry").
const fn type_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "Identity",
        2 => "Notification",
        3 => "Legacy Nak",
        4 => "MD5-Challenge",
        5 => "One-Time Password (OTP)",
        6 => "Generic Token Card (GTC)",
        13 => "EAP-TLS",
        17 => "EAP-Cisco Wireless",
        18 => "EAP-SIM",
        21 => "EAP-TTLS",
        23 => "EAP-AKA",
        25 => "PEAP",
        26 => "MS-EAP-Authentication",
        29 => "EAP-MSCHAP-V2",
        43 => "EAP-FAST",
        47 => "EAP-PSK",
        49 => "EAP-IKEv2",
        50 => "EAP-AKA'",
        52 => "EAP-pwd",
        55 => "TEAP",
        254 => "Expanded Types",
        _ => return None,
    })
}
