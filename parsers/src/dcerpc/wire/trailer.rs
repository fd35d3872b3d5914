//! The end of a PDU: the security trailer, and what stands before it that is no stub.

use super::Header;
use crate::reader::{Malformed, Reader};

/// RPC_C_AUTHN_LEVEL_PKT_PRIVACY: stubs are encrypted.
pub(in crate::dcerpc) const PRIVACY: u8 = 6;

/// Octets of the security trailer before its token.
const TRAILER: usize = 8;

/// The security trailer at the end of a fragment ([MS-RPCE] 2.2.2.11).
///
/// ```text
/// u8 auth_type; u8 auth_level; u8 auth_pad_length; u8 auth_reserved; u32 auth_context_id; byte auth_value[auth_length]
/// ```
#[derive(Clone, Copy, Debug)]
pub(in crate::dcerpc) struct Trailer<'a> {
    pub(in crate::dcerpc) kind: u8,
    pub(in crate::dcerpc) level: u8,
    pub(super) padding: u8,
    pub(in crate::dcerpc) context_id: u32,
    pub(in crate::dcerpc) token: &'a [u8],
}

impl Header {
    /// Octets of trailer and token.
    pub(super) fn verifier(&self) -> usize {
        match usize::from(self.auth_length) {
            0 => 0,
            length => (TRAILER + length).min(usize::from(self.length)),
        }
    }

    /// The trailer of `pdu`; none where there is none, or where it was not kept.
    pub(in crate::dcerpc) fn trailer<'a>(&self, pdu: &'a [u8]) -> Option<Trailer<'a>> {
        let start = usize::from(self.length).checked_sub(self.verifier())?;
        let mut reader = Reader::new(pdu.get(start..usize::from(self.length))?);
        let [kind, level, padding, _] = reader.array("trailer").ok()?;
        Some(Trailer {
            kind,
            level,
            padding,
            context_id: self.order().u32(&mut reader, "trailer").ok()?,
            token: reader.rest(),
        })
    }
}

/// Octets of the verification trailer at the end of a request's stub ([MS-RPCE] 2.2.2.13): a signature, then commands up to
/// the one that says it is the last.
pub(super) fn verification_trailer(stub: &[u8]) -> usize {
    const SIGNATURE: [u8; 8] = [0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71];
    const MOST: usize = 256;
    let from = stub.len().saturating_sub(MOST);
    let tail = stub.get(from..).unwrap_or_default();
    let Some(at) = tail.windows(8).rposition(|window| window == SIGNATURE) else {
        return 0;
    };
    tail.len() - at
}

/// Who a NETLOGON security context is for: NL_AUTH_MESSAGE ([MS-NRPC] 2.2.1.3.1).
///
/// ```text
/// u32 MessageType = 0; u32 Flags; [OEM NetBIOS domain name] [OEM NetBIOS computer name] [UTF-8 names]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dcerpc) struct SecureChannel<'a> {
    pub(in crate::dcerpc) domain: Option<&'a [u8]>,
    pub(in crate::dcerpc) computer: Option<&'a [u8]>,
}

impl<'a> SecureChannel<'a> {
    pub(in crate::dcerpc) fn parse(token: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(token);
        let (kind, present) = (reader.u32_le("secure channel")?, reader.u32_le("secure channel")?);
        let mut strings = reader.rest().split(|byte| *byte == 0);
        let mut next = |flag: u32| (kind == 0 && present & flag != 0).then(|| strings.next()).flatten();
        Ok(Self {
            domain: next(1),
            computer: next(2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    #[test]
    fn a_verification_trailer_is_no_stub() {
        let stub = unhex("0011223344556677 8ae3137102f43671 0200 2800 4400");
        assert_eq!(verification_trailer(&stub), 14);
        assert_eq!(verification_trailer(&stub[..8]), 0);
    }

    #[test]
    fn a_secure_channel_names_its_computer() {
        let token = unhex("00000000 03000000 4c414200 5352563100");
        assert_eq!(
            SecureChannel::parse(&token),
            Ok(SecureChannel {
                domain: Some(b"LAB"),
                computer: Some(b"SRV1")
            })
        );
    }
}
