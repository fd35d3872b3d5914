//! NTLM: three tokens that other protocols carry, or two bare responses in an SMB1 session setup.
//!
//! There is no flow of its own to read here: [`crate::gss::Exchange`] is handed the tokens wherever they travel, and what
//! they say becomes messages and `ntlm_authenticate`. Nothing that could be guessed against leaves this module: no
//! response, key or MIC, and of the server's challenge only its SHA-256, by which a challenge that is used twice shows.

pub mod activity;
pub mod av;
pub mod flags;
mod message;
pub mod response;
#[cfg(test)]
pub(crate) mod tests;
pub mod wire;

pub(crate) use message::message;

use compact_str::CompactString;

/// The responses of an SMB1 SESSION_SETUP_ANDX without extended security ([MS-CIFS] 2.2.4.53.1), or of whatever else
/// carries them outside of NTLMSSP tokens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Raw<'a> {
    /// Who logs on; empty for an anonymous logon.
    pub account: &'a str,
    /// The account's domain.
    pub domain: &'a str,
    /// OEMPassword: the LM or LMv2 response.
    pub lm: &'a [u8],
    /// UnicodePassword: the NT or NTLMv2 response.
    pub nt: &'a [u8],
    /// The challenge that the server's negotiation gave.
    pub challenge: Option<&'a [u8; 8]>,
}

/// What a server's challenge leaves behind.
fn challenge_sha256(challenge: &[u8; 8]) -> CompactString {
    use sha2::{Digest, Sha256};
    crate::text::hex(&Sha256::digest(challenge))
}
