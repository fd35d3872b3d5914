//! GRE and what mirrors put into it.

use super::{Inside, Layer};
use crate::filter::program::{Label, Size, Step, Test};

const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;
const ETHERNET: u32 = 0x6558;
const ERSPAN: u32 = 0x88be;
const ERSPAN_III: u32 = 0x22eb;

// Flags (RFC 2784 §2.1, RFC 2890 §2).
const CHECKSUM: u32 = 0x8000;
const KEY: u32 = 0x2000;
const SEQUENCE: u32 = 0x1000;
/// Routing, and what is no version 0: PPTP (RFC 2637 §4.1).
const OTHER: u32 = 0x4c07;

impl Layer<'_> {
    /// The cursor is at a GRE header. What has a checksum is not looked into: no mirror is known to send one.
    pub(super) fn gre(&mut self, inside: Inside) {
        let [ip, ether, erspan, erspan_iii] = [(); 4].map(|()| self.draft.label());
        self.load(Size::Half, 0);
        self.draft.when(Test::Any(OTHER | CHECKSUM), self.ends.tunnel);
        self.load(Size::Half, 2);
        self.equal(ERSPAN, erspan);
        self.equal(ERSPAN_III, erspan_iii);
        self.equal(ETHERNET, ether);
        self.equal(IPV4, ip);
        self.equal(IPV6, ip);
        self.go(self.ends.tunnel);
        for (here, to) in [(ip, inside.ip), (ether, inside.ether)] {
            self.draft.place(here);
            self.over(to, to, 0);
        }
        // Type I has neither a sequence number nor a header of its own, type II has both.
        self.draft.place(erspan);
        self.over(inside.ether, inside.ether, 8);
        let header = self.draft.label();
        self.draft.place(erspan_iii);
        self.over(header, header, 0);
        self.draft.place(header);
        self.erspan_iii(inside);
    }

    /// Over the header and the words that its flags announce: to `plain`, or `more` bytes further to `numbered` where a sequence number is
    /// among them.
    fn over(&mut self, plain: Label, numbered: Label, more: u32) {
        let keyed = self.draft.label();
        self.load(Size::Half, 0);
        self.draft.when(Test::Any(KEY), keyed);
        for bytes in [4, 8] {
            let with = self.draft.label();
            self.draft.when(Test::Any(SEQUENCE), with);
            self.skip(bytes, plain);
            self.draft.place(with);
            self.skip(bytes + 4 + more, numbered);
            if bytes == 4 {
                self.draft.place(keyed);
            }
        }
    }

    /// draft-foschiano-erspan §4.3: twelve bytes, and eight more where the last bit says so; type 0 is Ethernet, 2 is IP.
    fn erspan_iii(&mut self, inside: Inside) {
        let [ether, ip] = [(); 2].map(|()| self.draft.label());
        self.load(Size::Byte, 10);
        self.draft.push(Step::Right(2));
        self.draft.push(Step::And(0x1f));
        self.equal(0, ether);
        self.equal(2, ip);
        self.go(self.ends.tunnel);
        for (here, to) in [(ether, inside.ether), (ip, inside.ip)] {
            let more = self.draft.label();
            self.draft.place(here);
            self.load(Size::Byte, 11);
            self.draft.when(Test::Any(1), more);
            self.skip(12, to);
            self.draft.place(more);
            self.skip(20, to);
        }
    }
}
