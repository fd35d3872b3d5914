//! Authentication inside other protocols: SPNEGO, Kerberos and NTLM tokens, whoever carries them.

use crate::activity::Status;
use crate::context::Context;

/// What the carrier said about the step it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Access granted.
    Success,
    /// Another step is asked for.
    Continue(Status),
    /// Access refused.
    Failure(Status),
}

/// Who was authenticated, as far as the tokens tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Account name; empty for an anonymous NTLM logon.
    pub account: compact_str::CompactString,
    /// Its domain or realm.
    pub domain: compact_str::CompactString,
}

/// One authentication over one carrier, from its first token to the carrier's verdict.
///
/// The carrier gives every token in order of the wire to [`Self::token`], and its own status to [`Self::answer`] after the
/// tokens of the same message. Activities (`ntlm_authenticate`, `kerberos_ap`) are emitted by the exchange.
#[derive(Debug, Default)]
pub struct Exchange {
    identity: Option<Identity>,
}

impl Exchange {
    /// A token, in `context.direction`: SPNEGO, GSS-wrapped or bare Kerberos, or bare NTLMSSP.
    pub fn token(&mut self, _token: &[u8], _context: &mut Context<'_>) {}

    /// The carrier's own status for the step; call it for every answer, `Continue` too.
    pub fn answer(&mut self, _answer: &Answer, _context: &mut Context<'_>) {}

    /// The carrier ended without an answer: what was presented is emitted with an unknown outcome.
    pub fn finish(&mut self, _context: &mut Context<'_>) {}

    /// Who it is, once a token said so. Kerberos tokens hide the client's name, NTLM's AUTHENTICATE shows it.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }
}
