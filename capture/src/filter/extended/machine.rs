//! eBPF as the kernel runs it, for tests; a load outside of the frame, which the verifier would not have let in, panics.

use std::collections::HashMap;

/// Where the frame and the stack are, as far as the program can tell.
const DATA: u64 = 0x10_0000;
const CONTEXT: u64 = 0x1000;
const STACK: u64 = 0x20_0000;
const VALUE: u64 = 0x30_0000;
const STACK_BYTES: usize = 512;

/// What the function returns for `frame`, with what `elephants` holds.
pub(crate) fn run(code: &[u64], frame: &[u8], elephants: &HashMap<[u8; 40], [u8; 8]>) -> u64 {
    let mut machine = Machine {
        registers: [0; 11],
        frame,
        stack: [0; STACK_BYTES],
        value: [0; 8],
        elephants,
    };
    machine.registers[1] = CONTEXT;
    machine.registers[10] = STACK + STACK_BYTES as u64;
    machine.run(code)
}

struct Machine<'a> {
    registers: [u64; 11],
    frame: &'a [u8],
    stack: [u8; STACK_BYTES],
    value: [u8; 8],
    elephants: &'a HashMap<[u8; 40], [u8; 8]>,
}

impl Machine<'_> {
    fn run(&mut self, code: &[u64]) -> u64 {
        let mut at = 0;
        loop {
            let word = code[at];
            let op = word as u8;
            let (to, from) = (
                usize::from((word >> 8) as u8 & 0xf),
                usize::from((word >> 12) as u8 & 0xf),
            );
            let (offset, value) = ((word >> 16) as i16, (word >> 32) as i32);
            at += 1;
            let other = if op & 8 == 0 {
                i64::from(value) as u64
            } else {
                self.registers[from]
            };
            let place = |base: u64| base.wrapping_add_signed(offset.into());
            match op {
                0x18 => at += 1,
                0x61 | 0x69 | 0x71 | 0x79 => self.registers[to] = self.load(op, place(self.registers[from])),
                0x62 | 0x7a => self.store(op, place(self.registers[to]), i64::from(value) as u64),
                0x63 | 0x6b => self.store(op, place(self.registers[to]), self.registers[from]),
                0x85 => self.look_up(),
                0x95 => return self.registers[0],
                _ if op & 7 == 5 || op & 7 == 6 => {
                    let wide = |number: u64| if op & 7 == 6 { u64::from(number as u32) } else { number };
                    if holds(op, wide(self.registers[to]), wide(other)) {
                        at = at.wrapping_add_signed(offset.into());
                    }
                }
                _ => self.registers[to] = arithmetic(op, self.registers[to], other, value),
            }
        }
    }

    fn load(&self, op: u8, place: u64) -> u64 {
        if (CONTEXT..CONTEXT + 24).contains(&place) {
            return match place - CONTEXT {
                0 => DATA,
                4 => DATA + self.frame.len() as u64,
                _ => 7,
            };
        }
        let (area, base): (&[u8], u64) = match place {
            VALUE.. => (&self.value, VALUE),
            STACK.. => (&self.stack, STACK),
            _ => (self.frame, DATA),
        };
        let start = (place - base) as usize;
        let bytes = &area[start..start + bytes(op)];
        bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))
    }

    fn store(&mut self, op: u8, place: u64, value: u64) {
        let start = (place - STACK) as usize;
        self.stack[start..start + bytes(op)].copy_from_slice(&value.to_le_bytes()[..bytes(op)]);
    }

    /// The key is what `R2` points to.
    fn look_up(&mut self) {
        let start = (self.registers[2] - STACK) as usize;
        let found = self.elephants.get(&self.stack[start..start + 40]);
        self.value = found.copied().unwrap_or_default();
        self.registers[0] = if found.is_some() { VALUE } else { 0 };
        self.registers[1..6].fill(0xdead_dead_dead_dead);
    }
}

const fn bytes(op: u8) -> usize {
    match op & 0x18 {
        0x00 => 4,
        0x08 => 2,
        0x10 => 1,
        _ => 8,
    }
}

fn holds(op: u8, left: u64, right: u64) -> bool {
    match op & 0xf0 {
        0x00 => true,
        0x10 => left == right,
        0x20 => left > right,
        0x30 => left >= right,
        0x40 => left & right != 0,
        0x50 => left != right,
        other => panic!("jump {other:#x}"),
    }
}

fn arithmetic(op: u8, left: u64, right: u64, value: i32) -> u64 {
    match op {
        0x07 | 0x0f => left.wrapping_add(right),
        0x1f => left.wrapping_sub(right),
        0x1c => u64::from((left as u32).wrapping_sub(right as u32)),
        0x57 => left & right,
        0x67 => left << right,
        0x77 => left >> right,
        0xb7 | 0xbf => right,
        0xdc if value == 16 => u64::from((left as u16).swap_bytes()),
        0xdc => u64::from((left as u32).swap_bytes()),
        other => panic!("opcode {other:#x}"),
    }
}
