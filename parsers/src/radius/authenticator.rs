//! What proves that whoever sent a packet has the shared secret: the authenticators of accounting (RFC 2866 §3) and the
//! Message-Authenticator (RFC 2869 §5.14, RFC 3579 §3.2).

use hmac::{Hmac, Mac};
use md5::{Digest, Md5};

use super::wire::Packet;

/// Message-Authenticator.
pub(super) const MESSAGE_AUTHENTICATOR: u8 = 80;

/// Octets of either.
pub(super) const SIZE: usize = 16;

/// What stands in place of the authenticator of an Accounting-Request while it is computed.
const NONE: [u8; SIZE] = [0; SIZE];

/// What a packet says of its Message-Authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Absent,
    Right,
    Wrong,
}

/// Whether an Accounting-Request's authenticator is MD5(code, identifier, length, sixteen zeros, attributes, secret).
pub(super) fn is_accounting(packet: &Packet<'_>, secret: &[u8]) -> bool {
    let right = digest(packet.head(), &NONE, packet.body(), secret);
    // No early end: how much of it is right is nobody's business.
    let differs = right
        .iter()
        .zip(&packet.authenticator)
        .fold(0, |differs, (right, given)| differs | (right ^ given));
    differs == 0
}

/// The authenticator of an answer: MD5(code, identifier, length, the request's authenticator, attributes, secret).
pub(super) fn digest(head: [u8; 4], authenticator: &[u8; SIZE], attributes: &[u8], secret: &[u8]) -> [u8; SIZE] {
    let mut hasher = Md5::new();
    hasher.update(head);
    hasher.update(authenticator);
    hasher.update(attributes);
    hasher.update(secret);
    hasher.finalize().into()
}

/// Judges the Message-Authenticator of an Accounting-Request, which is computed over sixteen zeros in place of the packet's
/// own authenticator (RFC 5176 §2.3 has the same rule), or of a Status-Server, over the authenticator it has (RFC 5997 §3).
pub(super) fn proof(packet: &Packet<'_>, accounting: bool, secret: &[u8]) -> Proof {
    let mut given = packet.raw().filter(|(number, _)| *number == MESSAGE_AUTHENTICATOR);
    let Some((_, value)) = given.next() else {
        return Proof::Absent;
    };
    let authenticator = if accounting { &NONE } else { &packet.authenticator };
    let right = keyed(packet.head(), authenticator, packet.raw(), secret)
        .is_some_and(|mac| value.len() == SIZE && mac.verify_slice(value).is_ok());
    if right && given.next().is_none() {
        Proof::Right
    } else {
        Proof::Wrong
    }
}

/// HMAC-MD5 over a packet, with its Message-Authenticator taken as sixteen zeros.
pub(super) fn keyed<'a>(
    head: [u8; 4],
    authenticator: &[u8; SIZE],
    attributes: impl Iterator<Item = (u8, &'a [u8])>,
    secret: &[u8],
) -> Option<Hmac<Md5>> {
    let mut mac = Hmac::<Md5>::new_from_slice(secret).ok()?;
    mac.update(&head);
    mac.update(authenticator);
    for (number, value) in attributes {
        mac.update(&[number, u8::try_from(value.len() + 2).ok()?]);
        match number {
            MESSAGE_AUTHENTICATOR => mac.update(NONE.get(..value.len())?),
            _ => mac.update(value),
        }
    }
    Some(mac)
}
