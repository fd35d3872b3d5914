//! What a controller says when it does not do what it was asked, in a sentence.

use std::fmt;

/// A search that the controller does not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the controller refuses a search of {base}: {code} ({}){}", name(*code), Message(message))]
pub struct Refusal {
    /// Where it was to search.
    pub base: String,
    /// resultCode.
    pub code: u32,
    /// What it said.
    pub message: String,
}

struct Message<'a>(&'a str);

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.trim_matches(['\0', '\n', ' ']);
        if text.is_empty() { Ok(()) } else { write!(f, ", {text}") }
    }
}

/// Names of result codes (RFC 4511 appendix A.1).
const fn name(code: u32) -> &'static str {
    match code {
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        32 => "noSuchObject",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        _ => "see RFC 4511",
    }
}
