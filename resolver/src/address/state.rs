//! The timelines as bytes, to outlive the process.
//!
//! ```text
//! file      "ADTAPADR", u32 version, u32 CRC-32 of what follows, the rest as a frame of Zstandard (RFC 8878)
//! rest      i64 now; u32 n, n pools; u32 n, n prefixes; u32 n, n addresses, longest unused first
//! pool      ip, u64 given, i64 last
//! prefix    ip, u8 length, i64 last
//! address   ip, timeline; its lot, tenures and pieces as their fields stand
//! ip        u8 4 or 6, 4 or 16 octets        text     u16 length, UTF-8        maybe x   u8 0, or u8 1 and x
//! ```
//! All numbers are little-endian, times nanoseconds since the epoch. Version 3 had no prefixes, and no gateway in a lot. Another version is
//! not read: the timelines begin anew.

mod decode;
mod encode;

use thiserror::Error;

use super::tenure::Closed;
use crate::entity::Method;

/// What the file begins with.
const MAGIC: &[u8; 8] = b"ADTAPADR";
/// The version of what follows.
const VERSION: u32 = 4;
/// The oldest that is read.
const OLDEST: u32 = 3;

/// Why kept timelines cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StateError {
    /// It begins otherwise.
    #[error("is no file of known addresses")]
    Foreign,
    /// It was written by another version of adtap.
    #[error("has version {0}, and this adtap reads version {VERSION}")]
    Version(u32),
    /// Its checksum is wrong, or it ends too soon.
    #[error("is damaged")]
    Damaged,
}

/// A method's number in the file; never changed, only added to.
const fn code(method: Method) -> u8 {
    match method {
        Method::KerberosHostAddress => 0,
        Method::MachineLogon => 1,
        Method::NtlmWorkstation => 2,
        Method::NtlmChallenge => 3,
        Method::KerberosService => 4,
        Method::DnsAnswer => 5,
        Method::DnsUpdate => 6,
        Method::CldapHost => 7,
        Method::CldapAnswer => 8,
        Method::SharePath => 9,
        Method::DhcpLease => 10,
        Method::NetbiosName => 11,
        Method::NbnsRegistration => 12,
        Method::RadiusSession => 13,
        Method::AskedNtlmRpc => 14,
        Method::AskedNetbios => 15,
        Method::AskedRdp => 16,
        Method::AskedPtr => 17,
        Method::TcpFingerprint => 18,
        Method::Configuration => 19,
    }
}

/// Each method and each end by its number.
const METHODS: [Method; 20] = [
    Method::KerberosHostAddress,
    Method::MachineLogon,
    Method::NtlmWorkstation,
    Method::NtlmChallenge,
    Method::KerberosService,
    Method::DnsAnswer,
    Method::DnsUpdate,
    Method::CldapHost,
    Method::CldapAnswer,
    Method::SharePath,
    Method::DhcpLease,
    Method::NetbiosName,
    Method::NbnsRegistration,
    Method::RadiusSession,
    Method::AskedNtlmRpc,
    Method::AskedNetbios,
    Method::AskedRdp,
    Method::AskedPtr,
    Method::TcpFingerprint,
    Method::Configuration,
];
const ENDS: [Closed; 5] = [
    Closed::Proof,
    Closed::Lease,
    Closed::Release,
    Closed::Moved,
    Closed::Renewed,
];

const fn end_code(why: Closed) -> u8 {
    match why {
        Closed::Proof => 0,
        Closed::Lease => 1,
        Closed::Release => 2,
        Closed::Moved => 3,
        Closed::Renewed => 4,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::address::{AddressBook, Claim, Crowding, Prefix, Session, Standing};
    use crate::config::Config;
    use crate::directory::Snapshot;
    use crate::host::HostName;
    use capture::{Stack, Timestamp};
    use proptest::prelude::*;
    use std::net::IpAddr;

    fn book() -> AddressBook {
        AddressBook::new(&Config::default(), Arc::new(Snapshot::empty()))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::new(1_000_000 + seconds, 0)
    }

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([10, 77, 0, last])
    }

    /// Something of everything.
    fn full() -> AddressBook {
        let mut book = book();
        let proof = |name| Claim::word(Method::MachineLogon, name).with(Standing::Proof, Some("LAB"));
        book.learn(ip(1), &proof("WS01$"), at(0));
        book.learn(ip(1), &proof("WS02$"), at(60));
        book.learn(ip(1), &proof("WS01$"), at(120));
        book.learn(ip(2), &proof("WS02$"), at(130));
        book.learn("fd77::1".parse().unwrap(), &proof("WS02$"), at(131));
        let lease = Claim {
            until: Some(at(9_000)),
            ..Claim::word(Method::DhcpLease, "kiosk")
        };
        book.grant(ip(3), Some([2; 6]), HostName::of("kiosk", None).as_ref(), at(140));
        book.learn(ip(3), &lease, at(140));
        book.release(ip(3), at(150));
        book.prefix(Prefix::of("2001:db8:7::".parse().unwrap(), 56), at(190));
        for last in 10..20 {
            let session = Session {
                user: "alice",
                vpn: true,
                gateway: &["vpn1".into(), "10.0.0.1".into()],
            };
            book.session(ip(last), &session, at(200));
            book.crowd(ip(last), Crowding::Accounts, "alice", at(200));
            book.stack(ip(last), Stack::Linux, at(200 + i64::from(last) * 300));
        }
        book
    }

    #[test]
    fn codes_are_their_places() {
        for (place, method) in METHODS.iter().enumerate() {
            assert_eq!(usize::from(code(*method)), place);
        }
        for (place, end) in ENDS.iter().enumerate() {
            assert_eq!(usize::from(end_code(*end)), place);
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        let mut book = full();
        let bytes = book.keep(at(300)).unwrap();
        assert_eq!(bytes, full().keep(at(300)).unwrap(), "the same twice");
        let mut again = self::book();
        assert_eq!(again.restore(&bytes), Ok(at(300)));
        assert_eq!(again.keep(at(300)).unwrap(), bytes);
        for last in 0..30 {
            assert_eq!(again.history(ip(last), at(125)), book.history(ip(last), at(125)));
            assert_eq!(again.computer(ip(last), at(301)), book.computer(ip(last), at(301)));
        }
        assert!(again.computer(ip(1), at(301)).is_some());
    }

    #[test]
    fn the_version_before_is_read() {
        let seal = |rest: &[u8], version: u32| {
            let packed = zstd::encode_all(rest, 1).unwrap();
            let mut file = encode::seal(&packed);
            file[8..12].copy_from_slice(&version.to_le_bytes());
            file
        };
        // Now, no pool, an address whose lot has no gateway.
        let (mut rest, none) = (at(5).0.to_le_bytes().to_vec(), 0_u32.to_le_bytes());
        rest.extend(none);
        rest.extend([1, 0, 0, 0, 4, 10, 77, 0, 1]);
        rest.extend([1, 0, 1, 2, 0, b'a', b'l']);
        rest.extend([0; 3 * 16 + 1]);
        rest.extend([0; 8 + 1 + 8 + 4 * 8]);
        let mut known = book();
        known.learn(ip(9), &Claim::word(Method::DnsAnswer, "one"), at(0));
        let kept = decode::unpack(&known.keep(at(5)).unwrap()[16..]).unwrap();
        let prints = &known.timelines[&ip(9)].prints;
        rest.extend(prints.minute.to_le_bytes());
        rest.extend(prints.bytes());
        rest.extend(none);
        let mut old = book();
        assert_eq!(old.restore(&seal(&rest, OLDEST)), Ok(at(5)));
        assert_eq!(old.history(ip(1), at(5)).unwrap().session.as_deref(), Some("al"));
        assert_eq!(book().restore(&seal(&rest, VERSION)), Err(StateError::Damaged));
        assert_eq!(book().restore(&seal(&kept, VERSION)), Ok(at(5)));
        assert_eq!(
            book().restore(&seal(&kept, VERSION + 1)),
            Err(StateError::Version(VERSION + 1))
        );
    }

    #[test]
    fn damage_is_told_and_leaves_nothing() {
        let bytes = full().keep(at(300)).unwrap();
        let mut book = book();
        assert_eq!(book.restore(b"{}"), Err(StateError::Foreign));
        let mut other = bytes.clone();
        other[8] = 1;
        assert_eq!(book.restore(&other), Err(StateError::Version(1)));
        for at in [12, 20, bytes.len() - 1] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert_eq!(book.restore(&flipped), Err(StateError::Damaged));
            assert_eq!(book.restore(&bytes[..at]), Err(StateError::Damaged));
        }
        assert_eq!(book.len(), 0);
    }

    proptest! {
        /// Whatever has a right checksum and makes no sense is damage.
        #[test]
        fn random_bytes_are_refused(rest: Vec<u8>, cut in 0_usize..4_000, octet: u8) {
            let seal = |rest: &[u8]| encode::seal(&zstd::encode_all(rest, 1).unwrap());
            let mut book = book();
            let _ = book.restore(&encode::seal(&rest));
            let _ = book.restore(&seal(&rest));
            let mut whole = decode::unpack(&full().keep(at(300)).unwrap()[16..]).unwrap();
            let cut = cut.min(whole.len() - 1);
            whole[cut] = octet;
            let _ = book.restore(&seal(&whole));
            prop_assert_eq!(book.restore(&seal(&whole[..cut])), Err(StateError::Damaged));
        }
    }
}
