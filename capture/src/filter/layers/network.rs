//! IP: addresses, fragments, and the way through options and extension headers to what is carried.

use super::Layer;
use crate::filter::program::{Label, Size, Step, Test};

/// IPv6 extension headers looked through.
const MAX_EXTENSIONS: usize = 2;

// IANA protocol numbers.
const HOP_BY_HOP: u32 = 0;
const IP_IN_IP: u32 = 4;
const TCP: u32 = 6;
const UDP: u32 = 17;
const IPV6: u32 = 41;
const ROUTING: u32 = 43;
const FRAGMENT: u32 = 44;
const GRE: u32 = 47;
const DESTINATION_OPTIONS: u32 = 60;
/// What hides packets and is not looked into: ESP, AH, Mobile IP, IP within IP, EtherIP, other encapsulations, compression, L2TP, MPLS.
const HIDING: [u32; 9] = [50, 51, 55, 94, 97, 98, 108, 115, 137];

/// The cursor is at what an IP header is followed by.
#[derive(Clone, Copy)]
pub(super) struct Carried {
    pub(super) tcp: Label,
    pub(super) udp: Label,
    pub(super) gre: Label,
    /// At a transport header, in a packet from or to a controller.
    pub(super) bulk_tcp: Label,
    pub(super) bulk_udp: Label,
}

impl Layer<'_> {
    pub(super) fn network(&mut self) {
        let [v4, v6] = [self.draft.label(), self.draft.label()];
        let carried = Carried {
            tcp: self.draft.label(),
            udp: self.draft.label(),
            gre: self.draft.label(),
            bulk_tcp: self.draft.label(),
            bulk_udp: self.draft.label(),
        };
        self.draft.place(self.here.ip);
        self.draft.push(Step::Mark);
        self.load(Size::Byte, 0);
        self.draft.push(Step::Right(4));
        self.equal(4, v4);
        self.equal(6, v6);
        self.go(self.ends.damaged);
        self.draft.place(v4);
        self.v4(carried);
        self.close();
        self.draft.place(v6);
        self.v6(carried);
        self.close();
        self.bulk(carried);
        self.close();
        self.transport(carried);
    }

    /// RFC 791 §3.1: flags and fragment offset at 6, protocol at 9, addresses at 12 and 16.
    fn v4(&mut self, carried: Carried) {
        let (rules, controller) = (self.rules, self.draft.label());
        self.addresses(&rules.v4, [12, 16], controller);
        self.in_pieces();
        self.load(Size::Byte, 9);
        self.carried_v4(carried);
        self.draft.place(controller);
        self.controller_v4(carried);
    }

    /// RFC 8200 §3: next header at 6, addresses at 8 and 24.
    fn v6(&mut self, carried: Carried) {
        let (rules, controller) = (self.rules, self.draft.label());
        self.addresses(&rules.v6, [8, 24], controller);
        self.load(Size::Byte, 6);
        self.carried_v6(carried);
        self.draft.place(controller);
        if rules.v6.is_empty() {
            return;
        }
        let [tcp, udp] = [self.draft.label(), self.draft.label()];
        self.load(Size::Byte, 6);
        self.equal(TCP, tcp);
        self.equal(UDP, udp);
        self.go(self.ends.controller);
        self.draft.place(tcp);
        self.skip(40, carried.bulk_tcp);
        self.draft.place(udp);
        self.skip(40, carried.bulk_udp);
    }

    /// Goes to `hit` if one of both addresses is a controller's.
    fn addresses(&mut self, addresses: &[Vec<u32>], at: [u16; 2], hit: Label) {
        let addresses: Vec<_> = addresses.iter().map(Vec::as_slice).collect();
        for at in at {
            let miss = self.draft.label();
            self.words(&addresses, at, hit, miss);
            self.draft.place(miss);
        }
    }

    /// Goes to `hit` if the words at `at` are those of one of `addresses`, which are sorted: word by word, so that what they share is
    /// compared once.
    fn words(&mut self, addresses: &[&[u32]], at: u16, hit: Label, miss: Label) {
        let groups: Vec<_> = addresses.chunk_by(|one, other| one.first() == other.first()).collect();
        let mut branches = Vec::new();
        for group in groups {
            let Some((first, rest)) = group.first().and_then(|address| address.split_first()) else {
                continue;
            };
            let to = if rest.is_empty() { hit } else { self.draft.label() };
            branches.push(((*first, to), group));
        }
        if branches.is_empty() {
            return;
        }
        self.load(Size::Word, at);
        let values: Vec<_> = branches.iter().map(|(branch, _)| *branch).collect();
        self.draft.search(&values, miss);
        for ((_, to), group) in branches {
            let rest: Vec<_> = group.iter().filter_map(|address| address.get(1..)).collect();
            if rest.iter().any(|rest| !rest.is_empty()) {
                self.draft.place(to);
                self.words(&rest, at + 4, hit, miss);
            }
        }
    }

    /// Fragments of what may be a tunnel pass: of all but the first there is no telling what they carry. TCP carries none.
    fn in_pieces(&mut self) {
        let [pieces, whole] = [self.draft.label(), self.draft.label()];
        self.load(Size::Half, 6);
        self.draft.unless(Test::Any(0x3fff), whole);
        self.draft.place(pieces);
        self.load(Size::Byte, 9);
        if !self.rules.reads_tcp_ports() {
            self.equal(TCP, self.ends.elsewhere);
        }
        for kind in [TCP, UDP, GRE, IP_IN_IP, IPV6] {
            self.equal(kind, self.ends.fragment);
        }
        HIDING.iter().for_each(|kind| self.equal(*kind, self.ends.fragment));
        self.go(self.ends.protocol);
        self.draft.place(whole);
    }

    /// The value is the protocol.
    fn carried_v4(&mut self, carried: Carried) {
        let ip = self.inner();
        let all = [
            (TCP, self.tcp(carried)),
            (UDP, carried.udp),
            (GRE, carried.gre),
            (IP_IN_IP, ip),
            (IPV6, ip),
        ];
        let ways: Vec<_> = all.iter().map(|(kind, to)| (*kind, *to, self.draft.label())).collect();
        ways.iter().for_each(|(kind, _, way)| self.equal(*kind, *way));
        HIDING.iter().for_each(|kind| self.equal(*kind, self.ends.tunnel));
        self.go(self.ends.protocol);
        for (_, to, way) in ways {
            self.draft.place(way);
            self.skip_v4(to);
        }
    }

    /// The header's length is in words in the second four bits.
    fn skip_v4(&mut self, to: Label) {
        self.load(Size::Byte, 0);
        self.draft.push(Step::And(0xf));
        self.draft.push(Step::Left(2));
        self.draft.push(Step::SkipValue);
        self.go(to);
    }

    /// TCP between strangers is looked at where there are ports to look for.
    fn tcp(&self, carried: Carried) -> Label {
        if self.rules.reads_tcp_ports() {
            carried.tcp
        } else {
            self.ends.elsewhere
        }
    }

    fn controller_v4(&mut self, carried: Carried) {
        if self.rules.v4.is_empty() {
            return;
        }
        let [tcp, udp] = [self.draft.label(), self.draft.label()];
        self.load(Size::Half, 6);
        self.draft.when(Test::Any(0x3fff), self.ends.controller);
        self.load(Size::Byte, 9);
        self.equal(TCP, tcp);
        self.equal(UDP, udp);
        self.go(self.ends.controller);
        self.draft.place(tcp);
        self.skip_v4(carried.bulk_tcp);
        self.draft.place(udp);
        self.skip_v4(carried.bulk_udp);
    }

    /// The value is the next header; RFC 8200 §4.1. Behind extension headers only the transports and GRE are looked for.
    fn carried_v6(&mut self, carried: Carried) {
        let (ip, other) = (self.inner(), self.draft.label());
        let mut extension = self.draft.label();
        let transports = [(TCP, self.tcp(carried)), (UDP, carried.udp), (GRE, carried.gre)];
        self.next_v6(
            &[&transports[..], &[(IP_IN_IP, ip), (IPV6, ip)]].concat(),
            [extension, other],
            |layer, to| {
                layer.skip(40, to);
            },
        );
        for count in 0..MAX_EXTENSIONS {
            self.draft.place(extension);
            self.load(Size::Byte, 0);
            extension = if count + 1 < MAX_EXTENSIONS {
                self.draft.label()
            } else {
                self.ends.tunnel
            };
            // Its length is in eight bytes, the first eight not counted.
            self.next_v6(&transports, [extension, other], |layer, to| {
                layer.load(Size::Byte, 1);
                layer.draft.push(Step::Add(1));
                layer.draft.push(Step::Left(3));
                layer.draft.push(Step::SkipValue);
                layer.go(to);
            });
        }
        self.draft.place(other);
        self.equal(FRAGMENT, self.ends.fragment);
        self.equal(IP_IN_IP, self.ends.tunnel);
        self.equal(IPV6, self.ends.tunnel);
        HIDING.iter().for_each(|kind| self.equal(*kind, self.ends.tunnel));
        self.go(self.ends.protocol);
    }

    /// Over a header to what the value says is next: one of `all`, an extension header, or, without a step, something else.
    fn next_v6(&mut self, all: &[(u32, Label)], [extension, other]: [Label; 2], skip: impl Fn(&mut Self, Label)) {
        let mut ways: Vec<_> = all.iter().map(|(kind, to)| (*kind, *to, self.draft.label())).collect();
        let behind = self.draft.label();
        ways.iter().for_each(|(kind, _, way)| self.equal(*kind, *way));
        for kind in [HOP_BY_HOP, ROUTING, DESTINATION_OPTIONS] {
            self.equal(kind, behind);
        }
        self.go(other);
        ways.push((HOP_BY_HOP, extension, behind));
        for (_, to, way) in ways {
            self.draft.place(way);
            skip(self, to);
        }
    }
}
