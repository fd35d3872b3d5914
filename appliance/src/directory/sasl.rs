//! SASL GSSAPI on a bare connection (RFC 4752, RFC 4513 §5.2): Kerberos proves who is there, and then seals every octet both ways.
//!
//! ```text
//! ldap3 ── LDAP ── pair of sockets ── relay: seal, open ── length (4 octets) and token ── controller
//! ```
//! ldap3 has a security layer of its own, which loses messages where several are sealed together, or one in several parts. Here it is a
//! stream below: ldap3 speaks in the clear to the other end of a pair of sockets, and knows nothing of it.

use std::io;
use std::sync::{Mutex, PoisonError};

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_KRB5_PRINCIPAL, OidSet};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::trouble::{Kind, Trouble};

/// The layer that encrypts (RFC 4752 §3.1).
const CONFIDENTIALITY: u8 = 4;

/// Octets of a sealed part that a controller is told to keep to, which is nearly what it may be told (RFC 4752 §3.1).
const MAX_PART: u32 = 0x00ff_ff00;

/// Octets that are sealed together.
const CHUNK: usize = 32 << 10;

/// By how much a token is longer than what it seals, at most.
const OVERHEAD: usize = 128;

/// Octets of the answer to a bind at most.
const MAX_ANSWER: usize = 256 << 10;

/// LDAPResult's saslBindInProgress (RFC 4511 §4.1.9).
const IN_PROGRESS: u8 = 14;

/// A connection that waits for somebody to bind.
pub(super) struct Waiting {
    /// To the controller.
    server: TcpStream,
    /// To ldap3.
    client: UnixStream,
}

impl Waiting {
    /// Beside `server`, what ldap3 is to speak to.
    pub(super) fn new(server: TcpStream) -> io::Result<(Self, std::os::unix::net::UnixStream)> {
        let (client, other) = std::os::unix::net::UnixStream::pair()?;
        client.set_nonblocking(true)?;
        let client = UnixStream::from_std(client)?;
        Ok((Self { server, client }, other))
    }

    /// Binds as `principal` to the controller `host`; what is to be relayed from then on.
    pub(super) async fn bind(&mut self, host: &str, principal: &str) -> Result<Sealer, Trouble> {
        let lost = |error: io::Error| Trouble::new(Kind::Unreachable, format!("{host}: {error}"));
        let said = |error: Error| Trouble::ticket(principal, &format!("{host}: {error}"));
        let strange = || Trouble::new(Kind::Refused, format!("{host}: it does not speak GSSAPI (RFC 4752)"));
        let mut context = context(host, principal).map_err(said)?;
        let mut token = context.step(None, None).map_err(said)?.map(|token| token.to_vec());
        for number in 1..=4 {
            self.server
                .write_all(&request(number, token.as_deref()))
                .await
                .map_err(lost)?;
            let answer = answer(&mut self.server).await.map_err(lost)?;
            let answer = Answer::read(&answer).ok_or_else(strange)?;
            let given = match answer.code {
                IN_PROGRESS => answer.credentials.ok_or_else(strange)?,
                0 if number > 2 => return Ok(Sealer(Mutex::new(context))),
                0 => return Err(strange()),
                code => return Err(Trouble::bind(host, principal, code.into(), &answer.message)),
            };
            token = match context.is_complete() {
                false => context
                    .step(Some(given), None)
                    .map_err(said)?
                    .map(|token| token.to_vec()),
                true => {
                    let offered = context.unwrap(given).map_err(said)?;
                    if offered.first().is_none_or(|layers| layers & CONFIDENTIALITY == 0) {
                        return Err(Trouble::new(
                            Kind::Refused,
                            format!("{host}: it would not seal what it sends"),
                        ));
                    }
                    let wanted = (u32::from(CONFIDENTIALITY) << 24 | MAX_PART).to_be_bytes();
                    Some(context.wrap(false, &wanted).map_err(said)?.to_vec())
                }
            };
        }
        Err(strange())
    }

    /// Seals and opens until one end is closed, or breaks the rules.
    pub(super) async fn relay(self, sealer: Sealer) {
        let ((from_server, to_server), (from_client, to_client)) = (self.server.into_split(), self.client.into_split());
        let _whoever_asks_is_told = tokio::select! {
            ended = sealer.outward(from_client, to_server) => ended,
            ended = sealer.inward(from_server, to_client) => ended,
        };
    }
}

fn context(host: &str, principal: &str) -> Result<ClientCtx, Error> {
    let name = |text: &str| Name::new(text.as_bytes(), Some(GSS_NT_KRB5_PRINCIPAL))?.canonicalize(Some(GSS_MECH_KRB5));
    let mechanisms = OidSet::singleton(GSS_MECH_KRB5)?;
    let own = Cred::acquire(Some(&name(principal)?), None, CredUsage::Initiate, Some(&mechanisms))?;
    let flags = CtxFlags::GSS_C_MUTUAL_FLAG
        | CtxFlags::GSS_C_SEQUENCE_FLAG
        | CtxFlags::GSS_C_INTEG_FLAG
        | CtxFlags::GSS_C_CONF_FLAG;
    Ok(ClientCtx::new(
        Some(own),
        name(&format!("ldap/{host}"))?,
        flags,
        Some(GSS_MECH_KRB5),
    ))
}

/// What seals and opens once somebody is bound.
pub(super) struct Sealer(Mutex<ClientCtx>);

impl Sealer {
    async fn outward(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
        let mut plain = vec![0; CHUNK];
        loop {
            let read = from.read(&mut plain).await?;
            let Some(part) = plain.get(..read).filter(|part| !part.is_empty()) else {
                return Ok(());
            };
            let sealed = self.seal(part)?;
            let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
            to.write_all(&length.to_be_bytes()).await?;
            to.write_all(&sealed).await?;
        }
    }

    async fn inward(&self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
        loop {
            let length = from.read_u32().await? as usize;
            if length > MAX_PART as usize + OVERHEAD {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let mut sealed = Vec::new();
            (&mut from).take(length as u64).read_to_end(&mut sealed).await?;
            if sealed.len() < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let plain = self.open(&sealed)?;
            to.write_all(&plain).await?;
        }
    }

    fn seal(&self, plain: &[u8]) -> io::Result<Vec<u8>> {
        let mut context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sealed = context.wrap(true, plain).map_err(io::Error::other)?;
        Ok(sealed.to_vec())
    }

    fn open(&self, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let mut context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let plain = context.unwrap(sealed).map_err(io::Error::other)?;
        Ok(plain.to_vec())
    }
}

/// LDAPMessage ::= SEQUENCE { messageID, BindRequest { version 3, name "", sasl [3] { "GSSAPI", credentials OPTIONAL } } }
fn request(number: u8, token: Option<&[u8]>) -> Vec<u8> {
    let credentials = token.map(|token| element(0x04, token)).unwrap_or_default();
    let sasl = element(0xa3, &[element(0x04, b"GSSAPI"), credentials].concat());
    let bind = element(0x60, &[&[0x02, 1, 3, 0x04, 0], sasl.as_slice()].concat());
    element(0x30, &[&[0x02, 1, number], bind.as_slice()].concat())
}

/// An element of DER.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let octets: Vec<u8> = length.into_iter().skip_while(|octet| *octet == 0).collect();
    let mut element = vec![tag];
    match octets.as_slice() {
        [] => element.push(0),
        [short] if *short < 0x80 => element.push(*short),
        _ => {
            element.push(0x80 | octets.len() as u8);
            element.extend(&octets);
        }
    }
    element.extend(content);
    element
}

/// The content of the next LDAPMessage.
async fn answer(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidData);
    if from.read_u8().await? != 0x30 {
        return Err(invalid());
    }
    let mut length = usize::from(from.read_u8().await?);
    if length >= 0x80 {
        let octets = length & 0x7f;
        if !(1..=4).contains(&octets) {
            return Err(invalid());
        }
        length = 0;
        for _ in 0..octets {
            length = length << 8 | usize::from(from.read_u8().await?);
        }
    }
    if length > MAX_ANSWER {
        return Err(invalid());
    }
    let mut content = vec![0; length];
    from.read_exact(&mut content).await?;
    Ok(content)
}

/// What a BindResponse says.
#[derive(Debug, PartialEq, Eq)]
struct Answer<'a> {
    code: u8,
    message: String,
    credentials: Option<&'a [u8]>,
}

impl<'a> Answer<'a> {
    /// messageID, [APPLICATION 1] { resultCode, matchedDN, diagnosticMessage, referral [3] OPTIONAL, serverSaslCreds [7] OPTIONAL }
    fn read(content: &'a [u8]) -> Option<Self> {
        let mut rest = content;
        take(&mut rest).filter(|(tag, _)| *tag == 0x02)?;
        let (_, mut rest) = take(&mut rest).filter(|(tag, _)| *tag == 0x61)?;
        let (_, code) = take(&mut rest).filter(|(tag, _)| *tag == 0x0a)?;
        take(&mut rest)?;
        let (_, message) = take(&mut rest).filter(|(tag, _)| *tag == 0x04)?;
        let others = std::iter::from_fn(|| take(&mut rest));
        Some(Self {
            code: *code.last().filter(|_| code.len() == 1)?,
            message: String::from_utf8_lossy(message).into_owned(),
            credentials: others.filter(|(tag, _)| *tag == 0x87).map(|(_, value)| value).next(),
        })
    }
}

/// The next element: its tag and its content.
fn take<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let [tag, length, after @ ..] = *rest else { return None };
    let (length, after) = match usize::from(*length) {
        short if short < 0x80 => (short, after),
        long => {
            let (octets, after) = after.split_at_checked(long & 0x7f)?;
            let fits = (1..=4).contains(&octets.len());
            let length = octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
            (Some(length).filter(|_| fits)?, after)
        }
    };
    let (content, after) = after.split_at_checked(length)?;
    *rest = after;
    Some((*tag, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bind_as_rfc_4511_has_it() {
        assert_eq!(
            request(1, Some(b"AB")),
            b"\x30\x18\x02\x01\x01\x60\x13\x02\x01\x03\x04\x00\xa3\x0c\x04\x06GSSAPI\x04\x02AB"
        );
        assert!(request(2, None).ends_with(b"\xa3\x08\x04\x06GSSAPI"));
        let long = request(3, Some(&[7; 70_000]));
        assert_eq!(long.get(..5), Some(&b"\x30\x83\x01\x11\x8f"[..]));
    }

    #[test]
    fn an_answer_is_read_wherever_it_is_cut() {
        let whole = b"\x02\x01\x01\x61\x0f\x0a\x01\x0e\x04\x00\x04\x02ok\x87\x04\x60\x02\x01\x02";
        let wanted = Answer {
            code: IN_PROGRESS,
            message: "ok".into(),
            credentials: Some(b"\x60\x02\x01\x02"),
        };
        assert_eq!(Answer::read(whole), Some(wanted));
        for end in 0..whole.len() {
            assert_eq!(Answer::read(&whole[..end]), None, "{end}");
        }
        assert_eq!(Answer::read(b"\x02\x01\x01\x61\x85\x01\x01\x01\x01\x01"), None);
        assert_eq!(Answer::read(b"\x02\x01\x01\x61\x80"), None);
        assert_eq!(
            Answer::read(b"\x02\x01\x01\x61\x08\x0a\x02\x01\x0e\x04\x00\x04\x00"),
            None
        );
    }
}
