//! A domain shared among sensors: what its synchronizer publishes, and what the others take in.
//!
//! ```text
//! Session (resolver) ─► Publication ══ Exchange ══► receiver's log ══ Exchange ══► Followed ─► Session
//! ```
//! `proto/adtap/v1/directory.proto` says what is said; the receiver's end is `receiver::synchronizer`.

mod exchange;
mod object;
mod publication;
mod section;

pub use exchange::{Answer, Exchange, ExchangeError, Followed, Place};
pub use object::Malformed;
pub use publication::Publication;

/// Whether `name` may name a domain: a DNS name in lower case, of two labels at least. It becomes part of paths.
pub(crate) fn is_domain(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    let label = |label: &str| !label.is_empty() && label.bytes().all(allowed);
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_no_path() {
        for good in ["lab.example", "a.b.c-d_e.0"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in [
            "",
            "lab",
            ".",
            "..",
            "a..b",
            ".a.b",
            "a.b.",
            "A.b",
            "a/b.c",
            "a.b\0",
            "ü.de",
            &"x.".repeat(200),
        ] {
            assert!(!is_domain(bad), "{bad}");
        }
    }
}
