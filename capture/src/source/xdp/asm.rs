//! An assembler of eBPF as small as the program that needs it: instructions, labels, calls, nothing optimised.
//!
//! Encoding: RFC 9669 §3 (opcode, registers, 16-bit offset, 32-bit immediate in one little-endian word; a 64-bit immediate takes two). Invariant: what [`Assembler::finish`] gives has no jump without a target.

/// Opcode parts (RFC 9669 §3.1, §4, §5).
mod op {
    pub(super) const LDX: u8 = 0x01;
    pub(super) const ST: u8 = 0x02;
    pub(super) const STX: u8 = 0x03;
    pub(super) const JMP: u8 = 0x05;
    pub(super) const ALU64: u8 = 0x07;
    pub(super) const MEM: u8 = 0x60;
    pub(super) const ATOMIC: u8 = 0xc0;
    pub(super) const DOUBLE: u8 = 0x18;
    pub(super) const REGISTER: u8 = 0x08;
    pub(super) const ADD: u8 = 0x00;
    pub(super) const SUB: u8 = 0x10;
    pub(super) const MOV: u8 = 0xb0;
    pub(super) const CALL: u8 = 0x80;
    pub(super) const EXIT: u8 = 0x90;
    /// `LD | IMM | DW`: a 64-bit immediate.
    pub(super) const WIDE: u8 = 0x18;
    /// Source register of [`WIDE`]: the immediate is a map's descriptor.
    pub(super) const MAP: u8 = 1;
    /// Source register of [`CALL`]: the immediate is a distance in the program.
    pub(super) const LOCAL: u8 = 1;
}

/// A register; `R1` to `R3` carry arguments and are lost in calls, `R6` to `R9` are kept, `R10` is the end of the stack frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Register {
    /// What a call returned, and what the program returns.
    R0,
    /// First argument.
    R1,
    /// Second argument.
    R2,
    /// Third argument.
    R3,
    /// Kept over calls.
    R6 = 6,
    /// Kept over calls.
    R7,
    /// Kept over calls.
    R8,
    /// Kept over calls.
    R9,
    /// The end of the stack frame; read only.
    R10,
}

/// Bytes moved by a load or a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Four.
    Word = 0x00,
    /// Eight.
    Double = 0x18,
}

/// When a jump is taken; unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Always; the operands do not matter.
    Always = 0x00,
    /// Equal.
    Equal = 0x10,
    /// Greater.
    Greater = 0x20,
    /// Greater or equal.
    AtLeast = 0x30,
    /// Not equal.
    Different = 0x50,
}

/// A place in the program, to be placed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(usize);

/// Writes a program from top to bottom.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    code: Vec<u64>,
    places: Vec<Option<usize>>,
    jumps: Vec<Jump>,
}

#[derive(Clone, Copy, Debug)]
struct Jump {
    at: usize,
    to: Label,
    call: bool,
}

impl Assembler {
    /// A label that is not placed yet.
    pub(super) fn label(&mut self) -> Label {
        self.places.push(None);
        Label(self.places.len() - 1)
    }

    /// The next instruction is where `label` is.
    pub(super) fn place(&mut self, label: Label) {
        if let Some(place) = self.places.get_mut(label.0) {
            *place = Some(self.code.len());
        }
    }

    /// `to = from`
    pub(super) fn mov(&mut self, to: Register, from: Register) {
        self.push(op::ALU64 | op::MOV | op::REGISTER, to as u8, from as u8, 0, 0);
    }

    /// `to = value`
    pub(super) fn set(&mut self, to: Register, value: i32) {
        self.push(op::ALU64 | op::MOV, to as u8, 0, 0, value);
    }

    /// `to += value`
    pub(super) fn add(&mut self, to: Register, value: i32) {
        self.push(op::ALU64 | op::ADD, to as u8, 0, 0, value);
    }

    /// `to -= from`
    pub(super) fn sub(&mut self, to: Register, from: Register) {
        self.push(op::ALU64 | op::SUB | op::REGISTER, to as u8, from as u8, 0, 0);
    }

    /// `to = *(base + offset)`
    pub(super) fn load(&mut self, size: Size, to: Register, base: Register, offset: i16) {
        self.push(op::LDX | op::MEM | size as u8, to as u8, base as u8, offset, 0);
    }

    /// `*(base + offset) = from`
    pub(super) fn store(&mut self, size: Size, base: Register, offset: i16, from: Register) {
        self.push(op::STX | op::MEM | size as u8, base as u8, from as u8, offset, 0);
    }

    /// `*(base + offset) = value`
    pub(super) fn store_value(&mut self, size: Size, base: Register, offset: i16, value: i32) {
        self.push(op::ST | op::MEM | size as u8, base as u8, 0, offset, value);
    }

    /// `*(base + offset) += from`, eight bytes, as one step for every processor.
    pub(super) fn atomic_add(&mut self, base: Register, offset: i16, from: Register) {
        let code = op::STX | op::ATOMIC | op::DOUBLE;
        self.push(code, base as u8, from as u8, offset, i32::from(op::ADD));
    }

    /// `to =` the map behind the descriptor.
    pub(super) fn map(&mut self, to: Register, descriptor: i32) {
        self.push(op::WIDE, to as u8, op::MAP, 0, descriptor);
        self.code.push(0);
    }

    /// Goes to `label` if `register` compares so with `value`.
    pub(super) fn jump(&mut self, when: When, register: Register, value: i32, label: Label) {
        self.jump_to(label, false);
        self.push(op::JMP | when as u8, register as u8, 0, 0, value);
    }

    /// Goes to `label` if `left` compares so with `right`.
    pub(super) fn compare(&mut self, when: When, left: Register, right: Register, label: Label) {
        self.jump_to(label, false);
        self.push(op::JMP | when as u8 | op::REGISTER, left as u8, right as u8, 0, 0);
    }

    /// Goes to `label`.
    pub(super) fn go(&mut self, label: Label) {
        self.jump(When::Always, Register::R0, 0, label);
    }

    /// `R0 =` the kernel's helper of that number, called with `R1` to `R3`.
    pub(super) fn call(&mut self, helper: i32) {
        self.push(op::JMP | op::CALL, 0, 0, 0, helper);
    }

    /// `R0 =` the function at `label`, called with `R1` to `R3`.
    pub(super) fn call_function(&mut self, label: Label) {
        self.jump_to(label, true);
        self.push(op::JMP | op::CALL, 0, op::LOCAL, 0, 0);
    }

    /// Returns `R0`.
    pub(super) fn exit(&mut self) {
        self.push(op::JMP | op::EXIT, 0, 0, 0, 0);
    }

    /// Instructions made elsewhere, whose jumps stay among them.
    pub(super) fn append(&mut self, code: &[u64]) {
        self.code.extend_from_slice(code);
    }

    /// The program; `None` when a label was not placed or is too far away.
    #[must_use]
    pub(super) fn finish(mut self) -> Option<Vec<u64>> {
        for jump in &self.jumps {
            let place = (*self.places.get(jump.to.0)?)?;
            let distance = i32::try_from(place as i64 - jump.at as i64 - 1).ok()?;
            let bits = if jump.call {
                u64::from(distance as u32) << 32
            } else {
                u64::from(i16::try_from(distance).ok()? as u16) << 16
            };
            *self.code.get_mut(jump.at)? |= bits;
        }
        Some(self.code)
    }

    fn jump_to(&mut self, to: Label, call: bool) {
        let at = self.code.len();
        self.jumps.push(Jump { at, to, call });
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
        assembler
            .finish()
            .unwrap()
            .iter()
            .map(|word| word.to_le_bytes())
            .collect()
    }

    #[test]
    fn instructions_have_the_bytes_of_the_instruction_set() {
        let mut asm = Assembler::default();
        asm.mov(Register::R6, Register::R1);
        asm.set(Register::R0, -2);
        asm.add(Register::R2, 16);
        asm.sub(Register::R2, Register::R8);
        asm.load(Size::Word, Register::R2, Register::R6, 16);
        asm.store(Size::Double, Register::R10, -8, Register::R9);
        asm.store_value(Size::Word, Register::R1, 12, 0x0102_0304);
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
        asm.jump(When::Equal, Register::R3, 7, end);
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
