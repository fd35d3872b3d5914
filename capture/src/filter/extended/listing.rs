//! eBPF to read, in the manner of the verifier's log and of `bpftool prog dump xlated`.

use std::fmt;

/// A listing of instructions.
pub(crate) struct Listing<'a>(pub(crate) &'a [u64]);

/// One instruction in parts.
struct Parts {
    code: u8,
    to: u8,
    from: u8,
    offset: i16,
    value: i32,
}

impl Parts {
    const fn of(word: u64) -> Self {
        let registers = (word >> 8) as u8;
        Self {
            code: word as u8,
            to: registers & 0xf,
            from: registers >> 4,
            offset: (word >> 16) as i16,
            value: (word >> 32) as i32,
        }
    }
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = self.0.iter().enumerate();
        while let Some((at, word)) = words.next() {
            let parts = Parts::of(*word);
            write!(f, "{at:5}: ")?;
            match parts.code & 7 {
                0 => {
                    words.next();
                    write!(f, "r{} = map[fd {}]", parts.to, parts.value)?;
                }
                1..=3 => memory(&parts, f)?,
                5 | 6 => jump(at, &parts, f)?,
                _ => arithmetic(&parts, f)?,
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

fn memory(parts: &Parts, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Parts {
        code,
        to,
        from,
        offset,
        value,
    } = *parts;
    let width = match code & 0x18 {
        0x00 => "u32",
        0x08 => "u16",
        0x10 => "u8",
        _ => "u64",
    };
    match code & 7 {
        1 => write!(f, "r{to} = *({width} *)(r{from} {offset:+})"),
        2 => write!(f, "*({width} *)(r{to} {offset:+}) = {value}"),
        _ => write!(f, "*({width} *)(r{to} {offset:+}) = r{from}"),
    }
}

fn jump(at: usize, parts: &Parts, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Parts {
        code,
        to,
        from,
        offset,
        value,
    } = *parts;
    let target = at as i64 + 1 + i64::from(offset);
    let register = if code & 7 == 6 { 'w' } else { 'r' };
    let sign = match code & 0xf0 {
        0x00 => return write!(f, "goto {target}"),
        0x10 => "==",
        0x20 => ">",
        0x30 => ">=",
        0x40 => "&",
        0x50 => "!=",
        0x80 => return write!(f, "call {value}"),
        _ => return f.write_str("exit"),
    };
    match code & 8 {
        0 => write!(f, "if {register}{to} {sign} {:#x} goto {target}", value as u32),
        _ => write!(f, "if {register}{to} {sign} {register}{from} goto {target}"),
    }
}

fn arithmetic(parts: &Parts, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Parts {
        code, to, from, value, ..
    } = *parts;
    let sign = match code & 0xf0 {
        0x00 => "+=",
        0x10 => "-=",
        0x50 => "&=",
        0x60 => "<<=",
        0x70 => ">>=",
        0xd0 => return write!(f, "r{to} = be{value} r{to}"),
        _ => "=",
    };
    match code & 8 {
        0 => write!(f, "r{to} {sign} {value}"),
        _ => write!(f, "r{to} {sign} r{from}"),
    }
}
