//! What proves a password: looked at for its kind, never handed on ([MS-NLMP] 2.2.2.3 to 2.2.2.8).

use super::av::Pairs;

/// LmChallengeResponse and NtChallengeResponse ([MS-NLMP] 2.2.2.3 to 2.2.2.8).
#[derive(Clone, Copy, Debug, Default)]
pub struct Response<'a> {
    lm: &'a [u8],
    nt: &'a [u8],
    /// Bytes that NtChallengeResponse claims; more than there are in a cut token.
    nt_length: usize,
}

/// Bytes of an NTLMv1 response; a longer one is NTLMv2's.
const V1: usize = 24;
/// Bytes of NTLMv2_RESPONSE before its AV pairs: Response(16), then RespType(1) HiRespType(1) Reserved(6) TimeStamp(8)
/// ChallengeFromClient(8) Reserved(4).
const V2_HEADER: usize = 44;

impl<'a> Response<'a> {
    /// The two responses as another protocol carries them.
    #[must_use]
    pub const fn new(lm: &'a [u8], nt: &'a [u8]) -> Self {
        Self {
            lm,
            nt,
            nt_length: nt.len(),
        }
    }

    /// Responses in a token that may be cut: `nt_length` is what it claims.
    pub(super) fn cut(lm: &'a [u8], nt: &'a [u8], nt_length: u16) -> Self {
        Self {
            lm,
            nt,
            nt_length: usize::from(nt_length),
        }
    }

    /// 1 or 2; none where there is no response at all. LM alone is version 1.
    #[must_use]
    pub const fn version(&self) -> Option<u8> {
        match self.nt_length {
            0 if self.lm.len() < V1 => None,
            0..=V1 => Some(1),
            _ => Some(2),
        }
    }

    /// What the client computed: `lm`, `ntlm`, `ntlm2_session` (extended session security), or `ntlmv2`. The first three are
    /// version 1.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        Some(match self.version()? {
            1 if self.extended() => "ntlm2_session",
            1 if self.nt_length == 0 => "lm",
            1 => "ntlm",
            _ => "ntlmv2",
        })
    }

    /// Whether nothing is proven: no NT response and no, or a one-byte, LM response ([MS-NLMP] 3.2.5.1.2).
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.nt_length == 0 && self.lm.len() <= 1
    }

    /// NTLM2 session response: version 1 with the client's nonce in the LM field ([MS-NLMP] 3.3.1).
    #[must_use]
    pub fn extended(&self) -> bool {
        self.nt_length == V1
            && self
                .lm
                .split_at_checked(8)
                .is_some_and(|(nonce, padding)| padding.len() == 16 && zero(padding) && !zero(nonce))
    }

    /// Whether a response made of the LM hash (or LMv2) is there: neither zeros, nor a copy of the NT response, nor the
    /// client's nonce.
    #[must_use]
    pub fn lm_present(&self) -> bool {
        self.lm.len() >= V1 && !zero(self.lm) && self.lm != self.nt && !self.extended()
    }

    /// The client's clock, FILETIME; NTLMv2 alone.
    #[must_use]
    pub fn time(&self) -> Option<u64> {
        self.nt.get(24..32)?.first_chunk().copied().map(u64::from_le_bytes)
    }

    /// The client's AV pairs; NTLMv2 alone.
    #[must_use]
    pub fn info(&self) -> Pairs<'a> {
        Pairs::new(self.nt.get(V2_HEADER..).unwrap_or_default())
    }
}

/// Whether no bit is set.
pub(super) fn zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}
