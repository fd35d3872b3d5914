//! Which worker gets which ring, while they are opened.

use libc::sock_filter;

use super::door::Door;
use super::elephants::Elephants;
use super::error::OpenError;
use super::member::Member;
use crate::config::{Clock, Config, Interface, Mode};
use crate::filter::{Filter, Instruction};
use crate::source::xdp::{self, Judge};

/// What was opened so far.
#[derive(Debug)]
pub(super) struct Opening {
    filter: Vec<sock_filter>,
    /// What AF_XDP's program asks.
    extended: Filter,
    /// Whether that cuts what nobody reads.
    cuts: bool,
    /// By worker, then in the order of the interfaces.
    pub(super) members: Vec<Vec<Member>>,
    pub(super) elephants: Elephants,
    pub(super) modes: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Opening {
    pub(super) fn new(config: &Config, workers: u8) -> Self {
        let filter = Filter::new(config);
        Self {
            filter: filter
                .clone()
                .fitting()
                .classic()
                .into_iter()
                .map(instruction)
                .collect(),
            extended: filter,
            cuts: config.filter.elephants,
            elephants: Elephants::default(),
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
        self.elephants.push(None);
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
        if interface.timestamps == Clock::Hardware {
            self.notes.push(format!(
                "{}: AF_XDP has no hardware timestamps; frames bear the time of the XDP program",
                interface.name
            ));
        }
        self.elephants.push(rings.first().and_then(xdp::Ring::elephants));
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
    /// The queues of the NIC; where the kernel refuses to cut what nobody reads, or to filter at all, without.
    fn queues(&mut self, interface: &Interface) -> Result<Vec<xdp::Ring>, xdp::Error> {
        let workers = self.members.len();
        let plain = self.extended.extended(None);
        let ways = [
            (Judge::Cutting(&self.extended), "so frames that nobody reads come whole"),
            (Judge::Fixed(&plain), "so every frame is taken and sorted here"),
        ];
        for (judge, instead) in ways.into_iter().skip(usize::from(!self.cuts)) {
            match xdp::open(interface, workers, judge) {
                Err(error) if error.is_of_the_program() => self.notes.push(format!("{error}; {instead}")),
                other => return other,
            }
        }
        xdp::open(interface, workers, Judge::Fixed(&[]))
    }
}

const fn instruction(instruction: Instruction) -> sock_filter {
    let Instruction { code, jt, jf, k } = instruction;
    sock_filter { code, jt, jf, k }
}
