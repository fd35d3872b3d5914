//! The examples of [MS-NLMP] §4.2, and tokens that were tampered with.

use proptest::prelude::{any, prop, proptest};

use super::av::Pairs;
use super::flags::Flags;
use super::response::Response;
use super::wire::{Authenticate, Challenge, Token, token};
use crate::testing::unhex;

/// [MS-NLMP] §4.2.2.3: NTLMv1, User of Domain on COMPUTER.
pub(crate) const V1_AUTHENTICATE: &str =
    "4e544c4d5353500003000000180018006c00000018001800840000000c000c00480000000800080054000000
    100010005c000000100010009c000000358280e20501280a0000000f44006f006d00610069006e005500730065007200
    43004f004d005000550054004500520098def7b87f88aa5dafe2df779688a172def11c7d5ccdef13
    67c43011f30298a2ad35ece64f16331c44bdbed927841f94518822b1b3f350c8958682ecbb3e3cb7";

/// [MS-NLMP] §4.2.4.3: NTLMv2.
pub(crate) const V2_CHALLENGE: &str = "4e544c4d53535000020000000c000c003800000033828ae20123456789abcdef0000000000000000
    2400240044000000060070170000000f53006500720076006500720002000c0044006f006d00610069006e0001000c00
    53006500720076006500720000000000";
pub(crate) const V2_AUTHENTICATE: &str =
    "4e544c4d5353500003000000180018006c00000054005400840000000c000c00480000000800080054000000
    100010005c00000010001000d8000000358288e20501280a0000000f44006f006d00610069006e005500730065007200
    43004f004d005000550054004500520086c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa
    68cd0ab851e51c96aabc927bebef6a1c01010000000000000000000000000000aaaaaaaaaaaaaaaa00000000
    02000c0044006f006d00610069006e0001000c005300650072007600650072000000000000000000
    c5dad2544fc9799094ce1ce90bc9d03e";

fn authenticate(bytes: &[u8]) -> Authenticate<'_> {
    match token(bytes, None) {
        Ok(Token::Authenticate(authenticate)) => authenticate,
        other => panic!("{other:?}"),
    }
}

fn challenge(bytes: &[u8]) -> Challenge<'_> {
    match token(bytes, None) {
        Ok(Token::Challenge(challenge)) => challenge,
        other => panic!("{other:?}"),
    }
}

#[test]
fn version_one() {
    let bytes = unhex(V1_AUTHENTICATE);
    let token = authenticate(&bytes);
    assert_eq!(token.account.text(), "User");
    assert_eq!(token.domain.text(), "Domain");
    assert_eq!(token.workstation.text(), "COMPUTER");
    assert_eq!(
        (token.response.version(), token.response.name()),
        (Some(1), Some("ntlm"))
    );
    assert!(token.response.lm_present() && !token.response.extended() && token.session_key && !token.mic);
    assert_eq!(token.version.map(|version| version.text()).as_deref(), Some("5.1.2600"));
    assert_eq!(token.flags, Some(Flags(0xe280_8235)));
}

#[test]
fn version_two() {
    let (asked, shown) = (unhex(V2_CHALLENGE), unhex(V2_AUTHENTICATE));
    let asked = challenge(&asked);
    assert_eq!(asked.target.text(), "Server");
    assert_eq!(asked.challenge, &[0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
    assert_eq!(asked.version.map(|version| version.text()).as_deref(), Some("6.0.6000"));
    let names = |pairs: Pairs<'_>| pairs.info().nb_domain.map(crate::text::utf16);
    assert_eq!(names(asked.info).as_deref(), Some("Domain"));
    let shown = authenticate(&shown);
    assert_eq!(
        (shown.response.version(), shown.response.name()),
        (Some(2), Some("ntlmv2"))
    );
    assert!(!shown.is_stripped()); // nothing was promised
    assert!(shown.response.lm_present());
    assert_eq!(names(shown.response.info()).as_deref(), Some("Domain"));
}

/// The LM field of an extended session security response is the client's nonce and zeros.
#[test]
fn extended_session_security() {
    let mut bytes = unhex(V1_AUTHENTICATE);
    bytes[0x6c + 8..0x6c + 24].fill(0);
    let token = authenticate(&bytes);
    assert_eq!((token.response.version(), token.response.extended()), (Some(1), true));
    assert_eq!(token.response.name(), Some("ntlm2_session"));
    assert!(!token.response.lm_present());
}

/// Old clients have no NT response at all.
#[test]
fn lm_alone() {
    let response = Response::new(&[7; 24], &[]);
    assert_eq!((response.version(), response.name()), (Some(1), Some("lm")));
    assert!(response.lm_present() && !response.is_empty());
    let nobody = Response::new(&[0], &[]);
    assert_eq!((nobody.version(), nobody.name(), nobody.is_empty()), (None, None, true));
}

/// A client that keeps LM to itself sends its NT response twice.
#[test]
fn copied_response_is_no_lm() {
    let mut bytes = unhex(V1_AUTHENTICATE);
    bytes.copy_within(0x84..0x84 + 24, 0x6c);
    assert!(!authenticate(&bytes).response.lm_present());
}

#[test]
fn cut_tokens_give_what_is_there() {
    let bytes = unhex(V2_AUTHENTICATE);
    let cut = authenticate(&bytes[..0x54 + 4]);
    assert_eq!(
        (cut.account.text().as_str(), cut.workstation.text().as_str()),
        ("Us", "")
    );
    assert_eq!(cut.response.version(), Some(2));
    assert!(token(&bytes[..40], None).is_err());
}

#[test]
fn pairs_end_where_they_break() {
    let mut bytes = vec![1, 0, 2, 0, b'A', 0, 2, 0, 99, 0, b'B'];
    assert_eq!(Pairs::new(&bytes).iter().count(), 1);
    bytes.clear();
    bytes.extend([7, 0, 0, 0].repeat(100_000));
    assert_eq!(Pairs::new(&bytes).iter().count(), 64);
    assert_eq!(super::av::filetime(u64::MAX), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(kind in 0_u8..5, tail in prop::collection::vec(any::<u8>(), 0..200), agreed in any::<Option<u32>>()) {
        let bytes = [b"NTLMSSP\0".as_slice(), &[kind, 0, 0, 0], &tail].concat();
        let _ = token(&bytes, agreed.map(Flags));
    }
}
