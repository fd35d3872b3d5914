//! NTLM over RPC, TCP 135: the endpoint mapper's CHALLENGE names its computer ([MS-RPCE] 3.3.1.5.2, [MS-NLMP] 2.2.1.2).
//!
//! One `bind` with a NEGOTIATE that says nothing of the sensor; one `bind_ack` with the CHALLENGE; then the connection is
//! closed. There is no AUTHENTICATE, hence no logon and no credential.

use parsers::dcerpc::Bound;
use parsers::ntlm::wire::{Challenge, SIGNATURE, Token, token};
use parsers::text::utf16;

use super::exchange::{Conversation, Turn};
use super::identity::{Identity, Reason};

/// max_recv_frag that the bind announces (C706 12.6.4.3): a longer answer is none.
const MAX_FRAGMENT: usize = 5_840;

/// The `bind` (C706 12.6.4.3, [MS-RPCE] 2.2.2.11), octet by octet.
#[rustfmt::skip]
const BIND: [u8; 120] = [
    // rpc_vers 5.0, bind, first and last fragment, little-endian; frag_length 120, auth_length 40, call_id 1
    5, 0, 11, 3, 0x10, 0, 0, 0, 120, 0, 40, 0, 1, 0, 0, 0,
    // max_xmit_frag and max_recv_frag 5840, no association group, one context
    0xd0, 0x16, 0xd0, 0x16, 0, 0, 0, 0, 1, 0, 0, 0,
    // p_cont_id 0, one transfer syntax; the endpoint mapper, e1af8308-5d1f-11c9-91a4-08002b14a0fa 3.0 (C706 appendix O)
    0, 0, 1, 0,
    0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11, 0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa, 3, 0, 0, 0,
    // NDR, 8a885d04-1ceb-11c9-9fe8-08002b104860 2.0 (C706 14)
    0x04, 0x5d, 0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60, 2, 0, 0, 0,
    // RPC_C_AUTHN_WINNT, RPC_C_AUTHN_LEVEL_CONNECT, no padding, auth_context_id 1
    10, 2, 0, 0, 1, 0, 0, 0,
    // NEGOTIATE_MESSAGE ([MS-NLMP] 2.2.1.1): UNICODE, REQUEST_TARGET, NTLM, ALWAYS_SIGN, EXTENDED_SESSIONSECURITY, VERSION
    b'N', b'T', b'L', b'M', b'S', b'S', b'P', 0, 1, 0, 0, 0, 0x05, 0x82, 0x08, 0x02,
    // no domain, no workstation, a version of zeros with NTLMSSP_REVISION_W2K3
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15,
];

/// The conversation with an endpoint mapper.
#[derive(Debug, Default)]
pub struct EndpointMapper {
    heard: Vec<u8>,
}

impl Conversation for EndpointMapper {
    fn open(&mut self) -> Vec<u8> {
        BIND.to_vec()
    }

    fn handle(&mut self, bytes: &[u8]) -> Turn {
        let room = MAX_FRAGMENT.saturating_sub(self.heard.len());
        self.heard.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        match Bound::size(&self.heard) {
            Err(malformed) => Turn::Over(Err(Reason::Malformed(malformed.0))),
            Ok(Some(size)) if size > MAX_FRAGMENT => Turn::Over(Err(Reason::Malformed("longer than was agreed"))),
            Ok(Some(size)) => self.heard.get(..size).map_or(Turn::Listen, |pdu| Turn::Over(read(pdu))),
            Ok(None) => Turn::Listen,
        }
    }
}

/// Who a whole answer says it is.
fn read(pdu: &[u8]) -> Result<Identity, Reason> {
    let malformed = |malformed: parsers::reader::Malformed| Reason::Malformed(malformed.0);
    let sealed = match Bound::read(pdu).map_err(malformed)? {
        Bound::Acknowledged(token) => token.ok_or(Reason::Unnamed("it takes no NTLM"))?,
        Bound::Refused(_, why) => return Err(Reason::Unnamed(why.unwrap_or("the bind was refused"))),
        Bound::Other(_) => return Err(Reason::Unnamed("the bind was not answered")),
    };
    if !sealed.starts_with(SIGNATURE) {
        return Err(Reason::Unnamed("it takes no NTLM"));
    }
    match token(sealed, None).map_err(malformed)? {
        Token::Challenge(challenge) => identity(&challenge),
        _ => Err(Reason::Malformed("no CHALLENGE")),
    }
}

/// The AV pairs' names: those of DNS where there are any ([MS-NLMP] 2.2.2.1).
fn identity(challenge: &Challenge<'_>) -> Result<Identity, Reason> {
    let info = challenge.info.info();
    let text = |name: Option<&[u8]>| name.map(utf16).filter(|name| !name.is_empty());
    let name = text(info.dns_computer)
        .or_else(|| text(info.nb_computer))
        .ok_or(Reason::Unnamed("its CHALLENGE names no computer"))?;
    let domain = text(info.dns_domain).or_else(|| text(info.nb_domain));
    Ok(Identity {
        os_version: challenge.version.map(|version| version.text()),
        ..Identity::of(&name, domain.as_deref())?
    })
}
