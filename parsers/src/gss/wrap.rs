//! Per-message tokens: what a security layer put around a message, and the message where it is only signed.
//!
//! A sealed message is a state to report, never an error; a signed one is read as if it were bare.

use std::borrow::Cow;

use super::mechanism::Mechanism;
use crate::asn1::{self, OBJECT_IDENTIFIER, Walker};

/// A wrapped message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped<'a> {
    /// Whether it is encrypted. NTLM's signature does not say: `None` then, and the payload is clear only if it parses.
    pub sealed: Option<bool>,
    /// The message, where it may be clear. Borrowed but where its end was rotated to the front.
    pub payload: Option<Cow<'a, [u8]>>,
}

/// Reads the token that one SASL buffer holds (RFC 4752 §3.1, [MS-NLMP] 3.4); none where it is no such token.
#[must_use]
pub fn wrap(token: &[u8]) -> Option<Wrapped<'_>> {
    match token {
        [0x05, 0x04, rest @ ..] => rfc4121(rest),
        [0x60, ..] => rfc4757(token),
        [1, 0, 0, 0, ..] => ntlm(token),
        _ => None,
    }
}

/// `TOK_ID(05 04) Flags(1) Filler(ff) EC(2) RRC(2) SND_SEQ(8)`, then the payload, sealed or followed by EC bytes of checksum,
/// and all that rotated right by RRC (RFC 4121 §4.2.6.2).
fn rfc4121(rest: &[u8]) -> Option<Wrapped<'_>> {
    const SEALED: u8 = 2;
    let (&[flags, filler, e, c, r, rc, ..], body) = rest.split_first_chunk::<14>()?;
    if filler != 0xff {
        return None;
    }
    if flags & SEALED != 0 {
        return Some(SEALED_MESSAGE);
    }
    let checksum = usize::from(u16::from_be_bytes([e, c]));
    let length = body.len().checked_sub(checksum)?;
    let rotation = usize::from(u16::from_be_bytes([r, rc]))
        .checked_rem(body.len())
        .unwrap_or(0);
    let (moved, head) = body.split_at_checked(rotation)?;
    Some(clear(if rotation >= checksum {
        let wrapped = moved.get(..rotation - checksum).unwrap_or_default(); // the payload's end came to the front
        match wrapped {
            [] => Cow::Borrowed(head),
            wrapped => Cow::Owned([head, wrapped].concat()),
        }
    } else {
        Cow::Borrowed(head.get(..length)?)
    }))
}

/// `[APPLICATION 0] { OID, TOK_ID(02 01) SGN_ALG(2) SEAL_ALG(2) Filler(ff ff) SND_SEQ(8) SGN_CKSUM(8, 20) Confounder(8) }`, then
/// the payload with its padding (RFC 1964 §1.2.2, RFC 4757 §7.3). What the OID frames ends before the payload or behind it,
/// as the sender likes.
fn rfc4757(token: &[u8]) -> Option<Wrapped<'_>> {
    let asn1::Header::Known { tag: 0x60, header, .. } = asn1::header(token).ok()? else {
        return None;
    };
    let mut walker = Walker::new(token.get(header..)?);
    let mechanism = Mechanism(walker.expect(OBJECT_IDENTIFIER, "GSS mechanism").ok()?.value);
    let &[0x02, 0x01, s, ign, seal, alg, 0xff, 0xff, ref rest @ ..] = walker.rest() else {
        return None;
    };
    if !mechanism.is_kerberos() {
        return None;
    }
    if [seal, alg] != [0xff, 0xff] {
        return Some(SEALED_MESSAGE);
    }
    let checksum = if [s, ign] == [0x04, 0x00] { 20 } else { 8 }; // HMAC SHA1 DES3-KD, else eight bytes
    let padded = rest.get(8 + checksum + 8..)?;
    Some(clear(Cow::Borrowed(unpadded(padded))))
}

/// Each octet of the padding is its length, one to eight; ARCFOUR always pads by one (RFC 4757 §7.3).
fn unpadded(padded: &[u8]) -> &[u8] {
    let count = padded.last().copied().map_or(0, usize::from);
    let there = (1..=8).contains(&count);
    let Some((payload, padding)) = padded
        .len()
        .checked_sub(count)
        .and_then(|at| padded.split_at_checked(at))
    else {
        return padded;
    };
    if there && padding.iter().all(|octet| usize::from(*octet) == count) {
        payload
    } else {
        padded
    }
}

/// `Version(1 0 0 0) Checksum(8) SeqNum(4)`, then the payload, of which nothing here says whether it is sealed ([MS-NLMP]
/// 2.2.2.9.1).
fn ntlm(token: &[u8]) -> Option<Wrapped<'_>> {
    Some(Wrapped {
        sealed: None,
        payload: Some(Cow::Borrowed(token.get(16..)?)),
    })
}

const SEALED_MESSAGE: Wrapped<'static> = Wrapped {
    sealed: Some(true),
    payload: None,
};

const fn clear(payload: Cow<'_, [u8]>) -> Wrapped<'_> {
    Wrapped {
        sealed: Some(false),
        payload: Some(payload),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::{Wrapped, wrap};
    use crate::testing::unhex;

    #[test]
    fn signed_messages_are_read_through() {
        let body = b"\x30\x05payload-and-more";
        let checksum = [0xcc; 12];
        for rotation in [0_usize, 5, 12, 20, 61] {
            let mut rotated = [body.as_slice(), &checksum].concat();
            let by = rotation % rotated.len();
            rotated.rotate_right(by);
            let header = [5, 4, 1, 0xff, 0, 12, 0, rotation as u8, 0, 0, 0, 0, 0, 0, 0, 1];
            let token = [header.as_slice(), &rotated].concat();
            let Some(Wrapped {
                sealed: Some(false),
                payload: Some(payload),
            }) = wrap(&token)
            else {
                panic!("{rotation}")
            };
            assert_eq!(payload.as_ref(), body, "rotated by {rotation}");
        }
        assert_eq!(
            wrap(&[5, 4, 2, 0xff, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 1, 9, 9]).and_then(|it| it.sealed),
            Some(true)
        );
        assert_eq!(wrap(b"\x30\x03\x02\x01\x01"), None);
    }

    #[test]
    fn rc4_messages_say_whether_they_are_sealed() {
        let oid = unhex("06092a864886f712010202");
        let message = |seal: [u8; 2]| {
            let inner = [
                &oid,
                [2, 1, 0x11, 0].as_slice(),
                &seal,
                &[0xff, 0xff],
                &[7; 24],
                b"clear",
                &[1],
            ]
            .concat();
            [&[0x60, inner.len() as u8], inner.as_slice()].concat()
        };
        assert_eq!(wrap(&message([0x10, 0])).map(|it| it.sealed), Some(Some(true)));
        let signed = message([0xff, 0xff]);
        assert_eq!(
            wrap(&signed).and_then(|it| it.payload).as_deref(),
            Some(b"clear".as_slice())
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(kind in 0_usize..3, bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let start: &[u8] = [&[5, 4], &[0x60, 40, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2, 2, 1][..], &[1, 0, 0, 0]][kind];
            let _ = wrap(&[start, bytes.as_slice()].concat());
        }
    }
}
