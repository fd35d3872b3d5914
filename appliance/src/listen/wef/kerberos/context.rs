//! A security context (RFC 2743) of MIT Kerberos: accepted with the keytab's keys, and then what opens and seals messages.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use libgssapi::context::{CtxFlags, SecurityContext, ServerCtx};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::error::Error;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_MECH_SPNEGO, OidSet};
use libgssapi::util::{GssIov, GssIovFake, GssIovType};
use parsers::wef::Sealed;

use crate::exit::{Code, Failure};

/// The keys that tickets are opened with: all of the keytab's.
#[derive(Clone)]
pub(crate) struct Acceptor(Cred);

impl Acceptor {
    /// With the keytab at `path`, of which the library has been told.
    pub(in crate::listen::wef) fn open(path: &Path) -> Result<Self, Failure> {
        let refused = |what: &dyn fmt::Display| {
            let sentence = format!(
                "events.wef.keytab: {}: {what}; nothing was started; give a keytab with the keys of HTTP/NAME that adtap's user can read",
                path.display()
            );
            Failure::new(Code::NoInput, sentence)
        };
        std::fs::File::open(path).map_err(|error| refused(&error))?;
        let mechanisms = || {
            let mut mechanisms = OidSet::singleton(GSS_MECH_KRB5)?;
            mechanisms.add(GSS_MECH_SPNEGO)?;
            Cred::acquire(None, None, CredUsage::Accept, Some(&mechanisms))
        };
        mechanisms().map(Self).map_err(|error| refused(&error))
    }
}

/// Why a context is not accepted: the name of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// No ticket of the realm for a key of the keytab, or not by its clock.
    Ticket,
    /// By another mechanism, or one that would not encrypt.
    Mechanism,
}

impl Refused {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ticket => "refused_tickets",
            Self::Mechanism => "refused_mechanisms",
        }
    }
}

/// The context of one connection.
pub(super) struct Context(ServerCtx);

impl Context {
    pub(super) fn new(acceptor: &Acceptor) -> Self {
        Self(ServerCtx::new(Some(acceptor.0.clone())))
    }

    /// Takes a token of the other end; what is to be answered.
    pub(super) fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Refused> {
        let answer = self.0.step(token, None).map_err(|_| Refused::Ticket)?;
        Ok(answer.map(|token| token.to_vec()))
    }

    pub(super) fn is_complete(&self) -> bool {
        self.0.is_complete()
    }

    /// Whose it is, once it is complete.
    pub(super) fn principal(&self) -> Result<String, Refused> {
        let refused = |_: Error| Refused::Mechanism;
        let info = self.0.info().map_err(refused)?;
        let wanted = CtxFlags::GSS_C_CONF_FLAG | CtxFlags::GSS_C_INTEG_FLAG;
        if info.mechanism != GSS_MECH_KRB5 || !info.flags.contains(wanted) {
            return Err(Refused::Mechanism);
        }
        let name = info.source_name.display_name().map_err(refused)?;
        String::from_utf8(name.to_vec()).map_err(|_| Refused::Ticket)
    }

    /// Whether the ticket behind it has expired.
    pub(super) fn is_expired(&self) -> bool {
        self.0.lifetime().unwrap_or(Duration::ZERO).is_zero()
    }

    /// Decrypts a message where it lies.
    pub(super) fn open(&mut self, sealed: &mut Sealed<'_>) -> Result<(), Error> {
        let mut parts = [
            GssIov::new(GssIovType::Header, sealed.signature),
            GssIov::new(GssIovType::Data, sealed.data),
            // Beside a second part the library looks for no padding in the first, which RC4 has and Windows does not count.
            GssIov::new(GssIovType::Data, &mut []),
        ];
        self.0.unwrap_iov(&mut parts)
    }

    /// Encrypts `message`: the signature, and the octets that were the message.
    pub(super) fn seal(&mut self, mut message: Vec<u8>) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let mut lengths = [
            GssIovFake::new(GssIovType::Header),
            GssIov::new(GssIovType::Data, &mut message).as_fake(),
            GssIovFake::new(GssIovType::Padding),
        ];
        self.0.wrap_iov_length(true, &mut lengths)?;
        let [header, _, padding] = lengths;
        let (mut header, mut padding) = (vec![0; header.len()], vec![0; padding.len()]);
        let mut parts = [
            GssIov::new(GssIovType::Header, &mut header),
            GssIov::new(GssIovType::Data, &mut message),
            GssIov::new(GssIovType::Padding, &mut padding),
        ];
        self.0.wrap_iov(true, &mut parts)?;
        drop(parts);
        message.append(&mut padding);
        Ok((header, message))
    }
}
