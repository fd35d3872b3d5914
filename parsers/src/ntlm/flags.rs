//! NEGOTIATE: what client and server agree upon ([MS-NLMP] 2.2.2.5).

/// A NegotiateFlags field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u32);

impl Flags {
    /// NTLMSSP_NEGOTIATE_UNICODE: names are UTF-16LE.
    pub const UNICODE: u32 = 0x0000_0001;
    /// NTLMSSP_NEGOTIATE_SIGN: messages will be signed.
    pub const SIGN: u32 = 0x0000_0010;
    /// NTLMSSP_NEGOTIATE_SEAL: messages will be sealed.
    pub const SEAL: u32 = 0x0000_0020;
    /// NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY: NTLM2 session security.
    pub const EXTENDED: u32 = 0x0008_0000;
    /// NTLMSSP_NEGOTIATE_KEY_EXCH: the client sends a session key of its own.
    pub const KEY_EXCHANGE: u32 = 0x4000_0000;
    /// NTLMSSP_NEGOTIATE_VERSION: the Version field holds something.
    pub const VERSION: u32 = 0x0200_0000;

    /// Whether every bit of `flag` is set.
    #[must_use]
    pub const fn has(self, flag: u32) -> bool {
        self.0 & flag == flag
    }

    /// The standard names of the bits that are set, lowest first; reserved bits have none.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES
            .iter()
            .filter(move |(flag, _)| self.has(*flag))
            .map(|(_, name)| *name)
    }
}

const NAMES: &[(u32, &str)] = &[
    (Flags::UNICODE, "NTLMSSP_NEGOTIATE_UNICODE"),
    (0x0000_0002, "NTLM_NEGOTIATE_OEM"),
    (0x0000_0004, "NTLMSSP_REQUEST_TARGET"),
    (Flags::SIGN, "NTLMSSP_NEGOTIATE_SIGN"),
    (Flags::SEAL, "NTLMSSP_NEGOTIATE_SEAL"),
    (0x0000_0040, "NTLMSSP_NEGOTIATE_DATAGRAM"),
    (0x0000_0080, "NTLMSSP_NEGOTIATE_LM_KEY"),
    (0x0000_0200, "NTLMSSP_NEGOTIATE_NTLM"),
    (0x0000_0800, "NTLMSSP_ANONYMOUS"),
    (0x0000_1000, "NTLMSSP_NEGOTIATE_OEM_DOMAIN_SUPPLIED"),
    (0x0000_2000, "NTLMSSP_NEGOTIATE_OEM_WORKSTATION_SUPPLIED"),
    (0x0000_8000, "NTLMSSP_NEGOTIATE_ALWAYS_SIGN"),
    (0x0001_0000, "NTLMSSP_TARGET_TYPE_DOMAIN"),
    (0x0002_0000, "NTLMSSP_TARGET_TYPE_SERVER"),
    (Flags::EXTENDED, "NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY"),
    (0x0010_0000, "NTLMSSP_NEGOTIATE_IDENTIFY"),
    (0x0040_0000, "NTLMSSP_REQUEST_NON_NT_SESSION_KEY"),
    (0x0080_0000, "NTLMSSP_NEGOTIATE_TARGET_INFO"),
    (Flags::VERSION, "NTLMSSP_NEGOTIATE_VERSION"),
    (0x2000_0000, "NTLMSSP_NEGOTIATE_128"),
    (Flags::KEY_EXCHANGE, "NTLMSSP_NEGOTIATE_KEY_EXCH"),
    (0x8000_0000, "NTLMSSP_NEGOTIATE_56"),
];
