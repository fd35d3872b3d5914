//! Ethernet, tags, PPPoE and MPLS: down to an IP header.
//!
//! A tag that the kernel has taken off and one that is still there make no difference: the EtherType is read wherever it is.

use super::Layer;
use crate::filter::program::{Label, Size, Step, Test};
use crate::tunnel;

/// Tags looked through, as many as the decoder does.
const MAX_TAGS: usize = 3;
/// MPLS labels looked through.
const MAX_LABELS: usize = 4;

// EtherTypes (IEEE registry).
const IPV4: u32 = 0x0800;
const IPV6: u32 = 0x86dd;
/// IEEE 802.1Q, 802.1ad, and what was used before the latter.
const TAGS: [u32; 3] = [0x8100, 0x88a8, 0x9100];
/// RFC 3032 §5, RFC 5332 §3.
const MPLS: [u32; 2] = [0x8847, 0x8848];
/// What hides frames and is not looked into: TRILL (RFC 6325 §6), Cisco's FabricPath and CMD, MACsec (IEEE 802.1AE), VN-Tag, E-Tag (IEEE
/// 802.1BR), NSH (RFC 8300 §10).
const HIDING: [u32; 7] = [0x22f3, 0x8903, 0x8909, 0x88e5, 0x8926, 0x893f, 0x894f];

// PPP protocols (RFC 1661 §2, IANA).
const PPP_IPV4: u32 = 0x0021;
const PPP_IPV6: u32 = 0x0057;

impl Layer<'_> {
    pub(super) fn link(&mut self) {
        self.meet(self.here.ether);
        self.draft.push(Step::Skip(12));
        let [ip, pppoe] = [self.draft.label(), self.draft.label()];
        self.tags(ip);
        self.kinds(pppoe);
        self.pppoe(pppoe);
        self.labels();
        self.draft.place(ip);
        self.skip(2, self.here.ip);
    }

    /// The cursor is at an EtherType, and stays at the last one.
    fn tags(&mut self, ip: Label) {
        let other = self.draft.label();
        for tags in 0..=MAX_TAGS {
            let tag = if tags < MAX_TAGS {
                self.draft.label()
            } else {
                self.ends.tunnel
            };
            self.load(Size::Half, 0);
            self.equal(IPV4, ip);
            self.equal(IPV6, ip);
            TAGS.iter().for_each(|kind| self.equal(*kind, tag));
            if tags < MAX_TAGS {
                self.go(other);
                self.draft.place(tag);
                self.draft.push(Step::Skip(4));
            }
        }
        self.draft.place(other);
    }

    /// The value is an EtherType, and neither IP's nor a tag's.
    fn kinds(&mut self, pppoe: Label) {
        let mpls = self.draft.label();
        self.equal(u32::from(tunnel::PPPOE), pppoe);
        MPLS.iter().for_each(|kind| self.equal(*kind, mpls));
        HIDING.iter().for_each(|kind| self.equal(*kind, self.ends.tunnel));
        self.go(self.ends.not_ip);
        self.draft.place(mpls);
        self.skip(2, self.here.mpls);
    }

    /// RFC 2516 §4: behind the EtherType six bytes, then PPP's protocol; what is no data is the link's own.
    fn pppoe(&mut self, pppoe: Label) {
        let ip = self.draft.label();
        self.draft.place(pppoe);
        self.load(Size::Half, 8);
        self.equal(PPP_IPV4, ip);
        self.equal(PPP_IPV6, ip);
        self.go(self.ends.not_ip);
        self.draft.place(ip);
        self.skip(10, self.here.ip);
    }

    /// RFC 3032 §2.1: `label(20 bits) class(3) bottom(1) ttl(8)`. What is behind the bottom says by its first four bits what it is: an IP
    /// version, or a pseudowire (RFC 4385 §3), which may be anything.
    fn labels(&mut self) {
        let bottom = self.draft.label();
        self.meet(self.here.mpls);
        for _ in 0..MAX_LABELS {
            self.load(Size::Byte, 2);
            self.draft.when(Test::Any(1), bottom);
            self.draft.push(Step::Skip(4));
        }
        self.go(self.ends.tunnel);
        self.draft.place(bottom);
        let ip = self.draft.label();
        self.load(Size::Byte, 4);
        self.draft.push(Step::Right(4));
        self.equal(4, ip);
        self.equal(6, ip);
        self.go(self.ends.tunnel);
        self.draft.place(ip);
        self.skip(4, self.here.ip);
    }
}
