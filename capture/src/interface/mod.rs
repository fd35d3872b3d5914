//! The NICs' side of capture: whether they are there, what they and their drivers count, and what is set on them that a sensor should know.

mod driver;
pub(crate) mod link;

use std::io;

use crate::config::{Interface, Mode};
use crate::source::tpacket::ethtool::Names;
use driver::Driver;
use link::{Link, Links};

pub use link::NicCounters;

/// Whether frames can come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// It is up, and something is on the other end of the cable.
    Up,
    /// It was not brought up, or nothing is on the other end.
    Down,
    /// There is no interface of this name.
    #[default]
    Gone,
}

/// Something that a NIC does to frames before they are captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offload {
    /// As `ethtool -k` calls it.
    pub name: &'static str,
    /// Whether it is on.
    pub on: bool,
}

/// Descriptors of a NIC's receive ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingSize {
    /// In use.
    pub now: u32,
    /// What the NIC could have.
    pub max: u32,
}

/// An interface at the moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceState {
    /// Its name.
    pub name: String,
    /// Whether frames can come.
    pub link: LinkState,
    /// It was brought up, whatever is on the other end.
    pub administratively_up: bool,
    /// It takes frames that are not addressed to it.
    pub promiscuous: bool,
    /// Longest IP packet that it sends; most NICs refuse longer ones.
    pub mtu: u32,
    /// Receive queues.
    pub queues: u32,
    /// Totals since the watch began, never less than before, though the interface go and return.
    pub counters: NicCounters,
    /// What the driver counts of losses, under its own names, as it is (`ethtool -S`).
    pub driver: Vec<(String, u64)>,
    /// What is done to frames before they are captured.
    pub offloads: Vec<Offload>,
    /// The NIC's receive ring, where it tells.
    pub ring: Option<RingSize>,
}

/// Looks at the configured interfaces.
#[derive(Debug)]
pub struct Watch {
    links: Links,
    driver: Driver,
    interfaces: Vec<Watched>,
}

#[derive(Debug)]
struct Watched {
    last: Option<Link>,
    mode: Mode,
    names: Names,
    state: InterfaceState,
}

impl Watch {
    /// Begins to watch `interfaces`.
    pub(crate) fn new(interfaces: &[Interface]) -> io::Result<Self> {
        let watched = interfaces.iter().map(|interface| Watched {
            last: None,
            mode: interface.mode,
            names: Names::default(),
            state: InterfaceState {
                name: interface.name.clone(),
                ..InterfaceState::default()
            },
        });
        let mut watch = Self {
            links: Links::open()?,
            driver: Driver::open()?,
            interfaces: watched.collect(),
        };
        watch.look();
        Ok(watch)
    }

    /// How the interfaces are, in the order of the configuration. About eight system calls for each.
    pub fn look(&mut self) -> Vec<InterfaceState> {
        let (links, driver) = (&mut self.links, &self.driver);
        let states = self.interfaces.iter_mut().map(|watched| {
            let link = links.look(&watched.state.name);
            watched.see(link.ok());
            watched.ask(driver);
            watched.state.clone()
        });
        states.collect()
    }
}

impl Watched {
    fn see(&mut self, link: Option<Link>) {
        let state = &mut self.state;
        let Some(link) = link else {
            self.last = None;
            state.link = LinkState::Gone;
            return;
        };
        // What an interface counted before it was first seen is not this run's; what one counted that came back is.
        let first = state.link == LinkState::Gone && state.mtu == 0;
        let before = match self.last {
            Some(last) if last.index == link.index => last.counters,
            _ if first => link.counters,
            _ => NicCounters::default(),
        };
        state.counters.add(before, link.counters);
        state.link = if link.is_up() && link.has_carrier() {
            LinkState::Up
        } else {
            LinkState::Down
        };
        state.administratively_up = link.is_up();
        state.promiscuous = link.promiscuity > 0;
        (state.mtu, state.queues) = (link.mtu, link.queues);
        self.last = Some(link);
    }

    fn ask(&mut self, driver: &Driver) {
        let state = &mut self.state;
        if state.link == LinkState::Gone {
            return;
        }
        state.driver = driver.losses(&state.name, &mut self.names);
        state.offloads = driver.offloads(&state.name);
        // A tag that was taken out comes with the frame in a ring of AF_PACKET, and is lost to an XDP program.
        state
            .offloads
            .retain(|offload| self.mode == Mode::AfXdp || offload.name != driver::VLAN);
        state.ring = driver.ring(&state.name);
    }
}
