//! An assembler of eBPF as small as the filter and the XDP program around it need it (RFC 9669 §3): `opcode(8) destination(4) source(4) offset(16) immediate(32)`, little-endian.
//!
//! Invariant: what [`Assembler::finish`] gives has no jump without a target.

/// Opcode parts (RFC 9669 §3.1, §4, §5).
mod op {
    pub(super) const LOAD: u8 = 0x61; // LDX | MEM, without its width
    pub(super) const STORE: u8 = 0x63; // STX | MEM
    pub(super) const STORE_VALUE: u8 = 0x62; // ST | MEM
    pub(super) const ADD: u8 = 0x07;
    pub(super) const SUBTRACT: u8 = 0x1f;
    pub(super) const SUBTRACT_WORD: u8 = 0x1c;
    pub(super) const AND: u8 = 0x57;
    pub(super) const LEFT: u8 = 0x67;
    pub(super) const RIGHT: u8 = 0x77;
    pub(super) const SET: u8 = 0xb7;
    pub(super) const SET_TO: u8 = 0xbf;
    pub(super) const TO_BIG_ENDIAN: u8 = 0xdc;
    pub(super) const REGISTER: u8 = 0x08;
    pub(super) const JUMP: u8 = 0x05;
    pub(super) const JUMP_WORD: u8 = 0x06;
    pub(super) const CALL: u8 = 0x85;
    /// Source of [`CALL`]: the immediate is a distance in the program.
    pub(super) const LOCAL: u8 = 1;
    pub(super) const EXIT: u8 = 0x95;
    pub(super) const ATOMIC_DOUBLE: u8 = 0xdb; // STX | ATOMIC | DW; the immediate 0 adds
    /// A 64-bit immediate; with this source it is a map's descriptor.
    pub(super) const WIDE: u8 = 0x18;
    pub(super) const MAP: u8 = 1;
}

/// `R1` to `R5` are lost in calls, `R6` to `R9` are kept, `R10` is the end of the stack frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Register {
    R0,
    R1,
    R2,
    R3,
    R4,
    R6 = 6,
    R7,
    R8,
    R9,
    R10,
}

/// Bytes of a load or a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Word = 0x00,
    Half = 0x08,
    Byte = 0x10,
    Double = 0x18,
}

/// The other operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Register(Register),
    Value(i32),
}

/// When a jump is taken; unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Always = 0x00,
    Equal = 0x10,
    Greater = 0x20,
    AtLeast = 0x30,
    Any = 0x40,
    Different = 0x50,
}

/// A place in the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(usize);

/// Writes a program from top to bottom.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    code: Vec<u64>,
    places: Vec<Option<usize>>,
    jumps: Vec<(usize, Label)>,
    calls: Vec<(usize, Label)>,
}

impl Assembler {
    pub(crate) fn label(&mut self) -> Label {
        self.places.push(None);
        Label(self.places.len() - 1)
    }

    /// `label` is here.
    pub(crate) fn place(&mut self, label: Label) {
        if let Some(place) = self.places.get_mut(label.0) {
            *place = Some(self.code.len());
        }
    }

    pub(crate) fn set(&mut self, to: Register, value: i32) {
        self.push(op::SET, to as u8, 0, 0, value);
    }

    pub(crate) fn set_to(&mut self, to: Register, from: Register) {
        self.push(op::SET_TO, to as u8, from as u8, 0, 0);
    }

    pub(crate) fn add(&mut self, to: Register, source: Source) {
        match source {
            Source::Register(from) => self.push(op::ADD | op::REGISTER, to as u8, from as u8, 0, 0),
            Source::Value(value) => self.push(op::ADD, to as u8, 0, 0, value),
        }
    }

    pub(crate) fn subtract(&mut self, to: Register, from: Register) {
        self.push(op::SUBTRACT, to as u8, from as u8, 0, 0);
    }

    /// `to -= from` of 32 bits; the upper ones become 0.
    pub(crate) fn subtract_word(&mut self, to: Register, from: Register) {
        self.push(op::SUBTRACT_WORD, to as u8, from as u8, 0, 0);
    }

    pub(crate) fn and(&mut self, to: Register, mask: i32) {
        self.push(op::AND, to as u8, 0, 0, mask);
    }

    pub(crate) fn left(&mut self, to: Register, bits: u8) {
        self.push(op::LEFT, to as u8, 0, 0, bits.into());
    }

    pub(crate) fn right(&mut self, to: Register, bits: u8) {
        self.push(op::RIGHT, to as u8, 0, 0, bits.into());
    }

    /// `to = *(base + offset)`
    pub(crate) fn load(&mut self, width: Width, to: Register, base: Register, offset: i16) {
        self.push(op::LOAD | width as u8, to as u8, base as u8, offset, 0);
    }

    /// `*(base + offset) = from`
    pub(crate) fn store(&mut self, width: Width, base: Register, offset: i16, from: Register) {
        self.push(op::STORE | width as u8, base as u8, from as u8, offset, 0);
    }

    /// `*(base + offset) = value`
    pub(crate) fn store_value(&mut self, width: Width, base: Register, offset: i16, value: i32) {
        self.push(op::STORE_VALUE | width as u8, base as u8, 0, offset, value);
    }

    /// A loaded field of network order becomes a number, on hosts of either order.
    pub(crate) fn as_number(&mut self, register: Register, width: Width) {
        let bits = if width == Width::Half { 16 } else { 32 };
        self.push(op::TO_BIG_ENDIAN, register as u8, 0, 0, bits);
    }

    /// Goes to `label` if the lower 32 bits of `register` compare so with `value`.
    pub(crate) fn jump(&mut self, when: When, register: Register, value: i32, label: Label) {
        self.jumps.push((self.code.len(), label));
        self.push(op::JUMP_WORD | when as u8, register as u8, 0, 0, value);
    }

    /// The same of all 64 bits.
    pub(crate) fn jump_double(&mut self, when: When, register: Register, value: i32, label: Label) {
        self.jumps.push((self.code.len(), label));
        self.push(op::JUMP | when as u8, register as u8, 0, 0, value);
    }

    /// Goes to `label` if `left` compares so with `right`.
    pub(crate) fn compare(&mut self, when: When, left: Register, right: Register, label: Label) {
        self.jumps.push((self.code.len(), label));
        self.push(op::JUMP | op::REGISTER | when as u8, left as u8, right as u8, 0, 0);
    }

    pub(crate) fn go(&mut self, label: Label) {
        self.jump_double(When::Always, Register::R0, 0, label);
    }

    /// `to =` the map behind a descriptor.
    pub(crate) fn map(&mut self, to: Register, descriptor: i32) {
        self.push(op::WIDE, to as u8, op::MAP, 0, descriptor);
        self.code.push(0);
    }

    /// `R0 =` the kernel's helper of that number.
    pub(crate) fn call(&mut self, helper: i32) {
        self.push(op::CALL, 0, 0, 0, helper);
    }

    /// `*(base + offset) += from`, eight bytes, as one step for every processor.
    pub(crate) fn atomic_add(&mut self, base: Register, offset: i16, from: Register) {
        self.push(op::ATOMIC_DOUBLE, base as u8, from as u8, offset, 0);
    }

    /// `R0 =` the function at `label`.
    pub(crate) fn call_function(&mut self, label: Label) {
        self.calls.push((self.code.len(), label));
        self.push(op::CALL, 0, op::LOCAL, 0, 0);
    }

    /// Instructions made elsewhere, whose jumps stay among them.
    pub(crate) fn append(&mut self, code: &[u64]) {
        self.code.extend_from_slice(code);
    }

    pub(crate) fn exit(&mut self) {
        self.push(op::EXIT, 0, 0, 0, 0);
    }

    /// The program; none when a label was not placed or is too far away.
    pub(crate) fn finish(mut self) -> Option<Vec<u64>> {
        for (at, to) in &self.jumps {
            let distance = i16::try_from(self.distance(*at, *to)?).ok()?;
            *self.code.get_mut(*at)? |= u64::from(distance as u16) << 16;
        }
        for (at, to) in &self.calls {
            let distance = i32::try_from(self.distance(*at, *to)?).ok()?;
            *self.code.get_mut(*at)? |= u64::from(distance as u32) << 32;
        }
        Some(self.code)
    }

    /// From behind the instruction to the label.
    fn distance(&self, at: usize, to: Label) -> Option<i64> {
        let place = (*self.places.get(to.0)?)?;
        Some(place as i64 - at as i64 - 1)
    }

    fn push(&mut self, code: u8, to: u8, from: u8, offset: i16, value: i32) {
        let word = u64::from(code)
            | u64::from(to | from << 4) << 8
            | u64::from(offset as u16) << 16
            | u64::from(value as u32) << 32;
        self.code.push(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of a program as the kernel sees them.
    fn bytes(assembler: Assembler) -> Vec<[u8; 8]> {
        let code = assembler.finish().unwrap();
        code.iter().map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn instructions_have_the_bytes_of_the_instruction_set() {
        let mut asm = Assembler::default();
        asm.set_to(Register::R6, Register::R1);
        asm.set(Register::R0, -2);
        asm.add(Register::R2, Source::Value(16));
        asm.subtract(Register::R2, Register::R8);
        asm.load(Width::Word, Register::R2, Register::R6, 16);
        asm.store(Width::Double, Register::R10, -8, Register::R9);
        asm.store_value(Width::Word, Register::R1, 12, 0x0102_0304);
        asm.atomic_add(Register::R7, 8, Register::R1);
        asm.call(51);
        asm.exit();
        let expected = [
            [0xbf, 0x16, 0, 0, 0, 0, 0, 0],
            [0xb7, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff],
            [0x07, 0x02, 0, 0, 16, 0, 0, 0],
            [0x1f, 0x82, 0, 0, 0, 0, 0, 0],
            [0x61, 0x62, 16, 0, 0, 0, 0, 0],
            [0x7b, 0x9a, 0xf8, 0xff, 0, 0, 0, 0],
            [0x62, 0x01, 12, 0, 4, 3, 2, 1],
            [0xdb, 0x17, 8, 0, 0, 0, 0, 0],
            [0x85, 0, 0, 0, 51, 0, 0, 0],
            [0x95, 0, 0, 0, 0, 0, 0, 0],
        ];
        assert_eq!(bytes(asm), expected);
    }

    #[test]
    fn jumps_count_from_the_next_instruction_and_wide_ones_twice() {
        let mut asm = Assembler::default();
        let (start, end) = (asm.label(), asm.label());
        asm.place(start);
        asm.jump_double(When::Equal, Register::R3, 7, end);
        asm.map(Register::R1, 5);
        asm.compare(When::Greater, Register::R1, Register::R2, start);
        asm.place(end);
        asm.call_function(start);
        asm.go(end);
        let expected = [
            [0x15, 0x03, 3, 0, 7, 0, 0, 0],
            [0x18, 0x11, 0, 0, 5, 0, 0, 0],
            [0; 8],
            [0x2d, 0x21, 0xfc, 0xff, 0, 0, 0, 0],
            [0x85, 0x10, 0, 0, 0xfb, 0xff, 0xff, 0xff],
            [0x05, 0, 0xfe, 0xff, 0, 0, 0, 0],
        ];
        assert_eq!(bytes(asm), expected);
    }

    #[test]
    fn a_label_without_a_place_or_out_of_reach_is_no_program() {
        let mut asm = Assembler::default();
        let nowhere = asm.label();
        asm.go(nowhere);
        assert_eq!(asm.finish(), None);
        let mut asm = Assembler::default();
        let far = asm.label();
        asm.go(far);
        asm.append(&[0; 40_000]);
        asm.place(far);
        assert_eq!(asm.finish(), None);
    }
}
