//! Which worker gets which ring, while they are opened.

use libc::sock_filter;

use super::door::Door;
use super::error::OpenError;
use super::member::Member;
use crate::config::{Config, Interface, Mode};
use crate::filter::{Filter, Instruction};
use crate::source::xdp;

/// What was opened so far.
#[derive(Debug)]
pub(super) struct Opening {
    filter: Vec<sock_filter>,
    extended: Vec<u64>,
    /// By worker, then in the order of the interfaces.
    pub(super) members: Vec<Vec<Member>>,
    pub(super) modes: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Opening {
    pub(super) fn new(config: &Config, workers: u8) -> Self {
        let filter = Filter::new(config);
        let extended = filter.extended(None);
        Self {
            filter: filter.fitting().classic().into_iter().map(instruction).collect(),
            extended,
            members: (0..workers).map(|_| Vec::new()).collect(),
            modes: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Opens `interface`, which has the place `at` in the configuration.
    pub(super) fn open(&mut self, at: u16, interface: &Interface) -> Result<(), OpenError> {
        match interface.mode {
            Mode::Tpacket => self.tpacket(at, interface),
            Mode::AfXdp => self.xdp(at, interface),
        }
    }

    /// One ring for each worker, over which the kernel spreads the frames.
    fn tpacket(&mut self, at: u16, interface: &Interface) -> Result<(), OpenError> {
        let door = Door::open(interface, self.members.len() as u8, &self.filter)?;
        self.notes.extend(door.notes());
        for (worker, members) in (0..).zip(&mut self.members) {
            members.push(Member::behind(&door, worker, at));
        }
        self.modes.push("tpacket".to_owned());
        Ok(())
    }

    /// One ring for each queue of the NIC, dealt out to the workers.
    fn xdp(&mut self, at: u16, interface: &Interface) -> Result<(), OpenError> {
        let rings = match self.queues(interface) {
            Ok(rings) => rings,
            Err(error) => {
                self.tpacket(at, interface)?;
                self.notes.push(format!(
                    "AF_XDP is not to be had, so frames are taken with TPACKET_V3: {error}"
                ));
                return Ok(());
            }
        };
        let mode = rings.first().map(|ring| format!("af-xdp {}", ring.mode()));
        self.modes.push(mode.unwrap_or_default());
        let workers = self.members.len().max(1);
        for (queue, ring) in rings.into_iter().enumerate() {
            if let Some(members) = self.members.get_mut(queue % workers) {
                members.push(Member::alone(Box::new(ring), at));
            }
        }
        Ok(())
    }
}

impl Opening {
    /// The queues of the NIC, filtered unless the kernel refuses the filter.
    fn queues(&mut self, interface: &Interface) -> Result<Vec<xdp::Ring>, xdp::Error> {
        let workers = self.members.len();
        match xdp::open(interface, workers, &self.extended) {
            Err(error) if error.is_of_the_program() && !self.extended.is_empty() => {
                let rings = xdp::open(interface, workers, &[])?;
                self.notes
                    .push(format!("{error}; so every frame is taken and sorted here"));
                Ok(rings)
            }
            other => other,
        }
    }
}

const fn instruction(instruction: Instruction) -> sock_filter {
    let Instruction { code, jt, jf, k } = instruction;
    sock_filter { code, jt, jf, k }
}
