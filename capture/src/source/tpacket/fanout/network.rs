//! IP headers.

use super::assembler::{Label, Size, Slot};
use super::{Level, Writer};

/// IPv6 extension headers looked through.
const MAX_EXTENSIONS: usize = 2;
// IANA protocol numbers: hop-by-hop options, routing, destination options.
const EXTENSIONS: [u32; 3] = [0, 43, 60];

impl Writer {
    /// X is at an IP header; `inside` is the level of what it carries, if that is to be looked at.
    pub(super) fn ip(&mut self, level: Level, inside: Option<Level>) {
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
        match inside {
            Some(inside) => self.carried(level, inside),
            // As deep as decode goes.
            None => self.to.place(level.mpls),
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
}
