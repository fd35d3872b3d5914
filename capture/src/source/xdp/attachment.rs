//! The program on its interface, which the rings of all its queues share, and the questions that come before: which queues, how long the frames, whose addresses.

use std::fs;
use std::io;
use std::sync::{Mutex, PoisonError};

use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::SockaddrStorage;

use super::bpf::{Attach, CounterMap, Link, Program, SocketMap};
use super::error::{Error, Trouble};
use super::program::{self, Counter, Maps};
use super::promiscuous::Promiscuous;
use crate::config::Interface;

/// The loaded program with its maps. These outlive the interface: one that returns is attached again without the privilege to load.
#[derive(Debug)]
pub(super) struct Attachment {
    interface: String,
    promiscuous: bool,
    places: &'static [Attach],
    queues: u32,
    sockets: SocketMap,
    counters: CounterMap,
    program: Program,
    active: Mutex<Active>,
}

/// Which time it was that the program was attached, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Turn(u32);

/// What lasts while the interface does.
#[derive(Debug, Default)]
struct Active {
    turn: Turn,
    link: Option<(Link, Attach)>,
    _promiscuous: Option<Promiscuous>,
}

impl Attachment {
    /// Loads the program for `queues` queues of the interface.
    pub(super) fn load(
        interface: &Interface,
        queues: u32,
        filter: &[u64],
        places: &'static [Attach],
    ) -> Result<Self, Error> {
        let name = &interface.name;
        let at = |step| move |cause| Error::new(name, Trouble::of(step, cause));
        let sockets = SocketMap::new(queues).map_err(at("its map of sockets"))?;
        let counters = CounterMap::new(queues + 1).map_err(at("its counters"))?;
        let maps = Maps {
            sockets: sockets.descriptor(),
            counters: counters.descriptor(),
            queues,
        };
        let text = program::text(maps, filter).ok_or_else(|| Error::new(name, Trouble::TooLong))?;
        let program = Program::load(&text).map_err(at("loading the XDP program"))?;
        Ok(Self {
            interface: name.clone(),
            promiscuous: interface.promiscuous,
            places,
            queues,
            sockets,
            counters,
            program,
            active: Mutex::default(),
        })
    }

    /// Attaches the program in the driver, else generic; unless another queue has done so since the interface went that `before` was attached to.
    pub(super) fn attach(&self, before: Turn) -> Result<(Attach, Turn), Error> {
        let index = self.index()?;
        let mut active = self.active.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, how)) = &active.link
            && active.turn != before
        {
            return Ok((*how, active.turn));
        }
        active.link = None;
        let (link, how) = self
            .link(index)
            .map_err(|cause| self.error("attaching the XDP program", cause))?;
        let promiscuous = self.promiscuous.then(|| Promiscuous::on(index)).transpose();
        let promiscuous = promiscuous.map_err(|cause| self.error("promiscuous mode", cause))?;
        let turn = Turn(before.0 + 1);
        *active = Active {
            turn,
            link: Some((link, how)),
            _promiscuous: promiscuous,
        };
        Ok((how, turn))
    }

    fn link(&self, index: u32) -> io::Result<(Link, Attach)> {
        let mut refused = io::ErrorKind::Unsupported.into();
        for &place in self.places {
            match self.program.attach(index, place) {
                Ok(link) => return Ok((link, place)),
                Err(error) => refused = error,
            }
            // Another program is in the way, or there is no way: that is so everywhere.
            let code = refused.raw_os_error();
            if matches!(code, Some(libc::EBUSY | libc::EEXIST | libc::EPERM | libc::ENODEV)) {
                break;
            }
        }
        Err(refused)
    }

    /// The interface's index now.
    pub(super) fn index(&self) -> Result<u32, Error> {
        index(&self.interface)
    }

    pub(super) const fn sockets(&self) -> &SocketMap {
        &self.sockets
    }

    /// A counter of `queue`; the first one's has those of queues that came later too.
    pub(super) fn counter(&self, queue: u32, counter: Counter) -> u64 {
        let strays = if queue == 0 {
            self.counters.read(self.queues, counter)
        } else {
            0
        };
        self.counters.read(queue, counter) + strays
    }

    /// What went wrong on this interface.
    pub(super) fn error(&self, step: &'static str, cause: io::Error) -> Error {
        Error::new(&self.interface, Trouble::of(step, cause))
    }
}

/// The index of the interface of that name.
pub(super) fn index(interface: &str) -> Result<u32, Error> {
    if_nametoindex(interface).map_err(|_| Error::new(interface, Trouble::Missing))
}

/// Its receive queues, and the longest frame it takes, as sysfs has them (Documentation/ABI/testing/sysfs-class-net, sysfs-class-net-queues).
pub(super) fn shape(interface: &str) -> Result<(u32, u32), Error> {
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
