//! The hash of the addresses that were found.

use super::assembler::{Size, Slot};
use super::{NOWHERE, Writer};
use crate::affinity::hash;

impl Writer {
    /// [`hash::packet`] of the innermost IP header, or 0.
    pub(super) fn hash(&mut self) {
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
