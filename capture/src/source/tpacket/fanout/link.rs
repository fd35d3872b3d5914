//! Ethernet headers, tags and PPPoE sessions.

use super::assembler::{Label, Size};
use super::{Level, Writer};
use crate::tunnel;

/// Tags looked through behind the one that the kernel takes.
const MAX_TAGS: usize = 3;
// EtherTypes.
pub(super) const IPV4: u32 = 0x0800;
pub(super) const IPV6: u32 = 0x86dd;
pub(super) const TAGS: [u32; 3] = [0x8100, 0x88a8, 0x9100];

impl Writer {
    /// X is at an Ethernet header.
    pub(super) fn ether(&mut self) {
        self.to.load(Size::Half, 12);
        self.step(14);
    }

    /// A is an EtherType, X behind it.
    pub(super) fn kinds(&mut self, level: Level) {
        let pppoe = self.to.label();
        for tag in 0..=MAX_TAGS {
            self.to.equal(IPV4, level.ip);
            self.to.equal(IPV6, level.ip);
            self.to.equal(u32::from(tunnel::MPLS), level.mpls);
            self.to.equal(u32::from(tunnel::MPLS_MULTICAST), level.mpls);
            self.to.equal(u32::from(tunnel::PPPOE), pppoe);
            if tag < MAX_TAGS {
                self.tag();
            }
        }
        self.to.jump(self.done);
        self.to.place(pppoe);
        self.pppoe(level.ip);
    }

    /// IEEE 802.1Q-2018 §9.6: `control(2) EtherType(2)`.
    fn tag(&mut self) {
        let tagged = self.to.label();
        for kind in TAGS {
            self.to.equal(kind, tagged);
        }
        self.to.jump(self.done);
        self.to.place(tagged);
        self.to.load(Size::Half, 2);
        self.step(4);
    }

    /// RFC 2516 §4: only what is said to be IP goes on.
    fn pppoe(&mut self, ip: Label) {
        let read = self.to.label();
        self.to.load(Size::Half, 0);
        self.to.differs(0x1100, self.done);
        self.to.load(Size::Half, 6);
        self.to.equal(0x21, read);
        self.to.differs(0x57, self.done);
        self.to.place(read);
        self.to.skip(8);
        self.to.jump(ip);
    }
}
