//! Rings of blocks that the kernel copies frames into: `AF_PACKET` with `TPACKET_V3` (Documentation/networking/packet_mmap.rst).
//!
//! Frames are lent where the kernel put them; a block goes back when the last one of it was passed. What the kernel says is checked, never trusted.
#![expect(
    unsafe_code,
    reason = "memory shared with the kernel, and socket options that no safe crate has"
)]

mod block;
mod clock;
pub(crate) mod ethtool;
pub(crate) mod fanout;
mod memory;
mod socket;
mod stamps;

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use libc::sock_filter;

use crate::config::{Clock as Stamps, Interface};
use crate::source::live::{Head, Ring as LiveRing, RingStats};
use block::{Entry, Start};
use clock::Clock;
use memory::{BLOCK, Mapping};
use socket::PacketSocket;

/// One worker's ring on one interface.
#[derive(Debug)]
pub(crate) struct Ring {
    // Before the socket: unmapped first.
    memory: Mapping,
    socket: PacketSocket,
    interface: u32,
    /// The block that is read, or waited for.
    at: usize,
    /// The entries of that block which were not passed yet; 0 where it is not the worker's.
    left: u32,
    current: Option<Entry>,
    clock: Clock,
    counted: Counted,
}

/// What the ring itself counts until the next [`LiveRing::count`].
#[derive(Debug, Default)]
struct Counted {
    truncated: u64,
    invalid: u64,
    hardware: u64,
}

/// The rings of an interface.
#[derive(Debug)]
pub(crate) struct Opened {
    /// By worker.
    pub(crate) rings: Vec<Ring>,
    /// Why the filter is not in place; every frame is taken then.
    pub(crate) refused: Option<io::Error>,
    /// Why frames do not bear the NIC's time, where that was asked for.
    pub(crate) untimed: Option<stamps::Refused>,
}

/// Opens the rings of `workers` workers on `interface`, which has the number `index`; together they get each frame that `filter` takes once.
///
/// # Errors
/// What the kernel says: `EPERM` without `CAP_NET_RAW`, `ENODEV` where the interface is gone, `ENOMEM`.
pub(crate) fn open(interface: &Interface, index: u32, workers: u8, filter: &[sock_filter]) -> io::Result<Opened> {
    let wanted = interface.timestamps == Stamps::Hardware;
    let untimed = wanted.then(|| stamps::switch_on(&interface.name)).and_then(Result::err);
    let hardware = wanted && untimed.is_none();
    let rings = (0..workers.max(1)).map(|_| Ring::new(interface, index, hardware));
    let rings: Vec<_> = rings.collect::<io::Result<_>>()?;
    if let [first, others @ ..] = rings.as_slice()
        && !others.is_empty()
    {
        // The order of joining is that of the workers.
        let group = first.socket.open_group(&fanout::program())?;
        others.iter().try_for_each(|ring| ring.socket.join_group(group))?;
    }
    // A long filter may be more than net.core.optmem_max allows; a missing one costs time, not frames.
    let refused = rings.iter().try_for_each(|ring| ring.socket.filter(filter)).err();
    if refused.is_some() {
        rings.iter().try_for_each(|ring| ring.socket.filter(&[]))?;
    }
    Ok(Opened {
        rings,
        refused,
        untimed,
    })
}

impl Ring {
    /// A ring that gets nothing yet.
    fn new(interface: &Interface, index: u32, hardware: bool) -> io::Result<Self> {
        let socket = PacketSocket::new()?;
        // Where the kernel is older than 4.20 what this host sends is seen too: nothing on a NIC without addresses.
        let _ = socket.ignore_outgoing();
        if hardware {
            socket.hardware_time(true)?;
        }
        let blocks = ((interface.ring_mib as usize) << 20).div_ceil(BLOCK).max(2);
        socket.ring(blocks)?;
        let memory = Mapping::new(&socket, blocks)?;
        socket.bind(index)?;
        if interface.promiscuous {
            socket.promiscuous(index)?;
        }
        Ok(Self {
            memory,
            socket,
            interface: index,
            at: 0,
            left: 0,
            current: None,
            clock: Clock::default(),
            counted: Counted::default(),
        })
    }

    /// Begins with the block at hand if the kernel has handed it over.
    fn begin(&mut self) {
        let Some(block) = self.memory.block(self.at) else {
            return self.clock.wait();
        };
        let Start { offset, frames } = block::start(block).unwrap_or_default();
        self.left = frames;
        self.enter(Some(offset));
        if let Some(entry) = &mut self.current
            && self.clock.refuses(entry)
        {
            // Blocks that are full already still have its times.
            let _ = self.socket.hardware_time(false);
            entry.head.time = self.clock.time(entry);
        }
    }

    /// Makes the entry at `offset` the current one; where there is none the block is done.
    fn enter(&mut self, offset: Option<usize>) {
        let block = self.memory.block(self.at).unwrap_or_default();
        self.current = match offset {
            Some(offset) if self.left > 0 => block::entry(block, offset),
            _ => None,
        };
        let Some(entry) = &mut self.current else {
            return self.finish();
        };
        self.counted.truncated += u64::from(entry.truncated);
        if entry.hardware {
            self.counted.hardware += 1;
            entry.head.time = self.clock.time(entry);
        }
    }

    /// Gives the block at hand back.
    fn finish(&mut self) {
        self.counted.invalid += u64::from(std::mem::take(&mut self.left));
        self.memory.release(self.at);
        self.at = (self.at + 1) % self.memory.blocks();
    }
}

impl LiveRing for Ring {
    fn head(&mut self) -> Option<Head> {
        if self.current.is_none() {
            self.begin();
        }
        self.current.map(|entry| entry.head)
    }

    fn data(&self) -> &[u8] {
        let Some(entry) = self.current else {
            return &[];
        };
        let block = self.memory.block(self.at);
        block
            .and_then(|block| block.get(entry.start..entry.end))
            .unwrap_or_default()
    }

    fn advance(&mut self) {
        if let Some(entry) = self.current.take() {
            self.left = self.left.saturating_sub(1);
            self.enter(entry.next);
        }
    }

    fn count(&mut self, stats: &mut RingStats) -> io::Result<()> {
        let own = std::mem::take(&mut self.counted);
        stats.truncated += own.truncated;
        stats.invalid += own.invalid;
        stats.hardware_times += own.hardware;
        let kernel = self.socket.statistics()?;
        stats.kernel += u64::from(kernel.tp_packets);
        stats.dropped += u64::from(kernel.tp_drops);
        stats.freezes += u64::from(kernel.tp_freeze_q_cnt);
        Ok(())
    }

    fn is_alive(&self) -> bool {
        self.socket.interface() == Some(self.interface)
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
