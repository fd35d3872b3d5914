//! The program that spreads the frames of an interface over the workers' rings (packet(7), `PACKET_FANOUT_CBPF`): the hash of the innermost pair
//! of IP addresses, the same as [`Affinity`](crate::Affinity) has.
//!
//! The same program on every interface sends both directions of a flow, and both legs of a TAP, to one worker. It follows the tunnels that
//! decode follows, as deep. Fragments go by the addresses of the header that is fragmented: so all pieces of a tunnel's packet reach one
//! worker, which knows from the first one who owns what is inside and hands them over.
//!
//! When it runs the kernel has taken the Ethernet header off, and a VLAN tag behind it; offset 0 is what the EtherType announced.

mod assembler;

use libc::sock_filter;

use crate::affinity::hash;
use crate::decode::MAX_DEPTH;
use crate::tunnel;
use assembler::{Assembler, Label, Size, Slot};

/// `SKF_AD_OFF + SKF_AD_PROTOCOL` (linux/filter.h): the EtherType.
const ETHERTYPE: u32 = 0xffff_f000;
/// No IP header yet.
const NOWHERE: u32 = u32::MAX;
/// Tags looked through behind the one that the kernel takes.
const MAX_TAGS: usize = 3;
/// IPv6 extension headers looked through.
const MAX_EXTENSIONS: usize = 2;
// EtherTypes.
const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;
const ETHERNET: u32 = 0x6558;
const ERSPAN: u32 = 0x88be;
const ERSPAN_III: u32 = 0x22eb;
const TAGS: [u32; 3] = [0x8100, 0x88a8, 0x9100];
// IANA protocol numbers.
const UDP: u32 = 17;
const GRE: u32 = 47;
const EXTENSIONS: [u32; 3] = [0, 43, 60];

/// The program: its result modulo the number of rings is the ring.
pub(crate) fn program() -> Vec<sock_filter> {
    let mut writer = Writer {
        to: Assembler::default(),
        done: Label::default(),
    };
    writer.write();
    writer.to.into_code()
}

struct Writer {
    to: Assembler,
    /// The innermost IP header is found.
    done: Label,
}

/// Where a tunnel's inside goes on.
#[derive(Clone, Copy)]
struct Inside {
    /// X is at an Ethernet header.
    ether: Label,
    /// X is at an IP header.
    ip: Label,
}

impl Writer {
    fn write(&mut self) {
        self.done = self.to.label();
        let mut outer = self.inside();
        self.to.set(NOWHERE);
        self.to.keep(Slot::Header);
        self.to.set_x(0);
        self.to.about(ETHERTYPE);
        self.kinds(outer.ip);
        for _ in 0..MAX_DEPTH {
            self.to.place(outer.ip);
            let inner = self.inside();
            self.ip(Some(inner));
            self.to.place(inner.ether);
            self.ether(inner.ip);
            outer = inner;
        }
        self.to.place(outer.ip);
        self.ip(None);
        self.to.place(self.done);
        self.hash();
    }

    const fn inside(&mut self) -> Inside {
        Inside {
            ether: self.to.label(),
            ip: self.to.label(),
        }
    }

    /// X is at an Ethernet header.
    fn ether(&mut self, ip: Label) {
        self.to.load(Size::Half, 12);
        self.step(14);
        self.kinds(ip);
    }

    /// A is an EtherType, X behind it.
    fn kinds(&mut self, ip: Label) {
        let pppoe = self.to.label();
        for tag in 0..=MAX_TAGS {
            self.to.equal(IPV4, ip);
            self.to.equal(IPV6, ip);
            self.to.equal(u32::from(tunnel::PPPOE), pppoe);
            if tag < MAX_TAGS {
                self.tag();
            }
        }
        self.to.jump(self.done);
        self.to.place(pppoe);
        self.pppoe(ip);
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

    /// X is at an IP header; `inside` is where what it carries goes on, if it is to be looked at.
    fn ip(&mut self, inside: Option<Inside>) {
        let (v4, v6, carried) = (self.to.label(), self.to.label(), self.to.label());
        self.to.load(Size::Byte, 0);
        self.to.right(4);
        self.to.equal(4, v4);
        self.to.equal(6, v6);
        self.to.jump(self.done);
        self.to.place(v4);
        self.v4(inside.is_some(), carried);
        self.to.place(v6);
        self.v6(inside.is_some());
        self.to.place(carried);
        if let Some(inside) = inside {
            self.carried(inside);
        }
    }

    /// RFC 791 §3.1. Then A is the protocol, X behind the header.
    fn v4(&mut self, follow: bool, carried: Label) {
        self.to.keep_x(Slot::Header);
        if !follow {
            return self.to.jump(self.done);
        }
        self.to.load(Size::Half, 6);
        self.to.any(0x3fff, self.done);
        self.to.load(Size::Byte, 9);
        self.to.keep(Slot::Kept);
        self.to.load(Size::Byte, 0);
        self.to.and(0xf);
        self.to.left(2);
        self.to.skip_a();
        self.to.recall(Slot::Kept);
        self.to.jump(carried);
    }

    /// RFC 8200 §3 and §4.1: a fragment header ends the way. Then A is the protocol, X behind the headers.
    fn v6(&mut self, follow: bool) {
        self.to.keep_x(Slot::Header);
        if !follow {
            return self.to.jump(self.done);
        }
        let carried = self.to.label();
        self.to.load(Size::Byte, 6);
        self.step(40);
        for _ in 0..MAX_EXTENSIONS {
            let extension = self.to.label();
            for kind in EXTENSIONS {
                self.to.equal(kind, extension);
            }
            self.to.jump(carried);
            self.to.place(extension);
            self.to.load(Size::Byte, 0);
            self.to.keep(Slot::Kept);
            self.to.load(Size::Byte, 1);
            self.to.add(1);
            self.to.left(3);
            self.to.skip_a();
            self.to.recall(Slot::Kept);
        }
        self.to.place(carried);
    }

    /// A is the protocol, X behind the IP header.
    fn carried(&mut self, inside: Inside) {
        let (udp, gre) = (self.to.label(), self.to.label());
        let (vxlan, geneve, gtp) = (self.to.label(), self.to.label(), self.to.label());
        self.to.equal(GRE, gre);
        self.to.equal(UDP, udp);
        self.to.jump(self.done);
        self.to.place(udp);
        self.to.load(Size::Half, 2);
        self.step(8);
        self.to.equal(u32::from(tunnel::VXLAN), vxlan);
        self.to.equal(u32::from(tunnel::VXLAN_LINUX), vxlan);
        self.to.equal(u32::from(tunnel::GENEVE), geneve);
        self.to.equal(u32::from(tunnel::GTP_U), gtp);
        self.to.equal(u32::from(tunnel::GRE_IN_UDP), gre);
        self.to.jump(self.done);
        self.to.place(vxlan);
        self.vxlan(inside);
        self.to.place(geneve);
        self.geneve(inside);
        self.to.place(gtp);
        self.gtp(inside);
        self.to.place(gre);
        self.gre(inside);
    }

    /// RFC 7348 §5.
    fn vxlan(&mut self, inside: Inside) {
        self.to.load(Size::Byte, 0);
        self.to.none(8, self.done);
        self.to.skip(8);
        self.to.jump(inside.ether);
    }

    /// RFC 8926 §3.4.
    fn geneve(&mut self, inside: Inside) {
        self.to.load(Size::Half, 0);
        self.to.any(0xc080, self.done);
        self.to.load(Size::Half, 2);
        self.to.keep(Slot::Kept);
        self.to.load(Size::Byte, 0);
        self.to.left(2);
        self.to.add(8);
        self.to.skip_a();
        self.to.recall(Slot::Kept);
        self.of_type(inside);
    }

    /// 3GPP TS 29.281 §5.1, with one extension header at most.
    fn gtp(&mut self, inside: Inside) {
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
    fn gre(&mut self, inside: Inside) {
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
        self.of_type(inside);
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
    fn erspan(&mut self, inside: Inside) {
        self.to.recall(Slot::Flags);
        self.to.none(0x1000, inside.ether);
        self.to.load(Size::Byte, 0);
        self.to.right(4);
        self.to.differs(1, self.done);
        self.to.skip(8);
        self.to.jump(inside.ether);
    }

    /// draft-foschiano-erspan §4.3.
    fn erspan_iii(&mut self, inside: Inside) {
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
    fn of_type(&mut self, inside: Inside) {
        self.to.equal(ETHERNET, inside.ether);
        self.to.equal(IPV4, inside.ip);
        self.to.equal(IPV6, inside.ip);
        self.to.jump(self.done);
    }

    /// X += `count`; A is kept.
    fn step(&mut self, count: u32) {
        self.to.keep(Slot::Kept);
        self.to.skip(count);
        self.to.recall(Slot::Kept);
    }

    /// [`hash::packet`] of the innermost IP header, or 0.
    fn hash(&mut self) {
        let (found, v6) = (self.to.label(), self.to.label());
        self.to.recall(Slot::Header);
        self.to.differs(NOWHERE, found);
        self.to.finish(0);
        self.to.place(found);
        self.to.transfer();
        self.to.load(Size::Byte, 0);
        self.to.right(4);
        self.to.equal(6, v6);
        self.pair(12, 1);
        self.to.place(v6);
        self.pair(8, 4);
    }

    /// Ends with the hash of two addresses of `words` words, the first one at `at`.
    fn pair(&mut self, at: u32, words: u32) {
        self.address(at, words);
        self.to.keep(Slot::Half);
        self.address(at + words * 4, words);
        self.to.recall_x(Slot::Half);
        self.to.add_x();
        self.fold(hash::SUM);
        self.to.finish_a();
    }

    /// A = the hash of an address; X is the header before and after.
    fn address(&mut self, at: u32, words: u32) {
        self.to.set(0);
        for word in 0..words {
            self.to.keep(Slot::Fold);
            self.to.recall_x(Slot::Header);
            self.to.load(Size::Word, at + word * 4);
            self.to.recall_x(Slot::Fold);
            self.to.xor_x();
            self.fold(hash::WORD);
        }
    }

    /// Multiplies A and folds it; X is lost.
    fn fold(&mut self, multiplier: u32) {
        self.to.multiply(multiplier);
        self.to.transfer();
        self.to.right(hash::FOLD);
        self.to.xor_x();
    }
}

#[cfg(test)]
mod tests;
