//! What IP carries that has a frame or a packet in it.

use super::assembler::{Label, Size, Slot};
use super::link::{IPV4, IPV6, TAGS};
use super::{Level, Writer};
use crate::tunnel;

/// MPLS labels looked through.
const MAX_LABELS: usize = 4;
// EtherTypes.
const ETHERNET: u32 = 0x6558;
const ERSPAN: u32 = 0x88be;
const ERSPAN_III: u32 = 0x22eb;
const MPLS: u32 = tunnel::MPLS as u32;
const PPPOE: u32 = tunnel::PPPOE as u32;
// IANA protocol numbers.
const IPV4_IN_IP: u32 = 4;
const UDP: u32 = 17;
const IPV6_IN_IP: u32 = 41;
const GRE: u32 = 47;
const MPLS_IN_IP: u32 = 137;

impl Writer {
    /// A is the protocol, X behind the IP header.
    pub(super) fn carried(&mut self, level: Level, inside: Level) {
        let (udp, gre) = (self.to.label(), self.to.label());
        self.to.equal(UDP, udp);
        self.to.equal(GRE, gre);
        self.to.equal(IPV4_IN_IP, inside.ip);
        self.to.equal(IPV6_IN_IP, inside.ip);
        self.to.equal(MPLS_IN_IP, level.mpls);
        self.to.jump(self.done);
        self.to.place(udp);
        self.udp(level, inside, gre);
        self.to.place(gre);
        self.gre(level, inside);
        self.to.place(level.mpls);
        self.mpls(inside);
    }

    /// RFC 768: tunnels are told by the port they are sent to.
    fn udp(&mut self, level: Level, inside: Level, gre: Label) {
        let (vxlan, gpe) = (self.to.label(), self.to.label());
        let (geneve, gtp) = (self.to.label(), self.to.label());
        self.to.load(Size::Half, 2);
        self.step(8);
        self.to.equal(u32::from(tunnel::VXLAN), vxlan);
        self.to.equal(u32::from(tunnel::VXLAN_LINUX), vxlan);
        self.to.equal(u32::from(tunnel::GENEVE), geneve);
        self.to.equal(u32::from(tunnel::VXLAN_GPE), gpe);
        self.to.equal(u32::from(tunnel::GTP_U), gtp);
        self.to.equal(u32::from(tunnel::GRE_IN_UDP), gre);
        self.to.equal(u32::from(tunnel::MPLS_IN_UDP), level.mpls);
        self.to.jump(self.done);
        self.to.place(vxlan);
        self.vxlan(inside);
        self.to.place(gpe);
        self.vxlan_gpe(level, inside);
        self.to.place(geneve);
        self.geneve(level, inside);
        self.to.place(gtp);
        self.gtp(inside);
    }

    /// RFC 7348 §5.
    fn vxlan(&mut self, inside: Level) {
        self.to.load(Size::Byte, 0);
        self.to.none(8, self.done);
        self.to.skip(8);
        self.to.jump(inside.ether);
    }

    /// draft-ietf-nvo3-vxlan-gpe §3.
    fn vxlan_gpe(&mut self, level: Level, inside: Level) {
        let typed = self.to.label();
        self.to.load(Size::Word, 0);
        self.step(8);
        self.to.any(0x3100_0000, self.done);
        self.to.none(0x0800_0000, self.done);
        self.to.any(0x0400_0000, typed);
        self.to.jump(inside.ether);
        self.to.place(typed);
        self.to.and(0xff);
        self.to.equal(1, inside.ip);
        self.to.equal(2, inside.ip);
        self.to.equal(3, inside.ether);
        self.to.equal(5, level.mpls);
        self.to.jump(self.done);
    }

    /// RFC 8926 §3.4.
    fn geneve(&mut self, level: Level, inside: Level) {
        self.to.load(Size::Half, 0);
        self.to.any(0xc080, self.done);
        self.to.load(Size::Half, 2);
        self.to.keep(Slot::Kept);
        self.to.load(Size::Byte, 0);
        self.to.left(2);
        self.to.add(8);
        self.to.skip_a();
        self.to.recall(Slot::Kept);
        self.of_type(level, inside);
    }

    /// 3GPP TS 29.281 §5.1, with one extension header at most.
    fn gtp(&mut self, inside: Level) {
        let (extended, plain) = (self.to.label(), self.to.label());
        self.to.load(Size::Half, 0);
        self.to.and(0xf8ff);
        self.to.differs(0x30ff, self.done);
        self.to.load(Size::Byte, 0);
        self.step(8);
        self.to.any(7, extended);
        self.to.jump(inside.ip);
        self.to.place(extended);
        self.step(3);
        self.to.none(4, plain);
        self.to.load(Size::Byte, 0);
        self.to.equal(0, plain);
        self.to.load(Size::Byte, 1);
        self.to.left(2);
        self.to.skip_a();
        self.to.place(plain);
        self.to.skip(1);
        self.to.jump(inside.ip);
    }

    /// RFC 2784 §2.1, RFC 2890 §2.
    fn gre(&mut self, level: Level, inside: Level) {
        self.to.load(Size::Half, 0);
        self.to.any(0x4c07, self.done);
        self.to.keep(Slot::Flags);
        self.to.load(Size::Half, 2);
        self.step(4);
        for optional in [0x8000, 0x2000, 0x1000] {
            self.optional(optional);
        }
        let (erspan, erspan_iii) = (self.to.label(), self.to.label());
        self.to.equal(ERSPAN, erspan);
        self.to.equal(ERSPAN_III, erspan_iii);
        self.of_type(level, inside);
        self.to.place(erspan);
        self.erspan(inside);
        self.to.place(erspan_iii);
        self.erspan_iii(inside);
    }

    /// Steps over the word that is there where the flags say so; A is kept.
    fn optional(&mut self, flag: u32) {
        let absent = self.to.label();
        self.to.keep(Slot::Kept);
        self.to.recall(Slot::Flags);
        self.to.none(flag, absent);
        self.to.skip(4);
        self.to.place(absent);
        self.to.recall(Slot::Kept);
    }

    /// draft-foschiano-erspan §4.1 and §4.2: without a sequence number it is type I, which has no header.
    fn erspan(&mut self, inside: Level) {
        self.to.recall(Slot::Flags);
        self.to.none(0x1000, inside.ether);
        self.to.load(Size::Byte, 0);
        self.to.right(4);
        self.to.differs(1, self.done);
        self.to.skip(8);
        self.to.jump(inside.ether);
    }

    /// draft-foschiano-erspan §4.3.
    fn erspan_iii(&mut self, inside: Level) {
        let short = self.to.label();
        self.to.load(Size::Byte, 0);
        self.to.right(4);
        self.to.differs(2, self.done);
        self.to.load(Size::Half, 10);
        self.step(12);
        self.to.none(1, short);
        self.step(8);
        self.to.place(short);
        self.to.right(10);
        self.to.and(0x1f);
        self.to.equal(0, inside.ether);
        self.to.equal(2, inside.ip);
        self.to.jump(self.done);
    }

    /// A says by EtherType what is at X.
    fn of_type(&mut self, level: Level, inside: Level) {
        self.to.equal(ETHERNET, inside.ether);
        self.to.equal(IPV4, inside.ip);
        self.to.equal(IPV6, inside.ip);
        self.to.equal(MPLS, level.mpls);
        self.to.equal(u32::from(tunnel::MPLS_MULTICAST), level.mpls);
        self.to.jump(self.done);
    }

    /// RFC 3032 §2.1. What is behind the last label is told by looking, as `tunnel::mpls` does.
    fn mpls(&mut self, inside: Level) {
        let (bottom, v4, v6, worded) = (self.to.label(), self.to.label(), self.to.label(), self.to.label());
        for _ in 0..MAX_LABELS {
            self.to.load(Size::Word, 0);
            self.step(4);
            self.to.any(0x100, bottom);
        }
        self.to.jump(self.done);
        self.to.place(bottom);
        self.to.load(Size::Byte, 0);
        self.to.keep(Slot::Kept);
        self.to.right(4);
        self.to.equal(6, v6);
        self.to.equal(4, v4);
        self.to.differs(0, inside.ether);
        self.to.load(Size::Half, 16);
        for kind in TAGS.iter().chain(&[IPV4, IPV6, MPLS, PPPOE]) {
            self.to.equal(*kind, worded);
        }
        self.to.jump(inside.ether);
        self.to.place(worded);
        self.to.skip(4);
        self.to.jump(inside.ether);
        self.to.place(v4);
        self.looks_like_v4(inside);
        self.to.place(v6);
        self.to.load(Size::Half, 4);
        self.to.add(40);
        self.fits(inside);
    }

    /// The first byte is kept. A length of 0 is a superframe's.
    fn looks_like_v4(&mut self, inside: Level) {
        let header = self.to.label();
        self.to.recall(Slot::Kept);
        self.to.and(0xf);
        self.to.at_least(5, header);
        self.to.jump(inside.ether);
        self.to.place(header);
        self.to.load(Size::Half, 2);
        self.to.equal(0, inside.ip);
        let long = self.to.label();
        self.to.at_least(20, long);
        self.to.jump(inside.ether);
        self.to.place(long);
        self.fits(inside);
    }

    /// A is the length that what is at X says it has: IP if there is so much, else Ethernet.
    fn fits(&mut self, inside: Level) {
        let beyond = self.to.label();
        self.to.keep_x(Slot::Place);
        self.to.add_x();
        self.to.keep(Slot::End);
        self.to.length();
        self.to.transfer();
        self.to.recall(Slot::End);
        self.to.beyond_x(beyond);
        self.to.recall_x(Slot::Place);
        self.to.jump(inside.ip);
        self.to.place(beyond);
        self.to.recall_x(Slot::Place);
        self.to.jump(inside.ether);
    }
}
