//! AF_XDP: frames from the driver into memory of this process, past the kernel's network stack.
//!
//! An own XDP program (`program.rs`) runs for each frame that reaches the interface. It counts it, asks the kernel-side filter, notes time and
//! length in front of it and redirects it to the socket of its receive queue: one socket, one UMEM, one [`Ring`] for each queue. The program is
//! attached by a link, which ends with the process however it ends.
//!
//! Sources: Documentation/networking/af_xdp.rst, include/uapi/linux/{if_xdp,bpf}.h. Needs Linux 5.18, and the capabilities `CAP_NET_RAW`,
//! `CAP_NET_ADMIN` and `CAP_BPF` to open; to open again after the interface was gone `CAP_NET_RAW` is enough, since program and
//! maps are kept; rings are smaller then where locked memory is limited (`LimitMEMLOCK=`).
//!
//! **Ledger.** Every frame is in exactly one place ([`counters::Counters`]): seen = filtered + unclaimed + redirected, and redirected = received +
//! waiting + invalid + dropped + ring full + hidden. What is lost before the program is the interface's to count; some interfaces (veth) count what
//! the program or the socket drops once more as their `rx_dropped`.
//!
//! **Time** is that of the program, so a few microseconds after the frame came. A hardware timestamp would need a program bound to one driver
//! (Documentation/networking/xdp-rx-metadata.rst), which does not survive the interface: there is none. Where the driver has no XDP metadata it is
//! the time of reading.
//!
//! **VLAN.** A tag that the hardware took out is not seen by an XDP program: `ethtool -K IF rxvlan off`.
//!
//! **Length.** A frame longer than a chunk comes in pieces where kernel and driver have that and is put together here; where they have not it is
//! dropped and counted by the kernel (`dropped`). Superframes: `ethtool -K IF lro off gro off`.

mod attachment;
mod bound;
mod bpf;
mod clock;
mod counters;
mod error;
mod memory;
mod pace;
mod program;
mod promiscuous;
mod queue;
mod ring;
mod shape;
mod socket;
mod umem;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use nix::sys::resource::{RLIM_INFINITY, Resource, setrlimit};

use crate::config::Interface;
use crate::filter::Filter;
use attachment::Attachment;
use shape::Size;

use bpf::Attach;

pub(crate) use bpf::ElephantMap;
pub(crate) use error::Error;
pub(crate) use queue::Ring;

/// What is asked of each frame: a function in eBPF instructions (RFC 9669 §3), called with `R1` = `struct xdp_md *`, that ends in `exit` with 0 for
/// a frame to drop, 1 for one to keep, n for one to cut to n bytes, and does not change the frame.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Judge<'a> {
    /// This one; none keeps all.
    Fixed(&'a [u64]),
    /// The filter's, which cuts what a map says that nobody reads.
    Cutting(&'a Filter),
}

/// How frames come to a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Where the program runs.
    attach: Attach,
    /// Whether the driver writes into the ring's memory itself; else the kernel copies.
    zero_copy: bool,
    /// Whether frames longer than a chunk arrive.
    long_frames: bool,
}

impl fmt::Display for Mode {
    /// `native, copied`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attach = match self.attach {
            Attach::Native => "native",
            Attach::Generic => "generic",
        };
        let copy = if self.zero_copy { "zero-copy" } else { "copied" };
        let long = if self.long_frames {
            ""
        } else {
            ", no frames longer than a chunk"
        };
        write!(f, "{attach}, {copy}{long}")
    }
}

/// Opens every receive queue of an interface: one ring each, in the order of the queues; `workers` workers will share them.
///
/// # Errors
/// When the interface is missing, has addresses of its own, carries another XDP program, or the kernel or the driver does not have what is needed;
/// frames may then be taken in another way.
pub(crate) fn open(interface: &Interface, workers: usize, judge: Judge<'_>) -> Result<Vec<Ring>, Error> {
    open_in(interface, workers, judge, &[Attach::Native, Attach::Generic])
}

/// As [`open`], with the places for the program that are to be tried.
fn open_in(
    interface: &Interface,
    workers: usize,
    judge: Judge<'_>,
    places: &'static [Attach],
) -> Result<Vec<Ring>, Error> {
    let (queues, mtu) = shape::of(&interface.name)?;
    shape::refuse_addressed(&interface.name)?;
    // Where it is refused, a limit that is too low shows when the memory is registered.
    let _ = setrlimit(Resource::RLIMIT_MEMLOCK, RLIM_INFINITY, RLIM_INFINITY);
    let attachment = Arc::new(Attachment::load(interface, queues, judge, places)?);
    // What is a worker's is shared by its queues: a NIC may have as many as the machine has processors.
    let share = interface.ring_mib.saturating_mul(queues.min(workers.max(1) as u32)) / queues;
    let size = Size::new(share, mtu);
    let rings = (0..queues).map(|queue| Ring::open(Arc::clone(&attachment), queue, size));
    let mut rings = rings.collect::<Result<Vec<_>, _>>()?;
    rings.iter_mut().try_for_each(Ring::attach)?;
    Ok(rings)
}
