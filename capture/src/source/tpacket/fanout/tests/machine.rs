//! The machine that the program is written for (Documentation/networking/filter.rst), as far as the program needs it.

use libc::sock_filter;

/// What `program` makes of a packet of `kind`; 0 where it reads beyond the packet.
pub(super) fn run(program: &[sock_filter], kind: u16, packet: &[u8]) -> u32 {
    let mut machine = Machine {
        kind: kind.into(),
        ..Machine::default()
    };
    let mut at = 0;
    loop {
        match machine.step(&program[at], packet) {
            Step::Skip(count) => at += 1 + count,
            Step::End(result) => return result,
        }
    }
}

#[derive(Default)]
struct Machine {
    a: u32,
    x: u32,
    memory: [u32; 16],
    kind: u32,
}

enum Step {
    Skip(usize),
    End(u32),
}

impl Machine {
    fn step(&mut self, instruction: &sock_filter, packet: &[u8]) -> Step {
        let sock_filter { code, jt, jf, k } = *instruction;
        let to = |taken: bool| Step::Skip(usize::from(if taken { jt } else { jf }));
        match code {
            0x00 => self.a = k,
            0x01 => self.x = k,
            0x02 => self.memory[k as usize] = self.a,
            0x03 => self.memory[k as usize] = self.x,
            0x04 => self.a = self.a.wrapping_add(k),
            0x05 => return Step::Skip(k as usize),
            0x06 => return Step::End(k),
            0x07 => self.x = self.a,
            0x0c => self.a = self.a.wrapping_add(self.x),
            0x15 => return to(self.a == k),
            0x16 => return Step::End(self.a),
            0x20 => {
                assert_eq!(k, 0xffff_f000, "the EtherType");
                self.a = self.kind;
            }
            0x24 => self.a = self.a.wrapping_mul(k),
            0x2d => return to(self.a > self.x),
            0x35 => return to(self.a >= k),
            0x40 | 0x48 | 0x50 => {
                let length = [4, 2, 1][usize::from(code - 0x40) / 8];
                let start = self.x as usize + k as usize;
                let Some(bytes) = packet.get(start..start + length) else {
                    return Step::End(0);
                };
                self.a = bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
            }
            0x45 => return to(self.a & k != 0),
            0x54 => self.a &= k,
            0x60 => self.a = self.memory[k as usize],
            0x61 => self.x = self.memory[k as usize],
            0x64 => self.a <<= k,
            0x74 => self.a >>= k,
            0x80 => self.a = packet.len() as u32,
            0xac => self.a ^= self.x,
            other => panic!("{other:#x}"),
        }
        Step::Skip(0)
    }
}
