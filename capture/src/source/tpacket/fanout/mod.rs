//! The program that spreads the frames of an interface over the workers' rings (packet(7), `PACKET_FANOUT_CBPF`): the hash of the innermost pair
//! of IP addresses, the same as [`Affinity`](crate::Affinity) has.
//!
//! The same program on every interface sends both directions of a flow, and both legs of a TAP, to one worker. It follows the tunnels that
//! decode follows, as deep. Fragments go by the addresses of the header that is fragmented: so all pieces of a tunnel's packet reach one
//! worker, which knows from the first one who owns what is inside and hands them over.
//!
//! When it runs the kernel has taken the Ethernet header off, and a VLAN tag behind it; offset 0 is what the EtherType announced.

mod assembler;
mod link;
mod network;
mod sum;
mod tunnels;

use libc::sock_filter;

use crate::decode::MAX_DEPTH;
use assembler::{Assembler, Label, Slot};

/// `SKF_AD_OFF + SKF_AD_PROTOCOL` (linux/filter.h): the EtherType.
const ETHERTYPE: u32 = 0xffff_f000;
/// No IP header yet.
const NOWHERE: u32 = u32::MAX;

/// The program: its result modulo the number of rings is the ring.
pub(crate) fn program() -> Vec<sock_filter> {
    let mut to = Assembler::default();
    let done = to.label();
    let mut writer = Writer { to, done };
    writer.write();
    writer.to.into_code()
}

struct Writer {
    to: Assembler,
    /// The innermost IP header is found.
    done: Label,
}

/// What may be found within so many tunnels.
#[derive(Clone, Copy)]
struct Level {
    /// X is at an Ethernet header.
    ether: Label,
    /// X is at an IP header.
    ip: Label,
    /// X is at a stack of MPLS labels, which has the next level in it.
    mpls: Label,
}

impl Writer {
    fn write(&mut self) {
        let levels: Vec<_> = (0..=MAX_DEPTH).map(|_| self.level()).collect();
        self.to.set(NOWHERE);
        self.to.keep(Slot::Header);
        self.to.set_x(0);
        self.to.about(ETHERTYPE);
        for (depth, level) in levels.iter().enumerate() {
            if depth > 0 {
                self.to.place(level.ether);
                self.ether();
            }
            self.kinds(*level);
            self.to.place(level.ip);
            self.ip(*level, levels.get(depth + 1).copied());
        }
        self.to.place(self.done);
        self.hash();
    }

    const fn level(&mut self) -> Level {
        Level {
            ether: self.to.label(),
            ip: self.to.label(),
            mpls: self.to.label(),
        }
    }

    /// X += `count`; A is kept.
    fn step(&mut self, count: u32) {
        self.to.keep(Slot::Kept);
        self.to.skip(count);
        self.to.recall(Slot::Kept);
    }
}

#[cfg(test)]
mod tests;
