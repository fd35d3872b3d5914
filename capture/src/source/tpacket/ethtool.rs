//! What a driver says of a NIC (linux/ethtool.h, `SIOCETHTOOL`): statistics, offloads, the receive ring's size. Only questions, which need no privilege.
//!
//! Invariant: every buffer that the kernel is given begins with its command and has room for the longest answer. The kernel goes by the driver's
//! count of statistics at that moment, not by the one that it is told, so there is room for more than any driver has.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

// linux/ethtool.h
const GRINGPARAM: u32 = 0x10;
const GSTRINGS: u32 = 0x1b;
const GSTATS: u32 = 0x1d;
const GFLAGS: u32 = 0x25;
const GGRO: u32 = 0x2b;
const GSSET_INFO: u32 = 0x37;
const SS_STATS: u32 = 1;
const GSTRING_LEN: usize = 32;
const FLAG_RXVLAN: u32 = 1 << 8;
const FLAG_LRO: u32 = 1 << 15;
/// More statistics than any NIC has: a few dozen for each of hundreds of queues. Memory that is not written to costs nothing.
const MAX_STATISTICS: usize = 1 << 16;
/// `IFNAMSIZ`, with the zero at the end.
const NAME: usize = 16;

/// Where to ask.
#[derive(Debug)]
pub(crate) struct Ethtool(OwnedFd);

/// Names and values of a driver's statistics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(Vec<String>);

impl Names {
    /// Each of them with its value.
    pub(crate) fn with<'a>(&'a self, values: &'a [u64]) -> impl Iterator<Item = (&'a str, u64)> {
        self.0.iter().map(String::as_str).zip(values.iter().copied())
    }
}

impl Ethtool {
    pub(crate) fn open() -> io::Result<Self> {
        // Any socket reaches the devices of its namespace; one of this family is always there.
        let socket = socket(AddressFamily::Unix, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
        Ok(Self(socket))
    }

    /// Descriptors of the receive ring, in use and at most.
    pub(crate) fn ring(&self, name: &str) -> io::Result<(u32, u32)> {
        // struct ethtool_ringparam: cmd, rx_max, rx_mini_max, rx_jumbo_max, tx_max, rx, rx_mini, rx_jumbo, tx
        let mut words = [GRINGPARAM, 0, 0, 0, 0, 0, 0, 0, 0];
        self.ask(name, &mut words)?;
        let [_, max, _, _, _, now, ..] = words;
        Ok((now, max))
    }

    /// Whether the kernel joins received segments (`rx-gro`).
    pub(crate) fn gro(&self, name: &str) -> io::Result<bool> {
        let mut words = [GGRO, 0];
        self.ask(name, &mut words)?;
        Ok(words[1] != 0)
    }

    /// Whether the NIC joins received segments (`rx-lro`), and whether it takes VLAN tags out (`rx-vlan-hw-parse`).
    pub(crate) fn flags(&self, name: &str) -> io::Result<(bool, bool)> {
        let mut words = [GFLAGS, 0];
        self.ask(name, &mut words)?;
        Ok((words[1] & FLAG_LRO != 0, words[1] & FLAG_RXVLAN != 0))
    }

    /// What the driver calls its statistics.
    pub(crate) fn names(&self, name: &str) -> io::Result<Names> {
        let count = self.count(name)?;
        // struct ethtool_gstrings: cmd, string_set, len, len strings of 32 bytes
        let mut words = vec![0_u32; 3 + MAX_STATISTICS * GSTRING_LEN / 4];
        if let Some(head) = words.first_chunk_mut() {
            *head = [GSTRINGS, SS_STATS, count];
        }
        self.ask(name, words.as_mut_slice())?;
        let said = words.get(2).copied().unwrap_or(0).min(count) as usize;
        let strings = words.iter().skip(3).take(said * GSTRING_LEN / 4);
        let bytes: Vec<u8> = strings.flat_map(|word| word.to_ne_bytes()).collect();
        Ok(Names(bytes.chunks_exact(GSTRING_LEN).map(text).collect()))
    }

    /// The values of the statistics `names`.
    ///
    /// # Errors
    /// Also when there are others than those by now: a changed number of queues changes them.
    pub(crate) fn values(&self, name: &str, names: &Names) -> io::Result<Vec<u64>> {
        let count = self.count(name)?;
        if count as usize != names.0.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        // struct ethtool_stats: cmd, n_stats, n_stats values of 8 bytes
        let mut words = vec![0_u64; 1 + MAX_STATISTICS];
        if let Some(head) = words.first_mut() {
            *head = pair(GSTATS, count);
        }
        self.ask(name, words.as_mut_slice())?;
        Ok(words.into_iter().skip(1).take(count as usize).collect())
    }

    fn count(&self, name: &str) -> io::Result<u32> {
        // struct ethtool_sset_info: cmd, reserved, sset_mask(8), one length for each set bit
        let mut words = [GSSET_INFO, 0, 1 << SS_STATS, 0, 0, 0];
        self.ask(name, &mut words)?;
        let [_, _, mask, _, count, _] = words;
        Ok(if mask == 0 { 0 } else { count.min(MAX_STATISTICS as u32) })
    }

    /// Hands `command` to the driver of the interface `name`, which writes its answer over it.
    pub(super) fn ask<T: Command + ?Sized>(&self, name: &str, command: &mut T) -> io::Result<()> {
        self.call(libc::SIOCETHTOOL as _, name, command)
    }

    /// The same with another request that takes a pointer in its `struct ifreq` and answers in place.
    pub(super) fn call<T: Command + ?Sized>(
        &self,
        number: libc::c_ulong,
        name: &str,
        command: &mut T,
    ) -> io::Result<()> {
        let mut request = Request {
            name: [0; NAME],
            data: command.start(),
            padding: [0; 16],
        };
        for (to, from) in request.name.iter_mut().take(NAME - 1).zip(name.bytes()) {
            *to = from;
        }
        // SAFETY: the request is a struct ifreq, whose data points to a command that lives as long as the call and has room for the longest
        // answer to it: those of fixed length are as long as their struct, statistics have MAX_STATISTICS places.
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), number as _, &raw mut request) };
        if result < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(())
        }
    }
}

/// `struct ifreq` (netdevice(7)) with a pointer in its union.
#[repr(C)]
struct Request {
    name: [u8; NAME],
    data: *mut libc::c_void,
    padding: [u8; 16],
}

const _: () = assert!(size_of::<Request>() >= size_of::<libc::ifreq>());

/// Numbers that a command is made of.
pub(super) trait Command {
    fn start(&mut self) -> *mut libc::c_void;
}

impl Command for [u32] {
    fn start(&mut self) -> *mut libc::c_void {
        self.as_mut_ptr().cast()
    }
}

impl Command for [u64] {
    fn start(&mut self) -> *mut libc::c_void {
        self.as_mut_ptr().cast()
    }
}

impl<const N: usize> Command for [u32; N] {
    fn start(&mut self) -> *mut libc::c_void {
        self.as_mut_ptr().cast()
    }
}

/// Two words that follow each other in memory.
fn pair(first: u32, second: u32) -> u64 {
    let ([a, b, c, d], [e, f, g, h]) = (first.to_ne_bytes(), second.to_ne_bytes());
    u64::from_ne_bytes([a, b, c, d, e, f, g, h])
}

fn text(bytes: &[u8]) -> String {
    let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..length).unwrap_or_default())
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_without_a_driver_says_so() {
        let ethtool = Ethtool::open().unwrap();
        assert!(ethtool.names("no-such-if0").is_err());
        assert!(ethtool.ring("lo").is_err());
        assert!(ethtool.gro("lo").is_ok());
    }

    #[test]
    fn words_lie_as_the_kernel_has_them() {
        assert_eq!(
            pair(1, 2).to_ne_bytes(),
            [1u32.to_ne_bytes(), 2u32.to_ne_bytes()].concat()[..]
        );
        assert_eq!(text(b"rx_dropped\0\0\0"), "rx_dropped");
        assert_eq!(
            text(b" 0123456789012345678901234567890"),
            "0123456789012345678901234567890"
        );
    }
}
