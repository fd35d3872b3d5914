//! Classic BPF as the kernel runs it, for tests: checked like `bpf_check_classic` (net/core/filter.c), run like its interpreter.

use super::{Instruction, MAX_INSTRUCTIONS};

/// Why the kernel would refuse `code`.
pub(crate) fn refusal(code: &[Instruction]) -> Option<String> {
    if code.is_empty() || code.len() > MAX_INSTRUCTIONS {
        return Some(format!("{} instructions", code.len()));
    }
    if code[code.len() - 1].code != 0x06 {
        return Some("the last one is no return".to_owned());
    }
    code.iter().enumerate().find_map(|(at, instruction)| {
        let left = code.len() - at - 1;
        let reach = match instruction.code {
            0x05 => instruction.k as usize,
            0x15 | 0x35 | 0x45 => usize::from(instruction.jt.max(instruction.jf)),
            0x64 | 0x74 if instruction.k >= 32 => return Some(format!("{at}: shift")),
            _ => 0,
        };
        (reach >= left && reach > 0).then(|| format!("{at}: jumps out"))
    })
}

/// What the program returns for `frame`, and how many instructions that took.
pub(crate) fn run(code: &[Instruction], frame: &[u8]) -> (u32, usize) {
    let (mut a, mut x, mut at, mut steps) = (0_u32, 0_u32, 0_usize, 0);
    loop {
        let Instruction { code: op, jt, jf, k } = code[at];
        at += 1;
        steps += 1;
        let mut jump = |holds: bool| at += usize::from(if holds { jt } else { jf });
        match op {
            0x40 | 0x48 | 0x50 => {
                let size = match op {
                    0x40 => 4,
                    0x48 => 2,
                    _ => 1,
                };
                let place = x as usize + k as usize;
                let Some(bytes) = frame.get(place..place + size) else {
                    return (0, steps);
                };
                a = bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
            }
            0x01 => x = k,
            0x04 => a = a.wrapping_add(k),
            0x0c => a = a.wrapping_add(x),
            0x54 => a &= k,
            0x64 => a <<= k,
            0x74 => a >>= k,
            0x05 => at += k as usize,
            0x15 => jump(a == k),
            0x35 => jump(a >= k),
            0x45 => jump(a & k != 0),
            0x07 => x = a,
            0x87 => a = x,
            0x06 => return (k, steps),
            other => panic!("opcode {other:#x}"),
        }
    }
}
