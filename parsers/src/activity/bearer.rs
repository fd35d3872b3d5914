//! To whose logon an activity belongs that names nobody itself.

/// The logon of a session, to which what is done in it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bearer {
    /// It named its account, which stands in [`super::Activity::observed`].
    Account,
    /// It was by a Kerberos ticket: the first half of the SHA-256 of its cipher, which tells whose it is once its issue is known.
    Ticket([u8; 16]),
}

impl Bearer {
    /// The first half of a SHA-256 that is written in hexadecimal digits.
    #[must_use]
    pub fn half(sha256: &str) -> Option<[u8; 16]> {
        u128::from_str_radix(sha256.get(..32)?, 16).ok().map(u128::to_be_bytes)
    }
}
