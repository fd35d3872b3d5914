//! What a server answers to a bind, for whoever sent one: whether it was taken, and the token of the server's authentication.

use super::names;
use super::wire::{self, Header, Ptype};
use crate::reader::Malformed;

/// The answer to a `bind` (C706 12.6.4.4 and 12.6.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound<'a> {
    /// `bind_ack`, and the security trailer's token ([MS-RPCE] 2.2.2.11) where it has one.
    Acknowledged(Option<&'a [u8]>),
    /// `bind_nak`: provider_reject_reason, and its name where it has one.
    Refused(u16, Option<&'static str>),
    /// A PDU of this type, which answers no bind.
    Other(&'static str),
}

impl<'a> Bound<'a> {
    /// Octets of the PDU that `bytes` begin with; none while its header is not whole.
    ///
    /// # Errors
    /// They begin with no PDU.
    pub fn size(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        if bytes.len() < wire::HEADER {
            return Ok(None);
        }
        let header = Header::parse(bytes)?;
        match header.is_plausible() {
            true => Ok(Some(header.length.into())),
            false => Err(Malformed("header")),
        }
    }

    /// Reads one whole PDU.
    ///
    /// # Errors
    /// It is none, or its body is cut short.
    pub fn read(pdu: &'a [u8]) -> Result<Self, Malformed> {
        let header = Header::parse(pdu)?;
        Ok(match header.ptype {
            Ptype::BindAck => Self::Acknowledged(header.trailer(pdu).map(|trailer| trailer.token)),
            Ptype::BindNak => {
                let reason = wire::reject_reason(&header, pdu)?;
                Self::Refused(reason, names::reject(reason))
            }
            other => Self::Other(other.name()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    #[test]
    fn a_refusal_has_its_reason_and_a_token_its_length() {
        let nak = unhex("05000d03 10000000 1800 0000 01000000 0800 0000 00000000");
        assert_eq!(Bound::size(&nak), Ok(Some(24)));
        assert_eq!(
            Bound::read(&nak),
            Ok(Bound::Refused(8, Some("authentication_type_not_recognized")))
        );
        let ack = unhex("05000c03 10000000 2400 0004 01000000 d016d016 00000000 0a020000 00000000 4e544c4d");
        assert_eq!(Bound::size(&ack[..15]), Ok(None));
        assert!(Bound::size(&ack).is_err(), "a token longer than its PDU");
        let ack = unhex("05000c03 10000000 2400 0400 01000000 d016d016 00000000 0a020000 00000000 4e544c4d");
        assert_eq!(Bound::read(&ack), Ok(Bound::Acknowledged(Some(b"NTLM"))));
        let fault = unhex("05000303 10000000 2000 0000 01000000 00000000 00000000 05000000 00000000");
        assert_eq!(Bound::read(&fault), Ok(Bound::Other("fault")));
    }

    #[test]
    fn what_is_no_rpc_is_refused_at_its_header() {
        assert!(Bound::size(b"HTTP/1.1 400 Bad Request").is_err());
    }
}
