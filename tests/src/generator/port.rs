//! A packet socket bound to an interface, for sending only.

use std::io::IoSlice;
use std::os::fd::{AsRawFd, OwnedFd};

use anyhow::Context;
use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{AddressFamily, LinkAddr, MsgFlags, MultiHeaders, SockFlag, SockType, bind, sendmmsg, socket};

/// Frames handed to the kernel at a time.
pub const BATCH: usize = 64;

/// Where frames leave.
pub struct Port {
    socket: OwnedFd,
    headers: MultiHeaders<LinkAddr>,
}

impl Port {
    /// Opens the interface called `name`; needs `CAP_NET_RAW`.
    ///
    /// # Errors
    /// No such interface, or no permission.
    pub fn open(name: &str) -> anyhow::Result<Self> {
        let link = getifaddrs()?
            .filter(|interface| interface.interface_name == name)
            .find_map(|interface| interface.address?.as_link_addr().copied())
            .with_context(|| format!("{name}: no such interface; check the name with `ip link`"))?;
        // No protocol: a socket that only sends is given no frame.
        let socket = socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None)
            .context("a packet socket needs CAP_NET_RAW; run as root")?;
        bind(socket.as_raw_fd(), &link).with_context(|| name.to_owned())?;
        let headers = MultiHeaders::preallocate(BATCH, None);
        Ok(Self { socket, headers })
    }

    /// Sends every frame, in order, and returns how many; a busy device is asked again and counted in `refused`.
    ///
    /// # Errors
    /// What the kernel says, other than being busy: a frame longer than the link takes, a link that is down.
    pub fn send<'a>(&mut self, frames: impl IntoIterator<Item = &'a [u8]>, refused: &mut u64) -> anyhow::Result<u64> {
        let slices: Vec<[IoSlice<'a>; 1]> = frames.into_iter().map(|frame| [IoSlice::new(frame)]).collect();
        let mut rest = slices.as_slice();
        while !rest.is_empty() {
            let nobody: Vec<Option<LinkAddr>> = vec![None; rest.len().min(BATCH)];
            let taken = sendmmsg(
                self.socket.as_raw_fd(),
                &mut self.headers,
                rest,
                nobody,
                [],
                MsgFlags::empty(),
            );
            match taken.map(Iterator::count) {
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(Errno::ENOBUFS | Errno::EAGAIN | Errno::EINTR) => *refused += 1,
                Err(Errno::EMSGSIZE) => {
                    anyhow::bail!("a frame is longer than the link takes; raise the MTU of both its ends")
                }
                Err(error) => return Err(error).context("sending"),
            }
        }
        Ok(slices.len() as u64)
    }
}
