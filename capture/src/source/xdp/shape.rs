//! What there is to know of an interface before its rings are opened: which queues, how long the frames, whose addresses.

use std::fs;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::SockaddrStorage;

use super::error::{Error, Trouble};
use super::umem::HEADROOM;

/// Chunks of a ring at least and at most, whatever its size in MiB.
const CHUNKS: (u32, u32) = (512, 1 << 18);
/// Bytes around what an MTU counts: Ethernet and two tags.
const LINK_HEADER: u32 = 22;

/// The sizes of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) chunks: u32,
    pub(super) chunk: u32,
}

impl Size {
    /// Chunks that a usual frame of the interface fits in, as many as fill `mib`; a power of two, as rings have it.
    pub(super) fn new(mib: u32, mtu: u32) -> Self {
        let usual = mtu.saturating_add(LINK_HEADER + HEADROOM);
        let chunk = if usual <= 2_048 { 2_048 } else { 4_096 };
        let wanted = (u64::from(mib) << 20) / u64::from(chunk);
        let wanted = wanted.clamp(u64::from(CHUNKS.0), u64::from(CHUNKS.1)) as u32;
        Self {
            chunks: 1 << wanted.ilog2(),
            chunk,
        }
    }

    /// As many chunks of that size as fit in `bytes`, if that is fewer and any.
    pub(super) fn within(self, bytes: u64) -> Option<Self> {
        let fitting = u32::try_from(bytes / u64::from(self.chunk)).ok()?.checked_ilog2()?;
        (1 << fitting < self.chunks).then_some(Self {
            chunks: 1 << fitting,
            ..self
        })
    }
}

/// The index of the interface of that name.
pub(super) fn index(interface: &str) -> Result<u32, Error> {
    if_nametoindex(interface).map_err(|_| Error::new(interface, Trouble::Missing))
}

/// Its receive queues, and the longest frame it takes, as sysfs has them (Documentation/ABI/testing/sysfs-class-net, sysfs-class-net-queues).
pub(super) fn of(interface: &str) -> Result<(u32, u32), Error> {
    let index = index(interface)?;
    let number = |file: &str| read_number(&format!("/sys/class/net/{interface}/{file}"));
    // A sysfs of another network namespace knows other interfaces.
    if number("ifindex") != Some(index) {
        return Err(Error::new(interface, Trouble::Sysfs));
    }
    let mtu = number("mtu").ok_or_else(|| Error::new(interface, Trouble::Sysfs))?;
    let queues = fs::read_dir(format!("/sys/class/net/{interface}/queues"));
    let queues = queues.map_err(|_| Error::new(interface, Trouble::Sysfs))?;
    let names = queues.flatten().map(|entry| entry.file_name());
    let queues = names.filter(|name| name.as_encoded_bytes().starts_with(b"rx-")).count();
    Ok((u32::try_from(queues).unwrap_or(1).max(1), mtu))
}

fn read_number(path: &str) -> Option<u32> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Refuses an interface with addresses of its own: the program would keep the host's own traffic from it.
pub(super) fn refuse_addressed(interface: &str) -> Result<(), Error> {
    let addresses = getifaddrs().into_iter().flatten();
    let own = addresses.filter(|address| address.interface_name == interface);
    match own
        .filter_map(|address| address.address)
        .find_map(|address| routable(&address))
    {
        None => Ok(()),
        Some(address) => Err(Error::new(interface, Trouble::Addressed(address))),
    }
}

/// The address, unless it is one that every interface gives itself.
fn routable(address: &SockaddrStorage) -> Option<std::net::IpAddr> {
    if let Some(v4) = address.as_sockaddr_in() {
        return Some(v4.ip().into());
    }
    let v6 = address.as_sockaddr_in6()?.ip();
    (!v6.is_unicast_link_local()).then_some(v6.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_as_large_as_was_said() {
        let size = |mib, mtu| {
            let size = Size::new(mib, mtu);
            (size.chunks, size.chunk)
        };
        assert_eq!(size(64, 1_500), (32_768, 2_048));
        assert_eq!(size(100, 1_500), (32_768, 2_048));
        assert_eq!(size(64, 9_000), (16_384, 4_096));
        assert_eq!(size(0, 1_770), (512, 2_048));
        assert_eq!(size(u32::MAX, u32::MAX), (1 << 18, 4_096));
        let size = Size::new(64, 1_500);
        assert_eq!(size.within(3 << 20).map(|size| size.chunks), Some(1_024));
        assert_eq!(
            (size.within(2_047), size.within(u64::MAX), size.within(64 << 20)),
            (None, None, None)
        );
    }
}
