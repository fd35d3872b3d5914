//! What opens sealed parts: the encryption types of Active Directory, in the one direction that is needed here.
//!
//! Every type seals with a checksum, so that what opens is what was sealed: a wrong key gives nothing rather than noise. Keys
//! and what they open are wiped when they are dropped, and print nothing of themselves.

use std::fmt;

use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use hmac::{Hmac, Mac};
use md5::Md5;
use rc4::{Rc4, StreamCipher};
use sha1::Sha1;
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

/// Octets of an AES block.
const BLOCK: usize = 16;

/// What was sealed; wiped when it is dropped.
pub(in crate::kerberos) type Plain = Zeroizing<Vec<u8>>;

/// What a key is used for (RFC 4120 §7.5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kerberos) enum Usage {
    /// The sealed part of a ticket.
    Ticket = 2,
    /// The authenticator of a TGS-REQ.
    TgsAuthenticator = 7,
    /// The authenticator of any other AP-REQ.
    Authenticator = 11,
}

/// An encryption type that can be opened (RFC 3962, RFC 8009, RFC 4757).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Etype {
    Aes128Sha1,
    Aes256Sha1,
    Aes128Sha256,
    Aes256Sha384,
    Rc4,
}

impl Etype {
    pub(super) const fn of(number: i32) -> Option<Self> {
        Some(match number {
            17 => Self::Aes128Sha1,
            18 => Self::Aes256Sha1,
            19 => Self::Aes128Sha256,
            20 => Self::Aes256Sha384,
            23 => Self::Rc4,
            _ => return None,
        })
    }

    /// Octets of a key.
    const fn length(self) -> usize {
        match self {
            Self::Aes256Sha1 | Self::Aes256Sha384 => 32,
            _ => 16,
        }
    }
}

/// A key, which nobody sees.
pub(in crate::kerberos) struct Key {
    pub(super) etype: Etype,
    octets: Plain,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.etype)
    }
}

impl Key {
    /// A key of a type that can be opened, of that type's length.
    pub(in crate::kerberos) fn new(etype: i32, octets: &[u8]) -> Option<Self> {
        let etype = Etype::of(etype).filter(|etype| etype.length() == octets.len())?;
        Some(Self {
            etype,
            octets: Zeroizing::new(octets.to_vec()),
        })
    }

    /// What `cipher` holds; none where this key did not seal it for `usage`.
    pub(in crate::kerberos) fn open(&self, usage: Usage, cipher: &[u8]) -> Option<Plain> {
        let plain = match self.etype {
            Etype::Aes128Sha1 | Etype::Aes256Sha1 => self.open_sha1(usage, cipher),
            Etype::Aes128Sha256 => self.open_sha2::<Hmac<Sha256>>(usage, cipher, 16, 16),
            Etype::Aes256Sha384 => self.open_sha2::<Hmac<Sha384>>(usage, cipher, 24, 24),
            Etype::Rc4 => return self.open_rc4(usage, cipher),
        }?;
        // What is sealed follows a block of noise.
        Some(Zeroizing::new(plain.get(BLOCK..)?.to_vec()))
    }

    /// RFC 3961 §5.3 with the parameters of RFC 3962 §6: the checksum is over what is sealed.
    fn open_sha1(&self, usage: Usage, cipher: &[u8]) -> Option<Plain> {
        const CHECKSUM: usize = 12;
        let (body, checksum) = cipher.split_at_checked(cipher.len().checked_sub(CHECKSUM)?)?;
        let base = Aes::new(&self.octets)?;
        let plain = Aes::new(&derived(&base, usage, ENCRYPTION))?.open(body)?;
        let integrity = derived(&base, usage, INTEGRITY);
        verify::<Hmac<Sha1>>(&integrity, &[&plain], checksum).then_some(plain)
    }

    /// RFC 8009 §5: the checksum is over the cipher and the zero vector before it.
    fn open_sha2<M: Mac + KeyInit>(
        &self,
        usage: Usage,
        cipher: &[u8],
        checksum: usize,
        integrity: usize,
    ) -> Option<Plain> {
        let (body, tag) = cipher.split_at_checked(cipher.len().checked_sub(checksum)?)?;
        let sealing = expanded::<M>(&self.octets, usage, ENCRYPTION, self.octets.len())?;
        let integrity = expanded::<M>(&self.octets, usage, INTEGRITY, integrity)?;
        if !verify::<M>(&integrity, &[&[0; BLOCK], body], tag) {
            return None;
        }
        Aes::new(&sealing)?.open(body)
    }

    /// RFC 4757 §3: eight octets of noise, and the checksum in front.
    fn open_rc4(&self, usage: Usage, cipher: &[u8]) -> Option<Plain> {
        let (checksum, body) = cipher.split_at_checked(16)?;
        let base = digest::<Hmac<Md5>>(&self.octets, &[&(usage as u32).to_le_bytes()])?;
        let sealing = digest::<Hmac<Md5>>(&base, &[checksum])?;
        let mut plain = Zeroizing::new(body.to_vec());
        Rc4::<rc4::consts::U16>::new_from_slice(&sealing)
            .ok()?
            .apply_keystream(&mut plain);
        let opened = verify::<Hmac<Md5>>(&base, &[&plain], checksum);
        opened.then(|| plain.get(8..).map(|plain| Zeroizing::new(plain.to_vec())))?
    }
}

/// What is derived from a key: the one that seals, and the one that signs (RFC 3961 §5.3).
const ENCRYPTION: u8 = 0xaa;
const INTEGRITY: u8 = 0x55;

/// AES with either length of key; one lives as long as one part is opened.
#[expect(clippy::large_enum_variant, reason = "both are large")]
enum Aes {
    Short(Aes128),
    Long(Aes256),
}

impl Aes {
    fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Aes128::new_from_slice(key).ok().map(Self::Short),
            32 => Aes256::new_from_slice(key).ok().map(Self::Long),
            _ => None,
        }
    }

    fn encrypt(&self, block: u128) -> u128 {
        let mut block = block.to_be_bytes().into();
        match self {
            Self::Short(aes) => aes.encrypt_block(&mut block),
            Self::Long(aes) => aes.encrypt_block(&mut block),
        }
        u128::from_be_bytes(block.into())
    }

    fn decrypt(&self, block: u128) -> u128 {
        let mut block = block.to_be_bytes().into();
        match self {
            Self::Short(aes) => aes.decrypt_block(&mut block),
            Self::Long(aes) => aes.decrypt_block(&mut block),
        }
        u128::from_be_bytes(block.into())
    }

    /// CBC with ciphertext stealing from a vector of zeros, the last two blocks always exchanged (RFC 3962 §5).
    fn open(&self, cipher: &[u8]) -> Option<Plain> {
        let tail = match cipher.len().checked_sub(1)? % BLOCK + 1 {
            _ if cipher.len() < BLOCK => return None,
            _ if cipher.len() == BLOCK => 0,
            tail => tail,
        };
        let (blocks, stolen) = cipher.split_at_checked(cipher.len() - tail)?;
        let (chain, last) = blocks.split_last_chunk::<BLOCK>()?;
        let mut plain = Zeroizing::new(Vec::with_capacity(cipher.len()));
        let mut before = 0_u128;
        for block in chain.as_chunks::<BLOCK>().0 {
            let block = u128::from_be_bytes(*block);
            plain.extend_from_slice(&(self.decrypt(block) ^ before).to_be_bytes());
            before = block;
        }
        let last = self.decrypt(u128::from_be_bytes(*last));
        if stolen.is_empty() {
            plain.extend_from_slice(&(last ^ before).to_be_bytes());
            return Some(plain);
        }
        // The end of the block before the last is what the last one's padding decrypts to.
        let mut full = last.to_be_bytes();
        full.get_mut(..tail)?.copy_from_slice(stolen);
        let full = u128::from_be_bytes(full);
        plain.extend_from_slice(&(self.decrypt(full) ^ before).to_be_bytes());
        plain.extend_from_slice((last ^ full).to_be_bytes().get(..tail)?);
        Some(plain)
    }
}

/// DK(base, usage | purpose) of RFC 3961 §5.1: the folded constant, encrypted again and again.
fn derived(base: &Aes, usage: Usage, purpose: u8) -> Plain {
    let mut block = folded(u64::from(usage as u32) << 8 | u64::from(purpose));
    let blocks = match base {
        Aes::Short(_) => 1,
        Aes::Long(_) => 2,
    };
    let mut key = Zeroizing::new(Vec::with_capacity(2 * BLOCK));
    for _ in 0..blocks {
        block = base.encrypt(block);
        key.extend_from_slice(&block.to_be_bytes());
    }
    key
}

/// n-fold (RFC 3961 §5.1) of five octets into sixteen: copies, each turned right by 13 bits more than the one before, added
/// up in pieces of 128 bits with the carry put back at the end.
fn folded(constant: u64) -> u128 {
    const BITS: i64 = 40;
    let bit = |at: i64| {
        let (copy, position) = (at / BITS, at % BITS);
        let source = (position - 13 * copy).rem_euclid(BITS);
        u128::from(constant >> (BITS - 1 - source) & 1)
    };
    (0..5).fold(0, |sum: u128, piece| {
        let number = (0..128).fold(0, |number, at| number << 1 | bit(piece * 128 + at));
        let (sum, carry) = sum.overflowing_add(number);
        sum.wrapping_add(carry.into())
    })
}

/// KDF-HMAC-SHA2 (RFC 8009 §3), which needs no more than one block of the hash here.
fn expanded<M: Mac + KeyInit>(base: &[u8], usage: Usage, purpose: u8, length: usize) -> Option<Plain> {
    let bits = u32::try_from(length * 8).ok()?.to_be_bytes();
    let label = (usage as u32).to_be_bytes();
    let mut key = digest::<M>(base, &[&[0, 0, 0, 1], &label, &[purpose, 0], &bits])?;
    key.truncate(length);
    Some(key)
}

fn mac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<M> {
    let mut mac = <M as Mac>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

fn digest<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Option<Plain> {
    mac::<M>(key, parts).map(|mac| Zeroizing::new(mac.finalize().into_bytes().to_vec()))
}

/// Whether `tag` is the beginning of the parts' code, compared in constant time.
fn verify<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]], tag: &[u8]) -> bool {
    mac::<M>(key, parts).is_some_and(|mac| mac.verify_truncated_left(tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::unhex;

    #[test]
    fn ciphertext_stealing() {
        let key = unhex("636869636b656e207465726979616b69");
        let aes = Aes::new(&key).unwrap();
        for (cipher, plain) in [
            // RFC 3962 §B
            (
                "c6353568f2bf8cb4d8a580362da7ff7f97",
                "4920776f756c64206c696b652074686520",
            ),
            (
                "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5",
                "4920776f756c64206c696b65207468652047656e6572616c20476175277320",
            ),
            (
                "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584",
                "4920776f756c64206c696b65207468652047656e6572616c2047617527732043",
            ),
        ] {
            assert_eq!(*aes.open(&unhex(cipher)).unwrap(), unhex(plain));
        }
        assert!(aes.open(&[0; 15]).is_none());
    }

    /// RFC 8009 §A: key usage 2, messages of different lengths.
    #[test]
    fn aes_with_sha2() {
        let short = Key::new(19, &unhex("3705d96080c17728a0e800eab6e0d23c")).unwrap();
        let long = unhex("6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52");
        let long = Key::new(20, &long).unwrap();
        for (key, cipher, plain) in [
            (
                &short,
                "ef85fb890bb8472f4dab20394dca781dad877eda39d50c870c0d5a0a8e48c718",
                "",
            ),
            (
                &short,
                "84d7f30754ed987bab0bf3506beb09cfb55402cef7e6877ce99e247e52d16ed4421dfdf8976c",
                "000102030405",
            ),
            (
                &long,
                "4ed7b37c2bcac8f74f23c1cf07e62bc7b75fb3f637b9f559c7f664f69eab7b6092237526ea0d1f61cb20d69d10f2",
                "000102030405",
            ),
        ] {
            assert_eq!(*key.open(Usage::Ticket, &unhex(cipher)).unwrap(), unhex(plain));
            assert!(key.open(Usage::Authenticator, &unhex(cipher)).is_none());
        }
    }

    #[test]
    fn a_key_prints_nothing_of_itself() {
        let key = Key::new(23, &[0x41; 16]).unwrap();
        assert_eq!(format!("{key:?}"), "Key(Rc4)");
        assert!(Key::new(23, &[0x41; 15]).is_none() && Key::new(3, &[0x41; 8]).is_none());
    }
}
