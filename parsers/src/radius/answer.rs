//! The Accounting-Response (RFC 2866 §4.2): what proxies ask to have back, and the proof that it is an answer.

use hmac::Mac;

use super::authenticator::{self, MESSAGE_AUTHENTICATOR, SIZE};
use super::wire::{self, HEADER, Packet};
use super::{ACCOUNTING_RESPONSE, STATUS_SERVER};

/// Proxy-State, which comes back as it came, in its order (RFC 2866 §5, RFC 2865 §5.33).
const PROXY_STATE: u8 = 33;

/// The answer to `packet`. To a Status-Server it has a Message-Authenticator (RFC 5997 §3); to an Accounting-Request none, since no
/// RFC says over what authenticator it would be computed there, and clients do not agree: the answer's own authenticator proves it.
pub(super) fn to(packet: &Packet<'_>, secret: &[u8]) -> Vec<u8> {
    let proven = packet.code == STATUS_SERVER;
    let mut attributes = Vec::new();
    if proven {
        push(&mut attributes, MESSAGE_AUTHENTICATOR, &[0; SIZE]);
    }
    for (_, state) in packet.raw().filter(|(number, _)| *number == PROXY_STATE) {
        push(&mut attributes, PROXY_STATE, state);
    }
    let length = u16::try_from(HEADER + attributes.len()).unwrap_or(u16::MAX); // no more than the request has
    let [high, low] = length.to_be_bytes();
    let head = [ACCOUNTING_RESPONSE, packet.identifier, high, low];
    if proven {
        sign(head, packet, &mut attributes, secret);
    }
    let authenticator = authenticator::digest(head, &packet.authenticator, &attributes, secret);
    [&head, authenticator.as_slice(), &attributes].concat()
}

/// Fills in the Message-Authenticator, which comes first.
fn sign(head: [u8; 4], packet: &Packet<'_>, attributes: &mut [u8], secret: &[u8]) {
    let mac = authenticator::keyed(head, &packet.authenticator, wire::raw(attributes), secret);
    let place = attributes.get_mut(2..2 + SIZE);
    if let (Some(mac), Some(place)) = (mac, place) {
        place.copy_from_slice(&mac.finalize().into_bytes());
    }
}

fn push(attributes: &mut Vec<u8>, number: u8, value: &[u8]) {
    let length = u8::try_from(value.len() + 2).unwrap_or(u8::MAX); // it was read from an octet
    attributes.extend([number, length]);
    attributes.extend_from_slice(value);
}
