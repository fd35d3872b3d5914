//! A handshake of TLS 1.2 to 1.0, up to the certificate, which they show in the clear (RFC 5246 §7.4.2).
//!
//! For Windows before 2016: with an RSA certificate it has no cipher suite in common with what rustls speaks. No key is ever agreed
//! upon here, so that the weakness of what is offered weakens nobody.

use parsers::reader::{Malformed, Reader};

use super::identity;
use crate::lookup::exchange::Turn;
use crate::lookup::identity::Reason;

/// Octets of the handshake that are kept: no certificate chain of Remote Desktop is longer.
const MAX_HANDSHAKE: usize = 1 << 15;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const CERTIFICATE: u8 = 11;

/// ECDHE, DHE and RSA with AES in GCM and CBC, and with 3DES and RC4: what Windows has had since Server 2003.
#[rustfmt::skip]
const SUITES: [u16; 27] = [
    0xc030, 0xc02f, 0xc02c, 0xc02b, 0xc028, 0xc027, 0xc024, 0xc023, 0xc014, 0xc013, 0xc00a, 0xc009,
    0x009f, 0x009e, 0x006b, 0x0067, 0x0039, 0x0033,
    0x009d, 0x009c, 0x003d, 0x003c, 0x0035, 0x002f, 0x000a, 0x0005, 0x00ff,
];

/// supported_groups x25519, secp256r1, secp384r1, secp521r1; ec_point_formats uncompressed; signature_algorithms of ECDSA and
/// PKCS #1 with SHA-512 to SHA-1, and PSS (RFC 8422 §5.1, RFC 5246 §7.4.1.4.1). No server_name.
#[rustfmt::skip]
const EXTENSIONS: &[u8] = &[
    0, 10, 0, 10, 0, 8, 0, 29, 0, 23, 0, 24, 0, 25,
    0, 11, 0, 2, 1, 0,
    0, 13, 0, 24, 0, 22, 4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 4, 1, 5, 1, 6, 1, 2, 1, 2, 3,
];

/// The Client Hello, in a record of its own (RFC 5246 §7.4.1.2).
pub(super) fn hello(random: &[u8; 32]) -> Vec<u8> {
    let suites: Vec<u8> = SUITES.iter().flat_map(|suite| suite.to_be_bytes()).collect();
    let body = [
        [3, 3].as_slice(),
        random,
        &[0], // no session
        &length(&suites),
        &suites,
        &[1, 0], // no compression
        &length(EXTENSIONS),
        EXTENSIONS,
    ]
    .concat();
    let message = [[CLIENT_HELLO, 0].as_slice(), &length(&body), &body].concat();
    [[HANDSHAKE, 3, 1].as_slice(), &length(&message), &message].concat()
}

/// Everything here is far below 65,536 octets.
const fn length(bytes: &[u8]) -> [u8; 2] {
    (bytes.len() as u16).to_be_bytes()
}

/// What was heard of the server's side.
#[derive(Debug, Default)]
pub(super) struct Legacy {
    /// Records that are not whole.
    records: Vec<u8>,
    /// The messages in those that are.
    messages: Vec<u8>,
}

impl Legacy {
    pub(super) fn handle(&mut self, bytes: &[u8]) -> Result<Turn, Reason> {
        let mut records = std::mem::take(&mut self.records);
        records.extend_from_slice(bytes);
        let mut reader = Reader::new(&records);
        let mut rest = records.as_slice();
        while let Some((kind, fragment)) = record(&mut reader) {
            rest = reader.rest();
            if let Some(certificate) = self.fragment(kind, fragment)? {
                return identity(certificate).map(|identity| Turn::Over(Ok(identity)));
            }
        }
        self.records = rest.to_vec();
        Ok(Turn::Listen)
    }

    /// Takes one record's; the certificate, once it is there.
    fn fragment(&mut self, kind: u8, fragment: &[u8]) -> Result<Option<&[u8]>, Reason> {
        match kind {
            HANDSHAKE => self.messages.extend_from_slice(fragment),
            ALERT => return Err(Reason::Unnamed("it refuses every version and cipher suite of TLS")),
            _ => return Err(Reason::Malformed("TLS")),
        }
        if self.messages.len() > MAX_HANDSHAKE {
            return Err(Reason::Malformed("longer than any handshake"));
        }
        certificate(&self.messages).map_err(|malformed| Reason::Malformed(malformed.0))
    }
}

/// `u8 type; u16 version; u16 length; fragment`: the next record that is whole (RFC 5246 §6.2.1).
fn record<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    const WHAT: &str = "record";
    let kind = reader.u8(WHAT).ok()?;
    reader.skip(2, WHAT).ok()?;
    let length = reader.u16_be(WHAT).ok()?;
    Some((kind, reader.take(length.into(), WHAT).ok()?))
}

/// The server's own certificate among `messages`; none while it is not there whole.
///
/// ```text
/// { u8 msg_type; u24 length; body } …; a Certificate's body is { u24 length; { u24 length; DER } … }   (RFC 5246 §7.4.2)
/// ```
fn certificate(messages: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    const WHAT: &str = "certificate message";
    let mut reader = Reader::new(messages);
    while let Ok(kind) = reader.u8(WHAT) {
        let body = u24(&mut reader).and_then(|length| reader.take(length, WHAT));
        let Ok(body) = body else { return Ok(None) };
        if kind == CERTIFICATE {
            let mut list = Reader::new(body);
            u24(&mut list)?;
            let length = u24(&mut list)?;
            return list.take(length, WHAT).map(Some);
        }
    }
    Ok(None)
}

fn u24(reader: &mut Reader<'_>) -> Result<usize, Malformed> {
    let [high, middle, low] = reader.array("length")?;
    Ok(usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low))
}
