//! What carries frames in datagrams: the value is the destination port, the cursor at the UDP header.
//!
//! The headers are those of [`crate::tunnel`]. What cannot be followed passes; what is no such header has been judged by its addresses and
//! ports before, and is nothing else.

use super::{Inside, Layer};
use crate::filter::program::{Label, Size, Step, Test};

// UDP destination ports (IANA), and the one that Linux took for VXLAN before there was one.
const GTP_U: u32 = 2_152;
const GRE: u32 = 4_754;
const VXLAN: [u32; 2] = [4_789, 8_472];
const GENEVE: u32 = 6_081;
const VXLAN_GPE: u32 = 4_790;
const MPLS: u32 = 6_635;
/// What carries frames and is not looked into: L2TP, ESP, TZSP.
const HIDING: [u32; 3] = [1_701, 4_500, 37_008];

// EtherTypes.
const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;
const ETHERNET: u32 = 0x6558;

impl Layer<'_> {
    pub(super) fn tunnels(&mut self, gre: Label) {
        let Some(inside) = self.inside else {
            return self.unfollowed(gre);
        };
        let [gtp, in_udp, vxlan, gpe, geneve, mpls] = [(); 6].map(|()| self.draft.label());
        self.equal(GTP_U, gtp);
        self.equal(GRE, in_udp);
        VXLAN.iter().for_each(|port| self.equal(*port, vxlan));
        self.equal(VXLAN_GPE, gpe);
        self.equal(GENEVE, geneve);
        self.equal(MPLS, mpls);
        HIDING.iter().for_each(|port| self.equal(*port, self.ends.tunnel));
        self.go(self.ends.elsewhere);
        self.vxlan(vxlan, inside);
        self.vxlan_gpe(gpe, inside);
        self.draft.place(mpls);
        self.skip(8, inside.mpls);
        self.geneve(geneve, inside);
        self.gtp(gtp, inside);
        self.draft.place(in_udp);
        self.draft.push(Step::Skip(8));
        self.meet(gre);
        self.gre(inside);
    }

    /// No deeper: all of them pass.
    fn unfollowed(&mut self, gre: Label) {
        for port in [GTP_U, GRE, VXLAN_GPE, GENEVE, MPLS]
            .iter()
            .chain(&VXLAN)
            .chain(&HIDING)
        {
            self.equal(*port, self.ends.tunnel);
        }
        self.go(self.ends.elsewhere);
        self.draft.place(gre);
        self.go(self.ends.tunnel);
    }

    /// RFC 7348 §5.
    fn vxlan(&mut self, here: Label, inside: Inside) {
        self.draft.place(here);
        self.load(Size::Byte, 8);
        self.draft.unless(Test::Any(8), self.ends.elsewhere);
        self.skip(16, inside.ether);
    }

    /// draft-ietf-nvo3-vxlan-gpe §3: what is next is at 3, if P says that it is valid.
    fn vxlan_gpe(&mut self, here: Label, inside: Inside) {
        let [ether, ip] = [(); 2].map(|()| self.draft.label());
        self.draft.place(here);
        self.load(Size::Byte, 8);
        self.draft.push(Step::And(0x3d));
        self.equal(8, ether);
        self.draft.unless(Test::Equal(0xc), self.ends.tunnel);
        self.load(Size::Byte, 11);
        self.equal(1, ip);
        self.equal(2, ip);
        self.draft.unless(Test::Equal(3), self.ends.tunnel);
        for (way, to) in [(ether, inside.ether), (ip, inside.ip)] {
            self.draft.place(way);
            self.skip(16, to);
        }
    }

    /// RFC 8926 §3.4.
    fn geneve(&mut self, here: Label, inside: Inside) {
        let [ether, ip] = [(); 2].map(|()| self.draft.label());
        self.draft.place(here);
        self.load(Size::Byte, 8);
        self.draft.when(Test::Any(0xc0), self.ends.tunnel);
        self.load(Size::Half, 10);
        self.equal(ETHERNET, ether);
        self.equal(IPV4, ip);
        self.equal(IPV6, ip);
        self.go(self.ends.tunnel);
        for (way, to) in [(ether, inside.ether), (ip, inside.ip)] {
            self.draft.place(way);
            self.load(Size::Byte, 8);
            self.draft.push(Step::And(0x3f));
            self.draft.push(Step::Left(2));
            self.draft.push(Step::Add(16));
            self.draft.push(Step::SkipValue);
            self.go(to);
        }
    }

    /// 3GPP TS 29.281 §5.1: extension headers are not looked through.
    fn gtp(&mut self, here: Label, inside: Inside) {
        let [short, long] = [(); 2].map(|()| self.draft.label());
        self.draft.place(here);
        self.load(Size::Half, 8);
        self.draft.push(Step::And(0xf8ff));
        self.draft.unless(Test::Equal(0x30ff), self.ends.elsewhere);
        self.load(Size::Byte, 8);
        self.draft.unless(Test::Any(7), short);
        self.draft.unless(Test::Any(4), long);
        self.load(Size::Byte, 19);
        self.draft.unless(Test::Equal(0), self.ends.tunnel);
        self.draft.place(long);
        self.skip(20, inside.ip);
        self.draft.place(short);
        self.skip(16, inside.ip);
    }
}
