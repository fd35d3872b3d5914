//! Classic BPF, written from top to bottom (Documentation/networking/filter.rst): two registers, A and X, sixteen words of memory, forward jumps.

use libc::sock_filter;

/// A word of the program's memory.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    /// Where the innermost IP header begins that was found.
    Header = 0,
    /// What is kept while X moves.
    Kept = 1,
    /// The flags of a GRE header.
    Flags = 2,
    /// A half of the hash.
    Half = 3,
    /// What a fold needs twice.
    Fold = 4,
    /// Where X was while it holds the packet's length.
    Place = 5,
    /// Where a packet ends by what it says.
    End = 6,
}

/// Bytes of a load.
#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    Word = 0x00,
    Half = 0x08,
    Byte = 0x10,
}

/// A place further down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Label(usize);

/// A program that grows.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    code: Vec<sock_filter>,
    /// Jumps that wait for their label: where they are, and to which.
    open: Vec<(usize, Label)>,
    labels: usize,
}

impl Assembler {
    pub(super) const fn label(&mut self) -> Label {
        self.labels += 1;
        Label(self.labels)
    }

    /// `label` is here.
    pub(super) fn place(&mut self, label: Label) {
        let here = self.code.len();
        let code = &mut self.code;
        self.open.retain(|(at, to)| {
            if *to == label
                && let Some(jump) = code.get_mut(*at)
            {
                jump.k = (here - at - 1) as u32;
            }
            *to != label
        });
    }

    /// A = the bytes at X + `offset`; beyond the packet the program ends with 0.
    pub(super) fn load(&mut self, size: Size, offset: u32) {
        self.push(0x40 | size as u16, offset);
    }

    /// A = something about the packet that is not in it (`SKF_AD_OFF` and on).
    pub(super) fn about(&mut self, what: u32) {
        self.push(0x20, what);
    }

    /// A = the packet's length.
    pub(super) fn length(&mut self) {
        self.push(0x80, 0);
    }

    pub(super) fn set(&mut self, value: u32) {
        self.push(0x00, value);
    }

    pub(super) fn set_x(&mut self, value: u32) {
        self.push(0x01, value);
    }

    pub(super) fn recall(&mut self, slot: Slot) {
        self.push(0x60, slot as u32);
    }

    pub(super) fn recall_x(&mut self, slot: Slot) {
        self.push(0x61, slot as u32);
    }

    pub(super) fn keep(&mut self, slot: Slot) {
        self.push(0x02, slot as u32);
    }

    pub(super) fn keep_x(&mut self, slot: Slot) {
        self.push(0x03, slot as u32);
    }

    pub(super) fn add(&mut self, value: u32) {
        self.push(0x04, value);
    }

    pub(super) fn add_x(&mut self) {
        self.push(0x0c, 0);
    }

    pub(super) fn multiply(&mut self, value: u32) {
        self.push(0x24, value);
    }

    pub(super) fn and(&mut self, value: u32) {
        self.push(0x54, value);
    }

    pub(super) fn left(&mut self, bits: u32) {
        self.push(0x64, bits);
    }

    pub(super) fn right(&mut self, bits: u32) {
        self.push(0x74, bits);
    }

    pub(super) fn xor_x(&mut self) {
        self.push(0xac, 0);
    }

    /// X += A
    pub(super) fn skip_a(&mut self) {
        self.add_x();
        self.push(0x07, 0);
    }

    /// X += `count`; A is lost.
    pub(super) fn skip(&mut self, count: u32) {
        self.set(count);
        self.skip_a();
    }

    /// X = A
    pub(super) fn transfer(&mut self) {
        self.push(0x07, 0);
    }

    pub(super) fn jump(&mut self, to: Label) {
        self.open.push((self.code.len(), to));
        self.push(0x05, 0);
    }

    /// Jumps if A is `value`.
    pub(super) fn equal(&mut self, value: u32, to: Label) {
        self.when(0x15, value, to);
    }

    /// Jumps if A is not `value`.
    pub(super) fn differs(&mut self, value: u32, to: Label) {
        self.unless(0x15, value, to);
    }

    /// Jumps if A is `value` or more.
    pub(super) fn at_least(&mut self, value: u32, to: Label) {
        self.when(0x35, value, to);
    }

    /// Jumps if A is more than X.
    pub(super) fn beyond_x(&mut self, to: Label) {
        self.when(0x2d, 0, to);
    }

    /// Jumps if A has any of `bits`.
    pub(super) fn any(&mut self, bits: u32, to: Label) {
        self.when(0x45, bits, to);
    }

    /// Jumps if A has none of `bits`.
    pub(super) fn none(&mut self, bits: u32, to: Label) {
        self.unless(0x45, bits, to);
    }

    /// Ends with A.
    pub(super) fn finish_a(&mut self) {
        self.push(0x16, 0);
    }

    /// Ends with `value`.
    pub(super) fn finish(&mut self, value: u32) {
        self.push(0x06, value);
    }

    /// The program.
    pub(super) fn into_code(self) -> Vec<sock_filter> {
        self.code
    }

    // Conditions reach 255 instructions far only: they step over a jump that reaches everywhere.

    fn when(&mut self, code: u16, k: u32, to: Label) {
        self.code.push(sock_filter { code, jt: 0, jf: 1, k });
        self.jump(to);
    }

    fn unless(&mut self, code: u16, k: u32, to: Label) {
        self.code.push(sock_filter { code, jt: 1, jf: 0, k });
        self.jump(to);
    }

    fn push(&mut self, code: u16, k: u32) {
        self.code.push(sock_filter { code, jt: 0, jf: 0, k });
    }
}
